import type { FixtureZone } from './discovered-world-fixtures.ts';

/** The loopback addresses that name servers of the world listen at. */
export interface ServerAddresses {
  readonly root: string;
  readonly registries: string;
  readonly knot: string;
  readonly bind: string;
}

export interface Zone {
  /** Without a final dot; the root is ``. */
  readonly name: string;
  readonly server: keyof ServerAddresses;
  readonly isSigned: boolean;
  /** Of a zone file. */
  readonly text: string;
}

/** Zones of the world, and the addresses of name servers that outsiders see instead of loopback. */
export interface Zones {
  readonly zones: readonly Zone[];
  readonly seen: readonly (readonly [host: string, address: string])[];
}

/**
 * Makes zone files out of what fixtures and vendors say, with the registries and the root above them: delegations, glue, and an address
 * for every name server.
 *
 * @param ds DS records of signed zones, without the owner's name
 */
export function makeZones(
  described: Readonly<Record<string, FixtureZone>>,
  at: ServerAddresses,
  ds: ReadonlyMap<string, readonly string[]>,
): Zones {
  const names = Object.keys(described);
  const servers = nameServers(described, at);
  const seen: (readonly [string, string])[] = [];
  const zones = Object.entries(described).map(([name, zone]): Zone => {
    const own = [...servers].filter(([host]) => zoneOf(host, names) === name);
    const records = (zone.records ?? []).filter((record) => {
      const [owner = '', type, address = ''] = record.split(' ');
      const host = `${owner}.${name}`;
      if (type !== 'A' || !servers.has(host)) return true;
      seen.push([host, address]);
      return false;
    });
    for (const [host] of own) if (zone.seen !== undefined) seen.push([host, zone.seen]);
    return {
      name,
      server: zone.server ?? 'knot',
      isSigned: zone.signed ?? false,
      text: zoneText(name, zone.soa ?? `${zone.ns[0]} hostmaster.${name}`, zone.ns, [
        ...records,
        ...own.map(([host, address]) => `${host}. A ${address}`),
        ...longText(zone.longText ?? 0),
      ]),
    };
  });
  const registries = [...new Set(names.map(registryOf))];
  return {
    zones: [
      rootZone(registries, at),
      ...registries.map((registry) => registryZone(registry, described, servers, at, ds)),
      ...zones,
    ],
    seen,
  };
}

/** The zone that a name is in. @throws when it is in none */
function zoneOf(host: string, names: readonly string[]): string {
  const found = names
    .filter((name) => host === name || host.endsWith(`.${name}`))
    .sort((a, b) => b.length - a.length)[0];
  if (found === undefined) throw new Error(`Expected a zone for the name server ${host}.`);
  return found;
}

const registryOf = (zone: string): string => zone.slice(zone.lastIndexOf('.') + 1);

/** Where each name server listens. @throws when it would have to be two programs */
function nameServers(
  described: Readonly<Record<string, FixtureZone>>,
  at: ServerAddresses,
): Map<string, string> {
  const found = new Map<string, string>();
  for (const [name, { ns, server = 'knot' }] of Object.entries(described))
    for (const host of ns) {
      if (found.get(host) !== undefined && found.get(host) !== at[server])
        throw new Error(`Expected ${host}, a name server of ${name}, to be one program.`);
      found.set(host, at[server]);
    }
  return found;
}

function rootZone(registries: readonly string[], at: ServerAddresses): Zone {
  const records = registries.flatMap((registry) => [
    `${registry}. NS ns.nic.${registry}.`,
    `ns.nic.${registry}. A ${at.registries}`,
  ]);
  return {
    name: '',
    server: 'root',
    isSigned: false,
    text: zoneText('', 'a.root-servers.test root.root-servers.test', ['a.root-servers.test'], records),
  };
}

function registryZone(
  registry: string,
  described: Readonly<Record<string, FixtureZone>>,
  servers: ReadonlyMap<string, string>,
  at: ServerAddresses,
  ds: ReadonlyMap<string, readonly string[]>,
): Zone {
  const below = Object.entries(described).filter(([name]) => registryOf(name) === registry);
  const glue = new Map<string, string>();
  const delegations = below.flatMap(([name, { ns }]) => {
    for (const host of ns) if (host.endsWith(`.${name}`)) glue.set(host, servers.get(host) ?? at.knot);
    return [
      ...ns.map((host) => `${name}. NS ${host}.`),
      ...(ds.get(name) ?? []).map((record) => `${name}. DS ${record}`),
    ];
  });
  const root = registry === 'test' ? [`a.root-servers.test. A ${at.root}`] : [];
  return {
    name: registry,
    server: 'registries',
    isSigned: registry === 'test',
    text: zoneText(
      registry,
      `ns.nic.${registry} hostmaster.nic.${registry}`,
      [`ns.nic.${registry}`],
      [
        `ns.nic A ${at.registries}`,
        ...root,
        ...delegations,
        ...[...glue].map(([host, address]) => `${host}. A ${address}`),
      ],
    ),
  };
}

function longText(count: number): string[] {
  return Array.from({ length: count }, (_, i) => `@ TXT "verification-${i}=${'x'.repeat(60)}"`);
}

function zoneText(name: string, soa: string, ns: readonly string[], records: readonly string[]): string {
  const [primary, mailbox] = soa.split(' ');
  return [
    `$ORIGIN ${name}.`,
    '$TTL 300',
    `@ SOA ${primary}. ${mailbox}. 1 3600 600 86400 60`,
    ...ns.map((host) => `@ NS ${host}.`),
    ...records,
    '',
  ].join('\n');
}
