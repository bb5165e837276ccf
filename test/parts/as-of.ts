/** Answers of a node that does not see the newest blocks, or says that it sees more than there are. */
import { keccak256, stringToHex } from 'viem';
import { blockHash } from './block-hash.ts';
import { ERRORS } from './faults.ts';
import { quantity, resultOf, type HonestSource, type Outcome } from './rpc.ts';

/** Where the block is among the parameters. */
export const BLOCK_AT: ReadonlyMap<string, number> = new Map([
  ...(['eth_getBlockByNumber', 'eth_getBlockReceipts', 'eth_getBlockTransactionCountByNumber'] as const).map(
    at0,
  ),
  ...(['eth_getTransactionByBlockNumberAndIndex', 'eth_getUncleCountByBlockNumber'] as const).map(at0),
  at0('eth_getUncleByBlockNumberAndIndex'),
  ['eth_getBalance', 1],
  ['eth_getCode', 1],
  ['eth_getTransactionCount', 1],
  ['eth_call', 1],
  ['eth_estimateGas', 1],
  ['eth_createAccessList', 1],
  ['eth_feeHistory', 1],
  ['eth_getStorageAt', 2],
  ['eth_getProof', 2],
]);

function at0(method: string): [string, number] {
  return [method, 0];
}

/** What is not there is null, rather than an error. */
const IS_NULL = /^eth_get(Block|Transaction(ByBlock|Receipt)|Uncle)/;
const BY_HASH = new Set(['eth_getTransactionByHash', 'eth_getTransactionReceipt', 'eth_getBlockByHash']);
const OF_BLOCK_HASH = /^eth_get(BlockTransactionCount|Uncle(Count)?|Transaction|Uncle)By(Block)?Hash/;

export async function headOf(source: HonestSource): Promise<number> {
  return Number(resultOf(await source.ask('eth_blockNumber', [])));
}

/** @param visible the number of the newest block that it sees */
export async function answerAsOf(
  source: HonestSource,
  method: string,
  params: readonly unknown[],
  visible: number,
): Promise<Outcome> {
  if (method === 'eth_blockNumber') return { result: quantity(visible) };
  if (method === 'eth_getLogs') return logsAsOf(source, params, visible);
  const place = BLOCK_AT.get(method);
  if (place !== undefined) {
    const number = await numberOf(source, params[place] ?? 'latest', visible);
    if (number === undefined || number <= visible) {
      const asked = [...params];
      const named = params[place];
      if (typeof named !== 'object' && !(typeof named === 'string' && named.length === 66))
        asked[place] = number === undefined ? named : quantity(number);
      return source.ask(method, asked);
    }
    return IS_NULL.test(method) ? { result: null } : { error: ERRORS.headerNotFound };
  }
  if (OF_BLOCK_HASH.test(method)) {
    const number = await numberOf(source, params[0], visible);
    return number === undefined || number > visible ? { result: null } : source.ask(method, params);
  }
  const outcome = await source.ask(method, params);
  if (BY_HASH.has(method) && 'result' in outcome && (heightOf(outcome.result) ?? 0) > visible)
    return { result: null };
  return outcome;
}

/** The block that an answer or a notification is of. */
export function heightOf(value: unknown): number | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { number, blockNumber } = value as { number?: unknown; blockNumber?: unknown };
  const height = blockNumber ?? number;
  return typeof height === 'string' ? Number(height) : undefined;
}

async function numberOf(source: HonestSource, named: unknown, visible: number): Promise<number | undefined> {
  if (typeof named === 'object' && named !== null) {
    const { blockNumber, blockHash: hash } = named as { blockNumber?: unknown; blockHash?: unknown };
    return numberOf(source, blockNumber ?? hash, visible);
  }
  if (named === 'latest' || named === 'pending') return visible;
  if (named === 'safe' || named === 'finalized') {
    const behind = (await headOf(source)) - (await heightOfTag(source, named));
    return Math.max(0, visible - behind);
  }
  if (named === 'earliest') return 0;
  if (typeof named !== 'string') return undefined;
  if (named.length !== 66) return Number(named);
  return heightOf(resultOf(await source.ask('eth_getBlockByHash', [named, false])));
}

async function heightOfTag(source: HonestSource, tag: string): Promise<number> {
  return heightOf(resultOf(await source.ask('eth_getBlockByNumber', [tag, false]))) ?? 0;
}

async function logsAsOf(source: HonestSource, params: readonly unknown[], visible: number): Promise<Outcome> {
  const filter = (params[0] ?? {}) as { fromBlock?: unknown; toBlock?: unknown; blockHash?: unknown };
  if (filter.blockHash !== undefined) {
    const number = await numberOf(source, filter.blockHash, visible);
    if (number === undefined || number > visible)
      return { error: { code: -32000, message: 'unknown block' } };
    return source.ask('eth_getLogs', params);
  }
  const from = (await numberOf(source, filter.fromBlock ?? 'latest', visible)) ?? 0;
  const to = Math.min((await numberOf(source, filter.toBlock ?? 'latest', visible)) ?? 0, visible);
  if (from > to) return { result: [] };
  return source.ask('eth_getLogs', [{ ...filter, fromBlock: quantity(from), toBlock: quantity(to) }]);
}

/** @param blocks how many blocks it claims that do not exist */
export async function answerAhead(
  source: HonestSource,
  method: string,
  params: readonly unknown[],
  blocks: number,
): Promise<Outcome> {
  const head = await headOf(source);
  if (method === 'eth_blockNumber') return { result: quantity(head + blocks) };
  if (method !== 'eth_getBlockByNumber') return source.ask(method, params);
  const number = params[0] === 'latest' ? head + blocks : Number(params[0]);
  if (!(number > head && number <= head + blocks)) return source.ask(method, params);
  // The form of a block; what is in it is made up, and its hash fits.
  const latest = resultOf(await source.ask(method, ['latest', false])) as Record<string, unknown>;
  const claimed = {
    ...latest,
    number: quantity(number),
    parentHash: keccak256(stringToHex(`claimed ${number - 1}`)),
    timestamp: quantity(Number(latest.timestamp) + 12 * (number - head)),
  };
  return { result: { ...claimed, hash: blockHash(claimed) } };
}
