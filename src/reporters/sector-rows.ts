import type { Sector } from '../sector/result.ts';
import { csv } from './csv.ts';

/** One row a provider, those whose loss takes most down first. Shares are 0 to 1. */
export function sectorCsv({ providers }: Sector): string {
  return csv(
    [
      'provider',
      'title',
      'router',
      'uses',
      'uses-share',
      'critical',
      'critical-share',
      'critical-with-standing',
      'critical-with-standing-share',
      'amplification',
      'takes-along',
      'probability',
      'rate-a-year',
      'basis',
    ],
    providers.map((one) => [
      one.name,
      one.title,
      one.isRouter,
      one.uses.count,
      one.uses.share,
      one.direct.count,
      one.direct.share,
      one.indirect.count,
      one.indirect.share,
      one.amplification,
      one.takesAlong,
      one.probability,
      one.ratePerYear,
      one.basis,
    ]),
  );
}
