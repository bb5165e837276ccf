import { randomBytes, randomFillSync } from 'node:crypto';
import { liveSignals, type LiveSignals } from '../control/index.ts';
import { labelOf, type Model } from '../model/index.ts';
import type { FailoverStep } from '../policies/index.ts';
import { randomStream, type Random } from '../random.ts';
import { membersOf } from './causes.ts';
import { leadsOnly, leavingOf, worsenedBy, type Leaving, type Worsening } from './draining.ts';
import { PoolsSeen } from './chain/pool-seen.ts';
import { shownFor } from './chain/pool-status.ts';
import { Pools } from './chain/pools.ts';
import { conductOf, jumpingServices } from './conduct.ts';
import { EdgeWatch } from './edges.ts';
import { CONCURRENT, gatewayParts } from './gateway-parts.ts';
import { askTarget } from './gateway/ask-target.ts';
import { Gateway } from './gateway/gateway.ts';
import { Upstream } from './gateway/upstream.ts';
import { KeptFolder, ownOf, type Kept } from './kept.ts';
import { Live } from './live.ts';
import { Log, type Level } from '../telemetry/log.ts';
import type { LogStream } from '../telemetry/log-stream.ts';
import { Registry } from '../telemetry/metrics.ts';
import { Spans } from './seeing/spans.ts';
import type { HistoryEntry, Role, Status } from './seeing/status.ts';
import { changesOf } from './seeing/status-changes.ts';
import type { Health } from './seeing/admin.ts';
import { measure } from './measures.ts';
import { holdsIn, keptOf, progressIn } from './remembered.ts';
import { Seen } from './seen.ts';
import type { Served } from './servable.ts';
import { KeyKeeper, sessionsOf, type Session } from './session-keys.ts';
import { KeptSnapshots } from './kept-snapshots.ts';
import { Snapshots } from './snapshots/index.ts';
import { statusOf } from './status-of.ts';
import { Steering } from './steering.ts';
import { probePlan, servicesOf, Targets, targetsOf, type Way } from './targets.ts';
import { systemTime, type Time } from '../time.ts';

export interface ServingOptions {
  readonly model: Model;
  readonly served: Served;
  readonly role: Role;
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
  /** What was found to be worth a warning of the plan. @default nothing */
  readonly findings?: Status['findings'];
  /** Seeds what is drawn. @default from the system */
  readonly seed?: number;
}

/** How many entries of what happened are shown. */
const MOST_HISTORY = 200;
const CONNECTIONS = 10_000;

