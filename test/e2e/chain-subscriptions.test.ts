// Events of a chain that goes on and back, told while the nodes from which they come lose their sockets, and some die.
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { PoolSession } from '../../src/pool/index.ts';
import { randomStream } from '../../src/random.ts';
import { endAnvils } from '../parts/anvil.ts';
import { ChainWorld } from '../parts/chain-world.ts';
import { FaultyNode } from '../parts/faulty-node.ts';
import { poolBefore, type PoolBefore } from '../parts/pool-before.ts';
import { quantity } from '../parts/rpc.ts';

const KILLS = 20;

interface Told {
  readonly blockHash: string;
  readonly logIndex: string;
  readonly removed?: boolean;
}

let world: ChainWorld;
let nodes: FaultyNode[];
let pool: PoolBefore | undefined;

beforeAll(async () => {
  world = await ChainWorld.start({ nodes: 3 });
  nodes = await Promise.all(world.nodes.map((anvil) => FaultyNode.before(anvil)));
});
afterAll(async () => {
  for (const node of nodes) await node.stop();
  await world.stop();
  await endAnvils();
});
beforeEach(() => {
  for (const node of nodes) {
    node.behave();
    node.notices = { kind: 'ok' };
  }
});
afterEach(() => pool?.stop());

/** A client of a pool that has subscribed to heads and to the logs of the ledger. */
class Listener {
  readonly heads: { readonly hash: string; readonly parentHash: string; readonly number: string }[] = [];
  readonly logs: Told[] = [];
  readonly closed: string[] = [];
  readonly since = world.head;
  private readonly names: string[] = [];

  constructor(before: PoolBefore) {
    let ids = 0;
    const session = new PoolSession(before.pool, {
      send: (text) => this.onText(text),
      close: (why) => this.closed.push(why),
      newId: () => `0x${(++ids).toString(16)}`,
    });
    session.onText('{"jsonrpc":"2.0","id":1,"method":"eth_subscribe","params":["newHeads"]}');
    const filter = { address: world.ledger };
    session.onText(
      JSON.stringify({ jsonrpc: '2.0', id: 2, method: 'eth_subscribe', params: ['logs', filter] }),
    );
  }

  private onText(text: string): void {
    const said = JSON.parse(text);
    if (said.method !== 'eth_subscription') this.names.push(said.result);
    else if (said.params.subscription === this.names[0]) this.heads.push(said.params.result);
    else this.logs.push(said.params.result);
  }

  /** Logs that were told and not taken back; and what was told that does not follow. */
  get standing(): { readonly there: string[]; readonly faults: string[] } {
    const there = new Set<string>();
    const faults: string[] = [];
    for (const { blockHash, logIndex, removed } of this.logs) {
      const key = `${blockHash} ${Number(logIndex)}`;
      if (removed === true ? !there.delete(key) : there.has(key))
        faults.push(`${removed === true ? 'taken back, and was not there' : 'told twice'}: ${key}`);
      if (removed !== true) there.add(key);
    }
    return { there: [...there], faults };
  }

  /**
   * The blocks on which whoever follows the heads stands: each was told after its parent, and none again that had not been left meanwhile,
   * for another one at its height. (Where one node alone is believed, it may be the one that has not heard yet.)
   */
  get followed(): string[] {
    const stack: { readonly hash: string; readonly number: number }[] = [];
    for (const { hash, parentHash, number } of this.heads) {
      const height = Number(number);
      const left: string[] = [];
      for (let top = stack.at(-1); top !== undefined && top.number >= height; top = stack.at(-1))
        left.push(stack.pop()?.hash ?? '');
      if (left.includes(hash)) throw new Error(`Block ${height} was told twice: ${hash}.`);
      const top = stack.at(-1);
      if (top !== undefined && top.hash !== parentHash)
        throw new Error(`Block ${height} was told after ${top.hash}, and its parent is ${parentHash}.`);
      stack.push({ hash, number: height });
    }
    return stack.flatMap(({ hash, number }) => (number > this.since ? [hash] : []));
  }

  /** The same as it is now. */
  async chain(): Promise<string[]> {
    const numbers = Array.from({ length: world.head - this.since }, (_, i) => this.since + 1 + i);
    return Promise.all(numbers.map((number) => world.hashAt(number)));
  }

