import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { textOf, World, type Options } from '../../test/oracle/control-world.ts';
import { modelOf } from '../../test/oracle/models.ts';
import { Controller, eventSignals } from './index.ts';

fc.configureGlobal({ seed: 1 });

describe('a journey', () => {
  const three = textOf(
    '{j: {modes: {full: {needs: p/a}, lean: {worth: 50%, needs: p/b}, last: {worth: 10%, needs: p/c}}}}',
  );

  test('is in the best mode that works, at its level, or down', () => {
    const world = new World(three);
    expect(world.states()).toEqual(['full 1']);
    world.at(10, { 'p/a': 0.95 }).at(20, { 'p/a': 0.89, 'p/b': 0.9 }).at(30, { 'p/b': 0 });
    world.at(40, { 'p/c': 0.5 }).at(50, { 'p/a': 1 });
    expect(world.told).toEqual([
      'j 10: full 0.95',
      'j 20: lean 0.9',
      'j 30: last 1',
      'j 40: down 0',
      'j 50: full 1',
    ]);
  });

  test('works down to its own usable', () => {
    const text = textOf('{j: {usable: 50%, modes: {full: {needs: p/a}}}, k: {modes: {full: {needs: p/a}}}}');
    const world = new World(text).at(10, { 'p/a': 0.5 });
    expect(world.states()).toEqual(['full 0.5', 'down 0']);
    expect(world.at(20, { 'p/a': 0.49 }).states()).toEqual(['down 0', 'down 0']);
  });

  test('is told once of each change, and of nothing else', () => {
    const world = new World(three).at(10).at(20, { 'p/c': 0.3 }).at(30, { 'p/a': 0.2, 'p/b': 0.2 });
    expect(world.told).toEqual(['j 30: down 0']);
  });
});

describe('a protection that is missing', () => {
  const services = '{s: {any: [p/a, p/b], failover: {}}}';
  const journey = (missing: string): string =>
    `{j: {protections: {need: [waf], missing: ${missing}},
      modes: {full: {needs: s}, bare: {worth: 50%, needs: s, protections: none}}}}`;

  test('closes a mode that is refused, and a lower one may serve without', () => {
    const world = new World(textOf(journey('refuse'), services));
    expect(world.states()).toEqual(['full 1']);
    expect(world.at(10, { 'p/a': 0 }).states()).toEqual(['bare 1']);
  });

  test('exposes a mode that serves all the same', () => {
    const world = new World(textOf(journey('serve'), services));
    world.at(10, { 'p/a': 0 }).at(20, { 'p/a': 1 }).at(30, { 'p/a': 0, 'p/b': 0 });
    // At 30 nothing is healthy and users stay: nothing serves, so nothing is exposed.
    expect(world.told).toEqual(['j 10: full 1 exposed', 'j 20: full 1', 'j 30: down 0']);
  });
});

