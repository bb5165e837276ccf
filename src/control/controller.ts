import type { Model } from '../model/index.ts';
import {
  Failover,
  Growth,
  LEVEL_TOLERANCE,
  type FailoverDraw,
  type FailoverStep,
} from '../policies/index.ts';
import { Journeys, type JourneyListener, type JourneyState } from './journeys.ts';
import { Network } from './network.ts';
import { NumberSet } from './number-set.ts';
import type { Signals } from './signals.ts';
import { MS_PER_HOUR } from '../units.ts';

const NEVER = Number.POSITIVE_INFINITY;

export interface ControllerOptions {
  readonly signals: Signals;
  /** Whether a pool that is short serves what it can, core first. @default true */
  readonly isShedding?: boolean;
  /** Draws whether switches of a service succeed and which standbys are ready. @default they do and are */
  readonly draw?: (service: number) => FailoverDraw;
  /** Whether people take services with state back, after hold. @default false */
  readonly returnsState?: boolean;
  /** How switches of a service are made where they are really made. @default by time alone */
  readonly conduct?: (service: number) => SwitchConduct;
  readonly listener?: Partial<ControlListener>;
}

/** How a switch is made on a running platform. */
export interface SwitchConduct {
  /** A person agrees by `approve`; the plan's time for it is only what is expected. */
  readonly asksPerson: boolean;
  /** What moves users says when it has, by `confirm`. */
  readonly confirms: boolean;
  /** How much later than it happened a failure is observed: that much of `detect` has passed by then. @unit ms */
  readonly observedLateMs: number;
  /** Each request finds another alternative by itself: nothing waits for detection, a switch or a spread. @default false */
  readonly isAtOnce?: boolean;
}

/** What is kept of a controller while its process is gone. By number of the service, and of the journey. */
export interface Progress {
  readonly inUse: ReadonlyMap<number, number>;
  readonly modes: ReadonlyMap<number, number>;
  /** Services whose users a person has put where they are. @default none */
  readonly placed?: ReadonlySet<number>;
  /** Whether a member of a pool has grown; what has not begins to now. @default those that would have by now, had it always been so */
  readonly hasGrown?: (service: number, member: number) => boolean;
}

export type GrowthChange = 'grown' | 'shrunk' | 'lost';

/** Told what happens, as it happens. */
export interface ControlListener extends JourneyListener {
  onSwitch(service: number, step: FailoverStep): void;
  /** @param change whether growth has come, is no longer needed, or has gone with its member */
  onGrowth(service: number, member: number, change: GrowthChange, now: number): void;
}

/**
 * The one loop that decides: what is observed goes in as levels of signals, policies switch, grow, shed and step along the
 * ladder, and the mode of every journey comes out. It has no clock of its own: `step` is told the time, on a virtual clock or
 * on the real one, and `wakeAt` says when to call again at the latest.
 */
export class Controller {
  /** When the next step is due even if nothing is observed. @unit ms */
  wakeAt = NEVER;
  readonly network: Network;
  readonly failovers: readonly Failover[];
  private readonly model: Model;
  private readonly options: ControllerOptions;
  /** By service, the number of its switch point. */
  private readonly points: ReadonlyMap<number, number>;
  private readonly growths: readonly (readonly Growth[])[];
  private readonly journeys: Journeys;
  /** By node, who watches it: switch points, then pools, then journeys. */
  private readonly watchers: readonly (readonly number[])[];
  private readonly dirtyPoints: NumberSet;
  /** By switch point, then pool: what others stand on has a lower one. */
  private readonly rank: readonly number[];
  private readonly dirtyJourneys: NumberSet;
  private readonly firstJourney: number;
  private readonly wakes: Float64Array;
  /** Switch points, pools and journeys that have something to wake for. */
  private readonly active: NumberSet;
  private movedSince = NEVER;
  private readonly health: Float64Array;

