import { bytesOf, fixedBytesOf, MOST_DATA_BYTES, quantityBytes } from './hex.ts';

const NOTHING = new Uint8Array(0);

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * Reads the fields of an object that a node has sent. The first one that cannot be read is noted in `why`, and stands for no bytes until
 * then: so all fields are read in a row, and one look tells whether they may be used.
 */
export class Fields {
  /** What could not be read, for people. */
  why: string | undefined;
  private readonly object: Readonly<Record<string, unknown>>;
  private readonly what: string;

  /** @param what names the object in `why`, as in `transaction 3` */
  constructor(value: unknown, what: string) {
    this.what = what;
    this.object = isObject(value) ? value : {};
    if (!isObject(value)) this.why = `${what} is not an object`;
  }

  /** Nodes write null for what is not there, or nothing. */
  has(name: string): boolean {
    return this.object[name] !== undefined && this.object[name] !== null;
  }

  raw(name: string): unknown {
    return this.object[name];
  }

  /** @param most @unit bytes */
  data(name: string, most = MOST_DATA_BYTES): Uint8Array {
    return this.read(name, bytesOf(this.object[name], most), 'hex data');
  }

  /** @param length @unit bytes */
  fixed(name: string, length: number): Uint8Array {
    return this.read(name, fixedBytesOf(this.object[name], length), `${length} bytes of hex data`);
  }

  /** A quantity as the fewest bytes. @param most @unit bytes */
  quantity(name: string, most = 32): Uint8Array {
    return this.read(name, quantityBytes(this.object[name], most), `a quantity of ${8 * most} bits`);
  }

  /** @param most more entries are not read */
  list(name: string, most: number): readonly unknown[] {
    const list = this.object[name];
    if (Array.isArray(list) && list.length <= most) return list;
    this.refuse(name, `a list of at most ${most}`);
    return [];
  }

  refuse(name: string, expected: string): void {
    this.why ??= `${this.what}: expected ${expected} as ${name}`;
  }

  private read(name: string, bytes: Uint8Array | undefined, expected: string): Uint8Array {
    if (bytes === undefined) this.refuse(name, expected);
    return bytes ?? NOTHING;
  }
}

/** One field of what a node has sent. @returns undefined when that is no object */
export function fieldOf(value: unknown, name: string): unknown {
  return isObject(value) ? value[name] : undefined;
}
