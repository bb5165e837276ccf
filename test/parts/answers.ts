/** Servers on loopback for one test, with answers that the test gives. */
import { once } from 'node:events';
import { createServer as createHttp, type RequestListener } from 'node:http';
import { createServer as createTcp, type Server, type Socket } from 'node:net';
import { freePort } from './part.ts';

const open = new Set<() => void>();

/** Ends what a test has opened. */
export function endAnswers(): void {
  for (const close of open) close();
  open.clear();
}

/** Answers requests. @returns where */
export async function answerWith(listener: RequestListener, port?: number): Promise<URL> {
  const server = createHttp(listener);
  open.add(() => {
    server.closeAllConnections();
    server.close();
  });
  return at(server, port);
}

/** Answers connections, by no protocol that it is held to. @returns where */
export async function connectWith(take: (socket: Socket) => void): Promise<URL> {
  const sockets = new Set<Socket>();
  const server = createTcp((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    take(socket);
  });
  open.add(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return at(server);
}

/** Where nobody listens. */
export async function nobodyAt(): Promise<URL> {
  return new URL(`http://127.0.0.1:${await freePort()}/`);
}

async function at(server: Server, given?: number): Promise<URL> {
  const port = given ?? (await freePort());
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return new URL(`http://127.0.0.1:${port}/`);
}
