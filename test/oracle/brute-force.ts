/**
 * Every number of an assessment by trying all 2^n states of the events: each state is looked at once,
 * everything else is a sum over states. For plans with `catalog: none` and few events.
 */
import { PROTECTIONS, redundancyOf, type Journey, type Plan, type Protection } from '../../src/plan/index.ts';
import { HOURS_PER_YEAR } from '../../src/units.ts';
import { findCompromise, type OracleCompromise } from './compromise.ts';
import {
  growthTimes,
  Meaning,
  membersOf,
  nodeKey,
  protectionBits,
  type Context,
  type OracleEvent,
  type Reached,
  type ServiceNode,
  type World,
} from './meaning.ts';
import { minimalSets } from './minimal-sets.ts';
import { blastScopes, isAtOrUnder } from './scopes.ts';

export type { OracleAdded, OracleCompromise } from './compromise.ts';
export type { OracleEvent } from './meaning.ts';

export interface OracleResult {
  /**
   * Every event that some journey reaches by whatever path, in the order of ids; some may matter to
   * nothing.
   */
  readonly events: readonly OracleEvent[];
  readonly journeys: readonly OracleJourney[];
  /**
   * Every service with a redundancy that some journey reaches; those without shared events have an empty
   * list.
   */
  readonly sharedFate: readonly OracleSharedFate[];
  /** Every scope at or above a reference that some journey reaches. */
  readonly blast: readonly OracleBlast[];
}

export interface OracleJourney {
  readonly name: string;
  /** `probability`: that this is the best working mode. */
  readonly modes: readonly { readonly name: string; readonly worth: number; readonly probability: number }[];
  /** No mode works. */
  readonly down: OracleCondition;
  /** The first mode is not the best: down included. */
  readonly degraded: OracleCondition;
  /** For down, each event of the plan once; empty when the journey is never down. */
  readonly importance: readonly OracleImportance[];
  /** Without the gaps of switch-overs; null when the journey has no loss. @unit currency per year */
  readonly lossPerYear: number | null;
  readonly switchOver: OracleSwitchOver;
  /** The best mode is served without a protection that it needs. */
  readonly exposed: OracleProtections;
  /** The first mode whose requirement works is refused for want of a protection. */
  readonly refused: OracleProtections;
  readonly compromise: OracleCompromise;
}

/** Something that holds in some states. */
export interface OracleCondition {
  readonly probability: number;
  readonly hoursPerYear: number;
  /** Entries into the states a year. */
  readonly outagesPerYear: number;
  /** Mean stay; null when it is never entered. */
  readonly meanHours: number | null;
  /**
   * Minimal sets of events such that it holds when exactly they have happened, each sorted, the small
   * ones first.
   */
  readonly cutSets: readonly (readonly string[])[];
  readonly singlePoints: readonly string[];
  /** Whether one more event never ends it. */
  readonly coherent: boolean;
}

export interface OracleImportance {
  readonly event: string;
  readonly birnbaum: number;
  readonly criticality: number;
  readonly raw: number;
  /** Can be infinite. */
  readonly rrw: number;
}

export interface OracleSwitchOver {
  /** Switches whose gap users of the journey notice. */
  readonly perYear: number;
  readonly hoursPerYear: number;
  /** The part of `hoursPerYear` in which no mode works. */
  readonly downHoursPerYear: number;
  /**
   * Loss in the gaps, the clock starting with each; null when the journey has no loss. @unit currency per year
   */
  readonly lossPerYear: number | null;
  /** Each service that switches. */
  readonly nodes: readonly OracleSwitchingNode[];
  /** Each service with `state` and two alternatives or more. */
  readonly dataLost: readonly OracleDataLost[];
}

export interface OracleSwitchingNode {
  /** The service, or `POOL at least N`. */
  readonly node: string;
  readonly perYear: number;
  readonly hoursPerYear: number;
  readonly downHoursPerYear: number;
}

export interface OracleDataLost {
  readonly service: string;
  /** @unit seconds per year */
  readonly perYear: number;
  /** @unit seconds */
  readonly worst: number;
}

export interface OracleProtections {
  readonly probability: number;
  /** How likely each protection is the one that lacks, or one of them; only those that ever do. */
  readonly missing: Readonly<Partial<Record<Protection, number>>>;
}

