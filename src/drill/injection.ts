import { KeelsonError } from '../errors.ts';
import { ControlApi, Refused, type ControlledProxy } from './control-api.ts';
import { OWN, type DrillJournal, type Put } from './journal.ts';
import type { FailsAs } from './result.ts';

/** A fault that nobody takes away ends by itself so much later than it was to. @unit ms */
const GRACE_MS = 60_000;

export interface InjectionOptions {
  readonly control: string;
  /** Undefined where what is put ends with this process. */
  readonly journal: DrillJournal | undefined;
  /** Addresses of the plan: nothing else is touched. */
  readonly addresses: readonly string[];
  /** Which proxy stands before which address. @default the one that listens there */
  readonly proxies?: ReadonlyMap<string, string>;
}

/** A fault proxy, as far as it is known what can be put through it. */
export interface Controlled {
  /** Its control API. */
  readonly url: string;
  /** Names of its proxies, by the addresses of the plan that they stand at. */
  readonly proxies: ReadonlyMap<string, string>;
  /** Faults that it knows beyond Toxiproxy's; none where it is Toxiproxy. */
  readonly types: ReadonlySet<string>;
}

/**
 * Faults put before parts of a plan through a fault proxy. Only proxies that listen at an address of the plan are touched, and of those
 * only what a drill has put itself.
 */
export class Injection {
  private readonly api: ControlApi;
  private readonly journal: DrillJournal | undefined;
  private readonly addresses: readonly string[];
  private readonly known: ReadonlyMap<string, string> | undefined;
  private readonly byAddress = new Map<string, string>();
  private types: ReadonlySet<string> = new Set();
  private readonly put = new Map<string, Put>();
  private readonly shares = new Map<string, number>();
  private number = 0;
  private taken = 0;

  constructor({ control, journal, addresses, proxies }: InjectionOptions) {
    this.api = new ControlApi(control);
    this.journal = journal;
    this.addresses = addresses;
    this.known = proxies;
  }

  /** Finds the proxies of the plan. @returns what stands there @throws KeelsonError `drill-unreachable`, `drill-disabled` */
  async open(): Promise<string> {
    const version = await this.api.version();
    this.types = await this.api.faults();
    const proxies = await this.api.proxies();
    const { hostname } = new URL(this.api.url);
    for (const address of this.addresses) {
      const own = this.known?.get(address);
      const proxy = proxies.find(({ name, listen }) =>
        this.known === undefined ? isSame(listen, address, hostname) : name === own,
      );
      if (proxy === undefined) continue;
      await this.clean(proxy);
      this.byAddress.set(address, proxy.name);
    }
    return this.types.size > 0 ? `keelson faults ${version}` : `toxiproxy ${version}`;
  }

  /** Whether a proxy stands there. */
  reaches(address: string): boolean {
    return this.byAddress.has(address);
  }

  /** How much of earlier drills was still there when it was opened, and was taken away. */
  get leftovers(): number {
    return this.taken;
  }

  /** Why a kind of failing cannot be put; undefined where it can. */
  lacks(as: FailsAs): string | undefined {
    return lacks(this.types, as);
  }

  /** What another tool needs to put the same faults. */
  get controlled(): Controlled {
    return { url: this.api.url, proxies: this.byAddress, types: this.types };
  }

  /**
   * Fails addresses, each for a share of its requests: below 1 by answering so many with 503. Those that were failed before and are not among them are
   * well again.
   *
   * @param forMs after which all of it is to be taken away @throws KeelsonError `drill-unreachable`, `drill-refused`
   */
  async fail(shares: ReadonlyMap<string, number>, as: FailsAs, forMs: number): Promise<void> {
    await this.lift([...this.put.keys()].filter((address) => !shares.has(address)));
    // What is on its way when another one fails would arrive after all has been taken away.
    await allOf([...shares].map(([address, share]) => this.failOne(address, as, forMs, share)));
  }

