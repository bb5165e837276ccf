/**
 * Requests that are meant to be misread, byte by byte, before an origin that keeps every byte it is sent: what arrives there is what
 * one strict reading of the client's bytes gives, or nothing.
 */
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { openRaw, sendRaw } from '../parts/raw-client.ts';
import { startRawGateway, type RawGateway } from '../parts/raw-gateway.ts';
import { startRawOrigin, type RawOrigin } from '../parts/raw-origin.ts';
import { readRequests, type RawRequest } from '../parts/raw-requests.ts';

const SECRET = 'known-to-the-edge-only';
const HOST = 'trade.test';
/** How many requests are made up for one run. */
const SEED = Number(process.env.KEELSON_FUZZ_SEED ?? 20_261_128);
const RUNS = Number(process.env.KEELSON_FUZZ_RUNS ?? 2_000);

let origin: RawOrigin;
let gateway: RawGateway;
beforeAll(async () => {
  origin = await startRawOrigin();
  gateway = await startRawGateway(planFor(origin.port), { secret: SECRET });
});
afterAll(async () => {
  await gateway?.stop();
  await origin?.stop();
});
afterEach(() => origin.forget());

function planFor(port: number): string {
  return `
keelson: 1
platform: {name: Hostile, asOf: 2026-11-01}
catalog: none
limits: {body: 200000}
journeys:
  trade:
    tier: core
    match:
      - {path: /api/orders/**, to: site}
    modes:
      full: {needs: [front, site]}
  browse:
    tier: deferrable
    match:
      - {path: /**, to: site}
    modes:
      full: {needs: [site]}
services:
  front:
    front: true
    url: "http://${HOST}"
    outages: none
    any:
      - {use: edge-a, answer: [192.0.2.1], arrives: {header: X-From-Edge, value: "env:EDGE"}}
      - {use: edge-b, answer: [192.0.2.2]}
  edge-a: {outages: none}
  edge-b: {outages: none}
  site: {outages: none, url: "http://127.0.0.1:${port}"}
`;
}

const get = (target = '/api/orders/1', ...more: string[]): string =>
  [`GET ${target} HTTP/1.1`, `Host: ${HOST}`, ...more, '', ''].join('\r\n');
const post = (body: string, ...more: string[]): string =>
  [`POST /api/orders HTTP/1.1`, `Host: ${HOST}`, ...more, '', body].join('\r\n');
const SMUGGLED = get('/smuggled');
const CHUNKED_SMUGGLED = `0\r\n\r\n${SMUGGLED}`;

/** That the gateway is up and has nothing left from before. */
async function isWell(): Promise<void> {
  const { statuses } = await sendRaw(gateway.port, get('/well', 'Connection: close'), 5_000);
  expect(statuses).toEqual([200]);
}

const arrived = (): readonly RawRequest[] => origin.requests().filter(({ target }) => target !== '/well');

