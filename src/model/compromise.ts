import type { Algebra } from './interpret.ts';
import type { JourneyNode, Model, Node } from './model.ts';

/** One alternative (or member of an atLeast) taken out, to see what it adds. */
export interface CompromiseWithout {
  readonly service: number;
  readonly alternative: number;
}

/**
 * The dual of "works": that an attacker who holds the targets of a set alters what a journey's users see, sign or
 * withdraw. `algebra.event` is asked for targets here. Of all of: any part. Of any of: any alternative and whatever
 * steers between them, because an attacker can wait for the switch or force it. Of at least k: any member, but k of them
 * where answers are compared. Verified by proof, hash or signature: the verifier, and of chain reads who is believed for
 * what proofs are held against.
 */
export class CompromiseReader<T> {
  private readonly model: Model;
  private readonly algebra: Algebra<T>;
  private readonly without:
    | (CompromiseWithout & { readonly reader: CompromiseReader<T>; readonly above: ReadonlySet<number> })
    | undefined;
  private readonly services = new Map<number, T>();

  /** @param without an alternative taken out, with the reading that has it and the services that depend on its own */
  constructor(
    model: Model,
    algebra: Algebra<T>,
    without?: CompromiseWithout & {
      readonly reader: CompromiseReader<T>;
      readonly above: ReadonlySet<number>;
    },
  ) {
    this.model = model;
    this.algebra = algebra;
    this.without = without;
  }

  journey(journey: JourneyNode): T {
    return this.algebra.or(journey.modes.map((mode) => this.of(mode.node, undefined)));
  }

  /** That whoever is served by one service is reached. */
  service(index: number): T {
    const { algebra, without } = this;
    if (without !== undefined && !without.above.has(index)) return without.reader.service(index);
    const known = this.services.get(index);
    if (known !== undefined) return known;
    const service = this.model.services[index];
    const terms: T[] = [];
    if (service?.target !== undefined) terms.push(algebra.event(service.target));
    if (service?.verifier !== undefined) {
      terms.push(algebra.event(service.verifier));
      if (service.headers !== undefined) terms.push(this.of(service.headers, undefined));
      const { redundancy } = service;
      if (redundancy?.kind === 'atLeast' && redundancy.quorum) terms.push(this.of(redundancy, index));
    } else if (service !== undefined) {
      if (service.needs !== undefined) terms.push(this.of(service.needs, undefined));
      if (service.redundancy !== undefined) terms.push(this.of(service.redundancy, index));
      for (const member of service.pool ?? []) terms.push(this.of(member.node, undefined));
    }
    const result = algebra.or(terms);
    this.services.set(index, result);
    return result;
  }

  private of(node: Node, owner: number | undefined): T {
    const { algebra } = this;
    switch (node.kind) {
      case 'reference': {
        const targets = this.model.references[node.reference]?.targets ?? [];
        return algebra.or(targets.map((target) => algebra.event(target)));
      }
      case 'service':
      case 'pool':
        return this.service(node.service);
      case 'all':
        return algebra.or(node.parts.map((part) => this.of(part, undefined)));
      case 'any': {
        const options = this.kept(node.options, owner);
        const terms = options.map((option) => this.of(option.node, undefined));
        const steering = node.failover?.steering;
        if (steering !== undefined && options.length > 1) terms.push(this.of(steering, undefined));
        return algebra.or(terms);
      }
      default: {
        const members = this.kept(node.of, owner).map((part) => this.of(part, undefined));
        if (!node.quorum) return algebra.or(members);
        // k members who agree on a lie: more than k − 1 of them.
        return algebra.exceeds(new Array<number>(members.length).fill(1), members, node.atLeast - 1);
      }
    }
  }

  private kept<N>(all: readonly N[], owner: number | undefined): readonly N[] {
    const { without } = this;
    return without?.service === owner && without !== undefined
      ? all.filter((_, i) => i !== without.alternative)
      : all;
  }
}
