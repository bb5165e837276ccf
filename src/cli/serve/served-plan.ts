import { dirname, resolve } from 'node:path';
import type { Model } from '../../model/index.ts';
import { secretAt } from '../../processes/secrets.ts';
import type { Problem } from '../../problems.ts';
import { servedBy, type Role, type Served, type Status, type Unserved, type Via } from '../../serve/index.ts';

/**
 * What a plan gives to be served, or all that is missing for it. Secrets are looked for from the folder of its file.
 *
 * @param via which of its addresses are reached elsewhere in this run
 */
export function servedPlan(model: Model, role: Role, file: string, via: Via): Served | Unserved {
  const folder = dirname(resolve(file));
  return servedBy(model, role, { planFile: file, secretAt: (where) => secretAt(where, folder), via });
}

/** What was found of a plan, as the status has it. */
export function findingsOf(problems: readonly Problem[]): Status['findings'] {
  return problems.map(({ severity, code, message }) => ({ severity, code, message }));
}