describe('a request that two programs could read differently is refused and not passed on', () => {
  const cases: readonly (readonly [string, string])[] = [
    // Lengths.
    [
      'Content-Length before Transfer-Encoding',
      post(CHUNKED_SMUGGLED, 'Content-Length: 4', 'Transfer-Encoding: chunked'),
    ],
    [
      'Transfer-Encoding before Content-Length',
      post(CHUNKED_SMUGGLED, 'Transfer-Encoding: chunked', 'Content-Length: 4'),
    ],
    ...[
      'chunked, chunked',
      'xchunked',
      'chunked, identity',
      'identity, chunked',
      'identity',
      'gzip, chunked',
      'chunked;q=1',
      '"chunked"',
      'chunked\x0b',
      '\x0bchunked',
      'chunked\0',
      'chunke',
      '',
    ].map(
      (value) =>
        [
          `Transfer-Encoding: ${JSON.stringify(value)}`,
          post(CHUNKED_SMUGGLED, `Transfer-Encoding: ${value}`),
        ] as const,
    ),
    [
      'Transfer-Encoding twice',
      post(CHUNKED_SMUGGLED, 'Transfer-Encoding: chunked', 'Transfer-Encoding: chunked'),
    ],
    [
      'Transfer-Encoding twice, one of them another',
      post(CHUNKED_SMUGGLED, 'Transfer-Encoding: chunked', 'Transfer-Encoding: x'),
    ],
    [
      'Transfer-Encoding with a space before its colon',
      post(CHUNKED_SMUGGLED, 'Transfer-Encoding : chunked'),
    ],
    ['Transfer-Encoding with a tab before its colon', post(CHUNKED_SMUGGLED, 'Transfer-Encoding\t: chunked')],
    ['Transfer-Encoding with a space before it', post(CHUNKED_SMUGGLED, ' Transfer-Encoding: chunked')],
    [
      'Transfer-Encoding of HTTP/1.0',
      `POST /api/orders HTTP/1.0\r\nHost: ${HOST}\r\nTransfer-Encoding: chunked\r\n\r\n${CHUNKED_SMUGGLED}`,
    ],
    ...[
      '+4',
      '-4',
      '0x4',
      '4, 4',
      '4,5',
      '4 4',
      '4.0',
      '4e0',
      '',
      ' ',
      '99999999999999999999',
      '18446744073709551620',
      '4\x0b',
      '\x0b4',
      '4;',
      'four',
    ].map(
      (value) =>
        [
          `Content-Length: ${JSON.stringify(value)}`,
          post(`abcd${SMUGGLED}`, `Content-Length: ${value}`),
        ] as const,
    ),
    ['two lengths that differ', post(`abcd${SMUGGLED}`, 'Content-Length: 4', 'Content-Length: 5')],
    ['two lengths that are the same', post(`abcd${SMUGGLED}`, 'Content-Length: 4', 'Content-Length: 4')],
    ['a length with a space before its colon', post(`abcd${SMUGGLED}`, 'Content-Length : 4')],
    ['a GET with a body', `${get('/api/orders', 'Content-Length: 4')}abcd`],
    ['a HEAD with a body', `HEAD / HTTP/1.1\r\nHost: ${HOST}\r\nContent-Length: 4\r\n\r\nabcd`],
    // Chunks.
    ...['-1', '0x4', '+4', '4 4', '10000000000000004', 'g', '', ' ', '4\n', ';a'].map(
      (size) =>
        [
          `a chunk of size ${JSON.stringify(size)}`,
          post(`${size}\r\nabcd\r\n${CHUNKED_SMUGGLED}`, 'Transfer-Encoding: chunked'),
        ] as const,
    ),
    ['a chunk without its line end', post(`4\r\nabcd${CHUNKED_SMUGGLED}`, 'Transfer-Encoding: chunked')],
    ['a chunk that ends in a bare LF', post(`4\r\nabcd\n${CHUNKED_SMUGGLED}`, 'Transfer-Encoding: chunked')],
    [
      'a chunk size that ends in a bare LF',
      post(`4\nabcd\r\n${CHUNKED_SMUGGLED}`, 'Transfer-Encoding: chunked'),
    ],
    [
      'a chunk extension with a bare LF',
      post(`4;a\nb\r\nabcd\r\n${CHUNKED_SMUGGLED}`, 'Transfer-Encoding: chunked'),
    ],
    [
      'a chunk extension with a bare CR',
      post(`4;a\rb\r\nabcd\r\n${CHUNKED_SMUGGLED}`, 'Transfer-Encoding: chunked'),
    ],
    [
      'a length among the trailers',
      post('4\r\nabcd\r\n0\r\nContent-Length: 9\r\n\r\n', 'Transfer-Encoding: chunked'),
    ],
    ['a trailer that is folded', post('4\r\nabcd\r\n0\r\nA: b\r\n c\r\n\r\n', 'Transfer-Encoding: chunked')],
    // Lines.
    ['a folded header', get('/api/orders', 'A: b', ' c')],
    ['a folded header with a tab', get('/api/orders', 'A: b', '\tc')],
    ['a first header that is folded', `GET / HTTP/1.1\r\n Host: ${HOST}\r\n\r\n`],
    ['bare LF everywhere', get('/api/orders').replaceAll('\r\n', '\n')],
    ['a bare LF after the request line', `GET / HTTP/1.1\nHost: ${HOST}\r\n\r\n`],
    ['a bare LF between headers', get('/api/orders', 'A: b\nTransfer-Encoding: chunked')],
    ['a bare LF at the end of the headers', `GET / HTTP/1.1\r\nHost: ${HOST}\r\n\n`],
    ['a bare CR in a value', get('/api/orders', 'A: b\rTransfer-Encoding: chunked')],
    ['a bare CR at the end of the headers', `GET / HTTP/1.1\r\nHost: ${HOST}\r\n\r\r\n`],
    ...['\0', '\x01', '\x08', '\x0b', '\x0c', '\x1b', '\x7f'].flatMap((character) => [
      [`${JSON.stringify(character)} in a value`, get('/api/orders', `A: b${character}c`)] as const,
      [`${JSON.stringify(character)} in a name`, get('/api/orders', `A${character}b: c`)] as const,
      [`${JSON.stringify(character)} in the target`, get(`/api/orders${character}x`)] as const,
      [`${JSON.stringify(character)} in the query`, get(`/api/orders?a=${character}x`)] as const,
    ]),
    ...['(', ')', '<', '@', ',', ';', '\\', '"', '/', '[', '?', '=', '{', ' ', '\xe9'].map(
      (character) =>
        [`${JSON.stringify(character)} in a name`, get('/api/orders', `A${character}b: c`)] as const,
    ),
    ['a header without a colon', get('/api/orders', 'Abc')],
    ['a header without a name', get('/api/orders', ': c')],
    // Request lines.
    ['another host in the target', get(`http://internal.test/api/orders`)],
    ['its own host in the target', get(`http://${HOST}/api/orders`)],
    ['another scheme in the target', get('file:///etc/passwd')],
    ['only an authority', `CONNECT internal.test:80 HTTP/1.1\r\nHost: internal.test:80\r\n\r\n`],
    ['an authority with GET', get('internal.test:80')],
    ['an asterisk', `OPTIONS * HTTP/1.1\r\nHost: ${HOST}\r\n\r\n`],
    ['an empty target', `GET  HTTP/1.1\r\nHost: ${HOST}\r\n\r\n`],
    ['a space at the end of the line', `GET /api/orders HTTP/1.1 \r\nHost: ${HOST}\r\n\r\n`],
    ['a tab in place of a space', `GET\t/api/orders\tHTTP/1.1\r\nHost: ${HOST}\r\n\r\n`],
    ['a space in the target', get('/api/ orders')],
    ['a space at the beginning', ` GET / HTTP/1.1\r\nHost: ${HOST}\r\n\r\n`],
    ['lower case', `get /api/orders HTTP/1.1\r\nHost: ${HOST}\r\n\r\n`],
    ['a method that nobody serves', `TRACE /api/orders HTTP/1.1\r\nHost: ${HOST}\r\n\r\n`],
    ['a method of another protocol', `SOURCE /api/orders ICE/1.0\r\nHost: ${HOST}\r\n\r\n`],
    ['a method with a colon', `G:T /api/orders HTTP/1.1\r\nHost: ${HOST}\r\n\r\n`],
    ['no version', `GET /api/orders\r\nHost: ${HOST}\r\n\r\n`],
    ...[
      'HTTP/0.9',
      'HTTP/1.2',
      'HTTP/2.0',
      'HTTP/3.0',
      'HTTP/11',
      'HTTP/1.1.1',
      'http/1.1',
      'HTTP/1,1',
      'HTTP/01.1',
      'HTTP/1.10',
      'HTTPS/1.1',
    ].map(
      (version) => [`the version ${version}`, `GET /api/orders ${version}\r\nHost: ${HOST}\r\n\r\n`] as const,
    ),
    ['the preface of HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
    ['the beginning of TLS', '\x16\x03\x01\x00\xc4\x01\x00\x00\xc0\x03\x03'],
    ['the protocol of proxies', `PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r\n${get('/api/orders')}`],
    // Hosts.
    ['no host', 'GET /api/orders HTTP/1.1\r\n\r\n'],
    ['no host in HTTP/1.0', 'GET /api/orders HTTP/1.0\r\n\r\n'],
    ['two hosts', get('/api/orders', 'Host: internal.test')],
    ['two hosts that are the same', get('/api/orders', `Host: ${HOST}`)],
    ...[
      '',
      'a b',
      'a,b',
      `user@${HOST}`,
      `user:word@${HOST}`,
      `${HOST}:80:80`,
      `${HOST}:`,
      `${HOST}:-1`,
      `${HOST}:8o`,
      `${HOST}:99999`,
      `${HOST}/path`,
      `${HOST}?a`,
      `${HOST}#a`,
      `${HOST}\\a`,
      `${HOST}%00`,
      'http://trade.test',
      '[::1',
      '::1',
      '[zz]',
      '..',
      '.',
      'a..b',
      '-',
      'é',
      `${'a'.repeat(300)}.test`,
    ].map(
      (host) =>
        [
          `the host ${JSON.stringify(host.slice(0, 30))}`,
          `GET /api/orders HTTP/1.1\r\nHost: ${host}\r\n\r\n`,
        ] as const,
    ),
    // Paths.
    ...[
      '//api/orders',
      '/api//orders',
      '/./api',
      '/api/.',
      '/../api',
      '/api/..',
      '/browse/../api/orders',
      '/api/%2e%2e/admin',
      '/api/.%2e/admin',
      '/api/%2E/orders',
      '/api%2forders',
      '/api%2Forders',
      '/api%5corders',
      '/api\\orders',
      '/api/orders%00',
      '/api/orders%0d%0aX-A:%20b',
      '/api/orders%0a',
      '/api/orders%09',
      '/api/orders%7f',
      '/api/%252e%252e/admin',
      '/api%252forders',
      '/api%25%32%66orders',
      '/%25252e%25252e/',
      '/api;a=b/orders',
      '/api/orders;',
      '/..;/admin',
      '/api/orders%',
      '/api/orders%2',
      '/api/orders%zz',
      '/api/orders%u002e',
      '/%c0%ae%c0%ae/admin',
      '/%c0%af',
      '/%e0%80%af',
      '/%f0%80%80%af',
      '/%ff',
      '/%ed%a0%80',
      '/%61pi/orders',
      '/api/%6frders',
      '/api/order%73',
      '/api/orders/%31',
      '/api%2Dx',
      '/caf\xe9',
      '/caf\xc3\xa9',
      '/api/orders#a',
      '/api/orders?a#b',
      `/${'a'.repeat(9_000)}`,
    ].map((path) => [`the path ${path.slice(0, 40)}`, get(path)] as const),
    // What names a method or a path that was not judged.
    ...['X-HTTP-Method-Override', 'X-HTTP-Method', 'X-Method-Override', 'x_http_method_override'].map(
      (name) => [`${name}`, post('', 'Content-Length: 0', `${name}: DELETE`)] as const,
    ),
    // Twice what must stand once.
    ...['Authorization: Bearer a', 'Idempotency-Key: a', 'Content-Type: application/json'].map(
      (header) => [`${header} twice`, get('/api/orders', header, header)] as const,
    ),
    // Too much of it.
    ['300 headers', get('/api/orders', ...Array.from({ length: 300 }, (_, i) => `A${i}: b`))],
    ['5,000 headers', get('/api/orders', ...Array.from({ length: 5_000 }, () => 'a:'))],
    ['a header of 20 kB', get('/api/orders', `A: ${'b'.repeat(20_000)}`)],
    ['a name of 20 kB', get('/api/orders', `${'A'.repeat(20_000)}: b`)],
    ['a target of 20 kB', get(`/${'a'.repeat(20_000)}`)],
    ['a body that says it is too large', post('abcd', 'Content-Length: 200001')],
    // Another protocol.
    [
      'an upgrade to HTTP/2',
      `${get('/api/orders', 'Connection: Upgrade, HTTP2-Settings', 'Upgrade: h2c', 'HTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA')}PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n`,
    ],
    ['an upgrade to TLS', get('/api/orders', 'Connection: Upgrade', 'Upgrade: TLS/1.0')],
    ['an expectation that nobody has', get('/api/orders', 'Expect: 200-ok')],
  ];

  test.each(cases)('%s', async (_name, bytes) => {
    const { statuses, text, isClosed } = await sendRaw(gateway.port, bytes);
    // Not a byte, be it a whole request or not.
    expect(origin.received).toEqual([]);
    // Whatever follows on that connection is never taken for a request.
    expect(isClosed).toBe(true);
    expect(statuses.length).toBeLessThanOrEqual(1);
    for (const status of statuses) expect([400, 413, 417, 431, 505]).toContain(status);
    if (statuses.length > 0) expect(text).toMatch(/^keelson-mode: /im);
  });

  test('and the gateway is as well as before', isWell);
});

describe('what is passed on', () => {
  /** Its answer and what arrived of it: all of that is there once what was sent behind it on the same connection is answered. */
  const only = async (bytes: string): Promise<{ statuses: readonly number[]; request: RawRequest }> => {
    const { statuses } = await sendRaw(gateway.port, bytes + get('/well', 'Connection: close'), 5_000);
    expect(statuses.at(-1)).toBe(200);
    const requests = arrived();
    expect(requests.length).toBe(1);
    expect(origin.requests().length).toBe(2);
    const [request] = requests;
    if (request === undefined) throw new Error('Nothing arrived.');
    return { statuses: statuses.slice(0, -1), request };
  };
  const names = ({ headers }: RawRequest): string[] => headers.map(([name]) => name);

  test.each([
    'Forwarded: for=1.2.3.4;host=internal.test',
    'X-Forwarded: for=1.2.3.4',
    'X-Forwarded-Host: internal.test',
    'X-Forwarded-Proto: https',
    'X-Forwarded-Prefix: /admin',
    'X-Real-IP: 1.2.3.4',
    'X-Client-IP: 1.2.3.4',
    'True-Client-IP: 1.2.3.4',
    'CF-Connecting-IP: 1.2.3.4',
    'X-Original-URL: /admin',
    'X-Rewrite-URL: /admin',
    'X-Original-Host: internal.test',
    'X-Host: internal.test',
    'X_Forwarded_For: 1.2.3.4',
    'x_real-ip: 1.2.3.4',
    'Keelson-Epoch: 9',
    'KEELSON-REQUEST: x',
    'keelson_epoch: 9',
    'Keelson_Request: x',
    'Keelson-Anything: x',
    'X-From-Edge: known-to-the-edge-only',
    'X_From_Edge: known-to-the-edge-only',
    'Proxy-Authorization: Basic x',
    'Proxy-Connection: keep-alive',
    'Keep-Alive: timeout=5',
    'TE: trailers',
    'Trailer: authorization',
    'HTTP2-Settings: AAMA',
    'Upgrade: websocket',
    'Expect: 100-continue',
    'Content_Length: 5',
    'Transfer_Encoding: chunked',
    'Proxy: http://evil.test',
  ])('lacks %s', async (header) => {
    const { statuses, request } = await only(get('/api/orders', header));
    expect(statuses).toEqual([200]);
    expect(names(request)).not.toContain(header.split(':')[0]?.toLowerCase());
  });

  test('says where it came from, and nothing that a client says of that', async () => {
    const { request } = await only(
      get('/api/orders', 'X-Forwarded-For: 1.2.3.4', 'X_Forwarded_For: 1.2.3.4'),
    );
    expect(request.headers.filter(([name]) => /^x.forwarded.for$/i.test(name))).toEqual([
      ['x-forwarded-for', '127.0.0.1'],
    ]);
  });

  test('lacks what Connection names, however much that is', async () => {
    const many = Array.from({ length: 100 }, (_, i) => `x-${i}`);
    const { request } = await only(
      get('/api/orders', `Connection: ${many.join(',')}`, 'X-1: a', 'X-99: b', 'X-100: c'),
    );
    expect(names(request).filter((name) => name.startsWith('x-'))).toEqual(['x-100', 'x-forwarded-for']);
  });

  test('keeps what is needed, even where Connection names it', async () => {
    const { request } = await only(
      post(
        'abcd',
        'Connection: host, authorization, content-length, idempotency-key, content-type, keelson-request',
        'Authorization: Bearer a',
        'Idempotency-Key: once',
        'Content-Type: text/plain',
        'Content-Length: 4',
      ),
    );
    for (const name of ['host', 'authorization', 'content-length', 'idempotency-key', 'keelson-request'])
      expect(names(request)).toContain(name);
    expect(request.body).toBe('abcd');
  });

  test('has one Keelson-Request of the gateway, whatever the client says', async () => {
    const { request } = await only(
      post('', 'Content-Length: 0', 'Keelson-Request: forged', 'Connection: keelson-request'),
    );
    const found = request.headers.filter(([name]) => name === 'keelson-request');
    expect(found.length).toBe(1);
    expect(found[0]?.[1]).toMatch(/^[0-9a-f-]{36}$/);
  });

  test('has no trailers, and no chunk extensions', async () => {
    const { request } = await only(
      post(
        '4;a="b"\r\nabcd\r\n0\r\nAuthorization: Bearer forged\r\nHost: internal.test\r\n\r\n',
        'Transfer-Encoding: chunked',
      ),
    );
    expect(request.body).toBe('abcd');
    expect(JSON.stringify(request)).not.toMatch(/forged|internal/);
  });

  test.each(['chunked', 'Chunked', 'chunked ', '\tchunked'])(
    'of a body sent as %j is that body, or nothing',
    async (value) => {
      const { statuses } = await sendRaw(
        gateway.port,
        post('4\r\nabcd\r\n0\r\n\r\n', `Transfer-Encoding: ${value}`),
        300,
      );
      expect(statuses.length).toBe(1);
      expect(arrived().map(({ body }) => body)).toEqual(statuses[0] === 200 ? ['abcd'] : []);
    },
  );

  test.each(['4', '04', '0000000004', ' 4', '4 ', '\t4'])(
    'of a body of length %j is that body',
    async (value) => {
      const { request } = await only(post('abcd', `Content-Length: ${value}`));
      expect(request.body).toBe('abcd');
    },
  );

  test('is each of several requests in a row as a request of its own, judged by itself', async () => {
    const { statuses } = await sendRaw(
      gateway.port,
      post('abcd', 'Content-Length: 4') +
        get('/api/orders/2', 'Keelson-Epoch: 1') +
        get('/../admin') +
        SMUGGLED,
    );
    expect(statuses).toEqual([200, 200, 400]);
    const found = arrived();
    expect(found.map(({ target }) => target).sort()).toEqual(['/api/orders', '/api/orders/2']);
    expect(JSON.stringify(found)).not.toContain('epoch');
  });

  test('is nothing of a body that is shorter than it said', async () => {
    const socket = await openRaw(gateway.port);
    socket.write(post('abc', 'Content-Length: 4'));
    socket.end();
    await new Promise((resolve) => socket.once('close', resolve).resume());
    await isWell();
    expect(origin.received.join('')).not.toContain('/api/orders');
  });

  test('is what the length says of a body that is longer, and the rest is no request', async () => {
    const { statuses } = await sendRaw(gateway.port, post('abcdefgh', 'Content-Length: 4'));
    expect(statuses[0]).toSatisfy((status: number) => status === 200 || status === 400);
    for (const { body } of arrived()) expect(body).toBe('abcd');
    await isWell();
  });

  test('has a path without what must be escaped, and its query as it came', async () => {
    const target = '/api/orders/a%20b%C3%A9?q=%2e%2e/%00&%0d%0a=//..;|"\'';
    const { request } = await only(get(target));
    expect(request.target).toBe(target);
  });

  test.each(['trade.test', 'TRADE.test', 'trade.test.', 'trade.test:8080', '127.0.0.1', '[::1]:80'])(
    'has the host %s as it came',
    async (host) => {
      const { request } = await only(`GET /api/orders HTTP/1.1\r\nHost: ${host}\r\n\r\n`);
      expect(request.headers).toContainEqual(['host', host]);
    },
  );

  test('of HTTP/1.0 is HTTP/1.1, and its connection is kept only when it says so', async () => {
    const old = `GET /api/orders HTTP/1.0\r\nHost: ${HOST}\r\n`;
    const closed = await sendRaw(gateway.port, `${old}\r\n${SMUGGLED}`);
    expect(closed.statuses).toEqual([200]);
    expect(closed.isClosed).toBe(true);
    const kept = await sendRaw(gateway.port, `${old}Connection: keep-alive\r\n\r\n`, 300);
    expect(kept.isClosed).toBe(false);
  });
});

describe('a request that was made up by changing good ones', () => {
  /** What tends to be read in more than one way. */
  const PIECES = [
    '\r\n',
    '\n',
    '\r',
    '\r\n\r\n',
    ' ',
    '\t',
    '\0',
    ':',
    ';',
    ',',
    '0',
    '4',
    'f',
    '-',
    '+',
    '%2e',
    '%2f',
    '/',
    '//',
    '../',
    '\x80',
    '\xff',
    'Content-Length: 4\r\n',
    'Content-Length: 0\r\n',
    'Transfer-Encoding: chunked\r\n',
    'Transfer-Encoding: x\r\n',
    'Host: other\r\n',
    'Connection: close\r\n',
    'Connection: host\r\n',
    'Expect: 100-continue\r\n',
    'Upgrade: websocket\r\n',
    'HTTP/1.0',
    'HTTP/1.1',
    'GET ',
    'POST ',
    '0\r\n\r\n',
    '4\r\nabcd\r\n',
    '1;a=b\r\n',
    SMUGGLED,
  ];
  const seeds = [
    get('/api/orders/1'),
    get('/a?b=c', 'A: b', 'Cookie: d'),
    post('abcd', 'Content-Length: 4'),
    post('4\r\nabcd\r\n0\r\n\r\n', 'Transfer-Encoding: chunked'),
    post('4;a=b\r\nabcd\r\n0\r\nT: u\r\n\r\n', 'Transfer-Encoding: chunked', 'Idempotency-Key: k'),
  ];
  const change = fc.record({
    at: fc.nat(999),
    drop: fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat(6) }),
    put: fc.oneof(
      { weight: 4, arbitrary: fc.constantFrom(...PIECES) },
      { weight: 1, arbitrary: fc.constant('') },
    ),
  });
  const bytes = fc
    .tuple(
      fc.array(fc.constantFrom(...seeds), { minLength: 1, maxLength: 3 }),
      fc.array(change, { maxLength: 3 }),
    )
    .map(([parts, changes]) => {
      let text = parts.join('');
      for (const { at, drop, put } of changes) {
        const where = Math.floor((at / 1_000) * text.length);
        text = text.slice(0, where) + put + text.slice(where + drop);
      }
      return text;
    });

  /** What of a request must be as its client sent it. */
  const key = ({ method, target, headers, body }: RawRequest): string =>
    JSON.stringify([
      method,
      target,
      headers.filter(([name]) => name === 'host' || name === 'cookie' || name === 'a'),
      body,
    ]);

  test(
    'arrives as one strict reading has it, or not at all',
    async () => {
      let sent = 0;
      let passed = 0;
      const allowed = new Map<string, number>();
      const judge = (texts: readonly string[]): void => {
        const requests = arrived();
        origin.forget();
        for (const request of requests) {
          const count = allowed.get(key(request)) ?? 0;
          if (count === 0) {
            const [, name = '?'] = /(t\d+)\.test/.exec(JSON.stringify(request)) ?? [];
            const guilty = texts
              .filter((text) => text.includes(`${name}.`))
              .map((text) => JSON.stringify(text));
            throw new Error(`Nobody sent ${JSON.stringify(request)}:\n${guilty.join('\n')}`);
          }
          allowed.set(key(request), count - 1);
          passed++;
        }
      };
      let recent: readonly string[] = [];
      while (sent < RUNS) {
        // Each has a host of its own: what arrives is known for whose it is.
        const texts = fc
          .sample(bytes, { numRuns: 50, seed: SEED + sent })
          .map((text, i) => text.replaceAll(HOST, `t${sent + i}.test`));
        sent += texts.length;
        for (const text of texts)
          for (const request of readRequests(text).requests)
            allowed.set(key(request), (allowed.get(key(request)) ?? 0) + 1);
        await Promise.all(texts.map((text) => sendRaw(gateway.port, text, 40)));
        recent = [...recent.slice(-1_000), ...texts];
        judge(recent);
      }
      await isWell();
      judge(recent);
      expect(sent).toBeGreaterThanOrEqual(RUNS);
      // Else nothing would have been shown.
      expect(passed).toBeGreaterThan(sent / 10);
    },
    Math.max(60_000, RUNS * 20),
  );
});
