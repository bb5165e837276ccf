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

export const ROW_SCHEMA: object;
export function contractText(format: MutatedFormat, keys: readonly string[]): string;
export function caseOf(
  format: MutatedFormat,
  seed: number,
  signers: { readonly known: readonly Signer[]; readonly stranger: Signer },
  world?: { readonly version: number; readonly now: number; readonly edgeMs: number },
): MutatedCase;
