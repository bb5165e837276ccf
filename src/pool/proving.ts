import { prove, ProofCache, type Header, type RawCall, type Reply } from '../chain/index.ts';
import { numberOf } from './block.ts';
import type { Outgoing } from './outcome.ts';
import type { ProverParts, ReadProver, ToProve } from './read-prover.ts';
import type { Answer, Conclusion, Question } from './reading.ts';

/** Headers asked for at once. */
const AT_ONCE = 16;

/** Makes questions out of reads whose answers are proved against believed headers: then it does not matter who answers. */
export class Prover implements ReadProver {
  private readonly parts: ProverParts;
  private readonly cache = new ProofCache();

  constructor(parts: ProverParts) {
    this.parts = parts;
  }

  /**
   * @param done with undefined when there is no header to prove it against; with a question that asks for nothing when the headers alone say
   *   it: then what it concludes from nothing is the answer
   */
  question(read: ToProve, done: (question: Question | undefined) => void): void {
    const { asked } = read;
    if (asked.kind === 'transaction') done(this.ofTransaction(read, asked.hash));
    else if (asked.kind === 'block')
      this.parts.header(asked.at, (header) =>
        done(header === undefined ? undefined : this.under(read, [header], header.number)),
      );
    else
      this.headers(asked.from, asked.to, [], (headers) =>
        done(headers === undefined ? undefined : this.under(read, headers, asked.to)),
      );
  }

  private under(read: ToProve, headers: readonly Header[], atBlock: number): Question {
    const asked = { method: read.method, params: read.params, headers, cache: this.cache };
    const first = prove(asked, new Map());
    return {
      ...base(read),
      calls: first.kind === 'needs' ? first.calls.map(outgoing) : [],
      nullVotes: 1,
      atBlock,
      conclude: (replies) => concluded(asked, replies),
    };
  }

  /** A transaction, or its receipt: first where it is said to be, then the proof that it is there. */
  private ofTransaction(read: ToProve, hash: string): Question {
    const claim: Outgoing = { method: 'eth_getTransactionByHash', paramsText: JSON.stringify([hash]) };
    const headers = new Map<Reply, Header>();
    return {
      ...base(read),
      calls: [claim],
      nullVotes: this.parts.nullVotes,
      atBlock: undefined,
      conclude: ([said, ...replies], _, node) => {
        if (said?.kind !== 'result')
          return { kind: 'missing', why: 'it does not say where the transaction is' };
        const header = headers.get(said);
        if (header !== undefined) return this.inBlock(read, header, replies);
        const number = numberIn(said.value);
        // Not mined, as far as the pool has come.
        if (number === undefined || number > this.parts.head())
          return this.parts.countsForNull(node)
            ? { kind: 'good', answer: NONE }
            : { kind: 'missing', why: 'it knows of no such transaction' };
        return {
          kind: 'later',
          begin: (settle) =>
            this.parts.header(number, (found) => {
              if (found === undefined) {
                settle({ kind: 'missing', why: `the header of block ${number} is not to be had` });
                return;
              }
              headers.set(said, found);
              settle(this.inBlock(read, found, []));
            }),
        };
      },
    };
  }

  private inBlock({ method, params }: ToProve, header: Header, replies: readonly Reply[]): Conclusion {
    return concluded({ method, params, headers: [header], cache: this.cache }, replies);
  }

  private headers(
    from: number,
    to: number,
    found: readonly Header[],
    done: (headers: readonly Header[] | undefined) => void,
  ): void {
    const first = from + found.length;
    if (first > to) {
      done(found);
      return;
    }
    const count = Math.min(AT_ONCE, to - first + 1);
    const next: (Header | undefined)[] = [];
    let left = count;
    for (let i = 0; i < count; i++)
      this.parts.header(first + i, (header) => {
        next[i] = header;
        left--;
        if (left > 0) return;
        const good = next.filter((one) => one !== undefined);
        if (good.length < count) done(undefined);
        else this.headers(from, to, [...found, ...good], done);
      });
  }
}

/** What follows from the replies of one node; what it needs depends on what has come, so it is gone through from the beginning. */
function concluded(asked: Parameters<typeof prove>[0], replies: readonly Reply[]): Conclusion {
  const answers = new Map<string, unknown>();
  let used = 0;
  for (;;) {
    const proof = prove(asked, answers);
    if (proof.kind === 'proved')
      return {
        kind: 'good',
        answer: { kind: 'result', text: JSON.stringify(proof.value), value: proof.value },
      };
    if (proof.kind === 'refused') return { kind: 'bad', why: proof.why, isLie: true };
    if (proof.kind === 'unprovable') return { kind: 'missing', why: proof.why };
    if (replies.length - used < proof.calls.length) return { kind: 'more', calls: proof.calls.map(outgoing) };
    for (const { key, method } of proof.calls) {
      const reply = replies[used++];
      if (reply?.kind !== 'result') return { kind: 'missing', why: `it gives no ${method}` };
      answers.set(key, reply.value);
    }
  }
}

const NONE: Answer = { kind: 'result', text: 'null', value: null };

function base({
  method,
  shape,
  timeoutMs,
}: ToProve): Omit<Question, 'calls' | 'nullVotes' | 'atBlock' | 'conclude'> {
  return { method, shape, votes: 1, timeoutMs };
}

function outgoing({ method, params }: RawCall): Outgoing {
  return { method, paramsText: JSON.stringify(params) };
}

function numberIn(value: unknown): number | undefined {
  return typeof value === 'object' && value !== null && 'blockNumber' in value
    ? numberOf(value.blockNumber)
    : undefined;
}
