/**
 * docs/time.md read a second time: an incident goes through a plan second by second, with plain recursion
 * over what the file says and plain clocks for what takes time. Slow and obvious on purpose: `src/control`,
 * `src/policies` and `src/replay` are judged by it, so nothing of them, nor of `src/model`, is used here.
 * Providers come from the plan alone (`catalog: none`).
 *
 * A second is [t, t + 1): what happens at t is seen in it, and what is seen at t comes before what is
 * decided at t. All durations are whole seconds; `spread` an even number of them.
 */
import type { Incident } from '../../../src/incidents/index.ts';
import {
  encloses,
  parseReference,
  PROTECTIONS,
  type Alternative,
  type Failover,
  type InnerNeed,
  type Journey,
  type Mode,
  type Plan,
  type PoolMember,
  type Protection,
  type Protections,
  type Reference,
  type Requirement,
  type Service,
} from '../../../src/plan/index.ts';

export interface TickJourney {
  readonly name: string;
  /** The mode it is in, or `down`; one a second. */
  readonly modes: readonly string[];
  /** The level of that mode, 0 when down; one a second. */
  readonly levels: readonly number[];
  /** Whether that mode serves without a protection it needs; one a second. */
  readonly exposed: readonly boolean[];
  /** Work that waits at the end of each second (`backlog`). @unit seconds of all that is asked */
  readonly waiting: readonly number[];
}

/** Users count as moved: half-way through `spread`, or at once when they go back. Alternatives count from 0. */
export interface TickSwitch {
  /** @unit seconds since 1970 */
  readonly at: number;
  readonly service: string;
  readonly from: number;
  readonly to: number;
}

export interface TickResult {
  /** The first moment of the incident; every list begins here. @unit seconds since 1970 */
  readonly from: number;
  readonly journeys: readonly TickJourney[];
  readonly switches: readonly TickSwitch[];
}

export interface TickOptions {
  /** What a severity stands for that nobody published. @default 1 */
  readonly severity?: number;
  /** Cohorts that the platform is in, beside those of the plan. @default none */
  readonly cohorts?: readonly string[];
  /** Whether a pool sheds what it cannot hold; else it collapses. @default true */
  readonly shedding?: boolean;
  /** How long to go on after the last moment of the incident. @unit seconds @default 7200 */
  readonly tailSeconds?: number;
}

/** What an incident does to a plan, from its first moment to its last and `tailSeconds` more. */
export function tick(plan: Plan, incident: Incident, options: TickOptions = {}): TickResult {
  if (plan.catalog !== 'none') throw new Error('The oracle reads plans with catalog: none.');
  const effects = effectsOf(plan, incident, options);
  const times = effects.flatMap(({ phases }) => phases.flatMap(({ from, to }) => [from, to]));
  const from = times.length === 0 ? 0 : Math.min(...times);
  const to = times.length === 0 ? 0 : Math.max(...times) + (options.tailSeconds ?? 7200);
  const replay = new Replay(plan, effects, options.shedding ?? true);
  for (let second = from; second < to; second++) replay.step(second);
  return { from, journeys: replay.journeys.map(({ record }) => record), switches: replay.switches };
}

/** What a plan is before any incident. */
export interface AtRest {
  /** Pools whose amounts add up, and how many journeys ask of each. */
  readonly adding: ReadonlyMap<string, number>;
  /** Whether every journey is in some mode. */
  readonly isUp: boolean;
}

export function atRest(plan: Plan): AtRest {
  const { journeys, adding } = new Replay(plan, [], true);
  return {
    adding: new Map(adding.map(({ part, askedBy }) => [part.name, askedBy.size])),
    isUp: journeys.every(({ ladder }) => ladder.kept !== undefined),
  };
}

/** Sums of shares that should be equal may differ by a rounding. */
const TOLERANCE = 1e-9;
const ALL_PROTECTIONS = (1 << PROTECTIONS.length) - 1;

function isEnough(level: number, least: number): boolean {
  return level >= least - TOLERANCE;
}

/** @param hours as the plan has durations */
function seconds(hours: number | undefined): number {
  return Math.round((hours ?? 0) * 3600);
}

// Incidents

interface Phase {
  /** @unit seconds since 1970 */
  readonly from: number;
  /** Not in it any more. @unit seconds since 1970 */
  readonly to: number;
  readonly severity: number;
  readonly flapping: boolean;
}

interface Effect {
  /** `provider/capability`, a provider, or a service of the plan. */
  readonly target: string;
  /** `''` for everywhere. */
  readonly scope: string;
  readonly phases: readonly Phase[];
}

type IncidentEffect = Incident['effects'][number];
type IncidentPhase = IncidentEffect['phases'][number];

const FLAP_SECONDS = 300;

/** Where nothing is unavailable as long as nobody says how much. */
const HARMLESS: readonly string[] = [
  'latency',
  'stale',
  'wrong-answer',
  'throttled',
  'slow-provisioning',
  'cold-cache',
  'degraded-accuracy',
  'silent',
  'integrity-loss',
  'none',
];

/** Effects with their times and severities filled in; those without any time are left out. */
function effectsOf(plan: Plan, incident: Incident, options: TickOptions): readonly Effect[] {
  const named = new Set([...(plan.cohorts ?? []), ...(options.cohorts ?? [])]);
  const known = knownTimes(incident);
  const start = windowTime(incident, 'start') ?? least(known);
  const end = windowTime(incident, 'end') ?? most(known);
  const read = (phase: IncidentPhase, own: readonly { readonly severity?: number | null }[]): Phase[] => {
    const from = epoch(phase.from) ?? start;
    const to = epoch(phase.to) ?? end;
    if (from === undefined || to === undefined || from >= to) return [];
    const general = phase.severity ?? options.severity ?? 1;
    const seen = own.map(({ severity }) => severity ?? general);
    const severity = severityOf(phase, seen.length === 0 ? general : Math.max(...seen));
    return [{ from, to, severity, flapping: phase.mode === 'flapping' }];
  };
  return incident.effects
    .map((effect) => ({
      target: effect.capability,
      scope: effect.scope === 'global' ? '' : effect.scope,
      phases: effect.phases.flatMap((phase) =>
        read(
          phase,
          (effect.cohorts ?? []).filter(({ id }) => named.has(id)),
        ),
      ),
    }))
    .filter(({ phases }) => phases.length > 0);
}

