/** Harbor as it is: what the plan says of its providers is what users get. */
import { expect, test } from 'vitest';
import { isWhole } from '../whole.ts';
import { drilled, drilledProtections, wrongs } from './drilled-harbor.ts';

const PROVIDERS = isWhole
  ? [
      'cloudflare',
      'fastly',
      'route53',
      'aws',
      'ns1',
      'hcaptcha',
      'gcp',
      'github',
      'infura',
      'alchemy',
      'hetzner',
      'issuer',
    ]
  : ['aws'];

test('whole providers fail as the plan says, within the tolerance', { timeout: 400_000 }, async () => {
  const found = await drilled(['--speed', '300'], PROVIDERS);
  expect(wrongs(found)).toEqual([]);
  expect(found.exit).toBe(0);
  const { drill } = found;
  expect(drill.faults.map(({ name, outcome }) => [name, outcome])).toEqual(
    PROVIDERS.map((name) => [name, 'agrees']),
  );
  expect(drill.blame).toEqual([]);
  const writes = drill.faults.flatMap((fault) => fault.writes);
  expect(writes.reduce((sum, { twice, lost }) => sum + twice + lost, 0)).toBe(0);
  expect(writes.reduce((sum, { answered }) => sum + answered, 0)).toBeGreaterThan(40);
});

test('edges block what the plan says, and a fallback that blocks nothing is found', async () => {
  const well = await drilledProtections([]);
  expect(well.protections.findings.filter(({ outcome }) => outcome === 'wrong')).toEqual([]);
  expect(well.exit).toBe(0);
  const bare = await drilledProtections(['--defect', 'bare-fallback']);
  const wrong = bare.protections.findings.filter(({ outcome }) => outcome === 'wrong');
  expect(wrong.map(({ edge, kind }) => [edge, kind])).toEqual([
    ['edge.any[2]', 'absent'],
    ['edge.any[2]', 'absent'],
  ]);
  expect(wrong[0]?.edit?.yaml).toContain('use: [fastly/cdn, fastly/ddos, fastly/bot-management]');
  expect(bare.exit).toBe(1);
});
