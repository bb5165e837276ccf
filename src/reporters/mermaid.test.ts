import { describe, expect, test } from 'vitest';
import { hostileMap, HOSTILE_NAMES } from '../../test/oracle/hostile-map.ts';
import { SHIPPED, shippedModel } from '../../test/oracle/models.ts';
import { mapOf, type PlatformMap } from '../map/index.ts';
import { printable } from '../problems.ts';
import { mapMermaid } from './mermaid.ts';

/** A label: letters, digits and a few signs, entities by number, and the break between lines. */
const LABEL = String.raw`"(?:[\p{L}\p{N} ._/@-]|#\d+;|<br/>)*"`;

/** Everything that a line may be. What a name holds cannot make it another. */
const LINES: Readonly<Record<string, RegExp>> = {
  node: new RegExp(`^ +(n\\d+)(?:\\[(${LABEL})\\]|\\(\\[(${LABEL})\\]\\))$`, 'u'),
  open: new RegExp(`^ +subgraph (n\\d+)\\[(${LABEL})\\]$`, 'u'),
  close: /^ +end$/,
  edge: /^ {2}(n\d+) (-->|--o|-\.->)(?:\|"(\d+|steers|grows|to change)"\|)? (n\d+)$/,
  link: /^ {2}linkStyle (\d+(?:,\d+)*) stroke-dasharray:\d \d$/,
  classDef: /^ {2}classDef (single|failed|fallback) [a-z0-9#,: -]+$/,
  class: /^ {2}class (n\d+(?:,n\d+)*) (single|failed|fallback)$/,
};

interface Chart {
  readonly title: string | undefined;
  /** By id, lines of the label. */
  readonly labels: Map<string, readonly string[]>;
  /** By id, the subgraph around it. */
  readonly parents: Map<string, string | undefined>;
  readonly edges: string[];
  readonly dotted: string[];
  readonly dashed: string[];
  readonly classes: Map<string, readonly string[]>;
}

function parse(text: string): Chart {
  const lines = text.split('\n');
  const title = lines[0] === '---' ? (JSON.parse(plain(lines[1] ?? '')) as string) : undefined; // one line, checked by JSON
  if (title !== undefined) expect(lines.splice(0, 3)[2]).toBe('---');
  expect(lines.shift()).toBe('flowchart LR');
  const chart: Chart = {
    title,
    labels: new Map(),
    parents: new Map(),
    edges: [],
    dotted: [],
    dashed: [],
    classes: new Map(),
  };
  const open: string[] = [];
  for (const line of lines) {
    const [kind, found] = kindOf(line);
    const [, first = '', second, third, last = ''] = found;
    if (kind === 'node' || kind === 'open') {
      chart.labels.set(first, decoded(second ?? third ?? ''));
      chart.parents.set(first, open.at(-1));
    }
    if (kind === 'open') open.push(first);
    if (kind === 'close') expect(open.pop()).toBeDefined();
    if (kind === 'edge')
      chart.edges.push([first, second, third, last].filter((part) => part !== undefined).join(' '));
    if (kind === 'link')
      (line.endsWith('8 4') ? chart.dashed : chart.dotted).push(
        ...first.split(',').map((edge) => chart.edges[Number(edge)] ?? 'none'),
      );
    if (kind === 'class') chart.classes.set(second ?? '', first.split(','));
  }
  expect(open).toEqual([]);
  return chart;
}

function kindOf(line: string): [string, RegExpExecArray] {
  for (const [kind, pattern] of Object.entries(LINES)) {
    const found = pattern.exec(line);
    if (found !== null) return [kind, found];
  }
  throw new Error(`No line of a flowchart: ${line}`);
}

function decoded(label: string): string[] {
  return label
    .slice(1, -1)
    .split('<br/>')
    .map((part) =>
      part
        .replace(/#(\d+);/g, (_, code: string) => String.fromCodePoint(Number(code)))
        .replaceAll('\u200b', ''),
    );
}

/** YAML's \U00000000 as characters that JSON reads. */
function plain(line: string): string {
  expect(line).toMatch(/^title: "(?:[\p{L}\p{N} ._-]|\\U[0-9a-f]{8})*"$/u);
  return line
    .slice('title: '.length)
    .replace(/\\U([0-9a-f]{8})/g, (_, code: string) =>
      JSON.stringify(String.fromCodePoint(Number.parseInt(code, 16))).slice(1, -1),
    );
}

const SMALL: PlatformMap = {
  boxes: [
    { kind: 'journey', id: 'journey:j', label: 'j', parent: -1, index: 0, fails: null },
    { kind: 'service', id: 's', label: 's', parent: -1, index: 0, fails: 's' },
    { kind: 'provider', id: 'p', label: 'p', parent: -1, index: -1, fails: 'p' },
    { kind: 'capability', id: 'p/a', label: 'a', parent: 2, index: 0, fails: 'p/a' },
    { kind: 'capability', id: 'p/b', label: 'b', parent: 2, index: 1, fails: 'p/b' },
  ],
  edges: [
    { from: 0, to: 1, kind: 'needs', position: 0 },
    { from: 1, to: 3, kind: 'alternative', position: 1 },
    { from: 1, to: 4, kind: 'alternative', position: 2 },
    { from: 1, to: 2, kind: 'steers', position: 0 },
    { from: 3, to: 4, kind: 'inner', position: 0 },
    { from: 3, to: 2, kind: 'inner', position: 0 },
  ],
};

describe('a map as a flowchart of Mermaid', () => {
  test('nests what lies in something, and leaves out edges that only say so', () => {
    expect(mapMermaid(SMALL)).toBe(`flowchart LR
  n0(["j"])
  n1["s"]
  subgraph n2["p"]
    n3["a"]
    n4["b"]
  end
  n0 --> n1
  n1 -->|"1"| n3
  n1 -->|"2"| n4
  n1 -.->|"steers"| n2
  n3 -.-> n4
  linkStyle 3 stroke-dasharray:8 4
  linkStyle 4 stroke-dasharray:1 4`);
  });

  test('marks single points by a class and in words, those of a service’s switch and standbys too', () => {
    const { classes, labels } = parse(mapMermaid(SMALL, { singlePoints: new Set(['s:switch', 'p/b']) }));
    expect(classes.get('single')).toEqual(['n1', 'n4']);
    expect(labels.get('n4')).toEqual(['b', 'single point']);
    expect(labels.get('n3')).toEqual(['a']);
  });

  test('says what has failed and what is used instead', () => {
    const { classes, labels } = parse(
      mapMermaid(SMALL, {
        standing: [
          { kind: 'fallback', note: 'read-only' },
          { kind: 'fallback' },
          { kind: 'works' },
          { kind: 'failed' },
          { kind: 'works' },
        ],
      }),
    );
    expect(classes.get('failed')).toEqual(['n3']);
    expect(classes.get('fallback')).toEqual(['n0', 'n1']);
    expect([labels.get('n0'), labels.get('n1'), labels.get('n3')]).toEqual([
      ['j', 'read-only'],
      ['s', 'falls back'],
      ['a', 'failed'],
    ]);
  });

  test('of hostile names is a flowchart with those names', () => {
    const map = hostileMap();
    const notes = HOSTILE_NAMES.map((note) => ({ kind: 'fallback', note }) as const);
    for (const title of HOSTILE_NAMES) {
      const chart = parse(mapMermaid(map, { title, standing: [{ kind: 'works' }, ...notes] }));
      expect(chart.title).toBe(printable(title));
      for (const [b, { label, parent }] of map.boxes.entries()) {
        expect(chart.labels.get(`n${b}`)?.[0]).toBe(printable(label));
        expect(chart.parents.get(`n${b}`)).toBe(parent < 0 ? undefined : `n${parent}`);
      }
      expect(chart.edges).toHaveLength(map.edges.length);
    }
  });

  test.each(SHIPPED)('of %s has every box and every edge that nesting does not say', (file) => {
    const map = mapOf(shippedModel(file));
    const chart = parse(mapMermaid(map));
    expect([...chart.labels.keys()].length).toBe(map.boxes.length);
    expect(chart.edges.length).toBeLessThanOrEqual(map.edges.length);
    const kinds = new Set(map.edges.map(({ kind }) => kind));
    expect(chart.dashed.length > 0).toBe(kinds.has('steers') || kinds.has('grows'));
    expect(chart.dotted.length > 0).toBe(kinds.has('inner') || kinds.has('inner-change'));
  });
});