export interface OracleSharedFate {
  readonly service: string;
  /** Events by outage or maintenance that alone defeat two alternatives or more (positions from 1). */
  readonly events: readonly { readonly event: string; readonly alternatives: readonly number[] }[];
}

export interface OracleBlast {
  readonly scope: string;
  /** The best mode of each journey, or `down`. */
  readonly journeys: Readonly<Record<string, string>>;
}

/** Most events that are tried in all states. */
const MAX_EVENTS = 16;

export function bruteForce(plan: Plan): OracleResult {
  const meaning = new Meaning(plan);
  const reached = reachedBy(
    meaning,
    plan.journeys.map(({ value }) => value),
  );
  const events = byId(reached.events.values());
  if (events.length > MAX_EVENTS) throw new Error(`${events.length} events, more than ${MAX_EVENTS}.`);
  const states = new States(events);
  return {
    events,
    journeys: plan.journeys.map(({ name, value }) =>
      new JourneyInStates(meaning, states, name, value).result(),
    ),
    sharedFate: findSharedFate(meaning, events, reached),
    blast: blastScopes(reached.references.values()).map((scope) => findBlast(meaning, scope)),
  };
}

/** The events of a plan, in the order of ids. */
export function eventsOf(plan: Plan): readonly OracleEvent[] {
  return byId(
    reachedBy(
      new Meaning(plan),
      plan.journeys.map(({ value }) => value),
    ).events.values(),
  );
}

/** Whether some journey is down before anything has happened. */
export function isDownAtFirst(plan: Plan): boolean {
  const meaning = new Meaning(plan);
  const world: World = { happened: () => false };
  return plan.journeys.some(({ value }) => standingOf(meaning, value, world).best === value.modes.length);
}

function byId(events: Iterable<OracleEvent>): readonly OracleEvent[] {
  return [...events].sort((a, b) => (a.id < b.id ? -1 : 1));
}

function reachedBy(meaning: Meaning, journeys: readonly Journey[]): Reached {
  const reached: Reached = { events: new Map(), nodes: new Map(), references: new Map() };
  for (const { modes } of journeys)
    for (const { value } of modes)
      meaning.reach(value.needs, { load: value.load ?? 1, change: false }, reached);
  return reached;
}

/** All states of the events: bit i of a state says that event i has happened. */
class States {
  readonly events: readonly OracleEvent[];
  readonly count: number;
  readonly probability: Float64Array;
  private readonly bits = new Map<string, number>();
  /** For each event and each state without it: how likely the other events are as they are there. */
  private readonly others: readonly Float64Array[];

  constructor(events: readonly OracleEvent[]) {
    this.events = events;
    this.count = 2 ** events.length;
    for (const [index, { id }] of events.entries()) this.bits.set(id, 1 << index);
    this.probability = this.probabilities(undefined);
    this.others = events.map((_, index) => this.probabilities(index));
  }

  private probabilities(except: number | undefined): Float64Array {
    return Float64Array.from({ length: this.count }, (_, state) =>
      this.events.reduce((product, { probability: q }, index) => {
        if (index === except) return product;
        return product * (((state >> index) & 1) === 1 ? q : 1 - q);
      }, 1),
    );
  }

  world(state: number, forced?: string): World {
    const happened = (event: string): boolean => (state & (this.bits.get(event) ?? 0)) !== 0;
    return forced === undefined ? { happened } : { happened, forced };
  }

  /** P(value), or the mean of it where it is no truth. */
  mean(value: (state: number) => number | boolean): number {
    let sum = 0;
    for (let state = 0; state < this.count; state++)
      sum += (this.probability[state] ?? 0) * Number(value(state));
    return sum;
  }

  /**
   * The mean, over the other events, of what compares the state with the event working and with it
   * failed.
   */
  meanOver(event: number, compare: (working: number, failed: number) => number | boolean): number {
    const bit = 1 << event;
    let sum = 0;
    for (let state = 0; state < this.count; state++)
      if ((state & bit) === 0)
        sum += (this.others[event]?.[state] ?? 0) * Number(compare(state, state | bit));
    return sum;
  }

  /** How often a year an event happens such that the comparison holds: Σ w · P. */
  perYear(compare: (working: number, failed: number) => number | boolean): number {
    return this.events.reduce(
      (sum, { entriesPerYear: w }, event) => sum + (w === 0 ? 0 : w * this.meanOver(event, compare)),
      0,
    );
  }
}

