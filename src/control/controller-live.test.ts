import { describe, expect, test } from 'vitest';
import { textOf, seasoned, World, type Levels } from '../../test/oracle/control-world.ts';
import { modelOf } from '../../test/oracle/models.ts';
import { randomStream } from '../random.ts';
import { Controller, liveSignals, referenceSignals } from './index.ts';

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
    textOf(
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
  const text = textOf(
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
