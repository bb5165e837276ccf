import { dirname, resolve } from 'node:path';
import type { Catalog } from '../../catalog/index.ts';
import { digestOf, readText, type ReadLimits } from '../../document/load.ts';
import { secretAt, servedBy, type Role, type Served } from '../../serve/index.ts';
import type { Problem } from '../../problems.ts';
import type { Environment } from '../command.ts';
import { problemLine, problemText, type LoadedModel } from '../input.ts';
import type { Facts } from '../../guard/index.ts';
import type { GoodPlan, KeptPlan } from './good-plan.ts';
import { planOf } from './judge.ts';
import { PlanJudge } from './judging.ts';
import type { PlanContract } from './plan-contract.ts';

/** A plan that a process begins with. */
export interface FirstPlan {
  readonly text: string;
  readonly facts: Facts | null;
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
  readonly contract: PlanContract | undefined;
}

/**
 * The plan in the file; where that is not there, is wrong, or is worse than the last one that was in force, that one. A restart is no way
 * around the guard. Undefined where there is neither, and then all that is wrong with the file has been said.
 */
export async function firstPlan(first: First, environment: Environment): Promise<FirstPlan | undefined> {
  const { file, limits, good } = first;
  const read = readText(file, limits);
  const kept = good?.load();
  if (read.text !== undefined && kept?.digest === digestOf(read.text))
    return make(read.text, kept.facts, first, environment);
  const checked =
    read.text === undefined ? unread(read.problem) : await check(read.text, kept, first, environment);
  let held = checked.held;
  if (held === undefined && read.text !== undefined) {
    const found = make(read.text, checked.facts, first, environment);
    if (found !== undefined || kept === undefined) return found;
    const why = ['It cannot be served (the lines before say why).'];
    held = { digest: digestOf(read.text), state: 'refused', why };
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

interface Checked {
  /** Why it is not taken; undefined where it is. */
  readonly held: HeldPlan | undefined;
  readonly facts: Facts | null;
}

function unread(found: Problem): Checked {
  return { held: { digest: '', state: 'refused', why: [problemLine(found)] }, facts: null };
}

/** Holds what is in the file against its contract and, where there is one, the last good plan. */
async function check(
  text: string,
  kept: KeptPlan | undefined,
  { file, contract }: First,
  { root }: Environment,
): Promise<Checked> {
  const digest = digestOf(text);
  const checked = await contract?.check(file, digest, kept?.facts ?? null);
  const facts = checked?.facts ?? null;
  if (checked !== undefined && checked.wrong.length > 0)
    return { held: { digest, state: 'refused', why: checked.wrong }, facts };
  // With nothing to go on with, what is wrong is said as always.
  if (kept === undefined) return { held: undefined, facts };
  const judge = new PlanJudge();
  const judged = await judge.judge({ root, file, text, inForce: kept.text });
  judge.stop();
  if (judged.kind === 'wrong') {
    const errors = judged.problems.filter(({ severity }) => severity === 'error');
    return { held: { digest, state: 'refused', why: errors.map(problemLine) }, facts };
  }
  const isWorse = judged.harm.length > 0;
  return { held: isWorse ? { digest, state: 'held-back', why: judged.harm } : undefined, facts };
}

/** What a text gives to be served; else all that is wrong is said. */
function make(
  text: string,
  facts: Facts | null,
  { file, role, catalog }: First,
  environment: Environment,
): FirstPlan | undefined {
  const { loaded, problems } = planOf(text, file, catalog);
  if (loaded === undefined) {
    environment.err(problemText(problems));
    return undefined;
  }
  for (const found of problems) environment.err(problemLine(found));
  const served = prepare(loaded, role, file, environment);
  return served === undefined ? undefined : { text, facts, loaded, served, instead: undefined };
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
