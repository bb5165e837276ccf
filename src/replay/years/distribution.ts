import type { Distribution, Estimate, LossYears } from './result.ts';

/** Probabilities of the loss-exceedance curve. */
const CURVE = [0.5, 0.2, 0.1, 0.05, 0.02, 0.01, 0.005, 0.002, 0.001, 0.0005, 0.0002, 0.0001];
/** A point of the curve stands on at least so many years. */
const LEAST_YEARS = 5;

/** Mean and standard error of yearly figures, taken as independent. */
export function estimateOf(values: Float64Array): Estimate {
  const n = values.length;
  let sum = 0;
  for (const value of values) sum += value;
  const mean = sum / n;
  let squares = 0;
  for (const value of values) squares += (value - mean) ** 2;
  return { mean, standardError: n < 2 ? 0 : Math.sqrt(squares / (n - 1) / n) };
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
