// How many account proofs are verified in a second of CPU, from a trie of a million accounts. A part of bench/run.js, or by itself:
//   node bench/chain/account-proofs.js
// Every proof is of another account and has at least 7 nodes. What is cached: hash and text of branches less than four steps below the
// root (src/chain/proof-cache.ts); each round begins with none.
import { pathToFileURL } from 'node:url';
import { verifyMerkleProof } from '@ethereumjs/mpt';
import { proveAccount } from '../../dist/chain/account.js';
import { hexOf } from '../../dist/chain/hex.js';
import { keccak256 } from '../../dist/chain/keccak.js';
import { encode } from '../../dist/chain/rlp.js';
import { ProofCache } from '../../dist/chain/proof-cache.js';

const ACCOUNTS = 1_000_000;
const PROOFS = 20_000;
const LEAST_NODES = 7;
const WARM = 1_000;
const OTHERS = 2_000;
const ROUNDS = 5;
const HASH = 32;
const ADDRESS = 20;

const median = (values) => [...values].sort((a, b) => a - b)[values.length >> 1];
const spread = (values) => `${Math.round(Math.min(...values))}–${Math.round(Math.max(...values))}`;

/** Prints a table and returns its rows: proofs in a second of CPU, median and spread of five rounds in turn. */
export async function benchAccountProofs() {
  const { root, proofs } = accountProofs();
  const warm = proofs.splice(0, WARM);
  const ways = [
    { name: 'proveAccount, cache cold at first', proofs, verify: oursWith(root, () => new ProofCache()) },
    { name: 'proveAccount, no cache', proofs, verify: oursWith(root, () => undefined) },
    { name: '@ethereumjs/mpt verifyMerkleProof', proofs: proofs.slice(0, OTHERS), verify: theirs(root) },
  ];
  for (const { verify } of ways) await verify(warm);
  const rates = ways.map(() => []);
  for (let round = 0; round < ROUNDS; round++)
    for (const [i, way] of ways.entries()) rates[i].push(await rateOf(way));
  const nodes = proofs.map(({ answer }) => answer.accountProof.length);
  const rows = ways.map(({ name, proofs: some }, i) => ({
    name,
    proofs: some.length,
    leastNodes: Math.min(...nodes),
    perCpuSecond: median(rates[i]),
    spread: spread(rates[i]),
    microseconds: 1e6 / median(rates[i]),
  }));
  console.log(
    '\n## Proofs of accounts, each of another one, of a trie of a million\n\n| verified by | proofs | nodes at least | a second of CPU | spread | µs each |\n| --- | --- | --- | --- | --- | --- |',
  );
  for (const row of rows)
    console.log(
      `| ${row.name} | ${row.proofs} | ${row.leastNodes} | ${Math.round(row.perCpuSecond)} | ${row.spread} | ${row.microseconds.toFixed(1)} |`,
    );
  return rows;
}

async function rateOf({ proofs, verify }) {
  globalThis.gc?.();
  const begin = process.cpuUsage();
  await verify(proofs);
  const { user, system } = process.cpuUsage(begin);
  return (proofs.length * 1e6) / (user + system);
}

function oursWith(root, makeCache) {
  return (proofs) => {
    const cache = makeCache();
    for (const { address, answer, balance } of proofs) {
      const proven = proveAccount(root, address, answer, cache);
      if (proven.kind !== 'proved' || proven.account.balance !== balance) throw new Error('not proven');
    }
  };
}

function theirs(root) {
  const rootBytes = Buffer.from(root.slice(2), 'hex');
  const bytes = (hex) => new Uint8Array(Buffer.from(hex.slice(2), 'hex'));
  return async (proofs) => {
    for (const { address, answer } of proofs) {
      const nodes = answer.accountProof.map(bytes);
      const value = await verifyMerkleProof(keccak256(bytes(address)), nodes, { root: rootBytes });
      if (value === null) throw new Error('not proven');
    }
  };
}

