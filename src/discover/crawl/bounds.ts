/** How much is looked at, how long, and how fast. What is beyond a bound is left out, and said as a trouble. */
export interface Bounds {
  /** Questions to the resolver for one platform. @unit questions */
  readonly lookups: number;
  /** Requests over HTTP for one platform, redirects and robots.txt included. @unit requests */
  readonly requests: number;
  /** For one platform. @unit s */
  readonly seconds: number;
  /** Questions on their way at once, of all platforms together. @unit questions */
  readonly questionsAtOnce: number;
  /** Times that a question is asked, over all resolvers. @unit times */
  readonly tries: number;
  /** Until a question is asked again; the second time twice as long. @unit ms */
  readonly answerMs: number;
  /** CNAMEs that are followed from one name. @unit records */
  readonly chain: number;
  /** Records that are kept of one answer. @unit records */
  readonly records: number;
  /** Kept of one record. @unit characters */
  readonly recordLength: number;
  /** Redirects that are followed from one URL. @unit redirects */
  readonly redirects: number;
  /** Until a connection stands, TLS included. @unit ms */
  readonly connectMs: number;
  /** From the connection to the end of the headers. @unit ms */
  readonly firstByteMs: number;
  /** A whole request, its body included. @unit ms */
  readonly requestMs: number;
  /** Between the end of a request and the next one to the same host. @unit ms */
  readonly gapMs: number;
  /** All headers of one answer. @unit bytes */
  readonly headerBytes: number;
  /** Kept of one answer. @unit headers */
  readonly headers: number;
  /** Kept of the value of one header. @unit characters */
  readonly headerLength: number;
  /** Of a page, as sent and after decompression. @unit bytes */
  readonly pageBytes: number;
  /** Of a script, likewise. @unit bytes */
  readonly bundleBytes: number;
  /** Of robots.txt, likewise (RFC 9309, section 2.5, asks for at least 500 kibibytes). @unit bytes */
  readonly robotsBytes: number;
  /** Of a well-known file, likewise. @unit bytes */
  readonly wellKnownBytes: number;
  /** Scripts of its own that are read for one platform. @unit scripts */
  readonly bundles: number;
  /** Hosts of a page that are looked up. @unit hosts */
  readonly hosts: number;
  /** Kept of one page or script. @unit references */
  readonly references: number;
  /** Names kept of one certificate. @unit names */
  readonly certificateNames: number;
  /** Records, headers and references that are kept of one platform, all together. @unit characters */
  readonly kept: number;
  /** Kept of one platform. @unit troubles */
  readonly troubles: number;
}

export const BOUNDS: Bounds = {
  lookups: 300,
  requests: 50,
  seconds: 120,
  questionsAtOnce: 32,
  tries: 3,
  answerMs: 2_000,
  chain: 16,
  records: 100,
  recordLength: 1_024,
  redirects: 8,
  connectMs: 8_000,
  firstByteMs: 10_000,
  requestMs: 20_000,
  gapMs: 250,
  headerBytes: 65_536,
  headers: 100,
  headerLength: 2_048,
  pageBytes: 4_000_000,
  bundleBytes: 8_000_000,
  robotsBytes: 524_288,
  wellKnownBytes: 65_536,
  bundles: 12,
  hosts: 40,
  references: 500,
  certificateNames: 100,
  kept: 4_000_000,
  troubles: 200,
};

/** The usual bounds, with some changed. */
export function boundsOf(changed: Partial<Bounds> = {}): Bounds {
  return { ...BOUNDS, ...changed };
}
