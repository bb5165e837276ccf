import type { FewestSet, Interval, Sector, Threshold, Together, WorstSet } from '../sector/result.ts';
import { formatAmount, formatHours, formatShare, significant } from '../units.ts';
import { plural } from './words.ts';

/** What an interval says when both ends are shown the same, and when they are not. */
export function between([low, high]: Interval, show: (value: number) => string): string {
  const [a, b] = [show(low), show(high)];
  if (a === b) return b;
  return low === 0 ? `at most ${b}` : `${a} – ${b}`;
}

/** How long a year. */
export function hoursSay({ together, independent }: Threshold, which: 'together' | 'independent'): string {
  const { hoursPerYear } = which === 'together' ? together : independent;
  return hoursPerYear[1] < NEVER_HOURS ? 'never' : between(hoursPerYear, formatHours);
}

/** Less of a year than this is said to be never: a microsecond. @unit hours */
const NEVER_HOURS = 1e-6 / 3600;

/** How often: `5.9 a year`, `once in 12 years`. */
export function oftenSay(perYear: Interval | null): string {
  if (perYear === null) return 'unknown';
  const [low, high] = perYear;
  if (high < 1e-9) return 'never';
  if (low > 0.95) {
    const often = between(perYear, (value) => significant(Number(value.toPrecision(3))));
    return often === '1' || high < 1.05 ? 'once a year' : `${often} a year`;
  }
  const years: Interval = [1 / high, low > 0 ? 1 / low : Number.POSITIVE_INFINITY];
  return years[1] === Number.POSITIVE_INFINITY || years[1] > years[0] * 100
    ? `at most once in ${yearsSay(years[0])}`
    : `once in ${between(years, yearsSay).replace(/ years(?= – )/, '')}`;
}

function yearsSay(years: number): string {
  if (years >= 1e6) return `${formatAmount(years)} years`;
  return `${significant(Number(years.toPrecision(2)))} years`;
}

/** How many times as likely. */
export function ratioSay({ ratio, together }: Threshold): string {
  if (together.probability[1] === 0) return '–';
  if (ratio === null) return 'beyond measure';
  if (ratio[0] > 1e6) return '> 1M×';
  return between(ratio, (value) =>
    value > 1e6
      ? '> 1M×'
      : `${value >= 100 ? formatAmount(value) : significant(Number(value.toPrecision(2)))}×`,
  );
}

export function amplificationSay(amplification: number | null): string {
  return amplification === null ? '–' : `${significant(Number(amplification.toPrecision(3)))}×`;
}

/** What shares are of: `sites`, `weight`. */
export function ofWhat({ unit, weighedBy }: Sector): string {
  return weighedBy === null ? unit : 'weight';
}

export const COUNTS = ['one', 'two', 'three'] as const;

const FRACTIONS: readonly (readonly [number, string])[] = [
  [1 / 3, 'a third'],
  [1 / 2, 'half'],
  [2 / 3, 'two thirds'],
];

export function fractionSay(share: number): string {
  return FRACTIONS.find(([one]) => Math.abs(one - share) < 1e-9)?.[1] ?? formatShare(share);
}

/** How many providers it takes. */
export function fewestSay({ atLeast, providers }: FewestSet): string {
  if (providers === null) return 'cannot be';
  return providers.length === atLeast ? String(atLeast) : `${atLeast} – ${providers.length}`;
}

/** What a set takes down, with the bound where the search did not end. */
export function downSay({ down, atMost, isExact }: WorstSet): string {
  return isExact ? formatShare(down.share) : `${formatShare(down.share)}, at most ${formatShare(atMost)}`;
}

export function tiesSay({ ties, isExact }: WorstSet): string {
  if (!isExact || ties === null || ties === 0) return '';
  return ties === 1 ? 'and another as much' : `and ${ties} others as much`;
}

/** Names in a sentence. */
export function names(all: readonly string[]): string {
  return all.length < 2 ? all.join('') : `${all.slice(0, -1).join(', ')} and ${all.at(-1)}`;
}

/** The distribution that weights ask for. */
export function mainTogether({ together }: Sector): Together {
  return together.weight ?? together.count;
}

/** So many of them: `1 platform`, `8 platforms`. */
export function countedUnit(count: number, unit: string): string {
  return `${significant(count)} ${count === 1 ? singular(unit) : unit}`;
}

/** Units are named in the plural. */
function singular(unit: string): string {
  if (unit.endsWith('ies')) return `${unit.slice(0, -3)}y`;
  return unit.replace(/(?<=ss|sh|ch|x)es$|(?<!s)s$/, '');
}

/** Journeys that are named as those that have platforms down. */
const MOST_JOURNEYS = 8;

/** When a platform of a plan counts as down, in a sentence; nothing for datasets. */
export function downBySay({ down }: Sector): string {
  if (down === null) return '';
  const { by, journeys } = down;
  if (by === 'journey') return `Down: the journey ${names(journeys.map(({ name }) => name))}.`;
  const named = journeys.slice(0, MOST_JOURNEYS).map(({ name, platforms }) => `${name} (${platforms})`);
  const more = journeys.length > named.length ? `, … (${journeys.length})` : '';
  const which = by === 'tier' ? 'any of the journeys of the highest tier' : 'any of the journeys';
  return `Down: ${which}: ${named.join(', ')}${more}.`;
}