/** Where requests were answered and nobody says how many were not, none: whatever stands in for what is not known. */
function severityOf({ severity, mode }: IncidentPhase, otherwise: number): number {
  return severity === null && HARMLESS.includes(mode) ? 0 : otherwise;
}

function windowTime(incident: Incident, name: string): number | undefined {
  return epoch(incident.window.find((time) => time.name === name)?.value ?? null);
}

/** All times in the file. @unit seconds since 1970 */
function knownTimes({ window, effects, counts, timeline = [], observed = [] }: Incident): readonly number[] {
  const spans = [
    ...effects.flatMap(({ phases }) => phases),
    ...observed,
    ...(counts === null ? [] : [counts]),
  ];
  return [
    ...window.map(({ value }) => value),
    ...spans.flatMap(({ from, to }) => [from, to]),
    ...timeline.map(({ at }) => at),
  ].flatMap((time) => epoch(time) ?? []);
}

function least(of: readonly number[]): number | undefined {
  return of.length === 0 ? undefined : Math.min(...of);
}

function most(of: readonly number[]): number | undefined {
  return of.length === 0 ? undefined : Math.max(...of);
}

/** @unit seconds since 1970 */
function epoch(time: string | null): number | undefined {
  return time === null ? undefined : Date.parse(time) / 1000;
}

/** The share of requests that an effect leaves answered in a second. */
function levelIn({ phases }: Effect, second: number): number {
  let worst = 0;
  for (const { from, to, severity, flapping } of phases) {
    if (second < from || second >= to) continue;
    if (flapping && (second - from) % (2 * FLAP_SECONDS) >= FLAP_SECONDS) continue;
    worst = Math.max(worst, severity);
  }
  return 1 - worst;
}

/** Whether an effect reaches a reference: it is at or under the effect's scope. */
function reaches({ target, scope }: Effect, reference: Reference): boolean {
  const [provider, capability] = target.split('/');
  return (
    provider === reference.provider &&
    (capability === undefined || capability === reference.capability) &&
    encloses(scope, reference.scope)
  );
}

// References

/** What a reference stands for, which no second alters. */
interface Offer {
  /** Places in the list of effects. */
  readonly reachedBy: readonly number[];
  readonly protects: number;
  readonly needs: readonly { readonly use: string; readonly inChangeOnly: boolean }[];
}

/** What is seen of references, and of services by themselves, in one second. */
class Observed {
  private readonly plan: Plan;
  private readonly effects: readonly Effect[];
  private readonly offers = new Map<string, Offer>();
  /** The level that each effect leaves. */
  private levels: readonly number[];
  /** Levels of references, for as long as no effect changes. */
  private readonly serving = new Map<string, number>();
  private readonly changing = new Map<string, number>();

  /** Begins before the incident, when all is well. */
  constructor(plan: Plan, effects: readonly Effect[]) {
    this.plan = plan;
    this.effects = effects;
    this.levels = effects.map(() => 1);
  }

  /** Whether anything has changed. */
  at(second: number): boolean {
    const levels = this.effects.map((effect) => levelIn(effect, second));
    if (levels.every((level, index) => level === this.levels[index])) return false;
    this.levels = levels;
    this.serving.clear();
    this.changing.clear();
    return true;
  }

  /** A service apart from all that it needs. */
  service(name: string): number {
    let level = 1;
    this.effects.forEach(({ target }, index) => {
      if (target === name) level = Math.min(level, this.levels[index] ?? 1);
    });
    return level;
  }

  reference(name: string, inChange: boolean): number {
    const known = inChange ? this.changing : this.serving;
    const level = known.get(name) ?? this.follow(name, inChange, new Set());
    known.set(name, level);
    return level;
  }

  protects(name: string): number {
    return this.offer(name).protects;
  }

  /** As the effects say that reach it; where none does, as what it needs. */
  private follow(name: string, inChange: boolean, seen: Set<string>): number {
    if (seen.has(name)) return 1;
    seen.add(name);
    const { reachedBy, needs } = this.offer(name);
    if (reachedBy.length > 0) return this.worst(reachedBy);
    const carried = needs.filter(({ inChangeOnly }) => inChange || !inChangeOnly);
    return Math.min(1, ...carried.map(({ use }) => this.follow(use, inChange, seen)));
  }

  private worst(effects: readonly number[]): number {
    return Math.min(1, ...effects.map((index) => this.levels[index] ?? 1));
  }

  private offer(name: string): Offer {
    const known = this.offers.get(name);
    if (known !== undefined) return known;
    const reference = parseReference(name);
    const provider = this.plan.providers?.find((candidate) => candidate.name === reference?.provider)?.value;
    if (reference === undefined || provider === undefined) throw new Error(`No provider of ${name}.`);
    const capability = provider.capabilities?.find((candidate) => candidate.name === reference.capability);
    if (reference.capability !== undefined && capability === undefined) throw new Error(`No offer ${name}.`);
    const { plane, needs = [], protects } = capability?.value ?? {};
    const offer: Offer = {
      reachedBy: this.effects.flatMap((effect, index) => (reaches(effect, reference) ? [index] : [])),
      protects: protectionBits(protects),
      needs: needs
        .filter((need) => this.isNow(need) && carriesFailure(need, plane === 'control'))
        .map(({ use, kind }) => ({ use: atPlace(use, reference.scope), inChangeOnly: kind === 'change' })),
    };
    this.offers.set(name, offer);
    return offer;
  }

