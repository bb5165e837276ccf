import { randomFillSync } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { serverAttributes, spanName } from './span-attributes.ts';
import { makeTraceparent } from '../../telemetry/trace.ts';
import { Spans, type SpansOptions } from './spans.ts';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const PARENT = '00f067aa0ba902b7';
const START = 1_795_866_000_000;
const SPAN = {
  name: 'GET /orders',
  kind: 'server',
  startedAt: START,
  endedAt: START + 1.25,
  attributes: {},
  hasFailed: false,
} as const;

interface Got {
  readonly request: IncomingMessage;
  readonly text: string;
}

type Answer = (response: ServerResponse, nth: number) => void;

const TAKE: Answer = (response) => {
  response.setHeader('content-type', 'application/json');
  response.end('{}');
};

/** A collector that really listens. */
class Collector {
  readonly got: Got[] = [];
  answer = TAKE;
  readonly server: Server;
  private heard: () => void = () => undefined;

  constructor() {
    this.server = createServer((request, response) => {
      const parts: Buffer[] = [];
      request.on('data', (part: Buffer) => parts.push(part));
      request.on('end', () => {
        this.got.push({ request, text: Buffer.concat(parts).toString() });
        this.answer(response, this.got.length);
        this.heard();
      });
    });
  }

  get endpoint(): URL {
    const { port } = this.server.address() as AddressInfo; // it listens on a port
    return new URL(`http://127.0.0.1:${port}/v1/traces`);
  }

  untilHeard(): Promise<void> {
    return new Promise((resolve) => {
      this.heard = resolve;
    });
  }

  close(): Promise<void> {
    return new Promise((resolve) => {
      this.server.close(() => resolve());
      this.server.closeAllConnections();
    });
  }
}

let collector: Collector;
let open: Spans[];

beforeEach(async () => {
  open = [];
  collector = new Collector();
  collector.server.listen(0, '127.0.0.1');
  await once(collector.server, 'listening');
});
afterEach(async () => {
  await Promise.all(open.map((spans) => spans.close()));
  await collector.close();
});

function start(options: Partial<SpansOptions> = {}): Spans {
  const spans = new Spans({
    endpoint: collector.endpoint,
    resource: { 'service.name': 'keelson', 'service.instance.id': 'a' },
    scope: { name: 'keelson', version: '1.2.3' },
    random: randomFillSync,
    share: 1,
    everyMs: 1_000_000,
    retryMs: 1,
    ...options,
  });
  open.push(spans);
  return spans;
}

