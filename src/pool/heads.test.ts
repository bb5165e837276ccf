import { describe, expect, test } from 'vitest';
import { blockHash } from '../../test/parts/block-hash.ts';
import { ancestor, grow, MARK, type ScriptedBlock, blockAt } from '../../test/parts/scripted-link.ts';
import { heldBytes } from '../../test/parts/heap.ts';
import { scene, type SceneSettings } from '../../test/parts/scripted-pool.ts';
import type { Block } from './block.ts';

const trunk = grow(undefined, 9);
const at = (number: number): ScriptedBlock => blockAt(trunk, number);

/** A pool whose moves are written down as `-8 -7 +7 +8`. */
function watched(settings: SceneSettings = {}) {
  const moves: string[] = [];
  const gaps: number[] = [];
  const made = scene({ head: trunk, ...settings, isStarted: false });
  const { pool, time } = made;
  const write = (sign: string) => (block: Block) => `${sign}${block.number}`;
  // As a subscriber that wants to hear of all.
  pool.subscriptions.add(
    { kind: 'newHeads' },
    { onEvent: () => undefined, onGap: () => gaps.push(time.now()) },
  );
  const { onMoved } = pool.subscriptions;
  pool.subscriptions.onMoved = (removed, added) => {
    moves.push([...removed.map(write('-')), ...added.map(write('+'))].join(' '));
    onMoved.call(pool.subscriptions, removed, added);
  };
  const all = (head: ScriptedBlock): void => {
    for (const node of made.nodes) node.head = head;
  };
  pool.start();
  made.pass(100);
  return { ...made, moves, gaps, all, height: () => pool.heads.block?.number };
}

