import { request as requestHttp, type IncomingMessage } from 'node:http';
import { request as requestHttps } from 'node:https';
import { createHash } from 'node:crypto';
import type { Duplex } from 'node:stream';
import type { Route } from '../routes.ts';
import { wordsOf, type Refusal } from './answers.ts';
import { modeHeader } from './mode-header.ts';
import type { GatewayParts, Outcome } from './parts.ts';
import type { Upstream } from './upstream.ts';

/** How long the other side may take to agree. @unit ms */
const HANDSHAKE_MS = 10_000;
const GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';

interface Understood {
  readonly route: Route;
  readonly headers: readonly string[];
  readonly path: string;
}

interface Tunnel {
  readonly client: Duplex;
  readonly server: Duplex;
  readonly journey: number;
  readonly mode: number;
}

/**
 * WebSockets (RFC 6455): the handshake is checked on both sides and passes the same rules as a request; then bytes are passed on.
 * Whatever is not a WebSocket never becomes a tunnel.
 */
export class Tunnels {
  private readonly parts: GatewayParts;
  private readonly understand: (request: IncomingMessage) => Understood | Refusal;
  private readonly open_ = new Set<Tunnel>();

  constructor(parts: GatewayParts, understand: (request: IncomingMessage) => Understood | Refusal) {
    this.parts = parts;
    this.understand = understand;
  }

  get count(): number {
    return this.open_.size;
  }

  async open(request: IncomingMessage, client: Duplex, head: Buffer): Promise<void> {
    client.on('error', () => client.destroy());
    const began = this.parts.forwarding.now();
    const found = this.understand(request);
    const refusal = 'kind' in found ? found : await this.judge(request, found);
    const route = 'kind' in found ? undefined : found.route;
    if (refusal !== undefined) {
      this.turnAway(request, route, client, refusal, began);
      return;
    }
    if ('kind' in found) return;
    const tried: Upstream[] = [];
    const { way } = found.route;
    for (let upstream = way && this.parts.forwarding.chooser.choose(way, tried); ; ) {
      if (upstream === undefined || way === undefined || client.destroyed) break;
      tried.push(upstream);
      const server = await shakeHands(upstream, request, found.headers);
      if (server !== undefined) {
        this.parts.admission.leave();
        this.join(request, found.route, { client, head }, { ...server, upstream }, began, tried.length);
        return;
      }
      upstream.ended(false, undefined);
      upstream = this.parts.forwarding.chooser.choose(way, tried);
    }
    this.parts.admission.leave();
    const journey = this.parts.journeys[found.route.journey]?.name ?? '';
    const retryS = this.parts.retryAfterS(found.route.journey);
    this.turnAway(request, found.route, client, { kind: 'no-answer', journey, retryS }, began, 'failed');
  }

  /** Ends the tunnels of a journey that its mode no longer lets through. */
  onMode(journey: number, mode: number): void {
    for (const tunnel of this.open_)
      if (tunnel.journey === journey && tunnel.mode !== mode && !this.isLetThrough(journey, mode))
        end(tunnel);
  }

  close(): void {
    for (const tunnel of this.open_) end(tunnel);
  }

  private isLetThrough(journey: number, mode: number): boolean {
    const rule = this.parts.journeys[journey]?.modes[mode]?.rule;
    return rule?.kind === 'forward' && rule.allow === undefined;
  }

  /** Why a handshake is refused; undefined when it is not, and then it has been let in. */
  private async judge(request: IncomingMessage, { route }: Understood): Promise<Refusal | undefined> {
    const { parts } = this;
    const rules = parts.journeys[route.journey];
    const mode = parts.modes[route.journey] ?? 0;
    const journey = rules?.name ?? '';
    const retryS = parts.retryAfterS(route.journey);
    const why = whyNoWebSocket(request);
    if (why !== undefined) return { kind: 'bad-request', why };
    if (!route.mayUpgrade) return { kind: 'bad-request', why: 'This path takes no WebSocket.' };
    if (rules === undefined || mode >= rules.modes.length) return { kind: 'down', journey, retryS };
    const verdict = parts.fronts.judge(route.journey, mode, request.headers);
    if (verdict.kind === 'refused')
      return verdict.isMarked
        ? { kind: 'unprotected', journey, missing: verdict.missing }
        : { kind: 'not-through-an-edge', journey };
    if (!this.isLetThrough(route.journey, mode))
      return { kind: 'mode', journey, mode: rules.modes[mode]?.name ?? '', works: [], retryS };
    const session = await parts.tokens[route.journey]?.[mode]?.check(request.headers.authorization);
    if (session?.kind === 'refused')
      return session.why === 'keys-expired' || session.why === 'busy'
        ? { kind: 'session-keys', retryS }
        : { kind: 'session', why: session.why };
    // A tier is 0, 1 or 2.
    if (!parts.admission.tryEnter(rules.tier as 0 | 1 | 2)) return { kind: 'busy', journey, retryS };
    return undefined;
  }