  /** Whether it can be that only some requests fail. */
  get isPartial(): boolean {
    return lacks(this.types, 'error') === undefined;
  }

  /**
   * Takes away what was put at these addresses, all of it without any, and looks whether it has gone.
   *
   * @throws KeelsonError `drill-unreachable`, `drill-refused`; what has not been seen to have gone is tried again the next time
   */
  async lift(addresses: readonly string[] = [...this.put.keys()]): Promise<void> {
    const puts = addresses.flatMap((address): [string, Put][] => {
      const put = this.put.get(address);
      return put === undefined ? [] : [[address, put]];
    });
    if (puts.length === 0) return;
    await allOf(puts.map(([, put]) => lift(this.api, put)));
    const proxies = await this.api.proxies();
    for (const [address, put] of puts) {
      if (isThere(proxies, put)) continue;
      this.put.delete(address);
      this.journal?.lifted(put);
    }
    const still = puts.find(([address]) => this.put.has(address));
    if (still !== undefined)
      throw new KeelsonError('drill-refused', `What was put before ${still[0]} is still there.`);
  }

  /** By address, how many connections and requests there have been; nothing where nobody counts. */
  async counts(): Promise<ReadonlyMap<string, number>> {
    const found = new Map<string, number>();
    await Promise.all(
      [...this.byAddress].map(async ([address, proxy]) => {
        const counts = await this.api.counts(proxy);
        if (counts !== undefined) found.set(address, Math.max(counts.connections, counts.requests));
      }),
    );
    return found;
  }

  private async failOne(address: string, as: FailsAs, forMs: number, share: number): Promise<void> {
    const before = this.put.get(address);
    if (before !== undefined && this.shares.get(address) === share) return;
    const proxy = this.byAddress.get(address);
    if (proxy === undefined)
      throw new KeelsonError('drill-unreachable', `No proxy stands before ${address}: it cannot be failed.`);
    const how = share < 1 ? 'error' : as;
    const toxic = isDisabling(this.types, how) ? undefined : `${OWN}${++this.number}`;
    const put: Put = { control: this.api.url, proxy, toxic };
    // Two at once cannot be told apart once something goes wrong.
    if (before !== undefined) await this.lift([address]);
    this.journal?.put(put);
    this.put.set(address, put);
    this.shares.set(address, share);
    if (toxic === undefined) await this.api.enable(proxy, false);
    else await this.api.add(proxy, { ...toxicOf(this.types, toxic, how, forMs), toxicity: share });
  }

  /** What an earlier drill left there. */
  private async clean(proxy: ControlledProxy): Promise<void> {
    for (const toxic of proxy.toxics) {
      if (!toxic.startsWith(OWN)) continue;
      await this.api.remove(proxy.name, toxic);
      this.taken++;
    }
    if (!proxy.enabled)
      throw new KeelsonError('drill-disabled', `The proxy ${proxy.name} at ${proxy.listen} is disabled.`, {
        hint: 'Something else is at work there, or was. Enable it, or take away what an earlier drill left: keelson drill PLAN --restore.',
      });
  }
}

/**
 * What stands at a control API, and at addresses of a plan. Nothing is touched, whatever is found there.
 *
 * @throws KeelsonError `drill-unreachable`, `drill-refused`
 */
export async function controlledAt(control: string, addresses: readonly string[]): Promise<Controlled> {
  const api = new ControlApi(control);
  const types = await api.faults();
  const found = await api.proxies();
  const { hostname } = new URL(api.url);
  const proxies = new Map<string, string>();
  for (const address of addresses) {
    const proxy = found.find(({ listen }) => isSame(listen, address, hostname));
    if (proxy !== undefined) proxies.set(address, proxy.name);
  }
  return { url: api.url, proxies, types };
}

