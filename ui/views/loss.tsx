import { useMemo, useState } from 'preact/hooks';
import type { Assessment } from '../../src/assess/index.ts';
import { printable } from '../../src/problems.ts';
import { AFFORDABLE_EVENTS, SHOWN_YEARS, type Years } from '../../src/replay/index.ts';
import { formatAmount, formatHours, formatMoney, formatShare } from '../../src/units.ts';
import type { Subject } from '../engine.ts';
import { local } from '../numbers.ts';
import { Plot, type Series } from '../plot.tsx';
import { useAnswer, useReport } from '../report.tsx';
import { BeforeAfter } from './before-after.tsx';
import type { Shown } from './shown.ts';

const { years: YEARS } = SHOWN_YEARS;
const MOST_BARS = 12;

/** What all of it costs: how bad a year can be, and who it is owed to. */
export function LossView({ of, ground, assessment }: Shown & { readonly of: Subject }) {
  const { data, view } = useReport();
  const [isWanted, setWanted] = useState(assessment.solved.events <= AFFORDABLE_EVENTS);
  const other = useMemo(() => otherSubject(of, data.plans.length), [of, data]);
  const years = useAnswer<'years'>(isWanted ? { kind: 'years', of } : null);
  const otherYears = useAnswer<'years'>(
    isWanted && other !== undefined ? { kind: 'years', of: other.subject } : null,
  );
  const now = years.isFresh ? years.answer : undefined;
  const before = otherYears.isFresh ? otherYears.answer : undefined;
  const beforeAssessment = other === undefined ? undefined : data.plans[other.subject.plan]?.assessment;
  return (
    <>
      {view.without.length > 0 && (
        <p class="quiet">
          The curve is of the plan as it stands; what has been failed by hand is in the bars below.
        </p>
      )}
      {!isWanted && (
        <button type="button" onClick={() => setWanted(true)}>
          Simulate {YEARS} years
        </button>
      )}
      {isWanted && now === undefined && (
        <p class="quiet" aria-busy="true">
          Simulating {YEARS} years…
        </p>
      )}
      {now !== undefined && <Curve now={now} before={before} name={other?.name ?? ''} />}
      {other !== undefined && beforeAssessment !== undefined && (
        <BeforeAfter
          before={beforeAssessment}
          after={assessment}
          names={[other.name, of.changes.length > 0 ? 'with the changes' : assessment.plan.name]}
        />
      )}
      <Bars assessment={assessment} />
    </>
  );
}

/** What the present is held against: the plan before its changes, or the next plan of the page. */
function otherSubject(
  of: Subject,
  plans: number,
): { readonly subject: Subject; readonly name: string } | undefined {
  if (of.changes.length > 0) return { subject: { plan: of.plan, changes: [] }, name: 'as it is' };
  if (plans < 2) return undefined;
  const plan = of.plan === 0 ? 1 : 0;
  return { subject: { plan, changes: [] }, name: `plan ${plan + 1}` };
}

function Curve({
  now,
  before,
  name,
}: {
  readonly now: Years;
  readonly before: Years | undefined;
  readonly name: string;
}) {
  const { currency } = now.plan;
  const otherName =
    before === undefined ? name : before.plan.name === now.plan.name ? name : before.plan.name;
  const series = useMemo(
    () =>
      [seriesOf(now, now.plan.name), ...(before === undefined ? [] : [seriesOf(before, otherName)])].flatMap(
        (one) => one ?? [],
      ),
    [now, before],
  );
  if (now.loss === null) return <p class="quiet">The plan does not say what its journeys cost.</p>;
  return (
    <>
      <h3>The chance that a year loses more</h3>
      {series.length > 0 && (
        <Plot
          series={series}
          xTitle={`lost in a year (${currency})`}
          yTitle="chance"
          xTick={(value) => local(formatAmount(value))}
          yTick={(value) => local(formatShare(value))}
          height={260}
        />
      )}
      <div class="scroll">
        <table>
          <caption class="quiet">
            {YEARS} simulated years, seed {now.seed}: the same as keelson replay --years {YEARS}
          </caption>
          <thead>
            <tr>
              <th scope="col">Plan</th>
              <th scope="col">Mean year</th>
              <th scope="col">Median</th>
              <th scope="col">1 in 20</th>
              <th scope="col">1 in 100</th>
              <th scope="col">Worst</th>
            </tr>
          </thead>
          <tbody>
            <YearsRow years={now} name={now.plan.name} />
            {before !== undefined && <YearsRow years={before} name={otherName} />}
          </tbody>
        </table>
      </div>
    </>
  );
}

