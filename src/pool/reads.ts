import { implausible, plainQuantity, type MethodRule, type Reply } from '../chain/index.ts';
import { voteOf, withoutLookup } from './agreed-error.ts';
import { AnswerCache, type AsOf } from './answer-cache.ts';
import type { PoolCounts } from './counts.ts';
import type { Dissent } from './dissent.ts';
import { numberOf, type Block } from './block.ts';
import type { Heads } from './heads.ts';
import { Mined } from './mined.ts';
import type { PoolNode } from './node.ts';
import { isStanding, membersOf, type Order } from './order.ts';
import type { Outgoing } from './outcome.ts';
import type { CallContext, PoolOptions } from './pool-options.ts';
import { CODE, failed, own, refused, type PoolAnswer } from './pool-answer.ts';
import { toProveOf, type Prepared } from './prepared.ts';
import type { ReadProver } from './read-prover.ts';
import {
  Reading,
  type Answer,
  type Conclusion,
  type Finding,
  type Middle,
  type Question,
  type ReadingParts,
} from './reading.ts';

/** How long a call waits for a block that a node has seen already. @unit ms */
const NEXT_HEAD_MS = 1_500;
/** How long a node's word of a block to come is not waited for, after one that brought nothing. @unit ms */
const IN_VAIN_MS = 60_000;
/** How soon it is asked again where nodes did not agree, or too few had it. @unit ms */
const ASK_AGAIN_MS = 250;
/** How often, at most. */
const MOST_AGAIN = 4;
const CACHE_BYTES = 64_000_000;

export interface ReadsParts {
  readonly options: PoolOptions;
  readonly heads: Heads;
  readonly order: Order;
  /** Whoever is believed for headers. */
  readonly headOrder: Order;
  readonly dissent: Dissent;
  readonly prover: ReadProver | undefined;
  readonly counts: PoolCounts;
  /** What a reading stands on. @param number of the block that is asked about */
  readonly readingParts: (order: ReadingParts['order'], number?: number) => ReadingParts;
  /** Once for each call that is asked of nodes. */
  readonly onAsk: () => void;
}

/** One read of a client. */
interface Read {
  readonly prepared: Prepared;
  readonly context: CallContext;
  readonly done: (answer: PoolAnswer) => void;
  /** @unit ms */
  readonly since: number;
  /** What it waited for first came to nothing. */
  readonly hasFailed: boolean;
}

/** Reads as of a block: kept, being asked already, or asked of as many nodes as it takes. */
export class Reads {
  readonly cache: AnswerCache;
  private readonly parts: ReadsParts;
  /** Those who wait for what is being asked already. */
  private readonly flights = new Map<string, Read[]>();
  private readonly mined: Mined;
  /** Nodes that were waited for and had nothing to show for it, and until when they are not again. @unit ms */
  private readonly inVain = new Map<PoolNode, number>();

  constructor(parts: ReadsParts) {
    this.parts = parts;
    const isCanonical = (number: number, hash: string): boolean => parts.heads.isCanonical(number, hash);
    this.cache = new AnswerCache(parts.options.cacheBytes ?? CACHE_BYTES, isCanonical);
    this.mined = new Mined(isCanonical);
  }

  /** @param done called once, perhaps before this has returned */
  read(prepared: Prepared, context: CallContext, done: (answer: PoolAnswer) => void): void {
    this.answer({ prepared, context, done, since: this.parts.options.time.now(), hasFailed: false });
  }

  private answer(read: Read): void {
    const { prepared, context, done } = read;
    const key = `${prepared.call.method} ${prepared.paramsText}`;
    const kept = prepared.rule.cache === 'never' ? undefined : this.cache.get(key);
    if (kept !== undefined) {
      done({ ...own(kept), source: 'kept', block: prepared.number });
      return;
    }
    // What is as of no block is as of the head. Who has heard of a new block is not told what was so before it, nor of one that gave way to it.
    const { heads } = this.parts;
    const block = prepared.number === undefined ? heads.block : heads.at(prepared.number);
    const asOf = block === undefined ? key : `${key} ${block.hash}`;
    // What is pending changes with every transaction that is sent: an answer from before is not the answer to who has sent one since.
    const flight = prepared.isPending ? undefined : this.flights.get(asOf);
    if (flight !== undefined) {
      if (!read.hasFailed) this.parts.counts.joined++;
      flight.push(read);
      return;
    }
    this.parts.onAsk();
    if (prepared.isPending) {
      this.ask(prepared, context, key, 0, done);
      return;
    }
    const waiting: Read[] = [];
    this.flights.set(asOf, waiting);
    this.ask(prepared, context, key, 0, (answer) => {
      this.flights.delete(asOf);
      done(answer);
      // What was asked before they came may have met nodes that are well by now: once they ask for themselves.
      for (const one of waiting)
        if (answer.source === 'failed' && this.mayAskAgain(one)) this.answer({ ...one, hasFailed: true });
        else one.done({ ...answer, whole: undefined });
    });
  }

