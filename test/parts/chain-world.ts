/** A chain that a test drives: several nodes that mine the same blocks because they are told the same, in lock-step. */
import { getContractAddress, keccak256, type AccessList, type Address, type Hex } from 'viem';
import { mnemonicToAccount, type HDAccount } from 'viem/accounts';
import { sha256 } from 'viem/utils';
import { CHAIN_ID, GENESIS_TIMESTAMP, startAnvil, type Anvil, type AnvilOptions } from './anvil.ts';
import { LEDGER_CREATION, ledgerData } from './ledger.ts';
import { quantity, resultOf, type Outcome } from './rpc.ts';

/** A block as all nodes are told to mine it. */
interface Told {
  readonly timestamp: number;
  readonly transactions: readonly Hex[];
}

/** What is not said: to the ledger, without value or data, EIP-1559. */
export interface Sending {
  /** The first EIP-4844 that a node is sent costs it three seconds of computing, and its JSON has the whole blob. */
  readonly type?: 'legacy' | 'eip2930' | 'eip1559' | 'eip4844' | 'eip7702';
  /** Which of the four accounts. @default 0 */
  readonly from?: number;
  /** null makes a contract. */
  readonly to?: Address | null;
  readonly data?: Hex;
  /** @unit wei */
  readonly value?: bigint;
  readonly gas?: bigint;
  readonly accessList?: AccessList;
  /** @default the next one of the account */
  readonly nonce?: number;
  /** @unit wei @default 20 gwei: more than any block of these tests asks for */
  readonly price?: bigint;
}

/** As subscriptions bring it, with the other members of a log. */
export interface RemovedLog {
  readonly blockHash: string;
  readonly blockNumber: string;
  readonly logIndex: string;
  readonly transactionHash: string;
  readonly removed: true;
}

const GWEI = 1_000_000_000n;
const SLOT_SECONDS = 12;
const MNEMONIC = 'test test test test test test test test test test test junk';
const ACCOUNTS: readonly HDAccount[] = [0, 1, 2, 3].map((addressIndex) =>
  mnemonicToAccount(MNEMONIC, { addressIndex }),
);

// Of a blob of zeros the commitment and all proofs are the point at infinity: no trusted set-up is needed to know it.
const INFINITY: Hex = `0xc0${'00'.repeat(47)}`;
const EMPTY_BLOB: Hex = `0x${'00'.repeat(131_072)}`;
const BLOB_HASH: Hex = `0x01${sha256(INFINITY).slice(4)}`;

export class ChainWorld {
  readonly nodes: readonly Anvil[];
  readonly accounts = ACCOUNTS;
  readonly chainId: number;
  /** Where the contract of ledger.ts is. */
  readonly ledger: Address;
  /** Blocks above the genesis block, the first is block 1. */
  #branch: Told[] = [];
  /** What each node has been told so far: the same objects, where it is on the same branch. */
  readonly #told: Told[][];
  /** Those who hear of no block for now. */
  readonly #held = new Set<number>();
  /** What a node whose state was forged goes back to: a rollback does not undo it. */
  readonly #clean = new Map<number, { readonly snapshot: unknown; readonly height: number }>();
  readonly #nonces: number[] = ACCOUNTS.map(() => 0);
  readonly #truths = new Map<string, Outcome>();
  #branches = 0;

  private constructor(nodes: readonly Anvil[], chainId: number) {
    this.nodes = nodes;
    this.chainId = chainId;
    this.#told = nodes.map(() => []);
    this.ledger = getContractAddress({ from: this.account(0).address, nonce: 0n });
  }

  /** Starts the nodes; block 1 has the ledger. */
  static async start({
    nodes = 3,
    ...options
  }: AnvilOptions & { readonly nodes?: number } = {}): Promise<ChainWorld> {
    const started = await Promise.all(Array.from({ length: nodes }, () => startAnvil(options)));
    const world = new ChainWorld(started, options.chainId ?? CHAIN_ID);
    await world.mine(1, [await world.sign({ to: null, data: LEDGER_CREATION, gas: 1_000_000n })]);
    return world;
  }

  async stop(): Promise<void> {
    await Promise.all(this.nodes.map((node) => node.stop()));
  }

