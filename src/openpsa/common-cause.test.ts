import { describe, expect, it } from 'vitest';
import { isTrue } from '../../test/oracle/formula-truth.ts';
import type { FaultTree } from './fault-tree.ts';
import { parseModel } from './read.ts';

const NAMES = ['a', 'b', 'c', 'd'];

/** At least two of the members of a group whose members fail with probability 0.1. */
function twoOf(count: number, model: string, factors: readonly number[]): FaultTree {
  const members = NAMES.slice(0, count)
    .map((name) => `<basic-event name="${name}"/>`)
    .join('');
  const text = `<opsa-mef><define-fault-tree name="f"><define-gate name="top"><atleast min="2">${members}</atleast></define-gate></define-fault-tree>
<define-CCF-group name="g" model="${model}"><members>${members}</members><distribution><float value="0.1"/></distribution>
<factors>${factors.map((factor) => `<factor><float value="${factor}"/></factor>`).join('')}</factors></define-CCF-group></opsa-mef>`;
  const { tree, problems } = parseModel(text, { file: 'x.xml' });
  expect(problems).toEqual([]);
  if (tree === undefined) throw new Error('nothing was read');
  return tree;
}

/** Probabilities of the events by how many members they take, all of one size being the same. */
function levelsOf({ events }: FaultTree): Record<number, number> {
  const levels: Record<number, number> = {};
  for (const { name, probability } of events) {
    const size = name.split(' ').length;
    expect(levels[size] ?? probability).toBe(probability);
    levels[size] = probability ?? Number.NaN;
  }
  return levels;
}

/** The probability of the root, by adding up all states. */
function probabilityOf({ events, store, roots }: FaultTree): number {
  let sum = 0;
  for (let state = 0; state < 2 ** events.length; state++) {
    const holds = (variable: number): boolean => ((state >> variable) & 1) === 1;
    if (!isTrue(store, roots[0]?.formula ?? 0, holds)) continue;
    sum += events.reduce(
      (product, { probability }, i) => product * (holds(i) ? (probability ?? 0) : 1 - (probability ?? 0)),
      1,
    );
  }
  return sum;
}

function expectLevels(tree: FaultTree, expected: Record<number, number>): void {
  const found = levelsOf(tree);
  expect(Object.keys(found)).toEqual(Object.keys(expected));
  for (const [size, probability] of Object.entries(expected))
    expect(found[Number(size)]).toBeCloseTo(probability, 15);
}

describe('a common-cause group', () => {
  it('of the beta-factor model has independent events and one for all', () => {
    const tree = twoOf(3, 'beta-factor', [0.2]);
    expect(tree.events.map(({ name }) => name)).toEqual(['[a]', '[b]', '[c]', '[a b c]']);
    expectLevels(tree, { 1: 0.8 * 0.1, 3: 0.2 * 0.1 });
  });

  it('of the MGL model has an event for every combination', () => {
    const tree = twoOf(4, 'MGL', [0.1, 0.2, 0.3]);
    expect(tree.events).toHaveLength(15);
    expectLevels(tree, {
      1: 0.9 * 0.1,
      2: (0.1 * 0.8 * 0.1) / 3,
      3: (0.1 * 0.2 * 0.7 * 0.1) / 3,
      4: 0.1 * 0.2 * 0.3 * 0.1,
    });
  });

  it('has no more levels than factors', () => {
    const tree = twoOf(4, 'MGL', [0.1, 0.2]);
    expect(tree.events).toHaveLength(14);
    expectLevels(tree, { 1: 0.9 * 0.1, 2: (0.1 * 0.8 * 0.1) / 3, 3: (0.1 * 0.2 * 0.1) / 3 });
  });

  it('of the alpha-factor model weighs factors by their level', () => {
    const total = 0.7 + 2 * 0.2 + 3 * 0.06 + 4 * 0.04;
    expectLevels(twoOf(4, 'alpha-factor', [0.7, 0.2, 0.06, 0.04]), {
      1: (0.7 / total) * 0.1,
      2: ((2 * 0.2) / total / 3) * 0.1,
      3: ((3 * 0.06) / total / 3) * 0.1,
      4: ((4 * 0.04) / total) * 0.1,
    });
  });

  it('of the phi-factor model takes factors as they are', () => {
    expectLevels(twoOf(4, 'phi-factor', [0.8, 0.1, 0.07, 0.03]), { 1: 0.08, 2: 0.01, 3: 0.007, 4: 0.003 });
  });

  it.each<[string, number, readonly number[]]>([
    ['beta-factor', 3, [0.2]],
    ['MGL', 4, [0.1, 0.2, 0.3]],
    ['MGL', 4, [0.1, 0.2]],
    ['alpha-factor', 4, [0.7, 0.2, 0.06, 0.04]],
  ])(
    'of the %s model leaves each of %i members its probability, all causes added',
    (model, count, factors) => {
      const { events } = twoOf(count, model, factors);
      const ofA = events.filter(({ name }) => /\ba\b/.test(name));
      expect(ofA.reduce((sum, { probability }) => sum + (probability ?? 0), 0)).toBeCloseTo(0.1, 14);
    },
  );

  // As printed by SCRAM 0.16.2, six digits.
  it.each<[string, number, readonly number[], number]>([
    ['beta-factor', 3, [0.2], 0.0378125],
    ['MGL', 4, [0.1, 0.2, 0.3], 0.0604966],
    ['MGL', 4, [0.1, 0.2], 0.0606847],
    ['alpha-factor', 4, [0.7, 0.2, 0.06, 0.04], 0.0924931],
    ['phi-factor', 4, [0.8, 0.1, 0.07, 0.03], 0.118772],
  ])(
    'of the %s model with %i members makes two of them as probable as SCRAM does',
    (model, count, factors, expected) => {
      expect(probabilityOf(twoOf(count, model, factors))).toBeCloseTo(expected, 6);
    },
  );

  it('may name members that are defined elsewhere, and keeps to its fault tree', () => {
    const group = (name: string): string =>
      `<define-CCF-group name="g" model="beta-factor"><members><basic-event name="a"/><basic-event name="${name}"/></members>
<distribution><float value="0.1"/></distribution><factor level="2"><float value="0.2"/></factor></define-CCF-group>`;
    const text = `<opsa-mef><define-fault-tree name="f"><define-component name="c" role="private"><define-gate name="g1"><and><basic-event name="a"/><basic-event name="b"/></and></define-gate>
${group('b')}</define-component></define-fault-tree><model-data><define-basic-event name="a"><label>A</label></define-basic-event></model-data></opsa-mef>`;
    const { tree, problems } = parseModel(text, { file: 'x.xml' });
    expect(problems).toEqual([]);
    expect(tree?.events.map(({ name }) => name)).toEqual(['[a]', '[f.c.b]', '[a f.c.b]']);
  });
});
