import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execFileSync } from 'node:child_process';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { digestOf } from '../../document/load.ts';
import type { Time } from '../../time.ts';
import type { Look, Source, SourceOptions } from './source.ts';
import { sourceAt } from './sources.ts';

let folder: string;
let incoming: string;
const signal = new AbortController().signal;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'keelson-source-'));
  incoming = join(folder, 'incoming');
  mkdirSync(incoming);
});
afterEach(() => rmSync(folder, { recursive: true }));

/** What happens while it is waited that a file stands still. */
function timeIn(waited: (count: number) => void): Time {
  let count = 0;
  return {
    now: () => 0,
    after(_, call) {
      waited(count++);
      setImmediate(call);
      return () => undefined;
    },
  };
}
const STILL = timeIn(() => undefined);

const fileSource = (more: Partial<SourceOptions> = {}): Source =>
  sourceAt(
    { kind: 'file', file: join(folder, 'a.json') },
    { incoming, mostBytes: 1000, time: STILL, ...more },
  );
const write = (name: string, text: string): void => writeFileSync(join(folder, name), text);

function expectNew(look: Look, text: string): string {
  if (look.kind !== 'new') throw new Error(`Expected a new file, found ${JSON.stringify(look)}.`);
  expect(readFileSync(look.path, 'utf8')).toBe(text);
  expect([look.digest, look.bytes]).toEqual([digestOf(text), Buffer.byteLength(text)]);
  return look.path;
}

describe('a file', () => {
  test('is copied once, with the digest of the copy, and again only when it is another', async () => {
    const source = fileSource();
    write('a.json', '[1]');
    expectNew(await source.look(signal), '[1]');
    expect(await source.look(signal)).toEqual({ kind: 'same' });
    write('a.json', '[1]');
    expect(await source.look(signal)).toEqual({ kind: 'same' });
    write('a.json', '[2]');
    expectNew(await source.look(signal), '[2]');
    source.forget();
    expectNew(await source.look(signal), '[2]');
  });

  test('that is written is waited for, and never read by half', async () => {
    write('a.json', '[1,');
    const source = fileSource({
      time: timeIn((count) => {
        if (count < 3) appendFileSync(join(folder, 'a.json'), '2,');
        if (count === 3) appendFileSync(join(folder, 'a.json'), '3]');
      }),
    });
    expectNew(await source.look(signal), '[1,2,2,2,3]');
  });

  test('that is written without end is said to be, and leaves no copy', async () => {
    write('a.json', '[');
    const source = fileSource({ time: timeIn(() => appendFileSync(join(folder, 'a.json'), '1,')) });
    expect(await source.look(signal)).toEqual({ kind: 'unsettled', why: 'a.json is being written' });
    expect(readdirSync(incoming)).toEqual([]);
  });

  test('that goes away changes nothing and is said; back as it was it is nothing new', async () => {
    const source = fileSource();
    write('a.json', '[1]');
    await source.look(signal);
    renameSync(join(folder, 'a.json'), join(folder, 'b.json'));
    const gone = { kind: 'gone', why: 'a.json cannot be read: the system says ENOENT' };
    expect([await source.look(signal), await source.look(signal)]).toEqual([gone, gone]);
    renameSync(join(folder, 'b.json'), join(folder, 'a.json'));
    expect(await source.look(signal)).toEqual({ kind: 'same' });
  });

  test('that vanishes while it is waited for is gone', async () => {
    write('a.json', '[1]');
    const source = fileSource({ time: timeIn(() => rmSync(join(folder, 'a.json'), { force: true })) });
    expect(await source.look(signal)).toMatchObject({ kind: 'gone' });
  });

  test('that is too large is not read, and is said once', async () => {
    const source = fileSource();
    write('a.json', '');
    truncateSync(join(folder, 'a.json'), 1_000_000_000);
    const why = 'a.json has 1000000000 bytes, more than 1000';
    expect([await source.look(signal), await source.look(signal)]).toEqual([
      { kind: 'too-large', why },
      { kind: 'same' },
    ]);
    expect(readdirSync(incoming)).toEqual([]);
    write('a.json', 'x'.repeat(1000));
    expectNew(await source.look(signal), 'x'.repeat(1000));
  });

  test('that is as it was before one that was too large is new', async () => {
    const source = fileSource();
    write('a.json', '[1]');
    expectNew(await source.look(signal), '[1]');
    write('a.json', 'x'.repeat(1001));
    expect(await source.look(signal)).toMatchObject({ kind: 'too-large' });
    write('a.json', '[1]');
    expectNew(await source.look(signal), '[1]');
  });

  test.each([
    ['a folder', (path: string) => mkdirSync(path)],
    ['a pipe that nobody writes to', (path: string) => execFileSync('mkfifo', [path])],
  ])('that is %s is none', async (_, make) => {
    make(join(folder, 'a.json'));
    expect(await fileSource().look(signal)).toEqual({ kind: 'gone', why: 'a.json is no regular file' });
  });

  test('may be a link that is turned to another file', async () => {
    const source = fileSource();
    write('1', 'one');
    write('2', 'two');
    symlinkSync('1', join(folder, 'a.json'));
    expectNew(await source.look(signal), 'one');
    symlinkSync('2', join(folder, 'next'));
    renameSync(join(folder, 'next'), join(folder, 'a.json'));
    expectNew(await source.look(signal), 'two');
  });

  test('comes with what stands beside it, and is new when that is', async () => {
    const source = fileSource({ beside: '.dsse.json' });
    write('a.json', '[1]');
    expect(await source.look(signal)).toMatchObject({ kind: 'new', isAccompanied: false });
    write('a.json.dsse.json', 'signed');
    const look = await source.look(signal);
    const path = expectNew(look, '[1]');
    expect(look).toMatchObject({ isAccompanied: true });
    expect(readFileSync(`${path}.dsse.json`, 'utf8')).toBe('signed');
    expect(await source.look(signal)).toEqual({ kind: 'same' });
    write('a.json.dsse.json', 'x'.repeat(1_000_001));
    expect(await source.look(signal)).toMatchObject({ kind: 'gone' });
  });

  test('cannot be had while there is no place for a copy', async () => {
    rmSync(incoming, { recursive: true });
    write('a.json', '[1]');
    expect(await fileSource().look(signal)).toMatchObject({
      kind: 'gone',
      why: expect.stringContaining('ENOENT'),
    });
  });
});

