import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseIncident, type Incident } from '../incidents/index.ts';
import { placeEffects, type EffectOptions, type PlacedPhase } from './effects.ts';

fc.configureGlobal({ seed: 1 });

/** Midnight of the day of every incident here. @unit ms */
const DAY = Date.UTC(2026, 9, 5);
const MINUTE = 60_000;

/** A time of day, as incidents write it. */
const at = (time: string): string => `2026-10-05T${time}:00Z`;

interface PhaseText {
  readonly from?: string | null;
  readonly to?: string | null;
  /** @default 1 */
  readonly severity?: number | null;
  /** @default timeout */
  readonly mode?: string;
}
type Cohort = Readonly<Record<string, unknown>>;

interface Parts {
  readonly phases: readonly PhaseText[];
  readonly cohorts?: readonly Cohort[];
  readonly scope?: string;
  readonly window?: Readonly<Record<string, string | null>>;
  readonly more?: Readonly<Record<string, unknown>>;
}

/** One effect, on p/a. */
function incidentOf({ phases, cohorts, scope = 'global', window, more }: Parts): Incident {
  const time = (of: string | null | undefined): string | null => (of == null ? null : at(of));
  const times = Object.entries(window ?? { start: '10:00', end: '18:00' });
  const text = JSON.stringify({
    schema: 1,
    id: 'test',
    title: 'Test',
    kind: 'availability',
    provider: 'p',
    cause_class: 'unknown',
    root_cause: 'A test.',
    window: Object.fromEntries(times.map(([name, value]) => [name, time(value)])),
    effects: [
      {
        capability: 'p/a',
        scope,
        phases: phases.map(({ from, to, severity = 1, mode = 'timeout' }) => ({
          from: time(from),
          to: time(to),
          severity,
          mode,
        })),
        ...(cohorts === undefined ? {} : { cohorts }),
      },
    ],
    counts: null,
    sources: [{ id: 'S1', url: null, title: 'None', what: 'Nothing.' }],
    ...more,
  });
  const { incident, problems } = parseIncident(text, 'test.yaml');
  if (incident === undefined) throw new Error(problems.map(({ message }) => message).join('\n'));
  return incident;
}

interface Placed {
  /** `FROM–TO SEVERITY` in times of day. */
  readonly phases: readonly string[];
  readonly says: readonly string[];
  readonly leftOut: string;
  readonly all: readonly PlacedPhase[];
}

function place(parts: Parts, options: EffectOptions = {}): Placed {
  const { effects, choices } = placeEffects(incidentOf(parts), options);
  const [effect] = effects;
  const all = effect?.phases ?? [];
  return {
    all,
    phases: all.map(({ from, to, severity }) => `${clock(from)}–${clock(to)} ${severity}`),
    says: choices.map(({ says }) => says),
    leftOut: effect?.leftOut ?? 'nothing',
  };
}

/** With minutes counted on past midnight. */
function clock(time: number): string {
  const minutes = Math.round((time - DAY) / MINUTE);
  return `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`;
}

const ms = (time: string): number => Date.parse(at(time));

describe('what is known', () => {
  test('is taken as it is, and nothing is chosen', () => {
    const placed = place({ phases: [{ from: '11:00', to: '12:30', severity: 0.4 }] });
    expect(placed).toMatchObject({ phases: ['11:00–12:30 0.4'], says: [], leftOut: 'nothing' });
  });

  test('has a name and a scope, none when it is everywhere', () => {
    const one = (scope: string): unknown => placeEffects(incidentOf({ phases: [{}], scope }), {}).effects[0];
    expect(one('global')).toMatchObject({ about: 'p/a', name: 'p/a', scope: '' });
    expect(one('r/z')).toMatchObject({ about: 'p/a@r/z', name: 'p/a', scope: 'r/z' });
  });
});

