import { entryOf, parseDocument, type Node } from '../document/index.ts';
import { parsePlan, type Evidence, type Plan } from '../plan/index.ts';
import type { DiscoveryDrift } from './drift.ts';
import { evidenceText } from './write-plan.ts';

export interface EvidenceAdded {
  /** The plan's text, with nothing changed but what was added. */
  readonly text: string;
  /** How many pieces were added. */
  readonly added: number;
  /** What could not be put in its place safely: a person must. */
  readonly left: readonly { readonly service: string; readonly text: string; readonly why: string }[];
}

/**
 * Puts the evidence for confirmed edges into the text of a plan, beside the services that have them. Only text is put in, none is taken out
 * or moved; after each piece the plan is read again, and where it says anything else than before, the piece is left out and said.
 */
export function addEvidence(text: string, file: string, { confirmed }: DiscoveryDrift): EvidenceAdded {
  let current = text;
  let added = 0;
  const left: EvidenceAdded['left'][number][] = [];
  for (const { service, evidence } of confirmed)
    for (const one of evidence) {
      const piece = evidenceText(one);
      const refuse = (why: string): void => void left.push({ service, text: piece, why });
      if (service.startsWith('journey ')) {
        refuse('A journey has no evidence of its own: give what it needs a service.');
        continue;
      }
      const placed = place(current, file, service, one);
      if ('why' in placed) {
        if (placed.why !== '') refuse(placed.why);
        continue;
      }
      current = placed.text;
      added++;
    }
  return { text: current, added, left };
}

type Placed = { readonly text: string } | { readonly why: string };

function place(text: string, file: string, service: string, evidence: Evidence): Placed {
  const { root } = parseDocument(text, file);
  const services = root === undefined ? undefined : entryOf(root, 'services');
  const node = services === undefined ? undefined : entryOf(services, service);
  if (node === undefined) return { why: 'The service is not written out in the plan.' };
  if (isThere(node, evidence)) return { why: '' };
  const edit = editOf(text, node, evidenceText(evidence));
  if (typeof edit === 'string') return { why: edit };
  const changed =
    text.slice(0, edit.at) + edit.insert + text.slice(edit.at, edit.end) + edit.after + text.slice(edit.end);
  return saysTheSame(text, changed, file, service)
    ? { text: changed }
    : { why: 'The text around it is written in a way that is not changed here.' };
}

/** The same was found on the same day before. */
function isThere(node: Node, { source, date, note }: Evidence): boolean {
  const evidence = entryOf(node, 'evidence');
  const all = evidence?.kind === 'list' ? evidence.items : evidence === undefined ? [] : [evidence];
  const text = (one: Node, key: string): string | undefined => {
    const value = entryOf(one, key);
    return value?.kind === 'scalar' ? value.text : undefined;
  };
  return all.some(
    (one) => text(one, 'source') === source && text(one, 'date') === date && text(one, 'note') === note,
  );
}

interface Edit {
  readonly at: number;
  readonly insert: string;
  /** Where something follows what is put in before; the same place where nothing does. */
  readonly end: number;
  readonly after: string;
}

/** Where the evidence goes, or why nowhere. */
function editOf(text: string, service: Node, piece: string): Edit | string {
  if (service.kind !== 'map') return 'The service is not written as a mapping.';
  const evidence = entryOf(service, 'evidence');
  if (evidence === undefined) {
    if (text[service.at] === '{') {
      const comma = service.entries.length === 0 ? '' : ', ';
      return put(service.at + 1, `evidence: ${piece}${comma}`);
    }
    const [first] = service.entries;
    const indent = first === undefined ? undefined : indentOf(text, first.at);
    if (first === undefined || indent === undefined) return 'The service begins on the line of its name.';
    return put(first.at, `evidence: ${piece}${lineEnd(text)}${indent}`);
  }
  if (evidence.kind === 'list') {
    if (text[evidence.at] === '[')
      return put(evidence.at + 1, `${piece}${evidence.items.length === 0 ? '' : ', '}`);
    const [item] = evidence.items;
    const dash = item === undefined ? undefined : dashOf(text, item.at);
    if (item === undefined || dash === undefined)
      return 'The list of evidence is written in a way that is not changed here.';
    return put(dash.at, `- ${piece}${lineEnd(text)}${dash.indent}`);
  }
  if (evidence.kind === 'map' && text[evidence.at] === '{') {
    const end = closing(text, evidence.at);
    if (end !== undefined) return { at: evidence.at, insert: `[${piece}, `, end, after: ']' };
  }
  return 'Its one piece of evidence is written in lines of its own: make it a list first.';
}

const put = (at: number, insert: string): Edit => ({ at, insert, end: at, after: '' });

function lineEnd(text: string): string {
  return text.includes('\r\n') ? '\r\n' : '\n';
}

/** What stands before an offset on its line, where that is blanks alone. */
function indentOf(text: string, at: number): string | undefined {
  const before = text.slice(text.lastIndexOf('\n', at - 1) + 1, at);
  return /^ *$/.test(before) ? before : undefined;
}

/** The dash of a list's first item, where it begins its line and the item stands beside it. */
function dashOf(text: string, item: number): { readonly at: number; readonly indent: string } | undefined {
  const start = text.lastIndexOf('\n', item - 1) + 1;
  const found = /^( *)- +$/.exec(text.slice(start, item));
  return found === null ? undefined : { at: start + (found[1]?.length ?? 0), indent: found[1] ?? '' };
}

/** The end of a flow mapping: after its brace. Undefined where quotes or comments make that unsure. */
function closing(text: string, at: number): number | undefined {
  let depth = 0;
  let quote = '';
  for (let i = at; i < text.length; i++) {
    const sign = text[i] ?? '';
    if (quote !== '') {
      if (sign === '\\' && quote === '"') i++;
      else if (sign === quote) quote = '';
    } else if ((sign === '"' || sign === "'") && /[\s:,{[]/.test(text[i - 1] ?? '')) quote = sign;
    else if (sign === '#' && /\s/.test(text[i - 1] ?? '')) return undefined;
    else if (sign === '{' || sign === '[') depth++;
    else if ((sign === '}' || sign === ']') && --depth === 0) return i + 1;
  }
  return undefined;
}

/** Whether a plan says what it said, but for the evidence of one service. */
function saysTheSame(before: string, after: string, file: string, service: string): boolean {
  const [old, changed] = [parsePlan(before, file).plan, parsePlan(after, file).plan];
  if (old === undefined || changed === undefined) return false;
  const grown = changed.services?.find(({ name }) => name === service)?.value.evidence?.length ?? 0;
  const had = old.services?.find(({ name }) => name === service)?.value.evidence?.length ?? 0;
  return grown === had + 1 && meaning(old, service) === meaning(changed, service);
}

/** What a plan says, wherever and in whatever order it stands. */
function meaning({ services = [], source: _, ...rest }: Plan, service: string): string {
  const kept = services.map((one) =>
    one.name === service ? { ...one, value: { ...one.value, evidence: [] } } : one,
  );
  return JSON.stringify({ ...rest, services: kept }, (key, value: unknown) => {
    if (key === 'offset') return undefined;
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
    return Object.fromEntries(Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1)));
  });
}
