import { errorText, readRequest, replyText, type BadCall, type Call } from '../chain/index.ts';
import type { ChainPool } from './pool.ts';
import type { PoolAnswer } from './pool-answer.ts';
import type { CallContext } from './pool-options.ts';

/** Calls in one batch. */
const MOST_CALLS = 1_000;

export interface Answered {
  /** What is said in return; undefined where nothing is, because nothing was asked. */
  readonly text: string | undefined;
  /** What it came from, by call. */
  readonly answers: readonly PoolAnswer[];
  /** What was asked, as far as it could be read: as many as there are answers. */
  readonly calls: readonly Call[];
}

/**
 * Answers a whole request, one call or a batch of them: a batch as of one block.
 *
 * @param text as it came
 * @param body the same in bytes, where one call may be passed on as it came
 * @param done called once, perhaps before this has returned
 */
export function answerText(
  pool: ChainPool,
  text: string,
  context: CallContext,
  done: (answered: Answered) => void,
): void {
  const request = readRequest(text, { mostCalls: MOST_CALLS });
  if (request.kind === 'unreadable') {
    done({ text: errorText('null', request.code, request.message), answers: [], calls: [] });
    return;
  }
  if (request.kind === 'single') {
    const { call } = request;
    if (call.kind === 'bad') done({ text: badText(call), answers: [], calls: [] });
    else
      pool.call(call, { body: text, ...context }, (answer) =>
        done({
          text: call.id === undefined ? undefined : textOf(call.id, answer),
          answers: [answer],
          calls: [call],
        }),
      );
    return;
  }
  const { calls } = request;
  const good = calls.filter((call) => call.kind === 'call');
  pool.batch(good, context, (answers) => {
    const byCall = new Map(good.map((call, i) => [call, answers[i]]));
    const texts = calls.flatMap((call) => {
      if (call.kind === 'bad') return [badText(call)];
      const answer = byCall.get(call);
      return call.id === undefined || answer === undefined ? [] : [textOf(call.id, answer)];
    });
    done({ text: texts.length === 0 ? undefined : `[${texts.join(',')}]`, answers, calls: good });
  });
}

/** An answer as the text that goes to whoever asked under this id. */
export function textOf(id: string, { kind, text, whole }: PoolAnswer): string {
  if (whole !== undefined) return whole;
  return kind === 'result' ? replyText(id, text) : `{"jsonrpc":"2.0","id":${id},"error":${text}}`;
}

function badText({ id, code, message }: BadCall): string {
  return errorText(id, code, message);
}
