import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Assessment } from '../assess/index.ts';
import type { Catalog } from '../catalog/index.ts';
import type { Comparison } from '../compare/index.ts';
import { KeelsonError } from '../errors.ts';
import type { Incident } from '../incidents/index.ts';
import { layoutOf, mapOf } from '../map/index.ts';
import { reportHtml, type ReportData } from '../reporters/index.ts';
import type { Environment } from './command.ts';
import { libraryIncidents } from './incident.ts';
import type { LoadedModel } from './input.ts';
import { installedVersion } from './version.ts';

/** A plan of a page, with what it was found to be. */
export interface Reported extends LoadedModel {
  readonly assessment: Assessment;
}

export interface PageOptions {
  readonly catalog: Catalog;
  /** Of the plans, where there are several. @default null */
  readonly comparison?: Comparison | null;
  /** What the assessments were asked with. */
  readonly options: ReportData['options'];
  /** The library that the page holds. @default that which comes with Keelson */
  readonly incidents?: readonly Incident[];
  /** What is opened first, as the part of a link after `#`. @default the map of the first plan */
  readonly view?: string;
  /** Whether whoever serves it says when the plan was saved. @default false */
  readonly isLive?: boolean;
}

/** The page about plans that have been assessed: one file that needs nothing else. The same answers give the same bytes. */
export function reportPage(
  plans: readonly Reported[],
  { catalog, comparison = null, options, incidents, view = '', isLive = false }: PageOptions,
  environment: Pick<Environment, 'root'>,
): string {
  return reportHtml(builtTemplate('report', environment), {
    schema: 'keelson.report/1',
    version: installedVersion(environment),
    plans: plans.map(({ plan, model, problems, assessment }) => ({
      plan,
      problems,
      // How long it took is not the same each time.
      assessment: { ...assessment, solved: { ...assessment.solved, ms: 0 } },
      layout: layoutOf(mapOf(model)),
    })),
    comparison,
    catalog,
    incidents: incidents ?? libraryIncidents(environment),
    options,
    view,
    isLive,
  });
}

/** A page without its data, as the build made it. */
export function builtTemplate(
  name: 'report' | 'problems' | 'sector',
  { root }: Pick<Environment, 'root'>,
): string {
  try {
    return readFileSync(join(root, 'dist', `${name}.html`), 'utf8');
  } catch (cause) {
    throw new KeelsonError('page-missing', 'The page that comes with Keelson cannot be read.', {
      hint: 'Build it: npm run build',
      cause,
    });
  }
}

/** The part of a link that opens a page with this failed. */
export function viewWithout(without: readonly string[]): string {
  return new URLSearchParams(without.map((name): [string, string] => ['without', name])).toString();
}
