import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort, makeFolder, startPart, type Part } from './part.ts';

/** What is answered to requests whose path begins so. */
export type NginxLocation =
  | {
      readonly kind: 'answer';
      readonly path: string;
      /** @default 200 */
      readonly status?: number;
      /** @default '' */
      readonly body?: string;
      readonly headers?: Readonly<Record<string, string>>;
    }
  | {
      /** As an edge: passed on, with headers added to every answer. */
      readonly kind: 'proxy';
      readonly path: string;
      readonly to: string;
      readonly headers?: Readonly<Record<string, string>>;
    };

export interface NginxOptions {
  /** Another loopback address for each edge; the port may be the same. @default '127.0.0.1' */
  readonly host?: string;
  /** @default one that is free */
  readonly port?: number;
  /** The longest path that fits answers. */
  readonly locations: readonly NginxLocation[];
}

export interface NginxPart extends Part {
  readonly url: string;
  readonly host: string;
  readonly port: number;
  /** From now on nine of ten requests, by lot, are answered 500; or none is any more. */
  failNineOfTen(isFailing: boolean): void;
}

/** nginx in one process on loopback. Throws what nginx says when it does not come up. */
export async function startNginx({ host = '127.0.0.1', port, locations }: NginxOptions): Promise<NginxPart> {
  const at = port ?? (await freePort(host));
  const folder = makeFolder();
  mkdirSync(join(folder, 'scratch'));
  const file = join(folder, 'nginx.conf');
  writeFileSync(file, writeConfig(host, at, folder, locations));
  // One process: what is stopped (SIGSTOP) is then the one that answers.
  const part = await startPart('nginx', ['-p', folder, '-e', 'stderr', '-c', file], {
    host,
    port: at,
    folder,
  });
  const failing = join(folder, 'failing');
  return {
    ...part,
    url: `http://${host}:${at}`,
    host,
    port: at,
    failNineOfTen(isFailing) {
      if (isFailing) writeFileSync(failing, '');
      else rmSync(failing, { force: true });
    },
  };
}

function writeConfig(
  host: string,
  port: number,
  folder: string,
  locations: readonly NginxLocation[],
): string {
  const scratch = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    .map((name) => `  ${name}_temp_path ${folder}/scratch;`)
    .join('\n');
  return `daemon off;
master_process off;
pid ${folder}/nginx.pid;
error_log stderr warn;
events { worker_connections 1024; }
http {
${scratch}
  access_log off;
  default_type application/json;
  keepalive_requests 1000000;
  map $http_upgrade $connection_upgrade { default upgrade; '' ''; }
  split_clients $request_id $nine_of_ten { 90% 1; * 0; }
  server {
    listen ${host}:${port};
    set $fails 0;
    if (-f ${folder}/failing) { set $fails $nine_of_ten; }
    if ($fails = 1) { return 500; }
${locations.map(writeLocation).join('\n')}
  }
}
`;
}

function writeLocation(location: NginxLocation): string {
  const headers = Object.entries(location.headers ?? {})
    .map(([name, value]) => `add_header ${name} ${quote(value)} always; `)
    .join('');
  const what =
    location.kind === 'answer'
      ? `return ${location.status ?? 200} ${quote(location.body ?? '')};`
      : `proxy_pass ${location.to}; proxy_http_version 1.1; proxy_set_header Host $http_host; ` +
        'proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection $connection_upgrade; ' +
        'proxy_connect_timeout 1s; proxy_buffering off;';
  return `    location ${location.path} { ${headers}${what} }`;
}

/** As a string of nginx. Variables cannot be kept out of one, so a dollar is refused. */
function quote(text: string): string {
  if (text.includes('$')) throw new Error(`Expected a text without "$" for nginx, found ${text}.`);
  return `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
}
