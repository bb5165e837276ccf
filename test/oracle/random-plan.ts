/**
 * Small random plans that use the whole plan language, for comparing the model with brute force. First a
 * plan is drawn with outages everywhere; then events are silenced until few enough are left, so that
 * variety costs no states.
 */
import { parsePlan, type Plan } from '../../src/plan/index.ts';
import { eventsOf, isDownAtFirst } from './brute-force.ts';

type Json = string | number | readonly Json[] | { readonly [key: string]: Json };
type Mutable = Record<string, unknown>;
type Level = 0 | 1 | 2;

interface OfferedCapability {
  readonly name: string;
  /** How precise a reference must be: 0 nothing, 1 a region, 2 a zone. */
  readonly level: Level;
}

interface Draft {
  readonly services: Record<string, Mutable>;
  readonly providers: Record<string, Mutable>;
}

/** What can be asked of a pool. */
interface Pool {
  readonly capacity: number;
  readonly grown: number;
}

const REGIONS = ['e', 'w'] as const;
const ZONES = ['e/1', 'e/2', 'w/1'] as const;
const PROTECTIONS = ['waf', 'ddos', 'bot', 'captcha', 'mtls'] as const;
const HANDLES = ['content', 'credentials', 'keys', 'funds'] as const;
const LOADS = [1, 0.7, 0.4] as const;
const NOW = '2026-11-01';

/** A valid plan with `catalog: none` as JSON text, which is YAML too; about 9 events, at most 12. */
export function randomPlan(random: () => number): string {
  for (;;) {
    const draft = new RandomPlan(random).draw();
    const plan = read(draft);
    // Journeys that never work teach little: few of them are kept.
    if (isDownAtFirst(plan) && random() < 0.85) continue;
    // What was drawn belongs to nobody else, so that it may be altered.
    silence(draft as unknown as Draft, plan, random);
    return print(draft);
  }
}

function read(draft: Json): Plan {
  const text = print(draft);
  const { plan, problems } = parsePlan(text, 'random.yaml');
  if (plan === undefined) throw new Error(`${problems.map(({ message }) => message).join('\n')}\n${text}`);
  return plan;
}

class RandomPlan {
  private readonly random: () => number;
  private readonly capabilities: OfferedCapability[] = [];
  private readonly providerNames: string[] = [];
  /** Services so far and what is asked of them; a service needs only those before it. */
  private readonly services = new Map<string, Pool | undefined>();
  private readonly unused = new Set<string>();
  /** Protections that something puts on a path. */
  private readonly offered = new Set<string>();

  constructor(random: () => number) {
    this.random = random;
  }

  draw(): Json {
    const providers = this.providers();
    const services: Record<string, Json> = {};
    const count = this.integer(2, 6);
    for (let i = 1; i <= count; i++) services[`s${i}`] = this.service(`s${i}`);
    const journeys: Record<string, Json> = {};
    const journeyCount = this.integer(1, 3);
    for (let i = 1; i <= journeyCount; i++) journeys[`j${i}`] = this.journey();
    const outages = (): Json => ({ rate: this.rate(), mean: this.mean() });
    return {
      keelson: 1,
      platform: { name: 'Random', asOf: NOW },
      journeys,
      services,
      providers,
      ...this.maybe(0.4, () => ({
        assumptions: {
          ...this.maybe(0.7, () => ({ 'service-outages': outages() })),
          ...this.maybe(0.7, () => ({ 'capability-outages': outages() })),
        },
      })),
      catalog: 'none',
    };
  }

  // Draws

  private chance(probability: number): boolean {
    return this.random() < probability;
  }

  private integer(low: number, high: number): number {
    return low + Math.floor(this.random() * (high - low + 1));
  }

  private pick<T>(from: readonly T[]): T {
    return from[Math.floor(this.random() * from.length)] as T; // callers hand in at least one
  }

  private some<T>(from: readonly T[], probability: number): T[] {
    const chosen = from.filter(() => this.chance(probability));
    return chosen.length > 0 ? chosen : [this.pick(from)];
  }

