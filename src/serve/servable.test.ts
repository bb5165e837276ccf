import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { planOf } from '../../test/oracle/time/compare.ts';
import { secretAt } from '../processes/secrets.ts';
import { servedBy, type Served, type Unserved } from './servable.ts';
import { targetsOf } from './targets.ts';
import type { Role } from './seeing/status.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'keelson-servable-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function serve(text: string, role: Role = 'gateway'): Served | Unserved {
  return servedBy(planOf(text).model, role, {
    planFile: join(folder, 'plan.yaml'),
    secretAt: (where) => secretAt(where, folder),
  });
}

/** `LINE CODE`, and the codes of errors. */
function missing(found: Served | Unserved): string[] {
  if (!('problems' in found)) throw new Error('It can be served.');
  return [
    ...found.problems.map(({ line, code }) => `${line} ${code}`),
    ...found.errors.map(({ code }) => code),
  ];
}

const planWith = (journeys: string, services: string): string => `keelson: 1
platform: {name: P, asOf: 2026-11-01}
journeys:
${journeys}
services:
${services}
providers: {p: {capabilities: {a: {outages: none}, b: {outages: none}}}}
catalog: none
`;

const FRONT = `  front:
    outages: none
    front: true
    url: https://trade.example
    any: [{use: p/a, answer: [127.0.0.2], arrives: {header: x-edge, value: "env:KEELSON_NO_SUCH_A"}}, {use: p/b, answer: [127.0.0.3]}]
    failover: {detect: 5s}
    steer: {dns: {zone: example, name: trade.example, ttl: 30s, server: "127.0.0.1:53", key: {name: k, secret: "env:KEELSON_NO_SUCH_B"}}}`;

describe('a plan that cannot be served', () => {
  test('is told all that is missing at once, each at its place', () => {
    const text = planWith(
      `  trade:
    match: [{path: /a, to: nowhere}, {path: /b, to: both}, {path: /c, to: fine}]
    modes:
      full: {needs: [nowhere, both, fine]}
      lean: {worth: 10%, needs: fine, allow: [{methods: [GET], to: elsewhere}]}
      page: {worth: 1%, needs: fine, static: missing.html}`,
      `  nowhere: {outages: none, needs: p/a}
  elsewhere: {outages: none, any: [p/a, p/b]}
  both: {outages: none, needs: [fine, other]}
  fine: {outages: none, url: "http://127.0.0.1:1"}
  other: {outages: none, url: "http://127.0.0.1:2"}
${FRONT}`,
    );
    expect(missing(serve(text))).toEqual([
      '11 route-without-url',
      '13 route-ambiguous',
      '12 route-without-url',
      'secret-missing',
      'bad-static-page',
    ]);
  });

  test('says of what it found several places what they are', () => {
    const found = serve(
      planWith(
        '  t: {match: [{path: /b, to: both}], modes: {full: {needs: both}}}',
        '  both: {outages: none, needs: [one, two]}\n  one: {outages: none, url: "http://127.0.0.1:1"}\n  two: {outages: none, url: "http://127.0.0.1:2"}',
      ),
    );
    expect('problems' in found && found.problems[0]?.message).toMatch(/one.*two/);
  });

  test('has nothing that a gateway could serve where no journey matches requests', () => {
    const text = planWith(
      '  t: {modes: {full: {needs: s}}}',
      '  s: {outages: none, url: "http://127.0.0.1:1"}',
    );
    expect(missing(serve(text))).toEqual(['1 nothing-to-serve']);
    expect(missing(serve(text, 'steerer'))).toEqual(['1 nothing-to-steer']);
  });

  test('of which a secret is missing is not steered', () => {
    const text = planWith('  t: {modes: {full: {needs: front}}}', FRONT);
    expect(missing(serve(text, 'steerer'))).toContain('secret-missing');
  });

  test('says of every secret that is missing, and asks a steerer for none of the edges', () => {
    const edges = `  front:
    outages: none
    front: true
    url: https://trade.example
    any:
      - {use: p/a, answer: [127.0.0.2], arrives: {header: x-edge, value: "env:KEELSON_TEST_EDGE_A"}}
      - {use: p/b, answer: [127.0.0.3], arrives: {header: x-edge, value: "env:KEELSON_TEST_EDGE_B"}}
    failover: {spread: 1m}
    steer: {http: {url: "https://hook.example", token: "env:KEELSON_TEST_TOKEN"}}
  site: {outages: none, url: "http://127.0.0.1:1"}`;
    const text = planWith(
      '  t: {match: [{path: /, to: site}], modes: {full: {needs: [front, site]}}}',
      edges,
    );
    const said = (role: Role): string[] => {
      const found = serve(text, role);
      return 'errors' in found
        ? found.errors.map(({ message }) => /KEELSON_TEST_\w+/.exec(message)?.[0] ?? '')
        : [];
    };
    expect(said('gateway')).toEqual(['KEELSON_TEST_EDGE_A', 'KEELSON_TEST_EDGE_B']);
    expect(said('steerer')).toEqual(['KEELSON_TEST_TOKEN']);
  });

  test.each(['match', 'allow'])('has more active members than can be balanced: by %s', (where) => {
    const members = Array.from(
      { length: 40 },
      (_, i) => `{use: p/a, capacity: 1, url: "http://127.0.0.1:${i + 1}"}`,
    );
    const services = `  many: {outages: none, pool: [${members.join(', ')}]}\n  one: {outages: none, url: "http://127.0.0.1:99"}`;
    const to = where === 'match' ? 'many' : 'one';
    const allow = where === 'allow' ? ', allow: [{methods: [GET], to: many}]' : '';
    const text = planWith(
      `  t: {match: [{path: /, to: ${to}}], modes: {full: {needs: {from: many, atLeast: 1}${allow}}}}`,
      services,
    );
    expect(missing(serve(text)).map((one) => one.split(' ')[1])).toEqual(['too-many-members']);
  });
});

