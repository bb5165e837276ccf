import type { Disk } from '../../src/disk/index.ts';
import { digestOf } from '../../src/document/load.ts';
import type { Facts } from '../../src/guard/result.ts';
import { GuardStore, readJournal } from '../../src/guard/store/index.ts';

/* One story of a guard: versions that are kept, refused and killed, on two targets. What may be true at any moment is written down beside it,
   by nothing but the order of its calls. */

export const STATE = '/state/bot';
export const EDGE_A = '/run/a/features.json';
export const EDGE_B = '/run/b/features.json';
export const FACTORY = 'as it was delivered';

const FACTORY_DIGEST = digestOf(FACTORY);

/** What a start may find at some moment. */
export interface Allowed {
  /** Null: none. */
  readonly good: readonly (string | null)[];
  readonly refused: readonly string[];
  /** By target, what may be in it; null: no file. */
  readonly targets: Readonly<Record<string, readonly (string | null)[]>>;
  /** Entries up to this were promised. */
  readonly seq: number;
}

export const AT_FIRST: Allowed = {
  good: [null],
  refused: [],
  targets: { [EDGE_A]: [FACTORY], [EDGE_B]: [null] },
  seq: 0,
};

export const TEXTS = ['one', 'two', 'three', 'four', 'five'].map((word) =>
  `{"version":"${word}"}`.padEnd(90, ' '),
);

export function factsOf(text: string): Facts {
  const none = { rows: null, entries: null, version: null, expires: null, signedBy: [] };
  return { digest: digestOf(text), bytes: Buffer.byteLength(text), ...none };
}

export function openStore(disk: Disk): GuardStore {
  return GuardStore.open(STATE, {
    disk,
    now: () => 1_700_000_000_000,
    lock: () => NO_LOCK,
    mostJournal: 2500,
  });
}

const NO_LOCK = { release: () => {} };

/**
 * @param say told what is allowed, before and after each step
 * @param attempt runs a step; it may fail, and then either is allowed
 */
export async function tellStory(
  disk: Disk,
  say: (allowed: Allowed) => void,
  attempt: (step: () => Promise<void> | void) => Promise<boolean> = async (step) => {
    await step();
    return true;
  },
): Promise<void> {
  let allowed = AT_FIRST;
  let store: GuardStore | undefined;
  const step = async (
    then: Partial<Allowed>,
    run: (store: GuardStore) => Promise<void> | void,
  ): Promise<void> => {
    const before = allowed;
    const either = { ...before, ...then, seq: before.seq, refused: before.refused };
    allowed = {
      ...either,
      good: [...new Set([...before.good, ...either.good])],
      targets: Object.fromEntries(
        Object.entries(either.targets).map(([target, texts]) => [
          target,
          [...new Set([...(before.targets[target] ?? []), ...texts])],
        ]),
      ),
    };
    say(allowed);
    const isDone = await attempt(async () => {
      store ??= openStore(disk);
      await run(store);
    });
    if (isDone) allowed = { ...before, ...then, seq: allowed.seq };
    say(allowed);
  };
  const promised = (seq: number): void => {
    allowed = { ...allowed, seq };
  };
  const bring = async (text: string): Promise<void> => {
    await step({}, async (to) => {
      await to.stage(one(text));
    });
    await step({}, (to) => to.begin({ digest: digestOf(text), facts: factsOf(text), phase: 'canary' }));
    await step({}, (to) => to.move(digestOf(text), 'canary', ['edge-a']));
  };
  const put = async (text: string, target: string): Promise<void> =>
    step({ targets: { ...allowed.targets, [target]: [text] } }, async (to) => {
      const outcome = await to.install(digestOf(text), target);
      if (outcome.kind !== 'installed') throw new Error(outcome.why);
    });
  const keep = (text: string): Promise<void> =>
    step({ good: [digestOf(text)] }, (to) => to.keepGood(factsOf(text)));
  const refuse = (text: string, good: readonly (string | null)[]): Promise<void> =>
    step({ good, refused: [...allowed.refused, digestOf(text)] }, (to) =>
      to.refuse(digestOf(text), 'unhealthy'),
    );
  const note = (): Promise<void> =>
    step({}, (to) => promised(to.note('looked', { words: 'all was well' }).seq));

  const [first = '', second = '', third = '', fourth = '', fifth = ''] = TEXTS;
  await bring(first);
  await put(first, EDGE_A);
  await keep(first);
  await put(first, EDGE_B);
  await note();
  await bring(second);
  await put(second, EDGE_A);
  await refuse(second, allowed.good);
  await put(first, EDGE_A);
  await bring(third);
  await put(third, EDGE_A);
  await keep(third);
  await put(third, EDGE_B);
  await step({}, (to) => to.freeze('a person looks'));
  await step({}, (to) => to.thaw('done'));
  await bring(fourth);
  await put(fourth, EDGE_A);
  const beforeFourth = allowed.good;
  await keep(fourth);
  await step({}, (to) => to.prune(2));
  await note();
  // Killed: the one before it is good again.
  await refuse(
    fourth,
    [...new Set([...beforeFourth, ...allowed.good])].filter((one) => one !== digestOf(fourth)),
  );
  await put(third, EDGE_A);
  await step({}, async (to) => {
    await to.stage(one(fifth));
  });
  await step({}, (to) => to.discard(digestOf(fifth)));
  await note();
}

