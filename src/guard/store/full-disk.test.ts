import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { CrashDisk, failure } from '../../../test/parts/crash-disk.ts';
import { bundleGuardLoop } from '../../../test/parts/guard-loop.ts';
import { versionOf } from '../../../test/parts/guard-version.ts';
import {
  type Allowed,
  AT_FIRST,
  EDGE_A,
  FACTORY,
  factsOf,
  openStore,
  STATE,
  tellStory,
  TEXTS,
  wrongAtStart,
} from '../../../test/parts/guard-story.ts';
import { makeFolder } from '../../../test/parts/part.ts';
import { KeelsonError } from '../../errors.ts';
import { GuardStore, readJournal } from './index.ts';

type Before = (operation: 'create' | 'write' | 'name', path: string, bytes: number) => number;

function newDisk(before?: Before): CrashDisk {
  let isReady = false;
  const disk = new CrashDisk({
    before: (operation, path, bytes) => (isReady ? (before?.(operation, path, bytes) ?? bytes) : bytes),
  });
  for (const folder of ['/run', '/run/a', '/run/b']) disk.makeFolder(folder);
  disk.put(EDGE_A, FACTORY, 0o640);
  isReady = true;
  return disk;
}

/** What may come of a step on a disk that is full: it is said, as what it is. */
async function tolerate(step: () => Promise<void> | void): Promise<boolean> {
  try {
    await step();
    return true;
  } catch (error) {
    const isSaid =
      error instanceof KeelsonError
        ? error.code === 'state-unusable' && error.message.includes('ENOSPC')
        : error instanceof Error &&
          /ENOSPC|to be staged, found nothing|cannot be read: ENOENT/.test(error.message);
    if (!isSaid) throw error;
    return false;
  }
}

/** The story on a disk that is full once so many bytes are written, until so many writes have failed. */
async function tellWhileFull(room: number, failures: number, files: boolean): Promise<string | undefined> {
  let left = room;
  let failed = 0;
  const disk = newDisk((operation, _, bytes) => {
    if (failed >= failures) return bytes;
    if (operation === 'name') return bytes;
    const isFull = operation === 'create' ? files && left <= 0 : left < bytes;
    const taken = Math.max(0, Math.min(left, bytes));
    left -= bytes;
    if (!isFull) return bytes;
    failed++;
    if (operation === 'create') throw failure('ENOSPC');
    return taken;
  });
  let allowed: Allowed = AT_FIRST;
  await tellStory(
    disk,
    (now) => {
      allowed = now;
    },
    tolerate,
  );
  return wrongAtStart(disk.copy(), allowed, 'full');
}

describe('a disk that is full', () => {
  test('at any byte, for a while or for good, costs nothing that was promised', async () => {
    const ends: number[] = [0];
    const disk = newDisk((_, __, bytes) => {
      if (bytes > 0) ends.push((ends.at(-1) ?? 0) + bytes);
      return bytes;
    });
    await tellStory(disk, () => {});
    expect(ends.length).toBeGreaterThan(60);
    const wrong: string[] = [];
    let tried = 0;
    for (const [i, end] of ends.entries()) {
      if (process.env.KEELSON_CRASHES === undefined && i % 6 !== 0) continue;
      // A write that fits, one that lacks a byte, one that is torn further in: all others are like one of these.
      const room = end - ([0, 1, 20][i % 3] ?? 0);
      for (const failures of [1, 4, Number.POSITIVE_INFINITY])
        for (const files of [false, true]) {
          tried++;
          const found = await tellWhileFull(room, failures, files);
          if (found !== undefined) wrong.push(`${room} bytes, ${failures} failures: ${found}`);
        }
    }
    if (process.env.KEELSON_CRASHES !== undefined) console.log(`${tried} stories on a full disk`);
    expect(wrong).toEqual([]);
  });

  test('keeps no file beside a target, and leaves the target as it was', async () => {
    let isFull = false;
    const disk = newDisk((_, path, bytes) => (isFull && path.startsWith('/run') ? bytes >> 1 : bytes));
    const store = await openWithGood(disk);
    isFull = true;
    expect(await store.install(GOOD.digest, EDGE_A)).toEqual({
      kind: 'unusable',
      why: `${EDGE_A} cannot be replaced: ENOSPC.`,
    });
    expect(disk.read(EDGE_A).toString()).toBe(FACTORY);
    expect(disk.list('/run/a')).toEqual(['features.json']);
  });
});

const [TEXT = '', NEXT = ''] = TEXTS;
const GOOD = factsOf(TEXT);

async function openWithGood(disk: CrashDisk): Promise<GuardStore> {
  const store = openStore(disk);
  disk.put('/run/source', TEXT);
  await store.stage('/run/source');
  store.keepGood(GOOD);
  return store;
}

