import type { Certificate, Crawl, Fetched, Lookup, PageReference, RecordType } from './crawl/crawl.ts';

/** A crawl in few words, for tests: `{'example.test NS': ['ns1.example.net'], …}`, a chain as `a.example > b.example`. */
export interface CrawlWords {
  readonly domains?: readonly string[];
  /** `NAME TYPE` → records; a record that begins with `>` is a name of the chain. None: the name has no such record. */
  readonly dns?: Readonly<Record<string, readonly string[]>>;
  readonly pages?: Readonly<Record<string, PageWords>>;
}

export interface PageWords {
  readonly address?: string;
  readonly headers?: readonly string[];
  readonly issuer?: string;
  readonly statusHosts?: readonly string[];
  /** `KIND HOST/PATH [pinned]` */
  readonly names?: readonly string[];
  readonly redirectsTo?: string;
  readonly purpose?: Fetched['purpose'];
}

export function crawlOf({ domains = ['example.test'], dns = {}, pages = {} }: CrawlWords): Crawl {
  return {
    schema: 'keelson.crawl/1',
    domains,
    at: '2026-11-20T12:00:00Z',
    lookups: Object.entries(dns).map(([key, records]) => lookupOf(key, records)),
    fetches: Object.entries(pages).map(([url, words]) => fetchedOf(url, words)),
    troubles: [],
  };
}

function lookupOf(key: string, words: readonly string[]): Lookup {
  const [name = '', type = 'A'] = key.split(' ');
  const isGone = words.includes('!');
  const records = words.filter((word) => !/^[>!]/.test(word));
  return {
    name,
    type: type as RecordType, // tests write types that are there
    outcome: isGone ? 'no-such-name' : words.length === 0 ? 'empty' : 'answered',
    chain: words.filter((word) => word.startsWith('>')).map((word) => word.slice(1).trim()),
    records,
    ttlSeconds: 300,
  };
}

function fetchedOf(url: string, words: PageWords): Fetched {
  const {
    address,
    headers = [],
    issuer,
    statusHosts = [],
    names = [],
    redirectsTo,
    purpose = 'page',
  } = words;
  const certificate: Certificate | undefined =
    issuer === undefined
      ? undefined
      : {
          issuerOrganisation: issuer,
          names: [new URL(url).hostname],
          from: '2026-10-01',
          until: '2026-12-30',
          isTrusted: true,
          statusHosts,
        };
  return {
    url,
    method: 'GET',
    purpose,
    ...(address === undefined ? {} : { address }),
    status: redirectsTo === undefined ? 200 : 301,
    headers: headers.map((line): [string, string] => {
      const at = line.indexOf(':');
      return [line.slice(0, at).toLowerCase(), line.slice(at + 1).trim()];
    }),
    ...(certificate === undefined ? {} : { certificate }),
    ...(redirectsTo === undefined ? {} : { redirectsTo }),
    bytes: 1000,
    references: names.map(referenceOf),
  };
}

function referenceOf(words: string): PageReference {
  const [kind = 'script', place = '', pinned] = words.split(' ');
  const slash = place.indexOf('/');
  return {
    kind: kind as PageReference['kind'], // tests write kinds that are there
    host: slash < 0 ? place : place.slice(0, slash),
    path: slash < 0 ? '/' : place.slice(slash),
    where: kind === 'endpoint' || kind === 'websocket' ? 'bundle' : kind === 'policy' ? 'header' : 'html',
    ...(kind === 'policy' ? { directive: 'connect-src' } : {}),
    ...(pinned === undefined ? {} : { isPinned: true }),
  };
}
