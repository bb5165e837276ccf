import { createSocket } from 'node:dgram';
import { createServer, type Socket } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { decodeMessage, encodeMessage, type DnsMessage } from '../../dns/message.ts';
import { CLASS, TYPE, type DnsRecord } from '../../dns/record.ts';
import { signMessage, type TsigKey } from '../../dns/tsig.ts';
import { DnsWheel, type DnsWheelOptions } from './dns-wheel.ts';

const NOW = 1_800_000_000;
const SECRET = Buffer.alloc(32, 'not-to-be-seen');
const KEY: TsigKey = { name: 'steer', algorithm: 'hmac-sha256', secret: SECRET };
const stops: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

/** What a message is answered, in this order; octets are sent as they are. */
type Behaviour = (
  asked: DnsMessage,
  mac: Uint8Array,
  way: 'tcp' | 'udp',
) => Uint8Array | readonly Uint8Array[] | undefined;

/** A name server that answers what a test wants, by TCP and UDP. */
async function startServer(behave: Behaviour): Promise<{ host: string; port: number; asked: string[] }> {
  const asked: string[] = [];
  const open = new Set<Socket>();
  const answersTo = (octets: Uint8Array, way: 'tcp' | 'udp'): readonly Uint8Array[] => {
    const message = decodeMessage(octets);
    const tsig = message.additionals.at(-1);
    const type = message.questions[0]?.type ?? 0;
    asked.push(`${way} ${message.opcode === 5 ? 'update' : type}`);
    const mac = tsig?.data.kind === 'tsig' ? tsig.data.mac : new Uint8Array(0);
    return [behave(message, mac, way) ?? []].flat();
  };
  const tcp = createServer((socket) => {
    open.add(socket);
    socket.on('error', () => {});
    socket.on('data', (chunk) => {
      for (const octets of answersTo(chunk.subarray(2), 'tcp'))
        socket.write(Buffer.concat([Uint8Array.of(octets.length >> 8, octets.length & 255), octets]));
    });
  });
  await new Promise<void>((resolve) => tcp.listen(0, '127.0.0.1', resolve));
  const address = tcp.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const udp = createSocket('udp4');
  udp.on('message', (chunk, from) => {
    for (const octets of answersTo(chunk, 'udp')) udp.send(octets, from.port, from.address);
  });
  await new Promise<void>((resolve) => udp.bind(port, '127.0.0.1', resolve));
  stops.push(async () => {
    for (const socket of open) socket.destroy();
    await new Promise<void>((resolve) => udp.close(resolve));
    await new Promise((resolve) => tcp.close(resolve));
  });
  return { host: '127.0.0.1', port, asked };
}

function reply(asked: DnsMessage, mac: Uint8Array, change: Partial<DnsMessage> = {}, key = KEY): Uint8Array {
  const answer = {
    ...asked,
    isAnswer: true,
    isAuthoritative: true,
    answers: [],
    authorities: [],
    additionals: [],
    ...change,
  };
  return signMessage(answer, key, NOW, { questionMac: mac }).bytes;
}

const record = (name: string, type: number, data: DnsRecord['data']): DnsRecord => ({
  name,
  type,
  class: CLASS.IN,
  ttlSeconds: 60,
  data,
});
const SOA = record('harbor.example', TYPE.SOA, {
  kind: 'soa',
  primary: 'ns1.harbor.example',
  mailbox: 'ops.harbor.example',
  serial: 1,
  refreshSeconds: 1,
  retrySeconds: 1,
  expireSeconds: 1,
  minimumSeconds: 1,
});

/** What a primary answers whose name has one address. */
function truth(asked: DnsMessage, mac: Uint8Array, address = '192.0.2.1'): Uint8Array {
  const type = asked.questions[0]?.type;
  if (asked.opcode === 5) return reply(asked, mac);
  if (type === TYPE.SOA) return reply(asked, mac, { answers: [SOA] });
  const answers = type === TYPE.A ? [record('www.harbor.example', TYPE.A, { kind: 'address', address })] : [];
  return reply(asked, mac, { answers });
}

function wheel(server: { host: string; port: number }, options: Partial<DnsWheelOptions> = {}): DnsWheel {
  return new DnsWheel({
    zone: 'harbor.example',
    name: 'www.harbor.example',
    ttlSeconds: 60,
    server,
    key: KEY,
    answers: [
      { kind: 'addresses', addresses: ['192.0.2.1'] },
      { kind: 'name', name: 'edge-b.example' },
    ],
    nowSeconds: () => NOW,
    udpTimeoutMs: 100,
    ...options,
  });
}

