import { bloomBits, hasBits } from './bloom.ts';
import { fieldOf } from './fields.ts';
import { fixedBytesOf, hexOf, sameBytes } from './hex.ts';
import type { Marked } from './bloom.ts';
import { type Refused, refused } from './refusal.ts';

const MOST_ALTERNATIVES = 10_000;
const MOST_TOPICS = 4;

interface Wanted {
  readonly bytes: Uint8Array;
  /** In lower case. */
  readonly hex: string;
  readonly bits: readonly number[];
}

/** What logs are asked for. */
export interface LogFilter {
  readonly kind: 'filter';
  /** Of one of these; of any when there are none. */
  readonly addresses: readonly Wanted[];
  /** By position: one of these; any when there are none. A log must have as many topics as there are positions. */
  readonly topics: readonly (readonly Wanted[])[];
}

/** The filter of `eth_getLogs`, without its blocks. Null, nothing and an empty list ask for any, as geth has it. */
export function readLogFilter(parameter: unknown): LogFilter | Refused {
  if (typeof parameter !== 'object' || parameter === null) return refused('the filter is not an object');
  const addresses = alternatives(fieldOf(parameter, 'address'), 20);
  if (addresses === undefined) return refused('the filter has addresses that are none');
  const positions = fieldOf(parameter, 'topics') ?? [];
  if (!Array.isArray(positions) || positions.length > MOST_TOPICS)
    return refused(`the filter has topics that are no list of at most ${MOST_TOPICS}`);
  const wanted: (readonly Wanted[])[] = [];
  for (const position of positions) {
    const topic = alternatives(position, 32);
    if (topic === undefined) return refused('the filter has topics that are none');
    wanted.push(topic);
  }
  return { kind: 'filter', addresses, topics: wanted };
}

/** One, several, or any: null among several asks for any too. */
function alternatives(value: unknown, length: number): readonly Wanted[] | undefined {
  if (value === undefined || value === null) return [];
  const list: readonly unknown[] = Array.isArray(value) ? value : [value];
  if (list.length > MOST_ALTERNATIVES) return undefined;
  if (length === 32 && list.includes(null)) return [];
  const wanted: Wanted[] = [];
  for (const entry of list) {
    const bytes = fixedBytesOf(entry, length);
    if (bytes === undefined) return undefined;
    wanted.push({ bytes, hex: hexOf(bytes), bits: bloomBits(bytes) });
  }
  return wanted;
}

/** Whether a block with this bloom may have such logs. False is certain, true is not. */
export function mayHave({ addresses, topics }: LogFilter, bloom: Uint8Array): boolean {
  const mayHaveOne = (wanted: readonly Wanted[]) =>
    wanted.length === 0 || wanted.some(({ bits }) => hasBits(bloom, bits));
  return mayHaveOne(addresses) && topics.every(mayHaveOne);
}

/** Whether this log is asked for. */
export function isWanted(filter: LogFilter, { address, topics }: Marked): boolean {
  return isOneOf(filter, address, topics, (one, found) => sameBytes(one.bytes, found));
}

/** The same of a log as JSON-RPC has it. */
export function isLogWanted(filter: LogFilter, log: unknown): boolean {
  const [address, topics] = [fieldOf(log, 'address'), fieldOf(log, 'topics')];
  const marks: readonly unknown[] = Array.isArray(topics) ? topics : [];
  return isOneOf(
    filter,
    address,
    marks,
    (one, found) => typeof found === 'string' && found.toLowerCase() === one.hex,
  );
}

/** Without the positions at the end at which anything may stand: some clients give logs that have no topic there. */
export function withoutEnd({ kind, addresses, topics }: LogFilter): LogFilter {
  const last = topics.findLastIndex((wanted) => wanted.length > 0);
  return { kind, addresses, topics: topics.slice(0, last + 1) };
}

function isOneOf<T>(
  { addresses, topics }: LogFilter,
  address: T,
  marks: readonly T[],
  isSame: (one: Wanted, found: T) => boolean,
): boolean {
  if (marks.length < topics.length) return false;
  if (addresses.length > 0 && !addresses.some((one) => isSame(one, address))) return false;
  return topics.every((wanted, i) => {
    const mark = marks[i];
    return wanted.length === 0 || (mark !== undefined && wanted.some((one) => isSame(one, mark)));
  });
}
