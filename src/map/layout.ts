import type { Box, PlatformMap } from './graph.ts';
import { orderLayers } from './layer-order.ts';

/**
 * Where everything of a map stands: journeys left, then services by how far they are from a user, then what providers offer, nested
 * in zones, regions and providers, then providers that only other providers need.
 *
 *   journeys │ services │ services │ ┌provider─────┐ │ ┌provider┐
 *            │          │          │ │┌region────┐ │ │ │        │
 *
 * Layers are given by what things are, so only the order in them and the heights are to be found: by barycentres, and by least
 * squares. Lengths in CSS pixels at a font of 12 px. The same map gives the same places.
 */
export interface Layout {
  readonly width: number;
  readonly height: number;
  /** By box. */
  readonly places: readonly Place[];
  /** By edge: points from the right of one box to the left of another; between boxes of one layer, around its right. */
  readonly routes: readonly (readonly Point[])[];
}

export interface Place {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export type Point = readonly [x: number, y: number];

const ROW = 24;
const GAP = 10;
/** Between layers: room for edges. */
const CHANNEL = 56;
const PADDING = 8;
/** The height of a group's name. */
const HEAD = 18;
/** What an edge that passes through a layer takes of it. */
const LANE = 6;
const CHARACTER = 6.7;
const LEAST_WIDTH = 64;
const MOST_WIDTH = 180;
const HEIGHT_SWEEPS = 12;

/** Lays a map out. Time grows with edges times the layers they pass. */
export function layoutOf(map: PlatformMap): Layout {
  return new LayoutBuilder(map).build();
}

/** One row of a layer: a box, or an edge that passes through. */
interface Row {
  /** -1 for an edge that passes. */
  readonly box: number;
  /** Names the groups around it, outermost first: rows of a group stay together. */
  readonly groups: readonly number[];
}

class LayoutBuilder {
  private readonly map: PlatformMap;
  private readonly layerOf: Int32Array;
  private readonly hasRow: boolean[];
  private readonly layers: Row[][];
  /** By box with a row: its row's number among all. */
  private readonly rowOf: Int32Array;
  private readonly rows: { layer: number; row: Row }[] = [];
  /** Between rows of neighbouring layers: [left row, right row]. */
  private readonly links: [number, number][] = [];
  /** By edge, the rows that it passes through. */
  private readonly passed: number[][];

  constructor(map: PlatformMap) {
    this.map = map;
    const parents = new Set(map.boxes.map(({ parent }) => parent));
    // What holds other boxes has no row of its own.
    this.hasRow = map.boxes.map((_, i) => !parents.has(i));
    this.layerOf = layersOf(map);
    this.rowOf = new Int32Array(map.boxes.length).fill(-1);
    const count = this.layerOf.reduce((most, layer) => Math.max(most, layer), 0) + 1;
    this.layers = Array.from({ length: count }, () => []);
    this.passed = map.edges.map(() => []);
  }

  build(): Layout {
    for (const box of this.map.boxes.keys())
      if (this.hasRow[box] === true)
        this.rowOf[box] = this.addRow(this.layerOf[box] ?? 0, { box, groups: this.groupsAround(box) });
    this.route();
    const order = orderLayers(
      this.layers.length,
      this.rows.map(({ layer, row }) => ({ layer, groups: row.groups })),
      this.links,
    );
    const tops = this.heights(order);
    return this.place(order, tops);
  }

  private addRow(layer: number, row: Row): number {
    this.layers[layer]?.push(row);
    return this.rows.push({ layer, row }) - 1;
  }

  private groupsAround(box: number): number[] {
    const groups: number[] = [];
    for (let at = this.map.boxes[box]?.parent ?? -1; at >= 0; at = this.map.boxes[at]?.parent ?? -1)
      groups.unshift(at);
    return groups;
  }

