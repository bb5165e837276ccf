/** Harbor as it is: what the plan says of its providers is what users get. */
import { expect, test } from 'vitest';
import { drilled, wrongs } from './drilled-harbor.ts';

test('whole providers fail as the plan says, within the tolerance', { timeout: 180_000 }, async () => {
  const found = await drilled(['--speed', '300'], ['cloudflare', 'aws', 'gcp', 'issuer']);
  expect(wrongs(found)).toEqual([]);
  expect(found.exit).toBe(0);
  const { drill } = found;
  expect(drill.faults.map(({ name, outcome }) => [name, outcome])).toEqual([
    ['cloudflare', 'agrees'],
    ['aws', 'agrees'],
    ['gcp', 'agrees'],
    ['issuer', 'agrees'],
  ]);
  expect(drill.blame).toEqual([]);
  const writes = drill.faults.flatMap((fault) => fault.writes);
  expect(writes.reduce((sum, { twice, lost }) => sum + twice + lost, 0)).toBe(0);
  expect(writes.reduce((sum, { answered }) => sum + answered, 0)).toBeGreaterThan(100);
});
