import { labelOf, type Model, type Node } from '../model/index.ts';
import { DEFAULT_PROBE, type ChainNode, type Plan, type Probe, type Service } from '../plan/index.ts';
import { MS_PER_HOUR } from '../units.ts';
import type { LiveSignals } from '../control/index.ts';
import { addressOf, NO_VIA, type Reached, type Via } from './via.ts';

/** Something that requests can be sent to. */
export interface Target {
  readonly index: number;
  /** The service, or `SERVICE:NUMBER` for an alternative with a url of its own. */
  readonly name: string;
  /** The name of the part that it is: one part may be asked in several ways whether it works, each a target. */
  readonly part: string;
  /** `http://host:port` */
  readonly origin: string;
  /** Where connections go instead. @default there */
  readonly reached?: Reached;
  /** What stands before every path; without a slash at its end. */
  readonly basePath: string;
  readonly probe: ProbePlan | undefined;
  /** How it is asked as a node of a chain, where the plan says anything about that. */
  readonly node: ChainNode | undefined;
  /** The signal that tells its level. */
  readonly signal: number;
}

/** A probe with every default filled in. @unit ms */
export interface ProbePlan {
  readonly path: string;
  readonly everyMs: number;
  readonly timeoutMs: number;
  readonly status: number | undefined;
  readonly contains: string | undefined;
  readonly window: number;
}

/** Where a request goes: to a target, to the alternative in use, or to one of several that are all active. */
export type Way =
  | { readonly kind: 'target'; readonly target: Target }
  | {
      readonly kind: 'any';
      /** Undefined inline: then users are on the first that works. */
      readonly service: number | undefined;
      /** By alternative; undefined for one that has no url. */
      readonly ways: readonly (Way | undefined)[];
      /** Whether a request may be sent to another one than the one in use: not where one writes, or a person decides. */
      readonly jumps: boolean;
    }
  | { readonly kind: 'active'; readonly ways: readonly Way[]; readonly weights: readonly number[] };

export interface WayProblem {
  readonly code: 'route-without-url' | 'route-ambiguous';
  readonly service: string;
  readonly found: readonly string[];
}

/** Finds where requests for services go, and names each target once. */
export class Targets {
  readonly all: Target[] = [];
  readonly problems: WayProblem[] = [];
  private readonly model: Model;
  private readonly signals: LiveSignals;
  private readonly via: Via;
  private readonly services: ReadonlyMap<string, Service>;
  private readonly numbers: ReadonlyMap<string, number>;
  private readonly known = new Map<number, Way | undefined>();

  constructor(model: Model, signals: LiveSignals, via = NO_VIA) {
    this.via = via;
    this.model = model;
    this.signals = signals;
    this.services = servicesOf(model.plan);
    this.numbers = new Map(model.services.map(({ name }, i) => [name, i]));
  }

  /** The way to a service; undefined, and a problem, where it leads nowhere or to several places. */
  to(name: string): Way | undefined {
    const index = this.numbers.get(name);
    const way = index === undefined ? undefined : this.service(index);
    if (way === undefined && !this.problems.some(({ service }) => service === name))
      this.problems.push({ code: 'route-without-url', service: name, found: [] });
    return way;
  }

  /** Names what is asked whether it works although no request is sent there. */
  watch(): void {
    const known = this.problems.length;
    for (const [index, { name }] of this.model.services.entries()) {
      const value = this.services.get(name);
      if (value?.front === true) continue;
      const members = [...(value?.any ?? []), ...(value?.pool ?? [])];
      const isAsked = [value, ...members].some((one) => one?.url !== undefined || one?.probe !== undefined);
      if (isAsked || value?.jsonrpc !== undefined) this.service(index);
    }
    // No request goes there: it need not lead anywhere.
    this.problems.length = known;
  }

  private service(index: number): Way | undefined {
    if (this.known.has(index)) return this.known.get(index);
    this.known.set(index, undefined);
    const found = this.find(index);
    const isPool = this.services.get(this.model.services[index]?.name ?? '')?.jsonrpc !== undefined;
    // The way to a pool is known by itself, also where it has a single member.
    const way = found !== undefined && isPool ? { ...found } : found;
    this.known.set(index, way);
    return way;
  }

  private find(index: number): Way | undefined {
    const node = this.model.services[index];
    const value = this.services.get(node?.name ?? '');
    if (node === undefined || value === undefined) return undefined;
    if (value.url !== undefined && value.front !== true)
      return this.target(node.name, value, value.probe, this.signals.service(index));
    const { redundancy, pool, needs } = node;
    if (pool !== undefined) {
      const ways = pool.map((member, i) => this.member(index, i, member.node, value.probe, value.pool?.[i]));
      return activeOf(
        ways,
        pool.map(({ capacity, grow }) => capacity + grow),
      );
    }
    if (redundancy?.kind === 'any') {
      const ways = redundancy.options.map(({ node: option }, i) =>
        this.member(index, i, option, value.probe, value.any?.[i]),
      );
      if (!ways.some((way) => way !== undefined)) return undefined;
      const jumps = node.lagHours === undefined && (redundancy.failover?.times.approve ?? 0) === 0;
      return { kind: 'any', service: index, ways, jumps };
    }
    if (redundancy !== undefined) {
      const ways = redundancy.of.map((part, i) => this.member(index, i, part, value.probe));
      return activeOf(
        ways,
        ways.map(() => 1),
      );
    }
    const way = needs === undefined ? undefined : this.node(needs, node.name);
    return this.probed(node.name, way, value.probe, this.signals.service(index));
  }

