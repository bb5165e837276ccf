import { readHeader, type Header } from '../chain/index.ts';

/** One block of the chain that the pool stands on. */
export interface Block {
  readonly number: number;
  readonly hash: string;
  readonly parentHash: string;
  readonly timestamp: number;
  readonly logsBloom: string;
  /** Undefined on chains that have none. */
  readonly transactionsRoot: string | undefined;
  readonly receiptsRoot: string | undefined;
  /** Set when its hash was computed from its fields; else the hash is what nodes say. */
  readonly header: Header | undefined;
  /**
   * What its header says: all that is hashed, where the hash was computed. Else what a node has written there that has no parts, as much as a
   * header may hold. Nothing else of what a node sends is kept: blocks are held by the hundred.
   */
  readonly fields: Readonly<Record<string, unknown>>;
}

/** An answer for a block with hashes is not read beyond this: 50,000 of them have room in it. @unit bytes */
export const MOST_BLOCK_BYTES = 4_000_000;
/** The longest member of a header: what proof of authority writes into `extraData`. @unit characters */
const LONGEST_FIELD = 32_770;
/** @unit characters */
const LONGEST_NAME = 64;
/** Of all members together. @unit characters */
const MOST_FIELDS = 65_536;

/** A block as a node gives it; undefined when it has not the form of one. */
export function blockOf(value: unknown): Block | undefined {
  const header = headerOf(value);
  if (header !== undefined) {
    const { number, hash, parentHash, timestamp, transactionsRoot, receiptsRoot, fields } = header;
    const logsBloom = fields.logsBloom ?? '';
    return { number, hash, parentHash, timestamp, logsBloom, transactionsRoot, receiptsRoot, header, fields };
  }
  if (typeof value !== 'object' || value === null) return undefined;
  const raw = value as Readonly<Record<string, unknown>>; // an object, as just checked
  const { number, hash, parentHash, timestamp, logsBloom, transactionsRoot, receiptsRoot } = raw;
  if (!isHash(hash) || !isHash(parentHash)) return undefined;
  if (typeof logsBloom !== 'string' || logsBloom.length > LONGEST_FIELD) return undefined;
  const [height, seconds] = [numberOf(number), numberOf(timestamp)];
  if (height === undefined || seconds === undefined) return undefined;
  return {
    number: height,
    hash: hash.toLowerCase(),
    parentHash: parentHash.toLowerCase(),
    timestamp: seconds,
    logsBloom,
    transactionsRoot: isHash(transactionsRoot) ? transactionsRoot : undefined,
    receiptsRoot: isHash(receiptsRoot) ? receiptsRoot : undefined,
    header: undefined,
    fields: scalarsOf(raw),
  };
}

/** Members without parts, up to what a header may hold. What JSON.parse has made are texts of their own: no slices that keep the whole answer. */
function scalarsOf(raw: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const members: [string, unknown][] = [];
  let length = 0;
  for (const [name, part] of Object.entries(raw)) {
    if (typeof part === 'object' || name.length > LONGEST_NAME) continue;
    const said = String(part).length;
    if (said > LONGEST_FIELD || length + name.length + said > MOST_FIELDS) continue;
    length += name.length + said;
    members.push([name, part]);
  }
  return Object.fromEntries(members);
}

/** A header as a node gave it; undefined when its hash is not that of its fields. */
export function headerOf(value: unknown): Header | undefined {
  const header = readHeader(value);
  return header.kind === 'refused' ? undefined : header;
}

/** What a quantity says, as long as a double holds it; undefined of anything else. */
export function numberOf(value: unknown): number | undefined {
  if (typeof value !== 'string' || !/^0x[0-9a-fA-F]{1,14}$/.test(value)) return undefined;
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : undefined;
}

function isHash(value: unknown): value is string {
  return typeof value === 'string' && /^0x[0-9a-fA-F]{64}$/.test(value);
}
