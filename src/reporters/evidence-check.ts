import { printable } from '../problems.ts';
import { table } from './table.ts';

/** What checking a folder of evidence found: the contract `keelson.evidence-check/1`. */
export interface EvidenceCheck {
  readonly schema: 'keelson.evidence-check/1';
  readonly engine: { readonly recorded: string; readonly here: string; readonly same: boolean };
  readonly plan: { readonly name: string; readonly digest: string; readonly asOf: string };
  /** Digest of the manifest, to be held against one that was kept elsewhere. */
  readonly manifest: string;
  /** Whether they are those of the version that checks. */
  readonly catalog: 'installed' | 'other' | 'unknown';
  readonly incidents: 'installed' | 'other' | 'unknown';
  /** Whether everything was computed again: not where the plan, the catalogue or the library are not what the manifest says. */
  readonly computed: boolean;
  readonly files: readonly FileCheck[];
  /** What lies in the folder and is no part of it. */
  readonly others: readonly string[];
  readonly same: boolean;
}

export interface FileCheck {
  readonly name: string;
  readonly status: 'same' | 'differs' | 'missing';
  /** Null where it is the same. */
  readonly why: string | null;
}

/** The check for a terminal: what was checked by whom, each file, the sum. */
export function evidenceCheckText(check: EvidenceCheck): string {
  const { engine, plan, files, others } = check;
  const wrong = files.filter(({ status }) => status !== 'same').length;
  return [
    ...(engine.same
      ? []
      : [
          `Written by Keelson ${printable(engine.recorded)}, checked by ${printable(engine.here)}: another version may compute other bytes.`,
          '',
        ]),
    `Evidence for ${printable(plan.name)} as of ${printable(plan.asOf)}, Keelson ${printable(engine.recorded)}`,
    '',
    ...table(
      [{ title: 'FILE' }, { title: '' }, { title: '' }],
      files.map(({ name, status, why }) => [name, status, why ?? '']),
    ),
    '',
    ...(others.length === 0 ? [] : [`Not part of it: ${others.map(printable).join(', ')}.`]),
    `${belonging('catalogue', check.catalog)} ${belonging('library', check.incidents)}`,
    `Its manifest: ${check.manifest}`,
    ...(check.computed
      ? []
      : ['Nothing was computed again: plan, catalogue or library is not what the manifest says.']),
    wrong === 0
      ? `All ${files.length} files are the same, computed again.`
      : `${wrong} of ${files.length} files ${wrong === 1 ? 'is' : 'are'} not the same.`,
  ].join('\n');
}

function belonging(what: string, is: EvidenceCheck['catalog']): string {
  if (is === 'unknown') return `Whether the ${what} is that of this version was not checked.`;
  return `The ${what} ${is === 'installed' ? 'is that' : 'is not that'} of this version.`;
}
