import { liveSignals, type LiveSignals } from '../control/index.ts';
import { labelOf, type Model } from '../model/index.ts';
import type { FailoverStep } from '../policies/index.ts';
import type { Random } from '../random.ts';
import type { Log, Level } from '../telemetry/log.ts';
import type { Registry } from '../telemetry/metrics.ts';
import { membersOf } from './causes.ts';
import { leadsOnly, leavingOf, worsenedBy, type Leaving, type Worsening } from './draining.ts';
import { PoolsSeen } from './chain/pool-seen.ts';
import { shownFor } from './chain/pool-status.ts';
import { Pools } from './chain/pools.ts';
import { conductOf, jumpingServices, lateAt } from './conduct.ts';
import { EdgeWatch } from './edges.ts';
import { CONCURRENT, gatewayParts } from './gateway-parts.ts';
import { askTarget } from './gateway/ask-target.ts';
import { Gate } from './gateway/gate.ts';
import type { Gateway } from './gateway/gateway.ts';
import { Upstream } from './gateway/upstream.ts';
import { ownOf, type Kept } from './kept.ts';
import type { Lasting } from './lasting.ts';
import { Live } from './live.ts';
import type { HistoryEntry, Role, Status } from './seeing/status.ts';
import { changesOf } from './seeing/status-changes.ts';
import type { Health } from './seeing/admin.ts';
import { measure } from './measures.ts';
import { holdsIn, keptOf, progressIn } from './remembered.ts';
import { Seen } from './seen.ts';
import type { Served } from './servable.ts';
import { KeyKeeper, sessionsOf, type Session } from './session-keys.ts';
import { statusOf } from './status-of.ts';
import { Steering } from './steering.ts';
import { probePlan, servicesOf, Targets, targetsOf, type Way } from './targets.ts';
import type { Time } from '../time.ts';

/** A plan, made ready to be served. */
export interface Servable {
  readonly model: Model;
  readonly served: Served;
  /** An authority in PEM that edges are checked against, in place of the system’s. @default the system's */
  readonly authority?: string | undefined;
  /** What was found to be worth a warning of the plan. @default nothing */
  readonly findings?: Status['findings'];
}

const CONNECTIONS = 10_000;
/** A part that is asked again and again has been asked once by then, or it does not answer. @unit ms */
const SEEN_WITHIN_MS = 5_000;

/**
 * A plan while it is tried, is in force, or ends what it has begun: by the gateway, which stands before its parts, or by the steerer, which
 * moves users among its edges.
 */
export class Serving {
  readonly live: Live;
  readonly lasting: Lasting;
  /** Undefined for the steerer, which no request comes to. */
  readonly gate: Gate | undefined;
  readonly registry: Registry;
  readonly log: Log;
  readonly role: Role;
  readonly steering: Steering;
  readonly options: Servable;
  readonly model: Model;
  readonly time: Time;
  readonly signals: LiveSignals;
  readonly upstreams: readonly Upstream[];
  readonly edges: readonly EdgeWatch[];
  /** Called after each decision, before anything follows from it. */
  onDecided: () => void = () => {};
  readonly sessions: readonly Session[];
  private readonly keeper: KeyKeeper;
  readonly seen: Seen;
  private readonly shelf: ReturnType<Registry['shelf']>;
  private readonly lastSteps = new Map<number, FailoverStep>();
  private readonly movedAt = new Map<number, number>();
  readonly epochs = new Map<number, number>();
  readonly conducted: ReadonlySet<number>;
  private readonly restored: Promise<void>;
  readonly random: Random;
  readonly pools: Pools;
  private readonly poolsSeen: PoolsSeen;
  private readonly ways: Targets;
  private readonly conduct: ReturnType<typeof conductOf>;
  private lastStatus: Status;
  /** A plan that is only tried turns no wheel, keeps nothing and tells nobody. */
  private isInForce: boolean;
  private isStarted = false;
  private isStopping = false;
  private isTelling = false;

