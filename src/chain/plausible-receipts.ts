import { type JsonObject, memberOf, smallQuantityOf, wordOf } from './answer-shape.ts';
import type { AskedBlock } from './methods.ts';
import {
  EMPTY_ROOT,
  type Known,
  type Looked,
  bloomFault,
  bloomOf,
  differs,
  headerBloomOf,
  listFault,
  listOf,
  minedFault,
  objectOf,
  placeFault,
} from './plausible-parts.ts';

/** The receipt of one transaction. */
export function receiptFault({ params, value, known: { mined } }: Looked): string | undefined {
  const receipt = objectOf(value);
  return (
    differs('transactionHash', memberOf(receipt, 'transactionHash'), wordOf(params[0])) ??
    (mined && minedFault(receipt, mined.blockNumber, wordOf(mined.blockHash))) ??
    receiptPartsFault(receipt)
  );
}

/** What a receipt says of itself in two places. */
function receiptPartsFault(receipt: JsonObject): string | undefined {
  if (memberOf(receipt, 'status') === undefined && memberOf(receipt, 'root') === undefined)
    return 'Expected a receipt with a status, found none.';
  const number = smallQuantityOf(memberOf(receipt, 'blockNumber'));
  const hash = wordOf(memberOf(receipt, 'blockHash'));
  const index = smallQuantityOf(memberOf(receipt, 'transactionIndex'));
  const transaction = wordOf(memberOf(receipt, 'transactionHash'));
  const bloom = bloomOf(receipt);
  let last = -1;
  for (const log of listOf(receipt, 'logs')) {
    const entry = objectOf(log);
    const place = smallQuantityOf(memberOf(entry, 'logIndex')) ?? -1;
    if (place <= last) return `Expected logs in order, found ${place} after ${last}.`;
    last = place;
    const fault =
      minedFault(entry, number, hash, index) ??
      differs('transactionHash', memberOf(entry, 'transactionHash'), transaction) ??
      bloomFault(entry, bloom);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

/** The receipts of a block: without gaps, in order, all of one block. */
export function blockReceiptsFault({ value, asked, known: { header } }: Looked): string | undefined {
  const receipts = Array.isArray(value) ? value.map(objectOf) : [];
  const [first] = receipts;
  const number = first && smallQuantityOf(memberOf(first, 'blockNumber'));
  const hash = first && wordOf(memberOf(first, 'blockHash'));
  const place = first && placeFault(asked, number, hash);
  if (place !== undefined) return place;
  if (header !== undefined && isOf(header, asked, number)) {
    const fault =
      (first && differs('blockHash', hash, header.hash)) ??
      listFault('receipts', receipts, header.receiptsRoot, EMPTY_ROOT);
    if (fault !== undefined) return fault;
  }
  let last = -1;
  for (let i = 0; i < receipts.length; i++) {
    const receipt = receipts[i] ?? {};
    const fault =
      minedFault(receipt, number, hash, i) ??
      receiptPartsFault(receipt) ??
      bloomOfBlockFault(receipt, header, number);
    if (fault !== undefined) return fault;
    for (const log of listOf(receipt, 'logs')) {
      const index = smallQuantityOf(memberOf(objectOf(log), 'logIndex')) ?? -1;
      if (index <= last) return `Expected logs in order through the block, found ${index} after ${last}.`;
      last = index;
    }
  }
  return undefined;
}

/** Every bit of a receipt's bloom is in its block's. */
function bloomOfBlockFault(
  receipt: JsonObject,
  header: Known['header'],
  number: number | undefined,
): string | undefined {
  const ofReceipt = bloomOf(receipt);
  const ofBlock = header?.number === number ? header && headerBloomOf(header) : undefined;
  if (ofReceipt === undefined || ofBlock === undefined) return undefined;
  for (let i = 2; i < ofReceipt.length; i++) {
    const digit = Number.parseInt(ofReceipt.charAt(i), 16);
    if ((digit & Number.parseInt(ofBlock.charAt(i), 16)) !== digit)
      return "Expected a receipt's bloom within its block's, found more.";
  }
  return undefined;
}

/** Whether the known header is of the block that the answer is about. */
function isOf(header: NonNullable<Known['header']>, asked: AskedBlock, number: number | undefined): boolean {
  if (number !== undefined) return header.number === number;
  if (asked.kind === 'number') return header.number === asked.number;
  return asked.kind === 'hash' && wordOf(header.hash) === asked.hash;
}
