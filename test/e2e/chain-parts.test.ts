/** The parts that chain reads are tested with do what they say. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { keccak256, type Hex } from 'viem';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { WebSocket } from 'ws';
import { endAnvils } from '../parts/anvil.ts';
import { blockHash } from '../parts/block-hash.ts';
import { ChainWorld } from '../parts/chain-world.ts';
import { ERRORS, type Fault, type LieKind } from '../parts/faults.ts';
import { FaultyNode } from '../parts/faulty-node.ts';
import { ledgerData, STORED_TOPIC } from '../parts/ledger.ts';
import { endNodeProcesses, startNodeProcess } from '../parts/node-process.ts';
import { makeFolder } from '../parts/part.ts';
import { startRecordedNode, type Read } from '../parts/recorded-node.ts';
import { LiveSource, resultOf } from '../parts/rpc.ts';

let world: ChainWorld;
const ended: (() => unknown)[] = [];

beforeAll(async () => {
  world = await ChainWorld.start();
});
afterEach(async () => {
  for (const end of ended.splice(0)) await end();
});
afterAll(async () => {
  await endNodeProcesses();
  await endAnvils();
});

/** Members of answers that are looked at. Those that an answer does not have are not asked for. */
interface Answered {
  readonly number: string;
  readonly hash: string;
  readonly status: string;
  readonly balance: string;
  readonly storageProof: readonly { readonly value: string }[];
  readonly transactions: readonly { readonly type: string }[];
}

/** Any answer: what a test expects of it, it compares. */
interface Reply {
  readonly id?: unknown;
  readonly method?: string;
  readonly result?: unknown;
  readonly error?: { readonly code: number; readonly message: string; readonly data?: unknown };
  readonly params?: { readonly subscription: string; readonly result: Partial<Answered> };
}

async function said<T = Answered>(index: number, method: string, ...params: readonly unknown[]): Promise<T> {
  // What an honest node answers has the form of its method.
  return (await world.node(index).ask(method, params)) as T;
}

async function heads(): Promise<readonly number[]> {
  return Promise.all(world.nodes.map(async (node) => Number(await node.ask('eth_blockNumber'))));
}

function word(number: number): string {
  return `0x${number.toString(16).padStart(64, '0')}`;
}

