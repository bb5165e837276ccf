import { agreed, fingerprint, median, type AnswerShape, type Reply } from '../chain/index.ts';
import type { RetryBudget } from '../policies/index.ts';
import type { Time } from '../time.ts';
import { agreedError } from './agreed-error.ts';
import type { PoolNode } from './node.ts';
import type { Order } from './order.ts';
import type { Failure, Outcome, Outgoing } from './outcome.ts';

/** What one node said, once it was found to be an answer. */
export type Answer =
  | {
      readonly kind: 'result';
      /** Raw text of the result. */
      readonly text: string;
      readonly value: unknown;
      /** The whole answer as it came, to be passed on as it is. */
      readonly whole?: string | undefined;
    }
  | {
      readonly kind: 'error';
      /** Raw text of the error. */
      readonly text: string;
      /** Errors that mean the same are the same here, however a client words them. */
      readonly vote: string;
    };

export type Conclusion =
  | { readonly kind: 'good'; readonly answer: Answer }
  /** It cannot be. @param isLie whether its node contradicts what was proved, or itself */
  | { readonly kind: 'bad'; readonly why: string; readonly isLie: boolean }
  /** It does not have what was asked: nothing is wrong with it. */
  | { readonly kind: 'missing'; readonly why: string }
  /** The same node is asked for this as well. */
  | { readonly kind: 'more'; readonly calls: readonly Outgoing[] }
  /** Something else has to be found out first. */
  | { readonly kind: 'later'; readonly begin: (settle: (conclusion: Conclusion) => void) => void };

export interface Question {
  readonly method: string;
  /** What one node is asked: one call, or several of which one answer is made. */
  readonly calls: readonly Outgoing[];
  readonly shape: AnswerShape;
  /** How many must say the same; 1: the first good answer is taken. */
  readonly votes: number;
  /** How many must say that there is none: one that has it not yet says so too. At least `votes`. */
  readonly nullVotes: number;
  /** How one number is made of several that differ; undefined: they must say the same. */
  readonly middle?: Middle | undefined;
  /** The block that a node must have; undefined: any will do. */
  readonly atBlock: number | undefined;
  readonly timeoutMs: number;
  /**
   * What a node's replies come to, in the order of the calls, those that were asked for later at the end.
   *
   * @param whole the whole answer as it came, of a call that went out as it came
   */
  readonly conclude: (replies: readonly Reply[], whole: string | undefined, node: PoolNode) => Conclusion;
}

/** The middle of 2 × `votes` − 1 numbers is between two honest ones, where fewer than `votes` lie. */
export interface Middle {
  /** Which one of two in the middle. */
  readonly ofTwo: 'lower' | 'upper';
  /** Whether fewer will do, `votes` at least, where they are near each other; else they must be equal then. */
  readonly isNearEnough: boolean;
}

export interface Ballot {
  readonly node: PoolNode;
  readonly answer: Answer;
}

export type Finding =
  | {
      readonly kind: 'found';
      readonly answer: Answer;
      readonly from: readonly PoolNode[];
      /** Those that said something else. */
      readonly against: readonly Ballot[];
    }
  | {
      readonly kind: 'none';
      readonly failures: readonly NodeFailure[];
      /** Answers that were given and did not agree. */
      readonly ballots: readonly Ballot[];
    };

export interface NodeFailure {
  readonly node: PoolNode;
  readonly why: Failure;
  /** What it said, where it spoke JSON-RPC. */
  readonly reply?: Reply;
  /** What was found about an answer that cannot be. */
  readonly words?: string;
}

export interface ReadingParts {
  readonly time: Time;
  readonly order: Pick<Order, 'next' | 'resting'>;
  readonly budget: RetryBudget;
  /** An answer of a node was found to be none. */
  readonly onBad: (node: PoolNode, method: string, why: string, isLie: boolean) => void;
  /** Another node is asked because one takes long. */
  readonly onHedge?: () => void;
}

/** One that takes this many times as long as another has failed. */
const FAR_SLOWER = 4;
/** Numbers that are near each other are not further apart than this. @unit ratio */
const NEAR = 1.25;
/** Whoever has waited for half of the time asks another node in any case, up to so many on the way. */
const MOST_LATE = 3;
/** How soon it is asked again whether another node may be. @unit ms */
const ASK_AGAIN_MS = 20;

/** Those that have said the same. */
interface Group {
  readonly text: string;
  /** What it comes to in any form; undefined until it matters. */
  print: string | undefined;
  readonly ballots: Ballot[];
}

/** A timer that comes this late shows that the process itself was held up; so often it is believed. @unit ms */
const HELD_UP_MS = 50;
const MOST_HELD_UP = 3;

