import { describe, expect, test } from 'vitest';
import { eventsOf } from '../../test/oracle/brute-force.ts';
import { Meaning, type World } from '../../test/oracle/meaning.ts';
import { modelOf, randomModels, shippedModel } from '../../test/oracle/models.ts';
import { eventsUnder, type Model } from '../model/index.ts';
import type { Requirement } from '../plan/index.ts';
import { randomStream } from '../random.ts';
import { mapOf } from './graph.ts';
import { boxStates, type BoxState } from './state.ts';

/** Every box by its id, when what these names stand for has happened. */
function statesWithout(model: Model, ...names: readonly string[]): Map<string, BoxState> {
  const map = mapOf(model);
  const happened = new Set(names.flatMap((name) => eventsUnder(model, name)));
  const states = boxStates(model, map, happened);
  return new Map(map.boxes.map(({ id }, b) => [id, states[b] ?? { kind: 'works', inUse: -1 }]));
}

const USUAL = { load: 0, change: false };

interface Uses {
  /** The least that users' requests ask of each pool. */
  readonly asked: ReadonlyMap<string, number>;
  /** Whether a service only steers switches or lets pools grow. */
  readonly onlyInChange: (name: string) => boolean;
}

function usesOf(meaning: Meaning): Uses {
  const reached = { events: new Map(), nodes: new Map(), references: new Map() } as Parameters<
    Meaning['reach']
  >[2];
  for (const { value } of meaning.plan.journeys)
    for (const { value: mode } of value.modes) meaning.reach(mode.needs, USUAL, reached);
  const nodes = [...reached.nodes.values()];
  const asked = new Map<string, number>();
  for (const { name, asked: amount, context } of nodes)
    if (amount !== undefined && !context.change) asked.set(name, Math.min(amount, asked.get(name) ?? amount));
  const onlyInChange = (service: string): boolean => {
    const own = nodes.filter(({ name }) => name === service);
    return own.length > 0 && own.every(({ context }) => context.change);
  };
  return { asked, onlyInChange };
}

/** Where the states of a map are not what the plan means, read slowly. */
function differences(model: Model, happened: ReadonlySet<string>): string[] {
  const meaning = new Meaning(model.plan);
  const world: World = { happened: (event) => happened.has(event) };
  const { asked, onlyInChange } = usesOf(meaning);
  const map = mapOf(model);
  const events = new Set(
    [...model.events.keys()].filter((event) => happened.has(model.events[event]?.id ?? '')),
  );
  const states = boxStates(model, map, events);
  return map.boxes.flatMap(({ kind, id }, b) => {
    const state = states[b];
    const told = `${id} without ${[...happened].join(', ')}: ${JSON.stringify(state)}`;
    if (kind === 'journey') return [];
    // No requirement names a whole provider: it fails when its own event has happened.
    if (kind === 'provider') return happened.has(id) === (state?.kind === 'failed') ? [] : [told];
    const atLeast = asked.get(id);
    const context = { ...USUAL, change: kind === 'service' && onlyInChange(id) };
    const requirement: Requirement =
      atLeast === undefined || kind !== 'service'
        ? { kind: 'name', name: id, offset: 0 }
        : { kind: 'from', pool: id, atLeast, offset: 0 };
    const should = meaning.present(requirement, context, world) !== undefined;
    if (should !== (state?.kind !== 'failed')) return [told];
    if (kind !== 'service' || meaning.service(id).any === undefined) return [];
    const position = should ? meaning.position({ name: id, asked: undefined }, context, world) : undefined;
    const kindShould = !should ? 'failed' : position === 1 ? 'works' : 'fallback';
    return state?.inUse === (position ?? 0) - 1 && state.kind === kindShould ? [] : [told];
  });
}

