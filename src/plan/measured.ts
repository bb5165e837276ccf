/** What drills have measured of a plan: said of it, not by it. Plain data. */
export interface Drilled {
  /** Runs that count. */
  readonly runs: number;
  /** Runs of other versions of the plan, or of other plans, that were left out. */
  readonly leftOut: number;
  /** Whether runs of other versions count too. */
  readonly ofOtherPlans: boolean;
  readonly figures: readonly Measured[];
}

/** How often a switch was made in time, or a standby served, in drills. */
export interface Measured {
  readonly service: string;
  /** The standby's position in `any`, from 2; null: the switch. */
  readonly alternative: number | null;
  /** By where it was drilled; none of them has tried 0. */
  readonly counts: readonly {
    readonly environment: 'sandbox' | 'staging' | 'production';
    readonly made: number;
    readonly tried: number;
  }[];
  /** The day of the last drill that counts. */
  readonly day: string;
  /** What the plan says of it, before it was replaced. @unit share, 1 where it says nothing */
  readonly stated: number;
}
