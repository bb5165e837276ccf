import { once } from 'node:events';
import { createServer } from 'node:http';
import type { Socket } from 'node:net';
import { listenApart } from './part.ts';

export interface Site {
  readonly url: string;
  readonly host: string;
  readonly port: number;
  /** From now on connections are refused, and those that are open are gone. */
  refuse(): Promise<void>;
  /** It listens where it did. */
  accept(): Promise<void>;
  /** Requests that arrived, health apart. */
  arrived(): number;
  close(): Promise<void>;
}

/**
 * A site in this process that answers everything, and `/health`. One that fails in other ways is a process of its own: traffic.ts.
 *
 * @param name said in every answer, so that a test sees who answered
 */
export async function startSite(name: string): Promise<Site> {
  const host = '127.0.0.1';
  const body = JSON.stringify({ site: name });
  let arrived = 0;
  const sockets = new Set<Socket>();
  const server = createServer((request, response) => {
    if (request.url !== '/health') arrived++;
    response.writeHead(200, { 'content-type': 'application/json' }).end(body);
  });
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.once('close', () => sockets.delete(socket));
  });
  const refuse = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => resolve());
      for (const socket of sockets) socket.resetAndDestroy();
    });
  const port = await listenApart(server, host);
  return {
    url: `http://${host}:${port}`,
    host,
    port,
    refuse,
    async accept() {
      server.listen(port, host);
      await once(server, 'listening');
    },
    arrived: () => arrived,
    async close() {
      if (server.listening) await refuse();
    },
  };
}
