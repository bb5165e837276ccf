/** Lies: answers of perfect form that are not so. The same seed tells the same lie of the same answer, so that liars collude. */
import { keccak256, toHex, toRlp, type Hex } from 'viem';
import { randomStream, type Random } from '../../src/random.ts';
import { heightOf } from './as-of.ts';
import { blockHash, minimal, trieOfOne } from './block-hash.ts';
import type { LieKind } from './faults.ts';
import { quantity, type HonestSource, type Outcome } from './rpc.ts';

type Plain = Readonly<Record<string, unknown>>;

export interface Lie {
  readonly outcome: Outcome;
  /** Which was told: one that cannot be told of this answer is one of a leaf. */
  readonly kind: LieKind;
}

const HEADER_LEAVES = ['stateRoot', 'receiptsRoot', 'transactionsRoot', 'gasUsed', 'timestamp', 'miner'];
const ANY = ['leaf', 'leaf', 'leaf', 'drop', 'add', 'null', 'other', 'empty', 'header', 'proof'] as const;

/** Never the honest answer: where the lie that was asked for cannot be told, another one is. */
export async function lieAbout(
  source: HonestSource,
  method: string,
  params: readonly unknown[],
  kind: LieKind,
  seed: number,
): Promise<Lie> {
  const honest = await source.ask(method, params);
  const random = randomStream(`${method} ${JSON.stringify(params)}`, seed);
  if ('error' in honest) return { outcome: lieAboutError(honest.error, random), kind: 'leaf' };
  const truth = honest.result;
  const wanted = kind === 'any' ? draw(ANY, random) : kind;
  const told = await tell(wanted, { source, method, params, truth, random });
  if (told !== undefined && JSON.stringify(told.value) !== JSON.stringify(truth))
    return { outcome: { result: told.value }, kind: wanted };
  return { outcome: { result: changeLeaf(truth, random) }, kind: 'leaf' };
}

interface Asked {
  readonly source: HonestSource;
  readonly method: string;
  readonly params: readonly unknown[];
  readonly truth: unknown;
  readonly random: Random;
}

/** undefined: not of this answer. */
async function tell(kind: LieKind, asked: Asked): Promise<{ readonly value: unknown } | undefined> {
  const { truth, random, method } = asked;
  switch (kind) {
    case 'leaf':
    case 'any':
      return { value: changeLeaf(truth, random) };
    case 'null':
      return typeof truth === 'object' ? { value: null } : undefined;
    case 'empty':
      if (Array.isArray(truth)) return { value: [] };
      return isBlock(truth) ? { value: { ...truth, transactions: [] } } : undefined;
    case 'drop':
    case 'add':
      return changeList(kind, truth, random);
    case 'other':
      return other(asked);
    case 'header':
      return isBlock(truth) ? { value: forgeHeader(truth, random) } : undefined;
    case 'proof':
      return method === 'eth_getProof' && isPlain(truth)
        ? { value: await forgeProof(asked, truth) }
        : undefined;
  }
}

