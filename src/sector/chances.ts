import { HOURS_PER_YEAR } from '../units.ts';
import type { SectorProvider, SectorTable } from './table.ts';

export interface Chance {
  /** The chance that it is down at a moment. @unit probability */
  readonly probability: number;
  /** How often it goes down, over the time that it is up. @unit per year */
  readonly ratePerYear?: number;
  /** Where it is from: `incidents`, `statement`, `study`, `assumed`, …. */
  readonly basis: string;
}

/** What the catalogue knows of somebody who is down as soon as one of these references is. */
export type Known = (references: readonly string[]) => Chance | undefined;

/** What is taken of a provider of which nothing is known: an outage a year, of an hour. */
export const ASSUMED: Chance = {
  probability: 1 / HOURS_PER_YEAR / (1 + 1 / HOURS_PER_YEAR),
  ratePerYear: 1,
  basis: 'assumed',
};

/**
 * Gives every provider a chance: its own where it has one, else what the catalogue knows of it, else the assumption.
 * @param known what the catalogue knows of its references together; undefined when nothing
 */
export function withChances(
  table: SectorTable,
  known: Known = () => undefined,
  assumed: Chance = ASSUMED,
): SectorTable {
  return {
    ...table,
    providers: table.providers.map((provider) => ({ ...provider, ...chanceOf(provider, known, assumed) })),
  };
}

function chanceOf(provider: SectorProvider, known: Known, assumed: Chance): Chance {
  if (provider.probability !== null) {
    const { probability, basis, ratePerYear } = provider;
    return { probability, basis, ...(ratePerYear === undefined ? {} : { ratePerYear }) };
  }
  return (provider.catalog === undefined ? undefined : known(provider.catalog)) ?? assumed;
}

/** That any of several is down, each by itself: how often they begin adds up, and so do the chances of who is down first in their order. */
export function anyOf(chances: readonly Chance[]): Chance {
  let up = 1;
  let probability = 0;
  for (const one of chances) {
    probability += up * one.probability;
    up *= 1 - one.probability;
  }
  const rates = chances.flatMap(({ ratePerYear }) => ratePerYear ?? []);
  return {
    probability,
    ...(rates.length === chances.length ? { ratePerYear: rates.reduce((a, b) => a + b, 0) } : {}),
    basis: [...new Set(chances.map(({ basis }) => basis))].join(', '),
  };
}
