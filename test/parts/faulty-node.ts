/** A node as clients see it, HTTP and WebSocket, before an honest source; how it fails is switched at any time. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { keccak256, type Hex } from 'viem';
import { WebSocketServer, type WebSocket } from 'ws';
import { randomStream, type Random } from '../../src/random.ts';
import type { Anvil } from './anvil.ts';
import { answerAhead, answerAsOf, headOf } from './as-of.ts';
import { enveloped, readCalls, type Call, type EnvelopedReply } from './faulty-envelope.ts';
import { isMadeUp, writeFaulty } from './faulty-answer.ts';
import { FaultySocket } from './faulty-socket.ts';
import {
  isCallFault,
  isEnvelopeFault,
  isTransportFault,
  type CallFault,
  type Fault,
  type Handshake,
  type NoticeFault,
  type Rule,
  type TransportFault,
} from './faults.ts';
import { lieAbout } from './lies.ts';
import { listenApart } from './part.ts';
import { quantity, type HonestSource, type Outcome } from './rpc.ts';

/** A request as it came. */
export interface Heard {
  readonly via: 'http' | 'ws';
  readonly path: string;
  readonly body: Buffer;
  /** Names and values in turn, as they came. Empty over a WebSocket. */
  readonly rawHeaders: readonly string[];
}

export interface ToldLie {
  readonly method: string;
  readonly params: readonly unknown[];
  readonly kind: string;
}

export interface Counts {
  /** HTTP requests and WebSocket messages. */
  readonly requests: number;
  /** Items of batches, each for itself. */
  readonly calls: number;
  readonly byMethod: Readonly<Record<string, number>>;
  /** Calls and notifications that were met by a fault, by its kind. */
  readonly byFault: Readonly<Record<string, number>>;
  readonly connections: number;
  readonly connectionsOpen: number;
  readonly sockets: number;
  readonly socketsOpen: number;
}

export interface FaultyNodeOptions {
  /** Of its lies: two nodes with the same one collude. @default 1 */
  readonly seed?: number;
  /** Which calls a share is of. @default a stream of the seed */
  readonly random?: Random;
  /** How many requests and lies are remembered. @default 1000 */
  readonly mostRemembered?: number;
}

interface Met {
  readonly call: Call;
  readonly rule: Rule;
}

const OK: Rule = { fault: { kind: 'ok' } };
const METHOD = /"method"\s*:\s*"([^"]*)"/g;
const HOST = '127.0.0.1';

export class FaultyNode {
  readonly source: HonestSource;
  readonly heard: Heard[] = [];
  readonly lies: ToldLie[] = [];
  /** What becomes of what subscriptions bring. */
  notices: NoticeFault = { kind: 'ok' };
  handshake: Handshake = 'ok';
  readonly random: Random;
  readonly #seed: number;
  readonly #most: number;
  #rules: readonly Rule[] = [];
  #port = 0;
  readonly #server: Server;
  readonly #upgrader = new WebSocketServer({ noServer: true, perMessageDeflate: false });
  readonly #connections = new Set<Socket>();
  readonly #sockets = new Set<FaultySocket>();
  #counts = zeroCounts();

