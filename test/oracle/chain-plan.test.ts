import { describe, expect, test } from 'vitest';
import { assess } from '../../src/assess/index.ts';
import { randomStream } from '../../src/random.ts';
import { randomChainPlan } from './chain-plan.ts';
import { differences } from './compare.ts';
import { modelOf } from './models.ts';
import { isWhole } from '../whole.ts';

const SEEDS = 250;
const TRIED = isWhole ? SEEDS : 100;
const texts = Array.from({ length: SEEDS }, (_, seed) => randomChainPlan(randomStream('chain-plan', seed)));

describe('plans that read chains', () => {
  test('say all that can be said of who is believed', () => {
    for (const written of [
      /"trusted": "s\d"/,
      /"unproved": "quorum"/,
      /"unproved": "refuse"/,
      /"verify": "proof",\s+"jsonrpc": \{\s+"chain": 1\s+\}/,
      /"verify": "quorum",\s+"jsonrpc"/,
    ])
      expect(texts.filter((text) => written.test(text)).length, String(written)).toBeGreaterThan(10);
  });

  for (let start = 0; start < TRIED; start += 50)
    test(`agree with brute force over all states, on seeds ${start} to ${start + 49}`, () => {
      const found: string[] = [];
      for (let seed = start; seed < start + 50; seed++)
        for (const difference of differences(texts[seed] ?? '')) found.push(`seed ${seed}: ${difference}`);
      expect(found).toEqual([]);
    });

  /** Sets of targets that hold one of the others are no news. */
  const covers = (sets: readonly (readonly string[])[], set: readonly string[]): boolean =>
    sets.some((one) => one.every((target) => set.includes(target)));

  test('are never easier to lie to for being verified, but by the verifier and who is trusted', () => {
    let compared = 0;
    for (const text of texts) {
      const plain = text
        .replaceAll(/"verify": "\w+",\s+/g, '')
        .replaceAll(/,\s+"(trusted|unproved)": "\w+"/g, '');
      const [checked, unchecked] = [assess(modelOf(text)), assess(modelOf(plain))];
      const trusted = new Set([...text.matchAll(/"trusted": "(s\d)"/g)].map(([, name]) => name));
      if (trusted.size > 0) continue; // who is trusted need not be on the way otherwise
      for (const [i, { compromise }] of checked.journeys.entries())
        for (const set of compromise.sets) {
          if (set.some((target) => target.endsWith(':verifier'))) continue;
          compared++;
          expect(covers(unchecked.journeys[i]?.compromise.sets ?? [], set), text).toBe(true);
        }
    }
    expect(compared).toBeGreaterThan(100);
  });
});
