import { detailOf, isReplacing, shareOf } from '../model/index.ts';
import type { Drilled } from '../plan/index.ts';
import type { DrilledResult } from './result.ts';

/** What is to be known of a figure of which nothing was measured in production. */
export const REHEARSED = 'evidence of how it is set up, not of how it does in production';

/** What drills measured of a plan, and what of it is used. */
export function drilledResult({ runs, leftOut, ofOtherPlans, figures }: Drilled): DrilledResult {
  return {
    runs,
    leftOut,
    ofOtherPlans,
    figures: figures.map((one) => {
      const { service, alternative, counts, stated } = one;
      const isReplaced = isReplacing(one);
      return {
        event: `${service}:${alternative === null ? 'switch' : `standby-${alternative}`}`,
        service,
        alternative,
        made: counts.reduce((sum, { made }) => sum + made, 0),
        tried: counts.reduce((sum, { tried }) => sum + tried, 0),
        stated,
        used: isReplaced ? shareOf(one) : stated,
        isReplaced,
        detail: detailOf(one),
      };
    }),
  };
}
