import { writeSync } from 'node:fs';
import { join } from 'node:path';
import { digestOf } from '../../src/document/load.ts';
import { GuardStore } from '../../src/guard/store/index.ts';
import { makeVersion } from './guard-version.ts';

/* guard-loop.mjs STATE TARGETS FIRST LAST: takes versions through the store, every third is refused, and says what is done when it is done. */

const [state = '', targets = '', first = '1', last = '1000000'] = process.argv.slice(2);
const say = (words: string): void => void writeSync(1, `${words}\n`);
const store = GuardStore.open(state);
say(`open ${store.good?.digest ?? 'nothing'}`);
for (let n = Number(first); n <= Number(last); n++) {
  try {
    await bring(n);
  } catch (error) {
    say(`failed ${n} ${error instanceof Error && 'code' in error ? error.code : ''} ${String(error)}`);
  }
}
store.close();

async function bring(n: number): Promise<void> {
  const bytes = makeVersion(n);
  const digest = digestOf(bytes);
  await store.stage(
    (async function* () {
      yield bytes;
    })(),
  );
  const facts = {
    digest,
    bytes: bytes.length,
    rows: n,
    entries: null,
    version: n,
    expires: null,
    signedBy: [],
  };
  store.begin({ digest, facts, phase: 'canary' });
  store.move(digest, 'canary', ['a']);
  await put(digest, 'a');
  if (n % 3 === 0) {
    store.refuse(digest, 'unhealthy');
    say(`refused ${n}`);
    if (store.good !== null) await put(store.good.digest, 'a');
  } else {
    store.keepGood(facts);
    say(`kept ${n}`);
    await put(digest, 'b');
    store.prune(3);
  }
}

async function put(digest: string, name: string): Promise<void> {
  const outcome = await store.install(digest, join(targets, `${name}.json`));
  if (outcome.kind !== 'installed') throw new Error(outcome.why);
  say(`installed ${name}`);
}
