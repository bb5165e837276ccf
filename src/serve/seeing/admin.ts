import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ALWAYS, json, metrics, send, text, type Answer } from '../../admin/answers.ts';
import { listen, type Place } from '../../admin/listen.ts';
import { refusalByToken, refusalOfOthers, type Refusal } from '../../admin/refusal.ts';
import { adminServer, endServer } from '../../admin/server.ts';
import { addressOf, isLocal, TokenGuard } from '../../admin/who-asks.ts';
import { html, problem } from './admin-answers.ts';
import { readBody } from './admin-body.ts';
import {
  readApproveOrder,
  readDrainOrder,
  readModeOrder,
  readReloadOrder,
  type ApproveOrder,
  type DrainOrder,
  type ModeOrder,
  type Read,
  type ReloadOrder,
} from './admin-orders.ts';
import type { StatusEvents } from './events.ts';
import { qualityOf, type Exposition } from '../../telemetry/exposition.ts';
import type { Status } from './status.ts';

export type ActionResult =
  | { readonly kind: 'done'; readonly words: string }
  | { readonly kind: 'refused'; readonly words: string };

type Action<T> = (order: T) => ActionResult | Promise<ActionResult>;

export interface AdminActions {
  readonly mode: Action<ModeOrder>;
  readonly approve: Action<ApproveOrder>;
  readonly drain: Action<DrainOrder>;
  readonly reload: Action<ReloadOrder>;
}

/** For orchestrators. */
export interface Health {
  readonly live: boolean;
  readonly ready: boolean;
  /** Why not, a sentence each; or that all is well. */
  readonly words: readonly string[];
}

/** What somebody has asked to be done, whether it was or not: for the log. */
export interface OrderAttempt {
  readonly action: keyof AdminActions;
  readonly from: string;
  readonly outcome: 'done' | 'refused' | 'wrong' | 'not-admitted' | 'failed';
  /** Who says that they ask; null where that could not be read. */
  readonly by: string | null;
  /** Why, as they say; null where that could not be read. */
  readonly reason: string | null;
  readonly words: string;
}

export interface AdminOptions {
  readonly places: readonly Place[];
  /** At least 32 bytes. None: orders are taken by the socket alone, where the file's mode is what admits. @default none */
  readonly token?: string | undefined;
  /** Names by which it may be asked for, besides those of this computer and its addresses. @default none */
  readonly hosts?: readonly string[];
  /** Whether everybody who reaches it may read; else those on this computer may, and others with the token. @default false */
  readonly isReadByAll?: boolean;
  readonly health: () => Health;
  readonly status: () => Status;
  readonly metrics: (accept: string) => Exposition;
  readonly events: StatusEvents;
  /** The status page. None: JSON alone. @default none */
  readonly page?: string | undefined;
  readonly actions: AdminActions;
  readonly onAttempt: (attempt: OrderAttempt) => void;
  readonly onError: (error: unknown) => void;
  /** A monotonic clock. @unit ms */
  readonly now: () => number;
}

export interface Admin {
  /** By place, the port that is listened on; null of a socket. */
  readonly ports: readonly (number | null)[];
  close(): Promise<void>;
}

/** Each place has its own, so that the socket can be asked when the port is full. More than there are readers of events. */
const MOST_CONNECTIONS = 256;
/** Who is being answered when it ends has this long. @unit ms */
const GRACE_MS = 1000;

/**
 * How all stands, and the hand on the lever: for who is on call, for Prometheus and for orchestrators. Never for users.
 *
 * @throws KeelsonError `admin-token-short`, `admin-unusable`
 */
export async function startAdmin(options: AdminOptions): Promise<Admin> {
  const guard = options.token === undefined ? undefined : new TokenGuard(options.token, options.now);
  const servers: Server[] = [];
  const close = async (): Promise<void> => {
    options.events.close();
    await Promise.all(servers.map((server) => endServer(server, GRACE_MS)));
  };
  try {
    for (const place of options.places) {
      const server = adminServer(MOST_CONNECTIONS, (request, response) => {
        const desk = { request, response, guard, isSocket: place.kind === 'socket', options };
        answer(desk).catch((error: unknown) => {
          options.onError(error);
          if (!response.headersSent) send(request, response, problem(500, 'failed', 'It is in the log.'));
          else response.destroy();
        });
      });
      await listen(server, place);
      servers.push(server);
    }
  } catch (error) {
    await close();
    throw error;
  }
  return { ports: servers.map(portOf), close };
}

interface Desk {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly guard: TokenGuard | undefined;
  readonly isSocket: boolean;
  readonly options: AdminOptions;
}

const READS: Readonly<Record<string, (desk: Desk) => Answer | undefined>> = {
  '/': () => ({ ...text(['/status']), status: 303, headers: { location: 'status' } }),
  '/healthz': ({ options }) => healthAnswer(options.health(), 'live'),
  '/readyz': ({ options }) => healthAnswer(options.health(), 'ready'),
  '/metrics': ({ request, options }) => metrics(options.metrics(request.headers.accept ?? '')),
  '/status': statusAnswer,
};

/** Orchestrators have no token; a word of health is nobody's secret. */
const OPEN_TO_ALL = new Set(['/healthz', '/readyz']);

const WRITES: Readonly<Record<string, keyof AdminActions>> = {
  '/mode': 'mode',
  '/approve': 'approve',
  '/drain': 'drain',
  '/reload': 'reload',
};

