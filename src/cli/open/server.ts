import { createServer, type IncomingMessage, type OutgoingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { KeelsonError } from '../../errors.ts';
import { EventStreams } from './event-streams.ts';

const HOST = '127.0.0.1';

/** Nobody needs more: a page asks for itself and for its events. */
const BOUNDS = {
  maxHeaderSize: 16_384,
  headersTimeout: 10_000,
  requestTimeout: 10_000,
  keepAliveTimeout: 5_000,
};
/** A connection on which nothing moves for so long is closed; events move more often. @unit ms */
const IDLE = 60_000;
const MOST_CONNECTIONS = 128;

/** For every answer: nobody keeps it, frames it, guesses its type, or reads it from another site. */
const ALWAYS: OutgoingHttpHeaders = {
  'cache-control': 'no-store',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
};

interface Page {
  readonly html: string;
  /** What it was made of, as the page itself says when it asks for events. */
  readonly of: string;
}

export interface PageServer {
  readonly address: string;
  /** From now on this is the page; those that are open are told. */
  show(page: Page): void;
  close(): Promise<void>;
}

/**
 * Serves one page and its events to this computer alone. It holds the page in memory: nothing that is asked for is ever looked for
 * among files.
 *
 * @param port 0 for any that is free
 */
export async function servePage(port: number): Promise<PageServer> {
  const streams = new EventStreams();
  let page: Page | undefined;
  let own = port;
  const server = createServer(BOUNDS, (request, response) =>
    answer(request, response, { port: own, page, streams }),
  );
  server.setTimeout(IDLE);
  server.maxConnections = MOST_CONNECTIONS;
  await new Promise<void>((resolve, reject) => {
    // Later ones are of connections that could not be taken: who asks, asks again.
    server.on('error', (error) => reject(unusable(port, error)));
    server.listen(port, HOST, resolve);
  });
  own = (server.address() as AddressInfo).port; // it listens on a port
  return {
    address: `http://${HOST}:${own}/`,
    show(next) {
      page = next;
      streams.announce();
    },
    close() {
      streams.close();
      return new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      });
    },
  };
}

interface Served {
  readonly port: number;
  readonly page: Page | undefined;
  readonly streams: EventStreams;
}

interface Answer {
  readonly status: number;
  readonly headers: OutgoingHttpHeaders;
  readonly body: string;
}

function answer(request: IncomingMessage, response: ServerResponse, served: Served): void {
  const [path, query] = (request.url ?? '').split('?');
  const refusal = refusalOf(request, served);
  if (refusal !== undefined) send(request, response, refusal);
  else if (path === '/events') openEvents(request, response, query ?? '', served);
  else
    send(request, response, path === '/' ? pageAnswer(served.page) : plain(404, 'There is one page here: /'));
}

/** Why something is not answered, whatever is asked for. */
function refusalOf({ headers, method }: IncomingMessage, { port }: Served): Answer | undefined {
  if (!isOwnHost(headers.host, port)) return plain(403, `Ask for ${HOST}:${port}.`);
  if (method === 'GET' || method === 'HEAD') return undefined;
  return plain(405, 'Only GET and HEAD are answered.', { allow: 'GET, HEAD', connection: 'close' });
}

function pageAnswer(page: Page | undefined): Answer {
  if (page === undefined) return plain(503, 'The page is being made.', { 'retry-after': '1' });
  const headers = {
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': `${policyOf(page.html)}; frame-ancestors 'none'`,
  };
  return { status: 200, headers, body: page.html };
}

function openEvents(
  request: IncomingMessage,
  response: ServerResponse,
  query: string,
  { port, page, streams }: Served,
): void {
  if (!isOwnSite(request, port)) {
    send(request, response, plain(403, 'Events are for the page itself.'));
  } else if (streams.isFull) {
    send(request, response, plain(503, 'Too many pages are open.', { 'retry-after': '60' }));
  } else {
    response.writeHead(200, { ...ALWAYS, 'content-type': 'text/event-stream' });
    const of = new URLSearchParams(query).get('of');
    if (request.method === 'HEAD') response.end();
    else streams.add(response, page !== undefined && of !== null && of !== page.of);
  }
}

function plain(status: number, text: string, headers: OutgoingHttpHeaders = {}): Answer {
  return { status, headers: { 'content-type': 'text/plain; charset=utf-8', ...headers }, body: `${text}\n` };
}

function send(
  { method }: IncomingMessage,
  response: ServerResponse,
  { status, headers, body }: Answer,
): void {
  const bytes = Buffer.from(body);
  response.writeHead(status, { ...ALWAYS, ...headers, 'content-length': bytes.length });
  response.end(method === 'HEAD' ? undefined : bytes);
}

/** A name of another site that leads here (DNS rebinding) would make what is served part of that site. */
function isOwnHost(host: string | undefined, port: number): boolean {
  const names = [HOST, 'localhost'].map((name) => `${name}:${port}`);
  // Browsers leave out the port that is usual.
  return [...names, ...(port === 80 ? [HOST, 'localhost'] : [])].includes(host?.toLowerCase() ?? '');
}

/** Pages of other sites may not read events, and may not hold their connections either. */
function isOwnSite({ headers }: IncomingMessage, port: number): boolean {
  const site = headers['sec-fetch-site'] ?? 'same-origin';
  const origin = headers.origin;
  return (
    site === 'same-origin' && (origin === undefined || isOwnHost(origin.replace(/^http:\/\//, ''), port))
  );
}

/** What the page itself asks to be allowed; a header can say more than an element. */
function policyOf(html: string): string {
  return /http-equiv="Content-Security-Policy" content="([^"]*)"/.exec(html)?.[1] ?? "default-src 'none'";
}

function unusable(port: number, cause: unknown): KeelsonError {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'an error';
  const why = code === 'EADDRINUSE' ? 'it is in use' : `the system says ${code}`;
  return new KeelsonError('port-unusable', `Port ${port} cannot be used: ${why}.`, {
    hint: 'Without --port, any that is free is taken.',
    cause,
  });
}
