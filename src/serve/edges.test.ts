import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { planOf } from '../../test/oracle/time/compare.ts';
import { liveSignals } from '../control/index.ts';
import { edgesOf, EdgeWatch, observedLateMs } from './edges.ts';
import { systemTime } from '../time.ts';

type Answer = 'good' | 'error' | 'nothing';

/** Two edges on addresses of their own, and one port: as users find them under one name. */
class Edges {
  readonly answers: Answer[] = ['good', 'good'];
  readonly asked: string[] = [];
  private readonly servers: Server[] = [];
  port = 0;

  async start(): Promise<void> {
    for (const [i, host] of ['127.0.0.2', '127.0.0.3'].entries()) {
      const server = createServer((request, response) => {
        this.asked.push(`${i} ${request.headers.host?.split(':')[0]} ${request.url}`);
        if (this.answers[i] === 'nothing') return;
        response.writeHead(this.answers[i] === 'good' ? 200 : 503).end('well');
      });
      this.servers.push(server);
      await new Promise<void>((resolve) => server.listen(this.port, host, resolve));
      this.port = (server.address() as AddressInfo).port; // it listens on TCP
    }
  }

  stop(): void {
    for (const server of this.servers) {
      server.closeAllConnections();
      server.close();
    }
  }
}

let edges: Edges;
const watches: EdgeWatch[] = [];
beforeEach(async () => {
  edges = new Edges();
  await edges.start();
});
afterEach(() => {
  for (const watch of watches.splice(0)) watch.stop();
  edges.stop();
});

const planText = (port: number, answer: string): string => `keelson: 1
platform: {name: P, asOf: 2026-11-01}
journeys: {trade: {modes: {full: {needs: front}}}}
services:
  front:
    outages: none
    front: true
    url: "http://trade.example:${port}/"
    probe: {path: /health, every: 50ms, timeout: 200ms, window: 2}
    any: [{use: p/a, answer: ${answer}}, {use: p/b, answer: [127.0.0.3], probe: {path: /own, every: 50ms, timeout: 1s}}]
  other: {outages: none, any: [p/a, p/b]}
providers: {p: {capabilities: {a: {outages: none}, b: {outages: none}}}}
catalog: none
`;

const edgesIn = (answer = '[127.0.0.2]') => {
  const { model } = planOf(planText(edges.port, answer));
  return edgesOf(model, liveSignals(model));
};

/** Watches the first edge until it has been seen so. */
function watch(
  isSeen: (watch: EdgeWatch) => boolean,
  answer?: string,
  isOriginWell?: () => Promise<boolean>,
): Promise<{ readonly watch: EdgeWatch; readonly levels: readonly number[] }> {
  const [edge] = edgesIn(answer);
  if (edge === undefined) throw new Error('There is no edge.');
  const levels: number[] = [];
  return new Promise((resolve) => {
    const one = new EdgeWatch(
      edge,
      systemTime(),
      {
        onLevel: (_, level) => levels.push(level),
        onProbed: () => {
          if (isSeen(one)) resolve({ watch: one, levels });
        },
      },
      isOriginWell,
    );
    watches.push(one);
    one.start();
  });
}

test('edges of a plan are the alternatives of its fronts that say what resolvers answer', () => {
  const [first, second, ...more] = edgesIn();
  expect(more).toEqual([]);
  expect(first).toMatchObject({
    alternative: 0,
    addresses: ['127.0.0.2'],
    probe: { path: '/health', window: 2 },
  });
  expect(second).toMatchObject({
    alternative: 1,
    addresses: ['127.0.0.3'],
    probe: { path: '/own', window: 3 },
  });
  expect(first?.signal).not.toBe(second?.signal);
  expect(observedLateMs(edgesIn(), first?.service ?? -1)).toBe(1050);
  expect(observedLateMs(edgesIn(), 99)).toBe(0);
});

test('an edge that is reached elsewhere is asked there, by the name that users use', async () => {
  const { model } = planOf(planText(7080, '[192.0.2.7, 127.0.0.2]'));
  const via = new Map([
    ['192.0.2.7:7080', { host: '127.0.0.2', port: edges.port }],
    ['127.0.0.2:7080', { host: '127.0.0.3', port: edges.port }],
  ]);
  const [edge, other] = edgesOf(model, liveSignals(model), via);
  if (edge === undefined) throw new Error('There is no edge.');
  expect(edge.addresses).toEqual(['192.0.2.7', '127.0.0.2']);
  expect(other?.reached).toBeUndefined();
  const seen = await new Promise<EdgeWatch>((resolve) => {
    const one = new EdgeWatch(edge, systemTime(), {
      onLevel: () => undefined,
      onProbed: () => resolve(one),
    });
    watches.push(one);
    one.start();
  });
  expect(seen.state).toMatchObject({ level: 1, last: { isGood: true } });
  expect(edges.asked.slice(0, 2).sort()).toEqual(['0 trade.example /health', '1 trade.example /health']);
});

describe('an edge', () => {
  test('is asked at its own address, by the name that users use', async () => {
    const { watch: seen, levels } = await watch(({ state }) => state.last !== undefined);
    expect(seen.state).toMatchObject({
      level: 1,
      last: { isGood: true, words: undefined },
      isOriginBlamed: false,
    });
    expect(edges.asked[0]).toBe('0 trade.example /health');
    expect(levels).toEqual([]);
  });

  test.each<Answer>(['error', 'nothing'])(
    'that answers so loses its level, and gets it back: %s',
    async (answer) => {
      edges.answers[0] = answer;
      let hasFailed = false;
      const { levels } = await watch(({ state }) => {
        if (state.level === 0) {
          hasFailed = true;
          edges.answers[0] = 'good';
        }
        return hasFailed && state.level === 1;
      });
      expect(levels.at(-1)).toBe(1);
      expect(Math.min(...levels)).toBe(0);
    },
  );

  test('of which one address of two fails has half its level', async () => {
    edges.answers[1] = 'error';
    const { watch: seen } = await watch(({ state }) => state.level === 0.5, '[127.0.0.2, 127.0.0.3]');
    expect(seen.state.last?.isGood).toBe(false);
  });

  test('is not blamed while its origin does not answer either', async () => {
    edges.answers[0] = 'error';
    let probes = 0;
    const { watch: seen, levels } = await watch(
      () => ++probes === 6,
      '[127.0.0.2]',
      () => Promise.resolve(false),
    );
    expect(seen.state).toMatchObject({ level: 1, isOriginBlamed: true, last: { isGood: false } });
    expect(levels).toEqual([]);
  });

  test('is blamed where its origin answers', async () => {
    edges.answers[0] = 'error';
    const { watch: seen } = await watch(
      ({ state }) => state.level === 0,
      '[127.0.0.2]',
      () => Promise.resolve(true),
    );
    expect(seen.state.isOriginBlamed).toBe(false);
  });
});
