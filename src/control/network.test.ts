import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { randomPlan } from '../../test/oracle/random-plan.ts';
import { EMPTY_CATALOG } from '../catalog/index.ts';
import { buildModel, PROTECTIONS, reachedBy, type Model, type Node } from '../model/index.ts';
import { parsePlan } from '../plan/index.ts';
import { randomStream } from '../random.ts';
import { Network } from './network.ts';
import { eventSignals, referenceSignals, type Signals } from './signals.ts';

fc.configureGlobal({ seed: 1 });

function modelOf(text: string): Model {
  const { plan, problems } = parsePlan(text, 'plan.yaml');
  if (plan === undefined) throw new Error(problems.map(({ message }) => message).join('\n'));
  const built = buildModel(plan, EMPTY_CATALOG);
  if (built.model === undefined) throw new Error(built.problems.map(({ message }) => message).join('\n'));
  return built.model;
}

/** Capabilities a to d are everywhere, vm is in zones. */
const PROVIDERS = `
  p:
    outages: {rate: 1/yr, mean: 1h}
    scopes: {r: {outages: {rate: 1/yr, mean: 1h}}, r/z: {outages: {rate: 1/yr, mean: 1h}}}
    capabilities:
      a: {outages: none, protects: [waf, ddos]}
      b: {outages: none, protects: [waf]}
      c: {outages: none}
      d: {outages: none, plane: control, needs: [{use: p/c, kind: change}]}
      vm: {outages: {rate: 1/yr, mean: 1h, per: zone}}`;

/** A plan in which each journey has one mode, that needs what is written; in the flow style of YAML. */
function planOf(journeys: Readonly<Record<string, string>>, services = '{}', more = ''): string {
  const lines = Object.entries(journeys).map(
    ([name, mode]) => `  ${name}: {modes: {m: {needs: ${mode}}}${more}}`,
  );
  return `keelson: 1
platform: {name: P, asOf: 2026-11-01}
journeys:
${lines.join('\n')}
services: ${services}
providers:${PROVIDERS}
catalog: none
`;
}

type Levels = Readonly<Record<string, number>>;

interface Built {
  readonly model: Model;
  readonly network: Network;
  /** Sets events by their ids. */
  readonly observe: (levels: Levels) => void;
  /** Of the first mode of a journey. */
  readonly level: (journey: string) => number;
  readonly protections: (journey: string) => string[];
  /** The number of the switch point or pool of a service. */
  readonly point: (service: string) => number;
}

function build(text: string, levels: Levels = {}, isShedding = true): Built {
  const model = modelOf(text);
  const network = new Network(model, eventSignals(model), isShedding);
  const observe = (all: Levels): void => {
    for (const [id, level] of Object.entries(all)) {
      const event = model.events.findIndex((one) => one.id === id);
      if (event < 0) throw new Error(`No event ${id}.`);
      network.set(event, level);
    }
    network.propagate();
  };
  observe(levels);
  const nodeOf = (journey: string): number => {
    const index = model.journeys.findIndex(({ name }) => name === journey);
    return network.modes[index]?.[0]?.node ?? -1;
  };
  return {
    model,
    network,
    observe,
    level: (journey) => network.level[nodeOf(journey)] ?? -1,
    protections: (journey) => namesOf(network.mask[nodeOf(journey)] ?? 0),
    point: (service) => {
      const index = model.services.findIndex(({ name }) => name === service);
      const isOf = (one: { readonly service: number }): boolean => one.service === index;
      return Math.max(network.switches.findIndex(isOf), network.pools.findIndex(isOf));
    },
  };
}

const namesOf = (mask: number): string[] => PROTECTIONS.filter((_, bit) => ((mask >> bit) & 1) === 1);

