import { parseDocument, type Node } from '../../document/index.ts';
import { problem, type Problem } from '../../problems.ts';
import { countTypes, NO_COUNTS, type Imported, type ImportOptions } from './import.ts';
import { field, fieldsOf, listOf, parseJson, recordOf, textOf } from './json.ts';
import { Parts, type Part } from './parts.ts';
import { oneOf } from './requirements.ts';
import { saidByArn } from './said-by-arn.ts';

/** Of a file of YAML. @unit bytes */
const MAX_YAML_BYTES = 4_000_000;
/** Most documents of a file, and most problems that are said. */
const MAX_DOCUMENTS = 20_000;
const MAX_PROBLEMS = 70;
/** Most targets of one relation that are read. */
const MAX_TARGETS = 2000;
/** Deepest row of systems and domains within each other. */
const MAX_DEPTH = 300;

const ENTRIES = 'entities of a catalogue (Component, Resource, API, System)';

interface Entity {
  /** `component:default/orders`, lower case. */
  readonly key: string;
  readonly kind: string;
  readonly name: string;
  readonly namespace: string;
  readonly value: unknown;
}

/**
 * Reads a catalogue of Backstage: `catalog-info.yaml` with any number of documents, or the list of entities that the catalogue's API gives,
 * as JSON. Components and resources become services; APIs stand for who provides them, systems for what they are made of.
 */
