import { printable } from '../../src/problems.ts';
import { addedSays } from '../../src/reporters/words.ts';
import { formatHours, formatMoney } from '../../src/units.ts';
import type { Subject } from '../engine.ts';
import { local } from '../numbers.ts';
import { useAnswer, useReport } from '../report.tsx';
import { BeforeShown } from './before-after.tsx';
import type { Shown } from './shown.ts';

/** What would help most: each change with what it buys, to be applied and seen. */
export function AdviceView({ of, assessment }: Shown & { readonly of: Subject }) {
  const { data, view, act } = useReport();
  const first = data.plans[of.plan]?.assessment;
  const isFirst = of.changes.length === 0 && JSON.stringify(first?.without) === JSON.stringify(view.without);
  const asked = useAnswer<'advise'>(
    { kind: 'advise', of, without: view.without },
    isFirst && first !== undefined && first.advice.length > 0 ? first : undefined,
  );
  const { advice = [], paid = [] } = asked.answer ?? {};
  const { currency } = assessment.plan;
  return (
    <>
      <p class="quiet">
        Changes tried on the plan and solved again, those that save most first. Apply one to see the whole
        page with it.
      </p>
      {of.changes.length > 0 && (
        <BeforeShown
          subject={{ plan: of.plan, changes: [] }}
          name="as it is"
          after={assessment}
          afterName="with the changes"
        />
      )}
      <ul class="changes">
        {view.changes.map((change) => (
          <li key={change} class="applied">
            <button type="button" aria-pressed="true" onClick={() => act({ kind: 'change', change })}>
              Take back
            </button>
            <span class="change">{printable(change)}</span>
          </li>
        ))}
        {!asked.isFresh && (
          <li class="quiet" aria-busy="true">
            Trying changes…
          </li>
        )}
        {asked.isFresh && advice.length === 0 && (
          <li class="quiet">No change that was tried saves anything worth telling.</li>
        )}
        {(asked.isFresh ? advice : []).map((one) => (
          <li key={one.change}>
            <button
              type="button"
              aria-pressed="false"
              onClick={() => act({ kind: 'change', change: one.change })}
            >
              Apply
            </button>
            <span class="change">{printable(one.change)}</span>
            <span class="buys">
              avoids{' '}
              <strong>
                {local(
                  one.lossAvoidedPerYear > 0
                    ? formatMoney(one.lossAvoidedPerYear, currency)
                    : formatHours(Math.max(0, one.hoursAvoidedPerYear)),
                )}
              </strong>{' '}
              a year · costs{' '}
              {one.costPerYear === null
                ? 'not known'
                : `${local(formatMoney(one.costPerYear, currency))} a year`}{' '}
              · adds {addedSays(one.added) === '–' ? 'nothing' : local(addedSays(one.added))}
            </span>
            {one.assumes.length > 0 && (
              <span class="assumes assumed">
                assumes {one.assumes.map((text) => local(printable(text))).join('; ')}
              </span>
            )}
          </li>
        ))}
      </ul>
      {paid.length > 0 && (
        <>
          <h3>What is paid for already</h3>
          <ul class="changes">
            {paid.map((one) => (
              <li key={`${one.service} ${one.alternative}`}>
                <span class="change">{printable(`${one.alternative} of ${one.service}`)}</span>
                <span class="buys">
                  avoids <strong>{local(formatMoney(Math.max(0, one.lossAvoidedPerYear), currency))}</strong>{' '}
                  a year · costs {local(formatMoney(one.costPerYear, currency))} a year
                </span>
              </li>
            ))}
          </ul>
        </>
      )}
    </>
  );
}
