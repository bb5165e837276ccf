import type { FailureKind } from './failures.ts';

/** What a client or a provider has answered, and what it is. */
export interface KnownAnswer {
  /** The client or the provider. */
  readonly by: string;
  readonly method: string;
  /** Of HTTP; 200 where the source does not say. */
  readonly status: number;
  /** As it came. Where the source has only code and message, the envelope around them is ours. */
  readonly body: string;
  readonly verdict: FailureKind | 'answer';
  /**
   * Where it was read: a project and a file, an issue, a page. Of those in {@link MATCHERS} only the words that these look for are
   * known; the rest of the sentence, and often the code, are ours. 'shape': nobody's, it shows a form.
   */
  readonly source: string;
}

/** Projects whose patterns for such messages were read, not the messages. */
export const MATCHERS: readonly string[] = [
  'erpc/erpc',
  'ponder-sh/ponder packages',
  'smartcontractkit/chainlink',
];

type Row = readonly [method: string, status: number, error: string, verdict: FailureKind | 'answer'];

function from(by: string, source: string, rows: readonly Row[]): KnownAnswer[] {
  return rows.map(([method, status, body, verdict]) => ({ by, source, method, status, body, verdict }));
}

/** An error in its envelope. */
function error(code: number, message: string, data?: unknown): string {
  return JSON.stringify({ jsonrpc: '2.0', id: 1, error: { code, message, data } });
}

const CALL = 'eth_call';
const SEND = 'eth_sendRawTransaction';
const LOGS = 'eth_getLogs';
const BALANCE = 'eth_getBalance';
const BLOCK = 'eth_getBlockByNumber';
const TRACE = 'debug_traceTransaction';
/** Error("Solutions are no longer accepted for this batch") */
const REVERT_DATA =
  '0x08c379a00000000000000000000000000000000000000000000000000000000000000020000000000000000000000000000000000000000000000000000000000000002f536f6c7574696f6e7320617265206e6f206c6f6e67657220616363657074656420666f7220746869732062617463680000000000000000000000000000000000';

