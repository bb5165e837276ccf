import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort, makeFolder, startPart, type PartPlace } from './part.ts';
import { zoneText, type Primary, type PrimaryOptions, type ZoneKey } from './primary.ts';

export interface BindOptions extends PrimaryOptions {
  /** The one name that the key may update, by an update-policy. @default the whole zone, by allow-update */
  readonly onlyName?: string;
}

/** BIND as the primary of a zone. */
export async function startBind(options: BindOptions): Promise<Primary> {
  const { zone, key, guest, onlyName } = options;
  const host = '127.0.0.1';
  const port = await freePort(host);
  const folder = makeFolder();
  writeFileSync(join(folder, 'zone'), zoneText(options));
  const rights =
    onlyName === undefined
      ? `allow-update { key "${key.name}"; };`
      : `update-policy { grant ${key.name} name ${onlyName} A AAAA CNAME; };`;
  writeFileSync(
    join(folder, 'named.conf'),
    `
${bindOptions({ host, port, folder })}
${keyText(key)}
${keyText(guest)}
zone "${zone}" { type primary; file "zone"; ${rights} };
`,
  );
  const part = await startPart('named', ['-g', '-n', '1', '-c', join(folder, 'named.conf')], {
    port,
    host,
    folder,
  });
  return { ...part, host, port };
}

/** A server of its own zones in a folder of its own, that nobody controls. */
export const bindOptions = ({ host, port, folder }: PartPlace): string => `options {
  directory "${folder}";
  pid-file "${folder}/pid";
  session-keyfile "${folder}/session";
  listen-on port ${port} { ${host}; };
  listen-on-v6 { none; };
  recursion no;
  notify no;
  dnssec-validation no;
};
controls { };
`;

const keyText = ({ name, algorithm, secret }: ZoneKey): string =>
  `key "${name}" { algorithm ${algorithm}; secret "${secret}"; };`;
