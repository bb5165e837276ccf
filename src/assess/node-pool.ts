import type { Work } from '../diagram/index.ts';

/** Nodes that all attempts at all journeys of a plan may come to, so that a plan of many hard journeys ends too. */
export const DEFAULT_BUDGET = 12_000_000;
/** What each journey may come to at the least. */
const LEAST_WORK = 20_000;
/** How many even shares one journey may take: what easy ones leave is for hard ones. */
const SHARES = 2;

/** The nodes that the journeys of one plan may still make, in use at the end or not. */
export class NodePool {
  private left: number;
  private journeys: number;

  constructor(journeys: number, budget = DEFAULT_BUDGET) {
    this.left = budget;
    this.journeys = journeys;
  }

  /** Hands a journey its share; `giveBack` takes what it leaves. */
  share(): Work {
    const share = Math.max(LEAST_WORK, this.left * Math.min(1, SHARES / this.journeys));
    this.left -= share;
    return { left: share };
  }

  giveBack({ left }: Work): void {
    this.left = Math.max(0, this.left + left);
    this.journeys--;
  }
}
