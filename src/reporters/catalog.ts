import type { Catalog, CatalogCapability, CatalogProvider } from '../catalog/index.ts';
import { describeRecord } from '../model/index.ts';
import { printable } from '../problems.ts';
import { formatHours, significant } from '../units.ts';
import { table, wrap } from './table.ts';

/** The providers that the catalogue knows, a line each. */
export function catalogText(catalog: Catalog): string {
  const rows = catalog.providers.map(({ name, title, kind, watchedSince, capabilities }) => {
    const counted = catalog.counted.filter(
      ({ event }) => event === name || event.startsWith(`${name}/`) || event.startsWith(`${name}@`),
    );
    return [
      name,
      title,
      kind,
      String(capabilities.length),
      watchedSince ?? 'not watched',
      String(counted.length),
    ];
  });
  const columns = [
    { title: 'PROVIDER' },
    { title: 'NAME' },
    { title: 'KIND' },
    { title: 'CAPABILITIES', align: 'right' as const },
    { title: 'WATCHED SINCE' },
    { title: 'INCIDENTS', align: 'right' as const },
  ];
  return [
    ...table(columns, rows),
    '',
    `  The incident library reaches to ${catalog.watchedUntil}. More of one: keelson catalog PROVIDER`,
  ].join('\n');
}

/** One provider: what it offers, how often that fails and why that is believed, what it needs. */
export function providerText(catalog: Catalog, provider: CatalogProvider, asOf: string): string {
  const lines = [
    `${printable(provider.title)} (${provider.name}), ${provider.kind}. Rates as of ${asOf}.`,
    provider.watchedSince === null
      ? '  The incident library does not watch it.'
      : `  Watched by the incident library since ${provider.watchedSince}.`,
  ];
  if (provider.watchedNote !== null)
    lines.push(...wrap(provider.watchedNote.split(/\s+/), ' ', 110, '  ').map((line) => `  ${line}`));
  const events = [
    { id: provider.name, outages: provider.outages },
    ...provider.scopes.map(({ scope, outages }) => ({ id: `${provider.name}@${scope}`, outages })),
  ].filter(({ outages }) => outages !== null && outages.kind !== 'none');
  const rows = [
    ...events.map(({ id, outages }) =>
      recordRow(id, describeRecord(catalog, provider, undefined, id, outages, asOf)),
    ),
    ...provider.capabilities.flatMap((capability) => capabilityRows(catalog, provider, capability, asOf)),
  ];
  const columns = [
    { title: 'EVENT' },
    { title: 'A YEAR', align: 'right' as const },
    { title: '90 %', align: 'right' as const },
    { title: 'MEAN', align: 'right' as const },
    { title: 'BASIS' },
  ];
  lines.push('', ...table(columns, rows));
  const edges = provider.capabilities.flatMap((capability) =>
    capability.needs.map((need) => [
      `${provider.name}/${capability.name}`,
      need.use,
      need.kind,
      need.until == null ? (need.from == null ? '' : `from ${need.from}`) : `until ${need.until}`,
      need.evidence === undefined
        ? 'no evidence'
        : `${need.evidence.confidence}, ${need.evidence.date ?? 'undated'}, ${printable(need.evidence.source ?? 'no source')}`,
    ]),
  );
  if (edges.length > 0)
    lines.push(
      '',
      ...table(
        [{ title: 'NEEDS' }, { title: 'WHAT' }, { title: 'KIND' }, { title: 'WHEN' }, { title: 'EVIDENCE' }],
        edges,
      ),
    );
  const marks = provider.capabilities.filter(({ protects, handles }) => protects.length + handles.length > 0);
  if (marks.length > 0)
    lines.push(
      '',
      ...table(
        [{ title: 'CAPABILITY' }, { title: 'KIND' }, { title: 'PROTECTS' }, { title: 'HANDLES' }],
        marks.map(({ name, kind, protects, handles }) => [
          name,
          kind ?? '–',
          protects.join(', ') || '–',
          handles.join(', ') || '–',
        ]),
      ),
    );
  const counted = catalog.counted.filter(
    ({ event }) =>
      event === provider.name ||
      event.startsWith(`${provider.name}/`) ||
      event.startsWith(`${provider.name}@`),
  );
  if (counted.length > 0)
    lines.push(
      '',
      ...table(
        [
          { title: 'INCIDENT' },
          { title: 'COUNTS TOWARDS' },
          { title: 'LASTED', align: 'right' },
          { title: 'REACH', align: 'right' },
        ],
        counted.map(({ incident, event, hours, reach }) => [
          incident,
          event,
          hours === null ? 'unknown' : formatHours(hours),
          reach === null ? 'unknown' : `${Math.round(reach * 100)} %`,
        ]),
      ),
    );
  return lines.join('\n');
}

function capabilityRows(
  catalog: Catalog,
  provider: CatalogProvider,
  capability: CatalogCapability,
  asOf: string,
): string[][] {
  const id = `${provider.name}/${capability.name}`;
  const per =
    capability.outages === null || capability.outages.kind === 'none' ? undefined : capability.outages.per;
  const general =
    per === undefined || per === 'global' ? id : `${id}@${per === 'region' ? 'REGION' : 'REGION/ZONE'}`;
  return [
    recordRow(general, describeRecord(catalog, provider, capability, '', capability.outages, asOf)),
    ...capability.at.map(({ scope, outages }) =>
      recordRow(`${id}@${scope}`, describeRecord(catalog, provider, capability, scope, outages, asOf)),
    ),
  ];
}

function recordRow(id: string, record: ReturnType<typeof describeRecord>): string[] {
  if (record === 'none') return [id, '0', '', '', 'no outages of its own'];
  if (record === 'unknown') return [id, 'unknown', '', '', 'no record: the plan’s assumption is used'];
  const [low, high] = record.interval;
  return [
    id,
    significant(record.ratePerYear),
    low === high ? '' : `${significant(low)} – ${significant(high)}`,
    formatHours(record.meanHours),
    printable(record.detail),
  ];
}
