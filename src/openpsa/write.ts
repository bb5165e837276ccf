import { FALSE, GATE, reachable, TRUE, type FormulaId, type FormulaStore } from '../diagram/index.ts';
import { printable } from '../problems.ts';
import type { BasicEvent, Root } from './fault-tree.ts';
import { Names } from './names.ts';

/** What is written: a `FaultTree`, which may say more of itself. Texts can hold anything; names are made legal and unique. */
export interface WrittenModel {
  /** A legal name is made of it for the model and its one fault tree. */
  readonly name: string;
  readonly label?: string | null;
  readonly attributes?: Attributes;
  readonly store: FormulaStore;
  /** What is asked, each a top gate of its own. */
  readonly roots: readonly WrittenRoot[];
  /** By variable number. Those that no root reaches are left out: engines warn of them. */
  readonly events: readonly WrittenEvent[];
}

export interface WrittenRoot extends Root {
  readonly label?: string | null;
}

export interface WrittenEvent extends BasicEvent {
  readonly attributes?: Attributes;
}

/** Values by name. Names are identifiers of the format (letters, digits, single hyphens) and are written as they are. */
export type Attributes = Readonly<Record<string, string>>;

/**
 * Formulas as a fault-tree model of the Open-PSA Model Exchange Format 2.0d
 * (https://open-psa.github.io/mef/), in the part of it that every engine reads: and, or, not, constants, and basic events
 * with a probability. The same values give the same bytes.
 *
 * Each root is a gate that no other uses, so that engines, which ask about those, answer each. Every formula below is one
 * gate however often it is used.
 *
 * @returns XML in UTF-8 without a last line end
 * @throws RangeError when a root reaches a variable that is no event, or an event's probability is not within 0 and 1
 */
export function writeModel(model: WrittenModel): string {
  const { store, roots, events } = model;
  const used = reachable(
    store,
    roots.map(({ formula }) => formula),
  );
  const names = new Names();
  const modelName = new Names().take(model.name);
  const rootNames = roots.map(({ name }) => names.take(name));
  const basicEvents: string[] = [];
  const references = new Map<FormulaId, string>([
    [FALSE, '<constant value="false"/>'],
    [TRUE, '<constant value="true"/>'],
  ]);
  for (const id of used) {
    if (store.kind(id) !== GATE.VARIABLE) continue;
    const event = eventOf(store, id, events);
    const name = names.take(event.name);
    references.set(id, `<basic-event name="${name}"/>`);
    basicEvents.push(...basicEvent(name, event));
  }
  // From the roots down: a gate stands before those it uses, as one reads a tree.
  const gates = used.filter((id) => isGate(store, id)).reverse();
  const gateNames = gates.map((_, i) => names.take(`gate-${i + 1}`));
  for (const [i, id] of gates.entries()) references.set(id, `<gate name="${gateNames[i]}"/>`);
  const referenceTo = (id: FormulaId): string => references.get(id) as string; // `used` holds all that is below

  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<opsa-mef name="${modelName}">`,
    ...about(2, model.label, model.attributes),
    `  <define-fault-tree name="${modelName}">`,
    ...roots.flatMap(({ label, formula }, i) => [
      `    <define-gate name="${rootNames[i]}">`,
      ...about(6, label, undefined),
      `      ${referenceTo(formula)}`,
      '    </define-gate>',
    ]),
    ...gates.flatMap((id, i) => [
      `    <define-gate name="${gateNames[i]}">`,
      `      <${operator(store, id)}>`,
      ...store.args(id).map((arg) => `        ${referenceTo(arg)}`),
      `      </${operator(store, id)}>`,
      '    </define-gate>',
    ]),
    '  </define-fault-tree>',
    '  <model-data>',
    ...basicEvents,
    '  </model-data>',
    '</opsa-mef>',
  ].join('\n');
}

function eventOf(store: FormulaStore, variable: FormulaId, events: readonly WrittenEvent[]): WrittenEvent {
  const number = store.args(variable)[0] ?? -1;
  const event = events[number];
  if (event === undefined) throw new RangeError(`There is no event ${number}.`);
  const { name, probability } = event;
  if (probability !== null && !(probability >= 0 && probability <= 1))
    throw new RangeError(`Expected a probability within 0 and 1 for ${name}, found ${probability}.`);
  return event;
}

function basicEvent(name: string, { label, attributes, probability }: WrittenEvent): string[] {
  return [
    `    <define-basic-event name="${name}">`,
    ...about(6, label, attributes),
    // The shortest text that reads back as the same double.
    ...(probability === null ? [] : [`      <float value="${String(probability)}"/>`]),
    '    </define-basic-event>',
  ];
}

function isGate(store: FormulaStore, id: FormulaId): boolean {
  const kind = store.kind(id);
  return kind !== GATE.CONSTANT && kind !== GATE.VARIABLE;
}

function operator(store: FormulaStore, id: FormulaId): 'and' | 'or' | 'not' {
  const kind = store.kind(id);
  return kind === GATE.AND ? 'and' : kind === GATE.OR ? 'or' : 'not';
}

/** Label and attributes, in the order of the schema. What says nothing is left out: the schema wants a text that is not blank. */
function about(
  indent: number,
  label: string | null | undefined,
  attributes: Attributes | undefined,
): readonly string[] {
  const space = ' '.repeat(indent);
  const written = xmlText(label ?? '');
  const values = Object.entries(attributes ?? {})
    .map(([name, value]) => [name, xmlText(value)] as const)
    .filter(([, value]) => value !== '');
  return [
    ...(written === '' ? [] : [`${space}<label>${written}</label>`]),
    ...(values.length === 0
      ? []
      : [
          `${space}<attributes>`,
          ...values.map(([name, value]) => `${space}  <attribute name="${name}" value="${value}"/>`),
          `${space}</attributes>`,
        ]),
  ];
}

/**
 * A text that may stand between tags and within quotes. What XML cannot carry (controls, lone surrogates, U+FFFE and
 * U+FFFF) or what cannot be seen stands as \u{…}.
 */
function xmlText(text: string): string {
  return printable(text)
    .replace(/[\uFFFE\uFFFF]/g, (found) => `\\u{${found.charCodeAt(0).toString(16)}}`)
    .replace(/[&<>"']/g, (found) => ENTITIES[found] ?? found)
    .trim();
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
};
