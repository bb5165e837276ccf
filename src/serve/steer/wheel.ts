/** What moves users from one alternative of a front to another. */
export interface Wheel {
  /** What it would do, for people and `--dry-run`: a few lines, no secret in them. */
  describe(to: number): readonly string[];
  /** Whether it could be turned now, without turning it. Never throws. */
  check(signal: AbortSignal): Promise<WheelCheck>;
  /**
   * Turns it, and is done only once that has been confirmed.
   * @throws KeelsonError `wheel-unreachable`, `wheel-refused`: it has not been turned; `wheel-moved`: somebody else has turned
   * it; `wheel-unknown`, `wheel-unconfirmed`: it may have been turned. Turning it to the same alternative again is always safe.
   */
  turn(to: number, signal: AbortSignal): Promise<void>;
}

export type WheelCheck =
  | {
      readonly ok: true;
      /** The alternative that the wheel says is in force; undefined where it cannot say or something else is. */
      readonly inForce: number | undefined;
      /** It can say, and it is no alternative. */
      readonly isElsewhere?: true;
      readonly words: string;
    }
  | { readonly ok: false; readonly why: string };
