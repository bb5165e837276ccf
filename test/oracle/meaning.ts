/**
 * The meaning of a plan (design.md, section 3) by direct recursion over what the file says: one state of
 * the events at a time, no formulas, nothing kept from one state to the next. Slow and obvious on
 * purpose: `src/model` is judged by it, so nothing of `src/model` is used here. Providers come from the
 * plan alone (`catalog: none`).
 */
import {
  encloses,
  isServiceName,
  parseReference,
  PROTECTIONS,
  type Alternative,
  type Capability,
  type Outages,
  type Plan,
  type PoolMember,
  type Protection,
  type Provider,
  type Reference,
  type Requirement,
  type Service,
} from '../../src/plan/index.ts';
import { HOURS_PER_YEAR } from '../../src/units.ts';

/** The smallest thing that can fail. */
export interface OracleEvent {
  readonly id: string;
  /** q: the share of time in which it has happened, or the chance that it is drawn. */
  readonly probability: number;
  /**
   * w: how often it happens. 0 for what is drawn: standbys that are not ready, switches that fail. @unit
   * per year
   */
  readonly entriesPerYear: number;
}

/** How something is reached. */
export interface Context {
  /** The load of the mode. @unit share */
  readonly load: number;
  /** Through `failover.needs` or the `needs` of growth, where inner edges of kind change count. */
  readonly change: boolean;
}

/** One state of everything. */
export interface World {
  readonly happened: (event: string) => boolean;
  /** References that fail whatever their events say: a blast. */
  readonly gone?: (reference: Reference) => boolean;
  /** The node (`nodeKey`) that fails whatever its events say. */
  readonly forced?: string;
}

/**
 * Which protections are present, one bit each in the order of PROTECTIONS; undefined when it does not
 * work.
 */
export type Present = number | undefined;

/** A service, or a pool with the amount asked of it. */
export interface ServiceNode {
  readonly name: string;
  /** Undefined for a service that is no pool. @unit the pool's own */
  readonly asked: number | undefined;
}

/**
 * Everything that some requirements reach, by whatever path, alternatives that carry too little
 * included.
 */
export interface Reached {
  readonly events: Map<string, OracleEvent>;
  /** By `nodeKey`, load and change. */
  readonly nodes: Map<string, ServiceNode & { readonly context: Context }>;
  readonly references: Map<string, Reference>;
}

/** What a reference stands for. */
export interface ResolvedReference {
  readonly reference: Reference;
  readonly events: readonly OracleEvent[];
  readonly handles: boolean;
  readonly protects: number;
  /**
   * Inner edges that hold at the plan's asOf and carry failure: always, or only where something is
   * changed.
   */
  readonly needs: readonly { readonly use: string; readonly when: 'always' | 'change' }[];
}

/**
 * Where a service with a redundancy stands: the alternative in use (from 1), or the stage of growth
 * (from 0).
 */
interface Standing {
  readonly position: number;
  readonly present: number;
}

const DEFAULT_SERVICE_OUTAGES: Outages = { kind: 'stated', rate: 1, mean: 0.5 };
const DEFAULT_CAPABILITY_OUTAGES: Outages = { kind: 'stated', rate: 1, mean: 1 };

export class Meaning {
  readonly plan: Plan;
  private readonly services = new Map<string, Service>();
  private readonly providers = new Map<string, Provider>();
  private readonly resolved = new Map<string, ResolvedReference>();

  constructor(plan: Plan) {
    if (plan.catalog !== 'none') throw new Error('The oracle reads plans with catalog: none.');
    this.plan = plan;
    for (const { name, value } of plan.services ?? []) this.services.set(name, value);
    for (const { name, value } of plan.providers ?? []) this.providers.set(name, value);
  }

  service(name: string): Service {
    const found = this.services.get(name);
    if (found === undefined) throw new Error(`No service ${name}.`);
    return found;
  }

  /** What a requirement has on its path in a state; undefined when it does not work there. */
  present(requirement: Requirement, context: Context, world: World): Present {
    switch (requirement.kind) {
      case 'name':
        return isServiceName(requirement.name)
          ? this.servicePresent({ name: requirement.name, asked: undefined }, context, world)
          : this.referencePresent(requirement.name, context, world);
      case 'all':
        return this.allPresent(requirement.parts, context, world);
      case 'any':
        for (const part of requirement.of) {
          const present = this.present(part, context, world);
          if (present !== undefined) return present;
        }
        return undefined;
      case 'atLeast':
        return this.atLeastPresent(requirement.atLeast, requirement.of, context, world);
      case 'from':
        return this.servicePresent({ name: requirement.pool, asked: requirement.atLeast }, context, world);
    }
  }

