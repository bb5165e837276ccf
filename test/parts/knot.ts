import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort, makeFolder, startPart, type PartPlace } from './part.ts';
import { zoneText, type Primary, type PrimaryOptions, type ZoneKey } from './primary.ts';

/** Knot DNS as the primary of a zone. */
export async function startKnot(options: PrimaryOptions): Promise<Primary> {
  const { zone, key, guest } = options;
  const host = '127.0.0.1';
  const port = options.port ?? (await freePort(host));
  const folder = makeFolder();
  writeFileSync(join(folder, 'zone'), zoneText(options));
  writeFileSync(
    join(folder, 'knot.conf'),
    `
${knotServer({ host, port, folder })}
key:
${[key, guest].map(keyText).join('')}
acl:
  - id: may-update
    key: ${key.name}
    action: [query, update]
  - id: may-ask
    key: ${guest.name}
    action: query
zone:
  - domain: ${zone}
    file: "${join(folder, 'zone')}"
    storage: "${folder}"
    zonefile-load: whole
    journal-content: none
    acl: [may-update, may-ask]
`,
  );
  const part = await startPart('knotd', ['-c', 'knot.conf'], { port, host, folder });
  return { ...part, host, port };
}

/** A server in a folder of its own, with as few threads as it can have. */
export const knotServer = ({ host, port, folder }: PartPlace, tells = 'info'): string => `server:
    rundir: "${folder}"
    listen: ${host}@${port}
    udp-workers: 1
    tcp-workers: 1
    background-workers: 1
log:
  - target: stderr
    any: ${tells}
database:
    storage: "${folder}"
`;

const keyText = ({ name, algorithm, secret }: ZoneKey): string => `  - id: ${name}
    algorithm: ${algorithm}
    secret: ${secret}
`;
