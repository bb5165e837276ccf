// All of ethers, as who includes it by one name does; one node, which is the platform's own.
import { ethers } from 'ethers';

const provider = new ethers.JsonRpcProvider('https://node.tetherline.test/rpc');
Object.assign(globalThis, { app: { provider, ethers } });
