// What `keelson serve PLAN --dry-run` finds of nodes of a chain.
import { execFile } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { bin } from '../cli/keelson.ts';
import { CHAIN_ID, endAnvils } from '../parts/anvil.ts';
import { chainPlan, type ChainPlan } from '../parts/chain-gateway.ts';
import { ChainWorld } from '../parts/chain-world.ts';
import { FaultyNode } from '../parts/faulty-node.ts';
import { ERRORS } from '../parts/faults.ts';
import { makeFolder } from '../parts/part.ts';

let world: ChainWorld;
let nodes: readonly [FaultyNode, FaultyNode, FaultyNode];
let folder: string;

beforeAll(async () => {
  world = await ChainWorld.start({ nodes: 1 });
  await world.mine(9);
  const before = (seed: number): Promise<FaultyNode> => FaultyNode.before(world.node(0), { seed });
  nodes = [await before(1), await before(2), await before(3)];
  folder = makeFolder();
});
afterAll(async () => {
  for (const node of nodes) await node.stop();
  await world.stop();
  await endAnvils();
  rmSync(folder, { recursive: true, force: true });
});
beforeEach(async () => {
  for (const node of nodes) {
    await node.accept();
    node.behave();
    node.handshake = 'ok';
  }
});

/** The lines that are said, without what differs each time, and how it ends. */
async function tried(plan: Partial<ChainPlan> = {}): Promise<{ exit: number; lines: string[]; err: string }> {
  const file = join(folder, 'plan.yaml');
  const sockets = nodes.map(({ url, wsUrl }, i) => (i === 0 ? { url, wsUrl } : { url }));
  writeFileSync(file, chainPlan({ nodes: sockets, atLeast: 2, verify: 'quorum', ...plan }));
  return new Promise((resolve) => {
    execFile(process.execPath, [bin, 'serve', file, '--dry-run', '--state', 'none'], (error, out, err) => {
      const lines = out
        .replace(/, [\d.]+ ms/g, '')
        .split('\n')
        .slice(1, -1);
      resolve({ exit: Number(error?.code ?? 0), lines, err });
    });
  });
}

test('each is said to be where it is', async () => {
  expect(await tried()).toEqual({
    exit: 0,
    lines: [
      `chain: could be asked now, at block ${world.head} (chain ${CHAIN_ID}, verify: quorum, 2 of 3 must agree)`,
      `  node-1: block ${world.head}, its WebSocket opens`,
      `  node-2: block ${world.head}`,
      `  node-3: block ${world.head}`,
    ],
    err: '',
  });
});

test('of one that is dead, of another chain or behind that is said, and it ends with 1', async () => {
  nodes[0].handshake = 'refused';
  await nodes[1].refuse();
  const one = await tried();
  expect(one.exit).toBe(1);
  expect(one.lines).toEqual([
    expect.stringMatching(/^chain: could be asked now/),
    `  node-1: block ${world.head}, its WebSocket does NOT open`,
    '  node-2: does NOT say where it is: unreachable',
    `  node-3: block ${world.head}`,
  ]);
  await nodes[1].accept();
  nodes[0].handshake = 'ok';
  nodes[1].behave({ kind: 'chain', chainId: 5 });
  const other = await tried();
  expect([other.exit, other.lines[2]]).toEqual([1, `  node-2: is of chain 5, expected ${CHAIN_ID}`]);
  nodes[1].behave({ kind: 'lag', blocks: 4 });
  const late = await tried();
  expect([late.exit, late.lines[2]]).toEqual([
    1,
    `  node-2: block ${world.head - 4}, 4 behind, too far behind to be asked`,
  ]);
});

test('whoever gives no proofs is told of where proofs are needed', async () => {
  nodes[1].behave({ methods: ['eth_getProof'], fault: { kind: 'error', error: ERRORS.notFound } });
  const { exit, lines } = await tried({ verify: 'proof' });
  expect(exit).toBe(1);
  expect(lines.slice(1)).toEqual([
    `  node-1: block ${world.head}, gives proofs, its WebSocket opens`,
    `  node-2: block ${world.head}, gives NO proofs: unsupported`,
    `  node-3: block ${world.head}, gives proofs`,
  ]);
});

test('where nobody answers it is said within seconds that the pool could not be asked', async () => {
  nodes[0].behave({ kind: 'hang' });
  await nodes[1].refuse();
  nodes[2].behave({ kind: 'error', error: ERRORS.tooManyRequests });
  const { exit, lines } = await tried();
  expect(exit).toBe(1);
  expect(lines).toEqual([
    `chain: could NOT be asked now: they agree on no block (chain ${CHAIN_ID}, verify: quorum, 2 of 3 must agree)`,
    expect.stringMatching(/^ {2}node-1: does NOT say where it is: silent/),
    '  node-2: does NOT say where it is: unreachable',
    '  node-3: does NOT say where it is: rate-limited',
  ]);
});
