import { NodeHosts, type Catalog, type CatalogCapability } from '../../catalog/index.ts';
import { NAME, parseReference } from '../../plan/index.ts';
import type { Vendor, VendorCapability } from '../fingerprints/library.ts';
import type { Matcher } from '../fingerprints/matcher.ts';
import { withoutScope } from '../draft.ts';

/** What is known of vendors: by fingerprints, by the catalogue, and by the domains at which nodes of chains stand. */
export class Knowledge {
  readonly matcher: Matcher;
  readonly catalog: Catalog;
  private readonly nodes: NodeHosts;
  private readonly brings: ReadonlyMap<string, readonly string[]>;
  private readonly general: ReadonlySet<string>;
  private readonly whole: ReadonlySet<string>;

  constructor(matcher: Matcher, catalog: Catalog) {
    this.matcher = matcher;
    this.catalog = catalog;
    this.nodes = new NodeHosts(catalog.nodeHosts ?? []);
    const vendors = [...matcher.vendors.values()];
    this.brings = new Map(
      vendors.flatMap(({ name, brings }) => brings.map((one) => [`${name}/${one.capability}`, one.edges])),
    );
    this.general = new Set(
      vendors.flatMap(({ name, capabilities }) =>
        capabilities.filter(({ isGeneral }) => isGeneral).map((one) => `${name}/${one.name}`),
      ),
    );
    this.whole = new Set(
      vendors.flatMap(({ signals }) =>
        signals.flatMap(({ isWhole, means }) => (isWhole === true ? means : [])),
      ),
    );
  }

  vendor(provider: string): Vendor | undefined {
    return this.matcher.vendors.get(provider);
  }

  /** Whose it is: `aws` for `route53`. */
  companyOf(provider: string): string {
    return this.vendor(provider)?.company ?? provider;
  }

  /** Whether an edge comes with what a vendor offers. */
  bringsEdge(reference: string, edge: string): boolean {
    return this.brings.get(withoutScope(reference))?.includes(withoutScope(edge)) === true;
  }

  /** It says that something of the vendor's is there, not what. */
  isGeneral(reference: string): boolean {
    return this.general.has(withoutScope(reference));
  }

  /** Whether every address of what is offered is known, so that who answers from another is not it. */
  hasWholeRanges(reference: string): boolean {
    return this.whole.has(withoutScope(reference));
  }

  /** `provider/rpc` of whoever runs nodes of chains at a host; undefined where nobody is known to. */
  nodesAt(host: string): string | undefined {
    const url = `https://${host}`;
    if (!/^[a-z0-9.-]{1,253}$/.test(host) || !URL.canParse(url)) return undefined;
    const found = this.nodes.find(url);
    if (found === undefined) return undefined;
    const slug = found.catalog ?? found.domain;
    return NAME.test(slug) ? `${slug}/rpc` : undefined;
  }

  ofCatalog(reference: string): CatalogCapability | undefined {
    const parsed = parseReference(reference);
    return this.catalog.providers
      .find(({ name }) => name === parsed?.provider)
      ?.capabilities.find(({ name }) => name === parsed?.capability);
  }

  own(reference: string): VendorCapability | undefined {
    const parsed = parseReference(reference);
    return this.vendor(parsed?.provider ?? '')?.capabilities.find(({ name }) => name === parsed?.capability);
  }
}