export function readBackstage(text: string, file: string, options: ImportOptions): Imported {
  const read = /^\s*[[{]/.test(text) ? readJson(text, file, options) : readYaml(text, file, options);
  if (read.problems.some(({ severity }) => severity === 'error'))
    return { draft: undefined, problems: read.problems, counts: NO_COUNTS };
  const entities = new Map<string, Entity>();
  const others: string[] = [];
  for (const value of read.values) {
    const entity = entityOf(value);
    if (entity === undefined) others.push('documents that are no entities');
    else entities.set(entity.key, entity);
  }
  const catalogue = new Catalogue(
    entities,
    new Parts({ file, basis: 'Backstage catalogue', confidence: 'medium', entries: 'entities' }, options),
  );
  return catalogue.read(others);
}

interface Values {
  readonly values: readonly unknown[];
  readonly problems: readonly Problem[];
}

function readJson(text: string, file: string, options: ImportOptions): Values {
  const parsed = parseJson(text, file, options.maxBytes);
  if (parsed.problem !== undefined) return { values: [], problems: [parsed.problem] };
  const { value } = parsed;
  // The list of entities, one of them, or an answer that wraps the list.
  if (Array.isArray(value)) return { values: value as unknown[], problems: [] };
  const items = listOf(field(value, 'items'));
  return { values: items.length > 0 ? items : [value], problems: [] };
}

function readYaml(text: string, file: string, { maxBytes = MAX_YAML_BYTES }: ImportOptions): Values {
  const start = { file, line: 1, column: 1 };
  if (text.length > maxBytes)
    return {
      values: [],
      problems: [problem('file-too-large', start, { bytes: text.length, limit: maxBytes })],
    };
  if (text.trim() === '')
    return { values: [], problems: [problem('empty-document', start, { expected: ENTRIES })] };
  const pieces = documentsIn(text);
  if (pieces.length > MAX_DOCUMENTS)
    return {
      values: [],
      problems: [problem('too-many', start, { what: 'documents', max: MAX_DOCUMENTS, found: pieces.length })],
    };
  const values: unknown[] = [];
  const problems: Problem[] = [];
  for (const { piece, line } of pieces) {
    const parsed = parseDocument(piece, file);
    for (const one of parsed.problems)
      if (problems.length < MAX_PROBLEMS && one.code !== 'empty-document')
        problems.push({ ...one, line: one.line + line });
    if (parsed.root !== undefined) values.push(plain(parsed.root, new Map()));
  }
  return { values, problems };
}

/** The documents of a text, each with the number of lines before it. A marker at the beginning of a line is one wherever it stands. */
function documentsIn(text: string): { piece: string; line: number }[] {
  const pieces: { piece: string; line: number }[] = [];
  let from = 0;
  let line = 0;
  const add = (until: number): void => {
    const piece = text.slice(from, until);
    if (/^[^\S\n]*[^#\s]/m.test(piece)) pieces.push({ piece, line });
    for (let at = piece.indexOf('\n'); at >= 0; at = piece.indexOf('\n', at + 1)) line++;
  };
  for (const match of text.matchAll(/^(?:---|\.\.\.)(?=\s|$)/gm)) {
    add(match.index);
    // What stands behind a marker, in its line, belongs to the document.
    from = match.index + 3;
    if (pieces.length > MAX_DOCUMENTS) break;
  }
  add(text.length);
  return pieces;
}

/** Nodes as plain values; what an alias stands for is made once. */
function plain(node: Node, made: Map<Node, unknown>): unknown {
  const known = made.get(node);
  if (known !== undefined) return known;
  const value =
    node.kind === 'scalar'
      ? node.text
      : node.kind === 'list'
        ? node.items.map((one) => plain(one, made))
        : Object.fromEntries(node.entries.map((one) => [one.key, plain(one.value, made)]));
  made.set(node, value);
  return value;
}

function entityOf(value: unknown): Entity | undefined {
  const kind = textOf(field(value, 'kind'));
  const metadata = field(value, 'metadata');
  const name = textOf(field(metadata, 'name'));
  if (kind === undefined || name === undefined || recordOf(value) === undefined) return undefined;
  const namespace = (textOf(field(metadata, 'namespace')) ?? 'default').toLowerCase();
  return {
    key: `${kind}:${namespace}/${name}`.toLowerCase(),
    kind: kind.toLowerCase(),
    name,
    namespace,
    value,
  };
}

/** Entities, and what they say of each other. */
class Catalogue {
  private readonly entities: ReadonlyMap<string, Entity>;
  private readonly parts: Parts;
  /** Who provides an API, and what a system or a component is made of. */
  private readonly providers = new Map<string, Set<string>>();
  private readonly members = new Map<string, Set<string>>();

  constructor(entities: ReadonlyMap<string, Entity>, parts: Parts) {
    this.entities = entities;
    this.parts = parts;
  }

  read(others: readonly string[]): Imported {
    for (const entity of this.entities.values()) this.relate(entity);
    const unknown: string[] = [...others];
    const aside: string[] = [];
    let understood = 0;
    for (const entity of this.entities.values()) {
      if (['component', 'resource'].includes(entity.kind)) this.addPart(entity);
      else if (['group', 'user', 'location', 'template'].includes(entity.kind)) aside.push(entity.kind);
      else if (!['api', 'system', 'domain'].includes(entity.kind))
        unknown.push(word(entity.kind) ?? 'another kind');
      if (['component', 'resource', 'api', 'system', 'domain'].includes(entity.kind)) understood++;
    }
    return this.parts.finish({ understood, aside: countTypes(aside), unknown: countTypes(unknown) });
  }

  private relate(entity: Entity): void {
    for (const api of this.targets(entity, 'providesApis', 'api', 'providesApi'))
      join(this.providers, api, entity.key);
    for (const owner of this.targets(entity, 'subcomponentOf', 'component'))
      join(this.members, owner, entity.key);
    for (const owner of this.targets(entity, 'system', 'system')) join(this.members, owner, entity.key);
    for (const owner of this.targets(entity, 'subdomainOf', 'domain')) join(this.members, owner, entity.key);
    if (entity.kind === 'system')
      for (const owner of this.targets(entity, 'domain', 'domain')) join(this.members, owner, entity.key);
  }

  private addPart(entity: Entity): void {
    const part = this.partOf(entity.key);
    const spec = field(entity.value, 'spec');
    const type = word(field(spec, 'type'));
    part.notes.push(`${entity.kind}${type === undefined ? '' : ` of type ${type}`}`);
    const [system] = this.targets(entity, 'system', 'system');
    if (system !== undefined) part.notes.push(`of the system ${system.split('/').at(-1)}`);
    const lifecycle = textOf(field(spec, 'lifecycle'));
    if (lifecycle !== undefined && lifecycle !== 'production')
      part.comments.push(
        `Its lifecycle is ${['experimental', 'deprecated'].includes(lifecycle) ? lifecycle : 'another one than production'}: does anything that users come for stand on it?`,
      );
    for (const target of this.targets(entity, 'dependsOn', '', 'dependsOn')) this.need(part, target);
    for (const api of this.targets(entity, 'consumesApis', 'api', 'consumesApi')) this.need(part, api);
    for (const caller of this.targets(entity, 'dependencyOf', '')) this.need(this.partOf(caller), entity.key);
    if (entity.kind === 'component')
      for (const member of this.members.get(entity.key) ?? []) this.need(part, member);
    this.takeHints(entity, part);
    if (part.needs.length === 0 && entity.kind === 'resource')
      part.comments.push('The catalogue does not say who runs it, or where.');
  }

  /** A need of a part: of an API whoever provides it, of a system all that it is made of. */
  private need(part: Part, key: string, depth = 0): void {
    const providers = this.providers.get(key);
    if (key.startsWith('api:') && providers !== undefined && providers.size > 0) {
      const names = [...providers].map((one) => this.partOf(one).name).filter((name) => name !== part.name);
      const need = oneOf(names);
      if (need !== undefined) part.needs.push(need);
      if (names.length > 1)
        part.comments.push(`Several provide ${key.split('/').at(-1)}: one of them is taken to be enough.`);
      return;
    }
    const needed = this.partOf(key, depth);
    if (needed.name !== part.name) part.needs.push(needed.name);
  }

  /** The part that an entity is. One that is not in the file is a part of its own, with nothing known of it. */
  private partOf(key: string, depth = 0): Part {
    const isNew = !this.parts.has(key);
    const [kind = '', rest = ''] = splitOnce(key, ':');
    const [namespace = '', name = ''] = splitOnce(rest, '/');
    const part = this.parts.of(key, namespace === 'default' ? name : `${namespace}-${name}`);
    if (!isNew) return part;
    if (!this.entities.has(key))
      part.comments.push(`${SAID[kind] ?? 'Something'} that this file names and does not hold.`);
    else if (kind === 'api') part.comments.push('An API that nobody in this file provides.');
    else if (kind === 'system' || kind === 'domain') {
      part.notes.push(kind);
      // Deeper ones are more than a plan may have in a row anyway.
      if (depth < MAX_DEPTH)
        for (const member of this.members.get(key) ?? []) this.need(part, member, depth + 1);
    }
    return part;
  }

  /** Targets of a relation, as the entity's own text says, and as the catalogue's API does. */
  private targets(entity: Entity, key: string, kind: string, relation?: string): string[] {
    const said = field(field(entity.value, 'spec'), key);
    const texts = (Array.isArray(said) ? (said as unknown[]) : [said]).slice(0, MAX_TARGETS);
    const found = new Set<string>();
    for (const one of texts) {
      const target = textOf(one);
      if (target !== undefined) found.add(this.keyOf(target, kind, entity.namespace));
    }
    if (relation !== undefined)
      for (const one of listOf(field(entity.value, 'relations')).slice(0, MAX_TARGETS)) {
        const target = textOf(field(one, 'targetRef'));
        if (field(one, 'type') === relation && target !== undefined)
          found.add(this.keyOf(target, kind, entity.namespace));
      }
    found.delete(entity.key);
    return [...found];
  }

  /** `[kind:][namespace/]name`, in full. Without a kind, that of an entity with this name. */
  private keyOf(reference: string, kind: string, namespace: string): string {
    const text = reference.trim().toLowerCase();
    const [before, after] = splitOnce(text, ':');
    const rest = after ?? before ?? '';
    const path = rest.includes('/') ? rest : `${namespace}/${rest}`;
    if (after !== undefined) return `${before}:${path}`;
    if (kind !== '') return `${kind}:${path}`;
    const known = ['component', 'resource', 'api', 'system'].find((one) =>
      this.entities.has(`${one}:${path}`),
    );
    return `${known ?? 'component'}:${path}`;
  }

  /** What annotations say of providers: an ARN says which capability and where; a name of a provider alone is only a remark. */
  private takeHints(entity: Entity, part: Part): void {
    for (const [key, value] of fieldsOf(field(field(entity.value, 'metadata'), 'annotations'))) {
      const text = textOf(value) ?? '';
      const said = saidByArn(text);
      if (said !== undefined) {
        part.needs.push(this.parts.references.at(said.capability, said.place));
        part.comments.push(`By its annotation ${key}.`);
      } else {
        const hint = HINTS.find(([pattern]) => pattern.test(key))?.[1];
        if (hint !== undefined)
          part.comments.push(`Its annotation ${key} hints at ${hint}. What of it does it need, and where?`);
      }
    }
  }
}

const HINTS: readonly (readonly [RegExp, string])[] = [
  [/(?:^|\.)(?:amazonaws|aws\.amazon)\.com\//, 'AWS'],
  [/^cloud\.google\.com\//, 'Google Cloud'],
  [/^(?:dev\.)?azure\.com\/(?!project)/, 'Azure'],
  [/^(?:www\.)?cloudflare\.com\//, 'Cloudflare'],
  [/^vercel\.com\//, 'Vercel'],
  [/^heroku\.com\//, 'Heroku'],
  [/^fastly\.com\//, 'Fastly'],
  [/^auth0\.com\//, 'Auth0'],
];

const SAID: Readonly<Record<string, string>> = {
  api: 'An API',
  component: 'A component',
  resource: 'A resource',
  system: 'A system',
};

/** A text that is one word, as kinds and types are; whatever else stands there is not repeated. */
function word(value: unknown): string | undefined {
  const text = textOf(value);
  return text !== undefined && /^[a-z][a-z0-9-]{0,40}$/.test(text) ? text : undefined;
}

function join(map: Map<string, Set<string>>, key: string, value: string): void {
  const known = map.get(key);
  if (known === undefined) map.set(key, new Set([value]));
  else known.add(value);
}

function splitOnce(text: string, at: string): [string, string | undefined] {
  const index = text.indexOf(at);
  return index < 0 ? [text, undefined] : [text.slice(0, index), text.slice(index + 1)];
}
