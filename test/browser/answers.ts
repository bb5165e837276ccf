/** What is asked in the page and in Node: the same questions, and answers that are plain JSON. */
import {
  Bounder,
  BudgetSpent,
  compile,
  countBySize,
  CutSets,
  FormulaStore,
  Probability,
  topSets,
  type FormulaId,
} from '../../src/diagram/index.ts';
import { parseModel } from '../../src/openpsa/read.ts';
import { fatTree } from '../oracle/fat-tree.ts';

export interface Answers {
  readonly model: Answer;
  /** Of 24 ports. */
  readonly fatTree: Answer;
  /** At least 30 of 60: more cut sets than a double can count. */
  readonly half: Answer;
  /** Codes of what is wrong with a broken model, and where. */
  readonly problems: readonly string[];
  readonly spent: Spent;
}

export interface Answer {
  readonly probability: number;
  /** Decimal: may pass 2^53. */
  readonly cutSets: string;
  readonly bySize: readonly string[];
  readonly top: readonly { readonly events: readonly string[]; readonly probability: number }[];
  readonly low: number;
  readonly high: number;
}

export interface Spent {
  readonly isBudgetSpent: boolean;
  readonly name: string;
  readonly nodes: number;
  readonly message: string;
  readonly low: number;
  readonly high: number;
}

const BUDGET = 2_000_000;
/** Bounds are asked for as well where they are not needed: not at any price. */
const BOUNDS_BUDGET = 100_000;
const TOP = 5;

export function answers(): Answers {
  return {
    model: answerModel(MODEL),
    fatTree: answerFatTree(24, 3),
    half: answerModel(atLeast(30, 60)),
    problems: problemsOf(
      MODEL.replace('min="2"', 'min="4"').replace('<gate name="grid"/>', '<gate name="gird"/>'),
    ),
    spent: spend(),
  };
}

// Probabilities are written as numbers: sums and products are the same to the last digit everywhere, exp and pow need
// not be.
const MODEL = `<?xml version="1.0" encoding="UTF-8"?>
<opsa-mef name="hall">
  <define-fault-tree name="hall">
    <define-gate name="dark"><or><gate name="supply"/><gate name="pumps"/><gate name="switch"/></or></define-gate>
    <define-gate name="supply"><and><gate name="grid"/><gate name="sets"/></and></define-gate>
    <define-gate name="grid"><or><basic-event name="line"/><basic-event name="transformer"/></or></define-gate>
    <define-gate name="sets"><and><basic-event name="set-1"/><basic-event name="set-2"/></and></define-gate>
    <define-gate name="pumps"><atleast min="2">
      <basic-event name="pump-1"/><basic-event name="pump-2"/><basic-event name="pump-3"/>
    </atleast></define-gate>
    <define-gate name="switch"><and>
      <xor><basic-event name="left"/><basic-event name="right"/></xor>
      <not><basic-event name="bypass"/></not>
      <basic-event name="transformer"/>
    </and></define-gate>
    <define-CCF-group name="pumps" model="beta-factor">
      <members><basic-event name="pump-1"/><basic-event name="pump-2"/><basic-event name="pump-3"/></members>
      <distribution><float value="0.03"/></distribution>
      <factor level="3"><float value="0.15"/></factor>
    </define-CCF-group>
  </define-fault-tree>
  <model-data>
    <define-basic-event name="line"><float value="0.02"/></define-basic-event>
    <define-basic-event name="transformer"><float value="0.007"/></define-basic-event>
    <define-basic-event name="set-1"><float value="0.11"/></define-basic-event>
    <define-basic-event name="set-2"><float value="0.13"/></define-basic-event>
    <define-basic-event name="left"><float value="0.2"/></define-basic-event>
    <define-basic-event name="right"><float value="0.3"/></define-basic-event>
    <define-basic-event name="bypass"><float value="0.6"/></define-basic-event>
  </model-data>
</opsa-mef>
`;

function atLeast(min: number, count: number): string {
  const numbers = Array.from({ length: count }, (_, i) => i);
  const uses = numbers.map((i) => `<basic-event name="e${i}"/>`).join('');
  const events = numbers.map(
    (i) => `<define-basic-event name="e${i}"><float value="${(i + 1) / 200}"/></define-basic-event>`,
  );
  return `<opsa-mef>
<define-fault-tree name="many"><define-gate name="top"><atleast min="${min}">${uses}</atleast></define-gate></define-fault-tree>
<model-data>${events.join('')}</model-data>
</opsa-mef>`;
}

function answerModel(text: string): Answer {
  const { tree, problems } = parseModel(text, { file: 'model.xml' });
  const [root] = tree?.roots ?? [];
  if (tree === undefined || root === undefined)
    throw new Error(problems.map(({ message }) => message).join('\n'));
  return answer(
    tree.store,
    root.formula,
    tree.events.map(({ probability }) => probability ?? Number.NaN),
    (event) => tree.events[event]?.name ?? '',
  );
}

function problemsOf(text: string): string[] {
  const { problems } = parseModel(text, { file: 'model.xml' });
  return problems.map(({ code, line, column }) => `${line}:${column} ${code}`);
}

function answerFatTree(k: number, r: number): Answer {
  const { store, root, variables, isCore } = fatTree(k, r);
  const q = Array.from({ length: variables }, (_, variable) => (isCore(variable) ? 0.7 : 0.01));
  return answer(store, root, q, (variable) => `${variable}`);
}

/** @param q by variable */
function answer(
  store: FormulaStore,
  root: FormulaId,
  q: readonly number[],
  nameOf: (variable: number) => string,
): Answer {
  const { diagram, roots, order } = compile(store, [root], BUDGET);
  const edge = roots[0] as number; // one root, one edge
  const weights = Float64Array.from(order, (variable) => q[variable] ?? 0);
  const probability = new Probability(diagram, roots);
  probability.evaluate(weights);
  const sets = new CutSets(diagram, BUDGET);
  const family = sets.minimalPositiveParts(edge);
  const bySize = countBySize(sets, family);
  const [bounds = { low: 0, high: 1 }] = new Bounder(store, [root], q, BOUNDS_BUDGET).evaluate(q);
  return {
    probability: probability.of(edge),
    cutSets: `${bySize.reduce((sum, count) => sum + count, 0n)}`,
    bySize: bySize.map((count) => `${count}`),
    top: topSets(sets, family, weights, TOP).map(({ levels, weight }) => ({
      events: levels.map((level) => nameOf(order[level] as number)), // sets hold levels of variables only
      probability: weight,
    })),
    ...bounds,
  };
}

/** A formula whose diagram is exponential in its size: of n × n events all of some row or of some column. */
function spend(): Spent {
  const n = 14;
  const budget = 20_000;
  const store = new FormulaStore();
  const lines = Array.from({ length: n }, (_, i) => [
    store.and(Array.from({ length: n }, (_, j) => store.variable(i * n + j))),
    store.and(Array.from({ length: n }, (_, j) => store.variable(j * n + i))),
  ]);
  const root = store.or(lines.flat());
  const q = new Float64Array(n * n).fill(0.1);
  const [bounds = { low: 0, high: 1 }] = new Bounder(store, [root], q, BOUNDS_BUDGET).evaluate(q);
  try {
    compile(store, [root], budget);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    const { name, message } = error;
    const isBudgetSpent = error instanceof BudgetSpent;
    return { isBudgetSpent, name, nodes: isBudgetSpent ? error.nodes : -1, message, ...bounds };
  }
  throw new Error('The budget sufficed.');
}