  private mayAskAgain({ prepared, since, hasFailed }: Read): boolean {
    return !hasFailed && this.parts.options.time.now() - since < prepared.rule.timeoutMs / 2;
  }

  private ask(
    prepared: Prepared,
    context: CallContext,
    key: string,
    again: number,
    done: (answer: PoolAnswer) => void,
  ): void {
    const { prover } = this.parts;
    const toProve = prover === undefined ? undefined : toProveOf(prepared);
    if (prover !== undefined && toProve !== undefined) {
      prover.question(toProve, (question) => {
        const order = toProve.asked.kind === 'transaction' ? this.withTrusted : this.parts.order;
        if (question === undefined) done(this.withoutHeader(prepared));
        else this.run(prepared, { question, order }, key, done);
      });
      return;
    }
    const check = this.checkFor(prepared);
    if (check === undefined) {
      const { name } = this.parts.options;
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
    const { heads, options } = this.parts;
    let beyond = 0;
    const ahead: PoolNode[] = [];
    let hasNone = false;
    const question: Question = {
      method: prepared.call.method,
      calls: [this.outgoing(prepared, context)],
      shape: prepared.rule.shape,
      votes,
      nullVotes: prepared.rule.mayBeNull ? Math.max(votes, Math.min(2, this.standing())) : votes,
      middle: middleOf(prepared),
      atBlock: prepared.number,
      timeoutMs: prepared.rule.timeoutMs,
      conclude: ([reply], whole, node) => {
        hasNone ||= isOfTransaction(prepared.rule) && isNull(reply);
        if (isNull(reply) && this.isMissingBlocks(prepared.rule, node))
          return { kind: 'missing', why: 'it is behind' };
        const conclusion = this.conclude(prepared, reply, whole);
        const height = conclusion.kind === 'good' ? this.beyond(prepared.rule, conclusion.answer) : undefined;
        if (height === undefined) return conclusion;
        // Far above the head is nothing to wait for, nor is what a node has said in vain.
        if (heads.isExplained(height) && this.isWorthWaiting(node)) {
          beyond = Math.max(beyond, height);
          ahead.push(node);
        }
        return { kind: 'good', answer: NOT_YET };
      },
    };
    this.run(prepared, { question, order }, key, (answer, finding) => {
      const askAgain = (): void => this.ask(prepared, context, key, again + 1, done);
      // Some have it in a block that the pool does not stand on yet: it will in a moment.
      const isAhead = finding.kind === 'found' && beyond > 0 && answer.text === NOT_YET.text && again === 0;
      // They may be at a fork, some on either side; or too few have the newest block already, and more will.
      const isApart = finding.kind === 'none' && (finding.ballots.length > 1 ? again === 0 : hasNone);
      if (isAhead || (isApart && again < MOST_AGAIN)) heads.look();
      if (isAhead)
        heads.waitFor(beyond, NEXT_HEAD_MS, () =>
          this.ask(prepared, context, key, again + 1, (later) => {
            if (later.text === NOT_YET.text)
              for (const node of ahead) this.inVain.set(node, options.time.now() + IN_VAIN_MS);
            done(later);
          }),
        );
      else if (isApart && again < MOST_AGAIN) options.time.after(ASK_AGAIN_MS, askAgain);
      else done(answer);
    });
  }

  private withoutHeader({ call, number }: Prepared): PoolAnswer {
    const head = this.parts.heads.block?.number ?? -1;
    if (number === undefined || number <= head)
      return failed(CODE.unavailable, `No header is to be had to prove ${call.method} against.`);
    // As of the head there is no such block.
    if (call.method === 'eth_getBlockByNumber') return own('null');
    return refused(CODE.params, `Block ${number} is not there yet: the newest is ${head}.`);
  }

  private run(
    prepared: Prepared,
    { question, order }: { readonly question: Question; readonly order: ReadingParts['order'] },
    key: string,
    done: (answer: PoolAnswer, finding: Finding) => void,
  ): void {
    const asOf = prepared.number === undefined ? undefined : this.parts.heads.at(prepared.number);
    const onFinding = (finding: Finding): void => {
      if (finding.kind === 'found') this.keep(prepared, key, finding.answer, asOf);
      done(this.answerOf(prepared, finding), finding);
    };
    const [first] = this.parts.options.nodes;
    // What headers alone say needs nobody.
    const known =
      question.calls.length === 0 && first !== undefined
        ? question.conclude([], undefined, first)
        : undefined;
    if (known?.kind === 'good') onFinding({ kind: 'found', answer: known.answer, from: [], against: [] });
    else if (known !== undefined) onFinding({ kind: 'none', failures: [], ballots: [] });
    else new Reading(this.parts.readingParts(order, prepared.number), question, onFinding).start();
  }

  /** Whoever is believed for headers is asked second: it alone says that there is no such transaction. */
  private readonly withTrusted: ReadingParts['order'] = {
    next: (asked, taken, method, atBlock) => {
      const { order, headOrder } = this.parts;
      return asked.length === 1
        ? (headOrder.next(asked, taken, method, atBlock) ?? order.next(asked, taken, method, atBlock))
        : (order.next(asked, taken, method, atBlock) ?? headOrder.next(asked, taken, method, atBlock));
    },
    resting: () => this.parts.order.resting(),
  };

  /** How what nothing proves is checked; undefined where it is not to be read at all. */
  private checkFor({ rule, isPending }: Prepared): { votes: number; order: Order } | undefined {
    const { verify, votes, trusted, unproved = 'refuse' } = this.parts.options;
    const { order, headOrder } = this.parts;
    if (verify === 'none') return { votes: 1, order };
    // A block that is pending every node makes for itself: nobody could agree on it.
    const isOfOne = rule.compare === 'none' || (isPending && rule.cache === 'block');
    // Whoever is trusted is asked, where somebody is.
    if ((isOfOne || isPending) && trusted !== undefined) return { votes: 1, order: headOrder };
    if (isOfOne) return verify === 'proof' && unproved === 'refuse' ? undefined : { votes: 1, order };
    if (verify === 'quorum' || unproved === 'quorum') return { votes, order };
    return unproved === 'trusted' && trusted !== undefined ? { votes: 1, order: headOrder } : undefined;
  }

  private outgoing({ call, paramsText, isAsItCame }: Prepared, { body }: CallContext): Outgoing {
    const asItCame =
      isAsItCame && body !== undefined && call.id !== undefined ? { body, id: call.id } : undefined;
    return { method: call.method, paramsText, asItCame };
  }

  private conclude(
    { call, params, number, rule }: Prepared,
    reply: Reply | undefined,
    whole: string | undefined,
  ): Conclusion {
    if (reply === undefined) return { kind: 'missing', why: 'nothing came' };
    if (reply.kind === 'error')
      return { kind: 'good', answer: { kind: 'error', text: reply.error, vote: voteOf(reply) } };
    const block = number === undefined ? undefined : this.parts.heads.at(number);
    const mined = this.mined.of(params[0]);
    const why = implausible(call.method, params, reply.value, {
      head: this.parts.heads.block?.number,
      ...(block === undefined ? {} : { header: block }),
      ...(mined === undefined ? {} : { mined }),
    });
    if (why !== undefined) return { kind: 'bad', why, isLie: false };
    if (rule.shape === 'quantity') {
      // Zeros before it are of no meaning, and some clients refuse them.
      const plain = plainQuantity(reply.value);
      if (plain !== reply.value)
        return { kind: 'good', answer: { kind: 'result', text: JSON.stringify(plain), value: plain } };
    }
    return { kind: 'good', answer: { kind: 'result', text: reply.result, value: reply.value, whole } };
  }

  /** Whether a transaction may be in a block that a node has not yet: that it has none says nothing then. */
  private isMissingBlocks(rule: MethodRule, { head }: PoolNode): boolean {
    return isOfTransaction(rule) && head !== undefined && head.number < (this.parts.heads.block?.number ?? 0);
  }

  private isWorthWaiting(node: PoolNode): boolean {
    return (this.inVain.get(node) ?? Number.NEGATIVE_INFINITY) <= this.parts.options.time.now();
  }

  /** The height of a transaction's block, where that is above the head: as of the head it is not mined. */
  private beyond(rule: MethodRule, answer: Answer): number | undefined {
    if (!isOfTransaction(rule)) return undefined;
    const height = answer.kind === 'result' ? blockIn(answer.value)?.number : undefined;
    return height !== undefined && height > (this.parts.heads.block?.number ?? 0) ? height : undefined;
  }

  private keep(
    { call, rule, number, isByHash }: Prepared,
    key: string,
    answer: Answer,
    block: Block | undefined,
  ): void {
    if (answer.kind !== 'result') return;
    const mined = isOfTransaction(rule) ? blockIn(answer.value) : undefined;
    if (mined !== undefined) this.mined.learn(call.params[0], mined);
    if (rule.cache === 'never' || answer.value === null) return;
    const height = rule.cache === 'mined' ? mined?.number : number;
    if (isByHash && rule.cache !== 'mined') this.cache.set(key, answer.text, undefined);
    if (height === undefined) return;
    if (height <= (this.parts.heads.finalized ?? -1)) this.cache.set(key, answer.text, undefined);
    else {
      const asOf: AsOf | undefined = rule.cache === 'mined' ? mined : block;
      // It may have been another block when the answer was given.
      if (asOf !== undefined && this.parts.heads.isCanonical(asOf.number, asOf.hash))
        this.cache.set(key, answer.text, { number: asOf.number, hash: asOf.hash });
    }
  }

  private answerOf(prepared: Prepared, finding: Finding): PoolAnswer {
    const { call, rule, number } = prepared;
    if (finding.kind === 'found') {
      if (!mayDiffer(prepared, finding)) this.parts.dissent.found(call.method, number, rule.shape, finding);
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
      return { kind: 'error', text: withoutLookup(reply), source: 'failed', block: number, from: [] };
    const counts = new Map<string, number>();
    for (const { why } of failures) counts.set(why, (counts.get(why) ?? 0) + 1);
    const words = [...counts].map(([why, count]) => `${count} ${why}`).join(', ');
    return failed(
      CODE.internal,
      `No node of ${this.parts.options.name} could answer${words === '' ? '' : `: ${words}`}.`,
    );
  }

  private disagreement({ ballots, failures }: Extract<Finding, { kind: 'none' }>): string {
    const { name, votes } = this.parts.options;
    return `Of ${ballots.length + failures.length} nodes of ${name} that were asked, no ${votes} say the same.`;
  }

  private standing(): number {
    return membersOf(this.parts.options.nodes.filter(isStanding));
  }
}

const NOT_YET: Answer = { kind: 'result', text: 'null', value: null };

/** What nodes may say differently without a lie, and is a number. */
function middleOf({ rule, isPending }: Prepared): Middle | undefined {
  const { compare } = rule;
  if (compare === 'median' || compare === 'upper-median')
    return { ofTwo: compare === 'median' ? 'lower' : 'upper', isNearEnough: true };
  // Near is no nonce.
  return isPending && rule.shape === 'quantity' ? { ofTwo: 'lower', isNearEnough: false } : undefined;
}

type Found = Extract<Finding, { kind: 'found' }>;

/** Whether those outvoted may have told the truth, too: of what nodes decide by themselves, or about what is not in a block yet. */
function mayDiffer({ rule, isPending }: Prepared, { answer: found, against }: Found): boolean {
  if (isPending || rule.compare !== 'exact') return true;
  if (!isOfTransaction(rule)) return false;
  const answers = [found, ...against.map(({ answer }) => answer)];
  return answers.every((answer) => answer.kind === 'result' && blockIn(answer.value) === undefined);
}

function isOfTransaction({ shape }: MethodRule): boolean {
  return shape === 'transaction' || shape === 'receipt';
}

function isNull(reply: Reply | undefined): boolean {
  return reply?.kind === 'result' && reply.value === null;
}

/** The block that a transaction or a receipt says it is in. */
function blockIn(value: unknown): AsOf | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { blockNumber, blockHash } = value as Record<string, unknown>; // an object, as just checked
  const number = numberOf(blockNumber);
  return number === undefined || typeof blockHash !== 'string'
    ? undefined
    : { number, hash: blockHash.toLowerCase() };
}
