import { errorText, readRequest, replyText, type Call } from '../chain/index.ts';
import type { ChainPool } from './pool.ts';
import { topicOf } from './subscriptions.ts';
import { answerText, textOf } from './texts.ts';

/** Subscriptions of one client. */
const MOST_SUBSCRIPTIONS = 1_000;

export interface SessionOptions {
  readonly send: (text: string) => void;
  /** What was lost in between cannot be told: the client has to know. */
  readonly close: (why: string) => void;
  /** A new identifier as hex that nobody can guess. */
  readonly newId: () => string;
}

/** One client whose connection stays: calls, and subscriptions that outlive the nodes from which they come. */
export class PoolSession {
  private readonly pool: ChainPool;
  private readonly options: SessionOptions;
  private readonly ends = new Map<string, () => void>();
  private isOver = false;

  constructor(pool: ChainPool, options: SessionOptions) {
    this.pool = pool;
    this.options = options;
  }

  get subscriptions(): number {
    return this.ends.size;
  }

  onText(text: string): void {
    if (this.isOver) return;
    const request = readRequest(text);
    const call = request.kind === 'single' && request.call.kind === 'call' ? request.call : undefined;
    if (call?.method === 'eth_subscribe' || call?.method === 'eth_unsubscribe') {
      const said = call.method === 'eth_subscribe' ? this.subscribe(call) : this.unsubscribe(call);
      if (call.id !== undefined) this.send(said);
      return;
    }
    if (call !== undefined) {
      // Read already: not once more.
      this.pool.call(call, { body: text }, (answer) => {
        if (call.id !== undefined) this.send(textOf(call.id, answer));
      });
      return;
    }
    answerText(this.pool, text, {}, ({ text: said }) => {
      if (said !== undefined) this.send(said);
    });
  }

  end(): void {
    this.isOver = true;
    for (const end of this.ends.values()) end();
    this.ends.clear();
  }

  private send(text: string): void {
    if (!this.isOver) this.options.send(text);
  }

  private subscribe({ id = 'null', method, params }: Call): string {
    if (this.pool.ruleOf(method) === undefined)
      return errorText(id, -32601, 'Subscriptions are not offered.');
    const topic = topicOf(params);
    if (topic.kind === 'unreadable') return errorText(id, -32602, topic.why);
    // They could never be told, and what comes after them would wait for them.
    if (topic.kind === 'logs' && this.pool.ruleOf('eth_getLogs') === undefined)
      return errorText(id, -32601, 'Logs are not offered.');
    if (this.ends.size >= MOST_SUBSCRIPTIONS)
      return errorText(
        id,
        -32005,
        `At most ${MOST_SUBSCRIPTIONS} subscriptions are kept for one connection.`,
      );
    const name = this.options.newId();
    this.ends.set(
      name,
      this.pool.subscriptions.add(topic, {
        onEvent: (text) =>
          this.send(
            `{"jsonrpc":"2.0","method":"eth_subscription","params":{"subscription":"${name}","result":${text}}}`,
          ),
        onGap: () => this.options.close('What happened meanwhile cannot be told: subscribe again.'),
      }),
    );
    return replyText(id, `"${name}"`);
  }

  private unsubscribe({ id = 'null', params }: Call): string {
    const [name] = params;
    const end = typeof name === 'string' ? this.ends.get(name) : undefined;
    if (end === undefined || typeof name !== 'string') return replyText(id, 'false');
    this.ends.delete(name);
    end();
    return replyText(id, 'true');
  }
}
