// Answers that nobody has to be trusted for: which raw answers are needed, from whomever, and what follows from them under headers that are
// believed. Nothing here asks anybody; a caller does, in rounds:
//
//   prove(asked, answers) ─► needs: calls ─► the caller asks them of any node, puts the results among the answers, and comes again
//                         └► proved, refused, unprovable

import { type Account, proveAccount, proveStorage, provenCode } from './account.ts';
import { composeBlock, proveBlock } from './block.ts';
import type { Header } from './header.ts';
import {
  bytesOf,
  fixedBytesOf,
  hexOf,
  numberOf,
  quantityBytes,
  quantityOf,
  quantityOfNumber,
} from './hex.ts';
import { fieldOf } from './fields.ts';
import { EMPTY_LIST_HASH, EMPTY_ROOT } from './keccak.ts';
import { isWanted, mayHave, readLogFilter } from './log-filter.ts';
import type { ProofCache } from './proof-cache.ts';
import { composeLog, composeReceipt, type Executed, executed, readReceipts } from './receipt.ts';
import { type Refused, refused } from './refusal.ts';
import { composeTransaction, readTransactions, type Transaction } from './transaction.ts';

const MOST_SLOTS = 1_024;

/** A read that is to be proven. */
export interface Asked {
  readonly method: string;
  /** As the client sent them; block tags are the caller's matter, and stand for the headers given. */
  readonly params: readonly unknown[];
  /**
   * Believed headers, each read by `readHeader`. One for all methods but these: `eth_getLogs` has one for each block of its range, in order;
   * a transaction or a receipt by hash that of the block in which an untrusted node says it is, or none when it says that there is none.
   */
  readonly headers: readonly Header[];
  /** Upper nodes of the trie of accounts that were verified before. Tries of storage do without, so that no contract can fill it. */
  readonly cache?: ProofCache;
}

/** A call to be sent to any node. */
export interface RawCall {
  /** Under which its result is to be put among the answers. */
  readonly key: string;
  readonly method: string;
  readonly params: readonly unknown[];
}

export type Proof =
  | { readonly kind: 'needs'; readonly calls: readonly RawCall[] }
  /** The answer as geth would give it, made of proven things only. */
  | { readonly kind: 'proved'; readonly value: unknown }
  /** The answers prove nothing, or the opposite: whoever gave one of them should not be believed. */
  | Refused
  /** Nothing that a node could send would prove an answer. */
  | { readonly kind: 'unprovable'; readonly why: string };

/** Results of the calls that were needed, by key; as parsed from JSON. */
export type Answers = ReadonlyMap<string, unknown>;

type Prover = (asked: Asked, header: Header, answers: Answers) => Proof;

const PROVERS: ReadonlyMap<string, Prover> = new Map<string, Prover>([
  ['eth_getBalance', ofAccount(({ balance }) => balance)],
  ['eth_getTransactionCount', ofAccount(({ nonce }) => nonce)],
  ['eth_getCode', proveCode],
  ['eth_getStorageAt', proveSlot],
  ['eth_getProof', proveProof],
  ['eth_getBlockByHash', proveWholeBlock],
  ['eth_getBlockByNumber', proveWholeBlock],
  ['eth_getBlockTransactionCountByHash', proveTransactionCount],
  ['eth_getBlockTransactionCountByNumber', proveTransactionCount],
  ['eth_getUncleCountByBlockHash', proveUncleCount],
  ['eth_getUncleCountByBlockNumber', proveUncleCount],
  ['eth_getTransactionByHash', proveTransactionByHash],
  ['eth_getTransactionByBlockHashAndIndex', proveTransactionByIndex],
  ['eth_getTransactionByBlockNumberAndIndex', proveTransactionByIndex],
  ['eth_getTransactionReceipt', proveReceipt],
  ['eth_getBlockReceipts', proveReceipts],
]);

/** Methods that `prove` knows. */
export const PROVABLE_METHODS: ReadonlySet<string> = new Set([...PROVERS.keys(), 'eth_getLogs']);

/**
 * What follows from the answers that have come so far. It asks at most three times for more, and never for what is there. An answer that is
 * null counts as one that has come.
 */
export function prove(asked: Asked, answers: Answers): Proof {
  if (asked.method === 'eth_getLogs') return proveLogs(asked, answers);
  const prover = PROVERS.get(asked.method);
  if (prover === undefined) return { kind: 'unprovable', why: `nothing proves ${asked.method}` };
  const header = asked.headers[0];
  if (header === undefined)
    return { kind: 'unprovable', why: 'that there is no such thing cannot be proven' };
  return prover(asked, header, answers);
}

