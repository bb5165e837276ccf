/** Samples against edges of this process, each with a way of its own to keep attacks away, or not. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { modelOf } from '../../../test/oracle/models.ts';
import { drillProtections, type ProtectionDrill, type ProtectionDrillOptions } from './index.ts';
import { drilledPathsOf } from './paths.ts';
import { SAMPLES } from './samples/index.ts';

const servers: Server[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});

type Edge = (request: IncomingMessage, response: ServerResponse) => void;
const pass: Edge = (_, response) => void response.end('well');
const isAttack = ({ url = '', headers }: IncomingMessage): boolean =>
  /SELECT|script|OR%20|\.\./.test(url) ||
  /sqlmap|Nikto|Nmap|masscan|Nuclei/.test(headers['user-agent'] ?? '');
const refuseWhen =
  (isRefused: (request: IncomingMessage) => boolean, status = 403): Edge =>
  (request, response) =>
    void response.writeHead(isRefused(request) ? status : 200).end();

const FEW = [
  'sql-union',
  'sql-tautology',
  'script-element',
  'traversal-query',
  'shell-substitution',
  'scanner-sqlmap',
];

/** What is found of edges that the plan says protect with these. */
async function drill(
  edges: readonly (readonly [string, Edge])[],
  ids: readonly string[] = FEW,
  more: Partial<ProtectionDrillOptions> = {},
): Promise<ProtectionDrill> {
  const places = await Promise.all(
    edges.map(async ([, edge]) => ({ address: `127.0.0.1:${await listen(edge)}` })),
  );
  const model = modelOf(`keelson: 1
platform: {name: Shop, asOf: 2026-11-01}
catalog: none
journeys:
  buy:
    protections: {need: [waf], missing: refuse}
    try: [{send: GET /orders}]
    match: [{path: /orders, to: site}]
    modes: {full: {needs: [edge, site]}}
services:
  edge: {outages: none, front: true, url: "http://shop.localhost/", any: [${edges.map((_, i) => `edge-${i + 1}`).join(', ')}], failover: {}}
  site: {outages: none, url: "http://127.0.0.1:9"}
${edges.map(([protects], i) => `  edge-${i + 1}: {outages: none, protects: [${protects.replace(', funds', '], handles: [funds')}]}`).join('\n')}
`);
  const uses = (alternative: number) =>
    [
      { kind: 'edge', name: '', service: 0, alternative, node: undefined, change: false, signals: [] },
    ] as const;
  return await drillProtections({
    model,
    ...drilledPathsOf(
      model,
      places.map((place, i) => ({ ...place, uses: uses(i) })),
    ),
    environment: 'production',
    journeyOf: () => 0,
    secretAt: () => '',
    perSecond: 50,
    timeoutMs: 300,
    samples: SAMPLES.filter(({ id }) => ids.includes(id)),
    signal: new AbortController().signal,
    ...more,
  });
}

async function listen(edge: Edge): Promise<number> {
  const server = createServer(edge);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port; // it listens on TCP
}

const found = ({ findings }: ProtectionDrill) =>
  findings.map(({ kind, outcome, number, protection }) => [kind, outcome, number, protection]);

test('edges that keep away the same agree, though one says 403, one cuts the connection and one does not answer', async () => {
  const result = await drill([
    ['waf, bot', refuseWhen(isAttack)],
    [
      'waf, bot',
      (request, response) => (isAttack(request) ? request.socket.destroy() : pass(request, response)),
    ],
    ['waf, bot', (request, response) => (isAttack(request) ? undefined : pass(request, response))],
  ]);
  expect([result.outcome, found(result)]).toEqual(['agrees', []]);
  for (const { seen } of result.paths[0]?.alternatives ?? [])
    expect(seen.map(({ blocked, through }) => [blocked.length, through.length])).toEqual([
      [4, 1],
      [1, 0],
    ]);
});

test('a fallback that lets through all of it is wrong at its line, with the edit and who is exposed', async () => {
  const result = await drill([
    ['waf', refuseWhen(isAttack)],
    ['waf', pass],
  ]);
  expect(found(result)).toEqual([
    ['unsaid', 'better', 1, 'bot'],
    ['absent', 'wrong', 2, 'waf'],
  ]);
  expect(result.findings[1]).toMatchObject({
    edge: 'edge.any[2]',
    line: 11,
    samples: ['script-element', 'shell-substitution', 'sql-tautology', 'sql-union', 'traversal-query'],
    edit: { says: 'edge-2 does not protect with waf', yaml: 'services:\n  edge-2:\n    protects: []' },
    exposes: [{ journey: 'buy', modes: ['full'], missing: 'refuse' }],
  });
  expect(result.outcome).toBe('wrong');
});

