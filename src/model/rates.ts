import type { Catalog, CatalogProvider, CountedIncident } from '../catalog/index.ts';
import { encloses, parseReference, type Outages } from '../plan/index.ts';
import { gamma, normal, type Random } from '../random.ts';
import { HOURS_PER_YEAR, MS_PER_HOUR } from '../units.ts';
import { gammaQuantile } from './quantiles.ts';

export type Basis = 'incidents' | 'statement' | 'study' | 'plan' | 'assumed';

/** How often something fails and for how long, with where that is from. */
export interface Rate {
  readonly ratePerYear: number;
  readonly meanHours: number;
  readonly basis: Basis;
  /** The basis in words: "3 incidents in 6.9 years". */
  readonly detail: string;
  /** 90 % interval of the rate; both ends the same where nothing is known of its spread. @unit per year */
  readonly interval: readonly [number, number];
  readonly spread: Spread;
  /** Who states it: a link or a title; null where nobody is named. */
  readonly source: string | null;
  /** What the record says of its figures; null where it says nothing. */
  readonly note: string | null;
  /** The incidents that were counted; empty where it is not counted, or none was there to count. */
  readonly counted: readonly CountedIncident[];
}

/** What is known of a rate beyond its mean. */
export type Spread =
  | { readonly kind: 'fixed' }
  /** Gamma(shape, years): the posterior of `shape − ½` incidents in `years` under Jeffreys' prior. */
  | { readonly kind: 'gamma'; readonly shape: number; readonly years: number }
  | { readonly kind: 'lognormal'; readonly logMean: number; readonly sigma: number };

export const FIXED: Spread = { kind: 'fixed' };

/** One draw of a rate. @unit per year */
export function drawRate({ ratePerYear, spread }: Rate, random: Random): number {
  switch (spread.kind) {
    case 'fixed':
      return ratePerYear;
    case 'gamma':
      return gamma(spread.shape, random) / spread.years;
    default:
      return Math.exp(spread.logMean + spread.sigma * normal(random));
  }
}

/** q = λτ / (1 + λτ): the share of time that something is failed. */
export function unavailability({ ratePerYear, meanHours }: Pick<Rate, 'ratePerYear' | 'meanHours'>): number {
  const load = (ratePerYear * meanHours) / HOURS_PER_YEAR;
  return load / (1 + load);
}

/** 5 % and 95 % points of the standard normal. */
const Z90 = 1.6448536269514722;
/** Fewer years watched say too little: the plan's assumption is used. */
const MIN_YEARS = 1;

/** A rate that somebody states. */
export function statedRate(outages: Extract<Outages, { kind: 'stated' }>): Rate {
  const basis = outages.basis ?? 'plan';
  const { low, high } = outages.interval ?? {};
  const detail = outages.source == null ? WORDS[basis] : `${WORDS[basis]}: ${outages.source}`;
  const common = {
    ratePerYear: outages.rate,
    meanHours: outages.mean,
    basis,
    detail,
    source: outages.source ?? null,
    note: outages.note ?? null,
    counted: [],
  };
  if (low === undefined || high === undefined || high <= 0 || high <= low)
    return { ...common, interval: [outages.rate, outages.rate], spread: FIXED };
  const least = Math.max(low, high / 1e4);
  const sigma = Math.log(high / least) / (2 * Z90);
  // The mean of a lognormal is exp(μ + σ²/2): μ is set so that the stated rate is the mean.
  return {
    ...common,
    interval: [low, high],
    spread: { kind: 'lognormal', logMean: Math.log(outages.rate) - sigma ** 2 / 2, sigma },
  };
}

const WORDS: Readonly<Record<Basis, string>> = {
  incidents: 'incident library',
  statement: 'the provider’s statement',
  study: 'a study',
  plan: 'the plan',
  assumed: 'assumed',
};

export function assumedRate(mean: { readonly rate: number; readonly mean: number }, detail: string): Rate {
  return {
    ratePerYear: mean.rate,
    meanHours: mean.mean,
    basis: 'assumed',
    detail,
    interval: [mean.rate, mean.rate],
    spread: FIXED,
    source: null,
    note: null,
    counted: [],
  };
}