/** The calls among these whose results have not come. */
function missing(calls: readonly RawCall[], answers: Answers): Proof | undefined {
  const needed = calls.filter(({ key }) => !answers.has(key));
  return needed.length === 0 ? undefined : { kind: 'needs', calls: needed };
}

const proved = (value: unknown): Proof => ({ kind: 'proved', value });

/** A parameter that names a block names that of the header. Tags do not: the caller has chosen the block. */
function otherBlock(header: Header, parameter: unknown): Refused | undefined {
  // EIP-1898 writes a block as an object with one of these.
  const named = fieldOf(parameter, 'blockHash') ?? fieldOf(parameter, 'blockNumber') ?? parameter;
  if (typeof named !== 'string' || !named.startsWith('0x')) return undefined;
  const hash = fixedBytesOf(named, 32);
  if (hash !== undefined)
    return hexOf(hash) === header.hash
      ? undefined
      : refused(`asked for block ${named}, not for ${header.hash}`);
  const number = quantityBytes(named);
  return number !== undefined && numberOf(number) === header.number
    ? undefined
    : refused(`asked for block ${named}, not for ${header.number}`);
}

/* ---- state at the end of a block ---- */

function proofCall(header: Header, address: unknown, slots: readonly string[]): RawCall {
  return { key: 'proof', method: 'eth_getProof', params: [address, slots, quantityOfNumber(header.number)] };
}

function accountOf({ params, cache }: Asked, header: Header, answers: Answers) {
  const [address] = params;
  if (typeof address !== 'string') return refused('the address is not one');
  return proveAccount(header.stateRoot, address, answers.get('proof'), cache);
}

function ofAccount(part: (account: Account) => string): Prover {
  return (asked, header, answers) => {
    const other = otherBlock(header, asked.params[1]) ?? notAnAddress(asked);
    if (other !== undefined) return other;
    const needed = missing([proofCall(header, asked.params[0], [])], answers);
    if (needed !== undefined) return needed;
    const proven = accountOf(asked, header, answers);
    return proven.kind === 'refused' ? proven : proved(part(proven.account));
  };
}

function notAnAddress({ params }: Asked): Refused | undefined {
  return fixedBytesOf(params[0], 20) === undefined ? refused('the address is not one') : undefined;
}

function proveCode(asked: Asked, header: Header, answers: Answers): Proof {
  const [address, block] = asked.params;
  const other = otherBlock(header, block) ?? notAnAddress(asked);
  if (other !== undefined) return other;
  const code: RawCall = {
    key: 'code',
    method: 'eth_getCode',
    params: [address, quantityOfNumber(header.number)],
  };
  const needed = missing([proofCall(header, address, []), code], answers);
  if (needed !== undefined) return needed;
  const proven = accountOf(asked, header, answers);
  if (proven.kind === 'refused') return proven;
  const { codeHash } = proven.account;
  const value = provenCode(codeHash, answers.get('code'));
  return value === undefined
    ? refused(`expected code with hash ${codeHash}, found other code`)
    : proved(value);
}

/** Slots are asked for as quantities, or as data of up to 32 bytes. @returns 32 bytes */
function slotOf(parameter: unknown): Uint8Array | undefined {
  const bytes = bytesOf(parameter, 32) ?? quantityBytes(parameter);
  if (bytes === undefined || (bytes.length === 0 && parameter !== '0x0')) return undefined;
  const slot = new Uint8Array(32);
  slot.set(bytes, 32 - bytes.length);
  return slot;
}

function proveSlot(asked: Asked, header: Header, answers: Answers): Proof {
  const [address, parameter, block] = asked.params;
  const slot = slotOf(parameter);
  const other = otherBlock(header, block) ?? notAnAddress(asked);
  if (other !== undefined) return other;
  if (slot === undefined) return refused('the slot is not one');
  const needed = missing([proofCall(header, address, [hexOf(slot)])], answers);
  if (needed !== undefined) return needed;
  const proven = accountOf(asked, header, answers);
  if (proven.kind === 'refused') return proven;
  const word = proveStorage(proven.account.storageHash, slot, storageEntries(answers.get('proof'))[0]);
  return word.kind === 'refused' ? word : proved(`0x${word.value.slice(2).padStart(64, '0')}`);
}

function storageEntries(answer: unknown): readonly unknown[] {
  const entries = fieldOf(answer, 'storageProof');
  return Array.isArray(entries) ? entries : [];
}

/** Nodes that were verified, in the case in which all are written. */
const writtenNodes = (nodes: unknown): readonly unknown[] =>
  Array.isArray(nodes) ? nodes.map((node) => (typeof node === 'string' ? node.toLowerCase() : node)) : [];

