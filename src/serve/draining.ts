import type { LiveSignals } from '../control/index.ts';
import { labelOf, type Model, type Node } from '../model/index.ts';
import { memberLevel, membersOf } from './causes.ts';
import { USABLE } from './gateway/upstream.ts';
import type { Live } from './live.ts';
import { Targets, targetsOf } from './targets.ts';

/** Services whose users can only be served by one part at present, and where they would go without it. */
export interface Leaving {
  readonly service: number;
  readonly name: string;
  /** Undefined where there is nowhere to go. */
  readonly to: number | undefined;
  readonly toName: string;
}

/** Who would have to leave a part before it is taken out of use. @param conducts whether this process makes the switches of a service */
export function leavingOf(
  model: Model,
  signals: LiveSignals,
  live: Live,
  part: string,
  conducts: (service: number) => boolean,
): Leaving[] {
  const targets = new Targets(model, signals);
  return model.services.flatMap((node, service): Leaving[] => {
    const inUse = live.controller.inUse(service);
    if (node.redundancy?.kind !== 'any' || inUse === undefined || !conducts(service)) return [];
    const way = targets.to(node.name);
    if (way?.kind !== 'any') return [];
    const isOn = (alternative: number): boolean => {
      const one = way.ways[alternative];
      const names = one === undefined ? [] : targetsOf(one).map(({ name }) => name);
      return names.length > 0 && names.every((name) => name === part);
    };
    if (!isOn(inUse)) return [];
    const isWell = (alternative: number, at: Node): boolean =>
      memberLevel(signals, (signal) => live.level(signal), service, alternative, at) >= USABLE;
    const members = membersOf(node);
    const to = members.findIndex(
      (member, i) => i !== inUse && !isOn(i) && way.ways[i] !== undefined && isWell(i, member),
    );
    const member = members[to];
    return [
      {
        service,
        name: node.name,
        to: member === undefined ? undefined : to,
        toName: member === undefined ? '' : labelOf(model, member, to),
      },
    ];
  });
}
