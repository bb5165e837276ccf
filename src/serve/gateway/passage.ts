import { createHash, randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ChainPool } from '../../pool/index.ts';
import { askPool } from '../chain/ask-pool.ts';
import { topLevelFields } from '../json-fields.ts';
import { rulesFor, type AllowRule, type JourneyRules, type Route } from '../routes.ts';
import type { Verdict } from '../sessions/index.ts';
import type { Way } from '../targets.ts';
import { snapshotKey } from '../snapshots/index.ts';
import { answerStaticPage } from '../static-pages.ts';
import { busy, refusalOfPath, refusalOfSession, refuse, tooMany, wordsOf, type Refusal } from './answers.ts';
import { clientOf, pushForwarded } from './client-of.ts';
import { Exchange, type ExchangeListener, type Failure, type Outgoing } from './exchange.ts';
import { replaceHeader } from './headers.ts';
import { modeHeader } from './mode-header.ts';
import type { UnderWay } from './sockets.ts';
import type { GatewayParts, KeptReply, Outcome, RpcAsked, Understood } from './parts.ts';
import { HELD_BYTES, hasMoreToCome, readBody, readSmall, type Body } from './read-body.ts';
import { fieldsOf, Recording } from './recording.ts';

/** Answers larger than this are not kept for a key: a request that comes again is told that it was answered. @unit bytes */
const MOST_KEPT = 65_536;
const NO_CALL: Refusal = {
  kind: 'bad-request',
  why: 'JSON-RPC is asked by POST, with a call or several as JSON.',
};
const SAFE: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);

/** A request of a journey on its way through: edge, rate, mode, session, room, body, key, and then what answers. */
export class Passage implements ExchangeListener, UnderWay {
  nextOnSocket: UnderWay | undefined;
  private readonly parts: GatewayParts;
  private readonly request: IncomingMessage;
  private readonly response: ServerResponse;
  private readonly route: Route;
  private readonly rules: JourneyRules;
  private readonly headers: string[];
  private readonly path: string;
  private readonly authorization: string | undefined;
  private readonly hasBody: boolean;
  private readonly bodyBytes: number | undefined;
  private readonly began: number;
  private readonly method: string;
  private readonly isSafe: boolean;
  private readonly mode: number;
  private way: Way | undefined;
  private exchange: Exchange | undefined;
  private isAdmitted = false;
  private isExposed = false;
  private isOver = false;
  private status = 0;
  /** What was given to the key of this request; undefined without one. */
  private keyId: string | undefined;
  /** What a request that changes something is called, so that its outcome can be looked for. */
  private id: string | undefined;
  /** What it carries on where it is sampled. */
  private readonly trace: string | undefined;
  private kept: Recording | undefined;
  /** Whom the token is about, once it was checked. */
  private subject: string | undefined;
  private snapshotKey: string | undefined;
  private requestedAt = 0;
  /** What a pool was asked, and who answered. */
  private rpc: RpcAsked | undefined;

  constructor(
    parts: GatewayParts,
    request: IncomingMessage,
    response: ServerResponse,
    understood: Understood,
  ) {
    this.parts = parts;
    this.request = request;
    this.response = response;
    this.route = understood.route;
    this.headers = understood.headers;
    this.path = understood.path;
    this.authorization = understood.authorization;
    this.hasBody = understood.hasBody;
    this.bodyBytes = understood.bodyBytes;
    this.began = parts.forwarding.now();
    this.method = request.method ?? 'GET';
    this.isSafe = SAFE.has(this.method);
    this.trace = parts.traceOf(request);
    this.mode = parts.modes[this.route.journey] ?? 0;
    this.rules = parts.journeys[this.route.journey] ?? NO_RULES;
  }

