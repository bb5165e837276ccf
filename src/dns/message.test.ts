import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { KeelsonError } from '../errors.ts';
import { decodeMessage, encodeMessage, type DnsMessage } from './message.ts';
import { decodeName, dnsName, encodeName, isWithin } from './name.ts';
import { canonicalAddress, type DnsData, type DnsRecord } from './record.ts';

fc.configureGlobal({ seed: 1 });

const name = fc
  .array(
    fc
      .uint8Array({ minLength: 1, maxLength: 63 })
      .map((label) => Array.from(label, (octet) => `\\${String(octet).padStart(3, '0')}`).join('')),
    { minLength: 0, maxLength: 3 },
  )
  .map((labels) => dnsName(labels.length === 0 ? '.' : labels.join('.')));
const uint16 = fc.integer({ min: 0, max: 0xffff });
const uint32 = fc.integer({ min: 0, max: 0xffffffff });
const address = fc.oneof(fc.ipV4(), fc.ipV6()).map((text) => canonicalAddress(text) ?? '');
const bytes = fc.uint8Array({ minLength: 1, maxLength: 80 }).map((octets) => Buffer.from(octets));
const data: fc.Arbitrary<{ type: number; data: DnsData }> = fc.oneof(
  fc.record({ type: uint16, data: fc.record({ kind: fc.constant('none' as const) }) }),
  address.map((text) => ({
    type: text.includes(':') ? 28 : 1,
    data: { kind: 'address' as const, address: text },
  })),
  name.map((target) => ({ type: 5, data: { kind: 'name' as const, name: target } })),
  fc.record({
    type: fc.constant(6),
    data: fc.record({
      kind: fc.constant('soa' as const),
      primary: name,
      mailbox: name,
      serial: uint32,
      refreshSeconds: uint32,
      retrySeconds: uint32,
      expireSeconds: uint32,
      minimumSeconds: uint32,
    }),
  }),
  fc.record({
    type: fc.constant(250),
    data: fc.record({
      kind: fc.constant('tsig' as const),
      algorithm: name,
      timeSeconds: fc.integer({ min: 0, max: 2 ** 48 - 1 }),
      fudgeSeconds: uint16,
      mac: bytes,
      originalId: uint16,
      error: uint16,
      other: bytes,
    }),
  }),
  fc.record({
    type: fc.constantFrom(2, 15, 16, 41),
    data: fc.record({ kind: fc.constant('bytes' as const), bytes }),
  }),
);
const record: fc.Arbitrary<DnsRecord> = fc
  .record({ name, class: fc.constantFrom(1, 254, 255), ttlSeconds: uint32, content: data })
  .map(({ content, ...rest }) => ({ ...rest, ...content }));
const records = fc.array(record, { maxLength: 4 });
const message: fc.Arbitrary<DnsMessage> = fc.record({
  id: uint16,
  opcode: fc.integer({ min: 0, max: 15 }),
  isAnswer: fc.boolean(),
  isAuthoritative: fc.boolean(),
  isTruncated: fc.boolean(),
  code: fc.integer({ min: 0, max: 15 }),
  questions: fc.array(fc.record({ name, type: uint16, class: uint16 }), { maxLength: 2 }),
  answers: records,
  authorities: records,
  additionals: records,
});

/** Whatever the octets are, a message or a KeelsonError comes of them. */
function decodes(octets: Uint8Array): boolean {
  try {
    decodeMessage(octets);
    return true;
  } catch (error) {
    if (error instanceof KeelsonError && error.code === 'dns-malformed') return false;
    throw error;
  }
}

