import { compare, type AnswerShape } from '../chain/index.ts';
import type { Heads } from './heads.ts';
import type { PoolNode } from './node.ts';
import { isStanding, isThere, membersOf } from './order.ts';
import { resultOf } from './outcome.ts';
import type { Finding } from './reading.ts';

/** What is done about nodes that contradict the others: they are named, and put aside while enough are left. */
export class Dissent {
  private readonly nodes: readonly PoolNode[];
  private readonly votes: number;
  private readonly heads: Heads;
  private readonly lookedInto = new Set<PoolNode>();
  private readonly tell: (node: PoolNode, method: string, why: string) => void;

  constructor(
    nodes: readonly PoolNode[],
    votes: number,
    heads: Heads,
    tell: (node: PoolNode, method: string, why: string) => void,
  ) {
    this.nodes = nodes;
    this.votes = votes;
    this.heads = heads;
    this.tell = tell;
  }

  /** It said what was proved wrong. */
  lied(node: PoolNode, method: string, why: string): void {
    node.dissented(method, why, this.areEnough(this.nodes.filter((one) => one !== node)));
    this.tell(node, method, why);
  }

  /** Where too few are left without them, because others have fallen away since, those put aside are heard again: better than nobody. */
  review(): void {
    if (this.areEnough(this.nodes)) return;
    for (const node of this.nodes) if (node.isAside && isThere(node)) node.takeBack();
  }

  /** Whether those of them that answer could agree. */
  private areEnough(nodes: readonly PoolNode[]): boolean {
    const working = nodes.filter((one) => isStanding(one) && one.isUsable);
    return membersOf(working) >= Math.max(1, this.votes);
  }

  /** Enough have said one thing, and these another. */
  found(
    method: string,
    number: number | undefined,
    shape: AnswerShape,
    { answer: found, against, from }: Extract<Finding, { kind: 'found' }>,
  ): void {
    if (from.length < 2) return;
    const names = from.map(({ name }) => name).join(' and ');
    for (const { node, answer } of against) {
      // Errors differ by what a node allows: outvoted, and no lie.
      if (answer.kind === 'error') continue;
      const where = found.kind === 'result' ? differenceOf(shape, found.value, answer.value) : '';
      this.suspect(node, method, number, `${names} say otherwise${where}`, from);
    }
  }

  /**
   * It said something that does not hold: a lie, unless it is on another branch of the chain, where it may be right.
   *
   * @param accusers those who say otherwise: it may be they who are on another branch, which the pool has not seen yet
   */
  suspect(
    node: PoolNode,
    method: string,
    number: number | undefined,
    why: string,
    accusers: readonly PoolNode[] = [],
  ): void {
    const newest = this.heads.block?.number ?? -1;
    const block = this.heads.at(number ?? newest);
    // Once at a time: else each read that it answers costs the others more than a read.
    if (this.lookedInto.has(node) || (number ?? newest) > newest) {
      this.tell(node, method, why);
      return;
    }
    if (block === undefined || block.number <= (this.heads.finalized ?? -1)) {
      this.lied(node, method, why);
      return;
    }
    // Where it stood when it said so: it may have come over from another branch since.
    const { head } = node;
    let left = 1 + accusers.length;
    let isSame = head === undefined || !this.heads.isOfOther(head);
    const heard = (): void => {
      left--;
      if (left > 0) return;
      this.lookedInto.delete(node);
      if (isSame && this.heads.isCanonical(block.number, block.hash)) this.lied(node, method, why);
      else this.tell(node, method, `${why}, about a block that it has not`);
    };
    this.lookedInto.add(node);
    this.askHash(node, block.number, (hash) => {
      isSame &&= hash === block.hash;
      heard();
    });
    for (const one of accusers)
      this.askHash(one, block.number, (hash) => {
        isSame &&= hash === undefined || hash === block.hash;
        heard();
      });
  }

  /** Which block a node has at a height; undefined when it does not say. */
  private askHash(node: PoolNode, number: number, done: (hash: string | undefined) => void): void {
    const paramsText = `["0x${number.toString(16)}",false]`;
    node.ask({ method: 'eth_getBlockByNumber', paramsText }, 4_000, (outcome) => {
      const value = resultOf(outcome);
      const hash = typeof value === 'object' && value !== null && 'hash' in value ? value.hash : undefined;
      done(typeof hash === 'string' ? hash.toLowerCase() : undefined);
    });
  }
}

/** Where in a result they differ first; '' where it is the whole. */
function differenceOf(shape: AnswerShape, one: unknown, other: unknown): string {
  const comparison = compare(shape, one, other);
  return comparison.kind === 'same' || comparison.at === 'result' ? '' : ` of ${comparison.at}`;
}
