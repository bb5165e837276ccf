import { randomBytes, randomFillSync } from 'node:crypto';
import { liveSignals, type LiveSignals } from '../control/index.ts';
import { labelOf, type Model } from '../model/index.ts';
import {
  Admission,
  IdempotencyKeys,
  RateLimit,
  RetryBudget,
  type FailoverStep,
  type Hold,
} from '../policies/index.ts';
import { randomStream, type Random } from '../random.ts';
import { membersOf } from './causes.ts';
import { leavingOf, type Leaving } from './draining.ts';
import { conductOf, jumpingServices } from './conduct.ts';
import { EdgeWatch } from './edges.ts';
import { askTarget } from './gateway/ask-target.ts';
import { Chooser } from './gateway/choose.ts';
import { Deadlines } from './gateway/deadlines.ts';
import { Gateway } from './gateway/gateway.ts';
import type { GatewayParts, KeptReply } from './gateway/parts.ts';
import { Sockets } from './gateway/sockets.ts';
import { Upstream } from './gateway/upstream.ts';
import { KeptFolder, ownOf, type Kept } from './kept.ts';
import { Live } from './live.ts';
import { Log, type Level } from './seeing/log.ts';
import type { LogStream } from './seeing/log-stream.ts';
import { Registry } from './seeing/metrics.ts';
import { Spans } from './seeing/spans.ts';
import type { HistoryEntry, Status } from './seeing/status.ts';
import { changesOf } from './seeing/status-changes.ts';
import type { ApproveOrder, DrainOrder, ModeOrder } from './seeing/admin-orders.ts';
import type { ActionResult, Health } from './seeing/admin.ts';
import { measure } from './measures.ts';
import { holdsIn, keptOf, progressIn } from './remembered.ts';
import { Seen } from './seen.ts';
import type { Served } from './servable.ts';
import { KeyKeeper, sessionsOf, tokensOf, type Session } from './session-keys.ts';
import { SnapshotFolder, Snapshots } from './snapshots/index.ts';
import { statusOf } from './status-of.ts';
import { Steering } from './steering.ts';
import type { Way } from './targets.ts';
import { Targets, targetsOf } from './targets.ts';
import { systemTime, type Time } from './time.ts';

export interface ServingOptions {
  readonly model: Model;
  readonly served: Served;
  readonly role: 'gateway' | 'steerer';
  /** @default the system's */
  readonly time?: Time;
  /** The folder in which what must outlive the process is kept. @default nothing is kept */
  readonly state?: string | undefined;
  readonly log: LogStream;
  /** Share of requests that are written down and traced. @default 0.01 */
  readonly share?: number;
  /** Where spans go. @default nowhere */
  readonly collector?: URL | undefined;
  readonly version: string;
  /** An authority in PEM that edges are checked against, in place of the system’s. @default the system's */
  readonly authority?: string | undefined;
  /** Seeds what is drawn. @default from the system */
  readonly seed?: number;
}

/** How many entries of what happened are shown. */
const MOST_HISTORY = 200;
/** How long a connection of a client may be idle: longer than those before it keep theirs. @unit ms */
const IDLE_MS = 65_000;
/** How often snapshots are written to disk. @unit ms */
const SNAPSHOTS_EVERY_MS = 60_000;
const CONCURRENT = 1_000;
const CONNECTIONS = 10_000;
const BODY = 1_000_000;
/** Attempts that may fail at once and be made again at once. */
const BURST = 100;
/** @unit s */
const RETRY_AFTER = 10;

