import { createServer, type Server, type ServerResponse } from 'node:http';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { makeCertificates } from './discovered-world-certificates.ts';
import {
  readHeaders,
  sitesOf,
  type Fixture,
  type Presentation,
  type Site,
} from './discovered-world-fixtures.ts';
import { scratchPaths } from './nginx.ts';
import { freePort, makeFolder, startPart } from './part.ts';

export interface Sites {
  /** Of the local root: PEM. */
  readonly authority: string;
  /** Where a connection to a public address really goes: to nginx, which shows there what that address would. */
  connect(address: string, port: number): { readonly host: string; readonly port: number };
  /** Requests that have arrived, as `METHOD URL`. */
  arrived(): readonly string[];
  stop(): Promise<void>;
}

/**
 * The web of the world: one nginx with a certificate for each host by its SNI, compression, and http beside https; behind it one origin
 * that presents each host as its vendor would. nginx passes headers on as they are, `Server` included.
 */
export async function startSites(fixtures: readonly Fixture[], prefix: string): Promise<Sites> {
  const folder = makeFolder();
  const host = `${prefix}.20`;
  const addresses = distinctAddresses(fixtures, prefix);
  const hosts = [host, ...addresses.values()];
  const authority = makeCertificates(fixtures, folder);
  // The system may give the same port twice, one after the other.
  const secure = await freePort(host);
  let plain = await freePort(host);
  while (plain === secure) plain = await freePort(host);
  const arrived: string[] = [];
  const origin = await startOrigin(
    fixtures,
    new Map([...addresses].map(([from, to]) => [to, from])),
    arrived,
  );
  mkdirSync(join(folder, 'scratch'));
  const file = join(folder, 'nginx.conf');
  writeFileSync(file, nginxConfig({ folder, hosts, secure, plain, origin: origin.port }));
  try {
    const nginx = await startPart('nginx', ['-p', folder, '-e', 'stderr', '-c', file], {
      host,
      port: secure,
      folder,
    });
    return {
      authority,
      connect(address, port) {
        const at = addresses.get(address) ?? host;
        return { host: at, port: port === 443 ? secure : port === 80 ? plain : 1 };
      },
      arrived: () => arrived,
      async stop() {
        await Promise.all([nginx.stop(), origin.close()]);
      },
    };
  } catch (error) {
    await origin.close();
    throw error;
  }
}

/** A loopback address of its own for each public one that shows something of its own. */
function distinctAddresses(fixtures: readonly Fixture[], prefix: string): Map<string, string> {
  const found = new Map<string, string>();
  for (const fixture of fixtures)
    for (const [, { at = {} }] of sitesOf(fixture))
      for (const address of Object.keys(at)) found.set(address, `${prefix}.${21 + found.size}`);
  return found;
}

