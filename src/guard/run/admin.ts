import { createServer, type IncomingMessage, type OutgoingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { listen } from '../../admin/listen.ts';
import { addressOf, isForeign, isLocal, isOwnHost, TokenGuard } from '../../admin/who-asks.ts';
import type { Exposition } from '../../telemetry/exposition.ts';
import type { GuardsStatus } from './status.ts';

export interface GuardAdminOptions {
  readonly host: string;
  readonly port: number;
  /** At least 32 bytes: who has it may read from elsewhere. @default only this computer may read */
  readonly token?: string | undefined;
  readonly status: () => GuardsStatus;
  readonly metrics: (accept: string) => Exposition;
}

export interface GuardAdmin {
  readonly port: number;
  close(): Promise<void>;
}

const BOUNDS = {
  maxHeaderSize: 16_384,
  headersTimeout: 10_000,
  requestTimeout: 10_000,
  keepAliveTimeout: 5_000,
};
const MOST_CONNECTIONS = 64;
/** A connection on which nothing moves for so long is closed. @unit ms */
const IDLE_MS = 60_000;

/**
 * How guards stand, for people and for Prometheus. It takes no orders: those are files (orders.ts).
 *
 * @throws KeelsonError `admin-unusable`, `admin-token-short`
 */
export async function startGuardAdmin(options: GuardAdminOptions): Promise<GuardAdmin> {
  const { host, port, token } = options;
  const guard = token === undefined ? undefined : new TokenGuard(token, () => performance.now());
  const server = createServer(BOUNDS, (request, response) => {
    let reply: Reply;
    try {
      reply = replyTo(request, options, guard);
    } catch {
      reply = words(500, 'It failed.');
    }
    send(request, response, reply);
  });
  server.setTimeout(IDLE_MS);
  server.maxConnections = MOST_CONNECTIONS;
  await listen(server, { kind: 'port', host, port });
  const { port: given } = server.address() as AddressInfo; // listens on a port
  return {
    port: given,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

interface Reply {
  readonly status: number;
  readonly headers: OutgoingHttpHeaders;
  readonly body: string;
}

function replyTo(request: IncomingMessage, options: GuardAdminOptions, guard: TokenGuard | undefined): Reply {
  const [path = ''] = (request.url ?? '').split('?', 1);
  if (!isOwnHost(request, [])) return words(403, 'Ask for it by a name that is its own.');
  if (isForeign(request)) return words(403, 'Other sites have no part in this.');
  if (request.method !== 'GET' && request.method !== 'HEAD')
    // What it sends is not read: the connection goes with it.
    return words(405, 'Ask by GET. Orders are given by keelson guard freeze, thaw, kill and retry.', {
      allow: 'GET, HEAD',
      connection: 'close',
    });
  if (path === '/healthz') return words(200, 'It runs.');
  if (path === '/readyz') {
    const why = readiness(options.status());
    return why.length === 0 ? words(200, 'It guards.') : words(503, why.join('\n'));
  }
  if (path !== '/status' && path !== '/metrics')
    return words(404, 'There are /status, /metrics, /healthz and /readyz.');
  const refusal = refusalToRead(request, guard);
  if (refusal !== undefined) return refusal;
  if (path === '/status') {
    const headers = { 'content-type': 'application/json; charset=utf-8' };
    return { status: 200, headers, body: `${JSON.stringify(options.status())}\n` };
  }
  const { contentType, text } = options.metrics(request.headers.accept ?? '');
  return { status: 200, headers: { 'content-type': contentType, vary: 'accept' }, body: text };
}

function refusalToRead(request: IncomingMessage, guard: TokenGuard | undefined): Reply | undefined {
  if (isLocal(request)) return undefined;
  if (guard === undefined) return words(403, 'It is read on its own computer.');
  const admission = guard.admit(request.headers.authorization, addressOf(request));
  switch (admission.kind) {
    case 'admitted':
      return undefined;
    case 'wait':
      return words(429, 'Too many wrong tokens came from there.', {
        'retry-after': String(admission.retryAfterSeconds),
      });
    default:
      return words(401, 'Send Authorization: Bearer TOKEN.', {
        'www-authenticate': 'Bearer realm="keelson"',
      });
  }
}

function words(status: number, text: string, headers: OutgoingHttpHeaders = {}): Reply {
  return { status, headers: { 'content-type': 'text/plain; charset=utf-8', ...headers }, body: `${text}\n` };
}

/** Why it does not guard; empty when it does. */
function readiness({ guards }: GuardsStatus): string[] {
  return guards.flatMap(({ name, troubles, targets }) => [
    ...troubles.map((why) => `${name}: ${why}`),
    ...(targets.some(({ state }) => state === 'unseen')
      ? [`${name}: its targets have not all been looked at.`]
      : []),
  ]);
}

function send({ method }: IncomingMessage, response: ServerResponse, { status, headers, body }: Reply): void {
  response.writeHead(status, {
    'cache-control': 'no-store',
    'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
    'cross-origin-resource-policy': 'same-origin',
    'x-content-type-options': 'nosniff',
    ...headers,
    'content-length': Buffer.byteLength(body),
  });
  response.end(method === 'HEAD' ? undefined : body);
}
