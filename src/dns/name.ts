import { KeelsonError } from '../errors.ts';
import { show } from '../problems.ts';

/**
 * A domain name in lower case, labels parted by dots, no dot at the end; the root is `.`. An octet that is no letter, digit, `-`,
 * `_` or `*` is written `\DDD`, so that two names are the same when their texts are.
 */
export type DnsName = string;

export const ROOT: DnsName = '.';

/** @throws KeelsonError `wheel-setting` when the text is no domain name (RFC 1035: labels of 63 octets, 255 in all) */
export function dnsName(text: string): DnsName {
  if (LOWER.test(text) && text.length <= MOST_IN_LABEL) return text;
  const name = textOf(labelsOf(text));
  encodeName(name);
  return name;
}

/** Whether a name is the zone's own or one below it. */
export function isWithin(name: DnsName, zone: DnsName): boolean {
  return zone === ROOT || name === zone || name.endsWith(`.${zone}`);
}

/** As on the wire, not compressed. */
export function encodeName(name: DnsName): Uint8Array {
  if (PLAIN.test(name)) return encodePlain(name);
  const bytes: number[] = [];
  for (const label of labelsOf(name)) {
    if (label.length === 0 || label.length > MOST_IN_LABEL) throw notAName(name);
    bytes.push(label.length, ...label);
  }
  bytes.push(0);
  if (bytes.length > MOST_IN_NAME) throw notAName(name);
  return Uint8Array.from(bytes);
}

/**
 * Reads a name, following compression.
 * @returns the name, and where what follows it begins
 * @throws KeelsonError `dns-malformed`
 */
export function decodeName(
  bytes: Uint8Array,
  start: number,
): { readonly name: DnsName; readonly end: number } {
  const labels: Uint8Array[] = [];
  let at = start;
  let end: number | undefined;
  let length = 1;
  // A pointer must lead to before where the name, or the part of it that the last pointer led to, begins: no loops.
  let before = start;
  for (;;) {
    const size = bytes[at];
    if (size === undefined) throw malformed('a name to end within the message');
    if (size === 0) return { name: textOf(labels), end: end ?? at + 1 };
    if (size >= POINTER) {
      const low = bytes[at + 1];
      if (low === undefined) throw malformed('a name to end within the message');
      const to = ((size & 0x3f) << 8) | low;
      if (to >= before) throw malformed('a compressed name to lead backwards');
      end ??= at + 2;
      at = to;
      before = to;
      continue;
    }
    if (size > MOST_IN_LABEL) throw malformed('a label of at most 63 octets');
    length += size + 1;
    if (length > MOST_IN_NAME) throw malformed('a name of at most 255 octets');
    if (at + 1 + size > bytes.length) throw malformed('a name to end within the message');
    labels.push(bytes.subarray(at + 1, at + 1 + size));
    at += size + 1;
  }
}

/** @param expected what an answer should have been: `a name to end within the message` */
export function malformed(expected: string): KeelsonError {
  return new KeelsonError('dns-malformed', `Expected ${expected}.`, {
    hint: 'Check that a DNS server, the primary of the zone, is what answers there.',
  });
}

const MOST_IN_LABEL = 63;
const MOST_IN_NAME = 255;
const POINTER = 0xc0;
/** Nothing is escaped, and no dot ends it. */
const PLAIN = /^[a-z0-9_*-]+(?:\.[a-z0-9_*-]+)*$/i;
const LOWER = /^[a-z0-9_*-]+(?:\.[a-z0-9_*-]+)*$/;

function encodePlain(name: string): Uint8Array {
  if (name.length + 2 > MOST_IN_NAME) throw notAName(name);
  const bytes = new Uint8Array(name.length + 2);
  let start = 0;
  for (let i = 0; i <= name.length; i++) {
    const isEnd = i === name.length || name.charCodeAt(i) === DOT;
    if (!isEnd) bytes[i + 1] = name.charCodeAt(i);
    else {
      if (i - start > MOST_IN_LABEL) throw notAName(name);
      bytes[start] = i - start;
      start = i + 1;
    }
  }
  return bytes;
}

const DOT = 0x2e;

function notAName(text: string): KeelsonError {
  return new KeelsonError('wheel-setting', `Expected a domain name, found ${show(text)}.`, {
    hint: 'Write other scripts than ASCII in their xn-- form.',
  });
}

function labelsOf(text: string): Uint8Array[] {
  if (text === ROOT) return [];
  const labels: number[][] = [[]];
  const part = /\\(\d{3})|\\([!-~])|([!-[\]-~])/y;
  const whole = text.replace(/(?<!\\)\.$/, '');
  while (part.lastIndex < whole.length) {
    const [, code, escaped, plain] = part.exec(whole) ?? [];
    const octet = code === undefined ? (escaped ?? plain)?.charCodeAt(0) : Number(code);
    if (octet === undefined || octet > 255) throw notAName(text);
    if (plain === '.') labels.push([]);
    else labels.at(-1)?.push(octet);
  }
  return labels.map((label) => Uint8Array.from(label));
}

function textOf(labels: readonly Uint8Array[]): DnsName {
  if (labels.length === 0) return ROOT;
  let text = '';
  for (const [i, label] of labels.entries()) {
    if (i > 0) text += '.';
    for (const octet of label) text += OCTET_TEXTS[octet];
  }
  return text;
}

const OCTET_TEXTS: readonly string[] = Array.from({ length: 256 }, (_, octet) => {
  const character = String.fromCharCode(octet).toLowerCase();
  return /^[a-z0-9_*-]$/.test(character) ? character : `\\${String(octet).padStart(3, '0')}`;
});