/**
 * A rate counted from the incident library: n incidents in T years give (n + ½) / T, the mean of the Gamma(n + ½, T)
 * posterior under Jeffreys' prior, and its 5 % and 95 % points. An incident weighs as much as the share of customers it
 * reached (all, where nobody published it).
 *
 * @param places the scopes whose incidents count towards this event
 * @returns undefined when the library does not watch the provider, or for less than a year as of `asOf`
 */
export function countedRate(
  catalog: Catalog,
  provider: CatalogProvider,
  outages: Extract<Outages, { kind: 'incidents' }>,
  counts: (incident: CountedIncident) => boolean,
  asOf: string,
  fallbackMeanHours: number,
): Rate | undefined {
  const since = provider.watchedSince;
  if (since === null) return undefined;
  const until = asOf < catalog.watchedUntil ? asOf : catalog.watchedUntil;
  const watched = (Date.parse(until) - Date.parse(since)) / MS_PER_HOUR / HOURS_PER_YEAR;
  if (!(watched >= MIN_YEARS)) return undefined;
  const counted = catalog.counted.filter(
    (incident) => incident.day >= since && incident.day <= until && counts(incident),
  );
  const places = outages.in ?? 1;
  const years = watched * places;
  const n = counted.reduce((sum, incident) => sum + (incident.reach ?? 1), 0);
  const shape = n + 0.5;
  const timed = counted.filter((incident) => incident.hours !== null && incident.hours > 0);
  const weight = timed.reduce((sum, incident) => sum + (incident.reach ?? 1), 0);
  const hours = timed.reduce((sum, incident) => sum + (incident.reach ?? 1) * (incident.hours ?? 0), 0);
  const unreached = counted.filter((incident) => incident.reach === null).length;
  const detail = [
    `${counted.length} incident${counted.length === 1 ? '' : 's'} in ${watched.toFixed(1)} years`,
    places > 1 ? ` over ${places} places` : '',
    weight > 0 ? '' : '; mean duration assumed',
    unreached === 0
      ? ''
      : unreached === 1 && counted.length === 1
        ? '; its reach not published, taken as all'
        : `; reach of ${unreached} of them not published, taken as all`,
  ].join('');
  return {
    ratePerYear: shape / years,
    meanHours: weight > 0 ? hours / weight : (outages.mean ?? fallbackMeanHours),
    basis: 'incidents',
    detail,
    interval: [gammaQuantile(0.05, shape) / years, gammaQuantile(0.95, shape) / years],
    spread: { kind: 'gamma', shape, years },
    source: null,
    note: outages.note ?? null,
    counted,
  };
}

/** Whether an incident counts towards `provider` or a place of it. */
export function countsTowardsPlace(event: string): (incident: CountedIncident) => boolean {
  return (incident) => incident.event === event;
}

/**
 * Whether an incident counts towards a capability's record: the one at exactly `scope`, or, where the record is the
 * general one, at any place that has no record of its own.
 */
export function countsTowardsCapability(
  provider: string,
  capability: string,
  scope: string,
  own: readonly string[],
): (incident: CountedIncident) => boolean {
  return ({ event }) => {
    const reference = parseReference(event);
    if (reference?.provider !== provider || reference.capability !== capability) return false;
    return scope === ''
      ? !own.some((one) => encloses(one, reference.scope))
      : encloses(scope, reference.scope);
  };
}

/**
 * The rate of a record of the catalogue, for showing it: `none`, `unknown` (the plan's assumption would be used), or what
 * a plan as of that day would get.
 *
 * @param at the record's place; for a provider or a place of it, its event
 */
export function describeRecord(
  catalog: Catalog,
  provider: CatalogProvider,
  capability: { readonly name: string; readonly at: readonly { readonly scope: string }[] } | undefined,
  at: string,
  outages: Outages | null,
  asOf: string,
): Rate | 'none' | 'unknown' {
  if (outages === null) return 'unknown';
  if (outages.kind === 'none') return 'none';
  if (outages.kind === 'stated') return statedRate(outages);
  const counts =
    capability === undefined
      ? countsTowardsPlace(at)
      : countsTowardsCapability(
          provider.name,
          capability.name,
          at,
          capability.at.map(({ scope }) => scope),
        );
  return countedRate(catalog, provider, outages, counts, asOf, 1) ?? 'unknown';
}
