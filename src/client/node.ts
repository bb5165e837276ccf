import { ChainClient } from './chain-client.ts';
import type { ChainPoolOptions } from './options.ts';
import { wsSockets } from './ws-sockets.ts';

export * from './exports.ts';

/** As that of index.ts, for Node, which has no WebSocket of its own before version 22. */
export function chainPool(options: ChainPoolOptions): ChainClient {
  return new ChainClient(options, wsSockets);
}
