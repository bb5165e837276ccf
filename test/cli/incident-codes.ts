import type { ProblemCode } from '../../src/problems.ts';

/** Problems that only files of incidents can have. */
export const INCIDENT_CODES: readonly ProblemCode[] = [
  'file-name',
  'time-order',
  'span-without-length',
  'place-in-capability',
  'duplicate-id',
  'unknown-source',
  'timeline-order',
  'duplicate-effect',
  'phases-overlap',
  'phase-outside-window',
  'severity-contradicts-mode',
];
