import { execFile } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { bindOptions } from './bind.ts';
import { knotServer } from './knot.ts';
import type { FixtureZone } from './discovered-world-fixtures.ts';
import { makeZones, type ServerAddresses, type Zone, type Zones } from './discovered-world-zones.ts';
import { freePort, makeFolder, startPart, SYSTEM, type Part } from './part.ts';
import { startResolver, type Stub } from './unbound.ts';

const run = promisify(execFile);

export interface Names {
  readonly resolver: { readonly host: string; readonly port: number };
  /** Unbound goes down from the root by itself; otherwise, where nobody may listen at port 53, it is told the server of each zone. */
  readonly isFromRoot: boolean;
  stop(): Promise<void>;
}

/**
 * The domain name system of the world: Knot for the root, the registries, the vendors and most platforms, each at a
 * loopback address of its own, BIND for others, and Unbound, which validates, before them.
 *
 * @param prefix of addresses that are the world's own: `127.64.3`
 */
export async function startNames(
  described: Readonly<Record<string, FixtureZone>>,
  prefix: string,
): Promise<Names> {
  const at = {
    root: `${prefix}.1`,
    registries: `${prefix}.2`,
    knot: `${prefix}.3`,
    bind: `${prefix}.4`,
  };
  const isFromRoot = await canListen(at.root, 53);
  const port = isFromRoot ? 53 : await freePort(at.root);
  const signed = Object.keys(described).filter((name) => described[name]?.signed);
  const signing = makeFolder();
  const registry = makeFolder();
  const [ds, anchor] = await Promise.all([makeKeys(signing, signed), makeKeys(registry, ['test'])]);
  const made = makeZones(described, at, ds);
  const of = (server: keyof ServerAddresses): Zone[] => made.zones.filter((zone) => zone.server === server);
  const bindPort = await freePort();
  const resolver = { host: `${prefix}.5`, port: await freePort(`${prefix}.5`) };
  const stubs = made.zones.flatMap(({ name, server }): Stub[] => {
    if (server === 'bind') return [{ zone: `${name}.`, at: `127.0.0.1@${bindPort}` }];
    return isFromRoot ? [] : [{ zone: `${name}.`, at: `${at[server]}@${port}` }];
  });
  const starting = [
    startKnot(makeFolder(), at.root, port, of('root')),
    startKnot(registry, at.registries, port, of('registries')),
    startKnot(signing, at.knot, port, of('knot')),
    startBind(makeFolder(), bindPort, of('bind')),
    startWorldResolver(resolver, at.root, made, stubs, anchor.get('test') ?? []),
  ];
  const parts = await Promise.allSettled(starting);
  const stop = async (): Promise<void> => {
    await Promise.all(parts.map((part) => (part.status === 'fulfilled' ? part.value.stop() : undefined)));
  };
  for (const part of parts)
    if (part.status === 'rejected') {
      await stop();
      throw part.reason;
    }
  return { resolver, isFromRoot, stop };
}

function canListen(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createSocket('udp4');
    socket.once('error', () => resolve(false));
    socket.bind(port, host, () => socket.close(() => resolve(true)));
  });
}

/** Makes a key for each zone in a folder that Knot then signs with. @returns DS records by zone */
async function makeKeys(folder: string, zones: readonly string[]): Promise<Map<string, string[]>> {
  const config = join(folder, 'keys.conf');
  writeFileSync(
    config,
    knotConfig(
      folder,
      '127.0.0.1',
      53,
      zones.map((name) => ({ name, isSigned: true })),
    ),
  );
  const keymgr = async (...words: readonly string[]): Promise<string> =>
    (await run('keymgr', ['-c', config, ...words], { env: SYSTEM })).stdout;
  const records = new Map<string, string[]>();
  for (const zone of zones) {
    await keymgr(`${zone}.`, 'generate', 'algorithm=ecdsap256sha256', 'ksk=yes', 'zsk=yes');
    const lines = (await keymgr(`${zone}.`, 'ds')).trim().split('\n');
    // The digest by SHA-256 is all that a registry is given.
    records.set(
      zone,
      lines.flatMap((line) => / DS (\d+ \d+ 2 \S+)/.exec(line)?.[1] ?? []),
    );
  }
  return records;
}

async function startKnot(folder: string, host: string, port: number, zones: readonly Zone[]): Promise<Part> {
  for (const { name, text } of zones) writeFileSync(join(folder, zoneFile(name)), text);
  writeFileSync(join(folder, 'knot.conf'), knotConfig(folder, host, port, zones));
  return startPart('knotd', ['-c', 'knot.conf'], { port, host, folder });
}

const zoneFile = (name: string): string => `${name === '' ? 'root' : name}.zone`;

function knotConfig(
  folder: string,
  host: string,
  port: number,
  zones: readonly Pick<Zone, 'name' | 'isSigned'>[],
): string {
  return `
${knotServer({ host, port, folder }, 'warning')}
policy:
  - id: by-hand
    manual: on
    single-type-signing: on
    algorithm: ecdsap256sha256
template:
  - id: default
    storage: "${folder}"
    zonefile-load: whole
    zonefile-sync: -1
    journal-content: none
zone:
${zones
  .map(
    ({ name, isSigned }) => `  - domain: "${name}."
    file: "${zoneFile(name)}"
${isSigned ? '    dnssec-signing: on\n    dnssec-policy: by-hand\n' : ''}`,
  )
  .join('')}`;
}

/** BIND listens at addresses that an interface is given, of which loopback has one: at a port of its own there, of which Unbound is told. */
async function startBind(folder: string, port: number, zones: readonly Zone[]): Promise<Part> {
  const host = '127.0.0.1';
  for (const { name, text } of zones) writeFileSync(join(folder, zoneFile(name)), text);
  const config = join(folder, 'named.conf');
  writeFileSync(
    config,
    `
${bindOptions({ host, port, folder })}
${zones.map(({ name }) => `zone "${name}" { type primary; file "${zoneFile(name)}"; };`).join('\n')}
`,
  );
  return startPart('named', ['-g', '-n', '1', '-c', config], { port, host, folder });
}

async function startWorldResolver(
  { host, port }: Names['resolver'],
  root: string,
  { seen }: Zones,
  stubs: readonly Stub[],
  anchor: readonly string[],
): Promise<Part> {
  const folder = makeFolder();
  writeFileSync(
    join(folder, 'root.hints'),
    `. 3600 NS a.root-servers.test.\na.root-servers.test. 3600 A ${root}\n`,
  );
  // To outsiders a vendor's name server has an address of that vendor; Unbound itself asks where it really is.
  const outside = [...new Map(seen)].flatMap(([name, address]) => [
    `local-zone: "${name}." typetransparent`,
    `local-data: "${name}. 300 A ${address}"`,
  ]);
  return startResolver({
    host,
    port,
    folder,
    stubs,
    more: [
      'module-config: "validator iterator"',
      'root-hints: "root.hints"',
      ...anchor.map((record) => `trust-anchor: "test. DS ${record}"`),
      'local-zone: "test." nodefault',
      'rrset-roundrobin: no',
      `outgoing-interface: ${host}`,
      ...outside,
    ],
  });
}
