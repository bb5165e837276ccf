import { decodeName, encodeName, malformed, type DnsName } from './name.ts';
import { CLASS, TYPE, type DnsQuestion } from './record.ts';

/** What a resolver said. Its records are where they are in the message, and are put into words only when they are wanted. */
export interface DnsAnswer {
  readonly octets: Uint8Array;
  readonly id: number;
  /** With the upper bits that EDNS adds (RFC 6891, section 6.1.3). 0 when all is well. */
  readonly code: number;
  readonly isTruncated: boolean;
  /** AD: who answered says that it has validated this. */
  readonly isAuthenticated: boolean;
  /** AA or RA: it knows this itself, or asks others. What neither does only points elsewhere. */
  readonly isResponsible: boolean;
  /** It speaks EDNS. */
  readonly hasEdns: boolean;
  /** The authority section has a SOA: what is not in the answer does not exist (RFC 2308). */
  readonly isWhole: boolean;
  readonly question: DnsQuestion | undefined;
  readonly records: readonly AnswerRecord[];
}

export interface AnswerRecord extends DnsQuestion {
  readonly ttlSeconds: number;
  /** Where its data begins and ends in the message. */
  readonly start: number;
  readonly end: number;
}

/** What fits into one datagram on any path (dnsflagday.net/2020). @unit bytes */
export const EDNS_BYTES = 1232;

/**
 * A question of a stub resolver: recursion wanted, and the answer is to say whether it was validated (DO and AD, RFC 6840).
 * @throws KeelsonError `wheel-setting` when the name is none
 */
export function encodeQuery(
  id: number,
  { name, type }: { readonly name: DnsName; readonly type: number },
  hasEdns = true,
): Buffer {
  const encoded = encodeName(name);
  const end = HEADER + encoded.length;
  const query = Buffer.alloc(end + 4 + (hasEdns ? OPT_LENGTH : 0));
  query.writeUInt16BE(id, 0);
  query.writeUInt16BE(FLAG.recursion | FLAG.authenticated, 2);
  query[5] = 1;
  query.set(encoded, HEADER);
  query.writeUInt16BE(type, end);
  query.writeUInt16BE(CLASS.IN, end + 2);
  if (hasEdns) {
    query[11] = 1;
    // After the root, which is one octet of 0 (RFC 6891, section 6.1.2).
    query.writeUInt16BE(TYPE.OPT, end + 5);
    query.writeUInt16BE(EDNS_BYTES, end + 7);
    query.writeUInt32BE(WANTS_DNSSEC, end + 9);
  }
  return query;
}

/** @throws KeelsonError `dns-malformed`, whatever the octets are */
export function readAnswer(octets: Uint8Array): DnsAnswer {
  const bytes = Buffer.from(octets.buffer, octets.byteOffset, octets.byteLength);
  if (bytes.length < HEADER || bytes.length > 65_535) throw malformed('a message of 12 to 65,535 octets');
  const flags = bytes.readUInt16BE(2);
  if ((flags & 0x8000) === 0) throw malformed('an answer');
  const questions = bytes.readUInt16BE(4);
  const answers = bytes.readUInt16BE(6);
  const authorities = bytes.readUInt16BE(8);
  const additionals = bytes.readUInt16BE(10);
  if (questions > 1) throw malformed('an answer to one question');
  if (answers + authorities + additionals > MOST_RECORDS)
    throw malformed(`an answer of at most ${MOST_RECORDS} records`);
  let at = HEADER;
  let question: DnsQuestion | undefined;
  if (questions === 1) {
    const { name, end } = decodeName(bytes, at);
    if (end + 4 > bytes.length) throw malformed(COUNTED);
    question = { name, type: bytes.readUInt16BE(end), class: bytes.readUInt16BE(end + 2) };
    at = end + 4;
  }
  const records: AnswerRecord[] = [];
  for (let i = 0; i < answers; i++) {
    const record = readRecord(bytes, at, question?.name);
    records.push(record);
    at = record.end;
  }
  let isWhole = false;
  let edns: { readonly upperBits: number } | undefined;
  for (let i = 0; i < authorities + additionals; i++) {
    const nameEnd = endOfName(bytes, at);
    at = endOfRecord(bytes, nameEnd);
    const type = bytes.readUInt16BE(nameEnd);
    if (i < authorities && type === TYPE.SOA) isWhole = true;
    if (i >= authorities && type === TYPE.OPT) edns ??= { upperBits: bytes[nameEnd + 4] ?? 0 };
  }
  if (at !== bytes.length) throw malformed('a message to end with its last record');
  return {
    octets,
    id: bytes.readUInt16BE(0),
    code: (flags & 15) | ((edns?.upperBits ?? 0) << 4),
    isTruncated: (flags & 0x0200) !== 0,
    isAuthenticated: (flags & FLAG.authenticated) !== 0,
    isResponsible: (flags & 0x0480) !== 0,
    hasEdns: edns !== undefined,
    isWhole,
    question,
    records,
  };
}

const HEADER = 12;
const FLAG = { recursion: 0x0100, authenticated: 0x0020 } as const;
/** The root, a type, a class, a TTL and the length of no data. */
const OPT_LENGTH = 11;
/** DO (RFC 3225), where other records have their TTL. */
const WANTS_DNSSEC = 0x8000;
/** As many of the smallest as fit into the largest message. */
const MOST_RECORDS = 5_000;

/** @param asked the name of the question, at which most names of an answer point */
function readRecord(bytes: Buffer, start: number, asked: DnsName | undefined): AnswerRecord {
  const isAsked = asked !== undefined && bytes[start] === 0xc0 && bytes[start + 1] === HEADER;
  const { name, end: at } = isAsked ? { name: asked, end: start + 2 } : decodeName(bytes, start);
  const end = endOfRecord(bytes, at);
  const ttlSeconds = bytes.readUInt32BE(at + 4);
  return {
    name,
    type: bytes.readUInt16BE(at),
    class: bytes.readUInt16BE(at + 2),
    // A TTL with its highest bit set is none (RFC 2181, section 8).
    ttlSeconds: ttlSeconds > 0x7fffffff ? 0 : ttlSeconds,
    start: at + 10,
    end,
  };
}

/** Of a record whose name ends at a place. */
function endOfRecord(bytes: Buffer, nameEnd: number): number {
  if (nameEnd + 10 > bytes.length) throw malformed(COUNTED);
  const end = nameEnd + 10 + bytes.readUInt16BE(nameEnd + 8);
  if (end > bytes.length) throw malformed('a record to end within the message');
  return end;
}

/** Where what follows a name begins; compression is not followed. */
function endOfName(bytes: Buffer, start: number): number {
  let at = start;
  for (;;) {
    const size = bytes[at];
    if (size === undefined) throw malformed('a name to end within the message');
    if (size === 0) return at + 1;
    if (size >= 0xc0) return at + 2;
    if (size > 63) throw malformed('a label of at most 63 octets');
    at += size + 1;
  }
}

const COUNTED = 'a message to hold the records that it counts';