  /** Gives every edge that passes layers a row in each; edges to the same box pass together. */
  private route(): void {
    const lanes = new Map<string, number>();
    const linked = new Set<string>();
    for (const [e, { from, to }] of this.map.edges.entries()) {
      const first = this.layerOf[from] ?? 0;
      const last = this.layerOf[to] ?? 0;
      // What holds boxes stands where its first one does.
      let at = this.rowFor(from);
      for (let layer = first + 1; layer <= last; layer++) {
        const key = `${to} ${layer}`;
        const lane =
          layer === last ? this.rowFor(to) : (lanes.get(key) ?? this.addRow(layer, { box: -1, groups: [] }));
        if (layer < last) {
          lanes.set(key, lane);
          this.passed[e]?.push(lane);
        }
        if (at >= 0 && lane >= 0 && !linked.has(`${at} ${lane}`)) {
          linked.add(`${at} ${lane}`);
          this.links.push([at, lane]);
        }
        at = lane;
      }
    }
  }

  private rowFor(box: number): number {
    return this.rowOf[box] ?? -1;
  }

  /** Heights of the rows' middles: each as near to what it is linked with as the rows beside it leave room. */
  private heights(order: readonly (readonly number[])[]): Float64Array {
    const y = new Float64Array(this.rows.length);
    const neighbours: number[][] = this.rows.map(() => []);
    for (const [left, right] of this.links) {
      neighbours[left]?.push(right);
      neighbours[right]?.push(left);
    }
    const spaces = order.map((layer) => layer.map((row, i) => this.space(layer[i - 1], row)));
    for (const [l, layer] of order.entries()) {
      let at = 0;
      for (const [i, row] of layer.entries()) {
        at += spaces[l]?.[i] ?? 0;
        y[row] = at;
      }
    }
    // Layers start around a common middle.
    const middle = (layer: readonly number[]): number =>
      ((y[layer.at(-1) ?? 0] ?? 0) + (y[layer[0] ?? 0] ?? 0)) / 2;
    const tallest = Math.max(0, ...order.map(middle));
    for (const layer of order) {
      const shift = tallest - middle(layer);
      for (const row of layer) y[row] = (y[row] ?? 0) + shift;
    }
    for (let sweep = 0; sweep < HEIGHT_SWEEPS; sweep++) {
      const forwards = sweep % 2 === 0;
      for (let i = 0; i < order.length; i++) {
        const l = forwards ? i : order.length - 1 - i;
        const layer = order[l] ?? [];
        const wanted = layer.map((row) => mean(neighbours[row] ?? [], y) ?? y[row] ?? 0);
        const found = spread(wanted, spaces[l] ?? []);
        for (const [k, row] of layer.entries()) y[row] = found[k] ?? 0;
      }
    }
    return y;
  }

  /** The least distance between the middles of two rows that follow each other. */
  private space(above: number | undefined, row: number): number {
    const below = this.rows[row]?.row;
    const before = above === undefined ? undefined : this.rows[above]?.row;
    const half = (one: Row | undefined): number => (one === undefined ? 0 : one.box < 0 ? LANE / 2 : ROW / 2);
    const left = before?.groups ?? [];
    const right = below?.groups ?? [];
    let common = 0;
    while (common < left.length && common < right.length && left[common] === right[common]) common++;
    return (
      half(before) +
      half(below) +
      (before === undefined ? 0 : before.box < 0 && below?.box === -1 ? 1 : GAP - (common > 0 ? 5 : 0)) +
      (left.length - common) * PADDING +
      (right.length - common) * (HEAD + 2)
    );
  }

