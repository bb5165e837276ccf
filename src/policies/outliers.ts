import { LEVEL_TOLERANCE } from './failover.ts';

export interface OutliersOptions {
  /** How far back is looked; rounded up to whole milliseconds a bucket. @unit ms @default 5_000 */
  readonly windowMs?: number;
  /** Into how many steps of time the window is cut. @default 10 */
  readonly buckets?: number;
  /** Fewer requests than this in the window show nothing. @default 5 */
  readonly least?: number;
  /** Fewer failures than this in the window show nothing either: one alone is an accident. @default 2 */
  readonly leastBad?: number;
  /** This many failures in a row count at once, and one more for each tenfold of requests in the window from 10 on. @default 3 */
  readonly consecutive?: number;
  /** Below this level the upstream is ejected. @unit share of requests answered @default 0.9 */
  readonly usable?: number;
  /** How long the first time. @unit ms @default 10_000 */
  readonly ejectionMs?: number;
  /** How long at most. @unit ms @default 300_000 */
  readonly mostEjectionMs?: number;
}

/**
 * What real traffic shows of one upstream, as a level: the share of its requests in the last `windowMs` that were good.
 *
 *     observing ── below usable, or failures in a row ──► ejected (level held) ── its time is over ──► observing, knowing nothing
 *
 * - While little is known the level is 1: with fewer than `least` requests or fewer than `leastBad` failures in the window. Unknown is not bad.
 * - Failures in a row are believed at once, whatever came before them and however far apart they are, and then the level is 0: so a dead upstream is out after a
 *   few attempts at any rate of traffic. Three will do while up to 10 requests are in the window, 4 up to 100, 5 up to 1,000, 6 up to
 *   10,000: else a busy upstream that fails one request in twenty would have three in a row every few seconds, by chance.
 * - Below `usable` it is ejected: the level stays what it was at that moment, and nothing that is recorded meanwhile counts (those
 *   are mostly requests that were sent before). Each ejection lasts twice as long as the one before, unless
 *   the upstream was not ejected for at least as long as that one had lasted; then it lasts `ejectionMs` again.
 * - Then everything that was seen is forgotten, and the level is 1.
 *
 * Time moves the level in steps of a bucket, so the window is between `windowMs` less one bucket and `windowMs` long. When it is
 * asked does not matter: what happened between two calls is made up for, each thing at its own time.
 */
export class Outliers {
  /** When the level may change if nothing is recorded; infinite when never. @unit ms */
  wakeAt = Number.POSITIVE_INFINITY;
  private readonly bucketMs: number;
  private readonly buckets: number;
  private readonly least: number;
  private readonly leastBad: number;
  private readonly consecutive: number;
  private readonly usable: number;
  private readonly firstMs: number;
  private readonly mostMs: number;
  /** By bucket of the ring. */
  private readonly goodIn: Uint32Array;
  private readonly allIn: Uint32Array;
  private good = 0;
  private all = 0;
  private inARow = 0;
  /** The bucket of time that is being filled, counted from 0 on the clock, its place in the ring and its end. */
  private bucket = Number.NEGATIVE_INFINITY;
  private place = 0;
  private bucketEnd = Number.NEGATIVE_INFINITY;
  /** The level while ejected; undefined while not. */
  private held: number | undefined;
  private ejectedUntil = Number.NEGATIVE_INFINITY;
  private lastMs = 0;

  /** @throws RangeError when a time or a number is too small, or `usable` is outside 0 to 1 */
  constructor({
    windowMs = 5_000,
    buckets = 10,
    least = 5,
    leastBad = 2,
    consecutive = 3,
    usable = 0.9,
    ejectionMs = 10_000,
    mostEjectionMs = 300_000,
  }: OutliersOptions = {}) {
    for (const count of [buckets, least, leastBad, consecutive])
      if (!(Number.isInteger(count) && count >= 1))
        throw new RangeError(`Expected a whole number of at least 1, found ${count}.`);
    for (const time of [windowMs, ejectionMs])
      if (!(time > 0 && time < Number.POSITIVE_INFINITY))
        throw new RangeError(`Expected a time above 0, found ${time}.`);
    if (!(mostEjectionMs >= ejectionMs))
      throw new RangeError(`Expected a longest ejection of at least ${ejectionMs}, found ${mostEjectionMs}.`);
    if (!(usable >= 0 && usable <= 1)) throw new RangeError(`Expected a share of 0 to 1, found ${usable}.`);
    this.bucketMs = Math.ceil(windowMs / buckets);
    this.buckets = buckets;
    this.least = least;
    this.leastBad = leastBad;
    this.consecutive = consecutive;
    this.usable = usable - LEVEL_TOLERANCE;
    this.firstMs = ejectionMs;
    this.mostMs = mostEjectionMs;
    this.goodIn = new Uint32Array(buckets);
    this.allIn = new Uint32Array(buckets);
  }

