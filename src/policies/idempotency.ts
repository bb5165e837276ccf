/** What one entry takes beside its strings and its answer, roughly. @unit bytes */
const ENTRY_BYTES = 256;

export interface IdempotencyOptions {
  /** How many keys are known at once. @default 100_000 */
  readonly most?: number;
  /** How long a key is known once its outcome is, or is known to be unknown. @unit ms @default 86_400_000 */
  readonly keepMs?: number;
  /** What keys and answers may take together. @unit bytes @default 134_217_728 */
  readonly mostBytes?: number;
}

/** What is known of a key when a request comes with it. */
export type Known<Answer> =
  /** Nothing: send it, and then settle `id` once, by `answered`, `unknown` or `forget`. */
  | { readonly kind: 'first'; readonly id: string }
  /** The same request is being answered. */
  | { readonly kind: 'in-flight' }
  /** It was answered, like this; undefined when the answer itself is no longer kept. */
  | { readonly kind: 'answered'; readonly answer: Answer | undefined }
  /** It was sent, and nobody knows what came of it. */
  | { readonly kind: 'unknown' }
  /** The key was used for another request. */
  | { readonly kind: 'differs' }
  /** No more keys can be kept: refuse it before it is sent. */
  | { readonly kind: 'full' };

interface Entry<Answer> {
  readonly id: string;
  readonly fingerprint: string;
  /** Of the entry without its answer. */
  readonly bytes: number;
  kind: 'in-flight' | 'answered' | 'unknown';
  answer: Answer | undefined;
  answerBytes: number;
  /** Infinite while in flight. @unit ms */
  expiresAt: number;
  /** Where it waits to expire; undefined while in flight. */
  queue: Queue<Answer> | undefined;
  before: Entry<Answer> | undefined;
  after: Entry<Answer> | undefined;
}

const IN_FLIGHT = { kind: 'in-flight' } as const;
const UNKNOWN = { kind: 'unknown' } as const;
const DIFFERS = { kind: 'differs' } as const;
const FULL = { kind: 'full' } as const;

/**
 * What is known of each Idempotency-Key, so that no write is sent twice (draft-ietf-httpapi-idempotency-key-header). Bounded in
 * entries and bytes. When bytes run short, the oldest answers go first while their keys stay known; when that is not enough, or entries
 * run short, the keys that were answered longest ago (`evicted` counts them: each could be sent anew). A key that is in flight, or whose
 * outcome is unknown, never gives way: when there are only such, the answer is `full`.
 *
 * All of it is in memory: what must survive a restart is for the caller to record.
 */
export class IdempotencyKeys<Answer> {
  /** Answered keys that were forgotten before their time. */
  evicted = 0;
  private readonly most: number;
  private readonly keepMs: number;
  private readonly mostBytes: number;
  private readonly entries = new Map<string, Entry<Answer>>();
  private readonly unknownOnes = new Queue<Answer>();
  /** Answered ones, by whether the answer is still kept. */
  private readonly withAnswer = new Queue<Answer>();
  private readonly withoutAnswer = new Queue<Answer>();
  private keyBytes = 0;
  private answerBytes = 0;

  /** @throws RangeError when a bound is not above 0 */
  constructor({ most = 100_000, keepMs = 86_400_000, mostBytes = 134_217_728 }: IdempotencyOptions = {}) {
    for (const bound of [most, keepMs, mostBytes])
      if (!(bound > 0)) throw new RangeError(`Expected a bound above 0, found ${bound}.`);
    this.most = most;
    this.keepMs = keepMs;
    this.mostBytes = mostBytes;
  }

  /** How many keys are known. */
  get size(): number {
    return this.entries.size;
  }

  /** What they take, roughly. @unit bytes */
  get bytes(): number {
    return this.keyBytes + this.answerBytes;
  }

  /**
   * Before a request is sent.
   *
   * @param now never earlier than before. @unit ms
   * @param scope who sends it: the same key of another caller is another key
   * @param fingerprint of the whole request, as a digest of its method, path and body
   */
  begin(now: number, scope: string, key: string, fingerprint: string): Known<Answer> {
    this.expire(now);
    // The length keeps apart what would read the same: `a` + `bc` and `ab` + `c`.
    const id = `${scope.length}:${scope}${key}`;
    const entry = this.entries.get(id);
    if (entry !== undefined && now < entry.expiresAt) return tell(entry, fingerprint);
    if (entry !== undefined) this.remove(entry);
    const bytes = ENTRY_BYTES + 2 * (id.length + fingerprint.length);
    if (!this.makeRoom(bytes)) return FULL;
    this.entries.set(id, {
      id,
      fingerprint,
      bytes,
      kind: 'in-flight',
      answer: undefined,
      answerBytes: 0,
      expiresAt: Number.POSITIVE_INFINITY,
      queue: undefined,
      before: undefined,
      after: undefined,
    });
    this.keyBytes += bytes;
    return { kind: 'first', id };
  }

