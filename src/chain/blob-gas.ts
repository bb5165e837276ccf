import type { Header } from './header.ts';

/** Source: EIP-4844. */
export const GAS_PER_BLOB = 131_072;

/**
 * How strongly the price of blob gas follows what was used, on mainnet, since when. Other chains choose their own, and headers do not say
 * it. Source: EIP-7840 and the forks' meta EIPs: Cancun 7569, Prague 7600, BPO1 and BPO2 7607.
 */
const MAINNET: readonly { readonly since: number; readonly updateFraction: bigint }[] = [
  { since: 1_710_338_135, updateFraction: 3_338_477n },
  { since: 1_746_612_311, updateFraction: 5_007_716n },
  { since: 1_765_290_071, updateFraction: 8_346_193n },
  { since: 1_767_747_671, updateFraction: 11_684_671n },
];
/** Up to June 2026 it is known that no other fork has changed it. @unit s since 1970 */
const KNOWN_UNTIL = 1_780_272_000;
const MAINNET_CHAIN = 1n;

/**
 * What one unit of blob gas costs in a block, where that follows from the header: on mainnet, for as long as its parameters are known here.
 *
 * @unit wei
 * @returns undefined where it does not follow
 */
export function blobGasPrice(
  { timestamp, excessBlobGas }: Header,
  chainId: bigint | undefined,
): bigint | undefined {
  if (chainId !== MAINNET_CHAIN || excessBlobGas === undefined || timestamp >= KNOWN_UNTIL) return undefined;
  const fork = MAINNET.findLast(({ since }) => since <= timestamp);
  // Beyond this, blobs would cost more than all there is: no header is like that, and the sum below would grow long.
  if (fork === undefined || excessBlobGas > 200n * fork.updateFraction) return undefined;
  return fakeExponential(excessBlobGas, fork.updateFraction);
}

/** e^(excess / fraction), as a sum of whole numbers that is cut off where it ends. Source: EIP-4844, `fake_exponential`. */
function fakeExponential(excess: bigint, fraction: bigint): bigint {
  let sum = 0n;
  let term = fraction;
  for (let i = 1n; term > 0n; i++) {
    sum += term;
    term = (term * excess) / (fraction * i);
  }
  return sum / fraction;
}
