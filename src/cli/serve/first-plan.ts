import type { Catalog } from '../../catalog/index.ts';
import { digestOf, readText, type ReadLimits } from '../../document/load.ts';
import type { Role, Served, Via } from '../../serve/index.ts';
import { readPlan } from '../../plan/load.ts';
import type { Environment } from '../command.ts';
import { modelOf, problemLine, problemText, type LoadedModel } from '../input.ts';
import type { Facts } from '../../guard/index.ts';
import { checkPlan, unreadPlan, type CheckedPlan, type HeldPlan } from './check-plan.ts';
import type { GoodPlan, KeptPlan } from './good-plan.ts';
import { PlanJudge } from './judging.ts';
import type { PlanContract } from './plan-contract.ts';
import { servedPlan } from './served-plan.ts';

/** A plan that a process begins with. */
export interface FirstPlan {
  readonly text: string;
  readonly facts: Facts | null;
  readonly loaded: LoadedModel;
  readonly served: Served;
  /** What is in the file instead, where this is the last good one; why it is not taken. */
  readonly instead: HeldPlan | undefined;
  /** This is the last good one, and nothing is said against what is in the file: it is offered like any other. */
  readonly isBehind: boolean;
}

interface First {
  readonly file: string;
  readonly role: Role;
  readonly limits: ReadLimits;
  readonly catalog: Catalog;
  readonly good: GoodPlan | undefined;
  readonly contract: PlanContract | undefined;
  readonly via: Via;
}

/**
 * The last plan that was in force, where there is one that can still be served: a restart is no way around the guard, and what is in the
 * file instead is held or offered like any other. Else the plan in the file. Undefined where there is neither, and then all that is wrong with the file has been said.
 */
export async function firstPlan(first: First, environment: Environment): Promise<FirstPlan | undefined> {
  const { file, limits, good } = first;
  const read = readText(file, limits);
  const kept = good?.load();
  if (read.text === undefined && kept === undefined) {
    environment.err(problemText([read.problem]));
    return undefined;
  }
  if (read.text !== undefined && kept?.digest === digestOf(read.text))
    return make(read.text, kept.facts, first, environment);
  const { held, facts } =
    read.text === undefined
      ? { held: unreadPlan(read.problem), facts: null }
      : await check(read.text, kept, first, environment);
  if (held === undefined && read.text !== undefined) {
    const before = kept === undefined ? undefined : make(kept.text, kept.facts, first, SILENT);
    // Where that one no longer can be served, there is nothing to begin with but this one.
    if (before === undefined || kept === undefined) return make(read.text, facts, first, environment);
    environment.err(
      `keelson: ${file} is another plan than the last good one, of ${kept.at}.\n  It begins with that one, and the file is offered.`,
    );
    return { ...before, isBehind: true };
  }
  if (held === undefined || kept === undefined) {
    if (held !== undefined) environment.err(`keelson: ${file} is not taken:\n  ${held.why.join('\n  ')}`);
    return undefined;
  }
  environment.err(
    `keelson: ${file} is not taken: ${held.why.join(' ')}\n  It goes on with the last good plan, of ${kept.at}.`,
  );
  const found = make(kept.text, kept.facts, first, environment);
  return found === undefined ? undefined : { ...found, instead: held };
}

const SILENT = { err: (): void => {} };

/** What is in the file, held against its contract and, where there is one, the last good plan. */
async function check(
  text: string,
  kept: KeptPlan | undefined,
  { file, contract }: First,
  { root }: Environment,
): Promise<CheckedPlan> {
  const last = kept?.facts ?? null;
  // With nothing to go on with, what is wrong is said as always.
  const judge = kept === undefined ? undefined : new PlanJudge();
  const checked = await checkPlan({ root, file, text, contract, last, inForce: kept?.text ?? null }, judge);
  judge?.stop();
  return checked;
}

/** What a text gives to be served; else all that is wrong is said. */
function make(
  text: string,
  facts: Facts | null,
  { file, role, catalog, via }: First,
  environment: Pick<Environment, 'err'>,
): FirstPlan | undefined {
  const { loaded, problems } = modelOf(readPlan(text, file), catalog);
  if (loaded === undefined) {
    environment.err(problemText(problems));
    return undefined;
  }
  for (const found of problems) environment.err(problemLine(found));
  const served = prepare(loaded, role, file, via, environment);
  return served === undefined
    ? undefined
    : { text, facts, loaded, served, instead: undefined, isBehind: false };
}

/** What the plan gives to be served; else all that is missing is said. */
export function prepare(
  { model }: LoadedModel,
  role: Role,
  file: string,
  via: Via,
  environment: Pick<Environment, 'err'>,
): Served | undefined {
  const found = servedPlan(model, role, file, via);
  if (!('problems' in found)) return found;
  for (const one of found.problems) environment.err(problemLine(one));
  for (const { message, code, hint } of found.errors)
    environment.err(`keelson: ${message} (${code})${hint === undefined ? '' : `\n  ${hint}`}`);
  return undefined;
}
