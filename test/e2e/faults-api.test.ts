import { once } from 'node:events';
import { request } from 'node:http';
import { connect as connectTls } from 'node:tls';
import { Toxiproxy } from 'toxiproxy-node-client';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { decodeMessage, encodeMessage } from '../../src/dns/message.ts';
import { framed } from '../../src/faults/dns/frames.ts';
import { FAULTS, FaultServer, openControl, type Control, type Fault } from '../../src/faults/index.ts';
import { echo, startStreamServer, talk, type StreamServer } from '../parts/streams.ts';

/** The control API: what Toxiproxy's own client asks for, what is added to it, and what it refuses. */
let upstream: StreamServer;
/** A name server that answers every query with what no fault does. */
let names: StreamServer;
let faults: FaultServer;
let control: Control;
let url: string;

beforeAll(async () => {
  upstream = await startStreamServer(echo);
  names = await startStreamServer((socket) => {
    socket.on('data', (bytes: Buffer) => {
      bytes.writeUInt16BE(0x8000 | NOT_IMPLEMENTED, 4);
      socket.write(bytes);
    });
    socket.on('end', () => socket.end());
  });
  faults = new FaultServer();
  control = await openControl(faults, { port: 0 });
  url = `http://127.0.0.1:${control.place.port}`;
});
afterEach(async () => {
  for (const { name } of faults.proxies) await faults.remove(name);
});
afterAll(async () => {
  await control.close();
  await faults.close();
  await upstream.close();
  await names.close();
});

interface Answer {
  readonly status: number;
  // What came, to be looked at by the test.
  readonly json: unknown;
}

