/**
 * Small random plans that use all of the language that matters in time, and random incidents that hit them,
 * for comparing replay with `tick`. Durations are tens of seconds and the ends of phases differ in their last
 * digit, so that what is seen and what is decided seldom fall on one second; where they shall, say `ties`.
 */
import { isServiceName, parsePlan, type Plan } from '../../../src/plan/index.ts';
import { atRest } from './tick.ts';

export interface TimedPlanOptions {
  /** Ladder, reopen and backlog. @default false */
  readonly policies?: boolean;
  /**
   * Pools that several journeys ask and whose amounts add up may stand anywhere: below alternatives, steering or
   * members, and be asked twice by one mode. Else modes alone ask of them, once each. @default false
   */
  readonly deepPools?: boolean;
}

export interface RandomIncidentOptions {
  /** The ends of phases fall on whole minutes. @default false */
  readonly ties?: boolean;
}

/** A valid plan with `catalog: none` as JSON text, which is YAML too: 2 to 8 services, 1 to 4 journeys. */
export function randomTimedPlan(random: () => number, options: TimedPlanOptions = {}): string {
  for (;;) {
    const text = print(new RandomTimedPlan(random, options.policies === true).draw());
    const { plan, problems } = parsePlan(text, 'random.yaml');
    if (plan === undefined) throw new Error(`${problems.map(({ message }) => message).join('\n')}\n${text}`);
    const { adding, isUp } = atRest(plan);
    const isDeep = [...adding].some(([name, journeys]) => journeys > 1 && !DIRECT.test(name));
    if (isDeep && options.deepPools !== true) continue;
    // Journeys that never work teach little: few of them are kept.
    if (isUp || random() < 0.1) return text;
  }
}

/** An incident as JSON text, which is YAML too; its id is `random`, so its file is `random.yaml`. */
export function randomIncident(
  random: () => number,
  plan: Plan,
  options: RandomIncidentOptions = {},
): string {
  return JSON.stringify(new RandomIncident(random, plan, options.ties === true).draw(), undefined, 1);
}

type Json = string | number | null | readonly Json[] | { readonly [key: string]: Json };

/** Names of pools that modes alone ask of. */
const DIRECT = /^d\d$/;

/** A stream of random numbers, and what is drawn from it. */
class Draws {
  private readonly random: () => number;

  constructor(random: () => number) {
    this.random = random;
  }

  chance(probability: number): boolean {
    return this.random() < probability;
  }

  integer(low: number, high: number): number {
    return low + Math.floor(this.random() * (high - low + 1));
  }

  pick<T>(from: readonly T[]): T {
    return from[Math.floor(this.random() * from.length)] as T; // callers hand in at least one
  }

  some<T>(from: readonly T[], probability: number): T[] {
    const chosen = from.filter(() => this.chance(probability));
    return chosen.length > 0 ? chosen : [this.pick(from)];
  }

  maybe<T extends object>(probability: number, make: () => T): T | object {
    return this.chance(probability) ? make() : {};
  }

  times<T>(count: number, make: () => T): T[] {
    return Array.from({ length: count }, make);
  }
}

// Plans

type Precision = 0 | 1 | 2;

interface Offered {
  readonly name: string;
  /** How precise a reference must be: 0 nothing, 1 a region, 2 a zone. */
  readonly precision: Precision;
  readonly isControl: boolean;
}

interface DrawnPool {
  readonly capacity: number;
  readonly grown: number;
}

const REGIONS = ['e', 'w'] as const;
const ZONES = ['e/1', 'e/2', 'w/1'] as const;
const PROTECTIONS = ['waf', 'ddos', 'bot'] as const;
const NOW = '2026-11-01';

class RandomTimedPlan {
  private readonly draws: Draws;
  private readonly policies: boolean;
  private readonly offered: Offered[] = [];
  private readonly providerNames: string[] = [];
  /** Services so far that others may need, and what can be asked of pools. */
  private readonly services = new Map<string, DrawnPool | undefined>();
  private readonly directPools = new Map<string, DrawnPool>();
  private readonly unused = new Set<string>();
  private readonly protectionsOffered = new Set<string>();

  constructor(random: () => number, policies: boolean) {
    this.draws = new Draws(random);
    this.policies = policies;
  }

