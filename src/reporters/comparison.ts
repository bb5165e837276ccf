import type { Comparison, Pair, Standing, Together } from '../compare/index.ts';
import { printable } from '../problems.ts';
import { answerOf, byWorth, unpricedLines } from './comparison-answer.ts';
import {
  addedBy,
  edgeFacts,
  evidenceFacts,
  journeyFacts,
  standingFacts,
  type Fact,
} from './comparison-facts.ts';
import { table, widthOf, wrap } from './table.ts';
import { plural, signedHours, signedMoney } from './words.ts';

export interface ComparisonTextOptions {
  /** Bold by escape codes. @default false */
  readonly colour?: boolean;
  /** @unit columns @default 120 */
  readonly width?: number;
}

/** More plans than this stand below each other. */
const MOST_COLUMNS = 4;
/** Of a cell where plans are rows. @unit columns */
const MOST_WIDE = 30;
/** Of a column of labels. @unit columns */
const LABEL = 24;
/** Differences that a pair lists, and names that a line lists. */
const MOST_ROWS = 12;

const ENDING =
  '  No score: what a difference weighs is yours to say. What a plan leaves out cannot fail in it.';

/** Plans side by side for a terminal: the answer, then the figures, then what differs. */
export function comparisonText(comparison: Comparison, options: ComparisonTextOptions = {}): string {
  const { plans, cautions, pairs } = comparison;
  const width = options.width ?? 120;
  const bold = (text: string): string => (options.colour === true ? `\u001b[1m${text}\u001b[0m` : text);
  const labels = plans.map(({ label }) => printable(label));
  const beside = plans.length <= MOST_COLUMNS;
  const show: Show = (title, facts, at = plans.map((_, i) => i)) => {
    const heads = at.map((i) => labels[i] ?? '');
    return beside ? inColumns(title, heads, facts, width) : inRows(title, heads, facts, width);
  };
  const blocks = [
    [`${plural(plans.length, 'plan')} side by side`],
    [...answerOf(comparison), ...cautions.map(({ message }) => message)].flatMap((sentence) =>
      paragraph(sentence, width),
    ),
    ...journeyBlocks(comparison, show),
    show('WHAT IT STANDS ON', standingFacts(comparison, beside)),
    ...(beside ? namesOf(comparison, width) : []),
    show('HOURS DOWN REST ON', evidenceFacts(comparison)),
    show('SERVICES BY CONFIDENCE', edgeFacts(comparison)),
    ...pairs.flatMap((pair) => pairBlocks(comparison, pair, width)),
    [ENDING],
  ];
  return blocks
    .filter((block) => block.length > 0)
    .flatMap((block, i) => (i === 0 ? block.map(bold) : ['', ...block]))
    .join('\n');
}

type Show = (title: string, facts: readonly Fact[], at?: readonly number[]) => string[];

/** One block a journey: where plans are columns, all of them stand in each; where they are rows, those that have it. */
function journeyBlocks({ plans, journeys, ...rest }: Comparison, show: Show): string[][] {
  const all = plans.map((_, i) => i);
  const at = (having: readonly number[]): readonly number[] => (plans.length <= MOST_COLUMNS ? all : having);
  return journeys.map(({ name, plans: having }) => {
    const facts = journeyFacts({ plans, journeys, ...rest }, name, at(having));
    return show(printable(name).toUpperCase(), facts, at(having));
  });
}

/** What stands in the way of each plan alone, by name. */
function namesOf({ plans }: Comparison, width: number): string[][] {
  const block = (title: string, of: (plan: Standing) => readonly string[]): string[] =>
    plans.every((plan) => of(plan).length === 0)
      ? []
      : [
          `  ${title}`,
          ...plans.flatMap((plan) => {
            const names = of(plan);
            const label = shortenWithin(printable(plan.label), LABEL - 4);
            return listed(`  ${label}`, names.length === 0 ? ['–'] : names, width);
          }),
        ];
  return [
    block('SINGLE POINTS', ({ singlePoints }) => singlePoints),
    block('SHARED FATE', ({ sharedFate }) =>
      sharedFate.map(
        ({ service, alternatives, events }) =>
          `${service}: ${alternatives.join(' and ')} share ${events.join(', ')}`,
      ),
    ),
  ];
}

/** Plans as columns, facts as rows. */
function inColumns(
  title: string,
  labels: readonly string[],
  facts: readonly Fact[],
  width: number,
): string[] {
  const most = Math.max(8, Math.floor((width - LABEL - 2) / labels.length) - 2);
  return table(
    [
      { title: shorten(title, LABEL).padEnd(LABEL) },
      ...labels.map((label) => ({ title: shortenWithin(label, most), align: 'right' as const })),
    ],
    facts.map(({ label, cells }) => [
      `  ${shorten(printable(label), LABEL - 2)}`,
      ...cells.map((cell) => shorten(printable(cell), most)),
    ]),
  );
}

