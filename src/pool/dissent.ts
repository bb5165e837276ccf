import type { Heads } from './heads.ts';
import type { PoolNode } from './node.ts';
import { isStanding, membersOf } from './order.ts';
import type { Finding } from './reading.ts';

/** What is done about nodes that contradict the others: they are named, and put aside while enough are left. */
export class Dissent {
  private readonly nodes: readonly PoolNode[];
  private readonly votes: number;
  private readonly heads: Heads;
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
    const left = membersOf(this.nodes.filter((one) => one !== node && isStanding(one)));
    node.dissented(method, why, left >= Math.max(1, this.votes));
    this.tell(node, method, why);
  }

  /** Enough have said one thing, and these another. */
  found(
    method: string,
    number: number | undefined,
    { against, from }: Extract<Finding, { kind: 'found' }>,
  ): void {
    if (from.length < 2) return;
    // Errors differ by what a node allows: outvoted, and no lie.
    for (const { node, answer } of against)
      if (answer.kind === 'result')
        this.suspect(node, method, number, `${from.map(({ name }) => name).join(' and ')} say otherwise`);
  }

  /** It said something that does not hold: a lie, unless it is on another branch of the chain, where it may be right. */
  suspect(node: PoolNode, method: string, number: number | undefined, why: string): void {
    const block = number === undefined ? this.heads.block : this.heads.at(number);
    if (block === undefined || block.number <= (this.heads.finalized ?? -1)) {
      this.lied(node, method, why);
      return;
    }
    const paramsText = `["0x${block.number.toString(16)}",false]`;
    node.ask({ method: 'eth_getBlockByNumber', paramsText }, 4_000, (outcome) => {
      const value = outcome.kind === 'answer' && outcome.reply.kind === 'result' ? outcome.reply.value : null;
      const hash = typeof value === 'object' && value !== null && 'hash' in value ? value.hash : undefined;
      const isSameChain =
        typeof hash === 'string' && this.heads.isCanonical(block.number, hash.toLowerCase());
      if (isSameChain) this.lied(node, method, why);
      else this.tell(node, method, `${why}, about a block that it has not`);
    });
  }
}
