import { downHours, type Assessment } from '../../src/assess/index.ts';
import { printable } from '../../src/problems.ts';
import { formatHours, formatMoney } from '../../src/units.ts';
import type { Subject } from '../engine.ts';
import { local } from '../numbers.ts';
import { useFigures } from '../report.tsx';
import { Waiting } from './waiting.tsx';
import { Scroll } from './scroll.tsx';

/** Two answers about the same journeys, one beside the other. */
export function BeforeAfter({
  before,
  after,
  names,
}: {
  readonly before: Assessment;
  readonly after: Assessment;
  readonly names: readonly [string, string];
}) {
  const money = (amount: number | null, currency: string): string =>
    amount === null ? 'unknown' : formatMoney(amount, currency);
  const rows = after.journeys.flatMap((to) => {
    const from = before.journeys.find(({ name }) => name === to.name);
    return from === undefined ? [] : [{ name: to.name, from, to }];
  });
  return (
    <Scroll name="Before and after">
      <table class="before-after">
        <caption>
          {printable(names[0])} → {printable(names[1])}
        </caption>
        <thead>
          <tr>
            <th scope="col">Journey</th>
            <th scope="col">Down a year</th>
            <th scope="col">Loss a year</th>
            <th scope="col">Single points</th>
            <th scope="col">Ways to compromise</th>
          </tr>
        </thead>
        <tbody>
          {rows.map(({ name, from, to }) => (
            <tr key={name}>
              <th scope="row">{printable(name)}</th>
              <td>{local(`${formatHours(downHours(from))} → ${formatHours(downHours(to))}`)}</td>
              <td>
                {local(
                  `${money(from.lossPerYear, before.plan.currency)} → ${money(to.lossPerYear, after.plan.currency)}`,
                )}
              </td>
              <td>{`${from.down.singlePoints.length} → ${to.down.singlePoints.length}`}</td>
              <td>{`${from.compromise.total} → ${to.compromise.total}`}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  );
}

/** The same, the first of the two asked of the engine: with the same failed as what is shown. */
export function BeforeShown({
  subject,
  name,
  after,
  afterName,
}: {
  readonly subject: Subject;
  readonly name: string;
  readonly after: Assessment;
  readonly afterName: string;
}) {
  const asked = useFigures(subject, after.without);
  if (asked.answer === undefined || !asked.isFresh) return <Waiting asked={asked}>Solving {name}…</Waiting>;
  return <BeforeAfter before={asked.answer} after={after} names={[name, afterName]} />;
}
