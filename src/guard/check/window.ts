import { roomFor, type Bytes } from './input.ts';
import { hasMark } from './utf8.ts';

/** Rows that are judged one by one are held in memory. @unit bytes */
export const MOST_ROW = 4_000_000;

/** The part of a file that is being looked at. A zero stands behind what has been read. */
export class Window {
  private readonly input: Bytes;
  buffer: Buffer<ArrayBuffer>;
  private readonly room: number;
  end = 0;

  constructor(input: Bytes) {
    this.input = input;
    this.room = roomFor(input);
    this.buffer = Buffer.allocUnsafeSlow(2 * this.room + 1);
  }

  /** Drops what is before `from`, which is at 0 then, and reads on. @returns false at the end of the file */
  refill(from: number): boolean {
    if (from > 0) {
      this.buffer.copyWithin(0, from, this.end);
      this.end -= from;
    }
    if (this.buffer.length - 1 - this.end < this.room) {
      const grown = Buffer.allocUnsafeSlow(2 * this.buffer.length);
      this.buffer.copy(grown, 0, 0, this.end);
      this.buffer = grown;
    }
    const length = this.input.read(this.buffer.subarray(0, this.buffer.length - 1), this.end);
    this.end += length;
    this.buffer[this.end] = 0;
    return length > 0;
  }

  /** Begins to read. @returns whether the file begins with a byte order mark */
  beginsWithMark(): boolean {
    while (this.end < 3 && this.refill(0));
    return hasMark(this.buffer);
  }
}

/** 1 for bytes that stand for themselves in a line: ASCII without control characters, and the tab. */
export const OF_LINE = new Uint8Array(256);
for (let byte = 0x20; byte < 0x7f; byte++) OF_LINE[byte] = 1;
OF_LINE[9] = 1;
