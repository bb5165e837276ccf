import type { Assessment } from '../assess/index.ts';
import { bestConfidence, requirementsOf, type Plan } from '../plan/index.ts';
import type { Basis, EvidenceQuality } from './result.ts';

/** Best founded first. */
export const BASES = [
  'incidents',
  'drills',
  'statement',
  'study',
  'plan',
  'assumed',
] as const satisfies readonly Basis[];

/** On what the figures of a plan rest: its events, the hours down they cause, and what its services are said to need. */
export function qualityOf(plan: Plan, assessment: Assessment): EvidenceQuality {
  const events = noneOfEach();
  for (const { basis } of assessment.events) events[basis]++;
  return { events, ...weighed(assessment), services: confidences(plan) };
}

function noneOfEach(): Record<Basis, number> {
  return { incidents: 0, drills: 0, statement: 0, study: 0, plan: 0, assumed: 0 };
}

/**
 * The hours down of a journey, gaps left aside, are shared out over its events in proportion to their criticality: the share of
 * the time down in which the event's own failure decides. Criticalities need not add up to 1, so they are made to. An event that
 * helps by failing bears nothing.
 */
function weighed({ events, journeys }: Assessment): Pick<EvidenceQuality, 'hoursDown' | 'notWeighed'> {
  const basisOf = new Map(events.map(({ id, basis }) => [id, basis]));
  const hours = noneOfEach();
  const notWeighed: string[] = [];
  for (const { name, down, importance } of journeys) {
    if (down.hoursPerYear === 0) continue;
    const bearing = importance.map(({ event, criticality }) => ({
      basis: basisOf.get(event),
      weight: Math.max(0, criticality),
    }));
    const sum = bearing.reduce((total, { weight }) => total + weight, 0);
    if (sum === 0) notWeighed.push(name);
    else
      for (const { basis, weight } of bearing)
        if (basis !== undefined) hours[basis] += (down.hoursPerYear * weight) / sum;
  }
  const total = BASES.reduce((sum, basis) => sum + hours[basis], 0);
  if (total === 0) return { hoursDown: null, notWeighed };
  for (const basis of BASES) hours[basis] /= total;
  return { hoursDown: hours, notWeighed };
}

/** Services that need something, by the best confidence of their evidence. */
function confidences({ services }: Plan): EvidenceQuality['services'] {
  const found = { high: 0, medium: 0, low: 0, none: 0 };
  for (const { value } of services ?? [])
    if (requirementsOf(value).length > 0) found[bestConfidence(value.evidence ?? []) ?? 'none']++;
  return found;
}
