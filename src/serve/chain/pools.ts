import { randomBytes } from 'node:crypto';
import { Budget, ChainPool, PoolNode, Prover, type PoolListener } from '../../pool/index.ts';
import type { Time } from '../../time.ts';
import type { Upstream } from '../gateway/upstream.ts';
import type { Target, Way } from '../targets.ts';
import { HttpNodeLink, type NodePlace } from './node-link.ts';
import type { ServedPool } from './served-pools.ts';

export interface PoolsParts {
  readonly time: Time;
  /** Gives numbers in [0, 1). */
  readonly draw: () => number;
  /** By the number of the target. */
  readonly upstreams: readonly Upstream[];
  readonly places: ReadonlyMap<number, NodePlace>;
  /** The alternative in use of a service. */
  readonly inUse: (service: number) => number | undefined;
  readonly listener: (pool: ServedPool) => PoolListener;
}

/** A pool while it is served. */
export interface LivePool {
  readonly served: ServedPool;
  readonly pool: ChainPool;
  readonly nodes: readonly PoolNode[];
}

/** All pools of a gateway. */
export class Pools {
  readonly all: readonly LivePool[];
  private readonly byWay: ReadonlyMap<Way, ChainPool>;
  private readonly parts: PoolsParts;
  private readonly budgets = new Map<number, Budget>();
  private readonly links = new Map<number, HttpNodeLink>();

  constructor(served: readonly ServedPool[], parts: PoolsParts) {
    this.parts = parts;
    this.all = served.map((one) => this.make(one));
    this.byWay = new Map(this.all.map(({ served: { way }, pool }) => [way, pool]));
    for (const { target } of parts.upstreams) this.watch(target);
  }

  /** The pool that answers what goes this way; undefined where none does. */
  of(way: Way | undefined): ChainPool | undefined {
    return way === undefined || this.byWay.size === 0 ? undefined : this.byWay.get(way);
  }

  start(): void {
    for (const { pool } of this.all) pool.start();
  }

  stop(): void {
    for (const { pool, nodes } of this.all) {
      pool.stop();
      for (const node of nodes) node.stop();
    }
  }

  private make(served: ServedPool): LivePool {
    const { time, draw, inUse, listener } = this.parts;
    const { plan, members, service, way, name } = served;
    const nodes: PoolNode[] = [];
    const byTarget = new Map<number, PoolNode>();
    /** By member, its first node. */
    const firsts: number[] = [];
    for (const [i, targets] of members.entries()) {
      firsts.push(nodes.length);
      for (const target of targets) {
        const node = this.node(target, `${i}`);
        nodes.push(node);
        byTarget.set(target.index, node);
      }
    }
    const trusted = served.trusted?.map(
      (target) => byTarget.get(target.index) ?? this.node(target, `trusted ${target.name}`),
    );
    const pool = new ChainPool({
      name,
      chain: plan.chain,
      nodes,
      preference:
        way.kind === 'any'
          ? { kind: 'ordered', inUse: () => firsts[inUse(service) ?? 0] ?? 0 }
          : { kind: 'active' },
      verify: plan.verify ?? 'none',
      ...(plan.verify === 'proof' ? { prover: (parts) => new Prover(parts) } : {}),
      votes: plan.verify === undefined ? 1 : plan.atLeast,
      ...(trusted === undefined ? {} : { trusted }),
      ...(plan.unproved === undefined ? {} : { unproved: plan.unproved }),
      blockTimeMs: plan.blockTimeMs,
      lag: plan.lag,
      allow: new Set(plan.allow),
      refuse: new Set(plan.refuse),
      mostLogBlocks: plan.logs,
      time,
      draw,
      newId: () => `0x${randomBytes(16).toString('hex')}`,
      listener: listener(served),
    });
    return { served, pool, nodes: [...new Set([...nodes, ...(trusted ?? [])])] };
  }

  private node(target: Target, member: string): PoolNode {
    const { time, upstreams, places } = this.parts;
    const upstream = upstreams[target.index];
    const place = places.get(target.index);
    if (upstream === undefined || place === undefined)
      throw new RangeError(`Expected a place for ${target.name}.`);
    const link = this.links.get(target.index) ?? new HttpNodeLink(place, upstream, time);
    this.links.set(target.index, link);
    const said = target.node?.budget;
    const budget =
      this.budgets.get(target.index) ??
      new Budget({
        ...(said?.perSecond === undefined ? {} : { perSecond: said.perSecond }),
        ...(said?.burst === undefined ? {} : { burst: said.burst }),
        ...(said?.perDay === undefined ? {} : { perDay: said.perDay }),
      });
    this.budgets.set(target.index, budget);
    return new PoolNode(
      {
        name: target.name,
        link,
        member,
        budget,
        ...(target.node?.batch === undefined ? {} : { mostBatch: target.node.batch }),
        isDrained: () => upstream.isDrained,
      },
      time,
    );
  }

  /** What pools show of a node is what it is worth; where several ask it, what the worst shows. */
  private watch({ index }: Target): void {
    const nodes = this.all.flatMap(({ nodes: all, served }) => {
      const targets = [...served.members.flat(), ...(served.trusted ?? [])];
      const names = new Set(targets.filter((one) => one.index === index).map(({ name }) => name));
      return all.filter(({ name }) => names.has(name));
    });
    const upstream = this.parts.upstreams[index];
    for (const node of nodes)
      node.onLevel(() => upstream?.shows(Math.min(...nodes.map(({ level }) => level))));
  }
}
