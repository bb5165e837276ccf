import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  ancestor,
  balanceAt,
  grow,
  hex,
  type Said,
  type ScriptedBlock,
  type ScriptedNode,
  ACCOUNT,
} from '../../test/parts/scripted-link.ts';
import { scene } from '../../test/parts/scripted-pool.ts';
import { readLogFilter } from '../chain/index.ts';

const START = grow(undefined, 9);

const LIES = ['branch', 'number', 'error', 'null', 'ahead', 'forged', 'blocks'] as const;

interface Step {
  /** How many blocks are given up, and how many come in their place and beyond. */
  readonly depth: number;
  readonly more: number;
  readonly logs: number;
  /** How long each node takes to follow, in turn. @unit ms */
  readonly delays: readonly number[];
  readonly passMs: number;
  /** What the nodes that are not honest do now. */
  readonly flaky: readonly ('good' | 'down' | 'late' | 'stuck' | 'other')[];
  readonly lie: (typeof LIES)[number];
}

const step: fc.Arbitrary<Step> = fc.record({
  depth: fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, fc.integer({ min: 1, max: 4 })),
  more: fc.integer({ min: 0, max: 2 }),
  logs: fc.integer({ min: 0, max: 2 }),
  delays: fc.array(fc.integer({ min: 0, max: 400 }), { minLength: 5, maxLength: 5 }),
  passMs: fc.integer({ min: 50, max: 1_800 }),
  flaky: fc.array(fc.constantFrom('good', 'down', 'late', 'stuck', 'other'), { minLength: 5, maxLength: 5 }),
  lie: fc.constantFrom(...LIES),
});

interface Play {
  readonly votes: number;
  readonly liars: number;
  readonly others: number;
  readonly isForeignLayout: boolean;
  readonly latencies: readonly number[];
  /** Where liars stand in the order of the plan. */
  readonly turn: number;
  readonly steps: readonly Step[];
}

/** At most votes - 1 liars, at least votes honest ones, the rest as they may be: up to five. */
const play: fc.Arbitrary<Play> = fc
  .record({ votes: fc.constantFrom(2, 2, 3), turn: fc.nat(4), isForeignLayout: fc.boolean() })
  .chain((base) => {
    const most = Math.min(base.votes - 1, 5 - base.votes);
    return fc.record({
      votes: fc.constant(base.votes),
      turn: fc.constant(base.turn),
      isForeignLayout: fc.constant(base.isForeignLayout),
      liars: fc.integer({ min: 1, max: most }),
      others: fc.nat(Math.max(0, 5 - base.votes - most)),
      latencies: fc.array(fc.integer({ min: 1, max: 120 }), { minLength: 5, maxLength: 5 }),
      steps: fc.array(step, { minLength: 4, maxLength: 10 }),
    });
  });

/** What liars say, all of them the same. */
function lieOf(
  kind: Step['lie'],
  branch: ScriptedBlock,
  method: string,
  params: readonly unknown[],
  truth: () => Said,
): Said | undefined {
  const said = truth();
  const isBlock = method.startsWith('eth_getBlock');
  const isRead = method === 'eth_getBalance' || method === 'eth_getLogs';
  switch (kind) {
    case 'number':
      return method === 'eth_getBalance' ? { result: '0x1', afterMs: 1 } : undefined;
    case 'error':
      return isRead
        ? { error: { code: 3, message: 'execution reverted', data: '0xbad0' }, afterMs: 1 }
        : undefined;
    case 'null':
      return method === 'eth_getLogs' ? { result: [], afterMs: 1 } : isBlock ? { result: null } : undefined;
    case 'ahead':
      return params[0] === 'latest' && isBlock
        ? { result: { ...branch.value, number: hex(branch.number + 10) }, afterMs: 1 }
        : undefined;
    case 'forged':
      return isBlock && 'result' in said && said.result !== null
        ? {
            result: {
              ...(said.result as object),
              parentHash: branch.hash,
              logsBloom: `0x${'00'.repeat(256)}`,
            },
            afterMs: 1,
          } // a block
        : undefined;
    case 'blocks':
      return isBlock && params[0] !== 'latest' ? { result: branch.value, afterMs: 1 } : undefined;
    default:
      return undefined;
  }
}

