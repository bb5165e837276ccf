import { Controller, referenceSignals } from '../control/index.ts';
import type { Model } from '../model/index.ts';
import type { LevelChange } from './levels.ts';
import { run, type Run, type RunOptions, type Stretch } from './run.ts';

/** A stop of a journey, and whether fallbacks ended it. */
interface Stop {
  readonly journey: number;
  readonly from: number;
  readonly to: number;
}

/**
 * By journey, how long the longest stop was that no fallback ended: one that ended because what had failed was back, or that
 * nothing ends.
 *
 * What had failed was back where the journey would be served by then even if nobody had switched, grown or waited for
 * anything. Where it would have been served all the time — the fallback itself has failed — it was so where something
 * recovered at that moment.
 *
 * @returns milliseconds
 */
export function longestUncovered(
  model: Model,
  changes: readonly LevelChange[],
  done: Run,
  options: Pick<RunOptions, 'isShedding'>,
): number[] {
  const longest = model.journeys.map(() => 0);
  const stops = stopsOf(model, done);
  if (stops.length === 0) return longest;
  const alone = run(untended(model), changes, done, options);
  const recoveries = recoveriesOf(changes);
  for (const stop of stops) {
    const { journey, from, to } = stop;
    if (!isCovered(model, stop, done, alone, recoveries))
      longest[journey] = Math.max(longest[journey] ?? 0, to - from);
  }
  return longest;
}

function stopsOf(model: Model, { stretches }: Run): Stop[] {
  return stretches.flatMap((all, journey) =>
    all.filter((one) => isDown(model, journey, one)).map(({ from, to }) => ({ journey, from, to })),
  );
}

function isDown(model: Model, journey: number, { mode }: Pick<Stretch, 'mode'>): boolean {
  return mode >= (model.journeys[journey]?.modes.length ?? 0);
}

function isCovered(
  model: Model,
  { journey, from, to }: Stop,
  done: Run,
  alone: Run,
  recoveries: ReadonlySet<number>,
): boolean {
  const end = done.ends[journey];
  if (to >= done.to && end !== undefined && isDown(model, journey, end)) return false;
  const untouched = alone.stretches[journey] ?? [];
  const wasDown = untouched.some((one) => one.from < to && one.to > from && isDown(model, journey, one));
  if (!wasDown) return !recoveries.has(to);
  const then = untouched.find((one) => one.from <= to && to < one.to) ?? alone.ends[journey];
  return then !== undefined && isDown(model, journey, then);
}

/** When anything that the plan stands on answers more than just before. */
function recoveriesOf(changes: readonly LevelChange[]): Set<number> {
  const present = new Map<number, number>();
  const times = new Set<number>();
  for (const { at, signal, level } of changes) {
    if (level > (present.get(signal) ?? 1)) times.add(at);
    present.set(signal, level);
  }
  return times;
}

/** The same plan with nobody doing anything: no switch, no growth beyond what is there before, no ladder to wait for, no backlog. */
function untended(model: Model): Model {
  const before = new Controller(model, { signals: referenceSignals(model) });
  before.settle(0);
  const grown = new Map(before.network.pools.map(({ service, grown: by }) => [service, by]));
  const never = { detect: Infinity, approve: 0, switch: 0, spread: 0, hold: Infinity };
  const failover = { switch: undefined, steering: undefined, gapHours: Infinity, times: never };
  return {
    ...model,
    services: model.services.map((service, i) => ({
      ...service,
      redundancy:
        service.redundancy?.kind === 'any' ? { ...service.redundancy, failover } : service.redundancy,
      pool: service.pool?.map((member, m) => ({
        ...member,
        capacity: member.capacity + (grown.get(i)?.[m] ?? 0),
        grow: 0,
      })),
    })),
    journeys: model.journeys.map((journey) => ({
      ...journey,
      ladder: { down: 0, up: 0 },
      reopen: null,
      backlog: null,
    })),
  };
}
