import { expect, test } from 'vitest';
import { hostile } from '../../test/hostile.ts';
import type { ProtectionDrill, ProtectionFinding, ProtectionSeen } from '../drill/protections/result.ts';
import { protectionDrillText } from './drill-protections.ts';
import { widthOf } from './table.ts';

const seen = (
  isClaimed: boolean,
  blocked: readonly string[],
  through: readonly string[],
): ProtectionSeen => ({
  protection: 'waf',
  isClaimed,
  blocked,
  through,
  unclear: [],
  leaks: [],
});
const alternative = (name: string, number: number, of: ProtectionSeen) => ({
  name,
  number,
  addresses: [`127.0.0.${number}:80`],
  claims: ['waf' as const],
  twins: 'open' as const,
  seen: [of],
  samples: [],
});
const WRONG: ProtectionFinding = {
  kind: 'weaker',
  outcome: 'wrong',
  service: 'edge',
  alternative: 'fastly/cdn + 1',
  number: 2,
  protection: 'waf',
  edge: 'edge.any[2]',
  file: 'plan.yaml',
  line: 12,
  column: 7,
  says: 'The plan says that fastly/cdn + 1 protects with waf, and it lets through 1 of the samples that cloudflare/cdn + 1 blocks.',
  samples: ['sql-union'],
  edit: { says: 'edge.any[2] does not use fastly/waf', yaml: 'use: [fastly/cdn]' },
  exposes: [
    { journey: 'trade', modes: ['full', 'static'], missing: 'refuse' },
    { journey: 'look', modes: ['full'], missing: 'serve' },
  ],
};
const DRILL: ProtectionDrill = {
  seed: 1,
  requests: 8,
  samples: [
    { id: 'sql-union', class: 'sql', protection: 'waf', rules: 'CRS 942' },
    { id: 'script-element', class: 'script', protection: 'waf', rules: 'CRS 941' },
  ],
  paths: [
    {
      service: 'edge',
      alternatives: [
        alternative('cloudflare/cdn + 1', 1, seen(true, ['script-element', 'sql-union'], [])),
        alternative('fastly/cdn + 1', 2, seen(true, ['script-element'], ['sql-union'])),
      ],
    },
  ],
  findings: [WRONG],
  leftOut: [{ name: 'edge: sql-json', why: 'nothing of the plan may be posted' }],
  outcome: 'wrong',
  stopped: null,
};
const plan = { name: 'Shop', file: 'plan.yaml' };

test('says what is wrong, where, whose users it exposes, and what to change', () => {
  expect(`\n${protectionDrillText(DRILL, { plan })}\n`).toBe(`
1 protection not as the plan says: edge.any[2] (waf, plan.yaml:12).

  Shop: 2 samples, 8 requests, order 1.

  ALTERNATIVE                     PROTECTION  CLAIMED  BLOCKED  LET THROUGH  UNCLEAR
  edge.any[1] cloudflare/cdn + 1  waf         yes            2            0        0
  edge.any[2] fastly/cdn + 1      waf         yes            1            1        0

  WRONG  edge.any[2] (plan.yaml:12:7)  The plan says that fastly/cdn + 1 protects with waf, and it
  lets through 1 of the samples that cloudflare/cdn + 1 blocks.
    samples: sql-union
    trade (full, static) is served exposed there until the plan says so; then it is refused, or
    served with missing: serve
    look (full) is served exposed there
    smallest edit: edge.any[2] does not use fastly/waf
        use: [fastly/cdn]

  Not sent, or not asked
    edge: sql-json: nothing of the plan may be posted

  Mend what runs, or the plan, and look again:
    keelson drill plan.yaml --protections
`);
});

test('says in one sentence that all is well, that not all was seen, or that nothing was', () => {
  const first = (more: Partial<ProtectionDrill>): string | undefined =>
    protectionDrillText({ ...DRILL, findings: [], ...more }, { plan }).split('\n')[0];
  expect(first({ outcome: 'agrees' })).toBe('Every alternative protects as the plan says.');
  expect(first({ outcome: 'better' })).toBe('Every alternative protects as the plan says, or better.');
  expect(first({ outcome: 'unclear', stopped: 'It was ended by hand.' })).toBe(
    'Nothing is wrong as far as could be seen, and not all could. STOPPED before its time: It was ended',
  );
  expect(first({ outcome: 'unclear', paths: [] })).toBe('No alternative of this plan could be asked.');
});

test('stays within its width and shows nothing that misleads, whatever names hold', () => {
  const text = protectionDrillText(hostile(DRILL), { plan: hostile(plan), width: 80 });
  for (const character of ['\u202e', '\u001b', '\u0000']) expect(text).not.toContain(character);
  const pasted = /^ {8}|keelson drill/;
  for (const line of text.split('\n')) if (!pasted.test(line)) expect(widthOf(line)).toBeLessThanOrEqual(80);
});
