import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { FaultServer, type FaultProxy } from '../../src/faults/index.ts';

/** A node that lags, stands still or lies, over JSON-RPC as clients speak it. What is none goes through byte by byte. */
let server: Server;
let faults: FaultServer;
let proxy: FaultProxy;
let head = 1000;
/** Bodies as they came. */
let heard: string[] = [];

interface Call {
  readonly id: unknown;
  readonly method: string;
  readonly params?: readonly unknown[];
}

const hex = (number: number): string => `0x${number.toString(16)}`;

/** Balances are the number of the block; logs are the filter; hashes say in which block they are. */
function resultOf({ method, params = [] }: Call): unknown {
  const [first, second] = params;
  if (method === 'eth_blockNumber') return hex(head);
  if (method === 'eth_chainId') return '0x1';
  if (method === 'eth_getBalance') return second === 'latest' || second === undefined ? hex(head) : second;
  if (method === 'eth_getBlockByNumber')
    return { number: first === 'latest' ? hex(head) : first === 'finalized' ? hex(head - 64) : first };
  if (method === 'eth_getTransactionReceipt') return { blockNumber: first };
  if (method === 'eth_getTransactionByHash') return { blockNumber: first, blockHash: '0xb' };
  if (method === 'eth_getLogs') return [first];
  return undefined;
}