describe('a switch', () => {
  const edge = (failover: string, more = ''): string =>
    textOf('{j: {modes: {full: {needs: s}}}}', `{s: {any: [p/a, p/b], failover: {${failover}}${more}}}`);

  test('takes detect, approve, switch and half of spread; users go back after hold', () => {
    const world = new World(edge('detect: 60s, approve: 5m, switch: 30s, spread: 2m, hold: 10m'));
    world.at(1000, { 'p/a': 0 }).at(2000, { 'p/a': 1 }).at(5000);
    expect(world.moves).toEqual(['s 1450: 0 to 1', 's 2600: 1 to 0']);
    expect(world.told).toEqual(['j 1000: down 0', 'j 1450: full 1']);
    expect(world.controller.inUse(0)).toBe(0);
  });

  test('is steered by what is read as something that is being changed', () => {
    const world = new World(edge('switch: 30s, needs: p/dns'));
    // dns needs d to change anything.
    world.at(10, { 'p/a': 0, 'p/d': 0 }).at(100, { 'p/d': 0.89 }).at(200, { 'p/d': 0.9 }).at(500);
    expect(world.moves).toEqual(['s 230: 0 to 1']);
  });

  test('of a service with state is not taken back, unless people do', () => {
    const state = ', state: {writer: single}';
    const run = (options: Options): string[] =>
      new World(edge('hold: 100s', state), {}, options).at(10, { 'p/a': 0 }).at(20, { 'p/a': 1 }).at(500)
        .moves;
    expect(run({})).toEqual(['s 10: 0 to 1']);
    expect(run({ returnsState: true })).toEqual(['s 10: 0 to 1', 's 120: 1 to 0']);
  });

  test('may fail, and a standby may not be ready', () => {
    const run = (succeeds: boolean, ready: readonly boolean[]): string[] =>
      new World(edge('detect: 10s'), {}, { draw: () => ({ succeeds, ready }) }).at(10, { 'p/a': 0 }).at(500)
        .moves;
    expect(run(true, [true, true])).toEqual(['s 20: 0 to 1']);
    expect(run(false, [true, true])).toEqual([]);
    expect(run(true, [true, false])).toEqual([]);
  });

  test('goes by the highest load and the highest usable that reach the service', () => {
    const text = textOf(
      `{j: {usable: 50%, modes: {full: {needs: s}, lean: {worth: 50%, load: 40%, needs: s}}}, k: {usable: 95%, modes: {m: {load: 40%, needs: s}}}}`,
      '{s: {any: [p/a, {use: p/b, carries: 50%}, p/c], failover: {}}}',
    );
    const world = new World(text).at(10, { 'p/a': 0.94 });
    // Below 95 % the first has failed; the second carries too little for the full load, the third enough.
    expect(world.moves).toEqual(['s 10: 0 to 2']);
    world.at(20, { 'p/c': 0 });
    expect(world.moves.at(-1)).toBe('s 20: 2 to 1');
    expect(world.states()).toEqual(['full 0.5', 'm 1']);
  });

  test('of a service below that takes its time is waited for by one above that detects more slowly', () => {
    const text = textOf(
      '{j: {modes: {full: {needs: top}}}}',
      '{low: {any: [p/a, p/b], failover: {switch: 30s}}, top: {any: [low, p/c], failover: {detect: 60s}}}',
    );
    const world = new World(text).at(10, { 'p/a': 0 }).at(500);
    expect(world.moves).toEqual(['low 40: 0 to 1']);
  });

  test('of a service below that takes no time is not noticed above', () => {
    const text = textOf(
      '{j: {modes: {full: {needs: top}}}}',
      '{low: {any: [p/a, p/b], failover: {}}, top: {any: [low, p/c], failover: {hold: 10m}}}',
    );
    const world = new World(text).at(10, { 'p/a': 0 }).at(20);
    expect(world.moves).toEqual(['low 10: 0 to 1']);
    expect(world.told).toEqual([]);
  });

  test('of a service is not made where growth below, that takes no time, makes up for what failed', () => {
    const text = textOf(
      '{j: {modes: {full: {needs: top}}}}',
      `{pool: {pool: [{use: p/a, capacity: 10}, {use: p/b, capacity: 0, grow: 10, needs: p/d}]},
        top: {any: [{from: pool, atLeast: 10}, p/c], failover: {hold: 10m}}}`,
    );
    const world = new World(text).at(10, { 'p/a': 0 }).at(20);
    expect(world.growths).toEqual(['pool 10: 1 +']);
    expect(world.moves).toEqual([]);
  });
});

describe('a pool that is short', () => {
  const services = `{s: {pool: [{use: p/a, capacity: 10}, {use: p/b, capacity: 10, grow: 8, after: 5m, needs: p/dns}]}}`;
  const text = textOf('{j: {usable: 60%, modes: {full: {needs: {from: s, atLeast: 18}}}}}', services);

  test('grows after a while, and gives the growth up once it is no longer short', () => {
    const world = new World(text).at(100, { 'p/a': 0 }).at(1000, { 'p/a': 0.8 });
    // 10 of 18, then 18 of 18; at 1000 there are 8 + 10 without growth.
    expect(world.growths).toEqual(['s 400: 1 +', 's 1000: 1 -']);
    expect(world.told).toEqual(['j 100: down 0', 'j 400: full 1']);
  });

  test('does not grow without what growing needs, which may fail once it is there', () => {
    const world = new World(text).at(100, { 'p/a': 0 }).at(300, { 'p/d': 0 }).at(500, { 'p/d': 1 });
    expect(world.growths).toEqual([]);
    world.at(801, { 'p/d': 0 }).at(5000);
    expect(world.growths).toEqual(['s 800: 1 +']);
  });

  test('grows a member only while that is healthy', () => {
    const world = new World(text).at(100, { 'p/a': 0, 'p/b': 0.5 }).at(1000, { 'p/b': 0.6 }).at(5000);
    expect(world.growths).toEqual(['s 1300: 1 +']);
    world.at(6000, { 'p/b': 0.59 });
    expect(world.growths.at(-1)).toBe('s 6000: 1 -');
  });

  test('is one that has less than the most that any mode asks', () => {
    const modes = '{lean: {needs: {from: s, atLeast: 5}}, full: {worth: 1%, needs: {from: s, atLeast: 11}}}';
    const world = new World(textOf(`{j: {modes: ${modes}}}`, services)).at(100, { 'p/a': 0 }).at(900);
    expect(world.growths).toEqual(['s 400: 1 +']);
  });

  test('is, where it is shared, one that has less than all ask in their first modes', () => {
    const journey = (amounts: readonly number[]): string =>
      `{modes: {${amounts.map((atLeast, i) => `m${i}: {worth: ${i === 0 ? 100 : 1}%, needs: {from: s, atLeast: ${atLeast}}}`).join(', ')}}}`;
    const grows = (j: readonly number[], k: readonly number[]): string[] =>
      new World(textOf(`{j: ${journey(j)}, k: ${journey(k)}}`, services)).at(100, { 'p/a': 0 }).at(900)
        .growths;
    // 10 are left: enough for 5 + 5, not for 5 + 6; what later modes ask does not count.
    expect(grows([5], [5])).toEqual([]);
    expect(grows([5], [6])).toEqual(['s 400: 1 +']);
    expect(grows([5, 15], [5])).toEqual([]);
  });
});

