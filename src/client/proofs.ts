import { Prover } from '../pool/index.ts';
import type { ClientNode, Proofs } from './options.ts';

export interface ProofsOptions {
  /**
   * Whose headers are believed: a node of one's own. They are asked for headers only.
   * @default headers on which `atLeast` operators agree
   */
  readonly trusted?: readonly ClientNode[];
  /**
   * What becomes of reads that nothing proves, such as `eth_call`: `refuse` them, or compare them as by `verify: 'quorum'`.
   * @default refuse
   */
  readonly unproved?: 'quorum' | 'refuse';
}

/** For `verify` of `chainPool`: what can be proved is, against headers that are believed. Then it does not matter who answers. */
export function proofs({ trusted, unproved = 'refuse' }: ProofsOptions = {}): Proofs {
  return { kind: 'proof', prover: (parts) => new Prover(parts), trusted, unproved };
}
