import type { Named, Reader } from '../document/index.ts';
import { addressesBelow, chainMembersOf, chainPoolOf, type ChainMember } from './chain-pool.ts';
import { eachName, requirementsOf } from './needs.ts';
import type { PlanValue, Service } from './schema.ts';
import type { Jsonrpc } from './serving.ts';

/** Sign, administer, mine, or change a chain that is only played: no plan can ask for them. */
const NEVER_OFFERED =
  /^(?:admin|anvil|clique|engine|evm|hardhat|miner|personal|wallet)_|^eth_(?:getWork|resend|sendTransaction|sign|submit)|^debug_(?:set|chaindb|freeze|start|stop|write)/;

type Services = ReadonlyMap<string, Named<Service>>;

/** What a plan can get wrong about pools of nodes of a chain, as far as its own words tell. */
export function checkChains(plan: PlanValue, services: Services, reader: Reader): void {
  let inPools: ReadonlySet<string> | undefined;
  for (const { name, value } of services.values()) {
    if (value.jsonrpc !== undefined) new ChainCheck(name, value, value.jsonrpc, services, reader).run();
    const nodes = [value, ...(value.any ?? [])];
    for (const { node, url, broken } of nodes) {
      if (node === undefined) continue;
      if (url === undefined && broken?.includes('url') !== true)
        reader.report('node-without-url', node.offset, { service: name });
      inPools ??= namesInPools(plan, services);
      if (!inPools.has(name)) reader.report('node-of-no-pool', node.offset, { service: name });
    }
  }
}

/** Pools of nodes, and everything that they stand on. */
function namesInPools({ services = [] }: PlanValue, known: Services): ReadonlySet<string> {
  const found = new Set<string>();
  const waiting: string[] = [];
  const reach = (name: string): void => {
    if (found.has(name)) return;
    found.add(name);
    waiting.push(name);
  };
  for (const { name, value } of services) if (value.jsonrpc !== undefined) reach(name);
  for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
    const value = known.get(name)?.value;
    for (const requirement of value === undefined ? [] : requirementsOf(value)) eachName(requirement, reach);
  }
  return found;
}

class ChainCheck {
  private readonly name: string;
  private readonly value: Service;
  private readonly jsonrpc: Jsonrpc;
  private readonly services: Services;
  private readonly reader: Reader;

  constructor(name: string, value: Service, jsonrpc: Jsonrpc, services: Services, reader: Reader) {
    this.name = name;
    this.value = value;
    this.jsonrpc = jsonrpc;
    this.services = services;
    this.reader = reader;
  }

  run(): void {
    const { value, name: service, reader, jsonrpc } = this;
    const at = jsonrpc.offset;
    if (value.front === true) reader.report('jsonrpc-misplaced', at, { service, is: 'front' });
    if (value.pool !== undefined) reader.report('jsonrpc-misplaced', at, { service, is: 'pool' });
    else if (value.any === undefined && value.of === undefined && this.isGood('any', 'of', 'pool'))
      reader.report('jsonrpc-without-members', at, { service });
    this.verify();
    this.methods();
    this.twice(chainMembersOf(value, (name) => this.services.get(name)?.value));
  }

  private isGood(...keys: string[]): boolean {
    return !keys.some((key) => this.value.broken?.includes(key) || this.jsonrpc.broken?.includes(key));
  }

  private verify(): void {
    const { value, name: service, reader, jsonrpc } = this;
    const { trusted, unproved, offset } = jsonrpc;
    const { verify } = value;
    if (!this.isGood('verify')) return;
    if (verify === 'hash' || verify === 'signature') {
      reader.report('verify-of-a-chain', offset, { service, found: verify });
      return;
    }
    if (verify !== 'proof') {
      for (const [key, found] of Object.entries({ trusted, unproved }))
        if (found !== undefined) reader.report('only-with-proof', offset, { key, service });
      return;
    }
    if (trusted !== undefined) this.trusted(trusted);
    else if (unproved === 'trusted') reader.report('unproved-of-nobody', offset, { service });
    const atLeast = chainPoolOf(value)?.atLeast ?? 1;
    if (atLeast > 1 || !this.isGood('atLeast', 'of')) return;
    if (trusted === undefined && this.isGood('trusted'))
      reader.report('headers-unbelieved', offset, { service });
    if (unproved === 'quorum') reader.report('unproved-of-one', offset, { service });
  }

  private trusted(trusted: string): void {
    const { reader, services, jsonrpc } = this;
    const found = services.get(trusted)?.value;
    if (found === undefined)
      reader.report('unknown-service', jsonrpc.offset, {
        name: trusted,
        nearest: reader.nearest(trusted, services.keys()),
      });
    else if (found.pool !== undefined)
      reader.report('pool-without-amount', jsonrpc.offset, { pool: trusted });
    else if (found.broken === undefined) {
      const use = { kind: 'name', name: trusted, offset: 0 } as const;
      if (addressesBelow(use, (name) => services.get(name)?.value).length === 0)
        reader.report('trusted-without-url', jsonrpc.offset, { trusted });
    }
  }

  private methods(): void {
    const { allow = [], refuse = [], offset } = this.jsonrpc;
    for (const method of new Set(allow)) {
      if (NEVER_OFFERED.test(method)) this.reader.report('method-never-offered', offset, { method });
      if (refuse.includes(method)) this.reader.report('method-allowed-and-refused', offset, { method });
    }
  }

  /** Two members that are one node: what they agree on has been said once. */
  private twice(members: readonly ChainMember[]): void {
    const seen = new Map<string, string>();
    for (const [i, { addresses, offset }] of members.entries()) {
      const [only] = addresses;
      if (only === undefined || addresses.length > 1) continue;
      const at = `${new URL(only.url).href.replace(/\/+$/, '')} ${only.node?.key ?? ''}`;
      const before = seen.get(at);
      if (before !== undefined)
        this.reader.report('node-twice', offset, { service: this.name, first: before, second: `${i + 1}` });
      else seen.set(at, `${i + 1}`);
    }
  }
}
