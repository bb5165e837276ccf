import type { JourneyNode, Model } from '../model/index.ts';
import {
  Backlog,
  Failover,
  Growth,
  Ladder,
  LEVEL_TOLERANCE,
  Reopening,
  shed,
  type FailoverDraw,
  type FailoverStep,
} from '../policies/index.ts';
import { Network, type ModePoint, type Signals } from './network.ts';
import { NumberSet } from './number-set.ts';

const MS_PER_HOUR = 3_600_000;
const TIERS = ['core', 'important', 'deferrable'];
const NEVER = Number.POSITIVE_INFINITY;

export interface ControllerOptions {
  readonly signals: Signals;
  /** Whether a pool that is short serves what it can, core first. @default true */
  readonly isShedding?: boolean;
  /** Draws whether switches of a service succeed and which standbys are ready. @default they do and are */
  readonly draw?: (service: number) => FailoverDraw;
  /** Whether people take services with state back, after hold. @default false */
  readonly returnsState?: boolean;
  readonly listener?: Partial<ControlListener>;
}

/** Told what happens, as it happens. */
export interface ControlListener {
  onSwitch(service: number, step: FailoverStep): void;
  /** @param isGrown whether growth has come or gone */
  onGrowth(service: number, member: number, isGrown: boolean, now: number): void;
  /** A pool that sheds nothing is asked for more than it has. */
  onCollapse(service: number, asked: number, capacity: number, now: number): void;
  /**
   * A journey is in another mode, at another level, or exposed otherwise than before. The number of its modes stands for down.
   *
   * @param movedSince when users were moved at this moment: since when they had been without; infinite otherwise. @unit ms
   */
  onJourney(journey: number, now: number, state: JourneyState, movedSince: number): void;
}

export interface JourneyState {
  readonly mode: number;
  readonly level: number;
  readonly isExposed: boolean;
}

