import type { Reader } from '../document/index.ts';
import { show } from '../problems.ts';
import { attributeOf, placeOfAttribute, type Element } from './xml.ts';

/** What every step of reading a model is given. */
export interface Context {
  readonly reader: Reader;
  readonly text: string;
  /** What `<system-mission-time/>` stands for. @unit hours */
  readonly missionTimeHours: number;
}

/** The value of an attribute that must be there, without spaces around it. Reports where it is missing or empty. */
export function required(context: Context, element: Element, name: string): string | undefined {
  const value = attributeOf(element, name)?.trim();
  if (value === undefined || value === '') {
    context.reader.report('missing-attribute', element.at, { attribute: name, element: shown(element) });
    return undefined;
  }
  return value;
}

/** The value of an attribute among the words that are known; undefined where it is not there, or reported. */
export function word<W extends string>(
  context: Context,
  element: Element,
  name: string,
  known: readonly W[],
): W | undefined {
  const value = attributeOf(element, name)?.trim();
  if (value === undefined) return undefined;
  const found = known.find((one) => one === value);
  if (found === undefined)
    context.reader.report('wrong-word', placeOfAttribute(context.text, element, name), {
      known,
      found: `"${value}"`,
      nearest: context.reader.nearest(value, known),
    });
  return found;
}

/** A whole number from 0 that must be there. */
export function wholeNumber(context: Context, element: Element, name: string): number | undefined {
  const value = required(context, element, name);
  if (value === undefined) return undefined;
  const number = /^\+?\d+$/.test(value) ? Number(value) : Number.NaN;
  if (Number.isSafeInteger(number)) return number;
  context.reader.report('wrong-type', placeOfAttribute(context.text, element, name), {
    expected: 'a whole number from 0',
    found: `"${value}"`,
  });
  return undefined;
}

/** The children that mean something here: all but label and attributes. Reports text that stands between them. */
export function contents(context: Context, element: Element): readonly Element[] {
  refuseText(context, element);
  const { children } = element;
  for (let i = 0; i < children.length; i++)
    if (isDocumentation(children[i] as Element)) return children.filter((child) => !isDocumentation(child));
  return children;
}

function isDocumentation({ name }: Element): boolean {
  return name === 'label' || name === 'attributes';
}

export function refuseText(context: Context, element: Element): void {
  if (element.text !== '')
    context.reader.report('stray-text', element.at, { text: element.text.trim(), element: shown(element) });
}

/** Reports an element that has no meaning where it stands: refused for what it does, or simply not known. */
export function refuseElement(
  context: Context,
  element: Element,
  parent: Element,
  known: Iterable<string>,
): void {
  const { reader } = context;
  if (element.name === 'include' || element.name.endsWith(':include'))
    reader.report('include-refused', element.at, {});
  else if (REFUSED.has(element.name))
    reader.report('element-refused', element.at, { element: shown(element) });
  else
    reader.report('unknown-element', element.at, {
      element: shown(element),
      where: shown(parent),
      nearest: reader.nearest(element.name, known),
    });
}

/** What would change the meaning of the fault trees, or of an expression, if it were left out. */
const REFUSED: ReadonlySet<string> = new Set([
  'define-substitution',
  'define-alignment',
  'define-extern-library',
  'define-extern-function',
  'extern-function',
  'test-initiating-event',
  'test-functional-event',
]);

/** An element as a message shows it: `<and>`. */
export function shown({ name }: { readonly name: string }): string {
  return `<${show(name).slice(1, -1)}>`;
}

export function wrongCount(context: Context, element: Element, expected: string, found: number): void {
  context.reader.report('wrong-arity', element.at, {
    expected,
    element: shown(element),
    found: found === 0 ? 'none' : String(found),
  });
}
