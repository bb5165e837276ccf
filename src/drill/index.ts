import { setTimeout } from 'node:timers/promises';
import { KeelsonError } from '../errors.ts';
import type { Model } from '../model/index.ts';
import type { Drilling } from '../plan/index.ts';
import type { Time } from '../time.ts';
import { MS_PER_HOUR } from '../units.ts';
import type { RunningAdmin } from './admin.ts';
import { diagnose, type Again, type Observed } from './diagnosis/index.ts';
import { endedAt, levelChanges, reliefs, type Course } from './course.ts';
import { courseOf, type Fault } from './faults.ts';
import { foresee, foreseeChanges, type Foreseen, type LevelChange, type Predict } from './foresee.ts';
import type { Injection } from './injection.ts';
import { failedPlace, signalsOf, type Place } from './place.ts';
import { confusionOf, journeyResults, outcomeOf } from './results.ts';
import type { Drill, FailsAs, FaultResult } from './result.ts';
import { SwitchLog } from './switch-log.ts';
import { heldSwitches } from './switches.ts';
import { Watch } from './watch.ts';
import type { Users } from './users.ts';
import { Writes } from './writes.ts';

export interface DrillOptions {
  readonly model: Model;
  readonly drilling: Drilling;
  readonly places: readonly Place[];
  readonly predict: Predict;
  /** How a changed plan would have been predicted with. */
  readonly again: (model: Model) => Again;
  /** In the order in which they are drilled. */
  readonly faults: readonly Fault[];
  readonly failsAs: FailsAs;
  /** How many seconds of the plan pass in one of the running system. */
  readonly speed: number;
  /** The slowest probe, and two seconds. @unit ms */
  readonly toleranceMs: number;
  /** Nothing is begun that would not be over by then. @unit ms @default no bound */
  readonly budgetMs?: number;
  readonly users: Users;
  readonly injection: Injection;
  readonly gateway: RunningAdmin;
  readonly steerer: RunningAdmin | undefined;
  /** Whether the drill agrees to switches that wait for a person, after the plan's time for it, and moves writers back. */
  readonly approves: boolean;
  readonly time: Time;
  /** Ended by it, everything is taken away first. Its reason, where that is a sentence, is why. */
  readonly signal: AbortSignal;
  readonly versions: Drill['versions'];
  readonly leftOut: Drill['leftOut'];
  readonly onProgress?: (progress: Progress) => void;
}

export type Progress =
  | { readonly kind: 'steadying' }
  | {
      readonly kind: 'begins';
      readonly fault: string;
      readonly number: number;
      readonly of: number;
      readonly forMs: number;
    }
  | { readonly kind: 'restored'; readonly fault: string; readonly waitsMs: number }
  | { readonly kind: 'done'; readonly result: FaultResult };

/** Among addresses. */
const GATEWAY = 'the gateway';
const SIGN_IN_MS = 15_000;
/** How long everything must have been well before something is failed. @unit ms */
const WELL_MS = 1_000;
/** How long that is waited for beyond what the plan says. @unit ms */
const PATIENCE_MS = 45_000;
/** A journey that was to be served may be down for so many tolerances before the fault is taken away at once. */
const MOST_HARM = 4;
const EVERY_MS = 500;

/**
 * Drills a running system: fails what the plan says can fail, one after the other, and holds what users got against what the plan says
 * they get. Whatever happens, what was put is taken away before it returns.
 *
 * @throws KeelsonError `drill-unreachable`, `drill-not-steady`, `drill-no-session` before anything was put, `drill-left-behind`
 */
export async function drill(options: DrillOptions): Promise<Drill> {
  return await new Drilled(options).run();
}

class Drilled {
  private readonly options: DrillOptions;
  private readonly watch: Watch;
  private readonly writes: Writes;
  private readonly switches: SwitchLog;
  private readonly results: FaultResult[] = [];
  private readonly observed: Observed[] = [];
  private readonly leftOut: { name: string; why: string }[];
  private stopped: string | null = null;
  private restored = true;
  /** Whether something was, or may have been, put. */
  private hasBegun = false;
  /** How often each address is asked while all is well. @unit a second */
  private usual: ReadonlyMap<string, number> = new Map();

  constructor(options: DrillOptions) {
    this.options = options;
    const { model, users, drilling, time } = options;
    this.writes = new Writes(
      users,
      model.journeys.map(({ name }) => name),
    );
    const everyMs = drilling.every === undefined ? EVERY_MS : drilling.every * MS_PER_HOUR;
    this.watch = new Watch(model, users, everyMs, () => time.now(), this.writes);
    this.switches = new SwitchLog(options);
    this.leftOut = [...options.leftOut];
  }

