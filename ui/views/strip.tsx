import { memo } from '../memo.ts';
import { useEffect, useMemo, useState } from 'preact/hooks';
import { downHours, downInterval } from '../../src/assess/index.ts';
import { printable } from '../../src/problems.ts';
import type { Replay } from '../../src/replay/index.ts';
import { formatHours, HOURS_PER_YEAR } from '../../src/units.ts';
import type { Subject } from '../engine.ts';
import { local } from '../numbers.ts';
import { useReport } from '../report.tsx';
import { dayOf, Lanes, moment } from './lanes.tsx';
import type { Shown } from './shown.ts';

/** A whole incident is played in so long. @unit ms */
const PLAYED_IN = 20_000;
/** Steps of the scrubber. */
const STEPS = 600;

/** Time: what a year is expected to be, or the minutes of an incident. */
export function Strip({
  replay,
  at,
  assessment,
  isFresh,
}: Shown & { readonly of: Subject; readonly replay: Replay | undefined; readonly at: number }) {
  const { view } = useReport();
  return (
    <section class="strip" aria-label="Time" aria-busy={view.incident !== null && replay === undefined}>
      <div class="strip-head">
        <Chooser />
        {replay !== undefined && replay.from !== null && <Scrubber replay={replay} at={at} />}
        {view.incident === null && (
          <span class="quiet">
            Time down in a year, on a scale of powers: <span class="key-mean" /> expected,{' '}
            <span class="key-spread" /> 90 %, <span class="key-allowed" /> allowed by the target
          </span>
        )}
      </div>
      <div class="strip-body">
        {replay !== undefined ? (
          <Lanes replay={replay} at={at} />
        ) : (
          <div class={isFresh ? '' : 'stale'}>
            <Expected assessment={assessment} />
          </div>
        )}
      </div>
    </section>
  );
}

/** Which incident is replayed. */
function Chooser() {
  const { data, view, act } = useReport();
  const incidents = useMemo(
    () => [...data.incidents].sort((a, b) => (dayOf(a.id) < dayOf(b.id) ? 1 : -1)),
    [data],
  );
  return (
    <label class="chooser no-print">
      <span>Replay</span>
      <select
        value={view.incident ?? ''}
        onChange={({ currentTarget: { value } }) =>
          act({ kind: 'incident', incident: value === '' ? null : value })
        }
      >
        <option value="">an expected year</option>
        {incidents.map(({ id, title }) => (
          <option key={id} value={id}>
            {`${dayOf(id)} ${printable(title)}`}
          </option>
        ))}
      </select>
    </label>
  );
}

function Scrubber({ replay, at }: { readonly replay: Replay; readonly at: number }) {
  const { act } = useReport();
  const [isPlaying, setPlaying] = useState(false);
  const from = Date.parse(replay.from ?? '');
  const to = Date.parse(replay.to ?? '');
  useEffect(() => {
    if (!isPlaying) return;
    let last = performance.now();
    let moment = at >= to ? from : at;
    let frame = requestAnimationFrame(function step(now) {
      moment = Math.min(to, moment + ((now - last) / PLAYED_IN) * (to - from));
      last = now;
      act({ kind: 'at', at: Math.round(moment) });
      if (moment >= to) setPlaying(false);
      else frame = requestAnimationFrame(step);
    });
    return () => cancelAnimationFrame(frame);
  }, [isPlaying, from, to]);
  return (
    <>
      <button type="button" class="no-print" aria-pressed={isPlaying} onClick={() => setPlaying(!isPlaying)}>
        {isPlaying ? 'Pause' : 'Play'}
      </button>
      <input
        class="no-print"
        type="range"
        aria-label="Moment of the incident"
        aria-valuetext={`${moment(at)} UTC`}
        min={0}
        max={STEPS}
        value={Math.round((STEPS * (at - from)) / Math.max(1, to - from))}
        onInput={({ currentTarget }) => {
          setPlaying(false);
          act({ kind: 'at', at: Math.round(from + ((to - from) * Number(currentTarget.value)) / STEPS) });
        }}
      />
      <output>{moment(at)} UTC</output>
    </>
  );
}

/** From a second to a year, in powers: a year of expectation has room for both. */
const LEAST = 1 / 3600;
const TICKS = [
  { hours: 1 / 60, name: '1 m' },
  { hours: 1, name: '1 h' },
  { hours: 24, name: '1 d' },
  { hours: 730.5, name: '1 mo' },
] as const;

function share(hours: number): number {
  const most = Math.log(HOURS_PER_YEAR / LEAST);
  return Math.min(100, Math.max(0, (100 * Math.log(Math.max(hours, LEAST) / LEAST)) / most));
}

const Expected = memo(function Expected({ assessment }: { readonly assessment: Shown['assessment'] }) {
  return (
    <ul class="lanes expected">
      <li class="axis" aria-hidden="true">
        <span class="name" />
        <span class="lane">
          {TICKS.map(({ hours, name }) => (
            <span key={name} class="tick" style={{ left: `${share(hours)}%` }}>
              {name}
            </span>
          ))}
        </span>
        <span class="says" />
      </li>
      {assessment.journeys.map((journey) => {
        const [low, high] = downInterval(journey);
        const hours = downHours(journey);
        const allowed = journey.slo === null ? undefined : (1 - journey.slo) * HOURS_PER_YEAR;
        const says = `${formatHours(hours)} down a year${allowed === undefined ? '' : `, ${formatHours(allowed)} allowed`}`;
        return (
          <li key={journey.name}>
            <span class="name">{printable(journey.name)}</span>
            <span class="lane" role="img" aria-label={says}>
              <span
                class={`spread ${journey.meetsSlo === false ? 'missed' : ''}`}
                style={{ left: `${share(low)}%`, width: `${Math.max(0.4, share(high) - share(low))}%` }}
              />
              <span class="mean" style={{ left: `min(${share(hours)}%, 100% - 3px)` }} />
              {allowed !== undefined && <span class="allowed" style={{ left: `${share(allowed)}%` }} />}
            </span>
            <span class="says">{local(says)}</span>
          </li>
        );
      })}
    </ul>
  );
});