/** A plan while it is being served: by the gateway, which stands before its parts, or by the steerer, which moves users among its edges. */
export class Serving {
  readonly live: Live;
  readonly gateway: Gateway | undefined;
  readonly registry = new Registry();
  readonly log: Log;
  readonly steering: Steering;
  readonly options: ServingOptions;
  readonly model: Model;
  readonly time: Time;
  readonly signals: LiveSignals;
  readonly upstreams: readonly Upstream[];
  readonly edges: readonly EdgeWatch[];
  readonly sessions: readonly Session[];
  private readonly keeper: KeyKeeper;
  readonly seen: Seen;
  private readonly spans: Spans;
  readonly snapshots: Snapshots;
  private readonly folder: KeptFolder | undefined;
  private readonly lastSteps = new Map<number, FailoverStep>();
  private readonly movedAt = new Map<number, number>();
  readonly epochs = new Map<number, number>();
  private readonly history: HistoryEntry[] = [];
  readonly conducted: ReadonlySet<number>;
  private readonly startedAt: number;
  private readonly restored: Promise<void>;
  readonly random: Random;
  private readonly listeners = new Set<() => void>();
  private readonly kept: KeptSnapshots;
  readonly pools: Pools;
  private readonly poolsSeen: PoolsSeen;
  private readonly ways: Targets;
  private readonly conduct: ReturnType<typeof conductOf>;
  private lastStatus: Status;
  /** Another process may have the same folder until this one has all that it asks for: nothing is written before it is started. */
  private isKeeping = false;
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
    this.ways = new Targets(model, this.signals);
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
    for (const [service, { name }] of model.services.entries())
      this.epochs.set(service, ownOf(kept?.epochs, name) ?? 0);
    this.sessions = role === 'gateway' ? sessionsOf(model, this.signals, () => time.now()) : [];
    this.keeper = new KeyKeeper(this.sessions, time, {
      onLevel: ({ signal }, level) => this.observe(signal, level),
      onKeys: () => this.keep(),
    });
    const progress = kept === undefined ? undefined : progressIn(model, kept);
    this.conduct = conductOf(
      model,
      served.edges,
      served.wheels,
      jumpingServices(served.routes, served.journeys),
    );
    this.live = new Live(model, {
      time,
      conduct: this.conduct,
      ...(progress === undefined ? {} : { progress }),
      listener: {
        onJourney: (journey, _now, before, after) => {
          if (before.mode !== after.mode) this.gateway?.onMode(journey, after.mode);
          this.changed();
        },
        onSwitch: (service, step) => this.onSwitch(service, step),
        onDecided: () => {
          // Who was on a part that is drained may have left it.
          for (const upstream of this.upstreams) if (upstream.isDrained) this.onUpstream(upstream);
          this.keep();
        },
      },
    });
    if (kept !== undefined) this.takeUp(kept);
    this.edges = served.edges.map((edge) => this.watchEdge(edge));
    this.poolsSeen = new PoolsSeen({
      registry: this.registry,
      log: this.log,
      time,
      shown: shownFor(served.pools, served.places),
      onChange: () => this.changed(),
    });
    this.pools = new Pools(served.pools, {
      time,
      draw: this.random,
      upstreams: this.upstreams,
      places: served.places,
      inUse: (service) => this.live.controller.inUse(service),
      listener: (one) => this.poolsSeen.listener(one),
    });
    this.poolsSeen.watch(this.pools.all);
    this.seen = new Seen(model, served.journeys, {
      registry: this.registry,
      log: this.log,
      spans: this.spans,
      share: options.share ?? 0.01,
      draw: this.random,
      now: () => time.now(),
    });
    this.snapshots = new Snapshots({ now: () => time.now() });
    const keepsAnswers =
      options.state !== undefined && served.journeys.some(({ snapshotMs }) => snapshotMs > 0);
    this.kept = new KeptSnapshots(this.snapshots, keepsAnswers ? `${options.state}/snapshots` : undefined, {
      time,
      log: this.log,
    });
    this.gateway =
      role === 'gateway'
        ? new Gateway(gatewayParts(this), model.plan.limits?.connections ?? CONNECTIONS)
        : undefined;
    this.lastStatus = this.status();
    measure(this.registry, this);
    this.restored = this.restoreKeys(kept);
  }

  /** Looks at everything once: from then on what is decided stands on what is seen. Returns once keys and wheels were asked. */
  async start(): Promise<void> {
    this.isKeeping = true;
    for (const upstream of this.upstreams) upstream.start();
    for (const edge of this.edges) edge.start();
    this.pools.start();
    await Promise.all([this.kept.load(), this.restored]);
    await Promise.all([this.keeper.start(), this.steering.start()]);
    this.isStarted = true;
    this.keep();
    this.changed();
    this.kept.start();
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
      movedAt: this.movedAt,
      startedAt: this.startedAt,
      pools: this.poolsSeen?.status() ?? [],
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
    this.poolsSeen.stop();
    this.pools.stop();
    this.live.stop();
    this.steering.stop();
    this.keeper.stop();
    for (const edge of this.edges) edge.stop();
    for (const upstream of this.upstreams) upstream.destroy();
    if (this.isKeeping) await this.kept.stop();
    this.keep();
    await this.spans.close();
  }

  /** What a person has done: recorded, kept and told. */
  did(kind: HistoryEntry['kind'], words: string): void {
    this.tell(kind, words, 'info');
    this.keep();
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

  private observe(signal: number, level: number): void {
    if (this.live.level(signal) === level) return;
    this.live.observe([{ signal, level }]);
    this.changed();
  }

  onUpstream({ target, level, isDrained }: Upstream): void {
    // A part that is taken out counts as gone once nobody depends on it: the way there is no outage.
    const isOut = isDrained && this.leaving(target.part).length === 0;
    this.observe(target.signal, isOut ? 0 : level);
  }

  leaving(part: string): Leaving[] {
    const { model, live, ways, conducted } = this;
    return leavingOf(
      { model, controller: live.controller },
      part,
      (service) => ways.to(service),
      (service) => conducted.has(service),
    );
  }

  /** Services whose users are being moved to a part. */
  arriving(part: string): string[] {
    const { model, live, ways } = this;
    return model.services.flatMap(({ name }, service) => {
      const pending = live.controller.failoverOf(service)?.pending;
      if (pending?.kind !== 'switching' && pending?.kind !== 'moving') return [];
      return leadsOnly(ways.to(name), pending.to, (target) => target.part === part) ? [name] : [];
    });
  }

  /** Whether a person has taken out of use all that an alternative leads to. */
  isDrained(service: number, alternative: number): boolean {
    const way = this.ways.to(this.model.services[service]?.name ?? '');
    return leadsOnly(way, alternative, ({ index }) => this.upstreams[index]?.isDrained === true);
  }

  /** Whether it takes nothing new any more. */
  get isEnding(): boolean {
    return this.isStopping;
  }

  /** Who would suffer without a part, once its users have moved. */
  worsened(part: string, moved: ReadonlyMap<number, number>): Worsening[] {
    const { model, live, conduct, upstreams } = this;
    const signals = upstreams.flatMap(({ target }) => (target.part === part ? [target.signal] : []));
    return worsenedBy({ model, live, now: this.time.now() }, conduct, new Set(signals), moved);
  }

  private onSwitch(service: number, step: FailoverStep): void {
    this.lastSteps.set(service, step);
    if (step.kind === 'in-use' || step.kind === 'back') this.movedAt.set(service, step.now);
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
    this.changed();
  }

  /** Users are found elsewhere: what a writer did there is none of this epoch. */
  private onMoved(service: number, to: number, isByHand: boolean): void {
    const before = this.live.controller.inUse(service);
    this.live.adopt(service, to, isByHand);
    if (this.live.controller.inUse(service) === before) return;
    this.movedAt.set(service, this.time.now());
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
    if (!this.isKeeping) return;
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
    const { state, findings = [] } = this.options;
    if (state !== undefined) return findings;
    const message = 'Nothing is kept: after a restart modes and pins are forgotten. Give it --state DIR.';
    return [...findings, { severity: 'note', code: 'nothing-kept', message }];
  }

  private watchEdge(edge: Served['edges'][number]): EdgeWatch {
    const name = servicesOf(this.model.plan).get(this.model.services[edge.service]?.name ?? '')?.steer
      ?.origin;
    const origin = name === undefined ? undefined : this.ways.to(name);
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
        askTarget(origin + basePath, probe ?? probePlan({ offset: 0 }), this.time),
      ),
    );
    return asked.some(({ isGood }) => isGood);
  }

  // What is kept over a restart.

  private keep(): void {
    if (this.folder === undefined || !this.isKeeping) return;
    try {
      this.folder.save(keptOf(this));
    } catch (error) {
      this.log.event('error', 'state-not-kept', { error: error instanceof Error ? error : String(error) });
    }
  }

  private takeUp(kept: Kept): void {
    for (const [journey, hold] of holdsIn(this.model, kept, this.time.now())) this.live.hold(journey, hold);
    for (const upstream of this.upstreams)
      if (kept.drained?.includes(upstream.target.name) === true) {
        upstream.isDrained = true;
        this.onUpstream(upstream);
      }
  }

  /** What that is worth is said once issuers were asked: until then nothing has been seen to fail. */
  private async restoreKeys(kept: Kept | undefined): Promise<void> {
    for (const session of this.sessions) {
      const snapshot = ownOf(kept?.keys, session.name);
      if (snapshot !== undefined) await session.keys.restore(snapshot);
    }
  }
}

function isFront(model: Model, name: string): boolean {
  return servicesOf(model.plan).get(name)?.front === true;
}
