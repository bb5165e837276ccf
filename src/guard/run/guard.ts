import { join } from 'node:path';
import { systemDisk, type Disk } from '../../disk/index.ts';
import { KeelsonError } from '../../errors.ts';
import { Rollout, type RolloutAction, type RolloutEvent, type RolloutHealth } from '../../policies/index.ts';
import type { Log } from '../../telemetry/log.ts';
import { Alarm, systemTime, type Time } from '../../time.ts';
import { checkFile } from '../check/index.ts';
import type { Contract } from '../contract.ts';
import type { Facts } from '../result.ts';
import { GuardStore } from '../store/index.ts';
import { HealthWatch } from './health-watch.ts';
import { Intake, type Check, type NewFile } from './intake.ts';
import { KeptRollout, restoredRollout } from './kept-rollout.ts';
import { readOrders, type Order } from './orders.ts';
import { Recorder } from './recorder.ts';
import { shortDigest, type GuardStatus, type OfferedStatus } from './status.ts';
import { guardStatusOf } from './status-of.ts';
import { TargetDesk } from './target-desk.ts';

export interface GuardOptions {
  readonly contract: Contract;
  /** The folder of all guards; this one has a folder of its own in it. */
  readonly state: string;
  readonly log: Log;
  readonly disk?: Disk;
  readonly time?: Time;
  /** The wall clock: of entries and of expiry, nothing else. @unit ms since 1970 */
  readonly wallNow?: () => number;
  readonly check?: Check;
  /** Something has happened that metrics count. */
  readonly onCount?: (what: Counted) => void;
}

export type Counted =
  | { readonly kind: 'offered'; readonly outcome: 'accepted' | 'refused' | 'known' }
  | { readonly kind: 'violation'; readonly code: string }
  | {
      readonly kind: 'rollout';
      readonly outcome: 'kept' | 'unhealthy' | 'nacked' | 'killed' | 'interrupted' | 'unproven';
    }
  | { readonly kind: 'placed'; readonly target: string; readonly outcome: string };

/** Orders are looked for so often, and expiry. @unit ms */
const ORDERS_EVERY_MS = 500;
/** What really stands on targets is looked at so often at least, and more often than a watch lasts. @unit ms */
const TARGETS_EVERY_MS = 5_000;
const SHORTEST_MS = 100;
/** Of a file that is refused: what is written down and shown. */
const MOST_VIOLATIONS = 5;
/** After the disk has refused. @unit ms */
const AGAIN_MS = 1_000;

/**
 * One contract, run: from its source over the check and the rollout to its targets. It decides nothing itself: what is to be done comes from the
 * rollout (src/policies/rollout.ts), and is in the journal before it is done.
 */
export class Guard {
  readonly contract: Contract;
  readonly store: GuardStore;
  private readonly log: Log;
  private readonly disk: Disk;
  private readonly time: Time;
  private readonly wallNow: () => number;
  private readonly onCount: (what: Counted) => void;
  private readonly rollout: Rollout;
  private readonly kept: KeptRollout;
  private readonly desk: TargetDesk;
  private readonly health: HealthWatch;
  private readonly intake: Intake;
  private readonly recorder: Recorder;
  private readonly alarm: Alarm;
  private readonly ending = new AbortController();
  private readonly facts = new Map<string, Facts>();
  private readonly placements = new Set<Promise<void>>();
  /** Orders whose files are still there. */
  private readonly obeyed = new Set<string>();
  private readonly watchers = new Set<() => void>();
  /** Decided, and not yet written down: nothing of it is done before it is. */
  private unrecorded: RolloutAction[] = [];
  private offered: OfferedStatus | null = null;
  /** Whether the source has offered something while a rollout was under way. */
  private isOverdue = false;
  private healthWords = 'not asked yet';
  private orderWords = '';
  private saidExpired = '';
  private trouble = '';
  private intakeTrouble = '';

