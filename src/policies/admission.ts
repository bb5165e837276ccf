/** Shares of `concurrent` up to which a tier may enter: core, important, deferrable. */
const SHARES = [1, 0.85, 0.7] as const;
/** What can wait is let in again from here down, a part of it; all of it from `QUIET` down. */
const REOPENS = 0.6;
const QUIET = 0.3;
/** Into how many steps reopening is cut. */
const STEPS = 4;

export interface AdmissionOptions {
  /** How many requests may be in flight. */
  readonly concurrent: number;
}

/** What matters more has the lower number. */
export const TIERS = { core: 0, important: 1, deferrable: 2 } as const;
export type Tier = (typeof TIERS)[keyof typeof TIERS];

/**
 * How many requests may be in flight, by tier: what can wait up to 70 % of `concurrent`, what is important up to 85 %, the core
 * up to all of it (each rounded down, and at least one).
 *
 * What can wait is shut out once it has met its 70 %, until no more than 60 % are in flight. Then it comes back in steps: one request of four, two,
 * three, all; a step whenever as many requests as `concurrent` have left since the last one. Meeting the 70 % on the way shuts it
 * out again. At 30 % or less there is nothing to spare it for, and all of it is let in.
 */
export class Admission {
  private readonly most: readonly [number, number, number];
  private readonly reopensAt: number;
  private readonly quietAt: number;
  private count = 0;
  /** Of four deferrable requests, how many are let in. */
  private open = STEPS;
  private turn = 0;
  private leftSince = 0;

  /** @throws RangeError when `concurrent` is no whole number of at least 1 */
  constructor({ concurrent }: AdmissionOptions) {
    if (!(Number.isSafeInteger(concurrent) && concurrent >= 1))
      throw new RangeError(`Expected a whole number of at least 1, found ${concurrent}.`);
    const upTo = (share: number): number => Math.max(1, Math.floor(concurrent * share + 1e-9));
    this.most = [upTo(SHARES[0]), upTo(SHARES[1]), upTo(SHARES[2])];
    this.reopensAt = upTo(REOPENS);
    this.quietAt = upTo(QUIET);
  }

  get inFlight(): number {
    return this.count;
  }

  /** The share of what can wait that is let in now: 0, a quarter, a half, three quarters or 1. */
  get deferrableShare(): number {
    return this.open / STEPS;
  }

  /** Whether one more request may enter; if so it is counted, and must leave once. */
  tryEnter(tier: Tier): boolean {
    const isIn = tier < 2 ? this.count < this.most[tier] : this.admitsDeferrable();
    if (isIn) this.count++;
    return isIn;
  }

  /** Once for each request that entered, however it ended. */
  leave(): void {
    if (this.count > 0) this.count--;
    if (this.open === 0 || this.open === STEPS) return;
    this.leftSince++;
    if (this.leftSince >= this.most[0]) this.reopen(this.open + 1);
  }

  private admitsDeferrable(): boolean {
    const after = this.count + 1;
    if (after > this.most[2]) {
      this.open = 0;
      return false;
    }
    if (this.open === STEPS) return true;
    if (after <= this.quietAt) this.reopen(STEPS);
    else if (this.open === 0 && after <= this.reopensAt) this.reopen(1);
    const isIn = this.turn < this.open;
    this.turn = (this.turn + 1) % STEPS;
    return isIn;
  }

  private reopen(open: number): void {
    this.open = open;
    this.turn = 0;
    this.leftSince = 0;
  }
}