async function answer(desk: Desk): Promise<void> {
  const { request, response, options } = desk;
  const [path = ''] = (request.url ?? '').split('?', 1);
  const read = Object.hasOwn(READS, path) ? READS[path] : undefined;
  const action = Object.hasOwn(WRITES, path) ? WRITES[path] : undefined;
  const isRead = request.method === 'GET' || request.method === 'HEAD';
  const others = refusalOfOthers(request, options.hosts ?? []);
  if (others !== undefined) send(request, response, problemOf(others));
  else if (read === undefined && action === undefined)
    send(request, response, problem(404, 'nothing', 'There are /status, /metrics, /healthz and /readyz.'));
  else if (read !== undefined && isRead) {
    const refusal = OPEN_TO_ALL.has(path) ? undefined : refusalToRead(desk);
    const given = refusal ?? read(desk);
    if (given !== undefined) send(request, response, given);
  } else if (action !== undefined && request.method === 'POST')
    send(request, response, await actionAnswer(desk, action));
  else {
    const allow = read === undefined ? 'POST' : 'GET, HEAD';
    // What it sends is not read: the connection goes with it.
    send(request, response, problem(405, 'method', `Ask by ${allow}.`, { allow, connection: 'close' }));
  }
}

function healthAnswer(health: Health, asked: 'live' | 'ready'): Answer {
  return text(health.words, health[asked] ? 200 : 503);
}

/** JSON, the page or events, by what is asked for. */
function statusAnswer({ request, response, options }: Desk): Answer | undefined {
  const accept = request.headers.accept ?? '';
  const { page, events } = options;
  if (qualityOf('text/event-stream', accept) > 0) {
    if (request.method === 'HEAD') return { ...text([]), headers: { 'content-type': 'text/event-stream' } };
    if (events.attach(response, { ...ALWAYS, vary: 'accept' })) return undefined;
    return problem(503, 'readers', 'Too many follow already.', { 'retry-after': '10' });
  }
  const isPage = page !== undefined && qualityOf('text/html', accept) > qualityOf('application/json', accept);
  const answered = isPage ? html(page) : json(options.status());
  return { ...answered, headers: { ...answered.headers, vary: 'accept' } };
}

function refusalToRead({ request, guard, isSocket, options }: Desk): Answer | undefined {
  if (isSocket || options.isReadByAll === true || isLocal(request)) return undefined;
  if (guard === undefined) return problem(403, 'elsewhere', 'It is read on its own computer.');
  return refusalOf(guard, request);
}

function refusalOf(guard: TokenGuard, request: IncomingMessage): Answer | undefined {
  const refusal = refusalByToken(guard, request);
  return refusal === undefined ? undefined : problemOf(refusal);
}

function problemOf({ status, code, words, headers }: Refusal): Answer {
  return problem(status, code, words, headers);
}

/** Who asks, and why. */
interface Asked {
  readonly by: string;
  readonly reason: string;
}

async function actionAnswer(desk: Desk, action: keyof AdminActions): Promise<Answer> {
  const { request, guard, isSocket, options } = desk;
  const from = isSocket ? 'socket' : addressOf(request);
  const tell = (outcome: OrderAttempt['outcome'], words: string, asked?: Asked): void =>
    options.onAttempt({ action, from, outcome, by: asked?.by ?? null, reason: asked?.reason ?? null, words });
  const refusal = refusalToWrite(guard, isSocket, request);
  if (refusal !== undefined) {
    tell('not-admitted', `It was answered ${refusal.status}.`);
    return { ...refusal, headers: { ...refusal.headers, connection: 'close' } };
  }
  const body = await readBody(request);
  if (body.kind === 'wrong') {
    tell('wrong', body.words);
    return problem(body.status, body.code, body.words, { connection: 'close' });
  }
  switch (action) {
    case 'mode':
      return run(readModeOrder(body.value), options.actions.mode, tell);
    case 'approve':
      return run(readApproveOrder(body.value), options.actions.approve, tell);
    case 'drain':
      return run(readDrainOrder(body.value), options.actions.drain, tell);
    case 'reload':
      return run(readReloadOrder(body.value), options.actions.reload, tell);
  }
}

function refusalToWrite(
  guard: TokenGuard | undefined,
  isSocket: boolean,
  request: IncomingMessage,
): Answer | undefined {
  if (isSocket) return undefined;
  if (guard === undefined)
    return problem(
      403,
      'no-orders',
      'This was started without KEELSON_ADMIN_TOKEN: orders are taken by the socket alone.',
    );
  return refusalOf(guard, request);
}

async function run<T extends Asked>(
  read: Read<T>,
  act: Action<T>,
  tell: (outcome: OrderAttempt['outcome'], words: string, asked?: Asked) => void,
): Promise<Answer> {
  if (read.kind === 'wrong') {
    tell('wrong', read.words);
    return problem(400, 'order', read.words);
  }
  try {
    const result = await act(read.order);
    tell(result.kind, result.words, read.order);
    return result.kind === 'done' ? json(result) : problem(409, 'refused', result.words);
  } catch (error) {
    tell('failed', 'It failed.', read.order);
    throw error;
  }
}

function portOf(server: Server): number | null {
  const address: AddressInfo | string | null = server.address();
  return typeof address === 'object' && address !== null ? address.port : null;
}
