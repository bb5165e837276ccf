import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseModel, type FaultTree } from '../../src/openpsa/index.ts';
import {
  solve,
  type CutOff,
  type CutSet,
  type EventImportance,
  type RootSolution,
  type SolveOptions,
} from '../../src/solve/index.ts';
import { TreeTruth, type RootTruth, type TrueImportance, type TrueSet } from './fault-tree-truth.ts';
import {
  CONNECTIVES,
  faultTree,
  GROUP_MODELS,
  openPsaText,
  type DrawnTree,
  type Formula,
} from './random-fault-tree.ts';

/**
 * Random models in the Open-PSA format, solved by Keelson and by going through all states of their events. The two share
 * nothing: the slow answer is worked out of what was drawn, not out of the text.
 */
fc.configureGlobal({ seed: 1, numRuns: 120 });

const MISSION_TIME = 8760;
const TOP = 1000;

function read(text: string): FaultTree {
  const { tree, problems } = parseModel(text, { file: 'drawn.xml', missionTimeHours: MISSION_TIME });
  expect(problems).toEqual([]);
  if (tree === undefined) throw new Error('nothing was read');
  return tree;
}

interface Pair {
  readonly root: RootSolution;
  readonly truth: RootTruth;
}

/** Each root with the truth about it. */
function solved(drawn: DrawnTree, options: Partial<SolveOptions> = {}): Pair[] {
  const truth = new TreeTruth(drawn, MISSION_TIME);
  const tree = read(openPsaText(drawn));
  const { roots, model } = solve(tree, {
    file: 'drawn.xml',
    missionTime: MISSION_TIME,
    top: TOP,
    ...options,
  });
  expect(model.events).toBe(truth.named);
  expect(roots.map(({ name }) => name)).toEqual(truth.roots.map(({ name }) => name));
  return roots.map((root, i) => ({ root, truth: truth.roots[i] as RootTruth }));
}

const known = faultTree(false);
const partly = faultTree(true);
const orders = fc.option(fc.nat(5), { nil: null });

const event = (number: number): Formula => ({ kind: 'event', number, style: 0 });

/** Counts of counts, each of half of fourteen events: no order of those makes a small diagram. */
const tangle: fc.Arbitrary<DrawnTree> = fc
  .record({
    halves: fc.array(
      fc.shuffledSubarray(
        Array.from({ length: 14 }, (_, i) => i),
        { minLength: 7, maxLength: 7 },
      ),
      { minLength: 12, maxLength: 12 },
    ),
    q: fc.array(fc.double({ min: 0.05, max: 0.95, noNaN: true }), { minLength: 14, maxLength: 14 }),
    min: fc.integer({ min: 4, max: 8 }),
    connective: fc.constantFrom('and' as const, 'nand' as const, 'xor' as const, 'iff' as const),
  })
  .map(({ halves, q, min, connective }) => {
    const counts = halves.map(
      (half, i): Formula => ({
        kind: 'operation',
        connective: 'cardinality',
        args: half.map(event),
        min: 1 + (i % 3),
        max: 2 + (i % 3),
      }),
    );
    const some = (from: number, to: number, least: number): Formula => ({
      kind: 'operation',
      connective: 'atleast',
      args: counts.slice(from, to),
      min: least,
      max: 0,
    });
    const args = [some(0, 12, min), some(4, 12, 5)];
    const top: Formula = { kind: 'operation', connective, args, min: 0, max: 0 };
    return {
      gates: [top],
      fileOrder: [0],
      singles: q.map((value) => ({ probability: { kind: 'float', value } })),
      groups: [],
      parameters: [],
      places: 0,
    };
  });

/** A rounding for each of the events that a walk goes down, 14 at the most. */
const ROUNDING = 14 * Number.EPSILON;

/**
 * How far a probability may be off. Where no event helps, the terms of every sum are positive, and each digit holds. Where
 * some do, 1 − p stands for the contrary of p: that has the digits of 1, and no more.
 */
const leeway = (p: number, { coherent }: RootTruth): number => 1e-12 * p + (coherent ? 0 : ROUNDING);

function near(found: number | null, wanted: number, allowed: number, what: string): void {
  if (found === null || !(Math.abs(found - wanted) <= allowed))
    expect.fail(`${what}: ${found} instead of ${wanted}, ±${allowed}`);
}

/** As text, so that sets compare. */
const keyOf = (events: readonly string[]): string => [...events].sort().join(' + ');
const keysOf = (sets: readonly { readonly events: readonly string[] }[]): string[] =>
  sets.map(({ events }) => keyOf(events)).sort();

