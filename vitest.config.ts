import { defineConfig } from 'vitest/config';

/** Real parts that are started, stopped and waited for: most of their time nobody computes anything. */
const SERVED = [
  'test/e2e/harbor-live.test.ts',
  'test/e2e/hostile-*.test.ts',
  'test/e2e/parts.test.ts',
  'test/e2e/promotion.test.ts',
  'test/e2e/restart.test.ts',
  'test/e2e/serve-seen.test.ts',
  'test/e2e/steer*.test.ts',
  'test/e2e/writes.test.ts',
];

export default defineConfig({
  test: {
    pool: 'forks',
    testTimeout: 60_000,
    hookTimeout: 60_000,
    projects: [
      {
        extends: true,
        test: {
          name: 'node',
          include: ['src/**/*.test.ts', 'ui/**/*.test.ts', 'test/**/*.test.ts'],
          exclude: ['test/browser/**', 'test/e2e/failover.test.ts', ...SERVED],
          sequence: { groupOrder: 0 },
        },
      },
      {
        // After the others, and more of them at once than there are cores.
        extends: true,
        test: { name: 'served', include: SERVED, maxWorkers: 4, sequence: { groupOrder: 1 } },
      },
      {
        // By itself: what requests wait for is measured.
        extends: true,
        test: { name: 'load', include: ['test/e2e/failover.test.ts'], sequence: { groupOrder: 2 } },
      },
      {
        // Last: a browser keeps every core busy, and some of the others hold a command to its two seconds.
        extends: true,
        test: { name: 'browser', include: ['test/browser/**/*.test.ts'], sequence: { groupOrder: 3 } },
      },
    ],
  },
});
