import type { Incident } from '../incidents/index.ts';
import { printable } from '../problems.ts';
import { formatHours, MS_PER_HOUR } from '../units.ts';
import { table, wrap } from './table.ts';

/** The incident library as a list, newest first. */
export function incidentsText(
  incidents: readonly Incident[],
  { width = 120 }: { readonly width?: number } = {},
): string {
  const rows = newestFirst(incidents).map((incident) => [incident.id, lasted(incident)]);
  const plain = table([{ title: 'INCIDENT' }, { title: 'LASTED', align: 'right' }], rows);
  const left = Math.max(...plain.map((line) => line.length)) + 2;
  const lines = newestFirst(incidents).flatMap((incident, i) => {
    const cohorts = cohortsOf(incident);
    const says = printable(incident.title) + (cohorts.length === 0 ? '' : ` [${cohorts.join(', ')}]`);
    const parts = wrap(says.split(' '), ' ', Math.max(30, width - left), '');
    return parts.map((part, j) =>
      j === 0 ? `${(plain[i + 1] ?? '').padEnd(left)}${part}` : ' '.repeat(left) + part,
    );
  });
  return [
    `${incidents.length} recorded incidents; in brackets the cohorts that --cohort can name`,
    '',
    `${(plain[0] ?? '').padEnd(left)}WHAT`,
    ...lines,
    '',
    'Replay one: keelson replay INCIDENT PLAN. All of them: keelson replay all PLAN',
  ].join('\n');
}

/** The same as `keelson.incidents/1`. */
export function incidentsJson(incidents: readonly Incident[]): object {
  return {
    schema: 'keelson.incidents/1',
    incidents: newestFirst(incidents).map((incident) => ({
      id: incident.id,
      title: incident.title,
      provider: incident.provider,
      kind: incident.kind,
      start: timeOf(incident, 'start'),
      end: timeOf(incident, 'end'),
      cohorts: cohortsOf(incident),
    })),
  };
}

function newestFirst(incidents: readonly Incident[]): Incident[] {
  return [...incidents].sort((a, b) => Number(dayOf(a) < dayOf(b)) - Number(dayOf(a) > dayOf(b)));
}

function timeOf({ window }: Incident, name: string): string | null {
  return window.find((one) => one.name === name)?.value ?? null;
}

function dayOf(incident: Incident): string {
  return timeOf(incident, 'start') ?? /\d{4}-\d{2}-\d{2}$/.exec(incident.id)?.[0] ?? '';
}

function lasted(incident: Incident): string {
  const start = timeOf(incident, 'start');
  const end = timeOf(incident, 'end');
  return start === null || end === null
    ? 'unknown'
    : formatHours((Date.parse(end) - Date.parse(start)) / MS_PER_HOUR);
}

function cohortsOf({ effects }: Incident): string[] {
  return [...new Set(effects.flatMap(({ cohorts }) => (cohorts ?? []).map(({ id }) => id)))];
}