  /**
   * The request was answered, also where that had been unknown. An answer that is too big, or undefined, is not kept; that
   * there was one is.
   *
   * @param bytes that the answer takes
   */
  answered(now: number, id: string, answer: Answer | undefined, bytes: number): void {
    const entry = this.entries.get(id);
    if (entry === undefined || entry.kind === 'answered') return;
    entry.kind = 'answered';
    entry.expiresAt = now + this.keepMs;
    if (answer === undefined || !(bytes >= 0 && this.keyBytes + bytes <= this.mostBytes)) {
      this.withoutAnswer.take(entry);
      return;
    }
    while (this.bytes + bytes > this.mostBytes && this.dropOldestAnswer());
    entry.answer = answer;
    entry.answerBytes = bytes;
    this.answerBytes += bytes;
    this.withAnswer.take(entry);
  }

  /** The request was sent, at least in part, and no answer came: it may have happened. */
  unknown(now: number, id: string): void {
    const entry = this.entries.get(id);
    if (entry?.kind !== 'in-flight') return;
    entry.kind = 'unknown';
    entry.expiresAt = now + this.keepMs;
    this.unknownOnes.take(entry);
  }

  /** Nothing of the request was sent: the next one with its key is the first again. Only while it is in flight. */
  forget(id: string): void {
    const entry = this.entries.get(id);
    if (entry?.kind === 'in-flight') this.remove(entry);
  }

  private expire(now: number): void {
    this.expireIn(this.unknownOnes, now);
    this.expireIn(this.withoutAnswer, now);
    this.expireIn(this.withAnswer, now);
  }

  private expireIn(queue: Queue<Answer>, now: number): void {
    for (;;) {
      const { oldest } = queue;
      if (oldest === undefined || now < oldest.expiresAt) return;
      this.remove(oldest);
    }
  }

  /** @returns whether one more entry fits */
  private makeRoom(bytes: number): boolean {
    if (bytes > this.mostBytes) return false;
    while (this.bytes + bytes > this.mostBytes)
      if (!this.dropOldestAnswer() && !this.evictOldest()) return false;
    while (this.entries.size >= this.most) if (!this.evictOldest()) return false;
    return true;
  }

  private dropOldestAnswer(): boolean {
    const { oldest } = this.withAnswer;
    if (oldest === undefined) return false;
    this.answerBytes -= oldest.answerBytes;
    oldest.answer = undefined;
    oldest.answerBytes = 0;
    this.withoutAnswer.take(oldest);
    return true;
  }

  private evictOldest(): boolean {
    const oldest = this.withoutAnswer.oldest ?? this.withAnswer.oldest;
    if (oldest === undefined) return false;
    this.remove(oldest);
    this.evicted++;
    return true;
  }

  private remove(entry: Entry<Answer>): void {
    entry.queue?.leave(entry);
    this.entries.delete(entry.id);
    this.keyBytes -= entry.bytes;
    this.answerBytes -= entry.answerBytes;
  }
}

function tell<Answer>(entry: Entry<Answer>, fingerprint: string): Known<Answer> {
  if (entry.fingerprint !== fingerprint) return DIFFERS;
  if (entry.kind === 'answered') return { kind: 'answered', answer: entry.answer };
  return entry.kind === 'in-flight' ? IN_FLIGHT : UNKNOWN;
}

/**
 * Entries in the order in which they came, linked, so that any can leave. Not a Map's own order: finding the first of a Map costs a
 * walk over all that were deleted before it.
 */
class Queue<Answer> {
  oldest: Entry<Answer> | undefined;
  private newest: Entry<Answer> | undefined;

  /** From the queue where it is, to the end of this one. */
  take(entry: Entry<Answer>): void {
    entry.queue?.leave(entry);
    entry.queue = this;
    entry.before = this.newest;
    if (this.newest === undefined) this.oldest = entry;
    else this.newest.after = entry;
    this.newest = entry;
  }

  leave(entry: Entry<Answer>): void {
    const { before, after } = entry;
    if (before === undefined) this.oldest = after;
    else before.after = after;
    if (after === undefined) this.newest = before;
    else after.before = before;
    entry.queue = undefined;
    entry.before = undefined;
    entry.after = undefined;
  }
}
