import type { ProblemCode } from '../../src/problems.ts';

/** Problems that only files can have that discover imports. */
export const IMPORT_CODES: readonly ProblemCode[] = ['json-syntax', 'nothing-imported'];
