// Programs as people have them, unchanged, before a gateway in place of one node. One of three nodes lies, then one dies.
import { execFile } from 'node:child_process';
import { createRequire } from 'node:module';
import { promisify } from 'node:util';
import { Contract, JsonRpcProvider, Wallet, WebSocketProvider } from 'ethers';
import {
  BaseError,
  ContractFunctionRevertedError,
  createPublicClient,
  createWalletClient,
  encodeErrorResult,
  encodeFunctionData,
  defineChain,
  http,
  parseAbi,
  webSocket,
  type Hex,
  type PublicClient,
} from 'viem';
import { privateKeyToAccount } from 'viem/accounts';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { answerWith, endAnswers } from '../parts/answers.ts';
import { CHAIN_ID, endAnvils } from '../parts/anvil.ts';
import { endChainGateways, startChainGateway, type ChainGateway } from '../parts/chain-gateway.ts';
import { ChainWorld } from '../parts/chain-world.ts';
import { FaultyNode } from '../parts/faulty-node.ts';
import { LEDGER_ABI } from '../parts/ledger.ts';
import { quantity } from '../parts/rpc.ts';
import { endProcesses } from './keelson-process.ts';

/** Of the third account of the well-known mnemonic: the world signs with the others. */
const KEY: Hex = '0x5de4111afa1a4b94908f83103eb1f1706367c2e68ca870fc3fb9a804cdab365a';
const ACCOUNT = privateKeyToAccount(KEY);

let world: ChainWorld;
let nodes: FaultyNode[];
let gateway: ChainGateway;
const ends: (() => unknown)[] = [];

beforeAll(async () => {
  world = await ChainWorld.start({ nodes: 3 });
  await world.mine(3, [await world.store(1n, 11n)]);
  nodes = await Promise.all(world.nodes.map((anvil, i) => FaultyNode.before(anvil, { seed: i })));
});
afterAll(async () => {
  for (const node of nodes) await node.stop();
  await world.stop();
  await endAnvils();
});
beforeEach(async () => {
  for (const node of nodes) {
    await node.accept();
    node.behave();
  }
});
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

/** A gateway for each of these: a node that has lied is put aside for a minute. */
function useGateway(): void {
  beforeAll(async () => {
    for (const node of nodes) node.behave();
    gateway = await startChainGateway({ nodes, atLeast: 2, verify: 'quorum' });
    await vi.waitFor(() => gateway.result('eth_blockNumber'), { timeout: 10_000 });
  });
  afterAll(async () => {
    await endChainGateways();
    await endProcesses();
  });
}

/** Blocks that follow one with a transaction. */
const MORE_BLOCKS = 8;

/** Somebody mines what was sent, once every node that can be reached has it: what comes in the middle would be of one node's block alone. */
function keepMining(): void {
  let isOver = false;
  let before = '';
  let left = 0;
  const look = async (): Promise<void> => {
    const pools = await Promise.all(world.nodes.map((node) => node.ask('txpool_content')));
    const now = JSON.stringify(pools);
    const waiting = pools.filter((pool) => JSON.stringify(pool).includes('"hash"')).length;
    if (waiting >= 2 && now === before) {
      await world.mine(1);
      left = MORE_BLOCKS;
    } else if (left-- > 0) await world.mine(1);
    before = now;
  };
  const done = (async () => {
    while (!isOver) {
      await look();
      await new Promise((resolve) => setTimeout(resolve, 80));
    }
  })();
  ends.push(() => {
    isOver = true;
    return done;
  });
}

const chain = (multicall?: Hex) =>
  defineChain({
    id: CHAIN_ID,
    name: 'Test',
    nativeCurrency: { name: 'Ether', symbol: 'ETH', decimals: 18 },
    rpcUrls: { default: { http: [] } },
    ...(multicall === undefined ? {} : { contracts: { multicall3: { address: multicall } } }),
  });

/** What a wallet is told before it signs, of which nodes may differ: whoever lies about it is not put aside for that. */
const BEFORE_SIGNING = [
  'eth_fillTransaction',
  'eth_getTransactionCount',
  'eth_estimateGas',
  'eth_gasPrice',
  'eth_maxPriorityFeePerGas',
];