describe('the level of', () => {
  test('a reference is the lowest of its events', () => {
    const needs = { zone: 'p/vm@r/z', other: 'p/vm@s/z', place: 'p@r' };
    const { level, observe } = build(planOf(needs), { 'p/vm@r/z': 0.5 });
    expect([level('zone'), level('other'), level('place')]).toEqual([0.5, 1, 1]);
    observe({ 'p@r': 0.3 });
    expect([level('zone'), level('other'), level('place')]).toEqual([0.3, 1, 0.3]);
    observe({ p: 0.2, 'p@r': 1 });
    expect([level('zone'), level('other'), level('place')]).toEqual([0.2, 0.2, 0.2]);
  });

  test('a list and an all is the lowest', () => {
    const { level } = build(planOf({ list: '[p/a, p/b]', all: '{all: [p/a, p/b, p/c]}' }), {
      'p/a': 0.7,
      'p/c': 0.4,
    });
    expect([level('list'), level('all')]).toEqual([0.7, 0.4]);
  });

  test('an inline any is the highest, of atLeast: k the k-th highest', () => {
    const needs = {
      any: '{any: [p/a, p/b, p/c]}',
      one: '{atLeast: 1, of: [p/a, p/b, p/c]}',
      two: '{atLeast: 2, of: [p/a, p/b, p/c]}',
      all: '{atLeast: 3, of: [p/a, p/b, p/c]}',
      same: '{atLeast: 2, of: [p/a, p/a, p/b]}',
    };
    const { level } = build(planOf(needs), { 'p/a': 0.2, 'p/b': 0.9, 'p/c': 0.5 });
    expect(['any', 'one', 'two', 'all', 'same'].map(level)).toEqual([0.9, 0.9, 0.5, 0.2, 0.2]);
  });

  test('a service is the lowest of its own event, its maintenance, its needs and its redundancy', () => {
    const services = `{s: {needs: p/a, all: [p/b], of: [p/c, p/vm@r/z], atLeast: 1,
      maintenance: {rate: 1/yr, mean: 1h}}}`;
    const { level, observe } = build(planOf({ j: 's' }, services), { s: 0.9 });
    expect(level('j')).toBe(0.9);
    observe({ 's:maintenance': 0.8 });
    expect(level('j')).toBe(0.8);
    observe({ 'p/a': 0.7 });
    expect(level('j')).toBe(0.7);
    observe({ 'p/b': 0.6 });
    expect(level('j')).toBe(0.6);
    observe({ 'p/c': 0.1, 'p/vm@r/z': 0.5 });
    expect(level('j')).toBe(0.5);
    observe({ 'p/c': 0.55 });
    expect(level('j')).toBe(0.55);
  });

  test('a service’s any is that of the alternative its users are on', () => {
    const { network, level, point } = build(planOf({ j: 's' }, '{s: {any: [p/a, p/b], failover: {}}}'), {
      'p/a': 0.1,
      'p/b': 0.8,
    });
    expect(level('j')).toBe(0.1);
    network.use(point('s'), 1);
    network.propagate();
    expect(level('j')).toBe(0.8);
  });

  test('an alternative is at most carries ÷ load of the mode that asks, however deep it stands', () => {
    const text = `keelson: 1
platform: {name: P, asOf: 2026-11-01}
journeys:
  j: {modes: {full: {needs: top}, lean: {worth: 50%, load: 40%, needs: [top, p/c]}, less: {worth: 10%, load: 80%, needs: {any: [top, p/d]}}}}
services:
  top: {needs: [{all: [middle]}]}
  middle: {of: [low, p/vm@r/z], atLeast: 2}
  low: {any: [{use: p/a, carries: 40%}, p/b], failover: {}}
providers:${PROVIDERS}
catalog: none
`;
    const { network, point, observe } = build(text, { 'p/d': 0 });
    const levels = (): (number | undefined)[] =>
      (network.modes[0] ?? []).map(({ node }) => network.level[node]);
    // 0.4 ÷ 1, 0.4 ÷ 0.4 and 0.4 ÷ 0.8.
    expect(levels()).toEqual([0.4, 1, 0.5]);
    observe({ 'p/a': 0.45 });
    expect(levels()).toEqual([0.4, 0.45, 0.45]);
    network.use(point('low'), 1);
    network.propagate();
    expect(levels()).toEqual([1, 1, 1]);
  });

  test('the only alternative is capped like any other', () => {
    expect(build(planOf({ j: 's' }, '{s: {any: [{use: p/a, carries: 30%}]}}')).level('j')).toBe(0.3);
    expect(build(planOf({ j: 's' }, '{s: {any: [{use: p/a, carries: 120%}]}}')).level('j')).toBe(1);
  });

  test('what is asked of a pool is what its members have ÷ the amount, at most 1', () => {
    const needs = { little: '{from: s, atLeast: 6}', much: '{from: s, atLeast: 12}' };
    const services = '{s: {pool: [{use: p/a, capacity: 10}, {use: p/b, capacity: 6}]}}';
    const { level, network, point } = build(planOf(needs, services), { 'p/a': 0.3, 'p/b': 0.5 });
    // 10 · 0.3 + 6 · 0.5 = 6.
    expect([level('little'), level('much')]).toEqual([1, 0.5]);
    expect(network.capacity(point('s'))).toBe(6);
  });

  test('a pool counts growth once it is there, at the level of its member', () => {
    const services = '{s: {pool: [{use: p/a, capacity: 10, grow: 10, needs: p/d}, {use: p/b, capacity: 6}]}}';
    const { level, network, point } = build(planOf({ j: '{from: s, atLeast: 20}' }, services), {
      'p/a': 0.5,
    });
    expect(level('j')).toBe(0.55); // 5 + 6
    network.grow(point('s'), 0, 10);
    network.propagate();
    expect(level('j')).toBe(0.8); // 10 + 6
    // Whether it is short is asked of what it has without growth.
    expect(network.capacity(point('s'))).toBe(11);
    network.grow(point('s'), 0, 0);
    network.propagate();
    expect(level('j')).toBe(0.55);
  });

  test('a pool is not above its own events and its needs', () => {
    const services = '{s: {needs: p/c, pool: [{use: p/a, capacity: 10}]}}';
    const { level, observe } = build(planOf({ j: '{from: s, atLeast: 5}' }, services), { s: 0.8 });
    expect(level('j')).toBe(0.8);
    observe({ 'p/c': 0.6 });
    expect(level('j')).toBe(0.6);
  });

  test('a pool that sheds nothing is 0 where it has less than one who asks', () => {
    const services = '{s: {pool: [{use: p/a, capacity: 10}]}}';
    const text = planOf({ little: '{from: s, atLeast: 5}', much: '{from: s, atLeast: 6}' }, services);
    const { level } = build(text, { 'p/a': 0.5 }, false);
    expect([level('little'), level('much')]).toEqual([1, 0]);
  });

  test('the load of a mode does not scale what it asks of a pool', () => {
    const text = `keelson: 1
platform: {name: P, asOf: 2026-11-01}
journeys: {j: {modes: {m: {load: 50%, needs: {from: s, atLeast: 20}}}}}
services: {s: {pool: [{use: p/a, capacity: 20}]}}
providers:${PROVIDERS}
catalog: none
`;
    expect(build(text, { 'p/a': 0.5 }).level('j')).toBe(0.5);
  });
});

