import {
  askedBlock,
  implausible,
  methodRule,
  pinned,
  type AskedBlock,
  type Call,
  type Header,
  type MethodRule,
  type Reply,
} from '../chain/index.ts';
import { RetryBudget } from '../policies/index.ts';
import type { Time } from '../time.ts';
import { AnswerCache, type AsOf } from './answer-cache.ts';
import { broadcast, type Sent } from './broadcast.ts';
import { noCounts, type AnswerSource, type PoolCounts } from './counts.ts';
import { Dissent } from './dissent.ts';
import { headerOf, Heads, quantityOf, type Block } from './heads.ts';
import { Filters } from './filters.ts';
import { Mined } from './mined.ts';
import { NodeEvents } from './node-socket.ts';
import type { PoolNode } from './node.ts';
import { isStanding, membersOf, Order, type Preference } from './order.ts';
import { ownAnswer } from './own-answers.ts';
import type { Outgoing } from './outcome.ts';
import { MOST_PROVEN_BLOCKS, type MakeProver, type ReadProver, type ToProve } from './read-prover.ts';
import {
  Reading,
  type Answer,
  type Conclusion,
  type Finding,
  type Question,
  type ReadingParts,
} from './reading.ts';
import { Subscriptions } from './subscriptions.ts';

export interface PoolOptions {
  readonly name: string;
  /** `eth_chainId`. */
  readonly chain: number;
  readonly nodes: readonly PoolNode[];
  readonly preference: Preference;
  readonly verify: 'none' | 'quorum' | 'proof';
  /** Makes what proves reads; wanted where `verify` is `proof`. */
  readonly prover?: MakeProver;
  /** How many must say the same; of what is verified by nothing, 1. */
  readonly votes: number;
  /** Whose headers are believed, where not those on which `votes` agree; they need not be among `nodes`. */
  readonly trusted?: readonly PoolNode[];
  /** What becomes of reads that nothing proves, with `proof`. @default refuse */
  readonly unproved?: 'quorum' | 'trusted' | 'refuse';
  /** @unit ms @default 12_000 */
  readonly blockTimeMs?: number;
  /** Blocks that a node may be behind and still be asked for what it has. @default 3 */
  readonly lag?: number;
  /** Methods that are offered although they are not unless asked for. */
  readonly allow?: ReadonlySet<string>;
  readonly refuse?: ReadonlySet<string>;
  /** The widest range of blocks for logs. @default 10_000 */
  readonly mostLogBlocks?: number;
  /** What kept answers may take. @unit bytes @default 64 MB */
  readonly cacheBytes?: number;
  readonly time: Time;
  /** Gives numbers in [0, 1). */
  readonly draw: () => number;
  /** A new identifier as hex that nobody can guess, for filters. */
  readonly newId: () => string;
  readonly listener?: PoolListener;
  /**
   * Whether nobody has wanted anything of late: then nodes are not asked for their heads either, and blocks that nobody followed are not
   * gone through afterwards. @default never
   */
  readonly isIdle?: () => boolean;
}

/** What a pool tells whoever counts and writes it down. */
export interface PoolListener {
  onAnswered?(call: Call, answer: PoolAnswer): void;
  /** A node said what cannot be, or what the others contradict. */
  onDissent?(node: PoolNode, method: string, why: string): void;
  onMoved?(removed: readonly Block[], added: readonly Block[]): void;
}

export interface CallContext {
  /** The whole request as it came, where it is this one call. */
  readonly body?: string | Uint8Array;
  /** The block that stands for `latest`; undefined: the head. */
  readonly pin?: number;
}

export interface PoolAnswer {
  readonly kind: 'result' | 'error';
  /** Raw text of the result or of the error. */
  readonly text: string;
  /** The whole answer as a node gave it to this very call, where nothing was changed. */
  readonly whole?: string | undefined;
  readonly source: AnswerSource;
  /** As of which block; undefined where it is of none. */
  readonly block: number | undefined;
  /** Who said so. */
  readonly from: readonly string[];
}

