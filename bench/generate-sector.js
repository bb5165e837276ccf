// A sector made up from a seed: platforms that choose their providers as Zipf would have it, some with alternatives, on providers that
// stand on others.
import { seeded } from './seeded.js';

/**
 * @param {{platforms: number, providers: number, seed: number, alternatives?: number, standing?: number}} options
 *   `alternatives`: share of needs with two or three; `standing`: share of providers that stand on another
 */
export function generateSector({ platforms, providers, seed, alternatives = 0.25, standing = 0.3 }) {
  const random = seeded(seed);
  const needs = ['dns', 'cdn', 'certificates', 'rpc'];
  // Every provider offers one need; within a need the k-th is chosen in proportion to 1/k.
  const offers = needs.map((_, n) =>
    Array.from({ length: Math.floor(providers / 4) }, (_, k) => `p${k * 4 + n}`),
  );
  const weights = offers[0].map((_, k) => 1 / (k + 1));
  const sums = weights.map(
    (
      (sum) => (weight) =>
        (sum += weight)
    )(0),
  );
  const choose = (n) => {
    const at = random() * sums.at(-1);
    return offers[n][sums.findIndex((sum) => sum >= at)];
  };
  const all = offers.flat();
  return {
    name: 'generated',
    title: 'Generated',
    asOf: '2026-11-01',
    unit: 'platforms',
    source: 'made up',
    licence: 'none',
    limits: [],
    providers: all.map((name, i) => {
      const hours = 0.5 + 3 * random();
      const ratePerYear = 0.2 + 2 * random();
      const down = (ratePerYear * hours) / 8766;
      const on = all[Math.floor(random() * 40)];
      return {
        name,
        title: name,
        probability: down / (1 + down),
        ratePerYear,
        basis: 'made up',
        standsOn: i >= 20 && random() < standing && on !== name ? [[on]] : [],
      };
    }),
    platforms: Array.from({ length: platforms }, (_, i) => {
      const used = needs
        .filter(() => random() < 0.75)
        .map((need) => {
          const n = needs.indexOf(need);
          const count = random() < alternatives ? 2 + Math.floor(random() * 2) : 1;
          return { need, providers: [...new Set(Array.from({ length: count }, () => choose(n)))] };
        });
      return {
        name: `s${i}`,
        kind: 'site',
        weight: 1,
        ways: used,
        uses: [...new Set(used.flatMap((one) => one.providers))],
        needs: used,
      };
    }),
  };
}
