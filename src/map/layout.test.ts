import { describe, expect, test } from 'vitest';
import { generatePlan } from '../../bench/generate-plan.js';
import { modelOf, randomModels, SHIPPED, shippedModel } from '../../test/oracle/models.ts';
import { mapOf, type Box, type PlatformMap } from './graph.ts';
import { layoutOf, type Layout, type Place } from './layout.ts';
import { HEAD } from './lengths.ts';

/** Coordinates are rounded to tenths, each by itself. */
const ROUNDING = 0.2;

function placed(layout: Layout, box: number): Place {
  const place = layout.places[box];
  if (place === undefined) throw new RangeError(`There is no place of ${box}.`);
  return place;
}

/** What holds of every layout; what does not, in words. */
function faultsOf(map: PlatformMap, layout: Layout): string[] {
  return [
    ...outside(layout),
    ...nested(map, layout),
    ...overlapping(map, layout),
    ...badlyRouted(map, layout),
    ...backwards(map, layout),
  ];
}

function outside({ places, routes, width, height }: Layout): string[] {
  const points = [
    ...places.flatMap((place) => [
      [place.x, place.y],
      [place.x + place.width, place.y + place.height],
    ]),
    ...routes.flat(),
  ];
  return points
    .filter(([x = Number.NaN, y = Number.NaN]) => !(x >= 0 && x <= width && y >= 0 && y <= height))
    .map((point) => `${point.join(', ')} is outside ${width} × ${height}`);
}

function nested({ boxes }: PlatformMap, layout: Layout): string[] {
  return boxes.flatMap(({ id, parent }, b) => {
    if (parent < 0) return [];
    const inner = placed(layout, b);
    const outer = placed(layout, parent);
    const fits =
      inner.x > outer.x &&
      inner.x + inner.width < outer.x + outer.width &&
      inner.y - outer.y >= HEAD - ROUNDING &&
      inner.y + inner.height < outer.y + outer.height;
    return fits ? [] : [`${id} does not lie in ${boxes[parent]?.id} below its name`];
  });
}

/** With everything inside what is around it, siblings are all that can overlap. */
function overlapping({ boxes }: PlatformMap, layout: Layout): string[] {
  const columns = new Map<string, number[]>();
  for (const [b, { parent }] of boxes.entries()) {
    const key = `${parent} ${placed(layout, b).x}`;
    const column = columns.get(key);
    if (column === undefined) columns.set(key, [b]);
    else column.push(b);
  }
  const faults: string[] = [];
  for (const column of columns.values()) {
    column.sort((a, b) => placed(layout, a).y - placed(layout, b).y);
    for (const [i, b] of column.entries()) {
      const above = column[i - 1];
      if (above === undefined) continue;
      const { y, height } = placed(layout, above);
      if (y + height > placed(layout, b).y) faults.push(`${boxes[above]?.id} overlaps ${boxes[b]?.id}`);
    }
  }
  return faults;
}

function badlyRouted({ boxes, edges }: PlatformMap, layout: Layout): string[] {
  const touches = (box: number, [x, y]: readonly [number, number]): boolean => {
    const place = placed(layout, box);
    const atSide = Math.min(Math.abs(x - place.x), Math.abs(x - place.x - place.width)) <= ROUNDING;
    return atSide && y >= place.y && y <= place.y + place.height;
  };
  return edges.flatMap(({ from, to }, e) => {
    const route = layout.routes[e] ?? [];
    const [first, last] = [route[0], route.at(-1)];
    const ends = first !== undefined && last !== undefined && touches(from, first) && touches(to, last);
    return ends ? [] : [`the edge from ${boxes[from]?.id} to ${boxes[to]?.id} does not end at them`];
  });
}

function backwards({ boxes, edges }: PlatformMap, layout: Layout): string[] {
  return edges.flatMap(({ from, to }, e) => {
    if (!isOfPlan(boxes[from])) return [];
    const xs = (layout.routes[e] ?? []).map(([x]) => x);
    const rises = xs.every((x, i) => i === 0 || x > (xs[i - 1] ?? 0));
    return rises ? [] : [`the edge from ${boxes[from]?.id} to ${boxes[to]?.id} does not go right`];
  });
}

function isOfPlan(box: Box | undefined): boolean {
  return box?.kind === 'journey' || box?.kind === 'service';
}

describe('boxes lie apart and inside what holds them, edges of the plan go right, all within the drawing', () => {
  test.each(SHIPPED)('in the layout of %s', (file) => {
    const map = mapOf(shippedModel(file));
    expect(faultsOf(map, layoutOf(map))).toEqual([]);
  });

  test('in the layouts of 200 random plans', () => {
    for (const model of randomModels('layout', 200)) {
      const map = mapOf(model);
      expect(faultsOf(map, layoutOf(map))).toEqual([]);
    }
  });

  test('in the layout of a generated plan of 600 services', () => {
    const map = mapOf(modelOf(generatePlan({ seed: 1, services: 600 })));
    expect(faultsOf(map, layoutOf(map))).toEqual([]);
  });

  test('in the layout of nothing', () => {
    const map: PlatformMap = { boxes: [], edges: [] };
    expect(faultsOf(map, layoutOf(map))).toEqual([]);
  });
});

