import { judge, readReplies, sameId, type FailureKind, type Reply } from '../chain/index.ts';
import type { Posted } from './link.ts';

/** Why a node gave no answer; `over-budget`: it was not asked, because the plan allows it no more. */
export type Failure = FailureKind | 'over-budget';

/** One call as it goes out. */
export interface Outgoing {
  readonly method: string;
  /** Raw text of its parameters. */
  readonly paramsText: string;
  /** The whole call as its client sent it, where nothing had to be changed. */
  readonly asItCame?: { readonly body: string | Uint8Array; readonly id: string } | undefined;
  /** Of the answer; more is not read. @unit bytes @default what any answer may have */
  readonly mostBytes?: number;
}

export type Outcome =
  | {
      readonly kind: 'answer';
      readonly reply: Reply;
      /** The whole answer as it came, where the call went out as it came and every client reads the same in it. */
      readonly text?: string;
    }
  | {
      readonly kind: 'failure';
      readonly why: Failure;
      /** What it asked for itself. @unit ms */
      readonly retryAfterMs: number | undefined;
      /** What it said, where it spoke JSON-RPC. */
      readonly reply?: Reply;
    };

/** What a node answered; undefined where it did not, or with an error. */
export function resultOf(outcome: Outcome): unknown {
  return outcome.kind === 'answer' && outcome.reply.kind === 'result' ? outcome.reply.value : undefined;
}

export function callText({ method, paramsText }: Outgoing, id: string): string {
  return `{"jsonrpc":"2.0","id":${id},"method":${JSON.stringify(method)},"params":${paramsText}}`;
}

/** What came of one call. @param keepsText whether the whole text is wanted, to be passed on as it is */
export function outcomeOf(method: string, id: string, posted: Posted, keepsText: boolean): Outcome {
  if (posted.kind === 'failed') return failure(posted.why);
  const { text } = posted;
  const read = readReplies(text);
  const reply = read.kind === 'replies' && !read.isBatch ? read.replies[0] : undefined;
  if (reply === undefined) return judged(method, posted, undefined);
  // It is an answer to something else.
  if (!isFor(reply, id)) return failure('broken');
  const outcome = judged(method, posted, reply);
  const isExact = reply.kind === 'result' && reply.isExact === true && reply.id === id;
  return keepsText && isExact && outcome.kind === 'answer' ? { ...outcome, text } : outcome;
}

/** What came of several calls in one request, whose ids are 1, 2, …; or that the node takes no batches. */
export function outcomesOf(methods: readonly string[], posted: Posted): readonly Outcome[] | 'no-batches' {
  if (posted.kind === 'failed') return methods.map(() => failure(posted.why));
  const { text } = posted;
  const read = readReplies(text, { mostReplies: methods.length + 1 });
  if (read.kind === 'broken') return methods.map((method) => judged(method, posted, undefined));
  if (!read.isBatch) {
    const [reply] = read.replies;
    if (reply?.kind === 'error' && isAboutBatches(reply)) return 'no-batches';
    return methods
      .map((method) => judged(method, posted, reply))
      .map((one) => (one.kind === 'answer' ? failure('broken') : one));
  }
  const byId = new Map<string, Reply | undefined>();
  // The same id twice: who knows which of the two is meant.
  for (const reply of read.replies) byId.set(reply.id, byId.has(reply.id) ? undefined : reply);
  return methods.map((method, i) => {
    const reply = byId.get(String(i + 1));
    return reply === undefined ? failure('broken') : judged(method, posted, reply);
  });
}

/** Whether a node says of a whole batch that it takes none: JSON-RPC's own code for what is no request, or in words. */
function isAboutBatches({ code, message }: Extract<Reply, { kind: 'error' }>): boolean {
  return code === -32600 || code === -32601 || /\bbatch/i.test(message);
}

function judged(
  method: string,
  { status, text, retryAfter }: Extract<Posted, { kind: 'came' }>,
  reply: Reply | undefined,
): Outcome {
  const judgement = judge(method, status, reply, retryAfter, text);
  if (judgement.kind === 'answer') return reply === undefined ? failure('broken') : { kind: 'answer', reply };
  const { why, retryAfterMs } = judgement;
  return reply === undefined
    ? { kind: 'failure', why, retryAfterMs }
    : { kind: 'failure', why, retryAfterMs, reply };
}

function failure(why: Failure): Outcome {
  return { kind: 'failure', why, retryAfterMs: undefined };
}

/** An error that came before the id was read has none. */
function isFor(reply: Reply, id: string): boolean {
  return sameId(reply.id, id) || (reply.kind === 'error' && reply.id === 'null');
}
