/** Servers on loopback for one test, with answers that the test gives. */
import { once } from 'node:events';
import { createServer as createHttp, type RequestListener } from 'node:http';
import { createServer as createTcp, type AddressInfo, type Server, type Socket } from 'node:net';

const open = new Set<() => void>();

/** Ends what a test has opened. */
export function endAnswers(): void {
  for (const close of open) close();
  open.clear();
}

/** Answers requests. @returns where */
export async function answerWith(listener: RequestListener, port = 0): Promise<URL> {
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
  return at(server, 0);
}

/** Where nobody listens. */
export async function nobodyAt(): Promise<URL> {
  const server = createTcp();
  const url = await at(server, 0);
  server.close();
  await once(server, 'close');
  return url;
}

async function at(server: Server, port: number): Promise<URL> {
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const { port: given } = server.address() as AddressInfo; // listens on a port
  return new URL(`http://127.0.0.1:${given}/`);
}
