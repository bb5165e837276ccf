/**
 * How much is down at once, as far as it is known: pieces of probability, each with the least and the most that is down in it. Where all
 * was worked out, both are the same in every piece: then the piece is sure.
 *
 * Beside its probability each piece carries a flow: the sum over its states of probability × (rates of repair of what is down − rates of
 * failure of what is up). Providers fail and come back independently, so the flow of all states at or above a threshold is how often the
 * threshold is reached, a year. Of a piece that is not sure, part of its states may lie below: then the flow is between a sum of what
 * is negative and a sum of what is positive.
 */
export interface Piece {
  readonly least: number;
  readonly most: number;
  readonly probability: number;
  /** @unit per year */
  readonly flowLow: number;
  /** @unit per year */
  readonly flowHigh: number;
}

/** Amounts are whole numbers below this. */
const MOST_AMOUNT = 2 ** 26;

/** Pieces with the same amounts are added up. */
export class Spread {
  private readonly pieces = new Map<number, { -readonly [K in keyof Piece]: Piece[K] }>();

  static certain(): Spread {
    const spread = new Spread();
    spread.add(0, 0, 1, 0);
    return spread;
  }

  /** The same with fewer pieces: bounds are widened to multiples of `step`, and nothing is sure. */
  static coarse(pieces: Iterable<Piece>, step: number): Spread {
    const spread = new Spread();
    for (const { least, most, probability, flowLow, flowHigh } of pieces) {
      const from = Math.floor(least / step) * step;
      const to = Math.max(from + 1, Math.ceil(most / step) * step);
      spread.add(from, to, probability, Math.min(0, flowLow), Math.max(0, flowHigh));
    }
    return spread;
  }

  get size(): number {
    return this.pieces.size;
  }

  add(least: number, most: number, probability: number, flowLow: number, flowHigh = flowLow): void {
    const key = least * MOST_AMOUNT + most;
    const known = this.pieces.get(key);
    if (known === undefined) this.pieces.set(key, { least, most, probability, flowLow, flowHigh });
    else {
      known.probability += probability;
      known.flowLow += flowLow;
      known.flowHigh += flowHigh;
    }
  }

  /** Adds what two pieces that know nothing of each other come to together. */
  addBoth(a: Piece, b: Piece): void {
    const [least, most] = [a.least + b.least, a.most + b.most];
    const p = a.probability * b.probability;
    if (least === most) {
      this.add(least, most, p, a.flowLow * b.probability + a.probability * b.flowLow);
      return;
    }
    const low = Math.min(0, a.flowLow) * b.probability + a.probability * Math.min(0, b.flowLow);
    const high = Math.max(0, a.flowHigh) * b.probability + a.probability * Math.max(0, b.flowHigh);
    this.add(least, most, p, low, high);
  }

  [Symbol.iterator](): IterableIterator<Piece> {
    return this.pieces.values();
  }

  /** Adds another that is sure, each piece as likely as said, with so much more down and at such a rate. */
  addScaled(other: Spread, amount: number, probability: number, rate: number): void {
    for (const piece of other) {
      const p = piece.probability * probability;
      this.add(piece.least + amount, piece.most + amount, p, piece.flowLow * probability + p * rate);
    }
  }

  /** What two that know nothing of each other come to together. */
  with(other: Spread): Spread {
    const sum = new Spread();
    for (const a of this) for (const b of other) sum.addBoth(a, b);
    return sum;
  }
}

/** Probability and flow of at least so much, between what is sure and what may be. */
export interface Tail {
  readonly low: number;
  readonly high: number;
  readonly flowLow: number;
  readonly flowHigh: number;
}
