import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type AnswerShape, FORMS, type Form, formFault } from './answer-shape.ts';
import { HONEST_ANSWERS } from './answers.corpus.ts';
import { agreed, compare, fingerprint, median, plainQuantity } from './canonical.ts';
import { methodRule } from './methods.ts';

fc.configureGlobal({ seed: 1 });

type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };
type Path = readonly (string | number)[];

/** Real answers by their shape, without those whose shape says nothing. */
const ANSWERS = HONEST_ANSWERS.map(({ by, method, value }, i) => ({
  name: `${i} ${by} ${method}`,
  shape: methodRule(method)?.shape ?? 'any',
  value: value as Json, // the corpus is JSON
}));

/**
 * What consensus and the execution API fix, written down once more: a field that the table of forms forgets would be missing there too.
 * A word in brackets may be absent.
 */
const CORE: Readonly<Record<string, string>> = {
  block:
    'hash number parentHash sha3Uncles miner stateRoot transactionsRoot receiptsRoot logsBloom difficulty gasLimit gasUsed timestamp ' +
    'extraData mixHash nonce baseFeePerGas withdrawalsRoot withdrawals blobGasUsed excessBlobGas parentBeaconBlockRoot requestsHash ' +
    'transactions uncles',
  transaction:
    'hash blockHash blockNumber transactionIndex from to nonce value gas input type r s maxFeePerGas maxPriorityFeePerGas ' +
    'maxFeePerBlobGas blobVersionedHashes authorizationList',
  receipt:
    'transactionHash transactionIndex blockHash blockNumber from to contractAddress cumulativeGasUsed gasUsed effectiveGasPrice logs ' +
    'logsBloom status type',
  logs: 'address topics data blockHash blockNumber transactionHash transactionIndex logIndex',
  proof: 'address accountProof balance nonce codeHash storageHash storageProof',
  feeHistory: 'oldestBlock baseFeePerGas gasUsedRatio reward',
  accessList: 'accessList gasUsed',
};
const EXTENSIONS: Readonly<Record<string, string>> = {
  block: 'totalDifficulty size l1BlockNumber',
  transaction: 'blockTimestamp',
  receipt: 'gasUsedForL1 l1Fee blockTimestamp root',
  logs: 'blockTimestamp',
  feeHistory: 'baseFeePerBlobGas blobGasUsedRatio',
};

const isRecord = (value: Json | undefined): value is { readonly [key: string]: Json } =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The value with the part at the path replaced; undefined drops it. */
function replaced(value: Json, [key, ...rest]: Path, by: (part: Json) => Json | undefined): Json {
  if (key === undefined) return by(value) ?? null;
  if (Array.isArray(value)) {
    const list: readonly Json[] = value;
    return list.flatMap((part, i) => {
      if (i !== key) return [part];
      const other = rest.length === 0 ? by(part) : replaced(part, rest, by);
      return other === undefined ? [] : [other];
    });
  }
  if (!isRecord(value)) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, part]): [string, Json][] => {
      if (name !== key) return [[name, part]];
      const other = rest.length === 0 ? by(part) : replaced(part, rest, by);
      return other === undefined ? [] : [[name, other]];
    }),
  );
}

/** Something else that it could be: another digit, one element more. */
function changed(value: Json): Json {
  if (typeof value === 'string') {
    if (!/[\da-f]$/i.test(value)) return `${value}0`;
    const digit = Number.parseInt(value.slice(-1), 16);
    return value.length === 2 ? `${value}00` : value.slice(0, -1) + (digit ^ 1).toString(16);
  }
  if (typeof value === 'number') return value + 1;
  if (typeof value === 'boolean') return !value;
  if (Array.isArray(value)) return [...value, value.at(-1) ?? '0x00'];
  return value === null ? `0x${'01'.repeat(20)}` : { ...value, more: true };
}

/** Where the parts are that have the fields of the shape: an answer, or each element of it. */
function rootsOf(shape: AnswerShape, value: Json): Path[] {
  return (shape === 'logs' || shape === 'receipts') && Array.isArray(value) ? value.map((_, i) => [i]) : [[]];
}

function at(value: Json, path: Path): Json | undefined {
  let part: Json | undefined = value;
  for (const key of path)
    part = Array.isArray(part) ? part[Number(key)] : isRecord(part) ? part[String(key)] : undefined;
  return part;
}

