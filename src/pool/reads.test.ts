import { describe, expect, test } from 'vitest';
import {
  balanceAt,
  callOf,
  grow,
  hex,
  receiptOf,
  WRITER,
  type ScriptedBlock,
  ACCOUNT,
  blockAt,
} from '../../test/parts/scripted-link.ts';
import { scene } from '../../test/parts/scripted-pool.ts';
import { Budget } from './budget.ts';
import { ChainPool } from './pool.ts';
import type { PoolAnswer } from './pool-answer.ts';

const trunk = grow(undefined, 9, { logs: 1 });
const at = (number: number, head = trunk): ScriptedBlock => blockAt(head, number);
const truth = (number: number, head = trunk): string => `"${balanceAt(at(number, head), ACCOUNT)}"`;
const messageOf = ({ text }: PoolAnswer): string => (JSON.parse(text) as { message: string }).message; // an error
const transactionOf = (block: ScriptedBlock): unknown => receiptOf(block).transactionHash;

describe('the block of a read', () => {
  test('is a number for every node, whatever was said for it', () => {
    const { ask, nodes, node, pass } = scene({ head: trunk });
    for (const one of nodes) Object.assign(one, { finalized: 4, safe: 6 });
    pass(4_000);
    const asked: [unknown, unknown, number][] = [
      ['latest', '0x8', 8],
      [undefined, '0x8', 8],
      [null, '0x8', 8],
      ['safe', '0x6', 6],
      ['finalized', '0x4', 4],
      ['0x5', '0x5', 5],
      [{ blockNumber: '0x3' }, { blockNumber: '0x3' }, 3],
      [{ blockNumber: 'latest' }, { blockNumber: '0x8' }, 8],
      [{ blockHash: at(2).hash }, { blockHash: at(2).hash }, 2],
      ['earliest', 'earliest', 0],
    ];
    for (const [said, sent, number] of asked) {
      node(0).instead = (method, params) =>
        params[1] === 'earliest' && method === 'eth_getBalance'
          ? { result: balanceAt(at(0), ACCOUNT) }
          : undefined;
      node(1).instead = node(0).instead;
      const answer = ask('eth_getBalance', said === undefined ? [ACCOUNT] : [ACCOUNT, said]);
      expect(answer.text).toBe(truth(number));
      if (answer.source === 'nodes')
        expect(node(0).link.paramsOf('eth_getBalance').at(-1)?.[1]).toEqual(sent);
    }
    ask('eth_getLogs', [{ fromBlock: '0x7' }]);
    expect(node(0).link.paramsOf('eth_getLogs').at(-1)).toEqual([{ fromBlock: '0x7', toBlock: '0x8' }]);
  });

  test('is refused where it cannot be read, and asked of nobody', () => {
    const { ask, node } = scene({ head: trunk });
    const before = node(0).link.posts.length;
    for (const odd of ['0x20000000000000', 'lately', -1, Number.NaN, 2 ** 60, `0x${'f'.repeat(62)}`])
      expect(ask('eth_getBalance', [ACCOUNT, odd])).toMatchObject({ kind: 'error', source: 'refused' });
    expect(node(0).link.posts.length).toBe(before);
  });

  test('is the same for all of a batch, though the head moves meanwhile', () => {
    const { pool, nodes, pass } = scene({ head: trunk });
    const got: PoolAnswer[] = [];
    for (const one of nodes) one.head = grow(trunk, 1);
    pool.batch([callOf('eth_getBalance', [ACCOUNT]), callOf('eth_blockNumber')], { pin: 7 }, (answers) =>
      got.push(...answers),
    );
    pass(100);
    expect(got[0]?.text).toBe(truth(7));
    expect(got[0]?.block).toBe(7);
  });

  test('may be one that is coming: it is waited for a moment', () => {
    const { begin, nodes, pass } = scene({ head: trunk });
    const asked = begin('eth_getBalance', [ACCOUNT, '0x9']);
    pass(300);
    expect(asked.answer).toBeUndefined();
    const next = grow(trunk, 1);
    for (const one of nodes) one.head = next;
    pass(600);
    expect(asked.answer?.text).toBe(truth(9, next));
  });

  test('that never comes is answered by the nodes, which have it not', () => {
    const { ask } = scene({ head: trunk });
    expect(ask('eth_getBalance', [ACCOUNT, '0x99'])).toMatchObject({ kind: 'error', source: 'failed' });
    expect(ask('eth_getBlockByNumber', ['0x99', false]).text).toBe('null');
  });
});

