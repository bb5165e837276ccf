const DIGITS = '0123456789abcdef';
const NO_DIGIT = 255;

/** What a character of hex stands for, by its code below 128. */
const DIGIT_OF = new Uint8Array(128).fill(NO_DIGIT);
for (let digit = 0; digit < 16; digit++) {
  DIGIT_OF[DIGITS.charCodeAt(digit)] = digit;
  DIGIT_OF[DIGITS.toUpperCase().charCodeAt(digit)] = digit;
}

/** Two digits of each byte. */
const PAIRS: readonly string[] = Array.from(
  { length: 256 },
  (_, byte) => `${DIGITS[byte >> 4]}${DIGITS[byte & 15]}`,
);

/** Data longer than this is not read. @unit bytes */
export const MOST_DATA_BYTES = 1 << 24;
/** A quantity of the EVM is a number of 256 bits. @unit bytes */
const MOST_QUANTITY_BYTES = 32;

/**
 * The bytes of hex data: `0x` and an even number of digits of either case.
 *
 * @param most longer data is not read. @unit bytes
 * @returns undefined when it is anything else
 */
export function bytesOf(hex: unknown, most = MOST_DATA_BYTES): Uint8Array | undefined {
  if (typeof hex !== 'string' || hex.length % 2 === 1 || hex.length > 2 * most + 2) return undefined;
  if (hex.length < 2 || hex.charCodeAt(0) !== 48 || hex.charCodeAt(1) !== 120) return undefined;
  const bytes = new Uint8Array((hex.length - 2) >> 1);
  for (let i = 0, at = 2; i < bytes.length; i++, at += 2) {
    const high = DIGIT_OF[hex.charCodeAt(at)] ?? NO_DIGIT;
    const low = DIGIT_OF[hex.charCodeAt(at + 1)] ?? NO_DIGIT;
    // 255 is the only value of either that reaches beyond four bits.
    if ((high | low) > 15) return undefined;
    bytes[i] = (high << 4) | low;
  }
  return bytes;
}

/** The bytes of hex data of just this length. @param length @unit bytes */
export function fixedBytesOf(hex: unknown, length: number): Uint8Array | undefined {
  return typeof hex === 'string' && hex.length === 2 * length + 2 ? bytesOf(hex, length) : undefined;
}

/** Hex data in lower case, with `0x`. */
export function hexOf(bytes: Uint8Array): string {
  let hex = '0x';
  for (let i = 0; i < bytes.length; i++) hex += PAIRS[bytes[i] ?? 0];
  return hex;
}

/**
 * A quantity as the fewest bytes, big-endian: no bytes for 0. Zeros in front are let pass, since some nodes write them; at most 64 digits.
 *
 * @param most a quantity that needs more is not read. @unit bytes
 */
export function quantityBytes(hex: unknown, most = MOST_QUANTITY_BYTES): Uint8Array | undefined {
  if (typeof hex !== 'string' || hex.length < 3 || hex.length > 2 * MOST_QUANTITY_BYTES + 2) return undefined;
  const bytes = bytesOf(hex.length % 2 === 0 ? hex : `0x0${hex.slice(2)}`);
  if (bytes === undefined || (hex.length % 2 === 1 && !hex.startsWith('0x'))) return undefined;
  const minimal = withoutZeros(bytes);
  return minimal.length <= most ? minimal : undefined;
}

/** Bytes without the zeros in front. */
export function withoutZeros(bytes: Uint8Array): Uint8Array {
  let start = 0;
  while (start < bytes.length && bytes[start] === 0) start++;
  return start === 0 ? bytes : bytes.subarray(start);
}

/** The quantity that bytes stand for, big-endian, as JSON-RPC writes it: `0x0` for none. */
export function quantityOf(bytes: Uint8Array): string {
  const hex = hexOf(withoutZeros(bytes));
  if (hex.length === 2) return '0x0';
  return hex.charCodeAt(2) === 48 ? `0x${hex.slice(3)}` : hex;
}

/** A whole number from 0 as JSON-RPC writes it. */
export function quantityOfNumber(value: number | bigint): string {
  return `0x${value.toString(16)}`;
}

/** A number as the fewest bytes, big-endian. @param value whole, from 0 */
export function bytesOfNumber(value: number | bigint): Uint8Array {
  const digits = value.toString(16);
  return withoutZeros(bytesOf(`0x${digits.length % 2 === 0 ? '' : '0'}${digits}`) ?? new Uint8Array(0));
}

/** The number that bytes stand for, big-endian. @returns undefined beyond 2^53 - 1 */
export function numberOf(bytes: Uint8Array): number | undefined {
  if (bytes.length > 8) return undefined;
  let value = 0;
  for (let i = 0; i < bytes.length; i++) value = value * 256 + (bytes[i] ?? 0);
  return Number.isSafeInteger(value) ? value : undefined;
}

/** The number that bytes stand for, big-endian. */
export function bigintOf(bytes: Uint8Array): bigint {
  return bytes.length === 0 ? 0n : BigInt(hexOf(bytes));
}

export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}
