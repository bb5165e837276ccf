// Nodes and clients that mean harm: the gateway stays small, the others are answered, and what is wrong is said.
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { WebSocketServer, type WebSocket } from 'ws';
import { randomStream } from '../../src/random.ts';
import { endAnvils } from '../parts/anvil.ts';
import {
  endChainGateways,
  serveChain,
  startChainGateway,
  type ChainClient,
  type ChainGateway,
} from '../parts/chain-gateway.ts';
import { groundOf, readsOf, untruthIn, type Ground, type Read } from '../parts/chain-reads.ts';
import { ChainWorld } from '../parts/chain-world.ts';
import type { Fault, Rule } from '../parts/faults.ts';
import { endNodeProcesses, startNodeProcess, type NodeProcess } from '../parts/node-process.ts';
import { sendRaw } from '../parts/raw-client.ts';
import { quantity } from '../parts/rpc.ts';
import { endProcesses } from './keelson-process.ts';

const GIGABYTE = 1_000_000_000;
/** What the gateway may take in addition to what it takes at rest. @unit bytes */
const MOST_MORE_BYTES = 350_000_000;
const READS = 80;
const AT_ONCE = 8;

let world: ChainWorld;
let ground: Ground;
let nodes: readonly [NodeProcess, NodeProcess, NodeProcess];
let elsewhere: Server;
let askedElsewhere = 0;
const ends: (() => unknown)[] = [];

beforeAll(async () => {
  world = await ChainWorld.start({ nodes: 1 });
  ground = await groundOf(world, 10);
  const { url } = world.node(0);
  const one = (seed: number): Promise<NodeProcess> => startNodeProcess({ anvilUrl: url, reads: [], seed });
  nodes = await Promise.all([one(1), one(2), one(3)]);
  elsewhere = createServer((_, response) => {
    askedElsewhere++;
    response.end('{"jsonrpc":"2.0","id":1,"result":"0x1"}');
  });
  await listening(elsewhere);
});
beforeEach(async () => {
  for (const node of nodes) await node.behave();
});
afterEach(async () => {
  for (const end of ends.splice(0)) await end();
});
afterAll(async () => {
  elsewhere.close();
  await endNodeProcesses();
  await world.stop();
  await endAnvils();
});

async function listening(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port; // it listens on TCP
}

async function untilWell(gateway: ChainClient): Promise<void> {
  await vi.waitFor(async () => expect(await gateway.result('eth_blockNumber')).toBe(quantity(world.head)), {
    ...{ timeout: 10_000, interval: 20 },
  });
}

interface Account {
  readonly wrong: readonly string[];
  /** @unit ms */
  readonly p99Ms: number;
  /** @unit bytes */
  readonly moreBytes: number;
}

/** Reads through it while its memory is watched. */
async function account(gateway: ChainGateway, seed: number, reads = READS): Promise<Account> {
  const before = await gateway.memory();
  let most = before;
  let isOver = false;
  const watching = (async () => {
    while (!isOver) {
      most = Math.max(most, await gateway.memory());
      await new Promise((resolve) => setTimeout(resolve, 30));
    }
  })();
  const took: number[] = [];
  const wrong = await readThrough(gateway, seed, reads, took);
  most = Math.max(most, await gateway.memory());
  isOver = true;
  await watching;
  took.sort((a, b) => a - b);
  return { wrong, p99Ms: took[Math.floor(took.length * 0.99)] ?? 0, moreBytes: most - before };
}

/** What is wrong with the answers to reads of all kinds. @param took how long each took. @unit ms */
async function readThrough(
  client: ChainClient,
  seed: number,
  reads: number,
  took: number[],
): Promise<readonly string[]> {
  const next = readsOf(ground, randomStream('hostile', seed), 'all');
  const wrong: string[] = [];
  let left = reads;
  const ask = async (): Promise<void> => {
    while (left-- > 0) {
      const { method, params } = next();
      const { text, result, error, tookMs } = await client.ask(method, params);
      took.push(tookMs);
      const why = await untruthOf({ method, params }, result, error);
      if (why !== undefined) wrong.push(`${method} ${JSON.stringify(params)}: ${why} ${text.slice(0, 300)}`);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, ask));
  return wrong;
}