describe('logs', () => {
  test('of more blocks than may be asked for are refused, with how many there were', () => {
    const { ask } = scene({ head: trunk, mostLogBlocks: 4 });
    expect(ask('eth_getLogs', [{ fromBlock: '0x5', toBlock: '0x8' }]).kind).toBe('result');
    expect(messageOf(ask('eth_getLogs', [{ fromBlock: '0x4', toBlock: '0x8' }]))).toBe(
      'Expected a range of at most 4 blocks, found 5.',
    );
  });

  test('up to what is pending are of as many blocks as up to the head', () => {
    const { ask } = scene({ head: trunk, mostLogBlocks: 4 });
    for (const toBlock of ['pending', 'finalized', 'safe'])
      expect(ask('eth_getLogs', [{ fromBlock: '0x0', toBlock }])).toMatchObject({ source: 'refused' });
    expect(ask('eth_getLogs', [{ fromBlock: 'earliest', toBlock: 'pending' }])).toMatchObject({
      source: 'refused',
    });
  });
});

describe('what is kept', () => {
  test('is given while its block is of the chain, without asking anybody', () => {
    const { ask, node, nodes, pass } = scene({ head: trunk });
    expect(ask('eth_getBalance', [ACCOUNT]).source).toBe('nodes');
    expect(ask('eth_getBalance', [ACCOUNT, '0x8'])).toMatchObject({
      source: 'kept',
      text: truth(8),
      block: 8,
    });
    expect(node(0).link.count('eth_getBalance')).toBe(1);
    const branch = grow(at(7), 1, { salt: 'b', logs: 1 });
    for (const one of nodes) one.head = branch;
    pass(500);
    expect(ask('eth_getBalance', [ACCOUNT, '0x8'])).toMatchObject({
      source: 'nodes',
      text: truth(8, branch),
    });
    for (const one of nodes) one.head = grow(trunk, 1);
    pass(1_000);
    expect(ask('eth_getBalance', [ACCOUNT, '0x8']).text).toBe(truth(8));
  });

  test('is not an answer of a block that gave way while it was asked', () => {
    const { begin, ask, nodes, pass } = scene({ head: trunk });
    for (const one of nodes)
      one.instead = (method, params) =>
        method === 'eth_getBalance' ? { ...one.truth(method, params), afterMs: 800 } : undefined;
    const asked = begin('eth_getBalance', [ACCOUNT, '0x8']);
    const branch = grow(at(7), 1, { salt: 'b' });
    for (const one of nodes) one.head = branch;
    pass(1_000);
    expect(asked.answer?.text).toBe(truth(8));
    expect(ask('eth_getBalance', [ACCOUNT, '0x8']).text).toBe(truth(8, branch));
  });

  test('is not what was said of the block that came in its place', () => {
    const { begin, ask, nodes, pass } = scene({ head: trunk });
    const branch = grow(at(7), 1, { salt: 'b' });
    for (const one of nodes)
      one.instead = (method) =>
        method === 'eth_getBalance' ? { result: balanceAt(branch, ACCOUNT), afterMs: 800 } : undefined;
    begin('eth_getBalance', [ACCOUNT, '0x8']);
    for (const one of nodes) one.head = branch;
    pass(1_000);
    for (const one of nodes) {
      one.instead = undefined;
      one.head = grow(trunk, 1);
    }
    pass(1_000);
    expect(ask('eth_getBalance', [ACCOUNT, '0x8']).text).toBe(truth(8));
  });

  test('is not that there is no block with a hash: it may come', () => {
    const { ask, nodes, pass } = scene({ head: trunk });
    const next = grow(trunk, 1);
    expect(ask('eth_getBlockByHash', [next.hash, false]).text).toBe('null');
    for (const one of nodes) one.head = next;
    pass(500);
    expect(JSON.parse(ask('eth_getBlockByHash', [next.hash, false]).text)).toEqual(next.value);
  });

  test('for ever is what is final, or named by its hash', () => {
    const { ask, nodes, pass, pool } = scene({ head: trunk });
    for (const one of nodes) Object.assign(one, { finalized: 4 });
    pass(4_000);
    ask('eth_getBalance', [ACCOUNT, '0x3']);
    ask('eth_getBlockByHash', [at(8).hash, false]);
    pool.heads.isCanonical = () => false;
    expect(ask('eth_getBalance', [ACCOUNT, '0x3']).source).toBe('kept');
    expect(ask('eth_getBlockByHash', [at(8).hash, false]).source).toBe('kept');
  });

  test('is no error, nor what is not there', () => {
    const { ask, nodes } = scene({ head: trunk });
    for (const one of nodes)
      one.instead = (method) =>
        method === 'eth_call'
          ? { error: { code: 3, message: 'execution reverted', data: '0xaa' } }
          : undefined;
    expect(ask('eth_call', [{}])).toMatchObject({ kind: 'error', source: 'nodes' });
    expect(ask('eth_call', [{}]).source).toBe('nodes');
    const unknown = `0x${'12'.repeat(32)}`;
    expect(ask('eth_getTransactionReceipt', [unknown]).text).toBe('null');
    expect(ask('eth_getTransactionReceipt', [unknown]).source).toBe('nodes');
  });
});

