import {
  choice,
  duration,
  flag,
  hasKey,
  isList,
  isText,
  list,
  mapped,
  mapping,
  number,
  object,
  optional,
  required,
  scalar,
  share,
  text,
  word,
  type Node,
  type Shape,
  type ShapeValue,
} from '../document/index.ts';
import { coreValue, type CoreValue } from './core-value.ts';
import { parsePointer } from './pointer.ts';

/** A text with the place where it stands, so that what it names can be missed there. */
export interface Placed {
  readonly text: string;
  /** Offset in the contract. */
  readonly at: number;
}

const placed = (shape: Shape<string>): Shape<Placed> =>
  mapped(shape, (value, { at }) => ({ text: value, at }), { text: '', at: 0 });

const SIZE = /^(\d{1,15})(?:\.(\d{1,3}))? ?(B|KB|MB|GB)$/;
const BYTES_IN: Readonly<Record<string, number>> = { B: 1, KB: 1e3, MB: 1e6, GB: 1e9 };

/** `1 MB`, `64 KB`, `512 B` or a plain number of bytes → bytes; KB is 1000. Undefined when it is none. */
export function parseSize(value: string): number | undefined {
  if (/^\d{1,15}$/.test(value)) return Number(value);
  const [, whole, decimals = '', unit = ''] = SIZE.exec(value) ?? [];
  const bytes = whole === undefined ? Number.NaN : Number(`${whole}.${decimals}0`) * (BYTES_IN[unit] ?? 0);
  const rounded = Math.round(bytes);
  return Number.isSafeInteger(rounded) && Math.abs(bytes - rounded) < 1e-3 ? rounded : undefined;
}

const size = (max: number, says: string): Shape<number> =>
  scalar({
    expected: 'a size such as 1 MB, 64 KB or 512 B (KB is 1000)',
    parse: parseSize,
    standIn: 1,
    schema: {
      anyOf: [
        { type: 'integer', minimum: 1 },
        { type: 'string', pattern: '^[0-9]+(\\.[0-9]{1,3})? ?(B|KB|MB|GB)$' },
      ],
    },
    check: (value) => (value >= 1 && value <= max ? undefined : says),
  });
const count = (max: number): Shape<number> =>
  number({ min: 1, max, whole: true, standIn: 1, says: `1 to ${max}` });
const wait = duration({ above: true, max: 8766, says: 'more than 0s and at most 1yr' });
const pause = duration({ max: 8766, says: '0s to 1yr' });
const path = placed(text('the path of a file', 1000));

export const NAME = /^[a-z0-9]+(?:-[a-z0-9]+)*$/;
const name = scalar<string>({
  expected: 'a name of small letters, digits and dashes, at most 63',
  parse: (value) => (value.length <= 63 && NAME.test(value) ? value : undefined),
  standIn: '',
  schema: { type: 'string', pattern: NAME.source, maxLength: 63 },
});
const pointer = scalar<string>({
  expected: 'a JSON Pointer such as /features, or "" for all of it',
  parse: (value) => (value.length <= 500 && parsePointer(value) !== undefined ? value : undefined),
  standIn: '',
  schema: { type: 'string', pattern: '^(/([^~]|~[01])*)?$', maxLength: 500 },
});
const url = scalar<string>({
  expected: 'an address such as http://127.0.0.1:9100/healthz, without user or fragment',
  parse: (value) => (isUrl(value) ? value : undefined),
  isSecret: true,
  standIn: '',
  schema: { type: 'string', pattern: '^https?://[^@#]+$', maxLength: 2000 },
});
/** Where a secret is found when it is needed; the secret itself is never in a contract. */
const secret = scalar<string>({
  expected: 'env:NAME or file:PATH, where the secret is found: a contract holds none',
  parse: (value) => (/^env:[A-Za-z_][A-Za-z0-9_]{0,99}$|^file:.{1,1000}$/.test(value) ? value : undefined),
  isSecret: true,
  standIn: '',
  schema: { type: 'string', pattern: '^(env:[A-Za-z_][A-Za-z0-9_]*|file:.+)$' },
});
const command = list('a list of a program and its arguments', text('a word of a command', 4000), {
  min: 1,
  max: 100,
});

