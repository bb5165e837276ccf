import type { PageReference } from '../crawl.ts';
import { isInChainDefinition, MOST_IN_DEFINITION } from './chain-definition.ts';
import { isEndpoint } from './endpoint-rule.ts';
import { looksLikeKey } from './redact.ts';
import type { References } from './references.ts';

/** What is longer than this without an end is no URL. @unit characters */
const MOST_HELD = 8_192;
/** URLs that are looked at, each once; the rest is not. */
const MOST_SEEN = 20_000;
/** Of definitions of chains in one script; more would leave no room for what the site has written itself. */
const MOST_OF_CHAINS = 100;
/** Read at once. @unit characters */
const PIECE = 16_384;
/** Seen behind a URL: what is put after it. @unit characters */
const AHEAD = 256;
/** None of these is in a URL that is looked for. */
const APART: ReadonlySet<number> = new Set(Array.from(' \t\r\n"\'`<>|^(){}[],;', (one) => one.charCodeAt(0)));

/**
 * Looks through a script, piece by piece, for the endpoints that it calls (endpoint-rule.ts). The script is text here: it is neither parsed nor run. Of
 * each endpoint the host and the path are kept, without what looks like a key.
 */
export class EndpointReader {
  private readonly where: PageReference['where'];
  private readonly references: References;
  private readonly isData: boolean;
  private readonly seen = new Set<string>();
  private ofChains = 0;
  private rest = '';
  /** What was scanned last, as far as it says where the next stands: in a comment, in the definition of a chain. */
  private before = '';

  /** @param isData whether no browser runs it: a block of JSON in a page */
  constructor(where: PageReference['where'], references: References, isData = false) {
    this.where = where;
    this.references = references;
    this.isData = isData;
  }

  write(piece: string): void {
    this.rest += piece;
    if (this.rest.length < PIECE) return;
    const text = this.rest;
    // What no URL holds parts what is read now from what may go on in the next piece.
    let at = text.length - AHEAD;
    const least = at - MOST_HELD;
    while (at > least && !APART.has(text.charCodeAt(at - 1))) at--;
    if (at === least) at = text.length - AHEAD;
    this.scan(text.slice(0, at), text.slice(at, at + AHEAD));
    this.rest = text.slice(at);
  }

  end(): void {
    this.scan(this.rest, '');
    this.rest = '';
    this.before = '';
  }

  private scan(text: string, ahead: string): void {
    const plain = this.before + unescaped(text);
    const urls = new RegExp(URLS);
    urls.lastIndex = this.before.length;
    for (const { 0: found, index } of plain.matchAll(urls)) {
      const plainly = found.replace(/[$.:!?]+$/, '');
      const behind = putBehind(plain, index + plainly.length, ahead);
      const written = plainly + behind.key;
      const isOfChain = isInChainDefinition(plain, index);
      // Scripts write the same many times.
      const key = `${isOfChain} ${behind.isBegun} ${written}`;
      if (this.seen.has(key)) continue;
      if (this.seen.size >= MOST_SEEN) this.references.isFull = true;
      if (this.references.isFull) break;
      this.seen.add(key);
      if (!URL.canParse(written)) continue;
      const url = new URL(written);
      if (!isEndpoint(url) || isInComment(plain, index)) continue;
      if (isOfChain && ++this.ofChains > MOST_OF_CHAINS) continue;
      const kind = /^wss?:$/.test(url.protocol) ? 'websocket' : 'endpoint';
      const within = isOfChain ? 'chain-definition' : this.isData ? 'data-block' : undefined;
      this.references.addUrl(kind, written, this.where, {
        ...(within === undefined ? {} : { within }),
        isBegun: behind.isBegun,
      });
    }
    this.before = plain.slice(-MOST_BEFORE);
  }
}

/**
 * What a script puts behind a URL that ends with a slash: a key that stands there (`"https://…/v3/".concat("KEY")`, `"https://…/v3/"+"KEY"`), or something that is
 * known only when it runs (`https://…/v3/${key}`).
 */
function putBehind(
  text: string,
  at: number,
  ahead: string,
): { readonly key: string; readonly isBegun: boolean } {
  if (text[at - 1] !== '/') return { key: '', isBegun: false };
  const next = (text.slice(at, at + AHEAD) + ahead).slice(0, AHEAD);
  const joined = JOINED.exec(next);
  if (joined === null) return { key: '', isBegun: false };
  const [, written = ''] = WRITTEN.exec(next.slice(joined[0].length)) ?? [];
  return looksLikeKey(written) ? { key: written, isBegun: false } : { key: '', isBegun: written === '' };
}

const JOINED = /^(?:["'`]\s*(?:\+\s*|\.concat\(\s*)|\$\{\s*)/;
const WRITTEN = /^["'`]([\w-]{1,128})["'`]/;

/**
 * Whether the line begins as one of a comment does, which does not end before the place. A comment after code is not seen: that would ask
 * for parsing.
 */
function isInComment(text: string, at: number): boolean {
  // In a script that was made small, a line may be all of it: no further back than a comment's line is long.
  const near = text.slice(Math.max(0, at - MOST_IN_COMMENT), at);
  const end = near.lastIndexOf('\n');
  if (end < 0 && at >= MOST_IN_COMMENT) return false;
  return IN_COMMENT.test(near.slice(end + 1));
}

/** What ends a text of a script, or cannot be in a URL, ends it. A host that is put together from pieces (`https://${chain}.x`) is none. */
const URLS =
  /(?<![\w-])(?:https|wss?):\/\/[a-z0-9][a-z0-9-]{0,62}(?:\.[a-z0-9-]{1,63}){1,10}(?::\d{1,5})?(?![\w$-])(?:\/[^\s"'`<>\\|^(){}[\],;]{0,1024})?/gi;

const IN_COMMENT = /^\s*(?:\/\/|\/?\*(?!\/|[\s\S]*\*\/))/;
/** Of a line, up to a URL. @unit characters */
const MOST_IN_COMMENT = 400;
const MOST_BEFORE = Math.max(MOST_IN_COMMENT, MOST_IN_DEFINITION);

/** As texts of JSON and scripts write slashes. */
function unescaped(text: string): string {
  return text.replace(/\\\/|\\u002f|\\x2f/gi, '/');
}
