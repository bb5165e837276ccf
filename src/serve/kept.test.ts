import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { makeFolder } from '../../test/parts/part.ts';
import { KeelsonError } from '../errors.ts';
import { KeptFolder, type Kept } from './kept.ts';

let folder = '';
beforeEach(() => {
  folder = makeFolder();
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const KEPT: Kept = {
  schema: 'keelson.serve-state/1',
  inUse: { book: 'site-b' },
  modes: { trade: 'lean', show: null },
  held: {
    trade: { mode: null, isPinned: true, until: 1_800_000_000_000, reason: 'a “test”', by: 'somebody' },
  },
  epochs: { book: 3 },
  keys: {},
};
const state = (): string => join(folder, 'state.json');
/** How many files this process has open; 0 where the system does not say. */
const openFiles = (): number => (process.platform === 'linux' ? readdirSync('/proc/self/fd').length : 0);

describe('what is kept', () => {
  test('is there again', () => {
    new KeptFolder(folder).save(KEPT);
    expect(new KeptFolder(folder).load()).toEqual({ kept: KEPT, trouble: undefined });
  });

  test('is nothing, without trouble, at first', () => {
    const { kept, trouble } = new KeptFolder(join(folder, 'new', 'deep')).load();
    expect(trouble).toBeUndefined();
    expect(kept).toMatchObject({ inUse: {}, modes: {}, held: {}, epochs: {}, keys: {} });
  });

  test('at another speed is neither gone on with nor written over', () => {
    const drill = new KeptFolder(folder, 60);
    drill.save(KEPT);
    expect(new KeptFolder(folder, 60).load().kept).toEqual({ ...KEPT, speed: 60 });
    const before = readFileSync(state(), 'utf8');
    for (const speed of [1, 30])
      expect(() => new KeptFolder(folder, speed).load()).toThrow(
        expect.objectContaining({ code: 'state-of-other-speed' }),
      );
    expect(readFileSync(state(), 'utf8')).toBe(before);
    rmSync(state());
    new KeptFolder(folder).save(KEPT);
    expect(() => new KeptFolder(folder, 60).load()).toThrow(
      /what was kept at speed 60, found .* at speed 1\./,
    );
  });

  test('belongs to one user alone', () => {
    const inner = join(folder, 'inner');
    const kept = new KeptFolder(inner);
    kept.save(KEPT);
    kept.journal({ at: 'now' });
    expect(statSync(inner).mode & 0o777).toBe(0o700);
    for (const file of readdirSync(inner)) expect(statSync(join(inner, file)).mode & 0o777).toBe(0o600);
    expect(readdirSync(inner).sort()).toEqual(['journal.ndjson', 'state.json']);
  });

  test('is written only when it has changed', () => {
    const kept = new KeptFolder(folder);
    kept.save(KEPT);
    rmSync(state());
    kept.save({ ...KEPT });
    expect(readdirSync(folder)).toEqual([]);
    kept.save({ ...KEPT, epochs: { book: 4 } });
    expect(new KeptFolder(folder).load().kept.epochs).toEqual({ book: 4 });
  });
});

describe('a write that was torn', () => {
  test('is refused at every length: half a state is none', () => {
    new KeptFolder(folder).save(KEPT);
    const whole = readFileSync(state());
    for (let bytes = 0; bytes < whole.length; bytes++) {
      writeFileSync(state(), whole.subarray(0, bytes));
      const { kept, trouble } = new KeptFolder(folder).load();
      expect(trouble, `${bytes} bytes`).toBe('state.json is damaged');
      expect(kept.inUse).toEqual({});
    }
  });

  test('beside the last whole one leaves that as it is', () => {
    new KeptFolder(folder).save(KEPT);
    writeFileSync(`${state()}.new`, '{"schema":"keelson.serve-st');
    expect(new KeptFolder(folder).load()).toEqual({ kept: KEPT, trouble: undefined });
    new KeptFolder(folder).save({ ...KEPT, epochs: {} });
    expect(new KeptFolder(folder).load().kept.epochs).toEqual({});
  });
});

test.each<[string, unknown]>([
  ['another schema', { ...KEPT, schema: 'keelson.serve-state/2' }],
  ['a list', []],
  ['a number', 7],
  ['null', null],
  ['a part that is missing', { ...KEPT, held: undefined }],
  ['a part that is a list', { ...KEPT, epochs: [1] }],
  ['a mode that is a number', { ...KEPT, modes: { trade: 1 } }],
  ['an alternative that is null', { ...KEPT, inUse: { book: null } }],
  ['half an epoch', { ...KEPT, epochs: { book: 1.5 } }],
  ['an epoch below 0', { ...KEPT, epochs: { book: -1 } }],
  ['a hold without its end', { ...KEPT, held: { trade: { ...KEPT.held.trade, until: undefined } } }],
  ['a hold without a reason', { ...KEPT, held: { trade: { ...KEPT.held.trade, reason: 1 } } }],
  ['a hold that ends after the last date', { ...KEPT, held: { trade: { ...KEPT.held.trade, until: 9e15 } } }],
])('%s is damage', (_, value) => {
  writeFileSync(state(), JSON.stringify(value));
  expect(new KeptFolder(folder).load().trouble).toBe('state.json is damaged');
});

test('a hold without an end, as JSON can say it, is damage', () => {
  writeFileSync(state(), JSON.stringify(KEPT).replace('1800000000000', '1e999'));
  expect(new KeptFolder(folder).load().trouble).toBe('state.json is damaged');
});

test('what is too large is not read', () => {
  writeFileSync(state(), ' '.repeat(10_000_001));
  expect(new KeptFolder(folder).load().trouble).toBe('state.json is too large');
});

describe('a folder that cannot be written', () => {
  test('is said when it cannot be made', () => {
    writeFileSync(join(folder, 'file'), '');
    const make = (): KeptFolder => new KeptFolder(join(folder, 'file', 'state'));
    expect(make).toThrow(KeelsonError);
    expect(make).toThrow(/Nothing can be kept in .*ENOTDIR/);
  });

  test('is said at each write, leaves the last whole state, and no file open', () => {
    const kept = new KeptFolder(folder);
    kept.save(KEPT);
    mkdirSync(`${state()}.new`);
    const open = openFiles();
    for (let i = 0; i < 50; i++)
      expect(() => kept.save({ ...KEPT, epochs: { book: 10 + i } })).toThrow(KeelsonError);
    expect(openFiles()).toBeLessThan(open + 10);
    expect(new KeptFolder(folder).load().kept).toEqual(KEPT);
    rmSync(`${state()}.new`, { recursive: true });
    kept.save({ ...KEPT, epochs: { book: 9 } });
    expect(new KeptFolder(folder).load().kept.epochs).toEqual({ book: 9 });
  });

  // The one device that is always full.
  test.runIf(process.platform === 'linux')('and a full disk leaves no file open either', () => {
    const kept = new KeptFolder(folder);
    kept.save(KEPT);
    symlinkSync('/dev/full', `${state()}.new`);
    const open = openFiles();
    for (let i = 0; i < 50; i++)
      expect(() => kept.save({ ...KEPT, epochs: { book: 10 + i } })).toThrow(/ENOSPC/);
    expect(openFiles()).toBeLessThan(open + 10);
    expect(new KeptFolder(folder).load().kept).toEqual(KEPT);
  });
});

describe('the journal', () => {
  test('has a line for each thing, over restarts', () => {
    new KeptFolder(folder).journal({ at: 1, words: 'line\nbreak' });
    new KeptFolder(folder).journal({ at: 2 });
    const lines = readFileSync(join(folder, 'journal.ndjson'), 'utf8').trimEnd().split('\n');
    expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual([
      { at: 1, words: 'line\nbreak' },
      { at: 2 },
    ]);
  });

  test('is begun anew once it is long, beside the old one', () => {
    writeFileSync(join(folder, 'journal.ndjson'), `${'x'.repeat(10_000_001)}\n`);
    const kept = new KeptFolder(folder);
    kept.journal({ at: 1 });
    kept.journal({ at: 2 });
    expect(readFileSync(join(folder, 'journal.ndjson'), 'utf8')).toBe('{"at":1}\n{"at":2}\n');
    expect(statSync(join(folder, 'journal.ndjson.old')).size).toBe(10_000_002);
  });
});
