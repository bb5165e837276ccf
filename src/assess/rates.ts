import { drawChance, drawRate, unavailability, type Model } from '../model/index.ts';
import { randomStream } from '../random.ts';
import type { Interval } from './result.ts';

/** Probabilities and frequencies of all events of a model, by event number. */
export interface Rates {
  readonly probability: Float64Array;
  /** @unit per year */
  readonly frequency: Float64Array;
}

/** The rates of a model; events taken as failed neither begin nor end. */
export function ratesOf(model: Model, failed: ReadonlySet<number> = new Set()): Rates {
  return {
    probability: Float64Array.from(model.events, (event, i) => (failed.has(i) ? 1 : event.probability)),
    frequency: Float64Array.from(model.events, (event, i) => (failed.has(i) ? 0 : event.frequency)),
  };
}

/** Probabilities drawn from what is known of rates and chances: for an event one a draw, or one for all where its figure is fixed. */
export interface Draws {
  readonly count: number;
  readonly probability: readonly (number | Float64Array)[];
}

/** Draws none when every figure is fixed. The same model gives the same draws. */
export function drawRates(model: Model, base: Rates, failed: ReadonlySet<number>, count: number): Draws {
  const drawn = drawnOnce(model, count);
  const probability = model.events.map((_, i) =>
    failed.has(i) ? 1 : (drawn[i] ?? base.probability[i] ?? 0),
  );
  return { count: probability.some((each) => typeof each !== 'number') ? count : 0, probability };
}

const remembered = new WeakMap<
  Model,
  { readonly count: number; readonly drawn: readonly (Float64Array | undefined)[] }
>();

/** By event its draws, where its rate is not fixed. A model is drawn for once, however often it is assessed. */
function drawnOnce(model: Model, count: number): readonly (Float64Array | undefined)[] {
  const known = remembered.get(model);
  if (known?.count === count) return known.drawn;
  const drawn = model.events.map(({ id, rate, chance }) => {
    if (count === 0) return undefined;
    // A stream for each event: what is drawn for one does not hang on which others there are.
    const random = randomStream(id);
    if (chance !== undefined) return Float64Array.from({ length: count }, () => drawChance(chance, random));
    if (rate === undefined || rate.spread.kind === 'fixed') return undefined;
    const { meanHours } = rate;
    return Float64Array.from({ length: count }, () =>
      unavailability({ ratePerYear: drawRate(rate, random), meanHours }),
    );
  });
  remembered.set(model, { count, drawn });
  return drawn;
}

/** The middle 90 % of what was drawn; around a figure without spread, the figure. */
export function intervalOf(drawn: ArrayLike<number>, figure: number): Interval {
  if (drawn.length === 0) return [figure, figure];
  const sorted = Float64Array.from(drawn).sort();
  return [quantile(sorted, 0.05), quantile(sorted, 0.95)];
}

function quantile(sorted: Float64Array, share: number): number {
  const at = share * (sorted.length - 1);
  const low = sorted[Math.floor(at)] ?? 0;
  const high = sorted[Math.ceil(at)] ?? 0;
  return low + (high - low) * (at - Math.floor(at));
}
