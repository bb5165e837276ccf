import { describe, expect, test } from 'vitest';
import { CrashDisk } from '../../../test/parts/crash-disk.ts';
import {
  EDGE_A,
  FACTORY,
  factsOf,
  openStore,
  STATE,
  tellStory,
  TEXTS,
} from '../../../test/parts/guard-story.ts';
import { GuardStore, readJournal } from './index.ts';
import { journalFiles, journalName } from './journal-found.ts';

async function diskOfStory(): Promise<CrashDisk> {
  const disk = new CrashDisk();
  for (const folder of ['/run', '/run/a', '/run/b']) disk.makeFolder(folder);
  disk.put(EDGE_A, FACTORY);
  await tellStory(disk, () => {});
  return disk;
}

const pathOf = (number: number): string => `${STATE}/${journalName(number)}`;
const newestOf = (disk: CrashDisk): string => pathOf(journalFiles(disk, STATE).at(-1) ?? 0);
const linesOf = (disk: CrashDisk, path: string): string[] => disk.read(path).toString().trimEnd().split('\n');

describe('the chain of the journal', () => {
  test('goes on over its files and over restarts', async () => {
    const disk = await diskOfStory();
    expect(journalFiles(disk, STATE).length).toBeGreaterThan(2);
    openStore(disk);
    const verdict = readJournal(disk, STATE).verdict;
    expect(verdict).toMatchObject({ first: 1, broken: [], isUnfinished: false });
    expect(verdict.entries).toBe(verdict.last);
  });

  test('is broken at the line of which one character is another', async () => {
    const disk = await diskOfStory();
    openStore(disk);
    const wrong: string[] = [];
    for (const number of journalFiles(disk, STATE)) {
      const bytes = disk.read(pathOf(number));
      const ends = [...bytes.keys()].filter((i) => bytes[i] === 10);
      for (let at = 0; at < bytes.length; at += 29) {
        if (bytes[at] === 10) continue;
        const copy = disk.copy();
        const other = Buffer.from(bytes);
        other[at] = bytes[at] === 0x37 ? 0x38 : 0x37;
        copy.put(pathOf(number), other);
        const line = ends.findIndex((end) => end > at) + 1;
        const [first] = readJournal(copy, STATE).verdict.broken;
        if (first?.file !== journalName(number) || first.line !== line)
          wrong.push(`${number}:${line}, byte ${at}: ${JSON.stringify(first)}`);
      }
    }
    expect(wrong).toEqual([]);
  });

  test('is broken where a line is gone, where one was put in, where two changed places, where the end is gone', async () => {
    const disk = await diskOfStory();
    openStore(disk);
    const path = pathOf(2);
    const lines = linesOf(disk, path);
    const [a = '', b = '', c = ''] = lines;
    const change = (changed: readonly string[]): number | undefined => {
      const copy = disk.copy();
      copy.put(path, `${changed.join('\n')}\n`);
      const [first] = readJournal(copy, STATE).verdict.broken;
      expect(first?.file).toBe(journalName(2));
      return first?.line;
    };
    expect(change([a, c, ...lines.slice(3)])).toBe(2);
    expect(change([a, b, b, c, ...lines.slice(3)])).toBe(3);
    expect(change([a, c, b, ...lines.slice(3)])).toBe(2);
    const end = disk.copy();
    const newest = newestOf(end);
    const kept = linesOf(end, newest).slice(0, -1);
    end.put(newest, kept.map((line) => `${line}\n`).join(''));
    expect(readJournal(end, STATE).verdict.broken).toMatchObject([{ line: kept.length + 1 }]);
  });

  test('keeps no more files than five', () => {
    const disk = new CrashDisk();
    const store = GuardStore.open(STATE, { disk, lock: () => ({ release: () => {} }), mostJournal: 1000 });
    for (let i = 0; i < 100; i++) store.note('looked', { words: 'x'.repeat(100) });
    expect(journalFiles(disk, STATE)).toHaveLength(5);
    const { first, broken } = readJournal(disk, STATE).verdict;
    expect(broken).toEqual([]);
    expect(first).toBeGreaterThan(1);
    expect(openStore(disk).troubles).toEqual([]);
  });
});

