import { KeelsonError } from '../../errors.ts';
import { printable } from '../../problems.ts';
import { digestOf, readBytes } from '../../document/load.ts';
import type { Arguments, Environment } from '../command.ts';
import { libraryIncidents } from '../incident.ts';
import { builtCatalog, readLimits, refuse } from '../input.ts';
import { progressLine } from '../progress.ts';
import { installedVersion } from '../version.ts';
import { evidenceAnswers, type EvidenceAnswers } from './answers.ts';
import { bytesOf, evidenceFiles, json, MANIFEST } from './files.ts';
import { checkFolder, writeFolder } from './folder.ts';
import { manifestBytes } from './manifest.ts';
import { evidencePage } from './page.ts';
import { evidenceModel } from './plan.ts';

/** `keelson export --evidence DIR PLAN`: everything is computed before anything is written. */
export function writeEvidence(folder: string, args: Arguments, environment: Environment): number {
  const [file, ...rest] = args.operands;
  if (file === undefined || rest.length > 0)
    throw new KeelsonError(
      file === undefined ? 'no-plan' : 'bad-argument',
      `Expected one plan file, found ${args.operands.length}.`,
      { hint: 'keelson export --evidence DIR PLAN' },
    );
  checkFolder(folder);
  const read = readBytes(file, readLimits(args));
  if (read.bytes === undefined) return refuse([read.problem], args, environment);
  const catalog = builtCatalog(environment);
  const incidents = libraryIncidents(environment);
  const { loaded, problems } = evidenceModel(read.bytes, catalog, read.name);
  if (loaded === undefined) return refuse(problems, args, environment);
  const line = progressLine(environment);
  const answers = evidenceAnswers(
    {
      version: installedVersion(environment),
      model: loaded.model,
      problems: loaded.problems,
      catalog,
      incidents,
      page: evidencePage(loaded, { catalog, incidents }, environment),
      bytes: { plan: read.bytes, catalog: bytesOf(json(catalog)), incidents: bytesOf(json(incidents)) },
    },
    line.show,
  );
  line.clear();
  const files = evidenceFiles(answers);
  const manifest = manifestBytes(answers, files);
  // The manifest first: what is cut short holds a folder that can be written again, and that a check finds wanting.
  writeFolder(folder, new Map([[MANIFEST, manifest], ...files]));
  say(folder, answers, manifest, files.size + 1, args, environment);
  return 0;
}

function say(
  folder: string,
  { leftOut }: EvidenceAnswers,
  manifest: Uint8Array,
  count: number,
  args: Arguments,
  { out }: Environment,
): void {
  if (args.flag('json')) {
    out(new TextDecoder().decode(manifest).trimEnd());
    return;
  }
  for (const { name, why } of leftOut) out(`Without ${name}: ${why}.`);
  out(`Wrote ${count} files to ${printable(folder)}. Its manifest: ${digestOf(manifest)}`);
  out(`Next: keelson export --verify ${printable(folder)}`);
}
