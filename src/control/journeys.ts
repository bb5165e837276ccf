import type { JourneyNode, Model } from '../model/index.ts';
import {
  Backlog,
  Ladder,
  LEVEL_TOLERANCE,
  Reopening,
  shed,
  sheddingOrder,
  type Ask as PoolAsk,
  TIERS,
  type Tier,
} from '../policies/index.ts';
import type { ModePoint } from './layout.ts';
import type { Ask, Network } from './network.ts';
import { MS_PER_HOUR } from '../units.ts';

const NEVER = Number.POSITIVE_INFINITY;

export interface JourneyState {
  readonly mode: number;
  readonly level: number;
  readonly isExposed: boolean;
}

export interface JourneyListener {
  /**
   * A journey is in another mode, at another level, or exposed otherwise than before. The number of its modes stands for down.
   *
   * @param movedSince when users were moved at this moment: since when they had been without; infinite otherwise. @unit ms
   */
  onJourney(journey: number, now: number, state: JourneyState, movedSince: number): void;
  /** A pool that sheds nothing is asked for more than it has. */
  onCollapse(service: number, asked: number, capacity: number, now: number): void;
}

/** One journey while it is being run. */
interface Running {
  readonly index: number;
  readonly usable: number;
  readonly modes: readonly ModePoint[];
  readonly tier: Tier;
  readonly ladder: Ladder | undefined;
  readonly backlog: Backlog | undefined;
  readonly works: boolean[];
  readonly levels: number[];
  mode: number;
  level: number;
  isExposed: boolean;
  wakeAt: number;
  /** Pools that it alone asks for more than they have, without shedding. */
  over: ReadonlySet<number>;
}

/** In which mode each journey is: what works for it by itself, what shared pools leave it, and what its ladder allows. */
export class Journeys {
  /** By pool, the most that is asked of it: below this it is short. */
  readonly wanted: readonly number[];
  /** Pools whose askers have to be weighed against each other. */
  readonly shared: ReadonlySet<number>;
  /** Journeys that ask of such pools, or have work waiting. */
  readonly sharers: ReadonlySet<number>;
  private readonly network: Network;
  private readonly isShedding: boolean;
  private readonly listener: Partial<JourneyListener>;
  private readonly all: readonly Running[];
  private readonly inOrder: readonly Running[];
  /** By pool, what has been granted of it, the most important first. */
  private readonly asked: PoolAsk[][];
  private readonly collapsed: Uint8Array;
  private isSettling = false;

  constructor(model: Model, network: Network, isShedding: boolean, listener: Partial<JourneyListener>) {
    this.network = network;
    this.isShedding = isShedding;
    this.listener = listener;
    this.all = model.journeys.map((journey, i) => run(journey, i, network.modes[i] ?? []));
    const { shared, wanted } = sharedPools(this.all, network);
    this.shared = shared;
    this.wanted = wanted;
    const isSharer = ({ modes, backlog }: Running): boolean =>
      backlog !== undefined || modes.some(({ asks }) => asks.some(({ pool }) => shared.has(pool)));
    const sharing = this.all.filter(isSharer);
    this.inOrder = sheddingOrder(sharing).flatMap((i) => sharing[i] ?? []);
    this.sharers = new Set(this.inOrder.map(({ index }) => index));
    this.asked = network.pools.map(() => []);
    this.collapsed = new Uint8Array(network.pools.length);
  }

  get count(): number {
    return this.all.length;
  }

  state(journey: number): JourneyState {
    const { mode = 0, level = 0, isExposed = false } = this.all[journey] ?? {};
    return { mode, level, isExposed };
  }

  /** @unit ms */
  wakeAt(journey: number): number {
    return this.all[journey]?.wakeAt ?? NEVER;
  }

  /** Work that waits for a journey. @unit hours of its normal load */
  waiting(journey: number): number {
    return (this.all[journey]?.backlog?.waitingMs ?? 0) / MS_PER_HOUR;
  }

  /** Pools whose amounts are taken as thresholds although several journeys ask of them: together they ask for too much. */
  thresholds(): number[] {
    return this.network.pools.flatMap((_, pool) => {
      const askers = this.all.filter(({ modes }) => modes[0]?.asks.some((ask) => ask.pool === pool));
      return askers.length > 1 && !this.shared.has(pool) ? [pool] : [];
    });
  }