describe('a start', () => {
  test('cuts off a line that was not finished, keeps it aside, and says so', async () => {
    const disk = await diskOfStory();
    const before = openStore(disk).state;
    const path = newestOf(disk);
    const torn = '{"seq":4711,"kind":"kep';
    disk.put(path, `${disk.read(path).toString()}${torn}`);
    expect(readJournal(disk, STATE).verdict.isUnfinished).toBe(true);
    const store = openStore(disk);
    expect(store.state).toEqual(before);
    expect(store.troubles).toMatchObject([{ code: 'journal-torn' }]);
    const aside = disk.list(STATE).filter((name) => name.startsWith('torn-'));
    expect(aside.map((name) => disk.read(`${STATE}/${name}`).toString())).toEqual([torn]);
    expect(linesOf(disk, newestOf(disk)).at(-1)).toMatch(/"kind":"opened".*"journal-torn"/);
    expect(readJournal(disk, STATE).verdict).toMatchObject({ broken: [], isUnfinished: false });
  });

  test('leaves a journal that was altered as it is, says so, and begins another file', async () => {
    const disk = await diskOfStory();
    const before = openStore(disk).state;
    const path = newestOf(disk);
    const altered = disk.read(path).toString().replace('2023-11-14', '2022-11-14');
    disk.put(path, altered);
    const store = openStore(disk);
    expect(store.state).toEqual(before);
    expect(store.troubles).toMatchObject([{ code: 'journal-damaged' }]);
    expect(disk.read(path).toString()).toBe(altered);
    expect(readJournal(disk, STATE).verdict.broken).toHaveLength(1);
    expect(openStore(disk).troubles).toEqual([]);
  });

  test('with an older state and a journal that is broken after it takes the refusals behind the break, and nothing else', async () => {
    const disk = new CrashDisk();
    const store = openStore(disk);
    for (const text of TEXTS.slice(0, 3)) {
      disk.put('/source', text);
      await store.stage('/source');
    }
    const [one, two, three] = TEXTS.map(factsOf);
    if (one === undefined || two === undefined || three === undefined) throw new Error('Expected three.');
    store.keepGood(one);
    store.keepGood(two);
    const older = disk.read(`${STATE}/state.json`);
    store.note('looked', { words: 'well' });
    store.refuse(two.digest, 'killed');
    store.keepGood(three);
    disk.put(`${STATE}/state.json`, older);
    disk.put(newestOf(disk), disk.read(newestOf(disk)).toString().replace('"well"', '"fell"'));
    const again = openStore(disk);
    expect(again.troubles).toMatchObject([{ code: 'journal-damaged' }]);
    expect(again.good?.digest).toBe(one.digest);
    expect(again.state.refused).toMatchObject([{ digest: two.digest }]);
  });

  test('without a state has it from the journal', async () => {
    const disk = await diskOfStory();
    const before = openStore(disk).state;
    disk.remove(`${STATE}/state.json`);
    const store = openStore(disk);
    expect(store.state).toEqual(before);
    disk.put(`${STATE}/state.json`, disk.read(`${STATE}/state.json`).toString().replace('"good"', '"goof"'));
    const again = openStore(disk);
    expect(again.troubles).toMatchObject([{ code: 'state-damaged' }]);
    expect(again.state).toEqual(before);
  });

  test('with half a state has it from the journal, at every length', async () => {
    const disk = await diskOfStory();
    const before = openStore(disk).state;
    const whole = disk.read(`${STATE}/state.json`);
    for (let length = 0; length < whole.length - 1; length += 11) {
      const copy = disk.copy();
      copy.put(`${STATE}/state.json`, whole.subarray(0, length));
      const store = openStore(copy);
      expect(store.state, `${length} bytes`).toEqual(before);
      expect(store.troubles).toMatchObject([{ code: 'state-damaged' }]);
    }
  });

  test('with neither, and with the journal broken too, knows none, and forgets no refusal that can be read', async () => {
    const disk = await diskOfStory();
    const [, second = '', , fourth = ''] = TEXTS;
    const newest = newestOf(disk);
    disk.put(`${STATE}/state.json`, 'gone');
    const lines = linesOf(disk, newest);
    disk.put(newest, [lines[0], '{"seq":1}', ...lines.slice(2)].map((line) => `${line}\n`).join(''));
    const store = openStore(disk);
    expect(store.good).toBeNull();
    expect(store.troubles.map(({ code }) => code)).toEqual(['state-damaged', 'journal-damaged']);
    const refused = store.state.refused.map(({ digest }) => digest);
    expect(refused).toContain(factsOf(second).digest);
    expect(refused).toContain(factsOf(fourth).digest);
    // What is there is left for people.
    expect(disk.list(`${STATE}/blobs`)).toHaveLength(3);
  });
});

test('a note cannot pass for a decision', () => {
  const store = openStore(new CrashDisk());
  expect(() => store.note('kept', { digest: factsOf('x').digest, facts: factsOf('x') })).toThrow(
    /changes nothing/,
  );
  expect(store.note('looked', { seq: 9, prev: 'no', kind: 'kept' })).toMatchObject({ kind: 'looked' });
});
