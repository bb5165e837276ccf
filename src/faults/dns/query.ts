import { decodeMessage } from '../../dns/message.ts';
import { decodeName, encodeName, type DnsName } from '../../dns/name.ts';
import { KeelsonError } from '../../errors.ts';
import { readEdns, type Edns } from './edns.ts';

export type DnsTransport = 'udp' | 'tcp';

/** One question, as it came from a client. */
export interface DnsQuery {
  readonly transport: DnsTransport;
  /** All of it. */
  readonly bytes: Uint8Array;
  readonly id: number;
  /** QUERY, or another such as UPDATE, whose zone stands where the question does. */
  readonly opcode: number;
  readonly isRecursionDesired: boolean;
  readonly isCheckingDisabled: boolean;
  readonly name: DnsName;
  readonly type: number;
  readonly class: number;
  /** Name, type and class as octets: some clients mix upper and lower case in a name and look for it in the answer. */
  readonly question: Uint8Array;
  readonly edns: Edns | undefined;
}

/** @returns undefined for what is malformed, is an answer or asks other than one question */
export function readQuery(octets: Uint8Array, transport: DnsTransport): DnsQuery | undefined {
  // A copy: what was read may hold other messages, which need not be kept as long as this one.
  const bytes = Buffer.from(octets);
  try {
    const message = decodeMessage(bytes);
    const [question, ...more] = message.questions;
    if (message.isAnswer || question === undefined || more.length > 0) return undefined;
    const { end } = decodeName(bytes, HEADER);
    // A name that is compressed there would point into the header.
    if (end - HEADER !== encodeName(question.name).length) return undefined;
    const flags = bytes.readUInt16BE(2);
    return {
      ...question,
      transport,
      bytes,
      id: message.id,
      opcode: message.opcode,
      isRecursionDesired: (flags & RECURSION_DESIRED) !== 0,
      isCheckingDisabled: (flags & CHECKING_DISABLED) !== 0,
      question: bytes.subarray(HEADER, end + 4),
      edns: readEdns(bytes),
    };
  } catch (error) {
    if (error instanceof KeelsonError) return undefined;
    throw error;
  }
}

/** Whether a message is the answer to a query, and no one else's. */
export function isAnswerTo(query: DnsQuery, message: Uint8Array): boolean {
  try {
    const answer = decodeMessage(message);
    if (!answer.isAnswer || answer.id !== query.id || answer.opcode !== query.opcode) return false;
    const [question, ...more] = answer.questions;
    // A server that refuses what it has not read, or an update, need not repeat the question.
    if (question === undefined) return query.opcode !== 0 || answer.code !== 0;
    return (
      more.length === 0 &&
      question.name === query.name &&
      question.type === query.type &&
      question.class === query.class
    );
  } catch (error) {
    if (error instanceof KeelsonError) return false;
    throw error;
  }
}

const HEADER = 12;
const RECURSION_DESIRED = 0x0100;
const CHECKING_DISABLED = 0x0010;
