import type { Sent } from './broadcast.ts';

/** Where an answer comes from. */
export type AnswerSource = 'own' | 'kept' | 'nodes' | 'refused' | 'failed';

/** What has happened to a pool since it was made: only ever more. */
export interface PoolCounts {
  /** Calls by where their answers came from; those that it asks itself, for subscriptions, among them. */
  readonly answers: Record<AnswerSource, number>;
  /** Of those, the ones that waited for what was being asked already. */
  joined: number;
  /** Nodes that were asked because another one took long. */
  hedges: number;
  /** Transactions that were sent, by what came of it. */
  readonly sends: Record<Sent['kind'], number>;
  reorganisations: number;
  /** Blocks that gave way in the deepest of those. */
  deepest: number;
}

export function noCounts(): PoolCounts {
  return {
    answers: { own: 0, kept: 0, nodes: 0, refused: 0, failed: 0 },
    joined: 0,
    hedges: 0,
    sends: { sent: 0, refused: 0, unknown: 0, nobody: 0, unreadable: 0 },
    reorganisations: 0,
    deepest: 0,
  };
}