describe('nodes in lock-step', () => {
  test('have the same blocks, whatever is in them', async () => {
    for (const type of ['legacy', 'eip2930', 'eip1559', 'eip7702'] as const)
      await world.mine(1, [await world.store(1n, 7n, { type }), await world.storeMany(10, 20, { from: 1 })]);
    for (let number = 0; number <= world.head; number++) {
      const blocks = await Promise.all(
        [0, 1, 2].map((index) =>
          said<Answered & Record<string, unknown>>(
            index,
            'eth_getBlockByNumber',
            `0x${number.toString(16)}`,
            true,
          ),
        ),
      );
      expect(blocks[1]).toEqual(blocks[0]);
      expect(blocks[2]).toEqual(blocks[0]);
      expect(blockHash(blocks[0] ?? {})).toBe(blocks[0]?.hash);
    }
    const { transactions } = await said(0, 'eth_getBlockByNumber', 'latest', true);
    expect(transactions.map(({ type }) => type)).toEqual(['0x4', '0x2']);
  });

  test('have a safe and a final block behind the head', async () => {
    await world.mine(12 - world.head);
    const number = async (tag: string) => Number((await said(0, 'eth_getBlockByNumber', tag, false)).number);
    expect([await number('latest'), await number('safe'), await number('finalized')]).toEqual([12, 8, 4]);
  });

  test('run the ledger: it reads, logs, and refuses in two ways', async () => {
    const call = (data: Hex) => world.truth('eth_call', [{ to: world.ledger, data }, 'latest']);
    expect(await call(ledgerData({ functionName: 'read', args: [1n] }))).toEqual({
      result: `0x${'7'.padStart(64, '0')}`,
    });
    const { error: refused }: Reply = await call(ledgerData({ functionName: 'refuse' }));
    expect(refused).toMatchObject({ code: 3, message: 'execution reverted: refused' });
    const { error: custom }: Reply = await call(ledgerData({ functionName: 'refuseWith', args: [5n] }));
    expect(custom?.data).toMatch(/^0x[0-9a-f]{8}0{63}5$/);
    const logs = await said(0, 'eth_getLogs', { fromBlock: '0x2', toBlock: '0x2', topics: [STORED_TOPIC] });
    expect(logs).toHaveLength(21);
    expect(await said(0, 'eth_getBlockReceipts', '0x2')).toHaveLength(2);
    const proof = await said(0, 'eth_getProof', world.ledger, [word(1)], 'latest');
    expect(proof.storageProof[0]?.value).toBe('0x7');
  });

  test('take another branch together, higher than the one before, with or without its transactions', async () => {
    const before = world.head;
    const old = await world.store(2n, 1n);
    await world.mine(2, [old]);
    const gone = await world.hashAt(world.head - 1);
    await world.reorg(2);
    expect(await heads()).toEqual([before + 3, before + 3, before + 3]);
    expect(await said(1, 'eth_getTransactionReceipt', keccak256(old))).toBeNull();
    expect(await said(1, 'eth_getBlockByHash', gone, false)).toBeNull();
    const kept = await world.store(2n, 2n);
    await world.mine(1, [kept]);
    await world.reorg(1, { keeps: true });
    expect((await said(2, 'eth_getTransactionReceipt', keccak256(kept))).status).toBe('0x1');
  });

  test('can be held back and catch up, over a reorganisation too', async () => {
    await world.mine(2);
    world.hold(2);
    await world.mine(1);
    await world.reorg(2);
    expect(await heads()).toEqual([world.head, world.head, world.head - 2]);
    await world.release(2);
    expect(await world.hashAt(world.head, 2)).toBe(await world.hashAt(world.head, 0));
  });

  test('can stray alone, with a state that was never so and fits together', async () => {
    const { address } = world.account(2);
    await world.stray(1, { depth: 2, forge: (node) => node.ask('anvil_setBalance', [address, '0x5']) });
    const latest = await said<Answered & Record<string, unknown>>(1, 'eth_getBlockByNumber', 'latest', false);
    expect(Number(latest.number)).toBe(world.head + 1);
    expect(blockHash(latest)).toBe(latest.hash);
    expect((await said(1, 'eth_getProof', address, [], 'latest')).balance).toBe('0x5');
    await world.release(1);
    await world.mine();
    expect(await said(1, 'eth_getBalance', address, 'latest')).not.toBe('0x5');
  });

  test('mine what any of them was sent', async () => {
    const raw = await world.store(3n, 3n);
    await said(1, 'eth_sendRawTransaction', raw);
    await world.mine();
    expect((await said(2, 'eth_getTransactionReceipt', keccak256(raw))).status).toBe('0x1');
  });

  test('end with the test that started them, be it killed', async () => {
    const folder = makeFolder();
    const root = fileURLToPath(new URL('../../', import.meta.url));
    const outfile = join(root, 'node_modules', `.abandoned-${process.pid}.mjs`);
    ended.push(() => {
      rmSync(outfile, { force: true });
      rmSync(folder, { recursive: true, force: true });
    });
    await build({
      stdin: {
        contents: `import { startAnvil } from './test/parts/anvil.ts';
          const { pid } = await startAnvil();
          console.log(pid);`,
        resolveDir: root,
      },
      ...{ outfile, bundle: true, platform: 'node', format: 'esm', packages: 'external' },
    });
    const child = spawn(process.execPath, [outfile], { stdio: ['ignore', 'pipe', 'inherit'] });
    const [line] = await once(child.stdout, 'data');
    const pid = Number(line);
    expect(() => process.kill(pid, 0)).not.toThrow();
    child.kill('SIGKILL');
    await vi.waitFor(() => expect(() => process.kill(pid, 0)).toThrow('ESRCH'), 5_000);
  });
});

async function faulty(...faults: readonly Fault[]): Promise<FaultyNode> {
  const node = await FaultyNode.before(world.node(0));
  node.behave(...faults);
  ended.push(() => node.stop());
  return node;
}

interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

async function post(node: { url: string }, body: string, waitMs = 5_000): Promise<Answer> {
  const response = await fetch(node.url, {
    method: 'POST',
    body,
    headers: { 'content-type': 'application/json' },
    redirect: 'manual',
    signal: AbortSignal.timeout(waitMs),
  });
  return { status: response.status, headers: response.headers, text: await response.text() };
}

const ask = (method: string, ...params: readonly unknown[]): string =>
  JSON.stringify({ jsonrpc: '2.0', id: 5, method, params });
const NUMBER = ask('eth_blockNumber');
const BATCH = `[${[1, 2, 3].map((id) => `{"jsonrpc":"2.0","id":${id},"method":"eth_chainId"}`).join(',')}]`;

describe('a faulty node', () => {
  test('passes on what it hears and what is said, and counts', async () => {
    const node = await faulty();
    const odd = '{ "id" : 5,"method":"eth_blockNumber",   "params":[],"jsonrpc":"2.0"}';
    const { text } = await post(node, odd);
    expect(JSON.parse(text)).toEqual({ jsonrpc: '2.0', id: 5, result: `0x${world.head.toString(16)}` });
    await post(node, BATCH);
    expect(node.heard.map(({ body }) => body.toString())).toEqual([odd, BATCH]);
    expect(node.counts).toMatchObject({
      ...{ requests: 2, calls: 4, byMethod: { eth_blockNumber: 1, eth_chainId: 3 } },
    });
  });

  test('fails on the way', async () => {
    const node = await faulty();
    const met = async (fault: Fault, waitMs?: number): Promise<Answer> => {
      node.behave(fault);
      return post(node, NUMBER, waitMs);
    };
    // Long enough for it to be heard first, also on a busy machine.
    await expect(met({ kind: 'hang' }, 1_000)).rejects.toThrow('timeout');
    await expect(met({ kind: 'reset' })).rejects.toThrow('fetch failed');
    await expect(met({ kind: 'reset', afterBytes: 9 })).rejects.toThrow('terminated');
    expect(await met({ kind: 'empty' })).toMatchObject({ status: 200, text: '' });
    for (const length of ['right', 'chunked'] as const)
      expect((await met({ kind: 'half', length })).text).toBe('{"jsonrpc":"2.0","id');
    for (const length of ['wrong', 'cut'] as const)
      await expect(met({ kind: 'half', length })).rejects.toThrow('terminated');
    expect((await met({ kind: 'drip', everyMs: 1, bytes: 4 })).text).toMatch(/^\{.*\}$/);
    await expect(met({ kind: 'drip', everyMs: 50 }, 300)).rejects.toThrow('timeout');
    const busy = await met({ kind: 'status', status: 429, retryAfter: '7' });
    expect([busy.status, busy.headers.get('retry-after')]).toEqual([429, '7']);
    const bad = await met({ kind: 'status', status: 502 });
    expect([bad.status, bad.headers.get('content-type')]).toEqual([502, 'text/html']);
    const elsewhere = await met({ kind: 'redirect', to: 'http://127.0.0.1:9/' });
    expect([elsewhere.status, elsewhere.headers.get('location')]).toEqual([307, 'http://127.0.0.1:9/']);
    expect((await met({ kind: 'huge', bytes: 3_000_000 })).text).toHaveLength(3_000_038);
    expect((await met({ kind: 'deep', levels: 1_000_000 })).text).toContain('[[]]');
    expect((await met({ kind: 'number', of: 'overflow' })).text).toBe(
      '{"jsonrpc":"2.0","id":5,"result":1e999}',
    );
    expect((await met({ kind: 'number', of: 'quantity' })).text).toHaveLength(10_038);
    expect((await met({ kind: 'utf8' })).text).toContain('\ufffd');
    expect((await met({ kind: 'gzip' })).headers.get('content-encoding')).toBe('gzip');
    expect(node.counts.byFault).toMatchObject({ hang: 1, reset: 2, half: 4 });
  });

  test('streams a gigabyte without holding it', async () => {
    const node = await faulty({ kind: 'huge', bytes: 1e9 });
    const before = process.memoryUsage().rss;
    const response = await fetch(node.url, { method: 'POST', body: NUMBER });
    let read = 0;
    for await (const piece of response.body ?? []) {
      read += piece.length;
      if (read > 2e8) break;
    }
    expect(process.memoryUsage().rss - before).toBeLessThan(150e6);
  });

  test('spoils envelopes', async () => {
    const node = await faulty();
    const met = async (fault: Fault, body = BATCH): Promise<Reply & readonly Reply[]> => {
      node.behave(fault);
      return JSON.parse((await post(node, body)).text);
    };
    const ids = (replies: readonly Reply[]): unknown => replies.map(({ id }) => id);
    expect((await met({ kind: 'id', how: 'other' }, NUMBER)).id).toBe(1_000_008);
    expect((await met({ kind: 'id', how: 'text' }, NUMBER)).id).toBe('5');
    expect((await met({ kind: 'id', how: 'null' }, NUMBER)).id).toBeNull();
    expect(await met({ kind: 'id', how: 'none' }, NUMBER)).not.toHaveProperty('id');
    expect(ids(await met({ kind: 'batch', how: 'doubled' }))).toEqual([1, 2, 3, 1]);
    expect(ids(await met({ kind: 'batch', how: 'missing' }))).toEqual([2, 3]);
    expect(ids(await met({ kind: 'batch', how: 'additional' }))).toEqual([1, 2, 3, 987_654_321]);
    expect(ids(await met({ kind: 'batch', how: 'reordered' }))).toEqual([3, 2, 1]);
    expect((await met({ kind: 'batch', how: 'single' })).id).toBe(1);
    expect(await met({ kind: 'both' }, NUMBER)).toMatchObject({ result: '0x1', error: { code: -32_000 } });
    expect(await met({ kind: 'neither' }, NUMBER)).toEqual({ jsonrpc: '2.0', id: 5 });
    expect((await met({ kind: 'error', error: ERRORS.limitExceeded }, NUMBER)).error?.code).toBe(-32_005);
  });

  test('fails for some methods, and for a share of calls that its seed draws', async () => {
    const node = await faulty();
    node.behave(
      { fault: { kind: 'error', error: ERRORS.internal }, methods: ['eth_chainId'] },
      { fault: { kind: 'status', status: 500 }, share: 0.5 },
    );
    const statuses: number[] = [];
    for (let i = 0; i < 40; i++) statuses.push((await post(node, NUMBER)).status);
    expect(statuses.filter((status) => status === 500).length).toBeGreaterThan(10);
    expect(statuses.filter((status) => status === 200).length).toBeGreaterThan(10);
    expect((await post(node, ask('eth_chainId'))).text).toContain('Internal error');
  });

  test('is behind, stands still, is ahead, and is on another chain', async () => {
    const node = await faulty();
    const met = async (
      method: string,
      ...params: readonly unknown[]
    ): Promise<{ result: Answered & Record<string, unknown>; error?: unknown }> =>
      JSON.parse((await post(node, ask(method, ...params))).text);
    const { head } = world;
    const hex = (number: number): string => `0x${number.toString(16)}`;
    const newest = await world.hashAt(head);
    const raw = await world.store(4n, 4n);
    await world.mine(1, [raw]);
    node.behave({ kind: 'lag', blocks: 1 });
    expect((await met('eth_blockNumber')).result).toBe(hex(head));
    expect((await met('eth_getBlockByNumber', 'latest', false)).result.hash).toBe(newest);
    expect((await met('eth_getBlockByNumber', hex(head + 1), false)).result).toBeNull();
    expect((await met('eth_getBlockByHash', await world.hashAt(head + 1), false)).result).toBeNull();
    expect((await met('eth_getTransactionReceipt', keccak256(raw))).result).toBeNull();
    expect((await met('eth_getBalance', world.ledger, hex(head + 1))).error).toEqual(ERRORS.headerNotFound);
    expect((await met('eth_getStorageAt', world.ledger, '0x4', 'latest')).result).toMatch(/^0x0+$/);
    expect((await met('eth_getLogs', { fromBlock: hex(head + 1), toBlock: 'latest' })).result).toEqual([]);
    node.behave({ kind: 'frozen', at: 3 });
    expect((await met('eth_blockNumber')).result).toBe('0x3');
    node.behave({ kind: 'ahead', blocks: 5 });
    expect((await met('eth_blockNumber')).result).toBe(hex(head + 6));
    const claimed = (await met('eth_getBlockByNumber', 'latest', false)).result;
    expect([claimed.number, claimed.hash]).toEqual([hex(head + 6), blockHash(claimed)]);
    node.behave({ kind: 'chain', chainId: 5 });
    expect((await met('eth_chainId')).result).toBe('0x5');
    node.behave({ kind: 'swallow' });
    const swallowed = await world.store(4n, 5n);
    expect((await met('eth_sendRawTransaction', swallowed)).result).toBe(keccak256(swallowed));
    expect(await said(0, 'eth_getTransactionByHash', keccak256(swallowed))).toBeNull();
    await world.mine(1, [swallowed]);
  });

  test('refuses connections, and is where it was afterwards', async () => {
    const node = await faulty();
    await node.refuse();
    await expect(post(node, NUMBER)).rejects.toThrow('fetch failed');
    await node.accept();
    expect((await post(node, NUMBER)).status).toBe(200);
  });
});

