import {
  BudgetSpent,
  compile,
  CutSets,
  FALSE,
  FormulaStore,
  topSets,
  TRUE,
  type FormulaId,
} from '../diagram/index.ts';
import {
  Interpreter,
  reachedFrom,
  TRUTH,
  type Algebra,
  type JourneyNode,
  type Model,
} from '../model/index.ts';
import { anyOf, type Chance } from './chances.ts';
import type { SectorNeed, SectorPlatform, SectorProvider, SectorTable, Way } from './table.ts';
import { minimalWays } from './ways.ts';

/** A plan that has loaded. */
export interface SectorPlan {
  readonly file: string;
  readonly model: Model;
}

export interface PlansOptions {
  /** What the table is called, and its title. */
  readonly name: string;
  readonly title: string;
  /** When a platform counts as down: any journey of the highest tier that it has, any journey, or the one of that name. @default tier */
  readonly down?:
    | { readonly kind: 'tier' }
    | { readonly kind: 'any' }
    | { readonly kind: 'journey'; readonly name: string };
  /** What providers are called, by name. @default their names */
  readonly titles?: ReadonlyMap<string, string>;
}

export interface PlansTable {
  readonly table: SectorTable;
  /** Plans of which the ways down could not be found, and why. */
  readonly leftOut: readonly { readonly file: string; readonly reason: string }[];
}

const NODE_BUDGET = 500_000;
const SET_BUDGET = 1_000_000;
/** Most ways that are kept of one journey, those of the fewest providers first. */
const MOST_WAYS = 2000;
const TIERS = ['core', 'important', 'deferrable'] as const;

/**
 * Many plans as a table: of each, the minimal sets of providers that take it down when everything of theirs fails together, by what the
 * plan itself references, and with the inner needs of the catalogue. What is the platform's own does not fail here.
 */
export function tableOfPlans(plans: readonly SectorPlan[], options: PlansOptions): PlansTable {
  const { down = { kind: 'tier' }, titles = new Map() } = options;
  const platforms: SectorPlatform[] = [];
  const leftOut: { file: string; reason: string }[] = [];
  const names = new Set<string>();
  const chances = new Map<string, Map<string, Chance>>();
  let asOf = '0000-00-00';
  // The latest plan says last how often what fails.
  const byDay = [...plans].sort((a, b) => (a.model.plan.platform.asOf < b.model.plan.platform.asOf ? -1 : 1));
  for (const { model } of byDay) {
    for (const event of model.events) if (event.provider !== null) note(chances, event.provider, event);
    asOf = model.plan.platform.asOf > asOf ? model.plan.platform.asOf : asOf;
  }
  for (const { file, model } of plans) {
    const journeys = journeysOf(model, down);
    if (journeys.length === 0) {
      leftOut.push({
        file,
        reason: down.kind === 'journey' ? `it has no journey ${down.name}` : 'it has no journey',
      });
      continue;
    }
    const platform = platformOf(model, journeys, uniqueName(model.plan.platform.name, file, names));
    if (platform === undefined) leftOut.push({ file, reason: 'what takes it down takes too long to find' });
    else platforms.push(platform);
  }
  const used = new Set(
    platforms.flatMap(({ uses, waysWithin = [] }) => [
      ...uses,
      ...waysWithin.flatMap((way) => way.providers),
    ]),
  );
  const providers = [...used].sort().map((name): SectorProvider => {
    const known = [...(chances.get(name) ?? new Map<string, Chance>()).values()];
    const chance = known.length === 0 ? { probability: null, basis: 'unknown' } : anyOf(known);
    return { name, title: titles.get(name) ?? name, standsOn: [], ...chance };
  });
  return {
    table: {
      name: options.name,
      title: options.title,
      asOf,
      unit: 'platforms',
      source: `${plans.length} plans`,
      licence: 'as the plans',
      down: down.kind,
      limits: [
        'Everything that a plan uses of a provider fails together: a provider is down when any of it is. Its regions and services are not told apart.',
        'What a plan leaves out cannot fail in it. What is a platform’s own does not fail here.',
        ...tooMany(platforms),
      ],
      platforms,
      providers,
    },
    leftOut,
  };
}

/** Of which platforms not all ways are here; the bounds hold what is missing. */
function tooMany(platforms: readonly SectorPlatform[]): string[] {
  const cut = platforms.flatMap(({ name, knownOrder }) =>
    knownOrder === undefined ? [] : [`${name} (${knownOrder})`],
  );
  if (cut.length === 0) return [];
  return [
    `So many sets of providers take some platforms down that only those of few are kept, for each up to the number beside it; larger ones are in the bounds, and not in what the page says: ${cut.join(', ')}.`,
  ];
}

function note(
  chances: Map<string, Map<string, Chance>>,
  provider: string,
  event: Model['events'][number],
): void {
  if (event.probability <= 0) return;
  const events = chances.get(provider) ?? new Map<string, Chance>();
  chances.set(provider, events);
  events.set(event.id, {
    probability: event.probability,
    ...(event.rate === undefined ? {} : { ratePerYear: event.rate.ratePerYear }),
    basis: event.rate?.basis ?? 'plan',
  });
}

function journeysOf({ journeys }: Model, down: NonNullable<PlansOptions['down']>): readonly JourneyNode[] {
  if (down.kind === 'any') return journeys;
  if (down.kind === 'journey') return journeys.filter(({ name }) => name === down.name);
  const tier = TIERS.find((one) => journeys.some((journey) => journey.tier === one));
  return journeys.filter((journey) => journey.tier === tier);
}

