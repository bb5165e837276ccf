import type { Header } from '../chain/index.ts';
import { headerOf, MOST_BLOCK_BYTES } from './block.ts';
import type { Heads } from './heads.ts';
import { Reading, type Question, type ReadingParts } from './reading.ts';

/** Headers of old blocks that are kept. */
const MOST_HEADERS = 4_096;
const TIMEOUT_MS = 4_000;

/** Blocks and headers from whoever is believed: so many members as must agree, or whom the plan trusts. */
export class Believed {
  private readonly votes: number;
  private readonly heads: () => Heads;
  private readonly parts: ReadingParts;
  /** Headers that can no longer change, by number: asked for once. */
  private readonly headers = new Map<number, Header>();

  /** @param heads of the chain, which ask here for their blocks */
  constructor(votes: number, heads: () => Heads, parts: ReadingParts) {
    this.votes = votes;
    this.heads = heads;
    this.parts = parts;
  }

  /** A header of the chain on which the pool stands, or the one that has this hash; undefined when there is none to be had. */
  header(at: number | string, done: (header: Header | undefined) => void): void {
    const heads = this.heads();
    const known = typeof at === 'number' ? (heads.at(at)?.header ?? this.headers.get(at)) : undefined;
    if (known !== undefined || (typeof at === 'number' && at > (heads.block?.number ?? -1))) {
      done(known);
      return;
    }
    this.block(at, (value) => {
      const header = headerOf(value);
      if (header === undefined || (typeof at === 'number' ? header.number : header.hash) !== at) {
        done(undefined);
        return;
      }
      if (header.number <= (heads.finalized ?? -1)) {
        if (this.headers.size >= MOST_HEADERS) this.headers.clear();
        this.headers.set(header.number, header);
      }
      done(header);
    });
  }

  /** A block by number or hash, as JSON-RPC has it; undefined when they do not agree on one. */
  block(at: number | string, done: (value: unknown) => void): void {
    const byNumber = typeof at === 'number';
    const method = byNumber ? 'eth_getBlockByNumber' : 'eth_getBlockByHash';
    const question: Question = {
      method,
      calls: [
        {
          method,
          paramsText: `["${byNumber ? `0x${at.toString(16)}` : at}",false]`,
          mostBytes: MOST_BLOCK_BYTES,
        },
      ],
      shape: 'block',
      // What a hash names is known by its hash.
      votes: byNumber || !this.heads().isProven ? this.votes : 1,
      nullVotes: this.votes,
      atBlock: byNumber ? at : undefined,
      timeoutMs: TIMEOUT_MS,
      conclude: ([reply]) => {
        if (reply?.kind !== 'result' || reply.value === null)
          return { kind: 'missing', why: 'it does not have the block' };
        // One answer is enough only because of this.
        if (!byNumber && this.heads().isProven && headerOf(reply.value)?.hash !== at)
          return { kind: 'bad', why: `it gives another block than ${at}`, isLie: true };
        return { kind: 'good', answer: { kind: 'result', text: reply.result, value: reply.value } };
      },
    };
    new Reading(this.parts, question, (finding) =>
      done(finding.kind === 'found' && finding.answer.kind === 'result' ? finding.answer.value : undefined),
    ).start();
  }
}