  draw(): Json {
    const { draws } = this;
    const providers = this.providers();
    const services: Record<string, Json> = {};
    const direct = draws.pick([0, 0, 1, 1, 2]);
    const count = draws.integer(Math.max(2, direct + 1), 8) - direct;
    for (let i = 1; i <= count; i++) services[`s${i}`] = this.service(`s${i}`);
    for (let i = 1; i <= direct; i++) {
      const { members, ...pool } = this.pool();
      this.directPools.set(`d${i}`, pool);
      services[`d${i}`] = { pool: members, outages: 'none' };
    }
    const journeys: Record<string, Json> = {};
    const journeyCount = draws.integer(1, 4);
    for (let i = 1; i <= journeyCount; i++) journeys[`j${i}`] = this.journey(journeyCount);
    return {
      keelson: 1,
      platform: { name: 'Random', asOf: NOW },
      journeys,
      services,
      providers,
      ...draws.maybe(0.5, () => ({ cohorts: ['blue'] })),
      catalog: 'none',
    };
  }

  // Providers

  private providers(): Record<string, Json> {
    const { draws } = this;
    const providers: Record<string, Json> = {};
    for (const name of ['p', 'q', 'r'].slice(0, draws.integer(2, 3))) {
      const capabilities: Record<string, Json> = {};
      const count = draws.integer(1, 3);
      for (let i = 1; i <= count; i++) {
        const { precision, isControl, value } = this.capability();
        capabilities[`c${i}`] = value;
        this.offered.push({ name: `${name}/c${i}`, precision, isControl });
      }
      this.providerNames.push(name);
      providers[name] = { capabilities };
    }
    return providers;
  }

  private capability(): { precision: Precision; isControl: boolean; value: Json } {
    const { draws } = this;
    const own = draws.pick<Precision>([0, 0, 0, 1, 2]);
    const isControl = draws.chance(0.3);
    let precision = own;
    const needs = draws.times(draws.pick([0, 0, 1, 1, 2]), () => {
      const need = this.innerNeed();
      if (need === undefined) return [];
      if (need.precision > precision) precision = need.precision;
      return [need.value];
    });
    const per = ['global', 'region', 'zone'][own] ?? 'global';
    return {
      precision,
      isControl,
      value: {
        outages: { rate: '1/yr', mean: '1h', per },
        ...(isControl ? { plane: 'control' } : {}),
        ...draws.maybe(0.5, () => ({ protects: this.protects() })),
        ...(needs.flat().length > 0 ? { needs: needs.flat() } : {}),
      },
    };
  }

  private protects(): string[] {
    const protects = this.draws.some(PROTECTIONS, 0.6);
    for (const protection of protects) this.protectionsOffered.add(protection);
    return protects;
  }

  /** Of an earlier capability, so that nothing runs in a circle. */
  private innerNeed(): { precision: Precision; value: Json } | undefined {
    const { draws } = this;
    const found = this.innerUse();
    if (found === undefined) return undefined;
    if (draws.chance(0.3)) return { precision: found.precision, value: found.use };
    const kind = draws.pick(['hard', 'hard', 'cold', 'cold', 'change', 'change', 'degraded']);
    const dates = draws.maybe(0.25, () =>
      draws.pick([{ from: NOW }, { from: '2026-11-02' }, { until: NOW }, { until: '2026-11-02' }]),
    );
    return { precision: found.precision, value: { use: found.use, kind, ...dates } };
  }

  private innerUse(): { precision: Precision; use: string } | undefined {
    const { draws } = this;
    if (this.providerNames.length > 0 && draws.chance(0.15)) {
      const provider = draws.pick(this.providerNames);
      return draws.chance(0.5)
        ? { precision: 1, use: `${provider}@same` }
        : { precision: 0, use: `${provider}@${this.place(1)}` };
    }
    if (this.offered.length === 0) return undefined;
    const needed = draws.pick(this.offered);
    if (draws.chance(0.5)) return { precision: needed.precision === 2 ? 2 : 1, use: `${needed.name}@same` };
    return { precision: 0, use: this.reference(needed) };
  }

  private place(least: Precision): string {
    return least === 2 || this.draws.chance(0.4) ? this.draws.pick(ZONES) : this.draws.pick(REGIONS);
  }

  private reference({ name, precision }: Offered): string {
    return precision === 0 && this.draws.chance(0.6) ? name : `${name}@${this.place(precision)}`;
  }

  // Requirements

  private requirement(depth = 0): Json {
    const { draws } = this;
    const form =
      draws.chance(0.65) || depth >= 2 ? 'leaf' : draws.pick(['list', 'all', 'any', 'any', 'atLeast']);
    const parts = (): Json[] => draws.times(draws.integer(1, 3), () => this.requirement(depth + 1));
    if (form === 'leaf') return this.leaf();
    if (form === 'list') return parts();
    if (form === 'all') return { all: parts() };
    if (form === 'any') return { any: this.distinct(draws.integer(2, 3)) };
    const of = this.distinct(draws.integer(2, 3));
    return { atLeast: draws.integer(1, of.length), of };
  }

