import { describe, expect, test } from 'vitest';
import { type AskedBlock, type MethodRule, askedBlock, methodRule, pinned } from './methods.ts';

const HASH = `0x${'Ab'.repeat(32)}`;
const ADDRESS = `0x${'11'.repeat(20)}`;

function rule(method: string): MethodRule {
  const found = methodRule(method);
  if (found === undefined) throw new Error(`Expected ${method} to be known.`);
  return found;
}

const asked = (method: string, ...params: unknown[]): AskedBlock => askedBlock(rule(method), params);
const pin = (method: string, ...params: unknown[]): readonly unknown[] =>
  pinned(rule(method), params, 100, { safe: 90, finalized: 80 });

/** ethereum/execution-apis, src/eth/*.yaml and src/debug/*.yaml: names as of 2026. */
const EXECUTION_API =
  'eth_getBlockByHash eth_getBlockByNumber eth_getBlockTransactionCountByHash eth_getBlockTransactionCountByNumber ' +
  'eth_getUncleCountByBlockHash eth_getUncleCountByBlockNumber eth_chainId eth_syncing eth_coinbase eth_accounts eth_blockNumber ' +
  'eth_call eth_estimateGas eth_createAccessList eth_simulateV1 eth_gasPrice eth_blobBaseFee eth_maxPriorityFeePerGas eth_feeHistory ' +
  'eth_newFilter eth_newBlockFilter eth_newPendingTransactionFilter eth_uninstallFilter eth_getFilterChanges eth_getFilterLogs ' +
  'eth_getLogs eth_sign eth_signTransaction eth_getBalance eth_getStorageAt eth_getTransactionCount eth_getCode eth_getProof ' +
  'eth_sendTransaction eth_sendRawTransaction eth_getTransactionByHash eth_getTransactionByBlockHashAndIndex eth_config ' +
  'eth_getTransactionByBlockNumberAndIndex eth_getTransactionReceipt eth_getBlockReceipts net_version eth_capabilities eth_fillTransaction eth_getStorageValues eth_subscribe eth_unsubscribe ' +
  'debug_getRawHeader debug_getRawBlock debug_getRawTransaction debug_getRawReceipts debug_getBadBlocks';

test('every method of the execution API is known', () => {
  for (const method of EXECUTION_API.split(' ')) expect(methodRule(method), method).toBeDefined();
});

test.each([
  ['eth_chainId', 'own'],
  ['eth_getBalance', 'read'],
  ['eth_sendRawTransaction', 'broadcast'],
  ['eth_subscribe', 'subscription'],
  ['eth_getFilterChanges', 'filter'],
  ['debug_traceTransaction', 'unasked'],
  ['debug_getRawBlock', 'unasked'],
  ['trace_block', 'unasked'],
  ['trace_somethingNew', 'unasked'],
  ['txpool_content', 'unasked'],
  ['erigon_getHeaderByNumber', 'unasked'],
  ['ots_getApiLevel', 'unasked'],
  ['eth_sendPrivateTransaction', 'unasked'],
  ['debug_setHead', 'refused'],
  ['debug_startCPUProfile', 'refused'],
  ['debug_somethingNew', 'refused'],
  ['eth_sendTransaction', 'refused'],
  ['eth_sign', 'refused'],
  ['eth_signTypedData_v4', 'refused'],
  ['eth_coinbase', 'refused'],
  ['anvil_setBalance', 'refused'],
  ['hardhat_impersonateAccount', 'refused'],
  ['evm_mine', 'refused'],
  ['engine_newPayloadV4', 'refused'],
  ['miner_start', 'refused'],
  ['admin_addPeer', 'refused'],
  ['personal_unlockAccount', 'refused'],
  ['clique_propose', 'refused'],
  ['parity_setMode', 'refused'],
])('%s is %s', (method, kind) => {
  expect(methodRule(method)?.kind).toBe(kind);
});

test('what is not known is not found', () => {
  for (const method of [
    '',
    '_',
    'eth_',
    'eth_getbalance',
    'ETH_CALL',
    'toString',
    '__proto__',
    'constructor',
    'hasOwnProperty',
    'zks_estimateFee',
  ])
    expect(methodRule(method), method).toBeUndefined();
});

