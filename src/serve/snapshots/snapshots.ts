import { hash } from 'node:crypto';
import { fieldOf, type HeaderFields } from './cache-control.ts';
import {
  codingOf,
  type Exchange,
  type Limits,
  limitsOf,
  type NotStored,
  PERSONAL_HEADERS,
  whyNotStored,
} from './storable.ts';

export interface SnapshotsOptions {
  /** The wall clock. @unit ms */
  readonly now: () => number;
  /** All of them. @unit bytes @default 67_108_864 */
  readonly mostBytes?: number;
  /** @default 10_000 */
  readonly mostEntries?: number;
  /** Body and headers of one. @unit bytes @default 1_048_576 */
  readonly mostEntryBytes?: number;
  /** One that is younger than that is not replaced: it saves reading the body again. @unit ms @default 1_000 */
  readonly everyMs?: number;
  /** Request fields that make an answer one person's. @default PERSONAL_HEADERS */
  readonly personalHeaders?: readonly string[];
}

/** One answer as it is kept. */
export interface KeptAnswer extends Limits {
  /** Without what speaks of the connection or of caching. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: Buffer;
  readonly receivedAtMs: number;
}

export type Found =
  | {
      readonly kind: 'found';
      readonly status: 200;
      readonly headers: Readonly<Record<string, string | string[]>>;
      readonly body: Buffer;
      /** @unit s */
      readonly ageS: number;
    }
  | {
      readonly kind: 'none';
      /** The plan's age, the origin's word, or only in a coding that the client does not take. */
      readonly why: 'unknown' | 'too-old' | 'must-revalidate' | 'encoding';
    };

/** What a snapshot is found by: the digest keeps what a query may hold out of memory and files. HEAD is answered from GET. */
export function snapshotKey(method: string, host: string, pathAndQuery: string): string {
  return hash('sha256', `${method === 'HEAD' ? 'GET' : method}\n${host.toLowerCase()}\n${pathAndQuery}`);
}

/**
 * The last good answers, to be served with their age when what gave them is gone. What may be kept is the origin's to say. The plan's
 * `snapshot` is the operator's word that stale is better than nothing: it takes the place of freshness where the origin says none
 * (RFC 9111, 4.2.4: "an out-of-band contract"), and limits the age. It overrides no directive: not private, no-store and no-cache (never
 * kept), not must-revalidate, proxy-revalidate and s-maxage (served while fresh, never stale), not the limit of stale-if-error, of which
 * and of the plan's the lower counts (RFC 5861: "SHOULD NOT be used […] absent other information").
 */
export class Snapshots {
  readonly options: Required<SnapshotsOptions>;
  /** By key and coding, the least recently used first. */
  private readonly kept = new Map<string, KeptAnswer>();
  private bytes = 0;

  constructor(options: SnapshotsOptions) {
    this.options = {
      mostBytes: 67_108_864,
      mostEntries: 10_000,
      mostEntryBytes: 1_048_576,
      everyMs: 1_000,
      personalHeaders: PERSONAL_HEADERS,
      ...options,
    };
  }

  /**
   * To be asked when the head of an answer has come: whether its body is worth reading for `store`. What is kept is
   * forgotten here when the origin says that it is gone or may not be kept, and grows young again by a 304 that names its ETag.
   */
  consider(key: string, exchange: Exchange): 'wanted' | 'held' | 'freshened' | NotStored {
    const { request, response } = exchange;
    if (request.method !== 'GET') return 'method';
    const isPlain = isPlainRequest(request.headers);
    if (GONE.has(response.status) && isPlain) this.forget(key);
    if (response.status === 304) return this.freshen(key, exchange);
    const why = whyNotStored(exchange, this.options.personalHeaders);
    // On the origin's word alone: what a client puts in its request drives nothing out.
    if (why !== undefined && FORGOTTEN.has(why) && isPlain) this.forget(key);
    if (why !== undefined) return why;
    if (Number(fieldOf(response.headers, 'content-length') ?? 0) > this.options.mostEntryBytes)
      return 'too-large';
    const held = this.kept.get(`${key}.${codingOf(response.headers)}`);
    const isYoung =
      held !== undefined && Math.abs(this.options.now() - held.receivedAtMs) < this.options.everyMs;
    return isYoung ? 'held' : 'wanted';
  }

