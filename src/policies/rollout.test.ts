import { describe, expect, test } from 'vitest';
import type { RolloutOptions } from './rollout-options.ts';
import { newRollout } from './rollout-state.ts';
import { Rollout, type RolloutAction, type RolloutEvent } from './rollout.ts';

const THREE = ['a', 'b', 'c'];
const TIMES = { canaryWatchMs: 30, watchMs: 10, steadyMs: 5, againMs: 1, againMostMs: 8 };

/** A rollout that is spoken to in few words, and what it says to that in as few. */
class Talk {
  now = 0;
  readonly rollout: Rollout;

  constructor(options: Partial<RolloutOptions> = {}, good: string | null = 'G') {
    const all = { targets: THREE, ...TIMES, ...options };
    this.rollout = new Rollout(all, newRollout(all.targets, good));
  }

  take(event: RolloutEvent): string {
    return this.rollout.take(event, this.now).map(words).join(', ');
  }

  at(now: number): string {
    this.now = now;
    return this.take({ kind: 'time' });
  }

  offered(id: string): string {
    return this.take({ kind: 'offered', id });
  }

  seen(target: string, id: string | null): string {
    return this.take({ kind: 'seen', target, id });
  }

  lost(target: string): string {
    return this.take({ kind: 'lost', target });
  }

  health(health: 'healthy' | 'unhealthy' | 'unknown'): string {
    return this.take({ kind: 'health', health });
  }

  /** What a target is being given comes to this. */
  placed(target: string, outcome: 'acknowledged' | 'refused' | 'unreachable' = 'acknowledged'): string {
    const state = this.rollout.state.targets[target];
    const id = state?.kind === 'placing' ? state.id : 'nothing';
    return this.take({ kind: 'placed', target, id, outcome });
  }

  /** Everybody has the good one and is healthy. */
  settled(): this {
    this.take({ kind: 'restarted' });
    for (const target of this.rollout.state.good === null ? [] : Object.keys(this.rollout.state.targets)) {
      this.seen(target, this.rollout.state.good);
      this.placed(target);
    }
    this.health('healthy');
    this.at(this.now + 5);
    return this;
  }

  /** All that is being given is taken, and the watch of the step passes. */
  passed(): string {
    for (const target of Object.keys(this.rollout.state.targets)) this.placed(target);
    return this.at(this.rollout.wakeAt);
  }
}

function words(action: RolloutAction): string {
  switch (action.kind) {
    case 'place':
      return `${action.target}:=${action.id}`;
    case 'keep':
      return `keep ${action.id}`;
    case 'refuse':
      return `refuse ${action.id} ${action.why}${action.target === null ? '' : ` by ${action.target}`}`;
    case 'note':
      return `${action.note} ${action.id}${action.target === null ? '' : ` on ${action.target}`}`;
  }
}

describe('a good candidate', () => {
  test('goes to the canary, then to all, and is kept', () => {
    const talk = new Talk().settled();
    expect(talk.offered('A')).toBe('begun A, a:=A');
    expect(talk.placed('a')).toBe('');
    expect(talk.at(34)).toBe('');
    expect(talk.at(35)).toBe('wave A, b:=A, c:=A');
    talk.placed('b');
    talk.placed('c');
    expect(talk.at(44)).toBe('');
    expect(talk.at(45)).toBe('keep A');
    expect(talk.rollout.state).toMatchObject({ good: 'A', previous: 'G', trial: null });
    expect(talk.rollout.wakeAt).toBe(Number.POSITIVE_INFINITY);
  });

  test('is tried only once all have been steady', () => {
    const talk = new Talk().settled();
    talk.health('unknown');
    expect(talk.offered('A')).toBe('');
    talk.health('healthy');
    expect(talk.rollout.wakeAt).toBe(10);
    expect(talk.at(10)).toBe('begun A, a:=A');
  });

  test('is tried only once every target has been looked at, and what is being given is taken', () => {
    const talk = new Talk();
    talk.take({ kind: 'restarted' });
    talk.health('healthy');
    talk.offered('A');
    talk.seen('a', 'G');
    talk.seen('b', 'G');
    talk.placed('a');
    talk.placed('b');
    expect(talk.at(100)).toBe('');
    expect(talk.seen('c', 'old')).toBe('foreign old on c, c:=G');
    expect(talk.placed('c')).toBe('begun A, a:=A');
  });

  test('is tried beside a target that does not answer, which gets it when it is back', () => {
    const talk = new Talk().settled();
    talk.lost('a');
    expect(talk.offered('A')).toBe('begun A, b:=A');
    expect(talk.passed()).toBe('wave A, c:=A');
    expect(talk.passed()).toBe('keep A');
    expect(talk.seen('a', 'G')).toBe('a:=A');
  });

  test('with a single target is kept after the canary', () => {
    const talk = new Talk({ targets: ['a'] }).settled();
    expect(talk.offered('A')).toBe('begun A, a:=A');
    expect(talk.passed()).toBe('keep A');
  });

  test('is watched anew after health was unknown', () => {
    const talk = new Talk().settled();
    talk.offered('A');
    talk.placed('a');
    talk.now = 30;
    talk.health('unknown');
    expect(talk.at(40)).toBe('');
    talk.health('healthy');
    expect(talk.at(69)).toBe('');
    expect(talk.at(70)).toBe('wave A, b:=A, c:=A');
  });

  test('that comes back as the good one there is needs nothing', () => {
    const talk = new Talk().settled();
    expect(talk.offered('G')).toBe('already-good G');
    expect(talk.rollout.state.waiting).toBeNull();
  });
});

