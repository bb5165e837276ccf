// Nodes that lie about anything that they can lie about, before pools that compare or prove what they say.
//   KEELSON_READS=100000 npx vitest run --project served test/e2e/chain-liars.test.ts
import { afterAll, beforeAll, expect, test } from 'vitest';
import { randomStream } from '../../src/random.ts';
import { endAnvils } from '../parts/anvil.ts';
import { groundOf, readsOf, untruthIn, type Ground } from '../parts/chain-reads.ts';
import { ChainWorld } from '../parts/chain-world.ts';
import type { FaultyNode } from '../parts/faulty-node.ts';
import type { Rule } from '../parts/faults.ts';
import { poolBefore, type PoolBefore } from '../parts/pool-before.ts';
import { startRecordedNode } from '../parts/recorded-node.ts';

const READS = Number(process.env.KEELSON_READS ?? 1_500);
const AT_ONCE = 16;
/** Honest about its chain, as else it would never be asked; a liar in most of the rest, so that it keeps being asked. */
const LIAR: readonly Rule[] = [
  { methods: ['eth_chainId'], fault: { kind: 'ok' } },
  { fault: { kind: 'lie', lie: 'any' }, share: 0.6 },
];

/** Liars are asked first, however long they take, and what is kept is soon forgotten. */
const FIRST = { preference: { kind: 'ordered' }, cacheBytes: 2_000 } as const;

let ground: Ground;
let nodes: FaultyNode[] = [];
let trusted: FaultyNode;

beforeAll(async () => {
  const world = await ChainWorld.start({ nodes: 1 });
  ground = await groundOf(world);
  const { source } = world.node(0);
  // The same seed: they tell the same lies.
  nodes = await Promise.all([1, 2, 3].map(() => startRecordedNode(source, { seed: 5, mostRemembered: 0 })));
  trusted = await startRecordedNode(source);
});
afterAll(async () => {
  for (const node of [...nodes, trusted]) await node.stop();
  await ground.world.stop();
  await endAnvils();
});

interface Account {
  wrong: string[];
  errors: string[];
  /** Lies that were told to it. */
  lies: number;
}

async function ask(pool: PoolBefore, kind: 'provable' | 'all', reads: number): Promise<Account> {
  const next = readsOf(ground, randomStream('reads', 7), kind);
  const account: Account = { wrong: [], errors: [], lies: 0 };
  let asked = 0;
  const client = async (): Promise<void> => {
    while (asked < reads) {
      // Who was put aside is taken back: to be lied to again.
      if (asked++ % 5 === 0) for (const node of pool.nodes) node.takeBack();
      const { method, params } = next();
      const answer = await pool.ask(method, params);
      const truth = await ground.world.truth(method, params, true);
      const words = `${method} ${JSON.stringify(params)}`;
      if ('error' in truth) {
        if (answer.kind === 'result') account.wrong.push(`${words} ${answer.text}`);
      } else if (answer.kind === 'error') account.errors.push(`${words} ${answer.text}`);
      else {
        const untruth = untruthIn(JSON.parse(answer.text), truth.result);
        if (untruth !== undefined) account.wrong.push(`${words} ${untruth}`);
      }
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, client));
  account.lies = nodes.reduce((sum, { counts }) => sum + (counts.byFault.lie ?? 0), 0);
  return account;
}

/** By node, whether it told any lie. */
const haveLied = (): boolean[] => nodes.map(({ counts }) => (counts.byFault.lie ?? 0) > 0);

const places = (): { name: string; url: string }[] =>
  nodes.map(({ url }, i) => ({ name: `node-${i + 1}`, url }));

test('two of three that must agree let no lie of the third through', { timeout: 900_000 }, async () => {
  nodes[0]?.behave(...LIAR);
  nodes[1]?.behave();
  const pool = poolBefore(places(), { ...FIRST, verify: 'quorum', votes: 2 });
  try {
    await pool.until(ground.head);
    const { wrong, errors, lies } = await ask(pool, 'all', READS);
    expect(wrong).toEqual([]);
    expect(errors).toEqual([]);
    expect(lies).toBeGreaterThan(READS / 20);
    expect(pool.nodes.map(({ dissents }) => dissents > 0)).toEqual([true, false, false]);
  } finally {
    pool.stop();
  }
});

test('proofs against headers of one who is trusted let no lie through, though two of three lie alike', {
  timeout: 1_800_000,
}, async () => {
  for (const node of nodes) node.forget();
  nodes[0]?.behave(...LIAR);
  nodes[1]?.behave(...LIAR);
  const pool = poolBefore(places(), {
    ...FIRST,
    verify: 'proof',
    votes: 1,
    trusted: [{ name: 'trusted', url: trusted.url }],
  });
  try {
    await pool.until(ground.head);
    const { wrong, errors, lies } = await ask(pool, 'provable', READS);
    expect(wrong).toEqual([]);
    expect(errors).toEqual([]);
    expect(lies).toBeGreaterThan(READS / 20);
    // On a busy machine one of them may be too slow to be asked at all.
    expect(pool.nodes.map(({ dissents }) => dissents > 0)).toEqual([...haveLied(), false]);
  } finally {
    pool.stop();
  }
});

test('what nothing proves is not answered where the plan refuses it', async () => {
  for (const node of nodes) node.behave();
  const pool = poolBefore(places(), {
    verify: 'proof',
    votes: 1,
    trusted: [{ name: 'trusted', url: trusted.url }],
  });
  try {
    await pool.until(ground.head);
    const answer = await pool.ask('eth_call', [{ to: ground.world.ledger }, 'latest']);
    expect(JSON.parse(answer.text)).toEqual({
      code: -32601,
      message: 'Nothing proves the answer of eth_call, and chain gives none that is not proved.',
    });
  } finally {
    pool.stop();
  }
});
