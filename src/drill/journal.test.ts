import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { CrashDisk, failure } from '../../test/parts/crash-disk.ts';
import { makeFolder } from '../../test/parts/part.ts';
import { randomStream } from '../random.ts';
import { DrillJournal, type Put } from './journal.ts';

const FILE = '/state/drill.journal';
const put = (name: string, toxic?: string): Put => ({ control: 'http://127.0.0.1:1', proxy: name, toxic });
const [a, b] = [put('a', 'keelson-drill-1'), put('b')];
const at = (disk: CrashDisk): DrillJournal => DrillJournal.at(FILE, disk);
const journalErrors = { code: 'drill-journal' };

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

describe('a journal', () => {
  test('knows what was put and not taken away, and goes with the last of it', () => {
    const disk = new CrashDisk();
    const journal = at(disk);
    journal.put(a);
    journal.put(b);
    journal.lifted(a);
    expect(journal.left).toEqual([b]);
    expect(at(disk).left).toEqual([b]);
    journal.lifted(b);
    expect(disk.look(FILE)).toBeNull();
    expect(at(disk).left).toEqual([]);
  });

  test('keeps the rest where an earlier one is taken away one by one', () => {
    const disk = new CrashDisk();
    const earlier = at(disk);
    earlier.put(a);
    earlier.put(b);
    const journal = at(disk);
    journal.lifted(a);
    expect(at(disk).left).toEqual([b]);
    journal.lifted(b);
    expect(disk.look(FILE)).toBeNull();
  });

  test('has what is put on the disk before it is done, whatever a power loss leaves of the rest', () => {
    const disk = new CrashDisk();
    const random = randomStream('journal');
    const journal = at(disk);
    for (const one of [a, b]) {
      journal.put(one);
      for (const left of disk.afterPowerLoss(200, random)) expect(at(left).left).toContainEqual(one);
    }
    journal.lifted(a);
    for (const left of disk.afterPowerLoss(200, random)) expect(at(left).left).toContainEqual(b);
  });

  test('that was cut off anywhere says the same as before its last line, and swallows no other', () => {
    const whole = new CrashDisk();
    const journal = at(whole);
    journal.put(a);
    const first = whole.read(FILE).length;
    journal.put(b);
    const text = whole.read(FILE);
    for (let bytes = first; bytes < text.length; bytes++) {
      const disk = new CrashDisk();
      disk.makeFolder('/state');
      disk.put(FILE, text.subarray(0, bytes));
      const cut = at(disk);
      expect(cut.left).toEqual([a]);
      cut.put(b);
      expect(at(disk).left).toEqual([a, b]);
    }
    for (let bytes = 0; bytes < first; bytes++) {
      const disk = new CrashDisk();
      disk.makeFolder('/state');
      disk.put(FILE, text.subarray(0, bytes));
      expect(at(disk).left).toEqual([]);
      expect(disk.look(FILE)).toBeNull();
    }
  });

  test('of something else is refused, and stays', () => {
    const line = `${JSON.stringify({ verb: 'put', process: 1, ...a })}\n`;
    for (const text of [
      'x',
      'x\n',
      'null\n',
      '[]\n',
      '{}\n',
      '\0\0',
      `${line}\n`,
      `x${line}`,
      line.replace('put', 'set'),
    ]) {
      const disk = new CrashDisk();
      disk.makeFolder('/state');
      disk.put(FILE, text);
      expect(() => at(disk)).toThrow(expect.objectContaining(journalErrors));
      expect(disk.read(FILE).toString()).toBe(text);
    }
  });

  test('takes no name for a drill’s that is not', () => {
    const disk = new CrashDisk();
    disk.makeFolder('/state');
    for (const toxic of ['theirs', '', 7, null]) {
      disk.put(FILE, `${JSON.stringify({ verb: 'put', process: 1, ...a, toxic })}\n`);
      expect(() => at(disk)).toThrow(expect.objectContaining(journalErrors));
    }
  });

  test('that is no file, or a huge one, is refused at once', () => {
    const folder = makeFolder();
    folders.push(folder);
    mkdirSync(join(folder, 'folder'));
    execFileSync('mkfifo', [join(folder, 'pipe')]);
    writeFileSync(join(folder, 'huge'), Buffer.alloc(10_000_001, 10));
    for (const name of ['folder', 'pipe', 'huge'])
      expect(() => DrillJournal.at(join(folder, name))).toThrow(expect.objectContaining(journalErrors));
  });

  test('takes its folder with it where it made it, and only then', () => {
    const folder = makeFolder();
    folders.push(folder);
    const [made, there] = [join(folder, 'made'), join(folder, 'there')];
    mkdirSync(there);
    for (const one of [made, there]) {
      const journal = DrillJournal.at(join(one, 'drill.journal'));
      journal.put(a);
      expect(existsSync(join(one, 'drill.journal'))).toBe(true);
      journal.lifted(a);
      expect(existsSync(join(one, 'drill.journal'))).toBe(false);
    }
    expect([existsSync(made), existsSync(there)]).toEqual([false, true]);
  });
});

describe('on a disk that is full', () => {
  test('nothing may be put, what was written before still says the same, and there is room again later', () => {
    for (let room = 0; room < 70; room += 7) {
      let left = Number.POSITIVE_INFINITY;
      const disk = new CrashDisk({
        before: (operation, _, bytes) => {
          if (operation !== 'write') return bytes;
          const taken = Math.min(bytes, left);
          left -= taken;
          return taken;
        },
      });
      const journal = at(disk);
      journal.put(a);
      left = room;
      expect(() => journal.put(b)).toThrow(/first, and cannot be: ENOSPC/);
      expect(journal.left).toEqual([a]);
      expect(at(disk).left).toEqual([a]);
      left = Number.POSITIVE_INFINITY;
      journal.put(b);
      expect(at(disk).left).toEqual([a, b]);
    }
  });

  test('no empty file is left of one that could not be begun', () => {
    const disk = new CrashDisk({
      before: (operation, _, bytes) => (operation === 'write' ? 0 : bytes),
    });
    expect(() => at(disk).put(a)).toThrow(/ENOSPC/);
    expect(disk.look(FILE)).toBeNull();
  });

  test('what is taken away is: that it cannot be written down does no harm', () => {
    let isFull = false;
    const disk = new CrashDisk({
      before: (operation, _, bytes) => (isFull && operation === 'write' ? 0 : bytes),
    });
    const journal = at(disk);
    journal.put(a);
    journal.put(b);
    isFull = true;
    journal.lifted(a);
    expect(at(disk).left).toEqual([a, b]);
    journal.lifted(b);
    expect(disk.look(FILE)).toBeNull();
  });

  test('a folder that cannot be made is said', () => {
    const disk = new CrashDisk({
      before: () => {
        throw failure('EROFS');
      },
    });
    expect(() => at(disk).put(a)).toThrow(/cannot be: EROFS/);
  });
});

test('is under way while the process that wrote it runs', async () => {
  const disk = new CrashDisk();
  disk.makeFolder('/state');
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
  const line = (writer: number | undefined): string =>
    `${JSON.stringify({ verb: 'put', process: writer, ...a })}\n`;
  disk.put(FILE, line(child.pid));
  expect(at(disk).underWay).toBe(child.pid);
  const ended = new Promise((done) => child.once('exit', done));
  child.kill('SIGKILL');
  await ended;
  expect(at(disk).underWay).toBeUndefined();
  disk.put(FILE, line(process.pid));
  expect(at(disk).underWay).toBeUndefined();
});
