import type { Replay } from './result.ts';

/** What one incident would have done to several plans: a row of the table over all incidents. */
export interface Coverage {
  readonly incident: Replay['incident'];
  readonly from: string | null;
  readonly plans: readonly {
    readonly plan: string;
    readonly currency: string;
    readonly outcome: Replay['outcome'];
    /** Of the journey that was down longest. */
    readonly minutesDown: number;
    readonly journeysDown: readonly string[];
    readonly minutesDegraded: number;
    readonly minutesAltered: number;
    readonly loss: number | null;
  }[];
}

/** The table over all incidents: one row an incident, newest first, one column a plan. */
export function coverage(replays: readonly Replay[]): Coverage[] {
  const rows = new Map<string, Replay[]>();
  for (const one of replays) rows.set(one.incident.id, [...(rows.get(one.incident.id) ?? []), one]);
  return [...rows.values()]
    .map(
      (row): Coverage => ({
        incident: (row[0] as Replay).incident, // a row begins with a replay
        from: row[0]?.from ?? null,
        plans: row.map(({ plan, outcome, journeys, loss }) => ({
          plan: plan.name,
          currency: plan.currency,
          outcome,
          minutesDown: Math.max(0, ...journeys.map(({ minutesDown }) => minutesDown)),
          journeysDown: journeys.filter(({ minutesDown }) => minutesDown > 0).map(({ name }) => name),
          minutesDegraded: Math.max(0, ...journeys.map(({ minutesDegraded }) => minutesDegraded)),
          minutesAltered: Math.max(0, ...journeys.map(({ minutesAltered }) => minutesAltered)),
          loss,
        })),
      }),
    )
    .sort((a, b) => Number(dayOf(a) < dayOf(b)) - Number(dayOf(a) > dayOf(b)));
}

/** The day of an incident, from its times or from its name. */
function dayOf({ incident, from }: Coverage): string {
  return from ?? /\d{4}-\d{2}-\d{2}$/.exec(incident.id)?.[0] ?? '';
}
