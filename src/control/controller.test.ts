import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { randomPlan } from '../../test/oracle/random-plan.ts';
import { EMPTY_CATALOG } from '../catalog/index.ts';
import { buildModel, type Model } from '../model/index.ts';
import { parsePlan } from '../plan/index.ts';
import { randomStream } from '../random.ts';
import {
  Controller,
  eventSignals,
  liveSignals,
  referenceSignals,
  type ControllerOptions,
  type JourneyState,
} from './index.ts';
import { Network } from './network.ts';

fc.configureGlobal({ seed: 1 });

function modelOf(text: string): Model {
  const { plan, problems } = parsePlan(text, 'plan.yaml');
  if (plan === undefined) throw new Error(`${problems.map(({ message }) => message).join('\n')}\n${text}`);
  const built = buildModel(plan, EMPTY_CATALOG);
  if (built.model === undefined) throw new Error(built.problems.map(({ message }) => message).join('\n'));
  return built.model;
}

type Levels = Readonly<Record<string, number>>;
type Options = Omit<ControllerOptions, 'signals' | 'listener'>;

/** A controller on a virtual clock in seconds, and what it has told. */
class World {
  readonly model: Model;
  readonly controller: Controller;
  /** `SERVICE SECOND: FROM to TO`. */
  readonly moves: string[] = [];
  /** `JOURNEY SECOND: MODE LEVEL`, with `exposed` where it is. */
  readonly told: string[] = [];
  /** `SERVICE SECOND: ASKED of CAPACITY`. */
  readonly collapses: string[] = [];
  readonly growths: string[] = [];

  constructor(text: string, levels: Levels = {}, options: Options = {}, begin = 0) {
    const model = modelOf(text);
    this.model = model;
    const service = (index: number): string => model.services[index]?.name ?? '';
    this.controller = new Controller(model, {
      ...options,
      signals: eventSignals(model),
      listener: {
        onSwitch: (index, { kind, now, from, to }) => {
          if (kind === 'in-use' || kind === 'back')
            this.moves.push(`${service(index)} ${seconds(now - begin * 1000)}: ${from} to ${to}`);
        },
        onGrowth: (index, member, change, now) => {
          this.growths.push(
            `${service(index)} ${seconds(now - begin * 1000)}: ${member} ${change === 'grown' ? '+' : '-'}`,
          );
        },
        onCollapse: (index, asked, capacity, now) => {
          this.collapses.push(`${service(index)} ${seconds(now - begin * 1000)}: ${asked} of ${capacity}`);
        },
        onJourney: (index, now, state) => {
          const name = model.journeys[index]?.name ?? '';
          this.told.push(`${name} ${seconds(now - begin * 1000)}: ${this.says(index, state)}`);
        },
      },
    });
    this.observe(levels);
    this.controller.settle(begin * 1000);
    this.told.length = 0;
  }

  observe(levels: Levels): void {
    for (const [id, level] of Object.entries(levels)) {
      const event = this.model.events.findIndex((one) => one.id === id);
      if (event < 0) throw new Error(`No event ${id}.`);
      this.controller.observe(event, level);
    }
  }

  /** Steps whenever it is asked for until a second, then with what is observed there. */
  at(second: number, levels: Levels = {}): this {
    const now = second * 1000;
    for (let guard = 0; this.controller.wakeAt < now; guard++) {
      if (guard > 1000) throw new Error('The controller never rests.');
      this.controller.step(this.controller.wakeAt);
    }
    this.observe(levels);
    this.controller.step(now);
    return this;
  }

  /** `MODE LEVEL` by journey, in the order of the file. */
  states(): string[] {
    return this.model.journeys.map((_, index) => this.says(index, this.controller.state(index)));
  }

  private says(index: number, { mode, level, isExposed }: JourneyState): string {
    const name = this.model.journeys[index]?.modes[mode]?.name ?? 'down';
    return `${name} ${Number(level.toFixed(6))}${isExposed ? ' exposed' : ''}`;
  }
}

const seconds = (ms: number): number => Number((ms / 1000).toFixed(3));

const PROVIDERS = `
  p:
    capabilities:
      a: {outages: none, protects: [waf]}
      b: {outages: none}
      c: {outages: none}
      d: {outages: none}
      dns: {outages: none, plane: control, needs: [{use: p/d, kind: change}]}`;

const planOf = (journeys: string, services = '{}'): string => `keelson: 1
platform: {name: P, asOf: 2026-11-01}
journeys: ${journeys}
services: ${services}
providers:${PROVIDERS}
catalog: none
`;

