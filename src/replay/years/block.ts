import { Controller, eventSignals, type JourneyState } from '../../control/index.ts';
import type { Model } from '../../model/index.ts';
import { randomStream, type Random } from '../../random.ts';
import { EventQueue, OutageProcess } from '../../simulation/index.ts';
import { HOURS_PER_YEAR, MS_PER_HOUR } from '../../units.ts';
import { lossBetween } from '../loss.ts';

export const MS_PER_YEAR = HOURS_PER_YEAR * MS_PER_HOUR;
/** Years that are simulated in one go: what workers share out. Results depend on it, so it never changes. */
export const YEARS_PER_BLOCK = 25;

export interface BlockOptions {
  readonly seed: number;
  /** Standard deviation of the logarithm of an outage's length. */
  readonly sigma: number;
  readonly isShedding: boolean;
}

/** What is summed for each journey and year; after these come the hours in each mode. */
export const COLUMN = {
  downHours: 0,
  /** In a lower mode; without down. */
  degradedHours: 1,
  exposedHours: 2,
  loss: 3,
  outages: 4,
  /** How often the first mode was left. */
  departures: 5,
  switches: 6,
  switchHours: 7,
  switchDownHours: 8,
  switchLoss: 9,
  modes: 10,
} as const;

/** Where each journey's columns begin in a row, and how long a row is. */
export function layoutOf(model: Model): { readonly starts: readonly number[]; readonly width: number } {
  let width = 0;
  const starts = model.journeys.map(({ modes }) => {
    const start = width;
    width += COLUMN.modes + modes.length;
    return start;
  });
  return { starts, width };
}

export interface Block {
  /** One row a year. */
  readonly rows: Float64Array;
  /** How often an event began or ended. */
  readonly stateChanges: number;
}

/** Told what happens in a block, to explain a year of it. */
export interface BlockRecorder {
  /** @param from minus infinity when it began before the block */
  onOutage(event: number, from: number, to: number): void;
  onStay(journey: number, from: number, to: number, mode: number, loss: number): void;
}

/** Simulates one block of years; the same block, seed and model give the same bytes. */
export function simulateBlock(
  model: Model,
  block: number,
  years: number,
  options: BlockOptions,
  recorder?: BlockRecorder,
): Block {
  return new BlockRun(model, block, years, options, recorder).simulate();
}

/** One journey while it is summed up. */
interface Sum {
  readonly worths: readonly number[];
  mode: number;
  isExposed: boolean;
  since: number;
  /** When the first mode was left. */
  began: number;
}

class BlockRun {
  private readonly model: Model;
  private readonly years: number;
  private readonly rows: Float64Array;
  private readonly starts: readonly number[];
  private readonly width: number;
  private readonly sums: readonly Sum[];
  private readonly processes: readonly (OutageProcess | undefined)[];
  private readonly isDown: Uint8Array;
  private readonly downSince: Float64Array;
  private readonly queue: EventQueue;
  private readonly controller: Controller;
  private readonly recorder: BlockRecorder | undefined;
  private row = 0;
  private hasBegun = false;
  private stateChanges = 0;

  constructor(
    model: Model,
    block: number,
    years: number,
    { seed, sigma, isShedding }: BlockOptions,
    recorder: BlockRecorder | undefined,
  ) {
    this.model = model;
    this.years = years;
    this.recorder = recorder;
    const { starts, width } = layoutOf(model);
    this.starts = starts;
    this.width = width;
    this.rows = new Float64Array(years * width);
    this.sums = model.journeys.map(({ modes }) => ({
      worths: [...modes.map(({ worth }) => worth), 0],
      mode: 0,
      isExposed: false,
      since: 0,
      began: 0,
    }));
    const stream = (name: string): Random => randomStream(`${name}#${block}`, seed);
    this.processes = model.events.map(({ id, rate }) =>
      rate === undefined || rate.ratePerYear <= 0
        ? undefined
        : new OutageProcess(MS_PER_YEAR / rate.ratePerYear, rate.meanHours * MS_PER_HOUR, sigma, stream(id)),
    );
    this.isDown = new Uint8Array(model.events.length);
    this.downSince = new Float64Array(model.events.length);
    this.queue = new EventQueue(model.events.length);
    this.controller = new Controller(model, {
      signals: eventSignals(model),
      isShedding,
      returnsState: true,
      draw: drawsOf(model, stream),
      listener: { onJourney: this.onJourney },
    });
  }

  simulate(): Block {
    const { controller, queue } = this;
    this.begin();
    for (let year = 0; year < this.years; year++) {
      const end = (year + 1) * MS_PER_YEAR;
      this.row = year * this.width;
      for (;;) {
        const due = queue.nextTime;
        const now = due < controller.wakeAt ? due : controller.wakeAt;
        if (now >= end) break;
        if (due === now) this.toggle(queue.next, now);
        controller.step(now);
      }
      for (const [journey, sum] of this.sums.entries()) this.add(journey, sum, end);
    }
    this.tellOpen();
    return { rows: this.rows, stateChanges: this.stateChanges };
  }

