import { askedBlock, methodRule, type Call, type MethodRule } from '../chain/index.ts';
import { RetryBudget } from '../policies/index.ts';
import type { AnswerCache } from './answer-cache.ts';
import { Believed } from './believed.ts';
import { broadcast, type Sent } from './broadcast.ts';
import { noCounts, type PoolCounts } from './counts.ts';
import { Dissent } from './dissent.ts';
import { Filters } from './filters.ts';
import type { Block } from './block.ts';
import { Heads } from './heads.ts';
import { NodeEvents } from './node-socket.ts';
import type { PoolNode } from './node.ts';
import { Order } from './order.ts';
import { ownAnswer } from './own-answers.ts';
import { CODE, failed, own, refused, sentAnswer, type PoolAnswer } from './pool-answer.ts';
import { isMoving, prepare } from './prepared.ts';
import type { CallContext, PoolOptions } from './pool-options.ts';
import type { ReadingParts } from './reading.ts';
import { Reads } from './reads.ts';
import { Subscriptions } from './subscriptions.ts';

/** How long a call waits for the first head. @unit ms */
const FIRST_HEAD_MS = 3_000;
/** How long a call waits for a block that it names and that is not there yet. @unit ms */
const NEXT_HEAD_MS = 1_500;
const BLOCK_TIME_MS = 12_000;
const MOST_LOG_BLOCKS = 10_000;
/** Attempts that may be made at once beyond one for each call. */
const BURST = 100;

/** Nodes of one chain, asked as one: reads that hold together, from whoever can answer, checked as the plan says. */
export class ChainPool {
  readonly options: PoolOptions;
  readonly heads: Heads;
  readonly subscriptions: Subscriptions;
  readonly events: readonly NodeEvents[];
  readonly counts: PoolCounts = noCounts();
  private readonly order: Order;
  private readonly budget = new RetryBudget({ burst: BURST });
  private readonly dissent: Dissent;
  private readonly reads: Reads;
  private readonly filters: Filters;
  private readonly sending = new Map<string, ((sent: Sent) => void)[]>();

  constructor(options: PoolOptions) {
    this.options = options;
    const { nodes, trusted = nodes, votes, time, draw, preference, listener } = options;
    if ((options.verify === 'proof') !== (options.prover !== undefined))
      throw new RangeError('Expected a prover with verify proof, and with nothing else.');
    const headVotes = options.trusted === undefined ? votes : 1;
    this.order = new Order(nodes, preference, draw);
    const headOrder = new Order(
      trusted,
      options.trusted === undefined ? preference : { kind: 'ordered' },
      draw,
    );
    const all = [...new Set([...nodes, ...trusted])];
    const believed = new Believed(headVotes, () => this.heads, this.readingParts(headOrder));
    this.heads = this.makeHeads(all, trusted, headVotes, believed);
    this.dissent = new Dissent(nodes, votes, this.heads, (node, method, why) =>
      listener?.onDissent?.(node, method, why),
    );
    this.reads = new Reads({
      options,
      heads: this.heads,
      order: this.order,
      headOrder,
      dissent: this.dissent,
      prover: options.prover?.({
        header: (at, found) => believed.header(at, found),
        nullVotes: headVotes,
        countsForNull: (node) => options.trusted?.includes(node) ?? true,
        head: () => this.heads.block?.number ?? -1,
      }),
      counts: this.counts,
      readingParts: (order, number) => this.readingParts(order, number),
      onAsk: () => this.budget.deposit(),
    });
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
    this.filters = new Filters(this.subscriptions, time, options.newId);
    this.events = all.map((node) => this.eventsOf(node));
    for (const node of options.nodes) node.onLevel(() => this.dissent.review());
  }

