/** The hash of a block's JSON, made with viem alone: what the product computes is not asked. */
import { concat, keccak256, toRlp, type Hex } from 'viem';

/** In the order of the header; those after the nonce came with forks, and are there up to the newest that the block has. */
const FIELDS = [
  ...['parentHash', 'sha3Uncles', 'miner', 'stateRoot', 'transactionsRoot', 'receiptsRoot', 'logsBloom'],
  ...['difficulty', 'number', 'gasLimit', 'gasUsed', 'timestamp', 'extraData', 'mixHash', 'nonce'],
  ...[
    'baseFeePerGas',
    'withdrawalsRoot',
    'blobGasUsed',
    'excessBlobGas',
    'parentBeaconBlockRoot',
    'requestsHash',
  ],
];
const QUANTITIES = new Set([
  ...['difficulty', 'number', 'gasLimit', 'gasUsed', 'timestamp'],
  ...['baseFeePerGas', 'blobGasUsed', 'excessBlobGas'],
]);

export function blockHash(block: Readonly<Record<string, unknown>>): Hex {
  const items: Hex[] = [];
  for (const name of FIELDS) {
    const value = block[name];
    if (typeof value !== 'string') continue;
    items.push(QUANTITIES.has(name) ? minimal(value) : (value as Hex));
  }
  return keccak256(toRlp(items));
}

/** An account as the state trie has it, and the only leaf of a trie: the root that such a trie has, and its proof. */
export function trieOfOne(keyHash: Hex, value: Hex): { readonly root: Hex; readonly proof: readonly Hex[] } {
  // The prefix 0x20 says: a leaf, and an even number of nibbles.
  const node = toRlp([concat(['0x20', keyHash]), value]);
  return { root: keccak256(node), proof: [node] };
}

export function minimal(quantity: string): Hex {
  const digits = quantity.slice(2).replace(/^0+/, '');
  return digits === '' ? '0x' : `0x${digits.length % 2 === 1 ? '0' : ''}${digits}`;
}
