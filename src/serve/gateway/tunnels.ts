import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { PoolTunnel } from '../chain/pool-tunnel.ts';
import type { Route } from '../routes.ts';
import { busy, problemDocument, refusalOfPath, refusalOfSession, tooMany, type Refusal } from './answers.ts';
import { clientOf, pushForwarded } from './client-of.ts';
import { modeHeader } from './mode-header.ts';
import type { GatewayParts, Outcome, Understood } from './parts.ts';
import type { ChainPool } from '../../pool/index.ts';
import { shakeHands, whyNoWebSocket, type Handshake } from './shake-hands.ts';
import { Tunnel } from './tunnel.ts';
import type { Upstream } from './upstream.ts';

/** A handshake while it is under way. */
interface Opening {
  readonly request: IncomingMessage;
  readonly client: Duplex;
  readonly began: number;
  route: Route | undefined;
  isExposed: boolean;
  /** When the session of its token ends, on the wall clock; undefined without one. @unit ms */
  expiresAtMs: number | undefined;
  /** Upstreams that were asked. */
  attempts: number;
  /** Aborted when the client has gone, or said something too early. */
  readonly left: AbortController;
}

const UNCHECKED = { kind: 'refused', why: 'busy' } as const;

type Agreed = Extract<Handshake, { kind: 'agreed' }>;

/**
 * WebSockets (RFC 6455): the handshake is checked on both sides and passes the same rules as a request; then bytes are passed on.
 * Whatever is not a WebSocket never becomes a tunnel. Room is taken for the handshake only. A tunnel ends with the session that
 * opened it: a token that has expired opens nothing, and keeps nothing open.
 */
export class Tunnels {
  private readonly parts: GatewayParts;
  private readonly understand: (request: IncomingMessage) => Understood | Refusal;
  private readonly joined = new Set<Tunnel | PoolTunnel>();
  private readonly openings = new Set<Opening>();
  private isClosed = false;

  constructor(parts: GatewayParts, understand: (request: IncomingMessage) => Understood | Refusal) {
    this.parts = parts;
    this.understand = understand;
  }

  /** Never throws. */
  async open(request: IncomingMessage, client: Duplex, head: Buffer): Promise<void> {
    const left = new AbortController();
    const opening: Opening = {
      request,
      client,
      began: this.parts.forwarding.now(),
      route: undefined,
      isExposed: false,
      expiresAtMs: undefined,
      attempts: 0,
      left,
    };
    const leave = (): void => left.abort();
    this.parts.traceOf(request);
    client.on('error', () => client.destroy());
    this.openings.add(opening);
    // Read, so that its leaving shows; nothing may come before it is answered.
    for (const event of ['close', 'end', 'data']) client.on(event, leave);
    try {
      const agreed = await this.negotiate(opening, head);
      for (const event of ['close', 'end', 'data']) client.off(event, leave);
      if (agreed === undefined) return;
      client.pause();
      this.join(opening, agreed);
    } catch {
      // Nothing that is known of; it is counted and written down as a request that failed.
      client.destroy();
      this.tell(opening, 'failed', 'handshake', 0, undefined);
    } finally {
      this.openings.delete(opening);
    }
  }

  /** Ends the tunnels of a journey that its mode no longer lets through. */
  onMode(journey: number, mode: number): void {
    for (const tunnel of this.joined)
      if (tunnel.journey === journey && tunnel.mode !== mode && !this.isLetThrough(journey, mode))
        tunnel.end();
  }

  /** Ends all of them, and opens none any more. */
  close(): void {
    this.isClosed = true;
    for (const { left } of this.openings) left.abort();
    for (const tunnel of this.joined) tunnel.end();
  }

  private isLetThrough(journey: number, mode: number): boolean {
    const rule = this.parts.journeys[journey]?.modes[mode]?.rule;
    return rule?.kind === 'forward' && rule.allow === undefined;
  }

