import { getServers } from 'node:dns';
import { setMaxListeners } from 'node:events';
import { isIP } from 'node:net';
import type { AnswerRecord, DnsAnswer } from '../../../dns/answer.ts';
import { decodeName, dnsName, type DnsName } from '../../../dns/name.ts';
import { presentData } from '../../../dns/presentation.ts';
import { TYPE } from '../../../dns/record.ts';
import { KeelsonError } from '../../../errors.ts';
import { askTcp } from './ask-tcp.ts';
import { boundsOf, type Bounds } from '../bounds.ts';
import type { Lookup, RecordType } from '../crawl.ts';
import { Gate } from './gate.ts';
import { UdpPort, type Exchange, type ResolverPlace } from './udp-port.ts';

export type { ResolverPlace };

/** Sockets to one resolver that take turns, and questions after which one is replaced by another with a port of its own. */
const PORTS = 4;
const MOST_OVER_ONE_PORT = 2_000;

type Failure = Exclude<Lookup['outcome'], 'answered' | 'empty' | 'no-such-name' | 'loop'>;
type Answered = { readonly kind: 'answer'; readonly answer: DnsAnswer };
type Settled = Answered | { readonly kind: 'failure'; readonly outcome: Failure };

/**
 * A stub resolver: it asks recursive resolvers, and believes of their answers what is an answer to the question that it asked. An answer
 * is cut to what `Bounds` lets through; nothing is kept between questions.
 */
export class Resolver {
  private readonly places: readonly ResolverPlace[];
  private readonly bounds: Bounds;
  private readonly gate: Gate;
  private readonly ports: UdpPort[][];
  private turn = 0;
  private readonly closing = new AbortController();

  /** @throws KeelsonError `no-resolver` where there is none */
  constructor(resolver: readonly ResolverPlace[] | 'system', bounds: Partial<Bounds> = {}) {
    this.places = resolver === 'system' ? getServers().flatMap(placeOf) : resolver;
    if (this.places.length === 0)
      throw new KeelsonError('no-resolver', 'Expected a DNS resolver, found none.', {
        hint: 'Name one: --resolver 192.0.2.53',
      });
    this.bounds = boundsOf(bounds);
    this.gate = new Gate(this.bounds.questionsAtOnce);
    this.ports = this.places.map(() => []);
    // Each question over TCP listens.
    setMaxListeners(0, this.closing.signal);
  }

  /** Asks for the records of one type, along CNAMEs. Whatever comes back is an outcome. @throws nothing */
  async lookUp(name: string, type: RecordType): Promise<Lookup> {
    let asked: DnsName;
    try {
      asked = dnsName(name);
    } catch {
      return { name, type, outcome: 'malformed', chain: [], records: [] };
    }
    let current = asked;
    const chain: DnsName[] = [];
    const seen = new Set([current]);
    let ttlSeconds = Number.POSITIVE_INFINITY;
    let isAuthenticated = true;
    const end = (outcome: Lookup['outcome'], records: readonly string[] = []): Lookup => ({
      name: asked,
      type,
      outcome,
      chain,
      records,
      ...(Number.isFinite(ttlSeconds) ? { ttlSeconds } : {}),
      ...(isAuthenticated && (outcome === 'answered' || outcome === 'empty' || outcome === 'no-such-name')
        ? { isAuthenticated: true }
        : {}),
    });
    for (;;) {
      const settled = await this.ask(current, TYPE[type]);
      if (settled.kind === 'failure') return end(settled.outcome);
      const { answer } = settled;
      isAuthenticated &&= answer.isAuthenticated;
      const before = chain.length;
      try {
        for (;;) {
          const found = answer.records.filter((record) => record.name === current && record.class === 1);
          const wanted = found.filter((record) => record.type === TYPE[type]);
          if (wanted.length > 0) {
            ttlSeconds = Math.min(ttlSeconds, ...wanted.slice(0, this.bounds.records).map(ttlOf));
            return end('answered', this.present(answer, wanted));
          }
          const alias = found.find((record) => record.type === TYPE.CNAME);
          if (alias === undefined) break;
          current = decodeName(answer.octets, alias.start).name;
          ttlSeconds = Math.min(ttlSeconds, alias.ttlSeconds);
          chain.push(current);
          if (seen.has(current) || chain.length > this.bounds.chain) return end('loop');
          seen.add(current);
        }
      } catch {
        return end('malformed');
      }
      if (answer.code === 3) return end('no-such-name');
      // The chain goes on where the resolver has not said: it is asked.
      if (answer.isWhole || chain.length === before) return end('empty');
    }
  }

