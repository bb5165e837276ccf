import type { Model } from '../model/index.ts';
import type { Drilling } from '../plan/index.ts';
import { MS_PER_HOUR } from '../units.ts';
import { agreementOf, modeAt, type Difference, type ModeStage } from './agreement.ts';
import type { Course } from './course.ts';
import { modeName, type Foreseen } from './foresee.ts';
import type { Place } from './place.ts';
import type { Breach, Confusion, FaultResult, JourneyResult, WritesResult } from './result.ts';
import type { HeldSwitches } from './switches.ts';
import type { Users } from './users.ts';
import type { Seen, Watch } from './watch.ts';

export interface Ground {
  readonly model: Model;
  readonly drilling: Drilling;
  readonly users: Users;
  readonly toleranceMs: number;
}

export interface Lasted {
  /** How long the fault was there. @unit ms */
  readonly lastedMs: number;
  readonly writes: readonly WritesResult[];
  readonly amplification: number | null;
  /** By journey, the protections that it was served without. */
  readonly exposed: ReadonlyMap<string, ReadonlySet<string>>;
}

/** Parts that are asked so many times as often as usual are in a storm: whoever is left may have to take the load of one more. */
export const STORM = 3;

/** What every journey that is tried went through, held against what was foreseen. */
export function journeyResults(
  ground: Ground,
  watch: Watch,
  foreseen: Foreseen,
  lasted: Lasted,
): JourneyResult[] {
  const { model, users } = ground;
  return model.journeys.flatMap((_, journey) =>
    users.tries(journey) ? [journeyResult(ground, journey, watch.seen(journey), foreseen, lasted)] : [],
  );
}

function journeyResult(
  ground: Ground,
  journey: number,
  seen: Seen,
  foreseen: Foreseen,
  lasted: Lasted,
): JourneyResult {
  const { model, toleranceMs } = ground;
  const name = model.journeys[journey]?.name ?? '';
  const predicted = foreseen.modes[journey] ?? [];
  const missing = [...(lasted.exposed.get(name) ?? [])].sort();
  const isExposureForeseen = foreseen.exposed[journey] === true;
  const { outcome, differences, stages } = agreementOf(predicted, seen.samples, toleranceMs);
  const breaches = [
    ...differences.map((difference) => differs(model, journey, difference)),
    ...seen.breaches.filter(({ kind, times }) => times > 1 || kind === 'lets-through'),
    ...writeBreaches(ground, name, foreseen, lasted.writes),
    ...storms(lasted.amplification),
    ...exposures(missing, isExposureForeseen),
  ];
  const isBroken = breaches.some(({ kind }) => kind !== 'differs');
  const named = ({ fromMs, mode }: ModeStage) => ({ fromMs, mode: modeName(model, journey, mode) });
  return {
    name,
    predicted: predicted.map(named),
    observed: stages.map(named),
    outcome: isBroken ? 'wrong' : outcome,
    detectMs: seen.detectMs,
    recoverMs: recoveredMs(seen, lasted.lastedMs),
    requests: { sent: seen.sent, good: seen.good },
    exposed: { predicted: isExposureForeseen, missing },
    breaches,
  };
}

function differs(model: Model, journey: number, { fromMs, toMs, predicted, observed }: Difference): Breach {
  const [wanted, found] = [modeName(model, journey, predicted), modeName(model, journey, observed)];
  return {
    kind: 'differs',
    mode: found,
    send: '',
    times: 1,
    firstMs: fromMs,
    says: `${found} for ${seconds(toMs - fromMs)} from ${seconds(fromMs)} on, where ${wanted} was predicted.`,
  };
}

