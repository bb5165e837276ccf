import type { Model } from '../../model/index.ts';
import type { Drill, FaultResult, JourneyResult } from '../result.ts';
import type { Action, Experiment, HttpProvider, Journal, Probe, Run, SteadyState } from './open-api.ts';
import { JSON_TYPE, modeTolerance } from './words.ts';

export interface JournalOptions {
  /** Of the plan that was drilled: it knows in which mode a journey is when all is well. */
  readonly model: Model;
  /** The control API that faults were put through. */
  readonly control: string;
  /** Where users came in. */
  readonly users: string;
}

/**
 * A drill as a journal of Chaos Toolkit, for what reads those. All its faults are one method: for each, an action that lasted as long as
 * the fault, and a probe for each journey, whose output is what was predicted and observed, as JSON.
 *
 * The activities are the drill's own in Chaos Toolkit's words: they tell, and are not to be run again. `experimentsOf` writes those that are.
 */
export function journalOf(drill: Drill, options: JournalOptions): Journal {
  const steady = new Steady(drill, options);
  const isWrong = drill.faults.some(({ outcome }) => outcome === 'wrong');
  const run = drill.faults.flatMap((fault) => [
    failed(fault, options),
    ...fault.journeys.map((journey) => seen(fault, journey, options)),
  ]);
  const rollbacks = drill.faults.map((fault) => restored(fault, drill, options));
  return {
    experiment: experimentOf(drill, steady, run, rollbacks),
    // What deviates is "failed" in Chaos Toolkit: its library says so of a steady state that is not met any more.
    status: drill.outcome === 'stopped' ? 'interrupted' : isWrong ? 'failed' : 'completed',
    deviated: isWrong,
    start: drill.startedAt,
    end: drill.endedAt,
    duration: secondsBetween(drill.startedAt, drill.endedAt),
    steady_states: steady.states(),
    run,
    rollbacks,
  };
}

function experimentOf(
  drill: Drill,
  steady: Steady,
  run: readonly Run[],
  rollbacks: readonly Run[],
): Experiment {
  const { plan, environment } = drill;
  return {
    version: '1.0.0',
    title: `Drill of ${plan.name}`,
    description: `What users of ${plan.name} got while ${drill.faults.length} faults were put, held against what its plan predicts.`,
    tags: ['keelson', 'drill', environment],
    configuration: {},
    'steady-state-hypothesis': {
      title: 'Everything that users come for is there in full.',
      probes: steady.probes,
    },
    method: run.map(({ activity }) => activity),
    rollbacks: rollbacks.flatMap(({ activity }) => (activity.type === 'action' ? [activity] : [])),
    runtime: { hypothesis: { strategy: 'before-method-only' }, rollbacks: { strategy: 'always' } },
    extensions: [
      {
        name: 'keelson',
        schema: drill.schema,
        plan,
        versions: drill.versions,
        outcome: drill.outcome,
        stopped: drill.stopped,
        restored: drill.restored,
        confusion: drill.confusion,
        blame: drill.blame,
        leftOut: drill.leftOut,
      },
    ],
  };
}

/** What held before the first fault and after the last: a drill begins nothing before all is well. */
class Steady {
  readonly probes: readonly Probe[];
  private readonly drill: Drill;

  private readonly model: Model;

  constructor(drill: Drill, { users, model }: JournalOptions) {
    this.drill = drill;
    this.model = model;
    this.probes = (drill.faults[0]?.journeys ?? []).map(({ name }) => ({
      type: 'probe',
      name: `${name} is ${firstMode(model, name)}`,
      tolerance: modeTolerance(name, firstMode(model, name)),
      provider: { type: 'http', url: users, method: 'GET' },
    }));
  }

  states(): Journal['steady_states'] {
    const { faults, startedAt, endedAt, restored, stopped } = this.drill;
    const [first, last] = [faults[0], faults.at(-1)];
    if (first === undefined || last === undefined) return {};
    const isWell = restored && stopped === null;
    return {
      before: this.state(startedAt, first.injectedAt, true, () => true),
      after: this.state(
        last.restoredAt,
        endedAt,
        isWell,
        (name) => isWell || isBack(last, name, firstMode(this.model, name)),
      ),
    };
  }

  private state(
    start: string,
    end: string,
    isMet: boolean,
    isHeld: (journey: string) => boolean,
  ): SteadyState {
    const journeys = this.drill.faults[0]?.journeys ?? [];
    return {
      steady_state_met: isMet,
      probes: this.probes.map((activity, i) => ({
        ...spanOf(start, end),
        activity,
        status: 'succeeded',
        output: null,
        tolerance_met: isHeld(journeys[i]?.name ?? ''),
      })),
    };
  }
}

/** Whether a journey never left its first mode, or was back in it. */
function isBack({ journeys }: FaultResult, name: string, first: string): boolean {
  const journey = journeys.find((one) => one.name === name);
  return journey !== undefined && (journey.observed.at(-1)?.mode ?? first) === first;
}

function failed(fault: FaultResult, options: JournalOptions): Run {
  return {
    ...spanOf(fault.injectedAt, fault.restoredAt),
    activity: actionOf(`fail ${fault.name}`, fault, 'POST', options),
    status: 'succeeded',
    output: JSON.stringify({
      outcome: fault.outcome,
      as: fault.as,
      places: fault.places,
      steps: fault.steps,
      switches: fault.switches,
      writes: fault.writes,
      amplification: fault.amplification,
    }),
  };
}

function seen(fault: FaultResult, journey: JourneyResult, { users }: JournalOptions): Run {
  const { name, predicted, observed, outcome, detectMs, recoverMs, requests, breaches } = journey;
  return {
    ...spanOf(fault.injectedAt, fault.restoredAt),
    activity: {
      type: 'probe',
      name: `${name} without ${fault.name}`,
      provider: { type: 'http', url: users, method: 'GET' },
    },
    status: 'succeeded',
    output: JSON.stringify({ outcome, predicted, observed, detectMs, recoverMs, requests, breaches }),
    tolerance_met: outcome !== 'wrong',
  };
}

function restored(fault: FaultResult, drill: Drill, options: JournalOptions): Run {
  return {
    ...spanOf(fault.restoredAt, fault.restoredAt),
    activity: actionOf(`restore ${fault.name}`, fault, 'DELETE', options),
    output: null,
    // Which of them is still there is not told: any may be.
    ...(drill.restored
      ? { status: 'succeeded' }
      : {
          status: 'failed',
          exception: 'Not everything that was put could be taken away: keelson drill PLAN --restore.',
        }),
  };
}

function actionOf(
  name: string,
  { as, places }: FaultResult,
  method: string,
  { control }: JournalOptions,
): Action {
  const provider: HttpProvider = {
    type: 'http',
    url: `${control.replace(/\/+$/, '')}/proxies`,
    method,
    headers: { 'Content-Type': JSON_TYPE },
    arguments: { as, addresses: places.map(({ address }) => address) },
  };
  return { type: 'action', name, provider };
}

function firstMode({ journeys }: Model, journey: string): string {
  return journeys.find(({ name }) => name === journey)?.modes[0]?.name ?? 'down';
}

function spanOf(start: string, end: string): { start: string; end: string; duration: number } {
  return { start, end, duration: secondsBetween(start, end) };
}

function secondsBetween(start: string, end: string): number {
  return Math.max(0, Date.parse(end) - Date.parse(start)) / 1_000;
}
