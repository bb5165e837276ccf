import { RateLimit } from '../policies/index.ts';

const MS_PER_DAY = 86_400_000;

export interface BudgetOptions {
  /** Calls, in the long run. @default no bound */
  readonly perSecond?: number;
  /** Calls at once. @default 2 s of perSecond */
  readonly burst?: number;
  /** Calls from midnight to midnight, UTC. @default no bound */
  readonly perDay?: number;
}

/** How many calls one provider is sent. One budget for all pools that ask it. */
export class Budget {
  private readonly rate: RateLimit | undefined;
  private readonly perDay: number;
  private day = 0;
  private callsToday = 0;

  /** @throws RangeError when a bound is not above 0 */
  constructor({ perSecond, burst, perDay = Number.POSITIVE_INFINITY }: BudgetOptions = {}) {
    if (!(perDay > 0)) throw new RangeError(`Expected a number of calls above 0, found ${perDay}.`);
    this.perDay = perDay;
    this.rate =
      perSecond === undefined
        ? undefined
        : new RateLimit({ perSecond, burst: burst ?? Math.max(1, Math.ceil(2 * perSecond)), most: 1 });
  }

  /** What is left of the day; infinite where there is no bound. */
  leftToday(now: number): number {
    this.turnDay(now);
    return this.perDay - this.callsToday;
  }

  /** Before each call: whether it may be made. */
  spend(now: number): boolean {
    if (this.leftToday(now) <= 0 || this.rate?.allow(now, '') === false) return false;
    this.callsToday++;
    return true;
  }

  private turnDay(now: number): void {
    const day = Math.floor(now / MS_PER_DAY);
    if (day === this.day) return;
    this.day = day;
    this.callsToday = 0;
  }
}
