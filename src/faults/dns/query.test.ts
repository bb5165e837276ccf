import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeMessage, encodeMessage, OPCODE, type DnsMessage } from '../../dns/message.ts';
import type { DnsRecord } from '../../dns/record.ts';
import { framed, Frames } from './frames.ts';
import { readEdns } from './edns.ts';
import { isAnswerTo, readQuery, type DnsQuery } from './query.ts';
import { fitted, reply, replyAgain } from './reply.ts';

const ASKED: DnsMessage = {
  id: 4711,
  opcode: OPCODE.QUERY,
  isAnswer: false,
  isAuthoritative: false,
  isTruncated: false,
  code: 0,
  questions: [{ name: 'www.harbor.test', type: 1, class: 1 }],
  answers: [],
  authorities: [],
  additionals: [],
};
const ADDRESS: DnsRecord = {
  ...{ name: 'www.harbor.test', type: 1, class: 1, ttlSeconds: 60 },
  data: { kind: 'address', address: '192.0.2.1' },
};
const TSIG: DnsRecord = { ...ADDRESS, type: 250, data: { kind: 'bytes', bytes: new Uint8Array(40) } };

/** @param options octets of EDNS options; DNSSEC is wanted */
function opt(udpOctets = 1232, options: readonly number[] = []): DnsRecord {
  const data = { kind: 'bytes', bytes: Uint8Array.from(options) } as const;
  return { name: '.', type: 41, class: udpOctets, ttlSeconds: 0x8000, data };
}

const cookie = (octets: number): number[] => [0, 10, 0, octets, ...new Array<number>(octets).fill(7)];

function read(message: DnsMessage, flags = 0): DnsQuery {
  const bytes = Buffer.from(encodeMessage(message));
  bytes.writeUInt16BE(bytes.readUInt16BE(2) | flags, 2);
  const query = readQuery(bytes, 'udp');
  if (query === undefined) throw new Error('Expected a query.');
  return query;
}

describe('a query', () => {
  test.each<[string, Partial<DnsMessage>]>([
    ['an answer', { isAnswer: true }],
    ['no question', { questions: [] }],
    ['two questions', { questions: [...ASKED.questions, ...ASKED.questions] }],
  ])('is none with %s', (_what, changed) => {
    expect(readQuery(encodeMessage({ ...ASKED, ...changed }), 'udp')).toBeUndefined();
  });

  test('is read or is none, whatever the octets are, and what is read can be answered', () => {
    const whole = encodeMessage({ ...ASKED, additionals: [opt(1232, cookie(24))] });
    const mutated = fc
      .array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { maxLength: 4 })
      .chain((changes) =>
        fc.tuple(fc.constant(changes), fc.oneof(fc.constant(whole.length), fc.nat(whole.length))),
      )
      .map(([changes, length]) => {
        const bytes = Buffer.from(whole);
        for (const [at, octet] of changes) bytes[at] = octet;
        return bytes.subarray(0, length);
      });
    let count = 0;
    fc.assert(
      fc.property(fc.oneof(mutated, fc.uint8Array({ maxLength: 80 })), (bytes) => {
        const query = readQuery(bytes, 'udp');
        if (query === undefined) return;
        count++;
        const answer = reply(query, { code: 3, addresses: ['192.0.2.1', '2001:db8::1'], ttlSeconds: 9 });
        expect(isAnswerTo(query, answer)).toBe(true);
        const again = replyAgain(query, answer);
        expect(again === undefined || isAnswerTo(query, again)).toBe(true);
      }),
      { seed: 1, numRuns: 3_000 },
    );
    expect(count).toBeGreaterThan(500);
  });
});

