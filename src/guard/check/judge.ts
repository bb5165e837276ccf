import type { Change, Contract } from '../contract.ts';
import { pointerToken } from '../pointer.ts';
import type { Facts, Violation } from '../result.ts';
import { startOfFile, Violations, type ViolationPlace } from '../violations.ts';
import { scanCsv } from './csv.ts';
import { CHUNK, Input } from './input.ts';
import { scanJson, type JsonFound, type JsonWishes } from './json.ts';
import { momentOf } from './moment.ts';
import { RowJudge } from './rows.ts';
import type { Fits } from './schema.ts';
import { readSigned, type Statement } from './signature.ts';
import { scanText } from './text.ts';
import { readYaml } from './yaml.ts';

/** What is to be judged. Plain data, as everything here that goes to a worker and comes back. */
export interface JudgeRequest {
  /** `-` is standard input. */
  readonly file: string;
  readonly contract: Contract;
  readonly last: Facts | undefined;
  /** @unit ms since 1970 */
  readonly now: number;
  /** Where its signatures are; undefined where a contract asks for some and there is no place for them. */
  readonly envelope: string | undefined;
  /** Where a copy of the bytes is written. */
  readonly copy: string | undefined;
}

export type Judged =
  | {
      readonly kind: 'judged';
      readonly facts: Facts | null;
      readonly violations: readonly Violation[];
    }
  /** A code of the system, such as ENOENT. */
  | { readonly kind: 'unreadable'; readonly code: string };

/** What one format says of a file. */
interface Content {
  readonly rows: number | null;
  readonly entries: number | null;
  readonly version: unknown;
  readonly expires: unknown;
  readonly isWhole: boolean;
}

/** Holds a file against everything that a contract says but its reader. Takes as long as it takes: who calls bounds it. */
export async function judge(request: JudgeRequest, onProgress?: (bytes: number) => void): Promise<Judged> {
  const { contract, file, copy } = request;
  const violations = new Violations();
  // Only what a contract asks for is loaded.
  const schemas = (contract.schema ?? contract.rows?.schema) ? await import('./schema.ts') : undefined;
  const compiled = {
    row: contract.rows?.schema && schemas?.compileSchema(contract.rows.schema, contract.format === 'csv'),
    whole: contract.schema && schemas?.compileSchema(contract.schema, false),
  };
  let input: Input | undefined;
  try {
    input = new Input(file, contract.limits.bytes, { copy, onProgress });
    return { kind: 'judged', ...judgeInput(input, request, compiled, violations) };
  } catch (error) {
    const code = codeOf(error);
    if (code === undefined) throw error;
    return { kind: 'unreadable', code };
  } finally {
    input?.close();
  }
}

function judgeInput(
  input: Input,
  request: JudgeRequest,
  compiled: { readonly row: Fits | undefined; readonly whole: Fits | undefined },
  violations: Violations,
): { readonly facts: Facts | null; readonly violations: readonly Violation[] } {
  const { contract, last } = request;
  const { limits } = contract;
  if (input.isTooLarge) {
    violations.add('too-many-bytes', { limit: limits.bytes, found: input.size });
    return { facts: null, violations: violations.all };
  }
  const content = judgeContent(input, contract, compiled, violations);
  if (!input.isAtEnd) input.drain(Buffer.allocUnsafeSlow(CHUNK));
  if (input.isTooLarge) {
    violations.add('too-many-bytes', { limit: limits.bytes, found: undefined });
    return { facts: null, violations: violations.all };
  }
  const { bytes } = input;
  const digest = input.digest();
  const signed =
    contract.signed === undefined ? undefined : readSigned(request.envelope, contract.signed, violations);
  const statement = ownStatement(signed?.statement ?? null, contract, { digest, bytes }, violations);
  const version = judgeVersion(content, statement, request, digest, violations);
  const expires = judgeExpiry(content, statement, request, violations);
  const rows = content.isWhole ? content.rows : null;
  const entries = content.isWhole ? content.entries : null;
  const { change } = contract;
  judgeChange('bytes', change.bytes, last?.bytes ?? null, bytes, violations);
  judgeChange('rows', change.rows, last?.rows ?? null, rows, violations);
  judgeChange('entries', change.entries, last?.entries ?? null, entries, violations);
  const facts: Facts = { digest, bytes, rows, entries, version, expires, signedBy: signed?.by ?? [] };
  return { facts, violations: violations.all };
}

