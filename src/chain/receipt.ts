import { bloomOf } from './bloom.ts';
import { Fields } from './fields.ts';
import type { Header } from './header.ts';
import { fixedBytesOf, hexOf, numberOf, quantityOf, quantityOfNumber } from './hex.ts';
import { keccak256 } from './keccak.ts';
import { type Refused, refused } from './refusal.ts';
import { encode } from './rlp.ts';
import { blobGasPrice, GAS_PER_BLOB } from './blob-gas.ts';
import {
  effectiveGasPrice,
  MOST_TRANSACTIONS,
  senderOf,
  type Transaction,
  type TransactionType,
  withType,
} from './transaction.ts';
import { orderedRoot } from './trie.ts';

/** One log costs at least 375 gas. */
const MOST_LOGS = 1_000_000;
const MOST_TOPICS = 4;
const NOTHING = new Uint8Array(0);

export interface Log {
  readonly address: Uint8Array;
  readonly topics: readonly Uint8Array[];
  readonly data: Uint8Array;
}

/** What consensus keeps of a transaction's execution; proven once its block's root was computed with it. */
export interface Receipt {
  readonly type: TransactionType;
  /** Whether it succeeded; or, before Byzantium, the root of the state after it. */
  readonly outcome:
    | { readonly kind: 'status'; readonly hasSucceeded: boolean }
    | { readonly kind: 'root'; readonly root: Uint8Array };
  /** Gas used by it and all before it in the block. */
  readonly cumulativeGasUsed: number;
  readonly logs: readonly Log[];
  /** Computed from the logs. */
  readonly logsBloom: Uint8Array;
  /** As it is hashed: RLP, behind its type if it has one (EIP-2718). */
  readonly bytes: Uint8Array;
}

/**
 * The receipts of a block, in order: their root is that of the header. Of each, only what consensus keeps is read; blooms are computed.
 *
 * @param list result of `eth_getBlockReceipts`, from whomever
 */
export function readReceipts(
  { receiptsRoot }: Header,
  list: unknown,
): { readonly kind: 'receipts'; readonly receipts: readonly Receipt[] } | Refused {
  if (!Array.isArray(list)) return refused('the receipts of the block are not a list');
  if (list.length > MOST_TRANSACTIONS)
    return refused(`the block has more than ${MOST_TRANSACTIONS} receipts`);
  const receipts: Receipt[] = [];
  let before = 0;
  for (const [i, json] of list.entries()) {
    const receipt = readReceipt(json, `receipt ${i}`);
    if ('kind' in receipt) return receipt;
    if (receipt.cumulativeGasUsed < before) return refused(`receipt ${i}: less gas used than before it`);
    before = receipt.cumulativeGasUsed;
    receipts.push(receipt);
  }
  const root = orderedRoot(receipts.map(({ bytes }) => bytes));
  return root === receiptsRoot
    ? { kind: 'receipts', receipts }
    : refused(`expected receipts with root ${receiptsRoot}, found ${root}`);
}

function readReceipt(json: unknown, what: string): Receipt | Refused {
  const fields = new Fields(json, what);
  const typeBytes = fields.has('type') ? fields.quantity('type', 8) : NOTHING;
  const type = typeBytes.length === 0 ? 0 : typeBytes.length === 1 ? typeBytes[0] : undefined;
  const outcome = outcomeOf(fields);
  const gasBytes = fields.quantity('cumulativeGasUsed', 8);
  const cumulativeGasUsed = numberOf(gasBytes);
  const logs = fields.list('logs', MOST_LOGS).map((log, i) => readLog(fields, log, `${what}, log ${i}`));
  if (fields.why !== undefined) return refused(fields.why);
  if (type !== 0 && type !== 1 && type !== 2 && type !== 3 && type !== 4)
    return refused(`unknown-type: ${what} has type ${quantityOf(typeBytes)}`);
  if (cumulativeGasUsed === undefined) return refused(`${what}: cumulativeGasUsed beyond 2^53`);
  const logsBloom = bloomOf(logs);
  const first = outcome.kind === 'root' ? outcome.root : outcome.hasSucceeded ? Uint8Array.of(1) : NOTHING;
  const bytes = encode([
    first,
    gasBytes,
    logsBloom,
    logs.map(({ address, topics, data }) => [address, topics, data]),
  ]);
  return { type, outcome, cumulativeGasUsed, logs, logsBloom, bytes: withType(type, bytes) };
}

/** Status since Byzantium (EIP-658), a root before. */
function outcomeOf(fields: Fields): Receipt['outcome'] {
  if (!fields.has('status')) return { kind: 'root', root: fields.fixed('root', 32) };
  const status = fields.quantity('status', 1);
  if (status.length === 1 && status[0] !== 1) fields.refuse('status', '0 or 1');
  return { kind: 'status', hasSucceeded: status.length === 1 };
}