function isPlain(value: unknown): value is Plain {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isBlock(value: unknown): value is Plain {
  return isPlain(value) && 'parentHash' in value;
}

function draw<T>(list: readonly T[], random: Random): T {
  const one = list[Math.floor(random() * list.length)];
  if (one === undefined) throw new Error('Expected something to draw from.');
  return one;
}

/** One value somewhere in it is another of the same form. */
export function changeLeaf(value: unknown, random: Random): unknown {
  const count = countLeaves(value);
  if (count === 0)
    return value === null ? '0x1' : Array.isArray(value) ? ['0x1'] : { ...Object(value), hash: '0x1' };
  let at = Math.floor(random() * count);
  const change = (part: unknown): unknown => {
    if (Array.isArray(part)) return part.map(change);
    if (isPlain(part))
      return Object.fromEntries(Object.entries(part).map(([name, inner]) => [name, change(inner)]));
    if (part === null) return null;
    return at-- === 0 ? changed(part, random) : part;
  };
  return change(value);
}

function countLeaves(value: unknown): number {
  if (value === null || value === undefined) return 0;
  if (typeof value !== 'object') return 1;
  return Object.values(value).reduce((sum: number, inner) => sum + countLeaves(inner), 0);
}

function changed(leaf: unknown, random: Random): unknown {
  if (typeof leaf === 'boolean') return !leaf;
  if (typeof leaf === 'number') return leaf === 0 ? 0.5 : leaf / 2;
  if (typeof leaf !== 'string') return leaf;
  if (!/^0x[0-9a-f]*$/i.test(leaf)) return `${leaf}.`;
  if (leaf === '0x') return '0x01';
  const digits = leaf.slice(2);
  const place = Math.floor(random() * digits.length);
  const digit = Number.parseInt(digits.charAt(place), 16);
  // A quantity does not begin with 0: nor does what was no quantity, then.
  const others = [...'0123456789abcdef'].filter((one, i) => i !== digit && !(place === 0 && one === '0'));
  return `0x${digits.slice(0, place)}${draw(others, random)}${digits.slice(place + 1)}`;
}

function changeList(kind: 'drop' | 'add', truth: unknown, random: Random): { value: unknown } | undefined {
  if (isPlain(truth)) {
    for (const name of ['transactions', 'logs']) {
      const inner = changeList(kind, truth[name], random);
      if (inner !== undefined) return { value: { ...truth, [name]: inner.value } };
    }
    return undefined;
  }
  if (!Array.isArray(truth) || truth.length === 0) return undefined;
  const place = Math.floor(random() * truth.length);
  if (kind === 'drop') return { value: truth.toSpliced(place, 1) };
  const last: unknown = truth.at(-1);
  // In its place at the end, where it is an element with a number.
  const index = isPlain(last) && typeof last.logIndex === 'string' ? Number(last.logIndex) + 1 : undefined;
  const added =
    index === undefined ? changeLeaf(last, random) : { ...Object(last), logIndex: quantity(index) };
  return { value: [...truth, added] };
}

/** What is true of another block or transaction. */
async function other({
  source,
  method,
  params,
  truth,
  random,
}: Asked): Promise<{ value: unknown } | undefined> {
  const ask = async (name: string, asked: readonly unknown[]): Promise<unknown> => {
    const outcome = await source.ask(name, asked);
    return 'result' in outcome ? outcome.result : undefined;
  };
  const head = Number(await ask('eth_blockNumber', []));
  const height = Array.isArray(truth) ? heightOf(truth[0]) : heightOf(truth);
  for (let tries = 0; tries < 8; tries++) {
    const number = Math.floor(random() * (head + 1));
    if (number === height) continue;
    const found = await fromBlock(number);
    if (found !== undefined && found !== null) return { value: found };
  }
  return undefined;

  async function fromBlock(number: number): Promise<unknown> {
    const block = quantity(number);
    if (method === 'eth_getBlockByNumber' || method === 'eth_getBlockByHash')
      return ask('eth_getBlockByNumber', [block, params[1] ?? false]);
    if (method === 'eth_getTransactionByHash' || method === 'eth_getTransactionReceipt') {
      const found = await ask('eth_getBlockByNumber', [block, false]);
      const hashes = isBlock(found) && Array.isArray(found.transactions) ? found.transactions : [];
      const hash: unknown = hashes.find((one) => one !== params[0]);
      const taken = hash === undefined ? undefined : await ask(method, [hash]);
      // It says the hash that was asked for, every second time.
      if (!isPlain(taken) || random() < 0.5) return taken;
      return 'transactionHash' in taken
        ? { ...taken, transactionHash: params[0] }
        : { ...taken, hash: params[0] };
    }
    if (method === 'eth_getLogs') {
      const logs = await ask('eth_getLogs', [{ fromBlock: block, toBlock: block }]);
      return Array.isArray(logs) && logs.length > 0 ? logs : undefined;
    }
    if (method === 'eth_getBlockReceipts') return ask(method, [block]);
    const place = { eth_getBalance: 1, eth_getTransactionCount: 1, eth_getCode: 1, eth_call: 1 }[
      method as string
    ];
    const at = place ?? (method === 'eth_getStorageAt' || method === 'eth_getProof' ? 2 : undefined);
    return at === undefined ? undefined : ask(method, params.with(at, block));
  }
}

/** Its hash is right, for what it says. */
function forgeHeader(block: Plain, random: Random): Plain {
  const field = draw(HEADER_LEAVES, random);
  const forged = { ...block, [field]: changed(block[field], random) };
  const hash = blockHash(forged);
  const transactions = Array.isArray(block.transactions)
    ? block.transactions.map((one: unknown) => (isPlain(one) ? { ...one, blockHash: hash } : one))
    : block.transactions;
  return { ...forged, hash, ...(transactions === undefined ? {} : { transactions }) };
}

/** Claims another balance; its proof is of another account, of another block, or of a trie that has this account alone. */
async function forgeProof({ source, params, random }: Asked, truth: Plain): Promise<Plain> {
  const balance = quantity(BigInt(String(truth.balance)) + 1n + BigInt(Math.floor(random() * 1e6)));
  const claimed = { ...truth, balance };
  const way = Math.floor(random() * 3);
  if (way === 0) {
    const account = toRlp([
      minimal(String(truth.nonce)),
      minimal(balance),
      // Both are words, as an honest node says them.
      truth.storageHash as Hex,
      truth.codeHash as Hex,
    ]);
    return { ...claimed, accountProof: trieOfOne(keccak256(String(truth.address) as Hex), account).proof };
  }
  const stranger = toHex(1 + Math.floor(random() * 9), { size: 20 });
  const asked = way === 1 ? [stranger, [], params[2] ?? 'latest'] : [params[0], [], '0x0'];
  const taken = await source.ask('eth_getProof', asked);
  const proof = 'result' in taken && isPlain(taken.result) ? taken.result.accountProof : truth.accountProof;
  return { ...claimed, accountProof: proof };
}

/** A call that reverts returns, or reverts for another reason. */
function lieAboutError(error: { code: number; message: string; data?: unknown }, random: Random): Outcome {
  if (typeof error.data === 'string' && random() < 0.5)
    return { error: { ...error, data: changed(error.data, random) } };
  return { result: toHex(1 + Math.floor(random() * 9), { size: 32 }) };
}