describe('a severity that nobody published', () => {
  test.each(['timeout', 'http-5xx', 'flapping', 'partial', 'control-plane-errors', 'region-loss'])(
    'is 1 for %s, or as told; that is said',
    (mode) => {
      const unknown = { phases: [{ from: '11:00', to: '11:05', severity: null, mode }] };
      expect(place(unknown)).toMatchObject({ phases: ['11:00–11:05 1'] });
      expect(place(unknown).says).toContain(
        'how many requests failed is not published, taken as all (--severity)',
      );
      expect(place(unknown, { severity: 0.25 })).toMatchObject({ phases: ['11:00–11:05 0.25'] });
      expect(place(unknown, { severity: 0.25 }).says).toContain(
        'how many requests failed is not published, taken as 25 % (--severity)',
      );
    },
  );

  test.each([
    'latency',
    'stale',
    'wrong-answer',
    'throttled',
    'slow-provisioning',
    'cold-cache',
    'degraded-accuracy',
    'silent',
    'integrity-loss',
  ])('is 0 for %s, whatever is told; that is said', (mode) => {
    const unknown = { phases: [{ from: '11:00', to: '12:00', severity: null, mode }] };
    expect(place(unknown, { severity: 0.25 })).toMatchObject({ phases: ['11:00–12:00 0'] });
    expect(place(unknown).says).toContain(`${mode}: nothing is taken to have failed`);
  });

  test('of latency counts where it was published', () => {
    const known = { phases: [{ from: '11:00', to: '12:00', severity: 0.3, mode: 'latency' }] };
    expect(place(known, { severity: 0.7 })).toMatchObject({ phases: ['11:00–12:00 0.3'], says: [] });
  });
});

describe('a time that nobody knows', () => {
  test('is that of the incident’s window, and that is said', () => {
    const placed = place({ phases: [{ mode: 'timeout' }] });
    expect(placed).toMatchObject({
      phases: ['10:00–18:00 1'],
      says: [
        'timeout is taken to begin with the incident, 2026-10-05 10:00 UTC, and to end with the incident, 2026-10-05 18:00 UTC',
      ],
    });
  });

  test('is else the first or the last that is known of the incident, and that is said', () => {
    const parts: Parts = {
      window: { start: null, mitigated: '12:00', end: null },
      phases: [{}, { from: '10:30', to: '11:00', severity: 0.5, mode: 'http-5xx' }],
      more: { timeline: [{ at: at('13:00'), event: 'It went on.' }] },
    };
    expect(place(parts)).toMatchObject({
      phases: ['10:30–13:00 1', '10:30–11:00 0.5'],
      says: [
        'timeout is taken to begin at the first time known of the incident, 2026-10-05 10:30 UTC, and to end at the last time known of the incident, 2026-10-05 13:00 UTC',
      ],
    });
  });

  test.each([
    [
      'what platforms saw',
      {
        observed: [
          {
            platform: 'X',
            journey: 'trade',
            effect: 'No.',
            from: at('10:00'),
            to: at('17:00'),
            confidence: 'low',
            sources: [],
          },
        ],
      },
    ],
    [
      'what counts towards rates',
      { counts: { event: 'p/a', from: at('10:00'), to: at('17:00'), reach: null, basis: 'Known.' } },
    ],
  ])('may be known from %s', (_, more) => {
    const parts = { window: { start: '10:30', end: null }, phases: [{}], more };
    expect(place(parts).phases).toEqual(['10:30–17:00 1']);
  });

  test('leaves a phase out where nothing is known, and that is said', () => {
    const parts: Parts = { window: { start: null, end: null }, phases: [{}] };
    const placed = place(parts);
    expect(placed).toMatchObject({ phases: [], leftOut: 'untimed' });
    expect(placed.says).toEqual([
      'timeout is left out: when it began is not known (--from and --to can say)',
    ]);
    const ends = place({ window: { start: '10:00', end: null }, phases: [{ from: '10:00' }] });
    expect(ends).toMatchObject({
      phases: [],
      says: ['timeout is left out: when it ended is not known (--from and --to can say)'],
      leftOut: 'untimed',
    });
  });

  test('may be told in its place', () => {
    const parts: Parts = { window: { start: null, end: null }, phases: [{}] };
    expect(place(parts, { from: ms('12:00'), to: ms('13:00') })).toMatchObject({
      phases: ['12:00–13:00 1'],
      leftOut: 'nothing',
    });
  });

  test('is nobody’s concern where nothing failed', () => {
    const parts: Parts = { window: { start: null, end: null }, phases: [{ severity: 0, mode: 'none' }] };
    expect(place(parts)).toMatchObject({ phases: [], says: [], leftOut: 'nothing' });
  });

  test('is said at the time at which it is replayed, each thing once', () => {
    const phases = [
      { mode: 'timeout', severity: null },
      { mode: 'http-5xx', severity: null, to: '17:00' },
    ];
    expect(place({ phases }, { shift: 90 * MINUTE }).says).toEqual([
      'timeout is taken to begin with the incident, 2026-10-05 11:30 UTC, and to end with the incident, 2026-10-05 19:30 UTC',
      'how many requests failed is not published, taken as all (--severity)',
      'http-5xx is taken to begin with the incident, 2026-10-05 11:30 UTC',
    ]);
  });
});