  private isNow({ from, until }: InnerNeed): boolean {
    const now = this.plan.platform.asOf;
    return !(from != null && now < from) && !(until != null && now >= until);
  }
}

function carriesFailure({ kind }: InnerNeed, isControlPlane: boolean): boolean {
  return kind === 'cold' ? isControlPlane : kind !== 'degraded';
}

function atPlace(use: string, scope: string): string {
  if (!use.endsWith('@same')) return use;
  if (scope === '') throw new Error(`No place to carry to ${use}.`);
  return use.replace(/@same$/, `@${scope}`);
}

function protectionBits(protections: readonly Protection[] | undefined): number {
  return (protections ?? []).reduce((bits, protection) => bits | (1 << PROTECTIONS.indexOf(protection)), 0);
}

// Levels

/** For whom a level is read. */
interface Asking {
  /** Of the mode that asks. @unit share */
  readonly load: number;
  /**
   * Users meet what other journeys have made of a pool. A change meets the inner needs of kind change. Health is
   * read for switch-overs and growth: neither, but for what serves changes alone.
   */
  readonly by: 'users' | 'health' | 'change';
}

/** A service, and what the journeys that reach it make of it. */
interface Part {
  readonly name: string;
  readonly value: Service;
  /** The highest load of any mode that reaches it; undefined where none does. @unit share */
  load?: number;
  /** The highest of the journeys that reach it. @unit share */
  usable: number;
  /** Whether requests of users reach it, not only what steers a switch or lets a pool grow. */
  servesUsers: boolean;
  /** Of a service with two alternatives or more. */
  users?: Users;
  /** Of a pool. */
  growth?: Growth;
  readonly health: Kept<readonly boolean[]>;
  readonly isShort: Kept<boolean>;
}

/** A pool, and what is asked of it. */
interface Pool {
  readonly part: Part;
  readonly members: readonly PoolMember[];
  /** By the place of the journey and of the mode: the most that a mode asks for its users, on whatever path. */
  readonly askedBy: Map<number, Map<number, number>>;
  /** The most that any mode asks, to steer and to grow too. */
  most: number;
  addsUp: boolean;
  /** Members stand on other pools, so that what is taken of those matters. */
  isNested: boolean;
  /** Below this it is short. */
  demand: number;
}

/** What need not be read again from the same. */
class Kept<T> {
  private readonly values = new Map<string, T>();

  read(from: string, make: () => T): T {
    const known = this.values.get(from);
    if (known !== undefined) return known;
    const made = make();
    this.values.set(from, made);
    return made;
  }
}

/** The plan as it stands in one second: who is on which alternative, what has grown, what has been taken. */
class Platform {
  readonly plan: Plan;
  readonly observed: Observed;
  readonly parts = new Map<string, Part>();
  readonly pools = new Map<string, Pool>();
  /** What journeys have taken of pools in this second. */
  readonly taken = new Map<string, number>();
  /** Pools that answer nobody in this second. */
  readonly collapsed = new Set<string>();
  /** Counts every change of what is observed, of alternatives in use and of growth. */
  changes = 0;
  /** Whether a pool serves what it can of an ask. */
  private readonly shedding: boolean;
  /** The highest `usable` of the plan. */
  private readonly usable: number;
  private readonly capacities = new Kept<number>();

  constructor(plan: Plan, observed: Observed, shedding: boolean) {
    this.plan = plan;
    this.observed = observed;
    this.shedding = shedding;
    this.usable = Math.max(...plan.journeys.map(({ value }) => usableOf(value)));
    for (const { name, value } of plan.services ?? []) {
      const part: Part = {
        name,
        value,
        usable: 0,
        servesUsers: false,
        health: new Kept(),
        isShort: new Kept(),
      };
      this.parts.set(name, part);
      if (value.pool !== undefined)
        this.pools.set(name, {
          part,
          members: value.pool,
          askedBy: new Map(),
          most: 0,
          addsUp: false,
          isNested: false,
          demand: 0,
        });
    }
    plan.journeys.forEach(({ value }, journey) => {
      for (const [index, mode] of value.modes.entries()) this.reachFrom(value, journey, mode.value, index);
    });
    for (const pool of this.pools.values()) {
      settleDemand(pool, plan.journeys);
      pool.isNested = pool.members.some(({ use }) => this.standsOnPool(use));
    }
  }

  part(name: string): Part {
    const part = this.parts.get(name);
    if (part === undefined) throw new Error(`No service ${name}.`);
    return part;
  }

  level(requirement: Requirement, asking: Asking): number {
    switch (requirement.kind) {
      case 'name': {
        const part = this.parts.get(requirement.name);
        if (part !== undefined) return this.serviceLevel(part, asking);
        return this.observed.reference(requirement.name, asking.by === 'change');
      }
      case 'all':
        return this.lowest(requirement.parts, asking);
      case 'any':
        return Math.max(...requirement.of.map((one) => this.level(one, asking)));
      case 'atLeast':
        return this.highest(requirement.atLeast, requirement.of, asking);
      case 'from':
        return this.poolLevel(this.part(requirement.pool), requirement.atLeast, asking);
    }
  }

  private lowest(parts: readonly Requirement[], asking: Asking): number {
    let lowest = 1;
    for (const part of parts) lowest = Math.min(lowest, this.level(part, asking));
    return lowest;
  }

  /** The k-th highest. */
  private highest(k: number, of: readonly Requirement[], asking: Asking): number {
    const levels = of.map((one) => this.level(one, asking)).sort((a, b) => b - a);
    return levels[k - 1] ?? 0;
  }

  private serviceLevel(part: Part, asking: Asking): number {
    const { name, value } = part;
    const level = Math.min(this.observed.service(name), this.lowest(partsOf(value), asking));
    if (value.any !== undefined) return Math.min(level, this.levelInUse(part, value.any, asking));
    if (value.of === undefined) return level;
    return Math.min(level, this.highest(value.atLeast ?? value.of.length, value.of, asking));
  }