  private maybe<T extends object>(probability: number, make: () => T): T | object {
    return this.chance(probability) ? make() : {};
  }

  private between(low: number, high: number): number {
    return Number((low * (high / low) ** this.random()).toPrecision(3));
  }

  private rate(): string {
    if (this.chance(0.08)) return `${this.between(0.001, 0.1)}/yr`;
    return this.chance(0.15) ? `${this.between(0.1, 4)}/month` : `${this.between(0.5, 50)}/yr`;
  }

  private mean(): string {
    if (this.chance(0.08)) return `${this.integer(1, 30)}m`;
    return this.chance(0.15) ? `${this.integer(1, 9)}h 30m` : `${this.between(1, 200)}h`;
  }

  private time(): string {
    return this.pick(['0s', '20s', '90s', '5m', '1h', '1h 15m']);
  }

  // Providers

  private providers(): Record<string, Json> {
    const providers: Record<string, Json> = {};
    for (const name of ['p', 'q', 'r'].slice(0, this.integer(2, 3))) {
      const capabilities: Record<string, Json> = {};
      const count = this.integer(1, 3);
      for (let i = 1; i <= count; i++) {
        const { level, value } = this.capability();
        capabilities[`c${i}`] = value;
        this.capabilities.push({ name: `${name}/c${i}`, level });
      }
      this.providerNames.push(name);
      providers[name] = {
        ...this.maybe(0.4, () => ({ outages: this.outages() })),
        ...this.maybe(0.7, () => ({ scopes: this.scopes() })),
        capabilities,
      };
    }
    return providers;
  }

  private scopes(): Json {
    const places = this.some([...REGIONS, ...ZONES], 0.5);
    return Object.fromEntries(places.map((place) => [place, { outages: this.outages() }]));
  }

  private outages(): Json {
    if (this.chance(0.12)) return 'none';
    return { rate: this.chance(0.04) ? '0/yr' : this.rate(), mean: this.mean() };
  }

  private capability(): { level: Level; value: Json } {
    const own = this.pick<Level>([0, 0, 1, 1, 2]);
    const stated = own > 0 || this.chance(0.75);
    const outages: Json =
      own === 0
        ? this.outages()
        : { rate: this.rate(), mean: this.mean(), per: own === 1 ? 'region' : 'zone' };
    let level = own;
    const needs = Array.from({ length: this.pick([0, 0, 1, 1, 2]) }, () => {
      const need = this.innerNeed();
      if (need === undefined) return [];
      if (need.level > level) level = need.level;
      return [need.value];
    }).flat();
    return {
      level,
      value: {
        ...(stated ? { outages } : {}),
        ...(stated ? this.maybe(own > 0 ? 0.5 : 0.1, () => ({ at: this.recordsAt(own) })) : {}),
        ...this.maybe(0.35, () => ({ plane: this.pick(['control', 'control', 'data']) })),
        ...this.maybe(0.5, () => ({ protects: this.protects() })),
        ...this.maybe(0.65, () => ({ handles: this.some(HANDLES, 0.3) })),
        ...(needs.length > 0 ? { needs } : {}),
      },
    };
  }

  private protects(): string[] {
    const protects = this.some(PROTECTIONS.slice(0, 3), 0.6);
    for (const protection of protects) this.offered.add(protection);
    return protects;
  }

  private recordsAt(own: Level): Json {
    const places = this.some(own === 1 ? REGIONS : [...REGIONS, ...ZONES], 0.4);
    return Object.fromEntries(places.map((place) => [place, { outages: this.outages() }]));
  }

  /** Of an earlier capability, so that nothing runs in a circle. */
  private innerNeed(): { level: Level; value: Json } | undefined {
    const found = this.innerUse();
    if (found === undefined) return undefined;
    const dates = this.maybe(0.3, () => this.dates());
    if (this.chance(0.2) && !('from' in dates) && !('until' in dates))
      return { level: found.level, value: found.use };
    const kind = this.maybe(0.8, () => ({
      kind: this.pick(['hard', 'hard', 'cold', 'cold', 'change', 'change', 'degraded']),
    }));
    return { level: found.level, value: { use: found.use, ...kind, ...dates } };
  }

