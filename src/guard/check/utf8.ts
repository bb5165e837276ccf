import { isAscii } from 'node:buffer';

/* UTF-8 (RFC 3629), as bytes. */

/** Whether a byte order mark stands at the beginning. */
export function hasMark(bytes: Uint8Array): boolean {
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf;
}

/** Bytes of the character that begins here, by the table of RFC 3629; 0 where none does. */
export function lengthOfCharacter(bytes: Uint8Array, at: number): number {
  const first = bytes[at] ?? 0;
  const second = bytes[at + 1] ?? 0;
  if (first < 0x80) return 1;
  if (first < 0xc2 || first > 0xf4) return 0;
  if (first < 0xe0) return isRest(second) ? 2 : 0;
  const third = bytes[at + 2] ?? 0;
  if (first < 0xf0) {
    const isWithin =
      first === 0xe0
        ? second >= 0xa0 && second < 0xc0
        : first === 0xed
          ? second >= 0x80 && second < 0xa0
          : isRest(second);
    return isWithin && isRest(third) ? 3 : 0;
  }
  const isWithin =
    first === 0xf0
      ? second >= 0x90 && second < 0xc0
      : first === 0xf4
        ? second >= 0x80 && second < 0x90
        : isRest(second);
  return isWithin && isRest(third) && isRest(bytes[at + 3] ?? 0) ? 4 : 0;
}

function isRest(byte: number): boolean {
  return byte >= 0x80 && byte < 0xc0;
}

/** UTF-16 code units of bytes, also where they begin or end within a character. */
export function unitsOf(bytes: Uint8Array, from: number, to: number): number {
  if (to <= from) return 0;
  const part = bytes.subarray(from, to);
  if (isAscii(part)) return part.length;
  let units = 0;
  for (const byte of part) units += (byte < 0x80 || byte >= 0xc0 ? 1 : 0) + (byte >= 0xf0 ? 1 : 0);
  return units;
}
