import type { Comparison, Difference, Pair } from '../compare/index.ts';
import { formatHours, formatMoney } from '../units.ts';
import { plural, signedHours, signedMoney } from './words.ts';

/** The answer in a few sentences: which is down least, and what the others buy beside the first. */
export function answerOf(comparison: Comparison): string[] {
  const { pairs } = comparison;
  const related = pairs.filter((pair) => pair.related);
  return [
    ...leastDown(comparison),
    ...related.map((pair) => bought(comparison, pair)),
    ...unrelated(comparison),
  ];
}

function leastDown({ plans, journeys }: Comparison): string[] {
  const compared = journeys.filter((journey) => journey.plans.length > 1);
  if (compared.length === 0)
    return ['No journey is in more than one plan: nothing can be said of which is down least.'];
  const told = compared.filter((journey) => journey.leastDown.length < journey.plans.length);
  if (told.length === 0) return [`${everyOf(compared.length)} is down as long in each plan that has it.`];
  const lines = plans.flatMap(({ label }, i) => {
    const names = told.filter(({ leastDown: least }) => least.includes(i)).map(({ name }) => name);
    if (names.length === 0) return [];
    const all = names.length === compared.length;
    return [`${label} is down least in ${all ? allOf(names) : words(names)}.`];
  });
  const open = told.filter(({ overlaps }) => overlaps).map(({ name }) => name);
  return open.length === 0
    ? lines
    : [...lines, `The 90 % intervals overlap for ${words(open)}: there the order may be another.`];
}

function everyOf(count: number): string {
  return count === 1 ? 'The one journey that is compared' : `Each of the ${count} journeys that are compared`;
}

function allOf(names: readonly string[]): string {
  return names.length === 1 ? words(names) : `all ${names.length} journeys that are compared`;
}

function bought({ plans }: Comparison, pair: Pair): string {
  const [first, other] = [plans[pair.first], plans[pair.other]];
  const names = `${other?.label ?? ''} beside ${first?.label ?? ''}`;
  if (pair.differences.length === 0) return `${names}: nothing differs.`;
  const { together } = pair;
  if (together === null)
    return `${names}: ${plural(pair.differences.length, 'difference')} in ${plural(pair.journeys.length, 'common journey')}.`;
  const loss = together.lossAvoidedPerYear;
  const money =
    loss === null || loss === 0
      ? ''
      : `, and ${formatMoney(Math.abs(loss), first?.currency ?? '')} ${loss > 0 ? 'less' : 'more'} lost`;
  return `${names}: ${lessOrMore(together.hoursAvoidedPerYear)} down a year over ${plural(pair.journeys.length, 'common journey')}${money}.${most(pair, first?.currency ?? '')}`;
}

/** Plans that share nothing with the first: their figures stand beside it, and that is all. */
function unrelated({ plans, pairs }: Comparison): string[] {
  const names = pairs.filter(({ related }) => !related).map(({ other }) => plans[other]?.label ?? '');
  if (names.length === 0) return [];
  const [share, their] = names.length === 1 ? ['shares', 'its'] : ['share', 'their'];
  return [
    `${words(names)} ${share} no journey and no service with ${plans[0]?.label ?? 'the first'}: ${their} figures stand beside it, no more.`,
  ];
}

function lessOrMore(hours: number): string {
  if (hours === 0) return 'as long';
  return `${formatHours(Math.abs(hours))} ${hours > 0 ? 'less' : 'more'}`;
}

function most(pair: Pair, currency: string): string {
  const [best] = byWorth(pair);
  if (best?.worth == null) return '';
  const { hoursAvoidedPerYear: hours, lossAvoidedPerYear: loss } = best.worth;
  if ((loss ?? hours) <= 0) return '';
  const what = loss === null ? signedHours(hours) : signedMoney(loss, currency);
  return ` Worth most alone: the ${best.kind} ${best.name}, ${what} a year.`;
}

/** Differences that were solved, those that avoid most first: by loss, and by hours where there is none. */
export function byWorth({ differences }: Pair): Difference[] {
  return differences
    .filter(({ worth }) => worth !== null)
    .sort(
      (a, b) =>
        (b.worth?.lossAvoidedPerYear ?? 0) - (a.worth?.lossAvoidedPerYear ?? 0) ||
        (b.worth?.hoursAvoidedPerYear ?? 0) - (a.worth?.hoursAvoidedPerYear ?? 0),
    );
}

/** What was not solved, by what there is to say: one line a kind and change, and one a reason. */
export function unpricedLines({ differences }: Pair): { readonly title: string; readonly items: string[] }[] {
  const groups = new Map<string, string[]>();
  const put = (title: string, item: string): unknown =>
    groups.set(title, [...(groups.get(title) ?? []), item]);
  for (const { kind, name, change, keys, worth, why } of differences) {
    if (worth !== null) continue;
    const of = keys.length > 0 ? `${name} (${keys.join(', ')})` : name;
    put(`${KINDS[kind]} ${change}`, why === null || why.startsWith('No figure') ? of : `${of}: ${why}`);
  }
  return [...groups].map(([title, items]) => ({ title, items }));
}

const KINDS = {
  journey: 'Journeys',
  service: 'Services',
  provider: 'Providers',
  assumption: 'Assumptions',
  cohort: 'Cohorts',
} as const;

/** Names in a sentence. */
function words(names: readonly string[]): string {
  return names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
}
