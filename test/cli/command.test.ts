import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { bin, keelson, root } from './keelson.ts';

const before = 'examples/harbor/before.yaml';
const plan = 'examples/harbor/plan.yaml';

const scratch = mkdtempSync(join(tmpdir(), 'keelson-command-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const withoutTime = (json: string): string => json.replace(/"ms": [\d.e-]+/g, '"ms": 0');

type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** Every key below, those of maps from the plan's own names left out. */
function keysOf(value: Json, found = new Set<string>()): Set<string> {
  if (Array.isArray(value)) for (const one of value) keysOf(one, found);
  else if (typeof value === 'object' && value !== null)
    for (const [key, one] of Object.entries(value as { readonly [key: string]: Json })) {
      found.add(key);
      const named = (key === 'journeys' && !Array.isArray(one)) || key === 'missing';
      if (!named) keysOf(one, found);
    }
  return found;
}

describe('the JSON of an assessment', () => {
  const first = keelson(['assess', plan, '--json']);
  const result = JSON.parse(first.out) as { schema: string; journeys: { name: string }[] } & Json;

  test('names its schema', () => {
    expect(first).toMatchObject({ exit: 0, err: '' });
    expect(result.schema).toBe('keelson.assessment/1');
    expect(result.journeys.map(({ name }) => name)).toEqual(['login', 'trade', 'withdraw', 'market-data']);
  });

  test('has every field that src/assess/result.ts says, and no other', () => {
    const source = readFileSync(join(root, 'src/assess/result.ts'), 'utf8');
    const assessment = source.slice(0, source.indexOf('export interface ProblemReport'));
    const fate = readFileSync(join(root, 'src/changes/shared-fate.ts'), 'utf8');
    const shared = /export interface SharedFate \{[^}]*\}/.exec(fate)?.[0] ?? '';
    const documented = new Set(
      [...(assessment + shared).matchAll(/readonly ([a-zA-Z]+)\??:/g)].map(([, name = '']) => name),
    );
    expect(documented.size).toBeGreaterThan(60);
    // What one plan has none of, another has.
    const sharing = `keelson: 1
platform: {name: P, asOf: 2026-11-01}
journeys: {j: {modes: {m: {needs: s}}}}
services: {s: {outages: none, any: [aws/ec2@us-east-1/use1-az1, aws/ec2@us-east-1/use1-az2], failover: {switch: 1m}}}
`;
    const other = JSON.parse(keelson(['assess', '-', '--json'], { input: sharing }).out) as Json;
    const [its, evidence] = ['test/cli/drilled/plan.yaml', 'test/cli/drilled/evidence.json'];
    const drilled = JSON.parse(keelson(['assess', its, '--drills', evidence, '--json']).out) as Json;
    const found = keysOf([result, other, drilled]);
    expect([...found].filter((key) => !documented.has(key)).sort()).toEqual([]);
    expect([...documented].filter((key) => !found.has(key)).sort()).toEqual([]);
  });

  test('is the same bytes twice, but for the time that solving took', () => {
    const second = keelson(['assess', plan, '--json']);
    expect(first.out).toMatch(/"ms": [\d.]+/);
    expect(withoutTime(second.out)).toBe(withoutTime(first.out));
  });

  test('of several plans is an array, each as it is alone', () => {
    const { out } = keelson(['assess', before, plan, '--json']);
    const both = JSON.parse(withoutTime(out)) as Json[];
    expect(both).toHaveLength(2);
    expect(both[1]).toEqual(JSON.parse(withoutTime(first.out)));
  });

  test('from standard input is that of the file, but for its name', () => {
    const { out } = keelson(['assess', '-', '--json'], { input: readFileSync(join(root, plan), 'utf8') });
    expect(withoutTime(out).replaceAll('(standard input)', plan)).toBe(withoutTime(first.out));
  });

  test('serves as a baseline in place of its plan', () => {
    const saved = join(scratch, 'saved.json');
    writeFileSync(saved, keelson(['assess', before, '--json']).out);
    const { drift } = JSON.parse(keelson(['assess', plan, '--baseline', saved, '--json']).out) as Record<
      string,
      Json
    >;
    const direct = JSON.parse(keelson(['assess', plan, '--baseline', before, '--json']).out) as Record<
      string,
      Json
    >;
    expect(drift).toEqual(direct.drift);
    expect(drift).toMatchObject({ schema: 'keelson.drift/1' });
  });

  test('that is no baseline is refused', () => {
    const file = join(scratch, 'other.json');
    writeFileSync(file, '{"schema": "keelson.problems/1"}');
    const { exit, err } = keelson(['assess', plan, '--baseline', file]);
    expect(exit).toBe(2);
    expect(err).toContain('to hold one keelson.assessment/1');
  });
});

describe('the JSON of a comparison', () => {
  const first = keelson(['compare', before, plan, '--json']);
  const result = JSON.parse(first.out) as { schema: string; pairs: { differences: Json[] }[] } & Json;

  test('names its schema, and is the same bytes twice', () => {
    expect(first).toMatchObject({ exit: 0, err: '' });
    expect(result.schema).toBe('keelson.comparison/1');
    expect(keelson(['compare', before, plan, '--json']).out).toBe(first.out);
  });

  test('has every field that src/compare/result.ts says, and no other', () => {
    const source = readFileSync(join(root, 'src/compare/result.ts'), 'utf8');
    const said = [...source.matchAll(/readonly ([a-zA-Z]+)\??:/g)].map(([, name = '']) => name);
    const bases = ['incidents', 'drills', 'statement', 'study', 'plan', 'assumed'];
    const documented = new Set([...said, ...bases]);
    // Harbor has no shared fate, and its plans the same currency.
    const other = JSON.parse(
      keelson(['compare', 'examples/public/coinbase-exchange.yaml', plan, '--json']).out,
    ) as Json;
    const found = keysOf([result, other]);
    expect([...found].filter((key) => !documented.has(key)).sort()).toEqual([]);
    expect([...documented].filter((key) => !found.has(key)).sort()).toEqual([]);
  });

  test('says what assess says of each plan', () => {
    const { plans } = result as unknown as { plans: { journeys: { lossPerYear: number }[] }[] };
    const assessed = JSON.parse(keelson(['assess', before, plan, '--json', '--no-advice']).out) as {
      journeys: { lossPerYear: number }[];
    }[];
    expect(plans.map(({ journeys }) => journeys.map(({ lossPerYear }) => lossPerYear))).toEqual(
      assessed.map(({ journeys }) => journeys.map(({ lossPerYear }) => lossPerYear)),
    );
  });

  test('of plans that are wrong holds the problems of all of them', () => {
    const broken = 'test/cli/broken/root-keys-misspelt.yaml';
    const { exit, out } = keelson(['compare', broken, plan, 'examples/absent.yaml', '--json']);
    const { schema, problems } = JSON.parse(out) as { schema: string; problems: { file: string }[] };
    expect([exit, schema]).toEqual([2, 'keelson.problems/1']);
    expect(new Set(problems.map(({ file }) => file))).toEqual(new Set([broken, 'examples/absent.yaml']));
  });
});

describe('SARIF', () => {
  interface Sarif {
    readonly version: string;
    readonly runs: readonly {
      readonly tool: {
        readonly driver: { readonly name: string; readonly rules: readonly { readonly id: string }[] };
      };
      readonly results: readonly {
        readonly ruleId: string;
        readonly ruleIndex: number;
        readonly level: string;
        readonly message: { readonly text: string };
        readonly locations: readonly {
          readonly physicalLocation: {
            readonly artifactLocation: { readonly uri: string };
            readonly region: { readonly startLine: number; readonly startColumn: number };
          };
        }[];
      }[];
    }[];
  }

  test('holds each finding at its line of its plan, with its rule', () => {
    const file = join(scratch, 'findings.sarif');
    const { out } = keelson(['assess', before, plan, '--sarif', file, '--json']);
    const { version, runs } = JSON.parse(readFileSync(file, 'utf8')) as Sarif;
    expect([version, runs.length, runs[0]?.tool.driver.name]).toEqual(['2.1.0', 1, 'keelson']);
    const rules = runs[0]?.tool.driver.rules.map(({ id }) => id) ?? [];
    const results = runs[0]?.results ?? [];
    for (const { ruleId, ruleIndex, level, message } of results) {
      expect(rules[ruleIndex]).toBe(ruleId);
      expect(['error', 'warning', 'note']).toContain(level);
      expect(message.text).not.toBe('');
    }
    const assessments = JSON.parse(out) as {
      plan: { file: string };
      findings: { code: string; line: number; column: number }[];
    }[];
    expect(
      results.map(({ ruleId, locations }) => {
        const { artifactLocation, region } = locations[0]?.physicalLocation ?? {};
        return [ruleId, artifactLocation?.uri, region?.startLine, region?.startColumn];
      }),
    ).toEqual(
      assessments.flatMap(({ plan: { file: name }, findings }) =>
        findings.map(({ code, line, column }) => [code, name, line, column]),
      ),
    );
    expect(results.length).toBeGreaterThan(4);
  });
});

describe('the exit code', () => {
  test.each([
    [0, ['assess', plan, '--no-advice']],
    [0, ['assess', plan, before, '--no-advice']],
    [1, ['assess', plan, before, '--fail-on', 'single-point', '--no-advice']],
    [0, ['assess', before, '--fail-on', 'exposure', '--no-advice']],
    [1, ['assess', before, '--fail-on', 'single-point', '--no-advice']],
    [1, ['assess', plan, '--without', 'cloudflare', '--without', 'fastly', '--no-advice']],
    [2, ['assess', plan, 'test/cli/broken/root-keys-misspelt.yaml']],
    [2, ['assess']],
    [0, ['compare', before, plan]],
    [2, ['compare', plan]],
    [2, ['compare', ...Array<string>(13).fill(plan)]],
    [2, ['compare', plan, 'test/cli/broken/root-keys-misspelt.yaml']],
    [2, ['nothing']],
    [2, []],
    [0, ['--version']],
    [0, ['help', 'assess']],
    [0, ['check', plan, before]],
    [0, ['export', '--open-psa', before]],
    [2, ['export', before]],
    [2, ['export', '--open-psa']],
    [2, ['export', '--open-psa', plan, before]],
    [2, ['export', '--open-psa', 'test/cli/broken/root-keys-misspelt.yaml']],
    [2, ['check', 'test/cli/broken/root-keys-misspelt.yaml']],
  ] as const)('is %i of keelson %j', (exit, words) => {
    expect(keelson(words).exit).toBe(exit);
  });

  test.each(readdirSync(join(root, 'examples/public')).filter((name) => name.endsWith('.yaml')))(
    'of assessing examples/public/%s is 0 or 1, with an answer',
    (name) => {
      const { exit, out, err } = keelson(['assess', join('examples/public', name)]);
      expect([0, 1]).toContain(exit);
      expect(err).toBe('');
      expect(out).not.toMatch(/NaN|undefined|\[object/);
    },
  );
});

describe('what cannot be written', () => {
  const written = (redirected: string): ReturnType<typeof spawnSync> =>
    spawnSync('sh', ['-c', `"${process.execPath}" "${bin}" ${redirected}`], { cwd: root, encoding: 'utf8' });
  const isFull = existsSync('/dev/full');

  test.runIf(isFull)('is said, where it is the answer', () => {
    const { status, stderr } = written(`check ${plan} > /dev/full`);
    expect(stderr).toBe(
      'keelson: "standard output" cannot be written: the system says ENOSPC. (file-unwritable)\n',
    );
    expect(status).toBe(2);
  });

  test.runIf(isFull)('is no trouble, where it is what went wrong', () => {
    expect(written('check nothing.yaml 2> /dev/full').status).toBe(2);
  });

  test('is left, when the reader has gone', () => {
    const { stderr } = spawnSync(
      'sh',
      ['-c', `{ "${process.execPath}" "${bin}" schema; echo "exit $?" >&2; } | true`],
      { cwd: root, encoding: 'utf8' },
    );
    expect(stderr).toBe('exit 0\n');
  });
});

describe('the bundle of its own', () => {
  const dist = join(dirname(bin), '../dist');
  /** The bundle that has every command, whichever is asked for. */
  const whole = (words: readonly string[]): string => {
    const script = `const {main,processEnvironment}=require(${JSON.stringify(join(dirname(bin), 'load.cjs'))}).load();
      main(${JSON.stringify(words)},processEnvironment(${JSON.stringify(join(dirname(bin), '..'))}))`;
    return spawnSync(process.execPath, ['-e', script], { cwd: root, encoding: 'utf8' }).stdout;
  };

  test.each([
    ['assess', ['assess', plan, '--json']],
    ['check', ['check', plan, before]],
    ['replay', ['replay', '--years', '20', plan, '--json']],
    ['solve', ['solve', 'examples/open-psa/cooling.xml', '--json']],
  ])('of %s is smaller than the whole one and answers the same', (command, words) => {
    const size = (name: string): number => statSync(join(dist, name)).size;
    expect(size(`keelson-${command}.cjs`)).toBeLessThan(size('keelson.cjs'));
    const { exit, out } = keelson(words);
    expect(exit).toBe(0);
    expect(withoutTime(out)).toBe(withoutTime(whole(words)));
  });
});

describe('what if', () => {
  interface Solved {
    readonly without: readonly string[];
    readonly journeys: readonly {
      readonly name: string;
      readonly modes: readonly { readonly probability: number }[];
    }[];
  }

  test('cloudflare has failed, no journey is in its first mode, yet all still serve', () => {
    const { exit, out } = keelson(['assess', plan, '--without', 'cloudflare', '--json', '--no-advice']);
    const { without, journeys } = JSON.parse(out) as Solved;
    expect(exit).toBe(1);
    expect(without).toEqual(['cloudflare']);
    for (const { modes } of journeys) {
      expect(modes[0]?.probability).toBeLessThan(1e-9);
      expect(modes.reduce((sum, { probability }) => sum + probability, 0)).toBeGreaterThan(0.9);
    }
  });
});

describe('a starter plan', () => {
  test('is written once, has no errors and can be assessed', () => {
    expect(keelson(['init', 'first.yaml'], { cwd: scratch })).toMatchObject({ exit: 0, err: '' });
    expect(keelson(['check', 'first.yaml'], { cwd: scratch })).toMatchObject({
      exit: 0,
      out: expect.stringContaining('1 plan, 0 errors'),
    });
    expect([0, 1]).toContain(keelson(['assess', 'first.yaml'], { cwd: scratch }).exit);
    expect(keelson(['init', 'first.yaml'], { cwd: scratch })).toMatchObject({
      exit: 2,
      err: expect.stringContaining('is there already'),
    });
    writeFileSync(join(scratch, 'first.yaml'), 'changed');
    expect(keelson(['init', 'first.yaml', '--force'], { cwd: scratch }).exit).toBe(0);
    expect(readFileSync(join(scratch, 'first.yaml'), 'utf8')).toBe(keelson(['init', '-']).out);
  });
});

describe('the catalogue', () => {
  test('is printed as JSON, whole or one provider', () => {
    const whole = JSON.parse(keelson(['catalog', '--json']).out) as {
      schema: string;
      providers: { name: string }[];
    };
    expect(whole.schema).toBe('keelson.catalog/1');
    const one: unknown = JSON.parse(keelson(['catalog', 'cloudflare', '--json']).out);
    expect(one).toEqual(whole.providers.find(({ name }) => name === 'cloudflare'));
  });
});

test('docs/contract.schema.json is what keelson guard schema prints: else run npm run generate', () => {
  expect(readFileSync(join(root, 'docs/contract.schema.json'), 'utf8')).toBe(
    keelson(['guard', 'schema']).out,
  );
});

test('docs/plan.schema.json is what keelson schema prints: else run npm run generate', () => {
  expect(readFileSync(join(root, 'docs/plan.schema.json'), 'utf8')).toBe(keelson(['schema']).out);
});
