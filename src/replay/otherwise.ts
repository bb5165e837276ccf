import type { Incident } from '../incidents/index.ts';
import type { Model } from '../model/index.ts';
import type { ReplayOptions } from './options.ts';
import type { IncidentLevels } from './levels.ts';
import type { Otherwise, Sensitivity } from './result.ts';
import { accountsUntil, run, type Account, type Run } from './run.ts';
import { sceneOf } from './scene.ts';

/** A replay that has been made, to be made again with something changed. */
export interface Made {
  readonly model: Model;
  readonly incident: Incident;
  readonly options: ReplayOptions;
  readonly levels: IncidentLevels;
  readonly span: { readonly from: number; readonly to: number };
  readonly isShedding: boolean;
  readonly done: Run;
}

/** What each switch that was made, and is not sure, would have cost had it failed or had the standby not been ready. */
export function otherwise(made: Made, switched: ReadonlyMap<number, ReadonlySet<number>>): Otherwise[] {
  const { model, levels, span, isShedding, done } = made;
  return [...switched].flatMap(([service, alternatives]): Otherwise[] => {
    const chance = chanceOf(model, service, alternatives);
    if (chance >= 1) return [];
    const again = run(model, levels.changes, span, { isShedding, failing: new Set([service]) });
    const [usual, accounts] = compared(model, done, model, again);
    return [
      {
        service: model.services[service]?.name ?? '',
        chance,
        moreMinutesDown: total(accounts).minutesDown - total(usual).minutesDown,
        moreLoss: difference(total(accounts).loss, total(usual).loss),
        journeys: model.journeys.map(({ name }, i) => ({ name, minutesDown: accounts[i]?.minutesDown ?? 0 })),
      },
    ];
  });
}

/** That the switch succeeds and everything it went to is ready. */
function chanceOf(model: Model, service: number, alternatives: ReadonlySet<number>): number {
  const redundancy = model.services[service]?.redundancy;
  if (redundancy?.kind !== 'any') return 1;
  const not = (event: number | undefined): number =>
    event === undefined ? 1 : 1 - (model.events[event]?.probability ?? 0);
  let chance = not(redundancy.failover?.switch);
  for (const i of alternatives) chance *= not(redundancy.options[i]?.standby);
  return chance;
}

/** The same incident where half of the requests failed wherever nobody published how many did. */
export function sensitivity({ model, incident, options, isShedding }: Made): Sensitivity[] {
  if (options.severity !== undefined) return [];
  const hasUnknown = incident.effects.some(({ phases }) => phases.some(({ severity }) => severity === null));
  if (!hasUnknown) return [];
  return [0.5, 0.05].map((severity) => {
    const again = replayed(model, incident, { ...options, severity }, isShedding);
    const { minutesDown, loss } = total(again === undefined ? [] : accountsUntil(model, again, again.to));
    return { severity, minutesDown, loss };
  });
}

/** One more replay; undefined when nothing has a time. */
export function replayed(
  model: Model,
  incident: Incident,
  options: ReplayOptions,
  isShedding: boolean,
): Run | undefined {
  const { levels, span } = sceneOf(model, incident, options);
  return span === undefined ? undefined : run(model, levels.changes, span, { isShedding });
}

/** The accounts of two runs over one time, until the later end of both: else the shorter would seem the better one. */
export function compared(model: Model, run: Run, other: Model, again: Run): [Account[], Account[]] {
  const until = Math.max(run.to, again.to);
  return [accountsUntil(model, run, until), accountsUntil(other, again, until)];
}

/** Over all journeys. */
export function total(accounts: readonly Pick<Account, 'minutesDown' | 'minutesDegraded' | 'loss'>[]): {
  readonly minutesDown: number;
  readonly minutesDegraded: number;
  readonly loss: number | null;
} {
  let minutesDown = 0;
  let minutesDegraded = 0;
  let loss: number | null = null;
  for (const one of accounts) {
    minutesDown += one.minutesDown;
    minutesDegraded += one.minutesDegraded;
    if (one.loss !== null) loss = (loss ?? 0) + one.loss;
  }
  return { minutesDown, minutesDegraded, loss };
}

export function difference(a: number | null, b: number | null): number | null {
  return a === null || b === null ? null : a - b;
}