  /** Where everything would be if it had always been as it is now. */
  settle(now: number): void {
    this.isSettling = true;
    for (const { index } of this.all) if (!this.sharers.has(index)) this.decideAlone(index, now, NEVER);
    this.decideSharers(now, NEVER);
    this.isSettling = false;
  }

  /** Takes up the modes that were offered when the clock last stopped. */
  resume(now: number, modes: ReadonlyMap<number, number>): void {
    for (const journey of this.all) {
      const mode = modes.get(journey.index);
      if (mode !== undefined) journey.ladder?.resume(now, journey.works, mode);
    }
  }

  /** Decides a journey that shares nothing with others. */
  decideAlone(index: number, now: number, movedSince: number): void {
    const journey = this.all[index];
    if (journey === undefined) return;
    this.weigh(journey);
    this.decide(journey, now, movedSince);
    if (!this.isShedding) this.tellAlone(journey, now);
  }

  /** Without shedding: says which pools a journey would have been better off with, had they not been asked for too much. */
  private tellAlone(journey: Running, now: number): void {
    const { modes, mode } = journey;
    const over = new Set<number>();
    for (const { node, asks } of modes.slice(0, mode)) {
      if (asks.length === 0) continue;
      for (const ask of this.network.asksUnder(node)) {
        const capacity = this.network.capacityAt(ask.node);
        if (this.shared.has(ask.pool) || capacity <= 0 || (this.network.level[ask.node] ?? 0) > 0) continue;
        over.add(ask.pool);
        if (!journey.over.has(ask.pool))
          this.listener.onCollapse?.(this.network.pools[ask.pool]?.service ?? 0, ask.amount, capacity, now);
      }
    }
    journey.over = over;
  }

