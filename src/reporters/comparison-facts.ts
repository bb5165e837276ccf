import { BASES, type Comparison, type JourneyStanding, type Standing, type Worth } from '../compare/index.ts';
import {
  formatAvailability,
  formatHours,
  formatMoney,
  formatPercent,
  formatShare,
  significant,
} from '../units.ts';
import { plural, signedHours } from './words.ts';

/** One fact of every plan, in the order of the plans. */
export interface Fact {
  readonly label: string;
  readonly cells: readonly string[];
}

const NONE = '–';

/** A journey in every plan that is named; plans without it say nothing. */
export function journeyFacts({ plans }: Comparison, name: string, at: readonly number[]): Fact[] {
  const found = at.map((i) => ({
    currency: plans[i]?.currency ?? '',
    journey: plans[i]?.journeys.find((journey) => journey.name === name),
  }));
  const fact = (label: string, say: (journey: JourneyStanding, currency: string) => string): Fact => ({
    label,
    cells: found.map(({ journey, currency }) => (journey === undefined ? '' : say(journey, currency))),
  });
  const some = (is: (journey: JourneyStanding) => boolean): boolean =>
    found.some(({ journey }) => journey !== undefined && is(journey));
  const differs = (of: (journey: JourneyStanding) => unknown): boolean =>
    new Set(found.flatMap(({ journey }) => (journey === undefined ? [] : [of(journey)]))).size > 1;
  return [
    ...(differs(({ tier }) => tier) ? [fact('tier', ({ tier }) => tier)] : []),
    fact('available', ({ availability }) => formatAvailability(1 - availability)),
    fact(
      'down a year',
      ({ exact, downHoursPerYear }) => `${exact ? '' : '≤ '}${formatHours(downHoursPerYear)}`,
    ),
    ...(some(({ downInterval: [low, high] }) => low !== high)
      ? [
          fact('90 %', ({ downInterval: [low, high] }) =>
            low === high ? NONE : `${formatHours(low)} – ${formatHours(high)}`,
          ),
        ]
      : []),
    ...(some(({ lossPerYear }) => lossPerYear !== null)
      ? [fact('loss a year', ({ lossPerYear }, currency) => moneyOrUnknown(lossPerYear, currency))]
      : []),
    ...(some(({ slo }) => slo !== null) ? [fact('target', target)] : []),
    ...(some(({ exposedHoursPerYear }) => exposedHoursPerYear > 0)
      ? [fact('exposed a year', ({ exposedHoursPerYear }) => formatHours(exposedHoursPerYear))]
      : []),
    ...(some(({ refusedHoursPerYear }) => refusedHoursPerYear > 0)
      ? [fact('refused a year', ({ refusedHoursPerYear }) => formatHours(refusedHoursPerYear))]
      : []),
    fact('ways to compromise', ({ compromise: { total, complete, oneStep } }) =>
      total === '0' ? '0' : `${complete ? '' : '≥ '}${total}, ${oneStep} in one step`,
    ),
  ];
}

function target({ slo, meetsSlo }: JourneyStanding): string {
  if (slo === null) return 'none set';
  return `${formatPercent(slo)} ${meetsSlo === true ? 'met' : 'missed'}`;
}

/** What all of a plan hangs on. @param apart whether each provider gets a line of its own */
export function standingFacts({ plans }: Comparison, apart: boolean): Fact[] {
  const fact = (label: string, say: (plan: Standing) => string): Fact => ({ label, cells: plans.map(say) });
  return [
    fact('as of', ({ asOf }) => asOf),
    ...(plans.some(({ lossPerYear }) => lossPerYear !== null)
      ? [fact('loss a year', ({ lossPerYear, currency }) => moneyOrUnknown(lossPerYear, currency))]
      : []),
    fact('single points', ({ singlePoints }) => String(singlePoints.length)),
    fact('shared fate', ({ sharedFate }) => String(sharedFate.length)),
    ...(apart ? providersApart(plans) : [fact('share of risk', largestProviders)]),
    fact('concentration (HHI)', ({ concentration: { hhi } }) => (hhi === null ? NONE : significant(hhi))),
    fact('largest blast', ({ largestBlast }) => largestBlast?.scope ?? NONE),
    fact('which takes down', ({ largestBlast, journeys }) =>
      largestBlast === null ? NONE : `${largestBlast.down.length} of ${plural(journeys.length, 'journey')}`,
    ),
  ];
}

const MOST_PROVIDERS = 8;

function providersApart(plans: readonly Standing[]): Fact[] {
  const largest = new Map<string, number>();
  for (const { providers } of plans)
    for (const { name, lossShare } of providers)
      largest.set(name, Math.max(lossShare, largest.get(name) ?? 0));
  const names = [...largest].sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1)).map(([name]) => name);
  return names.slice(0, MOST_PROVIDERS).map((name) => ({
    label: `risk by ${name}`,
    cells: plans.map(({ providers }) => {
      const share = providers.find((provider) => provider.name === name)?.lossShare;
      return share === undefined ? NONE : formatShare(share);
    }),
  }));
}

function largestProviders({ providers }: Standing): string {
  const named = providers.slice(0, 2).map(({ name, lossShare }) => `${name} ${formatShare(lossShare)}`);
  return [...named, ...(providers.length > 2 ? ['…'] : [])].join(', ') || NONE;
}

/** On what the figures rest: shares of the hours down, with how many events there are of the kind. */
export function evidenceFacts({ plans }: Comparison): Fact[] {
  const shown = BASES.filter((basis) => plans.some(({ evidence }) => evidence.events[basis] > 0));
  const titles = {
    incidents: 'incidents',
    drills: 'drills',
    statement: 'statements',
    study: 'studies',
    plan: 'the plan',
    assumed: 'assumed',
  };
  return [
    ...shown.map((basis) => ({
      label: titles[basis],
      cells: plans.map(({ evidence: { events, hoursDown } }) =>
        events[basis] === 0
          ? NONE
          : `${hoursDown === null ? '' : `${formatShare(hoursDown[basis])}, `}${plural(events[basis], 'event')}`,
      ),
    })),
  ];
}

/** How many services say why what they need is believed, by the best confidence. */
export function edgeFacts({ plans }: Comparison): Fact[] {
  return (['high', 'medium', 'low', 'none'] as const).map((level) => ({
    label: level === 'none' ? 'no evidence' : level,
    cells: plans.map(({ evidence: { services } }) =>
      services[level] === 0 ? NONE : plural(services[level], 'service'),
    ),
  }));
}

/** What taking one difference over adds besides. */
export function addedBy({ added }: Worth): string {
  const { oneStep, exposedHoursPerYear, refusedHoursPerYear } = added;
  const parts: string[] = [];
  if (oneStep !== 0)
    parts.push(`${plural(Math.abs(oneStep), 'way')} to compromise${oneStep < 0 ? ' less' : ''}`);
  if (Math.abs(exposedHoursPerYear) > 1e-6) parts.push(`${signedHours(exposedHoursPerYear)} exposed`);
  if (Math.abs(refusedHoursPerYear) > 1e-6) parts.push(`${signedHours(refusedHoursPerYear)} refused`);
  return parts.join(', ') || NONE;
}

function moneyOrUnknown(amount: number | null, currency: string): string {
  return amount === null ? 'unknown' : formatMoney(amount, currency);
}
