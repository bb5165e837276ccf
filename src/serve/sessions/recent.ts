/**
 * Values by text, the least recently used forgotten first, in two generations: a hit costs one look-up and moves nothing. At half of
 * its bounds the young generation becomes the old one, and the old one is forgotten; what is asked for there turns young again.
 */
export class Recent<V> {
  private readonly most: number;
  private readonly mostCharacters: number;
  private young = new Map<string, V>();
  private old = new Map<string, V>();
  private characters = 0;

  /** @param most entries, both generations together; `mostCharacters` of their texts likewise */
  constructor(most: number, mostCharacters: number) {
    this.most = Math.max(1, most >> 1);
    this.mostCharacters = mostCharacters / 2;
  }

  get size(): number {
    return this.young.size + this.old.size;
  }

  get(text: string): V | undefined {
    const value = this.young.get(text);
    return value !== undefined ? value : this.fromOld(text);
  }

  set(text: string, value: V): void {
    if (!this.young.has(text)) {
      if (this.young.size >= this.most || this.characters + text.length > this.mostCharacters) this.turn();
      this.characters += text.length;
      this.old.delete(text);
    }
    this.young.set(text, value);
  }

  delete(text: string): void {
    if (this.young.delete(text)) this.characters -= text.length;
    this.old.delete(text);
  }

  private fromOld(text: string): V | undefined {
    const value = this.old.get(text);
    if (value !== undefined) this.set(text, value);
    return value;
  }

  private turn(): void {
    this.old = this.young;
    this.young = new Map();
    this.characters = 0;
  }
}