function writeBreaches(
  { model, drilling }: Ground,
  journey: string,
  { switches }: Foreseen,
  writes: readonly WritesResult[],
): Breach[] {
  const perSecond = 1_000 / ((drilling.every ?? 0.5 / 3_600) * MS_PER_HOUR);
  const lagHours = Math.max(
    0,
    ...model.services.flatMap(({ name, lagHours: lag }) =>
      lag !== undefined && switches.some(({ service }) => service === name) ? [lag] : [],
    ),
  );
  // What a switch may lose is what had not arrived yet.
  const mayLose = lagHours === 0 ? 0 : Math.ceil(lagHours * 3_600 * perSecond) + 1;
  return writes
    .filter((one) => one.journey === journey)
    .flatMap(({ send, twice, lost }): Breach[] => {
      const common = { mode: '', send, firstMs: 0 };
      const found: Breach[] = [];
      if (twice > 0)
        found.push({ ...common, kind: 'twice', times: twice, says: `${count(twice, 'write')} done twice.` });
      if (lost > mayLose)
        found.push({
          ...common,
          kind: 'lost',
          times: lost,
          says: `${count(lost, 'write')} answered well and not done${mayLose > 0 ? `, more than the ${mayLose} that the plan says a switch may lose` : ''}.`,
        });
      return found;
    });
}

function storms(amplification: number | null): Breach[] {
  if (amplification === null || amplification <= STORM) return [];
  const says = `Something was asked ${amplification} times as often as usual.`;
  return [{ kind: 'storm', mode: '', send: '', times: 1, firstMs: 0, says }];
}

function exposures(missing: readonly string[], isForeseen: boolean): Breach[] {
  if (missing.length === 0 || isForeseen) return [];
  const says = `Served without ${missing.join(', ')}, which was not predicted.`;
  return [{ kind: 'exposed', mode: '', send: '', times: 1, firstMs: 0, says }];
}

/** From when it was taken away until the journey was in its first mode for good; null where it never left it, or is not back. */
function recoveredMs({ samples }: Seen, lastedMs: number): number | null {
  const last = samples.findLastIndex(({ mode }) => mode !== 0);
  if (last < 0) return null;
  const back = samples[last + 1];
  return back === undefined ? null : Math.max(0, back.atMs - lastedMs);
}

export function outcomeOf(
  journeys: readonly JourneyResult[],
  { switches, unforeseen }: HeldSwitches,
): 'agrees' | 'better' | 'wrong' {
  if (journeys.some(({ outcome }) => outcome === 'wrong')) return 'wrong';
  if (switches.some(({ agrees }) => !agrees) || unforeseen.length > 0) return 'wrong';
  return journeys.some(({ outcome }) => outcome === 'better') ? 'better' : 'agrees';
}

/** Predicted against observed: of each fault and journey, the mode that it was in at the end of the fault. */
export function confusionOf(results: readonly FaultResult[], toleranceMs: number): Confusion[] {
  const counted = new Map<string, { predicted: string; observed: string; times: number }>();
  for (const { journeys, injectedAt, restoredAt } of results) {
    const atMs = Date.parse(restoredAt) - Date.parse(injectedAt) - toleranceMs / 2;
    for (const journey of journeys) {
      const predicted = stageAt(journey.predicted, atMs);
      const observed = stageAt(journey.observed, atMs);
      const key = JSON.stringify([predicted, observed]);
      const known = counted.get(key) ?? { predicted, observed, times: 0 };
      known.times++;
      counted.set(key, known);
    }
  }
  return [...counted.values()].sort((a, b) => b.times - a.times || (a.predicted < b.predicted ? -1 : 1));
}

/** The name of the stage that a moment lies in. */
export function stageAt(
  stages: readonly { readonly fromMs: number; readonly mode: string }[],
  atMs: number,
): string {
  return stages.findLast(({ fromMs }) => fromMs <= Math.max(0, atMs))?.mode ?? stages[0]?.mode ?? 'down';
}

/** The number of the mode that was foreseen at a moment. */
export function foreseenAt({ modes }: Foreseen, journey: number, atMs: number): number {
  return modeAt(modes[journey] ?? [], atMs);
}

function count(times: number, what: string): string {
  return times === 1 ? `1 ${what} was` : `${times} ${what}s were`;
}

export function seconds(ms: number): string {
  return `${Math.round(ms / 100) / 10} s`;
}

/** A course as results and plans tell of it. */
export function saidCourse(
  course: Course<number>,
  places: readonly Place[],
  speed: number,
): NonNullable<FaultResult['course']> {
  return course.map(({ at, time, failing }) => ({
    atMs: at / speed,
    at: time === undefined ? null : new Date(time).toISOString(),
    failing: [...failing].map(([place, share]) => ({ address: places[place]?.address ?? '', share })),
  }));
}
