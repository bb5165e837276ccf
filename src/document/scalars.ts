import { parseDuration, parseMoneyRate, parseRate, parseShare, type Money } from '../units.ts';
import { describe } from './reader.ts';
import { mapped, type JsonSchema, type Shape } from './shape.ts';

/** A scalar that `parse` understands; `expected` completes "Expected …". */
export function scalar<T>(options: {
  readonly expected: string;
  readonly parse: (text: string, plain: boolean) => T | undefined;
  readonly standIn: T;
  readonly schema: JsonSchema;
  readonly check?: (value: T) => string | undefined;
  /** What is found may be a secret, and is not said. @default false */
  readonly isSecret?: boolean;
}): Shape<T> {
  return {
    standIn: options.standIn,
    read(node, reader) {
      const value = node.kind === 'scalar' ? options.parse(node.text, node.plain) : undefined;
      if (value === undefined) {
        const isHidden = options.isSecret === true && node.kind === 'scalar';
        const found = isHidden ? 'something else, which is not shown' : describe(node);
        reader.report('wrong-type', node.at, { expected: options.expected, found });
        return options.standIn;
      }
      const wrong = options.check?.(value);
      if (wrong === undefined) return value;
      reader.report('out-of-range', node.at, { expected: wrong, found: describe(node) });
      return options.standIn;
    },
    schema: () => options.schema,
  };
}

export interface Range {
  readonly min?: number;
  readonly max?: number;
  /** The lower end itself is not allowed. */
  readonly above?: boolean;
  /** How to say the range, with its unit. */
  readonly says: string;
}

function inRange(range: Range): (value: number) => string | undefined {
  return (value) => {
    const low = range.min ?? 0;
    const good =
      (range.above === true ? value > low : value >= low) && value <= (range.max ?? Number.MAX_VALUE);
    return good ? undefined : range.says;
  };
}

/** A time such as `90s`, `5m`, `2h`, `1h 30m`. @unit hours */
export function duration(range: Range): Shape<number> {
  return scalar({
    expected: 'a time such as 90s, 5m, 2h or 3d',
    parse: parseDuration,
    standIn: 0,
    schema: { type: 'string', pattern: '^([0-9.]+ *(ms|s|min|mo|m|h|d|w|yr|y) *)+$' },
    check: inRange(range),
  });
}

/** How often, such as `0.3/yr`. @unit per year */
export function rate(range: Range): Shape<number> {
  return scalar({
    expected: 'a rate such as 0.3/yr or 2/month',
    parse: parseRate,
    standIn: 0,
    schema: { type: 'string', pattern: '^[0-9.]+ */ *[a-z]+$' },
    check: inRange(range),
  });
}

/** A percentage such as `99.95%`. @unit share, 0 to 1 */
export function share(range: Range): Shape<number> {
  return scalar({
    expected: 'a percentage such as 95%',
    parse: parseShare,
    standIn: 1,
    schema: { type: 'string', pattern: '^[0-9.]+ *%$' },
    check: inRange(range),
  });
}

const NO_MONEY: Money = { amount: 0, currency: '' };

/** An amount with the place where it stands. */
export type PlacedMoney = Money & { readonly offset: number };

/** Money over time such as `250k USD/h`. @unit currency per hour */
export function moneyRate(): Shape<PlacedMoney> {
  const amount = scalar({
    expected: 'money over time such as 250k USD/h or 300k USD/yr',
    parse: parseMoneyRate,
    standIn: NO_MONEY,
    schema: { type: 'string', pattern: '^[0-9.]+ *(k|M|bn)? +[A-Z]{3,5} */ *[a-z]+$' },
    check: (value) => (value.amount <= 1e15 ? undefined : 'at most 10^15 an hour'),
  });
  return mapped(amount, (value, node) => ({ ...value, offset: node.at }), { ...NO_MONEY, offset: 0 });
}

/** A plain number. */
export function number(
  range: Range & { readonly whole?: boolean; readonly standIn?: number },
): Shape<number> {
  const expected = range.whole === true ? 'a whole number' : 'a number';
  return scalar({
    expected: `${expected}, ${range.says}`,
    parse: (text, plain) => {
      if (!plain || !/^[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,3})?$/.test(text)) return undefined;
      const value = Number(text);
      return Number.isFinite(value) && (range.whole !== true || Number.isSafeInteger(value))
        ? value
        : undefined;
    },
    standIn: range.standIn ?? range.min ?? 0,
    schema: {
      type: range.whole === true ? 'integer' : 'number',
      ...(range.min === undefined
        ? {}
        : { [range.above === true ? 'exclusiveMinimum' : 'minimum']: range.min }),
      ...(range.max === undefined ? {} : { maximum: range.max }),
    },
    check: inRange({ ...range, min: range.min ?? -Number.MAX_VALUE }),
  });
}

/** Free text. @unit at most `max` characters */
export function text(what: string, max: number): Shape<string> {
  return scalar({
    expected: what,
    // Without quotes these are nothing to every other reader of YAML.
    parse: (value, plain) =>
      value === '' || (plain && /^(~|null|Null|NULL)$/.test(value)) ? undefined : value,
    standIn: '',
    schema: { type: 'string', minLength: 1, maxLength: max },
    check: (value) => (value.length <= max ? undefined : `${what} of at most ${max} characters`),
  });
}

/** One word of a closed set. */
export function word<const W extends string>(...words: readonly W[]): Shape<W> {
  const known: readonly string[] = words;
  return {
    standIn: words[0] as W, // a set of words has at least one
    read(node, reader) {
      if (node.kind === 'scalar' && known.includes(node.text)) return node.text as W; // just looked up
      const close = node.kind === 'scalar' ? reader.nearest(node.text, known) : undefined;
      reader.report('wrong-word', node.at, { known, found: describe(node), nearest: close });
      return words[0] as W;
    },
    schema: () => ({ enum: words }),
  };
}

/** `true` or `false`. */
export function flag(): Shape<boolean> {
  return scalar<boolean>({
    expected: 'true or false',
    parse: (value, plain) =>
      !plain ? undefined : value === 'true' ? true : value === 'false' ? false : undefined,
    standIn: false,
    schema: { type: 'boolean' },
  });
}

/** A day such as `2026-11-01`, kept as it is written. */
export function day(): Shape<string> {
  return scalar({
    expected: 'a day such as 2026-11-01',
    parse: (value) => (isDay(value) ? value : undefined),
    standIn: '1970-01-01',
    schema: { type: 'string', format: 'date' },
  });
}

function isDay(value: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(value)) return false;
  const time = Date.parse(`${value}T00:00:00Z`);
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(value);
}