test('a node on another branch is not asked while others are there, be it the first and nothing verified', () => {
  const { ask, node, pass } = scene({ head: trunk, verify: 'none', votes: 1 });
  const branch = grow(at(7), 1, { salt: 'b' });
  node(0).head = branch;
  pass(2_000);
  expect(node(0).node.isApart).toBe(true);
  expect(ask('eth_getBalance', [ACCOUNT]).text).toBe(truth(8));
  // It has come over.
  node(0).head = trunk;
  pass(2_000);
  expect(node(0).node.isApart).toBe(false);
  const before = node(0).link.count('eth_getBalance');
  ask('eth_getBalance', [ACCOUNT, '0x7']);
  expect(node(0).link.count('eth_getBalance') - before).toBe(1);
});

describe('reads of the same at the same time', () => {
  test('are asked once', () => {
    const { begin, pass, node, pool } = scene({ head: trunk });
    const asked = [0, 1, 2].map(() => begin('eth_getBalance', [ACCOUNT]));
    pass(100);
    expect(asked.map(({ answer }) => answer?.text)).toEqual([truth(8), truth(8), truth(8)]);
    expect(node(0).link.count('eth_getBalance')).toBe(1);
    expect(pool.counts.joined).toBe(2);
  });

  test('that came while it was failing ask once for themselves', () => {
    const { begin, pass, node, nodes, pool } = scene({ head: trunk });
    const fail = (ms: number): void => {
      for (const one of nodes)
        one.instead = (method) =>
          method === 'eth_getBalance' ? { failure: 'broken', afterMs: ms } : undefined;
    };
    fail(300);
    const first = begin('eth_getBalance', [ACCOUNT]);
    pass(200);
    const later = [0, 1, 2].map(() => begin('eth_getBalance', [ACCOUNT]));
    for (const one of nodes) one.instead = undefined;
    pass(2_000);
    expect(first.answer?.source).toBe('failed');
    expect(later.map(({ answer }) => answer?.text)).toEqual([truth(8), truth(8), truth(8)]);
    expect(pool.counts.joined).toBe(3);

    // Where it goes on failing, they do not ask one after the other.
    fail(10);
    const before = node(0).link.count('eth_getBalance');
    const all = Array.from({ length: 20 }, () => begin('eth_getBalance', [ACCOUNT, '0x7']));
    pass(2_000);
    expect(new Set(all.map(({ answer }) => answer?.source))).toEqual(new Set(['failed']));
    expect(node(0).link.count('eth_getBalance') - before).toBe(2);
  });

  test('that have waited for half of their time are told what came of it', () => {
    const { begin, pass, node, nodes } = scene({ head: trunk });
    for (const one of nodes)
      one.instead = (method) =>
        method === 'eth_getBalance' ? { result: '0x1', afterMs: Number.POSITIVE_INFINITY } : undefined;
    const all = [0, 1].map(() => begin('eth_getBalance', [ACCOUNT]));
    pass(4_100);
    expect(all.map(({ answer }) => answer?.source)).toEqual(['failed', 'failed']);
    expect(node(0).link.count('eth_getBalance')).toBe(1);
  });

  test('are not the same where the block between them gave way', () => {
    const { begin, nodes, pass } = scene({ head: trunk });
    for (const one of nodes)
      one.instead = (method, params) =>
        method === 'eth_getBalance' ? { ...one.truth(method, params), afterMs: 800 } : undefined;
    const before = begin('eth_getBalance', [ACCOUNT]);
    const branch = grow(at(7), 1, { salt: 'b' });
    for (const one of nodes) one.head = branch;
    pass(500);
    const after = begin('eth_getBalance', [ACCOUNT]);
    pass(1_000);
    expect(before.answer?.text).toBe(truth(8));
    expect(after.answer?.text).toBe(truth(8, branch));
  });

  test('that are as of no block are asked anew at each head', () => {
    const { begin, nodes, pass, node } = scene({ head: trunk });
    for (const one of nodes)
      one.instead = (method) => (method === 'eth_gasPrice' ? { result: '0x5', afterMs: 800 } : undefined);
    begin('eth_gasPrice');
    for (const one of nodes) one.head = grow(trunk, 1);
    pass(400);
    begin('eth_gasPrice');
    pass(50);
    expect(node(0).link.count('eth_gasPrice')).toBe(2);
  });
});

