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
  /** This is the last good one, and nothing is said against what is in the file: it is offered like any other. */
  readonly isBehind: boolean;
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
 * The last plan that was in force, where there is one that can still be served: a restart is no way around the guard, and what is in the file instead is
 * held or offered like any other. Else the plan in the file. Undefined where there is neither, and then all that is wrong with the file has been said.
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
    read.text === undefined ? unread(read.problem) : await check(read.text, kept, first, environment);
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
  environment: Pick<Environment, 'err'>,
): FirstPlan | undefined {
  const { loaded, problems } = planOf(text, file, catalog);
  if (loaded === undefined) {
    environment.err(problemText(problems));
    return undefined;
  }
  for (const found of problems) environment.err(problemLine(found));
  const served = prepare(loaded, role, file, environment);
  return served === undefined
    ? undefined
    : { text, facts, loaded, served, instead: undefined, isBehind: false };
}

/** What the plan gives to be served; else all that is missing is said. */
export function prepare(
  { model }: LoadedModel,
  role: Role,
  file: string,
  environment: Pick<Environment, 'err'>,
): Served | undefined {
  const folder = dirname(resolve(file));
  const found = servedBy(model, role, { planFile: file, secretAt: (where) => secretAt(where, folder) });
  if (!('problems' in found)) return found;
  for (const one of found.problems) environment.err(problemLine(one));
  for (const { message, code, hint } of found.errors)
    environment.err(`keelson: ${message} (${code})${hint === undefined ? '' : `\n  ${hint}`}`);
  return undefined;
}