  constructor(
    source: HonestSource,
    { seed = 1, random = randomStream('faults', seed), mostRemembered = 1_000 }: FaultyNodeOptions = {},
  ) {
    this.source = source;
    this.#seed = seed;
    this.random = random;
    this.#most = mostRemembered;
    this.#server = createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
      this.#onRequest(request, response);
    });
    this.#server.on('connection', (socket: Socket) => {
      this.#counts.connections++;
      this.#connections.add(socket);
      socket.on('error', () => {});
      socket.once('close', () => this.#connections.delete(socket));
    });
    this.#server.on('upgrade', (request, socket, head) => this.#onUpgrade(request, socket, head));
  }

  /** One before a node that runs. */
  static async before(anvil: Anvil, options: FaultyNodeOptions = {}): Promise<FaultyNode> {
    const node = new FaultyNode(anvil.source, options);
    await node.accept();
    return node;
  }

  get url(): string {
    return `http://${HOST}:${this.#port}`;
  }

  get wsUrl(): string {
    return `ws://${HOST}:${this.#port}`;
  }

  get port(): number {
    return this.#port;
  }

  /**
   * From now on it behaves so. Each call is met by the first rule that is for its method and whose share it falls into; by none: it
   * is answered as it should be. Without rules it is well again.
   */
  behave(...rules: readonly (Rule | Fault)[]): void {
    this.#rules = rules.map((rule) => ('fault' in rule ? rule : { fault: rule }));
    for (const socket of this.#sockets) socket.release();
  }

  get rules(): readonly Rule[] {
    return this.#rules;
  }

  /** It listens, where it did. */
  async accept(): Promise<void> {
    if (this.#server.listening) return;
    if (this.#port === 0) {
      this.#port = await listenApart(this.#server, HOST);
      return;
    }
    this.#server.listen(this.#port, HOST, 1_024);
    await once(this.#server, 'listening');
  }

  /** Connections are refused, and those that are open are gone. */
  refuse(): Promise<void> {
    if (!this.#server.listening) return Promise.resolve();
    return new Promise((resolve) => {
      this.#server.close(() => resolve());
      this.killConnections();
    });
  }

  /** Resets all connections, WebSockets too. */
  killConnections(): void {
    for (const connection of this.#connections) connection.resetAndDestroy();
    this.killSockets();
  }

  /** Ends all WebSockets without a word. */
  killSockets(): void {
    for (const socket of this.#sockets) socket.end();
  }

  /** Notifies all who have subscribed to this kind: what no anvil sends, such as removed logs. */
  notify(kind: string, result: unknown): void {
    for (const socket of this.#sockets) socket.notify(kind, result);
  }

  get counts(): Counts {
    return {
      ...structuredClone(this.#counts),
      connectionsOpen: this.#connections.size,
      socketsOpen: this.#sockets.size,
    };
  }

  forget(): void {
    this.#counts = zeroCounts();
    this.heard.length = 0;
    this.lies.length = 0;
  }

  /** The source is not its own: whoever made it ends it. */
  stop(): Promise<void> {
    return this.refuse();
  }

  #onRequest(request: IncomingMessage, response: ServerResponse): void {
    response.on('error', () => {});
    request.on('error', () => {});
    response.sendDate = false;
    const pieces: Buffer[] = [];
    request.on('data', (piece: Buffer) => pieces.push(piece));
    request.on('end', () => {
      const [only] = pieces;
      const body = pieces.length === 1 && only !== undefined ? only : Buffer.concat(pieces);
      this.hear({ via: 'http', path: request.url ?? '/', body, rawHeaders: request.rawHeaders });
      if (this.#rules.length === 0) this.#pass(body, response);
      else void this.#answerFaulty(body, request, response);
    });
  }

  /** Counts and remembers a request. */
  hear(heard: Heard): void {
    const counts = this.#counts;
    counts.requests++;
    for (const [, method = ''] of heard.body.toString('latin1').matchAll(METHOD)) {
      counts.calls++;
      counts.byMethod[method] = (counts.byMethod[method] ?? 0) + 1;
    }
    this.#remember(this.heard, heard);
  }

  #remember<T>(list: T[], one: T): void {
    if (this.#most === 0) return;
    // Between once and twice as many: the list is not moved each time.
    if (list.length >= 2 * this.#most) list.splice(0, this.#most);
    list.push(one);
  }

  #pass(body: Buffer, response: ServerResponse): void {
    this.source.pass(body).then(
      (passed) => {
        writeJson(response, passed.status, passed.body);
      },
      () => response.destroy(),
    );
  }

  async #answerFaulty(body: Buffer, request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      const answer = await this.answer(body);
      if (response.destroyed) return;
      const { fault, text, id } = answer;
      if (fault !== undefined) return writeFaulty(fault, { response, request, honest: text, id });
      writeJson(response, 200, text);
    } catch {
      // Its source has ended.
      response.destroy();
    }
  }

  /** What it says to a request, and what becomes of that on the way. */
  async answer(body: Buffer): Promise<{ fault: TransportFault | undefined; text: Buffer; id: string }> {
    const read = readCalls(body);
    if (read === undefined)
      return { fault: undefined, text: (await this.source.pass(body)).body, id: 'null' };
    const met = read.calls.map((call) => ({ call, rule: this.meet(call.method) }));
    const id = read.calls[0]?.id ?? 'null';
    const delayMs = Math.max(0, ...met.map(({ rule }) => rule.delayMs ?? 0));
    if (delayMs > 0) await new Promise((resolve) => setTimeout(resolve, delayMs));
    const faults = met.map(({ rule }) => rule.fault);
    const fault = faults.find(isTransportFault);
    if (fault !== undefined && isMadeUp(fault)) return { fault, text: Buffer.alloc(0), id };
    const envelope = faults.find(isEnvelopeFault);
    if (envelope === undefined && !faults.some(isCallFault))
      return { fault, text: (await this.source.pass(body)).body, id };
    const replies = await Promise.all(
      met.filter(({ call }) => call.id !== undefined).map((one) => this.#reply(one)),
    );
    return { fault, text: Buffer.from(enveloped(replies, read.isBatch, envelope)), id };
  }

  /** The rule that a call, or `eth_subscription`, meets. */
  meet(method: string): Rule {
    for (const rule of this.#rules) {
      if (rule.methods !== undefined && !rule.methods.includes(method)) continue;
      if (rule.share !== undefined && this.random() >= rule.share) continue;
      const { kind } = rule.fault;
      const { byFault } = this.#counts;
      if (kind !== 'ok') byFault[kind] = (byFault[kind] ?? 0) + 1;
      return rule;
    }
    return OK;
  }

  async #reply({ call, rule }: Met): Promise<EnvelopedReply> {
    const { method, params } = call;
    const outcome = isCallFault(rule.fault)
      ? await this.#outcome(rule.fault, method, params)
      : await this.source.ask(method, params);
    return { id: call.id ?? 'null', outcome };
  }

  async #outcome(fault: CallFault, method: string, params: readonly unknown[]): Promise<Outcome> {
    const { source } = this;
    switch (fault.kind) {
      case 'error':
        return { error: fault.error };
      case 'lag':
        return answerAsOf(source, method, params, Math.max(0, (await headOf(source)) - fault.blocks));
      case 'frozen':
        return answerAsOf(source, method, params, fault.at);
      case 'ahead':
        return answerAhead(source, method, params, fault.blocks);
      case 'chain':
        if (method === 'eth_chainId') return { result: quantity(fault.chainId) };
        if (method === 'net_version') return { result: `${fault.chainId}` };
        return source.ask(method, params);
      case 'swallow':
        // A raw transaction is hex.
        if (method === 'eth_sendRawTransaction') return { result: keccak256(params[0] as Hex) };
        return source.ask(method, params);
      case 'lie': {
        const { outcome, kind } = await lieAbout(source, method, params, fault.lie, this.#seed);
        this.#remember(this.lies, { method, params, kind });
        return outcome;
      }
    }
  }

  #onUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    if (this.handshake === 'unanswered') return;
    if (this.handshake === 'refused') {
      socket.end('HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
      return;
    }
    this.#upgrader.handleUpgrade(request, socket, head, (client: WebSocket) => {
      this.#counts.sockets++;
      const one = new FaultySocket(client, this, request.url ?? '/', this.#seed);
      this.#sockets.add(one);
      client.once('close', () => this.#sockets.delete(one));
    });
  }
}

function writeJson(response: ServerResponse, status: number, body: Buffer): void {
  response.writeHead(status, ['content-type', 'application/json', 'content-length', `${body.length}`]);
  // As text, head and body go in one write: that is most of what an answer costs. Latin-1 keeps each byte.
  if (body.length < 65_536) response.end(body.toString('latin1'), 'latin1');
  else response.end(body);
}

function zeroCounts() {
  return {
    requests: 0,
    calls: 0,
    // Without a prototype: methods have whatever names a client gives them.
    byMethod: Object.create(null) as Record<string, number>,
    byFault: {} as Record<string, number>,
    connections: 0,
    sockets: 0,
  };
}
