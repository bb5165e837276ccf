import { describe, expect, test } from 'vitest';
import { grow } from '../../test/parts/scripted-link.ts';
import { asCame, heldBytes } from '../../test/parts/heap.ts';
import { scene, type SceneSettings } from '../../test/parts/scripted-pool.ts';

const trunk = grow(undefined, 9);

const hashOf = (i: number): string => `0x${i.toString(16).padStart(64, '0')}`;

function filtered(settings: SceneSettings = {}) {
  // Heads are asked for seldom: minutes pass here.
  const made = scene({ head: trunk, blockTimeMs: 16_000, ...settings });
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
    for (let i = 0; i < 20_001; i++) pool.subscriptions.onPending(hashOf(i));
    expect(changes(id)).toEqual(NOT_FOUND);
  });

  test('that holds longer texts than it may is gone too', () => {
    const { make, changes, pool } = filtered();
    const id = make('eth_newPendingTransactionFilter', [true]);
    const tell = (from: number, count: number): void => {
      for (let i = from; i < from + count; i++)
        pool.subscriptions.onPending({ hash: hashOf(i), input: 'x'.repeat(1_000_000) });
    };
    tell(0, 15);
    expect(changes(id)).toHaveLength(15);
    tell(15, 16);
    expect(changes(id)).toEqual(NOT_FOUND);
  });

  test('that was not asked for longest is gone where the texts of all are longer than they may be', () => {
    const { make, changes, pool } = filtered();
    const ids = Array.from({ length: 10 }, () => make('eth_newPendingTransactionFilter', [true]));
    changes(ids[0]);
    for (let i = 0; i < 14; i++)
      pool.subscriptions.onPending({ hash: hashOf(i), input: 'x'.repeat(1_000_000) });
    expect(ids.map((id) => Array.isArray(changes(id)))).toEqual([true, false, ...Array(8).fill(true)]);
  });

  test('holds what it tells, and not the messages in which that came', () => {
    const { make, changes, node, pass } = filtered({ settings: [{ hasSocket: true }] });
    const id = make('eth_newPendingTransactionFilter');
    const [socket] = node(0).link.sockets;
    socket?.open();
    socket?.accept();
    const pad = 'y'.repeat(2_000_000);
    const before = heldBytes();
    for (let i = 0; i < 50; i++) {
      const params = `{"subscription":"0xs2","result":"${hashOf(i)}"}`;
      socket?.say(asCame(`{"method":"eth_subscription","pad":"${pad}","params":${params}}`));
    }
    pass(1);
    expect(heldBytes() - before).toBeLessThan(20_000_000);
    expect(changes(id)).toHaveLength(50);
  });

  test('that nobody asks for is gone although nobody asks for any other', () => {
    const { make, pool, pass } = filtered();
    make('eth_newPendingTransactionFilter');
    pass(301_000);
    pool.subscriptions.onPending(`0x${'1'.repeat(64)}`);
    expect(pool.subscriptions.size).toBe(0);
  });

  test('that was not asked for longest is gone where all together hold more than they may', () => {
    const { make, changes, pool } = filtered();
    const ids = Array.from({ length: 51 }, () => make('eth_newPendingTransactionFilter'));
    changes(ids[0]);
    for (let i = 0; i < 19_999; i++) pool.subscriptions.onPending(hashOf(i));
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
