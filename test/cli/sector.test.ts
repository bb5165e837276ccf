import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import type { Sector } from '../../src/sector/index.ts';
import { keelsonHere, root } from './keelson.ts';

const folder = mkdtempSync(join(tmpdir(), 'keelson-sector-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function made(name: string, files: Readonly<Record<string, string>>): string {
  const at = join(folder, name);
  mkdirSync(join(at, 'within'), { recursive: true });
  for (const [file, text] of Object.entries(files)) writeFileSync(join(at, file), text);
  return at;
}

const plan = (name: string): string => readFileSync(join(root, 'examples/public', `${name}.yaml`), 'utf8');
const answer = async (...words: string[]): Promise<Sector> => {
  const { exit, out, err } = await keelsonHere(['sector', ...words, '--json']);
  if (exit !== 0) throw new Error(err);
  return JSON.parse(out) as Sector; // printed by the command just now
};

describe('keelson sector of a folder of plans', () => {
  test('reads those in folders too, reports what does not load, and leaves it out', async () => {
    const plans = made('plans', {
      'a.yaml': plan('base'),
      'within/b.yaml': plan('uniswap-frontend'),
      'broken.yaml': 'keelson: 1\nplatform: {}\n',
      'not-a-plan.yml': '- 1\n',
      'notes.txt': 'no plan',
    });
    const { platforms, leftOut } = await answer(plans);
    expect(platforms.count).toBe(2);
    expect(leftOut.map(({ file }) => file)).toEqual([
      join(plans, 'broken.yaml'),
      join(plans, 'not-a-plan.yml'),
    ]);
    const { exit, out } = await keelsonHere(['sector', plans]);
    expect(exit).toBe(0);
    expect(out).toContain('Left out: 2 files');
  });

  test('answers nothing when none loads, and says why', async () => {
    const { exit, err } = await keelsonHere([
      'sector',
      made('wrong', { 'a.yaml': 'keelson: 1\nplatform: {}\n' }),
    ]);
    expect(exit).toBe(2);
    expect(err).toContain('missing-key');
    expect(await keelsonHere(['sector', made('empty', {})])).toMatchObject({
      exit: 2,
      err: expect.stringContaining('(no-plans)'),
    });
  });
});

describe('keelson sector of a dataset', () => {
  const copied = (name: string): string => {
    cpSync(join(root, 'examples/sector'), join(folder, name), { recursive: true });
    return join(folder, name);
  };

  test('says all that is wrong with its files, as JSON too', async () => {
    const wrong = copied('wrong-dataset');
    writeFileSync(
      join(wrong, 'platforms.csv'),
      'platform,kind,weight,need,providers\na,,1,dns,nobody\nb,,-1,dns,swiftedge\n',
    );
    const { exit, err } = await keelsonHere(['sector', wrong]);
    expect(exit).toBe(2);
    expect(err).toContain('platforms.csv:2:10  unlisted-provider');
    expect(err).toContain('platforms.csv:3:4  out-of-range');
    const { out } = await keelsonHere(['sector', wrong, '--json']);
    expect(JSON.parse(out)).toMatchObject({ schema: 'keelson.problems/1' });
  });

  test('asks only for some kinds and needs', async () => {
    const { platforms, needs } = await answer(
      'examples/sector',
      '--kind',
      'exchange',
      '--kind',
      'wallet',
      '--need',
      'dns',
    );
    expect(platforms.count).toBe(4);
    expect(needs.map(({ need }) => need)).toEqual(['dns']);
  });

  test('takes chances from the catalogue where it names them, and assumes the rest', async () => {
    const known = copied('known');
    const file = join(known, 'providers.csv');
    writeFileSync(
      file,
      readFileSync(file, 'utf8').replace(
        'swiftedge,Swiftedge,,,,1.5,3',
        'swiftedge,Swiftedge,cloudflare/cdn,,,,',
      ),
    );
    const { providers } = await answer(known);
    const edge = providers.find(({ name }) => name === 'swiftedge');
    expect(edge?.basis).toContain('incidents');
    expect(edge?.probability).toBeGreaterThan(0);
    expect(providers.find(({ name }) => name === 'relayall')?.basis).toBe('assumed');
  });

  test('writes the page, and refuses two answers on one output', async () => {
    const { out } = await keelsonHere(['sector', 'examples/sector', '--html', '-']);
    expect(out).toContain('<title>A made-up sector – Keelson</title>');
    expect(await keelsonHere(['sector', 'examples/sector', '--json', '--html', '-'])).toMatchObject({
      exit: 2,
    });
  });

  test('lists the datasets that come with it, each of which loads and is answered', async () => {
    const { out } = await keelsonHere(['sector', '--list']);
    const listed = out
      .trim()
      .split('\n')
      .map((line) => line.split(' ')[0] ?? '');
    expect(listed).toContain('crypto-sites-2020');
    expect(out).not.toContain('cannot be read');
    const { worst } = await answer('crypto-sites-2020', '--kind', 'named', '--need', 'dns', '--need', 'cdn');
    expect(worst.direct[1]?.providers).toEqual(['cloudflare', 'aws']);
    expect(worst.direct[1]?.down.share).toBeCloseTo(0.8515, 4);
  });
});
