import { createSocket } from 'node:dgram';
import { connect } from 'node:net';
import { KeelsonError } from '../../errors.ts';
import { decodeMessage, type DecodedMessage, type DnsMessage, OPCODE } from '../../dns/message.ts';
import { malformed } from '../../dns/name.ts';
import {
  signMessage,
  verifyMessage,
  type SignedMessage,
  type TsigKey,
  type TsigVerdict,
} from '../../dns/tsig.ts';

export interface DnsServer {
  readonly host: string;
  /** @default 53 */
  readonly port?: number;
  /** Signs what is asked, and must have signed what is answered. */
  readonly key: TsigKey;
}

export interface ExchangeOptions {
  readonly server: DnsServer;
  /** The time since 1970: signatures carry it. @unit seconds */
  readonly nowSeconds: () => number;
  /** How long UDP is given before the same is asked by TCP. @unit ms @default 1_000 */
  readonly udpTimeoutMs?: number;
}

/**
 * Asks by UDP, and by TCP where that gives no answer that is whole and signed.
 * @throws KeelsonError as `askByTcp`
 */
export async function askByUdp(
  message: DnsMessage,
  options: ExchangeOptions,
  signal: AbortSignal,
): Promise<DecodedMessage> {
  const signed = signMessage(message, options.server.key, options.nowSeconds());
  const answer = await sendByUdp(message, signed, options, signal);
  return answer === undefined || answer.isTruncated ? askByTcp(message, options, signal) : answer;
}

/**
 * Asks by TCP, on a connection of its own.
 * @throws KeelsonError `wheel-unreachable`: the question was not sent; `wheel-silent`: it was, and no answer came; `wheel-untrusted`:
 * the answer is not signed by the key; `wheel-refused`: the server does not believe the question; `dns-malformed`
 */
export async function askByTcp(
  message: DnsMessage,
  { server, nowSeconds }: ExchangeOptions,
  signal: AbortSignal,
): Promise<DecodedMessage> {
  const signed = signMessage(message, server.key, nowSeconds());
  const bytes = await sendByTcp(signed.bytes, server, signal);
  const answer = decodeMessage(bytes);
  if (!isAnswerTo(answer, message)) throw malformed('an answer to what was asked');
  const verdict = verifyMessage(bytes, answer, server.key, signed.mac, nowSeconds());
  if (verdict.kind === 'good') return answer;
  if (verdict.kind === 'error') throw notBelieved(verdict, server, nowSeconds());
  throw untrusted(verdict.why, answer, server);
}

/** `127.0.0.1:53`, for people. */
export function serverText({ host, port = DNS_PORT }: DnsServer): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

/** What a code of an answer is called. */
export function codeText(code: number): string {
  return CODES[code] ?? `the code ${code}`;
}

const DNS_PORT = 53;
const CODES = [
  'NOERROR',
  'FORMERR',
  'SERVFAIL',
  'NXDOMAIN',
  'NOTIMP',
  'REFUSED',
  'YXDOMAIN',
  'YXRRSET',
  'NXRRSET',
  'NOTAUTH',
  'NOTZONE',
];

/** UPDATE's answer need not repeat the zone (RFC 2136, section 3.8). */
function isAnswerTo(answer: DnsMessage, asked: DnsMessage): boolean {
  if (!answer.isAnswer || answer.id !== asked.id || answer.opcode !== asked.opcode) return false;
  const [found, ...more] = answer.questions;
  if (found === undefined) return asked.opcode === OPCODE.UPDATE || answer.code !== 0;
  const [question] = asked.questions;
  return (
    more.length === 0 &&
    found.name === question?.name &&
    found.type === question.type &&
    found.class === question.class
  );
}

/** The answer; undefined when TCP shall ask: nothing came in time, or what came cannot be believed. */
function sendByUdp(
  asked: DnsMessage,
  { bytes, mac }: SignedMessage,
  { server, nowSeconds, udpTimeoutMs = 1_000 }: ExchangeOptions,
  signal: AbortSignal,
): Promise<DecodedMessage | undefined> {
  return new Promise((resolve) => {
    const socket = createSocket(server.host.includes(':') ? 'udp6' : 'udp4');
    const finish = (answer?: DecodedMessage): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', giveUp);
      socket.removeAllListeners().on('error', () => {});
      socket.close();
      resolve(answer);
    };
    const giveUp = (): void => finish();
    const timer = setTimeout(giveUp, udpTimeoutMs);
    socket.on('error', giveUp);
    socket.on('message', (octets) => {
      const answer = readAnswer(octets, asked);
      // Not an answer to this: somebody guesses, or a late one. The true one may still come.
      if (answer === undefined) return;
      const verdict = verifyMessage(octets, answer, server.key, mac, nowSeconds());
      finish(verdict.kind === 'good' ? answer : undefined);
    });
    // Connected, so that it hears nobody else, and hears that the port is closed.
    socket.on('connect', () => socket.send(bytes));
    signal.addEventListener('abort', giveUp);
    if (signal.aborted) giveUp();
    else socket.connect(server.port ?? DNS_PORT, server.host);
  });
}

