import { KeelsonError } from '../errors.ts';
import { Budget, type BudgetOptions, type MakeProver } from '../pool/index.ts';
import type { WebSocketConstructor } from './sockets.ts';

/** A node, by its address or with what else is to be said of it. */
export type ClientNode = string | ClientNodeOptions;

export interface ClientNodeOptions {
  /** `https://`, `http://`, or `wss://`, `ws://`: then its calls go over the socket too. */
  readonly url: string;
  /** What it is called in `status()` and in errors. @default the host of its address, so that no key in it shows */
  readonly name?: string;
  /** Nodes of one operator have one voice when several must say the same. @default the host of its address */
  readonly operator?: string;
  /** The address of its WebSocket: new blocks are heard of at once, and pending transactions at all. @default none */
  readonly websocket?: string;
  /** Sent with each request; not with a WebSocket opened by a browser, which sends none. @default none */
  readonly headers?: Readonly<Record<string, string>>;
  /** How many calls it is sent at most: `perSecond`, `burst` at once, `perDay` (UTC). @unit calls @default no bound */
  readonly budget?: BudgetOptions;
  /** Most calls in one request; 1: it takes no batches. @unit calls @default 20 */
  readonly batch?: number;
}

/** What `proofs()` of `keelson/client/proofs` makes: kept apart, so that who proves nothing does not load what proves. */
export interface Proofs {
  readonly kind: 'proof';
  readonly prover: MakeProver;
  readonly trusted: readonly ClientNode[] | undefined;
  readonly unproved: 'quorum' | 'refuse';
}

export interface ChainPoolOptions {
  /** The chain's number, as `eth_chainId` says it. A node of another chain is not asked. */
  readonly chain: number;
  /** In order of preference. @default none: at least one must be named */
  readonly nodes: readonly ClientNode[];
  /**
   * `none`: the first good answer is taken. `quorum`: `atLeast` operators must say the same. `proofs(…)`: what can be proved is.
   * @default quorum where nodes of 3 or more operators are named, else none: of two, one that fails would fail every read
   */
  readonly verify?: 'none' | 'quorum' | Proofs;
  /** How many operators must say the same, of answers and of heads. @unit operators @default 2; 1 where nothing is verified or only one is there */
  readonly atLeast?: number;
  /** `order`: nodes are asked as they are named. `fastest`: whichever answers soonest. @default order */
  readonly prefer?: 'order' | 'fastest';
  /** How often the chain has a new block; heads are asked for four times as often, within 0.25 and 4 s. @unit ms @default 12_000 */
  readonly blockTimeMs?: number;
  /** A node further behind than this is not asked while others are there. @unit blocks @default 3 */
  readonly lag?: number;
  /** After so long without a call or a subscription nothing is asked any more, until the next one. @unit ms @default 60_000 */
  readonly idleMs?: number;
  /** The widest range of `eth_getLogs`. @unit blocks @default 10_000 */
  readonly mostLogBlocks?: number;
  /** What kept answers may take. @unit bytes @default 16_000_000 */
  readonly cacheBytes?: number;
  /** Methods that are passed on although they are not unless asked for, as `debug_traceCall`. @default none */
  readonly allow?: readonly string[];
  /** Methods that are not passed on. @default none */
  readonly refuse?: readonly string[];
  /** What it is called in errors. @default chain N */
  readonly name?: string;
  /** @default globalThis.fetch */
  readonly fetch?: typeof globalThis.fetch;
  /** @default globalThis.WebSocket; in Node that of the package `ws` */
  readonly WebSocket?: WebSocketConstructor;
  /** A node said what cannot be, what was proved wrong, or what the others contradict. */
  readonly onDissent?: (dissent: NodeDissent) => void;
}

export interface NodeDissent {
  /** The name of the node. */
  readonly node: string;
  readonly method: string;
  /** For people. */
  readonly why: string;
}

/** A node once its options were read. */
export interface ReadNode {
  readonly name: string;
  readonly operator: string;
  readonly url: string;
  readonly isSocketOnly: boolean;
  readonly websocket: string | undefined;
  readonly headers: Readonly<Record<string, string>>;
  readonly budget: Budget | undefined;
  readonly batch: number | undefined;
}

