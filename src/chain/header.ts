import { Fields } from './fields.ts';
import { bigintOf, hexOf, numberOf, quantityOf } from './hex.ts';
import { keccak256 } from './keccak.ts';
import { type Refused, refused } from './refusal.ts';
import { encode } from './rlp.ts';

/** Proof of authority writes all its signers here: 20 bytes each. @unit bytes */
const MOST_EXTRA_BYTES = 16_384;

type Form = 'hash' | 'address' | 'bloom' | 'quantity' | 'extra' | 'nonce';

/**
 * The fields of a header in the order in which they are hashed, by their names in JSON-RPC. Source: the yellow paper, section 4.4, and the
 * EIP of each that came later. Those that came later follow one another: none without all before it.
 */
const FIELDS: readonly (readonly [name: string, form: Form, isLater?: boolean])[] = [
  ['parentHash', 'hash'],
  ['sha3Uncles', 'hash'],
  ['miner', 'address'],
  ['stateRoot', 'hash'],
  ['transactionsRoot', 'hash'],
  ['receiptsRoot', 'hash'],
  ['logsBloom', 'bloom'],
  ['difficulty', 'quantity'],
  ['number', 'quantity'],
  ['gasLimit', 'quantity'],
  ['gasUsed', 'quantity'],
  ['timestamp', 'quantity'],
  ['extraData', 'extra'],
  ['mixHash', 'hash'],
  ['nonce', 'nonce'],
  ['baseFeePerGas', 'quantity', true], // EIP-1559, London
  ['withdrawalsRoot', 'hash', true], // EIP-4895, Shanghai
  ['blobGasUsed', 'quantity', true], // EIP-4844, Cancun
  ['excessBlobGas', 'quantity', true],
  ['parentBeaconBlockRoot', 'hash', true], // EIP-4788, Cancun
  ['requestsHash', 'hash', true], // EIP-7685, Prague
  ['blockAccessListHash', 'hash', true], // EIP-7928, Amsterdam
  ['slotNumber', 'quantity', true], // EIP-7843, Amsterdam
];

/** A header whose hash was computed from its fields. All hashes are hex in lower case. */
export interface Header {
  readonly kind: 'header';
  /** Up to 2^53 - 1. */
  readonly number: number;
  /** Computed, never what the node said. */
  readonly hash: string;
  readonly parentHash: string;
  readonly ommersHash: string;
  readonly stateRoot: string;
  readonly transactionsRoot: string;
  readonly receiptsRoot: string;
  readonly withdrawalsRoot: string | undefined;
  readonly requestsHash: string | undefined;
  readonly blockAccessListHash: string | undefined;
  readonly logsBloom: Uint8Array;
  /** @unit s since 1970 */
  readonly timestamp: number;
  /** @unit wei */
  readonly baseFeePerGas: bigint | undefined;
  readonly excessBlobGas: bigint | undefined;
  /** As it is hashed. */
  readonly bytes: Uint8Array;
  /** All that is proven by the hash, as JSON-RPC writes it, and the hash itself. */
  readonly fields: Readonly<Record<string, string>>;
}

/**
 * The header in the answer for a block, of any fork up to Amsterdam. The hash is computed from the fields; an answer that says another one
 * is refused, and so is a block that is still pending and has none.
 *
 * @param block result of `eth_getBlockByNumber` or the like, from whomever
 */
export function readHeader(block: unknown): Header | Refused {
  const fields = new Fields(block, 'header');
  const items: Uint8Array[] = [];
  const written: Record<string, string> = {};
  const read = new Map<string, Uint8Array>();
  let missing: string | undefined;
  for (const [name, form, isLater] of FIELDS) {
    if (isLater && !fields.has(name)) {
      missing ??= name;
      continue;
    }
    if (missing !== undefined) return refused(`header: expected ${missing} before ${name}`);
    const bytes = readField(fields, name, form);
    items.push(bytes);
    read.set(name, bytes);
    written[name] = form === 'quantity' ? quantityOf(bytes) : hexOf(bytes);
  }
  const said = fields.fixed('hash', 32);
  if (fields.why !== undefined) return refused(fields.why);

  const bytes = encode(items);
  const hash = hexOf(keccak256(bytes));
  if (hash !== hexOf(said))
    return refused(`header: expected hash ${hash} of its fields, found ${hexOf(said)}`);
  const number = numberOf(read.get('number') ?? new Uint8Array(9));
  const timestamp = numberOf(read.get('timestamp') ?? new Uint8Array(9));
  if (number === undefined || timestamp === undefined)
    return refused('header: number or timestamp beyond 2^53');
  const bigint = (name: string) => {
    const value = read.get(name);
    return value === undefined ? undefined : bigintOf(value);
  };
  return {
    kind: 'header',
    number,
    hash,
    parentHash: written.parentHash ?? '',
    ommersHash: written.sha3Uncles ?? '',
    stateRoot: written.stateRoot ?? '',
    transactionsRoot: written.transactionsRoot ?? '',
    receiptsRoot: written.receiptsRoot ?? '',
    withdrawalsRoot: written.withdrawalsRoot,
    requestsHash: written.requestsHash,
    blockAccessListHash: written.blockAccessListHash,
    logsBloom: read.get('logsBloom') ?? new Uint8Array(256),
    timestamp,
    baseFeePerGas: bigint('baseFeePerGas'),
    excessBlobGas: bigint('excessBlobGas'),
    bytes,
    fields: { hash, ...written },
  };
}

function readField(fields: Fields, name: string, form: Form): Uint8Array {
  switch (form) {
    case 'hash':
      return fields.fixed(name, 32);
    case 'address':
      return fields.fixed(name, 20);
    case 'bloom':
      return fields.fixed(name, 256);
    case 'nonce':
      return fields.fixed(name, 8);
    case 'extra':
      return fields.data(name, MOST_EXTRA_BYTES);
    case 'quantity':
      return fields.quantity(name);
  }
}