  private levelInUse({ users }: Part, any: readonly Alternative[], asking: Asking): number {
    const alternative = any[users?.inUse ?? 0];
    if (alternative === undefined) return 0;
    const { use, carries = 1 } = alternative;
    const most = carries >= asking.load ? 1 : carries / asking.load;
    return Math.min(this.level(use, asking), most);
  }

  private poolLevel(part: Part, asked: number, asking: Asking): number {
    const own = Math.min(this.observed.service(part.name), this.lowest(partsOf(part.value), asking));
    const left = this.left(part.name, asking);
    if (!this.shedding && !isEnough(left, asked)) return 0;
    return Math.min(own, 1, left / asked);
  }

  /** What a pool has for whoever asks. */
  left(name: string, asking: Asking): number {
    if (asking.by !== 'users') return this.capacity(name, asking);
    if (this.collapsed.has(name)) return 0;
    return Math.max(0, this.capacity(name, asking) - (this.taken.get(name) ?? 0));
  }

  /** What the members of a pool come to, with the growth that is there. */
  capacity(name: string, asking: Asking): number {
    if (asking.by === 'users' && this.pools.get(name)?.isNested === true) return this.sum(name, asking);
    const from = `${this.changes} ${name} ${asking.load} ${asking.by}`;
    return this.capacities.read(from, () => this.sum(name, asking));
  }

  private sum(name: string, asking: Asking): number {
    const { value, growth } = this.part(name);
    let sum = 0;
    (value.pool ?? []).forEach(({ use, capacity, grow = 0 }, index) => {
      const there = capacity + (growth?.isThere(index) === true ? grow : 0);
      sum += there * this.level(use, asking);
    });
    return sum;
  }

  /** The protections on the path, one bit each in the order of PROTECTIONS. */
  present(requirement: Requirement, asking: Asking): number {
    switch (requirement.kind) {
      case 'name': {
        const part = this.parts.get(requirement.name);
        return part === undefined
          ? this.observed.protects(requirement.name)
          : this.servicePresent(part, asking);
      }
      case 'all':
        return this.union(requirement.parts, asking);
      case 'any':
        return this.present(this.best(requirement.of, asking), asking);
      case 'atLeast':
        return this.shared(requirement.of, asking);
      case 'from':
        return this.servicePresent(this.part(requirement.pool), asking);
    }
  }

  private servicePresent({ value, users }: Part, asking: Asking): number {
    const own = protectionBits(value.protects) | this.union(partsOf(value), asking);
    const inUse = value.any?.[users?.inUse ?? 0];
    if (inUse !== undefined) return own | this.present(inUse.use, asking);
    const members = value.of ?? value.pool?.map(({ use }) => use);
    return members === undefined ? own : own | this.shared(members, asking);
  }

  private union(parts: readonly Requirement[], asking: Asking): number {
    return parts.reduce((bits, part) => bits | this.present(part, asking), 0);
  }

  /** Those that every working member has. */
  private shared(members: readonly Requirement[], asking: Asking): number {
    return members
      .filter((member) => isEnough(this.level(member, asking), this.usable))
      .reduce((bits, member) => bits & this.present(member, asking), ALL_PROTECTIONS);
  }

  /** Of an inline `any`, the part whose level counts: the highest, the earlier of equals. */
  private best(of: readonly Requirement[], asking: Asking): Requirement {
    return of.reduce((best, one) => (this.level(one, asking) > this.level(best, asking) ? one : best));
  }

  /** Adds the most that users ask of each pool on the path that they are on. */
  addAsked(requirement: Requirement, asking: Asking, asked: Map<string, number>): void {
    const add = (one: Requirement): void => this.addAsked(one, asking, asked);
    switch (requirement.kind) {
      case 'name': {
        const part = this.parts.get(requirement.name);
        if (part === undefined) return;
        const { any, of = [] } = part.value;
        const inUse = any?.[part.users?.inUse ?? 0];
        for (const one of [...partsOf(part.value), ...of]) add(one);
        if (inUse !== undefined) add(inUse.use);
        return;
      }
      case 'from': {
        const { value } = this.part(requirement.pool);
        raise(asked, requirement.pool, requirement.atLeast);
        for (const one of [...partsOf(value), ...(value.pool ?? []).map(({ use }) => use)]) add(one);
        return;
      }
      case 'any':
        add(this.best(requirement.of, asking));
        return;
      case 'all':
        requirement.parts.forEach(add);
        return;
      case 'atLeast':
        requirement.of.forEach(add);
    }
  }

  // Who reaches what

  private reachFrom(journey: Journey, at: number, mode: Mode, modeAt: number): void {
    const load = mode.load ?? 1;
    const usable = usableOf(journey);
    const reach = (requirement: Requirement, byUsers: boolean): void => {
      for (const name of namesIn(requirement)) {
        const part = this.parts.get(name);
        if (part === undefined) continue;
        part.load = Math.max(part.load ?? 0, load);
        part.usable = Math.max(part.usable, usable);
        part.servesUsers ||= byUsers;
        for (const one of servingOf(part.value)) reach(one, byUsers);
        for (const one of changingOf(part.value)) reach(one, false);
      }
      for (const { pool: name, atLeast } of asksIn(requirement)) {
        const pool = this.pools.get(name);
        if (pool === undefined) continue;
        pool.most = Math.max(pool.most, atLeast);
        if (!byUsers) continue;
        const modes = pool.askedBy.get(at) ?? new Map<number, number>();
        pool.askedBy.set(at, modes.set(modeAt, Math.max(modes.get(modeAt) ?? 0, atLeast)));
      }
    };
    reach(mode.needs, true);
  }

  private standsOnPool(requirement: Requirement): boolean {
    if (asksIn(requirement).length > 0) return true;
    const parts = namesIn(requirement).flatMap((name) => this.parts.get(name) ?? []);
    return parts.some(({ value }) => requirementsOf(value).some((one) => this.standsOnPool(one)));
  }