describe('a plan that can be served', () => {
  const ways = (services: string): Served => {
    const found = serve(planWith('  t: {match: [{path: /, to: s}], modes: {full: {needs: one}}}', services));
    if ('problems' in found) throw new Error(JSON.stringify(found.problems.map(({ message }) => message)));
    return found;
  };
  const at = (port: number): string => `url: "http://127.0.0.1:${port}/base/"`;
  const sites = `  one: {outages: none, ${at(1)}}\n  two: {outages: none, ${at(2)}}`;

  test.each<[string, string, string, readonly string[]]>([
    ['a url of its own', `  s: {outages: none, ${at(9)}}`, 'target', ['s']],
    ['what it needs', '  s: {outages: none, needs: one}', 'target', ['one']],
    ['the only one of what it needs', '  s: {outages: none, needs: [p/a, two]}', 'target', ['two']],
    ['alternatives', '  s: {outages: none, any: [one, two]}', 'any', ['one', 'two']],
    ['alternatives of which one has no url', '  s: {outages: none, any: [p/a, two]}', 'any', ['two']],
    [
      'alternatives with urls of their own',
      `  s: {outages: none, any: [{use: p/a, ${at(3)}}, {use: p/b, ${at(4)}}]}`,
      'any',
      ['s:1', 's:2'],
    ],
    ['inline alternatives', '  s: {outages: none, needs: {any: [one, two]}}', 'any', ['one', 'two']],
    ['several at once', '  s: {outages: none, atLeast: 1, of: [one, two]}', 'active', ['one', 'two']],
    [
      'several at once of which one has no url',
      '  s: {outages: none, atLeast: 1, of: [p/a, two]}',
      'target',
      ['two'],
    ],
    [
      'a pool',
      '  s: {outages: none, pool: [{use: one, capacity: 1}, {use: two, capacity: 3}]}',
      'active',
      ['one', 'two'],
    ],
  ])('leads to %s', (_, service, kind, names) => {
    const { routes, targets } = ways(`${service}\n${sites}`);
    const way = routes[0]?.way;
    expect(way?.kind).toBe(kind);
    expect(way === undefined ? [] : targetsOf(way).map(({ name }) => name)).toEqual(names);
    expect(targets.map(({ index }) => index)).toEqual(targets.map((_one, i) => i));
    expect(new Set(targets.map(({ basePath }) => basePath))).toEqual(new Set(['/base']));
    expect(new Set(targets.map(({ signal }) => signal)).size).toBe(targets.length);
  });

  test('names a target once, however many lead there', () => {
    const { routes, targets } = ways(
      `  s: {outages: none, any: [x, y]}\n  x: {outages: none, any: [one, two]}\n  y: {outages: none, needs: one}\n${sites}`,
    );
    expect(targets.map(({ name }) => name)).toEqual(['one', 'two']);
    expect(routes[0]?.way === undefined ? 0 : targetsOf(routes[0].way).length).toBe(3);
  });

  test.each<[string, boolean]>([
    ['', true],
    ['state: {writer: single, lag: 1s}, failover: {detect: 1s}', false],
    ['failover: {detect: 1s, approve: 1m}', false],
    ['failover: {detect: 1s}', true],
  ])('lets a request jump to another alternative only where nobody writes or decides: %s', (more, jumps) => {
    const { routes } = ways(
      `  s: {outages: none, any: [one, two]${more === '' ? '' : `, ${more}`}}\n${sites}`,
    );
    expect(routes[0]?.way).toMatchObject({ kind: 'any', jumps });
  });

  test('weighs the members of a pool by all that they can grow to', () => {
    const { routes } = ways(
      `  s: {outages: none, pool: [{use: one, capacity: 2}, {use: two, capacity: 1, grow: 3, after: 1m}]}\n${sites}`,
    );
    expect(routes[0]?.way).toMatchObject({ kind: 'active', weights: [2, 4] });
  });

  test('is steered once its secrets are there, and its pages are read', () => {
    writeFileSync(join(folder, 'secret'), Buffer.from('0123456789abcdef').toString('base64'));
    const text = planWith(
      '  t: {modes: {full: {needs: front}}}',
      FRONT.replace(/env:KEELSON_NO_SUCH_./g, 'file:secret'),
    );
    const found = serve(text, 'steerer');
    expect('problems' in found ? found : found.edges.map(({ addresses }) => addresses)).toEqual([
      ['127.0.0.2'],
      ['127.0.0.3'],
    ]);
    expect('problems' in found ? [] : found.wheels.map(({ name }) => name)).toEqual(['front']);
  });
});

