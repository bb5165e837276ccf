import { expect, test } from 'vitest';
import { VirtualTime } from '../../../test/parts/virtual-time.ts';
import { PoolNode, type NodeLink } from '../../pool/index.ts';
import { modelOf } from '../../../test/oracle/models.ts';
import { liveSignals } from '../../control/index.ts';
import { Log } from '../../telemetry/log.ts';
import { Registry } from '../../telemetry/metrics.ts';
import { Targets } from '../targets.ts';
import { PoolsSeen } from './pool-seen.ts';
import { shownFor } from './pool-status.ts';
import { placesOf, servedPoolsOf, type ServedPool } from './served-pools.ts';

const KEY = 'a-key-that-nobody-may-see';
const TOKEN = 'and-a-token';
const PLAN = `keelson: 1
platform: {name: Tiny, asOf: 2026-11-01}
catalog: none
journeys: {reads: {match: [{path: /rpc, to: chain}], modes: {full: {needs: chain}}}}
services:
  chain: {outages: none, atLeast: 2, of: [a, b], verify: quorum, jsonrpc: {chain: 1, allow: [trace_block]}}
  a: {outages: none, url: 'http://a.example:8545/v3/0123456789abcdef0123', node: {key: 'env:KEY'}}
  b: {outages: none, url: 'http://b.example:8545', node: {token: 'env:TOKEN'}}
`;

function served(): { pool: ServedPool; shown: (text: string) => string } {
  const model = modelOf(PLAN);
  const pools = servedPoolsOf(model, new Targets(model, liveSignals(model)));
  const [pool] = pools;
  if (pool === undefined) throw new Error('Expected a pool.');
  return {
    pool,
    shown: shownFor(
      pools,
      placesOf(pools, (where) => (where === 'env:KEY' ? KEY : TOKEN)),
    ),
  };
}

function seen() {
  const lines: string[] = [];
  const time = new VirtualTime();
  const { pool, shown } = served();
  const registry = new Registry();
  const to = { writableLength: 0, on: () => undefined, write: (line: string) => lines.push(line) > 0 };
  const log = new Log({ to, now: () => time.now() });
  const all = new PoolsSeen({ registry, log, time, shown, onChange: () => undefined });
  const link: NodeLink = { post: () => () => undefined, openSocket: undefined };
  const node = new PoolNode({ name: 'a', link }, time);
  const told = (): Record<string, unknown>[] =>
    lines.splice(0).map((line) => JSON.parse(line) as Record<string, unknown>); // as the log writes it
  return { time, listener: all.listener(pool), node, told };
}

test('what a node says back is short and printable, and tells no secret', () => {
  const { shown } = served();
  for (const secret of [KEY, TOKEN, '0123456789abcdef0123'])
    expect(shown(`it says ${secret} and again /v3/${secret}?x=1`)).not.toContain(secret);
  const hostile = shown(`\u202e\u0000\u001b[31m<script>\ud800${'x'.repeat(5000)}`);
  expect(hostile).toMatch(/^\\u\{202e\}\\u\{0\}\\u\{1b\}\[31m<script>\ufffdx+…$/);
  expect(hostile.length).toBe(200);
  expect(shown('a and b say otherwise')).toBe('a and b say otherwise');
});

test('of a node that contradicts all the time there is a line a second, with how many were left out', () => {
  const { time, listener, node, told } = seen();
  for (let i = 0; i < 100; i++) listener.onDissent?.(node, 'eth_getBalance', `a lie about ${KEY}`);
  const [first, ...more] = told();
  expect(more).toEqual([]);
  expect(first).toMatchObject({
    level: 'warning',
    event: 'chain-dissent',
    pool: 'chain',
    node: 'a',
    method: 'eth_getBalance',
    why: 'a lie about [hidden]',
  });
  time.goTo(time.now() + 1_000);
  listener.onDissent?.(node, 'trace_block', 'more');
  time.goTo(time.now() + 1_000);
  listener.onDissent?.(node, `debug_${KEY}`, 'more');
  expect(told()).toMatchObject([{ method: 'trace_block', leftOut: 99 }, { method: 'other' }]);
});

test('blocks that give way are written down with how deep and to what; a chain that goes on is not', () => {
  const { listener, told } = seen();
  const block = (number: number, hash: string, parentHash: string) => ({
    ...{ number, hash, parentHash, timestamp: 0, logsBloom: '0x', transactionsRoot: '', receiptsRoot: '' },
    header: undefined,
    fields: {},
  });
  listener.onMoved?.([], [block(3, '0x3', '0x2')]);
  // What came between is not known.
  listener.onMoved?.([block(3, '0x3', '0x2')], [block(900, '0x900', '0x899')]);
  expect(told()).toEqual([]);
  listener.onMoved?.(
    [block(5, '0x5', '0x4'), block(4, '0x4', '0x3')],
    [block(4, '0x4b', '0x3'), block(5, '0x5b', '0x4b'), block(6, '0x6b', '0x5b')],
  );
  expect(told()).toMatchObject([
    {
      event: 'chain-reorganised',
      pool: 'chain',
      depth: 2,
      fromNumber: 5,
      fromHash: '0x5',
      toNumber: 6,
      toHash: '0x6b',
    },
  ]);
});
