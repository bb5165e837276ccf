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

/** Rates drawn from what is known of each; none when every figure is fixed. The same model gives the same draws. */
export function drawnRates(model: Model, base: Rates, failed: ReadonlySet<number>, count: number): Rates[] {
  const uncertain = model.events.flatMap(({ rate }, i) =>
    rate !== undefined && rate.spread.kind !== 'fixed' && !failed.has(i) ? [{ i, rate }] : [],
  );
  if (uncertain.length === 0) return [];
  const random = randomStream('rates');
  return Array.from({ length: count }, () => {
    const probability = base.probability.slice();
    const frequency = base.frequency.slice();
    for (const { i, rate } of uncertain) {
      const ratePerYear = drawRate(rate, random);
      const q = unavailability({ ratePerYear, meanHours: rate.meanHours });
      probability[i] = q;
      frequency[i] = ratePerYear * (1 - q);
    }
    return { probability, frequency };
  });
}
