import type { SecureContext } from 'node:tls';
import { show } from '../../../problems.ts';
import { allowedAddresses } from './allowed-addresses.ts';
import type { Bounds } from '../bounds.ts';
import type { Budget } from '../budget.ts';
import { connectToOneOf, type Connection, type ConnectTo } from './connection.ts';
import type { Fetched, PageReference, Purpose, Trouble } from '../crawl.ts';
import { exchange, type Exchanged, type Head } from './exchange.ts';
import { compare, type Lookups } from '../dns/lookups.ts';
import type { Pace } from './pace.ts';
import { asksForLess, keptHeaders, readHeaders, redirectOf, restMs, withoutFinalDot } from './head.ts';
import { redactUrl } from '../page/redact.ts';
import { References } from '../page/references.ts';
import { ALL_ALLOWED, NONE_ALLOWED, readRobots, type Robots } from './robots.ts';

export interface FetcherOptions {
  readonly lookups: Lookups;
  readonly budget: Budget;
  readonly pace: Pace;
  readonly bounds: Bounds;
  readonly userAgent: string;
  readonly privateAddresses: boolean;
  readonly connectTo: ConnectTo;
  readonly secureContext: SecureContext | undefined;
}

/** Who reads a body, and what it has found in the end. */
export interface BodyReader {
  write(text: string): void;
  end(): void;
}

/** What is wanted of a URL. */
export interface Want {
  readonly method: 'GET' | 'HEAD';
  readonly purpose: Purpose;
  /** Of the body. @unit bytes */
  readonly bodyBytes: number;
  /** Undefined where the body is not read. @param url where it came from in the end */
  readonly reader?: (head: Head, url: URL, references: References) => BodyReader | undefined;
}

/** Product token of robots.txt. */
export const AGENT = 'keelson';
/** Beyond these it is no web server that is asked. */
const PORTS = new Set(['', '80', '443', '8080', '8443']);
/** A gap that robots.txt asks for is kept up to this. @unit s */
const MOST_DELAY = 10;

/** Fetches for one platform: each URL once, only from addresses that may be connected to, as robots.txt and the pace allow. */
export class Fetcher {
  private readonly options: FetcherOptions;
  private readonly fetched = new Map<string, Promise<Visit>>();
  private readonly robots = new Map<string, Promise<Robots>>();
  private readonly limited = new Set<string>();
  /** By host, as its robots.txt asks. @unit ms */
  private readonly delays = new Map<string, number>();
  private readonly said = new Map<string, Trouble>();
  private readonly found: Fetched[] = [];

  constructor(options: FetcherOptions) {
    this.options = options;
  }

  /** One request, and those to which it is sent on where it is a GET. What was reached in the end; undefined where nothing was. */
  async visit(url: URL, want: Want): Promise<Visit> {
    const seen = new Set<string>();
    let current = withoutFinalDot(url);
    for (;;) {
      if (seen.has(current.href)) {
        this.trouble(url, 'redirect-loop', `It is sent on to ${showUrl(current)}, where it has been.`);
        return {};
      }
      seen.add(current.href);
      const visit = await this.visitOnce(current, want);
      if (visit.next === undefined || want.method === 'HEAD') return visit;
      if (seen.size > this.options.bounds.redirects) {
        this.trouble(
          url,
          'too-many-redirects',
          `It is sent on more than ${this.options.bounds.redirects} times.`,
        );
        return {};
      }
      current = visit.next;
    }
  }

  /** By URL, method and purpose, whenever they were fetched. */
  get all(): Fetched[] {
    return this.found.toSorted(
      (a, b) => compare(a.url, b.url) || compare(a.method, b.method) || compare(a.purpose, b.purpose),
    );
  }

  get troubles(): readonly Trouble[] {
    return [...this.said.values()];
  }

  private visitOnce(url: URL, want: Want): Promise<Visit> {
    const key = `${want.method} ${url.href}`;
    const known = this.fetched.get(key);
    if (known !== undefined) return known;
    const visiting = this.fetchAllowed(url, want);
    this.fetched.set(key, visiting);
    return visiting;
  }

