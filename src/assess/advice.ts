import type { Catalog } from '../catalog/index.ts';
import type { Model } from '../model/index.ts';
import type { Advice, JourneyResult } from './result.ts';

export function adviceFor(
  _model: Model,
  _catalog: Catalog,
  _context: {
    readonly failed: ReadonlySet<number>;
    readonly journeys: readonly JourneyResult[];
    readonly onProgress: (share: number, what: string) => void;
  },
): Advice[] {
  return [];
}
