import {
  contents,
  refuseElement,
  refuseText,
  required,
  shown,
  wholeNumber,
  word,
  wrongCount,
  type Context,
} from './context.ts';
import { constantValue, eventsOf, type Declarations } from './declarations.ts';
import { CONNECTIVES, resolve, type Connective, type Event, type Formula, type Gate } from './scope.ts';
import { placeOfAttribute, type Element } from './xml.ts';

const KINDS = ['gate', 'basic-event', 'house-event'] as const;
const KNOWN = [...CONNECTIVES, ...KINDS, 'event', 'constant'];
/** Fewest and most arguments. xor is true when an odd number of its arguments are; iff and imply compare two. */
const ARITY: Readonly<Record<Connective, readonly [fewest: number, most: number]>> = {
  and: [1, Number.POSITIVE_INFINITY],
  or: [1, Number.POSITIVE_INFINITY],
  not: [1, 1],
  nand: [1, Number.POSITIVE_INFINITY],
  nor: [1, Number.POSITIVE_INFINITY],
  xor: [2, Number.POSITIVE_INFINITY],
  iff: [2, 2],
  imply: [2, 2],
  atleast: [1, Number.POSITIVE_INFINITY],
  cardinality: [1, Number.POSITIVE_INFINITY],
};

/** Reads the formula of every gate: resolves names, checks kinds and numbers, and notes which gate uses which. */
export function readFormulas(context: Context, declarations: Declarations): void {
  for (const gate of declarations.gates) {
    const found = contents(context, gate.element);
    const [first] = found;
    if (first === undefined || found.length > 1)
      wrongCount(context, gate.element, 'one formula', found.length);
    else gate.formula = readFormula(context, declarations, first, gate.element, gate);
  }
}

/** As deep as elements are nested, which is bounded. Undefined where something in it is wrong, which is reported. */
function readFormula(
  context: Context,
  declarations: Declarations,
  element: Element,
  parent: Element,
  gate: Gate,
): Formula | undefined {
  switch (element.name) {
    case 'gate':
    case 'basic-event':
    case 'house-event':
      return readReference(context, declarations, element, element.name, gate);
    case 'event':
      return readReference(context, declarations, element, word(context, element, 'type', KINDS), gate);
    case 'constant':
      return { kind: 'constant', value: constantValue(context, element) };
  }
  const connective = CONNECTIVES.find((one) => one === element.name);
  if (connective === undefined) {
    refuseElement(context, element, parent, KNOWN);
    return undefined;
  }
  const children = contents(context, element);
  const args: Formula[] = [];
  let isWrong = false;
  for (const child of children) {
    const arg = readFormula(context, declarations, child, element, gate);
    if (arg === undefined) isWrong = true;
    else args.push(arg);
  }
  const [fewest, most] = ARITY[connective];
  if (children.length < fewest || children.length > most) {
    const bound = fewest === most ? `${fewest}` : `at least ${fewest}`;
    wrongCount(context, element, `${bound} ${fewest === 1 ? 'formula' : 'formulas'}`, children.length);
    isWrong = true;
  }
  const bounds = readBounds(context, element, connective, children.length);
  if (isWrong || bounds === undefined) return undefined;
  const { min, max } = bounds;
  return { kind: 'operation', connective, args, min, max, element };
}

function readBounds(
  context: Context,
  element: Element,
  connective: Connective,
  count: number,
): { min: number; max: number } | undefined {
  if (connective !== 'atleast' && connective !== 'cardinality') return { min: 0, max: 0 };
  const min = wholeNumber(context, element, 'min');
  const max = connective === 'atleast' ? count : wholeNumber(context, element, 'max');
  if (min === undefined || max === undefined || count === 0) return undefined;
  if (min > count) {
    const at = placeOfAttribute(context.text, element, 'min');
    context.reader.report('at-least-of-fewer', at, { atLeast: min, of: count });
    return undefined;
  }
  if (min > max) {
    const at = placeOfAttribute(context.text, element, 'max');
    context.reader.report('out-of-range', at, { expected: `max from min, ${min}`, found: String(max) });
    return undefined;
  }
  return { min, max };
}

function readReference(
  context: Context,
  declarations: Declarations,
  element: Element,
  kind: Event['kind'] | undefined,
  gate: Gate,
): Formula | undefined {
  const name = required(context, element, 'name');
  if (name === undefined) return undefined;
  refuseText(context, element);
  if (element.children[0] !== undefined) refuseElement(context, element.children[0], element, []);
  const { publicEvents } = declarations;
  const event = resolve(name, gate.scope, publicEvents, eventsOf);
  if (event === undefined) {
    const { reader, text } = context;
    reader.report('undefined-event', placeOfAttribute(text, element, 'name'), {
      name,
      element: shown(kind === undefined ? element : { name: kind }),
      nearest: reader.nearest(name, publicEvents.keys()),
    });
    return undefined;
  }
  if (kind !== undefined && event.kind !== kind) {
    context.reader.report('wrong-kind', element.at, { name, is: event.kind, expected: kind });
    return undefined;
  }
  if (event.kind === 'house-event') return { kind: 'constant', value: event.value };
  if (event.kind === 'basic-event') return { kind: 'basic-event', event };
  event.isUsed = true;
  gate.uses.push(event.index);
  return { kind: 'gate', gate: event };
}
