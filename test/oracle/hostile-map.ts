/** A map whose names mean something to whatever reads what is made of it: Mermaid, DOT, HTML, Markdown, YAML, terminals. */
import type { Box, EdgeKind, PlatformMap } from '../../src/map/index.ts';

export const HOSTILE_NAMES: readonly string[] = [
  'a"b',
  "it's",
  '[x](y)',
  '"];\n  evil [label="',
  '"]\nend\n  x["',
  '</script><script>alert(1)</script>',
  '<img src=x onerror=alert(1)>',
  '<<b>html</b>>',
  'line\nbreak\r\n',
  'back\\slash \\N \\l \\',
  'bidi\u202eevil\u2066',
  'end',
  'End of days',
  'subgraph',
  '%%{init: {"theme": "dark"}}%%',
  '%% comment',
  '/* comment */ // # comment',
  'a --> b; c -> d',
  'style:#37;x',
  '`code` **bold**',
  '#quot;&quot;&lt;b&gt;&amp;',
  '{x} ((y)) |z| :::single',
  'fa:fa-ban',
  '@{ shape: cyl }',
  '日本語 😀',
  'x'.repeat(5000),
];

const KINDS: readonly EdgeKind[] = [
  'needs',
  'alternative',
  'member',
  'steers',
  'grows',
  'inner',
  'inner-change',
];

/** One service a name, and the names again as provider, region and capability in each other. */
export function hostileMap(): PlatformMap {
  const boxes: Box[] = [
    { kind: 'journey', id: 'journey:j', label: 'j', parent: -1, index: 0, fails: null },
    ...HOSTILE_NAMES.map(
      (label, index): Box => ({ kind: 'service', id: label, label, parent: -1, index, fails: label }),
    ),
  ];
  for (const [i, label] of HOSTILE_NAMES.entries()) {
    const first = boxes.length;
    boxes.push(
      { kind: 'provider', id: `p${i}`, label, parent: -1, index: -1, fails: `p${i}` },
      { kind: 'region', id: `p${i}@r`, label, parent: first, index: -1, fails: `p${i}@r` },
      { kind: 'capability', id: `p${i}/c@r`, label, parent: first + 1, index: i, fails: `p${i}/c` },
    );
  }
  const edges = boxes.slice(1).map((_, i) => {
    const kind = KINDS[i % KINDS.length] ?? 'needs';
    return { from: 0, to: i + 1, kind, position: kind === 'alternative' ? 2 : 0 };
  });
  return { boxes, edges };
}
