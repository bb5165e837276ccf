import { Agent, request } from 'undici';
import { otlpOf, type Attributes, type SpanRecord } from './otlp.ts';
import {
  Ids,
  isInShare,
  parseTraceparent,
  type RandomBytes,
  type TraceContext,
} from '../../telemetry/trace.ts';

export interface SpansOptions {
  /** Of a collector, such as `http://127.0.0.1:4318/v1/traces`. None: ids are made and sent on, and nothing is kept. */
  readonly endpoint?: URL;
  /** Sent with each batch: the collector's token, for one. Never written anywhere. @default none */
  readonly headers?: Readonly<Record<string, string>>;
  /** What sends them: `service.name`, `service.version`, `service.instance.id` and the like. */
  readonly resource: Attributes;
  readonly scope: { readonly name: string; readonly version: string };
  readonly random: RandomBytes;
  /** Of traces that begin here. 0 to 1. @default 0.01 */
  readonly share?: number;
  /** Whether a caller decides for its own traces: only for callers that are trusted not to have all of them kept. @default false */
  readonly isParentRespected?: boolean;
  /** Spans that may wait; those that come then are dropped. @default 2_048 */
  readonly mostWaiting?: number;
  /** Spans in one request. @default 512 */
  readonly mostInBatch?: number;
  /** How often they are sent. @unit ms @default 5_000 */
  readonly everyMs?: number;
  /** How long one try may take. @unit ms @default 5_000 */
  readonly deadlineMs?: number;
  /** How long after a try that failed there is another, the last. @unit ms @default 1_000 */
  readonly retryMs?: number;
}

/** What a collector says may be tried again (OTLP/HTTP, "Retryable Response Codes"). */
const RETRYABLE = new Set([429, 502, 503, 504]);
/** Of a collector's answer. @unit bytes */
const LONGEST_ANSWER = 65_536;

/**
 * Spans in OpenTelemetry's form, without its library: on a request's path there are two ids to draw, and for the share that is kept a
 * record to queue. Batches go to a collector as OTLP/HTTP JSON beside it; what the collector does not take in time is dropped.
 */
export class Spans {
  private readonly options: Required<Omit<SpansOptions, 'endpoint'>>;
  private readonly endpoint: URL | undefined;
  private readonly ids: Ids;
  private readonly agent: Agent | undefined;
  private readonly timer: NodeJS.Timeout | undefined;
  private readonly closing = new AbortController();
  private waiting: SpanRecord[] = [];
  private sending: Promise<void> | undefined;

  /** @throws RangeError when a number is out of its range, or the endpoint is not of HTTP */
  constructor(options: SpansOptions) {
    const { endpoint } = options;
    this.options = {
      headers: {},
      share: 0.01,
      isParentRespected: false,
      mostWaiting: 2048,
      mostInBatch: 512,
      everyMs: 5000,
      deadlineMs: 5000,
      retryMs: 1000,
      ...options,
    };
    check(this.options, endpoint);
    this.endpoint = endpoint;
    this.ids = new Ids(options.random);
    if (endpoint === undefined) return;
    this.agent = new Agent({ connections: 1, connect: { timeout: this.options.deadlineMs } });
    this.timer = setInterval(() => void this.flush(), this.options.everyMs).unref();
  }

  /** Of a request that comes in. @param header its `traceparent`, as it came */
  begin(header: string | readonly string[] | undefined): TraceContext {
    const parent = parseTraceparent(header);
    const traceId = parent?.traceId ?? this.ids.trace();
    const isDecided = parent !== undefined && this.options.isParentRespected;
    const isKept =
      this.endpoint !== undefined && (isDecided ? parent.isSampled : isInShare(traceId, this.options.share));
    // Who keeps no spans is no part of a caller's trace: its header goes on as it came.
    const isPassed = this.endpoint === undefined && parent !== undefined;
    return {
      traceId,
      spanId: isPassed ? parent.spanId : this.ids.span(),
      parentSpanId: parent?.spanId ?? null,
      isParentRemote: parent !== undefined,
      isSampled: isPassed ? parent.isSampled : isKept,
      isKept,
    };
  }

