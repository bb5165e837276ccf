/** The real command between a real source and real readers. What is judged here is what readers have read, not what the guard says. */
import {
  appendFileSync,
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { keelson } from '../cli/keelson.ts';
import { answerWith, endAnswers } from '../parts/answers.ts';
import { startReader, type Reader } from '../parts/guard-readers.ts';
import { startGuard, type GuardProcess } from './guard-process.ts';
import { endProcesses } from './keelson-process.ts';

let folder: string;
let contract: string;
let readers: Reader[];
/** Whether the readers are well: what is in force may say so. */
let isWell: () => boolean;
let healthUrl: URL;

const POLL = { interval: 10 };

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'keelson-guard-'));
  mkdirSync(join(folder, 'out'));
  readers = await Promise.all(
    ['edge-1', 'edge-2', 'edge-3', 'edge-4'].map((name) =>
      startReader(name, join(folder, 'run', name, 'f.json')),
    ),
  );
  isWell = () => readers.every(({ now }) => now?.includes('"harm":true') !== true);
  healthUrl = await answerWith((_, response) => response.writeHead(isWell() ? 200 : 500).end());
  contract = join(folder, 'features.contract.yaml');
  writeFileSync(contract, contractOf());
});

afterEach(async () => {
  await endProcesses();
  for (const reader of readers) reader.stop();
  endAnswers();
  rmSync(folder, { recursive: true });
});

function contractOf(more: Readonly<Record<string, string>> = {}): string {
  const targets = readers.map(
    ({ name, file, url }) =>
      `  ${name}: {file: ${file}${more[name] ?? ''}, loaded: {url: "${url.href}", contains: "{digest}", within: 2s}}`,
  );
  return `contract: 1
name: features
format: json
limits: {bytes: 100 KB, rows: 200}
rows: {at: /features, unique: [name]}
version: {at: /version}
source: {file: out/features.json, every: 100ms, settle: 20ms}
targets:
${targets.join('\n')}
canary: {targets: 1, watch: 400ms}
waves: [50%, 100%]
watch: 150ms
health: [{name: readers, url: "${healthUrl.href}", every: 50ms, time: 1s, failures: 3, successes: 2}]
steady: 50ms
`;
}

const features = (version: number, more: object = {}): string =>
  JSON.stringify({ version, features: [{ name: 'a' }, { name: 'b' }], ...more });
const source = (): string => join(folder, 'out', 'features.json');
function offer(text: string): string {
  writeFileSync(join(folder, 'next'), text);
  renameSync(join(folder, 'next'), source());
  return text;
}
const start = (): Promise<GuardProcess> => startGuard(contract, join(folder, 'state'));
const now = (): (string | undefined)[] => readers.map((reader) => reader.now);
const everywhere = (text: string): string[] => readers.map(() => text);
const live = (text: string): Promise<void> => expect.poll(now, POLL).toEqual(everywhere(text));

async function startedWith(text: string): Promise<GuardProcess> {
  offer(text);
  const guard = await start();
  await good(guard, text);
  return guard;
}
async function good(guard: GuardProcess, text: string): Promise<void> {
  await live(text);
  await expect.poll(async () => (await guard.status()).phase, POLL).toBe('quiet');
}
function order(...words: string[]): string {
  const { exit, out, err } = keelson([
    'guard',
    ...words,
    '--state',
    join(folder, 'state'),
    '--reason',
    'test',
  ]);
  expect([exit, err]).toEqual([0, '']);
  return out;
}
const journal = (...words: string[]): { exit: number | null; out: string } =>
  keelson(['guard', 'journal', 'features', '--state', join(folder, 'state'), ...words]);

test('a harmful one that fits reaches only the canary, and is back within five seconds of its health failing', async () => {
  const one = features(1);
  const guard = await startedWith(one);
  const two = offer(features(2, { harm: true }));
  await expect.poll(() => readers[0]?.now, POLL).toBe(two);
  const harmed = performance.now();
  await expect.poll(() => readers[0]?.now, POLL).toBe(one);
  const backMs = performance.now() - harmed;
  if (process.env.KEELSON_SAY !== undefined) console.log('guard', { backMs: Math.round(backMs) });
  expect(backMs).toBeLessThan(5_000);
  await expect.poll(async () => (await guard.status()).phase, POLL).toBe('quiet');
  await wait(1_000);
  expect(readers.map(({ read }) => read)).toEqual([[one, two, one], [one], [one], [one]]);
  const { refused } = await guard.status();
  expect(refused[0]?.why).toBe(
    'health failed while it was on a target: readers answers 500, expected 200 to 299.',
  );
  const three = offer(features(3));
  await good(guard, three);
  expect(journal('--verify')).toMatchObject({ exit: 0 });
  const { text } = await guard.get('/metrics');
  expect(text).toContain('keelson_guard_rollouts_total{guard="features",outcome="unhealthy"} 1');
  expect(text).toContain('keelson_guard_good_version{guard="features"} 3');
  expect(text).toContain('keelson_guard_targets{guard="features",state="good"} 4');
});

