import { describe, expect, test } from 'vitest';
import { ScriptedLink, type Said } from '../../test/parts/scripted-link.ts';
import { VirtualTime } from '../../test/parts/virtual-time.ts';
import { Budget } from './budget.ts';
import { PoolNode, type NodeOptions } from './node.ts';
import { isStanding, membersOf, Order, type Preference } from './order.ts';

function nodesOf(names: string, options: Partial<NodeOptions> = {}) {
  const time = new VirtualTime();
  const said = new Map<string, Said>();
  const nodes = [...names].map((name) => {
    const link = new ScriptedLink(time, () => said.get(name) ?? { result: 1 });
    return new PoolNode({ name, link, ...options }, time);
  });
  const node = (name: string): PoolNode => {
    const found = nodes.find((one) => one.name === name);
    if (found === undefined) throw new RangeError(name);
    return found;
  };
  /** Has it answer once. */
  const use = (name: string, one?: Said): void => {
    if (one !== undefined) said.set(name, one);
    node(name).ask({ method: 'eth_call', paramsText: '[]' }, 1_000, () => undefined);
    time.goTo(time.now() + 1_000);
  };
  return { time, nodes, node, use };
}

/** All in the order in which a read would ask them. */
function sequence(
  nodes: readonly PoolNode[],
  preference: Preference,
  {
    draw = () => 0.5,
    atBlock,
    method = 'eth_call',
  }: { draw?: () => number; atBlock?: number; method?: string } = {},
): string {
  const order = new Order(nodes, preference, draw);
  const asked: PoolNode[] = [];
  for (
    let next = order.next(asked, [], method, atBlock);
    next !== undefined;
    next = order.next(asked, [], method, atBlock)
  )
    asked.push(next);
  return asked.map(({ name }) => name).join('');
}

const ordered: Preference = { kind: 'ordered' };
const headAt = (number: number) => ({ number, hash: '0xa', parentHash: '0xb', at: 0 });

describe('who is asked next', () => {
  test('goes by the order of the plan, the one in use first', () => {
    const { nodes } = nodesOf('abc');
    expect(sequence(nodes, ordered)).toBe('abc');
    expect(sequence(nodes, { kind: 'ordered', inUse: () => 2 })).toBe('cab');
  });

  test('leaves nobody out who may be asked, the worst at the end', () => {
    const { nodes, node, use } = nodesOf('abcdefg');
    use('a', { failure: 'unreachable' });
    for (let i = 0; i < 3; i++) use('a');
    node('b').polled(false);
    node('c').dissented('eth_call', 'no', true);
    node('d').head = headAt(4);
    node('e').head = headAt(5);
    use('f', { error: { code: -32603, message: 'x' } });
    expect(sequence(nodes, ordered, { atBlock: 5 })).toBe('efgabdc');
    expect(sequence(nodes, ordered)).toBe('defgabc');
  });

  test('ends with those whose head is of another branch, where it matters of which block an answer is', () => {
    const { nodes, node } = nodesOf('abc');
    node('a').isApart = true;
    expect(sequence(nodes, ordered, { atBlock: 5 })).toBe('bca');
    expect(sequence(nodes, ordered)).toBe('abc');
  });

  test('leaves out those that have had enough, are drained, of another chain, used up, or lack the method', () => {
    const { nodes, node, use } = nodesOf('abcd');
    use('a', {
      text: '{"jsonrpc":"2.0","id":1,"error":{"code":429,"message":"Too Many Requests"}}',
      status: 429,
      retryAfter: '60',
    });
    node('b').isForeign = true;
    use('c', { error: { code: -32601, message: 'method not found' } });
    expect(sequence(nodes, ordered)).toBe('d');
    expect(sequence(nodes, ordered, { method: 'eth_getLogs' })).toBe('cd');
    expect(new Order(nodes, ordered, () => 0.5).resting()).toMatchObject([{ why: 'rate-limited' }]);
    const spent = nodesOf('a', { budget: new Budget({ perDay: 1 }) });
    expect(sequence(spent.nodes, ordered)).toBe('a');
    spent.use('a');
    expect(sequence(spent.nodes, ordered)).toBe('');
    expect(new Order(spent.nodes, ordered, () => 0.5).resting()).toMatchObject([{ why: 'over-budget' }]);
    const drained = nodesOf('ab', { isDrained: () => true });
    expect(sequence(drained.nodes, ordered)).toBe('');
  });

  test('is nobody of a member that takes part already', () => {
    const { nodes, node } = nodesOf('abc', { member: 'm' });
    const order = new Order(nodes, ordered, () => 0.5);
    expect(order.next([], [], 'eth_call', undefined)).toBe(node('a'));
    expect(order.next([node('a')], [node('a')], 'eth_call', undefined)).toBeUndefined();
    expect(order.next([node('a')], [], 'eth_call', undefined)).toBe(node('b'));
  });

  test('is the one that answers soonest, where all are alike', () => {
    const { nodes, node, use } = nodesOf('abc');
    use('a', { result: 1, afterMs: 100 });
    use('b', { result: 1, afterMs: 20 });
    use('c', { result: 1, afterMs: 50 });
    expect(sequence(nodes, { kind: 'active' })).toBe('bca');
    // Three of its calls are on their way.
    node('b').inFlight = 3;
    expect(sequence(nodes, { kind: 'active' })).toBe('cba');
  });

  test('is one by chance, once in a while, so that one that has become faster is found', () => {
    const { nodes, use } = nodesOf('ab');
    use('a', { result: 1, afterMs: 100 });
    use('b', { result: 1, afterMs: 20 });
    const draws = [0.01, 0.2, 0.9];
    const order = new Order(nodes, { kind: 'active' }, () => draws.shift() ?? 0.5);
    expect(order.next([], [], 'eth_call', undefined)?.name).toBe('a');
  });

  test('is not one that was asked and has never answered, while others have', () => {
    const { nodes, node, use } = nodesOf('ab');
    use('b');
    node('a').inFlight = 1;
    expect(sequence(nodes, ordered)).toBe('ba');
  });
});

test('those in use are as many members as must agree, the one in use first', () => {
  const { nodes, node } = nodesOf('abc');
  const inUse = (votes: number, inUseNow = 0): string =>
    [...new Order(nodes, { kind: 'ordered', inUse: () => inUseNow }, () => 0.5).inUse(votes)]
      .map(({ name }) => name)
      .join('');
  expect(inUse(2)).toBe('ab');
  expect(inUse(2, 2)).toBe('ca');
  node('a').polled(false);
  expect(inUse(2)).toBe('bc');
  expect([...new Order(nodes, { kind: 'active' }, () => 0.5).inUse(1)]).toHaveLength(2);
});

test('those who stand are of this chain, in use, not aside, and were heard at one of the last two polls', () => {
  const { nodes, node } = nodesOf('abcd');
  node('a').isForeign = true;
  node('b').polled(false);
  node('b').polled(false);
  node('d').polled(false);
  node('c').dissented('eth_call', 'no', true);
  expect(nodes.filter(isStanding).map(({ name }) => name)).toEqual(['d']);
  expect(membersOf(nodes)).toBe(4);
  expect(membersOf(nodesOf('ab', { member: 'm' }).nodes)).toBe(1);
});