  private leaf(): Json {
    const { draws } = this;
    const services = [...this.services.keys()];
    if (services.length > 0 && draws.chance(0.5)) {
      const unused = [...this.unused];
      return this.named(unused.length > 0 && draws.chance(0.7) ? draws.pick(unused) : draws.pick(services));
    }
    if (draws.chance(0.06)) return `${draws.pick(this.providerNames)}@${this.place(1)}`;
    return this.reference(draws.pick(this.offered));
  }

  private named(name: string): Json {
    this.unused.delete(name);
    const pool = this.services.get(name);
    return pool === undefined ? name : { from: name, atLeast: this.amount(pool) };
  }

  /** Mostly no more than a pool has before it has grown. */
  private amount({ capacity, grown }: DrawnPool): number {
    return this.draws.chance(0.85)
      ? this.draws.integer(Math.ceil(capacity / 2), capacity)
      : this.draws.integer(1, grown);
  }

  private distinct(count: number): Json[] {
    const seen = new Set<string>();
    return this.draws.times(count, () => {
      let part = this.requirement(this.draws.chance(0.6) ? 2 : 1);
      for (let tries = 0; tries < 6 && seen.has(JSON.stringify(part)); tries++) part = this.leaf();
      seen.add(JSON.stringify(part));
      return part;
    });
  }

  // Services

  private service(name: string): Json {
    const { draws } = this;
    const form = draws.pick(['any', 'any', 'any', 'any', 'of', 'of', 'pool', 'pool', 'plain'] as const);
    let pool: DrawnPool | undefined;
    let redundancy: Record<string, Json> = {};
    if (form === 'any') redundancy = this.alternatives();
    if (form === 'of') redundancy = this.members();
    if (form === 'pool') {
      const { members, ...drawn } = this.pool();
      pool = drawn;
      redundancy = { pool: members };
    }
    const value: Json = {
      ...(form === 'plain'
        ? { needs: this.requirement() }
        : draws.maybe(0.2, () => ({ needs: this.requirement() }))),
      ...draws.maybe(0.1, () => ({ all: [this.requirement(1)] })),
      ...redundancy,
      outages: 'none',
      ...draws.maybe(0.2, () => ({ protects: this.protects() })),
    };
    this.services.set(name, pool);
    this.unused.add(name);
    return value;
  }

  private alternatives(): Record<string, Json> {
    const { draws } = this;
    const count = draws.pick([1, 2, 2, 2, 2, 3, 3, 4]);
    const any = this.distinct(count).map((use, index): Json => {
      const carries = draws.pick(index === 0 ? ['120%', '100%', '70%'] : ['100%', '70%', '50%', '40%']);
      return draws.chance(0.35) ? { use, carries } : use;
    });
    if (count < 2) return { any };
    return {
      any,
      ...draws.maybe(0.85, () => ({ failover: this.failover() })),
      ...draws.maybe(0.25, () => ({ state: { writer: 'single', lag: '10s' } })),
    };
  }

  private failover(): Json {
    const { draws } = this;
    return {
      ...draws.maybe(0.75, () => ({ detect: draws.pick(['0s', '20s', '1m', '1m 30s', '3m']) })),
      ...draws.maybe(0.35, () => ({ approve: draws.pick(['30s', '2m', '10m']) })),
      ...draws.maybe(0.6, () => ({ switch: draws.pick(['10s', '30s', '2m']) })),
      ...draws.maybe(0.5, () => ({ spread: draws.pick(['20s', '1m', '2m', '4m 20s']) })),
      ...draws.maybe(0.6, () => ({ hold: draws.pick(['0s', '30s', '4m', '20m']) })),
      ...draws.maybe(0.2, () => ({ success: '90%' })),
      ...draws.maybe(0.5, () => ({ needs: this.changed() })),
    };
  }

  /** What must work to change something: often a control plane. */
  private changed(): Json {
    const controls = this.offered.filter(({ isControl }) => isControl);
    return controls.length > 0 && this.draws.chance(0.5)
      ? this.reference(this.draws.pick(controls))
      : this.requirement(1);
  }

  private members(): Record<string, Json> {
    const of = this.distinct(this.draws.pick([1, 2, 3, 3, 4]));
    return { atLeast: this.draws.integer(1, of.length), of };
  }

