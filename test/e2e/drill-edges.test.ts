/** What edges and steering can be short of, planted in the parts of Harbor: the drill finds it, and blames the part of the plan that is not true. */
import { describe, expect, test } from 'vitest';
import { isWhole } from '../whole.ts';
import { blamed, drilled, useHarbor } from './drilled-harbor.ts';

const BOTH_SITES = 'aws@us-east-1 + site-frankfurt:maintenance';
const FAST = ['--speed', '300'];

test.runIf(isWhole)(
  'a switch that needs the dashboard of what has failed',
  { timeout: 120_000 },
  async () => {
    const found = await drilled([...FAST, '--defect', 'dashboard'], ['cloudflare', 'cloudflare/cdn + 3']);
    expect(found.exit).toBe(1);
    const blame = found.drill.blame.find(({ edge }) => edge === 'edge.failover.needs');
    expect(blame?.edit?.says).toBe('edge.failover.needs needs cloudflare/turnstile too');
  },
);

test.runIf(isWhole)('a way back that does not hold', async () => {
  // As long as the tolerance is shorter than what the plan holds.
  const found = await drilled(['--speed', '90', '--defect', 'hasty-return'], ['cloudflare']);
  expect(found.exit).toBe(1);
  expect(blamed(found)).toContain('edge.failover.hold');
});

describe('of parts that are told while they run', () => {
  const inOrder = useHarbor(FAST);

  test('an edge that asks without end', async () => {
    const found = await inOrder('endless-retries', [BOTH_SITES]);
    expect(found.exit).toBe(1);
    expect(blamed(found)).toContain('edge.any[1]');
    expect(found.drill.faults[0]?.amplification).toBeGreaterThan(5);
  });

  test.runIf(isWhole)('a snapshot that never ages', async () => {
    const found = await inOrder('ageless-snapshot', [BOTH_SITES]);
    expect(found.exit).toBe(1);
    expect(blamed(found)).toContain('market-data.modes.snapshot');
  });

  test('a mode that takes what it is to refuse', async () => {
    const found = await inOrder('willing-edge', ['aws@us-east-1/use1-az4']);
    expect(found.exit).toBe(1);
    expect(blamed(found)).toContain('trade.modes.post-only.allow');
  });
});
