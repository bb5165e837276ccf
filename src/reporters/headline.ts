import type { Assessment, BlastResult, JourneyResult } from '../assess/index.ts';
import { printable } from '../problems.ts';
import { formatHours, formatMoney, HOURS_PER_YEAR } from '../units.ts';
import { plural } from './words.ts';

/** Part of a sentence. */
export interface Piece {
  readonly text: string;
  readonly tone: 'plain' | 'bad' | 'strong';
}

/** What will take the journeys down, in two or three sentences. */
export function headlineOf(assessment: Assessment): Piece[][] {
  const gone = assessment.journeys.filter(isDownAlready);
  const journeys = assessment.journeys.filter((journey) => !gone.includes(journey));
  const sentences = [
    downAlready(gone, assessment.journeys.length),
    providerSentence({ ...assessment, journeys }, gone.length > 0 ? 'all that is left' : 'everything'),
    singlePointSentence(journeys, assessment.journeys.length),
  ];
  return sentences.filter((sentence) => sentence.length > 0);
}

/** What has been taken as failed suffices: nothing more need happen. */
function isDownAlready({ down: condition }: JourneyResult): boolean {
  return condition.cutSets.top[0]?.events.length === 0;
}

function downAlready(gone: readonly JourneyResult[], all: number): Piece[] {
  if (gone.length === 0) return [];
  const names = gone.length === all ? `Everything (${everyone(all)})` : listed(gone.map(({ name }) => name));
  return [
    bad(names),
    plain(gone.length === 1 || gone.length === all ? ' is down already.' : ' are down already.'),
  ];
}

/** @param whole what the journeys are together */
function providerSentence({ journeys, blast, plan }: Assessment, whole: string): Piece[] {
  const all = journeys.length;
  const money = (perHour: number): string =>
    perHour > 0 ? `, ${formatMoney(perHour, plan.currency)} an hour` : '';
  const total = blast.filter((one) => one.kind === 'provider' && down(one).length === all && all > 0);
  if (total.length > 0) {
    const each = total.flatMap(({ scope }, i) => [...(i === 0 ? [] : [plain(', ')]), bad(scope)]);
    const loss = money(total[0]?.lossPerHour ?? 0);
    const lead =
      total.length === 1
        ? `One provider takes ${whole} down: `
        : `${number(total.length)} providers each take ${whole} down: `;
    const names = whole === 'everything' ? everyone(all) : listed(journeys.map(({ name }) => name));
    return [plain(lead), ...each, plain(` (${names}${loss}).`)];
  }
  const worst = blast.find((one) => one.kind === 'provider' && down(one).length > 0);
  if (worst === undefined) return [];
  return [bad(worst.scope), plain(` alone takes down ${listed(down(worst))}${money(worst.lossPerHour)}.`)];
}

/** Names that a sentence has room for. */
const MOST_NAMED = 6;

/** Names in a sentence. */
export function listed(names: readonly string[]): string {
  const shown = printable(names.slice(0, MOST_NAMED).join(', '));
  return names.length > MOST_NAMED ? `${shown} and ${names.length - MOST_NAMED} more` : shown;
}

function down({ journeys }: BlastResult): string[] {
  return Object.entries(journeys)
    .filter(([, mode]) => mode === 'down')
    .map(([name]) => name);
}

function singlePointSentence(journeys: readonly JourneyResult[], all: number): Piece[] {
  const single = journeys.filter((journey) => journey.down.singlePoints.length > 0);
  const largest = largestSingle(journeys);
  if (largest !== undefined)
    return [
      plain(
        `${plural(single.length, 'journey')} of ${all} hang${single.length === 1 ? 's' : ''} on single points; ` +
          'the one that costs most time is ',
      ),
      { text: printable(largest.event), tone: 'strong' },
      plain(`: ${formatHours(largest.hours)} a year.`),
    ];
  return journeys.length > 0 ? [plain(`No single failure takes a journey down.${likeliest(journeys)}`)] : [];
}

/** The single event that keeps some journey down longest. */
function largestSingle(journeys: readonly JourneyResult[]): { event: string; hours: number } | undefined {
  let best: { event: string; hours: number } | undefined;
  for (const { down: condition } of journeys)
    for (const { events, probability } of condition.cutSets.top)
      if (events.length === 1 && probability * HOURS_PER_YEAR > (best?.hours ?? 0))
        best = { event: events[0] ?? '', hours: probability * HOURS_PER_YEAR };
  return best;
}

function likeliest(journeys: readonly JourneyResult[]): string {
  let best: { name: string; events: readonly string[]; probability: number } | undefined;
  for (const { name, down: condition } of journeys) {
    const [first] = condition.cutSets.top;
    if (first !== undefined && first.probability > (best?.probability ?? 0)) best = { name, ...first };
  }
  if (best === undefined) return '';
  return ` The likeliest way down is ${best.events.join(' with ')}: ${best.name}, ${formatHours(best.probability * HOURS_PER_YEAR)} a year.`;
}

function plain(text: string): Piece {
  return { text, tone: 'plain' };
}

function bad(text: string): Piece {
  return { text: printable(text), tone: 'bad' };
}

function everyone(count: number): string {
  return count === 1 ? 'the only journey' : count === 2 ? 'both journeys' : `all ${count} journeys`;
}

function number(count: number): string {
  return (
    ['No', 'One', 'Two', 'Three', 'Four', 'Five', 'Six', 'Seven', 'Eight', 'Nine'][count] ?? String(count)
  );
}
