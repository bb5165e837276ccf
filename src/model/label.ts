import type { Model, Node } from './model.ts';

/** What an alternative is called: its name where it is one, the first of several, else its position. */
export function labelOf(model: Model, node: Node, position: number): string {
  switch (node.kind) {
    case 'service':
      return model.services[node.service]?.name ?? String(position + 1);
    case 'reference':
      return model.references[node.reference]?.name ?? String(position + 1);
    case 'all': {
      const [first, ...rest] = node.parts;
      if (first === undefined) return String(position + 1);
      const label = labelOf(model, first, position);
      return rest.length === 0 ? label : `${label} + ${rest.length}`;
    }
    default:
      return String(position + 1);
  }
}