  private join(
    request: IncomingMessage,
    route: Route,
    { client, head }: { readonly client: Duplex; readonly head: Buffer },
    server: Agreed & { readonly upstream: Upstream },
    began: number,
    attempts: number,
  ): void {
    const mode = this.parts.modes[route.journey] ?? 0;
    const tunnel: Tunnel = { client, server: server.socket, journey: route.journey, mode };
    const rules = this.parts.journeys[route.journey];
    const ended = (): void => {
      if (!this.open_.delete(tunnel)) return;
      server.upstream.inFlight--;
      end(tunnel);
      this.tell(request, route, 'answered', undefined, 101, began, server.upstream.target.name, attempts);
    };
    this.open_.add(tunnel);
    server.upstream.inFlight++;
    for (const socket of [client, server.socket]) {
      socket.on('error', ended);
      socket.on('close', ended);
    }
    const lines = server.headers.map(([name, value]) => `${name}: ${value}\r\n`).join('');
    const modeLine = rules === undefined ? '' : `keelson-mode: ${modeHeader(rules, mode)}\r\n`;
    client.write(`HTTP/1.1 101 Switching Protocols\r\n${lines}${modeLine}\r\n`, 'latin1');
    if (server.head.length > 0) client.write(server.head);
    if (head.length > 0) server.socket.write(head);
    client.pipe(server.socket);
    server.socket.pipe(client);
  }

  private turnAway(
    request: IncomingMessage,
    route: Route | undefined,
    client: Duplex,
    refusal: Refusal,
    began: number,
    outcome: Outcome = 'refused',
  ): void {
    const rules = route === undefined ? undefined : this.parts.journeys[route.journey];
    const mode = route === undefined ? 0 : (this.parts.modes[route.journey] ?? 0);
    const { status, title, detail, more } = wordsOf(refusal);
    const body = JSON.stringify({
      type: `urn:keelson:problem:${refusal.kind}`,
      title,
      status,
      detail,
      ...more,
    });
    const retry = 'retryS' in refusal ? `retry-after: ${refusal.retryS}\r\n` : '';
    client.end(
      `HTTP/1.1 ${status} ${title}\r\ncontent-type: application/problem+json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n` +
        `cache-control: no-store\r\nkeelson-mode: ${rules === undefined ? 'none' : modeHeader(rules, mode)}\r\n${retry}connection: close\r\n\r\n${body}`,
    );
    this.tell(request, route, outcome, refusal.kind, status, began, undefined, 0);
  }

  private tell(
    request: IncomingMessage,
    route: Route | undefined,
    outcome: Outcome,
    why: string | undefined,
    status: number,
    began: number,
    upstream: string | undefined,
    attempts: number,
  ): void {
    const { modes, forwarding, onEnded } = this.parts;
    const journey = route?.journey ?? -1;
    const tookMs = forwarding.now() - began;
    const mode = modes[journey] ?? 0;
    onEnded({
      request,
      route,
      journey,
      mode,
      outcome,
      why,
      status,
      tookMs,
      upstream,
      attempts,
      isExposed: false,
    });
  }
}

function end({ client, server }: Tunnel): void {
  client.destroy();
  server.destroy();
}

function whyNoWebSocket(request: IncomingMessage): string | undefined {
  const { headers, method, httpVersion } = request;
  if (method !== 'GET' || httpVersion !== '1.1') return 'A WebSocket begins with a GET of HTTP/1.1.';
  if (headers.upgrade?.toLowerCase() !== 'websocket') return 'Only WebSockets are upgraded to.';
  if (headers['sec-websocket-version'] !== '13') return 'Only version 13 of WebSocket is spoken.';
  if (!/^[A-Za-z0-9+/]{22}==$/.test(headers['sec-websocket-key'] ?? ''))
    return 'The Sec-WebSocket-Key is not 16 bytes.';
  if (headers['content-length'] !== undefined || headers['transfer-encoding'] !== undefined)
    return 'A handshake has no body.';
  return undefined;
}

interface Agreed {
  readonly socket: Duplex;
  readonly head: Buffer;
  readonly headers: readonly (readonly [string, string])[];
}

/** Asks an upstream for a WebSocket; undefined when it does not agree exactly. */
function shakeHands(
  { target }: Upstream,
  request: IncomingMessage,
  passed: readonly string[],
): Promise<Agreed | undefined> {
  const headers = [...passed, 'Connection', 'Upgrade', 'Upgrade', 'websocket'];
  const ask = target.origin.startsWith('https:') ? requestHttps : requestHttp;
  return new Promise((resolve) => {
    const outgoing = ask(target.origin + target.basePath + (request.url ?? '/'), {
      method: 'GET',
      headers,
      setHost: false,
      agent: false,
      timeout: HANDSHAKE_MS,
    });
    const give = (agreed?: Agreed): void => {
      if (agreed === undefined) outgoing.destroy();
      resolve(agreed);
    };
    outgoing.on('upgrade', (response, socket, head) => {
      socket.setTimeout(0);
      const expected = createHash('sha1')
        .update(`${request.headers['sec-websocket-key']}${GUID}`)
        .digest('base64');
      const isRight =
        response.headers['sec-websocket-accept'] === expected &&
        response.headers.upgrade?.toLowerCase() === 'websocket';
      if (!isRight) socket.destroy();
      give(isRight ? { socket, head, headers: pairs(response.rawHeaders) } : undefined);
    });
    outgoing.on('response', () => give());
    outgoing.on('timeout', () => give());
    outgoing.on('error', () => give());
    outgoing.end();
  });
}

function pairs(raw: readonly string[]): (readonly [string, string])[] {
  const found: (readonly [string, string])[] = [];
  for (let i = 0; i < raw.length; i += 2)
    if (!raw[i]?.toLowerCase().startsWith('keelson-')) found.push([raw[i] ?? '', raw[i + 1] ?? '']);
  return found;
}