/** A call once it is known what it asks for. */
interface Prepared {
  readonly call: Call;
  readonly rule: MethodRule;
  readonly params: readonly unknown[];
  readonly paramsText: string;
  readonly asked: AskedBlock;
  /** The newest block that it is about, where that is known. */
  readonly number: number | undefined;
  /** The oldest, of a range. */
  readonly from: number | undefined;
  /** Whether nodes may differ about it although none lies: what is pending. */
  readonly isPending: boolean;
  readonly isAsItCame: boolean;
  /** A block named by its hash is always the same. */
  readonly isByHash: boolean;
}

/** How long a call waits for the first head. @unit ms */
const FIRST_HEAD_MS = 3_000;
/** How long a call waits for a block that a node has seen already. @unit ms */
const NEXT_HEAD_MS = 1_500;
const BLOCK_TIME_MS = 12_000;
/** Headers of old blocks that are kept. */
const MOST_HEADERS = 4_096;
const CACHE_BYTES = 64_000_000;
const MOST_LOG_BLOCKS = 10_000;
/** Attempts that may be made at once beyond one for each call. */
const BURST = 100;

/** JSON-RPC's own codes, and those of EIP-1474. */
const CODE = { method: -32601, params: -32602, internal: -32603, unavailable: -32002, disagreed: -32010 };

/** Nodes of one chain, asked as one: reads that hold together, from whoever can answer, checked as the plan says. */
export class ChainPool {
  readonly options: PoolOptions;
  readonly heads: Heads;
  readonly cache: AnswerCache;
  readonly subscriptions: Subscriptions;
  readonly events: readonly NodeEvents[];
  readonly counts: PoolCounts = noCounts();
  private readonly order: Order;
  private readonly headOrder: Order;
  private readonly budget = new RetryBudget({ burst: BURST });
  private readonly flights = new Map<string, ((answer: PoolAnswer) => void)[]>();
  private readonly mined: Mined;
  private readonly dissent: Dissent;
  private readonly filters: Filters;
  private readonly prover: ReadProver | undefined;
  /** Headers that can no longer change, by number: asked for once. */
  private readonly headers = new Map<number, Header>();
  private readonly sending = new Map<string, ((sent: Sent) => void)[]>();

  constructor(options: PoolOptions) {
    this.options = options;
    const { nodes, trusted = nodes, votes, time, draw, preference, isIdle } = options;
    if ((options.verify === 'proof') !== (options.prover !== undefined))
      throw new RangeError('Expected a prover with verify proof, and with nothing else.');
    const headVotes = options.trusted === undefined ? votes : 1;
    this.order = new Order(nodes, preference, draw);
    this.headOrder = new Order(
      trusted,
      options.trusted === undefined ? preference : { kind: 'ordered' },
      draw,
    );
    const all = [...new Set([...nodes, ...trusted])];
    this.heads = new Heads({
      nodes: all,
      believed: trusted,
      chain: options.chain,
      votes: headVotes,
      blockTimeMs: options.blockTimeMs ?? BLOCK_TIME_MS,
      lag: options.lag ?? 3,
      time,
      readBlock: (at, done) => this.readBlock(at, headVotes, done),
      listener: {
        onMoved: (removed, added) => {
          this.subscriptions.onMoved(removed, added);
          this.count(removed, added);
          options.listener?.onMoved?.(removed, added);
        },
        onGap: () => this.subscriptions.onGap(),
        onForged: (node, why) => this.dissent.lied(node, 'eth_getBlockByNumber', why),
      },
      ...(isIdle === undefined ? {} : { isIdle, isFollowed: () => this.subscriptions.size > 0 }),
    });
    this.dissent = new Dissent(nodes, votes, this.heads, (node, method, why) =>
      options.listener?.onDissent?.(node, method, why),
    );
    this.cache = new AnswerCache(options.cacheBytes ?? CACHE_BYTES, (number, hash) =>
      this.heads.isCanonical(number, hash),
    );
    this.mined = new Mined((number, hash) => this.heads.isCanonical(number, hash));
    const wanted = [false, false];
    this.subscriptions = new Subscriptions({
      heads: this.heads,
      time,
      call: (call, done) => this.call(call, {}, done),
      onPendingWanted: (isWanted, isFull) => {
        wanted[isFull ? 1 : 0] = isWanted;
        for (const one of this.events) one.want([...wanted]);
      },
    });
    this.prover = options.prover?.({
      header: (at, found) => this.header(at, headVotes, found),
      nullVotes: headVotes,
      countsForNull: (node) => options.trusted?.includes(node) ?? true,
      head: () => this.heads.block?.number ?? -1,
    });
    this.filters = new Filters(this.subscriptions, time, options.newId);
    this.events = all.map(
      (node) =>
        new NodeEvents(node, options.blockTimeMs ?? BLOCK_TIME_MS, time, {
          onHead: (one) => {
            if (isIdle?.() !== true) this.heads.look(one);
          },
          onPending: (value, text) => this.subscriptions.onPending(value, text),
        }),
    );
  }

