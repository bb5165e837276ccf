import type { ProtectionDrill, ProtectionFinding } from '../drill/protections/result.ts';
import { printable } from '../printable.ts';
import { plural } from './words.ts';
import { paragraph, wrappedTable } from './wrapped-table.ts';

export interface ProtectionTextOptions {
  readonly plan: { readonly name: string; readonly file: string };
  /** Bold, red, yellow and dim by escape codes. @default false */
  readonly colour?: boolean;
  /** More than 100 is not used. @unit columns @default 100 */
  readonly width?: number;
}

/** @unit columns */
const WIDEST = 100;
const MOST_SAMPLES = 8;
const MOST_FINDINGS = 40;
const MOST_LEFT_OUT = 12;

type Paint = (code: string, text: string) => string;

/** What protects as the plan says, what does not, whose users that exposes, and what to change: for a terminal. */
export function protectionDrillText(drill: ProtectionDrill, options: ProtectionTextOptions): string {
  const width = Math.min(WIDEST, options.width ?? WIDEST);
  const paint: Paint = (code, text) => (options.colour === true ? `\u001b[${code}m${text}\u001b[0m` : text);
  const { plan } = options;
  const about = `${plan.name}: ${plural(drill.samples.length, 'sample')}, ${plural(drill.requests, 'request')}, order ${drill.seed}.`;
  const blocks = [
    paragraph(answerOf(drill), width, '').map((line) => paint('1', line)),
    paragraph(about, width).map((line) => paint('2', line)),
    seenLines(drill, width),
    ...drill.findings.slice(0, MOST_FINDINGS).map((one) => findingLines(one, width, paint)),
    drill.findings.length > MOST_FINDINGS
      ? [`  and ${drill.findings.length - MOST_FINDINGS} findings more (--json)`]
      : [],
    leftOutLines(drill, width),
    nextLines(drill, plan.file),
  ];
  return blocks
    .filter((block) => block.length > 0)
    .map((block) => block.join('\n'))
    .join('\n\n');
}

/** One sentence: whether the fallbacks protect as the plan says, and which do not. */
export function answerOf({ outcome, findings, paths, stopped }: ProtectionDrill): string {
  const ended = stopped === null ? '' : ` STOPPED before its time: ${stopped}`;
  if (paths.length === 0) return `No alternative of this plan could be asked.${ended}`;
  const wrong = findings.filter((one) => one.outcome === 'wrong');
  const said = wrong.map(
    ({ edge, protection, file, line }) => `${edge} (${protection ?? 'all'}, ${file}:${line})`,
  );
  if (outcome === 'wrong')
    return `${plural(wrong.length, 'protection')} not as the plan says: ${some(said, 4)}.${ended}`;
  if (outcome === 'unclear') return `Nothing is wrong as far as could be seen, and not all could.${ended}`;
  return outcome === 'better'
    ? 'Every alternative protects as the plan says, or better.'
    : 'Every alternative protects as the plan says.';
}

function seenLines({ paths }: ProtectionDrill, width: number): string[] {
  const rows = paths.flatMap(({ service, alternatives }) =>
    alternatives.flatMap(({ name, number, seen }) =>
      seen.map(({ protection, isClaimed, blocked, through, unclear }, i) => [
        i === 0 ? `${service}.any[${number}] ${name}` : '',
        protection,
        isClaimed ? 'yes' : '–',
        ...[blocked, through, unclear].map(({ length }) => String(length)),
      ]),
    ),
  );
  if (rows.length === 0) return [];
  const right = ['BLOCKED', 'LET THROUGH', 'UNCLEAR'].map((title) => ({ title, align: 'right' as const }));
  const columns = [{ title: 'ALTERNATIVE' }, { title: 'PROTECTION' }, { title: 'CLAIMED' }, ...right];
  return wrappedTable(
    columns,
    rows.map((cells) => ({ cells })),
    width,
  );
}

const WORDS = { wrong: 'WRONG', better: 'better', unclear: 'unclear' } as const;
const COLOURS = { wrong: '31', better: '32', unclear: '33' } as const;

function findingLines(finding: ProtectionFinding, width: number, paint: Paint): string[] {
  const { outcome, edge, file, line, column, says, samples, edit, exposes } = finding;
  const [head = '', ...rest] = paragraph(
    `${WORDS[outcome]}  ${edge} (${file}:${line}:${column})  ${says}`,
    width,
  );
  return [
    ...[head, ...rest].map((text) => paint(COLOURS[outcome], text)),
    ...(samples.length === 0 || outcome === 'better'
      ? []
      : paragraph(`samples: ${some(samples, MOST_SAMPLES)}`, width, '    ')),
    ...exposes.flatMap(({ journey, modes, missing }) =>
      paragraph(exposureSays(journey, modes, missing), width, '    '),
    ),
    ...(edit === null
      ? []
      : [
          ...paragraph(`smallest edit: ${edit.says}`, width, '    '),
          ...edit.yaml.split('\n').map((text) => `        ${printable(text)}`),
        ]),
  ];
}

function exposureSays(journey: string, modes: readonly string[], missing: 'refuse' | 'serve'): string {
  const where = `${journey} (${modes.join(', ')})`;
  return missing === 'serve'
    ? `${where} is served exposed there`
    : `${where} is served exposed there until the plan says so; then it is refused, or served with missing: serve`;
}

function leftOutLines({ leftOut }: ProtectionDrill, width: number): string[] {
  if (leftOut.length === 0) return [];
  const rest = leftOut.length - MOST_LEFT_OUT;
  return [
    '  Not sent, or not asked',
    ...leftOut
      .slice(0, MOST_LEFT_OUT)
      .flatMap(({ name, why }) => paragraph(`${name}: ${why}`, width, '    ')),
    ...(rest > 0 ? [`    and ${rest} more (--json)`] : []),
  ];
}

function nextLines({ outcome }: ProtectionDrill, file: string): string[] {
  const again = `    keelson drill ${/^[\w@%+=:,./-]+$/.test(file) ? file : 'PLAN'} --protections`;
  if (outcome === 'wrong') return ['  Mend what runs, or the plan, and look again:', again];
  return outcome === 'unclear' ? ['  Again:', again] : [];
}

function some(names: readonly string[], most: number): string {
  const rest = names.length - most;
  return `${names.slice(0, most).join(', ')}${rest > 0 ? ` and ${rest} more` : ''}`;
}
