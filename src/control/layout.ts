import {
  PROTECTIONS,
  reachedBy,
  type Model,
  type Node,
  type Protection,
  type ServiceNode,
} from '../model/index.ts';
import type { Signals } from './signals.ts';

/** A service whose users are on one of several alternatives. */
export interface SwitchPoint {
  readonly service: number;
  /** By alternative, the node that tells its health. */
  readonly health: readonly number[];
  /** Undefined when nothing is needed to steer. */
  readonly steering: number | undefined;
  /** The highest load that reaches it. */
  readonly load: number;
  /** The highest `usable` of the journeys that reach it. */
  readonly usable: number;
  /** Nodes whose level is that of the alternative in use. */
  readonly nodes: number[];
  /** Among switch points and pools: all that it stands on, or is steered by, has a lower one. */
  readonly rank: number;
}

/** A pool, its members and what is asked of it. */
export interface PoolPoint {
  readonly service: number;
  readonly health: readonly number[];
  readonly capacity: Float64Array;
  readonly grow: Float64Array;
  /** By member, the node of what growing needs; undefined where it needs nothing or cannot grow. */
  readonly growthNeeds: readonly (number | undefined)[];
  /** What has grown, by member. */
  readonly grown: Float64Array;
  readonly usable: number;
  readonly nodes: number[];
  /** As of switch points. */
  readonly rank: number;
}

/** One mode: the node that tells its level, and what it asks of pools. */
export interface ModePoint {
  readonly node: number;
  /** Protections it needs, as bits. */
  readonly need: number;
  readonly isRefused: boolean;
  readonly asks: readonly { readonly pool: number; readonly amount: number }[];
}

/** What a node is: the lowest of its signals, of its arguments, … */
export const LEAF = 0;
export const LOWEST = 1;
/** The k-th highest. */
export const KTH = 2;
export const HIGHEST = 3;
/** That of the alternative in use. */
export const IN_USE = 4;
/** What a pool has of what is asked. */
export const POOL = 5;
/** Levels this close are the same. */
export const TOLERANCE = 1e-9;
/** What is longer is not taken in: then it is cheaper to read once. */
const MOST_TAKEN_IN = 12;

interface Draft {
  readonly kind: number;
  readonly args: readonly number[];
  /** k of a k-th best, the load of a node that follows the one in use, the amount asked of a pool. */
  readonly parameter: number;
  /** The number of a switch point or a pool point. */
  readonly point: number;
  /** Protections of its own, as bits. */
  readonly mask: number;
}

/** A model laid out flat: what stays the same however often it is run. */
export interface Layout {
  readonly switches: readonly SwitchPoint[];
  readonly pools: readonly Omit<PoolPoint, 'grown'>[];
  readonly modes: readonly (readonly ModePoint[])[];
  readonly works: number;
  readonly nodes: number;
  readonly mostArgs: number;
  readonly kind: Uint8Array;
  readonly parameter: Float64Array;
  readonly point: Int32Array;
  readonly ownMask: Uint8Array;
  readonly argStart: Int32Array;
  readonly args: Int32Array;
  readonly parentStart: Int32Array;
  readonly parents: Int32Array;
  readonly leafStart: Int32Array;
  readonly leaves: Int32Array;
  readonly carries: readonly (readonly number[])[];
}

const knownLayouts = new WeakMap<Signals, { readonly model: Model; readonly layout: Layout }>();

/** Lays a model out; once for the same signals. */
export function layoutOf(model: Model, signals: Signals): Layout {
  const known = knownLayouts.get(signals);
  if (known?.model === model) return known.layout;
  const { drafts, switches, pools, modes, works } = pruned(new NetworkBuilder(model, signals));
  const isLeaf = drafts.map(({ kind }) => kind === LEAF);
  const argsWhere = (leaf: boolean): (readonly number[])[] =>
    drafts.map(({ args }, i) => (isLeaf[i] === leaf ? args : []));
  const [argStart, args] = rows(drafts.map((draft) => draft.args));
  const [parentStart, parents] = rows(inverse(drafts.length, argsWhere(false)));
  const [leafStart, leaves] = rows(inverse(signals.count, argsWhere(true)));
  const layout: Layout = {
    switches,
    pools,
    modes,
    works,
    nodes: drafts.length,
    mostArgs: drafts.reduce((most, draft) => Math.max(most, draft.args.length), 1),
    kind: Uint8Array.from(drafts, ({ kind }) => kind),
    parameter: Float64Array.from(drafts, ({ parameter }) => parameter),
    point: Int32Array.from(drafts, ({ point }) => point),
    ownMask: Uint8Array.from(drafts, ({ mask }) => mask),
    argStart,
    args,
    parentStart,
    parents,
    leafStart,
    leaves,
    carries: switches.map(({ service }) => {
      const redundancy = model.services[service]?.redundancy;
      return redundancy?.kind === 'any' ? redundancy.options.map(({ carries }) => carries) : [];
    }),
  };
  knownLayouts.set(signals, { model, layout });
  return layout;
}