/** A plan while it is being served: by the gateway, which stands before its parts, or by the steerer, which moves users among its edges. */
export class Serving {
  readonly live: Live;
  readonly gateway: Gateway | undefined;
  readonly registry = new Registry();
  readonly log: Log;
  readonly steering: Steering;
  private readonly options: ServingOptions;
  readonly model: Model;
  private readonly time: Time;
  private readonly signals: LiveSignals;
  readonly upstreams: readonly Upstream[];
  readonly edges: readonly EdgeWatch[];
  readonly sessions: readonly Session[];
  private readonly keeper: KeyKeeper;
  private readonly seen: Seen;
  private readonly spans: Spans;
  private readonly snapshots: Snapshots;
  private readonly folder: KeptFolder | undefined;
  private readonly lastSteps = new Map<number, FailoverStep>();
  readonly epochs = new Map<number, number>();
  private readonly history: HistoryEntry[] = [];
  readonly conducted: ReadonlySet<number>;
  private readonly startedAt: number;
  private readonly restored: Promise<void>;
  private readonly random: Random;
  private readonly listeners = new Set<() => void>();
  private readonly callOffs = new Set<() => void>();
  private lastStatus: Status;
  private isStarted = false;
  private isStopping = false;
  private isTelling = false;

  /** @throws KeelsonError `state-unusable` */
  constructor(options: ServingOptions) {
    const { model, served, role, time = systemTime() } = options;
    this.options = options;
    this.model = model;
    this.time = time;
    this.startedAt = time.now();
    this.signals = liveSignals(model);
    this.random = randomStream('serve', options.seed ?? randomBytes(4).readUInt32LE());
    this.log = new Log({ to: options.log, now: () => time.now() });
    this.spans = this.makeSpans();
    this.folder = options.state === undefined ? undefined : new KeptFolder(options.state);
    const { kept, trouble } = this.folder?.load() ?? { kept: undefined, trouble: undefined };
    if (trouble !== undefined) this.log.event('error', 'state-not-used', { why: trouble });
    // One that hangs leaves half of the room to the others.
    const concurrent = model.plan.limits?.concurrent ?? CONCURRENT;
    const mostInFlight = served.targets.length > 1 ? Math.max(1, Math.ceil(concurrent / 2)) : concurrent;
    this.upstreams = served.targets.map(
      (target) => new Upstream(target, time, (one) => this.onUpstream(one), mostInFlight),
    );
    this.conducted = new Set(
      model.services.flatMap(({ name }, i) => (isFront(model, name) === (role === 'steerer') ? [i] : [])),
    );
    this.steering = new Steering(served.wheels, time, {
      onCheck: (service, isGood) => this.observe(this.signals.steering(service), isGood ? 1 : 0),
      onTurned: (service, to) => this.live.confirm(service, to),
      onMoved: (service, to, isByHand) => this.onMoved(service, to, isByHand),
      onWords: (service, kind, words) =>
        this.tell('steering', words, kind === 'failed' ? 'error' : 'info', service),
    });
    for (const { service } of model.services.map(({ name }, i) => ({ name, service: i })))
      this.epochs.set(service, ownOf(kept?.epochs, model.services[service]?.name ?? '') ?? 0);
    this.sessions = role === 'gateway' ? sessionsOf(model, this.signals, () => time.now()) : [];
    this.keeper = new KeyKeeper(this.sessions, time, {
      onLevel: ({ signal }, level) => this.observe(signal, level),
      onKeys: () => this.keep(),
    });
    const progress = kept === undefined ? undefined : progressIn(model, kept);
    this.live = new Live(model, {
      time,
      conduct: conductOf(model, served.edges, served.wheels, jumpingServices(served.routes, served.journeys)),
      ...(progress === undefined ? {} : { progress }),
      listener: {
        onJourney: (journey, _now, before, after) => {
          if (before.mode !== after.mode) this.gateway?.onMode(journey, after.mode);
          this.changed();
        },
        onSwitch: (service, step) => this.onSwitch(service, step),
        onDecided: () => this.keep(),
      },
    });
    if (kept !== undefined) this.takeUp(kept);
    this.edges = served.edges.map((edge) => this.watchEdge(edge));
    this.seen = new Seen(model, served.journeys, {
      registry: this.registry,
      log: this.log,
      spans: this.spans,
      share: options.share ?? 0.01,
      draw: this.random,
    });
    this.snapshots = new Snapshots({ now: () => time.now() });
    this.gateway =
      role === 'gateway'
        ? new Gateway(this.parts(), model.plan.limits?.connections ?? CONNECTIONS)
        : undefined;
    this.lastStatus = this.status();
    measure(this.registry, this);
    this.restored = this.restoreKeys(kept);
  }