  start(): void {
    this.heads.start();
    for (const one of this.events) one.start();
  }

  stop(): void {
    this.heads.stop();
    this.subscriptions.stop();
    for (const one of this.events) one.stop();
  }

  /** Whom a read would be asked of now. */
  inUse(): ReadonlySet<PoolNode> {
    return this.order.inUse(this.options.votes);
  }

  /** @param done called once, perhaps before `call` has returned */
  call(call: Call, context: CallContext, done: (answer: PoolAnswer) => void): void {
    const { counts } = this;
    const { listener } = this.options;
    const tell = (answer: PoolAnswer): void => {
      counts.answers[answer.source]++;
      listener?.onAnswered?.(call, answer);
      done(answer);
    };
    const rule = this.ruleOf(call.method);
    if (rule === undefined) {
      tell(refused(CODE.method, `The method ${call.method} does not exist here, or is not offered.`));
      return;
    }
    if (rule.kind === 'broadcast') this.send(call, rule, tell);
    else if (this.heads.block === undefined)
      this.heads.waitFor(0, FIRST_HEAD_MS, (isThere) => {
        if (isThere) this.answer(call, rule, context, tell);
        else tell(failed(CODE.unavailable, `No head of the chain is known to ${this.options.name} yet.`));
      });
    else this.answer(call, rule, context, tell);
  }

  /** Several calls as of one block, asked together. @param done with an answer for each, in their order */
  batch(calls: readonly Call[], context: CallContext, done: (answers: readonly PoolAnswer[]) => void): void {
    const pin = context.pin ?? this.heads.block?.number;
    const answers: PoolAnswer[] = [];
    let left = calls.length;
    const { nodes } = this.options;
    for (const node of nodes) node.hold();
    for (const [i, call] of calls.entries())
      this.call(call, pin === undefined ? {} : { pin }, (answer) => {
        answers[i] = answer;
        left--;
        if (left === 0) done(answers);
      });
    for (const node of nodes) node.release();
    if (calls.length === 0) done(answers);
  }

  /** What is known of a method here; undefined where it is not offered. */
  ruleOf(method: string): MethodRule | undefined {
    const { allow, refuse } = this.options;
    if (refuse?.has(method) === true) return undefined;
    const rule = methodRule(method);
    if (allow?.has(method) === true && rule?.kind !== 'refused') return rule ?? OTHER;
    return rule?.kind === 'refused' || rule?.kind === 'unasked' ? undefined : rule;
  }

  private answer(
    call: Call,
    rule: MethodRule,
    context: CallContext,
    done: (answer: PoolAnswer) => void,
  ): void {
    const head = this.heads.block;
    const stale = this.staleness(call, rule, context);
    if (stale !== undefined) {
      done(stale);
      return;
    }
    if (rule.kind === 'own') {
      const own = head === undefined ? undefined : ownAnswer(call, this.options.chain, head);
      done(
        own === undefined
          ? refused(CODE.params, `The parameters of ${call.method} cannot be read.`)
          : { kind: 'result', text: own, source: 'own', block: undefined, from: [] },
      );
      return;
    }
    if (rule.kind === 'filter') {
      this.filter(call, context, done);
      return;
    }
    if (rule.kind !== 'read' && rule.kind !== 'unasked') {
      done(refused(CODE.method, `The method ${call.method} needs a connection that stays open.`));
      return;
    }
    const prepared = this.prepare(call, rule, context);
    if ('source' in prepared) done(prepared);
    else if (prepared.number !== undefined && head !== undefined && prepared.number > head.number) {
      // Whoever asks has heard of it from somebody.
      this.heads.look();
      this.heads.waitFor(prepared.number, NEXT_HEAD_MS, () => this.read(prepared, context, done));
    } else this.read(prepared, context, done);
  }

