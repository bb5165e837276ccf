import { describe, expect, test } from 'vitest';
import { grow, MARK, WRITER, type ScriptedBlock, blockAt } from '../../test/parts/scripted-link.ts';
import { scene } from '../../test/parts/scripted-pool.ts';
import { readLogFilter } from '../chain/index.ts';
import { topicOf, type Topic } from './subscriptions.ts';

const trunk = grow(undefined, 9);
const at = (number: number, head = trunk): ScriptedBlock => blockAt(head, number);

function logs(filter: unknown = {}): Topic {
  const read = readLogFilter(filter);
  if (read.kind === 'refused') throw new Error(read.why);
  return { kind: 'logs', filter: read };
}

function subscribed(settings: Parameters<typeof scene>[0] = {}) {
  const made = scene({ head: trunk, ...settings });
  const all = (head: ScriptedBlock): void => {
    for (const one of made.nodes) one.head = head;
  };
  /** What it hears, in words: `head 9`, `log 9.0`, `gone 9.0`. */
  const hear = (topic: Topic, heard: string[] = []) => {
    const end = made.pool.subscriptions.add(topic, {
      onEvent: (text) => heard.push(wordsOf(text)),
      onGap: () => heard.push('gap'),
    });
    return { heard, end };
  };
  return { ...made, all, hear };
}

function wordsOf(text: string): string {
  const value = JSON.parse(text) as Record<string, string | boolean>; // as subscriptions tell it
  if (typeof value === 'string') return value;
  if (value.logIndex === undefined) return `head ${Number(value.number)}`;
  return `${value.removed === true ? 'gone' : 'log'} ${Number(value.blockNumber)}.${Number(value.logIndex)}`;
}

