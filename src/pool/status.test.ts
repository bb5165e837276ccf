import { describe, expect, test } from 'vitest';
import { VirtualTime } from '../../test/parts/virtual-time.ts';
import { Budget } from './budget.ts';
import type { NodeLink } from './link.ts';
import { PoolNode } from './node.ts';
import { ChainPool, reorganisedBy } from './pool.ts';
import { poolStatusOf, type NodeState } from './status.ts';

const hashOf = (number: number, branch = 0): string =>
  `0x${(number * 16 + branch).toString(16).padStart(64, '0')}`;

/** Answers blocks of a chain on which nothing happens. */
class Node {
  number = 5;
  branch = 0;
  chain = 1;
  isSilent = false;
  hasEnough = false;
  readonly node: PoolNode;

  constructor(name: string, time: VirtualTime, budget?: Budget) {
    const link: NodeLink = {
      post: (body, _, done) =>
        time.after(10, () =>
          done(
            this.isSilent
              ? { kind: 'failed', why: 'unreachable' }
              : { kind: 'came', status: 200, text: this.answer(String(body)) },
          ),
        ),
      openSocket: undefined,
    };
    this.node = new PoolNode({ name, link, ...(budget === undefined ? {} : { budget }) }, time);
  }

  private answer(body: string): string {
    const calls = [JSON.parse(body) as { id: number; method: string; params: unknown[] }].flat(); // as nodes are asked
    const replies = calls.map(({ id, method, params }) => ({
      jsonrpc: '2.0',
      id,
      ...this.said(method, params[0]),
    }));
    return JSON.stringify(body.startsWith('[') ? replies : replies[0]);
  }

  private said(method: string, asked: unknown): { readonly result?: unknown; readonly error?: unknown } {
    if (this.hasEnough) return { error: { code: 429, message: 'Too many requests' } };
    if (method === 'eth_chainId') return { result: `0x${this.chain.toString(16)}` };
    return { result: method === 'eth_getBalance' ? '0x1' : this.block(asked) };
  }

  private block(asked: unknown): unknown {
    const number =
      asked === 'latest' ? this.number : asked === 'safe' || asked === 'finalized' ? 1 : Number(asked);
    if (number > this.number) return null;
    const branch = (at: number): number => (at > 3 ? this.branch : 0);
    return {
      number: `0x${number.toString(16)}`,
      hash: hashOf(number, branch(number)),
      parentHash: hashOf(number - 1, branch(number - 1)),
      timestamp: '0x1',
      logsBloom: '0x',
      transactionsRoot: '0x',
      receiptsRoot: '0x',
    };
  }
}

function three(votes = 2) {
  const time = new VirtualTime();
  const [a, b, c] = [
    new Node('a', time),
    new Node('b', time),
    new Node('c', time, new Budget({ perDay: 20 })),
  ];
  const pool = new ChainPool({
    ...{ name: 'chain', chain: 1, nodes: [a.node, b.node, c.node], verify: 'quorum', votes, lag: 1 },
    ...{ preference: { kind: 'ordered', inUse: () => 1 }, blockTimeMs: 1_000, time, draw: () => 0.5 },
    newId: () => '0x1',
  });
  const states = (): NodeState[] => poolStatusOf(pool).nodes.map(({ state }) => state);
  return { time, a, b, c, pool, states };
}

describe('nodes of a pool', () => {
  test('are in use as far as they are needed, the one in use first; the others stand by', () => {
    const { time, pool, states } = three();
    expect(states()).toEqual(['not yet heard', 'not yet heard', 'not yet heard']);
    expect(poolStatusOf(pool).head).toBeUndefined();
    pool.start();
    time.goTo(time.now() + 100);
    expect(states()).toEqual(['in use', 'in use', 'standing by']);
    const { head, nodes } = poolStatusOf(pool);
    expect(head).toMatchObject({ number: 5, hash: hashOf(5), isFresh: true, isStalled: false });
    expect(nodes.map(({ behind, branch }) => [behind, branch])).toEqual([
      [0, 'same'],
      [0, 'same'],
      [0, 'same'],
    ]);
    pool.stop();
  });

  test('that are silent, behind, on another branch, of another chain, put aside or used up are called so', () => {
    const { time, a, b, c, pool, states } = three();
    pool.start();
    time.goTo(time.now() + 100);
    a.isSilent = true;
    time.goTo(time.now() + 500);
    expect(states()).toEqual(['not answering', 'in use', 'in use']);
    a.isSilent = false;
    a.number = 3;
    time.goTo(time.now() + 1_000);
    expect(states()[0]).toBe('lagging');
    expect(poolStatusOf(pool).nodes[0]).toMatchObject({ behind: 2, branch: 'unknown' });
    a.number = 5;
    a.branch = 1;
    time.goTo(time.now() + 500);
    expect(poolStatusOf(pool).nodes[0]).toMatchObject({ behind: 0, branch: 'other' });
    a.hasEnough = true;
    time.goTo(time.now() + 400);
    expect(states()[0]).toBe('resting');
    expect(poolStatusOf(pool).nodes[0]?.until).toBeLessThanOrEqual(time.now() + 1_000);
    a.hasEnough = false;
    b.node.dissented('eth_call', 'others say otherwise', true);
    expect(states()[1]).toBe('put aside');
    expect(poolStatusOf(pool).nodes[1]?.until).toBe(time.now() + 60_000);
    a.chain = 7;
    time.goTo(time.now() + 5_000);
    // Too few are left without the one that was put aside.
    expect(states()).toEqual(['of another chain', 'in use', 'used up']);
    expect(c.node.leftToday).toBe(0);
    pool.stop();
  });

  test('that fall silent leave a head that is no longer agreed on; a chain that stops has one that stands still', () => {
    const { time, a, b, pool } = three();
    pool.start();
    time.goTo(time.now() + 100);
    time.goTo(time.now() + 31_000);
    expect(poolStatusOf(pool).head).toMatchObject({ isFresh: true, isStalled: true });
    [a.isSilent, b.isSilent] = [true, true];
    time.goTo(time.now() + 5_000);
    expect(poolStatusOf(pool).head).toMatchObject({ number: 5, isFresh: false });
    pool.stop();
  });
});

test('calls are counted by where their answers came from', () => {
  const { time, pool } = three(1);
  pool.start();
  time.goTo(time.now() + 100);
  const call = (method: string, params: readonly unknown[] = []) =>
    pool.call(
      { kind: 'call', method, id: '1', params, paramsText: JSON.stringify(params), text: '' },
      {},
      () => undefined,
    );
  call('eth_chainId');
  call('eth_sign');
  const account = `0x${'11'.repeat(20)}`;
  call('eth_getBalance', [account, '0x2']);
  call('eth_getBalance', [account, '0x2']);
  time.goTo(time.now() + 100);
  expect(pool.counts).toMatchObject({ answers: { own: 1, refused: 1, nodes: 2, failed: 0 }, joined: 1 });
  pool.stop();
});

test('blocks that give way are those of a reorganisation only where it is known what came between', () => {
  const block = (number: number, hash: string, parentHash: string) => ({
    ...{ number, hash, parentHash, timestamp: 0, logsBloom: '', transactionsRoot: '', receiptsRoot: '' },
    ...{ header: undefined, fields: {} },
  });
  expect(reorganisedBy([], [block(2, 'b', 'a')])).toBe(0);
  expect(reorganisedBy([block(2, 'b', 'a')], [block(2, 'c', 'a')])).toBe(1);
  expect(reorganisedBy([block(2, 'b', 'a')], [block(9, 'x', 'w')])).toBe(0);
});
