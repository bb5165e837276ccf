import { parseDocument, Reader } from '../../document/index.ts';
import { KeelsonError } from '../../errors.ts';
import { problem, type Problem } from '../../problems.ts';
import { MOST_BYTES, MOST_RUNS } from './limits.ts';
import { mergeEvidence } from './merge.ts';
import type { DrillEvidence } from './result.ts';
import { evidenceShape } from './shape.ts';

export interface ReadEvidence {
  /** Undefined when any problem is an error. */
  readonly evidence: DrillEvidence | undefined;
  readonly problems: readonly Problem[];
}

/**
 * Reads evidence of drills from the text of its file. Everything that is wrong comes back as a problem at its place. Findings are taken from
 * the runs, whatever the file says of them.
 *
 * @param file the name that problems carry
 */
export function readEvidence(text: string, file: string): ReadEvidence {
  const document = parseDocument(text, file);
  const unread = document.problems.map((found) =>
    found.code === 'empty-document'
      ? problem(
          found.code,
          { file, line: found.line, column: found.column },
          { expected: 'evidence of drills' },
        )
      : found,
  );
  if (document.root === undefined) return { evidence: undefined, problems: unread };
  const reader = new Reader(document.source, document.broken);
  const { runs } = evidenceShape.read(document.root, reader);
  const problems = [...unread, ...reader.problems];
  if (problems.some(({ severity }) => severity === 'error')) return { evidence: undefined, problems };
  return { evidence: mergeEvidence([{ schema: 'keelson.drill-evidence/1', runs, findings: [] }]), problems };
}

/**
 * The text of its file.
 *
 * @throws KeelsonError `drill-evidence-full` where it would not be read back
 */
export function evidenceText(evidence: DrillEvidence): string {
  const text = `${JSON.stringify(evidence, undefined, 1)}\n`;
  const runs = evidence.runs.length;
  const bytes = new TextEncoder().encode(text).length;
  if (runs <= MOST_RUNS && bytes <= MOST_BYTES) return text;
  throw new KeelsonError(
    'drill-evidence-full',
    `Expected at most ${MOST_RUNS} drills and ${MOST_BYTES} bytes in a file of evidence, found ${runs} and ${bytes}.`,
    { hint: 'Begin another file: assess --drills takes several.' },
  );
}
