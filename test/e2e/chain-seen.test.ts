/** What is seen of a pool of nodes: a gateway in a process of its own before a real chain, one node of which lies, one lags and one dies. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import type { Status } from '../../src/serve/index.ts';
import { startAnvil, type Anvil } from '../chain/anvil.ts';
import { endProcesses } from './keelson-process.ts';
import { startServe, type ServeProcess } from './serve-process.ts';

const KEY = 'sk-live-2718281828';
const ACCOUNT = '0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266';

interface Call {
  readonly id: unknown;
  readonly method: string;
  readonly params: readonly unknown[];
}

/** A node before the chain, that answers as it is told to. */
class Before {
  /** What is asked in place of what was asked. */
  asks: (call: Call) => Call = (call) => call;
  /** What is answered in place of what the chain does. */
  answers: (call: Call, answer: Record<string, unknown>, path: string) => Record<string, unknown> = (
    _,
    answer,
  ) => answer;
  url = '';
  private readonly server: Server;

  constructor(chain: Anvil) {
    this.server = createServer(async (request, response) => {
      let body = '';
      for await (const piece of request) body += String(piece);
      const calls = JSON.parse(body) as Call | Call[]; // as a pool asks
      const answered = await Promise.all(
        [calls].flat().map(async (call) => {
          const { method, params } = this.asks(call);
          const answer = await chain.ask(method, ...params).then(
            (result) => ({ result }),
            (error: Error) => ({ error: { code: -32_000, message: error.message } }),
          );
          return { jsonrpc: '2.0', id: call.id, ...this.answers(call, answer, request.url ?? '') };
        }),
      );
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify(Array.isArray(calls) ? answered : answered[0]));
    });
  }

  async start(): Promise<this> {
    this.server.listen(0, '127.0.0.1');
    await once(this.server, 'listening');
    // A TCP server has such an address.
    this.url = `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
    return this;
  }

  stop(): void {
    this.server.close();
    this.server.closeAllConnections();
  }
}

let folder: string;
let chain: Anvil;
let nodes: Record<'good' | 'spare' | 'keyed' | 'liar' | 'late' | 'mortal' | 'stranger', Before>;
let serving: ServeProcess;
let rpc: string;
let collector: Server;
const spans: string[] = [];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'keelson-seen-'));
  chain = await startAnvil();
  await mine(10);
  const start = () => new Before(chain).start();
  nodes = {
    ...{ good: await start(), spare: await start(), keyed: await start(), liar: await start() },
    ...{ late: await start(), mortal: await start(), stranger: await start() },
  };
  const plan = `keelson: 1
platform: {name: Tiny, kind: wallet, currency: USD, asOf: 2026-11-01}
journeys:
  reads: {tier: core, match: [{path: /rpc, methods: [POST], to: chain}], modes: {full: {needs: chain}}}
services:
  chain:
    outages: none
    atLeast: 2
    of: [good, spare, keyed, liar, late, mortal, stranger]
    verify: quorum
    jsonrpc: {chain: 31337, blockTime: 1s, lag: 2}
  good: {outages: none, url: '${nodes.good.url}'}
  spare: {outages: none, url: '${nodes.spare.url}'}
  keyed: {outages: none, url: '${nodes.keyed.url}', node: {key: 'env:KEELSON_TEST_NODE_KEY', budget: {perDay: 100000}}}
  liar: {outages: none, url: '${nodes.liar.url}'}
  late: {outages: none, url: '${nodes.late.url}'}
  mortal: {outages: none, url: '${nodes.mortal.url}'}
  stranger: {outages: none, url: '${nodes.stranger.url}'}
`;
  writeFileSync(join(folder, 'plan.yaml'), plan);
  nodes.stranger.answers = ({ method }, answer) => (method === 'eth_chainId' ? { result: '0x1' } : answer);
  process.env.KEELSON_TEST_NODE_KEY = KEY;
  collector = createServer(async (request, response) => {
    let body = '';
    for await (const piece of request) body += String(piece);
    spans.push(body);
    response.end('{}');
  }).listen(0, '127.0.0.1');
  await once(collector, 'listening');
  // A TCP server has such an address.
  const toCollector = `http://127.0.0.1:${(collector.address() as AddressInfo).port}/v1/traces`;
  serving = await startServe([
    ...['--spans', toCollector],
    ...[join(folder, 'plan.yaml'), '--listen', '127.0.0.1:0', '--state', 'none', '--share', '100%'],
  ]);
  rpc = `${/gateway at (\S+),/.exec(serving.said)?.[1]}/rpc`;
  await vi.waitFor(async () => expect((await pool()).head?.number).toBe(10), { timeout: 10_000 });
});

afterAll(async () => {
  await endProcesses();
  for (const node of Object.values(nodes ?? {})) node.stop();
  await chain?.stop();
  collector?.close();
  collector?.closeAllConnections();
  delete process.env.KEELSON_TEST_NODE_KEY;
  rmSync(folder, { recursive: true, force: true });
});

