// Who forwards: each starts a fresh process on the measured core before the origin at a port, and says its own port.
import { createServer } from 'node:http';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort, here, startNode, startOn, untilAccepts } from './measured.js';

const folder = dirname(fileURLToPath(import.meta.url));
const root = join(folder, '..', '..');
const bin = join(root, 'bin', 'keelson.cjs');
const plan = join(folder, 'plan.yaml');

const script = (name) => ({
  start: (origin) => startNode('measured', [join(folder, 'proxies', name), String(origin)]),
});

/** @type {Record<string, { why?: string | null, start(origin: number, scratch: string): Promise<{ child: import('node:child_process').ChildProcess, port: number }> }>} */
export const opponents = {
  'node:http + undici dispatch': script('bare.js'),
  'keelson serve': { start: startKeelson },
  'http-proxy-3': script('http-proxy-3.js'),
  '@fastify/http-proxy': script('fastify.js'),
  'HAProxy, one thread': { why: here.haproxy ? null : 'haproxy is not installed', start: startHaproxy },
};

/** The plan's words `ORIGIN_PORT` and `KEYS_PORT` are replaced. */
async function startKeelson(origin, scratch) {
  const port = await freePort();
  const keys = createServer((_, response) => response.end(readFileSync(join(scratch, 'jwks.json'))));
  await new Promise((resolve) => keys.listen(0, '127.0.0.1', resolve));
  keys.unref();
  const file = join(scratch, 'plan.yaml');
  const text = readFileSync(plan, 'utf8')
    .replaceAll('ORIGIN_PORT', String(origin))
    .replaceAll('KEYS_PORT', String(keys.address().port));
  writeFileSync(file, text);
  const args = [bin, 'serve', file, '--listen', `127.0.0.1:${port}`, '--admin', 'off', '--state', 'none'];
  const child = startOn('measured', process.execPath, args, ['ignore', 'ignore', 'inherit']);
  await untilAccepts(port, child);
  return { child, port };
}

async function startHaproxy(origin, scratch) {
  const port = await freePort();
  const file = join(scratch, 'haproxy.cfg');
  writeFileSync(
    file,
    `global
  nbthread 1
  maxconn 1000
defaults
  mode http
  timeout connect 1s
  timeout client 60s
  timeout server 60s
  option http-keep-alive
  http-reuse always
frontend all
  bind 127.0.0.1:${port}
  default_backend origin
backend origin
  server origin 127.0.0.1:${origin}
`,
  );
  const child = startOn('measured', 'haproxy', ['-db', '-f', file]);
  await untilAccepts(port, child);
  return { child, port };
}

/** nginx answering the same bytes to all, or a server of Node where it is not installed. */
export async function startOrigin(bytes, scratch) {
  if (!here.nginx)
    return { name: 'node:http', ...(await startNode('others', [join(folder, 'origin.js'), String(bytes)])) };
  const port = await freePort();
  const home = join(scratch, 'nginx');
  mkdirSync(home, { recursive: true });
  writeFileSync(
    join(home, 'nginx.conf'),
    `daemon off;
master_process off;
pid ${home}/nginx.pid;
error_log stderr crit;
events { worker_connections 1024; }
http {
  access_log off;
  client_body_temp_path ${home};
  proxy_temp_path ${home};
  fastcgi_temp_path ${home};
  uwsgi_temp_path ${home};
  scgi_temp_path ${home};
  keepalive_requests 1000000000;
  keepalive_timeout 3600s;
  default_type application/json;
  server {
    listen 127.0.0.1:${port} backlog=1024;
    location / { return 200 "${'x'.repeat(bytes)}"; }
  }
}
`,
  );
  const child = startOn('others', 'nginx', ['-p', home, '-e', 'stderr', '-c', join(home, 'nginx.conf')]);
  await untilAccepts(port, child);
  return { name: 'nginx', child, port };
}
