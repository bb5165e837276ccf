import type { Sector } from '../sector/result.ts';
import { formatShare, significant } from '../units.ts';
import { plural } from './words.ts';
import { asText, bullets, code, grid } from './markup.ts';
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

/** What a sector shares, as Markdown. */
export function sectorMarkdown(sector: Sector, { top = 15 }: { readonly top?: number } = {}): string {
  const { title, asOf, platforms, providers, unit, limits, leftOut, source, licence } = sector;
  const shown = providers.filter(({ indirect, uses }) => indirect.count > 0 || uses.count > 0).slice(0, top);
  const codes = (all: readonly string[]): string => all.map(code).join(', ');
  const { any, asked } = mainTogether(sector);
  const blocks = [
    `# ${asText(title)}`,
    `As of ${asText(asOf)}. ${asText(countedUnit(platforms.count, unit))}, ${plural(providers.length, 'provider')}.${asText(spaced(downBySay(sector)))}`,
    ...answerOf(sector).map(asText),
    '## Providers',
    grid(
      ['Lost', 'Use it', 'Down', 'With what stands on it', 'Amplified', 'Rate from'],
      shown.map((one) => [
        code(one.name),
        formatShare(one.uses.share),
        formatShare(one.direct.share),
        formatShare(one.indirect.share),
        amplificationSay(one.amplification),
        asText(one.basis),
      ]),
    ),
    '## Worst to lose together',
    grid(
      ['Providers', 'Down', 'Which'],
      sector.worst.indirect.map((set, i) => [
        COUNTS[i] ?? String(i + 1),
        downSay(set),
        `${codes(set.providers)} ${tiesSay(set)}`.trim(),
      ]),
    ),
    '## Fewest to take down',
    grid(
      ['Down', 'Fewest', 'Which'],
      sector.fewest.map((one) => [
        fractionSay(one.share),
        fewestSay(one),
        one.providers === null ? '–' : codes(one.providers),
      ]),
    ),
    ...(sector.needs.length === 0
      ? []
      : [
          '## Needs',
          grid(
            ['Need', 'Have it', 'Providers', 'Have one only', 'Routers not counted', 'Lost with one', 'HHI'],
            sector.needs.map((one) => [
              code(one.need),
              significant(one.has.count),
              String(one.providers),
              formatShare(one.single.share),
              formatShare(one.singleWithoutRouters.share),
              formatShare(one.lostByOne.share),
              one.hhi.toFixed(3),
            ]),
          ),
        ]),
    '## Down at once',
    grid(
      [
        `Of the ${asText(ofWhat(sector))}`,
        'A year',
        'How often',
        'If each failed by itself',
        'Times as likely',
      ],
      [any, ...asked].map((one) => [
        one.share === 0 ? 'any' : `${formatShare(one.share)} or more`,
        hoursSay(one, 'together'),
        oftenSay(one.together.perYear),
        hoursSay(one, 'independent'),
        asText(ratioSay(one)),
      ]),
    ),
    `${exactSay(sector)} ${chancesSay(sector)}`,
    ...(leftOut.length === 0
      ? []
      : ['## Left out', bullets(leftOut.map(({ file, first }) => `${code(file)}: ${asText(first)}`))]),
    '## Origin and limits',
    bullets([`${asText(source)}. Licence: ${asText(licence)}.`, ...limits.map(asText)]),
  ];
  return blocks.join('\n\n');
}

function spaced(sentence: string): string {
  return sentence === '' ? '' : ` ${sentence}`;
}