test('every box stands as a slow reading of the plan says, whatever has happened in 300 random plans', () => {
  const random = randomStream('box-states');
  for (const model of randomModels('map-states', 300)) {
    const ids = eventsOf(model.plan).map(({ id }) => id);
    for (let draw = 0; draw < 12; draw++) {
      const share = random();
      expect(differences(model, new Set(ids.filter(() => random() < share)))).toEqual([]);
    }
  }
});

describe('on Harbor', () => {
  const model = shippedModel('examples/harbor/plan.yaml');

  test('everything works on its first choice while nothing has happened', () => {
    for (const [id, state] of statesWithout(model)) expect([id, state.kind]).toEqual([id, 'works']);
    expect(statesWithout(model).get('edge')).toEqual({ kind: 'works', inUse: 0 });
  });

  test('without Cloudflare the edge falls back on its second alternative, and what Cloudflare offers has failed', () => {
    const states = statesWithout(model, 'cloudflare');
    expect(states.get('edge')).toEqual({ kind: 'fallback', inUse: 1 });
    expect(states.get('cloudflare')?.kind).toBe('failed');
    expect(states.get('cloudflare/waf')?.kind).toBe('failed');
    expect(states.get('fastly/waf')?.kind).toBe('works');
  });

  test('a switch that fails leaves the edge down', () => {
    expect(statesWithout(model, 'cloudflare/cdn', 'edge:switch').get('edge')?.kind).toBe('failed');
  });

  test('a standby that is not ready is not in use', () => {
    expect(statesWithout(model, 'site-virginia').get('order-book')).toEqual({ kind: 'fallback', inUse: 1 });
    expect(statesWithout(model, 'site-virginia', 'order-book:standby-2').get('order-book')?.kind).toBe(
      'failed',
    );
  });

  test('a pool fails with its last member', () => {
    expect(statesWithout(model, 'site-virginia').get('api-capacity')?.kind).toBe('works');
    expect(statesWithout(model, 'site-virginia', 'site-frankfurt').get('api-capacity')?.kind).toBe('failed');
  });
});

describe('what a provider offers', () => {
  const model = modelOf(`keelson: 1
platform: {name: Places, asOf: 2026-11-01}
catalog: none
journeys: {j: {modes: {m: {needs: [p/vm@e/1, p/vm@e/2, p/vm@w/1, q/rpc]}}}}
providers:
  p:
    scopes: {e: {outages: {rate: 1/yr, mean: 1h}}}
    capabilities: {vm: {outages: {rate: 1/yr, mean: 1h, per: zone}}}
  q: {capabilities: {rpc: {needs: [p/vm@w/1, {use: p/vm@e/1, kind: change}]}}}
`);
  const failed = (...events: readonly string[]): string[] => {
    const map = mapOf(model);
    const ids = new Set(events.map((id) => model.events.findIndex((event) => event.id === id)));
    return map.boxes.flatMap(({ id }, b) => (boxStates(model, map, ids)[b]?.kind === 'failed' ? [id] : []));
  };

  test('fails with its provider, and so do the places in it', () => {
    expect(failed('p')).toEqual([
      'p',
      'p@e',
      'p@e/1',
      'p/vm@e/1',
      'p@e/2',
      'p/vm@e/2',
      'p@w',
      'p@w/1',
      'p/vm@w/1',
      'q/rpc',
    ]);
  });

  test('fails with its region, the zones too', () => {
    expect(failed('p@e')).toEqual(['p@e', 'p@e/1', 'p/vm@e/1', 'p@e/2', 'p/vm@e/2']);
  });

  test('fails with its zone', () => expect(failed('p@e/2')).toEqual(['p@e/2', 'p/vm@e/2']));

  test('fails by itself, and what needs it inside with it', () => {
    expect(failed('p/vm@w/1')).toEqual(['p/vm@w/1', 'q/rpc']);
  });

  test('runs on without what is needed only to change it', () => {
    expect(failed('p/vm@e/1')).toEqual(['p/vm@e/1']);
  });
});
