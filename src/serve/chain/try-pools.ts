import { poolStatusOf, type NodeRow, type PoolNode } from '../../pool/index.ts';
import type { Time } from '../../time.ts';
import { Upstream } from '../gateway/upstream.ts';
import type { PoolStatus } from '../seeing/status.ts';
import type { Target } from '../targets.ts';
import type { NodePlace } from './node-link.ts';
import { shownFor, shownStatusOf } from './pool-status.ts';
import { Pools, type LivePool } from './pools.ts';
import type { ServedPool } from './served-pools.ts';

/** What a pool of nodes turned out to be, when it was asked. */
export interface TriedPool {
  readonly status: PoolStatus;
  /** By the name of a node, why it gives no proof of an account at its head; undefined: it does. Empty where nothing is to be proved. */
  readonly proofs: ReadonlyMap<string, string | undefined>;
}

export interface Tryable {
  readonly targets: readonly Target[];
  readonly pools: readonly ServedPool[];
  readonly places: ReadonlyMap<number, NodePlace>;
}

/** Longer than this no node is waited for. @unit ms */
const LONGEST_MS = 5_000;
/** How often it is looked whether all have answered. @unit ms */
const LOOK_MS = 25;
/** How soon after the last answer they have agreed and sockets are open, where that comes to be. @unit ms */
const MOMENT_MS = 1_000;

/** Asks every node of every pool where it is, as the gateway does, and for a proof where proofs are needed. Keeps nothing. */
export async function tryPools(
  { targets, pools: served, places }: Tryable,
  time: Time,
): Promise<TriedPool[]> {
  if (served.length === 0) return [];
  const upstreams = targets.map((target) => new Upstream(target, time, () => undefined));
  const pools = new Pools(served, {
    time,
    draw: () => 0.5,
    upstreams,
    places,
    inUse: () => undefined,
    listener: () => ({}),
  });
  const shown = shownFor(served, places);
  // Timers of a gateway keep no process alive: its server does, and there is none here.
  const alive = setInterval(() => undefined, LONGEST_MS);
  pools.start();
  try {
    const endsAt = time.now() + LONGEST_MS;
    await Promise.all(pools.all.map((one) => untilHeard(one, endsAt, time)));
    return await Promise.all(
      pools.all.map(async (one): Promise<TriedPool> => {
        const status = shownStatusOf(one, shown, time.now());
        const members = status.verify === 'proof' ? status.nodes.filter(({ isMember }) => isMember) : [];
        const names = new Set(members.map(({ name }) => name));
        const asked = one.nodes.filter(
          (node) => names.has(node.name) && node.head !== undefined && !node.isForeign,
        );
        const found = await Promise.all(
          asked.map(async (node) => [node.name, await whyNoProof(node)] as const),
        );
        return { status, proofs: new Map(found) };
      }),
    );
  } finally {
    clearInterval(alive);
    pools.stop();
    for (const upstream of upstreams) upstream.destroy();
  }
}

/** Until every node has said where it is, or that it does not; and then until they have agreed and their sockets are open, for a moment. */
async function untilHeard({ pool }: LivePool, endsAt: number, time: Time): Promise<void> {
  let heardAt: number | undefined;
  for (let now = time.now(); now < endsAt; now = time.now()) {
    const { head, nodes } = poolStatusOf(pool);
    if (nodes.every(hasSpoken)) heardAt ??= now;
    const isComplete = head !== undefined && nodes.every(({ socket }) => socket !== 'lost');
    if (heardAt !== undefined && (isComplete || now - heardAt >= MOMENT_MS)) return;
    await new Promise<void>((resolve) => time.after(LOOK_MS, resolve));
  }
}

function hasSpoken({ node }: NodeRow): boolean {
  return node.head !== undefined || node.isForeign || node.missedPolls > 0;
}

/** Of an account that nobody has: what is asked for is only whether there is an answer. */
function whyNoProof(node: PoolNode): Promise<string | undefined> {
  const paramsText = `["0x${'00'.repeat(20)}",[],"0x${(node.head?.number ?? 0).toString(16)}"]`;
  return new Promise((resolve) => {
    node.ask({ method: 'eth_getProof', paramsText }, LONGEST_MS, (outcome) => {
      if (outcome.kind === 'failure') resolve(outcome.why);
      else resolve(outcome.reply.kind === 'error' ? 'unsupported' : undefined);
    });
  });
}
