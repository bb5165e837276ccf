export interface ProbingOptions {
  /** How many of the last probes count. @default 3 */
  readonly window?: number;
}

/** What probes show of one upstream, as a level: the share of the last few that were good. */
export class Probing {
  /** 0 to 1; undefined before the first probe: what is then assumed is for the caller to say. */
  level: number | undefined;
  private readonly last: Uint8Array;
  private next = 0;
  private seen = 0;
  private good = 0;

  /** @throws RangeError when `window` is no whole number from 1 to 1,000 */
  constructor({ window = 3 }: ProbingOptions = {}) {
    if (!(Number.isInteger(window) && window >= 1 && window <= 1_000))
      throw new RangeError(`Expected a whole number from 1 to 1,000, found ${window}.`);
    this.last = new Uint8Array(window);
  }

  /** @returns the level, this probe included; while fewer than `window` have been made, the share of those. */
  record(isGood: boolean): number {
    const bit = isGood ? 1 : 0;
    this.good += bit - (this.last[this.next] ?? 0);
    this.last[this.next] = bit;
    this.next = (this.next + 1) % this.last.length;
    if (this.seen < this.last.length) this.seen++;
    this.level = this.good / this.seen;
    return this.level;
  }
}