interface Reading {
  readonly load: number;
  readonly change: boolean;
}

/** Lays a model out: every requirement once for each load that makes a difference to it. */
class NetworkBuilder {
  readonly drafts: Draft[] = [];
  readonly switches: SwitchPoint[] = [];
  readonly pools: Omit<PoolPoint, 'grown'>[] = [];
  readonly modes: (readonly ModePoint[])[];
  /** The highest `usable` of the plan: members at or above it work. */
  readonly works: number;
  private readonly model: Model;
  private readonly signals: Signals;
  private readonly known = new Map<string, number>();
  private readonly switchOf = new Map<number, number>();
  private readonly poolOf = new Map<number, number>();
  private readonly leastCarried = new Map<number, number>();
  private readonly reach: readonly Reach[];
  /** Services on the way of users' requests. */
  private readonly onPath: ReadonlyMap<number, number>;

  constructor(model: Model, signals: Signals) {
    this.onPath = reachedBy(model, model.journeys).onPath;
    this.model = model;
    this.signals = signals;
    this.works = Math.max(...model.journeys.map(({ usable }) => usable));
    this.reach = reachOf(model);
    this.modes = model.journeys.map(({ modes }) =>
      modes.map(
        (mode): ModePoint => ({
          node: this.node(mode.node, { load: mode.load, change: false }),
          need: bitsOf(mode.need),
          isRefused: mode.missing === 'refuse',
          asks: this.asksOf(mode.node),
        }),
      ),
    );
  }

  private node(node: Node, reading: Reading): number {
    switch (node.kind) {
      case 'reference':
        return this.leaf(node.reference, reading.change);
      case 'service':
        return this.service(node.service, reading);
      case 'all':
        return this.add({ kind: LOWEST, args: node.parts.map((part) => this.node(part, reading)) });
      case 'atLeast': {
        const args = node.of.map((part) => this.node(part, reading));
        return this.add({ kind: KTH, args, parameter: node.atLeast });
      }
      case 'any':
        return this.add({
          kind: HIGHEST,
          args: node.options.map((option) => this.node(option.node, reading)),
        });
      default:
        return this.ask(node.service, node.amount, reading);
    }
  }

  private leaf(reference: number, change: boolean): number {
    return this.once(`r${reference}${change}`, () =>
      this.add({
        kind: LEAF,
        args: this.signals.ofReference(reference, change),
        mask: bitsOf([...(this.model.references[reference]?.protects ?? [])]),
      }),
    );
  }

  private service(index: number, reading: Reading): number {
    const load = this.loadThatCounts(index, reading.load);
    return this.once(`s${index}:${load}${reading.change}`, () => {
      const service = this.serviceAt(index);
      const args = this.besides(index, service, reading);
      if (service.redundancy?.kind === 'any')
        args.push(
          this.switching(index, service.redundancy, { ...reading, load: load === 0 ? reading.load : load }),
        );
      else if (service.redundancy !== undefined) args.push(this.active(index, service.redundancy, reading));
      return this.add({ kind: LOWEST, args, mask: bitsOf([...service.protects]) });
    });
  }

  /** Its own events and what it needs besides its redundancy. */
  private besides(index: number, service: ServiceNode, reading: Reading): number[] {
    const own = this.once(`o${index}`, () => this.add({ kind: LEAF, args: this.signals.ofService(index) }));
    return service.needs === undefined ? [own] : [own, this.node(service.needs, reading)];
  }

  /** Members that are all active, each as it is and as it is seen. */
  private active(
    index: number,
    { atLeast, of }: Extract<Node, { kind: 'atLeast' }>,
    reading: Reading,
  ): number {
    const args = of.map((part, i) => this.seen(index, i, this.node(part, reading)));
    return this.add({ kind: KTH, args, parameter: atLeast });
  }