  private pool(): DrawnPool & { readonly members: Json } {
    const { draws } = this;
    let capacity = 0;
    let grown = 0;
    const members = this.distinct(draws.pick([1, 2, 2, 3])).map((use, index): Json => {
      const own = draws.integer(0, 5) + (index === 0 ? 2 : 0);
      const grow = draws.chance(0.65) ? draws.integer(1, 6) : 0;
      capacity += own;
      grown += own + grow;
      if (grow === 0) return { use, capacity: own };
      const after = draws.maybe(0.85, () => ({ after: draws.pick(['20s', '1m 40s', '5m', '10m']) }));
      const needs = draws.maybe(0.6, () => ({ needs: this.changed() }));
      return { use, capacity: own, grow, ...after, ...needs };
    });
    return { capacity, grown, members };
  }

  // Journeys

  private journey(journeyCount: number): Json {
    const { draws } = this;
    const modes: Record<string, Json> = {};
    const count = draws.pick([1, 2, 2, 3, 3, 4]);
    let load = 100;
    for (let i = 1; i <= count; i++) {
      if (i > 1 && draws.chance(0.4)) load = draws.pick([70, 40]);
      modes[`m${i}`] = {
        ...(i === 1 ? {} : { worth: `${100 - 20 * i}%` }),
        ...(load === 100 ? {} : { load: `${load}%` }),
        needs: this.modeNeeds(i, journeyCount),
        ...draws.maybe(0.15, () => ({ protections: draws.chance(0.4) ? 'none' : this.protections() })),
      };
    }
    return {
      ...draws.maybe(0.6, () => ({ tier: draws.pick(['core', 'important', 'deferrable']) })),
      ...draws.maybe(0.4, () => ({ usable: draws.pick(['55%', '77%', '93%', '100%']) })),
      ...draws.maybe(0.4, () => ({ protections: this.protections() })),
      modes,
      ...(this.policies ? this.policy() : {}),
    };
  }

  /** The best mode tends to need the most. Of a direct pool it asks its part, a lower one less. */
  private modeNeeds(position: number, journeyCount: number): Json {
    const { draws } = this;
    const unused = position === 1 ? [...this.unused].slice(-1) : [];
    const parts = [
      ...unused.map((name) => this.named(name)),
      ...(draws.chance(0.6) ? [this.requirement()] : []),
    ];
    for (const [from, { grown }] of this.directPools) {
      if (draws.chance(0.3)) continue;
      const most = Math.max(1, Math.floor((draws.chance(0.85) ? grown / journeyCount : grown) / position));
      parts.push({ from, atLeast: draws.integer(Math.ceil(most / 2), most) });
    }
    return parts.length > 0 ? parts : this.requirement();
  }

  private protections(): Json {
    const offered = [...this.protectionsOffered];
    const known = offered.length > 0 ? offered : PROTECTIONS;
    return { need: this.draws.some(known, 0.35), missing: this.draws.pick(['refuse', 'serve']) };
  }

  private policy(): object {
    const { draws } = this;
    return {
      ...draws.maybe(0.6, () => ({
        ladder: {
          ...draws.maybe(0.7, () => ({ down: draws.pick(['0s', '10s', '1m 10s']) })),
          ...draws.maybe(0.7, () => ({ up: draws.pick(['30s', '2m', '5m']) })),
        },
      })),
      ...draws.maybe(0.5, () => ({
        reopen: { after: draws.pick(['2m', '10m', '30m']), step: draws.pick(['20s', '1m', '5m']) },
      })),
      ...draws.maybe(0.5, () => ({
        backlog: { share: draws.pick(['10%', '40%', '100%']), over: draws.pick(['5m', '20m']) },
      })),
    };
  }
}

/** JSON with a line for each journey, service and provider. */
function print(plan: Json): string {
  const sections = Object.entries(plan ?? {}).map(([key, value]) => {
    if (!['journeys', 'services', 'providers'].includes(key))
      return `${JSON.stringify(key)}: ${JSON.stringify(value)}`;
    const lines = Object.entries(value ?? {}).map(
      ([name, one]) => `  ${JSON.stringify(name)}: ${JSON.stringify(one)}`,
    );
    return `${JSON.stringify(key)}: {\n${lines.join(',\n')}\n}`;
  });
  return `{\n${sections.join(',\n')}\n}\n`;
}

// Incidents

/** 5 October 2026, noon. @unit seconds since 1970 */
const NOON = Date.UTC(2026, 9, 5, 12) / 1000;
const SEVERITIES = [1, 1, 1, 1, 1, 1, 0.8, 0.6, 0.35, 0.2, 0.05, 0, null, null] as const;
/** Often those that have a meaning of their own. */
const HOW = [
  'http-5xx',
  'timeout',
  'control-plane-errors',
  'partial',
  'flapping',
  'flapping',
  'latency',
  'integrity-loss',
] as const;