test('a pool that only steers grows too, when it has less than what steering asks', () => {
  const world = new World(
    textOf(
      '{j: {modes: {full: {needs: s}}}}',
      `{ctl: {pool: [{use: p/c, capacity: 5}, {use: p/dns, capacity: 0, grow: 5, after: 1m, needs: p/dns}]},
        s: {any: [p/a, p/b], failover: {needs: {from: ctl, atLeast: 5}}}}`,
    ),
  );
  world.at(10, { 'p/c': 0 }).at(20, { 'p/a': 0 }).at(100);
  expect(world.growths).toEqual(['ctl 70: 1 +']);
  expect(world.moves).toEqual(['s 70: 0 to 1']);
});

test('of users who have been moved it is told since when they had been without, of others not', () => {
  const model = modelOf(
    textOf(
      '{j: {modes: {m: {needs: s}}}, k: {modes: {m: {needs: {from: pool, atLeast: 10}}}}, l: {modes: {m: {needs: p/d}}}}',
      `{s: {any: [p/a, p/b], failover: {detect: 60s}},
        pool: {pool: [{use: p/c, capacity: 10}, {use: p/dns, capacity: 0, grow: 10, after: 2m, needs: p/dns}]}}`,
    ),
  );
  const told: string[] = [];
  const controller = new Controller(model, {
    signals: eventSignals(model),
    listener: {
      onJourney: (journey, now, { mode }, movedSince) =>
        told.push(`${model.journeys[journey]?.name} ${now / 1000}: ${mode} ${movedSince / 1000}`),
    },
  });
  const observe = (id: string, level: number): void =>
    controller.observe(
      model.events.findIndex((one) => one.id === id),
      level,
    );
  controller.settle(0);
  told.length = 0;
  observe('p/a', 0);
  controller.step(10_000);
  observe('p/c', 0);
  controller.step(20_000);
  controller.step(70_000);
  controller.step(140_000);
  observe('p/d', 0);
  controller.step(200_000);
  expect(told).toEqual([
    'j 10: 1 Infinity',
    'k 20: 1 Infinity',
    'j 70: 0 10',
    'k 140: 0 20',
    'l 200: 1 Infinity',
  ]);
});

describe('a ladder', () => {
  const text = textOf(
    `{j: {ladder: {down: 10s, up: 2m}, modes: {full: {needs: p/a}, lean: {worth: 50%, needs: p/b}, last: {worth: 10%, needs: p/c}}}}`,
  );

  test('leaves a mode after down and takes a better one after up', () => {
    const world = new World(text).at(100, { 'p/a': 0 }).at(200, { 'p/a': 1 }).at(500);
    expect(world.told).toEqual(['j 100: down 0', 'j 110: lean 1', 'j 320: full 1']);
  });

  test('takes any better mode at once where nothing serves', () => {
    const world = new World(text).at(100, { 'p/a': 0 }).at(200, { 'p/a': 1, 'p/b': 0 }).at(500);
    expect(world.told).toEqual(['j 100: down 0', 'j 110: lean 1', 'j 200: full 1']);
  });

  test('comes back in steps after a long stop', () => {
    const reopening = text.replace('ladder: {down: 10s, up: 2m}', 'reopen: {after: 30m, step: 10m}');
    const world = new World(reopening).at(0, { 'p/a': 0, 'p/b': 0, 'p/c': 0 });
    world.at(1800, { 'p/a': 1, 'p/b': 1, 'p/c': 1 }).at(9000);
    expect(world.told).toEqual(['j 0: down 0', 'j 1800: last 1', 'j 2400: lean 1', 'j 3000: full 1']);
  });

  test('has settled where pools leave it, nothing being under way', () => {
    // Growth cannot come, so that there are 10 for 20.
    const world = new World(
      textOf(
        `{j: {tier: core, modes: {full: {needs: {from: s, atLeast: 10}}}},
          k: {ladder: {down: 1m}, modes: {full: {needs: {from: s, atLeast: 10}}, lean: {worth: 50%, needs: p/c}}}}`,
        '{s: {pool: [{use: p/a, capacity: 10, grow: 10, after: 1m, needs: p/dns}]}}',
      ),
      { 'p/dns': 0 },
    );
    expect(world.states()).toEqual(['full 1', 'lean 1']);
    expect(world.controller.wakeAt).toBe(Number.POSITIVE_INFINITY);
  });
});

