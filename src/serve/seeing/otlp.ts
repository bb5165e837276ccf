/** A span that has ended. */
export interface SpanRecord {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string | null;
  readonly isParentRemote: boolean;
  /** `GET /api/orders`: of few different ones. */
  readonly name: string;
  readonly kind: 'server' | 'client' | 'internal';
  /** @unit ms since 1970 */
  readonly startedAt: number;
  /** @unit ms since 1970 */
  readonly endedAt: number;
  readonly attributes: Attributes;
  readonly hasFailed: boolean;
}

/** What is undefined is left out. */
export type Attributes = Readonly<Record<string, string | number | boolean | undefined>>;

const KINDS = { internal: 1, server: 2, client: 3 } as const;
const FAILED = 2;
const SAMPLED = 0x01;
const KNOWS_PARENT = 0x100;
const PARENT_IS_REMOTE = 0x200;

/**
 * A batch as OTLP's JSON has it: ids in hexadecimal, whole numbers of 64 bits as text.
 * https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding
 */
export function otlpOf(
  spans: readonly SpanRecord[],
  resource: Attributes,
  scope: { readonly name: string; readonly version: string },
): string {
  return JSON.stringify({
    resourceSpans: [
      {
        resource: { attributes: attributesOf(resource) },
        scopeSpans: [{ scope, spans: spans.map(spanOf) }],
      },
    ],
  });
}

function spanOf(span: SpanRecord): object {
  const { traceId, spanId, parentSpanId, isParentRemote, name, kind, hasFailed } = span;
  return {
    traceId,
    spanId,
    ...(parentSpanId === null ? {} : { parentSpanId }),
    flags: SAMPLED | KNOWS_PARENT | (isParentRemote ? PARENT_IS_REMOTE : 0),
    name,
    kind: KINDS[kind],
    startTimeUnixNano: nanoseconds(span.startedAt),
    // Clocks can be set back; a span that ends before it begins is refused by some.
    endTimeUnixNano: nanoseconds(Math.max(span.startedAt, span.endedAt)),
    attributes: attributesOf(span.attributes),
    status: hasFailed ? { code: FAILED } : {},
  };
}

function attributesOf(attributes: Attributes): object[] {
  const list: object[] = [];
  for (const [key, value] of Object.entries(attributes))
    if (value !== undefined) list.push({ key, value: typed(value) });
  return list;
}

function typed(value: string | number | boolean): object {
  if (typeof value === 'string') return { stringValue: value.toWellFormed() };
  if (typeof value === 'boolean') return { boolValue: value };
  return Number.isSafeInteger(value) ? { intValue: String(value) } : { doubleValue: value };
}

/** Exact to the microsecond: more than a number of milliseconds since 1970 holds. */
function nanoseconds(ms: number): string {
  return `${BigInt(Math.round(ms * 1000)) * 1000n}`;
}
