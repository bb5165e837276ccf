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
  /** Whether it is served without a protection that it should have. */
  readonly isExposed: boolean;
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
  /** By journey, whether it is to be served without a protection that it should have, at any time. */
  readonly exposed: readonly boolean[];
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

/** What is to come of changes: what is still low after the last of them is so until everything has happened that it leads to. */
export function foresee(
  model: Model,
  predict: Predict,
  changes: readonly LevelChange[],
  pace: Pace,
): Foreseen {
  const low = stillLow(changes);
  if (low.length === 0) return foreseeChanges(model, predict, changes, pace);
  const lasting = predict(changes);
  const last = lasting.journeys.reduce((most, stages) => Math.max(most, stages.at(-1)?.from ?? 0), 0);
  const stepped = lasting.steps.reduce((most, { at }) => Math.max(most, Date.parse(at)), 0);
  const begun = changes.at(-1)?.at ?? 0;
  const happened = Math.max(begun, Math.min(Math.max(last, stepped), begun + LONGEST_MS));
  const at = happened + LASTS * pace.toleranceMs * pace.speed;
  const healed = low.map((signal) => ({ at, signal, level: 1 }));
  return foreseeChanges(model, predict, [...changes, ...healed], pace);
}

/** What is to come of changes of which the last is that all is well again. */
export function foreseeChanges(
  model: Model,
  predict: Predict,
  changes: readonly LevelChange[],
  pace: Pace,
): Foreseen {
  const { speed } = pace;
  const forecast = predict(changes);
  const real = (ms: number): number => ms / speed;
  const modes = forecast.journeys.map((stages) =>
    stages.map(({ from, mode }) => ({ fromMs: real(from), mode })).filter(isOther),
  );
  return {
    modes,
    exposed: forecast.journeys.map((stages) => stages.some(({ isExposed }) => isExposed)),
    journeys: modes.map((stages, journey) =>
      stages.map(({ fromMs, mode }) => ({ fromMs, mode: modeName(model, journey, mode) })),
    ),
    steps: forecast.steps.map(({ at, says }) => ({ atMs: real(Date.parse(at)), says })),
    switches: forecast.steps
      .filter(({ kind }) => kind === 'in-use' || kind === 'back')
      .map(({ at, service, to }) => ({ service, to, atMs: real(Date.parse(at)) })),
    healAtMs: real(changes.at(-1)?.at ?? 0),
    settledAtMs: real(forecast.settledAt),
  };
}

/** Signals that are not back after the last change. */
function stillLow(changes: readonly LevelChange[]): readonly number[] {
  const levels = new Map(changes.map(({ signal, level }) => [signal, level]));
  return [...levels].flatMap(([signal, level]) => (level < 1 ? [signal] : []));
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
