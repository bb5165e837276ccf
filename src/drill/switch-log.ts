import { labelOf, type Model, type Node } from '../model/index.ts';
import type { Time } from '../time.ts';
import { MS_PER_HOUR } from '../units.ts';
import type { Place } from './place.ts';
import type { AlternativeSeen, RunningAdmin, Standing } from './admin.ts';

/** A switch that the running system said it had made. */
export interface SeenSwitch {
  /** Since the fault was put. */
  readonly atMs: number;
  readonly service: string;
  readonly to: string;
}

/** What the running system said of itself while a fault was there. */
export interface Told {
  /** By service, why what moves its users could not be used, as it was last said. */
  readonly steeringFails: ReadonlyMap<string, string>;
  /** Alternatives whose probe was good while real requests failed: `service` and its name. */
  readonly lying: readonly { readonly service: string; readonly alternative: string }[];
  /** What came to the gateway. */
  readonly requests: number;
  /** By journey, the protections that it was served without. */
  readonly exposed: ReadonlyMap<string, ReadonlySet<string>>;
}

export interface SwitchLogOptions {
  readonly model: Model;
  readonly places: readonly Place[];
  readonly gateway: RunningAdmin;
  readonly steerer: RunningAdmin | undefined;
  readonly approves: boolean;
  /** How many seconds of the plan pass in one of the running system. */
  readonly speed: number;
  /** The slowest probe, and two seconds. @unit ms */
  readonly toleranceMs: number;
  readonly time: Time;
}

const EVERY_MS = 250;
/** Below it an alternative does not answer as it should. */
const USABLE = 0.9;
/** The tolerance is the slowest probe and more: within what is left without that, a probe has been asked again. @unit ms */
const SLACK_MS = 1_500;

/** Where the running system has its users, as it says, and the person who agrees to switches. */
export class SwitchLog {
  readonly seen: SeenSwitch[] = [];
  private readonly options: SwitchLogOptions;
  /** By service, how long the plan gives a person. @unit ms of the running system */
  private readonly approveMs: ReadonlyMap<string, number>;
  private readonly writers: ReadonlySet<string>;
  /** Services of which the alternatives are somewhere, so that the running system can tell how they do. */
  private readonly isSeen: ReadonlySet<string>;
  private readonly fronts: ReadonlySet<string>;
  /** What the plan calls the alternatives or members of a service: what is said of others is none of it. */
  private readonly known: ReadonlyMap<string, ReadonlySet<string>>;
  private readonly inUse = new Map<string, { readonly now: string; readonly first: string }>();
  private readonly waitingSince = new Map<string, number>();
  private readonly steeringFails = new Map<string, string>();
  private readonly lies = new Map<string, { service: string; alternative: string }>();
  private readonly doubted = new Map<string, { readonly level: number; readonly sinceMs: number }>();
  private readonly exposed = new Map<string, Set<string>>();
  private requestsAtBegin: number | undefined;
  private requests = 0;
  private beganMs = 0;
  private timer: NodeJS.Timeout | undefined;
  private isAsking = false;
  /** When they answered last. @unit ms of the drill's clock */
  private heard = { gateway: 0, steerer: 0 };

  constructor(options: SwitchLogOptions) {
    this.options = options;
    const { model, speed, places } = options;
    const uses = places.flatMap((place) => place.uses);
    const isSomewhere = (service: number, node: Node, i: number): boolean =>
      uses.some(
        (use) =>
          (use.kind === 'edge' && use.service === service && use.alternative === i) ||
          (use.kind === 'part' && use.name === `${model.services[service]?.name}:${i + 1}`) ||
          (use.kind === 'part' && node.kind === 'service' && use.name === model.services[node.service]?.name),
      );
    this.isSeen = new Set(
      model.services.flatMap(({ name, redundancy }, service) =>
        redundancy?.kind === 'any' && redundancy.options.every(({ node }, i) => isSomewhere(service, node, i))
          ? [name]
          : [],
      ),
    );
    this.approveMs = new Map(
      model.services.flatMap(({ name, redundancy }): [string, number][] =>
        redundancy?.kind === 'any' && redundancy.failover !== null
          ? [[name, (redundancy.failover.times.approve * MS_PER_HOUR) / speed]]
          : [],
      ),
    );
    this.known = new Map(
      model.services.map(({ name, redundancy }) => [
        name,
        new Set(
          redundancy?.kind === 'atLeast'
            ? redundancy.of.map((node, i) => labelOf(model, node, i))
            : redundancy?.options.map(({ node }, i) => labelOf(model, node, i)),
        ),
      ]),
    );
    this.writers = new Set(
      model.services.flatMap(({ name, lagHours }) => (lagHours === undefined ? [] : [name])),
    );
    this.fronts = new Set(
      (model.plan.services ?? []).flatMap(({ name, value }) => (value.front === true ? [name] : [])),
    );
  }