/** Answers of `eth_getProof` for accounts picked from the trie, each parsed from a text of its own as it would be. */
function accountProofs() {
  const addresses = seededBytes(ACCOUNTS * ADDRESS);
  const hashes = new Uint8Array(ACCOUNTS * HASH);
  const keys = new Float64Array(ACCOUNTS);
  for (let i = 0; i < ACCOUNTS; i++) {
    hashes.set(keccak256(addresses.subarray(i * ADDRESS, (i + 1) * ADDRESS)), i * HASH);
    keys[i] = Buffer.from(hashes.buffer, i * HASH, 6).readUIntBE(0, 6);
  }
  const order = new Uint32Array(ACCOUNTS).map((_, i) => i).sort((a, b) => keys[a] - keys[b]);
  const trie = new Trie(hashes, order);
  const root = hexOf(keccak256(encode(trie.node(0, ACCOUNTS, 0))));
  const proofs = [];
  for (const [account, nodes] of trie.proofs) {
    if (nodes.length < LEAST_NODES || proofs.length === PROOFS + WARM) continue;
    const address = hexOf(addresses.subarray(account * ADDRESS, (account + 1) * ADDRESS));
    const text = JSON.stringify({ accountProof: nodes.reverse() });
    proofs.push({ address, answer: JSON.parse(text), balance: `0x${balanceOf(account).toString(16)}` });
  }
  if (proofs.length < PROOFS + WARM)
    throw new Error(`only ${proofs.length} proofs have ${LEAST_NODES} nodes`);
  return { root, proofs };
}

/** Nodes are made bottom-up and forgotten, but for those on the way to one account in 25. */
class Trie {
  proofs = new Map();

  constructor(hashes, order) {
    this.hashes = hashes;
    this.order = order;
    for (let place = 0; place < order.length; place += 25) this.proofs.set(order[place], []);
  }

  /** The node of the accounts from `low` to before `high`, which begin alike for `depth` nibbles. */
  node(low, high, depth) {
    const node = this.contents(low, high, depth);
    let text;
    for (let place = Math.ceil(low / 25) * 25; place < high; place += 25) {
      text ??= hexOf(encode(node));
      this.proofs.get(this.order[place]).push(text);
    }
    return node;
  }

  contents(low, high, depth) {
    const first = this.order[low];
    if (high - low === 1) return [this.path(first, depth, 64, true), this.account(first)];
    const last = this.order[high - 1];
    let shared = depth;
    while (this.nibble(first, shared) === this.nibble(last, shared)) shared++;
    if (shared === depth) return this.branch(low, high, depth);
    return [this.path(first, depth, shared, false), keccak256(encode(this.node(low, high, shared)))];
  }

  branch(low, high, depth) {
    const items = [];
    let from = low;
    for (let nibble = 0; nibble < 16; nibble++) {
      let to = from;
      while (to < high && this.nibble(this.order[to], depth) === nibble) to++;
      items.push(to === from ? new Uint8Array(0) : keccak256(encode(this.node(from, to, depth + 1))));
      from = to;
    }
    items.push(new Uint8Array(0));
    return items;
  }

  path(account, from, to, isLeaf) {
    const isOdd = (to - from) % 2 === 1;
    const path = [(isLeaf ? 0x20 : 0) | (isOdd ? 0x10 | this.nibble(account, from) : 0)];
    for (let i = from + (isOdd ? 1 : 0); i < to; i += 2)
      path.push((this.nibble(account, i) << 4) | this.nibble(account, i + 1));
    return Uint8Array.from(path);
  }

  /** Nonce, balance, and two hashes that stand for storage and code. */
  account(account) {
    const hash = this.hashes.subarray(account * HASH, (account + 1) * HASH);
    const balance = Buffer.from(even(balanceOf(account).toString(16)), 'hex');
    const nonce = account === 0 ? [] : [...Buffer.from(even(account.toString(16)), 'hex')];
    return encode([Uint8Array.from(nonce), new Uint8Array(balance), hash, hash]);
  }

  nibble(account, i) {
    return (this.hashes[account * HASH + (i >> 1)] >> (i % 2 === 0 ? 4 : 0)) & 15;
  }
}

const balanceOf = (account) => BigInt(account) * 10n ** 15n + 1n;
const even = (digits) => (digits.length % 2 === 0 ? digits : `0${digits}`);

/** The same at every run: xorshift. */
function seededBytes(length) {
  const bytes = new Uint8Array(length);
  let state = 0x9e3779b9;
  for (let i = 0; i < length; i++) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    bytes[i] = state >>> 11;
  }
  return bytes;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await benchAccountProofs();
