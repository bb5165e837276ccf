import { assess, type AssessOptions } from '../assess/index.ts';
import type { Catalog } from '../catalog/index.ts';
import { compare, type Assessed, type Comparison } from '../compare/index.ts';

/** More do not fit beside each other on anything. */
export const MOST_PLANS = 12;

export interface ComparedOptions {
  /** What decides the figures, as the plans were asked with. */
  readonly figures?: Pick<AssessOptions, 'draws' | 'budget'>;
  /** Whether every difference is solved for what it is worth alone. @default true */
  readonly worth?: boolean;
  readonly onProgress?: (share: number, what: string) => void;
}

/** Plans that have been assessed, side by side; each difference is solved as plans are. */
export function compared(
  plans: readonly Assessed[],
  catalog: Catalog,
  { figures = {}, worth = true, onProgress = () => {} }: ComparedOptions = {},
): Comparison {
  const solving = {
    catalog,
    assess: (model: Assessed['model']) => assess(model, { ...figures, advice: false, draws: 0, top: 0 }),
  };
  return compare(
    plans.map((plan) => asItIs(plan, figures)),
    { ...(worth ? { solving } : {}), onProgress },
  );
}

/** A plan without what-ifs: those are no part of what plans are compared by. */
function asItIs(plan: Assessed, figures: ComparedOptions['figures']): Assessed {
  const { model, assessment } = plan;
  return assessment.without.length === 0
    ? plan
    : { ...plan, assessment: assess(model, { ...figures, advice: false }) };
}