function proveProof(asked: Asked, header: Header, answers: Answers): Proof {
  const [address, keys, block] = asked.params;
  const other = otherBlock(header, block) ?? notAnAddress(asked);
  if (other !== undefined) return other;
  const slots = Array.isArray(keys) && keys.length <= MOST_SLOTS ? keys.map(slotOf) : [undefined];
  const known = slots.filter((slot) => slot !== undefined);
  if (!Array.isArray(keys) || known.length !== slots.length)
    return refused(`the slots are no list of at most ${MOST_SLOTS}`);
  const needed = missing([proofCall(header, address, known.map(hexOf))], answers);
  if (needed !== undefined) return needed;

  const answer = answers.get('proof');
  const proven = accountOf(asked, header, answers);
  if (proven.kind === 'refused') return proven;
  const { storageHash, codeHash, balance, nonce } = proven.account;
  const entries = storageEntries(answer);
  const storageProof: unknown[] = [];
  for (const [i, slot] of known.entries()) {
    const word = proveStorage(storageHash, slot, entries[i]);
    if (word.kind === 'refused') return word;
    const proof = storageHash === EMPTY_ROOT ? [] : writtenNodes(fieldOf(entries[i], 'proof'));
    storageProof.push({ key: writtenSlot(keys[i], slot), value: word.value, proof });
  }
  return proved({
    address: typeof address === 'string' ? address.toLowerCase() : address,
    accountProof: writtenNodes(fieldOf(answer, 'accountProof')),
    balance,
    codeHash,
    nonce,
    storageHash,
    storageProof,
  });
}

/** As geth does: what was asked for with 32 bytes is written so, all else as a quantity. */
function writtenSlot(asked: unknown, slot: Uint8Array): string {
  return typeof asked === 'string' && asked.length === 66 ? hexOf(slot) : quantityOf(slot);
}

/* ---- blocks ---- */

function blockCall({ hash }: Header): RawCall {
  return { key: `block ${hash}`, method: 'eth_getBlockByHash', params: [hash, true] };
}

function receiptsCall({ hash, number }: Header): RawCall {
  // By number: not all clients take a hash. Receipts of another block have another root.
  return { key: `receipts ${hash}`, method: 'eth_getBlockReceipts', params: [quantityOfNumber(number)] };
}

function proveWholeBlock({ params }: Asked, header: Header, answers: Answers): Proof {
  const other = otherBlock(header, params[0]);
  if (other !== undefined) return other;
  if (header.ommersHash !== EMPTY_LIST_HASH)
    return refused('uncles: the block has some, and they are not proven');
  const needed = missing([blockCall(header)], answers);
  if (needed !== undefined) return needed;
  const block = proveBlock(header, answers.get(blockCall(header).key));
  return block.kind === 'refused' ? block : composeBlock(block, params[1] === true);
}

type OfBlock = { readonly kind: 'transactions'; readonly transactions: readonly Transaction[] } | Refused;

function transactionsOf(header: Header, answers: Answers): OfBlock {
  const answer = answers.get(blockCall(header).key);
  if (typeof answer !== 'object' || answer === null)
    return refused(`no answer for block ${header.hash}, which exists`);
  return readTransactions(header, fieldOf(answer, 'transactions'));
}

function proveTransactionCount({ params }: Asked, header: Header, answers: Answers): Proof {
  const other = otherBlock(header, params[0]) ?? missing([blockCall(header)], answers);
  if (other !== undefined) return other;
  const read = transactionsOf(header, answers);
  return read.kind === 'refused' ? read : proved(quantityOfNumber(read.transactions.length));
}

function proveUncleCount({ params }: Asked, header: Header): Proof {
  const other = otherBlock(header, params[0]);
  if (other !== undefined) return other;
  return header.ommersHash === EMPTY_LIST_HASH
    ? proved('0x0')
    : refused('uncles: the block has some, and they are not proven');
}

/* ---- transactions and receipts ---- */

/** A hash that was asked for, in lower case. */
function askedHash({ params }: Asked): string | undefined {
  const bytes = fixedBytesOf(params[0], 32);
  return bytes && hexOf(bytes);
}

const indexOf = (transactions: readonly Transaction[], hash: string | undefined) =>
  transactions.findIndex((transaction) => transaction.hash === hash);

const notIn = (header: Header) =>
  refused(`the transaction is not in block ${header.number}, where it is said to be`);

