import {
  choice,
  duration,
  hasKey,
  isList,
  isText,
  list,
  mapped,
  number,
  object,
  optional,
  required,
  scalar,
  text,
  word,
  type Shape,
  type ShapeValue,
} from '../document/index.ts';
import { NAME } from './reference.ts';

/* What a plan says for `serve` and `drill`: where things are, how they are asked, what is let through. */

export const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const;
export type Method = (typeof METHODS)[number];

const wait = (least: number, says: string): Shape<number> =>
  duration({ min: least, above: true, max: 24, says });
const longWait = duration({ max: 8766, says: '0s to 1yr' });

/** An address of something that speaks HTTP: no user, query or fragment, because those would be secrets or have no meaning. */
export const url = scalar<string>({
  expected: 'an address such as https://site-a.example:8443 without user, query or fragment',
  parse: (value) => (isPlainUrl(value) ? value : undefined),
  isSecret: true,
  standIn: '',
  schema: { type: 'string', pattern: '^https?://[^@?#]+$', maxLength: 2000 },
});

function isPlainUrl(value: string, protocols = ['http:', 'https:']): boolean {
  if (value.length > 2000 || /[@?#\s\\]/.test(value) || !URL.canParse(value)) return false;
  const { protocol, hostname, pathname } = new URL(value);
  return protocols.includes(protocol) && hostname !== '' && !pathname.includes('%');
}

/** The same for a WebSocket. */
const websocketUrl = scalar<string>({
  expected: 'an address such as wss://node-a.example/ws without user, query or fragment',
  parse: (value) => (isPlainUrl(value, ['ws:', 'wss:']) ? value : undefined),
  isSecret: true,
  standIn: '',
  schema: { type: 'string', pattern: '^wss?://[^@?#]+$', maxLength: 2000 },
});

/** `/api/orders/**`: parts of a path, `*` for any one, `**` at the end for any number. */
const pathPattern = scalar<string>({
  expected: 'a path such as /api/orders/** (* is one part, ** at the end any number of them)',
  parse: (value) => (isPathPattern(value) ? value : undefined),
  standIn: '/',
  schema: { type: 'string', pattern: '^/', maxLength: 500 },
});

function isPathPattern(value: string): boolean {
  if (value.length > 500 || !value.startsWith('/')) return false;
  const parts = value.slice(1).split('/');
  return parts.every(
    (part, i) =>
      part === '*' ||
      (part === '**' && i === parts.length - 1) ||
      (part === '' && i === parts.length - 1) ||
      (/^[A-Za-z0-9._~!$&'()+,;=:-]+$/.test(part) && part !== '.' && part !== '..'),
  );
}

const headerName = scalar<string>({
  expected: 'the name of a header',
  parse: (value) => (/^[A-Za-z0-9-]{1,100}$/.test(value) ? value.toLowerCase() : undefined),
  standIn: '',
  schema: { type: 'string', pattern: '^[A-Za-z0-9-]{1,100}$' },
});

/** Where a secret is found when it is needed; the secret itself is never in a plan. */
const secret = scalar<string>({
  expected: 'env:NAME or file:PATH, where the secret is found: a plan holds none',
  parse: (value) => (/^env:[A-Za-z_][A-Za-z0-9_]{0,99}$|^file:.{1,1000}$/.test(value) ? value : undefined),
  isSecret: true,
  standIn: '',
  schema: { type: 'string', pattern: '^(env:[A-Za-z_][A-Za-z0-9_]*|file:.+)$' },
});

const hostName = scalar<string>({
  expected: 'a host name such as trade.example.com',
  parse: (value) =>
    value.length <= 253 &&
    value.split('.').every((label) => /^[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9])?$/.test(label))
      ? value
      : undefined,
  standIn: '',
  schema: { type: 'string', pattern: '^[a-z0-9_]([a-z0-9._-]*[a-z0-9])?$', maxLength: 253 },
});

const method = word(...METHODS);
const methods = list('a list of methods', method, { min: 1, max: METHODS.length });
const serviceName = scalar<string>({
  expected: 'the name of a service',
  parse: (value) => (NAME.test(value) ? value : undefined),
  standIn: '',
  schema: { type: 'string', pattern: NAME.source },
});

export const probe = object('probe {path, every, …}', {
  path: optional(pathPattern, 'What is asked for. @default /'),
  every: optional(wait(0, 'more than 0s and at most 1d'), 'How often. @default 5s'),
  timeout: optional(wait(0, 'more than 0s and at most 1d'), 'How long an answer may take. @default 2s'),
  status: optional(
    number({ min: 100, max: 599, whole: true, says: '100 to 599' }),
    'The status of a good answer. @default any of 200 to 299',
  ),
  contains: optional(text('a text', 500), 'What a good answer holds. @default anything'),
  window: optional(
    number({ min: 1, max: 20, whole: true, says: '1 to 20' }),
    'Its level is the share of good ones among so many. @default 3',
  ),
});

const route = object('{path, methods, to}', {
  path: required(pathPattern, 'Which paths.'),
  methods: optional(methods, 'Which methods. @default all'),
  host: optional(hostName, 'Which host. @default any'),
  to: required(serviceName, 'The service that answers: it has a url, or its alternatives or members have.'),
  websocket: optional(word('allowed'), 'Whether it may become a WebSocket. @default not'),
  honours: optional(
    word('idempotency-key'),
    'The service does nothing twice for one Idempotency-Key: such a write may be sent again. @default not',
  ),
  timeout: optional(wait(0, 'more than 0s and at most 1d'), 'Until an answer begins. @default 30s'),
});
export const match = list('a list of {path, methods, to}', route, { min: 1, max: 200 });

const allowed = object('{methods, path, field, to}', {
  path: optional(pathPattern, 'Which paths. @default all of the journey'),
  methods: optional(methods, 'Which methods. @default all'),
  field: optional(
    object('field {name, is}', {
      name: required(text('a name', 200), 'A field of the request’s JSON object or form.'),
      is: required(text('a value', 200), 'What it must be, as text: true, 1, post_only.'),
    }),
    'What the body must say, such as that an order is post-only.',
  ),
  to: optional(serviceName, 'The service that answers in this mode. @default as match says'),
});
export const allow = list('a list of {methods, path, field, to}', allowed, { min: 1, max: 100 });

export const snapshot = object('snapshot {maxAge}', {
  maxAge: required(longWait, 'How old an answer may be that is shown in place of a new one.'),
});

export const staticPage = scalar<string>({
  expected: 'a file beside the plan, such as pages/trade.html',
  parse: (value) =>
    /^[A-Za-z0-9_][A-Za-z0-9._/-]{0,299}$/.test(value) && !value.split('/').some((part) => /^\.*$/.test(part))
      ? value
      : undefined,
  standIn: '',
  schema: { type: 'string', maxLength: 300 },
});

export const jwt = object('jwt {issuer, audience, keys}', {
  issuer: required(text('an issuer', 500), 'Who must have issued a token.'),
  audience: required(text('an audience', 500), 'Whom a token must be meant for.'),
  keys: required(url, 'Where the issuer publishes its keys (JWKS).'),
  algorithms: optional(
    list('a list of algorithms', word('ES256', 'ES384', 'ES512', 'RS256', 'PS256', 'EdDSA'), {
      min: 1,
      max: 6,
    }),
    'How tokens may be signed. @default ES256, RS256, EdDSA',
  ),
  refresh: optional(wait(0, 'more than 0s and at most 1d'), 'How often keys are fetched. @default 5m'),
  stale: optional(
    longWait,
    'How long keys stay usable after the last time that they could be fetched. @default 24h',
  ),
});

const clients = object('clients {perSecond, burst}', {
  perSecond: required(
    number({ min: 0, above: true, max: 1e6, standIn: 1, says: 'more than 0' }),
    'Requests of one address, in the long run.',
  ),
  burst: optional(
    number({ min: 1, max: 1e6, whole: true, says: 'at least 1' }),
    'At once. @default 2 s of them',
  ),
});
export const limits = object('limits {concurrent, body, …}', {
  concurrent: optional(
    number({ min: 1, max: 1_000_000, whole: true, says: '1 to 1000000' }),
    'Requests in flight; above 70 % of it deferrable journeys wait, above 85 % important ones. @default 1000',
  ),
  connections: optional(
    number({ min: 1, max: 1_000_000, whole: true, says: '1 to 1000000' }),
    'Connections of clients. @default 10000',
  ),
  body: optional(
    number({ min: 0, max: 1e12, whole: true, says: '0 or more' }),
    'The largest body of a request. @unit bytes @default 1000000',
  ),
  clients: optional(clients, 'How much one client may ask. @default as much as it likes'),
});

const deadline = optional(wait(0, 'more than 0s and at most 1d'), 'How long it may take. @default 10s');
const argv = list('a list of a program and its arguments', text('an argument', 1000), { min: 1, max: 50 });

const dnsSteer = object('dns {zone, name, server, key}', {
  zone: required(hostName, 'The zone.'),
  name: required(hostName, 'The name whose answer is changed.'),
  ttl: required(
    duration({ min: 1 / 3600, max: 24, says: '1s to 1d' }),
    'How long resolvers keep the answer.',
  ),
  server: required(
    scalar<string>({
      expected: 'an address and a port such as 10.0.0.53:53',
      parse: (value) =>
        /^(\d{1,3}(\.\d{1,3}){3}|\[[0-9a-f:]{2,45}\]|[a-z0-9.-]{1,253}):\d{1,5}$/.test(value)
          ? value
          : undefined,
      standIn: '',
      schema: { type: 'string' },
    }),
    'The zone’s primary, hidden or not.',
  ),
  key: required(
    object('key {name, algorithm, secret}', {
      name: required(hostName, 'The name of the TSIG key.'),
      algorithm: optional(word('hmac-sha256', 'hmac-sha384', 'hmac-sha512'), '@default hmac-sha256'),
      secret: required(secret, 'Where its secret is found, in base64.'),
    }),
    'The TSIG key that may update the name.',
  ),
});
const commandSteer = object('command {run}', {
  run: required(
    argv,
    'What moves users; {to}, {from} and {service} stand for names, {number} for the place of {to} in the plan, from 1.',
  ),
  check: optional(argv, 'What says whether it could be run now; it may print the alternative in force.'),
  pass: optional(
    list('a list of names', text('a name', 100), { min: 1, max: 50 }),
    'Variables of the environment that it gets. @default PATH and HOME',
  ),
});
const httpSteer = object('http {url}', {
  url: required(url, 'Asked by POST with the alternative.'),
  check: optional(
    url,
    'Asked by GET; says whether it could be done now, and may name the alternative in force.',
  ),
  token: optional(secret, 'Where its bearer token is found.'),
});

export const steer = object('steer {dns | command | http}', {
  dns: optional(dnsSteer, 'Update a zone (RFC 2136, signed by RFC 8945).'),
  command: optional(commandSteer, 'Run a program.'),
  http: optional(httpSteer, 'Call a hook.'),
  deadline,
  every: optional(
    wait(0, 'more than 0s and at most 1d'),
    'How often it is checked that it could be done now. @default 30s',
  ),
  origin: optional(
    serviceName,
    'A service behind the front that is probed too: while it does not answer, no edge is blamed. @default none',
  ),
});

const addresses = list(
  'a list of addresses',
  scalar<string>({
    expected: 'an address such as 203.0.113.7 or 2001:db8::7',
    parse: (value) => (isAddress(value) ? value : undefined),
    standIn: '',
    schema: { type: 'string' },
  }),
  { min: 1, max: 20 },
);

function isAddress(value: string): boolean {
  if (/^\d{1,3}(\.\d{1,3}){3}$/.test(value)) return value.split('.').every((part) => Number(part) < 256);
  return /^[0-9a-f:.]{2,45}$/i.test(value) && value.includes(':') && URL.canParse(`http://[${value}]/`);
}

/** What a resolver says for an alternative of a front. */
export type Answer =
  | { readonly kind: 'addresses'; readonly addresses: readonly string[] }
  | { readonly kind: 'name'; readonly name: string };
const NO_ANSWER: Answer = { kind: 'addresses', addresses: [] };
export const answer: Shape<Answer> = choice<Answer>(
  'a list of addresses, or one host name',
  [
    {
      when: isList,
      shape: mapped(addresses, (found): Answer => ({ kind: 'addresses', addresses: found }), NO_ANSWER),
    },
    { when: isText, shape: mapped(hostName, (name): Answer => ({ kind: 'name', name }), NO_ANSWER) },
  ],
  NO_ANSWER,
);

export const arrives = object('arrives {header, value}', {
  header: required(headerName, 'A header that the edge sets on every request.'),
  value: required(secret, 'Where its value is found: a secret that only the edge and the gateway know.'),
});

const chainMethod = scalar<string>({
  expected: 'a method such as eth_getLogs',
  parse: (value) => (/^[A-Za-z][A-Za-z0-9]{0,49}_[A-Za-z0-9_]{1,100}$/.test(value) ? value : undefined),
  standIn: '',
  schema: { type: 'string', pattern: '^[A-Za-z][A-Za-z0-9]*_[A-Za-z0-9_]+$', maxLength: 151 },
});
const chainMethods = list('a list of methods such as eth_getLogs', chainMethod, { min: 1, max: 200 });

export const jsonrpc = object('jsonrpc {chain, …}', {
  chain: required(
    number({ min: 1, max: Number.MAX_SAFE_INTEGER, whole: true, standIn: 1, says: '1 or more' }),
    'The chain, as eth_chainId says it: a node of another one is never asked.',
  ),
  blockTime: optional(
    wait(0, 'more than 0s and at most 1d'),
    'How long the chain takes for a block. @default 12s',
  ),
  lag: optional(
    number({ min: 0, max: 1000, whole: true, says: '0 to 1000' }),
    'How far a node may be behind the others and still be asked for what it has. @unit blocks @default 3',
  ),
  trusted: optional(
    serviceName,
    'With verify: proof, the service whose headers are believed. @default none: what atLeast members agree on',
  ),
  unproved: optional(
    word('quorum', 'trusted', 'refuse'),
    'With verify: proof, what becomes of reads that nothing proves, such as eth_call. @default quorum where atLeast is 2 or more, else trusted',
  ),
  allow: optional(
    chainMethods,
    'Methods that are not offered unless asked for, such as debug_traceTransaction. @default none',
  ),
  refuse: optional(chainMethods, 'Methods that are not offered. @default none'),
  logs: optional(
    number({ min: 1, max: 1e9, whole: true, says: '1 to 1000000000' }),
    'The widest range that one eth_getLogs may ask. @unit blocks @default 10000',
  ),
});

const budget = object('budget {perSecond, burst, perDay}', {
  perSecond: optional(
    number({ min: 0, above: true, max: 1e6, standIn: 1, says: 'more than 0' }),
    'Requests a second, in the long run. @default no bound',
  ),
  burst: optional(
    number({ min: 1, max: 1e6, whole: true, says: 'at least 1' }),
    'Requests at once. @default 2 s of perSecond',
  ),
  perDay: optional(
    number({ min: 1, max: 1e12, whole: true, says: 'at least 1' }),
    'Requests a day, in UTC. @default no bound',
  ),
});
export const node = object('node {key, token, …}', {
  key: optional(
    secret,
    'Where the key is found that is put at the end of the path of url and of websocket. @default none',
  ),
  token: optional(secret, 'Where its bearer token is found. @default none'),
  websocket: optional(websocketUrl, 'Where it takes subscriptions. @default none: it is asked by polling'),
  budget: optional(budget, 'What the provider allows. @default no bound'),
  batch: optional(
    number({ min: 1, max: 1000, whole: true, says: '1 to 1000' }),
    'Most calls in one request to it; 1: one at a time. @default 20',
  ),
});

/** Whether an alternative says anything that only `serve` reads. */
export function saysWhere(node: Parameters<typeof hasKey>[0]): boolean {
  return ['url', 'probe', 'answer', 'arrives', 'node'].some((key) => hasKey(node, key));
}

export type Probe = ShapeValue<typeof probe>;
export type Route = ShapeValue<typeof route>;
export type Allowed = ShapeValue<typeof allowed>;
export type Jwt = ShapeValue<typeof jwt>;
export type Limits = ShapeValue<typeof limits>;
export type Steer = ShapeValue<typeof steer>;
export type Arrives = ShapeValue<typeof arrives>;
export type Jsonrpc = ShapeValue<typeof jsonrpc>;
export type ChainNode = ShapeValue<typeof node>;
