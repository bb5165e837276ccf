import { Fields } from './fields.ts';
import type { Header } from './header.ts';
import { hexOf, quantityOf, quantityOfNumber } from './hex.ts';
import { EMPTY_LIST_HASH } from './keccak.ts';
import { type Refused, refused } from './refusal.ts';
import { encode, encodedLength, headLength } from './rlp.ts';
import { composeTransaction, readTransactions, type Transaction } from './transaction.ts';
import { orderedRoot } from './trie.ts';

/** A block of mainnet has at most 16. */
const MOST_WITHDRAWALS = 10_000;

interface Withdrawals {
  readonly kind: 'withdrawals';
  readonly encoded: readonly Uint8Array[];
  readonly written: readonly Readonly<Record<string, string>>[];
}

/** A block of which everything here is proven by the header. */
export interface ProvenBlock {
  readonly kind: 'block';
  readonly header: Header;
  readonly transactions: readonly Transaction[];
  /** As JSON-RPC writes them; undefined before Shanghai. */
  readonly withdrawals: readonly Readonly<Record<string, string>>[] | undefined;
  /** @unit bytes of RLP */
  readonly sizeBytes: number;
}

/**
 * A block from the answer for it with full transactions: transactions and withdrawals have the roots of the header. Blocks with uncles are
 * refused: to prove these, each would have to be read by itself.
 *
 * @param header believed
 * @param json result of `eth_getBlockByHash` with full transactions, from whomever
 */
export function proveBlock(header: Header, json: unknown): ProvenBlock | Refused {
  if (header.ommersHash !== EMPTY_LIST_HASH)
    return refused('uncles: the block has some, and they are not proven');
  const fields = new Fields(json, 'block');
  if (fields.why !== undefined) return refused(fields.why);
  const read = readTransactions(header, fields.raw('transactions'));
  if (read.kind === 'refused') return read;
  const withdrawals =
    header.withdrawalsRoot === undefined ? undefined : readWithdrawals(header.withdrawalsRoot, fields);
  if (withdrawals?.kind === 'refused') return withdrawals;

  const { transactions } = read;
  return {
    kind: 'block',
    header,
    transactions,
    withdrawals: withdrawals?.written,
    sizeBytes: sizeOf(header, transactions, withdrawals?.encoded),
  };
}

function readWithdrawals(root: string, fields: Fields): Withdrawals | Refused {
  const encoded: Uint8Array[] = [];
  const written: Record<string, string>[] = [];
  for (const entry of fields.list('withdrawals', MOST_WITHDRAWALS)) {
    const inner = new Fields(entry, 'withdrawal');
    const index = inner.quantity('index', 8);
    const validatorIndex = inner.quantity('validatorIndex', 8);
    const address = inner.fixed('address', 20);
    const amount = inner.quantity('amount', 8);
    if (inner.why !== undefined) return refused(inner.why);
    encoded.push(encode([index, validatorIndex, address, amount]));
    written.push({
      index: quantityOf(index),
      validatorIndex: quantityOf(validatorIndex),
      address: hexOf(address),
      amount: quantityOf(amount),
    });
  }
  if (fields.why !== undefined) return refused(fields.why);
  const found = orderedRoot(encoded);
  return found === root
    ? { kind: 'withdrawals', encoded, written }
    : refused(`expected withdrawals with root ${root}, found ${found}`);
}

/** Header, transactions, no uncles, withdrawals. Typed transactions stand as bytes in the list, legacy ones as lists. */
function sizeOf(
  header: Header,
  transactions: readonly Transaction[],
  withdrawals: readonly Uint8Array[] | undefined,
): number {
  const list = (payload: number) => headLength(payload) + payload;
  const inBlock = ({ type, bytes }: Transaction) => (type === 0 ? bytes.length : encodedLength(bytes));
  const sum = (lengths: readonly number[]) => lengths.reduce((total, length) => total + length, 0);
  return list(
    header.bytes.length +
      list(sum(transactions.map(inBlock))) +
      list(0) +
      (withdrawals === undefined ? 0 : list(sum(withdrawals.map(({ length }) => length)))),
  );
}

/**
 * The answer for a proven block. What nothing proves, such as `totalDifficulty`, is not in it.
 *
 * @param isFull whether transactions are whole, each at the cost of a signature, or hashes
 */
export function composeBlock(
  block: ProvenBlock,
  isFull: boolean,
): { readonly kind: 'proved'; readonly value: Readonly<Record<string, unknown>> } | Refused {
  const transactions: unknown[] = [];
  for (const [i, transaction] of block.transactions.entries()) {
    const composed = isFull ? composeTransaction(block.header, i, transaction) : undefined;
    if (composed?.kind === 'refused') return composed;
    transactions.push(composed?.value ?? transaction.hash);
  }
  return {
    kind: 'proved',
    value: {
      ...block.header.fields,
      size: quantityOfNumber(block.sizeBytes),
      transactions,
      uncles: [],
      ...(block.withdrawals === undefined ? {} : { withdrawals: block.withdrawals }),
    },
  };
}
