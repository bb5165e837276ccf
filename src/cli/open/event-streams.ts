import type { ServerResponse } from 'node:http';

/** How many pages may be open: each holds a connection. */
const MOST = 32;
/** How often something is sent, so that who has gone is noticed. @unit ms */
const PING = 15_000;

/** The pages that are open, and how they are told that there is another (server-sent events). */
export class EventStreams {
  private readonly open = new Set<ServerResponse>();
  private readonly ping = setInterval(() => this.send(':\n\n'), PING).unref();

  get isFull(): boolean {
    return this.open.size >= MOST;
  }

  /** @param isStale whether the page is told at once */
  add(response: ServerResponse, isStale: boolean): void {
    this.open.add(response);
    response.on('close', () => this.open.delete(response));
    // Who is gone or was started again is asked anew after a second.
    response.write(`retry: 1000\n\n${isStale ? SAVED : ''}`);
  }

  announce(): void {
    this.send(SAVED);
  }

  close(): void {
    clearInterval(this.ping);
    for (const response of this.open) response.end();
  }

  private send(text: string): void {
    // Who does not read what is sent is let go: it asks again.
    for (const response of this.open) if (!response.write(text)) response.destroy();
  }
}

/** An event without data would not be one. */
const SAVED = 'event: saved\ndata: plan\n\n';
