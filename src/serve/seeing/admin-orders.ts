import { MS_PER_HOUR } from '../../units.ts';

/** What a person asks for, as it comes in. */

export interface ModeOrder {
  readonly journey: string;
  /** Null: the lever is released. */
  readonly mode: string | null;
  /** Whether the journey stays in it whatever works; else that is the best it may be in. */
  readonly pinned: boolean;
  readonly reason: string;
  readonly by: string;
  /** After which the lever is released by itself; null with no mode. @unit ms */
  readonly forMs: number | null;
}

export interface ApproveOrder {
  readonly service: string;
  /** The alternative that users are to be moved to, by a person's own decision; null: the switch that waits is agreed to. */
  readonly to: string | null;
  readonly by: string;
  readonly reason: string;
}

export interface DrainOrder {
  /** A part that gets nothing new; null: all of this process, which then ends. */
  readonly target: string | null;
  /** Whether it gets requests again. */
  readonly isBack: boolean;
  readonly by: string;
  readonly reason: string;
}

export interface ReloadOrder {
  /** Whether the plan is put in force whatever it makes worse, and without being tried. */
  readonly isForced: boolean;
  readonly by: string;
  readonly reason: string;
}

/** Who asks is told which part is not as expected. */
export type Read<T> =
  | { readonly kind: 'read'; readonly order: T }
  | { readonly kind: 'wrong'; readonly words: string };

/** A lever that is forgotten ends by itself. @unit ms */
const LONGEST_FOR_MS = 7 * 24 * MS_PER_HOUR;
/** @unit characters */
const LONGEST_NAME = 100;
/** @unit characters */
const LONGEST_REASON = 500;

/** `{"journey": "trade", "mode": "post-only", "pinned": false, "reason": "…", "for": 1800000, "by": "ada"}` */
export function readModeOrder(body: unknown): Read<ModeOrder> {
  return read(body, ['journey', 'mode', 'pinned', 'reason', 'for', 'by'], (given) => {
    const mode = given.has('mode') && given.get('mode') !== null ? nameIn(given, 'mode') : null;
    if (!given.has('mode'))
      throw new Wrong('Expected "mode": the name of one, or null to release the lever.');
    return {
      journey: nameIn(given, 'journey'),
      mode,
      pinned: flagIn(given, 'pinned'),
      reason: textIn(given, 'reason', LONGEST_REASON),
      by: nameIn(given, 'by'),
      forMs: mode === null ? null : timeIn(given),
    };
  });
}

/** `{"service": "order-book", "to": "site-dublin", "by": "ada", "reason": "…"}`; `to` may be left out */
export function readApproveOrder(body: unknown): Read<ApproveOrder> {
  return read(body, ['service', 'to', 'by', 'reason'], (given) => ({
    service: nameIn(given, 'service'),
    to: given.has('to') && given.get('to') !== null ? nameIn(given, 'to') : null,
    by: nameIn(given, 'by'),
    reason: textIn(given, 'reason', LONGEST_REASON),
  }));
}

/** `{"target": "site-london", "back": false, "by": "ada", "reason": "…"}`; without `target`, all of it */
export function readDrainOrder(body: unknown): Read<DrainOrder> {
  return read(body, ['target', 'back', 'by', 'reason'], (given) => {
    const target = given.has('target') && given.get('target') !== null ? nameIn(given, 'target') : null;
    const isBack = flagIn(given, 'back');
    if (isBack && target === null)
      throw new Wrong('Expected "target" with "back": the part that comes back.');
    return {
      target,
      isBack,
      by: nameIn(given, 'by'),
      reason: textIn(given, 'reason', LONGEST_REASON),
    };
  });
}

/** `{"force": false, "by": "ada", "reason": "…"}` */
export function readReloadOrder(body: unknown): Read<ReloadOrder> {
  return read(body, ['force', 'by', 'reason'], (given) => ({
    isForced: flagIn(given, 'force'),
    by: nameIn(given, 'by'),
    reason: textIn(given, 'reason', LONGEST_REASON),
  }));
}

type Given = ReadonlyMap<string, unknown>;

class Wrong extends Error {}

function read<T>(body: unknown, names: readonly string[], take: (given: Given) => T): Read<T> {
  try {
    if (typeof body !== 'object' || body === null || Array.isArray(body))
      throw new Wrong('Expected a JSON object.');
    const given = new Map<string, unknown>(Object.entries(body));
    for (const name of given.keys())
      if (!names.includes(name)) throw new Wrong(`Expected only ${names.join(', ')}.`);
    return { kind: 'read', order: take(given) };
  } catch (error) {
    if (error instanceof Wrong) return { kind: 'wrong', words: error.message };
    throw error;
  }
}

function nameIn(given: Given, name: string): string {
  return textIn(given, name, LONGEST_NAME);
}

/** Words that can be written in a line: of people, names and reasons. */
function textIn(given: Given, name: string, longest: number): string {
  const value = given.get(name);
  if (typeof value !== 'string' || value.trim() === '' || value.length > longest)
    throw new Wrong(`Expected "${name}": 1 to ${longest} characters.`);
  if (/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u.test(value))
    throw new Wrong(`Expected "${name}" without characters that cannot be seen.`);
  return value.trim();
}

function flagIn(given: Given, key: string): boolean {
  const flag = given.get(key) ?? false;
  if (typeof flag !== 'boolean') throw new Wrong(`Expected "${key}": true or false.`);
  return flag;
}

function timeIn(given: Given): number {
  const ms = given.get('for');
  if (typeof ms !== 'number' || !(ms >= 1 && ms <= LONGEST_FOR_MS))
    throw new Wrong(`Expected "for": milliseconds, 1 to ${LONGEST_FOR_MS} (7 days).`);
  return ms;
}