  /** Looks at everything once: from then on what is decided stands on what is seen. Returns once keys and wheels were asked. */
  async start(): Promise<void> {
    for (const upstream of this.upstreams) upstream.start();
    for (const edge of this.edges) edge.start();
    await Promise.all([this.loadSnapshots(), this.restored]);
    await Promise.all([this.keeper.start(), this.steering.start()]);
    this.isStarted = true;
    this.changed();
    this.keepSnapshots();
  }

  status(): Status {
    return statusOf({
      role: this.options.role,
      model: this.model,
      signals: this.signals,
      live: this.live,
      upstreams: this.upstreams,
      edges: this.edges ?? [],
      steering: this.steering,
      counts: (journey) => this.seen?.counts(journey) ?? { served: 0, refused: 0, failed: 0 },
      conducts: (service) => this.conducted.has(service),
      lastSteps: this.lastSteps,
      startedAt: this.startedAt,
      findings: this.findings(),
      history: this.history,
      isReady: () => this.health().ready,
      now: () => this.time.now(),
    });
  }

  health(): Health {
    if (this.isStopping) return { live: true, ready: false, words: ['It is being stopped.'] };
    if (!this.isStarted) return { live: true, ready: false, words: ['It is starting.'] };
    return { live: true, ready: true, words: ['It does its work.'] };
  }

  /** Calls whenever how all stands may have changed. */
  onChange(call: () => void): void {
    this.listeners.add(call);
  }

  /** A hand on the lever of a journey. */
  holdMode({ journey, mode, pinned, reason, by, forMs }: ModeOrder): ActionResult {
    const index = this.model.journeys.findIndex(({ name }) => name === journey);
    const modes = this.model.journeys[index]?.modes.map(({ name }) => name) ?? [];
    if (index < 0)
      return { kind: 'refused', words: `There is no journey ${journey}. There are: ${this.journeyNames()}.` };
    if (mode === null) {
      this.live.hold(index, undefined);
      return this.did('lever', `${by} has let ${journey} go: ${reason}`);
    }
    const number = mode === 'down' && !modes.includes('down') ? modes.length : modes.indexOf(mode);
    if (number < 0)
      return {
        kind: 'refused',
        words: `${journey} has no mode ${mode}. It has: ${[...modes, 'down'].join(', ')}.`,
      };
    const until = this.time.now() + (forMs ?? 3_600_000);
    const hold: Hold = { mode: number, isPinned: pinned, until, reason, by };
    this.live.hold(index, hold);
    const how = pinned ? `pinned ${journey} to ${mode}` : `held ${journey} at ${mode} or below`;
    return this.did('lever', `${by} has ${how} until ${new Date(until).toISOString()}: ${reason}`);
  }

  /** A person agrees to a switch, or with `to` makes one. */
  approve({ service, by, reason, to }: ApproveOrder): ActionResult {
    const index = this.model.services.findIndex(({ name }) => name === service);
    const node = this.model.services[index];
    if (node === undefined || this.live.controller.failoverOf(index) === undefined)
      return { kind: 'refused', words: `There is no service ${service} with alternatives.` };
    if (!this.conducted.has(index))
      return {
        kind: 'refused',
        words: `${service} is switched by the ${this.options.role === 'gateway' ? 'steerer' : 'gateway'}, not here.`,
      };
    if (to === null) {
      if (!this.live.approve(index))
        return { kind: 'refused', words: `No switch of ${service} waits for anybody.` };
      return this.did('service', `${by} has approved the switch of ${service}: ${reason}`);
    }
    const names = membersOf(node).map((member, i) => labelOf(this.model, member, i));
    const number = names.indexOf(to);
    if (number < 0)
      return { kind: 'refused', words: `${service} has no alternative ${to}. It has: ${names.join(', ')}.` };
    if (!this.live.send(index, number))
      return {
        kind: 'refused',
        words: `${service} cannot go to ${to} now: it is there, under way, or does not work.`,
      };
    return this.did('service', `${by} moves ${service} to ${to}: ${reason}`);
  }

