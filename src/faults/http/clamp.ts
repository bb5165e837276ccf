import type { Time } from '../../time.ts';
import { Held } from './held.ts';

export interface ClampOptions {
  readonly time: Time;
  /** At once; infinity: any number. */
  readonly concurrent: number;
  /** In any second; infinity: any number. */
  readonly perSecond: number;
  /** More do not wait. */
  readonly mostHeld: number;
}

/** @unit ms */
const SECOND = 1000;

/** Lets in so many at once, and so many a second, in the order they came. */
export class Clamp {
  private readonly options: ClampOptions;
  private readonly held: Held;
  /** When the last ones were let in, oldest first, as many as a second may have. @unit ms since 1970 */
  private readonly entered: number[] = [];
  private inside = 0;
  private isOpen = false;
  private calledOff: (() => void) | undefined;

  constructor(options: ClampOptions) {
    this.options = options;
    this.held = new Held(options.time);
  }

  get hasRoom(): boolean {
    return (
      this.isOpen || (this.held.size === 0 && this.inside < this.options.concurrent && this.waitMs() <= 0)
    );
  }

  /** @returns whether it was let in: then it must leave. Rejects when the client has gone. */
  async enter(signal: AbortSignal): Promise<boolean> {
    if (this.hasRoom) {
      this.count();
      return true;
    }
    if (this.held.size >= this.options.mostHeld) return false;
    this.ring();
    // Whoever lets it go has counted it.
    await this.held.wait(Number.POSITIVE_INFINITY, signal);
    return true;
  }

  leave(): void {
    this.inside--;
    this.look();
  }

  /** There is no bound any more. */
  open(): void {
    this.isOpen = true;
    this.calledOff?.();
    this.inside += this.held.size;
    this.held.letAllGo();
  }

  private count(): void {
    const { perSecond, time } = this.options;
    this.inside++;
    if (perSecond === Number.POSITIVE_INFINITY) return;
    this.entered.push(time.now());
    if (this.entered.length > perSecond) this.entered.shift();
  }

  /** How long until one more would not be too many in a second. */
  private waitMs(): number {
    const { perSecond, time } = this.options;
    const [first] = this.entered;
    return first === undefined || this.entered.length < perSecond ? 0 : first + SECOND - time.now();
  }

  private look(): void {
    while (this.held.size > 0 && this.inside < this.options.concurrent && this.waitMs() <= 0) {
      this.count();
      this.held.letOneGo();
    }
    this.ring();
  }

  /** Looks again when the second is over. */
  private ring(): void {
    this.calledOff?.();
    this.calledOff = undefined;
    const waitMs = this.waitMs();
    if (this.isOpen || waitMs <= 0) return;
    this.calledOff = this.options.time.after(waitMs, () => this.look());
  }
}
