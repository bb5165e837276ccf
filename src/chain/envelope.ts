import {
  type ObjectRange,
  type RangeFault,
  arrayRanges,
  memberText,
  objectRange,
  skipSpace,
} from './json-ranges.ts';

/** One call of a client, read, with the texts that are passed on as they came. */
export interface Call {
  readonly kind: 'call';
  readonly method: string;
  /** Raw text of the id as the client wrote it; undefined: a notification, which nobody answers. */
  readonly id: string | undefined;
  /** Parsed. [] when absent or null. */
  readonly params: readonly unknown[];
  /** Raw text of the params, '[]' when absent or null. */
  readonly paramsText: string;
  /** The whole call as it came, from its { to its }. */
  readonly text: string;
}

/** What is no call, and what its client is told. */
export interface BadCall {
  readonly kind: 'bad';
  /** Raw text; 'null' when it is not known. */
  readonly id: string;
  /** -32600 or -32602. */
  readonly code: number;
  readonly message: string;
}

export type Request =
  | { readonly kind: 'single'; readonly call: Call | BadCall }
  | { readonly kind: 'batch'; readonly calls: readonly (Call | BadCall)[] }
  | { readonly kind: 'unreadable'; readonly code: -32700 | -32600; readonly message: string };

/** One answer of a node. Its id is compared by whoever asked: {@link sameId}. */
export type Reply =
  | {
      readonly kind: 'result';
      /** Raw text; 'null' when absent. */
      readonly id: string;
      /** Raw text. */
      readonly result: string;
      /** The result, parsed. */
      readonly value: unknown;
      /**
       * Its members are jsonrpc, id and result, each once, as they are written here, and nothing else: then whoever reads the whole text reads
       * this. Of others some clients read another result: Go takes "Result" for result, and the last of them.
       */
      readonly isExact?: boolean;
    }
  | {
      readonly kind: 'error';
      /** Raw text; 'null' when absent. */
      readonly id: string;
      /**
       * Text of the error, which is an object or, of some proxies, a string. Raw, unless it has other members than code, message and data, or
       * these otherwise than they are written here: then it is written anew with these alone.
       */
      readonly error: string;
      /** Undefined when it is no whole number. */
      readonly code: number | undefined;
      /** '' when there is none. */
      readonly message: string;
      readonly data: unknown;
    };

export type Replies =
  | { readonly kind: 'replies'; readonly replies: readonly Reply[]; readonly isBatch: boolean }
  | { readonly kind: 'broken'; readonly why: string };

/** What a node sends without being asked again: an event of a subscription. */
export interface Notice {
  readonly kind: 'notice';
  readonly subscription: string;
  /** Raw text. */
  readonly result: string;
  /** The result, parsed. */
  readonly value: unknown;
}

export interface RequestLimits {
  /** Calls in one batch. @default 1_000 */
  readonly mostCalls?: number;
  /** Objects and arrays within one another, the outermost counted. @default 64 */
  readonly mostDepth?: number;
}

export interface ReplyLimits {
  /** Replies in one batch. @default 1_000 */
  readonly mostReplies?: number;
  /** Objects and arrays within one another, the outermost counted. @default 2_100, for traces of calls that are 1,024 deep */
  readonly mostDepth?: number;
}

/** @unit characters */
const LONGEST_ID = 1_000;
/** @unit characters */
const LONGEST_METHOD = 200;

const PARSE_ERROR = -32700;
const INVALID_REQUEST = -32600;
const INVALID_PARAMS = -32602;

/**
 * A JSON-RPC 2.0 text of a client: a call, or a batch of calls. `jsonrpc` may be missing. What a node could read differently than we
 * do is refused, as the text is passed on: a key twice, and a known key in other letters, which Go's encoding/json takes for it.
 *
 * @param text bounded in length by the caller
 */
export function readRequest(text: string, limits: RequestLimits = {}): Request {
  const { mostCalls = 1_000, mostDepth = 64 } = limits;
  const at = skipSpace(text, 0);
  const isBatch = text[at] === '[';
  if (!isBatch && text[at] !== '{')
    return parsed(text) === undefined
      ? unreadable(PARSE_ERROR, NOT_JSON)
      : unreadable(INVALID_REQUEST, 'Expected a call as an object, or a batch of calls as an array.');
  // Depth first: what is too deep is not parsed.
  const ranges = isBatch ? arrayRanges(text, at, mostDepth, mostCalls) : objectRange(text, at, mostDepth);
  switch (ranges) {
    case 'syntax':
      return unreadable(PARSE_ERROR, NOT_JSON);
    case 'deep':
      return unreadable(INVALID_REQUEST, `Expected objects and arrays at most ${mostDepth} deep.`);
    case 'many':
      return unreadable(INVALID_REQUEST, `Expected at most ${mostCalls} calls in a batch.`);
    case 'keys':
      return unreadable(INVALID_REQUEST, 'Expected a call with no more keys than JSON-RPC has.');
  }
  const whole = parsed(text);
  if (whole === undefined) return unreadable(PARSE_ERROR, NOT_JSON);
  if (!('length' in ranges)) return { kind: 'single', call: callOf(text, ranges, whole.value) };
  if (ranges.length === 0) return unreadable(INVALID_REQUEST, 'Expected at least one call in a batch.');
  const values = whole.value as readonly unknown[]; // by its [
  return { kind: 'batch', calls: ranges.map((range, i) => callOf(text, range, values[i])) };
}

