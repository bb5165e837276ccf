import { isIP } from 'node:net';
import type { HostPort } from '../fault.ts';

/** `HOST:PORT`, with an address of IPv6 in brackets; undefined where it is not. An empty host stays empty. */
export function readPlace(text: string): HostPort | undefined {
  const found = /^(?:\[([0-9a-fA-F:.]{2,45})\]|([A-Za-z0-9._-]{0,253})):(\d{1,5})$/.exec(text);
  if (found === null) return undefined;
  const host = found[1] ?? found[2] ?? '';
  const port = Number(found[3]);
  return port > 65_535 || (found[1] !== undefined && isIP(host) !== 6) ? undefined : { host, port };
}

/** Whether nobody but this computer reaches it. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
}

export function placeText({ host, port }: HostPort): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`;
}