async function ask(method: string, path: string, body?: unknown, headers = {}): Promise<Answer> {
  const response = await fetch(`${url}${path}`, {
    method,
    headers,
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  const isJson = response.headers.get('content-type') === 'application/json';
  return { status: response.status, json: isJson ? JSON.parse(text) : text };
}

const echoProxy = (name = 'echo', more = {}) => ({
  name,
  listen: '127.0.0.1:0',
  upstream: upstream.place,
  ...more,
});

describe('toxiproxy-node-client, as it is', () => {
  test('makes a proxy, sets, changes and takes away a toxic, disables and enables it, and removes it', async () => {
    const client = new Toxiproxy(url);
    const proxy = await client.createProxy(echoProxy());
    expect(proxy.toJson()).toMatchObject({ name: 'echo', enabled: true, upstream: upstream.place });
    expect(proxy.listen).toMatch(/^127\.0\.0\.1:[1-9]\d+$/);
    expect(Object.keys(await client.getAll())).toEqual(['echo']);
    expect((await client.get('echo')).listen).toBe(proxy.listen);

    const body = { name: 'late', type: 'latency', stream: 'downstream', toxicity: 1 } as const;
    const late = await proxy.addToxic({ ...body, attributes: { latency: 120, jitter: 0 } });
    expect(late.toJson()).toEqual({ ...body, attributes: { latency: 120, jitter: 0 } });
    expect((await talk(proxy.listen, 'x')).firstMs).toBeGreaterThan(118);
    expect((await proxy.getToxic('late')).attributes).toEqual({ latency: 120, jitter: 0 });
    const changed = await late.update({ ...body, attributes: { latency: 10, jitter: 5 } });
    expect(changed.attributes).toEqual({ latency: 10, jitter: 5 });
    await late.remove();
    await expect(proxy.getToxic('late')).rejects.toThrow('404');

    const down = { listen: proxy.listen, upstream: proxy.upstream };
    expect((await proxy.update({ ...down, enabled: false })).enabled).toBe(false);
    expect((await talk(proxy.listen, 'x')).error).toBe('ECONNREFUSED');
    expect((await proxy.update({ ...down, enabled: true })).enabled).toBe(true);
    expect((await talk(proxy.listen, 'x')).bytes.toString()).toBe('x');
    await proxy.remove();
    expect(await client.getAll()).toEqual({});
  });

  test('populates, resets, and hears the version', async () => {
    const client = new Toxiproxy(url);
    const made = await client.populate([echoProxy('one'), echoProxy('two', { enabled: false })]);
    expect(Object.keys(made)).toEqual(['one', 'two']);
    const [one, two] = [made.one, made.two];
    if (one === undefined || two === undefined) throw new Error('Both were made.');
    expect(two.enabled).toBe(false);
    await one.addToxic({
      name: '',
      type: 'limit_data',
      stream: 'upstream',
      toxicity: 1,
      attributes: { bytes: 1 },
    });
    // As they stand they are left alone: also what was set on them.
    await client.populate([one.toJson(), echoProxy('three')]);
    expect((await one.getToxic('limit_data_upstream')).attributes).toEqual({ bytes: 1 });
    await client.reset();
    await expect(one.getToxic('limit_data_upstream')).rejects.toThrow('404');
    expect((await client.get('two')).enabled).toBe(true);
    expect(JSON.parse((await client.getVersion()) ?? '')).toMatchObject({ version: /^2\./ });
  });
});

/** One for each layer: a proxy that has it, and what goes through while nothing is wrong. */
const LAYERS: Partial<
  Record<
    Fault['layer'],
    {
      readonly protocol: string;
      /** @default the echo */
      readonly upstream?: () => string;
      readonly passes: (listen: string) => Promise<boolean>;
    }
  >
> = {
  stream: {
    protocol: 'tcp',
    passes: async (listen) => (await talk(listen, 'as it is')).bytes.toString() === 'as it is',
  },
  dns: {
    protocol: 'dns',
    upstream: () => names.place,
    passes: async (listen) => {
      const query = encodeMessage({
        ...NO_FLAGS,
        questions: [{ name: 'www.harbor.test', type: 1, class: 1 }],
      });
      const { bytes } = await talk(listen, framed(query));
      return bytes.length > 2 && decodeMessage(bytes.subarray(2)).code === NOT_IMPLEMENTED;
    },
  },
  listener: {
    protocol: 'tcp',
    passes: async (listen) => (await talk(listen, 'as it is')).bytes.toString() === 'as it is',
  },
  // What an echo says to a request of HTTP is no answer; that it is asked, and that the proxy says so, shows that nothing is between.
  http: {
    protocol: 'http',
    passes: async (listen) => {
      const answer = await fetch(`http://${listen}/`);
      return answer.status === 502 && (await answer.text()).includes('HPE_');
    },
  },
  tls: {
    protocol: 'tls',
    passes: async (listen) => {
      const [host = '', port] = listen.split(':');
      const socket = connectTls({ host, port: Number(port), ca: faults.authority });
      socket.end('as it is');
      const [echoed] = await once(socket, 'data');
      return String(echoed) === 'as it is';
    },
  },
};

const layerProxy = (layer: (typeof LAYERS)[Fault['layer']]) =>
  echoProxy('p', { protocol: layer?.protocol, upstream: layer?.upstream?.() ?? upstream.place });

const NOT_IMPLEMENTED = 4;
const NO_FLAGS = {
  ...{ id: 1, opcode: 0, code: 0, isAnswer: false, isAuthoritative: false, isTruncated: false },
  ...{ answers: [], authorities: [], additionals: [] },
};

/** Attributes that have to be given. */
const EXAMPLES: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  slicer: { average_size: 100 },
  http_status: { status: 503 },
  http_body: { action: 'empty' },
  http_clamp: { concurrent: 1 },
  rpc_lag: { blocks: 3 },
  rpc_lie: { method: 'eth_chainId' },
  dns_answer: { addresses: ['192.0.2.1'] },
};

describe.each(FAULTS.map((fault) => [fault.type, fault] as const))('%s', (type, fault) => {
  const layer = LAYERS[fault.layer];
  const needed = EXAMPLES[type] ?? {};
  const toxicity = fault.layer === 'listener' ? 1 : 0.5;

  test('goes through the API and comes back as it was set, with what was left out', async () => {
    await ask('POST', '/proxies', layerProxy(layer));
    const set = await ask('POST', '/proxies/p/toxics', { type, attributes: needed, toxicity });
    expect(set).toMatchObject({ status: 200, json: { name: `${type}_downstream`, toxicity } });
    const stored = (set.json as { attributes: Record<string, unknown> }).attributes;
    expect(Object.keys(stored).sort()).toEqual(Object.keys(fault.attributes).sort());
    expect(await ask('GET', `/proxies/p/toxics/${type}_downstream`)).toEqual(set);
    // Set again from what was shown.
    await ask('DELETE', `/proxies/p/toxics/${type}_downstream`);
    expect(await ask('POST', '/proxies/p/toxics', set.json)).toEqual(set);
  });

  test('refuses what its attributes do not take, all at once, and says what they do', async () => {
    await ask('POST', '/proxies', layerProxy(layer));
    const names = Object.keys(fault.attributes);
    const wrong = Object.fromEntries(names.map((name) => [name, [{ no: 'value' }]]));
    const refused = await ask('POST', '/proxies/p/toxics', {
      type,
      attributes: { ...wrong, surely_not: 1 },
      toxicity: 2,
      schedule: { every: 'day' },
    });
    expect(refused.status).toBe(400);
    const { error } = refused.json as { error: string };
    for (const word of ['toxicity', 'schedule.every', 'surely_not']) expect(error).toContain(word);
    for (const name of names)
      if (fault.attributes[name]?.kind !== 'json') expect(error).toContain(`Expected ${name} to be`);
    expect((await ask('GET', '/proxies/p/toxics')).json).toEqual([]);
  });

  test('taken away, everything goes through again', async () => {
    const made = await ask('POST', '/proxies', layerProxy(layer));
    const { listen } = made.json as { listen: string };
    for (const stream of ['upstream', 'downstream'])
      await ask('POST', '/proxies/p/toxics', { type, stream, attributes: needed });
    for (const stream of ['upstream', 'downstream'])
      expect((await ask('DELETE', `/proxies/p/toxics/${type}_${stream}`)).status).toBe(204);
    expect(await layer?.passes(listen)).toBe(true);
  });
});

describe('it refuses', () => {
  const wrong = [
    ['no JSON', 'POST', '/proxies', '{', 400, 'Expected JSON'],
    ['no object', 'POST', '/proxies', '[]', 400, 'as an object'],
    ['no name', 'POST', '/proxies', { upstream: 'a:1' }, 400, 'name'],
    ['no upstream', 'POST', '/proxies', { name: 'a' }, 400, 'upstream'],
    ['an upstream without a port', 'POST', '/proxies', { name: 'a', upstream: 'a' }, 400, 'HOST:PORT'],
    [
      'a name with a control character',
      'POST',
      '/proxies',
      { name: 'a\u0007', upstream: 'a:1' },
      400,
      'seen',
    ],
    ['a long name', 'POST', '/proxies', { name: 'a'.repeat(201), upstream: 'a:1' }, 400, '200'],
    [
      'another computer',
      'POST',
      '/proxies',
      { name: 'a', listen: '0.0.0.0:0', upstream: 'a:1' },
      400,
      'remote',
    ],
    ['every computer', 'POST', '/proxies', { name: 'a', listen: ':8080', upstream: 'a:1' }, 400, 'remote'],
    [
      'a protocol it does not know',
      'POST',
      '/proxies',
      { name: 'a', upstream: 'a:1', protocol: 'x' },
      400,
      'x',
    ],
    [
      'a proxy twice',
      'POST',
      '/populate',
      [
        { name: 'a', upstream: 'a:1' },
        { name: 'a', upstream: 'a:1' },
      ],
      400,
      'once',
    ],
    ['an unknown path', 'GET', '/proxy', undefined, 404, 'page'],
    ['another method', 'DELETE', '/proxies', undefined, 405, 'GET, POST'],
    ['a proxy that is not there', 'GET', '/proxies/no', undefined, 404, 'proxy not found'],
    ['a toxic that is not there', 'DELETE', '/proxies/p/toxics/no', undefined, 404, 'toxic not found'],
    ['a name that is no UTF-8', 'GET', '/proxies/%ff', undefined, 400, 'UTF-8'],
    ['a proxy that is there', 'POST', '/proxies', { name: 'p', upstream: 'a:1' }, 409, 'already exists'],
    ['a toxic without a type', 'POST', '/proxies/p/toxics', {}, 400, 'invalid toxic type'],
    [
      'a type of a prototype',
      'POST',
      '/proxies/p/toxics',
      { type: 'constructor' },
      400,
      'invalid toxic type',
    ],
    [
      'a stream it does not know',
      'POST',
      '/proxies/p/toxics',
      { type: 'latency', stream: 'x' },
      400,
      'stream was',
    ],
    [
      'a match on bytes',
      'POST',
      '/proxies/p/toxics',
      { type: 'latency', match: { path: '/' } },
      400,
      'HTTP and DNS',
    ],
    [
      'sizes that contradict',
      'POST',
      '/proxies/p/toxics',
      { type: 'slicer', attributes: { average_size: 5, size_variation: 5 } },
      400,
      'less than',
    ],
    [
      'a part longer than its period',
      'POST',
      '/proxies/p/toxics',
      { type: 'latency', schedule: { every: 5, on: 5 } },
      400,
      'schedule.on',
    ],
    ['another name for a toxic', 'POST', '/proxies/p/toxics/t', { name: 'u' }, 400, 'stay'],
  ] as const;
  test.each(wrong)('%s', async (_, method, path, body, status, words) => {
    await faults.create({ ...echoProxy('p'), toxics: [{ name: 't', type: 'timeout' }] });
    const refused = await ask(method, path, body);
    expect(refused).toMatchObject({ status, json: { status } });
    expect((refused.json as { error: string }).error).toContain(words);
    expect(faults.proxies.map(({ name }) => name)).toEqual(['p']);
  });

  test('browsers, and pages of other sites', async () => {
    const browser = { 'user-agent': 'Mozilla/5.0 (X11; Linux x86_64)' };
    expect((await ask('GET', '/proxies', undefined, browser)).status).toBe(403);
    // fetch does not let a program say where it comes from.
    const status = await new Promise((resolve, reject) => {
      const asked = request(`${url}/proxies`, { headers: { origin: 'http://evil.example' } }, (response) => {
        response.resume();
        resolve(response.statusCode);
      });
      asked.on('error', reject).end();
    });
    expect(status).toBe(403);
  });

  test('more than a megabyte', async () => {
    expect((await ask('POST', '/proxies', JSON.stringify('x'.repeat(1_100_000)))).status).toBe(413);
  });

  test('the hundred and first toxic', async () => {
    const proxy = await faults.create(echoProxy());
    for (let i = 0; i < 100; i++) await proxy.setToxic({ type: 'slow_close', name: `t${i}` });
    expect((await ask('POST', '/proxies/echo/toxics', { type: 'latency' })).status).toBe(409);
  });

  test('a port that another has, and then there is no such proxy', async () => {
    const taken = await ask('POST', '/proxies', { name: 'a', listen: upstream.place, upstream: 'a:1' });
    expect(taken).toMatchObject({ status: 500, json: { error: expect.stringContaining('EADDRINUSE') } });
    expect(faults.proxies).toEqual([]);
  });

  test('to listen for others, unless it is told to', async () => {
    await expect(openControl(faults, { host: '0.0.0.0', port: 0 })).rejects.toThrow('--allow-remote');
    const own = new FaultServer({ allowRemote: true });
    const proxy = await own.create({ name: 'a', listen: ':0', upstream: upstream.place });
    expect(proxy.listen).toMatch(/^\[::\]:\d+$/);
    await own.close();
  });
});

describe('in addition', () => {
  test('names of any kind are told apart and found', async () => {
    for (const name of ['a/b', 'a b', 'ü', '__proto__', 'constructor', '%2f', '..']) {
      expect((await ask('POST', '/proxies', echoProxy(name))).status).toBe(201);
      const path = name === '..' ? '' : `/proxies/${encodeURIComponent(name)}`;
      if (path !== '') expect(await ask('GET', path)).toMatchObject({ status: 200, json: { name } });
    }
    const all = (await ask('GET', '/proxies')).json;
    expect(Object.keys(all as object)).toHaveLength(7);
  });

  test('toxics stand from the first connection on, and a schedule can be given and taken back', async () => {
    const [proxy] = await faults.populate([
      echoProxy('p', { toxics: [{ type: 'reset_peer', name: 'r', schedule: { first: 1 } }] }),
    ]);
    const listen = proxy?.listen ?? '';
    expect((await talk(listen, 'x')).error).toBe('ECONNRESET');
    expect((await talk(listen, 'x')).error).toBeUndefined();
    expect(await ask('GET', '/proxies/p/toxics/r')).toMatchObject({ json: { active: false } });
    expect(await ask('PATCH', '/proxies/p/toxics/r', { schedule: null })).toMatchObject({
      json: expect.not.objectContaining({ schedule: expect.anything() }),
    });
    expect((await talk(listen, 'x')).error).toBe('ECONNRESET');
  });

  test('counts, metrics and the catalogue', async () => {
    const { listen } = await faults.create(
      echoProxy('say "p"', { toxics: [{ type: 'limit_data', name: 'l', attributes: { bytes: 2 } }] }),
    );
    await talk(listen, 'four');
    await expect
      .poll(async () => (await ask('GET', '/proxies/say%20%22p%22/counts')).json)
      .toEqual({
        accepted: 1,
        open: 0,
        failed: 0,
        requests: 0,
        upstreamBytes: 4,
        downstreamBytes: 4,
        changed: { l: 1 },
      });
    const metrics = String((await ask('GET', '/metrics')).json);
    expect(metrics).toContain('keelson_faults_changed_total{proxy="say \\"p\\"",toxic="l"} 1\n');
    expect(metrics).toContain(
      `toxiproxy_proxy_received_bytes_total{direction="upstream",proxy="say \\"p\\""`,
    );
    const { json } = await ask('GET', '/faults');
    expect((json as { type: string }[]).map(({ type }) => type)).toEqual(FAULTS.map(({ type }) => type));
  });
});
