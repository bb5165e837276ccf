import {
  Controller,
  referenceSignals,
  type ControlListener,
  type JourneyState,
  type Signals,
  type SwitchConduct,
} from '../control/index.ts';
import type { Model } from '../model/index.ts';
import type { LevelChange } from './levels.ts';
import { lossBetween } from './loss.ts';

/** How a run is made. */
export interface RunOptions {
  readonly isShedding: boolean;
  /** Services whose switches fail. */
  readonly failing?: ReadonlySet<number>;
  /** What the levels that change are of. @default references and services */
  readonly signals?: Signals;
  /** How switches are made where they are really made. @default by time alone */
  readonly conduct?: (service: number) => SwitchConduct;
  /** Told of switches, growth and collapses. */
  readonly listener?: Partial<Pick<ControlListener, 'onSwitch' | 'onGrowth' | 'onCollapse'>>;
}

/** One stretch of a journey in one state. */
export interface Stretch extends JourneyState {
  /** @unit ms */
  readonly from: number;
  /** @unit ms */
  readonly to: number;
}

export interface Run {
  readonly from: number;
  readonly to: number;
  /** By journey. */
  readonly stretches: readonly (readonly Stretch[])[];
  /** By journey, its state once nothing is under way any more. */
  readonly ends: readonly JourneyState[];
  readonly controller: Controller;
  /** By journey, the most work that waited. @unit minutes of normal load */
  readonly backlogMinutes: readonly number[];
}

/** A guard against policies that would wake each other for ever. */
const MOST_STEPS = 1_000_000;

/**
 * Drives the control loop through an incident on a virtual clock: from its first moment to its last, and on until nothing is
 * under way any more.
 */
export function run(
  model: Model,
  changes: readonly LevelChange[],
  span: { readonly from: number; readonly to: number },
  options: RunOptions,
): Run {
  const { failing } = options;
  const open: { from: number; state: JourneyState }[] = [];
  const stretches: Stretch[][] = model.journeys.map(() => []);
  let last = span.to;
  const onJourney = (journey: number, now: number, state: JourneyState): void => {
    const before = open[journey];
    if (before !== undefined && now > before.from)
      stretches[journey]?.push({ from: before.from, to: now, ...before.state });
    const { mode, level, isExposed } = state;
    open[journey] = { from: before === undefined ? span.from : now, state: { mode, level, isExposed } };
    if (before !== undefined && now > last) last = now;
  };
  const { listener } = options;
  const until = (now: number): void => {
    if (now > last) last = now;
  };
  const controller = new Controller(model, {
    signals: options.signals ?? referenceSignals(model),
    ...(options.conduct === undefined ? {} : { conduct: options.conduct }),
    isShedding: options.isShedding,
    listener: {
      onJourney,
      onSwitch: (service, step) => {
        until(step.now);
        listener?.onSwitch?.(service, step);
      },
      onGrowth: (service, member, change, now) => {
        until(now);
        listener?.onGrowth?.(service, member, change, now);
      },
      onCollapse: (service, asked, capacity, now) => {
        until(now);
        listener?.onCollapse?.(service, asked, capacity, now);
      },
    },
    ...(failing === undefined ? {} : { draw: (service) => ({ succeeds: !failing.has(service), ready: [] }) }),
  });
  const backlogMinutes = model.journeys.map(() => 0);
  const advance = (now: number): void => {
    controller.step(now);
    for (const i of model.journeys.keys())
      backlogMinutes[i] = Math.max(backlogMinutes[i] ?? 0, controller.waiting(i) * 60);
  };
  controller.settle(span.from);
  // Only steps that nothing was observed at: those policies ask for themselves.
  let wakes = 0;
  for (let next = 0; ; ) {
    if (wakes > MOST_STEPS) throw new Error('The policies wake each other without end.');
    const due = Math.min(changes[next]?.at ?? Number.POSITIVE_INFINITY, controller.wakeAt);
    if (due === Number.POSITIVE_INFINITY) break;
    if (changes[next]?.at !== due) wakes++;
    for (let change = changes[next]; change?.at === due; change = changes[++next])
      controller.observe(change.signal, change.level);
    advance(due);
  }
  for (const [journey, { from, state }] of open.entries())
    if (last > from) stretches[journey]?.push({ from, to: last, ...state });
  return {
    from: span.from,
    to: last,
    stretches: stretches.map(joined),
    ends: open.map(({ state }) => state),
    controller,
    backlogMinutes,
  };
}

/** Neighbours in the same state as one. */
function joined(stretches: readonly Stretch[]): Stretch[] {
  const result: Stretch[] = [];
  for (const one of stretches) {
    const before = result.at(-1);
    const isSame =
      before !== undefined &&
      before.mode === one.mode &&
      before.level === one.level &&
      before.isExposed === one.isExposed;
    if (isSame) result[result.length - 1] = { ...before, to: one.to };
    else result.push(one);
  }
  return result;
}

/** What every journey went through until a moment: one that is not back goes on as it was left. */
export function accountsUntil(model: Model, { stretches, ends, to }: Run, until: number): Account[] {
  return model.journeys.map((_, i) => {
    const end = ends[i];
    const own = stretches[i] ?? [];
    return accountOf(
      model,
      i,
      end === undefined || until <= to ? own : [...own, { ...end, from: to, to: until }],
    );
  });
}

/** Minutes and money of one journey over a run. */
export interface Account {
  readonly minutesDown: number;
  readonly minutesDegraded: number;
  readonly minutesExposed: number;
  readonly loss: number | null;
}

export function accountOf(model: Model, journey: number, stretches: readonly Stretch[]): Account {
  const node = model.journeys[journey];
  const { modes = [], loss = null } = node ?? {};
  const { peak } = model.plan.platform;
  const sum = { minutesDown: 0, minutesDegraded: 0, minutesExposed: 0, loss: 0 };
  let began: number | undefined;
  for (const { from, to, mode, isExposed } of stretches) {
    const minutes = (to - from) / 60_000;
    if (mode >= modes.length) sum.minutesDown += minutes;
    else if (mode > 0) sum.minutesDegraded += minutes;
    if (isExposed) sum.minutesExposed += minutes;
    if (mode === 0) began = undefined;
    else {
      began ??= from;
      sum.loss += lossBetween({ loss }, began, from, to, modes[mode]?.worth ?? 0, peak);
    }
  }
  return { ...sum, loss: loss === null ? null : sum.loss };
}
