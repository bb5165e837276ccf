/**
 * Values by text, the least recently used forgotten first, in two generations: a hit costs one look-up and moves nothing. At half of
 * its bounds the young generation becomes the old one, and the old one is forgotten; what is asked for there turns young again.
 */
export class Recent<V> {
  private readonly most: number;
  private readonly mostWeight: number;
  private young = new Map<string, Weighed<V>>();
  private old = new Map<string, Weighed<V>>();
  private weight = 0;

  /** Both bounds are of both generations together. */
  constructor(most: number, mostWeight: number) {
    this.most = Math.max(1, most >> 1);
    this.mostWeight = mostWeight / 2;
  }

  get size(): number {
    return this.young.size + this.old.size;
  }

  get(text: string): V | undefined {
    const held = this.young.get(text);
    return held !== undefined ? held.value : this.fromOld(text);
  }

  set(text: string, value: V, weight: number): void {
    this.delete(text);
    if (this.young.size >= this.most || this.weight + weight > this.mostWeight) this.turn();
    this.weight += weight;
    this.young.set(text, { value, weight });
  }

  delete(text: string): void {
    this.weight -= this.young.get(text)?.weight ?? 0;
    this.young.delete(text);
    this.old.delete(text);
  }

  private fromOld(text: string): V | undefined {
    const held = this.old.get(text);
    if (held !== undefined) this.set(text, held.value, held.weight);
    return held?.value;
  }

  private turn(): void {
    this.old = this.young;
    this.young = new Map();
    this.weight = 0;
  }
}

interface Weighed<V> {
  readonly value: V;
  readonly weight: number;
}
