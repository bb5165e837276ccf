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
  return readPlan(read.text, read.name);
}

/** A plan from the text of a whole file: it knows its digest. @param name what the file is called in problems */
export function readPlan(text: string, name: string): ParsedPlan {
  const parsed = parsePlan(text, name);
  return parsed.plan === undefined ? parsed : { ...parsed, plan: { ...parsed.plan, digest: digestOf(text) } };
}