describe('subscriptions', () => {
  test('tell of each block, then of its logs, in order', () => {
    const { hear, all, pass } = subscribed();
    const both: string[] = [];
    hear({ kind: 'newHeads' }, both);
    hear(logs(), both);
    all(grow(trunk, 2, { logs: 2 }));
    pass(1_000);
    expect(both).toEqual(['head 9', 'log 9.0', 'log 9.1', 'head 10', 'log 10.0', 'log 10.1']);
  });

  test('take back the logs of blocks that gave way, the last first, and tell of those in their place', () => {
    const { hear, all, pass } = subscribed();
    const { heard } = hear(logs());
    all(grow(trunk, 2, { logs: 2 }));
    pass(1_000);
    heard.length = 0;
    all(grow(trunk, 3, { logs: 1, salt: 'b' }));
    pass(1_000);
    expect(heard).toEqual([
      'gone 10.1',
      'gone 10.0',
      'gone 9.1',
      'gone 9.0',
      'log 9.0',
      'log 10.0',
      'log 11.0',
    ]);
  });

  test('tell the same log again when its block comes back', () => {
    const { hear, all, pass } = subscribed();
    const { heard } = hear(logs());
    const one = grow(trunk, 1, { logs: 1 });
    all(one);
    pass(500);
    all(grow(trunk, 2, { salt: 'b' }));
    pass(500);
    all(grow(one, 2));
    pass(500);
    expect(heard).toEqual(['log 9.0', 'gone 9.0', 'log 9.0']);
  });

  test('tell only of logs that are asked for', () => {
    const { hear, all, pass } = subscribed();
    const other = `0x${'dd'.repeat(20)}`;
    const wanted = [
      logs({ address: WRITER }),
      logs({ topics: [MARK] }),
      logs({ topics: [[MARK, `0x${'00'.repeat(32)}`]] }),
    ];
    const unwanted = [logs({ address: other }), logs({ topics: [null, MARK] })];
    const heard = [...wanted, ...unwanted].map((topic) => hear(topic).heard);
    all(grow(trunk, 1, { logs: 1 }));
    pass(1_000);
    expect(heard.map(({ length }) => length)).toEqual([1, 1, 1, 0, 0]);
  });

  test('ask for the logs of a block once, and not at all where its bloom has none that are wanted', () => {
    const { hear, all, pass, node } = subscribed();
    hear(logs());
    hear(logs({ address: WRITER }));
    all(grow(trunk, 1, { logs: 1 }));
    pass(1_000);
    expect(node(0).link.paramsOf('eth_getLogs')).toHaveLength(1);
    const narrow = subscribed();
    narrow.hear(logs({ address: WRITER }));
    narrow.all(grow(trunk, 3));
    narrow.pass(1_000);
    expect(narrow.node(0).link.count('eth_getLogs')).toBe(0);
  });

  test('wait for logs that nobody can give yet, and tell what comes after them after them', () => {
    const { hear, all, pass, nodes } = subscribed();
    const both: string[] = [];
    hear({ kind: 'newHeads' }, both);
    hear(logs(), both);
    for (const one of nodes)
      one.instead = (method) => (method === 'eth_getLogs' ? { failure: 'unreachable' } : undefined);
    all(grow(trunk, 1, { logs: 1 }));
    pass(500);
    all(grow(grow(trunk, 1, { logs: 1 }), 1));
    pass(500);
    expect(both).toEqual(['head 9']);
    for (const one of nodes) one.instead = undefined;
    pass(30_000);
    expect(both).toEqual(['head 9', 'log 9.0', 'head 10']);
  });

  test('do not wait for logs of a block that gave way meanwhile, nor take back what was not told', () => {
    const { hear, all, pass, nodes } = subscribed();
    const { heard } = hear(logs());
    const lost = grow(trunk, 1, { logs: 1, salt: 'lost' });
    for (const one of nodes)
      one.instead = (method, params) =>
        method === 'eth_getLogs' && JSON.stringify(params).includes(lost.hash)
          ? { failure: 'unreachable' }
          : undefined;
    all(lost);
    pass(500);
    all(grow(trunk, 2, { logs: 1 }));
    pass(15_000);
    expect(heard).toEqual(['log 9.0', 'log 10.0']);
  });

  test('begin with what comes next', () => {
    const { hear, all, pass, nodes } = subscribed();
    hear(logs());
    for (const one of nodes)
      one.instead = (method, params) =>
        method === 'eth_getLogs' ? { ...one.truth(method, params), afterMs: 600 } : undefined;
    all(grow(trunk, 1, { logs: 1 }));
    pass(500);
    // The logs of block 9 are on their way.
    const late = hear(logs());
    pass(1_000);
    expect(late.heard).toEqual([]);
    all(grow(grow(trunk, 1, { logs: 1 }), 1, { logs: 1 }));
    pass(2_000);
    expect(late.heard).toEqual(['log 10.0']);
  });

  test('that have ended hear no more, though it was another that ended them while it was told', () => {
    const { pool, all, pass } = subscribed();
    const heard: string[] = [];
    let endSecond = (): void => undefined;
    pool.subscriptions.add(
      { kind: 'newHeads' },
      {
        onEvent: () => {
          heard.push('first');
          endSecond();
        },
        onGap: () => endSecond(),
      },
    );
    endSecond = pool.subscriptions.add(
      { kind: 'newHeads' },
      { onEvent: () => heard.push('second'), onGap: () => heard.push('gap') },
    );
    all(grow(trunk, 1));
    pass(500);
    expect(heard).toEqual(['first']);
  });

  test('that have ended hear of no gap', () => {
    const { pool } = subscribed();
    const heard: string[] = [];
    let endSecond = (): void => undefined;
    pool.subscriptions.add({ kind: 'newHeads' }, { onEvent: () => undefined, onGap: () => endSecond() });
    endSecond = pool.subscriptions.add(
      { kind: 'newHeads' },
      { onEvent: () => undefined, onGap: () => heard.push('gap') },
    );
    pool.subscriptions.onGap();
    expect(heard).toEqual([]);
  });

  test('that begin while another is told begin with what comes next', () => {
    const { pool, all, pass, hear } = subscribed();
    const later: string[] = [];
    pool.subscriptions.add(
      { kind: 'newHeads' },
      {
        onEvent: () => {
          if (later.length === 0) hear({ kind: 'newHeads' }, later);
          later.push('first');
        },
        onGap: () => undefined,
      },
    );
    all(grow(trunk, 1));
    pass(500);
    expect(later).toEqual(['first']);
    all(grow(trunk, 2));
    pass(500);
    expect(later).toEqual(['first', 'first', 'head 10']);
  });

  test('are told of a gap that cannot be filled', () => {
    const { hear, all, pass, nodes, pool } = subscribed();
    const { heard, end } = hear({ kind: 'newHeads' });
    for (const one of nodes) one.instead = () => ({ failure: 'unreachable' });
    pass(80_000);
    for (const one of nodes) one.instead = undefined;
    all(grow(trunk, 300));
    pass(10_000);
    expect(heard[0]).toBe('gap');
    end();
    expect(pool.subscriptions.size).toBe(0);
  });

  test('hear after a gap of nothing that came before it', () => {
    const { hear, all, pass, nodes, pool } = subscribed();
    const { heard } = hear({ kind: 'newHeads' });
    hear(logs());
    for (const one of nodes)
      one.instead = (method) => (method === 'eth_getLogs' ? { failure: 'unreachable' } : undefined);
    // The logs of block 9 hold up what comes after them.
    all(grow(trunk, 1, { logs: 1 }));
    pass(500);
    all(grow(grow(trunk, 1, { logs: 1 }), 2));
    pass(500);
    pool.subscriptions.onGap();
    for (const one of nodes) one.instead = undefined;
    pass(20_000);
    expect(heard).toEqual(['head 9', 'gap']);
  });

  test('survive a move that no subscriber is left to hear of', () => {
    const { hear, all, pass } = subscribed();
    hear(logs()).end();
    all(grow(trunk, 1, { logs: 1 }));
    pass(500);
    const { heard } = hear(logs());
    all(grow(trunk, 2, { logs: 1, salt: 'b' }));
    pass(500);
    expect(heard).toEqual(['log 9.0', 'log 10.0']);
  });

  test('end with the pool', () => {
    const { hear, all, pass, pool } = subscribed();
    const { heard } = hear({ kind: 'newHeads' });
    all(grow(trunk, 1));
    pool.stop();
    pass(1_000);
    expect(heard).toEqual([]);
  });

  test('tell of a header as it is, without what is not of it', () => {
    const { pool, all, pass } = subscribed();
    const heard: string[] = [];
    pool.subscriptions.add(
      { kind: 'newHeads' },
      { onEvent: (text) => heard.push(text), onGap: () => undefined },
    );
    const next = grow(trunk, 1);
    all(next);
    pass(500);
    const { transactions: _, uncles: __, size: ___, ...header } = next.value;
    expect(JSON.parse(heard[0] ?? '')).toEqual(header);
    expect(at(8).hash).toBe(header.parentHash);
  });
});

