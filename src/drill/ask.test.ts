import { createServer, type AddressInfo, type Socket } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { RunningAdmin } from './admin.ts';
import { ask, type Question } from './ask.ts';
import { fieldOf } from './judge.ts';

const ends: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0)) await end();
});

/** A server that says to each who connects, once it was asked, what a test has it say. @returns where, and how many came */
async function startRaw(say: (socket: Socket) => void): Promise<{ url: string; came: () => number }> {
  let came = 0;
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    came++;
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.once('close', () => sockets.delete(socket));
    socket.once('data', () => say(socket));
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  ends.push(
    () =>
      new Promise((done) => {
        server.close(done);
        for (const socket of sockets) socket.destroy();
      }),
  );
  // A server that listens at a port has an address with one.
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, came: () => came };
}

/** Writes it again and again, as fast as it is taken. */
function endless(socket: Socket, text: string): void {
  const more = (): void => {
    while (!socket.destroyed && socket.write(text));
    if (!socket.destroyed) socket.once('drain', more);
  };
  more();
}

/** A little of it, again and again. */
function drips(socket: Socket, text: string): void {
  const timer = setInterval(() => socket.write(text), 20);
  socket.once('close', () => clearInterval(timer));
}

const OK = 'HTTP/1.1 200 OK\r\n';
const CHUNKED = `${OK}transfer-encoding: chunked\r\n\r\n`;
const question = (url: string, more: Partial<Question> = {}): Question => ({
  origin: new URL(url),
  at: undefined,
  method: 'GET',
  path: '/',
  headers: {},
  body: undefined,
  timeoutMs: 1_000,
  ...more,
});

describe('a user', () => {
  test('reads no more than the beginning of an answer without end', async () => {
    const { url } = await startRaw((socket) => {
      socket.write(`${OK}\r\n`);
      endless(socket, 'x'.repeat(100_000));
    });
    const answer = await ask(question(url));
    expect(answer).toMatchObject({ kind: 'answer', status: 200 });
    expect(answer.kind === 'answer' && answer.body.length).toBeLessThan(2_000_000);
  });

  test.each([
    ['headers without end', (socket: Socket) => endless(socket, OK + 'x: y\r\n'.repeat(1_000)), /HPE|HEADER/],
    [
      'a status line without end',
      (socket: Socket) => endless(socket, `HTTP/1.1 200 ${'x'.repeat(10_000)}`),
      /HPE|HEADER|no answer/,
    ],
    [
      'early hints without end',
      (socket: Socket) => drips(socket, 'HTTP/1.1 103 Early Hints\r\n\r\n'),
      /no answer within 200 ms/,
    ],
    [
      'a body that drips',
      (socket: Socket) => drips(socket, `${CHUNKED}1\r\nx\r\n`),
      /no answer within 200 ms|HPE/,
    ],
    ['silence', () => undefined, /no answer within 200 ms/],
    ['nothing', (socket: Socket) => socket.end(), /ECONNRESET|closed/],
    [
      'half an answer',
      (socket: Socket) => socket.end(`${OK}content-length: 9\r\n\r\nx`),
      /aborted|broke off/,
    ],
    ['another protocol', (socket: Socket) => socket.end('SSH-2.0-x\r\n'), /HPE/],
    [
      'a switch of protocols',
      (socket: Socket) => socket.write('HTTP/1.1 101 x\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n'),
      /closed|no answer/,
    ],
  ])('who gets %s has no answer, in time', async (_, say, why) => {
    const { url } = await startRaw(say);
    const answer = await ask(question(url, { timeoutMs: 200 }));
    expect(answer).toMatchObject({ kind: 'none', why: expect.stringMatching(why) });
    expect(answer.ms).toBeLessThan(1_000);
  });

  test('goes nowhere else', async () => {
    const other = await startRaw((socket) => socket.end(`${OK}content-length: 0\r\n\r\n`));
    for (const status of [301, 302, 303, 307, 308]) {
      const { url } = await startRaw((socket) =>
        socket.end(
          `HTTP/1.1 ${status} x\r\nlocation: ${other.url}\r\nrefresh: 0; url=${other.url}\r\ncontent-length: 0\r\n\r\n`,
        ),
      );
      expect(await ask(question(url))).toMatchObject({ kind: 'answer', status });
    }
    expect(other.came()).toBe(0);
  });

  test('who has something that cannot be sent is told so, without what it is', async () => {
    const { url, came } = await startRaw(() => undefined);
    const answer = await ask(question(url, { headers: { 'x-key': 'secret\r\nx-evil: 1' } }));
    expect(answer).toMatchObject({ kind: 'none', why: 'ERR_INVALID_CHAR' });
    expect(JSON.stringify(answer)).not.toContain('secret');
    expect(came()).toBe(0);
  });
});

test('what is nested deeper than can be written has no field', () => {
  const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
  expect(fieldOf(`{"a":${deep}}`, 'a')).toBeUndefined();
  expect(fieldOf('['.repeat(200_000), 'a')).toBeUndefined();
  expect(fieldOf('{"__proto__":{"a":1}}', 'constructor')).toBeUndefined();
});

describe('a status', () => {
  const told =
    (json: string): ((socket: Socket) => void) =>
    (socket) =>
      socket.end(`${OK}content-length: ${Buffer.byteLength(json)}\r\n\r\n${json}`);
  const status = (more: object = {}): string =>
    JSON.stringify({ schema: 'keelson.serve-status/1', plan: { digest: 'd' }, speed: 1, ...more });

  test('is read where it is one', async () => {
    const { url } = await startRaw(
      told(status({ speed: 60, services: [7, null, { name: 'a', inUse: 7 }], journeys: 'x' })),
    );
    expect(await new RunningAdmin({ url }).standing()).toMatchObject({
      digest: 'd',
      speed: 60,
      services: [{ name: 'a', inUse: null, alternatives: [] }],
      requests: 0,
    });
  });

  test.each([
    ['of something else', told('{}')],
    ['that is no JSON', told('<html>')],
    ['at a speed that no gateway has', told(status({ speed: 1e308 }))],
    ['at none', told(status({ speed: 0 }))],
    ['that breaks off', (socket: Socket) => socket.end(`${OK}content-length: 99\r\n\r\n{`)],
    [
      'that is cut off',
      (socket: Socket) =>
        void socket.write(`${OK}content-length: 99\r\n\r\n{`, () => socket.resetAndDestroy()),
    ],
    [
      'without end',
      (socket: Socket) => {
        socket.write(`${OK}\r\n`);
        endless(socket, ' '.repeat(100_000));
      },
    ],
    [
      'that sends elsewhere',
      (socket: Socket) =>
        socket.end('HTTP/1.1 302 x\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 0\r\n\r\n'),
    ],
  ])('%s is none', async (_, say) => {
    const { url } = await startRaw(say);
    await expect(new RunningAdmin({ url }).standing()).rejects.toMatchObject({ code: 'drill-unreachable' });
  });

  test('that drips is waited for no longer than one that is silent', async () => {
    const { url } = await startRaw((socket) => {
      socket.write(`${OK}content-length: 100000\r\n\r\n`);
      drips(socket, ' ');
    });
    await expect(new RunningAdmin({ url }).standing()).rejects.toThrow('no answer in time');
  });
});
