import type { Call } from '../chain/index.ts';
import { ChainPool, PoolNode, topicOf, type PoolAnswer } from '../pool/index.ts';
import { systemTime, type Time } from '../time.ts';
import { FetchLink } from './fetch-link.ts';
import type { ClosableLink } from './link.ts';
import { readOptions, type ChainPoolOptions, type ReadNode } from './options.ts';
import { CODE, errorOf, RpcError } from './rpc-error.ts';
import { SocketLink } from './socket-link.ts';
import { socketsOf, type OpenSocket } from './sockets.ts';
import { statusOf, type PoolStatus } from './status.ts';

export interface RequestArguments {
  readonly method: string;
  /** In their positions. @default none */
  readonly params?: readonly unknown[] | object | undefined;
}

export type Settled = { readonly result: unknown } | { readonly error: RpcError };

export interface ClientSubscription {
  /** As hex that nobody can guess. */
  readonly id: string;
  unsubscribe(): void;
}

/** What listeners are told, by event: those of EIP-1193 that a pool has. */
export interface ClientEvents {
  /** An event of a subscription that was begun by `eth_subscribe`. `keelson_gap`: what it has missed cannot be told; it goes on. */
  message: {
    readonly type: 'eth_subscription' | 'keelson_gap';
    readonly data: { readonly subscription: string; readonly result?: unknown };
  };
  /** The first head is there. @param chainId as hex */
  connect: { readonly chainId: string };
  /** It was stopped. */
  disconnect: RpcError;
}

/** How sockets are opened here, where the options do not say. */
export type Sockets = OpenSocket | undefined;

const CACHE_BYTES = 16_000_000;
const IDLE_MS = 60_000;
/** How long a call waits to hear whether the head that is known still is the head. @unit ms */
const FRESH_MS = 1_000;
/** How often it is asked whether it is. @unit ms */
const FRESH_STEP_MS = 10;
/** How long a subscription waits for the first head, so that it begins with what comes after that. @unit ms */
const FIRST_HEAD_MS = 3_000;
/** Timers of Node hold 31 bits. @unit ms */
const FOR_EVER_MS = 2 ** 31 - 1;

/** Nodes of one chain, asked as one by a program that has no gateway: an EIP-1193 provider. */
export class ChainClient {
  /** `eth_chainId`. */
  readonly chain: number;
  private readonly pool: ChainPool;
  private readonly nodes: readonly PoolNode[];
  private readonly links: readonly ClosableLink[];
  private readonly time: Time;
  private readonly idleMs: number;
  private readonly listeners = new Map<keyof ClientEvents, Set<(event: never) => void>>();
  /** By identifier, what ends it. */
  private readonly subscriptions = new Map<string, () => void>();
  /** Calls that wait: what fails them. */
  private readonly pending = new Set<(error: RpcError) => void>();
  private usedAt: number;
  private isConnected = false;
  private isStopped = false;
  private awake: ReturnType<typeof setInterval> | undefined;

  /**
   * Begins to ask the nodes for their heads.
   *
   * @param sockets how sockets are opened where `options` has no WebSocket
   * @throws KeelsonError `client-options`
   */
  constructor(options: ChainPoolOptions, sockets: Sockets) {
    const { nodes, trusted, verify, votes } = readOptions(options);
    this.time = systemTime();
    this.chain = options.chain;
    this.idleMs = options.idleMs ?? IDLE_MS;
    this.usedAt = this.time.now();
    const links: ClosableLink[] = [];
    const make = (node: ReadNode): PoolNode => {
      const link = linkOf(node, options, sockets, this.time);
      links.push(link);
      return poolNode(node, link, this.time);
    };
    const members = nodes.map(make);
    // One that is named twice is one node, with one budget.
    const believed = trusted?.map((node) => {
      const same = nodes.findIndex(({ url }) => url === node.url);
      return members[same] ?? make(node);
    });
    this.links = links;
    this.nodes = [...new Set([...members, ...(believed ?? [])])];
    const { verify: asked, onDissent } = options;
    this.pool = new ChainPool({
      name: options.name ?? `chain ${options.chain}`,
      chain: options.chain,
      nodes: members,
      preference: options.prefer === 'fastest' ? { kind: 'active' } : { kind: 'ordered' },
      verify,
      votes,
      ...(typeof asked === 'object' ? { prover: asked.prover, unproved: asked.unproved } : {}),
      ...(believed === undefined ? {} : { trusted: believed }),
      ...(options.blockTimeMs === undefined ? {} : { blockTimeMs: options.blockTimeMs }),
      ...(options.lag === undefined ? {} : { lag: options.lag }),
      ...(options.mostLogBlocks === undefined ? {} : { mostLogBlocks: options.mostLogBlocks }),
      allow: new Set(options.allow),
      refuse: new Set(options.refuse),
      cacheBytes: options.cacheBytes ?? CACHE_BYTES,
      time: this.time,
      draw: Math.random,
      newId,
      isIdle: () => this.isIdle,
      listener: {
        onMoved: () => this.onMoved(),
        ...(onDissent === undefined
          ? {}
          : { onDissent: ({ name }, method, why) => guarded(onDissent, { node: name, method, why }) }),
      },
    });
    this.pool.start();
  }

