import {
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type HeaderFields, SnapshotFolder, snapshotKey, Snapshots, type SnapshotsOptions } from './index.ts';
import { readCacheControl, secondsOf } from './cache-control.ts';

fc.configureGlobal({ seed: 1 });

const START = Date.UTC(2026, 10, 18, 11, 20);
const KEY = snapshotKey('GET', 'api.harbor.example', '/markets?limit=10');
const MAX_AGE_MS = 600_000;

let now = START;
let snapshots: Snapshots;

beforeEach(() => {
  now = START;
  snapshots = with_();
});

function with_(options: Partial<SnapshotsOptions> = {}): Snapshots {
  return new Snapshots({ now: () => now, ...options });
}

interface Facts {
  readonly method?: string;
  readonly asked?: HeaderFields;
  readonly status?: number;
  readonly tookMs?: number;
}

const exchange = (
  headers: HeaderFields = {},
  { method = 'GET', asked = {}, status = 200, tookMs = 0 }: Facts = {},
) => ({
  request: { method, headers: asked },
  response: { status, headers },
  requestedAtMs: now - tookMs,
  receivedAtMs: now,
});
const store = (headers: HeaderFields = {}, facts: Facts = {}, key = KEY, body = 'body') =>
  snapshots.store(key, exchange(headers, facts), Buffer.from(body));
const find = (acceptEncoding?: string, maxAgeMs = MAX_AGE_MS) =>
  snapshots.find(KEY, { maxAgeMs, acceptEncoding });
const date = (ms: number) => new Date(ms).toUTCString();
const cc = (text: string): HeaderFields => ({ 'cache-control': text });

describe('kept is', () => {
  test.each<[string, HeaderFields, Facts, string]>([
    ['an answer that says nothing', {}, {}, 'stored'],
    ['one for a while', cc('public, max-age=5'), {}, 'stored'],
    ['nothing but GET', {}, { method: 'POST' }, 'method'],
    ['nothing but 200', {}, { status: 203 }, 'status'],
    ['no part', { 'content-range': 'bytes 0-1/2' }, {}, 'status'],
    ['no-store', cc('No-Store'), {}, 'no-store'],
    ['no-store on a second line', { 'cache-control': ['public', 'no-store'] }, {}, 'no-store'],
    ['no-store, asked for', {}, { asked: cc('no-store') }, 'no-store'],
    ['private', cc('public, private'), {}, 'private'],
    ['private of a field', cc('private="set-cookie", max-age=5'), {}, 'private'],
    ['no-cache', cc('no-cache'), {}, 'no-cache'],
    ['a private within quotes, which is none', cc('x="a, private", max-age=5'), {}, 'stored'],
    ['what cannot be read', cc('max-age=5; no-store'), {}, 'unreadable'],
    ['what cannot be read for its quotes', cc('x="private, max-age=5'), {}, 'unreadable'],
    ['with Authorization', {}, { asked: { authorization: 'Bearer x' } }, 'authorization'],
    [
      'with Authorization for a while',
      cc('max-age=5'),
      { asked: { authorization: 'Bearer x' } },
      'authorization',
    ],
    ['with Authorization, public', cc('public'), { asked: { authorization: 'Bearer x' } }, 'stored'],
    ['with Authorization, s-maxage', cc('s-maxage=5'), { asked: { authorization: 'Bearer x' } }, 'stored'],
    [
      'with Authorization, must-revalidate',
      cc('must-revalidate'),
      { asked: { authorization: 'Bearer x' } },
      'stored',
    ],
    ['with a cookie', cc('max-age=5'), { asked: { cookie: 'a=b' } }, 'personal'],
    ['with a cookie, must-revalidate', cc('must-revalidate'), { asked: { cookie: 'a=b' } }, 'personal'],
    ['with a cookie, public', cc('public'), { asked: { cookie: 'a=b' } }, 'stored'],
    ['with a key', {}, { asked: { 'x-api-key': 'b' } }, 'personal'],
    ['with Set-Cookie', { ...cc('public'), 'set-cookie': ['a=b'] }, {}, 'set-cookie'],
    ['Vary by coding', { vary: 'Accept-Encoding' }, {}, 'stored'],
    ['Vary by coding and more', { vary: 'accept-encoding, origin' }, {}, 'vary'],
    ['Vary by more on a second line', { vary: ['accept-encoding', 'cookie'] }, {}, 'vary'],
    ['Vary by all', { vary: '*' }, {}, 'vary'],
    ['an unknown coding', { 'content-encoding': 'sdch' }, {}, 'encoding'],
    ['two codings', { 'content-encoding': 'gzip, br' }, {}, 'encoding'],
    ['half a body', { 'content-length': '5' }, {}, 'cut-off'],
    ['a whole body', { 'content-length': '4' }, {}, 'stored'],
  ])('%s', (_, headers, facts, said) => {
    expect(store(headers, facts)).toBe(said);
    expect(snapshots.size.entries).toBe(said === 'stored' ? 1 : 0);
    if (said !== 'cut-off')
      expect(snapshots.consider('other', exchange(headers, facts))).toBe(said === 'stored' ? 'wanted' : said);
  });

  test('by method, host in any case, path and query', () => {
    const key = (method: string, host: string, path: string) => snapshotKey(method, host, path);
    expect(key('HEAD', 'API.harbor.example', '/markets?limit=10')).toBe(KEY);
    expect(
      new Set([
        KEY,
        key('POST', 'api.harbor.example', '/markets?limit=10'),
        key('GET', 'x', '/markets?limit=10'),
      ]).size,
    ).toBe(3);
    expect(key('GET', 'api.harbor.example', '/markets?limit=11')).not.toBe(KEY);
    expect(key('GET', 'api.harbor.example', '/Markets?limit=10')).not.toBe(KEY);
  });
});

