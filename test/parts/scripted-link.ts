/** Nodes whose answers are written beforehand, on virtual time, and chains for them whose blocks hold together. */
import type { Call } from '../../src/chain/index.ts';
import {
  PoolNode,
  type NodeLink,
  type NodeOptions,
  type NodeSocket,
  type PostLimits,
  type Posted,
  type SocketListener,
} from '../../src/pool/index.ts';
import type { VirtualTime } from './virtual-time.ts';
import { keccak256, toHex, type Hex } from 'viem';
import { blockHash } from './block-hash.ts';

/** What is said to one call. */
export type Said = (
  | { readonly result: unknown }
  | { readonly error: { readonly code: number; readonly message: string; readonly data?: unknown } }
  /** The whole body; in a batch, of the whole batch. */
  | { readonly text: string; readonly status?: number; readonly retryAfter?: string }
  | { readonly failure: Extract<Posted, { kind: 'failed' }>['why'] }
) & {
  /** @unit ms @default 10; infinite: never */
  readonly afterMs?: number;
};

/** @param attempt how often this method was asked before, from 0 */
export type Script = (method: string, params: readonly unknown[], attempt: number) => Said;

export interface Asked {
  readonly method: string;
  readonly params: readonly unknown[];
}

/** A request as it was posted. */
export interface Post {
  readonly at: number;
  readonly body: string;
  readonly timeoutMs: number;
  /** Of the answer. */
  readonly mostBytes: number;
  readonly calls: readonly Asked[];
  readonly isBatch: boolean;
  /** Whoever asked has called it off. */
  isOff: boolean;
  isAnswered: boolean;
}

const USUAL_MS = 10;

export class ScriptedLink implements NodeLink {
  readonly posts: Post[] = [];
  readonly sockets: ScriptedSocket[] = [];
  openSocket: NodeLink['openSocket'];
  script: Script;
  private readonly time: VirtualTime;
  private readonly attempts = new Map<string, number>();

  constructor(time: VirtualTime, script: Script, hasSocket = false) {
    this.time = time;
    this.script = script;
    this.openSocket = hasSocket ? (listener) => this.open(listener) : undefined;
  }

  /** The calls in all requests so far, in order. */
  get asked(): readonly Asked[] {
    return this.posts.flatMap(({ calls }) => calls);
  }

  /** How often a method was asked. */
  count(method: string): number {
    return this.asked.filter((call) => call.method === method).length;
  }

  /** The parameters with which a method was asked. */
  paramsOf(method: string): readonly (readonly unknown[])[] {
    return this.asked.filter((call) => call.method === method).map(({ params }) => params);
  }

  /** Requests that nobody has called off, and that were not answered. */
  get unanswered(): number {
    return this.posts.filter(({ isOff, isAnswered }) => !isOff && !isAnswered).length;
  }

  post(
    body: string | Uint8Array,
    { timeoutMs, mostBytes }: PostLimits,
    done: (posted: Posted) => void,
  ): () => void {
    const text = typeof body === 'string' ? body : new TextDecoder().decode(body);
    const read = JSON.parse(text) as RawCall | RawCall[]; // what the pool sends
    const raw = [read].flat();
    const post: Post = {
      ...{ at: this.time.now(), body: text, timeoutMs, mostBytes, isBatch: Array.isArray(read) },
      ...{ calls: raw.map(({ method, params }) => ({ method, params })), isOff: false, isAnswered: false },
    };
    this.posts.push(post);
    const said = raw.map(({ method, params }) => {
      const attempt = this.attempts.get(method) ?? 0;
      this.attempts.set(method, attempt + 1);
      return this.script(method, params, attempt);
    });
    const afterMs = Math.max(...said.map((one) => one.afterMs ?? USUAL_MS));
    const answer = (posted: Posted) => (): void => {
      post.isAnswered = true;
      done(posted);
    };
    const isInTime = afterMs <= timeoutMs && afterMs < Number.POSITIVE_INFINITY;
    const off = isInTime
      ? this.time.after(afterMs, answer(postedOf(raw, said, post.isBatch)))
      : timeoutMs < Number.POSITIVE_INFINITY
        ? this.time.after(timeoutMs, answer({ kind: 'failed', why: 'silent' }))
        : () => undefined;
    return () => {
      post.isOff = true;
      off();
    };
  }

