/** Faults of DNS between clients that people have and a real name server, by UDP and by TCP. */
import { execFile } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { promises as dns } from 'node:dns';
import { connect, createServer, type AddressInfo } from 'node:net';
import { once } from 'node:events';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { decodeMessage, encodeMessage } from '../../src/dns/message.ts';
import { framed } from '../../src/faults/dns/frames.ts';
import { systemTime, type Time } from '../../src/time.ts';
import { startBind } from '../parts/bind.ts';
import { dnsProxy, type DnsProxy } from '../parts/dns-proxy.ts';
import { startKnot } from '../parts/knot.ts';
import { has } from '../parts/part.ts';
import { changeZone, type Primary, type PrimaryOptions, type ZoneKey } from '../parts/primary.ts';
import { startUnbound } from '../parts/unbound.ts';
import { freePort } from '../parts/part.ts';

const run = promisify(execFile);

const ZONE = 'harbor.test';
const NAME = `www.${ZONE}`;
const key = (name: string): ZoneKey => ({
  name,
  algorithm: 'hmac-sha256',
  secret: Buffer.alloc(32, name).toString('base64'),
});
const OPTIONS: PrimaryOptions = {
  zone: ZONE,
  records: [
    'www 60 IN A 192.0.2.1',
    'www 60 IN AAAA 2001:db8::1',
    'api 60 IN A 192.0.2.2',
    'a.deep 60 IN A 192.0.2.3',
    `long 60 IN TXT ${Array.from({ length: 8 }, () => `"${'x'.repeat(250)}"`).join(' ')}`,
  ],
  key: key('steer'),
  guest: key('guest'),
};

interface Dug {
  readonly code: string;
  readonly flags: string;
  readonly transport: string;
  readonly hasEdns: boolean;
  /** Lines of the answer section, single spaces. */
  readonly answers: readonly string[];
}

/** @returns undefined when nothing came */
async function kdig(port: number, ...args: string[]): Promise<Dug | undefined> {
  const command = ['@127.0.0.1', '-p', `${port}`, '+time=5', '+retry=0', ...args];
  const { stdout } = await run('kdig', command).catch((error: { stdout: string }) => error);
  const code = /status: (\w+)/.exec(stdout)?.[1];
  if (code === undefined) return undefined;
  const section = /;; ANSWER SECTION:\n([^;]*)/.exec(stdout)?.[1] ?? '';
  return {
    code,
    flags: /;; Flags: ([^;]*);/.exec(stdout)?.[1] ?? '',
    transport: /\((\w+)\) in/.exec(stdout)?.[1] ?? '',
    hasEdns: stdout.includes('EDNS PSEUDOSECTION'),
    answers: section
      .split('\n')
      .map((line) => line.replace(/\s+/g, ' ').trim())
      .filter((line) => line !== ''),
  };
}

/** What Node's resolver makes of it: addresses, or the code of its error. */
async function resolve(port: number, name = NAME, timeout = 5_000): Promise<string> {
  const resolver = new dns.Resolver({ timeout, tries: 1 });
  resolver.setServers([`127.0.0.1:${port}`]);
  return resolver.resolve4(name).then(
    (addresses) => addresses.join(' '),
    (error: NodeJS.ErrnoException) => error.code ?? String(error),
  );
}

