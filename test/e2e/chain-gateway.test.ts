// A gateway before nodes of a chain that fail in all ways: what its clients see.
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { keccak256, type Hex } from 'viem';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { randomStream } from '../../src/random.ts';
import { holdMode } from '../../src/serve/index.ts';
import { bin } from '../cli/keelson.ts';
import { endAnvils } from '../parts/anvil.ts';
import {
  endChainGateways,
  serveChain,
  startChainGateway,
  type ChainClient,
  type ChainPlan,
} from '../parts/chain-gateway.ts';
import { groundOf, readsOf, untruthIn, type Ground } from '../parts/chain-reads.ts';
import { ChainWorld } from '../parts/chain-world.ts';
import { FaultyNode } from '../parts/faulty-node.ts';
import { ERRORS, type Fault } from '../parts/faults.ts';
import { startIssuer } from '../parts/issuer.ts';
import { quantity } from '../parts/rpc.ts';
import { endProcesses } from './keelson-process.ts';

const READS = 60;
const AT_ONCE = 6;

/** One chain, and three nodes before it, each with faults of its own. */
let world: ChainWorld;
let ground: Ground;
let nodes: readonly [FaultyNode, FaultyNode, FaultyNode];

beforeAll(async () => {
  world = await ChainWorld.start({ nodes: 1 });
  ground = await groundOf(world);
  const before = (seed: number): Promise<FaultyNode> => FaultyNode.before(world.node(0), { seed });
  nodes = [await before(1), await before(2), await before(3)];
});
afterAll(async () => {
  for (const node of nodes) await node.stop();
  await world.stop();
  await endAnvils();
});
beforeEach(async () => {
  for (const node of nodes) {
    await node.accept();
    node.behave();
    node.forget();
  }
});
afterEach(async () => {
  await endChainGateways();
  await endProcesses();
});

const PLANS: readonly (readonly [string, Omit<ChainPlan, 'nodes'>])[] = [
  ['the first that works', {}],
  ['two of three that agree', { atLeast: 2, verify: 'quorum' }],
];

/** Somebody's account, another one each time. */
let accounts = 0;
const stranger = (): string => `0x${(++accounts).toString(16).padStart(40, '5')}`;

async function untilWell(client: ChainClient): Promise<void> {
  await expect.poll(() => client.result('eth_blockNumber').catch(String)).toBe(quantity(world.head));
}

/** What is wrong with the answers to reads of all kinds. */
async function faultsOf(client: ChainClient, seed: number, reads = READS): Promise<string[]> {
  const next = readsOf(ground, randomStream('gateway', seed), 'all');
  const wrong: string[] = [];
  let left = reads;
  const ask = async (): Promise<void> => {
    while (left-- > 0) {
      const { method, params } = next();
      const { status, text, result, error } = await client.ask(method, params);
      const truth = await world.truth(method, params, true);
      const isErrorDue = 'error' in truth;
      const untruth = isErrorDue ? undefined : untruthIn(result, truth.result);
      if (status !== 200 || (error !== undefined) !== isErrorDue || untruth !== undefined)
        wrong.push(`${method} ${JSON.stringify(params)}: ${untruth ?? text.slice(0, 300)}`);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, ask));
  return wrong;
}

const FAULTS: readonly (readonly [string, Fault])[] = [
  ['429', { kind: 'status', status: 429, text: 'Too Many Requests' }],
  ['429 in a 200', { kind: 'error', error: ERRORS.tooManyRequests }],
  ['its daily limit in a 200', { kind: 'error', error: ERRORS.limitExceeded }],
  ['500', { kind: 'status', status: 500 }],
  ['502 of a proxy', { kind: 'status', status: 502 }],
  ['half of its JSON', { kind: 'half', length: 'right' }],
  ['half, and then nothing', { kind: 'half', length: 'wrong' }],
  ['half in chunks', { kind: 'half', length: 'chunked' }],
  ['half in chunks that do not end', { kind: 'half', length: 'cut' }],
  ['nothing in a 200', { kind: 'empty' }],
  ['a reset', { kind: 'reset' }],
  ['a reset within its answer', { kind: 'reset', afterBytes: 20 }],
  ['another id', { kind: 'id', how: 'other' }],
  ['a result and an error', { kind: 'both' }],
  ['neither', { kind: 'neither' }],
  ['an internal error', { kind: 'error', error: ERRORS.internal }],
  ['that it has no header', { kind: 'error', error: ERRORS.headerNotFound }],
  ['that it has no state', { kind: 'error', error: ERRORS.missingTrieNode }],
  ['that it has no such method', { kind: 'error', error: ERRORS.notFound }],
];

