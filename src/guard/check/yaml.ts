import { Buffer } from 'node:buffer';
import { findLines, parseDocument, placeOf, type Node, type Source } from '../../document/index.ts';
import { coreValue } from '../core-value.ts';
import { itemOf, pointerToken, valueAt } from '../pointer.ts';
import { startOfFile, type ViolationPlace, type Violations } from '../violations.ts';
import { CHUNK, type Bytes } from './input.ts';
import type { JsonFound, JsonLimits, JsonWishes } from './json.ts';
import { hasMark, lengthOfCharacter } from './utf8.ts';

/** Reads one document of YAML whole, into values by the core schema of YAML 1.2, and says what JSON could not say. */
export function readYaml(
  input: Bytes,
  limits: JsonLimits,
  wishes: JsonWishes,
  violations: Violations,
): JsonFound {
  const nothing = {
    rows: null,
    entries: 0,
    values: wishes.values.map(() => undefined),
    whole: undefined,
    isWhole: false,
  };
  const text = readAll(input, violations);
  if (text === undefined) return nothing;
  const { root, problems, source } = parseDocument(text, '');
  for (const { code, message, line, column } of problems) {
    const place = (): ViolationPlace => ({ line, column, path: null });
    if (code === 'empty-document') violations.add('empty-file', {}, place);
    else violations.add('yaml-wrong', { message }, place);
  }
  if (root === undefined) return nothing;
  const reading = new Reading(limits, source, violations);
  const whole = reading.value(root, 1, '');
  const { entries } = reading;
  if (limits.entries !== undefined && entries > limits.entries)
    violations.add('too-many-entries', { limit: limits.entries, found: entries });
  const isWhole = problems.length === 0 && !reading.isTooDeep;
  const rows = isWhole ? judgeRows(root, whole, limits, wishes, source, violations) : null;
  return { rows, entries, values: wishes.values.map((steps) => valueAt(whole, steps)), whole, isWhole };
}

function judgeRows(
  root: Node,
  whole: unknown,
  limits: JsonLimits,
  { rowsAt, expectsRows, onRow }: JsonWishes,
  source: Source,
  violations: Violations,
): number | null {
  const node = nodeAt(root, rowsAt);
  const value = valueAt(whole, rowsAt);
  const at = rowsAt.map(pointerToken).join('');
  if (node === undefined || node.kind === 'scalar' || typeof value !== 'object' || value === null) {
    if (expectsRows) violations.add('rows-missing', { pointer: at });
    return null;
  }
  const members: readonly (readonly [key: string, node: Node])[] =
    node.kind === 'list'
      ? node.items.map((one, i) => [String(i), one])
      : node.entries.map((one) => [one.key, one.value]);
  if (limits.rows !== undefined && members.length > limits.rows)
    violations.add('too-many-rows', { limit: limits.rows, found: members.length });
  if (onRow !== undefined)
    for (const [i, [key, row]] of members.entries()) {
      if (i >= (limits.rows ?? Number.MAX_SAFE_INTEGER)) break;
      onRow(valueAt(value, [key]), i + 1, () => placeAt(source, row.at, `${at}${pointerToken(key)}`));
    }
  return members.length;
}

/** Values of nodes, with what limits say of them. */
class Reading {
  entries = 0;
  isTooDeep = false;
  private readonly limits: JsonLimits;
  private readonly source: Source;
  private readonly violations: Violations;

  constructor(limits: JsonLimits, source: Source, violations: Violations) {
    this.limits = limits;
    this.source = source;
    this.violations = violations;
  }

  value(node: Node, depth: number, path: string): unknown {
    const place = (): ViolationPlace => placeAt(this.source, node.at, path);
    if (node.kind === 'scalar') {
      this.checkText(node.text, place);
      const value = coreValue(node.text, node.plain);
      if (value === undefined) this.violations.add('number-overflow', { found: node.text }, place);
      return value ?? null;
    }
    if (depth > this.limits.depth) {
      if (!this.isTooDeep) this.violations.add('too-deep', { limit: this.limits.depth }, place);
      this.isTooDeep = true;
      return null;
    }
    if (node.kind === 'list') {
      this.entries += node.items.length;
      return node.items.map((item, i) => this.value(item, depth + 1, `${path}/${i}`));
    }
    this.entries += node.entries.length;
    if (node.entries.length > this.limits.keys)
      this.violations.add('too-many-keys', { limit: this.limits.keys, found: node.entries.length }, place);
    return Object.fromEntries(
      node.entries.map(({ key, at, value }) => {
        const keyPlace = (): ViolationPlace => placeAt(this.source, at, `${path}${pointerToken(key)}`);
        this.checkText(key, keyPlace);
        if (key === '<<') this.violations.add('merge-key', {}, keyPlace);
        return [key, this.value(value, depth + 1, `${path}${pointerToken(key)}`)];
      }),
    );
  }

  private checkText(text: string, place: () => ViolationPlace): void {
    if (text.length * 3 <= this.limits.text) return;
    const found = Buffer.byteLength(text);
    if (found > this.limits.text)
      this.violations.add('text-too-long', { limit: this.limits.text, found }, place);
  }
}

function nodeAt(root: Node, steps: readonly string[]): Node | undefined {
  let at: Node | undefined = root;
  for (const step of steps) {
    if (at?.kind === 'list') at = at.items[itemOf(step)];
    else at = at?.kind === 'map' ? at.entries.find(({ key }) => key === step)?.value : undefined;
  }
  return at;
}

function placeAt(source: Source, at: number, path: string): ViolationPlace {
  const { line, column } = placeOf(source, at);
  return { line, column, path };
}

/** The text of the file; undefined, and said, where it is none. */
function readAll(input: Bytes, violations: Violations): string | undefined {
  const chunks: Buffer[] = [];
  for (;;) {
    const chunk = Buffer.alloc(CHUNK);
    const length = input.read(chunk, 0);
    if (length === 0) break;
    chunks.push(chunk.subarray(0, length));
  }
  if (input.isTooLarge) return undefined;
  const bytes = Buffer.concat(chunks);
  const isMarked = hasMark(bytes);
  if (isMarked) violations.add('byte-order-mark', {}, startOfFile);
  const rest = isMarked ? bytes.subarray(3) : bytes;
  for (let at = 0; at < rest.length; ) {
    const length = lengthOfCharacter(rest, at);
    if (length === 0) {
      const before = rest.toString('utf8', 0, at);
      const lines = findLines(before);
      const column = before.length - (lines.at(-1) ?? 0) + 1;
      violations.add('not-utf8', { byte: rest[at] ?? 0 }, () => ({ line: lines.length, column, path: null }));
      return undefined;
    }
    at += length;
  }
  return rest.toString('utf8');
}
