import { describe, expect, test } from 'vitest';
import { explore } from '../../test/oracle/rollout-states.ts';
import {
  CALM,
  thePolicy,
  type Disturbances,
  type Nature,
  type Policy,
  type Scenario,
} from '../../test/oracle/rollout-world.ts';
import type { RolloutOptions } from './rollout-options.ts';
import type { RolloutState, TargetState } from './rollout-state.ts';
import type { RolloutAction, RolloutEvent } from './rollout.ts';

/** All scenarios with so many targets and candidates, in which so many things go wrong. */
interface Size {
  readonly targets: number;
  readonly candidates: 1 | 2;
  readonly disturbances: 0 | 1 | 2;
  readonly late?: number;
}

const NATURES: readonly Nature[] = ['good', 'harmful', 'unloadable'];
// Object.keys does not say which.
const DISTURBANCES = Object.keys(CALM) as (keyof Disturbances)[];

function scenariosOf({ targets, candidates, disturbances, late = 0 }: Size): Scenario[] {
  const offers =
    candidates === 1
      ? NATURES.map((one) => [one])
      : NATURES.flatMap((one) => NATURES.map((other) => [one, other]));
  return [true, false].flatMap((hasGood) =>
    offers.flatMap((these) =>
      misfortunes(disturbances).map((all) => ({ targets, hasGood, offers: these, disturbances: all, late })),
    ),
  );
}

function misfortunes(count: number): Partial<Disturbances>[] {
  if (count === 0) return [{}];
  if (count === 1) return DISTURBANCES.map((one) => ({ [one]: 1 }));
  return DISTURBANCES.flatMap((one, i) =>
    DISTURBANCES.slice(i).map((other) => (other === one ? { [one]: 2 } : { [one]: 1, [other]: 1 })),
  );
}

function exploreAll(size: Size): { states: number; turns: number } {
  const total = { states: 0, turns: 0 };
  for (const scenario of scenariosOf(size)) {
    const { states, turns } = explore(scenario);
    total.states += states;
    total.turns += turns;
  }
  return total;
}

describe('no interleaving leaves a bad file beyond the canary, and each ends well once it is quiet', () => {
  test.each([
    [{ targets: 1, candidates: 1, disturbances: 1 }, 14_543, 33_616],
    [{ targets: 2, candidates: 1, disturbances: 1 }, 54_400, 160_054],
    [{ targets: 1, candidates: 2, disturbances: 0 }, 2_203, 4_746],
    [{ targets: 2, candidates: 2, disturbances: 0 }, 5_075, 13_219],
    [{ targets: 3, candidates: 1, disturbances: 0 }, 2_802, 9_943],
    [{ targets: 3, candidates: 2, disturbances: 0 }, 14_841, 51_863],
    [{ targets: 3, candidates: 1, disturbances: 0, late: 1 }, 4_632, 17_337],
  ] as const)('%o: %i states, %i turns', (size, states, turns) => {
    expect(exploreAll(size)).toEqual({ states, turns });
  });

  /** A quarter of an hour: with LARGE_MODEL=1. The numbers are those of docs/rollout.md. */
  test
    .runIf(process.env.LARGE_MODEL !== undefined)
    .each([
      [{ targets: 1, candidates: 2, disturbances: 1 }],
      [{ targets: 1, candidates: 1, disturbances: 2 }],
      [{ targets: 2, candidates: 1, disturbances: 1, late: 1 }],
      [{ targets: 2, candidates: 2, disturbances: 1 }],
      [{ targets: 3, candidates: 1, disturbances: 1 }],
      [{ targets: 3, candidates: 1, disturbances: 1, late: 1 }],
      [{ targets: 1, candidates: 2, disturbances: 2 }],
      [{ targets: 2, candidates: 1, disturbances: 2 }],
      [{ targets: 3, candidates: 2, disturbances: 1 }],
    ] as const)(
    '%o',
    (size) => {
      console.log(JSON.stringify(size), JSON.stringify(exploreAll(size)));
    },
    3_600_000,
  );
});

