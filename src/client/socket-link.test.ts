import { beforeEach, expect, test } from 'vitest';
import { VirtualTime } from '../../test/parts/virtual-time.ts';
import type { Posted, SocketListener } from '../pool/index.ts';
import { SocketLink } from './socket-link.ts';

/** One socket as the test plays it. */
interface Played {
  readonly listener: SocketListener;
  readonly sent: { readonly id: number; readonly method: string; readonly params: unknown[] }[];
  isClosed: boolean;
}

let time: VirtualTime;
let sockets: Played[];
let link: SocketLink;
let told: Posted[];

beforeEach(() => {
  time = new VirtualTime();
  sockets = [];
  told = [];
  link = new SocketLink(
    { url: 'wss://a.example', headers: {} },
    (_, listener) => {
      const played: Played = { listener, sent: [], isClosed: false };
      sockets.push(played);
      return {
        send: (text) => played.sent.push(JSON.parse(text)),
        close: () => {
          played.isClosed = true;
        },
      };
    },
    time,
  );
});

const post = (body: string, timeoutMs = 1_000): (() => void) =>
  link.post(body, { timeoutMs, mostBytes: 1_000 }, (posted) => told.push(posted));
const call = (method: string): string => `{"jsonrpc":"2.0","id":"mine","method":"${method}","params":[1]}`;
const socket = (index: number): Played => sockets[index] as Played; // those that the test has seen opened

test('asks under ids of its own once the socket is open, and answers under those that were asked', () => {
  post(call('a'));
  post(`[${call('b')},{"jsonrpc":"2.0","id":2,"method":"c"}]`);
  expect(sockets.length).toBe(1);
  const { listener, sent } = socket(0);
  expect(sent).toEqual([]);
  listener.onOpen();
  expect(sent.map(({ method, params }) => [method, params])).toEqual([
    ['a', [1]],
    ['b', [1]],
    ['c', []],
  ]);
  expect(new Set(sent.map(({ id }) => id)).size).toBe(3);
  for (const { id, method } of [...sent].reverse())
    listener.onText(
      method === 'b'
        ? `{"jsonrpc":"2.0","id":${id},"error":{"code":3,"message":"no"}}`
        : `{"jsonrpc":"2.0","id":${id},"result":"${method}"}`,
    );
  expect(told).toEqual([
    {
      kind: 'came',
      status: 200,
      text: '[{"jsonrpc":"2.0","id":"mine","error":{"code":3,"message":"no"}},{"jsonrpc":"2.0","id":2,"result":"c"}]',
    },
    { kind: 'came', status: 200, text: '{"jsonrpc":"2.0","id":"mine","result":"a"}' },
  ]);
});

test('takes no notice of what nobody asked for, nor of an answer given twice', () => {
  post(call('a'));
  const { listener, sent } = socket(0);
  listener.onOpen();
  const id = sent[0]?.id;
  for (const text of [
    'no JSON',
    '[]',
    '{"jsonrpc":"2.0","id":99,"result":1}',
    '{"jsonrpc":"2.0","id":null,"result":1}',
  ])
    listener.onText(text);
  expect(told).toEqual([]);
  listener.onText(`{"jsonrpc":"2.0","id":${id},"result":1}`);
  listener.onText(`{"jsonrpc":"2.0","id":${id},"result":2}`);
  expect(told.length).toBe(1);
});

test('what was sent when a socket dies may have been done, what was not sent was not', () => {
  post(call('a'));
  socket(0).listener.onClosed();
  expect(told).toEqual([{ kind: 'failed', why: 'unreachable' }]);
  post(call('b'));
  expect(sockets.length).toBe(2);
  socket(1).listener.onOpen();
  socket(1).listener.onClosed();
  expect(told[1]).toEqual({ kind: 'failed', why: 'silent' });
});

test('a socket over which nothing comes is given up, and what it says afterwards is not heard', () => {
  post(call('a'), 500);
  socket(0).listener.onOpen();
  post(call('b'), 900);
  time.goTo(time.now() + 600);
  expect(socket(0).isClosed).toBe(true);
  expect(told).toEqual([
    { kind: 'failed', why: 'silent' },
    { kind: 'failed', why: 'silent' },
  ]);
  post(call('c'));
  socket(0).listener.onText('{"jsonrpc":"2.0","id":1,"result":1}');
  socket(0).listener.onClosed();
  socket(1).listener.onOpen();
  expect(socket(1).sent.map(({ method }) => method)).toEqual(['c']);
});

test('a slow call is no reason to give up a socket that is alive', () => {
  post(call('slow'), 500);
  socket(0).listener.onOpen();
  time.goTo(time.now() + 100);
  post(call('quick'), 500);
  socket(0).listener.onText(`{"jsonrpc":"2.0","id":${socket(0).sent[1]?.id},"result":1}`);
  time.goTo(time.now() + 500);
  expect(socket(0).isClosed).toBe(false);
});

test('nothing is told of what was called off; what is under way comes to nothing once it is closed', () => {
  const callOff = post(call('a'));
  post(call('b'));
  socket(0).listener.onOpen();
  callOff();
  socket(0).listener.onText(`{"jsonrpc":"2.0","id":${socket(0).sent[0]?.id},"result":1}`);
  expect(told).toEqual([]);
  link.close();
  expect(told).toEqual([{ kind: 'failed', why: 'silent' }]);
  expect(socket(0).isClosed).toBe(true);
  post(call('c'));
  time.goTo(time.now() + 5_000);
  expect(told[1]).toEqual({ kind: 'failed', why: 'unreachable' });
  expect([sockets.length, time.waiting]).toEqual([1, 0]);
});