  constructor(model: Model, options: ControllerOptions) {
    this.model = model;
    this.options = options;
    const network = new Network(model, options.signals, options.isShedding !== false);
    this.network = network;
    this.failovers = network.switches.map((_, point) => this.failover(point));
    this.points = new Map(network.switches.map(({ service }, point) => [service, point]));
    this.growths = network.pools.map(({ service }) =>
      (model.services[service]?.pool ?? []).map(({ after }) => new Growth(after * MS_PER_HOUR)),
    );
    this.journeys = new Journeys(model, network, options.isShedding !== false, options.listener ?? {});
    const targets = network.switches.length + network.pools.length + this.journeys.count;
    const points = network.switches.length + network.pools.length;
    this.firstJourney = points;
    this.watchers = this.watch();
    this.dirtyPoints = new NumberSet(points);
    this.rank = [...network.switches, ...network.pools].map(({ rank }) => rank);
    this.dirtyJourneys = new NumberSet(this.journeys.count);
    this.active = new NumberSet(targets);
    this.wakes = new Float64Array(targets).fill(NEVER);
    this.health = new Float64Array(Math.max(1, ...network.switches.map(({ health }) => health.length)));
  }

  /** What is observed of a signal, before the next step. */
  observe(signal: number, level: number): void {
    this.network.set(signal, level);
  }

  /** Brings everything to where it would be if it had always been as it is now: no switch takes time. */
  settle(now: number): void {
    const { network } = this;
    network.propagate();
    for (let point = 0; point < this.firstJourney; point++) this.dirtyPoints.add(point);
    for (let point = this.takeLowest(); point >= 0; point = this.takeLowest()) {
      const failover = this.failovers[point];
      if (failover === undefined) this.growAtOnce(point - this.failovers.length);
      else {
        failover.settle(now, this.healthOf(point));
        network.use(point, failover.inUse);
      }
      network.propagate();
    }
    network.changed.clear();
    this.journeys.settle(now);
    for (let i = 0; i < this.journeys.count; i++) this.flag(this.firstJourney + i);
    this.finish(now);
  }

  /** Takes up what was in use and offered when the clock last stopped; what no longer works is left as ever. */
  resume(now: number, { inUse, modes, placed, hasGrown = () => true }: Progress): void {
    this.settle(now);
    for (const [point, { service }] of this.network.pools.entries())
      for (const [member, growth] of (this.growths[point] ?? []).entries())
        if (growth.isGrown && !hasGrown(service, member)) {
          growth.forget();
          this.network.grow(point, member, 0);
        }
    for (const [point, failover] of this.failovers.entries()) {
      const { service = -1 } = this.network.switches[point] ?? {};
      const kept = inUse.get(service);
      if (kept === undefined) continue;
      failover.resume(now, this.healthOf(point), kept, placed?.has(service) === true);
      this.network.use(point, failover.inUse);
    }
    this.network.propagate();
    this.journeys.resume(now, modes);
    for (let target = 0; target < this.firstJourney + this.journeys.count; target++) this.flag(target);
    this.step(now);
  }

  /** One step of the clock: everything that follows from what was observed, and from time having passed. */
  step(now: number): void {
    this.movedSince = NEVER;
    this.flagDue(now);
    this.network.propagate();
    this.collect();
    for (let point = this.takeLowest(); point >= 0; point = this.takeLowest()) {
      if (point < this.failovers.length) this.stepSwitch(point, now);
      else this.stepPool(point - this.failovers.length, now);
      this.network.propagate();
      this.collect();
    }
    this.finish(now);
  }

  state(journey: number): JourneyState {
    return this.journeys.state(journey);
  }

  /** The alternative that users of a service are on; undefined where it has none. */
  inUse(service: number): number | undefined {
    return this.failoverOf(service)?.inUse;
  }

  /** Whether a member of a pool has grown. */
  hasGrown(service: number, member: number): boolean {
    const point = this.network.pools.findIndex((pool) => pool.service === service);
    return this.growths[point]?.[member]?.isGrown === true;
  }

  /** What moves the users of a service; undefined where it has no alternatives. */
  failoverOf(service: number): Failover | undefined {
    return this.failovers[this.points.get(service) ?? -1];
  }

  /** A person, or what moves users, tells the switch of a service something. @returns what `tell` does: whether anything follows from it */
  order(service: number, now: number, tell: (failover: Failover) => boolean): boolean {
    const point = this.points.get(service) ?? -1;
    const failover = this.failovers[point];
    return failover !== undefined && tell(failover) && this.goOn(point, now);
  }

  /**
   * The users of a service are found elsewhere than it was thought: they are there, and what is under way is given up.
   *
   * @param isPlaced whether a person has put them there
   */
  adopt(service: number, to: number, isPlaced: boolean, now: number): void {
    const point = this.points.get(service) ?? -1;
    const failover = this.failovers[point];
    const count = this.network.switches[point]?.health.length ?? 0;
    if (failover === undefined || failover.inUse === to || !(Number.isInteger(to) && to >= 0 && to < count))
      return;
    failover.resume(now, this.healthOf(point), to, isPlaced);
    this.network.use(point, to);
    this.goOn(point, now);
  }

