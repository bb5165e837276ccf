import {
  type AnswerShape,
  FORMS,
  type JsonObject,
  addressOf,
  formFault,
  isObject,
  memberOf,
  smallQuantityOf,
  wordOf,
} from './answer-shape.ts';
import { type AskedBlock, type MethodRule, askedBlock, methodRule } from './methods.ts';
import { logsFault } from './plausible-logs.ts';
import {
  type Check,
  EMPTY_ROOT,
  EMPTY_UNCLES,
  type Known,
  type Looked,
  differs,
  listFault,
  listOf,
  minedFault,
  objectOf,
  placeFault,
} from './plausible-parts.ts';
import { blockReceiptsFault, receiptFault } from './plausible-receipts.ts';

export type { Known } from './plausible-parts.ts';

/**
 * Why an answer cannot be right though it looks valid, for people; undefined: nothing was found. No roots are computed here. Work is linear
 * in the size of the answer.
 */
export function implausible(
  method: string,
  params: readonly unknown[],
  value: unknown,
  known: Known,
): string | undefined {
  const rule = methodRule(method);
  if (rule === undefined) return undefined;
  const asked = askedBlock(rule, params);
  if (value === null || value === undefined) return implausibleNothing(method, rule, asked, params, known);
  // A block that is not sealed lacks what sealing gives it.
  if (asked.kind === 'tag' && asked.tag === 'pending' && OF_BLOCKS.includes(rule.shape)) return undefined;
  return formFault(FORMS[rule.shape], value) ?? CHECKS[method]?.({ params, value, asked, known });
}

/** Of Object.prototype there is nothing to be found here: only methods that have a rule are looked up. */
const CHECKS: Readonly<Record<string, Check>> = {
  eth_getBlockByNumber: blockFault,
  eth_getBlockByHash: blockFault,
  eth_getHeaderByNumber: headerFault,
  eth_getHeaderByHash: headerFault,
  eth_getBlockReceipts: blockReceiptsFault,
  eth_getTransactionReceipt: receiptFault,
  eth_getTransactionByHash: transactionFault,
  eth_getTransactionByBlockNumberAndIndex: transactionAtFault,
  eth_getTransactionByBlockHashAndIndex: transactionAtFault,
  eth_getLogs: logsFault,
  eth_getProof: proofFault,
  eth_feeHistory: feeHistoryFault,
};

/** The methods whose answer is there for every block that is. */
const ALWAYS_THERE: readonly string[] = [
  'eth_getBlockByNumber',
  'eth_getBlockByHash',
  'eth_getHeaderByNumber',
  'eth_getHeaderByHash',
  'eth_getBlockReceipts',
  'eth_getBlockTransactionCountByNumber',
  'eth_getBlockTransactionCountByHash',
  'eth_getUncleCountByBlockNumber',
  'eth_getUncleCountByBlockHash',
];

const OF_BLOCKS: readonly AnswerShape[] = ['block', 'uncle', 'receipts', 'transaction'];

const OF_MINED: readonly string[] = ['eth_getTransactionReceipt', 'eth_getTransactionByHash'];

function implausibleNothing(
  method: string,
  rule: MethodRule,
  asked: AskedBlock,
  params: readonly unknown[],
  { head, header, mined }: Known,
): string | undefined {
  if (!rule.mayBeNull) return 'Expected an answer, found null.';
  if (mined !== undefined && OF_MINED.includes(method))
    return `Expected transaction ${params[0]} of block ${mined.blockNumber}, found null.`;
  if (!ALWAYS_THERE.includes(method)) return undefined;
  if (asked.kind === 'number' && head !== undefined && asked.number <= head)
    return `Expected block ${asked.number}, at or below the head ${head}, found null.`;
  if (asked.kind === 'tag' && (asked.tag === 'latest' || asked.tag === 'earliest'))
    return `Expected the ${asked.tag} block, found null.`;
  if (asked.kind === 'hash' && header !== undefined && asked.hash === wordOf(header.hash))
    return `Expected block ${asked.hash}, found null.`;
  return undefined;
}

