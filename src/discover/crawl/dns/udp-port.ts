import { randomInt } from 'node:crypto';
import { createSocket, type Socket } from 'node:dgram';
import { isIPv6 } from 'node:net';
import { encodeQuery, readAnswer, type DnsAnswer } from '../../../dns/answer.ts';
import type { DnsQuestion } from '../../../dns/record.ts';

/** Where a resolver is asked. */
export interface ResolverPlace {
  /** An address. */
  readonly host: string;
  readonly port: number;
}

/** What became of one question to one resolver. */
export type Exchange =
  | { readonly kind: 'answer'; readonly answer: DnsAnswer }
  /** Something came that was for this question, and could not be read. */
  | { readonly kind: 'malformed' }
  | { readonly kind: 'timed-out' }
  /** Nothing listens there. */
  | { readonly kind: 'unreachable' };

interface Waiting {
  readonly question: Question;
  readonly settle: (exchange: Exchange) => void;
  sawMalformed: boolean;
}
type Question = Pick<DnsQuestion, 'name' | 'type'>;

/**
 * One socket, over which many questions go to one resolver. It is connected, so that the system drops what comes from another address or
 * port; what is left is an answer only where it has the id and the question of one that waits. Everything else is ignored.
 */
export class UdpPort {
  /** Questions that have gone out over it. */
  asked = 0;
  private readonly socket: Socket;
  private readonly waiting = new Map<number, Waiting>();
  private readonly ready: Promise<boolean>;
  private isRetired = false;
  private isUseless = false;
  private isOpen = false;
  private isClosed = false;

  constructor({ host, port }: ResolverPlace) {
    const socket = createSocket(isIPv6(host) ? 'udp6' : 'udp4');
    this.socket = socket;
    socket.on('message', (octets) => this.hear(octets));
    this.ready = new Promise((resolve) => {
      socket.once('connect', () => {
        this.isOpen = true;
        resolve(true);
      });
      socket.on('error', () => {
        resolve(false);
        void this.ready.then((isReady) => {
          this.isUseless = !isReady;
        });
        // ICMP says that nothing listens: of no one question, so of all.
        this.settleAll({ kind: 'unreachable' });
      });
    });
    // The system draws the port.
    socket.bind(0, () => {
      socket.unref();
      socket.connect(port, host);
    });
  }

  /** It could not be opened, and never will be. */
  get isBroken(): boolean {
    return this.isUseless;
  }

  async ask(question: Question, { timeoutMs, hasEdns }: { timeoutMs: number; hasEdns: boolean }) {
    if (this.isClosed) return { kind: 'timed-out' } as const;
    this.asked++;
    const id = this.drawId();
    return new Promise<Exchange>((resolve) => {
      const timer = setTimeout(
        () => settle({ kind: waiting.sawMalformed ? 'malformed' : 'timed-out' }),
        timeoutMs,
      );
      const settle = (exchange: Exchange): void => {
        if (!this.waiting.delete(id)) return;
        clearTimeout(timer);
        resolve(exchange);
        if (this.isRetired && this.waiting.size === 0) this.closeSocket();
      };
      const waiting: Waiting = { question, settle, sawMalformed: false };
      this.waiting.set(id, waiting);
      const octets = encodeQuery(id, question, hasEdns);
      const send = (): void => {
        this.socket.send(octets, (error) => {
          if (error) settle({ kind: 'unreachable' });
        });
      };
      if (this.isOpen) send();
      else
        void this.ready.then((isReady) => {
          if (!isReady) settle({ kind: 'unreachable' });
          else if (this.waiting.has(id)) send();
        });
    });
  }

  /** Closes once its last question is settled. */
  retire(): void {
    if (this.isRetired) return;
    this.isRetired = true;
    if (this.waiting.size === 0) this.closeSocket();
  }

  /** Whoever still waits is told that it timed out. */
  close(): void {
    this.retire();
    this.settleAll({ kind: 'timed-out' });
  }

  private closeSocket(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    // Not while it is being opened.
    void this.ready.then(() => this.socket.close());
  }

  private settleAll(exchange: Exchange): void {
    for (const { settle } of [...this.waiting.values()]) settle(exchange);
  }

  private hear(octets: Buffer): void {
    const waiting = octets.length < 2 ? undefined : this.waiting.get(octets.readUInt16BE(0));
    if (waiting === undefined) return;
    let answer: DnsAnswer;
    try {
      answer = readAnswer(octets);
    } catch {
      // It may be a stray: the right one may still come.
      waiting.sawMalformed = true;
      return;
    }
    if (answersQuestion(answer, waiting.question)) waiting.settle({ kind: 'answer', answer });
  }

  /** One that no other question over this socket has. */
  private drawId(): number {
    for (;;) {
      const id = randomInt(0x10000);
      if (!this.waiting.has(id)) return id;
    }
  }
}

/** Whether an answer repeats the question. A server that cannot read a question may leave it out where it refuses (RFC 1035, 4.1.1). */
export function answersQuestion({ question, code, records }: DnsAnswer, asked: Question): boolean {
  if (question === undefined) return records.length === 0 && code !== 0 && code !== 3;
  return question.name === asked.name && question.type === asked.type && question.class === 1;
}