describe('the steps', () => {
  const ten = Array.from({ length: 10 }, (_, i) => String(i));
  const steps = (options: Partial<RolloutOptions>): number[] => {
    const talk = new Talk(options).settled();
    const counts: number[] = [];
    for (let told = talk.offered('A'); !told.includes('keep'); told = talk.passed())
      counts.push(told.split(':=').length - 1);
    return counts;
  };

  test('give each wave its share of all, rounded down', () => {
    expect(steps({ targets: ten, waves: [0.25, 0.5, 1] })).toEqual([1, 1, 3, 5]);
    expect(steps({ targets: ten, canary: { targets: 3 }, waves: [1] })).toEqual([3, 7]);
  });

  test('leave out waves that add nobody', () => {
    expect(steps({ targets: ten, waves: [0.1, 0.1, 0.19, 1, 1] })).toEqual([1, 9]);
  });

  test('have a canary of at least one, and never of all', () => {
    expect(steps({ targets: ten, canary: { share: 0.01 } })).toEqual([1, 9]);
    expect(steps({ targets: ten, canary: { share: 0.3 } })).toEqual([3, 7]);
    expect(steps({ targets: ten, canary: { share: 1 } })).toEqual([9, 1]);
    expect(steps({ targets: ['a', 'b'], canary: { targets: 5 } })).toEqual([1, 1]);
  });

  test('leave one that answers out of the canary, however many do not', () => {
    const talk = new Talk({ canary: { targets: 2 } }).settled();
    talk.lost('c');
    expect(talk.offered('A')).toBe('begun A, a:=A');
  });
});

