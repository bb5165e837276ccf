import type { Reply } from './envelope.ts';

export type FailureKind =
  /** Too many requests for now. */
  | 'rate-limited'
  /** What was paid for is used up. */
  | 'quota'
  | 'unauthorized'
  /** The node, or the plan it is rented on, has no such method. */
  | 'unsupported'
  /** More blocks, results or calls than this node gives at once. */
  | 'too-wide'
  /** The node no longer has what is that old. */
  | 'pruned'
  /** The node does not have the block yet. */
  | 'behind'
  /** Timeouts within the node, capacity, nothing healthy behind a balancer. */
  | 'overloaded'
  | 'internal'
  /** What came is no JSON-RPC. */
  | 'broken'
  /** Nothing came. */
  | 'silent'
  /** Beyond a bound on size. */
  | 'too-large'
  | 'unreachable'
  /** Looks valid, and cannot be. */
  | 'implausible';

export type Judgement =
  | { readonly kind: 'answer' }
  | {
      readonly kind: 'failure';
      readonly why: FailureKind;
      /** What the node has asked for, at most an hour. @unit ms */
      readonly retryAfterMs: number | undefined;
    };

/** What follows from a failure. */
export interface Consequence {
  /** node: it is worse for all methods. method: for this one. nothing: any good node may say so. */
  readonly countsAgainst: 'node' | 'method' | 'nothing';
  /** How long the node, or the method on it, is left alone after one of these, when it names no time itself; 0: one alone is an accident. @unit ms */
  readonly restMs: number;
}

export const CONSEQUENCES: Readonly<Record<FailureKind, Consequence>> = {
  'rate-limited': { countsAgainst: 'node', restMs: 1_000 },
  quota: { countsAgainst: 'node', restMs: 600_000 },
  unauthorized: { countsAgainst: 'node', restMs: 600_000 },
  unsupported: { countsAgainst: 'method', restMs: 600_000 },
  'too-wide': { countsAgainst: 'nothing', restMs: 0 },
  pruned: { countsAgainst: 'nothing', restMs: 0 },
  behind: { countsAgainst: 'nothing', restMs: 0 },
  overloaded: { countsAgainst: 'node', restMs: 0 },
  internal: { countsAgainst: 'node', restMs: 0 },
  broken: { countsAgainst: 'node', restMs: 0 },
  silent: { countsAgainst: 'node', restMs: 0 },
  'too-large': { countsAgainst: 'method', restMs: 0 },
  unreachable: { countsAgainst: 'node', restMs: 0 },
  implausible: { countsAgainst: 'node', restMs: 0 },
};

/**
 * Whether this is the answer to a call, or the failure of one node. What the call itself would bring on at any node is an answer: a
 * revert, invalid parameters, a nonce too low.
 *
 * In doubt, an error is a failure, whatever its code (-32000 says nothing): that costs one more try, and when all nodes say the same, the
 * caller passes it on as the answer.
 *
 * @param status of HTTP; 200 for what came over a socket; 0 when there was none
 * @param reply undefined: nothing came that is JSON-RPC
 * @param retryAfter the header of HTTP, read when it is a number of seconds
 * @param body what came, when it is no JSON-RPC: its first words may say why
 */
export function judge(
  method: string,
  status: number,
  reply: Reply | undefined,
  retryAfter?: string,
  body?: string,
): Judgement {
  return judgeBy(RULES, method, status, reply, retryAfter, body);
}

/** As {@link judge}, by other rules: so that a test can ask what each of them is for. */
export function judgeBy(
  rules: readonly FailureRule[],
  method: string,
  status: number,
  reply: Reply | undefined,
  retryAfter?: string,
  body?: string,
): Judgement {
  if (reply?.kind === 'result' && isGood(status)) return ANSWER;
  const said = saidBy(method, status, reply, body);
  const verdict = rules.find((rule) => applies(rule, said))?.means ?? inDoubt(said);
  return verdict === 'answer'
    ? ANSWER
    : { kind: 'failure', why: verdict, retryAfterMs: waitOf(retryAfter) ?? waitSaid(reply, said.text) };
}

