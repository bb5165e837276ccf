import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { keepEvidence, keptEvidence, NO_EVIDENCE } from '../../src/cli/drill-evidence.ts';
import type { Assessment } from '../../src/assess/index.ts';
import type { Drill } from '../../src/drill/index.ts';
import type { DrillEvidence } from '../../src/drill/evidence/index.ts';
import { keptDrills } from '../drilled.ts';
import { makeFolder } from '../parts/part.ts';

const bin = fileURLToPath(new URL('../../bin/keelson.cjs', import.meta.url));

interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Beside this process, which serves the sites. */
function keelson(folder: string, ...words: readonly string[]): Promise<Ran> {
  return new Promise((give) => {
    execFile(process.execPath, [bin, ...words], { cwd: folder, timeout: 90_000 }, (error, out, err) =>
      give({ code: typeof error?.code === 'number' ? error.code : error === null ? 0 : -1, out, err }),
    );
  });
}

const sites: Server[] = [];
let folder = '';

beforeAll(async () => {
  for (const name of ['a', 'b']) {
    const site = createServer((_, response) => response.end(JSON.stringify({ site: name })));
    await new Promise<void>((heard) => site.listen(0, '127.0.0.1', heard));
    sites.push(site);
  }
});
afterAll(() => {
  for (const site of sites) {
    site.close();
    site.closeAllConnections();
  }
});

beforeEach(() => {
  folder = makeFolder();
  const [a, b] = sites.map((site) => {
    const place = site.address();
    const port = typeof place === 'object' && place !== null ? place.port : 0;
    return `url: "http://127.0.0.1:${port}", probe: {path: /read, every: 100ms, timeout: 100ms}`;
  });
  writeFileSync(
    join(folder, 'plan.yaml'),
    `keelson: 1
platform: {name: Two, asOf: 2026-11-01}
journeys:
  read:
    match: [{path: /read, methods: [GET], to: store}]
    try: [{send: GET /read, good: {contains: site}}]
    modes: {full: {needs: store}}
services:
  store:
    outages: none
    any: [site-a, {use: site-b, ready: 90%}]
    failover: {detect: 10s, switch: 10s, success: 90%}
  site-a: {outages: {rate: 1/yr, mean: 1h}, ${a}}
  site-b: {outages: {rate: 1/yr, mean: 1h}, ${b}}
drill: {environment: sandbox, every: 100ms}
catalog: none
`,
  );
});

describe('keelson drill --evidence', () => {
  test('keeps what a drill showed, and assess takes it', { timeout: 100_000 }, async () => {
    const words = [
      'drill',
      'plan.yaml',
      '--speed',
      '20',
      '--only',
      'site-a',
      '--json',
      '--evidence',
      'drills.json',
    ];
    const drilled = await keelson(folder, ...words);
    const drill = JSON.parse(drilled.out) as Drill; // printed just now
    // On a computer that is busy a switch may come late: kept is what was seen, whatever that was.
    expect([0, 1]).toContain(drilled.code);
    const { runs, findings } = JSON.parse(readFileSync(join(folder, 'drills.json'), 'utf8')) as DrillEvidence; // written just now
    expect(findings.length > 0).toBe(drill.blame.length > 0);
    const { plan, startedAt, outcome, faults } = drill;
    expect(runs).toMatchObject([
      {
        plan: { name: 'Two', digest: plan.digest },
        environment: 'sandbox',
        speed: 20,
        startedAt,
        outcome,
        faults: [{ name: 'site-a', as: 'refuse', outcome: faults[0]?.outcome }],
      },
    ]);
    const away = faults.flatMap(({ switches }) => switches.filter(({ to }) => to === 'site-b'));
    const made = away.filter(({ agrees }) => agrees).length;
    expect([away.length, runs[0]?.switches]).toEqual([1, [{ service: 'store', made, tried: 1 }]]);
    const assessed = await keelson(folder, 'assess', 'plan.yaml', '--drills', 'drills.json', '--json');
    const answer = JSON.parse(assessed.out) as Assessment; // printed just now
    expect(answer.drilled).toMatchObject({ runs: 1, leftOut: 0 });
    expect(answer.drilled?.figures[0]).toMatchObject({
      event: 'store:switch',
      used: (made + 0.5) / 2,
      stated: 0.9,
    });
  });

  test('touches nothing where it cannot be kept', async () => {
    const other = JSON.stringify({ schema: 'keelson.drill/1' });
    writeFileSync(join(folder, 'other.json'), other);
    mkdirSync(join(folder, 'folder.json'));
    for (const [file, says] of [
      ['-', /Expected a file for --evidence/],
      ['plan.yaml', /output-is-input/],
      ['other.json', /other\.json:1:11 +wrong-word +Expected keelson\.drill-evidence\/1/],
      ['folder.json', /file-unreadable/],
      ['none/drills.json', /file-unwritable/],
    ] as const) {
      const { code, out, err } = await keelson(folder, 'drill', 'plan.yaml', `--evidence=${file}`);
      expect([file, code, out, says.test(err) ? '' : err]).toEqual([file, 2, '', '']);
    }
    expect(readFileSync(join(folder, 'other.json'), 'utf8')).toBe(other);
    expect(readdirSync(folder).sort()).toEqual(['folder.json', 'other.json', 'plan.yaml']);
  });
});

describe('a file of evidence', () => {
  test('is replaced whole, where a link points', () => {
    const file = join(folder, 'drills.json');
    mkdirSync(join(folder, 'kept'));
    writeFileSync(join(folder, 'kept', 'all.json'), JSON.stringify(NO_EVIDENCE));
    symlinkSync(join('kept', 'all.json'), file);
    keepEvidence(file, keptDrills());
    keepEvidence(file, keptDrills());
    expect(keptEvidence(file)).toEqual({ evidence: keptDrills(), problems: [] });
    expect(keptEvidence(join(folder, 'kept', 'all.json')).evidence).toEqual(keptDrills());
    expect(readdirSync(join(folder, 'kept'))).toEqual(['all.json']);
  });

  test('stays as it was where the new one cannot be written', () => {
    const file = join(folder, 'drills.json');
    keepEvidence(file, keptDrills());
    const before = readFileSync(file, 'utf8');
    mkdirSync(`${file}.new`);
    expect(() => keepEvidence(file, NO_EVIDENCE)).toThrow(/cannot be written/);
    expect(readFileSync(file, 'utf8')).toBe(before);
    writeFileSync(file, '{}');
    expect(() => keepEvidence(file, keptDrills())).toThrow(/nothing was written/);
    expect(readFileSync(file, 'utf8')).toBe('{}');
  });

  test('need not be there before', () => {
    expect(keptEvidence(join(folder, 'drills.json'))).toEqual({ evidence: NO_EVIDENCE, problems: [] });
    expect(existsSync(join(folder, 'drills.json'))).toBe(false);
  });
});
