import { secp256k1 } from '@noble/curves/secp256k1.js';
import { Fields } from './fields.ts';
import type { Header } from './header.ts';
import { bigintOf, bytesOfNumber, hexOf, quantityOf, quantityOfNumber } from './hex.ts';
import { keccak256 } from './keccak.ts';
import { type Refused, refused } from './refusal.ts';
import { encode, type Item } from './rlp.ts';
import { orderedRoot } from './trie.ts';

/** More transactions than any block has: gas for 21,000 each would need a block of 2.1 billion. */
export const MOST_TRANSACTIONS = 100_000;
const MOST_ENTRIES = 100_000;
const MOST_BLOBS = 4_096;
const NONCE_BYTES = 8;
const NOTHING = new Uint8Array(0);

/** 0 legacy, 1 with access list (EIP-2930), 2 with priority fee (EIP-1559), 3 with blobs (EIP-4844), 4 sets code (EIP-7702). */
export type TransactionType = 0 | 1 | 2 | 3 | 4;

/** A transaction as the fields of its JSON make it; proven once its block's root was computed with it. */
export interface Transaction {
  readonly kind: 'transaction';
  readonly type: TransactionType;
  /** Computed, hex. */
  readonly hash: string;
  /** As it stands in a block: RLP, behind its type if it has one (EIP-2718). */
  readonly bytes: Uint8Array;
  /** Hex, or null for one that creates a contract. */
  readonly to: string | null;
  /** As the fewest bytes. */
  readonly nonce: Uint8Array;
  readonly blobs: number;
  /** Undefined for a legacy one that names no chain. */
  readonly chainId: bigint | undefined;
  readonly fees: Fees;
  /** What was signed, and the signature. */
  readonly signed: {
    readonly hash: Uint8Array;
    readonly r: bigint;
    readonly s: bigint;
    readonly parity: 0 | 1;
  };
  /** All that its bytes hold, as JSON-RPC writes it, without what depends on its block or its sender. */
  readonly fields: Readonly<Record<string, unknown>>;
}

type Fees =
  | { readonly kind: 'price'; readonly gasPrice: bigint }
  | { readonly kind: 'priority'; readonly most: bigint; readonly mostPriority: bigint };

/** Parts of a transaction while it is read: what is hashed, and how it is written. */
interface Parts {
  readonly items: readonly Item[];
  readonly fields: Readonly<Record<string, unknown>>;
}

/**
 * A transaction from its JSON. Its hash is computed from its fields; one that says another hash is refused. `from` and where it was mined
 * are not read.
 *
 * @param json one of the transactions of a block, from whomever
 */
export function readTransaction(json: unknown, what = 'transaction'): Transaction | Refused {
  const fields = new Fields(json, what);
  const type = fields.has('type') ? fields.quantity('type', 8) : NOTHING;
  const said = fields.fixed('hash', 32);
  if (fields.why !== undefined) return refused(fields.why);
  const number = type.length === 0 ? 0 : type.length === 1 ? type[0] : undefined;
  if (number !== 0 && number !== 1 && number !== 2 && number !== 3 && number !== 4)
    return refused(`unknown-type: ${what} has type ${quantityOf(type)}`);
  const transaction = number === 0 ? legacy(fields) : typed(fields, number);
  if (fields.why !== undefined) return refused(fields.why);
  if (transaction.hash !== hexOf(said))
    return refused(`${what}: expected hash ${transaction.hash} of its fields, found ${hexOf(said)}`);
  return transaction;
}