  private innerUse(): { level: Level; use: string } | undefined {
    if (this.providerNames.length > 0 && this.chance(0.15)) {
      const provider = this.pick(this.providerNames);
      return this.chance(0.5)
        ? { level: 1, use: `${provider}@same` }
        : { level: 0, use: `${provider}@${this.place(1)}` };
    }
    if (this.capabilities.length === 0) return undefined;
    const needed = this.pick(this.capabilities);
    if (this.chance(0.5)) return { level: needed.level === 2 ? 2 : 1, use: `${needed.name}@same` };
    return { level: 0, use: this.reference(needed) };
  }

  /** Holding now, ended, not begun, and the days at both ends. */
  private dates(): { from?: string; until?: string } {
    return this.pick([
      { from: '2020-01-01' },
      { from: NOW },
      { from: '2027-01-01' },
      { until: '2027-01-01' },
      { until: NOW },
      { from: '2020-01-01', until: '2026-10-31' },
      { from: '2026-11-01', until: '2026-11-02' },
    ]);
  }

  private place(least: Level): string {
    return least === 2 || this.chance(0.4) ? this.pick(ZONES) : this.pick(REGIONS);
  }

  private reference({ name, level }: OfferedCapability): string {
    return level === 0 && this.chance(0.7) ? name : `${name}@${this.place(level)}`;
  }

  // Requirements

  private requirement(depth = 0): Json {
    const form = this.random();
    if (depth >= 2 || form < 0.7) return this.leaf();
    const parts = (): Json[] => Array.from({ length: this.integer(1, 3) }, () => this.requirement(depth + 1));
    if (form < 0.78) return parts();
    if (form < 0.82) return { all: parts() };
    if (form < 0.92) return { any: this.distinct(this.integer(2, 3)) };
    const of = this.distinct(this.integer(2, 3));
    return { atLeast: this.integer(1, of.length), of };
  }

  private leaf(): Json {
    const services = [...this.services.keys()];
    if (services.length > 0 && this.chance(0.5)) {
      const unused = [...this.unused];
      return this.serviceNamed(
        unused.length > 0 && this.chance(0.7) ? this.pick(unused) : this.pick(services),
      );
    }
    if (this.chance(0.08)) return `${this.pick(this.providerNames)}@${this.place(1)}`;
    return this.reference(this.pick(this.capabilities));
  }

  /** Mostly asks as much of a pool as it has before it has grown, but for one member. */
  private serviceNamed(name: string): Json {
    this.unused.delete(name);
    const pool = this.services.get(name);
    if (pool === undefined) return name;
    const { capacity, grown } = pool;
    const asked =
      capacity > 0 && this.chance(0.75)
        ? this.integer(Math.ceil(capacity / 2), capacity)
        : this.integer(1, grown);
    return { from: name, atLeast: asked };
  }

  /** Parts of a redundancy: simple for the most part, and seldom twice the same. */
  private distinct(count: number): Json[] {
    const seen = new Set<string>();
    return Array.from({ length: count }, () => {
      let part = this.requirement(this.chance(0.6) ? 2 : 1);
      for (let tries = 0; tries < 4 && seen.has(JSON.stringify(part)); tries++) part = this.leaf();
      seen.add(JSON.stringify(part));
      return part;
    });
  }

  // Services

  private service(name: string): Json {
    const form = this.pick(['any', 'any', 'any', 'of', 'of', 'pool', 'pool', 'plain', 'plain'] as const);
    let pool: Pool | undefined;
    let redundancy: Record<string, Json> = {};
    if (form === 'any') redundancy = this.alternatives();
    if (form === 'of') redundancy = this.members();
    if (form === 'pool') {
      const drawn = this.pool();
      pool = drawn;
      redundancy = { pool: drawn.members };
    }
    const parts =
      form === 'plain'
        ? { needs: this.requirement() }
        : this.maybe(0.25, () => ({ needs: this.requirement() }));
    const value: Json = {
      ...parts,
      ...this.maybe(0.15, () => ({ all: [this.requirement(1), ...(this.chance(0.4) ? [this.leaf()] : [])] })),
      ...redundancy,
      ...this.maybe(0.6, () => ({ outages: this.outages() })),
      ...this.maybe(0.2, () => ({ maintenance: { rate: this.rate(), mean: this.mean() } })),
      ...this.verify(redundancy),
      ...this.maybe(0.2, () => ({ protects: this.protects() })),
      ...this.maybe(0.25, () => ({ handles: this.some(HANDLES, 0.3) })),
    };
    this.services.set(name, pool);
    this.unused.add(name);
    return value;
  }

