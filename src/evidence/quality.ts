import type { EvidenceRow } from './result.ts';

export interface QualityCounts {
  readonly total: number;
  readonly byBasis: Readonly<Record<EvidenceRow['basis'], number>>;
  /** none: nobody weighed any source of it, or there is none. */
  readonly byConfidence: Readonly<Record<'high' | 'medium' | 'low' | 'none', number>>;
}

export interface EvidenceQuality {
  readonly edges: QualityCounts;
  readonly rates: QualityCounts;
}

/** How much of a plan rests on what, counted and not scored. */
export function evidenceQuality(rows: readonly EvidenceRow[]): EvidenceQuality {
  return {
    edges: count(rows.filter(({ kind }) => kind === 'edge')),
    rates: count(rows.filter(({ kind }) => kind === 'rate')),
  };
}

function count(rows: readonly EvidenceRow[]): QualityCounts {
  const byBasis = { incidents: 0, drills: 0, statement: 0, study: 0, plan: 0, catalog: 0, assumed: 0 };
  const byConfidence = { high: 0, medium: 0, low: 0, none: 0 };
  for (const { basis, confidence } of rows) {
    byBasis[basis]++;
    byConfidence[confidence ?? 'none']++;
  }
  return { total: rows.length, byBasis, byConfidence };
}
