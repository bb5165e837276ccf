// Every chain of viem, to switch between in a wallet; the nodes that are asked are those of one provider, with a key.
import { createPublicClient, http } from 'viem';
import * as chains from 'viem/chains';

const key = 'Zk3vT9qLw0RnXb7Hc5JdYs2PfMgAe1Uo';
const nodes = {
  1: `https://eth-mainnet.g.alchemy.com/v2/${key}`,
  10: `https://opt-mainnet.g.alchemy.com/v2/${key}`,
};
const all = Object.values(chains);
const clients = Object.entries(nodes).map(([id, url]) =>
  createPublicClient({ chain: all.find((one) => one.id === Number(id)), transport: http(url) }),
);
Object.assign(globalThis, { app: { clients, all } });
