/** What an entry takes beside its texts, roughly. @unit bytes */
const ENTRY_BYTES = 160;

/** The block as of which an answer holds. */
export interface AsOf {
  readonly number: number;
  readonly hash: string;
}

interface Entry {
  readonly text: string;
  /** Undefined: it holds for ever. */
  readonly asOf: AsOf | undefined;
}

/**
 * Answers by what was asked. One that is of a block holds as long as that block is of the chain: this is looked up when the answer is wanted, so
 * that a reorganisation needs nothing to be found and thrown away.
 *
 * Bounded in bytes. Two generations: what is asked for moves to the young one; when that has half of the room, it becomes the old one, and what
 * the old one still had is forgotten. So what is used stays, and no entry's place in an order has to be kept.
 */
export class AnswerCache {
  hits = 0;
  misses = 0;
  private readonly mostBytes: number;
  private readonly isCanonical: (number: number, hash: string) => boolean;
  private young = new Map<string, Entry>();
  private old = new Map<string, Entry>();
  private youngBytes = 0;
  private oldBytes = 0;

  /**
   * @param mostBytes @unit bytes
   * @param isCanonical whether a block is of the chain
   */
  constructor(mostBytes: number, isCanonical: (number: number, hash: string) => boolean) {
    this.mostBytes = mostBytes;
    this.isCanonical = isCanonical;
  }

  /** What it takes, roughly. @unit bytes */
  get bytes(): number {
    return this.youngBytes + this.oldBytes;
  }

  get(key: string): string | undefined {
    const young = this.young.get(key);
    const entry = young ?? this.old.get(key);
    if (entry === undefined || !this.holds(entry)) {
      this.misses++;
      return undefined;
    }
    this.hits++;
    if (young === undefined) this.put(key, entry);
    return entry.text;
  }

  /** @param asOf the block that it hangs on; undefined for what can no longer change */
  set(key: string, text: string, asOf: AsOf | undefined): void {
    // One that takes much room would push out many.
    if (key.length + text.length <= this.mostBytes / 16) this.put(key, { text: ownText(text), asOf });
  }

  private holds({ asOf }: Entry): boolean {
    return asOf === undefined || this.isCanonical(asOf.number, asOf.hash);
  }

  private put(key: string, entry: Entry): void {
    const bytes = ENTRY_BYTES + key.length + entry.text.length;
    const before = this.young.get(key);
    if (before !== undefined) {
      this.youngBytes -= ENTRY_BYTES + key.length + before.text.length;
      this.young.delete(key);
    }
    if (this.youngBytes + bytes > this.mostBytes / 2) {
      this.old = this.young;
      this.oldBytes = this.youngBytes;
      this.young = new Map();
      this.youngBytes = 0;
    }
    this.young.set(key, entry);
    this.youngBytes += bytes;
  }
}

/** A slice of a text keeps the whole of it, such as a batch of which this was one answer: a slice of a text made for it does not. */
function ownText(text: string): string {
  return `${text} `.slice(0, -1);
}
