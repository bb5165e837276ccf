import type { ProblemCode } from '../../src/problems.ts';

/** Problems that only models in the Open-PSA format can have. */
export const MODEL_CODES: readonly ProblemCode[] = [
  'xml-syntax',
  'doctype-refused',
  'include-refused',
  'unknown-element',
  'element-refused',
  'element-ignored',
  'missing-attribute',
  'stray-text',
  'wrong-arity',
  'defined-twice',
  'undefined-event',
  'undefined-parameter',
  'wrong-kind',
  'unit-mismatch',
  'definition-cycle',
  'no-gates',
  'unknown-root',
  'expansion-too-large',
  'ccf-member-twice',
  'ccf-level',
  'ccf-factors-sum',
  'histogram-mean',
];
