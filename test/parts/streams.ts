/** Servers and clients of plain TCP, and what becomes of a connection. */
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

export interface StreamServer {
  readonly port: number;
  readonly place: string;
  /** How connections ended that are over: the code of an error, or `closed`. */
  readonly ends: readonly string[];
  readonly sockets: ReadonlySet<Socket>;
  close(): Promise<void>;
}

/** Hands each connection on; half-open ones stay so. */
export async function startStreamServer(serve: (socket: Socket) => void): Promise<StreamServer> {
  const sockets = new Set<Socket>();
  const ends: string[] = [];
  const server: Server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
    sockets.add(socket);
    let end = 'closed';
    socket.on('error', (error) => {
      end = codeOf(error);
    });
    socket.on('close', () => {
      sockets.delete(socket);
      ends.push(end);
    });
    serve(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  // A server that listens at a port has an address of this kind.
  const { port } = server.address() as AddressInfo;
  return {
    port,
    place: `127.0.0.1:${port}`,
    ends,
    sockets,
    close: () =>
      new Promise((resolve) => {
        for (const socket of sockets) socket.destroy();
        server.close(() => resolve());
      }),
  };
}

/** What comes goes back, and the end too. */
export const echo = (socket: Socket): void => void socket.pipe(socket);

export interface Talk {
  /** Everything that came. */
  readonly bytes: Buffer;
  /** How it came: sizes of what was read at once. */
  readonly sizes: readonly number[];
  /** From when it was connected until the first bytes, the end of the other side and the close. @unit ms */
  readonly firstMs: number | undefined;
  readonly endMs: number | undefined;
  readonly closeMs: number;
  /** The code of an error, such as ECONNRESET. */
  readonly error: string | undefined;
}

/** Says something, ends unless it is to stay open, and waits until the connection is closed. */
export function talk(place: string, words: Buffer | string, ends = true): Promise<Talk> {
  const { socket, done } = converse(place);
  if (ends) socket.end(words);
  else socket.write(words);
  return done;
}

/** The same, with the socket at hand. */
export function converse(place: string): { readonly socket: Socket; readonly done: Promise<Talk> } {
  const port = Number(place.split(':').at(-1));
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true, noDelay: true });
  const parts: Buffer[] = [];
  let began = performance.now();
  let [firstMs, endMs, error]: [number?, number?, string?] = [];
  socket.on('connect', () => {
    began = performance.now();
  });
  socket.on('data', (part: Buffer) => {
    firstMs ??= performance.now() - began;
    parts.push(part);
  });
  socket.on('end', () => {
    endMs = performance.now() - began;
    socket.end();
  });
  socket.on('error', (cause) => {
    error = codeOf(cause);
  });
  const done = new Promise<Talk>((resolve) => {
    socket.on('close', () =>
      resolve({
        bytes: Buffer.concat(parts),
        sizes: parts.map(({ length }) => length),
        firstMs,
        endMs,
        closeMs: performance.now() - began,
        error,
      }),
    );
  });
  return { socket, done };
}

function codeOf(error: Error): string {
  return 'code' in error ? String(error.code) : error.message;
}
