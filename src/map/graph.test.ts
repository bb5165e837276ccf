import { describe, expect, test } from 'vitest';
import { modelOf, randomModels, SHIPPED, shippedModel } from '../../test/oracle/models.ts';
import { eventsUnder, type Model } from '../model/index.ts';
import { mapOf, type PlatformMap } from './graph.ts';

const SMALL = `keelson: 1
platform: {name: Small, asOf: 2026-11-01}
catalog: none
journeys:
  trade: {modes: {full: {needs: [edge, {from: machines, atLeast: 5}, {any: [reads, p/dns]}]}, less: {worth: 10%, needs: [edge]}}}
services:
  edge: {any: [[p/cdn, p/waf], {use: q/cdn@e, ready: 90%}], failover: {switch: 1m, needs: dns}}
  dns: {needs: p/dns}
  reads: {atLeast: 2, of: [p/rpc@e/1, q/rpc, site]}
  machines: {pool: [{use: site, capacity: 4}, {use: q@w, capacity: 1, grow: 4, after: 5m, needs: q/launch@w}]}
  site: {needs: [{atLeast: 1, of: [p/power, q/power]}, p@e]}
providers:
  p:
    capabilities:
      cdn: {needs: [p/dns, {use: p/power, kind: change}]}
      waf: {}
      dns: {}
      rpc: {outages: {rate: 1/yr, mean: 1h, per: region}}
      power: {}
  q: {capabilities: {cdn: {}, rpc: {}, launch: {outages: {rate: 1/yr, mean: 1h, per: region}}, power: {outages: none}}}
`;

/** `from kind position to`, in the words of the plan. */
function edgesOf(map: PlatformMap): string[] {
  const name = (box: number): string => map.boxes[box]?.id ?? '?';
  return map.edges.map(({ from, to, kind, position }) =>
    [name(from), kind, ...(position === 0 ? [] : [position]), name(to)].join(' '),
  );
}

describe('the map of a small plan', () => {
  const model = modelOf(SMALL);
  const map = mapOf(model);

  test('joins what each thing needs, and says how', () => {
    expect(edgesOf(map)).toEqual([
      'journey:trade needs edge',
      'journey:trade needs machines',
      'journey:trade alternative 1 reads',
      'journey:trade alternative 2 p/dns',
      'edge alternative 1 p/cdn',
      'edge alternative 1 p/waf',
      'edge alternative 2 q/cdn@e',
      'edge steers dns',
      'dns needs p/dns',
      'reads member p/rpc@e/1',
      'reads member q/rpc',
      'reads member site',
      'machines member site',
      'machines member q@w',
      'machines grows q/launch@w',
      'site member p/power',
      'site member q/power',
      'site needs p@e',
      'p/cdn inner p/dns',
      'p/cdn inner-change p/power',
    ]);
  });

  test('nests what is offered in zones, regions and providers', () => {
    const nested = map.boxes
      .filter(({ kind }) => kind !== 'journey' && kind !== 'service')
      .map(({ kind, id, label, parent }) => `${kind} ${id} "${label}" in ${map.boxes[parent]?.id ?? 'none'}`);
    expect(nested).toContain('provider p "p" in none');
    expect(nested).toContain('region p@e "e" in p');
    expect(nested).toContain('zone p@e/1 "1" in p@e');
    expect(nested).toContain('capability p/rpc@e/1 "rpc" in p@e/1');
    expect(nested).toContain('capability p/dns "dns" in p');
    expect(nested).toContain('region q@w "w" in q');
  });

  test('names the event by which each fails: of a capability the one at its own level', () => {
    const fails = new Map(map.boxes.map(({ id, fails: event }) => [id, event]));
    expect(fails.get('journey:trade')).toBeNull();
    expect(fails.get('edge')).toBe('edge');
    expect(fails.get('p/rpc@e/1')).toBe('p/rpc@e');
    expect(fails.get('q/cdn@e')).toBe('q/cdn');
    expect(fails.get('q/power')).toBe('q/power');
    expect(fails.get('p@e/1')).toBe('p@e/1');
  });

  test('numbers journeys, services and offers as the model does', () => {
    for (const { kind, index, id } of map.boxes)
      if (kind === 'journey') expect(`journey:${model.journeys[index]?.name}`).toBe(id);
      else if (kind === 'service') expect(model.services[index]?.name).toBe(id);
      else if (kind === 'capability') expect(model.offers[index]?.name).toBe(id);
      else expect(index).toBe(-1);
  });
});

test('what a capability is said to need of itself is no edge', () => {
  const map = mapOf(
    modelOf(`keelson: 1
platform: {name: Circle, asOf: 2026-11-01}
catalog: none
journeys: {j: {modes: {m: {needs: p/a}}}}
providers: {p: {capabilities: {a: {needs: [p/b]}, b: {needs: [p/a, p/b]}}}}
`),
  );
  expect(edgesOf(map)).toEqual(['journey:j needs p/a', 'p/a inner p/b', 'p/b inner p/a']);
});

/** What holds of every map. */
function checkMap(model: Model): void {
  const map = mapOf(model);
  const { boxes, edges } = map;
  expect(new Set(boxes.map(({ id }) => id)).size).toBe(boxes.length);
  expect(new Set(edgesOf(map)).size).toBe(edges.length);
  const around = { zone: 'region', region: 'provider', provider: undefined } as const;
  for (const [b, { kind, id, parent, fails }] of boxes.entries()) {
    expect(parent).toBeLessThan(b);
    const held = boxes[parent];
    if (kind === 'journey' || kind === 'service') expect(held).toBeUndefined();
    else if (kind !== 'capability') expect(held?.kind).toBe(around[kind]);
    if (fails === null) expect(kind).toBe('journey');
    else expect([id, eventsUnder(model, fails).length > 0]).toEqual([id, true]);
  }
  for (const { from, to, kind, position } of edges) {
    expect(boxes[from]).toBeDefined();
    expect(boxes[to]).toBeDefined();
    expect(from).not.toBe(to);
    expect(position > 0).toBe(kind === 'alternative');
    expect(kind.startsWith('inner')).toBe(boxes[from]?.kind === 'capability');
    expect(boxes[to]?.kind).not.toBe('journey');
  }
}

describe('boxes are told apart, nested by kind, fail by events that are there, and edges join them', () => {
  test.each(SHIPPED)('in the map of %s', (file) => checkMap(shippedModel(file)));

  test('in the maps of 200 random plans', () => {
    for (const model of randomModels('map', 200)) checkMap(model);
  });
});

test('every name in a requirement is an edge to its box', () => {
  for (const model of [shippedModel('examples/harbor/plan.yaml'), ...randomModels('map', 50)]) {
    const { boxes, edges } = mapOf(model);
    const reached = new Set(edges.map(({ to }) => boxes[to]?.id));
    for (const { name } of model.references) expect(reached).toContain(name);
  }
});
