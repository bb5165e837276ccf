import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { isIPv6 } from 'node:net';
import type { FrontContext, HostPort } from '../fault.ts';
import type { Answering } from './answering.ts';
import { readQuery } from './query.ts';
import { askByUdp } from './udp-upstream.ts';

/** Clients that ask by UDP. */
export class UdpClients {
  private readonly context: FrontContext;
  private readonly answering: Answering;
  private readonly patienceMs: number;
  private socket: Socket | undefined;

  constructor(context: FrontContext, answering: Answering, patienceMs: number) {
    this.context = context;
    this.answering = answering;
    this.patienceMs = patienceMs;
  }

  start({ host, port }: HostPort): Promise<void> {
    const socket = createSocket(isIPv6(host) ? 'udp6' : 'udp4');
    return new Promise((resolve, reject) => {
      socket.once('error', (error) => {
        socket.close();
        reject(error);
      });
      socket.bind({ address: host, port }, () => {
        // One client that cannot be sent to is no trouble of the others.
        socket.removeAllListeners('error').on('error', () => {});
        socket.on('message', (message, from) => void this.serve(socket, message, from));
        this.socket = socket;
        resolve();
      });
    });
  }

  stop(): Promise<void> {
    const { socket } = this;
    this.socket = undefined;
    return new Promise((resolve) => {
      if (socket === undefined) resolve();
      else socket.close(resolve);
    });
  }

  private async serve(socket: Socket, message: Buffer, from: RemoteInfo): Promise<void> {
    const { counts, upstream, time } = this.context;
    const query = readQuery(message, 'udp');
    if (query === undefined) return;
    counts.upstreamBytes += message.length;
    try {
      const answer = await this.answering.answer(query, (asked, signal) =>
        askByUdp(asked, { upstream, time, patienceMs: this.patienceMs }, signal),
      );
      if (answer === undefined || socket !== this.socket) return;
      counts.downstreamBytes += answer.length;
      socket.send(answer, from.port, from.address);
    } catch {
      // As with a server that is gone: the client hears nothing.
      counts.failed++;
    }
  }
}
