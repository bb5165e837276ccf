import { Balance } from '../../policies/index.ts';
import type { Way } from '../targets.ts';
import { USABLE, type Upstream } from './upstream.ts';

/** What choosing stands on, as it is at this moment. */
export interface Choosing {
  readonly upstreams: readonly Upstream[];
  /** The alternative in use of a service. */
  readonly inUse: (service: number) => number | undefined;
  /** Gives numbers in [0, 1). */
  readonly draw: () => number;
}

/** Chooses where the next attempt of a request goes: never nowhere while there is somewhere, whatever is known of it. */
export class Chooser {
  private readonly choosing: Choosing;
  private readonly balance = new Balance();
  private readonly levels: number[] = [];
  private readonly inFlight: number[] = [];
  private readonly weights: number[] = [];

  constructor(choosing: Choosing) {
    this.choosing = choosing;
  }

  /**
   * @param tried those that were tried already
   * @returns undefined when every one that may be used has been tried
   */
  choose(way: Way, tried: readonly Upstream[]): Upstream | undefined {
    if (way.kind === 'target') {
      const upstream = this.choosing.upstreams[way.target.index];
      return upstream === undefined || tried.includes(upstream) ? undefined : upstream;
    }
    return way.kind === 'any' ? this.chooseAlternative(way, tried) : this.chooseActive(way, tried);
  }

  /**
   * The alternative in use; where requests may jump, after it the usable ones in the order of the plan, then any that says it is ready: one
   * that is up and not ready is never used in place of another.
   */
  private chooseAlternative(
    { service, ways, jumps }: Extract<Way, { kind: 'any' }>,
    tried: readonly Upstream[],
  ): Upstream | undefined {
    const inUse = (service === undefined ? undefined : this.choosing.inUse(service)) ?? 0;
    const first = ways[inUse];
    const found = first === undefined ? undefined : this.choose(first, tried);
    if (!jumps || found?.isUsable === true) return found;
    let other: Upstream | undefined;
    for (const [i, way] of ways.entries()) {
      if (i === inUse || way === undefined) continue;
      const one = this.choose(way, tried);
      if (one?.isUsable === true) return one;
      if (one?.isReady === true) other ??= one;
    }
    return found ?? other;
  }

  private chooseActive(
    { ways, weights }: Extract<Way, { kind: 'active' }>,
    tried: readonly Upstream[],
  ): Upstream | undefined {
    const candidates = ways.map((way) => this.choose(way, tried));
    let mask = 0;
    for (const [i, one] of candidates.entries()) {
      this.levels[i] = one?.level ?? 0;
      this.inFlight[i] = one?.underWay ?? 0;
      this.weights[i] = one?.isDrained === true ? 0 : (weights[i] ?? 1);
      if (one === undefined || one.isFull) mask |= 1 << i;
    }
    this.levels.length = candidates.length;
    const { levels, inFlight, weights: shares, balance } = this;
    const chosen = balance.choose(levels, inFlight, shares, USABLE, this.choosing.draw, mask);
    // That there is somebody, and no room, is another answer than nobody.
    return chosen < 0 ? candidates.find((one) => one?.isFull) : candidates[chosen];
  }
}