  /**
   * The alternative in use, or the stage of growth reached, of a service with `any` or a pool; its own
   * events do not matter.
   */
  position(node: ServiceNode, context: Context, world: World): number | undefined {
    return this.standing(node, context, world)?.position;
  }

  private servicePresent(node: ServiceNode, context: Context, world: World): Present {
    if (world.forced === nodeKey(node)) return undefined;
    if (world.happened(node.name) || world.happened(`${node.name}:maintenance`)) return undefined;
    const service = this.service(node.name);
    const all = this.allPresent(partsOf(service), context, world);
    if (all === undefined) return undefined;
    const redundant = this.redundancyPresent(node, context, world);
    return redundant === undefined ? undefined : protectionBits(service.protects) | all | redundant;
  }

  private redundancyPresent(node: ServiceNode, context: Context, world: World): Present {
    const service = this.service(node.name);
    if (service.any !== undefined || service.pool !== undefined)
      return this.standing(node, context, world)?.present;
    if (service.of === undefined) return 0;
    return this.atLeastPresent(service.atLeast ?? service.of.length, service.of, context, world);
  }

  private standing(node: ServiceNode, context: Context, world: World): Standing | undefined {
    const service = this.service(node.name);
    if (service.any !== undefined) return this.alternativeInUse(node.name, service.any, context, world);
    return this.growth(service.pool ?? [], node.asked ?? 0, context, world);
  }

  /**
   * The first that works; else, where the switch succeeds and what it needs works, the first later one
   * that works and is ready.
   */
  private alternativeInUse(
    name: string,
    alternatives: readonly Alternative[],
    context: Context,
    world: World,
  ): Standing | undefined {
    for (const [index, { use, carries = 1 }] of alternatives.entries()) {
      const position = index + 1;
      if (position === 2 && !this.canSwitch(name, context, world)) return undefined;
      if (carries < context.load) continue;
      if (position >= 2 && world.happened(`${name}:standby-${position}`)) continue;
      const present = this.present(use, context, world);
      if (present !== undefined) return { position, present };
    }
    return undefined;
  }

  private canSwitch(name: string, { load }: Context, world: World): boolean {
    if (world.happened(`${name}:switch`)) return false;
    const needs = this.service(name).failover?.needs;
    return needs === undefined || this.present(needs, { load, change: true }, world) !== undefined;
  }

  /** Stage 0 without growth, stage k with the growth of members whose `after` is at most the k-th. */
  private growth(
    members: readonly PoolMember[],
    asked: number,
    context: Context,
    world: World,
  ): Standing | undefined {
    let capacity = 0;
    let present = ALL_PROTECTIONS;
    const working = members.filter(({ use, capacity: own }) => {
      const has = this.present(use, context, world);
      if (has === undefined) return false;
      capacity += own;
      present &= has;
      return true;
    });
    if (capacity >= asked) return { position: 0, present };
    const growing = working.filter(
      ({ needs }) =>
        needs === undefined || this.present(needs, { load: context.load, change: true }, world) !== undefined,
    );
    for (const [index, until] of growthTimes(members).entries()) {
      const grown = growing
        .filter(({ after = 0 }) => after <= until)
        .reduce((sum, { grow = 0 }) => sum + grow, 0);
      if (capacity + grown >= asked) return { position: index + 1, present };
    }
    return undefined;
  }

  private allPresent(parts: readonly Requirement[], context: Context, world: World): Present {
    let all = 0;
    for (const part of parts) {
      const present = this.present(part, context, world);
      if (present === undefined) return undefined;
      all |= present;
    }
    return all;
  }

  private atLeastPresent(k: number, of: readonly Requirement[], context: Context, world: World): Present {
    let working = 0;
    let shared = ALL_PROTECTIONS;
    for (const member of of) {
      const present = this.present(member, context, world);
      if (present === undefined) continue;
      working++;
      shared &= present;
    }
    return working >= k ? shared : undefined;
  }

