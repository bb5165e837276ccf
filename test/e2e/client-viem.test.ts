/** viem over the library, on real nodes: what it does over http, and subscriptions. */
import {
  createPublicClient,
  createWalletClient,
  defineChain,
  http,
  type BaseError,
  type Hash,
  type Log,
} from 'viem';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { chainPool } from '../../src/client/node.ts';
import { keelsonTransport } from '../../src/client/viem-node.ts';
import { CHAIN_ID, endAnvils } from '../parts/anvil.ts';
import { ChainWorld } from '../parts/chain-world.ts';
import { FaultyNode } from '../parts/faulty-node.ts';
import { LEDGER_ABI } from '../parts/ledger.ts';

const chain = defineChain({
  id: CHAIN_ID,
  name: 'test',
  nativeCurrency: { name: 'Ether', symbol: 'ETH', decimals: 18 },
  rpcUrls: { default: { http: [] } },
  blockTime: 1_000,
});

let world: ChainWorld;
let nodes: FaultyNode[];
let transport: ReturnType<typeof keelsonTransport>;
const clientOf = () => createPublicClient({ chain, transport, pollingInterval: 100 });
let client: ReturnType<typeof clientOf>;

beforeAll(async () => {
  world = await ChainWorld.start();
  nodes = await Promise.all(world.nodes.map((node) => FaultyNode.before(node)));
  transport = keelsonTransport({ nodes: nodes.map(({ url, wsUrl }) => ({ url, websocket: wsUrl })) });
  client = clientOf();
});
afterEach(() => {
  for (const node of nodes) node.behave();
});
afterAll(async () => {
  client.transport.getPool().stop();
  await Promise.all(nodes.map((node) => node.stop()));
  await endAnvils();
});

const ledger = () => ({ address: world.ledger, abi: LEDGER_ABI }) as const;

test('reads what nodes say', async () => {
  const direct = createPublicClient({ chain, transport: http(world.node(0).url) });
  const address = world.account(0).address;
  expect(await client.getBalance({ address })).toBe(await direct.getBalance({ address }));
  expect(await client.getChainId()).toBe(CHAIN_ID);
  expect(await client.getBlock()).toEqual(await direct.getBlock());
  expect(await client.getCode({ address: world.ledger })).toBe(
    await direct.getCode({ address: world.ledger }),
  );
});

test('writes, waits for the receipt, and reads what was written, while the first node hangs', async () => {
  nodes[0]?.behave({ kind: 'hang' });
  const wallet = createWalletClient({ chain, transport, account: world.account(0) });
  const hash = await wallet.writeContract({
    ...ledger(),
    functionName: 'store',
    args: [1n, 42n],
    nonce: await client.getTransactionCount(world.account(0)),
    gas: 200_000n,
  });
  const receipt = client.waitForTransactionReceipt({ hash, timeout: 20_000 });
  await world.mine();
  expect((await receipt).status).toBe('success');
  expect(await client.readContract({ ...ledger(), functionName: 'read', args: [1n] })).toBe(42n);
  const logs = await client.getContractEvents({ ...ledger(), eventName: 'Stored', fromBlock: 0n });
  expect(logs.at(-1)?.args).toEqual({ by: world.account(0).address, key: 1n, value: 42n });
});

test('decodes reverts as over http', async () => {
  const direct = createPublicClient({ chain, transport: http(world.node(0).url, { retryCount: 0 }) });
  const failures = async (of: typeof client): Promise<unknown[]> => {
    const calls = [
      () => of.readContract({ ...ledger(), functionName: 'refuse' }),
      () => of.readContract({ ...ledger(), functionName: 'refuseWith', args: [7n] }),
      () => of.simulateContract({ ...ledger(), functionName: 'refuseWith' as never, args: [7n] as never }),
      () => of.estimateGas({ account: world.account(1).address, to: world.ledger, data: '0x00000000' }),
      () => of.call({ to: world.ledger, data: '0x00000000' }),
      () => of.request({ method: 'eth_noSuchMethod' as never }),
    ];
    return Promise.all(
      calls.map((call) =>
        (call() as Promise<unknown>).then(
          () => 'no error',
          (error: BaseError) => {
            const last = error.walk() as BaseError & { data?: { errorName?: string; args?: unknown } };
            const chainOf: string[] = [];
            error.walk((one) => {
              chainOf.push((one as Error).name);
              return false;
            });
            return [chainOf, last.name, last.data?.errorName];
          },
        ),
      ),
    );
  };
  expect(await failures(client)).toEqual(await failures(direct as unknown as typeof client));
  await expect(client.readContract({ ...ledger(), functionName: 'refuseWith', args: [7n] })).rejects.toThrow(
    'Refused(uint256 key)',
  );
  await expect(client.readContract({ ...ledger(), functionName: 'refuse' })).rejects.toThrow('refused');
});

test('makes several calls of one', async () => {
  const calls = [1n, 2n, 3n].map((key) => ({ ...ledger(), functionName: 'read', args: [key] }) as const);
  const results = await client.multicall({ contracts: calls, deployless: true });
  expect(results.map(({ status }) => status)).toEqual(['success', 'success', 'success']);
});

test('watches blocks, events and pending transactions by subscriptions, and their sockets may die', async () => {
  const blocks: bigint[] = [];
  const logs: Log[] = [];
  const pending: Hash[] = [];
  const errors: Error[] = [];
  const onError = (error: Error): void => void errors.push(error);
  const unwatch = [
    client.watchBlocks({ onBlock: ({ number }) => blocks.push(number), onError }),
    client.watchContractEvent({
      ...ledger(),
      eventName: 'Stored',
      onLogs: (some) => logs.push(...some),
      onError,
    }),
    client.watchPendingTransactions({ onTransactions: (hashes) => pending.push(...hashes), onError }),
  ];
  await expect.poll(() => client.transport.getPool().status().subscriptions).toBe(3);
  for (const node of nodes) node.killSockets();
  const from = world.head;
  for (let i = 0; i < 3; i++) {
    await world.mine(1, [await world.store(BigInt(50 + i), 5n, { from: 1 })]);
    await expect.poll(() => blocks.length).toBe(i + 1);
  }
  await expect.poll(() => logs.map((log) => Number(log.topics[2]))).toEqual([50, 51, 52]);
  expect(blocks).toEqual([1, 2, 3].map((i) => BigInt(from + i)));
  expect(errors).toEqual([]);
  const raw = await world.store(60n, 1n, { from: 1 });
  await expect.poll(() => nodes.filter(({ counts }) => counts.socketsOpen > 0).length).toBe(3);
  const hash = await client.sendRawTransaction({ serializedTransaction: raw });
  await expect.poll(() => pending).toContain(hash);
  for (const end of unwatch) end();
  await expect.poll(() => client.transport.getPool().status().subscriptions).toBe(0);
  await world.mine();
});

test('takes a pool that is there already, and fails as options do', async () => {
  const pool = chainPool({ chain: CHAIN_ID, nodes: nodes.map(({ url }) => url) });
  const over = createPublicClient({ transport: keelsonTransport(pool) });
  expect(await over.getBlockNumber()).toBe(BigInt(world.head));
  pool.stop();
  await expect(over.getBlockNumber({ cacheTime: 0 })).rejects.toMatchObject({ code: 4900 });
  const wrong = createPublicClient({ transport: keelsonTransport({ nodes: [] }) });
  await expect(wrong.getBlockNumber()).rejects.toThrow('Expected nodes to be a list');
});