interface Running {
  readonly node: PoolNode;
  readonly began: number;
  readonly replies: (Reply | undefined)[];
  whole: string | undefined;
  left: number;
  off: ((why: 'slow' | 'failed' | 'unneeded') => void)[];
}

/**
 * One question to as many nodes as it takes: until enough say the same, or nobody is left. One that is slow is not waited for alone: after
 * what such a question usually takes another node is asked as well.
 */
export class Reading {
  private readonly parts: ReadingParts;
  private readonly question: Question;
  private readonly done: (finding: Finding) => void;
  private readonly asked: PoolNode[] = [];
  private running: Running[] = [];
  private readonly ballots: Ballot[] = [];
  private readonly failures: NodeFailure[] = [];
  private readonly groups: Group[] = [];
  private callOff: (() => void) | undefined;
  private readonly endsAt: number;
  private dueAt = 0;
  private heldUp = 0;
  private isOver = false;

  /** @param done called once, never before `start` has returned */
  constructor(parts: ReadingParts, question: Question, done: (finding: Finding) => void) {
    this.parts = parts;
    this.question = question;
    this.done = done;
    this.endsAt = parts.time.now() + question.timeoutMs;
  }

  start(): void {
    const { votes } = this.question;
    for (let i = 0; i < votes; i++) if (!this.askNext()) break;
    if (this.running.length === 0) this.callOff = this.parts.time.after(0, () => this.fail());
    else this.wait();
  }

  private askNext(): boolean {
    const { question, parts } = this;
    const taken = [...this.running, ...this.ballots].map(({ node }) => node);
    const node = parts.order.next(this.asked, taken, question.method, question.atBlock);
    if (node === undefined) return false;
    this.asked.push(node);
    const now = parts.time.now();
    const running: Running = { node, began: now, replies: [], whole: undefined, left: 0, off: [] };
    this.running.push(running);
    this.askFor(running, question.calls);
    return true;
  }

  private askFor(running: Running, calls: readonly Outgoing[]): void {
    const { node, replies } = running;
    const first = replies.length;
    for (const _ of calls) replies.push(undefined);
    running.left += calls.length;
    if (calls.length > 1) node.hold();
    const off = calls.map((call, i) =>
      // This has a deadline of its own.
      node.ask(call, Number.POSITIVE_INFINITY, (outcome) => this.onOutcome(running, first + i, outcome)),
    );
    running.off.push(...off);
    if (calls.length > 1) node.release();
  }

  private onOutcome(running: Running, i: number, outcome: Outcome): void {
    if (this.isOver || !this.running.includes(running)) return;
    if (outcome.kind === 'failure') {
      this.drop(running, 'unneeded');
      const { why, reply } = outcome;
      this.failures.push(
        reply === undefined ? { node: running.node, why } : { node: running.node, why, reply },
      );
      this.goOn();
      return;
    }
    running.replies[i] = outcome.reply;
    running.whole ??= outcome.text;
    running.left--;
    // All are there once none is left.
    if (running.left === 0)
      this.onConclusion(
        running,
        this.question.conclude(running.replies as Reply[], running.whole, running.node),
      );
  }

  private onConclusion(running: Running, conclusion: Conclusion): void {
    if (this.isOver || !this.running.includes(running)) return;
    const { node } = running;
    switch (conclusion.kind) {
      case 'more':
        this.askFor(running, conclusion.calls);
        return;
      case 'later':
        conclusion.begin((settled) => this.onConclusion(running, settled));
        return;
      case 'good':
        this.drop(running, 'unneeded');
        this.count({ node, answer: conclusion.answer }, running);
        return;
      case 'bad':
        this.parts.onBad(node, this.question.method, conclusion.why, conclusion.isLie);
        this.failures.push({ node, why: 'implausible', words: conclusion.why });
        break;
      default:
        this.failures.push({ node, why: 'behind', words: conclusion.why });
    }
    this.drop(running, 'unneeded');
    this.goOn();
  }

  private count(ballot: Ballot, running: Running): void {
    const { votes, middle } = this.question;
    this.ballots.push(ballot);
    const group = this.groupOf(ballot);
    if (this.missing(group) <= 0) {
      const { answer, from, isDisputed } = this.merged(group.ballots);
      // They agree on what matters, and not on all that they say: another one shows who is right about the rest.
      if (!isDisputed || (this.running.length === 0 && !this.askNext())) this.found(answer, from, running);
      else this.wait();
      return;
    }
    if (middle !== undefined && this.numbers.length >= 2 * votes - 1) {
      this.foundMiddle(middle, this.numbers, running);
      return;
    }
    this.goOn();
  }

