import type { Node } from './source.ts';

/**
 * A document that was written from values which shapes once read, without where those stood then: so that shapes can read it
 * again, and judge it as they judge what people write.
 */
export function withoutOffsets(node: Node): Node {
  if (node.kind === 'scalar') return node;
  if (node.kind === 'list') return { ...node, items: node.items.map(withoutOffsets) };
  const kept = node.entries.filter(({ key }) => key !== 'offset');
  return { ...node, entries: kept.map((entry) => ({ ...entry, value: withoutOffsets(entry.value) })) };
}

/** The value of a key; undefined where there is none. */
export function entryOf(node: Node, key: string): Node | undefined {
  return node.kind === 'map' ? node.entries.find((entry) => entry.key === key)?.value : undefined;
}