test('a node that is well, one of another chain, and the head', async () => {
  await expect.poll(async () => (await node('stranger')).state).toBe('of another chain');
  expect(await node('stranger')).toMatchObject({ chain: 1, level: 0 });
  expect(await node('good')).toMatchObject({
    ...{
      state: 'in use',
      behind: 0,
      branch: 'same',
      level: 1,
      chain: 31_337,
      budgetLeft: null,
      socket: 'none',
    },
    ...{ dissents: 0, lastDissent: null },
  });
  expect((await node('keyed')).budgetLeft).toBeLessThan(100_000);
  expect(await pool()).toMatchObject({ chain: 31_337, verify: 'quorum', votes: 2, trusted: null });
  await expect
    .poll(() => logged('chain-node-foreign'))
    .toMatchObject([{ node: 'stranger', chain: 1, expected: 31_337 }]);
  expect(await metric('keelson_chain_head{pool="chain"}')).toBe(10);
});

test('one that lags says how far, in the status and in numbers', async () => {
  const isHeld = ({ method, params }: Call) => method === 'eth_getBlockByNumber' && params[0] === 'latest';
  nodes.late.asks = (call) => (isHeld(call) ? { ...call, params: ['0xa', false] } : call);
  await mine(4);
  await expect.poll(async () => (await node('late')).state).toBe('lagging');
  await expect.poll(() => node('late')).toMatchObject({ behind: 4, branch: 'same' });
  expect(await metric('keelson_chain_node_behind_blocks{pool="chain",node="late"}')).toBe(4);
  expect(await metric('keelson_chain_node_state{pool="chain",node="late",state="lagging"}')).toBe(1);
  expect(await metric('keelson_chain_node_state{pool="chain",node="late",state="in use"}')).toBe(0);
  await expect.poll(() => logged('chain-node-lagging')).toMatchObject([{ node: 'late', behind: 4 }]);
});

test('one that lies is named with what it lied about, and put aside', async () => {
  nodes.liar.answers = ({ method }, answer) => (method === 'eth_getBalance' ? { result: '0x7' } : answer);
  await expect
    .poll(async () => {
      // At once: then all of them have something to do.
      await Promise.all(Array.from({ length: 10 }, () => ask('eth_getBalance', [anyone(), 'latest'])));
      return (await node('liar')).state;
    })
    .toBe('put aside');
  const liar = await node('liar');
  expect(liar.dissents).toBeGreaterThan(0);
  expect(liar.lastDissent).toMatchObject({ method: 'eth_getBalance' });
  expect(liar.lastDissent?.why).toMatch(/^\w+ and \w+ say otherwise$/);
  expect(Date.parse(liar.until ?? '')).toBeGreaterThan(Date.now());
  expect(logged('chain-dissent')[0]).toMatchObject({ node: 'liar', method: 'eth_getBalance' });
  expect(logged('chain-node-aside')).toMatchObject([{ node: 'liar', method: 'eth_getBalance' }]);
  expect(await metric('keelson_chain_node_dissents_total{pool="chain",node="liar"}')).toBeGreaterThan(0);
  expect((await serving.status()).history.filter(({ kind }) => kind === 'pool')).toContainEqual({
    at: expect.any(String),
    kind: 'pool',
    words: expect.stringMatching(/^chain: liar is put aside until [\d:]{8} UTC: eth_getBalance, /),
  });
});

test('one that is killed, and what it did not answer', async () => {
  nodes.mortal.stop();
  await expect.poll(async () => (await node('mortal')).state).toBe('not answering');
  expect((await node('mortal')).failures.unreachable).toBeGreaterThan(0);
  const [service] = (await serving.status()).services;
  const trafficOf = (name: string) => service?.alternatives.find((one) => one.name === name)?.traffic;
  expect(trafficOf('mortal')?.level).toBeLessThan(1);
  // It answered all that it was asked, behind as it is.
  expect(trafficOf('late')?.level).toBe(1);
  const failures = 'keelson_chain_node_failures_total{pool="chain",node="mortal",kind="unreachable"}';
  expect(await metric(failures)).toBeGreaterThan(0);
  await expect
    .poll(() => logged('chain-node-silent'))
    .toMatchObject([{ node: 'mortal', why: 'unreachable' }]);
});

test('where answers came from, and how long nodes took', async () => {
  const before = await pool();
  await ask('eth_chainId');
  await ask('eth_sign');
  await ask('eth_getBlockByNumber', ['0xc', false]);
  await ask('eth_getBlockByNumber', ['0xc', false]);
  const { reads, cacheBytes } = await pool();
  expect(reads.own).toBe(before.reads.own + 1);
  expect(reads.refused).toBe(before.reads.refused + 1);
  expect(reads.kept).toBeGreaterThan(before.reads.kept);
  expect(cacheBytes).toBeGreaterThan(0);
  expect(await metric('keelson_chain_answers_total{pool="chain",source="kept"}')).toBe(reads.kept);
  expect(
    await metric('keelson_chain_node_seconds_count{pool="chain",node="good",class="block"}'),
  ).toBeGreaterThan(0);
});