/** The answer in a few sentences. */
export function answerOf(sector: Sector): string[] {
  return [
    worstSentence(sector),
    nothingKnownSentence(sector),
    fewestSentence(sector),
    togetherSentence(sector),
    withoutSentence(sector),
  ].filter((one) => one !== '');
}

function worstSentence(sector: Sector): string {
  const [one, ...more] = sector.worst.indirect;
  if (one === undefined) return '';
  const none = `No provider takes any of the ${sector.unit} down alone, as far as is known.`;
  const said = `One provider takes down ${formatShare(one.down.share)} of the ${ofWhat(sector)}: ${names(one.providers)}${one.ties === 0 ? '' : ` (${tiesSay(one)})`}.`;
  const first = one.down.share === 0 ? none : said;
  const rest = more.map((set, i) => {
    const many = i === 0 ? 'Two' : 'Three';
    const before = i === 0 ? one : more[i - 1];
    if (set.isExact && set.down.share === before?.down.share) return ` ${many} together do no more.`;
    return ` ${many} together ${set.isExact ? '' : 'at least '}${formatShare(set.down.share)}: ${names(set.providers)}.`;
  });
  return first + rest.join('');
}

/** Whoever reads a share is told what is in its whole and can never be down. */
function nothingKnownSentence({ platforms, unit, weighedBy }: Sector): string {
  const { count, share } = platforms.nothingKnown;
  if (count === 0) return '';
  const weight = weighedBy === null ? '' : `, ${formatShare(share)} of the weight,`;
  const those = `Of ${significant(count)} of ${countedUnit(platforms.count, unit)}${weight}`;
  return `${those} nothing is known; counted as never down. Every share is of all ${significant(platforms.count)}.`;
}

function fewestSentence({ fewest }: Sector): string {
  const said = fewest.flatMap(({ share, providers, isExact }, i) => {
    if (providers === null) return [];
    const many =
      i === 0 ? `is down with ${plural(providers.length, 'provider')}` : `with ${providers.length}`;
    return [`${fractionSay(share)} ${many}${isExact ? '' : ' or fewer'}`];
  });
  const never = fewest.filter(({ providers }) => providers === null).map(({ share }) => fractionSay(share));
  const text = said.length === 0 ? '' : `${capital(said.join(', '))}.`;
  const not = never.length === 0 ? '' : `The loss of all that is known does not take down ${names(never)}.`;
  return `${text} ${not}`.trim();
}

function capital(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}

function togetherSentence(sector: Sector): string {
  const quarter = mainTogether(sector).asked.find(({ share }) => share === 0.25);
  if (quarter === undefined) return '';
  const alone = hoursSay(quarter, 'independent');
  const apart = alone === 'never' ? 'as good as never' : `${alone} a year`;
  const how = hoursSay(quarter, 'together');
  return how === 'never'
    ? `A quarter or more is as good as never down at once.`
    : `A quarter or more is down at once ${how} a year, ${oftenSay(quarter.together.perYear)}; if each failed by itself, ${apart}.`;
}

function withoutSentence(sector: Sector): string {
  const { without } = sector;
  if (without === null) return '';
  const along = without.providers.filter((one) => !without.named.includes(one));
  const besides =
    along.length === 0
      ? ''
      : `, and ${plural(along.length, 'provider')} that ${along.length === 1 ? 'goes' : 'go'} along`;
  return `Without ${names(without.named)}${besides}: ${countedUnit(without.down.count, sector.unit)} down, ${formatShare(without.down.share)} of the ${ofWhat(sector)}.`;
}

/** What is known of chances, in a sentence. */
export function chancesSay({ chances, providers }: Sector): string {
  const sum = (is: (basis: string) => boolean): number =>
    chances.filter(({ basis }) => is(basis)).reduce((all, one) => all + one.providers, 0);
  const assumed = sum((basis) => basis === 'assumed');
  const partly = sum((basis) => basis !== 'assumed' && basis.includes('assumed'));
  if (providers.length === 0) return '';
  if (assumed + partly === 0) return 'Every provider’s outages are from the catalogue or the data.';
  const all = `The outages of ${assumed} of ${plural(providers.length, 'provider')} are assumed`;
  return `${all}${partly === 0 ? '' : `, and of ${partly} in part`}: one a year, of an hour.`;
}

/** How exact the distribution is, in a sentence. */
export function exactSay(sector: Sector): string {
  const { undecided, rounded, boundedMarginals } = mainTogether(sector);
  const open =
    undecided > 1e-15
      ? `States with ${significant(undecided)} of the probability were not looked at: what they could add is in the bounds.`
      : 'Every state of the providers is in it.';
  const weights =
    rounded === null
      ? ''
      : ` Weights are taken in parts of ${significant(rounded)} of the whole, down for one bound and up for the other.`;
  const bounded =
    boundedMarginals === 0
      ? ''
      : ` For ${plural(boundedMarginals, 'sort')} of platforms the comparison takes a bound from above.`;
  return open + weights + bounded;
}