describe('a journey', () => {
  const three = planOf(
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
    const text = planOf('{j: {usable: 50%, modes: {full: {needs: p/a}}}, k: {modes: {full: {needs: p/a}}}}');
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
    const world = new World(planOf(journey('refuse'), services));
    expect(world.states()).toEqual(['full 1']);
    expect(world.at(10, { 'p/a': 0 }).states()).toEqual(['bare 1']);
  });

  test('exposes a mode that serves all the same', () => {
    const world = new World(planOf(journey('serve'), services));
    world.at(10, { 'p/a': 0 }).at(20, { 'p/a': 1 }).at(30, { 'p/a': 0, 'p/b': 0 });
    // At 30 nothing is healthy and users stay: nothing serves, so nothing is exposed.
    expect(world.told).toEqual(['j 10: full 1 exposed', 'j 20: full 1', 'j 30: down 0']);
  });
});

describe('a switch', () => {
  const edge = (failover: string, more = ''): string =>
    planOf('{j: {modes: {full: {needs: s}}}}', `{s: {any: [p/a, p/b], failover: {${failover}}${more}}}`);

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
    const text = planOf(
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
    const text = planOf(
      '{j: {modes: {full: {needs: top}}}}',
      '{low: {any: [p/a, p/b], failover: {switch: 30s}}, top: {any: [low, p/c], failover: {detect: 60s}}}',
    );
    const world = new World(text).at(10, { 'p/a': 0 }).at(500);
    expect(world.moves).toEqual(['low 40: 0 to 1']);
  });

  test('of a service below that takes no time is not noticed above', () => {
    const text = planOf(
      '{j: {modes: {full: {needs: top}}}}',
      '{low: {any: [p/a, p/b], failover: {}}, top: {any: [low, p/c], failover: {hold: 10m}}}',
    );
    const world = new World(text).at(10, { 'p/a': 0 }).at(20);
    expect(world.moves).toEqual(['low 10: 0 to 1']);
    expect(world.told).toEqual([]);
  });

  test('of a service is not made where growth below, that takes no time, makes up for what failed', () => {
    const text = planOf(
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
  const text = planOf('{j: {usable: 60%, modes: {full: {needs: {from: s, atLeast: 18}}}}}', services);

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
    const world = new World(planOf(`{j: {modes: ${modes}}}`, services)).at(100, { 'p/a': 0 }).at(900);
    expect(world.growths).toEqual(['s 400: 1 +']);
  });

  test('is, where it is shared, one that has less than all ask in their first modes', () => {
    const journey = (amounts: readonly number[]): string =>
      `{modes: {${amounts.map((atLeast, i) => `m${i}: {worth: ${i === 0 ? 100 : 1}%, needs: {from: s, atLeast: ${atLeast}}}`).join(', ')}}}`;
    const grows = (j: readonly number[], k: readonly number[]): string[] =>
      new World(planOf(`{j: ${journey(j)}, k: ${journey(k)}}`, services)).at(100, { 'p/a': 0 }).at(900)
        .growths;
    // 10 are left: enough for 5 + 5, not for 5 + 6; what later modes ask does not count.
    expect(grows([5], [5])).toEqual([]);
    expect(grows([5], [6])).toEqual(['s 400: 1 +']);
    expect(grows([5, 15], [5])).toEqual([]);
  });
});

