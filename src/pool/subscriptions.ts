import {
  bytesOf,
  fixedBytesOf,
  isLogWanted,
  mayHave,
  readLogFilter,
  type Call,
  type LogFilter,
} from '../chain/index.ts';
import type { Time } from '../time.ts';
import type { Block } from './block.ts';
import type { Heads } from './heads.ts';
import type { PoolAnswer } from './pool-answer.ts';

/** Whoever hears of what happens: a socket's subscription, or a filter that is polled. */
export interface Subscriber {
  /** One event, as raw text. */
  onEvent(text: string): void;
  /** What happened in between can no longer be told: it begins anew, or ends. */
  onGap(): void;
}

export type Topic =
  | { readonly kind: 'newHeads' }
  | { readonly kind: 'logs'; readonly filter: LogFilter }
  /** Hashes, or whole transactions. */
  | { readonly kind: 'pending'; readonly isFull: boolean }
  | { readonly kind: 'syncing' };

export interface SubscriptionsParts {
  readonly heads: Heads;
  readonly time: Time;
  /** Calls the pool, as a client does: what is told is checked as what is asked. */
  readonly call: (call: Call, done: (answer: PoolAnswer) => void) => void;
  /** Told when somebody, or nobody any more, wants what is pending. */
  readonly onPendingWanted: (isWanted: boolean, isFull: boolean) => void;
}

interface Subscription {
  readonly topic: Topic;
  readonly subscriber: Subscriber;
  /** Moves up to this one were before it. */
  readonly since: number;
}

/** The chain has moved: first these are gone, newest first, then these have come, oldest first. */
interface Move {
  readonly number: number;
  readonly removed: readonly Block[];
  readonly added: readonly Block[];
}

interface Log {
  readonly value: Readonly<Record<string, unknown>>;
  readonly text: string;
}

/** How soon logs that nobody could give are asked for again. @unit ms */
const ASK_AGAIN_MS = 250;
/** Blocks whose logs are held, to be taken back when the block is. */
const MOST_BLOCKS = 256;
/** A transaction that is longer as JSON is told to nobody: the pools of nodes take 128 kB, which are twice as many digits. @unit characters */
const MOST_PENDING_LENGTH = 1_100_000;
/** Hashes of pending transactions that were told. */
const MOST_PENDING = 50_000;
/** What blocks have beside their header, and what no part of it is: newHeads tells of headers. */
const NOT_OF_HEADERS: ReadonlySet<string> = new Set(['size', 'totalDifficulty']);

/**
 * What happens on the chain, told once and in order. It hangs on the heads, not on any node's socket: whichever node dies, what comes next
 * follows what was told before, by the parents' hashes. Logs of a block are asked for by its hash, once for all who want any.
 */
export class Subscriptions {
  /** Events that were told, to each who wanted it. */
  told = 0;
  private readonly parts: SubscriptionsParts;
  private readonly subscriptions = new Set<Subscription>();
  private readonly moves: Move[] = [];
  /** Logs by the hash of their block, as they were told. */
  private readonly logs = new Map<string, readonly Log[]>();
  private readonly pending = [new Set<string>(), new Set<string>()];
  private moved = 0;
  private isTelling = false;
  private isStopped = false;

  constructor(parts: SubscriptionsParts) {
    this.parts = parts;
  }

  get size(): number {
    return this.subscriptions.size;
  }

  /** @returns ends it */
  add(topic: Topic, subscriber: Subscriber): () => void {
    const subscription = { topic, subscriber, since: this.moved };
    this.subscriptions.add(subscription);
    // All are gone through for it: not for each of thousands that want something else.
    const isOfPending = topic.kind === 'pending';
    if (isOfPending) this.tellPending();
    return () => {
      this.subscriptions.delete(subscription);
      if (isOfPending) this.tellPending();
    };
  }

  onMoved(removed: readonly Block[], added: readonly Block[]): void {
    this.moved++;
    if (this.subscriptions.size === 0) {
      this.logs.clear();
      return;
    }
    this.moves.push({ number: this.moved, removed, added });
    if (!this.isTelling) this.tellNext();
  }

  /** What came between two blocks was not found: those who followed have lost the thread. */
  onGap(): void {
    this.logs.clear();
    this.moves.length = 0;
    for (const subscription of this.now()) subscription.subscriber.onGap();
  }

  /**
   * A node tells of a pending transaction. What is told is written anew: a slice of what has come would keep the whole of it, for as long as it
   * waits in a filter.
   *
   * @param value its hash, or the whole
   */
  onPending(value: unknown): void {
    const isFull = typeof value === 'object' && value !== null && 'hash' in value;
    const said = isFull ? value.hash : value;
    const told = this.pending[isFull ? 1 : 0];
    // Whatever a node says is remembered: so it must be no larger than a hash.
    if (told === undefined || fixedBytesOf(said, 32) === undefined || typeof said !== 'string') return;
    const hash = said.toLowerCase();
    if (told.has(hash)) return;
    const text = JSON.stringify(isFull ? value : hash);
    // Not remembered either: whoever has it as it is may still tell it.
    if (text.length > MOST_PENDING_LENGTH) return;
    told.add(hash);
    if (told.size > MOST_PENDING) for (const oldest of told) if (told.delete(oldest)) break;
    for (const { topic, subscriber } of this.now())
      if (topic.kind === 'pending' && topic.isFull === isFull) this.event(subscriber, text);
  }

