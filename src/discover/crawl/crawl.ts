/**
 * What was seen of one platform from outside: answers, not conclusions. Plain JSON, so that a saved crawl can be read again without a
 * network, and so that every conclusion can be traced to an answer.
 */
export interface Crawl {
  readonly schema: 'keelson.crawl/1';
  /** The domains that were asked for, lower case, without a final dot; all of one platform. */
  readonly domains: readonly string[];
  /** When it began: ISO 8601, UTC, whole seconds. */
  readonly at: string;
  readonly lookups: readonly Lookup[];
  readonly fetches: readonly Fetched[];
  /** What was not looked at, or only in part, and why. */
  readonly troubles: readonly Trouble[];
}

export const RECORD_TYPES = [
  'A',
  'AAAA',
  'CNAME',
  'NS',
  'SOA',
  'MX',
  'TXT',
  'CAA',
  'HTTPS',
  'SVCB',
  'DS',
  'DNSKEY',
] as const;
export type RecordType = (typeof RECORD_TYPES)[number];

/** One question to the resolver and what it answered. */
export interface Lookup {
  /** Lower case, without a final dot. */
  readonly name: string;
  readonly type: RecordType;
  readonly outcome:
    | 'answered'
    /** The name exists, with no record of this type. */
    | 'empty'
    | 'no-such-name'
    | 'failed'
    | 'refused'
    | 'timed-out'
    | 'malformed'
    /** CNAMEs that come back to where they were, or more of them than are followed. */
    | 'loop';
  /** The CNAMEs passed on the way, in order, without the name that was asked. */
  readonly chain: readonly string[];
  /** Presentation form (RFC 1035, 9460), names in lower case without a final dot; at most 100, each at most 1,024 characters. */
  readonly records: readonly string[];
  /** The least of the answer. Absent where nothing was answered. @unit s */
  readonly ttlSeconds?: number;
  /** The resolver says that it has validated the answer (AD). @default it does not say so */
  readonly isAuthenticated?: true;
}

/** Why a URL was fetched. */
export type Purpose = 'page' | 'bundle' | 'robots' | 'well-known' | 'status-page';

/** One request and what came back. */
export interface Fetched {
  readonly url: string;
  readonly method: 'GET' | 'HEAD';
  readonly purpose: Purpose;
  /** Where it was connected to, as DNS said it; absent where nothing was. */
  readonly address?: string;
  /** Absent where no answer came; why stands among the troubles. */
  readonly status?: number;
  /** Names in lower case, in the order in which they came; values at most 2,048 characters each. */
  readonly headers?: readonly (readonly [name: string, value: string])[];
  readonly certificate?: Certificate;
  /** The absolute URL that the answer sends on to. */
  readonly redirectsTo?: string;
  /** After decompression. @unit bytes */
  readonly bytes?: number;
  /** More came than was read. @default it was read whole */
  readonly isCut?: true;
  /** Hosts that the body and the headers name, each once a kind and place. */
  readonly references?: readonly PageReference[];
}

export interface Certificate {
  /** Organisation of who signed it; undefined where it says none. */
  readonly issuerOrganisation?: string;
  readonly issuerName?: string;
  /** Names that it is for; at most 100. */
  readonly names: readonly string[];
  /** Days, ISO 8601. */
  readonly from: string;
  readonly until: string;
  /** By the authorities that the system, or whoever asked, trusts, and for this host. */
  readonly isTrusted: boolean;
  /** Hosts of OCSP, CRL and issuer's certificate (Authority Information Access, CRL Distribution Points). */
  readonly statusHosts: readonly string[];
}

/** How a page names a host. */
export type ReferenceKind =
  | 'script'
  | 'style'
  | 'font'
  | 'image'
  | 'frame'
  | 'data'
  | 'preconnect'
  /** A host that the Content-Security-Policy allows; `*.host` where it allows all below it. */
  | 'policy'
  | 'manifest'
  | 'link'
  /** A JSON-RPC or other HTTP endpoint written in a bundle. */
  | 'endpoint'
  | 'websocket';

export interface PageReference {
  readonly kind: ReferenceKind;
  /** Lower case. */
  readonly host: string;
  /** Of a policy: which directive allows it, `connect-src`. */
  readonly directive?: string;
  /** The path, without what may hold a key: no query, and segments that look like keys as `…`. At most 512 characters. */
  readonly path: string;
  readonly where: 'html' | 'header' | 'bundle' | 'style';
  /** Of scripts and styles: pinned by a hash (Subresource Integrity). @default not */
  readonly isPinned?: true;
  /**
   * What it stands in that is no sign of being called: the definition of a chain (`rpcUrls`, `blockExplorers`), of which libraries carry hundreds, or a script
   * that no browser runs, such as JSON. @default code that runs
   */
  readonly within?: 'chain-definition' | 'data-block';
  /** Of endpoints: only how it begins, for a script puts something behind its last slash when it runs. @default it is whole */
  readonly isBegun?: true;
}

/** What was left out, cut or refused. Harmless, and said. */
export interface Trouble {
  /** The name or the URL. */
  readonly of: string;
  readonly code:
    | 'private-address'
    | 'too-many-redirects'
    | 'redirect-loop'
    | 'timed-out'
    | 'connection'
    | 'tls'
    | 'too-large'
    | 'headers-too-large'
    | 'malformed'
    | 'robots'
    | 'rate-limited'
    | 'budget-spent'
    | 'dns';
  /** A sentence: what was expected and found. Printable. */
  readonly message: string;
}