describe.skipIf(!has('knotd') || !has('kdig'))('between clients and Knot', () => {
  let knot: Primary;
  let proxy: DnsProxy;
  beforeAll(async () => {
    knot = await startKnot(OPTIONS);
    proxy = await dnsProxy(knot);
  });
  afterEach(() => proxy.reset());
  afterAll(async () => {
    await proxy?.close();
    await knot?.stop();
  });

  describe.each(['udp', 'tcp'] as const)('by %s', (transport) => {
    const by = transport === 'tcp' ? ['+tcp'] : ['+ignore'];
    const dig = (...args: string[]): Promise<Dug | undefined> => kdig(proxy.port, ...by, ...args);

    test('everything is as without it while nothing is set', async () => {
      for (const asked of [
        [NAME, 'A'],
        [NAME, 'AAAA'],
        [ZONE, 'SOA'],
        [`no.${ZONE}`, 'A'],
        ['elsewhere.test'],
      ])
        for (const edns of ['+edns', '+noedns']) {
          const through = await dig(edns, ...asked);
          expect(through).toEqual(await kdig(knot.port, ...by, edns, ...asked));
          expect(through?.transport).toBe(transport.toUpperCase());
        }
    });

    test.each([
      ['dns_nxdomain', 'NXDOMAIN'],
      ['dns_servfail', 'SERVFAIL'],
      ['dns_refused', 'REFUSED'],
      ['dns_empty', 'NOERROR'],
    ])('%s answers %s without records, until it is removed', async (type, code) => {
      await proxy.set(type);
      for (const edns of ['+edns', '+noedns'])
        expect(await dig(edns, NAME, 'A')).toMatchObject({ code, answers: [], hasEdns: edns === '+edns' });
      await proxy.reset();
      expect(await dig(NAME, 'A')).toMatchObject({
        code: 'NOERROR',
        answers: [`${NAME}. 60 IN A 192.0.2.1`],
      });
    });

    test('dns_timeout answers nothing', async () => {
      await proxy.set('dns_timeout');
      expect(await dig('+time=1', NAME, 'A')).toBeUndefined();
    });

    test('dns_latency lets it wait', async () => {
      await proxy.set('dns_latency', { latency: 300, jitter: 50 });
      const began = performance.now();
      expect(await dig(NAME, 'A')).toMatchObject({ answers: [`${NAME}. 60 IN A 192.0.2.1`] });
      expect(performance.now() - began).toBeGreaterThanOrEqual(250);
    });

    test('dns_answer gives other addresses, by their kind', async () => {
      await proxy.set('dns_answer', { addresses: ['203.0.113.9', '203.0.113.10', '2001:db8::bad'], ttl: 7 });
      expect((await dig(NAME, 'A'))?.answers).toEqual([
        `${NAME}. 7 IN A 203.0.113.9`,
        `${NAME}. 7 IN A 203.0.113.10`,
      ]);
      expect((await dig(NAME, 'AAAA'))?.answers).toEqual([`${NAME}. 7 IN AAAA 2001:db8::bad`]);
      expect((await dig(ZONE, 'NS'))?.answers).toEqual([`${ZONE}. 3600 IN NS ns1.${ZONE}.`]);
    });

    test('a match by name or type strikes nothing else', async () => {
      await proxy.set('dns_servfail', {}, { match: { name: `*.deep.${ZONE}` } });
      await proxy.set('dns_refused', {}, { match: { name: NAME.toUpperCase(), types: ['aaaa', 'TYPE65'] } });
      expect(await dig(`a.deep.${ZONE}`, 'A')).toMatchObject({ code: 'SERVFAIL' });
      expect(await dig(`deep.${ZONE}`, 'A')).toMatchObject({ code: 'NOERROR' });
      expect(await dig(NAME, 'A')).toMatchObject({ code: 'NOERROR' });
      expect(await dig(NAME, 'AAAA')).toMatchObject({ code: 'REFUSED' });
      expect(await dig(NAME, 'TYPE65')).toMatchObject({ code: 'REFUSED' });
      expect(await dig(`api.${ZONE}`, 'AAAA')).toMatchObject({ code: 'NOERROR' });
    });
  });

  test('a zone as a whole is not handed out', async () => {
    const transfer = run('kdig', ['@127.0.0.1', '-p', `${proxy.port}`, ZONE, 'AXFR']);
    expect(await transfer.catch((error: { stdout: string; stderr: string }) => error)).toMatchObject({
      stderr: expect.stringContaining('REFUSED'),
    });
  });

  test('dns_truncate: by UDP the client is sent to TCP, where the answer is whole', async () => {
    await proxy.set('dns_truncate');
    expect(await kdig(proxy.port, '+ignore', NAME, 'A')).toMatchObject({ flags: 'qr tc rd ra', answers: [] });
    expect(await kdig(proxy.port, NAME, 'A')).toMatchObject({ transport: 'TCP', code: 'NOERROR' });
    expect(await resolve(proxy.port)).toBe('192.0.2.1');
  });

  test('an answer too long for who asks by UDP is truncated by the server, and whole by TCP', async () => {
    const long = await kdig(proxy.port, '+noedns', `long.${ZONE}`, 'TXT');
    expect(long).toMatchObject({ transport: 'TCP', code: 'NOERROR' });
    await proxy.set('dns_answer', { addresses: Array.from({ length: 20 }, (_, i) => `2001:db8::${i}`) });
    expect(await kdig(proxy.port, '+ignore', '+noedns', NAME, 'AAAA')).toMatchObject({
      flags: 'qr tc rd ra',
    });
    expect((await kdig(proxy.port, '+noedns', NAME, 'AAAA'))?.answers).toHaveLength(20);
  });

  test('dns_stale goes on giving what was seen first, to whoever asks', async () => {
    await proxy.set('dns_stale');
    const change = (address: string): Promise<void> =>
      changeZone(knot, ZONE, OPTIONS.key, [
        `update delete api.${ZONE} A`,
        `update add api.${ZONE} 60 A ${address}`,
      ]);
    expect(await resolve(proxy.port, `api.${ZONE}`)).toBe('192.0.2.2');
    await change('192.0.2.99');
    expect(await resolve(knot.port, `api.${ZONE}`)).toBe('192.0.2.99');
    for (const how of ['+edns', '+noedns', '+tcp', '+norec'])
      expect((await kdig(proxy.port, how, `api.${ZONE}`, 'A'))?.answers).toEqual([
        `api.${ZONE}. 60 IN A 192.0.2.2`,
      ]);
    expect(await resolve(proxy.port, `api.${ZONE}`)).toBe('192.0.2.2');
    await proxy.reset();
    expect(await resolve(proxy.port, `api.${ZONE}`)).toBe('192.0.2.99');
    await change('192.0.2.2');
  });

  test.each([
    ['dns_nxdomain', {}, 'ENOTFOUND'],
    ['dns_servfail', {}, 'ESERVFAIL'],
    ['dns_refused', {}, 'EREFUSED'],
    ['dns_empty', {}, 'ENODATA'],
    ['dns_timeout', {}, 'ETIMEOUT'],
    ['dns_latency', { latency: 60_000 }, 'ETIMEOUT'],
    ['dns_truncate', {}, '192.0.2.1'],
    ['dns_answer', { addresses: ['203.0.113.9'] }, '203.0.113.9'],
    ['dns_stale', {}, '192.0.2.1'],
  ])('Node’s resolver sees %s %j as %s', async (type, attributes, seen) => {
    await proxy.set(type, attributes);
    expect(await resolve(proxy.port, NAME, seen === 'ETIMEOUT' ? 300 : 5_000)).toBe(seen);
    await proxy.reset();
    expect(await resolve(proxy.port)).toBe('192.0.2.1');
  });

  test('strikes a share of queries, the same ones with the same seed', async () => {
    const struck = async (seed: number): Promise<string> => {
      const seeded = await dnsProxy(knot, { seed });
      await seeded.set('dns_nxdomain', {}, { toxicity: 0.5 });
      let text = '';
      for (let i = 0; i < 60; i++) text += (await resolve(seeded.port)) === 'ENOTFOUND' ? 'x' : '.';
      await seeded.close();
      return text;
    };
    const first = await struck(7);
    expect(await struck(7)).toBe(first);
    expect(await struck(8)).not.toBe(first);
    // 60 draws at a half: five standard deviations.
    expect(first.split('x').length - 1).toBeGreaterThan(10);
    expect(first.split('x').length - 1).toBeLessThan(50);
  });

  test('strikes the first so many, and counts whom it has changed', async () => {
    await proxy.set('dns_refused', {}, { schedule: { first: 2 }, match: { types: ['A'] } });
    await proxy.set('dns_truncate', {}, { match: { name: 'elsewhere.test' } });
    const seen: string[] = [];
    for (let i = 0; i < 4; i++) seen.push(await resolve(proxy.port));
    expect(seen).toEqual(['EREFUSED', 'EREFUSED', '192.0.2.1', '192.0.2.1']);
    expect(Object.values(proxy.counts().changed)).toEqual([2, 0]);
  });

  test('repeats a name as it was written, and answers queries side by side on one connection', async () => {
    await proxy.set('dns_nxdomain', {}, { match: { name: `api.${ZONE}` } });
    await proxy.set('dns_latency', { latency: 200 }, { match: { name: NAME } });
    const socket = connect(proxy.port, '127.0.0.1');
    const asked = Buffer.concat([framed(query(1, 'wWw.harBOR.test')), framed(query(2, 'aPi.harBOR.test'))]);
    // In pieces, as TCP may.
    socket.write(asked.subarray(0, 11));
    socket.write(asked.subarray(11));
    let heard = Buffer.alloc(0);
    for await (const chunk of socket) {
      heard = Buffer.concat([heard, chunk]);
      const first = heard.length < 2 ? 0 : heard.readUInt16BE(0);
      if (heard.length > first + 4 && heard.length >= first + 4 + heard.readUInt16BE(first + 2)) break;
    }
    socket.destroy();
    const first = heard.subarray(2, 2 + heard.readUInt16BE(0));
    const second = heard.subarray(4 + first.length);
    expect(decodeMessage(first)).toMatchObject({ id: 2, code: 3 });
    expect(decodeMessage(second)).toMatchObject({
      id: 1,
      code: 0,
      answers: [{ data: { address: '192.0.2.1' } }],
    });
    expect(first.includes('\x03aPi\x06harBOR\x04test')).toBe(true);
    expect(second.includes('\x03wWw\x06harBOR\x04test')).toBe(true);
  });

  // Sooner than a connection that is idle is closed.
  test('does not answer what is no query, and goes on', { timeout: 10_000 }, async () => {
    const socket = createSocket('udp4');
    const heard: Buffer[] = [];
    socket.on('message', (message) => heard.push(message));
    const whole = Buffer.from(query(9, NAME));
    const answer = Buffer.from(whole);
    answer.writeUInt8(0x81, 2);
    const twice = Buffer.from(whole);
    twice.writeUInt16BE(2, 4);
    const pointing = Buffer.concat([whole.subarray(0, 12), Buffer.of(0xc0, 0x0b, 0, 1, 0, 1)]);
    for (let length = 0; length < whole.length; length++) socket.send(whole.subarray(0, length), proxy.port);
    for (const message of [
      answer,
      twice,
      pointing,
      Buffer.concat([whole, Buffer.of(0)]),
      Buffer.alloc(1_400, 255),
    ])
      socket.send(message, proxy.port);
    // Datagrams on loopback keep their order.
    const before = proxy.counts().requests;
    socket.send(whole, proxy.port);
    await once(socket, 'message');
    socket.close();
    expect(proxy.counts().requests).toBe(before + 1);
    expect(heard.map((message) => decodeMessage(message).id)).toEqual([9]);

    const stream = connect(proxy.port, '127.0.0.1');
    stream.write('GET / HTTP/1.1\r\nhost: elsewhere\r\n\r\n'.padEnd(20_000, 'x'));
    const other = connect(proxy.port, '127.0.0.1');
    other.write(Buffer.of(0, 3, 1, 2, 3));
    await Promise.all([once(stream, 'close'), once(other, 'close')]);
    expect(await resolve(proxy.port)).toBe('192.0.2.1');
  });

  test('that is disabled refuses, and cuts what waits', async () => {
    await proxy.set('dns_latency', { latency: 60_000 });
    const before = proxy.counts().requests;
    const socket = connect(proxy.port, '127.0.0.1');
    socket.write(framed(query(3, NAME)));
    await expect.poll(() => proxy.counts().requests).toBeGreaterThan(before);
    await Promise.all([once(socket, 'close'), proxy.disable()]);
    expect(await resolve(proxy.port)).toBe('ECONNREFUSED');
    await proxy.enable();
    await proxy.reset();
    expect(await resolve(proxy.port)).toBe('192.0.2.1');
  });

  test('signed updates go through, also beside what is kept of the zone', async () => {
    const through = { port: proxy.port };
    await proxy.set('dns_stale');
    await kdig(proxy.port, ZONE, 'SOA');
    await changeZone(through, ZONE, OPTIONS.key, [`update add new.${ZONE} 60 A 192.0.2.77`]);
    expect(await resolve(knot.port, `new.${ZONE}`)).toBe('192.0.2.77');
    await changeZone(through, ZONE, OPTIONS.key, [`update delete new.${ZONE} A`]);
  });

  test.skipIf(!has('unbound'))('a resolver of users keeps a wrong answer for its TTL', async () => {
    const unbound = await startUnbound({ zone: ZONE, primary: { host: '127.0.0.1', port: proxy.port } });
    try {
      await proxy.set('dns_servfail');
      expect(await resolve(unbound.port, `api.${ZONE}`, 10_000)).toBe('ESERVFAIL');
      await proxy.reset();
      await proxy.set('dns_answer', { addresses: ['203.0.113.9'], ttl: 3_600 });
      await expect.poll(() => resolve(unbound.port)).toBe('203.0.113.9');
      await proxy.reset();
      expect(await resolve(proxy.port)).toBe('192.0.2.1');
      expect(await resolve(unbound.port)).toBe('203.0.113.9');
    } finally {
      await unbound.stop();
    }
  });
});

