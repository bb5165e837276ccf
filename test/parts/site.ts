import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { WebSocketServer, type WebSocket } from 'ws';

/** How a site of an exchange behaves towards requests; its health has a switch of its own. */
export type SiteBehaviour =
  | { readonly kind: 'normal' }
  /** Nothing listens: connections are refused, and those that are open are gone. */
  | { readonly kind: 'refuse' }
  /** Accepts, reads, and never answers. The work is not done. */
  | { readonly kind: 'hang' }
  /** Does the work at once and answers late. @unit delayMs ms */
  | { readonly kind: 'slow'; readonly delayMs: number }
  /** Refuses a share of requests before doing anything: 0.9 is nine of ten, evenly. @default status 500 */
  | { readonly kind: 'errors'; readonly share: number; readonly status?: number }
  /** Does the work, sends the head of the answer and resets the connection. */
  | { readonly kind: 'reset' }
  /** Does the work and ends the connection in the middle of the body. */
  | { readonly kind: 'truncate' };

export type SiteHealth = 'ready' | 'not-ready' | 'empty';

export interface SiteOptions {
  /** Said in every answer, so that a test sees who answered. */
  readonly name: string;
  /** @default '127.0.0.1' */
  readonly host?: string;
  /** @default 0, one that the system gives */
  readonly port?: number;
  /** @default '/health' */
  readonly healthPath?: string;
}

export interface Site {
  readonly name: string;
  readonly url: string;
  readonly host: string;
  readonly port: number;
  /** Resolves once the site listens, or has stopped listening. Requests in flight keep what they met. */
  behave(behaviour: SiteBehaviour): Promise<void>;
  /** `not-ready` answers 503; `empty` answers 200 with nothing in it. */
  turnHealth(health: SiteHealth): void;
  /** How often each write was really done, by Idempotency-Key, else X-Request-Id, else method and path. */
  readonly executed: ReadonlyMap<string, number>;
  /** Keys that were done more than once, here. */
  doubled(): readonly string[];
  /** Requests that arrived, health apart, whatever became of them. */
  arrived(): number;
  close(): Promise<void>;
}

/** How often a counter is sent on `/stream`. @unit ms */
const TICK_MS = 100;
const MAX_BODY_BYTES = 1 << 20;

/** A real server: it executes what it is asked, counts it, and can be made to fail in each way that sites do. */
export async function startSite(options: SiteOptions): Promise<Site> {
  const { name, host = '127.0.0.1', healthPath = '/health' } = options;
  let behaviour: SiteBehaviour = { kind: 'normal' };
  let health: SiteHealth = 'ready';
  let arrived = 0;
  let sinceSwitch = 0;
  const executed = new Map<string, number>();
  const sockets = new Set<Socket>();
  const timers = new Set<NodeJS.Timeout>();

  const server = createServer((request, response) => {
    response.on('error', () => {});
    if (request.url === healthPath) return answerHealth(response, behaviour, health);
    arrived++;
    const met = behaviour;
    if (met.kind === 'hang') return void request.resume();
    if (met.kind === 'errors') {
      sinceSwitch += 1;
      if (dueOf(sinceSwitch, met.share) > dueOf(sinceSwitch - 1, met.share)) {
        request.resume();
        return sendJson(response, met.status ?? 500, { site: name, error: 'broken' });
      }
    }
    readBody(request, (body) => {
      const key = keyOf(request);
      const times = (executed.get(key) ?? 0) + 1;
      executed.set(key, times);
      const answer = { site: name, method: request.method, path: request.url, key, times, body };
      if (met.kind === 'slow') {
        const timer = setTimeout(() => {
          timers.delete(timer);
          sendJson(response, 200, answer);
        }, met.delayMs);
        timers.add(timer);
      } else if (met.kind === 'reset' || met.kind === 'truncate') breakOff(response, answer, met.kind);
      else sendJson(response, 200, answer);
    });
  });
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.once('close', () => sockets.delete(socket));
  });
  const streams = new WebSocketServer({ server, path: '/stream', maxPayload: MAX_BODY_BYTES });
  // `ws` repeats the errors of the server it stands on; `listen` hears them itself.
  streams.on('error', () => {});
  streams.on('connection', (socket) => stream(socket, name, () => behaviour.kind === 'hang'));

  const listen = (port: number): Promise<number> =>
    new Promise((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, host, () => {
        server.off('error', reject);
        // A server that listens on a port has an address with one.
        resolve((server.address() as AddressInfo).port);
      });
    });
  const stopListening = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => resolve());
      for (const timer of timers) clearTimeout(timer);
      timers.clear();
      for (const socket of sockets) socket.resetAndDestroy();
    });

  const port = await listen(options.port ?? 0);
  return {
    name,
    url: `http://${host}:${port}`,
    host,
    port,
    async behave(next) {
      behaviour = next;
      sinceSwitch = 0;
      if (next.kind === 'refuse' && server.listening) await stopListening();
      if (next.kind !== 'refuse' && !server.listening) await listen(port);
    },
    turnHealth(next) {
      health = next;
    },
    executed,
    doubled: () => [...executed].filter(([, times]) => times > 1).map(([key]) => key),
    arrived: () => arrived,
    async close() {
      if (server.listening) await stopListening();
      streams.close();
    },
  };
}

