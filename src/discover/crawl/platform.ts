import { systemClock, type Clock } from '../../clock.ts';
import { KeelsonError } from '../../errors.ts';
import { show } from '../../problems.ts';
import { boundsOf, type Bounds } from './bounds.ts';
import { Budget } from './budget.ts';
import { EndpointReader } from './page/bundle.ts';
import type { ConnectTo } from './http/connection.ts';
import type { Crawl, Fetched, PageReference, Trouble } from './crawl.ts';
import { Fetcher, type Visit, type Want } from './http/fetch.ts';
import { hostName, isSameAnswer, isSameParty, NOBODYS, registeredDomain } from './hosts.ts';
import { compare, Lookups } from './dns/lookups.ts';
import { Pace } from './http/pace.ts';
import { PageReader } from './page/page.ts';
import { Resolver, type ResolverPlace } from './dns/resolver.ts';
import { trustIn } from './http/trust.ts';

export interface CrawlOptions {
  /** Recursive resolvers, or those of the system. */
  readonly resolver: readonly ResolverPlace[] | 'system' | Asks;
  /** Addresses that are not of the public internet may be connected to. @default false */
  readonly privateAddresses?: boolean;
  /** Where a connection to an address really goes. @default there */
  readonly connect?: ConnectTo;
  /** Trusted besides those of the system: PEM. */
  readonly authorities?: string;
  readonly bounds?: Partial<Bounds>;
  /** @default the system's */
  readonly clock?: Clock;
  /** @default the system's */
  readonly now?: () => Date;
  readonly onProgress?: (progress: CrawlProgress) => void;
  /** Gives the crawl up; `crawlPlatform` then throws its reason. */
  readonly signal?: AbortSignal;
  /** Nothing is fetched. @default false */
  readonly dnsOnly?: boolean;
  /** Sent with each request: who asks, and where to say that one does not want to be asked. */
  readonly userAgent?: string;
  /** Shared by crawls that run at once. @default one of its own */
  readonly pace?: Pace;
}

type Asks = Pick<Resolver, 'lookUp'>;

export interface CrawlProgress {
  readonly step: 'names' | 'pages' | 'others';
  readonly lookups: number;
  readonly fetches: number;
}

/** Where none is handed in. */
export const USER_AGENT =
  'keelson (+finds what a platform stands on; to opt out: disallow keelson in robots.txt)';

/**
 * Looks at one platform from outside: its names, its pages, and what those stand on. Nothing that fails stops it: what could not be looked at
 * stands among the troubles. The result does not hang on which answer came first.
 * @param domains hosts of the platform
 * @throws KeelsonError `not-a-domain`, `no-resolver`, `authority-unusable`; the signal's reason
 */
export async function crawlPlatform(domains: readonly string[], options: CrawlOptions): Promise<Crawl> {
  const bounds = boundsOf(options.bounds);
  const names = [...new Set(domains.map(domainOf))];
  const { clock = systemClock, now = () => new Date() } = options;
  const at = `${now().toISOString().slice(0, 19)}Z`;
  const secureContext = trustIn(options.authorities);
  const own = isResolver(options.resolver) ? undefined : new Resolver(options.resolver, bounds);
  const budget = new Budget(names[0] ?? '', bounds, options.signal);
  // Where there is none of its own, it is one that was handed in.
  const lookups = new Lookups(own ?? (options.resolver as Asks), budget);
  const fetcher = new Fetcher({
    lookups,
    budget,
    pace: options.pace ?? new Pace(clock, bounds.gapMs),
    bounds,
    userAgent: options.userAgent ?? USER_AGENT,
    privateAddresses: options.privateAddresses ?? false,
    connectTo: options.connect ?? ((host, port) => ({ host, port })),
    secureContext,
  });
  const tell = (step: CrawlProgress['step']): void =>
    options.onProgress?.({ step, lookups: lookups.all.length, fetches: fetcher.all.length });
  try {
    await lookUpNames(names, lookups);
    tell('names');
    if (options.dnsOnly !== true) {
      const visits = await Promise.all(
        names.map(async (name) => visitPages(await siteOf(name, lookups), fetcher, bounds)),
      );
      await visitOthers(names, visits.flat(), fetcher, lookups, bounds);
      tell('pages');
      await lookUpOthers(fetcher.all, lookups, bounds);
    }
    tell('others');
    options.signal?.throwIfAborted();
    const troubles = [...budget.troubles, ...lookups.troubles, ...fetcher.troubles];
    return {
      schema: 'keelson.crawl/1',
      domains: names,
      at,
      lookups: lookups.all,
      fetches: fetcher.all,
      troubles: inOrder(troubles).slice(0, bounds.troubles),
    };
  } finally {
    budget.end();
    own?.close();
  }
}