/** Options once they were read, with their defaults. */
export interface ReadOptions {
  readonly nodes: readonly ReadNode[];
  readonly trusted: readonly ReadNode[] | undefined;
  readonly verify: 'none' | 'quorum' | 'proof';
  readonly votes: number;
}

const KNOWN: ReadonlySet<string> = new Set<keyof ChainPoolOptions>([
  ...(['chain', 'nodes', 'verify', 'atLeast', 'prefer', 'blockTimeMs', 'lag', 'idleMs'] as const),
  ...(['mostLogBlocks', 'cacheBytes', 'allow', 'refuse', 'name', 'fetch', 'WebSocket', 'onDissent'] as const),
]);
const KNOWN_OF_NODES: ReadonlySet<string> = new Set<keyof ClientNodeOptions>([
  ...(['url', 'name', 'operator', 'websocket', 'headers', 'budget', 'batch'] as const),
]);

/**
 * Reads options as people write them, types or no types.
 *
 * @throws KeelsonError `client-options` with everything that is wrong with them
 */
export function readOptions(options: ChainPoolOptions): ReadOptions {
  const problems: string[] = [];
  const say = (problem: string): void => {
    problems.push(problem);
  };
  if (typeof options !== 'object' || options === null)
    throw wrong([`Expected options with chain and nodes, found ${shown(options)}.`]);
  unknownNames(options, KNOWN, '', say);
  const { chain, nodes, verify, atLeast, prefer = 'order', fetch = globalThis.fetch } = options;
  if (!isCount(chain, 1)) say(`Expected chain to be the number of a chain, found ${shown(chain)}.`);
  if (!Array.isArray(nodes) || nodes.length === 0)
    say(`Expected nodes to be a list of at least one address, found ${shown(nodes)}.`);
  if (typeof fetch !== 'function') say('Expected fetch to be a function: there is no globalThis.fetch here.');
  if (prefer !== 'order' && prefer !== 'fastest')
    say(`Expected prefer to be order or fastest, found ${shown(prefer)}.`);
  const isProof = typeof verify === 'object' && verify !== null && verify.kind === 'proof';
  if (verify !== undefined && verify !== 'none' && verify !== 'quorum' && !isProof)
    say(`Expected verify to be none, quorum, or proofs() of keelson/client/proofs, found ${shown(verify)}.`);
  for (const name of ['blockTimeMs', 'idleMs', 'cacheBytes'] as const)
    if (options[name] !== undefined && !(Number(options[name]) > 0))
      say(`Expected ${name} to be above 0, found ${shown(options[name])}.`);
  for (const [name, least] of [
    ['lag', 0],
    ['mostLogBlocks', 1],
    ['atLeast', 1],
  ] as const)
    if (options[name] !== undefined && !isCount(options[name], least))
      say(`Expected ${name} to be a whole number of at least ${least}, found ${shown(options[name])}.`);
  for (const name of ['allow', 'refuse'] as const) {
    const methods: unknown = options[name];
    const isList = Array.isArray(methods) && methods.every((method) => typeof method === 'string');
    if (methods !== undefined && !isList)
      say(`Expected ${name} to be a list of methods, found ${shown(methods)}.`);
  }
  const taken = new Set<string>();
  const read = readNodes(Array.isArray(nodes) ? nodes : [], 'nodes', taken, say);
  const trusted =
    isProof && verify.trusted !== undefined ? readNodes(verify.trusted, 'trusted', taken, say) : undefined;
  if (trusted?.length === 0) say('Expected trusted to name at least one node.');
  const operators = new Set(read.map(({ operator }) => operator)).size;
  const kind = isProof ? 'proof' : (verify ?? (operators >= 3 ? 'quorum' : 'none'));
  if (kind === 'none' && atLeast !== undefined && verify === 'none')
    say('Expected no atLeast where verify is none: nothing is compared.');
  const votes = kind === 'none' || trusted !== undefined ? 1 : (atLeast ?? Math.min(2, operators));
  if (votes > operators && operators > 0)
    say(
      `Expected nodes of at least ${votes} operators, of whom ${votes} must say the same, found ${operators}.`,
    );
  if (problems.length > 0) throw wrong(problems);
  return { nodes: read, trusted, verify: kind as ReadOptions['verify'], votes };
}

