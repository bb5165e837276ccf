/**
 * A little world around a rollout: targets with what is on their disks and what they run, a daemon that can end between any two
 * moments, versions that are good or not, and people. It knows the truth, and says what must never be.
 *
 * One unit of time is one watch. Now is always 0: when time passes, what was moves into the past.
 */
import {
  Rollout,
  type RolloutAction,
  type RolloutEvent,
  type RolloutHealth,
  type RolloutOptions,
  type RolloutState,
  type TargetState,
  type Trial,
} from '../../src/policies/rollout.ts';

/** `harmful`: targets take it, and all is unhealthy while one runs it. `unloadable`: targets read it and say no. */
export type Nature = 'good' | 'harmful' | 'unloadable';

/** What may go wrong, and how often. */
export interface Disturbances {
  /** The daemon ends. */
  readonly crash: number;
  /** A target cannot be reached any more, for as long as one likes. */
  readonly loss: number;
  /** A target takes what it is given, and its answer is lost. */
  readonly silence: number;
  /** All is called unhealthy, though it is not. */
  readonly flap: number;
  /** Health is not known, for as long as one likes. */
  readonly blindness: number;
  readonly freeze: number;
  readonly kill: number;
  /** A person kills the good version itself. */
  readonly regret: number;
  /** Somebody writes a file of their own on a target. */
  readonly hand: number;
}

export const CALM: Disturbances = {
  crash: 0,
  loss: 0,
  silence: 0,
  flap: 0,
  blindness: 0,
  freeze: 0,
  kill: 0,
  regret: 0,
  hand: 0,
};

export interface Scenario {
  readonly targets: number;
  /** Whether a good version is known from before; else targets have something that nobody knows. */
  readonly hasGood: boolean;
  /** Offered in this order, each whenever one likes. Their names are A, B, … */
  readonly offers: readonly Nature[];
  readonly disturbances: Partial<Disturbances>;
  readonly options?: Partial<RolloutOptions>;
}

interface WorldTarget {
  readonly file: string | null;
  readonly runs: string | null;
  readonly isReachable: boolean;
  /** What the daemon is doing to it. */
  readonly task: {
    readonly id: string | null;
    readonly done: 'nothing' | 'written' | 'acknowledged' | 'refused' | 'unreachable';
  } | null;
}

export interface World {
  /** As the daemon has it, and as it is on its disk: it is written before anything is done. */
  readonly rollout: RolloutState;
  readonly isUp: boolean;
  readonly isBlind: boolean;
  readonly targets: readonly WorldTarget[];
  readonly offered: number;
  readonly left: Disturbances;
  /** How many units the present step has been watched, as seen from outside. */
  readonly watched: number;
  /** Who did not answer when the trial began. */
  readonly absent: readonly number[];
}

/** One thing that can happen. */
export interface Turn {
  readonly name: string;
  readonly world: World;
  /** Whether it needs somebody's ill luck: in quiet only the others happen. */
  readonly isDisturbance: boolean;
}

/** A rule that was broken, and how the world got there. */
export class BrokenRule extends Error {}

/** What drives the world: the policy, or one that is spoilt on purpose. */
export type Policy = (
  options: RolloutOptions,
  state: RolloutState,
  event: RolloutEvent,
) => { readonly state: RolloutState; readonly actions: readonly RolloutAction[]; readonly wakeAt: number };

export const thePolicy: Policy = (options, before, event) => {
  const rollout = new Rollout(options, before);
  const actions = rollout.take(event, 0);
  return { state: rollout.state, actions, wakeAt: rollout.wakeAt };
};

const WATCH = 1;
const STEADY = 1;
const PATIENCE = 3;

export class RolloutWorld {
  private readonly scenario: Scenario;
  private readonly policy: Policy;
  private readonly options: RolloutOptions;
  private readonly names: readonly string[];

  constructor(scenario: Scenario, policy: Policy = thePolicy) {
    this.scenario = scenario;
    this.policy = policy;
    this.names = Array.from({ length: scenario.targets }, (_, i) => `t${i}`);
    this.options = {
      targets: this.names,
      canary: { targets: 1 },
      canaryWatchMs: WATCH,
      waves: [0.7, 1],
      watchMs: WATCH,
      steadyMs: STEADY,
      patienceMs: PATIENCE,
      againMs: 1,
      againMostMs: 2,
      ...scenario.options,
    };
  }