  private verify({ of, atLeast = 0 }: Record<string, Json>): object {
    if (of !== undefined && this.chance(atLeast === 1 ? 0.15 : 0.7)) return { verify: 'quorum' };
    return this.maybe(0.08, () => ({ verify: this.pick(['proof', 'hash', 'signature']) }));
  }

  private alternatives(): Record<string, Json> {
    const count = this.pick([1, 2, 2, 2, 2, 2, 3, 3]);
    const any = this.distinct(count).map((use, index): Json => {
      const ready = this.maybe(index === 0 ? 0.02 : 0.4, () => ({ ready: this.ready() }));
      const least = this.pick(
        index === 0 ? ['120%', '100%', '70%'] : ['120%', '100%', '70%', '50%', '40%', '30%'],
      );
      const carries = this.maybe(0.3, () => ({ carries: least }));
      const options = { ...ready, ...carries };
      return Object.keys(options).length > 0 || this.chance(0.2) ? { use, ...options } : use;
    });
    if (count < 2) return { any };
    return {
      any,
      ...this.maybe(0.7, () => ({ failover: this.failover() })),
      ...this.maybe(0.3, () => ({
        state: { writer: 'single', ...this.maybe(0.8, () => ({ lag: this.time() })) },
      })),
    };
  }

  private ready(): string {
    return this.chance(0.05) ? '0%' : this.pick(['95%', '80%', '99.9%', '100%', '50%']);
  }

  private failover(): Json {
    return {
      ...this.maybe(0.6, () => ({ detect: this.time() })),
      ...this.maybe(0.4, () => ({ approve: this.time() })),
      ...this.maybe(0.6, () => ({ switch: this.time() })),
      ...this.maybe(0.4, () => ({ spread: this.time() })),
      ...this.maybe(0.2, () => ({ hold: this.time() })),
      ...this.maybe(0.4, () => ({ success: this.pick(['90%', '98%', '60%', '99.9%', '100%']) })),
      ...this.maybe(0.5, () => ({ needs: this.requirement(1) })),
    };
  }

  private members(): Record<string, Json> {
    const offered = this.capabilities.filter(() => this.chance(0.8)).slice(0, 3);
    const of =
      offered.length >= 2 && this.chance(0.4)
        ? offered.map((capability) => this.reference(capability))
        : this.distinct(this.pick([1, 2, 2, 3, 3, 3]));
    return { atLeast: of.length === 3 && this.chance(0.5) ? 2 : this.integer(1, of.length), of };
  }

  private pool(): Pool & { readonly members: Json } {
    let capacity = 0;
    let grown = 0;
    const members = this.distinct(this.pick([1, 2, 2, 3])).map((use, index): Json => {
      const own = this.integer(0, 4) + (index === 0 ? 1 : 0);
      const grow = this.chance(0.65) ? this.integer(0, 5) : undefined;
      capacity += own;
      grown += own + (grow ?? 0);
      if (grow === undefined) return { use, capacity: own };
      return {
        use,
        capacity: own,
        grow,
        ...this.maybe(0.8, () => ({ after: this.time() })),
        ...this.maybe(0.6, () => ({ needs: this.requirement(1) })),
      };
    });
    return { capacity, grown, members };
  }

  // Journeys

