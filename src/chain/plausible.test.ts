import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { HONEST_ANSWERS, type HonestAnswer } from './answers.corpus.ts';
import { type Known, implausible } from './plausible.ts';

fc.configureGlobal({ seed: 1 });

type Fields = Readonly<Record<string, unknown>>;

const WORD = `0x${'12'.repeat(32)}`;
const ADDRESS = `0x${'12'.repeat(20)}`;
const EMPTY_ROOT = '0x56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421';

function answer(by: string, method: string, nth = 0): HonestAnswer {
  const found = HONEST_ANSWERS.filter((known) => known.by === by && known.method === method)[nth];
  if (found === undefined) throw new Error(`Expected an answer of ${by} to ${method}.`);
  return found;
}

function fault(
  { method, params, value, known }: HonestAnswer,
  more: Partial<HonestAnswer> = {},
): string | undefined {
  const asked = { params, value, known: known ?? { head: undefined }, ...more };
  return implausible(method, asked.params, asked.value, asked.known ?? { head: undefined });
}

const fields = (value: unknown): Fields => value as Fields; // the corpus has objects where they are asked for
const list = (value: unknown): readonly Fields[] => value as readonly Fields[]; // likewise
const withField = (value: unknown, key: string, part: unknown): Fields => ({ ...fields(value), [key]: part });
const withEntry = (value: unknown, i: number, more: Fields): Fields[] =>
  list(value).map((entry, j) => (i === j ? { ...entry, ...more } : entry));

test.each(HONEST_ANSWERS.map((known) => [known.by, known.method, known] as const))(
  'an honest answer of %s to %s passes',
  (_, __, known) => {
    expect(fault(known)).toBeUndefined();
    expect(fault(known, { known: { head: undefined } })).toBeUndefined();
  },
);

test('a known block does not make other honest answers implausible', () => {
  const { known } = answer('anvil', 'eth_getBlockByNumber');
  for (const { by, method, params, value } of HONEST_ANSWERS)
    if (by !== 'anvil' && !method.startsWith('eth_getLogs'))
      expect(implausible(method, params, value, { ...known, head: 2 })).toBeUndefined();
});

describe('null', () => {
  const header = { number: 5, hash: WORD };
  test.each<[string, unknown[], Known, RegExp | undefined]>([
    ['eth_getBlockByNumber', ['0x5', false], { head: 5 }, /block 5, at or below the head 5/],
    ['eth_getBlockByNumber', ['0x6', false], { head: 5 }, undefined],
    ['eth_getBlockByNumber', ['0x5', false], { head: undefined }, undefined],
    ['eth_getBlockByNumber', ['latest', false], { head: undefined }, /the latest block/],
    ['eth_getBlockByNumber', ['finalized', false], { head: 5 }, undefined],
    ['eth_getBlockByNumber', ['pending', false], { head: 5 }, undefined],
    ['eth_getBlockByHash', [WORD, false], { head: 5 }, undefined],
    ['eth_getBlockByHash', [WORD, false], { head: 5, header }, /Expected block/],
    ['eth_getBlockByHash', [`0x${'34'.repeat(32)}`, false], { head: 5, header }, undefined],
    ['eth_getBlockReceipts', ['0x5'], { head: 9 }, /block 5/],
    ['eth_getBlockTransactionCountByNumber', ['0x5'], { head: 9 }, /block 5/],
    ['eth_getUncleByBlockNumberAndIndex', ['0x5', '0x0'], { head: 9 }, undefined],
    ['eth_getTransactionByBlockNumberAndIndex', ['0x5', '0x9'], { head: 9 }, undefined],
    ['eth_getTransactionReceipt', [WORD], { head: 9 }, undefined],
    [
      'eth_getTransactionReceipt',
      [WORD],
      { head: 9, mined: { blockHash: WORD, blockNumber: 5 } },
      /of block 5/,
    ],
    [
      'eth_getTransactionByHash',
      [WORD],
      { head: 9, mined: { blockHash: WORD, blockNumber: 5 } },
      /of block 5/,
    ],
    ['eth_getBalance', [ADDRESS, '0x5'], { head: 9 }, /found null/],
    ['eth_call', [{}, '0x5'], { head: 9 }, /found null/],
    ['eth_getLogs', [{}], { head: 9 }, /found null/],
    ['debug_traceTransaction', [WORD], { head: 9 }, undefined],
    ['eth_nobodyKnows', [], { head: 9 }, undefined],
  ])('to %s %j, knowing %j: %s', (method, params, known, reason) => {
    for (const value of [null, undefined])
      if (reason === undefined) expect(implausible(method, params, value, known)).toBeUndefined();
      else expect(implausible(method, params, value, known)).toMatch(reason);
  });
});