function judgeContent(
  input: Input,
  contract: Contract,
  compiled: { readonly row: Fits | undefined; readonly whole: Fits | undefined },
  violations: Violations,
): Content {
  const { format, limits, rows: rules } = contract;
  const nothing = { version: undefined, expires: undefined };
  if (format === 'binary') {
    input.drain(Buffer.allocUnsafeSlow(CHUNK));
    if (input.bytes === 0) violations.add('empty-file', {});
    return { rows: null, entries: null, isWhole: true, ...nothing };
  }
  const judgesRows =
    rules !== undefined &&
    (rules.unique.length > 0 || rules.required.length > 0 || compiled.row !== undefined);
  if (format === 'csv') {
    let rowJudge: RowJudge | undefined;
    const onHeader = (columns: readonly string[]) => {
      if (!judgesRows) return undefined;
      const asked = new Set([
        ...rules.unique.flatMap(({ names }) => names),
        ...rules.required.flatMap(({ fields }) => fields.map(({ name }) => name)),
      ]);
      for (const name of asked)
        if (!columns.includes(name)) violations.add('column-missing', { name }, startOfFile);
      const unique = rules.unique.filter(({ names }) => names.every((name) => columns.includes(name)));
      const judge = new RowJudge({ ...rules, unique }, violations, {
        areTexts: true,
        areNamed: true,
        fits: compiled.row,
      });
      rowJudge = judge;
      return judge.judge.bind(judge);
    };
    const { rows, entries, isWhole } = scanCsv(input, limits, onHeader, violations);
    if (isWhole) rowJudge?.end();
    return { rows, entries, isWhole, ...nothing };
  }
  const rowJudge = judgesRows
    ? new RowJudge(rules, violations, { areTexts: format === 'text', areNamed: false, fits: compiled.row })
    : undefined;
  const onRow = rowJudge?.judge.bind(rowJudge);
  if (format === 'text') {
    const rows = scanText(input, limits, onRow, violations);
    if (rows !== null) rowJudge?.end();
    return { rows, entries: null, isWhole: rows !== null, ...nothing };
  }
  const places = [contract.version, contract.expires];
  const wishes: JsonWishes = {
    rowsAt: rules?.at ?? [],
    expectsRows: rules !== undefined,
    onRow,
    values: places.map((origin) => (origin?.kind === 'at' ? origin.at : NOWHERE)),
    whole: compiled.whole !== undefined,
  };
  const found = (format === 'json' ? scanJson : readYaml)(input, limits, wishes, violations);
  if (found.isWhole && found.rows !== null) rowJudge?.end();
  if (found.isWhole) judgeWhole(found, compiled.whole, violations);
  const [version, expires] = found.values;
  return { rows: found.rows, entries: found.entries, version, expires, isWhole: found.isWhole };
}

/** Leads to no value that is asked for. */
const NOWHERE: readonly string[] = [''];

function judgeWhole({ whole }: JsonFound, fits: Fits | undefined, violations: Violations): void {
  for (const { path, message } of fits?.(whole) ?? []) {
    const place = (): ViolationPlace => ({ line: null, column: null, path });
    violations.add('schema-misfit', { message }, place);
  }
}

