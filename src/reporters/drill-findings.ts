import type { DrillEvidence, Finding } from '../drill/evidence/index.ts';
import { printable } from '../printable.ts';
import { wrap } from './table.ts';
import { plural } from './words.ts';

/** What drills have found wrong and what became of it, for a terminal: the sum, each finding, what to do next. */
export function findingsText(
  { runs, findings }: Pick<DrillEvidence, 'runs' | 'findings'>,
  width = 120,
): string {
  const counts = (['open', 'mended', 'drilled'] as const).flatMap((state) => {
    const count = findings.filter((one) => one.state === state).length;
    return count === 0 ? [] : [`${count} ${state}`];
  });
  const sum = counts.length === 0 ? '' : `: ${counts.join(', ')}`;
  return [
    `${plural(findings.length, 'finding')} in ${plural(runs.length, 'drill')}${sum}`,
    ...findings.flatMap((finding) => ['', ...linesOf(finding, width)]),
    ...nextOf(findings),
  ].join('\n');
}

function linesOf(finding: Finding, width: number): string[] {
  const { state, edge, kind, id, plan, environment, says, explains } = finding;
  const shown = explains.map(
    ({ fault, as, about, name }) =>
      `${fault} (${as}): ${about === 'service' ? `the switch of ${name}` : name}`,
  );
  return [
    `  ${state.padEnd(7)}  ${printable(edge)}  ${kind}  ${printable(plan)}, ${environment}  ${id}`,
    ...wrapped(says.split(/\s+/), ' ', width),
    ...wrapped(shown.length === 0 ? [] : [`shown by ${shown[0]}`, ...shown.slice(1)], ', ', width),
    ...wrapped([lifeOf(finding)], ' ', width),
  ];
}

const INDENT = ' '.repeat(11);

function wrapped(words: readonly string[], separator: string, width: number): string[] {
  if (words.length === 0) return [];
  return wrap(words.map(printable), separator, width, INDENT).map((line) => INDENT + line);
}

function lifeOf({ state, times, first, last, mended, drilled }: Finding): string {
  const [from, to] = [dayOf(first.at), dayOf(last.at)];
  const found = times === 1 ? `found ${from}` : `found ${times} times, ${from} to ${to}`;
  const version = mended?.digest == null ? '' : ` (${mended.digest.slice(0, 'sha256:'.length + 8)}…)`;
  const changed = mended === null ? '' : `; mended in the plan${version}`;
  const since = state === 'mended' ? ', not drilled since' : '';
  const as = mended === null ? ' with the plan as it was' : '';
  const agreed = drilled === null ? '' : `; drilled ${dayOf(drilled.at)}${as}, and agrees`;
  return found + changed + since + agreed;
}

function dayOf(at: string): string {
  return at.slice(0, 'yyyy-mm-dd'.length);
}

/** What has to be drilled for the rest to be known. */
function nextOf(findings: readonly Finding[]): string[] {
  const left = findings.filter(({ state }) => state === 'mended').flatMap(({ explains }) => explains);
  const faults = [...new Set(left.map(({ fault }) => fault))];
  if (faults.length === 0) return [];
  const asked = faults.map(
    (fault) => `--only ${/^[\w@./-]+$/.test(fault) ? fault : `'${printable(fault)}'`}`,
  );
  return [
    '',
    `  What is mended is known to hold once it is drilled: keelson drill PLAN ${asked.join(' ')} --evidence FILE`,
  ];
}
