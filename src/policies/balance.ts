import { LEVEL_TOLERANCE } from './failover.ts';

/** As many as a bit mask can tell apart. */
export const MOST_MEMBERS = 31;
/** What members that answer nothing get in a panic, all of them together. @unit share of one that answers everything */
const TRIAL_SHARE = 0.1;

export interface BalanceOptions {
  /** With a smaller share of the members usable than this, all are used. @default 0.5 */
  readonly panic?: number;
}

/**
 * Which member of an all-active set gets a request: of two drawn in proportion to their weights, the one with less in flight
 * for its weight ("power of two choices"; Mitzenmacher, 2001). The first drawn when they have as much, so that an idle set
 * is used by weight too.
 *
 * Who can be drawn: the usable members, as long as they are at least the share `panic` of all: of two, one is enough. With fewer,
 * it is as likely that the view is wrong, or that the others break under what the missing ones carried, as that so many have failed: then
 * everybody is used, in proportion to weight × level and without a look at what is in flight, since who fails fast has nothing in
 * flight. Members that answer nothing still get a trial share, a tenth in all; and when nobody answers, all are used by weight. So the set is never empty.
 */
export class Balance {
  private readonly panic: number;
  /** By member, how likely it is drawn; 0 for those that are not. */
  private readonly chances = new Float64Array(MOST_MEMBERS);
  private count = 0;

  /** @throws RangeError when `panic` is outside 0 to 1 */
  constructor({ panic = 0.5 }: BalanceOptions = {}) {
    if (!(panic >= 0 && panic <= 1)) throw new RangeError(`Expected a share of 0 to 1, found ${panic}.`);
    this.panic = panic;
  }

  /**
   * The member for the next attempt. A retry hands in who was tried: it gets another usable member, or else another one of any
   * level; what must not go to an unusable one, as a hedge, looks at its level.
   *
   * @param levels by member, 0 to 1; members after the 31st are never chosen
   * @param inFlight by member
   * @param weights by member, in any unit; one with 0 is being drained: never chosen, and not counted
   * @param usable the least level of a usable member
   * @param draw gives numbers in [0, 1)
   * @param tried bit i is set for a member that is not wanted again
   * @returns its number; -1 when all that have a weight were tried
   */
  choose(
    levels: ArrayLike<number>,
    inFlight: ArrayLike<number>,
    weights: ArrayLike<number>,
    usable: number,
    draw: () => number,
    tried = 0,
  ): number {
    this.count = Math.min(levels.length, MOST_MEMBERS);
    const total = this.admitUsable(levels, weights, usable, tried);
    if (total === 0) return this.draw(this.admitAll(levels, weights, tried), draw);
    const first = this.draw(total, draw);
    const weight = this.chances[first] ?? 0;
    this.chances[first] = 0;
    const second = this.draw(total - weight, draw);
    if (second < 0) return first;
    const isBusier = (inFlight[first] ?? 0) / weight > (inFlight[second] ?? 0) / (weights[second] ?? 0);
    return isBusier ? second : first;
  }

  /** @returns the sum of the chances; 0 when there is nobody, or too few are usable. */
  private admitUsable(
    levels: ArrayLike<number>,
    weights: ArrayLike<number>,
    usable: number,
    tried: number,
  ): number {
    const { chances, count } = this;
    const least = usable - LEVEL_TOLERANCE;
    let members = 0;
    let working = 0;
    let total = 0;
    for (let i = 0; i < count; i++) {
      chances[i] = 0;
      const weight = weights[i] ?? 0;
      if (!(weight > 0)) continue;
      members++;
      if (!((levels[i] ?? 0) >= least)) continue;
      working++;
      if ((tried & (1 << i)) !== 0) continue;
      chances[i] = weight;
      total += weight;
    }
    return working < this.panic * members - LEVEL_TOLERANCE ? 0 : total;
  }

  private admitAll(levels: ArrayLike<number>, weights: ArrayLike<number>, tried: number): number {
    const { chances, count } = this;
    let total = 0;
    for (let i = 0; i < count; i++) {
      const weight = weights[i] ?? 0;
      const isWanted = weight > 0 && (tried & (1 << i)) === 0;
      const chance = isWanted ? weight * Math.max(levels[i] ?? 0, TRIAL_SHARE / count) : 0;
      chances[i] = chance;
      total += chance;
    }
    return total;
  }

  /** One of those with a chance; -1 when there is none. */
  private draw(total: number, draw: () => number): number {
    let left = draw() * total;
    let last = -1;
    for (let i = 0; i < this.count; i++) {
      const chance = this.chances[i] ?? 0;
      if (chance === 0) continue;
      last = i;
      left -= chance;
      if (left < 0) return i;
    }
    return last;
  }
}
