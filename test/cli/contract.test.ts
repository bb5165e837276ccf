import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { PROBLEM_CODES, severityOf, type Problem } from '../../src/problems.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const bin = process.env.KEELSON_BIN ?? join(root, 'bin/keelson.cjs');

function problems(
  words: readonly string[],
  input = '',
): { exit: number | null; err: string; problems: Problem[] } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [bin, ...words, '--json'], {
    cwd: root,
    input,
    encoding: 'utf8',
  });
  const report = JSON.parse(stdout) as { schema: string; problems: Problem[] };
  expect(Object.keys(report).sort()).toEqual(['problems', 'schema']);
  expect(report.schema).toBe('keelson.problems/1');
  return { exit: status, err: stderr, problems: report.problems };
}

const HEAD = 'keelson: 1\nplatform: {name: P, asOf: 2026-11-01}\n';
const WRONG: readonly (readonly [what: string, input: string, places: readonly string[]])[] = [
  ['nothing', '', ['empty-document@1:1']],
  ['no YAML', 'a: [1\n', ['yaml-syntax']],
  ['a list', '- a\n', ['wrong-type@1:1']],
  ['an unknown service', `${HEAD}journeys: {j: {modes: {m: {needs: s}}}}\n`, ['unknown-service@3:35']],
  [
    'an unknown capability, which only the catalogue knows',
    `${HEAD}journeys: {j: {modes: {m: {needs: cloudflare/cnd}}}}\n`,
    ['unknown-capability@3:35'],
  ],
  [
    'two things at once',
    `${HEAD}journeys: {j: {slo: 200%, modes: {m: {needs: s}}}}\n`,
    ['out-of-range@3:21', 'unknown-service@3:46'],
  ],
];

describe.each([['assess'], ['check']])('keelson %s --json', (command) => {
  test.each(WRONG)('of %s exits 2 with what is wrong as keelson.problems/1', (_, input, places) => {
    const { exit, err, problems: found } = problems([command, '-'], input);
    expect([exit, err]).toEqual([2, '']);
    expect(found.map(({ code, line, column }) => `${code}@${line}:${column}`)).toEqual(
      places.map((place) => expect.stringMatching(new RegExp(`^${place}`)) as string),
    );
    for (const one of found) {
      expect(Object.keys(one).sort()).toEqual(['code', 'column', 'file', 'line', 'message', 'severity']);
      expect(one.file).toBe('(standard input)');
      expect(PROBLEM_CODES).toContain(one.code);
      expect(one.severity).toBe(severityOf(one.code));
      expect(one.message).toMatch(/[.?]$/);
    }
  });

  test('of a missing file exits 2 too', () => {
    const { exit, problems: found } = problems([command, 'absent.yaml']);
    expect([exit, found.map(({ code, file }) => [code, file])]).toEqual([
      2,
      [['file-unreadable', 'absent.yaml']],
    ]);
  });
});

test('keelson check --json of good plans exits 0, warnings beside', () => {
  const { exit, problems: found } = problems(['check', 'examples/harbor/plan.yaml']);
  expect(exit).toBe(0);
  expect(found.filter(({ severity }) => severity === 'error')).toEqual([]);
});