  /** Takes a part out of use: who can only be served by it is moved first, what is under way there ends by itself. */
  drain({ target, isBack, by, reason }: DrainOrder & { readonly target: string }): ActionResult {
    const upstream = this.upstreams.find((one) => one.target.name === target);
    if (upstream === undefined) {
      const names = this.upstreams.map((one) => one.target.name).join(', ');
      return { kind: 'refused', words: `There is no part ${target}. There are: ${names}.` };
    }
    if (isBack) {
      upstream.isDrained = false;
      this.onUpstream(upstream);
      return this.did('service', `${by} lets ${target} have requests again: ${reason}`);
    }
    const leaving = this.leaving(target);
    const stuck = leaving.find(({ to }) => to === undefined);
    if (stuck !== undefined)
      return {
        kind: 'refused',
        words: `${stuck.name} is on ${target}, and no other alternative of it works.`,
      };
    upstream.isDrained = true;
    for (const { service, to } of leaving) if (to !== undefined) this.live.send(service, to);
    this.onUpstream(upstream);
    const moved = leaving.map(({ name, toName }) => `, ${name} goes to ${toName}`).join('');
    return this.did('service', `${by} has ${target} drained${moved}: ${reason}`);
  }

  /**
   * Takes nothing new and ends what is under way.
   *
   * @param withinMs for that
   * @param lingerMs how long it still takes what comes, while it already says that it is not ready
   */
  async stop(withinMs: number, lingerMs = 0): Promise<void> {
    this.isStopping = true;
    this.changed();
    await this.gateway?.stop(withinMs, lingerMs);
    this.live.stop();
    this.steering.stop();
    this.keeper.stop();
    for (const edge of this.edges) edge.stop();
    for (const callOff of this.callOffs) callOff();
    for (const upstream of this.upstreams) upstream.destroy();
    await this.saveSnapshots();
    this.keep();
    await this.spans.close();
  }

  private journeyNames(): string {
    return this.model.journeys.map(({ name }) => name).join(', ');
  }

  private did(kind: HistoryEntry['kind'], words: string): ActionResult {
    this.tell(kind, words, 'info');
    this.keep();
    return { kind: 'done', words };
  }

  private makeSpans(): Spans {
    const { collector, share = 0.01, version, role } = this.options;
    return new Spans({
      ...(collector === undefined ? {} : { endpoint: collector }),
      resource: { 'service.name': `keelson-${role}`, 'service.version': version },
      scope: { name: 'keelson', version },
      random: (bytes) => void randomFillSync(bytes),
      // Requests are chosen before they have a trace.
      share: share > 0 ? 1 : 0,
    });
  }

  private parts(): GatewayParts {
    const { model, time } = this;
    const { served } = this.options;
    const { limits } = model.plan;
    const monotonic = (): number => performance.now();
    const chooser = new Chooser({
      upstreams: this.upstreams,
      inUse: (service) => this.live.controller.inUse(service),
      draw: this.random,
    });
    const clients = limits?.clients;
    const epochs = epochsOf(model, this.epochs);
    return {
      routes: served.routes,
      journeys: served.journeys,
      forwarding: {
        chooser,
        budget: new RetryBudget({ burst: BURST }),
        deadlines: new Deadlines(monotonic),
        now: monotonic,
      },
      sockets: new Sockets(IDLE_MS, monotonic),
      modes: this.live.modes,
      tokens: tokensOf(model, this.sessions),
      fronts: served.fronts,
      admission: new Admission({ concurrent: limits?.concurrent ?? CONCURRENT }),
      clients:
        clients === undefined
          ? undefined
          : new RateLimit({
              perSecond: clients.perSecond,
              burst: clients.burst ?? Math.max(1, Math.ceil(2 * clients.perSecond)),
            }),
      keys: new IdempotencyKeys<KeptReply>(),
      snapshots: this.snapshots,
      pages: served.pages,
      mostBody: limits?.body ?? BODY,
      epochOf: epochs,
      retryAfterS: (journey) => {
        const held = this.live.held(journey);
        if (held === undefined) return RETRY_AFTER;
        return Math.min(3600, Math.max(1, Math.ceil((held.until - time.now()) / 1000)));
      },
      onEnded: this.seen.onEnded,
      traceOf: this.seen.traceOf,
    };
  }