function countsOf(sets: readonly TrueSet[]): string[] {
  const counts: number[] = [];
  for (const { events } of sets) {
    while (counts.length <= events.length) counts.push(0);
    counts[events.length] = (counts[events.length] ?? 0) + 1;
  }
  return counts.map(String);
}

/** Whether the sets are some of those that are wanted, each once, each with its probability. */
function checkProducts(found: readonly CutSet[], wanted: readonly TrueSet[]): void {
  expect(new Set(keysOf(found)).size).toBe(found.length);
  const products = new Map(wanted.map(({ events, probability }) => [keyOf(events), probability]));
  for (const { events, probability } of found) {
    const key = keyOf(events);
    const product = products.get(key) ?? null;
    expect(products.has(key), key).toBe(true);
    if (product === null) expect(probability, key).toBe(null);
    else near(probability, product, 1e-12 * product, key);
  }
}

const falling = (numbers: readonly number[]): number[] => [...numbers].sort((a, b) => b - a);

function checkImportance(found: EventImportance, wanted: TrueImportance, truth: RootTruth, q: number): void {
  const { event, mif, cif, dif, raw, rrw } = found;
  const p = truth.probability;
  const { without, given } = wanted;
  near(found.probability, q, 1e-12 * q, `probability of ${event}`);
  // A difference of two probabilities has the digits of the larger.
  const slack = 1e-9 * Math.abs(wanted.mif) + ROUNDING * (truth.coherent ? Math.max(given, without) : 1);
  near(mif, wanted.mif, slack, `mif of ${event}`);
  if (p > 0 && without === 0) expect(rrw, `rrw of ${event}`).toBe('Infinity');
  const off = leeway(p, truth);
  if (p <= 2 * off) return;
  /** Of x / p, where x is off by so much. */
  const ratio = (x: number, by: number): number => (2 * (by + (Math.abs(x) / p) * off)) / p;
  near(cif, (wanted.mif * q) / p, ratio(wanted.mif * q, slack * q), `cif of ${event}`);
  near(raw, given / p, ratio(given, off + slack), `raw of ${event}`);
  near(dif, (q * given) / p, ratio(q * given, q * (off + slack)), `dif of ${event}`);
  if (without > 2 * leeway(without, truth)) {
    const share = 1e-9 + (2 * leeway(without, truth)) / without + (2 * off) / p;
    expect(rrw, `rrw of ${event}`).not.toBe('Infinity');
    near(Number(rrw), p / without, (share * p) / without, `rrw of ${event}`);
  }
}

