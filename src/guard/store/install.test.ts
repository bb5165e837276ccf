import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { factsOf } from '../../../test/parts/guard-story.ts';
import { makeFolder } from '../../../test/parts/part.ts';
import { type Disk, fileDigest, systemDisk } from '../../disk/index.ts';
import { GuardStore } from './index.ts';
import { installFile } from './install.ts';

let folder = '';
let store: GuardStore;
let digest = '';
const at = (name: string): string => join(folder, 'run', name);
beforeEach(async () => {
  folder = makeFolder();
  mkdirSync(join(folder, 'run'));
  store = GuardStore.open(join(folder, 'state'));
  digest = await stage('new');
});
afterEach(() => {
  store.close();
  rmSync(folder, { recursive: true, force: true });
});

async function stage(text: string): Promise<string> {
  writeFileSync(join(folder, 'source'), text);
  await store.stage(join(folder, 'source'));
  return factsOf(text).digest;
}

describe('a target', () => {
  test('is replaced, and keeps its mode', async () => {
    writeFileSync(at('file'), 'old');
    chmodSync(at('file'), 0o664);
    expect(await store.install(digest, at('file'))).toEqual({ kind: 'installed' });
    expect(readFileSync(at('file'), 'utf8')).toBe('new');
    expect(statSync(at('file')).mode & 0o777).toBe(0o664);
    expect(fileDigest(systemDisk, at('file'))).toBe(digest);
    expect(readdirSync(join(folder, 'run'))).toEqual(['file']);
  });

  test('that is not there yet may be read by all', async () => {
    expect(existsSync(at('file'))).toBe(false);
    await store.install(digest, at('file'));
    expect(statSync(at('file')).mode & 0o777).toBe(0o644);
  });

  test('stays what it was for who has it open', async () => {
    writeFileSync(at('file'), 'old');
    const before = statSync(at('file')).ino;
    await store.install(digest, at('file'));
    expect(statSync(at('file')).ino).not.toBe(before);
  });

  test.runIf(process.getuid?.() === 0)('keeps its owner', async () => {
    writeFileSync(at('file'), 'old', { mode: 0o600 });
    chownSync(at('file'), 12_345, 23_456);
    await store.install(digest, at('file'));
    expect(statSync(at('file'))).toMatchObject({ uid: 12_345, gid: 23_456 });
  });

  test('whose owner cannot be kept is replaced only where all may read it', async () => {
    const open: Disk['open'] = (path, how, mode) => ({
      ...systemDisk.open(path, how, mode),
      dress: ({ user }) => {
        if (user !== undefined) throw Object.assign(new Error('EPERM'), { code: 'EPERM' });
      },
    });
    const disk = { ...systemDisk, open };
    for (const [mode, kind] of [
      [0o644, 'installed'],
      [0o640, 'unusable'],
    ] as const) {
      writeFileSync(at('file'), 'old');
      chmodSync(at('file'), mode);
      expect(await installFile(disk, store.pathOf(digest), digest, at('file'))).toMatchObject({ kind });
    }
    expect(readFileSync(at('file'), 'utf8')).toBe('old');
  });

  test('without its folder is said, and no folder is made', async () => {
    const why = `Expected the folder ${at('gone')}, found none.`;
    expect(await store.install(digest, join(at('gone'), 'file'))).toEqual({ kind: 'unusable', why });
    expect(readdirSync(join(folder, 'run'))).toEqual([]);
  });

  test('that is a link is left alone, and so is what it points to', async () => {
    writeFileSync(join(folder, 'elsewhere'), 'theirs');
    symlinkSync(join(folder, 'elsewhere'), at('file'));
    const why = `Expected a file at ${at('file')}, found a link.`;
    expect(await store.install(digest, at('file'))).toEqual({ kind: 'unusable', why });
    symlinkSync(join(folder, 'nowhere'), at('dangling'));
    expect(await store.install(digest, at('dangling'))).toMatchObject({ kind: 'unusable' });
    expect(readFileSync(join(folder, 'elsewhere'), 'utf8')).toBe('theirs');
    expect(readlinkSync(at('file'))).toBe(join(folder, 'elsewhere'));
    expect(readdirSync(folder).includes('nowhere')).toBe(false);
  });

  test('in a folder that is a link is replaced: whoever named it meant that', async () => {
    symlinkSync(join(folder, 'run'), join(folder, 'current'));
    expect(await store.install(digest, join(folder, 'current', 'file'))).toEqual({ kind: 'installed' });
    expect(readFileSync(at('file'), 'utf8')).toBe('new');
  });

  test('that is a folder is said', async () => {
    mkdirSync(at('file'));
    const why = `Expected a file at ${at('file')}, found a folder.`;
    expect(await store.install(digest, at('file'))).toEqual({ kind: 'unusable', why });
  });

  test('is replaced also where a killed guard has left an unfinished file', async () => {
    writeFileSync(at('.file.keelson-new'), 'ne');
    expect(await store.install(digest, at('file'))).toEqual({ kind: 'installed' });
    expect(readdirSync(join(folder, 'run'))).toEqual(['file']);
  });

  test('nothing is written through a link that somebody has put where the unfinished file goes', async () => {
    writeFileSync(join(folder, 'elsewhere'), 'theirs');
    symlinkSync(join(folder, 'elsewhere'), at('.file.keelson-new'));
    expect(await store.install(digest, at('file'))).toEqual({
      kind: 'unusable',
      why: `${at('file')} cannot be replaced: EEXIST.`,
    });
    expect(readFileSync(join(folder, 'elsewhere'), 'utf8')).toBe('theirs');
  });

  test('that is asked to be several things at once is the last of them', async () => {
    const all = ['a', 'b', 'c'].map((letter) => letter.repeat(1_200_000));
    const each: string[] = [];
    for (const text of all) each.push(await stage(text));
    const outcomes = await Promise.all(each.map((one) => store.install(one, at('file'))));
    expect(outcomes).toEqual(all.map(() => ({ kind: 'installed' })));
    expect(fileDigest(systemDisk, at('file'))).toBe(each.at(-1));
  });
});
