import { getDomain } from 'tldts';
import type { Crawl, Fetched, Lookup, RecordType } from '../crawl/crawl.ts';
import { isSameAnswer, NOBODYS } from '../crawl/hosts.ts';

/** A crawl, looked up by name: what was answered for a host, and which hosts are the platform's own. */
export class Answers {
  readonly crawl: Crawl;
  /** Registrable domains of the platform, each once. */
  readonly zones: readonly string[];
  /** Hosts that users open, each once: the domains, their `www`, and where their pages send on to, under whatever domain. */
  readonly pageHosts: readonly string[];
  readonly statusHosts: readonly string[];
  private readonly lookups = new Map<string, Lookup>();
  private readonly byHost = new Map<string, Fetched[]>();

  constructor(crawl: Crawl) {
    this.crawl = crawl;
    for (const lookup of crawl.lookups) {
      const key = `${lookup.type} ${nameOf(lookup.name)}`;
      if (!this.lookups.has(key)) this.lookups.set(key, lookup);
    }
    for (const fetched of crawl.fetches) {
      const host = hostOf(fetched.url);
      const list = this.byHost.get(host);
      if (list === undefined) this.byHost.set(host, [fetched]);
      else list.push(fetched);
    }
    this.zones = [...new Set(crawl.domains.map((domain) => zoneOf(nameOf(domain))))];
    this.statusHosts = this.findStatusHosts();
    this.pageHosts = this.findPageHosts();
  }

  /** The lookup of a name, where it was made. */
  lookup(name: string, type: RecordType): Lookup | undefined {
    return this.lookups.get(`${type} ${name}`);
  }

  records(name: string, type: RecordType): readonly string[] {
    return this.lookup(name, type)?.records ?? [];
  }

  /**
   * Records of the name itself. Servers that let a zone begin with a CNAME hand out the name servers of where that leads, which answer for
   * nothing of this zone.
   */
  ownRecords(name: string, type: RecordType): readonly string[] {
    const lookup = this.lookup(name, type);
    return lookup === undefined || lookup.chain.length > 0 ? [] : lookup.records;
  }

  /** What was fetched from a host, with an answer. */
  fetched(host: string): readonly Fetched[] {
    return (this.byHost.get(host) ?? []).filter(({ status }) => status !== undefined);
  }

  /** The names that a host's name leads to, in their order, without itself. */
  chain(host: string): readonly string[] {
    const types = ['A', 'AAAA', 'CNAME', 'HTTPS'] as const;
    const chains = types.map((type) => this.lookup(host, type)?.chain ?? []);
    const followed = chains.reduce((longest, one) => (one.length > longest.length ? one : longest), []);
    if (followed.length > 0) return followed.map(nameOf);
    const [alias] = this.records(host, 'CNAME');
    return alias === undefined ? [] : [nameOf(alias)];
  }

  /** Addresses of a host, by DNS and by where it was connected to. */
  addresses(host: string): readonly { readonly address: string; readonly at: string }[] {
    const asked = (['A', 'AAAA'] as const).flatMap((type) =>
      this.records(host, type).map((address) => ({ address, at: `${host} ${type}` })),
    );
    const met = this.fetched(host).flatMap(({ address }) =>
      address === undefined ? [] : [{ address, at: `${host} A` }],
    );
    const seen = new Set<string>();
    return [...asked, ...met].filter(({ address }) => !seen.has(address) && seen.add(address));
  }

  /** The name leads to one that does not exist. */
  isDangling(host: string): boolean {
    const asked = (['A', 'AAAA'] as const).flatMap((type) => this.lookup(host, type) ?? []);
    return (
      asked.some(({ outcome, chain }) => outcome === 'no-such-name' && chain.length > 0) &&
      asked.every(({ records }) => records.length === 0)
    );
  }

  isOwn(host: string): boolean {
    return this.zones.includes(zoneOf(host));
  }

  private findPageHosts(): string[] {
    const hosts = new Set(this.crawl.domains.map(nameOf));
    for (const zone of this.zones)
      if (hosts.has(zone) && this.exists(`www.${zone}`)) hosts.add(`www.${zone}`);
    for (const { url, purpose, redirectsTo } of this.crawl.fetches) {
      if (purpose !== 'page') continue;
      for (const one of [url, redirectsTo ?? '']) {
        const host = hostOf(one);
        if (host !== '' && (this.isOwn(host) || this.isLanding(host))) hosts.add(host);
      }
    }
    return [...hosts].filter((host) => !this.statusHosts.includes(host));
  }

  /** A page was found there, and not a redirect. */
  private isLanding(host: string): boolean {
    return this.fetched(host).some(
      ({ purpose, status = 0, redirectsTo }) =>
        purpose === 'page' && status >= 200 && status < 300 && redirectsTo === undefined,
    );
  }

  private findStatusHosts(): string[] {
    const hosts = new Set<string>();
    for (const { url, purpose } of this.crawl.fetches) if (purpose === 'status-page') hosts.add(hostOf(url));
    for (const zone of this.zones)
      if (this.exists(`status.${zone}`) && !this.isAnyName(`status.${zone}`, zone))
        hosts.add(`status.${zone}`);
    hosts.delete('');
    return [...hosts].filter((host) => !this.crawl.domains.map(nameOf).includes(host));
  }

  /** Whether a name is answered as one that nobody has is: by a wildcard. */
  private isAnyName(host: string, zone: string): boolean {
    const answersTo = (name: string): Lookup[] =>
      (['A', 'AAAA'] as const).flatMap((type) => this.lookup(name, type) ?? []);
    const ofAny = answersTo(`${NOBODYS}.${zone}`);
    return ofAny.length > 0 && isSameAnswer(answersTo(host), ofAny);
  }

  private exists(host: string): boolean {
    return (
      this.fetched(host).length > 0 ||
      (['A', 'AAAA', 'CNAME'] as const).some((type) => {
        const lookup = this.lookup(host, type);
        return lookup !== undefined && (lookup.records.length > 0 || lookup.chain.length > 0);
      })
    );
  }
}

/** The registrable domain of a name, or the name itself where it has none: an address, a suffix. */
export function zoneOf(host: string): string {
  return getDomain(host, { allowPrivateDomains: true }) ?? host;
}

/** The domain under which a name is registered with a registry, customers of hosting services left together: for name servers. */
export function registeredOf(host: string): string {
  return getDomain(host) ?? host;
}

/** In lower case, without a final dot. */
export function nameOf(name: string): string {
  return name.toLowerCase().replace(/\.$/, '');
}

/** The host of a URL, empty where it is none. */
export function hostOf(url: string): string {
  return URL.canParse(url) ? nameOf(new URL(url).hostname) : '';
}