/** Real errors, by where they were read, and the judgement that a person came to. */
export const KNOWN_ANSWERS: readonly KnownAnswer[] = [
  // Clients.
  ...from('geth', 'ethereum/go-ethereum core/error.go', [
    [SEND, 200, error(-32000, 'nonce too low'), 'answer'],
    [SEND, 200, error(-32000, 'nonce too high'), 'answer'],
    [SEND, 200, error(-32000, 'insufficient funds for gas * price + value'), 'answer'],
    [CALL, 200, error(-32000, 'insufficient funds for transfer'), 'answer'],
    [CALL, 200, error(-32000, 'max initcode size exceeded'), 'answer'],
    [CALL, 200, error(-32000, 'gas uint64 overflow'), 'answer'],
    [CALL, 200, error(-32000, 'intrinsic gas too low'), 'answer'],
    [CALL, 200, error(-32000, 'max priority fee per gas higher than max fee per gas'), 'answer'],
    [CALL, 200, error(-32000, 'max fee per gas less than block base fee'), 'answer'],
    [CALL, 200, error(-32000, 'max fee per blob gas less than block blob gas fee'), 'answer'],
    [CALL, 200, error(-32000, 'sender not an eoa'), 'answer'],
    [SEND, 200, error(-32000, 'transaction type not supported'), 'answer'],
  ]),
  ...from('geth', 'ethereum/go-ethereum core/txpool/errors.go', [
    [SEND, 200, error(-32000, 'already known'), 'answer'],
    [SEND, 200, error(-32000, 'invalid sender'), 'answer'],
    [SEND, 200, error(-32000, 'transaction underpriced'), 'answer'],
    [SEND, 200, error(-32000, 'replacement transaction underpriced'), 'answer'],
    [SEND, 200, error(-32000, 'account limit exceeded'), 'answer'],
    [SEND, 200, error(-32000, 'exceeds block gas limit'), 'answer'],
    [SEND, 200, error(-32000, 'oversized data'), 'answer'],
    [SEND, 200, error(-32000, 'future transaction tries to replace pending'), 'answer'],
    [SEND, 200, error(-32000, 'authority already reserved'), 'answer'],
  ]),
  ...from('geth', 'ethereum/go-ethereum rpc/errors.go', [
    [
      'trace_block',
      200,
      error(-32601, 'the method trace_block does not exist/is not available'),
      'unsupported',
    ],
    ['eth_subscribe', 200, error(-32601, 'no "newFlashblocks" subscription in eth namespace'), 'unsupported'],
  ]),
  ...from('geth', 'smartcontractkit/chainlink core/chains/evm/client/errors.go', [
    [SEND, 200, error(-32000, 'tx fee (1.05 ether) exceeds the configured cap (1.00 ether)'), 'answer'],
    [SEND, 200, error(-32000, 'transaction would cause overdraft'), 'answer'],
    [SEND, 200, error(-32000, 'known transaction: 4f5e'), 'answer'],
  ]),
  ...from('geth', 'MetaMask/metamask-extension issue 7234', [
    [BALANCE, 200, error(-32000, 'header not found'), 'behind'],
  ]),
  ...from('geth', 'MetaMask/metamask-extension issue 13327', [
    [
      CALL,
      200,
      error(-32603, 'Internal JSON-RPC error.', { code: -32000, message: 'header not found' }),
      'behind',
    ],
  ]),
  ...from('geth', 'graphprotocol/graph-node issue 2401', [
    [CALL, 200, error(-32000, 'header for hash not found'), 'behind'],
  ]),
  ...from('geth', 'NethermindEth/nethermind pull 8126', [
    [
      CALL,
      200,
      error(
        -32000,
        'err: nonce too high: address 0x52bC44d5378309EE2abF1539BF71dE1b7d7bE3b5, tx: 9 state: 3 (supplied gas 50000000)',
      ),
      'answer',
    ],
    [CALL, 200, error(-32000, 'wrong transaction nonce'), 'answer'],
  ]),
  ...from('geth', '0xPolygon/bor issue 1303', [
    [
      CALL,
      200,
      '{"jsonrpc":"2.0","id":1,"error":{"code":-32000,"message":"missing trie node c6ebfa185e24077a555f06caaf4b78d9e0ae9dcb7a693ec753e856f49f55c85c (path ) state 0xc6ebfa185e24077a555f06caaf4b78d9e0ae9dcb7a693ec753e856f49f55c85c is not available, not found"}}',
      'pruned',
    ],
  ]),
  ...from('celo', 'celo-org/celo-blockchain issue 2160', [
    [TRACE, 200, error(-32000, 'required historical state unavailable (reexec=128)'), 'pruned'],
  ]),
  ...from('geth', 'primev/mev-commit pull 420', [
    [BALANCE, 200, error(-32000, 'historical state not available in path scheme yet'), 'pruned'],
  ]),
  ...from('geth', 'ethereum/go-ethereum eth/filters/api.go', [
    [LOGS, 200, error(-32000, 'invalid block range params'), 'answer'],
  ]),
  ...from('geth', 'etclabscore/core-geth issue 412', [
    ['trace_block', 200, error(-32000, 'method handler crashed'), 'internal'],
  ]),
  ...from('geth', 'quicknode.com/docs/xlayer/error-references', [
    [CALL, 200, error(-32000, 'stack limit reached 1024 (1023)'), 'answer'],
    [TRACE, 200, error(-32000, 'execution timeout'), 'overloaded'],
    ['eth_getFilterChanges', 200, error(-32000, 'filter not found'), 'answer'],
    [CALL, 200, error(-32015, 'VM execution error'), 'answer'],
  ]),
  ...from('erigon', 'erigontech/erigon issue 2770', [
    [
      LOGS,
      200,
      '{"jsonrpc":"2.0","id":1,"error":{"code":-32000,"message":"block not found 11185311"}}',
      'behind',
    ],
  ]),
  ...from('erigon', 'erigontech/erigon issue 13727', [
    [CALL, 200, error(-32000, 'old data not available due to pruning'), 'pruned'],
  ]),
  ...from('erigon', 'erigontech/erigon issue 13198', [
    [
      LOGS,
      200,
      error(
        -32000,
        'state transitaion failed: seek with txNum=1962853355 but data before txNum=2662500000 is not available: blockNum=16999999, txNum=1962853355',
      ),
      'pruned',
    ],
  ]),
  ...from('erigon', 'erigontech/erigon pull 19339', [
    [
      LOGS,
      200,
      error(
        -32000,
        'old data not available due to pruning: requested block 16999999, history is available from block 22000000',
      ),
      'pruned',
    ],
  ]),
  ...from('erigon', 'smartcontractkit/chainlink core/chains/evm/client/errors.go', [
    [SEND, 200, error(-32000, 'insufficient balance for transfer'), 'answer'],
  ]),
  ...from('nethermind', 'NethermindEth/nethermind issue 4829', [
    [
      SEND,
      200,
      '{"jsonrpc":"2.0","error":{"code":-32010,"message":"InsufficientFunds, Account balance: 3020000000000000000, cumulative cost: 5809177184380485770"},"id":2}',
      'answer',
    ],
  ]),
  ...from('nethermind', 'NethermindEth/nethermind issue 12153', [
    [SEND, 200, error(-32000, 'AlreadyKnown'), 'answer'],
    [SEND, 200, error(-32000, 'FeeTooLow'), 'answer'],
    [SEND, 200, error(-32000, 'FeeTooLowToCompete'), 'answer'],
    [SEND, 200, error(-32000, 'ReplacementNotAllowed'), 'answer'],
  ]),
  ...from('nethermind', 'smartcontractkit/chainlink core/chains/evm/client/errors.go', [
    [SEND, 200, error(-32010, 'OldNonce, Current nonce: 22, nonce of rejected tx: 17'), 'answer'],
    [SEND, 200, error(-32010, 'NonceGap, Future nonce. Expected nonce: 10'), 'answer'],
    [SEND, 503, error(-32000, '503 Service Unavailable: <html><h1>503</h1></html>'), 'overloaded'],
    [SEND, 200, error(-32010, 'SenderIsContract'), 'answer'],
  ]),
  ...from('nethermind', 'NethermindEth/nethermind issue 13603', [
    [CALL, 200, error(-32002, 'No state available for block 0xd7f8'), 'pruned'],
    ['eth_getStorageAt', 200, error(-32000, 'missing trie node (path ) state 0xd7f8974f'), 'pruned'],
  ]),
  ...from('nethermind', 'NethermindEth/nethermind issue 9539', [
    ['eth_getBlockByHash', 200, error(4444, 'Pruned history unavailable'), 'pruned'],
  ]),
  ...from('nethermind', 'NethermindEth/nethermind issue 8174', [
    [
      TRACE,
      200,
      error(
        -32603,
        'Internal error',
        'System.Reflection.TargetInvocationException: Exception has been thrown by the target of an invocation.\n ---> Nethermind.Trie.MissingTrieNodeException: Node 0x671687b7c114dab66c76046659f0daf9a85cc314295dd809883296dd9be2cf48 is missing from the DB',
      ),
      'pruned',
    ],
  ]),
  ...from('nethermind', 'NethermindEth/nethermind issue 3668', [
    ['debug_traceBlockByNumber', 200, error(-32603, 'Internal error: debug_traceBlockByNumber'), 'internal'],
  ]),
  ...from('nethermind', 'NethermindEth/nethermind src/Nethermind/Nethermind.JsonRpc/ErrorCodes.cs', [
    ['eth_simulateV1', 200, error(-38010, 'Transaction rejected'), 'answer'],
    ['eth_simulateV1', 200, error(-38026, 'Too many calls'), 'answer'],
  ]),
  ...from('besu', 'besu-eth/besu RpcErrorType.java', [
    [SEND, 200, error(-32001, 'Nonce too low'), 'answer'],
    [SEND, 200, error(-32002, 'Invalid signature'), 'answer'],
    [SEND, 200, error(-32003, 'Intrinsic gas exceeds gas limit'), 'answer'],
    [SEND, 200, error(-32004, 'Upfront cost exceeds account balance'), 'answer'],
    [SEND, 200, error(-32005, 'Transaction gas limit exceeds block gas limit'), 'answer'],
    [LOGS, 200, error(-32005, 'Requested range exceeds maximum RPC range limit'), 'too-wide'],
    [LOGS, 200, error(-32005, 'Number of requests exceeds max batch size'), 'too-wide'],
    [SEND, 200, error(-32006, 'Nonce too high'), 'answer'],
    [SEND, 200, error(-32007, 'Sender account not authorized to send transactions'), 'answer'],
    [CALL, 200, error(-32008, 'Initial sync is still in progress'), 'behind'],
    [SEND, 200, error(-32009, 'Gas price below configured minimum gas price'), 'answer'],
    [SEND, 200, error(-32000, 'Known transaction'), 'answer'],
    [SEND, 200, error(-32000, 'Replacement transaction underpriced'), 'answer'],
    [SEND, 200, error(-32000, 'Wrong chainId'), 'answer'],
    [SEND, 200, error(-32000, 'Transaction fee cap exceeded'), 'answer'],
    [SEND, 200, error(-32000, 'Transaction nonce is too distant from current sender nonce'), 'answer'],
    [CALL, 200, error(-32000, 'Transaction processing could not be completed due to an exception'), 'answer'],
    [TRACE, 200, error(-32000, 'Transaction not found'), 'behind'],
    ['eth_getFilterLogs', 200, error(-32000, 'Logs filter not found'), 'answer'],
    ['eth_unsubscribe', 200, error(-32000, 'Subscription not found'), 'answer'],
    [CALL, 200, error(-32000, 'World state unavailable'), 'pruned'],
    [CALL, 200, error(-32000, 'Block not found'), 'behind'],
    [BLOCK, 200, error(-39001, 'Unknown block'), 'behind'],
    [CALL, 200, error(-32603, 'Timeout expired'), 'overloaded'],
    [CALL, 200, error(-32603, 'Internal error'), 'internal'],
    ['trace_block', 200, error(-32604, 'Method not enabled'), 'unsupported'],
    [CALL, 200, error(-40100, 'Unauthorized'), 'unauthorized'],
    [CALL, 200, error(-32602, 'Invalid block number params'), 'answer'],
    [SEND, 200, error(-32602, 'Invalid transaction type'), 'answer'],
  ]),
  ...from('besu', 'besu-eth/besu issue 4192', [
    [
      CALL,
      200,
      error(
        -32000,
        'Execution reverted',
        '0x08c379a00000000000000000000000000000000000000000000000000000000000000020000000000000000000000000000000000000000000000000000000000000001175706b656570206e6f74206e6565646564000000000000000000000000000000',
      ),
      'answer',
    ],
  ]),
  ...from('besu', 'besu-eth/besu issue 2251', [[CALL, 200, error(-32602, 'Invalid params'), 'answer']]),
  ...from('reth', 'paradigmxyz/reth crates/rpc/rpc-eth-types/src/error/mod.rs', [
    [CALL, 200, error(-32001, 'block not found: 0x3b9aca00'), 'behind'],
    [BLOCK, 200, error(4444, 'pruned history unavailable'), 'pruned'],
    ['eth_getProof', 200, error(-32602, 'distance to target block exceeds maximum proof window'), 'pruned'],
    [TRACE, 200, error(-32001, 'transaction not found'), 'behind'],
    ['eth_getTransactionReceipt', 200, error(-32603, 'receipt not found'), 'behind'],
    [TRACE, 200, error(-32001, 'unknown block or tx index'), 'behind'],
    [TRACE, 200, error(-32000, 'execution aborted (timeout = 5s)'), 'overloaded'],
    [SEND, 200, error(-32602, 'failed to decode signed transaction'), 'answer'],
    [
      CALL,
      200,
      error(-32602, 'both gasPrice and (maxFeePerGas or maxPriorityFeePerGas) specified'),
      'answer',
    ],
    [CALL, 200, error(-32603, 'internal blocking task error'), 'internal'],
  ]),
  ...from('reth', 'paradigmxyz/reth crates/rpc/rpc/src/eth/filter.rs', [
    [LOGS, 200, error(-32602, 'query exceeds max block range 100000'), 'too-wide'],
    [
      LOGS,
      200,
      error(-32602, 'query exceeds max results 20000, retry with the range 59066104-59066970'),
      'too-wide',
    ],
    [
      LOGS,
      200,
      error(-32602, 'block range extends beyond current head block: requested 20, head 10'),
      'behind',
    ],
    [LOGS, 200, error(-32602, 'invalid block range params'), 'answer'],
    [LOGS, 200, error(-32603, 'internal filter error'), 'internal'],
  ]),
  ...from('reth', 'lambdaclass/ethrex issue 4870', [
    [BALANCE, 200, error(-32603, 'state at block #2 is pruned'), 'pruned'],
  ]),
  ...from('reth', 'paradigmxyz/reth pull 8558', [
    [
      LOGS,
      200,
      '{"jsonrpc":"2.0","error":{"code":-32602,"message":"query exceeds max block range 5000"},"id":74}',
      'too-wide',
    ],
  ]),
  ...from('anvil', 'foundry-rs/foundry anvil 1.7.1, asked', [
    [
      BALANCE,
      200,
      '{"jsonrpc":"2.0","id":1,"error":{"code":-32602,"message":"BlockOutOfRangeError: block height is 0 but requested was 5"}}',
      'behind',
    ],
    [
      'eth_foo',
      200,
      '{"jsonrpc":"2.0","id":1,"error":{"code":-32601,"message":"Method not found"}}',
      'unsupported',
    ],
    [
      BALANCE,
      200,
      '{"jsonrpc":"2.0","id":1,"error":{"code":-32602,"message":"odd number of digits"}}',
      'answer',
    ],
    [
      SEND,
      200,
      '{"jsonrpc":"2.0","id":1,"error":{"code":-32602,"message":"Failed to decode transaction"}}',
      'answer',
    ],
    [
      CALL,
      200,
      '{"jsonrpc":"2.0","id":1,"error":{"code":-32003,"message":"Insufficient funds for gas * price + value"}}',
      'answer',
    ],
    [
      CALL,
      200,
      '{"jsonrpc":"2.0","id":1,"error":{"code":3,"message":"execution reverted","data":"0x"}}',
      'answer',
    ],
    [
      CALL,
      200,
      '{"jsonrpc":"2.0","id":1,"error":{"code":-32603,"message":"EVM error InvalidFEOpcode"}}',
      'answer',
    ],
    [
      'eth_estimateGas',
      200,
      '{"jsonrpc":"2.0","id":1,"error":{"code":-32603,"message":"EVM error OutOfGas"}}',
      'answer',
    ],
    [
      'eth_sendTransaction',
      200,
      '{"jsonrpc":"2.0","id":1,"error":{"code":-32602,"message":"No Signer available"}}',
      'answer',
    ],
    [
      CALL,
      200,
      '{"jsonrpc":"2.0","id":null,"error":{"code":-32600,"message":"Invalid request"}}',
      'internal',
    ],
  ]),
  ...from('hardhat', 'NomicFoundation/hardhat issue 8043', [
    [
      CALL,
      200,
      error(
        3,
        'execution reverted: custom error 0x8d6ea8be: ...\u0014something went wrong\u0000...',
        '0x8d6ea8be',
      ),
      'answer',
    ],
    [CALL, 200, error(-32603, 'Internal error', { message: 'Internal error' }), 'internal'],
  ]),
  ...from('hardhat', 'NomicFoundation/hardhat issue 8040', [
    [
      CALL,
      200,
      error(
        -32603,
        'Error: VM Exception while processing transaction: reverted with an unrecognized custom error (return data: 0xb427cbbb)',
      ),
      'answer',
    ],
  ]),
  ...from('hardhat', 'NomicFoundation/hardhat issue 1935', [
    [CALL, 200, error(-32603, 'Error: Transaction reverted without a reason string'), 'answer'],
  ]),
  ...from('ganache', 'cowprotocol/ethcontract-rs issue 92', [
    [
      CALL,
      200,
      error(-32000, 'VM Exception while processing transaction: revert', {
        stack: 'RuntimeError: VM Exception while processing transaction: revert',
      }),
      'answer',
    ],
  ]),
  ...from('openethereum', 'cowprotocol/ethcontract-rs issue 185', [
    [CALL, 200, error(-32015, 'VM execution error.', `Reverted ${REVERT_DATA}`), 'answer'],
  ]),
  ...from('openethereum', 'smartcontractkit/chainlink core/chains/evm/client/errors.go', [
    [SEND, 200, error(-32010, 'Transaction nonce is too low. Try incrementing the nonce.'), 'answer'],
    [SEND, 200, error(-32010, 'Transaction with the same hash was already imported.'), 'answer'],
    [
      SEND,
      200,
      error(
        -32010,
        'There are too many transactions in the queue. Your transaction was dropped due to limit. Try increasing the fee.',
      ),
      'overloaded',
    ],
    [
      SEND,
      200,
      error(
        -32010,
        "Transaction gas price is too low. It does not satisfy your node's minimal gas price (minimal: 100 got: 50).",
      ),
      'answer',
    ],
    [
      SEND,
      200,
      error(
        -32010,
        'Insufficient funds. The account you tried to send transaction from does not have enough funds.',
      ),
      'answer',
    ],
  ]),
  ...from('nethermind', 'NethermindEth/nethermind issue 6024', [
    [CALL, 200, error(-32015, 'Reverted 0x'), 'answer'],
  ]),
  ...from('arbitrum', 'smartcontractkit/chainlink core/chains/evm/client/errors.go', [
    [SEND, 200, error(-32000, 'not enough funds for gas'), 'answer'],
    [SEND, 200, error(-32000, 'invalid transaction nonce'), 'answer'],
    [SEND, 200, error(-32000, 'gas price too low'), 'answer'],
    [SEND, 200, error(-32000, 'sequencer pending tx pool full, please try again'), 'overloaded'],
    [SEND, 200, error(-32000, 'queue full'), 'overloaded'],
    [SEND, 502, error(-32000, '502 Bad Gateway: <html></html>'), 'overloaded'],
    [SEND, 200, error(-32000, 'dial tcp 10.0.0.1:8545: network is unreachable'), 'overloaded'],
    [SEND, 200, error(-32000, 'read tcp 10.0.0.1:8545: i/o timeout'), 'overloaded'],
    [SEND, 200, error(-32000, 'forbidden sender address'), 'answer'],
  ]),
  ...from('arbitrum', 'GainsNetwork-org/nft-bot-v3 pull 31', [
    [
      CALL,
      200,
      error(
        -32000,
        'max fee per gas less than block base fee: address 0x52bC44d5378309EE2abF1539BF71dE1b7d7bE3b5, maxFeePerGas: 0 baseFee: 100000000',
      ),
      'answer',
    ],
  ]),
  ...from('arbitrum', 'ponder-sh/ponder packages/utils/src/getLogsRetryHelper.ts', [
    [LOGS, 200, error(-32000, 'logs matched by query exceeds limit of 10000'), 'too-wide'],
  ]),
  ...from('op-geth', 'ethereum-optimism/infra proxyd/backend.go', [
    [CALL, 429, error(-32016, 'over rate limit'), 'rate-limited'],
    [SEND, 429, error(-32017, 'sender is over rate limit'), 'rate-limited'],
    [CALL, 429, error(-32012, 'backend is over capacity'), 'rate-limited'],
    [CALL, 200, error(-32012, 'backend is over capacity'), 'overloaded'],
    [CALL, 503, error(-32010, 'backend offline'), 'overloaded'],
    [CALL, 500, error(-32013, 'backend returned an invalid response'), 'overloaded'],
    [CALL, 504, error(-32015, 'gateway timeout'), 'overloaded'],
    [CALL, 503, error(-32018, 'backend is currently not healthy to serve traffic'), 'overloaded'],
    [LOGS, 500, error(-32020, 'backend response too large'), 'too-wide'],
    [CALL, 400, error(-32014, 'too many RPC calls in batch request'), 'too-wide'],
    [BLOCK, 400, error(-32019, 'block is out of range'), 'behind'],
    [SEND, 413, error(-32021, 'request body too large'), 'too-large'],
    ['debug_traceCall', 403, error(-32601, 'rpc method is not whitelisted'), 'unsupported'],
    [CALL, 500, error(-32000, 'internal error'), 'internal'],
  ]),
  ...from('op-geth', 'hemilabs/heminetwork issue 491', [
    [
      'eth_blockNumber',
      503,
      '{"jsonrpc":"2.0","error":{"code":-32011,"message":"no backend is currently healthy to serve traffic"},"id":77}',
      'overloaded',
    ],
  ]),
  ...from('base', 'rainlanguage/raindex issue 1662', [
    [
      CALL,
      200,
      '{"jsonrpc":"2.0","error":{"code":-32016,"message":"over rate limit"},"id":1}',
      'rate-limited',
    ],
  ]),
  ...from('base', 'base/node issue 368', [
    [
      SEND,
      200,
      '{"jsonrpc":"2.0","id":1115125,"error":{"code":-32000,"message":"429 Too Many Requests: {\\"jsonrpc\\":\\"2.0\\",\\"error\\":{\\"code\\":-32016,\\"message\\":\\"over rate limit\\"},\\"id\\":2239375}\\n"}}',
      'rate-limited',
    ],
  ]),
  ...from('zksync', 'ponder-sh/ponder issue 724', [
    [
      LOGS,
      200,
      '{"jsonrpc":"2.0","error":{"code":-32602,"message":"Query returned more than 10000 results. Try with this block range [0x118dc91, 0x1198cc3]."},"id":1}',
      'too-wide',
    ],
  ]),
  ...from('zksync', 'smartcontractkit/chainlink core/chains/evm/client/errors.go', [
    [
      SEND,
      200,
      error(-32000, 'known transaction. transaction with hash 0x6013 is already in the system'),
      'answer',
    ],
  ]),
  ...from('celo', 'smartcontractkit/chainlink core/chains/evm/client/errors.go', [
    [SEND, 200, error(-32000, 'gasprice is less than gas price minimum floor'), 'answer'],
    [SEND, 200, error(-32000, 'txpool is full'), 'overloaded'],
  ]),
  ...from('avalanche', 'ponder-sh/ponder packages/utils/src/getLogsRetryHelper.ts', [
    [
      LOGS,
      200,
      error(-32000, 'requested too many blocks from 1 to 4000, maximum is set to 2048'),
      'too-wide',
    ],
  ]),
  ...from('avalanche', 'erpc/erpc architecture/evm/util.go', [
    [BLOCK, 200, error(-32000, 'cannot query unfinalized data'), 'behind'],
    [BLOCK, 200, error(-32000, 'requested block 20 after last accepted block 10'), 'behind'],
    [CALL, 200, error(-32000, 'could not find block: 0x10'), 'behind'],
    [CALL, 200, error(-32000, 'block 0x20 greater than latest 0x10'), 'behind'],
    [CALL, 200, error(-32000, 'hash 0xab is not currently canonical'), 'behind'],
  ]),
  ...from('unknown', 'erpc/erpc architecture/evm/error_normalizer.go', [
    [BLOCK, 200, error(-32000, 'pending block is not available'), 'behind'],
    [BLOCK, 200, error(-32000, 'finalized block not found'), 'behind'],
    [LOGS, 200, error(-32000, 'please specify less number of addresses'), 'too-wide'],
    [CALL, 200, error(-32000, 'the node is under too much load'), 'overloaded'],
    [CALL, 200, error(-32000, 'requests limited to 100 in a second'), 'rate-limited'],
    ['trace_block', 200, error(-32000, 'trace_block is not included in your current plan'), 'unsupported'],
  ]),
  ...from('moonbeam', 'moonbeam-foundation/moonbeam pull 3250', [
    [LOGS, 200, error(-32603, 'block range is too wide (maximum 1024)'), 'too-wide'],
  ]),
  ...from('moonbeam', 'moonbeam-foundation/moonbeam issue 1501', [
    [
      'debug_traceBlockByNumber',
      200,
      error(-32603, 'javascript based tracing is not available (hash :[205, 12, 124])'),
      'unsupported',
    ],
  ]),
  ...from('bsc', 'AlphaWallet/alpha-wallet-android issue 2736', [
    [LOGS, 200, error(-32000, 'exceed maximum block range: 5000'), 'too-wide'],
  ]),
  ...from('bsc', 'bnb-chain/docs-site issue 621', [
    [LOGS, 200, '{"jsonrpc":"2.0","id":"1","error":{"code":-32005,"message":"limit exceeded"}}', 'too-wide'],
  ]),

  // Providers.
  ...from('infura', 'gochain/web3 issue 180', [
    [
      BALANCE,
      429,
      '{"jsonrpc":"2.0","id":1,"error":{"code":-32005,"message":"daily request count exceeded, request rate limited","data":{"rate":{"allowed_rps":1,"backoff_seconds":0,"current_rps":2.2},"see":"https://infura.io/dashboard"}}}',
      'quota',
    ],
  ]),
  ...from('infura', 'blockscout/blockscout issue 7339', [
    ['eth_blockNumber', 200, error(-32005, 'daily request count exceeded, request rate limited'), 'quota'],
  ]),
  ...from('infura', 'status-im/status-go pull 4807', [
    [
      CALL,
      429,
      '{"jsonrpc":"2.0","id":84,"error":{"code":-32005,"message":"exceeded project rate limit","data":{"rate":{"allowed_rps":5,"backoff_seconds":30,"current_rps":5.233333333333333},"see":"https://infura.io/dashboard"}}}',
      'rate-limited',
    ],
  ]),
  ...from('infura', 'ethers-io/ethers.js issue 4703', [
    [
      LOGS,
      200,
      error(
        -32005,
        'query returned more than 10000 results. Try with this block range [0xBDE5F8, 0x102DBCC].',
        { from: '0xBDE5F8', limit: 10000, to: '0x102DBCC' },
      ),
      'too-wide',
    ],
  ]),
  ...from('infura', 'INFURA/infura issue 237', [
    [
      LOGS,
      200,
      '{"jsonrpc":"2.0","id":1,"error":{"code":-32602,"message":"range 1000000 exceeds limit of 10000"}}',
      'too-wide',
    ],
  ]),
  ...from('infura', 'rotki/rotki pull 8875', [
    [LOGS, 200, error(-32005, 'query timeout exceeded'), 'too-wide'],
  ]),
  ...from('infura', 'miguelmota/ethereum-development-with-go-book issue 42', [
    [
      BALANCE,
      403,
      error(-32002, 'project ID is required to access archive state', { see: 'https://infura.io/dashboard' }),
      'pruned',
    ],
  ]),
  ...from('infura', 'ethers-io/ethers.js issue 715', [
    [CALL, 200, error(-32002, 'project ID does not have access to archive state'), 'pruned'],
  ]),
  ...from('infura', 'kopanitsa/web3-arduino issue 20', [
    [
      CALL,
      403,
      '{"jsonrpc":"2.0","id":0,"error":{"code":-32600,"message":"project ID is required","data":{"reason":"project ID not provided","see":"https://infura.io/dashboard"}}}',
      'unauthorized',
    ],
  ]),
  ...from('infura', 'ensdomains/ui issue 5', [
    [BALANCE, 200, error(-32002, 'rejected due to project ID settings'), 'unauthorized'],
  ]),
  ...from('infura', 'graphprotocol/indexer issue 145', [[CALL, 401, 'invalid project id\n', 'unauthorized']]),
  ...from('infura', 'blockscout/blockscout issue 7339', [
    [
      'txpool_content',
      200,
      error(-32601, 'The method txpool_content does not exist/is not available'),
      'unsupported',
    ],
  ]),
  ...from('alchemy', 'Synthetixio/kwenta issue 40', [
    [
      CALL,
      429,
      '{"jsonrpc": "2.0", "id": 50, "error": {"code": 429, "message": "Your app has exceeded its compute units per second capacity. If you have retries enabled, you can safely ignore this message. If not, check out https://docs.alchemyapi.io/guides/rate-limits"}}',
      'rate-limited',
    ],
  ]),
  ...from('alchemy', 'conduitxyz/node issue 36', [
    [
      'eth_getBlockReceipts',
      200,
      '{"jsonrpc":"2.0","id":474,"error":{"code":429,"message":"Your app has exceeded its compute units per second capacity. If you have retries enabled, you can safely ignore this message. If not, check out https://docs.alchemy.com/reference/throughput"}}',
      'rate-limited',
    ],
  ]),
  ...from('alchemy', 'xmtp/xmtpd issue 672', [
    [
      CALL,
      403,
      '{"jsonrpc":"2.0","id":6570,"error":{"code":-32600,"message":"Monthly capacity limit exceeded. Visit https://dashboard.alchemyapi.io/settings/billing to upgrade your scaling policy for continued service."}}',
      'quota',
    ],
  ]),
  ...from('alchemy', 'kleros/kleros-v2 issue 1100', [
    [BALANCE, 200, error(-32000, 'App is inactive'), 'unauthorized'],
  ]),
  ...from('alchemy', 'ethers-io/ethers.js issue 4703', [
    [
      LOGS,
      200,
      error(
        -32602,
        'Log response size exceeded. You can make eth_getLogs requests with up to a 2K block range and no limit on the response size, or you can request any block range with a cap of 10K logs in the response. Based on your parameters and the response size limit, this block range should work: [0x0, 0xd043b8]',
      ),
      'too-wide',
    ],
  ]),
  ...from('alchemy', 'bancorprotocol/webapp issue 523', [
    [LOGS, 200, error(-32602, 'Log response size exceeded. Please reduce query block range.'), 'too-wide'],
  ]),
  ...from('alchemy', 'boundless-xyz/boundless issue 838', [
    [
      LOGS,
      400,
      '{"jsonrpc":"2.0","id":13518,"error":{"code":-32600,"message":"You can make eth_getLogs requests with up to a 500 block range. Based on your parameters, this block range should work: [0x1a30dfd, 0x1a30ff0]"}}',
      'too-wide',
    ],
  ]),
  ...from('alchemy', 'enviodev/hyperindex issue 716', [
    [
      LOGS,
      200,
      '{"error":{"code":-32000,"message":"block range too large (2500), maximum allowed is 2000 blocks"}}',
      'too-wide',
    ],
  ]),
  ...from('alchemy', 'velocity-exchange/keeper-bots-v2 issue 147', [
    [
      'trace_filter',
      400,
      error(
        -32602,
        'Unsupported method: getRecentPrioritizationFees. See available methods at https://docs.alchemy.com/alchemy/documentation/apis',
      ),
      'unsupported',
    ],
  ]),
  ...from('alchemy', 'alchemy.com/docs/reference/error-reference', [
    [CALL, 403, '', 'unauthorized'],
    [
      CALL,
      401,
      '{"jsonrpc":"2.0","id":1,"error":{"code":-32600,"message":"Must be authenticated!"}}',
      'unauthorized',
    ],
  ]),
  ...from('quicknode', 'latticexyz/mud issue 1522', [
    [CALL, 200, error(-32012, 'credits limited to 6000/sec'), 'rate-limited'],
  ]),
  ...from('quicknode', 'BobTheBuidler/dank_mids tests', [
    [
      CALL,
      200,
      error(
        -32007,
        'endpoint hit 30/second request limit reached - reduce calls per second or upgrade your account at quicknode.com',
      ),
      'rate-limited',
    ],
  ]),
  ...from('quicknode', 'OffchainLabs/arbitrum-sdk issue 609', [
    [
      LOGS,
      413,
      '{"jsonrpc":"2.0","id":56,"error":{"code":-32614,"message":"eth_getLogs is limited to a 10,000 range"}}',
      'too-wide',
    ],
  ]),
  ...from('quicknode', 'quicknode.com/docs/ethereum/error-references', [
    [
      CALL,
      200,
      error(429, 'The requests per second (RPS) of your requests are higher than your plan allows.'),
      'rate-limited',
    ],
    [TRACE, 200, error(-32009, 'Trace requests limited'), 'rate-limited'],
    [CALL, 200, error(-32004, 'Method not supported'), 'unsupported'],
    [CALL, 200, error(-32001, 'Resource not found'), 'behind'],
    [CALL, 200, error(-32005, 'Limit exceeded'), 'rate-limited'],
    [CALL, 503, 'Service Unavailable', 'overloaded'],
    [CALL, 500, 'Internal Server Error', 'internal'],
    [CALL, 413, 'Content Too Large', 'too-large'],
  ]),
  ...from('quicknode', 'erpc/erpc thirdparty/quicknode.go', [
    [CALL, 200, error(-32010, 'Transaction cost exceeds current gas limit'), 'answer'],
    [
      CALL,
      200,
      error(
        -32602,
        'invalid argument 0: json: cannot unmarshal hex string of odd length into Go struct field',
      ),
      'answer',
    ],
    ['debug_traceCall', 200, error(-32612, 'custom RPC method debug_traceCall'), 'unsupported'],
    ['debug_traceCall', 200, error(-32613, 'custom trace code'), 'unsupported'],
  ]),
  ...from('ankr', 'BitteProtocol/near-ca pull 173', [
    [
      CALL,
      200,
      '{"jsonrpc": "2.0", "error": {"code": -32000, "message": "Unauthorized: You must authenticate your request with an API key. Create an account on https://www.ankr.com/rpc/ and generate your personal API key for free."}, "id": null}',
      'unauthorized',
    ],
  ]),
  ...from('ankr', 'wevm/viem issue 3476', [
    [
      BLOCK,
      403,
      '"message: API key is not allowed to access blockchain, json-rpc code: -32052, rest code: 403"',
      'unauthorized',
    ],
    [BLOCK, 200, error(-32052, 'API key is not allowed to access blockchain'), 'unauthorized'],
  ]),
  ...from('ankr', 'ponder-sh/ponder issue 1940', [
    [LOGS, 200, error(-32602, 'maximum [from, to] blocks distance: 10000'), 'too-wide'],
  ]),
  ...from('ankr', 'ponder-sh/ponder packages/utils/src/getLogsRetryHelper.ts', [
    [LOGS, 200, error(-32600, 'block range is too wide'), 'too-wide'],
  ]),
  ...from('blast', 'ponder-sh/ponder packages/utils/src/getLogsRetryHelper.ts', [
    [
      LOGS,
      200,
      error(-32000, 'block range exceeds the range allowed for your plan (5000 > 500)'),
      'too-wide',
    ],
    [LOGS, 200, error(-32000, 'request exceeds the range allowed for your plan (5000 > 500)'), 'too-wide'],
  ]),
  ...from('llamarpc', 'ponder-sh/ponder packages/utils/src/getLogsRetryHelper.ts', [
    [LOGS, 200, error(-32602, 'query exceeds max results 20000'), 'too-wide'],
  ]),
  ...from('llamarpc', 'AntSeed/antseed pull 277', [[CALL, 429, '', 'rate-limited']]),
  ...from('drpc', 'enviodev/hyperindex issue 715', [
    [
      BLOCK,
      200,
      error(30, 'Request timeout on the free tier, please upgrade your tier to the paid one'),
      'overloaded',
    ],
    [BLOCK, 402, '', 'quota'],
  ]),
  ...from('drpc', 'programmablehq/PROGRAMMABLE pull 359', [[CALL, 408, error(10, ''), 'overloaded']]),
  ...from('drpc', 'found by string in public code: ranges over 10000 blocks', [
    [
      LOGS,
      400,
      '{"id":1,"jsonrpc":"2.0","error":{"message":"ranges over 10000 blocks are not supported on free plan","code":35}}',
      'too-wide',
    ],
    [
      LOGS,
      400,
      error(
        12,
        "Can't route your request to suitable provider, if you specified certain providers revise the list",
      ),
      'unsupported',
    ],
    [CALL, 500, error(19, 'Temporary internal error. Please retry, trace-id: 5f2a'), 'overloaded'],
    [CALL, 500, error(15, 'GRPC Context cancellation'), 'overloaded'],
    ['trace_block', 400, error(35, 'method is not available on freetier'), 'unsupported'],
  ]),
  ...from('drpc', 'erpc/erpc thirdparty/drpc.go', [
    [CALL, 200, error(4, 'token is invalid'), 'unauthorized'],
  ]),
  ...from('cloudflare-eth', 'reown-com/appkit issue 4059', [
    [
      BALANCE,
      200,
      '{"jsonrpc":"2.0","error":{"code":-32603,"message":"Internal error"},"id":11}',
      'internal',
    ],
  ]),
  ...from('cloudflare-eth', 'ponder-sh/ponder packages/utils/src/getLogsRetryHelper.ts', [
    [LOGS, 200, error(-32047, 'Invalid eth_getLogs request. Max range: 800'), 'too-wide'],
  ]),
  ...from('cloudflare-eth', 'status-im/status-legacy pull 9633', [
    [
      BALANCE,
      200,
      error(
        -32000,
        'missing trie node b797f6379be0aef61dbede470f6e6231e2cb26b5415548ed29e640f1252186e4 (path )',
      ),
      'pruned',
    ],
  ]),
  ...from('cloudflare-eth', 'ethers-io/ethers.js issue 949', [
    [
      CALL,
      200,
      error(
        3,
        'execution reverted: ERC721: owner query for nonexistent token',
        '0x08c379a000000000000000000000000000000000000000000000000000000000000000200000000000000000000000000000000000000000000000000000000000000029',
      ),
      'answer',
    ],
  ]),
  ...from('publicnode', 'found by string in public code: Archive requests require', [
    [
      CALL,
      403,
      error(
        -32602,
        'Archive requests require a personal token. Get one at: https://www.allnodes.com/publicnode',
      ),
      'pruned',
    ],
    [LOGS, 200, error(-32701, 'exceed maximum block range: 50000'), 'too-wide'],
  ]),
  ...from('chainstack', 'found by string in public code: Archive, Debug and Trace', [
    [
      CALL,
      403,
      error(-32002, 'Archive, Debug and Trace requests are not available on your current plan.'),
      'pruned',
    ],
    [
      CALL,
      429,
      error(-32005, "You've exceeded the RPS limit available on the current plan."),
      'rate-limited',
    ],
    [
      CALL,
      200,
      error(-32005, "You've exceeded the RPS limit available on the current plan."),
      'rate-limited',
    ],
  ]),
  ...from('chainstack', 'ponder-sh/ponder packages/utils/src/getLogsRetryHelper.ts', [
    [
      LOGS,
      200,
      error(-32000, 'Block range limit exceeded. See more details at https://docs.chainstack.com'),
      'too-wide',
    ],
  ]),
  ...from('tenderly', 'fluencelabs/dev-rewards issue 20', [
    [
      CALL,
      429,
      '{"id":"1709215671619515648","jsonrpc":"2.0","error":{"code":-32005,"message":"rate limit exceeded"}}',
      'rate-limited',
    ],
  ]),
  ...from('tenderly', 'found by string in public code: ranges over 10000 blocks', [
    [LOGS, 200, error(-32602, 'query returned more than 20000 results'), 'too-wide'],
  ]),
  ...from('blockpi', 'ponder-sh/ponder packages/utils/src/getLogsRetryHelper.ts', [
    [LOGS, 200, error(-32602, 'eth_getLogs is limited to 1024 block range'), 'too-wide'],
  ]),
  ...from('1rpc', 'found by string in public code: is limited to 0 - 10000', [
    [LOGS, 200, error(-32602, 'eth_getLogs is limited to 0 - 10000 blocks range'), 'too-wide'],
  ]),
  ...from('1rpc', 'ponder-sh/ponder packages/utils/src/getLogsRetryHelper.ts', [
    [LOGS, 200, error(-32602, 'response size should not greater than 10000000 bytes'), 'too-wide'],
  ]),
  ...from('coinbase', 'ponder-sh/ponder packages/utils/src/getLogsRetryHelper.ts', [
    [LOGS, 200, error(-32602, 'please limit the query to at most 1000 blocks'), 'too-wide'],
  ]),
  ...from('thirdweb', 'ponder-sh/ponder packages/utils/src/getLogsRetryHelper.ts', [
    [LOGS, 200, error(-32000, 'Maximum allowed number of requested blocks is 1000'), 'too-wide'],
  ]),
  ...from('harmony', 'ponder-sh/ponder packages/utils/src/getLogsRetryHelper.ts', [
    [LOGS, 200, error(-32000, 'query must be smaller than size 1024'), 'too-wide'],
  ]),
  ...from('merkle', 'ponder-sh/ponder packages/utils/src/getLogsRetryHelper.ts', [
    [LOGS, 200, error(-32000, 'eth_getLogs range is too large, max is 10k blocks'), 'too-wide'],
  ]),
  ...from('morph', 'enviodev/hyperindex issue 605', [
    [
      LOGS,
      200,
      error(-32000, 'block range is larger than max block range, block range = 5120, max block range = 5000'),
      'too-wide',
    ],
  ]),
  ...from('swell', 'ponder-sh/ponder packages/utils/src/getLogsRetryHelper.ts', [
    [LOGS, 200, error(-32000, 'block range greater than 10000 max'), 'too-wide'],
  ]),
  ...from('pokt', 'MASQ-Project/MASQ-Node-issues issue 585', [
    [LOGS, 200, error(-32005, 'eth_getLogs block range too large, range: 855077, max: 3500'), 'too-wide'],
  ]),
  ...from('nodies', 'MASQ-Project/Node issue 734', [
    [LOGS, 200, error(-32001, 'Block range too large: maximum allowed is 20000 blocks'), 'too-wide'],
  ]),
  ...from('candle', 'AlphaWallet/alpha-wallet-ios issue 5277', [
    [LOGS, 200, error(-32600, 'block range too high'), 'too-wide'],
  ]),
  ...from('energyweb', 'energywebfoundation/origin issue 2378', [
    [LOGS, 200, error(-32005, 'Limit exceeded: Query requested more than 10.000 blocks'), 'too-wide'],
  ]),
  ...from('nodereal', 'bnb-chain/bnb-chain.github.io issue 38', [
    [
      CALL,
      200,
      error(
        -32005,
        'You have reached the maximum API usage limit of public. If you need higher throughput, please check out https://meganode.nodereal.io/',
      ),
      'quota',
    ],
  ]),
  ...from('erpc', 'erpc/erpc architecture/evm/error_normalizer.go', [
    [CALL, 200, error(-32000, 'Exceeded the quota usage'), 'quota'],
    [CALL, 200, error(-32000, 'Monthly capacity limit exceeded'), 'quota'],
  ]),
  ...from('nodewell', 'nodewell.io/docs/errors', [
    [CALL, 200, error(-32005, 'Rate limit exceeded. Please retry after 1 second.'), 'rate-limited'],
    [CALL, 200, error(-32006, 'Invalid API key'), 'unauthorized'],
    [CALL, 200, error(-32008, 'Daily quota exceeded'), 'quota'],
  ]),
  ...from('chainnodes', 'chainnodes.org/docs/FAQs/error_codes', [
    [CALL, 200, error(401, 'invalid api key'), 'unauthorized'],
  ]),
  ...from('godwoken', 'godwokenrises/godwoken-web3 pull 136', [
    [
      CALL,
      200,
      error(-32000, 'Rate limit exceeded for your ip, please wait 1min and retry. RPC method: eth_call.'),
      'rate-limited',
    ],
  ]),
  ...from('solana', 'hummingbot/gateway issue 432', [
    [
      CALL,
      429,
      '{"jsonrpc":"2.0","error":{"code": 429, "message":"Too many requests for a specific RPC call"}, "id": "5274851a-7166-40fd-b487-305524308864" }',
      'rate-limited',
    ],
  ]),
  ...from('getblock', 'reown-com/blockchain-api pull 791', [[CALL, 402, 'Payment Required', 'quota']]),

  // Forms that no source was found for.
  ...from('a contract', 'shape', [
    [CALL, 200, error(3, 'execution reverted: rate limit exceeded', REVERT_DATA), 'answer'],
    [CALL, 200, error(3, 'rate limit exceeded'), 'answer'],
    [
      CALL,
      200,
      error(-32000, 'execution reverted: Too Many Requests, header not found, quota exceeded'),
      'answer',
    ],
    [
      CALL,
      200,
      error(
        -32603,
        "Error: VM Exception while processing transaction: reverted with reason string 'rate limit exceeded'",
      ),
      'answer',
    ],
    [CALL, 200, error(-32000, '', REVERT_DATA), 'answer'],
    [CALL, 200, error(-32000, 'EVM error FatalExternalError'), 'internal'],
    [CALL, 200, error(-32000, 'invalid opcode: INVALID'), 'answer'],
    [CALL, 200, error(-32000, 'invalid jump destination'), 'answer'],
    ['eth_estimateGas', 200, error(-32000, 'gas required exceeds allowance (550000000)'), 'answer'],
    ['eth_estimateGas', 200, error(-32000, 'out of gas'), 'answer'],
  ]),
  ...from('a node', 'shape', [
    [CALL, 200, '{"jsonrpc":"2.0","id":1,"result":"0x01"}', 'answer'],
    ['eth_getTransactionReceipt', 200, '{"jsonrpc":"2.0","id":1,"result":null}', 'answer'],
    [CALL, 500, '{"jsonrpc":"2.0","id":1,"result":"0x01"}', 'internal'],
    [CALL, 200, '{"jsonrpc":"2.0","id":1,"resu', 'broken'],
    [CALL, 200, '<html>Just a moment...</html>', 'broken'],
    [CALL, 200, '{"message":"API rate limit exceeded"}', 'rate-limited'],
    [CALL, 200, '', 'broken'],
    [CALL, 0, '', 'silent'],
    [CALL, 524, '<html>error 524</html>', 'overloaded'],
    [CALL, 403, '<html>Forbidden</html>', 'unauthorized'],
    [CALL, 200, error(-32029, ''), 'rate-limited'],
    [CALL, 200, error(-32097, ''), 'rate-limited'],
    [CALL, 200, error(-32700, 'parse error'), 'internal'],
    [CALL, 200, error(-32000, 'what nobody has seen'), 'internal'],
    [SEND, 200, error(-32000, 'what nobody has seen'), 'internal'],
    [CALL, 200, '{"error":"Your app has exceeded its compute units per second capacity"}', 'rate-limited'],
    [CALL, 200, error(-32000, 'server busy'), 'overloaded'],
    [SEND, 500, error(-32000, 'what nobody has seen'), 'internal'],
    [CALL, 200, '{"error":"Too many requests"}', 'rate-limited'],
    [CALL, 200, error(-32000, 'context deadline exceeded'), 'overloaded'],
    ['eth_subscribe', 200, error(-32000, 'notifications not supported'), 'unsupported'],
    [SEND, 200, error(-32000, 'only replay-protected (EIP-155) transactions allowed over RPC'), 'answer'],
    [SEND, 200, error(1000, 'Already known transaction'), 'answer'],
    [SEND, 200, error(1001, 'Invalid sender'), 'answer'],
    [CALL, 200, error(-32600, 'batch too large'), 'too-wide'],
    [
      'eth_getProof',
      200,
      error(
        -32000,
        'requested block is too old, block must be within 100000 blocks of the head block number',
      ),
      'pruned',
    ],
  ]),
];
