/** What Recursive Length Prefix writes: bytes, or a list of such. Source: the yellow paper, appendix B. */
export type Item = Uint8Array | readonly Item[];

/** Lists within lists: what any object of the chain needs, and more. */
const MOST_DEPTH = 16;

const isBytes = (item: Item): item is Uint8Array => item instanceof Uint8Array;

/** The RLP of an item. Its depth is the caller's: never that of what a node said. */
export function encode(item: Item): Uint8Array {
  const lengths: number[] = [];
  const length = measure(item, lengths);
  const out = new Uint8Array(length);
  write(item, out, 0, lengths, { next: 0 });
  return out;
}

/** How long the RLP of bytes is. @unit bytes */
export function encodedLength(bytes: Uint8Array): number {
  return bytes.length === 1 && (bytes[0] ?? 0) < 0x80 ? 1 : headLength(bytes.length) + bytes.length;
}

/** How long the head of so many bytes of payload is. @unit bytes */
export function headLength(payload: number): number {
  let length = 1;
  if (payload > 55) for (let rest = payload; rest > 0; rest = Math.floor(rest / 256)) length++;
  return length;
}

/** Notes the payload of each list, in the order in which `write` comes to them. */
function measure(item: Item, lengths: number[]): number {
  if (isBytes(item)) return encodedLength(item);
  const place = lengths.push(0) - 1;
  let payload = 0;
  for (const inner of item) payload += measure(inner, lengths);
  lengths[place] = payload;
  return headLength(payload) + payload;
}

function write(item: Item, out: Uint8Array, at: number, lengths: readonly number[], list: { next: number }) {
  if (isBytes(item)) {
    if (item.length === 1 && (item[0] ?? 0) < 0x80) {
      out[at] = item[0] ?? 0;
      return at + 1;
    }
    const start = writeHead(out, at, 0x80, item.length);
    out.set(item, start);
    return start + item.length;
  }
  let place = writeHead(out, at, 0xc0, lengths[list.next++] ?? 0);
  for (const inner of item) place = write(inner, out, place, lengths, list);
  return place;
}

/** @param base 0x80 for bytes, 0xc0 for a list @returns where the payload begins */
function writeHead(out: Uint8Array, at: number, base: number, payload: number): number {
  if (payload <= 55) {
    out[at] = base + payload;
    return at + 1;
  }
  const width = headLength(payload) - 1;
  out[at] = base + 55 + width;
  for (let i = width, rest = payload; i > 0; i--, rest = Math.floor(rest / 256)) out[at + i] = rest & 255;
  return at + 1 + width;
}

/**
 * The one item that bytes hold. Only what `encode` would have written is read: lengths without zeros in front, no long form where the short
 * one does, nothing left over. Bytes of the item are views of what was given.
 *
 * @returns undefined when it is anything else, or has more than 16 lists within lists
 */
export function decode(bytes: Uint8Array): Item | undefined {
  const head = headAt(bytes, 0, bytes.length);
  if (head === undefined || head.end !== bytes.length) return undefined;
  return itemOf(bytes, head, 0);
}

export interface Head {
  readonly isList: boolean;
  /** Where the payload begins and where it ends. */
  readonly start: number;
  readonly end: number;
}

/** The head of the item that begins here and must end by `limit`. @returns undefined when it is not canonical or too long */
export function headAt(bytes: Uint8Array, at: number, limit: number): Head | undefined {
  if (at >= limit) return undefined;
  const first = bytes[at] ?? 0;
  if (first < 0x80) return { isList: false, start: at, end: at + 1 };
  const isList = first >= 0xc0;
  const short = first - (isList ? 0xc0 : 0x80);
  let start = at + 1;
  let length = short;
  if (short > 55) {
    const width = short - 55;
    if (width > 4 || start + width > limit || bytes[start] === 0) return undefined;
    length = 0;
    for (let i = 0; i < width; i++) length = length * 256 + (bytes[start + i] ?? 0);
    if (length <= 55) return undefined;
    start += width;
  }
  const end = start + length;
  if (end > limit) return undefined;
  if (!isList && length === 1 && (bytes[start] ?? 0) < 0x80) return undefined;
  return { isList, start, end };
}

function itemOf(bytes: Uint8Array, { isList, start, end }: Head, depth: number): Item | undefined {
  if (!isList) return bytes.subarray(start, end);
  if (depth === MOST_DEPTH) return undefined;
  const items: Item[] = [];
  for (let at = start; at < end; ) {
    const head = headAt(bytes, at, end);
    const item = head && itemOf(bytes, head, depth + 1);
    if (head === undefined || item === undefined) return undefined;
    items.push(item);
    at = head.end;
  }
  return items;
}