describe('of the wrong form', () => {
  test.each<[string, unknown[], unknown]>([
    ['eth_getBalance', [ADDRESS, '0x1'], '0x'],
    ['eth_getBalance', [ADDRESS, '0x1'], 5],
    ['eth_getBalance', [ADDRESS, '0x1'], '5'],
    ['eth_getBalance', [ADDRESS, '0x1'], {}],
    ['eth_getBalance', [ADDRESS, '0x1'], '0xg'],
    ['eth_getBalance', [ADDRESS, 'pending'], '0xg'],
    ['eth_getBalance', [ADDRESS, '0x1'], `0x1${'0'.repeat(64)}`],
    ['eth_getCode', [ADDRESS, '0x1'], '0x123'],
    ['eth_getCode', [ADDRESS, '0x1'], '1234'],
    ['eth_call', [{}, '0x1'], ['0x']],
    ['eth_getStorageAt', [ADDRESS, '0x0', '0x1'], '0x0'],
    ['eth_getStorageAt', [ADDRESS, '0x0', '0x1'], `0x${'00'.repeat(33)}`],
    ['eth_getLogs', [{}], {}],
    ['eth_getLogs', [{}], [null]],
    ['eth_blockNumber', [], 'abc'],
    ['eth_getBlockReceipts', ['0x1'], [{}]],
    ['eth_getBlockByNumber', ['0x1', false], {}],
    ['eth_getBlockByNumber', ['0x1', false], 'block'],
    ['eth_sendRawTransaction', ['0x'], '0x12'],
  ])('%s %j: %j', (method, params, value) => {
    expect(implausible(method, params, value, { head: 9 })).toMatch(/^Expected result/);
  });

  const RECEIPT_FIELDS = [
    'status',
    'type',
    'cumulativeGasUsed',
    'gasUsed',
    'logs',
    'logsBloom',
    'transactionHash',
    'blockHash',
    'from',
  ];
  test.each(RECEIPT_FIELDS)('a receipt without %s', (key) => {
    const honest = answer('erigon', 'eth_getTransactionReceipt');
    expect(fault(honest, { value: withField(honest.value, key, undefined) })).toMatch(/^Expected/);
  });

  test.each(['hash', 'number', 'parentHash', 'stateRoot', 'transactions', 'timestamp', 'gasUsed', 'miner'])(
    'a block without %s',
    (key) => {
      const honest = answer('geth', 'eth_getBlockByNumber');
      expect(fault(honest, { value: withField(honest.value, key, null) })).toMatch(/^Expected/);
    },
  );

  test('but a pending block may lack what sealing gives', () => {
    const honest = answer('geth', 'eth_getBlockByNumber');
    const value = withField(withField(honest.value, 'hash', null), 'number', null);
    expect(fault(honest, { value, params: ['pending', false] })).toBeUndefined();
    expect(fault(honest, { value })).toBeDefined();
  });
});

