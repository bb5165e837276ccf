import { findingsOf } from './life.ts';
import type { DrillEvidence, Run } from './result.ts';

/** Several files of evidence as one. A run that is in more than one counts once; findings follow from all runs together. */
export function mergeEvidence(files: readonly DrillEvidence[]): DrillEvidence {
  const byId = new Map<string, Run>();
  for (const { runs } of files) for (const run of runs) byId.set(run.id, run);
  const runs = [...byId.values()].sort((a, b) => (key(a) < key(b) ? -1 : 1));
  return { schema: 'keelson.drill-evidence/1', runs, findings: findingsOf(runs) };
}

/** Moments are written alike, so that their order is that of their texts. */
function key({ startedAt, id }: Run): string {
  return `${startedAt} ${id}`;
}
