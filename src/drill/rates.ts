import { setTimeout } from 'node:timers/promises';
import type { Time } from '../time.ts';
import type { Injection } from './injection.ts';
import type { SwitchLog } from './switch-log.ts';

/** By address, and for the gateway: how often it has been asked. Nothing where nobody counts. */
export type Asked = ReadonlyMap<string, number>;

/** Among addresses. */
const GATEWAY = 'the gateway';
/** How long it is counted what is usual. @unit ms */
const COUNTED_MS = 2_000;

/** How often parts and the gateway are asked, beside how often they are while all is well. */
export class Rates {
  private readonly injection: Injection;
  private readonly switches: SwitchLog;
  private readonly time: Time;
  private usual: Asked = new Map();

  constructor(injection: Injection, switches: SwitchLog, time: Time) {
    this.injection = injection;
    this.switches = switches;
    this.time = time;
  }

  /** What has been asked until now. */
  async asked(): Promise<Asked> {
    return new Map([...(await this.injection.counts()), [GATEWAY, this.switches.gatewayRequests]]);
  }

  /** Counts what is usual, while all is well. */
  async measure(signal: AbortSignal): Promise<void> {
    const before = await this.asked();
    const beganMs = this.time.now();
    await setTimeout(COUNTED_MS, undefined, { signal }).catch(() => undefined);
    this.usual = aSecond(before, await this.asked(), this.time.now() - beganMs);
  }

  /** How many times as often as usual what is asked most was asked: parts beside the busiest of them, the gateway beside itself. */
  amplification(before: Asked, after: Asked, lastedMs: number): number {
    const now = aSecond(before, after, Math.max(lastedMs, 1_000));
    const most = (rates: Asked): number =>
      Math.max(0, ...[...rates].flatMap(([address, rate]) => (address === GATEWAY ? [] : [rate])));
    const times = [
      most(now) / Math.max(1, most(this.usual)),
      (now.get(GATEWAY) ?? 0) / Math.max(1, this.usual.get(GATEWAY) ?? 0),
    ];
    return Math.round(Math.max(...times) * 100) / 100;
  }
}

function aSecond(before: Asked, after: Asked, lastedMs: number): Map<string, number> {
  return new Map(
    [...after].map(([at, count]) => [at, ((count - (before.get(at) ?? 0)) * 1_000) / Math.max(1, lastedMs)]),
  );
}
