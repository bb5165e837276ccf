import { withService } from '../../changes/index.ts';
import { labelOf, type Model } from '../../model/index.ts';
import { HOURS_PER_YEAR } from '../../units.ts';
import type { Effects } from './effect.ts';

/** What one alternative of a service saves, what it costs, and what it gives away: against the plan without it. */
export interface AlternativeWorth {
  readonly service: string;
  /** Its name where it is one, the first of several, else its position. */
  readonly alternative: string;
  /** Among the service's alternatives, from 1. */
  readonly position: number;
  /** Null when nobody has said what it costs. */
  readonly costPerYear: number | null;
  /** The loss that taking it out would add. */
  readonly lossAvoidedPerYear: number;
  /** Hours down that taking it out would add, over all journeys. */
  readonly hoursAvoidedPerYear: number;
  /** Ways of compromise that taking it out would take away, over all journeys: for each, the targets that it needs. */
  readonly addedCompromise: readonly (readonly string[])[];
  /** Ways that taking it out would add. */
  readonly avoidedCompromise: readonly (readonly string[])[];
  /** Hours served without a protection that taking it out would take away. */
  readonly addedExposedHoursPerYear: number;
  /** The same of hours refused for want of one. */
  readonly addedRefusedHoursPerYear: number;
}

/** What every alternative of every service saves, and what it gives away: the plan is solved without each. */
export function worthOfAlternatives(
  model: Model,
  effects: Effects,
  isWanted: (costPerYear: number | null) => boolean = () => true,
): AlternativeWorth[] {
  return (model.plan.services ?? []).flatMap(({ name, value }, s) =>
    (value.any ?? []).flatMap(({ cost }, i): AlternativeWorth[] => {
      const { redundancy } = model.services[s] ?? {};
      const option = redundancy?.kind === 'any' ? redundancy.options[i] : undefined;
      const costPerYear = cost === undefined ? null : cost.amount * HOURS_PER_YEAR;
      if (option === undefined || !isWanted(costPerYear)) return [];
      const any = (value.any ?? []).filter((_, j) => j !== i);
      if (any.length === 0) return [];
      // A standby that is never ready is as good as gone.
      const effect =
        option.standby === undefined
          ? effects.of({
              plan: withService(model.plan, name, (service) => ({ ...service, any })),
              touches: [name],
              journey: null,
            })
          : effects.ofChance({ event: option.standby, chance: 1, gone: { service: s, alternative: i } });
      if (effect === undefined) return [];
      return [
        {
          service: name,
          alternative: labelOf(model, option.node, i),
          position: i + 1,
          costPerYear,
          lossAvoidedPerYear: -effect.lossAvoided,
          hoursAvoidedPerYear: -effect.hoursAvoided,
          addedCompromise: effect.waysGone.map(targetsOf),
          avoidedCompromise: effect.waysAdded.map(targetsOf),
          addedExposedHoursPerYear: -effect.exposed,
          addedRefusedHoursPerYear: -effect.refused,
        },
      ];
    }),
  );
}

function targetsOf(way: string): string[] {
  return way.split(' ');
}
