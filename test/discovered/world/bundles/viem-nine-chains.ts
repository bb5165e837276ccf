// Nine chains with all that viem knows of them, and one node of the platform's own.
import { createPublicClient, http } from 'viem';
import { arbitrum, avalanche, base, bsc, gnosis, linea, mainnet, optimism, polygon } from 'viem/chains';

const chains = { mainnet, polygon, arbitrum, optimism, base, bsc, avalanche, gnosis, linea };
const client = createPublicClient({ chain: mainnet, transport: http('https://rpc.ninefold.test/eth') });
Object.assign(globalThis, {
  app: { client, names: Object.values(chains).map((chain) => [chain.id, chain]) },
});
