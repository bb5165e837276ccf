import { setMaxListeners } from 'node:events';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import type { FrontContext, HostPort } from '../fault.ts';
import type { Answering } from './answering.ts';
import { framed, Frames } from './frames.ts';
import { readQuery } from './query.ts';
import { TcpUpstream } from './tcp-upstream.ts';

const MOST_CLIENTS = 200;
/** What a client may leave unread. @unit bytes */
const MOST_UNREAD = 1_000_000;
/** @unit ms */
const IDLE_MS = 30_000;

/** Clients that ask by TCP. */
export class TcpClients {
  private readonly context: FrontContext;
  private readonly answering: Answering;
  private readonly patienceMs: number;
  private readonly open = new Set<Socket>();
  private server: Server | undefined;

  constructor(context: FrontContext, answering: Answering, patienceMs: number) {
    this.context = context;
    this.answering = answering;
    this.patienceMs = patienceMs;
  }

  /** @returns where it listens */
  start({ host, port }: HostPort): Promise<HostPort> {
    const server = createServer({ noDelay: true, allowHalfOpen: true }, (socket) => this.serve(socket));
    server.maxConnections = MOST_CLIENTS;
    this.server = server;
    return new Promise((resolve, reject) => {
      server.on('error', reject);
      server.listen({ host, port }, () => {
        // An address of TCP, as it listens on a port.
        const { address, port: given } = server.address() as AddressInfo;
        resolve({ host: address, port: given });
      });
    });
  }

  async stop(): Promise<void> {
    const { server } = this;
    this.server = undefined;
    const closed = new Promise<void>((resolve) => {
      if (server?.listening) server.close(() => resolve());
      else resolve();
    });
    for (const socket of this.open) socket.destroy();
    await closed;
  }

  private serve(socket: Socket): void {
    const { counts, upstream, time } = this.context;
    const server = new TcpUpstream({ upstream, time, patienceMs: this.patienceMs });
    const gone = new AbortController();
    // Each query that waits hears it.
    setMaxListeners(0, gone.signal);
    const frames = new Frames();
    let unanswered = 0;
    let hasEnded = false;
    const endWhenAnswered = (): void => {
      if (hasEnded && unanswered === 0) socket.end();
    };
    counts.accepted++;
    counts.open++;
    this.open.add(socket);
    socket.setTimeout(IDLE_MS, () => socket.destroy());
    socket.on('data', (chunk) => {
      counts.upstreamBytes += chunk.length;
      for (const message of frames.take(chunk)) {
        const query = readQuery(message, 'tcp');
        // What is no query may be no DNS at all: nothing more is to be heard from there.
        if (query === undefined) return void socket.destroy();
        unanswered++;
        this.answering
          .answer(query, (asked, signal) => server.ask(asked, signal), gone.signal)
          .then(
            (answer) => {
              unanswered--;
              if (answer !== undefined) this.send(socket, answer);
              endWhenAnswered();
            },
            () => {
              counts.failed++;
              socket.destroy();
            },
          );
      }
    });
    socket.on('end', () => {
      hasEnded = true;
      endWhenAnswered();
    });
    socket.on('error', () => {});
    socket.on('close', () => {
      counts.open--;
      this.open.delete(socket);
      gone.abort();
      server.close();
    });
  }

  private send(socket: Socket, answer: Uint8Array): void {
    if (socket.destroyed) return;
    const bytes = framed(answer);
    this.context.counts.downstreamBytes += bytes.length;
    socket.write(bytes);
    if (socket.writableLength > MOST_UNREAD) socket.destroy();
  }
}