describe('an answer that no server has given', () => {
  test('comes from a resolver to who wants recursion, from an authority to who does not', () => {
    const flags = (asked: number): number => Buffer.from(reply(read(ASKED, asked))).readUInt16BE(2);
    // QR RD RA; QR AA; QR AA CD.
    expect(flags(0x0100)).toBe(0x8180);
    expect(flags(0)).toBe(0x8400);
    expect(flags(0x0010)).toBe(0x8410);
  });

  test('has EDNS where it was asked with, and then what DNSSEC was wanted', () => {
    expect(readEdns(reply(read(ASKED)))).toBeUndefined();
    const query = read({ ...ASKED, additionals: [opt()] });
    expect(readEdns(reply(query))).toMatchObject({
      udpOctets: 1232,
      isDnssecWanted: true,
      cookie: undefined,
    });
  });

  test.each([
    { octets: 8, repeated: undefined },
    { octets: 24, repeated: 24 },
    { octets: 40, repeated: 40 },
    { octets: 41, repeated: undefined },
  ])('repeats a cookie of $octets octets: $repeated', ({ octets, repeated }) => {
    const padding = [0, 12, 0, 2, 0, 0];
    const query = read({ ...ASKED, additionals: [opt(1232, [...padding, ...cookie(octets)])] });
    expect(readEdns(reply(query))?.cookie?.length).toBe(repeated);
  });

  test('says that it is truncated where it is too long for who asked', () => {
    const addresses = Array.from({ length: 20 }, (_, i) => `2001:db8::${i}`);
    const short = read(ASKED);
    const long = read({ ...ASKED, additionals: [opt()] });
    expect(decodeMessage(fitted(short, reply(short, { addresses })))).toMatchObject({
      isTruncated: true,
      answers: [],
    });
    expect(decodeMessage(fitted(long, reply(long, { addresses }))).answers).toHaveLength(20);
    const byTcp = { ...short, transport: 'tcp' } as const;
    expect(decodeMessage(fitted(byTcp, reply(byTcp, { addresses }))).answers).toHaveLength(20);
  });
});

describe('an answer that was given to another', () => {
  const KEPT: DnsMessage = { ...ASKED, isAnswer: true, answers: [ADDRESS] };
  const asked = Buffer.from(encodeMessage({ ...ASKED, id: 5, additionals: [opt(4096)] }));
  // In capitals: www, with RD.
  asked.set([0x57, 0x57, 0x57], 13);
  asked.writeUInt16BE(0x0100, 2);
  const query = readQuery(asked, 'udp') ?? read(ASKED);

  test.each<[string, DnsMessage]>([
    ['without EDNS', KEPT],
    ['with EDNS and another’s cookie', { ...KEPT, additionals: [opt(512, cookie(24))] }],
    ['with other records before its EDNS', { ...KEPT, additionals: [ADDRESS, opt(512)] }],
  ])('%s has the id and EDNS of who asks now', (_what, kept) => {
    const others = kept.additionals.filter(({ type }) => type !== 41);
    for (const asking of [query, read({ ...ASKED, id: 6 })]) {
      const again = replyAgain(asking, encodeMessage(kept)) ?? new Uint8Array();
      const edns = asking.edns === undefined ? [] : [{ type: 41, class: 1232, data: { kind: 'none' } }];
      expect(isAnswerTo(asking, again)).toBe(true);
      expect(decodeMessage(again)).toMatchObject({ answers: [ADDRESS], additionals: [...others, ...edns] });
      expect(Buffer.from(asking.question).equals(again.subarray(12, 12 + asking.question.length))).toBe(true);
      expect((again[2] ?? 0) & 1).toBe(asking.isRecursionDesired ? 1 : 0);
    }
  });

  test.each<[string, DnsMessage]>([
    ['with something behind its EDNS', { ...KEPT, additionals: [opt(), TSIG] }],
    ['without its question', { ...KEPT, code: 3, questions: [], answers: [] }],
  ])('%s cannot be given again', (_what, kept) => {
    expect(replyAgain(query, encodeMessage(kept))).toBeUndefined();
  });
});

test('messages on a stream are the same however it is cut', () => {
  const messages = fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 6 });
  fc.assert(
    fc.property(messages, fc.array(fc.integer({ min: 1, max: 200 }), { minLength: 1 }), (sent, sizes) => {
      const stream = Buffer.concat(sent.map(framed));
      const frames = new Frames();
      const heard: Buffer[] = [];
      for (let at = 0, i = 0; at < stream.length; i++) {
        const size = sizes[i % sizes.length] ?? 1;
        heard.push(...frames.take(stream.subarray(at, at + size)));
        at += size;
      }
      expect(heard.map((bytes) => bytes.toString('hex'))).toEqual(
        sent.map((bytes) => Buffer.from(bytes).toString('hex')),
      );
    }),
    { seed: 1 },
  );
});