describe('a block', () => {
  const full = answer('anvil', 'eth_getBlockByNumber');
  const hashes = answer('anvil', 'eth_getBlockByNumber', 1);
  const empty = answer('anvil', 'eth_getBlockByNumber', 2);

  test('of another number or hash than the one asked', () => {
    expect(fault(full, { params: ['0x2', true] })).toMatch(/Expected block 2, found 1/);
    expect(fault({ ...full, method: 'eth_getBlockByHash' }, { params: [WORD, true] })).toMatch(
      /Expected block 0x12/,
    );
    expect(fault(full, { params: ['latest', true] })).toBeUndefined();
    expect(fault(full, { value: withField(full.value, 'number', '0x20000000000000') })).toMatch(/2\^53/);
  });

  test('of another hash, root or bloom than its known header', () => {
    for (const key of ['hash', 'transactionsRoot', 'receiptsRoot', 'logsBloom'] as const) {
      const header = full.known?.header;
      if (header === undefined) throw new Error('Expected a known header.');
      const other = key === 'logsBloom' ? `0x${'01'.repeat(256)}` : WORD;
      expect(fault(full, { known: { head: 9, header: { ...header, [key]: other } } }), key).toMatch(
        /^Expected/,
      );
      expect(
        fault(full, { known: { head: 9, header: { ...header, [key]: other, number: 7 } } }),
        key,
      ).toBeUndefined();
    }
  });

  test('with no transactions though its root is not the empty one, and the reverse', () => {
    expect(fault(hashes, { value: withField(hashes.value, 'transactions', []) })).toMatch(/found none/);
    expect(fault(empty, { value: withField(empty.value, 'transactions', [WORD]) })).toMatch(/found 1/);
    const unknown = withField(
      withField(hashes.value, 'transactions', []),
      'transactionsRoot',
      `0x${'00'.repeat(32)}`,
    );
    expect(fault(hashes, { value: unknown, known: { head: 2 } })).toBeUndefined();
    expect(fault(hashes, { value: withField(hashes.value, 'uncles', [WORD]) })).toMatch(/uncles/);
    expect(fault(hashes, { value: withField(hashes.value, 'withdrawalsRoot', WORD) })).toBeUndefined();
  });

  test('with hashes for transactions, transactions for hashes, and transactions of elsewhere', () => {
    expect(fault(full, { params: ['0x1', false] })).toMatch(/found more/);
    expect(fault(hashes, { params: ['0x1', true] })).toMatch(/found their hashes/);
    const transactions = fields(full.value).transactions;
    for (const more of [{ blockNumber: '0x2' }, { blockHash: WORD }, { transactionIndex: '0x1' }])
      expect(
        fault(full, { value: withField(full.value, 'transactions', withEntry(transactions, 0, more)) }),
      ).toMatch(/^Expected/);
    const swapped = [...list(transactions)].reverse();
    expect(fault(full, { value: withField(full.value, 'transactions', swapped) })).toMatch(
      /transaction 0 of its block/,
    );
  });
});

describe('a transaction or a receipt', () => {
  const receipt = answer('geth', 'eth_getTransactionReceipt');
  const transaction = answer('anvil', 'eth_getTransactionByHash');

  test('of another hash than the one asked', () => {
    expect(fault(receipt, { params: [WORD] })).toMatch(/transactionHash/);
    expect(fault(transaction, { params: [WORD] })).toMatch(/hash/);
  });

  test('of another place than it is known to be at', () => {
    const mined = { blockHash: String(fields(transaction.value).blockHash), blockNumber: 1 };
    expect(fault(transaction, { known: { head: 9, mined } })).toBeUndefined();
    expect(fault(transaction, { known: { head: 9, mined: { ...mined, blockNumber: 2 } } })).toMatch(
      /block number 2/,
    );
    expect(fault(transaction, { known: { head: 9, mined: { ...mined, blockHash: WORD } } })).toMatch(/0x12/);
    expect(fault(receipt, { known: { head: 9, mined: { blockHash: WORD, blockNumber: 3 } } })).toMatch(
      /0x12/,
    );
  });

  test('at another place of its block than the one asked', () => {
    const at = answer('anvil', 'eth_getTransactionByBlockNumberAndIndex');
    expect(fault(at, { params: ['0x1', '0x0'] })).toMatch(/transaction 0/);
    expect(fault(at, { params: ['0x2', '0x1'] })).toMatch(/block 2/);
    expect(fault(at, { known: { head: 9, header: { number: 1, hash: WORD } } })).toMatch(/0x12/);
  });

  test('with logs of elsewhere, out of order, or beyond its bloom', () => {
    const [log = {}] = list(fields(receipt.value).logs);
    const lies: Fields[][] = [
      [{ ...log, transactionHash: WORD }],
      [{ ...log, blockHash: WORD }],
      [{ ...log, blockNumber: '0x4' }],
      [{ ...log, transactionIndex: '0x1' }],
      [{ ...log, address: ADDRESS }],
      [{ ...log, topics: [WORD] }],
      [log, log],
      [{ ...log, logIndex: '0x1' }, log],
    ];
    for (const logs of lies)
      expect(fault(receipt, { value: withField(receipt.value, 'logs', logs) }), JSON.stringify(logs)).toMatch(
        /^Expected/,
      );
    // Some chains compute no blooms.
    const none = { ...fields(receipt.value), logsBloom: `0x${'00'.repeat(256)}` };
    expect(fault(receipt, { value: none })).toBeUndefined();
  });
});

