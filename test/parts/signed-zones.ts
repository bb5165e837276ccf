import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { knotServer } from './knot.ts';
import { freePort, makeFolder, startPart, type Part } from './part.ts';
import { startResolver } from './unbound.ts';

export interface NameServer extends Part {
  readonly host: string;
  readonly port: number;
}

/** Knot DNS with zones of its own, of which some are signed. @param zones lines of a zone file besides the SOA */
export async function startZones(
  zones: Readonly<Record<string, { readonly records: readonly string[]; readonly isSigned?: boolean }>>,
): Promise<NameServer> {
  const host = '127.0.0.1';
  const port = await freePort(host);
  const folder = makeFolder();
  for (const [zone, { records }] of Object.entries(zones))
    writeFileSync(
      join(folder, zone),
      [`$ORIGIN ${zone}.`, `@ 60 IN SOA ns1 ops 1 3600 600 86400 60`, ...records, ''].join('\n'),
    );
  writeFileSync(
    join(folder, 'knot.conf'),
    `
${knotServer({ host, port, folder })}
policy:
  - id: one-key
    single-type-signing: on
    algorithm: ecdsap256sha256
zone:
${Object.entries(zones)
  .map(
    ([zone, { isSigned = false }]) => `  - domain: ${zone}
    file: "${join(folder, zone)}"
    storage: "${folder}"
    zonefile-sync: -1
    zonefile-load: whole
    journal-content: none
    dnssec-signing: ${isSigned ? 'on' : 'off'}
    dnssec-policy: one-key
`,
  )
  .join('')}`,
  );
  const part = await startPart('knotd', ['-c', 'knot.conf'], { port, host, folder });
  return { ...part, host, port };
}

/** The keys of a zone, as lines that a resolver can be told to trust. */
export function keysOf(server: { readonly host: string; readonly port: number }, zone: string): string[] {
  const args = [`@${server.host}`, '-p', String(server.port), zone, 'DNSKEY', '+short', '+tcp'];
  const keys = execFileSync('kdig', args, { encoding: 'utf8' }).trim().split('\n');
  return keys.map((key) => `${zone}. IN DNSKEY ${key}`);
}

/** Unbound as a resolver that validates: it knows where each zone is answered for, and the keys of those that it trusts. */
export async function startValidator(
  stubs: Readonly<Record<string, { readonly host: string; readonly port: number }>>,
  anchors: readonly string[],
): Promise<NameServer> {
  const host = '127.0.0.1';
  const port = await freePort(host);
  const folder = makeFolder();
  writeFileSync(join(folder, 'anchors'), `${anchors.join('\n')}\n`);
  return startResolver({
    host,
    port,
    folder,
    stubs: Object.entries(stubs).map(([zone, at]) => ({ zone, at: `${at.host}@${at.port}` })),
    more: [
      'module-config: "validator iterator"',
      `trust-anchor-file: "${folder}/anchors"`,
      'local-zone: "example." nodefault',
    ],
  });
}
