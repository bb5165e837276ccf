import { Writable } from 'node:stream';
import fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';
import { Log, type LogOptions, type RequestRecord } from './log.ts';

fc.configureGlobal({ seed: 1 });

/** Takes what is written until it is told to hold it. */
class Sink extends Writable {
  readonly writes: string[] = [];
  private held: (() => void) | undefined;
  isHolding = false;

  constructor() {
    super({ highWaterMark: 1, decodeStrings: false });
  }

  override _write(chunk: string, _: BufferEncoding, done: () => void): void {
    this.writes.push(chunk);
    if (this.isHolding) this.held = done;
    else done();
  }

  release(): void {
    this.isHolding = false;
    this.held?.();
  }
}

/** The last of an id decides whether it is of a share. */
const KEPT = 'f'.repeat(32);
const NOT_KEPT = '1'.repeat(32);
const RECORD: RequestRecord = {
  traceId: KEPT,
  method: 'GET',
  url: '/api/orders?token=secret&side=buy',
  status: 200,
  durationMs: 3.5,
  journey: 'trade',
  mode: 'full',
  outcome: 'served',
};

let now: number;
let written: string[];

beforeEach(() => {
  now = Date.parse('2026-11-28T11:20:00.000Z');
  written = [];
});

function logOf(options: Partial<LogOptions> = {}): Log {
  const to = {
    writableLength: 0,
    write: (line: string) => written.push(line) > 0,
    on: () => undefined,
  };
  return new Log({ to, now: () => now, ...options });
}

const lines = (): Record<string, unknown>[] => written.map((line) => JSON.parse(line));

describe('an event', () => {
  test('is a line with its time, its level, its name and its fields', () => {
    logOf().event('info', 'mode-changed', {
      journey: 'trade',
      from: 'full',
      to: 'post-only',
      why: ['edge', 'quotes'],
      level: 0.4,
      left: undefined,
    });
    expect(written).toEqual([
      '{"time":"2026-11-28T11:20:00.000Z","level":"info","event":"mode-changed","journey":"trade","from":"full","to":"post-only","why":["edge","quotes"],"level_":0.4}\n',
    ]);
  });

  test('below the level is not written', () => {
    const log = logOf({ level: 'warning' });
    log.event('info', 'a');
    log.event('warning', 'b');
    expect(lines().map(({ event }) => event)).toEqual(['b']);
  });

  test('of an error says its kind, code and words, and neither its stack nor a token', () => {
    const error = Object.assign(new TypeError('refused Bearer abc.def'), { code: 'ECONNREFUSED' });
    logOf().event('error', 'probe-failed', { error });
    expect(lines()[0]?.error).toBe('TypeError ECONNREFUSED: refused Bearer [hidden]');
  });

  test('hides fields whose names are those of secrets', () => {
    logOf().event('info', 'a', { authorization: 'x', apiToken: 'y', reason: 'z' });
    expect(lines()[0]).toMatchObject({ authorization: '[hidden]', apiToken: '[hidden]', reason: 'z' });
  });

  test('is one line whatever stands in it', () => {
    const log = logOf();
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary' }),
        fc.dictionary(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' })),
        (event, fields) => {
          written = [];
          log.event('info', event, {
            ...fields,
            text: `a\r\n\u0000\u001b[31m\u0085\u2028\u2029\u202e${event}`,
          });
          expect(written).toHaveLength(1);
          const line = written[0] ?? '';
          expect(line.endsWith('}\n')).toBe(true);
          // Nothing that any reader takes for the end of a line, or for an order to a terminal.
          // biome-ignore lint/suspicious/noControlCharactersInRegex: those are what it is for
          expect(line.slice(0, -1)).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u2028-\u202e]/);
          expect(JSON.parse(line).event).toBe(event);
        },
      ),
    );
  });

  test('without end has one', () => {
    const fields = Object.fromEntries(Array.from({ length: 500 }, (_, i) => [`f${i}`, 'x'.repeat(100_000)]));
    logOf().event('info', 'a', fields);
    expect(written[0]?.length).toBeLessThan(100_000);
  });
});

