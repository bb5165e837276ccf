/** What came of a request to a node. */
export type Posted =
  | {
      readonly kind: 'came';
      readonly status: number;
      readonly text: string;
      /** The header `Retry-After`, as it came. */
      readonly retryAfter?: string;
    }
  | { readonly kind: 'failed'; readonly why: 'unreachable' | 'silent' | 'too-large' | 'broken' };

export interface PostLimits {
  /** Until the whole answer is there; infinite where whoever asks calls it off in time. @unit ms */
  readonly timeoutMs: number;
  /** Of the answer; more is `too-large`, and not read. @unit bytes */
  readonly mostBytes: number;
}

/** What a socket tells; nothing before it is open, nothing after it is closed. */
export interface SocketListener {
  onOpen(): void;
  /** One message; those larger than the limit close the socket. */
  onText(text: string): void;
  onClosed(): void;
}

export interface NodeSocket {
  send(text: string): void;
  close(): void;
}

/** How requests get to one node, and its answers back: the one thing that gateway, Node and browser do differently. */
export interface NodeLink {
  /**
   * Sends a body by POST.
   *
   * @param done called once, never before `post` has returned; not at all once it was called off
   * @returns calls it off
   */
  post(body: string | Uint8Array, limits: PostLimits, done: (posted: Posted) => void): () => void;
  /** Opens a socket; undefined where the node has none. */
  readonly openSocket: ((listener: SocketListener, mostBytes: number) => NodeSocket) | undefined;
}
