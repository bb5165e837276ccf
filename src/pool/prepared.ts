import { askedBlock, pinned, type AskedBlock, type Call, type MethodRule } from '../chain/index.ts';
import { CODE, refused, type PoolAnswer } from './pool-answer.ts';
import { MOST_PROVEN_BLOCKS, type ToProve } from './read-prover.ts';

/** A call once it is known what it asks for. */
export interface Prepared {
  readonly call: Call;
  readonly rule: MethodRule;
  readonly params: readonly unknown[];
  readonly paramsText: string;
  readonly asked: AskedBlock;
  /** The newest block that it is about, where that is known. */
  readonly number: number | undefined;
  /** The oldest, of a range. */
  readonly from: number | undefined;
  /** Whether nodes may differ about it although none lies: what is pending. */
  readonly isPending: boolean;
  readonly isAsItCame: boolean;
  /** A block named by its hash is always the same. */
  readonly isByHash: boolean;
}

/** What tags stand for. */
export interface Tagged {
  readonly latest: number;
  readonly safe: number | undefined;
  readonly finalized: number | undefined;
}

/** What a call asks for, as of a block that is the same for every node; or why it is not asked. @param mostLogBlocks the widest range */
export function prepare(
  call: Call,
  rule: MethodRule,
  tagged: Tagged,
  mostLogBlocks: number,
): Prepared | PoolAnswer {
  const asked = askedBlock(rule, call.params);
  if (asked.kind === 'unreadable') return refused(CODE.params, asked.why);
  const number = numberOf(asked, tagged);
  const from = asked.kind === 'range' ? numberOf(asked.from, tagged) : undefined;
  const { latest, safe, finalized } = tagged;
  if (asked.kind === 'range') {
    // What is pending comes after the latest; a safe or final block that is not known yet is none later.
    const count = (number ?? latest + 1) - (from ?? latest) + 1;
    if (count > mostLogBlocks)
      return refused(CODE.params, `Expected a range of at most ${mostLogBlocks} blocks, found ${count}.`);
  }
  const changes = isMoving(asked);
  const params = changes
    ? pinned(rule, call.params, latest, {
        ...(safe === undefined ? {} : { safe }),
        ...(finalized === undefined ? {} : { finalized }),
      })
    : call.params;
  return {
    call,
    rule,
    params,
    paramsText: changes ? JSON.stringify(params) : call.paramsText,
    asked,
    number,
    from,
    isPending: isPending(asked),
    isAsItCame: !changes,
    isByHash: asked.kind === 'hash',
  };
}

/** Whether what it names is another block from time to time. */
export function isMoving(asked: AskedBlock): boolean {
  if (asked.kind === 'range') return isMoving(asked.from) || isMoving(asked.to);
  return asked.kind === 'tag' && asked.tag !== 'pending' && asked.tag !== 'earliest';
}

function numberOf(asked: AskedBlock, tagged: Tagged): number | undefined {
  switch (asked.kind) {
    case 'number':
      return asked.number;
    case 'range':
      return numberOf(asked.to, tagged);
    case 'tag':
      if (asked.tag === 'earliest') return 0;
      return asked.tag === 'pending' ? undefined : tagged[asked.tag];
    default:
      return undefined;
  }
}

/** What would have to be proved; undefined where nothing proves it. */
export function toProveOf({
  call,
  rule,
  params,
  asked,
  number,
  from,
  isPending,
}: Prepared): ToProve | undefined {
  if (rule.proof === undefined || isPending) return undefined;
  const read = { method: call.method, params, shape: rule.shape, timeoutMs: rule.timeoutMs };
  if (asked.kind === 'hash') return { ...read, asked: { kind: 'block', at: asked.hash } };
  if (asked.kind === 'none') {
    const [hash] = params;
    return typeof hash === 'string' ? { ...read, asked: { kind: 'transaction', hash } } : undefined;
  }
  if (number === undefined) return undefined;
  if (asked.kind !== 'range') return { ...read, asked: { kind: 'block', at: number } };
  return from === undefined || from > number || number - from >= MOST_PROVEN_BLOCKS
    ? undefined
    : { ...read, asked: { kind: 'blocks', from, to: number } };
}

function isPending(asked: AskedBlock): boolean {
  if (asked.kind === 'range') return isPending(asked.from) || isPending(asked.to);
  return asked.kind === 'tag' && asked.tag === 'pending';
}