  start(): void {
    const nowMs = this.options.time.now();
    this.heard = { gateway: nowMs, steerer: nowMs };
    this.timer = setInterval(() => void this.look(), EVERY_MS);
    void this.look();
  }

  stop(): void {
    clearInterval(this.timer);
  }

  begin(): void {
    this.seen.length = 0;
    this.steeringFails.clear();
    this.exposed.clear();
    this.lies.clear();
    this.doubted.clear();
    this.requestsAtBegin = undefined;
    this.beganMs = this.options.time.now();
  }

  /** Requests that have come to the gateway since it started, as it last said. */
  get gatewayRequests(): number {
    return this.requests;
  }

  get told(): Told {
    return {
      steeringFails: new Map(this.steeringFails),
      lying: [...this.lies.values()],
      requests: this.requests - (this.requestsAtBegin ?? this.requests),
      exposed: new Map(this.exposed),
    };
  }

  /** Whether the running system says where the users of a service are. */
  readonly tells = (service: string): boolean => this.inUse.has(service) && this.isSeen.has(service);

  /** A service that is not where the plan wants it first, in words; undefined where all are. */
  elsewhere(): string | undefined {
    for (const [service, { now, first }] of this.inUse) if (now !== first) return `${service} is on ${now}`;
    return undefined;
  }

  /** Who has not answered for so long. @returns undefined where all have */
  silent(forMs: number): 'gateway' | 'steerer' | undefined {
    const sinceMs = this.options.time.now() - forMs;
    if (this.heard.gateway < sinceMs) return 'gateway';
    return this.options.steerer !== undefined && this.heard.steerer < sinceMs ? 'steerer' : undefined;
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
    const nowMs = this.options.time.now();
    if (one !== undefined) this.heard.gateway = nowMs;
    if (other !== undefined) this.heard.steerer = nowMs;
    if (one !== undefined)
      await this.take(one, gateway, (service) => steerer === undefined || !this.fronts.has(service));
    if (other !== undefined && steerer !== undefined)
      await this.take(other, steerer, (service) => this.fronts.has(service));
  }

  /** @param decides whether that process is the one that moves the users of a service */
  private async take(
    { services, requests, exposed }: Standing,
    admin: RunningAdmin,
    decides: (service: string) => boolean,
  ): Promise<void> {
    if (admin === this.options.gateway) {
      this.requests = requests;
      for (const [journey, missing] of exposed)
        for (const one of missing)
          this.exposed.set(journey, (this.exposed.get(journey) ?? new Set()).add(one));
      this.requestsAtBegin ??= requests;
    }
    const nowMs = this.options.time.now();
    for (const { name, inUse, alternatives, waitsForApproval, steeringFails } of services) {
      const names = this.known.get(name);
      if (names === undefined) continue;
      const first = alternatives[0]?.name;
      // The other process only looks on.
      if (!decides(name)) continue;
      if (steeringFails !== null) this.steeringFails.set(name, steeringFails);
      for (const one of alternatives) if (names.has(one.name)) this.heed(name, one);
      if (!this.approveMs.has(name) || first === undefined) continue;
      const known = this.inUse.get(name);
      if (inUse !== null && names.has(inUse)) {
        if (known !== undefined && known.now !== inUse)
          this.seen.push({ atMs: nowMs - this.beganMs, service: name, to: inUse });
        this.inUse.set(name, { now: inUse, first });
      }
      if (!waitsForApproval) this.waitingSince.delete(name);
      else await this.approve(name, nowMs, admin);
    }
  }

  /** Whether a probe says that all is well of what does not answer real requests: one that recovers is counted up with each probe. */
  private heed(service: string, { name, isProbeGood, level }: AlternativeSeen): void {
    const key = `${service} ${name}`;
    const nowMs = this.options.time.now();
    const known = this.doubted.get(key);
    if (isProbeGood !== true || level >= USABLE) this.doubted.delete(key);
    else if (known === undefined || known.level !== level) this.doubted.set(key, { level, sinceMs: nowMs });
    else if (nowMs - known.sinceMs > this.options.toleranceMs - SLACK_MS)
      this.lies.set(key, { service, alternative: name });
  }

  /** Agrees once a person would have. */
  private async approve(service: string, nowMs: number, admin: RunningAdmin): Promise<void> {
    const since = this.waitingSince.get(service) ?? nowMs;
    this.waitingSince.set(service, since);
    if (!this.options.approves || nowMs - since < (this.approveMs.get(service) ?? 0)) return;
    await admin.approve(service, null).catch(() => undefined);
  }
}
