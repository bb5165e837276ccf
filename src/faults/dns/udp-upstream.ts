import { createSocket } from 'node:dgram';
import { isIPv6 } from 'node:net';
import type { Time } from '../../time.ts';
import type { HostPort } from '../fault.ts';
import { isAnswerTo, type DnsQuery } from './query.ts';

export interface UdpUpstream {
  readonly upstream: HostPort;
  readonly time: Time;
  /** How long an answer is waited for. @unit ms */
  readonly patienceMs: number;
}

/**
 * Asks by UDP, once, from a port of its own. What comes from elsewhere, or answers something else, is not heard.
 * @returns undefined when nothing came in time
 * @throws what the system says, such as ECONNREFUSED
 */
export function askByUdp(
  query: DnsQuery,
  { upstream, time, patienceMs }: UdpUpstream,
  signal: AbortSignal,
): Promise<Uint8Array | undefined> {
  return new Promise((resolve, reject) => {
    const socket = createSocket(isIPv6(upstream.host) ? 'udp6' : 'udp4');
    const finish = (answer: Uint8Array | undefined, error?: Error): void => {
      callOff();
      signal.removeEventListener('abort', giveUp);
      socket.removeAllListeners().on('error', () => {});
      socket.close();
      if (error === undefined) resolve(answer);
      else reject(error);
    };
    const giveUp = (): void => finish(undefined);
    const callOff = time.after(patienceMs, giveUp);
    signal.addEventListener('abort', giveUp);
    socket.on('error', (error) => finish(undefined, error));
    socket.on('message', (message) => {
      if (isAnswerTo(query, message)) finish(message);
    });
    // Connected: the system itself drops what another sends, and tells that a port is closed.
    socket.on('connect', () => socket.send(query.bytes));
    if (signal.aborted) giveUp();
    else socket.connect(upstream.port, upstream.host);
  });
}
