import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  BrokenRule,
  RolloutWorld,
  settle,
  thePolicy,
  type Nature,
  type Scenario,
} from '../../test/oracle/rollout-world.ts';
import type { RolloutState } from './rollout-state.ts';
import { Rollout, type RolloutAction, type RolloutEvent } from './rollout.ts';

fc.configureGlobal({ seed: 1 });

const nature: fc.Arbitrary<Nature> = fc.constantFrom('good', 'good', 'harmful', 'unloadable');
const few = fc.integer({ min: 0, max: 3 });

/** Up to ten targets, six versions and everything that may go wrong, some of it more than once. */
const scenario: fc.Arbitrary<Scenario> = fc.record({
  targets: fc.constantFrom(10, 10, 7, 4),
  hasGood: fc.boolean(),
  offers: fc.array(nature, { minLength: 6, maxLength: 6 }),
  canary: fc.integer({ min: 1, max: 3 }),
  late: fc.integer({ min: 0, max: 2 }),
  options: fc.record({ waves: fc.constantFrom([1], [0.3, 0.6, 1], [0.5, 0.5, 1]) }),
  disturbances: fc.record({
    crash: few,
    fullDisk: few,
    loss: few,
    silence: few,
    sulk: few,
    flap: few,
    blindness: few,
    freeze: few,
    kill: few,
    regret: few,
    hand: few,
  }),
});

test('with ten targets and six versions every rule of the model holds, and it ends well once it is quiet', () => {
  const counts: Record<string, number> = {};
  const counted = (action: RolloutAction): void => {
    const key = action.kind === 'refuse' ? action.why : action.kind === 'note' ? action.note : action.kind;
    counts[key] = (counts[key] ?? 0) + 1;
  };
  const choices = fc.array(fc.nat(9_999), { minLength: 200, maxLength: 200 });
  fc.assert(
    fc.property(scenario, choices, (drawn, all) => {
      const world = new RolloutWorld(drawn, (...given) => {
        const told = thePolicy(...given);
        for (const action of told.actions) counted(action);
        return told;
      });
      let present = world.begin();
      const names: string[] = [];
      try {
        for (const choice of all) {
          const turns = world.turns(present);
          // What goes wrong is rare beside what is done.
          const likely = choice % 16 === 0 ? turns : turns.filter(({ isDisturbance }) => !isDisturbance);
          const turn = likely[Math.floor(choice / 16) % likely.length];
          if (turn === undefined) break;
          names.push(turn.name);
          present = turn.go();
        }
        world.checkEnd(settle(world, present));
      } catch (error) {
        if (error instanceof BrokenRule) error.message += `\n${names.join(', ')}`;
        throw error;
      }
    }),
    { numRuns: 300 },
  );
  // It is no proof where nothing happens.
  for (const one of ['keep', 'unhealthy', 'nacked', 'killed', 'foreign', 'unreachable', 'good-refused'])
    expect(counts[one], one).toBeGreaterThan(10);
});

/** Something that happens some time after what was before, to a target where it is about one. */
interface Moment {
  readonly after: number;
  readonly target: string;
  readonly what: RolloutEvent | 'acknowledged' | 'refused' | 'unreachable' | 'lost' | 'there';
}

const id = fc.constantFrom('A', 'B', 'C');
const moment: fc.Arbitrary<Moment> = fc.record({
  after: fc.constantFrom(0, 1, 10, 25, 100),
  target: fc.constantFrom('t0', 't1', 't2'),
  what: fc.oneof(
    { weight: 12, arbitrary: fc.constantFrom('acknowledged', 'acknowledged', 'there', 'refused') },
    { weight: 2, arbitrary: fc.constantFrom('unreachable', 'lost') },
    { weight: 3, arbitrary: fc.record({ kind: fc.constantFrom('offered', 'retry'), id }) },
    {
      weight: 5,
      arbitrary: fc.record({
        kind: fc.constant('health'),
        health: fc.constantFrom('healthy', 'healthy', 'healthy', 'healthy', 'unhealthy', 'unknown'),
      }),
    },
    { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom('freeze', 'thaw', 'thaw', 'restarted') }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('kill'), good: id }) },
  ),
});
const moments = fc.array(moment, { minLength: 1, maxLength: 60 });

interface Driven {
  readonly told: readonly string[];
  readonly rollout: Rollout;
  readonly now: number;
}

interface DriveOptions {
  /** When the clock starts. */
  readonly from?: number;
  /** Called after each event: what is returned goes on. */
  readonly onTaken?: (rollout: Rollout, now: number) => Rollout;
}

const OPTIONS = {
  targets: ['t0', 't1', 't2'],
  canaryWatchMs: 20,
  waves: [0.7, 1],
  watchMs: 10,
  steadyMs: 5,
  againMs: 10,
  againMostMs: 50,
};

/** Everything in turn, and whatever it asks to be woken for. Targets answer what they are asked, or are silent. */
function drive(all: readonly Moment[], { from = 0, onTaken = (same) => same }: DriveOptions = {}): Driven {
  const told: string[] = [];
  let rollout = new Rollout(OPTIONS);
  let now = from;
  let woken = Number.POSITIVE_INFINITY;
  const take = (event: RolloutEvent): void => {
    const actions = rollout.take(event, now);
    for (const action of actions) told.push(`${now - from} ${JSON.stringify(action)}`);
    expect(rollout.wakeAt).toBeGreaterThan(now);
    woken = rollout.wakeAt;
    rollout = onTaken(rollout, now);
  };
  take({ kind: 'restarted' });
  for (const { after, target, what } of all) {
    const until = now + after;
    while (woken <= until) {
      now = woken;
      take({ kind: 'time' });
    }
    now = until;
    take(eventOf(what, target, rollout.state));
  }
  return { told, rollout, now };
}

function eventOf(what: Moment['what'], target: string, { targets, good }: RolloutState): RolloutEvent {
  if (typeof what === 'object') return what;
  if (what === 'lost') return { kind: 'lost', target };
  const state = targets[target];
  if (what === 'there') {
    const last = state?.kind === 'unseen' || state?.kind === 'lost' ? (state.last ?? good) : null;
    return { kind: 'seen', target, id: last };
  }
  return { kind: 'placed', target, id: state?.kind === 'placing' ? state.id : null, outcome: what };
}

describe('whatever happens', () => {
  test('a state that is written down and read again goes on exactly as it would have', () => {
    fc.assert(
      fc.property(moments, (all) => {
        const restored = drive(all, {
          onTaken: ({ state }) => new Rollout(OPTIONS, JSON.parse(JSON.stringify(state))),
        });
        const { told, rollout } = drive(all);
        expect(restored.told).toEqual(told);
        expect(restored.rollout.state).toEqual(rollout.state);
      }),
      { numRuns: 500 },
    );
  });

  test('looking at the clock more often changes nothing', () => {
    fc.assert(
      fc.property(moments, (all) => {
        const { told, rollout } = drive(all);
        const often = drive(all, {
          onTaken: (same, now) => {
            const { wakeAt } = same;
            expect(same.take({ kind: 'time' }, now)).toEqual([]);
            expect(same.wakeAt).toBe(wakeAt);
            return same;
          },
        });
        expect(often.told).toEqual(told);
        expect(often.rollout.state).toEqual(rollout.state);
      }),
      { numRuns: 500 },
    );
  });

  test('what the clock shows at the start makes no difference', () => {
    fc.assert(
      fc.property(moments, fc.integer({ min: -1_000_000, max: 1_000_000 }), (all, from) => {
        expect(drive(all, { from }).told).toEqual(drive(all).told);
      }),
      { numRuns: 500 },
    );
  });
});