function readLog(receipt: Fields, json: unknown, what: string): Log {
  const fields = new Fields(json, what);
  const address = fields.fixed('address', 20);
  const topics = fields.list('topics', MOST_TOPICS).map((topic) => {
    const bytes = fixedBytesOf(topic, 32);
    if (bytes === undefined) fields.refuse('topics', '32 bytes each');
    return bytes ?? NOTHING;
  });
  const data = fields.data('data');
  receipt.why ??= fields.why;
  return { address, topics, data };
}

/** Receipts of a block, each with its transaction: both were proven. */
export interface Executed {
  readonly header: Header;
  readonly transactions: readonly Transaction[];
  readonly receipts: readonly Receipt[];
  /** How many logs the block has before those of each receipt. */
  readonly logsBefore: readonly number[];
}

/** Puts receipts and transactions of a block together. @returns refused when they are not of one number or one type */
export function executed(
  header: Header,
  transactions: readonly Transaction[],
  receipts: readonly Receipt[],
): Executed | Refused {
  if (transactions.length !== receipts.length)
    return refused(`the block has ${transactions.length} transactions and ${receipts.length} receipts`);
  const logsBefore: number[] = [];
  let logs = 0;
  for (const [i, receipt] of receipts.entries()) {
    if (receipt.type !== transactions[i]?.type)
      return refused(`receipt ${i} has another type than its transaction`);
    logsBefore.push(logs);
    logs += receipt.logs.length;
  }
  return { header, transactions, receipts, logsBefore };
}

/** The answer for the receipt at this index, all of it proven. */
export function composeReceipt(
  block: Executed,
  index: number,
): { readonly kind: 'proved'; readonly value: Readonly<Record<string, unknown>> } | Refused {
  const { header } = block;
  const transaction = block.transactions[index];
  const receipt = block.receipts[index];
  if (transaction === undefined || receipt === undefined)
    return refused(`the block has no transaction ${index}`);
  const from = senderOf(transaction);
  if (typeof from !== 'string') return from;
  const before = block.receipts[index - 1]?.cumulativeGasUsed ?? 0;
  return {
    kind: 'proved',
    value: {
      blockHash: header.hash,
      blockNumber: quantityOfNumber(header.number),
      transactionHash: transaction.hash,
      transactionIndex: quantityOfNumber(index),
      type: quantityOfNumber(receipt.type),
      from,
      to: transaction.to,
      contractAddress: transaction.to === null ? createdAddress(from, transaction.nonce) : null,
      cumulativeGasUsed: quantityOfNumber(receipt.cumulativeGasUsed),
      gasUsed: quantityOfNumber(receipt.cumulativeGasUsed - before),
      effectiveGasPrice: quantityOfNumber(effectiveGasPrice(transaction, header.baseFeePerGas)),
      logsBloom: hexOf(receipt.logsBloom),
      logs: receipt.logs.map((_, i) => composeLog(block, index, i)),
      ...outcomeFields(receipt),
      ...blobFields(header, transaction),
    },
  };
}

function outcomeFields({ outcome }: Receipt): Readonly<Record<string, string>> {
  return outcome.kind === 'root'
    ? { root: hexOf(outcome.root) }
    : { status: outcome.hasSucceeded ? '0x1' : '0x0' };
}

function blobFields(header: Header, transaction: Transaction): Readonly<Record<string, string>> {
  if (transaction.type !== 3) return {};
  const price = blobGasPrice(header, transaction.chainId);
  return {
    blobGasUsed: quantityOfNumber(transaction.blobs * GAS_PER_BLOB),
    ...(price === undefined ? {} : { blobGasPrice: quantityOfNumber(price) }),
  };
}

/** The answer for one log, all of it proven. @param place in its receipt */
export function composeLog(
  { header, transactions, receipts, logsBefore }: Executed,
  index: number,
  place: number,
): Readonly<Record<string, unknown>> {
  const log = receipts[index]?.logs[place];
  return {
    address: hexOf(log?.address ?? NOTHING),
    topics: (log?.topics ?? []).map(hexOf),
    data: hexOf(log?.data ?? NOTHING),
    blockNumber: quantityOfNumber(header.number),
    blockTimestamp: quantityOfNumber(header.timestamp),
    transactionHash: transactions[index]?.hash,
    transactionIndex: quantityOfNumber(index),
    blockHash: header.hash,
    logIndex: quantityOfNumber((logsBefore[index] ?? 0) + place),
    removed: false,
  };
}

/** Where a contract comes to stand that an account creates. Source: the yellow paper, section 7. @param nonce as the fewest bytes */
export function createdAddress(from: string, nonce: Uint8Array): string {
  return hexOf(keccak256(encode([fixedBytesOf(from, 20) ?? NOTHING, nonce])).subarray(12));
}