describe.each(PLANS)('of %s', (_name, plan) => {
  test.each(FAULTS)('no client sees that the first node answers %s', async (_fault, fault) => {
    const gateway = await serveChain({ ...plan, nodes });
    await untilWell(gateway);
    nodes[0].behave(fault);
    expect(await faultsOf(gateway, 1)).toEqual([]);
    expect(nodes[0].counts.byFault[fault.kind]).toBeGreaterThan(0);
  });

  test('no client sees that a node dies and comes back, and then it is used again', async () => {
    const gateway = await serveChain({ ...plan, nodes });
    await untilWell(gateway);
    expect(await faultsOf(gateway, 2)).toEqual([]);
    await nodes[0].refuse();
    expect(await faultsOf(gateway, 3)).toEqual([]);
    // Long enough that it shows: what only requests met is held against it for ten seconds.
    await new Promise((resolve) => setTimeout(resolve, 700));
    await nodes[0].accept();
    nodes[0].forget();
    await expect
      .poll(async () => {
        await gateway.result('eth_getBalance', [stranger(), 'latest']);
        return nodes[0].counts.byMethod.eth_getBalance ?? 0;
      })
      .toBeGreaterThan(0);
  });

  test('when all nodes are down that is said soon, and not for long once one is back', async () => {
    const gateway = await serveChain({ ...plan, nodes });
    await untilWell(gateway);
    for (const node of nodes) await node.refuse();
    for (let i = 0; i < 3; i++) {
      const { status, text, error, tookMs } = await gateway.ask('eth_getBalance', [stranger(), 'latest']);
      // Until the journey is down: then that is said.
      if (status === 200) expect(error?.message).toMatch(/^No node of chain could answer: \d unreachable\.$/);
      else expect([status, text]).toEqual([503, expect.stringContaining('problem:down')]);
      expect(tookMs).toBeLessThan(2_000);
    }
    await new Promise((resolve) => setTimeout(resolve, 700));
    for (const node of nodes) await node.accept();
    await expect
      .poll(async () => (await gateway.ask('eth_getBalance', [stranger(), 'latest'])).result)
      .toBe('0x0');
  });

  test('a gateway that has never heard of a node says so', async () => {
    for (const node of nodes) await node.refuse();
    const gateway = await serveChain({ ...plan, nodes });
    const { status, text, error, tookMs } = await gateway.ask('eth_getBalance', [stranger(), 'latest']);
    if (status === 200)
      expect(error).toMatchObject({ code: -32002, message: 'No head of the chain is known to chain yet.' });
    else expect([status, text]).toEqual([503, expect.stringContaining('problem:down')]);
    expect(tookMs).toBeLessThan(4_000);
  });
});

test('a first node that is only ever slow costs no read its answer, however many there are', async () => {
  const gateway = await serveChain({ nodes });
  await untilWell(gateway);
  const slow = (delayMs: number) =>
    ({ methods: ['eth_getBalance'], fault: { kind: 'ok' }, delayMs }) as const;
  // Not so much slower than the others that it has failed: more second attempts are due than there may be.
  nodes[0].behave(slow(6_000));
  nodes[1].behave(slow(300));
  nodes[2].behave(slow(300));
  const all = await Promise.all(
    Array.from({ length: 100 }, () => gateway.ask('eth_getBalance', [stranger(), 'latest'])),
  );
  expect(all.flatMap(({ error }) => error?.message ?? [])).toEqual([]);
});

