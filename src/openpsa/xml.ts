import { SaxesParser, type SaxesTagPlain } from 'saxes';
import { findLines, placeOf, type Source } from '../document/index.ts';
import { problem, show, type Problem, type ProblemArguments, type ProblemCode } from '../problems.ts';

/** An element of an XML document with the offset at which its `<` stands in the text. */
export interface Element {
  readonly name: string;
  readonly at: number;
  /** Names and values by turns: most elements have one attribute or none. */
  readonly attributes: readonly string[];
  readonly children: readonly Element[];
  /** What stands in it beside its children; blank where nothing does. */
  readonly text: string;
}

export interface ParsedXml {
  readonly source: Source;
  /** Undefined where the text could not be read to its end. */
  readonly root: Element | undefined;
  readonly problems: readonly Problem[];
}

/** Deepest nesting that is read: whoever walks elements may recurse. @unit levels */
export const MAX_DEPTH = 1000;

interface OpenElement extends Element {
  children: Element[];
  text: string;
}

/** The one empty list of all elements without children, and of those without attributes: never added to. */
const NO_CHILDREN: Element[] = [];
const NO_ATTRIBUTES: readonly string[] = [];

/**
 * Reads an XML 1.0 document into elements that know their offsets, in one pass without recursion. Never throws on bad
 * text: the first thing that is wrong comes back as a problem. Only the five entities of XML and character references
 * stand for anything: a DOCTYPE may be there, but one with declarations inside is refused, and none is ever fetched.
 */
export function parseXml(text: string, file: string): ParsedXml {
  const source = new TextSource(text, file);
  try {
    return { source, root: build(text), problems: [] };
  } catch (refused) {
    if (!(refused instanceof Refused)) throw refused;
    return { source, root: undefined, problems: [refused.problem(source)] };
  }
}

/** Finds the lines of a text only once a place in it is asked for: most files have nothing to say. */
class TextSource implements Source {
  readonly file: string;
  private readonly text: string;
  private starts: readonly number[] | undefined;

  constructor(text: string, file: string) {
    this.text = text;
    this.file = file;
  }

  get lineStarts(): readonly number[] {
    this.starts ??= findLines(this.text);
    return this.starts;
  }
}

/** Ends the reading: thrown out of the parser's handlers, and caught in `parseXml`. */
class Refused extends Error {
  readonly problem: (source: Source) => Problem;

  constructor(problem: (source: Source) => Problem) {
    super('refused');
    this.problem = problem;
  }
}

function refuse<C extends ProblemCode>(code: C, at: number, args: ProblemArguments<C>): never {
  throw new Refused((source) => problem(code, placeOf(source, Math.max(0, at)), args));
}

function build(text: string): Element | undefined {
  if (isBlank(text)) refuse('empty-document', 0, { expected: 'a model in the Open-PSA format' });
  const parser = new SaxesParser({ position: false, xmlns: false });
  // With an eighth handler V8 keeps the parser as a hash table, and it takes three times as long.
  const open: OpenElement[] = [];
  let root: Element | undefined;
  let closed: Element | undefined;
  let at = 0;
  parser.on('doctype', (declared) => {
    if (declared.includes('[')) refuse('doctype-refused', text.indexOf('<!DOCTYPE'), {});
  });
  parser.on('opentagstart', () => {
    // The parser stands behind the name and one more, in which there is no `<`.
    at = text.lastIndexOf('<', parser.position - 2);
    if (root === undefined) refuseEncoding(parser.xmlDecl.encoding, text);
    if (open.length >= MAX_DEPTH) refuse('nesting-too-deep', at, { limit: MAX_DEPTH });
  });
  parser.on('opentag', ({ name, attributes }: SaxesTagPlain) => {
    const element: OpenElement = { name, at, attributes: flat(attributes), children: NO_CHILDREN, text: '' };
    const parent = open[open.length - 1];
    if (parent === undefined) root = element;
    else if (parent.children === NO_CHILDREN) parent.children = [element];
    else parent.children.push(element);
    open.push(element);
  });
  parser.on('closetag', () => {
    closed = open.pop();
  });
  const addText = (found: string): void => {
    const parent = open[open.length - 1];
    if (parent !== undefined && !isBlank(found)) parent.text += found;
  };
  parser.on('text', addText);
  parser.on('cdata', addText);
  parser.on('error', ({ message }) => {
    const { reason, place } = explain(message, text, parser.position, open.at(-1), closed);
    refuse('xml-syntax', place, { reason });
  });
  parser.write(text).close();
  return root;
}

