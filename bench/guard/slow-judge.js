// Says of a case of mutations.js whether it may be accepted: slowly, plainly, and with nothing of src/guard.
import { createHash, createPublicKey, verify } from 'node:crypto';
import { RULES } from './mutations.js';

/** @param keys PEMs of the public keys that the contract names @returns why not; empty where it may be accepted */
export function judgeSlowly(format, { bytes, envelope, last, now }, keys) {
  const wrong = [];
  const { limits, change } = RULES;
  if (bytes.length > limits.bytes) return ['bytes'];
  const text = textOf(bytes);
  if (text === undefined) return ['not UTF-8'];
  if (text === '') return ['empty'];
  if (text.startsWith('\ufeff')) wrong.push('mark');
  const body = text.replace(/^\ufeff/, '');
  const found = { json: judgeJson, csv: judgeCsv, text: judgeText }[format](body, wrong);
  const changes = [
    ['bytes', bytes.length],
    ['rows', found?.rows],
  ];
  if (found !== undefined)
    for (const [what, value] of changes) {
      if (value === undefined) continue;
      // In tenths of a percent, as whole numbers.
      if ((value - last[what]) * 1000 > last[what] * Math.round(change[what].grow * 1000))
        wrong.push(`${what} grew`);
      if ((last[what] - value) * 1000 > last[what] * Math.round(change[what].shrink * 1000))
        wrong.push(`${what} shrank`);
    }
  if (format === 'json' && found !== undefined) {
    const { version, validUntil } = Object(found.value);
    const isOwn = (key) =>
      typeof found.value === 'object' && found.value !== null && Object.hasOwn(found.value, key);
    if (!isOwn('version') || !Number.isSafeInteger(version) || version < 0 || version <= last.version)
      wrong.push('version');
    if (!isOwn('validUntil') || !isAhead(validUntil, now)) wrong.push('expiry');
    wrong.push(...judgeSigned(envelope, bytes, version, now, keys));
  }
  return wrong;
}

