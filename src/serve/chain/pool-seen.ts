import {
  poolStatusOf,
  reorganisedBy,
  type Block,
  type NodeRow,
  type NodeState,
  type PoolListener,
} from '../../pool/index.ts';
import type { Time } from '../../time.ts';
import type { Level, Log } from '../../telemetry/log.ts';
import type { Instruments } from '../../telemetry/metrics.ts';
import type { PoolStatus } from '../seeing/status.ts';
import { measurePools, type PoolMeasures } from './pool-measures.ts';
import { methodLabel } from './pool-methods.ts';
import { shownStatusOf, type Shown } from './pool-status.ts';
import type { LivePool } from './pools.ts';
import type { ServedPool } from './served-pools.ts';

export interface PoolsSeenParts {
  readonly registry: Instruments;
  readonly log: Log;
  readonly time: Time;
  readonly shown: Shown;
  /** Called when what is to be seen may be another. */
  readonly onChange: () => void;
}

/** How often it is looked whether anything has changed that nobody tells of. @unit ms */
const LOOK_MS = 1_000;
/** Of one node a contradiction is written down this often at most. @unit ms */
const DISSENT_MS = 1_000;

/** Events of the log by what a node has become; what it was before is in the line. */
const EVENTS: Readonly<Record<NodeState, readonly [event: string, level: Level]>> = {
  'in use': ['chain-node-back', 'info'],
  'standing by': ['chain-node-back', 'info'],
  failing: ['chain-node-failing', 'warning'],
  lagging: ['chain-node-lagging', 'info'],
  'used up': ['chain-budget-used-up', 'warning'],
  resting: ['chain-node-resting', 'info'],
  'put aside': ['chain-node-aside', 'warning'],
  'not answering': ['chain-node-silent', 'warning'],
  'of another chain': ['chain-node-foreign', 'error'],
  drained: ['chain-node-drained', 'info'],
  'not yet heard': ['chain-node-unheard', 'info'],
};

interface Told {
  at: number;
  leftOut: number;
}

interface Standing {
  isFresh: boolean;
  isStalled: boolean;
  readonly nodes: Map<string, NodeState>;
}

/** Writes down, counts and shows what becomes of pools of nodes. */
export class PoolsSeen {
  private readonly parts: PoolsSeenParts;
  private pools: readonly LivePool[] = [];
  private measures: PoolMeasures | undefined;
  private readonly standings = new Map<string, Standing>();
  /** By pool and node. */
  private readonly told = new Map<string, Told>();
  /** Dissents of nodes that were counted, by pool and node. */
  private readonly dissents = new Map<string, number>();
  private off: (() => void) | undefined;

  constructor(parts: PoolsSeenParts) {
    this.parts = parts;
  }

  listener({ name, plan }: ServedPool): PoolListener {
    const allow = new Set(plan.allow);
    return {
      onDissent: (node, method, why) => {
        const key = keyOf(name, node.name);
        const isDoubt = this.dissents.get(key) === node.dissents || node.dissents === 0;
        this.dissents.set(key, node.dissents);
        if (isDoubt) this.measures?.doubted(name, node.name);
        this.dissented(name, node.name, methodLabel(method, allow), why);
        this.look();
      },
      onMoved: (removed, added) => this.moved(name, removed, added),
    };
  }

  /** From now on these are counted and written about. */
  watch(pools: readonly LivePool[]): void {
    this.pools = pools;
    if (pools.length === 0) return;
    this.measures = measurePools(this.parts.registry, pools);
    this.lookAgain();
  }

  stop(): void {
    this.off?.();
  }

  status(): PoolStatus[] {
    const { shown, time } = this.parts;
    return this.pools.map((one) => shownStatusOf(one, shown, time.now()));
  }

  private moved(pool: string, removed: readonly Block[], added: readonly Block[]): void {
    const depth = reorganisedBy(removed, added);
    if (depth > 0) {
      this.measures?.depth(pool).observe(depth);
      this.parts.log.event('warning', 'chain-reorganised', {
        pool,
        depth,
        fromNumber: removed[0]?.number,
        fromHash: removed[0]?.hash,
        toNumber: added.at(-1)?.number,
        toHash: added.at(-1)?.hash,
      });
    }
    this.look();
    this.parts.onChange();
  }

