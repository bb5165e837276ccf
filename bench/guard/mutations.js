// Guarded files, and what may happen to them: by seed, good ones and mutated ones, for test/oracle/guard-check.test.ts and bench/guard/check.js.
import { createHash, generateKeyPairSync, sign } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { seeded } from '../seeded.js';

/** What the contract below says, for who judges slowly. */
export const RULES = {
  name: 'bot-features',
  limits: { bytes: 20_000, rows: 12, entries: 110, keys: 8, depth: 5, text: 40 },
  change: { rows: { grow: 0.5, shrink: 0.5 }, bytes: { grow: 0.9, shrink: 0.9 } },
  need: 2,
};

/** The same in words. `keys` are the names of files with public keys. */
function contractText(format, keys) {
  const { name, limits, need } = RULES;
  const more = {
    json: `limits: {bytes: ${limits.bytes}, rows: ${limits.rows}, entries: ${limits.entries}, keys: ${limits.keys}, depth: ${limits.depth}, text: ${limits.text}}
rows: {at: /features, schema: row.schema.json, unique: [name, [region, id]], required: [{name: default}]}
version: {at: /version}
expires: {at: /validUntil}
signed: {by: [${keys.join(', ')}], need: ${need}}
change: {rows: {grow: 50%, shrink: 50%}, bytes: {grow: 90%, shrink: 90%}}
`,
    csv: `limits: {bytes: ${limits.bytes}, rows: ${limits.rows}, entries: ${limits.entries}, keys: ${limits.keys}, text: ${limits.text}}
rows: {unique: [name, [region, id]], required: [{name: default}]}
change: {rows: {grow: 50%, shrink: 50%}, bytes: {grow: 90%, shrink: 90%}}
`,
    text: `limits: {bytes: ${limits.bytes}, rows: ${limits.rows}, text: ${limits.text}}
rows: {unique: line, required: [default]}
change: {rows: {grow: 50%, shrink: 50%}, bytes: {grow: 90%, shrink: 90%}}
`,
  }[format];
  return `contract: 1\nname: ${name}\nformat: ${format}\n${more}`;
}

const ROW_SCHEMA = {
  type: 'object',
  required: ['name', 'region', 'id', 'weight'],
  properties: {
    name: { type: 'string', minLength: 1 },
    region: { enum: ['eu', 'us', 'ap'] },
    id: { type: 'integer', minimum: 0 },
    weight: { type: 'number', maximum: 100 },
    tags: { type: 'array', items: { type: 'string' } },
    note: {},
  },
  additionalProperties: false,
};

/** 2026-11-28. */
export const NOW = Date.UTC(2026, 10, 28);

/**
 * Keys for a run: three that the contract names, and one of somebody else.
 *
 * @returns PEMs of the public keys of the three, and all that can sign
 */
export function makeKeys() {
  const pairs = Array.from({ length: 4 }, () => generateKeyPairSync('ed25519'));
  const [a, b, c, stranger] = pairs.map(({ publicKey, privateKey }) => ({
    id: createHash('sha256')
      .update(publicKey.export({ type: 'spki', format: 'der' }))
      .digest('hex')
      .slice(0, 32),
    key: privateKey,
  }));
  const pems = pairs.slice(0, 3).map(({ publicKey }) => publicKey.export({ type: 'spki', format: 'pem' }));
  return { pems, signers: { known: [a, b, c], stranger } };
}

/** Writes a contract, and what it names beside it. @returns its file */
export function writeContract(folder, format, pems, more = '') {
  const names = pems.map((_, i) => `key-${i}.pem`);
  for (const [i, pem] of pems.entries()) writeFileSync(join(folder, names[i]), pem);
  writeFileSync(join(folder, 'row.schema.json'), JSON.stringify(ROW_SCHEMA));
  const file = join(folder, `${format}.contract.yaml`);
  writeFileSync(file, contractText(format, names) + more);
  return file;
}

/** What a case is made for: the version in force, the time, and how near to it what expires does. */
const WORLD = { version: 5, now: NOW, edgeMs: 1_000 };
const DAY_MS = 86_400_000;