describe('a batch', () => {
  test('has the shape of OTLP in JSON', async () => {
    const spans = start({ headers: { authorization: 'Bearer of-the-collector' } });
    const server = spans.begin(`00-${TRACE}-${PARENT}-01`);
    const client = spans.under(server);
    spans.end(client, {
      name: 'GET',
      kind: 'client',
      startedAt: START + 0.125,
      endedAt: START + 1,
      attributes: {
        'http.response.status_code': 502,
        share: 0.5,
        isHedged: true,
        left: undefined,
        half: '\ud800',
      },
      hasFailed: true,
    });
    spans.end(server, SPAN);
    await spans.flush();
    const [{ request, text } = { request: undefined, text: '' }] = collector.got;
    expect(request).toMatchObject({ method: 'POST', url: '/v1/traces' });
    expect(request?.headers).toMatchObject({
      'content-type': 'application/json',
      authorization: 'Bearer of-the-collector',
    });
    expect(JSON.parse(text)).toEqual({
      resourceSpans: [
        {
          resource: {
            attributes: [
              { key: 'service.name', value: { stringValue: 'keelson' } },
              { key: 'service.instance.id', value: { stringValue: 'a' } },
            ],
          },
          scopeSpans: [
            {
              scope: { name: 'keelson', version: '1.2.3' },
              spans: [
                {
                  traceId: TRACE,
                  spanId: client.spanId,
                  parentSpanId: server.spanId,
                  flags: 0x101,
                  name: 'GET',
                  kind: 3,
                  startTimeUnixNano: '1795866000000125000',
                  endTimeUnixNano: '1795866000001000000',
                  attributes: [
                    { key: 'http.response.status_code', value: { intValue: '502' } },
                    { key: 'share', value: { doubleValue: 0.5 } },
                    { key: 'isHedged', value: { boolValue: true } },
                    { key: 'half', value: { stringValue: '\ufffd' } },
                  ],
                  status: { code: 2 },
                },
                {
                  traceId: TRACE,
                  spanId: server.spanId,
                  parentSpanId: PARENT,
                  flags: 0x301,
                  name: 'GET /orders',
                  kind: 2,
                  startTimeUnixNano: '1795866000000000000',
                  endTimeUnixNano: '1795866000001250000',
                  attributes: [],
                  status: {},
                },
              ],
            },
          ],
        },
      ],
    });
  });

  test('is sent when it is full, and the rest when it is time', async () => {
    const spans = start({ mostInBatch: 3, everyMs: 20 });
    const heard = collector.untilHeard();
    for (let i = 0; i < 3; i++) spans.end(spans.begin(undefined), SPAN);
    await heard;
    await spans.flush();
    const timed = collector.untilHeard();
    spans.end(spans.begin(undefined), SPAN);
    await timed;
    expect(collector.got.map(({ text }) => countIn(text))).toEqual([3, 1]);
  });

  test('without a parent has none', async () => {
    const spans = start();
    spans.end(spans.begin('00-rubbish'), SPAN);
    await spans.flush();
    const [span] = spansIn(collector.got[0]?.text ?? '');
    expect(span).not.toHaveProperty('parentSpanId');
    expect(span).toMatchObject({ traceId: expect.stringMatching(/^[0-9a-f]{32}$/), flags: 0x101 });
  });
});

describe('sampling', () => {
  const KEPT = `00-${'f'.repeat(32)}-${PARENT}-00`;
  const NOT_KEPT = `00-${'1'.repeat(32)}-${PARENT}-01`;

  test('goes by the share, whatever the caller says', () => {
    const spans = start({ share: 0.01 });
    expect(spans.begin(KEPT).isSampled).toBe(true);
    expect(spans.begin(NOT_KEPT).isSampled).toBe(false);
    expect(spans.under(spans.begin(KEPT)).isSampled).toBe(true);
  });

  test('goes by the caller where that is configured', () => {
    const spans = start({ share: 0.01, isParentRespected: true });
    expect(spans.begin(KEPT).isSampled).toBe(false);
    expect(spans.begin(NOT_KEPT).isSampled).toBe(true);
  });

  test('keeps nothing of what is not sampled', async () => {
    const spans = start({ share: 0 });
    spans.end(spans.begin(undefined), SPAN);
    await spans.flush();
    expect(collector.got).toEqual([]);
  });

  test('without a collector keeps nothing, and a caller’s header goes on as it came', () => {
    const spans = new Spans({
      resource: {},
      scope: { name: 'keelson', version: '1' },
      random: randomFillSync,
      share: 1,
    });
    const header = `00-${TRACE}-${PARENT}-01`;
    const context = spans.begin(header);
    expect(context.isKept).toBe(false);
    expect(makeTraceparent(spans.under(context))).toBe(header);
    expect(makeTraceparent(spans.begin(undefined))).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-00$/);
  });
});