  private open(listener: SocketListener): NodeSocket {
    const socket = new ScriptedSocket(listener);
    this.sockets.push(socket);
    return socket;
  }
}

interface RawCall {
  readonly id: unknown;
  readonly method: string;
  readonly params: readonly unknown[];
}

function postedOf(calls: readonly RawCall[], said: readonly Said[], isBatch: boolean): Posted {
  const replies: object[] = [];
  for (const [i, one] of said.entries()) {
    if ('failure' in one) return { kind: 'failed', why: one.failure };
    if ('text' in one) {
      const { text, status = 200, retryAfter } = one;
      return { kind: 'came', status, text, ...(retryAfter === undefined ? {} : { retryAfter }) };
    }
    const rest = 'result' in one ? { result: one.result } : { error: one.error };
    replies.push({ jsonrpc: '2.0', id: calls[i]?.id, ...rest });
  }
  return { kind: 'came', status: 200, text: JSON.stringify(isBatch ? replies : replies[0]) };
}

/** A socket that opens, speaks and closes when it is told to. */
export class ScriptedSocket implements NodeSocket {
  readonly sent: string[] = [];
  isClosed = false;
  private readonly listener: SocketListener;

  constructor(listener: SocketListener) {
    this.listener = listener;
  }

  send(text: string): void {
    this.sent.push(text);
  }

  close(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.listener.onClosed();
  }

  open(): void {
    this.listener.onOpen();
  }

  say(text: string): void {
    this.listener.onText(text);
  }

  /** A notice of a subscription. */
  tell(subscription: string, result: unknown): void {
    this.say(
      JSON.stringify({ jsonrpc: '2.0', method: 'eth_subscription', params: { subscription, result } }),
    );
  }

  /** Names each subscription as its request is called. */
  accept(): void {
    for (const text of this.sent) {
      const { id } = JSON.parse(text) as { id: number }; // what the pool sends
      this.say(`{"jsonrpc":"2.0","id":${id},"result":"0xs${id}"}`);
    }
  }
}

/** One block, as a node gives it with the hashes of its transactions. */
export interface ScriptedBlock {
  readonly number: number;
  readonly hash: string;
  readonly parent: ScriptedBlock | undefined;
  readonly value: Readonly<Record<string, unknown>>;
  readonly logs: readonly Readonly<Record<string, unknown>>[];
}

export const WRITER = `0x${'aa'.repeat(20)}`;
export const MARK = `0x${'bb'.repeat(32)}`;

export interface Making {
  /** Tells branches apart. */
  readonly salt?: string;
  /** How many logs each block has. @default 0 */
  readonly logs?: number;
  /** Its header has a field that nobody here knows: its hash is not that of the others. */
  readonly isForeignLayout?: boolean;
  /** Fields of its header that are to be so. */
  readonly fields?: Readonly<Record<string, string>>;
}

/** Adds blocks to a block; to none: from block 0 on. @returns the newest */
export function grow(from: ScriptedBlock | undefined, count: number, making: Making = {}): ScriptedBlock {
  let head = from;
  for (let i = 0; i < count; i++) head = blockAfter(head, making);
  if (head === undefined) throw new RangeError('Expected at least one block.');
  return head;
}