  private place(order: readonly (readonly number[])[], y: Float64Array): Layout {
    const { boxes, edges } = this.map;
    const depth = (box: Box): number => this.depthOf(box);
    const xs: number[] = [];
    const widths: number[] = [];
    let x = PADDING;
    for (const [l, layer] of order.entries()) {
      const inLayer = layer.flatMap((row) => boxes[this.rows[row]?.row.box ?? -1] ?? []);
      const nested = inLayer.reduce((most, box) => Math.max(most, depth(box)), 0);
      const width = inLayer.reduce(
        (most, { label }) => Math.max(most, label.length * CHARACTER + 20),
        LEAST_WIDTH,
      );
      widths[l] = Math.min(MOST_WIDTH, Math.ceil(width)) + nested * 2 * PADDING;
      xs[l] = x;
      x += (widths[l] ?? 0) + CHANNEL;
    }
    const places: { x: number; y: number; width: number; height: number }[] = boxes.map((box, b) => {
      const layer = this.layerOf[b] ?? 0;
      const inset = depth(box) * PADDING;
      return {
        x: (xs[layer] ?? 0) + inset,
        y: (y[this.rowOf[b] ?? 0] ?? 0) - ROW / 2,
        width: (widths[layer] ?? 0) - 2 * inset,
        height: ROW,
      };
    });
    // Inner boxes come after those around them: backwards, all inside is known first.
    const inside = new Map<number, { top: number; bottom: number }>();
    for (let b = boxes.length - 1; b >= 0; b--) {
      const held = inside.get(b);
      const place = places[b];
      if (place === undefined) continue;
      if (held !== undefined) {
        place.y = held.top - HEAD;
        place.height = held.bottom - held.top + HEAD + PADDING;
      }
    }
    this.growGroups(places);
    let top = Number.POSITIVE_INFINITY;
    let bottom = 0;
    for (const place of places) {
      top = Math.min(top, place.y);
      bottom = Math.max(bottom, place.y + place.height);
    }
    const shift = PADDING - (places.length === 0 ? 0 : top);
    const rounded = places.map((place) => ({
      x: round(place.x),
      y: round(place.y + shift),
      width: round(place.width),
      height: round(place.height),
    }));
    const routes = edges.map(({ from, to }, e) =>
      this.points(
        rounded,
        from,
        to,
        (this.passed[e] ?? []).map((row): Point => {
          const layer = this.rows[row]?.layer ?? 0;
          return [round((xs[layer] ?? 0) + (widths[layer] ?? 0) / 2), round((y[row] ?? 0) + shift)];
        }),
      ),
    );
    return {
      width: Math.ceil(x - CHANNEL + PADDING + ARC),
      height: Math.ceil(bottom + shift + PADDING),
      places: rounded,
      routes,
    };
  }

  private depthOf(box: Box): number {
    let depth = 0;
    for (let at = box.parent; at >= 0; at = this.map.boxes[at]?.parent ?? -1) depth++;
    return depth;
  }

  /** Groups take what lies in them, the inner ones first. */
  private growGroups(places: { x: number; y: number; width: number; height: number }[]): void {
    const { boxes } = this.map;
    const byDepth = [...boxes.keys()]
      .filter((b) => this.hasRow[b] === false)
      .sort((a, b) => this.depthOf(boxes[b] as Box) - this.depthOf(boxes[a] as Box)); // both are boxes
    const held = new Map<number, { top: number; bottom: number }>();
    const hold = (b: number): void => {
      const place = places[b];
      const parent = boxes[b]?.parent ?? -1;
      if (place === undefined || parent < 0) return;
      const known = held.get(parent);
      held.set(parent, {
        top: Math.min(known?.top ?? Number.POSITIVE_INFINITY, place.y),
        bottom: Math.max(known?.bottom ?? Number.NEGATIVE_INFINITY, place.y + place.height),
      });
    };
    for (const b of boxes.keys()) if (this.hasRow[b] === true) hold(b);
    for (const b of byDepth) {
      const { top, bottom } = held.get(b) ?? { top: 0, bottom: 0 };
      const place = places[b];
      if (place === undefined) continue;
      place.y = top - HEAD - 2;
      place.height = bottom - top + HEAD + 2 + PADDING;
      hold(b);
    }
  }