describe('served', () => {
  test('with its age and never as if fresh', () => {
    store({
      'content-type': 'application/json',
      etag: '"1"',
      date: date(START - 5000),
      age: '7',
      expires: date(START + 900_000),
      connection: 'close, x-hop',
      'x-hop': '1',
      'cdn-cache-control': 'max-age=600',
      'surrogate-control': 'max-age=600',
      'keelson-mode': 'full',
      link: ['</a>', '</b>'],
      'cache-control': 'max-age=30, stale-if-error=600',
    });
    now += 60_999;
    expect(find()).toEqual({
      kind: 'found',
      status: 200,
      headers: {
        'content-type': 'application/json',
        etag: '"1"',
        date: date(START - 5000),
        link: ['</a>', '</b>'],
        age: '67',
        'cache-control': 'no-store',
        'content-length': '4',
        'keelson-snapshot': `age=67, at="${date(START - 7000)}"`,
        warning: '110 - "Response is Stale"',
      },
      body: Buffer.from('body'),
      ageS: 67,
    });
  });

  test.each<[string, HeaderFields, number, number]>([
    ['what the origin says nothing of', {}, 0, 10],
    ['the time that the answer took', {}, 3000, 13],
    ['upstream’s age, and the time the answer took', { age: '5' }, 3000, 18],
    ['a date that is older than that', { age: '5', date: date(START - 20_000) }, 3000, 30],
    ['a date in the future, which says nothing', { date: date(START + 20_000) }, 0, 10],
    ['the first of two ages', { age: '5, 9' }, 0, 15],
    ['the first of two ages on two lines', { age: ['5', '9'] }, 0, 15],
    ['an age that is no number', { age: '-5' }, 0, 10],
    ['an age with a point', { age: '5.5' }, 0, 10],
    ['a date that is none', { date: 'yesterday' }, 0, 10],
  ])('counts %s', (_, headers, tookMs, ageS) => {
    store(headers, { tookMs });
    now += 10_000;
    expect(find()).toMatchObject({ ageS });
  });

  test('says how old it is when that is more than can be', () => {
    store({ age: '99999999999999' });
    expect(find(undefined, Number.POSITIVE_INFINITY)).toMatchObject({ ageS: 2 ** 31 });
  });

  test('with no warning while the origin calls it fresh', () => {
    store(cc('max-age=30'));
    now += 29_999;
    expect(find()).toMatchObject({
      headers: expect.not.objectContaining({ warning: expect.anything() }),
    });
    now++;
    expect(find()).toMatchObject({ headers: { warning: '110 - "Response is Stale"' } });
  });

  test.each<[string, HeaderFields, number, string | undefined]>([
    ['the plan’s age', {}, 600, 'too-old'],
    ['the plan’s age, fresh or not', cc('max-age=3600'), 600, 'too-old'],
    ['must-revalidate', cc('max-age=30, must-revalidate'), 29, 'must-revalidate'],
    [
      'must-revalidate with stale-if-error',
      cc('max-age=30, must-revalidate, stale-if-error=90'),
      29,
      'must-revalidate',
    ],
    ['proxy-revalidate', cc('max-age=30, proxy-revalidate'), 29, 'must-revalidate'],
    ['s-maxage', cc('s-maxage=30, max-age=90'), 29, 'must-revalidate'],
    ['stale-if-error over s-maxage', cc('s-maxage=30, stale-if-error=90'), 120, 'must-revalidate'],
    ['stale-if-error', cc('max-age=30, stale-if-error=90'), 120, 'must-revalidate'],
    ['stale-if-error of a day, and the plan’s age', cc('max-age=30, stale-if-error=86400'), 600, 'too-old'],
    ['stale-if-error of no time', cc('max-age=30, stale-if-error=0'), 29, 'must-revalidate'],
    ['stale-if-error that is no time', cc('max-age=30, stale-if-error=x'), 29, 'must-revalidate'],
    ['the shorter of two times', cc('max-age=90, max-age=30, must-revalidate'), 29, 'must-revalidate'],
    ['Expires', { ...cc('must-revalidate'), expires: date(START + 30_000) }, 29, 'must-revalidate'],
  ])('until %s', (_, headers, lastS, why) => {
    store(headers);
    now = START + lastS * 1000;
    expect(find()).toMatchObject({ kind: 'found', ageS: lastS });
    now = START + lastS * 1000 + 1000;
    expect(find()).toEqual({ kind: 'none', why });
  });

  test('never when it must be asked for and is fresh for no time', () => {
    store({ ...cc('must-revalidate'), expires: '0' });
    expect(find()).toEqual({ kind: 'none', why: 'must-revalidate' });
  });

  test('only in a coding that the client takes', () => {
    store({ 'content-encoding': 'gzip', vary: 'accept-encoding' });
    for (const none of [undefined, '', 'identity', 'br', 'gzip;q=0', '*;q=0', 'x'.repeat(100_000)])
      expect(find(none)).toEqual({ kind: 'none', why: 'encoding' });
    for (const gzip of ['gzip', 'br, GZIP;q=0.1', '*', 'x-gzip'])
      expect(find(gzip)).toMatchObject({ headers: { 'content-encoding': 'gzip' } });
    store({ vary: 'accept-encoding' });
    expect(find()).toMatchObject({ headers: expect.not.objectContaining({ 'content-encoding': 'gzip' }) });
    expect(find('identity;q=0')).toEqual({ kind: 'none', why: 'encoding' });
  });

  test('not younger by a clock that was set back', () => {
    store({ age: '5' });
    now -= 3_600_000;
    expect(find()).toMatchObject({ ageS: 5 });
  });
});