describe('protections on the path are', () => {
  const services = `{
    two: {any: [p/a, p/b], failover: {}},
    own: {needs: p/b, protects: [mtls]},
    many: {of: [p/a, p/b, p/c], atLeast: 2},
    pool: {pool: [{use: p/a, capacity: 5}, {use: p/c, capacity: 5}]}}`;
  const needs = {
    one: 'p/a',
    none: 'p/c',
    all: '[p/b, own]',
    two: 'two',
    inline: '{any: [p/c, p/a]}',
    many: 'many',
    pool: '{from: pool, atLeast: 1}',
  };

  test('those of the reference, the union of all of, the shared ones of what works together', () => {
    const { protections } = build(planOf(needs, services));
    expect(protections('one')).toEqual(['waf', 'ddos']);
    expect(protections('none')).toEqual([]);
    expect(protections('all')).toEqual(['waf', 'mtls']);
    expect(protections('many')).toEqual([]);
    expect(protections('pool')).toEqual([]);
  });

  test('those of the alternative that users are on, working or not', () => {
    const { protections, network, point, observe } = build(planOf(needs, services), { 'p/a': 0 });
    expect(protections('two')).toEqual(['waf', 'ddos']);
    network.use(point('two'), 1);
    observe({ 'p/a': 1 });
    expect(protections('two')).toEqual(['waf']);
  });

  test('those of the best part of an inline any, the earlier of equals', () => {
    const { protections, observe } = build(planOf(needs, services));
    expect(protections('inline')).toEqual([]);
    observe({ 'p/c': 0.99 });
    expect(protections('inline')).toEqual(['waf', 'ddos']);
  });

  test('those that members have which are at the highest usable of the plan, whoever asks', () => {
    const text = planOf({ low: 'many', high: 'p/c' }, services);
    const { protections, observe } = build(
      text
        .replace('low: {modes', 'low: {usable: 30%, modes')
        .replace('high: {modes', 'high: {usable: 80%, modes'),
    );
    observe({ 'p/c': 0.79 });
    expect(protections('low')).toEqual(['waf']);
    observe({ 'p/c': 0.8 });
    expect(protections('low')).toEqual([]);
  });

  test('those that every working member has: one at or above the highest usable of the plan', () => {
    const { protections, observe } = build(planOf(needs, services));
    observe({ 'p/c': 0.89 });
    expect([protections('many'), protections('pool')]).toEqual([['waf'], ['waf', 'ddos']]);
    observe({ 'p/b': 0.5, 'p/c': 0.9 });
    expect([protections('many'), protections('pool')]).toEqual([[], []]);
  });
});