describe('a pool that journeys share', () => {
  const pool = 's: {pool: [{use: p/a, capacity: 20}, {use: p/b, capacity: 20}]}';
  const asking = (atLeast: number): string => `{worth: 100%, needs: {from: s, atLeast: ${atLeast}}}`;
  const shared = textOf(
    `{stats: {tier: deferrable, modes: {full: ${asking(10)}}},
      trade: {tier: core, modes: {full: ${asking(20)}, lean: ${asking(5)}}},
      pay: {modes: {full: ${asking(10)}, lean: ${asking(2)}}}}`,
    `{${pool}}`,
  );

  test('serves core before important before deferrable journeys, each in the best mode that is left for it', () => {
    const world = new World(shared);
    expect(world.states()).toEqual(['full 1', 'full 1', 'full 1']);
    // 39: 20 and 10 are taken, 9 of 10 are left; 38: 8 of 10 are too few.
    expect(world.at(10, { 'p/b': 0.95 }).states()).toEqual(['full 0.9', 'full 1', 'full 1']);
    expect(world.at(20, { 'p/b': 0.9 }).states()).toEqual(['down 0', 'full 1', 'full 1']);
    // 28: 8 are left of 10, but 2 are enough for the lower mode, and 6 for nobody.
    expect(world.at(30, { 'p/b': 0.4 }).states()).toEqual(['down 0', 'full 1', 'lean 1']);
    // 20: all for the core.
    expect(world.at(40, { 'p/b': 0 }).states()).toEqual(['down 0', 'full 1', 'down 0']);
    // 17: too few for the first mode of the core, which takes 5; 12 are left: 10 and 2.
    expect(world.at(50, { 'p/a': 0.85 }).states()).toEqual(['down 0', 'lean 1', 'full 1']);
    expect(world.at(60, { 'p/a': 0 }).states()).toEqual(['down 0', 'down 0', 'down 0']);
    expect(world.controller.thresholds()).toEqual([]);
  });

  test('serves equals in the order of the file', () => {
    const text = textOf(`{j: {modes: {m: ${asking(20)}}}, k: {modes: {m: ${asking(20)}}}}`, `{${pool}}`);
    expect(new World(text).at(10, { 'p/a': 0 }).states()).toEqual(['m 1', 'down 0']);
  });

  test('is asked once by a mode that names it twice: for the larger amount', () => {
    const text = textOf(
      `{j: {tier: core, modes: {m: {needs: [{from: s, atLeast: 20}, {all: [{from: s, atLeast: 10}]}]}}},
        k: {modes: {m: ${asking(20)}}}}`,
      `{${pool}}`,
    );
    const world = new World(text);
    expect(world.controller.thresholds()).toEqual([]);
    expect(world.states()).toEqual(['m 1', 'm 1']);
  });

  test('counts what has grown', () => {
    const text = textOf(
      `{j: {modes: {m: ${asking(20)}}}, k: {modes: {m: ${asking(20)}}}}`,
      '{s: {pool: [{use: p/a, capacity: 20}, {use: p/b, capacity: 20, grow: 20, after: 1m, needs: p/c}]}}',
    );
    const world = new World(text).at(10, { 'p/a': 0 });
    expect(world.states()).toEqual(['m 1', 'down 0']);
    expect(world.at(100).states()).toEqual(['m 1', 'm 1']);
    expect(world.told.at(-1)).toBe('k 70: m 1');
  });

  test('is a threshold that each meets by itself where it could never hold the sum, and that is said', () => {
    const text = textOf(`{j: {modes: {m: ${asking(20)}}}, k: {modes: {m: ${asking(21)}}}}`, `{${pool}}`);
    const world = new World(text);
    expect(world.controller.thresholds()).toEqual(['s']);
    expect(world.at(10, { 'p/a': 0 }).states()).toEqual(['m 1', 'm 0.952381']);
  });

  test('takes what only the first modes ask for the measure of what it must hold', () => {
    const text = textOf(
      `{j: {modes: {m: ${asking(20)}, n: ${asking(40)}}}, k: {modes: {m: ${asking(20)}}}}`,
      `{${pool}}`,
    );
    const world = new World(text);
    expect(world.controller.thresholds()).toEqual([]);
    expect(world.at(10, { 'p/a': 0 }).states()).toEqual(['m 1', 'down 0']);
  });

  test('is not asked by users who are on another alternative', () => {
    const journeys = (first: string, second: string): string =>
      `{j: {tier: core, modes: {m: ${first}}}, k: {modes: {m: ${second}}}}`;
    const services = `{${pool}, either: {any: [p/c, {from: s, atLeast: 20}], failover: {}}}`;
    // 20 are left, and only one of the two asks for them.
    const one = new World(textOf(journeys(asking(20), '{needs: either}'), services)).at(10, { 'p/a': 0 });
    expect(one.states()).toEqual(['m 1', 'm 1']);
    const other = new World(textOf(journeys('{needs: either}', asking(20)), services)).at(10, { 'p/a': 0 });
    expect(other.states()).toEqual(['m 1', 'm 1']);
    // Once they are on it, it is asked.
    expect(other.at(20, { 'p/c': 0 }).states()).toEqual(['m 1', 'down 0']);
  });

  test('is not asked where a better part of an inline any serves', () => {
    const either = '{needs: {any: [p/c, {from: s, atLeast: 20}]}}';
    const text = textOf(
      `{j: {tier: core, modes: {m: ${either}}}, k: {modes: {m: ${asking(20)}}}}`,
      `{${pool}}`,
    );
    expect(new World(text).at(10, { 'p/a': 0 }).states()).toEqual(['m 1', 'm 1']);
  });

  test('leaves what else makes up a mode as it is: only what asks of it has less', () => {
    const journeys = (needs: string): string =>
      textOf(
        `{j: {tier: core, modes: {m: ${asking(20)}}}, k: {modes: {m: {needs: ${needs}}}}}`,
        `{${pool}, t: {pool: [{use: {from: s, atLeast: 20}, capacity: 5}, {use: p/c, capacity: 5}]}}`,
      );
    const states = (needs: string): string[] => new World(journeys(needs)).at(10, { 'p/a': 0 }).states();
    expect(states('{all: [p/c, {from: s, atLeast: 20}]}')).toEqual(['m 1', 'down 0']);
    // The highest of two, and five of five, are what is beside the pool.
    expect(states('{atLeast: 1, of: [p/c, {from: s, atLeast: 20}]}')).toEqual(['m 1', 'm 1']);
    expect(states('{from: t, atLeast: 5}')).toEqual(['m 1', 'm 1']);
    expect(states('{from: t, atLeast: 6}')).toEqual(['m 1', 'down 0']);
  });

  test('is asked for what is judged, steered or grown as if that were alone', () => {
    const text = textOf(
      `{j: {tier: core, modes: {m: ${asking(20)}}}, k: {modes: {m: {needs: either}}}}`,
      `{${pool}, either: {any: [{from: s, atLeast: 20}, p/c], failover: {}}}`,
    );
    const world = new World(text).at(10, { 'p/a': 0 });
    // 20 of 20: healthy, though the core has taken all.
    expect(world.moves).toEqual([]);
    expect(world.states()).toEqual(['m 1', 'down 0']);
  });

  describe('and that sheds nothing', () => {
    const off = { isShedding: false };

    test('answers nobody while it is asked for more than it has, and that is said', () => {
      const text = textOf(
        `{j: {tier: core, modes: {m: ${asking(20)}}}, k: {modes: {m: ${asking(20)}}}}`,
        `{${pool}}`,
      );
      const world = new World(text, {}, off);
      expect(world.states()).toEqual(['m 1', 'm 1']);
      expect(world.at(10, { 'p/a': 0.9 }).states()).toEqual(['down 0', 'down 0']);
      world.at(20, { 'p/a': 0.8 }).at(30, { 'p/a': 1 }).at(40, { 'p/a': 0.5 });
      expect(world.collapses).toEqual(['s 10: 40 of 38', 's 40: 40 of 30']);
    });

    test('has journeys choose again among the modes that do not need it', () => {
      const text = textOf(
        `{j: {modes: {m: ${asking(20)}, n: {worth: 50%, needs: p/c}}}, k: {modes: {m: ${asking(20)}}}}`,
        `{${pool}}`,
      );
      expect(new World(text, {}, off).at(10, { 'p/a': 0 }).states()).toEqual(['n 1', 'down 0']);
    });

    test('brings another down where those who left it ask of that', () => {
      // j and k first ask of t, which has 20 of 40; then j asks of s, which has 20 for 6 + 16.
      const text = textOf(
        `{i: {modes: {m: ${asking(6)}}},
          j: {modes: {m: {needs: {from: t, atLeast: 20}}, n: ${asking(16)}}},
          k: {modes: {m: {needs: {from: t, atLeast: 20}}}}}`,
        `{s: {pool: [{use: p/c, capacity: 20}]}, t: {pool: [{use: p/a, capacity: 20}, {use: p/b, capacity: 20}]}}`,
      );
      const world = new World(text, {}, off).at(10, { 'p/a': 0 });
      expect(world.states()).toEqual(['down 0', 'down 0', 'down 0']);
      expect(world.collapses).toEqual(['t 10: 40 of 20', 's 10: 22 of 20']);
    });

    test('is not brought down by a journey whose best mode would not work by itself', () => {
      const text = textOf(
        `{j: {modes: {m: {needs: [{from: s, atLeast: 20}, p/d]}, n: {worth: 50%, needs: p/c}}}, k: {modes: {m: ${asking(20)}}}}`,
        `{${pool}}`,
      );
      const world = new World(text, { 'p/d': 0 }, off).at(10, { 'p/a': 0 });
      expect(world.states()).toEqual(['n 1', 'm 1']);
    });

    test('says so once each time it begins, also of thresholds and of what lower modes ask', () => {
      const thresholds = new World(
        textOf(`{j: {modes: {m: ${asking(20)}}}, k: {modes: {m: ${asking(35)}}}}`, `{${pool}}`),
        {},
        off,
      );
      thresholds.at(10, { 'p/a': 0.5 }).at(20, { 'p/a': 0.4 }).at(30, { 'p/a': 1 }).at(40, { 'p/a': 0.5 });
      expect(thresholds.collapses).toEqual(['s 10: 35 of 30', 's 40: 35 of 30']);
      const lower = new World(
        textOf(`{j: {modes: {m: {needs: p/c}, n: ${asking(30)}}}}`, `{${pool}}`),
        { 'p/c': 0 },
        off,
      );
      lower.at(10, { 'p/a': 0 }).at(20, { 'p/a': 1 }).at(30, { 'p/a': 0 }).at(40, { 'p/c': 1 });
      expect(lower.collapses).toEqual(['s 10: 30 of 20', 's 30: 30 of 20']);
    });

    test('says so too where only one journey asks', () => {
      const world = new World(textOf(`{j: {modes: {m: ${asking(30)}}}}`, `{${pool}}`), {}, off);
      expect(world.at(10, { 'p/a': 0 }).states()).toEqual(['down 0']);
      expect(world.collapses).toEqual(['s 10: 30 of 20']);
    });
  });

  test('whatever it has, nobody gets of it what others have got', () => {
    const amount = fc.integer({ min: 1, max: 20 });
    const drawn = fc.record({
      journeys: fc.array(
        fc.record({
          tier: fc.constantFrom('core', 'important', 'deferrable'),
          usable: fc.constantFrom(30, 90, 100),
          amounts: fc.array(amount, { minLength: 1, maxLength: 3 }),
        }),
        { minLength: 2, maxLength: 5 },
      ),
      levels: fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 5 }),
    });
    fc.assert(
      fc.property(drawn, ({ journeys, levels }) => {
        const whole = Math.max(
          journeys.reduce((sum, { amounts }) => sum + (amounts[0] ?? 0), 0),
          ...journeys.flatMap(({ amounts }) => amounts),
        );
        const modes = (amounts: readonly number[]): string =>
          amounts.map((one, m) => `m${m}: ${asking(one)}`).join(', ');
        const text = textOf(
          `{${journeys.map((one, j) => `j${j}: {tier: ${one.tier}, usable: ${one.usable}%, modes: {${modes(one.amounts)}}}`).join(', ')}}`,
          `{s: {pool: [{use: p/a, capacity: ${whole}}]}}`,
        );
        const world = new World(text);
        for (const [i, level] of levels.entries()) {
          world.at(i, { 'p/a': level });
          let used = 0;
          for (const [j, { amounts, usable }] of journeys.entries()) {
            const state = world.controller.state(j);
            used += (amounts[state.mode] ?? 0) * state.level;
            if (state.mode < amounts.length) expect(state.level).toBeGreaterThanOrEqual(usable / 100 - 1e-9);
            else expect(state.level).toBe(0);
          }
          expect(used).toBeLessThanOrEqual(whole * level + 1e-6);
        }
      }),
      { numRuns: 200 },
    );
  });
});

