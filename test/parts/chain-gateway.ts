/** A gateway before nodes of a chain, as a process or in this one, and how clients ask it. */
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Agent, request } from 'undici';
import type { Serving } from '../../src/serve/index.ts';
import { startServe, type ServeProcess } from '../e2e/serve-process.ts';
import { CHAIN_ID } from './anvil.ts';
import { makeFolder } from './part.ts';
import type { RpcError } from './rpc.ts';
import { HEAD, startServing } from './served.ts';

/** A node as the plan has it. */
export interface PlannedNode {
  readonly url: string;
  readonly wsUrl?: string;
  /** More of its `node`, such as `budget: {perDay: 5}`. */
  readonly more?: string;
  /** What stands beside it in the plan. @default outages: none */
  readonly facts?: string;
}

export interface ChainPlan {
  readonly nodes: readonly PlannedNode[];
  /** How many must say the same; undefined: `any`, the first that works. */
  readonly atLeast?: number;
  readonly verify?: 'quorum' | 'proof';
  /** More of `jsonrpc`, such as `lag: 1`. */
  readonly jsonrpc?: string;
  /** Of the journey `reads`. @default one, `full` */
  readonly modes?: string;
  /** More at the top of the plan, indented as it has to be. */
  readonly top?: string;
  /** More services. */
  readonly services?: string;
  /** More needs of the pool, such as `needs: login`. */
  readonly pool?: string;
}

/** What a client is answered, whatever it is. */
export interface Answered {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
  /** @unit ms */
  readonly tookMs: number;
}

export interface RpcAnswer extends Answered {
  readonly result?: unknown;
  readonly error?: RpcError;
  /** The block as of which it is; undefined where it is of none. */
  readonly block: number | undefined;
}

type Headers = Readonly<Record<string, string>>;

/** A gateway, and a client of it. */
export interface ChainClient {
  readonly port: number;
  /** Where calls are sent. */
  readonly url: string;
  readonly wsUrl: string;
  /** Sends bytes as they are. */
  post(body: string | Buffer, headers?: Headers): Promise<Answered>;
  /** One call, whatever comes of it. */
  ask(method: string, params?: readonly unknown[], headers?: Headers): Promise<RpcAnswer>;
  /** One call's result. Throws where it is an error. */
  result(method: string, params?: readonly unknown[], headers?: Headers): Promise<unknown>;
}

export interface ChainGateway extends ChainClient {
  readonly folder: string;
  readonly process: ServeProcess;
  /** What `/metrics` says of one series, as it is written there. */
  metric(series: string): Promise<number>;
  /** @unit bytes */
  memory(): Promise<number>;
  stop(): Promise<void>;
}

/** The same in this process. */
export interface ServedChain extends ChainClient {
  readonly serving: Serving;
  stop(): Promise<void>;
}

/** The text of a plan with a journey `reads` at /rpc before a pool `chain` of `node-1`, `node-2`, … */
export function chainPlan({
  nodes,
  atLeast,
  verify,
  jsonrpc,
  modes = '{full: {needs: [chain]}}',
  top = '',
  services = '',
  pool,
}: ChainPlan): string {
  const names = nodes.map((_, i) => `node-${i + 1}`).join(', ');
  const choice =
    atLeast === undefined
      ? `any: [${names}], failover: {hold: 500ms}`
      : `atLeast: ${atLeast}, of: [${names}]`;
  const facts = [
    ...['outages: none', choice],
    ...(verify === undefined ? [] : [`verify: ${verify}`]),
    ...(pool === undefined ? [] : [pool]),
    `jsonrpc: {chain: ${CHAIN_ID}, blockTime: 1s${jsonrpc === undefined ? '' : `, ${jsonrpc}`}}`,
  ];
  const lines = nodes.map(({ url, wsUrl, more, facts: beside = 'outages: none' }, i) => {
    const node = [wsUrl === undefined ? undefined : `websocket: "${wsUrl}"`, more].filter(Boolean);
    return `  node-${i + 1}: {${beside}, url: "${url}"${node.length === 0 ? '' : `, node: {${node.join(', ')}}`}}\n`;
  });
  return `${HEAD}${top}
journeys:
  reads:
    tier: core
    match: [{path: /rpc, to: chain, websocket: allowed}]
    modes: ${modes}
services:
  chain: {${facts.join(', ')}}
${lines.join('')}${services}`;
}

