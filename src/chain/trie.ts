// Merkle Patricia tries: proofs that something is in one or not, and roots of whole ones. Source: the yellow paper, appendix D.
//
//   branch     [child 0 … child 15, value]
//   extension  [path, child]       path: nibbles packed by two, the first one saying whether their number is odd and whether this is a leaf
//   leaf       [path, value]
//
// A child is the hash of a node, or the node itself where its RLP is shorter than a hash.

import { bytesOf, hexOf } from './hex.ts';
import { keccak256, EMPTY_ROOT } from './keccak.ts';
import { CACHED_DEPTHS, type ProofCache } from './proof-cache.ts';
import { type Refused, refused } from './refusal.ts';
import { encode, type Head, headAt, type Item } from './rlp.ts';

const HASH_BYTES = 32;
const HASH_DIGITS = 64;
const CHILDREN = 16;
/** A branch of hashes has 532 bytes, a leaf with an account at most 150. @unit bytes */
const MOST_NODE_BYTES = 1_024;

/** What a proof shows of a key. */
export type Found =
  | { readonly kind: 'value'; readonly value: Uint8Array }
  | { readonly kind: 'absent' }
  | Refused;

const ABSENT: Found = { kind: 'absent' };

/**
 * What a trie with this root holds for a key, as shown by the nodes on the way to it (EIP-1186). All of them must be there, in order, and
 * no others. Nodes that stand within their parents may be listed after them, as some clients do, or be left out, as others do.
 *
 * @param root hash of the topmost node, hex with `0x`
 * @param key for accounts and storage the hash of what is looked for
 * @param nodes hex text of each node, as a node of the network sent it
 * @param cache upper nodes that were verified before; gains those of this proof
 */
export function verifyProof(root: string, key: Uint8Array, nodes: unknown, cache?: ProofCache): Found {
  if (!Array.isArray(nodes)) return refused('the proof is not a list');
  const isEmpty = root.toLowerCase() === EMPTY_ROOT;
  if (isEmpty && (nodes.length === 0 || (nodes.length === 1 && nodes[0] === '0x80'))) return ABSENT;
  if (root.length !== HASH_DIGITS + 2) return refused('the root is not a hash');

  const nibbles = 2 * key.length;
  // Where the hash of the next node stands, as digits: in the text of its parent, or in the root.
  let text = root;
  let at = 2;
  let walked = 0;
  for (let i = 0; i < nodes.length; i++) {
    const node: unknown = nodes[i];
    if (typeof node !== 'string') return refused(`node ${i} of the proof is not text`);
    const isUpper = cache !== undefined && i < CACHED_DEPTHS && walked === i && walked < nibbles;
    if (isUpper && cache.holds(i, text.slice(at, at + HASH_DIGITS), node)) {
      at = childInText(node, nibbleOf(key, walked));
      if (at < 0) return ended(ABSENT, nodes, i);
      text = node;
      walked++;
      continue;
    }
    const bytes = bytesOf(node, MOST_NODE_BYTES);
    if (bytes === undefined) return refused(`node ${i} of the proof is not hex data of at most 1,024 bytes`);
    const hash = keccak256(bytes);
    if (!isWrittenAt(hash, text, at))
      return refused(`node ${i} of the proof has another hash than its place asks for`);
    if (isUpper && isPlainBranch(bytes)) cache.keep(i, hexOf(hash).slice(2), hexOf(bytes));

    const head = headAt(bytes, 0, bytes.length);
    let step = head?.end === bytes.length ? stepFrom(bytes, head, key, walked) : MALFORMED;
    while (step.kind === 'within') {
      walked = step.walked;
      const next: unknown = nodes[i + 1];
      if (typeof next === 'string' && next.toLowerCase() === hexOf(bytes.subarray(step.from, step.head.end)))
        i++;
      step = stepFrom(bytes, step.head, key, walked);
    }
    if (step.kind === 'malformed') return refused(`node ${i} of the proof is no node of a trie`);
    if (step.kind !== 'below') return ended(step, nodes, i);
    walked = step.walked;
    text = node;
    at = 2 + 2 * step.at;
  }
  return refused('the proof ends before the key does');
}

/** What was found, unless nodes follow that have no place. */
function ended(found: Found, nodes: readonly unknown[], last: number): Found {
  return last === nodes.length - 1
    ? found
    : refused(`the proof goes on after node ${last}, where it should end`);
}

const nibbleOf = (key: Uint8Array, i: number) => ((key[i >> 1] ?? 0) >> (i % 2 === 0 ? 4 : 0)) & 15;