  /** A member as its requirement has it, and as it is seen where it is. */
  private seen(index: number, member: number, node: number): number {
    const signals = this.signals.ofMember?.(index, member) ?? [];
    if (signals.length === 0) return node;
    return this.add({ kind: LOWEST, args: [node, this.add({ kind: LEAF, args: signals })] });
  }

  private switching(
    index: number,
    { options, failover }: Extract<Node, { kind: 'any' }>,
    reading: Reading,
  ): number {
    const args = options.map((option, i) => this.seen(index, i, this.node(option.node, reading)));
    const [only] = args;
    if (options.length === 1 && only !== undefined && (options[0]?.carries ?? 1) >= reading.load) return only;
    const point = this.switchPoint(index, options, failover?.steering);
    const node = this.add({ kind: IN_USE, args, parameter: reading.load, point });
    this.switches[point]?.nodes.push(node);
    return node;
  }

  private switchPoint(
    index: number,
    options: Extract<Node, { kind: 'any' }>['options'],
    steering: Node | undefined,
  ): number {
    const known = this.switchOf.get(index);
    if (known !== undefined) return known;
    const { load, usable } = this.reach[index] ?? NOT_REACHED;
    // What only steers or grows is read as what is being changed, all else as what users see.
    const change = !this.onPath.has(index);
    const made: SwitchPoint = {
      service: index,
      health: options.map((option, i) => this.seen(index, i, this.node(option.node, { load, change }))),
      steering: this.steering(index, steering, load),
      load,
      usable,
      nodes: [],
      // After the nodes above have been made, and with them every point under this one.
      rank: this.switches.length + this.pools.length,
    };
    const point = this.switches.push(made) - 1;
    this.switchOf.set(index, point);
    return point;
  }

  private steering(index: number, steering: Node | undefined, load: number): number | undefined {
    const args = steering === undefined ? [] : [this.node(steering, { load, change: true })];
    const signals = this.signals.ofSteering?.(index) ?? [];
    if (signals.length > 0) args.push(this.add({ kind: LEAF, args: signals }));
    return args.length < 2 ? args[0] : this.add({ kind: LOWEST, args });
  }

  private ask(index: number, amount: number, reading: Reading): number {
    const load = this.loadThatCounts(index, reading.load);
    return this.once(`p${index}:${amount}:${load}${reading.change}`, () => {
      const service = this.serviceAt(index);
      const point = this.poolPoint(index, service);
      const args = (service.pool ?? []).map((member, i) =>
        this.seen(index, i, this.node(member.node, reading)),
      );
      const pool = this.add({ kind: POOL, args, parameter: amount, point });
      this.pools[point]?.nodes.push(pool);
      const all = [...this.besides(index, service, reading), pool];
      return this.add({ kind: LOWEST, args: all, mask: bitsOf([...service.protects]) });
    });
  }

  private poolPoint(index: number, service: ServiceNode): number {
    const known = this.poolOf.get(index);
    if (known !== undefined) return known;
    const members = service.pool ?? [];
    const { load, usable } = this.reach[index] ?? NOT_REACHED;
    const change = !this.onPath.has(index);
    const made: Omit<PoolPoint, 'grown'> = {
      service: index,
      health: members.map((member, i) => this.seen(index, i, this.node(member.node, { load, change }))),
      capacity: Float64Array.from(members, ({ capacity }) => capacity),
      grow: Float64Array.from(members, ({ grow }) => grow),
      growthNeeds: members.map(({ needs, grow }) =>
        needs === undefined || grow <= 0 ? undefined : this.node(needs, { load, change: true }),
      ),
      usable,
      nodes: [],
      rank: this.switches.length + this.pools.length,
    };
    const point = this.pools.push(made) - 1;
    this.poolOf.set(index, point);
    return point;
  }

  /** Zero for every load that all alternatives at or below a service carry: those need not be told apart. */
  private loadThatCounts(service: number, load: number): number {
    return load <= this.leastCarriedBelow(service) + TOLERANCE ? 0 : load;
  }