describe('from and to', () => {
  const phases = [
    { from: '11:00', to: '13:00' },
    { from: '12:00', to: '16:00', severity: 0.5, mode: 'http-5xx' },
  ];

  test('cut the incident to the part between them', () => {
    const from = ms('12:30');
    expect(place({ phases }, { from }).phases).toEqual(['12:30–13:00 1', '12:30–16:00 0.5']);
    expect(place({ phases }, { from, to: ms('12:45') }).phases).toEqual(['12:30–12:45 1', '12:30–12:45 0.5']);
    expect(place({ phases }, { to: ms('12:00') }).phases).toEqual(['11:00–12:00 1']);
  });

  test('leave out what lies outside, and that is said where anything failed', () => {
    const placed = place({ phases }, { from: ms('13:00') });
    expect(placed).toMatchObject({
      phases: ['13:00–16:00 0.5'],
      says: ['timeout is left out: it lies outside --from and --to'],
    });
    const well = [{ from: '11:00', to: '13:00', severity: 0, mode: 'none' }];
    expect(place({ phases: well }, { from: ms('13:00') })).toMatchObject({ phases: [], says: [] });
  });

  test('leave alone what lies between them', () => {
    const options = { from: ms('09:00'), to: ms('20:00') };
    expect(place({ phases }, options).phases).toEqual(place({ phases }).phases);
  });
});

describe('a shift', () => {
  test('moves every time, after the incident has been cut', () => {
    const parts: Parts = {
      phases: [
        { from: '11:00', to: '13:00' },
        { mode: 'flapping', to: '10:12' },
      ],
    };
    expect(place(parts, { shift: 90 * MINUTE }).phases).toEqual([
      '12:30–14:30 1',
      '11:30–11:35 1',
      '11:40–11:42 1',
    ]);
    expect(place(parts, { shift: -90 * MINUTE, from: ms('12:00') }).phases).toEqual(['10:30–11:30 1']);
  });
});

