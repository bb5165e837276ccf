import { useMemo, useState } from 'preact/hooks';
import type { Assessment } from '../../src/assess/index.ts';
import { printable } from '../../src/problems.ts';
import { AFFORDABLE_EVENTS, SHOWN_YEARS, type Years } from '../../src/replay/index.ts';
import type { ReportData } from '../../src/reporters/html.ts';
import { formatAmount, formatHours, formatMoney, formatShare } from '../../src/units.ts';
import type { Subject } from '../engine.ts';
import { local } from '../numbers.ts';
import { Plot, type Series } from '../plot.tsx';
import { useAnswer, useReport } from '../report.tsx';
import { BeforeShown } from './before-after.tsx';
import type { Shown } from './shown.ts';
import { Waiting } from './waiting.tsx';
import { Scroll } from './scroll.tsx';

const { years: YEARS } = SHOWN_YEARS;
const MOST_BARS = 12;

/** What all of it costs: how bad a year can be, and who it is owed to. */
export function LossView({ of, assessment }: Shown & { readonly of: Subject }) {
  const { data, view } = useReport();
  const [isWanted, setWanted] = useState(assessment.solved.events <= AFFORDABLE_EVENTS);
  const [chosen, setChosen] = useState<number>();
  const other = otherOf(data, of, chosen);
  return (
    <>
      {data.plans.length > 2 && of.changes.length === 0 && (
        <HeldAgainst of={of} chosen={other?.subject.plan} choose={setChosen} />
      )}
      {view.without.length > 0 && (
        <p class="quiet">
          The curve is of the plan as it stands; what has been failed by hand is in the figures below.
        </p>
      )}
      {isWanted ? (
        <Curve of={of} other={other} />
      ) : (
        <button type="button" onClick={() => setWanted(true)}>
          Simulate {YEARS} years
        </button>
      )}
      {other !== undefined && (
        <BeforeShown
          subject={other.subject}
          name={other.name}
          after={assessment}
          afterName={of.changes.length > 0 ? 'with the changes' : assessment.plan.name}
        />
      )}
      <Bars assessment={assessment} />
    </>
  );
}

/** What the present is held against. */
interface Other {
  readonly subject: Subject;
  readonly name: string;
}

/** The plan before its changes, or another plan of the page. */
function otherOf({ plans }: ReportData, of: Subject, chosen: number | undefined): Other | undefined {
  if (of.changes.length > 0) return { subject: { plan: of.plan, changes: [] }, name: 'as it is' };
  const plan = chosen === undefined || chosen === of.plan ? (of.plan === 0 ? 1 : 0) : chosen;
  const found = plans[plan]?.plan;
  if (found === undefined) return undefined;
  const isSame = found.platform.name === plans[of.plan]?.plan.platform.name;
  return { subject: { plan, changes: [] }, name: isSame ? found.source.file : found.platform.name };
}

function HeldAgainst({
  of,
  chosen,
  choose,
}: {
  readonly of: Subject;
  readonly chosen: number | undefined;
  readonly choose: (plan: number) => void;
}) {
  const { data } = useReport();
  return (
    <label class="chooser no-print">
      <span>Held against</span>
      <select value={chosen} onChange={({ currentTarget: { value } }) => choose(Number(value))}>
        {data.plans.map(({ plan }, i) =>
          i === of.plan ? null : (
            <option key={i} value={i}>
              {printable(plan.platform.name)}
            </option>
          ),
        )}
      </select>
    </label>
  );
}

function Curve({ of, other }: { readonly of: Subject; readonly other: Other | undefined }) {
  const asked = useAnswer<'years'>({ kind: 'years', of });
  const askedOther = useAnswer<'years'>(other === undefined ? null : { kind: 'years', of: other.subject });
  const now = asked.isFresh ? asked.answer : undefined;
  const before = askedOther.isFresh ? askedOther.answer : undefined;
  // Money of two currencies has no common axis.
  const isComparable = before !== undefined && before.plan.currency === now?.plan.currency;
  const series = useMemo(
    () =>
      [
        now === undefined ? undefined : seriesOf(now, now.plan.name),
        before === undefined || !isComparable ? undefined : seriesOf(before, other?.name ?? ''),
      ].flatMap((one) => one ?? []),
    [now, before],
  );
  if (now === undefined)
    return (
      <div aria-busy={asked.error === undefined}>
        <Waiting asked={asked}>Simulating {YEARS} years…</Waiting>
      </div>
    );
  if (now.loss === null) return <p class="quiet">The plan does not say what its journeys cost.</p>;
  return (
    <>
      <h3>The chance that a year loses more</h3>
      {series.length > 0 && (
        <Plot
          series={series}
          xTitle={`lost in a year (${now.plan.currency})`}
          yTitle="chance"
          xTick={(value) => local(formatAmount(value))}
          yTick={(value) => local(formatShare(value))}
          height={260}
        />
      )}
      <Scroll name="Simulated years">
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
            {before !== undefined && <YearsRow years={before} name={other?.name ?? ''} />}
          </tbody>
        </table>
      </Scroll>
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
      says: isPriced
        ? `${formatMoney(lossPerYear < 1 ? 0 : lossPerYear, plan.currency)} a year, ${formatShare(lossShare)}`
        : formatShare(lossShare),
    }),
  );
  return (
    <div class="bars">
      <BarList title={isPriced ? 'Loss a year by journey' : 'Time down a year by journey'} bars={byJourney} />
      <BarList
        title={
          isPriced
            ? 'Saved if a provider never failed, and its share of what all of them cost'
            : 'Share of the time down that providers cause'
        }
        bars={byProvider}
      />
      {concentration.hhi !== null && (
        <p class="quiet">
          Concentration on few providers (Herfindahl–Hirschman index of these shares, 0 to 1):{' '}
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