test('blocks that give way to others are counted with how many', async () => {
  await mine(2);
  await expect.poll(async () => (await pool()).head?.number).toBe(16);
  await chain.ask('anvil_reorg', 2, []);
  await mine(1);
  await expect.poll(async () => (await pool()).reorganisations).toEqual({ count: 1, deepest: 2 });
  expect(logged('chain-reorganised')).toMatchObject([{ depth: 2, fromNumber: 16 }]);
  expect(await metric('keelson_chain_reorganisation_blocks_sum{pool="chain"}')).toBe(2);
});

test('a sampled request says what was asked of which pool, and on whose answer it stands', async () => {
  await ask('eth_getTransactionCount', [anyone(), 'latest']);
  await expect.poll(() => spans.join()).toContain('eth_getTransactionCount');
  const attributes = /"attributes":\[[^\]]*eth_getTransactionCount[^\]]*\]/.exec(spans.join())?.[0];
  expect(attributes).toContain('{"key":"rpc.system","value":{"stringValue":"jsonrpc"}}');
  expect(attributes).toContain('{"key":"keelson.pool","value":{"stringValue":"chain"}}');
  expect(attributes).toMatch(/"keelson.nodes","value":\{"stringValue":"\w+,\w+"/);
});

test('methods that clients make up are no more series', async () => {
  const series = async () =>
    (await metrics()).split('\n').filter((line) => line.startsWith('keelson_chain')).length;
  await ask('eth_made0');
  const before = await series();
  for (let i = 0; i < 50; i++) {
    await ask(`eth_made${i}`);
    await ask(`debug_made${i}`);
    await ask('eth_call', [{ to: ACCOUNT, data: `0x${i.toString(16).padStart(8, '0')}` }, 'latest']);
  }
  expect((await series()) - before).toBeLessThan(60);
  expect(await metrics()).not.toContain('made');
});

test('what a node says is short and harmless wherever it is seen, and its key is nowhere', async () => {
  // It says its key back, and what would turn around a terminal.
  const hostile = `\u202e<script>\u001b[31m ${KEY} ${'x'.repeat(3000)}`;
  nodes.keyed.answers = ({ method }, answer, path) =>
    method === 'eth_getCode' ? { error: { code: -32_000, message: `${path} ${hostile}` } } : answer;
  for (let i = 0; i < 5; i++) await ask('eth_getCode', [anyone(), 'latest']);
  nodes.keyed.answers = (_, answer) =>
    typeof answer.result === 'object' && answer.result !== null
      ? { result: { ...answer.result, hash: hostile, extraData: hostile, logsBloom: hostile } }
      : { result: hostile };
  for (let i = 0; i < 5; i++) await ask('eth_getBalance', [anyone(), 'latest']);
  await expect.poll(async () => (await node('keyed')).state).toBe('not answering');
  const page = await (await fetch(`${serving.admin}/status`, { headers: { accept: 'text/html' } })).text();
  for (const seen of [
    JSON.stringify(await serving.status()),
    await metrics(),
    serving.log(),
    page,
    serving.said,
    spans.join(),
  ]) {
    expect(seen).not.toContain(KEY);
    expect(seen).not.toContain('x'.repeat(300));
    for (const unseen of ['\u202e', '\u001b', '\\u202e', '\\u001b']) expect(seen).not.toContain(unseen);
  }
  expect(page).toContain('<title>');
});

async function mine(blocks: number): Promise<void> {
  for (let i = 0; i < blocks; i++) await chain.ask('evm_mine');
}

async function ask(method: string, params: readonly unknown[] = []): Promise<unknown> {
  const response = await fetch(rpc, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }),
  });
  const text = await response.text();
  if (response.status !== 200) throw new Error(`${response.status} ${text}`);
  return JSON.parse(text);
}

let asked = 0;
/** Somebody of whom nothing was asked before: what is kept would be answered without any node. */
function anyone(): string {
  return `0x${(++asked).toString(16).padStart(40, '0')}`;
}

async function pool(): Promise<Status['pools'][number]> {
  const [one] = (await serving.status()).pools;
  if (one === undefined) throw new Error('Expected a pool.');
  return one;
}

async function node(name: keyof typeof nodes): Promise<Status['pools'][number]['nodes'][number]> {
  const one = (await pool()).nodes.find((other) => other.name === name);
  if (one === undefined) throw new Error(`Expected ${name}.`);
  return one;
}

async function metrics(): Promise<string> {
  return (await fetch(`${serving.admin}/metrics`)).text();
}

async function metric(series: string): Promise<number> {
  const line = (await metrics()).split('\n').find((one) => one.startsWith(`${series} `));
  return Number(line?.slice(series.length + 1));
}

function logged(event: string): Record<string, unknown>[] {
  return serving
    .log()
    .split('\n')
    .flatMap((line) =>
      line.includes(`"event":"${event}"`) ? [JSON.parse(line) as Record<string, unknown>] : [],
    ); // as the log writes it
}
