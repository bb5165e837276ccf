/** YAML text → values with positions, and every problem at once. No words of the domain. */
export {
  findLines,
  parseDocument,
  placeOf,
  type Node,
  type ParsedDocument,
  type Place,
  type Source,
} from './source.ts';
export * from './reader.ts';
export * from './scalars.ts';
export * from './shape.ts';
export { entryOf, withoutOffsets } from './stored.ts';
export { nearest } from './nearest.ts';
