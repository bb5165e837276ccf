import { ChainClient } from './chain-client.ts';
import type { ChainPoolOptions } from './options.ts';
import { socketsOf, type WebSocketConstructor } from './sockets.ts';

export * from './exports.ts';

/**
 * Nodes of one chain, asked as one: an EIP-1193 provider for browsers, and wherever there is a WebSocket. In Node the package's `exports`
 * choose node.ts instead, whose sockets are those of `ws`.
 *
 * @throws KeelsonError `client-options` with everything that is wrong with the options
 */
export function chainPool(options: ChainPoolOptions): ChainClient {
  const { WebSocket } = globalThis as { readonly WebSocket?: WebSocketConstructor }; // not everywhere
  return new ChainClient(options, WebSocket === undefined ? undefined : socketsOf(WebSocket));
}
