import { createSocket } from 'node:dgram';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { decodeMessage, encodeMessage, type DecodedMessage, type DnsMessage } from '../../src/dns/message.ts';
import { encodeName } from '../../src/dns/name.ts';
import { TYPE, type DnsRecord } from '../../src/dns/record.ts';

/** A resolver of a test: says what it is told to. */
export interface DnsAnswers {
  readonly host: string;
  readonly port: number;
  /** Questions so far, `name TYPE`. */
  readonly asked: string[];
  close(): Promise<void>;
}

/** What is said to one question over one transport: octets, or several datagrams, or nothing. */
export type Answerer = (
  query: DecodedMessage,
  transport: 'udp' | 'tcp',
  /** Of who asks. */
  port: number,
) => Uint8Array | readonly Uint8Array[] | undefined;

/** Answers over UDP and TCP on one port of loopback. */
export async function startDnsAnswers(answerer: Answerer): Promise<DnsAnswers> {
  const asked: string[] = [];
  const answer = (octets: Buffer, transport: 'udp' | 'tcp', from: number): readonly Uint8Array[] => {
    const query = decodeMessage(octets);
    const [question] = query.questions;
    const type = Object.entries(TYPE).find(([, number]) => number === question?.type)?.[0];
    asked.push(`${question?.name} ${type}`);
    const said = answerer(query, transport, from);
    return said === undefined ? [] : said instanceof Uint8Array ? [said] : said;
  };
  const tcp = createServer((socket) => {
    socket.on('error', () => {});
    socket.once('data', (chunk) => {
      for (const said of answer(chunk.subarray(2), 'tcp', socket.remotePort ?? 0)) {
        const length = Buffer.alloc(2);
        length.writeUInt16BE(said.length);
        socket.write(Buffer.concat([length, said]));
      }
    });
  });
  await new Promise<void>((resolve) => tcp.listen(0, '127.0.0.1', resolve));
  const { port } = tcp.address() as AddressInfo; // it listens on TCP
  const udp = createSocket('udp4', (octets, from) => {
    for (const said of answer(octets, 'udp', from.port)) udp.send(said, from.port, from.address);
  });
  await new Promise<void>((resolve) => udp.bind(port, '127.0.0.1', resolve));
  return {
    host: '127.0.0.1',
    port,
    asked,
    close: async () => {
      await new Promise<void>((resolve) => udp.close(() => resolve()));
      await new Promise<void>((resolve) => tcp.close(() => resolve()));
    },
  };
}

/** Records as zone files have them, `app 60 A 192.0.2.1` with whole names; CNAMEs are followed as a resolver does. */
export function answersOf(lines: readonly string[]): Answerer {
  const records = lines.map(recordOf);
  return (query) => {
    const [question] = query.questions;
    if (question === undefined) return undefined;
    const answers: DnsRecord[] = [];
    let name = question.name;
    for (let i = 0; i < 30; i++) {
      const here = records.filter((record) => record.name === name);
      const wanted = here.filter((record) => record.type === question.type);
      const alias = here.find((record) => record.type === TYPE.CNAME);
      answers.push(...(wanted.length > 0 || alias === undefined ? wanted : [alias]));
      if (wanted.length > 0 || alias?.data.kind !== 'name') break;
      name = alias.data.name;
    }
    const exists = records.some((record) => record.name === name || record.name.endsWith(`.${name}`));
    return reply(query, { answers, code: exists ? 0 : 3, authorities: exists ? [SOA] : [] });
  };
}

/** An answer to a query. */
export function reply(query: DnsMessage, parts: Partial<DnsMessage> = {}): Uint8Array {
  const { isAuthenticated: _, ...asked } = query;
  return encodeMessage({ ...asked, isAnswer: true, isAuthoritative: true, additionals: [], ...parts });
}

const SOA: DnsRecord = {
  name: 'example',
  type: TYPE.SOA,
  class: 1,
  ttlSeconds: 60,
  data: {
    kind: 'soa',
    primary: 'ns.example',
    mailbox: 'ops.example',
    serial: 1,
    refreshSeconds: 1,
    retrySeconds: 1,
    expireSeconds: 1,
    minimumSeconds: 1,
  },
};

function recordOf(line: string): DnsRecord {
  const [name = '', ttl = '', word = '', ...rest] = line.split(' ');
  const [first = '', second = ''] = rest;
  // Types are written by name.
  const type = TYPE[word as keyof typeof TYPE];
  const record = { name, ttlSeconds: Number(ttl), class: 1, type };
  switch (word) {
    case 'A':
    case 'AAAA':
      return { ...record, data: { kind: 'address', address: first } };
    case 'CNAME':
      return { ...record, data: { kind: 'name', name: first } };
    case 'NS':
      return { ...record, data: { kind: 'bytes', bytes: encodeName(first) } };
    case 'MX':
      return {
        ...record,
        data: { kind: 'bytes', bytes: Buffer.concat([Buffer.from([0, Number(first)]), encodeName(second)]) },
      };
    case 'TXT': {
      const text = Buffer.from(rest.join(' '));
      return { ...record, data: { kind: 'bytes', bytes: Buffer.concat([Buffer.from([text.length]), text]) } };
    }
    default:
      throw new Error(`No ${word} in a test's zone.`);
  }
}