describe('a switch point', () => {
  const text = `keelson: 1
platform: {name: P, asOf: 2026-11-01}
journeys:
  little: {usable: 95%, modes: {m: {load: 40%, needs: s}}}
  much: {usable: 50%, modes: {full: {load: 90%, needs: p/c}, lean: {worth: 1%, load: 70%, needs: [s, t]}}}
services:
  s: {any: [p/a, {use: t, carries: 50%}], failover: {needs: steer}}
  t: {any: [p/b, {use: p/a, carries: 60%}], failover: {}}
  steer: {any: [p/d, p/b], failover: {}}
providers:${PROVIDERS}
catalog: none
`;

  test('goes by the highest load and the highest usable that reach it', () => {
    const { network, point } = build(text);
    expect(network.switches[point('s')]).toMatchObject({ load: 0.7, usable: 0.95 });
    expect(network.switches[point('steer')]).toMatchObject({ load: 0.7, usable: 0.95 });
  });

  test('reads the health of alternatives at that load, whatever they carry themselves', () => {
    const { network, point, observe } = build(text);
    const health = (service: string): (number | undefined)[] =>
      (network.switches[point(service)]?.health ?? []).map((node) => network.level[node]);
    network.use(point('t'), 1);
    observe({ 'p/b': 0.2 });
    expect(health('s')).toEqual([1, 0.6 / 0.7]);
    expect(health('t')).toEqual([0.2, 1]);
  });

  test('reads what steers it as something that is being changed, users not', () => {
    const { network, point, observe } = build(text);
    const { steering = -1 } = network.switches[point('s')] ?? {};
    observe({ 'p/c': 0.3 });
    // d needs c to change anything, and users are on d.
    expect(network.level[steering]).toBe(0.3);
    expect(network.switches[point('steer')]?.health.map((node) => network.level[node])).toEqual([0.3, 1]);
  });

  test('steers without needs where none are given', () => {
    const { network, point } = build(text);
    expect(network.switches[point('t')]?.steering).toBeUndefined();
  });
});

