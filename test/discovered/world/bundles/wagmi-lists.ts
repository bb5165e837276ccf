// Chains as wagmi 1 had them, with bases of nodes that want a key, and a transport of viem that asks what its chain has by default.
import { createPublicClient, fallback, http } from 'viem';
import { base, mainnet } from 'viem/chains';

const chains = [mainnet, base].map((chain) => ({
  ...chain,
  bases: {
    alchemy: { 1: 'https://eth-mainnet.g.alchemy.com/v2', 8453: 'https://base-mainnet.g.alchemy.com/v2' },
    infura: { 1: 'https://mainnet.infura.io/v3', 10: 'https://optimism-mainnet.infura.io/v3' },
  },
}));
const custom = {
  id: 77_777,
  name: 'Ferry',
  nativeCurrency: { name: 'Ferry', symbol: 'FRY', decimals: 18 },
  rpcUrls: { default: { http: ['https://ferry.blockpi.network/v1/rpc/public'] } },
  blockExplorers: {
    default: { name: 'Scan', url: 'https://scan.ferry.test', apiUrl: 'https://api.etherscan.io/v2/api' },
  },
};
const own = 'https://lantern-quay.quiknode.pro/0123456789abcdef0123456789abcdef01234567/';
Object.assign(globalThis, {
  app: {
    chains,
    custom,
    ethereum: createPublicClient({ chain: mainnet, transport: fallback([http(own)]) }),
    base: createPublicClient({ chain: base, transport: http() }),
  },
});