describe('receipts', () => {
  test('in a block that the pool does not stand on yet are waited for', () => {
    const { begin, nodes, pass } = scene({ head: trunk });
    const next = grow(trunk, 1, { logs: 1 });
    for (const one of nodes) one.head = next;
    const asked = begin('eth_getTransactionReceipt', [transactionOf(next)]);
    pass(600);
    expect(JSON.parse(asked.answer?.text ?? 'null')).toEqual(receiptOf(next));
  });

  test('in a block that never comes are none', () => {
    const { ask, node, pool } = scene({ head: trunk });
    const next = grow(trunk, 1, { logs: 1 });
    for (const i of [0, 1])
      node(i).instead = (method) =>
        method === 'eth_getTransactionReceipt' ? { result: receiptOf(next) } : undefined;
    expect(ask('eth_getTransactionReceipt', [transactionOf(next)]).text).toBe('null');
    expect(pool.heads.block?.number).toBe(8);
  });

  test('are there at once, though one node says that they are in a block far ahead', () => {
    const { ask, node, time } = scene({ head: trunk });
    node(0).instead = (method) =>
      method === 'eth_getTransactionReceipt'
        ? { result: { ...receiptOf(at(5)), blockNumber: hex(1e9), logs: [] } }
        : undefined;
    const began = time.now();
    expect(JSON.parse(ask('eth_getTransactionReceipt', [transactionOf(at(5))]).text)).toEqual(
      receiptOf(at(5)),
    );
    expect(time.now() - began).toBeLessThan(100);
  });

  test('that are not there are none at once, though one node says that they are in a block to come', () => {
    for (const ahead of [1e9, 9]) {
      const { ask, nodes, node, time, pass } = scene({ head: trunk });
      const hash = `0x${'ef'.repeat(32)}`;
      for (const one of nodes)
        one.instead = (method) => (method === 'eth_getTransactionReceipt' ? { result: null } : undefined);
      node(0).instead = (method) =>
        method === 'eth_getTransactionReceipt'
          ? { result: { ...receiptOf(at(8)), transactionHash: hash, blockNumber: hex(ahead), logs: [] } }
          : undefined;
      // A block to come is waited for once, and for this node's word not again: one far above the head never.
      if (ahead === 9) ask('eth_getTransactionReceipt', [hash]);
      for (let i = 0; i < 5; i++) {
        const polls = node(1).link.count('eth_getBlockByNumber');
        const began = time.now();
        expect(ask('eth_getTransactionReceipt', [hash]).text).toBe('null');
        expect(time.now() - began).toBeLessThan(100);
        expect(node(1).link.count('eth_getBlockByNumber')).toBe(polls);
        pass(20);
      }
    }
  });

  test('of what was seen to be mined are not gone because nodes say so', () => {
    const { ask, nodes } = scene({ head: trunk, cacheBytes: 1 });
    expect(ask('eth_getTransactionReceipt', [transactionOf(at(8))]).kind).toBe('result');
    for (const i of [0, 1])
      Object.assign(nodes[i] ?? {}, {
        instead: (method: string) => (method === 'eth_getTransactionReceipt' ? { result: null } : undefined),
      });
    const answer = ask('eth_getTransactionReceipt', [transactionOf(at(8))]);
    expect(answer.text).not.toBe('null');
    for (const one of nodes)
      one.instead = (method) => (method === 'eth_getTransactionReceipt' ? { result: null } : undefined);
    expect(ask('eth_getTransactionReceipt', [transactionOf(at(8))]).kind).toBe('error');
  });
});

