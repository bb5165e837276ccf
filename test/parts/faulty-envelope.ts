/** Reads requests, and wraps answers: as they should be, or with the envelope spoilt. */
import type { EnvelopeFault } from './faults.ts';
import type { Outcome } from './rpc.ts';

export interface Call {
  readonly method: string;
  readonly params: readonly unknown[];
  /** Raw; undefined: nobody waits for an answer. */
  readonly id: string | undefined;
}

export interface EnvelopedReply {
  /** Raw. */
  readonly id: string;
  readonly outcome: Outcome;
}

export interface Calls {
  readonly isBatch: boolean;
  readonly calls: readonly Call[];
}

/** undefined: what is wrong with it is for a real node to say. */
export function readCalls(body: Buffer): Calls | undefined {
  let read: unknown;
  try {
    read = JSON.parse(body.toString());
  } catch {
    return undefined;
  }
  const isBatch = Array.isArray(read);
  const calls: Call[] = [];
  for (const one of Array.isArray(read) ? read : [read]) {
    if (typeof one !== 'object' || one === null) return undefined;
    // Its members are whatever the client wrote.
    const { method, params = [], id } = one as { method?: unknown; params?: unknown; id?: unknown };
    if (typeof method !== 'string' || !Array.isArray(params)) return undefined;
    calls.push({ method, params, id: id === undefined ? undefined : JSON.stringify(id) });
  }
  return calls.length === 0 ? undefined : { isBatch, calls };
}

/** The text of an answer. A fault is of its first reply, or of the batch. */
export function enveloped(
  replies: readonly EnvelopedReply[],
  isBatch: boolean,
  fault: EnvelopeFault | undefined,
): string {
  const texts = replies.map((reply, i) => (i === 0 ? spoilt(reply, fault) : well(reply)));
  if (fault?.kind !== 'batch') return isBatch ? `[${texts.join(',')}]` : texts.join('');
  const [first = '{}'] = texts;
  switch (fault.how) {
    case 'single':
      return isBatch ? first : `[${first}]`;
    case 'missing':
      return `[${texts.slice(1).join(',')}]`;
    case 'doubled':
      return `[${[...texts, `{"jsonrpc":"2.0","id":${replies[0]?.id},"result":"0xdead"}`].join(',')}]`;
    case 'additional':
      return `[${[...texts, '{"jsonrpc":"2.0","id":987654321,"result":"0xdead"}'].join(',')}]`;
    case 'reordered':
      return `[${texts.reverse().join(',')}]`;
  }
}

function said(outcome: Outcome): string {
  if ('result' in outcome) return `"result":${JSON.stringify(outcome.result)}`;
  return `"error":${JSON.stringify(outcome.error)}`;
}

function well({ id, outcome }: EnvelopedReply): string {
  return `{"jsonrpc":"2.0","id":${id},${said(outcome)}}`;
}

function spoilt(reply: EnvelopedReply, fault: EnvelopeFault | undefined): string {
  const { id, outcome } = reply;
  switch (fault?.kind) {
    case 'id':
      if (fault.how === 'none') return `{"jsonrpc":"2.0",${said(outcome)}}`;
      if (fault.how === 'null') return well({ ...reply, id: 'null' });
      if (fault.how === 'other') return well({ ...reply, id: `${(Number(id) || 0) + 1_000_003}` });
      // What was a number is a text, and the reverse.
      return well({ ...reply, id: id.startsWith('"') ? '7' : `"${id}"` });
    case 'both':
      return `{"jsonrpc":"2.0","id":${id},"result":"0x1","error":{"code":-32000,"message":"both"}}`;
    case 'beside':
      return `{"jsonrpc":"2.0","id":${id},${said(outcome)},"Result":"0xbad","Error":null}`;
    case 'neither':
      return `{"jsonrpc":"2.0","id":${id}}`;
    default:
      return well(reply);
  }
}