describe('a collector', () => {
  test('that fails once is asked once more', async () => {
    collector.answer = (response, nth) => {
      response.statusCode = nth === 1 ? 503 : 200;
      response.end();
    };
    const spans = start();
    spans.end(spans.begin(undefined), SPAN);
    await spans.flush();
    expect(collector.got).toHaveLength(2);
  });

  test.each([
    ['fails again', 503, 2],
    ['refuses what is sent', 400, 1],
    ['sends somewhere else', 307, 1],
  ])('that %s is not asked more: the spans are dropped', async (_, status, tries) => {
    collector.answer = (response) => {
      response.writeHead(status, { location: '/elsewhere' });
      response.end('x'.repeat(200_000));
    };
    const spans = start();
    spans.end(spans.begin(undefined), SPAN);
    await spans.flush();
    expect(collector.got).toHaveLength(tries);
    await spans.flush();
    expect(collector.got).toHaveLength(tries);
  });

  test('that hangs is waited for until the deadline, and those that find no room meanwhile are dropped', async () => {
    collector.answer = () => undefined;
    const spans = start({ deadlineMs: 50, mostWaiting: 10, mostInBatch: 10 });
    for (let i = 0; i < 10; i++) spans.end(spans.begin(undefined), SPAN);
    for (let i = 0; i < 25; i++) spans.end(spans.begin(undefined), SPAN);
    await spans.flush();
    // Two batches of ten, each tried twice.
    expect(collector.got.map(({ text }) => countIn(text))).toEqual([10, 10, 10, 10]);
  });

  test('that is not there costs the spans and nothing else', async () => {
    const spans = start({ endpoint: new URL('http://127.0.0.1:1/v1/traces') });
    spans.end(spans.begin(undefined), SPAN);
    await expect(spans.flush()).resolves.toBeUndefined();
  });

  test('gets what waits when all is closed, and nothing after that', async () => {
    const spans = start();
    spans.end(spans.begin(undefined), SPAN);
    await spans.close();
    spans.end(spans.begin(undefined), SPAN);
    await spans.flush();
    expect(collector.got).toHaveLength(1);
  });

  test('that hangs does not keep what closes for longer than one try', { timeout: 10_000 }, async () => {
    collector.answer = () => undefined;
    const spans = start({ deadlineMs: 50, retryMs: 1_000_000 });
    spans.end(spans.begin(undefined), SPAN);
    await spans.close();
    expect(collector.got).toHaveLength(1);
  });
});

describe('attributes', () => {
  test('of a server are those of the conventions, without values of the query', () => {
    expect(
      serverAttributes({
        method: 'GET',
        url: '/api/orders?token=secret',
        scheme: 'https',
        route: '/api/orders',
        status: 503,
        journey: 'trade',
        mode: 'cancel-only',
        outcome: 'refused',
      }),
    ).toMatchObject({
      'http.request.method': 'GET',
      'url.path': '/api/orders',
      'url.query': 'token',
      'http.response.status_code': 503,
      'error.type': '503',
      'keelson.mode': 'cancel-only',
    });
  });

  test('of what asks a pool of nodes say what was asked, and whose answer it is', () => {
    const asked = { method: 'POST', url: '/rpc', scheme: 'http' as const, status: 200 };
    const rpc = { pool: 'chain', methods: ['eth_call'], nodes: ['a', 'b'] };
    expect(serverAttributes({ ...asked, rpc })).toMatchObject({
      'rpc.system': 'jsonrpc',
      'rpc.method': 'eth_call',
      'keelson.pool': 'chain',
      'keelson.nodes': 'a,b',
    });
    const batch = { pool: 'chain', methods: ['eth_call', 'eth_getLogs'], nodes: [] };
    expect(serverAttributes({ ...asked, rpc: batch })['rpc.method']).toBe(undefined);
    expect(serverAttributes({ ...asked, rpc: batch })['keelson.nodes']).toBe(undefined);
    expect(serverAttributes(asked)).not.toHaveProperty('rpc.system');
  });

  test('of methods that nobody knows are few', () => {
    expect(spanName('BREW', '/coffee')).toBe('HTTP /coffee');
    expect(spanName('GET', undefined)).toBe('GET');
    expect(serverAttributes({ method: 'BREW', url: '/coffee', scheme: 'http', status: 200 })).toMatchObject({
      'http.request.method': '_OTHER',
      'http.request.method_original': 'BREW',
    });
  });
});

test.each([{ share: 2 }, { mostWaiting: 0 }, { deadlineMs: Number.NaN }, { endpoint: new URL('ftp://a/') }])(
  'a range is checked: %o',
  (options) => {
    expect(() => start(options)).toThrow(RangeError);
  },
);

function spansIn(text: string): unknown[] {
  return JSON.parse(text).resourceSpans[0].scopeSpans[0].spans;
}

function countIn(text: string): number {
  return spansIn(text).length;
}
