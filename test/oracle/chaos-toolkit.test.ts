import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import fc from 'fast-check';
import { afterEach, describe, expect, test } from 'vitest';
import { EMPTY_CATALOG } from '../../src/catalog/index.ts';
import { experimentsOf, type Experiments } from '../../src/drill/chaos/experiment.ts';
import { importExperiment } from '../../src/drill/chaos/import.ts';
import { journalOf } from '../../src/drill/chaos/journal.ts';
import type { Fault } from '../../src/drill/faults.ts';
import type { Forecast } from '../../src/drill/foresee.ts';
import type { FailsAs } from '../../src/drill/result.ts';
import { buildModel, type Model } from '../../src/model/index.ts';
import { parsePlan, type Drilling, type Try } from '../../src/plan/index.ts';
import { drillOf } from './chaos-drill.ts';
import { experimentProblems, journalProblems } from './chaos-open-api.ts';
import { runExperiment } from './chaos-runner.ts';

const TRIES = `
      - {send: GET /market/ticker, good: {status: 200}}
      - {send: "POST /orders?x=$$y", session: needed, headers: [{name: idempotency-key, value: "{unique}"}], body: '{"note":"{unique} for $5 \${HOME}","list":[1,{"a":null}]}'}
      - {send: 'GET /orders/{unique}', headers: [{name: x-partner, value: "env:PARTNER_TOKEN"}]}
      - {send: POST /form, headers: [{name: content-type, value: application/x-www-form-urlencoded}], body: 'a=1&b=two+words', good: {status: 201}}
`;
/** What no experiment says, or not all of it. */
const MORE = `
      - {send: GET /price, good: {contains: price, moves: {field: at, within: 5s}}}
      - {send: POST /raw, body: 'no object'}
      - {send: GET /secret, headers: [{name: authorization, value: Basic abcdef}, {name: x-key, value: "file:/run/key"}]}
`;

interface Read {
  readonly model: Model;
  readonly drilling: Drilling;
}

function read(tries: string): Read {
  const text = `
keelson: 1
platform: {name: Harbor, asOf: 2026-11-01}
catalog: none
journeys:
  trade:
    match: [{path: /**, to: site-a}]
    modes: {full: {needs: [edge, site-a]}, cancel-only: {worth: 30%, needs: [edge]}, 0-lowest: {worth: 1%, needs: [site-b]}}
    try: ${tries}
  read: {modes: {full: {needs: [site-b]}}}
services:
  edge: {outages: {rate: 1/yr, mean: 1h}}
  site-a: {outages: {rate: 1/yr, mean: 1h}, url: "http://127.0.0.1:7151"}
  site-b: {outages: {rate: 1/yr, mean: 1h}}
drill:
  environment: sandbox
  users: http://127.0.0.1:7100
  session: {send: POST /session, token: token}
`;
  const { plan, problems } = parsePlan(text, 'plan.yaml');
  if (plan === undefined) throw new Error(problems.map(({ message }) => message).join('\n'));
  const { model, problems: more } = buildModel(plan, EMPTY_CATALOG);
  if (model === undefined || plan.drill === undefined)
    throw new Error(more.map(({ message }) => message).join('\n'));
  return { model, drilling: plan.drill };
}

const PLACES = ['127.0.0.1:7151', '127.0.0.1:7152'].map((address, i) => ({
  address,
  uses: [
    {
      kind: 'part',
      name: `site-${'ab'[i]}`,
      service: i + 1,
      alternative: undefined,
      node: undefined,
      change: false,
      signals: [i],
    } as const,
  ],
}));
const FAULTS: readonly Fault[] = [
  { name: 'aws@us-east-1', kind: 'region', same: [], places: [0, 1] },
  { name: 'site-a', kind: 'part', same: ['rack 1'], places: [0] },
  { name: 'site a', kind: 'pair', same: [], places: [1] },
];
const OURS = new Set(['down', 'http_status']);

interface Wanted {
  readonly read?: Read;
  readonly types?: ReadonlySet<string>;
  readonly failsAs?: FailsAs;
  readonly control?: string;
  readonly users?: string;
  /** 0 full, 1 cancel-only, 2 0-lowest, 3 down; from 3 s of the plan on. */
  readonly mode?: number;
}

