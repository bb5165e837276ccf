/** A domain at which somebody runs nodes of chains. Plain JSON. */
export interface NodeHost {
  /** All names at or under it. */
  readonly domain: string;
  /** Who runs them. @default the domain */
  readonly provider?: string;
  /** The same as a provider of the catalogue. */
  readonly catalog?: string;
  /** They send reads on to nodes of others. */
  readonly isRouter?: true;
}

/** Reads `data/rpc/evm-hosts.csv`, which `scripts/evm-hosts.js` makes. */
export function readNodeHosts({ file, text }: { readonly file: string; readonly text: string }): NodeHost[] {
  const [head, ...lines] = text.trimEnd().split('\n');
  if (head !== 'domain,provider,catalog,router,hosts,chains')
    throw new RangeError(`${file}: Expected the columns that scripts/evm-hosts.js writes, found ${head}.`);
  return lines.map((line) => {
    const [domain = '', provider = '', catalog = '', router = ''] = line.split(',');
    return {
      domain,
      ...(provider === domain ? {} : { provider }),
      ...(catalog === '' ? {} : { catalog }),
      ...(router === '' ? {} : { isRouter: true }),
    };
  });
}

/** Finds the domain that a host is at or under. */
export class NodeHosts {
  private readonly byDomain: ReadonlyMap<string, NodeHost>;

  constructor(hosts: readonly NodeHost[]) {
    this.byDomain = new Map(hosts.map((host) => [host.domain, host]));
  }

  /** @param url an address that a plan gives */
  find(url: string): NodeHost | undefined {
    const labels = new URL(url).hostname.split('.');
    for (let i = 0; i < labels.length - 1; i++) {
      const found = this.byDomain.get(labels.slice(i).join('.'));
      if (found !== undefined) return found;
    }
    return undefined;
  }
}