function legacy(fields: Fields): Transaction {
  const nonce = fields.quantity('nonce', NONCE_BYTES);
  const gasPrice = fields.quantity('gasPrice');
  const gas = fields.quantity('gas', 8);
  const to = recipient(fields);
  const value = fields.quantity('value');
  const input = inputOf(fields);
  const v = fields.quantity('v');
  const { r, s } = signatureOf(fields);
  const { chainId, parity } = chainOf(fields, bigintOf(v));
  const body = [nonce, gasPrice, gas, to, value, input];
  // EIP-155: the chain is part of what is signed, with two empty fields where the signature will be.
  const signed = chainId === undefined ? body : [...body, bytesOfNumber(chainId), NOTHING, NOTHING];
  return made(0, [...body, v, r, s], signed, {
    nonce,
    to,
    blobs: 0,
    chainId,
    parity,
    r,
    s,
    fees: { kind: 'price', gasPrice: bigintOf(gasPrice) },
    fields: {
      type: '0x0',
      ...(chainId === undefined ? {} : { chainId: quantityOfNumber(chainId) }),
      nonce: quantityOf(nonce),
      gasPrice: quantityOf(gasPrice),
      ...common(gas, to, value, input),
      v: quantityOf(v),
      r: quantityOf(r),
      s: quantityOf(s),
    },
  });
}

/** What `v` says: 27 or 28 without a chain, or 35 or 36 and twice the chain (EIP-155). */
function chainOf(fields: Fields, v: bigint): { chainId: bigint | undefined; parity: 0 | 1 } {
  if (v === 27n || v === 28n) return { chainId: undefined, parity: v === 28n ? 1 : 0 };
  if (v >= 35n) return { chainId: (v - 35n) / 2n, parity: (v - 35n) % 2n === 1n ? 1 : 0 };
  fields.refuse('v', '27, 28, or 35 and more');
  return { chainId: undefined, parity: 0 };
}

function typed(fields: Fields, type: 1 | 2 | 3 | 4): Transaction {
  const chainId = fields.quantity('chainId');
  const nonce = fields.quantity('nonce', NONCE_BYTES);
  const price = pricesOf(fields, type);
  const gas = fields.quantity('gas', 8);
  const to = recipient(fields);
  if (type > 2 && to.length === 0) fields.refuse('to', 'an address');
  const value = fields.quantity('value');
  const input = inputOf(fields);
  const accessList = accessListOf(fields);
  const blob = type === 3 ? blobsOf(fields) : { items: [], fields: {}, count: 0 };
  const authorizations = type === 4 ? authorizationsOf(fields) : { items: [], fields: {} };
  const parity = parityOf(fields);
  const { r, s } = signatureOf(fields);
  const body: readonly Item[] = [
    chainId,
    nonce,
    ...price.items,
    gas,
    to,
    value,
    input,
    ...accessList.items,
    ...blob.items,
    ...authorizations.items,
  ];
  const yParity = parity === 1 ? '0x1' : '0x0';
  return made(type, [...body, parity === 1 ? Uint8Array.of(1) : NOTHING, r, s], body, {
    nonce,
    to,
    blobs: blob.count,
    chainId: bigintOf(chainId),
    parity,
    r,
    s,
    fees: price.fees,
    fields: {
      type: quantityOfNumber(type),
      chainId: quantityOf(chainId),
      nonce: quantityOf(nonce),
      ...price.fields,
      ...common(gas, to, value, input),
      ...accessList.fields,
      ...blob.fields,
      ...authorizations.fields,
      v: yParity,
      yParity,
      r: quantityOf(r),
      s: quantityOf(s),
    },
  });
}

interface Made {
  readonly nonce: Uint8Array;
  readonly to: Uint8Array;
  readonly blobs: number;
  readonly chainId: bigint | undefined;
  readonly parity: 0 | 1;
  readonly r: Uint8Array;
  readonly s: Uint8Array;
  readonly fees: Fees;
  readonly fields: Readonly<Record<string, unknown>>;
}

