import { describe, expect, it } from 'vitest';
import { FALSE, TRUE } from '../diagram/formula.ts';
import { isTrue } from '../../test/oracle/formula-truth.ts';
import { parseModel } from './read.ts';

const HOUSES = `<define-house-event name="T"><constant value="true"/></define-house-event><define-house-event name="F"/>`;

function model(formula: string, more = ''): string {
  return `<opsa-mef><define-fault-tree name="f"><define-gate name="top">${formula}</define-gate>${more}</define-fault-tree>
<model-data>${HOUSES}${[0, 1, 2, 3].map((i) => `<define-basic-event name="e${i}"/>`).join('')}</model-data></opsa-mef>`;
}

function read(text: string): NonNullable<ReturnType<typeof parseModel>['tree']> {
  const { tree, problems } = parseModel(text, { file: 'x.xml' });
  expect(problems).toEqual([]);
  if (tree === undefined) throw new Error('nothing was read');
  return tree;
}

/** What a connective should be of so many true arguments among all. */
const MEANINGS: readonly [
  open: string,
  close: string,
  counts: readonly number[],
  (truths: boolean[]) => boolean,
][] = [
  ['and', 'and', [1, 2, 3, 4], (of) => of.every(Boolean)],
  ['or', 'or', [1, 2, 3, 4], (of) => of.some(Boolean)],
  ['not', 'not', [1], ([of]) => of === false],
  ['nand', 'nand', [1, 2, 3], (of) => !of.every(Boolean)],
  ['nor', 'nor', [1, 2, 3], (of) => !of.some(Boolean)],
  ['xor', 'xor', [2, 3, 4], (of) => of.filter(Boolean).length % 2 === 1],
  ['iff', 'iff', [2], ([a, b]) => a === b],
  ['imply', 'imply', [2], ([a, b]) => a === false || b === true],
  ['atleast min="0"', 'atleast', [1, 3], () => true],
  ['atleast min="1"', 'atleast', [1, 2, 4], (of) => of.some(Boolean)],
  ['atleast min="2"', 'atleast', [2, 3, 4], (of) => of.filter(Boolean).length >= 2],
  ['atleast min="3"', 'atleast', [3, 4], (of) => of.filter(Boolean).length >= 3],
  ['cardinality min="0" max="1"', 'cardinality', [1, 2, 4], (of) => of.filter(Boolean).length <= 1],
  [
    'cardinality min="1" max="2"',
    'cardinality',
    [2, 3, 4],
    (of) => [1, 2].includes(of.filter(Boolean).length),
  ],
  ['cardinality min="2" max="9"', 'cardinality', [2, 4], (of) => of.filter(Boolean).length >= 2],
];

const cases = MEANINGS.flatMap(([open, close, counts, means]) =>
  counts.map((count) => ({ open, close, count, means })),
);

describe('a formula', () => {
  it.each(cases)(
    '<$open> of $count has its truth table, of constants, house events and basic events',
    ({ open, close, count, means }) => {
      const around = (args: string): string => model(`<${open}>${args}</${close}>`);
      const events = read(
        around(
          [0, 1, 2, 3]
            .slice(0, count)
            .map((i) => `<basic-event name="e${i}"/>`)
            .join(''),
        ),
      );
      for (let state = 0; state < 2 ** count; state++) {
        const truths = Array.from({ length: count }, (_, i) => ((state >> i) & 1) === 1);
        const expected = means(truths);
        const houses = read(around(truths.map((is) => `<house-event name="${is ? 'T' : 'F'}"/>`).join('')));
        expect(houses.roots[0]?.formula).toBe(expected ? TRUE : FALSE);
        const constants = read(around(truths.map((is) => `<constant value="${is}"/>`).join('')));
        expect(constants.roots[0]?.formula).toBe(expected ? TRUE : FALSE);
        const root = events.roots[0]?.formula ?? FALSE;
        const names = events.events.map(({ name }) => name);
        const holds = (variable: number): boolean => truths[Number(names[variable]?.slice(1))] === true;
        expect(isTrue(events.store, root, holds)).toBe(expected);
      }
    },
  );

  it.each([
    [
      '<atleast min="2"><basic-event name="e0"/><basic-event name="e0"/><basic-event name="e1"/></atleast>',
      'e0',
    ],
    ['<xor><basic-event name="e0"/><basic-event name="e0"/><basic-event name="e1"/></xor>', 'e1'],
    ['<cardinality min="2" max="2"><basic-event name="e0"/><basic-event name="e0"/></cardinality>', 'e0'],
  ])('counts an argument that stands twice twice: %s is %s', (formula, name) => {
    const { store, roots, events } = read(model(formula));
    const root = roots[0]?.formula ?? FALSE;
    for (const e0 of [false, true])
      for (const e1 of [false, true]) {
        const truth = { e0, e1 };
        const holds = (variable: number): boolean => truth[events[variable]?.name as 'e0' | 'e1'];
        expect(isTrue(store, root, holds)).toBe(truth[name as 'e0' | 'e1']);
      }
  });

  it('may be nested, refer by any kind of reference, and use gates that come later', () => {
    const tree = read(
      model(
        '<or><and><event name="e0"/><event name="e1" type="basic-event"/></and><not><event name="g"/></not></or>',
        '<define-gate name="g"><label>G</label><basic-event name="e2"/></define-gate>',
      ),
    );
    expect(tree.roots.map(({ name }) => name)).toEqual(['top']);
    expect(tree.events.map(({ name }) => name)).toEqual(['e2', 'e0', 'e1']);
  });

  it('has as roots the gates that no other uses, in the order of the file', () => {
    const more =
      '<define-gate name="b"><basic-event name="e1"/></define-gate><define-gate name="a"><gate name="b"/></define-gate>';
    expect(read(model('<basic-event name="e0"/>', more)).roots.map(({ name }) => name)).toEqual(['top', 'a']);
  });

  it('knows only the events below its roots', () => {
    const more = '<define-gate name="b"><basic-event name="e1"/></define-gate>';
    const { tree } = parseModel(model('<basic-event name="e0"/>', more), { file: 'x.xml', roots: ['b'] });
    expect(tree?.events.map(({ name }) => name)).toEqual(['e1']);
  });
});