  /** @throws KeelsonError `guard-running`, `state-unusable` */
  constructor(options: GuardOptions) {
    const { contract, state, log, disk = systemDisk, time = systemTime(), wallNow = Date.now } = options;
    this.contract = contract;
    this.log = log;
    this.disk = disk;
    this.time = time;
    this.wallNow = wallNow;
    this.onCount = options.onCount ?? (() => undefined);
    this.store = GuardStore.open(join(state, contract.name), { disk, now: wallNow });
    for (const { code, message } of this.store.troubles)
      this.say('warning', 'store-trouble', { code, message });
    this.desk = new TargetDesk({ contract, store: this.store, disk, time });
    this.kept = new KeptRollout(disk, this.store.folder, contract.digest);
    this.rollout = this.openRollout();
    this.recorder = new Recorder({
      store: this.store,
      keep: contract.keep,
      factsOf: (id) => this.factsOf(id),
      healthWords: () => this.healthWords,
      lastOf: (target) => this.desk.last.get(target),
      orderWords: () => this.orderWords,
    });
    this.health = new HealthWatch({
      rules: contract.health,
      folder: contract.folder,
      time,
      onHealth: (found, why) => this.noteHealth(found, why),
    });
    this.intake = new Intake({
      contract,
      folder: this.store.folder,
      disk,
      time,
      wallNow,
      check: options.check ?? checkFile,
      last: () => this.store.good?.facts,
      isDecided: (digest) => this.isDecided(digest),
      onFile: (file) => this.take(file),
      onSource: ({ state: found, words }) =>
        this.say(found === 'well' ? 'info' : 'warning', 'source', { state: found, words }),
      onTrouble: (words) => this.noteIntake(words),
    });
    this.alarm = new Alarm(time, () => this.wake());
  }

  /**
   * Looks at every target once before anything is begun.
   *
   * @param isLooking whether the source is looked at again and again; else only when it is asked for
   */
  async start(isLooking = true): Promise<void> {
    this.say('info', 'started', {
      good: this.store.good?.digest ?? null,
      targets: this.contract.targets.length,
    });
    // Of a process that is no more; of none, it changes nothing.
    this.tell({ kind: 'restarted' });
    this.takeOrders();
    await this.lookAtTargets();
    this.health.start();
    this.tell({ kind: 'health', health: this.health.health });
    this.repeat(ORDERS_EVERY_MS, () => {
      this.takeOrders();
      this.noticeExpiry();
    });
    const { canary, watchMs } = this.contract;
    const shortest = Math.max(SHORTEST_MS, Math.min(canary.watchMs, watchMs) / 2);
    this.repeat(Math.min(TARGETS_EVERY_MS, shortest), () => void this.lookAtTargets());
    if (isLooking) this.intake.start();
  }

  /** What is under way on targets ends as it is; what is on trial is taken back by the next start. */
  async stop(): Promise<void> {
    this.ending.abort();
    this.health.stop();
    this.alarm.setTo(Number.POSITIVE_INFINITY);
    await this.intake.stop();
    await Promise.all(this.placements);
    this.say('info', 'stopped', {});
    this.store.close();
  }

  /** Looks at the source now. */
  look(): ReturnType<Intake['look']> {
    return this.intake.look();
  }

  /** Calls whenever something may be another. @returns ends it */
  onChange(call: () => void): () => void {
    this.watchers.add(call);
    return () => this.watchers.delete(call);
  }

  status(): GuardStatus {
    const { contract, store, rollout, desk, health, intake } = this;
    return guardStatusOf({
      contract,
      store: store.state,
      rollout: rollout.state,
      last: desk.last,
      health: { state: health.health, rules: health.standings() },
      source: intake.status,
      offered: this.offered,
      orders: readOrders(this.disk, store.folder).map(({ name }) => name),
      found: store.troubles.map(({ message }) => message),
      troubles: [
        ...new Set([this.trouble, this.intakeTrouble].filter((words) => words !== '')),
        ...(store.unsaved === undefined ? [] : [`state.json cannot be written: ${store.unsaved}.`]),
      ],
      wallNow: this.wallNow(),
    });
  }

  private openRollout(): Rollout {
    const { contract, store, desk } = this;
    const targets = contract.targets.map(({ name }) => name);
    const restored = restoredRollout({
      kept: this.kept.load(),
      store: store.state,
      targets,
      has: (id) => desk.has(id),
    });
    const { canary } = contract;
    const options = {
      targets,
      canary: canary.kind === 'share' ? { share: canary.share } : { targets: canary.targets },
      canaryWatchMs: canary.watchMs,
      waves: contract.waves,
      watchMs: contract.watchMs,
      steadyMs: contract.steadyMs,
    };
    return new Rollout(options, restored);
  }