function isWrittenAt(hash: Uint8Array, text: string, at: number): boolean {
  for (let i = 0; i < HASH_BYTES; i++) {
    const byte = hash[i] ?? 0;
    if (digitAt(text, at + 2 * i) !== byte >> 4 || digitAt(text, at + 2 * i + 1) !== (byte & 15))
      return false;
  }
  return true;
}

/** What a digit stands for; what is none stands for something that no digit does. */
function digitAt(text: string, at: number): number {
  const code = text.charCodeAt(at);
  return code < 58 ? code - 48 : (code | 32) - 87;
}

/** Where the hash of a child stands in the text of a branch that holds only hashes. @returns -1 when there is none */
function childInText(text: string, child: number): number {
  // f8 and one byte of length, or f9 and two; `c0` and more with none, for a branch with one or two short items, is no branch of hashes.
  let at = text.charCodeAt(3) === 57 ? 8 : 6;
  for (let i = 0; i < child; i++) at += text.charCodeAt(at) === 97 ? HASH_DIGITS + 2 : 2;
  return text.charCodeAt(at) === 97 ? at + 2 : -1;
}

/** Whether a node is a branch of nothing but hashes, at least two of them: what `childInText` reads. */
function isPlainBranch(bytes: Uint8Array): boolean {
  const head = headAt(bytes, 0, bytes.length);
  if (head?.isList !== true || head.end !== bytes.length || head.start < 2 || head.start > 3) return false;
  let at = head.start;
  for (let i = 0; i < CHILDREN; i++) {
    if (bytes[at] !== 0xa0 && bytes[at] !== 0x80) return false;
    at += bytes[at] === 0xa0 ? 1 + HASH_BYTES : 1;
  }
  return at === bytes.length - 1 && bytes[at] === 0x80;
}

type Step =
  | { readonly kind: 'value'; readonly value: Uint8Array }
  | { readonly kind: 'absent' }
  | { readonly kind: 'malformed' }
  /** The next node stands in this one. */
  | { readonly kind: 'within'; readonly from: number; readonly head: Head; readonly walked: number }
  /** The hash of the next node is here. */
  | { readonly kind: 'below'; readonly at: number; readonly walked: number };

const MALFORMED: Step = { kind: 'malformed' };
const NOT_HERE: Step = { kind: 'absent' };

/** One step along the key, from the node with this head. */
function stepFrom(bytes: Uint8Array, head: Head, key: Uint8Array, walked: number): Step {
  if (!head.isList) return MALFORMED;
  const first = headAt(bytes, head.start, head.end);
  const second = first && headAt(bytes, first.end, head.end);
  if (first === undefined || second === undefined) return MALFORMED;
  if (second.end < head.end) return stepFromBranch(bytes, head, key, walked);
  return first.isList ? MALFORMED : stepAlongPath(bytes, first, second, key, walked);
}

function stepFromBranch(bytes: Uint8Array, { start, end }: Head, key: Uint8Array, walked: number): Step {
  const isDone = walked === 2 * key.length;
  const wanted = isDone ? CHILDREN : nibbleOf(key, walked);
  let found: Step = MALFORMED;
  let at = start;
  for (let i = 0; i <= CHILDREN; i++) {
    const item = headAt(bytes, at, end);
    if (item === undefined) return MALFORMED;
    if (i === wanted) found = isDone ? contentOf(bytes, item) : child(at, item, walked + 1);
    at = item.end;
  }
  return at === end ? found : MALFORMED;
}

function contentOf(bytes: Uint8Array, { isList, start, end }: Head): Step {
  if (isList) return MALFORMED;
  return start === end ? NOT_HERE : { kind: 'value', value: bytes.subarray(start, end) };
}

function child(from: number, head: Head, walked: number): Step {
  if (head.isList) return head.end - from < HASH_BYTES ? { kind: 'within', from, head, walked } : MALFORMED;
  const length = head.end - head.start;
  if (length === HASH_BYTES) return { kind: 'below', at: head.start, walked };
  return length === 0 ? NOT_HERE : MALFORMED;
}