/** One of three lies about all that it can, but about its chain: else nobody would ask it. */
function lie(): void {
  nodes[0]?.behave(
    { methods: ['eth_chainId'], fault: { kind: 'ok' } },
    { fault: { kind: 'lie', lie: 'any' }, share: 0.6 },
  );
}

/** Who answers soonest is asked. */
function slowDownOthers(liar: number): void {
  for (const node of nodes) node.behave({ fault: { kind: 'ok' }, delayMs: 50 });
  nodes[liar]?.behave();
  nodes[liar]?.forget();
}

/** As if it were to be sent. */
const REFUSING_ABI = parseAbi(['error Refused(uint256 key)', 'function refuseWith(uint256 key)']);

const troubles = [
  ['all nodes are well', () => undefined],
  ['one lies', lie],
  ['one is dead', () => nodes[1]?.refuse()],
] as const;

const transports = [
  ['http', () => http(gateway.url, { retryCount: 0 })],
  ['http with batches', () => http(gateway.url, { batch: true, retryCount: 0 })],
  ['webSocket', () => webSocket(gateway.wsUrl, { retryCount: 0, reconnect: false })],
] as const;

const NUMBER_KEY = (): bigint => BigInt(Math.floor(Date.now() * 1_000 + Math.random() * 1_000));

describe.each(troubles)('while %s', (_trouble, strike) => {
  useGateway();

  test.each(transports)('viem by %s reads, writes and waits', async (_transport, transport) => {
    await strike();
    keepMining();
    const client = createPublicClient({ chain: chain(), transport: transport(), pollingInterval: 100 });
    const wallet = createWalletClient({ chain: chain(), transport: transport(), account: ACCOUNT });
    ends.push(
      () => closeSocket(client),
      () => closeSocket(wallet),
    );
    const contract = { address: world.ledger, abi: LEDGER_ABI } as const;

    const [number, chainId, balance, code, fees, stored] = await Promise.all([
      client.getBlockNumber(),
      client.getChainId(),
      client.getBalance({ address: ACCOUNT.address, blockNumber: 1n }),
      client.getCode({ address: world.ledger }),
      client.estimateFeesPerGas(),
      client.readContract({ ...contract, functionName: 'read', args: [1n] }),
    ]);
    expect(number).toBeGreaterThan(3n);
    expect(chainId).toBe(CHAIN_ID);
    expect(balance).toBe(10_000n * 10n ** 18n);
    expect(code?.length).toBeGreaterThan(100);
    expect(fees.maxFeePerGas).toBeGreaterThan(0n);
    expect(stored).toBe(11n);

    const key = NUMBER_KEY();
    const hash = await wallet.writeContract({ ...contract, functionName: 'store', args: [key, 77n] });
    const receipt = await client.waitForTransactionReceipt({ hash, timeout: 20_000 });
    expect(receipt.status).toBe('success');
    // What was just seen is there for what is asked next.
    expect(await client.readContract({ ...contract, functionName: 'read', args: [key] })).toBe(77n);
    const logs = await client.getLogs({
      address: world.ledger,
      event: LEDGER_ABI[0],
      args: { key },
      fromBlock: receipt.blockNumber,
      strict: true,
    });
    expect(logs.map(({ args, transactionHash }) => [args.value, transactionHash])).toEqual([[77n, hash]]);
    const block = await client.getBlock({ blockNumber: receipt.blockNumber, includeTransactions: true });
    expect(block.transactions.map((one) => one.hash)).toContain(hash);
    expect((await client.getTransaction({ hash })).from.toLowerCase()).toBe(ACCOUNT.address.toLowerCase());
    const proof = await client.getProof({
      address: world.ledger,
      storageKeys: ['0x0000000000000000000000000000000000000000000000000000000000000001'],
    });
    expect(proof.storageProof[0]?.value).toBe(11n);
  });

  test.each(transports)('viem by %s is told why a call reverts', async (_transport, transport) => {
    await strike();
    const client = createPublicClient({ chain: chain(), transport: transport() });
    ends.push(() => closeSocket(client));
    const contract = { address: world.ledger, abi: LEDGER_ABI } as const;
    const refuse = await revertOf(client.readContract({ ...contract, functionName: 'refuse' }));
    expect(refuse?.reason).toBe('refused');
    const custom = await revertOf(
      client.readContract({ ...contract, functionName: 'refuseWith', args: [9n] }),
    );
    expect(custom?.data?.errorName).toBe('Refused');
    expect(custom?.data?.args).toEqual([9n]);
    const simulated = await revertOf(
      client.simulateContract({
        ...{ address: world.ledger, abi: REFUSING_ABI, account: ACCOUNT },
        ...{ functionName: 'refuseWith', args: [4n] },
      }),
    );
    expect(simulated?.data?.args).toEqual([4n]);
  });

  test('cast reads, sends and proves', async () => {
    await strike();
    keepMining();
    expect(Number(await cast('block-number'))).toBeGreaterThan(3);
    expect(await cast('chain-id')).toBe(String(CHAIN_ID));
    expect(await cast('balance', ACCOUNT.address, '--block', '1')).toBe('10000000000000000000000');
    expect(await cast('call', world.ledger, 'read(uint256)(uint256)', '1')).toBe('11');
    expect(BigInt(await cast('storage', world.ledger, '1'))).toBe(11n);
    const key = NUMBER_KEY();
    const receipt = JSON.parse(
      await cast(
        ...(['send', world.ledger, 'store(uint256,uint256)', String(key), '5'] as const),
        ...(['--private-key', KEY, '--json'] as const),
      ),
    );
    expect(receipt.status).toBe('0x1');
    const { transactionHash, blockNumber } = receipt;
    expect(JSON.parse(await cast('receipt', transactionHash, '--json')).transactionHash).toBe(
      transactionHash,
    );
    const logs = JSON.parse(
      await cast(
        ...(['logs', '--from-block', String(Number(blockNumber)), '--address', world.ledger] as const),
        ...(['Stored(address indexed,uint256 indexed,uint256)', '--json'] as const),
      ),
    );
    expect(logs.map((log: { transactionHash: string }) => log.transactionHash)).toContain(transactionHash);
    expect(Number(await cast('estimate', world.ledger, 'store(uint256,uint256)', '3', '3'))).toBeGreaterThan(
      21_000,
    );
    const proof = JSON.parse(await cast('proof', world.ledger, '1', '--json'));
    expect(proof.storageProof[0].value).toBe('0xb');
    await expect(cast('call', world.ledger, 'refuse()')).rejects.toThrow(/refused/);
  });

  test('ethers calls, sends, waits and hears of events by filters', async () => {
    await strike();
    keepMining();
    const provider = new JsonRpcProvider(gateway.url);
    provider.pollingInterval = 100;
    ends.push(() => provider.destroy());
    await useEthers(provider);
  });

  test('ethers calls, sends, waits and hears of events by subscription', async () => {
    await strike();
    keepMining();
    const provider = new WebSocketProvider(gateway.wsUrl);
    ends.push(() => provider.destroy());
    await useEthers(provider);
  });
});

