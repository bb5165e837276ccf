import type { Assessment } from '../../assess/index.ts';
import type { Catalog } from '../../catalog/index.ts';
import type { Incident } from '../../incidents/index.ts';
import type { Environment } from '../command.ts';
import type { LoadedModel } from '../input.ts';
import { reportPage } from '../report.ts';

/** Makes the page of evidence, with the catalogue and the library of the evidence in it. */
export function evidencePage(
  loaded: LoadedModel,
  { catalog, incidents }: { readonly catalog: Catalog; readonly incidents: readonly Incident[] },
  environment: Environment,
): (assessment: Assessment) => string {
  return (assessment) =>
    reportPage([{ ...loaded, assessment }], { catalog, incidents, options: {} }, environment);
}