/** How many of so many requests are owed an error. What floats lose is given back. */
function dueOf(requests: number, share: number): number {
  return Math.floor(requests * share + 1e-9);
}

function answerHealth(response: ServerResponse, behaviour: SiteBehaviour, health: SiteHealth): void {
  if (behaviour.kind === 'hang') return;
  if (health === 'empty') return void response.writeHead(200, { 'Content-Length': '0' }).end();
  sendJson(response, health === 'ready' ? 200 : 503, { ready: health === 'ready' });
}

/** Hands over the whole body, once; a client that leaves before it has sent all of it has asked for nothing. */
function readBody(request: IncomingMessage, then: (body: string) => void): void {
  let text = '';
  request.setEncoding('utf8');
  request.on('data', (chunk: string) => {
    text += chunk;
    if (text.length > MAX_BODY_BYTES) request.destroy();
  });
  request.on('error', () => {});
  request.on('end', () => then(text));
}

function keyOf(request: IncomingMessage): string {
  const key = request.headers['idempotency-key'] ?? request.headers['x-request-id'];
  return key === undefined ? `${request.method} ${request.url}` : String(key);
}

function sendJson(response: ServerResponse, status: number, value: unknown): void {
  const body = JSON.stringify(value);
  response.writeHead(status, {
    'Content-Type': 'application/json',
    'Content-Length': String(Buffer.byteLength(body)),
  });
  response.end(body);
}

/** The head, and half of the body where it is cut short, reach the other side before the connection ends. */
function breakOff(response: ServerResponse, value: unknown, how: 'reset' | 'truncate'): void {
  const body = Buffer.from(JSON.stringify(value));
  response.writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': String(body.length) });
  const { socket } = response;
  if (how === 'reset') {
    response.flushHeaders();
    socket?.write('', () => socket.resetAndDestroy());
  } else response.write(body.subarray(0, body.length >> 1), () => socket?.end());
}

/** Sends back what comes, and a counter meanwhile: a gap or a repetition in it is a lost or doubled event. */
function stream(socket: WebSocket, name: string, isHung: () => boolean): void {
  let count = 0;
  const timer = setInterval(() => {
    if (!isHung()) socket.send(JSON.stringify({ site: name, count: count++ }));
  }, TICK_MS);
  socket.on('message', (data, isBinary) => {
    if (!isHung()) socket.send(data, { binary: isBinary });
  });
  socket.on('error', () => {});
  socket.on('close', () => clearInterval(timer));
}
