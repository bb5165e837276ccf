/** Why a plan was wrong is found in bounded time, however much a plan has that has nothing to do with it. */
import { expect, test } from 'vitest';
import { groundOf } from '../../src/cli/drill/ground.ts';
import type { Observed } from '../../src/drill/diagnosis/observed.ts';
import { explanationsOf } from '../../src/drill/diagnosis/search.ts';
import { fault, journey, modelOf } from '../drilled.ts';

/** In chains of ten, each needing the next. */
const BESIDE = 3_000;

function part(i: number): string {
  const needs = [...(i === 0 ? ['vault'] : []), ...(i % 10 < 9 ? [`part-${i + 1}`] : [])];
  const url = i === 1 ? ', url: "http://127.0.0.1:7003"' : '';
  return `  part-${i}: {outages: none${needs.length > 0 ? `, needs: [${needs.join(', ')}]` : ''}${url}}`;
}

const model = modelOf(`keelson: 1
platform: {name: Wide, asOf: 2026-11-01}
catalog: none
journeys:
  trade: {match: [{path: /a, to: book}], modes: {full: {needs: book}}}
  other: {match: [{path: /b, to: part-1}], modes: {full: {needs: [${Array.from({ length: BESIDE / 10 }, (_, i) => `part-${i * 10}`).join(', ')}]}}}
services:
  book: {url: "http://127.0.0.1:7001", outages: none}
  vault: {url: "http://127.0.0.1:7002", outages: none}
${Array.from({ length: BESIDE }, (_, i) => part(i)).join('\n')}
`);
const ground = groundOf(model, 1, false);
const { again, toleranceMs } = ground;
const search = { model, speed: 1, toleranceMs, again, isTold: () => false, now: () => performance.now() };

/** The vault failed for 20 s, and trade was down as long. */
function seen(): Observed {
  const down = model.journeys[0]?.modes.length ?? 0;
  const samples = Array.from({ length: 60 }, (_, i) => ({ atMs: i * 500, mode: i < 40 ? down : 0 }));
  const address = '127.0.0.1:7002';
  const result = fault('vault', {
    places: [{ address, names: ['vault'], stands: [] }],
    journeys: [journey('trade', { outcome: 'wrong' })],
  });
  return {
    result,
    course: [
      { at: 0, failing: new Map([[address, 1]]) },
      { at: 20_000, failing: new Map() },
    ],
    lastedMs: 20_000,
    samples: [samples, []],
    seen: [],
    told: { steeringFails: new Map(), lying: [], requests: 0, exposed: new Map() },
    sent: 60,
  };
}
const items = [{ fault: 'vault', about: 'trade' }];

test('the change that explains is among those of what went wrong, and nothing else is tried', () => {
  const { found, isComplete } = explanationsOf(search, [seen()], items);
  expect(found.map(({ edit }) => edit.says)).toEqual(['book.needs needs vault too']);
  expect(isComplete).toBe(true);
});

test('it ends when its time is over, and says that not all was tried', () => {
  expect(explanationsOf(search, [seen()], items, 0)).toEqual({ found: [], isComplete: false });
});
