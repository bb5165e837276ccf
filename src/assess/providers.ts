import type { Model } from '../model/index.ts';
import type { JourneySolver } from './journey.ts';
import type { Rates } from './rates.ts';
import type { Assessment, ProviderShare } from './result.ts';

/**
 * What each provider's events cost: the loss that would be saved if they never happened, alone and as a share of the sum.
 * Concentration is the Herfindahl–Hirschman index of the shares, 0 to 1. Without losses in the plan, hours down stand in.
 */
export function providerShares(
  model: Model,
  solvers: readonly JourneySolver[],
  rates: Rates,
  loss: number | null,
  hoursDown: number,
): { providers: ProviderShare[]; concentration: Assessment['concentration'] } {
  const names = [
    ...new Set(
      model.events.flatMap((event) =>
        event.provider !== null && event.probability > 0 ? [event.provider] : [],
      ),
    ),
  ];
  const saved = names.map((name) => {
    const without: Rates = { probability: rates.probability.slice(), frequency: rates.frequency.slice() };
    const gone = new Set<number>();
    for (const [i, event] of model.events.entries()) {
      if (event.provider !== name) continue;
      without.probability[i] = 0;
      without.frequency[i] = 0;
      if (event.probability > 0) gone.add(i);
    }
    let left = 0;
    for (const solver of solvers) left += solver.weightWithout(without, gone, loss !== null);
    return { name, saved: Math.max(0, (loss ?? hoursDown) - left) };
  });
  const total = saved.reduce((sum, one) => sum + one.saved, 0);
  const providers = saved
    .map(({ name, saved: own }) => ({
      name,
      lossShare: total > 0 ? own / total : 0,
      lossPerYear: loss === null ? 0 : own,
    }))
    .sort((a, b) => b.lossShare - a.lossShare || (a.name < b.name ? -1 : 1));
  const hhi = total > 0 ? providers.reduce((sum, { lossShare }) => sum + lossShare ** 2, 0) : null;
  return { providers, concentration: { hhi, largest: total > 0 ? (providers[0]?.name ?? null) : null } };
}
