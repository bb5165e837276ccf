import type { HeldLever, JourneyStatus } from '../../src/serve/seeing/status.ts';
import { printable } from '../../src/printable.ts';
import { clockOf, count, lookOf, MARKS, percent, span } from './words.ts';

interface JourneysProps {
  readonly journeys: readonly JourneyStatus[];
  /** @unit ms since 1970 */
  readonly now: number;
}

/** Every journey: its mode, since when and why, its ladder, and who holds it. */
export function Journeys({ journeys, now }: JourneysProps) {
  return (
    <ul class="cards">
      {journeys.map((journey) => (
        <Journey key={journey.name} journey={journey} now={now} />
      ))}
    </ul>
  );
}

function Journey({ journey, now }: { readonly journey: JourneyStatus; readonly now: number }) {
  const { name, tier, mode, since, why, held, exposed, level, requests } = journey;
  const look = lookOf(journey);
  return (
    <li class={`card ${look}`} data-journey={name}>
      <h3>
        {printable(name)} <span class="quiet">{tier}</span>
      </h3>
      <p class="present">
        <span class={`mode ${look}`} data-mode={mode ?? ''}>
          <span aria-hidden="true">{MARKS[look]}</span> {printable(mode ?? 'down')}
        </span>{' '}
        for {span(now - Date.parse(since))}{' '}
        <span class="quiet">
          since <time dateTime={since}>{clockOf(since, now)}</time>
        </span>
      </p>
      {why.length > 0 && (
        <ul class="why" aria-label="Why">
          {why.map((sentence, i) => (
            <li key={i}>{printable(sentence)}</li>
          ))}
        </ul>
      )}
      <Ladder journey={journey} />
      {held !== null && <Held held={held} now={now} />}
      {exposed.length > 0 && (
        <p class="exposed">
          <span aria-hidden="true">◇ </span>Exposed: served without {printable(exposed.join(', '))}.
        </p>
      )}
      <p class="quiet counts">
        {percent(level)} can be answered · {count(requests.served)} served, {count(requests.refused)} refused,{' '}
        {count(requests.failed)} failed
      </p>
    </li>
  );
}

/** Every rung, best first; the present one has a mark and says so. */
function Ladder({ journey: { mode, modes, held } }: { readonly journey: JourneyStatus }) {
  const rungs = [
    ...modes.map((name) => ({ name, isNow: name === mode })),
    { name: 'down', isNow: mode === null },
  ];
  return (
    <ol class="ladder" aria-label="Ladder, best first">
      {rungs.map(({ name, isNow }, i) => (
        <li key={i} class={isNow ? 'now-rung' : ''} aria-current={isNow ? 'step' : undefined}>
          <span aria-hidden="true">{isNow ? '▶' : '·'}</span> {printable(name)}
          {isNow && <span class="hidden"> (now)</span>}
          {i < modes.length && held?.mode === name && <span class="rung-held"> held</span>}
        </li>
      ))}
    </ol>
  );
}

function Held({
  held: { mode, pinned, reason, by, until },
  now,
}: {
  readonly held: HeldLever;
  readonly now: number;
}) {
  return (
    <p class="held">
      <strong>
        <span aria-hidden="true">⚑ </span>
        {pinned ? `Pinned to ${printable(mode)}` : `Held to ${printable(mode)} at best`}
      </strong>{' '}
      by {printable(by)}: {printable(reason.replace(/\.$/, ''))}.{' '}
      {until === null ? (
        'Until it is released.'
      ) : (
        <>
          Ends in {span(Date.parse(until) - now)}, at <time dateTime={until}>{clockOf(until, now)}</time>.
        </>
      )}
    </p>
  );
}
