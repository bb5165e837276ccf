import { getDomain } from 'tldts';
import { problem, type Problem } from '../../problems.ts';
import { countTypes, NO_COUNTS, timesSay, type Imported, type ImportOptions } from './import.ts';
import { headersOf, hostOf, initiatorOf, kindOf, makerOf, methodsOf, type RequestKind } from './har/entry.ts';
import { field, parseJson, textOf } from './json.ts';
import { toAddress } from './names.ts';
import { Parts, type Part } from './parts.ts';

/** Most requests of a file. */
const MAX_ENTRIES = 100_000;
/** Most redirects in a row, as browsers follow them. */
const MAX_REDIRECTS = 20;
/** Kinds of requests of which a page may do without, or may not. */
const PERHAPS: ReadonlySet<RequestKind> = new Set(['image', 'font', 'style', 'media', 'ping', 'other']);

/**
 * Reads what a browser has recorded while a page was used: HAR 1.2. Hosts, kinds of requests and who asked for them are read, and the
 * names of methods of JSON-RPC; no query, no body, no cookie.
 */
export function readHar(text: string, file: string, options: ImportOptions): Imported {
  const refuse = (found: Problem): Imported => ({ draft: undefined, problems: [found], counts: NO_COUNTS });
  const parsed = parseJson(text, file, options.maxBytes);
  if (parsed.problem !== undefined) return refuse(parsed.problem);
  const start = { file, line: 1, column: 1 };
  const entries = field(field(parsed.value, 'log'), 'entries');
  if (!Array.isArray(entries))
    return refuse(
      problem('wrong-type', start, { expected: 'a HAR file: {log: {entries: […]}}', found: 'other JSON' }),
    );
  if (entries.length > MAX_ENTRIES)
    return refuse(problem('too-many', start, { what: 'entries', max: MAX_ENTRIES, found: entries.length }));
  return new Recording(entries as unknown[], file, options).read();
}

/** What was asked of one host, by one page or another host. */
interface Asked {
  readonly kinds: Map<RequestKind, number>;
  readonly methods: Set<string>;
}

class Recording {
  private readonly entries: readonly unknown[];
  private readonly parts: Parts;
  /** The host of each page's document, by the page. */
  private readonly pages = new Map<string, string>();
  /** Headers of the first answer of each host that is no redirect. */
  private readonly headers = new Map<string, [string, string][]>();
  private readonly asked = new Map<string, Asked>();
  private readonly left: string[] = [];
  /** Hosts that something of a page asks, sends on to, or is. */
  private readonly named = new Set<string>();
  /** Hosts that only the browser was seen to ask, by the page that was open. */
  private readonly unsaid = new Map<string, Set<string>>();

  constructor(entries: readonly unknown[], file: string, options: ImportOptions) {
    this.entries = entries;
    this.parts = new Parts(
      { file, basis: 'HAR recording', confidence: 'medium', entries: 'requests' },
      options,
    );
  }

  read(): Imported {
    this.findPagesAndHeaders();
    let understood = 0;
    for (const entry of this.entries) {
      const host = hostOf(field(field(entry, 'request'), 'url'));
      if (host === undefined) this.left.push('requests that go to no host');
      else if (makerOf(entry) === 'extension') this.left.push('requests of browser extensions');
      else if (this.isUnsaid(entry, host)) {
        this.left.push('requests that nothing of the page was seen to make');
        const page = this.pageOf(entry) ?? '';
        this.unsaid.set(page, (this.unsaid.get(page) ?? new Set()).add(host));
      } else {
        understood++;
        this.addEntry(entry, host);
      }
    }
    for (const [host, { kinds, methods }] of this.asked)
      this.remarkOn(this.parts.of(host), host, kinds, methods);
    const questions: string[] = [];
    for (const [page, hosts] of this.unsaid) {
      const some = [...hosts].sort();
      const list = `${some.slice(0, 8).join(', ')}${some.length > 8 ? ` and ${some.length - 8} more` : ''}`;
      const question = `Asked while it was open, by the browser itself or by what was not recorded: ${list}. Does it need them?`;
      if (this.parts.has(page)) this.parts.of(page).comments.push(question);
      else questions.push(question);
    }
    return this.parts.finish({ understood, aside: countTypes(this.left), unknown: [] }, [
      'Only what was asked for while this was recorded is here: other pages may ask other hosts.',
      ...questions,
    ]);
  }

