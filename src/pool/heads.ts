import type { Time } from '../time.ts';
import { blockOf, type Block } from './block.ts';
import { HeadPolls } from './head-polls.ts';
import type { PoolNode } from './node.ts';
import { resultOf, type Outcome } from './outcome.ts';
import { Tips } from './tips.ts';

export interface HeadsOptions {
  /** All that are asked how far they are. */
  readonly nodes: readonly PoolNode[];
  /** Those among them whose heads are believed. */
  readonly believed: readonly PoolNode[];
  /** `eth_chainId`. */
  readonly chain: number;
  /** How many members must agree on a block. */
  readonly votes: number;
  /** @unit ms */
  readonly blockTimeMs: number;
  /** Blocks that a node may be behind and still be asked for what it has. */
  readonly lag: number;
  readonly time: Time;
  /** Asks for a block by its number or hash, as many as must agree; undefined when they do not. */
  readonly readBlock: (at: number | string, done: (value: unknown) => void) => void;
  readonly listener: HeadsListener;
  /** Whether nobody has wanted anything of late: then nothing is polled. @default never */
  readonly isIdle?: () => boolean;
  /** Whether somebody wants to hear of every block. Where nobody does, a wide gap is not walked. @default always */
  readonly isFollowed?: () => boolean;
}

export interface HeadsListener {
  /** Blocks that are no longer of the chain, newest first; then those that are new, oldest first. */
  onMoved(removed: readonly Block[], added: readonly Block[]): void;
  /** What came between the last block and the head is not known. */
  onGap(): void;
  /** A node has said where it is, or has not. */
  onPolled(): void;
  /** A node gave a block whose hash is not that of its fields, where others give such that are. */
  onForged(node: PoolNode, why: string): void;
}

/** How many blocks are held behind the head. */
const MOST_BLOCKS = 512;
/** Further than this the chain is not walked back for what was missed. */
const MOST_GAP = 256;
/** Nor further than this where nobody follows. */
const MOST_GAP_UNFOLLOWED = 8;
/** When every node is behind what was said before for so long, the chain itself was set back. @unit ms */
const SET_BACK_MS = 60_000;
/** A head may be this many blocks ahead of what time alone explains. */
const AHEAD = 16;

/**
 * The chain as the pool stands on it: the newest block on which enough nodes agree, and those before it. Its height never falls, but for a
 * chain that was set back for good; what is at a height may change.
 *
 * Blocks after the first are found by their parents' hashes, and a hash is computed from a block's fields: so what was agreed on is the head,
 * and all before it follows.
 */
export class Heads {
  safe: number | undefined;
  finalized: number | undefined;
  private readonly options: HeadsOptions;
  private readonly blocks: Block[] = [];
  private readonly polls: HeadPolls;
  private readonly tips: Tips;
  private readonly callsOff = new Set<() => void>();
  private readonly waiting: { readonly number: number; readonly done: (isThere: boolean) => void }[] = [];
  private confirmedAt = Number.NEGATIVE_INFINITY;
  private takenAt = Number.NEGATIVE_INFINITY;
  private lowSince = Number.POSITIVE_INFINITY;
  /** Members that have given blocks whose hashes are those of their fields: one alone does not show that all should be. */
  private readonly provenBy = new Set<string>();
  private hasKnownLayout = false;
  private isMoving = false;
  private isMovedMeanwhile = false;
  private isStopped = false;

  constructor(options: HeadsOptions) {
    this.options = options;
    const { believed, votes, lag } = options;
    this.tips = new Tips({ believed, votes, lag, most: () => this.mostByNow() });
    this.polls = new HeadPolls({
      ...options,
      listener: {
        onNewest: (node, outcome) => this.onNewest(node, outcome),
        onTag: () => this.agreeOnTags(),
        onForeign: (node) => this.tips.forget(node),
      },
    });
  }

  get block(): Block | undefined {
    return this.blocks.at(-1);
  }

  /** When the pool came to stand on its head; -infinity before the first. @unit ms */
  get since(): number {
    return this.takenAt;
  }

  /** Whether this node's head is asked for. */
  asks(node: PoolNode): boolean {
    return this.options.nodes.includes(node);
  }

  /** Whether what is known of the head is of late. */
  get isFresh(): boolean {
    return this.options.time.now() - this.confirmedAt <= 3 * this.polls.everyMs + this.options.blockTimeMs;
  }

  /** Whether every block's hash is computed from its fields. */
  get isProven(): boolean {
    return this.hasKnownLayout;
  }

  at(number: number): Block | undefined {
    const first = this.blocks[0];
    return first === undefined ? undefined : this.blocks[number - first.number];
  }

