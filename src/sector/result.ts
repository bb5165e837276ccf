/** From the least to the most that it can be; the same twice where it is exact. */
export type Interval = readonly [low: number, high: number];

/** What a sector shares: `keelson.sector/1`. Plain data; additions only. Shares are of the weight of all platforms, 0 to 1. */
export interface Sector {
  readonly schema: 'keelson.sector/1';
  readonly name: string;
  readonly title: string;
  readonly asOf: string;
  readonly unit: string;
  /** What a weight is; null where platforms are counted. */
  readonly weighedBy: string | null;
  readonly source: string;
  readonly licence: string;
  readonly limits: readonly string[];
  readonly platforms: {
    readonly count: number;
    readonly weight: number;
    /** Those of which nothing is known that takes them down: what is their own stands in, or nothing is known of them. */
    readonly unknown: number;
    /** Those of which nothing is known at all, neither a provider nor something of their own. They count as never down, and are in the whole of every share. */
    readonly nothingKnown: Amount;
    /** Sorts of platforms that differ in what takes them down. */
    readonly sorts: number;
  };
  /** Of plans: which journeys have a platform down, those of most platforms first; null for datasets. */
  readonly down: {
    /** Any journey of the highest tier that a platform has, any at all, or the one that was named. */
    readonly by: 'tier' | 'any' | 'journey';
    readonly journeys: readonly { readonly name: string; readonly platforms: number }[];
  } | null;
  /** How many providers have their chance from where. */
  readonly chances: readonly { readonly basis: string; readonly providers: number }[];
  /** Those whose loss takes most down first. */
  readonly providers: readonly ProviderFigures[];
  readonly needs: readonly NeedFigures[];
  /** Over all needs: a platform is in it once for each need that it has. */
  readonly concentration: Concentration;
  /** Of one, two and three providers. */
  readonly worst: {
    readonly direct: readonly WorstSet[];
    /** With what providers stand on. */
    readonly indirect: readonly WorstSet[];
  };
  /** To take down a third, a half and two thirds of the weight, with what providers stand on. */
  readonly fewest: readonly FewestSet[];
  readonly together: {
    readonly count: Together;
    /** Null where every platform weighs the same. */
    readonly weight: Together | null;
  };
  /** What is down when the providers of `--without` are; null when none was named. */
  readonly without: WithoutFigures | null;
  /** Files that did not load. */
  readonly leftOut: readonly { readonly file: string; readonly problems: number; readonly first: string }[];
}

export interface Amount {
  readonly count: number;
  readonly weight: number;
  /** Of the weight of all. */
  readonly share: number;
}

export interface ProviderFigures {
  readonly name: string;
  readonly title: string;
  readonly isRouter: boolean;
  readonly probability: number | null;
  readonly ratePerYear: number | null;
  readonly basis: string;
  /** Platforms that use it at all. */
  readonly uses: Amount;
  /** Platforms that its loss alone takes down. */
  readonly direct: Amount;
  /** The same with what providers stand on. */
  readonly indirect: Amount;
  /** indirect ÷ direct by weight; null where direct is nothing. */
  readonly amplification: number | null;
  /** Providers that go down with it. */
  readonly takesAlong: number;
}

export interface Concentration {
  /** Herfindahl–Hirschman index of the providers' shares of use, 0 to 1: each platform weighs as much as it does, in equal parts over those it has. */
  readonly hhi: number;
  readonly largest: { readonly provider: string; readonly share: number } | null;
}

export interface NeedFigures extends Concentration {
  readonly need: string;
  readonly providers: number;
  /** Platforms that have it. */
  readonly has: Amount;
  /** Those that have exactly one provider of it and nothing of their own, routers counted as providers; `share` is of those that have the need. */
  readonly single: Amount;
  /** The same where a router is no source: at most one provider that is none. */
  readonly singleWithoutRouters: Amount;
  /** Those that lose it with one provider alone, however many they have; `share` is of those that have the need. What providers stand on aside. */
  readonly lostByOne: Amount;
}

export interface WorstSet {
  readonly providers: readonly string[];
  readonly down: Amount;
  /** No set of as many takes down a larger share. Equal to the share that is down where the search came to its end. */
  readonly atMost: number;
  readonly isExact: boolean;
  /** Other sets that take down as much; null where not all were looked at. */
  readonly ties: number | null;
}

export interface FewestSet {
  /** What is to be down, of the weight of all. */
  readonly share: number;
  /** So many are needed at least. */
  readonly atLeast: number;
  /** So many are enough; null when the loss of all that is known is not. */
  readonly providers: readonly string[] | null;
  readonly isExact: boolean;
  readonly down: Amount | null;
}

export interface Together {
  readonly by: 'count' | 'weight';
  /** What shares are of. */
  readonly whole: number;
  /** Share that is down on average, with or without independence. */
  readonly mean: number;
  /** Probability of which only bounds were worked out. */
  readonly undecided: number;
  /** Weights were rounded to this share of the whole, down for one bound and up for the other; null when they were not. */
  readonly rounded: number | null;
  /** Sorts of platforms whose own chance is a bound from above in the comparison with independence. */
  readonly boundedMarginals: number;
  /** At least one platform. */
  readonly any: Threshold;
  /** At least 10 %, 25 % and 50 %. */
  readonly asked: readonly Threshold[];
  /** At least one platform, then each percent from 1 to 100. */
  readonly curve: readonly Threshold[];
}

export interface Threshold {
  /** At least this share is down; 0: any. */
  readonly share: number;
  readonly together: TailFigures;
  /** If platforms failed independently, each as often as it does. */
  readonly independent: TailFigures;
  /** together ÷ independent; null where the latter is nothing. */
  readonly ratio: Interval | null;
}

export interface TailFigures {
  /** Of a moment. */
  readonly probability: Interval;
  readonly hoursPerYear: Interval;
  /** How often it begins; null where rates are not known. The return period is one divided by it. */
  readonly perYear: Interval | null;
}

export interface WithoutFigures {
  readonly named: readonly string[];
  /** Those that go down with them, themselves included. */
  readonly providers: readonly string[];
  readonly down: Amount;
  readonly platforms: readonly string[];
}
