import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { readOpenPsa } from '../oracle/open-psa.ts';
import { keelson, root } from './keelson.ts';

const plan = 'examples/harbor/plan.yaml';
const scratch = mkdtempSync(join(tmpdir(), 'keelson-export-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

describe('keelson export --open-psa', () => {
  const first = keelson(['export', '--open-psa', plan]);

  test('prints a model whose top gates are the rungs of the journeys', () => {
    expect(first).toMatchObject({ exit: 0, err: '' });
    const { name, tops, gates } = readOpenPsa(first.out);
    expect(name).toBe('Harbor_Exchange');
    expect(tops).toEqual([
      'login-down',
      'login-degraded',
      'trade-down',
      'trade-below-cancel-only',
      'trade-below-post-only',
      'trade-degraded',
      'withdraw-down',
      'withdraw-degraded',
      'market-data-down',
      'market-data-degraded',
    ]);
    expect(gates.get('trade-below-post-only')?.label).toBe(
      'trade is below post-only: neither it nor a better mode works',
    );
  });

  test('is the same bytes twice, from standard input, and in a file', () => {
    expect(keelson(['export', plan, '--open-psa', '--out', '-']).out).toBe(first.out);
    const input = readFileSync(join(root, plan), 'utf8');
    expect(keelson(['export', '--open-psa', '-'], { input }).out).toBe(first.out);
    const file = join(scratch, 'harbor.xml');
    expect(keelson(['export', '--open-psa', plan, '--out', file])).toEqual({
      exit: 0,
      out: `Wrote ${file}. Next: scram --bdd --probability 1 ${file}\n`,
      err: '',
    });
    expect(readFileSync(file, 'utf8')).toBe(first.out);
  });

  test('takes events as failed, and says which', () => {
    const words = ['export', '--open-psa', plan, '--without', 'cloudflare', '--without', 'edge:switch'];
    const { attributes, events } = readOpenPsa(keelson(words).out);
    expect(attributes.without).toBe('cloudflare, edge:switch');
    const ids = [...events.values()].map(({ label }) => label);
    expect(ids.filter((id) => id?.startsWith('cloudflare') === true || id === 'edge:switch')).toEqual([]);
    expect(keelson(['export', '--open-psa', plan, '--without', 'cloudfare'])).toMatchObject({
      exit: 2,
      out: '',
      err: expect.stringContaining('Did you mean "cloudflare') as string,
    });
  });

  test('of a plan whose names are hostile is a model still', () => {
    const name = '"</label>]]>\\0\\u202e<!-- & \'';
    const input = `keelson: 1
platform: {name: ${JSON.stringify(name)}, asOf: 2026-11-01}
journeys: {1-.-2: {modes: {a.b: {needs: 3}, a_b: {worth: 50%, needs: 3.x}, a-b: {worth: 0%, needs: x/y-_-z}}}}
services: {3: {outages: none, needs: x/y-_-z}, 3.x: {}}
providers: {x: {capabilities: {y-_-z: {outages: {rate: 1/yr, mean: 1h}}}}}
catalog: none
`;
    const { exit, out, err } = keelson(['export', '--open-psa', '-'], { input });
    expect([exit, err]).toEqual([0, '']);
    const { tops, label } = readOpenPsa(out);
    expect(label).toBe(name);
    expect(tops[0]).toBe('_1-_-2-down');
  });

  test.each(
    readdirSync(join(root, 'examples/public'))
      .filter((name) => name.endsWith('.yaml'))
      .map((name) => join('examples/public', name)),
  )('of %s is a model', (file) => {
    const { exit, out, err } = keelson(['export', '--open-psa', file]);
    expect([exit, err]).toEqual([0, '']);
    expect(readOpenPsa(out).tops.length).toBeGreaterThan(0);
  });
});

describe.each(['--mermaid', '--dot'])('keelson export %s', (format) => {
  const first = keelson(['export', format, plan]);

  test('prints a drawing with its single points, the same bytes twice and in a file', () => {
    expect(first).toMatchObject({ exit: 0, err: '' });
    expect(first.out).toContain('Harbor Exchange');
    expect(keelson(['export', plan, format]).out).toBe(first.out);
    const file = join(scratch, `harbor${format}`);
    expect(keelson(['export', format, plan, '--out', file]).out).toContain(`Wrote ${file}. Next: `);
    expect(readFileSync(file, 'utf8')).toBe(first.out);
  });

  test('shows nothing as failed unless something is taken as failed', () => {
    expect(first.out).not.toMatch(/failed|falls back|down/);
  });

  test('without Cloudflare shows what fails, what is used instead and in which mode each journey is', () => {
    const { exit, out } = keelson(['export', format, plan, '--without', 'cloudflare']);
    expect(exit).toBe(0);
    expect(out).toContain('Harbor Exchange without cloudflare');
    for (const label of [
      'cloudflare failed',
      'trade post-only',
      'challenge single point on 2: hcaptcha/challenge',
    ])
      expect(labels(out)).toContain(label);
  });

  test('without a site of the plan before shows journeys that are down', () => {
    const words = ['export', format, 'examples/harbor/before.yaml', '--without', 'site-virginia'];
    expect(labels(keelson(words).out)).toContain('withdraw down');
  });
});

/** Labels of either format, their lines joined. */
function labels(text: string): string[] {
  return [...text.matchAll(/"((?:[^"\\]|\\.)*)"/g)].map(([, label = '']) =>
    label
      .replace(/<br\/>|\\n/g, ' ')
      .replace(/#(\d+);/g, (_, code: string) => String.fromCodePoint(Number(code))),
  );
}

test('keelson export takes one format at a time', () => {
  expect(keelson(['export', '--dot', '--open-psa', plan])).toMatchObject({
    exit: 2,
    out: '',
    err: expect.stringContaining('found --open-psa and --dot.') as string,
  });
});

describe('keelson export of a plan that is wrong', () => {
  test.each([
    ['an unknown key', 'test/cli/broken/root-keys-misspelt.yaml'],
    ['a missing file', 'absent.yaml'],
  ])('(%s) says what check says, and writes nothing', (_, file) => {
    const out = join(scratch, 'nothing.xml');
    const told = keelson(['export', '--open-psa', file, '--out', out]);
    const checked = keelson(['check', file]).out.split('\n');
    expect([told.exit, told.out]).toEqual([2, '']);
    expect(told.err.split('\n').slice(0, -2)).toEqual(checked.slice(0, -2));
    expect(readdirSync(scratch)).not.toContain('nothing.xml');
  });

  test('a file that cannot be written is named', () => {
    const { exit, err } = keelson(['export', '--open-psa', plan, '--out', join(scratch, 'no', 'x.xml')]);
    expect([exit, err]).toEqual([2, expect.stringContaining('(file-unwritable)')]);
  });
});