describe('what nobody can answer', () => {
  test('says why, by how many', () => {
    const { ask, node } = scene({ head: trunk });
    const failing = { eth_getBalance: true };
    node(0).instead = (method) => (method in failing ? { failure: 'unreachable' } : undefined);
    node(1).instead = (method) =>
      method in failing ? { error: { code: -32603, message: 'internal error' } } : undefined;
    node(2).instead = (method) => (method in failing ? { failure: 'unreachable' } : undefined);
    const answer = ask('eth_getBalance', [ACCOUNT]);
    expect(messageOf(answer)).toMatch(
      /^No node of chain could answer: (2 unreachable, 1 internal|1 internal, 2 unreachable)\.$/,
    );
  });

  test('is not said in the words of one that failed in its own way', () => {
    const { ask, nodes } = scene({ head: trunk });
    nodes.forEach((one, i) => {
      one.instead = (method) =>
        method !== 'eth_getBalance'
          ? undefined
          : i === 0
            ? { error: { code: -32603, message: 'internal error: send your keys' } }
            : { failure: 'unreachable' };
    });
    expect(ask('eth_getBalance', [ACCOUNT]).text).not.toContain('keys');
  });

  test('and all say alike is passed on as they say it', () => {
    const { ask, nodes } = scene({ head: trunk });
    const error = { code: -32005, message: 'query returned more than 10000 results' };
    for (const one of nodes) one.instead = (method) => (method === 'eth_getLogs' ? { error } : undefined);
    expect(JSON.parse(ask('eth_getLogs', [{ fromBlock: '0x0' }]).text)).toEqual(error);
  });

  test('because no node tells of the head any more is said so of what is latest, and of that alone', () => {
    const { ask, nodes, pass } = scene({ head: trunk });
    for (const one of nodes)
      one.instead = (method) => (method === 'eth_getBalance' ? undefined : { failure: 'unreachable' });
    pass(5_000);
    expect(messageOf(ask('eth_blockNumber'))).toBe(
      'No node of chain tells of the head of the chain any more.',
    );
    expect(ask('eth_getBalance', [ACCOUNT, 'latest']).kind).toBe('error');
    expect(ask('eth_getBalance', [ACCOUNT, '0x8']).text).toBe(truth(8));
    expect(ask('eth_chainId').text).toBe('"0x1"');
  });

  test('before there is a head waits for it, and not for ever', () => {
    const { begin, ask, pool, pass } = scene({ head: trunk, isStarted: false });
    expect(messageOf(ask('eth_blockNumber'))).toBe('No head of the chain is known to chain yet.');
    const asked = begin('eth_getBalance', [ACCOUNT]);
    pool.start();
    pass(100);
    expect(asked.answer?.text).toBe(truth(8));
  });
});

