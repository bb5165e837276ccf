import { withService } from '../../changes/index.ts';
import { labelOf, type Model } from '../../model/index.ts';
import { HOURS_PER_YEAR } from '../../units.ts';
import type { AlternativeWorth } from '../result.ts';
import type { Effects } from './effect.ts';

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