async function reads(): Promise<readonly Read[]> {
  const block = '0x2';
  const { transactions } = await said(0, 'eth_getBlockByNumber', block, false);
  const [transaction] = transactions;
  const data = ledgerData({ functionName: 'read', args: [1n] });
  return [
    ...(['eth_chainId', 'eth_blockNumber'] as const).map((method) => ({ method, params: [] })),
    ...[true, false].map((whole) => ({ method: 'eth_getBlockByNumber', params: [block, whole] })),
    { method: 'eth_getBalance', params: [world.account(0).address, block] },
    { method: 'eth_getStorageAt', params: [world.ledger, '0x1', block] },
    { method: 'eth_getCode', params: [world.ledger, block] },
    { method: 'eth_call', params: [{ to: world.ledger, data }, block] },
    {
      method: 'eth_call',
      params: [{ to: world.ledger, data: ledgerData({ functionName: 'refuse' }) }, block],
    },
    { method: 'eth_getTransactionByHash', params: [transaction] },
    { method: 'eth_getTransactionReceipt', params: [transaction] },
    { method: 'eth_getTransactionReceipt', params: [`0x${'12'.repeat(32)}`] },
    { method: 'eth_getBlockReceipts', params: [block] },
    { method: 'eth_getLogs', params: [{ fromBlock: block, toBlock: '0x3' }] },
    { method: 'eth_getProof', params: [world.ledger, [word(1)], block] },
    { method: 'eth_feeHistory', params: ['0x2', block, [50]] },
  ];
}

