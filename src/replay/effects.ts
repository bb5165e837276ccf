import type { Incident } from '../incidents/index.ts';
import type { Choice } from './result.ts';

/** What has to be chosen before an incident can be replayed. */
export interface EffectOptions {
  /** Taken where nobody published how many requests failed. @unit share @default 1 */
  readonly severity?: number;
  /** Which side of split incidents the platform is on. */
  readonly cohorts?: readonly string[];
  /** Only what happens from then on; stands in for a begin that nobody knows. @unit ms */
  readonly from?: number;
  /** Only what happens until then; stands in for an end that nobody knows. @unit ms */
  readonly to?: number;
  /** Moves every time. @unit ms @default 0 */
  readonly shift?: number;
}

/** An effect with times and severities that can be replayed. */
export interface PlacedEffect {
  /** As it is called in choices. */
  readonly about: string;
  /** `provider/capability`, a provider, or a service of the plan. */
  readonly name: string;
  /** `''`, `region` or `region/zone`. */
  readonly scope: string;
  readonly phases: readonly PlacedPhase[];
  /** When something of it happened is known, even if that is not replayed: then it says all that happened to what it names. */
  readonly isPlaced: boolean;
  /** Why something that failed is not replayed: nobody knows when it was, or it lies outside --from and --to. */
  readonly leftOut: LeftOut | undefined;
}

export type LeftOut = 'untimed' | 'outside';

export interface PlacedPhase {
  /** @unit ms */
  readonly from: number;
  /** @unit ms */
  readonly to: number;
  /** Share of requests that fail. */
  readonly severity: number;
  readonly mode: Phase['mode'];
  /** What an attacker altered: nothing is unavailable, and nothing can be trusted. */
  readonly isAltered: boolean;
}

type Effect = Incident['effects'][number];
type Phase = Effect['phases'][number];
type Cohort = NonNullable<Effect['cohorts']>[number];

/** Modes in which requests are answered, late, old or wrong: nothing is unavailable by itself. */
const ANSWERED: ReadonlySet<Phase['mode']> = new Set([
  'latency',
  'stale',
  'wrong-answer',
  'throttled',
  'slow-provisioning',
  'cold-cache',
  'degraded-accuracy',
  'silent',
  'integrity-loss',
  'none',
] as const);
/** Down and up in turn: the only published shape is about every five minutes. @unit ms */
const FLAP = 5 * 60_000;
/** All phases of an incident together flap at most so often: ten weeks. */
const MOST_FLAPS = 10_000;

/** Places every effect of an incident in time and says what had to be chosen. */
export function placeEffects(
  incident: Incident,
  options: EffectOptions,
): { readonly effects: readonly PlacedEffect[]; readonly choices: readonly Choice[] } {
  const choices = new Choices();
  const known = knownTimes(incident);
  let flapsLeft = MOST_FLAPS;
  const effects = incident.effects.map((effect): PlacedEffect => {
    const about = effect.scope === 'global' ? effect.capability : `${effect.capability}@${effect.scope}`;
    const own = (effect.cohorts ?? []).filter(({ id }) => options.cohorts?.includes(id) === true);
    for (const { id, condition } of own)
      choices.add(about, `seen as a platform in the cohort ${id}: ${condition}`);
    let leftOut: LeftOut | undefined;
    let isPlaced = false;
    const leaveOut = (why: LeftOut, says: string): never[] => {
      if (leftOut !== 'untimed') leftOut = why;
      choices.add(about, says);
      return [];
    };
    const phases = effect.phases.flatMap((phase) => {
      const { span, says: timed } = placeTime(phase, known, options);
      const { severity, says } = severityOf(phase, own, options);
      const altered = isAltered(effect, own, phase);
      // When nothing failed, nobody needs to know when.
      const matters = severity > 0 || altered.is;
      if (span === 'untimed') return matters ? leaveOut(span, timed) : [];
      isPlaced = true;
      const whole = span === 'outside' ? undefined : cut(span, options);
      const placed = { from: 0, to: 0, severity, mode: phase.mode, isAltered: altered.is };
      const parts =
        whole === undefined || span === 'outside' ? [] : shape(placed, whole, span.from, flapsLeft);
      if (phase.mode === 'flapping') flapsLeft -= parts.length;
      if (parts.length === 0)
        return matters
          ? leaveOut('outside', `${phase.mode} is left out: it lies outside --from and --to`)
          : [];
      for (const chosen of [timed, says, altered.says]) choices.add(about, chosen);
      if (phase.mode === 'flapping')
        choices.add(
          about,
          flapsLeft > 0
            ? 'flapping is taken as five minutes down and five up in turn'
            : `flapping is taken as five minutes down and five up in turn, ${MOST_FLAPS} times, and then as down`,
        );
      const { shift = 0 } = options;
      return parts.map((part) => ({ ...part, from: part.from + shift, to: part.to + shift }));
    });
    return {
      about,
      name: effect.capability,
      scope: effect.scope === 'global' ? '' : effect.scope,
      phases,
      isPlaced,
      leftOut,
    };
  });
  return { effects, choices: choices.all };
}

