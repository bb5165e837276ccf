import { decodeName, malformed, type DnsName } from './name.ts';
import { decodeData, TYPE } from './record.ts';

/**
 * The data of a record as zone files have it (RFC 1035, 3597, 4034, 8659, 9460); names in lower case, without a dot at the end.
 * @param start where the data begins in the message, which compressed names lead back into
 * @throws KeelsonError `dns-malformed`
 */
export function presentData(message: Uint8Array, start: number, end: number, type: number): string {
  const bytes = Buffer.from(message.buffer, message.byteOffset, end);
  const data = bytes.subarray(start);
  switch (type) {
    case TYPE.NS:
    case TYPE.CNAME:
      return wholeName(bytes, start);
    case TYPE.A:
    case TYPE.AAAA:
    case TYPE.SOA:
      return presentKnown(bytes, start, end, type);
    case TYPE.MX:
      return `${uint16(data, 0)} ${wholeName(bytes, start + 2)}`;
    case TYPE.TXT:
      return presentStrings(data);
    case TYPE.CAA:
      return presentCaa(data);
    case TYPE.DS:
      return `${uint16(data, 0)} ${octet(data, 2)} ${octet(data, 3)} ${rest(data, 4).toString('hex').toUpperCase()}`;
    case TYPE.DNSKEY:
      return `${uint16(data, 0)} ${octet(data, 2)} ${octet(data, 3)} ${rest(data, 4).toString('base64')}`;
    case TYPE.SVCB:
    case TYPE.HTTPS:
      return presentService(bytes, start);
    default:
      return `\\# ${data.length} ${data.toString('hex').toUpperCase()}`.trimEnd();
  }
}

function presentKnown(bytes: Buffer, start: number, end: number, type: number): string {
  const data = decodeData(bytes, start, end, type);
  if (data.kind === 'address') return data.address;
  if (data.kind !== 'soa') throw malformed('a record with data');
  const { serial, refreshSeconds, retrySeconds, expireSeconds, minimumSeconds } = data;
  const numbers = [serial, refreshSeconds, retrySeconds, expireSeconds, minimumSeconds];
  return [data.primary, data.mailbox, ...numbers].join(' ');
}

/** A name that is all that is left of a record. */
function wholeName(bytes: Buffer, start: number): DnsName {
  const { name, end } = decodeName(bytes, start);
  if (end !== bytes.length) throw malformed('a record to end with its name');
  return name;
}

function presentStrings(data: Buffer): string {
  const strings: string[] = [];
  for (let at = 0; at < data.length; ) {
    const length = octet(data, at);
    strings.push(quoted(part(data, at + 1, length)));
    at += 1 + length;
  }
  if (strings.length === 0) throw malformed('a TXT record to hold a string');
  return strings.join(' ');
}

function presentCaa(data: Buffer): string {
  const tag = part(data, 2, octet(data, 1)).toString('latin1');
  if (!/^[a-z0-9]+$/i.test(tag)) throw malformed('the tag of a CAA record to be letters and digits');
  return `${octet(data, 0)} ${tag.toLowerCase()} ${quoted(data.subarray(2 + tag.length))}`;
}

function presentService(bytes: Buffer, start: number): string {
  const priority = uint16(bytes, start);
  const { name, end } = decodeName(bytes, start + 2);
  const words = [String(priority), name];
  let last = -1;
  for (let at = end; at < bytes.length; ) {
    const key = uint16(bytes, at);
    if (key <= last) throw malformed('the parameters of a service in the order of their keys');
    last = key;
    const value = part(bytes, at + 4, uint16(bytes, at + 2));
    words.push(presentParameter(key, value));
    at += 4 + value.length;
  }
  return words.join(' ');
}

/** RFC 9460, sections 7 and 14.3.2. */
const PARAMETERS = [
  'mandatory',
  'alpn',
  'no-default-alpn',
  'port',
  'ipv4hint',
  'ech',
  'ipv6hint',
  'dohpath',
  'ohttp',
];

function presentParameter(key: number, value: Buffer): string {
  const name = PARAMETERS[key] ?? `key${key}`;
  switch (name) {
    case 'mandatory':
      return `${name}=${inPieces(value, 2, (piece) => PARAMETERS[uint16(piece, 0)] ?? `key${uint16(piece, 0)}`)}`;
    case 'alpn':
      return `${name}=${presentProtocols(value)}`;
    case 'port':
      return `${name}=${uint16(value, 0)}`;
    case 'ipv4hint':
      return `${name}=${inPieces(value, 4, (piece) => presentKnown(piece, 0, 4, TYPE.A))}`;
    case 'ipv6hint':
      return `${name}=${inPieces(value, 16, (piece) => presentKnown(piece, 0, 16, TYPE.AAAA))}`;
    case 'ech':
      return `${name}=${value.toString('base64')}`;
    default:
      return value.length === 0 ? name : `${name}=${quoted(value)}`;
  }
}

function presentProtocols(value: Buffer): string {
  const protocols: string[] = [];
  for (let at = 0; at < value.length; ) {
    const length = octet(value, at);
    protocols.push(escaped(part(value, at + 1, length)).replaceAll(',', '\\,'));
    at += 1 + length;
  }
  return `"${protocols.join(',')}"`;
}

function inPieces(value: Buffer, size: number, say: (piece: Buffer) => string): string {
  if (value.length === 0 || value.length % size !== 0)
    throw malformed('a parameter of a service to hold whole values');
  return Array.from({ length: value.length / size }, (_, i) => say(part(value, i * size, size))).join(',');
}

function quoted(octets: Buffer): string {
  return `"${escaped(octets)}"`;
}

/** What is not printable ASCII as `\DDD`; quotes and backslashes behind a backslash (RFC 1035, section 5.1). */
function escaped(octets: Buffer): string {
  return octets
    .toString('latin1')
    .replace(/[^ -~]|["\\]/g, (found) =>
      /[ -~]/.test(found) ? `\\${found}` : `\\${String(found.charCodeAt(0)).padStart(3, '0')}`,
    );
}

function octet(data: Buffer, at: number): number {
  return data[at] ?? tooShort();
}

function uint16(data: Buffer, at: number): number {
  return at + 2 <= data.length ? data.readUInt16BE(at) : tooShort();
}

function rest(data: Buffer, at: number): Buffer {
  return part(data, at, data.length - at);
}

function part(data: Buffer, at: number, length: number): Buffer {
  return length < 0 || at + length > data.length ? tooShort() : data.subarray(at, at + length);
}

function tooShort(): never {
  throw malformed('a record to hold what its type has');
}
