import { useMemo, useState } from 'preact/hooks';
import type { EvidenceRow } from '../../src/evidence/index.ts';
import { printable } from '../../src/problems.ts';
import { assumedIn } from '../../src/reporters/evidence-rows.ts';
import type { Subject } from '../engine.ts';
import { local } from '../numbers.ts';
import { useAnswer, useReport } from '../report.tsx';
import { edgeSays } from './details.tsx';
import { Sources } from './sources.tsx';
import type { Shown } from './shown.ts';
import { Scroll } from './scroll.tsx';

/** Rows shown before more are asked for. */
const FIRST = 150;

const FILTERS = [
  { id: 'all', title: 'All' },
  { id: 'assumed', title: 'Assumed' },
  { id: 'unsourced', title: 'Without a source' },
  { id: 'rates', title: 'Rates' },
  { id: 'edges', title: 'Edges' },
] as const;
type Filter = (typeof FILTERS)[number]['id'];

function countsOf(rows: readonly EvidenceRow[], assumed: ReadonlySet<string>): string {
  const edges = rows.filter(({ kind }) => kind === 'edge');
  const marked = (some: readonly EvidenceRow[]): number =>
    some.filter((row) => assumed.has(keyOf(row))).length;
  const rates = rows.filter(({ kind }) => kind === 'rate');
  return (
    `${edges.length} edges and ${rates.length} rates; ${marked(edges)} and ${marked(rates)} of them are assumed, ` +
    'in whole or in part, and marked.'
  );
}

function keyOf({ kind, subject, needs }: Pick<EvidenceRow, 'kind' | 'subject' | 'needs'>): string {
  return JSON.stringify([kind, subject, needs]);
}

/** Every edge and every rate with who says so; what is assumed stands out. */
export function EvidenceView({ of, assessment }: Shown & { readonly of: Subject }) {
  const { isPrinting } = useReport();
  const [filter, setFilter] = useState<Filter>('all');
  const [count, setCount] = useState(FIRST);
  const asked = useAnswer<'evidence'>({ kind: 'evidence', of });
  const rows = asked.answer ?? [];
  const assumed = useMemo(() => new Set(assumedIn(assessment, rows).map(keyOf)), [assessment, rows]);
  const wanted = rows.filter((row) => {
    if (filter === 'assumed') return assumed.has(keyOf(row));
    if (filter === 'unsourced') return row.sources.every(({ source }) => source === null);
    if (filter === 'rates') return row.kind === 'rate';
    return filter === 'all' || row.kind === 'edge';
  });
  const shown = isPrinting ? wanted : wanted.slice(0, count);
  const warnings = assessment.findings.filter(({ severity }) => severity !== 'note');
  return (
    <>
      <p class="quiet" aria-busy={!asked.isFresh}>
        {asked.error ?? (asked.isFresh ? countsOf(rows, assumed) : 'Reading every edge and every rate…')}
      </p>
      <fieldset class="segments no-print">
        <legend class="hidden">Which</legend>
        {FILTERS.map(({ id, title }) => (
          <button key={id} type="button" aria-pressed={filter === id} onClick={() => setFilter(id)}>
            {title}
          </button>
        ))}
      </fieldset>
      <Scroll name="Evidence">
        <table class="evidence">
          <thead>
            <tr>
              <th scope="col">What is said</th>
              <th scope="col">Basis</th>
              <th scope="col">Who says so, when, how sure</th>
            </tr>
          </thead>
          <tbody>
            {shown.map((row, i) => (
              <tr key={i} class={assumed.has(keyOf(row)) ? 'assumed' : ''}>
                <th scope="row">{local(edgeSays(row))}</th>
                <td>
                  {row.basis}
                  {row.basis !== 'plan' && (
                    <>
                      <br />
                      <span class="quiet">{local(printable(row.detail))}</span>
                    </>
                  )}
                </td>
                <td>
                  <Sources row={row} all={isPrinting} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
      {wanted.length > shown.length && (
        <button type="button" class="no-print" onClick={() => setCount(count + 1000)}>
          Show {Math.min(1000, wanted.length - shown.length)} more of {wanted.length}
        </button>
      )}
      {warnings.length > 0 && (
        <>
          <h3>What the plan was warned about</h3>
          <ul>
            {warnings.map(({ code, message, line }, i) => (
              <li key={i}>
                <span class="quiet">
                  line {line}, {code}:
                </span>{' '}
                {local(printable(message))}
              </li>
            ))}
          </ul>
        </>
      )}
    </>
  );
}