  private goOn(point: number, now: number): true {
    this.flag(point);
    this.step(now);
    return true;
  }

  /** Work that waits for a journey. @unit hours of its normal load */
  waiting(journey: number): number {
    return this.journeys.waiting(journey);
  }

  /** Pools whose amounts are taken as thresholds although several journeys ask of them: together they ask for too much. */
  thresholds(): string[] {
    const { pools } = this.network;
    return this.journeys
      .thresholds()
      .map((pool) => this.model.services[pools[pool]?.service ?? -1]?.name ?? '');
  }

  private failover(point: number): Failover {
    const { service = 0, load = 1, usable = 0.9 } = this.network.switches[point] ?? {};
    const node = this.model.services[service];
    const redundancy = node?.redundancy?.kind === 'any' ? node.redundancy : undefined;
    const times = redundancy?.failover?.times;
    const { draw, listener, returnsState } = this.options;
    const conduct = this.options.conduct?.(service);
    const isAtOnce = conduct?.isAtOnce === true;
    const takes = (hours = 0): number => (isAtOnce ? 0 : hours * MS_PER_HOUR);
    return new Failover({
      carries: redundancy?.options.map(({ carries }) => carries) ?? [],
      load,
      usable,
      detectMs: takes(times?.detect),
      observedLateMs: conduct?.observedLateMs ?? 0,
      asksPerson: conduct?.asksPerson ?? false,
      confirms: conduct?.confirms ?? false,
      approveMs: (times?.approve ?? 0) * MS_PER_HOUR,
      switchMs: takes(times?.switch),
      spreadMs: takes(times?.spread),
      holdMs: (times?.hold ?? 0) * MS_PER_HOUR,
      returns: node?.lagHours === undefined || returnsState === true,
      ...(draw === undefined ? {} : { draw: () => draw(service) }),
      ...(listener?.onSwitch === undefined
        ? {}
        : { onStep: (step: FailoverStep) => listener.onSwitch?.(service, step) }),
    });
  }

  private watch(): number[][] {
    const { network } = this;
    const watchers: number[][] = Array.from({ length: network.level.length }, () => []);
    const add = (node: number | undefined, target: number): void => {
      if (node !== undefined && watchers[node]?.includes(target) === false) watchers[node].push(target);
    };
    for (const [i, { health, steering }] of network.switches.entries()) {
      for (const node of health) add(node, i);
      add(steering, i);
    }
    for (const [i, { health, growthNeeds }] of network.pools.entries())
      for (const node of [...health, ...growthNeeds]) add(node, network.switches.length + i);
    for (const [i, modes] of network.modes.entries())
      for (const { node } of modes) add(node, this.firstJourney + i);
    return watchers;
  }

  /** The switch or pool to decide next: what others stand on decides first. -1 when none has to. */
  private takeLowest(): number {
    const { dirtyPoints, rank } = this;
    let lowest = 0;
    for (let i = 1; i < dirtyPoints.size; i++)
      if ((rank[dirtyPoints.list[i] ?? 0] ?? 0) < (rank[dirtyPoints.list[lowest] ?? 0] ?? 0)) lowest = i;
    const point = dirtyPoints.size === 0 ? -1 : (dirtyPoints.list[lowest] ?? -1);
    if (point >= 0) dirtyPoints.removeAt(lowest);
    return point;
  }

  private collect(): void {
    const { changed } = this.network;
    for (let i = 0; i < changed.size; i++) {
      const watchers = this.watchers[changed.list[i] ?? 0];
      if (watchers === undefined) continue;
      for (let w = 0; w < watchers.length; w++) this.flag(watchers[w] ?? 0);
    }
    changed.clear();
  }

  private flag(target: number): void {
    if (target < this.firstJourney) this.dirtyPoints.add(target);
    else this.dirtyJourneys.add(target - this.firstJourney);
  }

  private flagDue(now: number): void {
    for (let i = 0; i < this.active.size; i++) {
      const target = this.active.list[i] ?? 0;
      if ((this.wakes[target] ?? NEVER) <= now) this.flag(target);
    }
  }