  /** @param body whole, as it was sent; kept as it is, not copied */
  store(key: string, exchange: Exchange, body: Buffer): 'stored' | NotStored {
    const why = whyNotStored(exchange, this.options.personalHeaders);
    if (why !== undefined) return why;
    const { headers } = exchange.response;
    const length = fieldOf(headers, 'content-length');
    if (length !== undefined && Number(length) !== body.length) return 'cut-off';
    const { receivedAtMs } = exchange;
    const answer = { headers: keptHeaders(headers), body, receivedAtMs, ...limitsOf(exchange) };
    return this.take(`${key}.${codingOf(headers)}`, answer) ? 'stored' : 'too-large';
  }

  /**
   * @param maxAgeMs the plan's limit
   * @param acceptEncoding without it only what is not coded: clients that say nothing mostly decode nothing
   */
  find(
    key: string,
    { maxAgeMs, acceptEncoding }: { maxAgeMs: number; acceptEncoding?: string | undefined },
  ): Found {
    let why: (Found & { kind: 'none' })['why'] = 'unknown';
    let best: { id: string; answer: KeptAnswer; ageMs: number } | undefined;
    for (const coding of CODINGS) {
      const id = `${key}.${coding}`;
      const answer = this.kept.get(id);
      if (answer === undefined) continue;
      const ageMs = answer.initialAgeMs + Math.max(0, this.options.now() - answer.receivedAtMs);
      if (!takes(acceptEncoding, coding)) why = 'encoding';
      else if (ageMs > maxAgeMs) why = 'too-old';
      else if (ageMs > answer.freshMs + answer.staleMs || (answer.staleMs === 0 && ageMs >= answer.freshMs))
        why = 'must-revalidate';
      else if (best === undefined || ageMs < best.ageMs) best = { id, answer, ageMs };
    }
    if (best === undefined) return { kind: 'none', why };
    this.kept.delete(best.id);
    this.kept.set(best.id, best.answer);
    return served(best.answer, best.ageMs, this.options.now());
  }

  /** After a write to the same address that may have happened (RFC 9111, section 4.4), as well as where it is gone. */
  forget(key: string): void {
    for (const coding of CODINGS) this.drop(`${key}.${coding}`);
  }

  get size(): { readonly entries: number; readonly bytes: number } {
    return { entries: this.kept.size, bytes: this.bytes };
  }

  /** For what writes them down: by key and coding, the least recently used first. */
  entries(): IterableIterator<[id: string, answer: KeptAnswer]> {
    return this.kept.entries();
  }

  /** For what reads them back. @returns whether there was room for it */
  take(id: string, answer: KeptAnswer): boolean {
    const { mostBytes, mostEntries, mostEntryBytes } = this.options;
    const bytes = bytesOf(answer);
    this.drop(id);
    if (bytes > mostEntryBytes || bytes > mostBytes) return false;
    this.kept.set(id, answer);
    this.bytes += bytes;
    for (const oldest of this.kept.keys()) {
      if (this.bytes <= mostBytes && this.kept.size <= mostEntries) break;
      this.drop(oldest);
    }
    return true;
  }

  private drop(id: string): void {
    const answer = this.kept.get(id);
    if (answer === undefined) return;
    this.bytes -= bytesOf(answer);
    this.kept.delete(id);
  }

  /** RFC 9111, section 4.3.4: the origin says that what it wrote then is what it would write now. */
  private freshen(key: string, exchange: Exchange): 'freshened' | NotStored {
    const { headers } = exchange.response;
    const as200 = { ...exchange, response: { status: 200, headers } };
    const why = whyNotStored(as200, this.options.personalHeaders);
    const etag = fieldOf(headers, 'etag');
    if (why !== undefined || etag === undefined || etag.startsWith('W/')) return why ?? 'status';
    let isFreshened = false;
    for (const coding of CODINGS) {
      const id = `${key}.${coding}`;
      const answer = this.kept.get(id);
      if (answer === undefined || answer.headers.every(([name, value]) => name !== 'etag' || value !== etag))
        continue;
      const { receivedAtMs } = exchange;
      const limits = limitsOf(as200);
      const date: [string, string] = ['date', new Date(limits.writtenAtMs).toUTCString()];
      const kept = [...answer.headers.filter(([name]) => name !== 'date'), date];
      isFreshened = this.take(id, { ...answer, headers: kept, receivedAtMs, ...limits });
    }
    return isFreshened ? 'freshened' : 'status';
  }
}