describe('a disk that cannot be written', () => {
  test('still has the good version, which goes to targets elsewhere; nothing new is begun until it can', async () => {
    let isReadOnly = false;
    const disk = newDisk((_, path, bytes) => {
      if (isReadOnly && path.startsWith('/state')) throw failure('EROFS');
      return bytes;
    });
    await openWithGood(disk);
    isReadOnly = true;
    const store = openStore(disk);
    expect(store.troubles.map(({ code }) => code)).toEqual(['unwritable']);
    expect(store.good?.digest).toBe(GOOD.digest);
    expect(await store.install(GOOD.digest, EDGE_A)).toEqual({ kind: 'installed' });
    expect(disk.read(EDGE_A).toString()).toBe(TEXT);
    expect(() => store.refuse(GOOD.digest, 'unhealthy')).toThrow(
      /Nothing can be kept in \/state\/bot: EROFS/,
    );
    await expect(store.stage('/run/source')).rejects.toThrow(KeelsonError);
    expect(store.good?.digest).toBe(GOOD.digest);
    isReadOnly = false;
    store.refuse(GOOD.digest, 'unhealthy');
    expect(openStore(disk).good).toBeNull();
    expect(readJournal(disk, STATE).verdict).toMatchObject({ broken: [], isUnfinished: false });
  });

  test('where even the folder cannot be taken, another may have had it since', async () => {
    const disk = newDisk();
    await openWithGood(disk);
    let isReadOnly = true;
    const lock = (): { release(): void } => {
      if (isReadOnly) throw failure('EROFS');
      return { release: () => {} };
    };
    const store = GuardStore.open(STATE, { disk, lock });
    const lucky = GuardStore.open(STATE, { disk, lock });
    expect(store.troubles).toMatchObject([{ code: 'unwritable' }]);
    isReadOnly = false;
    lucky.note('looked', {});
    expect(() => store.note('looked', {})).toThrow(/another has written to it/);
    expect(readJournal(disk, STATE).verdict.broken).toEqual([]);
  });
});

describe('on the disk of this computer', () => {
  let folder = '';
  beforeEach(() => {
    folder = makeFolder();
    mkdirSync(join(folder, 'run'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  // The one device that is always full.
  test.runIf(process.platform === 'linux')(
    'a state that does not fit is in the journal all the same',
    async () => {
      const state = join(folder, 'state');
      writeFileSync(join(folder, 'next.json'), NEXT);
      const store = GuardStore.open(state);
      await store.stage(join(folder, 'next.json'));
      symlinkSync('/dev/full', join(state, 'state.json.new'));
      store.keepGood(factsOf(NEXT));
      expect(store.unsaved).toBe('ENOSPC');
      store.close();
      rmSync(join(state, 'state.json.new'));
      const again = GuardStore.open(state);
      expect(again.good?.digest).toBe(factsOf(NEXT).digest);
      expect([again.unsaved, again.troubles]).toEqual([undefined, []]);
      again.close();
    },
  );

  test.runIf(process.platform === 'linux')('files may not grow beyond a limit: what fits goes on', () => {
    const state = join(folder, 'state');
    const program = bundleGuardLoop(folder);
    const args = [
      '-c',
      `ulimit -f 100; exec "$0" "$@"`,
      process.execPath,
      program,
      state,
      join(folder, 'run'),
    ];
    const said = execFileSync('sh', [...args, '1', '12'], { encoding: 'utf8' });
    expect(said).toMatch(/kept 1\n/);
    expect(said).toMatch(/failed \d+ state-unusable .*EFBIG/);
    expect(readdirSync(join(state, 'incoming'))).toEqual([]);
    const store = GuardStore.open(state);
    const good = store.good?.facts.version ?? 0;
    expect([...said.matchAll(/^kept (\d+)$/gm)].at(-1)?.[1]).toBe(String(good));
    expect(versionOf(readFileSync(join(folder, 'run', 'b.json')))).toBe(good);
    store.close();
  });

  test.skipIf(process.getuid?.() === 0)('a folder that may only be read has its good version', async () => {
    const state = join(folder, 'state');
    writeFileSync(join(folder, 'next.json'), NEXT);
    const store = GuardStore.open(state);
    await store.stage(join(folder, 'next.json'));
    store.keepGood(factsOf(NEXT));
    store.close();
    for (const path of ['blobs', 'incoming', 'orders', '.']) chmodSync(join(state, path), 0o500);
    const again = GuardStore.open(state);
    expect(again.troubles).toMatchObject([{ code: 'unwritable' }]);
    expect(again.good?.digest).toBe(factsOf(NEXT).digest);
    for (const path of ['.', 'blobs', 'incoming', 'orders']) chmodSync(join(state, path), 0o700);
  });

  test('a folder that cannot be made is said', () => {
    writeFileSync(join(folder, 'file'), '');
    expect(() => GuardStore.open(join(folder, 'file', 'state'))).toThrow(/Nothing can be kept in .*ENOTDIR/);
  });
});