  /** Nobody has told of the head for so long that what is called the latest block is not: it is not given out as such. */
  private staleness(
    { method, params }: Call,
    rule: MethodRule,
    { pin }: CallContext,
  ): PoolAnswer | undefined {
    if (this.heads.isFresh || pin !== undefined) return undefined;
    const isOfHead = method === 'eth_blockNumber' || this.isMoving(askedBlock(rule, params));
    if (!isOfHead) return undefined;
    return failed(
      CODE.unavailable,
      `No node of ${this.options.name} tells of the head of the chain any more.`,
    );
  }

  private filter(call: Call, context: CallContext, done: (answer: PoolAnswer) => void): void {
    const answer = this.filters.answer(call);
    if (answer.kind === 'error') done(refused(answer.code, answer.message));
    else if (answer.kind === 'result')
      done({ kind: 'result', text: answer.text, source: 'own', block: undefined, from: [] });
    else {
      const { params } = answer;
      const read: Call = { ...call, method: 'eth_getLogs', params, paramsText: JSON.stringify(params) };
      const rule = this.ruleOf(read.method);
      if (rule === undefined) done(refused(CODE.method, `The method ${read.method} is not offered.`));
      else this.answer(read, rule, context.pin === undefined ? {} : { pin: context.pin }, done);
    }
  }

  // What is asked.

  private prepare(call: Call, rule: MethodRule, context: CallContext): Prepared | PoolAnswer {
    const asked = askedBlock(rule, call.params);
    if (asked.kind === 'unreadable') return refused(CODE.params, asked.why);
    const latest = context.pin ?? this.heads.block?.number ?? 0;
    const number = this.numberOf(asked, latest);
    const from = asked.kind === 'range' ? this.numberOf(asked.from, latest) : undefined;
    if (number !== undefined && from !== undefined) {
      const most = this.options.mostLogBlocks ?? MOST_LOG_BLOCKS;
      if (number - from >= most)
        return refused(
          CODE.params,
          `Expected a range of at most ${most} blocks, found ${number - from + 1}.`,
        );
    }
    const isMoving = this.isMoving(asked);
    const { safe, finalized } = this.heads;
    const params = isMoving
      ? pinned(rule, call.params, latest, {
          ...(safe === undefined ? {} : { safe }),
          ...(finalized === undefined ? {} : { finalized }),
        })
      : call.params;
    return {
      call,
      rule,
      params,
      paramsText: isMoving ? JSON.stringify(params) : call.paramsText,
      asked,
      number,
      from,
      isPending: isPending(asked),
      isAsItCame: !isMoving,
      isByHash: asked.kind === 'hash',
    };
  }

  private numberOf(asked: AskedBlock, latest: number): number | undefined {
    switch (asked.kind) {
      case 'number':
        return asked.number;
      case 'range':
        return this.numberOf(asked.to, latest);
      case 'tag':
        if (asked.tag === 'latest') return latest;
        if (asked.tag === 'earliest') return 0;
        return asked.tag === 'pending' ? undefined : this.heads[asked.tag];
      default:
        return undefined;
    }
  }

  /** Whether what it names is another block from time to time. */
  private isMoving(asked: AskedBlock): boolean {
    if (asked.kind === 'range') return this.isMoving(asked.from) || this.isMoving(asked.to);
    return asked.kind === 'tag' && asked.tag !== 'pending' && asked.tag !== 'earliest';
  }

  // Reading.

  private read(prepared: Prepared, context: CallContext, done: (answer: PoolAnswer) => void): void {
    const key = `${prepared.call.method} ${prepared.paramsText}`;
    const kept = prepared.rule.cache === 'never' ? undefined : this.cache.get(key);
    if (kept !== undefined) {
      done({ kind: 'result', text: kept, source: 'kept', block: prepared.number, from: [] });
      return;
    }
    // What is as of no block is as of the head: who has heard of a new one is not told what was so before it.
    const asOf = prepared.number === undefined ? `${key} ${this.heads.block?.hash}` : key;
    const flight = this.flights.get(asOf);
    if (flight !== undefined) {
      this.counts.joined++;
      flight.push(done);
      return;
    }
    const waiting: ((answer: PoolAnswer) => void)[] = [];
    this.flights.set(asOf, waiting);
    this.budget.deposit();
    this.ask(prepared, context, key, 0, (answer) => {
      this.flights.delete(asOf);
      done(answer);
      for (const one of waiting) one({ ...answer, whole: undefined });
    });
  }