  private factsOf(id: string): Facts | undefined {
    const { good, previous, candidate } = this.store.state;
    const known = [good, candidate, ...previous].find((one) => one?.digest === id);
    return this.facts.get(id) ?? known?.facts;
  }

  private isDecided(digest: string): boolean {
    const { good, refused } = this.store.state;
    const { trial } = this.rollout.state;
    return digest === (trial?.id ?? good?.digest) || refused.some((one) => one.digest === digest);
  }

  /** A file that its source has had, with what the check says of it. */
  private async take({ digest, path, name, verdict }: NewFile): Promise<void> {
    const at = new Date(this.wallNow()).toISOString();
    if (verdict === undefined) {
      const refused = this.store.state.refused.find((one) => one.digest === digest);
      const words =
        refused === undefined ? 'it is in force or on trial already' : `refused before: ${refused.why}`;
      this.offered = { digest, at, accepted: refused === undefined, words, violations: [] };
      this.onCount({ kind: 'offered', outcome: 'known' });
      if (refused !== undefined) this.say('warning', 'refused-before', { digest, why: refused.why });
      this.tell({ kind: 'offered', id: digest });
      return;
    }
    const { accepted, violations } = verdict;
    const codes = [...new Set(violations.map(({ code }) => code))].filter(
      (code) => code !== 'more-violations',
    );
    const first = violations.slice(0, MOST_VIOLATIONS).map(({ code, message }) => ({ code, message }));
    this.store.note('checked', { digest, accepted, facts: verdict.facts, violations: first });
    this.onCount({ kind: 'offered', outcome: accepted ? 'accepted' : 'refused' });
    for (const code of codes) this.onCount({ kind: 'violation', code });
    this.offered = {
      digest,
      at,
      accepted,
      words: accepted ? 'it fits the contract' : 'it does not fit the contract',
      violations: first,
    };
    this.say(accepted ? 'info' : 'warning', 'checked', {
      digest,
      name,
      accepted,
      codes,
      message: violations[0]?.message,
    });
    this.intakeTrouble = '';
    // It is had and checked once more when its turn comes: what is good may be another by then.
    if (this.rollout.state.trial !== null) this.isOverdue = true;
    else if (accepted && verdict.facts !== null) await this.offer(path, verdict.facts);
    this.changed();
  }

  private noteIntake(words: string): void {
    if (words !== this.intakeTrouble) this.say('error', 'not-taken', { words });
    this.intakeTrouble = words;
    this.changed();
  }

  private async offer(path: string, facts: Facts): Promise<void> {
    const { digest } = facts;
    const staged = await this.store.stage(path);
    if (staged.kind !== 'staged' || staged.digest !== digest)
      throw new Error(`Expected ${digest} to be kept, found something else.`);
    const { waiting } = this.rollout.state;
    this.facts.set(digest, facts);
    this.tell({ kind: 'offered', id: digest });
    if (waiting !== null && waiting.id !== digest) this.drop(waiting.id);
  }

  /** Of what nobody wants any more, nothing is kept. */
  private drop(id: string): void {
    const { good, previous, candidate } = this.store.state;
    if ([good, candidate, ...previous].some((one) => one?.digest === id)) return;
    this.facts.delete(id);
    this.store.discard(id);
  }

  private tell(event: RolloutEvent): void {
    const wasOnTrial = this.rollout.state.trial !== null;
    this.unrecorded.push(...this.rollout.take(event, this.time.now()));
    this.act();
    if (wasOnTrial && this.rollout.state.trial === null && this.isOverdue) {
      this.isOverdue = false;
      void this.intake.lookAnew();
    }
    this.changed();
  }

  /** Writes down what was decided, then does it. */
  private act(): void {
    const recorded: RolloutAction[] = [];
    try {
      for (let action = this.unrecorded[0]; action !== undefined; action = this.unrecorded[0]) {
        this.recorder.record(action, this.rollout.state);
        this.count(action);
        recorded.push(action);
        this.unrecorded.shift();
      }
      this.agreeOnPrevious();
      this.kept.save(this.rollout.state);
      for (const action of recorded) this.do(action);
      if (this.trouble !== '') this.recovered();
    } catch (error) {
      this.unrecorded.unshift(...recorded.filter(({ kind }) => kind === 'place'));
      this.doWhatIsSafe(error);
    }
    this.alarm.setTo(this.rollout.wakeAt);
  }

