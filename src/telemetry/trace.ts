/** Which trace a request belongs to: W3C Trace Context, level 1. https://www.w3.org/TR/trace-context/ */
export interface TraceContext {
  /** 32 hexadecimal digits, lower case. */
  readonly traceId: string;
  /** Of this span: 16 hexadecimal digits, lower case. */
  readonly spanId: string;
  /** Of the span that called this one; null at the beginning of a trace. */
  readonly parentSpanId: string | null;
  /** Whether the parent is of another process. */
  readonly isParentRemote: boolean;
  /** What is said to the next one. */
  readonly isSampled: boolean;
  /** Whether its spans are kept here: only then are they worth putting together. */
  readonly isKept: boolean;
}

/** What the header says. */
export interface Traceparent {
  readonly traceId: string;
  readonly spanId: string;
  readonly isSampled: boolean;
}

/** Fills all of it with random bytes, such as `crypto.randomFillSync`. */
export type RandomBytes = (bytes: Uint8Array) => unknown;

const FORM = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/s;
const LENGTH = 55;
/** No version is known yet that has more. @unit characters */
const LONGEST = 512;

/** The header `traceparent` of a request; undefined when it is not there once and well formed, and a new trace begins. */
export function parseTraceparent(header: string | readonly string[] | undefined): Traceparent | undefined {
  if (typeof header !== 'string' || header.length < LENGTH || header.length > LONGEST) return undefined;
  const [, version = '', traceId = '', spanId = '', flags = '', more] = FORM.exec(header) ?? [];
  if (version === '' || version === 'ff' || (version === '00' && more !== undefined)) return undefined;
  if (/^0+$/.test(traceId) || /^0+$/.test(spanId)) return undefined;
  return { traceId, spanId, isSampled: (Number.parseInt(flags, 16) & 1) === 1 };
}

/** What is sent on: the next one's parent is this span. */
export function makeTraceparent({ traceId, spanId, isSampled }: Traceparent): string {
  return `00-${traceId}-${spanId}-${isSampled ? '01' : '00'}`;
}

/**
 * Whether a trace is of the share that is kept: the same answer wherever it is asked, by the last 52 bits of its id, as
 * collectors do that sample by OpenTelemetry's consistent probability (they take 56).
 *
 * @param share 0 to 1
 */
export function isInShare(traceId: string, share: number): boolean {
  if (share >= 1) return true;
  return Number.parseInt(traceId.slice(-13), 16) / 2 ** 52 >= 1 - share;
}

/** Random ids, drawn many at a time: one call to the system for hundreds of requests. */
export class Ids {
  private readonly random: RandomBytes;
  private readonly bytes = Buffer.alloc(4096);
  private digits = '';
  private at = 0;

  constructor(random: RandomBytes) {
    this.random = random;
  }

  trace(): string {
    return this.take(32);
  }

  span(): string {
    return this.take(16);
  }

  private take(length: number): string {
    for (;;) {
      if (this.at + length > this.digits.length) this.refill();
      const id = this.digits.slice(this.at, this.at + length);
      this.at += length;
      // Without any digit but 0 it would be no id.
      if (!/^0+$/.test(id)) return id;
    }
  }

  private refill(): void {
    this.random(this.bytes);
    this.digits = this.bytes.toString('hex');
    this.at = 0;
  }
}