test('what cannot be compared is neither proved nor kept, and what is proved is compared exactly', () => {
  for (const method of EXECUTION_API.split(' ')) {
    const { compare, proof, cache, timeoutMs } = rule(method);
    if (compare === 'none') expect([proof, cache], method).toEqual([undefined, 'never']);
    if (proof !== undefined) expect(compare, method).toBe('exact');
    expect(timeoutMs).toBeGreaterThan(0);
  }
});

describe('the block that is asked about', () => {
  test.each<[AskedBlock, string, unknown[]]>([
    [{ kind: 'none' }, 'eth_gasPrice', []],
    [{ kind: 'none' }, 'eth_getTransactionByHash', [HASH]],
    [{ kind: 'tag', tag: 'latest' }, 'eth_getBalance', [ADDRESS]],
    [{ kind: 'tag', tag: 'latest' }, 'eth_getBalance', [ADDRESS, null]],
    [{ kind: 'tag', tag: 'latest' }, 'eth_call', [{ to: ADDRESS }]],
    [{ kind: 'tag', tag: 'finalized' }, 'eth_call', [{ to: ADDRESS }, 'finalized', {}]],
    [{ kind: 'number', number: 16 }, 'eth_getBalance', [ADDRESS, '0x10']],
    [{ kind: 'number', number: 16 }, 'eth_getBalance', [ADDRESS, '0x0010']],
    [{ kind: 'number', number: 16 }, 'eth_getBalance', [ADDRESS, 16]],
    [{ kind: 'number', number: 2 ** 53 - 1 }, 'eth_getBalance', [ADDRESS, '0x1fffffffffffff']],
    [{ kind: 'hash', hash: HASH.toLowerCase() }, 'eth_getBalance', [ADDRESS, HASH]],
    [
      { kind: 'hash', hash: HASH.toLowerCase() },
      'eth_getBalance',
      [ADDRESS, { blockHash: HASH, requireCanonical: true }],
    ],
    [{ kind: 'number', number: 1 }, 'eth_getBalance', [ADDRESS, { blockNumber: '0x1' }]],
    [{ kind: 'tag', tag: 'pending' }, 'eth_getStorageAt', [ADDRESS, '0x0', 'pending']],
    [{ kind: 'tag', tag: 'latest' }, 'eth_getProof', [ADDRESS, [], 'latest']],
    [{ kind: 'hash', hash: HASH.toLowerCase() }, 'eth_getBlockByHash', [HASH, false]],
    [{ kind: 'number', number: 5 }, 'eth_feeHistory', [4, '0x5', []]],
    [{ kind: 'number', number: 5 }, 'trace_call', [{}, ['trace'], '0x5']],
    [
      { kind: 'range', from: { kind: 'tag', tag: 'latest' }, to: { kind: 'tag', tag: 'latest' } },
      'eth_getLogs',
      [{ address: ADDRESS }],
    ],
    [
      { kind: 'range', from: { kind: 'number', number: 1 }, to: { kind: 'tag', tag: 'safe' } },
      'eth_getLogs',
      [{ fromBlock: '0x1', toBlock: 'safe' }],
    ],
    [{ kind: 'hash', hash: HASH.toLowerCase() }, 'eth_getLogs', [{ blockHash: HASH, fromBlock: null }]],
  ])('%j: %s %j', (expected, method, params) => {
    expect(asked(method, ...params)).toEqual(expected);
  });

  test.each<[string, unknown[]]>([
    ['eth_getBalance', []],
    ['eth_getProof', [ADDRESS]],
    ['eth_getBalance', [ADDRESS, '0x20000000000000']],
    ['eth_getBalance', [ADDRESS, `0x${'f'.repeat(60)}`]],
    ['eth_getBalance', [ADDRESS, '0x']],
    ['eth_getBalance', [ADDRESS, '']],
    ['eth_getBalance', [ADDRESS, '16']],
    ['eth_getBalance', [ADDRESS, 'LATEST']],
    ['eth_getBalance', [ADDRESS, 'toString']],
    ['eth_getBalance', [ADDRESS, -1]],
    ['eth_getBalance', [ADDRESS, 1.5]],
    ['eth_getBalance', [ADDRESS, true]],
    ['eth_getBalance', [ADDRESS, []]],
    ['eth_getBalance', [ADDRESS, {}]],
    ['eth_getBalance', [ADDRESS, { blockHash: HASH, blockNumber: '0x1' }]],
    ['eth_getBalance', [ADDRESS, { blockHash: '0x12' }]],
    ['eth_getBalance', [ADDRESS, { blockNumber: { blockNumber: '0x1' } }]],
    ['eth_getBalance', [ADDRESS, `0x${'g'.repeat(64)}`]],
    ['eth_getBlockByHash', []],
    ['eth_getBlockByHash', ['0x1', false]],
    ['eth_getBlockByHash', ['latest', false]],
    ['eth_getBlockByNumber', [HASH, false]],
    ['eth_getLogs', []],
    ['eth_getLogs', ['latest']],
    ['eth_getLogs', [{ fromBlock: '0x1', blockHash: HASH }]],
    ['eth_getLogs', [{ fromBlock: HASH }]],
    ['eth_getLogs', [{ toBlock: { blockNumber: '0x1' } }]],
  ])('is unreadable in %s %j, which stays as it is', (method, params) => {
    expect(asked(method, ...params).kind).toBe('unreadable');
    expect(pinned(rule(method), params, 100)).toBe(params);
  });
});

