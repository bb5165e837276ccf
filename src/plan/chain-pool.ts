import { MS_PER_HOUR } from '../units.ts';
import { isServiceName } from './reference.ts';
import type { Requirement } from './requirement.ts';
import type { Service } from './schema.ts';
import type { ChainNode } from './serving.ts';

/* What a plan says of a pool of nodes of a chain, with everything said that it may leave out. */

/** Taken where a plan does not say. `blockTime` in hours, as all times of a plan; `lag` and `logs` in blocks. */
export const DEFAULT_JSONRPC = { blockTime: 12 / 3600, lag: 3, logs: 10_000 } as const;
/** Most calls in one request to a node. */
export const DEFAULT_BATCH = 20;

/** A service with `jsonrpc`: nothing is left to a default. */
export interface ChainPool {
  /** What every node has to answer to eth_chainId. */
  readonly chain: number;
  /** @unit ms */
  readonly blockTimeMs: number;
  /** How far a node may be behind the others and still be asked. @unit blocks */
  readonly lag: number;
  readonly verify: 'quorum' | 'proof' | undefined;
  /** How many members must say the same where answers or headers are compared; 1 of an `any`. */
  readonly atLeast: number;
  /** The service whose headers are believed; undefined: what `atLeast` members agree on. */
  readonly trusted: string | undefined;
  /** What becomes of reads that nothing proves; undefined where nothing is to be proved. */
  readonly unproved: 'quorum' | 'trusted' | 'refuse' | undefined;
  readonly allow: readonly string[];
  readonly refuse: readonly string[];
  /** The widest range that one eth_getLogs may ask. @unit blocks */
  readonly logs: number;
}

/** The pool that a service is; undefined where it is none. */
export function chainPoolOf({ jsonrpc, verify, atLeast = 1 }: Service): ChainPool | undefined {
  if (jsonrpc === undefined) return undefined;
  const isProved = verify === 'proof';
  return {
    chain: jsonrpc.chain,
    blockTimeMs: (jsonrpc.blockTime ?? DEFAULT_JSONRPC.blockTime) * MS_PER_HOUR,
    lag: jsonrpc.lag ?? DEFAULT_JSONRPC.lag,
    verify: verify === 'quorum' || isProved ? verify : undefined,
    atLeast,
    trusted: isProved ? jsonrpc.trusted : undefined,
    unproved: isProved ? (jsonrpc.unproved ?? (atLeast > 1 ? 'quorum' : 'trusted')) : undefined,
    allow: jsonrpc.allow ?? [],
    refuse: jsonrpc.refuse ?? [],
    logs: jsonrpc.logs ?? DEFAULT_JSONRPC.logs,
  };
}

/** Where a node is, and how it is asked. */
export interface NodeAddress {
  readonly url: string;
  readonly node: ChainNode | undefined;
}

/** A member of a pool of nodes. */
export interface ChainMember {
  readonly use: Requirement;
  /** Its own address, or all that it leads to, the preferred one first. None where nothing below it has a url. */
  readonly addresses: readonly NodeAddress[];
  /** Where it stands in the text. */
  readonly offset: number;
}

type Find = (service: string) => Service | undefined;

/** The alternatives or members of a service, with the nodes that each leads to: as `serve` finds its way. */
export function chainMembersOf(value: Service, find: Find): ChainMember[] {
  const alternatives = (value.any ?? []).map(({ use, url, node, offset }) => ({
    use,
    addresses: url === undefined ? addressesBelow(use, find) : [{ url, node }],
    offset,
  }));
  const members = (value.of ?? []).map((use) => ({
    use,
    addresses: addressesBelow(use, find),
    offset: use.offset,
  }));
  return [...alternatives, ...members];
}

/** Every node that a requirement leads to: at a service with a url the way ends. */
export function addressesBelow(start: Requirement, find: Find): NodeAddress[] {
  const found: NodeAddress[] = [];
  const seen = new Set<string>();
  // A stack of its own, as depth costs nothing so; the preferred one is taken first.
  const waiting: (Requirement | NodeAddress)[] = [start];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if ('url' in next) found.push(next);
    else if (next.kind === 'name' || next.kind === 'from') {
      const name = next.kind === 'name' ? next.name : next.pool;
      const service = seen.has(name) || !isServiceName(name) ? undefined : find(name);
      seen.add(name);
      if (service !== undefined) waiting.push(...waysOf(service).reverse());
    } else waiting.push(...[...(next.kind === 'all' ? next.parts : next.of)].reverse());
  }
  return found;
}

function waysOf({ url, node, any, of, pool, needs, all }: Service): (Requirement | NodeAddress)[] {
  if (url !== undefined) return [{ url, node }];
  if (any !== undefined)
    return any.map((one) => (one.url === undefined ? one.use : { url: one.url, node: one.node }));
  if (of !== undefined) return [...of];
  if (pool !== undefined)
    return pool.map((one) => (one.url === undefined ? one.use : { url: one.url, node: undefined }));
  return [...(needs === undefined ? [] : [needs]), ...(all ?? [])];
}