describe('work that waits', () => {
  const backlog = 'backlog: {share: 50%, over: 1h}';
  const HOUR = 3600;

  test('comes back once the journey is served, as fast as the plan says where there is enough to spare', () => {
    const world = new World(textOf(`{j: {${backlog}, modes: {m: {needs: p/a}}}}`));
    world.at(0, { 'p/a': 0 }).at(2 * HOUR);
    world.at(3 * HOUR, { 'p/a': 1 });
    // Half of three hours, over one.
    expect(world.controller.waiting(0)).toBeCloseTo(1.5, 9);
    expect(world.controller.wakeAt).toBeCloseTo(4 * HOUR * 1000, 3);
    expect(world.at(3.5 * HOUR, { 'p/a': 0.95 }).controller.waiting(0)).toBeCloseTo(0.75, 9);
    expect(world.at(4.1 * HOUR).controller.waiting(0)).toBe(0);
  });

  test('is none of a lower mode: only time in no mode counts', () => {
    const world = new World(
      textOf(`{j: {${backlog}, modes: {m: {needs: p/a}, n: {worth: 50%, needs: p/b}}}}`),
    );
    world.at(0, { 'p/a': 0 }).at(HOUR, { 'p/a': 1 });
    expect(world.controller.waiting(0)).toBe(0);
  });

  test('is worked off more slowly where a pool has less to spare, the most important first, and takes from nobody', () => {
    // 40 for 30: 10 to spare, which is once what each of the two asks.
    const asking = '{m: {needs: {from: s, atLeast: 10}}}';
    const world = new World(
      textOf(
        `{i: {tier: deferrable, modes: ${asking}}, j: {${backlog}, modes: ${asking}}, k: {tier: core, ${backlog}, modes: ${asking}}}`,
        '{s: {pool: [{use: p/a, capacity: 20}, {use: p/b, capacity: 20}]}}',
      ),
    );
    world.at(0, { 'p/a': 0, 'p/b': 0 }).at(4 * HOUR, { 'p/a': 1, 'p/b': 1 });
    const waiting = (): number[] =>
      [1, 2].map((journey) => Number(world.controller.waiting(journey).toFixed(6)));
    // Two hours of each wait, and would take one. The core has 10 to spare in place of 20: it takes two.
    expect(waiting()).toEqual([2, 2]);
    expect(world.states()).toEqual(['m 1', 'm 1', 'm 1']);
    expect(world.controller.wakeAt).toBeCloseTo(6 * HOUR * 1000, 3);
    world.at(6.01 * HOUR);
    expect(world.states()).toEqual(['m 1', 'm 1', 'm 1']);
    expect(waiting()).toEqual([2, 0]);
    // Then it is the turn of the other one.
    expect(world.controller.wakeAt).toBeCloseTo(8 * HOUR * 1000, 3);
    world.at(8.01 * HOUR);
    expect(waiting()).toEqual([0, 0]);
    // All three went down and came back; nothing more has been told.
    expect(world.told).toHaveLength(6);
  });

  describe('for a pool that sheds nothing', () => {
    const off = { isShedding: false };
    const text = textOf(
      `{j: {${backlog}, modes: {m: {needs: {from: s, atLeast: 10}}}}}`,
      '{s: {pool: [{use: p/a, capacity: 20}, {use: p/b, capacity: 40}]}}',
    );
    const down = { 'p/a': 0, 'p/b': 0 };

    test('is asked on top where there is room for all of it', () => {
      const world = new World(text, {}, off).at(0, down).at(HOUR, { 'p/a': 1 });
      // Half an hour over one hour: 10 · 1.5 = 15 of 20.
      expect(world.states()).toEqual(['m 1']);
      expect(world.controller.wakeAt).toBeCloseTo(2 * HOUR * 1000, 3);
      expect(world.at(2.01 * HOUR).controller.waiting(0)).toBe(0);
    });

    test('keeps it down until there is', () => {
      const world = new World(text, {}, off).at(0, down).at(3 * HOUR, { 'p/a': 1 });
      // 10 · (1 + 1.5) = 25 of 20.
      expect(world.states()).toEqual(['down 0']);
      world.at(4 * HOUR, { 'p/b': 1 });
      // 10 · (1 + 2) = 30 of 60.
      expect(world.states()).toEqual(['m 1']);
      expect(world.controller.waiting(0)).toBeCloseTo(2, 9);
    });

    test('brings it down again where it has less meanwhile', () => {
      const world = new World(text, {}, off).at(0, down).at(HOUR, { 'p/a': 1 });
      world.at(1.2 * HOUR, { 'p/a': 0.7 });
      // 15 of 14.
      expect(world.states()).toEqual(['down 0']);
    });
  });

  test('never has it stepped at the same moment again, at times as they are in replays', () => {
    const noon = Date.UTC(2026, 9, 5, 12) / 1000;
    const world = new World(
      textOf(
        '{j: {backlog: {share: 40%, over: 30m}, modes: {m: {needs: {from: s, atLeast: 10}}}}}',
        '{s: {pool: [{use: p/a, capacity: 17}]}}',
      ),
      {},
      {},
      noon,
    );
    // 7 of 10 to spare for 22 minutes of work: done after 31.4 minutes.
    world.at(noon, { 'p/a': 0 }).at(noon + 3300, { 'p/a': 1 });
    const { controller } = world;
    const due = controller.wakeAt;
    expect((due / 1000 - noon - 3300) / 60).toBeCloseTo(22 / 0.7, 6);
    controller.step(due);
    expect(controller.wakeAt).toBe(Number.POSITIVE_INFINITY);
    expect(controller.waiting(0)).toBe(0);
  });
});