describe('a request', () => {
  test('is written without what is secret in it', () => {
    logOf().request({
      ...RECORD,
      idempotencyKey: 'order-7',
      headers: {
        Authorization: 'Bearer abc',
        Cookie: 'sid=1',
        'User-Agent': 'curl',
        'Idempotency-Key': 'order-7',
      },
    });
    expect(lines()[0]).toMatchObject({
      event: 'request',
      url: '/api/orders?token&side',
      'header.user-agent': 'curl',
      outcome: 'served',
    });
    expect(lines()[0]?.idempotency).toMatch(/^sha256:[0-9a-f]{16}$/);
    expect(lines()[0]?.['header.idempotency-key']).toBe(lines()[0]?.idempotency);
    expect(written[0]).not.toMatch(/secret|abc|sid=1|order-7/);
  });

  test('is written or not by its trace alone', () => {
    const log = logOf();
    for (let i = 0; i < 3; i++) {
      log.request({ ...RECORD, traceId: NOT_KEPT });
      log.request(RECORD);
    }
    expect(lines().map(({ traceId }) => traceId)).toEqual([KEPT, KEPT, KEPT]);
  });

  test.each([{ status: 502 }, { status: 0 }, { error: new Error('reset') }])(
    'that failed (%o) is written whatever its trace',
    (how) => {
      logOf().request({ ...RECORD, traceId: NOT_KEPT, ...how });
      expect(lines()[0]).toMatchObject({ level: 'error', traceId: NOT_KEPT });
    },
  );

  test('that has no trace has no empty one', () => {
    logOf().request({ ...RECORD, traceId: '', status: 502 });
    expect(lines()[0]).not.toHaveProperty('traceId');
  });

  test('that failed is one of so many a second, and how many were left out is said', () => {
    const log = logOf({ errorsPerSecond: 3, share: 0 });
    for (let i = 0; i < 10; i++) log.request({ ...RECORD, status: 503 });
    expect(written).toHaveLength(3);
    now += 1000;
    log.request({ ...RECORD, status: 503 });
    expect(lines().slice(3)).toMatchObject([
      { event: 'errors-left-out', requests: 7 },
      { event: 'request', status: 503 },
    ]);
  });
});

describe('a stream that is behind', () => {
  test('is not waited for: lines are dropped, counted, and that is said once there is room', async () => {
    const sink = new Sink();
    sink.isHolding = true;
    const log = new Log({ to: sink, now: () => now });
    log.event('info', 'first');
    const text = 'x'.repeat(2000);
    for (let i = 0; i < 10_000; i++) log.event('info', 'many', { text });
    expect(sink.writableLength).toBeGreaterThan(1_000_000);
    expect(sink.writableLength).toBeLessThan(1_060_000);
    expect(log.dropped).toBeGreaterThan(9000);
    const { dropped } = log;
    const drained = new Promise((resolve) => sink.once('drain', resolve));
    sink.release();
    await drained;
    log.event('info', 'last');
    await new Promise((resolve) => sink.end(resolve));
    const events = sink.writes.map((line) => JSON.parse(line).event);
    expect(events).toHaveLength(10_003 - dropped);
    expect(events.slice(-2)).toEqual(['log-behind', 'last']);
    expect(JSON.parse(sink.writes.at(-2) ?? '')).toMatchObject({ dropped });
  });

  test('gets one write a line', () => {
    const sink = new Sink();
    const log = new Log({ to: sink, now: () => now });
    log.event('info', 'a');
    expect(sink.writes).toHaveLength(1);
    expect(sink.writes[0]?.endsWith('\n')).toBe(true);
  });

  test('and then is gone harms nobody', async () => {
    const sink = new Sink();
    const log = new Log({ to: sink, now: () => now });
    const closed = new Promise((resolve) => sink.once('close', resolve));
    sink.destroy(new Error('EPIPE'));
    await closed;
    log.event('error', 'a');
    expect(log.dropped).toBe(1);
  });
});

test.each([{ share: -0.1 }, { share: 2 }, { share: Number.NaN }, { errorsPerSecond: -1 }])(
  'a range is checked: %o',
  (options) => {
    expect(() => logOf(options)).toThrow(RangeError);
  },
);