  begin(): World {
    const { hasGood, disturbances } = this.scenario;
    const file = hasGood ? 'G' : 'O';
    return {
      rollout: { ...new Rollout(this.options).state, good: hasGood ? 'G' : null },
      isUp: false,
      isBlind: false,
      targets: this.names.map(() => ({ file, runs: file, isReachable: true, task: null })),
      offered: 0,
      left: { ...CALM, ...disturbances },
      watched: 0,
      absent: [],
    };
  }

  /** Everything that can happen next. */
  turns(world: World): Turn[] {
    return [...this.quietTurns(world), ...this.offerTurns(world), ...this.disturbances(world)];
  }

  /** What happens by itself, sooner or later: what must be done before time passes comes first. */
  quietTurns(world: World): Turn[] {
    const turns: Turn[] = [];
    const add = (name: string, next: World): void => {
      turns.push({ name, world: next, isDisturbance: false });
    };
    if (!world.isUp) add('restart', this.restart(world));
    for (const [i, target] of world.targets.entries())
      if (!target.isReachable) add(`t${i} back`, this.change(world, i, { isReachable: true }));
    if (world.isBlind) add('sight', { ...world, isBlind: false });
    if (!world.isUp) return turns;
    if (world.rollout.isFrozen) add('thaw', this.tell(world, { kind: 'thaw' }));
    for (const i of world.targets.keys()) turns.push(...this.targetTurns(world, i));
    const health = this.truth(world);
    if (health !== world.rollout.health) add(health, this.tell(world, { kind: 'health', health }));
    else add('time', this.pass(world));
    return turns;
  }

  private targetTurns(world: World, i: number): Turn[] {
    const target = world.targets[i];
    if (target === undefined) return [];
    const turn = (name: string, next: World): Turn => ({
      name: `t${i} ${name}`,
      world: next,
      isDisturbance: false,
    });
    const { task, isReachable, file } = target;
    const turns: Turn[] = [];
    if (task !== null) turns.push(turn(...this.work(world, i, target, task)));
    const view = world.rollout.targets[`t${i}`];
    const isUnseen = view?.kind === 'unseen' || view?.kind === 'lost';
    if (isReachable && (isUnseen || (view?.kind === 'has' && view.id !== file)))
      turns.push(turn('seen', this.tell(world, { kind: 'seen', target: `t${i}`, id: file })));
    if (!isReachable && view?.kind !== 'lost' && view?.kind !== 'placing')
      turns.push(turn('lost', this.tell(world, { kind: 'lost', target: `t${i}` })));
    return turns;
  }

  /** The next part of what the daemon is doing to a target. */
  private work(
    world: World,
    i: number,
    { isReachable }: WorldTarget,
    task: NonNullable<WorldTarget['task']>,
  ): [string, World] {
    const { id, done } = task;
    if (done === 'acknowledged' || done === 'refused' || done === 'unreachable') {
      const idle = this.change(world, i, { task: null });
      return [done, this.tell(idle, { kind: 'placed', target: `t${i}`, id, outcome: done })];
    }
    if (!isReachable) return ['unreached', this.change(world, i, { task: { id, done: 'unreachable' } })];
    if (done === 'nothing')
      return ['written', this.change(world, i, { file: id, task: { id, done: 'written' } })];
    if (this.natureOf(id) === 'unloadable')
      return ['no', this.change(world, i, { task: { id, done: 'refused' } })];
    return ['loaded', this.change(world, i, { runs: id, task: { id, done: 'acknowledged' } })];
  }

  private offerTurns(world: World): Turn[] {
    const { offered } = world;
    if (!world.isUp || offered >= this.scenario.offers.length) return [];
    const id = nameOf(offered);
    const next = this.tell({ ...world, offered: offered + 1 }, { kind: 'offered', id });
    return [{ name: `offered ${id}`, world: next, isDisturbance: false }];
  }