  /** Whether it is older than what is held. */
  isForgotten(number: number): boolean {
    return number < (this.blocks[0]?.number ?? 0);
  }

  /** Whether a block is of the chain, as far as is known. */
  isCanonical(number: number, hash: string): boolean {
    return this.at(number)?.hash === hash;
  }

  /** Whether time alone explains that the chain is so high already. */
  isExplained(number: number): boolean {
    return number <= this.mostByNow();
  }

  /** Whether a block is known not to be of the chain, by its own hash or by that of its parent. */
  isOfOther({ number, hash, parentHash }: Pick<Block, 'number' | 'hash' | 'parentHash'>): boolean {
    const known = this.at(number);
    if (known !== undefined) return known.hash !== hash;
    const parent = this.at(number - 1);
    return parent !== undefined && parent.hash !== parentHash;
  }

  start(): void {
    this.polls.start();
  }

  stop(): void {
    this.isStopped = true;
    this.polls.stop();
    for (const off of this.callsOff) off();
    for (const { done } of this.waiting.splice(0)) done(false);
  }

  /** Asks every node at once, or one: something has happened. One that is being asked is asked once more after that, a little later. */
  look(node?: PoolNode): void {
    this.polls.look(node);
  }

  /** Calls once the head is there, or when it has not come in time. */
  waitFor(number: number, ms: number, done: (isThere: boolean) => void): void {
    if ((this.block?.number ?? Number.NEGATIVE_INFINITY) >= number) {
      done(true);
      return;
    }
    const entry = {
      number,
      done: (isThere: boolean): void => {
        off();
        this.callsOff.delete(off);
        done(isThere);
      },
    };
    const off = this.options.time.after(ms, () => {
      const i = this.waiting.indexOf(entry);
      if (i >= 0) this.waiting.splice(i, 1);
      entry.done(false);
    });
    this.callsOff.add(off);
    this.waiting.push(entry);
  }

  private onNewest(node: PoolNode, outcome: Outcome): void {
    const value = resultOf(outcome);
    const block = value === undefined ? undefined : this.read(value, node);
    if (block === undefined) {
      // Too much asked of it is no sign that it is gone.
      const isExcused =
        outcome.kind === 'failure' && (outcome.why === 'over-budget' || outcome.why === 'rate-limited');
      if (!isExcused) node.polled(false);
      this.options.listener.onPolled();
      return;
    }
    // Nothing is made of the head of some other chain.
    if (node.chain === this.options.chain) this.tips.says(node, block);
    node.head = {
      number: block.number,
      hash: block.hash,
      parentHash: block.parentHash,
      at: this.options.time.now(),
    };
    node.polled(true);
    this.options.listener.onPolled();
    this.move();
  }

  /** A block in the form that is needed here; undefined when it is none. */
  private read(value: unknown, node?: PoolNode): Block | undefined {
    const block = blockOf(value);
    if (block === undefined) return undefined;
    if (block.header !== undefined) this.learnLayout(node);
    else if (this.hasKnownLayout) {
      if (node !== undefined)
        this.options.listener.onForged(node, 'the hash of a block is not that of its fields');
      return undefined;
    }
    return block;
  }

  /** Hashes can be computed here: so many have shown it as must agree. @param node undefined: they have agreed already */
  private learnLayout(node: PoolNode | undefined): void {
    if (this.hasKnownLayout) return;
    const { believed, chain, votes } = this.options;
    if (node !== undefined) {
      if (node.chain !== chain || !believed.includes(node)) return;
      this.provenBy.add(node.member);
    }
    this.hasKnownLayout = node === undefined || this.provenBy.size >= votes;
  }

  /** What time alone explains of how high the chain may be. */
  private mostByNow(): number {
    const { time, blockTimeMs } = this.options;
    const { block } = this;
    if (block === undefined) return Number.POSITIVE_INFINITY;
    return block.number + AHEAD + (4 * (time.now() - this.confirmedAt)) / blockTimeMs;
  }

  private agreeOnTags(): void {
    this.safe = this.agreedTag('safe', this.safe);
    this.finalized = this.agreedTag('finalized', this.finalized);
  }

  private agreedTag(tag: 'safe' | 'finalized', before: number | undefined): number | undefined {
    const agreed = this.tips.tagged(tag);
    // Not beyond the head, and never back.
    if (agreed === undefined || agreed > (this.block?.number ?? -1)) return before;
    return Math.max(agreed, before ?? 0);
  }

