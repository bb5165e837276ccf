import { agreed, fingerprint } from '../chain/index.ts';
import type { Block } from './block.ts';
import type { PoolNode } from './node.ts';
import { isStanding, isThere, membersOf } from './order.ts';

export interface TipsOptions {
  /** Those whose heads are believed. */
  readonly believed: readonly PoolNode[];
  /** How many members must agree on a block. */
  readonly votes: number;
  /** Blocks that a node may be behind and still be asked for what it has. */
  readonly lag: number;
  /** The highest block that time alone explains. */
  readonly most: () => number;
}

/** What members say is the newest block, each with one voice, and on what enough of them agree. */
export class Tips {
  private readonly options: TipsOptions;
  private readonly tips = new Map<PoolNode, Block>();

  constructor(options: TipsOptions) {
    this.options = options;
  }

  says(node: PoolNode, block: Block): void {
    this.tips.set(node, block);
  }

  forget(node: PoolNode): void {
    this.tips.delete(node);
  }

  /** The height that enough have reached; undefined when too few have said where they are. */
  height(): number | undefined {
    const { lag, votes } = this.options;
    const tips = this.thatCount();
    const highest = Math.max(...tips.map(({ number }) => number));
    // One that is far behind keeps nobody back.
    const near = tips.filter(({ number }) => number >= highest - lag);
    const numbers = (near.length >= votes ? near : tips).map(({ number }) => number).sort((a, b) => b - a);
    return numbers[this.needed(numbers.length + this.unheard()) - 1];
  }

  /** The next lower height at which a member stands. */
  below(height: number): number | undefined {
    const lower = this.thatCount().flatMap(({ number }) => (number < height ? [number] : []));
    return lower.length === 0 ? undefined : Math.max(...lower);
  }

  /**
   * The hash on which enough agree at a height; undefined when that does not show here.
   *
   * @param current the one that is of the chain so far: kept, where as many say another
   */
  hashAt(height: number, current: string | undefined): string | undefined {
    const votes = new Map<string, number>();
    for (const block of this.thatCount()) {
      const hash =
        block.number === height ? block.hash : block.number === height + 1 ? block.parentHash : undefined;
      if (hash !== undefined) votes.set(hash, (votes.get(hash) ?? 0) + 1);
    }
    let best: string | undefined;
    for (const [hash, count] of votes) {
      if (count < this.options.votes) continue;
      const most = best === undefined ? 0 : (votes.get(best) ?? 0);
      if (count > most || (count === most && hash === current)) best = hash;
    }
    return best;
  }

  /**
   * A tip with this hash whose fields are its own.
   *
   * @param isProven whether the hash shows that; else as many say the same as must, and it has what all of these say
   */
  withHash(hash: string, isProven: boolean): Block | undefined {
    const tips = this.thatCount().filter((tip) => tip.hash === hash);
    if (isProven) return tips.find(({ header }) => header !== undefined);
    const prints = tips.map(({ fields }) => fingerprint('uncle', fields));
    for (const [i, tip] of tips.entries()) {
      const alike = tips.filter((_, j) => prints[j] === prints[i]);
      if (alike.length < this.options.votes) continue;
      const { value } = agreed(
        'uncle',
        alike.map(({ fields }) => fields),
      );
      return { ...tip, fields: value as Block['fields'] }; // of objects it is one
    }
    return undefined;
  }

  /** The highest block that enough say is safe, or finalized; undefined when too few say. */
  tagged(tag: 'safe' | 'finalized'): number | undefined {
    const byMember = new Map<string, number>();
    const counts = this.counting();
    for (const node of this.options.believed) {
      const number = node[tag];
      if (number !== undefined && counts(node))
        byMember.set(node.member, Math.max(number, byMember.get(node.member) ?? 0));
    }
    const said = [...byMember.values()].sort((a, b) => b - a);
    return said[this.needed(said.length) - 1];
  }

  private thatCount(): readonly Block[] {
    const { believed } = this.options;
    const counts = this.counting();
    const byMember = new Map<string, Block>();
    for (const node of believed) {
      const block = this.tips.get(node);
      if (block === undefined || !counts(node)) continue;
      if (block.number > (byMember.get(node.member)?.number ?? -1)) byMember.set(node.member, block);
    }
    const tips = [...byMember.values()];
    // One voice about what time does not explain counts for nothing; where so many agree as have to, the chain has made a leap.
    const most = this.options.most();
    const far = tips.filter(({ number }) => number > most).length;
    return far >= this.needed(tips.length) ? tips : tips.filter(({ number }) => number <= most);
  }

  /** Those put aside have no say, but where so few others are left that one of these alone could hold all back. */
  private counting(): (node: PoolNode) => boolean {
    const { believed, votes } = this.options;
    return membersOf(believed.filter(isStanding)) >= 2 * votes - 1 ? isStanding : isThere;
  }

  private needed(standing: number): number {
    return Math.max(this.options.votes, Math.min(2, standing));
  }

  /** Members that have not said yet where they are, and may: the first to speak does not decide alone. */
  private unheard(): number {
    const { believed } = this.options;
    const heard = new Set(believed.filter((node) => this.tips.has(node)).map(({ member }) => member));
    const silent = believed.filter(
      (node) =>
        !heard.has(node.member) && isStanding(node) && node.missedPolls === 0 && node.head === undefined,
    );
    return membersOf(silent);
  }
}