  private ask(
    prepared: Prepared,
    context: CallContext,
    key: string,
    again: number,
    done: (answer: PoolAnswer, isFound?: boolean) => void,
  ): void {
    const { prover } = this;
    const toProve = prover === undefined ? undefined : toProveOf(prepared);
    if (prover !== undefined && toProve !== undefined) {
      prover.question(toProve, (question) => {
        if (question === undefined)
          done(failed(CODE.unavailable, `No header is to be had to prove ${toProve.method} against.`), false);
        else {
          const order = toProve.asked.kind === 'transaction' ? this.withTrusted : this.order;
          this.run(prepared, { question, order }, key, done);
        }
      });
      return;
    }
    const check = this.checkFor(prepared);
    if (check === undefined) {
      const { name } = this.options;
      const { method } = prepared.call;
      done(
        refused(
          CODE.method,
          `Nothing proves the answer of ${method}, and ${name} gives none that is not proved.`,
        ),
      );
      return;
    }
    const { votes, order } = check;
    let beyond = 0;
    const question: Question = {
      method: prepared.call.method,
      calls: [this.outgoing(prepared, context)],
      shape: prepared.rule.shape,
      votes,
      nullVotes: prepared.rule.mayBeNull ? Math.max(votes, Math.min(2, this.standing())) : votes,
      compare: prepared.rule.compare === 'median' ? 'median' : 'exact',
      atBlock: prepared.number,
      timeoutMs: prepared.rule.timeoutMs,
      conclude: ([reply], whole) => {
        const conclusion = this.conclude(prepared, reply, whole);
        const height = conclusion.kind === 'good' ? this.beyond(prepared.rule, conclusion.answer) : undefined;
        if (height === undefined) return conclusion;
        beyond = Math.max(beyond, height);
        return { kind: 'good', answer: NOT_YET };
      },
    };
    this.run(prepared, { question, order }, key, (answer, isFound) => {
      if (!isFound || beyond === 0 || again > 0) {
        done(answer);
        return;
      }
      // Some have it in a block that the pool does not stand on yet: it will in a moment.
      this.heads.look();
      this.heads.waitFor(beyond, NEXT_HEAD_MS, () => this.ask(prepared, context, key, again + 1, done));
    });
  }

  private run(
    prepared: Prepared,
    { question, order }: { readonly question: Question; readonly order: ReadingParts['order'] },
    key: string,
    done: (answer: PoolAnswer, isFound: boolean) => void,
  ): void {
    const asOf = prepared.number === undefined ? undefined : this.heads.at(prepared.number);
    const onFinding = (finding: Finding): void => {
      if (finding.kind === 'found') this.keep(prepared, key, finding.answer, asOf);
      done(this.answerOf(prepared, finding), finding.kind === 'found');
    };
    const [first] = this.options.nodes;
    // What headers alone say needs nobody.
    const known =
      question.calls.length === 0 && first !== undefined
        ? question.conclude([], undefined, first)
        : undefined;
    if (known?.kind === 'good') onFinding({ kind: 'found', answer: known.answer, from: [], against: [] });
    else if (known !== undefined) onFinding({ kind: 'none', failures: [], ballots: [] });
    else new Reading(this.readingParts(order, prepared.number), question, onFinding).start();
  }

  /** Whoever is believed for headers is asked second: it alone says that there is no such transaction. */
  private readonly withTrusted: ReadingParts['order'] = {
    next: (asked, taken, method, atBlock) => {
      const { order, headOrder } = this;
      return asked.length === 1
        ? (headOrder.next(asked, taken, method, atBlock) ?? order.next(asked, taken, method, atBlock))
        : (order.next(asked, taken, method, atBlock) ?? headOrder.next(asked, taken, method, atBlock));
    },
    resting: () => this.order.resting(),
  };

