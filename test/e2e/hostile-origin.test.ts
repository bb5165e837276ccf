/** Upstreams that answer what must not be passed on: clients get an answer that reads one way, or none. */
import { describe, expect, test, vi } from 'vitest';
import { openRaw, sendRaw } from '../parts/raw-client.ts';
import { metricOf, useRawGateway } from '../parts/raw-gateway.ts';
import { answerOk, type RawAnswer } from '../parts/raw-origin.ts';

const raw = useRawGateway(planFor);

function planFor(port: number): string {
  return `
keelson: 1
platform: {name: Hostile, asOf: 2026-11-01}
catalog: none
limits: {concurrent: 20, body: 10000000}
journeys:
  trade:
    tier: core
    match: [{path: /**, to: site, timeout: 1s}]
    modes:
      full: {needs: [site]}
services:
  site: {outages: none, url: "http://127.0.0.1:${port}"}
`;
}

const GET = 'GET / HTTP/1.1\r\nHost: trade.test\r\n\r\n';
/** Its connection is over once it is answered. */
const ONE = GET.replace('\r\n\r\n', '\r\nConnection: close\r\n\r\n');
const writes =
  (bytes: string): RawAnswer =>
  (_request, socket) => {
    socket.write(bytes, 'latin1');
  };
/** That nothing is on its way to the upstream any more. */
async function hasLeftNothing(): Promise<void> {
  await vi.waitFor(() => expect(metricOf(raw.gateway, 'keelson_upstream_in_flight')).toBe(0), 5_000);
}