describe('the head', () => {
  test('is the newest block on which enough agree, and goes on with them', () => {
    const { node, pass, moves, height, pool } = watched();
    expect(moves).toEqual(['+8']);
    expect(pool.heads.isProven).toBe(true);
    node(0).head = grow(trunk, 1);
    pass(300);
    expect(height()).toBe(8);
    node(1).head = grow(trunk, 1);
    pass(300);
    expect(moves).toEqual(['+8', '+9']);
  });

  test('is not known before enough have said so', () => {
    const { pool, node, pass, height } = watched({ isStarted: false });
    pool.stop();
    expect(height()).toBe(8);
    const alone = scene({ head: trunk, isStarted: false });
    for (const one of [1, 2]) alone.node(one).instead = () => ({ failure: 'unreachable' });
    alone.pool.start();
    alone.pass(2_000);
    expect(alone.pool.heads.block).toBeUndefined();
    alone.node(2).instead = undefined;
    alone.pass(2_000);
    expect(alone.pool.heads.block?.number).toBe(8);
    expect(node(0)).toBeDefined();
    pass(0);
  });

  test('counts a member once, however many nodes it has', () => {
    const settings = [{ member: 'm' }, { member: 'm' }, undefined];
    const { node, pass, height } = watched({ settings });
    for (const i of [0, 1]) node(i).head = grow(trunk, 1);
    pass(1_000);
    expect(height()).toBe(8);
    node(2).head = grow(trunk, 1);
    pass(1_000);
    expect(height()).toBe(9);
  });

  test('never falls because nodes are behind', () => {
    const { pass, height, all } = watched();
    all(at(6));
    for (let i = 0; i < 59; i++) {
      pass(1_000);
      expect(height()).toBe(8);
    }
  });

  test('falls where the chain was set back for good', () => {
    const { pass, height, all, node } = watched();
    all(at(6));
    pass(61_000);
    expect(height()).toBe(6);
    all(at(4));
    pass(30_000);
    node(0).head = at(6);
    node(1).head = at(6);
    pass(1_000);
    all(at(4));
    // The minute begins anew.
    pass(59_000);
    expect(height()).toBe(6);
    pass(3_000);
    expect(height()).toBe(4);
  });

  for (const depth of [1, 2, 3, 8])
    for (const ahead of [0, 1, 3])
      test(`gives way to another branch of depth ${depth} that is ${ahead} higher`, () => {
        const { pass, moves, all, pool, gaps } = watched();
        pass(10);
        // All blocks that it has, it has walked through.
        for (let i = 1; i <= 8; i++) {
          all(grow(trunk, i));
          pass(300);
        }
        const old = grow(trunk, 8);
        const before = ancestor(old, 16 - depth);
        const branch = grow(before, depth + ahead, { salt: 'b' });
        all(branch);
        pass(500);
        const removed = Array.from({ length: depth }, (_, i) => `-${16 - i}`);
        const added = Array.from({ length: depth + ahead }, (_, i) => `+${17 - depth + i}`);
        expect(moves.at(-1)).toBe([...removed, ...added].join(' '));
        expect(pool.heads.block?.hash).toBe(branch.hash);
        expect(pool.heads.isCanonical(16, old.hash)).toBe(false);
        expect(gaps).toEqual([]);
      });

  test('stays on its branch while as many stand on either', () => {
    const { node, pass, moves } = watched({ count: 4 });
    const other = grow(at(7), 1, { salt: 'b' });
    node(2).head = other;
    node(3).head = other;
    pass(2_000);
    expect(moves).toEqual(['+8']);
    node(1).head = other;
    pass(1_000);
    expect(moves.at(-1)).toBe('-8 +8');
  });

  test('is of neither branch while only one stands on each', () => {
    const { node, pass, height, pool } = watched();
    node(0).head = grow(trunk, 1, { salt: 'a' });
    node(1).head = grow(trunk, 1, { salt: 'b' });
    pass(3_000);
    expect(height()).toBe(8);
    node(2).head = node(1).head;
    pass(1_000);
    expect(pool.heads.block?.hash).toBe(node(1).head.hash);
  });

  test('goes on with one of two where one vote is enough and the other one is stuck', () => {
    const { node, pass, height } = watched({ count: 2, votes: 1, verify: 'none' });
    for (let i = 1; i <= 10; i++) {
      node(0).head = grow(trunk, i);
      pass(1_000);
    }
    expect(height()).toBe(18);
  });

  test('is not where one says that time cannot have brought it, though one vote is enough', () => {
    const { node, pass, height } = watched({ votes: 1, verify: 'none' });
    const value = { ...grow(undefined, 1, { salt: 'x' }).value, number: '0x3b9aca00' };
    node(2).instead = (method, params) =>
      method === 'eth_getBlockByNumber' && params[0] === 'latest'
        ? { result: { ...value, hash: blockHash(value) } }
        : undefined;
    pass(5_000);
    expect(height()).toBe(8);
    for (const one of [node(0), node(1)]) one.head = grow(trunk, 1);
    pass(1_000);
    expect(height()).toBe(9);
  });

  test('makes a leap that time does not explain where so many agree as have to', () => {
    const { pass, all, height, node } = watched({ verify: 'quorum', votes: 2 });
    node(0).head = grow(trunk, 200);
    pass(1_000);
    expect(height()).toBe(8);
    all(grow(trunk, 200));
    // Block by block, by the hashes of parents.
    pass(8_000);
    expect(height()).toBe(208);
  });

  test('is the next lower one where only one node has what another claims to be beyond', () => {
    const { pass, height, node } = watched({ verify: 'quorum', votes: 2, lag: 3, count: 4 });
    node(0).head = grow(trunk, 6, { salt: 'liar' });
    node(1).head = grow(trunk, 4);
    node(2).head = node(3).head = grow(trunk, 2);
    pass(2_000);
    expect(height()).toBe(10);
  });

  test('may give way while it is the only block that is held, and nothing was missed', () => {
    const lone = grow(at(7), 1, { salt: 'lone' });
    const { pass, all, moves, gaps } = watched({ head: lone });
    all(grow(at(7), 2));
    pass(1_000);
    expect(moves).toEqual(['+8', '-8 +8 +9']);
    expect(gaps).toEqual([]);
  });

  test('does not follow one that says that it is far ahead, be it ever so far', () => {
    for (const far of [3, 10, 1_000]) {
      const { node, pass, height, pool } = watched();
      const tip = { ...trunk, number: 8 + far, value: { ...grow(undefined, 1).value } };
      const value = { ...grow(undefined, 1, { salt: 'x' }).value, number: `0x${(8 + far).toString(16)}` };
      node(2).head = tip;
      node(2).instead = (method, params) =>
        method === 'eth_getBlockByNumber' && params[0] === 'latest' ? { result: value } : undefined;
      for (let i = 1; i < 20; i++) {
        node(0).head = grow(trunk, i);
        node(1).head = grow(trunk, i);
        pass(1_000);
        expect(height()).toBe(8 + i);
      }
      expect(pool.heads.isFresh).toBe(true);
    }
  });

  test('goes on though one node lags, which is out until it has caught up', () => {
    const { node, pass, height, all } = watched();
    for (let i = 1; i <= 10; i++) {
      node(0).head = grow(trunk, i);
      node(1).head = grow(trunk, i);
      pass(1_000);
    }
    expect(height()).toBe(18);
    expect(node(2).node.isLagging).toBe(true);
    expect(node(2).node.level).toBe(0);
    all(grow(trunk, 10));
    pass(500);
    expect(node(2).node.isLagging).toBe(false);
    expect(node(2).node.level).toBe(1);
  });

  test('is not taken back by an answer that was overtaken', () => {
    const { node, pool, pass, height, moves } = watched();
    const next = grow(trunk, 1);
    for (const one of [node(0), node(1)]) {
      one.afterMs = 400;
      one.head = trunk;
    }
    // Asked now, answered in 400 ms, from before.
    pass(300);
    for (const one of [node(0), node(1)]) {
      one.afterMs = 10;
      one.head = next;
    }
    pass(140);
    expect(height()).toBe(8);
    for (let i = 0; i < 100; i++) {
      pass(5);
      if (height() === 9) expect(node(0).node.head?.number).toBe(9);
    }
    expect(height()).toBe(9);
    expect(moves).toEqual(['+8', '+9']);
    pool.stop();
  });

  test('is followed block by block over a gap, by the hashes of parents', () => {
    const { pass, moves, all, gaps } = watched();
    all(grow(trunk, 15));
    pass(1_000);
    expect(moves.at(-1)).toBe(Array.from({ length: 15 }, (_, i) => `+${9 + i}`).join(' '));
    expect(gaps).toEqual([]);
  });

  test('is followed over a gap though one node gives other blocks than those asked for', () => {
    const { pass, height, all, node, dissents } = watched();
    node(0).instead = (method) =>
      method === 'eth_getBlockByHash' ? { result: grow(undefined, 3, { salt: 'lie' }).value } : undefined;
    all(grow(trunk, 5));
    pass(1_000);
    expect(height()).toBe(13);
    expect(dissents.map((one) => one.node)).toContain('a');
  });

  test('leaves a gap, and says so, where too much was missed', () => {
    const { pass, height, all, gaps, node } = watched();
    const far = grow(trunk, 300);
    for (const one of [node(0), node(1), node(2)]) one.instead = () => ({ failure: 'unreachable' });
    pass(80_000);
    for (const one of [node(0), node(1), node(2)]) one.instead = undefined;
    all(far);
    pass(10_000);
    expect(height()).toBe(308);
    expect(gaps).toHaveLength(1);
  });

  test('holds the blocks of late, and no more', () => {
    const { pass, all, pool } = watched();
    let head = trunk;
    for (let i = 0; i < 20; i++) {
      head = grow(head, 15);
      all(head);
      pass(5_000);
    }
    for (let i = 0; i < 20; i++) {
      head = grow(head, 15);
      all(head);
      pass(5_000);
    }
    expect(pool.heads.block?.number).toBe(608);
    expect(pool.heads.at(97)?.number).toBe(97);
    expect(pool.heads.at(96)).toBeUndefined();
    expect(pool.heads.at(609)).toBeUndefined();
  });

  test('is held by its header, whatever else one node puts into its blocks', () => {
    const { all, node, nodes, pass, pool } = watched({ head: trunk });
    node(0).instead = (method, _, truth) => {
      const said = truth();
      if (!method.startsWith('eth_getBlock') || !('result' in said) || said.result === null) return undefined;
      return { ...said, result: { ...(said.result as object), pad: 'x'.repeat(2_000_000) } }; // a block
    };
    const before = heldBytes();
    let head = trunk;
    for (let i = 0; i < 50; i++) {
      head = grow(head, 1);
      all(head);
      pass(1_000);
      for (const one of nodes) one.link.posts.length = 0;
    }
    expect(pool.heads.block?.hash).toBe(head.hash);
    expect(heldBytes() - before).toBeLessThan(20_000_000);
  });

  test('is not read where it has more parts than a block of hashes has, and where it has as many hashes it is', () => {
    const { all, node, pass } = watched({ head: trunk });
    const say = (more: object): void => {
      node(0).instead = (method, _, truth) => {
        const said = truth();
        if (!method.startsWith('eth_getBlock') || !('result' in said) || said.result === null)
          return undefined;
        return { ...said, result: { ...(said.result as object), ...more } }; // a block
      };
    };
    const next = grow(trunk, 1);
    say({ transactions: Array(50_000).fill(MARK) });
    all(next);
    pass(2_000);
    expect(node(0).node.head?.number).toBe(next.number);
    for (const pad of [
      Array(100_000).fill([]),
      Object.fromEntries(Array.from(Array(20_000).keys(), (i) => [`k${i}`, 0])),
    ]) {
      say({ pad });
      pass(2_000);
      expect(node(0).node.failures.get('too-large')).toBeGreaterThan(0);
      expect(node(0).node.isGone).toBe(true);
      node(0).node.failures.clear();
      node(0).instead = undefined;
      pass(60_000);
      expect(node(0).node.isGone).toBe(false);
    }
  });

  test('is asked for up to the length of a real block of hashes', () => {
    const { node, pass } = watched({ head: trunk });
    pass(10_000);
    const limits = node(0).link.posts.map(({ calls, mostBytes }) => [calls.length, mostBytes]);
    expect(limits).toContainEqual([1, 4_000_000]);
    expect(limits).toContainEqual([4, 12_010_000]);
  });

  test('is fresh while enough tell of it, and no longer than that', () => {
    const { node, pass, pool } = watched();
    pass(10_000);
    expect(pool.heads.isFresh).toBe(true);
    for (const i of [0, 1]) node(i).instead = () => ({ failure: 'unreachable' });
    pass(4_000);
    expect(pool.heads.isFresh).toBe(false);
    for (const i of [0, 1]) node(i).instead = undefined;
    pass(1_000);
    expect(pool.heads.isFresh).toBe(true);
  });
});

