import { readHeader, type Header } from '../chain/index.ts';

/** One block of the chain that the pool stands on. */
export interface Block {
  readonly number: number;
  readonly hash: string;
  readonly parentHash: string;
  readonly timestamp: number;
  readonly logsBloom: string;
  readonly transactionsRoot: string;
  readonly receiptsRoot: string;
  /** Set when its hash was computed from its fields; else the hash is what nodes say. */
  readonly header: Header | undefined;
  /** As a node gave it, with the hashes of its transactions. */
  readonly value: Readonly<Record<string, unknown>>;
}

/** A block as a node gives it; undefined when it has not the form of one. */
export function blockOf(value: unknown): Block | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const raw = value as Readonly<Record<string, unknown>>; // an object, as just checked
  const { number, hash, parentHash, timestamp, logsBloom, transactionsRoot, receiptsRoot } = raw;
  if (!isHash(hash) || !isHash(parentHash) || typeof logsBloom !== 'string') return undefined;
  const [height, seconds] = [numberOf(number), numberOf(timestamp)];
  if (height === undefined || seconds === undefined) return undefined;
  return {
    number: height,
    hash: hash.toLowerCase(),
    parentHash: parentHash.toLowerCase(),
    timestamp: seconds,
    logsBloom,
    transactionsRoot: String(transactionsRoot),
    receiptsRoot: String(receiptsRoot),
    header: headerOf(raw),
    value: raw,
  };
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
