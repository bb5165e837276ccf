import { assess } from '../assess/index.ts';
import type { Catalog } from '../catalog/index.ts';
import { compare, type Assessed, type Comparison } from '../compare/index.ts';

export interface ComparedOptions {
  /** Whether every difference is solved for what it is worth alone. @default true */
  readonly worth?: boolean;
  readonly onProgress?: (share: number, what: string) => void;
}

/** Plans that have been assessed, side by side; each difference is solved as plans are. */
export function compared(
  plans: readonly Assessed[],
  catalog: Catalog,
  { worth = true, onProgress = () => {} }: ComparedOptions = {},
): Comparison {
  const solving = {
    catalog,
    assess: (model: Assessed['model']) => assess(model, { advice: false, draws: 0, top: 0 }),
  };
  return compare(plans.map(asItIs), { ...(worth ? { solving } : {}), onProgress });
}

/** A plan without what-ifs: those are no part of what plans are compared by. */
function asItIs(plan: Assessed): Assessed {
  const { model, assessment } = plan;
  return assessment.without.length === 0 ? plan : { ...plan, assessment: assess(model, { advice: false }) };
}
