import type { PlatformMap } from './graph.ts';
import type { OrderedRow } from './groups.ts';

/** One row of a layer: a box in which nothing lies, or a lane: where edges to one box pass through. */
export interface Row extends OrderedRow {
  /** -1 for a lane. */
  readonly box: number;
}

export interface Rows {
  readonly rows: readonly Row[];
  /** By box, the number of its row; -1 for what holds other boxes. */
  readonly rowOf: Int32Array;
  /** From a row to one of the next layer. */
  readonly links: readonly (readonly [number, number])[];
  /** By edge, the lanes that it passes through, from left to right whichever way it goes. */
  readonly passed: readonly (readonly number[])[];
}

/** What stands in the layers, and what connects one with the next. */
export function rowsOf(map: PlatformMap, layerOf: Int32Array): Rows {
  return new RowBuilder(map, layerOf).build();
}

class RowBuilder {
  private readonly map: PlatformMap;
  private readonly layerOf: Int32Array;
  private readonly rows: Row[] = [];
  private readonly rowOf: Int32Array;
  private readonly links: [number, number][] = [];
  private readonly linked = new Set<string>();
  private readonly lanes = new Map<string, number>();

  constructor(map: PlatformMap, layerOf: Int32Array) {
    this.map = map;
    this.layerOf = layerOf;
    this.rowOf = new Int32Array(map.boxes.length).fill(-1);
  }

  build(): Rows {
    const { boxes, edges } = this.map;
    const parents = new Set(boxes.map(({ parent }) => parent));
    for (const box of boxes.keys())
      if (!parents.has(box))
        this.rowOf[box] = this.add({
          layer: this.layerOf[box] ?? 0,
          box,
          groups: this.groupsAround(box),
        });
    const passed = edges.map(({ from, to }) => this.route(from, to));
    return { rows: this.rows, rowOf: this.rowOf, links: this.links, passed };
  }

  private add(row: Row): number {
    return this.rows.push(row) - 1;
  }

  private groupsAround(box: number): number[] {
    const groups: number[] = [];
    for (let at = this.map.boxes[box]?.parent ?? -1; at >= 0; at = this.map.boxes[at]?.parent ?? -1)
      groups.unshift(at);
    return groups;
  }

  /** Gives an edge a lane in every layer that it passes; edges to the same box share theirs. */
  private route(from: number, to: number): number[] {
    const first = this.layerOf[from] ?? 0;
    const last = this.layerOf[to] ?? 0;
    if (first > last) return this.route(to, from);
    if (first === last) return [];
    const passed: number[] = [];
    let at = this.rowOf[from] ?? -1;
    for (let layer = first + 1; layer < last; layer++) {
      const lane = this.lane(to, layer);
      this.link(at, lane);
      passed.push(lane);
      at = lane;
    }
    this.link(at, this.rowOf[to] ?? -1);
    return passed;
  }

  private lane(to: number, layer: number): number {
    const key = `${to} ${layer}`;
    const known = this.lanes.get(key);
    if (known !== undefined) return known;
    const lane = this.add({ layer, box: -1, groups: [] });
    this.lanes.set(key, lane);
    return lane;
  }

  /** Groups have no row: what ends at one is not held near anything. */
  private link(left: number, right: number): void {
    const key = `${left} ${right}`;
    if (left < 0 || right < 0 || this.linked.has(key)) return;
    this.linked.add(key);
    this.links.push([left, right]);
  }
}
