import { describe, expect, test } from 'vitest';
import { grow } from '../../test/parts/scripted-link.ts';
import { scene, type SceneSettings } from '../../test/parts/scripted-pool.ts';
import { PoolSession } from './session.ts';
import { answerText, type Answered } from './texts.ts';

const trunk = grow(undefined, 9, { logs: 1 });

function opened(settings: SceneSettings = {}) {
  const made = scene({ head: trunk, ...settings });
  const sent: string[] = [];
  const closed: string[] = [];
  let ids = 0;
  const session = new PoolSession(made.pool, {
    send: (text) => sent.push(text),
    close: (why) => closed.push(why),
    newId: () => `0x${++ids}`,
  });
  const say = (method: string, params: readonly unknown[] = [], id: unknown = 1): void =>
    session.onText(JSON.stringify({ jsonrpc: '2.0', id, method, params }));
  const all = (head: typeof trunk): void => {
    for (const one of made.nodes) one.head = head;
  };
  const last = (): unknown => JSON.parse(sent.at(-1) ?? 'null');
  return { ...made, sent, closed, session, say, all, last };
}

describe('a session', () => {
  test('answers calls, alone and in batches', () => {
    const { say, last, session, pass } = opened();
    say('eth_chainId');
    expect(last()).toEqual({ jsonrpc: '2.0', id: 1, result: '0x1' });
    session.onText(
      '[{"jsonrpc":"2.0","id":"a","method":"eth_blockNumber"},{"jsonrpc":"2.0","id":2,"method":"eth_subscribe","params":["newHeads"]}]',
    );
    pass(100);
    expect(last()).toMatchObject([
      { id: 'a', result: '0x8' },
      { id: 2, error: { code: -32601 } },
    ]);
    session.onText('{');
    expect(last()).toMatchObject({ id: null, error: { code: -32700 } });
  });

  test('tells what was subscribed to, by its name, until it is not wanted any more', () => {
    const { say, last, all, pass, sent, session, pool } = opened();
    say('eth_subscribe', ['newHeads']);
    expect(last()).toEqual({ jsonrpc: '2.0', id: 1, result: '0x1' });
    const next = grow(trunk, 1);
    all(next);
    pass(500);
    expect(last()).toMatchObject({
      ...{ jsonrpc: '2.0', method: 'eth_subscription' },
      params: { subscription: '0x1', result: { hash: next.hash } },
    });
    say('eth_unsubscribe', ['0x1']);
    expect(last()).toMatchObject({ result: true });
    say('eth_unsubscribe', ['0x1']);
    expect(last()).toMatchObject({ result: false });
    for (const odd of [undefined, 5, null]) say('eth_unsubscribe', [odd]);
    const { length } = sent;
    all(grow(next, 1));
    pass(500);
    expect(sent).toHaveLength(length);
    expect([session.subscriptions, pool.subscriptions.size]).toEqual([0, 0]);
  });

  test('that has ended says nothing more, and leaves nothing behind', () => {
    const { say, sent, session, pass, pool, all } = opened();
    say('eth_subscribe', ['newHeads']);
    say('eth_subscribe', ['logs']);
    say('eth_getBalance', [`0x${'11'.repeat(20)}`], 2);
    session.end();
    const { length } = sent;
    all(grow(trunk, 1));
    pass(1_000);
    say('eth_subscribe', ['newHeads']);
    say('eth_chainId');
    expect(sent).toHaveLength(length);
    expect(pool.subscriptions.size).toBe(0);
  });

  test('says nothing to what asks for no answer', () => {
    const { sent, session, pass } = opened();
    session.onText('{"jsonrpc":"2.0","method":"eth_chainId"}');
    session.onText('{"jsonrpc":"2.0","method":"eth_subscribe","params":["newHeads"]}');
    pass(100);
    expect(sent).toEqual([]);
    expect(session.subscriptions).toBe(1);
  });

  test('is closed once where there is a gap that cannot be told', () => {
    const { say, closed, pool, session } = opened();
    for (let i = 0; i < 3; i++) say('eth_subscribe', ['newHeads']);
    pool.subscriptions.onGap();
    expect(closed.length).toBeGreaterThan(0);
    session.end();
    pool.subscriptions.onGap();
    expect(closed.length).toBeLessThanOrEqual(3);
  });

  test('keeps a bounded number of subscriptions', () => {
    const { say, last, session } = opened();
    for (let i = 0; i < 1_001; i++) say('eth_subscribe', ['newHeads']);
    expect(last()).toMatchObject({ error: { code: -32005 } });
    expect(session.subscriptions).toBe(1_000);
  });

  test('offers no subscriptions where the plan does not, nor to logs where logs are not to be had', () => {
    const none = opened({ refuse: new Set(['eth_subscribe']) });
    none.say('eth_subscribe', ['newHeads']);
    expect(none.last()).toMatchObject({ error: { code: -32601 } });
    const { say, last, pool } = opened({ refuse: new Set(['eth_getLogs']) });
    say('eth_subscribe', ['logs']);
    expect(last()).toMatchObject({ error: { code: -32601 } });
    say('eth_subscribe', ['x']);
    expect(last()).toMatchObject({ error: { code: -32602 } });
    expect(pool.subscriptions.size).toBe(0);
  });
});

