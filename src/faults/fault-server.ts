import { systemTime, type Time } from '../time.ts';
import { FaultProxy, type FaultProxyContext } from './fault-proxy.ts';
import { readProxy, type ProxySettings } from './settings/read-proxy.ts';
import { readToxic, type ReadToxic } from './settings/read-toxic.ts';
import { placeText } from './settings/place.ts';
import { badRequest, Refusal } from './refusal.ts';
import { Authority } from './tls/authority.ts';
import { isRecord, shown } from './settings/shown.ts';
import { Turns } from './turns.ts';

export interface FaultServerOptions {
  /** Whole number: the same one draws the same for the n-th connection or request of a proxy. @default 1 */
  readonly seed?: number;
  /** Proxies may listen for others than this computer. @default false */
  readonly allowRemote?: boolean;
  /** What delays and schedules are measured by. @default the system's */
  readonly time?: Time;
}

const MOST_PROXIES = 1000;

/** Proxies by their names. In a process of its own it is driven by the control API (api/control.ts). */
export class FaultServer {
  private readonly context: FaultProxyContext;
  private readonly turns = new Turns();
  private readonly named = new Map<string, FaultProxy>();

  constructor({ seed = 1, allowRemote = false, time = systemTime() }: FaultServerOptions = {}) {
    this.context = { seed, allowRemote, time, authority: new Authority(time) };
  }

  /** What signs the certificates of proxies of protocol tls: PEM, for clients to trust. */
  get authority(): string {
    return this.context.authority.pem;
  }

  get proxies(): readonly FaultProxy[] {
    return [...this.named.values()];
  }

  /** @throws Refusal 404 there is none of that name */
  proxy(name: string): FaultProxy {
    const proxy = this.named.get(name);
    if (proxy === undefined) throw new Refusal(404, 'proxy not found');
    return proxy;
  }

  /**
   * @param given `{name, listen?, upstream, enabled?, protocol?, toxics?}`, from outside
   * @throws Refusal 400 it is wrong, 409 there is one of that name, 500 it cannot listen there
   */
  create(given: unknown): Promise<FaultProxy> {
    return this.turns.take(async () => {
      const wanted = this.read(given);
      if (this.named.has(wanted.settings.name)) throw new Refusal(409, 'proxy already exists');
      return this.add(wanted);
    });
  }

  /**
   * Several at once. One that stands already, with the same places and protocol, is left as it is; with others it is replaced.
   *
   * @param given a list of what `create` takes
   * @throws Refusal 400 with everything that is wrong with any, and nothing is changed; 500 one cannot listen, and those before it stand
   */
  populate(given: unknown): Promise<readonly FaultProxy[]> {
    return this.turns.take(async () => {
      const made: FaultProxy[] = [];
      for (const wanted of this.readAll(given)) {
        const before = this.named.get(wanted.settings.name);
        if (before !== undefined && isAlike(before, wanted.settings)) {
          made.push(before);
          continue;
        }
        await this.drop(before);
        made.push(await this.add(wanted));
      }
      return made;
    });
  }

  /** @throws Refusal 404 there is none of that name */
  remove(name: string): Promise<void> {
    return this.turns.take(() => this.drop(this.proxy(name)));
  }

  /** Removes every toxic, and enables every proxy. @throws Refusal 500 one cannot listen */
  reset(): Promise<void> {
    return this.turns.take(async () => {
      for (const proxy of this.named.values()) await proxy.reset();
    });
  }

  /** Nothing is left behind: no socket, no timer. */
  close(): Promise<void> {
    return this.turns.take(async () => {
      await Promise.all(this.proxies.map((proxy) => this.drop(proxy)));
    });
  }

  private read(given: unknown): Wanted {
    const settings = readProxy(given, this.context.allowRemote);
    const toxics: unknown = isRecord(given) ? (given.toxics ?? []) : [];
    if (!Array.isArray(toxics)) throw badRequest([`Expected toxics to be a list, found ${shown(toxics)}.`]);
    return { settings, toxics: toxics.map((toxic) => readToxic(toxic, settings.protocol)) };
  }

  private readAll(given: unknown): readonly Wanted[] {
    if (!Array.isArray(given)) throw badRequest([`Expected a list of proxies, found ${shown(given)}.`]);
    const mistakes: string[] = [];
    const all: Wanted[] = [];
    for (const [index, one] of given.entries())
      try {
        const wanted = this.read(one);
        if (all.some(({ settings }) => settings.name === wanted.settings.name))
          mistakes.push(
            `Proxy ${index + 1}: Expected each name once, found ${shown(wanted.settings.name)} again.`,
          );
        all.push(wanted);
      } catch (error) {
        if (!(error instanceof Refusal)) throw error;
        mistakes.push(...error.mistakes.map((mistake) => `Proxy ${index + 1}: ${mistake}`));
      }
    if (mistakes.length > 0) throw badRequest(mistakes);
    return all;
  }

  private async add({ settings, toxics }: Wanted): Promise<FaultProxy> {
    if (this.named.size >= MOST_PROXIES)
      throw new Refusal(409, 'too many proxies', [`Expected at most ${MOST_PROXIES}.`]);
    const proxy = new FaultProxy(settings, this.context);
    try {
      for (const toxic of toxics) await proxy.setToxic(toxic.settings);
      if (settings.enabled) await proxy.update({ enabled: true });
    } catch (error) {
      await proxy.close();
      throw error;
    }
    this.named.set(proxy.name, proxy);
    return proxy;
  }

  private async drop(proxy: FaultProxy | undefined): Promise<void> {
    if (proxy === undefined) return;
    this.named.delete(proxy.name);
    await proxy.close();
  }
}

interface Wanted {
  readonly settings: ProxySettings;
  readonly toxics: readonly ReadToxic[];
}

function isAlike(proxy: FaultProxy, { listen, upstream, protocol, upstreamTls }: ProxySettings): boolean {
  const view = proxy.view();
  return (
    view.listen === placeText(listen) &&
    view.upstream === placeText(upstream) &&
    view.protocol === protocol &&
    (view.upstream_tls ?? false) === upstreamTls
  );
}