describe('the origin’s later word', () => {
  test.each<[string, HeaderFields, Facts, number]>([
    ['no-store', cc('no-store'), {}, 0],
    ['private', cc('private'), {}, 0],
    ['gone', {}, { status: 410 }, 0],
    ['private, to somebody', cc('private'), { asked: { authorization: 'Bearer x' } }, 1],
    ['no-store, as a client asked', {}, { asked: cc('no-store') }, 1],
    ['gone, to somebody', {}, { status: 410, asked: { cookie: 'x' } }, 1],
    ['not found, as all of a broken origin is', {}, { status: 404 }, 1],
    ['an error', {}, { status: 500 }, 1],
    ['a cookie', { 'set-cookie': 'a=b' }, {}, 1],
  ])('%s leaves what it should', (_, headers, facts, left) => {
    store();
    snapshots.consider(KEY, exchange(headers, facts));
    expect(snapshots.size.entries).toBe(left);
  });

  test('that nothing has changed makes the same answer young again, by its ETag', () => {
    store({ etag: '"1"', ...cc('max-age=5') });
    now += 60_000;
    const not = (headers: HeaderFields, asked: HeaderFields = {}) =>
      snapshots.consider(KEY, exchange(headers, { status: 304, asked }));
    expect(not({ etag: '"2"' })).toBe('status');
    expect(not({ etag: 'W/"1"' })).toBe('status');
    expect(not({ etag: '"1"' }, { authorization: 'Bearer x' })).toBe('authorization');
    expect(find()).toMatchObject({ ageS: 60 });
    expect(not({ etag: '"1"', date: date(now), ...cc('max-age=9') })).toBe('freshened');
    expect(find()).toMatchObject({ ageS: 0, headers: { date: date(now), etag: '"1"' } });
    expect(not({ etag: '"1"', ...cc('private') })).toBe('private');
  });

  test('within a second is not read again', () => {
    store();
    now += 999;
    expect(snapshots.consider(KEY, exchange())).toBe('held');
    expect(snapshots.consider(KEY, exchange({ 'content-encoding': 'br' }))).toBe('wanted');
    now++;
    expect(snapshots.consider(KEY, exchange())).toBe('wanted');
    expect(snapshots.consider(KEY, exchange({ 'content-length': '9999999' }))).toBe('too-large');
  });
});