  private observe(signal: number, level: number): void {
    if (this.live.level(signal) === level) return;
    this.live.observe([{ signal, level }]);
    this.changed();
  }

  private onUpstream({ target, level, isDrained }: Upstream): void {
    // A part that is taken out counts as gone once nobody depends on it: the way there is no outage.
    const isOut = isDrained && this.leaving(target.name).length === 0;
    this.observe(target.signal, isOut ? 0 : level);
  }

  private leaving(part: string): Leaving[] {
    return leavingOf(this.model, this.signals, this.live, part, (service) => this.conducted.has(service));
  }

  private onSwitch(service: number, step: FailoverStep): void {
    this.lastSteps.set(service, step);
    const name = this.model.services[service]?.name ?? '';
    const node = this.model.services[service];
    const labels =
      node === undefined ? [] : membersOf(node).map((member, i) => labelOf(this.model, member, i));
    // Not before users are there: the one that they are still on would take itself for fenced.
    if (node?.lagHours !== undefined && (step.kind === 'in-use' || step.kind === 'back'))
      this.epochs.set(service, (this.epochs.get(service) ?? 0) + 1);
    this.log.event(
      step.kind === 'recovered' || step.kind === 'back' ? 'info' : 'warning',
      `switch-${step.kind}`,
      {
        service: name,
        from: labels[step.from] ?? null,
        to: labels[step.to] ?? null,
      },
    );
    if (this.conducted.has(service)) this.steering.onStep(service, step);
    for (const upstream of this.upstreams) if (upstream.isDrained) this.onUpstream(upstream);
    this.changed();
  }

  /** Users are found elsewhere: what a writer did there is none of this epoch. */
  private onMoved(service: number, to: number, isByHand: boolean): void {
    const before = this.live.controller.inUse(service);
    this.live.adopt(service, to, isByHand);
    if (this.live.controller.inUse(service) === before) return;
    if (this.model.services[service]?.lagHours !== undefined)
      this.epochs.set(service, (this.epochs.get(service) ?? 0) + 1);
    this.keep();
    this.changed();
  }

  private tell(kind: HistoryEntry['kind'], words: string, level: Level, service?: number): void {
    const entry = { at: new Date(this.time.now()).toISOString(), kind, words };
    this.remember(entry);
    this.log.event(level, kind, {
      words,
      service: service === undefined ? undefined : this.model.services[service]?.name,
    });
    this.changed();
  }

  private remember(entry: HistoryEntry): void {
    this.history.push(entry);
    if (this.history.length > MOST_HISTORY) this.history.splice(0, this.history.length - MOST_HISTORY);
    try {
      this.folder?.journal(entry);
    } catch (error) {
      this.log.event('error', 'journal-not-written', {
        error: error instanceof Error ? error : String(error),
      });
    }
  }

  /** Something may have changed: what did is remembered and told, once this turn is over. */
  private changed(): void {
    if (this.lastStatus === undefined || this.isTelling) return;
    this.isTelling = true;
    queueMicrotask(() => {
      this.isTelling = false;
      const status = this.status();
      const changes = changesOf(this.lastStatus, status).filter(
        ({ kind }) => kind !== 'probe' && kind !== 'lever',
      );
      this.lastStatus = status;
      for (const change of changes) {
        this.remember(change);
        this.log.event(change.kind === 'mode' ? 'warning' : 'info', change.kind, { words: change.words });
      }
      for (const call of this.listeners) call();
    });
  }

  private findings(): Status['findings'] {
    const state = this.options.state;
    return state === undefined
      ? [
          {
            severity: 'note',
            code: 'nothing-kept',
            message: 'Nothing is kept: after a restart modes and pins are forgotten. Give it --state DIR.',
          },
        ]
      : [];
  }