const CODINGS = ['identity', 'gzip', 'br', 'zstd', 'deflate'];

/** The origin does not want it shown any more. Not 404: a broken origin says that of everything. */
const GONE = new Set([410, 451]);
const FORGOTTEN = new Set<NotStored>(['no-store', 'private', 'no-cache']);

/** Nothing in it that an answer for all would depend on. */
function isPlainRequest(headers: HeaderFields): boolean {
  return (
    headers['cache-control'] === undefined &&
    headers.authorization === undefined &&
    headers.cookie === undefined
  );
}

/** About one connection (RFC 9110, 7.6.1), about caching, or the gateway's own to say. */
const NOT_KEPT = new Set([
  ...['connection', 'keep-alive', 'proxy-connection', 'proxy-authenticate', 'proxy-authentication-info'],
  ...['te', 'trailer', 'transfer-encoding', 'upgrade', 'content-length'],
  ...['age', 'expires', 'pragma', 'warning', 'cache-control', 'retry-after', 'clear-site-data'],
]);

function keptHeaders(headers: HeaderFields): [string, string][] {
  const named = (fieldOf(headers, 'connection') ?? '').toLowerCase().split(/[\t ]*,[\t ]*/);
  const kept: [string, string][] = [];
  for (const [name, value] of Object.entries(headers)) {
    // CDN-Cache-Control and its like would have an edge take a snapshot for fresh (RFC 9213).
    const isOurs = /^keelson-|cache-control$|^surrogate-/.test(name);
    if (value === undefined || isOurs || NOT_KEPT.has(name) || named.includes(name)) continue;
    for (const one of typeof value === 'string' ? [value] : value) kept.push([name, one]);
  }
  return kept;
}

function bytesOf({ headers, body }: KeptAnswer): number {
  return headers.reduce((sum, [name, value]) => sum + name.length + value.length + 4, body.length + 300);
}

/**
 * `no-store`: an answer of an emergency is to live nowhere but here. With `max-age=0` an edge or a browser would keep it, might serve it
 * stale in its turn by rules of its own, and after the outage too.
 */
function served(answer: KeptAnswer, ageMs: number, now: number): Found {
  const ageS = Math.floor(ageMs / 1000);
  const at = new Date(Math.min(answer.writtenAtMs, now - ageMs)).toUTCString();
  const headers: Record<string, string | string[]> = { date: new Date(answer.receivedAtMs).toUTCString() };
  for (const [name, value] of answer.headers) {
    const before = name === 'date' ? undefined : headers[name];
    headers[name] = before === undefined ? value : [before, value].flat();
  }
  headers.age = String(ageS);
  headers['cache-control'] = 'no-store';
  headers['content-length'] = String(answer.body.length);
  headers['keelson-snapshot'] = `age=${ageS}, at="${at}"`;
  if (ageMs >= answer.freshMs) headers.warning = '110 - "Response is Stale"';
  return { kind: 'found', status: 200, headers, body: answer.body, ageS };
}

/** RFC 9110, section 12.5.3. */
function takes(acceptEncoding: string | undefined, coding: string): boolean {
  const weights = new Map<string, number>();
  for (const member of (acceptEncoding ?? '').toLowerCase().slice(0, 1000).split(',')) {
    const [name = '', ...parameters] = member.split(';').map((part) => part.trim());
    const weight = parameters.find((one) => one.startsWith('q='));
    weights.set(name === 'x-gzip' ? 'gzip' : name, weight === undefined ? 1 : Number(weight.slice(2)) || 0);
  }
  return (weights.get(coding) ?? weights.get('*') ?? (coding === 'identity' ? 1 : 0)) > 0;
}
