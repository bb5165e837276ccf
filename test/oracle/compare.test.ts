import { expect, test } from 'vitest';
import { differences } from './compare.ts';

const NAMES = ['a', 'b', 'c', 'd', 'e'];
/** Every pair of five capabilities is a service that switches from one to the other. */
const SERVICES = NAMES.flatMap((one) =>
  NAMES.flatMap((other) => (one === other ? [] : [{ name: `${one}-${other}`, one, other }])),
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
  x: {capabilities: {${[...NAMES, 'page'].map((name) => `${name}: {outages: {rate: 2/yr, mean: 5h}}`).join()}}}
catalog: none
`;

test('the comparison says nothing of one journey, whose switch-overs are solved exactly', () => {
  expect(differences(plan(1))).toEqual([]);
});

// Many journeys share one allowance of work on switch-overs. Where it is spent they are upper bounds (`switchOver.exact` is
// false), which the brute force knows nothing of: a plan of which the two say different things.
test('the comparison notices figures that are not exact: the switch-overs of five hundred journeys are only bounded', () => {
  const found = differences(plan(500));
  expect(found).toContainEqual(
    expect.stringMatching(/^j0 switchOver downHoursPerYear: \d\S* instead of 0\.\d/),
  );
  expect(found.filter((one) => one.includes('switchOver downHoursPerYear')).length).toBeGreaterThan(100);
  expect(found.filter((one) => one.includes('probability'))).toEqual([]);
});