  /** A capability puts its own protections on the path; what it needs carries failure, not protections. */
  private referencePresent(name: string, context: Context, world: World): Present {
    const { reference, events, needs, protects } = this.resolve(name);
    if (world.gone?.(reference) === true) return undefined;
    for (const event of events) if (world.happened(event.id)) return undefined;
    for (const { use, when } of needs) {
      if (when === 'change' && !context.change) continue;
      if (this.referencePresent(use, context, world) === undefined) return undefined;
    }
    return protects;
  }

  /**
   * What the name of a capability or place stands for. Read off the plan once, since no state alters it.
   */
  resolve(name: string): ResolvedReference {
    const known = this.resolved.get(name);
    if (known !== undefined) return known;
    const reference = parseReference(name);
    const provider = reference === undefined ? undefined : this.providers.get(reference.provider);
    if (reference === undefined || provider === undefined) throw new Error(`No provider of ${name}.`);
    const capability = this.capability(reference, provider);
    const resolved: ResolvedReference = {
      reference,
      events: [
        ...placeEvents(reference, provider),
        ...(capability === undefined ? [] : this.capabilityEvents(reference, capability)),
      ],
      handles: (capability?.handles ?? []).length > 0,
      protects: protectionBits(capability?.protects),
      needs: capability === undefined ? [] : this.carryingNeeds(reference, capability),
    };
    this.resolved.set(name, resolved);
    return resolved;
  }

  private capability(
    { capability: name, provider }: Reference,
    { capabilities = [] }: Provider,
  ): Capability | undefined {
    if (name === undefined) return undefined;
    const found = capabilities.find((candidate) => candidate.name === name);
    if (found === undefined) throw new Error(`${provider} offers no ${name}.`);
    return found.value;
  }

  /**
   * The capability's own event, at the level that its record is per, with the record of the longest
   * place around it.
   */
  private capabilityEvents(reference: Reference, { outages, at = [] }: Capability): OracleEvent[] {
    const assumed = this.plan.assumptions?.['capability-outages'];
    const base: Outages =
      outages ?? (assumed === undefined ? DEFAULT_CAPABILITY_OUTAGES : { kind: 'stated', ...assumed });
    const per = base.kind === 'none' ? undefined : base.per;
    const [region = '', zone = ''] = reference.scope.split('/');
    if ((per === 'region' && region === '') || (per === 'zone' && zone === ''))
      throw new Error(`${nameOf(reference)} fails by ${per}: no ${per} is said.`);
    const scope = per === 'zone' ? reference.scope : per === 'region' ? region : '';
    let record = base;
    let longest = -1;
    for (const { name, value } of at) {
      if (value.outages === undefined || !encloses(name, scope) || name.length <= longest) continue;
      record = value.outages;
      longest = name.length;
    }
    return outageEvents(nameOf({ ...reference, scope }), record);
  }

  private carryingNeeds(by: Reference, { plane, needs = [] }: Capability): ResolvedReference['needs'] {
    const now = this.plan.platform.asOf;
    return needs.flatMap(({ use, kind, from, until }) => {
      if ((from != null && now < from) || (until != null && now >= until)) return [];
      if (kind === 'degraded' || (kind === 'cold' && plane !== 'control')) return [];
      if (use.endsWith('@same') && by.scope === '')
        throw new Error(`${nameOf(by)} has no scope to carry to ${use}.`);
      const resolvedUse = use.replace(/@same$/, `@${by.scope}`);
      return [{ use: resolvedUse, when: kind === 'change' ? ('change' as const) : ('always' as const) }];
    });
  }

  /** Adds everything that a requirement reaches to `reached`. */
  reach(requirement: Requirement, context: Context, reached: Reached): void {
    switch (requirement.kind) {
      case 'name':
        if (isServiceName(requirement.name)) {
          this.reachService({ name: requirement.name, asked: undefined }, context, reached);
        } else {
          this.reachReference(requirement.name, context, reached);
        }
        return;
      case 'from':
        this.reachService({ name: requirement.pool, asked: requirement.atLeast }, context, reached);
        return;
      case 'all':
        for (const part of requirement.parts) this.reach(part, context, reached);
        return;
      default:
        for (const part of requirement.of) this.reach(part, context, reached);
    }
  }

  private reachService(node: ServiceNode, context: Context, reached: Reached): void {
    const key = `${nodeKey(node)} ${context.load} ${context.change}`;
    if (reached.nodes.has(key)) return;
    reached.nodes.set(key, { ...node, context });
    const service = this.service(node.name);
    for (const event of this.serviceEvents(node.name, service)) reached.events.set(event.id, event);
    for (const part of [...partsOf(service), ...membersOf(service)]) this.reach(part, context, reached);
    for (const part of changesOf(service)) this.reach(part, { ...context, change: true }, reached);
  }

