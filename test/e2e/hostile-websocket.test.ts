/** WebSockets that are none, upstreams that agree to what they were not asked, and clients that leave at the worst moment. */
import { createHash } from 'node:crypto';
import type { Socket } from 'node:net';
import { describe, expect, test, vi } from 'vitest';
import { holdMode } from '../../src/serve/index.ts';
import { openRaw, sendRaw } from '../parts/raw-client.ts';
import { metricOf, startRawGateway, useRawGateway } from '../parts/raw-gateway.ts';
import { answerOk, type RawAnswer } from '../parts/raw-origin.ts';

const KEY = 'dGhlIHNhbXBsZSBub25jZQ==';
const GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';

function planFor(port: number): string {
  return `
keelson: 1
platform: {name: Hostile, asOf: 2026-11-01}
catalog: none
limits: {concurrent: 20}
journeys:
  trade:
    tier: core
    match:
      - {path: /ws/**, to: site, websocket: allowed}
      - {path: /**, to: site}
    modes:
      full: {needs: [site]}
      read-only: {worth: 10%, needs: [site], allow: [{methods: [GET]}]}
services:
  site: {outages: none, url: "http://127.0.0.1:${port}"}
`;
}

const acceptOf = (key: string): string => createHash('sha1').update(`${key}${GUID}`).digest('base64');

/** What an upstream that speaks WebSocket says, and from then on it says everything again. */
const agree: RawAnswer = ({ headers }, socket) => {
  const key = headers.find(([name]) => name === 'sec-websocket-key')?.[1];
  if (key === undefined) {
    answerOk({ method: '', target: '', headers, body: '' }, socket);
    return;
  }
  socket.write(
    `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${acceptOf(key)}\r\n\r\n`,
  );
  socket.removeAllListeners('data');
  socket.on('data', (piece) => socket.write(piece));
};

const raw = useRawGateway(planFor, agree);

const handshake = (changes: Readonly<Record<string, string>> = {}, line = 'GET /ws/a HTTP/1.1'): string => {
  const headers = {
    Host: 'trade.test',
    Connection: 'Upgrade',
    Upgrade: 'websocket',
    'Sec-WebSocket-Version': '13',
    'Sec-WebSocket-Key': KEY,
    ...changes,
  };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  return [line, ...lines, '', ''].join('\r\n');
};

const inFlight = (): number => metricOf(raw.gateway, 'keelson_upstream_in_flight');

/** That nothing is held any more: 20 requests at once are all let in, of 20 that may be. */
async function hasLeftNothing(): Promise<void> {
  await vi.waitFor(() => expect(inFlight()).toBe(0), 5_000);
  raw.origin.answer = answerOk;
  const all = await Promise.all(
    Array.from({ length: 20 }, () =>
      sendRaw(raw.gateway.port, 'GET / HTTP/1.1\r\nHost: trade.test\r\nConnection: close\r\n\r\n', 5_000),
    ),
  );
  expect(all.flatMap(({ statuses }) => statuses)).toEqual(Array(20).fill(200));
}

async function openTunnel(port = raw.gateway.port): Promise<Socket> {
  const socket = await openRaw(port);
  socket.write(handshake());
  const head = await new Promise<string>((resolve) =>
    socket.once('data', (piece) => resolve(piece.toString('latin1'))),
  );
  expect(head).toMatch(/^HTTP\/1\.1 101 /);
  return socket;
}

const closed = (socket: Socket): Promise<void> =>
  new Promise((resolve) => {
    if (socket.destroyed) resolve();
    else
      socket
        .once('close', () => resolve())
        .once('end', () => resolve())
        .resume();
  });

