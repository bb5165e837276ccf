import type { Incident } from '../incidents/index.ts';
import type { Model } from '../model/index.ts';
import { helpfulChanges } from './changes.ts';
import { controlPlanesOf } from './control-planes.ts';
import type { PlacedEffect } from './effects.ts';
import { minutesAltered } from './integrity.ts';
import { feltBy } from './happening.ts';
import type { IncidentLevels } from './levels.ts';
import type { ReplayOptions } from './options.ts';
import { otherwise, sensitivity } from './otherwise.ts';
import { longestUncovered } from './outcome.ts';
import type { JourneyReplay, Replay } from './result.ts';
import { accountOf, run, type Run } from './run.ts';
import { sceneOf } from './scene.ts';
import { StepLog } from './steps.ts';
import { isoTime } from './time.ts';

/**
 * Replays an incident through a plan, moment by moment, with the same model and the same policies that run live: who is in
 * which mode when, what it costs, who switched what, and what would have helped.
 */
export function replay(model: Model, incident: Incident, options: ReplayOptions = {}): Replay {
  const { effects, choices, levels, span } = sceneOf(model, incident, options);
  const felt = feltBy(model, effects);
  const about = {
    incident: summaryOf(incident),
    plan: planOf(model),
    choices: choices.filter((choice) => felt.has(choice.about)),
  };
  const leftOut = outcomeLeftOut(effects.filter((effect) => felt.has(effect.about)));
  if (span === undefined) return unplaced(model, about, leftOut);
  const isShedding = options.shedding !== false;
  const log = new StepLog(model);
  const done = run(model, levels.changes, span, { isShedding, listener: log });
  const uncovered = longestUncovered(model, levels.changes, done, { isShedding });
  const journeys = journeysOf(model, done, effects, uncovered);
  const reached = outcomeOf(levels, journeys);
  const outcome = reached === 'untouched' ? leftOut : reached;
  const isDetailed = options.details !== false && levels.changes.length > 0;
  const again = { model, incident, options, levels, span, isShedding, done };
  return {
    schema: 'keelson.replay/1',
    ...about,
    from: isoTime(done.from),
    to: isoTime(done.to),
    touched: reached !== 'untouched',
    outcome,
    journeys,
    loss: totalLoss(journeys),
    hit: [...levels.lowest]
      .filter(([, lowest]) => lowest < 1)
      .map(([name, lowest]) => ({ name, lowest }))
      .sort((a, b) => a.lowest - b.lowest || (a.name < b.name ? -1 : 1)),
    controlPlanes: controlPlanesOf(model, effects),
    steps: log.steps,
    notBack: log.notBack(done.controller),
    otherwise: isDetailed ? otherwise(again, log.switched) : [],
    sensitivity: isDetailed ? sensitivity(again) : [],
    changes: isDetailed && isHarmed(journeys) ? helpfulChanges(again, options.catalog) : [],
    choices: [...about.choices, ...thresholdsOf(done)],
  };
}

/** The outcome where nothing that is replayed reaches the plan, from the effects that are about what it stands on. */
function outcomeLeftOut(felt: readonly PlacedEffect[]): 'untouched' | 'unknown' | 'outside' {
  if (felt.some(({ leftOut }) => leftOut === 'untimed')) return 'unknown';
  return felt.some(({ leftOut }) => leftOut === 'outside') ? 'outside' : 'untouched';
}

/** Whether any user noticed anything. */
function isHarmed(journeys: readonly JourneyReplay[]): boolean {
  return journeys.some(({ minutesDown, minutesDegraded, minutesExposed }) =>
    [minutesDown, minutesDegraded, minutesExposed].some((minutes) => minutes > 0),
  );
}

function summaryOf({ id, title, provider, kind }: Incident): Replay['incident'] {
  return { id, title, provider, kind };
}

function planOf({ plan }: Model): Replay['plan'] {
  const { name, asOf, currency = 'USD' } = plan.platform;
  return { name, file: plan.source.file, digest: plan.digest ?? null, asOf, currency };
}