/** Each choice once. */
class Choices {
  readonly all: Choice[] = [];

  add(about: string, says: string): void {
    if (says !== '' && !this.all.some((one) => one.about === about && one.says === says))
      this.all.push({ about, says });
  }
}

interface Known {
  readonly start: number | undefined;
  readonly end: number | undefined;
  readonly isEndGiven: boolean;
  readonly isStartGiven: boolean;
}

/** The window of an incident, else the first and last time known of it. */
function knownTimes(incident: Incident): Known {
  const named = new Map(incident.window.map(({ name, value }) => [name, value]));
  const phases = incident.effects.flatMap((effect) => effect.phases);
  const times = [
    ...named.values(),
    ...phases.flatMap(({ from, to }) => [from, to]),
    ...(incident.timeline ?? []).map(({ at }) => at),
    ...(incident.observed ?? []).flatMap(({ from, to }) => [from, to]),
    incident.counts?.from ?? null,
    incident.counts?.to ?? null,
  ].flatMap((time) => (time === null ? [] : [Date.parse(time)]));
  const parse = (time: string | null | undefined): number | undefined =>
    time === null || time === undefined ? undefined : Date.parse(time);
  const start = parse(named.get('start'));
  const end = parse(named.get('end'));
  return {
    start: start ?? (times.length > 0 ? Math.min(...times) : undefined),
    end: end ?? (times.length > 0 ? Math.max(...times) : undefined),
    isStartGiven: start !== undefined,
    isEndGiven: end !== undefined,
  };
}

interface Span {
  readonly from: number;
  readonly to: number;
}

interface Placed {
  readonly span: Span | LeftOut;
  /** What was chosen; nothing where everything is known. */
  readonly says: string;
}

/** When a phase is replayed. */
function placeTime(phase: Phase, known: Known, options: EffectOptions): Placed {
  // The window is known; the first and the last time known of an incident are not its begin and end.
  const saysFrom = phase.from === null && !known.isStartGiven && options.from !== undefined;
  const saysTo = phase.to === null && !known.isEndGiven && options.to !== undefined;
  const from = phase.from !== null ? Date.parse(phase.from) : saysFrom ? options.from : known.start;
  const to = phase.to !== null ? Date.parse(phase.to) : saysTo ? options.to : known.end;
  if (from === undefined || to === undefined || from >= to) {
    const missing = from === undefined ? 'began' : to === undefined || phase.to === null ? 'ended' : 'began';
    const says = `${phase.mode} is left out: when it ${missing} is not known (--from and --to can say)`;
    // --from and --to stand in for what nobody knows, but not beyond what is known.
    const isOutside =
      (to ?? Infinity) <= (options.from ?? -Infinity) || (from ?? -Infinity) >= (options.to ?? Infinity);
    return { span: isOutside ? 'outside' : 'untimed', says };
  }
  const shift = options.shift ?? 0;
  const chosen: string[] = [];
  if (saysFrom) chosen.push('begin at --from');
  else if (phase.from === null)
    chosen.push(
      `begin ${known.isStartGiven ? 'with the incident' : 'at the first time known of the incident'}, ${clock(from + shift)}`,
    );
  if (saysTo) chosen.push('end at --to');
  else if (phase.to === null)
    chosen.push(
      `end ${known.isEndGiven ? 'with the incident' : 'at the last time known of the incident'}, ${clock(to + shift)}`,
    );
  return {
    span: { from, to },
    says: chosen.length === 0 ? '' : `${phase.mode} is taken to ${chosen.join(', and to ')}`,
  };
}

