import type { CryptoKey } from 'jose';
import { importPublic, type PublicJwk, readJwk } from './jwk-set.ts';

export interface KeySetOptions {
  /**
   * Asks the issuer for its JSON Web Key Set, parsed. It stops at the signal, and reads no more than so many bytes.
   * What it throws is taken for no answer; its words go nowhere.
   */
  readonly fetchKeys: (signal: AbortSignal, mostBytes: number) => Promise<unknown>;
  /** Whose keys they are, such as the address of the set: a stored copy of another's is not taken. */
  readonly source: string;
  /** The wall clock, since the bound is to hold over restarts. @unit ms */
  readonly now: () => number;
  /** From one good fetch to the next. @unit ms @default 300_000 */
  readonly refreshMs?: number;
  /** How long a key may be used after the issuer was last heard to offer it. @unit ms @default 86_400_000 */
  readonly staleMs?: number;
  /** Between fetches that unknown key ids cause, and from a failed fetch to the next. @unit ms @default 30_000 */
  readonly coolDownMs?: number;
  /** @unit ms @default 3_000 */
  readonly timeoutMs?: number;
  /** @default 100 */
  readonly mostKeys?: number;
  /** @unit bytes @default 262_144 */
  readonly mostBytes?: number;
  /** Checks that may wait for a fetch at once. @default 500 */
  readonly mostSeeking?: number;
}

/** Why the last fetch brought nothing. */
export type FetchTrouble =
  | 'no-answer'
  | 'not-a-key-set'
  | 'too-large'
  | 'too-many-keys'
  | 'doubled-key-id' // two different keys under one id: which one is meant nobody can say
  | 'no-usable-key'; // an empty set is damage: an issuer that wants all sessions ended puts a new key in its place

export type KeyState =
  | { readonly kind: 'none'; readonly why: FetchTrouble | undefined }
  /** The last fetch was good, and not long ago. */
  | { readonly kind: 'fresh'; readonly goodAtMs: number; readonly untilMs: number }
  /** The issuer is gone, or says nothing of use: the keys are used until then. */
  | {
      readonly kind: 'stale';
      readonly goodAtMs: number;
      readonly untilMs: number;
      readonly why: FetchTrouble | undefined;
    }
  | { readonly kind: 'expired'; readonly goodAtMs: number; readonly why: FetchTrouble | undefined };

/** A key in use. What was checked with it holds as long as it is usable. */
export interface HeldKey {
  readonly jwk: PublicJwk;
  readonly crypto: CryptoKey;
  /** Moves on with each fetch that offers it; in the past once the issuer has dropped it. @unit ms, wall clock */
  usableUntilMs: number;
}

/** What is to be written down, so that a restart while the issuer is gone goes on within the same bound. Public keys only. */
export interface KeySnapshot {
  readonly schema: 'keelson.keys/1';
  readonly source: string;
  readonly keys: readonly { readonly seenAtMs: number; readonly jwk: PublicJwk }[];
}

/**
 * The issuer's keys, which stay usable within a bound when the issuer is gone. A key that a good fetch no longer offers is
 * dropped at once, so that revocation is honoured; a fetch that fails, or brings damage, changes nothing. A key that is still offered
 * under its id but cannot be read keeps its last good form, within the bound; one that is offered with its private half, as a
 * secret or for other uses does not.
 */
export class KeySet {
  /** Rises when the keys may have changed: then `snapshot()` is to be written down. */
  version = 0;
  private readonly options: Required<KeySetOptions>;
  private readonly held = new Map<string, HeldKey>();
  private goodAtMs: number | undefined;
  private attemptAtMs: number | undefined;
  private soughtAtMs = Number.NEGATIVE_INFINITY;
  private trouble: FetchTrouble | undefined;
  private flight: Promise<void> | undefined;
  private seeking = 0;

  constructor(options: KeySetOptions) {
    this.options = {
      refreshMs: 300_000,
      staleMs: 86_400_000,
      coolDownMs: 30_000,
      timeoutMs: 3_000,
      mostKeys: 100,
      mostBytes: 262_144,
      mostSeeking: 500,
      ...options,
    };
    const { refreshMs, staleMs, coolDownMs, timeoutMs } = this.options;
    for (const time of [refreshMs, staleMs, coolDownMs, timeoutMs])
      if (!(time > 0 && time < Number.POSITIVE_INFINITY))
        throw new RangeError(`Expected a time above 0, found ${time}.`);
  }