/** @returns the statement, where it is about this very file: of another one nothing is taken */
function ownStatement(
  statement: Statement | null,
  contract: Contract,
  { digest, bytes }: { readonly digest: string; readonly bytes: number },
  violations: Violations,
): Statement | null {
  if (statement === null) return null;
  const isNamed = statement.name === contract.name;
  const isOfThese = statement.digest === digest && statement.bytes === bytes;
  if (!isNamed) violations.add('signed-other-name', { expected: contract.name, found: statement.name });
  if (!isOfThese) violations.add('signed-other-bytes', {});
  return isNamed && isOfThese ? statement : null;
}

function judgeVersion(
  content: Content,
  statement: Statement | null,
  { contract, last }: JudgeRequest,
  digest: string,
  violations: Violations,
): number | null {
  const { version: origin } = contract;
  if (origin === undefined) return statement?.version ?? null;
  const isSigned = origin.kind === 'signed';
  // What nobody could read, or enough have not signed, has been said.
  if (isSigned && statement === null) return null;
  const found = isSigned ? statement?.version : content.version;
  if (found === undefined || found === null) {
    if (found === null) violations.add('version-wrong', { found: 'something else' });
    else if (content.isWhole) violations.add('version-missing', { where: whereOf(origin) });
    return null;
  }
  if (typeof found !== 'number' || !Number.isSafeInteger(found) || found < 0) {
    violations.add('version-wrong', { found: JSON.stringify(found) });
    return null;
  }
  if (statement !== null && statement.version !== found)
    violations.add('signed-other-version', { expected: found, found: statement.version });
  const before = last?.version ?? null;
  if (before !== null && found < before) violations.add('version-old', { last: before, found });
  else if (found === before && digest !== last?.digest) violations.add('version-used', { found });
  return found;
}

/** @returns the moment that the contract asks for, else the one that was signed; whichever is there counts */
function judgeExpiry(
  content: Content,
  statement: Statement | null,
  { contract, now }: JudgeRequest,
  violations: Violations,
): string | null {
  const { expires: origin } = contract;
  const signed = statement?.expires;
  if (signed !== undefined) judgeMoment(signed, now, violations);
  else if (origin?.kind === 'signed' && statement !== null)
    violations.add('expiry-missing', { where: whereOf(origin) });
  if (origin?.kind !== 'at') return signed ?? null;
  if (content.expires !== undefined) return judgeMoment(content.expires, now, violations);
  if (content.isWhole) violations.add('expiry-missing', { where: whereOf(origin) });
  return null;
}

function judgeMoment(found: unknown, now: number, violations: Violations): string | null {
  const at = typeof found === 'string' ? momentOf(found) : undefined;
  if (typeof found !== 'string' || at === undefined) {
    violations.add('expiry-wrong', { found: found === null ? 'something else' : JSON.stringify(found) });
    return null;
  }
  if (at <= now) violations.add('expired', { at: found, now: new Date(now).toISOString() });
  return found;
}

function whereOf(origin: NonNullable<Contract['version']>): string {
  return origin.kind === 'signed'
    ? 'in the signed statement'
    : `at ${origin.at.map(pointerToken).join('') || '""'}`;
}

/** What is not known is not compared, and from nothing there is no share. */
function judgeChange(
  what: string,
  { grow, shrink }: Change,
  before: number | null,
  now: number | null,
  violations: Violations,
): void {
  if (before === null || now === null || before === 0) return;
  if (grow !== undefined && isBeyond(now - before, before * grow))
    violations.add('grew', { what, before, now, most: grow });
  if (shrink !== undefined && isBeyond(before - now, before * shrink))
    violations.add('shrank', { what, before, now, most: shrink });
}

/** A whole number beyond a product: one that is whole by what was written may be a little less as a double. */
function isBeyond(change: number, most: number): boolean {
  return change > most + Math.abs(most) * 1e-12;
}

/** Of what the system throws; undefined of anything else. */
function codeOf(error: unknown): string | undefined {
  return typeof error === 'object' && error !== null && 'code' in error && 'syscall' in error
    ? String(error.code)
    : undefined;
}
