import { KeelsonError } from '../../errors.ts';
import { findingsOf } from './life.ts';
import { MOST_RUNS } from './limits.ts';
import type { DrillEvidence, Run } from './result.ts';

/**
 * Several files of evidence as one. A run that is in more than one counts once; findings follow from all runs together.
 *
 * @throws KeelsonError `drill-evidence-full` where there are more runs than are read back
 */
export function mergeEvidence(files: readonly DrillEvidence[]): DrillEvidence {
  const byId = new Map<string, Run>();
  for (const { runs } of files) for (const run of runs) byId.set(run.id, run);
  if (byId.size > MOST_RUNS)
    throw new KeelsonError(
      'drill-evidence-full',
      `Expected at most ${MOST_RUNS} drills, found ${byId.size}.`,
      {
        hint: 'Begin another file: assess --drills takes several.',
      },
    );
  const runs = [...byId.values()].sort((a, b) => (key(a) < key(b) ? -1 : 1));
  return { schema: 'keelson.drill-evidence/1', runs, findings: findingsOf(runs) };
}

/** Moments are written alike, so that their order is that of their texts. */
function key({ startedAt, id }: Run): string {
  return `${startedAt} ${id}`;
}