/** How a journey stands in a state. */
interface Standing {
  /** Index of the best mode; the number of modes when down. */
  readonly best: number;
  /** Protections that the best mode is served without. */
  readonly exposed: number;
  /** Protections for want of which the first mode whose requirement works is refused. */
  readonly refused: number;
}

function standingOf(meaning: Meaning, journey: Journey, world: World): Standing {
  let refused = 0;
  for (const [best, { value: mode }] of journey.modes.entries()) {
    const present = meaning.present(mode.needs, { load: mode.load ?? 1, change: false }, world);
    if (present === undefined) continue;
    const { need, missing } = mode.protections ?? journey.protections ?? { need: [], missing: 'refuse' };
    const lacks = protectionBits(need) & ~present;
    if (lacks === 0 || missing === 'serve') return { best, exposed: lacks, refused };
    // Whatever came before did not work at all, or has been noted.
    if (refused === 0) refused = lacks;
  }
  return { best: journey.modes.length, exposed: 0, refused };
}

class JourneyInStates {
  private readonly meaning: Meaning;
  private readonly states: States;
  private readonly name: string;
  private readonly journey: Journey;
  private readonly standings: readonly Standing[];
  private readonly reached: Reached;
  /** Worth of each mode, and of down after them. */
  private readonly worths: readonly number[];

  constructor(meaning: Meaning, states: States, name: string, journey: Journey) {
    this.meaning = meaning;
    this.states = states;
    this.name = name;
    this.journey = journey;
    this.reached = reachedBy(meaning, [journey]);
    this.worths = [...journey.modes.map(({ value }) => value.worth ?? 1), 0];
    this.standings = Array.from({ length: states.count }, (_, state) =>
      standingOf(meaning, journey, states.world(state)),
    );
  }

  result(): OracleJourney {
    const { states } = this;
    const degraded = this.condition((state) => this.best(state) > 0);
    const services = new Set([...this.reached.nodes.values()].map((node) => node.name));
    return {
      name: this.name,
      modes: this.journey.modes.map(({ name }, mode) => ({
        name,
        worth: this.worth(mode),
        probability: states.mean((state) => this.best(state) === mode),
      })),
      down: this.condition((state) => this.isDown(state)),
      degraded,
      importance: this.importance(),
      lossPerYear: this.lossPerYear(degraded),
      switchOver: this.switchOver(),
      exposed: this.protections((state) => this.standings[state]?.exposed ?? 0),
      refused: this.protections((state) => this.standings[state]?.refused ?? 0),
      compromise: findCompromise(this.meaning, this.journey, [...services]),
    };
  }

  private best(state: number): number {
    return this.standings[state]?.best ?? Number.NaN;
  }

  private worth(mode: number): number {
    return this.worths[mode] ?? Number.NaN;
  }

  private isDown(state: number): boolean {
    return this.best(state) === this.journey.modes.length;
  }

  private condition(holds: (state: number) => boolean): OracleCondition {
    const { states } = this;
    const probability = states.mean(holds);
    const outagesPerYear = states.perYear((working, failed) => holds(working) !== holds(failed));
    const hoursPerYear = probability * HOURS_PER_YEAR;
    const cutSets = minimalSets(
      states.events.map(({ id }) => id),
      holds,
    );
    return {
      probability,
      hoursPerYear,
      outagesPerYear,
      meanHours: outagesPerYear === 0 ? null : hoursPerYear / outagesPerYear,
      cutSets,
      singlePoints: cutSets.flatMap((set) => (set.length === 1 ? set : [])),
      coherent: states.events.every(
        (_, event) => states.meanOver(event, (working, failed) => holds(working) && !holds(failed)) === 0,
      ),
    };
  }

  private importance(): readonly OracleImportance[] {
    const { states } = this;
    const down = states.mean((state) => this.isDown(state));
    if (down === 0) return [];
    return states.events.map(({ id, probability: q }, event) => {
      const downFailed = states.meanOver(event, (_, failed) => this.isDown(failed));
      const downWorking = states.meanOver(event, (working) => this.isDown(working));
      const birnbaum = states.meanOver(
        event,
        (working, failed) => Number(this.isDown(failed)) - Number(this.isDown(working)),
      );
      return {
        event: id,
        birnbaum,
        criticality: (birnbaum * q) / down,
        raw: downFailed / down,
        rrw: down / downWorking,
      };
    });
  }

