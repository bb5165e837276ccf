import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { mutations } from '../../test/chain/mutations.ts';
import { ana, ben, STRANGER, startWorld, TOPIC, type World, word } from '../../test/chain/world.ts';
import { type Header, readHeader } from './header.ts';
import { type Answers, type Asked, type Proof, PROVABLE_METHODS, prove, type RawCall } from './proven.ts';
import { ProofCache } from './proof-cache.ts';

let world: World;
/** By number; that of block 0 is not used: anvil's first block has the root of another state. */
const headers: Header[] = [];
const cache = new ProofCache();

beforeAll(async () => {
  world = await startWorld();
  for (let number = 0; number <= world.height; number++) {
    const header = readHeader(await world.ask('eth_getBlockByNumber', at(number), false));
    if (header.kind === 'refused') throw new Error(header.why);
    headers.push(header);
  }
});
afterAll(() => world.stop());

const at = (number: number) => `0x${number.toString(16)}`;
const headerAt = (number: number): Header => {
  const header = headers[number];
  if (header === undefined) throw new Error(`no block ${number}`);
  return header;
};

/** Asks for what is needed until there is an end; also says what was asked. */
async function answered(
  asked: Asked,
  ask = askWorld,
): Promise<{ proof: Proof; answers: Map<string, unknown> }> {
  const answers = new Map<string, unknown>();
  for (let round = 0; round < 4; round++) {
    const proof = prove({ cache, ...asked }, answers);
    if (proof.kind !== 'needs') return { proof, answers };
    for (const call of proof.calls) {
      expect(answers.has(call.key)).toBe(false);
      answers.set(call.key, await ask(call));
    }
  }
  throw new Error('it asks without end');
}

/** The first calls that a proof needs. */
const needs = (asked: Asked): readonly RawCall[] => {
  const proof = prove(asked, new Map());
  return proof.kind === 'needs' ? proof.calls : [];
};
const askWorld = ({ method, params }: RawCall) => world.ask(method, ...params);

async function proven(method: string, params: readonly unknown[], some: readonly Header[]): Promise<unknown> {
  const { proof } = await answered({ method, params, headers: some });
  if (proof.kind !== 'proved') throw new Error(`${method}: ${JSON.stringify(proof)}`);
  return proof.value;
}

