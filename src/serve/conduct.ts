import type { SwitchConduct } from '../control/index.ts';
import type { Model } from '../model/index.ts';
import { slowestProbe } from '../plan/index.ts';
import { MS_PER_HOUR } from '../units.ts';
import { observedLateMs, type Edge } from './edges.ts';
import type { SteeredService } from './steering.ts';
import type { JourneyRules, Route } from './routes.ts';
import { servicesOf, type Way } from './targets.ts';

/**
 * How the switches of each service are made in this process: a person agrees where the plan gives people time, what moves users confirms
 * where there is something that does, and what probes take to tell is time that `detect` need not take again. Where requests find
 * another alternative by themselves, nothing waits: else a mode would be left although all of it is served.
 */
export function conductOf(
  model: Model,
  edges: readonly Edge[],
  steered: readonly SteeredService[],
  jumping: ReadonlySet<number>,
): (service: number) => SwitchConduct {
  const services = servicesOf(model.plan);
  const confirming = new Set(steered.map(({ service }) => service));
  return (service) => {
    const node = model.services[service];
    const redundancy = node?.redundancy?.kind === 'any' ? node.redundancy : undefined;
    const value = services.get(node?.name ?? '');
    const slowest = value === undefined ? 0 : slowestProbe(value, (used) => services.get(used));
    return {
      asksPerson: (redundancy?.failover?.times.approve ?? 0) > 0,
      confirms: confirming.has(service),
      isAtOnce: jumping.has(service),
      observedLateMs: Math.max(observedLateMs(edges, service), slowest * MS_PER_HOUR),
    };
  };
}

/** Services whose requests go to another alternative by themselves. */
export function jumpingServices(
  routes: readonly Route[],
  journeys: readonly JourneyRules[],
): ReadonlySet<number> {
  const ways = [
    ...routes.map(({ way }) => way),
    ...journeys.flatMap(({ modes }) =>
      modes.flatMap(({ rule }) => ('allow' in rule ? (rule.allow ?? []).map(({ way }) => way) : [])),
    ),
  ];
  return new Set(ways.flatMap((way) => (way === undefined ? [] : jumpingIn(way))));
}

function jumpingIn(way: Way): number[] {
  if (way.kind === 'target') return [];
  const below = way.ways.flatMap((one) => (one === undefined ? [] : jumpingIn(one)));
  const isJumping = way.kind === 'any' && way.jumps && way.ways.filter((one) => one !== undefined).length > 1;
  return isJumping && way.service !== undefined ? [...below, way.service] : below;
}