describe('new heads', () => {
  const added = {
    BaseFeePerGas: '0xffff',
    Number: '0x1',
    basefeepergas: '0x1',
    l1BlockNumber: '0x99',
    pad: [[]],
  };
  const told = (making: Parameters<typeof grow>[2], more: readonly object[]): Record<string, unknown> => {
    const from = grow(undefined, 9, making);
    const { all, nodes, pass, pool } = subscribed({ head: from });
    for (const [i, one] of nodes.entries())
      one.instead = (method, _, truth) => {
        const said = truth();
        if (!method.startsWith('eth_getBlock') || !('result' in said) || said.result === null)
          return undefined;
        return { ...said, afterMs: 10 * (i + 1), result: { ...(said.result as object), ...more[i] } }; // a block
      };
    const heard: string[] = [];
    pool.subscriptions.add(
      { kind: 'newHeads' },
      { onEvent: (text) => heard.push(text), onGap: () => undefined },
    );
    const next = grow(from, 1, making);
    all(next);
    pass(2_000);
    expect(heard).toHaveLength(1);
    const read = JSON.parse(heard[0] ?? '') as Record<string, unknown>; // a header
    expect(read.hash).toBe(next.hash);
    return read;
  };
  const ofHeader = Object.keys(trunk.value).filter(
    (name) => !['transactions', 'uncles', 'size'].includes(name),
  );

  test('have what is hashed, in its order, and nothing that a node has added', () => {
    expect(Object.keys(told({}, [added, added, added]))).toEqual(ofHeader);
  });

  test('of chains whose hashes nobody here computes have what is said alike, and no list', () => {
    const isForeignLayout = true;
    const common = { l1BatchNumber: '0x5', totalDifficulty: '0x0', sealFields: [] };
    const more = [{ ...common, ...added }, common, { ...common, l1BlockNumber: '0x98' }];
    expect(Object.keys(told({ isForeignLayout }, more)).sort()).toEqual(
      [...ofHeader, 'l1BatchNumber'].sort(),
    );
  });
});

