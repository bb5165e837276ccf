import { Reader } from '../document/index.ts';
import type { Problem } from '../problems.ts';
import { Builder } from './build.ts';
import { readGroup } from './common-cause.ts';
import { contents, wrongCount, type Context } from './context.ts';
import { declare, eventsOf, type Declarations } from './declarations.ts';
import { evaluate, ExpressionReader, probabilityOf } from './expressions.ts';
import type { FaultTree } from './fault-tree.ts';
import { readFormulas } from './formulas.ts';
import { orderByUse } from './order.ts';
import { fullName, resolve, type Gate, type Parameter } from './scope.ts';
import { attributeOf, parseXml, type Element } from './xml.ts';

export interface ReadOptions {
  /** For the places of problems, and the name of a model that has none. */
  readonly file: string;
  /** Gates to solve, by name or path. @default the gates that no other gate uses */
  readonly roots?: readonly string[];
  /** What `<system-mission-time/>` stands for. @unit hours @default 8760 */
  readonly missionTimeHours?: number;
}

export interface ParsedModel {
  /** Undefined where there is an error. */
  readonly tree: FaultTree | undefined;
  /** Everything that is wrong, in the order of the file. */
  readonly problems: readonly Problem[];
}

/** A year, as SCRAM takes it. @unit hours */
export const DEFAULT_MISSION_TIME_HOURS = 8760;

/**
 * Reads the fault trees of a model in the Open-PSA Model Exchange Format. Never throws on bad text. Common-cause groups
 * are expanded, house events and constants folded, expressions worked out with random deviates at their mean.
 */
export function parseModel(text: string, options: ReadOptions): ParsedModel {
  const { file, roots, missionTimeHours = DEFAULT_MISSION_TIME_HOURS } = options;
  const { root, source, problems } = parseXml(text, file);
  if (root === undefined) return { tree: undefined, problems };
  const reader = new Reader(source);
  const context: Context = { reader, text, missionTimeHours };
  const tree = readTree(context, root, file, roots);
  return { tree: reader.errors === 0 ? tree : undefined, problems: reader.problems };
}

function readTree(
  context: Context,
  root: Element,
  file: string,
  names: readonly string[] | undefined,
): FaultTree | undefined {
  const { reader } = context;
  if (root.name !== 'opsa-mef') {
    reader.report('wrong-type', root.at, {
      expected: '<opsa-mef> around the model',
      found: `"${root.name}"`,
    });
    return undefined;
  }
  const declarations = declare(context, root);
  readParameters(context, declarations);
  readProbabilities(context, declarations);
  readFormulas(context, declarations);
  const order = orderGates(context, declarations.gates);
  const roots = names === undefined ? topGates(declarations) : namedGates(context, declarations, names);
  if (declarations.gates.length === 0 && reader.errors === 0) reader.report('no-gates', root.at, {});
  if (reader.errors > 0) return undefined;

  const builder = new Builder(context);
  const isNeeded = markUsed(declarations.gates, roots, order);
  for (const index of order) if (isNeeded[index] === 1) builder.build(declarations.gates[index] as Gate);
  return {
    name: nameOf(root, file),
    store: builder.store,
    roots: roots.map((gate) => ({ name: fullName(gate), formula: builder.of(gate) })),
    events: builder.events,
  };
}

/** Reads all parameters and works them out, those first that others use. */
function readParameters(context: Context, declarations: Declarations): void {
  const { parameters } = declarations;
  const uses: number[][] = parameters.map(() => []);
  let reading = 0;
  const expressions = new ExpressionReader(context, declarations, ({ index }) => uses[reading]?.push(index));
  for (const parameter of parameters) {
    reading = parameter.index;
    parameter.expression = expressions.only(parameter.element, parameter.scope);
  }
  const { order, cycles } = orderByUse(parameters.length, (index) => uses[index] ?? []);
  reportCycles(context, 'Parameters', parameters, cycles);
  for (const index of order) {
    const { expression } = parameters[index] as Parameter;
    if (expression !== undefined) (parameters[index] as Parameter).value = evaluate(context, expression);
  }
}

function readProbabilities(context: Context, declarations: Declarations): void {
  const expressions = new ExpressionReader(context, declarations);
  for (const event of declarations.basicEvents) {
    if (event.element.name !== 'define-basic-event') continue;
    const found = contents(context, event.element);
    const [first] = found;
    if (first === undefined) continue;
    if (found.length > 1) wrongCount(context, event.element, 'at most one expression', found.length);
    event.expression = expressions.read(first, event.element, event.scope);
    if (event.expression !== undefined) event.probability = probabilityOf(context, event.expression) ?? null;
  }
  for (const group of declarations.groups) readGroup(context, group, expressions);
}

/** Indices of gates, used before using. Reports gates that need themselves. */
function orderGates(context: Context, gates: readonly Gate[]): readonly number[] {
  const { order, cycles } = orderByUse(gates.length, (index) => (gates[index] as Gate).uses);
  reportCycles(context, 'Gates', gates, cycles);
  return order;
}

function reportCycles(
  context: Context,
  what: 'Gates' | 'Parameters',
  all: readonly (Gate | Parameter)[],
  cycles: readonly (readonly number[])[],
): void {
  for (const cycle of cycles) {
    const path = [...cycle, cycle[0] as number].map((index) => fullName(all[index] as Gate));
    const first = all[cycle[0] as number] as Gate;
    const shown = path.length <= 12 ? path : [...path.slice(0, 6), '…', ...path.slice(-5)];
    context.reader.report('definition-cycle', first.element.at, { what, path: shown });
  }
}

/** The gates that no other gate uses, in the order of the file. */
function topGates({ gates }: Declarations): readonly Gate[] {
  return gates.filter(({ isUsed }) => !isUsed);
}

function namedGates(context: Context, declarations: Declarations, names: readonly string[]): readonly Gate[] {
  const { reader } = context;
  return names.flatMap((name) => {
    const found = resolve(name, declarations.model, declarations.publicEvents, eventsOf);
    if (found?.kind === 'gate') return [found];
    const gates = declarations.gates.map(fullName);
    reader.report('unknown-root', 0, { name, nearest: reader.nearest(name, gates) });
    return [];
  });
}

/** Marks what is below the roots: 1 for each gate that is. */
function markUsed(gates: readonly Gate[], roots: readonly Gate[], order: readonly number[]): Uint8Array {
  const marks = new Uint8Array(gates.length);
  for (const { index } of roots) marks[index] = 1;
  for (let i = order.length - 1; i >= 0; i--) {
    const index = order[i] as number;
    if (marks[index] === 1) for (const use of (gates[index] as Gate).uses) marks[use] = 1;
  }
  return marks;
}

/** The model's name, else that of its only fault tree, else that of its file. */
function nameOf(root: Element, file: string): string {
  const own = attributeOf(root, 'name')?.trim();
  if (own !== undefined && own !== '') return own;
  const trees = root.children.filter(({ name }) => name === 'define-fault-tree');
  const only = trees.length === 1 ? attributeOf(trees[0] as Element, 'name')?.trim() : undefined;
  return only ?? file.replace(/^.*[\\/]/, '').replace(/\.[^.]+$/, '');
}
