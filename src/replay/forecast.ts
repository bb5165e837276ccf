import type { Signals, SwitchConduct } from '../control/index.ts';
import type { Model } from '../model/index.ts';
import type { LevelChange } from './levels.ts';
import type { ReplayStep } from './result.ts';
import { run } from './run.ts';
import { StepLog } from './steps.ts';

/** What happens to a running platform, and when. */
export interface Foreseen {
  /** In the order of time, from 0 on. @unit ms */
  readonly changes: readonly LevelChange[];
  /** What the levels are of. */
  readonly signals: Signals;
  readonly conduct: (service: number) => SwitchConduct;
}

/** What a journey is to go through. */
export interface ForecastStage {
  /** Since the first moment. @unit ms */
  readonly from: number;
  /** Position on the ladder; the number of its modes when it is down. */
  readonly mode: number;
  /** Share of requests answered. */
  readonly level: number;
  readonly isExposed: boolean;
}

export interface Forecast {
  /** By journey, each stage until the next; the last one for good. */
  readonly journeys: readonly (readonly ForecastStage[])[];
  /** Who has to do what when. Times are those since 1970-01-01, which is the first moment. */
  readonly steps: readonly ReplayStep[];
  /** When nothing is under way any more. @unit ms */
  readonly settledAt: number;
}

/**
 * What a plan says will come of levels that change, by the loop that replays incidents and serves requests: every stage of every
 * journey, from the first moment until nothing is under way any more.
 */
export function forecast(model: Model, { changes, signals, conduct }: Foreseen): Forecast {
  const log = new StepLog(model);
  const last = changes.at(-1)?.at ?? 0;
  const done = run(
    model,
    changes,
    { from: 0, to: last },
    { isShedding: true, signals, conduct, listener: log },
  );
  const journeys = model.journeys.map((_, i) => {
    const stages = (done.stretches[i] ?? []).map(
      ({ from, mode, level, isExposed }): ForecastStage => ({ from, mode, level, isExposed }),
    );
    const end = done.ends[i];
    return end === undefined ? stages : merged([...stages, { from: done.to, ...stateOf(end) }]);
  });
  return { journeys, steps: log.steps, settledAt: done.to };
}

function stateOf({ mode, level, isExposed }: Omit<ForecastStage, 'from'>): Omit<ForecastStage, 'from'> {
  return { mode, level, isExposed };
}

function merged(stages: readonly ForecastStage[]): ForecastStage[] {
  return stages.filter((stage, i) => {
    const before = stages[i - 1];
    return (
      before === undefined ||
      before.mode !== stage.mode ||
      before.level !== stage.level ||
      before.isExposed !== stage.isExposed
    );
  });
}