  private async fetchAllowed(url: URL, want: Want): Promise<Visit> {
    if (!PORTS.has(url.port)) {
      this.trouble(url, 'connection', `Port ${url.port} is none that is connected to.`);
      return {};
    }
    if ((await this.addressesOf(url)).length === 0) return {};
    const robots = await this.robotsOf(url);
    if (!robots.allows(url.pathname + url.search)) {
      const why = robots === NONE_ALLOWED ? 'robots.txt could not be read' : 'robots.txt does not allow it';
      this.trouble(url, 'robots', `${why}, so it was not fetched.`);
      return {};
    }
    return this.fetch(url, want);
  }

  /** Once an origin; what was read over HTTPS holds for HTTP too. */
  private async robotsOf(url: URL): Promise<Robots> {
    const secure = await this.robots.get(`https://${url.host}`);
    if (secure !== undefined && secure !== NONE_ALLOWED) return secure;
    const known = this.robots.get(url.origin);
    if (known !== undefined) return known;
    const reading = this.readRobots(url);
    this.robots.set(url.origin, reading);
    return reading;
  }

  private async readRobots(url: URL): Promise<Robots> {
    const text: string[] = [];
    const want: Want = {
      method: 'GET',
      purpose: 'robots',
      bodyBytes: this.options.bounds.robotsBytes,
      reader: ({ status }) =>
        status === 200 ? { write: (piece) => text.push(piece), end: () => {} } : undefined,
    };
    let current = new URL('/robots.txt', url);
    // Five are to be followed (RFC 9309, section 2.3.1.2).
    for (let i = 0; i <= 5; i++) {
      const { status, next, isBroken } = await this.fetch(current, want);
      if (next !== undefined && PORTS.has(next.port)) {
        current = next;
        continue;
      }
      if (status === undefined || status >= 500) return NONE_ALLOWED;
      if (status !== 200) return ALL_ALLOWED;
      // What it would have forbidden in the rest nobody knows.
      if (isBroken === true) return NONE_ALLOWED;
      const robots = readRobots(text.join(''), AGENT);
      if (robots.delaySeconds !== undefined)
        this.delays.set(url.hostname, 1000 * Math.min(MOST_DELAY, robots.delaySeconds));
      return robots;
    }
    return ALL_ALLOWED;
  }

  private async fetch(url: URL, want: Want): Promise<Visit> {
    const { pace, budget } = this.options;
    const addresses = await this.addressesOf(url);
    if (addresses.length === 0) return {};
    const visit = await pace.run(
      url.hostname,
      () => this.fetchFrom(url, addresses, want),
      budget.signal,
      () => this.delays.get(url.hostname) ?? 0,
    );
    return visit ?? {};
  }

  private async fetchFrom(url: URL, addresses: readonly string[], want: Want): Promise<Visit> {
    const { budget, bounds, pace } = this.options;
    if (this.limited.has(url.hostname) || pace.isResting(url.hostname)) {
      this.trouble(url, 'rate-limited', 'The host has asked for fewer requests: none is sent any more.');
      return {};
    }
    if (!budget.take('requests')) return {};
    const { connection, address } = await this.connect(url, addresses);
    const before = { url: redactUrl(url), method: want.method, purpose: want.purpose, address };
    if (connection.kind === 'failed') {
      this.trouble(url, connection.code, `${capital(connection.why)}.`);
      this.found.push(before);
      return {};
    }
    const { socket, certificate, distrust } = connection;
    if (distrust !== undefined) this.trouble(url, 'tls', `Read all the same: ${distrust}.`);
    const references = new References(bounds.references);
    let reader: BodyReader | undefined;
    const exchanged = await exchange({
      method: want.method,
      url,
      socket,
      userAgent: this.options.userAgent,
      headerBytes: bounds.headerBytes,
      firstByteMs: bounds.firstByteMs,
      requestMs: bounds.requestMs,
      bodyBytes: want.bodyBytes,
      signal: budget.signal,
      reader: (head) => {
        if (redirectOf(head, url) !== undefined) return undefined;
        reader = want.reader?.(head, url, references);
        return reader === undefined ? undefined : (text) => reader?.write(text);
      },
    });
    reader?.end();
    for (const { code, why } of exchanged.troubles) this.trouble(url, code, `${capital(why)}.`);
    const next = exchanged.head === undefined ? undefined : redirectOf(exchanged.head, url);
    this.found.push({
      ...before,
      ...(certificate === undefined ? {} : { certificate }),
      ...this.describe(exchanged, url, want, references, next),
    });
    return {
      url,
      references: references.all,
      ...(exchanged.head === undefined ? {} : { status: exchanged.head.status }),
      ...(certificate === undefined ? {} : { certificate }),
      ...(next === undefined ? {} : { next }),
      ...(exchanged.troubles.some(({ code }) => code !== 'too-large') ? { isBroken: true } : {}),
    };
  }

