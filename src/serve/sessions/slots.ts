/** How many things run at once, and how many may wait for their turn; first come, first served. */
export class Slots {
  private readonly most: number;
  private readonly mostWaiting: number;
  private readonly waiting: (() => void)[] = [];
  private running = 0;

  constructor(most: number, mostWaiting: number) {
    this.most = most;
    this.mostWaiting = mostWaiting;
  }

  /** @returns what `work` gives; undefined, without having run it, when too many wait already */
  async run<T>(work: () => Promise<T>): Promise<T | undefined> {
    if (this.running >= this.most) {
      if (this.waiting.length >= this.mostWaiting) return undefined;
      await new Promise<void>((resolve) => this.waiting.push(resolve));
    } else this.running++;
    try {
      return await work();
    } finally {
      // Whoever waits takes over the slot as it is.
      const next = this.waiting.shift();
      if (next === undefined) this.running--;
      else next();
    }
  }
}
