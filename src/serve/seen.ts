import type { IncomingMessage } from 'node:http';
import type { Model } from '../model/index.ts';
import { OUTCOMES, type Ended, type Outcome } from './gateway/parts.ts';
import type { JourneyRules } from './routes.ts';
import type { Log } from '../telemetry/log.ts';
import type { Counter, Family, Histogram, Instruments } from '../telemetry/metrics.ts';
import { serverAttributes, spanName } from './seeing/span-attributes.ts';
import type { Spans } from './seeing/spans.ts';
import { makeTraceparent, type TraceContext } from '../telemetry/trace.ts';

/** Requests of one journey since the start. */
export interface RequestCounts {
  readonly served: number;
  readonly refused: number;
  readonly failed: number;
}

const NONE: RequestCounts = { served: 0, refused: 0, failed: 0 };

/** Counts, and for a share of requests writes down, how they end. What it does for each of them is a few additions. */
export class Seen {
  private readonly journeys: readonly JourneyRules[];
  private readonly log: Log;
  private readonly spans: Spans;
  private readonly share: number;
  private readonly draw: () => number;
  /** @unit ms since 1970 */
  private readonly now: () => number;
  private readonly requests: Family<Counter>;
  /** By journey (the last is none), mode (down last) and outcome: made when first counted, so that what never happens is no series. */
  private readonly counters: readonly (readonly (Counter | undefined)[][])[];
  /** By journey: served, refused, failed. */
  private readonly totals: readonly { served: number; refused: number; failed: number }[];
  private readonly names: readonly { readonly name: string; readonly modes: readonly string[] }[];
  private readonly seconds: readonly Histogram[];
  private readonly refusals: Family<Counter>;
  private readonly exposed: readonly Counter[];
  private readonly extra: Counter;
  private readonly traces = new WeakMap<
    IncomingMessage,
    { readonly context: TraceContext; readonly at: number }
  >();

  /**
   * @param share of requests that are written down, by `draw`
   * @param before what was counted of a journey before
   */
  constructor(
    model: Model,
    journeys: readonly JourneyRules[],
    {
      registry,
      log,
      spans,
      share,
      draw,
      now,
    }: {
      readonly registry: Instruments;
      readonly log: Log;
      readonly spans: Spans;
      readonly share: number;
      readonly draw: () => number;
      readonly now: () => number;
    },
    before: (journey: string) => RequestCounts = () => NONE,
  ) {
    this.journeys = journeys;
    this.log = log;
    this.spans = spans;
    this.share = share;
    this.draw = draw;
    this.now = now;
    this.requests = registry.counter('keelson_requests_total', 'Requests that have ended.', [
      'journey',
      'mode',
      'outcome',
    ]);
    const seconds = registry.histogram('keelson_request_seconds', 'How long requests took.', ['journey']);
    const exposed = registry.counter(
      'keelson_exposed_requests_total',
      'Requests served without a protection that they should have had.',
      ['journey'],
    );
    this.refusals = registry.counter('keelson_refusals_total', 'Requests that were refused, by why.', [
      'journey',
      'why',
    ]);
    this.extra = registry
      .counter('keelson_extra_attempts_total', 'Requests to parts beyond one for each request of a client.')
      .of();
    this.names = [
      ...model.journeys.map(({ name, modes }) => ({
        name,
        modes: [...modes.map((mode) => mode.name), 'down'],
      })),
      { name: 'none', modes: ['none'] },
    ];
    this.counters = this.names.map(({ modes }) => modes.map(() => OUTCOMES.map(() => undefined)));
    this.totals = this.names.map(({ name }) => ({ ...before(name) }));
    this.seconds = this.names.map(({ name }) => seconds.of(name));
    this.exposed = this.names.map(({ name }) => exposed.of(name));
  }

  /** What a request that is written down carries on; undefined for the others. */
  readonly traceOf = (request: IncomingMessage): string | undefined => {
    if (this.share <= 0 || this.draw() >= this.share) return undefined;
    const context = this.spans.begin(request.headers.traceparent);
    this.traces.set(request, { context, at: this.now() });
    return makeTraceparent(context);
  };

  readonly onEnded = (ended: Ended): void => {
    const { outcome, tookMs, attempts, why } = ended;
    const journey = ended.journey < 0 ? this.journeys.length : ended.journey;
    this.count(journey, ended.mode, outcome);
    // How long a WebSocket stays open is no waiting.
    if (ended.status !== 101) this.seconds[journey]?.observe(tookMs / 1000);
    if (ended.isExposed) this.exposed[journey]?.add();
    if (attempts > 1) this.extra.add(attempts - 1);
    if (why !== undefined) this.refusals.of(this.journeys[ended.journey]?.name ?? 'none', why).add();
    const trace = this.traces.get(ended.request);
    const hasFailed = outcome === 'failed' || outcome === 'unknown';
    if (trace !== undefined || hasFailed) this.write(ended, trace);
  };

  counts(journey: number): RequestCounts {
    return this.totals[journey] ?? NONE;
  }

  private count(journey: number, mode: number, outcome: Outcome): void {
    const which = OUTCOMES.indexOf(outcome);
    const row = this.counters[journey]?.[mode];
    const { name = '', modes = [] } = this.names[journey] ?? {};
    if (row !== undefined) {
      row[which] ??= this.requests.of(name, modes[mode] ?? '', outcome);
      row[which].add();
    }
    const totals = this.totals[journey];
    if (totals === undefined || outcome === 'left') return;
    if (outcome === 'refused') totals.refused++;
    else if (outcome === 'failed' || outcome === 'unknown') totals.failed++;
    else totals.served++;
  }

  private write(
    ended: Ended,
    trace: { readonly context: TraceContext; readonly at: number } | undefined,
  ): void {
    const { request, route, mode, outcome, why, status, tookMs, upstream, attempts, id } = ended;
    const rules = this.journeys[ended.journey];
    const modeName = rules?.modes[mode]?.name ?? 'down';
    const key = request.headers['idempotency-key'];
    this.log.request(
      {
        traceId: trace?.context.traceId ?? '',
        method: request.method ?? '',
        url: request.url ?? '',
        status,
        durationMs: tookMs,
        journey: rules?.name ?? null,
        mode: rules === undefined ? null : modeName,
        outcome,
        attempts,
        ...(upstream === undefined ? {} : { service: upstream }),
        ...(id === undefined ? {} : { request: id }),
        ...(typeof key === 'string' ? { idempotencyKey: key } : {}),
        ...(why === undefined || outcome === 'refused' ? {} : { error: why }),
      },
      trace !== undefined,
    );
    if (trace?.context.isKept !== true) return;
    this.spans.end(trace.context, {
      name: spanName(request.method ?? '', rules?.name),
      kind: 'server',
      startedAt: trace.at,
      endedAt: trace.at + tookMs,
      attributes: serverAttributes({
        method: request.method ?? '',
        url: request.url ?? '',
        scheme: 'http',
        status,
        outcome,
        ...(route === undefined ? {} : { mode: modeName }),
        ...(rules === undefined ? {} : { journey: rules.name, route: rules.name }),
        ...(why === undefined ? {} : { errorType: why }),
        ...(ended.rpc === undefined ? {} : { rpc: { ...ended.rpc, methods: ended.rpc.methods() } }),
      }),
      hasFailed: outcome === 'failed' || outcome === 'unknown',
    });
  }
}
