import { printable } from '../../problems.ts';

/** Longest name of a service in a plan. */
const MAX_NAME = 64;
const HOST =
  /^(?=.{1,253}$)(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)+[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;
const ADDRESS = /^(?:\d{1,3}\.){3}\d{1,3}$/;

/**
 * A text as the name of a service: lower case, anything else than letters, digits, `.`, `_` and `-` as `-`, at most 64 characters.
 * Longer ones are cut and end in eight digits that tell them apart. `part` where nothing is left.
 */
export function toName(text: string): string {
  const cut = text.length > 2000 ? text.slice(0, 2000) : text;
  const clean = cut
    .toLowerCase()
    .replace(/[^a-z0-9._-]+/g, '-')
    .replace(/^[._-]+|[._-]+$/g, '');
  if (clean === '') return 'part';
  if (clean.length <= MAX_NAME && cut === text) return clean;
  return `${clean.slice(0, MAX_NAME - 9).replace(/[._-]+$/, '')}-${digitsOf(text)}`;
}

/** Eight hexadecimal digits that a text always has (FNV-1a, 32 bits). */
function digitsOf(text: string): string {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  return (hash >>> 0).toString(16).padStart(8, '0');
}

/** A host name as it is compared: lower case, without a final dot. Undefined where it is none; an address is none. */
export function toHost(text: string): string | undefined {
  if (text.length > 260) return undefined;
  const host = text.toLowerCase().replace(/\.$/, '');
  return HOST.test(host) && !ADDRESS.test(host) ? host : undefined;
}

/** An IPv4 or IPv6 address without port; undefined where it is none. */
export function toAddress(text: string): string | undefined {
  if (ADDRESS.test(text)) return text.split('.').every((part) => Number(part) < 256) ? text : undefined;
  return text.length < 46 && /^[0-9a-f:.]+$/i.test(text) && text.split(':').length > 2
    ? text.toLowerCase()
    : undefined;
}

/** A remark on one line, printable, at most 400 characters. */
export function remark(text: string): string {
  const line = printable(text.replace(/\s+/g, ' ').trim());
  return line.length > 400 ? `${line.slice(0, 399)}…` : line;
}
