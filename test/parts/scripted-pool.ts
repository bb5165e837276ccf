/** Pools of scripted nodes on virtual time. */
import { ChainPool, type PoolAnswer, type PoolOptions } from '../../src/pool/index.ts';
import { callOf, grow, ScriptedNode, type NodeSettings, type ScriptedBlock } from './scripted-link.ts';
import { VirtualTime } from './virtual-time.ts';

export interface Scene {
  readonly time: VirtualTime;
  readonly nodes: readonly ScriptedNode[];
  /** All nodes by place: there are as many as were asked for. */
  readonly node: (i: number) => ScriptedNode;
  readonly pool: ChainPool;
  readonly dissents: { readonly node: string; readonly method: string; readonly why: string }[];
  /** Asks, and goes on until it is answered. */
  readonly ask: (method: string, params?: readonly unknown[]) => PoolAnswer;
  /** Asks, and says later what came of it. */
  readonly begin: (method: string, params?: readonly unknown[]) => { answer: PoolAnswer | undefined };
  readonly pass: (ms: number) => void;
}

export interface SceneSettings extends Partial<Omit<PoolOptions, 'nodes' | 'time'>> {
  readonly count?: number;
  readonly head?: ScriptedBlock;
  readonly settings?: readonly (NodeSettings | undefined)[];
  /** Those whose heads are believed, beside the others. */
  readonly trusts?: boolean;
  readonly isStarted?: boolean;
}

/** A pool of 3 nodes at block 8 that has come to stand on it. */
export function scene({
  count = 3,
  head = grow(undefined, 9),
  settings = [],
  isStarted = true,
  trusts = false,
  ...options
}: SceneSettings = {}): Scene {
  const time = new VirtualTime();
  const names = 'abcdefgh'.slice(0, count);
  const nodes = [...names].map((name, i) => new ScriptedNode(name, time, head, settings[i]));
  if (trusts) nodes.push(new ScriptedNode('t', time, head));
  const node = (i: number): ScriptedNode => {
    const found = nodes[i];
    if (found === undefined) throw new RangeError(`Expected a node ${i}.`);
    return found;
  };
  const dissents: Scene['dissents'] = [];
  let ids = 0;
  const pool = new ChainPool({
    ...{ name: 'chain', chain: 1, preference: { kind: 'ordered' }, verify: 'quorum', votes: 2 },
    ...{ blockTimeMs: 1_000, draw: () => 0.5, newId: () => `0x${++ids}` },
    ...(trusts ? { trusted: [node(count).node] } : {}),
    listener: { onDissent: (one, method, why) => dissents.push({ node: one.name, method, why }) },
    ...options,
    time,
    nodes: nodes.slice(0, count).map((one) => one.node),
  });
  const pass = (ms: number): void => time.goTo(time.now() + ms);
  if (isStarted) {
    pool.start();
    pass(100);
  }
  const begin = (method: string, params: readonly unknown[] = []) => {
    const asked: { answer: PoolAnswer | undefined } = { answer: undefined };
    let times = 0;
    pool.call(callOf(method, params), {}, (answer) => {
      if (++times > 1) throw new Error(`${method} was answered twice.`);
      asked.answer = answer;
    });
    return asked;
  };
  const ask = (method: string, params: readonly unknown[] = []): PoolAnswer => {
    const asked = begin(method, params);
    const until = time.now() + 90_000;
    while (asked.answer === undefined && time.now() < until && time.waiting > 0) time.goTo(time.nextAt);
    if (asked.answer === undefined) throw new Error(`${method} was never answered.`);
    return asked.answer;
  };
  return { time, nodes, node, pool, dissents, ask, begin, pass };
}
