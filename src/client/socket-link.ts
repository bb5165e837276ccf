import { readMessage, readRequest, replyText, type Call, type Reply } from '../chain/index.ts';
import type { NodeLink, NodeSocket, Posted, PostLimits, SocketListener } from '../pool/index.ts';
import type { Time } from '../time.ts';
import type { ClosableLink } from './link.ts';
import type { OpenSocket, SocketPlace } from './sockets.ts';

/** What may wait for a socket to open. */
const MOST_WAITING = 1_000;

/** One request, of one call or several. */
interface Posting {
  readonly calls: readonly Call[];
  readonly isBatch: boolean;
  /** By call, once it is there: the whole reply with the id that was asked under. */
  readonly replies: (string | undefined)[];
  left: number;
  /** Under which it was sent. */
  ids: readonly string[];
  /** Undefined while it waits for the socket. @unit ms */
  sentAt: number | undefined;
  readonly settle: (posted: Posted) => void;
}

/** A node whose only address is a WebSocket: its calls go over one, under ids of their own; its events come over another. */
export class SocketLink implements ClosableLink {
  readonly openSocket: NodeLink['openSocket'];
  private readonly place: SocketPlace;
  private readonly open: OpenSocket;
  private readonly time: Time;
  private readonly postings = new Set<Posting>();
  /** What is asked, by its id on the socket. */
  private readonly asked = new Map<string, { readonly posting: Posting; readonly index: number }>();
  private socket: NodeSocket | undefined;
  private isOpen = false;
  private nextId = 1;
  private heardAt = 0;
  private mostBytes = 0;
  private isClosed = false;

  constructor(place: SocketPlace, open: OpenSocket, time: Time) {
    this.place = place;
    this.open = open;
    this.time = time;
    this.openSocket = (listener, mostBytes) => open(place, listener, mostBytes);
  }

  post(
    body: string | Uint8Array,
    { timeoutMs, mostBytes }: PostLimits,
    done: (posted: Posted) => void,
  ): () => void {
    const request = readRequest(typeof body === 'string' ? body : new TextDecoder().decode(body));
    const calls = request.kind === 'single' ? [request.call] : request.kind === 'batch' ? request.calls : [];
    const good = calls.filter((call) => call.kind === 'call');
    const isRefused = this.isClosed || this.postings.size >= MOST_WAITING;
    if (good.length === 0 || good.length < calls.length || isRefused)
      return this.time.after(0, () => done({ kind: 'failed', why: 'unreachable' }));
    const callOff = (): void => {
      timer?.();
      this.postings.delete(posting);
      for (const id of posting.ids) this.asked.delete(id);
    };
    const posting: Posting = {
      calls: good,
      isBatch: request.kind === 'batch',
      replies: good.map(() => undefined),
      left: good.length,
      ids: [],
      sentAt: undefined,
      settle: (posted) => {
        if (!this.postings.has(posting)) return;
        callOff();
        done(posted);
      },
    };
    const timer =
      timeoutMs === Number.POSITIVE_INFINITY
        ? undefined
        : this.time.after(timeoutMs, () => this.onLate(posting));
    this.postings.add(posting);
    this.mostBytes = mostBytes;
    if (this.isOpen) this.send(posting);
    else this.connect();
    return callOff;
  }

  close(): void {
    this.isClosed = true;
    this.drop();
  }

  private connect(): void {
    if (this.socket !== undefined) return;
    // One that was closed is heard of no more, whatever it still says.
    const isCurrent = (): boolean => this.socket === socket;
    const listener: SocketListener = {
      onOpen: () => {
        if (!isCurrent()) return;
        this.isOpen = true;
        for (const posting of this.postings) this.send(posting);
      },
      onText: (text) => {
        if (isCurrent()) this.onText(text);
      },
      onClosed: () => {
        if (isCurrent()) this.onClosed();
      },
    };
    const socket = this.open(this.place, listener, this.mostBytes);
    this.socket = socket;
  }

  private send(posting: Posting): void {
    posting.sentAt = this.time.now();
    posting.ids = posting.calls.map(() => String(this.nextId++));
    for (const [index, id] of posting.ids.entries()) this.asked.set(id, { posting, index });
    for (const [index, { method, paramsText }] of posting.calls.entries()) {
      const id = posting.ids[index];
      this.socket?.send(
        `{"jsonrpc":"2.0","id":${id},"method":${JSON.stringify(method)},"params":${paramsText}}`,
      );
    }
  }

  private onText(text: string): void {
    this.heardAt = this.time.now();
    const message = readMessage(text);
    // Whatever else it says, nobody asked for.
    if (message.kind === 'replies') for (const reply of message.replies) this.onReply(reply);
  }

  private onReply(reply: Reply): void {
    const found = this.asked.get(reply.id);
    if (found === undefined) return;
    this.asked.delete(reply.id);
    const { posting, index } = found;
    const call = posting.calls[index];
    if (call === undefined || !this.postings.has(posting)) return;
    const id = call.id ?? 'null';
    posting.replies[index] =
      reply.kind === 'result'
        ? replyText(id, reply.result)
        : `{"jsonrpc":"2.0","id":${id},"error":${reply.error}}`;
    posting.left--;
    if (posting.left > 0) return;
    const text = posting.replies.join(',');
    posting.settle({ kind: 'came', status: 200, text: posting.isBatch ? `[${text}]` : text });
  }

  /** A socket over which nothing has come since may be dead without saying so: a network that was left behind says nothing. */
  private onLate(posting: Posting): void {
    const { sentAt } = posting;
    posting.settle({ kind: 'failed', why: 'silent' });
    if (sentAt !== undefined && this.heardAt < sentAt) this.drop();
  }

  private onClosed(): void {
    this.forget();
    for (const posting of [...this.postings])
      posting.settle({ kind: 'failed', why: posting.sentAt === undefined ? 'unreachable' : 'silent' });
  }

  private drop(): void {
    const { socket } = this;
    this.onClosed();
    socket?.close();
  }

  private forget(): void {
    this.socket = undefined;
    this.isOpen = false;
    this.asked.clear();
  }
}
