import { labelOf, reachedBy, type Model } from '../../model/index.ts';
import { stageAt } from '../results.ts';
import type { Blame, Drill, FaultResult, JourneyResult, SwitchResult } from '../result.ts';
import type { StandbyTrials, SwitchTrials } from './result.ts';

export interface Trials {
  readonly switches: readonly SwitchTrials[];
  readonly standbys: readonly StandbyTrials[];
}

/**
 * How often switches were to be made and were, and how often standbys were in use and served. A fault tries a switch to one alternative once.
 * Of faults that were ended before their time nothing counts, and of the others no switch that had no time to be seen.
 *
 * - A switch is made in time when the running system said so no later than predicted, within the tolerance.
 * - A standby was tried when the switch to it was made in time, and some journey was to be served by it to the end of its use. It served when
 *   each such journey was then in the mode that was predicted, or a better one, and got no bad or stale answers from it. A journey whose
 *   disagreement is explained by another part of the plan is left aside.
 */
export function trialsOf(drill: Drill, model: Model): Trials {
  const switches = new Map<string, { service: string; made: number; tried: number }>();
  const standbys = new Map<string, Mutable>();
  for (const fault of drill.faults) {
    if (fault.outcome === 'stopped') continue;
    for (const trial of switchesTried(fault, drill.toleranceMs, model)) {
      const { service, position, name } = trial;
      const kept = switches.get(service) ?? { service, made: 0, tried: 0 };
      switches.set(service, kept);
      kept.tried++;
      if (!trial.isMade) continue;
      kept.made++;
      const served = servedBy(trial, fault, drill, model);
      if (served === undefined) continue;
      const key = `${service} ${position}`;
      const standby = standbys.get(key) ?? { service, alternative: position + 1, name, served: 0, tried: 0 };
      standbys.set(key, standby);
      standby.tried++;
      if (served) standby.served++;
    }
  }
  const byName = (a: { service: string }, b: { service: string }): number => (a.service < b.service ? -1 : 1);
  return {
    switches: [...switches.values()].sort(byName),
    standbys: [...standbys.values()].sort((a, b) =>
      a.service === b.service ? a.alternative - b.alternative : byName(a, b),
    ),
  };
}

type Mutable = { -readonly [K in keyof StandbyTrials]: StandbyTrials[K] };

interface Trial {
  readonly service: string;
  readonly index: number;
  /** In `any`, from 0. */
  readonly position: number;
  readonly name: string;
  readonly isMade: boolean;
  /** When it was seen. */
  readonly fromMs: number;
  /** When users were to leave it: for another one, or because the fault was taken away. */
  readonly toMs: number;
}

/** Moments of a fault are whole milliseconds: so much may have been cut off at both ends. */
const CUT_MS = 2;

function switchesTried({ switches, ...fault }: FaultResult, toleranceMs: number, model: Model): Trial[] {
  const lastedMs = Date.parse(fault.restoredAt) - Date.parse(fault.injectedAt);
  const seen = new Set<string>();
  return switches.flatMap((one): Trial[] => {
    const { service, to, predictedMs, observedMs, agrees: isMade } = one;
    const index = model.services.findIndex(({ name }) => name === service);
    const position = standbyNamed(model, index, to);
    const key = `${service} ${to}`;
    if (position === undefined || seen.has(key)) return [];
    seen.add(key);
    if (predictedMs + toleranceMs > lastedMs + CUT_MS) return [];
    const toMs = Math.min(lastedMs, nextOf(switches, one));
    return [{ service, index, position, name: to, isMade, fromMs: observedMs ?? predictedMs, toMs }];
  });
}

/** The position of a standby; undefined for the first alternative, and where several have the name. */
function standbyNamed(model: Model, service: number, name: string): number | undefined {
  const redundancy = model.services[service]?.redundancy;
  if (redundancy?.kind !== 'any') return undefined;
  const named = redundancy.options.flatMap(({ node }, i) => (labelOf(model, node, i) === name ? [i] : []));
  const [position, ...more] = named;
  return position === undefined || position === 0 || more.length > 0 ? undefined : position;
}

function nextOf(switches: readonly SwitchResult[], { service, predictedMs }: SwitchResult): number {
  const later = switches.filter((one) => one.service === service && one.predictedMs > predictedMs);
  return Math.min(...later.map((one) => one.predictedMs));
}

/** Whether users were served while they were to be on a standby; undefined where no journey tells. */
function servedBy(
  trial: Trial,
  fault: FaultResult,
  { blame, toleranceMs }: Drill,
  model: Model,
): boolean | undefined {
  const told = fault.journeys.filter((journey) => isServedBy(trial, journey, toleranceMs, model));
  const bad = told.filter((journey) => !isServed(trial, journey, toleranceMs, model));
  const blamed = bad.map((journey) => isBlamedElsewhere(trial, fault.name, journey.name, blame));
  if (blamed.includes(false)) return false;
  return told.length > bad.length ? true : undefined;
}

/** Whether the mode that a journey was to be in at the end stands on the service. */
function isServedBy(
  { index, toMs }: Trial,
  { name, predicted }: JourneyResult,
  toleranceMs: number,
  model: Model,
): boolean {
  const journey = model.journeys.find((one) => one.name === name);
  const wanted = stageAt(predicted, toMs - toleranceMs / 2);
  const mode = journey?.modes.find((one) => one.name === wanted);
  if (journey === undefined || mode === undefined) return false;
  return reachedBy(model, [{ ...journey, modes: [mode] }]).onPath.has(index);
}

function isServed(trial: Trial, journey: JourneyResult, toleranceMs: number, model: Model): boolean {
  const { fromMs, toMs } = trial;
  const modes = model.journeys.find(({ name }) => name === journey.name)?.modes ?? [];
  const rank = (mode: string): number => {
    const found = modes.findIndex(({ name }) => name === mode);
    return found < 0 ? modes.length : found;
  };
  // What was to change just before the end may come a little later.
  const beginMs = toMs - toleranceMs / 2;
  const about = journey.predicted.filter((stage) => stage.fromMs > beginMs && stage.fromMs < toMs);
  const worst = Math.max(rank(stageAt(journey.predicted, beginMs)), ...about.map(({ mode }) => rank(mode)));
  if (rank(stageAt(journey.observed, toMs - CUT_MS)) > worst) return false;
  return !journey.breaches.some(
    ({ kind, firstMs }) => (kind === 'bad-answer' || kind === 'stale') && firstMs >= fromMs && firstMs < toMs,
  );
}

/**
 * Whether what became of a journey has been explained, and by no part of this service. What only says which mode it was not in, and knows no
 * change with which that would have been predicted, explains nothing.
 */
function isBlamedElsewhere(
  { service, name }: Trial,
  fault: string,
  journey: string,
  blame: readonly Blame[],
): boolean {
  const found = blame.filter(
    ({ edge, edit, explains }) =>
      explains.includes(`${fault}: ${journey}`) && (edit !== null || !edge.startsWith(`${journey}.modes.`)),
  );
  const isOf = (edge: string): boolean =>
    [service, name].some((one) => edge === one || edge.startsWith(`${one}.`) || edge.startsWith(`${one}[`));
  return found.length > 0 && !found.some(({ edge }) => isOf(edge));
}
