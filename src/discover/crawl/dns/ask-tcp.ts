import { randomInt } from 'node:crypto';
import { connect } from 'node:net';
import { encodeQuery, readAnswer } from '../../../dns/answer.ts';
import type { DnsQuestion } from '../../../dns/record.ts';
import { answersQuestion, type Exchange, type ResolverPlace } from './udp-port.ts';

/** Asks over a connection of its own (RFC 7766), as one does where an answer did not fit into a datagram. */
export function askTcp(
  { host, port }: ResolverPlace,
  question: Pick<DnsQuestion, 'name' | 'type'>,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<Exchange> {
  if (signal.aborted) return Promise.resolve({ kind: 'timed-out' });
  return new Promise((resolve) => {
    const id = randomInt(0x10000);
    const socket = connect({ host, port });
    const timer = setTimeout(() => settle({ kind: 'timed-out' }), timeoutMs);
    const settle = (exchange: Exchange): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
      socket.destroy();
      resolve(exchange);
    };
    const onAbort = (): void => settle({ kind: 'timed-out' });
    signal.addEventListener('abort', onAbort);
    let received = Buffer.alloc(0);
    socket.once('error', () => settle({ kind: 'unreachable' }));
    socket.once('close', () => settle({ kind: 'malformed' }));
    socket.once('connect', () => socket.write(framed(encodeQuery(id, question))));
    socket.on('data', (chunk: Buffer) => {
      // At most one message of 65,535 octets: what follows it is never read.
      received = Buffer.concat([received, chunk]);
      const length = received.length < 2 ? Number.POSITIVE_INFINITY : received.readUInt16BE(0);
      if (received.length >= 2 + length) settle(judge(received.subarray(2, 2 + length), id, question));
    });
  });
}

function judge(octets: Buffer, id: number, question: Pick<DnsQuestion, 'name' | 'type'>): Exchange {
  try {
    const answer = readAnswer(octets);
    const isOurs = answer.id === id && answersQuestion(answer, question) && !answer.isTruncated;
    return isOurs ? { kind: 'answer', answer } : { kind: 'malformed' };
  } catch {
    return { kind: 'malformed' };
  }
}

function framed(octets: Uint8Array): Buffer {
  const length = Buffer.alloc(2);
  length.writeUInt16BE(octets.length);
  return Buffer.concat([length, octets]);
}