describe('keelson-block', () => {
  test('says as of which block an answer is, and a request says there which block is the latest', async () => {
    const gateway = await serveChain({ nodes, atLeast: 2, verify: 'quorum' });
    await untilWell(gateway);
    const account = world.account(2).address;
    const balance = async (block: number): Promise<unknown> =>
      world.node(0).ask('eth_getBalance', [account, quantity(block)]);
    const free = await gateway.ask('eth_getBalance', [account, 'latest']);
    expect([free.block, free.result]).toEqual([world.head, await balance(world.head)]);
    for (const said of ['5', '0x5']) {
      const pinned = await gateway.ask('eth_getBalance', [account, 'latest'], { 'keelson-block': said });
      expect([pinned.block, pinned.result]).toEqual([5, await balance(5)]);
      // One that is left out is the latest.
      const left = await gateway.ask('eth_getBalance', [account], { 'keelson-block': said });
      expect([left.block, left.result]).toEqual([5, await balance(5)]);
      const block = await gateway.ask('eth_getBlockByNumber', ['latest', false], { 'keelson-block': said });
      expect([block.block, block.result]).toMatchObject([5, { number: '0x5' }]);
      const logs = await gateway.ask('eth_getLogs', [{ fromBlock: 'latest' }], { 'keelson-block': said });
      expect([logs.block, logs.result]).toEqual([
        5,
        await world.node(0).ask('eth_getLogs', [{ fromBlock: '0x5', toBlock: '0x5' }]),
      ]);
      // What names its block is not moved.
      const named = await gateway.ask('eth_getBalance', [account, '0x7'], { 'keelson-block': said });
      expect([named.block, named.result]).toEqual([7, await balance(7)]);
    }
    for (const said of ['latest', '-1', '1.5', '', '0x', '99999999999999999999']) {
      const { status, text } = await gateway.ask('eth_getBalance', [account], { 'keelson-block': said });
      expect([status, text]).toEqual([400, expect.stringContaining('bad-request')]);
    }
  });

  test('pinned beyond the head there is no answer of another block', async () => {
    const gateway = await serveChain({ nodes });
    await untilWell(gateway);
    const ahead = String(world.head + 50);
    const { result, error } = await gateway.ask('eth_getBalance', [stranger()], { 'keelson-block': ahead });
    expect([result, typeof error?.message]).toEqual([undefined, 'string']);
    const block = await gateway.ask('eth_getBlockByNumber', ['latest', false], { 'keelson-block': ahead });
    expect(block.result ?? null).toBe(null);
  });
});

