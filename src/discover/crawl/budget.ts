import { setMaxListeners } from 'node:events';
import type { Bounds } from './bounds.ts';
import type { Trouble } from './crawl.ts';

/** What may still be done for one platform; what is left out because of it is said once a kind. */
export class Budget {
  /** Aborts when the time is over, or when whoever asked has given up. */
  readonly signal: AbortSignal;
  /** The same for who waits for something else too. */
  readonly over: Promise<undefined>;
  readonly troubles: Trouble[] = [];
  private readonly controller = new AbortController();
  private readonly left: { lookups: number; requests: number; kept: number };
  private readonly of: string;
  private readonly timer: NodeJS.Timeout;
  private readonly outer: AbortSignal | undefined;

  /** @param of the platform, for what is said */
  constructor(
    of: string,
    bounds: Pick<Bounds, 'lookups' | 'requests' | 'seconds' | 'kept'>,
    outer?: AbortSignal,
  ) {
    this.of = of;
    this.left = { lookups: bounds.lookups, requests: bounds.requests, kept: bounds.kept };
    this.signal = this.controller.signal;
    // Each request on its way listens.
    setMaxListeners(0, this.signal);
    this.over = new Promise((resolve) => {
      this.signal.addEventListener('abort', () => resolve(undefined));
    });
    this.outer = outer;
    this.timer = setTimeout(() => {
      this.say(`Stopped after ${bounds.seconds} s: the rest of the platform was not looked at.`);
      this.controller.abort();
    }, bounds.seconds * 1000);
    outer?.addEventListener('abort', this.giveUp);
    if (outer?.aborted === true) this.giveUp();
  }

  /** Whether one more may be done. */
  take(what: 'lookups' | 'requests'): boolean {
    if (this.signal.aborted) return false;
    if (this.left[what] > 0) {
      this.left[what]--;
      return true;
    }
    this.say(`The ${what} for one platform are used up: the rest was not looked at.`);
    return false;
  }

  /** Whether so much more may be kept. @param size of texts. @unit characters */
  keep(size: number): boolean {
    this.left.kept -= size;
    if (this.left.kept >= 0) return true;
    this.say('More was answered than is kept of one platform: the rest is left out.');
    return false;
  }

  /** Lets go of the timer. */
  end(): void {
    clearTimeout(this.timer);
    this.outer?.removeEventListener('abort', this.giveUp);
  }

  private readonly giveUp = (): void => this.controller.abort();

  private say(message: string): void {
    if (!this.troubles.some((trouble) => trouble.message === message))
      this.troubles.push({ of: this.of, code: 'budget-spent', message });
  }
}
