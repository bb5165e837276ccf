import { execFileSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { drillResult, faultResult, hostileDrill, journeyResult } from '../../test/drill-example.ts';
import { drillText } from './index.ts';
import { widthOf } from './table.ts';

describe('a drill as text', () => {
  test('says first what was wrong and where, then fault by fault what was seen, last what to do next', () => {
    expect(`${drillText(drillResult())}\n`).toBe(`\
2 faults: 1 as predicted, 1 wrong: withdraw under cloudflare (edge.any[0], harbor/plan.yaml:46).

  Harbor, sandbox: 13 m from 2026-11-22T10:00:00.000Z on, 4 s of tolerance. Everything that was put
  was taken away.

  FAULT          JOURNEY         PREDICTED                  OBSERVED
  cloudflare     trade           post-only within 1 m 32 s  down in 1 s, post-only  agrees
                                                            in 1 m 28 s
                 withdraw        queued within 30 s         full                    WRONG
      full for 86 s from 34 s on, where queued was predicted.
      POST /withdraw: It was answered with 200, and queued refuses it (7 times, first after 35 s)
      POST /withdraw: 2 writes were done twice.
      → edge.any[0]: fastly/bot-management is not in the way (harbor/plan.yaml:46)
                 2 others        full                       full                    agrees
  aws@us-east-1  all 4 journeys  full                       full                    agrees

  FAULT       JOURNEY  SEEN AFTER  BACK AFTER  ANSWERED WELL
  cloudflare  trade           1 s         6 s     160 of 240

  Writes done twice, or answered well and lost
    FAULT       JOURNEY   REQUEST         SENT  ANSWERED  TWICE  LOST
    cloudflare  withdraw  POST /withdraw    60        60      2     0

  Switches that were to be made, and were not seen
    cloudflare: bot was to be on own within 30 s, and was not seen there

  Modes at the end of a fault, by how many journeys: predicted down, observed across
               full  post-only
    full          6          ·
    post-only     ·          1
    queued        1          ·

  What explains it
    edge.any[0] (harbor/plan.yaml:46)  fastly/bot-management is not in the way.
      explains cloudflare: withdraw
      smallest edit: Leave bot out of what withdraw needs.
        withdraw:
          modes:
            full: {needs: [edge]}

  Not drilled
    gcp, azure: it stands at no address
    signer + vault: it takes 90 s, and 20 s of the budget are left

  Mend the plan, or what runs, and drill what was wrong again:
    keelson drill harbor/plan.yaml --only cloudflare
`);
  });

  test('is short where all was as predicted', () => {
    const calm = faultResult('aws', { journeys: [journeyResult('trade')] });
    const text = drillText(
      drillResult({ faults: [calm], confusion: [], blame: [], leftOut: [], outcome: 'agrees', speed: 60 }),
    );
    expect(`${text}\n`).toBe(`\
1 fault, as predicted.

  Harbor, sandbox: 13 m from 2026-11-22T10:00:00.000Z on, 4 s of tolerance, 60 times as fast as the
  plan. Everything that was put was taken away.

  FAULT  JOURNEY  PREDICTED  OBSERVED
  aws    trade    full       full      agrees

  On every change:
    keelson drill harbor/plan.yaml --junit drill.xml
`);
  });

  test('says at the top that it was ended, and that something was left behind', () => {
    const text = drillText(
      drillResult({ outcome: 'stopped', stopped: 'It was ended by hand.', restored: false }),
    );
    expect(text.split('\n').slice(1, 3)).toEqual([
      'NOT RESTORED: something that was put could not be taken away again. See to it before anything else.',
      'STOPPED before its time: It was ended by hand.',
    ]);
    expect(text).not.toContain('taken away.');
  });

  test('tells what is better from what is wrong, and what is not back from what never left', () => {
    const better = journeyResult('trade', {
      predicted: [
        { fromMs: 0, mode: 'down' },
        { fromMs: 125_000, mode: 'full' },
      ],
      outcome: 'better',
      detectMs: 500,
    });
    const away = journeyResult('login', {
      observed: [
        { fromMs: 0, mode: 'full' },
        { fromMs: 2_000, mode: 'down' },
      ],
      outcome: 'wrong',
      detectMs: 2_000,
    });
    const fault = faultResult('aws', { journeys: [better, away], outcome: 'wrong' });
    const lines = drillText(drillResult({ faults: [fault], blame: [] })).split('\n');
    const cells = (start: string): string[][] =>
      lines.filter((line) => line.includes(start)).map((line) => line.trim().split(/ {2,}/));
    expect(lines[0]).toBe('1 fault: 1 wrong: login under aws.');
    expect(cells('trade')).toEqual([
      ['aws', 'trade', 'down', 'full', 'better'],
      ['aws', 'trade', '0.5 s', '–', '120 of 120'],
    ]);
    expect(cells('login').slice(1)).toEqual([
      ['login', 'full', 'full, down in 2 s', 'WRONG'],
      ['login', '2 s', 'not back', '120 of 120'],
    ]);
  });

  test('shows a matrix only where more than one mode was predicted', () => {
    const confusion = [
      { predicted: 'full', observed: 'full', times: 3 },
      { predicted: 'full', observed: 'down', times: 1 },
    ];
    expect(drillText(drillResult({ confusion }))).not.toContain('predicted down, observed across');
    const more = [...confusion, { predicted: 'down', observed: 'full', times: 2 }];
    expect(drillText(drillResult({ confusion: more }))).toContain(
      '          full  down\n    full     3     1\n    down     2     ·\n',
    );
  });

  test('shows every fault that was wrong, and not hundreds that were as predicted', () => {
    const calm = Array.from({ length: 300 }, (_, i) =>
      faultResult(`calm-${i}`, { journeys: [journeyResult('trade')] }),
    );
    const wrong = faultResult('last', {
      journeys: [journeyResult('login', { outcome: 'wrong' })],
      outcome: 'wrong',
    });
    const lines = drillText(drillResult({ faults: [...calm, wrong] })).split('\n');
    expect(lines.filter((line) => line.includes('calm-'))).toHaveLength(40);
    expect(lines.some((line) => /^ {2}last {5}login .*WRONG$/.test(line))).toBe(true);
    expect(lines).toContain('  and 260 faults more as predicted (--json)');
  });

  test('is 100 columns wide at most with any names, and loses none of them', () => {
    const long = (name: string): string => `${name}-${'x'.repeat(70)} ${'漢字'.repeat(20)}`;
    const journey = journeyResult(long('journey'), {
      predicted: [{ fromMs: 0, mode: long('mode') }],
      outcome: 'wrong',
    });
    const fault = faultResult(long('fault'), { journeys: [journey], outcome: 'wrong' });
    const text = drillText(
      drillResult({
        faults: [fault],
        confusion: [
          { predicted: long('a'), observed: long('b'), times: 1 },
          { predicted: long('b'), observed: long('a'), times: 1 },
        ],
        leftOut: [{ name: long('left'), why: long('why') }],
      }),
      { width: 160 },
    );
    for (const line of text.split('\n').filter((one) => !one.startsWith('    keelson')))
      expect([line, widthOf(line) <= 100]).toEqual([line, true]);
    expect(text.match(/x/g)?.length).toBeGreaterThan(8 * 70);
  });

  test('means the same without colour', () => {
    const coloured = drillText(drillResult(), { colour: true });
    expect(coloured).toContain('\u001b[31m');
    // biome-ignore lint/suspicious/noControlCharactersInRegex: colour codes begin with an escape.
    expect(coloured.replace(/\u001b\[\d+m/g, '')).toBe(drillText(drillResult()));
  });

  test('holds no control character, bidi mark or line end of a name', () => {
    const text = drillText(hostileDrill());
    expect(text.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}]/u);
    expect(text).toContain('\\u{202e}');
    expect(text.split('\n').some((line) => line.startsWith('# z'))).toBe(false);
  });

  test('gives a command that a shell takes as it is meant', () => {
    const name = `a b'$(id)\`id\`;"\\ -x`;
    const fault = faultResult(name, {
      journeys: [journeyResult('t', { outcome: 'wrong' })],
      outcome: 'wrong',
    });
    const plan = { ...drillResult().plan, file: '-v/it’s a "plan".yaml' };
    const command =
      drillText(drillResult({ plan, faults: [fault] }))
        .split('\n')
        .at(-1)
        ?.trim() ?? '';
    const shown = execFileSync('sh', ['-c', `printf '%s\\n' ${command}`], { encoding: 'utf8' });
    expect(shown.trimEnd().split('\n')).toEqual([
      'keelson',
      'drill',
      './-v/it’s a "plan".yaml',
      '--only',
      name,
    ]);
  });
});
