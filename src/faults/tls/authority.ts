import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { createSecureContext, type SecureContext } from 'node:tls';
import type { Time } from '../../time.ts';
import { makeCertificate } from './certificate.ts';

/** @unit ms */
const DAY = 86_400_000;
const MOST_KEPT = 1000;
const ISSUER = 'Keelson faults, for tests alone';

interface Keys {
  readonly publicKey: KeyObject;
  readonly privateKey: KeyObject;
}

/** What signs the certificates of one fault server. It is made when it is first asked for, its key is never written down, and it ends with the process. */
export class Authority {
  private readonly time: Time;
  private made: { readonly keys: Keys; readonly leafKeys: Keys; readonly pem: string } | undefined;
  private readonly contexts = new Map<string, SecureContext>();

  constructor(time: Time) {
    this.time = time;
  }

  /** What clients are to trust. */
  get pem(): string {
    return this.own.pem;
  }

  /**
   * A certificate for these names and its key.
   *
   * @param expiredMs for how long it has been out of date; less than none: it is good for so long still
   */
  context(names: readonly string[], expiredMs = -30 * DAY): SecureContext {
    const key = JSON.stringify([names, expiredMs]);
    const kept = this.contexts.get(key);
    if (kept !== undefined) return kept;
    const { keys, leafKeys, pem } = this.own;
    const until = this.time.now() - expiredMs;
    const cert = makeCertificate({
      subject: names[0]?.slice(0, 64) ?? '',
      issuer: ISSUER,
      publicKey: leafKeys.publicKey,
      issuerKeys: keys,
      from: until - 90 * DAY,
      until,
      names,
    });
    const context = createSecureContext({
      cert: cert + pem,
      key: leafKeys.privateKey.export({ type: 'pkcs8', format: 'pem' }),
      minVersion: 'TLSv1.2',
    });
    // Whoever asks for ever new names has those of before made again.
    if (this.contexts.size >= MOST_KEPT) this.contexts.clear();
    this.contexts.set(key, context);
    return context;
  }

  private get own(): NonNullable<typeof this.made> {
    if (this.made !== undefined) return this.made;
    const keys = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const pem = makeCertificate({
      subject: ISSUER,
      issuer: ISSUER,
      publicKey: keys.publicKey,
      issuerKeys: keys,
      // Certificates that were good until long ago are its own too.
      from: this.time.now() - 20_000 * DAY,
      until: this.time.now() + 3650 * DAY,
      names: [],
    });
    this.made = { keys, leafKeys: generateKeyPairSync('ec', { namedCurve: 'P-256' }), pem };
    return this.made;
  }
}
