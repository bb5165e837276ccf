import { describe, expect, test } from 'vitest';
import { ScriptedLink, type Said, type Script } from '../../test/parts/scripted-link.ts';
import { VirtualTime } from '../../test/parts/virtual-time.ts';
import { Budget } from './budget.ts';
import { PoolNode, type NodeOptions } from './node.ts';
import type { Outcome } from './outcome.ts';

const call = (method: string) => ({ method, paramsText: '[]' });

function made(script: Script, options: Partial<NodeOptions> = {}) {
  const time = new VirtualTime();
  const link = new ScriptedLink(time, script);
  const node = new PoolNode({ name: 'a', link, ...options }, time);
  const said: string[] = [];
  const ask = (method: string, timeoutMs = 1_000) =>
    node.ask(call(method), timeoutMs, (outcome) => said.push(`${method}: ${wordOf(outcome)}`));
  /** In one request, as far as it takes batches. */
  const askTogether = (...methods: readonly string[]): void => {
    node.hold();
    for (const method of methods) ask(method);
    node.release();
  };
  const pass = (ms: number): void => time.goTo(time.now() + ms);
  return { time, link, node, said, ask, askTogether, pass };
}

function wordOf(outcome: Outcome): string {
  if (outcome.kind === 'failure') return outcome.why;
  return outcome.reply.kind === 'result' ? outcome.reply.result : 'error';
}

const echo: Script = (method) => ({ result: method });
const TOO_MANY = { error: { code: 429, message: 'Too Many Requests' } };