  private leastCarriedBelow(index: number): number {
    const known = this.leastCarried.get(index);
    if (known !== undefined) return known;
    const service = this.serviceAt(index);
    let least = Number.POSITIVE_INFINITY;
    const visit = (node: Node): void => {
      if (node.kind === 'service' || node.kind === 'pool')
        least = Math.min(least, this.leastCarriedBelow(node.service));
      else if (node.kind === 'all') node.parts.forEach(visit);
      else if (node.kind === 'atLeast') node.of.forEach(visit);
      else if (node.kind === 'any')
        for (const option of node.options) {
          least = Math.min(least, option.carries);
          visit(option.node);
        }
    };
    if (service.needs !== undefined) visit(service.needs);
    if (service.redundancy !== undefined) visit(service.redundancy);
    for (const member of service.pool ?? []) visit(member.node);
    this.leastCarried.set(index, least);
    return least;
  }

  /** What a mode asks of pools, wherever below it: each pool's largest amount. */
  private asksOf(node: Node): ModePoint['asks'] {
    const asks = new Map<number, number>();
    const seen = new Set<number>();
    const waiting = servicesIn(node);
    for (let at = waiting.pop(); at !== undefined; at = waiting.pop()) {
      if (at.kind === 'pool') asks.set(at.service, Math.max(asks.get(at.service) ?? 0, at.amount));
      if (seen.has(at.service)) continue;
      seen.add(at.service);
      const { needs, redundancy, pool = [] } = this.serviceAt(at.service);
      for (const part of [needs, redundancy]) if (part !== undefined) waiting.push(...servicesIn(part));
      for (const member of pool) waiting.push(...servicesIn(member.node));
    }
    return [...asks].map(([service, amount]) => ({ pool: this.poolOf.get(service) ?? -1, amount }));
  }

  private once(key: string, make: () => number): number {
    const known = this.known.get(key);
    if (known !== undefined) return known;
    const made = make();
    this.known.set(key, made);
    return made;
  }

  private add(draft: Pick<Draft, 'kind' | 'args'> & Partial<Draft>): number {
    const made: Draft = { parameter: 1, point: -1, mask: 0, ...draft };
    return made.kind === LOWEST ? this.addLowest(made) : this.drafts.push(made) - 1;
  }

  /** The lowest of the lowest is the lowest of all: what is short is taken in, so that a change passes fewer nodes. */
  private addLowest({ args, mask }: Draft): number {
    const signals = new Set<number>();
    const others = new Set<number>();
    let bits = mask;
    const takeIn = (arg: number, isInner: boolean): void => {
      const inner = this.drafts[arg];
      if (inner?.kind === LEAF && signals.size + inner.args.length <= MOST_TAKEN_IN) {
        for (const signal of inner.args) signals.add(signal);
        bits |= inner.mask;
      } else if (inner?.kind === LOWEST && !isInner && inner.args.length <= MOST_TAKEN_IN) {
        bits |= inner.mask;
        for (const one of inner.args) takeIn(one, true);
      } else others.add(arg);
    };
    for (const arg of args) takeIn(arg, false);
    const [only] = others;
    if (signals.size === 0 && others.size === 1 && only !== undefined && bits === 0) return only;
    const leaf = { kind: LEAF, args: [...signals].sort((a, b) => a - b), parameter: 1, point: -1 };
    if (others.size === 0)
      return this.once(`l${leaf.args}:${bits}`, () => this.drafts.push({ ...leaf, mask: bits }) - 1);
    if (signals.size > 0)
      others.add(this.once(`l${leaf.args}:0`, () => this.drafts.push({ ...leaf, mask: 0 }) - 1));
    return this.drafts.push({ kind: LOWEST, args: [...others], parameter: 1, point: -1, mask: bits }) - 1;
  }

  private serviceAt(index: number): ServiceNode {
    const service = this.model.services[index];
    if (service === undefined) throw new RangeError(`There is no service ${index}.`);
    return service;
  }
}

/** Services and pools that a requirement names itself; what steers a switch is not among them. */
function servicesIn(node: Node): Extract<Node, { kind: 'service' | 'pool' }>[] {
  if (node.kind === 'service' || node.kind === 'pool') return [node];
  if (node.kind === 'all') return node.parts.flatMap(servicesIn);
  if (node.kind === 'atLeast') return node.of.flatMap(servicesIn);
  return node.kind === 'any' ? node.options.flatMap((option) => servicesIn(option.node)) : [];
}

interface Reach {
  readonly load: number;
  readonly usable: number;
}
const NOT_REACHED: Reach = { load: 1, usable: 0.9 };

