import { createServer as createHttp, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createHttps } from 'node:https';
import { connect, createServer as createTcp, type AddressInfo, type Server, type Socket } from 'node:net';
import { brotliCompressSync, constants, deflateRawSync, gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { Crawl, Trouble } from '../../src/discover/crawl/crawl.ts';
import { Pace } from '../../src/discover/crawl/http/pace.ts';
import { crawlPlatform, type CrawlOptions } from '../../src/discover/crawl/platform.ts';
import { crawlText, readCrawl } from '../../src/discover/crawl/saved.ts';
import { makeCertificate, type Certificate } from '../parts/certificate.ts';
import { answersOf, reply, startDnsAnswers, type Answerer, type DnsAnswers } from '../parts/dns-answers.ts';
import { TYPE } from '../../src/dns/record.ts';

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

const PUBLIC = '104.16.1.1';
const MEGABYTE = 1_000_000;

let certificate: Certificate;
let secure: Server;
let plain: Server;
let handle: Handler;
/** Each crawl has a name of its own. */
let runs = 0;
const agent = (): string => `keelson/test-${runs}`;
/** What the site was asked, with its headers. */
let asked: { method: string; url: string; headers: IncomingMessage['headers'] }[];
/** Addresses that were connected to. */
let connected: string[];
const open: (() => Promise<void>)[] = [];

beforeAll(async () => {
  certificate = makeCertificate('harbor.example', '*.harbor.example');
  const heard: Handler = (request, response) => {
    // One that was on its way when its test had ended is none of the next.
    if (request.headers['user-agent'] !== agent()) return void response.destroy();
    asked.push({
      method: request.method ?? '',
      url: `${request.headers.host}${request.url}`,
      headers: request.headers,
    });
    handle(request, response);
  };
  secure = await listening(
    createHttps({ cert: certificate.cert, key: certificate.key, maxHeaderSize: 65_536 }, heard),
  );
  plain = await listening(createHttp(heard));
});
afterAll(async () => {
  for (const server of [secure, plain]) await ended(server);
});
afterEach(async () => {
  for (const close of open.splice(0)) await close();
});

async function listening<S extends Server>(server: S): Promise<S> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}
async function ended(server: Server): Promise<void> {
  const gone = new Promise<void>((resolve) => server.close(() => resolve()));
  if ('closeAllConnections' in server && typeof server.closeAllConnections === 'function')
    server.closeAllConnections();
  await gone;
}
/** Bytes by hand; gone after the test. */
async function bytes(say: (socket: Socket) => void): Promise<Server> {
  const sockets: Socket[] = [];
  const server = await listening(
    createTcp((socket) => {
      sockets.push(socket);
      socket.on('error', () => {});
      say(socket);
    }),
  );
  open.push(async () => {
    for (const socket of sockets) socket.destroy();
    await ended(server);
  });
  return server;
}
const portOf = (server: Server): number => (server.address() as AddressInfo).port; // they listen on TCP

/** Crawls harbor.example as it is handled, with bounds that let a test be short. */
async function crawl(
  site: Handler,
  options: Partial<CrawlOptions> & { readonly names?: Answerer; readonly secureAt?: number } = {},
): Promise<Crawl> {
  handle = (request, response) => {
    if (request.url === '/robots.txt' && options.names === undefined) response.writeHead(404).end();
    else site(request, response);
  };
  runs++;
  asked = [];
  connected = [];
  const dns: DnsAnswers = await startDnsAnswers(
    options.names ?? answersOf([`harbor.example 60 A ${PUBLIC}`]),
  );
  open.push(dns.close);
  const begin = performance.now();
  const found = await crawlPlatform(['harbor.example'], {
    resolver: [dns],
    connect: (address, port) => {
      connected.push(address);
      return { host: '127.0.0.1', port: port === 443 ? (options.secureAt ?? portOf(secure)) : portOf(plain) };
    },
    authorities: certificate.authority,
    userAgent: agent(),
    ...options,
    bounds: { gapMs: 0, answerMs: 500, ...options.bounds },
  });
  expect(performance.now() - begin).toBeLessThan(10_000);
  // Whatever came, it can be saved, and read again as the same; and nothing but what may be asked was.
  const text = crawlText(found);
  expect(readCrawl(text, 'crawl.json')).toEqual({ crawl: found, problems: [] });
  expect(text).not.toMatch(/secret/i);
  for (const { method, headers } of asked) {
    expect(['GET', 'HEAD']).toContain(method);
    expect(headers).not.toHaveProperty('authorization');
    expect(headers).not.toHaveProperty('cookie');
  }
  return found;
}

