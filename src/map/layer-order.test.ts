import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { OrderedRow } from './groups.ts';
import { crossings, orderLayers } from './layer-order.ts';

interface Drawn {
  readonly layers: number;
  readonly rows: readonly OrderedRow[];
  readonly links: readonly (readonly [number, number])[];
}

/** Up to five layers of rows in groups of groups, and links between neighbours. */
const drawn: fc.Arbitrary<Drawn> = fc
  .record({
    sizes: fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 5 }),
    groups: fc.infiniteStream(fc.integer({ min: 0, max: 5 })),
    ends: fc.array(fc.tuple(fc.nat(), fc.nat(), fc.nat()), { maxLength: 60 }),
  })
  .map(({ sizes, groups, ends }) => {
    const draw = (): number => groups.next().value ?? 0;
    const rows = sizes.flatMap((size, layer) =>
      Array.from({ length: size }, (): OrderedRow => {
        const outer = draw();
        const inner = draw();
        if (layer === 0 || outer > 2) return { layer, groups: [] };
        const group = layer * 100 + outer * 10;
        return { layer, groups: inner > 2 ? [group] : [group, group + inner + 1] };
      }),
    );
    const first = sizes.map((_, layer) => sizes.slice(0, layer).reduce((sum, size) => sum + size, 0));
    const links = ends.flatMap(([l, a, b]): [number, number][] => {
      const layer = l % Math.max(1, sizes.length - 1);
      const right = sizes[layer + 1];
      if (right === undefined) return [];
      return [[(first[layer] ?? 0) + (a % (sizes[layer] ?? 1)), (first[layer + 1] ?? 0) + (b % right)]];
    });
    const unlike = new Map(links.map((link) => [link.join(' '), link]));
    return { layers: sizes.length, rows, links: [...unlike.values()] };
  });

function crossingsOf(order: readonly (readonly number[])[], { rows, links }: Drawn): number {
  const position = new Float64Array(rows.length);
  for (const layer of order) for (const [i, row] of layer.entries()) position[row] = i;
  const right: number[][] = rows.map(() => []);
  for (const [from, to] of links) right[from]?.push(to);
  return crossings(order, right, position);
}

/** Every pair of links once. */
function crossingsSlowly(order: readonly (readonly number[])[], { rows, links }: Drawn): number {
  const at = new Map(order.flatMap((layer) => layer.map((row, i) => [row, i] as const)));
  let count = 0;
  for (const [i, [a, b]] of links.entries())
    for (const [c, d] of links.slice(0, i)) {
      if (rows[a]?.layer !== rows[c]?.layer) continue;
      const left = (at.get(a) ?? 0) - (at.get(c) ?? 0);
      const right = (at.get(b) ?? 0) - (at.get(d) ?? 0);
      if (left * right < 0) count++;
    }
  return count;
}

function asGiven({ layers, rows }: Drawn): number[][] {
  return Array.from({ length: layers }, (_, l) => [...rows.keys()].filter((row) => rows[row]?.layer === l));
}

test('crossings are those of all pairs of links', () => {
  fc.assert(
    fc.property(drawn, (graph) => {
      const order = asGiven(graph);
      expect(crossingsOf(order, graph)).toBe(crossingsSlowly(order, graph));
    }),
  );
});

describe('the order of layers', () => {
  const order = (graph: Drawn): number[][] => orderLayers(graph.layers, graph.rows, graph.links);

  test('has every row in its layer once, and the first layer as it was given', () => {
    fc.assert(
      fc.property(drawn, (graph) => {
        const given = asGiven(graph);
        const found = order(graph);
        expect(found.map((layer) => [...layer].sort((a, b) => a - b))).toEqual(given);
        expect(found[0]).toEqual(given[0]);
      }),
    );
  });

  test('keeps the rows of a group together, at every depth', () => {
    fc.assert(
      fc.property(drawn, (graph) => {
        for (const layer of order(graph)) {
          const groups = layer.map((row) => graph.rows[row]?.groups ?? []);
          for (const group of new Set(groups.flat())) {
            const members = [...groups.keys()].filter((i) => groups[i]?.includes(group) === true);
            expect((members.at(-1) ?? 0) - (members[0] ?? 0)).toBe(members.length - 1);
          }
        }
      }),
    );
  });

  test('crosses no more than the one in which it was given, groups brought together', () => {
    fc.assert(
      fc.property(drawn, (graph) => {
        const without = { ...graph, rows: graph.rows.map(({ layer }) => ({ layer, groups: [] })) };
        expect(crossingsOf(order(without), without)).toBeLessThanOrEqual(
          crossingsOf(asGiven(without), without),
        );
      }),
    );
  });

  test('undoes what can be undone', () => {
    const rows = Array.from({ length: 8 }, (_, i) => ({ layer: i < 4 ? 0 : 1, groups: [] }));
    const links = [0, 1, 2, 3].map((i) => [i, 7 - i] as const);
    expect(orderLayers(2, rows, links)).toEqual([
      [0, 1, 2, 3],
      [7, 6, 5, 4],
    ]);
  });

  test('leaves no two neighbours that would cross less the other way round', () => {
    fc.assert(
      fc.property(drawn, (graph) => {
        const flat = {
          ...graph,
          layers: Math.min(2, graph.layers),
          rows: graph.rows.map(({ layer }) => ({ layer, groups: [] })),
        };
        const links = flat.links.filter(([from]) => flat.rows[from]?.layer === 0);
        const found = orderLayers(flat.layers, flat.rows, links);
        const fewest = crossingsOf(found, { ...flat, links });
        for (const i of (found[1] ?? []).keys()) {
          const layer = [...(found[1] ?? [])];
          layer.splice(i, 2, ...layer.slice(i, i + 2).reverse());
          expect(crossingsOf([found[0] ?? [], layer], { ...flat, links })).toBeGreaterThanOrEqual(fewest);
        }
      }),
    );
  });
});