  private points(places: readonly Place[], from: number, to: number, between: readonly Point[]): Point[] {
    const a = places[from];
    const b = places[to];
    if (a === undefined || b === undefined) return [];
    const start: Point = [round(a.x + a.width), round(a.y + Math.min(a.height, ROW) / 2)];
    if ((this.layerOf[from] ?? 0) < (this.layerOf[to] ?? 0))
      return [start, ...between, [b.x, round(b.y + Math.min(b.height, ROW) / 2)]];
    // In one layer, or backwards: around the right.
    const end: Point = [round(b.x + b.width), round(b.y + Math.min(b.height, ROW) / 2)];
    const out = Math.max(start[0], end[0]) + ARC;
    return [start, [out, start[1]], [out, end[1]], end];
  }
}

/** How far an edge within a layer swings out. */
const ARC = 22;

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

function mean(rows: readonly number[], y: Float64Array): number | undefined {
  if (rows.length === 0) return undefined;
  let sum = 0;
  for (const row of rows) sum += y[row] ?? 0;
  return sum / rows.length;
}

/**
 * The heights nearest to those wanted, by least squares, that keep the order and the distances: pool adjacent violators
 * (Barlow et al. 1972).
 */
export function spread(wanted: readonly number[], space: readonly number[]): number[] {
  const offsets: number[] = [];
  let offset = 0;
  for (const [i, one] of space.entries()) {
    offset += i === 0 ? 0 : one;
    offsets.push(offset);
  }
  const blocks: { sum: number; count: number }[] = [];
  for (const [i, want] of wanted.entries()) {
    blocks.push({ sum: want - (offsets[i] ?? 0), count: 1 });
    for (;;) {
      const last = blocks.at(-1);
      const before = blocks.at(-2);
      if (last === undefined || before === undefined || before.sum / before.count <= last.sum / last.count)
        break;
      blocks.splice(-2, 2, { sum: before.sum + last.sum, count: before.count + last.count });
    }
  }
  return blocks
    .flatMap(({ sum, count }) => new Array<number>(count).fill(sum / count))
    .map((base, i) => base + (offsets[i] ?? 0));
}

/** The layer of every box: journeys first, each service right of all that need it, then providers. */
function layersOf({ boxes, edges }: PlatformMap): Int32Array {
  const layer = new Int32Array(boxes.length);
  const isService = (box: number): boolean => boxes[box]?.kind === 'service';
  const users = new Int32Array(boxes.length);
  const below: number[][] = boxes.map(() => []);
  for (const { from, to } of edges)
    if (isService(to) && (isService(from) || boxes[from]?.kind === 'journey')) {
      below[from]?.push(to);
      users[to] = (users[to] ?? 0) + 1;
    }
  const waiting = [...boxes.keys()].filter((box) => users[box] === 0);
  for (const [box, { kind }] of boxes.entries()) if (kind === 'service') layer[box] = 1;
  for (let at = waiting.pop(); at !== undefined; at = waiting.pop())
    for (const to of below[at] ?? []) {
      layer[to] = Math.max(layer[to] ?? 0, (layer[at] ?? 0) + 1);
      users[to] = (users[to] ?? 1) - 1;
      if (users[to] === 0) waiting.push(to);
    }
  const first = layer.reduce((most, one) => Math.max(most, one), 0) + 1;
  const top = boxes.map((_, box) => topOf(boxes, box));
  const direct = new Set(edges.filter(({ kind }) => !kind.startsWith('inner')).map(({ to }) => top[to]));
  for (const [box, { kind }] of boxes.entries())
    if (kind !== 'service' && kind !== 'journey') layer[box] = direct.has(top[box]) ? first : first + 1;
  return layer;
}

function topOf(boxes: readonly Box[], box: number): number {
  let at = box;
  for (let parent = boxes[at]?.parent ?? -1; parent >= 0; parent = boxes[at]?.parent ?? -1) at = parent;
  return at;
}
