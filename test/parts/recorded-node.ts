/** A chain that stands still, played from memory: for runs that are too large for nodes that compute. */
import { BLOCK_AT, heightOf } from './as-of.ts';
import { readCalls, type Call } from './faulty-envelope.ts';
import { FaultyNode, type FaultyNodeOptions } from './faulty-node.ts';
import { outcomeOf, quantity, resultOf, type HonestSource, type Outcome, type Passed } from './rpc.ts';

export interface Read {
  readonly method: string;
  readonly params: readonly unknown[];
}

/** What is done anew each time it is asked for. */
const NOT_KEPT = /^eth_(send|newFilter|newBlock|newPending|getFilter|uninstall)/;
const UNREADABLE = Buffer.from('{"jsonrpc":"2.0","id":null,"error":{"code":-32700,"message":"Parse error"}}');
const TAGS = ['latest', 'safe', 'finalized'] as const;

/**
 * Answers as the node did when it was first asked. What names a block by a tag is the same as what names its number. What was never
 * asked is asked then, as long as there is the node: its chain must not go on.
 */
export class RecordedSource implements HonestSource {
  readonly wsUrl = undefined;
  readonly #live: HonestSource | undefined;
  /** `"result":…` or `"error":…`, by method and parameters as they are written, and by both with the tags replaced. */
  readonly #said = new Map<string, string>();
  readonly #tags: ReadonlyMap<unknown, string>;
  /** How many calls had to be asked of the node. */
  missed = 0;

  private constructor(live: HonestSource, tags: ReadonlyMap<unknown, string>) {
    this.#live = live;
    this.#tags = tags;
  }

  static async of(live: HonestSource, reads: readonly Read[] = []): Promise<RecordedSource> {
    const tags = new Map<unknown, string>([['earliest', '0x0']]);
    for (const tag of TAGS) {
      const block = resultOf(await live.ask('eth_getBlockByNumber', [tag, false]));
      tags.set(tag, quantity(heightOf(block) ?? 0));
    }
    const source = new RecordedSource(live, tags);
    for (const { method, params } of reads) await source.#find(method, params);
    source.missed = 0;
    return source;
  }

  pass(body: Buffer): Promise<Passed> {
    const read = readCalls(body);
    if (read === undefined) return Promise.resolve({ status: 200, body: UNREADABLE });
    const { calls, isBatch } = read;
    const [only] = calls;
    if (!isBatch && only !== undefined) {
      const said = this.#known(only);
      if (said !== undefined)
        return Promise.resolve({ status: 200, body: Buffer.from(enveloped(only, said)) });
    }
    return this.#passSlowly(calls, isBatch);
  }

  async ask(method: string, params: readonly unknown[]): Promise<Outcome> {
    return outcomeOf(JSON.parse(`{${await this.#find(method, params)}}`));
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  async #passSlowly(calls: readonly Call[], isBatch: boolean): Promise<Passed> {
    const texts: string[] = [];
    for (const call of calls) {
      const said = await this.#find(call.method, call.params);
      if (call.id !== undefined) texts.push(enveloped(call, said));
    }
    return { status: 200, body: Buffer.from(isBatch ? `[${texts.join(',')}]` : texts.join('')) };
  }

  #known({ method, params }: Read): string | undefined {
    return this.#said.get(keyOf(method, params));
  }

  async #find(method: string, params: readonly unknown[]): Promise<string> {
    const key = keyOf(method, params);
    const known = this.#said.get(key);
    if (known !== undefined) return known;
    const pinned = this.#pinned(method, params);
    const pinnedKey = keyOf(method, pinned);
    let said = this.#said.get(pinnedKey);
    if (said === undefined) {
      this.missed++;
      const outcome: Outcome = (await this.#live?.ask(method, pinned)) ?? {
        error: { code: -32601, message: `${method} was not recorded` },
      };
      said = JSON.stringify(outcome).slice(1, -1);
      if (NOT_KEPT.test(method)) return said;
      this.#said.set(pinnedKey, said);
    }
    this.#said.set(key, said);
    return said;
  }

  #pinned(method: string, params: readonly unknown[]): readonly unknown[] {
    const [first] = params;
    if (method === 'eth_getLogs' && typeof first === 'object' && first !== null && !('blockHash' in first)) {
      const { fromBlock = 'latest', toBlock = 'latest' } = first as {
        fromBlock?: unknown;
        toBlock?: unknown;
      };
      return [{ ...first, fromBlock: this.#number(fromBlock), toBlock: this.#number(toBlock) }];
    }
    const place = BLOCK_AT.get(method);
    if (place === undefined || place > params.length) return params;
    const pinned = [...params];
    pinned[place] = this.#number(params[place] ?? 'latest');
    return pinned;
  }

  #number(named: unknown): unknown {
    return this.#tags.get(named) ?? named;
  }
}

function keyOf(method: string, params: readonly unknown[]): string {
  return `${method} ${JSON.stringify(params)}`;
}

function enveloped({ id = 'null' }: Call, said: string): string {
  return `{"jsonrpc":"2.0","id":${id},${said}}`;
}

/** A node that plays what another one says to these reads. */
export async function startRecordedNode(
  live: HonestSource,
  { reads = [], ...options }: FaultyNodeOptions & { readonly reads?: readonly Read[] } = {},
): Promise<FaultyNode> {
  const node = new FaultyNode(await RecordedSource.of(live, reads), options);
  await node.accept();
  return node;
}
