import { encodeData, TYPE } from '../../dns/record.ts';
import { answerEdns, readEdns } from './edns.ts';
import type { DnsQuery } from './query.ts';

export const CODE = { NOERROR: 0, SERVFAIL: 2, NXDOMAIN: 3, REFUSED: 5 } as const;

export interface Reply {
  /** @default 0: NOERROR */
  readonly code?: number;
  /** The TC flag: ask again by TCP. @default false */
  readonly isTruncated?: boolean;
  /** Records A and AAAA of the name that was asked for. @default none */
  readonly addresses?: readonly string[];
  /** How long resolvers may keep the addresses. @unit seconds @default 0 */
  readonly ttlSeconds?: number;
}

/**
 * An answer that no server has given. It has the id, the question as it was written, RD and CD of the query, and EDNS where the query has it.
 * Who asked for recursion hears a resolver (RA), who did not hears an authority (AA).
 */
export function reply(
  query: DnsQuery,
  { code = CODE.NOERROR, isTruncated = false, addresses = [], ttlSeconds = 0 }: Reply = {},
): Uint8Array {
  const header = Buffer.alloc(12);
  header.writeUInt16BE(query.id, 0);
  header.writeUInt16BE(
    FLAG.answer |
      (query.opcode << 11) |
      (isTruncated ? FLAG.truncated : 0) |
      (query.isRecursionDesired ? FLAG.recursionDesired | FLAG.recursionAvailable : FLAG.authoritative) |
      (query.isCheckingDisabled ? FLAG.checkingDisabled : 0) |
      code,
    2,
  );
  header.writeUInt16BE(1, 4);
  header.writeUInt16BE(addresses.length, 6);
  const edns = query.edns === undefined ? [] : [answerEdns(query.edns)];
  header.writeUInt16BE(edns.length, 10);
  const records = addresses.map((address) => addressRecord(address, ttlSeconds));
  return Buffer.concat([header, query.question, ...records, ...edns]);
}

/**
 * An answer that was given to somebody else, as the answer to this query: with its id, RD, question and EDNS.
 * @param kept an answer to the same name, type and class
 * @returns undefined where it cannot be changed: something stands behind its EDNS, or it repeats no question
 */
export function replyAgain(query: DnsQuery, kept: Uint8Array): Uint8Array | undefined {
  const edns = readEdns(kept);
  if (edns !== undefined && edns.end !== kept.length) return undefined;
  const body = Buffer.from(kept.subarray(0, edns?.at));
  if (body.readUInt16BE(4) !== 1 || body.length < 12 + query.question.length) return undefined;
  body.writeUInt16BE(query.id, 0);
  const flags = body.readUInt16BE(2) & ~(FLAG.recursionDesired | FLAG.checkingDisabled);
  body.writeUInt16BE(
    flags |
      (query.isRecursionDesired ? FLAG.recursionDesired : 0) |
      (query.isCheckingDisabled ? FLAG.checkingDisabled : 0),
    2,
  );
  body.set(query.question, 12);
  const others = body.readUInt16BE(10) - (edns === undefined ? 0 : 1);
  body.writeUInt16BE(others + (query.edns === undefined ? 0 : 1), 10);
  return query.edns === undefined ? body : Buffer.concat([body, answerEdns(query.edns)]);
}

/** What is too long for the client's datagrams becomes an answer that says so: by TCP it is whole. */
export function fitted(query: DnsQuery, answer: Uint8Array): Uint8Array {
  const most = Math.max(query.edns?.udpOctets ?? 0, LEAST_UDP_OCTETS);
  if (query.transport === 'tcp' || answer.length <= most) return answer;
  return reply(query, { isTruncated: true, code: (answer[3] ?? 0) & 15 });
}

const LEAST_UDP_OCTETS = 512;
const FLAG = {
  answer: 0x8000,
  authoritative: 0x0400,
  truncated: 0x0200,
  recursionDesired: 0x0100,
  recursionAvailable: 0x0080,
  checkingDisabled: 0x0010,
} as const;
/** The question's name stands right behind the header. */
const NAME_OF_QUESTION = 0xc00c;

function addressRecord(address: string, ttlSeconds: number): Uint8Array {
  const data = encodeData({ kind: 'address', address });
  const head = Buffer.alloc(12);
  head.writeUInt16BE(NAME_OF_QUESTION, 0);
  head.writeUInt16BE(data.length === 4 ? TYPE.A : TYPE.AAAA, 2);
  head.writeUInt16BE(1, 4);
  head.writeUInt32BE(ttlSeconds, 6);
  head.writeUInt16BE(data.length, 10);
  return Buffer.concat([head, data]);
}
