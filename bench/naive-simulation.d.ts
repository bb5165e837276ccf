import type { Model } from '../src/model/index.ts';

export function simulateNaively(
  model: Model,
  years: number,
  seed?: number,
  sigma?: number,
): {
  readonly journeys: readonly {
    readonly name: string;
    readonly downHoursPerYear: number;
    readonly degradedHoursPerYear: number;
    readonly lossPerYear: number | null;
    readonly outagesPerYear: number;
  }[];
  readonly stateChanges: number;
};
