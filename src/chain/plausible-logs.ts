import { memberOf, smallQuantityOf, wordOf } from './answer-shape.ts';
import { isLogWanted, readLogFilter, withoutEnd } from './log-filter.ts';
import type { AskedBlock } from './methods.ts';
import { type Looked, bloomFault, differs, headerBloomOf, objectOf, placeFault } from './plausible-parts.ts';

/** Logs by a filter: of the blocks, addresses and topics asked, in order, each once, and in the bloom filter of their block where it is known. */
export function logsFault({ params, value, asked, known: { header } }: Looked): string | undefined {
  const read = readLogFilter(params[0]);
  // What cannot be read is the node's to refuse.
  const filter = read.kind === 'refused' ? undefined : withoutEnd(read);
  const bloom = header && headerBloomOf(header);
  let lastNumber = -1;
  let lastHash: string | undefined;
  let lastIndex = -1;
  for (const part of Array.isArray(value) ? value : []) {
    const log = objectOf(part);
    const number = smallQuantityOf(memberOf(log, 'blockNumber'));
    const hash = wordOf(memberOf(log, 'blockHash'));
    const index = smallQuantityOf(memberOf(log, 'logIndex'));
    if (number === undefined || hash === undefined || index === undefined)
      return 'Expected logs of blocks, found one without its place.';
    if (memberOf(log, 'removed') === true) return 'Expected logs of the chain, found one that was removed.';
    const isSameBlock = number === lastNumber;
    if (number < lastNumber || (isSameBlock && index <= lastIndex))
      return `Expected logs in order, each once: found ${number}:${index} after ${lastNumber}:${lastIndex}.`;
    if (isSameBlock && hash !== lastHash)
      return `Expected one block ${number}, found ${lastHash} and ${hash}.`;
    const isKnown = header !== undefined && header.number === number;
    if (filter !== undefined && !isLogWanted(filter, log))
      return `Expected logs with the addresses and topics asked, found ${number}:${index} with others.`;
    const fault =
      logPlaceFault(asked, number, hash) ??
      (isKnown ? (differs('blockHash', hash, header.hash) ?? bloomFault(log, bloom)) : undefined);
    if (fault !== undefined) return fault;
    lastNumber = number;
    lastHash = hash;
    lastIndex = index;
  }
  return undefined;
}

function logPlaceFault(asked: AskedBlock, number: number, hash: string): string | undefined {
  if (asked.kind !== 'range') return placeFault(asked, number, hash);
  const { from, to } = asked;
  if (from.kind === 'number' && number < from.number)
    return `Expected logs from block ${from.number} on, found one of ${number}.`;
  return to.kind === 'number' && number > to.number
    ? `Expected logs up to block ${to.number}, found one of ${number}.`
    : undefined;
}