const codes = ({ troubles }: Crawl, of: string): Trouble['code'][] =>
  troubles.filter((trouble) => trouble.of === of).map(({ code }) => code);
const page = ({ fetches }: Crawl) =>
  fetches.find(({ url, method }) => url === 'https://harbor.example/' && method === 'GET');
const html =
  (body: string, headers: Record<string, string | string[]> = {}): Handler =>
  (_, response) => {
    response.writeHead(200, { 'content-type': 'text/html', ...headers }).end(body);
  };
/** As much as is taken, and says how much that was. */
function endless(response: ServerResponse, piece: Buffer, most: number): () => number {
  let written = 0;
  const more = (): void => {
    while (written < most && !response.destroyed) {
      written += piece.length;
      if (!response.write(piece)) return void response.once('drain', more);
    }
    response.end();
  };
  more();
  return () => written;
}

test('a page is read, and says what it is told to', async () => {
  const found = await crawl(
    html('<script src="https://cdn.other.example/x.js"></script>', {
      'set-cookie': ['session=SECRET; Path=/'],
      server: 'harbor',
    }),
  );
  expect(page(found)).toMatchObject({
    address: PUBLIC,
    status: 200,
    certificate: { names: ['harbor.example', '*.harbor.example'], issuerName: 'authority', isTrusted: true },
    references: [{ kind: 'script', host: 'cdn.other.example', path: '/x.js', where: 'html' }],
  });
  expect(page(found)?.headers).toContainEqual(['set-cookie', 'session=…; Path=/']);
  expect(found.troubles).toEqual([]);
  expect(asked.map(({ method, url }) => `${method} ${url}`)).toEqual([
    'GET harbor.example/robots.txt',
    'GET harbor.example/',
    'HEAD harbor.example/',
    'GET harbor.example/.well-known/security.txt',
  ]);
  expect(asked[0]?.headers).toEqual({
    host: 'harbor.example',
    'user-agent': agent(),
    accept: expect.any(String),
    'accept-encoding': 'gzip, deflate, br',
    connection: 'close',
  });
});