describe('flapping', () => {
  const flapping = (from: string, to: string): Parts => ({ phases: [{ from, to, mode: 'flapping' }] });

  test('for months is down from the ten-thousandth time on, and that is said', () => {
    const begin = Date.UTC(2026, 0, 1);
    const incident = incidentOf(flapping('11:00', '11:24'));
    const effects = incident.effects.map((effect) => ({
      ...effect,
      phases: effect.phases.map((phase) => ({
        ...phase,
        from: '2026-01-01T00:00:00Z',
        to: '2026-12-31T00:00:00Z',
      })),
    }));
    const placed = placeEffects({ ...incident, effects }, {});
    const phases = placed.effects[0]?.phases ?? [];
    expect(phases).toHaveLength(10_000);
    expect(phases[9998]).toMatchObject({
      from: begin + 9998 * 10 * MINUTE,
      to: begin + (9998 * 10 + 5) * MINUTE,
    });
    expect(phases[9999]).toMatchObject({ from: begin + 9999 * 10 * MINUTE, to: Date.UTC(2026, 11, 31) });
    expect(placed.choices.map(({ says }) => says)).toEqual([
      'flapping is taken as five minutes down and five up in turn, 10000 times, and then as down',
    ]);
    const late = placeEffects({ ...incident, effects }, { from: Date.UTC(2026, 11, 30, 23, 53) });
    expect(late.effects[0]?.phases.map(({ from, to }) => [from, to])).toEqual([
      [Date.UTC(2026, 11, 30, 23, 53), Date.UTC(2026, 11, 30, 23, 55)],
    ]);
  });

  test('is five minutes down and five up in turn, beginning down, and that is said', () => {
    const placed = place(flapping('11:00', '11:24'));
    expect(placed).toMatchObject({ phases: ['11:00–11:05 1', '11:10–11:15 1', '11:20–11:24 1'] });
    expect(placed.says).toEqual(['flapping is taken as five minutes down and five up in turn']);
  });

  test('ends with an up that nobody sees', () => {
    expect(place(flapping('11:00', '11:08')).phases).toEqual(['11:00–11:05 1']);
  });

  test('goes on in its own time where it is cut', () => {
    expect(place(flapping('11:00', '11:24'), { from: ms('11:07') }).phases).toEqual([
      '11:10–11:15 1',
      '11:20–11:24 1',
    ]);
    expect(place(flapping('11:00', '11:24'), { from: ms('11:12'), to: ms('11:22') }).phases).toEqual([
      '11:12–11:15 1',
      '11:20–11:22 1',
    ]);
  });
});

describe('a cohort', () => {
  const cohort = (id: string, severity?: number | null): Cohort => ({
    id,
    condition: `Those of ${id}.`,
    effect: severity === 0 ? 'none' : 'Seen.',
    ...(severity === undefined ? {} : { severity }),
  });
  const parts = (cohorts: readonly Cohort[], phase: PhaseText = {}): Parts => ({
    phases: [{ from: '11:00', to: '12:00', severity: 0.5, ...phase }],
    cohorts,
  });
  const severity = (of: Parts, cohorts: readonly string[], options: EffectOptions = {}): number | undefined =>
    place(of, { ...options, cohorts }).all[0]?.severity;

  test('has its severity in place of the phases’, and that is said', () => {
    const two = parts([cohort('blue', 0.9), cohort('green', 0)]);
    expect(severity(two, [])).toBe(0.5);
    expect(severity(two, ['blue'])).toBe(0.9);
    expect(severity(two, ['green'])).toBe(0);
    expect(place(two, { cohorts: ['blue'] }).says).toEqual([
      'seen as a platform in the cohort blue: Those of blue.',
    ]);
  });

  test('that the effect does not know changes nothing', () => {
    expect(place(parts([cohort('blue', 0.9)]), { cohorts: ['red'] })).toMatchObject({
      phases: ['11:00–12:00 0.5'],
      says: [],
    });
  });

  test('without a severity has that of the phases', () => {
    expect(severity(parts([cohort('blue')]), ['blue'])).toBe(0.5);
    expect(severity(parts([cohort('blue', null)]), ['blue'])).toBe(0.5);
    expect(severity(parts([cohort('blue')], { severity: null }), ['blue'], { severity: 0.7 })).toBe(0.7);
  });

  test('of several the worst counts', () => {
    const three = parts([cohort('green', 0.2), cohort('blue', 0.9), cohort('red', 0)]);
    expect(severity(three, ['red', 'green', 'blue'])).toBe(0.9);
    expect(severity(three, ['red', 'green'])).toBe(0.2);
  });

  test('of several the worst counts among those that have a severity', () => {
    // Green saw more than the phases say; blue does not say what it saw.
    const two = parts([cohort('blue'), cohort('green', 0.8)], { severity: 0.1 });
    expect(severity(two, ['green'])).toBe(0.8);
    expect(severity(two, ['blue', 'green'])).toBe(0.8);
  });

  test('alters nothing of phases in which requests were answered and whose severity nobody published', () => {
    const answered = { severity: null, mode: 'latency' };
    expect(severity(parts([cohort('blue', 0.9)], answered), ['blue'])).toBe(0);
    expect(severity(parts([cohort('blue', 0.9)], { severity: 0.3, mode: 'latency' }), ['blue'])).toBe(0.9);
  });

  test('says where content was altered who had to be in one', () => {
    const altered = (cohorts: readonly Cohort[] | undefined, named: readonly string[]): boolean | undefined =>
      place(
        {
          phases: [{ from: '11:00', to: '12:00', severity: null, mode: 'integrity-loss' }],
          ...(cohorts === undefined ? {} : { cohorts }),
        },
        { cohorts: named },
      ).all[0]?.isAltered;
    expect(altered(undefined, [])).toBe(true);
    expect(altered([cohort('blue')], [])).toBe(false);
    expect(altered([cohort('blue')], ['blue'])).toBe(true);
    expect(altered([cohort('blue'), cohort('green', 0)], ['green'])).toBe(false);
    expect(place(parts([cohort('blue')])).all[0]?.isAltered).toBe(false);
  });
});

