import type { AnswerShape } from './answer-shape.ts';

export type MethodKind =
  /** Asks about the chain, and changes nothing. */
  | 'read'
  /** Answered by the pool itself. */
  | 'own'
  | 'broadcast'
  | 'subscription'
  | 'filter'
  /** Reads that cost a node much, show what it keeps to itself, or whose answer nothing checks, or that few offer: only where the plan allows them. */
  | 'unasked'
  /** Signs, administers, mines, or changes a node that people develop with. */
  | 'refused';

/** What is known of a method. */
export interface MethodRule {
  readonly kind: MethodKind;
  /** Which parameter names the block; 'filter': fromBlock, toBlock or blockHash within parameter 0; undefined: none. A missing one means latest. */
  readonly block: number | 'filter' | undefined;
  /** What may stand there. 'state': a tag, a number, a hash or an object of EIP-1898; 'number': no hash; 'hash': nothing but a hash. */
  readonly blockForm: 'state' | 'number' | 'hash';
  /** Whether there is anything that is pending; else that is what is latest. */
  readonly hasPending: boolean;
  readonly shape: AnswerShape;
  /**
   * exact: honest nodes agree at one block. median: nodes may differ (gas price, tip), the middle one is taken, of two the lower. upper-median:
   * of two the upper (gas estimate: too little is spent for nothing, of too much only what is used). none: cannot be compared (what a
   * node has seen or is).
   */
  readonly compare: 'exact' | 'median' | 'upper-median' | 'none';
  /** What proves it; undefined: nothing does. */
  readonly proof:
    | 'balance'
    | 'nonce'
    | 'code'
    | 'storage'
    | 'account'
    | 'block'
    | 'transaction'
    | 'receipt'
    | 'receipts'
    | 'logs'
    | 'count'
    | undefined;
  /** How it may be kept. state: what follows from the state at the block asked. block: what is in the block asked. mined: what is in the block that the answer names. */
  readonly cache: 'state' | 'mined' | 'block' | 'never';
  /** null is a usual answer, as for the receipt of what is not mined. */
  readonly mayBeNull: boolean;
  /** How long an answer may take. @unit ms */
  readonly timeoutMs: number;
}

/** What is known of a method; undefined: nothing. */
export function methodRule(method: string): MethodRule | undefined {
  return METHODS.get(method) ?? NAMESPACES.get(method.slice(0, method.indexOf('_') + 1));
}

export type BlockTag = 'latest' | 'safe' | 'finalized' | 'earliest' | 'pending';

/** The block, or blocks, that a call asks about. */
export type AskedBlock =
  | { readonly kind: 'tag'; readonly tag: BlockTag }
  | { readonly kind: 'number'; readonly number: number }
  /** In lower case. */
  | { readonly kind: 'hash'; readonly hash: string }
  | { readonly kind: 'range'; readonly from: AskedBlock; readonly to: AskedBlock }
  | { readonly kind: 'unreadable'; readonly why: string }
  | { readonly kind: 'none' };

const LATEST: AskedBlock = { kind: 'tag', tag: 'latest' };

/** Of what nothing is pending. */
const settled = (asked: AskedBlock): AskedBlock =>
  asked.kind === 'tag' && asked.tag === 'pending' ? LATEST : asked;

/** The block that a call asks about. Numbers beyond 2^53 are unreadable, and so is a call that lacks a parameter before its block. */
export function askedBlock(rule: MethodRule, params: readonly unknown[]): AskedBlock {
  if (rule.block === undefined) return { kind: 'none' };
  if (rule.block === 'filter') {
    const blocks = filteredBlocks(params[0]);
    return blocks.kind === 'range' && !rule.hasPending
      ? { ...blocks, from: settled(blocks.from), to: settled(blocks.to) }
      : blocks;
  }
  if (params.length < rule.block)
    return unreadable(`Expected at least ${rule.block} parameters before the block.`);
  const asked = blockOf(params[rule.block]);
  if (asked.kind === 'unreadable') return asked;
  if (rule.blockForm === 'hash' && asked.kind !== 'hash') return unreadable("Expected a block's hash.");
  if (rule.blockForm === 'number' && asked.kind === 'hash')
    return unreadable("Expected a block's number or a tag.");
  return rule.hasPending ? asked : settled(asked);
}

