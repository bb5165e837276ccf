import { Spread, type Tail } from './spread.ts';

/** How much is down at once, by amount, put together from what knows nothing of each other. */
export class Amounts {
  private probability: Float64Array<ArrayBufferLike> = Float64Array.of(1);
  private flow: Float64Array<ArrayBufferLike> = Float64Array.of(0);
  /** Where only bounds are known. */
  private open = new Spread();

  /** Puts a spread beside it. */
  with(spread: Spread): void {
    const pieces = [...spread];
    const sure = pieces.filter(({ least, most }) => least === most);
    const unsure = pieces.filter(({ least, most }) => least < most);
    const isMuch = (this.open.size + this.probability.length) * pieces.length > MOST_PIECES;
    const step = Math.ceil((this.probability.length + sure.length) / 50);
    const bounds = isMuch ? [...Spread.coarse(unsure, step)] : unsure;
    const before = isMuch ? Spread.coarse(this.open, step) : this.open;
    const open = new Spread();
    for (const a of before) for (const b of [...sure, ...bounds]) open.addBoth(a, b);
    for (const b of bounds)
      for (let k = 0; k < this.probability.length; k++) {
        const probability = this.probability[k] as number;
        const flow = this.flow[k] as number;
        if (probability === 0 && flow === 0) continue;
        open.addBoth({ least: k, most: k, probability, flowLow: flow, flowHigh: flow }, b);
      }
    this.open = open;
    this.convolve(
      sure.map(({ least }) => least),
      sure.map(({ probability }) => probability),
      sure.map(({ flowLow }) => flowLow),
    );
  }

  /** Puts amounts beside it of which all is known. */
  convolve(amounts: readonly number[], probabilities: readonly number[], flows: readonly number[]): void {
    const top = amounts.reduce((a, b) => Math.max(a, b), 0);
    const { probability, flow } = this;
    const p = new Float64Array(probability.length + top);
    const f = new Float64Array(p.length);
    for (const [i, amount] of amounts.entries()) {
      const a = probabilities[i] as number;
      const b = flows[i] as number;
      for (let k = 0; k < probability.length; k++) {
        const before = probability[k] as number;
        p[k + amount] = (p[k + amount] as number) + before * a;
        f[k + amount] = (f[k + amount] as number) + before * b + (flow[k] as number) * a;
      }
    }
    // What is rarer than this adds nothing to any sum, and makes the numbers slow.
    let length = p.length;
    while (length > 1 && (p[length - 1] as number) < TINY) length--;
    this.probability = p.subarray(0, length);
    this.flow = f.subarray(0, length);
  }

  /** Probability and flow of at least so much, for thresholds that rise. Sums begin with the largest amounts, which are the rarest. */
  tails(thresholds: readonly number[]): Tail[] {
    const { probability, flow } = this;
    const rows = (): Float64Array => new Float64Array(thresholds.length + 1);
    const [low, high, flowLow, flowHigh] = [rows(), rows(), rows(), rows()];
    /** How many of the thresholds an amount reaches. */
    let reached = thresholds.length;
    const add = (row: Float64Array, i: number, value: number): void => {
      row[i] = (row[i] as number) + value;
    };
    for (let k = probability.length - 1; k >= 0; k--) {
      while (reached > 0 && (thresholds[reached - 1] as number) > k) reached--;
      for (const row of [low, high]) add(row, reached, probability[k] as number);
      for (const row of [flowLow, flowHigh]) add(row, reached, flow[k] as number);
    }
    const reach = (amount: number): number => thresholds.findLastIndex((one) => one <= amount) + 1;
    const rarest = [...this.open].sort((a, b) => a.probability - b.probability);
    for (const piece of rarest) {
      const most = reach(piece.most);
      add(low, reach(piece.least), piece.probability);
      add(high, most, piece.probability);
      add(flowLow, most, piece.flowLow);
      add(flowHigh, most, piece.flowHigh);
    }
    for (const row of [low, high, flowLow, flowHigh])
      for (let i = thresholds.length - 1; i > 0; i--) add(row, i, row[i + 1] as number);
    return thresholds.map((_, i) => ({
      low: Math.min(1, low[i + 1] as number),
      high: Math.min(1, high[i + 1] as number),
      flowLow: Math.max(0, flowLow[i + 1] as number),
      flowHigh: Math.max(0, flowHigh[i + 1] as number),
    }));
  }

  /** Probability of which only bounds are known. */
  get undecided(): number {
    return added([...this.open].map(({ probability }) => probability));
  }

  /** The least and the most that is down on average. */
  get mean(): readonly [number, number] {
    let mean = 0;
    for (let k = this.probability.length - 1; k > 0; k--) mean += k * (this.probability[k] as number);
    let low = 0;
    let high = 0;
    for (const { least, most, probability } of this.open) {
      low += least * probability;
      high += most * probability;
    }
    return [mean + low, mean + high];
  }
}

const TINY = 1e-290;
/** Pieces with bounds that are made in one go. */
const MOST_PIECES = 2_000_000;

/** What is least is added first. */
function added(values: readonly number[]): number {
  return [...values].sort((a, b) => Math.abs(a) - Math.abs(b)).reduce((sum, one) => sum + one, 0);
}