  /** @param before the plan in force, which it may follow; undefined: the process begins with this one */
  constructor(options: Servable, lasting: Lasting, before?: Serving) {
    const { model, served } = options;
    const { time, clock, role } = lasting;
    this.lasting = lasting;
    this.options = options;
    this.model = model;
    this.role = role;
    this.time = time;
    this.isInForce = before === undefined;
    this.signals = liveSignals(model);
    this.ways = new Targets(model, this.signals, served.via);
    this.random = lasting.random;
    this.log = lasting.log;
    this.registry = lasting.registry;
    this.shelf = this.registry.shelf();
    const kept = before === undefined ? lasting.keptBefore : keptOf(before);
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
    this.sessions = role === 'gateway' ? sessionsOf(model, this.signals, () => time.now(), served.via) : [];
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
      clock,
    );
    this.live = new Live(model, {
      clock,
      conduct: this.conduct,
      ...(progress === undefined ? {} : { progress }),
      ...(before === undefined ? {} : { since: sinceIn(before, model) }),
      listener: {
        onJourney: (journey, _now, old, after) => {
          if (old.mode !== after.mode) this.gate?.onMode(journey, after.mode);
          this.changed();
        },
        onSwitch: (service, step) => this.onSwitch(service, step),
        onDecided: () => {
          // Who was on a part that is drained may have left it.
          for (const upstream of this.upstreams) if (upstream.isDrained) this.onUpstream(upstream);
          this.keep();
          this.onDecided();
        },
      },
    });
    if (kept !== undefined) this.takeUp(kept);
    if (before !== undefined) this.takeOver(before);
    this.edges = served.edges.map((edge) => this.watchEdge(edge));
    this.poolsSeen = new PoolsSeen({
      registry: this.shelf,
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
    this.seen = new Seen(
      model,
      served.journeys,
      {
        registry: this.shelf,
        log: this.log,
        spans: lasting.spans,
        share: lasting.share,
        draw: this.random,
        now: () => time.now(),
      },
      before === undefined ? undefined : countsIn(before),
    );
    this.gate = role === 'gateway' ? new Gate(gatewayParts(this)) : undefined;
    this.lastStatus = this.status();
    measure(this.shelf, this);
    this.restored = this.restoreKeys(kept);
    if (before === undefined) this.putInForce();
  }

  get gateway(): Gateway | undefined {
    return this.lasting.gateway;
  }

  /** Looks at everything once: from then on what is decided stands on what is seen. Returns once keys and wheels were asked. */
  async start(): Promise<void> {
    const { lasting } = this;
    if (this.isInForce) lasting.beginKeeping();
    for (const upstream of this.upstreams) upstream.start();
    for (const edge of this.edges) edge.start();
    this.pools.start();
    await Promise.all([this.isInForce ? lasting.keptSnapshots.load() : undefined, this.restored]);
    await Promise.all([this.keeper.start(), this.steering.start()]);
    this.isStarted = true;
    this.keep();
    this.changed();
    if (this.isInForce) lasting.keptSnapshots.start();
  }

  /** Resolves once every part that is probed has been asked, so that what is decided stands on what is seen; or after a while. */
  async seenOnce(): Promise<void> {
    const until = this.time.now() + SEEN_WITHIN_MS;
    const isUnseen = (): boolean =>
      this.upstreams.some(({ target, lastProbe }) => target.probe !== undefined && lastProbe === undefined) ||
      this.pools.all.some(({ pool }) => pool.heads.block === undefined);
    while (isUnseen() && this.time.now() < until && !this.isStopping)
      await new Promise<void>((resolve) => this.time.after(20, resolve));
  }

  /** From now on requests go by this plan, and what it decides is done. */
  putInForce(before?: Serving): void {
    this.isInForce = true;
    // What is different by this plan is told as what has changed.
    if (before !== undefined) this.lastStatus = before.lastStatus;
    this.shelf.show();
    if (this.gate !== undefined)
      this.gateway?.put(this.gate, this.model.plan.limits?.connections ?? CONNECTIONS);
    this.keep();
    this.changed();
  }

  /** Another plan is in force: what is under way here comes to its end here; no wheel is turned and nothing told any more. */
  giveUpForce(): void {
    this.isInForce = false;
    this.steering.stop();
  }

  /** What another plan no longer lets through is ended here too. */
  follow(other: Serving): void {
    for (const [journey, found] of modesIn(other, this.model).entries())
      if (found !== undefined) this.gate?.onMode(journey, found.mode);
  }

  /** Requests of a journey since the start; of the plans before this one too. */
  countsOf(name: string): ReturnType<Seen['counts']> {
    return this.seen.counts(this.model.journeys.findIndex((journey) => journey.name === name));
  }

  /** Since when users are where they are, and the last step of their way there. */
  movesOf(name: string): { readonly step: FailoverStep | undefined; readonly at: number | undefined } {
    const service = this.model.services.findIndex((one) => one.name === name);
    return { step: this.lastSteps.get(service), at: this.movedAt.get(service) };
  }

  status(): Status {
    return statusOf({
      role: this.role,
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
      startedAt: this.lasting.startedAt,
      speed: this.lasting.clock.speed,
      via: this.options.served.via.size,
      pools: this.poolsSeen?.status() ?? [],
      findings: this.findings(),
      history: this.lasting.history,
      isReady: () => this.health().ready,
      now: () => this.time.now(),
    });
  }

  health(): Health {
    if (this.isStopping) return { live: true, ready: false, words: ['It is being stopped.'] };
    if (!this.isStarted) return { live: true, ready: false, words: ['It is starting.'] };
    return { live: true, ready: true, words: ['It does its work.'] };
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
    this.destroy();
    await this.lasting.stop();
    this.keep();
  }

  /** Ends everything of this plan at once, and nothing of the process. */
  destroy(): void {
    this.isStopping = true;
    if (this.gate !== undefined) this.gateway?.drop(this.gate);
    this.poolsSeen.stop();
    this.pools.stop();
    this.live.stop();
    this.steering.stop();
    this.keeper.stop();
    for (const edge of this.edges) edge.stop();
    for (const upstream of this.upstreams) upstream.destroy();
  }

  /** What a person has done: recorded, kept and told. */
  did(kind: HistoryEntry['kind'], words: string): void {
    this.tell(kind, words, 'info');
    this.keep();
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
    if (!this.isInForce) return;
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
    if (!this.isInForce) return;
    this.lasting.tell(
      kind,
      words,
      level,
      service === undefined ? undefined : this.model.services[service]?.name,
    );
    this.changed();
  }

  /** Something may have changed: what did is remembered and told, once this turn is over. */
  private changed(): void {
    if (this.lastStatus === undefined || this.isTelling || !this.isInForce) return;
    this.isTelling = true;
    queueMicrotask(() => {
      this.isTelling = false;
      if (!this.isInForce) return;
      const status = this.status();
      const changes = changesOf(this.lastStatus, status).filter(
        ({ kind }) => kind !== 'probe' && kind !== 'lever',
      );
      this.lastStatus = status;
      for (const change of changes) {
        this.lasting.remember(change);
        this.log.event(change.kind === 'mode' ? 'warning' : 'info', change.kind, { words: change.words });
      }
      this.lasting.changed();
    });
  }

  private findings(): Status['findings'] {
    const { clock, state } = this.lasting;
    const late = lateAt(clock, this.model, this.conduct, this.conducted).map(
      (message) => ({ severity: 'warning', code: 'probe-slower-than-detect', message }) as const,
    );
    const findings = [...(this.options.findings ?? []), ...late];
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
      targetsOf(way).map((target) => askTarget(target, target.probe ?? probePlan({ offset: 0 }), this.time)),
    );
    return asked.some(({ isGood }) => isGood);
  }