describe('too much is cut, and said', () => {
  test('headers of 10 MB', async () => {
    const garbage = Buffer.from(`x: ${'y'.repeat(10_000)}\r\n`);
    let written = 0;
    const server = await bytes((socket) => {
      socket.write('HTTP/1.1 200 OK\r\n');
      const more = (): void => {
        while (written < 10 * MEGABYTE && !socket.destroyed) {
          written += garbage.length;
          if (!socket.write(garbage)) return void socket.once('drain', more);
        }
      };
      more();
    });
    const found = await crawl(html(''), {
      connect: (_, port) => ({ host: '127.0.0.1', port: port === 443 ? portOf(secure) : portOf(server) }),
    });
    expect(codes(found, 'http://harbor.example/')).toEqual(['headers-too-large']);
    expect(written).toBeLessThan(10 * MEGABYTE);
  });

  test('HTML of 100 MB', async () => {
    let written = (): number => 0;
    const found = await crawl((_, response) => {
      response.writeHead(200, { 'content-type': 'text/html' });
      written = endless(response, Buffer.from('<p class="a">text</p>'.repeat(3_000)), 100 * MEGABYTE);
    });
    expect(codes(found, 'https://harbor.example/')).toEqual(['too-large']);
    expect(page(found)).toMatchObject({ isCut: true, bytes: 4 * MEGABYTE });
    expect(written()).toBeLessThan(50 * MEGABYTE);
  });

  test.each([
    ['gzip', gzipSync],
    ['br', (zeros: Buffer) => brotliCompressSync(zeros, { params: { [constants.BROTLI_PARAM_QUALITY]: 1 } })],
    ['deflate', deflateRawSync],
  ] as const)('a body that %s makes 100 times as large', async (coding, compress) => {
    const bomb = compress(Buffer.alloc(50 * MEGABYTE, '<a>'));
    expect(bomb.length).toBeLessThan(MEGABYTE);
    const found = await crawl((_, response) => {
      response.writeHead(200, { 'content-type': 'text/html', 'content-encoding': coding }).end(bomb);
    });
    expect(page(found)).toMatchObject({ isCut: true, bytes: 4 * MEGABYTE });
    expect(codes(found, 'https://harbor.example/')).toEqual(['too-large']);
  });

  test('robots.txt of 50 MB, of which the beginning counts', async () => {
    let written = (): number => 0;
    const large = await crawl(
      (request, response) => {
        if (request.url !== '/robots.txt') return void html('<p>')(request, response);
        response.writeHead(200, { 'content-type': 'text/plain' });
        response.write('User-agent: *\nDisallow: /.well-known/\n');
        written = endless(response, Buffer.from('# nothing\n'.repeat(5_000)), 50 * MEGABYTE);
      },
      { names: answersOf([`harbor.example 60 A ${PUBLIC}`]) },
    );
    expect(codes(large, 'https://harbor.example/robots.txt')).toEqual(['too-large']);
    expect(codes(large, 'https://harbor.example/.well-known/security.txt')).toEqual(['robots']);
    expect(page(large)).toMatchObject({ status: 200 });
    expect(written()).toBeLessThan(25 * MEGABYTE);
  });

  test('headers and hosts by the hundred', async () => {
    const names = Array.from({ length: 2_000 }, (_, i) => `<img src=https://i${i}.example/>`);
    const found = await crawl((_, response) => {
      for (let i = 0; i < 500; i++) response.setHeader(`x-${i}`, 'y'.repeat(80));
      html(names.join(''))(_, response);
    });
    expect(page(found)?.headers).toHaveLength(100);
    expect(page(found)?.references).toHaveLength(500);
    expect(codes(found, 'https://harbor.example/')).toEqual(['too-large']);
  });

  test('what a hostile site has us keep, all together', async () => {
    const found = await crawl(
      (_, response) => {
        response.setHeader('x-a', 'y'.repeat(2_000));
        html('<p>')(_, response);
      },
      { bounds: { kept: 3_000 } },
    );
    expect(codes(found, 'harbor.example')).toContain('budget-spent');
  });
});

describe('redirects', () => {
  const to =
    (location: string, body: Handler = html('<p>')): Handler =>
    (request, response) => {
      if (request.url === '/') response.writeHead(302, { location }).end();
      else body(request, response);
    };

  test('are followed, and what they carry is not kept', async () => {
    const found = await crawl(to('/home?token=SECRET#x'));
    expect(page(found)).toMatchObject({ redirectsTo: 'https://harbor.example/home?…' });
    expect(asked.map(({ url }) => url)).toContain('harbor.example/home?token=SECRET');
    expect(page(found)?.headers).toContainEqual(['location', 'https://harbor.example/home?…']);
  });

  test('without end are given up', async () => {
    let i = 0;
    const found = await crawl((_, response) => {
      response.writeHead(302, { location: `/${++i}` }).end();
    });
    expect(codes(found, 'https://harbor.example/')).toEqual(['too-many-redirects']);
  });

  test('in a circle are said', async () => {
    const found = await crawl((request, response) => {
      response.writeHead(301, { location: request.url === '/' ? '/a' : '/' }).end();
    });
    expect(codes(found, 'https://harbor.example/')).toEqual(['redirect-loop']);
  });

  test.each([
    ['http://127.0.0.1/', '127.0.0.1'],
    ['http://[::ffff:127.0.0.1]/', '::ffff:7f00:1'],
    ['http://0x7f.1/', '127.0.0.1'],
    ['https://2130706433/', '127.0.0.1'],
    ['http://169.254.169.254/latest/meta-data/', '169.254.169.254'],
    ['https://[fd00:ec2::254]/', 'fd00:ec2::254'],
    ['https://inside.harbor.example/', 'inside.harbor.example'],
  ])('to %s lead nowhere', async (location, of) => {
    const found = await crawl(to(location), {
      names: answersOf([`harbor.example 60 A ${PUBLIC}`, 'inside.harbor.example 60 A 10.0.0.1']),
    });
    expect(codes(found, of)).toEqual(['private-address']);
    expect(new Set(connected)).toEqual(new Set([PUBLIC]));
  });

  test('to addresses of one’s own are followed where that is asked for', async () => {
    const found = await crawl(to('https://inside.harbor.example/x'), {
      names: answersOf([`harbor.example 60 A ${PUBLIC}`, 'inside.harbor.example 60 A 10.0.0.1']),
      privateAddresses: true,
    });
    expect(found.fetches.find(({ url }) => url === 'https://inside.harbor.example/x')).toMatchObject({
      address: '10.0.0.1',
      status: 200,
    });
  });

  test.each([
    'ftp://harbor.example/',
    'file:///etc/passwd',
    'javascript:1',
    'http://',
    'https://harbor.example:22/',
    '//a\u0001b.example/',
  ])('to %j are not followed', async (location) => {
    const found = await crawl((request, response) => {
      if (request.url !== '/') return void html('<p>')(request, response);
      // Node would not send some of these.
      response.socket?.end(`HTTP/1.1 302 Found\r\nLocation: ${location}\r\nContent-Length: 0\r\n\r\n`);
    });
    expect(new Set(connected)).toEqual(new Set([PUBLIC]));
    expect(found.fetches.map(({ url }) => new URL(url).host)).not.toContain('harbor.example:22');
  });

  test('with a password send none', async () => {
    const found = await crawl(to('https://user:SECRET@harbor.example/x'));
    expect(found.fetches.map(({ url }) => url)).toContain('https://harbor.example/x');
  });
});

