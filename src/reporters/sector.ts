import type { Sector } from '../sector/result.ts';
import { printable } from '../problems.ts';
import { formatShare, HOURS_PER_YEAR, significant } from '../units.ts';
import {
  amplificationSay,
  answerOf,
  chancesSay,
  COUNTS,
  countedUnit,
  downBySay,
  downSay,
  exactSay,
  fewestSay,
  fractionSay,
  hoursSay,
  mainTogether,
  ofWhat,
  oftenSay,
  ratioSay,
  tiesSay,
} from './sector-words.ts';
import { bar, table, widthOf, wordsOf, wrap } from './table.ts';
import { plural } from './words.ts';

export interface SectorTextOptions {
  /** Bold by escape codes. @default false */
  readonly colour?: boolean;
  /** @unit columns @default 120 */
  readonly width?: number;
  /** How many providers are listed. @default 15 */
  readonly top?: number;
  /** What it was asked with, for the next command. */
  readonly operand?: string;
}

const RIGHT = 'right' as const;
/** Of a name in a table. @unit columns */
const NAME = 28;
const BAR = 9;
/** Platforms that are down without some providers, and files left out, that are named. */
const MOST_NAMED = 30;

/** What a sector shares, for a terminal: the answer, then who and what it hangs on, then how likely. */
export function sectorText(sector: Sector, options: SectorTextOptions = {}): string {
  const width = options.width ?? 120;
  const bold = (text: string): string => (options.colour === true ? `\u001b[1m${text}\u001b[0m` : text);
  const blocks = [
    [headOf(sector), ...paragraphs([printable(downBySay(sector))], width)],
    answerOf(sector).flatMap((sentence) => paragraph(printable(sentence), width)),
    withoutBlock(sector, width),
    providersBlock(sector, options.top ?? 15, width),
    worstBlock(sector, width),
    fewestBlock(sector, width),
    needsBlock(sector),
    togetherBlock(sector),
    paragraphs([exactSay(sector)], width),
    leftOutBlock(sector),
    limitsBlock(sector, width),
    paragraphs([ending(sector, options.operand)], width),
  ];
  return blocks
    .filter((block) => block.length > 0)
    .flatMap((block, i) => (i === 0 ? [bold(block[0] ?? ''), ...block.slice(1)] : ['', ...block]))
    .join('\n');
}

function headOf(sector: Sector): string {
  const { title, asOf, platforms, providers, unit, weighedBy } = sector;
  const weighed = weighedBy === null ? '' : ` · weighed by ${printable(weighedBy)}`;
  return `${printable(title)}    ${printable(countedUnit(platforms.count, unit))} · ${plural(providers.length, 'provider')} · as of ${printable(asOf)}${weighed}`;
}

function providersBlock(sector: Sector, top: number, width: number): string[] {
  const shown = sector.providers
    .filter(({ indirect, uses }) => indirect.count > 0 || uses.count > 0)
    .slice(0, top);
  if (shown.length === 0) return [];
  const hasIndirect = sector.providers.some(({ direct, indirect }) => direct.count !== indirect.count);
  const hasBar = width >= 90;
  const hasBasis = width >= 100;
  const rows = shown.map((one) => [
    shorten(printable(one.name), NAME) + (one.isRouter ? ' (router)' : ''),
    formatShare(one.uses.share),
    formatShare(one.direct.share),
    ...(hasIndirect ? [formatShare(one.indirect.share), amplificationSay(one.amplification)] : []),
    ...(hasBar ? [bar(one.indirect.share, BAR)] : []),
    one.probability === null ? 'unknown' : hoursOf(one.probability),
    ...(hasBasis ? [printable(one.basis)] : []),
  ]);
  const left = sector.providers.length - shown.length;
  return [
    ...table(
      [
        { title: 'IF THIS IS LOST' },
        { title: 'USE IT', align: RIGHT },
        { title: hasIndirect ? 'DIRECT' : 'DOWN', align: RIGHT },
        ...(hasIndirect
          ? [
              { title: 'IN ALL', align: RIGHT },
              { title: 'AMPLIFIED', align: RIGHT },
            ]
          : []),
        ...(hasBar ? [{ title: '' }] : []),
        { title: 'IS DOWN A YEAR', align: RIGHT },
        ...(hasBasis ? [{ title: 'BY' }] : []),
      ],
      rows,
    ),
    ...(left > 0 ? [`  … ${left} more (--top ${sector.providers.length}, or --csv)`] : []),
  ];
}

function hoursOf(probability: number): string {
  const zero = { probability: [0, 0], hoursPerYear: [0, 0], perYear: null } as const;
  const hours = probability * HOURS_PER_YEAR;
  return hoursSay(
    { share: 0, together: { ...zero, hoursPerYear: [hours, hours] }, independent: zero, ratio: null },
    'together',
  );
}

function worstBlock(sector: Sector, width: number): string[] {
  const { direct, indirect } = sector.worst;
  if (indirect.length === 0) return [];
  const differs = direct.some(({ down }, i) => down.share !== indirect[i]?.down.share);
  const rows = indirect.map((set, i) => [
    COUNTS[i] ?? String(i + 1),
    downSay(set),
    ...(differs ? [formatShare(direct[i]?.down.share ?? 0)] : []),
    listOf(set.providers, width - 50),
    tiesSay(set),
  ]);
  return table(
    [
      { title: 'WORST TO LOSE' },
      { title: 'DOWN', align: RIGHT },
      ...(differs ? [{ title: 'DIRECT ONLY', align: RIGHT }] : []),
      { title: 'PROVIDERS' },
      { title: '' },
    ],
    rows,
  );
}

