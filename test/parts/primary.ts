import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Part } from './part.ts';

const run = promisify(execFile);

/** A TSIG key as servers and `kdig -y` write it. */
export interface ZoneKey {
  readonly name: string;
  readonly algorithm: 'hmac-sha256' | 'hmac-sha384' | 'hmac-sha512';
  /** Base64. */
  readonly secret: string;
}

export interface PrimaryOptions {
  readonly zone: string;
  /** @default one that is free */
  readonly port?: number;
  /** Lines of a zone file besides SOA and NS: `www 1 A 192.0.2.1`. */
  readonly records: readonly string[];
  /** May update the zone. */
  readonly key: ZoneKey;
  /** The server knows it, and lets it change nothing. */
  readonly guest: ZoneKey;
}

/** A server that is the primary of one zone. */
export interface Primary extends Part {
  readonly host: string;
  readonly port: number;
}

export function zoneText({ zone, records }: PrimaryOptions): string {
  return [
    `$ORIGIN ${zone}.`,
    `@ 3600 IN SOA ns1.${zone}. ops.${zone}. 1 3600 600 86400 1`,
    `@ 3600 IN NS ns1.${zone}.`,
    'ns1 3600 IN A 127.0.0.1',
    ...records,
    '',
  ].join('\n');
}

/** As an operator would, by hand. @param lines of `nsupdate` */
export async function changeZone(
  { port }: { readonly port: number },
  zone: string,
  { name, algorithm, secret }: ZoneKey,
  lines: readonly string[],
): Promise<void> {
  const updating = run('nsupdate', ['-v', '-y', `${algorithm}:${name}:${secret}`]);
  updating.child.stdin?.end([`server 127.0.0.1 ${port}`, `zone ${zone}`, ...lines, 'send', ''].join('\n'));
  await updating;
}
