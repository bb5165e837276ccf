import type { Drill, FaultResult, JourneyResult, Stage } from '../drill/result.ts';
import { timeSays } from './drill-words.ts';
import { plural } from './words.ts';

/* What stands in the tables of a drill, names as they are: whoever prints them makes them printable. */

/** Stages of a journey that a cell names. */
const MOST_STAGES = 4;
/** Moments of an incident that are told. */
const MOST_MOMENTS = 24;

/** Journeys of a fault that are one row: one by itself, or several that stayed as they were. */
export interface DrillRow {
  readonly who: string;
  /** Undefined where it stands for several. */
  readonly journey: JourneyResult | undefined;
  readonly predicted: string;
  readonly observed: string;
  readonly outcome: JourneyResult['outcome'];
}

/** Each journey that something was predicted or seen of; then, summed up by mode, those that stayed in one as predicted. */
export function rowsOf(fault: FaultResult): DrillRow[] {
  const loud = fault.journeys.filter((journey) => !isQuiet(journey));
  const quiet = new Map<string, string[]>();
  for (const { name, predicted } of fault.journeys.filter(isQuiet)) {
    const mode = predicted[0]?.mode ?? '';
    quiet.set(mode, [...(quiet.get(mode) ?? []), name]);
  }
  const lastsMs = lastedMs(fault);
  const others = loud.length > 0 || quiet.size > 1;
  return [
    ...loud.map((journey) => ({
      who: journey.name,
      journey,
      predicted: stagesSay(journey.predicted, homeOf(journey.predicted), 'within', lastsMs),
      observed: stagesSay(journey.observed, homeOf(journey.predicted), 'in', lastsMs),
      outcome: journey.outcome,
    })),
    ...[...quiet].map(([mode, [first = '', ...more]]) => ({
      who:
        more.length === 0
          ? first
          : others
            ? `${more.length + 1} others`
            : `all ${plural(more.length + 1, 'journey')}`,
      journey: undefined,
      predicted: mode,
      observed: mode,
      outcome: 'agrees' as const,
    })),
  ];
}

/** Whether it stayed in one mode, as predicted. */
export function isQuiet({ outcome, predicted, observed }: JourneyResult): boolean {
  return (
    outcome === 'agrees' &&
    predicted.length === 1 &&
    observed.length === 1 &&
    predicted[0]?.mode === observed[0]?.mode
  );
}

/** How long a fault was there. @unit ms @returns Infinity where its moments cannot be read */
export function lastedMs({ injectedAt, restoredAt }: Pick<FaultResult, 'injectedAt' | 'restoredAt'>): number {
  const ms = Date.parse(restoredAt) - Date.parse(injectedAt);
  return Number.isNaN(ms) ? Number.POSITIVE_INFINITY : ms;
}

/** The mode that a journey was in before, where it comes back to it. */
export function homeOf(stages: readonly Stage[]): string | undefined {
  const [first, last] = [stages[0]?.mode, stages.at(-1)?.mode];
  return stages.length > 1 && first === last ? first : undefined;
}

/**
 * What a journey goes through while a fault is there: `post-only within 1 m 32 s`, `down, queued in 4 s`.
 *
 * @param home the mode before the fault: not said where it is left
 * @param word before each time
 * @param untilMs when the fault was taken away
 */
export function stagesSay(
  stages: readonly Stage[],
  home: string | undefined,
  word: 'within' | 'in',
  untilMs: number,
): string {
  const during = stages.filter(({ fromMs }, i) => i === 0 || fromMs < untilMs);
  const left = during.length > 1 && during[0]?.mode === home ? during.slice(1) : during;
  const said = left.map((stage) =>
    stage === during[0]
      ? stage.mode
      : `${stage.mode} ${stage.fromMs <= 0 ? 'at once' : `${word} ${timeSays(stage.fromMs)}`}`,
  );
  if (said.length === 0) return 'nothing seen';
  if (said.length <= MOST_STAGES) return said.join(', ');
  const over = said.length - MOST_STAGES;
  return [...said.slice(0, MOST_STAGES - 1), `${over} more`, said.at(-1)].join(', ');
}