describe('a message', () => {
  test('is read as it was written', () => {
    fc.assert(
      fc.property(message, (written) => {
        const { lastRecordAt, ...found } = decodeMessage(encodeMessage(written));
        expect(found).toEqual(written);
      }),
    );
  });

  test('that is cut anywhere is refused', () => {
    const whole = encodeMessage(fc.sample(message, { numRuns: 1, seed: 7 })[0] ?? emptyMessage());
    expect(decodes(whole)).toBe(true);
    for (let length = 0; length < whole.length; length++)
      expect(decodes(whole.subarray(0, length))).toBe(false);
    expect(decodes(Buffer.concat([whole, Uint8Array.of(0)]))).toBe(false);
  });

  test('that was changed on its way is read or refused, and no more', () => {
    fc.assert(
      fc.property(
        message,
        fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), { minLength: 1, maxLength: 8 }),
        (written, changes) => {
          const octets = encodeMessage(written);
          for (const [at, octet] of changes) octets[at % octets.length] = octet;
          decodes(octets);
        },
      ),
      { numRuns: 500 },
    );
  });

  test('of any octets is read or refused, and no more', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 600 }), (octets) => void decodes(octets)),
      { numRuns: 2_000 },
    );
  });

  test('that counts more records than any name has is refused before they are read', () => {
    const octets = Buffer.alloc(60_000);
    octets.writeUInt16BE(0xffff, 6);
    expect(() => decodeMessage(octets)).toThrow('Expected a message of at most 500 records.');
  });
});

describe('a name', () => {
  test('is compared without regard to case or a dot at its end', () => {
    expect(dnsName('WWW.Harbor.Example.')).toBe('www.harbor.example');
    expect(dnsName('.')).toBe('.');
    expect(dnsName('a\\.b.example')).toBe('a\\046b.example');
    expect(dnsName('a\\046b.example')).toBe('a\\046b.example');
    expect(dnsName('_x.*.example')).toBe('_x.*.example');
  });

  test.each([
    '',
    'a..b',
    '.a',
    'hä.example',
    'a b',
    'a\\',
    'a\\300',
    'x'.repeat(64),
    new Array(64).fill('abc').join('.'),
  ])('is none: %.20s', (text) => {
    expect(() => dnsName(text)).toThrow(expect.objectContaining({ code: 'wheel-setting' }));
  });

  test('of 255 octets is one', () => {
    const longest = [...new Array(3).fill('x'.repeat(63)), 'x'.repeat(61)].join('.');
    expect(encodeName(dnsName(longest))).toHaveLength(255);
    expect(decodeName(encodeName(longest), 0).name).toBe(longest);
    expect(() => dnsName(`${longest}x`)).toThrow(KeelsonError);
  });

  test('is within its zone, and a name that merely ends alike is not', () => {
    expect(isWithin('www.harbor.example', 'harbor.example')).toBe(true);
    expect(isWithin('harbor.example', 'harbor.example')).toBe(true);
    expect(isWithin('myharbor.example', 'harbor.example')).toBe(false);
    expect(isWithin('harbor.example', '.')).toBe(true);
  });

  test('is followed through compression backwards', () => {
    const octets = Uint8Array.of(0, 1, 97, 0, 1, 98, 0xc0, 1, 9);
    expect(decodeName(octets, 4)).toEqual({ name: 'b.a', end: 8 });
  });

  test.each([
    ['to itself', [0xc0, 0]],
    ['forwards', [0xc0, 2, 1, 97, 0]],
    ['to its own beginning', [1, 97, 0xc0, 0]],
    ['out of the message', [0xc0]],
    ['to a label of an unknown kind', [0x40, 0]],
    ['to more than there is', [5, 97]],
  ])('that leads %s is refused', (_, octets) => {
    expect(() => decodeName(Uint8Array.from(octets), 0)).toThrow(
      expect.objectContaining({ code: 'dns-malformed' }),
    );
  });

  test('of pointers that lead to each other is refused', () => {
    expect(() => decodeName(Uint8Array.of(0xc0, 2, 0xc0, 0), 2)).toThrow(KeelsonError);
  });
});

test.each([
  ['2001:DB8:0:0:0:0:0:1', '2001:db8::1'],
  ['::ffff:192.0.2.1', '::ffff:c000:201'],
  ['192.0.2.1', '192.0.2.1'],
  ['fe80::1%eth0', undefined],
  ['192.0.2.256', undefined],
  ['www.harbor.example', undefined],
])('the one form of the address %s is %s', (text, form) => {
  expect(canonicalAddress(text)).toBe(form);
});

function emptyMessage(): DnsMessage {
  return {
    id: 0,
    opcode: 0,
    isAnswer: false,
    isAuthoritative: false,
    isTruncated: false,
    code: 0,
    questions: [],
    answers: [],
    authorities: [],
    additionals: [],
  };
}