describe('no more is held than may be', () => {
  test('the least recently served goes first', () => {
    snapshots = with_({ mostEntries: 2 });
    const other = snapshotKey('GET', 'h', '/other');
    store();
    store({}, {}, other);
    find();
    store({}, {}, snapshotKey('GET', 'h', '/third'));
    expect(find().kind).toBe('found');
    expect(snapshots.find(other, { maxAgeMs: MAX_AGE_MS }).kind).toBe('none');
  });

  test('whatever comes', () => {
    const facts = fc.tuple(fc.nat(9), fc.nat(700), fc.boolean());
    fc.assert(
      fc.property(fc.array(facts, { maxLength: 60 }), (all) => {
        snapshots = with_({ mostBytes: 3000, mostEntries: 5, mostEntryBytes: 900 });
        for (const [n, length, isForgotten] of all) {
          const key = snapshotKey('GET', 'h', `/${n}`);
          if (isForgotten) snapshots.forget(key);
          else expect(store({}, {}, key, 'x'.repeat(length))).toBe(length > 600 ? 'too-large' : 'stored');
          const { entries, bytes } = snapshots.size;
          expect(bytes).toBeLessThanOrEqual(3000);
          expect(entries).toBeLessThanOrEqual(5);
          const held = [...snapshots.entries()].map(([, { body }]) => body.length + 300);
          expect(bytes).toBe(held.reduce((sum, one) => sum + one, 0));
        }
      }),
    );
  });
});