/** What is done wrong, at one place or at several. */
interface Spoiling {
  readonly options?: (options: RolloutOptions) => RolloutOptions;
  readonly event?: (event: RolloutEvent, state: RolloutState) => RolloutEvent;
  readonly before?: (state: RolloutState, event: RolloutEvent) => RolloutState;
  readonly after?: (state: RolloutState, before: RolloutState, event: RolloutEvent) => RolloutState;
  readonly actions?: (actions: readonly RolloutAction[]) => readonly RolloutAction[];
}

function spoilt(spoiling: Spoiling): Policy {
  const { options: change = (same) => same, event: hear = (same) => same } = spoiling;
  const { before = (same) => same, after = (same) => same, actions = (same) => same } = spoiling;
  return (options, state, event) => {
    const heard = hear(event, state);
    const told = thePolicy(change(options), before(state, heard), heard);
    return { ...told, state: after(told.state, state, heard), actions: actions(told.actions) };
  };
}

function withTrial(state: RolloutState, change: Partial<NonNullable<RolloutState['trial']>>): RolloutState {
  return state.trial === null ? state : { ...state, trial: { ...state.trial, ...change } };
}

function withTargets(
  state: RolloutState,
  change: (target: TargetState, name: string) => TargetState,
): RolloutState {
  const targets = Object.entries(state.targets).map(([name, target]): [string, TargetState] => [
    name,
    change(target, name),
  ]);
  return { ...state, targets: Object.fromEntries(targets) };
}

const scenario = (
  targets: number,
  offers: readonly Nature[],
  disturbances: Partial<Disturbances> = {},
  more: Partial<Scenario> = {},
): Scenario => ({ targets, hasGood: true, offers, disturbances, ...more });

