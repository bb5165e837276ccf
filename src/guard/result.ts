import type { Violation } from './violations.ts';

export type { Violation };

/* What the guard says of files, as plain data. */

/** What is true of a file, good or bad. Null is not known, or not said of this format. */
export interface Facts {
  /** Of exactly the bytes that were judged: `sha256:` and 64 hexadecimal digits. */
  readonly digest: string;
  readonly bytes: number;
  readonly rows: number | null;
  /** Members of objects and items of lists, at all depths; of CSV the cells. */
  readonly entries: number | null;
  readonly version: number | null;
  /** RFC 3339, as it was written. */
  readonly expires: string | null;
  /** Ids of the keys whose signatures hold. */
  readonly signedBy: readonly string[];
}

/** What one check says. */
export interface Verdict {
  readonly schema: 'keelson.guard-check/1';
  /** The name in the contract. */
  readonly contract: string;
  readonly file: string;
  readonly accepted: boolean;
  /** Null where the file was not read to its end. */
  readonly facts: Facts | null;
  /** At most 70, and then one that says how many more there are. */
  readonly violations: readonly Violation[];
}
