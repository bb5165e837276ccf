import { journeyFormulas, type JourneyFormulas } from '../assess/index.ts';
import { eventsUnder, type Model, type ModelEvent } from '../model/index.ts';
import { writeModel, type WrittenEvent, type WrittenRoot } from '../openpsa/index.ts';

/** The journeys of a model as fault trees: what `assess` solves, before it is solved. */
export function openPsaModel(model: Model, without: readonly string[] = []): string {
  const failed = new Set(without.flatMap((scope) => eventsUnder(model, scope)));
  const { store, journeys } = journeyFormulas(model, failed);
  const { name, asOf } = model.plan.platform;
  return writeModel({
    name,
    label: name,
    attributes: { 'as-of': asOf, without: without.join(', ') },
    store,
    roots: journeys.flatMap(rootsOf),
    events: model.events.map(eventOf),
  });
}

/** Down, degraded and the rungs between. Of rungs with the same formula only the last is asked, down before all. */
function rootsOf({ journey, failedSoFar }: JourneyFormulas): WrittenRoot[] {
  const { name, modes } = journey;
  const last = modes.length - 1;
  const rungs = modes.flatMap((mode, m): WrittenRoot[] => {
    const formula = failedSoFar[m] as number; // one a mode
    if (failedSoFar.lastIndexOf(formula) !== m) return [];
    if (m === last) return [{ name: `${name}-down`, label: `${name} is down: no mode works`, formula }];
    if (m === 0)
      return [
        { name: `${name}-degraded`, label: `${name} is degraded: ${mode.name} does not work`, formula },
      ];
    const label = `${name} is below ${mode.name}: neither it nor a better mode works`;
    return [{ name: `${name}-below-${mode.name}`, label, formula }];
  });
  return rungs.reverse();
}

function eventOf({ id, probability, rate }: ModelEvent): WrittenEvent {
  return {
    name: id,
    label: id,
    probability,
    attributes: {
      basis: rate?.basis ?? 'plan',
      record: rate?.detail ?? '',
      ...(rate === undefined
        ? {}
        : { 'rate-per-year': String(rate.ratePerYear), 'mean-hours': String(rate.meanHours) }),
    },
  };
}