test.skipIf(!has('named') || !has('dig'))(
  'who has had a cookie of BIND goes on having it in answers that BIND has not given',
  async () => {
    const bind = await startBind(OPTIONS);
    const proxy = await dnsProxy(bind);
    const dig = async (...args: string[]): Promise<string> =>
      (await run('dig', ['@127.0.0.1', '-p', `${proxy.port}`, '+time=1', '+tries=1', ...args])).stdout;
    try {
      const first = await dig(NAME, 'A', '+cookie=0123456789abcdef');
      const cookie = /COOKIE: (\w+) \(good\)/.exec(first)?.[1] ?? '';
      expect(cookie).toMatch(/^0123456789abcdef\w{32}$/);
      await proxy.set('dns_stale', {}, { match: { types: ['A'] } });
      await proxy.set('dns_nxdomain', {}, { match: { types: ['AAAA'] } });
      await dig(NAME, 'A', '+cookie=ffffffffffffffff');
      for (const type of ['A', 'AAAA']) {
        const again = await dig(NAME, type, `+cookie=${cookie}`);
        expect(again).toContain(`COOKIE: ${cookie} (good)`);
        expect(again).toContain(type === 'A' ? '192.0.2.1' : 'status: NXDOMAIN');
      }
    } finally {
      await proxy.close();
      await bind.stop();
    }
  },
);