describe('pending transactions', () => {
  const hash = (i: number): string => `0x${i.toString(16).padStart(64, '0')}`;

  test('are told once, whoever tells them, to those who want them in that form', () => {
    const { pool, hear } = subscribed();
    const { heard } = hear({ kind: 'pending', isFull: false });
    const whole: string[] = [];
    pool.subscriptions.add(
      { kind: 'pending', isFull: true },
      { onEvent: (text) => whole.push(text), onGap: () => undefined },
    );
    for (let i = 0; i < 3; i++) {
      pool.subscriptions.onPending(hash(1));
      pool.subscriptions.onPending({ hash: hash(1), nonce: '0x5' });
    }
    expect(heard).toEqual([hash(1)]);
    expect(whole).toEqual([`{"hash":"${hash(1)}","nonce":"0x5"}`]);
  });

  test('that are none are told to nobody, and not remembered', () => {
    const { pool, hear } = subscribed();
    const { heard } = hear({ kind: 'pending', isFull: false });
    for (const odd of [null, 5, {}, { hash: 5 }, 'x', `0x${'0'.repeat(1_000_000)}`, []])
      pool.subscriptions.onPending(odd);
    expect(heard).toEqual([]);
  });

  test('are told once in whatever letters, and not where they are larger than a transaction can be', () => {
    const { pool, hear } = subscribed();
    const { heard } = hear({ kind: 'pending', isFull: false });
    for (const digits of ['ab', 'AB', 'aB']) pool.subscriptions.onPending(`0x${digits.repeat(32)}`);
    expect(heard).toEqual([`0x${'ab'.repeat(32)}`]);
    const whole: string[] = [];
    pool.subscriptions.add(
      { kind: 'pending', isFull: true },
      { onEvent: (text) => whole.push(text), onGap: () => undefined },
    );
    pool.subscriptions.onPending({ hash: hash(1), input: 'x'.repeat(1_100_000) });
    expect(whole).toEqual([]);
    // Who has spoilt it has not kept others from telling it.
    pool.subscriptions.onPending({ hash: hash(1), input: '0x' });
    expect(whole).toHaveLength(1);
  });

  test('are remembered in a bounded number', () => {
    const { pool, hear } = subscribed();
    const { heard } = hear({ kind: 'pending', isFull: false });
    for (let i = 0; i <= 50_000; i++) pool.subscriptions.onPending(hash(i));
    expect(heard).toHaveLength(50_001);
    pool.subscriptions.onPending(hash(0));
    pool.subscriptions.onPending(hash(50_000));
    expect(heard).toHaveLength(50_002);
  });
});

test('what can be subscribed to is what geth has', () => {
  expect(topicOf(['newHeads'])).toEqual({ kind: 'newHeads' });
  expect(topicOf(['syncing'])).toEqual({ kind: 'syncing' });
  expect(topicOf(['newPendingTransactions'])).toEqual({ kind: 'pending', isFull: false });
  expect(topicOf(['newPendingTransactions', true])).toEqual({ kind: 'pending', isFull: true });
  expect(topicOf(['logs'])).toMatchObject({ kind: 'logs' });
  expect(topicOf(['logs', null])).toMatchObject({ kind: 'logs' });
  for (const odd of [[], ['x'], [5], ['logs', 5], ['logs', { address: 'x' }]])
    expect(topicOf(odd).kind).toBe('unreadable');
});