  /** The number of the newest block of those who are not held back. */
  get head(): number {
    return this.#branch.length;
  }

  node(index: number): Anvil {
    return at(this.nodes, index);
  }

  account(index: number): HDAccount {
    return at(ACCOUNTS, index);
  }

  /** Signs a transaction, which makes the next one of this account have the next nonce. */
  async sign({
    type = 'eip1559',
    from = 0,
    to = this.ledger,
    data = '0x',
    value = 0n,
    gas = 200_000n,
    accessList = [],
    nonce = this.#nonces[from] ?? 0,
    price = 20n * GWEI,
  }: Sending = {}): Promise<Hex> {
    this.#nonces[from] = Math.max(this.#nonces[from] ?? 0, nonce + 1);
    const account = this.account(from);
    const { chainId } = this;
    const common = { chainId, nonce, to, data, value, gas };
    const fees = { maxFeePerGas: price, maxPriorityFeePerGas: GWEI };
    switch (type) {
      case 'legacy':
        return account.signTransaction({ ...common, type, gasPrice: price });
      case 'eip2930':
        return account.signTransaction({ ...common, type, gasPrice: price, accessList });
      case 'eip1559':
        return account.signTransaction({ ...common, ...fees, type, accessList });
      case 'eip4844':
        return account.signTransaction({
          ...{ ...common, ...fees, type, to: to ?? this.ledger, accessList, maxFeePerBlobGas: price },
          blobVersionedHashes: [BLOB_HASH],
          sidecars: [{ blob: EMPTY_BLOB, commitment: INFINITY, proof: INFINITY }],
        });
      case 'eip7702': {
        // The last account lends itself to the ledger, again and again. Its nonce is counted up by that.
        const lender = ACCOUNTS.length - 1;
        const lent = this.#nonces[lender] ?? 0;
        this.#nonces[lender] = lent + 1;
        const authorization = await this.account(lender).signAuthorization?.({
          chainId,
          nonce: lent,
          contractAddress: this.ledger,
        });
        if (authorization === undefined) throw new Error('Expected an account that signs authorizations.');
        const authorizationList = [authorization];
        return account.signTransaction({ ...common, ...fees, type, accessList, authorizationList });
      }
    }
  }

  /** A signed transaction that stores a value and writes one log. */
  store(key: bigint, value: bigint, sending: Sending = {}): Promise<Hex> {
    return this.sign({ ...sending, data: ledgerData({ functionName: 'store', args: [key, value] }) });
  }

  /** A signed transaction that stores so many keys and writes as many logs. */
  storeMany(from: number, count: number, sending: Sending = {}): Promise<Hex> {
    const data = ledgerData({ functionName: 'storeMany', args: [BigInt(from), BigInt(count)] });
    return this.sign({ gas: 100_000n + 30_000n * BigInt(count), ...sending, data });
  }

  /**
   * All nodes that are not held back mine so many blocks. The first has these transactions, and before them those that any
   * such node was sent by others.
   */
  async mine(count = 1, transactions: readonly Hex[] = []): Promise<void> {
    await this.#undisturbed(this.#listening(), async () => {
      for (let i = 0; i < count; i++) {
        const all = i === 0 ? [...(await this.#waiting(transactions)), ...transactions] : [];
        this.#branch = [...this.#branch, { timestamp: this.#nextTimestamp(), transactions: all }];
      }
      await this.#bringAll();
    });
  }

