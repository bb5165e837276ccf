import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { afterEach, describe, expect, test } from 'vitest';
import { freePort } from '../../../test/parts/part.ts';
import { HookWheel, type HookWheelOptions } from './hook-wheel.ts';

const TOKEN = 'a-token-nobody-may-see';
const never = new AbortController().signal;
const servers = new Set<Server>();
afterEach(async () => {
  for (const server of servers) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
  servers.clear();
});

interface Told {
  readonly method: string | undefined;
  readonly key: unknown;
  readonly authorization: string | undefined;
  readonly body: string;
}

/** A hook that answers what it is told to, and remembers what it was asked. */
async function hook(
  answer: (told: Told, response: ServerResponse) => void,
): Promise<{ url: URL; told: Told[] }> {
  const told: Told[] = [];
  const server = createServer(async (request: IncomingMessage, response) => {
    let body = '';
    for await (const chunk of request) body += String(chunk);
    const { authorization, 'idempotency-key': key } = request.headers;
    const one = { method: request.method, key, authorization, body };
    told.push(one);
    answer(one, response);
  });
  servers.add(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return { url: new URL(`http://127.0.0.1:${port}/hooks/in-the-path?key=in-the-query`), told };
}

function wheel(url: URL, options: Partial<HookWheelOptions> = {}): HookWheel {
  let turns = 0;
  return new HookWheel({
    service: 'edge',
    alternatives: ['cirrus', 'nimbus'],
    url,
    token: TOKEN,
    timeoutMs: 5_000,
    turnId: () => `turn-${++turns}`,
    ...options,
  });
}

describe('turning', () => {
  test('tells where to and where from, with the token and an id', async () => {
    const { url, told } = await hook((_, response) => response.writeHead(202).end());
    const turned = wheel(url);
    await turned.turn(0, never);
    await turned.turn(1, never);
    expect(told.map(({ body, ...rest }) => ({ ...rest, ...JSON.parse(body) }))).toEqual([
      {
        method: 'POST',
        key: 'turn-1',
        authorization: `Bearer ${TOKEN}`,
        service: 'edge',
        to: 'cirrus',
        from: null,
        id: 'turn-1',
      },
      {
        method: 'POST',
        key: 'turn-2',
        authorization: `Bearer ${TOKEN}`,
        service: 'edge',
        to: 'nimbus',
        from: 'cirrus',
        id: 'turn-2',
      },
    ]);
  });

  test.each([400, 401, 403, 404, 409, 429])('is refused by %d', async (status) => {
    const { url } = await hook((_, response) => response.writeHead(status).end(`no: ${TOKEN}`));
    await expect(wheel(url).turn(0, never)).rejects.toMatchObject({ code: 'wheel-refused' });
  });

  test('follows no redirect', async () => {
    const elsewhere = await hook((_, response) => response.end());
    const { url } = await hook((_, response) =>
      response.writeHead(307, { location: elsewhere.url.href }).end(),
    );
    await expect(wheel(url).turn(0, never)).rejects.toMatchObject({ code: 'wheel-refused' });
    expect(elsewhere.told).toEqual([]);
  });

  test('of which nobody knows whether it has happened is told again under the same id, another under its own', async () => {
    let broken = 2;
    const { url, told } = await hook((_, response) => {
      if (broken-- > 0) response.destroy();
      else response.end();
    });
    const turned = wheel(url);
    await expect(turned.turn(0, never)).rejects.toMatchObject({ code: 'wheel-unknown' });
    await expect(turned.turn(0, never)).rejects.toMatchObject({ code: 'wheel-unknown' });
    await turned.turn(0, never);
    await turned.turn(1, never);
    expect(told.map(({ key }) => key)).toEqual(['turn-1', 'turn-1', 'turn-1', 'turn-2']);
  });

  test('by a hook that fails is not known to have happened', async () => {
    const { url } = await hook((_, response) => response.writeHead(502).end());
    await expect(wheel(url).turn(0, never)).rejects.toMatchObject({ code: 'wheel-unknown' });
  });

  test('by a hook that hangs is given up in time, and when it is told to', async () => {
    const giveUp = new AbortController();
    let asked = 0;
    const { url } = await hook(() => {
      if (++asked === 2) giveUp.abort();
    });
    await expect(wheel(url, { timeoutMs: 100 }).turn(0, never)).rejects.toMatchObject({
      code: 'wheel-unknown',
      message: expect.stringContaining('did not answer in time'),
    });
    await expect(wheel(url).turn(0, giveUp.signal)).rejects.toMatchObject({ code: 'wheel-unknown' });
  });

  test('by a hook whose answer never ends is given up in time', async () => {
    const { url } = await hook((_, response) => {
      response.writeHead(200).write('{');
    });
    await expect(wheel(url, { timeoutMs: 100 }).turn(0, never)).rejects.toMatchObject({
      code: 'wheel-unknown',
    });
  });

  test('has not happened where the hook is not there', async () => {
    const url = new URL(`http://127.0.0.1:${await freePort()}/`);
    await expect(wheel(url).turn(0, never)).rejects.toMatchObject({
      code: 'wheel-unreachable',
      message: `${url.origin} refuses connections.`,
    });
  });

  test('is done once the check no longer names another', async () => {
    let answers = 0;
    const { url } = await hook(({ method }, response) => {
      const inForce = ++answers > 3 ? 'nimbus' : 'cirrus';
      response.end(method === 'GET' ? JSON.stringify({ inForce }) : '');
    });
    await wheel(url, { check: url }).turn(1, never);
    expect(answers).toBe(4);
  });

  test('is not confirmed where the check goes on naming another', async () => {
    const { url } = await hook(({ method }, response) =>
      response.end(method === 'GET' ? '{"inForce":"cirrus"}' : ''),
    );
    await expect(wheel(url, { check: url }).turn(1, never)).rejects.toMatchObject({
      code: 'wheel-unconfirmed',
    });
  });
});

describe('checking', () => {
  test.each([
    ['{"inForce":"nimbus"}', 1],
    ['{"inForce":"stratus"}', undefined],
    ['{"inForce":1}', undefined],
    ['null', undefined],
    ['{', undefined],
    ['', undefined],
    [`{"inForce":"nimbus","more":"${'x'.repeat(100_000)}"}`, undefined],
  ])('%.40s', async (text, inForce) => {
    const { url } = await hook((_, response) => response.end(text));
    expect(await wheel(url, { check: url }).check(never)).toMatchObject({ ok: true, inForce });
  });

  test('tells why it could not be turned, and keeps secrets', async () => {
    const { url } = await hook((_, response) => response.writeHead(401).end(TOKEN));
    const check = await wheel(url, { check: url }).check(never);
    expect(check).toEqual({ ok: false, why: `${url.origin}/… answers 401.` });
  });

  test('without a URL for it only connects: a hook may take any request for the word', async () => {
    const { url, told } = await hook((_, response) => response.end());
    expect(await wheel(url).check(never)).toMatchObject({ ok: true, inForce: undefined });
    expect(told).toEqual([]);
    const gone = new URL(`http://127.0.0.1:${await freePort()}/`);
    expect(await wheel(gone).check(never)).toEqual({ ok: false, why: `${gone.origin} refuses connections.` });
  });
});

test('what it would do is said without secrets', async () => {
  const url = new URL('https://hooks.example/services/T0/secret?key=secret');
  const lines = wheel(url, { check: url }).describe(1).join('\n');
  expect(lines).toBe(
    'POST https://hooks.example/… with a bearer token, within 5000 ms: {"service":"edge","to":"nimbus"}\n' +
      'then GET https://hooks.example/… to see that nimbus is in force',
  );
});

test.each(['http://hooks.example/', 'ftp://hooks.example/', 'https://user:word@hooks.example/'])(
  'a hook at %s is refused',
  (text) => {
    expect(() => wheel(new URL(text))).toThrow(expect.objectContaining({ code: 'wheel-setting' }));
  },
);
