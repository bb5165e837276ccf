import { describe, expect, test } from 'vitest';
import { CrashDisk, failure } from '../../../test/parts/crash-disk.ts';
import { EDGE_A, factsOf, openStore, STATE, TEXTS } from '../../../test/parts/guard-story.ts';
import { KeelsonError } from '../../errors.ts';
import type { Facts } from '../result.ts';
import { GuardStore, readJournal } from './index.ts';
import { changed, NOTHING } from './state.ts';

const [ONE, TWO, THREE, FOUR] = TEXTS.map(factsOf) as [Facts, Facts, Facts, Facts]; // there are five
const textOf = (facts: Facts): string => TEXTS.find((text) => factsOf(text).digest === facts.digest) ?? '';

async function* inParts(...parts: string[]): AsyncGenerator<Uint8Array> {
  for (const part of parts) yield Buffer.from(part);
}

async function withGood(disk: CrashDisk, ...all: readonly Facts[]): Promise<GuardStore> {
  const store = openStore(disk);
  for (const facts of all) {
    await store.stage(inParts(textOf(facts)));
    store.begin({ digest: facts.digest, facts, phase: 'canary' });
    store.keepGood(facts);
  }
  return store;
}

const blobsOf = (disk: CrashDisk): string[] =>
  disk
    .list(`${STATE}/blobs`)
    .map((name) => `sha256:${name}`)
    .sort();
const digests = (...all: readonly Facts[]): string[] => all.map(({ digest }) => digest).sort();

describe('a store', () => {
  test('knows nothing at first, without trouble', () => {
    const store = openStore(new CrashDisk());
    expect(store.state).toEqual({ good: null, previous: [], candidate: null, refused: [], frozen: null });
    expect([store.troubles, store.unsaved]).toEqual([[], undefined]);
  });

  test('has what was kept, tried, refused and frozen over a restart', async () => {
    const disk = new CrashDisk();
    const store = await withGood(disk, ONE, TWO);
    await store.stage(inParts(textOf(THREE)));
    store.begin({ digest: THREE.digest, facts: THREE, phase: 'canary' });
    store.move(THREE.digest, 'wave 1', ['edge-1', 'edge-2']);
    store.refuse(FOUR.digest, 'rows doubled');
    store.freeze('a person looks');
    const at = '2023-11-14T22:13:20.000Z';
    expect(store.state).toEqual({
      good: { digest: TWO.digest, facts: TWO, since: at },
      previous: [{ digest: ONE.digest, facts: ONE, since: at }],
      candidate: {
        digest: THREE.digest,
        facts: THREE,
        phase: 'wave 1',
        targets: ['edge-1', 'edge-2'],
        tries: 1,
      },
      refused: [{ digest: FOUR.digest, why: 'rows doubled', at }],
      frozen: { why: 'a person looks', at },
    });
    const again = openStore(disk);
    expect(again.state).toEqual(store.state);
    expect(again.troubles).toEqual([]);
    again.begin({ digest: THREE.digest, facts: THREE, phase: 'canary' });
    expect(again.state.candidate).toMatchObject({ targets: [], tries: 2 });
  });

  test('takes the one before when the good one is refused, and does not take that one again', async () => {
    const disk = new CrashDisk();
    const store = await withGood(disk, ONE, TWO);
    store.refuse(TWO.digest, 'killed');
    expect(store.good?.digest).toBe(ONE.digest);
    expect(() => store.begin({ digest: TWO.digest, facts: TWO, phase: 'canary' })).toThrow(/not refused/);
    expect(() => store.keepGood(TWO)).toThrow(/not refused/);
    store.allow(TWO.digest, 'it was the network');
    store.keepGood(TWO);
    expect(openStore(disk).good?.digest).toBe(TWO.digest);
  });

  test('has no entry of a journal that makes a refused one good', () => {
    const refused = changed(NOTHING, { kind: 'refused', digest: ONE.digest, why: 'bad' }, 'now');
    expect(changed(refused, { kind: 'kept', digest: ONE.digest, facts: ONE }, 'later')).toBe(refused);
  });

  test('takes nothing that was not staged', () => {
    const store = openStore(new CrashDisk());
    expect(() => store.keepGood(ONE)).toThrow(/to be staged/);
    expect(() => store.begin({ digest: '../../etc/passwd', facts: ONE, phase: '' })).toThrow(
      /Expected a digest/,
    );
  });

  test('writes nothing once it is closed', async () => {
    const disk = new CrashDisk();
    const store = await withGood(disk, ONE);
    store.close();
    expect(() => store.freeze('late')).toThrow(/found it closed/);
    expect(openStore(disk).state.frozen).toBeNull();
  });

  test('keeps as many good ones as it is told, the one that is tried, and a few refused ones for people', async () => {
    const disk = new CrashDisk();
    const store = await withGood(disk, ONE, TWO, THREE);
    await store.stage(inParts(textOf(FOUR)));
    store.prune(2);
    expect(blobsOf(disk)).toEqual(digests(TWO, THREE, FOUR));
    store.discard(FOUR.digest);
    expect(blobsOf(disk)).toEqual(digests(TWO, THREE));
    for (let i = 0; i < 5; i++) {
      const outcome = await store.stage(inParts(`bad ${i}`));
      if (outcome.kind === 'staged') store.refuse(outcome.digest, 'bad');
    }
    expect(blobsOf(disk)).toHaveLength(5);
    expect(openStore(disk).state.previous).toMatchObject([{ digest: TWO.digest }]);
  });

  test('a wall clock that jumps changes no order', async () => {
    const disk = new CrashDisk();
    await withGood(disk, ONE);
    expect(readJournal(disk, STATE).verdict.broken).toEqual([]);
    for (const now of [0, -1e12, 8.64e15]) {
      const store = GuardStore.open(STATE, { disk, now: () => now, lock: () => ({ release: () => {} }) });
      expect(store.good?.digest).toBe(ONE.digest);
      store.note('looked', {});
    }
    expect(readJournal(disk, STATE).verdict.broken).toEqual([]);
  });
});

