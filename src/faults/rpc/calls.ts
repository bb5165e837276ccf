import type { Readable } from 'node:stream';
import type { HttpAnswer, HttpOccasion, HttpRequest } from '../fault.ts';
import { readWhole } from '../http/bodies.ts';
import { headerOf, withoutHeaders } from '../http/raw-headers.ts';
import { isRecord } from '../settings/shown.ts';

/** A call of JSON-RPC, with whatever else it has. */
export interface RpcCall {
  readonly method: string;
  /** By their places; undefined where it has none, or names them. */
  readonly params: readonly unknown[] | undefined;
}

/** What becomes of one call. */
export interface CallChange {
  /** What the upstream is asked in its place. @default the call */
  readonly params?: readonly unknown[];
  /** What is answered instead of what the upstream says, which holds `result` or `error`. @default that */
  readonly reply?: (said: Said) => Said;
}

export type Said = { readonly result: unknown } | { readonly error: unknown };

export interface Changing {
  readonly request: HttpRequest;
  readonly next: (request: HttpRequest) => Promise<HttpAnswer>;
  readonly occasion: Pick<HttpOccasion, 'invite' | 'touch'>;
  /**
   * @param ask asks the upstream something of one's own; undefined where it gives no result
   * @returns for each call what becomes of it; undefined: nothing
   */
  readonly change: (calls: readonly RpcCall[], ask: AskRpc) => Promise<readonly (CallChange | undefined)[]>;
}

export type AskRpc = (method: string, params: readonly unknown[]) => Promise<unknown>;

/** Longer bodies go through as they are. @unit bytes */
const MOST_BYTES = 1_000_000;

/** Has calls of JSON-RPC over POST changed, alone or in a batch. What is none, or holds no call that is meant, goes through byte by byte. */
export async function changeCalls({ request, next, occasion, change }: Changing): Promise<HttpAnswer> {
  if (request.method !== 'POST' || headerOf(request.rawHeaders, 'content-encoding') !== undefined)
    return next(request);
  occasion.invite();
  const body = await readWhole(request.body, MOST_BYTES);
  const read: HttpRequest = { ...request, body, rawHeaders: withoutHeaders(request.rawHeaders, 'expect') };
  const sent = Buffer.isBuffer(body) ? parsed(body) : undefined;
  const calls = (Array.isArray(sent) ? sent : [sent]).map(callOf);
  const meant = calls.flatMap((call) => call ?? []);
  if (meant.length === 0) return next(read);

  const readable = { ...read, rawHeaders: withoutHeaders(read.rawHeaders, 'accept-encoding') };
  const changes = [...(await change(meant, (...asked) => askOwn(readable, next, asked)))];
  if (changes.every((one) => one === undefined)) return next(read);
  const byCall = calls.map((call) => (call === undefined ? undefined : changes.shift()));

  const asked = listed(sent).map((call, place) => {
    const params = byCall[place]?.params;
    // What a call was read from is an object.
    return params === undefined ? call : { ...(call as object), params };
  });
  const isAsked = byCall.some((one) => one?.params !== undefined);
  if (isAsked) occasion.touch();
  const answer = await next(
    isAsked ? { ...readable, body: json(Array.isArray(sent) ? asked : asked[0], body) } : readable,
  );
  return replied(answer, listed(sent), byCall, occasion);
}

/** Replies are told apart by the ids of their calls: those of a batch come in any order. */
async function replied(
  answer: HttpAnswer,
  sent: readonly unknown[],
  byCall: readonly (CallChange | undefined)[],
  { touch }: Changing['occasion'],
): Promise<HttpAnswer> {
  if (headerOf(answer.rawHeaders, 'content-encoding') !== undefined || answer.tunnel !== undefined)
    return answer;
  const body = await readWhole(answer.body, MOST_BYTES);
  const said = Buffer.isBuffer(body) ? parsed(body) : undefined;
  const waiting = byCall.map((one, place) => ({ reply: one?.reply, id: idOf(sent[place]) }));
  let isChanged = false;
  const replies = listed(said).map((one) => {
    if (!isRecord(one) || !('result' in one || 'error' in one)) return one;
    const place = waiting.findIndex(({ id }) => id !== undefined && id === idOf(one));
    const [found] = place < 0 ? [] : waiting.splice(place, 1);
    if (found?.reply === undefined) return one;
    const { result, error, ...rest } = one;
    const before: Said = error === undefined || error === null ? { result } : { error };
    const after = found.reply(before);
    if (after === before) return one;
    isChanged = true;
    return { ...rest, ...after };
  });
  if (!isChanged) return { ...answer, body };
  touch();
  return { ...answer, body: json(Array.isArray(said) ? replies : replies[0], body) };
}

/** Something of one's own, asked as the client asks. */
async function askOwn(
  request: HttpRequest,
  next: (request: HttpRequest) => Promise<HttpAnswer>,
  [method, params]: Parameters<AskRpc>,
): Promise<unknown> {
  const { status, body } = await next({ ...request, body: json({ jsonrpc: '2.0', id: 1, method, params }) });
  const whole = await readWhole(body, MOST_BYTES);
  const said = status === 200 && Buffer.isBuffer(whole) ? parsed(whole) : undefined;
  if (!Buffer.isBuffer(whole)) whole.destroy();
  return isRecord(said) ? said.result : undefined;
}

function callOf(value: unknown): RpcCall | undefined {
  if (!isRecord(value) || typeof value.method !== 'string' || !('id' in value)) return undefined;
  const { method, params } = value;
  if (params !== undefined && !Array.isArray(params)) return { method, params: undefined };
  return { method, params: params ?? [] };
}

function idOf(value: unknown): string | undefined {
  return isRecord(value) && 'id' in value ? JSON.stringify(value.id) : undefined;
}

function listed(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [value];
}

function parsed(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString());
  } catch {
    return undefined;
  }
}

function json(value: unknown, otherwise: Readable | Buffer = Buffer.alloc(0)): Readable | Buffer {
  try {
    return Buffer.from(JSON.stringify(value));
  } catch {
    // It is too deep to be written; that it could be read is no reason to fail.
    return otherwise;
  }
}
