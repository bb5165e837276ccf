import {
  alternativesOf,
  assess,
  changedPlan,
  type AlternativeWorth,
  type Assessment,
} from '../src/assess/index.ts';
import { evidenceOf, type EvidenceRow } from '../src/evidence/index.ts';
import { buildModel, type Model } from '../src/model/index.ts';
import {
  coverage,
  replay,
  SHOWN_YEARS,
  simulateYears,
  tracesOf,
  type Coverage,
  type Replay,
  type Traces,
  type Years,
} from '../src/replay/index.ts';
import type { ReportData } from '../src/reporters/html.ts';

/** A plan of the page, and what has been changed in it: pieces of advice, one after the other. */
export interface Subject {
  readonly plan: number;
  readonly changes: readonly string[];
}

export type Question =
  | {
      readonly kind: 'assess' | 'advise' | 'alternatives';
      readonly of: Subject;
      readonly without: readonly string[];
    }
  | { readonly kind: 'model' | 'coverage' | 'years' | 'evidence'; readonly of: Subject }
  | { readonly kind: 'replay'; readonly of: Subject; readonly incident: string };

export interface Answers {
  readonly assess: Assessment;
  readonly advise: Assessment;
  readonly alternatives: readonly AlternativeWorth[];
  readonly model: Model['plan'];
  readonly coverage: readonly Coverage[];
  readonly years: Years;
  readonly evidence: readonly EvidenceRow[];
  readonly replay: { readonly replay: Replay; readonly traces: Traces };
}

/** How an answer begins that is none, because a change is none that would be tried. */
export const UNKNOWN_CHANGE = 'It is not known how to do this';

/** Answers what the page asks, with the very functions of the command. Each plan is read once. */
export class Engine {
  private readonly data: ReportData;
  private readonly models = new Map<string, Model>();

  constructor(data: ReportData) {
    this.data = data;
  }

  answer(question: Question): Answers[keyof Answers] {
    const { catalog, options, incidents, plans } = this.data;
    const model = this.model(question.of);
    switch (question.kind) {
      case 'assess':
      case 'advise':
        return assess(model, {
          ...options,
          catalog,
          problems: question.of.changes.length > 0 ? [] : (plans[question.of.plan]?.problems ?? []),
          without: question.without,
          advice: question.kind === 'advise',
        });
      case 'alternatives':
        return alternativesOf(model, { ...options, without: question.without });
      case 'model':
        return model.plan;
      case 'coverage':
        return coverage(incidents.map((incident) => replay(model, incident, { details: false })));
      case 'years':
        return simulateYears(model, { ...SHOWN_YEARS, catalog });
      case 'evidence':
        return evidenceOf(model, catalog);
      default: {
        const incident = incidents.find(({ id }) => id === question.incident);
        if (incident === undefined)
          throw new Error(`No incident of the library is called ${question.incident}.`);
        return { replay: replay(model, incident, { catalog }), traces: tracesOf(model, incident) };
      }
    }
  }

  /** The model of a plan with changes made: each is found by its sentence among those tried on the plan before it. */
  model({ plan: index, changes }: Subject): Model {
    const key = JSON.stringify([index, ...changes]);
    const known = this.models.get(key);
    if (known !== undefined) return known;
    const { catalog, plans } = this.data;
    const change = changes.at(-1);
    const plan =
      change === undefined
        ? plans[index]?.plan
        : changedPlan(this.model({ plan: index, changes: changes.slice(0, -1) }), catalog, change);
    if (plan === undefined) throw new Error(`${UNKNOWN_CHANGE}: ${change ?? `plan ${index}`}.`);
    const { model } = buildModel(plan, catalog);
    if (model === undefined) throw new Error(`The plan makes no sense after this: ${change ?? ''}.`);
    this.models.set(key, model);
    return model;
  }
}
