import type { LiveSignals } from '../control/index.ts';
import { labelOf, type Model } from '../model/index.ts';
import { membersOf } from './causes.ts';
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
    const members = membersOf(node);
    const to = members.findIndex(
      (member, i) =>
        i !== inUse &&
        !isOn(i) &&
        way.ways[i] !== undefined &&
        isSeenToWork(live, signals, service, i, member),
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

function isSeenToWork(
  live: Live,
  signals: LiveSignals,
  service: number,
  member: number,
  node: ReturnType<typeof membersOf>[number],
): boolean {
  const under = node.kind === 'service' ? live.level(signals.service(node.service)) : 1;
  return Math.min(under, live.level(signals.member(service, member))) >= 0.9;
}
