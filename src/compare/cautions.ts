import type { Caution, JourneyMatch, JourneyStanding, Standing } from './result.ts';

/** What makes figures side by side less than comparable. */
export function cautionsOf(plans: readonly Standing[], journeys: readonly JourneyMatch[]): Caution[] {
  const found: Caution[] = [];
  const days = [...new Set(plans.map(({ asOf }) => asOf))].sort();
  if (days.length > 1)
    found.push({
      code: 'days-differ',
      message: `The plans are as of different days, ${days[0]} to ${days.at(-1)}: rates are counted up to each plan's own.`,
    });
  const currencies = [...new Set(plans.map(({ currency }) => currency))];
  if (currencies.length > 1)
    found.push({
      code: 'currencies-differ',
      message: `Amounts are in ${currencies.join(', ')}: they are never added to or taken from each other.`,
    });
  const partial = journeys.filter((journey) => journey.plans.length < plans.length).length;
  if (partial > 0)
    found.push({
      code: 'journeys-differ',
      message: `${partial} of ${journeys.length} journeys are not in every plan. Journeys are matched by name: that they mean the same is for you to see.`,
    });
  found.push(...aboutLosses(plans), ...aboutGrounds(plans));
  return found;
}

function aboutLosses(plans: readonly Standing[]): Caution[] {
  const all = named(plans);
  const unpriced = all.filter(({ lossPerYear }) => lossPerYear === null);
  return unpriced.length === 0 || unpriced.length === all.length
    ? []
    : [
        {
          code: 'losses-missing',
          message: `No loss is stated for ${listed(unpriced)}: sums of losses leave them out.`,
        },
      ];
}

/** The share of the hours down from which a plan rests mostly on what nobody knows. */
const MOSTLY = 0.5;

function aboutGrounds(plans: readonly Standing[]): Caution[] {
  const bounds = named(plans).filter(({ exact }) => !exact);
  const assumed = plans.filter(({ evidence: { hoursDown } }) => (hoursDown?.assumed ?? 0) > MOSTLY);
  return [
    ...(bounds.length === 0
      ? []
      : [{ code: 'bounds' as const, message: `The hours down of ${listed(bounds)} are upper bounds.` }]),
    ...(assumed.length === 0
      ? []
      : [
          {
            code: 'mostly-assumed' as const,
            message: `More than half of the hours down rest on assumed figures for ${assumed.map(({ label }) => label).join(', ')}.`,
          },
        ]),
  ];
}

function named(plans: readonly Standing[]): (JourneyStanding & { readonly label: string })[] {
  return plans.flatMap(({ label, journeys }) => journeys.map((journey) => ({ label, ...journey })));
}

/** Names in one sentence, the first few of many. */
const MOST_NAMED = 4;
function listed(journeys: readonly { readonly label: string; readonly name: string }[]): string {
  const shown = journeys.slice(0, MOST_NAMED).map(({ label, name }) => `${name} of ${label}`);
  const more = journeys.length - shown.length;
  return more > 0 ? `${shown.join(', ')} and ${more} more` : shown.join(', ');
}
