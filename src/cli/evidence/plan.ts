import type { Catalog } from '../../catalog/index.ts';
import { textOf } from '../../document/load.ts';
import { readPlan } from '../../plan/load.ts';
import type { Problem } from '../../problems.ts';
import { modelOf, type LoadedModel } from '../input.ts';

/** The name under which a plan lies in a folder of evidence. Answers carry it, wherever the plan came from. */
const NAME = 'plan.yaml';

/** The model of a plan's bytes. @param file the name that problems carry */
export function evidenceModel(
  bytes: Uint8Array,
  catalog: Catalog,
  file: string,
): { readonly loaded: LoadedModel | undefined; readonly problems: readonly Problem[] } {
  const read = textOf(bytes, file);
  if (read.text === undefined) return { loaded: undefined, problems: [read.problem] };
  const { loaded, problems } = modelOf(readPlan(read.text, NAME), catalog);
  return { loaded, problems: problems.map((problem) => ({ ...problem, file })) };
}