describe('the receipts of a block', () => {
  const receipts = answer('anvil', 'eth_getBlockReceipts');
  const header = receipts.known?.header ?? { number: 1, hash: WORD };

  test('with a gap, out of order, of elsewhere, or of another block', () => {
    const [first = {}, second = {}] = list(receipts.value);
    for (const value of [
      [second],
      [second, first],
      [first, first],
      [first, { ...second, blockHash: WORD }],
      [first, { ...second, logs: first.logs }],
    ])
      expect(fault(receipts, { value })).toMatch(/^Expected/);
    expect(fault(receipts, { params: ['0x2'] })).toMatch(/Expected block 2/);
    expect(fault(receipts, { params: [WORD] })).toMatch(/Expected block 0x12/);
    expect(fault(receipts, { known: { head: 2, header: { ...header, hash: WORD } } })).toMatch(/blockHash/);
    const ofOther = { head: 2, header: { ...header, hash: WORD } };
    expect(fault(receipts, { params: ['latest'], known: ofOther })).toMatch(/blockHash/);
    const same = withEntry(receipts.value, 1, {
      logs: list(second.logs)
        .map((log) => ({ ...log, logIndex: '0x0' }))
        .slice(0, 1),
    });
    expect(fault(receipts, { value: same })).toMatch(/through the block/);
  });

  test('none though the root is not the empty one, and the reverse', () => {
    expect(fault(receipts, { value: [] })).toMatch(/found none/);
    expect(fault(receipts, { value: [], params: [header.hash] })).toMatch(/found none/);
    expect(fault(receipts, { value: [], known: { head: 2 } })).toBeUndefined();
    expect(fault(receipts, { known: { head: 2, header: { ...header, receiptsRoot: EMPTY_ROOT } } })).toMatch(
      /found 2/,
    );
  });

  test("with a bloom beyond the block's", () => {
    expect(
      fault(receipts, { known: { head: 2, header: { ...header, logsBloom: `0x${'00'.repeat(256)}` } } }),
    ).toMatch(/bloom/);
  });
});