  /**
   * Asks for one thing, as EIP-1193 has it. Never the same as what an earlier call was given: it may be changed.
   *
   * @throws RpcError in the promise: what nodes say (a revert), or why none could
   */
  async request({ method, params = [] }: RequestArguments): Promise<unknown> {
    const settled =
      method === 'eth_subscribe' || method === 'eth_unsubscribe' ? undefined : { method, params };
    if (settled === undefined) return this.subscribeByCall(method, params);
    const [answer] = await this.batch([settled]);
    if (answer === undefined) throw new RpcError(CODE.internal, 'Expected an answer.');
    if ('error' in answer) throw answer.error;
    return answer.result;
  }

  /** Asks for several things as of one block. Never rejects: each has its own result or error, in their order. */
  batch(requests: readonly RequestArguments[]): Promise<readonly Settled[]> {
    return new Promise((resolve) => {
      const calls: Call[] = [];
      const settled = requests.map((request): Settled | undefined => {
        const call = this.isStopped ? stopped() : callOf(request);
        if (call instanceof RpcError) return { error: call };
        calls.push(call);
        return undefined;
      });
      const end = (answers: readonly Settled[]): void => {
        if (!this.pending.delete(fail)) return;
        this.usedAt = this.time.now();
        this.stayAwake();
        let i = 0;
        resolve(
          settled.map((one) => one ?? answers[i++] ?? { error: new RpcError(CODE.internal, 'No answer.') }),
        );
      };
      const fail = (error: RpcError): void => end(calls.map(() => ({ error })));
      this.pending.add(fail);
      this.stayAwake();
      if (calls.length === 0) {
        end([]);
        return;
      }
      this.whenFresh(() => {
        // It was stopped meanwhile.
        if (!this.pending.has(fail)) return;
        const [only] = calls;
        if (calls.length === 1 && only !== undefined)
          this.pool.call(only, {}, (answer) => end([settledOf(answer)]));
        else this.pool.batch(calls, {}, (answers) => end(answers.map(settledOf)));
      });
    });
  }

  /**
   * Tells of what happens on the chain from now on: each thing once and in order, whichever node dies, with logs of blocks that are no
   * longer of the chain told again as `removed`.
   *
   * @param params as of `eth_subscribe`: `['newHeads']`, `['logs', { address, topics }]`, `['newPendingTransactions']`
   * @param onError what happened in between cannot be told, because too much did; it goes on from there
   * @throws RpcError in the promise: there is no such subscription
   */
  async subscribe(
    params: readonly unknown[],
    onData: (result: unknown) => void,
    onError: (error: RpcError) => void = () => undefined,
  ): Promise<ClientSubscription> {
    if (this.isStopped) throw stopped();
    const topic = topicOf(params);
    if (topic.kind === 'unreadable') throw new RpcError(CODE.params, topic.why);
    if (topic.kind === 'pending' && this.nodes.every(({ link }) => link.openSocket === undefined))
      throw new RpcError(CODE.unsupported, 'Pending transactions are told over WebSockets: no node has one.');
    const id = newId();
    this.subscriptions.set(id, () => undefined);
    this.stayAwake();
    await new Promise<void>((resolve) => {
      this.whenFresh(() => {
        if (this.isStopped) resolve();
        else this.pool.heads.waitFor(0, FIRST_HEAD_MS, () => resolve());
      });
    });
    if (this.isStopped) throw stopped();
    const end = this.pool.subscriptions.add(topic, {
      onEvent: (text) => guarded(onData, JSON.parse(text)),
      onGap: () =>
        guarded(onError, new RpcError(CODE.disconnected, 'What happened meanwhile cannot be told.')),
    });
    this.subscriptions.set(id, end);
    return { id, unsubscribe: () => void this.unsubscribe(id) };
  }

  on<Name extends keyof ClientEvents>(name: Name, listener: (event: ClientEvents[Name]) => void): this {
    const listeners = this.listeners.get(name) ?? new Set();
    this.listeners.set(name, listeners);
    listeners.add(listener);
    return this;
  }

  removeListener<Name extends keyof ClientEvents>(
    name: Name,
    listener: (event: ClientEvents[Name]) => void,
  ): this {
    this.listeners.get(name)?.delete(listener);
    return this;
  }

  /** Who agrees, lags, lied or rests; the head; what is kept. */
  status(): PoolStatus {
    return statusOf(this.pool);
  }

  /** Ends it for good: nothing is asked any more, no timer and no socket is left, and what waits fails with 4900. */
  stop(): void {
    if (this.isStopped) return;
    this.isStopped = true;
    for (const fail of [...this.pending]) fail(stopped());
    for (const end of this.subscriptions.values()) end();
    this.subscriptions.clear();
    this.stayAwake();
    this.pool.stop();
    for (const node of this.nodes) node.stop();
    for (const link of this.links) link.close();
    this.emit('disconnect', stopped());
  }