describe('a random model', () => {
  test('has the probability of all states in which its root is true', () => {
    fc.assert(
      fc.property(known, (drawn) => {
        for (const { root, truth } of solved(drawn, { cutSets: false, importance: false })) {
          expect(root).toMatchObject({
            exact: true,
            bounds: null,
            unknown: [],
            cutSets: null,
            importance: [],
          });
          const p = truth.probability;
          near(root.probability, p, leeway(p, truth), root.name);
        }
      }),
    );
  });

  test('depends on the events that make a difference, and is coherent where none of them helps', () => {
    fc.assert(
      fc.property(partly, (drawn) => {
        for (const { root, truth } of solved(drawn)) {
          expect(root.events).toBe(truth.depends.length);
          expect(root.coherent).toBe(truth.coherent);
          expect(root.cutSets?.kind).toBe(truth.coherent ? 'minimal-cut-sets' : 'minimal-positive-parts');
        }
      }),
    );
  });

  test('has as cut sets the smallest sets that make it true, counted and listed by probability', () => {
    fc.assert(
      fc.property(known, fc.nat(6), (drawn, few) => {
        for (const top of [TOP, few])
          for (const { root, truth } of solved(drawn, { top, importance: false })) {
            const wanted = truth.sets();
            const { total, byOrder, kept, top: listed = [] } = root.cutSets ?? {};
            expect(total).toBe(String(wanted.length));
            expect(byOrder).toEqual(countsOf(wanted));
            expect(kept).toBe(null);
            expect(listed).toHaveLength(Math.min(top, wanted.length));
            checkProducts(listed, wanted);
            const found = listed.map(({ probability }) => probability ?? -1);
            expect(found).toEqual(falling(found));
            const best = falling(wanted.map(({ knownProduct }) => knownProduct));
            for (const [i, product] of found.entries())
              near(product, best[i] ?? -1, 1e-12 * product, `set ${i} of ${root.name}`);
          }
      }),
    );
  });

  test('has for each event what it means when it is certain and when it is impossible', () => {
    fc.assert(
      fc.property(known, (drawn) => {
        const { variables } = new TreeTruth(drawn, MISSION_TIME);
        for (const { root, truth } of solved(drawn, { cutSets: false })) {
          const names = truth.depends.map((i) => variables[i]?.name);
          expect(root.importance.map(({ event }) => event).sort()).toEqual(names.sort());
          for (const found of root.importance) {
            const i = variables.findIndex(({ name }) => name === found.event);
            checkImportance(found, truth.importance(i), truth, variables[i]?.probability ?? Number.NaN);
            if (root.probability === 0)
              expect(found).toMatchObject({ cif: null, dif: null, raw: null, rrw: null });
          }
          const ranks = root.importance.map(({ cif, mif }) => Number((cif ?? mif).toPrecision(10)));
          expect(ranks).toEqual(falling(ranks));
        }
      }),
    );
  });

  test('gives, of its cut sets, exactly those within a cut-off, and counts them', () => {
    let given: { root: string; events: readonly string[]; probability: number | null }[] = [];
    const visit: SolveOptions['visit'] = (root, events, probability) => {
      given.push({ root, events, probability });
      return undefined;
    };
    fc.assert(
      fc.property(partly, fc.nat(), orders, fc.boolean(), (drawn, which, order, isCut) => {
        given = [];
        // A product that some set has, and a little less: sets that differ by rounding alone are on one side.
        const products = new TreeTruth(drawn, MISSION_TIME).roots.flatMap((truth) =>
          truth.sets().map(({ knownProduct }) => knownProduct),
        );
        const product = products[which % Math.max(1, products.length)] ?? 0.5;
        const least = Math.max(product * (1 - 1e-9), Number.MIN_VALUE);
        const cutOff: CutOff = { probability: isCut ? least : null, order };
        const options = { cutOff, top: 0, importance: false };
        const counted = solved(drawn, options);
        for (const [i, { root, truth }] of solved(drawn, { ...options, visit }).entries()) {
          const sets = truth.sets();
          // An event without a probability keeps no set out.
          const kept = sets.filter(
            ({ knownProduct, events }) =>
              knownProduct >= (cutOff.probability ?? 0) &&
              events.length <= (order ?? Number.POSITIVE_INFINITY),
          );
          const own = given.filter((one) => one.root === root.name);
          expect(keysOf(own)).toEqual(keysOf(kept));
          checkProducts(own, kept);
          expect(root.cutSets?.total).toBe(String(sets.length));
          for (const { cutSets } of [root, counted[i]?.root ?? root])
            expect(cutSets?.kept).toBe(isCut || order !== null ? String(kept.length) : null);
        }
      }),
    );
  });

  test('has, where some event has no probability, none either, and the smallest of its sets', () => {
    let unknown = 0;
    fc.assert(
      fc.property(partly, fc.nat(9), (drawn, top) => {
        for (const { root, truth } of solved(drawn, { top })) {
          expect(root.unknown).toEqual([...truth.unknown].sort());
          if (truth.unknown.length === 0) continue;
          unknown++;
          expect(root).toMatchObject({ exact: true, probability: null, bounds: null, importance: [] });
          const wanted = truth.sets();
          expect(root.cutSets?.total).toBe(String(wanted.length));
          expect(root.cutSets?.byOrder).toEqual(countsOf(wanted));
          const listed = root.cutSets?.top ?? [];
          const sizes = wanted.map(({ events }) => events.length).slice(0, top);
          expect(listed.map(({ events }) => events.length).sort((a, b) => a - b)).toEqual(sizes);
          checkProducts(listed, wanted);
        }
      }),
    );
    expect(unknown).toBeGreaterThan(50);
  });

  test('has, where its budget is spent, bounds about its probability', () => {
    const spent = { diagram: 0, sets: 0, none: 0 };
    fc.assert(
      fc.property(partly, fc.integer({ min: 1, max: 30 }), (drawn, budget) => {
        for (const { root, truth } of solved(drawn, { budget })) {
          const isKnown = truth.unknown.length === 0;
          const p = isKnown ? truth.probability : 0;
          const off = leeway(p, truth) + 1e-15;
          if (root.exact) {
            expect(root.bounds).toBe(null);
            if (isKnown) near(root.probability, p, off, root.name);
            else expect(root.probability).toBe(null);
            if (root.cutSets?.total === null) spent.sets++;
            else expect(root.cutSets?.byOrder).toEqual(countsOf(truth.sets()));
            if (root.cutSets?.total !== null) spent.none++;
            continue;
          }
          spent.diagram++;
          expect(root).toMatchObject({ probability: null, diagram: null, importance: [] });
          expect(root.cutSets).toMatchObject({ total: null, byOrder: null, kept: null });
          // What bounding found are minimal cut sets, though not all.
          const minimal = new Set(truth.sets().map(({ events }) => keyOf(events)));
          for (const { events } of root.cutSets?.top ?? []) expect(minimal).toContain(keyOf(events));
          expect(root.events).toBeGreaterThanOrEqual(truth.depends.length);
          expect(root.coherent ?? truth.coherent).toBe(truth.coherent);
          for (const name of truth.unknown) expect(root.unknown).toContain(name);
          if (root.unknown.length > 0) {
            expect(root.bounds).toBe(null);
            continue;
          }
          const [low, high] = root.bounds ?? [Number.NaN, Number.NaN];
          expect(low).toBeGreaterThanOrEqual(0);
          expect(high).toBeLessThanOrEqual(1);
          expect(low).toBeLessThanOrEqual(p + off);
          expect(high).toBeGreaterThanOrEqual(p - off);
        }
      }),
    );
    for (const count of Object.values(spent)) expect(count).toBeGreaterThan(10);
  });

  test('has bounds that are apart, too, where its function is too large for those that are kept', () => {
    let apart = 0;
    fc.assert(
      fc.property(tangle, (drawn) => {
        for (const { root, truth } of solved(drawn, { budget: 200 })) {
          if (root.exact) continue;
          const [low, high] = root.bounds ?? [Number.NaN, Number.NaN];
          const p = truth.probability;
          if (high - low > 1e-6) apart++;
          expect(low).toBeLessThanOrEqual(p + leeway(p, truth));
          expect(high).toBeGreaterThanOrEqual(p - leeway(p, truth));
        }
      }),
      { numRuns: 30 },
    );
    expect(apart).toBeGreaterThan(10);
  });

  test('has every connective, kind of group and kind of event, shared gates, many roots and roots that are not coherent', () => {
    const models = fc.sample(known, { seed: 1, numRuns: 200 });
    const formulas = models.flatMap(({ gates }) => gates.flatMap(partsOf));
    const connectives = formulas.map((part) => (part.kind === 'operation' ? part.connective : part.kind));
    for (const connective of [...CONNECTIVES, 'event', 'house', 'gate', 'constant'])
      expect(connectives.filter((one) => one === connective).length, connective).toBeGreaterThan(50);
    const groups = models.flatMap((model) => model.groups);
    for (const model of GROUP_MODELS)
      for (const size of [2, 3, 4])
        expect(
          groups.filter((one) => one.model === model && one.size === size).length,
          model,
        ).toBeGreaterThan(2);
    const isShared = ({ gates }: DrawnTree): boolean =>
      gates.some((_, gate) => {
        const uses = gates.filter((one) =>
          partsOf(one).some((part) => part.kind === 'gate' && part.number === gate),
        );
        return uses.length > 1;
      });
    expect(models.filter(isShared).length).toBeGreaterThan(50);
    const truths = models.map((model) => new TreeTruth(model, MISSION_TIME).roots);
    expect(truths.filter(({ length }) => length > 1).length).toBeGreaterThan(50);
    const roots = truths.flat().filter(({ depends }) => depends.length > 2);
    for (const coherent of [true, false])
      expect(roots.filter((root) => root.coherent === coherent).length).toBeGreaterThan(50);
  });
});

