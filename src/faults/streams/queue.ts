import type { Piece } from '../fault.ts';

/** `cut` is an end after which both sides are closed. */
export type Item = Piece | 'end' | 'cut';

/** What a piece counts for at least: it takes some room, however short it is. @unit bytes */
const LEAST = 1024;

/** What waits between two stages. It takes whatever comes; who writes asks whether it is full. */
export class Queue {
  /** Who reads it. */
  onItem: (() => void) | undefined;
  /** Who writes to it. */
  onRoom: (() => void) | undefined;
  private readonly items: Item[] = [];
  private readonly most: number;
  private bytes = 0;

  /** @param most it is full from then on. @unit bytes */
  constructor(most: number) {
    this.most = most;
  }

  get isFull(): boolean {
    return this.bytes >= this.most;
  }

  push(item: Item): void {
    this.items.push(item);
    if (typeof item !== 'string') this.bytes += Math.max(LEAST, item.bytes.length);
    this.onItem?.();
  }

  shift(): Item | undefined {
    const item = this.items.shift();
    if (item === undefined || typeof item === 'string') return item;
    const wasFull = this.isFull;
    this.bytes -= Math.max(LEAST, item.bytes.length);
    if (wasFull && !this.isFull) this.onRoom?.();
    return item;
  }
}