/** The worst severity at a moment. */
const worstAt = (phases: readonly PlacedPhase[], time: number): number =>
  Math.max(0, ...phases.flatMap(({ from, to, severity }) => (from <= time && time < to ? [severity] : [])));

test('cutting leaves what happens between from and to as it is, and nothing beside; shifting moves it', () => {
  const minute = fc.integer({ min: 10 * 60, max: 18 * 60 - 1 });
  const text = (minutes: number): string => clock(DAY + minutes * MINUTE);
  const drawn = fc.record({
    phases: fc.array(
      fc.record({
        begin: minute,
        length: fc.integer({ min: 1, max: 60 }),
        severity: fc.constantFrom(0.2, 0.5, 1),
        isFlapping: fc.boolean(),
      }),
      { minLength: 1, maxLength: 3 },
    ),
    from: minute,
    length: fc.integer({ min: 1, max: 240 }),
    shift: fc.integer({ min: -2000, max: 2000 }),
  });
  fc.assert(
    fc.property(drawn, ({ phases, from, length, shift }) => {
      const modes = ['timeout', 'http-5xx', 'partial'];
      const parts: Parts = {
        phases: phases.slice(0, 3).map(({ begin, length: minutes, severity, isFlapping }, i) => ({
          from: text(begin),
          to: text(Math.min(begin + minutes, 18 * 60)),
          severity,
          // Phases of one mode must not overlap: only the first may flap.
          mode: isFlapping && i === 0 ? 'flapping' : (modes[i] ?? 'timeout'),
        })),
      };
      const whole = place(parts).all;
      const [begin, end] = [DAY + from * MINUTE, DAY + (from + length) * MINUTE];
      const part = place(parts, { from: begin, to: end, shift: shift * MINUTE }).all;
      const times = Array.from({ length: 8 * 60 }, (_, i) => DAY + (10 * 60 + i) * MINUTE);
      const wanted = times.map((time) => (begin <= time && time < end ? worstAt(whole, time) : 0));
      expect(times.map((time) => worstAt(part, time + shift * MINUTE))).toEqual(wanted);
    }),
    { numRuns: 300 },
  );
});