function textOf(bytes) {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

function isAhead(text, now) {
  if (typeof text !== 'string') return false;
  const match = /^(\d{4}-\d{2}-\d{2})T(\d{2}:\d{2}:\d{2})(Z|[+-]\d{2}:\d{2})$/.exec(text);
  if (match === null) return false;
  const plain = Date.parse(`${match[1]}T${match[2]}Z`);
  // A day that does not exist comes back as another.
  if (Number.isNaN(plain) || new Date(plain).toISOString().slice(0, 10) !== match[1]) return false;
  return Date.parse(text) > now;
}

/** A text of JSON by JSON.parse; what that does not look at by its tokens. */
function judgeJson(text, wrong) {
  let value;
  try {
    value = JSON.parse(text);
  } catch {
    wrong.push('not JSON');
    return undefined;
  }
  const { limits } = RULES;
  const open = [];
  let entries = 0;
  for (const [token] of text.matchAll(/"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+/g)) {
    const inner = open.at(-1);
    if (token === '}' || token === ']') {
      open.pop();
      continue;
    }
    if (token === ':' || token === ',') {
      if (inner !== undefined && inner.keys !== undefined) inner.isKey = token === ',';
      continue;
    }
    const isText = token.startsWith('"');
    const decoded = isText ? JSON.parse(token) : '';
    if (isText && Buffer.byteLength(decoded) > limits.text) wrong.push('text');
    if (isText && !decoded.isWellFormed()) wrong.push('half a pair');
    if (inner?.keys !== undefined && inner.isKey) {
      if (inner.keys.has(decoded)) wrong.push('a key twice');
      inner.keys.add(decoded);
      inner.count++;
      entries++;
      if (inner.count > limits.keys) wrong.push('keys');
      continue;
    }
    if (inner !== undefined && inner.keys === undefined) entries++;
    if (token === '{') open.push({ keys: new Set(), isKey: true, count: 0 });
    else if (token === '[') open.push({ keys: undefined });
    else if (/^[-0-9]/.test(token) && !Number.isFinite(Number(token))) wrong.push('overflow');
    if (open.length > limits.depth) wrong.push('depth');
  }
  if (entries > limits.entries) wrong.push('entries');
  const holder =
    typeof value === 'object' && value !== null && !Array.isArray(value) && Object.hasOwn(value, 'features')
      ? value.features
      : undefined;
  if (typeof holder !== 'object' || holder === null) {
    wrong.push('no rows');
    return { rows: undefined, value };
  }
  const rows = Object.values(holder);
  judgeRows(rows, wrong, isGoodRow);
  return { rows: rows.length, value };
}

function isGoodRow(row) {
  if (typeof row !== 'object' || row === null || Array.isArray(row)) return false;
  const known = ['name', 'region', 'id', 'weight', 'tags', 'note'];
  if (Object.keys(row).some((key) => !known.includes(key))) return false;
  return (
    typeof row.name === 'string' &&
    row.name.length > 0 &&
    ['eu', 'us', 'ap'].includes(row.region) &&
    Number.isInteger(row.id) &&
    row.id >= 0 &&
    typeof row.weight === 'number' &&
    row.weight <= 100 &&
    (!Object.hasOwn(row, 'tags') ||
      (Array.isArray(row.tags) && row.tags.every((tag) => typeof tag === 'string')))
  );
}

function judgeRows(rows, wrong, isGood) {
  if (rows.length > RULES.limits.rows) wrong.push('rows');
  const names = new Set();
  const places = new Set();
  let hasDefault = false;
  for (const row of rows) {
    if (!isGood(row)) wrong.push('a row');
    const { name, region, id } = Object(row);
    if (name === undefined || region === undefined || id === undefined) {
      wrong.push('a field');
      continue;
    }
    const place = JSON.stringify([region, id]);
    if (names.has(JSON.stringify(name)) || places.has(place)) wrong.push('twice');
    names.add(JSON.stringify(name));
    places.add(place);
    hasDefault ||= name === 'default';
  }
  if (!hasDefault) wrong.push('no default');
}

/** CSV, character by character. */
function judgeCsv(text, wrong) {
  const records = [[]];
  const endings = new Set();
  let cell = '';
  let state = 'begin';
  for (let i = 0; i < text.length; i++) {
    const letter = text[i];
    const isEnd = letter === '\n' || (letter === '\r' && text[i + 1] === '\n');
    if (isControl(letter)) return void wrong.push('control');
    if (state === 'quoted') {
      if (letter !== '"') cell += letter;
      else if (text[i + 1] === '"') {
        cell += '"';
        i++;
      } else state = 'closed';
    } else if (letter === ',' || isEnd) {
      records.at(-1).push(cell);
      cell = '';
      if (isEnd) {
        endings.add(letter);
        if (letter === '\r') i++;
        records.push([]);
      }
      state = 'begin';
    } else if (letter === '\r') return void wrong.push('a bare return');
    else if (letter === '"') {
      if (state !== 'begin') return void wrong.push('a quote');
      state = 'quoted';
    } else if (state === 'closed') return void wrong.push('behind a quote');
    else {
      cell += letter;
      state = 'bare';
    }
  }
  if (state === 'quoted') return void wrong.push('an open quote');
  const isEnded = text.endsWith('\n') && state === 'begin' && records.at(-1).length === 0;
  if (isEnded) records.pop();
  else records.at(-1).push(cell);
  // A line without anything stands for no row.
  const lines = records.filter((record, i) => {
    const isEmpty = record.length === 1 && record[0] === '' && !isQuotedEmpty(text, i);
    if (isEmpty) wrong.push('an empty line');
    return !isEmpty;
  });
  if (endings.size > 1) wrong.push('endings');
  const [header = [], ...rest] = lines;
  if (lines.length === 0) {
    wrong.push('empty');
    return { rows: 0 };
  }
  const { limits } = RULES;
  if (header.length > limits.keys) wrong.push('columns');
  if (new Set(header).size < header.length) wrong.push('a column twice');
  for (const name of ['name', 'region', 'id']) if (!header.includes(name)) wrong.push('a column');
  if (lines.some((record) => record.some((each) => Buffer.byteLength(each) > limits.text)))
    wrong.push('text');
  if (rest.some((record) => record.length !== header.length)) wrong.push('cells');
  if (rest.reduce((sum, record) => sum + record.length, 0) > limits.entries) wrong.push('entries');
  const rows = rest.map((record) => Object.fromEntries(header.map((name, i) => [name, record[i]])));
  judgeRows(rows, wrong, () => true);
  return { rows: rest.length };
}

/** What stands in no text but for its lines and tabs. */
function isControl(letter) {
  const code = letter.charCodeAt(0);
  return (code < 32 && code !== 9 && code !== 10 && code !== 13) || code === 127;
}

/** Whether the one cell of a record is written as "". A record of one cell is wrong anyway where the header has more. */
function isQuotedEmpty(text, index) {
  return text.split(/\r?\n/)[index] === '""';
}

function judgeText(text, wrong) {
  if ([...text].some(isControl) || /\r(?!\n)/.test(text)) return void wrong.push('control');
  const { limits } = RULES;
  const hasBoth = /\r\n/.test(text) && /(?<!\r)\n/.test(text);
  if (hasBoth) wrong.push('endings');
  const lines = text.replace(/\r?\n$/, '').split(/\r?\n/);
  if (lines.length > limits.rows) wrong.push('rows');
  if (lines.some((line) => Buffer.byteLength(line) > limits.text)) wrong.push('text');
  if (new Set(lines).size < lines.length) wrong.push('twice');
  if (!lines.includes('default')) wrong.push('no default');
  return { rows: lines.length };
}

function judgeSigned(envelope, bytes, version, now, keys) {
  if (envelope === null) return ['unsigned'];
  if (envelope.length > 65_536) return ['a large envelope'];
  let outer;
  let statement;
  let body;
  try {
    outer = parseOnce(envelope.toString('utf8'));
    body = Buffer.from(outer.payload, 'base64');
    statement = parseOnce(body.toString('utf8'));
  } catch {
    return ['envelope'];
  }
  if (Object.keys(outer).sort().join() !== 'payload,payloadType,signatures') return ['envelope'];
  if (outer.payloadType !== 'application/vnd.keelson.release+json') return ['type'];
  const signed = Buffer.concat([
    Buffer.from(`DSSEv1 ${outer.payloadType.length} ${outer.payloadType} ${body.length} `),
    body,
  ]);
  const good = keys.filter((pem) => {
    const { key, id } = keyOf(pem);
    return outer.signatures.some(
      ({ keyid = id, sig }) => keyid === id && verify(null, signed, key, Buffer.from(sig, 'base64')),
    );
  });
  if (good.length < RULES.need) return ['too few'];
  const known = ['name', 'version', 'digest', 'bytes', 'expires'];
  const isStatement =
    typeof statement === 'object' &&
    statement !== null &&
    !Array.isArray(statement) &&
    Object.keys(statement).every((key) => known.includes(key)) &&
    Number.isSafeInteger(statement.version);
  if (!isStatement) return ['statement'];
  const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
  return [
    ...(statement.name === RULES.name ? [] : ['name']),
    ...(statement.digest === digest && statement.bytes === bytes.length ? [] : ['other bytes']),
    ...(statement.version === version ? [] : ['other version']),
    ...(statement.expires === undefined || isAhead(statement.expires, now) ? [] : ['expired']),
  ];
}

const known = new Map();
function keyOf(pem) {
  if (!known.has(pem)) {
    const key = createPublicKey(pem);
    const der = key.export({ type: 'spki', format: 'der' });
    known.set(pem, { key, id: createHash('sha256').update(der).digest('hex').slice(0, 32) });
  }
  return known.get(pem);
}

/** What is written is what comes out when it is written again, as nothing in it is written twice. */
function parseOnce(text) {
  const value = JSON.parse(text);
  if (JSON.stringify(value) !== text.trim()) throw new Error('Not as it is written again.');
  return value;
}
