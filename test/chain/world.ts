// A small chain on a real node: all types of transactions, storage, logs, contracts made and calls that fail.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Hex, keccak256, serializeTransaction, type TransactionSerializable } from 'viem';
import { mnemonicToAccount, sign } from 'viem/accounts';
import { type Anvil, foundryBinary, startAnvil } from './anvil.ts';

const MNEMONIC = 'test test test test test test test test test test test junk';
export const ana = mnemonicToAccount(MNEMONIC);
export const ben = mnemonicToAccount(MNEMONIC, { addressIndex: 1 });
/** Not one that any node knows. */
export const STRANGER = '0x00000000000000000000000000000000000a11ce';
const CHAIN_ID = 31_337;
/** What the second log of each call has as its only topic. */
export const TOPIC = `0x${'2a'.padStart(64, '0')}`;

/**
 * Calldata of three words: the second is stored in the slot that the first names. Two logs: of the third word with the first two as
 * topics, and of the same with the topic 42.
 */
const STORE = '6020356000355560403560005260203560003560206000a2602a60206000a100';
/** Whoever calls it fails. */
const FAIL = 'fe';

/** Code that makes a contract with this code. */
const making = (code: string) => {
  const length = (code.length / 2).toString(16).padStart(2, '0');
  return `0x60${length}600c60003960${length}6000f3${code}` as Hex;
};

export const word = (value: number | bigint) => value.toString(16).padStart(64, '0');

export interface World extends Anvil {
  /** The contract that stores and logs. */
  readonly store: string;
  /** The latest block. */
  readonly height: number;
}

/**
 * Block 1 makes the contracts, block 2 holds transactions of most types, block 3 only logs, block 4 nothing, block 5 takes something out of
 * storage. Block 6, if asked for, holds a transaction with blobs: anvil's root for it counts the blobs in, so that it proves nothing.
 */
export async function startWorld({ hasBlobs = false } = {}): Promise<World> {
  const node = await startAnvil();
  let nonce = 0;
  const send = async (transaction: object) => {
    const whole = { chainId: CHAIN_ID, nonce: nonce++, gas: 500_000n, ...transaction };
    // Each of the calls below gives what its type asks for.
    await node.ask('eth_sendRawTransaction', await ana.signTransaction(whole as TransactionSerializable));
  };
  const gasPrice = 3_000_000_000n;
  const fees = { maxFeePerGas: 3_000_000_001n, maxPriorityFeePerGas: 1_000_000_007n };
  await send({ type: 'legacy', gasPrice, data: making(STORE) });
  await send({ type: 'eip1559', ...fees, data: making(FAIL) });
  await node.ask('evm_mine');
  const [store, fail] = await Promise.all(
    [0, 1].map(async (index) => {
      const hash = await hashAt(node, 1, index);
      const receipt = (await node.ask('eth_getTransactionReceipt', hash)) as { contractAddress: Hex };
      return receipt.contractAddress;
    }),
  );
  if (store === undefined || fail === undefined) throw new Error('no contracts were made');

  const call = (slot: number, value: number | bigint, text: number) =>
    `0x${word(slot)}${word(value)}${word(text)}` as Hex;
  const accessList = [{ address: store, storageKeys: [`0x${word(1)}`, `0x${word(2)}`] as Hex[] }];
  await send({ type: 'legacy', gasPrice, to: store, data: call(1, 0x1234, 7) });
  await send({ type: 'eip2930', gasPrice, to: store, data: call(2, 2n ** 256n - 1n, 8), accessList });
  await send({ type: 'eip1559', ...fees, to: STRANGER, value: 10n ** 18n });
  await send({
    type: 'eip1559',
    maxFeePerGas: 1_500_000_000n,
    maxPriorityFeePerGas: 1_500_000_000n,
    to: fail,
  });
  const authorization = await ben.signAuthorization?.({ chainId: CHAIN_ID, address: store, nonce: 0 });
  await send({
    type: 'eip7702',
    ...fees,
    to: ben.address,
    authorizationList: [authorization],
    data: call(3, 9, 9),
  });
  // Before EIP-155: of no chain.
  const old = { type: 'legacy', nonce: nonce++, gas: 100_000n, gasPrice, to: STRANGER, value: 5n } as const;
  await node.ask('eth_sendRawTransaction', serializeTransaction(old, await signedWithoutChain(old)));
  await node.ask('evm_mine');

  for (let slot = 10; slot < 40; slot++)
    await send({ type: 'legacy', gasPrice, to: store, data: call(slot, slot, slot) });
  await node.ask('evm_mine');
  await node.ask('evm_mine');
  await send({ type: 'legacy', gasPrice, to: store, data: call(1, 0, 0) });
  await node.ask('evm_mine');
  if (hasBlobs) {
    sendBlobs(node.url, nonce++);
    await node.ask('evm_mine');
  }
  return { ...node, store, height: 5 };
}

async function hashAt(node: Anvil, block: number, index: number): Promise<string> {
  const answer = await node.ask('eth_getBlockByNumber', `0x${block.toString(16)}`, false);
  return (answer as { transactions: string[] }).transactions[index] ?? '';
}

async function signedWithoutChain(transaction: TransactionSerializable) {
  const key = ana.getHdKey().privateKey;
  if (key === null) throw new Error('no key');
  const privateKey = `0x${[...key].map((byte) => byte.toString(16).padStart(2, '0')).join('')}` as Hex;
  const { r, s, yParity } = await sign({ hash: keccak256(serializeTransaction(transaction)), privateKey });
  return { r, s, v: yParity === 0 ? 27n : 28n };
}

/** cast knows how blobs are committed to. */
function sendBlobs(url: string, nonce: number): void {
  const folder = mkdtempSync(join(tmpdir(), 'keelson-blob-'));
  try {
    const file = join(folder, 'blob');
    writeFileSync(file, 'what is in a blob');
    execFileSync(
      foundryBinary('cast'),
      [
        'send',
        '--async',
        '--blob',
        '--path',
        file,
        '--rpc-url',
        url,
        '--mnemonic',
        MNEMONIC,
        '--nonce',
        `${nonce}`,
        STRANGER,
      ],
      { stdio: ['ignore', 'ignore', 'pipe'] },
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