  /** Services, each after everything that it needs. */
  bottomUp(): readonly Part[] {
    const ordered = new Set<Part>();
    const visit = (part: Part): void => {
      if (ordered.has(part)) return;
      for (const name of requirementsOf(part.value).flatMap(namesIn)) {
        const needed = this.parts.get(name);
        if (needed !== undefined) visit(needed);
      }
      ordered.add(part);
    };
    for (const part of this.parts.values()) visit(part);
    return [...ordered];
  }
}

/**
 * Amounts add up where several journeys ask of a pool and all of it holds what they ask in their first modes; those of
 * one journey where it has work that comes back.
 */
function settleDemand(pool: Pool, journeys: Plan['journeys']): void {
  const whole = pool.members.reduce((sum, { capacity, grow = 0 }) => sum + capacity + grow, 0);
  const asking = [...pool.askedBy];
  const inFirstModes = asking.reduce((sum, [, modes]) => sum + (modes.get(0) ?? 0), 0);
  const isShared = asking.length > 1 && isEnough(whole, inFirstModes);
  const comesBack = asking.length === 1 && asking.some(([at]) => journeys[at]?.value.backlog !== undefined);
  pool.addsUp = isShared || comesBack;
  pool.demand = isShared ? inFirstModes : pool.most;
}

/** How health is read of the alternatives or members of a service. */
function healthOf({ load = 1, servesUsers }: Part): Asking {
  return { load, by: servesUsers ? 'health' : 'change' };
}

function usableOf({ usable = 0.9 }: Journey): number {
  return usable;
}

function raise(amounts: Map<string, number>, name: string, amount: number): void {
  amounts.set(name, Math.max(amounts.get(name) ?? 0, amount));
}

/** `needs` and `all`, which must all work. */
function partsOf({ needs, all = [] }: Service): readonly Requirement[] {
  return needs === undefined ? all : [needs, ...all];
}

/** What a service requires to serve. */
function servingOf(value: Service): readonly Requirement[] {
  const { any = [], of = [], pool = [] } = value;
  return [...partsOf(value), ...[...any, ...pool].map(({ use }) => use), ...of];
}

/** What a service requires to be switched and to grow. */
function changingOf({ pool = [], failover }: Service): readonly Requirement[] {
  return [failover?.needs, ...pool.map(({ needs }) => needs)].filter((one) => one !== undefined);
}

/** Everything that a service requires. */
function requirementsOf(value: Service): readonly Requirement[] {
  return [...servingOf(value), ...changingOf(value)];
}

function namesIn(requirement: Requirement): readonly string[] {
  switch (requirement.kind) {
    case 'name':
      return [requirement.name];
    case 'from':
      return [requirement.pool];
    case 'all':
      return requirement.parts.flatMap(namesIn);
    default:
      return requirement.of.flatMap(namesIn);
  }
}

type Ask = Extract<Requirement, { kind: 'from' }>;

function asksIn(requirement: Requirement): readonly Ask[] {
  switch (requirement.kind) {
    case 'name':
      return [];
    case 'from':
      return [requirement];
    case 'all':
      return requirement.parts.flatMap(asksIn);
    default:
      return requirement.of.flatMap(asksIn);
  }
}

// Switch-overs

/** Which alternative the users of a service are on, and the switch that is under way. */
class Users {
  inUse = 0;
  private readonly any: readonly Alternative[];
  private readonly load: number;
  private readonly detectAndApprove: number;
  private readonly switch: number;
  private readonly spread: number;
  private readonly hold: number;
  private readonly goesBackByItself: boolean;
  /** Since when each alternative has been healthy without a break. @unit seconds since 1970 */
  private readonly healthySince: (number | undefined)[];
  /** Since when the one in use has been below usable. @unit seconds since 1970 */
  private illSince: number | undefined;
  /** Step 4: the switch is being made, and could still be called off. */
  private switching: { readonly to: number; readonly since: number } | undefined;
  /** Step 6: users drift; `movedAt` is half-way. */
  private drift: { readonly to: number; readonly movedAt: number } | undefined;

  constructor(any: readonly Alternative[], failover: Failover | undefined, hasState: boolean, load: number) {
    this.any = any;
    this.load = load;
    this.detectAndApprove = seconds(failover?.detect) + seconds(failover?.approve);
    this.switch = seconds(failover?.switch);
    this.spread = seconds(failover?.spread);
    this.hold = seconds(failover?.hold);
    this.goesBackByItself = !hasState;
    this.healthySince = any.map(() => undefined);
  }

  /** Before the incident all has been as it is for ever. */
  begin(healthy: readonly boolean[]): void {
    healthy.forEach((is, index) => {
      this.healthySince[index] = is ? Number.NEGATIVE_INFINITY : undefined;
    });
    const all = this.any.map((_, index) => index);
    this.inUse = this.best(all.filter((index) => healthy[index] === true)) ?? this.best(all) ?? 0;
    this.illSince = healthy[this.inUse] === true ? undefined : Number.NEGATIVE_INFINITY;
  }

  /** Steps that take no time follow each other in the same second. */
  step(
    second: number,
    healthy: readonly boolean[],
    steers: () => boolean,
    moved: (from: number, to: number) => void,
  ): void {
    healthy.forEach((is, index) => {
      this.healthySince[index] = is ? (this.healthySince[index] ?? second) : undefined;
    });
    for (let to = this.next(second, steers); to !== undefined; to = this.next(second, steers)) {
      moved(this.inUse, to);
      this.inUse = to;
      this.illSince = undefined;
      this.switching = undefined;
      this.drift = undefined;
    }
  }

  /** Where users count as moved now. */
  private next(second: number, steers: () => boolean): number | undefined {
    const back = this.back(second);
    if (back !== undefined && steers()) return back;
    if (this.drift === undefined) this.advance(second, steers);
    return this.drift !== undefined && second >= this.drift.movedAt ? this.drift.to : undefined;
  }