describe('what is proven is what an honest node says', () => {
  test('of state', async () => {
    for (let number = 1; number <= world.height; number++)
      for (const address of [STRANGER, world.store, ana.address, ben.address, `0x${'00'.repeat(20)}`]) {
        const header = [headerAt(number)];
        for (const method of ['eth_getBalance', 'eth_getTransactionCount', 'eth_getCode'])
          expect(await proven(method, [address, at(number)], header)).toBe(
            await world.ask(method, address, at(number)),
          );
        for (const slot of ['0x0', '0x1', '0x2', `0x${word(10)}`, `0x${word(99)}`]) {
          const params = [address, slot, at(number)];
          expect(await proven('eth_getStorageAt', params, header)).toBe(
            await world.ask('eth_getStorageAt', ...params),
          );
        }
        const params = [address, [`0x${word(1)}`, `0x${word(77)}`], at(number)];
        const said = (await world.ask('eth_getProof', ...params)) as { storageProof: { proof: string[] }[] };
        // Of empty storage, go-ethereum gives no nodes and anvil one that says so.
        const storageProof = said.storageProof.map((entry) => ({
          ...entry,
          proof: entry.proof[0] === '0x80' ? [] : entry.proof,
        }));
        expect(await proven('eth_getProof', params, header)).toEqual({ ...said, storageProof });
      }
  });

  test('of blocks', async () => {
    for (const header of headers.slice(1))
      for (const [method, name] of [
        ['eth_getBlockByNumber', at(header.number)],
        ['eth_getBlockByHash', header.hash],
      ] as const)
        for (const isFull of [true, false]) {
          const {
            totalDifficulty: _,
            size: __,
            ...said
          } = (await world.ask(method, name, isFull)) as Record<string, unknown>;
          expect(await proven(method, [name, isFull], [header])).toMatchObject(said);
        }
  });

  test('of counts', async () => {
    for (const header of headers.slice(1)) {
      for (const [method, name] of [
        ['eth_getBlockTransactionCountByNumber', at(header.number)],
        ['eth_getBlockTransactionCountByHash', header.hash],
        ['eth_getUncleCountByBlockNumber', at(header.number)],
        ['eth_getUncleCountByBlockHash', header.hash],
      ] as const)
        expect(await proven(method, [name], [header])).toBe(await world.ask(method, name));
    }
  });

  test('of transactions and receipts', async () => {
    const header = [headerAt(2)];
    const block = (await world.ask('eth_getBlockByNumber', '0x2', true)) as {
      transactions: { hash: string }[];
    };
    const receipts = (await world.ask('eth_getBlockReceipts', '0x2')) as Record<string, unknown>[];
    const honest = receipts.map(({ blobGasPrice: _, blockTimestamp: __, ...receipt }) => receipt);
    expect(await proven('eth_getBlockReceipts', ['0x2'], header)).toEqual(honest);
    for (const [i, transaction] of block.transactions.entries()) {
      expect(await proven('eth_getTransactionByHash', [transaction.hash], header)).toEqual(transaction);
      for (const [method, name] of [
        ['eth_getTransactionByBlockNumberAndIndex', '0x2'],
        ['eth_getTransactionByBlockHashAndIndex', headerAt(2).hash],
      ] as const)
        expect(await proven(method, [name, at(i)], header)).toEqual(transaction);
      expect(await proven('eth_getTransactionReceipt', [transaction.hash], header)).toEqual(honest[i]);
    }
    const beyond = ['0x2', at(block.transactions.length)];
    expect(await proven('eth_getTransactionByBlockNumberAndIndex', beyond, header)).toBeNull();
  });

  test('of logs', async () => {
    const range = { fromBlock: '0x1', toBlock: at(world.height) };
    const slot = (i: number) => `0x${word(i)}`;
    for (const filter of [
      {},
      { address: world.store },
      { address: [STRANGER, world.store] },
      { address: STRANGER },
      { topics: [TOPIC] },
      { topics: [null, slot(20)] },
      { topics: [[slot(1), slot(2), slot(12)]] },
      { topics: [[slot(1), slot(12)], null] },
      { topics: [[], [slot(12), slot(13)]] },
      { topics: [slot(12), slot(13)] },
    ]) {
      const asked = { ...range, ...filter };
      expect(await proven('eth_getLogs', [asked], headers.slice(1))).toEqual(
        await world.ask('eth_getLogs', asked),
      );
    }
    // A position must be there even where it may be anything: so go-ethereum has it, and anvil has not.
    expect(await proven('eth_getLogs', [{ ...range, topics: [null, null, null] }], headers.slice(1))).toEqual(
      [],
    );
    const inOne = { blockHash: headerAt(3).hash, topics: [TOPIC] };
    expect(await proven('eth_getLogs', [inOne], [headerAt(3)])).toEqual(
      await world.ask('eth_getLogs', inOne),
    );
  });
});

test('every method that is provable is asked above', () => {
  expect([...PROVABLE_METHODS].sort()).toMatchInlineSnapshot(`
    [
      "eth_getBalance",
      "eth_getBlockByHash",
      "eth_getBlockByNumber",
      "eth_getBlockReceipts",
      "eth_getBlockTransactionCountByHash",
      "eth_getBlockTransactionCountByNumber",
      "eth_getCode",
      "eth_getLogs",
      "eth_getProof",
      "eth_getStorageAt",
      "eth_getTransactionByBlockHashAndIndex",
      "eth_getTransactionByBlockNumberAndIndex",
      "eth_getTransactionByHash",
      "eth_getTransactionCount",
      "eth_getTransactionReceipt",
      "eth_getUncleCountByBlockHash",
      "eth_getUncleCountByBlockNumber",
    ]
  `);
});