  /** Whether the upstream is ejected, as of the last call. */
  get isEjected(): boolean {
    return this.held !== undefined;
  }

  /**
   * One request that has come to its end.
   *
   * @param now at least 0, never earlier than before. @unit ms
   */
  record(now: number, isGood: boolean): void {
    this.advance(now);
    if (this.held !== undefined) return;
    this.all++;
    this.allIn[this.place] = (this.allIn[this.place] ?? 0) + 1;
    if (isGood) {
      this.good++;
      this.goodIn[this.place] = (this.goodIn[this.place] ?? 0) + 1;
      this.inARow = 0;
    } else {
      this.inARow++;
      if (this.wakeAt === Number.POSITIVE_INFINITY) this.wakeAt = this.nextLeaving();
    }
    if (this.inARow >= this.consecutive && this.inARow >= this.enoughInARow()) this.eject(now, 0);
    // After a good one too: it may be the one that makes enough to judge by.
    else this.judge(now);
  }

  /** @returns the share of requests answered, 0 to 1. */
  level(now: number): number {
    this.advance(now);
    return this.held ?? this.observed();
  }

  private observed(): number {
    const isKnown = this.all >= this.least && this.all - this.good >= this.leastBad;
    return isKnown ? this.good / this.all : 1;
  }

  private enoughInARow(): number {
    let enough = this.consecutive;
    for (let busy = this.all; busy > 10; busy /= 10) enough++;
    return enough;
  }

  /** Makes up for the time that has passed. */
  private advance(now: number): void {
    while (now >= this.bucketEnd) {
      if (this.held !== undefined) {
        if (now < this.ejectedUntil) return;
        this.forget();
      }
      if (this.all === 0) this.enter(Math.floor(now / this.bucketMs));
      else this.leaveOne();
    }
  }

  private enter(bucket: number): void {
    this.bucket = bucket;
    this.place = bucket % this.buckets;
    this.bucketEnd = (bucket + 1) * this.bucketMs;
  }

  /** To the next bucket: its place is that of the one that leaves the window. */
  private leaveOne(): void {
    const at = this.bucketEnd;
    this.enter(this.bucket + 1);
    this.good -= this.goodIn[this.place] ?? 0;
    this.all -= this.allIn[this.place] ?? 0;
    this.goodIn[this.place] = 0;
    this.allIn[this.place] = 0;
    this.wakeAt = this.nextLeaving();
    this.judge(at);
  }

  /** When the oldest requests leave the window; never when they were all good, since the level stays 1. */
  private nextLeaving(): number {
    if (this.all === this.good) return Number.POSITIVE_INFINITY;
    let age = this.buckets - 1;
    while (age > 0 && this.allIn[(this.place + this.buckets - age) % this.buckets] === 0) age--;
    return this.bucketEnd + (this.buckets - 1 - age) * this.bucketMs;
  }

  private judge(now: number): void {
    const level = this.observed();
    if (level < this.usable) this.eject(now, level);
  }

  private eject(now: number, level: number): void {
    const isInARow = now - this.ejectedUntil < this.lastMs;
    this.lastMs = isInARow ? Math.min(this.mostMs, this.lastMs * 2) : this.firstMs;
    this.held = level;
    this.ejectedUntil = now + this.lastMs;
    this.bucketEnd = this.ejectedUntil;
    this.wakeAt = this.ejectedUntil;
  }

  private forget(): void {
    this.held = undefined;
    this.goodIn.fill(0);
    this.allIn.fill(0);
    this.good = 0;
    this.all = 0;
    this.inARow = 0;
    this.wakeAt = Number.POSITIVE_INFINITY;
  }
}
