import type { AnswerSource } from './counts.ts';
import type { Sent } from './broadcast.ts';

export interface PoolAnswer {
  readonly kind: 'result' | 'error';
  /** Raw text of the result or of the error. */
  readonly text: string;
  /** The whole answer as a node gave it to this very call, where nothing was changed. */
  readonly whole?: string | undefined;
  readonly source: AnswerSource;
  /** As of which block; undefined where it is of none. */
  readonly block: number | undefined;
  /** Who said so. */
  readonly from: readonly string[];
}

/** JSON-RPC's own codes, and those of EIP-1474. */
export const CODE = {
  method: -32601,
  params: -32602,
  internal: -32603,
  unavailable: -32002,
  disagreed: -32010,
};

/** What is not asked of anybody. */
export function refused(code: number, message: string): PoolAnswer {
  return {
    kind: 'error',
    text: JSON.stringify({ code, message }),
    source: 'refused',
    block: undefined,
    from: [],
  };
}

/** What nobody could answer. */
export function failed(code: number, message: string): PoolAnswer {
  return {
    kind: 'error',
    text: JSON.stringify({ code, message }),
    source: 'failed',
    block: undefined,
    from: [],
  };
}

/** What the pool says by itself. @param text raw text of the result */
export function own(text: string): PoolAnswer {
  return { kind: 'result', text, source: 'own', block: undefined, from: [] };
}

/** What is said to whoever has sent a transaction. @param pool its name */
export function sentAnswer(sent: Sent, pool: string): PoolAnswer {
  switch (sent.kind) {
    case 'sent':
      return {
        kind: 'result',
        text: `"${sent.hash}"`,
        source: 'nodes',
        block: undefined,
        from: sent.by.map(({ name }) => name),
      };
    case 'refused':
      return { kind: 'error', text: sent.error.error, source: 'nodes', block: undefined, from: [] };
    case 'unreadable':
      return refused(CODE.params, 'Expected a signed transaction as hex.');
    case 'unknown':
      return failed(
        CODE.unavailable,
        `No node of ${pool} said whether it took ${sent.hash}. It may have: sending the same again does no harm.`,
      );
    case 'nobody':
      return failed(
        CODE.unavailable,
        `No node of ${pool} took ${sent.hash}. Sending the same again does no harm.`,
      );
  }
}