describe.each([0, 1, 2])('while node %i lies about what a wallet signs, and about nothing else', (liar) => {
  useGateway();

  test('a transaction is prepared as honest nodes have it', async () => {
    const call = {
      ...{ account: ACCOUNT, to: world.ledger },
      data: encodeFunctionData({ abi: LEDGER_ABI, functionName: 'store', args: [NUMBER_KEY(), 7n] }),
    };
    const prepare = (url = ''): Promise<unknown> =>
      createWalletClient({
        ...{ chain: chain(), transport: http(url, { retryCount: 0 }), account: ACCOUNT },
      }).prepareTransactionRequest(call);
    const honest = nodes[(liar + 1) % 3];
    // As from a node that does not fill in all at once.
    const error = { code: -32601, message: 'Method not found' };
    honest?.behave({ methods: ['eth_fillTransaction'], fault: { kind: 'error', error } });
    const expected = await prepare(honest?.url);
    slowDownOthers(liar);
    nodes[liar]?.behave({ methods: BEFORE_SIGNING, fault: { kind: 'lie', lie: 'leaf' } });
    for (let i = 0; i < 5; i++) expect(await prepare(gateway.url)).toEqual(expected);
    expect(nodes[liar]?.lies.length).toBeGreaterThan(0);
    expect(nodes[liar]?.counts.byMethod).not.toHaveProperty('eth_fillTransaction');
  });

  test('nobody hears what it says beside its answers', async () => {
    // Whoever answers first has its words passed on, where they are no others.
    slowDownOthers(liar);
    nodes[liar]?.behave({ kind: 'beside' });
    const said = (): number => nodes[liar]?.counts.byFault.beside ?? 0;
    // Each of something else, or what is kept would be told again; at least until it was asked, which the pool decides.
    for (let i = 0; i < 6 || (i < 100 && said() === 0); i++) {
      const { text } = await gateway.ask('eth_getStorageAt', [world.ledger, quantity(i), '0x1']);
      expect(text).toMatch(/^\{"jsonrpc":"2\.0","id":\d+,"result":"0x[\da-f]+"\}$/);
    }
    expect(said()).toBeGreaterThan(0);
  });

  test('a revert without data sends nobody anywhere', async () => {
    let asked = 0;
    const trap = await answerWith((_, response) => {
      asked++;
      response.end(JSON.stringify({ data: `0x${'00'.repeat(31)}01` }));
    });
    // EIP-3668: a client that is given this asks the address in it, and takes what it says there.
    const data = encodeErrorResult({
      abi: parseAbi(['error OffchainLookup(address, string[], bytes, bytes4, bytes)']),
      errorName: 'OffchainLookup',
      args: [world.ledger, [trap.href], '0x01', '0x12345678', '0x'],
    });
    const error = { code: 3, message: 'execution reverted', data: { message: 'revert', data } };
    nodes[liar]?.behave({ methods: ['eth_call'], fault: { kind: 'error', error } });
    const client = createPublicClient({ chain: chain(), transport: http(gateway.url, { retryCount: 0 }) });
    const abi = parseAbi(['function supportsInterface(bytes4) view returns (bool)']);
    for (let i = 0; i < 5; i++)
      await expect(
        client.readContract({
          ...{ address: world.ledger, abi, functionName: 'supportsInterface', args: ['0x01ffc9a7'] },
        }),
      ).rejects.toThrow(/reverted/);
    expect(asked).toBe(0);
    endAnswers();
  });
});

