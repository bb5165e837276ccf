import type { Plan } from '../plan/index.ts';
import type { Difference } from './result.ts';
import { differingKeys } from './structure.ts';

/** A difference before anybody has asked what it is worth. */
export type Found = Omit<Difference, 'worth' | 'why'>;

/** What two plans say differently: elements are matched by name, and places in the text do not count. */
export function differencesBetween(first: Plan, other: Plan): Found[] {
  return [
    ...between('journey', first.journeys, other.journeys),
    ...between('service', first.services ?? [], other.services ?? []),
    ...between('provider', first.providers ?? [], other.providers ?? []),
    ...between('assumption', assumptionsOf(first), assumptionsOf(other)),
    ...between('cohort', cohortsOf(first), cohortsOf(other)),
  ];
}

interface Element {
  readonly name: string;
  readonly value: object;
}

function between(kind: Found['kind'], first: readonly Element[], other: readonly Element[]): Found[] {
  const known = new Map(other.map(({ name, value }) => [name, value]));
  const found: Found[] = [];
  for (const { name, value } of first) {
    const same = known.get(name);
    known.delete(name);
    if (same === undefined) found.push({ kind, name, change: 'removed', keys: [] });
    else {
      const keys = differingKeys(value, same);
      if (keys.length > 0) found.push({ kind, name, change: 'changed', keys });
    }
  }
  return [...found, ...[...known.keys()].map((name): Found => ({ kind, name, change: 'added', keys: [] }))];
}

/** Figures for what a plan does not say, and whether the catalogue counts: what stands behind everything at once. */
function assumptionsOf({ assumptions, catalog }: Plan): Element[] {
  const stated = (['service-outages', 'capability-outages'] as const).flatMap((name) => {
    const value = assumptions?.[name];
    return value === undefined ? [] : [{ name, value }];
  });
  return catalog === 'none' ? [...stated, { name: 'no catalog', value: {} }] : stated;
}

function cohortsOf({ cohorts }: Plan): Element[] {
  return (cohorts ?? []).map((name) => ({ name, value: {} }));
}
