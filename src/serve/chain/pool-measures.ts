import { NODE_STATES, poolStatusOf, type PoolStatus } from '../../pool/index.ts';
import type { Histogram, Instruments } from '../../telemetry/metrics.ts';
import { classOf, type MethodClass } from './pool-methods.ts';
import type { LivePool } from './pools.ts';

/** Upper bounds that suit how deep a chain is set back. @unit blocks */
const DEPTHS: readonly number[] = [1, 2, 3, 6, 12, 32, 64, 128];

/** What is pushed while a pool works; the rest is read when somebody asks. */
export interface PoolMeasures {
  /** By pool, how many blocks gave way. */
  readonly depth: (pool: string) => Histogram;
  /** An answer of a node was not believed, and it is not held against it. */
  readonly doubted: (pool: string, node: string) => void;
}

/** Counts and measures pools of nodes. Labels are names of the plan, and words of which there are few. */
export function measurePools(registry: Instruments, pools: readonly LivePool[]): PoolMeasures {
  const each = (say: (name: string, status: PoolStatus) => void): void => {
    for (const { served, pool } of pools) say(served.name, poolStatusOf(pool));
  };
  measureHeads(registry, each);
  measureNodes(registry, each);
  measureReads(registry, each);
  const seconds = registry.histogram(
    'keelson_chain_node_seconds',
    'How long a node took to answer a call, by what was asked for.',
    ['pool', 'node', 'class'],
  );
  for (const { served, nodes } of pools)
    for (const node of nodes) {
      const byClass = new Map<MethodClass, Histogram>();
      node.onAnswer = (method, tookMs) => {
        const kind = classOf(method);
        const known = byClass.get(kind) ?? seconds.of(served.name, node.name, kind);
        byClass.set(kind, known);
        known.observe(tookMs / 1000);
      };
    }
  const depths = registry.histogram(
    'keelson_chain_reorganisation_blocks',
    'How many blocks gave way to others.',
    ['pool'],
    DEPTHS,
  );
  const doubts = registry.counter(
    'keelson_chain_node_doubts_total',
    'Answers of a node that were not believed, and are not held against it.',
    ['pool', 'node'],
  );
  return {
    depth: (pool) => depths.of(pool),
    doubted: (pool, node) => doubts.of(pool, node).add(),
  };
}

type Each = (say: (name: string, status: PoolStatus) => void) => void;

function measureHeads(registry: Instruments, each: Each): void {
  const pool = ['pool'];
  registry.gaugeFrom('keelson_chain_head', 'The height that a pool stands on.', pool, (say) =>
    each((name, { head }) => head === undefined || say(head.number, name)),
  );
  registry.gaugeFrom('keelson_chain_finalized', 'The newest block that can no longer change.', pool, (say) =>
    each((name, { finalized }) => finalized === undefined || say(finalized, name)),
  );
  registry.gaugeFrom(
    'keelson_chain_head_since_seconds',
    'When a pool came to stand on its head, since 1970.',
    pool,
    (say) => each((name, { head }) => head === undefined || say(head.since / 1000, name)),
  );
  registry.gaugeFrom(
    'keelson_chain_head_fresh',
    'Whether enough nodes have agreed on the head of late.',
    pool,
    (say) => each((name, { head }) => say(head?.isFresh === true ? 1 : 0, name)),
  );
}