/** Versions of one platform have its name and their file's. */
function uniqueName(name: string, file: string, names: Set<string>): string {
  const own = names.has(name) ? `${name} (${file})` : name;
  names.add(own);
  return own;
}

function platformOf(
  model: Model,
  journeys: readonly JourneyNode[],
  name: string,
): SectorPlatform | undefined {
  const own: Model = {
    ...model,
    references: model.references.map((reference) => {
      const isOwn = (event: number): boolean => model.events[event]?.provider === reference.provider;
      return {
        ...reference,
        events: reference.events.filter(isOwn),
        eventsInChange: reference.eventsInChange.filter(isOwn),
      };
    }),
  };
  const ways = journeys.map((journey) => waysOf(own, journey));
  const waysWithin = journeys.map((journey) => waysOf(model, journey));
  if ([...ways, ...waysWithin].some((found) => found === undefined)) return undefined;
  const needs = needsOf(own, journeys);
  const all = (found: readonly (WaysOfJourney | undefined)[]): Way[] =>
    minimalWays(found.flatMap((one) => one?.ways ?? []));
  const knownOrder = [...ways, ...waysWithin].reduce(
    (least, one) => Math.min(least, one?.knownOrder ?? least),
    Number.POSITIVE_INFINITY,
  );
  return {
    name,
    kind: model.plan.platform.kind ?? '',
    weight: 1,
    ways: all(ways),
    waysWithin: all(waysWithin),
    ...(knownOrder === Number.POSITIVE_INFINITY ? {} : { knownOrder, isDown: downOf(model, journeys) }),
    journeys: journeys.map((journey) => journey.name),
    uses: [...new Set(needs.flatMap(({ providers }) => providers))],
    needs,
  };
}

/** Whether any of the journeys is down when all of what these providers offer fails, and nothing else does. */
function downOf(model: Model, journeys: readonly JourneyNode[]): NonNullable<SectorPlatform['isDown']> {
  return (lost) => {
    const event = (index: number): boolean => lost.has(model.events[index]?.provider ?? '');
    const state = new Interpreter(model, { ...TRUTH, event });
    return journeys.some((journey) => state.modesFailedSoFar(journey).at(-1) === true);
  };
}

interface WaysOfJourney {
  readonly ways: readonly Way[];
  /** Ways of more providers than this may be missing. */
  readonly knownOrder: number;
}

/**
 * The minimal sets of providers that take a journey down; of a function that is not monotone, its minimal positive parts. Undefined where
 * that takes too much.
 */
function waysOf(model: Model, journey: JourneyNode): WaysOfJourney | undefined {
  const store = new FormulaStore();
  const names: string[] = [];
  const numbers = new Map<string, number>();
  const algebra: Algebra<FormulaId> = {
    never: FALSE,
    always: TRUE,
    event(index) {
      const provider = model.events[index]?.provider ?? null;
      if (provider === null) return FALSE;
      let number = numbers.get(provider);
      if (number === undefined) {
        number = names.push(provider) - 1;
        numbers.set(provider, number);
      }
      return store.variable(number);
    },
    and: (terms) => store.and(terms),
    or: (terms) => store.or(terms),
    not: (term) => store.not(term),
    exceeds: (weights, terms, slack) => store.exceeds(weights, terms, slack),
  };
  const down = new Interpreter(model, algebra).modesFailedSoFar(journey).at(-1) ?? FALSE;
  try {
    const { diagram, order, roots } = compile(store, [down], NODE_BUDGET);
    const [root = 0] = roots;
    const sets = new CutSets(diagram, SET_BUDGET);
    const isMonotone = store.isMonotone(down) || diagram.isMonotone(root);
    const family = isMonotone ? sets.minimal(root) : sets.minimalPositiveParts(root);
    // With equal weights below 1, sets of fewer come first.
    const weights = new Float64Array(order.length).fill(0.5);
    const found = topSets(sets, family, weights, MOST_WAYS + 1);
    const ways = found.slice(0, MOST_WAYS).map(({ levels }) => ({
      need: journey.name,
      providers: levels.map((level) => names[order[level] ?? -1] ?? '').sort(),
    }));
    const next = found[MOST_WAYS];
    return {
      ways: ways.filter(({ providers }) => providers.length > 0),
      knownOrder: next === undefined ? Number.POSITIVE_INFINITY : next.levels.length - 1,
    };
  } catch (error) {
    if (!(error instanceof BudgetSpent)) throw error;
    return undefined;
  }
}

/** By kind of capability, whom the journeys use for it, and whose loss of it alone takes one of them down. */
function needsOf(own: Model, journeys: readonly JourneyNode[]): SectorNeed[] {
  const byKind = new Map<string, Set<string>>();
  for (const journey of journeys)
    for (const mode of journey.modes)
      for (const key of reachedFrom(own, mode.node)) {
        const reference = key.startsWith('reference ')
          ? own.references[Number(key.slice('reference '.length))]
          : undefined;
        if (reference === undefined) continue;
        const kind = kindOf(reference);
        byKind.set(kind, (byKind.get(kind) ?? new Set()).add(reference.provider));
      }
  return [...byKind]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([need, providers]) => {
      // What a provider offers besides stays: only this need of it is lost.
      const references = own.references.map((reference) =>
        kindOf(reference) === need ? reference : { ...reference, events: [], eventsInChange: [] },
      );
      const isDown = downOf({ ...own, references }, journeys);
      const names = [...providers].sort();
      return { need, providers: names, critical: names.filter((name) => isDown(new Set([name]))) };
    });
}

function kindOf({ kind }: Model['references'][number]): string {
  return kind ?? 'other';
}
