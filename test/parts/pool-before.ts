/** A pool in this process, before nodes at real addresses: without the gateway around it. */
import { randomBytes } from 'node:crypto';
import { readRequest, type Call } from '../../src/chain/index.ts';
import { ChainPool, PoolNode, Prover, type PoolAnswer, type PoolOptions } from '../../src/pool/index.ts';
import { randomStream } from '../../src/random.ts';
import { HttpNodeLink } from '../../src/serve/chain/node-link.ts';
import { Upstream } from '../../src/serve/gateway/upstream.ts';
import { systemTime } from '../../src/time.ts';
import { CHAIN_ID } from './anvil.ts';

export interface PoolBefore {
  readonly pool: ChainPool;
  readonly nodes: readonly PoolNode[];
  ask(method: string, params: readonly unknown[]): Promise<PoolAnswer>;
  /** The head of the pool has come so far. */
  until(number: number): Promise<void>;
  stop(): void;
}

interface Place {
  readonly name: string;
  readonly url: string;
  readonly websocket?: string;
}

/** Takes nodes by their places; `trusted` names some of them, or others. */
export function poolBefore(
  places: readonly Place[],
  {
    trusted,
    ...options
  }: Partial<Omit<PoolOptions, 'nodes' | 'trusted'>> & { readonly trusted?: readonly Place[] } = {},
): PoolBefore {
  const time = systemTime();
  const upstreams: Upstream[] = [];
  const made = new Map<string, PoolNode>();
  const nodeAt = ({ name, url, websocket }: Place): PoolNode => {
    const known = made.get(name);
    if (known !== undefined) return known;
    const target = {
      index: upstreams.length,
      name,
      part: name,
      origin: url,
      basePath: '',
      probe: undefined,
      node: undefined,
      signal: 0,
    };
    const upstream = new Upstream(target, time, () => undefined);
    upstreams.push(upstream);
    const link = new HttpNodeLink(
      { origin: url, path: '/', authorization: undefined, websocket },
      upstream,
      time,
    );
    const node = new PoolNode({ name, link }, time);
    made.set(name, node);
    return node;
  };
  const nodes = places.map(nodeAt);
  const pool = new ChainPool({
    name: 'chain',
    chain: CHAIN_ID,
    nodes,
    preference: { kind: 'active' },
    verify: 'none',
    ...(options.verify === 'proof' ? { prover: (parts) => new Prover(parts) } : {}),
    votes: 1,
    blockTimeMs: 1_000,
    time,
    draw: randomStream('pool', 1),
    newId: () => `0x${randomBytes(16).toString('hex')}`,
    ...(trusted === undefined ? {} : { trusted: trusted.map(nodeAt) }),
    ...options,
  });
  pool.start();
  return {
    pool,
    nodes: [...made.values()],
    ask: (method, params) =>
      new Promise((resolve) => pool.call(callOf(method, params), {}, (answer) => resolve(answer))),
    until: (number) =>
      new Promise((resolve, reject) => {
        pool.heads.waitFor(number, 10_000, (isThere) =>
          isThere ? resolve() : reject(new Error(`The head did not come to ${number}.`)),
        );
      }),
    stop: () => {
      pool.stop();
      for (const node of made.values()) node.stop();
      for (const upstream of upstreams) upstream.destroy();
    },
  };
}

export function callOf(method: string, params: readonly unknown[]): Call {
  const request = readRequest(JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }));
  if (request.kind !== 'single' || request.call.kind !== 'call') throw new Error('Expected a call.');
  return request.call;
}