  /** Questions that are on their way, and later ones, time out at once. */
  close(): void {
    this.closing.abort();
    for (const port of this.ports.flat()) port.close();
  }

  private present(answer: DnsAnswer, wanted: readonly AnswerRecord[]): string[] {
    const most = this.bounds.recordLength;
    // Servers turn the order of what they have with each answer.
    return wanted
      .map(({ start, end, type }) => presentData(answer.octets, start, end, type))
      .sort()
      .slice(0, this.bounds.records)
      .map((text) => (text.length > most ? `${text.slice(0, most - 1)}…` : text));
  }

  /** From one resolver after the other, until one says something. */
  private async ask(name: DnsName, type: number): Promise<Settled> {
    if (!this.gate.tryEnter()) await this.gate.enter();
    try {
      const first = this.turn++;
      let worst: Failure = 'timed-out';
      for (let i = 0; i < this.bounds.tries && !this.closing.signal.aborted; i++) {
        const exchange = await this.exchange((first + i) % this.places.length, { name, type }, i);
        const settled = judge(exchange);
        if (settled.kind === 'answer') return settled;
        // What a resolver said counts more than that another one said nothing.
        if (worst === 'timed-out' || settled.outcome === 'refused') worst = settled.outcome;
      }
      return { kind: 'failure', outcome: worst };
    } finally {
      this.gate.leave();
    }
  }

  private async exchange(
    index: number,
    question: { readonly name: DnsName; readonly type: number },
    round: number,
  ): Promise<Exchange> {
    const timeoutMs = this.bounds.answerMs * (round === 0 ? 1 : 2);
    const place = this.places[index];
    if (place === undefined) return { kind: 'unreachable' };
    let exchange = await this.portTo(index, place).ask(question, { timeoutMs, hasEdns: true });
    // A server from before EDNS (RFC 6891, section 7).
    if (exchange.kind === 'answer' && exchange.answer.code === FORMAT_ERROR && !exchange.answer.hasEdns)
      exchange = await this.portTo(index, place).ask(question, { timeoutMs, hasEdns: false });
    if (exchange.kind === 'answer' && exchange.answer.isTruncated)
      return askTcp(place, question, 2 * timeoutMs, this.closing.signal);
    return exchange;
  }

  private portTo(index: number, place: ResolverPlace): UdpPort {
    const ports = this.ports[index] ?? [];
    const slot = this.turn % PORTS;
    const port = ports[slot];
    if (port !== undefined && port.asked < MOST_OVER_ONE_PORT && !port.isBroken) return port;
    port?.retire();
    const next = new UdpPort(place);
    ports[slot] = next;
    return next;
  }
}

const FORMAT_ERROR = 1;
const REFUSED = 5;

function judge(exchange: Exchange): Settled {
  if (exchange.kind === 'malformed') return { kind: 'failure', outcome: 'malformed' };
  if (exchange.kind === 'timed-out') return { kind: 'failure', outcome: 'timed-out' };
  if (exchange.kind === 'unreachable') return { kind: 'failure', outcome: 'failed' };
  const { code, isResponsible, records } = exchange.answer;
  // Nothing from one that neither knows nor asks is a referral, not an answer.
  if (code === 0 && records.length === 0 && !isResponsible) return { kind: 'failure', outcome: 'failed' };
  if (code === 0 || code === 3) return exchange;
  return { kind: 'failure', outcome: code === REFUSED ? 'refused' : 'failed' };
}

const ttlOf = ({ ttlSeconds }: AnswerRecord): number => ttlSeconds;

/** As Node writes servers: `192.0.2.53`, `192.0.2.53:5353`, `2001:db8::53`, `[2001:db8::53]:5353`. */
function placeOf(server: string): ResolverPlace[] {
  if (isIP(server) !== 0) return [{ host: server, port: 53 }];
  const [, v6, v4, port] = /^(?:\[(.+)\]|([\d.]+)):(\d+)$/.exec(server) ?? [];
  const host = v6 ?? v4;
  return host === undefined || isIP(host) === 0 ? [] : [{ host, port: Number(port) }];
}
