import { relative } from 'node:path';
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Real parts that are started, stopped and waited for: most of their time nobody computes anything. */
const SERVED = [
  'test/e2e/chain-*.test.ts',
  'test/e2e/client*.test.ts',
  'test/e2e/drill-{evidence,guard,own-rig,protections,running-rig,touches}.test.ts',
  'test/e2e/faults-*.test.ts',
  'test/e2e/feature-file.test.ts',
  'test/e2e/guard-files.test.ts',
  'test/e2e/guard-run.test.ts',
  'test/e2e/harbor-live.test.ts',
  'test/e2e/hostile-*.test.ts',
  'test/e2e/parts.test.ts',
  'test/e2e/plan-guard.test.ts',
  'test/e2e/promotion.test.ts',
  'test/e2e/restart.test.ts',
  'test/e2e/serve-drill.test.ts',
  'test/e2e/serve-seen.test.ts',
  'test/e2e/steer.test.ts',
  'test/e2e/steering-*.test.ts',
  'test/e2e/writes.test.ts',
];
/** What happens to a whole platform, held to times: few at once, and what a busy machine has spoilt is tried again. */
const DRILLS = [
  'test/e2e/steering.test.ts',
  'test/e2e/drill-{edges,incident,sandbox,standbys}.test.ts',
  'test/e2e/harbor-sandbox.test.ts',
];
const LOAD = ['test/e2e/failover.test.ts', 'test/e2e/chain-speed.test.ts', 'test/e2e/restart-speed.test.ts'];
const BOUNDED = 'test/cli/broken*.test.ts';
/** A bound that was missed is tried again, where the machine was busy with something else. What must never happen is not. */
const MISSED_BOUND = { count: 2, condition: /to be less than/ };

/**
 * What takes longest of its kind, first: begun at the end, one of them would go on alone. Otherwise larger files come first, but these
 * wait more than they say. Drills of Harbor, which are held to times, stand among those that do nothing but wait.
 */
const LONGEST = [
  'drill-edges',
  'drill-standbys',
  'steering-flaps',
  'hostile-origin',
  'steering-wheel',
  'feature-file',
  'drill-guard',
  'drill-sandbox',
  'harbor-live',
  'chain-gateway',
  'guard-run',
  'drill-running-rig',
  'plan-guard',
  'discover-platforms',
  'restart',
  'report-replay',
  'status',
  'report-map',
  'report-link',
  'report-numbers',
  'report-hostile',
  'report-axe',
].map((name) => `/${name}.test.ts`);

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification): number => {
      const path = `/${relative(this.ctx.config.root, moduleId)}`;
      const found = /^\/test\/(?:e2e|browser)\//.test(path)
        ? LONGEST.findIndex((end) => path.endsWith(end))
        : -1;
      return found < 0 ? LONGEST.length : found;
    };
    const group = ({ project }: TestSpecification): number => project.config.sequence.groupOrder;
    return (await super.sort(files)).sort((a, b) => group(a) - group(b) || rank(a) - rank(b));
  }
}

/** One kind after the other: some are held to times that others at the same moment would take from them. */
export default defineConfig({
  test: {
    pool: 'forks',
    // What a file of tests imports is imported once by each worker, not once for each file.
    isolate: false,
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // What is waited for comes when it comes: a busy machine does no harm.
    expect: { poll: { timeout: 20_000 } },
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['src/**/*.test.ts', 'ui/**/*.test.ts', 'test/oracle/**/*.test.ts'],
          maxWorkers: 2,
          sequence: { groupOrder: 0 },
        },
      },
      {
        // Commands that are held to two seconds.
        extends: true,
        test: { name: 'bounded', include: [BOUNDED], maxWorkers: 2, sequence: { groupOrder: 1 } },
      },
      {
        extends: true,
        test: {
          name: 'commands',
          include: ['test/cli/**/*.test.ts', 'test/e2e/**/*.test.ts'],
          exclude: [BOUNDED, ...SERVED, ...DRILLS, ...LOAD],
          maxWorkers: 3,
          sequence: { groupOrder: 2 },
        },
      },
      {
        // More of them at once than there are cores.
        extends: true,
        test: { name: 'served', include: SERVED, exclude: LOAD, maxWorkers: 4, sequence: { groupOrder: 3 } },
      },
      {
        // What requests wait for is measured.
        extends: true,
        test: {
          name: 'load',
          include: LOAD,
          maxWorkers: 1,
          retry: MISSED_BOUND,
          sequence: { groupOrder: 4 },
        },
      },
      {
        extends: true,
        test: { name: 'drills', include: DRILLS, maxWorkers: 2, retry: 2, sequence: { groupOrder: 5 } },
      },
      {
        extends: true,
        test: {
          name: 'browser',
          include: ['test/browser/**/*.test.ts'],
          maxWorkers: 2,
          sequence: { groupOrder: 6 },
        },
      },
    ],
  },
});