const fieldsOf = (table: Readonly<Record<string, string>>, shape: AnswerShape): string[] =>
  (table[shape === 'receipts' ? 'receipt' : shape === 'uncle' ? 'block' : shape] ?? '')
    .split(' ')
    .filter(Boolean);

describe.each(ANSWERS)('$name', ({ shape, value }) => {
  test('is of its shape, and the same as itself', () => {
    expect(formFault(FORMS[shape], value)).toBeUndefined();
    expect(compare(shape, value, structuredClone(value))).toEqual({ kind: 'same', value, isWhole: true });
  });

  test('is another one with any core field changed or left out', () => {
    for (const root of rootsOf(shape, value))
      for (const field of fieldsOf(CORE, shape)) {
        const path = [...root, field];
        const part = at(value, path);
        if (part === undefined) continue;
        const other = replaced(value, path, changed);
        expect(fingerprint(shape, other), `${path}`).not.toBe(fingerprint(shape, value));
        expect(compare(shape, value, other), `${path}`).toMatchObject({ kind: 'different' });
        const isDefault =
          part === null ||
          (shape === 'transaction' && field === 'type' && part === '0x0') ||
          (field === 'reward' && at(part, [0]) === undefined);
        const without = replaced(value, path, () => undefined);
        if (isDefault) expect(fingerprint(shape, without)).toBe(fingerprint(shape, value));
        else expect(fingerprint(shape, without), `without ${path}`).not.toBe(fingerprint(shape, value));
      }
  });

  test('is the same with other extensions, which are left out', () => {
    for (const root of rootsOf(shape, value))
      for (const field of fieldsOf(EXTENSIONS, shape)) {
        const path = [...root, field];
        const part = at(value, path);
        if (part === undefined || part === null) continue;
        for (const other of [replaced(value, path, changed), replaced(value, path, () => undefined)]) {
          const comparison = compare(shape, value, other);
          expect(comparison).toMatchObject({ kind: 'same', isWhole: false });
          if (comparison.kind === 'same')
            expect(comparison.value).toEqual(replaced(value, path, () => undefined));
        }
      }
  });

  test('is the same however it is written', () => {
    fc.assert(
      fc.property(fc.infiniteStream(fc.nat(1_000)), (stream) => {
        const pick = (): number => stream.next().value ?? 0;
        const other = rewritten(FORMS[shape], value, pick);
        expect(fingerprint(shape, other)).toBe(fingerprint(shape, value));
        expect(compare(shape, value, other)).toEqual({ kind: 'same', value, isWhole: true });
      }),
      { numRuns: 20 },
    );
  });

  test('is another one after any change of a core part', () => {
    const paths = corePaths(FORMS[shape], value);
    fc.assert(
      fc.property(fc.constantFrom(...paths), fc.nat(), fc.nat(3), ({ path, isUnordered }, place, how) => {
        const other = replaced(value, path, (part) => mutated(part, place, how, isUnordered));
        fc.pre(JSON.stringify(other) !== JSON.stringify(value));
        expect(fingerprint(shape, other), JSON.stringify({ path, place, how })).not.toBe(
          fingerprint(shape, value),
        );
        expect(compare(shape, value, other).kind).toBe('different');
        expect(compare(shape, other, value).kind).toBe('different');
      }),
      { numRuns: 300 },
    );
  });
});

/** Other case, zeros before quantities, keys and unordered lists in another order, nulls for nothing where that is core. */
function rewritten(form: Form, value: Json, pick: () => number): Json {
  if (value === null) return null;
  if (typeof form === 'string') {
    if (typeof value !== 'string' || !value.startsWith('0x') || form === 'text') return value;
    const zeros =
      form === 'quantity' || form === 'slot' ? '0'.repeat(pick() % Math.max(1, 67 - value.length)) : '';
    const digits = [...value.slice(2)].map((digit) => (pick() % 2 === 0 ? digit.toUpperCase() : digit));
    return `0x${zeros}${digits.join('')}`;
  }
  if (form.kind === 'choice') return rewritten(form.of(value), value, pick);
  if (form.kind === 'list') {
    if (!Array.isArray(value)) return value;
    const parts = value.map((part: Json) => rewritten(form.of, part, pick));
    return form.isUnordered ? shuffled(parts, pick) : parts;
  }
  if (!isRecord(value)) return value;
  const fields = new Map(form.core(value).map((field) => [field.name, field.form]));
  const members = Object.entries(value)
    .filter(([key, part]) => part !== null || !fields.has(key) || pick() % 2 === 0)
    .map(([key, part]): [string, Json] => [key, rewritten(fields.get(key) ?? 'any', part, pick)]);
  return Object.fromEntries(shuffled([...members, [`nothing${pick()}`, null]], pick));
}

