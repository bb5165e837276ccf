import type { Algebra } from './interpret.ts';

/** The algebra of thirty-two states of the world at once: bit i of a value is its truth in state i. */
export function laneAlgebra(happened: (event: number) => number): Algebra<number> {
  const ALL = -1;
  return {
    never: 0,
    always: ALL,
    event: happened,
    and(terms) {
      let result = ALL;
      for (let i = 0; i < terms.length; i++) result &= terms[i] as number;
      return result;
    },
    or(terms) {
      let result = 0;
      for (let i = 0; i < terms.length; i++) result |= terms[i] as number;
      return result;
    },
    not: (term) => ~term,
    exceeds: (weights, terms, slack) => {
      let result = 0;
      let any = 0;
      for (let i = 0; i < terms.length; i++) any |= terms[i] as number;
      for (let lane = 0; lane < 32; lane++) {
        if (((any >>> lane) & 1) === 0 && slack >= 0) continue;
        let sum = 0;
        for (let i = 0; i < terms.length; i++)
          if ((((terms[i] ?? 0) >>> lane) & 1) === 1) sum += weights[i] ?? 0;
        if (sum > slack) result |= 1 << lane;
      }
      return result;
    },
  };
}