describe('nodes of another chain', () => {
  test('have no say and are out, until they are set right', () => {
    const { node, pass, height } = watched();
    node(2).chain = 5;
    node(2).head = grow(trunk, 1);
    pass(3_000);
    expect(node(2).node.isForeign).toBe(true);
    expect(node(2).node.level).toBe(0);
    node(1).head = grow(trunk, 1);
    pass(3_000);
    expect(height()).toBe(8);
    node(2).chain = 1;
    pass(3_000);
    expect(node(2).node.isForeign).toBe(false);
    expect(height()).toBe(9);
  });

  test('may be those that do not say of which they are: they have no say either', () => {
    const { node, pool, pass } = scene({ head: trunk, isStarted: false });
    node(2).instead = (method) =>
      method === 'eth_chainId' ? { error: { code: -32603, message: 'internal error' } } : undefined;
    node(2).head = grow(trunk, 1);
    node(1).head = grow(trunk, 1);
    pool.start();
    pass(3_000);
    expect(pool.heads.block?.number).toBe(8);
  });
});

describe('a block whose hash is not that of its fields', () => {
  test('is forged where others are not, and its node is put aside', () => {
    const { node, pass, height, dissents } = watched();
    const next = grow(trunk, 1);
    node(2).instead = (method, params) =>
      method === 'eth_getBlockByNumber' && params[0] === 'latest'
        ? { result: { ...next.value, stateRoot: `0x${'00'.repeat(32)}` } }
        : undefined;
    node(0).head = next;
    pass(1_000);
    expect(height()).toBe(8);
    expect(dissents[0]).toMatchObject({ node: 'c' });
    expect(node(2).node.isAside).toBe(true);
  });

  const odd = grow(undefined, 9, { isForeignLayout: true });

  test('is what this chain has, where all give such: then votes decide', () => {
    const { all, pass, height, pool, dissents, moves } = watched({ head: odd });
    expect(pool.heads.isProven).toBe(false);
    all(grow(odd, 3, { isForeignLayout: true }));
    pass(1_000);
    expect(height()).toBe(11);
    all(grow(ancestor(odd, 7), 6, { isForeignLayout: true, salt: 'b' }));
    pass(1_000);
    expect(moves.at(-1)).toBe('-11 -10 -9 -8 +8 +9 +10 +11 +12 +13');
    expect(dissents).toEqual([]);
  });

  test('stays what this chain has, whatever one node gives', () => {
    const { all, node, pass, height, pool, dissents } = watched({ head: odd });
    node(0).instead = (method, params) =>
      method === 'eth_getBlockByNumber' && params[0] === 'latest' ? { result: trunk.value } : undefined;
    pass(1_000);
    all(grow(odd, 1, { isForeignLayout: true }));
    pass(1_000);
    expect(height()).toBe(9);
    expect(pool.heads.isProven).toBe(false);
    expect(dissents).toEqual([]);
  });

  test('is none that does not lead to what was there before', () => {
    const { node, pass, pool, all } = watched({ head: odd, votes: 1, verify: 'none', count: 1 });
    const { hash: _, ...other } = grow(odd, 3, { isForeignLayout: true, salt: 'x' }).value;
    node(0).instead = (method) =>
      method === 'eth_getBlockByHash'
        ? { result: { ...other, number: '0x9', hash: `0x${'ee'.repeat(32)}`, parentHash: odd.hash } }
        : undefined;
    all(grow(odd, 2, { isForeignLayout: true }));
    pass(2_000);
    const { heads } = pool;
    for (let i = 9; i <= (heads.block?.number ?? 0); i++)
      expect(heads.at(i)?.parentHash).toBe(heads.at(i - 1)?.hash);
  });

  test('is not told as one node has it: what is under a hash is voted on', () => {
    for (const changed of [
      { parentHash: `0x${'ee'.repeat(32)}` },
      { logsBloom: `0x${'00'.repeat(256)}`, timestamp: '0x1' },
    ]) {
      const { all, node, pass, pool } = watched({ head: odd });
      node(0).instead = (method, _, truth) => {
        const said = truth();
        if (!method.startsWith('eth_getBlock') || !('result' in said)) return undefined;
        return { ...said, result: { ...(said.result as object), ...changed } }; // a block
      };
      const next = grow(odd, 1, { isForeignLayout: true, logs: 1 });
      all(next);
      pass(2_000);
      expect(params(pool.heads.block?.fields)).toEqual(params(next.value));
    }
  });

  const params = (value: Readonly<Record<string, unknown>> | undefined) => [
    value?.hash,
    value?.parentHash,
    value?.logsBloom,
    value?.timestamp,
  ];
});

