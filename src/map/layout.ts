import type { Box, PlatformMap } from './graph.ts';
import { heightsOf } from './heights.ts';
import { orderLayers } from './layer-order.ts';
import { layersOf } from './layers.ts';
import { ARC, CHANNEL, CHARACTER, HEAD, LEAST_WIDTH, MARGIN, MOST_WIDTH, PADDING, ROW } from './lengths.ts';
import { rowsOf, type Rows } from './rows.ts';

/**
 * Where everything of a map stands: journeys left, and right of all that need it each service and each provider, with what it offers
 * nested in its zones and regions.
 *
 *   journeys │ services │ services      │ ┌provider─────┐
 *            │          │ ┌provider───┐ │ │┌region────┐ │
 *            │          │ └───────────┘ │ └─────────────┘
 *
 * Layers are given by who needs whom, so only the order in them and the heights are to be found: by barycentres, and by least
 * squares. Lengths in CSS pixels at a font of 12 px. The same map gives the same places.
 */
export interface Layout {
  readonly width: number;
  readonly height: number;
  /** By box. */
  readonly places: readonly Place[];
  /**
   * By edge: points from the right of one box to the left of another, level where it passes a layer; between boxes of one layer
   * around its right; back to the left only where providers need each other in a circle.
   */
  readonly routes: readonly (readonly Point[])[];
}

export interface Place {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export type Point = readonly [x: number, y: number];

/** Lays a map out. Time grows with edges times the layers they pass. */
export function layoutOf(map: PlatformMap): Layout {
  const layerOf = layersOf(map);
  const count = layerOf.reduce((most, layer) => Math.max(most, layer), 0) + 1;
  const rows = rowsOf(map, layerOf);
  const order = orderLayers(count, rows.rows, rows.links);
  const heights = heightsOf(rows, order);
  const columns = columnsOf(map, layerOf, count);
  const boxes = placesOf(map, rows, layerOf, heights, columns);
  // Lanes can be above all boxes.
  const top = [...boxes.map(({ y }) => y), ...heights].reduce(
    (least, y) => Math.min(least, y),
    Number.POSITIVE_INFINITY,
  );
  const shift = PADDING - (boxes.length === 0 ? 0 : top);
  const places = boxes.map(({ x, y, width, height }) => ({
    x: round(x),
    y: round(y + shift),
    width: round(width),
    height: round(height),
  }));
  const routes = map.edges.map(({ from, to }, e) => {
    const lanes = (rows.passed[e] ?? []).flatMap((lane): Point[] => {
      const { x, width } = columns[rows.rows[lane]?.layer ?? 0] ?? NO_COLUMN;
      const y = round((heights[lane] ?? 0) + shift);
      // Level from side to side, so that it touches none of the layer's boxes.
      return [
        [round(x), y],
        [round(x + width), y],
      ];
    });
    const layers = (layerOf[to] ?? 0) - (layerOf[from] ?? 0);
    return routeOf(places[from] ?? NOWHERE, places[to] ?? NOWHERE, lanes, layers);
  });
  return { ...extent(places, routes), places, routes };
}

interface Column {
  readonly x: number;
  readonly width: number;
}

const NO_COLUMN: Column = { x: 0, width: 0 };
const NOWHERE: Place = { x: 0, y: 0, width: 0, height: 0 };

/** By layer, from where to where it goes: the widest name, with the groups around it, fits. */
function columnsOf({ boxes }: PlatformMap, layerOf: Int32Array, count: number): Column[] {
  const widths = new Float64Array(count).fill(LEAST_WIDTH);
  for (const [b, box] of boxes.entries()) {
    const layer = layerOf[b] ?? 0;
    const name = Math.min(MOST_WIDTH, Math.ceil(box.label.length * CHARACTER + MARGIN));
    widths[layer] = Math.max(widths[layer] ?? 0, name + depthOf(boxes, box) * 2 * PADDING);
  }
  let x = PADDING;
  return [...widths].map((width) => {
    const column = { x, width };
    x += width + CHANNEL;
    return column;
  });
}

function depthOf(boxes: readonly Box[], box: Box): number {
  let depth = 0;
  for (let at = box.parent; at >= 0; at = boxes[at]?.parent ?? -1) depth++;
  return depth;
}

/** Boxes at the heights of their rows; groups around what lies in them. */
function placesOf(
  { boxes }: PlatformMap,
  { rowOf }: Rows,
  layerOf: Int32Array,
  heights: Float64Array,
  columns: readonly Column[],
): Place[] {
  const tops = new Float64Array(boxes.length).fill(Number.POSITIVE_INFINITY);
  const bottoms = new Float64Array(boxes.length).fill(Number.NEGATIVE_INFINITY);
  const hold = (b: number, parent: number): void => {
    if (parent < 0) return;
    tops[parent] = Math.min(tops[parent] ?? 0, (tops[b] ?? 0) - HEAD);
    bottoms[parent] = Math.max(bottoms[parent] ?? 0, (bottoms[b] ?? 0) + PADDING);
  };
  const depths = boxes.map((box) => depthOf(boxes, box));
  const deepestFirst = [...boxes.keys()].sort((a, b) => (depths[b] ?? 0) - (depths[a] ?? 0));
  for (const b of deepestFirst) {
    const row = rowOf[b] ?? -1;
    if (row >= 0) {
      tops[b] = (heights[row] ?? 0) - ROW / 2;
      bottoms[b] = (heights[row] ?? 0) + ROW / 2;
    }
    hold(b, boxes[b]?.parent ?? -1);
  }
  return boxes.map((_, b) => {
    const { x, width } = columns[layerOf[b] ?? 0] ?? NO_COLUMN;
    const inset = (depths[b] ?? 0) * PADDING;
    const y = tops[b] ?? 0;
    return { x: x + inset, y, width: width - 2 * inset, height: (bottoms[b] ?? 0) - y };
  });
}

/** @param layers how many it goes to the right; less than none only where providers need each other in a circle */
function routeOf(from: Place, to: Place, lanes: readonly Point[], layers: number): Point[] {
  if (layers > 0) return [rightOf(from), ...lanes, leftOf(to)];
  if (layers < 0) return [leftOf(from), ...lanes.toReversed(), rightOf(to)];
  // In one layer: around the right.
  const start = rightOf(from);
  const end = rightOf(to);
  const out = round(Math.max(start[0], end[0]) + ARC);
  return [start, [out, start[1]], [out, end[1]], end];
}

function leftOf(place: Place): Point {
  return [place.x, portOf(place)];
}

function rightOf(place: Place): Point {
  return [round(place.x + place.width), portOf(place)];
}

/** Edges meet a group at its name. */
function portOf({ y, height }: Place): number {
  return round(y + Math.min(height, ROW) / 2);
}

function extent(
  places: readonly Place[],
  routes: readonly (readonly Point[])[],
): Pick<Layout, 'width' | 'height'> {
  let right = 0;
  let bottom = 0;
  for (const { x, y, width, height } of places) {
    right = Math.max(right, x + width);
    bottom = Math.max(bottom, y + height);
  }
  for (const route of routes)
    for (const [x, y] of route) {
      right = Math.max(right, x);
      bottom = Math.max(bottom, y);
    }
  return { width: Math.ceil(right + PADDING), height: Math.ceil(bottom + PADDING) };
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
