import type { Controller } from '../control/index.ts';
import { labelOf, type Model } from '../model/index.ts';
import { membersOf } from './causes.ts';
import { targetsOf, type Way } from './targets.ts';

/** Services whose users can only be served by one part at present, and where they would go without it. */
export interface Leaving {
  readonly service: number;
  readonly name: string;
  /** Undefined where there is nowhere to go. */
  readonly to: number | undefined;
  readonly toName: string;
}

/**
 * Who would have to leave a part before it is taken out of use.
 *
 * @param wayTo where requests for a service go
 * @param conducts whether this process makes the switches of a service
 */
export function leavingOf(
  { model, controller }: { readonly model: Model; readonly controller: Controller },
  part: string,
  wayTo: (service: string) => Way | undefined,
  conducts: (service: number) => boolean,
): Leaving[] {
  return model.services.flatMap((node, service): Leaving[] => {
    const failover = controller.failoverOf(service);
    if (node.redundancy?.kind !== 'any' || failover === undefined || !conducts(service)) return [];
    const { inUse } = failover;
    const way = wayTo(node.name);
    if (way?.kind !== 'any') return [];
    const isOn = (alternative: number): boolean => {
      const one = way.ways[alternative];
      const names = one === undefined ? [] : targetsOf(one).map(({ name }) => name);
      return names.length > 0 && names.every((name) => name === part);
    };
    if (!isOn(inUse)) return [];
    const members = membersOf(node);
    const to = members.findIndex(
      (_, i) => i !== inUse && !isOn(i) && way.ways[i] !== undefined && failover.isHealthy(i),
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