function readNodes(
  nodes: readonly ClientNode[],
  where: string,
  taken: Set<string>,
  say: (problem: string) => void,
): ReadNode[] {
  return nodes.flatMap((node, i) => readNode(node, `${where}[${i}]`, taken, say) ?? []);
}

function readNode(
  node: ClientNode,
  where: string,
  taken: Set<string>,
  say: (problem: string) => void,
): ReadNode | undefined {
  const options: Partial<ClientNodeOptions> | undefined =
    typeof node === 'string' ? { url: node } : typeof node === 'object' && node !== null ? node : undefined;
  if (options === undefined) {
    say(`Expected ${where} to be an address, or an object with one, found ${shown(node)}.`);
    return undefined;
  }
  unknownNames(options, KNOWN_OF_NODES, `${where}.`, say);
  const url = addressOf(options.url, `${where}.url`, ['https:', 'http:', 'wss:', 'ws:'], say);
  const { websocket, headers = {}, batch, name: said } = options;
  if (websocket !== undefined) addressOf(websocket, `${where}.websocket`, ['wss:', 'ws:'], say);
  // They may be keys: what was found is not said.
  if (!areTexts(headers)) say(`Expected ${where}.headers to be an object of names with texts.`);
  if (batch !== undefined && !isCount(batch, 1))
    say(`Expected ${where}.batch to be a whole number of at least 1, found ${shown(batch)}.`);
  const budget = budgetOf(options.budget, `${where}.budget`, say);
  if (said !== undefined && taken.has(said))
    say(`Expected ${where}.name to be of its own: ${said} is another node.`);
  if (url === undefined) return undefined;
  let name = said ?? url.host;
  for (let i = 2; said === undefined && taken.has(name); i++) name = `${url.host} ${i}`;
  taken.add(name);
  const isSocketOnly = url.protocol === 'wss:' || url.protocol === 'ws:';
  return {
    name,
    operator: options.operator ?? url.host,
    url: url.href,
    isSocketOnly,
    websocket: isSocketOnly ? url.href : websocket,
    headers,
    budget,
    batch,
  };
}

function addressOf(
  text: unknown,
  where: string,
  protocols: readonly string[],
  say: (problem: string) => void,
): URL | undefined {
  const url = typeof text === 'string' && URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !protocols.includes(url.protocol)) {
    // It may have a key in it: what it is, is not said.
    say(
      `Expected ${where} to be an address that begins with ${protocols.map((one) => `${one}//`).join(', ')}.`,
    );
    return undefined;
  }
  if (url.username !== '' || url.password !== '')
    say(`Expected ${where} without a password: put it into headers, as authorization.`);
  return url;
}

function budgetOf(
  options: BudgetOptions | undefined,
  where: string,
  say: (problem: string) => void,
): Budget | undefined {
  if (options === undefined) return undefined;
  try {
    return new Budget(options);
  } catch (error) {
    say(`${where}: ${error instanceof Error ? error.message : String(error)}`);
    return undefined;
  }
}

function unknownNames(
  options: object,
  known: ReadonlySet<string>,
  where: string,
  say: (problem: string) => void,
): void {
  for (const name of Object.keys(options))
    if (!known.has(name)) say(`There is no option ${where}${name}. There are: ${[...known].join(', ')}.`);
}

function isCount(value: unknown, least: number): boolean {
  return Number.isSafeInteger(value) && Number(value) >= least;
}

function areTexts(headers: unknown): headers is Readonly<Record<string, string>> {
  if (typeof headers !== 'object' || headers === null) return false;
  return Object.values(headers).every((value) => typeof value === 'string');
}

/** What was found, unless it could be an address or have one in it: these may have keys in them. */
function shown(value: unknown): string {
  if (typeof value === 'string') return /^[\w. -]{0,40}$/.test(value) ? `"${value}"` : 'another text';
  if (typeof value === 'bigint') return `${value}n`;
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : 'a list';
  if (typeof value === 'function') return 'a function';
  return typeof value === 'object' && value !== null ? 'an object' : String(value);
}

function wrong(problems: readonly string[]): KeelsonError {
  return new KeelsonError('client-options', problems.join('\n'), {
    hint: 'See the options in docs/client.md; types tell of most of this before anything runs.',
  });
}
