import { bytesOf, hexOf, isAlreadyKnown, keccak256, type Reply } from '../chain/index.ts';
import type { Time } from '../time.ts';
import type { PoolNode } from './node.ts';
import type { Order } from './order.ts';
import type { Outcome } from './outcome.ts';

/** To how many nodes at once: each tells its own neighbours. */
const MOST_NODES = 4;
/** The largest transaction that is passed on: with blobs some are close to it. @unit bytes */
const MOST_BYTES = 1_100_000;

export type Sent =
  /** At least one node has it. */
  | { readonly kind: 'sent'; readonly hash: string; readonly by: readonly PoolNode[] }
  /** Nobody took it, and this is what they said. */
  | { readonly kind: 'refused'; readonly error: Extract<Reply, { kind: 'error' }>; readonly hash: string }
  /** It was sent, and nobody said what became of it. */
  | { readonly kind: 'unknown'; readonly hash: string }
  /** Nobody could be asked. */
  | { readonly kind: 'nobody'; readonly hash: string }
  | { readonly kind: 'unreadable' };

export interface BroadcastParts {
  readonly time: Time;
  readonly order: Order;
  /** Whether a transaction is known, mined or not: it was taken before when its nonce is used up. */
  readonly isKnown: (hash: string, done: (isKnown: boolean) => void) => void;
  readonly onLie: (node: PoolNode, method: string, why: string) => void;
}

/**
 * Sends a signed transaction to several nodes, as it is. A transaction is its hash: however often it is sent, it happens at most once. So one
 * node that has it is enough, and "already known" is as good; what was lost on the way may be sent again, by anybody.
 */
export function broadcast(
  { time, order, isKnown, onLie }: BroadcastParts,
  {
    method,
    paramsText,
    raw,
    timeoutMs,
  }: { method: string; paramsText: string; raw: unknown; timeoutMs: number },
  done: (sent: Sent) => void,
): void {
  const bytes = bytesOf(raw, MOST_BYTES);
  if (bytes === undefined || bytes.length === 0) {
    done({ kind: 'unreadable' });
    return;
  }
  const hash = hexOf(keccak256(bytes));
  const asked: PoolNode[] = [];
  const took: PoolNode[] = [];
  let left = 0;
  let isDone = false;
  let wasSilent = false;
  let refusal: Extract<Reply, { kind: 'error' }> | undefined;

  const end = (sent: Sent): void => {
    if (isDone) return;
    isDone = true;
    off();
    done(sent);
  };
  const off = time.after(timeoutMs, () => end({ kind: 'unknown', hash }));

  const onOutcome = (node: PoolNode, outcome: Outcome): void => {
    left--;
    const verdict = verdictOf(outcome, hash);
    if (verdict === 'taken') {
      took.push(node);
      end({ kind: 'sent', hash, by: took });
    } else if (verdict === 'lie') onLie(node, method, `it says ${hash} is another transaction`);
    else if (verdict === 'refused' && outcome.kind === 'answer' && outcome.reply.kind === 'error')
      refusal ??= outcome.reply;
    else wasSilent ||= outcome.kind === 'failure' && outcome.why === 'silent';
    if (verdict === 'failed' && !isDone) ask();
    if (left === 0) settle();
  };

  const ask = (): boolean => {
    const node = order.next(asked, [], method, undefined);
    if (node === undefined) return false;
    asked.push(node);
    left++;
    node.ask({ method, paramsText }, timeoutMs, (outcome) => onOutcome(node, outcome));
    return true;
  };

  /** All have spoken, and none has taken it. */
  const settle = (): void => {
    if (isDone) return;
    const error = refusal;
    if (error === undefined) {
      end(
        asked.length === 0
          ? { kind: 'nobody', hash }
          : wasSilent
            ? { kind: 'unknown', hash }
            : { kind: 'nobody', hash },
      );
      return;
    }
    isKnown(hash, (is) => end(is ? { kind: 'sent', hash, by: took } : { kind: 'refused', error, hash }));
  };

  for (let i = 0; i < MOST_NODES; i++) if (!ask()) break;
  if (left === 0) time.after(0, settle);
}

function verdictOf(outcome: Outcome, hash: string): 'taken' | 'refused' | 'failed' | 'lie' {
  const said = outcome.reply;
  // Whatever else is made of such words: the node has it.
  if (said?.kind === 'error' && isAlreadyKnown(said.message)) return 'taken';
  if (outcome.kind === 'failure') return 'failed';
  const { reply } = outcome;
  if (reply.kind === 'error') return 'refused';
  return typeof reply.value === 'string' && reply.value.toLowerCase() === hash ? 'taken' : 'lie';
}
