import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { FaultServer } from '../fault-server.ts';
import type { HostPort } from '../fault.ts';
import { isLoopback, placeText } from '../settings/place.ts';
import { badRequest, Refusal } from '../refusal.ts';
import { answerTo, type Reply } from './routes.ts';

export interface ControlOptions {
  /** @default 127.0.0.1 */
  readonly host?: string;
  /** 0: the system gives one. @default 8474 */
  readonly port?: number;
  /** It may listen for others than this computer: whoever reaches it can reach what this computer reaches. @default false */
  readonly allowRemote?: boolean;
}

export interface Control {
  readonly place: HostPort;
  /** Ends it. The fault server is not closed. */
  close(): Promise<void>;
}

/** @unit bytes */
const MOST_BYTES = 1_000_000;
const BOUNDS = {
  maxHeaderSize: 16_384,
  headersTimeout: 10_000,
  requestTimeout: 10_000,
  keepAliveTimeout: 5_000,
};
const MOST_CONNECTIONS = 100;

/**
 * The control API of Toxiproxy 2, with additions (docs/faults.md).
 *
 * @throws Refusal 400 the host is not of this computer, 500 it cannot listen there
 */
export async function openControl(
  faults: FaultServer,
  { host = '127.0.0.1', port = 8474, allowRemote = false }: ControlOptions = {},
): Promise<Control> {
  if (!allowRemote && !isLoopback(host))
    throw badRequest([
      `Expected the control API on this computer alone, such as 127.0.0.1:${port}, found ${placeText({ host, port })}: others are let in with --allow-remote.`,
    ]);
  const server = createServer(BOUNDS, (request, response) => void serve(faults, request, response));
  server.maxConnections = MOST_CONNECTIONS;
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => reject(cannotListen({ host, port }, error)));
    server.listen(port, host, resolve);
  });
  // A server that listens at a port has an address of this kind.
  const address = server.address() as AddressInfo;
  return {
    place: { host: address.address, port: address.port },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function cannotListen(place: HostPort, error: Error): Refusal {
  const why = 'code' in error ? String(error.code) : error.message;
  return new Refusal(500, `listen ${placeText(place)}`, [`Expected to listen there, found ${why}.`]);
}

async function serve(faults: FaultServer, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { status, type, body } = await replyTo(faults, request);
  response.writeHead(status, {
    ...(body === undefined ? {} : { 'content-type': type, 'content-length': Buffer.byteLength(body) }),
    'x-content-type-options': 'nosniff',
    // What was not read to its end is not read on.
    ...(request.complete ? {} : { connection: 'close' }),
  });
  response.end(body);
}

async function replyTo(faults: FaultServer, request: IncomingMessage): Promise<Reply> {
  try {
    refuseBrowsers(request);
    const body = await readBody(request);
    return await answerTo(faults, request.method ?? '', request.url ?? '', body);
  } catch (error) {
    const status = error instanceof Refusal ? error.status : 500;
    const words = error instanceof Error ? error.message : String(error);
    return {
      status,
      type: 'application/json',
      body: `${JSON.stringify({ error: words, status })}\n`,
    };
  }
}

/** A page in a browser could otherwise have it open ports to wherever this computer reaches. */
function refuseBrowsers({ headers }: IncomingMessage): void {
  if (headers['user-agent']?.startsWith('Mozilla') === true || headers.origin !== undefined)
    throw new Refusal(403, 'User agent not allowed', ['Expected a program, found a browser.']);
}

async function readBody(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const part of request) {
      // Of a request without an encoding these are bytes.
      parts.push(part as Buffer);
      bytes += parts.at(-1)?.length ?? 0;
      if (bytes > MOST_BYTES)
        throw new Refusal(413, 'bad request body', [`Expected at most ${MOST_BYTES} bytes, found more.`]);
    }
  } catch (error) {
    throw error instanceof Refusal ? error : badRequest(['Expected a whole request, found its beginning.']);
  }
  return Buffer.concat(parts).toString();
}
