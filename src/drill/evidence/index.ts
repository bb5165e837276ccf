/** Evidence of drills: what they have shown, kept over many, and read back. */
export { evidenceOf } from './evidence-of.ts';
export { mergeEvidence } from './merge.ts';
export { findingsOf, type PlanVersion } from './life.ts';
export { partsOf } from './digests.ts';
export { measuredBy } from './measured.ts';
export { MOST_BYTES as MOST_EVIDENCE_BYTES } from './limits.ts';
export { evidenceText, readEvidence, type ReadEvidence } from './read.ts';
export type { DrillEvidence, Finding, Run, Moment } from './result.ts';