describe('all go back', () => {
  test('in the moment in which health fails, whoever is still being given it too', () => {
    const talk = new Talk().settled();
    talk.offered('A');
    talk.passed();
    talk.placed('b');
    expect(talk.health('unhealthy')).toBe('refuse A unhealthy, a:=G, b:=G, c:=G');
    expect(talk.take({ kind: 'placed', target: 'c', id: 'A', outcome: 'refused' })).toBe('');
  });

  test('when a target refuses it', () => {
    const talk = new Talk().settled();
    talk.offered('A');
    expect(talk.placed('a', 'refused')).toBe('refuse A nacked by a, a:=G');
  });

  test('and a target that is away then gets the good one when it is back, days and a restart later', () => {
    const talk = new Talk().settled();
    talk.offered('A');
    talk.placed('a');
    talk.lost('a');
    expect(talk.health('unhealthy')).toBe('refuse A unhealthy');
    expect(talk.at(200_000_000)).toBe('');
    const later = new Rollout({ targets: THREE, ...TIMES }, JSON.parse(JSON.stringify(talk.rollout.state)));
    later.take({ kind: 'restarted' }, 0);
    later.take({ kind: 'lost', target: 'a' }, 1);
    expect(later.take({ kind: 'seen', target: 'a', id: 'A' }, 2).map(words)).toEqual(['a:=G']);
  });

  test('and where the good one is refused it is said and tried again, ever more rarely; nobody else is touched', () => {
    const talk = new Talk().settled();
    talk.offered('A');
    talk.placed('a');
    talk.health('unhealthy');
    expect(talk.placed('a', 'refused')).toBe('good-refused G on a');
    const pauses: number[] = [];
    for (let i = 0; i < 6; i++) {
      pauses.push(talk.rollout.wakeAt - talk.now);
      expect(talk.at(talk.rollout.wakeAt)).toBe('a:=G');
      expect(talk.placed('a', 'refused')).toBe('good-refused G on a');
    }
    expect(pauses).toEqual([1, 2, 4, 8, 8, 8]);
  });

  test('to what they had where there never was a good one', () => {
    const talk = new Talk({}, null).settled();
    talk.seen('a', 'mine');
    talk.seen('b', null);
    talk.lost('c');
    expect(talk.offered('A')).toBe('begun A, a:=A');
    talk.placed('a');
    expect(talk.health('unhealthy')).toBe('refuse A unhealthy, a:=mine');
    talk.placed('a');
    expect(talk.seen('a', 'yours')).toBe('');
  });

  test('to nothing where there was nothing', () => {
    const talk = new Talk({}, null).settled();
    for (const target of THREE) talk.seen(target, null);
    talk.offered('A');
    expect(talk.passed()).toBe('wave A, b:=A, c:=A');
    talk.placed('b');
    expect(talk.placed('c', 'refused')).toBe('refuse A nacked by c, a:=null, b:=null, c:=null');
  });

  test('when patience ends, and it is tried once more', () => {
    const talk = new Talk().settled();
    talk.offered('A');
    talk.placed('a');
    talk.health('unknown');
    expect(talk.rollout.wakeAt).toBe(305);
    expect(talk.at(305)).toBe('unproven A, a:=G');
    talk.placed('a');
    talk.health('healthy');
    expect(talk.at(310)).toBe('begun A, a:=A');
    talk.placed('a');
    talk.health('unknown');
    expect(talk.at(610)).toBe('refuse A unproven, a:=G');
  });
});

describe('a refused candidate', () => {
  const refused = (): Talk => {
    const talk = new Talk().settled();
    talk.offered('A');
    talk.placed('a', 'refused');
    talk.placed('a');
    return talk;
  };

  test('is not tried again when it is offered again', () => {
    const talk = refused();
    expect(talk.offered('A')).toBe('refused-before A');
    expect(talk.at(1000)).toBe('');
  });

  test('does not take the place of one that waits', () => {
    const talk = refused();
    talk.take({ kind: 'freeze' });
    talk.offered('B');
    talk.offered('A');
    expect(talk.rollout.state.waiting?.id).toBe('B');
  });

  test('is tried again when a person says so', () => {
    const talk = refused();
    expect(talk.take({ kind: 'retry', id: 'A' })).toBe('begun A, a:=A');
    expect(talk.rollout.state.refused).toEqual([]);
  });
});

describe('a newer candidate', () => {
  test('waits while one is tried; of those that wait only the newest is left', () => {
    const talk = new Talk().settled();
    talk.offered('A');
    expect(talk.offered('B')).toBe('');
    expect(talk.offered('C')).toBe('superseded B');
    talk.passed();
    expect(talk.passed()).toBe('keep A, begun C, a:=C');
  });

  test('that is the one on trial again leaves nobody waiting', () => {
    const talk = new Talk().settled();
    talk.offered('A');
    talk.offered('B');
    expect(talk.offered('A')).toBe('superseded B');
    expect(talk.rollout.state.waiting).toBeNull();
  });

  test('may be the good one of now: it comes back after the one on trial', () => {
    const talk = new Talk().settled();
    talk.offered('A');
    talk.offered('G');
    talk.passed();
    expect(talk.passed()).toBe('keep A, begun G, a:=G');
  });

  test('that is the good one of now needs nothing once the one on trial is refused', () => {
    const talk = new Talk().settled();
    talk.offered('A');
    talk.offered('G');
    talk.placed('a', 'refused');
    expect(talk.placed('a')).toBe('');
    expect(talk.rollout.state.waiting).toBeNull();
  });
});

