import { parseDocument, Reader, type Source } from '../document/index.ts';
import { problem, type Problem } from '../problems.ts';
import { checkIncident, checkName, placesOf } from './check.ts';
import { incidentShape, type Incident } from './shape.ts';

export interface ParsedIncident {
  readonly incident: Incident | undefined;
  readonly problems: readonly Problem[];
  /** Where offsets lie in the file; undefined when it was no YAML at all. */
  readonly source?: Source;
}

export interface IncidentOptions {
  /** The file's name must be the incident's id. Standard input has none. @default true */
  readonly checksName?: boolean;
}

/** Reads one incident from the text of its file. */
export function parseIncident(
  contents: string,
  file: string,
  { checksName = true }: IncidentOptions = {},
): ParsedIncident {
  const document = parseDocument(contents, file);
  const unread = document.problems.map((found) =>
    found.code === 'empty-document'
      ? problem(found.code, { file, line: found.line, column: found.column }, { expected: 'an incident' })
      : found,
  );
  if (document.root === undefined) return { incident: undefined, problems: unread };
  const reader = new Reader(document.source, document.broken);
  const incident = incidentShape.read(document.root, reader);
  const checked = { incident, reader, at: placesOf(document.root) };
  checkIncident(checked);
  if (checksName) checkName(checked, file);
  const problems = [...unread, ...reader.problems];
  const isWrong = problems.some((found) => found.severity === 'error');
  return { incident: isWrong ? undefined : incident, problems, source: document.source };
}

export { readLibrary } from './library.ts';
export { INCIDENT_MODES, isIncidentTime, type Incident } from './shape.ts';