  private lossPerYear(degraded: OracleCondition): number | null {
    const { loss } = this.journey;
    if (loss === undefined) return null;
    const unworthyHours = this.states.mean((state) => 1 - this.worth(this.best(state))) * HOURS_PER_YEAR;
    const [first] = loss;
    if (loss.length === 1 && first?.after === 0) return unworthyHours * first.rate.amount;
    // With steps: what a stay of mean D still has to come at `after` is D·e^(−after/D), the whole D at 0.
    const stay = degraded.meanHours ?? Number.POSITIVE_INFINITY;
    let rate = 0;
    let before = 0;
    for (const step of loss) {
      rate += (step.rate.amount - before) * Math.exp(-step.after / stay);
      before = step.rate.amount;
    }
    return unworthyHours * rate;
  }

  private protections(lacks: (state: number) => number): OracleProtections {
    const missing: Partial<Record<Protection, number>> = {};
    for (const [index, protection] of PROTECTIONS.entries()) {
      const probability = this.states.mean((state) => (lacks(state) >> index) & 1);
      if (probability > 0) missing[protection] = probability;
    }
    return { probability: this.states.mean((state) => lacks(state) !== 0), missing };
  }

  private switchOver(): OracleSwitchOver {
    const { loss } = this.journey;
    const switching = [...this.switchingNodes().values()].map((node) => this.switchesOf(node));
    const sum = (what: 'perYear' | 'hoursPerYear' | 'downHoursPerYear' | 'lossPerYear'): number =>
      switching.reduce((total, node) => total + node[what], 0);
    return {
      perYear: sum('perYear'),
      hoursPerYear: sum('hoursPerYear'),
      downHoursPerYear: sum('downHoursPerYear'),
      lossPerYear: loss === undefined ? null : sum('lossPerYear'),
      nodes: switching.map(({ lossPerYear: _, ...node }) => node),
      dataLost: this.dataLost(),
    };
  }

  /**
   * Services with two alternatives or more and growing pools, reached otherwise than through what only a
   * change needs.
   */
  private switchingNodes(): Map<string, ServiceNode> {
    const found = new Map<string, ServiceNode>();
    for (const node of this.reached.nodes.values()) {
      const { any = [], pool = [] } = this.meaning.service(node.name);
      if (node.context.change || (any.length < 2 && growthTimes(pool).length === 0)) continue;
      found.set(nodeKey(node), { name: node.name, asked: node.asked });
    }
    return found;
  }

  /**
   * Switches of a node that users notice: the best mode after the switch would be a worse one, or none,
   * without the node. The load is that of the best mode after the switch.
   */
  private switchesOf(node: ServiceNode): OracleSwitchingNode & { readonly lossPerYear: number } {
    const { states, journey } = this;
    const key = nodeKey(node);
    const forced = remembered(
      states.count,
      (state) => standingOf(this.meaning, journey, states.world(state, key)).best,
    );
    const positionAt = new Map(loadsOf(journey).map((load) => [load, this.positions(node, load)]));
    const gaps = gapsOf(this.meaning, node);
    /**
     * The gap that users notice when the event turns one state into the other; undefined when there is
     * none.
     */
    const noticed = (
      working: number,
      failed: number,
    ): { gap: number; best: number; without: number } | undefined => {
      const best = this.best(failed);
      const mode = journey.modes[best]?.value;
      if (mode === undefined) return undefined;
      const position = positionAt.get(mode.load ?? 1);
      const from = position?.(working);
      const to = position?.(failed);
      if (from === undefined || to === undefined || to <= from) return undefined;
      const without = forced(failed);
      return without > best ? { gap: gaps(to), best, without } : undefined;
    };
    return {
      node: key,
      perYear: states.perYear((working, failed) => noticed(working, failed) !== undefined),
      hoursPerYear: states.perYear((working, failed) => noticed(working, failed)?.gap ?? 0),
      downHoursPerYear: states.perYear((working, failed) => {
        const found = noticed(working, failed);
        return found?.without === journey.modes.length ? found.gap : 0;
      }),
      lossPerYear: states.perYear((working, failed) => {
        const found = noticed(working, failed);
        return found === undefined
          ? 0
          : this.lossOver(found.gap) * (this.worth(found.best) - this.worth(found.without));
      }),
    };
  }

