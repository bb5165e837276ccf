import { Client } from 'undici';
import type { ProbePlan, Target } from '../targets.ts';
import { connectorTo } from '../via.ts';
import type { Time } from '../../time.ts';

/** What a probe found. */
export interface Asked {
  readonly isGood: boolean;
  /** What was wrong, for people; undefined when nothing was. */
  readonly why: string | undefined;
  /** @unit ms */
  readonly tookMs: number;
}

/** More of an answer than this is not looked at. @unit bytes */
const MOST_BYTES = 65_536;

/**
 * Asks whether a target works, over a connection of its own: one that keeps only its old connections is not healthy.
 */
export async function askTarget(
  { origin, basePath, reached }: Pick<Target, 'origin' | 'basePath' | 'reached'>,
  probe: ProbePlan,
  time: Time,
): Promise<Asked> {
  const began = time.now();
  const client = new Client(origin, { connect: connectorTo(origin, reached, probe.timeoutMs) });
  const controller = new AbortController();
  // What came while this process itself was held up is read first.
  const callOff = time.after(probe.timeoutMs, () =>
    setImmediate(() => controller.abort(new Error('timeout'))),
  );
  const done = (why?: string): Asked => ({ isGood: why === undefined, why, tookMs: time.now() - began });
  try {
    const { statusCode, body } = await client.request({
      method: 'GET',
      path: basePath + probe.path,
      headers: { 'user-agent': 'keelson-probe', accept: '*/*' },
      signal: controller.signal,
      headersTimeout: 0,
      bodyTimeout: 0,
    });
    body.on('error', () => undefined);
    const isExpected =
      probe.status === undefined ? statusCode >= 200 && statusCode < 300 : statusCode === probe.status;
    if (!isExpected) return done(`answered ${statusCode}`);
    const text = await startOf(body);
    if (probe.contains !== undefined && !text.includes(probe.contains))
      return done(`its answer does not hold ${JSON.stringify(probe.contains)}`);
    return done();
  } catch (error) {
    return done(controller.signal.aborted ? `no answer within ${probe.timeoutMs} ms` : reasonOf(error));
  } finally {
    callOff();
    client.destroy().catch(() => undefined);
  }
}

async function startOf(body: AsyncIterable<Buffer>): Promise<string> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of body) {
    parts.push(part);
    bytes += part.length;
    if (bytes > MOST_BYTES) break;
  }
  return Buffer.concat(parts).toString('utf8');
}

/** Why nothing came, in one or two words and a code. */
export function reasonOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const known: Readonly<Record<string, string>> = {
    ECONNREFUSED: 'refused the connection',
    ECONNRESET: 'reset the connection',
    UND_ERR_SOCKET: 'closed the connection',
    UND_ERR_CONNECT_TIMEOUT: 'did not accept the connection in time',
    UND_ERR_HEADERS_TIMEOUT: 'did not answer in time',
    ENOTFOUND: 'its name is not known',
    EHOSTUNREACH: 'its host cannot be reached',
    ENETUNREACH: 'its network cannot be reached',
  };
  return known[code] ?? (code === '' ? 'failed' : `failed (${code})`);
}
