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
 * where answers are compared. Verified by proof, hash or signature: only the verifier.
 */
export function compromiseOf<T>(
  model: Model,
  algebra: Algebra<T>,
  journey: JourneyNode,
  without?: CompromiseWithout,
): T {
  const services = new Map<number, T>();

  const ofService = (index: number): T => {
    const known = services.get(index);
    if (known !== undefined) return known;
    const service = model.services[index];
    const terms: T[] = [];
    if (service?.target !== undefined) terms.push(algebra.event(service.target));
    if (service?.verifier !== undefined) {
      terms.push(algebra.event(service.verifier));
    } else if (service !== undefined) {
      if (service.needs !== undefined) terms.push(of(service.needs, undefined));
      if (service.redundancy !== undefined) terms.push(of(service.redundancy, index));
      for (const member of service.pool ?? []) terms.push(of(member.node, undefined));
    }
    const result = algebra.or(terms);
    services.set(index, result);
    return result;
  };

  const of = (node: Node, owner: number | undefined): T => {
    const kept = <N>(all: readonly N[]): readonly N[] =>
      without !== undefined && without.service === owner
        ? all.filter((_, i) => i !== without.alternative)
        : all;
    switch (node.kind) {
      case 'reference': {
        const targets = model.references[node.reference]?.targets ?? [];
        return algebra.or(targets.map((target) => algebra.event(target)));
      }
      case 'service':
      case 'pool':
        return ofService(node.service);
      case 'all':
        return algebra.or(node.parts.map((part) => of(part, undefined)));
      case 'any': {
        const options = kept(node.options);
        const terms = options.map((option) => of(option.node, undefined));
        const steering = node.failover?.steering;
        if (steering !== undefined && options.length > 1) terms.push(of(steering, undefined));
        return algebra.or(terms);
      }
      default: {
        const members = kept(node.of).map((part) => of(part, undefined));
        if (!node.quorum) return algebra.or(members);
        // k members who agree on a lie: more than k − 1 of them.
        return algebra.exceeds(new Array<number>(members.length).fill(1), members, node.atLeast - 1);
      }
    }
  };

  return algebra.or(journey.modes.map((mode) => of(mode.node, undefined)));
}
