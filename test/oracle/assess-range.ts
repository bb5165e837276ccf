import { describe, expect, test } from 'vitest';
import { randomStream } from '../../src/random.ts';
import { isWhole } from '../whole.ts';
import { differences } from './compare.ts';
import { randomPlan } from './random-plan.ts';

/** Random plans of a range of seeds, in tests of fifty, of which every second is done unless all are; a failure names the seeds and what differs. */
export function agreesWithBruteForce(from: number, to: number): void {
  describe('assess agrees with brute force over all states', () => {
    for (let start = from; start < to; start += isWhole ? 50 : 100) {
      const end = Math.min(start + 50, to);
      test(`on the random plans of seeds ${start} to ${end - 1}`, () => {
        const found: string[] = [];
        for (let seed = start; seed < end; seed++)
          for (const difference of differences(randomPlan(randomStream('plan', seed))))
            found.push(`seed ${seed}: ${difference}`);
        expect(found).toEqual([]);
      });
    }
  });
}