function blockFault(looked: Looked): string | undefined {
  const block = objectOf(looked.value);
  const transactions = listOf(block, 'transactions');
  return (
    headerFault(looked) ??
    listFault('transactions', transactions, memberOf(block, 'transactionsRoot'), EMPTY_ROOT) ??
    listFault('uncles', memberOf(block, 'uncles'), memberOf(block, 'sha3Uncles'), EMPTY_UNCLES) ??
    inBlockFault(block, transactions, looked.params[1] === true)
  );
}

function headerFault({ value, asked, known: { header } }: Looked): string | undefined {
  const block = objectOf(value);
  const number = smallQuantityOf(memberOf(block, 'number'));
  const hash = wordOf(memberOf(block, 'hash'));
  if (number === undefined) return 'Expected a block number below 2^53.';
  const place = placeFault(asked, number, hash);
  if (place !== undefined) return place;
  if (header === undefined || header.number !== number) return undefined;
  return (
    differs('hash', hash, header.hash) ??
    differs('transactionsRoot', memberOf(block, 'transactionsRoot'), header.transactionsRoot) ??
    differs('receiptsRoot', memberOf(block, 'receiptsRoot'), header.receiptsRoot) ??
    differs('logsBloom', memberOf(block, 'logsBloom'), header.logsBloom)
  );
}

function inBlockFault(
  block: JsonObject,
  transactions: readonly unknown[],
  isFull: boolean,
): string | undefined {
  const number = smallQuantityOf(memberOf(block, 'number'));
  const hash = wordOf(memberOf(block, 'hash'));
  for (let i = 0; i < transactions.length; i++) {
    const transaction = transactions[i];
    if (isObject(transaction) !== isFull)
      return isFull
        ? 'Expected transactions, found their hashes.'
        : "Expected transactions' hashes, found more.";
    if (!isObject(transaction)) continue;
    const fault = minedFault(transaction, number, hash, i);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

function transactionFault({ params, value, known: { mined } }: Looked): string | undefined {
  const transaction = objectOf(value);
  return (
    differs('hash', memberOf(transaction, 'hash'), wordOf(params[0])) ??
    (mined && minedFault(transaction, mined.blockNumber, wordOf(mined.blockHash)))
  );
}

function transactionAtFault({ params, value, asked, known: { header } }: Looked): string | undefined {
  const transaction = objectOf(value);
  const number = smallQuantityOf(memberOf(transaction, 'blockNumber'));
  const isKnown = header !== undefined && header.number === number;
  return (
    placeFault(asked, number, wordOf(memberOf(transaction, 'blockHash'))) ??
    minedFault(transaction, undefined, isKnown ? wordOf(header.hash) : undefined, smallQuantityOf(params[1]))
  );
}

function proofFault({ params, value }: Looked): string | undefined {
  const proof = objectOf(value);
  const keys: readonly unknown[] = Array.isArray(params[1]) ? params[1] : [];
  const entries = listOf(proof, 'storageProof');
  if (entries.length !== keys.length)
    return `Expected ${keys.length} storage proofs, found ${entries.length}.`;
  for (let i = 0; i < keys.length; i++) {
    const found = memberOf(objectOf(entries[i]), 'key');
    if (trimmed(found) !== trimmed(keys[i])) return `Expected the proof of slot ${keys[i]}, found ${found}.`;
  }
  return differs('address', memberOf(proof, 'address'), addressOf(params[0]));
}

/** A slot as it is asked, or as a word. */
function trimmed(slot: unknown): unknown {
  return typeof slot === 'string' ? slot.toLowerCase().replace(/^0x0*/, '') : slot;
}

function feeHistoryFault({ params, value, asked }: Looked): string | undefined {
  const history = objectOf(value);
  const count = listOf(history, 'gasUsedRatio').length;
  const most = smallQuantityOf(params[0]) ?? params[0];
  if (typeof most === 'number' && count > most) return `Expected at most ${most} blocks, found ${count}.`;
  if (count === 0) return undefined;
  const oldest = smallQuantityOf(memberOf(history, 'oldestBlock')) ?? 0;
  if (asked.kind === 'number' && oldest + count - 1 !== asked.number)
    return `Expected blocks up to ${asked.number}, found up to ${oldest + count - 1}.`;
  const fees = listOf(history, 'baseFeePerGas').length;
  // One more: that of the block after.
  return fees === 0 || fees === count + 1 ? undefined : `Expected ${count + 1} base fees, found ${fees}.`;
}