  begin(): void {
    const { parts, rules } = this;
    if (!parts.sockets.begin(this.request.socket, this)) {
      this.end('left', undefined);
      return;
    }
    const rule = rules.modes[this.mode]?.rule;
    if (rule === undefined) {
      this.refuse({ kind: 'down', journey: rules.name, retryS: this.retryS() });
      return;
    }
    if (!this.passesEdge() || !this.passesRate()) return;
    if (rule.kind === 'static') {
      this.answerStatic(rule.file);
      return;
    }
    const fitting = rulesFor(rule.allow, this.method, this.path);
    if (fitting?.length === 0 || (rule.kind === 'snapshot' && !this.isSafe)) {
      this.refuseMode(rule.allow);
      return;
    }
    const plain = fitting?.find(({ field }) => field === undefined);
    const fields = plain === undefined ? fitting : undefined;
    this.way = plain?.way ?? this.route.way;
    const tokens = parts.tokens[this.route.journey]?.[this.mode];
    if (tokens === undefined) {
      this.withSession(rule, fields);
      return;
    }
    const verdict = tokens.check(this.authorization);
    if (!(verdict instanceof Promise)) {
      this.judgeSession(verdict, rule, fields);
      return;
    }
    verdict.then(
      (late) => this.judgeSession(late, rule, fields),
      () => this.refuse({ kind: 'session-keys', retryS: this.retryS() }),
    );
  }

  // What exchanges tell.

  onHead(status: number, headers: string[]): void {
    this.status = status;
    this.considerSnapshot(status, headers);
    if (this.keyId !== undefined) this.kept ??= new Recording(status, headers, MOST_KEPT);
    headers.push('keelson-mode', modeHeader(this.rules, this.mode));
  }

  get onPiece(): ((piece: Buffer) => void) | undefined {
    return this.kept?.take;
  }

  onEnd(isWhole: boolean): void {
    const { keyId, kept, parts } = this;
    const now = parts.wallNow();
    const body = isWhole ? kept?.body : undefined;
    if (keyId !== undefined) {
      if (isWhole && kept?.asksToComeAgain === true) parts.keys.forget(keyId);
      else if (!isWhole) parts.keys.unknown(now, keyId);
      else if (body === undefined || kept === undefined) parts.keys.answered(now, keyId, undefined, 0);
      else {
        const { status, headers } = kept;
        const bytes = body.length + headers.reduce((sum, one) => sum + one.length, 0);
        parts.keys.answered(now, keyId, { status, headers, body }, bytes);
      }
    } else if (this.snapshotKey !== undefined && body !== undefined && kept !== undefined)
      parts.snapshots.store(this.snapshotKey, this.seenExchange(kept.status, kept.headers), body);
    this.end(isWhole ? 'answered' : 'failed', isWhole ? undefined : 'cut-off');
  }

  onFailure(failure: Failure): void {
    const { keyId, parts, rules } = this;
    if (failure.kind === 'left') {
      if (keyId !== undefined) parts.keys.forget(keyId);
      this.end('left', undefined);
      return;
    }
    if (failure.kind === 'request') {
      if (keyId !== undefined) parts.keys.forget(keyId);
      this.refuse({ kind: 'bad-request', why: 'The request cannot be passed on as it is.' });
      return;
    }
    if (!this.isSafe && failure.wasSent) {
      if (keyId !== undefined) parts.keys.unknown(parts.wallNow(), keyId);
      this.answerUnknown();
      return;
    }
    if (keyId !== undefined) parts.keys.forget(keyId);
    if (this.isSafe && this.answerSnapshot(rules.snapshotMs)) return;
    if (failure.kind === 'full') {
      this.refuse(busy(rules.name));
      return;
    }
    this.refuse({ kind: failure.kind, journey: rules.name, retryS: this.retryS() }, 'failed');
  }

  onClosed(): void {
    if (this.isOver) return;
    if (this.exchange === undefined) this.end('left', undefined);
    else this.exchange.left();
  }

  onExpired(): void {
    this.exchange?.expire();
  }

  private passesEdge(): boolean {
    const { fronts } = this.parts;
    if (!fronts.areMarked) return true;
    const verdict = fronts.judge(this.route.journey, this.mode, this.request.headers);
    if (verdict.kind === 'protected') return true;
    this.isExposed = verdict.kind === 'exposed';
    if (verdict.kind === 'exposed') return true;
    this.refuse(refusalOfPath(this.rules.name, verdict));
    return false;
  }

  private passesRate(): boolean {
    const { clients, forwarding } = this.parts;
    if (clients === undefined || clients.allow(forwarding.now(), clientOf(this.parts, this.request)))
      return true;
    this.refuse(tooMany(clients.retryAfterMs));
    return false;
  }

