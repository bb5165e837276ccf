import type { ServerResponse } from 'node:http';
import type { Status } from './status.ts';

export interface StatusEventsOptions {
  /** How things stand now. */
  readonly read: () => Status;
  /** What could not be read or written as JSON: readers wait for the next. */
  readonly onError: (error: unknown) => void;
  /** Between two that are sent because of a change. @unit ms @default 250 */
  readonly leastMs?: number;
  /** After so long without a change all is sent again, with a comment: who hears nothing for longer knows that it hears nothing. @unit ms @default 15_000 */
  readonly heartbeatMs?: number;
  /** @default 100 */
  readonly mostReaders?: number;
  /** What may wait for a reader before it is let go; it asks again. @unit bytes @default 1_048_576 */
  readonly mostWaiting?: number;
}

/** After which a browser asks again. @unit ms */
const RETRY_MS = 2000;

/** Those who follow how things stand (server-sent events): each gets all of it at once, and again when something has changed. */
export class StatusEvents {
  private readonly options: Required<StatusEventsOptions>;
  private readonly readers = new Set<ServerResponse>();
  private heartbeat: NodeJS.Timeout | undefined;
  /** While it runs, what changes is sent when it ends. */
  private pause: NodeJS.Timeout | undefined;
  private hasChanged = false;
  private isClosed = false;
  private id = 0;

  constructor(options: StatusEventsOptions) {
    this.options = {
      leastMs: 250,
      heartbeatMs: 15_000,
      mostReaders: 100,
      mostWaiting: 1_048_576,
      ...options,
    };
  }

  get count(): number {
    return this.readers.size;
  }

  /**
   * Answers with events from now on.
   *
   * @param headers beside those of events
   * @returns false when there are too many readers, or all is being closed: nothing has been written then
   */
  attach(response: ServerResponse, headers: Readonly<Record<string, string>> = {}): boolean {
    if (this.isClosed || this.readers.size >= this.options.mostReaders) return false;
    response.writeHead(200, {
      ...headers,
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store, no-transform',
      'x-accel-buffering': 'no',
    });
    this.readers.add(response);
    response.on('close', () => this.leave(response));
    response.on('error', () => this.leave(response));
    this.write(response, `retry: ${RETRY_MS}\n\n`);
    const event = this.event('');
    if (event !== undefined) this.write(response, event);
    this.heartbeat ??= this.startHeartbeat();
    return true;
  }

  /** Something may be another now: readers are told, at most so often. */
  changed(): void {
    if (this.readers.size === 0) return;
    if (this.pause !== undefined) {
      this.hasChanged = true;
      return;
    }
    this.sendAll('');
    this.pause = setTimeout(() => {
      this.pause = undefined;
      if (!this.hasChanged) return;
      this.hasChanged = false;
      this.changed();
    }, this.options.leastMs);
    this.pause.unref();
    this.heartbeat?.refresh();
  }

  /** Ends what is open: readers ask again, of whoever is there then. */
  close(): void {
    this.isClosed = true;
    clearTimeout(this.pause);
    for (const reader of this.readers) reader.end();
    this.readers.clear();
    this.stopHeartbeat();
  }

  private startHeartbeat(): NodeJS.Timeout {
    return setInterval(() => this.sendAll(': heartbeat\n'), this.options.heartbeatMs).unref();
  }

  private stopHeartbeat(): void {
    clearInterval(this.heartbeat);
    this.heartbeat = undefined;
  }

  private sendAll(comment: string): void {
    if (this.readers.size === 0) return;
    const event = this.event(comment);
    if (event !== undefined) for (const reader of this.readers) this.write(reader, event);
  }

  /** JSON has no line ends of its own, so one line of data holds it. */
  private event(comment: string): string | undefined {
    try {
      const data = JSON.stringify(this.options.read());
      this.id++;
      return `${comment}id: ${this.id}\nevent: status\ndata: ${data}\n\n`;
    } catch (error) {
      this.options.onError(error);
      return undefined;
    }
  }

  private write(reader: ServerResponse, text: string): void {
    reader.write(text);
    if (reader.writableLength <= this.options.mostWaiting) return;
    this.leave(reader);
    reader.destroy();
  }

  private leave(reader: ServerResponse): void {
    this.readers.delete(reader);
    if (this.readers.size === 0) this.stopHeartbeat();
  }
}
