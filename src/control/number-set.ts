/** A set of numbers from 0 to count − 1, in the order they were added; emptying it costs what is in it, and makes no garbage. */
export class NumberSet {
  /** The first `size` of these are in it. */
  readonly list: Int32Array;
  size = 0;
  private readonly isIn: Uint8Array;

  constructor(count: number) {
    this.list = new Int32Array(count);
    this.isIn = new Uint8Array(count);
  }

  add(number: number): void {
    if (this.isIn[number] === 1) return;
    this.isIn[number] = 1;
    this.list[this.size++] = number;
  }

  /** Takes out what stands at a place of the list; the last takes its place. */
  removeAt(place: number): void {
    this.isIn[this.list[place] ?? 0] = 0;
    this.list[place] = this.list[--this.size] ?? 0;
  }

  clear(): void {
    for (let i = 0; i < this.size; i++) this.isIn[this.list[i] ?? 0] = 0;
    this.size = 0;
  }
}