function shuffled<Part>(parts: readonly Part[], pick: () => number): Part[] {
  return parts
    .map((part) => ({ part, rank: pick() }))
    .sort((a, b) => a.rank - b.rank)
    .map(({ part }) => part);
}

/** Every part that is core, down to the leaves. */
function corePaths(form: Form, value: Json, path: Path = []): { path: Path; isUnordered: boolean }[] {
  if (typeof form === 'string' || value === null) return [{ path, isUnordered: false }];
  if (form.kind === 'choice') return corePaths(form.of(value), value, path);
  if (form.kind === 'list') {
    const list: readonly Json[] = Array.isArray(value) ? value : [];
    return [
      { path, isUnordered: form.isUnordered === true },
      ...list.flatMap((part, i) => corePaths(form.of, part, [...path, i])),
    ];
  }
  return isRecord(value)
    ? form.core(value).flatMap((field) => {
        const part = value[field.name];
        return part === undefined ? [] : corePaths(field.form, part, [...path, field.name]);
      })
    : [];
}

/** A digit shifted, a digit changed, an element more, less, or in another's place. */
function mutated(part: Json, place: number, how: number, isUnordered: boolean): Json | undefined {
  if (typeof part === 'string') {
    if (part.length <= 2) return `${part}01`;
    const i = 2 + (place % (part.length - 2));
    const digit = ((Number.parseInt(part.charAt(i), 16) + 1 + (how % 3)) % 16).toString(16);
    if (how === 0) return `${part}0` === '0x00' ? '0x10' : `${part}0`;
    return part.slice(0, i) + digit + part.slice(i + 1);
  }
  if (!Array.isArray(part)) return changed(part);
  const list: readonly Json[] = part;
  const i = place % Math.max(1, list.length);
  if (how === 0 || list.length === 0) return [...list, list[i] ?? '0x01'];
  if (how === 1) return list.filter((_, j) => j !== i);
  const j = (i + 1) % list.length;
  const isSwapSeen = !isUnordered && JSON.stringify(list[i]) !== JSON.stringify(list[j]);
  return isSwapSeen
    ? list.map((other, k) => (k === i ? (list[j] ?? null) : k === j ? (list[i] ?? null) : other))
    : [...list, '0x02'];
}

