import type { Match } from '../fault.ts';
import { isRecord, listed, shown } from './shown.ts';

const FIELDS = ['path', 'methods', 'header'];
/** @unit characters */
const LONGEST = 2000;
const MOST_METHODS = 40;

/** @returns undefined where there is none, or something is wrong with it */
export function readMatch(given: unknown, mistakes: string[]): Match | undefined {
  if (given === undefined || given === null) return undefined;
  if (!isRecord(given)) {
    mistakes.push(`Expected match to be an object, found ${shown(given)}.`);
    return undefined;
  }
  const before = mistakes.length;
  for (const name of Object.keys(given))
    if (!FIELDS.includes(name))
      mistakes.push(`Expected nothing in match but ${listed(FIELDS)}, found ${shown(name)}.`);
  const { path, methods } = given;
  if (path !== undefined && !(isText(path) && path.startsWith('/')))
    mistakes.push(`Expected match.path to be a path from its first slash, found ${shown(path)}.`);
  if (methods !== undefined && !areMethods(methods))
    mistakes.push(`Expected match.methods to be a list of methods, found ${shown(methods)}.`);
  const header = readHeader(given.header, mistakes);
  if (mistakes.length > before) return undefined;
  return {
    ...(isText(path) ? { path } : {}),
    ...(areMethods(methods) ? { methods: methods.map((one) => one.toUpperCase()) } : {}),
    ...(header === undefined ? {} : { header }),
  };
}

function readHeader(given: unknown, mistakes: string[]): Match['header'] {
  if (given === undefined) return undefined;
  if (isRecord(given) && isText(given.name) && (given.value === undefined || isText(given.value)))
    if (Object.keys(given).every((key) => key === 'name' || key === 'value'))
      return { name: given.name, ...(given.value === undefined ? {} : { value: given.value }) };
  mistakes.push(`Expected match.header to be {name, value?}, found ${shown(given)}.`);
  return undefined;
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '' && value.length <= LONGEST;
}

function areMethods(value: unknown): value is string[] {
  return (
    Array.isArray(value) &&
    value.length > 0 &&
    value.length <= MOST_METHODS &&
    value.every((one) => typeof one === 'string' && /^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,40}$/.test(one))
  );
}

/** What of a request a match looks at. */
export interface Matched {
  readonly method: string;
  /** Path and query. */
  readonly target: string;
  readonly rawHeaders: readonly string[];
}

/** Whether a request is one of those that are meant. */
export function matches(match: Match | undefined, { method, target, rawHeaders }: Matched): boolean {
  if (match === undefined) return true;
  if (match.methods !== undefined && !match.methods.includes(method.toUpperCase())) return false;
  if (match.path !== undefined && !isUnder(match.path.split('/'), pathOf(target).split('/'))) return false;
  return match.header === undefined || hasHeader(rawHeaders, match.header);
}

function pathOf(target: string): string {
  // As a forward proxy is asked: the whole address.
  const path = target.replace(/^[a-z][a-z0-9+.-]*:\/\/[^/?#]*/i, '');
  return path.split(/[?#]/, 1)[0] ?? '';
}

/** One pass with a single place to go back to, so that no pattern takes longer than the product of both lengths. */
function isUnder(pattern: readonly string[], path: readonly string[]): boolean {
  let [p, s] = [0, 0];
  let back: { readonly p: number; s: number } | undefined;
  while (s < path.length) {
    if (pattern[p] === '**') {
      back = { p, s };
      p++;
    } else if (p < pattern.length && (pattern[p] === '*' ? path[s] !== '' : pattern[p] === path[s])) {
      p++;
      s++;
    } else if (back !== undefined) {
      back.s++;
      s = back.s;
      p = back.p + 1;
    } else return false;
  }
  while (pattern[p] === '**') p++;
  return p === pattern.length;
}

function hasHeader(rawHeaders: readonly string[], { name, value }: NonNullable<Match['header']>): boolean {
  for (let i = 0; i + 1 < rawHeaders.length; i += 2)
    if (
      rawHeaders[i]?.toLowerCase() === name.toLowerCase() &&
      (value === undefined || rawHeaders[i + 1] === value)
    )
      return true;
  return false;
}