function made(type: TransactionType, whole: Item, signed: Item, parts: Made): Transaction {
  const bytes = withType(type, encode(whole));
  const hash = hexOf(keccak256(bytes));
  return {
    kind: 'transaction',
    type,
    hash,
    bytes,
    to: parts.to.length === 0 ? null : hexOf(parts.to),
    nonce: parts.nonce,
    blobs: parts.blobs,
    chainId: parts.chainId,
    fees: parts.fees,
    signed: {
      hash: keccak256(withType(type, encode(signed))),
      r: bigintOf(parts.r),
      s: bigintOf(parts.s),
      parity: parts.parity,
    },
    fields: { hash, ...parts.fields },
  };
}

/** EIP-2718: the type in front of what it says; none for legacy. */
export function withType(type: TransactionType, bytes: Uint8Array): Uint8Array {
  if (type === 0) return bytes;
  const whole = new Uint8Array(1 + bytes.length);
  whole[0] = type;
  whole.set(bytes, 1);
  return whole;
}

function common(gas: Uint8Array, to: Uint8Array, value: Uint8Array, input: Uint8Array) {
  return {
    gas: quantityOf(gas),
    to: to.length === 0 ? null : hexOf(to),
    value: quantityOf(value),
    input: hexOf(input),
  };
}

const recipient = (fields: Fields) => (fields.has('to') ? fields.fixed('to', 20) : NOTHING);
const inputOf = (fields: Fields) => fields.data(fields.has('input') ? 'input' : 'data');
const signatureOf = (fields: Fields) => ({ r: fields.quantity('r'), s: fields.quantity('s') });

/** Some nodes write `yParity`, some `v`, most both. */
function parityOf(fields: Fields): 0 | 1 {
  const name = fields.has('yParity') ? 'yParity' : 'v';
  const bytes = fields.quantity(name, 1);
  if (bytes.length === 1 && bytes[0] !== 1) fields.refuse(name, '0 or 1');
  return bytes.length === 0 ? 0 : 1;
}

function pricesOf(fields: Fields, type: 1 | 2 | 3 | 4): Parts & { readonly fees: Fees } {
  if (type === 1) {
    const price = fields.quantity('gasPrice');
    return {
      items: [price],
      fields: { gasPrice: quantityOf(price) },
      fees: { kind: 'price', gasPrice: bigintOf(price) },
    };
  }
  const priority = fields.quantity('maxPriorityFeePerGas');
  const most = fields.quantity('maxFeePerGas');
  return {
    items: [priority, most],
    fields: { maxPriorityFeePerGas: quantityOf(priority), maxFeePerGas: quantityOf(most) },
    fees: { kind: 'priority', most: bigintOf(most), mostPriority: bigintOf(priority) },
  };
}

function accessListOf(fields: Fields): Parts {
  const items: Item[] = [];
  const written: unknown[] = [];
  for (const entry of fields.list('accessList', MOST_ENTRIES)) {
    const inner = new Fields(entry, 'access list');
    const address = inner.fixed('address', 20);
    const keys = inner
      .list('storageKeys', MOST_ENTRIES)
      .map((key) => new Fields({ key }, 'access list').fixed('key', 32));
    if (inner.why !== undefined || keys.some((key) => key.length !== 32)) {
      fields.refuse('accessList', 'addresses with storage keys');
      break;
    }
    items.push([address, keys]);
    written.push({ address: hexOf(address), storageKeys: keys.map(hexOf) });
  }
  return { items: [items], fields: { accessList: written } };
}

function blobsOf(fields: Fields): Parts & { readonly count: number } {
  const most = fields.quantity('maxFeePerBlobGas');
  const hashes = fields.list('blobVersionedHashes', MOST_BLOBS).map((hash) => {
    const inner = new Fields({ hash }, 'blob');
    const bytes = inner.fixed('hash', 32);
    if (inner.why !== undefined) fields.refuse('blobVersionedHashes', 'hashes');
    return bytes;
  });
  return {
    items: [most, hashes],
    fields: { maxFeePerBlobGas: quantityOf(most), blobVersionedHashes: hashes.map(hexOf) },
    count: hashes.length,
  };
}