describe('calls of a node', () => {
  test('that are held go out as one request, and each gets its own answer', () => {
    const { node, link, said, ask, pass } = made(echo);
    node.hold();
    node.hold();
    ask('one');
    ask('two');
    node.release();
    ask('three');
    expect(link.posts).toHaveLength(0);
    node.release();
    pass(10);
    expect(link.posts).toMatchObject([{ isBatch: true }]);
    expect(said).toEqual(['one: "one"', 'two: "two"', 'three: "three"']);
    expect(node).toMatchObject({ inFlight: 0, calls: 3, requests: 1 });
  });

  test('go out in as many requests as the node takes at once', () => {
    const { link, askTogether, pass, said } = made(echo, { mostBatch: 2 });
    askTogether('a', 'b', 'c', 'd', 'e');
    pass(10);
    expect(link.posts.map(({ calls }) => calls.length)).toEqual([2, 2, 1]);
    expect(said).toHaveLength(5);
  });

  test('go out one by one from the time when the node has refused a batch', () => {
    let isBatch = true;
    const { link, askTogether, pass, said } = made((method) =>
      isBatch
        ? { text: '{"jsonrpc":"2.0","id":null,"error":{"code":-32600,"message":"no batches"}}' }
        : echo(method, [], 0),
    );
    askTogether('a', 'b');
    isBatch = false;
    pass(30);
    expect(said).toEqual(['a: "a"', 'b: "b"']);
    askTogether('c', 'd');
    pass(30);
    expect(link.posts.map((post) => post.isBatch)).toEqual([true, false, false, false, false]);
    expect(said.slice(2)).toEqual(['c: "c"', 'd: "d"']);
  });

  test.each([
    ['an error within', '{"code":-32603,"message":"Internal error"}', 'internal'],
    ['a revert, of all things', '{"code":3,"message":"execution reverted"}', 'broken'],
  ])('of a batch that met %s failed, and the next batch is one again', (_, error, why) => {
    const { link, askTogether, pass, said } = made(() => ({
      text: `{"jsonrpc":"2.0","id":null,"error":${error}}`,
    }));
    for (let i = 0; i < 2; i++) {
      askTogether('a', 'b');
      pass(10);
    }
    expect(link.posts.map((post) => post.isBatch)).toEqual([true, true]);
    expect(said).toEqual(['a', 'b', 'a', 'b'].map((method) => `${method}: ${why}`));
  });

  test('of a batch that was refused for now are all refused, and the next batch is one again', () => {
    const { link, askTogether, pass, said } = made(() => ({
      text: JSON.stringify({ jsonrpc: '2.0', id: null, ...TOO_MANY }),
    }));
    for (let i = 0; i < 2; i++) {
      askTogether('a', 'b');
      pass(10);
    }
    expect(said).toEqual(Array.from({ length: 2 }, () => ['a: rate-limited', 'b: rate-limited']).flat());
    expect(link.posts.map((post) => post.isBatch)).toEqual([true, true]);
  });

  test('are broken where the answer has another id, or a batch lacks it or has it twice', () => {
    const alone = made(() => ({ text: '{"jsonrpc":"2.0","id":2,"result":"0x1"}' }));
    alone.ask('a');
    alone.pass(10);
    expect(alone.said).toEqual(['a: broken']);
    const reply = (id: unknown) => ({ jsonrpc: '2.0', id, result: '0x1' });
    const many = made(() => ({ text: JSON.stringify([reply(3), reply(2), reply(2), reply(7)]) }));
    many.askTogether('a', 'b', 'c');
    many.pass(10);
    expect(many.said).toEqual(['a: broken', 'b: broken', 'c: "0x1"']);
  });

  test('are told apart in a batch whose answers come in another order', () => {
    const text = '[{"jsonrpc":"2.0","id":2,"result":"b"},{"jsonrpc":"2.0","id":1,"result":"a"}]';
    const { askTogether, pass, said } = made(() => ({ text }));
    askTogether('a', 'b');
    pass(10);
    expect(said).toEqual(['a: "a"', 'b: "b"']);
  });

  test('that were called off while they were held are not sent', () => {
    const { node, link, ask, pass, said } = made(echo);
    node.hold();
    const off = ask('a');
    ask('b');
    off('unneeded');
    node.release();
    pass(10);
    expect(link.asked).toEqual([{ method: 'b', params: [] }]);
    expect(said).toEqual(['b: "b"']);
    expect(node.inFlight).toBe(0);
  });

  test('that were called off say nothing, and the last of a batch takes its request with it', () => {
    const { node, link, ask, pass, said } = made(() => ({ result: 1, afterMs: Number.POSITIVE_INFINITY }));
    const offs = (['a', 'b'] as const).map((method) => {
      node.hold();
      return ask(method, Number.POSITIVE_INFINITY);
    });
    node.release();
    node.release();
    pass(50);
    offs[0]?.('slow');
    expect(link.unanswered).toBe(1);
    offs[1]?.('slow');
    offs[1]?.('slow');
    pass(50);
    expect(link.unanswered).toBe(0);
    expect(said).toEqual([]);
    expect(node.inFlight).toBe(0);
  });

  test('that were sent one by one after a refused batch can be called off too', () => {
    const { node, link, ask, pass } = made(
      (method, _, attempt): Said =>
        attempt === 0
          ? { text: '{"jsonrpc":"2.0","id":null,"error":{"code":-32600,"message":"no batches"}}' }
          : { result: method, afterMs: Number.POSITIVE_INFINITY },
    );
    node.hold();
    const offs = ['a', 'b'].map((method) => ask(method, Number.POSITIVE_INFINITY));
    node.release();
    pass(50);
    expect(link.unanswered).toBe(2);
    for (const off of offs) off('slow');
    expect(link.unanswered).toBe(0);
  });

  test('beyond the budget are not sent, and say so a moment later', () => {
    const { node, link, said, ask, pass } = made(echo, { budget: new Budget({ perDay: 1 }) });
    ask('a');
    ask('b');
    expect(said).toEqual([]);
    pass(10);
    expect(said).toEqual(['b: over-budget', 'a: "a"']);
    expect(link.posts).toHaveLength(1);
    expect(node.leftToday).toBe(0);
    expect(node.level).toBe(1);
  });
});