test('a fallback that lets through some of it is weaker by what the first blocks', async () => {
  const result = await drill([
    ['waf, bot', refuseWhen(isAttack)],
    ['waf, bot', refuseWhen((request) => isAttack(request) && !/script/.test(request.url ?? ''), 406)],
  ]);
  expect(found(result)).toEqual([['weaker', 'wrong', 2, 'waf']]);
  expect(result.findings[0]?.samples).toEqual(['script-element']);
});

test('the first alternative too must have some of what the plan says', async () => {
  expect(
    found(
      await drill([
        ['waf', pass],
        ['waf, bot', refuseWhen(isAttack)],
      ]),
    ),
  ).toEqual([['absent', 'wrong', 1, 'waf']]);
});

test('what blocks harmless requests too is no protection', async () => {
  const result = await drill(
    [
      ['waf', refuseWhen(isAttack)],
      ['waf', refuseWhen(() => true)],
    ],
    FEW.slice(0, 3),
  );
  expect(found(result)).toEqual([['blocks-everything', 'wrong', 2, null]]);
  expect(result.findings[0]?.says).toContain('blocks harmless requests as it blocks attacks: status 403');
});

test('an edge that shuts the drill out, or does not answer, is unclear, and is not asked on and on', async () => {
  let [attacks, asked] = [0, 0];
  const shutsOut = refuseWhen((request) => {
    asked++;
    if (isAttack(request)) attacks++;
    return attacks >= 2;
  });
  const result = await drill(
    [
      ['waf', shutsOut],
      ['waf', (_, response) => void response.writeHead(502).end()],
    ],
    SAMPLES.filter(({ protection }) => protection === 'waf').map(({ id }) => id),
  );
  expect(found(result)).toEqual([
    ['shut-out', 'unclear', 1, null],
    ['silent', 'unclear', 2, null],
  ]);
  expect(result.outcome).toBe('unclear');
  expect(asked).toBeLessThan(result.samples.length);
  expect(result.paths[0]?.alternatives[1]?.samples.at(-1)?.twin).toBe('not sent');
});

test('a bound on the rate is compared, and a burst too small to meet any says nothing', async () => {
  const bounded = (): Edge => {
    const at: number[] = [];
    return (_, response) => {
      at.push(performance.now());
      response.writeHead(at.filter((ms) => ms > performance.now() - 100).length > 10 ? 429 : 200).end();
    };
  };
  const ids = ['burst-small', 'sql-union'];
  expect(
    found(
      await drill(
        [
          ['ddos', bounded()],
          ['ddos', pass],
        ],
        ids,
      ),
    ),
  ).toEqual([['absent', 'wrong', 2, 'ddos']]);
  expect(
    found(
      await drill(
        [
          ['ddos', pass],
          ['ddos', pass],
        ],
        ids,
      ),
    ),
  ).toEqual([]);
});

test('the same seed sends in the same order', async () => {
  const seen: string[][] = [];
  const hears = (inner: Edge): Edge => {
    const heard: string[] = [];
    seen.push(heard);
    return (request, response) => {
      heard.push(String(request.headers['keelson-drill']));
      inner(request, response);
    };
  };
  const first = await drill(
    [
      ['waf', hears(refuseWhen(isAttack))],
      ['waf', hears(pass)],
    ],
    FEW,
    { seed: 7 },
  );
  const [a, b] = seen.splice(0);
  expect(a).toEqual(b);
  await drill(
    [
      ['waf', hears(pass)],
      ['waf', pass],
    ],
    FEW,
    { seed: 7 },
  );
  expect(seen.splice(0)[0]).toEqual(a);
  await drill(
    [
      ['waf', hears(pass)],
      ['waf', pass],
    ],
    FEW,
    { seed: 8 },
  );
  expect(seen[0]).not.toEqual(a);
  expect(first.requests).toBe(FEW.length * 4);
});

test('ended by hand it says what it has seen', async () => {
  const ending = new AbortController();
  const ends: Edge = (request, response) => {
    ending.abort();
    pass(request, response);
  };
  const result = await drill(
    [
      ['waf', ends],
      ['waf', pass],
    ],
    FEW,
    {
      signal: ending.signal,
    },
  );
  expect([result.outcome === 'agrees', result.stopped]).toEqual([false, 'It was ended by hand.']);
  expect(result.paths[0]?.alternatives[0]?.samples.at(-1)?.how).toBe('not sent');
});

test('outside a sandbox nothing reaches what handles funds, whatever requests it takes', async () => {
  let asked = 0;
  const counts: Edge = (request, response) => {
    asked++;
    pass(request, response);
  };
  const result = await drill(
    [
      ['waf', counts],
      ['waf, funds', counts],
    ],
    FEW,
  );
  expect(asked).toBe(0);
  expect([result.outcome, result.requests, result.paths]).toEqual(['unclear', 0, []]);
  expect(result.leftOut.map(({ name }) => name)).toEqual([`edge: ${FEW.toSorted().join(', ')}`]);
});
