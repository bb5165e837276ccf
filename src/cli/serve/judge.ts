import { assess, harmBetween, protectionsGivenUp, type Assessment } from '../../assess/index.ts';
import type { Catalog } from '../../catalog/index.ts';
import { buildModel, type Model } from '../../model/index.ts';
import { parsePlan, type Plan } from '../../plan/index.ts';
import { readPlan } from '../../plan/load.ts';
import type { Problem } from '../../problems.ts';
import { builtCatalog, modelOf, type LoadedModel } from '../input.ts';

/** A plan that is offered, and the one that is in force. Plain data, as all that goes to a worker and comes back. */
export interface JudgeRequest {
  /** The folder of the installed package. */
  readonly root: string;
  /** What the plan is called in problems. */
  readonly file: string;
  readonly text: string;
  /** Null: nothing is in force, or it does not matter what it makes worse. */
  readonly inForce: string | null;
}

export type Judgement =
  /** It says nothing, contradicts itself, or the like. */
  | { readonly kind: 'wrong'; readonly problems: readonly Problem[] }
  | { readonly kind: 'judged'; readonly harm: readonly string[] };

/** Reads a plan and holds it against the one in force: what a worker runs, since both may take their time. */
export function judgePlan(request: JudgeRequest, tell: (judgement: Judgement) => void): void {
  const catalog = builtCatalog(request);
  const { loaded, problems } = modelOf(readPlan(request.text, request.file), catalog);
  if (loaded === undefined) tell({ kind: 'wrong', problems });
  else tell({ kind: 'judged', harm: harmOf(loaded, request, catalog) });
}

function harmOf({ plan, model }: LoadedModel, { file, inForce }: JudgeRequest, catalog: Catalog): string[] {
  if (inForce === null) return [];
  const before = parsePlan(inForce, file).plan;
  if (before === undefined) return [];
  const old = buildModel(asOfDayOf(before, plan), catalog).model;
  if (old === undefined) return [];
  return [...harmBetween(solved(old), solved(model)), ...protectionsGivenUp(old, model)];
}

/** As of the same day: what incidents have shown since is no fault of the plan that is offered. */
function asOfDayOf(before: Plan, { platform: { asOf } }: Plan): Plan {
  return { ...before, platform: { ...before.platform, asOf } };
}

function solved(model: Model): Assessment {
  return assess(model, { advice: false, draws: 0, top: 0 });
}