  /** What a stay of exactly so many hours without anything costs. */
  private lossOver(hours: number): number {
    let sum = 0;
    let before = 0;
    for (const step of this.journey.loss ?? []) {
      sum += (step.rate.amount - before) * Math.max(0, hours - step.after);
      before = step.rate.amount;
    }
    return sum;
  }

  private positions(node: ServiceNode, load: number): (state: number) => number | undefined {
    const context: Context = { load, change: false };
    return remembered(this.states.count, (state) =>
      this.meaning.position(node, context, this.states.world(state)),
    );
  }

  /** How much each service loses by its own switches, at the load of the first mode that reaches it. */
  private dataLost(): readonly OracleDataLost[] {
    const found = new Map<string, OracleDataLost>();
    for (const { name, asked, context } of this.reached.nodes.values()) {
      const { state, any = [] } = this.meaning.service(name);
      if (state === undefined || any.length < 2 || context.change || found.has(name)) continue;
      const position = this.positions({ name, asked }, context.load);
      const perYear = this.states.perYear((working, failed) => {
        const from = position(working);
        const to = position(failed);
        return from !== undefined && to !== undefined && to > from;
      });
      const worst = (state.lag ?? 0) * 3600;
      found.set(name, { service: name, perYear: perYear * worst, worst });
    }
    return [...found.values()];
  }
}

/** The function, asked at most once a state. */
function remembered<T>(count: number, ask: (state: number) => T): (state: number) => T {
  const answers = new Array<{ readonly value: T } | undefined>(count);
  return (state) => {
    const answer = answers[state] ?? { value: ask(state) };
    answers[state] = answer;
    return answer.value;
  };
}

function loadsOf({ modes }: Journey): readonly number[] {
  return [...new Set(modes.map(({ value }) => value.load ?? 1))];
}

/** How long it takes to get to an alternative, or to a stage of growth. @unit hours */
function gapsOf(meaning: Meaning, { name }: ServiceNode): (to: number) => number {
  const { failover, pool } = meaning.service(name);
  if (pool !== undefined) {
    const times = growthTimes(pool);
    return (stage) => times[stage - 1] ?? 0;
  }
  const { detect = 0, approve = 0, switch: switched = 0, spread = 0 } = failover ?? {};
  return () => detect + approve + switched + spread / 2;
}

/** Alternatives are looked at in each way that the service is reached (change or not), at no load. */
function findSharedFate(
  meaning: Meaning,
  events: readonly OracleEvent[],
  reached: Reached,
): readonly OracleSharedFate[] {
  const nodes = new Map(
    [...reached.nodes.values()].map((node) => [`${node.name} ${node.context.change}`, node]),
  );
  const found = new Map<string, Map<string, Set<number>>>();
  for (const { name, context } of nodes.values()) {
    const service = meaning.service(name);
    if (redundancyOf(service) === undefined) continue;
    const shared = found.get(name) ?? new Map<string, Set<number>>();
    found.set(name, shared);
    for (const { id } of events) {
      if (isDrawn(id)) continue;
      const world: World = { happened: (event) => event === id };
      const defeated = membersOf(service).flatMap((member, index) =>
        meaning.present(member, { ...context, load: 0 }, world) === undefined ? [index + 1] : [],
      );
      if (defeated.length >= 2) shared.set(id, new Set([...(shared.get(id) ?? []), ...defeated]));
    }
  }
  return [...found].map(([service, shared]) => ({
    service,
    events: [...shared].map(([event, alternatives]) => ({
      event,
      alternatives: [...alternatives].sort((a, b) => a - b),
    })),
  }));
}

function isDrawn(event: string): boolean {
  return /:(switch|standby-\d+)$/.test(event);
}

function findBlast(meaning: Meaning, scope: string): OracleBlast {
  const world: World = { happened: () => false, gone: (reference) => isAtOrUnder(reference, scope) };
  const journeys: Record<string, string> = {};
  for (const { name, value } of meaning.plan.journeys) {
    const { best } = standingOf(meaning, value, world);
    journeys[name] = value.modes[best]?.name ?? 'down';
  }
  return { scope, journeys };
}
