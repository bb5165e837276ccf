import type { Time } from '../../time.ts';
import type { DnsHook, FrontContext, Occasion, ToxicInForce } from '../fault.ts';
import { matchesQuery } from './match.ts';
import type { DnsQuery } from './query.ts';
import { CODE, fitted, reply } from './reply.ts';

export type Ask = (query: DnsQuery, signal: AbortSignal) => Promise<Uint8Array | undefined>;

/** @unit queries */
const MOST_OUTSTANDING = 1_000;

/** Answers queries through the toxics that are in force, and knows those that are not answered yet. */
export class Answering {
  private readonly context: FrontContext;
  private readonly outstanding = new Set<AbortController>();

  constructor(context: FrontContext) {
    this.context = context;
  }

  /**
   * @param ask the upstream
   * @param gone aborts when the client has gone
   * @returns undefined for no answer: a fault gives none, the upstream gave none, or too much is outstanding already
   * @throws what `ask` throws
   */
  async answer(query: DnsQuery, ask: Ask, gone?: AbortSignal): Promise<Uint8Array | undefined> {
    if (this.outstanding.size >= MOST_OUTSTANDING) return undefined;
    const number = this.context.counts.requests++;
    // Zones as a whole are not passed on: one answer of many messages, which no fault here is about.
    if (TRANSFERS.has(query.type)) return reply(query, { code: CODE.REFUSED });
    const controller = new AbortController();
    const leave = (): void => controller.abort();
    gone?.addEventListener('abort', leave);
    this.outstanding.add(controller);
    try {
      const chain = this.chain(query, number, ask, controller.signal);
      const answer = await chain();
      return controller.signal.aborted || answer === undefined ? undefined : fitted(query, answer);
    } finally {
      this.outstanding.delete(controller);
      gone?.removeEventListener('abort', leave);
    }
  }

  /** Those that are not answered yet never will be. */
  stop(): void {
    for (const controller of this.outstanding) controller.abort();
  }

  /** Draws for all toxics now, so that what the n-th query meets hangs on nothing that happens meanwhile. */
  private chain(
    query: DnsQuery,
    number: number,
    ask: Ask,
    signal: AbortSignal,
  ): () => Promise<Uint8Array | undefined> {
    const striking = this.context
      .toxics()
      .filter(
        (toxic) =>
          toxic.fault.layer === 'dns' &&
          matchesQuery(toxic.settings.match ?? {}, query) &&
          toxic.strikes(number),
      );
    return striking.reduceRight<() => Promise<Uint8Array | undefined>>(
      (next, toxic) => () => hookOf(toxic).handle(query, next, occasionOf(toxic, number, signal)),
      () => ask(query, signal),
    );
  }
}

const TRANSFERS: ReadonlySet<number> = new Set([251, 252]);

function hookOf(toxic: ToxicInForce): DnsHook {
  // A toxic of a DNS fault has what its fault's `make` gave.
  return toxic.hook as DnsHook;
}

function occasionOf(toxic: ToxicInForce, number: number, signal: AbortSignal): Occasion {
  let isCounted = false;
  return {
    number,
    random: toxic.random(number),
    signal,
    touch() {
      if (!isCounted) toxic.countChanged();
      isCounted = true;
    },
  };
}

/** @returns false when the signal was first */
export function wait(time: Time, ms: number, signal: AbortSignal): Promise<boolean> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve(false);
    const finish = (isOver: boolean): void => {
      callOff();
      signal.removeEventListener('abort', giveUp);
      resolve(isOver);
    };
    const giveUp = (): void => finish(false);
    const callOff = time.after(ms, () => finish(true));
    signal.addEventListener('abort', giveUp);
  });
}
