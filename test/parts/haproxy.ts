import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort, makeFolder, startPart, type Part } from './part.ts';

export interface HaproxyOptions {
  /** Another loopback address for each edge; the port may be the same. @default '127.0.0.1' */
  readonly host?: string;
  /** @default one that is free */
  readonly port?: number;
  /** Origins as host:port, used in turn. */
  readonly to: readonly string[];
  /** Added to every answer. */
  readonly headers?: Readonly<Record<string, string>>;
}

export interface HaproxyPart extends Part {
  readonly url: string;
  readonly host: string;
  readonly port: number;
}

/** HAProxy on one thread, on loopback. Throws what it says when it does not come up. */
export async function startHaproxy({
  port,
  host = '127.0.0.1',
  ...rest
}: HaproxyOptions): Promise<HaproxyPart> {
  const at = port ?? (await freePort(host));
  const folder = makeFolder();
  const file = join(folder, 'haproxy.cfg');
  writeFileSync(file, writeConfig(host, at, rest));
  const part = await startPart('haproxy', ['-db', '-f', file], { host, port: at, folder });
  return { ...part, url: `http://${host}:${at}`, host, port: at };
}

function writeConfig(
  host: string,
  port: number,
  { to, headers = {} }: Omit<HaproxyOptions, 'host' | 'port'>,
): string {
  const added = Object.entries(headers)
    .map(([name, value]) => `  http-after-response set-header ${name} ${quote(value)}\n`)
    .join('');
  const servers = to.map((origin, i) => `  server origin-${i + 1} ${origin}\n`).join('');
  return `global
  nbthread 1
  maxconn 2000
defaults
  mode http
  timeout connect 1s
  timeout client 60s
  timeout server 60s
  timeout tunnel 1h
  option http-keep-alive
frontend edge
  bind ${host}:${port}
${added}  default_backend origins
backend origins
  balance roundrobin
${servers}`;
}

/** As a strong string of HAProxy, in which a percent sign would begin a format. */
function quote(text: string): string {
  if (text.includes("'")) throw new Error(`Expected a text without "'" for HAProxy, found ${text}.`);
  return `'${text.replaceAll('%', '%%')}'`;
}