async function untruthOf(
  { method, params }: Read,
  result: unknown,
  error: unknown,
): Promise<string | undefined> {
  const truth = await world.truth(method, params, true);
  if ('error' in truth) return error === undefined ? 'no error' : undefined;
  return error === undefined ? untruthIn(result, truth.result) : 'an error';
}

/** What takes memory. */
const LARGE: readonly (readonly [string, Fault])[] = [
  ['answers of a gigabyte, as they say', { kind: 'huge', bytes: GIGABYTE, isLengthSaid: true }],
  ['answers of a gigabyte, in chunks', { kind: 'huge', bytes: GIGABYTE }],
  ['answers that are a million brackets deep', { kind: 'deep', levels: 1_000_000 }],
];
const WRONG: readonly (readonly [string, Fault])[] = [
  ['the id of another call', { kind: 'id', how: 'other' }],
  ['an id that is a text', { kind: 'id', how: 'text' }],
  ['no id', { kind: 'id', how: 'none' }],
  ['batches with an answer twice', { kind: 'batch', how: 'doubled' }],
  ['batches with an answer missing', { kind: 'batch', how: 'missing' }],
  ['batches with an answer that nobody asked for', { kind: 'batch', how: 'additional' }],
  ['batches as one', { kind: 'batch', how: 'single' }],
  ['a byte at a time', { kind: 'drip', everyMs: 50 }],
  ['numbers beyond all numbers', { kind: 'number', of: 'overflow' }],
  ['numbers of ten thousand digits', { kind: 'number', of: 'integer' }],
  ['what is no UTF-8', { kind: 'utf8' }],
  ['gzip that nobody asked for', { kind: 'gzip' }],
  ['a result and an error', { kind: 'both' }],
  ['HTML', { kind: 'text', text: '<html>ok</html>', type: 'text/html' }],
];
/** As data they may be so: two others say otherwise. */
const QUANTITY: Fault = { kind: 'number', of: 'quantity' };
const redirect = (): Fault => {
  const { port } = elsewhere.address() as AddressInfo; // it listens on TCP
  return { kind: 'redirect', to: `http://127.0.0.1:${port}/` };
};
/** What is asked for the head is answered well: so the node goes on being asked. */
const HEADS: Rule = {
  methods: ['eth_chainId', 'eth_getBlockByNumber', 'eth_getBlockByHash'],
  fault: { kind: 'ok' },
};

function say(what: string, { p99Ms, moreBytes }: Account): void {
  if (process.env.KEELSON_SAY !== undefined)
    console.log(what, { p99Ms: Math.round(p99Ms), moreMegabytes: Math.round(moreBytes / 1e6) });
}

/** An answer may have waited for a second node once, on a busy machine; what is waited for a node without bound takes longer. @unit ms */
const MOST_WAIT_MS = 3_000;

/** Each test has a gateway of its own: a node that has failed is left alone for a while. */
function endEach(): void {
  afterEach(async () => {
    await endChainGateways();
    await endProcesses();
  });
}