const soon = (): AbortSignal => AbortSignal.timeout(1_500);

describe('an answer is believed', () => {
  test('by UDP, each question with an id of its own from the source that is given', async () => {
    const ids: number[] = [];
    const server = await startServer((asked, mac) => {
      ids.push(asked.id);
      return truth(asked, mac);
    });
    let next = 7;
    const check = await wheel(server, { messageId: () => next++ }).check(soon());
    expect(check).toEqual({ ok: true, inForce: 0, words: 'www.harbor.example is A 192.0.2.1 (60 s)' });
    expect(server.asked).toEqual(['udp 6', 'udp 1', 'udp 28', 'udp 5', 'tcp update']);
    expect(ids.sort()).toEqual([10, 11, 7, 8, 9]);
  });

  test.each<[string, Behaviour]>([
    ['truncated', (asked, mac) => reply(asked, mac, { isTruncated: true })],
    ['signed by nobody', (asked) => encodeMessage({ ...asked, isAnswer: true, additionals: [] })],
    ['another question', (asked, mac) => reply(asked, mac, { questions: [] })],
    ['another id', (asked, mac) => reply({ ...asked, id: asked.id ^ 1 }, mac)],
    ['no DNS at all', () => Buffer.from('no DNS at all')],
    ['nothing', () => undefined],
  ])('by TCP where UDP gives %s', async (_, byUdp) => {
    const server = await startServer((asked, mac, way) =>
      way === 'udp' ? byUdp(asked, mac, way) : truth(asked, mac),
    );
    expect(await wheel(server).check(soon())).toMatchObject({ ok: true, inForce: 0 });
    expect(server.asked).toContain('tcp 6');
  });

  test('by UDP though one that somebody has guessed comes first', async () => {
    const server = await startServer((asked, mac) => {
      const guessed = truth({ ...asked, id: asked.id ^ 1 }, mac, '203.0.113.66');
      return asked.opcode === 5 ? truth(asked, mac) : [guessed, truth(asked, mac)];
    });
    expect(await wheel(server).check(soon())).toMatchObject({ ok: true, inForce: 0 });
    expect(server.asked.filter((one) => one.startsWith('tcp'))).toEqual(['tcp update']);
  });
});

describe('an answer is not believed', () => {
  const other = { ...KEY, secret: Buffer.alloc(32, 'other') };
  test.each<[string, string, Behaviour]>([
    ['unsigned', 'is not signed', (asked) => encodeMessage({ ...asked, isAnswer: true, additionals: [] })],
    ['signed by another', 'has a wrong signature', (asked, mac) => reply(asked, mac, {}, other)],
    [
      'to another id',
      'an answer to what was asked',
      (asked, mac) => reply({ ...asked, id: asked.id ^ 1 }, mac),
    ],
    [
      'that is no answer',
      'an answer to what was asked',
      (asked, mac) => reply(asked, mac, { isAnswer: false }),
    ],
    ['that is no DNS', 'Expected a message of', () => Buffer.from('x')],
    [
      'from a resolver',
      'does not answer for harbor.example itself',
      (asked, mac) => reply(asked, mac, { isAuthoritative: false }),
    ],
    ['for another zone', 'has no zone harbor.example', (asked, mac) => reply(asked, mac)],
  ])('%s: "%s"', async (_, why, behave) => {
    const server = await startServer(behave);
    expect(await wheel(server).check(soon())).toEqual({ ok: false, why: expect.stringContaining(why) });
  });

  test.each([
    [2, 'SERVFAIL'],
    [4, 'NOTIMP'],
    [5, 'REFUSED'],
    [9, 'NOTAUTH'],
    [10, 'NOTZONE'],
    [15, 'the code 15'],
  ])('as a yes where it is the code %d', async (code, name) => {
    const server = await startServer((asked, mac) =>
      asked.opcode === 5 ? reply(asked, mac, { code }) : truth(asked, mac),
    );
    const why = `The name server 127.0.0.1:${server.port} answers ${name} for www.harbor.example.`;
    expect(await wheel(server).check(soon())).toEqual({ ok: false, why });
    await expect(wheel(server).turn(1, soon())).rejects.toMatchObject({
      code: 'wheel-refused',
      message: why,
      hint: expect.any(String),
    });
  });

  test('where the clocks are apart, which it tells', async () => {
    const server = await startServer((asked, mac, way) => {
      const seconds = Buffer.alloc(6);
      seconds.writeUIntBE(NOW + 1_000, 0, 6);
      const answer = { ...asked, isAnswer: true, code: 9, additionals: [] };
      return way === 'udp'
        ? undefined
        : signMessage(answer, KEY, NOW, { questionMac: mac, error: 18, other: seconds }).bytes;
    });
    expect(await wheel(server).check(soon())).toEqual({
      ok: false,
      why: expect.stringContaining('does not accept the key steer: BADTIME: the clocks are 1000 s apart'),
    });
  });
});