  private member(
    service: number,
    i: number,
    node: Node,
    shared: Probe | undefined,
    said?: Located & { readonly probe?: Probe },
  ): Way | undefined {
    const within = this.model.services[service]?.name ?? '';
    const [name, signal] = [`${within}:${i + 1}`, this.signals.member(service, i)];
    if (said?.url !== undefined) return this.target(name, said, said.probe ?? shared, signal);
    return this.probed(name, this.node(node, within), said?.probe ?? shared, signal);
  }

  /** What is at the url of something else, and is asked in its own way whether it works. */
  private probed(
    name: string,
    way: Way | undefined,
    probe: Probe | undefined,
    signal: number,
  ): Way | undefined {
    if (probe === undefined || way?.kind !== 'target') return way;
    const { origin, basePath, node, part } = way.target;
    const located = { url: origin + basePath, ...(node === undefined ? {} : { node }) };
    return this.target(name, located, probe, signal, part);
  }

  private node(node: Node, within: string): Way | undefined {
    if (node.kind === 'service' || node.kind === 'pool') return this.service(node.service);
    if (node.kind === 'reference') return undefined;
    if (node.kind === 'all') return this.onlyOf(node.parts, within);
    if (node.kind === 'any') {
      // Inline, it is free and sure: the first that works.
      const ways = node.options.map(({ node: option }) => this.node(option, within));
      return ways.some((way) => way !== undefined)
        ? { kind: 'any', service: undefined, ways, jumps: true }
        : undefined;
    }
    const ways = node.of.map((part) => this.node(part, within));
    return activeOf(
      ways,
      ways.map(() => 1),
    );
  }

  private onlyOf(parts: readonly Node[], within: string): Way | undefined {
    const found = parts.flatMap((part, i) => {
      const way = this.node(part, within);
      return way === undefined ? [] : [{ way, name: labelOf(this.model, part, i) }];
    });
    if (found.length > 1)
      this.problems.push({
        code: 'route-ambiguous',
        service: within,
        found: found.map(({ name }) => name),
      });
    return found.length === 1 ? found[0]?.way : undefined;
  }

  private target(
    name: string,
    { url = '', node }: Located,
    probe: Probe | undefined,
    signal: number,
    part = name,
  ): Way {
    const known = this.all.find((one) => one.name === name);
    if (known !== undefined) return { kind: 'target', target: known };
    const { origin, pathname } = new URL(url);
    const reached = this.via.get(addressOf(url));
    const target: Target = {
      index: this.all.length,
      name,
      part,
      origin,
      ...(reached === undefined ? {} : { reached }),
      basePath: pathname.replace(/\/+$/, ''),
      probe: probe === undefined ? undefined : probePlan(probe),
      node,
      signal,
    };
    this.all.push(target);
    return { kind: 'target', target };
  }
}

/** Where something is. */
interface Located {
  readonly url?: string;
  readonly node?: ChainNode;
}

function activeOf(ways: readonly (Way | undefined)[], weights: readonly number[]): Way | undefined {
  const kept = ways.flatMap((way, i) => (way === undefined ? [] : [{ way, weight: weights[i] ?? 1 }]));
  if (kept.length < 2) return kept[0]?.way;
  return { kind: 'active', ways: kept.map(({ way }) => way), weights: kept.map(({ weight }) => weight) };
}

const knownServices = new WeakMap<Plan, ReadonlyMap<string, Service>>();

/** Services of a plan by their names; made once. */
export function servicesOf(plan: Plan): ReadonlyMap<string, Service> {
  const known = knownServices.get(plan);
  if (known !== undefined) return known;
  const services = new Map((plan.services ?? []).map(({ name, value }) => [name, value]));
  knownServices.set(plan, services);
  return services;
}

export function probePlan(probe: Probe): ProbePlan {
  return {
    path: probe.path ?? '/',
    everyMs: (probe.every ?? DEFAULT_PROBE.every) * MS_PER_HOUR,
    timeoutMs: (probe.timeout ?? DEFAULT_PROBE.timeout) * MS_PER_HOUR,
    status: probe.status,
    contains: probe.contains,
    window: probe.window ?? DEFAULT_PROBE.window,
  };
}

/** Every target that a way can lead to. */
export function targetsOf(way: Way): Target[] {
  if (way.kind === 'target') return [way.target];
  return way.ways.flatMap((one) => (one === undefined ? [] : targetsOf(one)));
}
