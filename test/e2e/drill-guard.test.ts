/** The real command against a real guard, its source and its readers. What is judged beside its answer is what readers have read. */
import { execFile, spawn } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { digestOf } from '../../src/document/load.ts';
import type { GuardDrill, OfferResult } from '../../src/guard/drill/index.ts';
import { bin } from '../cli/keelson.ts';
import { answerWith, endAnswers } from '../parts/answers.ts';
import { startReader, type Reader } from '../parts/guard-readers.ts';
import { startGuard, type GuardProcess } from './guard-process.ts';
import { endProcesses } from './keelson-process.ts';

const NAMES = ['edge-1', 'edge-2', 'edge-3', 'edge-4'];
const POLL = { interval: 10, timeout: 10_000 };

let folder: string;
let readers: Reader[];
let lies: boolean;
let healthUrl: URL;

const at = (...parts: string[]): string => join(folder, ...parts);
const source = (): string => at('out', 'features.json');
const contract = (): string => at('features.contract.yaml');
const rows = ['a', 'b', 'c'].map((name, i) => ({ name, weight: i / 4 }));
const GOOD = JSON.stringify({ version: 7, features: rows });
const HARMFUL = JSON.stringify({ version: 8, harm: true, features: rows });

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'keelson-drill-guard-'));
  mkdirSync(at('out'));
  readers = await Promise.all(NAMES.map((name) => startReader(name, at('run', name, 'f.json'))));
  lies = false;
  const isWell = (): boolean => lies || readers.every(({ now }) => now?.includes('"harm":true') !== true);
  healthUrl = await answerWith((_, response) => response.writeHead(isWell() ? 200 : 500).end());
  writeFileSync(at('row.json'), JSON.stringify({ properties: { weight: { type: 'number' } } }));
  writeFileSync(at('harmful.json'), HARMFUL);
});

afterEach(async () => {
  await endProcesses();
  for (const reader of readers) reader.stop();
  endAnswers();
  rmSync(folder, { recursive: true });
});

const STRICT = `limits: {bytes: 100 KB, rows: 40}
rows: {at: /features, schema: row.json, unique: [name]}
change: {rows: {shrink: 20%}}
version: {at: /version}`;

function contractOf(rules = STRICT, drill = 'drill: {environment: sandbox}'): string {
  const targets = readers.map(
    ({ name, url }) =>
      `  ${name}: {file: ${at('run', name, 'f.json')}, loaded: {url: "${url.href}", contains: "{digest}", within: 2s}}`,
  );
  return `contract: 1
name: features
format: json
${rules}
source: {file: out/features.json, every: 100ms, settle: 20ms}
targets:
${targets.join('\n')}
canary: {targets: 1, watch: 600ms}
waves: [50%, 100%]
watch: 100ms
health: [{name: readers, url: "${healthUrl.href}", every: 50ms, time: 300ms, failures: 3, successes: 2}]
steady: 50ms
${drill}
`;
}

async function started(text = contractOf()): Promise<GuardProcess> {
  writeFileSync(contract(), text);
  writeFileSync(at('next'), GOOD);
  renameSync(at('next'), source());
  const guard = await startGuard(contract(), at('state'));
  await isQuiet(guard);
  return guard;
}

async function isQuiet(guard: GuardProcess): Promise<void> {
  await expect
    .poll(async () => {
      const { phase, good, frozen } = await guard.status();
      return [phase, good?.version, frozen];
    }, POLL)
    .toEqual(['quiet', 7, null]);
}

interface Ran {
  readonly exit: number;
  readonly out: string;
  readonly err: string;
}

function drill(...words: string[]): Promise<Ran> {
  const all = [bin, 'drill', 'guard', contract(), '--state', at('state'), ...words];
  return new Promise((resolve) => {
    execFile(process.execPath, all, { env: { ...process.env, NO_COLOR: '1' } }, (error, out, err) =>
      resolve({ exit: error === null ? 0 : Number(error.code ?? -1), out, err }),
    );
  });
}

async function drilled(...words: string[]): Promise<{ exit: number; result: GuardDrill }> {
  const { exit, out, err } = await drill(...words, '--json');
  if (out === '') throw new Error(err);
  if (process.env.KEELSON_SAY !== undefined) console.log(out);
  return { exit, result: JSON.parse(out) as GuardDrill }; // its own schema
}

const ends = ({ offers }: GuardDrill): string[] =>
  offers.map(({ name, predicted, observed, outcome }) =>
    [name, predicted.end, observed?.end ?? '-', outcome].join(' '),
  );
const offerOf = ({ offers }: GuardDrill, name: string): OfferResult => {
  const found = offers.find((one) => one.name === name);
  if (found === undefined) throw new Error(`Expected ${name}.`);
  return found;
};
const kinds = ({ breaches }: OfferResult): string[] =>
  breaches.map(({ kind, target }) => `${kind} ${target}`);
