import { Amounts } from './amounts.ts';
import { componentsOf, Conditioning, merge, type Part, Spent, type Variables } from './conditioning.ts';
import { marginalOf, type Marginal } from './marginals.ts';
import type { Group, Network } from '../network.ts';
import type { Interval, Threshold, Together } from '../result.ts';
import type { Spread, Tail } from './spread.ts';
import { spreadByStates } from './states.ts';
import { HOURS_PER_YEAR } from '../../units.ts';

/** Shares of the whole that are asked for by name. */
export const ASKED = [0.1, 0.25, 0.5];
/** Steps of a component by conditioning, and of all by going through states. */
const CONDITIONING = 5_000_000;
const STATES = 40_000_000;
/** Weights that are no small whole numbers are taken in so many parts of the whole, rounded down for one bound and up for the other. */
const PARTS = 20_000;
/** More platforms are taken in parts of the whole as well. */
const MOST_COUNTED = 1_000_000;
/** Sums over amounts that may be made for weights to be taken as they are. */
const MOST_SUMS = 100_000_000;

/** How likely it is that so many platforms are down at once, or so much weight, beside the same if each failed by itself. */
export function togetherOf(
  network: Network,
  by: 'count' | 'weight',
  steps = { conditioning: CONDITIONING, states: STATES },
): Together {
  const variables = variablesOf(network);
  const groups = network.groups.filter(({ indirect }) => indirect.length > 0);
  const marginals = groups.map(({ indirect }) => marginalOf(indirect, variables));
  const whole = by === 'count' ? network.count : network.weight;
  const isWhole = isWholeNumbers(network, by);
  const scale = isWhole ? 1 : PARTS / whole;
  const total = isWhole ? whole : PARTS;
  const shares = Array.from({ length: 101 }, (_, i) => i / 100);
  const thresholds = shares.map((share, i) =>
    i === 0 ? leastOf(network, by) * scale : share * total - 1e-9 * total,
  );
  const spreads = (isWhole ? [Math.round] : [Math.floor, Math.ceil]).map((round) =>
    amountsOf(groups, { by, scale, round, variables, steps, grid: total / 100 }),
  );
  const apart = (isWhole ? [Math.round] : [Math.floor, Math.ceil]).map((round) =>
    independent(groups, marginals, by, scale, round),
  );
  const omitted = omittedOf(network, variables);
  const rising = [...thresholds].sort((a, b) => a - b);
  const tails = between(spreads, rising, thresholds, omitted);
  const tailsApart = between(apart, rising, thresholds, 0);
  const mean = groups.reduce(
    (sum, group, i) =>
      sum + (by === 'count' ? group.count : group.weight) * (marginals[i] as Marginal).probability,
    0,
  );
  const hasRates = network.table.providers.every(
    ({ ratePerYear, probability }) => ratePerYear !== undefined || probability === 0,
  );
  const row = (share: number, i: number): Threshold => ({
    share,
    together: shown(tails[i] as Tail, hasRates),
    independent: shown(tailsApart[i] as Tail, hasRates),
    ratio: ratioOf(tails[i] as Tail, tailsApart[i] as Tail),
  });
  return {
    by,
    whole,
    mean: mean / whole,
    undecided: Math.max(...spreads.map(({ undecided }) => undecided)) + omitted,
    rounded: isWhole ? null : 1 / PARTS,
    boundedMarginals: marginals.filter(({ isBound }) => isBound).length,
    any: row(0, 0),
    asked: ASKED.map((share) => row(share, Math.round(share * 100))),
    curve: shares.map(row),
  };
}

function variablesOf({ table: { providers } }: Network): Variables {
  const probability = Float64Array.from(providers, (one) => Math.min(1, Math.max(0, one.probability ?? 0)));
  const failure = Float64Array.from(providers, (one) => one.ratePerYear ?? 0);
  // In the long run it is repaired as often as it fails.
  const repair = probability.map((p, i) => (p > 0 ? ((failure[i] as number) * (1 - p)) / p : 0));
  return { probability, failure, repair };
}

/** Whether amounts are whole numbers, and not too many to be kept side by side. */
function isWholeNumbers({ groups, weight, count }: Network, by: 'count' | 'weight'): boolean {
  if (by === 'count') return count <= MOST_COUNTED;
  const isSmall = weight <= PARTS || (weight <= MOST_COUNTED && weight * groups.length <= MOST_SUMS);
  return isSmall && groups.every(({ members }) => members.every((one) => Number.isInteger(one.weight)));
}

/** Of one platform, the lightest. */
function leastOf({ groups }: Network, by: 'count' | 'weight'): number {
  if (by === 'count') return 1;
  return groups.reduce(
    (least, { members }) => members.reduce((a, one) => Math.min(a, one.weight), least),
    Number.POSITIVE_INFINITY,
  );
}

/** How much is down at once, with what is shared. */
function amountsOf(
  groups: readonly Group[],
  {
    by,
    scale,
    round,
    variables,
    steps,
    grid,
  }: {
    readonly by: 'count' | 'weight';
    readonly scale: number;
    readonly round: (value: number) => number;
    readonly variables: Variables;
    readonly steps: { readonly conditioning: number; readonly states: number };
    readonly grid: number;
  },
): Amounts {
  const amounts = new Amounts();
  const parts = groups.map((group): Part => ({ sets: group.indirect, amount: round(group[by] * scale) }));
  const { certain, left } = withoutCertain(parts, variables);
  amounts.convolve([certain], [1], [0]);
  const hard: Part[][] = [];
  for (const component of componentsOf(merge(left))) {
    const spread = exactly(component, variables, steps.conditioning);
    if (spread === undefined) hard.push(component);
    else amounts.with(spread);
  }
  for (const component of hard)
    amounts.with(spreadByStates(component, variables, { steps: steps.states / hard.length, grid }));
  return amounts;
}

