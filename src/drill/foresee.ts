import type { Model } from '../model/index.ts';
import type { Stage } from './result.ts';

/** A level that changes. @unit ms of the plan, since the fault was put */
export interface LevelChange {
  readonly at: number;
  readonly signal: number;
  readonly level: number;
}

/** What a journey is to go through, in times of the plan. */
export interface PlannedStage {
  /** @unit ms of the plan */
  readonly from: number;
  /** The number of its modes when it is down. */
  readonly mode: number;
}

/** What the plan says will come of changes: handed in, because it is the loop that replays and serves that says so. */
export interface Forecast {
  readonly journeys: readonly (readonly PlannedStage[])[];
  readonly steps: readonly {
    readonly at: string;
    readonly service: string;
    readonly kind: string;
    readonly to: string;
    readonly says: string;
  }[];
  /** @unit ms of the plan */
  readonly settledAt: number;
}
export type Predict = (changes: readonly LevelChange[]) => Forecast;

/** What is to happen while a fault lasts and after it is taken away, in times of the drill. */
export interface Foreseen {
  /** By journey. */
  readonly journeys: readonly (readonly Stage[])[];
  readonly modes: readonly (readonly { readonly fromMs: number; readonly mode: number }[])[];
  readonly steps: readonly { readonly atMs: number; readonly says: string }[];
  readonly switches: readonly { readonly service: string; readonly to: string; readonly atMs: number }[];
  /** When the fault is to be taken away: everything that it leads to has happened by then. */
  readonly healAtMs: number;
  /** When everything is to be as it was, as far as it goes back by itself. */
  readonly settledAtMs: number;
}

/** How long a fault is watched after the last thing that it is to lead to. */
export interface Pace {
  /** How many seconds of the plan pass in one of the drill. */
  readonly speed: number;
  /** @unit ms */
  readonly toleranceMs: number;
}

/** A fault stays so many tolerances after the last thing that it leads to: what was to come by then and did not has been late for one of them. */
const LASTS = 2.2;
/** The longest that a fault may have to last for what it leads to: a day. @unit ms of the plan */
const LONGEST_MS = 24 * 3_600_000;

/** What is to come of places that stop answering until everything has happened that they lead to, and then answer again. */
export function foresee(model: Model, predict: Predict, signals: readonly number[], pace: Pace): Foreseen {
  const lasting = predict(changesOf(signals, 0, 0));
  const last = lasting.journeys.reduce((most, stages) => Math.max(most, stages.at(-1)?.from ?? 0), 0);
  const stepped = lasting.steps.reduce((most, { at }) => Math.max(most, Date.parse(at)), 0);
  const happened = Math.min(Math.max(last, stepped), LONGEST_MS);
  const healAt = happened + LASTS * pace.toleranceMs * pace.speed;
  return foreseen(
    model,
    predict([...changesOf(signals, 0, 0), ...changesOf(signals, healAt, 1)]),
    healAt,
    pace,
  );
}

/** What is to come of changes that are known, such as an incident's. */
export function foreseeChanges(
  model: Model,
  predict: Predict,
  changes: readonly LevelChange[],
  pace: Pace,
): Foreseen {
  return foreseen(model, predict(changes), changes.at(-1)?.at ?? 0, pace);
}

function foreseen(model: Model, forecast: Forecast, healAt: number, { speed }: Pace): Foreseen {
  const real = (ms: number): number => ms / speed;
  const modes = forecast.journeys.map((stages) =>
    stages.map(({ from, mode }) => ({ fromMs: real(from), mode })).filter(isOther),
  );
  return {
    modes,
    journeys: modes.map((stages, journey) =>
      stages.map(({ fromMs, mode }) => ({ fromMs, mode: modeName(model, journey, mode) })),
    ),
    steps: forecast.steps.map(({ at, says }) => ({ atMs: real(Date.parse(at)), says })),
    switches: forecast.steps
      .filter(({ kind }) => kind === 'in-use' || kind === 'back')
      .map(({ at, service, to }) => ({ service, to, atMs: real(Date.parse(at)) })),
    healAtMs: real(healAt),
    settledAtMs: real(forecast.settledAt),
  };
}

function changesOf(signals: readonly number[], at: number, level: number): LevelChange[] {
  return signals.map((signal) => ({ at, signal, level }));
}

/** Stages that differ in nothing but their level are one. */
function isOther<T extends { readonly mode: number }>(stage: T, i: number, all: readonly T[]): boolean {
  return i === 0 || all[i - 1]?.mode !== stage.mode;
}

/** @param mode the number of its modes when it is down */
export function modeName(model: Model, journey: number, mode: number): string {
  return model.journeys[journey]?.modes[mode]?.name ?? 'down';
}

/** What was left aside of a plan for what is foreseen of a drill. */
export interface LeftAside {
  readonly model: Model;
  readonly leftOut: readonly { readonly name: string; readonly why: string }[];
}

/**
 * A model in which edges carry any load: a drill sends few requests, and what stands behind an edge cannot tell how much that one would
 * carry. Everything else is as it was.
 */
export function withoutEdgeLoads(model: Model): LeftAside {
  const fronts = new Set(
    (model.plan.services ?? []).flatMap(({ name, value }) => (value.front === true ? [name] : [])),
  );
  const leftOut: { name: string; why: string }[] = [];
  const services = model.services.map((service) => {
    const { redundancy, name } = service;
    if (!fronts.has(name) || redundancy?.kind !== 'any') return service;
    for (const [i, { carries }] of redundancy.options.entries())
      if (carries < 1)
        leftOut.push({
          name: `${name}.any[${i + 1}].carries`,
          why: `a drill sends too few requests to tell whether it carries ${Math.round(carries * 100)} %`,
        });
    const options = redundancy.options.map((option) => ({ ...option, carries: Number.POSITIVE_INFINITY }));
    return { ...service, redundancy: { ...redundancy, options } };
  });
  return { model: { ...model, services }, leftOut };
}
