import { once } from 'node:events';
import { mkdtempSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer, request as ask, type IncomingHttpHeaders, type RequestOptions } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { statusExample } from '../../../test/status-example.ts';
import { startAdmin, type ActionResult, type Admin, type AdminOptions, type OrderAttempt } from './admin.ts';
import { StatusEvents } from './events.ts';
import { Registry } from '../../telemetry/metrics.ts';

const TOKEN = 'a-token-of-more-than-thirty-two-bytes';
const PAGE = `<meta http-equiv="Content-Security-Policy" content="default-src 'none'; connect-src 'self'"><p>page`;
const ORDER = {
  journey: 'trade',
  mode: 'post-only',
  pinned: true,
  reason: 'Rehearsal.',
  for: 60_000,
  by: 'ada',
};

let folder: string;
let now: number;
let admins: Admin[];
let orders: unknown[];
let attempts: OrderAttempt[];
let errors: unknown[];
let result: ActionResult;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'keelson-admin-'));
  now = 0;
  admins = [];
  orders = [];
  attempts = [];
  errors = [];
  result = { kind: 'done', words: 'trade is pinned to post-only.' };
});
afterEach(async () => {
  await Promise.all(admins.map((admin) => admin.close()));
  rmSync(folder, { recursive: true });
});

const socketPath = (): string => join(folder, 'admin.sock');

async function start(options: Partial<AdminOptions> = {}): Promise<number> {
  const act = (order: unknown): ActionResult => {
    orders.push(order);
    return result;
  };
  const registry = new Registry();
  const admin = await startAdmin({
    places: [{ kind: 'port', host: '127.0.0.1', port: 0 }],
    token: TOKEN,
    health: () => ({ live: true, ready: true, words: ['All is well.'] }),
    status: statusExample,
    metrics: (accept) => registry.text(accept),
    events: new StatusEvents({ read: statusExample, onError: (error) => errors.push(error) }),
    page: PAGE,
    actions: { mode: act, approve: act, drain: act, reload: act },
    onAttempt: (attempt) => attempts.push(attempt),
    onError: (error) => errors.push(error),
    now: () => now,
    ...options,
  });
  admins.push(admin);
  return admin.ports[0] ?? 0;
}