async function useEthers(provider: JsonRpcProvider | WebSocketProvider): Promise<void> {
  const wallet = new Wallet(KEY, provider);
  const ledger = new Contract(
    world.ledger,
    [
      'event Stored(address indexed by, uint256 indexed key, uint256 value)',
      'error Refused(uint256 key)',
      'function store(uint256 key, uint256 value)',
      'function read(uint256 key) view returns (uint256)',
      'function refuse() view',
      'function refuseWith(uint256 key) view',
    ],
    wallet,
  );
  expect((await provider.getNetwork()).chainId).toBe(BigInt(CHAIN_ID));
  const fees = await provider.getFeeData();
  expect(fees.maxFeePerGas).toBeGreaterThan(0n);
  expect(fees.gasPrice).toBeGreaterThan(0n);
  expect(await ledger.getFunction('read')(1n)).toBe(11n);
  await expect(ledger.getFunction('refuse')()).rejects.toMatchObject({ reason: 'refused' });
  await expect(ledger.getFunction('refuseWith')(3n)).rejects.toMatchObject({
    revert: { name: 'Refused', args: [3n] },
  });
  const heard: bigint[] = [];
  const blocks: number[] = [];
  await ledger.on('Stored', (_by: string, key: bigint) => heard.push(key));
  await provider.on('block', (number: number) => blocks.push(number));
  const key = NUMBER_KEY();
  const sent = await ledger.getFunction('store')(key, 5n);
  const receipt = await sent.wait(2);
  expect(receipt.status).toBe(1);
  expect(await ledger.getFunction('read')(key)).toBe(5n);
  await expect.poll(() => heard).toContain(key);
  await expect.poll(() => blocks.length).toBeGreaterThan(2);
  expect(blocks).toEqual([...blocks].sort((a, b) => a - b));
  const found = await ledger.queryFilter(ledger.getEvent('Stored'), receipt.blockNumber, receipt.blockNumber);
  expect(found.map(({ transactionHash }) => transactionHash)).toContain(receipt.hash);
  await ledger.removeAllListeners();
  await provider.removeAllListeners();
  // Its subscriptions end before this is answered.
  await provider.send('eth_chainId', []);
}

