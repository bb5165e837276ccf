import type { Coverage, Replay } from '../replay/index.ts';
import { printable } from '../problems.ts';
import { formatAmount, formatHours, formatMoney } from '../units.ts';
import type { ReplayTextOptions } from './replay.ts';
import { table, widthOf, wrap } from './table.ts';

const SAYS: Readonly<Record<Replay['outcome'], string>> = {
  uncovered: 'not covered',
  covered: 'covered',
  unharmed: 'unharmed',
  untouched: 'untouched',
  altered: 'altered',
  unknown: 'unknown',
  outside: 'outside',
};

const OUTCOMES = ['untouched', 'unharmed', 'altered', 'covered', 'uncovered', 'unknown', 'outside'] as const;
const ALWAYS_COUNTED: ReadonlySet<Replay['outcome']> = new Set<Replay['outcome']>([
  'untouched',
  'unharmed',
  'covered',
  'uncovered',
]);

/** Every incident through one plan or several: which would have hurt, how much, and which nothing covers. */
export function coverageText(rows: readonly Coverage[], options: ReplayTextOptions = {}): string {
  const { width = 120 } = options;
  const paint = (code: string, text: string): string =>
    options.colour === true ? `\u001b[${code}m${text}\u001b[0m` : text;
  const plans = rows[0]?.plans ?? [];
  const together = tableOf(rows);
  // Plans that do not fit side by side have a table each.
  const fits = plans.length === 1 || together.every((line) => widthOf(line) <= width);
  const listed = (title: string, ids: readonly string[]): string[] =>
    ids.length === 0
      ? []
      : wrap(`${title}: ${ids.join(', ')}`.split(' '), ' ', width, '    ').map((line, i) =>
          i === 0 ? `  ${line}` : `    ${line}`,
        );
  const lines = [
    ...wrap(
      `${rows.length} incidents through ${plans.map(({ plan }) => printable(plan)).join(', ')}`.split(' '),
      ' ',
      width,
      '',
    ).map((line) => paint('1', line)),
    ...(together.length === 0 || !fits ? [] : ['', ...together]),
  ];
  for (const [i, { plan, currency }] of plans.entries()) {
    const ids = (outcome: Replay['outcome']): string[] =>
      rows.filter((row) => row.plans[i]?.outcome === outcome).map(({ incident }) => incident.id);
    const loss = rows.reduce((sum, row) => sum + (row.plans[i]?.loss ?? 0), 0);
    const counts = OUTCOMES.flatMap((outcome) =>
      ids(outcome).length === 0 && !ALWAYS_COUNTED.has(outcome)
        ? []
        : [`${ids(outcome).length} ${SAYS[outcome]}`],
    );
    const lost = loss > 0 ? `, together −${formatMoney(loss, currency)}` : '';
    const alone = fits ? [] : tableOf(rows.map((row) => ({ ...row, plans: row.plans.slice(i, i + 1) })));
    lines.push(
      ...(alone.length === 0 ? [] : ['', ...alone]),
      '',
      ...listed(paint('1', printable(plan)), [`${counts.join(' · ')}${lost}`]),
      ...listed('None of its fallbacks covers', ids('uncovered')),
      ...listed('Not replayed, because nobody published when', ids('unknown')),
      ...listed('Not replayed, because they lie outside --from and --to', ids('outside')),
    );
  }
  return lines.join('\n');
}

/** A column or more a plan; incidents that touch none of them are left out. DOWN is that of the journey that was down longest. */
function tableOf(rows: readonly Coverage[]): string[] {
  const plans = rows[0]?.plans ?? [];
  const costs = plans.map((_, i) => rows.some((row) => (row.plans[i]?.loss ?? 0) > 0));
  const columns = [
    { title: 'INCIDENT' },
    ...plans.flatMap(({ plan, currency }, i) => [
      { title: printable(plan.toUpperCase()) },
      { title: 'WORST DOWN', align: 'right' as const },
      ...(costs[i] === true ? [{ title: `LOSS, ${currency}`, align: 'right' as const }] : []),
    ]),
  ];
  const cells = rows
    .filter((row) => row.plans.some(isTouched))
    .map((row) => [
      row.incident.id,
      ...row.plans.flatMap((one, i) => [
        SAYS[one.outcome] + (one.minutesAltered > 0 && one.outcome !== 'altered' ? ', altered' : ''),
        one.minutesDown > 0 ? formatHours(one.minutesDown / 60) : '–',
        ...(costs[i] === true ? [one.loss !== null && one.loss > 0 ? formatAmount(one.loss) : '–'] : []),
      ]),
    ]);
  return cells.length === 0 ? [] : table(columns, cells);
}

function isTouched({ outcome }: Coverage['plans'][number]): boolean {
  return outcome !== 'untouched' && outcome !== 'outside';
}
