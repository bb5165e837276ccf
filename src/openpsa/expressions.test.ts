import { describe, expect, it } from 'vitest';
import { parseModel } from './read.ts';

/** The value of an expression, as the probability of an event; parameters may stand beside it. */
function resultOf(expression: string, parameters = '', missionTimeHours?: number): number | null | undefined {
  const text = `<opsa-mef><define-fault-tree name="f"><define-gate name="g"><basic-event name="e"/></define-gate></define-fault-tree>
<model-data><define-basic-event name="e">${expression}</define-basic-event>${parameters}</model-data></opsa-mef>`;
  const { tree, problems } = parseModel(text, {
    file: 'x.xml',
    ...(missionTimeHours === undefined ? {} : { missionTimeHours }),
  });
  expect(problems.filter(({ severity }) => severity === 'error').map(({ message }) => message)).toEqual([]);
  return tree?.events[0]?.probability;
}

const f = (...values: readonly (number | string)[]): string =>
  values.map((value) => `<float value="${value}"/>`).join('');
const call = (name: string, ...values: readonly (number | string)[]): string =>
  `<${name}>${f(...values)}</${name}>`;

describe('an expression', () => {
  it.each<[string, number]>([
    ['<float value="0.25"/>', 0.25],
    ['<float value="2.5E-1"/>', 0.25],
    ['<float value=".25"/>', 0.25],
    ['<float value=" +0.25 "/>', 0.25],
    ['<int value="1"/>', 1],
    ['<bool value="true"/>', 1],
    ['<bool value="false"/>', 0],
    [call('neg', -0.5), 0.5],
    [call('add', 0.1, 0.2, 0.3), 0.6],
    [call('sub', 1, 0.2, 0.3), 0.5],
    [call('sub', 0.5), 0.5],
    [call('mul', 0.5, 0.5, 2), 0.5],
    [call('div', 1, 2, 2), 0.25],
    ['<div><pi/><float value="4"/></div>', Math.PI / 4],
    [call('abs', -0.25), 0.25],
    [call('exp', -1), Math.exp(-1)],
    [call('log', 2), Math.LN2],
    [call('log10', 10), 1],
    [call('sqrt', 0.25), 0.5],
    [call('pow', 0.5, 3), 0.125],
    [call('mod', 7, 3), 1],
    [call('mod', 0, 3), 0],
    [call('ceil', 0.2), 1],
    [call('floor', 1.9), 1],
    [call('min', 0.3, 0.2, 0.4), 0.2],
    [call('max', 0.3, 0.2, 0.4), 0.4],
    [call('mean', 0.1, 0.2, 0.6), 0.3],
    [call('sin', 1), 0.8414709848078965],
    [call('cos', 1), 0.5403023058681398],
    [call('tan', 0.5), 0.5463024898437905],
    [call('asin', 0.5), Math.PI / 6],
    [call('acos', 0.9), 0.45102681179626236],
    [call('atan', 1), Math.PI / 4],
    [call('sinh', 0.5), 0.5210953054937474],
    [call('div', 1, 2), 0.5],
    ['<div><float value="1"/><cosh><float value="1"/></cosh></div>', 0.6480542736638855],
    [call('tanh', 0.5), 0.462117157260009],
    [call('not', 0), 1],
    [call('not', 3), 0],
    [call('and', 1, 2, 3), 1],
    [call('and', 1, 0), 0],
    [call('or', 0, 0), 0],
    [call('or', 0, 5), 1],
    [call('eq', 2, 2), 1],
    [call('df', 2, 2), 0],
    [call('lt', 1, 2), 1],
    [call('gt', 1, 2), 0],
    [call('leq', 2, 2), 1],
    [call('geq', 1, 2), 0],
    [`<ite><bool value="true"/>${f(0.1, 0.2)}</ite>`, 0.1],
    [`<ite><bool value="false"/>${f(0.1, 0.2)}</ite>`, 0.2],
    [`<ite><bool value="false"/><log>${f(0)}</log>${f(0.2)}</ite>`, 0.2],
    [
      `<switch><case><bool value="false"/>${f(0.1)}</case><case><bool value="true"/>${f(0.2)}</case>${f(0.3)}</switch>`,
      0.2,
    ],
    [`<switch><case><bool value="false"/>${f(0.1)}</case>${f(0.3)}</switch>`, 0.3],
    [`<switch>${f(0.3)}</switch>`, 0.3],
  ])('%s is %f', (expression, value) => {
    expect(resultOf(expression)).toBeCloseTo(value, 14);
  });

  it.each<[string, number]>([
    [call('exponential', 1e-3, 100), 1 - Math.exp(-0.1)],
    [call('exponential', 0, 100), 0],
    // λ/(λ+μ) − (λ − γ(λ+μ))/(λ+μ) · e^(−(λ+μ)t)
    [call('GLM', 0.01, 1e-4, 0.05, 100), (1e-4 - (1e-4 - 0.01 * 0.0501) * Math.exp(-5.01)) / 0.0501],
    [call('exponential', 0.01, 1e-4, 0.05, 100), (1e-4 - (1e-4 - 0.01 * 0.0501) * Math.exp(-5.01)) / 0.0501],
    [call('GLM', 0.3, 0, 0, 100), 0.3],
    [call('Weibull', 1000, 1.5, 50, 300), 1 - Math.exp(-(0.25 ** 1.5))],
    [call('Weibull', 1000, 1.5, 50, 50), 0],
    // Before the first test, 25 hours after the last one, and just before one.
    [call('periodic-test', 1e-3, 100, 30, 20), 1 - Math.exp(-0.02)],
    [call('periodic-test', 1e-3, 100, 30, 455), 1 - Math.exp(-0.025)],
    [call('periodic-test', 1e-3, 100, 30, 430), 1 - Math.exp(-0.1)],
    [call('uniform-deviate', 0.1, 0.3), 0.2],
    [call('normal-deviate', 0.1, 0.3), 0.1],
    [call('lognormal-deviate', 0.1, 3, 0.95), 0.1],
    [call('lognormal-deviate', -5, 0.8), Math.exp(-5 + 0.32)],
    [call('gamma-deviate', 2, 0.2), 0.4],
    [call('beta-deviate', 1, 3), 0.25],
    // (1 · 0.1 + 2 · 0.4) / 3
    [`<histogram>${f(0)}<bin>${f(1, 0.1)}</bin><bin>${f(3, 0.4)}</bin></histogram>`, 0.3],
  ])('%s is %f', (expression, value) => {
    expect(resultOf(expression)).toBeCloseTo(value, 14);
  });

  // As printed by SCRAM 0.16.2, six digits.
  it.each<[string, number]>([
    [call('periodic-test', 1e-3, 0.02, 100, 30, 455), 0.0864122],
    [call('periodic-test', 1e-3, 1e-3, 100, 30, 455), 0.310119],
    [call('periodic-test', 1e-3, 5e-3, 0.02, 100, 30, 0.02, 8, 1, 0.9, 0.01, 455), 0.139261],
    [call('periodic-test', 1e-3, 5e-3, 0.02, 100, 30, 0.02, 8, 0, 0.9, 0.01, 433), 0.998594],
  ])('%s is %f, as SCRAM has it', (expression, value) => {
    expect(resultOf(expression)).toBeCloseTo(value, 6);
  });

  it('of a test with no duration to speak of is that with instant tests', () => {
    const complete = resultOf(call('periodic-test', 1e-3, 0, 0.02, 100, 30, 0, 1e-9, 1, 1, 0, 455));
    expect(complete).toBeCloseTo(resultOf(call('periodic-test', 1e-3, 0.02, 100, 30, 455)) ?? 0, 9);
    const fast = resultOf(call('periodic-test', 1e-3, 1e6, 100, 30, 455));
    expect(fast).toBeCloseTo(resultOf(call('periodic-test', 1e-3, 100, 30, 455)) ?? 0, 6);
  });

  it('keeps the digits of small probabilities', () => {
    expect(resultOf(call('exponential', 1e-18, 1))).toBe(1e-18);
    expect(resultOf(call('GLM', 0, 1e-18, 0, 1))).toBe(1e-18);
    expect(resultOf(call('Weibull', 1, 1, 0, 1e-18))).toBe(1e-18);
  });

  it('takes the mission time as a year, or as it is told', () => {
    const expression = `<exponential>${f(1e-5)}<system-mission-time unit="hours"/></exponential>`;
    expect(resultOf(expression)).toBeCloseTo(1 - Math.exp(-0.0876), 14);
    expect(resultOf(expression, '', 24)).toBeCloseTo(1 - Math.exp(-0.00024), 14);
  });

  it('uses parameters that are defined later, and that use each other', () => {
    const parameters = `<define-parameter name="a"><mul><parameter name="b"/><parameter name="b"/></mul></define-parameter>
<define-parameter name="b" unit="years"><float value="0.5"/></define-parameter>`;
    expect(resultOf('<parameter name="a"/>', parameters)).toBe(0.25);
    expect(resultOf('<parameter name="b" unit="years"/>', parameters)).toBe(0.5);
  });

  it('may be missing: then the event has no probability', () => {
    expect(resultOf('')).toBeNull();
    expect(resultOf('<label>No data</label>')).toBeNull();
  });
});