describe('what a mode asks', () => {
  test('is of each pool, wherever it stands below, the largest amount', () => {
    const services = `{
      s: {needs: [{from: pool, atLeast: 4}, {from: other, atLeast: 1}]},
      pool: {pool: [{use: p/a, capacity: 10, grow: 2, needs: {from: growth, atLeast: 1}}]},
      other: {pool: [{use: p/b, capacity: 10}]},
      growth: {pool: [{use: p/c, capacity: 10}]}}`;
    const { network, point } = build(planOf({ j: '[s, {from: pool, atLeast: 3}]' }, services));
    const asks = [...(network.modes[0]?.[0]?.asks ?? [])].sort((a, b) => a.amount - b.amount);
    expect(asks).toEqual([
      { pool: point('other'), amount: 1 },
      { pool: point('pool'), amount: 4 },
    ]);
  });
});

describe('signals', () => {
  test('may be references, apart for users and for changes, and services', () => {
    const services = '{s: {any: [p/a, p/b], failover: {needs: p/d}}}';
    const model = modelOf(planOf({ j: '[s, p/d]' }, services));
    const signals = referenceSignals(model);
    const network = new Network(model, signals, true);
    const reference = model.references.findIndex(({ name }) => name === 'p/d');
    const level = (): number => network.level[network.modes[0]?.[0]?.node ?? -1] ?? -1;
    const steering = (): number => network.level[network.switches[0]?.steering ?? -1] ?? -1;
    network.set(signals.reference(reference, true), 0.4);
    network.propagate();
    expect([level(), steering()]).toEqual([1, 0.4]);
    network.set(signals.reference(reference, false), 0.7);
    network.propagate();
    expect([level(), steering()]).toEqual([0.7, 0.4]);
    network.set(signals.service(0), 0.6);
    network.propagate();
    expect(level()).toBe(0.6);
  });
});

/** Levels and protections by plain recursion over the model, for the same alternatives in use and the same growth. */
class Plain {
  private readonly model: Model;
  private readonly signals: Signals;
  private readonly observed: readonly number[];
  private readonly inUse: ReadonlyMap<number, number>;
  private readonly grown: ReadonlyMap<number, readonly number[]>;
  private readonly isShedding: boolean;
  private readonly usable: number;

  constructor(
    model: Model,
    signals: Signals,
    state: {
      readonly observed: readonly number[];
      readonly inUse: ReadonlyMap<number, number>;
      readonly grown: ReadonlyMap<number, readonly number[]>;
      readonly isShedding: boolean;
    },
  ) {
    this.model = model;
    this.signals = signals;
    this.observed = state.observed;
    this.inUse = state.inUse;
    this.grown = state.grown;
    this.isShedding = state.isShedding;
    this.usable = Math.max(...model.journeys.map(({ usable }) => usable));
  }

  level(node: Node, load: number, change: boolean): number {
    const of = (nodes: readonly Node[]): number[] => nodes.map((one) => this.level(one, load, change));
    switch (node.kind) {
      case 'reference':
        return this.lowest(this.signals.ofReference(node.reference, change));
      case 'all':
        return Math.min(1, ...of(node.parts));
      case 'atLeast':
        return of(node.of).sort((a, b) => b - a)[node.atLeast - 1] ?? 0;
      case 'any':
        return Math.max(...of(node.options.map((option) => option.node)));
      case 'pool':
        return Math.min(this.besides(node.service, load, change), this.poolLevel(node, load, change));
      default: {
        const { redundancy } = this.model.services[node.service] ?? {};
        const own = this.besides(node.service, load, change);
        if (redundancy === undefined) return own;
        if (redundancy.kind === 'atLeast') return Math.min(own, this.level(redundancy, load, change));
        const option = redundancy.options[this.inUse.get(node.service) ?? 0];
        if (option === undefined) return own;
        return Math.min(own, this.level(option.node, load, change), option.carries / load);
      }
    }
  }

