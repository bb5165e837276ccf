import { YEARS_PER_BLOCK } from './block.ts';
import type { Distribution, Estimate, LossYears } from './result.ts';

/** Probabilities of the loss-exceedance curve. */
const CURVE = [0.5, 0.2, 0.1, 0.05, 0.02, 0.01, 0.005, 0.002, 0.001, 0.0005, 0.0002, 0.0001];
/** A point of the curve stands on at least so many years. */
const LEAST_YEARS = 5;
/** Fewer blocks say too little of how they differ. */
const LEAST_BLOCKS = 10;

/**
 * Mean and standard error of yearly figures, in the order of the years. Outages can span years, blocks of years are independent:
 * the error is that of the means of blocks where there are enough of them, else that of years taken as independent.
 */
export function estimateOf(values: Float64Array): Estimate {
  const blocks = Math.floor(values.length / YEARS_PER_BLOCK);
  const byBlock = Float64Array.from({ length: blocks }, (_, i) =>
    meanOf(values.subarray(i * YEARS_PER_BLOCK, (i + 1) * YEARS_PER_BLOCK)),
  );
  // Years after the last whole block make the mean a little surer than whole blocks alone would.
  const ofBlocks = errorOf(byBlock);
  const whole = (blocks * YEARS_PER_BLOCK) / values.length;
  const standardError =
    blocks >= LEAST_BLOCKS && ofBlocks !== null ? ofBlocks * Math.sqrt(whole) : errorOf(values);
  return { mean: meanOf(values), standardError };
}

function meanOf(values: Float64Array): number {
  let sum = 0;
  for (const value of values) sum += value;
  return sum / values.length;
}

/** Of the mean of independent values; null of a single one, which does not tell. */
function errorOf(values: Float64Array): number | null {
  const n = values.length;
  if (n < 2) return null;
  const mean = meanOf(values);
  let squares = 0;
  for (const value of values) squares += (value - mean) ** 2;
  return Math.sqrt(squares / (n - 1) / n);
}

export function distributionOf(values: Float64Array): Distribution {
  const sorted = Float64Array.from(values).sort();
  return {
    ...estimateOf(values),
    median: quantile(sorted, 0.5),
    p90: quantile(sorted, 0.9),
    p95: quantile(sorted, 0.95),
    p99: quantile(sorted, 0.99),
    most: sorted.at(-1) ?? 0,
  };
}

export function lossOf(values: Float64Array, switchOverLoss: number): LossYears {
  const sorted = Float64Array.from(values).sort();
  const distribution = distributionOf(values);
  const { mean, p95, p99 } = distribution;
  return {
    ...distribution,
    valueAtRisk: { p95, p99 },
    expectedShortfall: { p95: tailMean(sorted, 0.95), p99: tailMean(sorted, 0.99) },
    switchOverShare: mean > 0 ? switchOverLoss / mean : 0,
    exceedance: CURVE.filter((probability) => probability * sorted.length >= LEAST_YEARS).map(
      (probability) => ({ loss: quantile(sorted, 1 - probability), probability }),
    ),
  };
}

/** The smallest value that at least this share of all values does not exceed (Hyndman and Fan, type 1). */
function quantile(sorted: Float64Array, share: number): number {
  // A hair off, so that 0.95 · 100 counts as 95 in binary too.
  const rank = Math.ceil(share * sorted.length - 1e-9);
  return sorted[Math.min(sorted.length - 1, Math.max(0, rank - 1))] ?? 0;
}

/** The mean of what lies above a quantile; of the largest value where nothing does. */
function tailMean(sorted: Float64Array, share: number): number {
  const first = Math.min(sorted.length - 1, Math.ceil(share * sorted.length - 1e-9));
  const tail = sorted.subarray(first);
  return tail.reduce((sum, value) => sum + value, 0) / Math.max(1, tail.length);
}