  /** @returns undefined when no tunnel comes to be: then its client has been told */
  private async negotiate(
    opening: Opening,
    head: Buffer,
  ): Promise<(Agreed & { readonly upstream: Upstream }) | undefined> {
    const found = this.understand(opening.request);
    if ('kind' in found) {
      this.turnAway(opening, found);
      return undefined;
    }
    const { route, headers } = found;
    opening.route = route;
    const refusal = await this.judge(opening, route, head);
    if (refusal !== undefined) {
      this.turnAway(opening, refusal);
      return undefined;
    }
    try {
      const pool = this.parts.pools.of(route.way);
      if (pool !== undefined) {
        await this.joinPool(opening, route, pool);
        return undefined;
      }
      pushForwarded(headers, this.parts, opening.request);
      return await this.ask(opening, route, headers);
    } finally {
      this.parts.admission.leave();
    }
  }

  /** A pool takes the client itself: what it is told outlives the nodes from which it comes. */
  private async joinPool(opening: Opening, { journey }: Route, pool: ChainPool): Promise<void> {
    const { client, request, expiresAtMs } = opening;
    if (client.destroyed || this.isClosed) {
      this.giveUp(opening);
      return;
    }
    const mode = this.parts.modes[journey] ?? 0;
    const rules = this.parts.journeys[journey];
    const endsInMs = expiresAtMs === undefined ? undefined : Math.max(0, expiresAtMs - this.parts.wallNow());
    const lines = rules === undefined ? [] : [`keelson-mode: ${modeHeader(rules, mode)}`];
    const options = { journey, mode, endsInMs, lines };
    // What comes from now on is read by it.
    for (const event of ['close', 'end', 'data']) client.removeAllListeners(event);
    const tunnel = await PoolTunnel.accept(request, client, pool, options, (ended) => {
      this.joined.delete(ended);
      this.tell(opening, 'answered', undefined, 101, undefined);
    });
    this.joined.add(tunnel);
  }

  /** Asks one upstream after another, while they fail. */
  private async ask(
    opening: Opening,
    route: Route,
    headers: readonly string[],
  ): Promise<(Agreed & { readonly upstream: Upstream }) | undefined> {
    const { chooser } = this.parts.forwarding;
    const { way } = route;
    const { request, left } = opening;
    const tried: Upstream[] = [];
    const journey = this.parts.journeys[route.journey]?.name ?? '';
    const retryS = this.parts.retryAfterS(route.journey);
    while (way !== undefined && !left.signal.aborted) {
      const upstream = chooser.choose(way, tried);
      if (upstream === undefined) break;
      tried.push(upstream);
      if (upstream.isFull) continue;
      opening.attempts++;
      const found = await this.askOne(upstream, request, headers, left.signal);
      if (left.signal.aborted) {
        if (found.kind === 'agreed') found.socket.destroy();
        break;
      }
      // A client that it does not take is no fault of an upstream.
      upstream.ended(found.kind !== 'failed', undefined);
      if (found.kind === 'declined') {
        this.turnAway(opening, { kind: 'no-websocket', journey, status: found.status }, 'answered');
        return undefined;
      }
      if (found.kind === 'failed') continue;
      const refusal = this.refusedByMode(route);
      if (refusal === undefined) return { ...found, upstream };
      found.socket.destroy();
      this.turnAway(opening, refusal);
      return undefined;
    }
    if (left.signal.aborted) this.giveUp(opening);
    else if (tried.length > 0 && opening.attempts === 0) this.turnAway(opening, busy(journey));
    else this.turnAway(opening, { kind: 'no-answer', journey, retryS }, 'failed');
    return undefined;
  }

  private async askOne(
    upstream: Upstream,
    request: IncomingMessage,
    headers: readonly string[],
    signal: AbortSignal,
  ): Promise<Handshake> {
    upstream.inFlight++;
    try {
      return await shakeHands(upstream, request, headers, signal);
    } finally {
      upstream.inFlight--;
    }
  }