  async run(): Promise<Drill> {
    const { time } = this.options;
    const startedMs = time.now();
    let failed: unknown;
    try {
      await this.drillAll(startedMs);
    } catch (error) {
      failed = error;
    }
    this.watch.stop();
    this.switches.stop();
    await this.restore();
    if (failed === undefined) return this.drill(startedMs);
    const { signal } = this.options;
    // What was put, and whether it has gone, is told as the result of it.
    if (!(failed instanceof KeelsonError && (this.hasBegun || signal.aborted))) {
      if (this.restored) throw failed;
      throw new KeelsonError(
        'drill-left-behind',
        `What was put could not be taken away: ${String(failed)}.`,
        {
          hint: 'Once the fault proxy answers: keelson drill PLAN --restore.',
          cause: failed,
        },
      );
    }
    this.stopped ??= signal.aborted ? endedBy(signal) : failed.message;
    return this.drill(startedMs);
  }

  private async drillAll(startedMs: number): Promise<void> {
    const { signal, faults } = this.options;
    if (!signal.aborted) {
      await this.signIn();
      this.watch.start();
      this.switches.start();
      await this.steady(0);
      this.usual = await this.usualRates();
    }
    for (const [i, fault] of faults.entries()) {
      if (this.isOver(fault, startedMs)) continue;
      await this.fault(fault, i + 1);
    }
    if (this.results.some(({ outcome }) => outcome === 'stopped')) this.stopped ??= endedBy(signal);
  }

  /** Tried for a while: what is to be drilled may have been started just now. @throws KeelsonError `drill-no-session` */
  private async signIn(): Promise<void> {
    const { users, time, signal } = this.options;
    for (const beganMs = time.now(); ; await this.pause(500)) {
      const failed = await users.signIn().then(
        () => undefined,
        (error: unknown) => error,
      );
      if (failed === undefined || signal.aborted) return;
      if (time.now() - beganMs > SIGN_IN_MS) throw failed;
    }
  }

  /** Whether a fault is left out: nobody waits any more, or it would not be over in time. */
  private isOver(fault: Fault, startedMs: number): boolean {
    const { name } = fault;
    const { signal, budgetMs, time } = this.options;
    if (signal.aborted) this.stopped ??= endedBy(signal);
    if (this.stopped !== null) {
      this.leftOut.push({ name, why: 'the drill was ended before' });
      return true;
    }
    if (budgetMs === undefined) return false;
    const { settledAtMs, healAtMs } = this.foreseen(courseOf(fault));
    const needsMs = Math.max(settledAtMs, healAtMs) + 2 * this.options.toleranceMs;
    const leftMs = budgetMs - (time.now() - startedMs);
    if (needsMs <= leftMs) return false;
    const why = `it takes ${Math.ceil(needsMs / 1_000)} s, and ${Math.max(0, Math.floor(leftMs / 1_000))} s of the budget are left`;
    this.leftOut.push({ name, why });
    return true;
  }

  private foreseen(course: Course<number>): Foreseen {
    const { model, predict, speed, toleranceMs } = this.options;
    return foresee(model, predict, this.changesOf(course), { speed, toleranceMs });
  }

  /** What was to come of a course that was ended when it was. */
  private foreseenUntil(course: Course<number>, lastedMs: number): Foreseen {
    const { model, predict, speed, toleranceMs } = this.options;
    const changes = this.changesOf(endedAt(course, lastedMs * speed));
    return foreseeChanges(model, predict, changes, { speed, toleranceMs });
  }

  private changesOf(course: Course<number>): readonly LevelChange[] {
    return levelChanges(course, (place) => signalsOf(this.placesAt([place])));
  }

  private placesAt(positions: readonly number[]): Place[] {
    return positions.flatMap((i) => this.options.places[i] ?? []);
  }