/** How clients say that they have a transaction already: geth and those after it, Nethermind, Erigon. Not "unknown transaction type". */
const KNOWN = [/\balready ?known\b/, /\bknown transaction\b/];
/** And these, whose codes say as well that it is an answer: Besu, OpenEthereum. That another one with its nonce exists is none of them. */
const IN_POOL =
  /\balready (imported|in (the )?(mem|tx|transaction )?pool)\b|\b(transaction|tx|hash) already exists\b/;

/** Whether a node says that it has the transaction already that it was sent. */
export function isAlreadyKnown(message: string): boolean {
  const said = plain(message);
  return IN_POOL.test(said) || KNOWN.some((phrase) => phrase.test(said));
}

/** All conditions that a rule names must hold; of its phrases, one. */
export interface FailureRule {
  readonly means: FailureKind | 'answer';
  /** Of HTTP. */
  readonly statuses?: readonly number[];
  readonly codes?: readonly number[];
  readonly methods?: readonly string[];
  /** Matched with the message, then the data, in lower case, and with one space for all that is neither letter nor digit. */
  readonly phrases?: readonly RegExp[];
  /** The data is what a contract has returned, at least four bytes. */
  readonly hasRevertData?: true;
}

/** The first that applies decides: the most specific first. */
export const RULES: readonly FailureRule[] = [
  // No contract writes the status of HTTP.
  { means: 'quota', statuses: [429], phrases: [/\b(daily|monthly|quota)\b/] },
  { means: 'rate-limited', statuses: [429] },
  { means: 'quota', statuses: [402] },

  // What contracts do. Its text may be a contract's own, and say anything after the first words: so before all others.
  { means: 'answer', codes: [3] },
  {
    means: 'answer',
    phrases: [
      /^(err )?execution reverted/,
      /^(error )?vm exception while processing transaction/,
      /^(error )?transaction reverted/,
      /^reverted\b/,
      /^vm execution error/,
    ],
  },
  { means: 'answer', hasRevertData: true },
  // Anvil's fork could not reach what it is forked from.
  { means: 'internal', phrases: [/fatalexternalerror/] },
  {
    means: 'answer',
    phrases: [
      /^evm error/,
      /\bout of gas\b/,
      /\binvalid opcode\b/,
      /\bgas required exceeds\b/,
      /\bstack (underflow|limit reached)\b/,
      /\binvalid jump destination\b/,
      /\btransaction processing could not be completed\b/,
    ],
  },

  // What transactions are, and what a node has of them already.
  {
    means: 'answer',
    phrases: [
      ...KNOWN,
      /\bnonce (is )?too (low|high|distant)\b/,
      /\btransaction nonce\b/,
      /\bunderpriced\b/,
      /\bfee ?too ?low/,
      /\bgas ?price (is )?(too low|below|less)\b/,
      /\bmax (priority )?fee per (blob )?gas\b/,
      /\binsufficient ?(funds|balance)\b/,
      /\b(not enough funds|cost exceeds account balance|cause overdraft)\b/,
      /\bintrinsic gas\b/,
      /\b(exceeds|exceeding) block gas limit\b/,
      /\b(configured cap|fee cap exceeded)\b/,
      /\binvalid (transaction )?(sender|signature|chain ?id)\b/,
      /\b(wrong chain ?id|replay protected)\b/,
      /\b(transaction|tx) type not supported\b/,
      /\bsender not an eoa\b/,
      /\boversized data\b/,
      /\binitcode size exceeded\b/,
      /\baccount limit exceeded\b/,
      /\bnot authorized to send transactions\b/,
      /\bgas uint64 overflow\b/,
      /\breplacement ?not ?allowed\b/,
      /\balready reserved\b/,
      /\btries to replace\b/,
      /\bforbidden sender\b/,
    ],
  },
  // Names that only the client knows, and ranges that end before they begin.
  { means: 'answer', phrases: [/\b(filter|subscription) not found\b/, /\binvalid block range\b/] },

  // Binance's own nodes say so of all logs, however few.
  { means: 'too-wide', methods: ['eth_getLogs'], codes: [-32005], phrases: [/^limit exceeded$/] },
  {
    means: 'too-wide',
    phrases: [
      /\breturned more than \d+/,
      /\bexceeds? max(imum)? (results|block|topics|batch)/,
      /\bblock range( is| limit)? (too|exceed|larger|greater)/,
      /\brange( is)? too (large|wide|high)\b/,
      /\brange( \d+)? exceeds\b/,
      /\bexceeds the range\b/,
      /\branges? over \d+/,
      /\blimited to .*\b(range|blocks?)\b/,
      /\blimit the query to\b/,
      /\bthis block range\b/,
      /\blogs matched by query exceeds\b/,
      /\b(too many|more than [\d ]+) blocks\b/,
      /\bmax(imum)? (allowed number of requested blocks|range|block range)\b/,
      /\bblocks distance\b/,
      /\b(response|result) (is )?too (large|big)\b/,
      /\bresponse size\b/,
      /\bquery must be smaller\b/,
      /\bless number of address/,
      /\bquery timeout exceeded\b/,
      /\b(in batch request|batch too large)\b/,
    ],
  },
  {
    means: 'pruned',
    phrases: [
      /\bmissing ?trie ?node/,
      /\bhistorical state\b/,
      /\b(pruned|pruning)\b/,
      /\b(no|world) state (un)?available\b/,
      /\barchive\b/,
      /\bproof window\b/,
      /\bdata before .* is not available\b/,
      /\btoo old\b/,
    ],
  },
  {
    means: 'behind',
    phrases: [
      /\bheader (for hash )?not found\b/,
      /\bblock not found\b/,
      /\bunknown block\b/,
      /\bblockoutofrange/,
      /\bblock is out of range\b/,
      /\bbeyond current head\b/,
      /\bgreater than latest\b/,
      /\bafter last accepted block\b/,
      /\bunfinalized\b/,
      /\bcould not find block\b/,
      /\b(pending|safe|finalized) block is not available\b/,
      /\b(receipts?|transaction) not found\b/,
      /\bsync is still in progress\b/,
      /\bnot currently canonical\b/,
    ],
  },
  {
    means: 'quota',
    phrases: [
      /\b(daily|monthly)\b.*\b(limit|count|quota|exceeded)\b/,
      /\bquota\b/,
      /\b(maximum api|free tier) usage\b/,
    ],
  },
  {
    means: 'unauthorized',
    phrases: [
      /\bunauthorized\b/,
      /\bapi ?key\b/,
      /\bproject id\b/,
      /\btoken is invalid\b/,
      /\bapp is inactive\b/,
    ],
  },
  {
    means: 'rate-limited',
    phrases: [
      /\brate ?limit/,
      /\btoo many requests\b/,
      /\brequest limit reached\b/,
      /\bcompute units\b/,
      /\brps limit\b/,
      /\b(credits|requests) limited to\b/,
    ],
  },
  {
    means: 'unsupported',
    phrases: [
      /\bmethod\b.*\b(not (found|supported|allowed|enabled|available|whitelisted)|does not exist|disabled)\b/,
      /\bunsupported method\b/,
      /\b(current|free) plan\b/,
      /\bsuitable provider\b/,
      /\bnotifications not supported\b/,
      /\btracing is not available\b/,
    ],
  },
  {
    means: 'overloaded',
    phrases: [
      /\btime(d )?out\b/,
      /\bdeadline exceeded\b/,
      /\bbackend\b/,
      /\btoo much load\b/,
      /\b(server busy|bad gateway|service unavailable|temporarily unavailable)\b/,
      /\b(network is unreachable|connection refused)\b/,
      /(pool|\bqueue)( is)? full\b/,
      /\btoo many transactions in the queue\b/,
      /\bcontext cancel/,
      /\bplease (try again|retry)\b/,
    ],
  },

  // No words that are known: what the codes of HTTP and JSON-RPC mean, those of EIP-1474, and those of providers.
  { means: 'unauthorized', statuses: [401, 403] },
  { means: 'too-large', statuses: [413] },
  { means: 'overloaded', statuses: [408, 502, 503, 504, 520, 521, 522, 523, 524] },
  { means: 'rate-limited', codes: [429, -32005, -32029, -32097] },
  { means: 'rate-limited', codes: [-32009, -32012] },
  { means: 'unsupported', codes: [-32601, -32604, -32004, -32612, -32613] },
  { means: 'behind', codes: [-32001] },
  { means: 'answer', codes: [-32602, -32003, -32010] },
  // eth_simulateV1 in ethereum/execution-apis.
  {
    means: 'answer',
    codes: [-38010, -38011, -38012, -38013, -38014, -38015, -38020, -38021, -38022, -38024, -38025, -38026],
  },
];

