import { createHmac, timingSafeEqual } from 'node:crypto';
import { encodeMessage, type DecodedMessage, type DnsMessage } from './message.ts';
import { encodeName, type DnsName } from './name.ts';
import { CLASS, TYPE, type DnsRecord, type TsigData } from './record.ts';

export type TsigAlgorithm = 'hmac-sha256' | 'hmac-sha384' | 'hmac-sha512';

/** A secret that is shared with the server (RFC 8945). */
export interface TsigKey {
  readonly name: DnsName;
  readonly algorithm: TsigAlgorithm;
  readonly secret: Uint8Array;
}

export interface SignedMessage {
  readonly bytes: Uint8Array;
  /** The answer is signed together with it. */
  readonly mac: Uint8Array;
}

export type TsigVerdict =
  | { readonly kind: 'good' }
  /** The server says, by TSIG, why it did not believe the question. Signed itself only with BADTIME. */
  | { readonly kind: 'error'; readonly error: TsigError; readonly serverSeconds: number | undefined }
  | { readonly kind: 'bad'; readonly why: string };

export type TsigError = 'BADSIG' | 'BADKEY' | 'BADTIME' | 'BADTRUNC';

/** How far apart the two clocks may be. @unit seconds */
export const FUDGE_SECONDS = 300;

/** What an answer's signature says besides. */
export interface AnswerSigning {
  readonly questionMac: Uint8Array | undefined;
  /** @default 0: none */
  readonly error?: number;
  /** With BADTIME, the server's time. @default nothing */
  readonly other?: Uint8Array;
}

/** @param timeSeconds since 1970 */
export function signMessage(
  message: DnsMessage,
  key: TsigKey,
  timeSeconds: number,
  { questionMac, error = 0, other = new Uint8Array(0) }: AnswerSigning = { questionMac: undefined },
): SignedMessage {
  const unsigned: TsigData = {
    kind: 'tsig',
    algorithm: key.algorithm,
    timeSeconds,
    fudgeSeconds: FUDGE_SECONDS,
    mac: new Uint8Array(0),
    originalId: message.id,
    error,
    other,
  };
  const mac = macOf(encodeMessage(message), unsigned, key, questionMac);
  const record: DnsRecord = {
    name: key.name,
    type: TYPE.TSIG,
    class: CLASS.ANY,
    ttlSeconds: 0,
    data: { ...unsigned, mac },
  };
  return { bytes: encodeMessage({ ...message, additionals: [...message.additionals, record] }), mac };
}

/**
 * Whether an answer is signed by who holds the key, for this question and now.
 * @param bytes the answer as it came; `message` is what it decodes to
 * @param questionMac of the question; undefined for a message that answers none
 */
export function verifyMessage(
  bytes: Uint8Array,
  message: DecodedMessage,
  key: TsigKey,
  questionMac: Uint8Array | undefined,
  nowSeconds: number,
): TsigVerdict {
  const record = message.additionals.at(-1);
  if (record?.data.kind !== 'tsig' || record.type !== TYPE.TSIG) return bad('is not signed');
  const tsig = record.data;
  if (record.class !== CLASS.ANY || record.ttlSeconds !== 0) return bad('is signed in a way that is none');
  const error = ERRORS.get(tsig.error);
  // Of a key or a signature that a server does not accept it can only say so unsigned.
  if (tsig.mac.length === 0 && (error === 'BADSIG' || error === 'BADKEY'))
    return { kind: 'error', error, serverSeconds: undefined };
  if (record.name !== key.name || tsig.algorithm !== key.algorithm)
    return bad('is signed with another key or algorithm');
  const signed = Buffer.from(bytes.subarray(0, message.lastRecordAt));
  signed.writeUInt16BE(tsig.originalId, 0);
  signed.writeUInt16BE(signed.readUInt16BE(ADDITIONALS_AT) - 1, ADDITIONALS_AT);
  const mac = macOf(signed, tsig, key, questionMac);
  if (mac.length !== tsig.mac.length || !timingSafeEqual(mac, tsig.mac)) return bad('has a wrong signature');
  if (Math.abs(nowSeconds - tsig.timeSeconds) > Math.min(tsig.fudgeSeconds, FUDGE_SECONDS))
    return bad(`was signed ${Math.abs(nowSeconds - tsig.timeSeconds)} s from now`);
  if (error !== undefined) return { kind: 'error', error, serverSeconds: serverTime(tsig) };
  if (tsig.error !== 0) return bad(`tells the unknown TSIG error ${tsig.error}`);
  return { kind: 'good' };
}

const ADDITIONALS_AT = 10;
const ERRORS: ReadonlyMap<number, TsigError> = new Map([
  [16, 'BADSIG'],
  [17, 'BADKEY'],
  [18, 'BADTIME'],
  [22, 'BADTRUNC'],
]);
const HASH = { 'hmac-sha256': 'sha256', 'hmac-sha384': 'sha384', 'hmac-sha512': 'sha512' } as const;

const bad = (why: string): TsigVerdict => ({ kind: 'bad', why });

/** RFC 8945, section 4.3.3: the question's MAC, the message without its TSIG record, and that record's own fields. */
function macOf(
  message: Uint8Array,
  tsig: TsigData,
  key: TsigKey,
  questionMac: Uint8Array | undefined,
): Uint8Array {
  const hmac = createHmac(HASH[key.algorithm], key.secret);
  if (questionMac !== undefined) hmac.update(twoOctets(questionMac.length)).update(questionMac);
  const times = Buffer.alloc(8);
  times.writeUIntBE(tsig.timeSeconds, 0, 6);
  times.writeUInt16BE(tsig.fudgeSeconds, 6);
  return hmac
    .update(message)
    .update(encodeName(key.name))
    .update(twoOctets(CLASS.ANY))
    .update(Buffer.alloc(4)) // TTL
    .update(encodeName(tsig.algorithm))
    .update(times)
    .update(twoOctets(tsig.error))
    .update(twoOctets(tsig.other.length))
    .update(tsig.other)
    .digest();
}

function twoOctets(value: number): Uint8Array {
  return Uint8Array.of(value >> 8, value & 255);
}

function serverTime({ other }: TsigData): number | undefined {
  return other.length === 6 ? Buffer.from(other).readUIntBE(0, 6) : undefined;
}
