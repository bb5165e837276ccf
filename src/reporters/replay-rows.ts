import type { Replay } from '../replay/index.ts';
import { csv } from './csv.ts';

/** One row a segment. */
export function replayCsv(replays: readonly Replay[]): string {
  const columns = ['incident', 'plan', 'journey', 'from', 'to', 'minutes', 'mode', 'level', 'exposed'];
  return csv(
    columns,
    replays.flatMap(({ incident, plan, journeys }) =>
      journeys.flatMap(({ name, segments }) =>
        segments.map(({ from, to, mode, level, exposed }) => [
          incident.id,
          plan.name,
          name,
          from,
          to,
          (Date.parse(to) - Date.parse(from)) / 60_000,
          mode,
          level,
          exposed,
        ]),
      ),
    ),
  );
}

/** One row an incident, plan and journey. */
export function coverageCsv(replays: readonly Replay[]): string {
  const columns = [
    'incident',
    'from',
    'to',
    'plan',
    'outcome',
    'journey',
    'minutes_down',
    'minutes_degraded',
    'minutes_exposed',
    'minutes_altered',
    'loss',
    'currency',
  ];
  return csv(
    columns,
    replays.flatMap(({ incident, from, to, plan, outcome, journeys }) =>
      journeys.map((journey) => [
        incident.id,
        from,
        to,
        plan.name,
        outcome,
        journey.name,
        journey.minutesDown,
        journey.minutesDegraded,
        journey.minutesExposed,
        journey.minutesAltered,
        journey.loss,
        plan.currency,
      ]),
    ),
  );
}
