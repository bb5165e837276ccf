import type { Incident } from '../incidents/index.ts';
import { printable } from '../problems.ts';
import { formatHours } from '../units.ts';
import { table } from './table.ts';

/** The incident library as a list, newest first. */
export function incidentsText(incidents: readonly Incident[]): string {
  const rows = [...incidents]
    .sort((a, b) => (dayOf(a) < dayOf(b) ? 1 : -1))
    .map((incident) => [incident.id, hoursOf(incident), cohortsOf(incident), printable(incident.title)]);
  const columns = [
    { title: 'INCIDENT' },
    { title: 'LASTED', align: 'right' as const },
    { title: 'COHORTS', align: 'right' as const },
    { title: '' },
  ];
  return [
    `${incidents.length} incidents, with their sources in data/incidents`,
    '',
    ...table(columns, rows),
    '',
    'Replay one: keelson replay INCIDENT PLAN. All of them: keelson replay all PLAN',
  ].join('\n');
}

function windowOf({ window }: Incident, name: string): string | null {
  return window.find((one) => one.name === name)?.value ?? null;
}

function dayOf(incident: Incident): string {
  return windowOf(incident, 'start') ?? /\d{4}-\d{2}-\d{2}$/.exec(incident.id)?.[0] ?? '';
}

function hoursOf(incident: Incident): string {
  const start = windowOf(incident, 'start');
  const end = windowOf(incident, 'end');
  return start === null || end === null
    ? 'unknown'
    : formatHours((Date.parse(end) - Date.parse(start)) / 3_600_000);
}

function cohortsOf({ effects }: Incident): string {
  const count = effects.reduce((sum, { cohorts }) => sum + (cohorts?.length ?? 0), 0);
  return count === 0 ? '–' : String(count);
}
