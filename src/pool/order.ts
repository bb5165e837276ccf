import type { FailureKind } from '../chain/index.ts';
import { LEVEL_TOLERANCE } from '../policies/index.ts';
import type { Failure } from './outcome.ts';
import { USABLE, type PoolNode } from './node.ts';

/** In what order nodes are asked. */
export interface Preference {
  /** `ordered`: as the plan says, the one in use first. `active`: all alike, the one that answers soonest first. */
  readonly kind: 'ordered' | 'active';
  /** The one in use, of `ordered`. */
  readonly inUse?: () => number;
}

export interface Resting {
  readonly node: PoolNode;
  readonly why: Failure;
}

/** One in so many reads goes to any of the nodes, so that one that has become faster is found. */
const TRIAL_SHARE = 0.05;
/** Nodes that take about as long share the work: what is less than this apart is the same. @unit ms */
const SAME_MS = 1;

/** What a node says that has had enough: asking on would make it longer. One that only failed is asked when nobody better is left. */
const HAD_ENOUGH: ReadonlySet<FailureKind> = new Set(['rate-limited', 'quota', 'unauthorized']);

/** Chooses whom a read asks next: never nobody while there is somebody that has not been asked. */
export class Order {
  private readonly nodes: readonly PoolNode[];
  private readonly preference: Preference;
  private readonly draw: () => number;

  constructor(nodes: readonly PoolNode[], preference: Preference, draw: () => number) {
    this.nodes = nodes;
    this.preference = preference;
    this.draw = draw;
  }

  /**
   * @param asked those that were asked already
   * @param taken members that take part already: another node of one would say nothing new
   * @param atBlock the block that must be there; undefined: any node will do
   * @returns undefined when all that may be asked have been
   */
  next(
    asked: readonly PoolNode[],
    taken: readonly PoolNode[],
    method: string,
    atBlock: number | undefined,
  ): PoolNode | undefined {
    const isOrdered = this.preference.kind === 'ordered';
    const isTrial = !isOrdered && this.draw() < TRIAL_SHARE;
    const lead = isOrdered ? this.nodes[this.preference.inUse?.() ?? 0] : undefined;
    let best: PoolNode | undefined;
    let least = Number.POSITIVE_INFINITY;
    for (const [i, node] of this.nodes.entries()) {
      if (asked.includes(node) || taken.some(({ member }) => member === node.member)) continue;
      const last = lastness(node, method, atBlock);
      if (last === Number.POSITIVE_INFINITY) continue;
      // Within one class: by the plan, or by how long it takes.
      const within = isOrdered ? (node === lead ? -1 : i) : isTrial ? this.draw() : this.slowness(node);
      const rank = last * 1e9 + Math.min(within, 1e8);
      if (rank < least) {
        least = rank;
        best = node;
      }
    }
    return best;
  }

  /** Nodes that are not asked for now, and what they have said. */
  resting(): Resting[] {
    return this.nodes.flatMap((node): Resting[] => {
      if (node.leftToday <= 0) return [{ node, why: 'over-budget' }];
      return node.rest === undefined ? [] : [{ node, why: node.rest.why }];
    });
  }

  /**
   * Whom a read of any block would be asked of now, were every answer good and as fast as ever.
   *
   * @param votes how many must say the same
   */
  inUse(votes: number): ReadonlySet<PoolNode> {
    const good = this.nodes.filter((node) => lastness(node, '', undefined) === 0);
    if (this.preference.kind === 'active') return new Set(good);
    const lead = this.nodes[this.preference.inUse?.() ?? 0];
    const found = new Map<string, PoolNode>();
    for (const node of [...good.filter((one) => one === lead), ...good])
      if (found.size < votes && !found.has(node.member)) found.set(node.member, node);
    return new Set(found.values());
  }

  private slowness(node: PoolNode): number {
    const usual = Math.ceil((node.latencyMs ?? 0) / SAME_MS) * SAME_MS;
    return (node.inFlight + 1) * Math.max(usual, SAME_MS) + this.draw();
  }
}

/** How late a node comes: 0 among the good ones; infinite: never. */
function lastness(node: PoolNode, method: string, atBlock: number | undefined): number {
  if (node.isForeign || node.isDrained) return Number.POSITIVE_INFINITY;
  if (node.leftToday <= 0 || !node.hasMethod(method)) return Number.POSITIVE_INFINITY;
  if (node.isResting) return HAD_ENOUGH.has(node.rest?.why ?? 'silent') ? Number.POSITIVE_INFINITY : 5;
  if (node.isAside) return 4;
  // What it would say of a block may be of another one of that height.
  if (atBlock !== undefined && (node.isApart || (node.head?.number ?? atBlock) < atBlock)) return 3;
  if (node.missedPolls > 0) return 2;
  // It has been asked, and has never answered anything: as long as others have, it need not be waited for.
  if (node.latencyMs === undefined && node.inFlight > 0) return 1;
  return node.level >= USABLE - LEVEL_TOLERANCE ? 0 : 1;
}

/** Whether a node counts among those that could take part in an agreement. */
export function isStanding(node: PoolNode): boolean {
  return !node.isAside && isThere(node);
}

/** Whether it could, if it were not put aside. */
export function isThere(node: PoolNode): boolean {
  return !node.isForeign && !node.isDrained && !node.isGone;
}

/** How many members these nodes are of. */
export function membersOf(nodes: readonly PoolNode[]): number {
  return new Set(nodes.map(({ member }) => member)).size;
}