  /** Those that have said the same so far, this one among them. */
  private groupOf(ballot: Ballot): Group {
    const { groups, question } = this;
    const text = ballot.answer.kind === 'error' ? ballot.answer.vote : ballot.answer.text;
    let group = groups.find((one) => one.text === text);
    let print: string | undefined;
    if (group === undefined && groups.length > 0) {
      // The same in another form? Only then it is worth looking closely.
      print = printOf(ballot.answer, question.shape);
      for (const one of groups) {
        const [first] = one.ballots;
        if (first !== undefined) one.print ??= printOf(first.answer, question.shape);
      }
      group = groups.find((one) => one.print === print);
    }
    group ??= { text, print, ballots: [] };
    if (group.ballots.length === 0) groups.push(group);
    group.ballots.push(ballot);
    return group;
  }

  /** How many more must say what these say. */
  private missing({ text, ballots }: Group): number {
    const { votes, nullVotes } = this.question;
    return (text === 'null' ? nullVotes : votes) - ballots.length;
  }

  /** The answer of several that agree: word for word where enough do, else only what all of them have said. */
  private merged(group: readonly Ballot[]): { answer: Answer; from: readonly Ballot[]; isDisputed: boolean } {
    const { votes, shape } = this.question;
    const [first] = group;
    if (first === undefined) throw new RangeError('Expected at least one vote.');
    for (const { answer } of group) {
      const same = group.filter((other) => other.answer.text === answer.text);
      if (same.length >= votes) return { answer, from: group, isDisputed: false };
    }
    if (first.answer.kind === 'error') {
      const { vote } = first.answer;
      const texts = group.map(({ answer }) => answer.text);
      const answer: Answer = { kind: 'error', text: agreedError(texts, vote, votes), vote };
      return { answer, from: group, isDisputed: false };
    }
    const values = group.map(({ answer }) => (answer.kind === 'result' ? answer.value : undefined));
    const { value, isWhole, isDisputed } = agreed(shape, values);
    const { answer } = first;
    return {
      answer: isWhole ? answer : { kind: 'result', text: JSON.stringify(value), value },
      from: group,
      isDisputed,
    };
  }

  private foundMiddle({ ofTwo }: Middle, from: readonly Ballot[], running: Running | undefined): void {
    const value = median(from.map(resultOf), ofTwo);
    this.found({ kind: 'result', text: JSON.stringify(value), value }, from, running);
  }

  /** Too few have said a number for a middle one: those that are near each other will do, where they may. @returns whether they did */
  private findNear(): boolean {
    const { votes, middle } = this.question;
    const near = middle?.isNearEnough === true ? nearest(this.numbers, votes) : undefined;
    if (middle === undefined || near === undefined) return false;
    this.foundMiddle(middle, near, undefined);
    return true;
  }

  /** Of an error there is no middle: counted in, it would leave few numbers, and a lie in the middle of them. */
  private get numbers(): readonly Ballot[] {
    return this.ballots.filter((ballot) => typeof resultOf(ballot) === 'string');
  }

  /** What is still wanted is asked for; without anybody to ask, what is there has to do. */
  private goOn(): void {
    const { votes, middle } = this.question;
    const least = Math.min(votes, ...this.groups.map((group) => this.missing(group)));
    const wanted =
      middle !== undefined && this.groups.length > 1
        ? 2 * votes - 1 - this.numbers.length - this.running.length
        : least - this.running.length;
    for (let i = 0; i < wanted; i++) if (!this.askNext()) break;
    if (this.running.length > 0) {
      this.wait();
      return;
    }
    const [only] = this.groups;
    // Nobody is left to say otherwise.
    if (only !== undefined && this.groups.length === 1 && only.ballots.length >= votes)
      this.found(this.merged(only.ballots).answer, only.ballots, undefined);
    else this.endDisputed();
  }

  /** Nobody is left to say more, or no time: enough may have agreed on what matters, or be near each other. */
  private endDisputed(): void {
    const group = this.groups.find((one) => this.missing(one) <= 0);
    if (group !== undefined) this.found(this.merged(group.ballots).answer, group.ballots, undefined);
    else if (!this.findNear()) this.fail();
  }

  /** For whoever is on the way: another one is asked when it takes longer than usual, and nobody any more when time is up. */
  private wait(): void {
    this.callOff?.();
    const now = this.parts.time.now();
    const left = this.endsAt - now;
    const [slowest] = this.running;
    const hedgeMs =
      slowest === undefined ? left : slowest.began + slowest.node.hedgeMs(this.question.method) - now;
    this.waitFor(Math.min(left, Math.max(0, hedgeMs)));
  }

  private waitFor(ms: number): void {
    const { time } = this.parts;
    this.dueAt = time.now() + ms;
    this.callOff = time.after(ms, () => this.onWaited());
  }

