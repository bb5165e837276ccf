import type { EdgeKind, PlatformMap } from '../map/index.ts';
import { printable } from '../problems.ts';
import { markedBoxes, shownEdges, type MapTextOptions, type MarkedBox } from './map-marks.ts';

/** Arrows, and how their lines are dashed where the arrow does not say it. */
const ARROWS: Readonly<Record<EdgeKind, { readonly arrow: string; readonly dashes?: string }>> = {
  needs: { arrow: '-->' },
  alternative: { arrow: '-->' },
  member: { arrow: '--o' },
  steers: { arrow: '-.->|"steers"|', dashes: '8 4' },
  grows: { arrow: '-.->|"grows"|', dashes: '8 4' },
  inner: { arrow: '-.->', dashes: '1 4' },
  'inner-change': { arrow: '-.->|"to change"|', dashes: '1 4' },
};

const CLASSES = {
  single: 'stroke:#8a1c1c,stroke-width:4px,font-weight:bold',
  failed: 'fill:#f3c2c2,stroke:#8a1c1c,color:#3d0b0b',
  fallback: 'fill:#fbe6b3,stroke:#7a5200,stroke-dasharray:6 3,color:#3d2900',
} as const;

/** A map as a flowchart of Mermaid, which GitHub, GitLab and many wikis draw. Names are text in it, whatever they hold. */
export function mapMermaid(map: PlatformMap, options: MapTextOptions = {}): string {
  const boxes = markedBoxes(map, options);
  const edges = shownEdges(map);
  return [
    ...(options.title === undefined ? [] : ['---', `title: ${quotedTitle(options.title)}`, '---']),
    'flowchart LR',
    ...boxes.filter(({ box }) => box.parent < 0).flatMap((box) => boxLines(box, boxes, '  ')),
    ...edges.map(({ from, to, kind, position }) => {
      const number = kind === 'alternative' ? `|"${position}"|` : '';
      return `  n${from} ${ARROWS[kind].arrow}${number} n${to}`;
    }),
    ...dashedLines(edges.map(({ kind }) => ARROWS[kind].dashes)),
    ...classLines(boxes),
  ].join('\n');
}

function boxLines(
  { box, index, inside, lines }: MarkedBox,
  boxes: readonly MarkedBox[],
  indent: string,
): string[] {
  const label = `"${lines.map(entities).join('<br/>')}"`;
  if (inside.length === 0)
    return [`${indent}n${index}${box.kind === 'journey' ? `([${label}])` : `[${label}]`}`];
  return [
    `${indent}subgraph n${index}[${label}]`,
    ...inside.flatMap((inner) => {
      const held = boxes[inner];
      return held === undefined ? [] : boxLines(held, boxes, `${indent}  `);
    }),
    `${indent}end`,
  ];
}

function dashedLines(dashes: readonly (string | undefined)[]): string[] {
  return [...new Set(dashes)].flatMap((dash) => {
    const numbers = [...dashes.keys()].filter((i) => dashes[i] === dash);
    return dash === undefined ? [] : [`  linkStyle ${numbers.join(',')} stroke-dasharray:${dash}`];
  });
}

/** Only classes that some box has. */
function classLines(boxes: readonly MarkedBox[]): string[] {
  const members = {
    single: boxes.filter(({ isSinglePoint }) => isSinglePoint),
    failed: boxes.filter(({ kind }) => kind === 'failed'),
    fallback: boxes.filter(({ kind }) => kind === 'fallback'),
  };
  return (['failed', 'fallback', 'single'] as const).flatMap((name) => {
    const found = members[name].map(({ index }) => `n${index}`);
    if (found.length === 0) return [];
    return [`  classDef ${name} ${CLASSES[name]}`, `  class ${found.join(',')} ${name}`];
  });
}

/**
 * Whatever could mean something to Mermaid, Markdown or HTML as an entity of Mermaid's own, by code point. A name that is one of
 * its words (`end`) begins with one.
 */
function entities(text: string): string {
  // Icons are put in after entities are read: `fa:fa-…` is kept apart by what has no width.
  const shown = printable(text).replace(/:(?=fa-)/g, ':\u200b');
  const safe = shown.replace(/[^\p{L}\p{N} ._/@-]/gu, entity);
  return /^(?:end|graph|flowchart|subgraph|style|default|class|click|direction)\b/i.test(safe)
    ? safe.replace(/^./u, entity)
    : safe;
}

function entity(character: string): string {
  return `#${character.codePointAt(0)};`;
}

/** A string of YAML in which all but letters, digits and spaces are escaped: no directive or tag can be seen in it. */
function quotedTitle(text: string): string {
  const escaped = printable(text).replace(
    /[^\p{L}\p{N} ._-]/gu,
    (character) => `\\U${(character.codePointAt(0) ?? 0).toString(16).padStart(8, '0')}`,
  );
  return `"${escaped}"`;
}