  /** Decides those that share pools, the most important first: each gets what is left. */
  decideSharers(now: number, movedSince: number): void {
    for (const pool of this.shared) this.asked[pool] = [];
    for (const journey of this.inOrder) {
      journey.backlog?.advance(now);
      this.weigh(journey);
    }
    if (!this.isShedding) this.collapse(now);
    for (const journey of this.inOrder) {
      if (this.isShedding) this.weighWhatIsLeft(journey);
      this.decide(journey, now, movedSince);
      for (const { pool, amount } of this.asks(journey, journey.mode))
        this.asked[pool]?.push({ tier: journey.tier, amount });
    }
    for (const journey of this.inOrder) this.workOff(journey, now);
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

  private decide(journey: Running, now: number, movedSince: number): void {
    const { modes, works, ladder } = journey;
    let mode = 0;
    if (ladder === undefined) while (mode < modes.length && works[mode] !== true) mode++;
    else {
      if (this.isSettling) ladder.settle(works);
      mode = ladder.step(now, works);
      journey.wakeAt = ladder.wakeAt;
    }
    const point = modes[mode];
    const level = point === undefined ? 0 : (journey.levels[mode] ?? 0);
    const isExposed = point !== undefined && (point.need & ~(this.network.mask[point.node] ?? 0)) !== 0;
    if (journey.mode === mode && journey.level === level && journey.isExposed === isExposed) return;
    journey.mode = mode;
    journey.level = level;
    journey.isExposed = isExposed;
    this.listener.onJourney?.(journey.index, now, journey, movedSince);
  }

  /** What a mode asks of shared pools as things are. */
  private asks({ modes }: Running, mode: number): Ask[] {
    const point = modes[mode];
    if (point === undefined || !point.asks.some(({ pool }) => this.shared.has(pool))) return [];
    return largestOfEach(this.network.asksUnder(point.node)).filter(({ pool }) => this.shared.has(pool));
  }

  /** Which modes of a journey work with what those before it have left of shared pools. */
  private weighWhatIsLeft(journey: Running): void {
    const taken = new Map<number, number>();
    for (const pool of this.shared) {
      const asked = this.asked[pool] ?? [];
      if (asked.length > 0)
        taken.set(
          pool,
          asked.reduce((sum, { amount }) => sum + amount, 0),
        );
    }
    if (taken.size > 0) this.weighAs(taken, [journey]);
  }

  /** Which modes work while some pools have less to give. Only users see that: nothing is switched or grown for it. */
  private weighAs(taken: ReadonlyMap<number, number>, journeys: readonly Running[]): void {
    for (const [pool, amount] of taken) this.network.take(pool, amount);
    this.network.propagate();
    for (const journey of journeys) this.weigh(journey);
    for (const pool of taken.keys()) this.network.take(pool, 0);
    this.network.propagate();
    this.network.changed.clear();
  }

  /**
   * Without shedding: pools that are asked for more than they have answer nobody. Who asked of them chooses again among what is
   * left, until nothing changes.
   */
  private collapse(now: number): void {
    const fallen = new Set<number>();
    for (let before = -1; before < fallen.size; ) {
      before = fallen.size;
      const wishes = this.inOrder.map((journey) => this.asks(journey, journey.works.indexOf(true)));
      for (const pool of this.shared)
        if (!fallen.has(pool) && this.isOverAsked(pool, wishes, now)) fallen.add(pool);
      if (fallen.size > before) this.weighAs(new Map([...fallen].map((pool) => [pool, NEVER])), this.inOrder);
    }
    for (const pool of this.shared) this.collapsed[pool] = fallen.has(pool) ? 1 : 0;
  }

  /** @param wishes by journey in order, what it asks in the best mode that works for it alone */
  private isOverAsked(pool: number, wishes: readonly (readonly Ask[])[], now: number): boolean {
    let capacity = NEVER;
    const asks = this.inOrder.flatMap(({ tier, backlog }, i) => {
      const ask = wishes[i]?.find((one) => one.pool === pool);
      // Who asks for more than there is even alone is not answered anyway.
      if (ask === undefined || (this.network.level[ask.node] ?? 0) === 0) return [];
      capacity = Math.min(capacity, this.network.capacityAt(ask.node));
      return [{ tier, amount: ask.amount * (1 + (backlog?.extra ?? 0)) }];
    });
    const isOver = asks.length > 0 && shed(capacity, asks, false).every((granted) => granted === 0);
    if (isOver && this.collapsed[pool] === 0) {
      const asked = asks.reduce((sum, { amount }) => sum + amount, 0);
      this.listener.onCollapse?.(this.network.pools[pool]?.service ?? 0, asked, capacity, now);
    }
    return isOver;
  }

  /** Lets a journey's waiting work be done with what its pools have to spare. */
  private workOff(journey: Running, now: number): void {
    const { backlog, modes, mode, tier } = journey;
    if (backlog === undefined) return;
    const asks = this.asks(journey, mode);
    let spare = NEVER;
    if (this.isShedding)
      for (const { node, pool, amount } of asks) {
        const taken = (this.asked[pool] ?? []).reduce((sum, ask) => sum + ask.amount, 0);
        spare = Math.min(spare, Math.max(0, this.network.capacityAt(node) - taken) / amount);
      }
    backlog.step(now, mode < modes.length, spare);
    for (const { pool, amount } of asks) this.asked[pool]?.push({ tier, amount: backlog.drain * amount });
    journey.wakeAt = Math.min(journey.ladder?.wakeAt ?? NEVER, backlog.wakeAt);
  }
}

/** Who asks a pool twice asks for the larger amount. */
function largestOfEach(asks: readonly Ask[]): Ask[] {
  const largest = new Map<number, Ask>();
  for (const ask of asks) if (ask.amount > (largest.get(ask.pool)?.amount ?? 0)) largest.set(ask.pool, ask);
  return [...largest.values()];
}

function run(journey: JourneyNode, index: number, modes: readonly ModePoint[]): Running {
  const { ladder, reopen, backlog, tier, usable } = journey;
  const hasLadder = ladder.down > 0 || ladder.up > 0 || reopen !== null;
  return {
    index,
    usable,
    modes,
    tier: TIERS[tier],
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
    wakeAt: NEVER,
    over: new Set(),
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
    return isShared ? together : network.mostAsked(pool);
  });
  return { shared, wanted };
}
