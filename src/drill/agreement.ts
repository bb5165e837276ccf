/* What was seen held against what was foreseen. */

/** What was seen of a journey at one moment. */
export interface Sample {
  /** Since the fault was put. */
  readonly atMs: number;
  /** The number of its modes when it was down. */
  readonly mode: number;
}

export interface ModeStage {
  readonly fromMs: number;
  readonly mode: number;
}

/** A stretch in which a journey was in a mode that was not to be expected about then. */
export interface Difference {
  readonly fromMs: number;
  readonly toMs: number;
  readonly predicted: number;
  readonly observed: number;
}

export interface Agreement {
  readonly outcome: 'agrees' | 'better' | 'wrong';
  readonly differences: readonly Difference[];
  /** What was seen, as stages: shorter ones than the tolerance are left out, unless they are all there is. */
  readonly stages: readonly ModeStage[];
}

/**
 * Whether what was seen is what was foreseen. A sample agrees when its mode was foreseen for some moment no further away than the
 * tolerance; what does not agree counts once it has lasted longer than that, in one or, within five times
 * as long, taken together. A foreseen stage that was never seen, though it was to last
 * more than twice the tolerance, is told by the samples that were seen in its place.
 *
 * @param predicted stages from 0 on, the last one for good
 * @param samples in the order of time
 */
export function agreementOf(
  predicted: readonly ModeStage[],
  samples: readonly Sample[],
  toleranceMs: number,
): Agreement {
  const differences = lasting(unexpected(predicted, samples, toleranceMs), toleranceMs);
  return { outcome: outcomeOf(differences), differences, stages: stagesOf(samples, toleranceMs) };
}

/** Every stretch in a mode that was not to be expected about then, however short. */
function unexpected(
  predicted: readonly ModeStage[],
  samples: readonly Sample[],
  toleranceMs: number,
): Difference[] {
  const found: Difference[] = [];
  let open: Omit<Difference, 'toMs'> | undefined;
  const close = (toMs: number): void => {
    if (open !== undefined) found.push({ ...open, toMs });
    open = undefined;
  };
  for (const { atMs, mode } of samples) {
    if (modesAround(predicted, atMs, toleranceMs).has(mode)) close(atMs);
    else if (open === undefined || open.observed !== mode) {
      close(atMs);
      open = { fromMs: atMs, predicted: modeAt(predicted, atMs), observed: mode };
    }
  }
  close(samples.at(-1)?.atMs ?? 0);
  return found;
}

/** So many times the tolerance is looked at together: within it, what is short and comes again counts as what lasts. */
const TOGETHER = 5;

function lasting(stretches: readonly Difference[], toleranceMs: number): Difference[] {
  const counted = new Set<Difference>();
  for (const [i, first] of stretches.entries()) {
    const near: Difference[] = [];
    let sumMs = 0;
    for (const one of stretches.slice(i)) {
      if (one.fromMs > first.fromMs + TOGETHER * toleranceMs) break;
      if (one.observed !== first.observed) continue;
      near.push(one);
      sumMs += one.toMs - one.fromMs;
    }
    if (sumMs > toleranceMs) for (const one of near) counted.add(one);
  }
  return stretches.filter((one) => counted.has(one));
}

function outcomeOf(differences: readonly Difference[]): Agreement['outcome'] {
  if (differences.length === 0) return 'agrees';
  return differences.every(({ predicted, observed }) => observed < predicted) ? 'better' : 'wrong';
}

/** The mode that was foreseen for a moment. */
export function modeAt(predicted: readonly ModeStage[], atMs: number): number {
  let mode = predicted[0]?.mode ?? 0;
  for (const stage of predicted) {
    if (stage.fromMs > atMs) break;
    mode = stage.mode;
  }
  return mode;
}

/** Every mode that was foreseen for some moment near this one. */
function modesAround(
  predicted: readonly ModeStage[],
  atMs: number,
  toleranceMs: number,
): ReadonlySet<number> {
  const modes = new Set([modeAt(predicted, atMs - toleranceMs)]);
  for (const { fromMs, mode } of predicted)
    if (fromMs >= atMs - toleranceMs && fromMs <= atMs + toleranceMs) modes.add(mode);
  return modes;
}

/** Samples as stages. What lasts no longer than the tolerance is left out where what stands on both sides is the same. */
function stagesOf(samples: readonly Sample[], toleranceMs: number): ModeStage[] {
  const all = merged(samples.map(({ atMs, mode }) => ({ fromMs: atMs, mode })));
  const end = samples.at(-1)?.atMs ?? 0;
  const kept = all.filter(({ fromMs }, i) => {
    const [before, after] = [all[i - 1], all[i + 1]];
    const isBetweenSame = before !== undefined && after !== undefined && before.mode === after.mode;
    return !isBetweenSame || (after?.fromMs ?? end) - fromMs > toleranceMs;
  });
  return merged(kept);
}

function merged(stages: readonly ModeStage[]): ModeStage[] {
  return stages.filter(({ mode }, i) => stages[i - 1]?.mode !== mode);
}
