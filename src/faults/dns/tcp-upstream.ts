import { connect, type Socket } from 'node:net';
import type { Time } from '../../time.ts';
import type { HostPort } from '../fault.ts';
import { framed, Frames } from './frames.ts';
import { isAnswerTo, type DnsQuery } from './query.ts';

export interface TcpUpstreamOptions {
  readonly upstream: HostPort;
  readonly time: Time;
  /** How long an answer is waited for. @unit ms */
  readonly patienceMs: number;
}

interface Asked {
  readonly query: DnsQuery;
  /** On which connection. */
  readonly on: Socket;
  finish(answer: Uint8Array | undefined, error?: Error): void;
}

/** The name server as one client sees it by TCP: a connection that is opened when something is asked, and opened again when it was closed. */
export class TcpUpstream {
  private readonly options: TcpUpstreamOptions;
  private readonly asked = new Map<number, Asked>();
  private socket: Socket | undefined;

  constructor(options: TcpUpstreamOptions) {
    this.options = options;
  }

  /**
   * @returns undefined when no answer came in time
   * @throws when the server cannot be reached or closes the connection without an answer
   */
  ask(query: DnsQuery, signal: AbortSignal): Promise<Uint8Array | undefined> {
    return new Promise((resolve, reject) => {
      // An id stands for one question at a time on a connection (RFC 7766, section 6.2.1).
      if (signal.aborted || this.asked.has(query.id)) return resolve(undefined);
      const giveUp = (): void => asked.finish(undefined);
      const callOff = this.options.time.after(this.options.patienceMs, giveUp);
      this.socket ??= this.open();
      const asked: Asked = {
        query,
        on: this.socket,
        finish: (answer, error) => {
          callOff();
          signal.removeEventListener('abort', giveUp);
          this.asked.delete(query.id);
          if (error === undefined) resolve(answer);
          else reject(error);
        },
      };
      signal.addEventListener('abort', giveUp);
      this.asked.set(query.id, asked);
      this.socket.write(framed(query.bytes));
    });
  }

  close(): void {
    this.socket?.destroy();
  }

  private open(): Socket {
    const { host, port } = this.options.upstream;
    const socket = connect({ host, port, noDelay: true });
    const frames = new Frames();
    let why: Error | undefined;
    socket.on('data', (chunk) => {
      for (const message of frames.take(chunk)) this.hear(message);
    });
    socket.on('error', (error) => {
      why = error;
    });
    const leave = (): void => {
      if (this.socket === socket) this.socket = undefined;
      socket.destroy();
    };
    // Servers close what is idle: what is asked after that is asked on another connection.
    socket.on('end', leave);
    socket.on('close', () => {
      leave();
      const error = why ?? new Error('Expected an answer, found the connection closed.');
      for (const { on, finish } of [...this.asked.values()]) if (on === socket) finish(undefined, error);
    });
    return socket;
  }

  private hear(message: Buffer): void {
    const asked = message.length < 2 ? undefined : this.asked.get(message.readUInt16BE(0));
    if (asked !== undefined && isAnswerTo(asked.query, message)) asked.finish(message);
  }
}