describe('between a client and a server of the test', () => {
  test('an answer from elsewhere, to another question or with another id is not heard', async () => {
    const server = createSocket('udp4');
    const stranger = createSocket('udp4');
    server.bind(0, '127.0.0.1');
    await once(server, 'listening');
    const proxy = await dnsProxy({ host: '127.0.0.1', port: server.address().port });
    server.on('message', (bytes, from) => {
      const { id } = decodeMessage(bytes);
      const sends: [typeof server, number, string, string][] = [
        [stranger, id, NAME, '203.0.113.1'],
        [server, id, `api.${ZONE}`, '203.0.113.2'],
        [server, (id + 1) & 0xffff, NAME, '203.0.113.3'],
        [server, id, NAME, '192.0.2.1'],
      ];
      for (const [socket, ofId, name, address] of sends)
        socket.send(answerTo(ofId, name, address), from.port, from.address);
      server.send(bytes, from.port, from.address);
    });
    try {
      expect(await resolve(proxy.port)).toBe('192.0.2.1');
    } finally {
      await proxy.close();
      server.close();
      stranger.close();
    }
  });

  test('a server that is gone is silence by UDP and a cut connection by TCP', async () => {
    const proxy = await dnsProxy({ host: '127.0.0.1', port: await freePort() });
    try {
      expect(await resolve(proxy.port, NAME, 300)).toBe('ETIMEOUT');
      const socket = connect(proxy.port, '127.0.0.1');
      const bytes = query(3, NAME);
      socket.write(framed(bytes));
      await once(socket, 'close');
      await expect.poll(() => proxy.counts()).toMatchObject({ failed: 2, open: 0 });
    } finally {
      await proxy.close();
    }
  });

  test('a server that closes what is idle is connected to again', async () => {
    let accepted = 0;
    const server = createServer((socket) => {
      accepted++;
      socket.on('data', (bytes: Buffer) =>
        socket.end(framed(answerTo(bytes.readUInt16BE(2), NAME, '192.0.2.1'))),
      );
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    // An address of TCP, as it listens on a port.
    const proxy = await dnsProxy({ host: '127.0.0.1', port: (server.address() as AddressInfo).port });
    const socket = connect(proxy.port, '127.0.0.1');
    try {
      for (const id of [1, 2, 3]) {
        socket.write(framed(query(id, NAME)));
        const [bytes] = await once(socket, 'data');
        expect(decodeMessage(bytes.subarray(2))).toMatchObject({ id, answers: [{ type: 1 }] });
      }
      expect(accepted).toBe(3);
    } finally {
      socket.destroy();
      await proxy.close();
      server.close();
    }
  });

  test('what is wrong with a fault is said, all of it', async () => {
    const proxy = await dnsProxy({ host: '127.0.0.1', port: 1 });
    try {
      await expect(
        proxy.set(
          'dns_answer',
          { addresses: ['203.0.113.9', 'here', '::1%lo'], ttl: -1 },
          { match: { name: 'a..b' } },
        ),
      ).rejects.toMatchObject({
        status: 400,
        mistakes: [
          'Expected ttl to be a whole number from 0 to 2147483647 (s), found -1.',
          'Expected match.name to be a domain name, or one behind *. for all below it, found "a..b".',
        ],
      });
      await expect(
        proxy.set('dns_answer', { addresses: ['203.0.113.9', 'here', '::1%lo'] }),
      ).rejects.toMatchObject({
        mistakes: ['here', '::1%lo'].map(
          (address) => `Expected addresses of IPv4 or IPv6 in addresses, found "${address}".`,
        ),
      });
      await expect(proxy.set('dns_answer', { addresses: [] })).rejects.toThrow(
        'Expected an address at least',
      );
      for (const match of [
        7,
        { path: '/' },
        { types: ['B'] },
        { types: [] },
        { types: ['TYPE65536'] },
        { name: '' },
      ])
        await expect(proxy.set('dns_empty', {}, { match })).rejects.toMatchObject({ status: 400 });
      await expect(proxy.set('latency')).rejects.toMatchObject({ status: 400 });
    } finally {
      await proxy.close();
    }
  });

  test('no more queries wait than are allowed, and none is left when it closes', async () => {
    const server = createSocket('udp4');
    server.bind(0, '127.0.0.1');
    await once(server, 'listening');
    const time = systemTime();
    const waiting = new Set<() => void>();
    const counted: Time = {
      now: () => time.now(),
      after(ms, call) {
        const off = (): void => {
          waiting.delete(off);
          callOff();
        };
        const callOff = time.after(ms, () => {
          waiting.delete(off);
          call();
        });
        waiting.add(off);
        return off;
      },
    };
    const proxy = await dnsProxy({ host: '127.0.0.1', port: server.address().port }, { time: counted });
    await proxy.set('dns_latency', { latency: 60_000 }, { match: { name: NAME } });
    await proxy.set('dns_nxdomain', {}, { match: { name: `api.${ZONE}` } });
    const client = createSocket('udp4');
    // No faster than they are taken: the system drops what does not fit into its buffer.
    for (let sent = 0; sent < 1_000; ) {
      for (let i = 0; i < 50; i++) client.send(query(sent++, NAME), proxy.port, '127.0.0.1');
      await expect.poll(() => proxy.counts().requests, { interval: 2 }).toBe(sent);
    }
    expect(await resolve(proxy.port, `api.${ZONE}`, 300)).toBe('ETIMEOUT');
    expect(waiting.size).toBeGreaterThanOrEqual(1_000);
    await proxy.close();
    expect(waiting.size).toBe(0);
    client.close();
    server.close();
  });
});

/** In the case in which the name is written. */
function query(id: number, name: string): Uint8Array {
  const labels = name.split('.').map((label) => Buffer.concat([Buffer.of(label.length), Buffer.from(label)]));
  const header = Buffer.from([id >> 8, id & 255, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0]);
  return Buffer.concat([header, ...labels, Buffer.of(0, 0, 1, 0, 1)]);
}

function answerTo(id: number, name: string, address: string): Uint8Array {
  const question = { name, type: 1, class: 1 };
  return encodeMessage({
    id,
    opcode: 0,
    isAnswer: true,
    isAuthoritative: true,
    isTruncated: false,
    code: 0,
    questions: [question],
    answers: [{ ...question, ttlSeconds: 60, data: { kind: 'address', address } }],
    authorities: [],
    additionals: [],
  });
}
