import { describe, expect, test } from 'vitest';
import { grow } from '../../test/parts/scripted-link.ts';
import { scene } from '../../test/parts/scripted-pool.ts';

const trunk = grow(undefined, 9);

function filtered() {
  // Heads are asked for seldom: minutes pass here.
  const made = scene({ head: trunk, blockTimeMs: 16_000 });
  const make = (method: string, params: readonly unknown[] = []): string =>
    JSON.parse(made.ask(method, params).text) as string; // an id
  const changes = (id: unknown): unknown => JSON.parse(made.ask('eth_getFilterChanges', [id]).text);
  const all = (head: typeof trunk): void => {
    for (const one of made.nodes) one.head = head;
  };
  return { ...made, make, changes, all };
}

const NOT_FOUND = { code: -32000, message: 'filter not found' };

describe('a filter', () => {
  test('of blocks gives the hashes of those since it was asked last', () => {
    const { make, changes, all, pass } = filtered();
    const id = make('eth_newBlockFilter');
    expect(changes(id)).toEqual([]);
    const next = grow(trunk, 2);
    all(next);
    pass(5_000);
    expect(changes(id)).toEqual([next.parent?.hash, next.hash]);
    expect(changes(id)).toEqual([]);
  });

  test('of logs gives those since, and all of its range when that is asked', () => {
    const { make, changes, all, pass, ask } = filtered();
    const id = make('eth_newFilter', [{ fromBlock: '0x8' }]);
    const next = grow(trunk, 1, { logs: 2 });
    all(next);
    pass(5_000);
    expect(changes(id)).toEqual(next.logs);
    expect(JSON.parse(ask('eth_getFilterLogs', [id]).text)).toEqual(next.logs);
    expect(JSON.parse(ask('eth_getFilterLogs', [make('eth_newBlockFilter')]).text)).toEqual(NOT_FOUND);
  });

  test('is gone once it was taken away, or not asked for five minutes', () => {
    const { make, changes, ask, pass, pool } = filtered();
    const [one, two] = [make('eth_newBlockFilter'), make('eth_newPendingTransactionFilter')];
    expect(ask('eth_uninstallFilter', [one]).text).toBe('true');
    expect(ask('eth_uninstallFilter', [one]).text).toBe('false');
    expect(changes(one)).toEqual(NOT_FOUND);
    pass(299_000);
    expect(changes(two)).toEqual([]);
    pass(299_000);
    expect(changes(two)).toEqual([]);
    pass(301_000);
    expect(changes(two)).toEqual(NOT_FOUND);
    expect(pool.subscriptions.size).toBe(0);
    for (const odd of [undefined, null, 5, {}, '__proto__']) expect(changes(odd)).toEqual(NOT_FOUND);
  });

  test('that holds more than it may is gone: a hole would not be seen', () => {
    const { make, changes, pool } = filtered();
    const id = make('eth_newPendingTransactionFilter');
    for (let i = 0; i < 20_001; i++)
      pool.subscriptions.onPending(`0x${i.toString(16).padStart(64, '0')}`, '"x"');
    expect(changes(id)).toEqual(NOT_FOUND);
  });

  test('that nobody asks for is gone although nobody asks for any other', () => {
    const { make, pool, pass } = filtered();
    make('eth_newPendingTransactionFilter');
    pass(301_000);
    pool.subscriptions.onPending(`0x${'1'.repeat(64)}`, '"x"');
    expect(pool.subscriptions.size).toBe(0);
  });

  test('that was not asked for longest is gone where all together hold more than they may', () => {
    const { make, changes, pool } = filtered();
    const ids = Array.from({ length: 51 }, () => make('eth_newPendingTransactionFilter'));
    changes(ids[0]);
    for (let i = 0; i < 19_999; i++)
      pool.subscriptions.onPending(`0x${i.toString(16).padStart(64, '0')}`, '"x"');
    expect(ids.map((id) => changes(id)).filter((found) => Array.isArray(found))).toHaveLength(50);
    expect(changes(ids[0])).toEqual([]);
    expect(changes(ids[1])).toEqual(NOT_FOUND);
  });

  test('with a gap in it is gone', () => {
    const { make, changes, pool } = filtered();
    const id = make('eth_newBlockFilter');
    pool.subscriptions.onGap();
    expect(changes(id)).toEqual(NOT_FOUND);
    expect(pool.subscriptions.size).toBe(0);
  });

  test('of what cannot be read is refused', () => {
    const { ask } = filtered();
    expect(ask('eth_newFilter', [{ address: 'x' }]).source).toBe('refused');
    expect(ask('eth_newFilter', []).source).toBe('refused');
  });

  test('of logs is none where logs are not to be had', () => {
    const { ask, pool } = scene({ head: trunk, refuse: new Set(['eth_getLogs']) });
    expect(ask('eth_newFilter', [{}]).source).toBe('refused');
    expect(pool.subscriptions.size).toBe(0);
  });

  test('is one of a bounded number', () => {
    const { ask, pool } = filtered();
    for (let i = 0; i < 10_000; i++)
      pool.call(
        { kind: 'call', method: 'eth_newBlockFilter', id: '1', params: [], paramsText: '[]', text: '' },
        {},
        () => undefined,
      );
    expect(ask('eth_newBlockFilter').text).toContain('Too many filters');
  }, 20_000);
});
