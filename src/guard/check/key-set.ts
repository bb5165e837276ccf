/** Up to so many keys of an object, each is compared with all before it; with more, they are looked up. */
const FEW = 24;

/**
 * The keys of all objects that are open, as two hashes of 32 bits each: tells whether one stands twice in the innermost object.
 *
 * Objects are opened and closed as a stack, so their keys lie on one. Of objects with many keys each key is also in a table of places on that
 * stack, with linear probing. Keys leave it in the opposite order in which they came, so that a place may simply be emptied.
 */
export class KeySet {
  private first = new Int32Array(1024);
  private second = new Int32Array(1024);
  private top = 0;
  /** By depth: where its object's keys begin. */
  private readonly bases: Int32Array;
  private depth = -1;
  /** Places on the stack plus one; 0 is empty. A power of two. */
  private table = new Int32Array(256);
  private inTable = 0;

  constructor(mostDepth: number) {
    this.bases = new Int32Array(mostDepth + 2);
  }

  open(): void {
    this.bases[++this.depth] = this.top;
  }

  close(): void {
    const base = this.bases[this.depth--] ?? 0;
    if (this.top - base > FEW) for (let key = this.top - 1; key >= base; key--) this.remove(key, base);
    this.top = base;
  }

  /** @returns whether it is there already */
  add(first: number, second: number): boolean {
    const base = this.bases[this.depth] ?? 0;
    const { top } = this;
    const count = top - base;
    if (count < FEW) {
      for (let key = base; key < top; key++)
        if (this.first[key] === first && this.second[key] === second) return true;
    } else {
      if (count === FEW && this.has(first, second, base)) return true;
      if (count > FEW && this.find(first, second, base)) return true;
    }
    if (top === this.first.length) this.growStack();
    this.first[top] = first;
    this.second[top] = second;
    this.top = top + 1;
    if (count === FEW) for (let key = base; key <= top; key++) this.insert(key, base);
    else if (count > FEW) this.insert(top, base);
    return false;
  }

  private has(first: number, second: number, base: number): boolean {
    for (let key = base; key < this.top; key++)
      if (this.first[key] === first && this.second[key] === second) return true;
    return false;
  }

  private find(first: number, second: number, base: number): boolean {
    const { table } = this;
    const mask = table.length - 1;
    for (let at = placeOf(first, base) & mask; ; at = (at + 1) & mask) {
      const key = (table[at] ?? 0) - 1;
      if (key < 0) return false;
      // Below the base are keys of objects around this one.
      if (key >= base && this.first[key] === first && this.second[key] === second) return true;
    }
  }

  private insert(key: number, base: number): void {
    if (++this.inTable * 2 > this.table.length) this.growTable(key);
    this.put(key, base);
  }

  private put(key: number, base: number): void {
    const { table } = this;
    const mask = table.length - 1;
    let at = placeOf(this.first[key] ?? 0, base) & mask;
    while (table[at] !== 0) at = (at + 1) & mask;
    table[at] = key + 1;
  }

  private remove(key: number, base: number): void {
    const { table } = this;
    const mask = table.length - 1;
    let at = placeOf(this.first[key] ?? 0, base) & mask;
    while (table[at] !== key + 1) at = (at + 1) & mask;
    table[at] = 0;
    this.inTable--;
  }

  /** @param before keys from this one on are not in the table yet */
  private growTable(before: number): void {
    this.table = new Int32Array(this.table.length * 2);
    for (let depth = 0; depth <= this.depth; depth++) {
      const base = this.bases[depth] ?? 0;
      const end = depth === this.depth ? before : (this.bases[depth + 1] ?? 0);
      const all = depth === this.depth ? this.top : end;
      if (all - base > FEW) for (let key = base; key < end; key++) this.put(key, base);
    }
  }

  private growStack(): void {
    this.first = grown(this.first);
    this.second = grown(this.second);
  }
}

/** The same key in another object is somewhere else. */
function placeOf(hash: number, base: number): number {
  const mixed = Math.imul(hash ^ Math.imul(base, 0x9e3779b1), 0x85ebca6b);
  return mixed ^ (mixed >>> 15);
}

function grown(from: Int32Array): Int32Array<ArrayBuffer> {
  const to = new Int32Array(from.length * 2);
  to.set(from);
  return to;
}