  stop(): void {
    this.isStopped = true;
    this.subscriptions.clear();
  }

  private tellPending(): void {
    for (const isFull of [false, true]) {
      const isWanted = [...this.subscriptions].some(
        ({ topic }) => topic.kind === 'pending' && topic.isFull === isFull,
      );
      this.parts.onPendingWanted(isWanted, isFull);
    }
  }

  private tellNext(): void {
    const move = this.moves.shift();
    this.isTelling = move !== undefined && !this.isStopped;
    if (move === undefined || this.isStopped) return;
    for (const block of move.removed) this.takeBack(block, move);
    this.tellBlocks(move, 0);
  }

  private tellBlocks(move: Move, i: number): void {
    const block = move.added[i];
    if (this.isStopped) return;
    if (block === undefined) {
      this.tellNext();
      return;
    }
    const header = headerText(block);
    this.each(move, 'newHeads', ({ subscriber }) => this.event(subscriber, header));
    this.withLogs(block, move, () => this.tellBlocks(move, i + 1));
  }

  private takeBack(block: Block, move: Move): void {
    const logs = this.logs.get(block.hash) ?? [];
    this.logs.delete(block.hash);
    for (const { value } of [...logs].reverse()) {
      const text = JSON.stringify({ ...value, removed: true });
      this.each(move, 'logs', ({ topic, subscriber }) => {
        if (topic.kind === 'logs' && isLogWanted(topic.filter, value)) this.event(subscriber, text);
      });
    }
  }

  /** Tells the logs of a block, and only then goes on. */
  private withLogs(block: Block, move: Move, goOn: () => void): void {
    let isAsked = false;
    // A bloom that cannot be read excludes nothing.
    const bloom = bytesOf(block.logsBloom, 256) ?? new Uint8Array(256).fill(255);
    this.each(move, 'logs', ({ topic }) => {
      isAsked ||= topic.kind === 'logs' && mayHave(topic.filter, bloom);
    });
    if (!isAsked) {
      goOn();
      return;
    }
    const filter = { blockHash: block.hash };
    const call: Call = {
      kind: 'call',
      method: 'eth_getLogs',
      id: '1',
      params: [filter],
      paramsText: JSON.stringify([filter]),
      text: '',
    };
    this.parts.call(call, (answer) => {
      const logs = answer.kind === 'result' ? logsOf(answer.text) : undefined;
      if (logs !== undefined) {
        this.tellLogs(block, logs, move);
        goOn();
        return;
      }
      // So long ago that it cannot be told any more whether it is of the chain.
      if (this.parts.heads.isForgotten(block.number)) {
        this.isTelling = false;
        this.onGap();
      }
      // A block that is no longer of the chain is taken back by the next move; what was not told need not be.
      else if (!this.parts.heads.isCanonical(block.number, block.hash)) goOn();
      else this.parts.time.after(ASK_AGAIN_MS, () => this.isStopped || this.withLogs(block, move, goOn));
    });
  }

  private tellLogs(block: Block, logs: readonly Log[], move: Move): void {
    this.logs.set(block.hash, logs);
    if (this.logs.size > MOST_BLOCKS)
      for (const oldest of this.logs.keys()) {
        this.logs.delete(oldest);
        break;
      }
    for (const { value, text } of logs)
      this.each(move, 'logs', ({ topic, subscriber }) => {
        if (topic.kind === 'logs' && isLogWanted(topic.filter, value)) this.event(subscriber, text);
      });
  }

  private event(subscriber: Subscriber, text: string): void {
    this.told++;
    subscriber.onEvent(text);
  }

  private each(move: Move, kind: Topic['kind'], tell: (subscription: Subscription) => void): void {
    for (const subscription of this.now())
      if (subscription.topic.kind === kind && subscription.since < move.number) tell(subscription);
  }

  /** Those there are now: not those who come while others are told, and not those who are ended by what others do. */
  private *now(): Generator<Subscription> {
    for (const subscription of [...this.subscriptions])
      if (this.subscriptions.has(subscription)) yield subscription;
  }
}

/** What a subscription asks for, by its parameters; words for people where it asks for nothing that there is. */
export function topicOf(
  params: readonly unknown[],
): Topic | { readonly kind: 'unreadable'; readonly why: string } {
  const [name, option] = params;
  switch (name) {
    case 'newHeads':
    case 'syncing':
      return { kind: name };
    case 'newPendingTransactions':
      return { kind: 'pending', isFull: option === true };
    case 'logs': {
      const filter = readLogFilter(option ?? {});
      return filter.kind === 'refused'
        ? { kind: 'unreadable', why: `Expected addresses and topics of logs: ${filter.why}.` }
        : { kind: 'logs', filter };
    }
    default:
      return { kind: 'unreadable', why: 'Expected newHeads, logs, newPendingTransactions or syncing.' };
  }
}

/** The hash last, as execution clients write it. */
function headerText({ fields, hash }: Block): string {
  const said = Object.entries(fields).filter(([name]) => name !== 'hash' && !NOT_OF_HEADERS.has(name));
  return JSON.stringify(Object.fromEntries([...said, ['hash', hash]]));
}

function logsOf(text: string): Log[] | undefined {
  const values: unknown = JSON.parse(text);
  if (!Array.isArray(values)) return undefined;
  return values.map((value: Readonly<Record<string, unknown>>) => ({ value, text: JSON.stringify(value) }));
}
