import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { caseOf, makeKeys, writeContract, type MutatedFormat } from '../../bench/guard/mutations.js';
import { judgeSlowly } from '../../bench/guard/slow-judge.js';
import { judge } from '../../src/guard/check/judge.ts';
import { loadContract } from '../../src/guard/load.ts';

/*
 * The guard against a judge that shares nothing with it (bench/guard/slow-judge.js), over files and signatures that were changed by seed:
 * both accept the same. node bench/run.js guard does the same with more of them.
 */

const folder = mkdtempSync(join(tmpdir(), 'keelson-guard-oracle-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const { pems, signers } = makeKeys();

describe.each<[MutatedFormat, number]>([
  ['json', 600],
  ['csv', 200],
  ['text', 100],
])('mutated files of %s', (format, cases) => {
  test(`${cases} of them: the guard accepts what the slow judge accepts, and nothing else`, async () => {
    const { contract, problems } = await loadContract(writeContract(folder, format, pems));
    expect(problems).toEqual([]);
    if (contract === undefined) throw new Error('No contract.');
    const file = join(folder, `candidate.${format}`);
    const envelope = `${file}.dsse.json`;
    const differ: unknown[] = [];
    let accepted = 0;
    for (let seed = 1; seed <= cases; seed++) {
      const one = caseOf(format, seed, signers);
      writeFileSync(file, one.bytes);
      if (one.envelope === null) rmSync(envelope, { force: true });
      else writeFileSync(envelope, one.envelope);
      const found = await judge({ file, contract, last: one.last, now: one.now, envelope, copy: undefined });
      const slow = judgeSlowly(format, one, pems);
      const violations = found.kind === 'judged' ? found.violations : [];
      if (violations.length === 0) accepted++;
      if ((violations.length === 0) !== (slow.length === 0))
        differ.push({ seed, kind: one.kind, slow, violations });
    }
    expect(differ).toEqual([]);
    // Neither says the same of all.
    expect(accepted).toBeGreaterThan(cases / 10);
    expect(accepted).toBeLessThan((cases * 9) / 10);
  });
});