  private async fault(fault: Fault, number: number): Promise<void> {
    const { options, watch, writes, switches } = this;
    const { time, faults, speed } = options;
    const places = this.placesAt(fault.places);
    const course = courseOf(fault);
    const foreseen = this.foreseen(course);
    const addresses = places.map(({ address }) => address);
    options.onProgress?.({
      kind: 'begins',
      fault: fault.name,
      number,
      of: faults.length,
      forMs: foreseen.healAtMs,
    });
    const before = await this.asked();
    const injectedMs = time.now();
    this.hasBegun = true;
    watch.begin();
    writes.begin();
    switches.begin();
    let restoredMs: number;
    try {
      await this.lasts(course, injectedMs, foreseen);
    } finally {
      await this.lift(addresses);
      restoredMs = time.now();
    }
    const after = await this.asked();
    const waitsMs = Math.max(0, foreseen.settledAtMs - foreseen.healAtMs) + options.toleranceMs;
    options.onProgress?.({ kind: 'restored', fault: fault.name, waitsMs });
    // What could not be taken away still does what it does: nothing is waited for, and it is tried again.
    const isBack = this.stopped === null ? await this.comesBack(restoredMs, waitsMs) : undefined;
    const lastedMs = restoredMs - injectedMs;
    const result = this.result(fault, this.foreseenUntil(course, lastedMs), {
      injectedMs,
      restoredMs,
      places,
      writes: await writes.account(options.signal),
      amplification: this.amplification(before, after, lastedMs),
    });
    this.results.push(result);
    this.observed.push({
      result,
      course: endedAt(course, lastedMs * speed).map((moment) => ({
        ...moment,
        failing: this.byAddress(moment.failing),
      })),
      lastedMs,
      samples: options.model.journeys.map((_, journey) => watch.seen(journey).samples),
      seen: [...switches.seen],
      told: switches.told,
      sent: result.journeys.reduce((sum, { requests }) => sum + requests.sent, 0),
    });
    options.onProgress?.({ kind: 'done', result });
    if (isBack !== undefined) throw isBack;
  }

  /** Puts what is to fail when it is to, until the fault has led to all that it is to lead to, or harms what it was not to. */
  private async lasts(course: Course<number>, injectedMs: number, foreseen: Foreseen): Promise<void> {
    const { time, signal, toleranceMs, injection, failsAs, speed } = this.options;
    let next = 0;
    for (let atMs = 0; atMs < foreseen.healAtMs; atMs = time.now() - injectedMs) {
      if (signal.aborted || this.harms(atMs, foreseen) > MOST_HARM * toleranceMs) return;
      // Of several that are due only the last still counts.
      const due = course.findLastIndex(({ at }) => at / speed <= atMs);
      const moment = due >= next ? course[due] : undefined;
      if (moment !== undefined)
        await injection.fail(this.byAddress(moment.failing), failsAs, foreseen.healAtMs - atMs);
      next = Math.max(next, due + 1);
      const leftMs = (course[next]?.at ?? foreseen.healAtMs * speed) / speed - (time.now() - injectedMs);
      await this.pause(Math.max(1, Math.min(100, leftMs)));
    }
  }

  private byAddress(failing: ReadonlyMap<number, number>): ReadonlyMap<string, number> {
    return new Map(
      [...failing].flatMap(([place, share]) =>
        this.placesAt([place]).map(({ address }): [string, number] => [address, share]),
      ),
    );
  }

  /** How long users have been without what they were to be offered. @unit ms */
  private harms(atMs: number, { modes }: Foreseen): number {
    const { model, toleranceMs, time } = this.options;
    let most = 0;
    for (const [journey, stages] of modes.entries()) {
      const down = model.journeys[journey]?.modes.length ?? 0;
      if (this.watch.mode(journey) !== down) continue;
      const sinceMs = this.watch.sinceMs(journey);
      const isForeseen = stages.some(
        ({ fromMs, mode }, i) =>
          mode === down &&
          fromMs <= atMs + toleranceMs &&
          (stages[i + 1]?.fromMs ?? Number.POSITIVE_INFINITY) >= atMs - toleranceMs,
      );
      if (!isForeseen) most = Math.max(most, time.now() - sinceMs);
    }
    return most;
  }

  /** @returns what was thrown where it does not */
  private async comesBack(restoredMs: number, waitsMs: number): Promise<unknown> {
    await this.recovers(restoredMs, waitsMs);
    return await this.steady(waitsMs).then(
      () => undefined,
      (error: unknown) => error,
    );
  }

  private async recovers(restoredMs: number, waitsMs: number): Promise<void> {
    const { time, signal } = this.options;
    while (time.now() - restoredMs < waitsMs && !signal.aborted) await this.pause(100);
  }

