import { isIPv4, isIPv6 } from 'node:net';
import { decodeName, encodeName, malformed, type DnsName } from './name.ts';

export const TYPE = {
  A: 1,
  NS: 2,
  CNAME: 5,
  SOA: 6,
  MX: 15,
  TXT: 16,
  AAAA: 28,
  OPT: 41,
  DS: 43,
  DNSKEY: 48,
  SVCB: 64,
  HTTPS: 65,
  TSIG: 250,
  ANY: 255,
  CAA: 257,
} as const;
/** NONE and ANY have their meanings of RFC 2136: not there, whatever is there. */
export const CLASS = { IN: 1, NONE: 254, ANY: 255 } as const;

export interface DnsQuestion {
  readonly name: DnsName;
  readonly type: number;
  readonly class: number;
}

export interface DnsRecord extends DnsQuestion {
  readonly ttlSeconds: number;
  readonly data: DnsData;
}

export type DnsData =
  /** No octets, as UPDATE writes what needs none. */
  | { readonly kind: 'none' }
  /** A and AAAA. */
  | { readonly kind: 'address'; readonly address: string }
  /** CNAME. */
  | { readonly kind: 'name'; readonly name: DnsName }
  | SoaData
  | TsigData
  /** Of a type that is not read here. */
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array };

export interface SoaData {
  readonly kind: 'soa';
  readonly primary: DnsName;
  readonly mailbox: DnsName;
  readonly serial: number;
  readonly refreshSeconds: number;
  readonly retrySeconds: number;
  readonly expireSeconds: number;
  readonly minimumSeconds: number;
}

/** RFC 8945, section 4.2. */
export interface TsigData {
  readonly kind: 'tsig';
  readonly algorithm: DnsName;
  /** Since 1970. */
  readonly timeSeconds: number;
  readonly fudgeSeconds: number;
  readonly mac: Uint8Array;
  readonly originalId: number;
  readonly error: number;
  readonly other: Uint8Array;
}

/** An address in the one form in which it is compared; undefined when it is none. */
export function canonicalAddress(text: string): string | undefined {
  if (isIPv4(text)) return text;
  if (!isIPv6(text) || text.includes('%')) return undefined;
  return new URL(`http://[${text}]/`).hostname.slice(1, -1);
}

export function encodeData(data: DnsData): Uint8Array {
  switch (data.kind) {
    case 'none':
      return new Uint8Array(0);
    case 'address':
      return encodeAddress(data.address);
    case 'name':
      return encodeName(data.name);
    case 'soa':
      return encodeSoa(data);
    case 'tsig':
      return encodeTsig(data);
    case 'bytes':
      return data.bytes;
  }
}

/** @throws KeelsonError `dns-malformed` */
export function decodeData(bytes: Uint8Array, start: number, end: number, type: number): DnsData {
  if (start === end) return { kind: 'none' };
  const data = bytes.subarray(start, end);
  switch (type) {
    case TYPE.A:
      if (data.length !== 4) throw malformed('an address of 4 octets');
      return { kind: 'address', address: data.join('.') };
    case TYPE.AAAA:
      if (data.length !== 16) throw malformed('an address of 16 octets');
      return { kind: 'address', address: addressText(Buffer.from(data)) };
    case TYPE.CNAME: {
      const { name, end: after } = decodeName(bytes, start);
      if (after !== end) throw malformed('a record to hold one name');
      return { kind: 'name', name };
    }
    case TYPE.SOA:
      return decodeSoa(bytes, start, end);
    case TYPE.TSIG:
      return decodeTsig(bytes, start, end);
    default:
      return { kind: 'bytes', bytes: data };
  }
}

function encodeAddress(address: string): Uint8Array {
  if (isIPv4(address)) return Uint8Array.from(address.split('.'), Number);
  const [head = '', tail] = (canonicalAddress(address) ?? '').split('::');
  const left = head === '' ? [] : head.split(':');
  const right = tail === undefined || tail === '' ? [] : tail.split(':');
  const groups = [...left, ...new Array<string>(8 - left.length - right.length).fill('0'), ...right];
  return Uint8Array.from(
    groups.flatMap((group) => [Number.parseInt(group, 16) >> 8, Number.parseInt(group, 16) & 255]),
  );
}

function addressText(data: Buffer): string {
  const groups = Array.from({ length: 8 }, (_, i) => data.readUInt16BE(2 * i).toString(16));
  return canonicalAddress(groups.join(':')) ?? '';
}

function encodeSoa(soa: SoaData): Uint8Array {
  const numbers = Buffer.alloc(20);
  const fields = [soa.serial, soa.refreshSeconds, soa.retrySeconds, soa.expireSeconds, soa.minimumSeconds];
  for (const [i, field] of fields.entries()) numbers.writeUInt32BE(field, 4 * i);
  return Buffer.concat([encodeName(soa.primary), encodeName(soa.mailbox), numbers]);
}

function decodeSoa(bytes: Uint8Array, start: number, end: number): SoaData {
  const primary = decodeName(bytes, start);
  const mailbox = decodeName(bytes, primary.end);
  if (mailbox.end + 20 !== end) throw malformed('a SOA record to hold two names and five numbers');
  const numbers = Buffer.from(bytes.subarray(mailbox.end, end));
  return {
    kind: 'soa',
    primary: primary.name,
    mailbox: mailbox.name,
    serial: numbers.readUInt32BE(0),
    refreshSeconds: numbers.readUInt32BE(4),
    retrySeconds: numbers.readUInt32BE(8),
    expireSeconds: numbers.readUInt32BE(12),
    minimumSeconds: numbers.readUInt32BE(16),
  };
}

function encodeTsig(tsig: TsigData): Uint8Array {
  const before = Buffer.alloc(10);
  before.writeUIntBE(tsig.timeSeconds, 0, 6);
  before.writeUInt16BE(tsig.fudgeSeconds, 6);
  before.writeUInt16BE(tsig.mac.length, 8);
  const after = Buffer.alloc(6);
  after.writeUInt16BE(tsig.originalId, 0);
  after.writeUInt16BE(tsig.error, 2);
  after.writeUInt16BE(tsig.other.length, 4);
  return Buffer.concat([encodeName(tsig.algorithm), before, tsig.mac, after, tsig.other]);
}

function decodeTsig(bytes: Uint8Array, start: number, end: number): TsigData {
  const expected = 'a TSIG record as in RFC 8945';
  const { name: algorithm, end: at } = decodeName(bytes, start);
  if (at > end) throw malformed(expected);
  const rest = Buffer.from(bytes.subarray(at, end));
  if (rest.length < 16) throw malformed(expected);
  const macEnd = 10 + rest.readUInt16BE(8);
  if (macEnd + 6 > rest.length) throw malformed(expected);
  if (macEnd + 6 + rest.readUInt16BE(macEnd + 4) !== rest.length) throw malformed(expected);
  return {
    kind: 'tsig',
    algorithm,
    timeSeconds: rest.readUIntBE(0, 6),
    fudgeSeconds: rest.readUInt16BE(6),
    mac: rest.subarray(10, macEnd),
    originalId: rest.readUInt16BE(macEnd),
    error: rest.readUInt16BE(macEnd + 2),
    other: rest.subarray(macEnd + 6),
  };
}