interface Answered {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

async function send(
  port: number,
  path: string,
  options: RequestOptions = {},
  body?: string,
): Promise<Answered> {
  const sent = ask({ host: '127.0.0.1', port, path, agent: false, ...options });
  sent.end(body);
  const [response] = await once(sent, 'response');
  let text = '';
  for await (const part of response.setEncoding('utf8')) text += part;
  return { status: response.statusCode, headers: response.headers, body: text };
}

interface Posting {
  readonly token?: string | null;
  readonly headers?: Record<string, string>;
  readonly over?: RequestOptions;
}

/** An order as the command line sends it. */
function post(port: number, path: string, order: unknown, { token = TOKEN, headers, over }: Posting = {}) {
  const all = {
    'content-type': 'application/json',
    ...(token === null ? {} : { authorization: `Bearer ${token}` }),
    ...headers,
  };
  const body = typeof order === 'string' ? order : JSON.stringify(order);
  return send(port, path, { method: 'POST', headers: all, ...over }, body);
}

describe('reading', () => {
  test('health says so to orchestrators, and why not', async () => {
    let health = { live: true, ready: false, words: ['It drains.', 'trade is down.'] };
    const port = await start({ health: () => health });
    expect(await send(port, '/healthz')).toMatchObject({ status: 200 });
    expect(await send(port, '/readyz')).toMatchObject({ status: 503, body: 'It drains.\ntrade is down.\n' });
    health = { live: false, ready: true, words: ['All is well.'] };
    expect((await send(port, '/healthz')).status).toBe(503);
    expect((await send(port, '/readyz')).status).toBe(200);
  });

  test('metrics are in the format that is asked for', async () => {
    const port = await start();
    const plain = await send(port, '/metrics');
    expect(plain.headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8');
    const open = await send(port, '/metrics', { headers: { accept: 'application/openmetrics-text' } });
    expect(open.body).toBe('# EOF\n');
  });

  test.each([
    [undefined, 'application/json; charset=utf-8'],
    ['*/*', 'application/json; charset=utf-8'],
    ['text/html,application/xhtml+xml,*/*;q=0.8', 'text/html; charset=utf-8'],
    ['application/json, text/html;q=0.9', 'application/json; charset=utf-8'],
    ['text/event-stream', 'text/event-stream; charset=utf-8'],
  ])('status for Accept %s is %s', async (accept, type) => {
    const port = await start();
    const sent = ask({
      host: '127.0.0.1',
      port,
      path: '/status?x=1',
      headers: accept === undefined ? {} : { accept },
    });
    sent.end();
    const [response] = await once(sent, 'response');
    expect(response.headers['content-type']).toBe(type);
    expect(response.headers.vary).toBe('accept');
    response.destroy();
  });

  test('the page has its own policy, all else has none that allows anything, and nothing may be kept or framed', async () => {
    const port = await start();
    const page = await send(port, '/status', { headers: { accept: 'text/html' } });
    expect(page.headers['content-security-policy']).toBe(
      "default-src 'none'; connect-src 'self'; frame-ancestors 'none'",
    );
    const { headers } = await send(port, '/status');
    expect(headers).toMatchObject({
      'cache-control': 'no-store',
      'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
      'x-content-type-options': 'nosniff',
      'cross-origin-resource-policy': 'same-origin',
    });
    expect(Object.keys(headers).filter((name) => name.startsWith('access-control'))).toEqual([]);
  });

  test('HEAD has no body, what is not there is a problem, another method says which', async () => {
    const port = await start();
    expect(await send(port, '/status', { method: 'HEAD' })).toMatchObject({ status: 200, body: '' });
    expect(await send(port, '/status', { method: 'DELETE' })).toMatchObject({
      status: 405,
      headers: { allow: 'GET, HEAD' },
    });
    expect(await send(port, '/mode')).toMatchObject({ status: 405, headers: { allow: 'POST' } });
    for (const path of ['/nothing', '/__proto__', '/constructor', '/status/', '/%73tatus', '//status']) {
      const { status, headers } = await send(port, path);
      expect([path, status, headers['content-type']]).toEqual([
        path,
        404,
        'application/problem+json; charset=utf-8',
      ]);
    }
    expect(await send(port, '/')).toMatchObject({ status: 303, headers: { location: 'status' } });
  });

  test('readers beyond the most are told to come later', async () => {
    const events = new StatusEvents({ read: statusExample, onError: () => undefined, mostReaders: 0 });
    const port = await start({ events });
    const { status, headers } = await send(port, '/status', { headers: { accept: 'text/event-stream' } });
    expect([status, headers['retry-after']]).toEqual([503, '10']);
  });
});

describe('who asks', () => {
  test.each([
    ['localhost', 200],
    ['LOCALHOST:1234', 200],
    ['127.0.0.1', 200],
    ['[::1]:80', 200],
    ['admin.internal', 200],
    ['evil.example', 403],
    ['localhost.evil.example', 403],
    ['127.0.0.1.nip.io', 403],
    ['10.0.0.1', 403],
    ['localhost@evil.example', 403],
    ['localhost:80:80', 403],
  ])('by Host "%s" is answered %i', async (host, status) => {
    const port = await start({ hosts: ['admin.internal'] });
    expect((await send(port, '/status', { headers: { host } })).status).toBe(status);
  });

  test('by the address the connection came in on is answered: orchestrators do so', async () => {
    const port = await start({ places: [{ kind: 'port', host: '127.0.0.2', port: 0 }] });
    const over = { host: '127.0.0.2', headers: { host: `127.0.0.2:${port}` } };
    expect((await send(port, '/readyz', over)).status).toBe(200);
    expect((await send(port, '/readyz', { ...over, headers: { host: '127.0.0.3' } })).status).toBe(403);
  });

  test.each([
    [{ origin: 'https://evil.example' }, 403],
    [{ origin: 'null' }, 403],
    [{ origin: 'http://localhost' }, 200],
    [{ 'sec-fetch-site': 'same-origin' }, 200],
    [{ 'sec-fetch-site': 'none' }, 200],
    [{ 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors' }, 403],
    [{ 'sec-fetch-site': 'same-site', 'sec-fetch-mode': 'cors' }, 403],
    [{ 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' }, 200],
  ])('with %o is answered %i', async (headers, status) => {
    const port = await start();
    expect((await send(port, '/status', { headers: { host: 'localhost', ...headers } })).status).toBe(status);
  });

  test('a page of another site gives no orders, even with the token', async () => {
    const port = await start();
    for (const headers of [
      { origin: 'https://evil.example' },
      { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' },
      { host: 'evil.example' },
    ])
      expect((await post(port, '/mode', ORDER, { headers })).status).toBe(403);
    expect(orders).toEqual([]);
  });
});

describe('an order', () => {
  test('is handed on, answered, and told', async () => {
    const port = await start();
    const { status, body } = await post(port, '/mode', ORDER);
    expect([status, JSON.parse(body)]).toEqual([200, result]);
    const { for: forMs, ...rest } = ORDER;
    expect(orders).toEqual([{ ...rest, forMs }]);
    expect(attempts).toEqual([
      {
        action: 'mode',
        from: '127.0.0.1',
        outcome: 'done',
        by: 'ada',
        reason: ORDER.reason,
        words: 'trade is pinned to post-only.',
      },
    ]);
  });

  test('releases the lever without a time', async () => {
    const port = await start();
    const order = { journey: 'trade', mode: null, reason: 'Over.', by: 'ada' };
    expect((await post(port, '/mode', order)).status).toBe(200);
    expect(orders).toEqual([{ ...order, pinned: false, forMs: null }]);
  });

  test('approves, and drains', async () => {
    const port = await start();
    await post(port, '/approve', { service: 'order-book', by: 'ada', reason: 'The writer is fenced.' });
    await post(port, '/drain', { by: 'ada', reason: 'A new version.' });
    expect(attempts.map(({ action }) => action)).toEqual(['approve', 'drain']);
    expect(orders).toHaveLength(2);
  });

  test('that is refused says why', async () => {
    result = { kind: 'refused', words: 'There is no journey "trade".' };
    const { status, headers, body } = await post(await start(), '/mode', ORDER);
    expect([status, headers['content-type']]).toEqual([409, 'application/problem+json; charset=utf-8']);
    expect(JSON.parse(body)).toEqual({
      type: 'urn:keelson:admin:refused',
      title: 'Refused',
      status: 409,
      code: 'refused',
      detail: 'There is no journey "trade".',
    });
  });

  test('that fails says nothing of how', async () => {
    const fail = (): never => {
      throw new Error('secret');
    };
    const port = await start({ actions: { mode: fail, approve: fail, drain: fail, reload: fail } });
    const { status, body } = await post(port, '/mode', ORDER);
    expect(status).toBe(500);
    expect(body).not.toContain('secret');
    expect(errors).toHaveLength(1);
    expect(attempts[0]?.outcome).toBe('failed');
  });

  test.each([
    ['[]', 'Expected a JSON object.'],
    ['null', 'Expected a JSON object.'],
    ['{', 'Expected JSON in UTF-8.'],
    ['', 'Expected JSON in UTF-8.'],
    [{ ...ORDER, more: 1 }, 'Expected only journey, mode, pinned, reason, for, by.'],
    [{ ...ORDER, journey: 7 }, 'Expected "journey": 1 to 100 characters.'],
    [{ ...ORDER, mode: undefined }, 'Expected "mode": the name of one, or null to release the lever.'],
    [{ ...ORDER, mode: '' }, 'Expected "mode": 1 to 100 characters.'],
    [{ ...ORDER, pinned: 'yes' }, 'Expected "pinned": true or false.'],
    [{ ...ORDER, reason: ' ' }, 'Expected "reason": 1 to 500 characters.'],
    [{ ...ORDER, reason: 'x'.repeat(501) }, 'Expected "reason": 1 to 500 characters.'],
    [{ ...ORDER, by: 'ada\u202e' }, 'Expected "by" without characters that cannot be seen.'],
    [{ ...ORDER, by: 'ada\n' }, 'Expected "by" without characters that cannot be seen.'],
    [{ ...ORDER, for: undefined }, 'Expected "for": milliseconds, 1 to 604800000 (7 days).'],
    [{ ...ORDER, for: 1e12 }, 'Expected "for": milliseconds, 1 to 604800000 (7 days).'],
    [{ ...ORDER, for: -1 }, 'Expected "for": milliseconds, 1 to 604800000 (7 days).'],
    ['{"__proto__":{"journey":"a"}}', 'Expected only journey, mode, pinned, reason, for, by.'],
  ])('that is %j is answered: %s', async (order, detail) => {
    const { status, body } = await post(await start(), '/mode', order);
    expect([status, JSON.parse(body).detail]).toEqual([400, detail]);
    expect(orders).toEqual([]);
    expect(attempts[0]?.outcome).toBe('wrong');
  });

  test.each([
    [{ 'content-type': 'text/plain' }, 415],
    [{ 'content-type': 'application/x-www-form-urlencoded' }, 415],
    [{ 'content-type': 'application/json; charset=utf-16' }, 415],
    [{ 'content-encoding': 'gzip' }, 415],
    [{ 'content-type': 'application/json; charset=UTF-8' }, 200],
  ])('with %o is answered %i', async (headers, status) => {
    expect((await post(await start(), '/mode', ORDER, { headers })).status).toBe(status);
  });

  test('that is too large is not read, whether it says so or not', async () => {
    const port = await start();
    const large = JSON.stringify({ ...ORDER, reason: 'x'.repeat(9000) });
    expect((await post(port, '/mode', large)).status).toBe(413);
    expect((await post(port, '/mode', large, { headers: { 'transfer-encoding': 'chunked' } })).status).toBe(
      413,
    );
    expect(orders).toEqual([]);
  });
});

test('everything at once is never let back: a part is named', async () => {
  const { status, body } = await post(await start(), '/drain', { back: true, by: 'ada', reason: 'Done.' });
  expect(status).toBe(400);
  expect(body).toContain('Expected \\"target\\" with \\"back\\"');
  expect(orders).toEqual([]);
});

describe('the token', () => {
  test.each([
    [null, 401],
    ['wrong', 401],
    [TOKEN.slice(1), 401],
    [`${TOKEN}x`, 401],
    [TOKEN, 200],
  ])('%s is answered %i', async (token, status) => {
    const { status: found, headers } = await post(
      await start(),
      '/drain',
      { by: 'ada', reason: 'a' },
      { token },
    );
    expect(found).toBe(status);
    if (status === 401) expect(headers['www-authenticate']).toBe('Bearer realm="keelson"');
    expect(attempts[0]?.outcome).toBe(status === 401 ? 'not-admitted' : 'done');
  });

  test('that is wrong too often makes its sender wait, for a time', async () => {
    const port = await start();
    for (let i = 0; i < 10; i++)
      expect((await post(port, '/mode', ORDER, { token: 'wrong' })).status).toBe(401);
    now = 1000;
    const { status, headers } = await post(port, '/mode', ORDER);
    expect([status, headers['retry-after']]).toEqual([429, '59']);
    const elsewhere = { localAddress: '127.0.0.9' };
    expect((await post(port, '/mode', ORDER, { over: elsewhere })).status).toBe(200);
    now = 60_000;
    expect((await post(port, '/mode', ORDER)).status).toBe(200);
  });

  test('is never in an answer or in what is told', async () => {
    const port = await start();
    const { body } = await post(port, '/mode', ORDER, { token: 'almost-the-secret' });
    expect(body + JSON.stringify(attempts)).not.toContain('almost');
  });

  test('that is short is refused at once', async () => {
    await expect(start({ token: 'short' })).rejects.toMatchObject({ code: 'admin-token-short' });
  });

  test('that is not configured leaves orders to the socket', async () => {
    const port = await start({ token: undefined });
    expect((await post(port, '/mode', ORDER)).status).toBe(403);
    expect((await send(port, '/status')).status).toBe(200);
  });
});

describe('a socket', () => {
  const place = () => ({ kind: 'socket', path: socketPath() }) as const;
  const over = () => ({ socketPath: socketPath(), host: 'localhost' });

  test('is for its owner alone, who needs no token', async () => {
    await start({ places: [{ kind: 'port', host: '127.0.0.1', port: 0 }, place()] });
    expect(statSync(socketPath()).mode & 0o777).toBe(0o600);
    expect((await post(0, '/mode', ORDER, { token: null, over: over() })).status).toBe(200);
    expect(attempts[0]?.from).toBe('socket');
    expect((await send(0, '/status', over())).status).toBe(200);
  });

  test('that was left behind is replaced', async () => {
    const left = createServer().listen(socketPath());
    await once(left, 'listening');
    // As kill -9 leaves it: the file is there, nobody listens.
    const moved = `${socketPath()}.kept`;
    renameSync(socketPath(), moved);
    await new Promise((resolve) => left.close(resolve));
    renameSync(moved, socketPath());
    await start({ places: [place()] });
    expect((await send(0, '/healthz', over())).status).toBe(200);
  });

  test('on which somebody listens, a file of another kind, and too long a path are refused', async () => {
    await start({ places: [place()] });
    await expect(start({ places: [place()] })).rejects.toMatchObject({ code: 'admin-unusable' });
    const file = join(folder, 'file');
    writeFileSync(file, 'kept');
    await expect(start({ places: [{ kind: 'socket', path: file }] })).rejects.toMatchObject({
      code: 'admin-unusable',
    });
    const long = join(folder, 'x'.repeat(120));
    await expect(start({ places: [{ kind: 'socket', path: long }] })).rejects.toMatchObject({
      code: 'admin-unusable',
    });
  });

  test('goes when all is closed', async () => {
    await start({ places: [place()] });
    await admins.pop()?.close();
    expect(statSync(socketPath(), { throwIfNoEntry: false })).toBe(undefined);
  });
});

test('a port that is taken is refused with what to do', async () => {
  const port = await start();
  await expect(start({ places: [{ kind: 'port', host: '127.0.0.1', port }] })).rejects.toMatchObject({
    code: 'admin-unusable',
    hint: 'Give it another place, or end what is there.',
  });
});

test('closing ends those who follow', async () => {
  const port = await start();
  const sent = ask({ host: '127.0.0.1', port, path: '/status', headers: { accept: 'text/event-stream' } });
  sent.end();
  const [response] = await once(sent, 'response');
  response.resume();
  const ended = once(response, 'end');
  await Promise.all([ended, admins.pop()?.close()]);
});

test('what is no HTTP, and two lengths, are refused', async () => {
  const port = await start();
  for (const bytes of [
    'nonsense\r\n\r\n',
    'POST /mode HTTP/1.1\r\nhost: localhost\r\ncontent-length: 2\r\ncontent-length: 3\r\n\r\n{}x',
    'POST /mode HTTP/1.1\r\nhost: localhost\r\ncontent-length: 2\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n',
  ]) {
    const socket = connect({ host: '127.0.0.1', port });
    socket.write(bytes);
    let text = '';
    for await (const part of socket.setEncoding('latin1')) text += part;
    expect(text.startsWith('HTTP/1.1 400 ')).toBe(true);
  }
  expect(orders).toEqual([]);
});
