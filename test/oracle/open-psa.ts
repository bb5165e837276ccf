/**
 * A second, slow reading of the Open-PSA Model Exchange Format, of the part that `keelson export` writes: it shares nothing with
 * src/. It refuses whatever the format does not allow there, and answers by a plain decision diagram.
 */

export interface OpenPsaModel {
  readonly name: string;
  readonly label: string | undefined;
  readonly attributes: Readonly<Record<string, string>>;
  readonly gates: ReadonlyMap<string, OpenPsaGate>;
  readonly events: ReadonlyMap<string, OpenPsaEvent>;
  /** Gates that no gate uses, as written. */
  readonly tops: readonly string[];
}

export interface OpenPsaGate {
  readonly label: string | undefined;
  readonly formula: Element;
}

export interface OpenPsaEvent {
  readonly label: string | undefined;
  readonly attributes: Readonly<Record<string, string>>;
  readonly probability: number;
}

interface Element {
  readonly tag: string;
  readonly values: Readonly<Record<string, string>>;
  readonly below: Element[];
  text: string;
}

const IDENTIFIER = /^[A-Za-z_]\w*(?:-\w+)*$/;
// A tag, or text between tags. No control character but line ends, and no lone surrogate, can stand in either.
const TOKEN = /<(\/?)([a-z-]+)((?: [a-z-]+="[^"<]*")*)(\/?)>|([^<>\p{Cc}\p{Cs}\uFFFE\uFFFF]+|\n)/uy;

/** Throws where the text is not what the format allows. */
export function readOpenPsa(xml: string): OpenPsaModel {
  const root = readElements(xml);
  const [label, attributes, [tree, data, ...more]] = about(root.below);
  if (tree?.tag !== 'define-fault-tree' || data?.tag !== 'model-data' || more.length > 0)
    throw new Error('Expected one fault tree, then the data.');
  nameOf(tree);
  const gates = new Map<string, OpenPsaGate>();
  const events = new Map<string, OpenPsaEvent>();
  const seen = new Set<string>();
  const define = (element: Element, tag: string): string => {
    const name = nameOf(element);
    if (element.tag !== tag || seen.has(name.toLowerCase())) throw new Error(`${name} twice, or misplaced.`);
    seen.add(name.toLowerCase());
    return name;
  };
  for (const element of tree.below) {
    const name = define(element, 'define-gate');
    const [gateLabel, , [formula, ...rest]] = about(element.below);
    if (formula === undefined || rest.length > 0) throw new Error(`${name} is not one formula.`);
    gates.set(name, { label: gateLabel, formula });
  }
  for (const element of data.below) {
    const name = define(element, 'define-basic-event');
    const [eventLabel, eventAttributes, [float, ...rest]] = about(element.below);
    const probability = Number(float?.values.value);
    if (float?.tag !== 'float' || rest.length > 0 || !(probability >= 0 && probability <= 1))
      throw new Error(`${name} has no probability.`);
    events.set(name, { label: eventLabel, attributes: eventAttributes, probability });
  }
  const used = new Set<string>();
  for (const { formula } of gates.values())
    for (const { tag, values } of [formula, ...formula.below]) {
      if (tag !== 'gate' && tag !== 'basic-event') continue;
      const name = values.name ?? '';
      if (!(tag === 'gate' ? gates : events).has(name)) throw new Error(`There is no ${tag} ${name}.`);
      used.add(name);
    }
  for (const name of events.keys()) if (!used.has(name)) throw new Error(`Nothing uses ${name}.`);
  const tops = [...gates.keys()].filter((name) => !used.has(name));
  return { name: nameOf(root), label, attributes, gates, events, tops };
}

function readElements(xml: string): Element {
  const head = '<?xml version="1.0" encoding="UTF-8"?>\n';
  if (!xml.startsWith(head)) throw new Error('Expected an XML declaration.');
  const top: Element = { tag: '', values: {}, below: [], text: '' };
  const open = [top];
  let at = head.length;
  while (at < xml.length) {
    TOKEN.lastIndex = at;
    const found = TOKEN.exec(xml);
    if (found === null) throw new Error(`This is not XML: ${JSON.stringify(xml.slice(at, at + 40))}`);
    at = TOKEN.lastIndex;
    const [, closing, tag = '', rest = '', alone, text] = found;
    const inside = open.at(-1) as Element;
    if (text !== undefined) inside.text += plain(text);
    else if (closing === '/') {
      if (open.length < 2 || open.pop()?.tag !== tag) throw new Error(`</${tag}> closes nothing.`);
    } else {
      const values: Record<string, string> = {};
      for (const [, key = '', value = ''] of rest.matchAll(/([a-z-]+)="([^"]*)"/g))
        values[key] = plain(value);
      const element: Element = { tag, values, below: [], text: '' };
      inside.below.push(element);
      if (alone !== '/') open.push(element);
    }
  }
  const [root, ...more] = top.below;
  if (open.length > 1 || root?.tag !== 'opsa-mef' || more.length > 0) throw new Error('Expected one model.');
  return root;
}

function plain(text: string): string {
  const known: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };
  return text.replace(/&([^;]*);?/g, (_, name: string) => {
    const stands = known[name];
    if (stands === undefined) throw new Error(`There is no entity ${name}.`);
    return stands;
  });
}