  /**
   * Waits until every journey is in its first mode and every service where the plan wants it, as far as it is.
   *
   * @throws KeelsonError `drill-not-steady`
   */
  private async steady(waitsMs: number): Promise<void> {
    const { time, signal } = this.options;
    const beganMs = time.now();
    this.options.onProgress?.({ kind: 'steadying' });
    let wellSince: number | undefined;
    for (;;) {
      const unwell = this.unwell() ?? this.switches.elsewhere();
      if (unwell === undefined) wellSince ??= time.now();
      else wellSince = undefined;
      if (wellSince !== undefined && time.now() - wellSince >= WELL_MS) return;
      if (signal.aborted) return;
      const silentMs = MOST_HARM * this.options.toleranceMs;
      const silent = this.switches.silent(silentMs);
      if (silent !== undefined)
        throw new KeelsonError(
          'drill-unreachable',
          `The ${silent} has not answered for ${Math.round(silentMs / 1_000)} s.`,
          { hint: 'Does it still run? What was put by the drill has been taken away.' },
        );
      if (time.now() - beganMs > waitsMs + PATIENCE_MS)
        throw new KeelsonError(
          'drill-not-steady',
          `Before a fault all must be well, and ${unwell ?? 'it comes and goes'}.`,
          {
            hint: 'Mend it, or wait until it is well. What was put by the drill has been taken away.',
          },
        );
      await this.switches.bringBack();
      await this.pause(100);
    }
  }

  /** Why not all is well, in words; undefined where it is. */
  private unwell(): string | undefined {
    const { model, users } = this.options;
    for (const [journey, { name, modes }] of model.journeys.entries()) {
      if (!users.tries(journey)) continue;
      const mode = this.watch.mode(journey);
      if (mode === 0) continue;
      return mode === undefined ? `${name} has not been tried` : `${name} is ${modes[mode]?.name ?? 'down'}`;
    }
    return undefined;
  }

  /** What has been asked until now: at each address, and at the gateway. Nothing where nobody counts. */
  private async asked(): Promise<ReadonlyMap<string, number>> {
    return new Map([...(await this.options.injection.counts()), [GATEWAY, this.switches.gatewayRequests]]);
  }

  /** How often everything is asked while all is well. */
  private async usualRates(): Promise<ReadonlyMap<string, number>> {
    const { time } = this.options;
    const before = await this.asked();
    const beganMs = time.now();
    await this.pause(2_000);
    return ratesOf(before, await this.asked(), time.now() - beganMs);
  }

  /** How many times as often as usual what is asked most was asked: parts beside the busiest of them, the gateway beside itself. */
  private amplification(
    before: ReadonlyMap<string, number>,
    after: ReadonlyMap<string, number>,
    lastedMs: number,
  ): number | null {
    const now = ratesOf(before, after, Math.max(lastedMs, 1_000));
    const most = (rates: ReadonlyMap<string, number>): number =>
      Math.max(0, ...[...rates].flatMap(([address, rate]) => (address === GATEWAY ? [] : [rate])));
    const times = [
      most(now) / Math.max(1, most(this.usual)),
      (now.get(GATEWAY) ?? 0) / Math.max(1, this.usual.get(GATEWAY) ?? 0),
    ];
    return Math.round(Math.max(...times) * 100) / 100;
  }

  private result(
    fault: Fault,
    foreseen: Foreseen,
    observed: {
      readonly injectedMs: number;
      readonly restoredMs: number;
      readonly places: readonly Place[];
      readonly writes: FaultResult['writes'];
      readonly amplification: number | null;
    },
  ): FaultResult {
    const { options, watch } = this;
    const { injectedMs, restoredMs, writes, amplification } = observed;
    const lastedMs = restoredMs - injectedMs;
    const held = heldSwitches(foreseen, this.switches.seen, {
      model: options.model,
      toleranceMs: options.toleranceMs,
      isTold: this.switches.tells,
      lastedMs,
      reliefsMs: reliefs(endedAt(courseOf(fault), lastedMs * options.speed)).map((at) => at / options.speed),
    });
    const journeys = journeyResults(options, watch, foreseen, { lastedMs, writes, amplification });
    return {
      name: fault.name,
      kind: fault.kind,
      same: fault.same,
      as: options.failsAs,
      places: observed.places.map((place) => failedPlace(options.model, place)),
      injectedAt: isoOf(injectedMs),
      restoredAt: isoOf(restoredMs),
      ...(fault.course === undefined ? {} : { course: saidCourse(fault.course, options) }),
      ...(fault.choices === undefined ? {} : { choices: fault.choices }),
      journeys,
      steps: foreseen.steps,
      ...held,
      writes,
      amplification,
      outcome: options.signal.aborted || this.stopped !== null ? 'stopped' : outcomeOf(journeys, held),
    };
  }

