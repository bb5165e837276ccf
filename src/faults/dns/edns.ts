import { decodeName } from '../../dns/name.ts';

/** What a message says by its OPT record (RFC 6891). */
export interface Edns {
  /** Where the record begins and ends in the message. */
  readonly at: number;
  readonly end: number;
  /** The longest answer that is taken by UDP. @unit octets */
  readonly udpOctets: number;
  readonly isDnssecWanted: boolean;
  /** The COOKIE option (RFC 7873): 8 octets of the client, then those that a server once gave it. */
  readonly cookie: Uint8Array | undefined;
}

/**
 * @param message that has been decoded once, so that its records are known to end within it
 * @returns undefined where there is no OPT record
 */
export function readEdns(message: Uint8Array): Edns | undefined {
  const bytes = Buffer.from(message.buffer, message.byteOffset, message.byteLength);
  let at = HEADER;
  for (let left = bytes.readUInt16BE(4); left > 0; left--) at = decodeName(bytes, at).end + 4;
  const records = bytes.readUInt16BE(6) + bytes.readUInt16BE(8) + bytes.readUInt16BE(10);
  for (let left = records; left > 0; left--) {
    const { end: fields } = decodeName(bytes, at);
    const end = fields + 10 + bytes.readUInt16BE(fields + 8);
    if (bytes.readUInt16BE(fields) === OPT)
      return {
        at,
        end,
        udpOctets: bytes.readUInt16BE(fields + 2),
        isDnssecWanted: (bytes.readUInt16BE(fields + 6) & DNSSEC_WANTED) !== 0,
        cookie: readCookie(bytes.subarray(fields + 10, end)),
      };
    at = end;
  }
  return undefined;
}

/**
 * The OPT record of an answer. A cookie that a server has given is repeated: a client that has had one believes no answer without.
 * @param asked what the query said
 */
export function answerEdns({ isDnssecWanted, cookie }: Edns): Uint8Array {
  const option = cookie !== undefined && cookie.length >= WHOLE_COOKIE ? cookie : undefined;
  const record = Buffer.alloc(11 + (option === undefined ? 0 : 4 + option.length));
  record.writeUInt16BE(OPT, 1);
  record.writeUInt16BE(UDP_OCTETS, 3);
  record.writeUInt16BE(isDnssecWanted ? DNSSEC_WANTED : 0, 7);
  record.writeUInt16BE(record.length - 11, 9);
  if (option !== undefined) {
    record.writeUInt16BE(COOKIE, 11);
    record.writeUInt16BE(option.length, 13);
    record.set(option, 15);
  }
  return record;
}

const HEADER = 12;
const OPT = 41;
const COOKIE = 10;
const DNSSEC_WANTED = 0x8000;
/** 8 octets of the client, and at least as many of the server. */
const WHOLE_COOKIE = 16;
const LONGEST_COOKIE = 40;
/** What fits into one packet nearly everywhere (DNS flag day 2020). */
const UDP_OCTETS = 1232;

function readCookie(options: Buffer): Uint8Array | undefined {
  for (let at = 0; at + 4 <= options.length; ) {
    const end = at + 4 + options.readUInt16BE(at + 2);
    if (end > options.length) return undefined;
    if (options.readUInt16BE(at) === COOKIE)
      return end - at - 4 <= LONGEST_COOKIE ? options.subarray(at + 4, end) : undefined;
    at = end;
  }
  return undefined;
}