/** One journey while it is being run. */
interface Running {
  readonly index: number;
  readonly usable: number;
  readonly modes: readonly ModePoint[];
  readonly rank: number;
  readonly ladder: Ladder | undefined;
  readonly backlog: Backlog | undefined;
  readonly works: boolean[];
  readonly levels: number[];
  mode: number;
  level: number;
  isExposed: boolean;
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
  private readonly growths: readonly (readonly Growth[])[];
  /** By pool, the most that is asked of it: below this it is short. */
  private readonly wanted: readonly number[];
  private readonly journeys: readonly Running[];
  private readonly inOrder: readonly Running[];
  /** Pools whose askers have to be weighed against each other. */
  private readonly shared: ReadonlySet<number>;
  private readonly sharers: ReadonlySet<number>;
  private readonly left: Float64Array;
  private readonly collapsed: Uint8Array;
  /** By node, who watches it: switch points, then pools, then journeys. */
  private readonly watchers: readonly (readonly number[])[];
  private dirtyPoints: NumberSet;
  /** The other of two lists that take turns: one is worked off while the next is filled. */
  private spare: NumberSet;
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
    this.growths = network.pools.map(({ service }) =>
      (model.services[service]?.pool ?? []).map(({ after }) => new Growth(after * MS_PER_HOUR)),
    );
    this.journeys = model.journeys.map((journey, i) => run(journey, i, network.modes[i] ?? []));
    this.inOrder = [...this.journeys].sort((a, b) => a.rank - b.rank || a.index - b.index);
    const { shared, wanted } = sharedPools(this.inOrder, network);
    this.shared = shared;
    this.wanted = wanted;
    this.sharers = new Set(
      this.journeys
        .filter(
          ({ modes, backlog }) =>
            backlog !== undefined || modes.some(({ asks }) => asks.some(({ pool }) => shared.has(pool))),
        )
        .map(({ index }) => index),
    );
    this.left = new Float64Array(network.pools.length);
    this.collapsed = new Uint8Array(network.pools.length);
    const targets = network.switches.length + network.pools.length + this.journeys.length;
    const points = network.switches.length + network.pools.length;
    this.firstJourney = points;
    this.watchers = this.watch();
    this.dirtyPoints = new NumberSet(points);
    this.spare = new NumberSet(points);
    this.dirtyJourneys = new NumberSet(this.journeys.length);
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
    for (let round = 0; round <= network.switches.length + network.pools.length; round++) {
      for (const [point, failover] of this.failovers.entries()) {
        failover.settle(now, this.healthOf(point));
        network.use(point, failover.inUse);
      }
      for (const [point] of this.growths.entries()) this.growAtOnce(point);
      network.propagate();
      if (network.changed.size === 0) break;
      network.changed.clear();
    }
    network.changed.clear();
    for (const journey of this.inOrder) {
      this.weigh(journey);
      journey.ladder?.settle(journey.works);
    }
    for (const { index } of this.journeys) this.flag(this.firstJourney + index);
    this.finish(now);
  }

  /** One step of the clock: everything that follows from what was observed, and from time having passed. */
  step(now: number): void {
    this.movedSince = NEVER;
    this.flagDue(now);
    this.network.propagate();
    this.collect();
    while (this.dirtyPoints.size > 0) {
      const points = this.dirtyPoints;
      this.dirtyPoints = this.spare;
      this.spare = points;
      points.sort();
      for (let i = 0; i < points.size; i++) {
        const point = points.list[i] ?? 0;
        if (point < this.failovers.length) this.stepSwitch(point, now);
        else this.stepPool(point - this.failovers.length, now);
      }
      points.clear();
      this.network.propagate();
      this.collect();
    }
    this.finish(now);
  }

  modeOf(journey: number): number {
    return this.journeys[journey]?.mode ?? 0;
  }

  state(journey: number): JourneyState {
    const { mode = 0, level = 0, isExposed = false } = this.journeys[journey] ?? {};
    return { mode, level, isExposed };
  }

  /** The alternative that users of a service are on; undefined where it has none. */
  inUse(service: number): number | undefined {
    const point = this.network.switches.findIndex((one) => one.service === service);
    return this.failovers[point]?.inUse;
  }

  /** Work that waits for a journey. @unit hours of its normal load */
  waiting(journey: number): number {
    return (this.journeys[journey]?.backlog?.waitingMs ?? 0) / MS_PER_HOUR;
  }

  /** Pools whose amounts are taken as thresholds although several journeys ask of them: together they ask for too much. */
  thresholds(): string[] {
    return this.network.pools.flatMap(({ service }, pool) => {
      const askers = this.journeys.filter(({ modes }) => modes[0]?.asks.some((ask) => ask.pool === pool));
      return askers.length > 1 && !this.shared.has(pool) ? [this.model.services[service]?.name ?? ''] : [];
    });
  }

  private failover(point: number): Failover {
    const { service = 0, load = 1, usable = 0.9 } = this.network.switches[point] ?? {};
    const node = this.model.services[service];
    const redundancy = node?.redundancy?.kind === 'any' ? node.redundancy : undefined;
    const times = redundancy?.failover?.times;
    const { draw, listener, returnsState } = this.options;
    return new Failover({
      carries: redundancy?.options.map(({ carries }) => carries) ?? [],
      load,
      usable,
      detectMs: (times?.detect ?? 0) * MS_PER_HOUR,
      approveMs: (times?.approve ?? 0) * MS_PER_HOUR,
      switchMs: (times?.switch ?? 0) * MS_PER_HOUR,
      spreadMs: (times?.spread ?? 0) * MS_PER_HOUR,
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
    for (const { index, modes } of this.journeys)
      for (const { node } of modes) add(node, this.firstJourney + index);
    return watchers;
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
    return this.network.capacity(point, false) < (this.wanted[point] ?? 0) * (1 - LEVEL_TOLERANCE);
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
        this.options.listener?.onGrowth?.(pool?.service ?? 0, member, growth.isGrown, now);
      }
      wakeAt = Math.min(wakeAt, growth.wakeAt);
    }
    const target = this.failovers.length + point;
    this.wakes[target] = wakeAt;
    this.activate(target);
    // What is left for others changes with every member, even where no mode's own level does.
    if (this.shared.has(point)) for (const journey of this.sharers) this.flag(this.firstJourney + journey);
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
    const { dirtyJourneys, active } = this;
    if (dirtyJourneys.size > 0) {
      let isSharing = false;
      for (let i = 0; i < dirtyJourneys.size; i++) {
        const index = dirtyJourneys.list[i] ?? 0;
        const journey = this.journeys[index];
        if (journey === undefined) continue;
        if (this.sharers.has(index)) isSharing = true;
        else {
          this.weigh(journey);
          this.decide(journey, now);
        }
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

  /** Which modes of a journey work by themselves. */
  private weigh(journey: Running): void {
    const { network } = this;
    for (let m = 0; m < journey.modes.length; m++) {
      const mode = journey.modes[m];
      const node = mode?.node ?? 0;
      const level = network.level[node] ?? 0;
      const missing = (mode?.need ?? 0) & ~(network.mask[node] ?? 0);
      journey.levels[m] = level;
      journey.works[m] =
        level >= journey.usable - LEVEL_TOLERANCE && !(missing !== 0 && mode?.isRefused === true);
    }
  }

  private decide(journey: Running, now: number): void {
    const { modes, works, ladder } = journey;
    let mode = 0;
    if (ladder === undefined) while (mode < modes.length && works[mode] !== true) mode++;
    else {
      mode = ladder.step(now, works);
      const target = this.firstJourney + journey.index;
      this.wakes[target] = ladder.wakeAt;
      this.activate(target);
    }
    const point = modes[mode];
    const level = point === undefined ? 0 : (journey.levels[mode] ?? 0);
    const isExposed = point !== undefined && (point.need & ~(this.network.mask[point.node] ?? 0)) !== 0;
    if (journey.mode === mode && journey.level === level && journey.isExposed === isExposed) return;
    journey.mode = mode;
    journey.level = level;
    journey.isExposed = isExposed;
    this.options.listener?.onJourney?.(journey.index, now, journey, this.movedSince);
  }

  /** Journeys that share pools, the most important first: each gets what is left. */
  private decideSharers(now: number): void {
    const { left, network } = this;
    const sharers = this.inOrder.filter(({ index }) => this.sharers.has(index));
    for (const pool of this.shared) left[pool] = network.capacity(pool, true);
    for (const journey of sharers) {
      journey.backlog?.advance(now);
      this.weigh(journey);
    }
    if (this.options.isShedding === false) this.collapse(sharers, now);
    for (const journey of sharers) {
      if (this.options.isShedding !== false) this.limit(journey);
      this.decide(journey, now);
      for (const { pool, amount } of journey.modes[journey.mode]?.asks ?? [])
        if (this.shared.has(pool)) left[pool] = Math.max(0, (left[pool] ?? 0) - amount);
    }
    for (const journey of sharers) this.workOff(journey, now);
  }

  /** Takes from a mode's level what its pools have no capacity left for. */
  private limit(journey: Running): void {
    for (const [m, { asks }] of journey.modes.entries())
      for (const { pool, amount } of asks) {
        if (!this.shared.has(pool)) continue;
        const [granted = 0] = shed(this.left[pool] ?? 0, [{ tier: 0, amount }], true);
        const level = Math.min(journey.levels[m] ?? 0, granted / amount);
        journey.levels[m] = level;
        if (level < journey.usable - LEVEL_TOLERANCE) journey.works[m] = false;
      }
  }

  /** Without shedding: pools that are asked for more than they have answer nobody, until those who are left can be served. */
  private collapse(sharers: readonly Running[], now: number): void {
    const fallen = new Set<number>();
    for (let before = -1; before < fallen.size; ) {
      before = fallen.size;
      for (const pool of this.shared)
        if (!fallen.has(pool) && this.isOverAsked(pool, sharers, now)) {
          fallen.add(pool);
          stopAsking(pool, sharers);
        }
    }
    for (const pool of this.shared) this.collapsed[pool] = fallen.has(pool) ? 1 : 0;
  }

  private isOverAsked(pool: number, sharers: readonly Running[], now: number): boolean {
    const asks = sharers.flatMap(({ modes, works, rank, backlog }) => {
      const ask = modes[works.indexOf(true)]?.asks.find((one) => one.pool === pool);
      return ask === undefined ? [] : [{ tier: rank, amount: ask.amount * (1 + (backlog?.extra ?? 0)) }];
    });
    const capacity = this.left[pool] ?? 0;
    const isOver = asks.length > 0 && shed(capacity, asks, false).every((granted) => granted === 0);
    if (isOver && this.collapsed[pool] === 0) {
      const asked = asks.reduce((sum, { amount }) => sum + amount, 0);
      this.options.listener?.onCollapse?.(this.network.pools[pool]?.service ?? 0, asked, capacity, now);
    }
    return isOver;
  }

  /** Lets a journey's waiting work be done with what its pools have to spare. */
  private workOff(journey: Running, now: number): void {
    const { backlog, modes } = journey;
    if (backlog === undefined) return;
    let spare = NEVER;
    for (const { pool, amount } of modes[journey.mode]?.asks ?? [])
      if (this.shared.has(pool)) spare = Math.min(spare, (this.left[pool] ?? 0) / amount);
    backlog.step(now, journey.mode < modes.length, this.options.isShedding === false ? NEVER : spare);
    for (const { pool, amount } of modes[journey.mode]?.asks ?? [])
      if (this.shared.has(pool)) this.left[pool] = (this.left[pool] ?? 0) - backlog.drain * amount;
    const target = this.firstJourney + journey.index;
    this.wakes[target] = Math.min(journey.ladder?.wakeAt ?? NEVER, backlog.wakeAt);
    this.activate(target);
  }
}

/** Modes that ask of a pool which answers nobody do not work. */
function stopAsking(pool: number, journeys: readonly Running[]): void {
  for (const { modes, works, levels } of journeys)
    for (const [m, { asks }] of modes.entries())
      if (asks.some((ask) => ask.pool === pool)) {
        works[m] = false;
        levels[m] = 0;
      }
}

function run(journey: JourneyNode, index: number, modes: readonly ModePoint[]): Running {
  const { ladder, reopen, backlog, tier, usable } = journey;
  const hasLadder = ladder.down > 0 || ladder.up > 0 || reopen !== null;
  return {
    index,
    usable,
    modes,
    rank: TIERS.indexOf(tier),
    ladder: hasLadder
      ? new Ladder({
          modes: modes.length,
          downMs: ladder.down * MS_PER_HOUR,
          upMs: ladder.up * MS_PER_HOUR,
          ...(reopen === null
            ? {}
            : { reopening: new Reopening(reopen.after * MS_PER_HOUR, reopen.step * MS_PER_HOUR) }),
        })
      : undefined,
    backlog: backlog === null ? undefined : new Backlog(backlog.share, backlog.overHours * MS_PER_HOUR),
    works: new Array<boolean>(modes.length).fill(false),
    levels: new Array<number>(modes.length).fill(0),
    mode: -1,
    level: 0,
    isExposed: false,
  };
}

/**
 * Pools that several journeys ask of and that can hold what all of them ask in their first modes: there amounts add up. And by
 * pool, how much it must have not to be short.
 */
function sharedPools(
  journeys: readonly Running[],
  network: Network,
): { readonly shared: ReadonlySet<number>; readonly wanted: readonly number[] } {
  const shared = new Set<number>();
  const wanted = network.pools.map(({ capacity, grow }, pool) => {
    const asks = journeys.map(({ modes }) =>
      modes.map(({ asks: all }) => all.find((ask) => ask.pool === pool)?.amount ?? 0),
    );
    const askers = journeys.filter((_, i) => asks[i]?.some((amount) => amount > 0) === true);
    const together = asks.reduce((sum, amounts) => sum + (amounts[0] ?? 0), 0);
    const whole = capacity.reduce((sum, one, i) => sum + one + (grow[i] ?? 0), 0);
    const isShared = askers.length > 1 && together <= whole * (1 + LEVEL_TOLERANCE);
    if (isShared || (askers.length === 1 && askers[0]?.backlog !== undefined)) shared.add(pool);
    const most = Math.max(0, ...asks.flat());
    return isShared ? together : most;
  });
  return { shared, wanted };
}