export function isResolver(resolver: CrawlOptions['resolver']): resolver is Asks {
  return typeof resolver === 'object' && 'lookUp' in resolver;
}

/** @throws KeelsonError `not-a-domain` */
function domainOf(text: string): string {
  const name = hostName(text);
  if (name !== undefined && registeredDomain(name) !== undefined) return name;
  throw new KeelsonError('not-a-domain', `Expected a domain such as app.example.org, found ${show(text)}.`, {
    hint: 'Name hosts by their whole names, without a scheme, a port or a path; no addresses, and no suffix such as com alone.',
  });
}

/** Of the domains, of their zones, and of what answers for those. */
async function lookUpNames(names: readonly string[], lookups: Lookups): Promise<void> {
  const zones = unique(names.map((name) => registeredDomain(name) ?? name));
  const hosts = unique([...names, ...zones.flatMap((zone) => (names.includes(zone) ? [`www.${zone}`] : []))]);
  const ofHosts = await Promise.all(hosts.map((host) => lookups.getAll(host, ['A', 'AAAA', 'HTTPS'])));
  const ofZones = await Promise.all(
    zones.map((zone) => lookups.getAll(zone, ['NS', 'SOA', 'MX', 'TXT', 'CAA', 'DS', 'DNSKEY'])),
  );
  // A host may be a zone of its own.
  await Promise.all(names.filter((name) => !zones.includes(name)).map((name) => lookups.get(name, 'NS')));
  const servers = ofZones.flat().flatMap(({ type, records }) => (type === 'NS' ? records : []));
  const aliases = ofHosts.flat().flatMap(({ chain }) => chain);
  await Promise.all(unique(servers).map((server) => lookups.getAll(server, ['A', 'AAAA'])));
  await lookUpZones([...servers, ...aliases], lookups);
}

/** The name servers of the zones that hosts are in. */
async function lookUpZones(hosts: readonly string[], lookups: Lookups): Promise<void> {
  const zones = unique(hosts.flatMap((host) => registeredDomain(host) ?? []));
  await Promise.all(zones.map((zone) => lookups.get(zone, 'NS')));
}

/** Where a registered domain has no address of its own, its site is at `www`. */
async function siteOf(name: string, lookups: Lookups): Promise<string> {
  const www = `www.${name}`;
  const hasAddress = async (host: string): Promise<boolean> =>
    (await lookups.getAll(host, ['A', 'AAAA'])).some(({ outcome }) => outcome === 'answered');
  const isAtWww = registeredDomain(name) === name && !(await hasAddress(name)) && (await hasAddress(www));
  return isAtWww ? www : name;
}

/** The page of a host and where it is sent on to, its well-known files, and the redirect from HTTP. */
async function visitPages(name: string, fetcher: Fetcher, bounds: Bounds): Promise<PageVisit[]> {
  const page = await visitPage(new URL(`https://${name}/`), 'page', fetcher, bounds);
  // One that has no HTTPS is read all the same.
  if (page.status === undefined)
    return [await visitPage(new URL(`http://${name}/`), 'page', fetcher, bounds)];
  await fetcher.visit(new URL(`http://${name}/`), { method: 'HEAD', purpose: 'page', bodyBytes: 0 });
  const wellKnown: Want = {
    method: 'GET',
    purpose: 'well-known',
    bodyBytes: bounds.wellKnownBytes,
    reader: () => ({ write: () => {}, end: () => {} }),
  };
  await fetcher.visit(new URL(`https://${name}/.well-known/security.txt`), wellKnown);
  return [page];
}

interface PageVisit extends Visit {
  readonly scripts: readonly URL[];
}

async function visitPage(
  url: URL,
  purpose: 'page' | 'status-page',
  fetcher: Fetcher,
  bounds: Bounds,
): Promise<PageVisit> {
  let reader: PageReader | undefined;
  const visit = await fetcher.visit(url, {
    method: 'GET',
    purpose,
    bodyBytes: bounds.pageBytes,
    reader: ({ headers }, at, references) => {
      const type = headers.find(([name]) => name === 'content-type')?.[1] ?? 'text/html';
      if (!/^\s*(?:text\/html|application\/xhtml\+xml)/i.test(type)) return undefined;
      reader = new PageReader(at, references);
      return reader;
    },
  });
  return { ...visit, scripts: reader?.scripts ?? [] };
}