describe('names lead only to the public internet', () => {
  test('however they change between two answers', async () => {
    let answers = 0;
    const names: Answerer = (query) => {
      const [question] = query.questions;
      const isHost = question?.name === 'harbor.example' && question.type === TYPE.A;
      const address = isHost && answers++ > 0 ? '127.0.0.1' : PUBLIC;
      return answersOf([`harbor.example 0 A ${address}`])(query, 'udp', 0);
    };
    await crawl(html('<script src=/a.js></script>'), { names });
    expect(new Set(connected)).toEqual(new Set([PUBLIC]));
    const again = await crawl(html('<p>'), { names });
    expect(codes(again, 'harbor.example')).toEqual(['private-address']);
    expect(connected).toEqual([]);
    expect(again.fetches).toEqual([]);
  });

  test('and by those of their addresses that are of it', async () => {
    const found = await crawl(html('<p>'), {
      names: answersOf([
        'harbor.example 60 A 127.0.0.1',
        `harbor.example 60 A ${PUBLIC}`,
        'harbor.example 60 AAAA ::1',
      ]),
    });
    expect(codes(found, 'harbor.example')).toEqual(['private-address']);
    expect(page(found)).toMatchObject({ address: PUBLIC });
    expect(new Set(connected)).toEqual(new Set([PUBLIC]));
  });

  test('with whatever octets they are made of', async () => {
    const evil = 'a\\007b\\000.other.example';
    const found = await crawl(html('<p>'), {
      names: (query) => {
        const [question] = query.questions;
        return question?.type === TYPE.NS
          ? reply(query, {
              answers: [
                {
                  name: question.name,
                  type: TYPE.CNAME,
                  class: 1,
                  ttlSeconds: 1,
                  data: { kind: 'name', name: evil },
                },
              ],
            })
          : answersOf([`harbor.example 60 A ${PUBLIC}`])(query, 'udp', 0);
      },
    });
    expect(
      found.lookups.find(({ name, type }) => name === 'harbor.example' && type === 'NS')?.chain,
    ).toContain(evil);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: none of them is there
    expect(JSON.stringify(found)).not.toMatch(/[\u0000-\u001f\u007f-\u009f]/);
  });
});