function readAnswer(octets: Uint8Array, asked: DnsMessage): DecodedMessage | undefined {
  try {
    const answer = decodeMessage(octets);
    return isAnswerTo(answer, asked) ? answer : undefined;
  } catch (error) {
    if (error instanceof KeelsonError) return undefined;
    throw error;
  }
}

function sendByTcp(bytes: Uint8Array, server: DnsServer, signal: AbortSignal): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    let isSent = false;
    let received = Buffer.alloc(0);
    const finish = (error: KeelsonError | undefined, answer?: Uint8Array): void => {
      signal.removeEventListener('abort', giveUp);
      socket.destroy();
      if (answer !== undefined) resolve(answer);
      else reject(error);
    };
    const giveUp = (): void => finish(unanswered('did not answer in time', isSent, server));
    const socket = connect({ host: server.host, port: server.port ?? DNS_PORT, noDelay: true });
    socket.on('connect', () => {
      isSent = true;
      const length = Buffer.alloc(2);
      length.writeUInt16BE(bytes.length);
      socket.write(Buffer.concat([length, bytes]));
    });
    socket.on('data', (chunk) => {
      received = Buffer.concat([received, chunk]);
      const length = received.length < 2 ? undefined : received.readUInt16BE(0);
      if (length !== undefined && received.length >= 2 + length)
        finish(undefined, received.subarray(2, 2 + length));
    });
    socket.on('error', (error) => finish(unanswered(failureText(error), isSent, server, error)));
    socket.on('close', () => finish(unanswered('closed the connection without an answer', isSent, server)));
    signal.addEventListener('abort', giveUp);
    if (signal.aborted) giveUp();
  });
}

function failureText(error: NodeJS.ErrnoException): string {
  if (error.code === 'ECONNREFUSED') return 'refuses connections';
  if (error.code === 'ECONNRESET') return 'broke the connection';
  return `cannot be reached: the system says ${error.code ?? error.name}`;
}

function unanswered(what: string, isSent: boolean, server: DnsServer, cause?: unknown): KeelsonError {
  const message = `The name server ${serverText(server)} ${what}.`;
  const hint = 'Check that it runs, and that nothing between here and there stops DNS over TCP.';
  return isSent
    ? new KeelsonError('wheel-silent', message, { hint, cause })
    : new KeelsonError('wheel-unreachable', message, { hint, cause });
}

function notBelieved(
  { error, serverSeconds }: TsigVerdict & { readonly kind: 'error' },
  server: DnsServer,
  nowSeconds: number,
): KeelsonError {
  const key = server.key.name;
  const apart =
    serverSeconds === undefined ? '' : `: the clocks are ${Math.abs(serverSeconds - nowSeconds)} s apart`;
  const hint = {
    BADKEY: `Give the server the key ${key} and let it update this zone, or name the key that may.`,
    BADSIG: `Check that the secret and the algorithm of ${key} are the server's.`,
    BADTIME: 'Set the clocks of both machines by NTP.',
    BADTRUNC: `Check the algorithm of ${key}.`,
  }[error];
  const message = `The name server ${serverText(server)} does not accept the key ${key}: ${error}${apart}.`;
  return new KeelsonError('wheel-refused', message, { hint });
}

function untrusted(why: string, answer: DnsMessage, server: DnsServer): KeelsonError {
  const said = answer.code === 0 ? '' : `, and says ${codeText(answer.code)}`;
  // PowerDNS answers a wrong key so, unsigned.
  const hint = `Check that the key ${server.key.name}, its algorithm and its secret are the server's, and that nothing changes answers on the way.`;
  return new KeelsonError('wheel-untrusted', `The answer of ${serverText(server)} ${why}${said}.`, { hint });
}