function proveTransactionByHash(asked: Asked, header: Header, answers: Answers): Proof {
  const needed = missing([blockCall(header)], answers);
  if (needed !== undefined) return needed;
  const read = transactionsOf(header, answers);
  if (read.kind === 'refused') return read;
  const index = indexOf(read.transactions, askedHash(asked));
  const transaction = read.transactions[index];
  return transaction === undefined ? notIn(header) : composeTransaction(header, index, transaction);
}

function proveTransactionByIndex({ params }: Asked, header: Header, answers: Answers): Proof {
  const bytes = quantityBytes(params[1], 4);
  const index = bytes && numberOf(bytes);
  if (index === undefined) return refused('the index is not one');
  const other = otherBlock(header, params[0]) ?? missing([blockCall(header)], answers);
  if (other !== undefined) return other;
  const read = transactionsOf(header, answers);
  if (read.kind === 'refused') return read;
  const transaction = read.transactions[index];
  return transaction === undefined ? proved(null) : composeTransaction(header, index, transaction);
}

function executedOf(header: Header, answers: Answers): Executed | Refused {
  const transactions = transactionsOf(header, answers);
  if (transactions.kind === 'refused') return transactions;
  const receipts = readReceipts(header, answers.get(receiptsCall(header).key));
  if (receipts.kind === 'refused') return receipts;
  return executed(header, transactions.transactions, receipts.receipts);
}

function proveReceipt(asked: Asked, header: Header, answers: Answers): Proof {
  const needed = missing([blockCall(header), receiptsCall(header)], answers);
  if (needed !== undefined) return needed;
  const block = executedOf(header, answers);
  if ('kind' in block) return block;
  const index = indexOf(block.transactions, askedHash(asked));
  return index < 0 ? notIn(header) : composeReceipt(block, index);
}

function proveReceipts({ params }: Asked, header: Header, answers: Answers): Proof {
  const other = otherBlock(header, params[0]) ?? missing([blockCall(header), receiptsCall(header)], answers);
  if (other !== undefined) return other;
  const block = executedOf(header, answers);
  if ('kind' in block) return block;
  const receipts: unknown[] = [];
  for (const i of block.receipts.keys()) {
    const receipt = composeReceipt(block, i);
    if (receipt.kind === 'refused') return receipt;
    receipts.push(receipt.value);
  }
  return proved(receipts);
}

/* ---- logs ---- */

/**
 * First the receipts of each block whose bloom may have such logs; then the transactions of those that do have some, since a log does not
 * say by which transaction it was written. A bloom is believed as its header is: a chain that writes empty ones has no logs here.
 */
function proveLogs({ params, headers }: Asked, answers: Answers): Proof {
  const filter = readLogFilter(params[0]);
  if (filter.kind === 'refused') return filter;
  const range = notTheRange(headers, params[0]);
  if (range !== undefined) return range;
  const likely = headers.filter(({ logsBloom }) => mayHave(filter, logsBloom));
  const first = missing(likely.map(receiptsCall), answers);
  if (first !== undefined) return first;

  const found: Header[] = [];
  for (const header of likely) {
    const receipts = readReceipts(header, answers.get(receiptsCall(header).key));
    if (receipts.kind === 'refused') return receipts;
    if (receipts.receipts.some(({ logs }) => logs.some((log) => isWanted(filter, log)))) found.push(header);
  }
  const second = missing(found.map(blockCall), answers);
  if (second !== undefined) return second;

  const value: unknown[] = [];
  for (const header of found) {
    const block = executedOf(header, answers);
    if ('kind' in block) return block;
    for (const [index, { logs }] of block.receipts.entries())
      for (const [place, log] of logs.entries())
        if (isWanted(filter, log)) value.push(composeLog(block, index, place));
  }
  return proved(value);
}

/** Whether headers are those of one range without a gap, and of the one that is asked for where that is said in numbers or by a hash. */
function notTheRange(headers: readonly Header[], parameter: unknown): Proof | undefined {
  const first = headers[0];
  const last = headers.at(-1);
  if (first === undefined || last === undefined) return { kind: 'unprovable', why: 'no headers, no logs' };
  for (const [i, header] of headers.entries()) {
    const before = headers[i - 1];
    if (before !== undefined && (header.number !== before.number + 1 || header.parentHash !== before.hash))
      return refused(`block ${header.number} does not follow block ${before.number}`);
  }
  const blockHash = fieldOf(parameter, 'blockHash');
  if (blockHash === undefined || blockHash === null)
    return (
      otherBlock(first, fieldOf(parameter, 'fromBlock')) ?? otherBlock(last, fieldOf(parameter, 'toBlock'))
    );
  return headers.length === 1 ? otherBlock(first, blockHash) : refused('one block is asked for, not several');
}
