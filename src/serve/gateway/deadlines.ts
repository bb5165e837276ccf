/** Something that is due at some time, once. */
export interface Due {
  /** Called when its time has come; it is no longer waited for then. */
  onDue(): void;
}

/** How fine time is cut. @unit ms */
const TICK_MS = 5;
const SLOTS = 512;

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
    // After a long pause every slot is looked at once.
    for (let tick = Math.max(this.tick + 1, until - SLOTS + 1); tick <= until; tick++) this.take(tick, until);
    this.tick = until;
    if (this.count > 0) this.timer ??= setTimeout(this.turn, TICK_MS);
  };

  private take(tick: number, until: number): void {
    const head = this.slots[tick % SLOTS];
    let waiter = head?.next;
    while (waiter !== undefined && waiter !== head) {
      const next: Waiter | undefined = waiter.next;
      if (waiter.dueTick <= until) {
        this.clear(waiter);
        waiter.due?.onDue();
        // What was called may have changed the list.
        waiter = next?.next === undefined ? head?.next : next;
      } else waiter = next;
    }
  }
}
