import type { Time } from '../../src/time.ts';

interface Due {
  readonly at: number;
  readonly call: () => void;
}

/** A clock that stands until it is told to go on. */
export class VirtualTime implements Time {
  private present: number;
  private due: Due[] = [];

  /** @param start ms since 1970 */
  constructor(start = Date.UTC(2026, 10, 28)) {
    this.present = start;
  }

  now(): number {
    return this.present;
  }

  after(ms: number, call: () => void): () => void {
    const one: Due = { at: this.present + Math.max(0, ms), call };
    this.due.push(one);
    return () => {
      this.due = this.due.filter((other) => other !== one);
    };
  }

  /** How many calls are waited for. */
  get waiting(): number {
    return this.due.length;
  }

  /** When the next call is due; infinite when none is. */
  get nextAt(): number {
    return this.due.reduce((least, { at }) => Math.min(least, at), Number.POSITIVE_INFINITY);
  }

  /** Goes on to a moment, and calls on the way what is due by then. */
  goTo(moment: number): void {
    this.run((at) => at <= moment);
    this.present = Math.max(this.present, moment);
  }

  /** Goes on to a moment; what is due at that very moment has not been called yet. */
  goJustTo(moment: number): void {
    this.run((at) => at < moment);
    this.present = Math.max(this.present, moment);
  }

  /** Goes on for a while, and lets what was promised on the way happen before it goes on further. */
  async pass(ms: number): Promise<void> {
    const end = this.present + ms;
    await settled();
    for (let next = this.nextAt; next <= end; next = this.nextAt) {
      this.goTo(next);
      await settled();
    }
    this.goTo(end);
    await settled();
  }

  /** Goes on until nothing is due any more. */
  goToTheEnd(): void {
    this.run(() => true);
  }

  private run(isDue: (at: number) => boolean): void {
    for (let guard = 0; ; guard++) {
      if (guard > 1_000_000) throw new Error('Calls wake each other without end.');
      const next = this.due.reduce<Due | undefined>(
        (first, one) => (first === undefined || one.at < first.at ? one : first),
        undefined,
      );
      if (next === undefined || !isDue(next.at)) return;
      this.due = this.due.filter((one) => one !== next);
      this.present = Math.max(this.present, next.at);
      next.call();
    }
  }
}

/** Lets everything happen that needs no clock and no socket. */
export function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