function measureNodes(registry: Instruments, each: Each): void {
  const labels = ['pool', 'node'];
  const eachNode = (say: (name: string, row: PoolStatus['nodes'][number]) => void): void =>
    each((name, { nodes }) => {
      for (const row of nodes) say(name, row);
    });
  registry.gaugeFrom(
    'keelson_chain_node_state',
    'What a node is: 1 for that, 0 for the others.',
    [...labels, 'state'],
    (say) =>
      eachNode((name, { node, state }) => {
        for (const one of NODE_STATES) say(one === state ? 1 : 0, name, node.name, one);
      }),
  );
  registry.gaugeFrom('keelson_chain_node_head', 'The height that a node says it is at.', labels, (say) =>
    eachNode((name, { node, head }) => head === undefined || say(head.number, name, node.name)),
  );
  registry.gaugeFrom(
    'keelson_chain_node_behind_blocks',
    'How far a node is behind its pool; below 0: ahead.',
    labels,
    (say) => eachNode((name, { node, behind }) => behind === undefined || say(behind, name, node.name)),
  );
  registry.gaugeFrom('keelson_chain_node_level', 'Share of calls that a node answers.', labels, (say) =>
    eachNode((name, { node }) => say(node.level, name, node.name)),
  );
  registry.gaugeFrom(
    'keelson_chain_node_budget_left',
    'Calls that a node may still have today, where the plan says how many.',
    labels,
    (say) =>
      eachNode((name, { node }) => Number.isFinite(node.leftToday) && say(node.leftToday, name, node.name)),
  );
  registry.gaugeFrom(
    'keelson_chain_node_socket_open',
    'Whether the WebSocket of a node is open.',
    labels,
    (say) =>
      eachNode(
        (name, { node, socket }) => socket === 'none' || say(socket === 'open' ? 1 : 0, name, node.name),
      ),
  );
  registry.counterFrom('keelson_chain_node_calls_total', 'Calls that a node was asked.', labels, (say) =>
    eachNode((name, { node }) => say(node.calls, name, node.name)),
  );
  registry.counterFrom(
    'keelson_chain_node_requests_total',
    'Requests that a node was sent: one may hold several calls.',
    labels,
    (say) => eachNode((name, { node }) => say(node.requests, name, node.name)),
  );
  registry.counterFrom(
    'keelson_chain_node_failures_total',
    'Calls that a node gave no answer to, by why.',
    [...labels, 'kind'],
    (say) =>
      eachNode((name, { node, failures }) => {
        for (const [kind, count] of failures) say(count, name, node.name, kind);
      }),
  );
  registry.counterFrom(
    'keelson_chain_node_dissents_total',
    'How often a node contradicted what others agree on or what was proved.',
    labels,
    (say) => eachNode((name, { node }) => say(node.dissents, name, node.name)),
  );
}

function measureReads(registry: Instruments, each: Each): void {
  registry.counterFrom(
    'keelson_chain_answers_total',
    'Calls to a pool, by where their answers came from.',
    ['pool', 'source'],
    (say) =>
      each((name, { counts }) => {
        for (const [source, count] of Object.entries(counts.answers)) say(count, name, source);
      }),
  );
  registry.counterFrom(
    'keelson_chain_sends_total',
    'Transactions that were sent, by what came of it.',
    ['pool', 'outcome'],
    (say) =>
      each((name, { counts }) => {
        for (const [outcome, count] of Object.entries(counts.sends)) say(count, name, outcome);
      }),
  );
  const counters: readonly (readonly [string, string, (status: PoolStatus) => number])[] = [
    ['joined', 'Calls that waited for what was being asked already.', ({ counts }) => counts.joined],
    ['hedges', 'Nodes that were asked because another one took long.', ({ counts }) => counts.hedges],
    ['cache_hits', 'Reads that a kept answer was found for.', ({ cache }) => cache.hits],
    ['cache_misses', 'Reads that none was found for.', ({ cache }) => cache.misses],
    ['events', 'Events that were told, to each who wanted it.', ({ subscriptions }) => subscriptions.told],
  ];
  for (const [what, help, read] of counters)
    registry.counterFrom(`keelson_chain_${what}_total`, help, ['pool'], (say) =>
      each((name, status) => say(read(status), name)),
    );
  registry.gaugeFrom(
    'keelson_chain_subscriptions',
    'Subscriptions and filters that are open.',
    ['pool'],
    (say) => each((name, { subscriptions }) => say(subscriptions.open, name)),
  );
  registry.gaugeFrom('keelson_chain_cache_bytes', 'What kept answers take.', ['pool'], (say) =>
    each((name, { cache }) => say(cache.bytes, name)),
  );
}