describe('logs', () => {
  const logs = answer('geth', 'eth_getLogs');
  const known = answer('anvil', 'eth_getLogs');

  test.each<[string, (value: readonly Fields[]) => readonly Fields[]]>([
    ['doubled', (all) => all.flatMap((log, i) => (i === 1 ? [log, log] : [log]))],
    ['out of order', (all) => [...all].reverse()],
    ['of two blocks at one height', (all) => withEntry(all, 1, { blockHash: WORD })],
    ['removed', (all) => withEntry(all, 0, { removed: true })],
    ['without a place', (all) => withEntry(all, 0, { logIndex: null })],
    ['beyond the range', (all) => withEntry(all, 5, { blockNumber: '0x4' })],
    ['before the range', (all) => withEntry(all, 0, { blockNumber: '0x0' })],
  ])('%s', (_, lie) => {
    expect(fault(logs, { value: lie(list(logs.value)) })).toMatch(/^Expected/);
  });

  test('of another block than the one asked by hash, or the known one', () => {
    const hash = String(list(known.value)[0]?.blockHash);
    expect(fault(known, { params: [{ blockHash: hash }] })).toBeUndefined();
    expect(fault(known, { params: [{ blockHash: WORD }] })).toMatch(/Expected block 0x12/);
    expect(fault(known, { known: { head: 2, header: { number: 1, hash: WORD } } })).toMatch(/blockHash/);
  });

  test("that are not in their block's bloom", () => {
    const header = known.known?.header;
    if (header === undefined) throw new Error('Expected a known header.');
    for (const more of [{ address: ADDRESS }, { topics: [WORD] }])
      expect(fault(known, { value: withEntry(known.value, 0, more) })).toMatch(/bloom/);
    const none = { ...header, logsBloom: `0x${'00'.repeat(256)}` };
    expect(fault(known, { known: { head: 2, header: none } })).toMatch(/bloom/);
    // Chains that compute no roots compute no blooms.
    expect(
      fault(known, { known: { head: 2, header: { ...none, receiptsRoot: `0x${'00'.repeat(32)}` } } }),
    ).toBeUndefined();
  });

  test('are those that the filter matches, as the execution API says', () => {
    const words = [1, 2, 3].map((i) => `0x${`${i}${i}`.repeat(32)}`);
    const addresses = [4, 5].map((i) => `0x${`${i}${i}`.repeat(20)}`);
    const word = fc.constantFrom(...words);
    const anyCase = (text: fc.Arbitrary<string>) =>
      fc
        .tuple(text, fc.boolean())
        .map(([hex, isUpper]) => (isUpper ? `0x${hex.slice(2).toUpperCase()}` : hex));
    const topic = fc.oneof(
      fc.constant(null),
      anyCase(word),
      fc.array(fc.oneof(anyCase(word), fc.constant(null)), { maxLength: 3 }),
    );
    const filter = fc.record(
      {
        address: fc.oneof(
          fc.constant(null),
          anyCase(fc.constantFrom(...addresses)),
          fc.array(anyCase(fc.constantFrom(...addresses)), { maxLength: 2 }),
        ),
        topics: fc.oneof(fc.constant(null), fc.array(topic, { maxLength: 4 })),
      },
      { requiredKeys: [] },
    );
    const log = fc.record({
      address: fc.constantFrom(...addresses),
      topics: fc.array(word, { maxLength: 4 }),
    });
    fc.assert(
      fc.property(filter, log, ({ address = null, topics = null }, found) => {
        const value = [{ ...list(logs.value)[0], ...found }];
        const params = [{ fromBlock: '0x1', toBlock: '0x3', address, topics }];
        const same = (one: unknown, other: string): boolean =>
          one === null || String(one).toLowerCase() === other;
        const isOne = (asked: unknown, other: string | undefined): boolean => {
          const several = Array.isArray(asked) ? asked : [asked];
          if (several.length === 0 || several.includes(null)) return true;
          return other !== undefined && several.some((one) => same(one, other));
        };
        const isMatch =
          isOne(address, found.address) && (topics ?? []).every((asked, i) => isOne(asked, found.topics[i]));
        expect(fault(logs, { params, value }) === undefined).toBe(isMatch);
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('a proof', () => {
  const proof = answer('anvil', 'eth_getProof');
  test('of another account, of other slots, of more or fewer', () => {
    const [address, keys, block] = proof.params;
    const slots = keys as readonly string[]; // as the corpus has them
    expect(fault(proof, { params: [ADDRESS, keys, block] })).toMatch(/address/);
    expect(fault(proof, { params: [address, [slots[0], '0x2'], block] })).toMatch(/slot 0x2/);
    expect(fault(proof, { params: [address, [slots[0]], block] })).toMatch(/1 storage proofs, found 2/);
    expect(fault(proof, { params: [address, ['0x0', '0x01'], block] })).toBeUndefined();
  });
});

describe('a history of fees', () => {
  const history = answer('anvil', 'eth_feeHistory');
  test('of other blocks, of more of them, or with a fee too few', () => {
    expect(fault(history, { params: ['0x2', '0x3', []] })).toMatch(/up to 3, found up to 2/);
    expect(fault(history, { params: ['0x1', '0x2', []] })).toMatch(/at most 1/);
    expect(fault(history, { params: [2, '0x2', []] })).toBeUndefined();
    expect(fault(history, { params: ['0x400', '0x2', []] })).toBeUndefined();
    expect(fault(history, { value: withField(history.value, 'baseFeePerGas', ['0x1']) })).toMatch(
      /3 base fees, found 1/,
    );
    expect(
      fault(history, { value: { oldestBlock: '0x0', gasUsedRatio: null, baseFeePerGas: null } }),
    ).toBeUndefined();
  });
});

test('no value makes it throw, and many logs are read', () => {
  const methods = [...new Set(HONEST_ANSWERS.map(({ method }) => method))];
  fc.assert(
    fc.property(
      fc.constantFrom(...methods),
      fc.array(fc.jsonValue(), { maxLength: 3 }),
      fc.jsonValue(),
      (method, params, value) => {
        implausible(method, params, value, {
          head: 5,
          header: { number: 1, hash: WORD, logsBloom: '0x', receiptsRoot: '' },
        });
      },
    ),
    { numRuns: 2_000 },
  );
  const [log = {}] = list(answer('geth', 'eth_getLogs').value);
  const many = Array.from({ length: 20_000 }, (_, i) => ({ ...log, logIndex: `0x${i.toString(16)}` }));
  expect(
    implausible('eth_getLogs', [{ fromBlock: '0x1', toBlock: '0x3' }], many, { head: 9 }),
  ).toBeUndefined();
});