beforeAll(async () => {
  server = createServer((incoming, response) => {
    const parts: Buffer[] = [];
    incoming.on('data', (part: Buffer) => parts.push(part));
    incoming.on('end', () => {
      const text = Buffer.concat(parts).toString();
      heard.push(text);
      let answer = `heard ${text.length}`;
      try {
        const calls: Call | Call[] = JSON.parse(text);
        const replies = [calls].flat().map((call) => {
          const result = resultOf(call);
          const said = result === undefined ? { error: { code: -32601, message: 'no' } } : { result };
          return { jsonrpc: '2.0', id: call.id, ...said };
        });
        // In another order than they were asked.
        answer = JSON.stringify(Array.isArray(calls) ? replies.reverse() : replies[0]);
      } catch {}
      const zips = incoming.headers['accept-encoding']?.includes('gzip') === true;
      if (zips) response.setHeader('Content-Encoding', 'gzip');
      response.end(zips ? gzipSync(answer) : answer);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  faults = new FaultServer();
  // A server that listens at a port has an address of this kind.
  const upstream = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  proxy = await faults.create({ name: 'node', upstream, protocol: 'http' });
});
afterEach(async () => {
  head = 1000;
  heard = [];
  await proxy.reset();
});
afterAll(async () => {
  await faults.close();
  server.close();
  server.closeAllConnections();
});

async function post(body: string): Promise<string> {
  return (await fetch(`http://${proxy.listen}/key`, { method: 'POST', body })).text();
}

/** The result of one call, or what the error says. */
async function call(method: string, ...params: readonly unknown[]): Promise<unknown> {
  const said = JSON.parse(await post(JSON.stringify({ jsonrpc: '2.0', id: 7, method, params })));
  expect(said).toMatchObject({ jsonrpc: '2.0', id: 7 });
  return 'result' in said ? said.result : said.error.message;
}

const changed = (): number | undefined => Object.values(proxy.counts().changed)[0];

describe('rpc_lag', () => {
  test('answers as of so many blocks ago, whatever is asked', async () => {
    await proxy.setToxic({ type: 'rpc_lag', attributes: { blocks: 10 } });
    const lagging = hex(990);
    for (const [expected, method, ...params] of [
      [lagging, 'eth_blockNumber'],
      [lagging, 'eth_getBalance', '0xa', 'latest'],
      [lagging, 'eth_getBalance', '0xa', 'pending'],
      [lagging, 'eth_getBalance', '0xa'],
      [hex(980), 'eth_getBalance', '0xa', hex(980)],
      ['header not found', 'eth_getBalance', '0xa', hex(995)],
      ['header not found', 'eth_getBalance', '0xa', { blockNumber: hex(995) }],
      [{ number: lagging }, 'eth_getBlockByNumber', 'latest', false],
      [{ number: hex(936) }, 'eth_getBlockByNumber', 'finalized', false],
      [null, 'eth_getBlockByNumber', hex(991), false],
      [null, 'eth_getTransactionReceipt', hex(991)],
      [{ blockNumber: lagging }, 'eth_getTransactionReceipt', lagging],
      [{ blockNumber: null, blockHash: null, transactionIndex: null }, 'eth_getTransactionByHash', hex(999)],
      [[{ fromBlock: '0x1', toBlock: lagging }], 'eth_getLogs', { fromBlock: '0x1', toBlock: hex(995) }],
      [[{ fromBlock: '0x1', toBlock: lagging }], 'eth_getLogs', { fromBlock: '0x1' }],
      [[], 'eth_getLogs', { fromBlock: hex(995) }],
      ['0x1', 'eth_chainId'],
      ['no', 'eth_unknown'],
    ] as const)
      expect([method, params, await call(method, ...params)]).toEqual([method, params, expected]);
    head = 2000;
    expect(await call('eth_blockNumber')).toBe(hex(1990));
    await proxy.removeToxic('rpc_lag_downstream');
    expect(await call('eth_getBalance', '0xa', hex(1995))).toBe(hex(1995));
  });

  test('calls of a batch are changed one by one, and replies keep their ids and their order', async () => {
    await proxy.setToxic({ type: 'rpc_lag', attributes: { blocks: 1 } });
    const batch = [
      { jsonrpc: '2.0', id: 'a', method: 'eth_blockNumber' },
      { jsonrpc: '2.0', id: 1, method: 'eth_chainId', params: [] },
      { jsonrpc: '2.0', id: '1', method: 'eth_getBalance', params: ['0xa', 'latest'] },
    ];
    expect(JSON.parse(await post(JSON.stringify(batch)))).toEqual([
      { jsonrpc: '2.0', id: '1', result: hex(999) },
      { jsonrpc: '2.0', id: 1, result: '0x1' },
      { jsonrpc: '2.0', id: 'a', result: hex(999) },
    ]);
    expect(changed()).toBe(1);
  });
});

test('rpc_freeze: the head stands at what it was when the first call came, and what came later is not there', async () => {
  await proxy.setToxic({ type: 'rpc_freeze' });
  expect(await call('eth_blockNumber')).toBe(hex(1000));
  head = 1050;
  expect(await call('eth_blockNumber')).toBe(hex(1000));
  expect(await call('eth_getBalance', '0xa', 'latest')).toBe(hex(1000));
  expect(await call('eth_getBlockByNumber', hex(1001), false)).toBe(null);
  await proxy.changeToxic('rpc_freeze_downstream', { attributes: { block: 900 } });
  expect(await call('eth_blockNumber')).toBe(hex(900));
});

describe('rpc_lie', () => {
  test('one method has another result, where its parameters hold a text', async () => {
    const price = { method: 'eth_getBalance', contains: '0xFEED', result: '0x6590' };
    await proxy.setToxic({ type: 'rpc_lie', attributes: price });
    expect(await call('eth_getBalance', '0xfeed', 'latest')).toBe('0x6590');
    expect(await call('eth_getBalance', '0xb', 'latest')).toBe(hex(1000));
    expect(await call('eth_chainId')).toBe('0x1');
    expect(changed()).toBe(1);
  });

  test('or an error; an error has a result', async () => {
    const error = { code: -32005, message: 'limit exceeded' };
    await proxy.setToxic({ type: 'rpc_lie', attributes: { method: 'eth_chainId', error } });
    await proxy.setToxic({
      type: 'rpc_lie',
      name: 'second',
      attributes: { method: 'eth_unknown', result: { any: [1] } },
    });
    expect(await call('eth_chainId')).toBe('limit exceeded');
    expect(await call('eth_unknown')).toEqual({ any: [1] });
  });
});

test.each([
  ['no JSON', '{"method": '],
  ['no call', '{"id": 1,  "price": 12345678901234567890}'],
  ['another method, spaces and large numbers', '{"id":12345678901234567890,   "method":"eth_chainId"}'],
  ['a notification', '{"jsonrpc":"2.0","method":"eth_blockNumber"}'],
  ['a large body', `{"id":1,"method":"eth_blockNumber","params":["${'x'.repeat(1_100_000)}"]}`],
  ['deep brackets', `{"id":1,"method":"eth_chainId","params":${'['.repeat(20_000)}${']'.repeat(20_000)}}`],
])('%s goes through as it is', async (_, body) => {
  await proxy.setToxic({ type: 'rpc_freeze', attributes: { block: 1 } });
  await proxy.setToxic({ type: 'rpc_lie', attributes: { method: 'other' } });
  await post(body);
  expect(heard).toEqual([body]);
  expect(proxy.counts().changed).toEqual({ rpc_freeze_downstream: 0, rpc_lie_downstream: 0 });
});