test('what is bad, cut off or half written touches no target', async () => {
  const one = features(1);
  const guard = await startedWith(one);
  const many = Array.from({ length: 120 }, (_, i) => ({ name: `f${i}` }));
  const two = features(2, { features: many });
  const bad = [
    features(2, { features: [...many, ...many] }),
    features(2, { features: [...many, { name: 'f7' }] }),
    two.slice(0, -20),
    '',
    `${two}${two}`,
    features(1, { features: many }),
    `\ufeff${two}`,
    two.replace('"version":2', '"version":2,"version":3'),
    'x'.repeat(200_000),
  ];
  for (const text of bad) {
    const { at } = (await guard.status()).offered ?? {};
    offer(text);
    if (text.length > 100_000)
      await expect.poll(async () => (await guard.status()).source.state, POLL).toBe('too-large');
    else await expect.poll(async () => (await guard.status()).offered?.at, POLL).not.toBe(at);
    expect((await guard.status()).candidate).toBe(null);
  }
  // Written piece by piece, in place: it is whole only at the end.
  writeFileSync(source(), '');
  for (let i = 0; i < two.length; i += 100) {
    appendFileSync(source(), two.slice(i, i + 100));
    await wait(5);
  }
  await good(guard, two);
  for (const { read } of readers) expect(read).toEqual([one, two]);
  expect(readdirSync(join(folder, 'state', 'features', 'looks'))).toEqual([]);
});

test('health that flaps neither lets one through nor sends targets to and fro', async () => {
  const one = features(1);
  const guard = await startedWith(one);
  let asked = 0;
  isWell = () => asked++ % 2 === 0;
  await expect.poll(async () => (await guard.status()).health.state, POLL).toBe('unknown');
  const two = offer(features(2));
  await wait(1_500);
  // It is never well for long enough to begin.
  expect(readers.map(({ read }) => read)).toEqual(everywhere(one).map((text) => [text]));
  isWell = () => true;
  await expect.poll(() => readers[0]?.now, POLL).toBe(two);
  isWell = () => asked++ % 2 === 0;
  await wait(1_500);
  const [canary, ...others] = readers.map(({ read }) => read);
  expect(canary).toEqual([one, two]);
  expect(others).toEqual([[one], [one], [one]]);
  isWell = () => true;
  await good(guard, two);
});

test('killed in the middle of a rollout and started again, all have the good one, and then the new one', async () => {
  const one = features(1);
  const first = await startedWith(one);
  const two = offer(features(2));
  await expect.poll(() => readers[1]?.now, POLL).toBe(two);
  await first.end('SIGKILL');
  expect(readers[3]?.now).toBe(one);
  const second = await start();
  await expect.poll(() => readers.slice(0, 2).map(({ now: text }) => text), POLL).toEqual([one, one]);
  await good(second, two);
  expect(readers.map(({ read }) => read)).toEqual([
    [one, two, one, two],
    [one, two, one, two],
    [one, two],
    [one, two],
  ]);
  expect(journal('--verify')).toMatchObject({ exit: 0 });
  expect(await second.end('SIGTERM')).toBe(0);
});

test('with its source gone it starts from the last good one, and gives it to a target that lost it', async () => {
  const one = features(1);
  const first = await startedWith(one);
  rmSync(source());
  await expect.poll(async () => (await first.status()).source.state, POLL).toBe('gone');
  expect(await first.end('SIGTERM')).toBe(0);
  rmSync(readers[2]?.file ?? '');
  const second = await start();
  await expect.poll(() => readers[2]?.read.length, POLL).toBe(2);
  await good(second, one);
  expect((await second.status()).source.words).toContain('ENOENT');
  expect(readers.map(({ read }) => read.length)).toEqual([1, 1, 2, 1]);
});

