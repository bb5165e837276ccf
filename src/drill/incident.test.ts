import { expect, test } from 'vitest';
import { EMPTY_CATALOG } from '../catalog/index.ts';
import { liveSignals } from '../control/index.ts';
import { parseIncident } from '../incidents/index.ts';
import { buildModel, type Model } from '../model/index.ts';
import { parsePlan } from '../plan/index.ts';
import { forecast, happeningOf } from '../replay/index.ts';
import { standingOf } from '../serve/index.ts';
import { endedAt, levelChanges, races } from './course.ts';
import { foresee, type Predict } from './foresee.ts';
import { incidentCourse, puttable, withoutQuiet } from './incident.ts';
import { signalsOf, type Place } from './place.ts';

const MINUTE = 60_000;
const NOON = Date.UTC(2026, 9, 5, 12);
/** Positions of places: what stands at 7001, 7002 and 7003. */
const FRONT = 2;
const BOOK = 0;
const SPARE = 1;

const PLAN = `keelson: 1
platform: {name: P, asOf: 2026-11-01}
journeys: {trade: {match: [{path: /, to: book}], modes: {full: {needs: [front, book]}}}}
services:
  front: {outages: none, needs: [p/cdn], url: "http://127.0.0.1:7001", probe: {every: 1s, timeout: 1s}}
  book:
    any: [{use: p/db, url: "http://127.0.0.1:7002"}, {use: q/db, url: "http://127.0.0.1:7003"}]
    probe: {path: /, every: 1s, timeout: 1s}
    failover: {detect: 1m, switch: 1m, hold: 10m}
    outages: none
providers:
  p: {capabilities: {cdn: {outages: none}, db: {outages: none, needs: [p/cdn]}, mail: {outages: none}}}
  q: {capabilities: {db: {outages: none}}}
catalog: none
`;

interface World {
  readonly model: Model;
  readonly places: readonly Place[];
  readonly predict: Predict;
}

function world(): World {
  const { plan, problems } = parsePlan(PLAN, 'plan.yaml');
  if (plan === undefined) throw new Error(problems.map(({ message }) => message).join('\n'));
  const { model, problems: more } = buildModel(plan, EMPTY_CATALOG);
  if (model === undefined) throw new Error(more.map(({ message }) => message).join('\n'));
  const signals = liveSignals(model);
  const { addresses, conduct } = standingOf(model, signals, 1);
  return {
    model,
    places: addresses,
    predict: (changes) => forecast(model, { changes, signals, conduct: conduct(false) }),
  };
}

/** @param effects capability, then phases: from and to in minutes after noon, mode, severity */
function courseOf(
  { model, places }: World,
  effects: Readonly<
    Record<string, readonly (readonly [from: number, to: number, mode: string, severity?: number])[]>
  >,
) {
  const at = (minutes: number): string =>
    new Date(NOON + minutes * MINUTE).toISOString().replace('.000Z', 'Z');
  const text = JSON.stringify({
    schema: 1,
    id: 'test',
    title: 'Test',
    kind: 'availability',
    provider: 'p',
    cause_class: 'unknown',
    root_cause: 'A test.',
    window: { start: at(0), end: at(600) },
    effects: Object.entries(effects).map(([capability, phases]) => ({
      capability,
      scope: 'global',
      phases: phases.map(([from, to, mode, severity = mode === 'none' ? 0 : null]) => ({
        from: at(from),
        to: at(to),
        severity,
        mode,
      })),
    })),
    counts: null,
    sources: [{ id: 'S1', url: null, title: 'None', what: 'Nothing.' }],
  });
  const { incident, problems } = parseIncident(text, 'test.yaml');
  if (incident === undefined) throw new Error(problems.map(({ message }) => message).join('\n'));
  return incidentCourse(model, places, happeningOf(model, incident, {}));
}

/** Minute by minute, which places fail. */
function told(course: ReturnType<typeof courseOf>): (readonly [number, ...(readonly [number, number])[]])[] {
  return course.map(({ at, failing }) => [at / MINUTE, ...failing]);
}

test('flapping is down and up in turn, from the first moment at which something at an address fails', () => {
  const { places, ...rest } = world();
  const course = courseOf(
    { places, ...rest },
    {
      'p/mail': [[0, 300, 'http-5xx']],
      'p/cdn': [[60, 82, 'flapping']],
      'p/db': [[60, 90, 'none']],
    },
  );
  expect(told(course)).toEqual([[0, [FRONT, 1]], [5], [10, [FRONT, 1]], [15], [20, [FRONT, 1]], [22]]);
  expect(places.map(({ address }) => address.slice(-4))).toEqual(['7002', '7003', '7001']);
  expect(course[0]?.time).toBe(NOON + 60 * MINUTE);
});

