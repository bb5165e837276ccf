/** Reads of a chain, drawn at random, and whether their answers are so. */
import { quantity } from './rpc.ts';
import type { ChainWorld } from './chain-world.ts';
import type { Random } from '../../src/random.ts';

export interface Read {
  readonly method: string;
  readonly params: readonly unknown[];
}

/** What reads are drawn from. */
export interface Ground {
  readonly world: ChainWorld;
  readonly head: number;
  readonly blocks: readonly string[];
  readonly transactions: readonly string[];
  readonly accounts: readonly string[];
}

/** Mines blocks of every kind of transaction, with logs, contracts and transfers in them. */
export async function groundOf(world: ChainWorld, blocks = 20): Promise<Ground> {
  for (let i = 0; i < blocks; i++) {
    const raw = [
      await world.store(BigInt(i), BigInt(i * 7 + 1)),
      await world.sign({ from: 1, to: world.account(2).address, value: 5n, type: 'legacy' }),
    ];
    if (i % 3 === 0) raw.push(await world.storeMany(i * 10, 4, { from: 2 }));
    if (i % 5 === 0)
      raw.push(
        await world.sign({
          from: 1,
          to: null,
          data: '0x600a600c600039600a6000f3602a60805260206080f3',
          type: 'eip2930',
        }),
      );
    await world.mine(1, raw);
  }
  const hashes: string[] = [];
  const transactions: string[] = [];
  for (let number = 0; number <= world.head; number++) {
    const { result } = (await world.truth('eth_getBlockByNumber', [quantity(number), false])) as {
      result: { hash: string; transactions: string[] };
    };
    hashes.push(result.hash);
    transactions.push(...result.transactions);
  }
  const accounts = [
    ...world.accounts.map(({ address }) => address),
    world.ledger,
    `0x${'11'.repeat(20)}`, // nobody's
  ];
  return { world, head: world.head, blocks: hashes, transactions, accounts };
}

type Draw = (ground: Drawing) => Read;

interface Drawing extends Ground {
  readonly pick: <T>(list: readonly T[]) => T;
  /** A block after the first, which anvil gives a state root that is not that of its state. */
  readonly block: () => string;
  readonly below: (count: number) => number;
}

const read = (method: string, ...params: readonly unknown[]): Read => ({ method, params });

/** What is proved by a header. */
const PROVABLE: readonly Draw[] = [
  ({ pick, accounts, block }) => read('eth_getBalance', pick(accounts), block()),
  ({ pick, accounts, block }) => read('eth_getTransactionCount', pick(accounts), block()),
  ({ pick, accounts, block }) => read('eth_getCode', pick(accounts), block()),
  ({ world, below, block }) =>
    read('eth_getStorageAt', world.ledger, `0x${below(4).toString(16).padStart(64, '0')}`, block()),
  ({ pick, accounts, block }) => read('eth_getProof', pick(accounts), [], block()),
  ({ block, below }) => read('eth_getBlockByNumber', block(), below(2) === 0),
  ({ pick, blocks, below }) => read('eth_getBlockByHash', pick(blocks.slice(1)), below(2) === 0),
  ({ pick, transactions }) => read('eth_getTransactionByHash', pick(transactions)),
  ({ pick, transactions }) => read('eth_getTransactionReceipt', pick(transactions)),
  ({ block }) => read('eth_getBlockReceipts', block()),
  ({ block }) => read('eth_getBlockTransactionCountByNumber', block()),
  ({ block, below }) => read('eth_getTransactionByBlockNumberAndIndex', block(), quantity(below(3))),
  ({ world, head, below }) => {
    const from = 1 + below(head);
    const to = Math.min(head, from + below(5));
    return read('eth_getLogs', {
      fromBlock: quantity(from),
      toBlock: quantity(to),
      ...(below(2) === 0 ? { address: world.ledger } : {}),
    });
  },
];

/** What only others who say the same can confirm. */
const COMPARABLE: readonly Draw[] = [
  ({ world, block, below }) =>
    read(
      'eth_call',
      { to: world.ledger, data: `0x6d4ce63c${below(20).toString(16).padStart(64, '0')}` },
      block(),
    ),
  () => read('eth_gasPrice'),
  ({ block }) => read('eth_feeHistory', '0x3', block(), [50]),
  ({ pick, accounts, block }) =>
    read('eth_estimateGas', { from: accounts[0], to: pick(accounts.slice(1, 4)), value: '0x1' }, block()),
];

/** Draws one read after the other. */
export function readsOf(ground: Ground, random: Random, kind: 'provable' | 'all'): () => Read {
  const below = (count: number): number => Math.floor(random() * count);
  const drawing: Drawing = {
    ...ground,
    below,
    pick: <T>(list: readonly T[]): T => list[below(list.length)] as T, // the lists are not empty
    block: () => (random() < 0.3 ? 'latest' : quantity(1 + below(ground.head))),
  };
  const draws = kind === 'all' ? [...PROVABLE, ...COMPARABLE] : PROVABLE;
  return () => drawing.pick(draws)(drawing);
}

/** What one client says and another does not, or that nothing proves: it may be left out, and must not be wrong. */
const MAY_BE_MISSING: ReadonlySet<string> = new Set([
  'accessList',
  'baseFeePerBlobGas',
  'blobGasPrice',
  'blobGasUsedRatio',
  'blockTimestamp',
  'chainId',
  'removed',
  'totalDifficulty',
  'yParity',
]);
/** anvil counts the list of withdrawals out of it. */
const NOT_COMPARED: ReadonlySet<string> = new Set(['size']);

/** What is not so of an answer; undefined: all of it is. @param truth what an honest node says to the same */
export function untruthIn(said: unknown, truth: unknown, at = 'result'): string | undefined {
  if (Array.isArray(truth)) {
    if (!Array.isArray(said) || said.length !== truth.length) return `${at}: not ${truth.length} of them`;
    return first(truth.map((one, i) => untruthIn(said[i], one, `${at}[${i}]`)));
  }
  if (isObject(truth)) {
    if (!isObject(said)) return `${at}: ${JSON.stringify(said)}`;
    return first(
      [...new Set([...Object.keys(truth), ...Object.keys(said)])].map((name) => {
        if (NOT_COMPARED.has(name)) return undefined;
        const [mine, theirs] = [said[name] ?? null, truth[name] ?? null];
        if (mine === null && (theirs === null || MAY_BE_MISSING.has(name))) return undefined;
        // More than the honest node says: only what follows from the rest.
        if (theirs === null && MAY_BE_MISSING.has(name)) return undefined;
        return untruthIn(mine, theirs, `${at}.${name}`);
      }),
    );
  }
  if (typeof truth === 'string' && typeof said === 'string' && said.toLowerCase() === truth.toLowerCase())
    return undefined;
  return said === truth ? undefined : `${at}: ${JSON.stringify(said)} for ${JSON.stringify(truth)}`;
}

function first(found: readonly (string | undefined)[]): string | undefined {
  return found.find((one) => one !== undefined);
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
