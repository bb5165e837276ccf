/** Where two must not meet: some cross at any time, one at a time stops them all. */
export class Crossing {
  readonly #underWay = new Set<Promise<unknown>>();
  #stopped: Promise<void> | undefined;

  /** Goes as soon as it may. */
  async cross<T>(go: () => Promise<T>): Promise<T> {
    while (this.#stopped !== undefined) await this.#stopped;
    const going = go();
    this.#underWay.add(going);
    try {
      return await going;
    } finally {
      this.#underWay.delete(going);
    }
  }

  /** Lets nobody cross any more. Those who were about to are over when this is. @returns lets them go on */
  async stop(): Promise<() => void> {
    while (this.#stopped !== undefined) await this.#stopped;
    let open = (): void => undefined;
    this.#stopped = new Promise((resolve) => {
      open = () => {
        this.#stopped = undefined;
        resolve();
      };
    });
    await Promise.allSettled(this.#underWay);
    return open;
  }
}
