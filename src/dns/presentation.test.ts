import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { KeelsonError } from '../errors.ts';
import { encodeQuery, readAnswer } from './answer.ts';
import { decodeMessage } from './message.ts';
import { encodeName } from './name.ts';
import { presentData } from './presentation.ts';
import { TYPE } from './record.ts';

fc.configureGlobal({ seed: 1 });

const octets = (...parts: readonly (number | string | Uint8Array)[]): Buffer =>
  Buffer.concat(
    parts.map((part) =>
      typeof part === 'number'
        ? Buffer.of(part)
        : typeof part === 'string'
          ? Buffer.from(part, 'latin1')
          : part,
    ),
  );
const present = (type: number, data: Uint8Array): string => presentData(data, 0, data.length, type);

describe('data is put into words', () => {
  test.each<[string, number, Buffer, string]>([
    ['A', TYPE.A, octets(192, 0, 2, 1), '192.0.2.1'],
    ['AAAA', TYPE.AAAA, octets(0x20, 1, 0xd, 0xb8, Buffer.alloc(11), 1), '2001:db8::1'],
    ['NS', TYPE.NS, octets(encodeName('NS1.Names.example')), 'ns1.names.example'],
    ['MX', TYPE.MX, octets(0, 10, encodeName('mail.example')), '10 mail.example'],
    ['no mail', TYPE.MX, octets(0, 0, 0), '0 .'],
    ['TXT of two strings', TYPE.TXT, octets(3, 'a b', 5, 'c"\\\0ÿ'), '"a b" "c\\"\\\\\\000\\255"'],
    ['CAA', TYPE.CAA, octets(128, 5, 'issuE', 'letsencrypt.org; a=b'), '128 issue "letsencrypt.org; a=b"'],
    ['DS', TYPE.DS, octets(0x1f, 0x90, 13, 2, 0xab, 0xcd), '8080 13 2 ABCD'],
    ['DNSKEY', TYPE.DNSKEY, octets(1, 1, 3, 13, 'key'), '257 3 13 a2V5'],
    [
      'HTTPS',
      TYPE.HTTPS,
      octets(0, 1, 0, 0, 1, 0, 6, 2, 'h3', 2, 'h2', 0, 3, 0, 2, 1, 0xbb, 0, 4, 0, 8, 1, 2, 3, 4, 5, 6, 7, 8),
      '1 . alpn="h3,h2" port=443 ipv4hint=1.2.3.4,5.6.7.8',
    ],
    [
      'SVCB with what is not known',
      TYPE.SVCB,
      octets(
        0,
        2,
        encodeName('svc.example'),
        0,
        0,
        0,
        4,
        0,
        1,
        0x27,
        0x0f,
        0,
        2,
        0,
        0,
        0x27,
        0x0f,
        0,
        1,
        '"',
      ),
      '2 svc.example mandatory=alpn,key9999 no-default-alpn key9999="\\""',
    ],
    ['another type', 99, octets(1, 0xab), '\\# 2 01AB'],
  ])('%s', (_, type, data, text) => {
    expect(present(type, data)).toBe(text);
  });

  test('with names that are compressed', () => {
    const message = octets(encodeName('names.example'), 0, 10, 3, 'ns1', 0xc0, 0);
    expect(presentData(message, 15, message.length, TYPE.MX)).toBe('10 ns1.names.example');
  });

  test('or refused, whatever it is', () => {
    const types = fc.constantFrom(...Object.values(TYPE));
    fc.assert(
      fc.property(types, fc.uint8Array({ maxLength: 60 }), (type, data) => {
        try {
          expect(present(type, data)).toMatch(/^[ -~]*$/);
        } catch (error) {
          if (!(error instanceof KeelsonError) || error.code !== 'dns-malformed') throw error;
        }
      }),
      { numRuns: 3_000 },
    );
  });
});

describe('a question of a stub resolver', () => {
  test('wants recursion, says how much fits, and asks whether the answer was validated', () => {
    const query = decodeMessage(encodeQuery(77, { name: 'harbor.example', type: TYPE.CAA }));
    expect(query).toMatchObject({
      id: 77,
      wantsRecursion: true,
      isAuthenticated: true,
      questions: [{ name: 'harbor.example', type: 257, class: 1 }],
      additionals: [{ name: '.', type: 41, class: 1232, ttlSeconds: 0x8000 }],
    });
  });
});

describe('an answer', () => {
  test('of any octets is read or refused, and no more', () => {
    const header = Buffer.from([0, 7, 0x81, 0x80, 0, 1, 0, 2, 0, 1, 0, 1]);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.boolean(), (rest, isHeaded) => {
        try {
          readAnswer(isHeaded ? Buffer.concat([header, rest]) : rest);
        } catch (error) {
          if (!(error instanceof KeelsonError) || error.code !== 'dns-malformed') throw error;
        }
      }),
      { numRuns: 3_000 },
    );
  });

  test('has the upper bits of its code from EDNS', () => {
    const answer = octets(0, 7, 0x80, 0x20, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 41, 4, 0xd0, 1, 0, 0, 0, 0, 0);
    expect(readAnswer(answer)).toMatchObject({
      code: 16,
      hasEdns: true,
      isAuthenticated: true,
      isWhole: false,
    });
  });
});