  /** The best, where it is better than the one in use and users may go back to it. */
  private back(second: number): number | undefined {
    const best = this.best(this.healthy());
    if (best === undefined || !this.isBefore(best, this.inUse)) return undefined;
    if (!this.isHealthy(this.inUse)) return best;
    const held = second - (this.healthySince[best] ?? second) >= this.hold;
    return held && this.goesBackByItself ? best : undefined;
  }

  /** Steps 1 to 4. */
  private advance(second: number, steers: () => boolean): void {
    if (this.isHealthy(this.inUse)) {
      this.illSince = undefined;
      this.switching = undefined;
      return;
    }
    this.illSince ??= second;
    if (second - this.illSince < this.detectAndApprove) return;
    if (this.switching !== undefined && !this.isHealthy(this.switching.to)) this.switching = undefined;
    const to = this.switching?.to ?? this.best(this.healthy());
    if (to === undefined || !steers()) {
      this.switching = undefined;
      return;
    }
    this.switching ??= { to, since: second };
    if (second - this.switching.since < this.switch) return;
    this.drift = { to, movedAt: second + this.spread / 2 };
    this.switching = undefined;
  }

  private healthy(): number[] {
    return this.any.flatMap((_, index) => (this.isHealthy(index) ? [index] : []));
  }

  private isHealthy(index: number): boolean {
    return this.healthySince[index] !== undefined;
  }

  private best(of: readonly number[]): number | undefined {
    return of.reduce<number | undefined>(
      (best, index) => (best === undefined || this.isBefore(index, best) ? index : best),
      undefined,
    );
  }

  /** Whether `a` is better: those that carry the load come first, in the order of the file; then those that carry most. */
  private isBefore(a: number, b: number): boolean {
    const [first, second] = [this.carries(a), this.carries(b)];
    return first === second ? a < b : first > second;
  }

  /** No more than is asked. */
  private carries(index: number): number {
    return Math.min(this.any[index]?.carries ?? 1, this.load);
  }
}

// Growth

/** Which members of a pool have grown. */
class Growth {
  private readonly members: readonly PoolMember[];
  /** Since when each has been growing without a break. @unit seconds since 1970 */
  private readonly since: (number | undefined)[];
  private readonly there: boolean[];

  constructor(members: readonly PoolMember[]) {
    this.members = members;
    this.since = members.map(() => undefined);
    this.there = members.map(() => false);
  }

  isThere(member: number): boolean {
    return this.there[member] === true;
  }

  /** Before the incident all has been as it is for ever: what is short has grown. */
  begin(isShort: boolean, healthy: readonly boolean[], canGrow: (member: PoolMember) => boolean): void {
    this.members.forEach((member, index) => {
      const grows = isShort && healthy[index] === true && (member.grow ?? 0) > 0 && canGrow(member);
      this.since[index] = grows ? Number.NEGATIVE_INFINITY : undefined;
      this.there[index] = grows;
    });
  }

  /** Whether growth has come or gone. */
  step(
    second: number,
    isShort: boolean,
    healthy: readonly boolean[],
    canGrow: (member: PoolMember) => boolean,
  ): boolean {
    const before = [...this.there];
    this.members.forEach((member, index) => {
      const goesOn = isShort && healthy[index] === true && (member.grow ?? 0) > 0;
      if (goesOn && this.there[index] === true) return;
      const since = goesOn && canGrow(member) ? (this.since[index] ?? second) : undefined;
      this.since[index] = since;
      this.there[index] = since !== undefined && second - since >= seconds(member.after);
    });
    return before.some((was, index) => was !== this.there[index]);
  }
}

// Journeys

/** Which mode a journey is in. */
class Ladder {
  private readonly down: number;
  private readonly up: number;
  /** Undefined where the way back is not in steps. */
  private readonly reopenAfter: number | undefined;
  private readonly reopenStep: number;
  /** The mode that it is in or, until `down` has passed, was in; undefined when it has left them all. */
  kept: number | undefined;
  /** Since when that mode has not worked. @unit seconds since 1970 */
  private stoppedSince: number | undefined;
  /** When that mode was taken. @unit seconds since 1970 */
  private takenAt = Number.NEGATIVE_INFINITY;
  /** Since when it has not been in the first mode. @unit seconds since 1970 */
  private awaySince: number | undefined;
  /** Since when each mode has worked without a break. @unit seconds since 1970 */
  private readonly worksSince: (number | undefined)[] = [];

  constructor({ ladder, reopen }: Journey) {
    this.down = seconds(ladder?.down);
    this.up = seconds(ladder?.up);
    this.reopenAfter = reopen === undefined ? undefined : seconds(reopen.after);
    this.reopenStep = seconds(reopen?.step);
  }

  /** Before the incident all has been as it is for ever: it is in the best mode that works. */
  begin(works: readonly boolean[]): number | undefined {
    works.forEach((does, mode) => {
      this.worksSince[mode] = does ? Number.NEGATIVE_INFINITY : undefined;
    });
    const first = works.indexOf(true);
    this.kept = first < 0 ? undefined : first;
    this.awaySince = first === 0 ? undefined : Number.NEGATIVE_INFINITY;
    return this.kept;
  }

  /** The mode it is in, undefined when it is down. */
  step(second: number, works: readonly boolean[]): number | undefined {
    works.forEach((does, mode) => {
      this.worksSince[mode] = does ? (this.worksSince[mode] ?? second) : undefined;
    });
    const stands = this.kept !== undefined && works[this.kept] === true;
    if (stands) this.stoppedSince = undefined;
    const next = stands ? this.climb(second, works) : this.findAnother(second, works);
    if (next !== this.kept) {
      this.kept = next;
      this.takenAt = second;
      this.stoppedSince = undefined;
    }
    const mode = this.kept !== undefined && works[this.kept] === true ? this.kept : undefined;
    this.awaySince = mode === 0 ? undefined : (this.awaySince ?? second);
    return mode;
  }

