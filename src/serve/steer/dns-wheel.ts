import { randomInt } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { KeelsonError } from '../../errors.ts';
import { dnsName, isWithin, type DnsName } from '../../dns/name.ts';
import type { TsigAlgorithm } from '../../dns/tsig.ts';
import { serverText, type DnsServer } from './dns-exchange.ts';
import { DnsPrimary } from './dns-primary.ts';
import {
  isSame,
  isSamePlace,
  STEERED,
  standingOf,
  standingText,
  type DnsAnswer,
  type Standing,
} from './dns-zone.ts';
import type { Wheel, WheelCheck } from './wheel.ts';

export interface DnsWheelOptions {
  readonly zone: string;
  /** What users resolve; in the zone. */
  readonly name: string;
  /** How long resolvers keep it. @unit seconds, 1 to 86,400 */
  readonly ttlSeconds: number;
  /** The zone's primary, which may be hidden. @default port 53 */
  readonly server: { readonly host: string; readonly port?: number };
  /** May update the name, and ask; at least 16 octets of secret. */
  readonly key: { readonly name: string; readonly algorithm: TsigAlgorithm; readonly secret: Uint8Array };
  /** By alternative; no two alike. */
  readonly answers: readonly DnsAnswer[];
  /** The time since 1970. @unit seconds @default the system's */
  readonly nowSeconds?: () => number;
  /** The id of a message, 0 to 65,535. @default unpredictable */
  readonly messageId?: () => number;
  /** How long UDP is given before the same is asked by TCP. @unit ms @default 1_000 */
  readonly udpTimeoutMs?: number;
}

/** Moves users by dynamic DNS updates (RFC 2136), signed (RFC 8945), at the primary of the zone. */
export class DnsWheel implements Wheel {
  private readonly zone: DnsName;
  private readonly name: DnsName;
  private readonly server: DnsServer;
  private readonly primary: DnsPrimary;
  /** By alternative. */
  private readonly wanted: readonly Standing[];
  /** What stood there when it was last looked at: an update that is based on it fails once somebody else has changed it. */
  private seen: Standing | undefined;
  /** What own updates, of unknown outcome as yet, may have put there. */
  private attempted: readonly Standing[] = [];
  /** Counts turns begun and ended: what a check finds that spans one is not what was last seen. */
  private turns = 0;

  /** @throws KeelsonError `wheel-setting` */
  constructor(options: DnsWheelOptions) {
    const { key, nowSeconds = () => Math.floor(Date.now() / 1000), udpTimeoutMs = 1_000 } = options;
    this.zone = dnsName(options.zone);
    this.name = dnsName(options.name);
    this.wanted = options.answers.map((answer) => standingOf(answer, options.ttlSeconds));
    checkOptions(options, this.zone, this.name, this.wanted);
    this.server = { ...options.server, key: { ...key, name: dnsName(key.name) } };
    this.primary = new DnsPrimary({
      server: this.server,
      zone: this.zone,
      name: this.name,
      nowSeconds,
      udpTimeoutMs,
      messageId: options.messageId ?? (() => randomInt(65_536)),
    });
  }

  describe(to: number): readonly string[] {
    const { name, algorithm } = this.server.key;
    return [
      `update ${this.zone} at ${serverText(this.server)}, signed with the key ${name} (${algorithm}):`,
      `only if nobody else has changed ${this.name} since it was last seen,`,
      `replace its A, AAAA and CNAME records by ${standingText(this.wantedOf(to))},`,
      'then ask the same server whether that is what it answers.',
    ];
  }

  async check(signal: AbortSignal): Promise<WheelCheck> {
    const turns = this.turns;
    const types = STEERED.filter((type) => this.wanted.some((wanted) => wanted[type].values.length > 0));
    try {
      await this.primary.checkZone(signal);
      const standing = await this.primary.checkRights(types, signal);
      if (turns === this.turns) this.seen = standing;
      const found = this.wanted.findIndex((wanted) => isSamePlace(wanted, standing));
      const words = `${this.name} is ${standingText(standing)}`;
      if (found === -1) return { ok: true, inForce: undefined, isElsewhere: true, words };
      return { ok: true, inForce: found, words };
    } catch (error) {
      if (error instanceof KeelsonError) return { ok: false, why: error.message };
      throw error;
    }
  }

  async turn(to: number, signal: AbortSignal): Promise<void> {
    const wanted = this.wantedOf(to);
    this.turns++;
    try {
      const seen = this.seen ?? (await this.primary.look(signal));
      if (await this.replace(seen, wanted, signal)) return;
      const found = await this.primary.look(signal);
      if (isSame(found, wanted)) return this.settle(found);
      // Not somebody else: an earlier update of our own, of which no answer came.
      const isOwn = this.attempted.some((attempted) => isSame(attempted, found));
      if (isOwn && (await this.replace(found, wanted, signal))) return;
      throw isSamePlace(found, seen) ? this.primary.inTheWay() : this.moved(seen, found);
    } finally {
      this.turns++;
    }
  }