describe('safe and finalized blocks', () => {
  test('are those on which enough agree, never go back and are never beyond the head', () => {
    const { nodes, node, pass, pool } = watched();
    const tags = (finalized: number, safe = finalized): void => {
      for (const one of nodes) Object.assign(one, { finalized, safe });
      pass(3_000);
    };
    expect(pool.heads.finalized).toBeUndefined();
    tags(4, 6);
    expect([pool.heads.finalized, pool.heads.safe]).toEqual([4, 6]);
    tags(3, 5);
    expect([pool.heads.finalized, pool.heads.safe]).toEqual([4, 6]);
    node(0).finalized = 8;
    pass(3_000);
    expect(pool.heads.finalized).toBe(4);
    node(0).finalized = 7;
    node(1).finalized = 6;
    pass(3_000);
    expect(pool.heads.finalized).toBe(6);
    for (const one of nodes) {
      one.instead = (method, asked) =>
        method === 'eth_getBlockByNumber' && asked[0] === 'finalized'
          ? { result: grow(trunk, 2).value }
          : undefined;
    }
    pass(3_000);
    expect(pool.heads.finalized).toBe(6);
  });
});

describe('a head source that is trusted', () => {
  test('alone says where the chain is', () => {
    const { node, pass, height, all } = watched({ trusts: true });
    expect(height()).toBe(8);
    for (const i of [0, 1, 2]) node(i).head = grow(trunk, 2, { salt: 'lie' });
    pass(2_000);
    expect(height()).toBe(8);
    node(3).head = grow(trunk, 1);
    pass(1_000);
    expect(height()).toBe(9);
    all(grow(trunk, 1));
  });
});

