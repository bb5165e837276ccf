import { expect, test } from 'vitest';
import { parsePlan, type Plan } from '../../src/plan/index.ts';
import { randomStream } from '../../src/random.ts';
import { bruteForce, eventsOf, type OracleJourney, type OracleResult } from './brute-force.ts';
import { randomPlan } from './random-plan.ts';

const texts = Array.from({ length: 500 }, (_, seed) => randomPlan(randomStream('random-plan', seed)));
const plans = texts.map((text) => {
  const { plan, problems } = parsePlan(text, 'random.yaml');
  if (plan === undefined) throw new Error(`${problems.map(({ message }) => message).join('\n')}\n${text}`);
  return plan;
});

test('few events, so that every state can be tried', () => {
  const counts = plans.map((plan) => eventsOf(plan).length);
  const mean = counts.reduce((sum, count) => sum + count, 0) / counts.length;
  expect(mean).toBeGreaterThan(7.5);
  expect(mean).toBeLessThan(10.5);
  expect(Math.max(...counts)).toBeLessThanOrEqual(12);
});

test('the same stream gives the same plan', () => {
  expect(randomPlan(randomStream('random-plan', 7))).toBe(texts[7]);
});

/** What the language has, each found in the text of some plan. */
const WRITTEN: Readonly<Record<string, RegExp>> = {
  'inline any': /"needs":\[?\{"any":\[/,
  'inline all': /\{"all":\[/,
  'inline atLeast': /\{"atLeast":\d,"of":\[/,
  'nested list': /\[\[/,
  'a pool asked': /\{"from":"s\d","atLeast":\d+\}/,
  'a place': /"[pqr]@[ew](\/\d)?"/,
  'a capability everywhere': /"[pqr]\/c\d"/,
  'a capability of a region': /"[pqr]\/c\d@[ew]"/,
  'a capability of a zone': /"[pqr]\/c\d@[ew]\/\d"/,
  'failover needs a service': /"failover":\{[^}]*"needs":"s\d"/,
  'failover times': /"failover":\{"detect":"[^"]+","approve":"[^"]+"/,
  'failover spread': /"spread":/,
  'failover success': /"success":"90%"/,
  'ready of a later alternative': /"ready":"80%"/,
  'ready of the first': /"any":\[\{"use":"[^"]+","ready"/,
  'carries with ready': /"ready":"[^"]+","carries":"/,
  'growth at once': /"grow":\d,"after":"0s"/,
  'growth later, with needs': /"grow":\d,"after":"[^0][^"]*","needs":/,
  'growth, sure': /"grow":\d(,"after":"[^"]+")?\}/,
  'members all active': /"atLeast":2,"of":\["[^"]+","[^"]+","[^"]+"\]/,
  'verify quorum': /"verify":"quorum"/,
  'verify proof': /"verify":"proof"/,
  'verify hash': /"verify":"hash"/,
  'verify signature': /"verify":"signature"/,
  maintenance: /"maintenance":\{/,
  'state with lag': /"state":\{"writer":"single","lag":"[^0]/,
  'state without lag': /"state":\{"writer":"single"\}/,
  'outages none': /"outages":"none"/,
  'rate 0': /"rate":"0\/yr"/,
  'per global': /"outages":\{"rate":"[^"]+","mean":"[^"]+"\},"(plane|protects|handles|needs)"/,
  'per region': /"per":"region"/,
  'per zone': /"per":"zone"/,
  'record of a region, for zones': /"per":"zone"\},"at":\{"[ew]":/,
  'record of a zone': /"at":\{[^}]*\}?,?"[ew]\/\d":\{"outages":\{/,
  'silenced at a place': /"at":\{"[ew]":\{"outages":"none"/,
  'control plane': /"plane":"control"/,
  'data plane': /"plane":"data"/,
  'inner hard': /"kind":"hard"/,
  'inner cold': /"kind":"cold"/,
  'inner change': /"kind":"change"/,
  'inner degraded': /"kind":"degraded"/,
  'inner by name alone': /"needs":\["[pqr]\/c\d"/,
  'inner @same': /"[pqr]\/c\d@same"/,
  'inner place @same': /"[pqr]@same"/,
  'edge from today': /"from":"2026-11-01"/,
  'edge from later': /"from":"2027-01-01"/,
  'edge until today': /"until":"2026-11-01"/,
  'edge until later': /"until":"2027-01-01"/,
  'protections refused': /"missing":"refuse"/,
  'protections served': /"missing":"serve"/,
  'protections of a mode': /"m\d":\{[^}]*"protections":\{/,
  'protections of no mode': /"protections":"none"/,
  'a service protects': /"s\d": \{.*"protects"/,
  'a service handles': /"s\d": \{.*"handles"/,
  'loss constant': /"loss":"/,
  'loss in steps': /"loss":\[\{[^}]*\},\{/,
  'loss that begins later': /"loss":\[\{"after":"30m"/,
  'load of a later mode': /"m2":\{"worth":"[^"]+","load":"40%"/,
  'load of the first mode': /"m1":\{"load":"70%"/,
  'three modes': /"m3":/,
  'three journeys': /"j3":/,
  'services assumed': /"service-outages"/,
  'capabilities assumed': /"capability-outages"/,
  'a scope without record': /"scopes":\{[^}]*"[ew]":\{\}/,
};

test.each(Object.entries(WRITTEN))('writes: %s', (_, pattern) => {
  expect(texts.filter((text) => pattern.test(text)).length).toBeGreaterThanOrEqual(3);
});

const results = new Map<Plan, OracleResult>();
for (const plan of plans.slice(0, 150)) results.set(plan, bruteForce(plan));
const journeys = [...results.values()].flatMap((result) => result.journeys);

/** What can come of it, each in some journey. */
const COMES: Readonly<Record<string, (journey: OracleJourney) => boolean>> = {
  'every mode of three is reached': ({ modes }) =>
    modes.length === 3 && modes.every(({ probability }) => probability > 0),
  'no single point, some cut sets': ({ down }) => down.singlePoints.length === 0 && down.cutSets.length > 1,
  'a cut set of four': ({ down }) => down.cutSets.some((set) => set.length >= 4),
  'a standby matters': ({ down }) =>
    down.cutSets.some((set) => set.some((event) => event.includes(':standby-'))),
  'a switch matters': ({ down }) =>
    down.cutSets.some((set) => set.some((event) => event.endsWith(':switch'))),
  'down is not coherent': ({ down }) => !down.coherent,
  'degraded is not coherent': ({ degraded }) => !degraded.coherent,
  'exposed for a while': ({ exposed }) => exposed.probability > 0 && exposed.probability < 0.5,
  'refused for a while': ({ refused }) => refused.probability > 0 && refused.probability < 0.5,
  'gaps while a lesser mode works': ({ switchOver }) => switchOver.downHoursPerYear < switchOver.hoursPerYear,
  'gaps of growth': ({ switchOver }) =>
    switchOver.nodes.some(({ node, hoursPerYear }) => node.includes(' at least ') && hoursPerYear > 0),
  'gaps of a switch': ({ switchOver }) =>
    switchOver.nodes.some(({ node, hoursPerYear }) => !node.includes(' at least ') && hoursPerYear > 0),
  'data lost': ({ switchOver }) => switchOver.dataLost.some(({ perYear }) => perYear > 0),
  'compromise of two': ({ compromise }) => compromise.sets.some((set) => set.length >= 2),
  'an alternative adds a compromise': ({ compromise }) =>
    compromise.byAlternative.some(({ added }) => added.length > 0),
  'never down': ({ down }) => down.probability === 0,
};

test.each(Object.entries(COMES))('leads to: %s', (_, holds) => {
  expect(journeys.filter(holds).length).toBeGreaterThanOrEqual(1);
});

test('leads to shared fate, and to blasts that leave a lesser mode', () => {
  const all = [...results.values()];
  expect(all.some(({ sharedFate }) => sharedFate.some(({ events }) => events.length > 0))).toBe(true);
  expect(all.some(({ blast }) => blast.some((one) => Object.values(one.journeys).includes('m2')))).toBe(true);
});

test('the numbers of each journey agree with one another', () => {
  for (const { modes, down, degraded, switchOver, refused } of journeys) {
    const sum = modes.reduce((total, { probability }) => total + probability, down.probability);
    expect(sum).toBeCloseTo(1, 10);
    expect(degraded.probability).toBeCloseTo(1 - (modes[0]?.probability ?? 0), 10);
    expect(degraded.probability).toBeGreaterThanOrEqual(down.probability - 1e-12);
    expect(refused.probability).toBeLessThanOrEqual(degraded.probability + 1e-12);
    expect(switchOver.downHoursPerYear).toBeLessThanOrEqual(switchOver.hoursPerYear + 1e-12);
  }
});
