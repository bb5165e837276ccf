import { expect, test } from 'vitest';
import { differences } from './compare.ts';

/** Every pair of four capabilities is a service that switches from one to the other. */
const SERVICES = ['a', 'b', 'c', 'd'].flatMap((one) =>
  ['a', 'b', 'c', 'd'].flatMap((other) => (one === other ? [] : [{ name: `${one}-${other}`, one, other }])),
);

const plan = (journeys: number): string => `
keelson: 1
platform: {name: P, asOf: 2026-11-01}
journeys:
${Array.from(
  { length: journeys },
  (_, i) =>
    `  j${i}: {modes: {full: {needs: [${SERVICES.map(({ name }) => name).join()}]}, page: {worth: 1%, needs: x/page}}}`,
).join('\n')}
services:
${SERVICES.map(({ name, one, other }) => `  ${name}: {outages: none, any: [x/${one}, x/${other}], failover: {switch: 1h}}`).join('\n')}
providers:
  x: {capabilities: {${['a', 'b', 'c', 'd', 'page'].map((name) => `${name}: {outages: {rate: 2/yr, mean: 5h}}`).join()}}}
catalog: none
`;

test('the comparison says nothing of one journey, whose switch-overs are solved exactly', () => {
  expect(differences(plan(1))).toEqual([]);
});

test('the comparison notices what is not exact: the switch-overs of three hundred journeys are only bounded', () => {
  const found = differences(plan(300));
  expect(found).toContainEqual(
    expect.stringMatching(/^j0 switchOver downHoursPerYear: \d\S* instead of 0\.\d/),
  );
  expect(found.filter((one) => one.includes('switchOver downHoursPerYear'))).toHaveLength(300);
  expect(found.filter((one) => one.includes('probability'))).toEqual([]);
});
