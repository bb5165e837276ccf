/** Tokens are counted in whole millionths, so that no sum is rounded. */
const TOKEN = 1_000_000;

export interface RetryBudgetOptions {
  /** Extra attempts for each request, in the long run; rounded to a millionth. @unit share of requests @default 0.2 */
  readonly share?: number;
  /** Extra attempts that may have been saved up: as many can fail at once and be tried again. @default 10 */
  readonly burst?: number;
}

/**
 * How many attempts may be made beyond one for each request, be it a retry or a hedge: over any stretch of time at most
 * `share` × its requests + `burst`. So a dead upstream is never answered with a storm. It starts full.
 */
export class RetryBudget {
  private readonly share: number;
  private readonly most: number;
  private saved: number;

  /** @throws RangeError when `share` is outside 0 to 1 or `burst` is no whole number of at least 0 */
  constructor({ share = 0.2, burst = 10 }: RetryBudgetOptions = {}) {
    if (!(share >= 0 && share <= 1)) throw new RangeError(`Expected a share of 0 to 1, found ${share}.`);
    if (!(Number.isSafeInteger(burst * TOKEN) && burst >= 0 && Number.isInteger(burst)))
      throw new RangeError(`Expected a burst that is a whole number of at least 0, found ${burst}.`);
    this.share = Math.round(share * TOKEN);
    this.most = burst * TOKEN;
    this.saved = this.most;
  }

  /** Extra attempts that could be made now, at once. */
  get left(): number {
    return Math.floor(this.saved / TOKEN);
  }

  /** Once for each request of a client. */
  deposit(): void {
    const saved = this.saved + this.share;
    this.saved = saved > this.most ? this.most : saved;
  }

  /** Before each extra attempt: whether it may be made. */
  withdraw(): boolean {
    if (this.saved < TOKEN) return false;
    this.saved -= TOKEN;
    return true;
  }
}