function fewestBlock(sector: Sector, width: number): string[] {
  return table(
    [{ title: 'TO TAKE DOWN' }, { title: 'FEWEST', align: RIGHT }, { title: 'PROVIDERS' }],
    sector.fewest.map((one) => [
      fractionSay(one.share),
      fewestSay(one),
      one.providers === null ? 'not by the loss of all that is known' : listOf(one.providers, width - 40),
    ]),
  );
}

function needsBlock({ needs, concentration }: Sector): string[] {
  if (needs.length === 0) return [];
  const hasRouters = needs.some(
    ({ single, singleWithoutRouters }) => single.count !== singleWithoutRouters.count,
  );
  const largest = (one: Sector['concentration']): string =>
    one.largest === null
      ? '–'
      : `${shorten(printable(one.largest.provider), NAME)} ${formatShare(one.largest.share)}`;
  return table(
    [
      { title: 'NEED' },
      { title: 'HAVE IT', align: RIGHT },
      { title: 'PROVIDERS', align: RIGHT },
      { title: 'HAVE ONE ONLY', align: RIGHT },
      ...(hasRouters ? [{ title: 'ROUTERS NOT COUNTED', align: RIGHT }] : []),
      { title: 'LOST WITH ONE', align: RIGHT },
      { title: 'HHI', align: RIGHT },
      { title: 'LARGEST' },
    ],
    [
      ...needs.map((one) => [
        shorten(printable(one.need), NAME),
        significant(one.has.count),
        String(one.providers),
        formatShare(one.single.share),
        ...(hasRouters ? [formatShare(one.singleWithoutRouters.share)] : []),
        formatShare(one.lostByOne.share),
        one.hhi.toFixed(3),
        largest(one),
      ]),
      ...(needs.length < 2
        ? []
        : [
            [
              'all',
              '',
              '',
              '',
              ...(hasRouters ? [''] : []),
              '',
              concentration.hhi.toFixed(3),
              largest(concentration),
            ],
          ]),
    ],
  );
}

function togetherBlock(sector: Sector): string[] {
  const { any, asked } = mainTogether(sector);
  return table(
    [
      { title: 'DOWN AT ONCE' },
      { title: 'A YEAR', align: RIGHT },
      { title: 'HOW OFTEN', align: RIGHT },
      { title: 'IF INDEPENDENT', align: RIGHT },
      { title: 'TIMES AS LIKELY', align: RIGHT },
    ],
    [any, ...asked].map((one) => [
      one.share === 0 ? `any of the ${printable(ofWhat(sector))}` : `${formatShare(one.share)} or more`,
      hoursSay(one, 'together'),
      oftenSay(one.together.perYear),
      hoursSay(one, 'independent'),
      ratioSay(one),
    ]),
  );
}

function withoutBlock({ without }: Sector, width: number): string[] {
  if (without === null) return [];
  const along = without.providers.filter((one) => !without.named.includes(one));
  return [
    ...(along.length === 0 ? [] : listed('Along go', along, width)),
    ...(without.platforms.length === 0 ? [] : listed('Down', without.platforms, width)),
  ];
}

function listed(title: string, all: readonly string[], width: number): string[] {
  const shown = all.slice(0, MOST_NAMED).map((one) => shorten(printable(one), NAME));
  const words = all.length > shown.length ? [...shown, `… (${all.length})`] : shown;
  const indent = `  ${' '.repeat(widthOf(title))}  `;
  return wrap(words, ' · ', width, indent).map((line, i) =>
    i === 0 ? `  ${title}  ${line}` : indent + line,
  );
}

function leftOutBlock({ leftOut }: Sector): string[] {
  if (leftOut.length === 0) return [];
  return [
    `  Left out: ${plural(leftOut.length, 'file')}`,
    ...leftOut.slice(0, MOST_NAMED).map(({ file, first }) => `    ${printable(file)}  ${printable(first)}`),
    ...(leftOut.length > MOST_NAMED ? [`    … ${leftOut.length - MOST_NAMED} more (--json)`] : []),
  ];
}

function limitsBlock({ limits }: Sector, width: number): string[] {
  if (limits.length === 0) return [];
  return ['  What the data does not say', ...limits.flatMap((one) => wrapped(printable(one), width, '  · '))];
}

function ending(sector: Sector, operand = 'DATASET'): string {
  const [worst] = sector.worst.indirect;
  const [name] = worst?.providers ?? [];
  const lose =
    sector.without === null && name !== undefined
      ? ` Lose one: keelson sector ${printable(operand)} --without ${/\s/.test(name) ? `'${printable(name)}'` : printable(name)}.`
      : '';
  return `${chancesSay(sector)}${lose} See it: keelson sector ${printable(operand)} --html sector.html`.trim();
}

function paragraphs(sentences: readonly string[], width: number): string[] {
  return sentences.filter((one) => one !== '').flatMap((one) => paragraph(one, width));
}

function paragraph(sentence: string, width: number): string[] {
  return wrap(wordsOf(sentence), ' ', width, '  ').map((line) => `  ${line.trimEnd()}`);
}

function wrapped(text: string, width: number, mark: string): string[] {
  return wrap(wordsOf(text), ' ', width, '    ').map((line, i) => (i === 0 ? mark : '    ') + line.trimEnd());
}

/** As many names as fit, and how many more there are. */
function listOf(all: readonly string[], room: number): string {
  const shown: string[] = [];
  let used = 0;
  for (const one of all) {
    const name = shorten(printable(one), NAME);
    used += widthOf(name) + 2;
    if (shown.length > 0 && used > room) break;
    shown.push(name);
  }
  return shown.length < all.length ? `${shown.join(', ')}, … (${all.length})` : shown.join(', ');
}

function shorten(text: string, most: number): string {
  return text.length > most ? `${text.slice(0, most - 1)}…` : text;
}