  /** From a mode that works to a better one. */
  private climb(second: number, works: readonly boolean[]): number | undefined {
    const { kept = 0 } = this;
    if (kept === 0) return kept;
    const better = works.flatMap((does, mode) => (does && mode < kept ? [mode] : []));
    const isLong = (mode: number): boolean => second - (this.worksSince[mode] ?? second) >= this.up;
    if (!this.isReopening(second)) return better.find(isLong) ?? kept;
    const next = better.at(-1);
    const isDue = next !== undefined && isLong(next) && second - this.takenAt >= this.reopenStep;
    return isDue ? next : kept;
  }

  /** From down: a better mode at once, a lower one once `down` has passed. */
  private findAnother(second: number, works: readonly boolean[]): number | undefined {
    const working = works.flatMap((does, mode) => (does ? [mode] : []));
    const kept = this.kept ?? works.length;
    const better = working.filter((mode) => mode < kept);
    if (better.length > 0) return this.isReopening(second) ? better.at(-1) : better[0];
    if (this.kept === undefined) return undefined;
    this.stoppedSince ??= second;
    return second - this.stoppedSince >= this.down ? working[0] : this.kept;
  }

  private isReopening(second: number): boolean {
    if (this.awaySince === undefined || this.reopenAfter === undefined) return false;
    return second - this.awaySince >= this.reopenAfter;
  }
}

/** Work that could not be served and comes back. */
class Backlog {
  /** @unit seconds of all that is asked */
  waiting = 0;
  private readonly share: number;
  private readonly over: number;
  /** What is asked on top since the journey is served again. @unit share of what its mode asks */
  private rate: number | undefined;

  constructor({ backlog }: Journey) {
    this.share = backlog?.share ?? 0;
    this.over = seconds(backlog?.over);
  }

  /** What is asked on top in this second, or would be if the journey were served again. @unit share */
  onTop(): number {
    if (this.waiting === 0) return 0;
    return this.rate ?? this.waiting / this.over;
  }

  /** Down for a second. */
  wait(): void {
    this.waiting += this.share;
    this.rate = undefined;
  }

  /** Served for a second, with so much room on top. @param room @unit share of what its mode asks */
  workOff(room: number): void {
    this.rate = this.onTop();
    this.waiting -= Math.min(this.rate, room, this.waiting);
    if (this.waiting < TOLERANCE) this.waiting = 0;
  }
}

interface Served {
  readonly name: string;
  readonly value: Journey;
  readonly ladder: Ladder;
  readonly backlog: Backlog;
  readonly readings: Kept<readonly Reading[]>;
  readonly record: {
    readonly name: string;
    readonly modes: string[];
    readonly levels: number[];
    readonly exposed: boolean[];
    readonly waiting: number[];
  };
}

/** What a mode comes to in one second. */
interface Reading {
  readonly name: string;
  readonly asking: Asking;
  readonly level: number;
  readonly works: boolean;
  readonly lacksProtection: boolean;
  /** Of pools that add up. */
  readonly asked: ReadonlyMap<string, number>;
}

type Choose = (ladder: Ladder, works: readonly boolean[]) => number | undefined;

const TIERS = ['core', 'important', 'deferrable'] as const;

/** One incident going through one plan. */
class Replay {
  readonly journeys: readonly Served[];
  readonly switches: TickSwitch[] = [];
  private readonly platform: Platform;
  private readonly observed: Observed;
  private readonly parts: readonly Part[];
  private readonly shedding: boolean;
  /** Core before important before deferrable, and among equals in the order of the file. */
  private readonly inOrder: readonly Served[];
  /** Pools whose amounts add up. */
  readonly adding: readonly Pool[];

  constructor(plan: Plan, effects: readonly Effect[], shedding: boolean) {
    this.observed = new Observed(plan, effects);
    this.platform = new Platform(plan, this.observed, shedding);
    this.shedding = shedding;
    this.journeys = plan.journeys.map(({ name, value }) => ({
      name,
      value,
      ladder: new Ladder(value),
      backlog: new Backlog(value),
      readings: new Kept<readonly Reading[]>(),
      record: { name, modes: [], levels: [], exposed: [], waiting: [] },
    }));
    this.inOrder = TIERS.flatMap((tier) =>
      this.journeys.filter(({ value }) => (value.tier ?? 'important') === tier),
    );
    this.adding = [...this.platform.pools.values()].filter(({ addsUp }) => addsUp);
    this.parts = this.platform.bottomUp().filter(({ load }) => load !== undefined);
    for (const part of this.parts) this.beginPart(part);
    this.serve((ladder, works) => ladder.begin(works));
  }

  step(second: number): void {
    if (this.observed.at(second)) this.platform.changes++;
    for (const part of this.parts) this.stepPart(part, second);
    const served = this.serve((ladder, works) => ladder.step(second, works));
    this.returnWork(served);
    for (const journey of this.journeys) record(journey, served.get(journey));
  }

  // Services

  private beginPart(part: Part): void {
    const { any, pool, failover, state } = part.value;
    if (any !== undefined && any.length > 1) {
      const users = new Users(any, failover, state !== undefined, part.load ?? 1);
      users.begin(this.health(part));
      part.users = users;
    }
    if (pool !== undefined) {
      const growth = new Growth(pool);
      growth.begin(this.isShort(part), this.health(part), (member) => this.works(part, member.needs));
      part.growth = growth;
    }
    this.platform.changes++;
  }

