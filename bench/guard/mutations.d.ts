import type { KeyObject } from 'node:crypto';

export type MutatedFormat = 'json' | 'csv' | 'text';

export interface Signer {
  readonly id: string;
  readonly key: KeyObject;
}

export interface LastGood {
  readonly digest: string;
  readonly bytes: number;
  readonly rows: number;
  readonly entries: null;
  readonly version: number;
  readonly expires: null;
  readonly signedBy: readonly string[];
}

export interface MutatedCase {
  readonly kind: string;
  readonly bytes: Buffer;
  readonly envelope: Buffer | null;
  readonly last: LastGood;
  readonly now: number;
}

export interface Signers {
  readonly known: readonly Signer[];
  readonly stranger: Signer;
}

export function makeKeys(): { readonly pems: readonly string[]; readonly signers: Signers };
export function writeContract(
  folder: string,
  format: MutatedFormat,
  pems: readonly string[],
  more?: string,
): string;
export function caseOf(
  format: MutatedFormat,
  seed: number,
  signers: Signers,
  world?: { readonly version: number; readonly now: number; readonly edgeMs: number },
): MutatedCase;
