/**
 * The answer of `replay` for one incident and one plan, plain data, JSON as it is: the contract `keelson.replay/1`. Fields are
 * only ever added; the same plan, incident, options and version give the same bytes.
 *
 * Times are ISO 8601 in UTC; durations in minutes; money in the plan's currency; levels are shares of requests answered.
 */
export interface Replay {
  readonly schema: 'keelson.replay/1';
  readonly incident: IncidentSummary;
  readonly plan: PlanSummary;
  /** The first and the last moment that was replayed; null when nothing of the incident has a time. */
  readonly from: string | null;
  readonly to: string | null;
  /** Whether anything that the plan stands on was hit at all: unavailable, or altered. */
  readonly touched: boolean;
  /**
   * untouched: nothing the plan stands on was hit. altered: nothing was unavailable, but somebody could alter what users see,
   * sign or withdraw. unharmed: hit, and no user noticed. covered: users noticed, but fallbacks
   * were serving before the provider was back. uncovered: some journey was down until the provider came back. Where nothing is
   * replayed of what hit it: unknown, because nobody published when it was; outside, because it lies outside --from and --to.
   */
  readonly outcome: 'untouched' | 'altered' | 'unharmed' | 'covered' | 'uncovered' | 'unknown' | 'outside';
  readonly journeys: readonly JourneyReplay[];
  /** Over all journeys that say what they cost; null when none does. */
  readonly loss: number | null;
  /** What the plan stands on that was hit, with the worst level. */
  readonly hit: readonly HitReference[];
  /** What the providers of the plan offer to change things that was hit: the steering wheels. */
  readonly controlPlanes: readonly ControlPlane[];
  /** Who had to do what when. */
  readonly steps: readonly ReplayStep[];
  /** Services that are not where they are normally at the end, because they hold state. */
  readonly notBack: readonly { readonly service: string; readonly inUse: string }[];
  /** What standbys and switches taken as sure would have cost. */
  readonly otherwise: readonly Otherwise[];
  /** The same incident with other severities in place of those nobody published. */
  readonly sensitivity: readonly Sensitivity[];
  /** Single changes that would have helped, replayed again, the best first. */
  readonly changes: readonly HelpfulChange[];
  /** What had to be chosen because nobody published it. */
  readonly choices: readonly Choice[];
}

export interface IncidentSummary {
  readonly id: string;
  readonly title: string;
  readonly provider: string;
  readonly kind: 'availability' | 'security';
}

export interface PlanSummary {
  readonly name: string;
  readonly file: string;
  readonly digest: string | null;
  readonly asOf: string;
  readonly currency: string;
}

export interface JourneyReplay {
  readonly name: string;
  readonly tier: 'core' | 'important' | 'deferrable';
  /** Its ladder, best first. */
  readonly modes: readonly { readonly name: string; readonly worth: number }[];
  /** End to end, without a gap; `down` where no mode works. */
  readonly segments: readonly Segment[];
  readonly minutesDown: number;
  /** In a mode that is not the first; without the minutes down. */
  readonly minutesDegraded: number;
  /** In a mode that serves without a protection it needs. */
  readonly minutesExposed: number;
  /** In which somebody could alter what users see, sign or withdraw, in incidents that alter things. */
  readonly minutesAltered: number;
  /**
   * The longest time in no mode that ended only because what had failed was back, or that nothing under way ends; 0 when
   * fallbacks ended all.
   */
  readonly minutesUncovered: number;
  /** Its mode, or `down`, once nothing is under way any more: the first, unless something keeps it from coming back. */
  readonly endsIn: string;
  /** Null when the plan does not say what it costs. */
  readonly loss: number | null;
  /** Work that waited at most, in minutes of normal load. */
  readonly backlogMinutes: number;
}

export interface Segment {
  readonly from: string;
  readonly to: string;
  readonly mode: string;
  readonly level: number;
  readonly exposed: boolean;
}

export interface HitReference {
  readonly name: string;
  readonly lowest: number;
}

export interface ControlPlane {
  readonly capability: string;
  readonly from: string;
  readonly to: string;
  readonly mode: string;
  /** Whether the plan steers a switch or lets a pool grow by it. */
  readonly used: boolean;
}

export interface ReplayStep {
  readonly at: string;
  readonly service: string;
  /** Of growth: grown; shrunk, given back because it is no longer needed; lost with the member that had grown. */
  readonly kind:
    | 'failing'
    | 'recovered'
    | 'detected'
    | 'approved'
    | 'refused'
    | 'stuck'
    | 'switching'
    | 'switch-failed'
    | 'switched'
    | 'in-use'
    | 'back'
    | 'grown'
    | 'shrunk'
    | 'lost'
    | 'collapsed';
  /** The alternative in use before. */
  readonly from: string;
  /** The alternative it is about. */
  readonly to: string;
  /** What steers the switch; null when nothing is needed. */
  readonly by: string | null;
  /** In a sentence. */
  readonly says: string;
}

export interface Otherwise {
  readonly service: string;
  /** The chance that the switch is made and the standby is ready. */
  readonly chance: number;
  /** Minutes down and loss more if not. */
  readonly moreMinutesDown: number;
  readonly moreLoss: number | null;
  readonly journeys: readonly { readonly name: string; readonly minutesDown: number }[];
}

export interface Sensitivity {
  /** Share of requests that failed where nobody published it. */
  readonly severity: number;
  /** Summed over journeys. */
  readonly minutesDown: number;
  readonly loss: number | null;
}

export interface HelpfulChange {
  readonly change: string;
  readonly kind: string;
  readonly lossAvoided: number | null;
  /** Summed over journeys. */
  readonly minutesDownAvoided: number;
  readonly minutesDegradedAvoided: number;
  readonly assumes: readonly string[];
}

export interface Choice {
  readonly about: string;
  readonly says: string;
}
