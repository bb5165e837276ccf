import type { CountedIncident } from '../catalog/index.ts';
import type { Evidence } from '../plan/index.ts';
import { formatHours, formatShare } from '../units.ts';
import type { Source } from './result.ts';

/** What a plan or the catalogue names as evidence, as it stands there. */
export function sourceOf({ source, date, confidence, basis, note, incident, from, until }: Evidence): Source {
  const notes = [note ?? '', during(from, until)].filter((part) => part !== '');
  return {
    source,
    date,
    confidence,
    basis: basis ?? null,
    note: notes.length === 0 ? null : notes.join(' '),
    incident: incident ?? null,
  };
}

function during(from: string | null | undefined, until: string | null | undefined): string {
  if (from == null && until == null) return '';
  return `Holds${from == null ? '' : ` from ${from}`}${until == null ? '' : ` until ${until}`}.`;
}

/** An incident of the library that a rate is counted from. Nobody weighs those: they happened. */
export function sourceOfIncident({ incident, title, day, hours, reach }: CountedIncident): Source {
  const lasted = hours === null ? 'How long it lasted is not known' : `Lasted ${formatHours(hours)}`;
  const reached =
    reach === null
      ? 'whom it reached is not published: taken as all'
      : `reached ${formatShare(reach)} of customers`;
  return {
    source: title,
    date: day,
    confidence: null,
    basis: 'incident library',
    note: `${lasted}; ${reached}.`,
    incident,
  };
}

/** Whether all that is given as evidence says itself that it is assumed. */
export function isAssumed(sources: readonly Source[]): boolean {
  return sources.length > 0 && sources.every(({ basis }) => basis !== null && /^assumed\b/i.test(basis));
}