describe('what is no handshake', () => {
  const cases: readonly (readonly [string, string])[] = [
    ['another version', handshake({ 'Sec-WebSocket-Version': '8' })],
    ['several versions', handshake({ 'Sec-WebSocket-Version': '13, 8' })],
    ['a short key', handshake({ 'Sec-WebSocket-Key': 'YQ==' })],
    ['a key with bits left over', handshake({ 'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZR==' })],
    ['a long key', handshake({ 'Sec-WebSocket-Key': `${KEY}${KEY}` })],
    ['an empty key', handshake({ 'Sec-WebSocket-Key': '' })],
    ['POST', handshake({}, 'POST /ws/a HTTP/1.1')],
    ['HEAD', handshake({}, 'HEAD /ws/a HTTP/1.1')],
    ['HTTP/1.0', handshake({}, 'GET /ws/a HTTP/1.0')],
    ['a body', `${handshake({ 'Content-Length': '4' })}abcd`],
    ['a body in chunks', `${handshake({ 'Transfer-Encoding': 'chunked' })}0\r\n\r\n`],
    ['another protocol', handshake({ Upgrade: 'h2c' })],
    ['one of several protocols', handshake({ Upgrade: 'h2c, websocket' })],
    ['a path that takes none', handshake({}, 'GET /plain HTTP/1.1')],
    ['a path that is ambiguous', handshake({}, 'GET /ws/../admin HTTP/1.1')],
    ['a request right behind it', `${handshake()}GET /smuggled HTTP/1.1\r\nHost: trade.test\r\n\r\n`],
    ['a frame right behind it', `${handshake()}\x81\x80abcd`],
    ['CONNECT', 'CONNECT trade.test:80 HTTP/1.1\r\nHost: trade.test\r\n\r\n'],
  ];
  test.each(cases)('is refused, reaches nobody and is hung up on: %s', async (_name, bytes) => {
    const { statuses, isClosed } = await sendRaw(raw.gateway.port, bytes, 3_000);
    expect(statuses).toEqual([400]);
    expect(isClosed).toBe(true);
    expect(raw.origin.received).toEqual([]);
  });

  test('keeps no connection, though its client never closes its side', async () => {
    const sockets = await Promise.all(
      Array.from({ length: 50 }, async (_, i) => {
        const socket = await openRaw(raw.gateway.port);
        socket.write(i % 2 === 0 ? handshake({ Upgrade: 'h2c' }) : 'nonsense\r\n\r\n');
        socket.resume();
        return socket;
      }),
    );
    const server = raw.gateway.serving.gateway?.server;
    const count = (): Promise<number> =>
      new Promise((resolve, reject) =>
        server?.getConnections((error, found) => (error === null ? resolve(found) : reject(error))),
      );
    await vi.waitFor(async () => expect(await count()).toBe(0), 5_000);
    for (const socket of sockets) socket.destroy();
  });

  test('without Connection: Upgrade is a plain request', async () => {
    raw.origin.answer = answerOk;
    const { statuses } = await sendRaw(raw.gateway.port, handshake({ Connection: 'close' }), 3_000);
    expect(statuses).toEqual([200]);
    expect(JSON.stringify(raw.origin.requests())).not.toContain('"upgrade"');
  });
});

