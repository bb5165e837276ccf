import { connect, type Socket } from 'node:net';

/** What came back over a connection. */
export interface RawReply {
  /** As latin1. */
  readonly text: string;
  /** Of each answer, in order, 1xx left out. */
  readonly statuses: readonly number[];
  readonly isClosed: boolean;
}

/** Opens a connection that sends exactly what it is given. */
export function openRaw(port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true }, () => {
      socket.off('error', reject);
      socket.on('error', () => socket.destroy());
      resolve(socket);
    });
    socket.once('error', reject);
  });
}

/**
 * Sends bytes and gathers what comes back, until the connection ends or nothing follows for a while.
 *
 * @param quietMs for which nothing may come before it is taken for the end
 */
export async function sendRaw(port: number, bytes: string | Buffer, quietMs = 700): Promise<RawReply> {
  const socket = await openRaw(port);
  return new Promise((resolve) => {
    let text = '';
    let isClosed = false;
    const done = (): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve({ text, statuses: statusesIn(text), isClosed });
    };
    let timer = setTimeout(done, quietMs);
    socket.on('data', (piece) => {
      text += piece.toString('latin1');
      clearTimeout(timer);
      timer = setTimeout(done, quietMs);
    });
    const closed = (): void => {
      isClosed = true;
      done();
    };
    socket.once('end', closed);
    socket.once('close', closed);
    socket.write(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes);
  });
}

function statusesIn(text: string): number[] {
  return [...text.matchAll(/HTTP\/1\.1 ([2-9]\d\d) /g)].map((found) => Number(found[1]));
}
