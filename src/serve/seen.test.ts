import type { IncomingMessage } from 'node:http';
import { Writable } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { planOf } from '../../test/oracle/time/compare.ts';
import type { Ended, Outcome } from './gateway/parts.ts';
import { rulesOf } from './routes.ts';
import { Log } from '../telemetry/log.ts';
import { Registry } from '../telemetry/metrics.ts';
import { Spans } from './seeing/spans.ts';
import { Seen } from './seen.ts';

const { model } = planOf(`keelson: 1
platform: {name: P, asOf: 2026-11-01}
journeys:
  trade: {modes: {full: {needs: s}, lean: {worth: 10%, needs: s}}}
  show: {modes: {full: {needs: s}}}
services: {s: {outages: none}}
catalog: none
`);

/** What is counted and written down, where a share of requests is drawn by hand. */
class World {
  readonly lines: string[] = [];
  readonly seen: Seen;

  constructor(share: number, draws: readonly number[] = []) {
    const left = [...draws];
    const to = new Writable({
      write: (piece: Buffer, _encoding, done) => {
        this.lines.push(piece.toString());
        done();
      },
    });
    this.seen = new Seen(model, rulesOf(model, undefined), {
      registry: new Registry(),
      log: new Log({ to, now: () => Date.UTC(2026, 0, 1) }),
      spans: new Spans({
        resource: {},
        scope: { name: 'keelson', version: '0' },
        random: (bytes) => void bytes.fill(7),
        share: 1,
      }),
      share,
      draw: () => left.shift() ?? 0.999,
      now: () => Date.UTC(2026, 0, 1),
    });
  }
}

// As much of a request as is looked at.
const requestOf = (headers: Readonly<Record<string, string>> = {}): IncomingMessage =>
  ({ method: 'POST', url: '/api/orders?token=secret', headers }) as unknown as IncomingMessage;

const ended = (more: Partial<Ended> = {}): Ended => ({
  request: requestOf(),
  route: undefined,
  journey: 0,
  mode: 0,
  outcome: 'answered',
  why: undefined,
  status: 200,
  tookMs: 12,
  upstream: 'site-a',
  attempts: 1,
  isExposed: false,
  id: undefined,
  ...more,
});

describe('requests', () => {
  test('are counted by how they ended', () => {
    const { seen } = new World(0);
    const outcomes: Outcome[] = [
      'answered',
      'snapshot',
      'static',
      'repeated',
      'refused',
      'failed',
      'unknown',
      'left',
    ];
    for (const outcome of outcomes) for (const mode of [0, 1, 2]) seen.onEnded(ended({ outcome, mode }));
    expect(seen.counts(0)).toEqual({ served: 12, refused: 3, failed: 6 });
    expect(seen.counts(1)).toEqual({ served: 0, refused: 0, failed: 0 });
    expect(seen.counts(9)).toEqual({ served: 0, refused: 0, failed: 0 });
  });

  test('of no journey are counted apart', () => {
    const { seen } = new World(0);
    seen.onEnded(ended({ journey: -1, outcome: 'refused', why: 'no-route' }));
    expect(seen.counts(0).refused).toBe(0);
    expect(seen.counts(2).refused).toBe(1);
  });

  test('are written down for a share only, and always when they fail', async () => {
    const { seen, lines } = new World(0.01, [0.5, 0.001]);
    const drawn = requestOf();
    expect(seen.traceOf(requestOf())).toBeUndefined();
    expect(seen.traceOf(drawn)).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-0[01]$/);
    seen.onEnded(ended());
    seen.onEnded(ended({ request: drawn, tookMs: 34 }));
    seen.onEnded(ended({ outcome: 'failed', status: 502, why: 'no-answer', tookMs: 56, id: 'r-1' }));
    await new Promise((resolve) => setImmediate(resolve));
    const text = lines.join('');
    expect(text.trimEnd().split('\n').length).toBe(2);
    expect(text).toContain('"request":"r-1"');
    expect(text).not.toContain('"durationMs":12');
    expect(text).not.toContain('secret');
  });

  test('are traced not at all where the share is none', () => {
    const { seen } = new World(0, [0]);
    expect(
      seen.traceOf(requestOf({ traceparent: `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01` })),
    ).toBeUndefined();
  });
});
