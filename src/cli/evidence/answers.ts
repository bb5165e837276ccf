import { assess, type Assessment, type ConditionResult } from '../../assess/index.ts';
import type { Catalog } from '../../catalog/index.ts';
import { evidenceOf, type EvidenceRow } from '../../evidence/index.ts';
import type { Incident } from '../../incidents/index.ts';
import type { Model } from '../../model/index.ts';
import type { Problem } from '../../problems.ts';
import {
  AFFORDABLE_EVENTS,
  replay,
  SHOWN_YEARS,
  simulateYears,
  type Replay,
  type Years,
} from '../../replay/index.ts';

/** What everything is computed from, and the bytes in which it is handed on. */
export interface EvidenceInputs {
  /** Of Keelson. */
  readonly version: string;
  readonly model: Model;
  /** Warnings about the plan. */
  readonly problems: readonly Problem[];
  readonly catalog: Catalog;
  readonly incidents: readonly Incident[];
  readonly bytes: Readonly<Record<'plan' | 'catalog' | 'incidents', Uint8Array>>;
  /** Makes the page about an assessment. */
  readonly page: (assessment: Assessment) => string;
}

/** What is asked of the engine: written into the manifest, so that it can be asked again. */
export interface EvidenceOptions {
  /** Cut sets listed a figure. */
  readonly top: number;
  /** Draws of the rates behind each interval. */
  readonly draws: number;
  /** Null where years take too long to simulate. */
  readonly years: { readonly years: number; readonly seed: number } | null;
}

export interface EvidenceAnswers extends EvidenceInputs {
  readonly options: EvidenceOptions;
  readonly assessment: Assessment;
  readonly rows: readonly EvidenceRow[];
  /** Every incident of the library. */
  readonly replays: readonly Replay[];
  readonly years: Years | undefined;
  /** The page, as `keelson assess --html` makes it. */
  readonly html: string;
  /** Files there are not, and why. */
  readonly leftOut: readonly { readonly name: string; readonly why: string }[];
}

const TOP = 1000;
const DRAWS = 128;

/** Everything that is asked of a plan, always in the same way: no clock, no options of whoever asks. */
export function evidenceAnswers(
  inputs: EvidenceInputs,
  onProgress: (share: number, what: string) => void = () => {},
): EvidenceAnswers {
  const { model, problems, catalog, incidents, page } = inputs;
  const assessment = assess(model, { catalog, problems, top: TOP, draws: DRAWS, onProgress });
  const replays = incidents.map((incident, i) => {
    onProgress(i / incidents.length, incident.id);
    return replay(model, incident, { catalog, details: false });
  });
  const { events } = assessment.solved;
  const isAffordable = events <= AFFORDABLE_EVENTS;
  const why = `simulating years of a plan with more than ${AFFORDABLE_EVENTS} events takes too long, and this one has ${events}`;
  return {
    ...inputs,
    options: { top: TOP, draws: DRAWS, years: isAffordable ? SHOWN_YEARS : null },
    assessment,
    rows: evidenceOf(model, catalog),
    html: page(withLikeliest(assessment)),
    replays,
    years: isAffordable ? simulateYears(model, { ...SHOWN_YEARS, catalog, onProgress }) : undefined,
    leftOut: isAffordable ? [] : [{ name: 'years.json', why }],
  };
}

/** Cut sets that the page lists, as `assess` does unless it is asked for more. */
const LISTED = 10;

/** The same answer with fewer cut sets: whoever looks at the page wants the likeliest. */
function withLikeliest(assessment: Assessment): Assessment {
  const shorter = (condition: ConditionResult): ConditionResult => ({
    ...condition,
    cutSets: { ...condition.cutSets, top: condition.cutSets.top.slice(0, LISTED) },
  });
  const journeys = assessment.journeys.map((journey) => ({
    ...journey,
    down: shorter(journey.down),
    degraded: shorter(journey.degraded),
  }));
  return { ...assessment, journeys };
}