describe('what is needed', () => {
  test('is one proof for a balance, and code beside it for code', () => {
    const asked = { method: 'eth_getBalance', params: [STRANGER, 'latest'], headers: [headerAt(2)] };
    expect(needs(asked)).toEqual([{ key: 'proof', method: 'eth_getProof', params: [STRANGER, [], '0x2'] }]);
    expect(needs({ ...asked, method: 'eth_getCode' }).map(({ method }) => method)).toEqual([
      'eth_getProof',
      'eth_getCode',
    ]);
  });

  test('is nothing for logs that no bloom tells of, and only the blocks that have some', async () => {
    const asked = (filter: object) => ({
      method: 'eth_getLogs',
      params: [filter],
      headers: headers.slice(1),
    });
    expect(needs(asked({ topics: [`0x${word(12)}`] }))).toEqual([
      { key: `receipts ${headerAt(3).hash}`, method: 'eth_getBlockReceipts', params: ['0x3'] },
    ]);
    expect(needs(asked({ address: STRANGER }))).toEqual([]);
    expect(prove(asked({ address: STRANGER }), new Map())).toEqual({ kind: 'proved', value: [] });
    // The bloom tells of both, but no log has both: so no block is asked for.
    const { proof, answers } = await answered(asked({ topics: [`0x${word(12)}`, `0x${word(13)}`] }));
    expect(proof).toEqual({ kind: 'proved', value: [] });
    expect([...answers.keys()]).toEqual([`receipts ${headerAt(3).hash}`]);
  });

  test('is nothing where nothing would prove it', () => {
    expect(prove({ method: 'eth_call', params: [], headers: [] }, new Map())).toMatchObject({
      kind: 'unprovable',
    });
    expect(prove({ method: '__proto__', params: [], headers: [] }, new Map())).toMatchObject({
      kind: 'unprovable',
    });
    for (const method of ['eth_getTransactionByHash', 'eth_getTransactionReceipt', 'eth_getLogs'])
      expect(prove({ method, params: [{}], headers: [] }, new Map())).toMatchObject({ kind: 'unprovable' });
  });
});

describe('an answer with anything changed is refused, or makes no difference', () => {
  test.each([
    ['eth_getBalance', () => [ana.address, '0x3'], 3],
    ['eth_getCode', () => [world.store, '0x3'], 3],
    ['eth_getStorageAt', () => [world.store, '0x1', '0x3'], 3],
    ['eth_getProof', () => [world.store, ['0x1', '0x63'], '0x3'], 3],
    ['eth_getBlockByNumber', () => ['0x2', false], 2],
    ['eth_getBlockTransactionCountByNumber', () => ['0x2'], 2],
    ['eth_getLogs', () => [{ fromBlock: '0x5', toBlock: '0x5', topics: [TOPIC] }], 5],
    ['eth_getTransactionByBlockNumberAndIndex', () => ['0x2', '0x77'], 2],
  ] as const)('%s', async (method, params, number) => {
    const asked: Asked = { method, params: params(), headers: [headerAt(number)], cache };
    const { proof, answers } = await answered(asked);
    expect(proof.kind).toBe('proved');
    const whole = JSON.stringify(proof);
    let changes = 0;
    for (const [key, answer] of answers)
      for (const { at: where, value } of mutations(answer)) {
        const changed = prove(asked, new Map([...answers, [key, value]]));
        if (changed.kind !== 'refused') expect(JSON.stringify(changed), `${key}: ${where}`).toBe(whole);
        changes++;
      }
    expect(changes).toBeGreaterThan(50);
  });
});