describe('on disk', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'keelson-snapshots-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));
  const files = () => readdirSync(folder).sort();
  const reload = async (options: Partial<SnapshotsOptions> = {}) => {
    snapshots = with_(options);
    return new SnapshotFolder(folder).load(snapshots);
  };

  test('they outlive a restart, with the age they have by then', async () => {
    store({ age: '5', etag: '"1"', ...cc('max-age=9') }, {}, KEY, '\n\0\n');
    store({ 'content-encoding': 'br', ...cc('s-maxage=9') });
    const before = [...snapshots.entries()];
    await new SnapshotFolder(folder).save(snapshots);
    now += 60_000;
    expect(await reload()).toEqual({ taken: 2, ignored: [] });
    expect(new Map(snapshots.entries())).toEqual(new Map(before));
    expect(find()).toMatchObject({ ageS: 65, body: Buffer.from('\n\0\n') });
    expect(find('br, identity;q=0')).toEqual({ kind: 'none', why: 'must-revalidate' });
    const [name = ''] = files();
    expect(statSync(join(folder, name)).mode & 0o077).toBe(0);
    expect(readFileSync(join(folder, name), 'utf8')).not.toContain('markets');
  });

  test('what is forgotten is removed, what is unchanged is not written again', async () => {
    store();
    store({}, {}, snapshotKey('GET', 'h', '/other'));
    const disk = new SnapshotFolder(folder);
    await disk.save(snapshots);
    const [, kept] = files().map((name) => join(folder, name));
    snapshots.forget(files()[0]?.slice(0, 64) ?? '');
    writeFileSync(kept ?? '', 'as it was');
    writeFileSync(join(folder, 'notes.txt'), 'not ours');
    await disk.save(snapshots);
    expect(files()).toHaveLength(2);
    expect(readFileSync(kept ?? '', 'utf8')).toBe('as it was');
  });

  test('a damaged file is left out and named, the others are taken', async () => {
    for (const n of [1, 2, 3, 4, 5, 6]) store({}, {}, snapshotKey('GET', 'h', `/${n}`), `body ${n}`);
    await new SnapshotFolder(folder).save(snapshots);
    const [cut, turned, empty, future, link, whole] = files() as [
      string,
      string,
      string,
      string,
      string,
      string,
    ];
    const path = (name: string) => join(folder, name);
    writeFileSync(path(cut), readFileSync(path(cut)).subarray(0, -1));
    writeFileSync(path(turned), readFileSync(path(turned), 'latin1').replace('body', 'bodx'), 'latin1');
    writeFileSync(path(empty), '');
    writeFileSync(path(future), 'x'.repeat(2_000_000));
    rmSync(path(link));
    symlinkSync(path(whole), path(link));
    writeFileSync(path(`${whole}.new`), 'half');
    const { taken, ignored } = await reload();
    expect(taken).toBe(1);
    expect([...ignored].sort()).toEqual([cut, turned, empty, future, link].sort());
    expect(files()).not.toContain(`${whole}.new`);
  });

  test('what is from the future is left out', async () => {
    store();
    await new SnapshotFolder(folder).save(snapshots);
    now--;
    expect((await reload()).taken).toBe(0);
  });

  test('no more is read than there is room for', async () => {
    for (let n = 0; n < 20; n++) store({}, {}, snapshotKey('GET', 'h', `/${n}`), 'x'.repeat(1000));
    await new SnapshotFolder(folder).save(snapshots);
    expect((await reload({ mostEntries: 3 })).taken).toBe(3);
    await reload({ mostBytes: 5000 });
    expect(snapshots.size.entries).toBe(3);
  });

  test('a folder that is not there is made; a disk that refuses is told', async () => {
    store();
    await new SnapshotFolder(join(folder, 'a/b')).save(snapshots);
    expect(readdirSync(join(folder, 'a/b'))).toHaveLength(1);
    writeFileSync(join(folder, 'file'), '');
    await expect(new SnapshotFolder(join(folder, 'file')).save(snapshots)).rejects.toThrow();
  });
});

test('Cache-Control is read or not at all, in no more time than it is long', () => {
  const bits = fc.constantFrom('max-age', 'private', '=', '"', '\\', ',', ' ', ';', '5', 'x', '\t');
  fc.assert(
    fc.property(fc.array(bits, { maxLength: 400 }), (parts) => {
      const directives = readCacheControl(cc(parts.join('')));
      const seconds = directives === undefined ? 0 : (secondsOf(directives, 'max-age') ?? 0);
      expect(seconds).toBeGreaterThanOrEqual(0);
    }),
  );
  expect(readCacheControl(cc(',, max-age=5 , ,x'))).toEqual(
    new Map([
      ['max-age', '5'],
      ['x', ''],
    ]),
  );
  expect(readCacheControl(cc('x'.repeat(5000)))).toBeUndefined();
});