test('what needs something inside the catalogue fails with it, and what an effect speaks of fails as that says', () => {
  expect(told(courseOf(world(), { 'p/cdn': [[0, 10, 'http-5xx']] }))).toEqual([
    [0, [BOOK, 1], [FRONT, 1]],
    [10],
  ]);
  expect(
    told(courseOf(world(), { 'p/cdn': [[0, 10, 'http-5xx']], 'p/db': [[0, 4, 'http-5xx', 0.5]] })),
  ).toEqual([[0, [BOOK, 0.5], [FRONT, 1]], [4, [FRONT, 1]], [10]]);
});

test('what is answered late, old or wrong fails nothing', () => {
  expect(courseOf(world(), { 'p/cdn': [[0, 10, 'latency']], 'p/db': [[0, 10, 'stale']] })).toEqual([]);
  expect(courseOf(world(), { 'p/mail': [[0, 10, 'http-5xx']] })).toEqual([]);
});

test('a share of requests fails where answers can be made, all of them where too few would be left, else none', () => {
  const { model, ...rest } = world();
  const course = courseOf(
    { model, ...rest },
    {
      'p/db': [[0, 10, 'http-5xx', 0.3]],
      'q/db': [[5, 20, 'http-5xx', 0.05]],
    },
  );
  const http = puttable(model, course, () => true);
  expect([told(http.course), http.rounded]).toEqual([
    [[0, [BOOK, 0.3]], [5, [BOOK, 0.3], [SPARE, 0.05]], [10, [SPARE, 0.05]], [20]],
    [],
  ]);
  const bytes = puttable(model, course, (place) => place === SPARE);
  expect(told(bytes.course)).toEqual([
    [0, [BOOK, 1]],
    [5, [BOOK, 1], [SPARE, 0.05]],
    [10, [SPARE, 0.05]],
    [20],
  ]);
  const none = puttable(model, course, () => false);
  expect([told(none.course), none.rounded]).toEqual([
    [[0, [BOOK, 1]], [10]],
    [
      { place: BOOK, share: 0.3, as: 1 },
      { place: SPARE, share: 0.05, as: 0 },
    ],
  ]);
});

test('long stretches in which nothing is under way are left out, and those in which something is are not', () => {
  const { places, predict, ...rest } = world();
  const course = courseOf(
    { places, predict, ...rest },
    {
      'p/cdn': [
        [0, 4, 'http-5xx'],
        [120, 125, 'http-5xx'],
      ],
      'p/db': [
        [0, 4, 'http-5xx'],
        [120, 125, 'none'],
      ],
    },
  );
  const { course: kept, skipped } = withoutQuiet(course, places, predict, { speed: 1, toleranceMs: 1_000 });
  // The book is back after ten minutes of hold; five minutes are left of what is quiet then.
  expect(told(kept)).toEqual([[0, [BOOK, 1], [FRONT, 1]], [4], [19, [FRONT, 1]], [24]]);
  expect(skipped).toEqual([{ from: NOON + 19 * MINUTE, to: NOON + 120 * MINUTE }]);
  expect(kept.map(({ time }) => ((time ?? 0) - NOON) / MINUTE)).toEqual([0, 4, 120, 125]);
});

test('a signal has the level of the worst that it is seen of, and is told of once', () => {
  const course = [
    { at: 0, failing: new Map([['a', 1]]) },
    {
      at: 5,
      failing: new Map([
        ['a', 0.5],
        ['b', 0.25],
      ]),
    },
    { at: 9, failing: new Map([['b', 0.25]]) },
  ];
  const signalsOf = (one: string): number[] => (one === 'a' ? [1, 2] : [2]);
  expect(levelChanges(course, signalsOf)).toEqual([
    { at: 0, signal: 1, level: 0 },
    { at: 0, signal: 2, level: 0 },
    { at: 5, signal: 1, level: 0.5 },
    { at: 5, signal: 2, level: 0.5 },
    { at: 9, signal: 1, level: 1 },
    { at: 9, signal: 2, level: 0.75 },
  ]);
  expect(levelChanges(endedAt(course, 7), signalsOf).slice(-2)).toEqual([
    { at: 7, signal: 1, level: 1 },
    { at: 7, signal: 2, level: 1 },
  ]);
  expect(races(endedAt(course, 20))).toEqual([5, 9, 20]);
});

test('what is foreseen of an incident ends with it; what still fails at its end lasts until all has happened', () => {
  const { model, places, predict } = world();
  const changesOf = (course: Parameters<typeof levelChanges<number>>[0]) =>
    levelChanges(course, (place) => signalsOf(places.slice(place, place + 1)));
  const course = courseOf({ model, places, predict }, { 'p/db': [[0, 6, 'flapping']] });
  const pace = { speed: 60, toleranceMs: 1_000 };
  const foreseen = foresee(model, predict, changesOf(course), pace);
  expect(foreseen.healAtMs).toBe(5_000);
  expect(foreseen.switches).toEqual([
    { service: 'book', to: 'q/db', atMs: 0 },
    { service: 'book', to: 'p/db', atMs: 15_000 },
  ]);
  const lasting = foresee(model, predict, changesOf(course.slice(0, 1)), pace);
  // It has led to all at once, and is watched a little longer than twice the tolerance.
  expect(lasting.healAtMs).toBeCloseTo(2_200, 6);
});