  private disturbances(world: World): Turn[] {
    const turns: Turn[] = [];
    const { isUp, rollout, isBlind, targets } = world;
    const add = (name: keyof Disturbances, target: number | null, next: (world: World) => World): void => {
      if (world.left[name] === 0) return;
      const left = { ...world.left, [name]: world.left[name] - 1 };
      const told = target === null ? name : `t${target} ${name}`;
      turns.push({ name: told, world: next({ ...world, left }), isDisturbance: true });
    };
    for (const [i, { isReachable, task, file }] of targets.entries()) {
      if (isReachable) add('loss', i, (to) => this.change(to, i, { isReachable: false }));
      if (task?.done === 'acknowledged' || task?.done === 'refused')
        add('silence', i, (to) => this.change(to, i, { task: { id: task.id, done: 'unreachable' } }));
      if (file !== 'X') add('hand', i, (to) => this.change(to, i, { file: 'X' }));
    }
    if (!isBlind) add('blindness', null, (to) => ({ ...to, isBlind: true }));
    if (!isUp) return turns;
    add('crash', null, (to) => ({
      ...to,
      isUp: false,
      targets: to.targets.map((target) => ({ ...target, task: null })),
    }));
    if (rollout.health === 'healthy')
      add('flap', null, (to) => this.tell(to, { kind: 'health', health: 'unhealthy' }));
    if (!rollout.isFrozen) add('freeze', null, (to) => this.tell(to, { kind: 'freeze' }));
    add('kill', null, (to) => this.tell(to, { kind: 'kill' }));
    const { good } = rollout;
    if (good !== null) add('regret', null, (to) => this.tell(to, { kind: 'kill', good }));
    return turns;
  }

  private restart(world: World): World {
    const up = this.tell({ ...world, isUp: true }, { kind: 'restarted' });
    // The source still has the newest version.
    return world.offered === 0 ? up : this.tell(up, { kind: 'offered', id: nameOf(world.offered - 1) });
  }

  private pass(world: World): World {
    const { rollout } = world;
    const isWatching = rollout.health === 'healthy' && !rollout.isFrozen;
    const watched = isWatching ? Math.min(WATCH, world.watched + 1) : 0;
    return this.tell({ ...world, watched, rollout: older(rollout) }, { kind: 'time' });
  }

  /** Health as an honest rule tells it. */
  private truth({ targets, isBlind }: World): RolloutHealth {
    if (isBlind) return 'unknown';
    return targets.some(({ runs }) => this.natureOf(runs) === 'harmful') ? 'unhealthy' : 'healthy';
  }

  private natureOf(id: string | null): Nature {
    const offer = id === null || id.length > 1 ? -1 : id.charCodeAt(0) - FIRST_NAME;
    return this.scenario.offers[offer] ?? 'good';
  }

  private isCandidate(id: string | null): boolean {
    return id !== null && id.charCodeAt(0) - FIRST_NAME < this.scenario.offers.length;
  }

  private change(world: World, i: number, change: Partial<WorldTarget>): World {
    return {
      ...world,
      targets: world.targets.map((target, k) => (k === i ? { ...target, ...change } : target)),
    };
  }

  /** The daemon takes an event: its state is kept, then what it says is begun. */
  private tell(world: World, event: RolloutEvent): World {
    const before = world.rollout;
    const { state, actions, wakeAt } = this.policy(this.options, before, event);
    if (!(wakeAt > 0)) throw new BrokenRule('It is not done, and goes on by itself.');
    let next: World = { ...world, rollout: state };
    if (wasDisturbed(event, state)) next = { ...next, watched: 0 };
    next = this.obey(next, before, actions);
    if (event.kind === 'health' && event.health === 'unhealthy') checkGoesBack(before, next);
    this.check(next);
    return next;
  }

  private obey(world: World, before: RolloutState, actions: readonly RolloutAction[]): World {
    let next = world;
    let { good } = before;
    const trial = world.rollout.trial ?? before.trial;
    const had = before.trial?.id === trial?.id ? (before.trial?.given ?? []) : [];
    if (had.length === 0 && trial !== null) next = { ...next, absent: absentOf(this.names, before) };
    let given = 0;
    for (const action of actions) {
      if (action.kind === 'keep') {
        if (before.trial?.id === action.id) this.checkKept(next, action.id);
        good = action.id;
      }
      if (action.kind !== 'place') continue;
      const i = this.names.indexOf(action.target);
      if (action.id !== good && action.id === trial?.id && !had.includes(action.target)) given++;
      else if (action.id !== good && action.id !== trial?.id && good !== null)
        throw new BrokenRule(`${action.target} is given ${action.id}, which is neither kept nor on trial.`);
      if (action.id !== good && world.rollout.isFrozen && action.id === trial?.id)
        throw new BrokenRule('A candidate is given to a target while all is frozen.');
      next = this.change(next, i, { task: { id: action.id, done: 'nothing' } });
    }
    if (given === 0) return next;
    const canary = had.length === 0 ? Math.max(1, Math.min(1, this.names.length - 1)) : 0;
    if (given > canary && (had.length === 0 || next.watched < WATCH))
      throw new BrokenRule(`${given} targets are given ${trial?.id} before it was watched.`);
    return { ...next, watched: 0 };
  }