/** The parser's objects of attributes are hash tables, which would take most of the memory of a model. */
function flat(attributes: Readonly<Record<string, string>>): readonly string[] {
  let list: string[] | undefined;
  for (const name in attributes) {
    const value = attributes[name] as string;
    if (list === undefined) list = [name, value];
    else list.push(name, value);
  }
  return list ?? NO_ATTRIBUTES;
}

/** What the parser says, in our words where they can say more, and where the trouble begins rather than where it shows. */
function explain(
  message: string,
  text: string,
  position: number,
  open: Element | undefined,
  closed: Element | undefined,
): { reason: string; place: number } {
  const before = (sign: string): number => Math.max(0, text.lastIndexOf(sign, position - 1));
  if (position >= text.length) {
    const cut = cutOff(text, open?.at ?? 0);
    if (cut !== undefined) return cut;
  }
  if (message.startsWith('unclosed tag') && open !== undefined)
    return { reason: `<${show(open.name).slice(1, -1)}> is not closed`, place: open.at };
  if (message.startsWith('unexpected close tag')) {
    const place = before('</');
    const name = text.slice(place + 2, position - 1).trim();
    return { reason: `${show(closed?.name ?? '')} is open, and ${show(name)} is closed`, place };
  }
  if (message.startsWith('unmatched closing tag')) {
    const place = before('</');
    const name = text.slice(place + 2, position - 1).trim();
    return { reason: `${show(name)} is closed, but it is not open`, place };
  }
  if (/entity/.test(message)) {
    const place = before('&');
    const entity = text.slice(place, position);
    if (message.startsWith('undefined'))
      return { reason: `${show(entity)} stands for nothing: no entities are declared`, place };
    return { reason: `${show(entity)} is not an entity`, place };
  }
  if (message.startsWith('text data outside')) {
    const rest = text.slice(text.lastIndexOf('>', position - 2) + 1);
    return { reason: 'text stands outside of all elements', place: text.length - rest.trimStart().length };
  }
  // It may quote names of any length.
  return {
    reason: show(message.replace(/\.$/, '')).slice(1, -1),
    place: Math.min(position, text.length) - 1,
  };
}

/** What is open where a text ends, when the parser only says that it ended. */
function cutOff(text: string, from: number): { reason: string; place: number } | undefined {
  const comment = text.lastIndexOf('<!--');
  if (comment > text.lastIndexOf('-->')) return { reason: 'a comment is not closed', place: comment };
  const data = text.lastIndexOf('<![CDATA[');
  if (data > text.lastIndexOf(']]>')) return { reason: 'a CDATA section is not closed', place: data };
  const alone = text.slice(from).search(/&(?![\w#.:-]+;)/);
  if (alone >= 0) return { reason: '"&" begins an entity; alone, it is written &amp;', place: from + alone };
  const tag = text.lastIndexOf('<');
  if (tag > text.lastIndexOf('>')) return { reason: 'the text ends inside a tag', place: tag };
  return undefined;
}

/** Refuses what is not UTF-8, or the same as long as all characters are ASCII. */
function refuseEncoding(encoding: string | undefined, text: string): void {
  if (encoding === undefined || /^(utf-?8|us-ascii|ascii)$/i.test(encoding)) return;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the range of ASCII begins with them.
  if (!/^(utf|ucs|iso-10646)/i.test(encoding) && /^[\x00-\x7f]*$/.test(text)) return;
  refuse('not-text', 0, { found: `encoding ${show(encoding)}` });
}

function isBlank(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code !== 10 && code !== 32 && code !== 9 && code !== 13 && code !== 0xfeff) return false;
  }
  return true;
}

/** The value of an attribute; undefined where an element has none of that name. */
export function attributeOf({ attributes }: Element, name: string): string | undefined {
  for (let i = 0; i < attributes.length; i += 2) if (attributes[i] === name) return attributes[i + 1];
  return undefined;
}

/** Where an attribute of an element begins; the element itself where it has none of that name. */
export function placeOfAttribute(text: string, element: Element, name: string): number {
  const attribute = /\s+([^\s=]+)\s*=\s*(?:"[^"]*"|'[^']*')/y;
  attribute.lastIndex = element.at + 1 + element.name.length;
  for (let found = attribute.exec(text); found !== null; found = attribute.exec(text))
    if (found[1] === name) return found.index + found[0].search(/\S/);
  return element.at;
}