describe('time is bounded', () => {
  const hang: Handler = () => {};

  test('where nothing answers', async () => {
    const found = await crawl(hang, { bounds: { firstByteMs: 100 } });
    expect(codes(found, 'https://harbor.example/')).toEqual(['timed-out']);
  });

  test('where headers drip', async () => {
    const timers: NodeJS.Timeout[] = [];
    const server = await bytes((socket) => {
      socket.write('HTTP/1.1 200 OK\r\n');
      timers.push(setInterval(() => socket.write('x: y\r\n'), 10));
    });
    const found = await crawl(html(''), {
      connect: (_, port) => ({ host: '127.0.0.1', port: port === 443 ? portOf(secure) : portOf(server) }),
      bounds: { firstByteMs: 150 },
    });
    for (const timer of timers) clearInterval(timer);
    expect(codes(found, 'http://harbor.example/')).toEqual(['timed-out']);
  });

  test('where a body drips, of which the beginning is kept', async () => {
    const timers: NodeJS.Timeout[] = [];
    const found = await crawl(
      (_, response) => {
        response.writeHead(200, { 'content-type': 'text/html' });
        response.write('<script src=https://cdn.other.example/a.js></script>');
        timers.push(setInterval(() => response.write(' '), 10));
      },
      { bounds: { requestMs: 200 } },
    );
    for (const timer of timers) clearInterval(timer);
    expect(codes(found, 'https://harbor.example/')).toEqual(['timed-out']);
    expect(page(found)).toMatchObject({ isCut: true, references: [{ host: 'cdn.other.example' }] });
  });

  test('where nothing of it connects', async () => {
    // It accepts, and says nothing of TLS.
    const server = await bytes(() => {});
    const found = await crawl(html('<p>'), { secureAt: portOf(server), bounds: { connectMs: 150 } });
    expect(codes(found, 'https://harbor.example/robots.txt')).toEqual(['timed-out']);
    expect(found.fetches.find(({ url }) => url === 'http://harbor.example/')).toMatchObject({ status: 200 });
  });

  test('of a whole platform', async () => {
    const found = await crawl(hang, { bounds: { seconds: 0.3 } });
    expect(codes(found, 'harbor.example')).toEqual(['budget-spent']);
  });

  test('and whoever has asked may give up', async () => {
    const signal = AbortSignal.timeout(100);
    await expect(crawl(hang, { signal })).rejects.toThrow(signal.reason);
  });
});

describe('a host is not asked for more than it gives', () => {
  test('where robots.txt forbids it', async () => {
    const found = await crawl(
      (request, response) => {
        if (request.url === '/robots.txt') response.end('User-agent: keelson\nDisallow: /\n');
        else html('<p>')(request, response);
      },
      { names: answersOf([`harbor.example 60 A ${PUBLIC}`]) },
    );
    expect(asked.map(({ url }) => url)).toEqual(['harbor.example/robots.txt']);
    expect(codes(found, 'https://harbor.example/')).toEqual(['robots']);
  });

  test('where robots.txt cannot be read', async () => {
    const found = await crawl((_, response) => void response.writeHead(503).end(), {
      names: answersOf([`harbor.example 60 A ${PUBLIC}`]),
    });
    expect(new Set(asked.map(({ url }) => url))).toEqual(new Set(['harbor.example/robots.txt']));
    expect(codes(found, 'https://harbor.example/')).toEqual(['robots']);
  });

  test('where robots.txt breaks off', async () => {
    const found = await crawl(
      (request, response) => {
        if (request.url !== '/robots.txt') return html('<p>')(request, response);
        response.writeHead(200, { 'content-length': '100' });
        response.write('User-agent: *\n', () => response.destroy());
      },
      { names: answersOf([`harbor.example 60 A ${PUBLIC}`]) },
    );
    expect(new Set(asked.map(({ url }) => url))).toEqual(new Set(['harbor.example/robots.txt']));
    expect(codes(found, 'https://harbor.example/')).toEqual(['robots']);
  });

  test('where it asks for fewer requests', async () => {
    const found = await crawl((_, response) => void response.writeHead(429, { 'retry-after': '60' }).end());
    expect(asked.map(({ url }) => url)).toEqual(['harbor.example/robots.txt', 'harbor.example/']);
    expect(codes(found, 'https://harbor.example/')).toEqual(['rate-limited']);
  });

  test('where it has asked for fewer requests while another platform was looked at', async () => {
    const pace = new Pace(() => performance.now(), 1);
    await crawl((_, response) => void response.writeHead(429, { 'retry-after': '60' }).end(), { pace });
    const found = await crawl(html('<p>'), { pace });
    expect(asked).toEqual([]);
    expect(codes(found, 'https://harbor.example/robots.txt')).toEqual(['rate-limited']);
  });

  test('under a name with a dot at its end either', async () => {
    const found = await crawl((request, response) => {
      if (request.url === '/') response.writeHead(302, { location: 'https://harbor.example./b' }).end();
      else html('<p>')(request, response);
    });
    expect(new Set(asked.map(({ headers }) => headers.host))).toEqual(new Set(['harbor.example']));
    expect(found.fetches.map(({ url }) => url)).toContain('https://harbor.example/b');
  });

  test('than the budget of a platform holds', async () => {
    const found = await crawl(html('<p>'), { bounds: { requests: 2, lookups: 5 } });
    expect(asked).toHaveLength(2);
    expect(found.lookups).toHaveLength(5);
    expect(codes(found, 'harbor.example')).toEqual(['budget-spent', 'budget-spent']);
  });
});