  /** How what nothing proves is checked; undefined where it is not to be read at all. */
  private checkFor({ rule, isPending }: Prepared): { votes: number; order: Order } | undefined {
    const { verify, votes, trusted, unproved = 'refuse' } = this.options;
    const { order, headOrder } = this;
    if (verify === 'none') return { votes: 1, order };
    // What is pending every node sees differently: nobody could agree on it. Whoever is trusted is asked, where somebody is.
    if (rule.compare === 'none' || isPending) {
      if (trusted !== undefined) return { votes: 1, order: headOrder };
      return verify === 'proof' && unproved === 'refuse' ? undefined : { votes: 1, order };
    }
    if (verify === 'quorum' || unproved === 'quorum') return { votes, order };
    return unproved === 'trusted' && trusted !== undefined ? { votes: 1, order: headOrder } : undefined;
  }

  private outgoing({ call, paramsText, isAsItCame }: Prepared, { body }: CallContext): Outgoing {
    const asItCame =
      isAsItCame && body !== undefined && call.id !== undefined ? { body, id: call.id } : undefined;
    return { method: call.method, paramsText, asItCame };
  }

  private conclude(
    { call, params, number }: Prepared,
    reply: Reply | undefined,
    whole: string | undefined,
  ): Conclusion {
    if (reply === undefined) return { kind: 'missing', why: 'nothing came' };
    if (reply.kind === 'error')
      return { kind: 'good', answer: { kind: 'error', text: reply.error, vote: voteOf(reply) } };
    const block = number === undefined ? undefined : this.heads.at(number);
    const mined = this.mined.of(params[0]);
    const why = implausible(call.method, params, reply.value, {
      head: this.heads.block?.number,
      ...(block === undefined ? {} : { header: block }),
      ...(mined === undefined ? {} : { mined }),
    });
    if (why !== undefined) return { kind: 'bad', why, isLie: false };
    return { kind: 'good', answer: { kind: 'result', text: reply.result, value: reply.value, whole } };
  }

  /** The height of a transaction's block, where that is above the head: as of the head it is not mined. */
  private beyond(rule: MethodRule, answer: Answer): number | undefined {
    if (rule.shape !== 'transaction' && rule.shape !== 'receipt') return undefined;
    const height = answer.kind === 'result' ? blockIn(answer.value)?.number : undefined;
    return height !== undefined && height > (this.heads.block?.number ?? 0) ? height : undefined;
  }

  private keep(
    { call, rule, number, isByHash }: Prepared,
    key: string,
    answer: Answer,
    block: Block | undefined,
  ): void {
    if (answer.kind !== 'result') return;
    const mined =
      rule.shape === 'transaction' || rule.shape === 'receipt' ? blockIn(answer.value) : undefined;
    if (mined !== undefined) this.mined.learn(call.params[0], mined);
    if (rule.cache === 'never' || answer.value === null) return;
    const height = rule.cache === 'mined' ? mined?.number : number;
    if (isByHash && rule.cache !== 'mined') this.cache.set(key, answer.text, undefined);
    if (height === undefined) return;
    if (height <= (this.heads.finalized ?? -1)) this.cache.set(key, answer.text, undefined);
    else {
      const asOf: AsOf | undefined = rule.cache === 'mined' ? mined : block;
      // It may have been another block when the answer was given.
      if (asOf !== undefined && this.heads.isCanonical(asOf.number, asOf.hash))
        this.cache.set(key, answer.text, { number: asOf.number, hash: asOf.hash });
    }
  }

  private answerOf({ call, number }: Prepared, finding: Finding): PoolAnswer {
    if (finding.kind === 'found') {
      this.dissent.found(call.method, number, finding);
      const { answer } = finding;
      return {
        kind: answer.kind,
        text: answer.text,
        whole: answer.kind === 'result' ? answer.whole : undefined,
        source: 'nodes',
        block: number,
        from: finding.from.map(({ name }) => name),
      };
    }
    const { failures, ballots } = finding;
    if (ballots.length > 0) return failed(CODE.disagreed, this.disagreement(finding));
    // What every node says alike is the answer: a range that is too wide for all.
    const [first] = failures;
    const reply = first?.reply;
    if (
      reply?.kind === 'error' &&
      failures.every(({ why, reply: one }) => why === first?.why && one !== undefined)
    )
      return { kind: 'error', text: reply.error, source: 'failed', block: number, from: [] };
    const counts = new Map<string, number>();
    for (const { why } of failures) counts.set(why, (counts.get(why) ?? 0) + 1);
    const words = [...counts].map(([why, count]) => `${count} ${why}`).join(', ');
    return failed(
      CODE.internal,
      `No node of ${this.options.name} could answer${words === '' ? '' : `: ${words}`}.`,
    );
  }

