/** The pool as a library: real nodes, of which some hang, die, refuse or lie. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { ChainPoolOptions, NodeDissent } from '../../src/client/index.ts';
import { chainPool } from '../../src/client/node.ts';
import { chainPool as chainPoolOfBrowsers } from '../../src/client/index.ts';
import { proofs } from '../../src/client/proofs.ts';
import { CHAIN_ID, endAnvils } from '../parts/anvil.ts';
import { ChainWorld } from '../parts/chain-world.ts';
import { FaultyNode } from '../parts/faulty-node.ts';
import { ledgerData } from '../parts/ledger.ts';

type Client = ReturnType<typeof chainPool>;

let world: ChainWorld;
let nodes: FaultyNode[];
const open: Client[] = [];

beforeAll(async () => {
  world = await ChainWorld.start();
  nodes = await Promise.all(world.nodes.map((node, i) => FaultyNode.before(node, { seed: i + 1 })));
});
afterEach(async () => {
  for (const client of open.splice(0)) client.stop();
  for (const node of nodes) {
    node.behave();
    await node.accept();
    node.forget();
  }
});
afterAll(async () => {
  await Promise.all(nodes.map((node) => node.stop()));
  await endAnvils();
});

const node = (index: number): FaultyNode => nodes[index] as FaultyNode; // there are three
const balanceOf = (index: number): { method: string; params: unknown[] } => ({
  method: 'eth_getBalance',
  params: [world.account(index).address, 'latest'],
});

function clientOf(options: Partial<ChainPoolOptions> = {}, make = chainPool): Client {
  const client = make({
    chain: CHAIN_ID,
    nodes: nodes.map(({ url }, i) => ({ url, name: `node ${i}` })),
    blockTimeMs: 1_000,
    ...options,
  });
  open.push(client);
  return client;
}

async function truthOf(request: { method: string; params: unknown[] }): Promise<unknown> {
  const outcome = await world.truth(request.method, request.params);
  return 'result' in outcome ? outcome.result : outcome.error;
}

describe('a request', () => {
  test('is answered by nodes that say the same', async () => {
    const client = clientOf();
    expect(await client.request(balanceOf(0))).toBe(await truthOf(balanceOf(0)));
    expect(await client.request({ method: 'eth_chainId' })).toBe('0x539');
    expect(client.status().head?.number).toBe(world.head);
  });

  test('of several at once is answered as of one block, each for itself', async () => {
    const client = clientOf();
    const [first, bad, last] = await client.batch([
      balanceOf(1),
      { method: 'eth_call', params: [{ to: world.ledger, data: ledgerData({ functionName: 'refuse' }) }] },
      { method: 'eth_blockNumber' },
    ]);
    expect(first).toEqual({ result: await truthOf(balanceOf(1)) });
    expect(bad).toHaveProperty('error.code', 3);
    expect(last).toEqual({ result: `0x${world.head.toString(16)}` });
  });

  test('that reverts fails with the code and the data of the revert', async () => {
    const call = { to: world.ledger, data: ledgerData({ functionName: 'refuseWith', args: [7n] }) };
    const truth = await world.truth('eth_call', [call, 'latest']);
    const error: unknown = await clientOf()
      .request({ method: 'eth_call', params: [call, 'latest'] })
      .catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(Error);
    expect({ error: { ...(error as object) } }).toMatchObject({
      error: { code: 3, data: 'error' in truth ? truth.error.data : 'a revert' },
    });
  });

  test.each([
    ['a method that changes nodes', { method: 'anvil_setBalance', params: [] }, -32601],
    ['parameters by name', { method: 'eth_getBalance', params: { address: '0x0' } }, -32602],
    ['what JSON cannot say', { method: 'eth_getBalance', params: [1n] }, -32602],
    ['a subscription that there is not', { method: 'eth_subscribe', params: ['weather'] }, -32602],
  ])('for %s is refused', async (_, request, code) => {
    await expect(clientOf().request(request)).rejects.toMatchObject({ code });
  });

  test('gives each caller values of its own', async () => {
    const client = clientOf();
    const request = { method: 'eth_getBlockByNumber', params: ['0x1', false] };
    const [first, second] = (await Promise.all([client.request(request), client.request(request)])) as {
      hash: string;
    }[];
    if (first === undefined || second === undefined) throw new Error('Expected two blocks.');
    first.hash = 'changed';
    expect(second.hash).toBe(await world.hashAt(1));
  });
});

describe('while the first node', () => {
  const reads = async (client: Client, count = 20): Promise<number[]> => {
    const times: number[] = [];
    for (let i = 0; i < count; i++) {
      const begin = performance.now();
      const request = { method: 'eth_getStorageAt', params: [world.ledger, `0x${i.toString(16)}`, 'latest'] };
      expect(await client.request(request)).toBe(await truthOf(request));
      times.push(performance.now() - begin);
    }
    return times;
  };

  test('hangs, others answer, and nobody waits for it', async () => {
    node(0).behave({ kind: 'hang' });
    const client = clientOf();
    const times = await reads(client);
    // What viem's fallback and ethers' provider take is 10 s (bench/chain/first-node-hung.js).
    expect(Math.max(...times)).toBeLessThan(2_000);
    await expect.poll(() => client.status().nodes[0]?.state).toBe('not answering');
    node(0).behave();
    await expect.poll(() => client.status().nodes[0]?.state).toBe('in use');
  });

  test('refuses connections, others answer', async () => {
    await node(0).refuse();
    await reads(clientOf({ verify: 'none' }));
  });

  test('answers 429, in whichever dress, it is left alone', async () => {
    node(0).behave({ kind: 'error', error: { code: 429, message: 'Too many requests' } });
    const client = clientOf({ verify: 'none' });
    await reads(client, 5);
    node(0).behave({ kind: 'status', status: 429, retryAfter: '60' });
    await expect.poll(() => client.status().nodes[0]?.state).toBe('resting');
    await reads(client, 5);
  });

  test('lies, its lies are outvoted, and it is named', async () => {
    const dissents: NodeDissent[] = [];
    node(0).behave({ fault: { kind: 'lie', lie: 'leaf' }, methods: ['eth_getBalance', 'eth_getStorageAt'] });
    const client = clientOf({ onDissent: (dissent) => dissents.push(dissent) });
    await reads(client);
    await expect.poll(() => dissents.map((one) => one.node)).toContain('node 0');
    await expect.poll(() => client.status().nodes[0]?.state).toBe('put aside');
  });

  test('sends answers without an end, they are cut', async () => {
    node(0).behave({
      fault: { kind: 'huge', bytes: 100_000_000 },
      methods: ['eth_getBalance', 'eth_getStorageAt'],
    });
    const client = clientOf({ verify: 'none' });
    expect(await client.request(balanceOf(0))).toBe(await truthOf(balanceOf(0)));
  });

  test('redirects, it is not followed', async () => {
    node(0).behave({ kind: 'redirect', to: node(1).url });
    await reads(clientOf({ verify: 'none' }), 3);
  });
});

test('with two of three lying nothing wrong is told where a node is trusted and answers are proved', async () => {
  for (const liar of [node(0), node(1)])
    liar.behave({ fault: { kind: 'lie', lie: 'any' }, methods: ['eth_getBalance', 'eth_getProof'] });
  const client = clientOf({ verify: proofs({ trusted: [node(2).url] }) });
  for (const index of [0, 1, 2, 3])
    expect(await client.request(balanceOf(index))).toBe(await truthOf(balanceOf(index)));
  await expect(client.request({ method: 'eth_call', params: [{ to: world.ledger }] })).rejects.toMatchObject({
    code: -32601,
  });
});

test('errors say why when no node could answer', async () => {
  for (const one of nodes) one.behave({ kind: 'status', status: 503 });
  const error: unknown = await clientOf()
    .request(balanceOf(0))
    .catch((reason: unknown) => reason);
  expect(error).toMatchObject({ code: -32002, message: 'No head of the chain is known to chain 1337 yet.' });
});

describe('a node whose only address is a WebSocket', () => {
  test.each([
    ['by ws', chainPool],
    ['by a WebSocket as browsers have it', chainPoolOfBrowsers],
  ])('is asked over it, %s', async (name, make) => {
    const { WebSocket } = await import('ws');
    const options = name === 'by ws' ? {} : { WebSocket };
    const client = clientOf({ nodes: [node(0).wsUrl], ...options }, make);
    const answers = await Promise.all([0, 1, 2, 3].map((i) => client.request(balanceOf(i))));
    expect(answers).toEqual(await Promise.all([0, 1, 2, 3].map((i) => truthOf(balanceOf(i)))));
    expect(node(0).heard.every(({ via }) => via === 'ws')).toBe(true);
    // It dies, and is opened again.
    node(0).killSockets();
    await expect
      .poll(() => client.request(balanceOf(0)).catch((reason: unknown) => reason))
      .toBe(await truthOf(balanceOf(0)));
  });

  test('is left for another when it says nothing', async () => {
    node(0).handshake = 'unanswered';
    const client = clientOf({ nodes: [node(0).wsUrl, node(1).url] });
    expect(await client.request(balanceOf(0))).toBe(await truthOf(balanceOf(0)));
    node(0).handshake = 'ok';
  });
});

describe('subscriptions', () => {
  test('tell of blocks and logs once, whichever socket dies', async () => {
    const client = clientOf({ nodes: nodes.map(({ url, wsUrl }) => ({ url, websocket: wsUrl })) });
    const heads: string[] = [];
    const logs: { topics: string[] }[] = [];
    await client.subscribe(['newHeads'], (header) => heads.push((header as { number: string }).number));
    await client.subscribe(['logs', { address: world.ledger }], (log) =>
      logs.push(log as { topics: string[] }),
    );
    const from = world.head;
    for (let i = 0; i < 6; i++) {
      if (i % 2 === 1) for (const one of nodes) one.killSockets();
      await world.mine(1, [await world.store(BigInt(100 + i), 1n)]);
      await expect.poll(() => logs.length).toBe(i + 1);
    }
    expect(heads.map(Number)).toEqual([1, 2, 3, 4, 5, 6].map((i) => from + i));
    expect(logs.map(({ topics }) => Number(topics[2]))).toEqual([100, 101, 102, 103, 104, 105]);
  });

  test('are those of EIP-1193 too', async () => {
    const client = clientOf();
    const connected = new Promise((resolve) => client.on('connect', resolve));
    expect(await connected).toEqual({ chainId: '0x539' });
    const messages: unknown[] = [];
    const listen = (message: unknown): void => void messages.push(message);
    client.on('message', listen);
    const subscription = await client.request({ method: 'eth_subscribe', params: ['newHeads'] });
    await world.mine();
    await expect
      .poll(() => messages)
      .toMatchObject([
        {
          type: 'eth_subscription',
          data: { subscription, result: { number: `0x${world.head.toString(16)}` } },
        },
      ]);
    client.removeListener('message', listen);
    expect(await client.request({ method: 'eth_unsubscribe', params: [subscription] })).toBe(true);
    expect(await client.request({ method: 'eth_unsubscribe', params: [subscription] })).toBe(false);
    expect(client.status().subscriptions).toBe(0);
  });

  test('of what is pending need a socket', async () => {
    await expect(clientOf().subscribe(['newPendingTransactions'], () => {})).rejects.toMatchObject({
      code: 4200,
    });
  });
});

test('a pool that nobody uses asks for nothing, and knows the head when it is used again', async () => {
  const client = clientOf({ idleMs: 300 });
  await client.request(balanceOf(0));
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  for (const one of nodes) one.forget();
  await world.mine(12);
  await new Promise((resolve) => setTimeout(resolve, 3_500));
  expect(nodes.map(({ counts }) => counts.requests)).toEqual([0, 0, 0]);
  await expect.poll(() => client.request({ method: 'eth_blockNumber' })).toBe(`0x${world.head.toString(16)}`);
});

test('what waits when a pool is stopped fails, and later requests too', async () => {
  for (const one of nodes) one.behave({ fault: { kind: 'hang' }, methods: ['eth_getBalance'] });
  const client = clientOf();
  const told = new Promise((resolve) => client.on('disconnect', resolve));
  const waiting = client.request(balanceOf(0));
  setTimeout(() => client.stop(), 200);
  await expect(waiting).rejects.toMatchObject({ code: 4900 });
  await expect(client.request(balanceOf(0))).rejects.toMatchObject({ code: 4900 });
  expect(await told).toMatchObject({ code: 4900 });
});