function written({
  read: { model, drilling } = read(TRIES),
  types = OURS,
  failsAs = 'refuse',
  ...more
}: Wanted = {}): Experiments {
  const { control = 'http://127.0.0.1:8474', users = 'http://127.0.0.1:7100', mode = 1 } = more;
  const forecast: Forecast = {
    journeys: [
      [
        { from: 0, mode: 0, isExposed: false },
        { from: 3_000, mode, isExposed: false },
      ],
      [{ from: 0, mode: 1, isExposed: false }],
    ],
    steps: [],
    settledAt: 60_000,
  };
  return experimentsOf({
    model,
    drilling,
    places: PLACES,
    predict: () => forecast,
    faults: FAULTS,
    failsAs,
    speed: 2,
    toleranceMs: 1_000,
    control: {
      url: control,
      proxies: new Map(PLACES.map(({ address }, i) => [address, `proxy ${i}`])),
      types,
    },
    users,
    takes: (_, mode, { path }) =>
      mode === 0 ? 'forward' : path === '/market/ticker' ? 'snapshot' : 'refused',
    unique: 'drill-1234',
  });
}

const without = (tries: readonly Try[] | undefined): unknown =>
  JSON.parse(JSON.stringify(tries, (key, value: unknown) => (key === 'offset' ? undefined : value)));
const triesOf = ({ model }: Read): readonly Try[] | undefined =>
  model.plan.journeys.find(({ name }) => name === 'trade')?.value.try;

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