class RandomIncident {
  private readonly draws: Draws;
  private readonly plan: Plan;
  private readonly ties: boolean;
  /** @unit minutes */
  private readonly span: number;
  /** Ends of phases so far. */
  private ends = 0;

  constructor(random: () => number, plan: Plan, ties: boolean) {
    this.draws = new Draws(random);
    this.plan = plan;
    this.ties = ties;
    this.span = this.draws.pick([20, 40, 60, 90, 150]);
  }

  draw(): Json {
    const { draws } = this;
    const start = draws.chance(0.95) ? isoTime(NOON) : null;
    const end = draws.chance(0.8) ? this.time(this.span) : null;
    return {
      schema: 1,
      id: 'random',
      title: 'Random',
      kind: 'availability',
      provider: 'p',
      cause_class: 'unknown',
      root_cause: 'Drawn.',
      window: { start, ...draws.maybe(0.3, () => ({ mitigated: this.time(this.span - 2) })), end },
      effects: this.effects(),
      counts: null,
      sources: [{ id: 'S1', url: null, title: 'None', what: 'Nothing.' }],
    };
  }

  /** No two of the same thing. */
  private effects(): Json {
    const seen = new Set<string>();
    return this.draws
      .times(this.draws.pick([1, 1, 2, 2, 3, 4]), () => {
        const target = this.target();
        const key = `${target.capability}@${target.scope}`;
        if (seen.has(key)) return [];
        seen.add(key);
        const phases = this.draws.times(this.draws.pick([1, 1, 2, 3]), () => this.phase());
        return [{ ...target, phases, ...this.draws.maybe(0.25, () => ({ cohorts: this.cohorts() })) }];
      })
      .flat();
  }

  /** Mostly what the plan refers to, first alternatives above all, or what that lies in. */
  private target(): { capability: string; scope: string } {
    const { draws } = this;
    const services = this.plan.services ?? [];
    if (services.length > 0 && draws.chance(0.15))
      return { capability: draws.pick(services).name, scope: 'global' };
    const first = services.flatMap(({ value: { any = [] } }) => (any.length > 1 ? any.slice(0, 1) : []));
    const references = draws.chance(0.4)
      ? referencesIn(first)
      : referencesIn([this.plan.journeys, this.plan.services]);
    const name = references.length > 0 && draws.chance(0.85) ? draws.pick(references) : this.offer();
    const [what = '', place = ''] = name.split('@');
    const [provider = '', capability] = what.split('/');
    const isWhole = capability === undefined || draws.chance(0.15);
    const scope = draws.pick(['', place, place, place.split('/')[0] ?? '']);
    return {
      capability: isWhole ? provider : `${provider}/${capability}`,
      scope: scope === '' ? 'global' : scope,
    };
  }

  private offer(): string {
    const { name, value } = this.draws.pick(this.plan.providers ?? []);
    return `${name}/${this.draws.pick(value.capabilities ?? []).name}@${this.draws.pick([...REGIONS, ...ZONES])}`;
  }

  private phase(): Json {
    const { draws } = this;
    const begin = draws.chance(0.3) ? 0 : draws.integer(0, this.span - 2);
    const most = this.span - begin;
    const length = draws.chance(0.4) ? draws.integer(1, Math.min(6, most)) : draws.integer(1, most);
    const mode = draws.pick(HOW);
    return {
      from: draws.chance(0.06) ? null : this.time(begin),
      to: draws.chance(0.08) ? null : this.time(begin + length),
      severity: draws.pick(SEVERITIES),
      mode,
    };
  }

  private cohorts(): Json {
    const { draws } = this;
    return draws.some(['blue', 'green'], 0.6).map((id) => ({
      id,
      condition: 'By chance.',
      effect: 'Drawn.',
      ...draws.maybe(0.8, () => ({ severity: draws.pick(SEVERITIES) })),
    }));
  }

  private time(minutes: number): string {
    const more = this.ties ? 0 : ++this.ends % 10;
    return isoTime(NOON + minutes * 60 + more);
  }
}

/** @param epoch seconds since 1970 */
function isoTime(epoch: number): string {
  return new Date(epoch * 1000).toISOString().replace('.000Z', 'Z');
}

/** Every reference that stands in a requirement somewhere in a part of a plan. */
function referencesIn(part: unknown): readonly string[] {
  const found = new Set<string>();
  JSON.stringify(part, (key, value: unknown) => {
    if (key === 'name' && typeof value === 'string' && !isServiceName(value)) found.add(value);
    return value;
  });
  return [...found];
}