  private describe(
    { head, bytes, isCut }: Exchanged,
    url: URL,
    { purpose, method }: Want,
    references: References,
    next: URL | undefined,
  ): Partial<Fetched> {
    if (head === undefined) return {};
    const { bounds } = this.options;
    if (purpose === 'page' || purpose === 'status-page') readHeaders(head, url, references);
    if (references.isFull)
      this.trouble(
        url,
        'too-large',
        `It names more than ${bounds.references} hosts and paths; the rest is left out.`,
      );
    if (asksForLess(head)) {
      this.limited.add(url.hostname);
      // Other platforms of the run have it too.
      this.options.pace.rest(url.hostname, restMs(head));
      this.trouble(url, 'rate-limited', `Status ${head.status}: no more requests are sent to this host.`);
    }
    const headers = keptHeaders(head, url, bounds);
    const size = [...headers.flat(), ...references.all.flatMap(({ host, path }) => [host, path])];
    const isKept = this.options.budget.keep(size.reduce((sum, text) => sum + text.length, 0));
    return {
      status: head.status,
      ...(isKept ? { headers } : {}),
      ...(next === undefined ? {} : { redirectsTo: redactUrl(next) }),
      ...(method === 'HEAD' ? {} : { bytes }),
      ...(isCut ? { isCut: true } : {}),
      ...(references.all.length === 0 || !isKept ? {} : { references: references.all }),
    };
  }

  private connect(
    url: URL,
    addresses: readonly string[],
  ): Promise<{ connection: Connection; address: string }> {
    const { budget, bounds, connectTo, secureContext } = this.options;
    const isSecure = url.protocol === 'https:';
    return connectToOneOf(addresses, {
      host: bare(url.hostname),
      port: Number(url.port || (isSecure ? 443 : 80)),
      isSecure,
      connectTo,
      secureContext,
      timeoutMs: bounds.connectMs,
      certificateNames: bounds.certificateNames,
      signal: budget.signal,
    });
  }

  private addressesOf(url: URL): Promise<readonly string[]> {
    const { lookups, privateAddresses } = this.options;
    const say = (code: Trouble['code'], message: string): void => this.say(bare(url.hostname), code, message);
    return allowedAddresses(bare(url.hostname), lookups, privateAddresses, say);
  }

  private trouble(url: URL, code: Trouble['code'], message: string): void {
    this.say(redactUrl(url), code, message);
  }

  private say(of: string, code: Trouble['code'], message: string): void {
    const key = `${code} ${of} ${message}`;
    if (this.said.size < this.options.bounds.troubles) this.said.set(key, { of, code, message });
  }
}

export interface Visit {
  readonly url?: URL;
  readonly status?: number;
  readonly certificate?: Fetched['certificate'] & {};
  readonly references?: readonly PageReference[];
  /** Where it is sent on to. */
  readonly next?: URL;
  /** The body ended before it was whole, and not by a bound. */
  readonly isBroken?: true;
}

const bare = (hostname: string): string => hostname.replace(/^\[|\]$/g, '');
const capital = (text: string): string => text.slice(0, 1).toUpperCase() + text.slice(1);
const showUrl = (url: URL): string => show(redactUrl(url));
