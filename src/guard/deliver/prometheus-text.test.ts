import { describe, expect, test } from 'vitest';
import { Registry } from '../../telemetry/metrics.ts';
import { samplesOf, selectorOf } from './prometheus-text.ts';

const values = (text: string, selector: string): number[] | undefined => {
  const read = selectorOf(selector);
  if (read === undefined) throw new Error(`${selector} is no selector.`);
  return samplesOf(text, read)?.map(({ value }) => value);
};

describe('a selector', () => {
  test.each(['up', 'a:b_total', 'a{}', 'a{b="c"}', 'a {b="c", d="\\"\\\\\\n",}'])('%s is one', (text) => {
    expect(selectorOf(text)).toBeDefined();
  });
  test.each([
    '',
    '1a',
    'a b',
    'a{',
    'a{b}',
    'a{b="c}',
    'a{b="c"',
    'a{b="c" d="e"}',
    'a{b="\\x"}',
    'a{b="1",b="1"}',
    'a{b=~"c"}',
    'a{} 1',
  ])('%s is none', (text) => {
    expect(selectorOf(text)).toBeUndefined();
  });
});

test.each<[string, string, number[] | undefined]>([
  ['a 1\nb 2\n', 'a', [1]],
  ['a 1\r\n', 'a', [1]],
  ['ab 1\na_b 2\na:b 3\na 4', 'a', [4]],
  ['a{b="1"} 1\na{b="2"} 2', 'a{b="2"}', [2]],
  ['a{b="1",c="2"} 3', 'a{c="2"}', [3]],
  ['a{b="x\\"} y\\n"} 3', 'a{b="x\\"} y\\n"}', [3]],
  ['a +Inf', 'a', [Number.POSITIVE_INFINITY]],
  ['a -Inf', 'a', [Number.NEGATIVE_INFINITY]],
  ['a 1.5e-3 1700000000', 'a', [0.0015]],
  ['a_total 17 # {trace="x"} 1 1.5', 'a_total', [17]],
  ['a{b="1"}  .5', 'a', [0.5]],
  ['# a 1', 'a', []],
  ['a 0x10', 'a', undefined],
  ['a ', 'a', undefined],
  ['a{b="1"}2', 'a', undefined],
  ['a 1 2 3', 'a', undefined],
  ['a{b="1" 2', 'a', undefined],
  ['a{b="1",b="2"} 2', 'a', undefined],
])('%j has, of %s, %j', (text, selector, expected) => {
  expect(values(text, selector)).toEqual(expected);
});

test('what our own registry writes can be read, in either format', () => {
  const registry = new Registry();
  const counter = registry.counter('seen_total', 'How often.', ['by']);
  counter.of('a "quoted\\" \n one').add(3);
  counter.of('b').add(4);
  for (const accept of ['', 'application/openmetrics-text']) {
    const { text } = registry.text(accept);
    expect(values(text, 'seen_total{by="a \\"quoted\\\\\\" \\n one"}')).toEqual([3]);
    expect(values(text, 'seen_total')).toEqual([3, 4]);
  }
});