test('a target that is away keeps nobody waiting, and has what is good when it is back', async () => {
  const one = features(1);
  const guard = await startedWith(one);
  const away = join(folder, 'run', 'edge-4');
  renameSync(away, `${away}.away`);
  const two = offer(features(2));
  await expect.poll(() => readers.slice(0, 3).map(({ now: text }) => text), POLL).toEqual([two, two, two]);
  await expect.poll(async () => (await guard.status()).good?.version, POLL).toBe(2);
  renameSync(`${away}.away`, away);
  await good(guard, two);
});

test('a target that says no has the file taken back, with its words', async () => {
  const command = join(folder, 'reload.sh');
  writeFileSync(
    command,
    '#!/bin/sh\nif grep -q \'"version":2\' "$1"; then printf "too many \\033[1mfeatures\\n" >&2; exit 1; fi\n',
  );
  chmodSync(command, 0o755);
  writeFileSync(contract, contractOf({ 'edge-1': `, reload: {command: [${command}, "{file}"], time: 2s}` }));
  const one = features(1);
  const guard = await startedWith(one);
  const two = offer(features(2));
  await expect
    .poll(async () => (await guard.status()).refused[0]?.why, POLL)
    .toBe(
      'a target read it and said no: edge-1: its reload command ended with 1: too many \\u{1b}[1mfeatures.',
    );
  await good(guard, one);
  expect(readers.slice(1).every(({ read }) => !read.includes(two))).toBe(true);
});

describe('by order', () => {
  test('it is frozen while it does not run, thawed, and killed while it does', async () => {
    const one = features(1);
    const first = await startedWith(one);
    await first.end('SIGTERM');
    expect(order('freeze', 'features')).toBe(
      'features: freeze is ordered; nothing runs now: it is taken when one does.\n',
    );
    const two = offer(features(2));
    const second = await start();
    await expect.poll(async () => (await second.status()).frozen?.why, POLL).toMatch(/: test$/);
    await wait(800);
    expect(now()).toEqual(everywhere(one));
    expect(order('thaw', 'features')).toContain('it is taken within a second');
    await good(second, two);
    order('kill', 'features');
    await good(second, one);
    await expect.poll(async () => (await second.status()).good?.version, POLL).toBe(1);
    expect(keelson(['guard', 'status', '--state', join(folder, 'state')]).out).toMatch(
      /^features: Every target that answers has the good version\. It is frozen\.\n {2}good {7}[0-9a-f]{12} version 1 /,
    );
    await second.end('SIGTERM');
    const stopped = keelson(['guard', 'status', 'features', '--json', '--state', join(folder, 'state')]);
    expect(JSON.parse(stopped.out)).toMatchObject({
      isRunning: false,
      guards: [{ phase: 'stopped', good: { version: 1 } }],
    });
    expect(journal().out).toMatch(/ordered .*order kill/);
  });

  test('what belongs to nobody is refused', () => {
    const { exit, err } = keelson([
      'guard',
      'freeze',
      'other',
      '--reason',
      'x',
      '--state',
      join(folder, 'state'),
    ]);
    expect([exit, err]).toEqual([2, expect.stringContaining('(no-guard)')]);
  });
});

test('a second guard of the same contract is refused while the first one runs', async () => {
  await startedWith(features(1));
  await expect(start()).rejects.toThrow('guard-running');
});

test('once: for CI, with an exit code that says how it went', async () => {
  const once = (): { exit: number | null; out: string } =>
    keelson(['guard', 'run', contract, '--once', '--state', join(folder, 'state')]);
  // The readers live in this process, which waits for the command: they are asked by nobody here.
  writeFileSync(
    contract,
    contractOf()
      .replace(/, loaded: .*}}$/gm, '}')
      .replace(/^health: .*$/m, ''),
  );
  expect(once()).toMatchObject({ exit: 2, out: expect.stringContaining('ENOENT') });
  offer(features(1));
  expect(once()).toMatchObject({
    exit: 0,
    out: expect.stringMatching(/^features: [0-9a-f]{12} is live on 4 targets\.\n$/),
  });
  expect(once()).toMatchObject({ exit: 0 });
  offer(features(2, { features: [{ name: 'a' }, { name: 'a' }] }));
  expect(once()).toMatchObject({ exit: 1, out: expect.stringContaining('is refused') });
});
