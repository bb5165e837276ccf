/** What a standby can be short of, planted in the parts of Harbor: the drill finds it, and blames the part of the plan that is not true. */
import { expect, test } from 'vitest';
import { isWhole } from '../whole.ts';
import { blamed, useHarbor, wrongs } from './drilled-harbor.ts';

/** The first site alone. */
const SITE = ['aws@us-east-1/use1-az4'];
const drilled = useHarbor(['--speed', '300']);

test.runIf(isWhole)('a standby that answers 200 and nothing', async () => {
  const found = await drilled('empty-standby', SITE);
  expect(found.exit).toBe(1);
  expect(blamed(found)).toContain('order-book.any[2]');
  expect(found.drill.blame.find(({ edge }) => edge === 'order-book.any[2]')?.says).toContain('empty');
});

test.runIf(isWhole)('a health check that lies', async () => {
  const found = await drilled('lying-health', SITE);
  expect(found.exit).toBe(1);
  expect(blamed(found)).toContain('order-book.any[2].probe');
});

test('two sites that share one disk', async () => {
  const found = await drilled('shared-disk', SITE);
  expect(found.exit).toBe(1);
  expect(wrongs(found).length).toBeGreaterThan(2);
  const blame = found.drill.blame.find(({ edge }) => edge === 'site-frankfurt.needs');
  expect(blame?.explains).toEqual(
    expect.arrayContaining(['login', 'trade', 'withdraw'].map((name) => `${SITE[0]}: ${name}`)),
  );
  expect(blame?.edit?.yaml).toMatch(/^site-frankfurt: \{needs: \[.*, site-virginia\]\}$/);
});

test('a standby that does every write twice', async () => {
  const found = await drilled('doubled-write', SITE);
  expect(found.exit).toBe(1);
  expect(blamed(found)).toContain('trade.match.honours');
  const twice = found.drill.faults.flatMap(({ writes }) => writes.map((one) => one.twice));
  expect(Math.max(...twice)).toBeGreaterThan(2);
});
