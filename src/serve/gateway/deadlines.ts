/** Something that is due at some time, once. */
export interface Due {
  /** Called when its time has come; it is no longer waited for then. */
  onDue(): void;
}

/** How fine time is cut. @unit ms */
const TICK_MS = 5;
const SLOTS = 512;
/** A turn that comes later than this was held up. */
const LATE_TICKS = 10;

/** One place in a list of what is due. Made once for each request, and used again and again. */
export class Waiter {
  previous: Waiter | undefined;
  next: Waiter | undefined;
  dueTick = 0;
  readonly due: Due | undefined;

  constructor(due?: Due) {
    this.due = due;
  }
}

/**
 * Many things that are due soon, most of which never come to be: one timer for all of them, nothing to be searched, nothing kept
 * that is called off. Each is called at most a tick late, and never early.
 *
 * A hashed timing wheel (Varghese and Lauck, 1987): a slot for each tick, what is due in a later round stays in its slot.
 */
export class Deadlines {
  private readonly slots: readonly Waiter[];
  private readonly now: () => number;
  private count = 0;
  private tick: number;
  private timer: NodeJS.Timeout | undefined;
  private isLate = false;

  /** @param now monotonic. @unit ms */
  constructor(now: () => number) {
    this.now = now;
    this.tick = this.tickAt(now());
    this.slots = Array.from({ length: SLOTS }, () => {
      const head = new Waiter();
      head.previous = head;
      head.next = head;
      return head;
    });
  }

  /** Waits for a time from now on, in place of what it waited for before. */
  set(waiter: Waiter, ms: number): void {
    this.clear(waiter);
    if (this.count === 0) this.tick = this.tickAt(this.now());
    waiter.dueTick = Math.max(this.tick + 1, Math.ceil((this.now() + ms) / TICK_MS));
    const head = this.slots[waiter.dueTick % SLOTS];
    if (head === undefined) return;
    waiter.previous = head.previous;
    waiter.next = head;
    if (head.previous !== undefined) head.previous.next = waiter;
    head.previous = waiter;
    this.count++;
    this.timer ??= setTimeout(this.turn, TICK_MS);
  }

  clear(waiter: Waiter): void {
    if (waiter.next === undefined || waiter.previous === undefined) return;
    waiter.previous.next = waiter.next;
    waiter.next.previous = waiter.previous;
    waiter.next = undefined;
    waiter.previous = undefined;
    this.count--;
  }

  private tickAt(ms: number): number {
    return Math.floor(ms / TICK_MS);
  }

  private readonly turn = (): void => {
    this.timer = undefined;
    const until = this.tickAt(this.now());
    if (until - this.tick > LATE_TICKS && !this.isLate) {
      // The process itself was held up: answers may have come meanwhile. They are read first, then it is seen who is due.
      this.isLate = true;
      setImmediate(this.turn);
      return;
    }
    this.isLate = false;
    const from = Math.max(this.tick + 1, until - SLOTS + 1);
    // Before anybody is called: what they set is due later than this turn.
    this.tick = until;
    // After a long pause every slot is looked at once.
    for (let tick = from; tick <= until; tick++) this.take(tick, until);
    if (this.count > 0) this.timer ??= setTimeout(this.turn, TICK_MS);
  };

  private take(tick: number, until: number): void {
    const head = this.slots[tick % SLOTS];
    if (head === undefined) return;
    // Whoever is called may change the list: first it is seen who is due.
    const due: Waiter[] = [];
    for (let waiter = head.next; waiter !== undefined && waiter !== head; waiter = waiter.next)
      if (waiter.dueTick <= until) due.push(waiter);
    for (const waiter of due) {
      if (waiter.next === undefined || waiter.dueTick > until) continue;
      this.clear(waiter);
      waiter.due?.onDue();
    }
  }
}