/** What tags stand for at one moment. */
export interface TaggedBlocks {
  readonly safe?: number;
  readonly finalized?: number;
}

/**
 * The parameters with the block said by its number: `latest`, `safe` and `finalized` replaced, a missing block put in at its place.
 * `pending`, `earliest`, hashes and what cannot be read stay, and so does a tag whose block is not known.
 *
 * @param number what latest stands for
 */
export function pinned(
  rule: MethodRule,
  params: readonly unknown[],
  number: number,
  others: TaggedBlocks = {},
): readonly unknown[] {
  const asked = askedBlock(rule, params);
  const at = rule.block === 'filter' ? 0 : rule.block;
  if (at === undefined || asked.kind === 'unreadable' || asked.kind === 'none') return params;
  const numbers: TaggedNumbers = { ...others, latest: number };
  const before = params[at];
  const after =
    asked.kind === 'range' ? pinnedFilter(before, asked, numbers) : pinnedBlock(before, asked, numbers);
  return after === before ? params : [...params.slice(0, at), after, ...params.slice(at + 1)];
}

type TaggedNumbers = TaggedBlocks & { readonly latest: number };

function pinnedFilter(
  filter: unknown,
  { from, to }: AskedBlock & { kind: 'range' },
  numbers: TaggedNumbers,
): unknown {
  if (!isObject(filter)) return filter;
  return {
    ...filter,
    fromBlock: pinnedBlock(filter.fromBlock, from, numbers),
    toBlock: pinnedBlock(filter.toBlock, to, numbers),
  };
}

function pinnedBlock(block: unknown, asked: AskedBlock, numbers: TaggedNumbers): unknown {
  const number = asked.kind === 'tag' ? numberOf(asked.tag, numbers) : undefined;
  if (number === undefined) return block;
  const hex = `0x${number.toString(16)}`;
  return isObject(block) ? { ...block, blockNumber: hex } : hex;
}

function numberOf(tag: BlockTag, numbers: TaggedNumbers): number | undefined {
  return tag === 'pending' || tag === 'earliest' ? undefined : numbers[tag];
}

function filteredBlocks(filter: unknown): AskedBlock {
  if (!isObject(filter)) return unreadable('Expected a filter as an object.');
  const { fromBlock, toBlock, blockHash } = filter;
  if (blockHash !== undefined && blockHash !== null) {
    if ((fromBlock ?? toBlock ?? undefined) !== undefined)
      return unreadable("Expected either a block's hash or a range of blocks, found both.");
    return hashOf(blockHash);
  }
  const from = rangeEnd(fromBlock);
  const to = rangeEnd(toBlock);
  if (from.kind === 'unreadable') return from;
  return to.kind === 'unreadable' ? to : { kind: 'range', from, to };
}

function rangeEnd(block: unknown): AskedBlock {
  if (isObject(block)) return unreadable('Expected the end of a range as a number or a tag.');
  const asked = blockOf(block);
  return asked.kind === 'hash' ? unreadable('Expected the end of a range as a number or a tag.') : asked;
}

const TAGS: readonly unknown[] = ['latest', 'safe', 'finalized', 'earliest', 'pending'] satisfies BlockTag[];