describe('what is not as it says', () => {
  test('is read as far as it can be', async () => {
    const found = await crawl(html('this is no gzip', { 'content-encoding': 'gzip' }));
    expect(codes(found, 'https://harbor.example/')).toEqual(['malformed']);
    expect(page(found)).toMatchObject({ status: 200, isCut: true, bytes: 0 });
    const unknown = await crawl(html('x', { 'content-encoding': 'gzip, br' }));
    expect(codes(unknown, 'https://harbor.example/')).toEqual(['malformed']);
    const short = await crawl((_, response) => {
      response.writeHead(200, { 'content-type': 'text/html', 'content-length': '100' });
      response.write('<p>', () => response.destroy());
    });
    expect(codes(short, 'https://harbor.example/')).toEqual(['connection']);
  });

  test('HTTP, is said', async () => {
    const server = await bytes((socket) => void socket.end('SSH-2.0-OpenSSH_9.2\r\n'));
    const found = await crawl(html(''), {
      connect: (_, port) => ({ host: '127.0.0.1', port: port === 443 ? portOf(secure) : portOf(server) }),
    });
    expect(codes(found, 'http://harbor.example/')).toEqual(['malformed']);
    expect(JSON.stringify(found)).not.toContain('SSH');
  });

  test.each(['000', '099', '999'])('a status, as %s, is said or kept', async (status) => {
    const server = await bytes((socket) => void socket.end(`HTTP/1.1 ${status} X\r\n\r\n`));
    await crawl(html(''), {
      connect: (_, port) => ({ host: '127.0.0.1', port: port === 443 ? portOf(secure) : portOf(server) }),
    });
  });

  test('trusted, is said, and read all the same', async () => {
    const stranger = makeCertificate('other.example');
    const server = await listening(
      createHttps({ cert: stranger.cert, key: stranger.key }, (a, b) => handle(a, b)),
    );
    open.push(() => ended(server));
    const found = await crawl(html('<img src=https://i.example/>'), { secureAt: portOf(server) });
    expect(page(found)).toMatchObject({
      certificate: { names: ['other.example'], isTrusted: false },
      references: [{ host: 'i.example' }],
    });
    expect(codes(found, 'https://harbor.example/')).toEqual(['tls']);
  });

  test.each([
    [1_500, true],
    [10_000, false],
  ])('a certificate of this world, but has %d names', async (count, isRead) => {
    const [first = '', ...names] = Array.from({ length: count }, (_, i) => `host-${i}.harbor.example`);
    const large = makeCertificate(first, 'harbor.example', ...names);
    const server = await listening(createHttps({ cert: large.cert, key: large.key }, (a, b) => handle(a, b)));
    open.push(() => ended(server));
    const found = await crawl(html('<p>'), { secureAt: portOf(server), authorities: large.authority });
    if (isRead) expect(page(found)?.certificate).toMatchObject({ isTrusted: true, names: { length: 100 } });
    else expect(codes(found, 'https://harbor.example/robots.txt')).toEqual(['tls']);
  });
});

test('nothing of it is left open', async () => {
  await crawl(html('<p>'));
  const socket = connect(portOf(plain), '127.0.0.1');
  await new Promise((resolve) => socket.once('connect', resolve));
  socket.destroy();
  const connections = await new Promise<number>((resolve) =>
    secure.getConnections((_, count) => resolve(count)),
  );
  expect(connections).toBe(0);
});