describe('an answer that cannot be passed on is none', () => {
  const cases: readonly (readonly [string, string])[] = [
    ['garbage', '\x00\x01\x02\r\n\r\n'],
    ['another protocol', 'SSH-2.0-OpenSSH_9.6\r\n'],
    ['two lengths', 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nok!'],
    [
      'a length and chunks',
      'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n',
    ],
    ['a negative length', 'HTTP/1.1 200 OK\r\nContent-Length: -2\r\n\r\nok'],
    ['a length that is no number', 'HTTP/1.1 200 OK\r\nContent-Length: 2x\r\n\r\nok'],
    ['a length that is a list', 'HTTP/1.1 200 OK\r\nContent-Length: 2, 2\r\n\r\nok'],
    ['a space in a name', 'HTTP/1.1 200 OK\r\nA b: c\r\nContent-Length: 2\r\n\r\nok'],
    ['a space before the colon', 'HTTP/1.1 200 OK\r\nContent-Length : 2\r\n\r\nok'],
    ['NUL in a value', 'HTTP/1.1 200 OK\r\nA: b\0c\r\nContent-Length: 2\r\n\r\nok'],
    ['DEL in a value', 'HTTP/1.1 200 OK\r\nA: b\x7fc\r\nContent-Length: 2\r\n\r\nok'],
    ['a bare CR in a value', 'HTTP/1.1 200 OK\r\nA: b\rSet-Cookie: c\r\nContent-Length: 2\r\n\r\nok'],
    ['status 99', 'HTTP/1.1 99 X\r\nContent-Length: 2\r\n\r\nok'],
    ['status 099', 'HTTP/1.1 099 X\r\nContent-Length: 2\r\n\r\nok'],
    ['status 1000', 'HTTP/1.1 1000 X\r\nContent-Length: 2\r\n\r\nok'],
    ['status 000', 'HTTP/1.1 000 X\r\nContent-Length: 2\r\n\r\nok'],
    [
      'a 101 that nobody asked for',
      'HTTP/1.1 101 X\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok',
    ],
    ['a 100 that nobody asked for', 'HTTP/1.1 100 Continue\r\n\r\n'],
    ['a header of 100 kB', `HTTP/1.1 200 OK\r\nA: ${'b'.repeat(100_000)}\r\nContent-Length: 2\r\n\r\nok`],
    ['10,000 headers', `HTTP/1.1 200 OK\r\n${'A: b\r\n'.repeat(10_000)}Content-Length: 2\r\n\r\nok`],
    ['no head at all', '\r\n'],
  ];
  test.each(cases)('%s', async (_name, bytes) => {
    raw.origin.answer = writes(bytes);
    const { text, statuses } = await sendRaw(raw.gateway.port, ONE, 5_000);
    expect(statuses).toEqual([expect.toSatisfy((status: number) => status === 502 || status === 504)]);
    expect(text).toContain('application/problem+json');
    expect(text).not.toMatch(/set-cookie/i);
    await hasLeftNothing();
  });

  test.each([
    ['a thousand early hints, and on and on', 'HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n'],
    ['headers without end', 'A: b\r\n'],
  ])('%s', async (_name, piece) => {
    raw.origin.answer = (_request, socket) => {
      if (piece.startsWith('A')) socket.write('HTTP/1.1 200 OK\r\n');
      const more = (): void => {
        if (!socket.destroyed) socket.write(piece.repeat(50), () => setImmediate(more));
      };
      more();
    };
    const { statuses } = await sendRaw(raw.gateway.port, ONE, 5_000);
    expect(statuses).toEqual([expect.toSatisfy((status: number) => status === 502 || status === 504)]);
    await hasLeftNothing();
  });
});

describe('half an answer never looks like a whole one', () => {
  const cases: readonly (readonly [string, string])[] = [
    ['shorter than it said', 'HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\nshort'],
    ['a chunk that is cut off', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nshort'],
    ['no last chunk', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nshort\r\n'],
    ['a negative chunk', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nshort\r\n-1\r\n\r\n'],
    [
      'a chunk that overflows',
      'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nshort\r\nfffffffffffffffff\r\nx',
    ],
  ];
  test.each(cases)('%s', async (_name, bytes) => {
    raw.origin.answer = (_request, socket) => {
      socket.end(Buffer.from(bytes, 'latin1'));
    };
    const { text, isClosed } = await sendRaw(raw.gateway.port, ONE, 5_000);
    expect(isClosed).toBe(true);
    expect(text).not.toMatch(/\r\n0\r\n\r\n$/);
    if (text.includes('200 OK')) expect(text).not.toMatch(/content-length: 5\r/i);
    await hasLeftNothing();
  });
});

describe('an answer that is passed on', () => {
  test('says nothing in the gateway’s name, and nothing of its connection', async () => {
    raw.origin.answer = writes(
      'HTTP/1.1 200 OK\r\nKeelson-Mode: forged\r\nkeelson-x: forged\r\nConnection: close, X-Inner\r\nX-Inner: a\r\nUpgrade: h2c\r\nKeep-Alive: a\r\nProxy-Authenticate: a\r\nX-Outer: b\r\nContent-Length: 2\r\n\r\nok',
    );
    const { text } = await sendRaw(raw.gateway.port, GET, 500);
    expect(text).not.toMatch(/forged|x-inner|upgrade|proxy-auth/i);
    expect(text).toMatch(/X-Outer: b\r\n/);
    expect(text.match(/keelson-mode: full;journey=trade/g)?.length).toBe(1);
  });

  test.each([204, 304])('of %s has no body, whatever it says', async (status) => {
    raw.origin.answer = writes(`HTTP/1.1 ${status} X\r\nContent-Length: 5\r\n\r\n`);
    const { text, statuses } = await sendRaw(raw.gateway.port, GET + ONE, 5_000);
    expect(statuses).toEqual([status, status]);
    expect(text.endsWith('\r\n\r\n')).toBe(true);
    if (status === 204) expect(text).not.toMatch(/content-length/i);
  });

  test('to HEAD has no body, and the next answer begins where it ends', async () => {
    raw.origin.answer = ({ method }, socket) => {
      socket.write(`HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n${method === 'HEAD' ? '' : 'whole'}`);
    };
    const { text, statuses } = await sendRaw(raw.gateway.port, GET.replace('GET', 'HEAD') + ONE, 5_000);
    expect(statuses).toEqual([200, 200]);
    expect(text.match(/whole/g)?.length).toBe(1);
  });

  test('is one: what an upstream sends behind it is nobody’s answer', async () => {
    raw.origin.answer = writes(
      'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\npoison',
    );
    const first = await sendRaw(raw.gateway.port, GET, 500);
    expect(first.text).not.toContain('poison');
    raw.origin.answer = answerOk;
    const next = await Promise.all(Array.from({ length: 5 }, () => sendRaw(raw.gateway.port, ONE, 5_000)));
    for (const { text } of next) expect(text).not.toContain('poison');
  });

  test('and never ends holds no room once its client has left', async () => {
    raw.origin.answer = (_request, socket) => {
      socket.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n');
      const more = (): void => {
        if (!socket.destroyed) socket.write('5\r\nmore!\r\n', () => setTimeout(more, 5));
      };
      more();
    };
    const sockets = await Promise.all(Array.from({ length: 20 }, () => openRaw(raw.gateway.port)));
    const begun = sockets.map((socket) => new Promise((resolve) => socket.once('data', resolve)));
    for (const socket of sockets) socket.write(GET);
    await Promise.all(begun);
    expect((await sendRaw(raw.gateway.port, ONE, 5_000)).statuses).toEqual([503]);
    for (const socket of sockets) socket.destroy();
    await hasLeftNothing();
    raw.origin.answer = answerOk;
    expect((await sendRaw(raw.gateway.port, ONE, 5_000)).statuses).toEqual([200]);
  });
});

describe('slow clients', () => {
  const slow = (body: string): string =>
    `POST / HTTP/1.1\r\nHost: trade.test\r\nContent-Length: 1000\r\n\r\n${body}`;

  test('that send their bodies slowly keep nobody else out', async () => {
    raw.origin.answer = answerOk;
    const sockets = await Promise.all(Array.from({ length: 100 }, () => openRaw(raw.gateway.port)));
    for (const socket of sockets) socket.write(slow('begun'));
    const { statuses } = await sendRaw(raw.gateway.port, ONE, 5_000);
    expect(statuses).toEqual([200]);
    for (const socket of sockets) socket.destroy();
    expect(raw.origin.received.join()).not.toContain('begun');
  });

  test('that leave in the middle of large bodies do not make an upstream look as if it failed', async () => {
    raw.origin.answer = answerOk;
    for (let i = 0; i < 40; i++) {
      const socket = await openRaw(raw.gateway.port);
      socket.write(
        `POST / HTTP/1.1\r\nHost: trade.test\r\nContent-Length: 1000000\r\n\r\n${'x'.repeat(200_000)}`,
      );
      await vi.waitFor(() => expect(raw.origin.received.join('').length).toBeGreaterThan(0), 5_000);
      socket.destroy();
      await hasLeftNothing();
      raw.origin.forget();
    }
    expect(metricOf(raw.gateway, 'keelson_upstream_level')).toBe(1);
    expect((await sendRaw(raw.gateway.port, ONE, 5_000)).statuses).toEqual([200]);
  });

  const large: RawAnswer = (_request, socket) => {
    const body = 'x'.repeat(300_000);
    socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n${body}`);
  };

  test('that leave before the answers to their writes keep neither room nor connections', async () => {
    let answered = 0;
    raw.origin.answer = (request, socket) => {
      answered++;
      setTimeout(() => large(request, socket), 50);
    };
    for (let i = 0; i < 2; i++) {
      const sockets = await Promise.all(Array.from({ length: 20 }, () => openRaw(raw.gateway.port)));
      const before = answered;
      for (const socket of sockets)
        socket.write('POST / HTTP/1.1\r\nHost: trade.test\r\nContent-Length: 1\r\n\r\nx');
      await vi.waitFor(() => expect(answered).toBe(before + 20), 5_000);
      for (const socket of sockets) socket.destroy();
      await hasLeftNothing();
    }
  });

  test('that send many requests in a row get all answers, and make no upstream look as if it failed', async () => {
    raw.origin.answer = large;
    const { statuses, text } = await sendRaw(raw.gateway.port, GET.repeat(9) + ONE, 10_000);
    expect(statuses).toEqual(Array(10).fill(200));
    expect(text.match(/x{300000}/g)?.length).toBe(10);
    expect(metricOf(raw.gateway, 'keelson_upstream_level')).toBe(1);
  });

  test('that send headers byte by byte are hung up on', async () => {
    const socket = await openRaw(raw.gateway.port);
    let text = '';
    socket.on('data', (piece) => {
      text += piece.toString('latin1');
    });
    socket.write('GET / HTTP/1.1\r\nHost: trade.test\r\n');
    const drip = setInterval(() => socket.write('A'), 250);
    await new Promise((resolve) => socket.once('end', resolve).once('close', resolve));
    clearInterval(drip);
    expect(text).toMatch(/^(HTTP\/1\.1 408 |$)/);
    socket.destroy();
  });

  test('are refused without reading on, when what they send is not wanted', async () => {
    raw.origin.answer = answerOk;
    const socket = await openRaw(raw.gateway.port);
    let text = '';
    socket.on('data', (piece) => {
      text += piece.toString('latin1');
    });
    const gone = new Promise((resolve) => socket.once('close', resolve).once('end', resolve));
    socket.write('POST / HTTP/1.1\r\nHost: trade.test\r\nContent-Length: 999999999999\r\n\r\n');
    await gone;
    expect(text).toMatch(/^HTTP\/1\.1 413 /);
    expect(text).toMatch(/connection: close/i);
    socket.destroy();
  });
});
