import { type JsonObject, addressOf, memberOf, smallQuantityOf, wordOf } from './answer-shape.ts';
import type { AskedBlock } from './methods.ts';
import {
  type Looked,
  bloomFault,
  differs,
  headerBloomOf,
  listOf,
  objectOf,
  placeFault,
} from './plausible-parts.ts';

/** Logs by a filter: of the blocks, addresses and topics asked, in order, each once, and in the bloom filter of their block where it is known. */
export function logsFault({ params, value, asked, known: { header } }: Looked): string | undefined {
  const filter = filterOf(objectOf(params[0]));
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
    const fault =
      logPlaceFault(asked, number, hash) ??
      filterFault(filter, log) ??
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

interface LogFilter {
  /** Undefined: any. */
  readonly addresses: ReadonlySet<unknown> | undefined;
  /** By position: those that match; undefined: any. */
  readonly topics: readonly (ReadonlySet<unknown> | undefined)[];
}

function filterOf(filter: JsonObject): LogFilter {
  const topics = memberOf(filter, 'topics');
  return {
    addresses: setOf(memberOf(filter, 'address'), addressOf),
    topics: Array.isArray(topics) ? topics.map((topic) => setOf(topic, wordOf)) : [],
  };
}

/** One or a list of them; nothing, an empty list, or null within one matches everything. */
function setOf(
  value: unknown,
  read: (value: unknown) => string | undefined,
): ReadonlySet<unknown> | undefined {
  const list: readonly unknown[] = Array.isArray(value) ? value : [value];
  const words = list.map(read);
  return list.length === 0 || words.includes(undefined) ? undefined : new Set(words);
}

function filterFault({ addresses, topics }: LogFilter, log: JsonObject): string | undefined {
  const address = addressOf(memberOf(log, 'address'));
  if (addresses !== undefined && !addresses.has(address))
    return `Expected logs of the addresses asked, found one of ${address}.`;
  const found = listOf(log, 'topics');
  for (let i = 0; i < topics.length; i++)
    if (topics[i]?.has(wordOf(found[i])) === false) return `Expected another topic ${i} than ${found[i]}.`;
  return undefined;
}