/** RFC 3339, an hour ahead of UTC where it says so. */
function moment(at, zone = 'Z') {
  const local = zone === 'Z' ? at : at + 3_600_000;
  return new Date(local).toISOString().slice(0, 19) + zone;
}

/**
 * One case: bytes, its envelope (null where there is none) and the last good one.
 *
 * @param signers private keys of those that the contract names, and one of somebody else
 * @param world `now` in whole seconds
 */
export function caseOf(format, seed, signers, world = WORLD) {
  const random = seeded(seed);
  const whole = (most) => Math.floor(random() * most);
  const good = GOOD[format](random, world);
  const last = { ...factsOf(format, GOOD[format](random, world)), version: world.version };
  // A third is left as it is, or changed in a way that changes nothing.
  const kinds = Object.keys(MUTATIONS[format]);
  const kind = random() < 0.2 ? 'none' : kinds[whole(kinds.length)];
  const change = kind === 'none' ? (bytes) => bytes : MUTATIONS[format][kind];
  const made = change(good, random, world);
  const bytes = Buffer.isBuffer(made) ? made : Buffer.from(made);
  if (format !== 'json') return { kind, bytes, envelope: null, last, now: NOW };
  const { envelope, envelopeKind } = envelopeFor(bytes, random, signers, kind, world);
  const now = world.now + (random() < 0.03 ? 34 * DAY_MS : 0);
  return { kind: `${kind}, ${envelopeKind}`, bytes, envelope, last, now };
}

function factsOf(format, text) {
  const rows =
    format === 'json'
      ? JSON.parse(text).features.length
      : text.trimEnd().split('\n').length - (format === 'csv' ? 1 : 0);
  return {
    digest: `sha256:${'0'.repeat(64)}`,
    bytes: Buffer.byteLength(text),
    rows,
    entries: null,
    expires: null,
    signedBy: [],
  };
}

const REGIONS = ['eu', 'us', 'ap'];

const GOOD = {
  json(random, { version, now }) {
    const features = rowsOf(random).map((row, i) => ({ ...row, ...(i % 2 ? { tags: ['a', 'é'] } : {}) }));
    const value = {
      version: version + 1 + Math.floor(random() * 3),
      validUntil: moment(now + 33 * DAY_MS),
      features,
    };
    return random() < 0.5 ? JSON.stringify(value) : `${JSON.stringify(value, undefined, 2)}\n`;
  },
  csv(random) {
    const cell = (value) =>
      /[",\n]/.test(value) || random() < 0.2 ? `"${value.replaceAll('"', '""')}"` : value;
    const rows = rowsOf(random).map(({ name, region, id, weight }) =>
      [name, region, String(id), String(weight)].map(cell).join(','),
    );
    const end = random() < 0.5 ? '\n' : '\r\n';
    return ['name,region,id,weight', ...rows].join(end) + (random() < 0.7 ? end : '');
  },
  text(random) {
    const lines = rowsOf(random).map(({ name }) => name);
    const end = random() < 0.5 ? '\n' : '\r\n';
    return lines.join(end) + (random() < 0.7 ? end : '');
  },
};

function rowsOf(random) {
  const count = 6 + Math.floor(random() * 3);
  return Array.from({ length: count }, (_, i) => ({
    name: i === 0 ? 'default' : `feature ${i} ${['é', 'x', '交易', '😀', 'z"q'][Math.floor(random() * 4)]}`,
    region: REGIONS[i % 3],
    id: i,
    weight: Math.round(random() * 1000) / 10,
  }));
}

/** Mutations of bytes, for every format. */
const RAW = {
  'cut off': (text, random) => cut(text, random),
  'cut off, zeros behind': (text, random) => Buffer.concat([cut(text, random), Buffer.alloc(8)]),
  'half written over': (text, random) => Buffer.concat([cut(text, random), Buffer.from(text).subarray(3)]),
  'doubled as a whole': (text) => text + text,
  empty: () => '',
  'one byte changed': (text, random) => {
    const bytes = Buffer.from(text);
    bytes[Math.floor(random() * bytes.length)] = Math.floor(random() * 256);
    return bytes;
  },
  'one byte more': (text, random) => put(text, random, [Math.floor(random() * 256)]),
  'one byte less': (text, random) => {
    const at = Math.floor(random() * Buffer.byteLength(text));
    const bytes = Buffer.from(text);
    return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1)]);
  },
  'a mark at its beginning': (text) => `\ufeff${text}`,
  'UTF-16': (text) => Buffer.from(text, 'utf16le'),
  'Latin 1': (text) => Buffer.from(text, 'latin1'),
  overlong: (text, random) => put(text, random, [0xc0, 0xaf]),
  'a surrogate in bytes': (text, random) => put(text, random, [0xed, 0xa0, 0x80]),
  'beyond Unicode': (text, random) => put(text, random, [0xf4, 0x90, 0x80, 0x80]),
  'a cut character': (text, random) => put(text, random, [0xe2, 0x82]),
  'a zero': (text, random) => put(text, random, [0]),
  'a tab': (text, random) => put(text, random, [9]),
  'a blank': (text, random) => put(text, random, [32]),
  'a line feed': (text, random) => put(text, random, [10]),
  'a carriage return': (text, random) => put(text, random, [13]),
  'a delete character': (text, random) => put(text, random, [127]),
};

