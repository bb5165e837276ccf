import { FAULTS } from '../catalogue.ts';
import type { FaultProxy } from '../fault-proxy.ts';
import type { FaultServer } from '../fault-server.ts';
import { badRequest, Refusal } from '../refusal.ts';
import { metricsText } from './metrics-text.ts';

export interface Reply {
  readonly status: number;
  readonly type: string;
  /** Without one: there is nothing to say. */
  readonly body?: string;
}

/** What is spoken: the version of Toxiproxy whose API this is. */
const VERSION = '2.12.0';

type Handler = (faults: FaultServer, names: readonly string[], body: string) => Promise<Reply> | Reply;
type Methods = Readonly<Record<string, Handler>>;

/** Paths with `*` for a name. */
const ROUTES: Readonly<Record<string, Methods>> = {
  proxies: {
    GET: ({ proxies }) => json(Object.fromEntries(proxies.map((proxy) => [proxy.name, proxy.view()]))),
    POST: async (faults, _, body) => json((await faults.create(parsed(body))).view(), 201),
  },
  populate: {
    POST: async (faults, _, body) =>
      json({ proxies: (await faults.populate(parsed(body))).map((proxy) => proxy.view()) }, 201),
  },
  reset: {
    POST: async (faults) => {
      await faults.reset();
      return NOTHING;
    },
  },
  version: { GET: () => json({ version: VERSION, server: 'keelson' }) },
  metrics: {
    GET: ({ proxies }) => ({
      status: 200,
      type: 'text/plain; version=0.0.4; charset=utf-8',
      body: metricsText(proxies),
    }),
  },
  authority: {
    GET: ({ authority }) => ({ status: 200, type: 'application/x-pem-file', body: authority }),
  },
  faults: {
    GET: () =>
      json(FAULTS.map(({ type, layer, summary, attributes }) => ({ type, layer, summary, attributes }))),
  },
  'proxies/*': {
    GET: (faults, names) => json(proxyOf(faults, names).view()),
    POST: updateProxy,
    PATCH: updateProxy,
    DELETE: async (faults, [name = '']) => {
      await faults.remove(name);
      return NOTHING;
    },
  },
  'proxies/*/counts': { GET: (faults, names) => json(proxyOf(faults, names).counts()) },
  'proxies/*/toxics': {
    GET: (faults, names) => json(proxyOf(faults, names).view().toxics),
    POST: async (faults, names, body) => json((await proxyOf(faults, names).setToxic(parsed(body))).view()),
  },
  'proxies/*/toxics/*': {
    GET: (faults, names) =>
      json(
        proxyOf(faults, names)
          .toxic(names[1] ?? '')
          .view(),
      ),
    POST: updateToxic,
    PATCH: updateToxic,
    DELETE: async (faults, names) => {
      await proxyOf(faults, names).removeToxic(names[1] ?? '');
      return NOTHING;
    },
  },
};

/** @throws Refusal 404 there is no such path, 405 not with this method, or what the handler has to say */
export async function answerTo(
  faults: FaultServer,
  method: string,
  target: string,
  body: string,
): Promise<Reply> {
  const parts = (target.split('?', 1)[0] ?? '').split('/').slice(1);
  for (const [path, methods] of Object.entries(ROUTES)) {
    const pattern = path.split('/');
    if (pattern.length !== parts.length) continue;
    if (!pattern.every((one, index) => one === '*' || one === parts[index])) continue;
    const handler = Object.hasOwn(methods, method) ? methods[method] : undefined;
    if (handler === undefined)
      throw new Refusal(405, 'method not allowed', [`Expected one of ${Object.keys(methods).join(', ')}.`]);
    return handler(faults, parts.filter((_, index) => pattern[index] === '*').map(decoded), body);
  }
  throw new Refusal(404, 'page not found');
}

async function updateProxy(faults: FaultServer, names: readonly string[], body: string): Promise<Reply> {
  const proxy = proxyOf(faults, names);
  await proxy.update(parsed(body));
  return json(proxy.view());
}

async function updateToxic(faults: FaultServer, names: readonly string[], body: string): Promise<Reply> {
  const toxic = await proxyOf(faults, names).changeToxic(names[1] ?? '', parsed(body));
  return json(toxic.view());
}

function proxyOf(faults: FaultServer, [name = '']: readonly string[]): FaultProxy {
  return faults.proxy(name);
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    throw badRequest(['Expected a name in UTF-8 in the path, found other bytes.']);
  }
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch (error) {
    throw badRequest([`Expected JSON: ${error instanceof Error ? error.message : String(error)}.`]);
  }
}

const NOTHING: Reply = { status: 204, type: '' };

function json(value: unknown, status = 200): Reply {
  return { status, type: 'application/json', body: `${JSON.stringify(value)}\n` };
}