describe('what several agree on', () => {
  const extension = fc.record(
    {
      l1Fee: fc.constantFrom('0x1', '0x2'),
      blockTimestamp: fc.constantFrom('0x1', '0x01', null),
      custom: fc.constantFrom('a', { b: [1] }),
    },
    { requiredKeys: [] },
  );
  const receipts = ANSWERS.filter(({ shape }) => shape === 'receipt');

  test('has all core fields of the first, and an extension only when all say it alike', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...receipts),
        fc.array(extension, { minLength: 1, maxLength: 5 }),
        ({ value }, extensions) => {
          if (!isRecord(value)) throw new Error('Expected a receipt.');
          const core = Object.fromEntries(
            Object.entries(value).filter(([key]) => fieldsOf(CORE, 'receipt').includes(key)),
          );
          const answers = extensions.map((more) => ({ ...core, ...more }));
          const result = agreed('receipt', answers);
          const kept = Object.entries(answers[0] ?? {}).filter(
            ([key, part]) =>
              key in core ||
              answers.every(
                (other) => key in other && JSON.stringify(Reflect.get(other, key)) === JSON.stringify(part),
              ),
          );
          expect(result.value).toEqual(Object.fromEntries(kept));
        },
      ),
    );
  });

  test('in lists, whatever order they have', () => {
    const log = (logIndex: string, more: object): object => ({
      address: `0x${'11'.repeat(20)}`,
      topics: [],
      data: '0x',
      blockHash: `0x${'22'.repeat(32)}`,
      blockNumber: '0x1',
      transactionHash: `0x${'33'.repeat(32)}`,
      transactionIndex: '0x0',
      logIndex,
      ...more,
    });
    const a = [log('0x0', { blockTimestamp: '0x5' }), log('0x1', { blockTimestamp: '0x6', removed: false })];
    const b = [log('0x1', { blockTimestamp: '0x6' }), log('0x0', { blockTimestamp: '0x4' })];
    expect(agreed('logs', [a, b])).toEqual({
      isWhole: false,
      isDisputed: true,
      value: [log('0x0', {}), log('0x1', { blockTimestamp: '0x6', removed: false })],
    });
    expect(agreed('logs', [a])).toEqual({ isWhole: false, isDisputed: false, value: a });
    // One that does not speak of it denies nothing.
    const silent = [log('0x0', {}), log('0x1', { blockTimestamp: '0x6' })];
    expect(agreed('logs', [a, silent])).toMatchObject({ isWhole: false, isDisputed: false });
    expect(compare('logs', a, [a[1]])).toEqual({ kind: 'different', at: 'result[0]' });
  });

  test('is written as JSON-RPC has it, whatever zeros the first has put before its numbers', () => {
    const block = ANSWERS.find(({ shape }) => shape === 'block')?.value;
    const receipt = receipts[0]?.value;
    if (!isRecord(block) || !isRecord(receipt)) throw new Error('Expected a block and a receipt.');
    const padded = { ...block, number: `0x000${String(block.number).slice(2).toUpperCase()}` };
    expect(agreed('block', [padded, block]).value).toEqual(block);
    expect(agreed('receipt', [{ ...receipt, status: '0x01' }, receipt]).value).toEqual(receipt);
    expect(agreed('quantity', ['0x0000', '0x0'])).toEqual({
      value: '0x0',
      isWhole: false,
      isDisputed: false,
    });
    expect(agreed('quantity', ['0x1', '0x01'])).toEqual({ value: '0x1', isWhole: true, isDisputed: false });
    expect([plainQuantity('0x'), plainQuantity('0x0A'), plainQuantity(5)]).toEqual(['0x', '0xa', 5]);
  });

  test('has nothing in it that is null with the first and is not there with another', () => {
    const block = ANSWERS.find(({ shape }) => shape === 'block')?.value;
    if (!isRecord(block)) throw new Error('Expected a block.');
    // Go reads "Number" as number, and null as none.
    expect(agreed('block', [{ ...block, Number: null }, block]).value).toEqual(block);
    const trace = { gas: '0x1', calls: [{ to: '0x2' }, [null]], error: null };
    const odd = { gas: '0x1', Gas: null, calls: [{ to: '0x2', To: null }, [null]], error: null };
    expect(fingerprint('any', odd)).toBe(fingerprint('any', trace));
    expect(agreed('any', [odd, trace]).value).toEqual(trace);
    expect(
      agreed('block', [
        { ...block, odd },
        { ...block, odd: trace },
      ]).value,
    ).toEqual({
      ...block,
      odd: trace,
    });
  });

  test('is never passed on in the bytes of the first where it has members: one may be there twice', () => {
    expect(agreed('block', [{ number: '0x1' }, { number: '0x1' }]).isWhole).toBe(false);
    expect(agreed('any', [[{}], [{}]]).isWhole).toBe(false);
    expect(agreed('data', ['0xAA', '0xaa']).isWhole).toBe(true);
    expect(agreed('block', [null, null]).isWhole).toBe(true);
  });

  test('a parity under two names is one, and a lie under either is seen', () => {
    const transaction = ANSWERS.find(({ name }) => name.includes('erigon eth_getTransactionByHash'))?.value;
    if (!isRecord(transaction)) throw new Error('Expected the transaction of Erigon.');
    const { v, ...rest } = transaction;
    const renamed = { ...rest, yParity: v ?? null };
    const both = { ...transaction, yParity: v ?? null };
    expect(agreed('transaction', [transaction, renamed])).toEqual({
      value: transaction,
      isWhole: false,
      isDisputed: false,
    });
    expect(fingerprint('transaction', both)).toBe(fingerprint('transaction', transaction));
    for (const lie of [{ ...both, v: '0x0' }, { ...both, yParity: '0x0' }, { ...rest, yParity: '0x0' }, rest])
      expect(fingerprint('transaction', lie)).not.toBe(fingerprint('transaction', transaction));
  });
});

