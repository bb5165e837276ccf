/** Buckets for each doubling: a quantile is rounded up by at most 2^(1/8), 9.1 %, and never down. */
const BUCKETS_PER_DOUBLING = 8;
/** Samples expected beyond the quantile before it is believed, and before the counts are halved. */
const ENOUGH_BEYOND = 5;
const HALVED_BEYOND = 16;
/** Counts this close are equal: a quantile is not exact in binary. */
const TOLERANCE = 1e-9;

export interface HedgingOptions {
  /** Never earlier than this. @unit ms @default 20 */
  readonly leastMs?: number;
  /** Never later than this, and until enough is known. @unit ms @default 150 */
  readonly mostMs?: number;
  /** How many times the quantile. @default 2 */
  readonly factor?: number;
  /** The share of attempts that take no longer. @default 0.95 */
  readonly quantile?: number;
}

/**
 * After how long a second attempt of an idempotent request is worth it: `factor` × the `quantile` of the latencies of
 * late, within `leastMs` and `mostMs`. Latencies are kept as counts in buckets of equal ratio, which are halved as samples come
 * in, so that what is older than a few hundred samples (about 16 ÷ (1 − quantile) for each halving) fades.
 *
 * Record every attempt: one that was given up too, with the time it had been waited for. Otherwise the slow ones, which are
 * those that lose to their hedge, never show, and each hedge makes the next one come earlier.
 */
export class Hedging {
  /** By bucket, the delay that it stands for: its upper edge times the factor. @unit ms */
  private readonly delays: Float64Array;
  /** By bucket; fractions once halved, never rounded. */
  private readonly counts: Float64Array;
  private readonly mostMs: number;
  private readonly perMs: number;
  private readonly beyond: number;
  private readonly enough: number;
  private readonly halvedEvery: number;
  private total = 0;
  private seen = 0;
  private sinceHalved = 0;

  /** @throws RangeError when a time is not above 0, the times cross, `factor` is not above 0 or `quantile` not within 0 and 1 */
  constructor({ leastMs = 20, mostMs = 150, factor = 2, quantile = 0.95 }: HedgingOptions = {}) {
    if (!(leastMs > 0 && mostMs >= leastMs && mostMs < Number.POSITIVE_INFINITY))
      throw new RangeError(`Expected times above 0, the least first, found ${leastMs} and ${mostMs}.`);
    if (!(factor > 0 && factor < Number.POSITIVE_INFINITY))
      throw new RangeError(`Expected a factor above 0, found ${factor}.`);
    if (!(quantile > 0 && quantile < 1))
      throw new RangeError(`Expected a quantile between 0 and 1, found ${quantile}.`);
    // The buckets span what can change the answer and no more: the first holds all that is faster, the last all that is slower.
    const buckets = Math.ceil(Math.log2(mostMs / leastMs) * BUCKETS_PER_DOUBLING) + 1;
    this.delays = Float64Array.from({ length: buckets }, (_, i) =>
      Math.min(mostMs, leastMs * 2 ** (i / BUCKETS_PER_DOUBLING)),
    );
    this.counts = new Float64Array(buckets);
    this.mostMs = mostMs;
    this.perMs = factor / leastMs;
    this.beyond = 1 - quantile;
    this.enough = Math.ceil(ENOUGH_BEYOND / this.beyond);
    this.halvedEvery = Math.ceil(HALVED_BEYOND / this.beyond);
  }

  /** @param latencyMs of one attempt, or how long it was waited for; what is no number is left out. @unit ms */
  record(latencyMs: number): void {
    if (Number.isNaN(latencyMs)) return;
    const bucket = this.bucketOf(latencyMs);
    this.counts[bucket] = (this.counts[bucket] ?? 0) + 1;
    this.total++;
    if (this.seen < this.enough) this.seen++;
    if (++this.sinceHalved === this.halvedEvery) this.halve();
  }

  /** @returns after how long to try a second time. @unit ms */
  delayMs(): number {
    if (this.seen < this.enough) return this.mostMs;
    const { counts, delays } = this;
    const beyond = this.beyond * this.total + TOLERANCE;
    let slower = 0;
    let bucket = counts.length - 1;
    for (; bucket > 0; bucket--) {
      slower += counts[bucket] ?? 0;
      if (slower > beyond) break;
    }
    return delays[bucket] ?? this.mostMs;
  }

  /** Bucket i > 0 ends at its own edge and begins above the one before. */
  private bucketOf(latencyMs: number): number {
    const ratio = latencyMs * this.perMs;
    if (ratio <= 1) return 0;
    return Math.min(this.counts.length - 1, Math.ceil(Math.log2(ratio) * BUCKETS_PER_DOUBLING - TOLERANCE));
  }

  private halve(): void {
    const { counts } = this;
    for (let i = 0; i < counts.length; i++) counts[i] = (counts[i] ?? 0) / 2;
    this.total /= 2;
    this.sinceHalved = 0;
  }
}
