import type { Comparison, Pair } from '../../src/compare/index.ts';
import { printable } from '../../src/problems.ts';
import { answerOf, byWorth, unpricedLines } from '../../src/reporters/comparison-answer.ts';
import {
  addedBy,
  edgeFacts,
  evidenceFacts,
  journeyFacts,
  standingFacts,
  type Fact,
} from '../../src/reporters/comparison-facts.ts';
import { local } from '../numbers.ts';
import { useReport } from '../report.tsx';
import { signedHours, signedMoney } from '../../src/reporters/words.ts';
import { Scroll } from './scroll.tsx';

/** All plans of the page side by side: facts with their units, and no score. */
export function CompareView() {
  const answer = useReport().data.comparison;
  if (answer === null) return null;
  const { plans, journeys, cautions, pairs } = answer;
  const heads = plans.map(({ label }) => label);
  const all = plans.map((_, i) => i);
  return (
    <>
      {answerOf(answer).map((sentence) => (
        <p key={sentence}>{local(printable(sentence))}</p>
      ))}
      {cautions.map(({ code, message }) => (
        <p key={code} class="assumed">
          {local(printable(message))}
        </p>
      ))}
      {journeys.map(({ name }) => (
        <Facts key={name} title={name} heads={heads} facts={journeyFacts(answer, name, all)} />
      ))}
      <Facts title="What it stands on" heads={heads} facts={standingFacts(answer, true)} />
      <Names comparison={answer} />
      <Facts title="Hours down rest on" heads={heads} facts={evidenceFacts(answer)} />
      <Facts title="Services by the confidence of their evidence" heads={heads} facts={edgeFacts(answer)} />
      {pairs.map((pair) => (
        <Differences key={pair.other} comparison={answer} pair={pair} />
      ))}
      <p class="quiet">
        No score: what a difference weighs is yours to say. What a plan leaves out cannot fail in it.
      </p>
    </>
  );
}

function Facts({
  title,
  heads,
  facts,
}: {
  readonly title: string;
  readonly heads: readonly string[];
  readonly facts: readonly Fact[];
}) {
  return (
    <Scroll name="Plans side by side">
      <table class="facts">
        <thead>
          <tr>
            <th scope="col" class="title">
              {printable(title)}
            </th>
            {heads.map((head) => (
              <th key={head} scope="col">
                {printable(head)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {facts.map(({ label, cells }) => (
            <tr key={label}>
              <th scope="row">{printable(label)}</th>
              {cells.map((cell, i) => (
                <td key={heads[i]}>{local(printable(cell))}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  );
}

/** What stands in the way of each plan alone, by name. */
function Names({ comparison: { plans } }: { readonly comparison: Comparison }) {
  return (
    <>
      <h3>Single points</h3>
      <dl class="names">
        {plans.map(({ label, singlePoints }) => (
          <div key={label}>
            <dt>{printable(label)}</dt>
            <dd>{singlePoints.length === 0 ? '–' : printable(singlePoints.join(' · '))}</dd>
          </div>
        ))}
      </dl>
    </>
  );
}

/** What another plan has differently from the first, and what each difference is worth alone. */
function Differences({ comparison, pair }: { readonly comparison: Comparison; readonly pair: Pair }) {
  const [first, other] = [comparison.plans[pair.first], comparison.plans[pair.other]];
  if (!pair.related || first === undefined || other === undefined) return null;
  const worth = byWorth(pair);
  const { together } = pair;
  return (
    <>
      <h3>{printable(`What ${other.label} has differently from ${first.label}`)}</h3>
      {worth.length > 0 && (
        <Scroll name="Plans side by side">
          <table>
            <caption class="quiet">Each taken over alone into {printable(first.label)}, a year.</caption>
            <thead>
              <tr>
                <th scope="col">Taken over alone</th>
                <th scope="col">Loss avoided</th>
                <th scope="col">Time down avoided</th>
                <th scope="col">Adds</th>
                <th scope="col">Brings along</th>
              </tr>
            </thead>
            <tbody>
              {worth.map(({ kind, name, worth: own }) =>
                own === null ? null : (
                  <tr key={`${kind} ${name}`}>
                    <th scope="row">
                      {printable(name)} <span class="quiet">{kind}</span>
                    </th>
                    <td class="figure">{local(signedMoney(own.lossAvoidedPerYear, first.currency))}</td>
                    <td class="figure">
                      {own.exact ? '' : '~ '}
                      {local(signedHours(own.hoursAvoidedPerYear))}
                    </td>
                    <td>{local(addedBy(own))}</td>
                    <td>{printable(own.brings.join(', ')) || '–'}</td>
                  </tr>
                ),
              )}
              {together !== null && (
                <>
                  <Sum name="all of the other plan" of={together} currency={first.currency} />
                  <Sum
                    name={`sum of ${together.alone.differences} alone`}
                    of={together.alone}
                    currency={first.currency}
                  />
                </>
              )}
            </tbody>
          </table>
        </Scroll>
      )}
      {unpricedLines(pair).map(({ title, items }) => (
        <p key={title}>
          <span class="quiet">{title}:</span> {local(printable(items.join(' · ')))}
        </p>
      ))}
    </>
  );
}

/** A last row: what differences come to. */
function Sum({
  name,
  of,
  currency,
}: {
  readonly name: string;
  readonly of: { readonly hoursAvoidedPerYear: number; readonly lossAvoidedPerYear: number | null };
  readonly currency: string;
}) {
  return (
    <tr>
      <th scope="row">{name}</th>
      <td class="figure">{local(signedMoney(of.lossAvoidedPerYear, currency))}</td>
      <td class="figure">{local(signedHours(of.hoursAvoidedPerYear))}</td>
      <td />
      <td />
    </tr>
  );
}