  /** The way back needs no permission of the disk; anything new does (docs/rollout.md, who runs it). */
  private doWhatIsSafe(error: unknown): void {
    this.noteTrouble(error);
    const places = this.unrecorded.filter(({ kind }) => kind === 'place');
    this.unrecorded = this.unrecorded.filter(({ kind }) => kind !== 'place');
    for (const action of places)
      if (this.isWayBack(action)) this.do(action);
      else this.later(0, () => this.tellUnplaced(action));
    // What cannot be written down is no time of a watch.
    if (this.rollout.state.health === 'healthy')
      this.later(0, () => this.tell({ kind: 'health', health: 'unknown' }));
    if (!(error instanceof KeelsonError) && !isOfTheSystem(error)) throw error;
  }

  /** Something cannot be written down: it is tried again. */
  private noteTrouble(error: unknown): void {
    const words = error instanceof Error ? error.message : String(error);
    if (words !== this.trouble) this.say('error', 'not-recorded', { words });
    this.trouble = words;
    this.later(AGAIN_MS, () => this.wake());
  }

  private tellUnplaced(action: RolloutAction): void {
    if (action.kind === 'place')
      this.tell({ kind: 'placed', target: action.target, id: action.id, outcome: 'unreachable' });
  }

  private recovered(): void {
    this.trouble = '';
    this.say('info', 'recorded-again', {});
    this.later(0, () => this.tell({ kind: 'health', health: this.health.health }));
  }

  private wake(): void {
    this.health.refresh();
    this.tell({ kind: 'time' });
  }

  private later(ms: number, call: () => void): void {
    this.time.after(ms, () => {
      if (!this.ending.signal.aborted) call();
    });
  }

  /** Whether it gives a target what is known to be good, or what it had before anything was. */
  private isWayBack(action: RolloutAction): boolean {
    if (action.kind !== 'place') return false;
    const { good } = this.store;
    const { trial, before } = this.rollout.state;
    if (good !== null) return action.id === good.digest;
    return action.id !== trial?.id && before[action.target] === action.id;
  }

  /** The store knows more good ones than the rollout does. */
  private agreeOnPrevious(): void {
    const previous = this.store.state.previous[0]?.digest ?? null;
    if (this.rollout.state.previous !== previous) this.rollout.state = { ...this.rollout.state, previous };
  }

  private do(action: RolloutAction): void {
    if (action.kind === 'place') {
      const state = this.rollout.state.targets[action.target];
      // Overtaken while it could not be written down.
      if (state?.kind !== 'placing' || state.id !== action.id) return;
      const placing = this.place(action.target, action.id).finally(() => this.placements.delete(placing));
      this.placements.add(placing);
    } else if (action.kind === 'keep') this.say('info', 'kept', { digest: action.id });
    else if (action.kind === 'refuse')
      this.say('warning', 'refused', { digest: action.id, why: this.recorder.whyOf(action) });
    else if (action.note !== 'unreachable')
      this.say('info', action.note, { digest: action.id, target: action.target ?? undefined });
  }

  private async place(target: string, id: string | null): Promise<void> {
    const { good, before, trial } = this.rollout.state;
    const had = good === null && id === trial?.id ? (before[target] ?? undefined) : undefined;
    const version = id === null ? null : (this.factsOf(id)?.version ?? null);
    const placed = await this.desk.place(target, id, version, had, this.ending.signal);
    const { outcome, words } = placed;
    if (outcome === 'superseded') return;
    try {
      this.recorder.recordPlaced(target, { digest: id, ...placed });
    } catch (error) {
      this.noteTrouble(error);
    }
    this.onCount({ kind: 'placed', target, outcome });
    this.say(outcome === 'acknowledged' ? 'info' : 'warning', 'placed', {
      target,
      digest: id,
      outcome,
      words,
    });
    if (!this.ending.signal.aborted) this.tell({ kind: 'placed', target, id, outcome });
  }

