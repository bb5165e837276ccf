import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort, makeFolder, startPart, type Part } from './part.ts';

export interface Resolver extends Part {
  readonly host: string;
  readonly port: number;
}

/** Who answers for a zone: `host@port`. */
export interface Stub {
  readonly zone: string;
  readonly at: string;
}

interface Setting {
  readonly host: string;
  readonly port: number;
  /** What its files are in. */
  readonly folder: string;
  readonly stubs: readonly Stub[];
  /** Further settings of the server, a line each. */
  readonly more: readonly string[];
}

/** Unbound, which answers whom loopback asks, and asks whom the stubs name. */
export async function startResolver({ host, port, folder, stubs, more }: Setting): Promise<Resolver> {
  writeFileSync(
    join(folder, 'unbound.conf'),
    `
server:
    interface: ${host}@${port}
    directory: "${folder}"
    chroot: ""
    username: ""
    pidfile: "${folder}/pid"
    use-syslog: no
    logfile: ""
    do-daemonize: no
    num-threads: 1
    do-ip6: no
    do-not-query-localhost: no
    access-control: 127.0.0.0/8 allow
${more.map((line) => `    ${line}\n`).join('')}
${stubs.map(({ zone, at }) => `stub-zone:\n    name: "${zone}"\n    stub-addr: ${at}\n`).join('')}
remote-control:
    control-enable: no
`,
  );
  const part = await startPart('unbound', ['-d', '-c', join(folder, 'unbound.conf')], { port, host, folder });
  return { ...part, host, port };
}

/** The resolver that users have: it asks the primary of the zone and keeps answers for their TTL. */
export async function startUnbound({
  zone,
  primary,
}: {
  readonly zone: string;
  readonly primary: { readonly host: string; readonly port: number };
}): Promise<Resolver> {
  const host = '127.0.0.1';
  return startResolver({
    host,
    port: await freePort(host),
    folder: makeFolder(),
    stubs: [{ zone, at: `${primary.host}@${primary.port}` }],
    more: ['module-config: "iterator"', `local-zone: "${zone.split('.').at(-1)}." nodefault`],
  });
}
