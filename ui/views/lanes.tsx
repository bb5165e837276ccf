import { printable } from '../../src/problems.ts';
import type { Replay } from '../../src/replay/index.ts';
import { formatHours, formatMoney } from '../../src/units.ts';
import { local } from '../numbers.ts';

/** One lane a journey: in which mode it was when. @param until where the scale ends, when not with the replay (ms) */
export function Lanes({
  replay,
  at,
  until,
}: {
  readonly replay: Replay;
  readonly at: number;
  readonly until?: number;
}) {
  const from = Date.parse(replay.from ?? '');
  const to = Math.max(Date.parse(replay.to ?? ''), until ?? 0);
  if (Number.isNaN(from) || to <= from) return <p class="quiet">Nothing of it has a time.</p>;
  const share = (time: number): number => (100 * (time - from)) / (to - from);
  return (
    <ul class="lanes">
      <li class="axis" aria-hidden="true">
        <span class="name" />
        <span class="ends">
          <span>{clock(from)}</span>
          <span>{clock(to)} UTC</span>
        </span>
      </li>
      {replay.journeys.map((journey) => (
        <li key={journey.name}>
          <span class="name">{printable(journey.name)}</span>
          <span class="lane" role="img" aria-label={laneSays(journey, replay.plan.currency)}>
            {journey.segments.map((segment) => {
              const start = share(Date.parse(segment.from));
              const rung = journey.modes.findIndex(({ name }) => name === segment.mode);
              const kind = rung < 0 ? 'down' : rung === 0 ? 'full' : 'lower';
              return (
                <span
                  key={segment.from}
                  class={`segment ${kind} ${segment.exposed ? 'exposed' : ''}`}
                  style={{
                    left: `${start}%`,
                    width: `${Math.max(0.15, share(Date.parse(segment.to)) - start)}%`,
                  }}
                  title={`${printable(segment.mode)}, ${clock(Date.parse(segment.from))} – ${clock(Date.parse(segment.to))} UTC`}
                />
              );
            })}
            {at >= from && at <= to && <span class="now" style={{ left: `${share(at)}%` }} />}
          </span>
          <span class="says">{local(laneSays(journey, replay.plan.currency))}</span>
        </li>
      ))}
    </ul>
  );
}

/** Minutes and money of one journey, in words. */
function laneSays(journey: Replay['journeys'][number], currency: string): string {
  const { minutesDown, minutesDegraded, minutesExposed, loss } = journey;
  const parts: string[] = [];
  if (minutesDown > 0) parts.push(`down ${formatHours(minutesDown / 60)}`);
  if (minutesDegraded > 0) parts.push(`lower modes ${formatHours(minutesDegraded / 60)}`);
  if (minutesExposed > 0) parts.push(`exposed ${formatHours(minutesExposed / 60)}`);
  if (loss !== null && loss > 0) parts.push(`−${formatMoney(loss, currency)}`);
  return parts.length === 0 ? 'full service' : parts.join(' · ');
}

/** The day of an incident, which its name ends with. */
export function dayOf(id: string): string {
  return /\d{4}-\d{2}-\d{2}$/.exec(id)?.[0] ?? '';
}

/** A time of day in UTC. */
export function clock(time: number): string {
  return Number.isNaN(time) ? '' : new Date(time).toISOString().slice(11, 16);
}

/** A day and a time of day in UTC. */
export function moment(time: number): string {
  return Number.isNaN(time) ? '' : new Date(time).toISOString().slice(0, 19).replace('T', ' ');
}