describe('a turn', () => {
  test('that is accepted and changes nothing is not confirmed', async () => {
    const server = await startServer((asked, mac) => truth(asked, mac));
    await expect(wheel(server).turn(1, soon())).rejects.toMatchObject({
      code: 'wheel-unconfirmed',
      message: expect.stringContaining('It answers A 192.0.2.1 (60 s).'),
    });
  });

  test('that is confirmed only after a moment is waited for', async () => {
    let looks = 0;
    const server = await startServer((asked, mac) => {
      const type = asked.questions[0]?.type;
      if (asked.opcode === 5) looks = 1;
      if (looks === 0 || type === TYPE.SOA) return truth(asked, mac);
      if (type === TYPE.A) looks++;
      if (looks < 4) return truth(asked, mac);
      const answers =
        type === TYPE.CNAME
          ? [record('www.harbor.example', TYPE.CNAME, { kind: 'name', name: 'edge-b.example' })]
          : [];
      return reply(asked, mac, { answers });
    });
    await wheel(server).turn(1, soon());
    expect(looks).toBeGreaterThanOrEqual(4);
  });

  test('is one update: what is seen must stand, is taken away, and the other put in its place', async () => {
    const updates: DnsMessage[] = [];
    const server = await startServer((asked, mac) => {
      if (asked.opcode === 5) updates.push(asked);
      return truth(asked, mac);
    });
    await wheel(server)
      .turn(1, soon())
      .catch(() => {});
    const shown = (records: readonly DnsRecord[] = []): string[] =>
      records.map(({ name, type, class: recordClass, ttlSeconds, data }) =>
        [name, type, recordClass, ttlSeconds, data.kind].join(' '),
      );
    expect(updates).toHaveLength(1);
    const prerequisites = shown(updates[0]?.answers);
    expect(prerequisites.slice(0, 3)).toEqual([
      'www.harbor.example 1 1 0 address',
      'www.harbor.example 28 254 0 none',
      'www.harbor.example 5 254 0 none',
    ]);
    // For it is to become a CNAME, nothing of another type may stand there.
    expect(prerequisites).toContain('www.harbor.example 16 254 0 none');
    expect(prerequisites.slice(3).every((one) => one.endsWith(' 254 0 none'))).toBe(true);
    expect(shown(updates[0]?.authorities)).toEqual([
      'www.harbor.example 1 255 0 none',
      'www.harbor.example 5 1 60 name',
    ]);
  });

  test('mends a time to live that is not the one that is planned', async () => {
    const server = await startServer((asked, mac) => truth(asked, mac));
    const turning = wheel(server, { ttlSeconds: 30 });
    expect(await turning.check(soon())).toMatchObject({ inForce: 0 });
    await turning.turn(0, soon()).catch(() => {});
    expect(server.asked.filter((one) => one === 'tcp update')).toHaveLength(2);
  });
});

test.each([
  { ttlSeconds: 0 },
  { ttlSeconds: 1.5 },
  { name: 'www.other.example' },
  { name: 'harbor.example' },
  { answers: [{ kind: 'addresses', addresses: [] }] },
  { answers: [{ kind: 'addresses', addresses: ['192.0.2.1; rm'] }] },
  {
    answers: [
      { kind: 'name', name: 'Edge.example' },
      { kind: 'name', name: 'edge.example.' },
    ],
  },
  { key: { ...KEY, secret: Buffer.alloc(15) } },
] satisfies Partial<DnsWheelOptions>[])('what cannot be is refused before: %j', (options) => {
  expect(() => wheel({ host: '127.0.0.1', port: 53 }, options)).toThrow(
    expect.objectContaining({ code: 'wheel-setting' }),
  );
});

test('what it would do is said without the secret', () => {
  const text = wheel({ host: '::1', port: 53 }).describe(1).join('\n');
  expect(text).toBe(
    `update harbor.example at [::1]:53, signed with the key steer (hmac-sha256):
only if nobody else has changed www.harbor.example since it was last seen,
replace its A, AAAA and CNAME records by CNAME edge-b.example (60 s),
then ask the same server whether that is what it answers.`,
  );
  expect(text).not.toContain(SECRET.toString());
});
