import { labelOf, type Model } from '../model/index.ts';
import type { Foreseen } from './foresee.ts';
import type { SwitchResult } from './result.ts';
import type { SeenSwitch } from './switch-log.ts';

export interface SwitchGround {
  readonly model: Model;
  readonly toleranceMs: number;
  /** Whether the running system says where the users of a service are. */
  readonly isTold: (service: string) => boolean;
  /** How long the fault was there. @unit ms */
  readonly lastedMs: number;
}

export interface HeldSwitches {
  readonly switches: readonly SwitchResult[];
  /** What was seen and not foreseen. */
  readonly unforeseen: readonly SeenSwitch[];
}

/**
 * Switches that were foreseen held against those that the running system said it had made, in their order. A switch away from what has
 * failed may come early: users are better off. One back may not: the plan says how long health must have held.
 */
export function heldSwitches(
  foreseen: Foreseen,
  seen: readonly SeenSwitch[],
  ground: SwitchGround,
): HeldSwitches {
  const { model, toleranceMs, isTold, lastedMs } = ground;
  const left = [...seen];
  const { healAtMs } = foreseen;
  const switches = foreseen.switches
    .filter(
      ({ service, atMs }) => isTold(service) && (atMs < Math.min(healAtMs, lastedMs) || atMs >= healAtMs),
    )
    .map(({ service, to, atMs }) => {
      const predictedMs = atMs < healAtMs ? atMs : atMs - healAtMs + lastedMs;
      const at = left.findIndex((one) => one.service === service && one.to === to);
      const [found] = at < 0 ? [] : left.splice(at, 1);
      const observedMs = found?.atMs ?? null;
      const isBack = to === firstOf(model, service);
      const lateMs = observedMs === null ? Number.POSITIVE_INFINITY : observedMs - predictedMs;
      const agrees = lateMs <= toleranceMs && (!isBack || lateMs >= -toleranceMs);
      return { service, to, predictedMs, observedMs, agrees };
    });
  return { switches, unforeseen: left.filter((one) => !isExcused(one, left, ground)) };
}

/**
 * Whether a switch that was not foreseen says nothing about the plan: the drill has brought a writer back, or what failed and what switches
 * came back at about the same time, so that either could be first; then there is a way back from it too.
 */
function isExcused(
  one: SeenSwitch,
  all: readonly SeenSwitch[],
  { model, toleranceMs, lastedMs }: SwitchGround,
): boolean {
  const { service, to, atMs } = one;
  const isBack = to === firstOf(model, service);
  const isWriter = model.services.find(({ name }) => name === service)?.lagHours !== undefined;
  if (isWriter && isBack && atMs >= lastedMs) return true;
  const isRace = ({ atMs: at }: SeenSwitch): boolean => at >= lastedMs && at <= lastedMs + toleranceMs;
  if (!isBack) return isRace(one);
  const away = all.findLast((other) => other.service === service && other.atMs < atMs);
  return away !== undefined && isRace(away);
}

/** What the users of a service are on when all is well; undefined where it has no alternatives. */
export function firstOf(model: Model, service: string): string | undefined {
  return alternativesOf(model, service)[0];
}

/** What alternatives are called in the status, in the order of the plan. */
export function alternativesOf(model: Model, service: string): readonly string[] {
  const redundancy = model.services.find(({ name }) => name === service)?.redundancy;
  return redundancy?.kind === 'any' ? redundancy.options.map(({ node }, i) => labelOf(model, node, i)) : [];
}
