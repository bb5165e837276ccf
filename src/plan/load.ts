import { digestOf, readText, type ReadLimits } from '../document/load.ts';
import type { Problem } from '../problems.ts';
import { parsePlan, type ParsedPlan } from './index.ts';

/** Reads a plan from a file (`-` is standard input). What cannot be read comes back as a problem, never as a throw. */
export function loadPlan(
  file: string,
  limits: ReadLimits = {},
): ParsedPlan & { readonly problems: readonly Problem[] } {
  const read = readText(file, limits);
  if (read.text === undefined) return { plan: undefined, problems: [read.problem] };
  const parsed = parsePlan(read.text, read.name);
  if (parsed.plan === undefined) return parsed;
  return { ...parsed, plan: { ...parsed.plan, digest: digestOf(read.text) } };
}
