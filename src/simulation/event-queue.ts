/**
 * The next of many things that are each due at some time: an indexed binary heap on typed arrays. Things due at the same time
 * come in the order of their numbers, so that a run is the same each time.
 */
export class EventQueue {
  private readonly times: Float64Array;
  private readonly heap: Int32Array;
  /** Where each thing stands in the heap; -1 when it is not due. */
  private readonly positions: Int32Array;
  private size = 0;

  /** @param count things are numbered from 0 to count − 1 */
  constructor(count: number) {
    this.times = new Float64Array(count);
    this.heap = new Int32Array(count);
    this.positions = new Int32Array(count).fill(-1);
  }

  /** When the next thing is due; infinite when none is. */
  get nextTime(): number {
    return this.size === 0 ? Number.POSITIVE_INFINITY : (this.times[this.heap[0] ?? 0] ?? 0);
  }

  /** Sets when a thing is due, whether or not it was before. */
  schedule(thing: number, time: number): void {
    this.times[thing] = time;
    let at = this.positions[thing] ?? -1;
    if (at < 0) {
      at = this.size++;
      this.heap[at] = thing;
      this.positions[thing] = at;
    }
    if (at > 0) this.rise(at);
    this.sink(this.positions[thing] ?? 0);
  }

  /** The next thing, which stays due; -1 when none is. */
  get next(): number {
    return this.size === 0 ? -1 : (this.heap[0] ?? -1);
  }

  /** Takes the next thing; -1 when none is due. */
  pop(): number {
    if (this.size === 0) return -1;
    const next = this.heap[0] ?? -1;
    this.positions[next] = -1;
    this.size--;
    if (this.size > 0) {
      const last = this.heap[this.size] ?? 0;
      this.heap[0] = last;
      this.positions[last] = 0;
      this.sink(0);
    }
    return next;
  }

  private isBefore(a: number, b: number): boolean {
    const one = this.times[a] ?? 0;
    const other = this.times[b] ?? 0;
    return one < other || (one === other && a < b);
  }

  private rise(start: number): void {
    const { heap, positions } = this;
    const thing = heap[start] ?? 0;
    let at = start;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      const above = heap[parent] ?? 0;
      if (!this.isBefore(thing, above)) break;
      heap[at] = above;
      positions[above] = at;
      at = parent;
    }
    heap[at] = thing;
    positions[thing] = at;
  }

  private sink(start: number): void {
    const { heap, positions, size } = this;
    const thing = heap[start] ?? 0;
    let at = start;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= size) break;
      if (child + 1 < size && this.isBefore(heap[child + 1] ?? 0, heap[child] ?? 0)) child++;
      const below = heap[child] ?? 0;
      if (!this.isBefore(below, thing)) break;
      heap[at] = below;
      positions[below] = at;
      at = child;
    }
    heap[at] = thing;
    positions[thing] = at;
  }
}
