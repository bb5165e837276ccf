import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { has, makeFolder, startPart, type Part } from './part.ts';

export interface WafOptions {
  /** Another loopback address for each edge; the port may be the same. */
  readonly host: string;
  readonly port: number;
  /** The origin as a URL. */
  readonly to: string;
}

const MODULE = '/usr/lib/nginx/modules/ngx_http_modsecurity_module.so';
const RULES = '/usr/share/modsecurity-crs';
const SETTINGS = '/etc/modsecurity/crs/crs-setup.conf';
const LETTERS = '/etc/nginx/unicode.mapping';

/** Whether nginx, ModSecurity and the Core Rule Set are here, as Debian packs them; with KEELSON_PARTS `required` they must be. */
export function hasWaf(): boolean {
  const missing = [MODULE, `${RULES}/owasp-crs.load`, SETTINGS, LETTERS].filter((file) => !existsSync(file));
  if (missing.length > 0 && process.env.KEELSON_PARTS === 'required')
    throw new Error(
      `Expected libnginx-mod-http-modsecurity and modsecurity-crs to be installed, found no ${missing.join(', ')}.`,
    );
  return missing.length === 0 && has('nginx');
}

/** nginx as an edge with ModSecurity, which blocks by the OWASP Core Rule Set as it comes. Throws what nginx says when it does not come up. */
export async function startWaf({ host, port, to }: WafOptions): Promise<Part> {
  const folder = makeFolder();
  mkdirSync(join(folder, 'scratch'));
  const [file, rules] = [join(folder, 'nginx.conf'), join(folder, 'rules.conf')];
  writeFileSync(rules, rulesOf(folder));
  writeFileSync(file, configOf(host, port, to, folder, rules));
  return await startPart('nginx', ['-p', folder, '-e', 'stderr', '-c', file], { host, port, folder });
}

function rulesOf(folder: string): string {
  return `SecRuleEngine On
SecRequestBodyAccess On
SecRequestBodyLimit 131072
SecRequestBodyNoFilesLimit 131072
SecRule REQUEST_HEADERS:Content-Type "^application/json" "id:'200001',phase:1,t:none,t:lowercase,pass,nolog,ctl:requestBodyProcessor=JSON"
SecPcreMatchLimit 100000
SecPcreMatchLimitRecursion 100000
SecTmpDir ${folder}/scratch
SecDataDir ${folder}/scratch
SecAuditEngine Off
SecUnicodeMapFile ${LETTERS} 20127
Include ${SETTINGS}
Include ${RULES}/rules/*.conf
`;
}

function configOf(host: string, port: number, to: string, folder: string, rules: string): string {
  const scratch = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    .map((name) => `  ${name}_temp_path ${folder}/scratch;`)
    .join('\n');
  return `load_module ${MODULE};
daemon off;
master_process off;
pid ${folder}/nginx.pid;
error_log stderr crit;
events { worker_connections 1024; }
http {
${scratch}
  access_log off;
  default_type application/json;
  server {
    listen ${host}:${port};
    modsecurity on;
    modsecurity_rules_file ${rules};
    location / {
      proxy_pass ${to};
      proxy_http_version 1.1;
      proxy_set_header Host $http_host;
    }
  }
}
`;
}