describe('a lie is refused', () => {
  const lies: [string, (honest: unknown) => unknown][] = [
    ['null', () => null],
    ['nothing', () => undefined],
    ['an empty list', () => []],
    ['an empty object', () => ({})],
  ];

  test.each(lies)('%s in place of any answer', async (_, lie) => {
    const { transactions } = (await world.ask('eth_getBlockByNumber', '0x2', false)) as {
      transactions: string[];
    };
    for (const [method, params] of [
      ['eth_getBalance', [ana.address, '0x2']],
      ['eth_getCode', [world.store, '0x2']],
      ['eth_getStorageAt', [world.store, '0x1', '0x2']],
      ['eth_getProof', [world.store, ['0x1'], '0x2']],
      ['eth_getBlockByNumber', ['0x2', true]],
      ['eth_getBlockTransactionCountByNumber', ['0x2']],
      ['eth_getTransactionByHash', [transactions[0]]],
      ['eth_getTransactionReceipt', [transactions[0]]],
      ['eth_getBlockReceipts', ['0x2']],
      ['eth_getLogs', [{}]],
    ] as const) {
      const { proof } = await answered({ method, params, headers: [headerAt(2)] }, async (call) => lie(call));
      expect(proof.kind, method).toBe('refused');
    }
  });

  test('the right answer for another block, another account or another slot', async () => {
    const other = async ({ method, params }: RawCall) => {
      if (method === 'eth_getProof') return world.ask(method, ben.address, [`0x${word(5)}`], '0x2');
      if (method === 'eth_getBlockByHash') return world.ask('eth_getBlockByNumber', '0x3', true);
      if (method === 'eth_getBlockReceipts') return world.ask(method, '0x3');
      return world.ask(method, ...params);
    };
    for (const [method, params] of [
      ['eth_getBalance', [ana.address, '0x2']],
      ['eth_getStorageAt', [world.store, '0x1', '0x2']],
      ['eth_getBlockByNumber', ['0x2', true]],
      ['eth_getBlockReceipts', ['0x2']],
      ['eth_getLogs', [{}]],
    ] as const)
      expect((await answered({ method, params, headers: [headerAt(2)] }, other)).proof.kind, method).toBe(
        'refused',
      );
  });

  test('a transaction that is not in the block where it is said to be', async () => {
    const { transactions } = (await world.ask('eth_getBlockByNumber', '0x3', false)) as {
      transactions: string[];
    };
    for (const method of ['eth_getTransactionByHash', 'eth_getTransactionReceipt'])
      for (const hash of [transactions[0], '0x12', undefined, null])
        expect((await answered({ method, params: [hash], headers: [headerAt(2)] })).proof).toMatchObject({
          kind: 'refused',
          why: 'the transaction is not in block 2, where it is said to be',
        });
  });

  test('a header for another block than is asked for', () => {
    for (const [method, params] of [
      ['eth_getBalance', [ana.address, '0x3']],
      ['eth_getBalance', [ana.address, { blockHash: headerAt(3).hash }]],
      ['eth_getBalance', [ana.address, { blockNumber: '0x3' }]],
      ['eth_getBlockByHash', [headerAt(3).hash, false]],
      ['eth_getBlockByNumber', ['0x3', false]],
      ['eth_getBlockReceipts', ['0x3']],
      ['eth_getLogs', [{ fromBlock: '0x2', toBlock: '0x3' }]],
      ['eth_getLogs', [{ fromBlock: '0x1', toBlock: '0x2' }]],
      ['eth_getLogs', [{ blockHash: headerAt(3).hash }]],
    ] as const)
      expect(prove({ method, params, headers: [headerAt(2)] }, new Map()).kind, method).toBe('refused');
    const gap = [headerAt(1), headerAt(3)];
    expect(prove({ method: 'eth_getLogs', params: [{}], headers: gap }, new Map()).kind).toBe('refused');
    const forked = [headerAt(1), { ...headerAt(2), parentHash: headerAt(3).hash }];
    expect(prove({ method: 'eth_getLogs', params: [{}], headers: forked }, new Map()).kind).toBe('refused');
  });

  test('parameters that are none', () => {
    for (const [method, params] of [
      ['eth_getBalance', []],
      ['eth_getBalance', ['0x12', '0x2']],
      ['eth_getCode', [{}, '0x2']],
      ['eth_getStorageAt', [ana.address]],
      ['eth_getStorageAt', [ana.address, `0x${'0'.repeat(65)}`, '0x2']],
      ['eth_getStorageAt', [ana.address, '0x', '0x2']],
      ['eth_getProof', [ana.address, '0x1', '0x2']],
      ['eth_getProof', [ana.address, [7], '0x2']],
      ['eth_getProof', [ana.address, Array.from({ length: 1_025 }, () => '0x1'), '0x2']],
      ['eth_getTransactionByBlockNumberAndIndex', ['0x2']],
      ['eth_getTransactionByBlockNumberAndIndex', ['0x2', '0x100000000']],
      ['eth_getLogs', []],
    ] as const)
      expect(prove({ method, params, headers: [headerAt(2)] }, new Map() as Answers).kind, method).toBe(
        'refused',
      );
  });
});
