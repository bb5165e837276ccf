import { printable } from '../../../printable.ts';
import type { Bounds } from '../bounds.ts';
import type { Head } from './exchange.ts';
import { readLinks, readPolicy } from '../page/page-headers.ts';
import { redactHeader, redactUrl } from '../page/redact.ts';
import type { References } from '../page/references.ts';

/** Where an answer sends on to: only to HTTP and HTTPS, and to what can be a host; without user, password and fragment. */
export function redirectOf({ status, headers }: Head, url: URL): URL | undefined {
  if (![301, 302, 303, 307, 308].includes(status)) return undefined;
  const location = headers.find(([name]) => name === 'location')?.[1];
  if (location === undefined || location.length > 8_192 || !URL.canParse(location, url.href))
    return undefined;
  const next = new URL(location, url.href);
  if (!/^https?:$/.test(next.protocol) || next.hostname.length > 254) return undefined;
  next.username = '';
  next.password = '';
  next.hash = '';
  return withoutFinalDot(next);
}

/** The same URL where a dot ends its host: one host has one pace, one robots.txt and one certificate. */
export function withoutFinalDot(url: URL): URL {
  if (!url.hostname.endsWith('.')) return url;
  const plain = new URL(url);
  plain.hostname = url.hostname.slice(0, -1);
  return plain;
}

/** The hosts that the headers of a page name. */
export function readHeaders({ headers }: Head, url: URL, references: References): void {
  for (const [name, value] of headers) {
    if (name === 'content-security-policy') readPolicy(value, 'header', references);
    if (name === 'link') readLinks(value, url.href, references);
  }
}

/** Within bounds, and without secrets. */
export function keptHeaders({ headers }: Head, url: URL, bounds: Bounds): [string, string][] {
  return headers.slice(0, bounds.headers).map(([name, value]) => {
    const kept =
      name === 'location' && URL.canParse(value, url.href)
        ? redactUrl(new URL(value, url.href))
        : redactHeader(name, value);
    return [clip(printable(name), 200), clip(printable(kept), bounds.headerLength)];
  });
}

/** Whether a host asks for fewer requests. */
export function asksForLess({ status, headers }: Head): boolean {
  return status === 429 || (status === 503 && headers.some(([name]) => name === 'retry-after'));
}

/** How long a host that asks for fewer requests is left alone: by its Retry-After, from 1 s to an hour. @unit ms @default 60_000 */
export function restMs({ headers }: Head): number {
  const said = (wanted: string): string => headers.find(([name]) => name === wanted)?.[1].trim() ?? '';
  const after = said('retry-after');
  // A date is held against the host's own clock.
  const ms = /^\d{1,9}$/.test(after) ? 1_000 * Number(after) : Date.parse(after) - Date.parse(said('date'));
  return Number.isNaN(ms) ? 60_000 : Math.min(Math.max(ms, 1_000), 3_600_000);
}

function clip(text: string, most: number): string {
  return text.length > most ? `${text.slice(0, most - 1)}…` : text;
}
