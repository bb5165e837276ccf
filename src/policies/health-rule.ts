import type { RolloutHealth } from './rollout-state.ts';

export interface HealthRuleOptions {
  /** Bad results in a row after which it is unhealthy. @default 3 */
  readonly failures?: number;
  /** Good results in a row after which it is healthy. @default 3 */
  readonly successes?: number;
  /** After so long without a result nothing is known. @unit ms @default 10_000 */
  readonly silentMs?: number;
}

/** `none`: there was no answer that says one or the other. */
export type ProbeResult = 'good' | 'bad' | 'none';

/**
 * What probes show of health, several rules together: unhealthy once one of them is, healthy while all are.
 *
 * A rule that was healthy and has a bad result is neither until it is decided by results in a row: so health that flaps is
 * never taken for healthy, and is not called unhealthy for a single miss.
 */
export class HealthRule {
  /** Since when all have been healthy without a break; infinite while they are not. As of the last call. @unit ms */
  healthySince = Number.POSITIVE_INFINITY;
  /** When `health` may change even if no probe is made; infinite when never. @unit ms */
  wakeAt = Number.POSITIVE_INFINITY;
  private readonly rules: readonly Rule[];

  /** @throws RangeError when a number in a row is no whole number from 1 to 1,000, or a time is not above 0 */
  constructor(rules: readonly HealthRuleOptions[]) {
    this.rules = rules.map((options) => new Rule(options));
  }

  /** @param rule its place among the rules */
  record(rule: number, result: ProbeResult, now: number): RolloutHealth {
    this.rules[rule]?.record(result, now);
    return this.health(now);
  }

  /** @param now never earlier than before. @unit ms */
  health(now: number): RolloutHealth {
    for (const rule of this.rules) rule.forget(now);
    this.wakeAt = Math.min(...this.rules.map((rule) => rule.silentAt));
    const health = this.together();
    if (health !== 'healthy') this.healthySince = Number.POSITIVE_INFINITY;
    else if (this.healthySince === Number.POSITIVE_INFINITY) this.healthySince = now;
    return health;
  }

  private together(): RolloutHealth {
    if (this.rules.some((rule) => rule.health === 'unhealthy')) return 'unhealthy';
    return this.rules.every((rule) => rule.health === 'healthy') ? 'healthy' : 'unknown';
  }
}

class Rule {
  health: RolloutHealth = 'unknown';
  /** When it will have been silent for too long; infinite while nothing is known. @unit ms */
  silentAt = Number.POSITIVE_INFINITY;
  private good = 0;
  private bad = 0;
  private readonly options: Required<HealthRuleOptions>;

  constructor(options: HealthRuleOptions) {
    this.options = { failures: 3, successes: 3, silentMs: 10_000, ...options };
    const { failures, successes, silentMs } = this.options;
    for (const count of [failures, successes])
      if (!(Number.isInteger(count) && count >= 1 && count <= 1_000))
        throw new RangeError(`Expected a whole number from 1 to 1,000, found ${count}.`);
    if (!(silentMs > 0)) throw new RangeError(`Expected silentMs above 0, found ${silentMs}.`);
  }

  record(result: ProbeResult, now: number): void {
    // The first result after a silence begins a row, but leaves the silence to be seen.
    const wasSilent = this.forget(now);
    if (result === 'none') return;
    this.silentAt = now + this.options.silentMs;
    this.good = result === 'good' ? this.good + 1 : 0;
    this.bad = result === 'bad' ? this.bad + 1 : 0;
    if (wasSilent) return;
    if (this.bad >= this.options.failures) this.health = 'unhealthy';
    else if (this.good >= this.options.successes) this.health = 'healthy';
    else if (this.bad > 0 && this.health === 'healthy') this.health = 'unknown';
  }

  /** @returns whether it has been silent for too long */
  forget(now: number): boolean {
    if (now < this.silentAt) return false;
    this.health = 'unknown';
    this.silentAt = Number.POSITIVE_INFINITY;
    this.good = 0;
    this.bad = 0;
    return true;
  }
}
