import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';

/**
 * Closes a socket with RST, now. Node's `resetAndDestroy` ends it first, so that it waits for whoever does not read what was written; and where
 * an end is on its way, it fails and leaves the socket open. One that is ending is closed without a reset.
 */
export function resetNow(socket: Duplex): void {
  const isEnding = socket.writableEnded && !socket.writableFinished;
  // What `resetAndDestroy` tells its own end by; without it this is a plain close.
  if (socket instanceof Socket && !isEnding) Object.assign(socket, { resetAndClosing: true });
  socket.destroy();
}