  private disagreement({ ballots, failures }: Extract<Finding, { kind: 'none' }>): string {
    const { name, votes } = this.options;
    return `Of ${ballots.length + failures.length} nodes of ${name} that were asked, no ${votes} say the same.`;
  }

  private count(removed: readonly Block[], added: readonly Block[]): void {
    const depth = reorganisedBy(removed, added);
    if (depth === 0) return;
    this.counts.reorganisations++;
    this.counts.deepest = Math.max(this.counts.deepest, depth);
  }

  private standing(): number {
    return membersOf(this.options.nodes.filter(isStanding));
  }

  /** @param number of the block that is asked about */
  private readingParts(order: ReadingParts['order'], number?: number): ReadingParts {
    return {
      time: this.options.time,
      order,
      budget: this.budget,
      onHedge: () => this.counts.hedges++,
      onBad: (node, method, why, isLie) => {
        if (isLie) this.dissent.suspect(node, method, number, why);
        else this.options.listener?.onDissent?.(node, method, why);
      },
    };
  }

  /** A header that is believed: of the chain on which the pool stands, or the one that has this hash. */
  private header(at: number | string, votes: number, done: (header: Header | undefined) => void): void {
    const known = typeof at === 'number' ? (this.heads.at(at)?.header ?? this.headers.get(at)) : undefined;
    if (known !== undefined || (typeof at === 'number' && at > (this.heads.block?.number ?? -1))) {
      done(known);
      return;
    }
    this.readBlock(at, votes, (value) => {
      const header = headerOf(value);
      if (header === undefined || (typeof at === 'number' ? header.number : header.hash) !== at) {
        done(undefined);
        return;
      }
      if (header.number <= (this.heads.finalized ?? -1)) {
        if (this.headers.size >= MOST_HEADERS) this.headers.clear();
        this.headers.set(header.number, header);
      }
      done(header);
    });
  }

  /** A block for the heads, by number or hash. */
  private readBlock(at: number | string, votes: number, done: (value: unknown) => void): void {
    const byNumber = typeof at === 'number';
    const question: Question = {
      method: byNumber ? 'eth_getBlockByNumber' : 'eth_getBlockByHash',
      calls: [
        {
          method: byNumber ? 'eth_getBlockByNumber' : 'eth_getBlockByHash',
          paramsText: `["${byNumber ? `0x${at.toString(16)}` : at}",false]`,
        },
      ],
      shape: 'block',
      // What a hash names is known by its hash.
      votes: byNumber || !this.heads.isProven ? votes : 1,
      nullVotes: votes,
      compare: 'exact',
      atBlock: byNumber ? at : undefined,
      timeoutMs: 4_000,
      conclude: ([reply]) =>
        reply?.kind === 'result' && reply.value !== null
          ? { kind: 'good', answer: { kind: 'result', text: reply.result, value: reply.value } }
          : { kind: 'missing', why: 'it does not have the block' },
    };
    new Reading(this.readingParts(this.headOrder), question, (finding) =>
      done(finding.kind === 'found' && finding.answer.kind === 'result' ? finding.answer.value : undefined),
    ).start();
  }

  // Sending.

  private send(call: Call, rule: MethodRule, done: (answer: PoolAnswer) => void): void {
    const key = `${call.method} ${call.paramsText}`;
    const onSent = (sent: Sent): void => done(sentAnswer(sent, this.options.name));
    const others = this.sending.get(key);
    if (others !== undefined) {
      others.push(onSent);
      return;
    }
    const waiting = [onSent];
    this.sending.set(key, waiting);
    broadcast(
      {
        time: this.options.time,
        order: this.order,
        isKnown: (hash, tell) => this.isKnown(hash, tell),
        onLie: (node, method, why) => this.dissent.lied(node, method, why),
      },
      { method: call.method, paramsText: call.paramsText, raw: call.params[0], timeoutMs: rule.timeoutMs },
      (sent) => {
        this.sending.delete(key);
        this.counts.sends[sent.kind]++;
        // What is mined at once is seen at once.
        if (sent.kind === 'sent') this.heads.look();
        for (const one of waiting) one(sent);
      },
    );
  }

