import { Controller, type SwitchConduct } from '../control/index.ts';
import { labelOf, type Model } from '../model/index.ts';
import { membersOf } from './causes.ts';
import type { Live } from './live.ts';
import { targetsOf, type Target, type Way } from './targets.ts';

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
    const isOn = (alternative: number): boolean =>
      leadsOnly(way, alternative, ({ part: one }) => one === part);
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

/** Whether all that an alternative leads to is of a kind, and it leads anywhere. */
export function leadsOnly(
  way: Way | undefined,
  alternative: number,
  isSo: (target: Target) => boolean,
): boolean {
  const one = way?.kind === 'any' ? way.ways[alternative] : undefined;
  const targets = one === undefined ? [] : targetsOf(one);
  return targets.length > 0 && targets.every(isSo);
}

/** A journey that would be in a lower mode than it is, or than somebody holds it in. */
export interface Worsening {
  readonly journey: string;
  readonly from: string;
  readonly to: string;
}

/**
 * Which journeys would suffer if a part were gone once its users have moved: what the loop that decides would say of it.
 *
 * @param conduct how switches are made here
 * @param signals that tell the level of the part
 * @param moved where users of services that leave it go
 */
export function worsenedBy(
  { model, live, now }: { readonly model: Model; readonly live: Live; readonly now: number },
  conduct: (service: number) => SwitchConduct,
  signals: ReadonlySet<number>,
  moved: ReadonlyMap<number, number>,
): Worsening[] {
  const inUse = new Map<number, number>();
  for (const service of model.services.keys()) {
    const at = moved.get(service) ?? live.controller.inUse(service);
    if (at !== undefined) inUse.set(service, at);
  }
  const modesWithout = (gone: ReadonlySet<number>): number[] => {
    const controller = new Controller(model, { signals: live.signals, conduct });
    for (let signal = 0; signal < live.signals.count; signal++)
      controller.observe(signal, gone.has(signal) ? 0 : live.level(signal));
    // What would have to grow first is not there yet.
    const hasGrown = (service: number, member: number): boolean => live.controller.hasGrown(service, member);
    controller.resume(now, { inUse, modes: new Map(), hasGrown });
    return model.journeys.map((_, journey) => controller.state(journey).mode);
  };
  const before = modesWithout(new Set());
  const after = modesWithout(signals);
  return model.journeys.flatMap(({ name, modes }, i): Worsening[] => {
    const from = Math.max(before[i] ?? 0, live.held(i)?.mode ?? 0);
    const to = after[i] ?? 0;
    const nameOf = (mode: number): string => modes[mode]?.name ?? 'down';
    return to > from ? [{ journey: name, from: nameOf(from), to: nameOf(to) }] : [];
  });
}
