import { field, isObject, textIn, type JsonObject } from './bounded-json.ts';
import { MODE_PATH } from './words.ts';

/** What a good answer is, in the words of a plan. */
export interface Good {
  readonly status?: number;
  readonly contains?: string;
}

/** `note`: what of it was lost on the way. `leftOut`: why it cannot be said at all. */
export type ReadTolerance = { readonly good: Good; readonly note?: string } | { readonly leftOut: string };

const ANY: Good = {};

/** What a tolerance of an HTTP probe says, as far as `good` of a plan can say it. */
export function readTolerance(tolerance: unknown): ReadTolerance {
  if (typeof tolerance === 'number')
    return isStatus(tolerance)
      ? { good: { status: tolerance } }
      : { leftOut: `Expected a status from 100 to 599, found ${tolerance}.` };
  if (typeof tolerance === 'boolean' || typeof tolerance === 'string')
    return { leftOut: `An HTTP answer is never ${short(tolerance)}: its status is a number.` };
  if (Array.isArray(tolerance)) return ofList(tolerance);
  if (!isObject(tolerance)) return { leftOut: `Expected a tolerance, found ${short(tolerance)}.` };
  const type = field(tolerance, 'type');
  if (type === 'range') return ofRange(tolerance);
  if (type === 'regex') return ofRegex(tolerance);
  if (type === 'jsonpath') return ofJsonPath(tolerance);
  if (type === 'probe') return { leftOut: 'Its tolerance is a probe of its own: nothing of it is run.' };
  return { leftOut: `Expected a tolerance of type probe, regex, jsonpath or range, found ${short(type)}.` };
}

function ofList(list: readonly unknown[]): ReadTolerance {
  const numbers = list.filter((one) => typeof one === 'number');
  if (numbers.length === 0 || numbers.length < list.length)
    return { leftOut: 'Expected a list of statuses, found something else in it.' };
  const [low = 0, high = low] = numbers;
  // Two are bounds, by the open API; Chaos Toolkit's library takes one or the other. For what is inside 2xx it comes to the same here.
  if (numbers.length === 2) return bounds(low, high);
  if (numbers.length === 1) return bounds(low, low);
  return bounds(Math.min(...numbers.slice(0, 1_000)), Math.max(...numbers.slice(0, 1_000)));
}

function ofRange(tolerance: JsonObject): ReadTolerance {
  const target = field(tolerance, 'target') ?? 'status';
  if (target !== 'status') return { leftOut: `A range of ${short(target)}: good compares no numbers of it.` };
  const range = field(tolerance, 'range');
  const [low, high] = Array.isArray(range) ? range : [];
  if (!Array.isArray(range) || range.length !== 2 || typeof low !== 'number' || typeof high !== 'number')
    return { leftOut: 'Expected a range of two numbers.' };
  return bounds(low, high);
}

function bounds(low: number, high: number): ReadTolerance {
  if (low === high) return readTolerance(low);
  if (low === 200 && high === 299) return { good: ANY };
  if (low >= 200 && high <= 299 && low < high)
    return { good: ANY, note: `Any status of 200 to 299 is good, not only ${low} to ${high}.` };
  return { leftOut: `good says one status, or any of 200 to 299, and not ${low} to ${high}.` };
}

function ofRegex(tolerance: JsonObject): ReadTolerance {
  const pattern = textIn(tolerance, 'pattern');
  if (pattern === undefined) return { leftOut: 'Expected a pattern.' };
  const target = field(tolerance, 'target');
  if (target !== 'body')
    return { leftOut: `A pattern for ${short(target ?? 'nothing of an answer')}: good looks into the body.` };
  const text = literalOf(pattern);
  return text === undefined || text.length > 2_000
    ? { leftOut: 'good looks for a text, and not for a pattern.' }
    : { good: { contains: text } };
}

/** The text that alone is matched by a pattern; undefined where others are too. */
function literalOf(pattern: string): string | undefined {
  if (pattern.length > 10_000) return undefined;
  const bare = pattern.replace(/^\.\*|\.\*$/g, '');
  let text = '';
  for (let i = 0; i < bare.length; i++) {
    const c = bare.charAt(i);
    if (c === '\\') {
      const next = bare.charAt(++i);
      if (!/[^\w\s]/.test(next)) return undefined;
      text += next;
    } else if ('.^$*+?()[]{}|'.includes(c)) return undefined;
    else text += c;
  }
  return text === '' ? undefined : text;
}

function ofJsonPath(tolerance: JsonObject): ReadTolerance {
  const path = textIn(tolerance, 'path')?.trim();
  if (path === undefined) return { leftOut: 'Expected a path.' };
  const target = field(tolerance, 'target');
  const expect = field(tolerance, 'expect');
  const wanted = Array.isArray(expect) && expect.length === 1 ? expect[0] : expect;
  if (target === 'headers' && path.toLowerCase() === MODE_PATH)
    return { good: ANY, note: 'In which mode it is answered, a drill looks by itself.' };
  const isStatus = (target === undefined && path === '$.status') || (target === 'status' && path === '$');
  if (isStatus) return typeof wanted === 'number' ? readTolerance(wanted) : { leftOut: 'Expected a status.' };
  if (target !== 'body')
    return { leftOut: `A path into ${short(target ?? 'the whole answer')}: good looks into the body.` };
  if (field(tolerance, 'count') !== undefined) return { leftOut: 'good does not count.' };
  const key = /^\$(?:\.[A-Za-z_]\w{0,99}){0,9}\.([A-Za-z_]\w{0,99})$/.exec(path)?.[1];
  if (key === undefined) return { leftOut: 'good looks for a text, and not along such a path.' };
  if (expect === undefined)
    return { good: { contains: `"${key}"` }, note: `Looked for is the name "${key}" anywhere in the body.` };
  if (typeof wanted !== 'string' || wanted.length > 1_000)
    return { leftOut: 'good looks for a text, and for no other value.' };
  return {
    good: { contains: JSON.stringify(wanted) },
    note: `Looked for is ${short(wanted)} anywhere in the body, under whatever name.`,
  };
}

function isStatus(value: number): boolean {
  return Number.isInteger(value) && value >= 100 && value <= 599;
}

/** What was found, so that it can stand in a sentence. */
export function short(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length <= 80 ? text : `${text.slice(0, 80)}…`;
}
