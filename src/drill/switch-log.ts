import type { Model } from '../model/index.ts';
import type { Time } from '../time.ts';
import { MS_PER_HOUR } from '../units.ts';
import type { RunningAdmin, Standing } from './admin.ts';

/** A switch that the running system said it had made. */
export interface SeenSwitch {
  /** Since the fault was put. */
  readonly atMs: number;
  readonly service: string;
  readonly to: string;
}

export interface SwitchLogOptions {
  readonly model: Model;
  readonly gateway: RunningAdmin;
  readonly steerer: RunningAdmin | undefined;
  readonly approves: boolean;
  /** How many seconds of the plan pass in one of the running system. */
  readonly speed: number;
  readonly time: Time;
}

const EVERY_MS = 250;

/** Where the running system has its users, as it says, and the person who agrees to switches. */
export class SwitchLog {
  readonly seen: SeenSwitch[] = [];
  private readonly options: SwitchLogOptions;
  /** By service, how long the plan gives a person. @unit ms of the running system */
  private readonly approveMs: ReadonlyMap<string, number>;
  private readonly writers: ReadonlySet<string>;
  private readonly fronts: ReadonlySet<string>;
  private readonly inUse = new Map<string, { readonly now: string; readonly first: string }>();
  private readonly waitingSince = new Map<string, number>();
  private beganMs = 0;
  private timer: NodeJS.Timeout | undefined;
  private isAsking = false;

  constructor(options: SwitchLogOptions) {
    this.options = options;
    const { model, speed } = options;
    this.approveMs = new Map(
      model.services.flatMap(({ name, redundancy }): [string, number][] =>
        redundancy?.kind === 'any' && redundancy.failover !== null
          ? [[name, (redundancy.failover.times.approve * MS_PER_HOUR) / speed]]
          : [],
      ),
    );
    this.writers = new Set(
      model.services.flatMap(({ name, lagHours }) => (lagHours === undefined ? [] : [name])),
    );
    this.fronts = new Set(
      (model.plan.services ?? []).flatMap(({ name, value }) => (value.front === true ? [name] : [])),
    );
  }

  start(): void {
    this.timer = setInterval(() => void this.look(), EVERY_MS);
    void this.look();
  }

  stop(): void {
    clearInterval(this.timer);
  }

  begin(): void {
    this.seen.length = 0;
    this.beganMs = this.options.time.now();
  }

  /** Whether the running system says where the users of a service are. */
  readonly tells = (service: string): boolean => this.inUse.has(service);

  /** A service that is not where the plan wants it first, in words; undefined where all are. */
  elsewhere(): string | undefined {
    for (const [service, { now, first }] of this.inUse) if (now !== first) return `${service} is on ${now}`;
    return undefined;
  }

  /** Moves back what never goes back by itself. */
  async bringBack(): Promise<void> {
    if (!this.options.approves) return;
    for (const [service, { now, first }] of this.inUse)
      if (now !== first && this.writers.has(service))
        await this.options.gateway.approve(service, first).catch(() => undefined);
  }

  private async look(): Promise<void> {
    if (this.isAsking) return;
    this.isAsking = true;
    const { gateway, steerer } = this.options;
    // Who does not answer now is asked again: what users get is seen apart.
    const [one, other] = await Promise.all([
      gateway.standing().catch(() => undefined),
      steerer?.standing().catch(() => undefined),
    ]);
    this.isAsking = false;
    if (one !== undefined)
      await this.take(one, gateway, (service) => steerer === undefined || !this.fronts.has(service));
    if (other !== undefined && steerer !== undefined)
      await this.take(other, steerer, (service) => this.fronts.has(service));
  }

  /** @param decides whether that process is the one that moves the users of a service */
  private async take(
    { services }: Standing,
    admin: RunningAdmin,
    decides: (service: string) => boolean,
  ): Promise<void> {
    const nowMs = this.options.time.now();
    for (const { name, inUse, alternatives, waitsForApproval } of services) {
      const [first] = alternatives;
      if (!this.approveMs.has(name) || first === undefined || !decides(name)) continue;
      const known = this.inUse.get(name);
      if (inUse !== null) {
        if (known !== undefined && known.now !== inUse)
          this.seen.push({ atMs: nowMs - this.beganMs, service: name, to: inUse });
        this.inUse.set(name, { now: inUse, first });
      }
      if (!waitsForApproval) this.waitingSince.delete(name);
      else await this.approve(name, nowMs, admin);
    }
  }

  /** Agrees once a person would have. */
  private async approve(service: string, nowMs: number, admin: RunningAdmin): Promise<void> {
    const since = this.waitingSince.get(service) ?? nowMs;
    this.waitingSince.set(service, since);
    if (!this.options.approves || nowMs - since < (this.approveMs.get(service) ?? 0)) return;
    await admin.approve(service, null).catch(() => undefined);
  }
}