  /** The logs of the chain as it is now, from where it began. */
  async due(): Promise<string[]> {
    const filter = { fromBlock: quantity(this.since + 1), toBlock: 'latest', address: world.ledger };
    const logs = (await world.node(0).ask('eth_getLogs', [filter])) as Told[];
    return logs.map(({ blockHash, logIndex }) => `${blockHash} ${Number(logIndex)}`);
  }

  async untilAllIsTold(): Promise<void> {
    const hash = await world.hashAt(world.head);
    await expect.poll(() => this.heads.at(-1)?.hash, { timeout: 20_000 }).toBe(hash);
    const due = await this.due();
    await expect.poll(() => this.standing.there, { timeout: 20_000 }).toEqual(due);
  }
}

const places = (): { name: string; url: string; websocket: string }[] =>
  nodes.map(({ url, wsUrl }, i) => ({ name: `node-${i + 1}`, url, websocket: wsUrl }));

async function mineSome(count: number): Promise<void> {
  for (let i = 0; i < count; i++)
    await world.mine(1, [await world.store(BigInt(i), 1n), await world.storeMany(i * 10, 2, { from: 1 })]);
}

test.each([
  ['quorum', { verify: 'quorum', votes: 2 }],
  ['none', { verify: 'none', votes: 1 }],
  ['proof', { verify: 'proof', votes: 2, unproved: 'quorum' }],
] as const)(
  'nothing is missed and nothing told twice over twenty lost sockets and reorganisations, verified by %s',
  {
    timeout: 120_000,
  },
  async (_, options) => {
    pool = poolBefore(places(), options);
    await pool.until(world.head);
    const listener = new Listener(pool);
    const random = randomStream('kills', 3);
    let reorgs = 0;
    for (let kill = 0; kill < KILLS; kill++) {
      await mineSome(1 + Math.floor(random() * 3));
      const struck = nodes[Math.floor(random() * nodes.length)];
      for (const node of nodes) if (node === struck || random() < 0.5) node.killSockets();
      if (kill % 2 === 1) {
        await world.reorg(1 + Math.floor(random() * 3));
        reorgs++;
      }
      if (kill % 5 === 4) {
        // One is away while something happens.
        await struck?.refuse();
        await mineSome(1);
        await new Promise((resolve) => setTimeout(resolve, 300 * random()));
        await struck?.accept();
      }
      await new Promise((resolve) => setTimeout(resolve, 200 * random()));
    }
    await listener.untilAllIsTold();
    expect(listener.standing.faults).toEqual([]);
    expect(listener.closed).toEqual([]);
    expect(reorgs).toBe(KILLS / 2);
    expect(listener.logs.some(({ removed }) => removed === true)).toBe(true);
    expect(nodes.reduce((sum, { counts }) => sum + counts.sockets, 0)).toBeGreaterThan(KILLS / 2);
    expect(listener.followed).toEqual(await listener.chain());
    // Where several must agree, nobody who has not heard yet leads back to a block that was left.
    const told = new Set(listener.heads.map(({ hash }) => hash));
    if (options.verify !== 'none') expect(told.size).toBe(listener.heads.length);
  },
);

test.each(['silent', 'doubled', 'wrong-id'] as const)(
  'sockets that are %s cost time and nothing more',
  async (kind) => {
    pool = poolBefore(places(), { verify: 'quorum', votes: 2 });
    await pool.until(world.head);
    for (const node of nodes) node.notices = { kind };
    const listener = new Listener(pool);
    await mineSome(3);
    await listener.untilAllIsTold();
    expect(listener.standing.faults).toEqual([]);
  },
);

test('logs that one node hides from its block are told all the same', async () => {
  pool = poolBefore(places(), { verify: 'quorum', votes: 2 });
  await pool.until(world.head);
  nodes[0]?.behave({ methods: ['eth_getLogs'], fault: { kind: 'lie', lie: 'empty' } });
  const listener = new Listener(pool);
  await mineSome(4);
  await listener.untilAllIsTold();
});

test('logs that nobody gives at first are told once somebody does', async () => {
  pool = poolBefore(places(), { verify: 'quorum', votes: 2 });
  await pool.until(world.head);
  for (const node of nodes) node.behave({ methods: ['eth_getLogs'], fault: { kind: 'status', status: 503 } });
  const listener = new Listener(pool);
  await mineSome(2);
  await expect.poll(() => listener.heads.length).toBeGreaterThan(0);
  expect(listener.logs).toEqual([]);
  for (const node of nodes) node.behave();
  await listener.untilAllIsTold();
});
