import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { KeelsonError } from '../errors.ts';
import { decodeMessage, encodeMessage, type DnsMessage } from './message.ts';
import { signMessage, verifyMessage, type TsigKey, type TsigVerdict } from './tsig.ts';

fc.configureGlobal({ seed: 1 });

const NOW = 1_594_855_491;
const KEY: TsigKey = {
  name: 'testkey',
  algorithm: 'hmac-sha256',
  secret: Buffer.from('NoTCJU+DMqFWywaPyxSijrDEA/eC3nK0xi3AMEZuPVk=', 'base64'),
};
const UPDATE: DnsMessage = {
  id: 42,
  opcode: 5,
  isAnswer: false,
  isAuthoritative: false,
  isTruncated: false,
  code: 0,
  questions: [{ name: 'example.com', type: 6, class: 1 }],
  answers: [],
  authorities: [],
  additionals: [],
};

function verify(octets: Uint8Array, key = KEY, mac?: Uint8Array, now = NOW): TsigVerdict {
  return verifyMessage(octets, decodeMessage(octets), key, mac, now);
}

// Messages and signatures as they are published in the tests of miekg/dns (tsig_test.go, 06480ef).
describe('published signatures', () => {
  const octets = Buffer.from(
    'c60028000001000000010001076578616d706c6503636f6d00000600010161c00c0001000100000e100004c0000201077465' +
      `73746b65790000fa00ff00000000003d0b686d61632d73686132353600${NOW.toString(16).padStart(12, '0')}` +
      '012c00208cf23e0081d915478a182edcea7ff48ad102948e6c7ef8e887536957d1fa5616c60000000000',
    'hex',
  );

  test('are believed, within 300 seconds', () => {
    expect(verify(octets)).toEqual({ kind: 'good' });
    expect(verify(octets, KEY, undefined, NOW + 300)).toEqual({ kind: 'good' });
    for (const apart of [301, -301])
      expect(verify(octets, KEY, undefined, NOW + apart)).toEqual({
        kind: 'bad',
        why: 'was signed 301 s from now',
      });
  });

  test('are not believed with any other time', () => {
    const later = Buffer.from(octets);
    later.writeUIntBE(NOW + 1, octets.indexOf(NOW.toString(16).padStart(12, '0'), 0, 'hex'), 6);
    expect(verify(later)).toEqual({ kind: 'bad', why: 'has a wrong signature' });
  });

  test('of SHA-384 are made alike', () => {
    const secret = 'Qjer2TL2lAdpq9w6Gjs98/ClCQx/L3vtgVHCmrZ8l/oKEPjqUUMFO18gMCRwd5H4';
    const key: TsigKey = { name: 'testkey', algorithm: 'hmac-sha384', secret: Buffer.from(secret, 'base64') };
    // There the message's id is 0, and its TSIG's 42: the signature is over the latter.
    const { mac } = signMessage(UPDATE, key, NOW);
    expect(Buffer.from(mac).toString('hex')).toBe(
      '89a48936d29187870c325cbdba5ad71609bd038d0459d6010c844d659c570e881d3650e4fe7310be53ebe5178d0d1001',
    );
  });
});

describe('an answer', () => {
  const asked = signMessage(UPDATE, KEY, NOW);
  const answer: DnsMessage = { ...UPDATE, isAnswer: true };

  /** As a server signs: together with the question's MAC. */
  function answered(options: {
    key?: TsigKey;
    time?: number;
    mac?: Uint8Array | undefined;
    error?: number;
    other?: Buffer;
  }): Uint8Array {
    const { key = KEY, time = NOW, error = 0, other = Buffer.alloc(0) } = options;
    const mac = 'mac' in options ? options.mac : asked.mac;
    return signMessage(answer, key, time, { questionMac: mac, error, other }).bytes;
  }

  test('that is signed together with the question is believed', () => {
    for (const algorithm of ['hmac-sha256', 'hmac-sha384', 'hmac-sha512'] as const) {
      const key = { ...KEY, algorithm };
      const question = signMessage(UPDATE, key, NOW);
      expect(verify(answered({ key, mac: question.mac }), key, question.mac)).toEqual({ kind: 'good' });
    }
  });

  test.each([
    ['is not signed', encodeMessage(answer)],
    ['has a wrong signature', answered({ key: { ...KEY, secret: Buffer.alloc(32) } })],
    ['has a wrong signature', answered({ mac: undefined })],
    ['has a wrong signature', answered({ mac: Buffer.alloc(32) })],
    ['is signed with another key or algorithm', answered({ key: { ...KEY, name: 'other' } })],
    ['is signed with another key or algorithm', answered({ key: { ...KEY, algorithm: 'hmac-sha512' } })],
    ['was signed 301 s from now', answered({ time: NOW - 301 })],
    ['tells the unknown TSIG error 99', answered({ error: 99 })],
  ])('that %s is not believed', (why, octets) => {
    expect(verify(octets, KEY, asked.mac)).toEqual({ kind: 'bad', why });
  });

  test('with a shortened signature is not believed', () => {
    const { additionals, ...rest } = decodeMessage(answered({}));
    const [tsig] = additionals;
    if (tsig?.data.kind !== 'tsig') throw new Error('Expected a signature.');
    for (const length of [0, 10, 16, 31]) {
      const short = { ...tsig, data: { ...tsig.data, mac: tsig.data.mac.subarray(0, length) } };
      const octets = encodeMessage({ ...rest, additionals: [short] });
      expect(verify(octets, KEY, asked.mac)).toEqual({ kind: 'bad', why: 'has a wrong signature' });
    }
  });

  test('tells the time of the server where the clocks are apart', () => {
    const other = Buffer.alloc(6);
    other.writeUIntBE(NOW + 4_000, 0, 6);
    expect(verify(answered({ error: 18, other }), KEY, asked.mac)).toEqual({
      kind: 'error',
      error: 'BADTIME',
      serverSeconds: NOW + 4_000,
    });
  });

  test('that was changed in any octet is not believed', () => {
    const octets = answered({});
    fc.assert(
      fc.property(fc.nat(octets.length - 1), fc.integer({ min: 1, max: 255 }), (at, by) => {
        const changed = Uint8Array.from(octets);
        changed[at] = (changed[at] ?? 0) ^ by;
        let verdict: TsigVerdict | undefined;
        try {
          verdict = verify(changed, KEY, asked.mac);
        } catch (error) {
          if (!(error instanceof KeelsonError)) throw error;
        }
        // The id is not signed but for the one that TSIG repeats; who asks compares it. Case of names does not count.
        const isId = at < 2;
        const isCase = by === 0x20 && verdict?.kind === 'good';
        if (!isId && !isCase) expect(verdict?.kind).not.toBe('good');
      }),
      { numRuns: 1_000 },
    );
  });
});
