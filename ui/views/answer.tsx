import type { Assessment } from '../../src/assess/index.ts';
import { eventsUnder } from '../../src/model/index.ts';
import { printable } from '../../src/problems.ts';
import { headlineOf, listed } from '../../src/reporters/headline.ts';
import { plural, targetsSay } from '../../src/reporters/words.ts';
import { formatHours, HOURS_PER_YEAR } from '../../src/units.ts';
import { local } from '../numbers.ts';
import { useReport } from '../report.tsx';
import type { Shown } from './shown.ts';

/** The answer first: what takes the platform down, in two sentences and three lines. */
export function Answer({ ground, assessment, isFresh }: Shown) {
  const { view, act } = useReport();
  const failed = view.without.filter((name) => eventsUnder(ground.model, name).length > 0);
  const three = takersDown(assessment).slice(0, 3);
  return (
    <section class={`answer ${isFresh ? '' : 'stale'}`} aria-label="The answer" aria-busy={!isFresh}>
      <div>
        {failed.length > 0 && (
          <p class="given">With {failed.map(printable).join(', ')} failed for the whole year:</p>
        )}
        {headlineOf(assessment).map((sentence, i) => (
          <p key={i}>
            {sentence.map(({ text, tone }, j) => (
              <span key={j} class={tone}>
                {local(text)}
              </span>
            ))}
          </p>
        ))}
        <Targets assessment={assessment} />
      </div>
      {three.length > 0 && (
        <div class="three">
          <h2>What will take it down</h2>
          <ol>
            {three.map(({ events, hours, journeys }) => (
              <li key={events.join(' ')}>
                <button
                  type="button"
                  class="plain"
                  title="Fail it, and see what is left"
                  onClick={() => act({ kind: 'fail', names: [...new Set([...view.without, ...events])] })}
                >
                  {events.map(printable).join(' with ')}
                </button>{' '}
                <span class="quiet">
                  <span class="figure">{local(formatHours(hours))} a year</span> of {listed(journeys)}
                </span>
              </li>
            ))}
          </ol>
        </div>
      )}
    </section>
  );
}

interface Taker {
  readonly events: readonly string[];
  /** Of the journey that it keeps down longest, as the sentence beside says it. @unit hours a year */
  readonly hours: number;
  readonly journeys: readonly string[];
}

/** Cut sets by the time that they take, the worst first; of equals what takes more journeys. */
function takersDown({ journeys }: Assessment): Taker[] {
  const found = new Map<string, { events: readonly string[]; hours: number; journeys: string[] }>();
  for (const { name, down } of journeys)
    for (const { events, probability } of down.cutSets.top) {
      const key = events.join('\n');
      const known = found.get(key) ?? { events, hours: 0, journeys: [] };
      known.hours = Math.max(known.hours, probability * HOURS_PER_YEAR);
      known.journeys.push(name);
      found.set(key, known);
    }
  return [...found.values()]
    .filter(({ events, hours }) => events.length > 0 && hours > 0)
    .sort((x, y) => y.hours - x.hours || y.journeys.length - x.journeys.length);
}

function Targets({ assessment }: { readonly assessment: Assessment }) {
  const { assumptions } = assessment;
  return (
    <p class="quiet">
      {targetsSay(assessment)}{' '}
      {assumptions.length > 0 &&
        `${plural(assumptions.length, 'figure')} rest${assumptions.length === 1 ? 's' : ''} on assumptions, in whole or in part.`}
    </p>
  );
}
