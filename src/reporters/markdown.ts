import type { Assessment, Drift } from '../assess/index.ts';
import {
  formatAmount,
  formatHours,
  formatMoney,
  formatShare,
  significant,
  HOURS_PER_YEAR,
} from '../units.ts';
import { drilledSay } from './words.ts';
import { journeyFigures } from './journey-figures.ts';
import { asText, bullets, code, grid } from './markup.ts';

/** An assessment as Markdown, for a pull request or a wiki. */
export function assessmentMarkdown(result: Assessment, drift?: Drift): string {
  const { plan, journeys } = result;
  const { currency } = plan;
  const blocks: string[] = [
    `# ${asText(plan.name)}`,
    `As of ${plan.asOf}. ${journeys.length} journeys, ${result.solved.events} events.`,
  ];
  if (drift !== undefined) blocks.push(...driftBlocks(drift, currency));
  blocks.push(
    '## Journeys',
    grid(
      [
        'Journey',
        'Full service',
        'Down a year',
        '90 %',
        'Outages a year',
        'Switch-overs',
        'Loss a year',
        'SLO',
      ],
      journeys.map((journey) => {
        const figures = journeyFigures(journey, currency);
        return [
          code(journey.name),
          figures.fullService,
          figures.down,
          figures.downInterval,
          figures.outages,
          figures.switchOvers,
          figures.loss,
          figures.target === null
            ? 'none set'
            : `${figures.target} ${figures.verdict === 'missed' ? '**missed**' : 'met'}`,
        ];
      }),
    ),
  );
  if (result.blast.length > 0)
    blocks.push(
      '## If this fails',
      grid(
        ['Scope', ...journeys.map(({ name }) => code(name)), `Loss an hour (${currency})`, 'Share of risk'],
        result.blast.map((one) => [
          code(one.scope),
          ...journeys.map(({ name }) =>
            one.journeys[name] === 'down' ? '**down**' : asText(one.journeys[name] ?? '·'),
          ),
          formatAmount(one.lossPerHour),
          share(result, one.scope),
        ]),
      ),
    );
  const singles = journeys.filter(({ down }) => down.singlePoints.length > 0);
  blocks.push(
    '## Single points',
    singles.length === 0
      ? 'None.'
      : bullets(singles.map(({ name, down }) => `${code(name)}: ${down.singlePoints.map(code).join(', ')}`)),
  );
  blocks.push(
    '## Cut sets',
    grid(
      ['Journey', 'Minimal cut sets', 'Likeliest', 'Hours a year'],
      journeys.flatMap(({ name, down: { cutSets } }) =>
        cutSets.top
          .slice(0, 3)
          .map(({ events, probability }, i) => [
            i === 0 ? code(name) : '',
            i === 0 ? `${cutSets.total}${cutSets.coherent ? '' : ' (minimal positive parts)'}` : '',
            events.map(code).join(' with '),
            formatHours(probability * HOURS_PER_YEAR),
          ]),
      ),
    ),
  );
  const said = journeys.flatMap(({ name, exposed, refused, switchOver: { dataLost } }) => [
    ...(exposed.probability > 0
      ? [
          `${code(name)} is served without ${Object.keys(exposed.missing).join(', ')} ${formatHours(exposed.probability * HOURS_PER_YEAR)} a year`,
        ]
      : []),
    ...(refused.probability > 0
      ? [
          `${code(name)} is refused for want of ${Object.keys(refused.missing).join(', ')} ${formatHours(refused.probability * HOURS_PER_YEAR)} a year`,
        ]
      : []),
    ...(dataLost.worst > 0
      ? [
          `${code(name)} loses ${significant(dataLost.perYear)} s of data a year by switches, at worst ${significant(dataLost.worst)} s at once`,
        ]
      : []),
  ]);
  if (said.length > 0) blocks.push('## Exposed, refused, lost', bullets(said));
  if (result.sharedFate.length > 0)
    blocks.push(
      '## Shared fate',
      bullets(
        result.sharedFate.map(
          ({ service, alternatives, events }) =>
            `${code(service)}: ${alternatives.map(code).join(' and ')} share ${events.map(code).join(', ')}`,
        ),
      ),
    );
  blocks.push(
    '## Compromise',
    grid(
      ['Journey', 'Ways', 'With one step'],
      journeys.map(({ name, compromise }) => [
        code(name),
        compromise.total,
        compromise.singlePoints.map((id) => code(id.replace(/^compromise:/, ''))).join(', ') || 'none',
      ]),
    ),
  );
  if (result.advice.length > 0)
    blocks.push(
      '## What would help most',
      grid(
        ['Change', 'Avoids a year', 'Costs', 'Adds ways to compromise'],
        result.advice.map((one) => [
          asText(one.change),
          formatMoney(one.lossAvoidedPerYear, currency),
          one.costPerYear === null ? '–' : formatMoney(one.costPerYear, currency),
          String(one.added.compromise),
        ]),
      ),
    );
  if (result.paid.length > 0)
    blocks.push(
      '## What is paid for',
      grid(
        ['Alternative', 'Avoids a year', 'Costs', 'Adds ways to compromise'],
        result.paid.map((one) => [
          `${code(one.alternative)} of ${code(one.service)}`,
          formatMoney(Math.max(0, one.lossAvoidedPerYear), currency),
          formatMoney(one.costPerYear, currency),
          String(one.addedCompromise),
        ]),
      ),
    );
  if (result.findings.length > 0)
    blocks.push(
      '## Findings',
      bullets(
        result.findings.map(
          ({ line, code: id, message }) => `${code(`${plan.file}:${line}`)} ${code(id)} ${asText(message)}`,
        ),
      ),
    );
  const measured = (result.drilled?.figures ?? []).filter(({ isReplaced }) => isReplaced);
  if (result.drilled !== undefined)
    blocks.push(
      '## Measured by drills',
      ...(measured.length === 0
        ? []
        : [
            bullets(
              measured.map(
                ({ event, detail, used, stated }) =>
                  `${code(event)}: ${asText(detail)}; ${formatShare(used)} instead of ${formatShare(stated)}`,
              ),
            ),
          ]),
      drilledSay(result).trim(),
    );
  if (result.assumptions.length > 0)
    blocks.push(
      '## Assumed',
      bullets(result.assumptions.map(({ subject, what }) => `${code(subject)}: ${asText(what)}`)),
    );
  return blocks.join('\n\n');
}

function driftBlocks(drift: Drift, currency: string): string[] {
  const rows = drift.journeys.map((journey) => [
    code(journey.name),
    `${formatHours(journey.downHoursPerYear.from)} → ${formatHours(journey.downHoursPerYear.to)}`,
    journey.lossPerYear === null
      ? 'unknown'
      : `${formatMoney(journey.lossPerYear.from, currency)} → ${formatMoney(journey.lossPerYear.to, currency)}`,
    `${journey.singlePoints.gone.length} gone, ${journey.singlePoints.added.length} new`,
    `${journey.compromise.from} → ${journey.compromise.to}`,
  ]);
  return [
    `## Since ${asText(drift.from.name)}`,
    grid(['Journey', 'Down a year', 'Loss a year', 'Single points', 'Ways to compromise'], rows),
    ...(drift.worse.length === 0 ? [] : [`Worse than before: ${drift.worse.map(asText).join('; ')}.`]),
  ];
}

function share(result: Assessment, scope: string): string {
  const found = result.providers.find(({ name }) => name === scope);
  return found === undefined ? '' : formatShare(found.lossShare);
}
