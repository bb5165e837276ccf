import type { Assessment } from '../assess/index.ts';
import type { EvidenceRow, Source } from '../evidence/index.ts';
import { csv } from './csv.ts';

/** The cut sets behind a figure: how many there are, and how many of them stand in the assessment. */
export interface CutSetCount {
  readonly journey: string;
  readonly condition: 'down' | 'degraded';
  readonly listed: number;
  /** Decimal, of any length. */
  readonly total: string;
  /** False: the budget was spent, and there may be more. */
  readonly complete: boolean;
}

export function cutSetCounts({ journeys }: Assessment): CutSetCount[] {
  return journeys.flatMap((journey) =>
    CONDITIONS.map((condition) => {
      const { top, total, complete } = journey[condition].cutSets;
      return { journey: journey.name, condition, listed: top.length, total, complete };
    }),
  );
}

const CONDITIONS = ['down', 'degraded'] as const;

/** One row a cut set, with how many there are in all: the likeliest of them may not be the whole. */
export function cutSetsCsv({ journeys }: Assessment): string {
  const columns = ['journey', 'condition', 'order', 'probability', 'events', 'rank', 'listed', 'total'];
  return csv(
    columns,
    journeys.flatMap((journey) =>
      CONDITIONS.flatMap((condition) => {
        const { top, total, complete } = journey[condition].cutSets;
        return top.map(({ events, probability }, i) => [
          journey.name,
          condition,
          events.length,
          probability,
          events.join('; '),
          i + 1,
          top.length,
          complete ? total : `at least ${total}`,
        ]);
      }),
    ),
  );
}

/** One row an edge or a rate, as in evidence.json, its sources in one field. */
export function evidenceCsv(rows: readonly EvidenceRow[]): string {
  const columns = ['kind', 'subject', 'needs', 'says', 'basis', 'detail', 'confidence', 'line', 'sources'];
  return csv(
    columns,
    rows.map(({ kind, subject, needs, says, basis, detail, confidence, line, sources }) => [
      kind,
      subject,
      needs,
      says,
      basis,
      detail,
      confidence,
      line,
      sources.map(inALine).join('; '),
    ]),
  );
}

function inALine({ source, date, confidence, basis, incident }: Source): string {
  const about = [date, confidence, basis, incident].filter((one) => one !== null);
  return `${source ?? 'no source'}${about.length === 0 ? '' : ` (${about.join(', ')})`}`;
}

/** What is assumed: figures, in whole or in part, and edges. One row each. */
export interface Assumed {
  readonly kind: EvidenceRow['kind'];
  readonly subject: string;
  readonly needs: string | null;
  readonly what: string;
  readonly line: number | null;
}

export function assumedIn({ assumptions }: Assessment, rows: readonly EvidenceRow[]): Assumed[] {
  const lines = new Map(
    rows.flatMap(({ kind, subject, line }) => (kind === 'rate' ? [[subject, line] as const] : [])),
  );
  const rates = assumptions.map(({ subject, what }): Assumed => {
    return { kind: 'rate', subject, needs: null, what, line: lines.get(subject) ?? null };
  });
  const edges = rows.flatMap(({ kind, basis, subject, needs, says, detail, line }): Assumed[] =>
    kind === 'edge' && basis === 'assumed'
      ? [{ kind, subject, needs, what: `${says}: ${detail}`, line }]
      : [],
  );
  return [...rates, ...edges];
}

export function assumptionsCsv(assumed: readonly Assumed[]): string {
  return csv(
    ['kind', 'subject', 'needs', 'assumed', 'line'],
    assumed.map(({ kind, subject, needs, what, line }) => [kind, subject, needs, what, line]),
  );
}
