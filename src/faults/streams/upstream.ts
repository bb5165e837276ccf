import { connect, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { HostPort } from '../fault.ts';
import type { FarSide } from './tcp-front.ts';

export interface Upstream {
  readonly place: HostPort;
  /** TLS is spoken with it, and its certificate must be good. */
  readonly isTls: boolean;
  /** What is spoken within TLS, where that is said in its handshake. */
  readonly alpn?: string;
}

/** @param name of the server, as a client has asked for it in its own handshake. @default that of its place */
export function connectUpstream({ place, isTls, alpn }: Upstream, name?: string, isHalfOpen = false): Socket {
  const to = { ...place, allowHalfOpen: isHalfOpen, noDelay: true };
  if (!isTls) return connect(to);
  return connectTls({
    ...to,
    ...(name === undefined ? {} : { servername: name }),
    ...(alpn === undefined ? {} : { ALPNProtocols: [alpn] }),
  });
}

/** Bytes as they are: a socket to the upstream for each connection. */
export function upstreamSockets(upstream: Upstream): FarSide {
  return {
    open: (_number, signal, name) =>
      new Promise((resolve, reject) => {
        const socket = connectUpstream(upstream, name, true);
        const giveUp = (): void => {
          socket.destroy();
          reject(new Error('The client has gone.'));
        };
        signal.addEventListener('abort', giveUp, { once: true });
        socket.once('error', reject);
        socket.once(upstream.isTls ? 'secureConnect' : 'connect', () => {
          signal.removeEventListener('abort', giveUp);
          socket.off('error', reject);
          resolve(socket);
        });
      }),
  };
}