describe('a pool that is stopped', () => {
  test('still answers everybody who has asked', () => {
    const { begin, pool, pass, nodes, time } = scene({ head: trunk });
    for (const one of nodes)
      one.instead = (method) => (method === 'eth_getCode' ? { result: '0x', afterMs: 1e9 } : undefined);
    const asked = [
      begin('eth_getBalance', [ACCOUNT]),
      begin('eth_getBalance', [ACCOUNT, '0x9']),
      begin('eth_getCode', [ACCOUNT]),
      begin('eth_getTransactionReceipt', [transactionOf(grow(trunk, 1))]),
      begin('eth_sendRawTransaction', ['0x1234']),
    ];
    pool.stop();
    asked.push(begin('eth_getBalance', [ACCOUNT, '0x9']));
    pass(60_000);
    expect(asked.map(({ answer }) => answer !== undefined)).toEqual(asked.map(() => true));
    expect(time.waiting).toBe(0);
    for (const one of nodes) expect(one.node.inFlight).toBe(0);
  });

  test('before it had a head, too', () => {
    const { begin, pool, pass } = scene({ head: trunk, isStarted: false });
    const asked = begin('eth_getBalance', [ACCOUNT]);
    pool.stop();
    pass(10);
    expect(asked.answer?.kind).toBe('error');
  });
});

describe('methods', () => {
  test('that are not offered are refused, and those of the pool are its own', () => {
    const { ask, node } = scene({
      head: trunk,
      refuse: new Set(['eth_call']),
      allow: new Set(['trace_block', 'eth_sign']),
    });
    for (const method of [
      'eth_call',
      'eth_sign',
      'constructor',
      'anvil_mine',
      'debug_traceCall',
      'eth_subscribe',
    ])
      expect(ask(method, [])).toMatchObject({ kind: 'error', source: 'refused' });
    const own = [
      'eth_chainId',
      'net_version',
      'eth_blockNumber',
      'net_listening',
      'eth_syncing',
      'eth_accounts',
      'web3_clientVersion',
    ];
    expect(own.map((method) => ask(method).text)).toEqual([
      '"0x1"',
      '"1"',
      '"0x8"',
      'true',
      'false',
      '[]',
      '"keelson"',
    ]);
    expect(ask('web3_sha3', ['0x']).text).toBe(
      '"0xc5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470"',
    );
    expect(ask('web3_sha3', ['0x1']).source).toBe('refused');
    expect(ask('trace_block', ['0x5']).kind).toBe('error');
    expect(node(0).link.count('trace_block')).toBe(1);
  });

  test('whose answer a wallet signs and nothing checks are offered only where the plan says so', () => {
    const asked = (allow?: ReadonlySet<string>) =>
      scene({ head: trunk, ...(allow === undefined ? {} : { allow }) }).ask('eth_fillTransaction', [{}]);
    expect(asked()).toMatchObject({ kind: 'error', source: 'refused', from: [] });
    expect(asked(new Set(['eth_fillTransaction'])).source).not.toBe('refused');
  });

  test('that nothing proves are refused under proof, unless the plan says how else', () => {
    const prover = () => ({ question: () => undefined });
    const strict = scene({ head: trunk, verify: 'proof', prover });
    expect(messageOf(strict.ask('eth_gasPrice'))).toContain('Nothing proves the answer of eth_gasPrice');
    expect(
      scene({ head: trunk, verify: 'proof', prover, unproved: 'quorum' }).ask('eth_gasPrice').from,
    ).toEqual(['a', 'b']);
    const trusting = scene({ head: trunk, verify: 'proof', prover, unproved: 'trusted', trusts: true });
    expect(trusting.ask('eth_gasPrice').from).toEqual(['t']);
    expect(() => new ChainPool({ ...strict.pool.options, verify: 'quorum' })).toThrow(RangeError);
  });

  test('are passed on as they came to a node, and back as they are, where one call is as of what it names', () => {
    const { pool, node, pass } = scene({ head: trunk, verify: 'none', votes: 1 });
    const body = '{"id":"x", "jsonrpc":"2.0","method":"eth_getBalance","params":["0x1","0x5"]}';
    node(0).instead = (method) =>
      method === 'eth_getBalance' ? { text: '{ "id":"x","jsonrpc":"2.0","result":"0x1" }' } : undefined;
    const got: PoolAnswer[] = [];
    pool.call(callOf('eth_getBalance', ['0x1', '0x5'], '"x"'), { body }, (answer) => got.push(answer));
    pool.call(callOf('eth_getBalance', ['0x1', '0x5'], '"y"'), { body: 'other' }, (answer) =>
      got.push(answer),
    );
    pass(100);
    expect(
      node(0).link.posts.at(-1)?.body === body || node(0).link.posts.some((post) => post.body === body),
    ).toBe(true);
    expect(got.map(({ whole }) => whole)).toEqual(['{ "id":"x","jsonrpc":"2.0","result":"0x1" }', undefined]);
  });
});