  /** Of a request that goes out because of another. */
  under(parent: TraceContext): TraceContext {
    if (this.endpoint === undefined) return parent;
    const { traceId, spanId, isSampled, isKept } = parent;
    return {
      traceId,
      spanId: this.ids.span(),
      parentSpanId: spanId,
      isParentRemote: false,
      isSampled,
      isKept,
    };
  }

  /** A span that has ended. Ask whether it is kept before its attributes are put together. */
  end(
    context: TraceContext,
    span: Omit<SpanRecord, 'traceId' | 'spanId' | 'parentSpanId' | 'isParentRemote'>,
  ): void {
    if (!context.isKept) return;
    if (this.waiting.length >= this.options.mostWaiting || this.closing.signal.aborted) return;
    const { traceId, spanId, parentSpanId, isParentRemote } = context;
    this.waiting.push({ traceId, spanId, parentSpanId, isParentRemote, ...span });
    if (this.waiting.length >= this.options.mostInBatch) void this.flush();
  }

  /** Sends what waits; resolves when that is sent or dropped. Never rejects. */
  flush(): Promise<void> {
    this.sending ??= this.sendAll().finally(() => {
      this.sending = undefined;
    });
    return this.sending;
  }

  /** Sends what waits, for as long as one try may take, and no more after that. */
  async close(): Promise<void> {
    clearInterval(this.timer);
    const late = setTimeout(() => this.closing.abort(), this.options.deadlineMs);
    await this.flush();
    clearTimeout(late);
    this.closing.abort();
    await this.agent?.destroy();
  }

  private async sendAll(): Promise<void> {
    while (this.waiting.length > 0) {
      const batch = this.waiting.splice(0, this.options.mostInBatch);
      const body = otlpOf(batch, this.options.resource, this.options.scope);
      if ((await this.send(body)) === 'again' && (await this.wait())) await this.send(body);
    }
  }

  /** @returns whether another try may be worth it; where a collector takes only some of a batch, it is not */
  private async send(body: string): Promise<'over' | 'again'> {
    if (this.endpoint === undefined || this.agent === undefined) return 'over';
    try {
      const answer = await request(this.endpoint, {
        method: 'POST',
        dispatcher: this.agent,
        headers: { ...this.options.headers, 'content-type': 'application/json' },
        body,
        signal: AbortSignal.any([AbortSignal.timeout(this.options.deadlineMs), this.closing.signal]),
      });
      await answer.body.dump({ limit: LONGEST_ANSWER });
      return RETRYABLE.has(answer.statusCode) ? 'again' : 'over';
    } catch {
      // Refused, reset or late: what the collector has had of it is not known. A span that comes twice has one id.
      return 'again';
    }
  }

  /** @returns whether the time passed: false when all is being closed */
  private wait(): Promise<boolean> {
    const { signal } = this.closing;
    if (signal.aborted) return Promise.resolve(false);
    return new Promise((resolve) => {
      const stop = (): void => {
        clearTimeout(timer);
        resolve(false);
      };
      const timer = setTimeout(() => {
        signal.removeEventListener('abort', stop);
        resolve(true);
      }, this.options.retryMs);
      signal.addEventListener('abort', stop, { once: true });
    });
  }
}

function check(options: Required<Omit<SpansOptions, 'endpoint'>>, endpoint: URL | undefined): void {
  const { share, mostWaiting, mostInBatch, everyMs, deadlineMs, retryMs } = options;
  if (!(share >= 0 && share <= 1)) throw new RangeError(`Expected a share between 0 and 1, found ${share}.`);
  for (const number of [mostWaiting, mostInBatch, everyMs, deadlineMs])
    if (!(number >= 1)) throw new RangeError(`Expected at least 1, found ${number}.`);
  if (!(retryMs >= 0)) throw new RangeError(`Expected a time of at least 0, found ${retryMs}.`);
  if (endpoint !== undefined && !/^https?:$/.test(endpoint.protocol))
    throw new RangeError(`Expected a collector by http or https, found ${endpoint.protocol}`);
}