describe('settling', () => {
  const text = textOf(
    '{j: {modes: {full: {needs: s}}}}',
    '{s: {any: [p/a, p/b], failover: {detect: 60s, switch: 30s, hold: 10m}}}',
  );

  test('puts users on the best alternative, as if it had always been so', () => {
    const world = new World(text, { 'p/a': 0 });
    expect(world.controller.inUse(0)).toBe(1);
    expect(world.states()).toEqual(['full 1']);
    world.at(100, { 'p/a': 1 }).at(1000);
    expect(world.moves).toEqual(['s 700: 1 to 0']);
  });

  test('knows of what is ill that it has been ill for longer than detecting takes', () => {
    const world = new World(text, { 'p/a': 0, 'p/b': 0 });
    expect(world.states()).toEqual(['down 0']);
    world.at(100, { 'p/b': 1 }).at(1000);
    expect(world.moves).toEqual(['s 130: 0 to 1']);
  });

  test('puts users of services that stand on each other where they would be', () => {
    const nested = textOf(
      '{j: {modes: {full: {needs: top}}}}',
      `{low: {any: [p/a, p/b], failover: {detect: 60s, hold: 10m}}, top: {any: [low, p/c], failover: {hold: 10m}}}`,
    );
    const { controller } = new World(nested, { 'p/a': 0 });
    expect([controller.inUse(0), controller.inUse(1)]).toEqual([1, 0]);
  });

  test('draws once for a failure that was there at the start', () => {
    const nested = textOf(
      '{j: {modes: {full: {needs: top}}}}',
      '{low: {any: [p/a, p/b], failover: {}}, top: {any: [low, p/c], failover: {}}}',
    );
    const draws: number[] = [];
    const draw = (service: number): { succeeds: boolean; ready: boolean[] } => {
      draws.push(service);
      return { succeeds: true, ready: [] };
    };
    new World(nested, { 'p/a': 0 }, { draw });
    expect(draws).toEqual([0]);
  });

  test('leaves journeys away from their first modes for ever, so that they come back in steps', () => {
    const text = textOf(
      `{j: {reopen: {after: 30m, step: 10m}, modes: {full: {needs: p/a}, lean: {worth: 50%, needs: p/b}, last: {worth: 10%, needs: p/c}}}}`,
    );
    const world = new World(text, { 'p/a': 0, 'p/b': 0 });
    world.at(10, { 'p/a': 1, 'p/b': 1 }).at(5000);
    expect(world.told).toEqual(['j 10: lean 1', 'j 610: full 1']);
  });

  test('lets pools be grown', () => {
    const world = new World(
      textOf(
        '{j: {modes: {full: {needs: {from: s, atLeast: 15}}}}}',
        '{s: {pool: [{use: p/a, capacity: 10}, {use: p/b, capacity: 0, grow: 20, after: 1h, needs: p/c}]}}',
      ),
    );
    expect(world.states()).toEqual(['full 1']);
    expect(world.controller.wakeAt).toBe(Number.POSITIVE_INFINITY);
  });
});

test('services may stand on each other as deep as a plan may say', () => {
  const deep = 200;
  const services = Array.from({ length: deep }, (_, i) => {
    const below = i === deep - 1 ? 'p/a' : `s${i + 1}`;
    return i % 100 === 99
      ? `s${i}: {any: [${below}, p/b], failover: {detect: 1s}}`
      : `s${i}: {needs: ${below}}`;
  });
  const world = new World(textOf('{j: {modes: {full: {needs: s0}}}}', `{${services.join(', ')}}`));
  world.at(10, { 'p/a': 0 }).at(12);
  expect(world.told).toEqual(['j 10: down 0', 'j 11: full 1']);
});