function run({ votes, liars, others, latencies, steps, turn, isForeignLayout }: Play): void {
  const count = votes + liars + others;
  const making = { isForeignLayout };
  let head: ScriptedBlock = isForeignLayout ? grow(undefined, 9, making) : START;
  const { nodes, pool, time, begin, pass } = scene({
    head,
    count,
    votes,
    verify: 'quorum',
    isStarted: false,
  });
  const at = (i: number): ScriptedNode => nodes[(i + turn) % count] as ScriptedNode; // within the count
  const [lying, honest] = [nodes.filter((_, i) => i < liars).map((_, i) => at(i)), [] as ScriptedNode[]];
  for (let i = 0; i < votes; i++) honest.push(at(liars + i));
  const flaky = Array.from({ length: others }, (_, i) => at(liars + votes + i));

  const known = new Map<string, ScriptedBlock>();
  const note = (block: ScriptedBlock): void => {
    for (
      let one: ScriptedBlock | undefined = block;
      one !== undefined && !known.has(one.hash);
      one = one.parent
    )
      known.set(one.hash, one);
  };
  note(head);
  const trueAt = (number: number): ScriptedBlock[] =>
    [...known.values()].filter((block) => block.number === number);

  // Who follows hears each thing once, in turn.
  const heads = new Map<string, Record<string, string>>();
  const logs = new Set<string>();
  const filter = readLogFilter({});
  if (filter.kind === 'refused') throw new Error(filter.why);
  const onGap = (): void => {
    throw new Error('A gap was told.');
  };
  pool.start();
  // It holds some blocks: else what gives way could be what it began with.
  const watcher = pool.subscriptions.add(
    { kind: 'newHeads' },
    { onEvent: () => undefined, onGap: () => undefined },
  );
  pass(1_000);
  head = grow(head, 6, making);
  note(head);
  for (const one of nodes) one.head = head;
  pass(2_000);
  watcher();
  const started = head.number;
  expect(pool.heads.block?.number).toBe(started);
  pool.subscriptions.add(
    { kind: 'newHeads' },
    {
      onEvent: (text) => {
        const header = JSON.parse(text) as Record<string, string>; // as it is told
        const { hash = '', parentHash = '', logsBloom } = header;
        const block = known.get(hash);
        expect(block?.value).toMatchObject({ parentHash, logsBloom });
        expect(heads.has(parentHash) || (block?.number ?? 0) <= started + 1).toBe(true);
        heads.set(hash, header);
      },
      onGap,
    },
  );
  pool.subscriptions.add(
    { kind: 'logs', filter },
    {
      onEvent: (text) => {
        const { blockHash, logIndex, removed } = JSON.parse(text) as Record<string, unknown>; // as it is told
        const key = `${blockHash} ${logIndex}`;
        expect(known.has(String(blockHash))).toBe(true);
        expect(logs.has(key)).toBe(removed === true);
        if (removed === true) logs.delete(key);
        else logs.add(key);
      },
      onGap,
    },
  );

  let height = started;
  const look = (): void => {
    const { block } = pool.heads;
    expect(known.has(block?.hash ?? '')).toBe(true);
    expect(block?.number).toBeGreaterThanOrEqual(height);
    height = block?.number ?? height;
  };
  const asked: { readonly method: string; readonly one: ReturnType<typeof begin> }[] = [];
  const read = (): void => {
    const tag = hex(pool.heads.block?.number ?? 0);
    asked.push(
      { method: 'eth_getBalance', one: begin('eth_getBalance', [ACCOUNT, 'latest']) },
      { method: 'eth_getBalance', one: begin('eth_getBalance', [ACCOUNT, hex(Math.max(0, height - 1))]) },
      { method: 'eth_getLogs', one: begin('eth_getLogs', [{ fromBlock: tag, toBlock: tag }]) },
    );
  };

  nodes.forEach((one, i) => {
    one.afterMs = latencies[i] ?? 10;
  });
  const stands: number[] = [];
  const salted = (i: number): string => `s${i}`;
  for (const [i, { depth, more, logs: logCount, delays, passMs, flaky: ways, lie }] of steps.entries()) {
    const base = ancestor(head, head.number - depth) ?? head;
    head =
      depth + more === 0 ? head : grow(base, depth + more, { ...making, salt: salted(i), logs: logCount });
    note(head);
    const next = head;
    honest.forEach((one, j) => {
      time.after(delays[j] ?? 0, () => {
        // One that was slow does not go back to what came before.
        if ((stands[j] ?? -1) <= i) one.head = next;
        stands[j] = Math.max(stands[j] ?? -1, i);
      });
    });
    const lied = grow(base, depth + more + 1, { ...making, salt: `lie ${i}`, logs: 1 });
    for (const one of lying) {
      one.head = lie === 'branch' || lie === 'ahead' ? lied : next;
      one.instead = (method, params, truth) => lieOf(lie, lied, method, params, truth);
    }
    flaky.forEach((one, j) => {
      const way = ways[j] ?? 'good';
      if (way === 'good') one.head = next;
      if (way === 'other') one.head = grow(base, 1, { ...making, salt: `other ${i}`, logs: 1 });
      note(one.head);
      one.instead = (method, params) =>
        way === 'down'
          ? { failure: 'unreachable' }
          : way === 'late'
            ? { ...one.truth(method, params), afterMs: 900 }
            : undefined;
    });
    for (const part of [0.2, 0.5, 0.3]) {
      pass(Math.ceil(passMs * part));
      look();
      read();
    }
  }
  // In the end all but the liars stand on one branch, beyond whatever any of them stood on.
  pass(400);
  head = grow(head, 2, { ...making, logs: 1 });
  note(head);
  for (const one of nodes) one.head = head;
  for (const one of flaky) one.instead = undefined;
  pass(12_000);
  look();
  expect(pool.heads.block?.hash).toBe(head.hash);
  for (const { method, one } of asked) {
    const { answer } = one;
    expect(answer).toBeDefined();
    if (answer?.kind === 'error') {
      expect(answer.text).not.toContain('bad0');
      continue;
    }
    const blocks = trueAt(answer?.block ?? -1);
    const truths = blocks.map((block) =>
      method === 'eth_getBalance' ? balanceAt(block, ACCOUNT) : block.logs,
    );
    expect(truths).toContainEqual(JSON.parse(answer?.text ?? ''));
  }
  // All that is of the chain in the end was told, and nothing else stands.
  const standing: string[] = [];
  for (let block: ScriptedBlock | undefined = head; block !== undefined; block = block.parent) {
    if (block.number > started) expect(heads.has(block.hash)).toBe(true);
    if (heads.has(block.hash))
      for (const log of block.logs) standing.push(`${block.hash} ${String(log.logIndex)}`);
  }
  expect([...logs].sort()).toEqual(standing.sort());
  const last = begin('eth_getBalance', [ACCOUNT, 'latest']);
  pass(10_000);
  expect(last.answer?.text).toBe(`"${balanceAt(head, ACCOUNT)}"`);
  pool.stop();
  pass(60_000);
  for (const { node, link } of nodes) {
    expect(node.inFlight).toBe(0);
    expect(link.unanswered).toBe(0);
    node.stop();
  }
  expect(time.waiting).toBe(0);
}

describe('with votes that must agree, fewer liars than votes, and as many honest nodes', () => {
  test('no answer is a lie, no head falls, and whoever follows hears each thing once, in turn', () => {
    fc.assert(fc.property(play, run), { seed: 7, numRuns: 24 });
  }, 30_000);
});