describe('a restart', () => {
  test('takes back what was tried, and tries it once more', () => {
    const talk = new Talk().settled();
    talk.offered('A');
    talk.placed('a');
    expect(talk.take({ kind: 'restarted' })).toBe('interrupted A');
    expect(talk.seen('a', 'A')).toBe('a:=G');
    talk.seen('b', 'G');
    talk.seen('c', 'G');
    talk.health('healthy');
    talk.now += 5;
    expect(talk.placed('a')).toBe('begun A, a:=A');
    expect(talk.take({ kind: 'restarted' })).toBe('refuse A interrupted');
  });

  test('tries it again only once those that had it are rid of it', () => {
    const talk = new Talk().settled();
    talk.offered('A');
    talk.placed('a');
    talk.take({ kind: 'restarted' });
    talk.lost('a');
    talk.seen('b', 'G');
    talk.seen('c', 'G');
    talk.health('healthy');
    expect(talk.at(1000)).toBe('');
    talk.seen('a', 'A');
    expect(talk.placed('a')).toBe('begun A, a:=A');
  });

  test('does not give targets again what they are known to have', () => {
    const talk = new Talk().settled();
    talk.take({ kind: 'restarted' });
    for (const target of THREE) expect(talk.seen(target, 'G')).toBe('');
  });

  test('gives a target again what nobody knows it to have read', () => {
    const talk = new Talk().settled();
    talk.lost('a');
    talk.seen('a', 'hand');
    talk.take({ kind: 'restarted' });
    expect(talk.seen('a', 'G')).toBe('a:=G');
  });

  test('leaves a newer one waiting, not the one that was tried', () => {
    const talk = new Talk().settled();
    talk.offered('A');
    talk.offered('B');
    expect(talk.take({ kind: 'restarted' })).toBe('interrupted A, superseded A');
    expect(talk.rollout.state.waiting).toEqual({ id: 'B', again: null });
  });

  test('knows new targets, and those that are gone no more', () => {
    const talk = new Talk().settled();
    const rollout = new Rollout({ targets: ['b', 'd'], ...TIMES }, talk.rollout.state);
    rollout.take({ kind: 'restarted' }, 0);
    expect(rollout.state.targets).toEqual({
      b: { kind: 'unseen', last: 'G' },
      d: { kind: 'unseen', last: null },
    });
  });
});

describe('a target that was found', () => {
  test('with something that is nobody’s gets the good one, and it is said', () => {
    const talk = new Talk().settled();
    expect(talk.seen('b', 'hand')).toBe('foreign hand on b, b:=G');
    talk.placed('b');
    expect(talk.seen('b', null)).toBe('missing null on b, b:=G');
  });

  test('with something else while it has the candidate gets that again, and is watched anew', () => {
    const talk = new Talk().settled();
    talk.offered('A');
    talk.placed('a');
    talk.now = 30;
    expect(talk.seen('a', 'hand')).toBe('foreign hand on a, a:=A');
    talk.placed('a');
    expect(talk.at(59)).toBe('');
    expect(talk.at(60)).toBe('wave A, b:=A, c:=A');
  });

  test('while it is being given something is not believed', () => {
    const talk = new Talk().settled();
    talk.offered('A');
    expect(talk.seen('a', 'G')).toBe('');
  });
});

test('who does not answer is asked again, and nobody waits for it', () => {
  const talk = new Talk().settled();
  talk.offered('A');
  talk.passed();
  talk.placed('b');
  expect(talk.placed('c', 'unreachable')).toBe('unreachable A on c');
  expect(talk.at(36)).toBe('c:=A');
  talk.placed('c', 'unreachable');
  expect(talk.at(38)).toBe('c:=A');
  talk.placed('c', 'unreachable');
  expect(talk.at(42)).toBe('c:=A');
  expect(talk.at(45)).toBe('keep A');
});

describe('while all is frozen', () => {
  test('nothing is begun', () => {
    const talk = new Talk().settled();
    talk.take({ kind: 'freeze' });
    expect(talk.offered('A')).toBe('');
    expect(talk.at(1000)).toBe('');
    expect(talk.take({ kind: 'thaw' })).toBe('begun A, a:=A');
  });

  test('a trial goes no further, and is watched anew afterwards', () => {
    const talk = new Talk().settled();
    talk.offered('A');
    talk.placed('a');
    talk.take({ kind: 'freeze' });
    expect(talk.at(1000)).toBe('');
    talk.take({ kind: 'thaw' });
    expect(talk.at(1029)).toBe('');
    expect(talk.at(1030)).toBe('wave A, b:=A, c:=A');
  });

  test('who did not take the candidate is not asked again', () => {
    const talk = new Talk().settled();
    talk.offered('A');
    talk.placed('a', 'unreachable');
    talk.take({ kind: 'freeze' });
    expect(talk.rollout.wakeAt).toBe(Number.POSITIVE_INFINITY);
    expect(talk.at(100)).toBe('');
    expect(talk.take({ kind: 'thaw' })).toBe('a:=A');
  });

  test('all go back when health fails, and targets are mended', () => {
    const talk = new Talk().settled();
    talk.offered('A');
    talk.placed('a');
    talk.take({ kind: 'freeze' });
    expect(talk.health('unhealthy')).toBe('refuse A unhealthy, a:=G');
    expect(talk.seen('b', 'hand')).toBe('foreign hand on b, b:=G');
  });
});