/** How an incident goes: `11:28 127.0.0.1:7201`, moment by moment, and when all is well between. */
export function courseSays({ course = [], places }: Pick<FaultResult, 'course' | 'places'>): string[] {
  const said = course.map(({ at, atMs, failing }) => {
    const when = at === null ? timeSays(atMs) : at.slice(11, 16);
    const what = failing.map(({ address, share }) => {
      const name = places.find((place) => place.address === address)?.names[0] ?? address;
      return share < 1 ? `${name} for ${Math.round(share * 1_000) / 10} %` : name;
    });
    return `${when}  ${what.length === 0 ? 'all is well' : what.join(', ')}`;
  });
  const rest = said.length - MOST_MOMENTS;
  return rest > 1 ? [...said.slice(0, MOST_MOMENTS), `and ${rest} more (--json)`] : said;
}

/** When a journey was in its first mode for good, since the fault was taken away. */
export function backSays({ recoverMs, predicted, observed }: JourneyResult): string {
  if (recoverMs !== null) return timeSays(recoverMs);
  const isAway = observed.length > 1 || observed[0]?.mode !== predicted.at(-1)?.mode;
  return isAway ? 'not back' : '–';
}

/** Faults whose journeys' writes were done twice or lost, and how many were well. */
export function writesOf({ faults }: Drill): { readonly bad: readonly BadWrites[]; readonly says: string } {
  const all = faults.flatMap(({ name, writes }) => writes.map((one) => ({ fault: name, ...one })));
  const bad = all.filter(({ twice, lost }) => twice > 0 || lost > 0);
  const answered = all.reduce((sum, one) => sum + one.answered, 0);
  const says =
    all.length === 0
      ? ''
      : bad.length > 0
        ? 'Writes done twice, or answered well and lost'
        : `${plural(answered, 'write')} answered well: none was done twice, none lost.`;
  return { bad, says };
}
type BadWrites = FaultResult['writes'][number] & { readonly fault: string };

/** Switches that were to be made, and that the running system never told of. */
export function missedSwitches({ faults }: Drill): string[] {
  return faults.flatMap(({ name, switches }) =>
    switches
      .filter(({ observedMs }) => observedMs === null)
      .map(
        ({ service, to, predictedMs }) =>
          `${name}: ${service} was to be on ${to} within ${timeSays(predictedMs)}, and was not seen there`,
      ),
  );
}

export interface Matrix {
  readonly modes: readonly string[];
  /** By predicted mode: how often each mode was seen. */
  readonly rows: readonly { readonly predicted: string; readonly times: readonly number[] }[];
}

/** Predicted down the side, observed across; undefined where only one mode was predicted. */
export function matrixOf({ confusion }: Pick<Drill, 'confusion'>): Matrix | undefined {
  const named = [...new Set(confusion.flatMap(({ predicted, observed }) => [predicted, observed]))];
  // What is worst stands last.
  const modes = [...named.filter((mode) => mode !== 'down'), ...named.filter((mode) => mode === 'down')];
  const predicted = modes.filter((mode) => confusion.some((one) => one.predicted === mode));
  if (predicted.length < 2) return undefined;
  const seen = modes.filter((mode) => confusion.some((one) => one.observed === mode));
  const timesOf = (one: string, other: string): number =>
    confusion
      .filter((pair) => pair.predicted === one && pair.observed === other)
      .reduce((sum, { times }) => sum + times, 0);
  return {
    modes: seen,
    rows: predicted.map((mode) => ({ predicted: mode, times: seen.map((other) => timesOf(mode, other)) })),
  };
}

/** What was left out, together where the reason is the same. */
export function leftOutByReason(leftOut: Drill['leftOut']): { why: string; names: string[] }[] {
  const byReason = new Map<string, string[]>();
  for (const { name, why } of leftOut) byReason.set(why, [...(byReason.get(why) ?? []), name]);
  return [...byReason].map(([why, names]) => ({ why, names }));
}
