import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { CrashDisk } from '../../test/parts/crash-disk.ts';
import { makeFolder } from '../../test/parts/part.ts';
import { digestOf } from '../document/load.ts';
import { type Disk, fileDigest, makeFolders, readWhole, replaceWhole, systemDisk } from './index.ts';

let folder = '';
beforeEach(() => {
  folder = makeFolder();
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe.each<[string, () => { readonly disk: Disk; readonly root: string }]>([
  ['the disk of this computer', () => ({ disk: systemDisk, root: folder })],
  [
    'the disk that tests take away',
    () => {
      const disk = new CrashDisk();
      disk.makeFolder('/tmp');
      return { disk, root: '/tmp' };
    },
  ],
])('%s', (_, make) => {
  test('has what was written, added and cut', () => {
    const { disk, root } = make();
    const path = join(root, 'file');
    for (const [how, text] of [
      ['new', 'first '],
      ['more', 'second '],
      ['more', 'third'],
    ] as const) {
      const file = disk.open(path, how, 0o600);
      file.write(Buffer.from(text));
      file.sync();
      file.close();
    }
    expect(readWhole(disk, path, 100).toString()).toBe('first second third');
    const file = disk.open(path, 'more', 0o600);
    file.cut(5);
    file.write(Buffer.from('!'));
    file.close();
    expect(readWhole(disk, path, 100).toString()).toBe('first!');
    expect(fileDigest(disk, path)).toBe(digestOf('first!'));
    disk.open(path, 'anew', 0o600).close();
    expect(disk.look(path)).toMatchObject({ kind: 'file', bytes: 0 });
  });

  test('makes folders, moves over what is there, removes, and lists', () => {
    const { disk, root } = make();
    makeFolders(disk, join(root, 'a', 'b'));
    replaceWhole(disk, join(root, 'a', 'b', 'one'), '1');
    replaceWhole(disk, join(root, 'a', 'two'), '2');
    disk.rename(join(root, 'a', 'two'), join(root, 'a', 'b', 'one'));
    expect(disk.list(join(root, 'a'))).toEqual(['b']);
    expect(readWhole(disk, join(root, 'a', 'b', 'one'), 1).toString()).toBe('2');
    disk.remove(join(root, 'a', 'b', 'one'));
    expect(disk.list(join(root, 'a', 'b'))).toEqual([]);
    expect(disk.look(join(root, 'a', 'b'))?.kind).toBe('folder');
  });

  test('says what is wrong as the system does', () => {
    const { disk, root } = make();
    const path = join(root, 'file');
    expect(disk.look(path)).toBeNull();
    expect(disk.look(join(path, 'deeper'))).toBeNull();
    expect(() => readWhole(disk, path, 9)).toThrow(/ENOENT/);
    replaceWhole(disk, path, '0123456789');
    expect(() => readWhole(disk, path, 9)).toThrow(/EFBIG/);
    expect(() => disk.open(path, 'new', 0o600)).toThrow(/EEXIST/);
    expect(() => disk.open(root, 'anew', 0o600)).toThrow(/EISDIR/);
    expect(() => disk.makeFolder(path, 0o700)).toThrow(/EEXIST/);
    expect(() => makeFolders(disk, join(path, 'inner'))).toThrow(/ENO(?:TDIR|ENT)/);
    expect(() => disk.remove(join(root, 'other'))).toThrow(/ENOENT/);
    expect(() => disk.rename(join(root, 'other'), path)).toThrow(/ENOENT/);
    expect(() => disk.list(join(root, 'other'))).toThrow(/ENOENT/);
  });
});

describe('on the disk of this computer', () => {
  test('a pipe is no file, and nobody waits for its writer', () => {
    execFileSync('mkfifo', [join(folder, 'pipe')]);
    expect(systemDisk.look(join(folder, 'pipe'))?.kind).toBe('other');
    expect(() => readWhole(systemDisk, join(folder, 'pipe'), 10)).toThrow(/EINVAL/);
    expect(() => readWhole(systemDisk, folder, 10)).toThrow(/EISDIR|EINVAL/);
  });

  test('a large file comes in parts, all of it', () => {
    const bytes = Buffer.alloc(3_000_001, 'abcdefg');
    writeFileSync(join(folder, 'large'), bytes);
    expect([...systemDisk.parts(join(folder, 'large'))].length).toBeGreaterThan(2);
    expect(readWhole(systemDisk, join(folder, 'large'), 3_000_001).equals(bytes)).toBe(true);
  });

  // The one device that is always full.
  test.runIf(process.platform === 'linux')('what cannot be written leaves what was there', () => {
    const path = join(folder, 'file');
    replaceWhole(systemDisk, path, 'before');
    symlinkSync('/dev/full', `${path}.new`);
    expect(() => replaceWhole(systemDisk, path, 'after')).toThrow(/ENOSPC/);
    rmSync(`${path}.new`);
    mkdirSync(`${path}.new`);
    expect(() => replaceWhole(systemDisk, path, 'after')).toThrow(/EISDIR/);
    expect(readWhole(systemDisk, path, 10).toString()).toBe('before');
    rmSync(`${path}.new`, { recursive: true });
    expect(() => replaceWhole(systemDisk, join(folder, 'none', 'file'), '')).toThrow(/ENOENT/);
    expect(readdirSync(folder)).toEqual(['file']);
  });
});