  /**
   * The newest blocks are replaced by others, and one more. All nodes that are not held back are on the new branch.
   *
   * @param depth how many are replaced: less than there are, block 1 stays
   * @param transactions of the first new block
   * @param keeps whether the transactions of the blocks that go are in the first new block, before those
   * @returns the logs of the blocks that went, marked as removed: anvil tells its subscribers nothing of them, FaultyNode.notify can
   */
  async reorg(
    depth: number,
    { transactions = [], keeps = false }: { transactions?: readonly Hex[]; keeps?: boolean } = {},
  ): Promise<readonly RemovedLog[]> {
    if (depth < 1 || depth >= this.head)
      throw new Error(`Expected a depth of 1 to ${this.head - 1}, found ${depth}.`);
    const kept = this.#branch.slice(0, -depth);
    const gone = this.#branch.slice(kept.length).flatMap((block) => block.transactions);
    const range = { fromBlock: quantity(kept.length + 1), toBlock: quantity(this.head) };
    // What eth_getLogs answers is a list of logs.
    const logs = resultOf(await this.truth('eth_getLogs', [range])) as Omit<RemovedLog, 'removed'>[];
    this.#branches++;
    this.#branch = kept;
    for (let i = 0; i <= depth; i++) {
      const all = i === 0 ? [...(keeps ? gone : []), ...transactions] : [];
      this.#branch = [...this.#branch, { timestamp: this.#nextTimestamp(), transactions: all }];
    }
    await this.#undisturbed(this.#listening(), () => this.#bringAll());
    await this.#recount();
    return logs.map((log) => ({ ...log, removed: true as const }));
  }

  /** From now on this node hears of no block. */
  hold(index: number): void {
    this.#held.add(index);
  }

  /** It hears of all that it has missed, and of what comes. One that was alone is on the branch of the others again. */
  async release(index: number): Promise<void> {
    this.#held.delete(index);
    await this.#undisturbed([index], () => this.#bring(index, this.#branch));
  }

