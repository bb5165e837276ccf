import { once } from 'node:events';
import { Agent, createServer, request, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { FaultServer, type FaultProxy } from '../../src/faults/index.ts';
import { openRaw, sendRaw, type RawReply } from '../parts/raw-client.ts';
import { startRawOrigin, type RawOrigin } from '../parts/raw-origin.ts';
import { startStreamServer, talk } from '../parts/streams.ts';

/** A proxy that speaks HTTP changes nothing that no fault asks it to: what goes in comes out, byte by byte where that can be. */
let origin: RawOrigin;
let faults: FaultServer;
let proxy: FaultProxy;
let port: number;

beforeAll(async () => {
  origin = await startRawOrigin();
  faults = new FaultServer();
  proxy = await faults.create({ name: 'p', upstream: `127.0.0.1:${origin.port}`, protocol: 'http' });
  port = portOf(proxy.listen);
});
afterEach(async () => {
  origin.forget();
  await proxy.reset();
});
afterAll(async () => {
  await faults.close();
  await origin.stop();
});

function portOf(listen: string): number {
  return Number(listen.split(':').at(-1));
}

/** Answers each request with these bytes. */
function answering(...texts: readonly string[]): void {
  let next = 0;
  origin.answer = (_request, socket) => void socket.write(texts[next++ % texts.length] ?? '', 'latin1');
}

describe('goes through as it is', () => {
  test('a request and its answer, with odd headers in their order and case, said twice, and bytes above ASCII', async () => {
    const answer =
      'HTTP/1.1 299 Quite \xe4 Word\r\nX-B: 1\r\nset-COOKIE: a\r\nX-b: 2\r\nset-COOKIE: b\r\nx-odd: \xfc\r\nContent-length: 3\r\n\r\nyes';
    answering(answer);
    const asked =
      'PATCH /a%20b/../c?q=%e9&x HTTP/1.1\r\nhost: Example.ORG:99\r\nX-A: 1\r\nx-a: 2\r\nACCEPT: \xe4\r\nConnection: keep-alive\r\ncontent-LENGTH: 4\r\n\r\nbody';
    expect((await hear(port, asked, answer.length)).text).toBe(answer);
    expect(origin.received).toEqual([asked]);
  });

  test('two requests on one connection are two on one of the upstream', async () => {
    answering('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
    const asked = 'GET / HTTP/1.1\r\nHost: a\r\nConnection: keep-alive\r\n\r\n';
    const { text } = await hear(port, asked + asked, 2 * 40);
    expect(text).toBe('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'.repeat(2));
    expect(origin.received).toEqual([asked + asked]);
  });

  test('requests sent without waiting are answered in their order, however late the first answer is', async () => {
    let first: Socket | undefined;
    origin.answer = ({ target }, socket) => {
      if (target === '/0') first = socket;
      else socket.write(`HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n${target}`);
    };
    const socket = await openRaw(port);
    let text = '';
    socket.on('data', (piece) => {
      text += piece;
    });
    for (let i = 0; i < 20; i++) socket.write(`GET /${i % 10} HTTP/1.1\r\nHost: a\r\n\r\n`);
    await expect.poll(() => first).toBeDefined();
    origin.answer = ({ target }, one) =>
      void one.write(`HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n${target}`);
    first?.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n/0');
    await expect.poll(() => text.match(/\/\d(?=HTTP|$)/g)?.join('')).toBe('/0/1/2/3/4/5/6/7/8/9'.repeat(2));
    socket.destroy();
  });

  test('chunks with trailers, both ways', async () => {
    answering(
      'HTTP/1.1 200 OK\r\nTrailer: X-Sum\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nX-Sum: 7\r\n\r\n',
    );
    const asked =
      'POST / HTTP/1.1\r\nHost: a\r\nConnection: keep-alive\r\nTrailer: X-In\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nX-In: 1\r\n\r\n';
    const { text } = await hear(port, asked, /X-Sum: 7\r\n\r\n$/);
    expect(text).toMatch(
      /\r\nTrailer: X-Sum\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nX-Sum: 7\r\n\r\n$/,
    );
    expect(origin.received).toEqual([asked]);
  });

  test.each([
    ['HEAD', 'HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n'],
    ['HEAD', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n'],
    ['GET', 'HTTP/1.1 304 Not Modified\r\nContent-Length: 1000\r\nETag: "x"\r\n\r\n'],
    ['DELETE', 'HTTP/1.1 204 No Content\r\nX: y\r\n\r\n'],
    ['GET', 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n'],
  ])('%s, answered by %j: there is no body, and the connection is kept', async (method, answer) => {
    answering(answer);
    const asked = `${method} / HTTP/1.1\r\nHost: a\r\nConnection: keep-alive\r\n\r\n`;
    const { text, isClosed } = await hear(port, asked + asked, 2 * answer.length);
    expect({ text, isClosed }).toEqual({ text: answer + answer, isClosed: false });
  });

  test('an answer that ends with its connection', async () => {
    origin.answer = (_request, socket) => void socket.end('HTTP/1.1 200 OK\r\nX: y\r\n\r\nuntil the end');
    const reply = await sendRaw(port, 'GET / HTTP/1.1\r\nHost: a\r\n\r\n');
    expect(reply).toMatchObject({ text: 'HTTP/1.1 200 OK\r\nX: y\r\n\r\nuntil the end', isClosed: true });
  });

  test('HTTP/1.0 is not given chunks', async () => {
    answering('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n');
    const reply = await sendRaw(port, 'GET / HTTP/1.0\r\nHost: a\r\n\r\n');
    expect(reply.isClosed).toBe(true);
    expect(reply.text).toMatch(/^HTTP\/1\.1 200 OK\r\n(Connection: close\r\n)?\r\nabc$/);
  });

  test('answers before the answer, and the leave to send a body', async () => {
    const early = 'HTTP/1.1 103 Early Hints\r\nLink: </a>; rel=preload\r\nX-Odd: 1\r\n\r\n';
    origin.answer = (_request, socket) => {
      socket.write(`${early}HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n`);
    };
    expect((await hear(port, 'GET / HTTP/1.1\r\nHost: a\r\n\r\n', / 200 .*\r\n\r\n$/s)).text).toBe(
      `${early}HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n`,
    );
    // The client waits, the upstream decides.
    const server = createServer((incoming, response) => void incoming.pipe(response));
    server.on('checkContinue', (incoming, response) => {
      if (incoming.url === '/no') return response.writeHead(417).end();
      response.writeContinue();
      incoming.pipe(response);
    });
    const own = await listening(server);
    const to = await faults.create({ name: 'expect', upstream: `127.0.0.1:${own}`, protocol: 'http' });
    const ask = (path: string): Promise<[number | undefined, boolean, string]> =>
      new Promise((resolve, reject) => {
        let isContinued = false;
        const asked = request({
          port: portOf(to.listen),
          path,
          method: 'PUT',
          headers: { expect: '100-continue', 'content-length': 5 },
        });
        asked.on('continue', () => {
          isContinued = true;
          asked.end('hello');
        });
        asked.on('error', reject);
        asked.on('response', async (answer) => {
          resolve([answer.statusCode, isContinued, await textOf(answer)]);
          asked.destroy();
        });
        asked.flushHeaders();
      });
    expect(await ask('/yes')).toEqual([200, true, 'hello']);
    expect(await ask('/no')).toEqual([417, false, '']);
    // A fault that reads the body has it sent; one that does not leaves the client to keep it.
    await to.setToxic({ type: 'http_body', stream: 'upstream', attributes: { action: 'double' } });
    expect(await ask('/yes')).toEqual([200, true, 'hellohello']);
    await to.setToxic({
      type: 'http_status',
      name: 's',
      attributes: { status: 503 },
      match: { path: '/no' },
    });
    await to.removeToxic('http_body_upstream');
    expect(await ask('/no')).toEqual([503, false, '']);
    await faults.remove('expect');
    server.close();
  });

  test('an end of what a client sends goes on alone, and it is answered all the same', async () => {
    const tolerant = await startStreamServer((socket) => {
      let text = '';
      socket.on('data', (piece) => {
        text += piece;
      });
      socket.on('end', () => socket.end(`HTTP/1.1 200 OK\r\nContent-Length: ${text.length}\r\n\r\n${text}`));
    });
    const to = await faults.create({ name: 'end', upstream: tolerant.place, protocol: 'http' });
    const asked = 'GET / HTTP/1.1\r\nHost: a\r\nConnection: keep-alive\r\n\r\n';
    const { bytes } = await talk(to.listen, asked);
    expect(bytes.toString()).toBe(`HTTP/1.1 200 OK\r\nContent-Length: ${asked.length}\r\n\r\n${asked}`);
    await faults.remove('end');
    await tolerant.close();
  });

  test('tunnels, with what came along with the request; a refused one is answered', async () => {
    const server = createServer((_incoming, response) => response.writeHead(200).end('no upgrade'));
    server.on('upgrade', (incoming, socket) => {
      if (incoming.url === '/no') return void socket.end('HTTP/1.1 403 No\r\nContent-Length: 2\r\n\r\nno');
      socket.write('HTTP/1.1 101 Switching Protocols\r\nupGrade: words\r\nConnection: Upgrade\r\n\r\nhello');
      socket.pipe(socket);
    });
    const own = await listening(server);
    const to = await faults.create({ name: 'tunnel', upstream: `127.0.0.1:${own}`, protocol: 'http' });
    const at = portOf(to.listen);
    const head = (path: string, protocol: string): string =>
      `GET ${path} HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: ${protocol}\r\n\r\n`;
    expect((await hear(at, `${head('/', 'words')}early`, /early$/)).text).toBe(
      'HTTP/1.1 101 Switching Protocols\r\nupGrade: words\r\nConnection: Upgrade\r\n\r\nhelloearly',
    );
    expect(await sendRaw(at, head('/no', 'words'))).toMatchObject({
      text: 'HTTP/1.1 403 No\r\nContent-Length: 2\r\n\r\nno',
      isClosed: true,
    });
    // HTTP/2 is a wish that is passed over: the connection goes on as it is.
    const plain = await hear(at, head('/', 'h2c') + head('/', 'h2c'), /upgrade.*upgrade\r\n0\r\n\r\n$/s);
    expect(plain).toMatchObject({ statuses: [200, 200], isClosed: false });
    // Toxics strike the request as any other.
    await to.setToxic({ type: 'http_status', attributes: { status: 521 }, match: { path: '/ws' } });
    expect((await sendRaw(at, head('/ws', 'words'))).statuses).toEqual([521]);
    expect((await hear(at, head('/', 'words'), /hello$/)).text).toContain('hello');
    await faults.remove('tunnel');
    server.close();
    server.closeAllConnections();
  });

  test('40 MB each way, no faster than they are read', async () => {
    const server = createServer((incoming, response) => void incoming.pipe(response));
    const own = await listening(server);
    const to = await faults.create({ name: 'large', upstream: `127.0.0.1:${own}`, protocol: 'http' });
    const part = Buffer.alloc(1_000_000, 'x');
    const asked = request({ port: portOf(to.listen), method: 'POST' });
    asked.on('error', () => undefined);
    let written = 0;
    const pump = (): void => {
      while (written < 40 && !asked.destroyed) {
        written++;
        if (!asked.write(part)) return void asked.once('drain', pump);
      }
      asked.end();
    };
    pump();
    const [answer] = (await once(asked, 'response')) as [IncomingMessage];
    // Nobody reads: it comes to a halt far before the end.
    let before = -1;
    while (before !== to.counts().upstreamBytes) {
      before = to.counts().upstreamBytes;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    expect(before).toBeLessThan(25_000_000);
    let bytes = 0;
    for await (const piece of answer) bytes += (piece as Buffer).length;
    expect(bytes).toBe(40_000_000);
    await faults.remove('large');
    server.close();
  });
});

describe('when something is wrong', () => {
  test('an upstream that is not there: 502, which says the proxy and why, and the connection is kept', async () => {
    const to = await faults.create({ name: 'gone', upstream: '127.0.0.1:1', protocol: 'http' });
    const asked = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n';
    const { statuses, text, isClosed } = await hear(portOf(to.listen), asked + asked, /\.\n.*\.\n$/s);
    expect({ statuses, isClosed }).toEqual({ statuses: [502, 502], isClosed: false });
    expect(text).toContain('proxy "gone" had no answer from its upstream 127.0.0.1:1: ECONNREFUSED');
    expect(to.counts()).toMatchObject({ failed: 2, requests: 2 });
    await faults.remove('gone');
  });

  test('an upstream that closes instead, or says no HTTP: 502', async () => {
    origin.answer = (_request, socket) => void socket.destroy();
    expect((await hear(port, 'GET / HTTP/1.1\r\nHost: a\r\n\r\n', /\.\n$/)).statuses).toEqual([502]);
    answering('SSH-2.0-OpenSSH\r\n');
    expect((await hear(port, 'GET / HTTP/1.1\r\nHost: a\r\n\r\n', /\.\n$/)).statuses).toEqual([502]);
  });

  test('an answer that breaks off breaks off for the client, after what came', async () => {
    origin.answer = (_request, socket) =>
      void socket.end('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nonly this');
    const reply = await sendRaw(port, 'GET / HTTP/1.1\r\nHost: a\r\n\r\n');
    expect(reply).toMatchObject({ isClosed: true, text: expect.stringMatching(/\r\n\r\nonly this$/) });
  });

  test('what is no HTTP is answered 400, and closed', async () => {
    const reply = await sendRaw(port, 'hello\r\n\r\n');
    expect(reply).toMatchObject({ statuses: [400], isClosed: true });
    expect(reply.text).toContain('proxy "p" expected HTTP/1.1');
  });

  test('an answer that comes before the whole request is passed on, and what is sent still is read and dropped', async () => {
    const hasty = await startStreamServer((socket) => {
      socket.once('data', () => {
        socket.end('HTTP/1.1 413 Too Large\r\nConnection: close\r\nContent-Length: 2\r\n\r\nno');
        socket.resume();
      });
    });
    const to = await faults.create({ name: 'hasty', upstream: hasty.place, protocol: 'http' });
    const asked = request({ port: portOf(to.listen), method: 'POST' });
    asked.on('error', () => undefined);
    asked.write(Buffer.alloc(3_000_000));
    const [answer] = (await once(asked, 'response')) as [IncomingMessage];
    expect([answer.statusCode, await textOf(answer)]).toEqual([413, 'no']);
    asked.destroy();
    await expect.poll(() => to.counts().open).toBe(0);
    await faults.remove('hasty');
    await hasty.close();
  });

  test('a client that goes leaves nothing behind', async () => {
    origin.answer = () => undefined;
    const socket = await openRaw(port);
    socket.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
    await expect.poll(() => origin.sockets.size).toBe(1);
    socket.destroy();
    await expect.poll(() => origin.sockets.size).toBe(0);
    await expect.poll(() => proxy.counts().open).toBe(0);
  });

  test('a kept connection that the upstream ends is ended for the client', async () => {
    answering('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
    const agent = new Agent({ keepAlive: true });
    const asked = request({ port, agent }).end();
    const [answer] = (await once(asked, 'response')) as [IncomingMessage];
    const { socket } = answer;
    expect(await textOf(answer)).toBe('ok');
    const ended = once(socket, 'close');
    for (const one of origin.sockets) one.end();
    await ended;
    agent.destroy();
  });
});

test('a proxy of tcp speaks HTTP from when a fault of HTTP is set: what is open is cut then, and not again', async () => {
  answering('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
  const to = await faults.create({ name: 'tcp', upstream: `127.0.0.1:${origin.port}` });
  const before = await openRaw(portOf(to.listen));
  await to.setToxic({ type: 'http_status', attributes: { status: 503 }, match: { path: '/x' } });
  before.resume();
  if (!before.readableEnded) await once(before, 'end');
  const kept = await openRaw(portOf(to.listen));
  kept.write('GET /x HTTP/1.1\r\nHost: a\r\n\r\n');
  expect(String(await once(kept, 'data'))).toContain('503');
  await to.removeToxic('http_status_downstream');
  await to.setToxic({ type: 'latency', attributes: { latency: 20 } });
  kept.write('GET /x HTTP/1.1\r\nHost: a\r\n\r\n');
  expect(String(await once(kept, 'data'))).toContain('200');
  await faults.remove('tcp');
});

/**
 * Sends bytes, and listens until everything has come that is to come, and a little longer: nothing may follow.
 *
 * @param whole what it looks like then, or how long it is
 */
async function hear(at: number, bytes: string, whole: RegExp | number): Promise<RawReply> {
  const socket = await openRaw(at);
  let text = '';
  let isClosed = false;
  socket.on('data', (piece) => {
    text += piece.toString('latin1');
  });
  socket.on('end', () => {
    isClosed = true;
  });
  socket.write(bytes, 'latin1');
  await expect
    .poll(() => isClosed || (typeof whole === 'number' ? text.length >= whole : whole.test(text)), {
      interval: 5,
    })
    .toBe(true);
  await new Promise((resolve) => setTimeout(resolve, 30));
  socket.destroy();
  const statuses = [...text.matchAll(/HTTP\/1\.1 ([2-9]\d\d) /g)].map((found) => Number(found[1]));
  return { text, statuses, isClosed };
}

async function listening(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  // A server that listens at a port has an address of this kind.
  return (server.address() as AddressInfo).port;
}

async function textOf(answer: IncomingMessage): Promise<string> {
  let text = '';
  for await (const piece of answer) text += String(piece);
  return text;
}
