import { assess } from '../assess/index.ts';
import type { Catalog } from '../catalog/index.ts';
import { compare, type Assessed, type Comparison } from '../compare/index.ts';

export interface ComparedOptions {
  /** Whether every difference is solved for what it is worth alone. */
  readonly worth: boolean;
  readonly onProgress: (share: number, what: string) => void;
}

/** Plans that have been assessed, side by side; each difference is solved as plans are. */
export function compared(
  plans: readonly Assessed[],
  catalog: Catalog,
  { worth, onProgress }: ComparedOptions,
): Comparison {
  const solving = {
    catalog,
    assess: (model: Assessed['model']) => assess(model, { advice: false, draws: 0, top: 0 }),
  };
  return compare(plans, { ...(worth ? { solving } : {}), onProgress });
}
