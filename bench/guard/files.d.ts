export interface FilesOffered {
  readonly badDone: number;
  readonly goodDone: number;
  /** Of the bad ones, those that came while a good one was on trial. */
  readonly midRollout: number;
  readonly seconds: number;
  /** By how they were offered and what became of them. */
  readonly counts: Readonly<Record<string, number>>;
  readonly badLoaded: readonly string[];
  readonly goodNotTaken: readonly string[];
  readonly unjudged: readonly string[];
  /** Readers and guards that should not have ended. */
  readonly ended: readonly string[];
  /** Requests that were dropped or wrongly answered. */
  readonly wrong: readonly string[];
  /** Targets without the last good one, and journals that are not whole. */
  readonly atEnd: readonly string[];
  readonly requests: number;
}

export function offerFiles(options: {
  readonly count: number;
  readonly good: number;
  readonly seed?: number;
  readonly lanes?: number;
  readonly clients?: number;
  /** @unit ms */
  readonly pauseMs?: number;
  readonly minutes?: number;
  readonly onProgress?: (words: string) => void;
}): Promise<FilesOffered>;
