import { expect, test } from 'vitest';
import type { SampleOutcome, SampleResult } from './result.ts';
import { SAMPLES } from './samples/index.ts';
import { seenOf } from './seen.ts';

const IDS = ['sql-union', 'sql-tautology', 'sql-comment', 'sql-form'];
const SENT = SAMPLES.filter(({ id }) => IDS.includes(id));
const results = (...outcomes: SampleOutcome[]): SampleResult[] =>
  outcomes.map((outcome, i) => ({ sample: IDS[i] ?? '', address: '', send: '', outcome, how: '', twin: '' }));

test('one address of several that lets a sample through is enough, and all must block it', () => {
  const both = [
    ...results('blocked', 'blocked', 'unclear', 'blocked'),
    ...results('blocked', 'through', 'through', 'unclear'),
  ];
  const [first] = seenOf(SENT, results('blocked', 'blocked', 'through', 'blocked'), ['waf'], undefined);
  expect(first?.leaks).toEqual([]);
  const [seen, ...others] = seenOf(SENT, both, [], first === undefined ? undefined : { seen: [first] });
  expect(others).toEqual([]);
  expect(seen).toEqual({
    protection: 'waf',
    isClaimed: false,
    blocked: ['sql-union'],
    through: ['sql-comment', 'sql-tautology'],
    unclear: ['sql-form'],
    leaks: ['sql-tautology'],
  });
});
