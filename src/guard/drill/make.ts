import { randomStream } from '../../random.ts';
import type { Contract } from '../contract.ts';
import type { Facts } from '../result.ts';
import { fromLines } from './make-lines.ts';
import { fromValues } from './make-values.ts';
import { cut, MOST_MADE, TIMES, type Maker, type Making, type Attempt } from './maker.ts';
import type { LeftOut, MadeName } from './result.ts';

/** A file made of the good one, or several of which the first that is refused counts. */
export interface Made {
  readonly name: MadeName;
  readonly tries: readonly { readonly says: string; readonly bytes: Uint8Array }[];
}

/** All that can be made of a good file: the same seed makes the same bytes. */
export function makeFiles(
  contract: Contract,
  good: Uint8Array,
  facts: Facts,
  seed: number,
): { readonly made: readonly Made[]; readonly leftOut: readonly LeftOut[] } {
  const made: Made[] = [];
  const leftOut: LeftOut[] = [];
  const take = (name: MadeName, make: (making: Making) => readonly Attempt[]): void => {
    const all = make({ contract, good, facts, random: randomStream(`drill guard ${name}`, seed) });
    const tries = all.flatMap((one) => ('bytes' in one ? [one] : []));
    const why = all.flatMap((one) => ('why' in one ? [one.why] : []))[0] ?? 'there is nothing to make it of';
    if (tries.length > 0) made.push({ name, tries });
    else leftOut.push({ name, why });
  };
  take('oversized', (making) => [makerOf(making).oversized()]);
  take('doubled', (making) => [makerOf(making).doubled()]);
  take('truncated', (making) => [makerOf(making).truncated()]);
  take('empty', () => [{ says: 'of no bytes', bytes: new Uint8Array() }]);
  take('older', (making) => [makerOf(making).older()]);
  take('wrong-type', (making) => makerOf(making).wrongType());
  take('duplicate-key', (making) => [makerOf(making).duplicateKey()]);
  return { made, leftOut };
}

function makerOf(making: Making): Maker {
  const { format } = making.contract;
  if (format === 'binary') return fromBytes(making);
  return format === 'csv' || format === 'text' ? fromLines(making) : fromValues(making);
}

function fromBytes({ contract, good, random }: Making): Maker {
  const none = { why: 'nothing is known of what is in a binary file' };
  const most = contract.limits.bytes + 1;
  const times = most <= MOST_MADE ? Math.ceil(most / Math.max(1, good.length)) : TIMES;
  return {
    oversized: () =>
      good.length * times > 2 * MOST_MADE
        ? { why: `it would have more than ${MOST_MADE / 1e6} MB` }
        : { says: `${times} times, one after the other`, bytes: repeated(good, times) },
    truncated: () => cut(good, random),
    doubled: () => ({ says: 'twice, one after the other', bytes: repeated(good, 2) }),
    older: () => none,
    wrongType: () => [none],
    duplicateKey: () => none,
  };
}

function repeated(bytes: Uint8Array, times: number): Uint8Array {
  return Buffer.concat(Array.from({ length: times }, () => bytes));
}
