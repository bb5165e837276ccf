/**
 * A contract for chain tests, assembled here: no compiler is needed, and what it does can be read.
 *
 *     contract Ledger {
 *       event Stored(address indexed by, uint256 indexed key, uint256 value);
 *       error Refused(uint256 key);
 *       function store(uint256 key, uint256 value)      sstore(key, value); emit Stored(msg.sender, key, value)
 *       function storeMany(uint256 from, uint256 count) for each key of them: store(key, key)
 *       function read(uint256 key) view                 sload(key): keys are slots
 *       function refuse() view                          revert("refused")
 *       function refuseWith(uint256 key) view           revert Refused(key)
 *     }
 */
import { encodeFunctionData, parseAbi, toEventSelector, toFunctionSelector, type Hex } from 'viem';

export const LEDGER_ABI = parseAbi([
  'event Stored(address indexed by, uint256 indexed key, uint256 value)',
  'error Refused(uint256 key)',
  'function store(uint256 key, uint256 value)',
  'function storeMany(uint256 from, uint256 count)',
  'function read(uint256 key) view returns (uint256)',
  'function refuse() view',
  'function refuseWith(uint256 key) view',
]);

export const STORED_TOPIC: Hex = toEventSelector('Stored(address,uint256,uint256)');

const CODES: Readonly<Record<string, number>> = {
  STOP: 0x00,
  ADD: 0x01,
  SUB: 0x03,
  EQ: 0x14,
  ISZERO: 0x15,
  SHR: 0x1c,
  CALLER: 0x33,
  CALLDATALOAD: 0x35,
  CODECOPY: 0x39,
  MSTORE: 0x52,
  SLOAD: 0x54,
  SSTORE: 0x55,
  JUMP: 0x56,
  JUMPI: 0x57,
  DUP1: 0x80,
  DUP2: 0x81,
  SWAP1: 0x90,
  LOG3: 0xa3,
  RETURN: 0xf3,
  REVERT: 0xfd,
};

const branch = (signature: string, label: string): string =>
  `DUP1 ${toFunctionSelector(signature)} EQ @${label} JUMPI`;
/** Four bytes at the beginning of a word. */
const leading = (selector: Hex): string => `0x${selector.slice(2).padEnd(64, '0')}`;

// Words are constants, operations, `name:` for a place and `@name` for where it is.
const RUNTIME = assemble(`
  0x00 CALLDATALOAD 0xe0 SHR
  ${branch('store(uint256,uint256)', 'store')}
  ${branch('storeMany(uint256,uint256)', 'storeMany')}
  ${branch('read(uint256)', 'read')}
  ${branch('refuse()', 'refuse')}
  ${branch('refuseWith(uint256)', 'refuseWith')}
  0x00 0x00 REVERT

  store:
    0x24 CALLDATALOAD 0x04 CALLDATALOAD SSTORE
    0x24 CALLDATALOAD 0x00 MSTORE
    0x04 CALLDATALOAD CALLER ${STORED_TOPIC} 0x20 0x00 LOG3
    STOP

  storeMany:
    0x24 CALLDATALOAD 0x04 CALLDATALOAD
  next:
    DUP2 ISZERO @done JUMPI
    DUP1 DUP1 SSTORE
    DUP1 0x00 MSTORE
    DUP1 CALLER ${STORED_TOPIC} 0x20 0x00 LOG3
    0x01 ADD
    SWAP1 0x01 SWAP1 SUB SWAP1
    @next JUMP
  done:
    STOP

  read:
    0x04 CALLDATALOAD SLOAD 0x00 MSTORE
    0x20 0x00 RETURN

  refuse:
    ${leading('0x08c379a0')} 0x00 MSTORE
    0x20 0x04 MSTORE
    0x07 0x24 MSTORE
    ${leading(`0x${Buffer.from('refused').toString('hex')}`)} 0x44 MSTORE
    0x64 0x00 REVERT

  refuseWith:
    ${leading(toFunctionSelector('Refused(uint256)'))} 0x00 MSTORE
    0x04 CALLDATALOAD 0x04 MSTORE
    0x24 0x00 REVERT
`);

/** What a transaction that makes the contract has as its data: code that returns the code behind it. */
export const LEDGER_CREATION: Hex = `0x${creationOf(RUNTIME)}`;

type LedgerCall =
  | { readonly functionName: 'store'; readonly args: readonly [key: bigint, value: bigint] }
  | { readonly functionName: 'storeMany'; readonly args: readonly [from: bigint, count: bigint] }
  | { readonly functionName: 'read' | 'refuseWith'; readonly args: readonly [key: bigint] }
  | { readonly functionName: 'refuse' };

export function ledgerData(call: LedgerCall): Hex {
  return encodeFunctionData({ abi: LEDGER_ABI, ...call });
}

function creationOf(runtime: string): string {
  const size = `0x${(runtime.length / 2).toString(16).padStart(4, '0')}`;
  // Its own length, counted by assembling it: the constants are of two bytes either way.
  const before = (length: string): string => assemble(`${size} ${length} 0x00 CODECOPY ${size} 0x00 RETURN`);
  const length = (before('0x0000').length / 2).toString(16).padStart(4, '0');
  return before(`0x${length}`) + runtime;
}

function assemble(source: string): string {
  const places = new Map<string, number>();
  // Each piece is code, or the name of a place, which takes two bytes.
  const pieces: string[] = [];
  let size = 0;
  const add = (piece: string, bytes = piece.length / 2): void => {
    pieces.push(piece);
    size += bytes;
  };
  for (const word of source.trim().split(/\s+/)) {
    if (word.endsWith(':')) {
      places.set(word.slice(0, -1), size);
      add('5b');
    } else if (word.startsWith('@')) {
      add('61');
      add(word, 2);
    } else if (word.startsWith('0x')) add((0x5f + (word.length - 2) / 2).toString(16) + word.slice(2));
    else {
      const operation = CODES[word];
      if (operation === undefined) throw new Error(`Expected an operation, found "${word}".`);
      add(operation.toString(16).padStart(2, '0'));
    }
  }
  return pieces
    .map((piece) => {
      if (!piece.startsWith('@')) return piece;
      const place = places.get(piece.slice(1));
      if (place === undefined) throw new Error(`Expected a place named "${piece.slice(1)}".`);
      return place.toString(16).padStart(4, '0');
    })
    .join('');
}