describe('what is staged', () => {
  test('is named by the digest of its bytes, whatever the parts', async () => {
    const disk = new CrashDisk();
    const store = openStore(disk);
    const text = textOf(ONE);
    const outcome = await store.stage(inParts(text.slice(0, 1), '', text.slice(1)));
    const path = store.pathOf(ONE.digest);
    expect(outcome).toEqual({ kind: 'staged', digest: ONE.digest, bytes: ONE.bytes, path });
    expect(disk.read(path).toString()).toBe(text);
    expect(store.good).toBeNull();
  });

  test('is at most so large, to the byte', async () => {
    const disk = new CrashDisk();
    const store = openStore(disk);
    expect(await store.stage(inParts('12345', '678'), { mostBytes: 7 })).toEqual({ kind: 'too-large' });
    expect(disk.list(`${STATE}/incoming`)).toEqual([]);
    expect(await store.stage(inParts('12345', '678'), { mostBytes: 8 })).toMatchObject({ bytes: 8 });
  });

  test('is nothing where its source fails, and that is said as the source does', async () => {
    const disk = new CrashDisk();
    const store = openStore(disk);
    await expect(store.stage('/nowhere')).rejects.toThrow(/ENOENT/);
    const source = async function* (): AsyncGenerator<Uint8Array> {
      yield Buffer.from('half');
      throw failure('ECONNRESET');
    };
    await expect(store.stage(source())).rejects.not.toBeInstanceOf(KeelsonError);
    expect([disk.list(`${STATE}/incoming`), disk.list(`${STATE}/blobs`)]).toEqual([[], []]);
  });

  test('heals a version whose bytes were damaged', async () => {
    const disk = new CrashDisk();
    const store = await withGood(disk, ONE);
    disk.put(store.pathOf(ONE.digest), 'rotten');
    await store.stage(inParts(textOf(ONE)));
    expect(openStore(disk).troubles).toEqual([]);
  });
});

describe('a version whose bytes are damaged', () => {
  const damages: [string, (bytes: Buffer) => Buffer | undefined][] = [
    ['a bit', (bytes) => Buffer.from(bytes.map((byte, i) => (i === 7 ? byte ^ 1 : byte)))],
    ['its end', (bytes) => bytes.subarray(0, -1)],
    ['all of it', () => Buffer.alloc(0)],
    ['its file', () => undefined],
  ];
  test.each(damages)('by %s is not used: the one before it is', async (_, damage) => {
    const disk = new CrashDisk();
    disk.makeFolder('/run');
    disk.makeFolder('/run/a');
    const path = (await withGood(disk, ONE, TWO)).pathOf(TWO.digest);
    const bytes = damage(disk.read(path));
    if (bytes === undefined) disk.remove(path);
    else disk.put(path, bytes);
    const store = openStore(disk);
    expect(store.good?.digest).toBe(ONE.digest);
    expect(store.troubles).toMatchObject([{ code: 'version-damaged' }]);
    expect(await store.install(TWO.digest, EDGE_A)).toMatchObject({ kind: 'damaged' });
    expect(disk.look(EDGE_A)).toBeNull();
    expect(openStore(disk).troubles).toEqual([]);
    const journal = disk.read(`${STATE}/journal-000001.ndjson`).toString();
    expect(journal).toContain(`"kind":"lost","digest":"${TWO.digest}"`);
  });

  test('as every other, leaves none, and that is said', async () => {
    const disk = new CrashDisk();
    const store = await withGood(disk, ONE, TWO);
    for (const { digest } of [ONE, TWO]) disk.put(store.pathOf(digest), 'rotten');
    const again = openStore(disk);
    expect(again.good).toBeNull();
    expect(again.troubles.map(({ code }) => code)).toEqual([
      'version-damaged',
      'version-damaged',
      'none-good',
    ]);
  });

  test('while the guard runs is not put on a target', async () => {
    const disk = new CrashDisk();
    disk.makeFolder('/run');
    disk.makeFolder('/run/a');
    disk.put(EDGE_A, 'as it was');
    const store = await withGood(disk, ONE);
    disk.put(store.pathOf(ONE.digest), 'rotten');
    expect(await store.install(ONE.digest, EDGE_A)).toMatchObject({
      kind: 'damaged',
      why: expect.stringMatching(/found sha256:/),
    });
    disk.remove(store.pathOf(ONE.digest));
    expect(await store.install(ONE.digest, EDGE_A)).toMatchObject({
      kind: 'damaged',
      why: expect.stringMatching(/ENOENT/),
    });
    expect(disk.read(EDGE_A).toString()).toBe('as it was');
    expect(disk.list('/run/a')).toEqual(['features.json']);
  });
});
