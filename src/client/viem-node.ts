import { chainPool } from './node.ts';
import { transportWith } from './viem-transport.ts';

export type { KeelsonTransport, TransportOptions } from './viem-transport.ts';

/** As that of viem.ts, for Node. */
export const keelsonTransport = transportWith(chainPool);
