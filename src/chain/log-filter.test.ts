import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { bloomOf } from './bloom.ts';
import { isLogWanted, isWanted, type LogFilter, mayHave, readLogFilter, withoutEnd } from './log-filter.ts';
import { hexOf } from './hex.ts';

fc.configureGlobal({ seed: 1 });

const address = (i: number) => new Uint8Array(20).fill(i);
const topic = (i: number) => new Uint8Array(32).fill(i);
const log = (by: number, ...topics: number[]) => ({
  address: address(by),
  topics: topics.map(topic),
  data: topic(0),
});

/** As JSON-RPC has it, in another case. */
const said = ({ address: by, topics }: ReturnType<typeof log>) => ({
  address: hexOf(by).toUpperCase().replace('X', 'x'),
  topics: topics.map(hexOf),
});

function filterOf(parameter: unknown): LogFilter {
  const filter = readLogFilter(parameter);
  if (filter.kind === 'refused') throw new Error(filter.why);
  return filter;
}

const A = hexOf(topic(1));
const B = hexOf(topic(2));

// The examples of the execution API: https://ethereum.org/en/developers/docs/apis/json-rpc/#eth_newfilter
describe('topics by position', () => {
  test.each([
    ['any', [], [log(1), log(1, 1), log(1, 2, 1)], []],
    ['A first', [A], [log(1, 1), log(1, 1, 2)], [log(1), log(1, 2, 1)]],
    ['anything first, B second', [null, B], [log(1, 1, 2), log(1, 2, 2, 1)], [log(1, 2), log(1, 2, 1)]],
    ['A, then B', [A, B], [log(1, 1, 2)], [log(1, 2, 1), log(1, 1)]],
    [
      'A or B, then A or B',
      [
        [A, B],
        [A, B],
      ],
      [log(1, 1, 1), log(1, 2, 1)],
      [log(1, 1), log(1, 3, 1), log(1, 1, 3)],
    ],
    ['an empty list is any', [[], B], [log(1, 3, 2)], [log(1, 3)]],
    ['null among others is any', [[A, null]], [log(1, 3)], [log(1)]],
    ['a position of anything is there', [A, null], [log(1, 1, 3)], [log(1, 1)]],
    ['four', [A, A, A, B], [log(1, 1, 1, 1, 2)], [log(1, 1, 1, 1, 1)]],
  ])('%s', (_, topics, wanted, others) => {
    const filter = filterOf({ topics });
    for (const one of wanted)
      expect([isWanted(filter, one), isLogWanted(filter, said(one))]).toEqual([true, true]);
    for (const one of others)
      expect([isWanted(filter, one), isLogWanted(filter, said(one))]).toEqual([false, false]);
  });

  test('at the end where anything may stand need not be there, for those who see it so', () => {
    const filter = filterOf({ topics: [A, null, []] });
    expect(isLogWanted(filter, said(log(1, 1)))).toBe(false);
    expect(isLogWanted(withoutEnd(filter), said(log(1, 1)))).toBe(true);
    expect(isLogWanted(withoutEnd(filter), said(log(1, 2)))).toBe(false);
  });

  test.each([undefined, null, 1, {}, { address: 1 }, { topics: 'a' }])(
    '%s is no log that is asked for',
    (one) => {
      expect(isLogWanted(filterOf({ topics: [A] }), one)).toBe(false);
    },
  );
});

test('of one address, of several, or of any', () => {
  for (const parameter of [{}, { address: null }, { address: [] }])
    expect(isWanted(filterOf(parameter), log(9))).toBe(true);
  const upper = `0x${hexOf(address(0xab)).slice(2).toUpperCase()}`;
  expect(isWanted(filterOf({ address: upper }), log(0xab))).toBe(true);
  expect(isWanted(filterOf({ address: upper }), log(1))).toBe(false);
  const several = filterOf({ address: [1, 2].map((i) => hexOf(address(i))) });
  expect([1, 2, 3].map((i) => isWanted(several, log(i)))).toEqual([true, true, false]);
});

test('a block that has such a log has it in its bloom', () => {
  const some = fc.option(fc.array(fc.nat(3), { maxLength: 2 }), { nil: null });
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.nat(3), fc.array(fc.nat(3), { maxLength: 4 })), { maxLength: 5 }),
      some,
      fc.array(some, { maxLength: 4 }),
      (logs, addresses, topics) => {
        const filter = filterOf({
          address: addresses?.map((i) => hexOf(address(i))),
          topics: topics.map((list) => list?.map((i) => hexOf(topic(i))) ?? null),
        });
        const all = logs.map(([by, list]) => log(by, ...list));
        if (all.some((one) => isWanted(filter, one))) expect(mayHave(filter, bloomOf(all))).toBe(true);
      },
    ),
  );
});

test('a bloom that has nothing has no such block', () => {
  expect(mayHave(filterOf({ topics: [A] }), new Uint8Array(256))).toBe(false);
  expect(mayHave(filterOf({ address: hexOf(address(1)) }), new Uint8Array(256))).toBe(false);
  expect(mayHave(filterOf({ topics: [null, []] }), new Uint8Array(256))).toBe(true);
});

test.each([
  undefined,
  null,
  7,
  'x',
  { address: '0x12' },
  { address: [null] },
  { address: Array.from({ length: 10_001 }, () => hexOf(address(1))) },
  { topics: A },
  { topics: ['0x1'] },
  { topics: [[A, 7]] },
  { topics: [[[A]]] },
  { topics: [A, A, A, A, A] },
  { topics: {} },
])('%j is no filter', (parameter) => expect(readLogFilter(parameter).kind).toBe('refused'));