function nameOf({ tag, values }: Element): string {
  const { name = '' } = values;
  if (!IDENTIFIER.test(name)) throw new Error(`${JSON.stringify(name)} is no name for ${tag}.`);
  return name;
}

/** Label, attributes and the rest: in this order, each at most once. */
function about(
  below: readonly Element[],
): [label: string | undefined, attributes: Readonly<Record<string, string>>, rest: readonly Element[]] {
  const rest = [...below];
  const label = rest[0]?.tag === 'label' ? rest.shift()?.text : undefined;
  if (label?.trim() === '') throw new Error('A label says nothing.');
  const attributes: Record<string, string> = {};
  if (rest[0]?.tag === 'attributes')
    for (const element of rest.shift()?.below ?? []) {
      const { value = '' } = element.values;
      if (value.trim() === '') throw new Error('An attribute says nothing.');
      attributes[nameOf(element)] = value;
    }
  return [label, attributes, rest];
}

/** The exact probability of every top gate: by a decision diagram over the events in the order in which they stand. */
export function topProbabilities(model: OpenPsaModel): Map<string, number> {
  const diagram = new NaiveDiagram([...model.events.values()].map(({ probability }) => probability));
  const levels = new Map([...model.events.keys()].map((name, level) => [name, level]));
  const known = new Map<string, number>();
  const gate = (name: string): number => {
    const before = known.get(name);
    if (before !== undefined) return before;
    const result = read((model.gates.get(name) as OpenPsaGate).formula);
    known.set(name, result);
    return result;
  };
  const read = ({ tag, values, below }: Element): number => {
    const parts = below.map(read);
    switch (tag) {
      case 'constant':
        return values.value === 'true' ? 1 : 0;
      case 'gate':
        return gate(values.name ?? '');
      case 'basic-event':
        return diagram.node(levels.get(values.name ?? '') as number, 0, 1);
      case 'and':
        return parts.reduce((a, b) => diagram.choose(a, b, 0), 1);
      case 'or':
        return parts.reduce((a, b) => diagram.choose(a, 1, b), 0);
      case 'not':
        if (parts.length === 1) return diagram.choose(parts[0] as number, 0, 1);
        throw new Error('not takes one formula.');
      default:
        throw new Error(`There is no formula ${tag}.`);
    }
  };
  return new Map(model.tops.map((name) => [name, diagram.probability(gate(name))]));
}

/** Node 0 is false, 1 is true. */
class NaiveDiagram {
  private readonly chances: readonly number[];
  private readonly nodes: (readonly [level: number, low: number, high: number])[] = [
    [Number.POSITIVE_INFINITY, 0, 0],
    [Number.POSITIVE_INFINITY, 1, 1],
  ];
  private readonly made = new Map<string, number>();
  private readonly chosen = new Map<string, number>();
  private readonly priced = new Map([
    [0, 0],
    [1, 1],
  ]);

  constructor(chances: readonly number[]) {
    this.chances = chances;
  }

  node(level: number, low: number, high: number): number {
    if (low === high) return low;
    const key = `${level} ${low} ${high}`;
    const known = this.made.get(key);
    if (known !== undefined) return known;
    const id = this.nodes.push([level, low, high]) - 1;
    this.made.set(key, id);
    return id;
  }

  /** `then` where `test` is true, else `other`. */
  choose(test: number, then: number, other: number): number {
    if (test <= 1) return test === 1 ? then : other;
    const key = `${test} ${then} ${other}`;
    const known = this.chosen.get(key);
    if (known !== undefined) return known;
    const level = Math.min(...[test, then, other].map((id) => this.at(id)[0]));
    const side = (id: number, branch: 1 | 2): number => (this.at(id)[0] === level ? this.at(id)[branch] : id);
    const low = this.choose(side(test, 1), side(then, 1), side(other, 1));
    const high = this.choose(side(test, 2), side(then, 2), side(other, 2));
    const result = this.node(level, low, high);
    this.chosen.set(key, result);
    return result;
  }

  probability(id: number): number {
    const known = this.priced.get(id);
    if (known !== undefined) return known;
    const [level, low, high] = this.at(id);
    const chance = this.chances[level] as number;
    const result = (1 - chance) * this.probability(low) + chance * this.probability(high);
    this.priced.set(id, result);
    return result;
  }

  private at(id: number): readonly [level: number, low: number, high: number] {
    return this.nodes[id] as readonly [number, number, number];
  }
}