describe('where two differ', () => {
  test.each<[AnswerShape, unknown, unknown, string]>([
    ['quantity', '0x1', '0x2', 'result'],
    ['quantity', '0x1', null, 'result'],
    ['data', '0x01', '0x1', 'result'],
    ['any', { a: 1 }, { a: 2 }, 'result'],
    [
      'feeHistory',
      { oldestBlock: '0x1', gasUsedRatio: [0.5] },
      { oldestBlock: '0x1', gasUsedRatio: [0.25] },
      'result.gasUsedRatio[0]',
    ],
    [
      'proof',
      { storageProof: [{ key: '0x0', value: '0x1', proof: [] }] },
      { storageProof: [{ key: '0x0', value: '0x1', proof: ['0x'] }] },
      'result.storageProof[0].proof[0]',
    ],
    ['receipts', [{ logs: [{ data: '0x' }] }], [{ logs: [{ data: '0x00' }] }], 'result[0].logs[0].data'],
    [
      'block',
      { transactions: [{ gas: '0x1' }] },
      { transactions: [{ gas: '0x2' }] },
      'result.transactions[0].gas',
    ],
  ])('%s %j %j: %s', (shape, a, b, expected) => {
    expect(compare(shape, a, b)).toEqual({ kind: 'different', at: expected });
  });
});

describe('values of any form', () => {
  test.each<[AnswerShape, unknown, unknown]>([
    ['quantity', '0x0', '0x000'],
    ['quantity', '0xA', '0x0a'],
    ['data', '0xAB', '0xab'],
    ['any', { a: '0xAB', b: null }, { a: '0xab' }],
    ['any', { a: 1, b: [2] }, { b: [2], a: 1 }],
    ['feeHistory', { oldestBlock: '0x1', reward: [] }, { oldestBlock: '0x1' }],
    ['feeHistory', { gasUsedRatio: [0.1 + 0.2] }, { gasUsedRatio: [0.3] }],
  ])('%s %j and %j are the same', (shape, a, b) => {
    expect(fingerprint(shape, a)).toBe(fingerprint(shape, b));
  });

  test.each<[AnswerShape, unknown, unknown]>([
    ['quantity', '0x1', 1],
    ['quantity', '0x0', '0x'],
    ['quantity', '0x0', null],
    ['quantity', '0x1', '0X1'],
    ['quantity', `0x${'0'.repeat(64)}1`, '0x1'],
    ['data', '0x00', '0x'],
    ['text', 'A', 'a'],
    ['text', '0xA', '0xa'],
    ['boolean', true, 'true'],
    ['any', [1, 2], [2, 1]],
    ['any', [null], []],
    ['any', { a: '1' }, { a: 1 }],
    ['any', Number.POSITIVE_INFINITY, null],
    ['block', null, {}],
    ['logs', [], null],
  ])('%s %j and %j differ', (shape, a, b) => {
    expect(fingerprint(shape, a)).not.toBe(fingerprint(shape, b));
  });

  test('what is deep is compared as it is written', () => {
    const nested = (depth: number, inner: Json): Json =>
      depth === 0 ? inner : { calls: [nested(depth - 1, inner)] };
    expect(compare('any', nested(500, '0xa'), nested(500, '0xa')).kind).toBe('same');
    expect(compare('any', nested(500, '0xa'), nested(500, '0xb')).kind).toBe('different');
    let deepest: Json = [];
    for (let i = 0; i < 100_000; i++) deepest = [deepest];
    expect(typeof fingerprint('any', deepest)).toBe('string');
  });

  test('a key is only a key', () => {
    const value = JSON.parse('{"__proto__":{"x":1},"constructor":1,"l1Fee":"0x1"}');
    expect(fingerprint('any', value)).not.toBe(fingerprint('any', { constructor: 1, l1Fee: '0x1' }));
    const other = JSON.parse('{"__proto__":{"x":1},"constructor":2}');
    expect(JSON.stringify(agreed('receipt', [value, other]).value)).toBe('{"__proto__":{"x":1}}');
  });
});

test.each<[unknown[], unknown]>([
  [['0x3', '0x1', '0x2'], '0x2'],
  [['0x10', '0x9'], '0x9'],
  [['0x4', '0x3', '0x2', '0x1'], '0x2'],
  [['0x5', null, 'x', '0xffffffffffffffffffffffffffffffff', '0x1'], '0x5'],
  [[null], undefined],
  [[], undefined],
])('the middle of %j is %j', (values, expected) => {
  expect(median(values)).toBe(expected);
});
