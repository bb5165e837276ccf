/** Most nodes of one journey's diagram. */
const NODE_BUDGET = 1_000_000;
/** Most nodes of all, shared out so that a plan of many hard journeys ends too; and what each may have at the least. */
const NODES_OF_ALL = 6_000_000;
const LEAST_BUDGET = 20_000;

/** The nodes that the journeys of one plan may still make. */
export class NodePool {
  private left = NODES_OF_ALL;
  private journeys: number;

  constructor(journeys: number) {
    this.journeys = journeys;
  }

  /** Four times an even share: easy journeys leave much to hard ones. */
  get budget(): number {
    return Math.min(NODE_BUDGET, Math.max(LEAST_BUDGET, (4 * this.left) / Math.max(1, this.journeys)));
  }

  take(nodes: number): void {
    this.left = Math.max(0, this.left - nodes);
    this.journeys--;
  }
}
