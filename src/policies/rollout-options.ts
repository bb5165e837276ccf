export interface RolloutOptions {
  /** By name, in the order in which they are given a candidate. */
  readonly targets: readonly string[];
  /** How many try a candidate before all others: never all while there are others. @default { targets: 1 } */
  readonly canary?: { readonly targets: number } | { readonly share: number };
  /** How long the canary must be healthy without a break. @unit ms @default 30_000 */
  readonly canaryWatchMs?: number;
  /** By wave, which share of all targets has the candidate then, the canary included; the last is 1. @default [1] */
  readonly waves?: readonly number[];
  /** How long each wave must be healthy without a break. @unit ms @default 10_000 */
  readonly watchMs?: number;
  /** How long all must have been healthy without a break before a candidate is tried. @unit ms @default 5_000 */
  readonly steadyMs?: number;
  /** How long a step waits for a whole watch before all go back. @unit ms @default ten times the watch */
  readonly patienceMs?: number;
  /** Before a target that did not take its version is asked again; doubled each time. @unit ms @default 1_000 */
  readonly againMs?: number;
  /** The longest pause before a target is asked again. @unit ms @default 60_000 */
  readonly againMostMs?: number;
}

/** The options with what is left out. */
export type RolloutTerms = Required<Omit<RolloutOptions, 'patienceMs'>> & Pick<RolloutOptions, 'patienceMs'>;

/** Shares are not exact in binary. */
const SHARE_TOLERANCE = 1e-9;

/** @throws RangeError when there are no targets, or two of one name, or a time or a share is out of range */
export function withDefaults(options: RolloutOptions): RolloutTerms {
  const terms: RolloutTerms = {
    canary: { targets: 1 },
    canaryWatchMs: 30_000,
    waves: [1],
    watchMs: 10_000,
    steadyMs: 5_000,
    againMs: 1_000,
    againMostMs: 60_000,
    ...options,
  };
  checkRanges(terms);
  return terms;
}

/** How many targets have the candidate after a step: a share is rounded down, but a canary is at least one, and never all. */
export function countOf({ targets, canary, waves }: RolloutTerms, step: number): number {
  const all = targets.length;
  const share = step > 0 ? (waves[step - 1] ?? 1) : 'share' in canary ? canary.share : undefined;
  const count = share === undefined ? countIn(canary) : Math.floor(share * all + SHARE_TOLERANCE);
  return step > 0 ? count : Math.max(1, Math.min(count, all - 1));
}

/** How long a step is watched, and how long that is waited for. */
export function timesOf(
  { canaryWatchMs, watchMs: waveMs, patienceMs }: RolloutTerms,
  step: number,
): { readonly watchMs: number; readonly patienceMs: number } {
  const watchMs = step === 0 ? canaryWatchMs : waveMs;
  return { watchMs, patienceMs: patienceMs ?? 10 * watchMs };
}

function countIn(canary: RolloutTerms['canary']): number {
  return 'targets' in canary ? canary.targets : 1;
}

function checkRanges(options: RolloutTerms): void {
  const { targets, canary, waves, canaryWatchMs, watchMs, steadyMs, patienceMs, againMs, againMostMs } =
    options;
  if (targets.length === 0) throw new RangeError('Expected at least one target.');
  const twice = targets.find((name, i) => targets.indexOf(name) < i);
  if (twice !== undefined)
    throw new RangeError(`Expected targets of different names, found "${twice}" twice.`);
  const count = countIn(canary);
  if (!(Number.isInteger(count) && count >= 1))
    throw new RangeError(`Expected a canary of at least 1 target, found ${count}.`);
  for (const share of 'share' in canary ? [canary.share, ...waves] : waves)
    if (!(share > 0 && share <= 1))
      throw new RangeError(`Expected a share of targets above 0 and at most 1, found ${share}.`);
  for (const [i, share] of waves.entries())
    if (share < (waves[i - 1] ?? 0))
      throw new RangeError(`Expected waves that never shrink, found ${share} after ${waves[i - 1]}.`);
  if (waves.at(-1) !== 1)
    throw new RangeError(`Expected a last wave of 1, all targets, found ${waves.at(-1) ?? 'none'}.`);
  const times = { canaryWatchMs, watchMs, patienceMs: patienceMs ?? watchMs, againMs, againMostMs };
  for (const [name, time] of Object.entries(times))
    if (!(time > 0)) throw new RangeError(`Expected ${name} above 0, found ${time}.`);
  if (!(steadyMs >= 0)) throw new RangeError(`Expected steadyMs of at least 0, found ${steadyMs}.`);
}
