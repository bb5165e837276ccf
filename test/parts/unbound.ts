import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort, makeFolder, startPart, type Part } from './part.ts';

export interface Resolver extends Part {
  readonly host: string;
  readonly port: number;
}

/** Unbound as the resolver that users have: it asks the primary of the zone and keeps answers for their TTL. */
export async function startUnbound({
  zone,
  primary,
}: {
  readonly zone: string;
  readonly primary: { readonly host: string; readonly port: number };
}): Promise<Resolver> {
  const host = '127.0.0.1';
  const port = await freePort(host);
  const folder = makeFolder();
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
    module-config: "iterator"
    local-zone: "${zone.split('.').at(-1)}." nodefault
    access-control: 127.0.0.0/8 allow
stub-zone:
    name: "${zone}"
    stub-addr: ${primary.host}@${primary.port}
remote-control:
    control-enable: no
`,
  );
  const part = await startPart('unbound', ['-d', '-c', join(folder, 'unbound.conf')], { port, host, folder });
  return { ...part, host, port };
}