  private healthOf(point: number): Float64Array {
    const nodes = this.network.switches[point]?.health ?? [];
    for (let i = 0; i < nodes.length; i++) this.health[i] = this.network.level[nodes[i] ?? 0] ?? 0;
    return this.health;
  }

  private works(node: number | undefined, usable: number): boolean {
    return node === undefined || (this.network.level[node] ?? 0) >= usable - LEVEL_TOLERANCE;
  }

  private stepSwitch(point: number, now: number): void {
    const failover = this.failovers[point];
    const { steering, usable = 0.9 } = this.network.switches[point] ?? {};
    if (failover === undefined) return;
    if (failover.step(now, this.healthOf(point), this.works(steering, usable))) {
      this.network.use(point, failover.inUse);
      this.movedSince = Math.min(this.movedSince, failover.movedSince);
    }
    this.wakes[point] = failover.wakeAt;
    this.activate(point);
  }

  private isShort(point: number): boolean {
    return this.network.capacity(point) < (this.journeys.wanted[point] ?? 0) * (1 - LEVEL_TOLERANCE);
  }

  private stepPool(point: number, now: number): void {
    const pool = this.network.pools[point];
    const isShort = this.isShort(point);
    let wakeAt = NEVER;
    for (const [member, growth] of (this.growths[point] ?? []).entries()) {
      const amount = pool?.grow[member] ?? 0;
      if (amount <= 0) continue;
      const usable = pool?.usable ?? 0.9;
      const isHealthy = this.works(pool?.health[member], usable);
      const since = growth.growingSince;
      if (growth.step(now, isShort, isHealthy, this.works(pool?.growthNeeds[member], usable))) {
        this.network.grow(point, member, growth.isGrown ? amount : 0);
        if (growth.isGrown) this.movedSince = Math.min(this.movedSince, since);
        const change = growth.isGrown ? 'grown' : isHealthy ? 'shrunk' : 'lost';
        this.options.listener?.onGrowth?.(pool?.service ?? 0, member, change, now);
      }
      wakeAt = Math.min(wakeAt, growth.wakeAt);
    }
    const target = this.failovers.length + point;
    this.wakes[target] = wakeAt;
    this.activate(target);
    // What is left for others changes with every member, even where no mode's own level does.
    const { shared, sharers } = this.journeys;
    if (shared.has(point)) for (const journey of sharers) this.flag(this.firstJourney + journey);
  }

  private growAtOnce(point: number): void {
    const pool = this.network.pools[point];
    const isShort = this.isShort(point);
    for (const [member, growth] of (this.growths[point] ?? []).entries()) {
      const amount = pool?.grow[member] ?? 0;
      if (amount <= 0) continue;
      const usable = pool?.usable ?? 0.9;
      const canGrow = this.works(pool?.growthNeeds[member], usable);
      growth.settle(isShort, this.works(pool?.health[member], usable), canGrow);
      this.network.grow(point, member, growth.isGrown ? amount : 0);
    }
  }

  private activate(target: number): void {
    if (this.wakes[target] !== NEVER) this.active.add(target);
  }

  /** Decides the journeys that something changed for, and when to wake. */
  private finish(now: number): void {
    const { dirtyJourneys, active, journeys } = this;
    if (dirtyJourneys.size > 0) {
      let isSharing = false;
      for (let i = 0; i < dirtyJourneys.size; i++) {
        const index = dirtyJourneys.list[i] ?? 0;
        if (journeys.sharers.has(index)) isSharing = true;
        else this.decideAlone(index, now);
      }
      if (isSharing) this.decideSharers(now);
      dirtyJourneys.clear();
    }
    let next = NEVER;
    for (let i = active.size - 1; i >= 0; i--) {
      const wake = this.wakes[active.list[i] ?? 0] ?? NEVER;
      if (wake < next) next = wake;
      if (wake === NEVER) active.removeAt(i);
    }
    this.wakeAt = next;
  }

  private decideAlone(index: number, now: number): void {
    this.journeys.decideAlone(index, now, this.movedSince);
    this.wake(index);
  }

  private decideSharers(now: number): void {
    this.journeys.decideSharers(now, this.movedSince);
    for (const index of this.journeys.sharers) this.wake(index);
  }

  private wake(journey: number): void {
    const target = this.firstJourney + journey;
    this.wakes[target] = this.journeys.wakeAt(journey);
    this.activate(target);
  }
}
