// The first node accepts and never answers: how long clients wait. Bounds are measured, so they may be tried again.
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { endAnvils } from '../parts/anvil.ts';
import { endChainGateways, startChainGateway, type ChainPlan } from '../parts/chain-gateway.ts';
import { ChainWorld } from '../parts/chain-world.ts';
import { endNodeProcesses, startNodeProcess, type NodeProcess } from '../parts/node-process.ts';
import { quantity } from '../parts/rpc.ts';
import { endProcesses } from './keelson-process.ts';

const PLANS: readonly (readonly [string, Omit<ChainPlan, 'nodes'>])[] = [
  ['the first that works', {}],
  ['two of three that agree', { atLeast: 2, verify: 'quorum' }],
];
const READS = 400;

let world: ChainWorld;
let nodes: NodeProcess[];

beforeAll(async () => {
  world = await ChainWorld.start({ nodes: 1 });
  await world.mine(5);
  const accounts = Array.from({ length: 2 * READS + 2 }, (_, i) => accountAt(i));
  const reads = accounts.map((account) => ({
    method: 'eth_getBalance',
    params: [account, quantity(world.head)],
  }));
  const { url } = world.node(0);
  nodes = await Promise.all([1, 2, 3].map((seed) => startNodeProcess({ anvilUrl: url, reads, seed })));
});
beforeEach(async () => {
  for (const node of nodes) await node.behave();
});
afterEach(async () => {
  await endChainGateways();
  await endProcesses();
});
afterAll(async () => {
  await endNodeProcesses();
  await world.stop();
  await endAnvils();
});

function accountAt(i: number): string {
  return `0x${(i + 1).toString(16).padStart(40, '5')}`;
}

test.each(PLANS)('of %s: a first node that hangs is waited for once, and not long', async (name, plan) => {
  const gateway = await startChainGateway({ ...plan, nodes });
  await expect.poll(() => gateway.result('eth_blockNumber').catch(String)).toBe(quantity(world.head));
  let account = 0;
  const read = async (): Promise<number> => {
    const { result, tookMs } = await gateway.ask('eth_getBalance', [accountAt(account++), 'latest']);
    expect(result).toBe('0x0');
    return tookMs;
  };
  // Its connections are made.
  await read();
  await nodes[0]?.behave({ kind: 'hang' });
  const firstMs = await read();
  const until = performance.now() + 1_000;
  while (performance.now() < until) {
    await read();
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  const took: number[] = [];
  for (let i = 0; i < READS; i++) {
    took.push(await read());
    if (i % 4 === 0) await new Promise((resolve) => setTimeout(resolve, 1));
  }
  took.sort((a, b) => a - b);
  const p99Ms = took[Math.floor(took.length * 0.99)];
  if (process.env.KEELSON_SAY !== undefined)
    console.log(name, { firstMs, medianMs: took[took.length >> 1], p99Ms, mostMs: took.at(-1) });
  expect(firstMs).toBeLessThan(250);
  expect(p99Ms).toBeLessThan(20);
});
