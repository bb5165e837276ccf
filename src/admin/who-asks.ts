import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { KeelsonError } from '../errors.ts';

/** Shorter ones can be guessed. @unit bytes */
const SHORTEST_TOKEN = 32;
/** Of one address in `WINDOW_MS`, before it has to wait. */
const MOST_WRONG = 10;
const WINDOW_MS = 60_000;
/** Addresses that are remembered; then the oldest is forgotten. */
const MOST_ADDRESSES = 1000;

export type Admission =
  | { readonly kind: 'admitted' }
  | { readonly kind: 'no-token' }
  | { readonly kind: 'wrong-token' }
  | { readonly kind: 'wait'; readonly retryAfterSeconds: number };

/**
 * Whether who asks has the token. An address that was wrong too often waits, even if it is right then; others do not, so that nobody can
 * keep the one who is on call from the lever.
 */
export class TokenGuard {
  private readonly digest: Buffer;
  private readonly now: () => number;
  private readonly wrong = new Map<string, { since: number; count: number }>();

  /**
   * @param now a monotonic clock (ms)
   * @throws KeelsonError `admin-token-short`
   */
  constructor(token: string, now: () => number) {
    if (Buffer.byteLength(token) < SHORTEST_TOKEN)
      throw new KeelsonError(
        'admin-token-short',
        `Expected an admin token of at least ${SHORTEST_TOKEN} bytes, found ${Buffer.byteLength(token)}.`,
        { hint: 'Make one: openssl rand -base64 32' },
      );
    this.digest = digestOf(token);
    this.now = now;
  }

  admit(header: string | undefined, address: string): Admission {
    const now = this.now();
    const known = this.wrong.get(address);
    const isFresh = known !== undefined && now - known.since < WINDOW_MS;
    if (isFresh && known.count >= MOST_WRONG)
      return { kind: 'wait', retryAfterSeconds: Math.ceil((known.since + WINDOW_MS - now) / 1000) };
    if (header === undefined) return { kind: 'no-token' };
    const given = /^Bearer +([\x21-\x7e]{1,1024})$/i.exec(header)?.[1];
    // Of the same length whatever was given, so that the time says nothing of either.
    if (given !== undefined && timingSafeEqual(digestOf(given), this.digest)) {
      this.wrong.delete(address);
      return { kind: 'admitted' };
    }
    if (isFresh) known.count++;
    else this.remember(address, now);
    return { kind: 'wrong-token' };
  }

  private remember(address: string, now: number): void {
    this.wrong.delete(address);
    const oldest = this.wrong.keys().next().value;
    if (this.wrong.size >= MOST_ADDRESSES && oldest !== undefined) this.wrong.delete(oldest);
    this.wrong.set(address, { since: now, count: 1 });
  }
}

/**
 * Whether a request is for this server, by its `Host`: a name of another site that leads here (DNS rebinding) would make what is served
 * part of that site. Allowed are the names of this computer, those configured, and the very address the connection came in on.
 */
export function isOwnHost(request: IncomingMessage, hosts: readonly string[]): boolean {
  const name = /^(\[[0-9a-f:.]{2,45}\]|[a-z0-9._-]{1,253})(?::\d{1,5})?$/.exec(
    (request.headers.host ?? '').toLowerCase(),
  )?.[1];
  if (name === undefined) return false;
  if (['localhost', '127.0.0.1', '[::1]'].includes(name)) return true;
  if (hosts.some((host) => host.toLowerCase() === name)) return true;
  const local = plainAddress(request.socket.localAddress);
  return local !== '' && name === (local.includes(':') ? `[${local}]` : local);
}

/**
 * Whether another site has a hand in a request: its `Origin` is not this server, or the browser says that it comes from elsewhere. A link to
 * the page may be anywhere.
 */
export function isForeign({ headers, method }: IncomingMessage): boolean {
  const { origin, host = '' } = headers;
  if (origin !== undefined && origin !== `http://${host}` && origin !== `https://${host}`) return true;
  const site = headers['sec-fetch-site'] ?? 'none';
  if (site === 'none' || site === 'same-origin') return false;
  return headers['sec-fetch-mode'] !== 'navigate' || method !== 'GET';
}

/** Whether who asks is on this computer. A connection by a socket in the file system has no address. */
export function isLocal({ socket }: IncomingMessage): boolean {
  const address = plainAddress(socket.remoteAddress);
  return address === '' || address === '::1' || /^127\./.test(address);
}

/** Who asks, as the guard counts: an address, of IPv6 the network. */
export function addressOf({ socket }: IncomingMessage): string {
  const address = plainAddress(socket.remoteAddress);
  return address.includes(':') ? address.split(':').slice(0, 4).join(':') : address;
}

/** An address of IPv4 in the dress of IPv6 without it. */
function plainAddress(address: string | undefined): string {
  return (address ?? '').toLowerCase().replace(/^::ffff:(?=\d+\.)/, '');
}

function digestOf(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
