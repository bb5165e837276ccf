import { fingerprint, readHeader, type Header } from '../chain/index.ts';
import type { Time } from '../time.ts';
import type { PoolNode } from './node.ts';
import { isStanding, isThere, membersOf } from './order.ts';
import type { Outcome } from './outcome.ts';

/** One block of the chain that the pool stands on. */
export interface Block {
  readonly number: number;
  readonly hash: string;
  readonly parentHash: string;
  readonly timestamp: number;
  readonly logsBloom: string;
  readonly transactionsRoot: string;
  readonly receiptsRoot: string;
  /** Set when its hash was computed from its fields; else the hash is what nodes say. */
  readonly header: Header | undefined;
  /** As a node gave it, with the hashes of its transactions. */
  readonly value: Readonly<Record<string, unknown>>;
}

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
/** How soon a node is asked again that was being asked when something happened. @unit ms */
const AGAIN_MS = 25;
/** Safe and finalized blocks are asked for with one poll in so many. */
const TAGS_EVERY = 8;

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
  private readonly tips = new Map<PoolNode, Block>();
  private readonly pollMs: number;
  private readonly callsOff = new Set<() => void>();
  private readonly waiting: { readonly number: number; readonly done: (isThere: boolean) => void }[] = [];
  private confirmedAt = Number.NEGATIVE_INFINITY;
  private takenAt = Number.NEGATIVE_INFINITY;
  private lowSince = Number.POSITIVE_INFINITY;
  /** Members that have given blocks whose hashes are those of their fields: one alone does not show that all should be. */
  private readonly provenBy = new Set<string>();
  private hasKnownLayout = false;
  private readonly isAsked = new Set<PoolNode>();
  /** By node, the number of the newest question that it has answered: what it said to an older one is of before. */
  private readonly answered = new Map<PoolNode, number>();
  private questions = 0;
  private readonly isAskedAgain = new Set<PoolNode>();
  /** Those that are asked once more in a moment. */
  private readonly isAskedSoon = new Set<PoolNode>();
  private isMoving = false;
  private isMovedMeanwhile = false;
  private isStopped = false;
  private polls = 0;

  constructor(options: HeadsOptions) {
    this.options = options;
    this.pollMs = Math.min(4_000, Math.max(250, options.blockTimeMs / 3));
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
    return this.options.time.now() - this.confirmedAt <= 3 * this.pollMs + this.options.blockTimeMs;
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

  start(): void {
    for (const node of this.options.nodes) this.poll(node);
  }

  stop(): void {
    this.isStopped = true;
    for (const off of this.callsOff) off();
    for (const { done } of this.waiting.splice(0)) done(false);
  }

  /** Asks every node at once, or one: something has happened. One that is being asked is asked once more after that, a little later. */
  look(node?: PoolNode): void {
    for (const one of node === undefined ? this.options.nodes : [node]) {
      if (!this.options.nodes.includes(one)) continue;
      if (this.isAsked.has(one)) this.isAskedAgain.add(one);
      else this.ask(one, false);
    }
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

  // Polls.

  private poll(node: PoolNode): void {
    if (this.isStopped) return;
    const { time, isIdle } = this.options;
    if (isIdle?.() !== true)
      this.ask(node, this.polls++ % (TAGS_EVERY * this.options.nodes.length) < this.options.nodes.length);
    const off = time.after(this.pollMs, () => {
      this.callsOff.delete(off);
      this.poll(node);
    });
    this.callsOff.add(off);
  }

  private ask(node: PoolNode, withTags: boolean): void {
    if (node.isDrained) return;
    const timeoutMs = Math.min(4_000, Math.max(1_000, this.pollMs));
    // What is of another chain is asked again from time to time: it may have been set right.
    if (node.isForeign && !withTags) return;
    const of = (tag: string) => ({ method: 'eth_getBlockByNumber', paramsText: `["${tag}",false]` });
    node.hold();
    if (withTags || node.chain === undefined)
      node.ask({ method: 'eth_chainId', paramsText: '[]' }, timeoutMs, (outcome) =>
        this.onChain(node, outcome),
      );
    this.isAsked.add(node);
    const question = ++this.questions;
    node.ask(of('latest'), timeoutMs, (outcome) => {
      this.askAgain(node);
      if (question < (this.answered.get(node) ?? 0)) return;
      this.answered.set(node, question);
      this.onTip(node, outcome);
    });
    if (withTags) {
      for (const tag of ['safe', 'finalized'] as const)
        node.ask(of(tag), timeoutMs, (outcome) => {
          node[tag] = numberOf(outcome) ?? node[tag];
          this.agreeOnTags();
        });
    }
    node.release();
  }

  private askAgain(node: PoolNode): void {
    // Else each poll that comes back meanwhile would begin a round of its own, which goes on as long as a socket speaks.
    if (this.isAskedSoon.has(node)) return;
    this.isAsked.delete(node);
    if (!this.isAskedAgain.delete(node)) return;
    this.isAsked.add(node);
    this.isAskedSoon.add(node);
    const off = this.options.time.after(AGAIN_MS, () => {
      this.callsOff.delete(off);
      this.isAskedSoon.delete(node);
      this.isAsked.delete(node);
      this.ask(node, false);
    });
    this.callsOff.add(off);
  }

  private onChain(node: PoolNode, outcome: Outcome): void {
    const value =
      outcome.kind === 'answer' && outcome.reply.kind === 'result' ? outcome.reply.value : undefined;
    const chain = quantityOf(value);
    if (chain === undefined || chain === node.chain) return;
    node.chain = chain;
    node.isForeign = chain !== this.options.chain;
    if (node.isForeign) this.tips.delete(node);
    node.judge();
  }

  private onTip(node: PoolNode, outcome: Outcome): void {
    if (this.isStopped) return;
    const value =
      outcome.kind === 'answer' && outcome.reply.kind === 'result' ? outcome.reply.value : undefined;
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
    if (node.chain === this.options.chain) this.tips.set(node, block);
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

  // Agreement.

  /** What members say last, each with one voice. */
  private tipsThatCount(): readonly Block[] {
    const { time, believed, blockTimeMs, votes } = this.options;
    // Where others have fallen away since some were put aside, those are heard again: without them there is no agreement at all.
    const counts = membersOf(believed.filter(isStanding)) >= votes ? isStanding : isThere;
    const head = this.block;
    const most =
      head === undefined
        ? Number.POSITIVE_INFINITY
        : head.number + AHEAD + (4 * (time.now() - this.confirmedAt)) / blockTimeMs;
    const byMember = new Map<string, Block>();
    for (const node of believed) {
      const block = this.tips.get(node);
      if (block === undefined || !counts(node)) continue;
      if (block.number > (byMember.get(node.member)?.number ?? -1)) byMember.set(node.member, block);
    }
    const tips = [...byMember.values()];
    // One voice about what time does not explain counts for nothing; where so many agree as have to, the chain has made a leap.
    const far = tips.filter(({ number }) => number > most).length;
    return far >= this.needed(tips.length) ? tips : tips.filter(({ number }) => number <= most);
  }

  private needed(standing: number): number {
    return Math.max(this.options.votes, Math.min(2, standing));
  }

  private agreeOnTags(): void {
    this.safe = this.agreedTag('safe', this.safe);
    this.finalized = this.agreedTag('finalized', this.finalized);
  }

  private agreedTag(tag: 'safe' | 'finalized', before: number | undefined): number | undefined {
    const byMember = new Map<string, number>();
    for (const node of this.options.believed) {
      const number = node[tag];
      if (number !== undefined && isStanding(node))
        byMember.set(node.member, Math.max(number, byMember.get(node.member) ?? 0));
    }
    const said = [...byMember.values()].sort((a, b) => b - a);
    const agreed = said[this.needed(said.length) - 1];
    // Not beyond the head, and never back.
    if (agreed === undefined || agreed > (this.block?.number ?? -1)) return before;
    return Math.max(agreed, before ?? 0);
  }

  /** The height that enough have reached. */
  private target(): number | undefined {
    const { lag } = this.options;
    const tips = this.tipsThatCount();
    const highest = Math.max(...tips.map(({ number }) => number));
    // One that is far behind keeps nobody back.
    const near = tips.filter(({ number }) => number >= highest - lag);
    const numbers = (near.length >= this.options.votes ? near : tips)
      .map(({ number }) => number)
      .sort((a, b) => b - a);
    return numbers[this.needed(numbers.length + this.unheard()) - 1];
  }

  /** Members that have not said yet where they are, and may: the first to speak does not decide alone. */
  private unheard(): number {
    const { believed } = this.options;
    const heard = new Set(believed.filter((node) => this.tips.has(node)).map(({ member }) => member));
    const silent = believed.filter(
      (node) =>
        !heard.has(node.member) && isStanding(node) && node.missedPolls === 0 && node.head === undefined,
    );
    return membersOf(silent);
  }

  private move(): void {
    if (this.isMoving) {
      this.isMovedMeanwhile = true;
      return;
    }
    const { time } = this.options;
    const target = this.target();
    const head = this.block;
    if (target === undefined) return;
    if (head !== undefined && target < head.number && !this.isSetBack()) {
      this.markLagging();
      return;
    }
    this.lowSince = Number.POSITIVE_INFINITY;
    const known = this.hashAt(target);
    if (known === head?.hash && head?.number === target) {
      this.confirmedAt = time.now();
      this.markLagging();
      return;
    }
    this.isMoving = true;
    this.moveTo(target, () => {
      this.isMoving = false;
      this.markLagging();
      const { isMovedMeanwhile } = this;
      this.isMovedMeanwhile = false;
      if (isMovedMeanwhile && !this.isStopped) this.move();
    });
  }

  /** To a height, or where too few agree on a block there, to the next lower one that somebody has told of. */
  private moveTo(target: number, finish: () => void): void {
    const known = this.hashAt(target);
    const from = known === undefined ? undefined : this.tipWith(known);
    if (from !== undefined) {
      this.connect(from, [], finish);
      return;
    }
    const head = this.block;
    this.options.readBlock(known ?? target, (value) => {
      const block = value === undefined ? undefined : this.read(value);
      if (this.isStopped) finish();
      else if (block === undefined || block.number !== target) {
        const lower = this.tipsThatCount().flatMap(({ number }) => (number < target ? [number] : []));
        const next = Math.max(...lower);
        if (next > (head?.number ?? -1)) this.moveTo(next, finish);
        else finish();
      } else if (block.hash === head?.hash) {
        // The same as before: nothing has given way.
        this.confirmedAt = this.options.time.now();
        finish();
      } else this.connect(block, [], finish);
    });
  }

  /** The hash on which enough agree at a height, by what polls have shown; undefined when they must be asked. */
  private hashAt(number: number): string | undefined {
    const votes = new Map<string, number>();
    for (const block of this.tipsThatCount()) {
      const hash =
        block.number === number ? block.hash : block.number === number + 1 ? block.parentHash : undefined;
      if (hash !== undefined) votes.set(hash, (votes.get(hash) ?? 0) + 1);
    }
    const current = this.at(number)?.hash;
    let best: string | undefined;
    for (const [hash, count] of votes) {
      if (count < this.options.votes) continue;
      const most = best === undefined ? 0 : (votes.get(best) ?? 0);
      if (count > most || (count === most && hash === current)) best = hash;
    }
    return best;
  }

  /** A tip with this hash whose fields are its own: by the hash, or as many say the same as must. */
  private tipWith(hash: string): Block | undefined {
    const tips = this.tipsThatCount().filter((tip) => tip.hash === hash);
    if (this.hasKnownLayout) return tips.find(({ header }) => header !== undefined);
    const prints = tips.map(({ value }) => fingerprint('block', value));
    return tips.find((_, i) => prints.filter((print) => print === prints[i]).length >= this.options.votes);
  }

  /** Whether the chain is lower for good: then what was said before no longer holds. */
  private isSetBack(): boolean {
    const now = this.options.time.now();
    if (this.lowSince === Number.POSITIVE_INFINITY) this.lowSince = now;
    return now - this.lowSince >= SET_BACK_MS;
  }

  /** Walks back from a new head to a block that is known, then takes it over. @param path what was walked, newest first */
  private connect(block: Block, path: readonly Block[], finish: () => void): void {
    if (this.isStopped) return;
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

  private markLagging(): void {
    const head = this.block;
    if (head === undefined) return;
    for (const node of this.options.nodes) {
      const isLagging = node.head !== undefined && node.head.number < head.number - this.options.lag;
      if (isLagging === node.isLagging) continue;
      node.isLagging = isLagging;
      node.judge();
    }
  }
}

/** A block as a node gives it; undefined when it has not the form of one. */
export function blockOf(value: unknown): Block | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const raw = value as Readonly<Record<string, unknown>>; // an object, as just checked
  const { number, hash, parentHash, timestamp, logsBloom, transactionsRoot, receiptsRoot } = raw;
  if (!isHash(hash) || !isHash(parentHash) || typeof logsBloom !== 'string') return undefined;
  const [height, seconds] = [quantityOf(number), quantityOf(timestamp)];
  if (height === undefined || seconds === undefined) return undefined;
  const header = readHeader(raw);
  return {
    number: height,
    hash: hash.toLowerCase(),
    parentHash: parentHash.toLowerCase(),
    timestamp: seconds,
    logsBloom,
    transactionsRoot: String(transactionsRoot),
    receiptsRoot: String(receiptsRoot),
    header: header.kind === 'refused' ? undefined : header,
    value: raw,
  };
}

/** A header as a node gave it; undefined when its hash is not that of its fields. */
export function headerOf(value: unknown): Header | undefined {
  const header = readHeader(value);
  return header.kind === 'refused' ? undefined : header;
}

function numberOf(outcome: Outcome): number | undefined {
  if (outcome.kind !== 'answer' || outcome.reply.kind !== 'result') return undefined;
  return blockOf(outcome.reply.value)?.number;
}

function isHash(value: unknown): value is string {
  return typeof value === 'string' && /^0x[0-9a-fA-F]{64}$/.test(value);
}

/** A whole number that a double holds. */
export function quantityOf(value: unknown): number | undefined {
  if (typeof value !== 'string' || !/^0x[0-9a-fA-F]{1,14}$/.test(value)) return undefined;
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : undefined;
}
