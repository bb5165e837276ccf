import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeFolder, startPart, type Part } from './part.ts';

export interface NginxOptions {
  /** Another loopback address for each edge; the port may be the same. */
  readonly host: string;
  readonly port: number;
  /** The origin as a URL. */
  readonly to: string;
  /** Added to every answer. */
  readonly headers?: Readonly<Record<string, string>>;
}

export interface NginxPart extends Part {
  readonly url: string;
  readonly host: string;
  readonly port: number;
  /** From now on nine of ten requests, by lot, are answered 500; or none is any more. */
  failNineOfTen(isFailing: boolean): void;
}

/** nginx as an edge, in one process on loopback. Throws what nginx says when it does not come up. */
export async function startNginx({ host, port, to, headers = {} }: NginxOptions): Promise<NginxPart> {
  const folder = makeFolder();
  mkdirSync(join(folder, 'scratch'));
  const file = join(folder, 'nginx.conf');
  writeFileSync(file, writeConfig(host, port, folder, to, headers));
  // One process: what is stopped (SIGSTOP) is then the one that answers.
  const part = await startPart('nginx', ['-p', folder, '-e', 'stderr', '-c', file], {
    host,
    port,
    folder,
  });
  const failing = join(folder, 'failing');
  return {
    ...part,
    url: `http://${host}:${port}`,
    host,
    port,
    failNineOfTen(isFailing) {
      if (isFailing) writeFileSync(failing, '');
      else rmSync(failing, { force: true });
    },
  };
}

/** Where nginx keeps what it has no room for, which is in its folder. */
export function scratchPaths(folder: string): string {
  return ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    .map((name) => `  ${name}_temp_path ${folder}/scratch;`)
    .join('\n');
}

function writeConfig(
  host: string,
  port: number,
  folder: string,
  to: string,
  headers: Readonly<Record<string, string>>,
): string {
  const added = Object.entries(headers)
    .map(([name, value]) => `add_header ${name} ${quote(value)} always; `)
    .join('');
  return `daemon off;
master_process off;
pid ${folder}/nginx.pid;
error_log stderr warn;
events { worker_connections 1024; }
http {
${scratchPaths(folder)}
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
    location / {
      ${added}
      proxy_pass ${to};
      proxy_http_version 1.1;
      proxy_set_header Host $http_host;
      proxy_set_header Upgrade $http_upgrade;
      proxy_set_header Connection $connection_upgrade;
      proxy_connect_timeout 1s;
      proxy_buffering off;
    }
  }
}
`;
}

/** As a string of nginx. Variables cannot be kept out of one, so a dollar is refused. */
function quote(text: string): string {
  if (text.includes('$')) throw new Error(`Expected a text without "$" for nginx, found ${text}.`);
  return `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
}
