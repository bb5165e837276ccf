/** Work that must not overlap, one after the other in the order it came. */
export class Turns {
  private last: Promise<unknown> = Promise.resolve();

  take<T>(work: () => Promise<T>): Promise<T> {
    const done = this.last.then(work);
    // Who asked is told; who comes next is not kept from it.
    this.last = done.catch(() => undefined);
    return done;
  }
}