/** As geth, erigon and reth read it: a string of 32 bytes is a hash, an object is EIP-1898's, nothing is latest. */
function blockOf(block: unknown): AskedBlock {
  if (block === undefined || block === null) return LATEST;
  if (isObject(block)) return eip1898(block);
  if (TAGS.includes(block)) return { kind: 'tag', tag: block as BlockTag }; // just looked up
  if (typeof block === 'string' && block.length === 66) return hashOf(block);
  const number = typeof block === 'string' ? fromHex(block) : block;
  if (typeof number !== 'number' || !Number.isSafeInteger(number) || number < 0)
    return unreadable('Expected a block as a tag, a hash, or a number in hexadecimal that is below 2^53.');
  return { kind: 'number', number };
}

function eip1898({ blockHash, blockNumber }: JsonObject): AskedBlock {
  const hasHash = blockHash !== undefined && blockHash !== null;
  const hasNumber = blockNumber !== undefined && blockNumber !== null;
  if (hasHash === hasNumber) return unreadable('Expected either blockHash or blockNumber.');
  if (hasHash) return hashOf(blockHash);
  const asked = isObject(blockNumber) ? undefined : blockOf(blockNumber);
  return asked === undefined || asked.kind === 'hash'
    ? unreadable('Expected blockNumber as a number or a tag.')
    : asked;
}

function hashOf(hash: unknown): AskedBlock {
  return typeof hash === 'string' && /^0x[\da-fA-F]{64}$/.test(hash)
    ? { kind: 'hash', hash: hash.toLowerCase() }
    : unreadable("Expected a block's hash of 32 bytes in hexadecimal.");
}

function fromHex(text: string): number | undefined {
  return /^0x[\da-fA-F]{1,64}$/.test(text) ? Number(text) : undefined;
}

type JsonObject = Readonly<Record<string, unknown>>;

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function unreadable(why: string): AskedBlock {
  return { kind: 'unreadable', why };
}

/** @unit ms */
const QUICK_MS = 4_000;
/** What the node has to compute or to search for. @unit ms */
const LONG_MS = 12_000;
/** @unit ms */
const TRACE_MS = 60_000;

const PLAIN: MethodRule = {
  kind: 'read',
  block: undefined,
  blockForm: 'state',
  hasPending: true,
  shape: 'any',
  compare: 'exact',
  proof: undefined,
  cache: 'never',
  mayBeNull: false,
  timeoutMs: QUICK_MS,
};

type Details = Partial<MethodRule>;

/** What follows from the state at a block. */
const state = (shape: AnswerShape, block: number, details: Details = {}): MethodRule => ({
  ...PLAIN,
  shape,
  block,
  cache: 'state',
  ...details,
});

/** What the node has to execute: at one block all come to the same. */
const executed = (shape: AnswerShape, block: number, details: Details = {}): MethodRule =>
  state(shape, block, { timeoutMs: LONG_MS, ...details });

/** What is in a block. */
const inBlock = (
  shape: AnswerShape,
  blockForm: MethodRule['blockForm'],
  details: Details = {},
): MethodRule => ({
  ...PLAIN,
  shape,
  block: 0,
  blockForm,
  cache: 'block',
  mayBeNull: true,
  ...details,
});

/** What is found by a transaction's hash. */
const mined = (shape: AnswerShape, details: Details = {}): MethodRule => ({
  ...PLAIN,
  shape,
  cache: 'mined',
  mayBeNull: true,
  ...details,
});

/** What each node sees or decides by itself. */
const opinion = (shape: AnswerShape, compare: 'median' | 'none', details: Details = {}): MethodRule => ({
  ...PLAIN,
  shape,
  compare,
  ...details,
});

const own = (shape: AnswerShape, details: Details = {}): MethodRule => ({
  ...PLAIN,
  kind: 'own',
  shape,
  ...details,
});

const broadcast = (shape: AnswerShape, details: Details = {}): MethodRule => ({
  ...PLAIN,
  kind: 'broadcast',
  shape,
  compare: 'none',
  timeoutMs: LONG_MS,
  ...details,
});

const subscription = (shape: AnswerShape): MethodRule => ({
  ...PLAIN,
  kind: 'subscription',
  shape,
  compare: 'none',
});