function stepAlongPath(bytes: Uint8Array, path: Head, next: Head, key: Uint8Array, walked: number): Step {
  if (path.start === path.end) return MALFORMED;
  const flag = (bytes[path.start] ?? 0) >> 4;
  if (flag > 3 || (flag % 2 === 0 && ((bytes[path.start] ?? 0) & 15) !== 0)) return MALFORMED;
  const isLeaf = flag >= 2;
  // Counted in nibbles from the beginning of the path's bytes.
  const from = flag % 2 === 0 ? 2 : 1;
  const length = 2 * (path.end - path.start) - from;
  // What it leads to must be something, also where the key goes elsewhere.
  const beyond = isLeaf ? contentOf(bytes, next) : child(path.end, next, walked + length);
  if (beyond.kind === 'absent' || beyond.kind === 'malformed' || (!isLeaf && length === 0)) return MALFORMED;
  const left = 2 * key.length - walked;
  if (length > left || (isLeaf && length !== left)) return NOT_HERE;
  for (let i = 0; i < length; i++) {
    const place = from + i;
    const nibble = ((bytes[path.start + (place >> 1)] ?? 0) >> (place % 2 === 0 ? 4 : 0)) & 15;
    if (nibble !== nibbleOf(key, walked + i)) return NOT_HERE;
  }
  return beyond;
}

/** An entry of a trie. */
export interface Entry {
  readonly key: Uint8Array;
  /** Never of no bytes: that would be no entry. */
  readonly value: Uint8Array;
}

/** The root of the trie that holds a list: the key of each is the RLP of its index. Of transactions, receipts, withdrawals. */
export function orderedRoot(values: readonly Uint8Array[]): string {
  return trieRoot(values.map((value, index) => ({ key: encode(bytesOfIndex(index)), value })));
}

function bytesOfIndex(index: number): Uint8Array {
  const bytes: number[] = [];
  for (let rest = index; rest > 0; rest >>= 8) bytes.unshift(rest & 255);
  return Uint8Array.from(bytes);
}

/** The root of the trie that holds these entries. @param entries in any order, each key once */
export function trieRoot(entries: readonly Entry[]): string {
  if (entries.length === 0) return EMPTY_ROOT;
  const sorted = [...entries].sort((a, b) => byBytes(a.key, b.key));
  return hexOf(keccak256(encode(nodeOf(sorted, 0, sorted.length, 0))));
}

function byBytes(a: Uint8Array, b: Uint8Array): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) if (a[i] !== b[i]) return (a[i] ?? 0) - (b[i] ?? 0);
  return a.length - b.length;
}

/** The node of the entries from `low` to before `high`, which all begin alike for `depth` nibbles. */
function nodeOf(sorted: readonly Entry[], low: number, high: number, depth: number): Item {
  const first = sorted[low];
  const last = sorted[high - 1];
  if (first === undefined || last === undefined) return [];
  if (first === last) return [packed(first.key, depth, 2 * first.key.length, true), first.value];
  const shared = sharedNibbles(first.key, last.key);
  if (shared > depth)
    return [packed(first.key, depth, shared, false), referenceTo(nodeOf(sorted, low, high, shared))];

  const items: Item[] = [];
  let from = low;
  const endsHere = 2 * first.key.length === depth;
  if (endsHere) from++;
  for (let nibble = 0; nibble < CHILDREN; nibble++) {
    let to = from;
    for (
      let entry = sorted[to];
      to < high && entry && nibbleOf(entry.key, depth) === nibble;
      entry = sorted[to]
    )
      to++;
    items.push(to === from ? new Uint8Array(0) : referenceTo(nodeOf(sorted, from, to, depth + 1)));
    from = to;
  }
  items.push(endsHere ? first.value : new Uint8Array(0));
  return items;
}

function sharedNibbles(a: Uint8Array, b: Uint8Array): number {
  const most = 2 * Math.min(a.length, b.length);
  let shared = 0;
  while (shared < most && nibbleOf(a, shared) === nibbleOf(b, shared)) shared++;
  return shared;
}

function referenceTo(node: Item): Item {
  const bytes = encode(node);
  return bytes.length < HASH_BYTES ? node : keccak256(bytes);
}

/** Nibbles of a key as a path is written. */
function packed(key: Uint8Array, from: number, to: number, isLeaf: boolean): Uint8Array {
  const isOdd = (to - from) % 2 === 1;
  const bytes = new Uint8Array(1 + ((to - from) >> 1));
  bytes[0] = (isLeaf ? 0x20 : 0) | (isOdd ? 0x10 | nibbleOf(key, from) : 0);
  for (let i = from + (isOdd ? 1 : 0), at = 1; i < to; i += 2, at++)
    bytes[at] = (nibbleOf(key, i) << 4) | nibbleOf(key, i + 1);
  return bytes;
}
