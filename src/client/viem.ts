import { chainPool } from './index.ts';
import { transportWith } from './viem-transport.ts';

export type { KeelsonTransport, TransportOptions } from './viem-transport.ts';

/**
 * A transport of viem over a pool, or over one of its own that is made of these options with the first request.
 *
 * @throws KeelsonError `client-options`, with the first request, where options are wrong
 */
export const keelsonTransport = transportWith(chainPool);