describe('a node', () => {
  test('that has had enough rests for as long as it says, and comes back by itself', () => {
    const { node, ask, pass } = made(() => ({
      ...{ text: JSON.stringify({ jsonrpc: '2.0', id: 1, ...TOO_MANY }), status: 429, retryAfter: '20' },
    }));
    const levels: number[] = [];
    node.onLevel(() => levels.push(node.level));
    ask('a');
    pass(10);
    expect(node.rest).toMatchObject({ why: 'rate-limited' });
    expect(node.isUsable).toBe(false);
    pass(19_999);
    expect(node.isResting).toBe(true);
    pass(1);
    expect(node.isResting).toBe(false);
    expect(levels).toEqual([0, 1]);
  });

  test('that rests for a moment is not out', () => {
    const { node, ask, pass } = made(() => TOO_MANY);
    ask('a');
    pass(10);
    expect(node.isResting).toBe(true);
    expect(node.level).toBe(1);
    pass(1_000);
    expect(node.isResting).toBe(false);
  });

  test('that lacks a method is asked for others, and for this one again after ten minutes', () => {
    const { node, ask, pass } = made(() => ({ error: { code: -32601, message: 'method not found' } }));
    ask('trace_block');
    pass(10);
    expect(node.hasMethod('trace_block')).toBe(false);
    expect(node.hasMethod('eth_call')).toBe(true);
    expect(node.isResting).toBe(false);
    pass(600_000);
    expect(node.hasMethod('trace_block')).toBe(true);
  });

  test('that fails three times in a row is out, and is told of when that is over', () => {
    const { node, ask, pass, time } = made(() => ({ failure: 'unreachable' }));
    const levels: number[] = [];
    node.onLevel(() => levels.push(node.level));
    for (let i = 0; i < 3; i++) ask('a');
    pass(10);
    expect(levels).toEqual([0]);
    pass(10_000);
    expect(levels).toEqual([0, 1]);
    expect(time.waiting).toBe(0);
  });

  test('that contradicts the others is aside for a minute, and for twice as long when it does so again soon', () => {
    const { node, pass } = made(echo);
    const asideFor = (): number => {
      node.dissented('eth_call', 'no', true);
      const from = node.asideTill ?? 0;
      let ms = 0;
      while (node.isAside) {
        pass(1_000);
        ms += 1_000;
      }
      expect(from).toBeGreaterThan(0);
      return ms;
    };
    expect([asideFor(), asideFor(), asideFor()]).toEqual([60_000, 120_000, 240_000]);
    for (let i = 0; i < 6; i++) asideFor();
    expect(asideFor()).toBe(3_600_000);
    pass(3_600_000);
    expect(asideFor()).toBe(60_000);
    expect(node.dissents).toBe(11);
  });

  test('that contradicts the others while it is aside is not aside for longer', () => {
    const { node, pass } = made(echo);
    node.dissented('eth_call', 'no', true);
    pass(30_000);
    node.dissented('eth_call', 'no', true);
    pass(30_000);
    expect(node.isAside).toBe(false);
  });

  test('is not put aside where too few would be left', () => {
    const { node } = made(echo);
    node.dissented('eth_call', 'no', false);
    expect(node.isAside).toBe(false);
    expect(node.dissents).toBe(1);
  });

  test('that is taken back is asked again at once', () => {
    const { node } = made(echo);
    node.dissented('eth_call', 'no', true);
    expect(node.level).toBe(0);
    node.takeBack();
    expect(node.level).toBe(1);
  });

  test('is gone after two polls that came to nothing, and back with the first that comes', () => {
    const { node } = made(echo);
    node.polled(false);
    expect(node.level).toBe(1);
    node.polled(false);
    expect(node.level).toBe(0);
    node.polled(true);
    expect(node.level).toBe(1);
  });

  test('that is gone does not judge itself without end while what it was seen to do fades', () => {
    const { node, ask, pass, time } = made(() => ({ failure: 'unreachable' }));
    for (let i = 0; i < 2; i++) ask('a');
    pass(10);
    for (let i = 0; i < 2; i++) node.polled(false);
    for (let i = 0; i < 100 && time.waiting > 0; i++) time.goTo(time.nextAt);
    expect(time.waiting).toBe(0);
    expect(node.level).toBe(0);
  });

  test('that has stopped wakes nobody any more', () => {
    const { node, ask, pass, time } = made(() => ({ failure: 'unreachable' }));
    for (let i = 0; i < 3; i++) ask('a');
    pass(10);
    let times = 0;
    node.onLevel(() => times++);
    node.stop();
    expect(time.waiting).toBe(0);
    node.judge();
    pass(60_000);
    expect(times).toBe(0);
  });

  test('is believed to be as slow as it is: another one is asked after twice what it usually takes', () => {
    const { node, ask, pass } = made(() => ({ result: 1, afterMs: 30 }));
    expect(node.hedgeMs('eth_call')).toBe(150);
    for (let i = 0; i < 100; i++) {
      ask('eth_call');
      pass(30);
    }
    expect(node.hedgeMs('eth_call')).toBeGreaterThanOrEqual(60);
    expect(node.hedgeMs('eth_call')).toBeLessThan(66);
    expect(node.hedgeMs('eth_getLogs')).toBe(150);
    expect(node.latencyMs).toBeCloseTo(30);
  });

  test('that lost to a faster one is remembered with the time that it was waited for, and has not failed', () => {
    const { node, ask, pass } = made(() => ({ result: 1, afterMs: 1_000 }));
    for (let i = 0; i < 100; i++) {
      const off = ask('eth_call');
      pass(50);
      off('slow');
    }
    expect(node.hedgeMs('eth_call')).toBeGreaterThanOrEqual(100);
    expect(node.failures.size).toBe(0);
    expect(node.level).toBe(1);
    for (let i = 0; i < 3; i++) {
      const off = ask('eth_call');
      pass(50);
      off('failed');
    }
    expect(node.failures.get('silent')).toBe(3);
    expect(node.level).toBeLessThan(0.9);
  });

  test('learns nothing from a call that nobody needed any more', () => {
    const { node, ask, pass } = made(() => ({ result: 1, afterMs: 1_000 }));
    for (let i = 0; i < 200; i++) {
      const off = ask('eth_call');
      pass(1);
      off('unneeded');
    }
    expect(node.hedgeMs('eth_call')).toBe(150);
    expect(node.inFlight).toBe(0);
  });

  test('keeps the latencies of a bounded number of methods', () => {
    const { node, ask, pass } = made(() => ({ result: 1, afterMs: 10 }));
    for (let i = 0; i < 64; i++) {
      ask(`m${i}`);
      pass(10);
    }
    // Those beyond share one record.
    for (let i = 0; i < 100; i++) {
      ask(`n${i}`);
      pass(10);
    }
    expect(node.hedgeMs('any other')).toBe(20);
  });
});

test('one that was not there for less than a poll is back with the next poll; one that calls find broken is not', () => {
  const time = new VirtualTime();
  for (const [why, level] of [
    ['unreachable', 1],
    ['broken', 0],
  ] as const) {
    const node = new PoolNode(
      {
        name: 'a',
        link: {
          openSocket: undefined,
          post: (_, __, done) => time.after(1, () => done({ kind: 'failed', why })),
        },
      },
      time,
    );
    node.polled(true);
    for (let i = 0; i < 3; i++) {
      node.ask({ method: 'eth_call', paramsText: '[]' }, 1_000, () => undefined);
      time.goTo(time.now() + 10);
    }
    expect(node.level).toBe(0);
    node.polled(true);
    expect(node.level).toBe(level);
    node.stop();
  }
});