  private findPagesAndHeaders(): void {
    for (const entry of this.entries) {
      const page = textOf(field(entry, 'pageref')) ?? '';
      const host = hostOf(field(field(entry, 'request'), 'url'));
      if (host === undefined) continue;
      const answer = field(entry, 'response');
      if (!this.headers.has(host) && redirectOf(entry) === undefined && field(answer, 'status') !== 0)
        this.headers.set(host, headersOf(answer));
      if (kindOf(entry) !== 'document') continue;
      // The first document that is no redirect is the page; frames within it are documents too.
      const known = this.pages.get(page);
      const isRedirect = redirectOf(entry) !== undefined;
      if (known === undefined && !isRedirect && !isFrame(entry)) this.pages.set(page, host);
    }
    for (const host of this.pages.values()) this.named.add(host);
    for (const entry of this.entries) {
      const host = hostOf(field(field(entry, 'request'), 'url'));
      if (host === undefined || makerOf(entry) !== 'page') continue;
      this.named.add(host);
      const asker = initiatorOf(entry);
      if (asker !== undefined) this.named.add(asker);
    }
    // Who is sent on to is named by who sends, however many there are in a row.
    for (let size = -1, row = 0; size !== this.named.size && row < MAX_REDIRECTS; row++) {
      size = this.named.size;
      for (const entry of this.entries) {
        const host = hostOf(field(field(entry, 'request'), 'url'));
        const target = redirectOf(entry);
        if (host === undefined || target === undefined || makerOf(entry) === 'extension') continue;
        if (this.named.has(host) || isOpened(entry)) this.named.add(target);
      }
    }
  }

  private pageOf(entry: unknown): string | undefined {
    return this.pages.get(textOf(field(entry, 'pageref')) ?? '') ?? this.pages.get('');
  }

  /** Whether nobody says that the page asks: not for the page itself, nor for a host of its own site. */
  private isUnsaid(entry: unknown, host: string): boolean {
    if (makerOf(entry) !== 'unsaid' || isOpened(entry) || this.named.has(host)) return false;
    const page = this.pageOf(entry);
    return page === undefined || siteOf(host) !== siteOf(page);
  }

  private outside(host: string): Part {
    return this.parts.outside(host, this.headers.get(host) ?? []);
  }

  private addEntry(entry: unknown, host: string): void {
    const part = this.outside(host);
    const kind = kindOf(entry);
    const page = this.pageOf(entry);
    const asked: Asked = this.asked.get(host) ?? { kinds: new Map(), methods: new Set() };
    this.asked.set(host, asked);
    asked.kinds.set(kind, (asked.kinds.get(kind) ?? 0) + 1);
    for (const method of methodsOf(field(entry, 'request'))) asked.methods.add(method);
    const status = field(field(entry, 'response'), 'status');
    if (status === 0)
      part.comments.push('A request to it was not answered, or was blocked, while this was recorded.');
    // The page itself is the platform's own.
    if (page === host) {
      part.isEntry = true;
      part.isOnlyItsNeeds = false;
    }
    const target = redirectOf(entry);
    if (target !== undefined && target !== host) {
      this.parts.see(part, this.outside(target).name, 1);
      // Users who come in by a host that sends them on need both.
      if (kind === 'document' && page !== undefined) part.isEntry = true;
    }
    const from = initiatorOf(entry) ?? page;
    if (from === undefined || from === host || host === page) return;
    if (kind === 'document' && !isFrame(entry) && page !== undefined) return;
    // The request that it prepares says who asked.
    if (kind === 'preflight') return;
    this.parts.see(this.outside(from), part.name, 1);
  }

  private remarkOn(
    part: Part,
    host: string,
    kinds: ReadonlyMap<RequestKind, number>,
    methods: ReadonlySet<string>,
  ): void {
    const list = [...kinds].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
    part.notes.push(`Asked for ${list.map(([kind, count]) => `${kind} ${timesSay(count)}`).join(', ')}`);
    if (methods.size > 0) part.notes.push(`JSON-RPC: ${[...methods].sort().slice(0, 30).join(', ')}`);
    if ([...methods].some((one) => one.startsWith('eth_')))
      part.comments.push('It answers JSON-RPC of a chain.');
    if (toAddress(host) === undefined && list.every(([kind]) => PERHAPS.has(kind)) && !part.isEntry)
      part.comments.push(
        `Only ${list.map(([kind]) => `${kind}s`).join(', ')} come from it. Is it needed for what users come for?`,
      );
    else if (kinds.has('script') && !part.isEntry)
      part.comments.push(
        'Scripts come from it, which can change the page. Is it needed for signing in, or for all?',
      );
  }
}

/** The host that an answer sends on to. */
function redirectOf(entry: unknown): string | undefined {
  const response = field(entry, 'response');
  const status = field(response, 'status');
  const to = textOf(field(response, 'redirectURL'));
  if (typeof status !== 'number' || status < 300 || status > 399 || to === undefined) return undefined;
  return hostOf(to) ?? hostOf(field(field(entry, 'request'), 'url'));
}

/** A document within another one has somebody who asked for it. */
function isFrame(entry: unknown): boolean {
  const type = textOf(field(field(entry, '_initiator'), 'type'));
  return type === 'parser' || type === 'script';
}

/** The registered domain of a host, customers of one hosting service apart; the host itself where it has none. */
function siteOf(host: string): string {
  return getDomain(host, { extractHostname: false, allowPrivateDomains: true }) ?? host;
}

/** Whether the user, or a redirect, opened it: a document that no other asked for. */
function isOpened(entry: unknown): boolean {
  return kindOf(entry) === 'document' && !isFrame(entry);
}
