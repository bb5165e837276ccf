import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort, makeFolder, startPart } from './part.ts';
import { zoneText, type Primary, type PrimaryOptions } from './primary.ts';

const SCHEMA = '/usr/share/pdns-backend-sqlite3/schema/schema.sqlite3.sql';

/** PowerDNS on SQLite as the primary of a zone. */
export async function startPowerDns(options: PrimaryOptions): Promise<Primary> {
  const { zone, key, guest } = options;
  const host = '127.0.0.1';
  const port = await freePort(host);
  const folder = makeFolder();
  writeFileSync(join(folder, 'zone'), zoneText(options));
  writeFileSync(
    join(folder, 'pdns.conf'),
    `
launch=gsqlite3
gsqlite3-database=${join(folder, 'db')}
local-address=${host}
local-port=${port}
socket-dir=${folder}
dnsupdate=yes
allow-dnsupdate-from=127.0.0.0/8
receiver-threads=1
distributor-threads=1
`,
  );
  execFileSync('sqlite3', [join(folder, 'db')], { input: readFileSync(SCHEMA) });
  const set = (...words: readonly string[]): void => {
    execFileSync('pdnsutil', [`--config-dir=${folder}`, ...words], { stdio: 'pipe' });
  };
  set('load-zone', zone, join(folder, 'zone'));
  for (const { name, algorithm, secret } of [key, guest]) set('import-tsig-key', name, algorithm, secret);
  set('set-meta', zone, 'TSIG-ALLOW-DNSUPDATE', key.name);
  const part = await startPart('pdns_server', [`--config-dir=${folder}`, '--guardian=no', '--daemon=no'], {
    port,
    host,
    folder,
  });
  return { ...part, host, port };
}