const ANSWER: Judgement = { kind: 'answer' };

/** @unit characters */
const MOST_TEXT = 1_000;
/** @unit ms */
const LONGEST_WAIT_MS = 3_600_000;

/** What a node has said, in the form in which rules read it. */
interface Said {
  readonly method: string;
  readonly status: number;
  readonly isJsonRpc: boolean;
  readonly code: number | undefined;
  /** The message and the data. */
  readonly text: string;
  /** The words of the data alone, which some hide the reason in. */
  readonly dataText: string;
  readonly hasRevertData: boolean;
}

function saidBy(method: string, status: number, reply: Reply | undefined, body = ''): Said {
  if (reply?.kind !== 'error')
    return {
      method,
      status,
      isJsonRpc: reply !== undefined,
      code: undefined,
      text: plain(body),
      dataText: '',
      hasRevertData: false,
    };
  const { message, data, code } = reply;
  const words = wordsOf(data).slice(0, MOST_TEXT);
  return {
    method,
    status,
    isJsonRpc: true,
    code,
    text: plain(`${message.slice(0, MOST_TEXT)} ${words}`),
    dataText: plain(words),
    hasRevertData: typeof data === 'string' && /^(Reverted )?0x[\da-f]{8}/i.test(data),
  };
}

function wordsOf(data: unknown): string {
  if (typeof data === 'string') return /^0x[\da-f]*$/i.test(data) ? '' : data;
  if (typeof data !== 'object' || data === null || !('message' in data)) return '';
  return typeof data.message === 'string' ? data.message : '';
}