/** Plans as rows, facts as columns, in as many tables as it takes. */
function inRows(title: string, labels: readonly string[], facts: readonly Fact[], width: number): string[] {
  const heads = labels.map((label) => shortenWithin(label, MOST_WIDE));
  const first = Math.max(widthOf(shorten(title, MOST_WIDE)), ...heads.map(widthOf));
  const groups: Fact[][] = [];
  let left = 0;
  for (const { label, cells } of facts) {
    const fact = { label, cells: cells.map((cell) => shorten(printable(cell), MOST_WIDE)) };
    const needed = 2 + Math.max(widthOf(label), ...fact.cells.map(widthOf));
    if (needed > left) {
      groups.push([]);
      left = width - 2 - first;
    }
    groups.at(-1)?.push(fact);
    left -= needed;
  }
  return groups.flatMap((group) =>
    table(
      [
        { title: shorten(title, MOST_WIDE) },
        ...group.map(({ label }) => ({ title: label, align: 'right' as const })),
      ],
      heads.map((label, i) => [label, ...group.map(({ cells }) => cells[i] ?? '')]),
    ),
  );
}

function pairBlocks({ plans }: Comparison, pair: Pair, width: number): string[][] {
  const [first, other] = [plans[pair.first], plans[pair.other]];
  if (first === undefined || other === undefined || pair.differences.length === 0) return [];
  return [
    paragraph(`What ${other.label} has differently from ${first.label}`, width),
    worthTable(pair, first.currency, width),
    unpricedLines(pair).flatMap(({ title, items }) => listed(title, items, width)),
  ];
}

/** What each difference is worth alone, and what they come to together. */
function worthTable(pair: Pair, currency: string, width: number): string[] {
  const ranked = byWorth(pair);
  const priced = ranked.some(({ worth }) => worth?.lossAvoidedPerYear != null);
  const figures = (sum: Pick<Together, 'lossAvoidedPerYear' | 'hoursAvoidedPerYear'>): string[] => [
    ...(priced ? [signedMoney(sum.lossAvoidedPerYear, currency)] : []),
    signedHours(sum.hoursAvoidedPerYear),
  ];
  const rows = ranked.slice(0, MOST_ROWS).flatMap(({ name, kind, worth }) => {
    if (worth === null) return [];
    const subject = `${shorten(name, MOST_WIDE - 9)}, ${kind}${worth.exact ? '' : ' ~'}`;
    return [
      [
        subject,
        ...figures(worth),
        shorten(addedBy(worth), MOST_WIDE),
        some(worth.brings, 3).join(', ') || '–',
      ],
    ];
  });
  if (rows.length === 0) return [];
  const { together } = pair;
  if (together !== null)
    rows.push(
      ['all of the other plan', ...figures(together)],
      [`sum of ${together.alone.differences} alone`, ...figures(together.alone)],
    );
  const columns = [
    { title: 'TAKEN OVER ALONE' },
    ...(priced ? [{ title: 'LOSS AVOIDED', align: 'right' as const }] : []),
    { title: 'HOURS AVOIDED', align: 'right' as const },
    { title: 'ADDS' },
    { title: 'BRINGS ALONG' },
  ];
  const more = ranked.length - MOST_ROWS;
  const last = columns.length - 1;
  const before = table(
    columns.slice(0, last),
    rows.map((row) => row.slice(0, last)),
  ).map(widthOf);
  const left = Math.max(8, width - Math.max(...before) - 2);
  return [
    ...table(
      columns,
      rows.map((row) => row.map((cell, i) => (i === last ? shorten(cell, left) : cell))),
    ),
    ...(more > 0 ? [`  … and ${more} more (--json lists all)`] : []),
    ...(rows.some(([subject]) => subject?.endsWith('~')) ? ['  ~ a difference of upper bounds'] : []),
  ];
}

/** A label and its items, wrapped. */
function listed(title: string, items: readonly string[], width: number): string[] {
  const label = `  ${title.padEnd(LABEL - 1)} `;
  const shown = some(items, MOST_ROWS).map(printable);
  const short = shown.map((item) => shorten(item, width - label.length));
  // A line that goes on ends with a separator.
  return wrap(short, ' · ', width - 2, label).map(
    (line, i) => (i === 0 ? label : ' '.repeat(label.length)) + line,
  );
}

/** The first few, and how many there are. */
function some(items: readonly string[], most: number): string[] {
  return items.length <= most ? [...items] : [...items.slice(0, most), `… (${items.length})`];
}

/** A sentence in lines of the width. */
function paragraph(sentence: string, width: number): string[] {
  const words = printable(sentence)
    .split(' ')
    .map((word) => shorten(word, width - 4));
  return wrap(words, ' ', width, '  ').map((line) => `  ${line}`.trimEnd());
}

/** Cut off where it is wider; the rest of a name is in --json. */
function shorten(text: string, most: number): string {
  if (widthOf(text) <= most) return text;
  let cut = '';
  for (const character of text) {
    if (widthOf(cut + character) > most - 1) break;
    cut += character;
  }
  return `${cut}…`;
}

/** The same, out of its middle: files and versions differ at their ends. */
function shortenWithin(text: string, most: number): string {
  if (widthOf(text) <= most) return text;
  const end = [...text].slice(-Math.floor(most / 2)).join('');
  return widthOf(end) > most - 2 ? shorten(text, most) : shorten(text, most - widthOf(end)) + end;
}