  private reachReference(name: string, context: Context, reached: Reached): void {
    const { reference, events, needs } = this.resolve(name);
    reached.references.set(name, reference);
    for (const event of events) reached.events.set(event.id, event);
    for (const { use, when } of needs)
      if (when === 'always' || context.change) this.reachReference(use, context, reached);
  }

  private serviceEvents(name: string, { outages, maintenance, any = [], failover }: Service): OracleEvent[] {
    const assumed = this.plan.assumptions?.['service-outages'];
    const own: Outages =
      outages ?? (assumed === undefined ? DEFAULT_SERVICE_OUTAGES : { kind: 'stated', ...assumed });
    return [
      ...outageEvents(name, own),
      ...(maintenance === undefined
        ? []
        : outageEvents(`${name}:maintenance`, { kind: 'stated', ...maintenance })),
      ...any
        .slice(1)
        .flatMap(({ ready = 1 }, index) => drawnEvents(`${name}:standby-${index + 2}`, 1 - ready)),
      ...(any.length < 2 ? [] : drawnEvents(`${name}:switch`, 1 - (failover?.success ?? 1))),
    ];
  }
}

const ALL_PROTECTIONS = (1 << PROTECTIONS.length) - 1;

export function protectionBits(protections: readonly Protection[] | undefined): number {
  return (protections ?? []).reduce((bits, protection) => bits | (1 << PROTECTIONS.indexOf(protection)), 0);
}

/** One key a service, one a pool and amount. */
export function nodeKey({ name, asked }: ServiceNode): string {
  return asked === undefined ? name : `${name} at least ${asked}`;
}

/** The reference as it is written. */
export function nameOf({ provider, capability, scope }: Reference): string {
  return `${provider}${capability === undefined ? '' : `/${capability}`}${scope === '' ? '' : `@${scope}`}`;
}

/** `needs` and `all` of a service, and who is trusted for headers, which must all work. */
export function partsOf({ needs, all = [], jsonrpc }: Service): readonly Requirement[] {
  const trusted = jsonrpc?.trusted;
  const headers: Requirement[] =
    trusted === undefined ? [] : [{ kind: 'name', name: trusted, offset: jsonrpc?.offset ?? 0 }];
  return [...(needs === undefined ? [] : [needs]), ...all, ...headers];
}

/** The alternatives or members of a service's redundancy. */
export function membersOf({ any = [], of = [], pool = [] }: Service): readonly Requirement[] {
  return [...any.map(({ use }) => use), ...of, ...pool.map(({ use }) => use)];
}

/** When the growing members of a pool have grown, each time once, in order. @unit hours */
export function growthTimes(members: readonly PoolMember[]): readonly number[] {
  const times = members.filter(({ grow = 0 }) => grow > 0).map(({ after = 0 }) => after);
  return [...new Set(times)].sort((a, b) => a - b);
}

function changesOf({ failover, any = [], pool = [] }: Service): Requirement[] {
  const steering = failover?.needs === undefined || any.length < 2 ? [] : [failover.needs];
  return [...steering, ...pool.flatMap(({ needs }) => (needs === undefined ? [] : [needs]))];
}

/** The events of a provider and of its places that hold the reference. */
function placeEvents({ provider, scope }: Reference, { outages, scopes = [] }: Provider): OracleEvent[] {
  const around = scopes.filter(({ name }) => scope !== '' && encloses(name, scope));
  return [
    ...outageEvents(provider, outages),
    ...around.flatMap(({ name, value }) => outageEvents(`${provider}@${name}`, value.outages)),
  ];
}

function outageEvents(id: string, outages: Outages | undefined): OracleEvent[] {
  if (outages === undefined || outages.kind === 'none') return [];
  if (outages.kind === 'incidents')
    throw new Error(`${id} is counted from incidents, which the oracle has none of.`);
  if (outages.rate === 0) return [];
  const load = (outages.rate * outages.mean) / HOURS_PER_YEAR;
  return [{ id, probability: load / (1 + load), entriesPerYear: outages.rate / (1 + load) }];
}

function drawnEvents(id: string, probability: number): OracleEvent[] {
  return probability > 0 ? [{ id, probability, entriesPerYear: 0 }] : [];
}
