import { isIP } from 'node:net';
import {
  day,
  flag,
  list,
  mapped,
  number,
  object,
  optional,
  required,
  scalar,
  word,
  type Node,
  type Reader,
  type Shape,
} from '../../document/index.ts';
import { printable } from '../../printable.ts';
import { RECORD_TYPES, type Crawl, type PageReference } from './crawl.ts';
import { hostName } from './hosts.ts';

/** Somewhat more than the bounds let through. */
const MOST = { lookups: 2_000, fetches: 500, troubles: 1_000, domains: 100 };

function told(expected: string, parse: (text: string) => boolean): Shape<string> {
  return scalar({
    expected,
    parse: (text) => (parse(text) ? text : undefined),
    standIn: '',
    schema: { type: 'string' },
  });
}

/** A text without what cannot be seen. */
const line = (what: string, most: number): Shape<string> =>
  told(
    `${what} of at most ${most} printable characters`,
    (text) => text.length <= most && printable(text) === text,
  );
const isDnsName = (text: string): boolean => /^(?:[a-z0-9_.*-]|\\\d{3}){1,1023}$/.test(text);
const dnsName = told('a name of DNS in lower case', isDnsName);
const host = told('a host in lower case', (text) => hostName(text) === text || isIP(text) !== 0);
const hostOrBelow = told('a host, or *. and a host', (text) => {
  const bare = text.replace(/^\*\./, '');
  return hostName(bare) === bare;
});
const address = told('an address', (text) => isIP(text) !== 0);
const url = told('a URL of HTTP or HTTPS without user and fragment', (text) => {
  if (text.length > 4_096 || printable(text) !== text || !URL.canParse(text)) return false;
  const { protocol, username, password, hash } = new URL(text);
  return /^https?:$/.test(protocol) && username + password + hash === '';
});
const moment = told('a moment such as 2026-11-01T12:00:00Z', (text) => {
  const time = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(text) ? Date.parse(text) : Number.NaN;
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(text.slice(0, 19));
});
/** Stands only where it is true. */
const yes = mapped(flag(), (is) => (is ? (true as const) : undefined), undefined);
const count = (says: string): Shape<number> => number({ min: 0, max: 2 ** 40, whole: true, says });

const lookup = object('a lookup', {
  name: required(dnsName, 'What was asked for.'),
  type: required(word(...RECORD_TYPES), 'Of which type.'),
  outcome: required(
    word('answered', 'empty', 'no-such-name', 'failed', 'refused', 'timed-out', 'malformed', 'loop'),
    'What came of it.',
  ),
  chain: required(list('a chain', dnsName, { max: 100 }), 'CNAMEs on the way.'),
  records: required(list('records', line('a record', 1_024), { max: 100 }), 'Presentation form.'),
  ttlSeconds: optional(count('a time to live in seconds'), 'The least of the answer.'),
  isAuthenticated: optional(yes, 'The resolver has validated it.'),
});

const certificate = object('a certificate', {
  issuerOrganisation: optional(line('an organisation', 1_024), 'Of who signed it.'),
  issuerName: optional(line('a name', 1_024), 'Of who signed it.'),
  names: required(list('names', hostOrBelow, { max: 1_000 }), 'Whom it is for.'),
  from: required(day(), 'Its first day.'),
  until: required(day(), 'Its last day.'),
  isTrusted: required(flag(), 'By an authority that is trusted, and for this host.'),
  statusHosts: required(list('hosts', host, { max: 100 }), 'Where it is checked.'),
});

const reference = object('a reference', {
  kind: required(
    word<PageReference['kind']>(
      'script',
      'style',
      'font',
      'image',
      'frame',
      'data',
      'preconnect',
      'policy',
      'manifest',
      'link',
      'endpoint',
      'websocket',
    ),
    'How the host is named.',
  ),
  host: required(hostOrBelow, 'The host.'),
  directive: optional(line('a directive', 40), 'Of a policy.'),
  path: required(line('a path', 512), 'Without query and keys.'),
  where: required(word('html', 'header', 'bundle', 'style'), 'Where it stands.'),
  isPinned: optional(yes, 'By a hash.'),
  isBegun: optional(yes, 'A script puts something behind it.'),
  within: optional(word('chain-definition', 'data-block'), 'What it stands in.'),
});

/** A name and a value. */
const header: Shape<readonly [string, string]> = {
  standIn: ['', ''],
  holds: true,
  read(node: Node, reader: Reader) {
    const [name = '', value = ''] = list('[name, value]', line('a header', 16_384), { min: 2, max: 2 }).read(
      node,
      reader,
    );
    return [name, value];
  },
  schema: () => ({ type: 'array' }),
};

const fetched = object('a fetch', {
  url: required(url, 'What was asked for.'),
  method: required(word('GET', 'HEAD'), 'How.'),
  purpose: required(word('page', 'bundle', 'robots', 'well-known', 'status-page'), 'Why.'),
  address: optional(address, 'Where it was connected to.'),
  status: optional(number({ min: 100, max: 999, whole: true, says: '100 to 999' }), 'Of the answer.'),
  headers: optional(list('headers', header, { max: 1_000 }), 'In their order.'),
  certificate: optional(certificate, 'Of the host.'),
  redirectsTo: optional(url, 'Where it sends on to.'),
  bytes: optional(count('a number of bytes'), 'Of the body that was read.'),
  isCut: optional(yes, 'More came.'),
  references: optional(list('references', reference, { max: 2_000 }), 'Hosts that are named.'),
});

const trouble = object('a trouble', {
  of: required(line('a name or URL', 4_096), 'Of what.'),
  code: required(
    word(
      'private-address',
      'too-many-redirects',
      'redirect-loop',
      'timed-out',
      'connection',
      'tls',
      'too-large',
      'headers-too-large',
      'malformed',
      'robots',
      'rate-limited',
      'budget-spent',
      'dns',
    ),
    'Its kind.',
  ),
  message: required(line('a sentence', 4_096), 'What was expected and found.'),
});

const whole = object('a crawl', {
  schema: required(word('keelson.crawl/1'), 'What this is.'),
  domains: required(list('domains', host, { min: 1, max: MOST.domains }), 'What was asked for.'),
  at: required(moment, 'When it began.'),
  lookups: required(list('lookups', lookup, { max: MOST.lookups }), 'Questions and answers of DNS.'),
  fetches: required(list('fetches', fetched, { max: MOST.fetches }), 'Requests and answers of HTTP.'),
  troubles: required(list('troubles', trouble, { max: MOST.troubles }), 'What was left out.'),
});

/** The values of a crawl without where they stand in the text. */
export const crawlShape: Shape<Crawl> = mapped(
  whole,
  // The shapes above have read exactly what a crawl holds; offsets are all that they have added.
  (read) => withoutPlaces(read) as Crawl,
  { schema: 'keelson.crawl/1', domains: [], at: '', lookups: [], fetches: [], troubles: [] },
);

function withoutPlaces(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutPlaces);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key, one]) => key !== 'offset' && key !== 'broken' && one !== undefined)
      .map(([key, one]) => [key, withoutPlaces(one)]),
  );
}