  private async lift(addresses: readonly string[]): Promise<void> {
    try {
      await this.options.injection.lift(addresses);
    } catch {
      // Tried once more with all the rest, and said where that fails.
      this.stopped ??= 'A fault could not be taken away.';
    }
  }

  /** Takes away whatever is still there, a few times: nothing else matters as much. */
  private async restore(): Promise<void> {
    for (let tries = 0; tries < 5; tries++) {
      const failed = await this.options.injection.lift().then(
        () => false,
        () => true,
      );
      if (!failed) return;
      await setTimeout(500);
    }
    this.restored = false;
  }

  /** Waits, unless the drill is ended meanwhile. @throws what went wrong with those who try */
  private async pause(ms: number): Promise<void> {
    if (this.watch.failure !== undefined) throw this.watch.failure;
    await setTimeout(ms, undefined, { signal: this.options.signal }).catch(() => undefined);
  }

  private drill(startedMs: number): Drill {
    const { options, results, stopped, restored } = this;
    const { model, drilling, versions, speed, toleranceMs, time } = options;
    const { name, asOf } = model.plan.platform;
    const isWrong = results.some(({ outcome }) => outcome === 'wrong');
    return {
      schema: 'keelson.drill/1',
      plan: { name, file: model.plan.source.file, digest: model.plan.digest ?? null, asOf },
      environment: drilling.environment,
      versions,
      speed,
      startedAt: isoOf(startedMs),
      endedAt: isoOf(time.now()),
      toleranceMs,
      faults: results,
      confusion: confusionOf(results, toleranceMs),
      blame: diagnose(
        { model, speed, toleranceMs, again: options.again, isTold: this.switches.tells },
        this.observed,
      ),
      leftOut: this.leftOut,
      outcome:
        stopped !== null || results.some(({ outcome }) => outcome === 'stopped')
          ? 'stopped'
          : isWrong
            ? 'wrong'
            : 'agrees',
      stopped,
      restored,
    };
  }
}

/** A second, of what was counted before and after. */
function ratesOf(
  before: ReadonlyMap<string, number>,
  after: ReadonlyMap<string, number>,
  lastedMs: number,
): Map<string, number> {
  return new Map(
    [...after].map(([at, count]) => [at, ((count - (before.get(at) ?? 0)) * 1_000) / Math.max(1, lastedMs)]),
  );
}

/** A course as results and plans tell of it. */
export function saidCourse(
  course: Course<number>,
  { places, speed }: Pick<DrillOptions, 'places' | 'speed'>,
): NonNullable<FaultResult['course']> {
  return course.map(({ at, time, failing }) => ({
    atMs: at / speed,
    at: time === undefined ? null : isoOf(time),
    failing: [...failing].map(([place, share]) => ({ address: places[place]?.address ?? '', share })),
  }));
}

function endedBy({ reason }: AbortSignal): string {
  return typeof reason === 'string' ? reason : 'It was ended by hand.';
}

function isoOf(ms: number): string {
  return new Date(ms).toISOString();
}

export type { Again } from './diagnosis/index.ts';
export { RunningAdmin, type AdminPlace } from './admin.ts';
export { levelChanges, type Course } from './course.ts';
export { courseOf, faultNamed, faultsOf, type EventPair, type Fault, type Faults } from './faults.ts';
export { foresee, withoutEdgeLoads, type Foreseen, type Predict } from './foresee.ts';
export { incidentCourse, puttable, withoutQuiet, type Happening } from './incident.ts';
export { controlledAt, Injection, lacks, restoreLeft, type Controlled } from './injection.ts';
export { DrillJournal, OWN } from './journal.ts';
export { failedPlace, signalsOf, type Place, type Use } from './place.ts';
export type {
  Breach,
  BreachKind,
  Blame,
  Drill,
  FailsAs,
  FaultResult,
  JourneyResult,
  Stage,
} from './result.ts';
export {
  drilledPathsOf,
  drillProtections,
  SAMPLES,
  type DrilledAlternative,
  type DrilledPath,
  type ProtectionDrill,
  type ProtectionDrillOptions,
  type ProtectionFinding,
} from './protections/index.ts';
export { Users, type Door } from './users.ts';
