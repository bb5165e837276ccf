import type { Evidence } from './provider.ts';

const LEVELS = ['high', 'medium', 'low'] as const;
export type Confidence = (typeof LEVELS)[number];

/** The best that any piece of evidence bears, ended or not: what is old still counts. Null where nobody weighed any. */
export function bestConfidence(
  evidence: readonly { readonly confidence: Evidence['confidence'] | null }[],
): Confidence | null {
  return LEVELS.find((level) => evidence.some(({ confidence }) => confidence === level)) ?? null;
}