describe('polls', () => {
  test('are as many as there are, whatever sockets say', () => {
    const settings = [{ hasSocket: true }, undefined, undefined];
    const { node, pass, pool } = watched({ settings });
    const { link } = node(0);
    const [socket] = link.sockets;
    socket?.open();
    socket?.accept();
    pass(100);
    const before = link.posts.length;
    for (let i = 0; i < 2_000; i++) {
      socket?.tell('0xs1', {});
      pass(0.5);
    }
    // One at a time, each 10 ms, and 25 ms between them.
    expect(link.posts.length - before).toBeLessThan(40);
    expect(pool.heads.isFresh).toBe(true);
  });

  test('are not made while nobody wants anything', () => {
    let isIdle = false;
    const { node, pass } = watched({ isIdle: () => isIdle });
    isIdle = true;
    const before = node(0).link.posts.length;
    pass(10_000);
    expect(node(0).link.posts.length).toBe(before);
    isIdle = false;
    pass(1_000);
    expect(node(0).link.posts.length).toBeGreaterThan(before);
  });

  test('end with the pool, and nothing waits any more', () => {
    const { pool, time, pass } = watched();
    pool.stop();
    pass(5_000);
    expect(time.waiting).toBe(0);
  });
});

describe('whoever waits for a block', () => {
  test('is called when it is there, or when it has not come in time, or when the pool ends', () => {
    const { pool, pass, all } = watched();
    const said: string[] = [];
    const wait = (number: number, ms: number): void =>
      pool.heads.waitFor(number, ms, (isThere) => said.push(`${number} ${isThere}`));
    wait(8, 100);
    expect(said).toEqual(['8 true']);
    wait(9, 1_000);
    wait(10, 500);
    pass(499);
    all(grow(trunk, 1));
    pass(300);
    expect(said).toEqual(['8 true', '10 false', '9 true']);
    wait(20, 10_000);
    pool.stop();
    expect(said.at(-1)).toBe('20 false');
  });

  test('is called once, though the pool ends while others are told', () => {
    const { pool, pass, all } = watched();
    const said: string[] = [];
    pool.heads.waitFor(9, 5_000, (isThere) => {
      said.push(`a ${isThere}`);
      pool.heads.stop();
      pool.heads.waitFor(99, 100, () => said.push('c'));
    });
    pool.heads.waitFor(9, 5_000, (isThere) => said.push(`b ${isThere}`));
    all(grow(trunk, 1));
    pass(6_000);
    expect(said).toEqual(['a true', 'b false', 'c']);
  });
});
