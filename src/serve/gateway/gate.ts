import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { METHODS } from '../../plan/index.ts';
import { safePath } from '../paths.ts';
import { routeFor } from '../routes.ts';
import { refuse, wordsOf, type Refusal } from './answers.ts';
import { readHeaders } from './headers.ts';
import type { Ended, GatewayParts, Understood } from './parts.ts';
import { Passage } from './passage.ts';
import { hasMoreToCome, saysBody } from './read-body.ts';
import { Tunnels } from './tunnels.ts';

const METHOD_NAMES: ReadonlySet<string> = new Set(METHODS);

/** The way of requests through the gateway by one plan. Several may be open at once: one in force, one that is tried, those before. */
export class Gate {
  private readonly parts: GatewayParts;
  private readonly tunnels: Tunnels;
  /** Told how each request has ended. */
  heard: ((ended: Ended) => void) | undefined;
  private begun = 0;
  private ended = 0;

  constructor(parts: GatewayParts) {
    this.parts = {
      ...parts,
      onEnded: (ended: Ended) => {
        this.ended++;
        this.heard?.(ended);
        parts.onEnded(ended);
      },
    };
    this.tunnels = new Tunnels(this.parts, (request) => this.understand(request));
  }

  /** Requests and WebSockets that have not come to their end. */
  get underWay(): number {
    return this.begun - this.ended;
  }

  /** A journey is in another mode: what that no longer lets through is ended. */
  onMode(journey: number, mode: number): void {
    this.tunnels.onMode(journey, mode);
  }

  /** Ends its WebSockets, and opens none any more. */
  close(): void {
    this.tunnels.close();
  }

  handle(request: IncomingMessage, response: ServerResponse): void {
    const found = this.understand(request);
    if ('kind' in found) {
      this.turnAway(request, response, found);
      return;
    }
    this.begun++;
    new Passage(this.parts, request, response, found).begin();
  }

  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    this.begun++;
    void this.tunnels.open(request, socket, head);
  }

  turnAway(request: IncomingMessage, response: ServerResponse, refusal: Refusal): void {
    this.begun++;
    // What follows on this connection may be the rest of something that was misread.
    if (refusal.kind === 'bad-request') {
      response.shouldKeepAlive = false;
      this.parts.sockets.misread(request.socket);
    }
    if (hasMoreToCome(request)) response.shouldKeepAlive = false;
    refuse(response, refusal, 'none');
    this.parts.traceOf(request);
    this.parts.onEnded({
      request,
      route: undefined,
      journey: -1,
      mode: 0,
      outcome: 'refused',
      why: refusal.kind,
      status: wordsOf(refusal).status,
      tookMs: 0,
      upstream: undefined,
      attempts: 0,
      isExposed: false,
      id: undefined,
    });
  }

  /** What a request asks for, or why it is not served. */
  private understand(request: IncomingMessage): Understood | Refusal {
    const method = request.method ?? '';
    const { httpVersion } = request;
    if (httpVersion !== '1.1' && httpVersion !== '1.0') return bad('Only HTTP/1.1 and HTTP/1.0 are spoken.');
    if (!METHOD_NAMES.has(method)) return bad(`The method ${method.slice(0, 20)} is not served.`);
    const path = safePath(request.url ?? '');
    if (path === undefined) return bad('The path can be read in more than one way.');
    const read = readHeaders(request.rawHeaders, this.parts.fronts.secretHeaders);
    if (read === undefined)
      return bad('There are too many headers, one stands twice that must not, or one names another method.');
    const { headers, transferEncoding, contentLength, authorization } = read;
    const host = hostOf(read.host);
    if (host === undefined) return bad('The Host header is not a host.');
    const isChunked = transferEncoding !== undefined;
    if (isChunked && (transferEncoding !== 'chunked' || contentLength !== undefined || httpVersion === '1.0'))
      return bad('How long the body is can be read in more than one way.');
    const hasBody = saysBody(transferEncoding, contentLength);
    const route = routeFor(this.parts.routes, method, path, host);
    if (route === undefined) return { kind: 'no-route' };
    const bodyBytes = contentLength === undefined ? undefined : Number(contentLength);
    return { path, headers, route, authorization, hasBody, bodyBytes };
  }
}

export function bad(why: string): Refusal {
  return { kind: 'bad-request', why };
}

/** The host of a Host header, in lower case, without its port. */
function hostOf(said: string | undefined): string | undefined {
  if (said === undefined || said.length > 260) return undefined;
  const found =
    /^([a-z0-9_](?:[a-z0-9_-]*[a-z0-9])?(?:\.[a-z0-9_](?:[a-z0-9_-]*[a-z0-9])?)*|\[[0-9a-f:.]+\])\.?(?::(\d{1,5}))?$/i.exec(
      said,
    );
  if (Number(found?.[2] ?? 0) > 65_535) return undefined;
  return found?.[1]?.toLowerCase();
}