const byJson = (change) => (text, random, world) => {
  const value = JSON.parse(text);
  const changed = change(value, random, world) ?? value;
  return JSON.stringify(changed);
};
const one = (list, random) => list[Math.floor(random() * list.length)];
const byOne = (random) => Math.floor(random() * 3) - 1;
const aValue = (random) => one([null, true, 'x', 1.5, -1, [], {}, '', 1e21, [[]], 'eu'], random);
/** Puts a text of JSON in place of one member. */
const inPlace = (text, random, json) =>
  text.replace(/"weight": ?[0-9.]+/g, (found) => (random() < 0.3 ? `"weight":${json}` : found));

const MUTATIONS = {
  json: {
    ...RAW,
    'rows doubled': byJson((value) => void value.features.push(...value.features)),
    'rows by one': byJson((value, random) => {
      const target = RULES.limits.rows + byOne(random);
      while (value.features.length < target) {
        const id = value.features.length;
        value.features.push({ name: `more ${id}`, region: 'eu', id: 100 + id, weight: 1 });
      }
    }),
    'text by one': byJson((value, random) => {
      one(value.features, random).name = '😀'.repeat(9) + 'n'.repeat(RULES.limits.text - 36 + byOne(random));
    }),
    'escaped text by one': (text, random) =>
      text.replace(
        /"feature 1[^"]*"/,
        `"${'\\u00e9\\n\\ud83d\\ude00'.repeat(5)}${'n'.repeat(RULES.limits.text - 35 + byOne(random))}"`,
      ),
    'keys by one': byJson((value, random) => {
      value.more = Object.fromEntries(
        Array.from({ length: RULES.limits.keys + byOne(random) }, (_, i) => [`k${i}`, i]),
      );
    }),
    'many keys, one twice': (text, random) => {
      const keys = Array.from({ length: 60 }, (_, i) => `"k${i}":1`);
      keys.push(`"k${Math.floor(random() * 70)}":2`);
      return text.replace('{', `{"more":{${keys.join(',')}},`);
    },
    'entries by one': byJson((value, random) => {
      const count = entriesOf(value);
      value.more = Array.from({ length: RULES.limits.entries - count - 1 + byOne(random) }, () => 0);
    }),
    'depth by one': byJson((value, random) => {
      let inner = 1;
      for (let i = 0; i < RULES.limits.depth - 1 + byOne(random); i++) inner = i % 2 ? [inner] : { a: inner };
      value.more = inner;
    }),
    'very deep': (text) => text.replace('[', '['.repeat(5000)),
    'bytes by one': (text, random) =>
      text + ' '.repeat(RULES.limits.bytes - Buffer.byteLength(text) + byOne(random)),
    'a name twice': byJson(
      (value, random) =>
        void Object.assign(one(value.features, random), { name: one(value.features, random).name }),
    ),
    'region and id twice': byJson((value, random) => {
      const { region, id } = one(value.features, random);
      Object.assign(one(value.features, random), { region, id });
    }),
    'a wrong type': byJson((value, random) => {
      const row = one(value.features, random);
      row[one(['name', 'region', 'id', 'weight', 'tags', 'other'], random)] = aValue(random);
    }),
    'a row of another type': byJson((value, random) => {
      value.features[Math.floor(random() * value.features.length)] = aValue(random);
    }),
    'a key left out': byJson((value, random) => {
      const row = one(value.features, random);
      delete row[one(Object.keys(row), random)];
    }),
    'rows of another type': byJson(
      (value, random) => void Object.assign(value, { features: aValue(random) }),
    ),
    'rows as an object': byJson((value) => {
      value.features = Object.fromEntries(value.features.map((row, i) => [`r${i}`, row]));
    }),
    'rows left out': byJson((value) => void delete value.features),
    'the root another': (_, random) => JSON.stringify(aValue(random)),
    'a list around it': (text) => `[${text}]`,
    'without a required row': byJson((value) => void value.features.shift()),
    'half of the rows': byJson(
      (value, random) => void value.features.splice(1, 2 + Math.floor(random() * 4)),
    ),
    'a key twice': (text, random) =>
      text.replace(/"name"/g, (found) => (random() < 0.3 ? '"name":"x",\n"name"' : found)),
    'a key twice, escaped': (text, random) =>
      text.replace(/"region"/g, (found) => (random() < 0.3 ? '"re\\u0067ion":"eu","region"' : found)),
    'a key escaped': (text, random) =>
      text.replace(/"region"/g, (found) => (random() < 0.5 ? '"re\\u0067ion"' : found)),
    'the rows twice': (text) => text.replace(/\}\s*$/, ',"features":[]}'),
    'a version twice': (text) => text.replace(/^\{/, '{"version":9,'),
    'a prototype': (text) => text.replace(/"weight"/, '"__proto__":{"x":1},"weight"'),
    'half a pair': (text, random) =>
      text.replace(
        /feature/,
        one(['\\ud83d', '\\ude00', '\\ud83d\\u0041', '\\ud83dx', '\\ud83d\\ud83d\\ude00'], random),
      ),
    'a whole pair': (text) => text.replace(/feature/, '\\ud83d\\ude00'),
    'an escape': (text, random) =>
      text.replace(
        /feature/,
        one(['\\x', '\\u12', '\\u00zz', '\\', '\\/', '\\t', '\\U0041', '\\u0000'], random),
      ),
    'a number': (text, random) =>
      inPlace(
        text,
        random,
        one(
          [
            '1e999',
            '-1e999',
            '1e308',
            '1e-999',
            '01',
            '-',
            '-0',
            '.5',
            '5.',
            '1e',
            '1e+',
            '+1',
            '0x10',
            '1_0',
            'NaN',
            'Infinity',
            '-Infinity',
            '1E2',
            '0e0',
            '9'.repeat(400),
            `0.${'0'.repeat(400)}1`,
          ],
          random,
        ),
      ),
    'a comma too many': (text, random) =>
      text.replaceAll(/[\]}]/g, (found) => (random() < 0.1 ? `,${found}` : found)),
    'a comma less': (text, random) => text.replaceAll(',', (found) => (random() < 0.05 ? ' ' : found)),
    'a comment': (text, random) => text.replaceAll(',', (found) => (random() < 0.05 ? ',/* x */' : found)),
    'single quotes': (text) => text.replace('"name"', "'name'"),
    'a word': (text, random) =>
      inPlace(text, random, one(['true', 'True', 'nul', 'nulll', 'undefined', 'tru', 'falsey'], random)),
    'something behind it': (text, random) => text + one(['x', '{}', ' \n\t ', ',', '\0', '//'], random),
    'blanks between': (text, random) =>
      text.replaceAll(/[,:]/g, (found) => (random() < 0.3 ? `${found} \r\n\t ` : found)),
    'a blank of another kind': (text, random) =>
      text.replace(':', one([':\u00a0', ':\u2028', ':\f', ':\v'], random)),
    'an old version': byJson(
      (value, random, { version }) =>
        void Object.assign(value, { version: version - 5 + Math.floor(random() * 8) }),
    ),
    'a strange version': byJson(
      (value, random) =>
        void Object.assign(value, { version: one(['7', 7.5, -1, null, 2 ** 60, [7]], random) }),
    ),
    'no version': byJson((value) => void delete value.version),
    'an expiry': byJson((value, random, { now, edgeMs }) => {
      value.validUntil = one(
        [
          moment(now - edgeMs),
          moment(now),
          moment(now + edgeMs),
          moment(now, '+01:00'),
          moment(now - 3_600_000 + edgeMs, '+01:00'),
          '2026-13-01T00:00:00Z',
          '2026-02-30T00:00:00Z',
          '2028-02-29T00:00:00Z',
          'tomorrow',
          7,
          null,
          '2026-12-31',
        ],
        random,
      );
    }),
    'no expiry': byJson((value) => void delete value.validUntil),
  },
  csv: {
    ...RAW,
    'rows doubled': (text) => text + text.slice(text.indexOf('\n') + 1),
    'a column more': (text, random) =>
      text.replaceAll(/\n/g, (found) => (random() < 0.2 ? `,x${found}` : found)),
    'a column less': (text) => text.replace(/,[^,\n]*\n/, '\n'),
    'a column of the header twice': (text) => text.replace('region', 'name'),
    'a column renamed': (text) => text.replace('region', 'Region'),
    'a quote': (text, random) => put(text, random, [34]),
    'a comma': (text, random) => put(text, random, [44]),
    'an empty line': (text, random) => text.replaceAll('\n', (found) => (random() < 0.2 ? '\n\n' : found)),
    'a line in a cell': (text) =>
      text.replace('feature 1', '"a\nb\r\nc"').replace(/("a\nb\r\nc")[^,\r\n]*/, '$1'),
    'text by one': (text, random) =>
      text.replace(
        /"?feature 2[^,]*/,
        `"${'""'.repeat(5)}${'n'.repeat(RULES.limits.text - 5 + byOne(random))}"`,
      ),
    'rows by one': (text, random) => {
      let more = text.endsWith('\n') ? text : `${text}${text.includes('\r') ? '\r\n' : '\n'}`;
      const end = text.includes('\r') ? '\r\n' : '\n';
      const target = RULES.limits.rows + byOne(random);
      for (let row = more.trimEnd().split('\n').length - 1; row < target; row++)
        more += `more ${row},eu,${100 + row},1${end}`;
      return more;
    },
  },
  text: {
    ...RAW,
    doubled: (text) => `${text.trimEnd()}\n${text}`,
    'without the required line': (text) => text.replace('default', 'other'),
    'an empty line': (text, random) => text.replaceAll('\n', (found) => (random() < 0.2 ? '\n\n' : found)),
    'text by one': (text, random) =>
      text.replace(/feature 2[^\r\n]*/, 'n'.repeat(RULES.limits.text + byOne(random))),
    'rows by one': (text, random) => {
      const end = text.includes('\r') ? '\r\n' : '\n';
      let more = text.endsWith('\n') ? text : `${text}${end}`;
      const target = RULES.limits.rows + byOne(random);
      for (let row = more.trimEnd().split('\n').length; row < target; row++) more += `more ${row}${end}`;
      return more;
    },
  },
};

