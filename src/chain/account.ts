import { fieldOf } from './fields.ts';
import { bytesOf, fixedBytesOf, hexOf, quantityOf } from './hex.ts';
import { EMPTY_HASH, EMPTY_ROOT, keccak256 } from './keccak.ts';
import type { ProofCache } from './proof-cache.ts';
import { type Refused, refused } from './refusal.ts';
import { decode, type Item } from './rlp.ts';
import { verifyProof } from './trie.ts';

/** An account at the end of a block. One that does not exist is all zero, with the hashes of no code and no storage. */
export interface Account {
  readonly exists: boolean;
  /** Quantities, as JSON-RPC writes them. */
  readonly nonce: string;
  readonly balance: string;
  /** Hashes, hex. */
  readonly storageHash: string;
  readonly codeHash: string;
}

export type ProvenAccount = { readonly kind: 'proved'; readonly account: Account } | Refused;

const NO_ACCOUNT: Account = {
  exists: false,
  nonce: '0x0',
  balance: '0x0',
  storageHash: EMPTY_ROOT,
  codeHash: EMPTY_HASH,
};

/**
 * The account at an address, as the answer of `eth_getProof` shows it (EIP-1186). Only the nodes of the proof are read: what the answer
 * says beside them counts for nothing.
 *
 * @param stateRoot of a header that is believed, hex
 * @param address 20 bytes, hex
 * @param answer result of `eth_getProof` from whomever
 */
export function proveAccount(
  stateRoot: string,
  address: string,
  answer: unknown,
  cache?: ProofCache,
): ProvenAccount {
  const bytes = fixedBytesOf(address, 20);
  if (bytes === undefined) return refused('the address is not one');
  const found = verifyProof(stateRoot, keccak256(bytes), fieldOf(answer, 'accountProof'), cache);
  if (found.kind === 'refused') return refused(`account: ${found.why}`);
  if (found.kind === 'absent') return { kind: 'proved', account: NO_ACCOUNT };
  const account = accountOf(decode(found.value));
  return account === undefined ? refused('account: the leaf holds no account') : { kind: 'proved', account };
}

/** Nonce, balance, root of the storage, hash of the code. */
function accountOf(item: Item | undefined): Account | undefined {
  if (item === undefined || item instanceof Uint8Array || item.length !== 4) return undefined;
  const [nonce, balance, storageHash, codeHash] = item;
  if (!isNumber(nonce, 8) || !isNumber(balance, 32) || !isHash(storageHash) || !isHash(codeHash))
    return undefined;
  return {
    exists: true,
    nonce: quantityOf(nonce),
    balance: quantityOf(balance),
    storageHash: hexOf(storageHash),
    codeHash: hexOf(codeHash),
  };
}

const isHash = (item: Item | undefined): item is Uint8Array =>
  item instanceof Uint8Array && item.length === 32;
const isNumber = (item: Item | undefined, most: number): item is Uint8Array =>
  item instanceof Uint8Array && item.length <= most && item[0] !== 0;

/** The value is a quantity, as `eth_getProof` writes it. */
export type ProvenSlot = { readonly kind: 'proved'; readonly value: string } | Refused;

/**
 * What a slot of storage holds: 0 when nothing is there. Of storage that is empty no proof is read.
 *
 * @param storageHash of an account that was proven, hex
 * @param slot 32 bytes
 * @param entry one of `storageProof` in the answer of `eth_getProof`; only its nodes are read
 */
export function proveStorage(storageHash: string, slot: Uint8Array, entry: unknown): ProvenSlot {
  if (slot.length !== 32) return refused('the slot has not 32 bytes');
  if (storageHash === EMPTY_ROOT) return { kind: 'proved', value: '0x0' };
  const found = verifyProof(storageHash, keccak256(slot), fieldOf(entry, 'proof'));
  if (found.kind === 'refused') return refused(`storage: ${found.why}`);
  if (found.kind === 'absent') return { kind: 'proved', value: '0x0' };
  const value = decode(found.value);
  // Ethereum keeps no slot of 0; anvil does.
  if (!isNumber(value, 32)) return refused('storage: the leaf holds no word');
  return { kind: 'proved', value: quantityOf(value) };
}

/** The code whose hash this is, in lower case. @returns undefined when it is another */
export function provenCode(codeHash: string, code: unknown): string | undefined {
  if (codeHash === EMPTY_HASH) return '0x';
  const bytes = bytesOf(code);
  return bytes !== undefined && hexOf(keccak256(bytes)) === codeHash ? hexOf(bytes) : undefined;
}
