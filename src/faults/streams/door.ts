import { createServer, type Server, type Socket } from 'node:net';
import type { HostPort } from '../fault.ts';
import { placeText } from '../settings/place.ts';

/** More at a time are not taken. */
const MOST_CONNECTIONS = 10_000;

/** What listens for a proxy; it is opened and shut as often as one likes, and keeps its port. */
export class Door {
  private readonly onClient: (client: Socket) => void;
  private place: HostPort;
  private server: Server | undefined;

  /** @param place port 0: the system gives one, when it is opened first */
  constructor(place: HostPort, onClient: (client: Socket) => void) {
    this.place = place;
    this.onClient = onClient;
  }

  get isOpen(): boolean {
    return this.server !== undefined;
  }

  /** @returns where: HOST:PORT. Rejects with what the system says. */
  async open(): Promise<string> {
    // Ends of one direction are the links' to hand on.
    const server = createServer({ allowHalfOpen: true, noDelay: true }, this.onClient);
    server.maxConnections = MOST_CONNECTIONS;
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(this.place.port, this.place.host, () => {
        server.off('error', reject);
        server.on('error', () => undefined);
        resolve();
      });
    });
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('It has no address.');
    this.server = server;
    this.place = { host: address.address, port: address.port };
    return placeText(this.place);
  }

  /**
   * Connections are refused from now on.
   *
   * @returns resolves when those that were taken have been closed, which is for others to do
   */
  shut(): Promise<void> {
    const { server } = this;
    this.server = undefined;
    return new Promise((resolve) => {
      if (server === undefined) resolve();
      else server.close(() => resolve());
    });
  }
}