function isUrl(value: string): boolean {
  if (value.length > 2000 || /[@#\s\\]/.test(value) || !URL.canParse(value)) return false;
  const { protocol, hostname } = new URL(value);
  return (protocol === 'http:' || protocol === 'https:') && hostname !== '';
}

export const FORMATS = ['json', 'yaml', 'csv', 'text', 'binary'] as const;
export type Format = (typeof FORMATS)[number];

const limits = object('limits {bytes, rows, …}', {
  bytes: optional(
    size(1e12, 'a size from 1 B to 1000 GB'),
    'Most bytes of the file. @default 100 MB; 16 MB for yaml, and with schema',
  ),
  rows: optional(count(1e9), 'Most rows. @default as many as there are; 2,000,000 with unique'),
  entries: optional(
    count(1e10),
    'Most members of objects and items of lists, at all depths; of CSV the cells. @default as many as there are',
  ),
  keys: optional(count(1e7), 'Most members of any one object; of CSV the columns. @default 1,000,000'),
  depth: optional(count(1000), 'Deepest nesting of objects and lists. @default 64'),
  text: optional(
    size(1e9, 'a size from 1 B to 1 GB'),
    'Longest text, key, cell or line, in bytes of UTF-8. @default 1 MB',
  ),
  time: optional(
    duration({ above: true, max: 1, says: 'more than 0s and at most 1h' }),
    'How long the whole check may take. @default 60s',
  ),
});

/** A field of a row: its name, or a JSON Pointer where it begins with a slash. */
const fieldName = text('the name of a field', 500);
const fields = list('a list of fields', fieldName, { min: 1, max: 20 });
const unique: Shape<readonly (readonly string[])[]> = choice<readonly (readonly string[])[]>(
  'a field, or a list of fields of which each (or each list of fields together) stands once',
  [
    { when: isText, shape: mapped(fieldName, (one) => [[one]], []) },
    {
      when: isList,
      shape: list(
        'a list of fields',
        choice<readonly string[]>(
          'a field or a list of fields together',
          [
            { when: isText, shape: mapped(fieldName, (one) => [one], []) },
            { when: isList, shape: fields },
          ],
          [],
        ),
        { min: 1, max: 20 },
      ),
    },
  ],
  [],
);

/** A value as a required row names it: what it is, and how it is written. */
interface Wanted {
  readonly value: CoreValue;
  readonly text: string;
}
const wanted: Shape<Wanted> = {
  standIn: { value: '', text: '' },
  read(node, reader) {
    const value = node.kind === 'scalar' ? coreValue(node.text, node.plain) : undefined;
    if (node.kind === 'scalar' && value !== undefined) return { value, text: node.text };
    reader.report('wrong-type', node.at, {
      expected: 'a text, a number, true, false or null',
      found: node.kind === 'scalar' ? `"${node.text}"` : `a ${node.kind === 'list' ? 'list' : 'mapping'}`,
    });
    return { value: '', text: '' };
  },
  schema: () => ({ type: ['string', 'number', 'boolean', 'null'] }),
};

/** A row that must be there: fields with their values; of text the line. */
export interface RequiredRow {
  readonly fields: readonly { readonly name: string; readonly value: CoreValue; readonly text: string }[];
  readonly line: string | undefined;
  /** Offset in the contract. */
  readonly at: number;
}
const NO_ROW: RequiredRow = { fields: [], line: undefined, at: 0 };
const requiredRow: Shape<RequiredRow> = choice<RequiredRow>(
  'a row as {field: value}, or a line',
  [
    {
      when: isText,
      shape: mapped(text('a line', 10_000), (line, { at }) => ({ fields: [], line, at }), NO_ROW),
    },
    {
      when: (node: Node) => node.kind === 'map',
      shape: mapped(
        mapping('a row as {field: value}', { pattern: /^.{1,500}$/su, what: 'a field' }, wanted, {
          min: 1,
          max: 50,
        }),
        (found, { at }) => ({
          fields: found.map((one) => ({ name: one.name, ...one.value })),
          line: undefined,
          at,
        }),
        NO_ROW,
      ),
    },
  ],
  NO_ROW,
);

const rows = object('rows {at, schema, unique, required}', {
  at: optional(
    placed(pointer),
    'JSON Pointer to the list that holds the rows, or to an object each of whose members is one. @default the root',
  ),
  schema: optional(path, 'A file with the JSON Schema that each row fits.'),
  unique: optional(
    unique,
    'Fields whose value stands in one row only: each a name or a JSON Pointer in the row, or a list of them together; of text, line.',
  ),
  required: optional(
    list('a list of rows', requiredRow, { min: 1, max: 200 }),
    'Rows that are there: each by fields and their values; of text, the line.',
  ),
});

const change = object('{grow, shrink}', {
  grow: optional(
    share({ max: 1e6, says: '0% or more' }),
    'How much more than the last good one. @default any',
  ),
  shrink: optional(
    share({ max: 1, says: '0% to 100%' }),
    'How much less than the last good one. @default any',
  ),
});

/** Where a version or an expiry is said: at a place of the file, or by who signed it. */
interface WrittenOrigin {
  /** A JSON Pointer, or `signed`. */
  readonly at: string;
  /** Where it is written in the contract. */
  readonly offset: number;
}
const NO_ORIGIN: WrittenOrigin = { at: 'signed', offset: 0 };
const origin: Shape<WrittenOrigin> = choice<WrittenOrigin>(
  'signed, or {at: a JSON Pointer}',
  [
    {
      when: isText,
      shape: mapped(word('signed'), (signer, { at }) => ({ at: signer, offset: at }), NO_ORIGIN),
    },
    {
      when: (node) => hasKey(node, 'at'),
      shape: object('{at}', { at: required(pointer, 'Where it stands.') }),
    },
  ],
  NO_ORIGIN,
);

const signed = object('signed {by, need, file}', {
  by: required(
    list('a list of public keys', path, { min: 1, max: 20 }),
    'Files with the public keys that may sign: ed25519, PEM.',
  ),
  need: optional(count(20), 'How many of them must have signed. @default 1'),
  file: optional(path, 'Where the signatures are. @default the guarded file with .dsse.json behind its name'),
});

const MEMORY_SAYS = 'a size from 1 MB to 1000 GB';
const reader = object('reader {command, time, memory}', {
  command: required(
    mapped(command, (words, { at }) => ({ words, at }), { words: [], at: 0 }),
    'A program that must accept the file by ending with 0; {file} stands for a copy of it. It runs in the folder of the contract.',
  ),
  time: optional(wait, 'How long it may take. @default 5s'),
  memory: optional(
    mapped(
      size(1e12, MEMORY_SAYS),
      (value, node, into) => {
        if (value < 1e6)
          into.report('out-of-range', node.at, { expected: MEMORY_SAYS, found: `${value} bytes` });
        return value;
      },
      1e6,
    ),
    'How much memory it may have, with all that it starts. @default 256 MB',
  ),
});

const source = object('source {file | folder | url}', {
  file: optional(path, 'A file that somebody writes.'),
  folder: optional(path, 'A folder; of the files that match, the one that was changed last is offered.'),
  match: optional(text('a pattern such as features-*.json', 200), 'Which files of the folder. @default *'),
  url: optional(url, 'An address that is asked, with ETag.'),
  token: optional(secret, 'What is sent as bearer token: env:NAME or file:PATH. @default none'),
  authority: optional(
    path,
    'PEM of the authority that the address is checked against. @default the system’s',
  ),
  every: optional(wait, 'How often it is looked at. @default 5s'),
  settle: optional(pause, 'How long a file must have been as it is before it is taken. @default 200ms'),
});

const target = object('a target {file, reload, loaded}', {
  file: required(path, 'The file that is replaced, whole and at once.'),
  reload: optional(
    object('{command, time}', {
      command: required(
        command,
        'What tells its reader; it must end with 0. {file} and {digest} are replaced.',
      ),
      time: optional(wait, 'How long it may take. @default 10s'),
    }),
    'How its reader is told. @default it sees for itself',
  ),
  loaded: optional(
    object('{url, contains, within}', {
      url: required(url, 'What says which one is in use.'),
      contains: optional(text('a text', 500), 'What it then says; {digest} is replaced. @default {digest}'),
      within: optional(wait, 'How soon. @default 10s'),
    }),
    'How its reader says that it has taken the file. @default it is taken to have',
  ),
});

const canary = object('canary {targets | share, watch}', {
  targets: optional(count(10_000), 'How many targets come first. @default 1'),
  share: optional(
    share({ above: true, max: 1, says: 'more than 0% and at most 100%' }),
    'The share of targets that come first, at least one.',
  ),
  watch: optional(pause, 'How long they are watched. @default 30s'),
});

const probeFields = {
  name: optional(
    text('a name', 500),
    'What it is called in the journal; of a metric which one, such as errors_total{kind="5xx"}. @default its number',
  ),
  every: optional(wait, 'How often. @default 1s'),
  time: optional(wait, 'How long an answer may take. @default 2s'),
  failures: optional(count(1000), 'How many failures in a row are bad health. @default 3'),
  successes: optional(count(1000), 'How many successes in a row are health again. @default 3'),
};
const amount = number({ min: -1e300, max: 1e300, standIn: 0, says: 'at most 10^300' });
const health = object('a health rule {url | command | metric, …}', {
  url: optional(url, 'An address that is asked.'),
  status: optional(
    number({ min: 100, max: 599, whole: true, says: '100 to 599' }),
    'The status of a good answer. @default any of 200 to 299',
  ),
  contains: optional(text('a text', 500), 'What a good answer holds. @default anything'),
  command: optional(command, 'A program that ends with 0 where all is well.'),
  metric: optional(url, 'An address that gives metrics as Prometheus reads them.'),
  atMost: optional(amount, 'Above that it is bad.'),
  atLeast: optional(amount, 'Below that it is bad.'),
  rate: optional(flag(), 'Take how much it grows in a second, between two looks. @default false'),
  ...probeFields,
});

const ENVIRONMENTS = ['sandbox', 'staging', 'production'] as const;
export type DrillEnvironment = (typeof ENVIRONMENTS)[number];

export const contractShape = object('a contract', {
  contract: required(
    number({ min: 1, max: 1, whole: true, standIn: 1, says: '1, the version of the language of contracts' }),
    'Version of the language of contracts: 1.',
  ),
  name: required(name, 'What the file is called in the journal, in metrics and in the state folder.'),
  format: required(word(...FORMATS), 'What the file is.'),
  limits: optional(limits, 'Hard limits.'),
  rows: optional(rows, 'What holds of each row.'),
  schema: optional(
    path,
    'A file with the JSON Schema of the whole document, which is then held in memory: at most 16 MB.',
  ),
  change: optional(
    object('change {bytes, rows, entries}', {
      bytes: optional(change, 'Of the bytes.'),
      rows: optional(change, 'Of the rows.'),
      entries: optional(change, 'Of the entries.'),
    }),
    'How far it may be from the last good one.',
  ),
  version: optional(
    origin,
    'Where its version stands, a whole number that rises: {at: a JSON Pointer}, or signed.',
  ),
  expires: optional(
    origin,
    'Where the moment stands from which it is too old, RFC 3339: {at: …}, or signed.',
  ),
  signed: optional(signed, 'Who must have signed it.'),
  reader: optional(reader, 'A shadow reader: a program that must accept it.'),
  source: optional(source, 'For guard run: where new ones come from.'),
  targets: optional(
    mapping('a mapping of targets', { pattern: NAME, what: 'small letters, digits and dashes' }, target, {
      min: 1,
      max: 10_000,
    }),
    'For guard run: where good ones go.',
  ),
  canary: optional(canary, 'For guard run: who has it first.'),
  waves: optional(
    list(
      'a list of shares',
      mapped(
        share({ above: true, max: 1, says: 'more than 0% and at most 100%' }),
        (value, { at }) => ({ share: value, at }),
        { share: 1, at: 0 },
      ),
      { min: 1, max: 20 },
    ),
    'For guard run: shares of all targets that have it after each wave, the canary among them. @default [100%]',
  ),
  watch: optional(pause, 'For guard run: how long each wave is watched. @default 10s'),
  health: optional(
    list('a list of health rules', health, { min: 1, max: 50 }),
    'For guard run: what must all be well.',
  ),
  steady: optional(pause, 'For guard run: how long all must have been well before one begins. @default 5s'),
  keep: optional(count(1000), 'For guard run: how many good ones are kept on disk. @default 5'),
  drill: optional(
    object('drill {environment}', {
      environment: required(
        word(...ENVIRONMENTS),
        'What its targets are. Production is drilled only when the command says so too.',
      ),
    }),
    'For drill guard: that bad files may be offered at its source. @default it is not drilled',
  ),
  note: optional(text('a note', 4000), 'What to know.'),
});

/** A contract as it is written, with the places of what it names. */
export type ContractValue = ShapeValue<typeof contractShape>;
export type HealthValue = ShapeValue<typeof health>;
export type TargetValue = ShapeValue<typeof target>;
export type SourceValue = ShapeValue<typeof source>;