describe('a liar', () => {
  const kinds: readonly LieKind[] = [
    'leaf',
    'drop',
    'add',
    'null',
    'other',
    'empty',
    'header',
    'proof',
    'any',
  ];

  test('says of everything what is not so; two with one seed say the same, another one something else', async () => {
    const liars: FaultyNode[] = [];
    for (const seed of [1, 1, 2]) {
      const liar = await FaultyNode.before(world.node(liars.length), { seed });
      ended.push(() => liar.stop());
      liars.push(liar);
    }
    let differ = 0;
    let count = 0;
    for (const { method, params } of await reads()) {
      const truth = JSON.stringify(await world.truth(method, params));
      for (const lie of kinds) {
        const [one = '', two = '', three = ''] = await Promise.all(
          liars.map(async (liar) => {
            liar.behave({ kind: 'lie', lie });
            const { result, error } = JSON.parse((await post(liar, ask(method, ...params))).text);
            return JSON.stringify(error === undefined ? { result } : { error });
          }),
        );
        expect(one, `${lie} about ${method}`).not.toBe(truth);
        expect(two).toBe(one);
        expect(three).not.toBe(truth);
        count++;
        if (three !== one) differ++;
      }
    }
    expect(differ / count).toBeGreaterThan(0.5);
    const told = new Set(liars[0]?.lies.map(({ kind }) => kind));
    for (const kind of kinds.slice(0, -1)) expect(told).toContain(kind);
  });

  test('has blocks whose hash is that of what it says', async () => {
    const node = await faulty({ kind: 'lie', lie: 'header' });
    for (let number = 1; number < 8; number++) {
      const { result } = JSON.parse(
        (await post(node, ask('eth_getBlockByNumber', `0x${number}`, true))).text,
      );
      expect(result.hash).toBe(blockHash(result));
      expect(result.hash).not.toBe(await world.hashAt(number));
    }
  });
});

