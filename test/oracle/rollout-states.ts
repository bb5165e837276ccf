/** All states of a world around a rollout, and what must hold in each. */
import { BrokenRule, keyOf, RolloutWorld, type Policy, type Scenario, type World } from './rollout-world.ts';

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
  graph.reach(keyOf(world.begin()), -1, '');
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
          const next = turn.go();
          const isNew = graph.reach(keyOf(next), from, turn.name);
          if (turn.name === 'time' && graph.last === from) checkMoves(one);
          if (isNew) following.push(next);
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

/** With time alone, however long, a trial comes to an end; what a target is being given does so by itself. */
function checkMoves({ rollout: { trial, isFrozen }, targets }: World): void {
  const isIdle = targets.every(({ task }) => task === null);
  if (trial !== null && !isFrozen && isIdle) throw new BrokenRule(`The trial of ${trial.id} hangs for good.`);
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
