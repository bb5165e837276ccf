import type { Catalog, CatalogCapability } from '../catalog/index.ts';
import { carriesFailure, carrySame, type Model, type Offer } from '../model/index.ts';
import { bestConfidence, parseReference, placeIn, type InnerNeed, type Plan } from '../plan/index.ts';
import type { EdgeKind } from '../map/index.ts';
import type { EvidenceRow } from './result.ts';
import { isAssumed, sourceOf } from './sources.ts';

/** The edges inside what providers offer: said by the catalogue, or by the plan where it has providers of its own. */
export class InnerEdges {
  private readonly plan: Plan;
  private readonly offers: ReadonlyMap<string, Offer>;
  private readonly capabilities: ReadonlyMap<string, CatalogCapability>;
  /** Capabilities whose needs the plan says. */
  private readonly own: ReadonlySet<string>;

  constructor({ plan, offers }: Model, known: Catalog) {
    this.plan = plan;
    this.offers = new Map(offers.map((offer) => [offer.name, offer]));
    this.capabilities = new Map(
      known.providers.flatMap(({ name, capabilities }) =>
        capabilities.map((capability) => [`${name}/${capability.name}`, capability] as const),
      ),
    );
    this.own = new Set(
      (plan.providers ?? []).flatMap(({ name, value }) =>
        (value.capabilities ?? []).flatMap((capability) =>
          capability.value.needs === undefined ? [] : [`${name}/${capability.name}`],
        ),
      ),
    );
  }

  row(from: string, to: string, kind: EdgeKind): EvidenceRow {
    const { provider = '', capability = '' } = parseReference(from) ?? {};
    const name = `${provider}/${capability}`;
    const isOwn = this.own.has(name);
    const needs = this.needs(from, to, kind, this.capabilities.get(name));
    const sources = needs.flatMap(({ evidence }) => (evidence === undefined ? [] : [sourceOf(evidence)]));
    const [first] = needs;
    const assumed = isAssumed(sources);
    const sayer = isOwn ? 'the plan' : 'the catalogue';
    const read = [...new Set(sources.flatMap(({ basis }) => basis ?? []))];
    return {
      kind: 'edge',
      subject: from,
      needs: to,
      says: [...new Set(needs.map(inWords))].join('; ') || 'needed',
      basis: assumed ? 'assumed' : isOwn ? 'plan' : 'catalog',
      detail: assumed
        ? `assumed, as ${sayer} says`
        : `${sayer}${sources.length === 0 ? ', without a source' : read.length === 0 ? '' : `: ${read.join('; ')}`}`,
      sources,
      confidence: bestConfidence(sources),
      line: isOwn && first !== undefined ? placeIn(this.plan, first.offset).line : null,
    };
  }

  /** Those that make the edge: several, where a need is said of a place and of the same place, or of several times. */
  private needs(
    from: string,
    to: string,
    kind: EdgeKind,
    capability: CatalogCapability | undefined,
  ): readonly InnerNeed[] {
    const { scope = '' } = this.offers.get(from) ?? {};
    const { asOf } = this.plan.platform;
    return (capability?.needs ?? []).filter((need) => {
      if (need.use === '' || carrySame(need.use, scope) !== to) return false;
      const plane = capability?.plane ?? 'data';
      const always = carriesFailure(need, plane, asOf, false);
      return kind === 'inner' ? always : !always && carriesFailure(need, plane, asOf, true);
    });
  }
}

function inWords({ use, kind, from, until }: InnerNeed): string {
  return [
    kind === 'hard'
      ? 'needed'
      : kind === 'cold'
        ? 'needed to begin (cold)'
        : 'needed where something is changed',
    use.endsWith('@same') ? ' at the same place' : '',
    from == null ? '' : `, from ${from}`,
    until == null ? '' : `, until ${until}`,
  ].join('');
}