test('a nonce that is asked for after a transaction was sent is not that of a call from before', () => {
  const { begin, nodes, pass } = scene({ head: trunk });
  let nonce = 7;
  for (const [i, one] of nodes.entries())
    one.instead = (method) =>
      method === 'eth_getTransactionCount' ? { result: hex(nonce), afterMs: i === 2 ? 10 : 100 } : undefined;
  const first = begin('eth_getTransactionCount', [ACCOUNT, 'pending']);
  pass(50);
  nonce = 8;
  const second = begin('eth_getTransactionCount', [ACCOUNT, 'pending']);
  pass(500);
  expect([first.answer?.text, second.answer?.text]).toEqual(['"0x7"', '"0x8"']);
});

test('a batch asks each node once, and gives every answer at its place', () => {
  const { pool, node, pass } = scene({ head: trunk });
  const before = node(0).link.posts.length;
  const got: (readonly PoolAnswer[])[] = [];
  const calls = [
    callOf('eth_getBalance', [ACCOUNT]),
    callOf('eth_chainId'),
    callOf('eth_sign'),
    callOf('eth_getBalance', [WRITER]),
  ];
  pool.batch(calls, {}, (answers) => got.push(answers));
  pass(15);
  expect(got[0]?.map(({ text }) => text)).toEqual([
    truth(8),
    '"0x1"',
    expect.stringContaining('does not exist here'),
    `"${balanceAt(trunk, WRITER)}"`,
  ]);
  expect(
    node(0)
      .link.posts.slice(before)
      .filter(({ calls: one }) => one.some(({ method }) => method === 'eth_getBalance')),
  ).toHaveLength(1);
  pool.batch([], {}, (answers) => got.push(answers));
  expect(got[1]).toEqual([]);
});

test('a listener that fails in the middle of a batch leaves no node held', () => {
  const { pool, begin, pass } = scene({ head: trunk });
  const call = callOf('eth_chainId');
  expect(() =>
    pool.batch([call], {}, () => {
      throw new Error('of whoever asked');
    }),
  ).toThrow('of whoever asked');
  const asked = begin('eth_getBalance', [ACCOUNT]);
  pass(100);
  expect(asked.answer?.text).toBe(truth(8));
});

test('nodes that were used up for today are not asked', () => {
  const settings = [{ budget: new Budget({ perDay: 12 }) }, undefined, undefined];
  const { ask, node, pass } = scene({ head: trunk, settings });
  pass(5_000);
  expect(node(0).node.leftToday).toBe(0);
  const before = node(0).link.posts.length;
  expect(ask('eth_getBalance', [ACCOUNT]).from).toEqual(['b', 'c']);
  expect(node(0).link.posts.length).toBe(before);
});