function entriesOf(value) {
  if (typeof value !== 'object' || value === null) return 0;
  const inner = Object.values(value);
  return inner.length + inner.reduce((sum, each) => sum + entriesOf(each), 0);
}

function cut(text, random) {
  const bytes = Buffer.from(text);
  return bytes.subarray(0, Math.floor(random() * bytes.length));
}

function put(text, random, more) {
  const bytes = Buffer.from(text);
  const at = Math.floor(random() * (bytes.length + 1));
  return Buffer.concat([bytes.subarray(0, at), Buffer.from(more), bytes.subarray(at)]);
}

const PAYLOAD_TYPE = 'application/vnd.keelson.release+json';

function envelopeFor(bytes, random, { known, stranger }, mutation, world) {
  const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
  let version;
  try {
    version = JSON.parse(bytes.toString('utf8').replace(/^\ufeff/, '')).version;
  } catch {
    version = world.version + 2;
  }
  if (!Number.isSafeInteger(version) || version < 0) version = world.version + 2;
  const good = { name: RULES.name, version, digest, bytes: bytes.length };
  const signed = (statement, keys, type = PAYLOAD_TYPE) => {
    const body =
      typeof statement === 'string' ? Buffer.from(statement) : Buffer.from(JSON.stringify(statement));
    const encoded = Buffer.concat([
      Buffer.from(`DSSEv1 ${Buffer.byteLength(type)} ${type} ${body.length} `),
      body,
    ]);
    const signatures = keys.map((key) => ({
      keyid: key.id,
      sig: sign(null, encoded, key.key).toString('base64'),
    }));
    return { payloadType: type, payload: body.toString('base64'), signatures };
  };
  const [a, b, c] = known;
  const kinds = {
    'signed by one': () => signed(good, [a]),
    'signed twice by one': () => signed(good, [a, a]),
    'signed by a stranger': () => signed(good, [a, stranger]),
    'signed by three': () => signed(good, [a, b, c]),
    'signed under another id': () => {
      const envelope = signed(good, [a, b]);
      envelope.signatures[0].keyid = c.id;
      return envelope;
    },
    'signed without ids': () => {
      const envelope = signed(good, [a, b]);
      for (const each of envelope.signatures) delete each.keyid;
      return envelope;
    },
    'other bytes signed': () => signed({ ...good, digest: `sha256:${'1'.repeat(64)}` }, [a, b]),
    'another length signed': () => signed({ ...good, bytes: good.bytes + 1 }, [a, b]),
    'another name signed': () => signed({ ...good, name: 'other' }, [a, b]),
    'another version signed': () => signed({ ...good, version: version + 1 }, [a, b]),
    'an expired statement': () => signed({ ...good, expires: moment(world.now) }, [a, b]),
    'a statement that expires': () => signed({ ...good, expires: moment(world.now + world.edgeMs) }, [a, b]),
    'a strange statement': () =>
      signed(
        one(
          [
            { ...good, more: 1 },
            { ...good, version: '7' },
            [],
            7,
            `{"name":"${RULES.name}","name":"${RULES.name}","version":${version},"digest":"${digest}","bytes":${bytes.length}}`,
            'x',
          ],
          random,
        ),
        [a, b],
      ),
    'another type': () => signed(good, [a, b], 'application/json'),
    'the payload changed': () => {
      const envelope = signed(good, [a, b]);
      envelope.payload = Buffer.from(JSON.stringify({ ...good, version: version + 1 })).toString('base64');
      return envelope;
    },
    'signatures of another file': () => ({
      ...signed(good, [a, b]),
      signatures: signed({ ...good, bytes: 1 }, [a, b]).signatures,
    }),
    'cut signatures': () => {
      const envelope = signed(good, [a, b]);
      envelope.signatures[1].sig = envelope.signatures[1].sig.slice(0, 40);
      return envelope;
    },
    'a cut envelope': () => JSON.stringify(signed(good, [a, b])).slice(0, 200),
    'an envelope with a key twice': () => JSON.stringify(signed(good, [a, b])).replace('{', '{"payload":"",'),
    'an envelope with more': () => ({ ...signed(good, [a, b]), more: 1 }),
    'a large envelope': () => `${JSON.stringify(signed(good, [a, b]))}${' '.repeat(70_000)}`,
    'no envelope': () => null,
  };
  const names = Object.keys(kinds);
  // Where the file is as it was, the signatures are what is changed.
  const envelopeKind =
    random() < (mutation === 'none' ? 0.6 : 0.04)
      ? names[Math.floor(random() * names.length)]
      : 'signed by two';
  const made = envelopeKind === 'signed by two' ? signed(good, [a, b]) : kinds[envelopeKind]();
  const envelope = made === null ? null : Buffer.from(typeof made === 'string' ? made : JSON.stringify(made));
  return { envelope, envelopeKind };
}
