import type { Header } from '../chain/index.ts';
import type { PoolNode } from './node.ts';
import type { Question } from './reading.ts';

/** What is to be proved, as far as it matters here. */
export interface ToProve {
  readonly method: string;
  /** With every tag replaced by a number. */
  readonly params: readonly unknown[];
  readonly asked:
    | { readonly kind: 'block'; readonly at: number | string }
    | { readonly kind: 'blocks'; readonly from: number; readonly to: number }
    /** In whichever block a node says it is. */
    | { readonly kind: 'transaction'; readonly hash: string };
  readonly shape: Question['shape'];
  readonly timeoutMs: number;
}

export interface ProverParts {
  /** A header that is believed, by number or hash; undefined when there is none to be had. */
  readonly header: (at: number | string, done: (header: Header | undefined) => void) => void;
  /** That there is no such thing is proved by nothing: so many must say so who count. */
  readonly nullVotes: number;
  /** Whether what a node says of that counts. */
  readonly countsForNull: (node: PoolNode) => boolean;
  /** The height on which the pool stands. */
  readonly head: () => number;
}

/** Logs of more blocks than this are not proved: every block's receipts would be needed. @unit blocks */
export const MOST_PROVEN_BLOCKS = 128;

/** What makes questions out of reads whose answers can be proved. Handed in, so that a pool that proves nothing carries nothing that proves. */
export interface ReadProver {
  /**
   * @param done with undefined when there is no header to prove it against; with a question that asks for nothing when the headers alone say
   *   it: then what it concludes from nothing is the answer
   */
  question(read: ToProve, done: (question: Question | undefined) => void): void;
}

export type MakeProver = (parts: ProverParts) => ReadProver;
