import type { EdgeKind, PlatformMap } from '../map/index.ts';
import { printable } from '../problems.ts';
import { markedBoxes, shownEdges, type MapTextOptions, type MarkedBox } from './map-marks.ts';

const EDGES: Readonly<Record<EdgeKind, string>> = {
  needs: '',
  alternative: '',
  member: 'arrowhead=odot',
  steers: 'style=dashed, label="steers"',
  grows: 'style=dashed, label="grows"',
  inner: 'style=dotted',
  'inner-change': 'style=dotted, label="to change"',
};

/** A map in the DOT language of Graphviz. Names are text in it, whatever they hold. */
export function mapDot(map: PlatformMap, options: MapTextOptions = {}): string {
  const boxes = markedBoxes(map, options);
  return [
    'digraph keelson {',
    `  graph [rankdir=LR, compound=true, fontname="Helvetica", fontsize=12${
      options.title === undefined ? '' : `, label=${quoted([options.title])}, labelloc=t`
    }];`,
    '  node [shape=box, style=filled, fillcolor=white, fontname="Helvetica", fontsize=12];',
    '  edge [fontname="Helvetica", fontsize=10];',
    ...boxes.filter(({ box }) => box.parent < 0).flatMap((box) => boxLines(box, boxes, '  ')),
    ...shownEdges(map).map(({ from, to, kind, position }) => {
      const attributes = [
        ...(kind === 'alternative' ? [`label="${position}"`] : []),
        ...(EDGES[kind] === '' ? [] : [EDGES[kind]]),
        ...clusterEnd('ltail', from, boxes),
        ...clusterEnd('lhead', to, boxes),
      ];
      const list = attributes.length === 0 ? '' : ` [${attributes.join(', ')}]`;
      return `  n${leafOf(from, boxes)} -> n${leafOf(to, boxes)}${list};`;
    }),
    '}',
  ].join('\n');
}

function boxLines(marked: MarkedBox, boxes: readonly MarkedBox[], indent: string): string[] {
  const { box, index, inside, lines } = marked;
  const label = `label=${quoted(lines)}`;
  if (inside.length === 0) {
    const shape = box.kind === 'journey' ? ['shape=oval'] : [];
    return [`${indent}n${index} [${[label, ...shape, ...looks(marked)].join(', ')}];`];
  }
  return [
    `${indent}subgraph cluster_${index} {`,
    ...[label, ...looks(marked)].map((attribute) => `${indent}  ${attribute};`),
    ...inside.flatMap((inner) => {
      const held = boxes[inner];
      return held === undefined ? [] : boxLines(held, boxes, `${indent}  `);
    }),
    `${indent}}`,
  ];
}

function looks({ isSinglePoint, kind, inside }: MarkedBox): string[] {
  const fill = kind === 'failed' ? '#f3c2c2' : kind === 'fallback' ? '#fbe6b3' : undefined;
  const style = kind === 'fallback' ? 'filled,dashed' : 'filled';
  return [
    ...(fill === undefined ? [] : [`fillcolor="${fill}"`, `style="${style}"`]),
    // A cluster within one that is filled would be filled like it.
    ...(fill === undefined && inside.length > 0 ? ['style="solid"'] : []),
    ...(isSinglePoint ? ['color="#8a1c1c"', 'penwidth=4', 'fontname="Helvetica-Bold"'] : []),
  ];
}

/** Edges join nodes: that of a cluster is drawn from the first node in it, and cut at its border. */
function leafOf(box: number, boxes: readonly MarkedBox[]): number {
  let at = box;
  for (let inner = boxes[at]?.inside[0]; inner !== undefined; inner = boxes[at]?.inside[0]) at = inner;
  return at;
}

function clusterEnd(name: 'ltail' | 'lhead', box: number, boxes: readonly MarkedBox[]): string[] {
  return (boxes[box]?.inside.length ?? 0) > 0 ? [`${name}=cluster_${box}`] : [];
}

/** A string of DOT: no quotes, no escapes of labels (`\N`, `\l`), no entities of HTML but what is written here. */
function quoted(lines: readonly string[]): string {
  const escaped = lines.map((line) =>
    printable(line)
      .replaceAll('\\', '\\\\')
      .replaceAll('"', '\\"')
      .replaceAll('&', '&amp;')
      .replaceAll('<', '&lt;')
      .replaceAll('>', '&gt;'),
  );
  return `"${escaped.join('\\n')}"`;
}