  private judgeSession(
    verdict: Verdict,
    rule: Extract<JourneyRules['modes'][number]['rule'], { kind: 'forward' | 'snapshot' }>,
    fields: readonly AllowRule[] | undefined,
  ): void {
    if (this.isOver) return;
    if (verdict.kind === 'good') {
      this.subject = verdict.subject;
      this.withSession(rule, fields);
      return;
    }
    this.refuse(refusalOfSession(verdict, this.retryS()));
  }

  private withSession(
    rule: Extract<JourneyRules['modes'][number]['rule'], { kind: 'forward' | 'snapshot' }>,
    fields: readonly AllowRule[] | undefined,
  ): void {
    if (rule.kind === 'snapshot') {
      if (this.answerSnapshot(rule.maxAgeMs)) return;
      const mode = this.rules.modes[this.mode]?.name ?? '';
      this.refuse({ kind: 'no-snapshot', journey: this.rules.name, mode, retryS: this.retryS() });
      return;
    }
    if (fields === undefined && !this.hasBody) {
      if (this.parts.pools.of(this.way) !== undefined) this.refuse(NO_CALL);
      else if (this.enters()) this.forward(null);
      return;
    }
    this.withBody(rule.allow, fields);
  }

  /** Room is taken once all of a small body is there: who sends it slowly keeps nobody else out. */
  private enters(): boolean {
    this.isAdmitted = this.parts.admission.tryEnter(this.rules.tier);
    if (!this.isAdmitted) this.refuse(busy(this.rules.name));
    return this.isAdmitted;
  }

  private withBody(allow: readonly AllowRule[] | undefined, fields: readonly AllowRule[] | undefined): void {
    if (this.method === 'GET' || this.method === 'HEAD') {
      this.response.shouldKeepAlive = false;
      this.refuse({ kind: 'bad-request', why: `A ${this.method} has no body here.` });
      return;
    }
    const { request, bodyBytes = Number.POSITIVE_INFINITY } = this;
    const { mostBody, forwarding, pools } = this.parts;
    // What a pool answers is read whole.
    const held = pools.of(this.way) === undefined ? HELD_BYTES : mostBody;
    if (this.hasBody && bodyBytes <= Math.min(held, mostBody))
      readSmall(request, bodyBytes, (body) => this.onBody(body, allow, fields));
    else
      void readBody(request, mostBody, forwarding.now, held).then((body) => this.onBody(body, allow, fields));
  }

  private onBody(
    body: Body,
    allow: readonly AllowRule[] | undefined,
    fields: readonly AllowRule[] | undefined,
  ): void {
    if (this.isOver) return;
    if (body.kind === 'left') {
      this.end('left', undefined);
      return;
    }
    if (body.kind === 'too-large') {
      this.refuse({ kind: 'too-large', limit: this.parts.mostBody });
      return;
    }
    if (body.kind === 'no-room') {
      this.refuse(busy(this.rules.name));
      return;
    }
    if (fields !== undefined && !this.saysSo(body.kind === 'held' ? body.bytes : undefined, fields, allow))
      return;
    if (!this.enters()) return;
    const pool = this.parts.pools.of(this.way);
    if (pool !== undefined) {
      if (body.kind === 'held') this.askPool(pool, body.bytes);
      else this.refuse(NO_CALL);
      return;
    }
    this.forward(body.kind === 'held' ? body.bytes : body.kind === 'streamed' ? body.stream : null);
  }

  /** A pool of nodes answers by itself. */
  private askPool(pool: ChainPool, body: Buffer): void {
    const { request, response, rules, mode } = this;
    askPool(pool, request, body, (answered) => {
      if (this.isOver) return;
      if (answered.kind === 'bad-request') {
        this.refuse(answered);
        return;
      }
      const { status, headers, text, isAscii, isGood } = answered;
      this.status = status;
      this.rpc = { pool: pool.options.name, methods: answered.methods, nodes: answered.from };
      headers.push('keelson-mode', modeHeader(rules, mode));
      response.writeHead(status, headers);
      // Head and body as one text are one write to the system, where ending with it would be two.
      if (text !== '') response.write(text, isAscii ? 'latin1' : 'utf8');
      response.socket?.uncork();
      response.end();
      this.end(isGood ? 'answered' : 'failed', isGood ? undefined : 'no-node');
    });
  }

