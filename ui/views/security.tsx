import { useState } from 'preact/hooks';
import { printable } from '../../src/problems.ts';
import { formatAvailability, formatHours, formatMoney, HOURS_PER_YEAR } from '../../src/units.ts';
import type { AlternativeWorth, JourneyResult } from '../../src/assess/index.ts';
import type { Subject } from '../engine.ts';
import { local } from '../numbers.ts';
import { useAnswer, useReport } from '../report.tsx';
import type { Shown } from './shown.ts';
import { Waiting } from './waiting.tsx';
import { signedHours, signedMoney } from '../../src/reporters/words.ts';
import { Scroll } from './scroll.tsx';

/** Larger plans are solved without each alternative when the reader asks for it. */
const MOST_SERVICES = 300;

/** What availability costs in security: exposure, and who could alter what users see. */
export function SecurityView({ of, ground, assessment, isFresh }: Shown & { readonly of: Subject }) {
  const [isWanted, setWanted] = useState(ground.model.services.length <= MOST_SERVICES);
  return (
    <div class={isFresh ? '' : 'stale'}>
      <h3>What each alternative bought, and what it gave away</h3>
      {isWanted ? (
        <Solved of={of} assessment={assessment} />
      ) : (
        <button type="button" onClick={() => setWanted(true)}>
          Solve the plan without each alternative (it takes long)
        </button>
      )}
      <h3>Each journey</h3>
      <Scroll name="Security">
        <table>
          <thead>
            <tr>
              <th scope="col">Journey</th>
              <th scope="col">Available</th>
              <th scope="col">Served without a protection</th>
              <th scope="col">Refused for want of one</th>
              <th scope="col">Ways to compromise</th>
              <th scope="col">Of one step</th>
            </tr>
          </thead>
          <tbody>
            {assessment.journeys.map((journey) => (
              <tr key={journey.name}>
                <th scope="row">{printable(journey.name)}</th>
                <td class="figure">{local(formatAvailability(1 - journey.availability))}</td>
                <td>{local(protection(journey.exposed))}</td>
                <td>{local(protection(journey.refused))}</td>
                <td>
                  {journey.compromise.complete ? '' : '≥ '}
                  {journey.compromise.total}
                </td>
                <td>
                  {journey.compromise.singlePoints.map((id) => printable(short(id))).join(' · ') || '–'}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
    </div>
  );
}

function Solved({ of, assessment }: { readonly of: Subject; readonly assessment: Shown['assessment'] }) {
  const { view } = useReport();
  const asked = useAnswer<'alternatives'>({ kind: 'alternatives', of, without: view.without });
  return asked.isFresh && asked.answer !== undefined ? (
    <Alternatives alternatives={asked.answer} assessment={assessment} />
  ) : (
    <div aria-busy={asked.error === undefined}>
      <Waiting asked={asked}>Solving the plan without each alternative…</Waiting>
    </div>
  );
}

function Alternatives({
  alternatives,
  assessment,
}: {
  readonly alternatives: readonly AlternativeWorth[];
  readonly assessment: Shown['assessment'];
}) {
  const { currency } = assessment.plan;
  if (alternatives.length === 0) return <p class="quiet">No service has alternatives.</p>;
  return (
    <Scroll name="Security">
      <table class="alternatives">
        <caption class="quiet">Against the plan without it, over all journeys, a year.</caption>
        <thead>
          <tr>
            <th scope="col">Alternative</th>
            <th scope="col">Time down avoided</th>
            <th scope="col">Loss avoided</th>
            <th scope="col">Costs</th>
            <th scope="col">Exposure added</th>
            <th scope="col">Ways to compromise added</th>
          </tr>
        </thead>
        <tbody>
          {alternatives.map((one) => (
            <tr key={`${one.service} ${one.position}`}>
              <th scope="row">
                {printable(one.service)} <span class="quiet">{one.position}.</span>{' '}
                {printable(one.alternative)}
              </th>
              <td class="figure">{local(signedOrNone(one.hoursAvoidedPerYear))}</td>
              <td class="figure">{local(signedMoney(one.lossAvoidedPerYear, currency))}</td>
              <td>{one.costPerYear === null ? 'not said' : local(formatMoney(one.costPerYear, currency))}</td>
              <td class="figure">{local(signedOrNone(one.addedExposedHoursPerYear))}</td>
              <td>
                <Ways sign="+" ways={one.addedCompromise} />
                <Ways sign="−" ways={one.avoidedCompromise} />
                {one.addedCompromise.length + one.avoidedCompromise.length === 0 && '–'}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  );
}

/** Ways of compromise, counted and by name. */
function Ways({ sign, ways }: { readonly sign: string; readonly ways: AlternativeWorth['addedCompromise'] }) {
  if (ways.length === 0) return null;
  return (
    <span class="ways">
      {sign}
      {ways.length}{' '}
      <span class="quiet">{printable(ways.map((set) => set.map(short).join(' with ')).join(', '))}</span>{' '}
    </span>
  );
}

function short(id: string): string {
  return id.replace(/^compromise:/, '');
}

function protection({ probability, missing }: JourneyResult['exposed']): string {
  return probability > 0
    ? `${formatHours(probability * HOURS_PER_YEAR)} a year (${Object.keys(missing).join(', ')})`
    : '–';
}

function signedOrNone(hours: number): string {
  return hours === 0 ? '–' : signedHours(hours);
}