describe('a kill', () => {
  test('takes back what is tried, and freezes', () => {
    const talk = new Talk().settled();
    talk.offered('A');
    expect(talk.take({ kind: 'kill' })).toBe('refuse A killed, a:=G');
    expect(talk.rollout.state.isFrozen).toBe(true);
    expect(talk.take({ kind: 'kill' })).toBe('');
  });

  test('of the good one goes back to the one before it, and may be told twice', () => {
    const talk = new Talk().settled();
    talk.offered('A');
    talk.passed();
    talk.passed();
    expect(talk.take({ kind: 'kill', good: 'A' })).toBe('refuse A killed, keep G, a:=G, b:=G, c:=G');
    expect(talk.take({ kind: 'kill', good: 'A' })).toBe('');
    expect(talk.take({ kind: 'kill', good: 'G' })).toBe('no-good-before G');
  });

  test('of the good one takes back what is tried, too', () => {
    const talk = new Talk().settled();
    talk.offered('A');
    talk.passed();
    talk.passed();
    talk.offered('B');
    expect(talk.take({ kind: 'kill', good: 'A' })).toBe(
      'refuse B killed, refuse A killed, keep G, a:=G, b:=G, c:=G',
    );
  });
});

test('a target may have the name of something that every object has', () => {
  const talk = new Talk({ targets: ['constructor', 'toString'] }, null).settled();
  talk.seen('constructor', 'mine');
  talk.seen('toString', 'mine');
  expect(talk.offered('A')).toBe('begun A, constructor:=A');
  expect(talk.placed('constructor', 'refused')).toBe('refuse A nacked by constructor, constructor:=mine');
});

test('says what holds a candidate up', () => {
  const talk = new Talk();
  talk.take({ kind: 'restarted' });
  expect(talk.rollout.heldBy).toBeUndefined();
  talk.offered('A');
  expect(talk.rollout.heldBy).toBe('health');
  talk.health('healthy');
  expect(talk.rollout.heldBy).toBe('targets');
  for (const target of THREE) talk.seen(target, 'G');
  for (const target of THREE) talk.placed(target);
  expect(talk.rollout.heldBy).toBeUndefined();
  talk.at(5);
  expect(talk.rollout.heldBy).toBe('targets');
  talk.placed('a');
  expect(talk.rollout.heldBy).toBeUndefined();
  talk.take({ kind: 'freeze' });
  expect(talk.rollout.heldBy).toBe('frozen');
});

test('remembers a thousand refused ones', () => {
  const talk = new Talk().settled();
  for (let i = 0; i < 1_001; i++) {
    talk.offered(`A${i}`);
    talk.placed('a', 'refused');
    talk.placed('a');
  }
  expect(talk.rollout.state.refused).toHaveLength(1_000);
  expect(talk.rollout.state.refused[0]?.id).toBe('A1');
});

test.each([
  [{ targets: [] }, 'Expected at least one target.'],
  [{ targets: ['a', 'a'] }, 'Expected targets of different names, found "a" twice.'],
  [{ canary: { targets: 0 } }, 'Expected a canary of at least 1 target, found 0.'],
  [{ canary: { share: 1.5 } }, 'Expected a share of targets above 0 and at most 1, found 1.5.'],
  [{ waves: [0.5] }, 'Expected a last wave of 1, all targets, found 0.5.'],
  [{ waves: [] }, 'Expected a last wave of 1, all targets, found none.'],
  [{ waves: [0.5, 0.2, 1] }, 'Expected waves that never shrink, found 0.2 after 0.5.'],
  [{ watchMs: 0 }, 'Expected watchMs above 0, found 0.'],
  [{ steadyMs: -1 }, 'Expected steadyMs of at least 0, found -1.'],
])('says what of %j is out of range', (options, message) => {
  expect(() => new Rollout({ targets: THREE, ...TIMES, ...options })).toThrow(message);
});
