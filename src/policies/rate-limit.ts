/** Keys longer than this share one limit: none that is honest is, and what is kept must be bounded. */
const LONGEST_KEY = 128;
const LONG_KEY = '';
/** How many entries are looked at for one that is idle before one that is not has to go. */
const LOOKED_AT = 16;
/** Less is nothing: the time of day in milliseconds is rounded to a quarter of a microsecond, and so are sums with it. @unit ms */
const TOLERANCE_MS = 1e-3;

export interface RateLimitOptions {
  /** How many requests of one client, in the long run. @unit requests a second */
  readonly perSecond: number;
  /** How many at once. @default 1 */
  readonly burst?: number;
  /** How many clients are known at once. @default 100_000 */
  readonly most?: number;
}

/**
 * How many requests each client may make: in any stretch of time at most `burst` + `perSecond` × its length. The generic cell rate
 * algorithm (ITU-T I.371): a client is one number, the moment from which it would be as if it had never come. A request that is
 * refused costs nothing.
 *
 * Who has passed that moment need not be known. When there are `most`, one of those makes room for a new client; when none is found
 * among a few, the one of these that is nearest to it does, and gets a little more than it should.
 */
export class RateLimit {
  /** After the last refusal: how long until the same client's next request is let through. @unit ms */
  retryAfterMs = 0;
  private readonly intervalMs: number;
  private readonly aheadMs: number;
  private readonly places = new Map<string, number>();
  /** By place: who has it, and the moment from which it is idle. */
  private readonly keys: string[] = [];
  private readonly idleAt: Float64Array;
  private hand = 0;

  /** @throws RangeError when `perSecond` is not above 0, or `burst` or `most` no whole number of at least 1 */
  constructor({ perSecond, burst = 1, most = 100_000 }: RateLimitOptions) {
    if (!(perSecond > 0 && perSecond < Number.POSITIVE_INFINITY))
      throw new RangeError(`Expected a rate above 0, found ${perSecond}.`);
    for (const count of [burst, most])
      if (!(Number.isSafeInteger(count) && count >= 1))
        throw new RangeError(`Expected a whole number of at least 1, found ${count}.`);
    this.intervalMs = 1_000 / perSecond;
    this.aheadMs = burst * this.intervalMs;
    this.idleAt = new Float64Array(most);
  }

  /** How many clients are known. */
  get size(): number {
    return this.places.size;
  }

  /**
   * Whether one more request of this client may pass; if not, `retryAfterMs` says when.
   *
   * @param now never earlier than before. @unit ms
   * @param key who it is: an address or a subject; longer than 128 characters they count as one client
   */
  allow(now: number, key: string): boolean {
    const name = key.length > LONGEST_KEY ? LONG_KEY : key;
    const place = this.places.get(name);
    const idleAt = place === undefined ? now : Math.max(now, this.idleAt[place] ?? now);
    const next = idleAt + this.intervalMs;
    if (next - now > this.aheadMs + TOLERANCE_MS) {
      this.retryAfterMs = next - this.aheadMs - now;
      return false;
    }
    this.idleAt[place ?? this.placeFor(now, name)] = next;
    return true;
  }

  private placeFor(now: number, key: string): number {
    const { size } = this.places;
    const place = size < this.idleAt.length ? size : this.vacate(now);
    this.keys[place] = key;
    this.places.set(key, place);
    return place;
  }

  /** The hand goes round, so that each is looked at in turn. */
  private vacate(now: number): number {
    const { idleAt } = this;
    let best = this.hand;
    for (let i = 0; i < LOOKED_AT; i++) {
      const place = this.hand;
      this.hand = (place + 1) % idleAt.length;
      if ((idleAt[place] ?? 0) < (idleAt[best] ?? 0)) best = place;
      if ((idleAt[best] ?? 0) <= now) break;
    }
    this.places.delete(this.keys[best] ?? LONG_KEY);
    return best;
  }
}