  protections(node: Node, load: number, change: boolean): Set<string> {
    const of = (one: Node): Set<string> => this.protections(one, load, change);
    const { model } = this;
    switch (node.kind) {
      case 'reference':
        return new Set(model.references[node.reference]?.protects);
      case 'all':
        return new Set(node.parts.flatMap((part) => [...of(part)]));
      case 'atLeast':
        return this.shared(node.of, load, change);
      case 'any': {
        const best = this.level(node, load, change);
        const first = node.options.find((option) => this.level(option.node, load, change) === best);
        return first === undefined ? new Set() : of(first.node);
      }
      default: {
        const service = model.services[node.service];
        const found = new Set<string>(service?.protects);
        const add = (more: ReadonlySet<string>): void => {
          for (const one of more) found.add(one);
        };
        if (service?.needs !== undefined) add(of(service.needs));
        if (node.kind === 'pool')
          add(this.shared(service?.pool?.map((member) => member.node) ?? [], load, change));
        else if (service?.redundancy?.kind === 'atLeast') add(of(service.redundancy));
        else if (service?.redundancy !== undefined) {
          const option = service.redundancy.options[this.inUse.get(node.service) ?? 0];
          if (option !== undefined) add(of(option.node));
        }
        return found;
      }
    }
  }

  private shared(members: readonly Node[], load: number, change: boolean): Set<string> {
    const working = members.filter((member) => this.level(member, load, change) >= this.usable - 1e-9);
    return new Set(
      PROTECTIONS.filter((one) => working.every((member) => this.protections(member, load, change).has(one))),
    );
  }

  private lowest(signals: readonly number[]): number {
    return Math.min(1, ...signals.map((signal) => this.observed[signal] ?? 1));
  }

  private besides(index: number, load: number, change: boolean): number {
    const { needs } = this.model.services[index] ?? {};
    const own = this.lowest(this.signals.ofService(index));
    return needs === undefined ? own : Math.min(own, this.level(needs, load, change));
  }

  private poolLevel(
    { service, amount }: Extract<Node, { kind: 'pool' }>,
    load: number,
    change: boolean,
  ): number {
    const members = this.model.services[service]?.pool ?? [];
    let capacity = 0;
    for (const [i, member] of members.entries())
      capacity +=
        this.level(member.node, load, change) * (member.capacity + (this.grown.get(service)?.[i] ?? 0));
    if (capacity >= amount * (1 - 1e-9)) return 1;
    return this.isShedding ? capacity / amount : 0;
  }
}

type Change =
  | { readonly kind: 'set'; readonly which: number; readonly level: number }
  | { readonly kind: 'use' | 'grow'; readonly which: number; readonly choice: number };

const change: fc.Arbitrary<Change> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('set' as const),
      which: fc.nat(),
      level: fc.constantFrom(0, 0, 0.3, 0.5, 0.85, 0.9, 1, 1),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constantFrom('use', 'grow'), which: fc.nat(), choice: fc.nat() }),
  },
);

/** Does one change to a network; what it stands for is found by its remainder. */
function apply(network: Network, count: number, one: Change): void {
  if (one.kind === 'set') network.set(one.which % count, one.level);
  else if (one.kind === 'use' && network.switches.length > 0) {
    const point = one.which % network.switches.length;
    network.use(point, one.choice % (network.switches[point]?.health.length ?? 1));
  } else if (one.kind === 'grow' && network.pools.length > 0) {
    const point = one.which % network.pools.length;
    const pool = network.pools[point];
    const member = one.choice % (pool?.health.length ?? 1);
    const isGrown = (pool?.grown[member] ?? 0) > 0;
    network.grow(point, member, isGrown ? 0 : (pool?.grow[member] ?? 0));
  }
}