  private dissented(pool: string, node: string, method: string, why: string): void {
    const { log, time, shown } = this.parts;
    const key = keyOf(pool, node);
    const now = time.now();
    const told = this.told.get(key) ?? { at: Number.NEGATIVE_INFINITY, leftOut: 0 };
    this.told.set(key, told);
    if (now - told.at < DISSENT_MS) {
      told.leftOut++;
      return;
    }
    log.event('warning', 'chain-dissent', {
      pool,
      node,
      method,
      why: shown(why),
      leftOut: told.leftOut > 0 ? told.leftOut : undefined,
    });
    told.at = now;
    told.leftOut = 0;
  }

  private lookAgain(): void {
    this.off = this.parts.time.after(LOOK_MS, () => {
      this.look();
      this.sayLeftOut();
      this.lookAgain();
    });
  }

  /** Writes down what has become another since it was looked last. */
  private look(): void {
    let isOther = false;
    for (const { served, pool } of this.pools) {
      const { head, nodes } = poolStatusOf(pool);
      const known = this.standings.get(served.name);
      const standing = known ?? { isFresh: true, isStalled: false, nodes: new Map<string, NodeState>() };
      this.standings.set(served.name, standing);
      if (head !== undefined) isOther = this.lookAtHead(served.name, standing, head) || isOther;
      for (const row of nodes) isOther = this.lookAtNode(served, standing, row) || isOther;
    }
    if (isOther) this.parts.onChange();
  }

  private lookAtHead(
    pool: string,
    standing: Standing,
    { number, isFresh, isStalled }: { number: number; isFresh: boolean; isStalled: boolean },
  ): boolean {
    const { log } = this.parts;
    const isOther = standing.isFresh !== isFresh || standing.isStalled !== isStalled;
    if (standing.isFresh !== isFresh)
      log.event(isFresh ? 'info' : 'error', isFresh ? 'chain-head-agreed' : 'chain-head-not-agreed', {
        pool,
        head: number,
      });
    if (standing.isStalled !== isStalled)
      log.event(isStalled ? 'error' : 'info', isStalled ? 'chain-head-stalled' : 'chain-head-moves', {
        pool,
        head: number,
      });
    standing.isFresh = isFresh;
    standing.isStalled = isStalled;
    return isOther;
  }

  private lookAtNode({ name: pool, plan }: ServedPool, { nodes }: Standing, row: NodeRow): boolean {
    const { node, state, until, behind } = row;
    const before = nodes.get(node.name);
    if (before === state) return false;
    nodes.set(node.name, state);
    if (!isNews(before, state)) return true;
    const { log, shown } = this.parts;
    const [event, level] = EVENTS[state];
    log.event(level, event, {
      pool,
      node: node.name,
      before,
      until: until === undefined ? undefined : new Date(until).toISOString(),
      ...(state === 'put aside' && node.lastDissent !== undefined
        ? { method: shown(node.lastDissent.method), why: shown(node.lastDissent.why) }
        : {}),
      ...(state === 'resting' ? { why: node.rest?.why } : {}),
      ...(state === 'not answering' || state === 'failing' ? { why: node.lastFailure?.why } : {}),
      ...(state === 'lagging' ? { behind } : {}),
      ...(state === 'of another chain' ? { chain: node.chain, expected: plan.chain } : {}),
    });
    return true;
  }

  /** One that has stopped contradicting leaves nothing unsaid. */
  private sayLeftOut(): void {
    const { log, time } = this.parts;
    for (const [key, told] of this.told) {
      if (told.leftOut === 0 || time.now() - told.at < DISSENT_MS) continue;
      const [pool, node] = key.split('\n');
      log.event('warning', 'chain-dissents-left-out', { pool, node, leftOut: told.leftOut });
      told.leftOut = 0;
    }
  }
}

const WELL: ReadonlySet<NodeState | undefined> = new Set([
  'in use',
  'standing by',
  'not yet heard',
  undefined,
]);

/** That all is well from the beginning, or that another one leads, is none. */
function isNews(before: NodeState | undefined, state: NodeState): boolean {
  return !(WELL.has(before) && WELL.has(state));
}

function keyOf(pool: string, node: string): string {
  return `${pool}\n${node}`;
}
