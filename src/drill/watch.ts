import type { Model } from '../model/index.ts';
import type { Sample } from './agreement.ts';
import type { Breach, BreachKind } from './result.ts';
import type { Tried, Users } from './users.ts';
import type { Writes } from './writes.ts';

/** What was seen of one journey since a fault was put. */
export interface Seen {
  readonly samples: readonly Sample[];
  readonly breaches: readonly Breach[];
  readonly sent: number;
  readonly good: number;
  /** When the first request failed, or was answered in another mode than the first. */
  readonly detectMs: number | null;
}

/** Rounds that are on their way at once: what hangs must not pile up. */
const MOST_ROUNDS = 20;

/** Tries every journey again and again, and says in which mode users found it. */
export class Watch {
  private readonly model: Model;
  private readonly users: Users;
  private readonly everyMs: number;
  private readonly nowMs: () => number;
  private readonly writes: Writes;
  private readonly journeys: JourneyWatch[];
  private readonly underWay = new Set<Promise<void>>();
  private timer: NodeJS.Timeout | undefined;
  /** What nobody foresaw went wrong in a round; undefined where nothing did. */
  failure: unknown;

  /** @param nowMs of the drill's clock */
  constructor(model: Model, users: Users, everyMs: number, nowMs: () => number, writes: Writes) {
    this.model = model;
    this.users = users;
    this.everyMs = everyMs;
    this.nowMs = nowMs;
    this.writes = writes;
    this.journeys = model.journeys.map((_, journey) => new JourneyWatch(model, journey));
  }

  start(): void {
    this.stop();
    this.timer = setInterval(() => this.tick(), this.everyMs);
    this.tick();
  }

  stop(): void {
    clearInterval(this.timer);
    this.timer = undefined;
  }

  /** Everything that was sent has been answered, or will not be. */
  async settled(): Promise<void> {
    await Promise.all(this.underWay);
  }

  /** Begins anew: from now on is what counts. */
  begin(): void {
    const startMs = this.nowMs();
    for (const journey of this.journeys) journey.begin(startMs);
  }

  seen(journey: number): Seen {
    return this.journeys[journey]?.seen ?? { samples: [], breaches: [], sent: 0, good: 0, detectMs: null };
  }

  /** The mode that was seen last; undefined before the first round. */
  mode(journey: number): number | undefined {
    return this.seen(journey).samples.at(-1)?.mode;
  }

  /** Since when the mode that was seen last has been seen. @unit ms of the drill's clock */
  sinceMs(journey: number): number {
    return this.journeys[journey]?.sinceMs ?? 0;
  }

  private tick(): void {
    if (this.underWay.size >= MOST_ROUNDS) return;
    const began = this.nowMs();
    const round = Promise.all(
      this.model.journeys.map(async (_, journey) => {
        if (!this.users.tries(journey)) return;
        const tried = await this.users.round(journey, this.nowMs);
        // Who finds nobody looks for a page.
        const isReached = tried.some(({ judged }) => judged.said !== undefined || judged.verdict === 'good');
        const page = isReached ? undefined : await this.users.page(journey);
        if (this.journeys[journey]?.take(began, tried, page) === true) this.writes.take(journey, tried);
      }),
    )
      .catch((error: unknown) => {
        // Thrown on by the drill, once what it has put is gone.
        this.failure ??= error;
      })
      .then(() => {
        this.underWay.delete(round);
      });
    this.underWay.add(round);
  }
}

class JourneyWatch {
  private readonly model: Model;
  private readonly journey: number;
  private startMs = 0;
  private samples: { readonly atMs: number; readonly mode: number }[] = [];
  private breaches = new Map<string, { -readonly [K in keyof Breach]: Breach[K] }>();
  private sent = 0;
  private good = 0;
  private detectMs: number | null = null;
  sinceMs = 0;

  constructor(model: Model, journey: number) {
    this.model = model;
    this.journey = journey;
  }

  get seen(): Seen {
    const { samples, sent, good, detectMs } = this;
    return { samples, breaches: [...this.breaches.values()], sent, good, detectMs };
  }

  begin(startMs: number): void {
    this.startMs = startMs;
    this.samples = [];
    this.breaches = new Map();
    this.sent = 0;
    this.good = 0;
    this.detectMs = null;
  }

  /**
   * @param began when it was sent. @unit ms of the drill's clock
   * @param page the mode of which a page was had, where nothing else could be reached
   * @returns whether it counts
   */
  take(began: number, tried: readonly Tried[], page: number | undefined): boolean {
    if (began < this.startMs || tried.length === 0) return false;
    const atMs = began - this.startMs;
    const mode = page ?? this.modeOf(tried);
    const before = this.samples.at(-1);
    if (before === undefined || before.mode !== mode) this.sinceMs = began;
    // What hung comes later than what was sent after it.
    const at = this.samples.findLastIndex((sample) => sample.atMs <= atMs);
    this.samples.splice(at + 1, 0, { atMs, mode });
    this.sent += tried.length;
    this.good += tried.filter(({ judged }) => judged.verdict === 'good').length;
    if (this.detectMs === null && (mode !== 0 || tried.some(({ judged }) => judged.verdict !== 'good')))
      this.detectMs = atMs;
    for (const { send, judged } of tried)
      if (judged.breach !== undefined) this.breach(judged.breach.kind, judged, send, atMs);
    return true;
  }

  private breach(kind: BreachKind, judged: Tried['judged'], send: string, atMs: number): void {
    const mode = judged.said?.mode ?? 'unknown';
    const key = `${kind} ${mode} ${send}`;
    const known = this.breaches.get(key);
    if (known !== undefined) known.times++;
    else
      this.breaches.set(key, {
        kind,
        mode,
        send,
        times: 1,
        firstMs: atMs,
        says: judged.breach?.says ?? '',
      });
  }

  /** The mode that answers say they were given in, or down where users did not get what it promises. */
  private modeOf(tried: readonly Tried[]): number {
    const node = this.model.journeys[this.journey];
    const modes = node?.modes ?? [];
    const down = modes.length;
    const counted = tried.filter(({ judged }) => judged.verdict !== 'refused');
    const good = counted.filter(({ judged }) => judged.verdict === 'good').length;
    const isUsable = counted.length === 0 || good / counted.length >= (node?.usable ?? 0.9);
    if (!isUsable) return down;
    const said = tried.flatMap(({ judged }) => {
      const name = judged.said?.mode;
      const at = name === undefined ? -1 : modes.findIndex((known) => known.name === name);
      return at < 0 ? [] : [at];
    });
    if (said.length > 0) return Math.max(...said);
    // Nothing says a mode. What was answered well was the whole of it; else there was nothing.
    return counted.length > 0 ? 0 : down;
  }
}
