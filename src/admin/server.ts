import { createServer, type RequestListener, type Server } from 'node:http';

const BOUNDS = {
  maxHeaderSize: 16_384,
  headersTimeout: 10_000,
  requestTimeout: 10_000,
  keepAliveTimeout: 5_000,
};
/** A connection on which nothing moves for so long is closed; events move more often. @unit ms */
const IDLE_MS = 60_000;

/** One that nobody holds up by asking slowly or too often. It does not listen yet (listen.ts). */
export function adminServer(mostConnections: number, listener: RequestListener): Server {
  const server = createServer(BOUNDS, listener);
  server.setTimeout(IDLE_MS);
  server.maxConnections = mostConnections;
  return server;
}

/** @param graceMs who is being answered has this long. @unit ms */
export function endServer(server: Server, graceMs: number): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeIdleConnections();
    const late = setTimeout(() => server.closeAllConnections(), graceMs);
    server.once('close', () => clearTimeout(late));
  });
}
