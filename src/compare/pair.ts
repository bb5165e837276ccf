import { reachedByJourney, type Model } from '../model/index.ts';
import { differencesBetween, type Found } from './differences.ts';
import type { Difference, Pair, Standing, Together } from './result.ts';
import type { Assessed } from './standing.ts';
import { currencyOf } from './transplant.ts';
import { isOfWords, lossAvoided, worthOf, type Solving } from './worth.ts';

/** Differences that are solved for one pair, the largest journeys' first. */
const MOST_SOLVED = 40;

/** One side of a pair: a plan, its answer and how it stands. */
export interface Side extends Assessed {
  readonly at: number;
  readonly standing: Standing;
}

export interface PairOptions {
  /** Left out: nothing is asked what it is worth. */
  readonly solving?: Solving;
  /** Told how much of this pair is done, 0 to 1. */
  readonly onProgress: (share: number, what: string) => void;
}

/** What differs between the first plan and another, and what that is worth to the first, one by one and together. */
export function pairOf(first: Side, other: Side, { solving, onProgress }: PairOptions): Pair {
  const journeys = inBoth(first.model.journeys, other.model.journeys);
  const services = inBoth(first.model.services, other.model.services);
  const related = journeys.length + services.length > 0;
  const found = related ? differencesBetween(first.model.plan, other.model.plan) : [];
  const asked = solving === undefined ? [] : worthAsking(first.model, first.standing, found);
  const solved = new Set<Found>(asked.slice(0, MOST_SOLVED));
  let done = 0;
  const differences = found.map((one): Difference => {
    if (solving === undefined || !isChanged(one)) return { ...one, worth: null, why: null };
    if (isOfWords(one))
      return { ...one, worth: null, why: `No figure that is compared rests on ${one.keys.join(', ')}.` };
    if (!solved.has(one))
      return { ...one, worth: null, why: `Not solved: more than ${MOST_SOLVED} differences.` };
    onProgress(done++ / solved.size, `${one.name} of ${other.standing.label}`);
    return { ...one, ...worthOf(first, other.model.plan, one, solving) };
  });
  return {
    first: first.at,
    other: other.at,
    journeys,
    services,
    related,
    differences,
    together: solving === undefined ? null : togetherOf(first, other, journeys, differences),
    leftOut: asked.slice(MOST_SOLVED).map(({ kind, name }) => ({ kind, name })),
  };
}

function inBoth(
  first: readonly { readonly name: string }[],
  other: readonly { readonly name: string }[],
): string[] {
  const names = new Set(other.map(({ name }) => name));
  return first.map(({ name }) => name).filter((name) => names.has(name));
}

type Changed = Found & { readonly kind: 'journey' | 'service' };

function isChanged(one: Found): one is Changed {
  return one.change === 'changed' && (one.kind === 'journey' || one.kind === 'service');
}

/** Changed journeys and services, by the hours down of the journeys that they bear on. */
function worthAsking(model: Model, { journeys }: Standing, found: readonly Found[]): Changed[] {
  const hours = new Map(journeys.map(({ name, downHoursPerYear }) => [name, downHoursPerYear]));
  const weights = new Map<string, number>();
  for (const journey of model.journeys) {
    const { onPath, inChange } = reachedByJourney(model, journey);
    for (const index of new Set([...onPath.keys(), ...inChange])) {
      const name = model.services[index]?.name ?? '';
      weights.set(name, (weights.get(name) ?? 0) + (hours.get(journey.name) ?? 0));
    }
  }
  const weightOf = ({ kind, name }: Found): number => (kind === 'journey' ? hours : weights).get(name) ?? 0;
  return found
    .filter(isChanged)
    .filter((one) => !isOfWords(one))
    .sort((a, b) => weightOf(b) - weightOf(a));
}

/** Null where there is no journey to compare. */
function togetherOf(
  first: Side,
  other: Side,
  journeys: readonly string[],
  differences: readonly Difference[],
): Together | null {
  if (journeys.length === 0) return null;
  const pairs = journeys.flatMap((name) => {
    const [from, to] = [first, other].map(({ standing }) =>
      standing.journeys.find((one) => one.name === name),
    );
    return from === undefined || to === undefined ? [] : [{ from, to }];
  });
  const sameCurrency = currencyOf(first.model.plan) === currencyOf(other.model.plan);
  const loss = sameCurrency ? lossAvoided(pairs) : null;
  const worths = differences.flatMap(({ worth }) => (worth === null ? [] : [worth]));
  const shared = new Set(journeys);
  const alone = worths.flatMap((worth) => worth.journeys.filter(({ name }) => shared.has(name)));
  const unknown = loss === null || worths.some(({ lossAvoidedPerYear }) => lossAvoidedPerYear === null);
  return {
    hoursAvoidedPerYear: pairs.reduce(
      (sum, { from, to }) => sum + from.downHoursPerYear - to.downHoursPerYear,
      0,
    ),
    lossAvoidedPerYear: loss,
    alone: {
      differences: worths.length,
      hoursAvoidedPerYear: alone.reduce((sum, journey) => sum + journey.hoursAvoidedPerYear, 0),
      lossAvoidedPerYear: unknown
        ? null
        : alone.reduce((sum, journey) => sum + (journey.lossAvoidedPerYear ?? 0), 0),
    },
  };
}