  /** Whether the body says what the mode asks for; else it is refused. */
  private saysSo(
    body: Buffer | undefined,
    rules: readonly AllowRule[],
    allow: readonly AllowRule[] | undefined,
  ): boolean {
    if (body === undefined || this.request.headers['content-encoding'] !== undefined) {
      this.refuseMode(allow);
      return false;
    }
    const found = topLevelFields(body, this.request.headers['content-type']);
    if (!(found instanceof Map)) {
      this.refuse({ kind: 'unsupported-body', why: `The body cannot be judged: ${found.why}.` });
      return false;
    }
    const met = rules.find(({ field }) => field === undefined || String(found.get(field.name)) === field.is);
    if (met === undefined) this.refuseMode(allow);
    else this.way = met.way ?? this.route.way;
    return met !== undefined;
  }

  private forward(body: Outgoing['body']): void {
    const { parts, route, method, isSafe, headers } = this;
    const key = isSafe ? undefined : this.request.headers['idempotency-key'];
    if (typeof key === 'string' && !this.claim(key, body)) return;
    pushForwarded(headers, parts, this.request);
    if (!isSafe) {
      this.id = randomUUID();
      headers.push('keelson-request', this.id);
    }
    if (this.trace !== undefined) replaceHeader(headers, 'traceparent', this.trace);
    const isRepeatable = isSafe || (route.honoursKeys && typeof key === 'string');
    const epoch = (): string | undefined => parts.epochOf(this.way);
    const outgoing = { method, path: this.request.url ?? '/', headers, epoch, body, isRepeatable, isSafe };
    if (isSafe && this.rules.snapshotMs > 0) this.requestedAt = parts.wallNow();
    this.exchange = new Exchange(
      parts.forwarding,
      { outgoing, way: this.way, timeoutMs: route.timeoutMs },
      this.response,
      this,
    );
    this.exchange.start();
  }

  /** Whether this is the first time that a key comes; else it is answered as it was, or refused. */
  private claim(key: string, body: Outgoing['body']): boolean {
    const { parts, route, rules } = this;
    if (key.length > 255) {
      this.refuse({ kind: 'bad-request', why: 'An Idempotency-Key has at most 255 characters.' });
      return false;
    }
    const content = body === null ? '' : Buffer.isBuffer(body) ? body : `stream ${randomUUID()}`;
    const print = createHash('sha256')
      .update(`${this.method} ${this.request.url}\n`)
      .update(content)
      .digest('base64');
    // A token that was renewed is still the same caller.
    const caller = this.subject ?? this.authorization ?? '';
    const scope = `${rules.name} ${this.subject === undefined ? 'with' : 'of'} ${caller}`;
    const known = parts.keys.begin(parts.wallNow(), scope, key, print);
    if (known.kind === 'first') {
      this.keyId = known.id;
      return true;
    }
    if (known.kind === 'unknown' && route.honoursKeys) return true;
    if (known.kind === 'answered') this.answerAgain(known.answer, key);
    else if (known.kind === 'unknown') this.answerUnknown();
    else if (known.kind === 'in-flight') this.refuse({ kind: 'key-in-flight', key });
    else if (known.kind === 'differs') this.refuse({ kind: 'key-reused', key });
    else this.refuse(busy(rules.name));
    return false;
  }

  private answerAgain(reply: KeptReply | undefined, key: string): void {
    if (reply === undefined) {
      this.refuse({ kind: 'key-answered', key });
      return;
    }
    const headers = [
      ...reply.headers,
      'keelson-mode',
      modeHeader(this.rules, this.mode),
      'idempotency-replayed',
      'true',
    ];
    this.status = reply.status;
    this.response.writeHead(reply.status, headers);
    this.response.end(reply.body);
    this.end('repeated', undefined);
  }

  private answerUnknown(): void {
    const key = this.request.headers['idempotency-key'];
    const refusal: Refusal = {
      kind: 'outcome-unknown',
      journey: this.rules.name,
      key: typeof key === 'string' ? key : null,
      request: this.id ?? null,
    };
    this.refuse(refusal, 'unknown');
  }

