import { beforeAll, describe, expect, test } from 'vitest';
import { CrashDisk, type CrashDiskOptions } from '../../../test/parts/crash-disk.ts';
import {
  type Allowed,
  AT_FIRST,
  EDGE_A,
  FACTORY,
  openStore,
  STATE,
  tellStory,
  wrongAtStart,
} from '../../../test/parts/guard-story.ts';
import { randomStream } from '../../random.ts';

interface Moment {
  readonly operation: string;
  readonly disk: CrashDisk;
  readonly allowed: Allowed;
}

/** Of the disks that a power loss at one moment may leave. */
const MOST = Number(process.env.KEELSON_CRASHES ?? 8);
const random = randomStream('power loss');
let moments: readonly Moment[] = [];

beforeAll(async () => {
  moments = await momentsOf();
});

/** The disk after each operation of the story, and what may be found then. */
async function momentsOf(lies?: CrashDiskOptions['lies']): Promise<Moment[]> {
  const taken: Moment[] = [];
  let allowed = AT_FIRST;
  let operation = 'nothing';
  const take = (): void => void taken.push({ operation, disk: disk.copy(), allowed });
  const after = (what: string): void => {
    operation = what;
    take();
  };
  const disk: CrashDisk = new CrashDisk({ after, ...(lies === undefined ? {} : { lies }) });
  for (const folder of ['/run', '/run/a', '/run/b']) disk.makeFolder(folder);
  for (const folder of ['/', '/run']) disk.syncFolder(folder);
  disk.put(EDGE_A, FACTORY, 0o640);
  taken.length = 0;
  await tellStory(disk, (now) => {
    allowed = now;
    take();
  });
  return taken;
}

/** @returns what is wrong, and how many different disks were tried */
async function loseAt(
  all: readonly Moment[],
  most: number,
  isEnough: (wrong: readonly string[]) => boolean = () => false,
): Promise<{ readonly tried: number; readonly wrong: readonly string[] }> {
  const seen = new Set<string>();
  const wrong: string[] = [];
  for (const { operation, disk, allowed } of all) {
    for (const left of disk.afterPowerLoss(most, random)) {
      const id = `${JSON.stringify(allowed)} ${left.fingerprint()}`;
      if (seen.has(id)) continue;
      seen.add(id);
      const found = await wrongAtStart(left, allowed);
      if (found !== undefined) wrong.push(`after ${operation}: ${found}`);
      if (isEnough(wrong)) return { tried: seen.size, wrong };
    }
  }
  return { tried: seen.size, wrong };
}

describe('where power is lost after any operation', () => {
  test('a start finds the last good version, whole targets, every refusal, and a journal without a gap', async () => {
    expect(moments.length).toBeGreaterThan(250);
    const { tried, wrong } = await loseAt(moments, MOST);
    if (process.env.KEELSON_CRASHES !== undefined) console.log(`${moments.length} moments, ${tried} disks`);
    expect(wrong).toEqual([]);
    expect(tried).toBeGreaterThan(700);
  });

  test('and again while it starts', async () => {
    const wrong: string[] = [];
    let tried = 0;
    for (const { operation, disk, allowed } of moments.filter((_, i) => i % 9 === 4)) {
      const lefts = [...disk.afterPowerLoss(16, random)];
      const left = lefts[Math.floor(random() * lefts.length)];
      const starting: Moment[] = [];
      const copy: CrashDisk | undefined = left?.copy({
        after: (what) =>
          void starting.push({ operation: `${operation}, then ${what}`, disk: again(), allowed }),
      });
      const again = (): CrashDisk => copy?.copy() ?? disk;
      if (copy !== undefined) openStore(copy);
      const found = await loseAt(starting, 4);
      tried += found.tried;
      wrong.push(...found.wrong);
    }
    if (process.env.KEELSON_CRASHES !== undefined) console.log(`${tried} disks of second power losses`);
    expect(wrong).toEqual([]);
    expect(tried).toBeGreaterThan(200);
  });

  test.each<[string, 'file' | 'folder', RegExp]>([
    ['the bytes of a version', 'file', /\.part$/],
    ['the name of a version', 'folder', /\/blobs$/],
    ['the bytes of the state', 'file', /\/state\.json\.new$/],
    ['an entry of the journal', 'file', /\/journal-\d+\.ndjson$/],
    ['the first bytes of a file of the journal', 'file', /\/journal-\d+\.ndjson\.new$/],
    ['names in the folder of the state', 'folder', new RegExp(`^${STATE}$`)],
    ['the bytes of a target', 'file', /\/run\/.*keelson-new$/],
    ['the name of a target', 'folder', /^\/run\/a$/],
  ])('it would not, without the sync of %s', async (_, kind, path) => {
    const lied = await momentsOf((sync, of) => sync === kind && path.test(of));
    const { wrong } = await loseAt(lied, 8, (found) => found.length > 0);
    expect(wrong).toHaveLength(1);
  });
});
