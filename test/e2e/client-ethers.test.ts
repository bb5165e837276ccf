/** ethers over the library, on real nodes: what it does over its own provider. */
import {
  Contract,
  FetchRequest,
  isError,
  JsonRpcProvider,
  Wallet,
  type ContractEventPayload,
  type ContractTransactionResponse,
  type Provider,
} from 'ethers';
import { toHex } from 'viem';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { KeelsonProvider } from '../../src/client/ethers.ts';
import { chainPool } from '../../src/client/node.ts';
import { CHAIN_ID, endAnvils } from '../parts/anvil.ts';
import { ChainWorld } from '../parts/chain-world.ts';
import { FaultyNode } from '../parts/faulty-node.ts';

const ABI = [
  'event Stored(address indexed by, uint256 indexed key, uint256 value)',
  'error Refused(uint256 key)',
  'function store(uint256 key, uint256 value)',
  'function read(uint256 key) view returns (uint256)',
  'function refuse() view',
  'function refuseWith(uint256 key) view',
];

let world: ChainWorld;
let nodes: FaultyNode[];
let pool: ReturnType<typeof chainPool>;
let provider: KeelsonProvider;
let ledger: Contract;

beforeAll(async () => {
  world = await ChainWorld.start();
  nodes = await Promise.all(world.nodes.map((node) => FaultyNode.before(node)));
  pool = chainPool({
    chain: CHAIN_ID,
    blockTimeMs: 1_000,
    nodes: nodes.map(({ url, wsUrl }) => ({ url, websocket: wsUrl })),
  });
  provider = new KeelsonProvider(pool);
  ledger = new Contract(world.ledger, ABI, provider);
});
afterEach(() => {
  for (const node of nodes) node.behave();
});
afterAll(async () => {
  provider.destroy();
  pool.stop();
  await Promise.all(nodes.map((node) => node.stop()));
  await endAnvils();
});

/** A method of a contract, whose types ethers leaves open. */
const method = (name: string, of = ledger) => of.getFunction(name);

test('reads what nodes say', async () => {
  const direct = new JsonRpcProvider(new FetchRequest(world.node(0).url), CHAIN_ID, { staticNetwork: true });
  const { address } = world.account(0);
  expect(await provider.getBalance(address)).toBe(await direct.getBalance(address));
  expect((await provider.getNetwork()).chainId).toBe(BigInt(CHAIN_ID));
  expect((await provider.getBlock('latest'))?.hash).toBe(await world.hashAt(world.head));
  expect(await provider.getBlockNumber()).toBe(world.head);
  direct.destroy();
});

test('writes, waits for the receipt, and reads what was written, while the first node hangs', async () => {
  nodes[0]?.behave({ kind: 'hang' });
  const key = world.account(0).getHdKey().privateKey;
  const wallet = new Wallet(toHex(key ?? new Uint8Array()), provider);
  const send = method('store', ledger.connect(wallet) as Contract);
  const sent = (await send(1n, 42n, { gasLimit: 200_000n })) as ContractTransactionResponse;
  const receipt = sent.wait(1, 20_000);
  await world.mine();
  expect((await receipt)?.status).toBe(1);
  expect(await method('read')(1n)).toBe(42n);
  const logs = await ledger.queryFilter('Stored', 0);
  expect(logs.length).toBe(1);
});

test('decodes reverts as ethers over http', async () => {
  const direct = new JsonRpcProvider(world.node(0).url, CHAIN_ID, { staticNetwork: true });
  const failures = async (over: Provider): Promise<unknown[]> => {
    const of = ledger.connect(over) as Contract;
    const calls = [
      () => method('refuse', of)(),
      () => method('refuseWith', of)(7n),
      () => method('refuse', of).estimateGas(),
      () => over.call({ to: world.ledger, data: '0x00000000' }),
      () => over.broadcastTransaction(spent),
    ];
    return Promise.all(
      calls.map((call) =>
        call().then(
          () => 'no error',
          (error: unknown) =>
            isError(error, 'CALL_EXCEPTION')
              ? [error.code, error.reason, error.data, error.revert?.name, error.revert?.args[0]]
              : (error as { code: unknown }).code,
        ),
      ),
    );
  };
  const spent = await world.sign({ from: 0, nonce: 0, to: null });
  const found = await failures(provider);
  expect(found).toEqual(await failures(direct));
  expect(found.slice(0, 2)).toMatchObject([
    ['CALL_EXCEPTION', 'refused', expect.any(String), 'Error', 'refused'],
    ['CALL_EXCEPTION', 'Refused(uint256)', expect.any(String), 'Refused', 7n],
  ]);
  await expect(provider.send('eth_noSuchMethod', [])).rejects.toMatchObject({
    code: 'UNSUPPORTED_OPERATION',
  });
  direct.destroy();
});

test('hears of blocks, events and pending transactions by subscriptions, and their sockets may die', async () => {
  const blocks: number[] = [];
  const keys: bigint[] = [];
  const pending: string[] = [];
  await provider.on('block', (number: number) => blocks.push(number));
  await provider.on('pending', (hash: string) => pending.push(hash));
  await ledger.on('Stored', (_by: string, key: bigint, _value: bigint, event: ContractEventPayload) => {
    if (event.log.address === world.ledger) keys.push(key);
  });
  await expect.poll(() => pool.status().subscriptions).toBe(3);
  for (const node of nodes) node.killSockets();
  const from = world.head;
  await world.mine(1, [await world.store(50n, 1n, { from: 1 })]);
  await expect.poll(() => blocks).toEqual([from + 1]);
  await expect.poll(() => keys).toEqual([50n]);
  await expect.poll(() => nodes.filter(({ counts }) => counts.socketsOpen > 0).length).toBe(3);
  const { hash } = await provider.broadcastTransaction(await world.store(51n, 1n, { from: 1 }));
  await expect.poll(() => pending).toContain(hash);
  provider.pause();
  await world.mine();
  await expect.poll(() => pool.status().head?.number).toBe(from + 2);
  expect(blocks).toEqual([from + 1]);
  provider.resume();
  await expect.poll(() => blocks).toEqual([from + 1, from + 2]);
  await provider.removeAllListeners();
  await ledger.removeAllListeners();
  await expect.poll(() => pool.status().subscriptions).toBe(0);
});

test('puts calls together where ethers does', async () => {
  const together = new KeelsonProvider(pool, CHAIN_ID, { batchMaxCount: 10 });
  const accounts = [0, 1, 2].map((i) => world.account(i).address);
  const balances = await Promise.all(accounts.map((address) => together.getBalance(address)));
  expect(balances).toEqual(await Promise.all(accounts.map((address) => provider.getBalance(address))));
  together.destroy();
});