  private checkKept(world: World, id: string): void {
    if (this.natureOf(id) !== 'good') throw new BrokenRule(`${id} is called good.`);
    if (world.watched < WATCH) throw new BrokenRule(`${id} is called good without having been watched.`);
    const { left } = world;
    const wasAway = left.loss + left.silence + left.hand < this.outages();
    if (!wasAway && world.targets.some(({ runs }) => runs !== id))
      throw new BrokenRule(`${id} is called good before it was on all targets.`);
  }

  private outages(): number {
    const { loss, silence, hand } = { ...CALM, ...this.scenario.disturbances };
    return loss + silence + hand;
  }

  /** What holds at every moment. */
  private check(world: World): void {
    for (const [offer, nature] of this.scenario.offers.entries()) {
      const id = nameOf(offer);
      const having = world.targets.filter(({ file, runs }) => file === id || runs === id).length;
      if (nature !== 'good' && having > 1)
        throw new BrokenRule(`${id}, which is ${nature}, is on ${having} targets.`);
    }
    const { trial, good, previous } = world.rollout;
    if (trial === null) return;
    for (const [i, { file, runs }] of world.targets.entries())
      for (const id of [file, runs])
        if (this.isCandidate(id) && id !== trial.id && id !== good && id !== previous)
          if (!world.absent.includes(i))
            throw new BrokenRule(`${id} is on t${i} while ${trial.id} is tried.`);
  }

  /** What holds once nothing happens any more. */
  checkEnd(world: World): void {
    const { good, refused, trial, waiting } = world.rollout;
    if (trial !== null || waiting !== null) throw new BrokenRule('It ends without an end.');
    const wanted = good ?? 'O';
    for (const [i, { file, runs }] of world.targets.entries()) {
      const isByHand = good === null && file === 'X';
      if (!isByHand && (file !== wanted || runs !== wanted))
        throw new BrokenRule(`In the end t${i} has ${file} and runs ${runs}, not ${wanted}.`);
    }
    if (world.offered === 0) return;
    const last = nameOf(world.offered - 1);
    if (this.natureOf(last) !== 'good' || good === last) return;
    const why = refused.find(({ id }) => id === last)?.why;
    if (!this.isExcused(world, why)) throw new BrokenRule(`In the end ${last} is not good: ${why}.`);
  }

  /** Whether something has happened for which a good version may be refused. */
  private isExcused({ left }: World, why: string | undefined): boolean {
    const all = { ...CALM, ...this.scenario.disturbances };
    switch (why) {
      case 'unhealthy':
        return left.flap < all.flap;
      case 'killed':
        return left.kill + left.regret < all.kill + all.regret;
      case 'interrupted':
        return all.crash - left.crash >= 2;
      case 'unproven':
        return left.blindness + left.loss + left.silence < all.blindness + all.loss + all.silence;
      default:
        return false;
    }
  }
}

const FIRST_NAME = 'A'.charCodeAt(0);

function nameOf(offer: number): string {
  return String.fromCharCode(FIRST_NAME + offer);
}

/** What begins a watch anew, as seen from outside. */
function wasDisturbed(event: RolloutEvent, { isFrozen }: RolloutState): boolean {
  if (event.kind === 'health') return event.health !== 'healthy';
  if (event.kind === 'placed') return event.outcome === 'acknowledged';
  return event.kind === 'restarted' || isFrozen;
}

function absentOf(names: readonly string[], { targets }: RolloutState): number[] {
  return [...names.keys()].filter((i) => targets[`t${i}`]?.kind !== 'has');
}