describe.each([
  ['a WebSocket', () => webSocket(gateway.wsUrl, { retryCount: 0, reconnect: false })],
  ['filters that are polled', () => http(gateway.url, { retryCount: 0 })],
] as const)('viem by %s', (_way, transport) => {
  useGateway();

  test('watches blocks, events and what is pending, while one node dies and comes back', async () => {
    const client = createPublicClient({ chain: chain(), transport: transport(), pollingInterval: 100 });
    ends.push(() => closeSocket(client));
    const blocks: bigint[] = [];
    const events: bigint[] = [];
    const contractEvents: bigint[] = [];
    const errors: Error[] = [];
    const onError = (error: Error): void => {
      errors.push(error);
    };
    const keysIn = (logs: readonly { readonly args: { readonly key?: bigint | undefined } }[]): bigint[] =>
      logs.flatMap(({ args: { key } }) => (key === undefined ? [] : [key]));
    // Over a WebSocket viem subscribes, over HTTP it polls filters.
    ends.push(
      client.watchBlocks({ onBlock: ({ number }) => blocks.push(number), onError, emitMissed: true }),
      client.watchEvent({
        ...{ address: world.ledger, event: LEDGER_ABI[0], onError, strict: true },
        onLogs: (logs) => events.push(...keysIn(logs)),
      }),
      client.watchContractEvent({
        ...{ address: world.ledger, abi: LEDGER_ABI, eventName: 'Stored', onError, strict: true },
        onLogs: (logs) => contractEvents.push(...keysIn(logs)),
      }),
    );
    // They begin with what comes next: until they have begun, something comes.
    let key = NUMBER_KEY();
    await expect
      .poll(
        async () => {
          await world.mine(1, [await world.store(++key, 1n)]);
          return Math.min(events.length, contractEvents.length, blocks.length);
        },
        { interval: 250, timeout: 20_000 },
      )
      .toBeGreaterThan(0);
    const keys: bigint[] = [];
    for (let i = 0; i < 12; i++) {
      if (i === 3) await nodes[2]?.refuse();
      if (i === 8) await nodes[2]?.accept();
      keys.push(++key);
      await world.mine(1, [await world.store(key, 1n)]);
    }
    await expect.poll(() => events.slice(-keys.length), { timeout: 20_000 }).toEqual(keys);
    await expect.poll(() => contractEvents.slice(-keys.length)).toEqual(keys);
    await expect.poll(() => blocks.includes(BigInt(world.head))).toBe(true);
    // viem asks for each block that it is told of, and gives them as they come: all of them, and each once.
    const inOrder = [...blocks].sort((one, other) => Number(one - other));
    expect(inOrder).toEqual(inOrder.map((_, i) => (inOrder[0] ?? 0n) + BigInt(i)));
    expect(errors).toEqual([]);
  });

  test('hears of transactions that are pending', async () => {
    const pending: Hex[] = [];
    const client = createPublicClient({ chain: chain(), transport: transport(), pollingInterval: 50 });
    ends.push(() => closeSocket(client));
    ends.push(
      client.watchPendingTransactions({
        onTransactions: (hashes) => pending.push(...hashes),
        batch: false,
      }),
    );
    const sent: Hex[] = [];
    let nonce = await client.getTransactionCount({ address: world.account(1).address });
    await expect
      .poll(
        async () => {
          const raw = await world.store(1n, 11n, { from: 1, nonce: nonce++ });
          sent.push(await client.sendRawTransaction({ serializedTransaction: raw }));
          return sent.filter((hash) => pending.includes(hash)).length;
        },
        { interval: 300, timeout: 20_000 },
      )
      .toBeGreaterThan(1);
    expect(new Set(pending).size).toBe(pending.length);
    const has = async (hash: Hex): Promise<boolean> => {
      const found = await Promise.all(
        world.nodes.map((node) => node.ask('eth_getTransactionByHash', [hash])),
      );
      return found.every((one) => one !== null);
    };
    await expect.poll(async () => (await Promise.all(sent.map(has))).every(Boolean)).toBe(true);
    await world.mine(1);
  });
});

