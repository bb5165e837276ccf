import { dirname, resolve } from 'node:path';
import type { Catalog } from '../../catalog/index.ts';
import { digestOf, readText, type ReadLimits } from '../../document/load.ts';
import { secretAt, servedBy, type Role, type Served } from '../../serve/index.ts';
import type { Environment } from '../command.ts';
import { problemLine, problemText, type LoadedModel } from '../input.ts';
import type { GoodPlan } from './good-plan.ts';
import { planOf } from './judge.ts';
import { PlanJudge } from './judging.ts';

/** A plan that a process begins with. */
export interface FirstPlan {
  readonly text: string;
  readonly loaded: LoadedModel;
  readonly served: Served;
  /** What is in the file instead, where this is the last good one; why it is not taken. */
  readonly instead: HeldPlan | undefined;
}

/** A plan that is not taken. */
export interface HeldPlan {
  /** Empty where the file cannot be read. */
  readonly digest: string;
  readonly state: 'refused' | 'held-back';
  readonly why: readonly string[];
}

interface First {
  readonly file: string;
  readonly role: Role;
  readonly limits: ReadLimits;
  readonly catalog: Catalog;
  readonly good: GoodPlan | undefined;
}

/**
 * The plan in the file; where that is not there, is wrong, or is worse than the last one that was in force, that one. A restart is no way
 * around the guard. Undefined where there is neither, and then all that is wrong with the file has been said.
 */
export async function firstPlan(first: First, environment: Environment): Promise<FirstPlan | undefined> {
  const { file, limits, good } = first;
  const read = readText(file, limits);
  const kept = good?.load();
  if (read.text !== undefined && (kept === undefined || kept.digest === digestOf(read.text))) {
    const found = make(read.text, first, environment);
    if (found !== undefined || kept === undefined) return found;
  }
  const held = await heldBack(read, kept?.text ?? null, first, environment);
  if (held === undefined && read.text !== undefined) {
    const found = make(read.text, first, environment);
    if (found !== undefined) return found;
  }
  if (kept === undefined) {
    if (read.text === undefined) environment.err(problemText([read.problem]));
    return undefined;
  }
  const instead: HeldPlan = held ?? {
    digest: digestOf(read.text ?? ''),
    state: 'refused',
    why: ['It cannot be served (the lines before say why).'],
  };
  environment.err(
    `keelson: ${file} is not taken: ${instead.why.join(' ')}\n  It goes on with the last good plan, of ${kept.at}.`,
  );
  const found = make(kept.text, first, environment);
  return found === undefined ? undefined : { ...found, instead };
}

/** Why a plan is not taken in place of the last good one; undefined where it is. */
async function heldBack(
  read: ReturnType<typeof readText>,
  inForce: string | null,
  { file }: First,
  { root }: Environment,
): Promise<HeldPlan | undefined> {
  if (read.text === undefined) return { digest: '', state: 'refused', why: [problemLine(read.problem)] };
  const digest = digestOf(read.text);
  const judge = new PlanJudge();
  const judged = await judge.judge({ root, file, text: read.text, inForce });
  judge.stop();
  if (judged.kind === 'wrong') {
    const errors = judged.problems.filter(({ severity }) => severity === 'error');
    return { digest, state: 'refused', why: errors.map(problemLine) };
  }
  return judged.harm.length > 0 ? { digest, state: 'held-back', why: judged.harm } : undefined;
}

/** What a text gives to be served; else all that is wrong is said. */
function make(text: string, { file, role, catalog }: First, environment: Environment): FirstPlan | undefined {
  const { loaded, problems } = planOf(text, file, catalog);
  if (loaded === undefined) {
    environment.err(problemText(problems));
    return undefined;
  }
  for (const found of problems) environment.err(problemLine(found));
  const served = prepare(loaded, role, file, environment);
  return served === undefined ? undefined : { text, loaded, served, instead: undefined };
}

/** What the plan gives to be served; else all that is missing is said. */
export function prepare(
  { model }: LoadedModel,
  role: Role,
  file: string,
  environment: Environment,
): Served | undefined {
  const folder = dirname(resolve(file));
  const found = servedBy(model, role, { planFile: file, secretAt: (where) => secretAt(where, folder) });
  if (!('problems' in found)) return found;
  for (const one of found.problems) environment.err(problemLine(one));
  for (const { message, code, hint } of found.errors)
    environment.err(`keelson: ${message} (${code})${hint === undefined ? '' : `\n  ${hint}`}`);
  return undefined;
}