  private move(): void {
    if (this.isMoving) {
      this.isMovedMeanwhile = true;
      return;
    }
    const { time } = this.options;
    const target = this.tips.height();
    const head = this.block;
    if (target === undefined) return;
    if (head !== undefined && target < head.number && !this.isSetBack()) {
      this.markNodes();
      return;
    }
    this.lowSince = Number.POSITIVE_INFINITY;
    const known = this.tips.hashAt(target, this.at(target)?.hash);
    if (known === head?.hash && head?.number === target) {
      this.confirmedAt = time.now();
      this.markNodes();
      return;
    }
    this.isMoving = true;
    this.moveTo(target, () => {
      this.isMoving = false;
      this.markNodes();
      const { isMovedMeanwhile } = this;
      this.isMovedMeanwhile = false;
      if (isMovedMeanwhile && !this.isStopped) this.move();
    });
  }

  /** To a height, or where too few agree on a block there, to the next lower one that somebody has told of. */
  private moveTo(target: number, finish: () => void): void {
    const known = this.tips.hashAt(target, this.at(target)?.hash);
    const from = known === undefined ? undefined : this.tips.withHash(known, this.hasKnownLayout);
    if (from !== undefined) {
      this.connect(from, [], finish);
      return;
    }
    const head = this.block;
    this.options.readBlock(known ?? target, (value) => {
      const block = value === undefined ? undefined : this.read(value);
      if (this.isStopped) finish();
      else if (block === undefined || block.number !== target) {
        const next = this.tips.below(target);
        if (next !== undefined && next > (head?.number ?? -1)) this.moveTo(next, finish);
        else finish();
      } else if (block.hash === head?.hash) {
        // The same as before: nothing has given way.
        this.confirmedAt = this.options.time.now();
        finish();
      } else this.connect(block, [], finish);
    });
  }

  /** Whether the chain is lower for good: then what was said before no longer holds. */
  private isSetBack(): boolean {
    const now = this.options.time.now();
    if (this.lowSince === Number.POSITIVE_INFINITY) this.lowSince = now;
    return now - this.lowSince >= SET_BACK_MS;
  }

  /** Walks back from a new head to a block that is known, then takes it over. @param path what was walked, newest first */
  private connect(block: Block, path: readonly Block[], finish: () => void): void {
    if (this.isStopped) {
      finish();
      return;
    }
    if (block.hash === this.block?.hash) {
      this.confirmedAt = this.options.time.now();
      finish();
      return;
    }
    const walked = [...path, block];
    const parent = this.at(block.number - 1);
    const first = this.blocks[0];
    const isConnected = first === undefined || parent?.hash === block.parentHash || block.number === 0;
    const isTooFar = walked.length >= MOST_GAP || this.isNotWorthIt(block);
    if (isConnected || block.number - 1 < first.number || isTooFar) {
      this.take(walked, isConnected ? parent : undefined);
      finish();
      return;
    }
    this.options.readBlock(block.parentHash, (value) => {
      const before = value === undefined ? undefined : this.read(value);
      if (before === undefined || before.hash !== block.parentHash || before.number !== block.number - 1)
        finish();
      else this.connect(before, walked, finish);
    });
  }

  private isNotWorthIt(block: Block): boolean {
    const gap = block.number - (this.block?.number ?? block.number);
    return gap > MOST_GAP_UNFOLLOWED && this.options.isFollowed?.() === false;
  }

  private take(walked: readonly Block[], parent: Block | undefined): void {
    const added = [...walked].reverse();
    const [oldest] = added;
    const first = this.blocks[0];
    if (oldest === undefined) return;
    // Where nothing connects, what was before is another chain, or too long ago.
    const keep = first === undefined || parent === undefined ? 0 : parent.number - first.number + 1;
    // The only block that is held gave way to another one after the same.
    const isBeside = first?.number === oldest.number && first.parentHash === oldest.parentHash;
    if (first !== undefined && parent === undefined && !isBeside) this.options.listener.onGap();
    const removed = this.blocks.splice(keep).reverse();
    this.blocks.push(...added);
    if (this.blocks.length > MOST_BLOCKS) this.blocks.splice(0, this.blocks.length - MOST_BLOCKS);
    this.confirmedAt = this.options.time.now();
    this.takenAt = this.confirmedAt;
    this.agreeOnTags();
    this.options.listener.onMoved(removed, added);
    const number = this.block?.number ?? -1;
    for (const one of this.waiting.filter((entry) => entry.number <= number)) {
      const i = this.waiting.indexOf(one);
      // What another one did may have ended it.
      if (i < 0) continue;
      this.waiting.splice(i, 1);
      one.done(true);
    }
  }

  private markNodes(): void {
    const head = this.block;
    if (head === undefined) return;
    for (const node of this.options.nodes) {
      node.isApart = node.head !== undefined && this.isOfOther(node.head);
      const isLagging = node.head !== undefined && node.head.number < head.number - this.options.lag;
      if (isLagging === node.isLagging) continue;
      node.isLagging = isLagging;
      node.judge();
    }
  }
}
