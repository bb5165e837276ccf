import { readMessage, type Reply } from '../chain/index.ts';
import type { Time } from '../time.ts';
import type { NodeSocket, SocketListener } from './link.ts';
import type { PoolNode } from './node.ts';

/** How soon a socket is opened again: at first, and at most. @unit ms */
const FIRST_WAIT_MS = 250;
const MOST_WAIT_MS = 30_000;
/** An event is a header or a transaction, with blobs at most this large. @unit bytes */
const MOST_EVENT_BYTES = 4_000_000;
/** A socket that says nothing for so many block times, and at least so long, is opened anew. */
const SILENT_BLOCKS = 5;
const LEAST_SILENT_MS = 5_000;

/** Of a subscription. @unit characters */
const LONGEST_NAME = 200;

const HEADS_ID = '1';
const PENDING_IDS: readonly [string, string] = ['2', '3'];

export interface NodeSocketListener {
  /** The node says that it has a new head: which, is asked. */
  onHead(node: PoolNode): void;
  /** @param value a hash, or a transaction */
  onPending(value: unknown): void;
}

/**
 * The socket of one node: it says at once that something has happened. What has happened is asked and checked as everything else is, so a
 * socket that dies, or lies, costs time and nothing more.
 */
export class NodeEvents implements SocketListener {
  isOpen = false;
  /** How often it was lost. */
  losses = 0;
  readonly node: PoolNode;
  private readonly listener: NodeSocketListener;
  private readonly time: Time;
  private readonly silentMs: number;
  private socket: NodeSocket | undefined;
  /** What the node calls its subscriptions: heads, pending hashes, pending transactions. */
  private readonly names = new Map<string, 'heads' | 'pending'>();
  /** What was asked for on this connection, whether it was answered or not. */
  private readonly asked = new Set<string>();
  /** And what was not answered yet: a second answer to the same is none. */
  private readonly unanswered = new Set<string>();
  private wanted: readonly boolean[] = [false, false];
  private waitMs = FIRST_WAIT_MS;
  private heardAt = 0;
  private off: (() => void) | undefined;
  private isStopped = false;

  constructor(node: PoolNode, blockTimeMs: number, time: Time, listener: NodeSocketListener) {
    this.node = node;
    this.listener = listener;
    this.time = time;
    this.silentMs = Math.max(LEAST_SILENT_MS, SILENT_BLOCKS * blockTimeMs);
  }

  start(): void {
    const { openSocket } = this.node.link;
    if (openSocket === undefined || this.isStopped) return;
    this.socket = openSocket(this, MOST_EVENT_BYTES);
  }

  stop(): void {
    this.isStopped = true;
    this.off?.();
    this.socket?.close();
  }

  /** Whether pending transactions are wanted, as hashes and as a whole. */
  want(wanted: readonly boolean[]): void {
    const isMore = wanted.some((is, i) => is && this.wanted[i] !== true);
    const isLess = wanted.some((is, i) => !is && this.wanted[i] === true);
    this.wanted = wanted;
    if (!this.isOpen) return;
    // What is no longer wanted ends with the socket: it is rare, and nothing can be left behind.
    if (isLess) this.socket?.close();
    else if (isMore) this.subscribePending();
  }

  onOpen(): void {
    if (this.isStopped) return;
    this.isOpen = true;
    this.heardAt = this.time.now();
    this.subscribe(HEADS_ID, '"newHeads"');
    this.subscribePending();
    this.watch();
    // What happened while nobody listened.
    this.listener.onHead(this.node);
  }

  onText(text: string): void {
    if (this.isStopped) return;
    this.heardAt = this.time.now();
    const message = readMessage(text);
    if (message.kind === 'broken') return;
    if (message.kind === 'replies') {
      if (!message.isBatch) for (const reply of message.replies) this.onReply(reply);
      return;
    }
    this.waitMs = FIRST_WAIT_MS;
    const kind = this.names.get(message.subscription);
    if (kind === 'heads') this.listener.onHead(this.node);
    else if (kind === 'pending') this.listener.onPending(message.value);
  }

  onClosed(): void {
    this.off?.();
    this.names.clear();
    this.asked.clear();
    this.unanswered.clear();
    this.socket = undefined;
    if (this.isStopped) return;
    if (this.isOpen) this.losses++;
    this.isOpen = false;
    this.off = this.time.after(this.waitMs, () => this.start());
    this.waitMs = Math.min(MOST_WAIT_MS, this.waitMs * 2);
  }

  private subscribe(id: string, params: string): void {
    if (this.asked.has(id)) return;
    this.asked.add(id);
    this.unanswered.add(id);
    this.socket?.send(`{"jsonrpc":"2.0","id":${id},"method":"eth_subscribe","params":[${params}]}`);
  }

  private subscribePending(): void {
    if (this.wanted[0] === true) this.subscribe(PENDING_IDS[0], '"newPendingTransactions"');
    if (this.wanted[1] === true) this.subscribe(PENDING_IDS[1], '"newPendingTransactions",true');
  }

  private onReply(reply: Reply): void {
    if (!this.unanswered.delete(reply.id) || reply.kind !== 'result') return;
    if (typeof reply.value !== 'string' || reply.value.length > LONGEST_NAME) return;
    if (reply.id === HEADS_ID) this.names.set(reply.value, 'heads');
    else this.names.set(reply.value, 'pending');
  }

  /** Open and silent is as good as closed. */
  private watch(): void {
    this.off = this.time.after(this.silentMs, () => {
      if (this.time.now() - this.heardAt >= this.silentMs) this.socket?.close();
      else this.watch();
    });
  }
}