/** In the very moment, everybody who can be asked is given what was before. */
function checkGoesBack({ trial }: RolloutState, { rollout, targets }: World): void {
  if (rollout.trial !== null) throw new BrokenRule('Health fails, and the trial goes on.');
  if (trial === null) return;
  for (const [i, { task }] of targets.entries()) {
    const view = rollout.targets[`t${i}`];
    if (task?.id === trial.id) throw new BrokenRule(`Health fails, and t${i} is still given ${trial.id}.`);
    if (view !== undefined && 'id' in view && view.id === trial.id)
      throw new BrokenRule(`Health fails, and t${i} keeps ${trial.id}.`);
  }
}

/** One unit later, seen from then. What is long past is all the same. */
function older(state: RolloutState): RolloutState {
  const earlier = (time: number | null, most: number): number | null =>
    time === null ? null : Math.max(time - 1, -most);
  const trial: Trial | null =
    state.trial === null
      ? null
      : {
          ...state.trial,
          placedSince: earlier(state.trial.placedSince, PATIENCE),
          watchedSince: earlier(state.trial.watchedSince, WATCH),
        };
  const targets = Object.entries(state.targets).map(([name, target]): [string, TargetState] => [
    name,
    target.kind === 'failing'
      ? { ...target, tries: Math.min(3, target.tries), againAt: Math.max(target.againAt - 1, 0) }
      : target,
  ]);
  return {
    ...state,
    healthySince: earlier(state.healthySince, STEADY),
    trial,
    targets: Object.fromEntries(targets),
  };
}

export interface Explored {
  readonly states: number;
  readonly turns: number;
  readonly ends: number;
  /** The longest way to a state that was not known before. */
  readonly depth: number;
}

/**
 * Every state that can be reached, breadth first, and what must hold in each: also that it ends well once it is quiet.
 *
 * @throws BrokenRule with the shortest way there
 */
export function explore(scenario: Scenario, policy?: Policy): Explored {
  const world = new RolloutWorld(scenario, policy);
  const graph = new Graph();
  let present = [world.begin()];
  graph.reach(keyOf(present[0]), -1, '');
  let turns = 0;
  let depth = 0;
  let from = 0;
  for (; present.length > 0; depth++) {
    const following: World[] = [];
    for (const one of present) {
      try {
        let quiet = -1;
        for (const turn of world.turns(one)) {
          turns++;
          const isNew = graph.reach(keyOf(turn.world), from, turn.name);
          if (isNew) following.push(turn.world);
          // In quiet, what comes first is done first.
          if (!turn.isDisturbance && quiet < 0 && graph.last !== from) quiet = graph.last;
        }
        graph.quiet.push(quiet);
        if (quiet < 0) world.checkEnd(one);
      } catch (error) {
        if (!(error instanceof BrokenRule)) throw error;
        throw new BrokenRule(`${error.message}\n${graph.wayTo(from).join(', ')}, then this.`);
      }
      from++;
    }
    present = following;
  }
  graph.checkQuiet();
  return { states: from, turns, ends: graph.quiet.filter((next) => next < 0).length, depth };
}

/** States by number, in the order in which they were reached. */
class Graph {
  /** The state that was reached last. */
  last = -1;
  /** By state, what comes next in quiet; -1 where nothing does. */
  readonly quiet: number[] = [];
  private readonly numbers = new Map<string, number>();
  private readonly cameFrom: number[] = [];
  private readonly cameBy: string[] = [];

  /** @returns whether it was not known before */
  reach(key: string, from: number, name: string): boolean {
    const known = this.numbers.get(key);
    this.last = known ?? this.cameFrom.length;
    if (known !== undefined) return false;
    this.numbers.set(key, this.last);
    this.cameFrom.push(from);
    this.cameBy.push(name);
    return true;
  }

  wayTo(state: number): string[] {
    const names: string[] = [];
    for (let at = state; at > 0; at = this.cameFrom[at] ?? 0) names.push(this.cameBy[at] ?? '');
    return names.reverse();
  }

  /** Whatever has happened, quiet comes to an end. */
  checkQuiet(): void {
    const isSeen = new Uint8Array(this.quiet.length);
    for (const start of this.quiet.keys()) {
      const passed = new Set<number>();
      for (let at = start; at >= 0 && isSeen[at] === 0; at = this.quiet[at] ?? -1) {
        if (passed.has(at)) throw new BrokenRule(`It goes round and round.\n${this.wayTo(start).join(', ')}`);
        passed.add(at);
      }
      for (const at of passed) isSeen[at] = 1;
    }
  }
}

function keyOf(world: World | undefined): string {
  return JSON.stringify(world);
}