describe('a folder', () => {
  const source = (match = 'f-*.json', more: Partial<SourceOptions> = {}): Source =>
    sourceAt({ kind: 'folder', folder, match }, { incoming, mostBytes: 1000, time: STILL, ...more });
  const writeAt = (name: string, seconds: number): void => {
    write(name, name);
    utimesSync(join(folder, name), seconds, seconds);
  };

  test('offers the newest file that matches, and none that is older than what it offered', async () => {
    const files = source('f-*.json', { beside: '.dsse.json' });
    expect(await files.look(signal)).toEqual({ kind: 'gone', why: 'no file of the folder matches' });
    writeAt('f-1.json', 1000);
    writeAt('f-2.json', 2000);
    writeAt('g-3.json', 3000);
    writeAt('.f-4.json', 4000);
    writeAt('f-2.json.dsse.json', 5000);
    expectNew(await files.look(signal), 'f-2.json');
    expect(await files.look(signal)).toEqual({ kind: 'same' });
    rmSync(join(folder, 'f-2.json'));
    expect(await files.look(signal)).toMatchObject({ kind: 'gone', why: expect.stringContaining('older') });
    writeAt('f-0.json', 6000);
    expectNew(await files.look(signal), 'f-0.json');
  });

  test('of the same moment the later name is newer, and signs of a pattern mean themselves', async () => {
    const files = source('f+(?).json');
    writeAt('f+(1).json', 1000);
    writeAt('f+(2).json', 1000);
    writeAt('ff2.json', 2000);
    expectNew(await files.look(signal), 'f+(2).json');
  });

  test('that is gone is said', async () => {
    rmSync(folder, { recursive: true });
    expect(await source().look(signal)).toMatchObject({
      kind: 'gone',
      why: expect.stringContaining('ENOENT'),
    });
    mkdirSync(folder);
  });
});

test('a hint comes when a file is replaced', async () => {
  const source = fileSource();
  let hints = 0;
  const end = source.watch?.(() => hints++);
  write('next', '[2]');
  renameSync(join(folder, 'next'), join(folder, 'a.json'));
  await expect.poll(() => hints, { interval: 5 }).toBeGreaterThan(0);
  end?.();
});