  /** @param kid undefined for a token that names none: then the only key of its algorithm is meant, if it is the only one */
  find(kid: string | undefined, alg: string): HeldKey | undefined {
    const key = kid === undefined ? this.onlyKeyOf(alg) : this.held.get(nameOf({ kid, alg }));
    return key !== undefined && this.options.now() < key.usableUntilMs ? key : undefined;
  }

  /**
   * For a key that `find` does not know: asks the issuer, at most once in each cool-down however many ask, and looks again.
   * A flood of made-up ids is one fetch.
   *
   * @returns `'busy'` when too many wait for the fetch already
   */
  async seek(kid: string | undefined, alg: string): Promise<HeldKey | 'busy' | undefined> {
    if (this.flight === undefined) {
      const now = this.options.now();
      // Also when the clock was set back.
      if (Math.abs(now - this.soughtAtMs) < this.options.coolDownMs) return undefined;
      this.soughtAtMs = now;
    }
    if (this.seeking >= this.options.mostSeeking) return 'busy';
    this.seeking++;
    await this.refresh();
    this.seeking--;
    return this.find(kid, alg);
  }

  /** One fetch, however many ask. Never throws; `state` tells how it went. */
  refresh(): Promise<void> {
    this.flight ??= this.fetchOnce().finally(() => {
      this.flight = undefined;
    });
    return this.flight;
  }

  /** When `refresh()` is due. @unit ms, wall clock */
  get wakeAtMs(): number {
    if (this.attemptAtMs === undefined) return Number.NEGATIVE_INFINITY;
    const { refreshMs, coolDownMs } = this.options;
    return this.attemptAtMs + (this.trouble === undefined ? refreshMs : Math.min(coolDownMs, refreshMs));
  }

  get state(): KeyState {
    const { goodAtMs, trouble: why } = this;
    if (goodAtMs === undefined) return { kind: 'none', why };
    const now = this.options.now();
    const untilMs = [...this.held.values()].reduce((last, key) => Math.max(last, key.usableUntilMs), 0);
    if (now >= untilMs) return { kind: 'expired', goodAtMs, why };
    const isFresh =
      why === undefined && this.attemptAtMs !== undefined && now < goodAtMs + 2 * this.options.refreshMs;
    return isFresh ? { kind: 'fresh', goodAtMs, untilMs } : { kind: 'stale', goodAtMs, untilMs, why };
  }

  /** For the loop that decides: 1 while sessions can be checked. */
  level(): number {
    const { kind } = this.state;
    return kind === 'fresh' || kind === 'stale' ? 1 : 0;
  }

  snapshot(): KeySnapshot | undefined {
    const { source, staleMs } = this.options;
    if (this.held.size === 0) return undefined;
    const keys = [...this.held.values()].map(({ jwk, usableUntilMs }) => ({
      jwk,
      seenAtMs: usableUntilMs - staleMs,
    }));
    return { schema: 'keelson.keys/1', source, keys };
  }

  /**
   * Takes what `snapshot()` gave, from a file that only this program can write: whoever can write it can sign sessions. Each key
   * keeps the time at which it was last offered, so a restart wins no time.
   *
   * @returns how many keys are usable by it: none when it is damaged, another issuer's, too old, from the future, or no longer needed
   */
  async restore(snapshot: unknown): Promise<number> {
    const { now, staleMs, mostKeys } = this.options;
    const entries = entriesOf(snapshot, this.options.source).slice(0, mostKeys * MOST_ALGORITHMS);
    const taken: HeldKey[] = [];
    for (const { jwk, seenAtMs } of entries) {
      const read = readJwk(jwk);
      if (read.kind === 'refused' || typeof seenAtMs !== 'number') continue;
      if (!(seenAtMs <= now() && now() < seenAtMs + staleMs)) continue;
      for (const one of read.keys) {
        const crypto = await importPublic(one);
        if (crypto !== undefined) taken.push({ jwk: one, crypto, usableUntilMs: seenAtMs + staleMs });
      }
    }
    if (this.goodAtMs !== undefined || taken.length === 0) return 0;
    for (const key of taken) this.held.set(nameOf(key.jwk), key);
    this.goodAtMs = Math.max(...taken.map((key) => key.usableUntilMs)) - staleMs;
    return this.held.size;
  }