async function startOrigin(
  fixtures: readonly Fixture[],
  publicOf: ReadonlyMap<string, string>,
  arrived: string[],
): Promise<{ readonly port: number; close(): Promise<void> }> {
  const sites = new Map<string, Site>(fixtures.flatMap(sitesOf));
  const known = readHeaders();
  const bundles = await buildBundles(fixtures);
  const server: Server = createServer((request, response) => {
    const host = request.headers.host ?? '';
    const secure = request.headers['x-scheme'] === 'https';
    arrived.push(`${request.method} ${secure ? 'https' : 'http'}://${host}${request.url}`);
    const site = sites.get(host);
    if (site === undefined) return void response.writeHead(421).end();
    const at = publicOf.get(String(request.headers['x-address']));
    const shown: Presentation = site.at?.[at ?? ''] ?? {};
    const headers = [...headersOf(site, known), ...headersOf(shown, known)];
    if (!secure) send(response, 301, [...headers, `Location: https://${host}${request.url}`], '');
    else if (site.redirect !== undefined) send(response, 301, [...headers, `Location: ${site.redirect}`], '');
    else answer(response, headers, site, request.url ?? '/', bundles);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('Expected a port.');
  return {
    port: address.port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function headersOf(
  { like, headers = [] }: Presentation,
  known: Readonly<Record<string, readonly string[]>>,
): readonly string[] {
  if (like === undefined) return headers;
  const set = known[like];
  if (set === undefined) throw new Error(`Expected a set of headers, found ${like}.`);
  return [...set, ...headers];
}

const BUNDLE = /^BUNDLE ([a-z-]+)$/;

/** The bundles that sites show, by name: what a tool makes of a script and the libraries that it imports. */
async function buildBundles(fixtures: readonly Fixture[]): Promise<ReadonlyMap<string, string>> {
  const bodies = fixtures.flatMap(sitesOf).flatMap(([, { paths = {} }]) => Object.values(paths));
  const names = new Set(bodies.flatMap((body) => BUNDLE.exec(body)?.[1] ?? []));
  const built = [...names].map(async (name) => {
    const { outputFiles } = await build({
      entryPoints: [join(import.meta.dirname, '../discovered/world/bundles', `${name}.ts`)],
      bundle: true,
      minify: true,
      format: 'esm',
      platform: 'browser',
      target: 'es2022',
      write: false,
      logLevel: 'warning',
    });
    return [name, outputFiles[0]?.text ?? ''] as const;
  });
  return new Map(await Promise.all(built));
}

function answer(
  response: ServerResponse,
  headers: readonly string[],
  site: Site,
  url: string,
  bundles: ReadonlyMap<string, string>,
): void {
  const path = url.split('?')[0] ?? '/';
  const written = site.paths?.[path];
  const body = bundles.get(BUNDLE.exec(written ?? '')?.[1] ?? '') ?? written;
  const type = path.endsWith('.js') ? 'text/javascript' : path.endsWith('.txt') ? 'text/plain' : 'text/html';
  if (body === undefined) send(response, 404, [...headers, 'Content-Type: text/plain'], 'Not found\n');
  else send(response, 200, [...headers, `Content-Type: ${type}; charset=utf-8`], withLinks(body));
}

function send(response: ServerResponse, status: number, headers: readonly string[], body: string): void {
  const flat = headers.flatMap((header) => {
    const at = header.indexOf(':');
    return [header.slice(0, at), header.slice(at + 1).trim()];
  });
  response.writeHead(status, [...flat, 'Content-Length', String(Buffer.byteLength(body))]).end(body);
}

/** Sites of vendors that people link to. */
const LINKED = [
  'www.cloudflare.com', 'www.fastly.com', 'www.akamai.com', 'aws.amazon.com', 'vercel.com', 'www.netlify.com', 'www.infura.io',
  'www.alchemy.com', 'www.quicknode.com', 'auth0.com', 'www.okta.com', 'www.hcaptcha.com', 'sentry.io', 'segment.com',
  'www.intercom.com', 'walletconnect.com', 'thegraph.com', 'www.privy.io', 'magic.link', 'unpkg.com', 'www.jsdelivr.com',
  'www.statuspage.io', 'letsencrypt.org', 'www.geetest.com', 'publicnode.com', 'mainnet.infura.io', 'relay.walletconnect.com',
  'challenges.cloudflare.com', 'js.hcaptcha.com', 'copperline.eu.auth0.com',
]; // biome-ignore format: a list of names

/** `LINKS` in a page stands for 300 links. */
function withLinks(body: string): string {
  const links = Array.from({ length: 300 }, (_, i) => {
    const host = LINKED[i % LINKED.length];
    return `<li><a href="https://${host}/customers/${i}" title="https://${host}">${host}</a>`;
  });
  return body.replace('LINKS', `<ul>${links.join('\n')}</ul>`);
}

function nginxConfig({
  folder,
  hosts,
  secure,
  plain,
  origin,
}: {
  readonly folder: string;
  readonly hosts: readonly string[];
  readonly secure: number;
  readonly plain: number;
  readonly origin: number;
}): string {
  return `daemon off;
master_process off;
pid ${folder}/nginx.pid;
error_log stderr crit;
events { worker_connections 1024; }
http {
${scratchPaths(folder)}
  access_log off;
  gzip on;
  gzip_proxied any;
  gzip_types text/javascript text/plain;
  upstream origin { server 127.0.0.1:${origin}; keepalive 16; }
  server {
    ${hosts.map((host) => `listen ${host}:${secure} ssl;\n    listen ${host}:${plain};`).join('\n    ')}
    ssl_certificate ${folder}/$ssl_server_name.pem;
    ssl_certificate_key ${folder}/key.pem;
    location / {
      proxy_pass http://origin;
      proxy_http_version 1.1;
      proxy_set_header Connection '';
      proxy_set_header Host $host;
      proxy_set_header X-Address $server_addr;
      proxy_set_header X-Scheme $scheme;
      proxy_pass_header Server;
      proxy_pass_header Date;
    }
  }
}
`;
}