function unplaced(
  model: Model,
  about: Pick<Replay, 'incident' | 'plan' | 'choices'>,
  outcome: Replay['outcome'],
): Replay {
  return {
    schema: 'keelson.replay/1',
    ...about,
    from: null,
    to: null,
    touched: false,
    outcome,
    journeys: model.journeys.map((journey) => ({
      ...describe(journey),
      segments: [],
      minutesDown: 0,
      minutesDegraded: 0,
      minutesExposed: 0,
      minutesAltered: 0,
      loss: null,
      minutesUncovered: 0,
      endsIn: journey.modes[0]?.name ?? 'down',
      backlogMinutes: 0,
    })),
    loss: null,
    hit: [],
    controlPlanes: [],
    steps: [],
    notBack: [],
    otherwise: [],
    sensitivity: [],
    changes: [],
  };
}

/** @param uncovered by journey, the longest stop that no fallback ended. @unit ms */
function journeysOf(
  model: Model,
  done: Run,
  effects: readonly PlacedEffect[],
  uncovered: readonly number[],
): JourneyReplay[] {
  const altered = minutesAltered(model, effects);
  return model.journeys.map((journey, i) => {
    const stretches = done.stretches[i] ?? [];
    return {
      ...describe(journey),
      segments: stretches.map(({ from, to, mode, level, isExposed }) => ({
        from: isoTime(from),
        to: isoTime(to),
        mode: journey.modes[mode]?.name ?? 'down',
        level,
        exposed: isExposed,
      })),
      ...accountOf(model, i, stretches),
      minutesAltered: altered[i] ?? 0,
      minutesUncovered: (uncovered[i] ?? 0) / 60_000,
      endsIn: journey.modes[done.ends[i]?.mode ?? 0]?.name ?? 'down',
      backlogMinutes: done.backlogMinutes[i] ?? 0,
    };
  });
}

function describe({
  name,
  tier,
  modes,
}: Model['journeys'][number]): Pick<JourneyReplay, 'name' | 'tier' | 'modes'> {
  return { name, tier, modes: modes.map(({ name: mode, worth }) => ({ name: mode, worth })) };
}

function totalLoss(journeys: readonly JourneyReplay[]): number | null {
  const known = journeys.flatMap(({ loss }) => (loss === null ? [] : [loss]));
  return known.length === 0 ? null : known.reduce((sum, loss) => sum + loss, 0);
}

function outcomeOf(levels: IncidentLevels, journeys: readonly JourneyReplay[]): Reached {
  if (journeys.some(({ minutesUncovered }) => minutesUncovered > 0)) return 'uncovered';
  if (isHarmed(journeys)) return 'covered';
  if (journeys.some(({ minutesAltered }) => minutesAltered > 0)) return 'altered';
  return levels.changes.length === 0 ? 'untouched' : 'unharmed';
}

type Reached = Exclude<Replay['outcome'], 'unknown' | 'outside'>;

function thresholdsOf(done: Run): Replay['choices'] {
  return done.controller.thresholds().map((name) => ({
    about: name,
    says: 'journeys together ask for more than it ever has: each is taken to ask by itself',
  }));
}

export { coverage, type Coverage } from './coverage.ts';
export { tracesOf, type Trace, type Traces } from './traces.ts';
export type { EffectOptions } from './effects.ts';
export { forecast, type Forecast, type ForecastStage, type Foreseen } from './forecast.ts';
export { happeningOf, type Happening } from './happening.ts';
export type { ReplayOptions } from './options.ts';
export type {
  Choice,
  ControlPlane,
  HelpfulChange,
  HitReference,
  JourneyReplay,
  Otherwise,
  Replay,
  ReplayStep,
  Segment,
  Sensitivity,
} from './result.ts';
export {
  AFFORDABLE_EVENTS,
  blocksOf,
  SHOWN_YEARS,
  simulateYears,
  simulateYearsBlock,
  yearsFrom,
  type Block,
  type Distribution,
  type Estimate,
  type JourneyYears,
  type LossYears,
  type WorstYear,
  type Years,
  type YearsOptions,
} from './years/index.ts';