  /** What is kept. */
  get cache(): AnswerCache {
    return this.reads.cache;
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
    try {
      for (const [i, call] of calls.entries())
        this.call(call, pin === undefined ? {} : { pin }, (answer) => {
          answers[i] = answer;
          left--;
          if (left === 0) done(answers);
        });
    } finally {
      // Whatever whoever asked does with an answer: a node that stays held would never be asked again.
      for (const node of nodes) node.release();
    }
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
    const { heads, options } = this;
    const head = heads.block;
    const refusal = head === undefined ? undefined : this.staleness(call, rule, context);
    if (head === undefined || refusal !== undefined) {
      done(refusal ?? failed(CODE.unavailable, `No head of the chain is known to ${options.name}.`));
      return;
    }
    if (rule.kind === 'own') {
      const text = ownAnswer(call, options.chain, Math.min(context.pin ?? head.number, head.number));
      done(
        text === undefined
          ? refused(CODE.params, `The parameters of ${call.method} cannot be read.`)
          : own(text),
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
    const tagged = { latest: context.pin ?? head.number, safe: heads.safe, finalized: heads.finalized };
    const prepared = prepare(call, rule, tagged, options.mostLogBlocks ?? MOST_LOG_BLOCKS);
    if ('source' in prepared) done(prepared);
    else if (prepared.number !== undefined && prepared.number > head.number) {
      // Whoever asks has heard of it from somebody.
      heads.look();
      heads.waitFor(prepared.number, NEXT_HEAD_MS, () => this.reads.read(prepared, context, done));
    } else this.reads.read(prepared, context, done);
  }

  /** Nobody has told of the head for so long that what is called the latest block is not: it is not given out as such. */
  private staleness(
    { method, params }: Call,
    rule: MethodRule,
    { pin }: CallContext,
  ): PoolAnswer | undefined {
    if (this.heads.isFresh || pin !== undefined) return undefined;
    if (method !== 'eth_blockNumber' && !isMoving(askedBlock(rule, params))) return undefined;
    return failed(
      CODE.unavailable,
      `No node of ${this.options.name} tells of the head of the chain any more.`,
    );
  }

  private filter(call: Call, context: CallContext, done: (answer: PoolAnswer) => void): void {
    // Its logs could never be told, and what comes after them would wait for them.
    if (call.method === 'eth_newFilter' && this.ruleOf('eth_getLogs') === undefined) {
      done(refused(CODE.method, 'Logs are not offered.'));
      return;
    }
    const answer = this.filters.answer(call);
    if (answer.kind === 'error') done(refused(answer.code, answer.message));
    else if (answer.kind === 'result') done(own(answer.text));
    else {
      const { params } = answer;
      const read: Call = { ...call, method: 'eth_getLogs', params, paramsText: JSON.stringify(params) };
      const rule = this.ruleOf(read.method);
      if (rule === undefined) done(refused(CODE.method, `The method ${read.method} is not offered.`));
      else this.answer(read, rule, context.pin === undefined ? {} : { pin: context.pin }, done);
    }
  }

  // What it stands on.

  private makeHeads(
    nodes: readonly PoolNode[],
    trusted: readonly PoolNode[],
    votes: number,
    believed: Believed,
  ): Heads {
    const { options } = this;
    const { isIdle, listener } = options;
    return new Heads({
      nodes,
      believed: trusted,
      chain: options.chain,
      votes,
      blockTimeMs: options.blockTimeMs ?? BLOCK_TIME_MS,
      lag: options.lag ?? 3,
      time: options.time,
      readBlock: (at, done) => believed.block(at, done),
      listener: {
        onMoved: (removed, added) => {
          this.subscriptions.onMoved(removed, added);
          this.count(removed, added);
          listener?.onMoved?.(removed, added);
        },
        onGap: () => this.subscriptions.onGap(),
        onPolled: () => this.dissent.review(),
        onForged: (node, why) => this.dissent.lied(node, 'eth_getBlockByNumber', why),
      },
      ...(isIdle === undefined ? {} : { isIdle, isFollowed: () => this.subscriptions.size > 0 }),
    });
  }

  private eventsOf(node: PoolNode): NodeEvents {
    const { blockTimeMs = BLOCK_TIME_MS, time, isIdle } = this.options;
    return new NodeEvents(node, blockTimeMs, time, {
      onHead: (one) => {
        if (isIdle?.() !== true) this.heads.look(one);
      },
      onPending: (value) => this.subscriptions.onPending(value),
    });
  }

  private count(removed: readonly Block[], added: readonly Block[]): void {
    const depth = reorganisedBy(removed, added);
    if (depth === 0) return;
    this.counts.reorganisations++;
    this.counts.deepest = Math.max(this.counts.deepest, depth);
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
  hasPending: true,
  shape: 'any',
  compare: 'exact',
  proof: undefined,
  cache: 'never',
  mayBeNull: false,
  timeoutMs: 10_000,
};
/** How many blocks gave way to others; 0 where the chain went on, or where it is not known what came between. */
export function reorganisedBy(removed: readonly Block[], added: readonly Block[]): number {
  const oldest = removed.at(-1);
  return oldest !== undefined && oldest.parentHash === added[0]?.parentHash ? removed.length : 0;
}
