import { decodeName, encodeName, malformed } from './name.ts';
import { decodeData, encodeData, type DnsQuestion, type DnsRecord } from './record.ts';

export const OPCODE = { QUERY: 0, UPDATE: 5 } as const;

/** A message of RFC 1035. UPDATE (RFC 2136) calls its four sections zone, prerequisites, updates and additional. */
export interface DnsMessage {
  readonly id: number;
  readonly opcode: number;
  readonly isAnswer: boolean;
  readonly isAuthoritative: boolean;
  readonly isTruncated: boolean;
  /** RD: the resolver is to ask others. @default not */
  readonly wantsRecursion?: true;
  /** AD: of a query, that the answer is to say whether it was validated; of an answer, that it was. @default not */
  readonly isAuthenticated?: true;
  /** 0 when all is well. */
  readonly code: number;
  readonly questions: readonly DnsQuestion[];
  readonly answers: readonly DnsRecord[];
  readonly authorities: readonly DnsRecord[];
  readonly additionals: readonly DnsRecord[];
}

export interface DecodedMessage extends DnsMessage {
  /** Where the last record of the message begins; its length when it has none. What TSIG signs ends there. */
  readonly lastRecordAt: number;
}

/** Names are not compressed. */
export function encodeMessage(message: DnsMessage): Uint8Array {
  const { questions, answers, authorities, additionals } = message;
  const header = Buffer.alloc(HEADER);
  header.writeUInt16BE(message.id, 0);
  header.writeUInt16BE(flagsOf(message), 2);
  for (const [i, section] of [questions, answers, authorities, additionals].entries())
    header.writeUInt16BE(section.length, 4 + 2 * i);
  const records = [...answers, ...authorities, ...additionals];
  return Buffer.concat([header, ...questions.map(encodeQuestion), ...records.map(encodeRecord)]);
}

function encodeRecord(record: DnsRecord): Uint8Array {
  const data = encodeData(record.data);
  const numbers = Buffer.alloc(6);
  numbers.writeUInt32BE(record.ttlSeconds, 0);
  numbers.writeUInt16BE(data.length, 4);
  return Buffer.concat([encodeQuestion(record), numbers, data]);
}

/** @throws KeelsonError `dns-malformed`, whatever the octets are */
export function decodeMessage(octets: Uint8Array): DecodedMessage {
  const bytes = Buffer.from(octets.buffer, octets.byteOffset, octets.byteLength);
  if (bytes.length < HEADER || bytes.length > 65_535) throw malformed('a message of 12 to 65,535 octets');
  const flags = bytes.readUInt16BE(2);
  const counts = [4, 6, 8, 10].map((at) => bytes.readUInt16BE(at));
  if (counts.reduce((sum, count) => sum + count, 0) > MOST_RECORDS)
    throw malformed(`a message of at most ${MOST_RECORDS} records`);
  const [questionCount = 0, ...recordCounts] = counts;
  let at = HEADER;
  let lastRecordAt = bytes.length;
  const questions = Array.from({ length: questionCount }, () => {
    const { question, end } = decodeQuestion(bytes, at);
    at = end;
    return question;
  });
  const [answers = [], authorities = [], additionals = []] = recordCounts.map((count) =>
    Array.from({ length: count }, () => {
      lastRecordAt = at;
      const { record, end } = decodeRecord(bytes, at);
      at = end;
      return record;
    }),
  );
  if (at !== bytes.length) throw malformed('a message to end with its last record');
  return {
    id: bytes.readUInt16BE(0),
    opcode: (flags >> 11) & 15,
    isAnswer: (flags & FLAG.answer) !== 0,
    isAuthoritative: (flags & FLAG.authoritative) !== 0,
    isTruncated: (flags & FLAG.truncated) !== 0,
    ...((flags & FLAG.recursion) === 0 ? {} : { wantsRecursion: true }),
    ...((flags & FLAG.authenticated) === 0 ? {} : { isAuthenticated: true }),
    code: flags & 15,
    questions,
    answers,
    authorities,
    additionals,
    lastRecordAt,
  };
}

const HEADER = 12;
const FLAG = {
  answer: 0x8000,
  authoritative: 0x0400,
  truncated: 0x0200,
  recursion: 0x0100,
  authenticated: 0x0020,
} as const;
/** Far more than one name's records and what a primary adds to them. */
const MOST_RECORDS = 500;

function flagsOf(message: DnsMessage): number {
  return (
    (message.isAnswer ? FLAG.answer : 0) |
    (message.opcode << 11) |
    (message.isAuthoritative ? FLAG.authoritative : 0) |
    (message.isTruncated ? FLAG.truncated : 0) |
    (message.wantsRecursion === true ? FLAG.recursion : 0) |
    (message.isAuthenticated === true ? FLAG.authenticated : 0) |
    message.code
  );
}

function encodeQuestion(question: DnsQuestion): Uint8Array {
  const numbers = Buffer.alloc(4);
  numbers.writeUInt16BE(question.type, 0);
  numbers.writeUInt16BE(question.class, 2);
  return Buffer.concat([encodeName(question.name), numbers]);
}

function decodeQuestion(bytes: Buffer, start: number): { question: DnsQuestion; end: number } {
  const { name, end } = decodeName(bytes, start);
  if (end + 4 > bytes.length) throw malformed('a message to hold the records that it counts');
  return {
    question: { name, type: bytes.readUInt16BE(end), class: bytes.readUInt16BE(end + 2) },
    end: end + 4,
  };
}

function decodeRecord(bytes: Buffer, start: number): { record: DnsRecord; end: number } {
  const { question, end: at } = decodeQuestion(bytes, start);
  if (at + 6 > bytes.length) throw malformed('a message to hold the records that it counts');
  const end = at + 6 + bytes.readUInt16BE(at + 4);
  if (end > bytes.length) throw malformed('a record to end within the message');
  const data = decodeData(bytes, at + 6, end, question.type);
  return { record: { ...question, ttlSeconds: bytes.readUInt32BE(at), data }, end };
}