describe('a node that gives', () => {
  endEach();

  test.each(LARGE)('%s harms nobody, and takes little', async (name, fault) => {
    const gateway = await startChainGateway({ nodes });
    await untilWell(gateway);
    await nodes[0].behave(HEADS, { fault });
    const found = await account(gateway, 1);
    say(name, found);
    expect(found.wrong).toEqual([]);
    expect(found.p99Ms).toBeLessThan(MOST_WAIT_MS);
    expect(found.moreBytes).toBeLessThan(MOST_MORE_BYTES);
    expect(askedElsewhere).toBe(0);
  });

  test.each([
    ...WRONG,
    ['redirects to elsewhere', undefined],
    ['quantities of ten thousand digits', QUANTITY],
  ] as const)('%s harms nobody', async (_name, fault) => {
    const gateway = await serveChain(
      fault === QUANTITY ? { nodes, atLeast: 2, verify: 'quorum' } : { nodes },
    );
    await untilWell(gateway);
    await nodes[0].behave(HEADS, { fault: fault ?? redirect() });
    expect(await readThrough(gateway, 1, READS, [])).toEqual([]);
    expect(askedElsewhere).toBe(0);
  });

  test('all of that at once, and the next node too, harms nobody', async () => {
    const gateway = await startChainGateway({ nodes });
    await untilWell(gateway);
    const all = [...[...LARGE, ...WRONG].map(([, fault]) => fault), redirect()];
    const rules = all.map((fault, i): Rule => ({ fault, share: 1 / (all.length - i) }));
    await nodes[0].behave(...rules);
    await nodes[1].behave(...rules);
    const found = await account(gateway, 2, 300);
    say('all at once', found);
    expect(found.wrong).toEqual([]);
    expect(found.moreBytes).toBeLessThan(MOST_MORE_BYTES);
    expect(found.p99Ms).toBeLessThan(MOST_WAIT_MS);
    expect(askedElsewhere).toBe(0);
  });

  test.each([
    ['a gigabyte', { kind: 'huge', bytes: GIGABYTE }, 'too-large'],
    ['a million brackets', { kind: 'deep', levels: 1_000_000 }, 'broken'],
    ['what is no UTF-8', { kind: 'utf8' }, 'broken'],
    ['redirects', undefined, 'internal'],
  ] as const)('nothing but %s, where nobody else is, is said to be so', async (_name, fault, why) => {
    const places = ['a', 'b'].map((path) => ({ url: `${nodes[0].url}/${path}` }));
    const gateway = await serveChain({ nodes: places });
    await untilWell(gateway);
    await nodes[0].behave(HEADS, { fault: fault ?? redirect() });
    const { error } = await gateway.ask('eth_getBalance', [`0x${'12'.repeat(20)}`, 'latest']);
    expect(error?.message).toBe(`No node of chain could answer: 2 ${why}.`);
    expect(askedElsewhere).toBe(0);
  });
});

describe('a WebSocket of a node', () => {
  endEach();

  /** A node whose WebSocket does as it likes. */
  async function hostileSocket(open: (socket: WebSocket) => void): Promise<string> {
    const server = new WebSocketServer({ port: 0, host: '127.0.0.1', perMessageDeflate: false });
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo; // it listens on TCP
    server.on('connection', (socket) => {
      socket.on('error', () => {});
      open(socket);
    });
    ends.push(() => {
      for (const client of server.clients) client.terminate();
      server.close();
    });
    return `ws://127.0.0.1:${port}`;
  }

  async function tryWith(name: string, wsUrl: string): Promise<void> {
    const gateway = await startChainGateway({ nodes: [{ url: nodes[0].url, wsUrl }, nodes[1], nodes[2]] });
    await untilWell(gateway);
    await new Promise((resolve) => setTimeout(resolve, 300));
    const found = await account(gateway, 4, 300);
    say(name, found);
    expect(found.wrong).toEqual([]);
    expect(found.moreBytes).toBeLessThan(MOST_MORE_BYTES);
    expect(found.p99Ms).toBeLessThan(MOST_WAIT_MS);
  }

  test('that tells a hundred thousand events a second costs nobody else an answer', async () => {
    const event = JSON.stringify({
      jsonrpc: '2.0',
      method: 'eth_subscription',
      params: { subscription: '0x1', result: { number: '0x1', hash: `0x${'1'.repeat(64)}` } },
    });
    let told = 0;
    const wsUrl = await hostileSocket((socket) => {
      socket.on('message', (text) => {
        socket.send(JSON.stringify({ jsonrpc: '2.0', id: JSON.parse(String(text)).id, result: '0x1' }));
        const timer = setInterval(() => {
          if (socket.bufferedAmount > 8_000_000) return;
          for (let i = 0; i < 1_000; i++) socket.send(event);
          told += 1_000;
        }, 10);
        socket.once('close', () => clearInterval(timer));
      });
    });
    await tryWith('a hundred thousand events', wsUrl);
    expect(told).toBeGreaterThan(20_000);
  });

  test('that sends frames of a gigabyte costs nobody else an answer', async () => {
    const zeros = Buffer.alloc(1 << 20, '0');
    const begun = (socket: WebSocket): Socket => (socket as unknown as { _socket: Socket })._socket; // what frames are written to
    const wsUrl = await hostileSocket((socket) => {
      const raw = begun(socket);
      const head = Buffer.from([0x81, 127, 0, 0, 0, 0, 0, 0, 0, 0]);
      head.writeUInt32BE(GIGABYTE, 6);
      raw.write(head);
      const more = (): void => {
        while (!raw.destroyed && raw.write(zeros));
      };
      raw.on('drain', more);
      more();
    });
    await tryWith('a frame of a gigabyte', wsUrl);
  });

  test('that sends a gigabyte in small frames of one message costs nobody else an answer', async () => {
    const piece = Buffer.alloc(60_000, '0');
    const wsUrl = await hostileSocket((socket) => {
      const more = (): void => {
        if (socket.readyState !== socket.OPEN) return;
        socket.send(piece, { fin: false, binary: false }, () => setImmediate(more));
      };
      more();
    });
    await tryWith('a message of many frames', wsUrl);
  });

  test('whose handshake never ends costs nobody else an answer', async () => {
    const server = createServer();
    const sockets = new Set<Socket>();
    server.on('upgrade', (_request, socket: Socket) => {
      sockets.add(socket);
      socket.on('error', () => {});
      // A head that goes on and on.
      const timer = setInterval(() => socket.write('HTTP/1.1 101 Switching'.slice(0, 1)), 20);
      socket.once('close', () => clearInterval(timer));
    });
    const port = await listening(server);
    ends.push(() => {
      for (const socket of sockets) socket.destroy();
      server.close();
    });
    await tryWith('a handshake without end', `ws://127.0.0.1:${port}`);
  });
});