describe('a whole request', () => {
  const answered = (text: string) => {
    const { pool, pass } = scene({ head: trunk });
    const got: Answered[] = [];
    answerText(pool, text, {}, (one) => got.push(one));
    pass(100);
    expect(got).toHaveLength(1);
    return got[0];
  };
  const call = (id: unknown, method = 'eth_chainId') => ({ jsonrpc: '2.0', id, method });

  test('of good and bad calls and notices gets an answer for each that wants one, in their order', () => {
    const { id: _, ...notice } = call(0);
    const text = answered(
      JSON.stringify([call(1), 5, notice, call('x', 'eth_sign'), { ...call(2), params: {} }, call(1)]),
    )?.text;
    expect(JSON.parse(text ?? '')).toMatchObject([
      { id: 1, result: '0x1' },
      { id: null, error: { code: -32600 } },
      { id: 'x', error: { code: -32601 } },
      { id: 2, error: { code: -32602 } },
      { id: 1, result: '0x1' },
    ]);
  });

  test('of one call is passed on, and its answer back, byte for byte where nothing had to be changed', () => {
    const { pool, node, pass } = scene({ head: trunk, verify: 'none', votes: 1 });
    const said = '{ "result":"0x1", "id":"x","jsonrpc":"2.0" }';
    node(0).instead = (method) => (method === 'eth_getBalance' ? { text: said } : undefined);
    const asked = `{"id":"x",  "jsonrpc":"2.0","method":"eth_getBalance","params":["0x${'11'.repeat(20)}","0x5"]}`;
    const got: (string | undefined)[] = [];
    answerText(pool, asked, {}, ({ text }) => got.push(text));
    pass(100);
    expect(got).toEqual([said]);
    expect(node(0).link.posts.some(({ body }) => body === asked)).toBe(true);
  });

  test('of notices alone gets nothing', () => {
    const one = answered(
      '[{"jsonrpc":"2.0","method":"eth_chainId"},{"jsonrpc":"2.0","method":"eth_chainId"}]',
    );
    expect(one).toMatchObject({ text: undefined });
    expect(one?.answers).toHaveLength(2);
    expect(answered('{"jsonrpc":"2.0","method":"eth_chainId"}')?.text).toBeUndefined();
  });

  test('all of which is bad gets as many errors', () => {
    expect(JSON.parse(answered('[1,2]')?.text ?? '')).toHaveLength(2);
    expect(JSON.parse(answered('[]')?.text ?? '')).toMatchObject({ error: { code: -32600 } });
    expect(JSON.parse(answered('5')?.text ?? '')).toMatchObject({ error: { code: -32600 } });
    expect(JSON.parse(answered('{"jsonrpc":"2.0","id":{},"method":"x"}')?.text ?? '')).toMatchObject({
      id: null,
    });
    expect(
      JSON.parse(answered(JSON.stringify(Array.from({ length: 1_001 }, () => call(1))))?.text ?? ''),
    ).toMatchObject({ error: { code: -32600 } });
  });
});