  // What is kept over a restart.

  private keep(): void {
    if (this.isInForce) this.lasting.keep(() => keptOf(this));
  }

  /** What is known of users' moves, by the names that both plans have. */
  private takeOver(before: Serving): void {
    for (const [service, { name }] of this.model.services.entries()) {
      const { step, at } = before.movesOf(name);
      if (step !== undefined) this.lastSteps.set(service, step);
      if (at !== undefined) this.movedAt.set(service, at);
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

/**
 * Outside of the constructor: a closure there that names the plan before would keep it, and that one those before it, for as long as anything
 * else does that was made there.
 */
function countsIn(before: Serving): (journey: string) => ReturnType<Seen['counts']> {
  return (journey) => before.countsOf(journey);
}

/** Since when a journey has been in its mode, where it is in the same one by both plans. */
function sinceIn(before: Serving, model: Model): (journey: number, mode: number) => number | undefined {
  return sinceOf(modesIn(before, model));
}

/** By journey of a model, the mode of it that it is in by another plan; undefined where that is not among them. @unit ms of `since` */
function modesIn(
  { model: other, live }: Serving,
  model: Model,
): readonly ({ readonly mode: number; readonly since: number } | undefined)[] {
  return model.journeys.map(({ name, modes }) => {
    const index = other.journeys.findIndex((one) => one.name === name);
    if (index < 0) return undefined;
    const { mode, since } = live.standing(index);
    const named = other.journeys[index]?.modes[mode]?.name;
    // Down is the last one, and has no name.
    const here = named === undefined ? modes.length : modes.findIndex((one) => one.name === named);
    return here < 0 ? undefined : { mode: here, since };
  });
}

/** By itself, for the same reason as `countsIn`. */
function sinceOf(known: ReturnType<typeof modesIn>): (journey: number, mode: number) => number | undefined {
  return (journey, mode) => (known[journey]?.mode === mode ? known[journey]?.since : undefined);
}

function isFront(model: Model, name: string): boolean {
  return servicesOf(model.plan).get(name)?.front === true;
}
