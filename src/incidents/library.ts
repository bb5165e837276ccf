import { entryOf, parseDocument, Reader, withoutOffsets, type Node } from '../document/index.ts';
import type { Problem } from '../problems.ts';
import { checkIncident, placesOf } from './check.ts';
import { incidentShape, type Incident } from './shape.ts';

/** Most incidents of one library. */
const MOST = 5000;

/** Reads a library of incidents as it is stored, in JSON. Each is judged as its own file would be. */
export function readLibrary(
  text: string,
  file: string,
): { readonly incidents: readonly Incident[]; readonly problems: readonly Problem[] } {
  const { root, source, broken, problems } = parseDocument(text, file);
  if (root === undefined) return { incidents: [], problems };
  const whole = new Reader(source, broken);
  if (root.kind !== 'list')
    whole.report('wrong-type', root.at, { expected: 'a list of incidents', found: 'something else' });
  const items = root.kind === 'list' ? root.items : [];
  if (items.length > MOST)
    whole.report('too-many', root.at, { what: 'the library', max: MOST, found: items.length });
  const found: Problem[] = [...problems, ...whole.problems];
  const incidents = items.slice(0, MOST).map((item) => {
    const node = asWritten(withoutOffsets(item));
    const reader = new Reader(source, broken);
    const incident = incidentShape.read(node, reader);
    checkIncident({ incident, reader, at: placesOf(node) });
    found.push(...reader.problems);
    return incident;
  });
  return { incidents, problems: found };
}

/** Times have names: stored as a list of such, written as a mapping. */
function asWritten(node: Node): Node {
  if (node.kind !== 'map') return node;
  return {
    ...node,
    entries: node.entries.map((entry) => {
      const { key, value } = entry;
      if (key !== 'window' || value.kind !== 'list') return entry;
      const entries = value.items.map((item) => {
        const name = entryOf(item, 'name');
        return {
          key: name?.kind === 'scalar' ? name.text : '',
          at: item.at,
          value: entryOf(item, 'value') ?? item,
        };
      });
      return { ...entry, value: { kind: 'map' as const, at: value.at, entries } };
    }),
  };
}