  private async lookAtTargets(): Promise<void> {
    await Promise.all(
      this.contract.targets.map(async ({ name }) => {
        const before = this.rollout.state.targets[name];
        const present = await this.desk.present(name, this.ending.signal);
        // Given something meanwhile: what was found may be from before, and the next look says.
        if (this.ending.signal.aborted || this.rollout.state.targets[name] !== before) return;
        if (present.kind === 'unreachable') this.tell({ kind: 'lost', target: name });
        else this.tell({ kind: 'seen', target: name, id: present.kind === 'file' ? present.digest : null });
      }),
    );
  }

  private noteHealth(health: RolloutHealth, why: string): void {
    this.healthWords = why;
    this.say(health === 'unhealthy' ? 'warning' : 'info', 'health', { health, why });
    // While nothing can be written down, only what fails is told.
    this.tell({ kind: 'health', health: this.trouble !== '' && health === 'healthy' ? 'unknown' : health });
  }

  private takeOrders(): void {
    for (const { file, order, why } of readOrders(this.disk, this.store.folder)) {
      const isKnown = this.obeyed.has(file);
      this.obeyed.add(file);
      if (!isKnown && order === undefined) this.say('warning', 'no-order', { why });
      try {
        if (order !== undefined) this.obey(order, isKnown);
        this.disk.remove(file);
        this.obeyed.delete(file);
      } catch (error) {
        // It was obeyed, and stays until it can be written down.
        this.noteTrouble(error);
        return;
      }
    }
  }

  /** Whoever stops something is obeyed at once, and it is written down then: a disk that is full keeps nobody from it. */
  private obey(order: Order, isKnown: boolean): void {
    const { kind, reason, by } = order;
    if (!isKnown) {
      this.orderWords = `${by}: ${reason}`;
      this.say('info', 'order', { kind, by, reason });
      if (kind === 'freeze') this.tell({ kind });
      if (kind === 'kill') this.kill(order.digest);
    }
    const { store } = this;
    store.note('ordered', {
      by,
      reason,
      order: kind,
      ...('digest' in order ? { digest: order.digest } : {}),
    });
    if (kind === 'freeze') store.freeze(this.orderWords);
    if (kind === 'kill') store.freeze(`killed by ${this.orderWords}`);
    if (kind === 'thaw') {
      store.thaw(this.orderWords);
      this.tell({ kind });
    }
    if (kind === 'retry') this.retry(order.digest);
  }

  /** @param digest what is meant; null: whatever is on trial */
  private kill(digest: string | null): void {
    const { trial, good } = this.rollout.state;
    const isMeant = digest === null || digest === trial?.id || digest === good;
    if (!isMeant) this.tell({ kind: 'freeze' });
    else this.tell({ kind: 'kill', ...(digest === good && good !== null ? { good } : {}) });
  }

  private retry(digest: string): void {
    this.store.allow(digest, this.orderWords);
    const { state } = this.rollout;
    this.rollout.state = { ...state, refused: state.refused.filter(({ id }) => id !== digest) };
    this.tell({ kind: 'time' });
    void this.intake.lookAnew();
  }

  /** Stale beats none: it stays in force. */
  private noticeExpiry(): void {
    const { good } = this.store;
    const expires = good?.facts.expires;
    if (good === null || typeof expires !== 'string' || !(Date.parse(expires) <= this.wallNow())) return;
    if (this.saidExpired === good.digest) return;
    this.saidExpired = good.digest;
    this.say('warning', 'expired', { digest: good.digest, expires });
    try {
      this.store.note('expired', { digest: good.digest, expires });
    } catch (error) {
      this.noteTrouble(error);
    }
  }

  private count(action: RolloutAction): void {
    if (action.kind === 'keep') this.onCount({ kind: 'rollout', outcome: 'kept' });
    if (action.kind === 'refuse') this.onCount({ kind: 'rollout', outcome: action.why });
  }

  private repeat(everyMs: number, call: () => void): void {
    this.later(everyMs, () => {
      call();
      this.repeat(everyMs, call);
    });
  }

  private say(level: 'info' | 'warning' | 'error', event: string, fields: Parameters<Log['event']>[2]): void {
    const digest = fields?.digest;
    const short = typeof digest === 'string' ? { digest: shortDigest(digest) } : {};
    this.log.event(level, event, { guard: this.contract.name, ...fields, ...short });
  }

  private changed(): void {
    for (const call of this.watchers) call();
  }
}

function isOfTheSystem(error: unknown): boolean {
  return error instanceof Error && 'syscall' in error;
}