describe('whatever changes', () => {
  const models = Array.from({ length: 60 }, (_, seed) => modelOf(randomPlan(randomStream('network', seed))));
  const drawn = fc.record({
    model: fc.constantFrom(...models),
    batches: fc.array(fc.array(change, { minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 10 }),
    isShedding: fc.boolean(),
    isByReference: fc.boolean(),
  });
  const signalsOf = (model: Model, isByReference: boolean): Signals =>
    isByReference ? referenceSignals(model) : eventSignals(model);

  test('levels lie in 0 to 1, and carrying changes upwards gives what reading everything anew gives', () => {
    fc.assert(
      fc.property(drawn, ({ model, batches, isShedding, isByReference }) => {
        const signals = signalsOf(model, isByReference);
        const network = new Network(model, signals, isShedding);
        const all: Change[] = [];
        for (const batch of batches) {
          for (const one of batch) apply(network, signals.count, one);
          all.push(...batch);
          network.propagate();
          const fresh = new Network(model, signals, isShedding);
          for (const one of all) apply(fresh, signals.count, one);
          fresh.propagate();
          expect(network.level).toEqual(fresh.level);
          expect(network.mask).toEqual(fresh.mask);
          expect(network.level.every((level) => level >= 0 && level <= 1)).toBe(true);
        }
      }),
      { numRuns: 400 },
    );
  });

  test('what has changed is told, each node once, and nothing else', () => {
    fc.assert(
      fc.property(drawn, ({ model, batches, isShedding, isByReference }) => {
        const signals = signalsOf(model, isByReference);
        const network = new Network(model, signals, isShedding);
        for (const batch of batches) {
          const before = { level: network.level.slice(), mask: network.mask.slice() };
          for (const one of batch) apply(network, signals.count, one);
          network.propagate();
          const told = [...network.changed.list.slice(0, network.changed.size)].sort((a, b) => a - b);
          const differs = [...network.level.keys()].filter(
            (node) => network.level[node] !== before.level[node] || network.mask[node] !== before.mask[node],
          );
          expect(told).toEqual(differs);
          network.changed.clear();
        }
      }),
      { numRuns: 200 },
    );
  });

  test('modes, health and steering have the levels and protections that plain recursion finds', () => {
    fc.assert(
      fc.property(drawn, ({ model, batches, isShedding, isByReference }) => {
        const signals = signalsOf(model, isByReference);
        const network = new Network(model, signals, isShedding);
        const observed = new Array<number>(signals.count).fill(1);
        const inUse = new Map<number, number>();
        for (const one of batches.flat()) {
          apply(network, signals.count, one);
          if (one.kind === 'set') observed[one.which % signals.count] = one.level;
          const point = network.switches[one.which % Math.max(1, network.switches.length)];
          if (one.kind === 'use' && point !== undefined)
            inUse.set(point.service, one.choice % point.health.length);
        }
        network.propagate();
        const grown = new Map(network.pools.map((pool) => [pool.service, [...pool.grown]]));
        const plain = new Plain(model, signals, { observed, inUse, grown, isShedding });
        const { onPath } = reachedBy(model, model.journeys);
        const same = (
          node: number | undefined,
          of: Node | undefined,
          load: number,
          isChange: boolean,
        ): void => {
          if (node === undefined || of === undefined) throw new Error('There is no such node.');
          expect(network.level[node]).toBeCloseTo(plain.level(of, load, isChange), 9);
          expect(new Set(namesOf(network.mask[node] ?? 0))).toEqual(plain.protections(of, load, isChange));
        };
        for (const [j, { modes }] of model.journeys.entries())
          for (const [m, mode] of modes.entries())
            same(network.modes[j]?.[m]?.node, mode.node, mode.load, false);
        for (const { service, health, steering, load } of network.switches) {
          const { redundancy } = model.services[service] ?? {};
          if (redundancy?.kind !== 'any') throw new Error('It has no alternatives.');
          for (const [i, { node }] of redundancy.options.entries())
            same(health[i], node, load, !onPath.has(service));
          if (steering !== undefined) same(steering, redundancy.failover?.steering, load, true);
        }
      }),
      { numRuns: 400 },
    );
  });
});
