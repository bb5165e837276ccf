import { drawRate, unavailability, type Model } from '../model/index.ts';
import { randomStream } from '../random.ts';

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

/** Probabilities drawn from what is known of the rates: for an event one a draw, or one for all where its rate is fixed. */
export interface Draws {
  readonly count: number;
  readonly probability: readonly (number | Float64Array)[];
}

/** Draws none when every figure is fixed. The same model gives the same draws. */
export function drawRates(model: Model, base: Rates, failed: ReadonlySet<number>, count: number): Draws {
  let any = false;
  const probability = model.events.map(({ id, rate }, i): number | Float64Array => {
    const fixed = base.probability[i] ?? 0;
    if (count === 0 || rate === undefined || rate.spread.kind === 'fixed' || failed.has(i)) return fixed;
    any = true;
    // A stream for each event: what is drawn for one does not hang on which others there are.
    const random = randomStream(id);
    const { meanHours } = rate;
    return Float64Array.from({ length: count }, () =>
      unavailability({ ratePerYear: drawRate(rate, random), meanHours }),
    );
  });
  return { count: any ? count : 0, probability };
}
