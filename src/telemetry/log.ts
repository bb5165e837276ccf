import { LineWriter, type LogStream } from './log-stream.ts';
import { hashOf, isSecretField, redactHeader, redactText, redactUrl } from './redact.ts';
import { isInShare } from './trace.ts';

export type Level = 'debug' | 'info' | 'warning' | 'error';

/** What a line may carry beside its time, its level and its event. What is undefined is left out. */
export type Fields = Readonly<Record<string, Field>>;
export type Field = string | number | boolean | null | undefined | Error | readonly (string | number)[];

/** A request that has been answered. */
export interface RequestRecord {
  /** Empty for one that has none: it is not written then. */
  readonly traceId: string;
  readonly method: string;
  /** What was asked for, with its query: written without the values of that. */
  readonly url: string;
  /** 0 when the client went away before there was one. */
  readonly status: number;
  readonly durationMs: number;
  readonly journey: string | null;
  readonly mode: string | null;
  /** How it ended: `served`, `refused`, `failed`, and the like. */
  readonly outcome: string;
  readonly service?: string;
  readonly alternative?: string;
  /** How many requests it took. */
  readonly attempts?: number;
  /** Of the answer's body. */
  readonly bytes?: number;
  /** What it was called on its way. */
  readonly request?: string;
  /** The client's. Written as a hash. */
  readonly idempotencyKey?: string;
  /** Those that are to be written: secret ones are hidden. */
  readonly headers?: Readonly<Record<string, string>>;
  /** What went wrong: such a request is written whatever the share. */
  readonly error?: Error | string;
}

export interface LogOptions {
  readonly to: LogStream;
  /** The wall clock. @unit ms since 1970 */
  readonly now: () => number;
  /** What is less is not written. @default info */
  readonly level?: Level;
  /** Of requests, by trace: the same ones whose spans are kept at the same share. 0 to 1. @default 0.01 */
  readonly share?: number;
  /** Requests that failed (5xx, no answer, an error) are all written, up to so many. @unit per second @default 50 */
  readonly errorsPerSecond?: number;
}

const LEVELS: Readonly<Record<Level, number>> = { debug: 0, info: 1, warning: 2, error: 3 };
const MOST_FIELDS = 40;
const MOST_ELEMENTS = 50;
/** Of the name of a field. @unit characters */
const LONGEST_NAME = 100;
const OWN = new Set(['time', 'level', 'event']);
/** Everything that ends a line or turns the direction of writing for some reader, and that JSON leaves as it is. */
const UNSEEN = /[\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g;

/**
 * Lines of JSON: what was decided, all of it, and of requests a share. It never waits: where the stream is behind, lines are left out
 * and counted. No value of a secret header, of a query or of a field with a secret's name is ever in a line.
 */
export class Log {
  private readonly lines: LineWriter;
  private readonly now: () => number;
  private readonly least: number;
  private readonly share: number;
  private readonly errorsPerSecond: number;
  private second = Number.NEGATIVE_INFINITY;
  private errorsInSecond = 0;
  private notWritten = 0;

  /** @throws RangeError when the share is none */
  constructor({ to, now, level = 'info', share = 0.01, errorsPerSecond = 50 }: LogOptions) {
    if (!(share >= 0 && share <= 1))
      throw new RangeError(`Expected a share between 0 and 1, found ${share}.`);
    if (!(errorsPerSecond >= 0))
      throw new RangeError(`Expected at least 0 errors a second, found ${errorsPerSecond}.`);
    this.now = now;
    this.least = LEVELS[level];
    this.share = share;
    this.errorsPerSecond = errorsPerSecond;
    this.lines = new LineWriter(to, (dropped) => this.lineOf('warning', 'log-behind', { dropped }));
  }

  /** Lines that were left out because the stream was behind. */
  get dropped(): number {
    return this.lines.dropped;
  }

  /** Something that was decided or that happened. @param event a name for programs, such as `mode-changed` */
  event(level: Level, event: string, fields: Fields = {}): void {
    if (LEVELS[level] >= this.least) this.lines.write(this.lineOf(level, event, fields));
  }

  /** A request: written when its trace is of the share, or it was chosen before it had one; and when it failed. */
  request(record: RequestRecord, isKept = isInShare(record.traceId, this.share)): void {
    const hasFailed = record.error !== undefined || record.status >= 500 || record.status === 0;
    if (!isKept && !(hasFailed && this.mayWriteError())) return;
    this.event(hasFailed ? 'error' : 'info', 'request', fieldsOf(record));
  }

  /** Whether there is room in this second; at the first of the next it is said how many were left out. */
  private mayWriteError(): boolean {
    const second = Math.floor(this.now() / 1000);
    if (second !== this.second) {
      const left = this.notWritten;
      this.second = second;
      this.errorsInSecond = 0;
      this.notWritten = 0;
      if (left > 0) this.event('warning', 'errors-left-out', { requests: left });
    }
    if (this.errorsInSecond < this.errorsPerSecond) {
      this.errorsInSecond++;
      return true;
    }
    this.notWritten++;
    return false;
  }

  private lineOf(level: Level, event: string, fields: Fields): string {
    const line: Record<string, unknown> = { time: new Date(this.now()).toISOString(), level, event };
    for (const [name, value] of Object.entries(fields).slice(0, MOST_FIELDS)) {
      if (value === undefined) continue;
      const own = name.slice(0, LONGEST_NAME);
      line[OWN.has(own) ? `${own}_` : own] = isSecretField(own) ? '[hidden]' : written(value);
    }
    return `${JSON.stringify(line).replace(UNSEEN, escaped)}\n`;
  }
}

function fieldsOf({ traceId, url, headers, idempotencyKey, ...rest }: RequestRecord): Fields {
  const shown: Record<string, Field> = {
    ...(traceId === '' ? {} : { traceId }),
    ...rest,
    url: redactUrl(url),
  };
  if (idempotencyKey !== undefined) shown.idempotency = hashOf(idempotencyKey);
  // Under a name that is not taken for a secret itself: its value is hidden already.
  for (const [name, value] of Object.entries(headers ?? {}).slice(0, MOST_FIELDS))
    shown[`header.${name.toLowerCase()}`] = redactHeader(name, value);
  return shown;
}

function written(value: Exclude<Field, undefined>): unknown {
  if (typeof value === 'string') return redactText(value);
  if (value instanceof Error) return errorOf(value);
  if (typeof value !== 'object' || value === null) return value;
  return value
    .slice(0, MOST_ELEMENTS)
    .map((element) => (typeof element === 'string' ? redactText(element) : element));
}

/** What kind, which code and what it says; no stack, which would say where this program is. */
function errorOf(error: Error): string {
  const code = 'code' in error && typeof error.code === 'string' ? ` ${error.code}` : '';
  return redactText(`${error.name}${code}: ${error.message}`);
}

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
