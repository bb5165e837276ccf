import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { seasoned, type Options } from '../../test/oracle/control-world.ts';
import { modelOf } from '../../test/oracle/models.ts';
import type { Model } from '../model/index.ts';
import { Controller, eventSignals } from './index.ts';
import { Network } from './network.ts';

fc.configureGlobal({ seed: 1 });

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