/** Scripts of its own, and its status page. */
async function visitOthers(
  names: readonly string[],
  pages: readonly PageVisit[],
  fetcher: Fetcher,
  lookups: Lookups,
  bounds: Bounds,
): Promise<void> {
  const scripts = pages.flatMap(({ scripts: all, url }) =>
    all.filter((script) => isOwn(script, [...names, ...(url === undefined ? [] : [url.hostname])])),
  );
  const bundles = rank(new Map(scripts.map((script) => [script.href, script]))).slice(0, bounds.bundles);
  const status = await statusPages(names, pages, lookups);
  await Promise.all([
    ...bundles.map((script) => fetcher.visit(script, bundleWant(bounds))),
    ...status.map((host) => visitPage(new URL(`https://${host}/`), 'status-page', fetcher, bounds)),
  ]);
}

function bundleWant(bounds: Bounds): Want {
  return {
    method: 'GET',
    purpose: 'bundle',
    bodyBytes: bounds.bundleBytes,
    reader: ({ status }, _, references) =>
      status === 200 ? new EndpointReader('bundle', references) : undefined,
  };
}

/** On a host of the same party, or built by a tool that writes the scripts of one site, which may lie with whoever delivers them. */
function isOwn(script: URL, hosts: readonly string[]): boolean {
  return (
    hosts.some((host) => isSameParty(host, script.hostname)) ||
    /\/(?:_next|_nuxt|static\/(?:js|chunks))\//.test(script.pathname)
  );
}

/** Where the addresses of interfaces usually stand first: in what begins the application. */
function rank(scripts: ReadonlyMap<string, URL>): URL[] {
  const weight = ({ pathname }: URL): number =>
    /(?:^|[/_.-])(?:_?app|main|index|bundle)[.-]/i.test(pathname) ? 0 : 1;
  return [...scripts.values()].sort((a, b) => weight(a) - weight(b));
}

/** `status.` of each zone where it has an address that not any name has, and those that a page links to. At most five. */
async function statusPages(
  names: readonly string[],
  pages: readonly PageVisit[],
  lookups: Lookups,
): Promise<string[]> {
  const zones = unique(names.map((name) => registeredDomain(name) ?? name));
  const found = await Promise.all(
    zones.map(async (zone) => {
      const answers = await lookups.getAll(`status.${zone}`, ['A', 'AAAA']);
      if (answers.every(({ outcome }) => outcome !== 'answered')) return [];
      const ofAny = await lookups.getAll(`${NOBODYS}.${zone}`, ['A', 'AAAA']);
      return isSameAnswer(answers, ofAny) ? [] : [`status.${zone}`];
    }),
  );
  const linked = pages
    .flatMap(({ references = [] }) => references)
    .filter(({ kind, host }) => kind === 'link' && mayBeStatusPage(host))
    .map(({ host }) => host);
  return unique([...found.flat(), ...linked]).slice(0, 5);
}

/** By its name; the front page of a firm that makes status pages is none. */
function mayBeStatusPage(host: string): boolean {
  return host.includes('status') && host !== registeredDomain(host) && !host.startsWith('www.');
}

/** The hosts that the pages name, those at which certificates are checked, and where the answers came from. */
async function lookUpOthers(fetches: readonly Fetched[], lookups: Lookups, bounds: Bounds): Promise<void> {
  // What stands in no code comes last: hardly any of it is called.
  const references = fetches
    .flatMap(({ references: all = [] }) => all)
    .toSorted((a, b) => Number(a.within !== undefined) - Number(b.within !== undefined));
  const ofKind = (kinds: readonly PageReference['kind'][]): string[] =>
    references.filter(({ kind }) => kinds.includes(kind)).map(({ host }) => host);
  const scripts = unique(ofKind(['script'])).slice(0, bounds.hosts);
  const others = unique(ofKind(['endpoint', 'websocket', 'link', 'frame', 'data', 'style', 'font']));
  const status = unique(fetches.flatMap(({ certificate }) => certificate?.statusHosts ?? []));
  const hosts = unique([...scripts, ...status, ...others]).slice(0, 2 * bounds.hosts);
  const found = await Promise.all(hosts.map((host) => lookups.get(host, 'A')));
  const aliases = found.flatMap((lookup) => lookup?.chain ?? []);
  const reached = fetches.flatMap(({ url }) => hostName(new URL(url).hostname) ?? []);
  await lookUpZones([...scripts, ...status, ...reached, ...aliases], lookups);
}

function inOrder(troubles: readonly Trouble[]): Trouble[] {
  return troubles.toSorted(
    (a, b) => compare(a.of, b.of) || compare(a.code, b.code) || compare(a.message, b.message),
  );
}

/** Each once. */
function unique(names: readonly string[]): string[] {
  return [...new Set(names)];
}