/**
 * What a node has answered: one reply, or a batch of replies. An `error` that is null is none, and so is a null `result` beside an error.
 * One that is broken breaks the batch.
 *
 * @param text bounded in length by the caller
 */
export function readReplies(text: string, limits: ReplyLimits = {}): Replies {
  const message = readMessage(text, limits);
  return message.kind === 'notice' ? broken('Neither a result nor an error.') : message;
}

/** What comes over a socket: replies as by {@link readReplies}, or an event of a subscription. */
export function readMessage(text: string, limits: ReplyLimits = {}): Replies | Notice {
  const { mostReplies = 1_000, mostDepth = 2_100 } = limits;
  const at = skipSpace(text, 0);
  if (text[at] === '[') return readReplyBatch(text, at, mostReplies, mostDepth);
  if (text[at] !== '{') return broken(at === text.length ? 'Nothing.' : 'Neither an object nor an array.');
  const range = objectRange(text, at, mostDepth);
  if (typeof range === 'string') return broken(FAULTS[range]);
  const whole = parsed(text);
  if (whole === undefined) return broken(FAULTS.syntax);
  const value = whole.value as JsonObject; // by its {
  if (range.keys.includes('method')) return noticeOf(text, range, value, mostDepth);
  const reply = replyOf(text, range, value, mostDepth);
  return typeof reply === 'string' ? broken(reply) : { kind: 'replies', replies: [reply], isBatch: false };
}

/** @param id raw text @param result raw text */
export function replyText(id: string, result: string): string {
  return `{"jsonrpc":"2.0","id":${id},"result":${result}}`;
}

/** @param id raw text @param data what JSON can say; left out when undefined */
export function errorText(id: string, code: number, message: string, data?: unknown): string {
  return `{"jsonrpc":"2.0","id":${id},"error":${JSON.stringify({ code, message, data })}}`;
}

/**
 * Whether a client would take both for the same id. Numbers are compared by value where a double holds them, strings however they are
 * escaped; a number is no string.
 *
 * @param a raw text @param b raw text
 */
export function sameId(a: string, b: string): boolean {
  if (a === b) return true;
  const first = parsed(a)?.value;
  const second = parsed(b)?.value;
  if (typeof first === 'string') return first === second;
  return typeof first === 'number' && first === second && Math.abs(first) <= Number.MAX_SAFE_INTEGER;
}

type JsonObject = Readonly<Record<string, unknown>>;

const NOT_JSON = 'Expected JSON.';
const TWICE = 'The same key twice.';
const FAULTS: Readonly<Record<RangeFault, string>> = {
  syntax: 'Not JSON, or only the first part of it.',
  deep: 'Objects or arrays too deep within one another.',
  many: 'Too many replies in a batch.',
  keys: 'More keys than a reply has.',
};

/** @param value what JSON.parse made of the range */
function callOf(text: string, range: ObjectRange | undefined, value: unknown): Call | BadCall {
  if (range === undefined) return badCall('null', 'Expected a call as an object.');
  if (range.hasDuplicate) return badCall('null', 'Expected each key once.');
  const { jsonrpc, id, method, params } = value as JsonObject; // by its {
  const idText = memberText(text, range, 'id');
  if (idText !== undefined && !isId(id, idText))
    return badCall(
      'null',
      `Expected an id that is a number, null or a string of at most ${LONGEST_ID} characters.`,
    );
  const bad = (message: string, code?: number): BadCall => badCall(idText ?? 'null', message, code);
  const disguised = disguisedKey(range.keys);
  if (disguised !== undefined) return bad(`Expected the key "${disguised}" as it is written here.`);
  if (jsonrpc !== undefined && jsonrpc !== '2.0') return bad('Expected "jsonrpc" to be "2.0".');
  if (typeof method !== 'string' || method === '' || method.length > LONGEST_METHOD)
    return bad(`Expected a method that is a string of at most ${LONGEST_METHOD} characters.`);
  const hasParams = params !== undefined && params !== null;
  if (hasParams && !Array.isArray(params))
    return bad('Expected params by position, as an array.', INVALID_PARAMS);
  return {
    kind: 'call',
    method,
    id: idText,
    params: hasParams ? params : [],
    paramsText: hasParams ? (memberText(text, range, 'params') ?? '[]') : '[]',
    text: text.slice(range.start, range.end),
  };
}

const CALL_KEYS: readonly string[] = ['jsonrpc', 'id', 'method', 'params'];

