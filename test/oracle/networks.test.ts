import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { load } from 'js-yaml';
import { describe, expect, test } from 'vitest';
import { networkFiles, networkRows } from '../../scripts/networks.js';
import { fewestToLose, minimalSets, setsOfSize } from '../../scripts/sector-losses.js';
import type { Sector } from '../../src/sector/index.ts';
import { keelsonHere, root } from '../cli/keelson.ts';

interface Plan {
  readonly journeys: Record<string, { modes: { full: { needs: { from: string; atLeast: number } } } }>;
  readonly services: Record<string, { pool: readonly { use: string; capacity: number }[] }>;
}
interface Answer {
  readonly journeys: readonly {
    readonly name: string;
    readonly down: {
      readonly cutSets: {
        readonly total: string;
        readonly byOrder: readonly number[];
        readonly complete: boolean;
      };
    };
  }[];
}

const folder = join(root, 'examples', 'networks');
const plans = readdirSync(folder).filter((name) => name.endsWith('.yaml'));

test('the plans and the table are those that the data make', () => {
  const files = networkFiles();
  for (const [path, text] of files) expect(readFileSync(join(root, path), 'utf8'), path).toBe(text);
  expect(plans.map((name) => `examples/networks/${name}`)).toEqual(
    [...files.keys()].filter((path) => path.endsWith('.yaml')).sort(),
  );
});

test.each(networkRows().filter(({ concentration }) => concentration !== '–'))(
  'the concentration of $title is what keelson sector says',
  async ({ dataset, kind, concentration }) => {
    const only = kind === undefined ? [] : ['--kind', kind];
    const { out } = await keelsonHere(['sector', dataset, ...only, '--json']);
    const { needs } = JSON.parse(out) as Sector; // printed by the command just now
    expect(needs.map(({ hhi }) => Math.round(hhi * 10_000))).toEqual([
      Number(concentration.replace(',', '')),
    ]);
  },
);

test.each(['solana', 'avalanche', 'wallet'])('the page shows what assess says of %s', (name) => {
  const golden = readFileSync(join(root, 'test', 'cli', 'golden', `assess-network-${name}.txt`), 'utf8');
  expect(readFileSync(join(folder, 'README.md'), 'utf8')).toContain(golden.replace(/\n--- exit 0\n$/, ''));
});

describe('minimal sets of hosts, counted by sums alone', () => {
  test.each([
    [[5, 3, 2], 5, 2n],
    [[1, 1, 1, 1], 2, 6n],
    [[4, 4, 1], 8, 1n],
    [[2, 1], 4, 0n],
  ])('of %j for %d: %d', (amounts, enough, sets) => {
    expect(minimalSets(amounts, enough)).toBe(sets);
  });

  test('agree with trying every set', () => {
    const amounts = [13, 11, 7, 7, 5, 3, 2, 2, 1, 1];
    const total = amounts.reduce((sum, amount) => sum + amount, 0);
    const sumOf = (set: number) => amounts.reduce((sum, amount, i) => sum + ((set >> i) & 1) * amount, 0);
    for (const enough of [1, 9, 18, 27, 40, total]) {
      const all = Array.from({ length: 1 << amounts.length }, (_, set) => set).filter(
        (set) => sumOf(set) >= enough,
      );
      const minimal = all.filter((set) =>
        amounts.every((amount, i) => ((set >> i) & 1) === 0 || sumOf(set) - amount < enough),
      );
      const sizeOf = (set: number) => amounts.filter((_, i) => ((set >> i) & 1) === 1).length;
      const fewest = Math.min(...all.map(sizeOf));
      expect(minimalSets(amounts, enough)).toBe(BigInt(minimal.length));
      expect(fewestToLose(amounts, enough)).toBe(fewest);
      expect(setsOfSize(amounts, enough, fewest)).toBe(all.filter((set) => sizeOf(set) === fewest).length);
    }
  });
});

describe.each(plans)('%s', (name) => {
  const plan = load(readFileSync(join(folder, name), 'utf8')) as Plan; // its shape is checked by the command

  test('assess finds as many sets of hosts as sums do, and none smaller', async () => {
    const { exit, out } = await keelsonHere([
      'assess',
      join('examples', 'networks', name),
      '--no-advice',
      '--json',
    ]);
    const answer = JSON.parse(out) as Answer; // the contract of --json
    expect(exit).toBe(0);
    for (const [journey, { modes }] of Object.entries(plan.journeys)) {
      const { from, atLeast } = modes.full.needs;
      if (from === undefined) continue;
      const pool = plan.services[from]?.pool ?? [];
      const total = pool.reduce((sum, { capacity }) => sum + capacity, 0);
      const amounts = pool.filter(({ use }) => use !== 'others-for-ever').map(({ capacity }) => capacity);
      const { cutSets } = answer.journeys.find((one) => one.name === journey)?.down ?? {};
      expect(cutSets?.complete).toBe(true);
      expect(cutSets?.total, journey).toBe(String(minimalSets(amounts, total - atLeast + 1)));
      const fewest = cutSets?.byOrder.findIndex((sets) => sets > 0) ?? -1;
      expect(fewest < 0 ? null : fewest + 1, journey).toBe(fewestToLose(amounts, total - atLeast + 1));
    }
  });
});

test('the wallet hangs on what the network does not', async () => {
  const { out } = await keelsonHere([
    'assess',
    'examples/networks/wallet-on-ethereum-2025.yaml',
    '--no-advice',
    '--json',
  ]);
  const answer = JSON.parse(out) as Answer; // the contract of --json
  const singles = (journey: string) =>
    answer.journeys.find(({ name }) => name === journey)?.down.cutSets.byOrder[0] ?? Number.NaN;
  expect([singles('finality'), singles('send'), singles('send-with-two-of-each')]).toEqual([0, 3, 0]);
});