  private answerStatic(file: string): void {
    const page = this.parts.pages.get(file);
    const { accept = '*/*', 'if-none-match': ifNoneMatch } = this.request.headers;
    // A program that wants JSON is not served a page for people.
    const isWanted = page?.contentType.startsWith('text/html') !== true || accept.includes('text/html');
    if (page === undefined || !isWanted || (this.method !== 'GET' && this.method !== 'HEAD')) {
      this.refuseMode([]);
      return;
    }
    const { status, headers, body } = answerStaticPage(page, { method: this.method, ifNoneMatch });
    this.status = status;
    if (hasMoreToCome(this.request)) this.response.shouldKeepAlive = false;
    this.response.writeHead(status, { ...headers, 'keelson-mode': modeHeader(this.rules, this.mode) });
    this.response.end(body);
    this.end('static', undefined);
  }

  /** Answers with what was kept, if it is not too old. @returns whether it did */
  private answerSnapshot(maxAgeMs: number): boolean {
    if (maxAgeMs <= 0 || this.response.headersSent || (this.method !== 'GET' && this.method !== 'HEAD'))
      return false;
    const accepted = this.request.headers['accept-encoding'];
    const acceptEncoding = typeof accepted === 'string' ? accepted : undefined;
    const found = this.parts.snapshots.find(this.keyOfSnapshot(), { maxAgeMs, acceptEncoding });
    if (found.kind === 'none') return false;
    this.status = found.status;
    this.response.writeHead(found.status, {
      ...found.headers,
      'keelson-mode': modeHeader(this.rules, this.mode),
    });
    this.response.end(this.method === 'HEAD' ? undefined : found.body);
    this.end('snapshot', undefined);
    return true;
  }

  private keyOfSnapshot(): string {
    return snapshotKey(this.method, this.request.headers.host ?? '', this.request.url ?? '/');
  }

  private considerSnapshot(status: number, headers: readonly string[]): void {
    if (this.rules.snapshotMs <= 0 || this.method !== 'GET') return;
    const key = this.keyOfSnapshot();
    if (this.parts.snapshots.consider(key, this.seenExchange(status, headers)) !== 'wanted') return;
    this.snapshotKey = key;
    const most = this.parts.snapshots.options.mostEntryBytes;
    this.kept = new Recording(status, headers, most);
  }

  private seenExchange(
    status: number,
    headers: readonly string[],
  ): Parameters<GatewayParts['snapshots']['store']>[1] {
    return {
      request: { method: this.method, headers: this.request.headers },
      response: { status, headers: fieldsOf(headers) },
      requestedAtMs: this.requestedAt,
      receivedAtMs: this.parts.wallNow(),
    };
  }

  private refuseMode(allow: readonly AllowRule[] | undefined): void {
    const { name, modes } = this.rules;
    const mode = modes[this.mode]?.name ?? 'down';
    const works = (allow ?? []).map(({ words }) => words);
    this.refuse({ kind: 'mode', journey: name, mode, works, retryS: this.retryS() });
  }

  private refuse(refusal: Refusal, outcome: Outcome = 'refused'): void {
    if (this.isOver) return;
    this.status = wordsOf(refusal).status;
    if (hasMoreToCome(this.request)) this.response.shouldKeepAlive = false;
    refuse(this.response, refusal, modeHeader(this.rules, this.mode));
    this.end(outcome, refusal.kind);
  }

  private retryS(): number {
    return this.parts.retryAfterS(this.route.journey);
  }

  private end(outcome: Outcome, why: string | undefined): void {
    if (this.isOver) return;
    this.isOver = true;
    this.parts.sockets.end(this.request.socket, this);
    if (this.isAdmitted) this.parts.admission.leave();
    const { request, route, mode, status, isExposed, exchange, parts } = this;
    parts.onEnded({
      request,
      route,
      journey: route.journey,
      mode,
      outcome,
      why,
      status,
      tookMs: parts.forwarding.now() - this.began,
      upstream: exchange?.answeredBy?.target.name ?? this.rpc?.nodes[0],
      attempts: exchange?.tried.length ?? 0,
      isExposed,
      id: this.id,
      rpc: this.rpc,
    });
  }
}

const NO_RULES: JourneyRules = { name: '', tier: 1, modes: [], snapshotMs: 0 };
