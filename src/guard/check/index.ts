import type { Contract } from '../contract.ts';
import type { Facts, Verdict } from '../result.ts';

export interface CheckOptions {
  /** Facts of the last good one; left out, nothing is compared. */
  readonly last?: Facts | undefined;
  /** The time on the wall. @unit ms since 1970 */
  readonly now: number;
  /** Where its signatures are, in place of what the contract says. */
  readonly envelope?: string | undefined;
  /** What the file is called in the verdict. @default its path */
  readonly name?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((bytes: number) => void) | undefined;
}

/** Holds a file (`-` is standard input) against a contract. It is read once: the digest is that of exactly the bytes that were judged. */
export function checkFile(_file: string, _contract: Contract, _options: CheckOptions): Promise<Verdict> {
  throw new Error('Not yet.');
}