describe('an upstream', () => {
  const wrong: readonly (readonly [string, string, number])[] = [
    ['answers 200', 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok', 502],
    [
      'answers 302',
      'HTTP/1.1 302 Found\r\nLocation: http://internal.test/\r\nContent-Length: 0\r\n\r\n',
      502,
    ],
    ['answers 401', 'HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n', 401],
    ['answers 429', 'HTTP/1.1 429 Too Many\r\nContent-Length: 0\r\n\r\n', 429],
    ['answers 503', 'HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n', 502],
    [
      'answers 101 without an accept',
      'HTTP/1.1 101 X\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n',
      502,
    ],
    [
      'answers 101 with a wrong accept',
      'HTTP/1.1 101 X\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: AAAAAAAAAAAAAAAAAAAAAAAAAAA=\r\n\r\n',
      502,
    ],
    ['answers 101 without Upgrade', `HTTP/1.1 101 X\r\nSec-WebSocket-Accept: ${acceptOf(KEY)}\r\n\r\n`, 502],
    [
      'answers 101 for another protocol',
      `HTTP/1.1 101 X\r\nUpgrade: h2c\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${acceptOf(KEY)}\r\n\r\n`,
      502,
    ],
    [
      'answers 101 with a subprotocol that was not asked for',
      `HTTP/1.1 101 X\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Protocol: admin\r\nSec-WebSocket-Accept: ${acceptOf(KEY)}\r\n\r\n`,
      502,
    ],
    ['answers garbage', '\x00\x01garbage\r\n\r\n', 502],
    [
      'answers 200 with two lengths',
      'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nok',
      502,
    ],
  ];
  test.each(wrong)(
    'that %s gets no tunnel, and nothing of what its client says',
    async (_name, answer, status) => {
      raw.origin.answer = (_request, socket) => {
        socket.write(answer, 'latin1');
      };
      const socket = await openRaw(raw.gateway.port);
      let text = '';
      socket.on('data', (piece) => {
        text += piece.toString('latin1');
      });
      socket.write(handshake());
      await closed(socket);
      socket.write('GET /smuggled HTTP/1.1\r\nHost: trade.test\r\n\r\n');
      expect(text).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
      expect(text).not.toContain('internal.test');
      await hasLeftNothing();
      expect(raw.origin.received.join()).not.toContain('smuggled');
    },
  );

  test('that declines, for its clients’ sake, is not taken for one that fails', async () => {
    raw.origin.answer = (_request, socket) => {
      socket.write('HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n');
    };
    for (let i = 0; i < 60; i++) await sendRaw(raw.gateway.port, handshake(), 3_000);
    expect(metricOf(raw.gateway, 'keelson_upstream_level')).toBe(1);
  });

  test('that agrees says no more than belongs into its answer', async () => {
    raw.origin.answer = (_request, socket) => {
      socket.write(
        `HTTP/1.1 101 X\r\nUpgrade: websocket\r\nConnection: Upgrade, X-Inner\r\nKeelson-Mode: forged\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\nSec-WebSocket-Accept: ${acceptOf(KEY)}\r\n\r\n`,
      );
    };
    const { text } = await sendRaw(raw.gateway.port, handshake(), 500);
    expect(text).toMatch(/^HTTP\/1\.1 (101|502) /);
    expect(text).not.toMatch(/forged|transfer-encoding|content-length: 5/i);
    await hasLeftNothing();
  });

  test('that never answers holds no room once its clients have left', async () => {
    const asked = new Set<Socket>();
    raw.origin.answer = (_request, socket) => void asked.add(socket);
    const sockets = await Promise.all(
      Array.from({ length: 20 }, async () => {
        const socket = await openRaw(raw.gateway.port);
        socket.write(handshake());
        return socket;
      }),
    );
    await vi.waitFor(() => expect(asked.size).toBe(20), 5_000);
    const full = await sendRaw(raw.gateway.port, handshake(), 3_000);
    expect(full.statuses).toEqual([503]);
    const gone = [...asked].map(closed);
    for (const [i, socket] of sockets.entries()) {
      if (i % 2 === 0) socket.destroy();
      else socket.end();
    }
    await Promise.all(gone);
    await hasLeftNothing();
    for (const socket of sockets) socket.destroy();
  });

  test('that is still thinking never hears what a client says too early', async () => {
    const asked: Socket[] = [];
    raw.origin.answer = (_request, socket) => void asked.push(socket);
    const socket = await openRaw(raw.gateway.port);
    socket.write(handshake());
    await vi.waitFor(() => expect(asked.length).toBe(1), 5_000);
    const gone = closed(socket);
    socket.write('GET /smuggled HTTP/1.1\r\nHost: trade.test\r\n\r\n');
    await gone;
    await hasLeftNothing();
    expect(raw.origin.received.join()).not.toContain('smuggled');
  });
});

describe('a tunnel', () => {
  test('carries bytes both ways, unread, and is counted once', async () => {
    const socket = await openTunnel();
    expect(inFlight()).toBe(1);
    const echo = new Promise((resolve) => socket.once('data', (piece) => resolve(piece.toString())));
    socket.write('GET / HTTP/1.1\r\nTransfer-Encoding: x\n\n');
    expect(await echo).toBe('GET / HTTP/1.1\r\nTransfer-Encoding: x\n\n');
    socket.destroy();
    await hasLeftNothing();
  });

  test('that is open keeps no room from requests', async () => {
    const open = await Promise.all(Array.from({ length: 20 }, () => openTunnel()));
    expect(inFlight()).toBe(20);
    raw.origin.answer = answerOk;
    const { statuses } = await sendRaw(
      raw.gateway.port,
      'GET / HTTP/1.1\r\nHost: trade.test\r\nConnection: close\r\n\r\n',
      5_000,
    );
    expect(statuses).toEqual([200]);
    for (const one of open) one.destroy();
    await hasLeftNothing();
  });

  test('hands over what an upstream said last before it closed', async () => {
    const last = Buffer.alloc(3_000_000, 'x');
    raw.origin.answer = (request, socket) => {
      agree(request, socket);
      socket.end(last);
    };
    const socket = await openRaw(raw.gateway.port);
    let bytes = 0;
    socket.on('data', (piece) => {
      bytes += piece.length;
    });
    socket.write(handshake());
    await closed(socket);
    expect(bytes).toBeGreaterThan(last.length);
    await hasLeftNothing();
  });

  test('whose client does not read makes its upstream wait, and holds little', async () => {
    let taken = 0;
    let isFull = false;
    raw.origin.answer = (request, socket) => {
      agree(request, socket);
      const piece = Buffer.alloc(65_536, 'x');
      const more = (): void => {
        while (taken < 200_000_000) {
          taken += piece.length;
          if (!socket.write(piece)) {
            isFull = true;
            socket.once('drain', () => {
              isFull = false;
              more();
            });
            return;
          }
        }
      };
      more();
    };
    const socket = await openRaw(raw.gateway.port);
    socket.pause();
    socket.write(handshake());
    let before = -1;
    await vi.waitFor(
      () => {
        const stands = isFull && taken === before;
        before = taken;
        expect(stands).toBe(true);
      },
      { timeout: 10_000, interval: 300 },
    );
    // What the system's buffers on both ways hold.
    expect(taken).toBeLessThan(60_000_000);
    socket.destroy();
    await hasLeftNothing();
  });

  test('ends when the mode of its journey no longer lets it through, and none is opened then', async () => {
    const socket = await openTunnel();
    const gone = closed(socket);
    const order = { journey: 'trade', pinned: true, reason: 'test', by: 'test', forMs: 60_000 };
    holdMode(raw.gateway.serving, { ...order, mode: 'read-only' });
    await gone;
    const { statuses, text } = await sendRaw(raw.gateway.port, handshake(), 3_000);
    expect(statuses).toEqual([503]);
    expect(text).toContain('keelson-mode: read-only;journey=trade');
    holdMode(raw.gateway.serving, { ...order, mode: null });
    (await openTunnel()).destroy();
    await hasLeftNothing();
  });

  test('does not come to be when the mode changes during its handshake', async () => {
    const order = { journey: 'trade', pinned: true, reason: 'test', by: 'test', forMs: 60_000 };
    raw.origin.answer = (request, socket) => {
      holdMode(raw.gateway.serving, { ...order, mode: 'read-only' });
      agree(request, socket);
    };
    const { statuses, text } = await sendRaw(raw.gateway.port, handshake(), 3_000);
    holdMode(raw.gateway.serving, { ...order, mode: null });
    expect(text).not.toContain(' 101 ');
    expect(statuses).toEqual([503]);
    await hasLeftNothing();
  });

  test('and a handshake end when the gateway stops, which does not wait for them', async () => {
    const other = await startRawGateway(planFor(raw.origin.port));
    const tunnel = await openTunnel(other.port);
    let asked = false;
    raw.origin.answer = () => {
      asked = true;
    };
    const waiting = await openRaw(other.port);
    waiting.write(handshake());
    await vi.waitFor(() => expect(asked).toBe(true), 5_000);
    const gone = Promise.all([closed(tunnel), closed(waiting)]);
    await other.stop();
    await gone;
  });
});

test('two thousand half handshakes keep nobody else out', async () => {
  const sockets: Socket[] = [];
  for (let i = 0; i < 20; i++)
    sockets.push(...(await Promise.all(Array.from({ length: 100 }, () => openRaw(raw.gateway.port)))));
  for (const socket of sockets) socket.write(handshake().slice(0, 80));
  (await openTunnel()).destroy();
  for (const socket of sockets) socket.destroy();
  await hasLeftNothing();
});
