import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import type { Solution } from '../../src/solve/index.ts';
import { bin, keelson, root } from './keelson.ts';

const cooling = 'examples/open-psa/cooling.xml';
const scratch = mkdtempSync(join(tmpdir(), 'keelson-solve-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const hasScram = spawnSync('scram', ['--version']).status === 0;

function solved(...words: readonly string[]): Solution {
  const { exit, out, err } = keelson(['solve', ...words, '--json']);
  expect([words, exit, err]).toEqual([words, 0, '']);
  return JSON.parse(out) as Solution;
}

/** Groups of three ors of three events each under an and: 3 to the power of the groups are its cut sets. */
function wide(groups: number): string {
  const names = Array.from({ length: groups * 3 }, (_, i) => `e${i}`);
  const or = (i: number): string =>
    `<or>${names
      .slice(i * 3, i * 3 + 3)
      .map((name) => `<basic-event name="${name}"/>`)
      .join('')}</or>`;
  const events = names.map(
    (name) => `<define-basic-event name="${name}"><float value="0.1"/></define-basic-event>`,
  );
  const ors = Array.from({ length: groups }, (_, i) => or(i)).join('');
  return `<opsa-mef><define-fault-tree name="wide"><define-gate name="top"><and>${ors}</and></define-gate>${events.join('')}</define-fault-tree></opsa-mef>`;
}

describe('keelson solve', () => {
  test('answers alike twice, from a file and from standard input, but for the time it took', () => {
    const first = solved(cooling);
    const input = readFileSync(join(root, cooling), 'utf8');
    const { out } = keelson(['solve', '-', '--json'], { input });
    const again = JSON.parse(out) as Solution;
    expect(again.roots).toEqual(first.roots);
    expect(again.model).toEqual({ ...first.model, file: '-' });
  });

  test('lists every cut set in a file, and with - on standard output and nothing else there', () => {
    const file = join(scratch, 'sets.tsv');
    const { exit, err } = keelson(['solve', cooling, '--list', file]);
    expect([exit, err]).toEqual([0, '']);
    const text = readFileSync(file, 'utf8');
    expect(keelson(['solve', cooling, '--list', '-'])).toEqual({ exit: 0, out: text, err: '' });
    const lines = text
      .trimEnd()
      .split('\n')
      .map((line) => line.split('\t'));
    expect(lines).toHaveLength(9);
    for (const [name, probability, order, ...events] of lines) {
      expect(name).toBe('cooling-lost');
      expect(Number(probability)).toBeGreaterThan(0);
      expect(events).toHaveLength(Number(order));
    }
    const [first] = solved(cooling, '--top', '100').roots;
    expect(lines.map(([, , , ...events]) => events.join()).sort()).toEqual(
      first?.cutSets?.top.map(({ events }) => events.join()).sort(),
    );
  });

  test('lists one set a line whatever stands in names', () => {
    const input =
      '<opsa-mef><define-fault-tree name="t"><define-gate name="g"><or><basic-event name="a&#10;b"/><basic-event name="c&#9;d"/></or></define-gate><define-basic-event name="a&#10;b"><float value="0.5"/></define-basic-event><define-basic-event name="c&#9;d"><float value="0.5"/></define-basic-event></define-fault-tree></opsa-mef>';
    const { out } = keelson(['solve', '-', '--list', '-'], { input });
    expect(out).toBe('g\t0.5\t1\ta\\u{a}b\ng\t0.5\t1\tc\\u{9}d\n');
  });

  test('cuts off what is listed only when asked, and says how much that is', () => {
    const [all] = solved(cooling).roots;
    expect(all?.cutSets).toMatchObject({ total: '9', kept: null });
    const cut = solved(cooling, '--cut-off', '1e-5', '--order', '1');
    expect(cut.cutOff).toEqual({ probability: 1e-5, order: 1 });
    expect(cut.roots[0]).toMatchObject({ probability: all?.probability, cutSets: { total: '9', kept: '1' } });
    expect(cut.roots[0]?.cutSets?.top.map(({ events }) => events)).toEqual([['[pump-a pump-b]']]);
  });

  test('solves the gates that are named, each by itself', () => {
    const { roots } = solved(cooling, '--root', 'power-lost', '--root', 'train-a-lost');
    expect(roots.map(({ name }) => name)).toEqual(['power-lost', 'train-a-lost']);
    // Two of three: 2 · 0.001 · 0.02 · 0.999 + 0.001².
    expect(roots[0]?.probability).toBeCloseTo(4.096e-5, 12);
  });

  test('takes times to be of the mission that is asked for', () => {
    const [longer] = solved(cooling, '--mission-time', '17520').roots;
    const [usual] = solved(cooling).roots;
    expect(longer?.probability).toBeGreaterThan((usual?.probability ?? 1) * 1.5);
  });

  test('stops listing when nobody reads any more', async () => {
    const file = join(scratch, 'wide.xml');
    writeFileSync(file, wide(20));
    // 3^20 sets would take hours.
    const child = spawn(process.execPath, [bin, 'solve', file, '--list', '-'], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const begun = await new Promise<string>((resolve) => {
      child.stdout.once('data', (bytes: Buffer) => resolve(bytes.toString()));
    });
    child.stdout.destroy();
    const [code, said] = await new Promise<[number | null, string]>((resolve) => {
      let errors = '';
      child.stderr.on('data', (bytes: Buffer) => {
        errors += bytes.toString();
      });
      child.once('close', (status) => resolve([status, errors]));
    });
    expect(begun.startsWith('top\t')).toBe(true);
    expect([code, said]).toEqual([0, '']);
  });

  test('counts more sets than a double can, in no time', () => {
    const file = join(scratch, 'wider.xml');
    writeFileSync(file, wide(60));
    const [first] = solved(file).roots;
    expect(first?.cutSets?.total).toBe(String(3n ** 60n));
    expect(first?.cutSets?.byOrder?.[60]).toBe(String(3n ** 60n));
  });

  test('warns of what it passed over, and answers', () => {
    const { exit, out, err } = keelson(['solve', 'test/cli/broken-models/warned-histogram.xml']);
    expect(exit).toBe(0);
    expect(out).toContain('P = ');
    expect(err).toContain('1 warning.');
  });

  test('writes problems as JSON when JSON is asked for', () => {
    const { exit, out } = keelson(['solve', '--json', 'test/cli/broken-models/ten-different-problems.xml']);
    expect(exit).toBe(2);
    const { schema, problems } = JSON.parse(out) as { schema: string; problems: unknown[] };
    expect(schema).toBe('keelson.problems/1');
    expect(problems.length).toBeGreaterThanOrEqual(10);
  });

  test.each([
    [['solve', cooling, '--no-cut-sets', '--list', '-'], '--no-cut-sets leaves out what --list is about.'],
    [['solve', cooling, '--budget', '10'], 'Expected --budget to be a whole number from 1000 to'],
    [['solve', cooling, cooling], 'Expected one model, found 2.'],
    [['solve', 'absent.xml'], 'file-unreadable'],
    [['solve', cooling, '--list', '/absent/sets.tsv'], 'cannot be written: the system says ENOENT.'],
  ])('refuses %j', (words, said) => {
    const { exit, out, err } = keelson(words);
    expect([exit, out]).toEqual([2, '']);
    expect(err).toContain(said);
  });

  test.skipIf(!hasScram)('agrees with SCRAM on the example: probability, cut sets and every measure', () => {
    const { stdout } = spawnSync(
      'scram',
      ['--bdd', '--probability', '1', '--importance', '1', '--ccf', '1', cooling],
      { cwd: root, encoding: 'utf8' },
    );
    const [ours] = solved(cooling).roots;
    const sum = /<sum-of-products name="cooling-lost" [^>]*products="(\d+)" probability="([^"]+)"/.exec(
      stdout,
    );
    expect(sum?.[1]).toBe(ours?.cutSets?.total);
    expect(Number(sum?.[2])).toBe(Number(ours?.probability?.toPrecision(6)));
    const rows = [
      ...stdout.matchAll(
        /<basic-event name="([^"]+)" occurrence="\d+" probability="[^"]+" MIF="([^"]+)" CIF="([^"]+)" DIF="([^"]+)" RAW="([^"]+)" RRW="([^"]+)"/g,
      ),
    ];
    expect(rows.length).toBeGreaterThanOrEqual(6);
    for (const [, name, ...figures] of rows) {
      const one = ours?.importance.find(({ event }) => event === name);
      const mine = [one?.mif, one?.cif, one?.dif, one?.raw, one?.rrw].map((x) =>
        Number(Number(x).toPrecision(6)),
      );
      expect([name, mine]).toEqual([name, figures.map((x) => Number(Number(x).toPrecision(6)))]);
    }
  });
});
