// A site of Harbor: login, order book, trading page, market data and withdrawals in one process, as small as they can be.
import { createPublicKey, randomUUID, verify } from 'node:crypto';
import { has } from './defects.mjs';
import { answer, jsonOf, listen, onOrders } from './part.mjs';

const { NAME, ISSUER, PEER, CHALLENGES = '' } = process.env;
/** Which of its services are stopped; the word of each begins its paths. */
const stopped = new Set();
onOrders({ stop: (service) => stopped.add(service), start: (service) => stopped.delete(service) });

const orders = new Map();
/** By Idempotency-Key, what was answered: nothing is done twice. */
const answered = new Map();
const withdrawals = new Map();
const MOST = 1_000;
/** What the other site does not have yet. */
const outbox = [];
let isTelling = false;
let epoch = 0;
let keys = [];

const ROUTES = {
  'GET /health': () => [200, { site: NAME }],
  'GET /disk': () => [200, {}],
  'GET /login/health': async () => [(await isWell(`${ISSUER}/jwks.json`)) ? 200 : 503, {}],
  'GET /orders/health': () => [200, {}],
  'GET /trade/health': () => [200, {}],
  'GET /market/health': () => [200, {}],
  'GET /withdrawals/health': () => [200, {}],
  'POST /login': login,
  'GET /session': (request) => forUser(request, (user) => [200, { user, site: NAME }]),
  'GET /': () => [
    200,
    '<!doctype html><title>Harbor</title><h1>Harbor</h1>',
    { 'content-type': 'text/html', 'cache-control': 'public, max-age=1' },
  ],
  'GET /trade': (request) => forUser(request, (user) => [200, { user, pairs: ['BTC-USD'] }]),
  'GET /orders': (request) => forUser(request, () => [200, { site: NAME, orders: [...orders.values()] }]),
  'POST /orders': (request) => forUser(request, (user) => once(request, () => place(request, user))),
  'DELETE /orders/*': (request) => forUser(request, () => cancel(request)),
  'GET /orders/*': (request) => forUser(request, () => found(orders.get(idOf(request)))),
  'GET /market/ticker': () => [
    200,
    {
      pair: 'BTC-USD',
      price: 90_000 + Math.round(1_000 * Math.sin(Date.now() / 60_000)),
      at: new Date().toISOString(),
      site: NAME,
    },
    { 'cache-control': 'public, max-age=1' },
  ],
  'GET /withdrawals': (request) => forUser(request, () => [200, { withdrawals: [...withdrawals.values()] }]),
  'POST /withdrawals': (request) => forUser(request, (user) => keyed(request, () => withdraw(request, user))),
  'POST /replica': (request) => replicate(request),
};

listen(async (request, response) => {
  const path = new URL(request.url, 'http://site').pathname;
  const isHealth = path.endsWith('/health');
  const [service] = path.slice(1).split('/');
  // A queue takes withdrawals while their signer is stopped.
  if (stopped.has(service) && (service !== 'withdrawals' || isHealth)) return void request.socket.destroy();
  const handle =
    ROUTES[`${request.method} ${path}`] ?? ROUTES[`${request.method} ${path.replace(/\/[^/]+$/, '/*')}`];
  if (handle === undefined) return answer(response, 404, { error: 'nothing here' });
  if (NAME === 'site-frankfurt' && service === 'orders' && !isHealth) {
    if (has('empty-standby')) return answer(response, 200, '');
    if (has('lying-health')) return answer(response, 500, { error: 'the book is locked' });
  }
  if (
    NAME === 'site-frankfurt' &&
    has('shared-disk') &&
    service !== 'replica' &&
    !(await isWell(`${PEER}/disk`))
  )
    return answer(response, 503, { error: 'the disk does not answer' });
  if (request.method !== 'GET' && request.method !== 'DELETE') request.json = await jsonOf(request);
  answer(response, ...(await handle(request)));
});

haveKeys();

async function login({ json }) {
  if (typeof json?.user !== 'string') return [400, { error: 'user is missing' }];
  if (!(await isHuman())) return [503, { error: 'no challenge can be checked' }];
  const asked = await fetch(`${ISSUER}/token`, { method: 'POST', body: JSON.stringify({ user: json.user }) });
  return [200, await asked.json()];
}

/** The first provider of challenges that answers. */
async function isHuman() {
  for (const url of CHALLENGES.split(' ')) if (await isWell(`${url}/siteverify`)) return true;
  return false;
}

