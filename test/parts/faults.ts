/** What a faulty node does: plain data, so that it can be told to another process. */
import type { RpcError } from './rpc.ts';

/** What becomes of a whole request, on the way. */
export type TransportFault =
  /** Accepts and never answers. */
  | { readonly kind: 'hang' }
  /** The connection is reset, after so many bytes of a well begun answer. @default 0 */
  | { readonly kind: 'reset'; readonly afterBytes?: number }
  /** 200, and nothing. */
  | { readonly kind: 'empty' }
  /**
   * Half of the answer. `right`: with the length of the half; `wrong`: with the length of the whole, then the end of the connection;
   * `chunked`: in chunks that end as they should; `cut`: in chunks that do not.
   */
  | { readonly kind: 'half'; readonly length: 'right' | 'wrong' | 'chunked' | 'cut' }
  /** So many bytes each so many milliseconds. @default 1 byte */
  | { readonly kind: 'drip'; readonly everyMs: number; readonly bytes?: number }
  | { readonly kind: 'status'; readonly status: number; readonly retryAfter?: string; readonly text?: string }
  | { readonly kind: 'redirect'; readonly to: string; readonly status?: number }
  /** A result of so many bytes, which is streamed. */
  | { readonly kind: 'huge'; readonly bytes: number; readonly isLengthSaid?: boolean }
  /** So many brackets, all of them closed again. */
  | { readonly kind: 'deep'; readonly levels: number }
  /** 1e999, an integer of 10,000 digits, a quantity of 10,000 digits. */
  | { readonly kind: 'number'; readonly of: 'overflow' | 'integer' | 'quantity' }
  | { readonly kind: 'utf8' }
  /** Compressed, though nobody asked. */
  | { readonly kind: 'gzip' }
  | { readonly kind: 'text'; readonly text: string; readonly type?: string };

/** What is wrong with the envelopes of honest answers. Those of a batch: the others are as they should be. */
export type EnvelopeFault =
  | { readonly kind: 'id'; readonly how: 'other' | 'text' | 'null' | 'none' }
  | { readonly kind: 'batch'; readonly how: 'doubled' | 'missing' | 'additional' | 'reordered' | 'single' }
  /** A result, and an error beside it. */
  | { readonly kind: 'both' }
  /** Beside a result, members that a client reads for it, or for an error, which knows no case of letters. */
  | { readonly kind: 'beside' }
  | { readonly kind: 'neither' };

/** What the answer of one call is instead. */
export type CallFault =
  | { readonly kind: 'error'; readonly error: RpcError }
  /** Answers as of so many blocks ago. */
  | { readonly kind: 'lag'; readonly blocks: number }
  /** Answers as when this was the newest block. */
  | { readonly kind: 'frozen'; readonly at: number }
  /** Claims a head that does not exist. */
  | { readonly kind: 'ahead'; readonly blocks: number }
  | { readonly kind: 'chain'; readonly chainId: number }
  /** Takes a raw transaction, says its hash, and drops it. */
  | { readonly kind: 'swallow' }
  | { readonly kind: 'lie'; readonly lie: LieKind };

/**
 * `leaf`: one value of the answer. `drop`, `add`: an element of a list. `null`: in place of something. `other`: of another block or
 * transaction. `empty`: no logs, no transactions. `header`: a block with other fields, and the hash that they have. `proof`: an
 * eth_getProof that claims other values over a real proof. `any`: one of those that can be told of this answer.
 */
export type LieKind = 'leaf' | 'drop' | 'add' | 'null' | 'other' | 'empty' | 'header' | 'proof' | 'any';

export type Fault = { readonly kind: 'ok' } | TransportFault | EnvelopeFault | CallFault;

export interface Rule {
  readonly fault: Fault;
  /** @default all; `eth_subscription` is what comes by itself */
  readonly methods?: readonly string[];
  /** Of the calls that it is for. @default 1 */
  readonly share?: number;
  /** How long an answer takes in addition. @unit ms @default 0 */
  readonly delayMs?: number;
}

/** What becomes of what subscriptions bring. */
export type NoticeFault =
  | { readonly kind: 'ok' }
  | { readonly kind: 'silent' }
  | { readonly kind: 'doubled' }
  | { readonly kind: 'missing'; readonly share: number }
  | { readonly kind: 'late'; readonly delayMs: number }
  | { readonly kind: 'wrong-id' };

/** What becomes of a WebSocket's handshake. `unanswered`: nothing comes. */
export type Handshake = 'ok' | 'refused' | 'unanswered';

/** Errors as providers put them into a 200. */
export const ERRORS = {
  tooManyRequests: { code: 429, message: 'Too many requests' },
  limitExceeded: { code: -32005, message: 'daily request count exceeded, request rate limited' },
  computeUnits: {
    code: 429,
    message: 'Your app has exceeded its compute units per second capacity.',
  },
  headerNotFound: { code: -32000, message: 'header not found' },
  missingTrieNode: {
    code: -32000,
    message: `missing trie node ${'ab'.repeat(32)} (path ) state 0x${'cd'.repeat(32)} is not available`,
  },
  internal: { code: -32603, message: 'Internal error' },
  timeout: { code: -32000, message: 'request timed out' },
  notFound: { code: -32601, message: 'the method does not exist/is not available' },
  tooWide: { code: -32005, message: 'query returned more than 10000 results' },
} as const satisfies Readonly<Record<string, RpcError>>;

const TRANSPORT = new Set<Fault['kind']>([
  ...(['hang', 'reset', 'empty', 'half', 'drip', 'status', 'redirect', 'huge', 'deep'] as const),
  ...(['number', 'utf8', 'gzip', 'text'] as const),
]);
const ENVELOPE = new Set<Fault['kind']>(['id', 'batch', 'both', 'beside', 'neither']);

export function isTransportFault(fault: Fault): fault is TransportFault {
  return TRANSPORT.has(fault.kind);
}

export function isEnvelopeFault(fault: Fault): fault is EnvelopeFault {
  return ENVELOPE.has(fault.kind);
}

export function isCallFault(fault: Fault): fault is CallFault {
  return fault.kind !== 'ok' && !isTransportFault(fault) && !isEnvelopeFault(fault);
}