/** What a policy does wrong, how, where it shows, and the rule that it breaks. */
const SPOILT: readonly (readonly [string, Spoiling, Scenario, RegExp])[] = [
  [
    'goes on before the watch is over',
    { before: (state) => (state.trial?.watchedSince === 0 ? withTrial(state, { watchedSince: -1 }) : state) },
    scenario(2, ['harmful'], { loss: 1 }),
    /is called good/,
  ],
  [
    'takes health that is unknown for health',
    {
      after: (state) =>
        typeof state.trial?.placedSince === 'number' && state.health === 'unknown'
          ? withTrial(state, { watchedSince: state.trial.watchedSince ?? 0 })
          : state,
      before: (state) =>
        state.trial?.watchedSince === -1 ? { ...state, health: 'healthy', healthySince: -1 } : state,
    },
    scenario(2, ['harmful'], { blindness: 1 }),
    /before it was watched/,
  ],
  [
    'does not watch who has it late',
    {
      after: (state, { trial }, event) =>
        event.kind === 'placed' && typeof trial?.watchedSince === 'number'
          ? withTrial(state, { watchedSince: trial.watchedSince })
          : state,
    },
    scenario(2, ['good'], { loss: 1 }, { late: 1 }),
    /called good without having been watched/,
  ],
  [
    'is not moved by health that fails',
    {
      event: (event) =>
        event.kind === 'health' && event.health === 'unhealthy' ? { ...event, health: 'unknown' } : event,
    },
    scenario(2, ['harmful']),
    /The trial goes on/,
  ],
  [
    'goes on after a restart',
    {
      after: (state, { trial, waiting }, event) =>
        event.kind === 'restarted' ? { ...state, trial, waiting } : state,
    },
    scenario(2, ['harmful'], { crash: 1 }),
    /The trial goes on/,
  ],
  [
    'takes a no for a yes',
    {
      event: (event) =>
        event.kind === 'placed' && event.outcome === 'refused'
          ? { ...event, outcome: 'acknowledged' }
          : event,
    },
    scenario(2, ['unloadable']),
    /The trial goes on/,
  ],
  [
    'takes a no for silence',
    {
      event: (event) =>
        event.kind === 'placed' && event.outcome === 'refused' ? { ...event, outcome: 'unreachable' } : event,
    },
    scenario(2, ['unloadable']),
    /The trial goes on/,
  ],
  [
    'believes that who was away has the good one',
    {
      after: (state, { targets }, event) =>
        event.kind === 'seen' && targets[event.target]?.kind === 'lost'
          ? withTargets(state, (target, name) =>
              name === event.target ? { kind: 'has', id: state.good, isConfirmed: true } : target,
            )
          : state,
    },
    scenario(2, ['harmful'], { loss: 1 }),
    /still given A|In the end/,
  ],
  [
    'believes that a file that is there was read',
    {
      before: (state, event) =>
        withTargets(state, (target, name) =>
          event.kind === 'seen' && event.target === name && target.kind === 'unseen'
            ? { ...target, last: event.id }
            : target,
        ),
    },
    scenario(1, ['good'], { crash: 1, flap: 1 }),
    /In the end t0 has G and runs A/,
  ],
  [
    'does not ask again',
    {
      after: (state) =>
        withTargets(state, (target) =>
          target.kind === 'failing' ? { kind: 'has', id: target.id, isConfirmed: true } : target,
        ),
    },
    scenario(2, ['good'], { loss: 1 }),
    /In the end t1 has A and runs G/,
  ],
  [
    'goes on while all is frozen',
    {
      before: (state) => ({ ...state, isFrozen: false }),
      after: (state, { isFrozen }, { kind }) => ({
        ...state,
        isFrozen: kind === 'freeze' || kind === 'kill' || (isFrozen && kind !== 'thaw'),
      }),
    },
    scenario(2, ['good'], { freeze: 1 }),
    /while all is frozen/,
  ],
  [
    'has a canary of two',
    { options: (options) => ({ ...options, canary: { targets: 2 } }) },
    scenario(3, ['harmful']),
    /before it was watched/,
  ],
  [
    'gives before it keeps',
    { actions: (actions) => [...actions].reverse() },
    scenario(2, ['good'], { loss: 1 }),
    /neither kept nor on trial/,
  ],
  [
    'tries again elsewhere while the first canary may still have it',
    {
      after: (state) =>
        typeof state.waiting?.again === 'object' && state.waiting.again !== null
          ? { ...state, waiting: { ...state.waiting, again: [] } }
          : state,
    },
    scenario(2, ['unloadable'], { crash: 1, loss: 1 }),
    /A, which is unloadable, is on 2 targets/,
  ],
  [
    'begins before all is steady',
    { before: (state) => (state.health === 'healthy' ? { ...state, healthySince: -1 } : state) },
    scenario(2, ['harmful', 'good'], { loss: 1 }),
    /before all was steady/,
  ],
  [
    'begins while the last one is still being taken back',
    {
      before: (state, { kind }) =>
        withTargets(state, (target) =>
          kind === 'time' && target.kind === 'placing' && target.id === state.good
            ? { kind: 'has', id: target.id, isConfirmed: true }
            : target,
        ),
    },
    scenario(2, ['unloadable', 'good']),
    /A is on t0 while B is tried/,
  ],
  [
    'forgets what targets had before there was a good one',
    { after: (state) => ({ ...state, before: {} }) },
    scenario(2, ['harmful', 'good'], {}, { hasGood: false }),
    /t0 is still given A|t0 keeps A/,
  ],
  [
    'has no end of patience',
    { options: (options) => ({ ...options, patienceMs: 1e9 }) },
    scenario(2, ['good'], { blindness: 1 }),
    /hangs for good/,
  ],
  [
    'forgets what was offered meanwhile',
    {
      event: (event, { trial }) => (event.kind === 'offered' && trial !== null ? { kind: 'time' } : event),
    },
    scenario(2, ['good', 'good']),
    /In the end B is not good/,
  ],
  [
    'forgets what was refused',
    {
      after: (state, { trial }) => ({
        ...state,
        refused: [],
        waiting:
          state.trial === null && trial !== null && trial.id !== state.good
            ? { id: trial.id, again: null }
            : state.waiting,
      }),
    },
    scenario(2, ['harmful']),
    /round and round|is tried though/,
  ],
];

describe('the model finds a policy that', () => {
  test.each(SPOILT)('%s', (_, spoiling, where, rule) => {
    expect(() => explore(where, spoilt(spoiling))).toThrow(rule);
  });
});