describe('a pinned call', () => {
  test.each<[string, unknown[], unknown[]]>([
    ['eth_getBalance', [ADDRESS], [ADDRESS, '0x64']],
    ['eth_getBalance', [ADDRESS, 'latest'], [ADDRESS, '0x64']],
    ['eth_getBalance', [ADDRESS, null], [ADDRESS, '0x64']],
    ['eth_getBalance', [ADDRESS, 'safe'], [ADDRESS, '0x5a']],
    ['eth_getBalance', [ADDRESS, 'finalized'], [ADDRESS, '0x50']],
    ['eth_getBalance', [ADDRESS, { blockNumber: 'latest' }], [ADDRESS, { blockNumber: '0x64' }]],
    ['eth_call', [{ to: ADDRESS }], [{ to: ADDRESS }, '0x64']],
    ['eth_call', [{ to: ADDRESS }, null, { [ADDRESS]: {} }], [{ to: ADDRESS }, '0x64', { [ADDRESS]: {} }]],
    ['eth_estimateGas', [{}], [{}, '0x64']],
    ['eth_createAccessList', [{}], [{}, '0x64']],
    ['eth_getStorageAt', [ADDRESS, '0x0'], [ADDRESS, '0x0', '0x64']],
    ['eth_getProof', [ADDRESS, ['0x0']], [ADDRESS, ['0x0'], '0x64']],
    ['eth_feeHistory', ['0x4', 'latest', [50]], ['0x4', '0x64', [50]]],
    ['eth_getBlockByNumber', ['latest', true], ['0x64', true]],
    ['eth_getBlockReceipts', ['latest'], ['0x64']],
    ['eth_getLogs', [{}], [{ fromBlock: '0x64', toBlock: '0x64' }]],
    [
      'eth_getLogs',
      [{ fromBlock: '0x1', address: ADDRESS }],
      [{ fromBlock: '0x1', toBlock: '0x64', address: ADDRESS }],
    ],
    [
      'eth_getLogs',
      [{ fromBlock: 'earliest', toBlock: 'finalized' }],
      [{ fromBlock: 'earliest', toBlock: '0x50' }],
    ],
    ['eth_getLogs', [{ toBlock: 'pending' }], [{ fromBlock: '0x64', toBlock: '0x64' }]],
    ['eth_feeHistory', ['0x4', 'pending', [50]], ['0x4', '0x64', [50]]],
    ['debug_traceCall', [{}, 'latest', {}], [{}, '0x64', {}]],
  ])('%s %j', (method, params, expected) => {
    const before = structuredClone(params);
    expect(pin(method, ...params)).toEqual(expected);
    expect(params).toEqual(before);
  });

  test.each<[string, unknown[]]>([
    ['eth_gasPrice', []],
    ['eth_getBalance', [ADDRESS, 'pending']],
    ['eth_getBalance', [ADDRESS, 'earliest']],
    ['eth_getBalance', [ADDRESS, '0x1']],
    ['eth_getBalance', [ADDRESS, HASH]],
    ['eth_getBalance', [ADDRESS, { blockHash: HASH, requireCanonical: true }]],
    ['eth_getLogs', [{ blockHash: HASH }]],
    ['eth_newFilter', [{ toBlock: 'latest' }]],
  ])('stays as it is: %s %j', (method, params) => {
    expect(pin(method, ...params)).toEqual(params);
  });

  test('a tag whose block is not known stays', () => {
    expect(pinned(rule('eth_getBalance'), [ADDRESS, 'safe'], 100)).toEqual([ADDRESS, 'safe']);
  });
});
