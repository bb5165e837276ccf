/** JSON-RPC as the parts of chain tests speak it: to a node, with nothing between. */
import { Pool } from 'undici';
import { Crossing } from './crossing.ts';

export interface RpcError {
  readonly code: number;
  readonly message: string;
  readonly data?: unknown;
}

/** What a node says to one call. */
export type Outcome = { readonly result: unknown } | { readonly error: RpcError };

export interface Passed {
  readonly status: number;
  readonly body: Buffer;
}

/** Where honest answers come from: a node that runs, or what one has said before. */
export interface HonestSource {
  /** Answers the bytes of a request, one call or a batch, as they came. */
  pass(body: Buffer): Promise<Passed>;
  /** Answers one call. */
  ask(method: string, params: readonly unknown[]): Promise<Outcome>;
  /** Where subscriptions come from; undefined: there are none. */
  readonly wsUrl: string | undefined;
  close(): Promise<void>;
}

const HEADERS = { 'content-type': 'application/json' };

/** A node that is asked over HTTP. */
export class LiveSource implements HonestSource {
  readonly wsUrl: string;
  /**
   * Where what is passed on crosses: whoever has the node mine may stop it meanwhile. A transaction that comes in the middle is in the block of
   * some nodes only, and a read of the newest block is answered as if it were the one that is being made.
   */
  readonly calls = new Crossing();
  readonly #pool: Pool;

  constructor(url: string) {
    this.wsUrl = url.replace(/^http/, 'ws');
    this.#pool = new Pool(url, { connections: 64, pipelining: 1 });
  }

  pass(body: Buffer): Promise<Passed> {
    return this.calls.cross(() => this.#post(body));
  }

  #post(body: Buffer): Promise<Passed> {
    // The bare way of undici: a million requests go through here.
    return new Promise((resolve, reject) => {
      let status = 0;
      const pieces: Buffer[] = [];
      this.#pool.dispatch(
        { path: '/', method: 'POST', headers: HEADERS, body },
        {
          onRequestStart() {},
          onResponseStart(_controller, code) {
            status = code;
          },
          onResponseData(_controller, piece) {
            pieces.push(piece);
          },
          onResponseEnd() {
            const [only] = pieces;
            resolve({
              status,
              body: pieces.length === 1 && only !== undefined ? only : Buffer.concat(pieces),
            });
          },
          onResponseError(_controller, error) {
            reject(error);
          },
        },
      );
    });
  }

  async ask(method: string, params: readonly unknown[]): Promise<Outcome> {
    const { body } = await this.pass(callOf(method, params));
    return outcomeOf(JSON.parse(body.toString()));
  }

  /** The same, whoever has stopped calls. */
  async askNow(method: string, params: readonly unknown[]): Promise<Outcome> {
    const { body } = await this.#post(callOf(method, params));
    return outcomeOf(JSON.parse(body.toString()));
  }

  async close(): Promise<void> {
    await this.#pool.destroy();
  }
}

function callOf(method: string, params: readonly unknown[]): Buffer {
  return Buffer.from(JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }));
}

export function outcomeOf(reply: { readonly result?: unknown; readonly error?: RpcError }): Outcome {
  return reply.error === undefined ? { result: reply.result ?? null } : { error: reply.error };
}

/** The result, where there is one. Throws what the node says otherwise. */
export function resultOf(outcome: Outcome, asked = 'a call'): unknown {
  if ('result' in outcome) return outcome.result;
  const { code, message } = outcome.error;
  throw new Error(`Expected a result of ${asked}, found error ${code}: ${message}`);
}

export function quantity(value: number | bigint): `0x${string}` {
  return `0x${value.toString(16)}`;
}
