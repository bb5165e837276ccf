import { assess, type Assessment } from '../../assess/index.ts';
import type { Catalog } from '../../catalog/index.ts';
import { evidenceOf, type EvidenceRow } from '../../evidence/index.ts';
import type { Incident } from '../../incidents/index.ts';
import type { Model } from '../../model/index.ts';
import type { Problem } from '../../problems.ts';
import { replay, simulateYears, type Replay, type Years } from '../../replay/index.ts';

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
const YEARS = { years: 1000, seed: 1 };
/** Years of more events than this take minutes. */
const MOST_EVENTS = 300;

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
  const isAffordable = events <= MOST_EVENTS;
  const why = `simulating years of a plan with more than ${MOST_EVENTS} events takes too long, and this one has ${events}`;
  return {
    ...inputs,
    options: { top: TOP, draws: DRAWS, years: isAffordable ? YEARS : null },
    assessment,
    rows: evidenceOf(model, catalog),
    // The page lists fewer cut sets: whoever looks wants the likeliest.
    html: page(assess(model, { catalog, problems, draws: DRAWS, onProgress })),
    replays,
    years: isAffordable ? simulateYears(model, { ...YEARS, catalog, onProgress }) : undefined,
    leftOut: isAffordable ? [] : [{ name: 'years.json', why }],
  };
}
