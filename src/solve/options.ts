import type { Clock } from '../clock.ts';
import type { CutOff } from './result.ts';

/** Nodes that one attempt at a diagram may make, and a family of cut sets: at most 2 GB, because three ways to write a model are held at once. */
export const DEFAULT_NODE_BUDGET = 16_000_000;

/** Called for each set that is listed: its events and its probability, null where one of theirs is unknown. True stops. */
export type Visit = (
  root: string,
  events: readonly string[],
  probability: number | null,
) => boolean | undefined;

export interface SolveOptions {
  readonly file: string;
  /** Of the file's bytes. */
  readonly digest?: string;
  /** As it was read with. @unit that of the model's times */
  readonly missionTime: number;
  /** How many cut sets are listed by probability. @default 10 */
  readonly top?: number;
  readonly cutOff?: CutOff;
  /** Whether cut sets are counted and listed. @default true */
  readonly cutSets?: boolean;
  /** Whether importance is worked out. @default true */
  readonly importance?: boolean;
  /** Most nodes of one diagram or family. @default DEFAULT_NODE_BUDGET */
  readonly budget?: number;
  /** Is given every cut set within the cut-off, in no order. */
  readonly visit?: Visit;
  readonly clock?: Clock;
  readonly onProgress?: (share: number, what: string) => void;
}

export function isCutOff(cutOff: CutOff | undefined): cutOff is CutOff {
  return cutOff !== undefined && (cutOff.probability !== null || cutOff.order !== null);
}