const expectUntouched = (): void => {
  expect(readFileSync(source(), 'utf8')).toBe(GOOD);
  expect(existsSync(at('state', 'features.drill.json'))).toBe(false);
  expect(existsSync(at('state', 'features.drill-good'))).toBe(false);
  for (const { file } of readers) expect(readFileSync(file, 'utf8')).toBe(GOOD);
};

test('every bad file is refused by what the check says, the harmful one is taken back from the canary, and the good one is back', async () => {
  const guard = await started();
  const { exit, result } = await drilled('--harmful', at('harmful.json'));
  expect(ends(result)).toEqual([
    'oversized refused refused agrees',
    'doubled refused refused agrees',
    'truncated refused refused agrees',
    'empty refused refused agrees',
    'older refused refused agrees',
    'wrong-type refused refused agrees',
    'duplicate-key refused refused agrees',
    'harmful taken-back taken-back agrees',
  ]);
  expect([exit, result.outcome, result.restored, result.stopped]).toEqual([0, 'agrees', true, null]);
  const codes = result.offers.map(({ observed }) => observed?.codes);
  expect(codes[0]).toContain('not-unique');
  expect(codes.slice(3, 7)).toEqual([['empty-file'], ['version-old'], ['row-misfit'], ['duplicate-key']]);
  expect(offerOf(result, 'oversized').says).toBe('41 rows, one more than limits.rows');
  expectUntouched();
  const [canary, ...others] = readers.map(({ read }) => read);
  expect(canary).toEqual([GOOD, HARMFUL, GOOD]);
  expect(others).toEqual([[GOOD], [GOOD], [GOOD]]);
  expect([...new Set(offerOf(result, 'harmful').had.map(({ target }) => target))]).toEqual(['edge-1']);
  expect((await guard.status()).troubles).toEqual([]);

  // The second time it is known, and that is what is predicted.
  const again = await drill('--harmful', at('harmful.json'), '--only', 'harmful', '--only', 'older');
  expect([again.exit, again.err]).toEqual([0, '']);
  expect(again.out).toContain('features: 2 files offered, all as predicted');
  expect(again.out).toMatch(/harmful +refused before +refused before/);
  expectUntouched();
}, 40_000);

describe('finds a defect:', () => {
  test('readers that load files past the guard, and say so or fall silent', async () => {
    const past = await startReader('edge-3', source());
    let isDownUntil = 0;
    const crashing = await answerWith((_, response) => {
      if (readFileSync(source(), 'utf8') !== GOOD) isDownUntil = Date.now() + 400;
      response.end(Date.now() < isDownUntil ? '' : digestOf(GOOD));
    });
    const [, , third, fourth] = readers;
    const text = contractOf()
      .replace(third?.url.href ?? '', past.url.href)
      .replace(fourth?.url.href ?? '', crashing.href);
    await started(text);
    const { exit, result } = await drilled('--only', 'doubled', '--only', 'older');
    past.stop();
    expect([exit, result.outcome, result.restored]).toEqual([1, 'wrong', true]);
    expect(result.offers.map((one) => kinds(one).sort())).toEqual([
      ['loaded edge-3', 'silent edge-4'],
      ['loaded edge-3', 'silent edge-4'],
    ]);
    expect(offerOf(result, 'older')).toMatchObject({
      observed: { end: 'refused', codes: ['version-old'] },
      had: [{ target: 'edge-3', by: 'reader' }],
    });
    expect(past.now).toBe(GOOD);
    expectUntouched();
  }, 30_000);

  test('a contract without the limit: the oversized one would pass, and is not offered', async () => {
    await started(contractOf('rows: {at: /features, schema: row.json}\nversion: {at: /version}'));
    const { exit, result } = await drilled('--only', 'oversized', '--only', 'empty');
    expect(ends(result)).toEqual(['oversized let-through - wrong', 'empty refused refused agrees']);
    expect(kinds(offerOf(result, 'oversized'))).toEqual(['let-through null']);
    expect([exit, result.outcome]).toEqual([1, 'wrong']);
    expect(readers.map(({ read }) => read)).toEqual(NAMES.map(() => [GOOD]));
    expectUntouched();
  }, 30_000);

  test('a guard that accepts what the contract refuses by now; from a folder, whose older files do not come back', async () => {
    writeFileSync(at('row.json'), '{}');
    writeFileSync(at('out', 'features-old.json'), 'not even JSON');
    const inFolder = contractOf()
      .replace('{file: out/features.json', '{folder: out, match: "features*.json"')
      .replace('bytes: 100 KB, rows: 40', 'bytes: 1 KB');
    const guard = await started(inFolder);
    // Of one moment with the good one, as a program that writes both at once leaves them: never later by what a Date rounds.
    const seconds = Math.floor(statSync(source()).mtimeMs) / 1_000;
    utimesSync(at('out', 'features-old.json'), seconds, seconds);
    writeFileSync(at('row.json'), JSON.stringify({ properties: { weight: { type: 'number' } } }));
    const { exit, result } = await drilled('--only', 'oversized', '--only', 'wrong-type');
    expect(offerOf(result, 'oversized')).toMatchObject({
      outcome: 'agrees',
      predicted: { codes: ['too-many-bytes'] },
      observed: { codes: ['too-many-bytes'] },
    });
    const wrong = offerOf(result, 'wrong-type');
    expect([wrong.predicted, wrong.observed]).toMatchObject([
      { end: 'refused', codes: ['row-misfit'] },
      { end: 'accepted', killed: true },
    ]);
    expect(kinds(wrong)).toContain('differs null');
    expect([exit, result.restored]).toEqual([1, true]);
    await isQuiet(guard);
    expectUntouched();
  }, 30_000);

  test('a health probe that lies: what harms is had by more than the canary, and the drill has it taken back', async () => {
    lies = true;
    const guard = await started();
    const { exit, result } = await drilled('--harmful', at('harmful.json'), '--only', 'harmful');
    const harmful = offerOf(result, 'harmful');
    expect(kinds(harmful)).toContain('differs null');
    expect(kinds(harmful)).toContain('loaded edge-2');
    expect(harmful.observed).toMatchObject({ killed: true });
    expect([exit, result.outcome, result.restored]).toEqual([1, 'wrong', true]);
    await isQuiet(guard);
    expectUntouched();
  }, 30_000);
});

