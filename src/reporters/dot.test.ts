import { spawnSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { hostileMap, HOSTILE_NAMES } from '../../test/oracle/hostile-map.ts';
import { SHIPPED, shippedModel } from '../../test/oracle/models.ts';
import { mapOf, type PlatformMap } from '../map/index.ts';
import { printable } from '../problems.ts';
import { mapDot } from './dot.ts';

interface Graph {
  readonly attributes: Map<string, string>;
  /** By id, of nodes and of clusters. */
  readonly labels: Map<string, readonly string[]>;
  readonly parents: Map<string, string>;
  readonly looks: Map<string, ReadonlyMap<string, string>>;
  readonly edges: {
    readonly from: string;
    readonly to: string;
    readonly attributes: ReadonlyMap<string, string>;
  }[];
}

/** The part of the DOT language that is written, read strictly (graphviz.org/doc/info/lang.html). */
class Parser {
  private readonly tokens: string[];
  private at = 0;
  readonly graph: Graph = {
    attributes: new Map(),
    labels: new Map(),
    parents: new Map(),
    looks: new Map(),
    edges: [],
  };

  constructor(text: string) {
    this.tokens = text.match(/"(?:[^"\\\n]|\\.)*"|->|[{}[\]=;,]|[A-Za-z_][A-Za-z0-9_]*|\d+|\S/g) ?? [];
  }

  parse(): Graph {
    this.expect('digraph', 'keelson', '{');
    this.statements('keelson');
    expect(this.at).toBe(this.tokens.length);
    return this.graph;
  }

  private next(): string {
    return this.tokens[this.at++] ?? 'nothing';
  }

  private expect(...tokens: readonly string[]): void {
    for (const token of tokens) expect(this.next()).toBe(token);
  }

  private statements(around: string): void {
    for (let token = this.next(); token !== '}'; token = this.next()) {
      if (token === 'subgraph') {
        const id = this.next();
        this.graph.parents.set(id, around);
        this.expect('{');
        this.graph.looks.set(id, new Map());
        this.statements(id);
        continue;
      }
      expect(token).toMatch(/^(?:n\d+|graph|node|edge|label|style|color|fillcolor|penwidth|fontname)$/);
      this.statement(token, around);
      this.expect(';');
    }
  }

  private statement(id: string, around: string): void {
    if (this.tokens[this.at] === '=') {
      this.at++;
      const value = this.value();
      if (id === 'label') this.graph.labels.set(around, lines(value));
      this.graph.looks.set(around, new Map([...(this.graph.looks.get(around) ?? []), [id, value]]));
      return;
    }
    const to = this.tokens[this.at] === '->' ? this.tokens[this.at + 1] : undefined;
    if (to !== undefined) this.at += 2;
    const attributes = this.tokens[this.at] === '[' ? this.list() : new Map<string, string>();
    if (to !== undefined) {
      expect(to).toMatch(/^n\d+$/);
      this.graph.edges.push({ from: id, to, attributes });
    } else if (id === 'graph') for (const [name, value] of attributes) this.graph.attributes.set(name, value);
    else if (id !== 'node' && id !== 'edge') {
      this.graph.parents.set(id, around);
      this.graph.labels.set(id, lines(attributes.get('label') ?? ''));
      this.graph.looks.set(id, attributes);
    }
  }

  private list(): Map<string, string> {
    const found = new Map<string, string>();
    this.expect('[');
    for (;;) {
      const name = this.next();
      this.expect('=');
      found.set(name, this.value());
      const token = this.next();
      if (token === ']') return found;
      expect(token).toBe(',');
    }
  }

  private value(): string {
    const token = this.next();
    expect(token).toMatch(/^(?:"|[A-Za-z0-9_]+$)/);
    return token.startsWith('"') ? token.slice(1, -1).replaceAll('\\"', '"') : token;
  }
}

/** The lines of a label as they are drawn: escapes, then entities. */
function lines(label: string): string[] {
  return label
    .replace(/\\(.)/g, (_, escaped: string) => {
      expect(['\\', 'n']).toContain(escaped);
      return escaped === 'n' ? '\n' : '\\';
    })
    .split('\n')
    .map((line) => line.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&'));
}

const parse = (text: string): Graph => new Parser(text).parse();

const SMALL: PlatformMap = {
  boxes: [
    { kind: 'journey', id: 'journey:j', label: 'j', parent: -1, index: 0, fails: null },
    { kind: 'service', id: 's', label: 's', parent: -1, index: 0, fails: 's' },
    { kind: 'provider', id: 'p', label: 'p', parent: -1, index: -1, fails: 'p' },
    { kind: 'region', id: 'p@r', label: 'r', parent: 2, index: -1, fails: 'p@r' },
    { kind: 'capability', id: 'p/a@r', label: 'a', parent: 3, index: 0, fails: 'p/a' },
  ],
  edges: [
    { from: 0, to: 1, kind: 'needs', position: 0 },
    { from: 1, to: 4, kind: 'alternative', position: 2 },
    { from: 1, to: 3, kind: 'steers', position: 0 },
    { from: 4, to: 3, kind: 'inner', position: 0 },
  ],
};

describe('a map in the DOT language', () => {
  test('nests clusters, and cuts edges to a place at its border', () => {
    expect(mapDot(SMALL, { title: 'Small' })).toBe(`digraph keelson {
  graph [rankdir=LR, compound=true, fontname="Helvetica", fontsize=12, label="Small", labelloc=t];
  node [shape=box, style=filled, fillcolor=white, fontname="Helvetica", fontsize=12];
  edge [fontname="Helvetica", fontsize=10];
  n0 [label="j", shape=oval];
  n1 [label="s"];
  subgraph cluster_2 {
    label="p";
    style="solid";
    subgraph cluster_3 {
      label="r";
      style="solid";
      n4 [label="a"];
    }
  }
  n0 -> n1;
  n1 -> n4 [label="2"];
  n1 -> n4 [style=dashed, label="steers", lhead=cluster_3];
}`);
  });

  test('marks single points, what has failed and what falls back, in words too', () => {
    const { labels, looks } = parse(
      mapDot(SMALL, {
        singlePoints: new Set(['p@r']),
        standing: [
          { kind: 'works' },
          { kind: 'fallback', note: 'on 2: q' },
          { kind: 'works' },
          { kind: 'failed' },
          { kind: 'failed' },
        ],
      }),
    );
    expect(labels.get('n1')).toEqual(['s', 'on 2: q']);
    expect(labels.get('cluster_3')).toEqual(['r', 'single point', 'failed']);
    expect(looks.get('cluster_3')?.get('penwidth')).toBe('4');
    expect(looks.get('n1')?.get('style')).toBe('filled,dashed');
    expect(looks.get('n4')?.get('fillcolor')).toBe('#f3c2c2');
  });

  test('of hostile names is a graph with those names', () => {
    const map = hostileMap();
    const notes = HOSTILE_NAMES.map((note) => ({ kind: 'fallback', note }) as const);
    for (const title of HOSTILE_NAMES) {
      const graph = parse(mapDot(map, { title, standing: [{ kind: 'works' }, ...notes] }));
      expect(lines(graph.attributes.get('label') ?? '')).toEqual([printable(title)]);
      for (const [b, { label, kind, parent }] of map.boxes.entries()) {
        const id = kind === 'provider' || kind === 'region' ? `cluster_${b}` : `n${b}`;
        expect(graph.labels.get(id)?.[0]).toBe(printable(label));
        expect(graph.parents.get(id)).toBe(parent < 0 ? 'keelson' : `cluster_${parent}`);
      }
      expect(graph.edges).toHaveLength(map.edges.length);
    }
  });

  test.each(SHIPPED)('of %s has every box and joins nodes that are there', (file) => {
    const map = mapOf(shippedModel(file));
    const { labels, edges, parents } = parse(mapDot(map));
    expect(labels.size).toBe(map.boxes.length);
    for (const { from, to, attributes } of edges) {
      expect(parents.has(from) && parents.has(to)).toBe(true);
      const head = attributes.get('lhead');
      if (head !== undefined) expect(parents.has(head)).toBe(true);
    }
  });

  const graphviz = spawnSync('dot', ['-V']).status === 0;
  test.runIf(graphviz)('is drawn by Graphviz', () => {
    for (const map of [hostileMap(), mapOf(shippedModel('examples/harbor/plan.yaml'))]) {
      const drawn = spawnSync('dot', ['-Tplain'], { input: mapDot(map), encoding: 'utf8' });
      expect(drawn.status).toBe(0);
      expect(drawn.stdout.split('\n').filter((line) => line.startsWith('edge '))).not.toHaveLength(0);
    }
  });
});