  private journey(): Json {
    const modes: Record<string, Json> = {};
    const count = this.pick([1, 2, 2, 3, 3]);
    let worth = 100;
    for (let i = 1; i <= count; i++) {
      worth = this.chance(0.1) ? worth : this.integer(0, worth);
      modes[`m${i}`] = {
        ...(i > 1 ? { worth: `${worth}%` } : this.maybe(0.1, () => ({ worth: '100%' }))),
        ...this.maybe(i > 1 ? 0.6 : 0.15, () => ({ load: `${this.pick(LOADS) * 100}%` })),
        needs: this.modeNeeds(i),
        ...this.maybe(0.2, () => ({ protections: this.chance(0.4) ? 'none' : this.protections() })),
      };
      if (i === 1) worth = 90;
    }
    return {
      ...this.maybe(0.4, () => ({ slo: this.pick(['99.9%', '99%', '90%']) })),
      ...this.maybe(0.8, () => ({ loss: this.loss() })),
      ...this.maybe(0.55, () => ({ protections: this.protections() })),
      modes,
    };
  }

  /** The best mode tends to need the most, and every service while one is unused. */
  private modeNeeds(position: number): Json {
    const unused = [...this.unused];
    if (position > 1 || unused.length === 0 || this.chance(0.1)) return this.requirement();
    const newest = unused[unused.length - 1] as string; // not empty
    const parts = [this.serviceNamed(newest), ...(this.chance(0.5) ? [this.requirement()] : [])];
    return parts.length === 1 && this.chance(0.5) ? (parts[0] as Json) : parts;
  }

  private protections(): Json {
    const offered = [...this.offered];
    const known = offered.length > 0 && this.chance(0.9) ? offered : PROTECTIONS;
    return { need: this.some(known, 0.35), missing: this.pick(['refuse', 'serve']) };
  }

  private loss(): Json {
    if (this.chance(0.5)) return `${this.integer(1, 500)}k USD/h`;
    const steps = this.some(['0s', '30m', '2h', '1d'], 0.6);
    return steps.map((after) => ({
      after,
      rate: `${this.integer(1, 900)}${this.pick(['', 'k'])} USD/${this.pick(['h', 'd'])}`,
    }));
  }
}

/** Takes events out of the plan, by every means that the language has, until few enough are left. */
function silence(draft: Draft, plan: Plan, random: () => number): void {
  const target = 6 + Math.floor(random() * 7);
  const left = eventsOf(plan).map(({ id }) => ({ id, order: random() }));
  left.sort((a, b) => a.order - b.order);
  for (const { id } of left.slice(target)) silenceEvent(draft, id, random);
}

function silenceEvent({ services, providers }: Draft, id: string, random: () => number): void {
  const [name = '', detail] = id.split(':');
  const service = services[name];
  if (service !== undefined) {
    if (detail === undefined) service.outages = 'none';
    else if (detail === 'maintenance') delete service.maintenance;
    else if (detail === 'switch') delete (service.failover as Mutable).success;
    else delete (service.any as Mutable[])[Number(detail.slice('standby-'.length)) - 1]?.ready;
    return;
  }
  const [, providerName = '', capabilityName, scope] = /^([^/@]+)(?:\/([^/@]+))?(?:@(.+))?$/.exec(id) ?? [];
  const provider = providers[providerName] ?? {};
  if (capabilityName === undefined) {
    const place = scope === undefined ? provider : (provider.scopes as Record<string, Mutable>)[scope];
    if (place === undefined) return;
    if (random() < 0.5) place.outages = 'none';
    else delete place.outages;
    return;
  }
  const capability = (provider.capabilities as Record<string, Mutable>)[capabilityName] ?? {};
  if (scope === undefined) capability.outages = 'none';
  else capability.at = { ...(capability.at as object | undefined), [scope]: { outages: 'none' } };
}

/** JSON with a line for each journey, service and provider. */
function print(plan: Json): string {
  const sections = Object.entries(plan).map(([key, value]) => {
    if (!['journeys', 'services', 'providers'].includes(key))
      return `${JSON.stringify(key)}: ${JSON.stringify(value)}`;
    const lines = Object.entries(value).map(
      ([name, one]) => `  ${JSON.stringify(name)}: ${JSON.stringify(one)}`,
    );
    return `${JSON.stringify(key)}: {\n${lines.join(',\n')}\n}`;
  });
  return `{\n${sections.join(',\n')}\n}\n`;
}