/** Why a fault proxy with these types cannot put a kind of failing. */
export function lacks(types: ReadonlySet<string>, as: FailsAs): string | undefined {
  if (as === 'error' && !types.has('http_status'))
    return 'The fault proxy has no http_status: Toxiproxy fails connections, not answers. Start keelson faults in its place.';
  return undefined;
}

/** Whether a proxy is disabled where a fault would be put: Toxiproxy knows none that refuses. */
export function isDisabling(types: ReadonlySet<string>, as: FailsAs): boolean {
  return as === 'refuse' && !types.has('down');
}

/** @param forMs after which it is to be taken away: later it ends by itself, where the proxy knows how */
export function toxicOf(
  types: ReadonlySet<string>,
  name: string,
  as: FailsAs,
  forMs: number,
): Record<string, unknown> {
  // Only ours knows schedules; another one would ignore it.
  const ends = types.size > 0 ? { schedule: { for: Math.ceil(forMs + GRACE_MS) } } : {};
  const common = { name, stream: 'downstream', toxicity: 1, ...ends };
  if (as === 'refuse') return { ...common, type: 'down', attributes: {} };
  if (as === 'hang') return { ...common, type: 'timeout', attributes: { timeout: 0 } };
  return { ...common, type: 'http_status', attributes: { status: 503 } };
}

/**
 * Takes away what an earlier drill of this plan left behind.
 *
 * @returns how much that was
 * @throws KeelsonError `drill-journal` where that is not at the control API of this plan: nothing else is touched
 */
export async function restoreLeft(journal: DrillJournal, control: string): Promise<number> {
  const { left } = journal;
  if (left.length === 0) return 0;
  const api = new ControlApi(control);
  const other = left.find((put) => put.control !== api.url);
  if (other !== undefined)
    throw new KeelsonError(
      'drill-journal',
      `Expected what was put by ${control === '' ? 'a drill without control' : api.url} in ${journal.file}, found something of ${other.control}.`,
      { hint: 'Restore it with the plan that it was put with, or name another folder: --state.' },
    );
  // Something else may stand there now, and say of everything that it is not there.
  await api.proxies();
  for (const put of left) {
    await lift(api, put);
    journal.lifted(put);
  }
  return left.length;
}

/** What is not there is taken as taken away. */
async function lift(api: ControlApi, { proxy, toxic }: Put): Promise<void> {
  const done = toxic === undefined ? api.enable(proxy, true) : api.remove(proxy, toxic);
  await done.catch((error: unknown) => {
    if (!(error instanceof Refused && error.status === 404)) throw error;
  });
}

function isThere(proxies: readonly ControlledProxy[], { proxy, toxic }: Put): boolean {
  const found = proxies.find(({ name }) => name === proxy);
  if (found === undefined) return false;
  return toxic === undefined ? !found.enabled : found.toxics.includes(toxic);
}

/** Waits for all of them, also where one has failed. @throws what the first one threw */
async function allOf(all: readonly Promise<void>[]): Promise<void> {
  for (const one of await Promise.allSettled(all)) if (one.status === 'rejected') throw one.reason;
}

/**
 * Whether a proxy that listens somewhere is what a plan means by an address.
 *
 * @param host of the control API: what listens on every address listens there too
 */
export function isSame(listen: string, address: string, host: string): boolean {
  const [at, wanted] = [parts(listen), parts(address)];
  if (at.port !== wanted.port) return false;
  const isEvery = ['', '0.0.0.0', '::'].includes(at.host);
  return isEvery
    ? isLoopback(wanted.host) || wanted.host === host
    : plainHost(at.host) === plainHost(wanted.host);
}

function parts(address: string): { readonly host: string; readonly port: string } {
  const at = address.lastIndexOf(':');
  return {
    host: address
      .slice(0, at)
      .replace(/^\[|\]$/g, '')
      .toLowerCase(),
    port: address.slice(at + 1),
  };
}

function plainHost(host: string): string {
  return host === 'localhost' ? '127.0.0.1' : host;
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127\.\d+\.\d+\.\d+$/.test(host);
}