test('the same map gives the same bytes', () => {
  const model = shippedModel('examples/harbor/plan.yaml');
  expect(JSON.stringify(layoutOf(mapOf(model)))).toBe(JSON.stringify(layoutOf(mapOf(model))));
});

test('a journey without a service stands left of what it needs', () => {
  const map = mapOf(
    modelOf(`keelson: 1
platform: {name: One, asOf: 2026-11-01}
catalog: none
journeys: {j: {modes: {m: {needs: p/c}}}}
providers: {p: {capabilities: {c: {}}}}
`),
  );
  const layout = layoutOf(map);
  expect(faultsOf(map, layout)).toEqual([]);
  expect(layout.routes).toHaveLength(1);
});

test('a place that is needed as a whole is reached at its name, whether anything lies in it or not', () => {
  for (const more of ['', ', aws/ec2@us-east-1/use1-az4, aws/s3@us-east-1']) {
    const map = mapOf(
      modelOf(`keelson: 1
platform: {name: Place, asOf: 2026-11-01}
catalog: none
journeys: {j: {modes: {m: {needs: [aws@us-east-1${more}]}}}}
providers: {aws: {scopes: {us-east-1: {outages: {rate: 1/yr, mean: 1h}}}, capabilities: {ec2: {}, s3: {}}}}
`),
    );
    const layout = layoutOf(map);
    expect(faultsOf(map, layout)).toEqual([]);
    const region = placed(
      layout,
      map.boxes.findIndex(({ id }) => id === 'aws@us-east-1'),
    );
    expect(layout.routes[0]?.at(-1)).toEqual([region.x, region.y + 12]);
  }
});

test('providers that need each other in a circle stand apart, and the edge that closes it goes back', () => {
  const map = mapOf(
    modelOf(`keelson: 1
platform: {name: Circle, asOf: 2026-11-01}
catalog: none
journeys: {j: {modes: {m: {needs: a/x}}}}
providers:
  a: {capabilities: {x: {needs: [b/x]}}}
  b: {capabilities: {x: {needs: [c/x]}}}
  c: {capabilities: {x: {needs: [a/x]}}}
`),
  );
  const layout = layoutOf(map);
  expect(faultsOf(map, layout)).toEqual([]);
  const xs = ['journey:j', 'a', 'b', 'c'].map(
    (id) =>
      placed(
        layout,
        map.boxes.findIndex((box) => box.id === id),
      ).x,
  );
  expect(xs).toEqual([...xs].sort((a, b) => a - b));
  const back = layout.routes.at(-1)?.map(([x]) => x) ?? [];
  expect(back).toEqual([...back].sort((a, b) => b - a));
});

test('what a provider offers stands close together, however far apart its users are', () => {
  const map = mapOf(shippedModel('examples/harbor/plan.yaml'));
  const layout = layoutOf(map);
  const aws = map.boxes.findIndex(({ id }) => id === 'aws');
  const rows = map.boxes.filter(({ id, kind }) => kind === 'capability' && id.startsWith('aws/')).length;
  expect(placed(layout, aws).height).toBeLessThan(rows * 50);
  expect(layout.height).toBeLessThan(900);
});

test('lanes run level beside the boxes of a layer, and touch none', () => {
  for (const file of SHIPPED) {
    const map = mapOf(shippedModel(file));
    const { places, routes } = layoutOf(map);
    for (const route of routes)
      for (const [i, [x, y]] of route.entries()) {
        const [next, level] = route[i + 1] ?? [x, Number.NaN];
        if (i % 2 === 0 || level !== y) continue;
        const hit = places.find(
          (place) => place.x < next && place.x + place.width > x && place.y < y && place.y + place.height > y,
        );
        expect(hit).toBeUndefined();
      }
  }
});

/** Each service needs the next; no plan may be as deep, but who draws one is not to fall over it. */
function chain(length: number): PlatformMap {
  const service = (index: number): Box => ({
    kind: 'service',
    id: `s${index}`,
    label: `s${index}`,
    parent: -1,
    index,
    fails: `s${index}`,
  });
  return {
    boxes: [
      { kind: 'journey', id: 'journey:j', label: 'j', parent: -1, index: 0, fails: null },
      ...Array.from({ length }, (_, i) => service(i)),
    ],
    edges: Array.from({ length }, (_, i) => ({ from: i, to: i + 1, kind: 'needs' as const, position: 0 })),
  };
}

test('a chain of 3,000 services is a straight line', () => {
  const map = chain(3000);
  const layout = layoutOf(map);
  expect(faultsOf(map, layout)).toEqual([]);
  expect(new Set(layout.places.map(({ y }) => y)).size).toBe(1);
});