  private stepPart(part: Part, second: number): void {
    const { users, growth, name, value } = part;
    if (users !== undefined) {
      const steers = (): boolean => this.works(part, value.failover?.needs);
      users.step(second, this.health(part), steers, (from, to) => {
        this.switches.push({ at: second, service: name, from, to });
        this.platform.changes++;
      });
    }
    if (growth !== undefined) {
      const canGrow = (member: PoolMember): boolean => this.works(part, member.needs);
      if (growth.step(second, this.isShort(part), this.health(part), canGrow)) this.platform.changes++;
    }
  }

  /** Of each alternative or member. */
  private health(part: Part): readonly boolean[] {
    const asking = healthOf(part);
    const { any, pool = [] } = part.value;
    return part.health.read(`${this.platform.changes}`, () =>
      (any ?? pool).map(({ use }) => isEnough(this.platform.level(use, asking), part.usable)),
    );
  }

  /** Whether what a switch or growth needs works, read as something that is being changed. */
  private works(part: Part, needs: Requirement | undefined): boolean {
    if (needs === undefined) return true;
    return isEnough(this.platform.level(needs, { load: part.load ?? 1, by: 'change' }), part.usable);
  }

  private isShort(part: Part): boolean {
    const asking = healthOf(part);
    return part.isShort.read(`${this.platform.changes}`, () => {
      const { members = [], demand = 0 } = this.platform.pools.get(part.name) ?? {};
      let sum = 0;
      for (const { use, capacity } of members) sum += capacity * this.platform.level(use, asking);
      return !isEnough(sum, demand);
    });
  }

  // Journeys

  /** The mode of every journey that is served. */
  private serve(choose: Choose): ReadonlyMap<Served, Reading> {
    this.platform.taken.clear();
    this.platform.collapsed.clear();
    if (!this.shedding) this.collapse();
    const served = new Map<Served, Reading>();
    for (const journey of this.inOrder) {
      const readings = this.read(journey);
      const mode = choose(
        journey.ladder,
        readings.map(({ works }) => works),
      );
      const reading = mode === undefined ? undefined : readings[mode];
      if (reading === undefined) continue;
      served.set(journey, reading);
      if (this.shedding) this.take(reading, 1);
    }
    return served;
  }

  private read(journey: Served): readonly Reading[] {
    const { changes, taken, collapsed } = this.platform;
    const from = [changes, ...[...taken].flat(), '-', ...collapsed].join(' ');
    return journey.readings.read(from, () =>
      journey.value.modes.map(({ name, value }) => this.readMode(name, value, journey.value)),
    );
  }

  private readMode(name: string, mode: Mode, journey: Journey): Reading {
    const asking: Asking = { load: mode.load ?? 1, by: 'users' };
    const level = this.platform.level(mode.needs, asking);
    const protections = mode.protections ?? journey.protections;
    const isUsable = isEnough(level, usableOf(journey));
    const lacksProtection = isUsable && this.lacks(mode.needs, protections, asking);
    const works = isUsable && !(lacksProtection && protections?.missing === 'refuse');
    return { name, asking, level, works, lacksProtection, asked: this.asked(mode, asking) };
  }

  private lacks(needs: Requirement, protections: Protections | undefined, asking: Asking): boolean {
    if (protections === undefined || protections.need.length === 0) return false;
    const needed = protectionBits(protections.need);
    return (this.platform.present(needs, asking) & needed) !== needed;
  }

  /** Takes what a mode asks of pools that add up, as far as there is any; `times` it. */
  private take(reading: Reading, times: number): void {
    for (const [name, amount] of reading.asked) {
      const taken = Math.min(amount * times, this.platform.left(name, reading.asking));
      this.platform.taken.set(name, (this.platform.taken.get(name) ?? 0) + taken);
    }
  }

  private asked(mode: Mode, asking: Asking): ReadonlyMap<string, number> {
    const asked = new Map<string, number>();
    if (this.adding.length === 0) return asked;
    this.platform.addAsked(mode.needs, asking, asked);
    for (const name of asked.keys()) if (this.platform.pools.get(name)?.addsUp !== true) asked.delete(name);
    return asked;
  }

  /**
   * Finds the pools that are asked for more than they have, by the best modes that work as far as pools have not
   * collapsed, and by the work that waits. What they have is read at the highest load of those modes.
   */
  private collapse(): void {
    for (let before = -1; before < this.platform.collapsed.size; ) {
      before = this.platform.collapsed.size;
      const demand = new Map<string, { asked: number; load: number }>();
      for (const journey of this.journeys) {
        const wanted = this.read(journey).find(({ works }) => works);
        if (wanted === undefined) continue;
        for (const [name, amount] of wanted.asked) {
          const { asked, load } = demand.get(name) ?? { asked: 0, load: 0 };
          const more = amount * (1 + journey.backlog.onTop());
          demand.set(name, { asked: asked + more, load: Math.max(load, wanted.asking.load) });
        }
      }
      for (const [name, { asked, load }] of demand) {
        const capacity = this.platform.capacity(name, { load, by: 'health' });
        if (!isEnough(capacity, asked)) this.platform.collapsed.add(name);
      }
    }
  }

  /** Waiting work has what all journeys have left. */
  private returnWork(served: ReadonlyMap<Served, Reading>): void {
    for (const journey of this.inOrder) {
      const { backlog } = journey;
      const reading = served.get(journey);
      if (reading === undefined) {
        backlog.wait();
        continue;
      }
      const onTop = backlog.onTop();
      if (onTop === 0) continue;
      const room = this.shedding ? this.room(reading, onTop) : onTop;
      backlog.workOff(room);
      if (this.shedding) this.take(reading, room);
    }
  }

  private room(reading: Reading, onTop: number): number {
    let room = onTop;
    for (const [name, amount] of reading.asked)
      room = Math.min(room, this.platform.left(name, reading.asking) / amount);
    return room;
  }
}

function record({ record, backlog }: Served, reading: Reading | undefined): void {
  record.modes.push(reading?.name ?? 'down');
  record.levels.push(reading?.level ?? 0);
  record.exposed.push(reading?.lacksProtection === true);
  record.waiting.push(backlog.waiting);
}