async function* one(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text.slice(0, 40));
  yield Buffer.from(text.slice(40));
}

/** What is wrong with a disk that somebody starts from; undefined when nothing is. What was full may have old versions on a target. */
export async function wrongAtStart(
  disk: Disk & { read(path: string): Buffer },
  allowed: Allowed,
  was: 'healthy' | 'full' = 'healthy',
): Promise<string | undefined> {
  for (const [target, texts] of Object.entries(allowed.targets)) {
    const found = disk.look(target) === null ? null : disk.read(target).toString();
    if (!texts.includes(found)) return `${target} has ${JSON.stringify(found)}`;
  }
  const store = openStore(disk);
  const trouble = store.troubles.find(({ code }) => code !== 'journal-torn');
  if (trouble !== undefined) return `${trouble.code}: ${trouble.message}`;
  const good = store.good?.digest ?? null;
  if (!allowed.good.includes(good)) return `${good} is good`;
  if (good !== null && digestOf(disk.read(store.pathOf(good))) !== good) return `${good} has other bytes`;
  const refused = new Set(store.state.refused.map(({ digest }) => digest));
  const forgotten = allowed.refused.find((digest) => !refused.has(digest));
  if (forgotten !== undefined) return `${forgotten} is not refused any more`;
  const { previous } = store.state;
  if (
    [good, ...previous.map(({ digest }) => digest)].some((digest) => digest !== null && refused.has(digest))
  )
    return 'a refused one is good';
  const { candidate } = store.state;
  const known = new Set([
    good,
    candidate?.digest,
    FACTORY_DIGEST,
    ...refused,
    ...previous.map(({ digest }) => digest),
  ]);
  for (const target of Object.keys(allowed.targets))
    if (was === 'healthy' && disk.look(target) !== null && !known.has(digestOf(disk.read(target))))
      return `${target} has what nobody knows of`;
  const { broken, isUnfinished, last } = readJournal(disk, STATE).verdict;
  if (broken.length > 0 || isUnfinished) return `the journal: ${JSON.stringify(broken)}`;
  if (last < allowed.seq) return `entry ${allowed.seq} is gone`;
  const left = [...disk.list(STATE), ...disk.list(`${STATE}/incoming`)].find((name) =>
    /\.(new|part)$/.test(name),
  );
  if (left !== undefined) return `${left} is left`;
  if (good === null) return undefined;
  const outcome = await store.install(good, EDGE_A);
  if (outcome.kind !== 'installed' || digestOf(disk.read(EDGE_A)) !== good)
    return `${good} cannot be installed: ${JSON.stringify(outcome)}`;
  return undefined;
}