test('a pool that only steers grows too, when it has less than what steering asks', () => {
  const world = new World(
    planOf(
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
    planOf(
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
  const text = planOf(
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
      planOf(
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
  const shared = planOf(
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
    const text = planOf(`{j: {modes: {m: ${asking(20)}}}, k: {modes: {m: ${asking(20)}}}}`, `{${pool}}`);
    expect(new World(text).at(10, { 'p/a': 0 }).states()).toEqual(['m 1', 'down 0']);
  });

  test('is asked once by a mode that names it twice: for the larger amount', () => {
    const text = planOf(
      `{j: {tier: core, modes: {m: {needs: [{from: s, atLeast: 20}, {all: [{from: s, atLeast: 10}]}]}}},
        k: {modes: {m: ${asking(20)}}}}`,
      `{${pool}}`,
    );
    const world = new World(text);
    expect(world.controller.thresholds()).toEqual([]);
    expect(world.states()).toEqual(['m 1', 'm 1']);
  });

  test('counts what has grown', () => {
    const text = planOf(
      `{j: {modes: {m: ${asking(20)}}}, k: {modes: {m: ${asking(20)}}}}`,
      '{s: {pool: [{use: p/a, capacity: 20}, {use: p/b, capacity: 20, grow: 20, after: 1m, needs: p/c}]}}',
    );
    const world = new World(text).at(10, { 'p/a': 0 });
    expect(world.states()).toEqual(['m 1', 'down 0']);
    expect(world.at(100).states()).toEqual(['m 1', 'm 1']);
    expect(world.told.at(-1)).toBe('k 70: m 1');
  });

  test('is a threshold that each meets by itself where it could never hold the sum, and that is said', () => {
    const text = planOf(`{j: {modes: {m: ${asking(20)}}}, k: {modes: {m: ${asking(21)}}}}`, `{${pool}}`);
    const world = new World(text);
    expect(world.controller.thresholds()).toEqual(['s']);
    expect(world.at(10, { 'p/a': 0 }).states()).toEqual(['m 1', 'm 0.952381']);
  });

  test('takes what only the first modes ask for the measure of what it must hold', () => {
    const text = planOf(
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
    const one = new World(planOf(journeys(asking(20), '{needs: either}'), services)).at(10, { 'p/a': 0 });
    expect(one.states()).toEqual(['m 1', 'm 1']);
    const other = new World(planOf(journeys('{needs: either}', asking(20)), services)).at(10, { 'p/a': 0 });
    expect(other.states()).toEqual(['m 1', 'm 1']);
    // Once they are on it, it is asked.
    expect(other.at(20, { 'p/c': 0 }).states()).toEqual(['m 1', 'down 0']);
  });

  test('is not asked where a better part of an inline any serves', () => {
    const either = '{needs: {any: [p/c, {from: s, atLeast: 20}]}}';
    const text = planOf(
      `{j: {tier: core, modes: {m: ${either}}}, k: {modes: {m: ${asking(20)}}}}`,
      `{${pool}}`,
    );
    expect(new World(text).at(10, { 'p/a': 0 }).states()).toEqual(['m 1', 'm 1']);
  });

  test('leaves what else makes up a mode as it is: only what asks of it has less', () => {
    const journeys = (needs: string): string =>
      planOf(
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
    const text = planOf(
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
      const text = planOf(
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
      const text = planOf(
        `{j: {modes: {m: ${asking(20)}, n: {worth: 50%, needs: p/c}}}, k: {modes: {m: ${asking(20)}}}}`,
        `{${pool}}`,
      );
      expect(new World(text, {}, off).at(10, { 'p/a': 0 }).states()).toEqual(['n 1', 'down 0']);
    });

    test('brings another down where those who left it ask of that', () => {
      // j and k first ask of t, which has 20 of 40; then j asks of s, which has 20 for 6 + 16.
      const text = planOf(
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
      const text = planOf(
        `{j: {modes: {m: {needs: [{from: s, atLeast: 20}, p/d]}, n: {worth: 50%, needs: p/c}}}, k: {modes: {m: ${asking(20)}}}}`,
        `{${pool}}`,
      );
      const world = new World(text, { 'p/d': 0 }, off).at(10, { 'p/a': 0 });
      expect(world.states()).toEqual(['n 1', 'm 1']);
    });

    test('says so once each time it begins, also of thresholds and of what lower modes ask', () => {
      const thresholds = new World(
        planOf(`{j: {modes: {m: ${asking(20)}}}, k: {modes: {m: ${asking(35)}}}}`, `{${pool}}`),
        {},
        off,
      );
      thresholds.at(10, { 'p/a': 0.5 }).at(20, { 'p/a': 0.4 }).at(30, { 'p/a': 1 }).at(40, { 'p/a': 0.5 });
      expect(thresholds.collapses).toEqual(['s 10: 35 of 30', 's 40: 35 of 30']);
      const lower = new World(
        planOf(`{j: {modes: {m: {needs: p/c}, n: ${asking(30)}}}}`, `{${pool}}`),
        { 'p/c': 0 },
        off,
      );
      lower.at(10, { 'p/a': 0 }).at(20, { 'p/a': 1 }).at(30, { 'p/a': 0 }).at(40, { 'p/c': 1 });
      expect(lower.collapses).toEqual(['s 10: 30 of 20', 's 30: 30 of 20']);
    });

    test('says so too where only one journey asks', () => {
      const world = new World(planOf(`{j: {modes: {m: ${asking(30)}}}}`, `{${pool}}`), {}, off);
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
        const text = planOf(
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
    const world = new World(planOf(`{j: {${backlog}, modes: {m: {needs: p/a}}}}`));
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
      planOf(`{j: {${backlog}, modes: {m: {needs: p/a}, n: {worth: 50%, needs: p/b}}}}`),
    );
    world.at(0, { 'p/a': 0 }).at(HOUR, { 'p/a': 1 });
    expect(world.controller.waiting(0)).toBe(0);
  });

  test('is worked off more slowly where a pool has less to spare, the most important first, and takes from nobody', () => {
    // 40 for 30: 10 to spare, which is once what each of the two asks.
    const asking = '{m: {needs: {from: s, atLeast: 10}}}';
    const world = new World(
      planOf(
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
    const text = planOf(
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
      planOf(
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
  const text = planOf(
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
    const nested = planOf(
      '{j: {modes: {full: {needs: top}}}}',
      `{low: {any: [p/a, p/b], failover: {detect: 60s, hold: 10m}}, top: {any: [low, p/c], failover: {hold: 10m}}}`,
    );
    const { controller } = new World(nested, { 'p/a': 0 });
    expect([controller.inUse(0), controller.inUse(1)]).toEqual([1, 0]);
  });

  test('draws once for a failure that was there at the start', () => {
    const nested = planOf(
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
    const text = planOf(
      `{j: {reopen: {after: 30m, step: 10m}, modes: {full: {needs: p/a}, lean: {worth: 50%, needs: p/b}, last: {worth: 10%, needs: p/c}}}}`,
    );
    const world = new World(text, { 'p/a': 0, 'p/b': 0 });
    world.at(10, { 'p/a': 1, 'p/b': 1 }).at(5000);
    expect(world.told).toEqual(['j 10: lean 1', 'j 610: full 1']);
  });

  test('lets pools be grown', () => {
    const world = new World(
      planOf(
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
  const world = new World(planOf('{j: {modes: {full: {needs: s0}}}}', `{${services.join(', ')}}`));
  world.at(10, { 'p/a': 0 }).at(12);
  expect(world.told).toEqual(['j 10: down 0', 'j 11: full 1']);
});

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;

/** A random plan whose journeys have tiers, ladders and backlogs too. */
function seasoned(seed: number): string {
  const random = randomStream('controller', seed);
  const pick = (...from: readonly string[]): string | undefined => from[Math.floor(random() * from.length)];
  const plan: unknown = JSON.parse(randomPlan(random));
  const journeys = isObject(plan) && 'journeys' in plan && isObject(plan.journeys) ? plan.journeys : {};
  const all: unknown[] = Object.values(journeys);
  for (const journey of all.filter(isObject))
    Object.assign(journey, {
      tier: pick('core', 'important', 'deferrable'),
      usable: pick('50%', '90%', '100%'),
      ...(random() < 0.4 ? { ladder: { down: pick('0s', '10s'), up: pick('0s', '2m') } } : {}),
      ...(random() < 0.3 ? { reopen: { after: '10m', step: pick('0s', '1m') } } : {}),
      ...(random() < 0.3 ? { backlog: { share: '40%', over: '10m' } } : {}),
    });
  return JSON.stringify(plan);
}

interface Seen {
  /** @unit s */
  readonly after: number;
  readonly event: number;
  readonly level: number;
}

const seen: fc.Arbitrary<Seen> = fc.record({
  after: fc.oneof(fc.integer({ min: 0, max: 30 }), fc.integer({ min: 0, max: 3000 })),
  event: fc.nat(),
  level: fc.constantFrom(0, 0, 0, 0.3, 0.5, 0.85, 0.9, 0.95, 1, 1, 1, 1),
});
const timeline = fc.array(seen, { minLength: 1, maxLength: 25 });

interface RunOptions extends Options {
  readonly extra?: readonly number[];
  readonly onStepped?: (now: number, controller: Controller) => void;
}

/** What a controller tells over a timeline, rounded to what it means. */
function run(
  model: Model,
  all: readonly Seen[],
  { extra = [], onStepped, ...options }: RunOptions,
): string[] {
  const told: string[] = [];
  const round = (value: number): number => Number(value.toFixed(3));
  const controller = new Controller(model, {
    ...options,
    signals: eventSignals(model),
    listener: {
      onSwitch: (service, { kind, now, to }) => told.push(`${round(now)} ${service} ${kind} ${to}`),
      onGrowth: (service, member, change, now) => told.push(`${round(now)} ${service} ${member} ${change}`),
      onJourney: (journey, now, { mode, level, isExposed }) =>
        told.push(`${round(now)} journey ${journey}: ${mode} ${round(level)} ${isExposed}`),
    },
  });
  controller.settle(0);
  told.length = 0;
  const others = [...extra].sort((a, b) => a - b);
  const step = (now: number): void => {
    controller.step(now);
    onStepped?.(now, controller);
  };
  let now = 0;
  for (const { after, event, level } of [...all, { after: 20_000, event: 0, level: 1 }]) {
    now += after * 1000;
    for (let guard = 0; ; guard++) {
      if (guard > 10_000) throw new Error('The controller never rests.');
      const due = Math.min(controller.wakeAt, others[0] ?? Number.POSITIVE_INFINITY);
      if (due >= now) break;
      if (due === others[0]) others.shift();
      step(due);
    }
    controller.observe(event % model.events.length, level);
    step(now);
  }
  return told;
}

describe('whatever is observed', () => {
  const models = Array.from({ length: 60 }, (_, seed) => modelOf(seasoned(seed)));
  const drawn = fc.record({
    model: fc.constantFrom(...models),
    all: timeline,
    isShedding: fc.constantFrom(true, true, false),
  });

  test('levels lie in 0 to 1, a journey is down at level 0 or in a mode that is usable, and time goes on', () => {
    fc.assert(
      fc.property(drawn, ({ model, all, isShedding }) => {
        run(model, all, {
          isShedding,
          onStepped: (now, controller) => {
            expect(controller.wakeAt).toBeGreaterThan(now);
            expect(controller.network.level.every((level) => level >= 0 && level <= 1)).toBe(true);
            for (const [i, { modes, usable }] of model.journeys.entries()) {
              const { mode, level, isExposed } = controller.state(i);
              if (mode === modes.length) expect({ level, isExposed }).toEqual({ level: 0, isExposed: false });
              else {
                expect(level).toBeGreaterThanOrEqual(usable - 1e-9);
                expect(level).toBeLessThanOrEqual(1);
                expect(mode).toBeLessThan(modes.length);
                expect(isExposed && modes[mode]?.missing === 'refuse').toBe(false);
              }
            }
          },
        });
      }),
      { numRuns: 200 },
    );
  });

  test('levels and protections are those of a network made anew for the same signals, alternatives and growth', () => {
    fc.assert(
      fc.property(drawn, ({ model, all, isShedding }) => {
        const signals = eventSignals(model);
        const observed = new Array<number>(signals.count).fill(1);
        let at = 0;
        const times = all.map(({ after }) => (at += after * 1000));
        let next = 0;
        run(model, all, {
          isShedding,
          onStepped: (now, { network, failovers }) => {
            for (; next < all.length && (times[next] ?? 0) <= now; next++) {
              observed[(all[next]?.event ?? 0) % signals.count] = all[next]?.level ?? 1;
              // Several at one time are stepped one by one.
              if (times[next + 1] === times[next]) {
                next++;
                break;
              }
            }
            if (now > (times.at(-1) ?? 0)) return;
            const fresh = new Network(model, signals, isShedding);
            for (const [signal, level] of observed.entries()) fresh.set(signal, level);
            for (const [point, { inUse }] of failovers.entries()) fresh.use(point, inUse);
            for (const [point, { grown }] of network.pools.entries())
              for (const [member, amount] of grown.entries()) fresh.grow(point, member, amount);
            fresh.propagate();
            expect(network.level).toEqual(fresh.level);
            expect(network.mask).toEqual(fresh.mask);
          },
        });
      }),
      { numRuns: 100 },
    );
  });

  test('a step at the same time, and steps in between, never change what is told', () => {
    const extra = fc.array(fc.integer({ min: 0, max: 40_000_000 }), { maxLength: 60 });
    fc.assert(
      fc.property(drawn, extra, ({ model, all, isShedding }, more) => {
        let at = 0;
        const same = all.map(({ after }) => (at += after * 1000));
        const often = { isShedding, extra: [...more, ...more, ...same] };
        expect(run(model, all, often)).toEqual(run(model, all, { isShedding }));
      }),
      { numRuns: 200 },
    );
  });

  test('settling leaves nothing under way: no later step changes anything', () => {
    fc.assert(
      fc.property(drawn, ({ model, all, isShedding }) => {
        const told: string[] = [];
        let isSettled = false;
        const controller = new Controller(model, {
          isShedding,
          signals: eventSignals(model),
          listener: {
            onSwitch: (service, { kind }) => {
              if (isSettled) told.push(`${service} ${kind}`);
            },
            onGrowth: (service) => {
              if (isSettled) told.push(`${service} grows`);
            },
            onJourney: (journey) => {
              if (isSettled) told.push(`${journey}`);
            },
          },
        });
        for (const { event, level } of all) controller.observe(event % model.events.length, level);
        controller.settle(1000);
        isSettled = true;
        expect(controller.wakeAt).toBe(Number.POSITIVE_INFINITY);
        for (const now of [1000, 1000, 2000, 1e9]) controller.step(now);
        expect(told).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });
});

/** How the plans are made for which one more alternative must not do harm: no pools, no protections, no times. */
interface DrawnService {
  readonly form: 'all' | 'any' | 'atLeast' | 'inline';
  readonly parts: readonly number[];
  readonly least: number;
}

describe('one more alternative', () => {
  const LEAVES = ['a', 'b', 'c', 'd', 'e', 'f'];
  const providers = `{p: {capabilities: {${LEAVES.map((name) => `${name}: {outages: none}`).join(', ')}}}}`;
  const write = (journeys: string, services: string): Model =>
    modelOf(`keelson: 1
platform: {name: P, asOf: 2026-11-01}
journeys: ${journeys}
services: ${services}
providers: ${providers}
catalog: none
`);

  /** The best mode of every journey at every moment. */
  function modesOver(model: Model, all: readonly Seen[]): number[][] {
    const controller = new Controller(model, { signals: eventSignals(model) });
    const events = LEAVES.map((leaf) => model.events.findIndex(({ id }) => id === `p/${leaf}`));
    controller.settle(0);
    return all.map(({ event, level }, i) => {
      const which = events[event % LEAVES.length] ?? -1;
      if (which >= 0) controller.observe(which, level);
      controller.step(i * 1000);
      return model.journeys.map((_, journey) => controller.state(journey).mode);
    });
  }

  function expectNoWorse(two: Model, three: Model, all: readonly Seen[]): void {
    const less = modesOver(two, all);
    const more = modesOver(three, all);
    for (const [i, modes] of less.entries())
      for (const [j, mode] of modes.entries()) expect(more[i]?.[j]).toBeLessThanOrEqual(mode);
  }

  const binary = fc.array(
    seen.map((one) => ({ ...one, level: one.level < 1 ? 0 : 1 })),
    {
      minLength: 1,
      maxLength: 40,
    },
  );

  test('never makes a better mode stop working where switching is free and sure, however services stand on each other', () => {
    const service: fc.Arbitrary<DrawnService> = fc.record({
      form: fc.constantFrom('all', 'any', 'any', 'atLeast', 'inline'),
      parts: fc.array(fc.nat(), { minLength: 1, maxLength: 3 }),
      least: fc.nat(),
    });
    const modes = fc.array(fc.array(fc.nat(), { minLength: 1, maxLength: 2 }), {
      minLength: 1,
      maxLength: 3,
    });
    const drawn = fc.record({
      // What the service in question has, and what is added.
      two: fc.tuple(fc.nat(), fc.nat()),
      third: fc.nat(),
      before: fc.array(service, { maxLength: 2 }),
      after: fc.array(service, { maxLength: 3 }),
      journeys: fc.array(modes, { minLength: 1, maxLength: 3 }),
      all: binary,
    });
    fc.assert(
      fc.property(drawn, ({ two, third, before, after, journeys, all }) => {
        const plan = (alternatives: readonly number[]): Model => {
          const names: string[] = LEAVES.map((leaf) => `p/${leaf}`);
          const nameOf = (which: number): string => names[which % names.length] ?? '';
          const services: string[] = [];
          const add = (text: string): void => {
            const name = `s${services.length}`;
            services.push(`${name}: {${text}, outages: none}`);
            names.push(name);
          };
          const write = ({ form, parts, least }: DrawnService): void => {
            const of = parts.map(nameOf);
            const list = `[${of.join(', ')}]`;
            if (form === 'all') add(`needs: ${list}`);
            else if (form === 'any') add(`any: ${list}`);
            else if (form === 'inline') add(`needs: {any: ${list}}`);
            else add(`of: ${list}, atLeast: ${(least % of.length) + 1}`);
          };
          before.forEach(write);
          add(`any: [${alternatives.map(nameOf).join(', ')}]`);
          after.forEach(write);
          const texts = journeys.map(
            (one, j) =>
              `j${j}: {modes: {${one.map((needs, m) => `m${m}: {worth: 100%, needs: [${[...needs.map(nameOf), ...(m === 0 ? [names.at(-1)] : [])].join(', ')}]}`).join(', ')}}}`,
          );
          return write_(texts.join(', '), services.join(', '));
        };
        const write_ = (journeyTexts: string, serviceTexts: string): Model =>
          write(`{${journeyTexts}}`, `{${serviceTexts}}`);
        expectNoWorse(plan(two), plan([...two, third]), all);
      }),
      { numRuns: 300 },
    );
  });

  test('nor where alternatives carry a part of the load and answer a part of requests, for modes that ask them directly', () => {
    const carries = fc.constantFrom('40%', '70%', '100%');
    const modes = fc.array(fc.constantFrom('100%', '70%', '40%'), { minLength: 1, maxLength: 3 });
    const drawn = fc.record({
      carried: fc.tuple(carries, carries, carries),
      journeys: fc.array(modes, { minLength: 1, maxLength: 3 }),
      all: fc.array(seen, { minLength: 1, maxLength: 40 }),
    });
    fc.assert(
      fc.property(drawn, ({ carried, journeys, all }) => {
        const plan = (count: number): Model => {
          const any = carried.slice(0, count).map((share, i) => `{use: p/${LEAVES[i]}, carries: ${share}}`);
          const texts = journeys.map(
            (loads, j) =>
              `j${j}: {modes: {${loads.map((load, m) => `m${m}: {worth: 100%, load: ${load}, needs: s}`).join(', ')}}}`,
          );
          return write(`{${texts.join(', ')}}`, `{s: {any: [${any.join(', ')}]}}`);
        };
        expectNoWorse(plan(2), plan(3), all);
      }),
      { numRuns: 300 },
    );
  });
});

describe('signals that only a running platform has', () => {
  test('change nothing while all is well: the same plan decides the same with and without them', () => {
    let decided = 0;
    for (let seed = 0; seed < 80; seed++) {
      const model = modelOf(seasoned(seed));
      const random = randomStream('live-signals', seed);
      const recorded = referenceSignals(model);
      const both = [recorded, liveSignals(model)].map((signals) => {
        const told: string[] = [];
        const controller = new Controller(model, {
          signals,
          listener: {
            onSwitch: (service, { kind, now, from, to }) =>
              told.push(`${now} ${service} ${kind} ${from} ${to}`),
            onGrowth: (service, member, change, now) => told.push(`${now} ${service} ${member} ${change}`),
            onJourney: (journey, now, { mode, level, isExposed }) =>
              told.push(`${now} ${journey} ${mode} ${level} ${isExposed}`),
          },
        });
        controller.settle(0);
        return { controller, told };
      });
      let now = 0;
      for (let i = 0; i < 30; i++) {
        now += Math.floor(random() * 100_000);
        const signal = Math.floor(random() * recorded.count);
        const level = [0, 0, 0.5, 0.9, 1, 1, 1][Math.floor(random() * 7)] ?? 1;
        for (const { controller } of both) {
          for (let guard = 0; controller.wakeAt < now && guard < 1000; guard++)
            controller.step(controller.wakeAt);
          controller.observe(signal, level);
          controller.step(now);
        }
      }
      const [without, with_] = both;
      expect(with_?.told).toEqual(without?.told);
      expect(with_?.controller.wakeAt).toBe(without?.controller.wakeAt);
      decided += without?.told.length ?? 0;
    }
    expect(decided).toBeGreaterThan(500);
  });

  const model = modelOf(
    planOf(
      '{j: {modes: {full: {needs: [s, q, pool]}}}}',
      `{
        s: {any: [p/a, p/b], failover: {detect: 10s, switch: 10s}},
        q: {atLeast: 2, of: [p/a, p/b, p/c], outages: none},
        pool: {pool: [{use: p/a, capacity: 1}, {use: p/b, capacity: 1}], outages: none}
      }`,
    ).replace('needs: [s, q, pool]', 'needs: [s, q, {from: pool, atLeast: 1}]'),
  );
  const signals = liveSignals(model);
  const indexOf = (name: string): number => model.services.findIndex((service) => service.name === name);
  const at = (levels: ReadonlyMap<number, number>, until = 100_000): Controller => {
    const controller = new Controller(model, { signals });
    controller.settle(0);
    for (const [signal, level] of levels) controller.observe(signal, level);
    controller.step(1000);
    while (controller.wakeAt < until) controller.step(controller.wakeAt);
    return controller;
  };

  test('have numbers of their own, each once', () => {
    const numbers = model.services.flatMap((service, i) => [
      signals.service(i),
      signals.steering(i),
      ...Array.from({ length: service.name === 'q' ? 3 : 2 }, (_, member) => signals.member(i, member)),
    ]);
    for (const i of model.references.keys())
      numbers.push(signals.reference(i, false), signals.reference(i, true));
    expect(new Set(numbers).size).toBe(signals.count);
    expect(numbers.length).toBe(signals.count);
    expect(Math.max(...numbers)).toBe(signals.count - 1);
    expect(liveSignals(model)).toBe(signals);
  });

  test('tell of one alternative: it is left, though all that it stands on works', () => {
    const controller = at(new Map([[signals.member(indexOf('s'), 0), 0]]));
    expect(controller.inUse(indexOf('s'))).toBe(1);
    expect(controller.state(0)).toMatchObject({ mode: 0, level: 1 });
  });

  test('tell of the steering: without it nobody is moved', () => {
    const controller = at(
      new Map([
        [signals.member(indexOf('s'), 0), 0],
        [signals.steering(indexOf('s')), 0],
      ]),
    );
    expect(controller.inUse(indexOf('s'))).toBe(0);
    expect(controller.state(0).mode).toBe(1);
  });

  test('tell of members: as many may be missing as the plan allows', () => {
    const q = indexOf('q');
    expect(at(new Map([[signals.member(q, 1), 0]])).state(0).mode).toBe(0);
    const two = new Map([
      [signals.member(q, 1), 0],
      [signals.member(q, 2), 0],
    ]);
    expect(at(two).state(0).mode).toBe(1);
    const pool = indexOf('pool');
    expect(at(new Map([[signals.member(pool, 0), 0]])).state(0)).toMatchObject({ mode: 0, level: 1 });
    const all = new Map([
      [signals.member(pool, 0), 0],
      [signals.member(pool, 1), 0.5],
    ]);
    expect(at(all).state(0).mode).toBe(1);
  });
});

describe('a controller that people and wheels speak to', () => {
  const text = planOf(
    '{j: {ladder: {up: 5m}, modes: {full: {needs: s}, lean: {worth: 50%, needs: p/c}}}}',
    '{s: {outages: none, any: [p/a, p/b, p/d], failover: {detect: 10s, approve: 1m, switch: 10s, hold: 10m}}}',
  );
  const conduct = { asksPerson: true, confirms: true, observedLateMs: 4000 };
  const world = (levels: Levels = {}): World => new World(text, levels, { conduct: () => conduct });

  test('waits for both, and has a part of detect behind it', () => {
    const { controller } = world().at(100, { 'p/a': 0 }).at(105.999);
    expect(controller.order(0, 105_999, (one) => one.approve(105_999))).toBe(false);
    controller.step(106_000);
    expect(controller.order(0, 106_000, (one) => one.approve(106_000))).toBe(true);
    expect(controller.order(0, 106_000, (one) => one.approve(106_000))).toBe(false);
    expect(controller.order(0, 107_000, (one) => one.confirm(2))).toBe(false);
    expect(controller.order(0, 107_000, (one) => one.confirm(1))).toBe(true);
    expect(controller.inUse(0)).toBe(0);
    controller.step(116_000);
    expect(controller.inUse(0)).toBe(1);
  });

  test('sends users where a person says, and not where nothing works or nothing is', () => {
    const one = world({ 'p/b': 0 });
    const { controller } = one;
    expect(controller.order(0, 1000, (one) => one.send(1000, 1))).toBe(false);
    expect(controller.order(0, 1000, (one) => one.send(1000, 7))).toBe(false);
    expect(controller.order(1, 1000, (one) => one.send(1000, 0))).toBe(false);
    expect(controller.order(0, 1000, (one) => one.send(1000, 2))).toBe(true);
    expect(controller.order(0, 2000, (one) => one.confirm(2))).toBe(true);
    one.at(600);
    expect(controller.inUse(0)).toBe(2);
    expect(one.at(5000).moves).toEqual(['s 11: 0 to 2']);
  });

  test('takes it that somebody else has moved users: they are there, and hold begins once it can have looked', () => {
    const one = world().at(1000);
    one.controller.adopt(0, 1, false, 1_000_000);
    expect(one.controller.inUse(0)).toBe(1);
    expect(one.at(1603).moves).toEqual([]);
    expect(one.at(1605).moves).toEqual(['s 1604: 1 to 0']);
  });

  test.each([3, -1, 0.5, Number.NaN])('adopts no alternative that there is not: %s', (to) => {
    const { controller } = world();
    controller.adopt(0, to, false, 1000);
    expect(controller.inUse(0)).toBe(0);
  });

  test('gives up what is under way when somebody else moves users back', () => {
    const { controller } = world().at(100, { 'p/a': 0 }).at(120);
    controller.order(0, 120_000, (one) => one.approve(120_000));
    controller.adopt(0, 2, false, 121_000);
    expect(controller.order(0, 122_000, (one) => one.confirm(1))).toBe(false);
    expect(controller.inUse(0)).toBe(2);
  });

  test('takes up what was kept, leaves out what is no longer there, and climbs by its ladder', () => {
    const one = world();
    one.controller.resume(1_000_000, {
      inUse: new Map([
        [0, 1],
        [9, 1],
      ]),
      modes: new Map([
        [0, 1],
        [9, 0],
      ]),
    });
    expect(one.controller.inUse(0)).toBe(1);
    expect(one.states()).toEqual(['lean 1']);
    expect(one.at(1299).states()).toEqual(['lean 1']);
    expect(one.at(1301).states()).toEqual(['full 1']);
  });

  test('that takes up nothing is where it would be if it had always been so', () => {
    const one = world({ 'p/a': 0 });
    one.controller.resume(1_000_000, { inUse: new Map(), modes: new Map() });
    expect(one.controller.inUse(0)).toBe(1);
    expect(one.states()).toEqual(['full 1']);
  });
});