test('viem reads many contracts in one call of another', async () => {
  gateway = await startChainGateway({ nodes, atLeast: 2, verify: 'quorum' });
  ends.push(endChainGateways);
  // A stand-in for Multicall3 that answers every aggregate3 alike: what is tried is how such a call passes.
  const multicall = await deployMulticall();
  const client = createPublicClient({ chain: chain(multicall), transport: http(gateway.url) });
  const contract = { address: world.ledger, abi: LEDGER_ABI } as const;
  const answers = await client.multicall({
    contracts: [
      { ...contract, functionName: 'read', args: [1n] },
      { ...contract, functionName: 'read', args: [1n] },
    ],
  });
  expect(answers).toEqual([
    { status: 'success', result: 11n },
    { status: 'success', result: 11n },
  ]);
});

/** Returns two successes that say 11, whatever is asked. */
async function deployMulticall(): Promise<Hex> {
  const word = (value: number): string => value.toString(16).padStart(64, '0');
  const one = [word(1), word(0x40), word(32), word(11)].join('');
  const data = [word(0x20), word(2), word(0x40), word(0xc0), one, one].join('');
  const size = data.length / 2;
  // PUSH2 size, PUSH1 12, PUSH0, CODECOPY, PUSH2 size, PUSH0, RETURN: code that returns what stands behind it.
  const runtime = `61${size.toString(16).padStart(4, '0')}600c5f3961${size.toString(16).padStart(4, '0')}5ff3${data}`;
  const length = runtime.length / 2;
  const creation: Hex = `0x61${length.toString(16).padStart(4, '0')}600c5f3961${length.toString(16).padStart(4, '0')}5ff3${runtime}`;
  const raw = await world.sign({ to: null, data: creation, gas: 2_000_000n });
  await world.mine(1, [raw]);
  const block = (await world.node(0).ask('eth_getBlockReceipts', ['latest'])) as { contractAddress: Hex }[]; // as anvil has it
  const address = block.at(-1)?.contractAddress;
  if (address === undefined) throw new Error('Expected a contract.');
  await expect.poll(() => gateway.result('eth_getCode', [address, 'latest'])).not.toBe('0x');
  return address;
}

test('a call that names its block reaches the node as its client wrote it, byte for byte', async () => {
  const one = await startChainGateway({ nodes });
  await expect.poll(() => one.ask('eth_blockNumber')).toHaveProperty('result');
  ends.push(endChainGateways);
  const bodies = [
    '{"jsonrpc":"2.0","id":1,"method":"eth_getBalance","params":["0x1111111111111111111111111111111111111111","0x1"]}',
    ' {\t"params" : [ "0x1111111111111111111111111111111111111111" ,\r\n "0x2" ],"method": "eth_getBalance", "id":"\\u00e4 ☃","jsonrpc":"2.0" }\n\n',
    '{"id":1e2,"method":"eth_getStorageAt","params":["0x1111111111111111111111111111111111111111","0x0","0x3"]}',
  ];
  for (const body of bodies) {
    const { status, text } = await one.post(body);
    expect(status).toBe(200);
    expect(JSON.parse(text).id).toEqual(JSON.parse(body).id);
    expect(nodes[0]?.heard.map((heard) => heard.body.toString())).toContain(body);
  }
});

async function cast(...words: readonly string[]): Promise<string> {
  const path = createRequire(import.meta.url).resolve(
    `@foundry-rs/cast-${process.platform}-${process.arch === 'x64' ? 'amd64' : process.arch}/bin/cast`,
  );
  const { stdout } = await promisify(execFile)(path, [...words, '--rpc-url', gateway.url], {
    env: { ...process.env, NO_COLOR: '1', ETHERSCAN_API_KEY: '' },
    timeout: 40_000,
  });
  return stdout.trim().replace(/ \[[\d.e]+\]$/, '');
}

async function revertOf(call: Promise<unknown>): Promise<ContractFunctionRevertedError | undefined> {
  try {
    await call;
  } catch (error) {
    if (!(error instanceof BaseError)) throw error;
    const found = error.walk((one) => one instanceof ContractFunctionRevertedError);
    if (found instanceof ContractFunctionRevertedError) return found;
    throw error;
  }
  throw new Error('Expected it to revert.');
}

async function closeSocket({ transport }: Pick<PublicClient, 'transport'>): Promise<void> {
  if (transport.type !== 'webSocket' || !('getRpcClient' in transport)) return;
  // viem's type of a transport does not say which one it is.
  const { getRpcClient } = transport as unknown as { getRpcClient(): Promise<{ close(): void }> };
  (await getRpcClient()).close();
}
