import { connect as connectTcp, isIP, type Socket } from 'node:net';
import { connect as connectTls, type SecureContext } from 'node:tls';
import type { Certificate, Trouble } from '../crawl.ts';
import { readCertificate } from './certificate.ts';
import { describeFailure } from '../failure.ts';

/** Where a connection to an address really goes: sandboxes and tests have no internet. */
export type ConnectTo = (address: string, port: number) => { readonly host: string; readonly port: number };

export interface ConnectionOptions {
  /** Of the URL: for SNI, and whom the certificate is to be for. An address stands without brackets. */
  readonly host: string;
  /** To which it is connected, judged already. */
  readonly address: string;
  readonly port: number;
  readonly isSecure: boolean;
  readonly connectTo: ConnectTo;
  readonly secureContext: SecureContext | undefined;
  readonly timeoutMs: number;
  readonly certificateNames: number;
  readonly signal: AbortSignal;
}

export type Connection =
  | {
      readonly kind: 'open';
      readonly socket: Socket;
      readonly certificate?: Certificate;
      /** Why the certificate is not trusted. */
      readonly distrust?: string;
    }
  | { readonly kind: 'failed'; readonly code: Trouble['code']; readonly why: string };

/** Addresses of one host that are tried. */
const MOST_ADDRESSES = 2;

/** Connects to the first address that lets it. What is slow is not tried elsewhere. */
export async function connectToOneOf(
  addresses: readonly string[],
  options: Omit<ConnectionOptions, 'address'>,
): Promise<{ readonly connection: Connection; readonly address: string }> {
  let connection: Connection = { kind: 'failed', code: 'connection', why: 'no address' };
  let address = '';
  for (address of addresses.slice(0, MOST_ADDRESSES)) {
    connection = await openConnection({ ...options, address });
    if (connection.kind === 'open' || connection.code !== 'connection') break;
  }
  return { connection, address };
}

/** Connects to an address, never to a name. A certificate that is not trusted is said, and no more: nothing that is secret is ever sent. */
function openConnection(options: ConnectionOptions): Promise<Connection> {
  const { host, isSecure, signal, secureContext } = options;
  const to = options.connectTo(options.address, options.port);
  return new Promise((resolve) => {
    const tcp = connectTcp({ host: to.host, port: to.port });
    const socket = !isSecure
      ? tcp
      : connectTls({
          socket: tcp,
          ...(isIP(host) === 0 ? { servername: host } : { host }),
          ALPNProtocols: ['http/1.1'],
          rejectUnauthorized: false,
          ...(secureContext === undefined ? {} : { secureContext }),
        });
    const fail = (code: Trouble['code'], why: string): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
      socket.destroy();
      tcp.destroy();
      resolve({ kind: 'failed', code, why });
    };
    const onAbort = (): void => fail('budget-spent', 'the time for this platform is over');
    const timer = setTimeout(
      () => fail('timed-out', `no connection within ${options.timeoutMs / 1000} s`),
      options.timeoutMs,
    );
    signal.addEventListener('abort', onAbort);
    let isConnected = false;
    tcp.once('connect', () => {
      isConnected = true;
    });
    const onError = (error: Error): void =>
      fail(isSecure && isConnected ? 'tls' : 'connection', describeFailure(error));
    tcp.on('error', onError);
    socket.on('error', onError);
    socket.once('close', () =>
      fail(isSecure && isConnected ? 'tls' : 'connection', 'the connection was closed'),
    );
    socket.once(isSecure ? 'secureConnect' : 'connect', () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
      resolve({ kind: 'open', socket, ...certificateOf(socket, options) });
    });
  });
}

function certificateOf(
  socket: Socket,
  { certificateNames }: ConnectionOptions,
): { certificate?: Certificate; distrust?: string } {
  if (!('getPeerX509Certificate' in socket) || typeof socket.getPeerX509Certificate !== 'function') return {};
  // It is a TLSSocket, which has these two.
  const { authorized, authorizationError } = socket as unknown as {
    authorized: boolean;
    authorizationError: unknown;
  };
  const certificate = readCertificate(socket.getPeerX509Certificate(), authorized, certificateNames);
  return {
    ...(certificate === undefined ? {} : { certificate }),
    ...(authorized ? {} : { distrust: describeFailure(authorizationError) }),
  };
}
