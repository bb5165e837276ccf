import { isIP } from 'node:net';
import type { Duplex } from 'node:stream';
import { type SecureContext, TLSSocket } from 'node:tls';
import type { FrontContext, Handshake, TlsFault, ToxicInForce } from '../fault.ts';
import { type DuplexEnd, duplexPair } from '../streams/duplex-pair.ts';
import type { FarSide } from '../streams/tcp-front.ts';
import type { Authority } from './authority.ts';

export interface TlsSettings {
  readonly authority: Authority;
  /** What comes out of TLS goes here. */
  readonly plain: FarSide;
  /** What is spoken within. */
  readonly alpn?: string;
}

/**
 * What a client's connection leads to where TLS is ended:
 *
 *   client ⇄ faults of streams ⇄ pair of streams ⇄ TLS, with faults of its handshake ⇄ upstream, or faults of HTTP
 */
export function tlsSide(context: FrontContext, { authority, plain, alpn }: TlsSettings): FarSide {
  const stalled = new Map<ToxicInForce, Set<DuplexEnd>>();

  const stall = (client: DuplexEnd, toxic: ToxicInForce, timeoutMs: number): void => {
    const others = stalled.get(toxic) ?? new Set();
    stalled.set(toxic, others.add(client));
    const off = timeoutMs === 0 ? undefined : context.time.after(timeoutMs, () => client.destroySoon());
    client.resume();
    client.once('end', () => client.destroySoon());
    client.once('close', () => {
      off?.();
      others.delete(client);
    });
  };

  return {
    async open(number) {
      const [near, inner] = duplexPair();
      const toxic = struckBy(context.toxics(), number);
      const handshake = toxic === undefined ? undefined : handshakeOf(toxic);
      inner.on('error', () => undefined);
      if (toxic !== undefined && handshake?.kind === 'stall') stall(inner, toxic, handshake.timeoutMs);
      else lead(secured(inner, certificateFor(context, authority, handshake), alpn), number, context, plain);
      return near;
    },
    onToxic(change, toxic) {
      // What was asked for in a handshake is not asked again: as of a connection on which nothing got through.
      if (change !== 'removed' && change !== 'changed') return;
      for (const client of stalled.get(toxic) ?? []) client.destroySoon();
      stalled.delete(toxic);
    },
    ...(plain.close === undefined ? {} : { close: () => plain.close?.() ?? Promise.resolve() }),
  };
}

function struckBy(toxics: readonly ToxicInForce[], number: number): ToxicInForce | undefined {
  const toxic = toxics.find((one) => one.fault.layer === 'tls' && one.strikes(number));
  toxic?.countChanged();
  return toxic;
}

function handshakeOf({ fault, settings }: ToxicInForce): Handshake {
  // It was found by its layer.
  return (fault as TlsFault).make(settings.attributes);
}

type ByName = (name: string | undefined) => SecureContext;

/** A certificate for the name that the client asks for; without one, for where the upstream is and for this computer. */
function certificateFor({ upstream }: FrontContext, authority: Authority, handshake?: Handshake): ByName {
  const given = handshake?.kind === 'certificate' ? handshake : undefined;
  return (name) => {
    const asked = name !== undefined && /^[A-Za-z0-9_.-]{1,253}$/.test(name) && isIP(name) === 0;
    const own = asked ? [name.toLowerCase()] : [...new Set([upstream.host, 'localhost', '127.0.0.1', '::1'])];
    return authority.context(given?.names ?? own, given?.expiredMs);
  };
}

function secured(client: DuplexEnd, byName: ByName, alpn: string | undefined): TLSSocket {
  const secure = new TLSSocket(client, {
    isServer: true,
    secureContext: byName(undefined),
    SNICallback: (name, done) => done(null, byName(name)),
    ...(alpn === undefined ? {} : { ALPNProtocols: [alpn] }),
  });
  // Who does not trust the certificate says so and goes; who speaks no TLS is not understood.
  for (const event of ['error', '_tlsError']) secure.on(event, () => secure.destroy());
  const gone = (): void => void secure.destroy();
  client.once('end', gone);
  secure.once('secure', () => client.off('end', gone));
  client.once('close', gone);
  secure.once('close', () => client.destroySoon());
  return secure;
}

/** Once the handshake is done. */
function lead(secure: TLSSocket, number: number, { counts }: FrontContext, plain: FarSide): void {
  const abort = new AbortController();
  secure.once('close', () => abort.abort());
  secure.once('secure', async () => {
    // Of a client that names no server it is false.
    const name = typeof secure.servername === 'string' ? secure.servername : undefined;
    let far: Duplex;
    try {
      far = await plain.open(number, abort.signal, name);
    } catch {
      if (!abort.signal.aborted) counts.failed++;
      secure.destroy();
      return;
    }
    if (secure.destroyed) far.destroy();
    join(secure, far);
  });
}

function join(secure: TLSSocket, far: Duplex): void {
  far.on('error', () => undefined);
  secure.pipe(far).pipe(secure);
  secure.once('close', () => far.destroy());
  // What was ended in good order ends so within TLS; what was cut has no farewell. What comes still goes nowhere.
  far.once('close', () => (far.readableEnded ? secure.destroySoon() : secure.destroy()));
}
