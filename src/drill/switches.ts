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
  /** When what happens could be seen in either order: the last time when the fault was taken away. @unit ms */
  readonly racesMs: readonly number[];
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
 * Whether a switch that was not foreseen says nothing about the plan: the drill has brought a writer back; users were elsewhere for no longer
 * than the tolerance, as when a single probe is late; or several things changed at once, so that either could be seen first. What takes users away is excused with what brings them back.
 */
function isExcused(one: SeenSwitch, all: readonly SeenSwitch[], ground: SwitchGround): boolean {
  const { model, toleranceMs, lastedMs, racesMs } = ground;
  const { service, to, atMs } = one;
  const isBack = to === firstOf(model, service);
  const isWriter = model.services.find(({ name }) => name === service)?.lagHours !== undefined;
  if (isWriter && isBack && atMs >= lastedMs) return true;
  const others = all.filter((other) => other.service === service);
  const away = isBack ? others.findLast((other) => other.atMs < atMs) : one;
  const back = isBack ? one : others.find((other) => other.atMs > atMs);
  if (away === undefined) return false;
  const isBrief = back !== undefined && back.atMs - away.atMs <= toleranceMs;
  const isRace = racesMs.some((raceMs) => away.atMs >= raceMs && away.atMs <= raceMs + toleranceMs);
  return isBrief || isRace;
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

/** What members that are all active are called in the status, in the order of the plan. */
export function membersOf(model: Model, service: string): readonly string[] {
  const redundancy = model.services.find(({ name }) => name === service)?.redundancy;
  return redundancy?.kind === 'atLeast' ? redundancy.of.map((node, i) => labelOf(model, node, i)) : [];
}
