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
  /** When something that had failed was well again: the last time when the fault was taken away. @unit ms */
  readonly reliefsMs: readonly number[];
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
  const { model, toleranceMs, isTold } = ground;
  const left = [...seen];
  const switches = foreseen.switches
    .filter(({ service }) => isTold(service))
    .map(({ service, to, atMs: predictedMs }) => {
      const isBack = to === firstOf(model, service);
      const isTimely = (atMs: number): boolean =>
        atMs - predictedMs <= toleranceMs && (!isBack || atMs - predictedMs >= -toleranceMs);
      const isIt = (one: SeenSwitch): boolean => one.service === service && one.to === to;
      const timely = left.findIndex((one) => isIt(one) && isTimely(one.atMs));
      const at = timely >= 0 ? timely : left.findIndex(isIt);
      const [found] = at < 0 ? [] : left.splice(at, 1);
      return { service, to, predictedMs, observedMs: found?.atMs ?? null, agrees: timely >= 0 };
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
  { model, toleranceMs, lastedMs, reliefsMs }: SwitchGround,
): boolean {
  const { service, to, atMs } = one;
  const isBack = to === firstOf(model, service);
  const isWriter = model.services.find(({ name }) => name === service)?.lagHours !== undefined;
  if (isWriter && isBack && atMs >= lastedMs) return true;
  const isRace = ({ atMs: at }: SeenSwitch): boolean =>
    reliefsMs.some((reliefMs) => at >= reliefMs && at <= reliefMs + toleranceMs);
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