function plain(text: string): string {
  return text
    .slice(0, 2 * MOST_TEXT)
    .toLowerCase()
    .replace(/[^a-z\d]+/g, ' ')
    .trim();
}

function applies(
  { means, statuses, methods, codes, phrases, hasRevertData }: FailureRule,
  said: Said,
): boolean {
  // Without a reply there is no answer, whatever words came instead.
  if (means === 'answer' && !said.isJsonRpc) return false;
  if (statuses !== undefined && !statuses.includes(said.status)) return false;
  if (methods !== undefined && !methods.includes(said.method)) return false;
  if (codes !== undefined && (said.code === undefined || !codes.includes(said.code))) return false;
  if (hasRevertData !== undefined && !said.hasRevertData) return false;
  return (
    phrases === undefined || phrases.some((phrase) => phrase.test(said.text) || phrase.test(said.dataText))
  );
}

function inDoubt({ status, isJsonRpc }: Said): FailureKind {
  if (isJsonRpc) return 'internal';
  if (status === 0) return 'silent';
  return isGood(status) ? 'broken' : 'internal';
}

function isGood(status: number): boolean {
  return status >= 200 && status < 300;
}

function waitOf(seconds: string | undefined): number | undefined {
  return seconds !== undefined && /^\d{1,9}(\.\d{1,9})?$/.test(seconds.trim())
    ? bounded(Number(seconds) * 1_000)
    : undefined;
}

/** Infura says it in the data, others in words. */
function waitSaid(reply: Reply | undefined, text: string): number | undefined {
  const inWords = /\b(?:retry after|try again in|wait) (\d{1,9}) ?(ms|s|sec|seconds?|m|minutes?)\b/.exec(
    text,
  );
  if (inWords !== null) {
    const [, amount, unit = ''] = inWords;
    return bounded(Number(amount) * (unit === 'ms' ? 1 : unit.startsWith('m') ? 60_000 : 1_000));
  }
  if (reply?.kind !== 'error') return undefined;
  const seconds = member(member(reply.data, 'rate'), 'backoff_seconds');
  return typeof seconds === 'number' && seconds > 0 ? bounded(seconds * 1_000) : undefined;
}

function member(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, key)
    ? (value as Readonly<Record<string, unknown>>)[key] // as just looked up
    : undefined;
}

function bounded(waitMs: number): number {
  return Math.min(waitMs, LONGEST_WAIT_MS);
}
