import type { ProblemCode } from '../../src/problems.ts';

/** Problems that only contracts of guarded files can have. */
export const CONTRACT_CODES: readonly ProblemCode[] = [
  'not-of-format',
  'held-in-memory',
  'signed-unsaid',
  'need-beyond-keys',
  'key-twice',
  'not-a-key',
  'named-file-unreadable',
  'not-a-schema',
  'reader-without-file',
  'one-of-several',
  'only-with',
  'canary-beyond-targets',
  'waves-not-rising',
  'waves-end-early',
  'target-twice',
  'target-is-source',
];
