import type { ProblemCode } from '../../src/problems.ts';

/** Problems that only tables of a sector can have; src/sector/dataset/dataset.test.ts meets each. */
export const SECTOR_CODES: readonly ProblemCode[] = [
  'csv-fields',
  'csv-quote',
  'listed-twice',
  'platform-differs',
  'unlisted-provider',
];
