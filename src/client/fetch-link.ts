import type { NodeLink, Posted, PostLimits } from '../pool/index.ts';
import type { Time } from '../time.ts';
import type { ClosableLink } from './link.ts';
import type { OpenSocket } from './sockets.ts';

export interface FetchPlace {
  readonly url: string;
  /** Of its WebSocket; undefined: it has none. */
  readonly websocket: string | undefined;
  readonly headers: Readonly<Record<string, string>>;
}

/** A node by `fetch`: no cookies, no redirects, nothing of the page in the referrer. */
export class FetchLink implements ClosableLink {
  readonly openSocket: NodeLink['openSocket'];
  private readonly place: FetchPlace;
  private readonly fetch: typeof globalThis.fetch;
  private readonly time: Time;
  /** What ends each request that is under way as if nobody were there. */
  private readonly ends = new Set<() => void>();
  private isClosed = false;

  constructor(
    place: FetchPlace,
    fetch: typeof globalThis.fetch,
    openSocket: OpenSocket | undefined,
    time: Time,
  ) {
    this.place = place;
    this.fetch = fetch;
    this.time = time;
    const { websocket: url, headers } = place;
    this.openSocket =
      url === undefined || openSocket === undefined
        ? undefined
        : (listener, mostBytes) => openSocket({ url, headers }, listener, mostBytes);
  }

  post(
    body: string | Uint8Array,
    { timeoutMs, mostBytes }: PostLimits,
    done: (posted: Posted) => void,
  ): () => void {
    if (this.isClosed) return this.time.after(0, () => done({ kind: 'failed', why: 'unreachable' }));
    const controller = new AbortController();
    let isOver = false;
    const callOff = (): void => {
      if (isOver) return;
      isOver = true;
      this.ends.delete(end);
      timer?.();
      controller.abort();
    };
    const settle = (posted: Posted): void => {
      if (isOver) return;
      // Whatever is still coming is not read.
      callOff();
      done(posted);
    };
    const timer =
      timeoutMs === Number.POSITIVE_INFINITY
        ? undefined
        : this.time.after(timeoutMs, () => settle({ kind: 'failed', why: 'silent' }));
    const end = (): void => settle({ kind: 'failed', why: 'unreachable' });
    this.ends.add(end);
    void this.exchange(body, mostBytes, controller.signal).then(settle);
    return callOff;
  }

  close(): void {
    this.isClosed = true;
    for (const end of [...this.ends]) end();
  }

  /** Never rejects. */
  private async exchange(body: string | Uint8Array, mostBytes: number, signal: AbortSignal): Promise<Posted> {
    let response: Response;
    try {
      const { fetch } = this;
      response = await fetch(this.place.url, {
        method: 'POST',
        headers: { ...this.place.headers, 'content-type': 'application/json', accept: 'application/json' },
        // Over memory of its own, as a body must be.
        body: typeof body === 'string' ? body : new Uint8Array(body),
        signal,
        credentials: 'omit',
        redirect: 'error',
        referrerPolicy: 'no-referrer',
      });
    } catch {
      // Refused, cut, redirected, or kept from the page by the rules of CORS: a page is not told which.
      return { kind: 'failed', why: 'unreachable' };
    }
    try {
      const text = await readText(response, mostBytes);
      if (text === undefined) return { kind: 'failed', why: 'too-large' };
      const retryAfter = response.headers.get('retry-after');
      return {
        kind: 'came',
        status: response.status,
        text,
        ...(retryAfter === null ? {} : { retryAfter }),
      };
    } catch {
      return { kind: 'failed', why: 'broken' };
    }
  }
}

/** The text of an answer; undefined once it is more than the limit. Throws when it is cut, or no UTF-8. */
async function readText(response: Response, mostBytes: number): Promise<string | undefined> {
  const reader = response.body?.getReader?.();
  if (reader === undefined) {
    // There is none, or this fetch has no streams: then it is there before it can be measured.
    const whole = await response.text();
    return whole.length > mostBytes ? undefined : whole;
  }
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let bytes = 0;
  let text = '';
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return text + decoder.decode();
    bytes += value.length;
    if (bytes > mostBytes) return undefined;
    text += decoder.decode(value, { stream: true });
  }
}
