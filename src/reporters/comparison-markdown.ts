import type { Comparison, Pair, Together } from '../compare/index.ts';
import { answerOf, byWorth, unpricedLines } from './comparison-answer.ts';
import {
  addedBy,
  edgeFacts,
  evidenceFacts,
  journeyFacts,
  standingFacts,
  type Fact,
} from './comparison-facts.ts';
import { asText, bullets, code, grid } from './markup.ts';
import { signedHours, signedMoney } from './words.ts';

/** Plans side by side as Markdown, for a decision that is written down. */
export function comparisonMarkdown(comparison: Comparison): string {
  const { plans, journeys, cautions, pairs } = comparison;
  const all = plans.map((_, i) => i);
  const labels = plans.map(({ label }) => asText(label));
  const facts = (given: readonly Fact[]): string =>
    grid(
      ['', ...labels],
      given.map(({ label, cells }) => [asText(label), ...cells.map(asText)]),
    );
  return [
    `# ${plans.length} plans side by side`,
    ...answerOf(comparison).map(asText),
    ...(cautions.length === 0 ? [] : [bullets(cautions.map(({ message }) => asText(message)))]),
    '## Journeys',
    ...journeys.flatMap(({ name }) => [`### ${code(name)}`, facts(journeyFacts(comparison, name, all))]),
    '## What it stands on',
    facts(standingFacts(comparison, true)),
    bullets(
      plans.map(
        ({ label, singlePoints }) =>
          `Single points of ${asText(label)}: ${singlePoints.map(code).join(', ') || 'none'}`,
      ),
    ),
    ...sharedFates(comparison),
    '## Hours down rest on',
    facts(evidenceFacts(comparison)),
    '## Services by the confidence of their evidence',
    facts(edgeFacts(comparison)),
    ...pairs.flatMap((pair) => pairBlocks(comparison, pair)),
  ].join('\n\n');
}

function sharedFates({ plans }: Comparison): string[] {
  const items = plans.flatMap(({ label, sharedFate }) =>
    sharedFate.map(
      ({ service, alternatives, events }) =>
        `${code(service)} of ${asText(label)}: ${alternatives.map(code).join(' and ')} share ${events.map(code).join(', ')}`,
    ),
  );
  return items.length === 0 ? [] : [bullets(items)];
}

function pairBlocks({ plans }: Comparison, pair: Pair): string[] {
  const [first, other] = [plans[pair.first], plans[pair.other]];
  if (first === undefined || other === undefined || pair.differences.length === 0) return [];
  const rows = byWorth(pair).flatMap(({ kind, name, worth }) =>
    worth === null
      ? []
      : [
          [
            `${kind} ${code(name)}`,
            signedMoney(worth.lossAvoidedPerYear, first.currency),
            signedHours(worth.hoursAvoidedPerYear),
            addedBy(worth),
            worth.brings.map(code).join(', ') || '–',
          ],
        ],
  );
  const { together } = pair;
  const sum = (title: string, { lossAvoidedPerYear, hoursAvoidedPerYear }: Sum): string[] => [
    title,
    signedMoney(lossAvoidedPerYear, first.currency),
    signedHours(hoursAvoidedPerYear),
    '',
    '',
  ];
  const sums =
    together === null
      ? []
      : [
          sum('all of the other plan', together),
          sum(`sum of ${together.alone.differences} alone`, together.alone),
        ];
  return [
    `## What ${asText(other.label)} has differently from ${asText(first.label)}`,
    ...(rows.length === 0
      ? []
      : [
          grid(
            ['Taken over alone', 'Loss avoided a year', 'Hours down avoided', 'Adds', 'Brings along'],
            [...rows, ...sums],
          ),
        ]),
    bullets(unpricedLines(pair).map(({ title, items }) => `${title}: ${items.map(asText).join('; ')}`)),
  ].filter((block) => block !== '');
}

type Sum = Pick<Together, 'lossAvoidedPerYear' | 'hoursAvoidedPerYear'>;