  private watchEdge(edge: Served['edges'][number]): EdgeWatch {
    const name = (this.model.plan.services ?? []).find(
      (one) => one.name === this.model.services[edge.service]?.name,
    )?.value.steer?.origin;
    const origin = name === undefined ? undefined : new Targets(this.model, this.signals).to(name);
    return new EdgeWatch(
      edge,
      this.time,
      { onLevel: ({ signal }, level) => this.observe(signal, level), onProbed: () => this.changed() },
      origin === undefined ? undefined : () => this.isOriginWell(origin),
      this.options.authority,
    );
  }

  /** Whether any place of an origin answers at this moment. */
  private async isOriginWell(way: Way): Promise<boolean> {
    const asked = await Promise.all(
      targetsOf(way).map(({ origin, basePath, probe }) =>
        askTarget(origin + basePath, probe ?? DEFAULT_ORIGIN_PROBE, this.time),
      ),
    );
    return asked.some(({ isGood }) => isGood);
  }

  // What is kept over a restart.

  private keep(): void {
    // The loop decides before everything that is kept is there.
    if (this.folder === undefined || this.lastStatus === undefined) return;
    try {
      this.folder.save(keptOf(this));
    } catch (error) {
      this.log.event('error', 'state-not-kept', { error: error instanceof Error ? error : String(error) });
    }
  }

  private takeUp(kept: Kept): void {
    for (const [journey, hold] of holdsIn(this.model, kept, this.time.now())) this.live.hold(journey, hold);
    for (const upstream of this.upstreams)
      upstream.isDrained = kept.drained?.includes(upstream.target.name) === true;
  }

  /** What that is worth is said once issuers were asked: until then nothing has been seen to fail. */
  private async restoreKeys(kept: Kept | undefined): Promise<void> {
    for (const session of this.sessions) {
      const snapshot = ownOf(kept?.keys, session.name);
      if (snapshot !== undefined) await session.keys.restore(snapshot);
    }
  }

  private async loadSnapshots(): Promise<void> {
    const folder = this.snapshotFolder();
    if (folder === undefined) return;
    const { taken, ignored } = await folder.load(this.snapshots);
    this.log.event('info', 'snapshots-loaded', { taken, ignored });
  }

  private keepSnapshots(): void {
    if (this.snapshotFolder() === undefined || this.isStopping) return;
    const callOff = this.time.after(SNAPSHOTS_EVERY_MS, () => {
      this.callOffs.delete(callOff);
      void this.saveSnapshots().then(() => this.keepSnapshots());
    });
    this.callOffs.add(callOff);
  }

  private async saveSnapshots(): Promise<void> {
    try {
      await this.snapshotFolder()?.save(this.snapshots);
    } catch (error) {
      this.log.event('error', 'snapshots-not-kept', {
        error: error instanceof Error ? error : String(error),
      });
    }
  }

  private snapshotFolder(): SnapshotFolder | undefined {
    const { state, served } = this.options;
    const isUsed = served.journeys.some(({ snapshotMs }) => snapshotMs > 0);
    return state === undefined || !isUsed ? undefined : new SnapshotFolder(`${state}/snapshots`);
  }
}

const DEFAULT_ORIGIN_PROBE = {
  path: '/',
  everyMs: 0,
  timeoutMs: 2_000,
  status: undefined,
  contains: undefined,
  window: 1,
};

function isFront(model: Model, name: string): boolean {
  return (model.plan.services ?? []).find((one) => one.name === name)?.value.front === true;
}

/** How often the writer behind a way has moved; undefined for ways without one. */
function epochsOf(
  model: Model,
  epochs: ReadonlyMap<number, number>,
): (way: Way | undefined) => string | undefined {
  const writers = new Map<Way, number | undefined>();
  return (way) => {
    if (way === undefined) return undefined;
    if (!writers.has(way)) writers.set(way, writerOf(way, model));
    const writer = writers.get(way);
    return writer === undefined ? undefined : String(epochs.get(writer) ?? 0);
  };
}

function writerOf(way: Way | undefined, model: Model): number | undefined {
  if (way === undefined || way.kind === 'target') return undefined;
  if (way.kind === 'any' && way.service !== undefined && model.services[way.service]?.lagHours !== undefined)
    return way.service;
  for (const one of way.ways) {
    const found = writerOf(one, model);
    if (found !== undefined) return found;
  }
  return undefined;
}