describe('a node is not asked', () => {
  test('that is of another chain', async () => {
    nodes[0].behave({ kind: 'chain', chainId: 1 });
    const gateway = await serveChain({ nodes });
    await untilWell(gateway);
    expect(await faultsOf(gateway, 5)).toEqual([]);
    // Which one it is of, and what its head is, until that is known.
    const { eth_chainId, eth_getBlockByNumber, eth_subscribe, ...others } = nodes[0].counts.byMethod;
    expect(eth_chainId).toBeGreaterThan(0);
    expect(others).toEqual({});
  });

  test('more often in a day than its provider allows, and clients see nothing of it', async () => {
    const gateway = await serveChain({
      nodes: [{ url: nodes[0].url, more: 'budget: {perDay: 40}' }, nodes[1]],
    });
    await untilWell(gateway);
    expect(await faultsOf(gateway, 6, 150)).toEqual([]);
    expect(nodes[0].counts.calls).toBeLessThanOrEqual(40);
    expect(nodes[0].counts.calls).toBeGreaterThan(30);
  });

  test('more often in a second than its provider allows', async () => {
    const began = performance.now();
    const gateway = await serveChain({
      nodes: [{ url: nodes[0].url, more: 'budget: {perSecond: 10, burst: 15}' }, nodes[1]],
    });
    await untilWell(gateway);
    for (let i = 0; i < 6; i++) {
      expect(await faultsOf(gateway, 10 + i, 40)).toEqual([]);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    const seconds = (performance.now() - began) / 1_000;
    expect(nodes[0].counts.calls).toBeLessThanOrEqual(15 + 10 * seconds);
    expect(nodes[0].counts.calls).toBeGreaterThan(10);
  });

  test('that somebody drains, and then it is again', async () => {
    const gateway = await startChainGateway({ nodes });
    await untilWell(gateway);
    const order = (...words: readonly string[]) =>
      promisify(execFile)(process.execPath, [
        ...[bin, 'drain', 'node-1', '--state', join(gateway.folder, 'state'), '--reason', 'a new kernel'],
        ...words,
      ]);
    const asked = async (): Promise<readonly number[]> => {
      for (const node of nodes) node.forget();
      for (let i = 0; i < 20; i++) await gateway.result('eth_getBalance', [stranger(), 'latest']);
      return nodes.map(({ counts }) => counts.byMethod.eth_getBalance ?? 0);
    };
    expect((await asked())[0]).toBe(20);
    expect((await order()).stdout).toContain('has node-1 drained');
    // One that is slow for once may have a third asked as well.
    expect((await asked()).slice(0, 2)).toEqual([0, 20]);
    expect((await order('--back')).stdout).toContain('lets node-1 have requests again');
    // Users stay where they were moved to.
    const [first, second] = await asked();
    expect((first ?? 0) + (second ?? 0)).toBe(20);
  });
});

describe('a method is not passed on', () => {
  test('that the plan refuses, that nobody asked for, that signs, or that is none', async () => {
    const gateway = await serveChain({
      nodes,
      jsonrpc: 'refuse: [eth_getLogs, eth_subscribe], allow: [debug_traceTransaction]',
    });
    await untilWell(gateway);
    const refused = [
      ...['eth_getLogs', 'debug_traceCall', 'eth_sendTransaction', 'eth_sign', 'personal_sign', 'evm_mine'],
      ...['anvil_setBalance', 'admin_peers', 'miner_start', 'hardhat_reset', 'txpool_content'],
      ...['constructor', 'toString', '__proto__', 'hasOwnProperty', 'ETH_GETBALANCE', 'eth_getBalance '],
    ];
    for (const method of refused) {
      const { status, error } = await gateway.ask(method, []);
      expect([status, error]).toEqual([
        200,
        { code: -32601, message: `The method ${method} does not exist here, or is not offered.` },
      ]);
    }
    const asked = nodes.flatMap(({ counts }) => Object.keys(counts.byMethod));
    expect(asked.filter((method) => refused.includes(method))).toEqual([]);
    const hash = ground.transactions[0];
    expect(await gateway.result('debug_traceTransaction', [hash])).toMatchObject({ failed: false });
  });

  test('for logs of more blocks than the plan says', async () => {
    const gateway = await serveChain({ nodes, jsonrpc: 'logs: 5' });
    await untilWell(gateway);
    const logs = (fromBlock: unknown, toBlock?: unknown) =>
      gateway.ask('eth_getLogs', [{ fromBlock, toBlock }]);
    expect((await logs('0x2', '0x6')).error).toBe(undefined);
    expect((await logs('0x2', '0x7')).error).toMatchObject({
      code: -32602,
      message: 'Expected a range of at most 5 blocks, found 6.',
    });
    expect((await logs('earliest', 'latest')).error?.code).toBe(-32602);
    expect((await logs('0x1')).error?.code).toBe(-32602);
    expect((await logs('0x0', '0x1fffffffffffff')).error?.code).toBe(-32602);
    expect((await logs('latest', 'latest')).error).toBe(undefined);
    // What is pending comes after the latest.
    expect((await logs('earliest', 'pending')).error?.code).toBe(-32602);
    expect((await logs('0x0', 'pending')).error?.code).toBe(-32602);
    expect((await logs('latest', 'pending')).error).toBe(undefined);
  });
});

/** What a client has of its WebSocket. */
class Client {
  readonly said: { id?: unknown; result?: unknown; error?: { code: number } }[] = [];
  readonly socket: WebSocket;
  readonly closed: Promise<number>;

  constructor(url: string, headers: Readonly<Record<string, string>> = {}) {
    this.socket = new WebSocket(url, { headers, perMessageDeflate: false });
    this.closed = new Promise((resolve) => this.socket.once('close', resolve));
    this.socket.on('error', () => {});
    this.socket.on('message', (data) => this.said.push(JSON.parse(String(data))));
  }

  static async to(url: string, headers?: Readonly<Record<string, string>>): Promise<Client> {
    const client = new Client(url, headers);
    await once(client.socket, 'open');
    return client;
  }

  ask(id: number, method: string, params: readonly unknown[] = []): void {
    this.socket.send(JSON.stringify({ jsonrpc: '2.0', id, method, params }));
  }
}

/** Throws how it was closed, where it was. */
async function failed({ closed }: Client): Promise<never> {
  throw new Error(`It was closed with ${await closed}.`);
}

describe('a WebSocket', () => {
  test('is asked in text and in bytes, alone and in batches, and answers a ping', async () => {
    const gateway = await serveChain({ nodes });
    await untilWell(gateway);
    const client = await Client.to(gateway.wsUrl);
    const pong = once(client.socket, 'pong');
    client.socket.ping('there?');
    expect(String((await pong)[0])).toBe('there?');
    client.ask(1, 'eth_chainId');
    client.socket.send(Buffer.from('{"jsonrpc":"2.0","id":2,"method":"net_version"}'), { binary: true });
    client.socket.send(
      '[{"id":3,"method":"eth_chainId"},{"id":4,"method":"eth_getBalance","params":["0x1111111111111111111111111111111111111111","0x1"]}]',
    );
    client.socket.send('{');
    client.socket.send('');
    client.socket.send('{"jsonrpc":"2.0","method":"eth_chainId"}');
    client.ask(5, 'eth_chainId');
    await expect
      .poll(() => client.said.flat().map(({ id, result, error }) => [id, result ?? error?.code]))
      .toHaveLength(7);
    const said = new Map(client.said.flat().map(({ id, result, error }) => [id, result ?? error?.code]));
    expect([...said].sort()).toEqual(
      [
        [1, '0x539'],
        [2, '1337'],
        [3, '0x539'],
        [4, '0x0'],
        [5, '0x539'],
        [null, -32700],
      ].sort(),
    );
    client.socket.terminate();
  });

  test('has a thousand subscriptions and no more, and a message has its bound', async () => {
    const gateway = await serveChain({ nodes });
    await untilWell(gateway);
    const client = await Client.to(gateway.wsUrl);
    for (let i = 1; i <= 1_001; i++) client.ask(i, 'eth_subscribe', ['newHeads']);
    await expect.poll(() => client.said.length).toBe(1_001);
    expect(client.said.filter(({ error }) => error !== undefined)).toMatchObject([
      { id: 1_001, error: { code: -32005 } },
    ]);
    const names = client.said.flatMap(({ result }) => result ?? []);
    expect(new Set(names).size).toBe(1_000);
    // One that has ended leaves room for another.
    client.ask(2_000, 'eth_unsubscribe', [names[0]]);
    client.ask(2_001, 'eth_unsubscribe', [names[0]]);
    client.ask(2_002, 'eth_subscribe', ['newHeads']);
    client.ask(2_003, 'eth_subscribe', ['everything']);
    await Promise.race([expect.poll(() => client.said.length).toBe(1_005), failed(client)]);
    expect(client.said.slice(-4)).toMatchObject([
      { result: true },
      { result: false },
      { result: expect.stringMatching(/^0x\w{32}$/) },
      { error: { code: -32602 } },
    ]);
    client.socket.send(
      `{"jsonrpc":"2.0","id":1,"method":"eth_chainId","params":["${'0'.repeat(2_000_000)}"]}`,
    );
    expect(await client.closed).toBe(1009);
  });

  test('ends when the mode of its journey no longer lets it through, and none is opened then', async () => {
    const gateway = await serveChain({
      nodes,
      modes: '{full: {needs: [chain]}, some: {worth: 10%, needs: [chain], allow: [{methods: [POST]}]}}',
    });
    await untilWell(gateway);
    const client = await Client.to(gateway.wsUrl);
    const order = { journey: 'reads', pinned: true, reason: 'test', by: 'test', forMs: 60_000 };
    holdMode(gateway.serving, { ...order, mode: 'some' });
    expect(await client.closed).toBe(1001);
    expect(await new Client(gateway.wsUrl).closed).toBe(1006);
    expect(await gateway.result('eth_chainId')).toBe('0x539');
    holdMode(gateway.serving, { ...order, mode: null });
    (await Client.to(gateway.wsUrl)).socket.terminate();
  });

  test('ends when the token that opened it does', async () => {
    const issuer = await startIssuer(() => Date.now());
    const key = await issuer.addKey('ES256');
    const gateway = await serveChain({
      nodes,
      pool: 'needs: login',
      services: `  login: {outages: none, jwt: {issuer: "${issuer.issuer}", audience: harbor, keys: "${issuer.url}"}}\n`,
    });
    const bearer = async (seconds: number): Promise<Record<string, string>> => {
      const exp = Math.floor(Date.now() / 1_000) + seconds;
      return { authorization: `Bearer ${await issuer.sign(key, { claims: { exp, iat: exp - 100 } })}` };
    };
    const good = await bearer(60);
    await expect.poll(() => gateway.result('eth_chainId', [], good).catch(String)).toBe('0x539');
    expect((await gateway.ask('eth_chainId')).status).toBe(401);
    expect(await new Client(gateway.wsUrl).closed).toBe(1006);
    const lasting = await Client.to(gateway.wsUrl, good);
    const client = await Client.to(gateway.wsUrl, await bearer(2));
    client.ask(1, 'eth_chainId');
    expect(await client.closed).toBe(1008);
    expect(client.said).toMatchObject([{ id: 1, result: '0x539' }]);
    expect(lasting.socket.readyState).toBe(WebSocket.OPEN);
    lasting.socket.terminate();
    await issuer.stop();
  });
});

test('a journey goes down as the plan says when too few nodes are left, and up again', async () => {
  const gateway = await serveChain({
    nodes,
    atLeast: 2,
    verify: 'quorum',
    modes: '{full: {needs: [chain]}, some: {worth: 30%, needs: [node-3], allow: [{methods: [POST]}]}}',
  });
  await untilWell(gateway);
  const mode = async (): Promise<unknown> => (await gateway.ask('eth_chainId')).headers['keelson-mode'];
  expect(await mode()).toBe('full;journey=reads');
  await nodes[0].refuse();
  await new Promise((resolve) => setTimeout(resolve, 700));
  await expect.poll(mode).toBe('full;journey=reads');
  await nodes[1].refuse();
  await expect.poll(mode).toBe('some;journey=reads');
  const { error } = await gateway.ask('eth_getBalance', [stranger(), 'latest']);
  expect(error?.message).toMatch(
    /nodes of chain that were asked, no 2 say the same|No node of chain could answer/,
  );
  await nodes[0].accept();
  await nodes[1].accept();
  await expect.poll(mode, { timeout: 30_000 }).toBe('full;journey=reads');
});

describe('of a chain that goes on', () => {
  let moving: ChainWorld;
  let before: readonly [FaultyNode, FaultyNode, FaultyNode];
  const loops: (() => Promise<void>)[] = [];

  beforeAll(async () => {
    moving = await ChainWorld.start({ nodes: 1 });
    await moving.mine(3, [await moving.store(1n, 1n)]);
    const one = (): Promise<FaultyNode> => FaultyNode.before(moving.node(0));
    before = [await one(), await one(), await one()];
  });
  beforeEach(() => {
    for (const node of before) node.behave();
  });
  afterEach(async () => {
    for (const end of loops.splice(0)) await end();
  });
  afterAll(async () => {
    for (const node of before) await node.stop();
    await moving.stop();
  });

  /** Again and again, until the test is over. */
  function keep(turn: (count: number) => Promise<void>): () => Promise<void> {
    let isOver = false;
    const done = (async () => {
      for (let count = 0; !isOver; count++) await turn(count);
    })();
    const end = (): Promise<void> => {
      isOver = true;
      return done;
    };
    loops.push(end);
    return end;
  }

  const untilGoes = (client: ChainClient): Promise<void> =>
    expect.poll(async () => Number((await client.ask('eth_blockNumber')).result)).toBeGreaterThanOrEqual(3);

  test.each(PLANS)(
    'by %s the head never goes back for a client, while nodes lag and die in turn',
    async (name, plan) => {
      const gateway = await serveChain({ ...plan, nodes: before });
      await untilGoes(gateway);
      for (const node of before) node.behave({ kind: 'frozen', at: moving.head });
      const random = randomStream('heads', 1);
      const since = moving.head;
      let turns = 0;
      const end = keep(async (turn) => {
        turns = turn;
        const gone = before[turn % 3];
        await gone?.refuse();
        await moving.mine(1);
        for (const node of before) {
          const was = node.rules[0]?.fault;
          const least = was?.kind === 'frozen' ? was.at : 0;
          // Up to two behind, and never back.
          node.behave({ kind: 'frozen', at: Math.max(least, moving.head - Math.floor(random() * 3)) });
        }
        await new Promise((resolve) => setTimeout(resolve, 500 + random() * 300));
        await gone?.accept();
        await new Promise((resolve) => setTimeout(resolve, 300));
      });
      const falls: string[] = [];
      const errors: string[] = [];
      let most = 0;
      let asked = 0;
      const poll = async (): Promise<void> => {
        let highest = 0;
        while (asked++ < 3_000 || turns < 4) {
          const isNumber = asked % 2 === 0;
          const { status, result, text, error } = isNumber
            ? await gateway.ask('eth_blockNumber')
            : await gateway.ask('eth_getBlockByNumber', ['latest', false]);
          const height = Number(isNumber ? result : (result as { number: string } | null)?.number); // a block, of this method
          if (asked % 10 === 0) await new Promise((resolve) => setTimeout(resolve, 20));
          // Too few were there for a moment: that is no head at all.
          if (error !== undefined || status === 503) errors.push(text);
          else if (!(height >= highest)) falls.push(`${text.slice(0, 80)} after ${highest}`);
          highest = Math.max(highest, Number.isNaN(height) ? 0 : height);
          most = Math.max(most, highest);
        }
      };
      await Promise.all(Array.from({ length: 4 }, poll));
      await end();
      if (process.env.KEELSON_SAY !== undefined)
        console.log(name, { errors: errors.length, first: errors[0] });
      expect(falls).toEqual([]);
      // It has moved meanwhile.
      expect(most).toBeGreaterThan(since + 3);
      // Two that agree on a block may have become one: then there is no answer. One that has it is enough for the other plan.
      if (plan.verify === undefined) expect(errors).toEqual([]);
      else expect(errors.length).toBeLessThan(600);
    },
  );

  test('two nodes that are behind do not make a mined transaction unknown', async () => {
    const gateway = await serveChain({
      ...{ nodes: before, atLeast: 2, verify: 'quorum', jsonrpc: 'lag: 1' },
      // A journey that is let through whatever becomes of the nodes.
      ...{ modes: '{full: {needs: [gate]}}', services: '  gate: {outages: none}\n' },
    });
    await untilGoes(gateway);
    const raw = await moving.store(7n, 7n);
    const hash = keccak256(raw);
    await moving.mine(1, [raw]);
    const at = moving.head;
    await expect.poll(async () => Number((await gateway.ask('eth_blockNumber')).result)).toBe(at);
    await before[0].refuse();
    for (const node of before) node.behave({ kind: 'frozen', at: at - 3 });
    // Until the pool has seen that they are.
    await new Promise((resolve) => setTimeout(resolve, 700));
    for (const method of ['eth_getTransactionByHash', 'eth_getTransactionReceipt']) {
      const { error, text } = await gateway.ask(method, [hash]);
      expect(error?.message ?? text).toMatch(/^No node of chain could answer: .*\b2 behind/);
    }
    await before[0].accept();
  });

  test('a node that sees a transaction a little later than the other costs a moment and no error', async () => {
    const gateway = await serveChain({ nodes: before, atLeast: 2, verify: 'quorum' });
    await untilGoes(gateway);
    const raw = await moving.store(8n, 8n);
    const hash = keccak256(raw);
    await moving.mine(1, [raw]);
    const at = moving.head;
    await expect.poll(async () => Number((await gateway.ask('eth_blockNumber')).result)).toBe(at);
    await before[0].refuse();
    before[1].behave({ kind: 'frozen', at: at - 1 });
    setTimeout(() => before[1].behave(), 100);
    const receipt = await gateway.result('eth_getTransactionReceipt', [hash]);
    expect(receipt).toMatchObject({ transactionHash: hash, status: '0x1' });
    await before[0].accept();
  });

  test('all of a batch is as of one block, while the chain goes on', async () => {
    const gateway = await serveChain({ nodes: before, atLeast: 2, verify: 'quorum' });
    await untilGoes(gateway);
    keep(async () => moving.mine(1, [await moving.store(1n, BigInt(moving.head))]));
    const calls = [
      ['eth_getBlockByNumber', ['latest', false]],
      ['eth_getTransactionCount', [moving.account(0).address, 'latest']],
      ['eth_getStorageAt', [moving.ledger, quantity(1), 'latest']],
      ['eth_blockNumber', []],
      ['eth_call', [{ to: moving.ledger, data: `0x${'0'.repeat(8)}` }, 'latest']],
    ];
    const body = JSON.stringify(
      calls.map(([method, params], id) => ({ jsonrpc: '2.0', id, method, params })),
    );
    for (let i = 0; i < 25; i++) {
      const { text, headers } = await gateway.post(body);
      const said = JSON.parse(text) as { id: number; result: unknown }[]; // JSON-RPC
      const block = Number(headers['keelson-block']);
      const at = quantity(block);
      expect(said.map(({ id }) => id)).toEqual([0, 1, 2, 3, 4]);
      expect(said[0]?.result).toMatchObject({ number: at });
      // Asked once the head is past: this one is asked while it makes blocks.
      await expect.poll(() => moving.head, { interval: 5 }).toBeGreaterThan(block + 1);
      expect(said[1]?.result).toBe(
        await moving.node(0).ask('eth_getTransactionCount', [moving.account(0).address, at]),
      );
      expect(said[2]?.result).toBe(
        await moving.node(0).ask('eth_getStorageAt', [moving.ledger, quantity(1), at]),
      );
      expect(said[3]?.result).toBe(at);
    }
  });

  describe('a signed transaction', () => {
    const send = async (gateway: ChainClient, raw: Hex): Promise<unknown> =>
      gateway.result('eth_sendRawTransaction', [raw]);

    test('is sent twice and happens once, though one node swallows it and another says that it knows it', async () => {
      const gateway = await serveChain({ nodes: before });
      await untilGoes(gateway);
      before[0].behave({ kind: 'swallow' });
      before[1].behave({
        methods: ['eth_sendRawTransaction'],
        fault: { kind: 'error', error: { code: -32000, message: 'already known' } },
      });
      const raw = await moving.store(3n, 4n, { from: 3 });
      const hash = keccak256(raw);
      expect(await Promise.all([send(gateway, raw), send(gateway, raw)])).toEqual([hash, hash]);
      expect(await send(gateway, raw)).toBe(hash);
      await expect.poll(() => moving.node(0).ask('eth_getTransactionByHash', [hash])).not.toBe(null);
      await moving.mine(1);
      const receipt = async (): Promise<unknown> => gateway.result('eth_getTransactionReceipt', [hash]);
      await expect.poll(receipt).toMatchObject({ transactionHash: hash, status: '0x1' });
      // Its nonce is used up, by itself.
      for (const node of before) node.behave();
      expect(await send(gateway, raw)).toBe(hash);
    });

    test('whose nonce is used up by another one is refused as its nodes do', async () => {
      const gateway = await serveChain({ nodes: before, atLeast: 2, verify: 'quorum' });
      await untilGoes(gateway);
      const { error } = await gateway.ask('eth_sendRawTransaction', [
        await moving.store(9n, 9n, { nonce: 0 }),
      ]);
      expect(error?.message).toMatch(/nonce too low/);
    });

    test('that is none is refused, and no node hears of it', async () => {
      const gateway = await serveChain({ nodes: before });
      await untilGoes(gateway);
      for (const node of before) node.forget();
      for (const raw of ['', '0x', 'text', 7, null, undefined, {}]) {
        const { error } = await gateway.ask('eth_sendRawTransaction', [raw]);
        expect(error).toMatchObject({ code: -32602, message: 'Expected a signed transaction as hex.' });
      }
      expect(before.map(({ counts }) => counts.byMethod.eth_sendRawTransaction)).toEqual([
        undefined,
        undefined,
        undefined,
      ]);
    });
  });
});
