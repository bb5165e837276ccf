import type { RequiredRow, RowRules, UniqueFields } from '../contract.ts';
import { fieldPath, valueAt } from '../pointer.ts';
import type { ViolationPlace, Violations } from '../violations.ts';
import type { Fits } from './schema.ts';

/** What a row of a format is beside its value. */
export interface RowsOptions {
  /** Values are texts, as of CSV: what a contract requires is compared as it is written. */
  readonly areTexts: boolean;
  /** Fields are named, never pointed to. */
  readonly areNamed: boolean;
  readonly fits: Fits | undefined;
}

/** Holds rows, one after the other, against what a contract says of each and of all. */
export class RowJudge {
  private readonly violations: Violations;
  private readonly options: RowsOptions;
  private readonly unique: readonly { readonly fields: UniqueFields; readonly seen: SeenValues }[];
  private missing: readonly { readonly row: RequiredRow; readonly paths: readonly (readonly string[])[] }[];

  constructor(rules: RowRules, violations: Violations, options: RowsOptions) {
    this.violations = violations;
    this.options = options;
    this.unique = rules.unique.map((fields) => ({ fields, seen: new SeenValues() }));
    this.missing = rules.required.map((row) => ({
      row,
      paths: row.fields.map(({ name }) => (options.areNamed ? [name] : fieldPath(name))),
    }));
  }

  /** @param number from 1 */
  judge(value: unknown, number: number, place: () => ViolationPlace): void {
    for (const { fields, seen } of this.unique) this.judgeUnique(fields, seen, value, number, place);
    if (this.missing.length > 0) this.missing = this.missing.filter((one) => !this.isIt(one, value));
    // A schema comes last: it may read texts of CSV as what it expects.
    for (const { path, message } of this.options.fits?.(value) ?? [])
      this.violations.add('row-misfit', { message }, () => {
        const row = place();
        return { ...row, path: `${row.path ?? ''}${path}` };
      });
  }

  /** Says which rows have not come. */
  end(): void {
    for (const { row } of this.missing)
      this.violations.add('row-missing', {
        row:
          row.line === undefined
            ? `{${row.fields.map(({ name, value }) => `${name}: ${JSON.stringify(value)}`).join(', ')}}`
            : JSON.stringify(row.line),
      });
  }

  private judgeUnique(
    { names, paths }: UniqueFields,
    seen: SeenValues,
    row: unknown,
    number: number,
    place: () => ViolationPlace,
  ): void {
    if (paths.length === 0) {
      const first = seen.add(String(row), number);
      if (first > 0) this.violations.add('line-not-unique', { line: String(row), first }, place);
      return;
    }
    let text = '';
    for (const path of paths) {
      const value = valueAt(row, path);
      if (value === undefined) {
        this.violations.add('field-missing', { names }, place);
        return;
      }
      text += `${text === '' ? '' : ', '}${typeof value === 'string' ? JSON.stringify(value) : canonical(value)}`;
    }
    const first = seen.add(text, number);
    if (first > 0)
      this.violations.add(
        'not-unique',
        { names, value: text.length > 80 ? `${text.slice(0, 77)}…` : text, first },
        place,
      );
  }

  private isIt(
    { row, paths }: { readonly row: RequiredRow; readonly paths: readonly (readonly string[])[] },
    value: unknown,
  ): boolean {
    if (row.line !== undefined) return value === row.line;
    return row.fields.every(({ value: wanted, text }, i) => {
      const found = valueAt(value, paths[i] ?? []);
      return this.options.areTexts ? found === text : found === wanted;
    });
  }
}

/** The same text for the same value, in whatever order the keys of its objects are written. */
function canonical(value: unknown): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  const members = Object.entries(value).map(([key, one]) => `${JSON.stringify(key)}:${canonical(one)}`);
  return `{${members.sort().join(',')}}`;
}

/**
 * Which texts have come, as hashes of 64 bits each under a secret of this run, with the number of the row: texts are not kept. That two of
 * a million differ and are taken for the same is likely once in 37 million checks; that the same are taken for different never happens.
 */
class SeenValues {
  private first = new Int32Array(1024);
  private second = new Int32Array(1024);
  /** 0 is empty. */
  private rows = new Int32Array(1024);
  private count = 0;
  private readonly seeds = crypto.getRandomValues(new Int32Array(2));

  /** @param row from 1 @returns the row in which it came before; 0 where it did not */
  add(text: string, row: number): number {
    let a = this.seeds[0] ?? 0;
    let b = this.seeds[1] ?? 0;
    for (let i = 0; i < text.length; i++) {
      const unit = text.charCodeAt(i);
      a = Math.imul(a ^ unit, 0x01000193);
      a ^= a >>> 13;
      b = Math.imul(((b << 5) | (b >>> 27)) ^ unit, 0x9e3779b1);
    }
    a = Math.imul(a ^ text.length, 0x85ebca6b) ^ (b >>> 15);
    if (++this.count * 2 > this.rows.length) this.grow();
    const at = this.find(a, b);
    const before = this.rows[at] ?? 0;
    if (before !== 0) {
      this.count--;
      return before;
    }
    this.first[at] = a;
    this.second[at] = b;
    this.rows[at] = row;
    return 0;
  }

  private find(a: number, b: number): number {
    const { first, second, rows } = this;
    const mask = rows.length - 1;
    let at = Math.imul(a ^ (a >>> 16), 0x9e3779b1) & mask;
    while (rows[at] !== 0 && (first[at] !== a || second[at] !== b)) at = (at + 1) & mask;
    return at;
  }

  private grow(): void {
    const { first, second, rows } = this;
    this.first = new Int32Array(rows.length * 2);
    this.second = new Int32Array(rows.length * 2);
    this.rows = new Int32Array(rows.length * 2);
    for (let i = 0; i < rows.length; i++) {
      const row = rows[i] ?? 0;
      if (row === 0) continue;
      const at = this.find(first[i] ?? 0, second[i] ?? 0);
      this.first[at] = first[i] ?? 0;
      this.second[at] = second[i] ?? 0;
      this.rows[at] = row;
    }
  }
}
