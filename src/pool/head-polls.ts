import type { Time } from '../time.ts';
import { blockOf, MOST_BLOCK_BYTES, numberOf } from './block.ts';
import type { PoolNode } from './node.ts';
import { resultOf, type Outcome } from './outcome.ts';

export interface HeadPollsOptions {
  /** All that are asked. */
  readonly nodes: readonly PoolNode[];
  /** `eth_chainId`. */
  readonly chain: number;
  /** @unit ms */
  readonly blockTimeMs: number;
  readonly time: Time;
  /** Whether nobody has wanted anything of late: then nobody is asked. @default never */
  readonly isIdle?: (() => boolean) | undefined;
  readonly listener: HeadPollsListener;
}

export interface HeadPollsListener {
  /** What a node says is the newest block: never of before what it said last. */
  onNewest(node: PoolNode, outcome: Outcome): void;
  /** It has said which block is safe, or finalized: the node has it. */
  onTag(): void;
  /** It was found to be of another chain. */
  onForeign(node: PoolNode): void;
}

/** How soon a node is asked again that was being asked when something happened. @unit ms */
const AGAIN_MS = 25;
/** Of an answer that is one number. @unit bytes */
const MOST_NUMBER_BYTES = 10_000;
/** The chain, and the safe and finalized blocks, are asked for with one poll in so many. */
const TAGS_EVERY = 8;

/** Asks every node of which chain it is and how far: from time to time, and whenever something has happened. */
export class HeadPolls {
  /** @unit ms */
  readonly everyMs: number;
  private readonly options: HeadPollsOptions;
  private readonly isAsked = new Set<PoolNode>();
  /** By node, the number of the newest question that it has answered: what it said to an older one is of before. */
  private readonly answered = new Map<PoolNode, number>();
  private readonly isAskedAgain = new Set<PoolNode>();
  /** Those that are asked once more in a moment. */
  private readonly isAskedSoon = new Set<PoolNode>();
  private readonly callsOff = new Set<() => void>();
  private questions = 0;
  private polls = 0;
  private isStopped = false;

  constructor(options: HeadPollsOptions) {
    this.options = options;
    this.everyMs = Math.min(4_000, Math.max(250, options.blockTimeMs / 3));
  }

  start(): void {
    for (const node of this.options.nodes) this.poll(node);
  }

  stop(): void {
    this.isStopped = true;
    for (const off of this.callsOff) off();
  }

  /** Asks every node at once, or one: something has happened. One that is being asked is asked once more after that, a little later. */
  look(node?: PoolNode): void {
    for (const one of node === undefined ? this.options.nodes : [node]) {
      if (!this.options.nodes.includes(one)) continue;
      if (this.isAsked.has(one)) this.isAskedAgain.add(one);
      else this.ask(one, false);
    }
  }

  private poll(node: PoolNode): void {
    if (this.isStopped) return;
    const { nodes, isIdle } = this.options;
    if (isIdle?.() !== true) this.ask(node, this.polls++ % (TAGS_EVERY * nodes.length) < nodes.length);
    this.after(this.everyMs, () => this.poll(node));
  }

  private ask(node: PoolNode, withTags: boolean): void {
    if (node.isDrained) return;
    const timeoutMs = Math.min(4_000, Math.max(1_000, this.everyMs));
    // What is of another chain is asked again from time to time: it may have been set right.
    if (node.isForeign && !withTags) return;
    const { listener } = this.options;
    const of = (tag: string) => ({
      method: 'eth_getBlockByNumber',
      paramsText: `["${tag}",false]`,
      mostBytes: MOST_BLOCK_BYTES,
    });
    const ofChain = { method: 'eth_chainId', paramsText: '[]', mostBytes: MOST_NUMBER_BYTES };
    node.hold();
    if (withTags || node.chain === undefined)
      node.ask(ofChain, timeoutMs, (outcome) => this.onChain(node, numberOf(resultOf(outcome))));
    this.isAsked.add(node);
    const question = ++this.questions;
    node.ask(of('latest'), timeoutMs, (outcome) => {
      this.askAgain(node);
      if (question < (this.answered.get(node) ?? 0)) return;
      this.answered.set(node, question);
      if (!this.isStopped) listener.onNewest(node, outcome);
    });
    if (withTags)
      for (const tag of ['safe', 'finalized'] as const)
        node.ask(of(tag), timeoutMs, (outcome) => {
          node[tag] = blockOf(resultOf(outcome))?.number ?? node[tag];
          listener.onTag();
        });
    node.release();
  }

  private askAgain(node: PoolNode): void {
    // Else each poll that comes back meanwhile would begin a round of its own, which goes on as long as a socket speaks.
    if (this.isAskedSoon.has(node)) return;
    this.isAsked.delete(node);
    if (!this.isAskedAgain.delete(node)) return;
    this.isAsked.add(node);
    this.isAskedSoon.add(node);
    this.after(AGAIN_MS, () => {
      this.isAskedSoon.delete(node);
      this.isAsked.delete(node);
      this.ask(node, false);
    });
  }

  private onChain(node: PoolNode, chain: number | undefined): void {
    if (chain === undefined || chain === node.chain) return;
    node.chain = chain;
    node.isForeign = chain !== this.options.chain;
    if (node.isForeign) this.options.listener.onForeign(node);
    node.judge();
  }

  private after(ms: number, run: () => void): void {
    const off = this.options.time.after(ms, () => {
      this.callsOff.delete(off);
      run();
    });
    this.callsOff.add(off);
  }
}
