import type { MutatedCase, MutatedFormat } from './mutations.js';

export function judgeSlowly(
  format: MutatedFormat,
  given: MutatedCase,
  keys: readonly string[],
): readonly string[];