/** A key that is another's in any case, as Go folds it: METHOD, or paramſ with a long s. */
function disguisedKey(keys: readonly string[]): string | undefined {
  for (const key of keys) {
    if (CALL_KEYS.includes(key)) continue;
    const folded = key.toUpperCase().toLowerCase();
    if (CALL_KEYS.includes(folded)) return folded;
  }
  return undefined;
}

function readReplyBatch(text: string, at: number, mostReplies: number, mostDepth: number): Replies {
  const ranges = arrayRanges(text, at, mostDepth, mostReplies);
  if (typeof ranges === 'string') return broken(FAULTS[ranges]);
  const values = parsed(text)?.value as readonly unknown[] | undefined; // by its [
  if (values === undefined) return broken(FAULTS.syntax);
  const replies: Reply[] = [];
  for (let i = 0; i < ranges.length; i++) {
    const range = ranges[i];
    if (range === undefined) return broken('A reply that is no object.');
    const reply = replyOf(text, range, values[i] as JsonObject, mostDepth); // by its {
    if (typeof reply === 'string') return broken(reply);
    replies.push(reply);
  }
  return { kind: 'replies', replies, isBatch: true };
}

/** The reply, or what is wrong with it. */
function replyOf(text: string, range: ObjectRange, value: JsonObject, mostDepth: number): Reply | string {
  if (range.hasDuplicate) return TWICE;
  const { jsonrpc, result, error } = value;
  if (jsonrpc !== undefined && jsonrpc !== '2.0') return 'Another version of JSON-RPC than 2.0.';
  const id = memberText(text, range, 'id') ?? 'null';
  if (!isId(value.id ?? null, id)) return 'An id that is no id.';
  if (error === undefined || error === null) {
    const raw = memberText(text, range, 'result');
    return raw === undefined
      ? 'Neither a result nor an error.'
      : { kind: 'result', id, result: raw, value: result, isExact: isExact(range, jsonrpc) };
  }
  if (result !== undefined && result !== null) return 'Both a result and an error.';
  return errorOf(id, text, range.starts[range.keys.indexOf('error')] ?? 0, error, mostDepth);
}

function isExact({ keys, hasEscapedKey }: ObjectRange, jsonrpc: unknown): boolean {
  // Three, of which none is there twice, as was looked at before.
  return (
    keys.length === 3 &&
    !hasEscapedKey &&
    jsonrpc !== undefined &&
    keys.includes('id') &&
    keys.includes('result')
  );
}

/** @param at where the error is written */
function errorOf(id: string, text: string, at: number, error: unknown, mostDepth: number): Reply | string {
  if (typeof error !== 'object' || error === null || Array.isArray(error))
    return {
      ...{ kind: 'error', id, error: JSON.stringify(error), code: undefined },
      ...{ message: String(error), data: undefined },
    };
  const range = objectRange(text, at, mostDepth);
  if (typeof range === 'string') return FAULTS[range];
  const { code, message, data } = error as JsonObject; // an object, as just checked
  const isExact =
    !range.hasDuplicate && !range.hasEscapedKey && range.keys.every((key) => ERROR_KEYS.includes(key));
  return {
    kind: 'error',
    id,
    error: isExact ? text.slice(at, range.end) : JSON.stringify({ code, message, data }),
    code: codeOf(code),
    message: typeof message === 'string' ? message : '',
    data,
  };
}

const ERROR_KEYS: readonly string[] = ['code', 'message', 'data'];

/** Some write it as a string. */
function codeOf(code: unknown): number | undefined {
  const number = typeof code === 'string' && /^-?\d{1,9}$/.test(code) ? Number(code) : code;
  return typeof number === 'number' && Number.isSafeInteger(number) ? number : undefined;
}

function noticeOf(text: string, range: ObjectRange, value: JsonObject, mostDepth: number): Notice | Replies {
  if (range.hasDuplicate) return broken(TWICE);
  const at = range.starts[range.keys.indexOf('params')];
  const inner = at !== undefined && text[at] === '{' ? objectRange(text, at, mostDepth) : undefined;
  if (inner === undefined || typeof inner === 'string') return broken('A notice without a subscription.');
  const { subscription, result } = value.params as JsonObject; // by its {
  const raw = memberText(text, inner, 'result');
  if (inner.hasDuplicate) return broken(TWICE);
  if (typeof subscription !== 'string' || raw === undefined || range.keys.includes('id'))
    return broken('A notice without a subscription or a result.');
  return { kind: 'notice', subscription, result: raw, value: result };
}

function isId(id: unknown, raw: string): boolean {
  if (typeof id === 'string') return id.length <= LONGEST_ID;
  return id === null || (typeof id === 'number' && raw.length <= LONGEST_ID);
}

/** JSON.parse of some engines throws a RangeError for what is deep; here both are no JSON. */
function parsed(text: string): { readonly value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) };
  } catch {
    return undefined;
  }
}

function badCall(id: string, message: string, code: number = INVALID_REQUEST): BadCall {
  return { kind: 'bad', id, code, message };
}

function unreadable(code: -32700 | -32600, message: string): Request {
  return { kind: 'unreadable', code, message };
}

function broken(why: string): Replies {
  return { kind: 'broken', why };
}