function blockAfter(
  parent: ScriptedBlock | undefined,
  { salt = '', logs = 0, isForeignLayout = false, fields = {} }: Making,
): ScriptedBlock {
  const number = (parent?.number ?? -1) + 1;
  const seed = `${salt} ${number} ${parent?.hash}`;
  const word = (name: string): Hex => keccak256(toHex(`${name} ${seed}`));
  const transaction = word('transaction');
  const value: Record<string, unknown> = {
    parentHash: parent?.hash ?? word('before'),
    sha3Uncles: '0x1dcc4de8dec75d7aab85b567b6ccd41ad312451b948a7413f0a142fd40d49347',
    miner: `0x${'11'.repeat(20)}`,
    stateRoot: word('state'),
    transactionsRoot: word('transactions'),
    receiptsRoot: word('receipts'),
    logsBloom: logs > 0 ? bloomOf([WRITER, MARK]) : `0x${'00'.repeat(256)}`,
    difficulty: '0x0',
    number: hex(number),
    gasLimit: '0x1c9c380',
    gasUsed: '0x5208',
    timestamp: hex(1_700_000_000 + 12 * number),
    extraData: '0x',
    mixHash: word('mix'),
    nonce: '0x0000000000000000',
    baseFeePerGas: '0x7',
    transactions: [transaction],
    uncles: [],
    size: '0x220',
    ...fields,
  };
  const hash = isForeignLayout ? word('hash') : blockHash(value);
  value.hash = hash;
  return {
    ...{ number, hash, parent, value },
    logs: Array.from({ length: logs }, (_, i) => ({
      ...{ address: WRITER, topics: [MARK], data: '0x', blockNumber: hex(number), blockHash: hash },
      ...{ transactionHash: transaction, transactionIndex: '0x0', logIndex: hex(i), removed: false },
    })),
  };
}

export function hex(number: number): string {
  return `0x${number.toString(16)}`;
}

/** The yellow paper, section 4.4.3. */
function bloomOf(items: readonly string[]): string {
  const bits = new Uint8Array(256);
  for (const item of items) {
    const hash = keccak256(item as Hex, 'bytes'); // hex, as above
    for (const i of [0, 2, 4]) {
      const bit = (((hash[i] ?? 0) << 8) | (hash[i + 1] ?? 0)) & 2_047;
      const at = 255 - (bit >> 3);
      bits[at] = (bits[at] ?? 0) | (1 << (bit & 7));
    }
  }
  return toHex(bits);
}

/** The block at a height of the branch that ends in this one. */
export function ancestor(head: ScriptedBlock, number: number): ScriptedBlock | undefined {
  let block: ScriptedBlock | undefined = head;
  while (block !== undefined && block.number > number) block = block.parent;
  return block?.number === number ? block : undefined;
}

/** The block of this number on the branch of a head, which has one. */
export function blockAt(head: ScriptedBlock, number: number): ScriptedBlock {
  const block = ancestor(head, number);
  if (block === undefined) throw new RangeError(`Expected a block ${number}.`);
  return block;
}

/** An account that nodes are asked about. */
export const ACCOUNT = `0x${'cc'.repeat(20)}` as const;

/** What an account has at a block: another number in every block. */
export function balanceAt({ hash }: ScriptedBlock, address: string): string {
  return hex(Number.parseInt(hash.slice(2, 10), 16) + Number.parseInt(address.slice(-4), 16));
}

/** The receipt of the one transaction of a block. */
export function receiptOf({ value, logs, hash }: ScriptedBlock): Readonly<Record<string, unknown>> {
  const [transactionHash] = value.transactions as readonly string[]; // as above
  return {
    ...{ transactionHash, transactionIndex: '0x0', blockHash: hash, blockNumber: value.number },
    ...{ from: WRITER, to: WRITER, cumulativeGasUsed: '0x5208', gasUsed: '0x5208', status: '0x1' },
    ...{ effectiveGasPrice: '0x7', type: '0x0', logs, logsBloom: value.logsBloom },
  };
}

export interface NodeSettings extends Partial<Omit<NodeOptions, 'link' | 'name'>> {
  readonly hasSocket?: boolean;
}

