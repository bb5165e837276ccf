import type { JourneyYears, LossYears, Years } from '../replay/index.ts';
import { printable } from '../problems.ts';
import { formatAmount, formatHours, formatMoney, formatShare, significant } from '../units.ts';
import { csv } from './csv.ts';
import type { ReplayTextOptions } from './replay.ts';
import { bar, table, wrap } from './table.ts';

const BAR = 28;
/** So that five years stand behind what one in twenty, or one in a hundred, exceeds. */
const YEARS_FOR_P95 = 100;
const YEARS_FOR_P99 = 500;

/** Simulated years for a terminal: what a year costs, how bad it gets, and what made the worst one. */
export function yearsText(years: Years, options: ReplayTextOptions = {}): string {
  const paint = (code: string, text: string): string =>
    options.colour === true ? `\u001b[${code}m${text}\u001b[0m` : text;
  const { plan, loss, journeys } = years;
  const blocks = [
    [
      `${paint('1', printable(plan.name))}  ${thousands(years.years)} simulated year${years.years === 1 ? '' : 's'} · seed ${years.seed} · ${thousands(years.stateChanges)} state changes`,
    ],
    loss === null ? [] : answer(loss, plan.currency, years.years, options.width ?? 120),
    journeyTable(journeys, years.years),
    loss === null ? [] : curve(loss, plan.currency),
    worst(years),
    choices(years, options.width ?? 120),
  ];
  return blocks
    .filter((block) => block.length > 0)
    .flatMap((block, i) => (i === 0 ? block : ['', ...block]))
    .join('\n');
}

interface YearsColumn {
  readonly title: string;
  readonly align?: 'right';
  readonly cell: (journey: JourneyYears) => string;
  /** Left out where no journey has any. */
  readonly has?: (journey: JourneyYears) => boolean;
  /** Left out where fewer were simulated. */
  readonly leastYears?: number;
}

const COLUMNS: readonly YearsColumn[] = [
  { title: 'JOURNEY', cell: ({ name }) => printable(name) },
  {
    title: 'DOWN A YEAR',
    align: 'right',
    cell: ({ down }) =>
      `${formatHours(down.mean)}${down.standardError === null ? '' : ` ± ${formatHours(down.standardError)}`}`,
  },
  {
    title: '1 YEAR IN 20',
    align: 'right',
    cell: ({ down }) => formatHours(down.p95),
    leastYears: YEARS_FOR_P95,
  },
  { title: 'WORST', align: 'right', cell: ({ down }) => formatHours(down.most) },
  { title: 'OUTAGES', align: 'right', cell: ({ outagesPerYear }) => significant(outagesPerYear.mean) },
  {
    title: 'LOWER MODE',
    align: 'right',
    cell: ({ degraded }) => formatHours(degraded.mean),
    has: ({ modes }) => modes.length > 1,
  },
  {
    title: 'SWITCHING',
    align: 'right',
    cell: ({ switchOver }) => formatHours(switchOver.hoursPerYear),
    has: ({ switchOver }) => switchOver.hoursPerYear > 0,
  },
  {
    title: 'LOSS A YEAR',
    align: 'right',
    cell: ({ loss }) => (loss === null ? '–' : formatAmount(loss.mean)),
    has: ({ loss }) => loss !== null,
  },
  {
    title: '1 IN 20',
    align: 'right',
    cell: ({ loss }) => (loss === null ? '–' : formatAmount(loss.p95)),
    leastYears: YEARS_FOR_P95,
    has: ({ loss }) => loss !== null,
  },
  {
    title: 'IN TARGET',
    align: 'right',
    cell: ({ yearsMet }) => (yearsMet === null ? '–' : formatShare(yearsMet)),
    has: ({ yearsMet }) => yearsMet !== null,
  },
];

function journeyTable(journeys: readonly JourneyYears[], years: number): string[] {
  const columns = COLUMNS.filter(
    ({ has, leastYears = 1 }) => years >= leastYears && (has === undefined || journeys.some(has)),
  );
  return table(
    columns,
    journeys.map((journey) => columns.map(({ cell }) => cell(journey))),
  );
}

