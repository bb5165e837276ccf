// A page that asks the node that viem has for its chain, and says so nowhere else.
import { createPublicClient, http } from 'viem';
import { polygon } from 'viem/chains';

Object.assign(globalThis, { app: createPublicClient({ chain: polygon, transport: http() }) });