/** A node that stands on a block and answers by it, but for what a test has it say instead. */
export class ScriptedNode {
  head: ScriptedBlock;
  chain = 1;
  safe: number | undefined;
  finalized: number | undefined;
  /** @unit ms */
  afterMs = USUAL_MS;
  /** What it says instead; undefined: what is so. */
  instead: ((method: string, params: readonly unknown[], truth: () => Said) => Said | undefined) | undefined;
  readonly link: ScriptedLink;
  readonly node: PoolNode;

  constructor(
    name: string,
    time: VirtualTime,
    head: ScriptedBlock,
    { hasSocket = false, ...options }: NodeSettings = {},
  ) {
    this.head = head;
    this.link = new ScriptedLink(time, (method, params) => this.say(method, params), hasSocket);
    this.node = new PoolNode({ name, link: this.link, ...options }, time);
  }

  private say(method: string, params: readonly unknown[]): Said {
    const truth = (): Said => ({ ...this.truth(method, params), afterMs: this.afterMs });
    return this.instead?.(method, params, truth) ?? truth();
  }

  /** What is so, as of the block on which it stands. */
  truth(method: string, params: readonly unknown[]): Said {
    switch (method) {
      case 'eth_chainId':
        return { result: hex(this.chain) };
      case 'eth_getBlockByNumber':
        return { result: this.at(params[0])?.value ?? null };
      case 'eth_getBlockByHash':
        return { result: this.byHash(params[0])?.value ?? null };
      case 'eth_getBalance': {
        const block = this.at(params[1]);
        return block === undefined ? NOT_FOUND : { result: balanceAt(block, String(params[0])) };
      }
      case 'eth_getLogs': {
        const [filter = {}] = params as [Record<string, unknown>?]; // as the pool asks
        if (filter.blockHash !== undefined) {
          const block = this.byHash(filter.blockHash);
          return block === undefined ? NOT_FOUND : { result: block.logs };
        }
        const [from, to] = [this.at(filter.fromBlock), this.at(filter.toBlock)];
        if (from === undefined || to === undefined) return NOT_FOUND;
        const logs: unknown[] = [];
        for (let i = from.number; i <= to.number; i++) logs.push(...(ancestor(this.head, i)?.logs ?? []));
        return { result: logs };
      }
      case 'eth_getTransactionReceipt': {
        for (let block: ScriptedBlock | undefined = this.head; block !== undefined; block = block.parent)
          if (receiptOf(block).transactionHash === params[0]) return { result: receiptOf(block) };
        return { result: null };
      }
      case 'eth_gasPrice':
        return { result: '0x64' };
      default:
        return { error: { code: -32601, message: `the method ${method} does not exist/is not available` } };
    }
  }

  private at(asked: unknown): ScriptedBlock | undefined {
    if (asked === 'latest' || asked === undefined) return this.head;
    if (asked === 'safe') return this.safe === undefined ? undefined : ancestor(this.head, this.safe);
    if (asked === 'finalized')
      return this.finalized === undefined ? undefined : ancestor(this.head, this.finalized);
    if (typeof asked === 'object' && asked !== null && 'blockHash' in asked)
      return this.byHash(asked.blockHash);
    if (typeof asked === 'object' && asked !== null && 'blockNumber' in asked)
      return this.at(asked.blockNumber);
    return ancestor(this.head, Number(asked));
  }

  private byHash(hash: unknown): ScriptedBlock | undefined {
    for (let block: ScriptedBlock | undefined = this.head; block !== undefined; block = block.parent)
      if (block.hash === hash) return block;
    return undefined;
  }
}

const NOT_FOUND: Said = { error: { code: -32000, message: 'header not found' } };

/** A call as a client makes it. */
export function callOf(method: string, params: readonly unknown[] = [], id: string | undefined = '7'): Call {
  const paramsText = JSON.stringify(params);
  const said = id === undefined ? '' : `"id":${id},`;
  return {
    ...{ kind: 'call', method, id, params, paramsText },
    text: `{"jsonrpc":"2.0",${said}"method":"${method}","params":${paramsText}}`,
  };
}