function partsOf(formula: Formula): Formula[] {
  return formula.kind === 'operation' ? [formula, ...formula.args.flatMap(partsOf)] : [formula];
}

/** The answer for one gate over events e0, e1, … of given probabilities. */
function gate(formula: string, q: readonly number[], more = ''): RootSolution {
  const events = q.map(
    (p, i) => `<define-basic-event name="e${i}"><float value="${p}"/></define-basic-event>`,
  );
  const text = `<opsa-mef><define-fault-tree name="f"><define-gate name="top">${formula}</define-gate>
${events.join('')}</define-fault-tree>${more}</opsa-mef>`;
  const [root] = solve(read(text), { file: 'x.xml', missionTime: MISSION_TIME, top: TOP }).roots;
  if (root === undefined) throw new Error('no root');
  return root;
}

const events = (...numbers: readonly number[]): string =>
  numbers.map((number) => `<basic-event name="e${number}"/>`).join('');
const all = (count: number): string => events(...Array.from({ length: count }, (_, i) => i));

describe('a closed form is met by', () => {
  test('two of three with a beta factor: Q₃ + (1 − Q₃)(3 Q₁² − 2 Q₁³)', () => {
    const members = all(3);
    const root = gate(
      `<atleast min="2">${members}</atleast>`,
      [],
      `<define-CCF-group name="c" model="beta-factor"><members>${members}</members>
<distribution><float value="0.05"/></distribution><factor><float value="0.1"/></factor></define-CCF-group>`,
    );
    const [one, three] = [0.9 * 0.05, 0.1 * 0.05];
    expect(root.probability).toBeCloseTo(three + (1 - three) * (3 * one ** 2 - 2 * one ** 3), 15);
    expect(root.cutSets?.byOrder).toEqual(['0', '1', '3']);
    expect(root.cutSets?.top[0]).toEqual({ events: ['[e0 e1 e2]'], probability: expect.closeTo(three, 15) });
    expect(root.coherent).toBe(true);
  });

  // The bridge of Rausand and Høyland; its own dual, so that failures and successes have one polynomial.
  test.each([0.1, 0.5, 0.001])('the bridge of five alike, q = %f: 2q² + 2q³ − 5q⁴ + 2q⁵', (q) => {
    const sets = [
      [0, 1],
      [3, 4],
      [0, 2, 4],
      [1, 2, 3],
    ].map((set) => `<and>${events(...set)}</and>`);
    const { probability, cutSets } = gate(`<or>${sets.join('')}</or>`, Array<number>(5).fill(q));
    const wanted = 2 * q ** 2 + 2 * q ** 3 - 5 * q ** 4 + 2 * q ** 5;
    near(probability, wanted, 1e-13 * wanted, 'the bridge');
    expect(cutSets?.byOrder).toEqual(['0', '0', '2', '2']);
  });

  test('an odd number of n: (1 − Π(1 − 2qᵢ)) / 2, of which each event alone is a smallest part', () => {
    const q = [0.1, 0.2, 0.3, 0.4, 0.45];
    const { probability, coherent, cutSets, importance } = gate(`<xor>${all(5)}</xor>`, q);
    expect(probability).toBeCloseTo((1 - q.reduce((product, p) => product * (1 - 2 * p), 1)) / 2, 14);
    expect(coherent).toBe(false);
    expect(cutSets?.byOrder).toEqual(['0', '5']);
    for (const { event, mif } of importance) {
      const others = q.filter((_, i) => event !== `e${i}`);
      expect(mif).toBeCloseTo(
        others.reduce((product, p) => product * (1 - 2 * p), 1),
        14,
      );
    }
  });

  test('k of n alike: Σ C(n, i) qⁱ (1 − q)ⁿ⁻ⁱ and C(n, k) sets, with an upper bound and without', () => {
    const ways = [1, 7, 21, 35, 35, 21, 7, 1];
    const q = 0.2;
    const terms = ways.map((count, i) => count * q ** i * (1 - q) ** (7 - i));
    const sum = (from: number, to: number): number => terms.slice(from, to + 1).reduce((a, b) => a + b, 0);
    const alike = Array<number>(7).fill(q);
    const atLeast = gate(`<atleast min="3">${all(7)}</atleast>`, alike);
    expect(atLeast.probability).toBeCloseTo(sum(3, 7), 14);
    const between = gate(`<cardinality min="3" max="4">${all(7)}</cardinality>`, alike);
    expect(between.probability).toBeCloseTo(sum(3, 4), 14);
    expect([atLeast.coherent, between.coherent]).toEqual([true, false]);
    for (const { cutSets } of [atLeast, between]) expect(cutSets?.byOrder).toEqual(['0', '0', '0', '35']);
  });

  test('both of two: criticality and diagnosis 1, achievement 1 / q, reduction infinite', () => {
    const { importance } = gate(`<and>${all(2)}</and>`, [0.25, 0.5]);
    expect(importance).toEqual([
      { event: 'e0', probability: 0.25, mif: 0.5, cif: 1, dif: 1, raw: 4, rrw: 'Infinity' },
      { event: 'e1', probability: 0.5, mif: 0.25, cif: 1, dif: 1, raw: 2, rrw: 'Infinity' },
    ]);
  });

  test.each([
    [`<nor>${all(2)}</nor>`, 0.75 * 0.5],
    [`<iff>${all(2)}</iff>`, 0.25 * 0.5 + 0.75 * 0.5],
    [`<imply>${all(2)}</imply>`, 1 - 0.25 * 0.5],
    [`<nand>${all(2)}</nand>`, 1 - 0.25 * 0.5],
  ])('%s, true when nothing happens: its smallest part is empty', (formula, wanted) => {
    const { probability, coherent, cutSets } = gate(formula, [0.25, 0.5]);
    expect(probability).toBe(wanted);
    expect(coherent).toBe(false);
    expect(cutSets).toEqual({
      kind: 'minimal-positive-parts',
      total: '1',
      byOrder: ['1'],
      kept: null,
      top: [{ events: [], probability: 1 }],
    });
  });
});
