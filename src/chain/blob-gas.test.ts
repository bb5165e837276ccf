import { expect, test } from 'vitest';
import { BLOCK_23_535_880 } from '../../test/chain/mainnet.ts';
import { blobGasPrice } from './blob-gas.ts';
import { type Header, readHeader } from './header.ts';

const at = (timestamp: number, excessBlobGas: bigint | undefined) => ({ timestamp, excessBlobGas }) as Header;
const CANCUN = 1_710_338_135;
const PRAGUE = 1_746_612_311;

test('the price is what EIP-4844 makes of the excess, by the parameters of each fork', () => {
  // go-ethereum, consensus/misc/eip4844: e^(excess / fraction), rounded down.
  for (const [excess, price] of [
    [0n, 1n],
    [2_314_057n, 1n],
    [2_314_058n, 2n],
    [10n * 1_024n * 1_024n, 23n],
  ] as const)
    expect(blobGasPrice(at(CANCUN, excess), 1n)).toBe(price);
  expect(blobGasPrice(at(PRAGUE, 10n * 1_024n * 1_024n), 1n)).toBe(8n);
  const header = readHeader(BLOCK_23_535_880);
  if (header.kind === 'refused') throw new Error(header.why);
  expect(blobGasPrice(header, 1n)).toBe(1n);
});

test('where the parameters are not known there is no price', () => {
  expect(blobGasPrice(at(CANCUN, 0n), 31_337n)).toBeUndefined();
  expect(blobGasPrice(at(CANCUN, 0n), undefined)).toBeUndefined();
  expect(blobGasPrice(at(CANCUN - 1, 0n), 1n)).toBeUndefined();
  expect(blobGasPrice(at(CANCUN, undefined), 1n)).toBeUndefined();
  expect(blobGasPrice(at(2_000_000_000, 0n), 1n)).toBeUndefined();
  expect(blobGasPrice(at(CANCUN, 2n ** 255n), 1n)).toBeUndefined();
});