function answer(loss: LossYears, currency: string, years: number, width: number): string[] {
  const { p95, p99 } = loss.valueAtRisk;
  const error =
    loss.standardError === null ? '' : ` (± ${formatAmount(loss.standardError)}, one standard error)`;
  const inTwenty = years < YEARS_FOR_P95 ? '' : `, one in twenty more than ${formatMoney(p95, currency)}`;
  const inHundred = years < YEARS_FOR_P99 ? '' : `, one in a hundred more than ${formatMoney(p99, currency)}`;
  const says = [
    `A year loses ${formatMoney(loss.mean, currency)} on average${error}${inTwenty}${inHundred}.`,
    `${formatShare(loss.switchOverShare)} of it is lost while switches are being made.`,
  ];
  return says.flatMap((line) => wrap(line.split(' '), ' ', width, '  ').map((part) => `  ${part}`));
}

/** The loss-exceedance curve. */
function curve({ exceedance, most }: LossYears, currency: string): string[] {
  if (exceedance.length === 0) return [];
  const largest = Math.max(most, ...exceedance.map(({ loss }) => loss));
  const rows = exceedance.map(({ loss, probability }) => [
    `1 in ${significant(1 / probability)}`,
    formatAmount(loss),
    largest > 0 ? bar(loss / largest, BAR) : '',
  ]);
  return table(
    [
      { title: 'YEARS', align: 'right' },
      { title: `LOSE MORE THAN, ${currency}`, align: 'right' },
      { title: '' },
    ],
    rows,
  );
}

function worst({ worst: found, plan }: Years): string[] {
  if (found === null) return ['  In no year was anything lost or a journey down.'];
  const lost = found.loss === null ? '' : `, −${formatMoney(found.loss, plan.currency)}`;
  const hasLoss = found.loss !== null;
  const rows = found.incidents.map(({ event, day, hours, downHours, loss }) => [
    printable(event),
    day === null ? 'before' : `day ${day}`,
    formatHours(hours),
    downHours > 0 ? formatHours(downHours) : '–',
    ...(hasLoss ? [loss === null ? '–' : formatAmount(loss)] : []),
  ]);
  const columns = [
    { title: 'OUTAGE' },
    { title: 'BEGAN', align: 'right' as const },
    { title: 'LASTED', align: 'right' as const },
    { title: 'OF JOURNEYS DOWN', align: 'right' as const },
    ...(hasLoss ? [{ title: 'LOST MEANWHILE', align: 'right' as const }] : []),
  ];
  return [
    `  The worst year, number ${thousands(found.year)}: ${formatHours(found.downHours)} of journeys down${lost}`,
    ...(rows.length === 0 ? [] : table(columns, rows, '    ')),
    ...found.downBefore.map(
      (name) => `    ${printable(name)} was down already when it began: an earlier year has the reason`,
    ),
  ];
}

function choices({ choices: all }: Years, width: number): string[] {
  return [
    '  Chosen',
    ...all.flatMap(({ about, says }) =>
      wrap(printable(`${about}: ${says}`).split(' '), ' ', width, '      ').map(
        (line, i) => `    ${i === 0 ? '' : '  '}${line}`,
      ),
    ),
  ];
}

function thousands(value: number): string {
  return String(value).replace(/\B(?=(\d{3})+$)/g, ',');
}

/** One row a plan and journey. */
export function yearsCsv(all: readonly Years[]): string {
  const columns = [
    'plan',
    'years',
    'seed',
    'journey',
    'availability',
    'down_hours',
    'down_hours_standard_error',
    'down_hours_p95',
    'down_hours_p99',
    'down_hours_most',
    'outages',
    'degraded_hours',
    'exposed_hours',
    'switch_hours',
    'loss',
    'loss_p95',
    'loss_p99',
    'loss_most',
    'currency',
  ];
  return csv(
    columns,
    all.flatMap(({ plan, years, seed, journeys }) =>
      journeys.map(
        ({ name, availability, down, outagesPerYear, degraded, exposedHoursPerYear, switchOver, loss }) => [
          plan.name,
          years,
          seed,
          name,
          availability,
          down.mean,
          down.standardError,
          down.p95,
          down.p99,
          down.most,
          outagesPerYear.mean,
          degraded.mean,
          exposedHoursPerYear,
          switchOver.hoursPerYear,
          loss?.mean ?? null,
          loss?.p95 ?? null,
          loss?.p99 ?? null,
          loss?.most ?? null,
          plan.currency,
        ],
      ),
    ),
  );
}