test('ended in the middle it puts the good file back; killed, --restore does', async () => {
  lies = true;
  await (await started()).end('SIGTERM');
  writeFileSync(
    contract(),
    contractOf().replace('watch: 600ms', 'watch: 20s').replace('failures: 3', 'failures: 30'),
  );
  const guard = await startGuard(contract(), at('state'));
  await isQuiet(guard);
  const begin = async (more: string): Promise<ReturnType<typeof spawn>> => {
    writeFileSync(at('harmful.json'), HARMFUL.replace('"harm"', `"more": "${more}", "harm"`));
    const words = [bin, 'drill', 'guard', contract(), '--state', at('state'), '--only', 'harmful'];
    const child = spawn(process.execPath, [...words, '--harmful', at('harmful.json'), '--json'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await expect.poll(() => readers[0]?.now, POLL).toContain(`"more": "${more}"`);
    return child;
  };

  const first = await begin('1');
  let out = '';
  first.stdout?.on('data', (chunk: Buffer) => {
    out += chunk.toString();
  });
  const exit = new Promise((resolve) => first.on('close', resolve));
  first.kill('SIGINT');
  expect(await exit).toBe(1);
  expect(JSON.parse(out)).toMatchObject({ outcome: 'stopped', stopped: 'It was ended.', restored: true });
  expectUntouched();
  await isQuiet(guard);

  const second = await begin('2');
  const gone = new Promise((resolve) => second.on('close', resolve));
  second.kill('SIGKILL');
  await gone;
  expect(readFileSync(source(), 'utf8')).not.toBe(GOOD);
  const refused = await drill();
  expect([refused.exit, refused.err]).toEqual([2, expect.stringContaining('(drill-left)')]);
  expect(await drill('--restore')).toEqual({
    exit: 0,
    out: 'features: the good file is back at its source.\n',
    err: '',
  });
  await isQuiet(guard);
  await expect.poll(() => readers.map(({ now }) => now), POLL).toEqual(NAMES.map(() => GOOD));
  expectUntouched();
  expect((await drill('--restore')).out).toBe('Nothing was left behind.\n');
}, 40_000);

test('nothing is touched without a word in the contract, by --dry-run, or where the guard has another contract', async () => {
  await started(contractOf(STRICT, ''));
  const unsaid = await drill();
  expect([unsaid.exit, unsaid.err]).toEqual([2, expect.stringContaining('(drill-not-allowed)')]);
  const dry = await drill('--dry-run');
  expect(dry.out).toContain('features: 7 files would be offered; nothing was touched');
  expect(dry.out).toMatch(/older +\d+ +version 6 in place of 7 +refused: version-old/);
  expect((await drill('--dry-run')).out).toBe(dry.out);
  expect((await drill('--dry-run', '--seed', '2')).out).not.toBe(dry.out);

  writeFileSync(contract(), contractOf(STRICT, 'drill: {environment: production}'));
  expect((await drill()).err).toContain('--production says that this is meant.');
  const other = await drill('--production', '--only', 'empty');
  expect([other.exit, other.err]).toEqual([2, expect.stringContaining('(drill-other-contract)')]);
  writeFileSync(at('misfit.json'), '{}');
  const misfit = await drill('--dry-run', '--harmful', at('misfit.json'));
  expect([misfit.exit, misfit.err]).toEqual([2, expect.stringContaining('(drill-harmless)')]);
  expect(readers.map(({ read }) => read)).toEqual(NAMES.map(() => [GOOD]));
  expectUntouched();
}, 30_000);