const filter = (shape: AnswerShape, details: Details = {}): MethodRule => ({
  ...PLAIN,
  kind: 'filter',
  shape,
  compare: 'none',
  ...details,
});

const unasked = (details: Details = {}): MethodRule => ({
  ...PLAIN,
  kind: 'unasked',
  mayBeNull: true,
  timeoutMs: TRACE_MS,
  ...details,
});

/** A trace of what is in a block or follows from its state. */
const trace = (block: number | undefined, details: Details = {}): MethodRule =>
  unasked({ block, cache: block === undefined ? 'mined' : 'block', ...details });

const REFUSED: MethodRule = { ...PLAIN, kind: 'refused', compare: 'none' };

/**
 * Each method by its name. The execution API (ethereum/execution-apis, src/eth and src/debug) is here as a whole, then what clients
 * and providers have added to it.
 */
const METHODS: ReadonlyMap<string, MethodRule> = new Map<string, MethodRule>([
  // What the pool knows.
  ['eth_chainId', own('quantity')],
  ['net_version', own('text')],
  ['eth_blockNumber', own('quantity')],
  ['web3_clientVersion', own('text', { compare: 'none' })],
  ['net_listening', own('boolean', { compare: 'none' })],
  ['web3_sha3', own('word')],
  ['eth_syncing', own('any', { compare: 'none' })],
  ['eth_accounts', own('any', { compare: 'none' })],

  // Accounts.
  ['eth_getBalance', state('quantity', 1, { proof: 'balance' })],
  ['eth_getTransactionCount', state('quantity', 1, { proof: 'nonce' })],
  ['eth_getCode', state('data', 1, { proof: 'code' })],
  ['eth_getStorageAt', state('word', 2, { proof: 'storage' })],
  ['eth_getStorageValues', state('any', 1)],
  ['eth_getProof', state('proof', 2, { proof: 'account', timeoutMs: LONG_MS })],
  ['eth_getAccount', state('any', 1, { mayBeNull: true, proof: 'account' })],
  ['eth_getAccountInfo', state('any', 1)],

  // What contracts would do.
  ['eth_call', executed('data', 1)],
  ['eth_callMany', executed('any', 1)],
  ['eth_simulateV1', executed('any', 1)],
  ['eth_createAccessList', executed('accessList', 1)],
  ['eth_estimateGas', executed('quantity', 1, { compare: 'upper-median' })],

  // Fees.
  ['eth_gasPrice', opinion('quantity', 'median')],
  ['eth_maxPriorityFeePerGas', opinion('quantity', 'median')],
  // Of the block after the node's own head, which no parameter pins.
  ['eth_blobBaseFee', opinion('quantity', 'median')],
  ['eth_baseFee', opinion('quantity', 'median', { mayBeNull: true })],
  [
    'eth_feeHistory',
    inBlock('feeHistory', 'number', { block: 1, hasPending: false, mayBeNull: false, timeoutMs: LONG_MS }),
  ],

  // Blocks.
  ['eth_getBlockByNumber', inBlock('block', 'number', { proof: 'block' })],
  ['eth_getBlockByHash', inBlock('block', 'hash', { proof: 'block' })],
  ['eth_getHeaderByNumber', inBlock('uncle', 'number', { proof: 'block' })],
  ['eth_getHeaderByHash', inBlock('uncle', 'hash', { proof: 'block' })],
  ['eth_getBlockTransactionCountByNumber', inBlock('quantity', 'number', { proof: 'count' })],
  ['eth_getBlockTransactionCountByHash', inBlock('quantity', 'hash', { proof: 'count' })],
  ['eth_getBlockReceipts', inBlock('receipts', 'state', { proof: 'receipts', timeoutMs: LONG_MS })],
  ['eth_getBlockAccessList', inBlock('any', 'state', { timeoutMs: LONG_MS })],
  ['eth_getBlockAccessListByBlockNumber', inBlock('any', 'number', { timeoutMs: LONG_MS })],
  ['eth_getBlockAccessListByBlockHash', inBlock('any', 'hash', { timeoutMs: LONG_MS })],
  ['eth_getUncleCountByBlockNumber', inBlock('quantity', 'number', { proof: 'count' })],
  ['eth_getUncleCountByBlockHash', inBlock('quantity', 'hash', { proof: 'count' })],
  ['eth_getUncleByBlockNumberAndIndex', inBlock('uncle', 'number')],
  ['eth_getUncleByBlockHashAndIndex', inBlock('uncle', 'hash')],

  // Transactions.
  ['eth_getTransactionByHash', mined('transaction', { proof: 'transaction' })],
  ['eth_getTransactionByBlockNumberAndIndex', inBlock('transaction', 'number', { proof: 'transaction' })],
  ['eth_getTransactionByBlockHashAndIndex', inBlock('transaction', 'hash', { proof: 'transaction' })],
  ['eth_getTransactionReceipt', mined('receipt', { proof: 'receipt' })],
  ['eth_getTransactionBySenderAndNonce', mined('transaction')],
  ['eth_getRawTransactionByHash', mined('data')],
  ['eth_getRawTransactionByBlockNumberAndIndex', inBlock('data', 'number')],
  ['eth_getRawTransactionByBlockHashAndIndex', inBlock('data', 'hash')],

  // Logs.
  [
    'eth_getLogs',
    {
      ...PLAIN,
      block: 'filter',
      hasPending: false,
      shape: 'logs',
      proof: 'logs',
      cache: 'block',
      timeoutMs: LONG_MS,
    },
  ],
  ['eth_newFilter', filter('text')],
  ['eth_newBlockFilter', filter('text')],
  ['eth_newPendingTransactionFilter', filter('text')],
  ['eth_uninstallFilter', filter('boolean')],
  ['eth_getFilterChanges', filter('any')],
  ['eth_getFilterLogs', filter('logs', { timeoutMs: LONG_MS })],
  ['eth_subscribe', subscription('text')],
  ['eth_unsubscribe', subscription('boolean')],

  // Transactions that are signed already.
  ['eth_sendRawTransaction', broadcast('word')],
  ['eth_sendRawTransactionConditional', broadcast('word')],
  // Sent to several, it would not be private: only to those of whom the plan says so.
  ['eth_sendPrivateTransaction', unasked({ compare: 'none', timeoutMs: LONG_MS })],
  ['eth_sendPrivateRawTransaction', unasked({ compare: 'none', timeoutMs: LONG_MS })],
  ['eth_cancelPrivateTransaction', unasked({ compare: 'none', timeoutMs: LONG_MS })],
  // Fees, gas and nonce that a wallet then signs, and no two nodes fill them in alike. Not offered, wallets ask for each by itself, and that is compared.
  ['eth_fillTransaction', unasked({ compare: 'none', timeoutMs: QUICK_MS })],

  // What a node is, or has seen.
  // EIP-7910.
  ['eth_config', { ...PLAIN, compare: 'exact' }],
  ['eth_capabilities', opinion('any', 'none')],
  ['eth_protocolVersion', opinion('any', 'none')],
  ['eth_mining', opinion('boolean', 'none')],
  ['eth_hashrate', opinion('quantity', 'none')],
  ['eth_pendingTransactions', opinion('any', 'none')],
  ['net_peerCount', opinion('quantity', 'none')],
  ['rpc_modules', opinion('any', 'none')],

  // Signing, mining, and what belongs to the accounts of a node.
  ...[
    'eth_sign',
    'eth_signTransaction',
    'eth_signTypedData',
    'eth_signTypedData_v1',
    'eth_signTypedData_v3',
    'eth_signTypedData_v4',
    'eth_sendTransaction',
    'eth_sendUnsignedTransaction',
    'eth_resend',
    'eth_coinbase',
    'eth_getWork',
    'eth_submitWork',
    'eth_submitHashrate',
    'eth_setEtherbase',
    'eth_requestAccounts',
    'eth_decrypt',
    'eth_getEncryptionPublicKey',
  ].map((method): [string, MethodRule] => [method, REFUSED]),

  // Of debug_, only what reads: others set heads, write files and profile the process.
  ['debug_traceTransaction', trace(undefined)],
  ['debug_traceCall', trace(1)],
  ['debug_traceCallMany', trace(1)],
  ['debug_traceBlock', trace(undefined, { cache: 'never' })],
  ['debug_traceBlockByNumber', trace(0, { blockForm: 'number' })],
  ['debug_traceBlockByHash', trace(0, { blockForm: 'hash' })],
  ['debug_getRawBlock', trace(0, { shape: 'data', timeoutMs: LONG_MS })],
  ['debug_getRawHeader', trace(0, { shape: 'data', timeoutMs: LONG_MS })],
  ['debug_getRawReceipts', trace(0, { timeoutMs: LONG_MS })],
  ['debug_getRawTransaction', trace(undefined, { shape: 'data', timeoutMs: LONG_MS })],
  ['debug_getRawTransactions', trace(0, { timeoutMs: LONG_MS })],
  ['debug_getBadBlocks', unasked({ compare: 'none' })],
  ['debug_traceBadBlock', unasked({ compare: 'none' })],
  ['debug_intermediateRoots', unasked()],
  ['debug_storageRangeAt', unasked()],
  ['debug_accountRange', trace(0)],
  ['debug_accountAt', unasked()],
  ['debug_dumpBlock', trace(0)],
  ['debug_getModifiedAccountsByNumber', unasked()],
  ['debug_getModifiedAccountsByHash', unasked()],
  ['debug_getAccessibleState', unasked({ compare: 'none' })],
  ['debug_executionWitness', trace(0)],
  ['debug_executionWitnessByBlockHash', trace(0, { blockForm: 'hash' })],
  ['debug_codeByHash', unasked({ shape: 'data' })],
  ['debug_preimage', unasked({ compare: 'none' })],

  ['trace_block', trace(0)],
  ['trace_call', trace(2)],
  ['trace_callMany', trace(1)],
  ['trace_rawTransaction', trace(2, { cache: 'never' })],
  ['trace_replayBlockTransactions', trace(0)],
  ['trace_replayTransaction', trace(undefined)],
  ['trace_transaction', trace(undefined)],
  ['trace_get', trace(undefined)],
  // Names a range, but in a filter that knows no blockHash.
  ['trace_filter', unasked()],

  ['parity_getBlockReceipts', trace(0, { shape: 'receipts', timeoutMs: LONG_MS })],
  ['parity_pendingTransactions', unasked({ compare: 'none' })],
  ['parity_nextNonce', unasked({ compare: 'none', timeoutMs: QUICK_MS })],
]);

/** What is known of all methods of a namespace that are not in the table. */
const NAMESPACES: ReadonlyMap<string, MethodRule> = new Map<string, MethodRule>([
  ['trace_', unasked()],
  ['txpool_', unasked({ compare: 'none' })],
  ['erigon_', unasked()],
  ['ots_', unasked()],
  ...[
    'admin_',
    'anvil_',
    'auth_',
    'clique_',
    'debug_',
    'dev_',
    'engine_',
    'ethash_',
    'evm_',
    'flashbots_',
    'hardhat_',
    'ibft_',
    'les_',
    'miner_',
    'nethermind_',
    'parity_',
    'perm_',
    'personal_',
    'plugins_',
    'priv_',
    'qbft_',
    'reth_',
    'signer_',
    'tenderly_',
    'testing_',
    'wallet_',
  ].map((namespace): [string, MethodRule] => [namespace, REFUSED]),
]);