function exactly(component: readonly Part[], variables: Variables, steps: number): Spread | undefined {
  try {
    const conditioning = new Conditioning(variables, steps);
    return conditioning.isWithin(component) ? conditioning.spreadOf(component) : undefined;
  } catch (error) {
    if (!(error instanceof Spent)) throw error;
    return undefined;
  }
}

/** What is always down, and the rest without providers that are always or never down. */
function withoutCertain(
  parts: readonly Part[],
  { probability }: Variables,
): { certain: number; left: Part[] } {
  let certain = 0;
  const left: Part[] = [];
  for (const { sets, amount } of parts) {
    const possible = sets
      .filter((set) => set.every((one) => (probability[one] as number) > 0))
      .map((set) => set.filter((one) => (probability[one] as number) < 1));
    if (possible.some((set) => set.length === 0)) certain += amount;
    else if (possible.length > 0) left.push({ sets: possible, amount });
  }
  return { certain, left };
}

/** The same if each platform failed by itself as often: a Poisson-binomial sum, by convolution of binomials. */
function independent(
  groups: readonly Group[],
  marginals: readonly Marginal[],
  by: 'count' | 'weight',
  scale: number,
  round: (value: number) => number,
): Amounts {
  const amounts = new Amounts();
  for (const [i, group] of groups.entries()) {
    const { probability, frequency } = marginals[i] as Marginal;
    if (probability <= 0) continue;
    for (const { weight, count } of group.members) {
      const { from, chances } = binomial(count, probability);
      const each = (by === 'count' ? 1 : weight) * scale;
      const repair = frequency / probability;
      const failure = probability < 1 ? frequency / (1 - probability) : 0;
      amounts.convolve(
        chances.map((_, j) => round((from + j) * each)),
        chances,
        chances.map((chance, j) => chance * ((from + j) * repair - (count - from - j) * failure)),
      );
    }
  }
  return amounts;
}

/** Chances of so many of `count`, from the likeliest to both sides as far as they are no less than 10^-300 of it. */
function binomial(count: number, p: number): { readonly from: number; readonly chances: readonly number[] } {
  if (p >= 1) return { from: count, chances: [1] };
  const mode = Math.min(count, Math.floor((count + 1) * p));
  const odds = p / (1 - p);
  const above = [1];
  for (let k = mode; k < count; k++) {
    const next = ((above[above.length - 1] as number) * (count - k) * odds) / (k + 1);
    if (next < 1e-300) break;
    above.push(next);
  }
  const below: number[] = [];
  for (let k = mode, at = 1; k > 0; k--) {
    at *= k / ((count - k + 1) * odds);
    if (at < 1e-300) break;
    below.push(at);
  }
  const all = [...below.reverse(), ...above];
  const sum = [...all].sort((a, b) => a - b).reduce((a, b) => a + b, 0);
  return { from: mode - below.length, chances: all.map((one) => one / sum) };
}

/**
 * A bound of the chance that a set happens which is not known because there were too many: of at least so many providers down, and the
 * chance of those is at most (Σ p)^n / n!.
 */
function omittedOf({ groups }: Network, { probability }: Variables): number {
  const order = groups.reduce(
    (least, { knownOrder }) => Math.min(least, knownOrder),
    Number.POSITIVE_INFINITY,
  );
  if (order === Number.POSITIVE_INFINITY) return 0;
  const sum = probability.reduce((a, b) => a + b, 0);
  let bound = 1;
  for (let k = 1; k <= order + 1; k++) bound *= sum / k;
  return Math.min(1, bound);
}

/** The lower bounds of the first and the upper bounds of the last. */
function between(
  spreads: readonly Amounts[],
  rising: readonly number[],
  thresholds: readonly number[],
  omitted: number,
): Tail[] {
  const all = spreads.map((spread) => spread.tails(rising));
  return thresholds.map((threshold) => {
    const i = rising.indexOf(threshold);
    const first = all[0]?.[i] as Tail;
    const last = all.at(-1)?.[i] as Tail;
    return {
      low: Math.min(first.low, last.low),
      high: Math.min(1, Math.max(first.high, last.high) + omitted),
      flowLow: Math.min(first.flowLow, last.flowLow),
      flowHigh: Math.max(first.flowHigh, last.flowHigh),
    };
  });
}

function shown({ low, high, flowLow, flowHigh }: Tail, hasRates: boolean): Threshold['together'] {
  return {
    probability: [low, high],
    hoursPerYear: [low * HOURS_PER_YEAR, high * HOURS_PER_YEAR],
    perYear: hasRates ? [flowLow, flowHigh] : null,
  };
}

/** How many times as likely; null where it cannot be said, or is not finite. */
function ratioOf(together: Tail, apart: Tail): Interval | null {
  if (!(apart.low > 0)) return null;
  return [together.low / apart.high, together.high / apart.low];
}
