import { randomStream, type Random } from '../random.ts';
import { Alarm, type Time } from '../time.ts';
import type { DnsHook, Fault, HttpHook, ToxicInForce, ToxicSettings } from './fault.ts';
import { momentOf } from './settings/schedule.ts';

export interface ToxicContext {
  readonly time: Time;
  readonly seed: number;
  /** Of the proxy. */
  readonly proxy: string;
  /** Its schedule has gone on or off. */
  readonly onSwitch: (isOn: boolean) => void;
}

/** What is listed of a toxic. */
export interface ToxicView extends ToxicSettings {
  /** Of one with a schedule: whether it strikes now. */
  readonly active?: boolean;
}

/** A toxic on a proxy: what it was set with, whether its schedule is on, and whom it strikes. */
export class Toxic implements ToxicInForce {
  readonly fault: Fault;
  settings: ToxicSettings;
  hook: HttpHook | DnsHook | undefined;
  /** Connections, requests or queries that it has changed. */
  changed = 0;
  /** By its schedule's times. */
  isOn = false;
  private readonly context: ToxicContext;
  private readonly alarm: Alarm;
  private setAt: number;
  private struck = 0;

  constructor(fault: Fault, settings: ToxicSettings, context: ToxicContext) {
    this.fault = fault;
    this.settings = settings;
    this.context = context;
    this.setAt = context.time.now();
    this.alarm = new Alarm(context.time, () => this.look(true));
    this.hook = this.makeHook();
    this.look(false);
  }

  /** With new attributes, toxicity, match or schedule. A schedule that differs begins anew. */
  change(settings: ToxicSettings): void {
    const before = this.settings;
    this.settings = settings;
    if (JSON.stringify(before.schedule) !== JSON.stringify(settings.schedule)) {
      this.setAt = this.context.time.now();
      this.struck = 0;
    }
    this.hook?.close?.();
    this.hook = this.makeHook();
    this.look(true);
  }

  close(): void {
    this.alarm.setTo(Number.POSITIVE_INFINITY);
    this.hook?.close?.();
  }

  /** Whether it strikes more: one whose first ones have all been struck does not. */
  get isActive(): boolean {
    return this.isOn && this.struck < (this.settings.schedule?.first ?? Number.POSITIVE_INFINITY);
  }

  strikes(number: number): boolean {
    if (!this.isActive || !this.draws(number)) return false;
    this.struck++;
    return true;
  }

  /** By its toxicity alone. */
  draws(number: number): boolean {
    return this.stream('toxicity', number)() < this.settings.toxicity;
  }

  random(number: number): Random {
    return this.stream('effect', number);
  }

  countChanged(): void {
    this.changed++;
  }

  view(): ToxicView {
    return {
      ...this.settings,
      ...(this.settings.schedule === undefined ? {} : { active: this.isActive }),
    };
  }

  /** Its own for each number, so that the n-th draws the same whatever came before it. */
  private stream(purpose: string, number: number): Random {
    const { proxy, seed } = this.context;
    return randomStream(`faults ${proxy} ${this.settings.name} ${purpose} ${number}`, seed);
  }

  private makeHook(): HttpHook | DnsHook | undefined {
    const { attributes, stream } = this.settings;
    const { time } = this.context;
    if (this.fault.layer === 'http') return this.fault.make(attributes, { time, stream });
    return this.fault.layer === 'dns' ? this.fault.make(attributes, { time, stream }) : undefined;
  }

  private look(tells: boolean): void {
    const { schedule } = this.settings;
    const was = this.isOn;
    const moment =
      schedule === undefined
        ? { isOn: true, until: Number.POSITIVE_INFINITY }
        : momentOf(schedule, this.setAt, this.context.time.now());
    this.isOn = moment.isOn;
    this.alarm.setTo(moment.until);
    if (tells && was !== this.isOn) this.context.onSwitch(this.isOn);
  }
}
