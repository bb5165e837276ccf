import type { Time } from '../time.ts';
import type { Counts, Front } from './fault.ts';
import { placeText, readPlace } from './settings/place.ts';
import { makeFront, spokenWith, type Protocol, type Spoken } from './protocols.ts';
import { readProxyChange, type ProxySettings } from './settings/read-proxy.ts';
import { readToxic, readToxicChange } from './settings/read-toxic.ts';
import { Refusal } from './refusal.ts';
import { Toxic, type ToxicView } from './toxic.ts';
import type { Authority } from './tls/authority.ts';
import { Turns } from './turns.ts';

export interface FaultProxyContext {
  readonly time: Time;
  readonly seed: number;
  readonly allowRemote: boolean;
  readonly authority: Authority;
}

/** As the control API shows it: Toxiproxy's fields, and the protocol. */
export interface ProxyView {
  readonly name: string;
  readonly listen: string;
  readonly upstream: string;
  readonly enabled: boolean;
  readonly protocol: Protocol;
  /** Of protocol tls: whether TLS is spoken with the upstream too. */
  readonly upstream_tls?: boolean;
  readonly toxics: readonly ToxicView[];
}

export interface CountsView extends Counts {
  /** By toxic: connections, requests or queries that it has changed. */
  readonly changed: Readonly<Record<string, number>>;
}

const MOST_TOXICS = 100;

/** Stands between clients and an upstream, with toxics in between. What is changed takes hold in the order it was asked for. */
export class FaultProxy {
  readonly name: string;
  private readonly context: FaultProxyContext;
  private readonly turns = new Turns();
  private readonly toxics = new Map<string, Toxic>();
  private readonly counted: Counts = {
    accepted: 0,
    open: 0,
    failed: 0,
    requests: 0,
    upstreamBytes: 0,
    downstreamBytes: 0,
  };
  private settings: ProxySettings;
  private front: Front | undefined;
  /** What the front speaks, where there is one. */
  private speaks: Spoken | undefined;

  /** Not started yet: update({enabled: true}). */
  constructor(settings: ProxySettings, context: FaultProxyContext) {
    this.name = settings.name;
    this.settings = { ...settings, enabled: false };
    this.context = context;
  }

  get protocol(): Protocol {
    return this.settings.protocol;
  }

  /** Where it listens, or would. */
  get listen(): string {
    return placeText(this.settings.listen);
  }

  /**
   * Changes where it listens, its upstream, or whether it is enabled: one that is not refuses connections, and those that are open are cut.
   * So are they when it is to stand elsewhere.
   *
   * @throws Refusal 400 what is sent is wrong, 500 it cannot listen there
   */
  update(given: unknown): Promise<void> {
    return this.turns.take(async () => {
      const wanted = readProxyChange(given, this.settings, this.context.allowRemote);
      const { listen, upstream, upstreamTls } = this.settings;
      const moves =
        placeText(wanted.listen) !== placeText(listen) ||
        placeText(wanted.upstream) !== placeText(upstream) ||
        wanted.upstreamTls !== upstreamTls;
      if (moves || !wanted.enabled) await this.stop();
      this.settings = { ...wanted, enabled: this.front !== undefined };
      if (wanted.enabled && this.front === undefined) await this.start();
    });
  }

  /** @throws Refusal 400 what is sent is wrong, 409 there is one of that name */
  setToxic(given: unknown): Promise<Toxic> {
    return this.turns.take(async () => {
      const { fault, settings } = readToxic(given, this.settings.protocol);
      if (this.toxics.has(settings.name)) throw new Refusal(409, 'toxic already exists');
      if (this.toxics.size >= MOST_TOXICS)
        throw new Refusal(409, 'too many toxics', [`Expected at most ${MOST_TOXICS} on one proxy.`]);
      const toxic = new Toxic(fault, settings, {
        ...this.context,
        proxy: this.name,
        onSwitch: (isOn) => void this.front?.onToxic?.(isOn ? 'on' : 'off', toxic),
      });
      this.toxics.set(settings.name, toxic);
      if (this.speaks !== undefined && spokenWith(this.speaks, fault.layer) !== this.speaks) {
        // What is under way cannot be read as something else from its middle on.
        await this.stop();
        await this.start();
      }
      await this.front?.onToxic?.('set', toxic);
      return toxic;
    });
  }

