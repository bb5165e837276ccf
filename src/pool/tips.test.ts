import { expect, test } from 'vitest';
import { ancestor, grow, ScriptedLink, type ScriptedBlock } from '../../test/parts/scripted-link.ts';
import { VirtualTime } from '../../test/parts/virtual-time.ts';
import { blockOf, type Block } from './block.ts';
import { PoolNode } from './node.ts';
import { Tips } from './tips.ts';

const trunk = grow(undefined, 10);
const branch = grow(ancestor(trunk, 7), 2, { salt: 'b' });

function block(of: ScriptedBlock | undefined): Block {
  const found = blockOf(of?.value);
  if (found === undefined) throw new RangeError('Expected a block.');
  return found;
}

function made(members: string, { votes = 2, lag = 3, most = Number.POSITIVE_INFINITY } = {}) {
  const time = new VirtualTime();
  const nodes = [...members].map((member, i) => {
    const link = new ScriptedLink(time, () => ({ result: 1 }));
    return new PoolNode({ name: `${i}`, member, link }, time);
  });
  const tips = new Tips({ believed: nodes, votes, lag, most: () => most });
  const say = (...heads: (ScriptedBlock | undefined)[]): void => {
    for (const [i, node] of nodes.entries()) {
      const head = heads[i];
      if (head !== undefined) tips.says(node, block(head));
    }
  };
  return { tips, nodes, say };
}

test('a height is reached once as many have as must agree; one that is further behind than it may be does not count', () => {
  const { tips, say } = made('abc');
  say(trunk);
  expect(tips.height()).toBeUndefined();
  say(trunk, ancestor(trunk, 6));
  expect(tips.height()).toBe(6);
  say(trunk, ancestor(trunk, 8), ancestor(trunk, 5));
  expect(tips.height()).toBe(8);
});

test('the first to speak does not decide alone, as long as another may speak', () => {
  const { tips, nodes, say } = made('ab', { votes: 1 });
  say(trunk);
  expect(tips.height()).toBeUndefined();
  nodes[1]?.polled(false);
  expect(tips.height()).toBe(9);
});

test('two nodes of one member have one voice, that of the higher one', () => {
  const { tips, say } = made('aab');
  say(ancestor(trunk, 8), trunk, ancestor(trunk, 7));
  expect(tips.height()).toBe(7);
  expect(tips.hashAt(8, undefined)).toBeUndefined();
  expect(tips.below(9)).toBe(7);
  expect(tips.below(7)).toBeUndefined();
});

test('a hash is agreed on by those who stand on it and those who stand on its child', () => {
  const { tips, say } = made('abc');
  say(trunk, ancestor(trunk, 8), branch);
  expect(tips.hashAt(8, undefined)).toBe(block(ancestor(trunk, 8)).hash);
  expect(tips.withHash(block(ancestor(trunk, 8)).hash, true)?.number).toBe(8);
  // Only one stands on it: without hashes that are computed, nobody confirms the rest of it.
  expect(tips.withHash(block(ancestor(trunk, 8)).hash, false)).toBeUndefined();
});

test('where as many say one as another, what was of the chain before stays', () => {
  const { tips, say } = made('abcd');
  say(trunk, trunk, branch, branch);
  const [one, other] = [block(trunk).hash, block(branch).hash];
  expect(one).not.toBe(other);
  expect([tips.hashAt(9, one), tips.hashAt(9, other)]).toEqual([one, other]);
});

test('one voice about what time does not explain counts for nothing, enough of them do', () => {
  const { tips, say } = made('abc', { most: 8 });
  say(trunk, ancestor(trunk, 7), ancestor(trunk, 7));
  expect(tips.height()).toBe(7);
  say(trunk, trunk);
  expect(tips.height()).toBe(9);
});

test('one that is put aside has no say as long as so many others stand that none of these can hold all back', () => {
  const { tips, nodes, say } = made('abcd');
  for (const node of nodes) [node.safe, node.finalized] = [5, 3];
  say(trunk, trunk, ancestor(trunk, 8), ancestor(trunk, 8));
  nodes[0]?.dissented('eth_call', 'no', true);
  if (nodes[0] !== undefined) nodes[0].safe = 9;
  expect([tips.height(), tips.tagged('safe'), tips.tagged('finalized')]).toEqual([8, 5, 3]);
  nodes[1]?.dissented('eth_call', 'no', true);
  expect(tips.height()).toBe(9);
});
