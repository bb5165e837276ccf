import { isRecord } from '../settings/shown.ts';
import type { AskRpc, CallChange, RpcCall, Said } from './calls.ts';

/** Which parameter of a method says the block. https://ethereum.github.io/execution-apis */
const BLOCK_AT: Readonly<Record<string, number>> = {
  eth_getBalance: 1,
  eth_getCode: 1,
  eth_getTransactionCount: 1,
  eth_getStorageAt: 2,
  eth_getProof: 2,
  eth_call: 1,
  eth_estimateGas: 1,
  eth_createAccessList: 1,
  eth_simulateV1: 1,
  eth_feeHistory: 1,
  eth_getBlockByNumber: 0,
  eth_getBlockReceipts: 0,
  eth_getBlockTransactionCountByNumber: 0,
  eth_getUncleCountByBlockNumber: 0,
  eth_getTransactionByBlockNumberAndIndex: 0,
};
/** What gives null for a block that is not there; the others say that there is no header. */
const NULL_FOR_NONE = /^eth_get(Block|Uncle|Transaction(ByBlock|Receipt))/;
const NO_HEADER: Said = { error: { code: -32000, message: 'header not found' } };

/** What a call becomes at a node for which this block is the newest; `safe` and `finalized` are what they are. */
export function asOf({ method, params }: RpcCall, head: bigint): CallChange | undefined {
  if (method === 'eth_blockNumber')
    return { reply: (said) => ('result' in said ? { result: hex(head) } : said) };
  if (params === undefined) return undefined;
  if (method === 'eth_getLogs') return logsAsOf(params, head);
  if (method === 'eth_getTransactionByHash') return { reply: (said) => pendingAfter(said, head) };
  const place = Object.hasOwn(BLOCK_AT, method) ? BLOCK_AT[method] : undefined;
  const known = place === undefined || params.length < place ? undefined : blockAsOf(params[place], head);
  if (known === 'later') return { reply: () => (NULL_FOR_NONE.test(method) ? { result: null } : NO_HEADER) };
  // What was asked for by hash, or by a name for older blocks, may lie after the head all the same.
  const reply = NULL_FOR_NONE.test(method) ? (said: Said) => nothingAfter(said, head) : undefined;
  if (known === undefined || place === undefined) return reply === undefined ? undefined : { reply };
  return {
    params: [...params.slice(0, place), known, ...params.slice(place + 1)],
    ...(reply === undefined ? {} : { reply }),
  };
}

/** The newest block of the upstream; undefined where it does not say. */
export async function askHead(ask: AskRpc): Promise<bigint | undefined> {
  return numberOf(await ask('eth_blockNumber', []));
}

/** @returns a block in place of the one that is named, `later` where that is after the head, or undefined where it stays */
function blockAsOf(block: unknown, head: bigint): unknown {
  if (block === undefined || block === null || block === 'latest' || block === 'pending') return hex(head);
  const number = numberOf(isRecord(block) ? block.blockNumber : block);
  return number !== undefined && number > head ? 'later' : undefined;
}

function logsAsOf([filter, ...rest]: readonly unknown[], head: bigint): CallChange | undefined {
  if (!isRecord(filter)) return undefined;
  if ('blockHash' in filter) return { reply: (said) => nothingAfter(said, head) };
  const [from, to] = [blockAsOf(filter.fromBlock, head), blockAsOf(filter.toBlock, head)];
  if (from === 'later') return { reply: () => ({ result: [] }) };
  if (from === undefined && to === undefined) return undefined;
  return {
    params: [
      {
        ...filter,
        ...(from === undefined ? {} : { fromBlock: from }),
        ...(to === undefined ? {} : { toBlock: to === 'later' ? hex(head) : to }),
      },
      ...rest,
    ],
  };
}

function nothingAfter(said: Said, head: bigint): Said {
  const result = 'result' in said ? said.result : undefined;
  if (Array.isArray(result)) {
    const known = result.filter((one) => !isAfter(one, head));
    return known.length === result.length ? said : { result: known.length === 0 ? null : known };
  }
  return isAfter(result, head) ? { result: null } : said;
}

function pendingAfter(said: Said, head: bigint): Said {
  if (!('result' in said) || !isRecord(said.result) || !isAfter(said.result, head)) return said;
  return { result: { ...said.result, blockHash: null, blockNumber: null, transactionIndex: null } };
}

function isAfter(value: unknown, head: bigint): boolean {
  const number = isRecord(value) ? numberOf(value.blockNumber ?? value.number) : undefined;
  return number !== undefined && number > head;
}

function numberOf(value: unknown): bigint | undefined {
  return typeof value === 'string' && /^0x[0-9a-fA-F]{1,16}$/.test(value) ? BigInt(value) : undefined;
}

function hex(number: bigint): string {
  return `0x${number.toString(16)}`;
}