class Listener {
  readonly socket: WebSocket;
  readonly messages: Reply[] = [];
  readonly closed: Promise<unknown>;

  constructor(url: string) {
    this.socket = new WebSocket(url);
    this.socket.on('message', (data: Buffer) => this.messages.push(JSON.parse(data.toString())));
    this.closed = new Promise((resolve) => this.socket.on('close', resolve));
    this.socket.on('error', () => {});
    ended.push(() => this.socket.terminate());
  }

  static async to(node: FaultyNode): Promise<Listener> {
    const listener = new Listener(node.wsUrl);
    await once(listener.socket, 'open');
    return listener;
  }

  async subscribe(kind: string, ...params: readonly unknown[]): Promise<void> {
    const id = this.messages.length + 1;
    this.socket.send(
      JSON.stringify({ jsonrpc: '2.0', id, method: 'eth_subscribe', params: [kind, ...params] }),
    );
    await vi.waitFor(() => expect(this.messages.some((one) => one.id === id && 'result' in one)).toBe(true));
  }

  get notices(): readonly NonNullable<Reply['params']>[] {
    return this.messages.flatMap(({ method, params }) =>
      method === 'eth_subscription' && params ? [params] : [],
    );
  }

  async hears(numbers: readonly number[]): Promise<void> {
    await expect.poll(() => this.notices.map(({ result }) => Number(result.number))).toEqual(numbers);
  }
}

describe('a WebSocket of a faulty node', () => {
  test('brings what the node does; doubled, late, not at all, or under another id', async () => {
    const node = await faulty();
    const listener = await Listener.to(node);
    await listener.subscribe('newHeads');
    const at = world.head;
    await world.mine();
    await listener.hears([at + 1]);
    node.notices = { kind: 'doubled' };
    await world.mine();
    await listener.hears([at + 1, at + 2, at + 2]);
    node.notices = { kind: 'silent' };
    await world.mine();
    await post(node, NUMBER);
    node.notices = { kind: 'late', delayMs: 20 };
    await world.mine();
    await listener.hears([at + 1, at + 2, at + 2, at + 4]);
    node.notices = { kind: 'wrong-id' };
    await world.mine();
    await listener.hears([at + 1, at + 2, at + 2, at + 4, at + 5]);
    const [first] = listener.notices;
    expect(listener.notices.at(-1)?.subscription).not.toBe(first?.subscription);
    expect(node.counts).toMatchObject({ sockets: 1, socketsOpen: 1, byMethod: { eth_subscribe: 1 } });
  });

  test('lags as its node does, and brings the rest once it is well', async () => {
    const node = await faulty();
    const listener = await Listener.to(node);
    await listener.subscribe('newHeads');
    const at = world.head;
    node.behave({ kind: 'lag', blocks: 2 });
    await world.mine(3);
    await listener.hears([at + 1]);
    node.behave();
    await listener.hears([at + 1, at + 2, at + 3]);
  });

  test('answers calls with the same faults, and can be killed, silent, or never shake hands', async () => {
    const node = await faulty({ kind: 'error', error: ERRORS.tooManyRequests });
    const listener = await Listener.to(node);
    listener.socket.send(NUMBER);
    await expect.poll(() => listener.messages.at(-1)?.error?.code).toBe(429);
    await listener.subscribe('logs', { address: world.ledger });
    node.notify('logs', { removed: true });
    await expect.poll(() => listener.notices.at(-1)?.result).toEqual({ removed: true });
    node.behave({ kind: 'hang' });
    node.killSockets();
    await listener.closed;
    const silent = await Listener.to(node);
    silent.socket.send(NUMBER);
    await expect.poll(() => node.counts.byFault.hang).toBe(1);
    expect(silent.messages).toEqual([]);
    node.handshake = 'refused';
    await new Listener(node.wsUrl).closed;
  });
});

