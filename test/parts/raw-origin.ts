import { createServer, type AddressInfo, type Socket } from 'node:net';
import { readRequests, type RawRequest } from './raw-requests.ts';

/** What an origin does with a request: writes on its socket what it likes. */
export type RawAnswer = (request: RawRequest, socket: Socket) => void;

/** An origin that keeps every byte that it is sent. */
export interface RawOrigin {
  readonly port: number;
  /** By connection, in order, as latin1. */
  readonly received: readonly string[];
  /** Everything that was received, read strictly. @throws when some of it cannot be read */
  requests(): readonly RawRequest[];
  /** Sockets that are open. */
  readonly sockets: ReadonlySet<Socket>;
  answer: RawAnswer;
  forget(): void;
  stop(): Promise<void>;
}

export const answerOk: RawAnswer = (_request, socket) => {
  socket.write('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok');
};

export async function startRawOrigin(): Promise<RawOrigin> {
  let received: { bytes: string }[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    let mine: { bytes: string } | undefined;
    let answered = 0;
    socket.setNoDelay(true);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => sockets.delete(socket));
    socket.on('data', (piece) => {
      if (mine === undefined || !received.includes(mine)) {
        // What has been answered is forgotten; the rest of a request is not.
        const { read } = readRequests(mine?.bytes ?? '');
        mine = { bytes: mine?.bytes.slice(read) ?? '' };
        answered = 0;
        received.push(mine);
      }
      mine.bytes += piece.toString('latin1');
      const { requests } = readRequests(mine.bytes);
      for (const request of requests.slice(answered)) {
        answered++;
        origin.answer(request, socket);
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const origin: RawOrigin = {
    // A TCP server has such an address.
    port: (server.address() as AddressInfo).port,
    get received() {
      return received.map(({ bytes }) => bytes);
    },
    sockets,
    answer: answerOk,
    requests: () =>
      received.flatMap(({ bytes }) => {
        const { requests, ended } = readRequests(bytes);
        if (ended === 'wrong')
          throw new Error(`The origin was sent what cannot be read: ${JSON.stringify(bytes)}`);
        return requests;
      }),
    forget: () => {
      received = [];
    },
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
  return origin;
}
