import { bytesOf, hexOf, keccak256, type Call } from '../chain/index.ts';

/** Larger texts are not hashed for anybody. @unit bytes */
const MOST_HASHED = 1_000_000;

/** What the pool answers by itself, as raw text; undefined where it does not. @param latest the number of the block that stands for it */
export function ownAnswer({ method, params }: Call, chain: number, latest: number): string | undefined {
  switch (method) {
    case 'eth_chainId':
      return `"0x${chain.toString(16)}"`;
    case 'net_version':
      return `"${chain}"`;
    case 'eth_blockNumber':
      return `"0x${latest.toString(16)}"`;
    case 'net_listening':
      return 'true';
    case 'eth_syncing':
      return 'false';
    case 'eth_accounts':
      return '[]';
    case 'web3_clientVersion':
      return '"keelson"';
    case 'web3_sha3': {
      const bytes = bytesOf(params[0], MOST_HASHED);
      return bytes === undefined ? undefined : `"${hexOf(keccak256(bytes))}"`;
    }
    default:
      return undefined;
  }
}