  /**
   * Brings one node alone onto a branch of its own, which a liar may well serve: all of it fits together.
   *
   * @param depth how many of the blocks that it has are replaced
   * @param count how many blocks the branch has
   * @param forge changes the state of the node before they are mined, such as by anvil_setBalance
   */
  async stray(
    index: number,
    {
      depth = 0,
      count = depth + 1,
      transactions = [],
      forge,
    }: {
      depth?: number;
      count?: number;
      transactions?: readonly Hex[];
      forge?: (node: Anvil) => Promise<unknown>;
    } = {},
  ): Promise<void> {
    this.hold(index);
    this.#branches++;
    const told = at(this.#told, index);
    await this.#bring(index, told.slice(0, told.length - depth));
    const node = this.node(index);
    if (forge !== undefined) {
      if (!this.#clean.has(index))
        this.#clean.set(index, { snapshot: await node.ask('evm_snapshot'), height: told.length });
      await forge(node);
    }
    const branch = [...at(this.#told, index)];
    for (let i = 0; i < count; i++)
      branch.push({ timestamp: this.#nextTimestamp(branch), transactions: i === 0 ? transactions : [] });
    await this.#bring(index, branch);
  }

  /**
   * What an honest node answers. Remembered, where nothing can change it: name blocks by number or hash for that.
   *
   * @param isFinal whether no block that is named is ever replaced in this test. @default false
   */
  async truth(method: string, params: readonly unknown[] = [], isFinal = false): Promise<Outcome> {
    const key = isFinal ? `${method} ${JSON.stringify(params)}` : '';
    const known = this.#truths.get(key);
    if (known !== undefined) return known;
    const honest = this.nodes.findIndex((_node, index) => !this.#held.has(index));
    const outcome = await this.node(honest).outcome(method, params);
    if (isFinal) this.#truths.set(key, outcome);
    return outcome;
  }

  async hashAt(number: number, index = 0): Promise<string> {
    const block = await this.node(index).ask('eth_getBlockByNumber', [quantity(number), false]);
    // A block that is there has a hash.
    return (block as { hash: string }).hash;
  }

  /** No two branches have a block of the same moment. */
  #nextTimestamp(branch: readonly Told[] = this.#branch): number {
    const last = branch.at(-1)?.timestamp ?? GENESIS_TIMESTAMP;
    const slot = Math.floor((last - GENESIS_TIMESTAMP) / SLOT_SECONDS) + 1;
    return GENESIS_TIMESTAMP + slot * SLOT_SECONDS + (this.#branches % SLOT_SECONDS);
  }

  /** Those who hear of blocks. */
  #listening(): readonly number[] {
    return this.nodes.map((_node, index) => index).filter((index) => !this.#held.has(index));
  }

  /** Nobody asks a node, or sends it anything, while it makes a block. */
  async #undisturbed(indices: readonly number[], make: () => Promise<void>): Promise<void> {
    const stopped = await Promise.all(indices.map((index) => this.node(index).source.calls.stop()));
    try {
      await make();
    } finally {
      for (const goOn of stopped) goOn();
    }
  }

  async #bringAll(): Promise<void> {
    const brought = this.#listening();
    await Promise.all(brought.map((index) => this.#bring(index, this.#branch)));
    const hashes = await Promise.all(brought.map((index) => this.hashAt(this.head, index)));
    if (new Set(hashes).size > 1)
      throw new Error(`Expected the same block ${this.head} of all nodes, found ${hashes.join(', ')}.`);
  }

  async #bring(index: number, branch: readonly Told[]): Promise<void> {
    const node = this.node(index);
    const told = at(this.#told, index);
    let common = 0;
    while (common < told.length && told[common] === branch[common]) common++;
    const clean = this.#clean.get(index);
    if (clean !== undefined && common < told.length && common <= clean.height) {
      await node.ask('evm_revert', [clean.snapshot]);
      this.#clean.delete(index);
      told.length = clean.height;
      await mendBaseFee(node);
    }
    if (common < told.length) {
      await node.ask('anvil_rollback', [told.length - common]);
      await mendBaseFee(node);
      told.length = common;
    }
    for (const block of branch.slice(common)) {
      for (const transaction of block.transactions) await send(node, transaction);
      await node.ask('evm_mine', [{ timestamp: block.timestamp }]);
      told.push(block);
    }
  }

  /** The transactions that others sent to nodes. */
  async #waiting(known: readonly Hex[]): Promise<readonly Hex[]> {
    const hashes = new Map<string, Hex>();
    for (const [index, node] of this.nodes.entries()) {
      if (this.#held.has(index)) continue;
      // The form of txpool_content: by sender, then by nonce.
      const { pending } = (await node.ask('txpool_content')) as {
        pending: Record<string, Record<string, { hash: Hex }>>;
      };
      for (const { hash } of Object.values(pending).flatMap((by) => Object.values(by)))
        if (!hashes.has(hash))
          hashes.set(hash, (await node.ask('eth_getRawTransactionByHash', [hash])) as Hex);
    }
    for (const transaction of known) hashes.delete(keccak256(transaction));
    return [...hashes.values()];
  }

  /** What was not kept is to be signed again. */
  async #recount(): Promise<void> {
    for (const [index, { address }] of ACCOUNTS.entries())
      this.#nonces[index] = Number(
        resultOf(await this.truth('eth_getTransactionCount', [address, 'latest'])),
      );
  }
}

/** After a rollback, anvil goes on from the base fee of the block that it had last: nodes that come from different blocks would differ. */
async function mendBaseFee(node: Anvil): Promise<void> {
  // A block after London has all of these.
  const parent = (await node.ask('eth_getBlockByNumber', ['latest', false])) as {
    readonly gasUsed: string;
    readonly gasLimit: string;
    readonly baseFeePerGas: string;
  };
  const fee = nextBaseFee(BigInt(parent.gasUsed), BigInt(parent.gasLimit), BigInt(parent.baseFeePerGas));
  await node.ask('anvil_setNextBlockBaseFeePerGas', [quantity(fee)]);
}

/** EIP-1559: an eighth at most, in proportion to how far the parent was from its target. */
function nextBaseFee(gasUsed: bigint, gasLimit: bigint, fee: bigint): bigint {
  const target = gasLimit / 2n;
  const change = (distance: bigint): bigint => (fee * distance) / target / 8n;
  if (gasUsed <= target) return fee - change(target - gasUsed);
  const rise = change(gasUsed - target);
  return fee + (rise > 1n ? rise : 1n);
}

/** One that it has is no error: others may have sent it before. */
async function send(node: Anvil, transaction: Hex): Promise<void> {
  const outcome = await node.outcome('eth_sendRawTransaction', [transaction]);
  if ('error' in outcome && !/already (imported|known)/.test(outcome.error.message))
    throw new Error(`Expected a node to accept ${transaction.slice(0, 80)}, found: ${outcome.error.message}`);
}

function at<T>(list: readonly T[], index: number): T {
  const one = list[index];
  if (one === undefined) throw new Error(`Expected less than ${list.length}, found ${index}.`);
  return one;
}