describe('over a WebSocket', () => {
  test('a faulty node fails as it does over HTTP', async () => {
    const node = await faulty();
    const met = async (fault: Fault): Promise<string> => {
      node.behave(fault);
      const socket = new WebSocket(node.wsUrl, { skipUTF8Validation: true });
      ended.push(() => socket.terminate());
      await once(socket, 'open');
      socket.send(NUMBER);
      return new Promise((resolve) => {
        socket.once('message', (data: Buffer, isBinary) => resolve(isBinary ? 'binary' : data.toString()));
        socket.once('close', (code) => resolve(`closed ${code}`));
      });
    };
    expect(await met({ kind: 'reset' })).toBe('closed 1006');
    expect(await met({ kind: 'empty' })).toBe('');
    expect(await met({ kind: 'half', length: 'right' })).toBe('{"jsonrpc":"2.0","id');
    expect(await met({ kind: 'drip', everyMs: 1, bytes: 9 })).toMatch(/^\{.*\}$/);
    expect(await met({ kind: 'status', status: 429 })).toBe('closed 1008');
    expect(await met({ kind: 'huge', bytes: 5_000_000 })).toHaveLength(5_000_038);
    expect(await met({ kind: 'deep', levels: 9 })).toContain('[[[[[[[[[]]]]]]]]]');
    expect(await met({ kind: 'utf8' })).toContain('\ufffd');
    expect(await met({ kind: 'gzip' })).toBe('binary');
    expect(await met({ kind: 'id', how: 'other' })).toContain('"id":1000008');
  });
});

describe('a recorded node', () => {
  test('answers as the node did, by tag and by number, without it', async () => {
    const asked = await reads();
    const live = new LiveSource(world.node(0).url);
    const node = await startRecordedNode(live, { reads: asked });
    ended.push(() => node.stop());
    await live.close();
    const truths = await Promise.all(asked.map(({ method, params }) => world.truth(method, params)));
    for (const [i, { method, params }] of asked.entries())
      expect(await node.source.ask(method, params)).toEqual(truths[i]);
    const batch = JSON.stringify(asked.map((read, id) => ({ jsonrpc: '2.0', id, ...read })));
    const replies: (Reply & { jsonrpc: string })[] = JSON.parse((await post(node, batch)).text);
    expect(replies.map(({ id: _id, jsonrpc: _version, ...outcome }) => outcome)).toEqual(truths);
    expect(resultOf(await node.source.ask('eth_blockNumber', []))).toBe(`0x${world.head.toString(16)}`);
  });

  test('runs in a process of its own, with the same faults', async () => {
    const node = await startNodeProcess({
      anvilUrl: world.node(0).url,
      reads: await reads(),
      mostRemembered: 9,
    });
    ended.push(() => node.stop());
    expect((await post(node, NUMBER)).text).toContain(`"0x${world.head.toString(16)}"`);
    await node.behave({ kind: 'status', status: 429 });
    expect((await post(node, NUMBER)).status).toBe(429);
    await node.behave({ kind: 'lie', lie: 'leaf' });
    await post(node, NUMBER);
    expect(await node.lies()).toHaveLength(1);
    expect(await node.heard()).toEqual([NUMBER, NUMBER, NUMBER]);
    expect(await node.counts()).toMatchObject({ requests: 3, byFault: { status: 1, lie: 1 } });
    expect(await node.cpuMs()).toBeGreaterThan(0);
    await node.refuse();
    await expect(post(node, NUMBER)).rejects.toThrow('fetch failed');
  });
});
