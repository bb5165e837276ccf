import {
  duration,
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
import { METHODS, url, type Method } from './serving.ts';

/* What a plan says for `drill`: what users do, and what may be touched to see whether the plan is right. */

/** A request as a user sends it. */
export interface Sent {
  readonly method: Method;
  /** With its query. */
  readonly path: string;
}
const NOTHING_SENT: Sent = { method: 'GET', path: '/' };

const SENT = new RegExp(`^(${METHODS.join('|')}) (/[\\x21\\x23-\\x5b\\x5d-\\x7e]{0,1999})$`);
const sent = scalar<Sent>({
  expected: 'a method and a path such as GET /market/ticker or POST /orders',
  parse: (value) => {
    const match = SENT.exec(value);
    const method = METHODS.find((known) => known === match?.[1]);
    return match?.[2] === undefined || method === undefined ? undefined : { method, path: match[2] };
  },
  standIn: NOTHING_SENT,
  schema: { type: 'string', pattern: SENT.source },
});

/** A header's value, or where it is found. */
export type HeaderValue = { readonly text: string } | { readonly secret: string };
const headerValue: Shape<HeaderValue> = mapped(
  text('a text, or env:NAME or file:PATH where a secret is found', 2000),
  (found): HeaderValue => (/^(env|file):/.test(found) ? { secret: found } : { text: found }),
  { text: '' },
);
const headers = list(
  'a list of {name, value}',
  object('{name, value}', {
    name: required(
      scalar<string>({
        expected: 'the name of a header',
        parse: (value) => (/^[A-Za-z0-9-]{1,100}$/.test(value) ? value.toLowerCase() : undefined),
        standIn: '',
        schema: { type: 'string', pattern: '^[A-Za-z0-9-]{1,100}$' },
      }),
      'Its name.',
    ),
    value: required(headerValue, 'Its value, or where it is found.'),
  }),
  { min: 1, max: 30 },
);
const body = optional(
  text('a body', 20_000),
  'Its body; {unique} stands for a word that no other request has. @default none',
);
const sends = required(
  sent,
  'Method and path, as in GET /orders; {unique} stands for a word that no other request has.',
);

const fieldPath = scalar<string>({
  expected: 'the way to a field of a JSON answer, such as price or result.number',
  parse: (value) => (/^[\w-]{1,100}(\.[\w-]{1,100}){0,9}$/.test(value) ? value : undefined),
  standIn: '',
  schema: { type: 'string' },
});
const moves = object('moves {field, within}', {
  field: required(fieldPath, 'A field of the JSON answer that is another one before long: a price, a head.'),
  within: required(
    duration({ min: 0, above: true, max: 24, says: 'more than 0s and at most 1d' }),
    'How long it may stay the same.',
  ),
});

const good = object('good {status, contains, lacks, within, moves}', {
  status: optional(
    number({ min: 100, max: 599, whole: true, says: '100 to 599' }),
    'The status of a good answer. @default any of 200 to 299',
  ),
  contains: optional(text('a text', 2000), 'What a good answer holds. @default anything'),
  lacks: optional(text('a text', 2000), 'What it must not hold. @default nothing'),
  within: optional(
    duration({ min: 0, above: true, max: 1, says: 'more than 0s and at most 1h' }),
    'How long a good answer may take. @default as long as a user waits, 4s',
  ),
  moves: optional(
    moves,
    'What must not stand still, except where an answer says how old it is. @default nothing',
  ),
});

const once = object('once {at}', {
  at: required(sent, 'Where what was done is listed; {unique} stands for the word of the request.'),
  from: optional(url, 'Who is asked. @default where users come in'),
});

const attempt = object('{send, good, …}', {
  send: sends,
  headers: optional(headers, 'Its headers besides those of its session. @default none'),
  body,
  session: optional(word('needed'), 'Whether it is sent within the session of drill. @default not'),
  good: optional(
    good,
    'What an answer must be for the user to have got what he came for. @default a status of 200 to 299',
  ),
  once: optional(
    once,
    'It must be done once for each request that was answered well, and never twice: its send or body holds {unique}. @default not looked at',
  ),
});
/** What a user does who comes for a journey. */
export const tries = list('a list of {send, good}', attempt, { min: 1, max: 20 });

const session = object('session {send, token}', {
  send: sends,
  headers: optional(headers, 'Its headers. @default none'),
  body,
  token: required(fieldPath, 'Where the token stands in the JSON answer.'),
});

const place = scalar<string>({
  expected: 'an address such as 127.0.0.1:7151',
  parse: (value) => (isPlace(value) ? value : undefined),
  standIn: '',
  schema: { type: 'string', maxLength: 300 },
});

function isPlace(value: string): boolean {
  const port = Number(/:(\d{1,5})$/.exec(value)?.[1] ?? 0);
  return (
    port > 0 &&
    port < 65_536 &&
    value.length <= 300 &&
    /^(\[[0-9a-f:]{2,45}\]|[A-Za-z0-9._-]{1,253}):\d{1,5}$/i.test(value)
  );
}

const stands = object('{what, at}', {
  what: required(
    text('a service, or what a provider offers, such as route53/control', 300),
    'A service, or what a provider offers.',
  ),
  at: required(place, 'Host and port at which it is reached.'),
});

/** How a running system may be drilled. */
export const drill = object('drill {environment, …}', {
  environment: required(
    word('sandbox', 'staging', 'production'),
    'What stands at the addresses of this plan. Production is drilled only when the command says so too.',
  ),
  users: optional(
    url,
    'Where users come in. @default the edges of the plan, or where it has none the gateway',
  ),
  session: optional(session, 'How a user gets a session. @default none is needed'),
  control: optional(
    url,
    'The control API of a fault proxy, ours or Toxiproxy, that stands before parts. @default drill starts its own, and its own gateway',
  ),
  gateway: optional(url, 'The admin port of the gateway that runs. @default drill starts its own'),
  steerer: optional(url, 'The admin port of the steerer that runs. @default drill starts its own'),
  listen: optional(
    place,
    'Where a gateway that drill starts listens, as the edges expect it. @default any port',
  ),
  every: optional(
    duration({ min: 0, above: true, max: 1, says: 'more than 0s and at most 1h' }),
    'How often each journey is tried. @default 500ms',
  ),
  stands: optional(
    list('a list of {what, at}', stands, { min: 1, max: 200 }),
    'Where things are that the gateway never asks, such as what changes the DNS. @default nowhere',
  ),
});

export type Try = ShapeValue<typeof attempt>;
export type TrySession = ShapeValue<typeof session>;
export type Drilling = ShapeValue<typeof drill>;