  private async fetchOnce(): Promise<void> {
    const { fetchKeys, now, timeoutMs, mostBytes } = this.options;
    // As of when it was asked, which is never later than what the answer knows.
    const askedAtMs = now();
    this.attemptAtMs = askedAtMs;
    const read = await within(timeoutMs, (signal) => fetchKeys(signal, mostBytes))
      .then((value) => this.read(value))
      .catch((): FetchTrouble => 'no-answer');
    this.trouble = typeof read === 'string' ? read : undefined;
    if (typeof read !== 'string') this.take(read, askedAtMs);
    this.holdToTheClock();
  }

  private async read(value: unknown): Promise<ReadSet | FetchTrouble> {
    const { mostBytes, mostKeys } = this.options;
    const entries = (value as { keys?: unknown } | null | undefined)?.keys; // looked at, whatever it is
    if (!Array.isArray(entries)) return 'not-a-key-set';
    if (entries.length > mostKeys) return 'too-many-keys';
    if (JSON.stringify(value).length > mostBytes) return 'too-large';
    const keys = new Map<string, Omit<HeldKey, 'usableUntilMs'>>();
    const unreadable = new Set<string>();
    for (const entry of entries) {
      let read = readJwk(entry);
      for (const jwk of read.kind === 'usable' ? read.keys : []) {
        const crypto = await importPublic(jwk);
        if (crypto === undefined) {
          read = { kind: 'refused', why: 'damaged', kid: jwk.kid };
          break;
        }
        const name = nameOf(jwk);
        const other = keys.get(name);
        if (other !== undefined && !isSame(other.jwk, jwk)) return 'doubled-key-id';
        keys.set(name, { jwk, crypto });
      }
      if (read.kind === 'refused' && read.why === 'damaged' && read.kid !== undefined)
        unreadable.add(read.kid);
    }
    return keys.size === 0 ? 'no-usable-key' : { keys, unreadable };
  }

  private take({ keys, unreadable }: ReadSet, askedAtMs: number): void {
    const usableUntilMs = askedAtMs + this.options.staleMs;
    for (const [name, old] of this.held) {
      const next = keys.get(name);
      if (next !== undefined && isSame(next.jwk, old.jwk)) {
        old.usableUntilMs = usableUntilMs;
        continue;
      }
      if (next === undefined && old.jwk.kid !== undefined && unreadable.has(old.jwk.kid)) continue;
      old.usableUntilMs = Number.NEGATIVE_INFINITY;
      this.held.delete(name);
    }
    for (const [name, key] of keys) if (!this.held.has(name)) this.held.set(name, { ...key, usableUntilMs });
    this.goodAtMs = askedAtMs;
    this.version++;
  }

  /** A clock that was set back wins no time beyond the bound. */
  private holdToTheClock(): void {
    const now = this.options.now();
    for (const key of this.held.values())
      key.usableUntilMs = Math.min(key.usableUntilMs, now + this.options.staleMs);
    if (this.goodAtMs !== undefined) this.goodAtMs = Math.min(this.goodAtMs, now);
  }

  private onlyKeyOf(alg: string): HeldKey | undefined {
    const keys = [...this.held.values()].filter((key) => key.jwk.alg === alg);
    return keys.length === 1 ? keys[0] : undefined;
  }
}

interface ReadSet {
  readonly keys: ReadonlyMap<string, Omit<HeldKey, 'usableUntilMs'>>;
  /** Ids that are offered in a form that is no key. */
  readonly unreadable: ReadonlySet<string>;
}

const MOST_ALGORITHMS = 6;

/** Keys without an id stand by their material. */
function nameOf(jwk: Partial<PublicJwk> & { readonly alg: string }): string {
  return jwk.kid === undefined ? `${jwk.alg} - ${jwk.n ?? jwk.x}` : `${jwk.alg} = ${jwk.kid}`;
}

function isSame(one: PublicJwk, other: PublicJwk): boolean {
  return (
    one.n === other.n && one.e === other.e && one.crv === other.crv && one.x === other.x && one.y === other.y
  );
}

function entriesOf(snapshot: unknown, source: string): { jwk?: unknown; seenAtMs?: unknown }[] {
  const held = snapshot as Partial<KeySnapshot> | null | undefined; // each part is checked here or by its reader
  if (held?.schema !== 'keelson.keys/1' || held.source !== source || !Array.isArray(held.keys)) return [];
  return held.keys.filter((entry) => typeof entry === 'object' && entry !== null);
}

/** Rejects at the deadline, also where the signal is not heeded. */
async function within<T>(timeoutMs: number, start: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      controller.abort();
      reject(new Error('late'));
    }, timeoutMs);
  });
  try {
    return await Promise.race([start(controller.signal), late]);
  } finally {
    clearTimeout(timer);
  }
}
