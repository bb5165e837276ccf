import { setTimeout } from 'node:timers/promises';
import { KeelsonError } from '../errors.ts';
import { MS_PER_HOUR } from '../units.ts';
import { diagnose, type Observed } from './diagnosis/index.ts';
import { endedAt, levelChanges, races, type Course } from './course.ts';
import { courseOf, type Fault } from './faults.ts';
import { foresee, foreseeChanges, type Foreseen, type LevelChange } from './foresee.ts';
import type { DrillOptions } from './options.ts';
import { failedPlace, signalsOf, type Place } from './place.ts';
import { Rates } from './rates.ts';
import { confusionOf, journeyResults, outcomeOf, saidCourse } from './results.ts';
import type { Drill, FaultResult } from './result.ts';
import { Steadiness } from './steadiness.ts';
import { SwitchLog } from './switch-log.ts';
import { heldSwitches } from './switches.ts';
import { Watch } from './watch.ts';
import { Writes } from './writes.ts';

const EVERY_MS = 500;

/** A drill that is under way. */
export class Drilled {
  private readonly options: DrillOptions;
  private readonly watch: Watch;
  private readonly writes: Writes;
  private readonly switches: SwitchLog;
  private readonly steadiness: Steadiness;
  private readonly rates: Rates;
  private readonly results: FaultResult[] = [];
  private readonly observed: Observed[] = [];
  private readonly leftOut: { name: string; why: string }[];
  private stopped: string | null = null;
  private restored = true;
  /** Whether something was, or may have been, put. */
  private hasBegun = false;
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
    this.steadiness = new Steadiness(options, this.watch, this.switches);
    this.rates = new Rates(options.injection, this.switches, time);
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
      await this.options.users.signIn(signal);
      this.watch.start();
      this.switches.start();
      await this.steadiness.steady(0);
      await this.rates.measure(signal);
    }
    for (const [i, fault] of faults.entries()) {
      if (this.isOver(fault, startedMs)) continue;
      await this.fault(fault, i + 1);
    }
    // An empty drill agrees with everything: who waits for its answer must not take it for one.
    if (this.results.length === 0 && this.stopped === null)
      throw new KeelsonError(
        'drill-incomplete',
        `No fault can be drilled in the time of --budget: ${this.leftOut.at(-1)?.why}.`,
        {
          hint: 'keelson drill PLAN --dry-run says how long each of them takes.',
        },
      );
    if (this.results.some(({ outcome }) => outcome === 'stopped')) this.stopped ??= endedBy(signal);
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
    const before = await this.rates.asked();
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
    const after = await this.rates.asked();
    const waitsMs = Math.max(0, foreseen.settledAtMs - foreseen.healAtMs) + options.toleranceMs;
    options.onProgress?.({ kind: 'restored', fault: fault.name, waitsMs });
    // What could not be taken away still does what it does: nothing is waited for, and it is tried again.
    const isBack = this.stopped === null ? await this.steadiness.comesBack(restoredMs, waitsMs) : undefined;
    const lastedMs = restoredMs - injectedMs;
    const result = this.result(fault, this.foreseenUntil(course, lastedMs), {
      injectedMs,
      restoredMs,
      places,
      writes: await writes.account(options.signal),
      amplification: this.rates.amplification(before, after, lastedMs),
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
    const { time, signal, injection, failsAs, speed } = this.options;
    let next = 0;
    for (let atMs = 0; atMs < foreseen.healAtMs; atMs = time.now() - injectedMs) {
      if (signal.aborted || this.steadiness.isHarmed(atMs, foreseen)) return;
      // Of several that are due only the last still counts.
      const due = course.findLastIndex(({ at }) => at / speed <= atMs);
      const moment = due >= next ? course[due] : undefined;
      if (moment !== undefined)
        await injection.fail(this.byAddress(moment.failing), failsAs, foreseen.healAtMs - atMs);
      next = Math.max(next, due + 1);
      const leftMs = (course[next]?.at ?? foreseen.healAtMs * speed) / speed - (time.now() - injectedMs);
      await this.steadiness.pause(Math.max(1, Math.min(100, leftMs)));
    }
  }

  private byAddress(failing: ReadonlyMap<number, number>): ReadonlyMap<string, number> {
    return new Map(
      [...failing].flatMap(([place, share]) =>
        this.placesAt([place]).map(({ address }): [string, number] => [address, share]),
      ),
    );
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
      racesMs: races(endedAt(courseOf(fault), lastedMs * options.speed)).map((at) => at / options.speed),
    });
    const journeys = journeyResults(options, watch, foreseen, {
      lastedMs,
      writes,
      amplification,
      exposed: this.switches.told.exposed,
    });
    return {
      name: fault.name,
      kind: fault.kind,
      same: fault.same,
      as: options.failsAs,
      places: observed.places.map((place) => failedPlace(options.model, place)),
      injectedAt: isoOf(injectedMs),
      restoredAt: isoOf(restoredMs),
      ...(fault.course === undefined
        ? {}
        : { course: saidCourse(fault.course, options.places, options.speed) }),
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
        {
          model,
          speed,
          toleranceMs,
          again: options.again,
          isTold: this.switches.tells,
          now: () => time.now(),
        },
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

function endedBy({ reason }: AbortSignal): string {
  return typeof reason === 'string' ? reason : 'It was ended by hand.';
}

function isoOf(ms: number): string {
  return new Date(ms).toISOString();
}
