import { MemoryBytes } from '../check/input.ts';
import { readYaml } from '../check/yaml.ts';
import { valueAt } from '../pointer.ts';
import { Violations } from '../violations.ts';
import { cut, tooMany, type Maker, type Making, type Attempt } from './maker.ts';

type Members = Readonly<Record<string, unknown>>;
type Rows = readonly unknown[] | Members;

/** Fields whose type is changed, in turn. */
const MOST_FIELDS = 20;

/** Of JSON and YAML: what is made is JSON, which is YAML too. */
export function fromValues({ contract, good, facts, random }: Making): Maker {
  const { version } = contract;
  const before = facts.version;
  // Whoever makes a new file gives it a new version: that of the good one would be refused whatever else is wrong with it.
  const whole =
    version?.kind === 'at' && before !== null
      ? withAt(contentOf(contract.format, good), version.at, before + 1)
      : contentOf(contract.format, good);
  const at = contract.rows?.at ?? longestList(whole);
  const found = at === undefined ? undefined : valueAt(whole, at);
  const rows: Rows | undefined = Array.isArray(found) ? found : isMembers(found) ? found : undefined;
  const noRows = { why: 'it has no rows' };
  const withRows = (next: Rows): Uint8Array => written(withAt(whole, at ?? [], next));
  const keys = rows === undefined ? [] : Object.keys(rows);
  const pick = (): string => keys[Math.floor(random() * keys.length)] ?? '';

  const oversized = (): Attempt => {
    if (rows === undefined) return noRows;
    // Without its brackets and its end of line.
    const rowBytes = (written(rows).length - 3) / Math.max(1, keys.length);
    const many = tooMany(contract, keys.length, rowBytes);
    return 'why' in many ? many : { says: many.says, bytes: withRows(lengthened(rows, many.rows)) };
  };
  const doubled = (): Attempt =>
    rows === undefined || keys.length === 0
      ? noRows
      : { says: `every row twice: ${2 * keys.length}`, bytes: withRows(lengthened(rows, 2 * keys.length)) };
  const older = (): Attempt => {
    if (version === undefined) return { why: 'the contract names no version' };
    if (version.kind === 'signed') return { why: 'its version is in what was signed' };
    if (before === null || before === 0) return { why: 'there is no lower version' };
    const lower = before - 1;
    return {
      says: `version ${lower} in place of ${before}`,
      bytes: written(withAt(whole, version.at, lower)),
    };
  };
  const wrongType = (): readonly Attempt[] => {
    const key = pick();
    const place = rows === undefined || keys.length === 0 ? [] : [...(at ?? []), key];
    const row = valueAt(whole, place);
    const steps = isMembers(row) ? shuffled(Object.keys(row), random).map((name) => [name]) : [[]];
    return steps.slice(0, MOST_FIELDS).map((step) => {
      const path = [...place, ...step];
      const { value, says } = ofOtherType(valueAt(whole, path));
      return { says: `${says} at /${path.join('/')}`, bytes: written(withAt(whole, path, value)) };
    });
  };
  const duplicateKey = (): Attempt => {
    const place = [...(at ?? []), pick()];
    const row = valueAt(whole, place);
    const [path, members] = isMembers(row) && keys.length > 0 ? [place, row] : [[], whole];
    if (!isMembers(members)) return { why: 'it has no object with a key' };
    const [key] = shuffled(Object.keys(members), random);
    if (key === undefined) return { why: 'it has no object with a key' };
    return {
      says: `the key ${JSON.stringify(key)} twice in one object`,
      bytes: twice(whole, path, members, key),
    };
  };
  // YAML is cut as it stands: half of it may well be YAML, which half of the JSON that is made here never is.
  const truncated = (): Attempt => cut(contract.format === 'json' ? written(whole) : good, random);
  return { truncated, oversized, doubled, older, wrongType, duplicateKey };
}

function contentOf(format: string, good: Uint8Array): unknown {
  if (format === 'json') return JSON.parse(Buffer.from(good).toString('utf8'));
  const limits = { rows: undefined, entries: undefined, keys: 1e7, depth: 64, text: 1e9 };
  const wishes = { rowsAt: [], expectsRows: false, onRow: undefined, values: [], whole: true };
  return readYaml(new MemoryBytes(good), limits, wishes, new Violations()).whole;
}

function isMembers(value: unknown): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Where the longest list is, at the root or one step below; undefined where there is none. */
function longestList(whole: unknown): readonly string[] | undefined {
  if (Array.isArray(whole)) return [];
  if (!isMembers(whole)) return undefined;
  const lists = Object.entries(whole).flatMap(([name, value]) =>
    Array.isArray(value) ? [{ name, length: value.length }] : [],
  );
  const longest = lists.reduce<(typeof lists)[number] | undefined>(
    (most, one) => (most !== undefined && most.length >= one.length ? most : one),
    undefined,
  );
  return longest === undefined ? undefined : [longest.name];
}

/** Rows again and again until there are so many; of an object, under names of their own. */
function lengthened(rows: Rows, count: number): Rows {
  if (Array.isArray(rows)) return Array.from({ length: count }, (_, i) => rows[i % rows.length]);
  const entries = Object.entries(rows);
  return Object.fromEntries(
    Array.from({ length: count }, (_, i) => {
      const [key, value] = entries[i % entries.length] ?? ['', null];
      return [i < entries.length ? key : `${key}-${Math.floor(i / entries.length) + 1}`, value];
    }),
  );
}

/** The same with another value at a place; what lies beside the way there is shared. */
function withAt(whole: unknown, path: readonly string[], value: unknown): unknown {
  const [step, ...rest] = path;
  if (step === undefined) return value;
  if (Array.isArray(whole))
    return whole.map((one, i) => (String(i) === step ? withAt(one, rest, value) : one));
  const members = isMembers(whole) ? whole : {};
  const next = withAt(Object.hasOwn(members, step) ? members[step] : undefined, rest, value);
  return Object.fromEntries([...Object.entries(members).filter(([name]) => name !== step), [step, next]]);
}

function ofOtherType(value: unknown): { readonly value: unknown; readonly says: string } {
  if (typeof value === 'string') return { value: 7, says: 'a number in place of a text' };
  return { value: 'keelson-drill', says: `a text in place of ${wordsOf(value)}` };
}

function wordsOf(value: unknown): string {
  if (value === null || value === undefined) return 'null';
  if (Array.isArray(value)) return 'a list';
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}

function written(value: unknown): Uint8Array {
  return Buffer.from(`${JSON.stringify(value)}\n`);
}

/** No text of a good file is ever it. */
const MARK = '\u0000keelson-drill\u0000';

function twice(whole: unknown, path: readonly string[], members: Members, key: string): Uint8Array {
  const again = `{${JSON.stringify(key)}:${JSON.stringify(members[key])},${JSON.stringify(members).slice(1)}`;
  const text = JSON.stringify(withAt(whole, path, MARK));
  return Buffer.from(`${text.replace(JSON.stringify(MARK), () => again)}\n`);
}

function shuffled<T>(items: readonly T[], random: () => number): T[] {
  const left = [...items];
  return items.flatMap(() => left.splice(Math.floor(random() * left.length), 1));
}
