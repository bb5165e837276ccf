import { setTimeout } from 'node:timers/promises';
import { KeelsonError } from '../errors.ts';
import type { Foreseen } from './foresee.ts';
import type { DrillOptions } from './options.ts';
import type { SwitchLog } from './switch-log.ts';
import type { Watch } from './watch.ts';

/** How long everything must have been well before something is failed. @unit ms */
const WELL_MS = 1_000;
/** How long that is waited for beyond what the plan says. @unit ms */
const PATIENCE_MS = 45_000;
/** A journey that was to be served may be down for so many tolerances. */
const MOST_HARM = 4;

/** Whether all is well, or at least as it was to be. */
export class Steadiness {
  private readonly options: DrillOptions;
  private readonly watch: Watch;
  private readonly switches: SwitchLog;

  constructor(options: DrillOptions, watch: Watch, switches: SwitchLog) {
    this.options = options;
    this.watch = watch;
    this.switches = switches;
  }

  /** Whether users have been without what they were to be offered for so long that a fault has to be taken away at once. */
  isHarmed(atMs: number, foreseen: Foreseen): boolean {
    return this.harmedMs(atMs, foreseen) > MOST_HARM * this.options.toleranceMs;
  }

  /** Waits for what was to come back by then, and until all is well. @returns what was thrown where it does not */
  async comesBack(restoredMs: number, waitsMs: number): Promise<unknown> {
    await this.recovers(restoredMs, waitsMs);
    return await this.steady(waitsMs).then(
      () => undefined,
      (error: unknown) => error,
    );
  }

  private async recovers(restoredMs: number, waitsMs: number): Promise<void> {
    const { time, signal } = this.options;
    while (time.now() - restoredMs < waitsMs && !signal.aborted) await this.pause(100);
  }

  /**
   * Waits until every journey is in its first mode and every service where the plan wants it, as far as it is.
   *
   * @throws KeelsonError `drill-not-steady`
   */
  async steady(waitsMs: number): Promise<void> {
    const { time, signal } = this.options;
    const beganMs = time.now();
    this.options.onProgress?.({ kind: 'steadying' });
    let wellSince: number | undefined;
    for (;;) {
      const unwell = this.unwell() ?? this.switches.elsewhere();
      if (unwell === undefined) wellSince ??= time.now();
      else wellSince = undefined;
      if (wellSince !== undefined && time.now() - wellSince >= WELL_MS) return;
      if (signal.aborted) return;
      const silentMs = MOST_HARM * this.options.toleranceMs;
      const silent = this.switches.silent(silentMs);
      if (silent !== undefined)
        throw new KeelsonError(
          'drill-unreachable',
          `The ${silent} has not answered for ${Math.round(silentMs / 1_000)} s.`,
          { hint: 'Does it still run? What was put by the drill has been taken away.' },
        );
      if (time.now() - beganMs > waitsMs + PATIENCE_MS)
        throw new KeelsonError(
          'drill-not-steady',
          `Before a fault all must be well, and ${unwell ?? 'it comes and goes'}.`,
          {
            hint: 'Mend it, or wait until it is well. What was put by the drill has been taken away.',
          },
        );
      await this.switches.bringBack();
      await this.pause(100);
    }
  }

  /** Why not all is well, in words; undefined where it is. */
  private unwell(): string | undefined {
    const { model, users } = this.options;
    for (const [journey, { name, modes }] of model.journeys.entries()) {
      if (!users.tries(journey)) continue;
      const mode = this.watch.mode(journey);
      if (mode === 0) continue;
      return mode === undefined ? `${name} has not been tried` : `${name} is ${modes[mode]?.name ?? 'down'}`;
    }
    return undefined;
  }

  /** Waits, unless the drill is ended meanwhile. @throws what went wrong with those who try */
  async pause(ms: number): Promise<void> {
    if (this.watch.failure !== undefined) throw this.watch.failure;
    await setTimeout(ms, undefined, { signal: this.options.signal }).catch(() => undefined);
  }

  /** How long users have been without what they were to be offered. @unit ms */
  private harmedMs(atMs: number, { modes }: Foreseen): number {
    const { model, toleranceMs, time } = this.options;
    let most = 0;
    for (const [journey, stages] of modes.entries()) {
      const down = model.journeys[journey]?.modes.length ?? 0;
      if (this.watch.mode(journey) !== down) continue;
      const sinceMs = this.watch.sinceMs(journey);
      const isForeseen = stages.some(
        ({ fromMs, mode }, i) =>
          mode === down &&
          fromMs <= atMs + toleranceMs &&
          (stages[i + 1]?.fromMs ?? Number.POSITIVE_INFINITY) >= atMs - toleranceMs,
      );
      if (!isForeseen) most = Math.max(most, time.now() - sinceMs);
    }
    return most;
  }
}
