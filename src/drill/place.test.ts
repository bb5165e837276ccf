import { expect, test } from 'vitest';
import { expectWithin, secondsOf } from '../../test/pace.ts';
import { modelOf } from '../../test/drilled.ts';
import { placesHit, type Place } from './place.ts';

/** Each service at an address of its own. */
function placesOf(model: ReturnType<typeof modelOf>, names: readonly string[]): Place[] {
  return names.map((name, i): Place => {
    const service = model.services.findIndex((one) => one.name === name);
    const node = { kind: 'service', service } as const;
    const use = {
      kind: 'part',
      name,
      service,
      alternative: undefined,
      node,
      change: false,
      signals: [i],
    } as const;
    return { address: `127.0.0.1:${1_000 + i}`, uses: [use] };
  });
}

function hit(text: string, names: readonly string[], failed: string): boolean[] {
  const model = modelOf(text);
  const own = model.services.find(({ name }) => name === failed)?.own ?? [];
  expect(own.length).toBeGreaterThan(0);
  return [...placesHit(model, placesOf(model, names), (event) => own.includes(event))];
}

const OUTAGES = '{rate: 1/yr, mean: 1h}';

test('a place fails with what it is and with what stands nowhere, and not with another place', () => {
  const plan = `keelson: 1
platform: {name: Tiny, asOf: 2026-11-01}
catalog: none
journeys: {trade: {tier: core, modes: {full: {needs: front}}}}
services:
  front: {needs: back, outages: ${OUTAGES}}
  back: {needs: [disk], any: [left, right], failover: {detect: 1s}, outages: none}
  left: {outages: ${OUTAGES}}
  right: {outages: none}
  disk: {outages: ${OUTAGES}}
`;
  expect(hit(plan, ['front', 'back'], 'front')).toEqual([true, false]);
  expect(hit(plan, ['front', 'back'], 'disk')).toEqual([false, true]);
  expect(hit(plan, ['front'], 'disk')).toEqual([true]);
  expect(hit(plan, ['front', 'back'], 'left')).toEqual([false, false]);
  expect(hit(plan, ['front', 'left'], 'left')).toEqual([false, true]);
});

test('many places are read as fast as few', () => {
  const count = 4_000;
  const names = Array.from({ length: count }, (_, i) => `part-${i}`);
  const plan = `keelson: 1
platform: {name: Wide, asOf: 2026-11-01}
catalog: none
journeys: {trade: {tier: core, modes: {full: {needs: [${names.slice(0, 5).join(', ')}]}}}}
services:
${names.map((name) => `  ${name}: {outages: ${OUTAGES}}`).join('\n')}
`;
  const model = modelOf(plan);
  const places = placesOf(model, names);
  const own = new Set(model.services[2]?.own);
  const seconds = secondsOf(() => {
    for (let scope = 0; scope < 20; scope++)
      expect(placesHit(model, places, (event) => own.has(event)).filter(Boolean)).toHaveLength(1);
  });
  // A reading for each place of its own takes some 15 s; one for all of them well below one.
  expectWithin(seconds, 5);
});