  private isKnown(hash: string, done: (isKnown: boolean) => void): void {
    const paramsText = `["${hash}"]`;
    const call: Call = {
      kind: 'call',
      method: 'eth_getTransactionByHash',
      id: '1',
      params: [hash],
      paramsText,
      text: '',
    };
    this.call(call, {}, (answer) => done(answer.kind === 'result' && answer.text !== 'null'));
  }
}

/** What is said of a method that the plan allows and the table does not know. */
const OTHER: MethodRule = {
  kind: 'unasked',
  block: undefined,
  blockForm: 'state',
  shape: 'any',
  compare: 'exact',
  proof: undefined,
  cache: 'never',
  mayBeNull: false,
  timeoutMs: 10_000,
  weight: 1,
};
const NOT_YET: Answer = { kind: 'result', text: 'null', value: null };

/** What would have to be proved; undefined where nothing proves it. */
function toProveOf({ call, rule, params, asked, number, from, isPending }: Prepared): ToProve | undefined {
  if (rule.proof === undefined || isPending) return undefined;
  const read = { method: call.method, params, shape: rule.shape, timeoutMs: rule.timeoutMs };
  if (asked.kind === 'hash') return { ...read, asked: { kind: 'block', at: asked.hash } };
  if (asked.kind === 'none') {
    const [hash] = params;
    return typeof hash === 'string' ? { ...read, asked: { kind: 'transaction', hash } } : undefined;
  }
  if (number === undefined) return undefined;
  if (asked.kind !== 'range') return { ...read, asked: { kind: 'block', at: number } };
  return from === undefined || from > number || number - from >= MOST_PROVEN_BLOCKS
    ? undefined
    : { ...read, asked: { kind: 'blocks', from, to: number } };
}

function isPending(asked: AskedBlock): boolean {
  if (asked.kind === 'range') return isPending(asked.from) || isPending(asked.to);
  return asked.kind === 'tag' && asked.tag === 'pending';
}

/** Errors by what they mean: a revert by its data, every other by being one. */
function voteOf({ data }: Extract<Reply, { kind: 'error' }>): string {
  const found = typeof data === 'string' ? /^(?:reverted )?(0x[0-9a-f]*)$/i.exec(data)?.[1] : undefined;
  return found === undefined ? 'error' : `revert ${found.toLowerCase()}`;
}

/** How many blocks gave way to others; 0 where the chain went on, or where it is not known what came between. */
export function reorganisedBy(removed: readonly Block[], added: readonly Block[]): number {
  const oldest = removed.at(-1);
  return oldest !== undefined && oldest.parentHash === added[0]?.parentHash ? removed.length : 0;
}

/** The block that a transaction or a receipt says it is in. */
function blockIn(value: unknown): AsOf | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { blockNumber, blockHash } = value as Record<string, unknown>; // an object, as just checked
  const number = quantityOf(blockNumber);
  return number === undefined || typeof blockHash !== 'string'
    ? undefined
    : { number, hash: blockHash.toLowerCase() };
}

function refused(code: number, message: string): PoolAnswer {
  return {
    kind: 'error',
    text: JSON.stringify({ code, message }),
    source: 'refused',
    block: undefined,
    from: [],
  };
}

function failed(code: number, message: string): PoolAnswer {
  return {
    kind: 'error',
    text: JSON.stringify({ code, message }),
    source: 'failed',
    block: undefined,
    from: [],
  };
}

function sentAnswer(sent: Sent, pool: string): PoolAnswer {
  switch (sent.kind) {
    case 'sent':
      return {
        kind: 'result',
        text: `"${sent.hash}"`,
        source: 'nodes',
        block: undefined,
        from: sent.by.map(({ name }) => name),
      };
    case 'refused':
      return { kind: 'error', text: sent.error.error, source: 'nodes', block: undefined, from: [] };
    case 'unreadable':
      return refused(CODE.params, 'Expected a signed transaction as hex.');
    case 'unknown':
      return failed(
        CODE.unavailable,
        `No node of ${pool} said whether it took ${sent.hash}. It may have: sending the same again does no harm.`,
      );
    case 'nobody':
      return failed(
        CODE.unavailable,
        `No node of ${pool} took ${sent.hash}. Sending the same again does no harm.`,
      );
  }
}