  /** Why a handshake is refused; undefined when it is not, and then it has been let in. */
  private async judge(opening: Opening, route: Route, head: Buffer): Promise<Refusal | undefined> {
    const { parts } = this;
    const { request } = opening;
    const rules = parts.journeys[route.journey];
    const mode = parts.modes[route.journey] ?? 0;
    const journey = rules?.name ?? '';
    const retryS = parts.retryAfterS(route.journey);
    const why = whyNoWebSocket(request, head);
    if (why !== undefined) return { kind: 'bad-request', why };
    if (!route.mayUpgrade) return { kind: 'bad-request', why: 'This path takes no WebSocket.' };
    if (rules === undefined || mode >= rules.modes.length) return { kind: 'down', journey, retryS };
    const verdict = parts.fronts.judge(route.journey, mode, request.headers);
    if (verdict.kind === 'refused') return refusalOfPath(journey, verdict);
    opening.isExposed = verdict.kind === 'exposed';
    if (parts.clients?.allow(parts.forwarding.now(), clientOf(parts, request)) === false)
      return tooMany(parts.clients.retryAfterMs);
    const refusal = this.refusedByMode(route);
    if (refusal !== undefined) return refusal;
    const checked = parts.tokens[route.journey]?.[mode]?.check(request.headers.authorization);
    const session = await Promise.resolve(checked).catch(() => UNCHECKED);
    if (session?.kind === 'refused') return refusalOfSession(session, retryS);
    opening.expiresAtMs = session?.expiresAtMs;
    return parts.admission.tryEnter(rules.tier) ? undefined : busy(journey);
  }

  /** As it is now: it may have changed since. */
  private refusedByMode({ journey }: Route): Refusal | undefined {
    const { parts } = this;
    const mode = parts.modes[journey] ?? 0;
    if (this.isLetThrough(journey, mode)) return undefined;
    const rules = parts.journeys[journey];
    const name = rules?.name ?? '';
    const retryS = parts.retryAfterS(journey);
    const said = rules?.modes[mode]?.name;
    return said === undefined
      ? { kind: 'down', journey: name, retryS }
      : { kind: 'mode', journey: name, mode: said, works: [], retryS };
  }

  private join(opening: Opening, { socket, head, headers, upstream }: Agreed & { upstream: Upstream }): void {
    const { client, route, expiresAtMs } = opening;
    if (route === undefined || client.destroyed || this.isClosed) {
      socket.destroy();
      this.giveUp(opening);
      return;
    }
    const { journey } = route;
    const mode = this.parts.modes[journey] ?? 0;
    const rules = this.parts.journeys[journey];
    const lines = headers.map(([name, value]) => `${name}: ${value}\r\n`).join('');
    const modeLine = rules === undefined ? '' : `keelson-mode: ${modeHeader(rules, mode)}\r\n`;
    client.write(
      `HTTP/1.1 101 Switching Protocols\r\nconnection: Upgrade\r\nupgrade: websocket\r\n${lines}${modeLine}\r\n`,
      'latin1',
    );
    if (head.length > 0) client.write(head);
    upstream.tunnels++;
    const endsInMs = expiresAtMs === undefined ? undefined : Math.max(0, expiresAtMs - this.parts.wallNow());
    const tunnel = new Tunnel(client, socket, { journey, mode, endsInMs }, (ended) => {
      this.joined.delete(ended);
      upstream.tunnels--;
      this.tell(opening, 'answered', undefined, 101, upstream.target.name);
    });
    this.joined.add(tunnel);
  }

  private giveUp(opening: Opening): void {
    opening.client.destroy();
    this.tell(opening, 'left', undefined, 0, undefined);
  }

  private turnAway(opening: Opening, refusal: Refusal, outcome: Outcome = 'refused'): void {
    const { route, client } = opening;
    const rules = route === undefined ? undefined : this.parts.journeys[route.journey];
    const mode = route === undefined ? 0 : (this.parts.modes[route.journey] ?? 0);
    const { status, title, headers, body } = problemDocument(
      refusal,
      rules === undefined ? 'none' : modeHeader(rules, mode),
    );
    const lines = headers.map((one, i) => (i % 2 === 0 ? `${one}: ` : `${one}\r\n`)).join('');
    // Who never closes its side would else keep the connection for good.
    client.end(`HTTP/1.1 ${status} ${title}\r\n${lines}connection: close\r\n\r\n${body}`, () =>
      client.destroy(),
    );
    this.tell(opening, outcome, refusal.kind, status, undefined);
  }

  private tell(
    { request, route, began, attempts, isExposed }: Opening,
    outcome: Outcome,
    why: string | undefined,
    status: number,
    upstream: string | undefined,
  ): void {
    const { modes, forwarding, onEnded } = this.parts;
    const journey = route?.journey ?? -1;
    onEnded({
      request,
      route,
      journey,
      mode: modes[journey] ?? 0,
      outcome,
      why,
      status,
      tookMs: forwarding.now() - began,
      upstream,
      attempts,
      isExposed,
      id: undefined,
    });
  }
}