  private onWaited(): void {
    const { time, budget } = this.parts;
    if (this.isOver) return;
    const now = time.now();
    if (now - this.dueAt > HELD_UP_MS && this.heldUp < MOST_HELD_UP) {
      // This process was held up itself: what came meanwhile is read first.
      this.heldUp++;
      this.waitFor(ASK_AGAIN_MS);
      return;
    }
    if (now >= this.endsAt) {
      this.endDisputed();
      return;
    }
    const last = this.running.at(-1);
    const isDue = last !== undefined && now - last.began >= last.node.hedgeMs(this.question.method) - 1;
    if (isDue && this.groups.some((group) => this.missing(group) <= 0)) {
      // Only the rest is in dispute: it is not worth a longer wait.
      this.endDisputed();
      return;
    }
    // A second attempt too many is better than no answer: half of the time is left for it.
    const isLate = this.endsAt - now <= this.question.timeoutMs / 2 && this.running.length < MOST_LATE;
    // Spent only where there is somebody to be asked.
    if (isDue && (budget.left > 0 || isLate) && this.askNext()) {
      budget.withdraw();
      this.parts.onHedge?.();
    } else if (isDue && this.findNear()) return;
    this.waitFor(Math.min(this.endsAt - now, this.againMs(now)));
  }

  private againMs(now: number): number {
    const last = this.running.at(-1);
    if (last === undefined) return ASK_AGAIN_MS;
    return Math.max(ASK_AGAIN_MS, last.began + last.node.hedgeMs(this.question.method) - now);
  }

  private found(answer: Answer, from: readonly Ballot[], winner: Running | undefined): void {
    const against = this.ballots.filter((ballot) => !from.includes(ballot));
    this.finish(winner);
    this.done({ kind: 'found', answer, from: from.map(({ node }) => node), against });
  }

  private fail(): void {
    if (this.isOver) return;
    const late = this.running.map(({ node }): NodeFailure => ({ node, why: 'silent' }));
    // Those that were not asked, because they have said that they have had enough.
    const resting = this.parts.order.resting().map(({ node, why }): NodeFailure => ({ node, why }));
    const unasked = resting.filter(({ node }) => !this.asked.includes(node));
    this.finish(undefined);
    this.done({ kind: 'none', failures: [...this.failures, ...late, ...unasked], ballots: this.ballots });
  }

  private finish(winner: Running | undefined): void {
    this.isOver = true;
    this.callOff?.();
    // Without one that was faster, only those have failed who were waited for to the end.
    const unlike = this.parts.time.now() >= this.endsAt ? 'failed' : 'slow';
    for (const one of [...this.running])
      this.drop(one, winner === undefined ? unlike : this.comparedWith(winner, one));
  }

  /**
   * What it shows of a node that another one was faster: nothing of one that was asked later. One that had a head start has failed only
   * where it took a multiple of what the other did: when everything is slow, nobody has.
   */
  private comparedWith(winner: Running, other: Running): 'failed' | 'slow' | 'unneeded' {
    if (other.began > winner.began) return 'unneeded';
    const now = this.parts.time.now();
    if (other.began === winner.began) return 'slow';
    return now - other.began >= FAR_SLOWER * Math.max(1, now - winner.began) ? 'failed' : 'slow';
  }

  private drop(running: Running, why: 'slow' | 'failed' | 'unneeded'): void {
    this.running = this.running.filter((one) => one !== running);
    for (const off of running.off) off(why);
  }
}

function printOf(answer: Answer, shape: AnswerShape): string {
  return answer.kind === 'error' ? `error ${answer.vote}` : `result ${fingerprint(shape, answer.value)}`;
}

function resultOf({ answer }: Ballot): unknown {
  return answer.kind === 'result' ? answer.value : undefined;
}

/** As many numbers as are near each other, at least so many; of as many the ones that are nearest. */
function nearest(ballots: readonly Ballot[], atLeast: number): readonly Ballot[] | undefined {
  const sorted = ballots
    .map((ballot) => ({ ballot, number: Number(resultOf(ballot)) }))
    .sort((a, b) => a.number - b.number);
  for (let count = sorted.length; count >= atLeast; count--) {
    let best: { readonly apart: number; readonly from: number } | undefined;
    for (let from = 0; from + count <= sorted.length; from++) {
      const [least = 0, most = 0] = [sorted[from]?.number, sorted[from + count - 1]?.number];
      const apart = most === least ? 1 : most / least;
      if (apart <= NEAR && (best === undefined || apart < best.apart)) best = { apart, from };
    }
    if (best !== undefined) return sorted.slice(best.from, best.from + count).map(({ ballot }) => ballot);
  }
  return undefined;
}