function authorizationsOf(fields: Fields): Parts {
  const items: Item[] = [];
  const written: unknown[] = [];
  for (const entry of fields.list('authorizationList', MOST_ENTRIES)) {
    const inner = new Fields(entry, 'authorization');
    const chainId = inner.quantity('chainId');
    const address = inner.fixed('address', 20);
    const nonce = inner.quantity('nonce', NONCE_BYTES);
    // Any number of 8 bits is valid in a block, if to no effect.
    const yParity = inner.quantity(inner.has('yParity') ? 'yParity' : 'v', 1);
    const { r, s } = signatureOf(inner);
    if (inner.why !== undefined) {
      fields.refuse('authorizationList', 'authorizations');
      break;
    }
    items.push([chainId, address, nonce, yParity, r, s]);
    written.push({
      chainId: quantityOf(chainId),
      address: hexOf(address),
      nonce: quantityOf(nonce),
      yParity: quantityOf(yParity),
      r: quantityOf(r),
      s: quantityOf(s),
    });
  }
  return { items: [items], fields: { authorizationList: written } };
}

/** Who signed a transaction, hex. This takes about a millisecond. Source: the yellow paper, appendix F. */
export function senderOf({ signed, hash }: Transaction): string | Refused {
  try {
    const signature = new secp256k1.Signature(signed.r, signed.s, signed.parity);
    const key = signature.recoverPublicKey(signed.hash).toBytes(false);
    return hexOf(keccak256(key.subarray(1)).subarray(12));
  } catch {
    // The curve's library throws for numbers that no signature has.
    return refused(`transaction ${hash}: the signature is none`);
  }
}

/**
 * What one unit of gas costs in a block. Source: EIP-1559.
 *
 * @param baseFee of the block; undefined before London
 * @unit wei
 */
export function effectiveGasPrice({ fees }: Transaction, baseFee: bigint | undefined): bigint {
  if (fees.kind === 'price') return fees.gasPrice;
  if (baseFee === undefined) return fees.most;
  return baseFee + fees.mostPriority < fees.most ? baseFee + fees.mostPriority : fees.most;
}

/**
 * The transactions of a block, in order: their root is that of the header.
 *
 * @param list `transactions` of a block asked for with full transactions, from whomever
 */
export function readTransactions(
  { transactionsRoot }: Header,
  list: unknown,
): { readonly kind: 'transactions'; readonly transactions: readonly Transaction[] } | Refused {
  if (!Array.isArray(list)) return refused('the transactions of the block are not a list');
  if (list.length > MOST_TRANSACTIONS)
    return refused(`the block has more than ${MOST_TRANSACTIONS} transactions`);
  const transactions: Transaction[] = [];
  for (const [i, json] of list.entries()) {
    const transaction = readTransaction(json, `transaction ${i}`);
    if (transaction.kind === 'refused') return transaction;
    transactions.push(transaction);
  }
  const root = orderedRoot(transactions.map(({ bytes }) => bytes));
  return root === transactionsRoot
    ? { kind: 'transactions', transactions }
    : refused(`expected transactions with root ${transactionsRoot}, found ${root}`);
}

/**
 * The answer for a transaction that is proven to stand at this place of this block.
 *
 * @returns refused where nobody can have signed it
 */
export function composeTransaction(
  header: Header,
  index: number,
  transaction: Transaction,
): { readonly kind: 'proved'; readonly value: Readonly<Record<string, unknown>> } | Refused {
  const from = senderOf(transaction);
  if (typeof from !== 'string') return from;
  return {
    kind: 'proved',
    value: {
      blockHash: header.hash,
      blockNumber: quantityOfNumber(header.number),
      blockTimestamp: quantityOfNumber(header.timestamp),
      transactionIndex: quantityOfNumber(index),
      from,
      gasPrice: quantityOfNumber(effectiveGasPrice(transaction, header.baseFeePerGas)),
      ...transaction.fields,
    },
  };
}