  /** Outages that are not over at the end. */
  private tellOpen(): void {
    if (this.recorder === undefined) return;
    for (const [event, from] of this.downSince.entries())
      if (this.isDown[event] === 1) this.recorder.onOutage(event, from, this.years * MS_PER_YEAR);
  }

  /** Every event in its long-run state, and nothing under way. */
  private begin(): void {
    for (const [event, process] of this.processes.entries()) {
      if (process === undefined) continue;
      const { isDown, leftMs } = process.begin();
      this.queue.schedule(event, leftMs);
      if (!isDown) continue;
      this.isDown[event] = 1;
      this.downSince[event] = Number.NEGATIVE_INFINITY;
      this.controller.observe(event, 0);
    }
    this.controller.settle(0);
    this.hasBegun = true;
  }

  private toggle(event: number, now: number): void {
    const process = this.processes[event];
    if (process === undefined) return;
    this.stateChanges++;
    const wasDown = this.isDown[event] === 1;
    this.isDown[event] = wasDown ? 0 : 1;
    this.controller.observe(event, wasDown ? 1 : 0);
    this.queue.schedule(event, now + (wasDown ? process.upMs() : process.downMs()));
    if (this.recorder === undefined) return;
    if (wasDown) this.recorder.onOutage(event, this.downSince[event] ?? 0, now);
    else this.downSince[event] = now;
  }

  private readonly onJourney = (
    journey: number,
    now: number,
    { mode, isExposed }: JourneyState,
    movedSince: number,
  ): void => {
    const sum = this.sums[journey];
    if (sum === undefined) return;
    this.add(journey, sum, now);
    sum.isExposed = isExposed;
    if (mode === sum.mode) return;
    if (!this.hasBegun) {
      // What was so before the first year did not begin in it.
      sum.mode = mode;
      return;
    }
    const at = this.row + (this.starts[journey] ?? 0);
    const last = sum.worths.length - 1;
    if (movedSince < now && mode < sum.mode) this.addSwitch(journey, sum, mode, now, movedSince, at);
    if (sum.mode === 0) {
      sum.began = now;
      this.count(at + COLUMN.departures, 1);
    }
    if (mode === last) this.count(at + COLUMN.outages, 1);
    sum.mode = mode;
  };

  /** A switch that users feel: what was lost until they were moved. */
  private addSwitch(
    journey: number,
    { mode: before, worths, began }: Sum,
    mode: number,
    now: number,
    movedSince: number,
    at: number,
  ): void {
    const hours = (now - movedSince) / MS_PER_HOUR;
    const gained = (worths[mode] ?? 0) - (worths[before] ?? 0);
    const node = this.model.journeys[journey];
    const loss =
      node === undefined
        ? 0
        : lossBetween(node, began, Math.max(began, movedSince), now, 1 - gained, undefined);
    this.count(at + COLUMN.switches, 1);
    this.count(at + COLUMN.switchHours, hours);
    if (before === worths.length - 1) this.count(at + COLUMN.switchDownHours, hours);
    this.count(at + COLUMN.switchLoss, loss);
  }

  /** Sums a journey up to a moment. */
  private add(journey: number, sum: Sum, now: number): void {
    const { since, mode, worths } = sum;
    sum.since = now;
    if (now <= since) return;
    const hours = (now - since) / MS_PER_HOUR;
    const at = this.row + (this.starts[journey] ?? 0);
    if (sum.isExposed) this.count(at + COLUMN.exposedHours, hours);
    const isDown = mode === worths.length - 1;
    if (!isDown) this.count(at + COLUMN.modes + mode, hours);
    if (mode === 0) return;
    this.count(at + (isDown ? COLUMN.downHours : COLUMN.degradedHours), hours);
    const node = this.model.journeys[journey];
    const loss =
      node === undefined ? 0 : lossBetween(node, sum.began, since, now, worths[mode] ?? 0, undefined);
    this.count(at + COLUMN.loss, loss);
    this.recorder?.onStay(journey, since, now, mode, loss);
  }

  private count(at: number, amount: number): void {
    this.rows[at] = (this.rows[at] ?? 0) + amount;
  }
}

/** Draws, for one failure of what users are normally on, whether the switch succeeds and who is ready. */
function drawsOf(
  model: Model,
  stream: (name: string) => Random,
): (service: number) => { readonly succeeds: boolean; readonly ready: readonly boolean[] } {
  const streams = new Map<number, Random>();
  return (service) => {
    const { name = '', redundancy } = model.services[service] ?? {};
    const random = streams.get(service) ?? stream(`${name}:draw`);
    streams.set(service, random);
    if (redundancy?.kind !== 'any') return { succeeds: true, ready: [] };
    const happens = (event: number | undefined): boolean =>
      event !== undefined && random() < (model.events[event]?.probability ?? 0);
    const succeeds = !happens(redundancy.failover?.switch);
    return { succeeds, ready: redundancy.options.map(({ standby }) => !happens(standby)) };
  };
}