/** By service, the highest load and the highest `usable` that reach it, steering and growth included. */
function reachOf(model: Model): Reach[] {
  const asked = model.journeys.flatMap(({ modes, usable }) =>
    modes.map(({ node, load }) => ({ node, load, usable })),
  );
  const spread = (of: 'load' | 'usable'): Map<number, number> => {
    const found = new Map<number, number>();
    for (const one of [...asked].sort((a, b) => b[of] - a[of])) mark(model, one.node, one[of], found);
    return found;
  };
  const load = spread('load');
  const usable = spread('usable');
  return model.services.map((_, i) => ({ load: load.get(i) ?? 1, usable: usable.get(i) ?? 0.9 }));
}

function mark(model: Model, start: Node, value: number, found: Map<number, number>): void {
  const waiting: Node[] = [start];
  for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
    if (node.kind === 'all') waiting.push(...node.parts);
    else if (node.kind === 'atLeast') waiting.push(...node.of);
    else if (node.kind === 'any') {
      waiting.push(...node.options.map((option) => option.node));
      if (node.failover?.steering !== undefined) waiting.push(node.failover.steering);
    } else if (node.kind === 'service' || node.kind === 'pool') {
      if (found.has(node.service)) continue;
      found.set(node.service, value);
      const service = model.services[node.service];
      for (const part of [service?.needs, service?.redundancy]) if (part !== undefined) waiting.push(part);
      for (const member of service?.pool ?? []) {
        waiting.push(member.node);
        if (member.needs !== undefined) waiting.push(member.needs);
      }
    }
  }
}

function bitsOf(protections: readonly Protection[]): number {
  return protections.reduce((bits, one) => bits | (1 << PROTECTIONS.indexOf(one)), 0);
}

type Built = Pick<NetworkBuilder, 'drafts' | 'switches' | 'pools' | 'modes' | 'works'>;

/** Without the nodes that nothing asks for any more. */
function pruned({ drafts, switches, pools, modes, works }: Built): Built {
  const isUsed = new Uint8Array(drafts.length);
  const use = (node: number | undefined): void => {
    if (node !== undefined) isUsed[node] = 1;
  };
  for (const { node } of modes.flat()) use(node);
  for (const { health, steering } of switches) [...health, steering].forEach(use);
  for (const { health, growthNeeds } of pools) [...health, ...growthNeeds].forEach(use);
  for (let node = drafts.length - 1; node >= 0; node--) {
    const draft = drafts[node];
    if (isUsed[node] === 1 && draft !== undefined && draft.kind !== LEAF) draft.args.forEach(use);
  }
  const numbers = new Int32Array(drafts.length);
  let next = 0;
  for (let node = 0; node < drafts.length; node++) numbers[node] = isUsed[node] === 1 ? next++ : -1;
  const at = (node: number): number => numbers[node] ?? -1;
  const kept = (nodes: readonly number[]): number[] => nodes.map(at).filter((node) => node >= 0);
  const maybe = (node: number | undefined): number | undefined => (node === undefined ? undefined : at(node));
  return {
    works,
    drafts: drafts
      .filter((_, node) => isUsed[node] === 1)
      .map((draft) => (draft.kind === LEAF ? draft : { ...draft, args: draft.args.map(at) })),
    switches: switches.map((one) => ({
      ...one,
      health: one.health.map(at),
      steering: maybe(one.steering),
      nodes: kept(one.nodes),
    })),
    pools: pools.map((one) => ({
      ...one,
      health: one.health.map(at),
      growthNeeds: one.growthNeeds.map(maybe),
      nodes: kept(one.nodes),
    })),
    modes: modes.map((list) => list.map((mode) => ({ ...mode, node: at(mode.node) }))),
  };
}

/** For each of `count` things, the rows that name it. */
function inverse(count: number, lists: readonly (readonly number[])[]): number[][] {
  const users: number[][] = Array.from({ length: count }, () => []);
  for (const [i, list] of lists.entries()) for (const one of new Set(list)) users[one]?.push(i);
  return users;
}

/** Lists end to end, with where each begins. */
function rows(lists: readonly (readonly number[])[]): [Int32Array<ArrayBuffer>, Int32Array<ArrayBuffer>] {
  const starts = new Int32Array(lists.length + 1);
  for (const [i, list] of lists.entries()) starts[i + 1] = (starts[i] ?? 0) + list.length;
  return [starts, Int32Array.from(lists.flat())];
}
