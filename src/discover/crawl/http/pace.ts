import type { Clock } from '../../../clock.ts';

/**
 * One request to a host at a time, and a gap between two. Shared by all platforms that are looked at in one run; a host is forgotten once its
 * gap has passed.
 */
export class Pace {
  private readonly clock: Clock;
  private readonly gapMs: number;
  private readonly lanes = new Map<string, Promise<void>>();
  /** By host, until when nobody is to ask. */
  private readonly resting = new Map<string, number>();

  /** @param gapMs between the end of a request and the next one. @unit ms */
  constructor(clock: Clock, gapMs: number) {
    this.clock = clock;
    this.gapMs = gapMs;
  }

  /** Hosts whose last request is not long enough ago. */
  get size(): number {
    return this.lanes.size;
  }

  /** A host asks to be left alone, by whomever it was asked. @unit ms */
  rest(host: string, forMs: number): void {
    const [oldest] = this.resting.keys();
    if (this.resting.size >= MOST_RESTING && oldest !== undefined) this.resting.delete(oldest);
    this.resting.set(host, this.clock() + forMs);
  }

  /** Whether a host has asked to be left alone, and still is to be. */
  isResting(host: string): boolean {
    const until = this.resting.get(host);
    if (until === undefined) return false;
    if (until > this.clock()) return true;
    this.resting.delete(host);
    return false;
  }

  /**
   * Runs it when the host's turn has come; not at all where the signal has aborted before.
   * @param longerGapMs a gap that the host asks for, where it is longer; asked again until it has passed. @unit ms
   */
  async run<T>(
    host: string,
    task: () => Promise<T>,
    signal: AbortSignal,
    longerGapMs: () => number = () => 0,
  ): Promise<T | undefined> {
    const before = this.lanes.get(host);
    let leave: () => void = () => {};
    const lane = new Promise<void>((resolve) => {
      leave = resolve;
    });
    this.lanes.set(host, lane);
    const end = (): void => {
      if (this.lanes.get(host) === lane) this.lanes.delete(host);
      leave();
    };
    if (!(await isTurn(before, signal))) {
      void Promise.resolve(before).then(end);
      return undefined;
    }
    try {
      return await task();
    } finally {
      this.afterGap(end, longerGapMs);
    }
  }

  private afterGap(end: () => void, longerGapMs: () => number): void {
    const ended = this.clock();
    const check = (): void => {
      const left = ended + Math.max(this.gapMs, longerGapMs()) - this.clock();
      // Whoever waits holds the process, the gap alone does not.
      if (left > 0) setTimeout(check, left).unref();
      else end();
    };
    check();
  }
}

/** Of more the oldest are forgotten. */
const MOST_RESTING = 10_000;

/** Whether the turn came before the signal aborted; nobody who has given up waits for others. */
function isTurn(before: Promise<void> | undefined, signal: AbortSignal): Promise<boolean> {
  if (before === undefined || signal.aborted) return Promise.resolve(!signal.aborted);
  return new Promise((resolve) => {
    const giveUp = (): void => resolve(false);
    signal.addEventListener('abort', giveUp);
    void before.then(() => {
      signal.removeEventListener('abort', giveUp);
      resolve(!signal.aborted);
    });
  });
}