  private get isIdle(): boolean {
    const isWanted = this.pending.size > 0 || this.subscriptions.size > 0;
    return !isWanted && this.time.now() - this.usedAt > this.idleMs;
  }

  /** Nothing was asked for a while, or the machine was asleep: what was the head then may be long past. */
  private whenFresh(call: () => void): void {
    const { heads } = this.pool;
    const wasIdle = this.time.now() - this.usedAt > this.idleMs;
    this.usedAt = this.time.now();
    if (heads.block === undefined) {
      if (wasIdle) heads.look();
      call();
      return;
    }
    if (heads.isFresh) {
      call();
      return;
    }
    heads.look();
    const endsAt = this.time.now() + FRESH_MS;
    const wait = (): void => {
      if (heads.isFresh || this.isStopped || this.time.now() >= endsAt) call();
      else this.time.after(FRESH_STEP_MS, wait);
    };
    wait();
  }

  private async subscribeByCall(method: string, params: readonly unknown[] | object): Promise<unknown> {
    if (!Array.isArray(params)) throw new RpcError(CODE.params, 'Expected parameters in their positions.');
    if (method === 'eth_unsubscribe') return this.unsubscribe(params[0]);
    const { id } = await this.subscribe(
      params,
      (result) => this.emit('message', { type: 'eth_subscription', data: { subscription: id, result } }),
      () => this.emit('message', { type: 'keelson_gap', data: { subscription: id } }),
    );
    return id;
  }

  private unsubscribe(id: unknown): boolean {
    const end = typeof id === 'string' ? this.subscriptions.get(id) : undefined;
    if (end === undefined || typeof id !== 'string') return false;
    this.subscriptions.delete(id);
    end();
    this.usedAt = this.time.now();
    this.stayAwake();
    return true;
  }

  private onMoved(): void {
    if (this.isConnected) return;
    this.isConnected = true;
    this.emit('connect', { chainId: `0x${this.chain.toString(16)}` });
  }

  private emit<Name extends keyof ClientEvents>(name: Name, event: ClientEvents[Name]): void {
    // Those of one name take the events of that name.
    const listeners = this.listeners.get(name) as Set<(event: ClientEvents[Name]) => void> | undefined;
    for (const listener of [...(listeners ?? [])]) guarded(listener, event);
  }

  /** A process of Node lives as long as somebody waits for something here: all else that waits keeps no process alive. */
  private stayAwake(): void {
    const isWanted = !this.isStopped && (this.pending.size > 0 || this.subscriptions.size > 0);
    if (isWanted) this.awake ??= setInterval(() => undefined, FOR_EVER_MS);
    else if (this.awake !== undefined) {
      clearInterval(this.awake);
      this.awake = undefined;
    }
  }
}

function linkOf(
  node: ReadNode,
  { fetch = globalThis.fetch, WebSocket }: ChainPoolOptions,
  sockets: Sockets,
  time: Time,
): ClosableLink {
  const open = WebSocket === undefined ? sockets : socketsOf(WebSocket);
  if (!node.isSocketOnly) return new FetchLink(node, fetch, open, time);
  // Without a way to open one it is as if nobody were there.
  return new SocketLink({ url: node.url, headers: node.headers }, open ?? nowhere, time);
}

const nowhere: OpenSocket = (_, listener) => {
  queueMicrotask(() => listener.onClosed());
  return { send: () => undefined, close: () => undefined };
};

function poolNode({ name, operator, budget, batch }: ReadNode, link: ClosableLink, time: Time): PoolNode {
  return new PoolNode(
    {
      name,
      link,
      member: operator,
      ...(budget === undefined ? {} : { budget }),
      ...(batch === undefined ? {} : { mostBatch: batch }),
    },
    time,
  );
}

/** A call in the form that a pool takes; or why it is none. */
function callOf({ method, params = [] }: RequestArguments): Call | RpcError {
  if (typeof method !== 'string') return new RpcError(CODE.params, 'Expected the name of a method.');
  if (!Array.isArray(params)) return new RpcError(CODE.params, 'Expected parameters in their positions.');
  try {
    const paramsText = JSON.stringify(params);
    // As it goes over the wire: what is undefined, or has its own way to be written, is no more.
    const written = JSON.parse(paramsText) as unknown[]; // a list, as just written
    return { kind: 'call', method, id: '1', params: written, paramsText, text: '' };
  } catch {
    return new RpcError(CODE.params, `The parameters of ${method} cannot be written as JSON.`);
  }
}

function settledOf({ kind, text }: PoolAnswer): Settled {
  return kind === 'result' ? { result: JSON.parse(text) } : { error: errorOf(text) };
}

function stopped(): RpcError {
  return new RpcError(CODE.disconnected, 'The pool was stopped.');
}

/** What a listener throws is its program's to hear of, and nothing here is broken by it. */
function guarded<T>(listener: (value: T) => void, value: T): void {
  try {
    listener(value);
  } catch (error) {
    queueMicrotask(() => {
      throw error;
    });
  }
}

function newId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return `0x${[...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('')}`;
}