describe('a pool of nodes of a chain', () => {
  const reads = (chain: string): string =>
    planWith(
      `  wallet: {match: [{path: /rpc, to: reads}], modes: {full: {needs: reads}}}`,
      `  reads: ${chain}
  a: {outages: none, url: "http://127.0.0.1:8545/v3/", node: {key: "env:KEELSON_NODE_KEY", websocket: "ws://127.0.0.1:8545/ws"}}
  b: {outages: none, url: "http://127.0.0.1:8546", node: {token: "env:KEELSON_NODE_TOKEN"}}`,
    );
  beforeEach(() => {
    process.env.KEELSON_NODE_KEY = 'the-key';
    process.env.KEELSON_NODE_TOKEN = 'the-token';
  });
  afterEach(() => {
    delete process.env.KEELSON_NODE_KEY;
    delete process.env.KEELSON_NODE_TOKEN;
  });

  test('has its nodes where the plan says, with their secrets put in', () => {
    const found = serve(reads('{atLeast: 2, of: [a, b], verify: quorum, jsonrpc: {chain: 1}}'));
    if ('problems' in found) throw new Error('It cannot be served.');
    expect(
      found.pools.map(({ name, members }) => [name, members.flat().map((target) => target.name)]),
    ).toEqual([['reads', ['a', 'b']]]);
    expect([...found.places.values()]).toEqual([
      {
        origin: 'http://127.0.0.1:8545',
        path: '/v3/the-key',
        authorization: undefined,
        websocket: 'ws://127.0.0.1:8545/ws/the-key',
      },
      { origin: 'http://127.0.0.1:8546', path: '/', authorization: 'Bearer the-token', websocket: undefined },
    ]);
  });

  test('is known by its own way, also where it has a single node', () => {
    const found = serve(reads('{any: [a], jsonrpc: {chain: 1}}'));
    if ('problems' in found) throw new Error('It cannot be served.');
    expect(found.routes[0]?.way).toBe(found.pools[0]?.way);
  });

  test('needs a place for every member that may vote, and offers nothing that changes nodes', () => {
    const text = reads(
      '{atLeast: 2, of: [a, b, p/a], verify: quorum, jsonrpc: {chain: 1, allow: [eth_coinbase, debug_traceCall]}}',
    );
    const found = serve(text);
    expect(missing(found)).toEqual(['6 route-without-url', '6 method-never-offered']);
    expect('problems' in found && found.problems[0]?.message).toContain('p/a');
  });

  test('needs the secrets of its nodes', () => {
    delete process.env.KEELSON_NODE_KEY;
    expect(missing(serve(reads('{atLeast: 1, of: [a, b], jsonrpc: {chain: 1}}')))).toEqual([
      'secret-missing',
    ]);
  });
});