  private wantedOf(to: number): Standing {
    const wanted = this.wanted[to];
    if (wanted === undefined) throw new RangeError(`Expected 0 to ${this.wanted.length - 1}, found ${to}.`);
    return wanted;
  }

  /** Puts one in the place of the other and confirms it. False when the other does not stand there. */
  private async replace(seen: Standing, wanted: Standing, signal: AbortSignal): Promise<boolean> {
    if (isSame(seen, wanted)) {
      const found = await this.primary.look(signal);
      return isSame(found, wanted);
    }
    this.attempted = [wanted, ...this.attempted].slice(0, MOST_ATTEMPTED);
    try {
      if ((await this.primary.replace(seen, wanted, signal)) === 'moved') return false;
    } catch (error) {
      if (!(error instanceof KeelsonError) || !UNKNOWN_AFTER.has(error.code)) throw error;
      if (await this.hasArrived(wanted, signal)) return true;
      throw this.unknown(error);
    }
    await this.confirm(wanted, signal);
    return true;
  }

  /** Asked again for a moment while it is not what is wanted: some primaries accept before they serve. */
  private async confirm(wanted: Standing, signal: AbortSignal): Promise<void> {
    try {
      for (let i = 0; ; i++) {
        const found = await this.primary.look(signal);
        if (isSame(found, wanted)) return this.settle(found);
        if (i === CONFIRMATIONS) throw this.unconfirmed(`It answers ${standingText(found)}.`);
        await wait(CONFIRM_EVERY_MS);
      }
    } catch (error) {
      if (!(error instanceof KeelsonError) || error.code === 'wheel-unconfirmed') throw error;
      throw this.unconfirmed(error.message, error);
    }
  }

  private async hasArrived(wanted: Standing, signal: AbortSignal): Promise<boolean> {
    if (signal.aborted) return false;
    try {
      const found = await this.primary.look(signal);
      if (!isSame(found, wanted)) return false;
      this.settle(found);
      return true;
    } catch (error) {
      if (error instanceof KeelsonError) return false;
      throw error;
    }
  }

  private settle(standing: Standing): void {
    this.seen = standing;
    this.attempted = [];
  }

  private moved(seen: Standing, found: Standing): KeelsonError {
    return new KeelsonError(
      'wheel-moved',
      `Somebody else has changed ${this.name}: expected ${standingText(seen)}, found ${standingText(found)}.`,
      { hint: 'Find out who steers it beside Keelson; nothing was changed.' },
    );
  }

  private unknown(cause: KeelsonError): KeelsonError {
    return new KeelsonError(
      'wheel-unknown',
      `Whether ${this.name} has been changed is not known. ${cause.message}`,
      { hint: TRY_AGAIN, cause },
    );
  }

  private unconfirmed(what: string, cause?: unknown): KeelsonError {
    return new KeelsonError(
      'wheel-unconfirmed',
      `The change of ${this.name} was accepted, and could not be confirmed. ${what}`,
      { hint: TRY_AGAIN, cause },
    );
  }
}

const UNKNOWN_AFTER: ReadonlySet<string> = new Set(['wheel-silent', 'wheel-untrusted', 'dns-malformed']);
const MOST_ATTEMPTED = 8;
const CONFIRMATIONS = 5;
const CONFIRM_EVERY_MS = 100;
const MOST_ADDRESSES = 64;
const TRY_AGAIN = 'Turning it again to the same alternative is safe.';

function checkOptions(
  { ttlSeconds, key, answers }: DnsWheelOptions,
  zone: DnsName,
  name: DnsName,
  wanted: readonly Standing[],
): void {
  if (!Number.isInteger(ttlSeconds) || ttlSeconds < 1 || ttlSeconds > 86_400)
    throw setting(`Expected a time to live of 1 to 86400 s, found ${ttlSeconds}.`);
  if (!isWithin(name, zone)) throw setting(`Expected a name in the zone ${zone}, found ${name}.`);
  if (key.secret.length < 16)
    throw setting(
      `Expected at least 16 octets of secret for the key ${key.name}, found ${key.secret.length}.`,
    );
  if (name === zone && answers.some(({ kind }) => kind === 'name'))
    throw setting(`Expected addresses for ${name}: a zone's own name cannot be a CNAME.`);
  if (answers.some((answer) => answer.kind === 'addresses' && answer.addresses.length > MOST_ADDRESSES))
    throw setting(`Expected at most ${MOST_ADDRESSES} addresses an alternative.`);
  if (wanted.some((one, i) => wanted.slice(0, i).some((other) => isSamePlace(one, other))))
    throw setting(`Expected each alternative of ${name} to send users elsewhere.`);
}

function setting(message: string): KeelsonError {
  return new KeelsonError('wheel-setting', message, { hint: "See the `steer` of the plan's front." });
}