/**
 * The worst of what the platform's cohorts saw; a cohort that says nothing of its severity saw what the phase says.
 *
 * @param own the cohorts of the effect that the platform is in
 */
function severityOf(
  phase: Phase,
  own: readonly Cohort[],
  options: EffectOptions,
): { readonly severity: number; readonly says: string } {
  const general = generalSeverity(phase, options);
  const isHarmless = ANSWERED.has(phase.mode) && phase.severity === null;
  const known = own.flatMap(({ severity }) =>
    typeof severity === 'number' ? [isHarmless ? 0 : severity] : [],
  );
  const worst = Math.max(...known);
  const isGeneral = known.length === 0 || (known.length < own.length && general.severity >= worst);
  return isGeneral ? general : { severity: worst, says: '' };
}

/** How much failed for a platform of which nothing more is known. */
function generalSeverity(
  phase: Phase,
  options: EffectOptions,
): { readonly severity: number; readonly says: string } {
  if (phase.severity !== null) return { severity: phase.severity, says: '' };
  if (ANSWERED.has(phase.mode))
    return { severity: 0, says: `${phase.mode}: nothing is taken to have failed` };
  const severity = options.severity ?? 1;
  const taken = severity === 1 ? 'all' : `${Math.round(severity * 1000) / 10} %`;
  return { severity, says: `how many requests failed is not published, taken as ${taken} (--severity)` };
}

/** Whether the platform was among those whose content was altered; where cohorts tell, it must be in one. */
function isAltered(
  { cohorts = [] }: Effect,
  own: readonly Cohort[],
  { mode }: Phase,
): { readonly is: boolean; readonly says: string } {
  if (mode !== 'integrity-loss') return { is: false, says: '' };
  if (own.length > 0) return { is: own.some(({ severity }) => severity !== 0), says: '' };
  if (cohorts.length === 0) return { is: true, says: '' };
  const names = cohorts.map(({ id }) => id).join(', ');
  return { is: false, says: `taken as not among those that were altered (--cohort: ${names})` };
}

/**
 * A phase as it is, or its flaps: down and up in turn since the phase began.
 *
 * @param began when the phase began, before it was cut. @unit ms
 * @param most flaps, the last of which goes on to the end
 */
function shape(phase: PlacedPhase, { from, to }: Span, began: number, most: number): PlacedPhase[] {
  if (phase.mode !== 'flapping') return [{ ...phase, from, to }];
  const flaps: PlacedPhase[] = [];
  const first = began + Math.floor((from - began) / (2 * FLAP)) * 2 * FLAP;
  for (let at = first; at < to; at += 2 * FLAP) {
    const isLast = flaps.length >= most - 1;
    const end = isLast ? to : Math.min(to, at + FLAP);
    if (end > from) flaps.push({ ...phase, from: Math.max(at, from), to: end });
    if (isLast) break;
  }
  return flaps;
}

/** The part between --from and --to; undefined when there is none. */
function cut({ from, to }: Span, options: EffectOptions): Span | undefined {
  const part = {
    from: Math.max(from, options.from ?? Number.NEGATIVE_INFINITY),
    to: Math.min(to, options.to ?? Number.POSITIVE_INFINITY),
  };
  return part.from < part.to ? part : undefined;
}

function clock(time: number): string {
  return `${new Date(time).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}
