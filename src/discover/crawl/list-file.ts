import { show } from '../../problems.ts';
import { hostName, registeredDomain } from './hosts.ts';

/** A line of a list of platforms. */
export interface ListedPlatform {
  /** The first of its domains: what it is called. */
  readonly name: string;
  /** All of one platform. */
  readonly domains: readonly string[];
  /** From 1. */
  readonly line: number;
}

export interface ReadList {
  readonly platforms: readonly ListedPlatform[];
  /** Everything that is wrong, line by line; of more than 100, the last says how many more. */
  readonly problems: readonly string[];
}

/** @unit platforms */
export const MOST_LISTED = 100_000;
/** @unit bytes */
export const MOST_LIST_BYTES = 16_000_000;
const MOST_DOMAINS = 20;
const MOST_PROBLEMS = 100;

/**
 * Reads a list of platforms: one a line, its domains parted by blanks or commas, the first of which names it; `#` begins a comment. What is no domain and
 * what stands there twice is said, all at once.
 */
export function readList(text: string): ReadList {
  const platforms: ListedPlatform[] = [];
  const problems: string[] = [];
  const seen = new Map<string, number>();
  let count = 0;
  const say = (line: number, what: string): void => {
    if (++count <= MOST_PROBLEMS) problems.push(`Line ${line}: ${what}`);
  };
  for (const [i, written] of text
    .replace(/^\uFEFF/, '')
    .split(/\r\n?|\n/)
    .entries()) {
    const line = i + 1;
    const words = (written.split('#', 1)[0] ?? '').split(/[\s,]+/).filter((word) => word !== '');
    if (words.length === 0) continue;
    if (words.length > MOST_DOMAINS)
      say(line, `expected at most ${MOST_DOMAINS} domains, found ${words.length}.`);
    const domains = words.slice(0, MOST_DOMAINS).map(domainIn);
    for (const [j, domain] of domains.entries())
      if (domain === undefined)
        say(line, `expected a domain such as app.example.org, found ${show(words[j] ?? '')}.`);
    const known = domains.filter((domain) => domain !== undefined);
    const [name] = known;
    if (name === undefined || known.length < domains.length) continue;
    const before = seen.get(name);
    if (before !== undefined) {
      say(line, `${show(name)} stands in line ${before} already.`);
      continue;
    }
    seen.set(name, line);
    if (platforms.length < MOST_LISTED) platforms.push({ name, domains: [...new Set(known)], line });
    else say(line, `expected at most ${MOST_LISTED} platforms.`);
  }
  if (count > MOST_PROBLEMS) problems.push(`${count - MOST_PROBLEMS} more problems are not shown.`);
  return { platforms, problems };
}

function domainIn(word: string): string | undefined {
  const name = hostName(word);
  return name !== undefined && registeredDomain(name) !== undefined ? name : undefined;
}
