/** What robots.txt lets our user agent fetch (RFC 9309). */
export interface Robots {
  /** @param path with its query, as it is sent */
  allows(path: string): boolean;
  /** A gap that is asked for beyond the standard: `crawl-delay`. @unit s */
  readonly delaySeconds?: number;
}

/** Everything may be fetched: there is no robots.txt. */
export const ALL_ALLOWED: Robots = { allows: () => true };
/** Nothing may: it could not be read (RFC 9309, section 2.3.1.4). */
export const NONE_ALLOWED: Robots = { allows: () => false };

interface Rule {
  readonly isAllowed: boolean;
  readonly pattern: string;
}

const MOST_RULES = 5_000;
const MOST_IN_PATTERN = 2_048;

/**
 * Reads a robots.txt: the groups of our name count, or else those of `*`. Of the rules that fit a path the longest counts, and of two as
 * long the one that allows. Lines that say nothing known are passed over.
 * @param text as far as it was read: what a bound has cut is not judged
 * @param agent our product token, `keelson`
 */
export function readRobots(text: string, agent: string): Robots {
  const ours: Rule[] = [];
  const others: Rule[] = [];
  let isNamed = false;
  let into: Rule[][] = [];
  let isHead = false;
  let delaySeconds: number | undefined;
  for (const line of text.replace(/^\uFEFF/, '').split(/\r\n?|\n/)) {
    const [, key = '', value = ''] =
      /^[ \t]*([a-z-]+)[ \t]*:[ \t]*([^#]*)/i.exec(line.slice(0, 2 * MOST_IN_PATTERN)) ?? [];
    const word = key.toLowerCase();
    const said = value.trim();
    if (word === 'user-agent') {
      if (!isHead) into = [];
      isHead = true;
      const token = /^[a-z_-]*/i.exec(said)?.[0].toLowerCase();
      if (token === agent) {
        isNamed = true;
        into.push(ours);
      } else if (said === '*') into.push(others);
    } else if (word === 'allow' || word === 'disallow') {
      isHead = false;
      // An empty one says nothing.
      if (said === '' || said.length > MOST_IN_PATTERN) continue;
      for (const rules of into)
        if (rules.length < MOST_RULES) rules.push({ isAllowed: word === 'allow', pattern: normalised(said) });
    } else if (word === 'crawl-delay') {
      isHead = false;
      if (into.length > 0 && /^\d{1,4}(?:\.\d{1,3})?$/.test(said)) delaySeconds = Number(said);
    }
  }
  const rules = isNamed ? ours : others;
  return {
    allows: (path) => judge(rules, normalised(path)),
    ...(delaySeconds === undefined ? {} : { delaySeconds }),
  };
}

function judge(rules: readonly Rule[], path: string): boolean {
  let best: Rule | undefined;
  for (const rule of rules) {
    const isBetter =
      best === undefined ||
      rule.pattern.length > best.pattern.length ||
      (rule.pattern.length === best.pattern.length && rule.isAllowed);
    if (isBetter && fits(rule.pattern, path)) best = rule;
  }
  return best?.isAllowed ?? true;
}

/** From its beginning; `*` is anything, `$` at the end is the end. Each piece is looked for once, from where the one before it ends. */
function fits(pattern: string, path: string): boolean {
  const isWhole = pattern.endsWith('$');
  const pieces = (isWhole ? pattern.slice(0, -1) : pattern).split('*');
  const [head = '', ...rest] = pieces;
  if (!path.startsWith(head)) return false;
  if (rest.length === 0) return !isWhole || path.length === head.length;
  let at = head.length;
  const last = isWhole ? rest.pop() : undefined;
  for (const piece of rest) {
    const found = path.indexOf(piece, at);
    if (found < 0) return false;
    at = found + piece.length;
  }
  return last === undefined || (path.length - last.length >= at && path.endsWith(last));
}

/** Octets that need not be escaped are not, others are in upper case (RFC 9309, section 2.2.2). */
function normalised(path: string): string {
  return path
    .slice(0, MOST_IN_PATTERN)
    .replace(/%[0-9a-f]{2}/gi, (escaped) => {
      const character = String.fromCharCode(Number.parseInt(escaped.slice(1), 16));
      return /[\w.~-]/.test(character) ? character : escaped.toUpperCase();
    })
    .replace(/[^\u0021-\u007e]/gu, (character) => encodeURIComponent(character.toWellFormed()));
}