  /** What is left out stays. @throws Refusal 400 what is sent is wrong, 404 there is none of that name */
  changeToxic(name: string, given: unknown): Promise<Toxic> {
    return this.turns.take(async () => {
      const toxic = this.toxic(name);
      toxic.change(readToxicChange(given, toxic.fault, toxic.settings));
      await this.front?.onToxic?.('changed', toxic);
      return toxic;
    });
  }

  /** @throws Refusal 404 there is none of that name */
  removeToxic(name: string): Promise<void> {
    return this.turns.take(async () => this.drop(this.toxic(name)));
  }

  /** Removes every toxic, and enables it. @throws Refusal 500 it cannot listen */
  reset(): Promise<void> {
    return this.turns.take(async () => {
      for (const toxic of [...this.toxics.values()]) await this.drop(toxic);
      if (this.front === undefined) await this.start();
    });
  }

  /** Nothing is left behind. */
  close(): Promise<void> {
    return this.turns.take(async () => {
      await this.stop();
      for (const toxic of this.toxics.values()) toxic.close();
      this.toxics.clear();
    });
  }

  /** @throws Refusal 404 there is none of that name */
  toxic(name: string): Toxic {
    const toxic = this.toxics.get(name);
    if (toxic === undefined) throw new Refusal(404, 'toxic not found');
    return toxic;
  }

  view(): ProxyView {
    const { upstream, enabled, protocol, upstreamTls } = this.settings;
    return {
      name: this.name,
      listen: this.listen,
      upstream: placeText(upstream),
      enabled,
      protocol,
      ...(protocol === 'tls' ? { upstream_tls: upstreamTls } : {}),
      toxics: [...this.toxics.values()].map((toxic) => toxic.view()),
    };
  }

  counts(): CountsView {
    return {
      ...this.counted,
      changed: Object.fromEntries([...this.toxics].map(([name, { changed }]) => [name, changed])),
    };
  }

  private async drop(toxic: Toxic): Promise<void> {
    this.toxics.delete(toxic.settings.name);
    toxic.close();
    await this.front?.onToxic?.('removed', toxic);
  }

  private spoken(): Spoken {
    const { protocol } = this.settings;
    return [...this.toxics.values()].reduce<Spoken>(
      (spoken, { fault }) => spokenWith(spoken, fault.layer),
      protocol,
    );
  }

  private async start(): Promise<void> {
    const { listen, upstream } = this.settings;
    const speaks = this.spoken();
    const front = makeFront(speaks, {
      name: this.name,
      listen,
      upstream,
      upstreamTls: this.settings.upstreamTls,
      authority: this.context.authority,
      time: this.context.time,
      toxics: () => [...this.toxics.values()],
      counts: this.counted,
    });
    try {
      const place = await front.start();
      // A port that the system gave is kept when it is enabled again.
      this.settings = { ...this.settings, listen: readPlace(place) ?? listen, enabled: true };
      this.front = front;
      this.speaks = speaks;
    } catch (cause) {
      await front.stop();
      const why = cause instanceof Error && 'code' in cause ? String(cause.code) : String(cause);
      throw new Refusal(500, `listen ${placeText(listen)}`, [`Expected to listen there, found ${why}.`]);
    }
  }

  private async stop(): Promise<void> {
    const { front } = this;
    this.front = undefined;
    this.speaks = undefined;
    this.settings = { ...this.settings, enabled: false };
    await front?.stop();
  }
}