async function listening(server: Server): Promise<string> {
  servers.push(server);
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`; // Listens on a port.
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  let body = '';
  for await (const piece of request) body += String(piece);
  return body;
}

describe('an experiment of a predicted fault', () => {
  test.each(['refuse', 'hang', 'error'] as const)(
    'keeps the rules of the open API where it is to %s',
    (failsAs) => {
      const { experiments } = written({ failsAs, read: read(TRIES + MORE) });
      expect(experiments.map(({ file }) => file)).toEqual([
        'aws-us-east-1.json',
        'site-a.json',
        'site-a-2.json',
      ]);
      for (const { experiment } of experiments)
        expect(experimentProblems(JSON.parse(JSON.stringify(experiment)))).toEqual([]);
    },
  );

  test('keeps them against Toxiproxy, which is disabled and enabled again', () => {
    const [first] = written({ types: new Set() }).experiments;
    expect(experimentProblems(first?.experiment)).toEqual([]);
    expect(first?.experiment.method[0]?.provider).toMatchObject({
      url: 'http://127.0.0.1:8474/proxies/proxy%200',
      method: 'POST',
      arguments: { enabled: false },
    });
    expect(first?.experiment.rollbacks.map(({ provider }) => provider.arguments)).toEqual([
      { enabled: true },
      { enabled: true },
    ]);
  });

  test('is not written where the proxy cannot put it, or none stands there', () => {
    const { experiments, leftOut } = written({ types: new Set(), failsAs: 'error' });
    expect(experiments).toEqual([]);
    expect(leftOut.map(({ name }) => name)).toEqual(FAULTS.map(({ name }) => name));
  });

  test('says what it is of, and looks at a steady state before it only', () => {
    const [first] = written().experiments;
    expect(first?.experiment.runtime).toEqual({
      hypothesis: { strategy: 'before-method-only' },
      rollbacks: { strategy: 'always' },
    });
    expect(first?.experiment.extensions[0]).toMatchObject({
      fault: { name: 'aws@us-east-1', as: 'refuse' },
      predicted: [
        {
          name: 'trade',
          stages: [
            { fromMs: 0, mode: 'full' },
            { fromMs: 1_500, mode: 'cancel-only' },
          ],
        },
        { name: 'read', stages: [{ fromMs: 0, mode: 'down' }] },
      ],
      healAtMs: 3_700,
    });
    expect(first?.experiment.description).toContain(
      'trade: full from 0 s on, cancel-only from 1.5 s on. read: down from 0 s on.',
    );
  });

  test('holds no secret, wherever the plan has one', () => {
    const { experiments, leftOut } = written({ read: read(TRIES + MORE) });
    const text = JSON.stringify(experiments);
    expect(text).not.toContain('abcdef');
    expect(experiments[0]?.experiment.configuration).toEqual({
      keelson_partner_token: { type: 'env', key: 'PARTNER_TOKEN' },
      keelson_keelson_authorization: { type: 'env', key: 'KEELSON_AUTHORIZATION' },
      keelson_keelson_x_key: { type: 'env', key: 'KEELSON_X_KEY' },
      keelson_session: { type: 'env', key: 'KEELSON_SESSION' },
      keelson_unique: { type: 'env', key: 'KEELSON_UNIQUE', default: 'drill-1234' },
    });
    expect(leftOut.map(({ name, why }) => `${name}: ${why}`)).toEqual([
      expect.stringMatching(/^trade: GET \/price: contains, moves of what is good/),
      expect.stringMatching(/^trade: POST \/raw: its body is none that arguments can be/),
      expect.stringMatching(/^trade: GET \/secret: the value of authorization: .* KEELSON_AUTHORIZATION/),
      expect.stringMatching(/^trade: GET \/secret: x-key of a file: .* KEELSON_X_KEY/),
    ]);
  });
});

describe('an experiment that is run as Chaos Toolkit runs it', () => {
  const ENV = { KEELSON_SESSION: 'tok', PARTNER_TOKEN: 'partner' };

  interface World {
    readonly control: string;
    readonly users: string;
    readonly asked: string[];
    readonly sent: {
      readonly line: string;
      readonly headers: IncomingMessage['headers'];
      readonly body: string;
    }[];
  }

  /** A control API, and users' door that is in full mode until a toxic is put. @param after what it says and answers then */
  async function world(after: {
    readonly mode: string;
    readonly status: (path: string) => number;
  }): Promise<World> {
    const asked: string[] = [];
    const sent: World['sent'] = [];
    const toxics = new Set<string>();
    const control = createServer(async (request, response) => {
      const body = await bodyOf(request);
      asked.push(`${request.method} ${request.url} ${body}`.trim());
      if (request.method === 'DELETE') toxics.delete(String(request.url));
      else toxics.add(`${request.url}/${JSON.parse(body).name}`);
      response.end('{}');
    });
    const users = createServer(async (request, response) => {
      const body = await bodyOf(request);
      const path = String(request.url).split('?')[0] ?? '';
      sent.push({ line: `${request.method} ${request.url}`, headers: request.headers, body });
      const isFailed = toxics.size > 0;
      response.setHeader('keelson-mode', `${isFailed ? after.mode : 'full'};journey=trade`);
      response.statusCode = isFailed ? after.status(path) : path === '/form' ? 201 : 200;
      response.end('{}');
    });
    return { control: await listening(control), users: await listening(users), asked, sent };
  }

  test('puts the fault, waits as long as the prediction needs, finds what was predicted, and takes it away', async () => {
    const { control, users, asked, sent } = await world({
      mode: 'cancel-only',
      status: (path) => (path === '/market/ticker' ? 200 : 503),
    });
    const [first] = written({ control, users }).experiments;
    const pauses: number[] = [];
    const ran = await runExperiment(first?.experiment, ENV, async (seconds) => void pauses.push(seconds));
    expect(ran.status).toBe('completed');
    expect(ran.steady.map(({ met }) => met)).toEqual([true, true, true, true, true]);
    expect(ran.run.filter(({ met }) => !met)).toEqual([]);
    expect(ran.run.map(({ name }) => name).slice(2)).toEqual([
      'trade is cancel-only: GET /market/ticker',
      'trade is cancel-only: POST /orders?x=$$y',
      'trade is cancel-only: GET /orders/{unique}',
      'trade is cancel-only: POST /form',
      'trade is cancel-only: GET /market/ticker, in this mode',
    ]);
    expect(pauses).toEqual([3.7]);
    const toxic =
      '{"name":"keelson-drill-experiment","stream":"downstream","toxicity":1,"schedule":{"for":63700},"type":"down","attributes":{}}';
    expect(asked).toEqual([
      `POST /proxies/proxy%200/toxics ${toxic}`,
      `POST /proxies/proxy%201/toxics ${toxic}`,
      'DELETE /proxies/proxy%200/toxics/keelson-drill-experiment',
      'DELETE /proxies/proxy%201/toxics/keelson-drill-experiment',
    ]);
    const [order, again] = sent.filter(({ line }) => line === 'POST /orders?x=$$y');
    expect(order?.headers).toMatchObject({ authorization: 'Bearer tok', 'content-type': 'application/json' });
    expect(order?.body).toBe(`{"note":"drill-1234-1 for $5 \${HOME}","list":[1,{"a":null}]}`);
    expect(order?.headers['idempotency-key']).toBe('drill-1234-1');
    expect(again?.headers['idempotency-key']).toBe('drill-1234-3');
    expect(sent.find(({ line }) => line === 'GET /orders/drill-1234-2')?.headers['x-partner']).toBe(
      'partner',
    );
    expect(sent.find(({ line }) => line === 'POST /form')?.body).toBe('a=1&b=two+words');
  });

  test('records where the prediction did not hold', async () => {
    const { control, users } = await world({ mode: 'full', status: () => 200 });
    const [first] = written({ control, users }).experiments;
    const { run } = await runExperiment(first?.experiment, ENV);
    expect(run.filter(({ met }) => !met).map(({ name }) => name)).toEqual([
      'trade is cancel-only: POST /orders?x=$$y',
      'trade is cancel-only: GET /orders/{unique}',
      'trade is cancel-only: POST /form',
      'trade is cancel-only: GET /market/ticker, in this mode',
    ]);
  });

  test('holds nothing against answers of a journey that is to be down', async () => {
    const { control, users } = await world({ mode: 'down', status: () => 503 });
    const [first] = written({ control, users, mode: 3 }).experiments;
    const { run } = await runExperiment(first?.experiment, ENV);
    expect(run.slice(2).map(({ name, met, output }) => [name, met, output?.status])).toEqual([
      ['trade is down: GET /market/ticker', true, 503],
      ['trade is down: POST /orders?x=$$y', true, 503],
      ['trade is down: GET /orders/{unique}', true, 503],
      ['trade is down: POST /form', true, 503],
    ]);
  });

  test('puts nothing where all is not well, and rolls back all the same', async () => {
    const { control, asked } = await world({ mode: 'full', status: () => 200 });
    const [first] = written({ control, users: 'http://127.0.0.1:9' }).experiments;
    const ran = await runExperiment(first?.experiment, ENV);
    expect(ran.status).toBe('failed');
    expect(asked.map((line) => line.split(' ')[0])).toEqual(['DELETE', 'DELETE']);
  });
});

describe('what is written and read again', () => {
  test('gives the tries of the plan back', () => {
    const before = read(TRIES);
    const [first] = written({ read: before }).experiments;
    const imported = importExperiment(JSON.stringify(first?.experiment), {
      users: ['http://127.0.0.1:7100/'],
      journeyOf: () => 'trade',
    });
    const lines = imported.yaml.split('\n').slice(4);
    const after = read(`\n${lines.join('\n')}`);
    expect(without(triesOf(after))).toEqual(without(triesOf(before)));
    expect(imported.leftOut.map(({ at }) => at)).toEqual([
      'method[0]',
      'method[1]',
      'method[3]',
      'method[4]',
      'method[5]',
      'rollbacks',
    ]);
  });
});

const word = fc
  .stringMatching(/^[A-Za-z0-9 $\\\\"'{}#:é-]{0,12}$/)
  .map((text) => text.replaceAll('{unique', '{uniq'));
const path = fc
  .array(fc.oneof(fc.stringMatching(/^[a-z0-9$._~%&=?#+:;,!@*-]{1,8}$/), fc.constant('{unique}')), {
    minLength: 1,
    maxLength: 5,
  })
  .map((parts) => `/${parts.join('/')}`);

describe('whatever requests a plan has', () => {
  test('is given back, or said to be left out', () => {
    let given = 0;
    const one = fc.record({
      method: fc.constantFrom('GET', 'POST', 'PUT', 'DELETE'),
      path,
      header: fc.option(word.filter((text) => text.trim() === text && !text.includes('é') && text !== '')),
      body: fc.option(
        fc.dictionary(word, fc.oneof(word, fc.integer(), fc.boolean(), fc.constant(null), fc.array(word)), {
          minKeys: 1,
        }),
      ),
    });
    fc.assert(
      fc.property(one, ({ method, path, header, body }) => {
        const entry = {
          send: `${method} ${path}`,
          ...(header === null ? {} : { headers: [{ name: 'x-some', value: header }] }),
          ...(body === null ? {} : { body: JSON.stringify(body) }),
        };
        const before = read(`\n      - ${JSON.stringify(entry)}`);
        const { experiments, leftOut } = written({ read: before });
        const { tries, yaml } = importExperiment(JSON.stringify(experiments[1]?.experiment), {
          users: ['http://127.0.0.1:7100'],
          journeyOf: () => 'trade',
        });
        expect(experimentProblems(JSON.parse(JSON.stringify(experiments[1]?.experiment)))).toEqual([]);
        if (leftOut.length > 0) {
          expect(tries).toEqual([]);
          return;
        }
        given++;
        const after = read(`\n${yaml.split('\n').slice(4).join('\n')}`);
        expect(without(triesOf(after))).toEqual(without(triesOf(before)));
      }),
      { numRuns: 300, seed: 7 },
    );
    expect(given).toBeGreaterThan(50);
  });
});

describe('a journal of a drill', () => {
  const { model } = read(TRIES);
  const OPTIONS = { model, control: 'http://127.0.0.1:8474/', users: 'http://127.0.0.1:7100' };

  test('keeps the rules of the open API', () => {
    for (const outcome of ['agrees', 'wrong', 'stopped'] as const)
      expect(journalProblems(JSON.parse(JSON.stringify(journalOf(drillOf({ outcome }), OPTIONS))))).toEqual(
        [],
      );
    expect(
      journalProblems(JSON.parse(JSON.stringify(journalOf({ ...drillOf({}), faults: [] }, OPTIONS)))),
    ).toEqual([]);
  });

  test('tells what was put, what was seen, and what was taken away', () => {
    const journal = journalOf(drillOf({ outcome: 'wrong' }), OPTIONS);
    expect(journal).toMatchObject({ status: 'failed', deviated: true, duration: 60 });
    expect(
      journal.run.map(({ activity, duration, tolerance_met }) => [activity.name, duration, tolerance_met]),
    ).toEqual([
      ['fail site-a', 10, undefined],
      ['trade without site-a', 10, false],
    ]);
    expect(JSON.parse(journal.run[1]?.output ?? '')).toMatchObject({
      observed: [{ fromMs: 0, mode: 'down' }],
    });
    expect(journal.rollbacks.map(({ activity, status }) => [activity.name, status])).toEqual([
      ['restore site-a', 'succeeded'],
    ]);
    expect(journal.steady_states.before?.probes[0]?.activity).toMatchObject({
      tolerance: { expect: 'full;journey=trade' },
    });
    expect(journal.steady_states.after?.steady_state_met).toBe(true);
  });

  test('says so where something could not be taken away, or it was ended', () => {
    const left = journalOf(
      { ...drillOf({ outcome: 'stopped' }), restored: false, stopped: 'It was ended by hand.' },
      OPTIONS,
    );
    expect(left.status).toBe('interrupted');
    expect(left.rollbacks[0]).toMatchObject({
      status: 'failed',
      exception: expect.stringContaining('--restore') as string,
    });
    expect(left.steady_states.after?.steady_state_met).toBe(false);
  });
});

describe('the rules themselves', () => {
  test('refuse what breaks them', () => {
    const [first] = written().experiments;
    const broken: unknown = JSON.parse(
      JSON.stringify(first?.experiment)
        .replace('"always"', '"sometimes"')
        .replace('"type":"range"', '"type":"between"')
        .replace('"type":"http"', '"type":"grpc"')
        .replace(/"title":"[^"]*"/, '"title":""'),
    );
    expect(experimentProblems(broken).map((problem) => problem.split(':')[0])).toEqual([
      'experiment.title',
      'experiment.steady-state-hypothesis.probes[0].provider.type',
      'experiment.steady-state-hypothesis.probes[1].tolerance.type',
      'experiment.runtime.rollbacks.strategy',
    ]);
  });
});