function place({ json }, user) {
  const order = { id: randomUUID(), user, pair: 'BTC-USD', amount: 1, ...json };
  const isDoubled = NAME === 'site-frankfurt' && has('doubled-write');
  for (const one of isDoubled ? [order, { ...order, id: randomUUID() }] : [order]) {
    keep({ order: one });
    tellPeer({ order: one });
  }
  return [201, { site: NAME, order }];
}

function cancel(request) {
  const id = idOf(request);
  const order = orders.get(id);
  orders.delete(id);
  tellPeer({ cancelled: id });
  return found(order);
}

function withdraw({ json }, user) {
  const state = stopped.has('withdrawals') ? 'queued' : 'signed';
  const withdrawal = { id: randomUUID(), user, ...json, state };
  keep({ withdrawal });
  tellPeer({ withdrawal });
  return [202, { site: NAME, withdrawal }];
}

function replicate({ json }) {
  keep(json ?? {});
  return [204, ''];
}

/** The newest of each: a sandbox may run for days. */
function keep({ order, cancelled, withdrawal }) {
  if (order) orders.set(order.id, order);
  if (cancelled) orders.delete(cancelled);
  if (withdrawal) withdrawals.set(withdrawal.id, withdrawal);
  while (orders.size > MOST) orders.delete(orders.keys().next().value);
  while (withdrawals.size > MOST) withdrawals.delete(withdrawals.keys().next().value);
  while (answered.size > MOST) answered.delete(answered.keys().next().value);
}

/** The other site has what this one has, soon after or when it is back: what a switch may lose is what has not arrived. */
async function tellPeer(change) {
  outbox.push(change);
  if (outbox.length > MOST) outbox.shift();
  if (isTelling) return;
  isTelling = true;
  for (let [first] = outbox; first !== undefined; [first] = outbox) {
    const asked = { method: 'POST', body: JSON.stringify(first), signal: AbortSignal.timeout(1_000) };
    const hasArrived = await fetch(`${PEER}/replica`, asked).then(
      ({ ok }) => ok,
      () => false,
    );
    if (hasArrived) outbox.splice(outbox.indexOf(first), 1);
    else await new Promise((resolve) => setTimeout(resolve, 300));
  }
  isTelling = false;
}

/** Does a write once for its key, and none for a gateway that has not heard of the last switch. */
function once({ headers }, act) {
  const at = Number(headers['keelson-epoch'] ?? 0);
  if (at < epoch) return [409, { error: 'the writer has moved' }];
  epoch = at;
  return keyed({ headers }, act);
}

/** The same again gets the same answer. */
function keyed({ headers }, act) {
  const key = headers['idempotency-key'];
  if (key === undefined) return act();
  if (!answered.has(key)) answered.set(key, act());
  return answered.get(key);
}

async function forUser({ headers }, then) {
  const user = await userOf(headers.authorization ?? '');
  return user === undefined ? [401, { error: 'no valid session' }] : then(user);
}

/** Whose token it is; undefined when it is nobody's. Keys are kept: nobody is thrown out because the issuer is gone. */
async function userOf(authorization) {
  const [, head, body, signature] = /^Bearer ([\w-]+)\.([\w-]+)\.([\w-]+)$/.exec(authorization) ?? [];
  if (signature === undefined) return undefined;
  const { kid } = decode(head);
  if (!keys.some((key) => key.kid === kid)) keys = await offeredKeys();
  const jwk = keys.find((key) => key.kid === kid);
  if (jwk === undefined) return undefined;
  const key = { key: createPublicKey({ key: jwk, format: 'jwk' }), dsaEncoding: 'ieee-p1363' };
  const isSigned = verify('sha256', Buffer.from(`${head}.${body}`), key, Buffer.from(signature, 'base64url'));
  const { sub, exp } = decode(body);
  return isSigned && exp > Date.now() / 1000 ? sub : undefined;
}

/** What the issuer offers now; where it says nothing, what it has offered before. */
async function offeredKeys() {
  return fetch(`${ISSUER}/jwks.json`, { signal: AbortSignal.timeout(500) })
    .then((found) => found.json())
    .then((set) => set.keys)
    .catch(() => keys);
}

/** Before the first user comes: by then the issuer may be gone, and a site without keys throws everybody out. */
async function haveKeys() {
  while (keys.length === 0) {
    keys = await offeredKeys();
    if (keys.length === 0) await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

const decode = (part) => JSON.parse(Buffer.from(part, 'base64url').toString());
const idOf = ({ url }) => new URL(url, 'http://site').pathname.split('/').at(-1);
const found = (one) => (one === undefined ? [404, { error: 'no such order' }] : [200, one]);

async function isWell(url) {
  return fetch(url, { signal: AbortSignal.timeout(500) }).then(
    ({ ok }) => ok,
    () => false,
  );
}
