import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import {
  compile,
  countBySize,
  CutSets,
  FormulaStore,
  Probability,
  type FormulaId,
} from '../../src/diagram/index.ts';

/**
 * The Aralia fault trees, real plants collected by A. Rauzy, the standing benchmark of exact reliability engines
 * (https://github.com/openpra-org/aralia-fault-tree-dataset). They are not part of Keelson: `KEELSON_ARALIA` names a
 * folder with them.
 *
 * Reference values, each found by two independent engines: the exact probability, and the number of all minimal cut sets
 * (minimal positive parts where there are negations). Left out is nus9601, whose answer nobody knows.
 */
const PUBLISHED: readonly (readonly [model: string, probability: string, cutSets: bigint])[] = [
  ['baobab2', '0.000713018', 4_805n],
  ['cea9601', '0.00148409', 130_281_976n],
  ['chinese', '0.00117058', 392n],
  ['das9202', '0.0101154', 27_778n],
  ['das9204', '2.16942e-11', 16_704n],
  ['das9205', '1.38408e-08', 17_280n],
  ['das9206', '0.229687', 19_518n],
  ['das9208', '0.0130179', 8_060n],
  ['das9209', '1.058e-13', 82_000_000_000n],
  ['das9701', '0.0744694', 26_299_506n],
  ['edf9202', '0.781302', 130_112n],
  ['edf9204', '0.525374', 32_580_630n],
  ['edf9205', '0.209351', 21_308n],
  ['edfpa14b', '0.295620', 105_955_422n],
  ['edfpa14o', '0.297057', 105_927_244n],
  ['edfpa14p', '0.0807059', 415_500n],
  ['edfpa14r', '0.0209977', 380_412n],
  ['edfpa15b', '0.362737', 2_910_473n],
  ['edfpa15o', '0.362956', 2_906_753n],
  ['edfpa15q', '0.362737', 2_910_473n],
  ['ftr10', '0.448677', 305n],
  ['isp9601', '0.0571245', 276_785n],
  ['isp9603', '0.00323326', 3_434n],
  ['isp9604', '0.142751', 746_574n],
  ['isp9606', '0.0543174', 1_776n],
  ['isp9607', '9.4951e-07', 150_436n],
];
const BUDGET = 16_000_000;

const folder = process.env.KEELSON_ARALIA;

interface Tag {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly below: Tag[];
}

/** Open-PSA Model Exchange Format as far as these files go: elements and attributes, no text between them. */
function readTags(xml: string): Tag {
  const root: Tag = { name: '', attributes: {}, below: [] };
  const open = [root];
  for (const [, closing, name = '', rest = '', alone] of xml.matchAll(
    /<(\/?)([a-z-]+)((?:\s+[a-z-]+\s*=\s*"[^"]*")*)\s*(\/?)>/g,
  )) {
    if (closing === '/') {
      open.pop();
      continue;
    }
    const attributes = Object.fromEntries(
      [...rest.matchAll(/([a-z-]+)\s*=\s*"([^"]*)"/g)].map(([, key = '', value = '']) => [key, value]),
    );
    const tag: Tag = { name, attributes, below: [] };
    open.at(-1)?.below.push(tag);
    if (alone !== '/') open.push(tag);
  }
  if (open.length !== 1) throw new Error('The elements do not close.');
  return root;
}

interface FaultTree {
  readonly store: FormulaStore;
  readonly root: FormulaId;
  readonly probability: readonly number[];
}

function readFaultTree(xml: string): FaultTree {
  const gates = new Map<string, Tag>();
  const chances = new Map<string, number>();
  const used = new Set<string>();
  const collect = (tag: Tag): void => {
    if (tag.name === 'define-gate') gates.set(tag.attributes.name ?? '', tag.below[0] as Tag); // always one formula
    if (tag.name === 'define-basic-event')
      chances.set(tag.attributes.name ?? '', Number(tag.below[0]?.attributes.value));
    if (tag.name === 'gate') used.add(tag.attributes.name ?? '');
    for (const one of tag.below) collect(one);
  };
  collect(readTags(xml));
  const tops = [...gates.keys()].filter((name) => !used.has(name));
  if (tops.length !== 1) throw new Error(`Expected one top gate, found ${tops.join(', ')}.`);
  const store = new FormulaStore();
  const numbers = new Map([...chances.keys()].map((name, i) => [name, i]));
  const known = new Map<string, FormulaId>();
  const read = ({ name, attributes, below }: Tag): FormulaId => {
    const parts = (): FormulaId[] => below.map(read);
    switch (name) {
      case 'and':
        return store.and(parts());
      case 'or':
        return store.or(parts());
      case 'not':
        return store.not(parts()[0] ?? 0);
      case 'atleast':
        return store.exceeds(new Array<number>(below.length).fill(1), parts(), Number(attributes.min) - 1);
      case 'gate':
        return readGate(attributes.name ?? '');
      case 'basic-event': {
        const number = numbers.get(attributes.name ?? '');
        if (number === undefined) throw new Error(`${attributes.name} has no probability.`);
        return store.variable(number);
      }
      default:
        throw new Error(`${name} is not read.`);
    }
  };
  const readGate = (name: string): FormulaId => {
    const found = known.get(name) ?? read(gates.get(name) as Tag); // a gate that is used is defined
    known.set(name, found);
    return found;
  };
  return { store, root: readGate(tops[0] ?? ''), probability: [...chances.values()] };
}

if (folder === undefined)
  test.skip('published fault trees: set KEELSON_ARALIA to a folder with the Aralia models in Open-PSA XML', () => {});
else
  describe('the published fault tree', () => {
    test.each(PUBLISHED)(
      '%s has the published probability %s and %d minimal cut sets',
      (model, published, wanted) => {
        const { store, root, probability } = readFaultTree(
          readFileSync(join(folder, `${model}.xml`), 'utf8'),
        );
        const { diagram, roots, order } = compile(store, [root], BUDGET);
        const [edge = 0] = roots;
        const solver = new Probability(diagram, [edge]);
        solver.evaluate(Float64Array.from(order, (variable) => probability[variable] ?? Number.NaN));
        const digits = published.replace(/e.*/, '').replace('.', '').replace(/^0+/, '').length;
        expect(Number(solver.of(edge).toPrecision(digits))).toBe(Number(published));
        const sets = new CutSets(diagram, BUDGET);
        const family = store.isMonotone(root) ? sets.minimal(edge) : sets.minimalPositiveParts(edge);
        expect(countBySize(sets, family).reduce((sum, count) => sum + count, 0n)).toBe(wanted);
      },
    );
  });
