import type { SwitchConduct } from '../control/index.ts';
import type { Model } from '../model/index.ts';
import { slowestProbe } from '../plan/index.ts';
import { formatHours, MS_PER_HOUR } from '../units.ts';
import { observedLateMs, type Edge } from './edges.ts';
import type { PolicyClock } from './policy-clock.ts';
import type { SteeredService } from './steering.ts';
import type { JourneyRules, Route } from './routes.ts';
import { servicesOf, type Way } from './targets.ts';

/**
 * How the switches of each service are made in this process: a person agrees where the plan gives people time, what moves users confirms
 * where there is something that does, and what probes take to tell is time that `detect` need not take again. Where requests find
 * another alternative by themselves, nothing waits: else a mode would be left although all of it is served.
 *
 * @param speed of the clock that switches count by: probes are as slow as ever, so that they take so much more of its time
 */
export function conductOf(
  model: Model,
  edges: readonly Edge[],
  steered: readonly SteeredService[],
  jumping: ReadonlySet<number>,
  { speed }: Pick<PolicyClock, 'speed'>,
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
      observedLateMs: speed * Math.max(observedLateMs(edges, service), slowest * MS_PER_HOUR),
    };
  };
}

/**
 * Services whose switches a drill decides later than an incident would: probes are as slow as ever while its clock is fast.
 *
 * @param conduct as `conductOf` gives it
 * @param conducted services whose switches this process makes
 * @returns a sentence each
 */
export function lateAt(
  { speed }: Pick<PolicyClock, 'speed'>,
  model: Model,
  conduct: (service: number) => SwitchConduct,
  conducted: ReadonlySet<number>,
): string[] {
  if (speed === 1) return [];
  return model.services.flatMap(({ name, redundancy }, service) => {
    const detect = redundancy?.kind === 'any' ? redundancy.failover?.times.detect : undefined;
    const { isAtOnce = false, observedLateMs } = conduct(service);
    const late = observedLateMs / MS_PER_HOUR;
    if (detect === undefined || isAtOnce || late <= detect * (1 + 1e-9) || !conducted.has(service)) return [];
    return [
      `At ${speed} times the speed probes of ${name} take up to ${formatHours(late)} of that clock to tell of a failure, longer than detect, ${formatHours(detect)}.`,
    ];
  });
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
