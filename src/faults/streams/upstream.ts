import { connect } from 'node:net';
import type { HostPort } from '../fault.ts';
import type { FarSide } from './tcp-front.ts';

/** Bytes as they are: a socket to the upstream for each connection. */
export function upstreamSockets({ host, port }: HostPort): FarSide {
  return {
    open: (_number, signal) =>
      new Promise((resolve, reject) => {
        const socket = connect({ host, port, allowHalfOpen: true, noDelay: true });
        const giveUp = (): void => {
          socket.destroy();
          reject(new Error('The client has gone.'));
        };
        signal.addEventListener('abort', giveUp, { once: true });
        socket.once('error', reject);
        socket.once('connect', () => {
          signal.removeEventListener('abort', giveUp);
          socket.off('error', reject);
          resolve(socket);
        });
      }),
  };
}
