/**
 * A little world around a rollout: targets with what is on their disks and what they run, a daemon that can end between any two
 * moments, versions that are good or not, and people. It knows the truth, and says what must never be.
 *
 * Now is always 0: when time passes, a unit of it, what was moves into the past.
 */
import type { RolloutOptions } from '../../src/policies/rollout-options.ts';
import {
  newRollout,
  type RolloutHealth,
  type RolloutState,
  type TargetState,
  type Trial,
} from '../../src/policies/rollout-state.ts';
import { Rollout, type RolloutAction, type RolloutEvent } from '../../src/policies/rollout.ts';

/** `harmful`: targets take it, and all is unhealthy while one runs it. `unloadable`: targets read it and say no. */
export type Nature = 'good' | 'harmful' | 'unloadable';

/** What may go wrong, and how often. */
export interface Disturbances {
  /** The daemon ends. */
  readonly crash: number;
  /** What the daemon knows cannot be written down, for as long as one likes. */
  readonly fullDisk: number;
  /** A target cannot be reached any more, for as long as one likes. */
  readonly loss: number;
  /** A target takes what it is given, and its answer is lost. */
  readonly silence: number;
  /** A target says no to what it would take at another time. */
  readonly sulk: number;
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
  fullDisk: 0,
  loss: 0,
  silence: 0,
  sulk: 0,
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
  /** How many targets are the canary. @default 1 */
  readonly canary?: number;
  /** How many units health may be told late; a watch is one longer. @default 0 */
  readonly late?: number;
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
  /** As the daemon has it, and, unless the disk is full, as it is written down before anything is done. */
  readonly rollout: RolloutState;
  /** What is written down while the disk is full. */
  readonly written: RolloutState | null;
  readonly isUp: boolean;
  readonly isBlind: boolean;
  readonly targets: readonly WorldTarget[];
  readonly offered: number;
  /** What may still go wrong. */
  readonly left: Partial<Disturbances>;
  /** How many units the present step has been watched, as seen from outside. */
  readonly watched: number;
  /** How many units all has been healthy, as told. */
  readonly steady: number;
  /** How many units what is told of health has been untrue. */
  readonly late: number;
  /** Who did not answer when the trial began. */
  readonly absent: readonly number[];
}

/** One thing that can happen. */
export interface Turn {
  readonly name: string;
  readonly go: () => World;
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

const STEADY = 1;
const PATIENCE = 2;

export class RolloutWorld {
  private readonly scenario: Scenario;
  private readonly policy: Policy;
  private readonly options: RolloutOptions;
  private readonly names: readonly string[];
  private readonly watch: number;
  private readonly canary: number;

  constructor(scenario: Scenario, policy: Policy = thePolicy) {
    this.scenario = scenario;
    this.policy = policy;
    this.canary = scenario.canary ?? 1;
    this.watch = 1 + (scenario.late ?? 0);
    this.names = Array.from({ length: scenario.targets }, (_, i) => `t${i}`);
    this.options = {
      targets: this.names,
      canary: { targets: this.canary },
      canaryWatchMs: this.watch,
      waves: [0.7, 1],
      watchMs: this.watch,
      steadyMs: STEADY,
      patienceMs: this.watch + PATIENCE,
      againMs: 1,
      againMostMs: 2,
      ...scenario.options,
    };
  }

