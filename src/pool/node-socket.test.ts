import { describe, expect, test } from 'vitest';
import { ScriptedLink, type ScriptedSocket } from '../../test/parts/scripted-link.ts';
import { VirtualTime } from '../../test/parts/virtual-time.ts';
import { NodeEvents } from './node-socket.ts';
import { PoolNode } from './node.ts';

function connected(hasSocket = true) {
  const time = new VirtualTime();
  const link = new ScriptedLink(time, () => ({ result: 1 }), hasSocket);
  const heard: string[] = [];
  const events = new NodeEvents(new PoolNode({ name: 'a', link }, time), 1_000, time, {
    onHead: () => heard.push('head'),
    onPending: (value) => heard.push(JSON.stringify(value)),
  });
  events.start();
  const socket = (): ScriptedSocket => {
    const last = link.sockets.at(-1);
    if (last === undefined) throw new RangeError('Expected a socket.');
    return last;
  };
  const pass = (ms: number): void => time.goTo(time.now() + ms);
  const kinds = (): string[] =>
    socket().sent.map((text) => (JSON.parse(text) as { params: unknown[] }).params.join(' '));
  return { time, link, events, heard, socket, pass, kinds };
}

describe("a node's socket", () => {
  test('says at once that there is a head, and that it is time to look when it opens', () => {
    const { socket, heard, kinds, events } = connected();
    expect(events.isOpen).toBe(false);
    socket().open();
    expect([heard, kinds()]).toEqual([['head'], ['newHeads']]);
    socket().accept();
    socket().tell('0xs1', { number: '0x1' });
    socket().tell('0xother', { number: '0x1' });
    expect(heard).toEqual(['head', 'head']);
  });

  test('is opened again after waits that grow, until it has told something', () => {
    const { socket, link, pass, time, events } = connected();
    const waits: number[] = [];
    for (let i = 0; i < 10; i++) {
      const [before, began] = [link.sockets.length, time.now()];
      socket().close();
      while (link.sockets.length === before) time.goTo(time.nextAt);
      waits.push(time.now() - began);
    }
    expect(waits).toEqual([250, 500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000]);
    expect(events.losses).toBe(0);
    socket().open();
    socket().accept();
    socket().tell('0xs1', {});
    socket().close();
    expect(events.losses).toBe(1);
    const before = link.sockets.length;
    pass(250);
    expect(link.sockets.length).toBe(before + 1);
  });

  test('that is open and silent is opened anew', () => {
    const { socket, pass, link } = connected();
    socket().open();
    pass(4_999);
    socket().tell('0xs1', {});
    pass(4_999);
    expect(socket().isClosed).toBe(false);
    pass(5_100);
    expect(link.sockets[0]?.isClosed).toBe(true);
    expect(link.sockets).toHaveLength(2);
  });

  test('asks for what is pending while it is wanted, in each form once, and for nothing left over afterwards', () => {
    const { socket, events, kinds, heard, pass } = connected();
    socket().open();
    events.want([true, false]);
    events.want([true, false]);
    expect(kinds()).toEqual(['newHeads', 'newPendingTransactions']);
    socket().accept();
    events.want([true, true]);
    expect(kinds()).toEqual(['newHeads', 'newPendingTransactions', 'newPendingTransactions true']);
    socket().accept();
    socket().tell('0xs2', '0xa');
    socket().tell('0xs3', { hash: '0xa' });
    expect(heard.slice(1)).toEqual(['"0xa"', '{"hash":"0xa"}']);
    events.want([false, true]);
    expect(socket().isClosed).toBe(true);
    pass(1_000);
    socket().open();
    expect(kinds()).toEqual(['newHeads', 'newPendingTransactions true']);
  });

  test('has one name for what it was asked for, and a short one', () => {
    const { socket, heard } = connected();
    socket().open();
    socket().accept();
    heard.length = 0;
    for (let i = 0; i < 10; i++) socket().say(`{"jsonrpc":"2.0","id":1,"result":"0xt${i}"}`);
    for (let i = 0; i < 10; i++) socket().tell(`0xt${i}`, {});
    expect(heard).toEqual([]);
    socket().tell('0xs1', {});
    expect(heard).toEqual(['head']);
    const other = connected();
    const long = 'x'.repeat(201);
    other.socket().open();
    other.heard.length = 0;
    other.socket().say(`{"jsonrpc":"2.0","id":1,"result":"${long}"}`);
    other.socket().tell(long, {});
    expect(other.heard).toEqual([]);
  });

  test('survives whatever it is told', () => {
    const { socket, heard } = connected();
    socket().open();
    for (const odd of [
      '',
      '{',
      '[]',
      'null',
      '{"jsonrpc":"2.0","id":1,"error":{"code":1,"message":"x"}}',
      '{"id":9,"result":"0xs1"}',
      '[{"id":1,"result":"0xs1"}]',
    ])
      socket().say(odd);
    socket().tell('0xs1', {});
    expect(heard).toEqual(['head']);
  });

  test('is not opened again after its end', () => {
    const { socket, events, pass, link, time, heard } = connected();
    socket().open();
    events.stop();
    socket().open();
    socket().tell('0xs1', {});
    pass(60_000);
    expect([link.sockets.length, time.waiting, heard.length]).toEqual([1, 0, 1]);
    events.start();
    expect(link.sockets).toHaveLength(1);
  });

  test('is none where the node has none', () => {
    const { events, time } = connected(false);
    events.want([true, true]);
    events.stop();
    expect(time.waiting).toBe(0);
  });
});
