/** One client's WebSocket to a faulty node, and behind it one to the node that is real. */
import { WebSocket } from 'ws';
import { randomStream, type Random } from '../../src/random.ts';
import { heightOf } from './as-of.ts';
import { sendFaulty } from './faulty-answer.ts';
import type { NoticeFault, Rule, TransportFault } from './faults.ts';
import { changeLeaf } from './lies.ts';
import type { HonestSource } from './rpc.ts';

/** What the socket asks of the node that it is of. */
interface Asked {
  readonly source: HonestSource;
  readonly rules: readonly Rule[];
  readonly notices: NoticeFault;
  readonly random: Random;
  hear(heard: { via: 'ws'; path: string; body: Buffer; rawHeaders: readonly string[] }): void;
  answer(body: Buffer): Promise<{ fault: TransportFault | undefined; text: Buffer; id: string }>;
  meet(method: string): Rule;
}

interface Notice {
  readonly params: { readonly subscription: string; readonly result: unknown };
}

/** Enough to see that a message is one, before it is read. */
const IS_NOTICE = /^\{[^{]{0,60}"method"\s*:\s*"eth_subscription"/;
const SUBSCRIBES = /"eth_(un)?subscribe"/;

export class FaultySocket {
  readonly #client: WebSocket;
  readonly #node: Asked;
  readonly #path: string;
  readonly #upstream: WebSocket | undefined;
  readonly #seed: number;
  /** What waits for the upstream to be open. */
  readonly #waiting: Buffer[] = [];
  /** What is above what the node says that it sees. */
  #held: Notice[] = [];
  /** The kind that was asked for, by the id of the request and then of the subscription. */
  readonly #asked = new Map<string, string>();
  readonly #kinds = new Map<string, string>();
  #highest = 0;
  #lastId = 0;

  constructor(client: WebSocket, node: Asked, path: string, seed: number) {
    this.#client = client;
    this.#node = node;
    this.#path = path;
    this.#seed = seed;
    client.on('error', () => {});
    client.on('message', (data: Buffer) => void this.#onMessage(data));
    client.on('close', () => this.#upstream?.terminate());
    const { wsUrl } = node.source;
    if (wsUrl === undefined) return;
    const upstream = new WebSocket(wsUrl, { perMessageDeflate: false });
    this.#upstream = upstream;
    upstream.on('error', () => {});
    upstream.on('open', () => {
      for (const data of this.#waiting.splice(0)) upstream.send(data, { binary: false });
    });
    upstream.on('message', (data: Buffer) => this.#onUpstream(data));
    upstream.on('close', () => client.terminate());
  }

  /** Without a word. */
  end(): void {
    this.#client.terminate();
  }

  /** What was held back is judged again. */
  release(): void {
    for (const notice of this.#held.splice(0)) this.#onNotice(notice);
  }

  notify(kind: string, result: unknown): void {
    for (const [subscription, one] of this.#kinds)
      if (one === kind) this.#sendNotice({ params: { subscription, result } });
  }

  async #onMessage(data: Buffer): Promise<void> {
    const node = this.#node;
    node.hear({ via: 'ws', path: this.#path, body: data, rawHeaders: [] });
    const text = SUBSCRIBES.test(data.toString('latin1')) ? data.toString() : undefined;
    if (text !== undefined) this.#rememberKinds(text);
    const isAlone = this.#upstream === undefined;
    // What subscribes is for the upstream, whatever is said of other calls; a rule that names it is kept.
    const isNamed = node.rules.some((rule) => rule.methods?.some((name) => /subscribe$/.test(name)) ?? false);
    const isWell = node.rules.length === 0 || (text !== undefined && !isNamed && !this.#isSilent());
    if (isWell && !isAlone) return this.#sendUpstream(data);
    if (isAlone && text !== undefined) return this.#subscribeAlone(text);
    try {
      const { fault, text: said, id } = await node.answer(data);
      if (this.#client.readyState !== WebSocket.OPEN) return;
      if (fault !== undefined) sendFaulty(fault, this.#client, said, id);
      else this.#client.send(said, { binary: false });
    } catch {
      this.#client.terminate();
    }
  }

  #isSilent(): boolean {
    return this.#node.rules.some(({ fault, methods }) => fault.kind === 'hang' && methods === undefined);
  }

  #sendUpstream(data: Buffer): void {
    if (this.#upstream?.readyState === WebSocket.CONNECTING) this.#waiting.push(data);
    else if (this.#upstream?.readyState === WebSocket.OPEN) this.#upstream.send(data, { binary: false });
  }

  #rememberKinds(text: string): void {
    try {
      const read: unknown = JSON.parse(text);
      for (const one of Array.isArray(read) ? read : [read]) {
        // Read for its kind only: what is not of this form has none.
        const { id, method, params } = one as { id?: unknown; method?: unknown; params?: unknown[] };
        if (method === 'eth_subscribe') this.#asked.set(JSON.stringify(id), String(params?.[0]));
        if (method === 'eth_unsubscribe') this.#kinds.delete(String(params?.[0]));
      }
    } catch {
      // The node says what is wrong with it.
    }
  }

  /** Where nothing is behind it, a subscription brings what a test has it bring. */
  #subscribeAlone(text: string): void {
    // One call: batches of subscriptions are for a real node.
    const { id, method } = JSON.parse(text) as { id: unknown; method: string };
    const key = JSON.stringify(id);
    const subscription = `0x${(++this.#lastId).toString(16)}`;
    const kind = this.#asked.get(key);
    if (kind !== undefined) this.#kinds.set(subscription, kind);
    this.#asked.delete(key);
    const result = method === 'eth_subscribe' ? `"${subscription}"` : 'true';
    this.#client.send(`{"jsonrpc":"2.0","id":${key},"result":${result}}`);
  }

  #onUpstream(data: Buffer): void {
    const text = data.toString();
    if (IS_NOTICE.test(text)) {
      const { notices, rules } = this.#node;
      if (notices.kind === 'ok' && rules.length === 0 && this.#held.length === 0) this.#client.send(text);
      // The form of an anvil's notifications.
      else this.#onNotice(JSON.parse(text) as Notice);
      return;
    }
    if (this.#asked.size > 0) this.#rememberSubscriptions(text);
    this.#client.send(text);
  }

  #rememberSubscriptions(text: string): void {
    const read: unknown = JSON.parse(text);
    for (const one of Array.isArray(read) ? read : [read]) {
      const { id, result } = one as { id?: unknown; result?: unknown };
      const key = JSON.stringify(id);
      const kind = this.#asked.get(key);
      if (kind === undefined) continue;
      this.#asked.delete(key);
      if (typeof result === 'string') this.#kinds.set(result, kind);
    }
  }

  #onNotice(notice: Notice): void {
    const { fault } = this.#node.meet('eth_subscription');
    const height = heightOf(notice.params.result) ?? 0;
    this.#highest = Math.max(this.#highest, height);
    if (fault.kind === 'hang') return;
    if (fault.kind === 'lag' || fault.kind === 'frozen') {
      const isFrozen = fault.kind === 'frozen';
      const visible = isFrozen ? fault.at : this.#highest - fault.blocks;
      this.#held.push(notice);
      const shown = this.#held.filter((one) => (heightOf(one.params.result) ?? 0) <= visible);
      this.#held = this.#held.filter((one) => !shown.includes(one));
      for (const one of shown) this.#sendNotice(one);
      return;
    }
    if (fault.kind === 'lie') {
      const { result } = notice.params;
      const random = randomStream(JSON.stringify(result), this.#seed);
      this.#sendNotice({ params: { ...notice.params, result: changeLeaf(result, random) } });
    } else this.#sendNotice(notice);
  }

  #sendNotice({ params }: Notice): void {
    const { notices, random } = this.#node;
    const text = (subscription: string): string =>
      JSON.stringify({ jsonrpc: '2.0', method: 'eth_subscription', params: { ...params, subscription } });
    const send = (subscription = params.subscription): void => {
      if (this.#client.readyState === WebSocket.OPEN) this.#client.send(text(subscription));
    };
    switch (notices.kind) {
      case 'ok':
        send();
        return;
      case 'silent':
        return;
      case 'doubled':
        send();
        send();
        return;
      case 'missing':
        if (random() >= notices.share) send();
        return;
      case 'late':
        setTimeout(send, notices.delayMs);
        return;
      case 'wrong-id':
        send(`0x${'9'.repeat(32)}`);
        return;
    }
  }
}