describe('a client that sends', () => {
  let gateway: ChainGateway;
  beforeAll(async () => {
    for (const node of nodes) await node.behave();
    gateway = await startChainGateway({ nodes }, ['--share', '100%']);
    await untilWell(gateway);
  });
  afterAll(async () => {
    await endChainGateways();
    await endProcesses();
  });
  // Whatever it was, the next one is answered as before.
  afterEach(async () => {
    expect(await gateway.result('eth_chainId')).toBe('0x539');
    expect((await account(gateway, 9, 10)).wrong).toEqual([]);
  });

  const saysOf = async (body: string | Buffer): Promise<unknown> =>
    JSON.parse((await gateway.post(body)).text);

  test('a thousand calls in a batch gets as many answers, and with one more none', async () => {
    const batch = (count: number): string =>
      JSON.stringify(
        Array.from({ length: count }, (_, id) => ({
          ...{ jsonrpc: '2.0', id, method: 'eth_getBalance' },
          params: [`0x${(id + 1).toString(16).padStart(40, '3')}`, '0x2'],
        })),
      );
    const said = (await saysOf(batch(1_000))) as { id: number; result?: unknown }[]; // JSON-RPC
    expect(said.map(({ id }) => id)).toEqual(Array.from({ length: 1_000 }, (_, id) => id));
    expect(said.filter(({ result }) => result !== '0x0')).toEqual([]);
    expect(await saysOf(batch(1_001))).toEqual({
      ...{ jsonrpc: '2.0', id: null },
      error: { code: -32600, message: 'Expected at most 1000 calls in a batch.' },
    });
  });

  const PARSE = -32700;
  const INVALID = -32600;
  const PARAMS = -32602;
  const MISSING = -32601;
  test.each([
    ['what is no JSON', '{"jsonrpc":', PARSE],
    ['a number', '7', INVALID],
    ['null', 'null', INVALID],
    ['an empty batch', '[]', INVALID],
    ['bytes that are no text', Buffer.from([0xff, 0xfe, 0x7b, 0x7d]), PARSE],
    [
      'deep parameters',
      `{"id":1,"method":"eth_call","params":${'['.repeat(50_000)}${']'.repeat(50_000)}}`,
      INVALID,
    ],
    ['depth without an end', '['.repeat(900_000), INVALID],
    ['an id of nearly a megabyte', `{"id":"${'x'.repeat(900_000)}","method":"eth_chainId"}`, INVALID],
    ['an id that is a long number', `{"id":${'9'.repeat(5_000)},"method":"eth_chainId"}`, INVALID],
    ['an id that is an object', '{"id":{},"method":"eth_chainId"}', INVALID],
    ['the same key twice', '{"id":1,"method":"eth_chainId","method":"eth_getBalance"}', INVALID],
    ['a key in other letters', '{"id":1,"method":"eth_chainId","METHOD":"eth_getBalance"}', INVALID],
    ['named parameters', '{"id":1,"method":"eth_getBalance","params":{"address":"0x1"}}', PARAMS],
    ['another version', '{"jsonrpc":"1.0","id":1,"method":"eth_chainId"}', INVALID],
    ['a method that all objects have', '{"id":1,"method":"constructor"}', MISSING],
    ['another one', '{"id":1,"method":"toString","params":[]}', MISSING],
    ['a method named __proto__', '{"id":1,"method":"__proto__"}', MISSING],
    ['a method with control characters', '{"id":1,"method":"eth_\\u0000\\u001b[2J\\n\\"x"}', MISSING],
    ['a long method', `{"id":1,"method":"${'e'.repeat(10_000)}"}`, INVALID],
    [
      'a block beyond all numbers',
      `{"id":1,"method":"eth_getBlockByNumber","params":["0x${'f'.repeat(64)}",false]}`,
      PARAMS,
    ],
    [
      'a block that is an object',
      '{"id":1,"method":"eth_getBalance","params":["0x0",{"__proto__":"0x1"}]}',
      PARAMS,
    ],
  ] as const)('%s is told what is wrong', async (_name, body, code) => {
    const { status, text } = await gateway.post(body);
    expect([status, JSON.parse(text)]).toMatchObject([200, { jsonrpc: '2.0', error: { code } }]);
    expect(text.length).toBeLessThan(2_000);
  });

  test('nothing is told that it is no call', async () => {
    const { status, text } = await gateway.post('');
    expect([status, text]).toEqual([400, expect.stringContaining('JSON-RPC is asked by POST')]);
  });

  test('__proto__ as a key changes nothing for anybody', async () => {
    expect(
      await saysOf('{"id":1,"method":"eth_chainId","__proto__":{"method":"eth_getBalance","params":[]}}'),
    ).toMatchObject({ result: '0x539' });
    expect(
      await saysOf(
        '{"id":1,"method":"eth_getLogs","params":[{"__proto__":{"address":"0x1"},"fromBlock":"0x1","toBlock":"0x1"}]}',
      ),
    ).toHaveProperty('id');
    expect(await gateway.result('eth_chainId')).toBe('0x539');
  });

  test('notifications gets no answer to them', async () => {
    const alone = await gateway.post('{"jsonrpc":"2.0","method":"eth_chainId"}');
    expect([alone.status, alone.text]).toEqual([204, '']);
    const all = await gateway.post('[{"method":"eth_chainId"},{"method":"eth_blockNumber"}]');
    expect([all.status, all.text]).toEqual([204, '']);
    expect(await saysOf('[{"method":"eth_chainId"},{"id":null,"method":"eth_chainId"}]')).toEqual([
      { jsonrpc: '2.0', id: null, result: '0x539' },
    ]);
  });

  test('GET, HEAD and PUT, and bodies in chunks, is served as HTTP has it', async () => {
    const line = (text: string): string => `${text} HTTP/1.1\r\nHost: chain.test\r\nConnection: close\r\n`;
    const { statuses: got } = await sendRaw(gateway.port, `${line('GET /rpc')}\r\n`, 3_000);
    expect(got).toEqual([400]);
    expect((await sendRaw(gateway.port, `${line('HEAD /rpc')}\r\n`, 3_000)).statuses).toEqual([400]);
    const call = '{"jsonrpc":"2.0","id":1,"method":"eth_chainId"}';
    const chunked = `${line('POST /rpc')}Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n`;
    const pieces = [...call].map((letter) => `1\r\n${letter}\r\n`).join('');
    const { text, statuses } = await sendRaw(gateway.port, `${chunked}${pieces}0\r\n\r\n`, 3_000);
    expect([statuses, text]).toEqual([[200], expect.stringContaining('"result":"0x539"')]);
    const broken = await sendRaw(gateway.port, `${chunked}zz\r\n${call}`, 3_000);
    expect(broken.statuses).toEqual([400]);
  });

  test('transactions of two megabytes is refused before any node is asked', async () => {
    // It is told before all of it has come: then nobody reads the rest.
    const large = await gateway.ask('eth_sendRawTransaction', [`0x${'ab'.repeat(2_000_000)}`]).catch(String);
    if (typeof large === 'string') expect(large).toMatch(/EPIPE|ECONNRESET|closed/);
    else expect([large.status, large.text]).toEqual([413, expect.stringContaining('too-large')]);
    const before = await nodes[0].counts();
    const less = await gateway.ask('eth_sendRawTransaction', [`0x02${'ab'.repeat(400_000)}`]);
    expect(less.error).toBeDefined();
    const { byMethod } = await nodes[0].counts();
    expect(
      (byMethod.eth_sendRawTransaction ?? 0) - (before.byMethod.eth_sendRawTransaction ?? 0),
    ).toBeLessThan(2);
  });

  test('secrets and control characters as methods finds neither in the log', async () => {
    const secret = '4c0883a69102937d6231471b5dbb6204fe5129617082792ae468d01a3f362318';
    await gateway.post(`{"id":1,"method":"0x${secret}"}`);
    await gateway.post(`{"id":1,"method":"eth_\\u001b[31m\\nforged ${secret}","params":["${secret}"]}`);
    await gateway.post(`{"id":1,"method":"eth_getBalance","params":["0x${secret}","latest"]}`);
    await gateway.post(`{"id":1,"method":"eth_sendRawTransaction","params":["0x02${secret}"]}`);
    await gateway.ask('eth_chainId', [], { 'keelson-block': secret });
    await expect.poll(() => gateway.process.log().split('"status":').length).toBeGreaterThan(5);
    const log = gateway.process.log();
    expect(log).not.toContain(secret);
    // A line is one line, and holds nothing that a terminal obeys.
    for (const text of log.trim().split('\n')) expect(() => JSON.parse(text)).not.toThrow();
    expect([...log].filter((letter) => letter < ' ' && letter !== '\n')).toEqual([]);
  });

  test('for filters by the ten thousand is given ten thousand', async () => {
    const make = (method: string, count: number): string =>
      JSON.stringify(
        Array.from({ length: count }, (_, id) => ({
          id,
          method,
          params: method === 'eth_newFilter' ? [{}] : [],
        })),
      );
    const before = await gateway.memory();
    const names: string[] = [];
    const errors: unknown[] = [];
    for (let i = 0; i < 11; i++) {
      const said = (await saysOf(make(i % 2 === 0 ? 'eth_newFilter' : 'eth_newBlockFilter', 1_000))) as {
        result?: string;
        error?: unknown;
      }[]; // JSON-RPC
      for (const { result, error } of said)
        if (result === undefined) errors.push(error);
        else names.push(result);
    }
    expect(new Set(names).size).toBe(10_000);
    expect(errors.length).toBe(1_000);
    expect(errors[0]).toEqual({ code: -32005, message: 'Too many filters are kept.' });
    expect((await gateway.memory()) - before).toBeLessThan(MOST_MORE_BYTES);
    expect(await gateway.result('eth_getFilterChanges', [names[0]])).toEqual([]);
    expect(await gateway.result('eth_uninstallFilter', [names[0]])).toBe(true);
    expect(await gateway.result('eth_uninstallFilter', [names[0]])).toBe(false);
    expect(await gateway.result('eth_newBlockFilter')).toMatch(/^0x\w{32}$/);
  });
});
