import type { IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json, metrics, send, text, type Answer } from '../../admin/answers.ts';
import { listen } from '../../admin/listen.ts';
import { refusalByToken, refusalOfOthers, type Refusal } from '../../admin/refusal.ts';
import { adminServer, endServer } from '../../admin/server.ts';
import { isLocal, TokenGuard } from '../../admin/who-asks.ts';
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

const MOST_CONNECTIONS = 64;

/**
 * How guards stand, for people and for Prometheus. It takes no orders: those are files (orders.ts).
 *
 * @throws KeelsonError `admin-unusable`, `admin-token-short`
 */
export async function startGuardAdmin(options: GuardAdminOptions): Promise<GuardAdmin> {
  const { host, port, token } = options;
  const guard = token === undefined ? undefined : new TokenGuard(token, () => performance.now());
  const server = adminServer(MOST_CONNECTIONS, (request, response) => {
    let answer: Answer;
    try {
      answer = answerTo(request, options, guard);
    } catch {
      answer = text(['It failed.'], 500);
    }
    send(request, response, answer);
  });
  await listen(server, { kind: 'port', host, port });
  const { port: given } = server.address() as AddressInfo; // listens on a port
  return { port: given, close: () => endServer(server, 0) };
}

function answerTo(
  request: IncomingMessage,
  options: GuardAdminOptions,
  guard: TokenGuard | undefined,
): Answer {
  const [path = ''] = (request.url ?? '').split('?', 1);
  const others = refusalOfOthers(request, []);
  if (others !== undefined) return refused(others);
  if (request.method !== 'GET' && request.method !== 'HEAD')
    return refused({
      status: 405,
      words: 'Ask by GET. Orders are given by keelson guard freeze, thaw, kill and retry.',
      // What it sends is not read: the connection goes with it.
      headers: { allow: 'GET, HEAD', connection: 'close' },
    });
  if (path === '/healthz') return text(['It runs.']);
  if (path === '/readyz') {
    const why = readiness(options.status());
    return why.length === 0 ? text(['It guards.']) : text(why, 503);
  }
  if (path !== '/status' && path !== '/metrics')
    return text(['There are /status, /metrics, /healthz and /readyz.'], 404);
  const refusal = refusalToRead(request, guard);
  if (refusal !== undefined) return refusal;
  if (path === '/status') return json(options.status());
  return metrics(options.metrics(request.headers.accept ?? ''));
}

function refusalToRead(request: IncomingMessage, guard: TokenGuard | undefined): Answer | undefined {
  if (isLocal(request)) return undefined;
  if (guard === undefined) return text(['It is read on its own computer.'], 403);
  const refusal = refusalByToken(guard, request);
  return refusal === undefined ? undefined : refused(refusal);
}

function refused({ status, words, headers }: Omit<Refusal, 'code'>): Answer {
  const answer = text([words], status);
  return { ...answer, headers: { ...answer.headers, ...headers } };
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