  begin(): World {
    const { hasGood, disturbances } = this.scenario;
    const file = hasGood ? 'G' : 'O';
    return {
      rollout: newRollout(this.names, hasGood ? 'G' : null),
      written: null,
      isUp: false,
      isBlind: false,
      targets: this.names.map(() => ({ file, runs: file, isReachable: true, task: null })),
      offered: 0,
      left: disturbances,
      watched: 0,
      steady: 0,
      late: 0,
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
    const add = (name: string, go: () => World): void => {
      turns.push({ name, go, isDisturbance: false });
    };
    if (!world.isUp) add('restart', () => this.restart(world));
    for (const [i, target] of world.targets.entries())
      if (!target.isReachable) add(`t${i} back`, () => this.change(world, i, { isReachable: true }));
    if (world.isBlind) add('sight', () => ({ ...world, isBlind: false }));
    if (world.written !== null) add('space', () => ({ ...world, written: null }));
    if (!world.isUp) return turns;
    if (world.rollout.isFrozen) add('thaw', () => this.tell(world, { kind: 'thaw' }));
    for (const i of world.targets.keys()) turns.push(...this.targetTurns(world, i));
    const health = this.truth(world);
    const isTrue = health === world.rollout.health;
    if (!isTrue) add(health, () => this.tell({ ...world, late: 0 }, { kind: 'health', health }));
    if (isTrue || world.late < (this.scenario.late ?? 0)) add('time', () => this.pass(world, isTrue));
    return turns;
  }

  private targetTurns(world: World, i: number): Turn[] {
    const target = world.targets[i];
    if (target === undefined) return [];
    const turn = (name: string, go: () => World): Turn => ({
      name: `t${i} ${name}`,
      go,
      isDisturbance: false,
    });
    const { task, isReachable, file } = target;
    const turns: Turn[] = [];
    if (task !== null) turns.push(turn(...this.work(world, i, target, task)));
    const view = world.rollout.targets[`t${i}`];
    const isUnseen = view?.kind === 'unseen' || view?.kind === 'lost';
    if (isReachable && (isUnseen || (view?.kind === 'has' && view.id !== file)))
      turns.push(turn('seen', () => this.tell(world, { kind: 'seen', target: `t${i}`, id: file })));
    if (!isReachable && view?.kind !== 'lost' && view?.kind !== 'placing')
      turns.push(turn('lost', () => this.tell(world, { kind: 'lost', target: `t${i}` })));
    return turns;
  }

  /** The next part of what the daemon is doing to a target. */
  private work(
    world: World,
    i: number,
    { isReachable }: WorldTarget,
    task: NonNullable<WorldTarget['task']>,
  ): [string, () => World] {
    const { id, done } = task;
    if (done === 'acknowledged' || done === 'refused' || done === 'unreachable') {
      const idle = this.change(world, i, { task: null });
      return [done, () => this.tell(idle, { kind: 'placed', target: `t${i}`, id, outcome: done })];
    }
    if (!isReachable)
      return ['unreached', () => this.change(world, i, { task: { id, done: 'unreachable' } })];
    if (done === 'nothing')
      return ['written', () => this.change(world, i, { file: id, task: { id, done: 'written' } })];
    if (this.natureOf(id) === 'unloadable')
      return ['no', () => this.change(world, i, { task: { id, done: 'refused' } })];
    return ['loaded', () => this.change(world, i, { runs: id, task: { id, done: 'acknowledged' } })];
  }

  private offerTurns(world: World): Turn[] {
    const { offered } = world;
    if (!world.isUp || offered >= this.scenario.offers.length) return [];
    const id = nameOf(offered);
    const go = (): World => this.tell({ ...world, offered: offered + 1 }, { kind: 'offered', id });
    return [{ name: `offered ${id}`, go, isDisturbance: false }];
  }

  private disturbances(world: World): Turn[] {
    const turns: Turn[] = [];
    const { isUp, rollout, isBlind, targets } = world;
    const add = (name: keyof Disturbances, target: number | null, next: (world: World) => World): void => {
      const times = world.left[name] ?? 0;
      if (times === 0) return;
      const left = { ...world.left, [name]: times - 1 };
      const told = target === null ? name : `t${target} ${name}`;
      turns.push({ name: told, go: () => next({ ...world, left }), isDisturbance: true });
    };
    for (const [i, { isReachable, task, file }] of targets.entries()) {
      if (isReachable) add('loss', i, (to) => this.change(to, i, { isReachable: false }));
      if (task?.done === 'acknowledged' || task?.done === 'refused')
        add('silence', i, (to) => this.change(to, i, { task: { id: task.id, done: 'unreachable' } }));
      if (task?.done === 'written')
        add('sulk', i, (to) => this.change(to, i, { task: { id: task.id, done: 'refused' } }));
      if (file !== 'X') add('hand', i, (to) => this.change(to, i, { file: 'X' }));
    }
    if (world.written === null) add('fullDisk', null, (to) => ({ ...to, written: to.rollout }));
    if (!isBlind) add('blindness', null, (to) => ({ ...to, isBlind: true }));
    if (!isUp) return turns;
    add('crash', null, (to) => ({
      ...to,
      rollout: to.written ?? to.rollout,
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

  private pass(world: World, isTrue: boolean): World {
    const { rollout } = world;
    const isHealthy = rollout.health === 'healthy';
    return this.tell(
      {
        ...world,
        watched: isHealthy && !rollout.isFrozen ? Math.min(this.watch, world.watched + 1) : 0,
        steady: isHealthy ? Math.min(STEADY, world.steady + 1) : 0,
        late: isTrue ? 0 : world.late + 1,
        rollout: older(rollout, this.watch),
      },
      { kind: 'time' },
    );
  }

  /** Health as an honest daemon tells it: one that cannot write down what it decides does not know enough to go on. */
  private truth({ targets, isBlind, written }: World): RolloutHealth {
    if (isBlind) return 'unknown';
    if (targets.some(({ runs }) => this.natureOf(runs) === 'harmful')) return 'unhealthy';
    return written === null ? 'healthy' : 'unknown';
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
    if (beginsWatch(event, state)) next = { ...next, watched: 0 };
    if (state.health !== 'healthy') next = { ...next, steady: 0 };
    next = this.obey(next, before, actions);
    if (endsTrial(event, before)) checkGoesBack(before, next);
    this.check(next);
    return next;
  }

  private obey(world: World, before: RolloutState, actions: readonly RolloutAction[]): World {
    let next = world;
    let { good } = before;
    const trial = world.rollout.trial ?? before.trial;
    const had = before.trial?.id === trial?.id ? (before.trial?.given ?? []) : [];
    if (had.length === 0 && trial !== null) {
      next = { ...next, absent: absentOf(this.names, before) };
      if (world.steady < STEADY) throw new BrokenRule(`${trial.id} is tried before all was steady.`);
    }
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
      next = this.change(next, i, {
        task: { id: action.id, done: isSafe(world, action) ? 'nothing' : 'unreachable' },
      });
    }
    if (given === 0) return next;
    if (had.length === 0 ? given > this.canary : next.watched < this.watch)
      throw new BrokenRule(`${given} targets are given ${trial?.id} before it was watched.`);
    return { ...next, watched: 0 };
  }

  private checkKept(world: World, id: string): void {
    if (this.natureOf(id) !== 'good') throw new BrokenRule(`${id} is called good.`);
    if (world.watched < this.watch) throw new BrokenRule(`${id} is called good without having been watched.`);
    const wasAway = this.happened(world, 'fullDisk', 'loss', 'silence', 'sulk', 'hand') > 0;
    if (!wasAway && world.targets.some(({ runs }) => runs !== id))
      throw new BrokenRule(`${id} is called good before it was on all targets.`);
  }

  /** What holds at every moment. */
  private check(world: World): void {
    for (const [offer, nature] of this.scenario.offers.entries()) {
      const id = nameOf(offer);
      const having = world.targets.filter(({ file, runs }) => file === id || runs === id).length;
      if (nature !== 'good' && having > this.canary)
        throw new BrokenRule(`${id}, which is ${nature}, is on ${having} targets.`);
    }
    const { trial, good, previous, refused } = world.rollout;
    if (trial === null) return;
    if (refused.some(({ id }) => id === trial.id))
      throw new BrokenRule(`${trial.id} is tried though it was refused.`);
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
  private isExcused(world: World, why: string | undefined): boolean {
    switch (why) {
      case 'unhealthy':
        return this.happened(world, 'flap') > 0;
      case 'nacked':
        return this.happened(world, 'sulk') > 0;
      case 'killed':
        return this.happened(world, 'kill', 'regret') > 0;
      case 'interrupted':
      case 'unproven':
        // Once is no reason.
        return this.happened(world, 'crash', 'fullDisk', 'blindness', 'loss', 'silence') > 1;
      default:
        return false;
    }
  }

  /** How often any of these went wrong. */
  private happened({ left }: World, ...names: readonly (keyof Disturbances)[]): number {
    const all = this.scenario.disturbances;
    return names.reduce((sum, name) => sum + (all[name] ?? 0) - (left[name] ?? 0), 0);
  }
}

const FIRST_NAME = 'A'.charCodeAt(0);

function nameOf(offer: number): string {
  return String.fromCharCode(FIRST_NAME + offer);
}

/** While the disk is full, a target is given what a restart would give it, and nothing else. */
function isSafe(
  { written }: World,
  { target, id }: { readonly target: string; readonly id: string | null },
): boolean {
  return written === null || id === (written.good ?? written.before[target]);
}

/** Whether a watch begins anew, as seen from outside. */
function beginsWatch(event: RolloutEvent, { isFrozen, trial }: RolloutState): boolean {
  if (event.kind === 'health') return event.health !== 'healthy';
  if (event.kind === 'placed') return event.outcome === 'acknowledged' && event.id === trial?.id;
  return event.kind === 'restarted' || isFrozen;
}

function absentOf(names: readonly string[], { targets }: RolloutState): number[] {
  return [...names.keys()].filter((i) => targets[`t${i}`]?.kind !== 'has');
}

/** Whether with this a candidate must be gone from everywhere. */
function endsTrial(event: RolloutEvent, { trial, targets }: RolloutState): boolean {
  if (event.kind === 'health') return event.health === 'unhealthy';
  if (event.kind !== 'placed') return event.kind === 'restarted' || event.kind === 'kill';
  const view = targets[event.target];
  return event.outcome === 'refused' && event.id === trial?.id && view?.kind === 'placing';
}

/** In the very moment, everybody who can be asked is given what was before. */
function checkGoesBack({ trial }: RolloutState, { rollout, targets }: World): void {
  if (trial === null) return;
  if (rollout.trial?.id === trial.id) throw new BrokenRule('The trial goes on, though it must end.');
  for (const [i, { task }] of targets.entries()) {
    const view = rollout.targets[`t${i}`];
    if (task?.id === trial.id)
      throw new BrokenRule(`t${i} is still given ${trial.id}, though its trial ends.`);
    if (view !== undefined && 'id' in view && view.id === trial.id)
      throw new BrokenRule(`t${i} keeps ${trial.id}, though its trial ends.`);
  }
}

/** One unit later, seen from then. What is long past is all the same. */
function older(state: RolloutState, watch: number): RolloutState {
  const earlier = (time: number | null, most: number): number | null =>
    time === null ? null : Math.max(time - 1, -most);
  const trial: Trial | null =
    state.trial === null
      ? null
      : {
          ...state.trial,
          placedSince: earlier(state.trial.placedSince, watch + PATIENCE),
          watchedSince: earlier(state.trial.watchedSince, watch),
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

/** Whatever happens by itself, one thing after the other, until nothing changes any more. */
export function settle(world: RolloutWorld, from: World): World {
  let present = from;
  for (let turns = 0; turns < 10_000; turns++) {
    const key = keyOf(present);
    const next = firstChange(world.quietTurns(present), key);
    if (next === undefined) return present;
    present = next;
  }
  throw new BrokenRule('It goes round and round.');
}

function firstChange(turns: readonly Turn[], key: string): World | undefined {
  for (const { go } of turns) {
    const next = go();
    if (keyOf(next) !== key) return next;
  }
  return undefined;
}

/** A world in so many words: two that have the same are the same. */
export function keyOf(world: World): string {
  return JSON.stringify(world);
}
