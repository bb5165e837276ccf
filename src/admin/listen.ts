import { lstatSync, unlinkSync } from 'node:fs';
import type { Server } from 'node:http';
import { connect } from 'node:net';
import { KeelsonError } from '../errors.ts';

/** Where it is listened. */
export type Place =
  | { readonly kind: 'port'; readonly host: string; readonly port: number }
  /** A socket in the file system, for who may open that file: the user this runs as. */
  | { readonly kind: 'socket'; readonly path: string };

/** What the system takes, with its ending zero. @unit bytes */
const LONGEST_PATH = 107;
/** Nobody but the owner may open what is made meanwhile. */
const OWNER_ONLY = 0o177;

/**
 * Resolves once it listens. A socket that a program has left behind when it was killed is replaced; one that somebody listens on is not,
 * nor a file of another kind.
 *
 * @throws KeelsonError `admin-unusable`
 */
export async function listen(server: Server, place: Place): Promise<void> {
  if (place.kind === 'port') {
    await bound(server, place, () => server.listen(place.port, place.host));
    return;
  }
  if (Buffer.byteLength(place.path) > LONGEST_PATH)
    throw unusable(place, `its path is longer than ${LONGEST_PATH} bytes`);
  await makeRoom(place);
  await bound(server, place, () => {
    // From its first moment, not by a change of mode after it: bind makes the file before listen returns.
    const before = process.umask(OWNER_ONLY);
    try {
      server.listen(place.path);
    } finally {
      process.umask(before);
    }
  });
}

function bound(server: Server, place: Place, start: () => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const fail = (error: Error): void => reject(unusable(place, codeOf(error), error));
    server.once('error', fail);
    server.once('listening', () => {
      server.off('error', fail);
      // Later ones are of connections that could not be taken: who asks, asks again.
      server.on('error', () => undefined);
      resolve();
    });
    start();
  });
}

async function makeRoom(place: Extract<Place, { kind: 'socket' }>): Promise<void> {
  const found = lstatSync(place.path, { throwIfNoEntry: false });
  if (found === undefined) return;
  if (!found.isSocket()) throw unusable(place, 'there is a file that is no socket');
  if (await isListenedOn(place.path)) throw unusable(place, 'somebody listens on it');
  unlinkSync(place.path);
}

function isListenedOn(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ path }, () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', (error) => resolve(codeOf(error) !== 'ECONNREFUSED'));
  });
}

function unusable(place: Place, why: string, cause?: unknown): KeelsonError {
  const where = place.kind === 'port' ? `${place.host}:${place.port}` : place.path;
  return new KeelsonError('admin-unusable', `The admin server cannot listen on ${where}: ${why}.`, {
    hint: 'Give it another place, or end what is there.',
    cause,
  });
}

function codeOf(error: Error): string {
  return 'code' in error ? String(error.code) : error.message;
}
