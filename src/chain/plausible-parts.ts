import { type JsonObject, isObject, memberOf, smallQuantityOf, wordOf } from './answer-shape.ts';
import { BLOOM_BYTES, mayContain } from './bloom.ts';
import { bytesOf, fixedBytesOf } from './hex.ts';
import type { AskedBlock } from './methods.ts';

/** What is believed already, while an answer is looked at. */
export interface Known {
  /** The height that the pool stands on; undefined before it is known. */
  readonly head: number | undefined;
  /** Of the block asked, where it is known. */
  readonly header?: {
    readonly number: number;
    readonly hash: string;
    readonly logsBloom?: string;
    readonly transactionsRoot?: string | undefined;
    readonly receiptsRoot?: string | undefined;
  };
  /** Of a transaction that is known to be mined: where. */
  readonly mined?: { readonly blockHash: string; readonly blockNumber: number };
}

/** An answer whose form is right. */
export interface Looked {
  readonly params: readonly unknown[];
  readonly value: unknown;
  readonly asked: AskedBlock;
  readonly known: Known;
}

export type Check = (looked: Looked) => string | undefined;

/** keccak256(rlp('')): of no transactions or receipts. Of withdrawals it says nothing: on Optimism their root is another. */
export const EMPTY_ROOT = '0x56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421';
/** keccak256(rlp([])) */
export const EMPTY_UNCLES = '0x1dcc4de8dec75d7aab85b567b6ccd41ad312451b948a7413f0a142fd40d49347';
/** Chains that do not compute a root say this. */
const NO_ROOT = `0x${'00'.repeat(32)}`;
const NO_BLOOM = `0x${'00'.repeat(256)}`;

/** Whether it is of another block than the one asked. */
export function placeFault(
  asked: AskedBlock,
  number: number | undefined,
  hash: string | undefined,
): string | undefined {
  if (asked.kind === 'number' && number !== asked.number)
    return `Expected block ${asked.number}, found ${number}.`;
  if (asked.kind === 'hash' && hash !== asked.hash) return `Expected block ${asked.hash}, found ${hash}.`;
  return undefined;
}

export function differs(name: string, found: unknown, expected: string | undefined): string | undefined {
  return expected === undefined ||
    (typeof found === 'string' && found.toLowerCase() === expected.toLowerCase())
    ? undefined
    : `Expected ${name} ${expected}, found ${found}.`;
}

/** An empty list has the empty root, and no other list has. */
export function listFault(name: string, list: unknown, root: unknown, emptyRoot: string): string | undefined {
  const word = wordOf(root);
  if (!Array.isArray(list) || word === undefined || word === NO_ROOT) return undefined;
  if (list.length === 0 && word !== emptyRoot)
    return `Expected ${name}, as their root is not the empty one, found none.`;
  return list.length > 0 && word === emptyRoot
    ? `Expected no ${name}, as their root is the empty one, found ${list.length}.`
    : undefined;
}

/** Whether what is mined says another place than it is at. */
export function minedFault(
  mined: JsonObject,
  blockNumber: number | undefined,
  blockHash: string | undefined,
  index?: number,
): string | undefined {
  const number = smallQuantityOf(memberOf(mined, 'blockNumber'));
  if (blockNumber !== undefined && number !== blockNumber)
    return `Expected block number ${blockNumber}, found ${number}.`;
  const hash = wordOf(memberOf(mined, 'blockHash'));
  if (blockHash !== undefined && hash !== blockHash) return `Expected block ${blockHash}, found ${hash}.`;
  const place = smallQuantityOf(memberOf(mined, 'transactionIndex'));
  return index === undefined || place === index
    ? undefined
    : `Expected transaction ${index} of its block, found ${place}.`;
}

/** {} for what is none: only of what has the right form, where there is one. */
export function objectOf(value: unknown): JsonObject {
  return isObject(value) ? value : {};
}

export function listOf(value: JsonObject, name: string): readonly unknown[] {
  const list = memberOf(value, name);
  return Array.isArray(list) ? list : [];
}

/** Undefined on chains that compute none: they compute no roots either. */
export function headerBloomOf({ logsBloom, receiptsRoot }: NonNullable<Known['header']>): string | undefined {
  return logsBloom?.length === 514 && receiptsRoot !== NO_ROOT ? logsBloom.toLowerCase() : undefined;
}

/** @param bloom 256 bytes, hex */
export function bloomFault(log: JsonObject, bloom: string | undefined): string | undefined {
  const bits = bloom === undefined ? undefined : fixedBytesOf(bloom, BLOOM_BYTES);
  if (bits === undefined) return undefined;
  for (const item of [memberOf(log, 'address'), ...listOf(log, 'topics')]) {
    const bytes = bytesOf(item, 32);
    if (bytes !== undefined && !mayContain(bits, bytes))
      return `Expected only what the bloom filter has, found ${item}.`;
  }
  return undefined;
}

/** A receipt's own bloom; undefined where there are no bits in it: some chains compute none. */
export function bloomOf(value: JsonObject): string | undefined {
  const bloom = memberOf(value, 'logsBloom');
  return typeof bloom === 'string' && bloom.toLowerCase() !== NO_BLOOM ? bloom.toLowerCase() : undefined;
}