/** Starts it in a process of its own; `endChainGateways` ends it. */
export async function startChainGateway(
  plan: ChainPlan,
  words: readonly string[] = [],
): Promise<ChainGateway> {
  const folder = makeFolder();
  const file = join(folder, 'plan.yaml');
  writeFileSync(file, chainPlan(plan));
  const state = join(folder, 'state');
  const serving = await startServe([file, '--listen', '127.0.0.1:0', '--state', state, ...words]);
  const { agent, client } = clientOf(
    Number(/gateway at http:\/\/127\.0\.0\.1:(\d+)/.exec(serving.said)?.[1]),
  );
  const metric = async (series: string): Promise<number> => {
    const text = await (await fetch(`${serving.admin}/metrics`)).text();
    const line = text.split('\n').find((one) => one.startsWith(`${series} `));
    return line === undefined ? Number.NaN : Number(line.slice(series.length + 1));
  };
  const gateway: ChainGateway = {
    ...client,
    folder,
    process: serving,
    metric,
    memory: () => metric('process_resident_memory_bytes'),
    async stop() {
      running.delete(gateway);
      await serving.end('SIGKILL');
      await agent.destroy();
      rmSync(folder, { recursive: true, force: true });
    },
  };
  running.add(gateway);
  return gateway;
}

/** Serves it in this process; `endChainGateways` ends it. */
export async function serveChain(
  plan: ChainPlan,
  options: Parameters<typeof startServing>[1] = {},
): Promise<ServedChain> {
  const serving = await startServing(chainPlan(plan), { share: 0, ...options });
  const address = await serving.gateway?.listen(0, '127.0.0.1');
  const { agent, client } = clientOf(address?.port ?? 0);
  const served: ServedChain = {
    ...client,
    serving,
    async stop() {
      running.delete(served);
      await agent.destroy();
      await serving.stop(0);
    },
  };
  running.add(served);
  return served;
}

const running = new Set<{ stop(): Promise<void> }>();

/** Ends what a test has started. */
export async function endChainGateways(): Promise<void> {
  await Promise.all([...running].map((one) => one.stop()));
}

function clientOf(port: number): { readonly agent: Agent; readonly client: ChainClient } {
  const url = `http://127.0.0.1:${port}/rpc`;
  const agent = new Agent({ connections: 256, headersTimeout: 60_000, bodyTimeout: 60_000 });
  let ids = 0;
  const post: ChainClient['post'] = async (body, headers = {}) => {
    const began = performance.now();
    const answer = await request(url, {
      ...{ method: 'POST', dispatcher: agent, body },
      headers: { 'content-type': 'application/json', ...headers },
    });
    const text = await answer.body.text();
    return { status: answer.statusCode, headers: answer.headers, text, tookMs: performance.now() - began };
  };
  const ask: ChainClient['ask'] = async (method, params = [], headers = {}) => {
    const answered = await post(JSON.stringify({ jsonrpc: '2.0', id: ++ids, method, params }), headers);
    const block = answered.headers['keelson-block'];
    const said = { ...answered, block: block === undefined ? undefined : Number(block) };
    try {
      // What is no JSON-RPC has neither.
      const { result, error } = JSON.parse(answered.text) as { result?: unknown; error?: RpcError };
      return error === undefined ? { ...said, result } : { ...said, error };
    } catch {
      return said;
    }
  };
  const result: ChainClient['result'] = async (method, params = [], headers = {}) => {
    const { status, text, error, result } = await ask(method, params, headers);
    if (error !== undefined || status !== 200)
      throw new Error(`Expected a result of ${method}, found ${status}: ${text.slice(0, 1_000)}`);
    return result;
  };
  return { agent, client: { port, url, wsUrl: `ws://127.0.0.1:${port}/rpc`, post, ask, result } };
}