function YearsRow({ years: { loss, plan }, name }: { readonly years: Years; readonly name: string }) {
  if (loss === null) return null;
  const money = (amount: number): string => local(formatMoney(amount, plan.currency));
  return (
    <tr>
      <th scope="row">{printable(name)}</th>
      <td>{money(loss.mean)}</td>
      <td>{money(loss.median)}</td>
      <td>{money(loss.valueAtRisk.p95)}</td>
      <td>{money(loss.valueAtRisk.p99)}</td>
      <td>{money(loss.most)}</td>
    </tr>
  );
}

function seriesOf({ loss }: Years, name: string): Series | undefined {
  const points = (loss?.exceedance ?? []).filter((point) => point.loss > 0).sort((a, b) => a.loss - b.loss);
  if (points.length < 2) return undefined;
  return { name, x: points.map((point) => point.loss), y: points.map(({ probability }) => probability) };
}

interface Bar {
  readonly name: string;
  readonly value: number;
  readonly says: string;
}

function Bars({ assessment }: { readonly assessment: Assessment }) {
  const { journeys, providers, plan, concentration } = assessment;
  const isPriced = journeys.some(({ lossPerYear }) => lossPerYear !== null);
  const byJourney = journeys.map(
    ({ name, lossPerYear, down }): Bar =>
      isPriced
        ? {
            name,
            value: lossPerYear ?? 0,
            says: lossPerYear === null ? 'unknown' : formatMoney(lossPerYear, plan.currency),
          }
        : { name, value: down.hoursPerYear, says: `${formatHours(down.hoursPerYear)} down` },
  );
  const byProvider = providers.map(
    ({ name, lossShare, lossPerYear }): Bar => ({
      name,
      value: lossShare,
      says: `${formatShare(lossShare)}${isPriced ? `, ${formatMoney(lossPerYear, plan.currency)}` : ''}`,
    }),
  );
  return (
    <div class="bars">
      <BarList title={isPriced ? 'Loss a year by journey' : 'Time down a year by journey'} bars={byJourney} />
      <BarList title="What would be saved if a provider never failed" bars={byProvider} />
      {concentration.hhi !== null && (
        <p class="quiet">
          Concentration (Herfindahl–Hirschman index of these shares, 0 to 1):{' '}
          {local(concentration.hhi.toFixed(2))}
        </p>
      )}
    </div>
  );
}

function BarList({ title, bars }: { readonly title: string; readonly bars: readonly Bar[] }) {
  const sorted = [...bars].sort((a, b) => b.value - a.value);
  const most = sorted[0]?.value ?? 0;
  if (sorted.length === 0) return null;
  return (
    <div>
      <h3>{title}</h3>
      <ul class="bar-list">
        {sorted.slice(0, MOST_BARS).map(({ name, value, says }) => (
          <li key={name}>
            <span class="name">{printable(name)}</span>
            <span class="track" aria-hidden="true">
              <span class="bar" style={{ width: `${most > 0 ? (100 * value) / most : 0}%` }} />
            </span>
            <span class="says">{local(says)}</span>
          </li>
        ))}
      </ul>
      {sorted.length > MOST_BARS && <p class="quiet">… and {sorted.length - MOST_BARS} more</p>}
    </div>
  );
}
