import { NodeHosts, type Catalog, type NodeHost } from '../catalog/index.ts';
import { Reader } from '../document/index.ts';
import {
  chainMembersOf,
  eachReference,
  parseReference,
  requirementsOf,
  trustedOf,
  addressesBelow,
  eachName,
  type NodeAddress,
  type Plan,
  type Requirement,
  type Service,
} from '../plan/index.ts';
import type { Problem } from '../problems.ts';

interface Source {
  readonly name: string;
  readonly use: Requirement;
  readonly hosts: readonly NodeHost[];
  readonly offset: number;
}

/** What the addresses of nodes tell of whose they are, and a plan does not. */
export function nodeWarnings(plan: Plan, catalog: Catalog): readonly Problem[] {
  if (plan.services?.some(({ value }) => value.jsonrpc !== undefined) !== true) return [];
  const reader = new Reader(plan.source);
  const services = new Map((plan.services ?? []).map(({ name, value }) => [name, value]));
  const find = (name: string): Service | undefined => services.get(name);
  const known = new NodeHosts(catalog.nodeHosts ?? []);
  const sourceOf = (
    use: Requirement,
    addresses: readonly NodeAddress[],
    offset: number,
    i: number,
  ): Source => ({
    name: use.kind === 'name' ? use.name : `member ${i + 1}`,
    use,
    hosts: addresses.flatMap(({ url }) => known.find(url) ?? []),
    offset,
  });
  for (const [service, value] of services) {
    if (value.jsonrpc === undefined) continue;
    const members = chainMembersOf(value, find).map(({ use, addresses, offset }, i) =>
      sourceOf(use, addresses, offset, i),
    );
    const trusted = trustedOf(value).map((use, i) => sourceOf(use, addressesBelow(use, find), use.offset, i));
    ofOneProvider(service, members, reader);
    for (const { name, hosts, offset } of members) {
      const router = hosts.find(({ isRouter }) => isRouter);
      if (router !== undefined)
        reader.report('node-is-router', offset, { service, member: name, provider: providerOf(router) });
    }
    const said = new Set<string>();
    for (const source of [...members, ...trusted]) unsaid(source, find, catalog, said, reader);
  }
  return reader.problems;
}

function providerOf({ provider, domain }: NodeHost): string {
  return provider ?? domain;
}

/** Said at the second member of a provider, once for each provider. */
function ofOneProvider(service: string, members: readonly Source[], reader: Reader): void {
  const byProvider = new Map<string, Source[]>();
  for (const member of members)
    for (const provider of new Set(member.hosts.map(providerOf)))
      byProvider.set(provider, [...(byProvider.get(provider) ?? []), member]);
  for (const [provider, found] of byProvider) {
    const [, second] = found;
    if (second === undefined) continue;
    const names = found.map(({ name }) => name);
    reader.report('nodes-of-one-provider', second.offset, { service, members: names, provider });
  }
}

/** That a member is at an address of a provider whose outages are known, and that nothing below it says so. */
function unsaid(
  { name, use, hosts, offset }: Source,
  find: (name: string) => Service | undefined,
  catalog: Catalog,
  said: Set<string>,
  reader: Reader,
): void {
  for (const host of hosts) {
    const provider = catalog.providers.find((one) => one.name === host.catalog);
    const capability = provider?.capabilities.find(({ kind }) => kind === 'rpc');
    if (provider === undefined || capability === undefined || said.has(`${name} ${provider.name}`)) continue;
    if (providersBelow(use, find).has(provider.name)) continue;
    said.add(`${name} ${provider.name}`);
    const reference = `${provider.name}/${capability.name}`;
    reader.report('node-provider-unsaid', offset, { member: name, provider: providerOf(host), reference });
  }
}

/** Providers that a requirement names, itself or through services. */
function providersBelow(
  start: Requirement,
  find: (name: string) => Service | undefined,
): ReadonlySet<string> {
  const found = new Set<string>();
  const seen = new Set<string>();
  const waiting = [start];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    eachReference(next, (name) => found.add(parseReference(name)?.provider ?? ''));
    eachName(next, (name) => {
      const service = seen.has(name) ? undefined : find(name);
      seen.add(name);
      if (service !== undefined) waiting.push(...requirementsOf(service));
    });
  }
  return found;
}
