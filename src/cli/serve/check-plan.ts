import { digestOf } from '../../document/load.ts';
import type { Facts } from '../../guard/index.ts';
import type { Problem } from '../../problems.ts';
import { problemLine } from '../input.ts';
import type { PlanJudge } from './judging.ts';
import type { PlanContract } from './plan-contract.ts';

/** A plan that is not taken. */
export interface HeldPlan {
  /** Empty where the file cannot be read. */
  readonly digest: string;
  readonly state: 'refused' | 'held-back';
  readonly why: readonly string[];
}

export interface CheckedPlan {
  /** Why it is not taken; undefined where nothing is said against it. */
  readonly held: HeldPlan | undefined;
  /** What is true of it, where it was held against a contract. */
  readonly facts: Facts | null;
}

interface Checking {
  /** The folder of the installed package. */
  readonly root: string;
  readonly file: string;
  /** What was read from the file. */
  readonly text: string;
  readonly contract: PlanContract | undefined;
  /** Facts of the plan that it would follow. */
  readonly last: Facts | null;
  /** The text that it may leave nothing worse than; null: it does not matter. */
  readonly inForce: string | null;
}

/** Of a file that cannot be read. */
export function unreadPlan(found: Problem): HeldPlan {
  return { digest: '', state: 'refused', why: [problemLine(found)] };
}

/** Holds what is in a file against its contract and then, where there is a judge, against the plan in force. */
export async function checkPlan(
  { root, file, text, contract, last, inForce }: Checking,
  judge: PlanJudge | undefined,
): Promise<CheckedPlan> {
  const digest = digestOf(text);
  const { facts, wrong } = (await contract?.check(file, digest, last)) ?? { facts: null, wrong: [] };
  if (wrong.length > 0) return { held: { digest, state: 'refused', why: wrong }, facts };
  const judged = await judge?.judge({ root, file, text, inForce });
  if (judged?.kind === 'wrong') {
    const errors = judged.problems.filter(({ severity }) => severity === 'error');
    return { held: { digest, state: 'refused', why: errors.map(problemLine) }, facts };
  }
  const harm = judged?.harm ?? [];
  return { held: harm.length > 0 ? { digest, state: 'held-back', why: harm } : undefined, facts };
}
