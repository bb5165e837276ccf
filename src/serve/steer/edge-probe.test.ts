import { createServer as createHttp, type RequestListener } from 'node:http';
import { createServer as createHttps } from 'node:https';
import { createServer, type Server, type Socket } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { makeCertificate } from '../../../test/parts/certificate.ts';
import { freePort, has } from '../../../test/parts/part.ts';
import { probeThrough, type EdgeProbe, type ProbeResult } from './edge-probe.ts';

const never = new AbortController().signal;
const stops: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

async function listen(server: Server): Promise<number> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    socket.on('error', () => {});
    sockets.add(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  stops.push(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

/** An edge that answers with these octets, whatever is asked. */
const raw = (answer: (socket: Socket) => void): Promise<number> =>
  listen(createServer((socket) => socket.once('data', () => answer(socket))));
const edge = (listener: RequestListener): Promise<number> => listen(createHttp(listener));

function probe(port: number, options: Partial<EdgeProbe> = {}): Promise<ProbeResult> {
  const url = new URL('http://www.harbor.example/health?deep=1');
  return probeThrough({ url, address: '127.0.0.1', port, timeoutMs: 5_000, ...options }, never);
}

describe('an edge is good', () => {
  test('when it answers for the host of the URL, whatever its address is', async () => {
    const asked: string[] = [];
    const port = await edge((request, answer) => {
      asked.push(`${request.method} ${request.url} ${request.headers.host}`);
      answer.end('fine');
    });
    expect(await probe(port, { contains: 'fine' })).toEqual({
      isGood: true,
      status: 200,
      ms: expect.any(Number),
    });
    await probe(port, { path: '/other' });
    expect(asked).toEqual(['GET /health?deep=1 www.harbor.example', 'GET /other www.harbor.example']);
  });

  test('by the status that is expected', async () => {
    const port = await edge((_, answer) => answer.writeHead(301, { location: '/loop' }).end());
    expect(await probe(port, { status: 301 })).toMatchObject({ isGood: true, status: 301 });
    expect(await probe(port)).toMatchObject({ isGood: false, why: 'status', status: 301 });
  });

  test('once what it must contain has come, even if the answer never ends', async () => {
    const port = await edge((_, answer) => {
      answer.write('half a wo');
      answer.write('rd and more');
    });
    expect(await probe(port, { contains: 'word' })).toMatchObject({ isGood: true });
  });

  test('on a new connection each time', async () => {
    const ports = new Set<number | undefined>();
    const port = await edge((request, answer) => {
      ports.add(request.socket.remotePort);
      answer.end();
    });
    for (let i = 0; i < 3; i++) await probe(port);
    expect(ports.size).toBe(3);
  });

  test('and takes the time that the clock shows', async () => {
    const port = await edge((_, answer) => answer.end());
    const times = [1_000, 1_234];
    expect(await probe(port, { clock: () => times.shift() ?? 0 })).toMatchObject({ ms: 234 });
  });
});

describe('an edge is not good', () => {
  test('when it refuses', async () => {
    expect(await probe(await freePort())).toMatchObject({ isGood: false, why: 'refused', status: undefined });
  });

  test('when it accepts and never answers', async () => {
    const port = await raw(() => {});
    expect(await probe(port, { timeoutMs: 100 })).toMatchObject({
      why: 'timeout',
      words: 'no answer within 100 ms',
    });
  });

  test('when it answers drop by drop', async () => {
    const port = await edge((_, answer) => {
      const dripping = setInterval(() => answer.write('.'), 10);
      answer.on('close', () => clearInterval(dripping));
    });
    expect(await probe(port, { timeoutMs: 150 })).toMatchObject({
      why: 'timeout',
      status: 200,
      words: 'not the whole answer within 150 ms',
    });
  });

  test('when it breaks the connection, before an answer or within one', async () => {
    expect(await probe(await raw((socket) => socket.resetAndDestroy()))).toMatchObject({ why: 'reset' });
    expect(await probe(await raw((socket) => socket.end()))).toMatchObject({ why: 'reset' });
    const cut = await raw((socket) => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf'));
    expect(await probe(cut)).toMatchObject({ why: 'reset', status: 200 });
  });

  test('when its own servers, or those behind it, fail', async () => {
    const port = await edge((_, answer) => answer.writeHead(522).end());
    expect(await probe(port)).toMatchObject({
      why: 'status',
      status: 522,
      words: 'answers 522, expected 200 to 299',
    });
  });

  test('when it answers something else', async () => {
    const port = await edge((_, answer) => answer.end('<h1>Parked</h1>'));
    expect(await probe(port, { contains: '"ok":true' })).toMatchObject({ why: 'body', status: 200 });
  });

  test('when it never stops answering, and what is expected is not at the beginning', async () => {
    const port = await edge((_, answer) => {
      const more = (): void => {
        while (answer.write('x'.repeat(10_000)));
      };
      answer.on('drain', more);
      more();
    });
    expect(await probe(port, { contains: 'word' })).toMatchObject({ why: 'body' });
    expect(await probe(port)).toMatchObject({ isGood: true });
  });

  test.each([
    ['no HTTP', 'SSH-2.0-OpenSSH_9.2\r\n'],
    ['a header without end', `HTTP/1.1 200 OK\r\nx: ${'x'.repeat(100_000)}`],
    ['two lengths', 'HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab'],
    ['another protocol', 'HTTP/1.1 101 Switching\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n'],
  ])('when it answers %s', async (_, answer) => {
    expect(await probe(await raw((socket) => socket.write(answer)))).toMatchObject({ why: 'malformed' });
  });
});

test('who stops asking is told so, and learns nothing about the edge', async () => {
  const stop = new AbortController();
  const port = await raw(() => stop.abort(new Error('the end')));
  const url = new URL('http://www.harbor.example/');
  const probing = probeThrough({ url, address: '127.0.0.1', port, timeoutMs: 5_000 }, stop.signal);
  await expect(probing).rejects.toThrow('the end');
});

describe.skipIf(!has('openssl'))('by TLS', () => {
  const url = new URL('https://www.harbor.example/');
  const good = has('openssl') ? makeCertificate('www.harbor.example') : { authority: '', cert: '', key: '' };

  test('the name of the URL is asked for, and must be in the certificate', async () => {
    const servernames: unknown[] = [];
    const server = createHttps({ cert: good.cert, key: good.key }, (request, answer) => {
      servernames.push('servername' in request.socket ? request.socket.servername : undefined);
      answer.end();
    });
    const port = await listen(server);
    const { authority } = good;
    expect(await probe(port, { url, authority })).toMatchObject({ isGood: true });
    expect(servernames).toEqual(['www.harbor.example']);
    expect(await probe(port, { url: new URL('https://api.harbor.example/'), authority })).toMatchObject({
      why: 'tls',
      words: 'TLS fails: ERR_TLS_CERT_ALTNAME_INVALID',
    });
    expect(await probe(port, { url: new URL('https://127.0.0.1/'), authority })).toMatchObject({
      why: 'tls',
    });
  });

  test('an authority that nobody trusts, an edge that speaks no TLS, and one that does not answer are told apart', async () => {
    const port = await listen(createHttps({ cert: good.cert, key: good.key }));
    expect(await probe(port, { url })).toMatchObject({ why: 'tls' });
    expect(
      await probe(await raw((socket) => socket.write('HTTP/1.1 400 Bad\r\n\r\n')), { url }),
    ).toMatchObject({
      why: 'tls',
    });
    expect(await probe(await raw((socket) => socket.resetAndDestroy()), { url })).toMatchObject({
      why: 'reset',
    });
    expect(await probe(await raw(() => {}), { url, timeoutMs: 100 })).toMatchObject({
      why: 'timeout',
      words: 'no TLS handshake within 100 ms',
    });
  });
});
